/*
 * What the library's main paths cost in instructions, for callgrind to count: each is one dump of its own,
 * named by the path. Always the same inputs; the calls talk to the fake ServerPilot over TLS.
 *
 *     instructions LIBRARY READY_FILE LOCK_DIR
 *
 * load      the library is loaded
 * first     a first call: configuration, client, the system's certificates, connection, one request
 * warm      the same call on the open connection, twenty times
 * plan      a change of three hundred names, planned and not written
 * names     two thousand names are brought to their normal form
 */
#define _GNU_SOURCE
#include <string.h>
#include <valgrind/callgrind.h>

#include "../tests/c/service.h"
#include "library.h"

enum { WARM = 20, APP = 300, NAMES = 2000 };

/* Counts from here to there: one dump with this name. */
#define COUNTED(path, what)              \
    do {                                 \
        CALLGRIND_START_INSTRUMENTATION; \
        CALLGRIND_ZERO_STATS;            \
        CALLGRIND_TOGGLE_COLLECT;        \
        what;                            \
        CALLGRIND_TOGGLE_COLLECT;        \
        CALLGRIND_DUMP_STATS_AT(path);   \
    } while (0)

static sp_config *config;
static sp_client *client;
static char list[APP * 40], change[APP * 80];
static char names[NAMES][64];

/* Numerical Recipes' generator: the same names everywhere. */
static unsigned chance(unsigned below) {
    static unsigned state = 2026;
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static void make_names(void) {
    static const char *const ends[] = {"example.com", "EXAMPLE.org.", "b\xc3\xbc" "cher.example", "shop.example.co.uk",
                                       "xn--bcher-kva.example", "\xe4\xbe\x8b\xe3\x81\x88.jp"};
    size_t length;
    int n;
    for (n = 0; n < NAMES; n++)
        snprintf(names[n], sizeof names[n], "%s%c%u.%s", n % 3 ? "" : " ", 'a' + (int)chance(26), chance(100000),
                 ends[chance(6)]);
    for (length = 0, n = 0; n < APP; n++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s\"site%d.example.org\"", n ? "," : "", n);
    /* A hundred go, a hundred come, two hundred stay. */
    length = (size_t)snprintf(change, sizeof change, "{\"dry_run\":true,\"www\":\"never\",\"desired\":[");
    for (n = 100; n < APP + 100; n++)
        length += (size_t)snprintf(change + length, sizeof change - length, "%s\"site%d.example.org\"",
                                   n == 100 ? "" : ",", n);
    snprintf(change + length, sizeof change - length, "],\"owned\":[%s]}", list);
}

static void load(const char *path) {
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
}

static void call(void) {
    must(CALL(sp_sync_domain)(client, "site0.example.org", SP_WWW_NEVER | SP_NO_AUTOSSL, NULL), "a call");
}

static void first(const char *locks) {
    config = CALL(sp_config_new)();
    must(CALL(sp_config_set_credentials)(config, service.client_id, service.api_key), "the credentials");
    must(CALL(sp_config_set_app_id)(config, service.app_id), "the app");
    must(CALL(sp_config_set_base_url)(config, service.api), "the base URL");
    must(CALL(sp_config_set_ca_file)(config, service.ca_file), "the CA file");
    must(CALL(sp_config_set_lock_dir)(config, locks), "the lock folder");
    /* Everything takes its time under an instrument. */
    must(CALL(sp_config_set_timeouts)(config, 60000, 60000, 120000), "the time limits");
    must(CALL(sp_client_new)(config, &client), "a client");
    call();
}

static void warm(void) {
    int n;
    for (n = 0; n < WARM; n++) call();
}

static void plan(void) {
    sp_result *result = NULL;
    must(CALL(sp_apply)(client, change, &result), "a plan");
    if (!strstr(CALL(sp_result_json)(result), "\"site399.example.org\"")) {
        fprintf(stderr, "not the plan: %.300s\n", CALL(sp_result_json)(result));
        exit(1);
    }
    CALL(sp_result_free)(result);
}

/* Every one is a name, and protecting it does nothing but read it. */
static void normalise(void) {
    int n;
    for (n = 0; n < NAMES; n++) must(CALL(sp_config_protect_domain)(config, names[n]), names[n]);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: instructions LIBRARY READY_FILE LOCK_DIR\n");
        return 2;
    }
    service_find(argv[2]);
    make_names();
    service_post("settings", "{\"order\":\"as_sent\"}");
    service_post("app", "{\"domains\":[\"site0.example.org\"]}");
    COUNTED("load", load(argv[1]));
    COUNTED("first", first(argv[3]));
    COUNTED("warm", warm());
    service_post("app", "{\"domains\":[%s]}", list);
    COUNTED("plan", plan());
    COUNTED("names", normalise());
    CALL(sp_client_free)(client);
    CALL(sp_config_free)(config);
    return 0;
}
