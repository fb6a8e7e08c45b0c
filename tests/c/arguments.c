/*
 * Test group "arguments": what goes in. Numbers and names, NULL everywhere, invalid UTF-8, unknown
 * flags and keys, good and bad settings. No bad input may reach the service.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <dirent.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "document.h"
#include "service.h"
#include "tests.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static sp_result *out;

/* The numbers are the ABI: this repeats the table by hand. */
static const struct {
    sp_status number;
    const char *name;
} table[] = {
    {0, "SP_OK"},
    {1, "SP_ERR_NULL_ARGUMENT"},
    {2, "SP_ERR_INVALID_UTF8"},
    {3, "SP_ERR_INVALID_ARGUMENT"},
    {4, "SP_ERR_INVALID_DOMAIN"},
    {5, "SP_ERR_NOT_CONFIGURED"},
    {6, "SP_ERR_STATE"},
    {7, "SP_ERR_PANIC"},
    {20, "SP_ERR_TIMEOUT"},
    {21, "SP_ERR_NETWORK"},
    {22, "SP_ERR_TLS"},
    {23, "SP_ERR_LOCK_TIMEOUT"},
    {40, "SP_ERR_BAD_REQUEST"},
    {41, "SP_ERR_AUTH"},
    {42, "SP_ERR_PAYMENT_REQUIRED"},
    {43, "SP_ERR_FORBIDDEN"},
    {44, "SP_ERR_NOT_FOUND"},
    {45, "SP_ERR_CONFLICT"},
    {46, "SP_ERR_RATE_LIMITED"},
    {47, "SP_ERR_SERVER"},
    {48, "SP_ERR_PROTOCOL"},
    {60, "SP_ERR_DOMAIN_LIMIT"},
    {61, "SP_ERR_PROTECTED"},
    {62, "SP_ERR_AUTOSSL_UNAVAILABLE"},
    {63, "SP_ERR_CUSTOM_CERTIFICATE"},
    {64, "SP_ERR_NOT_APPLIED"},
    {65, "SP_ERR_CERTIFICATE"},
    {66, "SP_ERR_ACTION_FAILED"},
    {67, "SP_ERR_BLOCKED_ADDRESS"},
    {68, "SP_ERR_TOO_MANY_REMOVALS"},
};

static void numbers_and_names(void) {
    static const sp_status_code code[] = {
        SP_OK, SP_ERR_NULL_ARGUMENT, SP_ERR_INVALID_UTF8, SP_ERR_INVALID_ARGUMENT, SP_ERR_INVALID_DOMAIN,
        SP_ERR_NOT_CONFIGURED, SP_ERR_STATE, SP_ERR_PANIC, SP_ERR_TIMEOUT, SP_ERR_NETWORK, SP_ERR_TLS,
        SP_ERR_LOCK_TIMEOUT, SP_ERR_BAD_REQUEST, SP_ERR_AUTH, SP_ERR_PAYMENT_REQUIRED, SP_ERR_FORBIDDEN,
        SP_ERR_NOT_FOUND, SP_ERR_CONFLICT, SP_ERR_RATE_LIMITED, SP_ERR_SERVER, SP_ERR_PROTOCOL, SP_ERR_DOMAIN_LIMIT,
        SP_ERR_PROTECTED, SP_ERR_AUTOSSL_UNAVAILABLE, SP_ERR_CUSTOM_CERTIFICATE, SP_ERR_NOT_APPLIED,
        SP_ERR_CERTIFICATE, SP_ERR_ACTION_FAILED, SP_ERR_BLOCKED_ADDRESS, SP_ERR_TOO_MANY_REMOVALS};
    size_t n = 0;
    sp_status number;
    CHECK_NUMBER(COUNT(code), COUNT(table));
    for (n = 0; n < COUNT(table); n++) {
        CHECK_NUMBER(code[n], table[n].number);
        CHECK_TEXT(sp_status_name(table[n].number), table[n].name);
    }
    for (n = 0, number = -3; number < 300; number++) {
        if (n < COUNT(table) && table[n].number == number) n++;
        else CHECK_TEXT(sp_status_name(number), "SP_ERR_UNKNOWN");
    }
    CHECK_TEXT(sp_status_name(INT32_MIN), "SP_ERR_UNKNOWN");
    CHECK_TEXT(sp_status_name(INT32_MAX), "SP_ERR_UNKNOWN");
    CHECK(sp_status_name(SP_OK) == sp_status_name(SP_OK)); /* static */
    CHECK_NUMBER(sizeof(sp_status), 4);
    CHECK_NUMBER(sp_abi_version(), 1);
    CHECK(strspn(sp_version(), "0123456789.") >= 5 && sp_version() == sp_version());
    CHECK_NUMBER(SP_WWW_AUTO, 0);
    CHECK_NUMBER(SP_WWW_ALWAYS, 1);
    CHECK_NUMBER(SP_WWW_NEVER, 2);
    CHECK_NUMBER(SP_NO_AUTOSSL, 4);
    CHECK_NUMBER(SP_DRY_RUN, 8);
}

static void null_everywhere(void) {
    sp_client *client = calls_client(), *made = (sp_client *)POISON;
    sp_config *config = sp_config_new();
    static sp_status (*const setters[])(sp_config *, const char *) = {
        sp_config_set_app_id, sp_config_set_base_url,   sp_config_set_ca_file,   sp_config_set_proxy,
        sp_config_set_user_agent, sp_config_set_lock_dir, sp_config_protect_domain};
    const sp_status null = SP_ERR_NULL_ARGUMENT;
    size_t n;
    for (n = 0; n < COUNT(setters); n++) {
        EXPECT_STATUS(null, setters[n](NULL, NULL));
        EXPECT_STATUS(null, setters[n](NULL, "example.org"));
        EXPECT_STATUS(null, setters[n](config, NULL));
    }
    EXPECT_STATUS(null, sp_config_set_credentials(NULL, "a", "b"));
    EXPECT_STATUS(null, sp_config_set_credentials(config, NULL, "b"));
    EXPECT_STATUS(null, sp_config_set_credentials(config, "a", NULL));
    EXPECT_STATUS(null, sp_config_set_credentials(NULL, NULL, NULL));
    EXPECT_STATUS(null, sp_config_set_timeouts(NULL, 0, 0, 0));
    EXPECT_STATUS(null, sp_client_new(NULL, &made));
    CHECK(made == NULL);
    EXPECT_STATUS(null, sp_client_new(config, NULL));
    EXPECT_STATUS(null, sp_client_new(NULL, NULL));

    EXPECT(null, sp_sync_domain(NULL, "a.example.org", 0, &out));
    EXPECT(null, sp_sync_domain(client, NULL, 0, &out));
    EXPECT(null, sp_sync_domain(NULL, NULL, 0, &out));
    EXPECT(null, sp_remove_domain(NULL, "a.example.org", 0, &out));
    EXPECT(null, sp_remove_domain(client, NULL, 0, &out));
    EXPECT(null, sp_enable_autossl(NULL, &out));
    EXPECT(null, sp_check_ssl(NULL, "a.example.org", NULL, &out));
    EXPECT(null, sp_check_ssl(NULL, "a.example.org", "{}", &out));
    EXPECT(null, sp_check_ssl(client, NULL, NULL, &out));
    EXPECT(null, sp_check_ssl(client, NULL, "{}", &out));
    EXPECT(null, sp_check_ssl_many(NULL, "[]", NULL, &out));
    EXPECT(null, sp_check_ssl_many(client, NULL, NULL, &out));
    EXPECT(null, sp_diagnose(NULL, "a.example.org", NULL, &out));
    EXPECT(null, sp_diagnose(client, NULL, NULL, &out));
    EXPECT(null, sp_apply(NULL, "{}", &out));
    EXPECT(null, sp_apply(client, NULL, &out));
    EXPECT(null, sp_inspect_app(NULL, &out));
    EXPECT(null, sp_action_status(NULL, "a", &out));
    EXPECT(null, sp_action_status(client, NULL, &out));
    EXPECT(null, sp_wait_action(NULL, "a", 1, &out));
    EXPECT(null, sp_wait_action(client, NULL, 1, &out));

    /* Without `out`: the same status, and nothing is written anywhere. */
    EXPECT_STATUS(null, sp_sync_domain(NULL, NULL, 0, NULL));
    EXPECT_STATUS(null, sp_remove_domain(NULL, NULL, 0, NULL));
    EXPECT_STATUS(null, sp_enable_autossl(NULL, NULL));
    EXPECT_STATUS(null, sp_check_ssl(NULL, NULL, NULL, NULL));
    EXPECT_STATUS(null, sp_check_ssl_many(NULL, NULL, NULL, NULL));
    EXPECT_STATUS(null, sp_diagnose(NULL, NULL, NULL, NULL));
    EXPECT_STATUS(null, sp_apply(NULL, NULL, NULL));
    EXPECT_STATUS(null, sp_inspect_app(NULL, NULL));
    EXPECT_STATUS(null, sp_action_status(NULL, NULL, NULL));
    EXPECT_STATUS(null, sp_wait_action(NULL, NULL, 0, NULL));

    EXPECT_STATUS(null, sp_result_status(NULL));
    CHECK(sp_result_message(NULL) == NULL);
    CHECK(sp_result_json(NULL) == NULL);
    CHECK(sp_result_action_id(NULL) == NULL);
    CHECK_NUMBER(sp_result_http_status(NULL), 0);
    CHECK_NUMBER(sp_result_retryable(NULL), 0);
    CHECK_NUMBER(sp_result_retry_after_ms(NULL), 0);
    sp_result_free(NULL);
    sp_client_free(NULL);
    sp_config_free(NULL);
    sp_config_free(config);
    sp_client_free(client);
    CHECK_NUMBER(service_requests(), 0);

    /* The same for valid calls: a NULL `out` does not restrict what the call does. */
    client = calls_client();
    EXPECT_STATUS(SP_OK, sp_sync_domain(client, "quiet.example.org", 0, NULL));
    CHECK(service_lists("quiet.example.org"));
    EXPECT_STATUS(SP_OK, sp_apply(client, "{\"add\":[\"calm.example.org\"]}", NULL));
    EXPECT_STATUS(SP_OK, sp_remove_domain(client, "quiet.example.org", 0, NULL));
    CHECK(!service_lists("quiet.example.org") && service_lists("calm.example.org"));
    EXPECT_STATUS(SP_OK, sp_inspect_app(client, NULL));
    EXPECT_STATUS(SP_ERR_NOT_FOUND, sp_action_status(client, "nosuch", NULL));
    EXPECT_STATUS(SP_ERR_AUTOSSL_UNAVAILABLE, sp_enable_autossl(client, NULL));
    sp_client_free(client);
    service_reset();
}

static void invalid_utf8(void) {
    static const char *const bad[] = {"\xff", "a\xc3(.org", "\xed\xa0\x80.org", "\xc0\xaf", "\xf8\x88\x80\x80\x80", "a.org\x80"};
    static sp_status (*const setters[])(sp_config *, const char *) = {
        sp_config_set_app_id, sp_config_set_base_url,   sp_config_set_ca_file,   sp_config_set_proxy,
        sp_config_set_user_agent, sp_config_set_lock_dir, sp_config_protect_domain};
    sp_client *client = calls_client();
    sp_config *config = sp_config_new();
    const sp_status utf8 = SP_ERR_INVALID_UTF8;
    size_t n, setter;
    for (n = 0; n < COUNT(bad); n++) {
        for (setter = 0; setter < COUNT(setters); setter++) EXPECT_STATUS(utf8, setters[setter](config, bad[n]));
        EXPECT_STATUS(utf8, sp_config_set_credentials(config, bad[n], "b"));
        EXPECT_STATUS(utf8, sp_config_set_credentials(config, "a", bad[n]));
        EXPECT(utf8, sp_sync_domain(client, bad[n], 0, &out));
        EXPECT(utf8, sp_remove_domain(client, bad[n], 0, &out));
        EXPECT(utf8, sp_check_ssl(client, bad[n], NULL, &out));
        EXPECT(utf8, sp_check_ssl(client, "a.example.org", bad[n], &out));
        EXPECT(utf8, sp_check_ssl_many(client, bad[n], NULL, &out));
        EXPECT(utf8, sp_check_ssl_many(client, "[]", bad[n], &out));
        EXPECT(utf8, sp_diagnose(client, bad[n], NULL, &out));
        EXPECT(utf8, sp_diagnose(client, "a.example.org", bad[n], &out));
        EXPECT(utf8, sp_apply(client, bad[n], &out));
        EXPECT(utf8, sp_action_status(client, bad[n], &out));
        EXPECT(utf8, sp_wait_action(client, bad[n], 1, &out));
    }
    sp_config_free(config);
    sp_client_free(client);
    CHECK_NUMBER(service_requests(), 0);
}

static void unknown_flags_and_keys(void) {
    static const uint32_t flags[] = {3, 7, 11, 15, 16, 17, 32, 64, 1u << 16, 1u << 31, UINT32_MAX};
    static const char *const changes[] = {
        "", " ", "null", "1", "\"a.example.org\"", "[]", "[[\"a.example.org\"]]", "[[\"a.example.org\"],null,null,null]",
        "[[\"a.example.org\"],null,null,null,\"never\",true,false]",
        "{", "{}", "{} {}", "{\"add\":[]", "{\"add\":[],}", "{'add':[]}",
        "{\"add\":[\"a.example.org\"],\"typo\":1}", "{\"Add\":[\"a.example.org\"]}", "{\"add\":\"a.example.org\"}",
        "{\"add\":[1]}", "{\"add\":[null]}", "{\"add\":{}}", "{\"add\":[[\"a.example.org\"]]}",
        "{\"add\":[],\"desired\":[]}", "{\"remove\":[],\"owned\":[]}", "{\"add\":[],\"add\":[]}",
        "{\"add\":[],\"www\":\"sometimes\"}", "{\"add\":[],\"www\":\"Auto\"}", "{\"add\":[],\"www\":1}",
        "{\"add\":[],\"www\":null}", "{\"add\":[],\"autossl\":\"yes\"}", "{\"add\":[],\"autossl\":null}",
        "{\"add\":[],\"autossl\":1}", "{\"add\":[],\"dry_run\":1}", "{\"add\":[],\"dry_run\":null}",
        "{\"add\":[],\"dryrun\":true}", "{\"www\":\"auto\"}", "{\"dry_run\":true}",
        "{\"add\":[\"a.example.org\"],\"remove\":[\"A.Example.ORG.\"]}", "{\"add\":[\"a\\ud800.org\"]}"};
    static const char *const names[] = {
        "", " ", ".", "..", "example", "example.", "*.example.org", "127.0.0.1", "[::1]", "::1", "0x7f.1", "1.2.3.0x4",
        "example.org:443", "https://example.org", "example.org/", "user@example.org", "a..example.org", "-a.example.org",
        "a-.example.org", "a_b.example.org", "a b.example.org", "a\nb.example.org", "a.example.org..", ".example.org",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.org", "example.123"};
    static const char *const options[] = {
        "", "null", "[]", "1", "{", "{} {}", "{\"Port\":1}", "{\"ports\":443}", "{\"port\":\"443\"}", "{\"port\":0}",
        "{\"port\":65536}", "{\"port\":-1}", "{\"port\":443.5}", "{\"port\":null}", "{\"port\":1,\"port\":2}",
        "{\"connect_to\":\"127.0.0.1\"}", "{\"connect_to\":\"127.0.0.1:0\"}", "{\"connect_to\":\"example.org:443\"}",
        "{\"connect_to\":443}", "{\"timeout_ms\":-1}", "{\"timeout_ms\":\"5\"}", "{\"allow_addresses\":\"127.0.0.1\"}",
        "{\"allow_addresses\":[\"localhost\"]}", "{\"allow_addresses\":[\"10.0.0.0/33\"]}", "{\"warn_days\":-1}",
        "{\"verify\":false}", "[null]"};
    static const char *const ids[] = {"", " ", "a/b", "..", "a b", "a?b", "a%2f", "a-b", "a_b", "a\n", "\xc3\xa9"};
    sp_client *client = calls_client();
    char *long_text = malloc(1 << 20);
    size_t n;
    for (n = 0; n < COUNT(flags); n++) {
        EXPECT(SP_ERR_INVALID_ARGUMENT, sp_sync_domain(client, "a.example.org", flags[n], &out));
        EXPECT(SP_ERR_INVALID_ARGUMENT, sp_remove_domain(client, "a.example.org", flags[n], &out));
    }
    for (n = 0; n < COUNT(changes); n++) {
        EXPECT(SP_ERR_INVALID_ARGUMENT, sp_apply(client, changes[n], &out));
        if (out != NULL) CHECK_TEXT(changes[n], "refused"); /* names the change that was accepted */
        sp_result_free(out);
    }
    for (n = 0; n < COUNT(names); n++) {
        char json[256];
        EXPECT(SP_ERR_INVALID_DOMAIN, sp_sync_domain(client, names[n], 0, &out));
        EXPECT(SP_ERR_INVALID_DOMAIN, sp_remove_domain(client, names[n], 0, &out));
        EXPECT(SP_ERR_INVALID_DOMAIN, sp_check_ssl(client, names[n], NULL, &out));
        EXPECT(SP_ERR_INVALID_DOMAIN, sp_diagnose(client, names[n], NULL, &out));
        if (strchr(names[n], '\n') != NULL) continue; /* would need an escape in JSON */
        snprintf(json, sizeof json, "{\"add\":[\"%s\"]}", names[n]);
        EXPECT(SP_ERR_INVALID_DOMAIN, sp_apply(client, json, &out));
        snprintf(json, sizeof json, "{\"remove\":[\"good.example.org\",\"%s\"]}", names[n]);
        EXPECT(SP_ERR_INVALID_DOMAIN, sp_apply(client, json, &out));
        snprintf(json, sizeof json, "[\"good.example.org\",\"%s\"]", names[n]);
        EXPECT(SP_ERR_INVALID_DOMAIN, sp_check_ssl_many(client, json, NULL, &out));
    }
    for (n = 0; n < COUNT(options); n++) {
        EXPECT(SP_ERR_INVALID_ARGUMENT, sp_check_ssl(client, "a.example.org", options[n], &out));
        EXPECT(SP_ERR_INVALID_ARGUMENT, sp_check_ssl_many(client, "[]", options[n], &out));
        EXPECT(SP_ERR_INVALID_ARGUMENT, sp_diagnose(client, "a.example.org", options[n], &out));
    }
    EXPECT(SP_ERR_INVALID_ARGUMENT, sp_check_ssl(client, "a.example.org", "{\"concurrency\":2}", &out));
    EXPECT(SP_ERR_INVALID_ARGUMENT, sp_check_ssl_many(client, "[]", "{\"concurrency\":0}", &out));
    EXPECT(SP_ERR_INVALID_ARGUMENT, sp_check_ssl_many(client, "{}", NULL, &out));
    EXPECT(SP_ERR_INVALID_ARGUMENT, sp_check_ssl_many(client, "[1]", NULL, &out));
    EXPECT(SP_ERR_INVALID_ARGUMENT, sp_check_ssl_many(client, "\"a.example.org\"", NULL, &out));
    for (n = 0; n < COUNT(ids); n++) {
        EXPECT(SP_ERR_INVALID_ARGUMENT, sp_action_status(client, ids[n], &out));
        EXPECT(SP_ERR_INVALID_ARGUMENT, sp_wait_action(client, ids[n], 1, &out));
    }

    /* Absurdly long and deep. */
    if (long_text == NULL) abort();
    memset(long_text, 'a', (1 << 20) - 1);
    long_text[(1 << 20) - 1] = '\0';
    EXPECT(SP_ERR_INVALID_DOMAIN, sp_sync_domain(client, long_text, 0, &out));
    EXPECT(SP_ERR_INVALID_ARGUMENT, sp_action_status(client, long_text, &out));
    EXPECT(SP_ERR_INVALID_ARGUMENT, sp_apply(client, long_text, &out));
    memset(long_text, '[', (1 << 20) - 1);
    EXPECT(SP_ERR_INVALID_ARGUMENT, sp_apply(client, long_text, &out));
    EXPECT(SP_ERR_INVALID_ARGUMENT, sp_check_ssl_many(client, long_text, NULL, &out));
    EXPECT(SP_ERR_INVALID_ARGUMENT, sp_check_ssl(client, "a.example.org", long_text, &out));
    memcpy(long_text, "{\"add\":", 7);
    EXPECT(SP_ERR_INVALID_ARGUMENT, sp_apply(client, long_text, &out));
    free(long_text);
    sp_client_free(client);
    CHECK_NUMBER(service_requests(), 0);
    CHECK_TEXT(service_list(), "[\"network.example.org\"]");
}

/* Without credentials only certificate checks work; without an app ID, nothing about the app does. */
static void not_configured(void) {
    sp_config *config = sp_config_new();
    sp_client *bare = NULL, *without_app = NULL;
    const sp_status missing = SP_ERR_NOT_CONFIGURED;
    char options[128];
    EXPECT_STATUS(SP_OK, sp_config_set_base_url(config, service.api));
    EXPECT_STATUS(SP_OK, sp_config_set_ca_file(config, service.ca_file));
    EXPECT_STATUS(SP_OK, sp_client_new(config, &bare));
    EXPECT_STATUS(SP_OK, sp_config_set_credentials(config, service.client_id, service.api_key));
    EXPECT_STATUS(SP_OK, sp_client_new(config, &without_app));
    sp_config_free(config);
    EXPECT(missing, sp_sync_domain(bare, "a.example.org", 0, &out));
    EXPECT(missing, sp_sync_domain(bare, "a.example.org", SP_DRY_RUN, &out));
    EXPECT(missing, sp_remove_domain(bare, "a.example.org", 0, &out));
    EXPECT(missing, sp_enable_autossl(bare, &out));
    EXPECT(missing, sp_diagnose(bare, "a.example.org", NULL, &out));
    EXPECT(missing, sp_apply(bare, "{\"add\":[\"a.example.org\"]}", &out));
    EXPECT(missing, sp_inspect_app(bare, &out));
    EXPECT(missing, sp_action_status(bare, "a", &out));
    EXPECT(missing, sp_wait_action(bare, "a", 1, &out));
    EXPECT(missing, sp_sync_domain(without_app, "a.example.org", 0, &out));
    EXPECT(missing, sp_remove_domain(without_app, "a.example.org", 0, &out));
    EXPECT(missing, sp_enable_autossl(without_app, &out));
    EXPECT(missing, sp_diagnose(without_app, "a.example.org", NULL, &out));
    EXPECT(missing, sp_apply(without_app, "{\"add\":[\"a.example.org\"]}", &out));
    EXPECT(missing, sp_inspect_app(without_app, &out));
    CHECK_NUMBER(service_requests(), 0);
    snprintf(options, sizeof options, "{\"connect_to\":\"%s\"}", service.site);
    EXPECT(SP_ERR_CERTIFICATE, sp_check_ssl(bare, "a.example.org", options, &out));
    sp_result_free(out);
    sp_client_free(bare);
    sp_client_free(without_app);
}

/* A refused setting leaves the previous one in force. */
static void settings(void) {
    static const char *const bad_urls[] = {
        "", " ", "api.serverpilot.io", "http://api.serverpilot.io/v1", "http://localhost/v1", "http://127.0.0.1.example.org/",
        "http://169.254.169.254/", "http://0.0.0.0/", "http://[::2]/", "ftp://127.0.0.1/", "file:///etc/passwd",
        "https://user:pw@api.serverpilot.io/", "https://user@api.serverpilot.io/", "https://api.serverpilot.io/?a",
        "https://api.serverpilot.io/#a", "https://", "https://api.serverpilot.io:99999/", "//api.serverpilot.io/v1"};
    static const char *const good_urls[] = {"https://api.serverpilot.io/v1", "https://127.0.0.1:8443/v1/", "http://127.0.0.1:1/v1",
                                            "http://127.9.9.9:1", "http://[::1]:1/", " https://api.example.org/v1\n"};
    static const char *const bad_ids[] = {"", " ", "a/b", "..", "../servers/1", "a b", "a?b", "a%2f", "\xc3\xa9", "a-b", "a_b",
                                          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    static const char *const bad_proxies[] = {"", "127.0.0.1:3128", "socks5://127.0.0.1:1080", "ftp://127.0.0.1/", "http://", "://"};
    static const char *const bad_agents[] = {"", " ", "a\r\nX-Evil: 1", "a\tb", "caf\xc3\xa9", "a\x7f"};
    static const char *const bad_names[] = {"", "*.example.org", "127.0.0.1", "example", "https://example.org", "a b.org"};
    static const char *const bad_credentials[][2] = {{"", "k"},    {" ", "k"},     {"i", ""},     {"i", " \n"}, {"a:b", "k"},
                                                     {"a\nb", "k"}, {"a", "k\x7f"}, {"a", "k\r\nX: y"}};
    const sp_status refused = SP_ERR_INVALID_ARGUMENT;
    sp_config *config = calls_config();
    sp_client *client;
    char path[512], text[400];
    size_t n;
    FILE *file;
    for (n = 0; n < COUNT(good_urls); n++) EXPECT_STATUS(SP_OK, sp_config_set_base_url(config, good_urls[n]));
    EXPECT_STATUS(SP_OK, sp_config_set_base_url(config, service.api));
    for (n = 0; n < COUNT(bad_urls); n++) EXPECT_STATUS(refused, sp_config_set_base_url(config, bad_urls[n]));
    for (n = 0; n < COUNT(bad_ids); n++) EXPECT_STATUS(refused, sp_config_set_app_id(config, bad_ids[n]));
    for (n = 0; n < COUNT(bad_proxies); n++) EXPECT_STATUS(refused, sp_config_set_proxy(config, bad_proxies[n]));
    for (n = 0; n < COUNT(bad_agents); n++) EXPECT_STATUS(refused, sp_config_set_user_agent(config, bad_agents[n]));
    for (n = 0; n < COUNT(bad_names); n++) EXPECT_STATUS(SP_ERR_INVALID_DOMAIN, sp_config_protect_domain(config, bad_names[n]));
    for (n = 0; n < COUNT(bad_credentials); n++)
        EXPECT_STATUS(refused, sp_config_set_credentials(config, bad_credentials[n][0], bad_credentials[n][1]));
    memset(text, 'a', sizeof text);
    text[257] = '\0';
    EXPECT_STATUS(refused, sp_config_set_user_agent(config, text));
    text[256] = '\0';
    EXPECT_STATUS(SP_OK, sp_config_set_user_agent(config, text));
    EXPECT_STATUS(refused, sp_config_set_lock_dir(config, ""));
    EXPECT_STATUS(refused, sp_config_set_lock_dir(config, "relative/folder"));
    EXPECT_STATUS(SP_OK, sp_config_protect_domain(config, "Network.Example.ORG."));
    EXPECT_STATUS(SP_OK, sp_config_protect_domain(config, "network.example.org"));
    EXPECT_STATUS(SP_OK, sp_config_protect_domain(config, "b\xc3\xbc" "cher.example"));
    EXPECT_STATUS(SP_OK, sp_config_set_timeouts(config, UINT32_MAX, UINT32_MAX, UINT32_MAX));

    EXPECT_STATUS(refused, sp_config_set_ca_file(config, ""));
    EXPECT_STATUS(refused, sp_config_set_ca_file(config, "/nonexistent/ca.pem"));
    EXPECT_STATUS(refused, sp_config_set_ca_file(config, "/dev/null"));
    EXPECT_STATUS(refused, sp_config_set_ca_file(config, "/dev/zero"));
    EXPECT_STATUS(refused, sp_config_set_ca_file(config, "/proc/self/status"));
    EXPECT_STATUS(refused, sp_config_set_ca_file(config, calls_lock_dir));
    snprintf(path, sizeof path, "%s.pem", calls_lock_dir);
    file = fopen(path, "w");
    if (file == NULL) abort();
    fputs("-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n", file);
    fclose(file);
    EXPECT_STATUS(refused, sp_config_set_ca_file(config, path));
    unlink(path);
    /* Nobody writes to this pipe: opening it for reading would block for ever. */
    if (mkfifo(path, 0600) != 0) abort();
    EXPECT_STATUS(refused, sp_config_set_ca_file(config, path));
    unlink(path);

    /* White space from copying is trimmed, and everything set above is still in force. */
    snprintf(text, sizeof text, "\t %s \r\n", service.client_id);
    snprintf(path, sizeof path, " %s\n", service.api_key);
    EXPECT_STATUS(SP_OK, sp_config_set_credentials(config, text, path));
    snprintf(text, sizeof text, " %s\n", service.app_id);
    EXPECT_STATUS(SP_OK, sp_config_set_app_id(config, text));
    client = calls_client_of(config);
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    EXPECT_ONLY(SP_ERR_PROTECTED, sp_remove_domain(client, "network.example.org", 0, &out));
    EXPECT_ONLY(SP_ERR_PROTECTED, sp_remove_domain(client, "B\xc3\x9c" "CHER.example", 0, &out));
    sp_client_free(client);
}

/* Captures one HTTP request in clear text on loopback: what the library really sends. */
struct listener {
    int socket;
    char request[4096];
};

static void *listen_once(void *argument) {
    static const char answer[] = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 33\r\n"
                                 "Connection: close\r\n\r\n{\"error\":{\"message\":\"no such app\"}}";
    struct listener *listener = argument;
    int connection = accept(listener->socket, NULL, NULL);
    size_t length = 0;
    ssize_t got;
    while (length < sizeof listener->request - 1 && strstr(listener->request, "\r\n\r\n") == NULL &&
           (got = recv(connection, listener->request + length, sizeof listener->request - 1 - length, 0)) > 0)
        length += (size_t)got;
    if (send(connection, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0) perror("send");
    close(connection);
    return NULL;
}

static void on_the_wire(void) {
    struct listener listener;
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    pthread_t thread;
    sp_config *config = calls_config();
    sp_client *client;
    char url[64];
    memset(&listener, 0, sizeof listener);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener.socket, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener.socket, 1) != 0 ||
        getsockname(listener.socket, (struct sockaddr *)&address, &length) != 0 ||
        pthread_create(&thread, NULL, listen_once, &listener) != 0)
        abort();
    snprintf(url, sizeof url, "http://127.0.0.1:%d/base/", ntohs(address.sin_port));
    EXPECT_STATUS(SP_OK, sp_config_set_base_url(config, url));
    EXPECT_STATUS(SP_OK, sp_config_set_user_agent(config, "Harness/1.2 (test)"));
    client = calls_client_of(config);
    EXPECT(SP_ERR_NOT_FOUND, sp_inspect_app(client, &out));
    CHECK_HOLDS(sp_result_message(out), "WU_SERVER_PILOT_APP_ID");
    CHECK_NUMBER(sp_result_http_status(out), 404);
    sp_result_free(out);
    sp_client_free(client);
    pthread_join(thread, NULL);
    close(listener.socket);
    CHECK_HOLDS(listener.request, "GET /base/apps/");
    CHECK_HOLDS(listener.request, " Harness/1.2 (test)\r\n");
    CHECK_HOLDS(listener.request, "serverpilot/");
    CHECK(calls_disclosed(listener.request) != NULL); /* the only place where it belongs, in base64 */
    CHECK_LACKS(listener.request, service.api_key);
    CHECK_LACKS(listener.request, "ookie");
}

/* The environment belongs to the host: only a proxy that is set by a call is used. */
static void proxies(void) {
    static const char *const variables[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy",
                                            "SSL_CERT_FILE", "SSL_CERT_DIR"};
    char *before[COUNT(variables)];
    sp_config *config;
    sp_client *client;
    size_t n;
    for (n = 0; n < COUNT(variables); n++) before[n] = getenv(variables[n]) ? strdup(getenv(variables[n])) : NULL;
    for (n = 0; n < COUNT(variables); n++) setenv(variables[n], n < 5 ? "http://127.0.0.1:1" : "/nonexistent", 1);
    client = calls_client();
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out));
    sp_client_free(client);
    for (n = 0; n < COUNT(variables); n++) {
        if (before[n]) setenv(variables[n], before[n], 1);
        else unsetenv(variables[n]);
        free(before[n]);
    }
    config = calls_config();
    EXPECT_STATUS(SP_OK, sp_config_set_proxy(config, "http://someone:proxy-password-SENTINEL@127.0.0.1:1"));
    calls_keep_secret("proxy-password-SENTINEL");
    client = calls_client_of(config);
    EXPECT(SP_ERR_NETWORK, sp_inspect_app(client, &out));
    CHECK_NUMBER(sp_result_retryable(out), 1);
    sp_result_free(out);
    sp_client_free(client);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Generous by an order of magnitude: this is about calls that would wait for ever. */
static void time_limits(void) {
    sp_config *config = calls_config();
    sp_client *client;
    double begin;
    EXPECT_STATUS(SP_OK, sp_config_set_timeouts(config, 0, 0, 300));
    client = calls_client_of(config);
    service_post("settings", "{\"latency_ms\":20000}");
    begin = seconds();
    EXPECT(SP_ERR_TIMEOUT, sp_inspect_app(client, &out));
    CHECK_NUMBER(sp_result_retryable(out), 1);
    sp_result_free(out);
    EXPECT(SP_ERR_TIMEOUT, sp_sync_domain(client, "late.example.org", 0, &out));
    EXPECT_IN("applied", "'no'");
    EXPECT_IN("changed", "false");
    sp_result_free(out);
    CHECK(seconds() - begin < 10);
    sp_client_free(client);
    service_reset();
}

/* The lock: held by another process, and in a folder that others can enter. */
static void locks(void) {
    sp_config *config = calls_config();
    sp_client *client;
    char folder[512], path[1024] = "";
    struct dirent *entry;
    DIR *open_folder;
    int held;
    snprintf(folder, sizeof folder, "%s-held", calls_lock_dir);
    EXPECT_STATUS(SP_OK, sp_config_set_lock_dir(config, folder));
    EXPECT_STATUS(SP_OK, sp_config_set_timeouts(config, 0, 0, 400));
    client = calls_client_of(config);
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "locked.example.org", 0, &out));
    open_folder = opendir(folder);
    while (open_folder && (entry = readdir(open_folder)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        CHECK(path[0] == '\0'); /* one file for one app */
        CHECK_LACKS(entry->d_name, service.app_id);
        CHECK(calls_disclosed(entry->d_name) == NULL);
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    }
    if (open_folder) closedir(open_folder);
    held = open(path, O_RDWR | O_CLOEXEC);
    CHECK(held >= 0 && flock(held, LOCK_EX | LOCK_NB) == 0);
    EXPECT(SP_ERR_LOCK_TIMEOUT, sp_sync_domain(client, "waits.example.org", 0, &out));
    CHECK_NUMBER(sp_result_retryable(out), 1);
    EXPECT_IN("applied", "'no'");
    sp_result_free(out);
    EXPECT_ONLY(SP_ERR_LOCK_TIMEOUT, sp_enable_autossl(client, &out));
    EXPECT_ONLY(SP_OK, sp_inspect_app(client, &out)); /* readers never wait */
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "waits.example.org", SP_DRY_RUN, &out));
    close(held);
    EXPECT_ONLY(SP_OK, sp_sync_domain(client, "waits.example.org", 0, &out));
    chmod(folder, 0755);
    EXPECT(SP_ERR_LOCK_TIMEOUT, sp_sync_domain(client, "open.example.org", 0, &out));
    CHECK_HOLDS(sp_result_message(out), "0700");
    CHECK_NUMBER(sp_result_retryable(out), 0);
    sp_result_free(out);
    CHECK(!service_lists("open.example.org"));
    chmod(folder, 0700);
    sp_client_free(client);
    unlink(path);
    rmdir(folder);
    service_reset();
}

void test_arguments(int rounds) {
    (void)rounds;
    numbers_and_names();
    null_everywhere();
    invalid_utf8();
    unknown_flags_and_keys();
    service_reset();
    not_configured();
    settings();
    on_the_wire();
    proxies();
    time_limits();
    locks();
}
