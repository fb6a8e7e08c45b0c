/*
 * Runs the test groups of the C ABI against a fake ServerPilot, and checks that they leave the process
 * unchanged. Ends with "N passed, N failed".
 *
 *     harness READY_FILE LOCK_DIR ROUNDS [GROUP]
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "service.h"
#include "tests.h"

static const struct {
    const char *name;
    void (*run)(int rounds);
} groups[] = {
    {"arguments", test_arguments},       {"operations", test_operations}, {"certificates", test_certificates},
    {"secrets", test_secrets},           {"processes", test_processes},
};

extern char **environ;

/* The process state that a library must not change. */
struct process {
    struct sigaction actions[65];
    sigset_t mask, pending;
    char locale[128], folder[4096];
    unsigned long environment; /* a checksum of it */
    mode_t creation_mask;
};

static void record(struct process *now) {
    const char *locale = setlocale(LC_ALL, NULL);
    char **entry;
    int signal;
    memset(now, 0, sizeof *now);
    for (signal = 1; signal < 65; signal++) sigaction(signal, NULL, &now->actions[signal]);
    pthread_sigmask(SIG_BLOCK, NULL, &now->mask);
    sigpending(&now->pending);
    snprintf(now->locale, sizeof now->locale, "%s", locale ? locale : "");
    if (getcwd(now->folder, sizeof now->folder) == NULL) now->folder[0] = '\0';
    for (entry = environ; *entry; entry++) {
        unsigned long sum = 7;
        const char *at;
        for (at = *entry; *at; at++) sum = sum * 31 + (unsigned char)*at;
        now->environment += sum; /* independent of the order */
    }
    now->creation_mask = umask(0);
    umask(now->creation_mask);
}

static void ignored(int signal) { (void)signal; }

static void compare(const struct process *before, const struct process *after) {
    /* The C library adds a flag of its own when a test restores an action. */
    const int flags = SA_NOCLDSTOP | SA_NOCLDWAIT | SA_NODEFER | SA_ONSTACK | SA_RESETHAND | SA_RESTART | SA_SIGINFO;
    int signal;
    for (signal = 1; signal < 65; signal++) {
        CHECK(before->actions[signal].sa_handler == after->actions[signal].sa_handler);
        CHECK_NUMBER(after->actions[signal].sa_flags & flags, before->actions[signal].sa_flags & flags);
        CHECK_NUMBER(sigismember(&after->mask, signal), sigismember(&before->mask, signal));
        CHECK_NUMBER(sigismember(&after->pending, signal), sigismember(&before->pending, signal));
    }
    CHECK_TEXT(after->locale, before->locale);
    CHECK_TEXT(after->folder, before->folder);
    CHECK(after->environment == before->environment);
    CHECK_NUMBER(after->creation_mask, before->creation_mask);
}

static int entries(const char *folder) {
    DIR *open = opendir(folder);
    int count = 0;
    while (open && readdir(open)) count++;
    if (open) closedir(open);
    return count;
}

int main(int argc, char **argv) {
    struct process before, after;
    char printed_name[] = "/tmp/serverpilot-harness-XXXXXX";
    int rounds, printed, kept, report, files, threads;
    size_t n;
    off_t size;
    if (argc < 4 || argc > 5) {
        fprintf(stderr, "usage: harness READY_FILE LOCK_DIR ROUNDS [GROUP]\n");
        return 2;
    }
    service_find(argv[1]);
    calls_lock_dir = argv[2];
    rounds = atoi(argv[3]);
    service_reset();

    /* Non-default state, so that a library that resets something to its default is detected. */
    setlocale(LC_ALL, "C.UTF-8");
    umask(027);
    signal(SIGUSR2, ignored);
    signal(SIGPIPE, SIG_DFL);
    {
        sigset_t usual;
        sigemptyset(&usual);
        sigaddset(&usual, SIGWINCH);
        pthread_sigmask(SIG_BLOCK, &usual, NULL);
    }

    /* Whatever anybody prints from here on lands in a file that has to stay empty. */
    kept = dup(1);
    report = dup(2);
    printed = mkstemp(printed_name);
    if (kept < 0 || report < 0 || printed < 0) return 2;
    unlink(printed_name);
    fflush(NULL);
    check_report_to(report);
    dup2(printed, 1);
    dup2(printed, 2);

    files = entries("/proc/self/fd");
    threads = entries("/proc/self/task");
    record(&before);
    for (n = 0; n < sizeof groups / sizeof *groups; n++) {
        if (argc == 5 && strcmp(argv[4], groups[n].name) != 0) continue;
        service_reset();
        groups[n].run(rounds);
        if (check_failures()) dprintf(kept, "%s: %d failed so far\n", groups[n].name, check_failures());
    }
    record(&after);
    compare(&before, &after);
    CHECK_NUMBER(entries("/proc/self/fd"), files);
    CHECK_NUMBER(entries("/proc/self/task"), threads);

    fflush(NULL);
    size = lseek(printed, 0, SEEK_END);
    if (size > 0) {
        char said[512];
        ssize_t got = pread(printed, said, sizeof said - 1, 0);
        said[got < 0 ? 0 : got] = '\0';
        CHECK_TEXT(said, "");
    }
    CHECK_NUMBER(size, 0);
    dup2(kept, 1);
    dup2(report, 2); /* for what an instrument reports at the end */
    return check_close();
}
