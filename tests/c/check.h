/*
 * Counts checks. A failed check prints its location, the expected and the actual value, and the run
 * continues, so that one run reports everything that is broken. Must not depend on the library.
 */
#ifndef CHECK_H
#define CHECK_H

/* Sends failures to this descriptor from now on; until then they go to stderr. */
void check_report_to(int descriptor);

/* Counts one check. `what` is the checked expression, as written in the source. */
void check_verdict(const char *file, int line, int good, const char *what, const char *expected, const char *got);
void check_number(const char *file, int line, long long got, long long expected, const char *what);
void check_text(const char *file, int line, const char *got, const char *expected, const char *what);
void check_holds(const char *file, int line, const char *text, const char *part, int wanted, const char *what);

/* Checks the value at a path of a document. In `expected`, ' stands for ", for readability. */
void check_json(const char *file, int line, const char *json, const char *path, const char *expected);

#define CHECK(condition) check_verdict(__FILE__, __LINE__, (condition) != 0, #condition, "true", "false")
#define CHECK_NUMBER(got, expected) check_number(__FILE__, __LINE__, (got), (expected), #got)
#define CHECK_TEXT(got, expected) check_text(__FILE__, __LINE__, (got), (expected), #got)
#define CHECK_HOLDS(text, part) check_holds(__FILE__, __LINE__, (text), (part), 1, #text)
#define CHECK_LACKS(text, part) check_holds(__FILE__, __LINE__, (text), (part), 0, #text)
#define CHECK_JSON(json, path, expected) check_json(__FILE__, __LINE__, (json), (path), (expected))

/* Failures so far; a forked child derives its exit status from them. */
int check_failures(void);
/* Restarts the counts, for a forked child: earlier failures are reported by its parent. */
void check_forget(void);
/* Prints "N passed, N failed" on stdout; returns the exit status of the program. */
int check_close(void);

#endif
