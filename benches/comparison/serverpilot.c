/*
 * This library from C, as one client of the comparison: loads nothing before it is told to start, so that
 * a first call is measured with everything that a process pays for it.
 *
 *     serverpilot LIBRARY OPERATION COUNT     with SP_* in the environment, without SP_CLIENT_ID for certificates
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../library.h"

static double wall_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double cpu_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* A line of /proc/self/status, in KiB. */
static long memory_kib(const char *key) {
    char line[200];
    long value = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (!strncmp(line, key, strlen(key))) value = atol(line + strlen(key) + 1);
    if (status) fclose(status);
    return value;
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    if (!value) {
        fprintf(stderr, "%s is not set\n", name);
        exit(2);
    }
    return value;
}

static sp_client *connected(const char *path) {
    sp_config *config;
    sp_client *client;
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    config = CALL(sp_config_new)();
    if (getenv("SP_CLIENT_ID")) {
        must(CALL(sp_config_set_credentials)(config, getenv("SP_CLIENT_ID"), variable("SP_API_KEY")), "the credentials");
        must(CALL(sp_config_set_app_id)(config, variable("SP_APP_ID")), "the app");
        must(CALL(sp_config_set_base_url)(config, variable("SP_BASE_URL")), "the base URL");
    }
    must(CALL(sp_config_set_ca_file)(config, variable("SP_CA_FILE")), "the CA file");
    must(CALL(sp_client_new)(config, &client), "a client");
    CALL(sp_config_free)(config);
    return client;
}

/* A JSON list of count names, in a buffer that stays. */
static const char *names(const char *prefix, int count) {
    static char list[65536];
    size_t length = 0;
    int n;
    for (n = 0; n < count; n++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s\"%s%d.example.org\"", n ? "," : "", prefix, n);
    return list;
}

static void operate(sp_client *client, const char *operation, int count) {
    static char text[66000];
    sp_result *result;
    int n;
    if (!strcmp(operation, "present")) {
        for (n = 0; n < count; n++)
            must(CALL(sp_sync_domain)(client, "present.example.org", SP_WWW_NEVER, NULL), "present");
    } else if (!strcmp(operation, "add") || !strcmp(operation, "remove")) {
        for (n = 0; n < count; n++) {
            snprintf(text, sizeof text, "name%d.example.org", n);
            if (*operation == 'a') must(CALL(sp_sync_domain)(client, text, SP_WWW_NEVER, NULL), "add");
            else must(CALL(sp_remove_domain)(client, text, SP_WWW_NEVER, NULL), "remove");
        }
    } else if (!strcmp(operation, "at-once")) {
        snprintf(text, sizeof text, "{\"add\":[%s],\"www\":\"never\"}", names("name", count));
        must(CALL(sp_apply)(client, text, NULL), "at once");
    } else if (!strcmp(operation, "certificates")) {
        snprintf(text, sizeof text, "[%s]", names("n", count));
        must(CALL(sp_check_ssl_many)(client, text, variable("CHECK_OPTIONS"), &result), "the certificates");
        snprintf(text, sizeof text, "\"valid\":%d", count);
        if (!strstr(CALL(sp_result_json)(result), text)) {
            fprintf(stderr, "not all are valid: %.2000s\n", CALL(sp_result_json)(result));
            exit(1);
        }
        CALL(sp_result_free)(result);
    } else {
        fprintf(stderr, "no operation %s\n", operation);
        exit(2);
    }
}

int main(int argc, char **argv) {
    sp_client *client = NULL;
    FILE *reset;
    double wall, cpu;
    long before;
    int count, warm;
    if (argc != 4 || (count = atoi(argv[3])) < 1 || count > 1000) {
        fprintf(stderr, "usage: serverpilot LIBRARY OPERATION COUNT (at most 1000)\n");
        return 2;
    }
    warm = getenv("WARM") != NULL;
    if (warm) {
        client = connected(argv[1]);
        operate(client, "present", 1);
    }
    reset = fopen("/proc/self/clear_refs", "w");
    if (!reset || fputs("5", reset) < 0 || fclose(reset) != 0) return 1;
    before = memory_kib("VmRSS:");
    puts("ready");
    fflush(stdout);
    if (getchar() == EOF) return 1;
    wall = wall_ms();
    cpu = cpu_ms();
    if (!client) client = connected(argv[1]);
    operate(client, argv[2], count);
    cpu = cpu_ms() - cpu;
    wall = wall_ms() - wall;
    printf("{\"wall_ms\":%.3f,\"cpu_ms\":%.3f,\"memory_kib\":%ld}\n", wall, cpu, memory_kib("VmHWM:") - before);
    CALL(sp_client_free)(client);
    return 0;
}
