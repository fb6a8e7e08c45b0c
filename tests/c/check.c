/*
 * The counters behind check.h. Only the main thread of a process checks, and other threads hand
 * their results over to it, so there is nothing to lock and nothing that a fork could break.
 */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "document.h"

static int passed, failed;
static int report = 2;

void check_report_to(int descriptor) { report = descriptor; }

void check_verdict(const char *file, int line, int good, const char *what, const char *expected, const char *got) {
    if (good) {
        passed++;
        return;
    }
    failed++;
    dprintf(report, "%s:%d: %s: expected %.2000s, got %.2000s\n", file, line, what, expected ? expected : "NULL",
            got ? got : "NULL");
}

void check_number(const char *file, int line, long long got, long long expected, const char *what) {
    char want[32], have[32];
    snprintf(want, sizeof want, "%lld", expected);
    snprintf(have, sizeof have, "%lld", got);
    check_verdict(file, line, got == expected, what, want, have);
}

void check_text(const char *file, int line, const char *got, const char *expected, const char *what) {
    int same = got && expected ? strcmp(got, expected) == 0 : got == expected;
    check_verdict(file, line, same, what, expected, got);
}

void check_holds(const char *file, int line, const char *text, const char *part, int wanted, const char *what) {
    char want[512];
    int found = text && strstr(text, part) != NULL;
    snprintf(want, sizeof want, "something %s \"%s\"", wanted ? "with" : "without", part);
    check_verdict(file, line, text != NULL && found == wanted, what, want, text);
}

void check_json(const char *file, int line, const char *json, const char *path, const char *expected) {
    char want[4096], *quote;
    const char *got = document_value(json, path);
    snprintf(want, sizeof want, "%s", expected);
    for (quote = want; (quote = strchr(quote, '\'')) != NULL;) *quote = '"';
    check_verdict(file, line, got != NULL && strcmp(got, want) == 0, path, want, got ? got : json);
}

int check_failures(void) { return failed; }

void check_forget(void) { passed = failed = 0; }

int check_close(void) {
    printf("%d passed, %d failed\n", passed, failed);
    fflush(stdout);
    return failed ? 1 : 0;
}
