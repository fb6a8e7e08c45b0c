/*
 * Test group "secrets": none is disclosed. Every fault that the service can simulate, for every call,
 * with a private key in each answer; every result is searched for the client ID, the API key, both as
 * they are sent, and the private key. And no call exceeds its time.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "calls.h"
#include "service.h"
#include "tests.h"

static sp_result *out;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void every_call(sp_client *client) {
    char options[128];
    snprintf(options, sizeof options, "{\"connect_to\":\"%s\",\"timeout_ms\":400}", service.site);
    EXPECT_ONLY(ANY_ANSWER, sp_sync_domain(client, "shop.example.org", 0, &out));
    EXPECT_ONLY(ANY_ANSWER, sp_remove_domain(client, "shop.example.org", 0, &out));
    EXPECT_ONLY(ANY_ANSWER, sp_apply(client, "{\"desired\":[\"a.example.org\"],\"owned\":[\"b.example.org\"]}", &out));
    EXPECT_ONLY(ANY_ANSWER, sp_enable_autossl(client, &out));
    EXPECT_ONLY(ANY_ANSWER, sp_inspect_app(client, &out));
    EXPECT_ONLY(ANY_ANSWER, sp_action_status(client, "a", &out));
    EXPECT_ONLY(ANY_ANSWER, sp_wait_action(client, "a", 50, &out));
    EXPECT_ONLY(ANY_ANSWER, sp_check_ssl(client, "shop.example.org", options, &out));
    EXPECT_ONLY(ANY_ANSWER, sp_check_ssl_many(client, "[\"shop.example.org\",\"a.example.org\"]", options, &out));
    EXPECT_ONLY(ANY_ANSWER, sp_diagnose(client, "shop.example.org", options, &out));
}

/* A service with a fault, and one call of each kind that the fault can affect. */
static void calls_with_fault(sp_client *client, const char *fault, const char *on, const char *ssl) {
    double begin = seconds();
    service_reset();
    service_post("app", "{\"domains\":[\"network.example.org\",\"shop.example.org\"],\"ssl\":%s}", ssl);
    if (strcmp(on, "ssl") == 0) service_post("clock", "{\"advance_s\":601}");
    service_post("faults", "{%s,\"on\":\"%s\",\"times\":null}", fault, on);
    EXPECT_ONLY(ANY_ANSWER, sp_sync_domain(client, "new.example.org", 0, &out));
    if (strcmp(on, "list") == 0) EXPECT_ONLY(ANY_ANSWER, sp_remove_domain(client, "shop.example.org", 0, &out));
    else if (strcmp(on, "action") == 0) EXPECT_ONLY(ANY_ANSWER, sp_wait_action(client, "a", 50, &out));
    else if (strcmp(on, "ssl") == 0) EXPECT_ONLY(ANY_ANSWER, sp_enable_autossl(client, &out));
    else EXPECT_ONLY(ANY_ANSWER, sp_inspect_app(client, &out));
    /* Two calls of 0.6 s each; the rest is for a busy machine. */
    CHECK(seconds() - begin < 10);
}

void test_secrets(int rounds) {
    static const char *const faults[] = {
        "\"kind\":\"echo_secrets\"", "\"kind\":\"echo_secrets\",\"code\":400", "\"kind\":\"echo_secrets\",\"code\":401",
        "\"kind\":\"echo_secrets\",\"code\":403", "\"kind\":\"echo_secrets\",\"code\":409", "\"kind\":\"status\",\"code\":502,\"body\":\"html\"",
        "\"kind\":\"status\",\"code\":500,\"body\":\"empty\"", "\"kind\":\"status\",\"code\":200,\"body\":\"null\"",
        "\"kind\":\"status\",\"code\":301,\"headers\":[[\"Location\",\"http://127.0.0.1:1/\"]]",
        "\"kind\":\"reset_before_request\"", "\"kind\":\"reset_before_request\",\"after_handshake\":true",
        "\"kind\":\"close_before_request\"", "\"kind\":\"hang_handshake\"", "\"kind\":\"plain_http\"",
        "\"kind\":\"wrong_certificate\",\"variant\":\"expired\"", "\"kind\":\"wrong_certificate\",\"variant\":\"self_signed\"",
        "\"kind\":\"reset_after_request\"", "\"kind\":\"close_after_request\"", "\"kind\":\"hang\"",
        "\"kind\":\"close_during_answer\"", "\"kind\":\"reset_during_answer\"", "\"kind\":\"truncated\"",
        "\"kind\":\"chunk_error\"", "\"kind\":\"two_lengths\"", "\"kind\":\"drip\",\"interval_ms\":50",
        "\"kind\":\"garbage\"", "\"kind\":\"big_body\",\"bytes\":2000000", "\"kind\":\"endless_body\"",
        "\"kind\":\"gzip_bomb\"", "\"kind\":\"invalid_json\"", "\"kind\":\"invalid_utf8\"", "\"kind\":\"wrong_content_type\"",
        "\"kind\":\"close_idle\"", "\"kind\":\"stale_read\"", "\"kind\":\"drop_own_change\",\"answer\":\"actual\"",
        "\"kind\":\"drop_own_change\",\"answer\":\"sent\"", "\"kind\":\"answer_other_list\"",
        "\"kind\":\"concurrent_panel_write\",\"add\":[\"panel.example.org\"]"};
    static const char *const places[] = {"read", "list", "ssl", "server", "action"};
    sp_config *config = calls_config();
    sp_client *client;
    size_t fault, place;
    EXPECT_STATUS(SP_OK, sp_config_set_timeouts(config, 300, 400, 600));
    client = calls_client_of(config);
    service_post("app", "{\"domains\":[\"network.example.org\",\"shop.example.org\"],\"ssl\":\"custom\"}");
    every_call(client);
    service_post("app", "{\"ssl\":\"auto\"}");
    every_call(client);
    service_post("settings", "{\"key_revoked\":true}");
    every_call(client);
    for (fault = 0; fault < sizeof faults / sizeof *faults; fault++) {
        for (place = 0; place < (rounds > 1 ? 5u : 2u); place++)
            calls_with_fault(client, faults[fault], places[place], place == 2 ? "null" : "\"custom\"");
    }
    service_reset();
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "new.example.org", 0, &out)); /* and the client still works */
    sp_client_free(client);
}
