/*
 * Ten thousand calls of every kind over TLS, successful and failing, with clients created and freed in
 * between: after the first thousand, neither memory nor descriptors nor threads may grow. Ends with
 * "N passed, N failed".
 *
 *     endurance READY_FILE LOCK_DIR CALLS
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "footprint.h"
#include "service.h"

/* The memory growth allowed in all the calls after the first tenth. Leaking one result in twenty-five
 * would exceed it; the usual variation of the C library's heap does not. */
enum { MAX_GROWTH_KIB = 256 };

static sp_result *out;
static int calls;
static char site[128];

#define CALL(status, call) (calls++, EXPECT_ONLY(status, call))

static sp_client *client_with(const char *url, const char *key, unsigned total_ms) {
    sp_config *config = calls_config();
    EXPECT_STATUS(SP_OK, sp_config_set_base_url(config, url));
    EXPECT_STATUS(SP_OK, sp_config_set_credentials(config, service.client_id, key));
    EXPECT_STATUS(SP_OK, sp_config_set_timeouts(config, 0, 0, total_ms));
    return calls_client_of(config);
}

/* Everything a host can do with one client. */
static void round_of(sp_client *client, int round) {
    char name[64], change[256];
    int n;
    for (n = 0; n < 4; n++) CALL(SP_OK, sp_sync_domain(client, "present.example.org", 0, &out));
    snprintf(name, sizeof name, "new%d.example.org", round);
    CALL(SP_OK, sp_sync_domain(client, name, SP_WWW_ALWAYS, &out));
    CALL(SP_OK, sp_remove_domain(client, name, SP_WWW_ALWAYS, &out));
    snprintf(change, sizeof change, "{\"desired\":[\"applied%d.example.org\"],\"owned\":[\"applied%d.example.org\"],\"autossl\":false}",
             round % 2, (round + 1) % 2);
    CALL(SP_OK, sp_apply(client, change, &out));
    CALL(SP_OK, sp_sync_domain(client, "dry.example.org", SP_DRY_RUN, &out));
    CALL(SP_OK, sp_inspect_app(client, &out));
    CALL(SP_OK, sp_enable_autossl(client, &out));
    CALL(SP_OK, sp_check_ssl(client, "network.example.org", site, &out));
    CALL(SP_ERR_CERTIFICATE, sp_check_ssl(client, "stranger.example.org", site, &out));
    CALL(SP_OK, sp_check_ssl_many(client, "[\"network.example.org\",\"stranger.example.org\"]", site, &out));
    CALL(SP_OK, sp_diagnose(client, "network.example.org", site, &out));
    CALL(SP_ERR_NOT_FOUND, sp_action_status(client, "NoSuchAction", &out));
    /* The caller's mistakes, which never reach the network. */
    CALL(SP_ERR_INVALID_DOMAIN, sp_sync_domain(client, "no name", 0, &out));
    CALL(SP_ERR_INVALID_UTF8, sp_remove_domain(client, "\xff\xfe", 0, &out));
    CALL(SP_ERR_INVALID_ARGUMENT, sp_apply(client, "{\"desired\":1}", &out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_diagnose(client, NULL, NULL, &out));
}

static void calls_with_faults(sp_client *client, int round) {
    service_post("faults", "{\"kind\":\"status\",\"code\":500}");
    CALL(SP_ERR_SERVER, sp_inspect_app(client, &out));
    service_post("faults", "{\"kind\":\"status\",\"code\":500,\"on\":\"list\",\"body\":\"html\"}");
    CALL(SP_ERR_SERVER, sp_sync_domain(client, "refused.example.org", 0, &out));
    service_post("faults", "{\"kind\":\"invalid_json\"}");
    CALL(SP_ERR_PROTOCOL, sp_inspect_app(client, &out));
    if (round % 16 != 0) return;
    service_post("faults", "{\"kind\":\"reset_during_answer\"}");
    CALL(SP_OK, sp_inspect_app(client, &out)); /* a read is repeated once */
}

static void tell(const char *when, struct footprint now) {
    printf("%s, call %d: %ld KiB resident, %d descriptors, %d threads, %d mappings\n", when, calls, now.resident_kib,
           now.descriptors, now.threads, now.mappings);
}

int main(int argc, char **argv) {
    sp_client *kept, *refused, *nobody, *own;
    struct footprint start, end;
    int round, most, begun = 0;
    long since = footprint_ms();
    if (argc != 4) {
        fprintf(stderr, "usage: endurance READY_FILE LOCK_DIR CALLS\n");
        return 2;
    }
    service_find(argv[1]);
    calls_lock_dir = argv[2];
    most = atoi(argv[3]);
    service_reset();
    service_post("app", "{\"domains\":[\"network.example.org\",\"present.example.org\"]}");
    service_post("clock", "{\"advance_s\":601}");
    snprintf(site, sizeof site, "{\"connect_to\":\"%s\"}", service.site);

    kept = calls_client();
    EXPECT_ONLY(SP_OK, sp_enable_autossl(kept, &out));
    refused = client_with(service.api, "another-key-than-the-right-one", 0);
    /* Nothing listens on port 1. The time is short because a refused connection is retried. */
    nobody = client_with("https://127.0.0.1:1/v1", service.api_key, 20);
    memset(&start, 0, sizeof start);
    for (round = 0; calls < most; round++) {
        round_of(kept, round);
        if (round % 8 == 0) calls_with_faults(kept, round); /* reads a refused list twice, 300 ms apart */
        CALL(SP_ERR_AUTH, sp_sync_domain(refused, "present.example.org", 0, &out));
        /* Refused each time; the last attempt may also run out of its few milliseconds. */
        CALL(ANY_ANSWER, sp_inspect_app(nobody, &out));
        /* Clients come and go: one that is used, and one that is not. */
        own = calls_client();
        CALL(SP_OK, sp_sync_domain(own, "present.example.org", 0, &out));
        if (round % 8 == 0) round_of(own, round);
        sp_client_free(own);
        sp_client_free(calls_client());
        service_delete("requests");
        if (!begun && calls >= most / 10) {
            begun = calls;
            start = footprint_now();
            tell("warm", start);
        }
    }
    end = footprint_now();
    tell("end", end);
    printf("grown by %ld KiB in %d calls (%d rounds), at most %d allowed; %ld s\n", end.resident_kib - start.resident_kib,
           calls - begun, round, (int)MAX_GROWTH_KIB, (footprint_ms() - since) / 1000);
    CHECK(begun > 0);
    CHECK_NUMBER(end.descriptors, start.descriptors);
    CHECK_NUMBER(end.threads, start.threads);
    CHECK_NUMBER(end.threads, 1);
    CHECK(end.resident_kib > 0 && end.resident_kib - start.resident_kib < MAX_GROWTH_KIB);
    sp_client_free(nobody);
    sp_client_free(refused);
    sp_client_free(kept);
    return check_close();
}
