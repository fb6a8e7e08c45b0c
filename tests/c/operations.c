/*
 * Test group "operations": the domain list, AutoSSL, the app, its actions, and the service's refusals,
 * each checked on both sides: the result, and the requests that the service received.
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

/* Sets the app's list. By default the service answers in an order of its own; these tests compare the
 * order, so here it answers in the order that was sent. */
static void start_with(const char *domains) {
    service_post("settings", "{\"order\":\"as_sent\"}");
    service_post("app", "{\"domains\":%s}", domains);
    service_delete("requests");
}

/* The requests in the service's log, in order, as "GET:app POST:app …". */
static const char *asked(void) {
    static char line[1024];
    const char *log = service_get("requests");
    int n, count = document_length(log, "");
    line[0] = '\0';
    for (n = 0; n < count; n++) {
        char path[32];
        const char *method, *target;
        snprintf(path, sizeof path, "%d.method", n);
        method = document_string(log, path);
        snprintf(path, sizeof path, "%d.path", n);
        target = document_string(log, path);
        if (method == NULL || target == NULL) continue;
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s%s", n ? " " : "", method,
                 strstr(target, "/ssl") ? ":ssl" : strstr(target, "/servers/") ? ":server" : strstr(target, "/actions/") ? ":action" : ":app");
    }
    service_delete("requests");
    return line;
}

static void adding(void) {
    sp_client *client = calls_client();
    start_with("[\"network.example.org\",\"*.example.com\",\"203.0.113.9\",\"Mixed.Example.NET\"]");

    /* An absent name costs a read and a write on one connection, a present one only a read. */
    EXPECT(SP_OK, sp_sync_domain(client, "  Shop.Example.org. ", 0, &out));
    EXPECT_IN("operation", "'sync'");
    EXPECT_IN("changed", "true");
    EXPECT_IN("added", "['shop.example.org']");
    EXPECT_IN("removed", "[]");
    EXPECT_IN("unchanged", "[]");
    EXPECT_IN("skipped", "[]");
    EXPECT_IN("domains.count", "5");
    EXPECT_IN("domains.limit", "300");
    EXPECT_IN("dry_run", "false");
    EXPECT_IN("applied", "'yes'");
    EXPECT_IN("autossl.state", "'pending'");
    EXPECT_IN("autossl.domains", "[]");
    CHECK(document_value(sp_result_json(out), "autossl.available") != NULL);
    EXPECT_IN("requests", "2");
    CHECK_NUMBER(sp_result_http_status(out), 200);
    CHECK(sp_result_action_id(out) != NULL);
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app POST:app");
    CHECK_JSON(service_get("counters"), "connections", "1");
    CHECK_TEXT(service_list(), "[\"network.example.org\",\"*.example.com\",\"203.0.113.9\",\"Mixed.Example.NET\",\"shop.example.org\"]");

    EXPECT(SP_OK, sp_sync_domain(client, "shop.example.org", 0, &out));
    EXPECT_IN("changed", "false");
    EXPECT_IN("added", "[]");
    EXPECT_IN("unchanged", "['shop.example.org']");
    EXPECT_IN("applied", "'yes'");
    EXPECT_IN("requests", "1");
    CHECK(sp_result_action_id(out) == NULL);
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app");
    CHECK_JSON(service_get("counters"), "connections", "1");
    /* A name in somebody else's spelling is the same name, and stays as written. */
    EXPECT(SP_OK, sp_sync_domain(client, "mixed.example.net", SP_WWW_NEVER, &out));
    EXPECT_IN("changed", "false");
    sp_result_free(out);

    /* The service closes idle connections; the next call does not fail because of that. */
    service_post("close-connections", "");
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "shop.example.org", 0, &out));
    sp_client_free(client);
}

static void www(void) {
    static const struct {
        const char *name;
        unsigned flags;
        const char *added;
    } rows[] = {
        {"bakery.net", SP_WWW_AUTO, "['bakery.net','www.bakery.net']"},
        {"bakery.co.uk", SP_WWW_AUTO, "['bakery.co.uk','www.bakery.co.uk']"},
        {"shop.bakery.net", SP_WWW_AUTO, "['shop.bakery.net']"},
        {"www.bakery.net", SP_WWW_AUTO, "['www.bakery.net']"},
        {"www.bakery.net", SP_WWW_ALWAYS, "['www.bakery.net']"},
        {"shop.bakery.net", SP_WWW_ALWAYS, "['shop.bakery.net','www.shop.bakery.net']"},
        {"bakery.net", SP_WWW_NEVER, "['bakery.net']"},
        {"B\xc3\x9c" "CHER.example", SP_WWW_NEVER, "['xn--bcher-kva.example']"},
        {"b\xc3\xbc" "cher.example", SP_WWW_ALWAYS | SP_NO_AUTOSSL, "['xn--bcher-kva.example','www.xn--bcher-kva.example']"},
    };
    sp_client *client = calls_client();
    size_t n;
    for (n = 0; n < sizeof rows / sizeof *rows; n++) {
        service_reset();
        EXPECT(SP_OK, sp_sync_domain(client, rows[n].name, rows[n].flags | SP_DRY_RUN, &out));
        EXPECT_IN("added", rows[n].added);
        EXPECT_IN("dry_run", "true");
        EXPECT_IN("applied", "'no'");
        EXPECT_IN("changed", "false");
        sp_result_free(out);
        CHECK_TEXT(asked(), "GET:app");
        CHECK_TEXT(service_list(), "[\"network.example.org\"]");
        EXPECT(SP_OK, sp_sync_domain(client, rows[n].name, rows[n].flags, &out));
        EXPECT_IN("added", rows[n].added);
        sp_result_free(out);
        EXPECT(SP_OK, sp_remove_domain(client, rows[n].name, rows[n].flags, &out));
        EXPECT_IN("operation", "'remove'");
        EXPECT_IN("removed", rows[n].added);
        sp_result_free(out);
        CHECK_TEXT(service_list(), "[\"network.example.org\"]");
    }
    sp_client_free(client);
}

static void removing(void) {
    sp_config *config = calls_config();
    sp_client *client;
    EXPECT_STATUS(SP_OK, sp_config_protect_domain(config, "Network.example.org"));
    client = calls_client_of(config);
    start_with("[\"network.example.org\",\"bakery.net\",\"*.bakery.net\",\"www.bakery.net\",\"last.example.org\"]");

    EXPECT(SP_OK, sp_remove_domain(client, "bakery.net", SP_WWW_NEVER | SP_DRY_RUN, &out));
    EXPECT_IN("removed", "['bakery.net']");
    sp_result_free(out);
    CHECK(service_lists("bakery.net"));
    EXPECT(SP_OK, sp_remove_domain(client, "BAKERY.net.", SP_WWW_NEVER, &out));
    EXPECT_IN("removed", "['bakery.net']");
    EXPECT_IN("added", "[]");
    EXPECT_IN("changed", "true");
    EXPECT_IN("applied", "'yes'");
    EXPECT_IN("domains.count", "4");
    sp_result_free(out);
    CHECK_TEXT(service_list(), "[\"network.example.org\",\"*.bakery.net\",\"www.bakery.net\",\"last.example.org\"]");
    asked();
    EXPECT(SP_OK, sp_remove_domain(client, "bakery.net", SP_WWW_NEVER, &out));
    EXPECT_IN("changed", "false");
    EXPECT_IN("unchanged", "['bakery.net']");
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app");
    EXPECT(SP_ERR_PROTECTED, sp_remove_domain(client, "network.example.org", 0, &out));
    EXPECT_IN("applied", "'no'");
    EXPECT_IN("removed", "[]");
    CHECK_HOLDS(sp_result_message(out), "network.example.org");
    sp_result_free(out);
    sp_client_free(client);

    /* No name is protected here, and still an app is never left without one. */
    client = calls_client();
    start_with("[\"only.example.org\"]");
    EXPECT(SP_ERR_PROTECTED, sp_remove_domain(client, "only.example.org", 0, &out));
    CHECK_NUMBER(sp_result_retryable(out), 0);
    sp_result_free(out);
    EXPECT_ONLY(SP_ERR_PROTECTED, sp_apply(client, "{\"desired\":[],\"owned\":[\"only.example.org\"]}", &out));
    CHECK_TEXT(asked(), "GET:app GET:app");
    CHECK_TEXT(service_list(), "[\"only.example.org\"]");
    sp_client_free(client);
}

/* Sets the app's list to n0.example.org, n1.example.org, … */
static void fill(int count) {
    char *names = malloc((size_t)count * 32 + 1);
    int n;
    if (names == NULL) abort();
    names[0] = '\0';
    for (n = 0; n < count; n++) sprintf(names + strlen(names), "%s\"n%d.example.org\"", n ? "," : "", n);
    service_post("app", "{\"domains\":[%s]}", names);
    service_delete("requests");
    free(names);
}

static void limits(void) {
    sp_client *client = calls_client();
    fill(300);
    EXPECT(SP_ERR_DOMAIN_LIMIT, sp_sync_domain(client, "more.example.org", 0, &out));
    CHECK_HOLDS(sp_result_message(out), "300");
    CHECK_HOLDS(sp_result_message(out), "301");
    EXPECT_IN("applied", "'no'");
    EXPECT_IN("added", "[]");
    EXPECT_IN("domains.count", "300");
    CHECK_NUMBER(sp_result_retryable(out), 0);
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app");
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "n299.example.org", 0, &out));
    EXPECT_ONLY(SP_OK, sp_apply(client, "{\"add\":[\"more.example.org\"],\"remove\":[\"n5.example.org\"]}", &out));
    fill(299);
    EXPECT(SP_ERR_DOMAIN_LIMIT, sp_sync_domain(client, "bakery.net", 0, &out)); /* with its www. */
    CHECK_HOLDS(sp_result_message(out), "301");
    sp_result_free(out);
    EXPECT(SP_OK, sp_sync_domain(client, "bakery.net", SP_WWW_NEVER, &out));
    EXPECT_IN("warnings.0.code", "'certificate_limit'");
    sp_result_free(out);
    fill(98);
    EXPECT(SP_OK, sp_sync_domain(client, "ninetynine.example.org", 0, &out));
    EXPECT_IN("warnings", "[]");
    sp_result_free(out);
    EXPECT(SP_OK, sp_sync_domain(client, "hundred.example.org", 0, &out));
    EXPECT_IN("warnings.0.code", "'certificate_limit'");
    sp_result_free(out);
    sp_client_free(client);
}

static void applying(void) {
    sp_config *config = calls_config();
    sp_client *client;
    EXPECT_STATUS(SP_OK, sp_config_protect_domain(config, "network.example.org"));
    client = calls_client_of(config);
    start_with("[\"network.example.org\",\"foreign.example.net\",\"one.example.org\",\"two.example.org\"]");
    service_delete("requests");
    EXPECT(SP_OK, sp_apply(client, "{\"add\":[\"three.example.org\",\"THREE.example.org\",\"two.example.org\"],\"remove\":[\"one.example.org\",\"none.example.org\"],\"dry_run\":true}", &out));
    EXPECT_IN("operation", "'apply'");
    EXPECT_IN("dry_run", "true");
    EXPECT_IN("added", "['three.example.org']");
    EXPECT_IN("removed", "['one.example.org']");
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app");
    EXPECT(SP_OK, sp_apply(client, "{\"add\":[\"three.example.org\",\"THREE.example.org\",\"two.example.org\"],\"remove\":[\"one.example.org\",\"none.example.org\"],\"autossl\":false}", &out));
    EXPECT_IN("added", "['three.example.org']");
    EXPECT_IN("removed", "['one.example.org']");
    EXPECT_IN("unchanged", "['none.example.org','two.example.org']");
    EXPECT_IN("dry_run", "false");
    EXPECT_IN("changed", "true");
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app POST:app");
    CHECK_TEXT(service_list(), "[\"network.example.org\",\"foreign.example.net\",\"two.example.org\",\"three.example.org\"]");

    /* Owned names that are not desired go, names that are neither stay, impossible ones are reported. */
    EXPECT(SP_OK, sp_apply(client, "{\"desired\":[\"four.example.org\",\"bakery.net\",\"no name\"],\"owned\":[\"two.example.org\",\"three.example.org\",\"network.example.org\"],\"www\":\"never\"}", &out));
    EXPECT_IN("added", "['four.example.org','bakery.net']");
    EXPECT_IN("removed", "['two.example.org','three.example.org']");
    CHECK_NUMBER(document_length(sp_result_json(out), "skipped"), 2);
    EXPECT_IN("skipped.0.domain", "'no name'");
    EXPECT_IN("skipped.0.reason", "'invalid_domain'");
    EXPECT_IN("skipped.1.domain", "'network.example.org'");
    EXPECT_IN("skipped.1.reason", "'protected'");
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app POST:app");
    CHECK_TEXT(service_list(), "[\"network.example.org\",\"foreign.example.net\",\"four.example.org\",\"bakery.net\"]");
    EXPECT(SP_OK, sp_apply(client, "{\"desired\":[\"four.example.org\",\"bakery.net\"],\"owned\":[],\"www\":\"never\"}", &out));
    EXPECT_IN("changed", "false");
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app");
    EXPECT(SP_OK, sp_apply(client, "{\"desired\":[\"bakery.net\"],\"owned\":[\"four.example.org\"],\"www\":\"always\"}", &out));
    EXPECT_IN("added", "['www.bakery.net']");
    EXPECT_IN("removed", "['four.example.org']");
    sp_result_free(out);
    asked();
    EXPECT_ONLY(SP_ERR_PROTECTED, sp_apply(client, "{\"add\":[\"five.example.org\"],\"remove\":[\"network.example.org\"]}", &out));
    CHECK(!service_lists("five.example.org"));
    EXPECT(SP_OK, sp_apply(client, "{\"add\":[],\"remove\":[]}", &out));
    EXPECT_IN("changed", "false");
    sp_result_free(out);
    sp_client_free(client);
}

static void autossl(void) {
    sp_client *client = calls_client();
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "shop.example.org", SP_NO_AUTOSSL, &out));
    asked();
    EXPECT(SP_ERR_AUTOSSL_UNAVAILABLE, sp_enable_autossl(client, &out));
    EXPECT_IN("operation", "'enable_autossl'");
    EXPECT_IN("autossl.state", "'pending'");
    EXPECT_IN("changed", "false");
    CHECK_NUMBER(sp_result_retryable(out), 1);
    CHECK(sp_result_retry_after_ms(out) > 0);
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app");
    service_post("clock", "{\"advance_s\":601}");
    EXPECT(SP_OK, sp_sync_domain(client, "shop.example.org", SP_NO_AUTOSSL, &out));
    EXPECT_IN("autossl.state", "'skipped'");
    EXPECT_IN("autossl.available", "true");
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app");
    EXPECT(SP_OK, sp_enable_autossl(client, &out));
    EXPECT_IN("autossl.state", "'enabled'");
    EXPECT_IN("changed", "true");
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app POST:ssl");
    EXPECT(SP_OK, sp_enable_autossl(client, &out));
    EXPECT_IN("autossl.state", "'already_enabled'");
    EXPECT_IN("changed", "false");
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app");
    EXPECT(SP_OK, sp_sync_domain(client, "shop.example.org", 0, &out));
    EXPECT_IN("autossl.state", "'already_enabled'");
    sp_result_free(out);
    EXPECT(SP_OK, sp_inspect_app(client, &out));
    EXPECT_IN("ssl.mode", "'auto'");
    EXPECT_IN("ssl.force", "false");
    sp_result_free(out);

    /* A sync of a present name finds the certificate ready and enables AutoSSL. */
    service_reset();
    service_post("clock", "{\"advance_s\":601}");
    EXPECT(SP_OK, sp_sync_domain(client, "network.example.org", SP_WWW_NEVER | SP_DRY_RUN, &out));
    EXPECT_IN("autossl.state", "'skipped'");
    sp_result_free(out);
    EXPECT(SP_OK, sp_sync_domain(client, "network.example.org", SP_WWW_NEVER, &out));
    EXPECT_IN("autossl.state", "'enabled'");
    EXPECT_IN("changed", "true");
    EXPECT_IN("added", "[]");
    sp_result_free(out);

    /* A custom certificate is never touched, neither by enabling AutoSSL nor by a sync. */
    service_post("app", "{\"ssl\":\"custom\"}");
    asked();
    EXPECT(SP_ERR_CUSTOM_CERTIFICATE, sp_enable_autossl(client, &out));
    EXPECT_IN("autossl.state", "'custom_certificate'");
    CHECK_NUMBER(sp_result_retryable(out), 0);
    sp_result_free(out);
    EXPECT(SP_OK, sp_sync_domain(client, "shop.example.org", 0, &out));
    EXPECT_IN("autossl.state", "'custom_certificate'");
    EXPECT_IN("added", "['shop.example.org']");
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app GET:app POST:app");
    EXPECT(SP_OK, sp_inspect_app(client, &out));
    EXPECT_IN("ssl.mode", "'custom'");
    sp_result_free(out);

    /* The service refuses although it said that AutoSSL is available: the list is right nevertheless. */
    service_reset();
    service_post("clock", "{\"advance_s\":601}");
    service_post("faults", "{\"kind\":\"status\",\"code\":400,\"on\":\"ssl\",\"times\":null}");
    EXPECT(SP_OK, sp_sync_domain(client, "network.example.org", SP_WWW_NEVER, &out));
    EXPECT_IN("autossl.state", "'failed'");
    EXPECT_IN("applied", "'yes'");
    EXPECT_IN("warnings.0.code", "'autossl_failed'");
    sp_result_free(out);
    sp_client_free(client);
}

static void inspecting(void) {
    sp_client *client = calls_client();
    service_post("app", "{\"name\":\"wordpress\",\"runtime\":\"php8.2\",\"domains\":[\"a.example.org\"],\"server_address\":\"192.0.2.7\"}");
    EXPECT(SP_OK, sp_inspect_app(client, &out));
    EXPECT_IN("operation", "'inspect'");
    EXPECT_IN("app.id", "'DemoApp0001'");
    EXPECT_IN("app.name", "'wordpress'");
    EXPECT_IN("app.runtime", "'php8.2'");
    EXPECT_IN("app.server_id", "'DemoServer001'");
    EXPECT_IN("app.domains", "['a.example.org']");
    EXPECT_IN("ssl.mode", "'none'");
    EXPECT_IN("autossl.available", "false");
    EXPECT_IN("autossl.domains", "[]");
    EXPECT_IN("server.address", "'192.0.2.7'");
    CHECK(document_value(sp_result_json(out), "server.last_seen") != NULL);
    EXPECT_IN("changed", "false");
    EXPECT_IN("requests", "2");
    sp_result_free(out);
    CHECK_TEXT(asked(), "GET:app GET:server");
    service_post("app", "{\"server_address\":null,\"server_lastconn\":null}");
    EXPECT(SP_OK, sp_inspect_app(client, &out));
    EXPECT_IN("server.address", "null");
    EXPECT_IN("server.last_seen", "null");
    sp_result_free(out);
    service_post("app", "{\"server_missing\":true}");
    EXPECT(SP_OK, sp_inspect_app(client, &out));
    EXPECT_IN("warnings.0.code", "'server_unknown'");
    sp_result_free(out);
    sp_client_free(client);
}

static void actions(void) {
    sp_client *client = calls_client();
    char action[80] = "";
    const char *text;
    EXPECT(SP_OK, sp_sync_domain(client, "shop.example.org", 0, &out));
    text = sp_result_action_id(out);
    if (text != NULL) snprintf(action, sizeof action, "%s", text);
    CHECK(action[0] != '\0');
    sp_result_free(out);
    EXPECT(SP_OK, sp_action_status(client, action, &out));
    EXPECT_IN("operation", "'action_status'");
    EXPECT_IN("action.status", "'open'");
    CHECK_TEXT(sp_result_action_id(out), action);
    sp_result_free(out);
    EXPECT(SP_ERR_TIMEOUT, sp_wait_action(client, action, 1, &out));
    EXPECT_IN("operation", "'wait_action'");
    CHECK_NUMBER(sp_result_retryable(out), 1);
    CHECK_TEXT(sp_result_action_id(out), action);
    sp_result_free(out);
    service_post("clock", "{\"advance_s\":60}");
    EXPECT(SP_OK, sp_wait_action(client, action, 0, &out));
    EXPECT_IN("action.status", "'success'");
    sp_result_free(out);
    EXPECT_ONLY(SP_OK, sp_action_status(client, action, &out));
    EXPECT(SP_ERR_NOT_FOUND, sp_action_status(client, "NoSuchAction1", &out));
    CHECK_NUMBER(sp_result_http_status(out), 404);
    sp_result_free(out);
    EXPECT_ONLY(SP_ERR_NOT_FOUND, sp_wait_action(client, "NoSuchAction1", 1000, &out));
    service_post("settings", "{\"action_outcome\":\"error\",\"action_after_s\":0}");
    EXPECT(SP_OK, sp_sync_domain(client, "other.example.org", 0, &out));
    text = sp_result_action_id(out);
    if (text != NULL) snprintf(action, sizeof action, "%s", text);
    sp_result_free(out);
    EXPECT_ONLY(SP_ERR_ACTION_FAILED, sp_wait_action(client, action, 3000, &out));
    sp_client_free(client);
}

static void refusals(void) {
    static const struct {
        int code;
        sp_status status;
        int retryable;
        const char *cure;
    } rows[] = {
        {400, SP_ERR_BAD_REQUEST, 0, "400"},      {401, SP_ERR_AUTH, 0, "401"},
        {402, SP_ERR_PAYMENT_REQUIRED, 0, "card on file"}, {403, SP_ERR_FORBIDDEN, 0, "permission"},
        {404, SP_ERR_NOT_FOUND, 0, "WU_SERVER_PILOT_APP_ID"}, {409, SP_ERR_CONFLICT, 0, "409"},
        {429, SP_ERR_RATE_LIMITED, 1, "429"},     {500, SP_ERR_SERVER, 1, "500"},
        {503, SP_ERR_SERVER, 1, "503"},           {302, SP_ERR_PROTOCOL, 1, "redirect"},
    };
    sp_config *config = calls_config();
    sp_client *client;
    size_t n;
    calls_keep_secret("wrong-key-SENTINEL-0002");
    EXPECT_STATUS(SP_OK, sp_config_set_credentials(config, service.client_id, "wrong-key-SENTINEL-0002"));
    client = calls_client_of(config);
    EXPECT(SP_ERR_AUTH, sp_sync_domain(client, "shop.example.org", 0, &out));
    CHECK_HOLDS(sp_result_message(out), "WU_SERVER_PILOT_CLIENT_ID");
    CHECK_HOLDS(sp_result_message(out), "WU_SERVER_PILOT_API_KEY");
    CHECK_NUMBER(sp_result_http_status(out), 401);
    CHECK_NUMBER(sp_result_retryable(out), 0);
    EXPECT_IN("applied", "'no'");
    sp_result_free(out);
    EXPECT_ONLY(SP_ERR_AUTH, sp_inspect_app(client, &out));
    EXPECT_ONLY(SP_ERR_AUTH, sp_enable_autossl(client, &out));
    EXPECT_ONLY(SP_ERR_AUTH, sp_action_status(client, "a", &out));
    EXPECT_ONLY(SP_ERR_AUTH, sp_wait_action(client, "a", 5000, &out));
    EXPECT_ONLY(SP_ERR_AUTH, sp_apply(client, "{\"add\":[\"shop.example.org\"]}", &out));
    EXPECT_ONLY(SP_ERR_AUTH, sp_remove_domain(client, "shop.example.org", 0, &out));
    sp_client_free(client);

    config = calls_config();
    EXPECT_STATUS(SP_OK, sp_config_set_app_id(config, "NoSuchApp"));
    client = calls_client_of(config);
    EXPECT(SP_ERR_NOT_FOUND, sp_inspect_app(client, &out));
    CHECK_HOLDS(sp_result_message(out), "WU_SERVER_PILOT_APP_ID");
    sp_result_free(out);
    sp_client_free(client);

    client = calls_client();
    for (n = 0; n < sizeof rows / sizeof *rows; n++) {
        service_reset();
        service_post("faults", "{\"kind\":\"status\",\"code\":%d,\"times\":null}", rows[n].code);
        EXPECT(rows[n].status, sp_sync_domain(client, "shop.example.org", 0, &out));
        CHECK_HOLDS(sp_result_message(out), rows[n].cure);
        CHECK_NUMBER(sp_result_http_status(out), rows[n].code);
        CHECK_NUMBER(sp_result_retryable(out), rows[n].retryable);
        sp_result_free(out);
    }
    service_reset();
    service_post("faults", "{\"kind\":\"status\",\"code\":429,\"headers\":[[\"Retry-After\",\"120\"]]}");
    EXPECT(SP_ERR_RATE_LIMITED, sp_inspect_app(client, &out));
    CHECK_NUMBER(sp_result_retry_after_ms(out), 120000);
    sp_result_free(out);

    /* If the answer to a write is lost, the list is read again and shows the write. */
    service_post("faults", "{\"kind\":\"close_after_request\",\"on\":\"list\",\"apply\":true}");
    EXPECT(SP_OK, sp_sync_domain(client, "lost.example.org", 0, &out));
    EXPECT_IN("applied", "'yes'");
    EXPECT_IN("added", "['lost.example.org']");
    EXPECT_IN("changed", "true");
    sp_result_free(out);
    /* The answer is lost and the list cannot be read again: the result is unknown. */
    service_post("faults", "[{\"kind\":\"close_after_request\",\"on\":\"list\",\"apply\":true},{\"kind\":\"status\",\"code\":500,\"on\":\"read\",\"skip\":1,\"times\":null}]");
    EXPECT(SP_ERR_NETWORK, sp_sync_domain(client, "unknown.example.org", 0, &out));
    EXPECT_IN("applied", "'unknown'");
    CHECK_NUMBER(sp_result_retryable(out), 1);
    sp_result_free(out);
    service_delete("faults");
    service_post("faults", "{\"kind\":\"answer_other_list\",\"on\":\"list\",\"domains\":[\"network.example.org\"]}");
    EXPECT_ONLY(SP_ERR_NOT_APPLIED, sp_sync_domain(client, "shown.example.org", 0, &out));
    service_post("listening", "{\"on\":false}");
    service_post("close-connections", "");
    EXPECT_ONLY(SP_ERR_NETWORK, sp_inspect_app(client, &out));
    service_post("listening", "{\"on\":true}");
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    sp_client_free(client);

    /* A server whose certificate is not trusted receives no request. */
    config = sp_config_new();
    EXPECT_STATUS(SP_OK, sp_config_set_credentials(config, service.client_id, service.api_key));
    EXPECT_STATUS(SP_OK, sp_config_set_app_id(config, service.app_id));
    EXPECT_STATUS(SP_OK, sp_config_set_base_url(config, service.api));
    client = calls_client_of(config);
    service_delete("requests");
    EXPECT_ONLY(SP_ERR_TLS, sp_inspect_app(client, &out));
    CHECK_NUMBER(service_requests(), 0);
    sp_client_free(client);
}

/* What a result returns stays unchanged until it is freed, whatever happens in between. */
static void results_live_on(void) {
    enum { RESULTS = 40 };
    sp_client *client = calls_client();
    sp_result *kept[RESULTS];
    char *json[RESULTS];
    int n, same = 0;
    for (n = 0; n < RESULTS; n++) {
        char name[64];
        snprintf(name, sizeof name, "n%d.example.org", n);
        EXPECT(SP_OK, sp_sync_domain(client, name, SP_NO_AUTOSSL, &out));
        kept[n] = out;
        json[n] = malloc(strlen(sp_result_json(out)) + 1);
        if (json[n] == NULL) abort();
        strcpy(json[n], sp_result_json(out));
    }
    sp_client_free(client);
    for (n = 0; n < RESULTS; n++) {
        const char *first = sp_result_json(kept[n]);
        same += first == sp_result_json(kept[n]) && strcmp(first, json[n]) == 0 &&
                sp_result_message(kept[n]) == sp_result_message(kept[n]) &&
                sp_result_action_id(kept[n]) == sp_result_action_id(kept[n]) && sp_result_status(kept[n]) == SP_OK;
        sp_result_free(kept[n]);
        free(json[n]);
    }
    CHECK_NUMBER(same, RESULTS);
}

void test_operations(int rounds) {
    static void (*const tests[])(void) = {adding, www, removing, limits, applying, autossl, inspecting, actions, refusals, results_live_on};
    size_t n;
    (void)rounds;
    for (n = 0; n < sizeof tests / sizeof *tests; n++) {
        service_reset();
        tests[n]();
    }
}
