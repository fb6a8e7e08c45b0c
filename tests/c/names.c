/*
 * Name servers that are slow or say nothing at all, for ServerPilot itself and for the customers' names:
 * every call ends within its time, nothing is left waiting behind it, and what was slow is soon well. The
 * library has a resolver of its own: it starts no thread, even where none can be had, and sees at once
 * when this machine's files change. Closes with "N passed, N failed".
 *
 *     names READY_FILE LOCK_DIR
 *
 * The name server is a process of this program's, on a loopback address that nobody else uses; its own
 * /etc/resolv.conf and /etc/hosts are bound over the machine's in a mount namespace, so only this program
 * sees them. That takes root. The verdicts about time: the resolver is told to wait 12 s and asks each
 * question twice, and a call that does not wait for it is done long before.
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
#include <sys/resource.h>
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
    SLACK_MS = 4000, /* for a machine with other things to do: shorter than the resolver's patience */
    STUCK_S = 12,    /* for how long resolv.conf has the resolver wait */
    MANY = 16,
    NOBODY = 65534
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
static int resolver_file, hosts_file;
static char server_address[32];

static void write_anew(int file, const char *text) {
    ssize_t length = (ssize_t)strlen(text);
    CHECK(ftruncate(file, 0) == 0 && pwrite(file, text, (size_t)length, 0) == length);
}

/* For lookups that begin from now on. */
static void resolver_waits(int seconds) {
    char text[200];
    snprintf(text, sizeof text, "nameserver %s\noptions timeout:%d attempts:2\n", server_address, seconds);
    write_anew(resolver_file, text);
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
    hosts_file = bound_over("/etc/hosts", "127.0.0.1 localhost\n");
    if (hosts_file < 0) return "an /etc/hosts of its own";
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
    struct footprint before;
    int asked = name_server->questions;
    long begin;
    resolver_waits(STUCK_S);
    name_server->answers_after_ms = SILENT;
    before = footprint_now();
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
    CHECK_NUMBER(footprint_now().threads, before.threads);
    begin = footprint_ms();
    sp_client_free(client);
    CHECK(footprint_ms() - begin < SLACK_MS);
    CHECK(footprint_now().descriptors <= before.descriptors);
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
    /* A child has nothing of what its parent was waiting for: no socket, no question, no answer. */
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
            CHECK_NUMBER(footprint_now().threads, 1);
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

static void *nothing(void *argument) { return argument; }

/* A machine that gives no thread: names are looked up all the same, and one that is not is a result. */
static void no_thread_to_be_had(void) {
    int status = 0;
    pid_t child;
    resolver_waits(STUCK_S);
    name_server->answers_after_ms = 0;
    fflush(NULL);
    child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        /* Made before: the folder of the tests is root's. */
        sp_client *patient = client_by_name(20000), *hasty = client_by_name(LIMIT_MS);
        pthread_t thread;
        alarm(60);
        check_forget();
        /* The limit is not root's. */
        CHECK(setrlimit(RLIMIT_NPROC, &none) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
        CHECK_NUMBER(pthread_create(&thread, NULL, nothing, NULL), EAGAIN);
        EXPECT_ONLY(SP_OK, sp_inspect_app(patient, &out));
        sp_client_free(patient);
        name_server->answers_after_ms = SILENT;
        IN_TIME(SP_ERR_TIMEOUT, sp_inspect_app(hasty, &out));
        EXPECT_IN("retryable", "true");
        sp_result_free(out);
        IN_TIME(SP_OK, sp_diagnose(hasty, "shop.example.org", NULL, &out));
        sp_result_free(out);
        sp_client_free(hasty);
        _exit(check_failures() ? 1 : 0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A process that lives long sees what has become of this machine's files, with the client it has. */
static void files_that_change(void) {
    sp_client *client = client_by_name(LIMIT_MS);
    int asked;
    resolver_waits(STUCK_S);
    name_server->answers_after_ms = SILENT;
    IN_TIME(SP_ERR_TIMEOUT, sp_inspect_app(client, &out));
    sp_result_free(out);
    asked = name_server->questions;
    write_anew(hosts_file, "127.0.0.1 other.example API.example # the service\n");
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    CHECK_NUMBER(name_server->questions, asked);
    sp_client_free(client);

    client = client_by_name(20000);
    write_anew(hosts_file, "127.0.0.1 localhost\n");
    write_anew(resolver_file, "nameserver 127.0.0.2\n"); /* nobody is there */
    EXPECT(SP_ERR_NETWORK, sp_inspect_app(client, &out));
    CHECK_HOLDS(sp_result_message(out), "name servers gave no usable answer");
    sp_result_free(out);
    resolver_waits(STUCK_S);
    name_server->answers_after_ms = 0;
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    sp_client_free(client);
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
    no_thread_to_be_had();
    files_that_change();
    CHECK_NUMBER(footprint_now().threads, start.threads);
    CHECK_NUMBER(footprint_now().descriptors, start.descriptors);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    printf("%d questions; calls of %d ms were at most %ld ms longer; %ld s\n", name_server->questions, (int)LIMIT_MS, slowest,
           (footprint_ms() - since) / 1000);
    return check_close();
}
