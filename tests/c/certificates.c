/*
 * Checking certificates. The app's own web server answers with a certificate of the
 * tests' CA for its names, good or spoilt in one way, and with one it has signed itself for others.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "document.h"
#include "service.h"
#include "tests.h"

static sp_result *out;
static char site[192]; /* the options that say where to connect, and leave the machine's name servers alone */
static char connect_only[128]; /* the option that says where to connect */

static void verdicts(void) {
    static const struct {
        const char *variant, *reason;
    } rows[] = {
        {"good", "'ok'"},
        {"expired", "'expired'"},
        {"not_yet_valid", "'not_yet_valid'"},
        {"self_signed", "'self_signed'"},
        {"unknown_ca", "'unknown_issuer'"},
        {"incomplete_chain", "'incomplete_chain'"},
    };
    sp_client *client = calls_client();
    size_t n;
    for (n = 0; n < sizeof rows / sizeof *rows; n++) {
        int good = n == 0;
        service_post("app", "{\"domains\":[\"network.example.org\",\"shop.example.org\"],\"ssl\":{\"mode\":\"custom\",\"names\":[\"shop.example.org\"],\"variant\":\"%s\"}}", rows[n].variant);
        EXPECT(good ? SP_OK : SP_ERR_CERTIFICATE, sp_check_ssl(client, "Shop.example.org", site, &out));
        EXPECT_IN("operation", "'check'");
        EXPECT_IN("domain", "'shop.example.org'");
        EXPECT_IN("reason", rows[n].reason);
        EXPECT_IN("valid", good ? "true" : "false");
        EXPECT_IN("dns", "'failed'"); /* nobody answers there, which is not "no address" */
        CHECK_TEXT(document_string(sp_result_json(out), "connected_to"), service.site);
        CHECK(document_string(sp_result_json(out), "tls_version") != NULL);
        CHECK(document_length(sp_result_json(out), "chain") >= 1); /* shown also where it is not trusted */
        EXPECT_IN("serverpilot.listed", "true");
        EXPECT_IN("serverpilot.autossl", "'custom_certificate'");
        sp_result_free(out);
    }
    sp_client_free(client);
}

static void documents(void) {
    static const char *const certificate[] = {"subject", "issuer", "serial", "sha256", "sans", "not_before",
                                              "not_after", "days_left", "lifetime_used", "key", "signature"};
    static const char *const timings[] = {"dns", "connect", "handshake"};
    sp_client *client = calls_client();
    sp_config *config = sp_config_new();
    char path[64];
    size_t n;
    service_post("app", "{\"domains\":[\"network.example.org\",\"shop.example.org\"]}");
    service_post("clock", "{\"advance_s\":601}");
    EXPECT_ONLY(SP_OK, sp_enable_autossl(client, &out));
    EXPECT(SP_OK, sp_check_ssl(client, "shop.example.org", site, &out));
    for (n = 0; n < sizeof certificate / sizeof *certificate; n++) {
        snprintf(path, sizeof path, "certificate.%s", certificate[n]);
        CHECK(document_value(sp_result_json(out), path) != NULL);
    }
    for (n = 0; n < sizeof timings / sizeof *timings; n++) {
        snprintf(path, sizeof path, "timings_ms.%s", timings[n]);
        CHECK(document_value(sp_result_json(out), path) != NULL);
    }
    EXPECT_IN("serverpilot.listed", "true");
    EXPECT_IN("serverpilot.in_autossl_certificate", "true");
    EXPECT_IN("serverpilot.autossl", "'enabled'");
    EXPECT_IN("serverpilot.served_is_serverpilots", "true");
    EXPECT_IN("requests", "1");
    sp_result_free(out);
    EXPECT(SP_ERR_CERTIFICATE, sp_check_ssl(client, "stranger.example.org", site, &out));
    EXPECT_IN("reason", "'self_signed'");
    EXPECT_IN("serverpilot.listed", "false");
    CHECK_NUMBER(sp_result_retryable(out), 0);
    sp_result_free(out);
    sp_client_free(client);

    /* Without credentials the service is not asked, and the verdict is the same. */
    EXPECT_STATUS(SP_OK, sp_config_set_ca_file(config, service.ca_file));
    client = calls_client_of(config);
    service_delete("requests");
    EXPECT(SP_OK, sp_check_ssl(client, "shop.example.org", site, &out));
    EXPECT_IN("serverpilot", "null");
    sp_result_free(out);
    CHECK_NUMBER(service_requests(), 0);
    sp_client_free(client);
    /* Without the tests' CA nobody vouches for it. */
    client = calls_client_of(sp_config_new());
    EXPECT(SP_ERR_CERTIFICATE, sp_check_ssl(client, "shop.example.org", site, &out));
    CHECK(document_string(sp_result_json(out), "reason") != NULL);
    CHECK(strcmp(document_string(sp_result_json(out), "reason"), "ok") != 0);
    sp_result_free(out);
    sp_client_free(client);
}

static void what_could_not_be_asked(void) {
    sp_client *client = calls_client();
    const char *address;
    char options[256];
    EXPECT(SP_ERR_NETWORK, sp_check_ssl(client, "shop.example.org", "{\"connect_to\":\"127.0.0.1:1\"}", &out));
    EXPECT_IN("reason", "'connection_refused'");
    EXPECT_IN("valid", "null");
    EXPECT_IN("certificate", "null");
    sp_result_free(out);
    /* The API's own address, where one connection can be made to go wrong. Nobody else may take it. */
    sp_client_free(client);
    client = calls_client_of(sp_config_new());
    address = strstr(service.api, "127.0.0.1");
    snprintf(options, sizeof options, "{\"connect_to\":\"%.*s\",\"timeout_ms\":700}", (int)strcspn(address, "/"), address);
    service_post("faults", "{\"kind\":\"plain_http\"}");
    EXPECT(ANY_ANSWER, sp_check_ssl(client, "shop.example.org", options, &out));
    EXPECT_IN("reason", "'not_tls'");
    sp_result_free(out);
    service_post("faults", "{\"kind\":\"hang_handshake\"}");
    EXPECT(SP_ERR_TIMEOUT, sp_check_ssl(client, "shop.example.org", options, &out));
    EXPECT_IN("reason", "'timeout'");
    EXPECT_IN("valid", "null");
    sp_result_free(out);
    service_post("faults", "{\"kind\":\"reset_before_request\"}");
    EXPECT(ANY_ANSWER, sp_check_ssl(client, "shop.example.org", options, &out));
    EXPECT_IN("reason", "'connection_closed'");
    sp_result_free(out);
    /* "localhost" is no name that can be mapped; names that lead there by DNS are for others to test. */
    EXPECT(SP_ERR_INVALID_DOMAIN, sp_check_ssl(client, "localhost", NULL, &out));
    EXPECT(ANY_ANSWER, sp_check_ssl(client, "shop.example.org", "{\"dns_servers\":[\"127.0.0.1:9\"],\"timeout_ms\":500}", &out));
    EXPECT_IN("reason", "'dns_failure'");
    CHECK(sp_result_status(out) != SP_OK && sp_result_status(out) != SP_ERR_CERTIFICATE);
    sp_result_free(out);
    sp_client_free(client);
}

static void many(int rounds) {
    sp_client *client = calls_client();
    char *names = malloc(1 << 16), options[192], path[64];
    int n, count = rounds > 1 ? 200 : 20, right = 0;
    if (names == NULL) abort();
    service_post("app", "{\"domains\":[\"network.example.org\",\"shop.example.org\"],\"ssl\":{\"mode\":\"custom\",\"names\":[\"shop.example.org\"],\"variant\":\"good\"}}");
    EXPECT(SP_OK, sp_check_ssl_many(client, "[]", NULL, &out));
    EXPECT_IN("results", "[]");
    sp_result_free(out);
    EXPECT(SP_OK, sp_check_ssl_many(client, "[\"shop.example.org\",\"other.example.org\",\"SHOP.example.org.\"]", site, &out));
    CHECK_NUMBER(document_length(sp_result_json(out), "results"), 3);
    EXPECT_IN("results.0.domain", "'shop.example.org'");
    EXPECT_IN("results.0.reason", "'ok'");
    EXPECT_IN("results.0.status", "'SP_OK'");
    EXPECT_IN("results.0.dns", "'failed'");
    EXPECT_IN("results.1.domain", "'other.example.org'");
    EXPECT_IN("results.1.reason", "'self_signed'");
    EXPECT_IN("results.1.status", "'SP_ERR_CERTIFICATE'");
    EXPECT_IN("results.2.domain", "'shop.example.org'");
    EXPECT_IN("requests", "1");
    sp_result_free(out);

    /* In the order asked, however they come in. */
    strcpy(names, "[");
    for (n = 0; n < count; n++) sprintf(names + strlen(names), "%s\"n%d.example.org\"", n ? "," : "", n);
    strcat(names, "]");
    snprintf(options, sizeof options, "{\"connect_to\":\"%s\",\"concurrency\":16,\"timeout_ms\":9000,\"dns_servers\":[\"127.0.0.1:9\"]}", service.site);
    EXPECT(SP_OK, sp_check_ssl_many(client, names, options, &out));
    CHECK_NUMBER(document_length(sp_result_json(out), "results"), count);
    for (n = 0; n < count; n++) {
        char name[64];
        const char *found;
        snprintf(path, sizeof path, "results.%d.domain", n);
        snprintf(name, sizeof name, "n%d.example.org", n);
        found = document_string(sp_result_json(out), path);
        right += found != NULL && strcmp(found, name) == 0;
    }
    CHECK_NUMBER(right, count);
    sp_result_free(out);
    free(names);
    sp_client_free(client);
}

static void diagnosing(void) {
    static const char *const moves[] = {"customer", "operator", "serverpilot", "wait", "nobody"};
    sp_client *client = calls_client();
    const char *move;
    int n, count, known = 0, shaped = 0;
    service_post("app", "{\"domains\":[\"network.example.org\",\"shop.example.org\"]}");
    service_post("clock", "{\"advance_s\":601}");
    EXPECT_ONLY(SP_OK, sp_enable_autossl(client, &out));
    EXPECT(SP_OK, sp_diagnose(client, "Shop.example.org.", connect_only, &out));
    EXPECT_IN("operation", "'diagnose'");
    EXPECT_IN("domain", "'shop.example.org'");
    EXPECT_IN("cause", "'all_well'");
    EXPECT_IN("whose_move", "'nobody'");
    EXPECT_IN("changed", "false");
    CHECK(document_string(sp_result_json(out), "advice") != NULL);
    CHECK(document_value(sp_result_json(out), "next_look_ms") != NULL);
    count = document_length(sp_result_json(out), "evidence");
    CHECK(count > 0);
    for (n = 0; n < count; n++) {
        char path[64];
        const char *outcome;
        snprintf(path, sizeof path, "evidence.%d.outcome", n);
        outcome = document_string(sp_result_json(out), path);
        shaped += outcome && (!strcmp(outcome, "good") || !strcmp(outcome, "bad") || !strcmp(outcome, "unknown") || !strcmp(outcome, "skipped"));
        snprintf(path, sizeof path, "evidence.%d.check", n);
        shaped += document_string(sp_result_json(out), path) != NULL;
        snprintf(path, sizeof path, "evidence.%d.detail", n);
        shaped += document_string(sp_result_json(out), path) != NULL;
    }
    CHECK_NUMBER(shaped, 3 * count);
    sp_result_free(out);

    /* A name that is not on the app's list: somebody has to put it there. */
    EXPECT(SP_OK, sp_diagnose(client, "stranger.example.org", connect_only, &out));
    CHECK_LACKS(document_value(sp_result_json(out), "cause"), "all_well");
    move = document_string(sp_result_json(out), "whose_move");
    for (n = 0; n < 5; n++) known += move != NULL && strcmp(move, moves[n]) == 0;
    CHECK_NUMBER(known, 1);
    sp_result_free(out);
    /* The service cannot be asked: still a diagnosis. */
    service_post("settings", "{\"key_revoked\":true}");
    EXPECT(SP_OK, sp_diagnose(client, "shop.example.org", connect_only, &out));
    EXPECT_IN("whose_move", "'operator'");
    sp_result_free(out);
    sp_client_free(client);
}

void test_certificates(int rounds) {
    snprintf(site, sizeof site, "{\"connect_to\":\"%s\",\"dns_servers\":[\"127.0.0.1:9\"]}", service.site);
    snprintf(connect_only, sizeof connect_only, "{\"connect_to\":\"%s\"}", service.site);
    verdicts();
    service_reset();
    documents();
    service_reset();
    what_could_not_be_asked();
    service_reset();
    many(rounds);
    service_reset();
    diagnosing();
}
