/*
 * A clock that is set while calls are running, and one that fails. A call's time is measured by the
 * monotonic clock, which nobody can set; certificates are judged by the wall clock. A failing clock
 * makes the shipped library panic at any point where it reads it: each such panic must be returned as
 * a status, and the client must keep working. Ends with "N passed, N failed".
 *
 *     clock READY_FILE LOCK_DIR
 *
 * This program has its own clock_gettime, which the dynamic linker binds to the library as well: the
 * machine's clock is not touched. The certificate tests show that the library really uses it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "document.h"
#include "footprint.h"
#include "service.h"

enum { HOUR = 3600, DAY = 24 * HOUR, YEAR = 365 * DAY, LIMIT_MS = 800, SLACK_MS = 8000 };

static sp_result *out;
static volatile long ahead_s;              /* of the wall clock */
static volatile int clock_reads, failing_read;  /* reads of any clock so far; the read that fails, 0: none */

int clock_gettime(clockid_t clock, struct timespec *now) {
    int got;
    if (++clock_reads == failing_read) {
        errno = EINVAL;
        return -1;
    }
    got = (int)syscall(SYS_clock_gettime, clock, now);
    if (got == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += ahead_s;
    return got;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise = {0, 0};
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *into) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}

static sp_client *client_of(unsigned total_ms) {
    sp_config *config = calls_config();
    EXPECT_STATUS(SP_OK, sp_config_set_timeouts(config, 0, total_ms, total_ms));
    return calls_client_of(config);
}

/* Sets the clock while a call is running. */
struct step {
    pthread_t thread;
    long by_s;
};

static void *sets(void *argument) {
    footprint_pause_ms(LIMIT_MS / 3);
    ahead_s = ((struct step *)argument)->by_s;
    return NULL;
}

/* A call during which the clock is set: its status, how long it took, and the times it reports. */
#define STEPPED(by, status, call, least_ms, most_ms)                           \
    do {                                                                       \
        struct step step;                                                      \
        long begin = footprint_ms(), took;                                     \
        step.by_s = (by);                                                      \
        CHECK_NUMBER(pthread_create(&step.thread, NULL, sets, &step), 0);      \
        EXPECT(status, call);                                                  \
        took = footprint_ms() - begin;                                         \
        pthread_join(step.thread, NULL);                                       \
        CHECK(took >= (least_ms));                                             \
        CHECK(took < (most_ms) + SLACK_MS);                                    \
        sane_times(took);                                                      \
    } while (0)

/* The times in the document are those of this call, whatever the clock says. */
static void sane_times(long took) {
    const char *json = sp_result_json(out);
    int n, count = document_length(json, "events");
    long elapsed = atol(document_value(json, "elapsed_ms"));
    CHECK(elapsed >= 0 && elapsed <= took + 1);
    for (n = 0; n < count; n++) {
        char path[64];
        long at;
        snprintf(path, sizeof path, "events.%d.at_ms", n);
        at = atol(document_value(json, path));
        CHECK(at >= 0 && at <= elapsed);
    }
}

static int requests_so_far(void) { return atoi(document_value(service_get("counters"), "requests")); }

static void steps(long by_s) {
    sp_client *client = client_of(LIMIT_MS), *patient = client_of(20000);
    char name[64], action[128];
    int status = 0, tries, before;
    pid_t holder;
    snprintf(name, sizeof name, "step%ld.example.org", labs(by_s));

    /* Slow answers, to the read and to the write. */
    service_post("settings", "{\"latency_ms\":300,\"action_after_s\":1}");
    STEPPED(by_s, SP_OK, sp_sync_domain(patient, name, SP_NO_AUTOSSL, &out), 600, 600);
    EXPECT_IN("applied", "'yes'");
    EXPECT_IN("warnings", "[]");
    CHECK(sp_result_action_id(out) != NULL);
    snprintf(action, sizeof action, "%s", sp_result_action_id(out) ? sp_result_action_id(out) : "none");
    sp_result_free(out);
    service_post("settings", "{\"latency_ms\":0}");
    ahead_s = 0;

    /* An action that is still open: whichever way the clock is set, the call waits until it has ended. */
    STEPPED(by_s, SP_OK, sp_wait_action(patient, action, 10000, &out), 0, 2000);
    EXPECT_IN("action.status", "'success'");
    sp_result_free(out);
    ahead_s = 0;

    /* No answer: the call ends not before its limit, and not long after. */
    service_post("faults", "{\"kind\":\"hang\"}");
    STEPPED(by_s, SP_ERR_TIMEOUT, sp_inspect_app(client, &out), LIMIT_MS, LIMIT_MS);
    sp_result_free(out);
    service_delete("faults");
    ahead_s = 0;

    /* A pause that the service asks for, then a retry. */
    service_post("faults", "{\"kind\":\"status\",\"code\":503,\"on\":\"read\",\"headers\":[[\"retry-after\",\"1\"]]}");
    STEPPED(by_s, SP_OK, sp_sync_domain(patient, name, SP_NO_AUTOSSL, &out), 1000, 1100);
    CHECK_NUMBER(document_length(sp_result_json(out), "events"), 1);
    sp_result_free(out);
    service_delete("faults");
    ahead_s = 0;

    /* The lock, held by another process: the call gives up at its limit, and takes the lock once it is free. */
    service_post("settings", "{\"latency_ms\":1200}");
    before = requests_so_far();
    fflush(NULL);
    holder = fork();
    if (holder == 0) {
        alarm(60);
        check_forget();
        EXPECT_ONLY(SP_OK, sp_sync_domain(patient, "held.example.org", SP_NO_AUTOSSL, &out));
        _exit(check_failures() ? 1 : 0);
    }
    for (tries = 0; tries < 500 && requests_so_far() == before; tries++) footprint_pause_ms(10);
    service_post("settings", "{\"latency_ms\":0}");
    STEPPED(by_s, SP_ERR_LOCK_TIMEOUT, sp_remove_domain(client, name, 0, &out), LIMIT_MS * 9 / 10, LIMIT_MS);
    EXPECT_IN("applied", "'no'");
    sp_result_free(out);
    /* With the clock still set: the age of the lock file does not matter, and the connection is kept. */
    EXPECT_ONLY(SP_OK, sp_remove_domain(patient, name, 0, &out));
    CHECK(waitpid(holder, &status, 0) == holder && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(service_lists("held.example.org") && !service_lists(name));
    ahead_s = 0;
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    sp_client_free(patient);
    sp_client_free(client);
    service_reset();
}

/* Certificates are judged by the wall clock, and the message points out that it may be wrong. */
static void certificates(void) {
    static const struct {
        long ahead;
        const char *reason;
    } rows[] = {{YEAR, "'expired'"}, {-YEAR, "'not_yet_valid'"}};
    char site[128];
    size_t n;
    snprintf(site, sizeof site, "{\"connect_to\":\"%s\"}", service.site);
    service_post("app", "{\"ssl\":\"auto\"}");
    for (n = 0; n < sizeof rows / sizeof *rows; n++) {
        sp_client *client = calls_client();
        ahead_s = rows[n].ahead;
        EXPECT(SP_ERR_TLS, sp_inspect_app(client, &out));
        CHECK_HOLDS(sp_result_message(out), "its clock may be wrong");
        sp_result_free(out);
        EXPECT(SP_ERR_CERTIFICATE, sp_check_ssl(client, "network.example.org", site, &out));
        EXPECT_IN("reason", rows[n].reason);
        sp_result_free(out);
        ahead_s = 0;
        EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out)); /* the same client, with the clock corrected */
        EXPECT(SP_OK, sp_check_ssl(client, "network.example.org", site, &out));
        EXPECT_IN("reason", "'ok'");
        sp_result_free(out);
        /* The certificate of an open connection was checked when it was opened. */
        ahead_s = rows[n].ahead;
        EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
        ahead_s = 0;
        sp_client_free(client);
    }
    service_reset();
}

/* The kinds of call, each of which reads a clock repeatedly. */
static const char *const kinds[] = {"sync", "remove", "apply", "autossl", "check", "many", "diagnose", "inspect", "action", "wait"};

static sp_status call(sp_client *client, int kind, const char *site) {
    switch (kind) {
    case 0: return sp_sync_domain(client, "panic.example.org", 0, &out);
    case 1: return sp_remove_domain(client, "panic.example.org", 0, &out);
    case 2: return sp_apply(client, "{\"desired\":[\"panic.example.org\"],\"owned\":[\"old.example.org\"]}", &out);
    case 3: return sp_enable_autossl(client, &out);
    case 4: return sp_check_ssl(client, "network.example.org", site, &out);
    case 5: return sp_check_ssl_many(client, "[\"network.example.org\",\"stranger.example.org\"]", site, &out);
    case 6: return sp_diagnose(client, "network.example.org", site, &out);
    case 7: return sp_inspect_app(client, &out);
    case 8: return sp_action_status(client, "NoSuchAction", &out);
    default: return sp_wait_action(client, "NoSuchAction", 0, &out);
    }
}

/* Every clock read of every kind of call fails once, on a kept connection and on a new one. Whatever the
 * panic interrupts, the lock is free afterwards and the same client keeps working. Some of these reads
 * are the async runtime's own: what it holds at that moment (its epoll, its waker, a connection) cannot
 * be released. Returns how many descriptors that may be. */
static int panics(void) {
    sp_client *client = NULL;
    char printed_name[] = "/tmp/serverpilot-clock-XXXXXX", site[128];
    int printed = mkstemp(printed_name), kept = dup(2), all = 0, panicked = 0;
    size_t kind;
    int fresh;
    unlink(printed_name);
    check_report_to(kept);
    dup2(printed, 2);
    snprintf(site, sizeof site, "{\"connect_to\":\"%s\"}", service.site);
    for (kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        int of_kind = 0;
        for (fresh = 0; fresh < 2; fresh++) {
            int at, seen;
            for (at = 1;; at++) {
                sp_status got;
                service_post("app", "{\"domains\":[\"network.example.org\",\"%s.example.org\"]}", kind == 1 ? "panic" : "old");
                if (fresh || client == NULL) {
                    sp_client_free(client);
                    client = calls_client();
                }
                if (!fresh) EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
                out = POISON;
                clock_reads = 0;
                failing_read = at;
                got = call(client, (int)kind, site);
                failing_read = 0;
                seen = clock_reads;
                if (got == SP_ERR_PANIC) {
                    CHECK(out == NULL);
                    panicked++;
                    of_kind++;
                } else {
                    calls_examine(__FILE__, __LINE__, kinds[kind], got, &out, ANY_ANSWER);
                    sp_result_free(out);
                }
                if (seen < at) break;
                all++;
                EXPECT_ONLY(SP_OK, sp_sync_domain(client, "after.example.org", 0, &out));
                CHECK(service_lists("after.example.org") && service_lists("network.example.org"));
                service_delete("requests");
            }
        }
        check_number(__FILE__, __LINE__, of_kind > 0, 1, kinds[kind]);
    }
    CHECK_NUMBER(lseek(printed, 0, SEEK_END), 0); /* nothing was printed */
    dup2(kept, 2);
    check_report_to(2);
    close(kept);
    close(printed);
    printf("%d clock reads failed, %d of them caused a panic\n", all, panicked);
    sp_client_free(client);
    service_reset();
    return 3 * panicked;
}

int main(int argc, char **argv) {
    static const long by_s[] = {HOUR, -HOUR, DAY, -DAY};
    struct footprint start;
    long since = footprint_ms();
    int lost;
    size_t n;
    if (argc != 3) {
        fprintf(stderr, "usage: clock READY_FILE LOCK_DIR\n");
        return 2;
    }
    service_find(argv[1]);
    calls_lock_dir = argv[2];
    service_reset();
    start = footprint_now();
    for (n = 0; n < sizeof by_s / sizeof *by_s; n++) steps(by_s[n]);
    certificates();
    CHECK_NUMBER(footprint_now().descriptors, start.descriptors);
    lost = panics();
    CHECK(footprint_now().descriptors <= start.descriptors + lost);
    CHECK_NUMBER(footprint_now().threads, start.threads);
    printf("%d clock steps; %ld s\n", (int)(sizeof by_s / sizeof *by_s), (footprint_ms() - since) / 1000);
    return check_close();
}
