/*
 * Counts checks. One that fails prints its place, what was expected and what came instead, and the
 * run goes on: one run tells everything that is broken. Knows nothing of the library.
 */
#ifndef CHECK_H
#define CHECK_H

/* Where the failures go from now on; until then to stderr. */
void check_report_to(int descriptor);

/* Counts one check. `what` is what was looked at, as it stands in the source. */
void check_verdict(const char *file, int line, int good, const char *what, const char *expected, const char *got);
void check_number(const char *file, int line, long long got, long long expected, const char *what);
void check_text(const char *file, int line, const char *got, const char *expected, const char *what);
void check_holds(const char *file, int line, const char *text, const char *part, int wanted, const char *what);

/* The value at a path of a document. In `expected`, ' stands for ", which keeps it readable. */
void check_json(const char *file, int line, const char *json, const char *path, const char *expected);

#define CHECK(condition) check_verdict(__FILE__, __LINE__, (condition) != 0, #condition, "true", "false")
#define CHECK_NUMBER(got, expected) check_number(__FILE__, __LINE__, (got), (expected), #got)
#define CHECK_TEXT(got, expected) check_text(__FILE__, __LINE__, (got), (expected), #got)
#define CHECK_HOLDS(text, part) check_holds(__FILE__, __LINE__, (text), (part), 1, #text)
#define CHECK_LACKS(text, part) check_holds(__FILE__, __LINE__, (text), (part), 0, #text)
#define CHECK_JSON(json, path, expected) check_json(__FILE__, __LINE__, (json), (path), (expected))

/* Failures so far; a forked child ends with whether there are any. */
int check_failures(void);
/* Starts counting anew, for a forked child: what failed before is its parent's to tell. */
void check_forget(void);
/* Prints "N passed, N failed" on stdout; gives the exit status of the program. */
int check_close(void);

#endif
