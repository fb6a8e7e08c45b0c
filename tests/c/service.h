/*
 * The fake ServerPilot: its address, and its control plane, through which a test prepares the app,
 * makes answers fail, advances the clock and reads the request log. Must not use the library, so that
 * a program can use it before loading one.
 */
#ifndef SERVICE_H
#define SERVICE_H

struct service {
    char api[128], control[128], ca_file[512], site[64], client_id[128], api_key[128], app_id[128];
};
extern struct service service;

/* Reads the line that the server wrote when it was ready. Ends the program if that fails. */
void service_find(const char *ready_file);

/* Calls the control plane. `body` is formatted as by printf. Any status but 200 ends the program: then
 * the tests are wrong, not the library. Answers are valid until the next call. */
const char *service_get(const char *what);
void service_delete(const char *what);
void service_post(const char *what, const char *body, ...);

/* Resets app, settings, clock, faults, log and counters. */
void service_reset(void);

/* The number of requests since the start, the reset or `service_delete("requests")`. */
int service_requests(void);
/* Whether the app's list contains exactly this entry; the whole list as a JSON array. */
int service_lists(const char *entry);
const char *service_list(void);

#endif
