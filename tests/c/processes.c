/*
 * Test group "processes": fork at every moment, many threads, signals, peers that reset connections,
 * and what is left behind. SIGPIPE has its default disposition here: one that escaped from the library
 * would end the harness.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "document.h"
#include "service.h"
#include "tests.h"

static sp_result *out;

static int entries(const char *folder) {
    DIR *open = opendir(folder);
    int count = 0;
    while (open && readdir(open)) count++;
    if (open) closedir(open);
    return count;
}

static void pause_ms(long ms) {
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0) continue;
}

/* Number of the connection that carried the latest request. */
static int newest_connection(void) {
    const char *log = service_get("requests");
    char path[32];
    const char *number;
    snprintf(path, sizeof path, "%d.connection", document_length(log, "") - 1);
    number = document_value(log, path);
    return number ? atoi(number) : -1;
}

/* The alarm kills a child that does not end, and its parent notices. */
static pid_t begin_child(void) {
    pid_t child;
    fflush(NULL);
    child = fork();
    if (child == 0) {
        alarm(60);
        check_forget();
    }
    return child;
}

static void end_child(void) { _exit(check_failures() ? 1 : 0); }

/* For a child that was forked while other threads were in the middle of calls: what they held leaks in
 * the child, whoever wrote the code. Replacing the program keeps leak checkers from reporting it. */
static void end_child_unchecked(void) {
    const char *end = check_failures() ? "/bin/false" : "/bin/true";
    execl(end, end, (char *)NULL);
    _exit(2);
}

static void expect_good_end(pid_t child) {
    int status = 0;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_NUMBER(WIFSIGNALED(status) ? WTERMSIG(status) : 0, 0);
    CHECK_NUMBER(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
}

static void fork_before_first_use(void) {
    sp_client *client = calls_client();
    pid_t child = begin_child();
    if (child == 0) {
        EXPECT_ONLY(SP_OK, sp_sync_domain(client, "child.example.org", 0, &out));
        sp_client_free(client);
        end_child();
    }
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "parent.example.org", 0, &out));
    expect_good_end(child);
    CHECK(service_lists("child.example.org") && service_lists("parent.example.org"));
    sp_client_free(client);
}

/* What the child does with a client whose connection belongs to its parent. */
enum child_use { USES_AND_FREES, ONLY_USES, ONLY_FREES, USES_TWICE, FREES_A_NEW_ONE, HAS_A_CHILD };

/* Keeps a client reachable that a child does not free, so that it does not count as a leak. */
static sp_client *volatile not_freed;

static void run_child(sp_client *client, enum child_use use) {
    sp_client *own;
    pid_t grandchild;
    switch (use) {
    case USES_TWICE:
        EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
        /* fallthrough */
    case USES_AND_FREES:
    case ONLY_USES:
        EXPECT_ONLY(SP_OK, sp_sync_domain(client, "child.example.org", 0, &out));
        break;
    case ONLY_FREES:
        break;
    case FREES_A_NEW_ONE:
        own = calls_client();
        EXPECT_ONLY(SP_OK, sp_inspect_app(own, &out));
        sp_client_free(own);
        break;
    case HAS_A_CHILD:
        EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
        grandchild = begin_child();
        if (grandchild == 0) {
            EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
            sp_client_free(client);
            end_child();
        }
        expect_good_end(grandchild);
        EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
        break;
    }
    if (use == ONLY_USES) not_freed = client;
    else sp_client_free(client);
}

static void fork_after_first_use(int rounds) {
    sp_client *client = calls_client();
    int round, use, connection;
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "parent.example.org", 0, &out));
    for (round = 0; round < rounds; round++) {
        for (use = USES_AND_FREES; use <= HAS_A_CHILD; use++) {
            pid_t child;
            EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
            connection = newest_connection();
            child = begin_child();
            if (child == 0) {
                run_child(client, (enum child_use)use);
                end_child();
            }
            expect_good_end(child);
            if (use != ONLY_FREES) CHECK(newest_connection() != connection); /* the child opened its own */
            /* The parent's connection is unaffected. */
            EXPECT(SP_OK, sp_inspect_app(client, &out));
            EXPECT_IN("events", "[]");
            sp_result_free(out);
            CHECK_NUMBER(newest_connection(), connection);
        }
    }
    sp_client_free(client);
}

/* Parent and child at the same time, then eight children. */
static void fork_and_use_both(int rounds) {
    enum { CHILDREN = 8 };
    sp_client *client = calls_client();
    pid_t child[CHILDREN];
    char name[64];
    int n, round;
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    child[0] = begin_child();
    for (round = 0; round < rounds * 5; round++) {
        EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
        EXPECT_ONLY(SP_OK, sp_sync_domain(client, child[0] ? "parent.example.org" : "child.example.org", 0, &out));
    }
    if (child[0] == 0) {
        sp_client_free(client);
        end_child();
    }
    expect_good_end(child[0]);
    for (n = 0; n < CHILDREN; n++) {
        snprintf(name, sizeof name, "child%d.example.org", n);
        child[n] = begin_child();
        if (child[n] != 0) continue;
        EXPECT_ONLY(SP_OK, sp_sync_domain(client, name, 0, &out));
        if (n % 2) sp_client_free(client);
        else not_freed = client;
        end_child();
    }
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "parent2.example.org", 0, &out));
    for (n = 0; n < CHILDREN; n++) expect_good_end(child[n]);
    for (n = 0; n < CHILDREN; n++) {
        snprintf(name, sizeof name, "child%d.example.org", n);
        CHECK(service_lists(name));
    }
    CHECK(service_lists("parent2.example.org"));
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    sp_client_free(client);
}

/* What a thread does; the main thread checks the counts afterwards. */
struct work {
    pthread_t thread;
    sp_client *client;
    const char *api, *ca_file, *client_id, *key, *app_id;
    int number, rounds;
    int good, wrong, malformed; /* calls by their status; malformed results */
};

static void record(struct work *work, sp_status got, sp_result *result) {
    if (got == SP_OK) work->good++;
    else work->wrong++;
    if (result == NULL || sp_result_status(result) != got || sp_result_json(result)[0] != '{') work->malformed++;
    sp_result_free(result);
}

static sp_client *client_of_thread(const struct work *work) {
    sp_config *config = sp_config_new();
    sp_client *client = NULL;
    sp_config_set_credentials(config, work->client_id, work->key);
    sp_config_set_app_id(config, work->app_id);
    sp_config_set_base_url(config, work->api);
    sp_config_set_ca_file(config, work->ca_file);
    sp_config_set_lock_dir(config, calls_lock_dir);
    sp_client_new(config, &client);
    sp_config_free(config);
    return client;
}

static void *run(void *argument) {
    struct work *work = argument;
    char name[64];
    int round;
    for (round = 0; round < work->rounds; round++) {
        sp_client *client = work->client ? work->client : client_of_thread(work);
        sp_result *result = NULL;
        sp_status got;
        snprintf(name, sizeof name, "thread%d.example.org", work->number);
        got = sp_sync_domain(client, name, SP_NO_AUTOSSL, &result);
        record(work, got, result);
        got = sp_inspect_app(client, &result);
        record(work, got, result);
        got = sp_sync_domain(client, "no name", 0, &result);
        if (got != SP_ERR_INVALID_DOMAIN || result != NULL) work->malformed++;
        if (!work->client) sp_client_free(client);
    }
    return NULL;
}

static void begin_work(struct work *work, sp_client *client, int number, int rounds) {
    memset(work, 0, sizeof *work);
    work->client = client;
    work->api = service.api;
    work->ca_file = service.ca_file;
    work->client_id = service.client_id;
    work->key = service.api_key;
    work->app_id = service.app_id;
    work->number = number;
    work->rounds = rounds;
    CHECK_NUMBER(pthread_create(&work->thread, NULL, run, work), 0);
}

static void end_work(struct work *work) {
    pthread_join(work->thread, NULL);
    CHECK_NUMBER(work->good, 2 * work->rounds);
    CHECK_NUMBER(work->wrong, 0);
    CHECK_NUMBER(work->malformed, 0);
}

static void threads(int rounds, int shared) {
    enum { THREADS = 16 };
    struct work work[THREADS];
    sp_client *client = shared ? calls_client() : NULL;
    char name[64];
    int n;
    for (n = 0; n < THREADS; n++) begin_work(&work[n], client, n, rounds);
    for (n = 0; n < THREADS; n++) end_work(&work[n]);
    sp_client_free(client);
    for (n = 0; n < THREADS; n++) {
        snprintf(name, sizeof name, "thread%d.example.org", n);
        CHECK(service_lists(name)); /* sixteen writers, and no name is lost */
    }
    CHECK(service_lists("network.example.org"));
}

/* Readers do not wait for each other: sixteen calls of two requests, 0.4 s each. */
static void *read_once(void *argument) {
    struct work *work = argument;
    sp_result *result = NULL;
    sp_status got = sp_inspect_app(work->client, &result);
    record(work, got, result);
    return NULL;
}

static void readers_side_by_side(void) {
    enum { THREADS = 16 };
    struct work work[THREADS];
    sp_client *client = calls_client();
    struct timespec begin, end;
    int n, good = 0;
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    service_post("settings", "{\"latency_ms\":400}");
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (n = 0; n < THREADS; n++) {
        memset(&work[n], 0, sizeof work[n]);
        work[n].client = client;
        CHECK_NUMBER(pthread_create(&work[n].thread, NULL, read_once, &work[n]), 0);
    }
    for (n = 0; n < THREADS; n++) {
        pthread_join(work[n].thread, NULL);
        good += work[n].good;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    CHECK_NUMBER(good, THREADS);
    CHECK(end.tv_sec - begin.tv_sec < 10); /* one after the other they would take 12.8 s */
    service_reset();
    sp_client_free(client);
}

/* A fork while other threads are in the middle of calls: the child has the client but not the threads. */
static void fork_amid_threads(int rounds) {
    enum { THREADS = 4 };
    struct work work[THREADS];
    sp_client *client = calls_client();
    int n, round;
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    service_post("settings", "{\"latency_ms\":10}");
    for (n = 0; n < THREADS; n++) begin_work(&work[n], client, n, 4 * rounds);
    for (round = 0; round < 4 * rounds; round++) {
        pid_t child = begin_child();
        if (child == 0) {
            EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
            EXPECT_ONLY(SP_OK, sp_sync_domain(client, "child.example.org", 0, &out));
            sp_client_free(client);
            end_child_unchecked();
        }
        expect_good_end(child);
    }
    for (n = 0; n < THREADS; n++) end_work(&work[n]);
    sp_client_free(client);
    service_reset();
}

/* A child is killed in the middle of a write; its lock is released. */
static void a_killed_holder(void) {
    sp_client *client = calls_client();
    int status = 0, polls;
    pid_t child;
    service_post("settings", "{\"latency_ms\":1500}");
    child = begin_child();
    if (child == 0) {
        sp_sync_domain(client, "killed.example.org", 0, NULL);
        end_child();
    }
    for (polls = 0; polls < 500; polls++) {
        if (strcmp(document_value(service_get("counters"), "connections"), "0") != 0) break;
        pause_ms(10);
    }
    pause_ms(100);
    kill(child, SIGKILL);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    service_post("settings", "{\"latency_ms\":0}");
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "next.example.org", 0, &out));
    CHECK(service_lists("next.example.org"));
    sp_client_free(client);
}

/* Peers that reset the connection at every point where the library may be writing. */
static void resets(int rounds) {
    static const char *const faults[] = {
        "{\"kind\":\"reset_after_request\"}",
        "{\"kind\":\"reset_before_request\"}",
        "{\"kind\":\"reset_before_request\",\"after_handshake\":true}",
        "{\"kind\":\"close_before_request\",\"after_handshake\":true}",
        "{\"kind\":\"close_after_request\"}",
        "{\"kind\":\"reset_during_answer\"}",
        "{\"kind\":\"close_during_answer\"}",
        "{\"kind\":\"close_idle\"}",
        "[{\"kind\":\"reset_after_request\",\"on\":\"list\"},{\"kind\":\"reset_before_request\"}]",
    };
    sp_client *client = calls_client();
    struct sigaction action;
    size_t fault;
    int round;
    for (round = 0; round < rounds; round++) {
        for (fault = 0; fault < sizeof faults / sizeof *faults; fault++) {
            char name[64];
            snprintf(name, sizeof name, "reset%d-%d.example.org", round, (int)fault);
            service_post("faults", faults[fault]);
            EXPECT_ONLY(ANY_ANSWER, sp_sync_domain(client, name, 0, &out));
            EXPECT_ONLY(ANY_ANSWER, sp_inspect_app(client, &out));
            service_delete("faults");
            EXPECT_ONLY(SP_OK, sp_sync_domain(client, name, 0, &out));
            CHECK(service_lists(name));
        }
    }
    service_post("close-connections", "");
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    sigaction(SIGPIPE, NULL, &action);
    CHECK(action.sa_handler == SIG_DFL);
    sp_client_free(client);
}

/* A SIGPIPE of the host's own that is pending when the call begins is still pending afterwards. */
static void the_hosts_own_signal(void) {
    const struct timespec now = {0, 0};
    sp_client *client = calls_client();
    sigset_t pipe, before, after;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    raise(SIGPIPE);
    service_post("faults", "{\"kind\":\"reset_after_request\"}");
    EXPECT_ONLY(ANY_ANSWER, sp_inspect_app(client, &out));
    service_delete("faults");
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    CHECK_NUMBER(sigismember(&after, SIGPIPE), 1);
    CHECK_NUMBER(sigtimedwait(&pipe, NULL, &now), SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sp_client_free(client);
}

static volatile sig_atomic_t rung;
static void ring(int signal) { (void)signal; rung++; }

/* A host that is interrupted all the time, without SA_RESTART, still gets its answers. */
static void interruptions(int rounds) {
    const struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    sp_client *client = calls_client();
    struct sigaction action, before;
    int n, good = 0;
    memset(&action, 0, sizeof action);
    action.sa_handler = ring;
    sigaction(SIGALRM, &action, &before);
    service_post("settings", "{\"latency_ms\":10}");
    setitimer(ITIMER_REAL, &often, NULL);
    for (n = 0; n < 4 * rounds; n++) {
        sp_result *result = NULL;
        good += sp_inspect_app(client, &result) == SP_OK && result != NULL;
        sp_result_free(result);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    /* An alarm may be pending still: ignoring the signal discards it, so that it cannot end the process. */
    action.sa_handler = SIG_IGN;
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGALRM, &before, NULL);
    CHECK_NUMBER(good, 4 * rounds);
    CHECK(rung > 0);
    sp_client_free(client);
}

/* Too few descriptors, however many are missing: a status, and calls succeed again once there are
 * enough. In a child, because a lowered limit cannot be raised again. */
static void too_few_descriptors(void) {
    enum { LIMIT = 64 };
    int taken[LIMIT], count = 0, spared;
    const struct rlimit few = {LIMIT, LIMIT};
    sp_client *client;
    pid_t child = begin_child();
    if (child != 0) {
        expect_good_end(child);
        return;
    }
    setrlimit(RLIMIT_NOFILE, &few);
    while (count < LIMIT && (taken[count] = dup(0)) >= 0) count++;
    for (spared = 0; spared < 6 && count > 0; spared++) {
        sp_result *result = POISON;
        sp_status got;
        sp_config *config = sp_config_new();
        sp_config_set_credentials(config, service.client_id, service.api_key);
        sp_config_set_app_id(config, service.app_id);
        sp_config_set_base_url(config, service.api);
        client = calls_client_of(config);
        got = sp_inspect_app(client, &result);
        calls_examine(__FILE__, __LINE__, "a call with too few descriptors", got, &result,
                      got == SP_ERR_STATE ? SP_ERR_STATE : ANY_ANSWER);
        CHECK(got != SP_OK); /* this client does not trust the tests' CA */
        CHECK(got != SP_ERR_PANIC);
        sp_result_free(result);
        sp_client_free(client);
        close(taken[--count]);
    }
    while (count > 0) close(taken[--count]);
    client = calls_client();
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    sp_client_free(client);
    end_child();
}

static void nothing_left(int rounds) {
    sp_config *config;
    sp_client *client = calls_client();
    int files, threads, n, good = 0;
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    sp_client_free(client);
    files = entries("/proc/self/fd");
    threads = entries("/proc/self/task");

    /* One client holds no more descriptors after many calls, some with a fault, than after one. */
    client = calls_client();
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "flat.example.org", 0, &out));
    {
        int open = entries("/proc/self/fd");
        for (n = 0; n < 60 * rounds; n++) {
            sp_result *result = NULL;
            if (n % 20 == 10) service_post("faults", "{\"kind\":\"%s\"}", n % 40 == 10 ? "reset_after_request" : "close_during_answer");
            good += sp_sync_domain(client, "flat.example.org", 0, &result) == SP_OK;
            sp_result_free(result);
        }
        CHECK_NUMBER(good, 60 * rounds); /* a read is repeated once */
        CHECK_NUMBER(entries("/proc/self/fd"), open);
    }
    sp_client_free(client);
    CHECK_NUMBER(entries("/proc/self/fd"), files);
    for (n = 0; n < 20 * rounds; n++) {
        sp_result *result = NULL;
        client = client_of_thread(&(struct work){.api = service.api, .ca_file = service.ca_file, .client_id = service.client_id,
                                                 .key = service.api_key, .app_id = service.app_id});
        sp_inspect_app(client, &result);
        sp_result_free(result);
        sp_client_free(client);
    }
    CHECK_NUMBER(entries("/proc/self/fd"), files);
    CHECK_NUMBER(entries("/proc/self/task"), threads); /* and no thread was left in between */

    /* Nor is one started where a name has to be resolved. */
    config = calls_config();
    EXPECT_STATUS(SP_OK, sp_config_set_base_url(config, "https://localhost:1/v1"));
    EXPECT_STATUS(SP_OK, sp_config_set_timeouts(config, 2000, 2000, 3000));
    client = calls_client_of(config);
    EXPECT_ONLY(ANY_ANSWER, sp_inspect_app(client, &out));
    sp_client_free(client);
    CHECK_NUMBER(entries("/proc/self/task"), threads);
    CHECK_NUMBER(entries("/proc/self/fd"), files);
}

void test_processes(int rounds) {
    fork_before_first_use();
    service_reset();
    fork_after_first_use(rounds);
    service_reset();
    fork_and_use_both(rounds);
    service_reset();
    threads(rounds, 1);
    service_reset();
    threads(rounds, 0);
    service_reset();
    readers_side_by_side();
    fork_amid_threads(rounds);
    a_killed_holder();
    service_reset();
    resets(rounds);
    service_reset();
    the_hosts_own_signal();
    service_reset();
    interruptions(rounds);
    service_reset();
    too_few_descriptors();
    service_reset();
    nothing_left(rounds);
}
