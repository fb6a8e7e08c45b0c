/*
 * Calls the library and checks every result against what the header promises for all calls: EXPECT
 * checks the status that a test expects, and everything that must hold for any result.
 */
#ifndef CALLS_H
#define CALLS_H

#include <serverpilot.h>

#include "check.h"

/* Put into `out` before a call, to detect a call that does not write it. */
extern sp_result *const POISON;

/* Requires `sp_result *out`: calls, checks, and leaves a result in `out` for the caller to free (or NULL). */
#define EXPECT(status, call) (out = POISON, calls_examine(__FILE__, __LINE__, #call, (call), &out, (status)))
/* The same, but frees the result. */
#define EXPECT_ONLY(status, call) (EXPECT(status, call), sp_result_free(out))
/* Accepts any status that comes with a result. */
enum { ANY_ANSWER = -1 };
/* For functions that return only a status. */
#define EXPECT_STATUS(status, call) calls_compare(__FILE__, __LINE__, #call, (call), (status))
#define EXPECT_IN(path, expected) CHECK_JSON(sp_result_json(out), (path), (expected))

void calls_compare(const char *file, int line, const char *what, sp_status got, sp_status expected);
void calls_examine(const char *file, int line, const char *what, sp_status got, sp_result **out, sp_status expected);

/* Registers a text that no result may contain from now on; the service's own secrets are built in. */
void calls_keep_secret(const char *text);
/* The secret that a text contains, or NULL. */
const char *calls_disclosed(const char *text);

/* A config and a client for the fake ServerPilot. All of them keep their locks in `calls_lock_dir`. */
extern const char *calls_lock_dir;
sp_config *calls_config(void);
sp_client *calls_client(void);
/* A client made from this config, which is freed. */
sp_client *calls_client_of(sp_config *config);

#endif
