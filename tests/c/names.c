/*
 * Name servers that are slow or say nothing at all, against the two ways by which names are looked up:
 * the C library's for ServerPilot itself, the library's own for the customers' names. Every call ends
 * within its time, nobody waits for a resolver's thread that is stuck, and what was slow is soon well.
 * Closes with "N passed, N failed".
 *
 *     names READY_FILE LOCK_DIR
 *
 * The name server is a process of this program's, on a loopback address that nobody else uses; its own
 * /etc/resolv.conf is bound over the machine's in a mount namespace, so only this program sees it. That
 * takes root. The verdicts about time: the resolver is told to wait 12 s, and whoever does not wait for
 * it is done long before.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "document.h"
#include "footprint.h"
#include "service.h"

enum {
    SILENT = -1,
    LIMIT_MS = 600,  /* the time a call has, where it is to run out */
    SLACK_MS = 9000, /* for a machine with other things to do */
    STUCK_S = 12,    /* for how long the C library's resolver waits: longer than both together */
    MANY = 16
};

static sp_result *out;
static long slowest; /* by how much a call was longer than its time */

/* What the name server does, in memory that it shares with the others. */
static volatile struct name_server {
    int answers_after_ms; /* or SILENT */
    int questions;
} *name_server;

/* The name server: 127.0.0.1 for every name, no other record. Never comes back. */
static void serve(int socket) {
    enum { MOST = 256 };
    static struct waiting {
        long due;
        struct sockaddr_in who;
        unsigned char packet[600];
        size_t length;
    } waiting[MOST];
    int count = 0, n;
    for (;;) {
        struct pollfd readable = {socket, POLLIN, 0};
        if (poll(&readable, 1, count > 0 ? 5 : 1000) > 0 && count < MOST) {
            struct waiting *next = &waiting[count];
            socklen_t size = sizeof next->who;
            ssize_t got = recvfrom(socket, next->packet, 512, 0, (struct sockaddr *)&next->who, &size);
            size_t at = 12;
            int type;
            while (got > 0 && at < (size_t)got && next->packet[at] != 0) at += next->packet[at] + 1u;
            at += 5; /* the root, type and class */
            if (got < 17 || at > (size_t)got) continue;
            name_server->questions++;
            if (name_server->answers_after_ms == SILENT) continue;
            type = next->packet[at - 4] << 8 | next->packet[at - 3];
            /* An answer without an error, to one question; nothing of what else came is repeated. */
            memcpy(next->packet + 2, "\x81\x80\0\1\0\0\0\0\0\0", 10);
            if (type == 1) {
                next->packet[7] = 1;
                memcpy(next->packet + at, "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1", 16);
                at += 16;
            }
            next->length = at;
            next->due = footprint_ms() + name_server->answers_after_ms;
            count++;
        }
        for (n = 0; n < count;) {
            if (waiting[n].due > footprint_ms()) {
                n++;
                continue;
            }
            sendto(socket, waiting[n].packet, waiting[n].length, 0, (struct sockaddr *)&waiting[n].who, sizeof waiting[n].who);
            waiting[n] = waiting[--count];
        }
    }
}

static pid_t server;
static int resolver_file;
static char server_address[32];

/* For lookups that begin from now on; the C library looks at the file's age, so that is new too. */
static void resolver_waits(int seconds) {
    char text[200];
    int length = snprintf(text, sizeof text, "nameserver %s\noptions timeout:%d attempts:1\n", server_address, seconds);
    CHECK(ftruncate(resolver_file, 0) == 0 && pwrite(resolver_file, text, (size_t)length, 0) == length);
}

static int bound_over(const char *path, const char *text) {
    char made[] = "/tmp/serverpilot-names-XXXXXX";
    struct stat own, seen;
    int file = mkstemp(made), good;
    good = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(file, 0644) == 0 &&
           mount(made, path, NULL, MS_BIND, NULL) == 0 && fstat(file, &own) == 0 && stat(path, &seen) == 0 &&
           own.st_ino == seen.st_ino && own.st_dev == seen.st_dev;
    unlink(made);
    return good ? file : -1;
}

/* 0, or what cannot be had. */
static const char *prepare(void) {
    struct sockaddr_in address;
    int own = getpid(), socket_of_server;
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return "a mount namespace";
    resolver_file = bound_over("/etc/resolv.conf", "");
    if (resolver_file < 0) return "an /etc/resolv.conf of its own";
    /* Nothing but the name server may know the names. */
    if (bound_over("/etc/nsswitch.conf", "hosts: files dns\n") < 0) return "an /etc/nsswitch.conf of its own";
    name_server = mmap(NULL, sizeof *name_server, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (name_server == MAP_FAILED) return "shared memory";
    snprintf(server_address, sizeof server_address, "127.53.%d.%d", own >> 8 & 255, own & 255);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(53);
    inet_pton(AF_INET, server_address, &address.sin_addr);
    socket_of_server = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(socket_of_server, (struct sockaddr *)&address, sizeof address) != 0) return "port 53 of a loopback address";
    fflush(NULL);
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(socket_of_server);
    }
    close(socket_of_server);
    return server > 0 ? NULL : "a process";
}

/* A client that has to look up where ServerPilot is. */
static sp_client *client_by_name(unsigned total_ms) {
    sp_config *config = calls_config();
    char url[200];
    snprintf(url, sizeof url, "https://api.example%s", strrchr(service.api, ':'));
    EXPECT_STATUS(SP_OK, sp_config_set_base_url(config, url));
    EXPECT_STATUS(SP_OK, sp_config_set_timeouts(config, total_ms, total_ms, total_ms));
    return calls_client_of(config);
}

/* A call whose time runs out: held against it. */
#define IN_TIME(status, call)                         \
    do {                                              \
        long begin = footprint_ms(), over;            \
        EXPECT(status, call);                         \
        over = footprint_ms() - begin - LIMIT_MS;     \
        if (over > slowest) slowest = over;           \
        CHECK(over < SLACK_MS);                       \
    } while (0)

static void nobody_answers(void) {
    sp_client *client = client_by_name(LIMIT_MS);
    int descriptors, asked = name_server->questions;
    long begin;
    resolver_waits(STUCK_S);
    name_server->answers_after_ms = SILENT;
    descriptors = footprint_now().descriptors;
    IN_TIME(SP_ERR_TIMEOUT, sp_inspect_app(client, &out));
    EXPECT_IN("retryable", "true");
    sp_result_free(out);
    CHECK(name_server->questions > asked); /* it was this name server that was asked */
    IN_TIME(SP_ERR_TIMEOUT, sp_sync_domain(client, "slow.example.org", 0, &out));
    EXPECT_IN("applied", "'no'");
    EXPECT_IN("changed", "false");
    sp_result_free(out);
    IN_TIME(SP_ERR_TIMEOUT, sp_remove_domain(client, "slow.example.org", 0, &out));
    sp_result_free(out);
    IN_TIME(SP_ERR_TIMEOUT, sp_apply(client, "{\"add\":[\"slow.example.org\"]}", &out));
    sp_result_free(out);
    IN_TIME(SP_ERR_TIMEOUT, sp_enable_autossl(client, &out));
    sp_result_free(out);
    IN_TIME(SP_ERR_TIMEOUT, sp_action_status(client, "Action1", &out));
    sp_result_free(out);
    IN_TIME(SP_ERR_TIMEOUT, sp_wait_action(client, "Action1", 0, &out));
    sp_result_free(out);
    IN_TIME(ANY_ANSWER, sp_check_ssl(client, "shop.example.org", NULL, &out));
    EXPECT_IN("valid", "null"); /* not asked is not "not valid" */
    CHECK_HOLDS("'timeout' 'dns_failure'", document_string(sp_result_json(out), "reason"));
    sp_result_free(out);
    IN_TIME(SP_OK, sp_check_ssl_many(client, "[\"a.example.org\",\"b.example.org\",\"c.example.org\"]", NULL, &out));
    sp_result_free(out);
    IN_TIME(SP_OK, sp_diagnose(client, "shop.example.org", NULL, &out));
    CHECK_LACKS(document_value(sp_result_json(out), "cause"), "all_well");
    sp_result_free(out);
    CHECK(footprint_now().threads > 1); /* stuck they are, so what follows is worth something */
    begin = footprint_ms();
    sp_client_free(client);
    CHECK(footprint_ms() - begin < SLACK_MS);
    CHECK(footprint_now().descriptors <= descriptors + MANY); /* a stuck thread has its socket yet */
}

/* However many calls were stuck, the one after the name server is back is none of them. */
static void back_again(void) {
    sp_client *client = client_by_name(LIMIT_MS), *patient;
    pid_t child;
    int n, status = 0;
    resolver_waits(STUCK_S);
    name_server->answers_after_ms = SILENT;
    for (n = 0; n < 5; n++) {
        IN_TIME(SP_ERR_TIMEOUT, sp_inspect_app(client, &out));
        sp_result_free(out);
    }
    name_server->answers_after_ms = 0;
    /* A child has none of the stuck threads, and nothing of what they held. Before the parent's next
     * lookup, which would leave a stack behind that is clean; often, since it is a race for the answer. */
    for (n = 0; n < 8; n++) {
        fflush(NULL);
        child = fork();
        if (child == 0) {
            alarm(60);
            check_forget();
            EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
            sp_client_free(client);
            _exit(check_failures() ? 1 : 0);
        }
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    patient = client_by_name(20000);
    EXPECT_ONLY(SP_OK, sp_inspect_app(patient, &out));
    sp_client_free(patient);
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "back.example.org", 0, &out));
    CHECK(service_lists("back.example.org"));
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    sp_client_free(client);
}

/* The end of the process does not wait either, with the client freed or not. */
static void the_end_of_a_process(void) {
    int frees;
    resolver_waits(STUCK_S);
    name_server->answers_after_ms = SILENT;
    for (frees = 0; frees < 2; frees++) {
        long begin = footprint_ms();
        int status = 0;
        pid_t child;
        fflush(NULL);
        child = fork();
        if (child == 0) {
            sp_client *client = client_by_name(LIMIT_MS);
            alarm(60);
            check_forget();
            EXPECT_ONLY(SP_ERR_TIMEOUT, sp_inspect_app(client, &out));
            CHECK(footprint_now().threads > 1);
            if (frees) sp_client_free(client);
            exit(check_failures() ? 1 : 0); /* with everything a process does at its end */
        }
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
        CHECK(footprint_ms() - begin < LIMIT_MS + SLACK_MS);
    }
}

static struct reader {
    pthread_t thread;
    sp_client *client;
    sp_status got;
} readers[MANY];

static void *reads(void *argument) {
    struct reader *reader = argument;
    reader->got = sp_inspect_app(reader->client, NULL);
    return NULL;
}

/* Late answers are answers: also where many ask at once. */
static void late(void) {
    sp_client *client = client_by_name(4000);
    char options[200];
    int n, good = 0;
    resolver_waits(STUCK_S);
    name_server->answers_after_ms = 1000;
    EXPECT(SP_OK, sp_inspect_app(client, &out));
    CHECK(atoi(document_value(sp_result_json(out), "elapsed_ms")) >= 1000);
    sp_result_free(out);
    sp_client_free(client);

    client = client_by_name(4000);
    for (n = 0; n < MANY; n++) {
        readers[n].client = client;
        CHECK_NUMBER(pthread_create(&readers[n].thread, NULL, reads, &readers[n]), 0);
    }
    for (n = 0; n < MANY; n++) {
        pthread_join(readers[n].thread, NULL);
        good += readers[n].got == SP_OK;
    }
    CHECK_NUMBER(good, MANY);

    /* The customers' names, with the address of the tests' own site. */
    service_post("app", "{\"domains\":[\"network.example.org\"]}");
    service_post("clock", "{\"advance_s\":601}");
    name_server->answers_after_ms = 0;
    EXPECT_ONLY(SP_OK, sp_enable_autossl(client, &out));
    EXPECT_ONLY(SP_ERR_BLOCKED_ADDRESS, sp_check_ssl(client, "network.example.org", NULL, &out));
    name_server->answers_after_ms = 500;
    snprintf(options, sizeof options, "{\"allow_addresses\":[\"127.0.0.1\"],\"port\":%s}", strrchr(service.site, ':') + 1);
    EXPECT(SP_OK, sp_check_ssl(client, "network.example.org", options, &out));
    EXPECT_IN("reason", "'ok'");
    CHECK(atoi(document_value(sp_result_json(out), "timings_ms.dns")) >= 500);
    sp_result_free(out);
    sp_client_free(client);
}

/* What was stuck ends by itself: after the time the resolver has, not never. */
static void threads_end(int threads) {
    sp_client *client = client_by_name(LIMIT_MS);
    resolver_waits(1);
    name_server->answers_after_ms = SILENT;
    EXPECT_ONLY(SP_ERR_TIMEOUT, sp_inspect_app(client, &out));
    CHECK(footprint_now().threads > threads);
    sp_client_free(client);
    CHECK_NUMBER(footprint_threads_once(threads), threads);
}

int main(int argc, char **argv) {
    struct footprint start;
    const char *missing;
    long since = footprint_ms();
    if (argc != 3) {
        fprintf(stderr, "usage: names READY_FILE LOCK_DIR\n");
        return 2;
    }
    service_find(argv[1]);
    calls_lock_dir = argv[2];
    service_reset();
    missing = prepare();
    if (missing != NULL) {
        fprintf(stderr, "names: nothing is shown of slow name servers: this machine does not give %s (%s)\n", missing, strerror(errno));
        return check_close();
    }
    start = footprint_now();
    nobody_answers();
    back_again();
    the_end_of_a_process();
    late();
    threads_end(start.threads);
    CHECK_NUMBER(footprint_threads_once(start.threads), start.threads);
    CHECK_NUMBER(footprint_now().descriptors, start.descriptors);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    printf("%d questions; calls of %d ms were at most %ld ms longer; %ld s\n", name_server->questions, (int)LIMIT_MS, slowest,
           (footprint_ms() - since) / 1000);
    return check_close();
}
