/*
 * What the first calls of a process cost, in CPU time: the host's own and its children's is what counts
 * on a shared server. Each process loads the library anew, reads the system's certificates, and asks the
 * fake ServerPilot over TLS. Prints figures, no verdict.
 *
 *     cost LIBRARY READY_FILE LOCK_DIR PROCESSES
 *
 * read   a name that is there: one request         load   dlopen alone
 * add    a name that is not: two requests          warm   the same once more, mean of 200
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <serverpilot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tests/c/service.h"

enum { WARM = 200, KINDS = 4, MOST = 1000 };
static const char *const kinds[KINDS] = {"load", "read", "add", "warm"};

/* The functions by name, with the header's types. */
#define LOAD(library, name) ((name##_type)(size_t)dlsym((library), #name))
typedef sp_config *(*sp_config_new_type)(void);
typedef sp_status (*sp_config_set_credentials_type)(sp_config *, const char *, const char *);
typedef sp_status (*text_setter)(sp_config *, const char *);
typedef text_setter sp_config_set_app_id_type, sp_config_set_base_url_type, sp_config_set_ca_file_type, sp_config_set_lock_dir_type;
typedef sp_status (*sp_client_new_type)(const sp_config *, sp_client **);
typedef sp_status (*sp_sync_domain_type)(sp_client *, const char *, uint32_t, sp_result **);

static double cpu_ms(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

static void must(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "cost: %s failed\n", what);
        _exit(1);
    }
}

static void measure(const char *path, const char *locks, int number, double figures[KINDS]) {
    double begin = cpu_ms(), now;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    sp_config *config;
    sp_client *client;
    sp_sync_domain_type sync;
    char name[80];
    int n;
    must(library != NULL, "dlopen");
    figures[0] = cpu_ms() - begin;
    sync = LOAD(library, sp_sync_domain);
    config = LOAD(library, sp_config_new)();
    must(LOAD(library, sp_config_set_credentials)(config, service.client_id, service.api_key) == SP_OK, "the credentials");
    must(LOAD(library, sp_config_set_app_id)(config, service.app_id) == SP_OK, "the app");
    must(LOAD(library, sp_config_set_base_url)(config, service.api) == SP_OK, "the base URL");
    must(LOAD(library, sp_config_set_ca_file)(config, service.ca_file) == SP_OK, "the CA file");
    must(LOAD(library, sp_config_set_lock_dir)(config, locks) == SP_OK, "the lock folder");
    must(LOAD(library, sp_client_new)(config, &client) == SP_OK, "a client");
    snprintf(name, sizeof name, "%s%d.example.org", number % 2 ? "there" : "new", number % 2 ? 0 : number);
    must(sync(client, name, SP_WWW_NEVER | SP_NO_AUTOSSL, NULL) == SP_OK, "the first call");
    now = cpu_ms();
    figures[1] = number % 2 ? now - begin : -1;
    figures[2] = number % 2 ? -1 : now - begin;
    begin = cpu_ms();
    for (n = 0; n < WARM; n++) {
        snprintf(name, sizeof name, "warm%d.example.org", n);
        must(sync(client, name, SP_WWW_NEVER | SP_NO_AUTOSSL, NULL) == SP_OK, "a warm call");
    }
    figures[3] = (cpu_ms() - begin) / WARM;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    static double all[KINDS][MOST];
    int count[KINDS] = {0}, processes, n, kind;
    if (argc != 5 || (processes = atoi(argv[4])) < 1 || processes > MOST) {
        fprintf(stderr, "usage: cost LIBRARY READY_FILE LOCK_DIR PROCESSES (at most %d)\n", MOST);
        return 2;
    }
    service_find(argv[2]);
    for (n = 0; n < processes; n++) {
        double figures[KINDS];
        int ends[2], status;
        pid_t child;
        service_reset();
        service_post("app", "{\"domains\":[\"there0.example.org\"]}");
        must(pipe(ends) == 0, "a pipe");
        child = fork();
        if (child == 0) {
            measure(argv[1], argv[3], n, figures);
            must(write(ends[1], figures, sizeof figures) == sizeof figures, "telling");
            _exit(0);
        }
        close(ends[1]);
        must(read(ends[0], figures, sizeof figures) == sizeof figures, "a process");
        close(ends[0]);
        must(waitpid(child, &status, 0) == child && status == 0, "a process");
        for (kind = 0; kind < KINDS; kind++)
            if (figures[kind] >= 0) all[kind][count[kind]++] = figures[kind];
    }
    for (kind = 0; kind < KINDS; kind++) {
        qsort(all[kind], (size_t)count[kind], sizeof all[kind][0], by_size);
        printf("%-5s median %.3f ms, from %.3f to %.3f (%d processes)\n", kinds[kind], all[kind][count[kind] / 2],
               all[kind][0], all[kind][count[kind] - 1], count[kind]);
    }
    return 0;
}
