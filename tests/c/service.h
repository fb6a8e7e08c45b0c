/*
 * The ServerPilot server of the tests' own: where it is, and its control plane, by which a test
 * prepares the app, makes answers fail, turns the clock and reads what was asked. Does not use the
 * library, so that a program may use it before it has loaded one.
 */
#ifndef SERVICE_H
#define SERVICE_H

struct service {
    char api[128], control[128], ca_file[512], site[64], client_id[128], api_key[128], app_id[128];
};
extern struct service service;

/* Reads the line the server has written when it was ready. Ends the program if that is not possible. */
void service_find(const char *ready_file);

/* Calls of the control plane. `body` is made like printf's. Anything but 200 ends the program: then
 * the tests are wrong, not the library. Answers live until the next call. */
const char *service_get(const char *what);
void service_delete(const char *what);
void service_post(const char *what, const char *body, ...);

/* The start: app, settings, clock, faults, log, counters. */
void service_reset(void);

/* Requests since the start or `service_delete("requests")`. */
int service_requests(void);
/* Whether the app's list holds this very entry, and the whole list as a JSON array. */
int service_lists(const char *entry);
const char *service_list(void);

#endif
