/*
 * Makes calls of the library and holds what comes back against what the header promises for every
 * call: EXPECT checks the status a test expects, and everything that has to be true of any result.
 */
#ifndef CALLS_H
#define CALLS_H

#include <serverpilot.h>

#include "check.h"

/* Stands in `out` before a call, so that a call that does not write it is found out. */
extern sp_result *const POISON;

/* For `sp_result *out`: calls, checks, and leaves a result in `out` that is to be freed (or NULL). */
#define EXPECT(status, call) (out = POISON, calls_examine(__FILE__, __LINE__, #call, (call), &out, (status)))
/* The same for a call whose result is of no further interest. */
#define EXPECT_ONLY(status, call) (EXPECT(status, call), sp_result_free(out))
/* The same where any status that comes with a result will do. */
enum { ANY_ANSWER = -1 };
/* For functions that give a status only. */
#define EXPECT_STATUS(status, call) calls_compare(__FILE__, __LINE__, #call, (call), (status))
#define EXPECT_IN(path, expected) CHECK_JSON(sp_result_json(out), (path), (expected))

void calls_compare(const char *file, int line, const char *what, sp_status got, sp_status expected);
void calls_examine(const char *file, int line, const char *what, sp_status got, sp_result **out, sp_status expected);

/* A text that may be in no result from now on; the service's own secrets are known already. */
void calls_keep_secret(const char *text);
/* Whether a text tells one; then which. */
const char *calls_disclosed(const char *text);

/* Settings and a client for the tests' server. `lock_dir` is where all of them keep their locks. */
extern const char *calls_lock_dir;
sp_config *calls_config(void);
sp_client *calls_client(void);
/* A client of these settings, which are freed. */
sp_client *calls_client_of(sp_config *config);

#endif
