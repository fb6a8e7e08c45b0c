/*
 * Checks after every call what the header promises for all calls.
 */
#include "calls.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "service.h"

sp_result *const POISON = (sp_result *)(uintptr_t)0x5a5a5a50;
const char *calls_lock_dir;

enum { MAX_SECRETS = 32 };
static char *secrets[MAX_SECRETS];
static int secret_count;

static void remember(const char *text) {
    char *copy = malloc(strlen(text) + 1);
    if (copy == NULL || secret_count == MAX_SECRETS) abort();
    secrets[secret_count++] = strcpy(copy, text);
}

/* Unpadded, so that the padded form is found as well. */
static void remember_base64(const char *text) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char made[4096];
    size_t length = strlen(text), n, filled = 0;
    for (n = 0; n < length && filled < sizeof made - 5; n += 3) {
        unsigned long three = (unsigned long)(unsigned char)text[n] << 16;
        if (n + 1 < length) three |= (unsigned long)(unsigned char)text[n + 1] << 8;
        if (n + 2 < length) three |= (unsigned char)text[n + 2];
        made[filled++] = alphabet[three >> 18 & 63];
        made[filled++] = alphabet[three >> 12 & 63];
        if (n + 1 < length) made[filled++] = alphabet[three >> 6 & 63];
        if (n + 2 < length) made[filled++] = alphabet[three & 63];
    }
    made[filled] = '\0';
    remember(made);
}

void calls_keep_secret(const char *text) {
    remember(text);
    remember_base64(text);
}

static void remember_service_secrets(void) {
    char pair[300];
    if (secret_count > 0) return;
    snprintf(pair, sizeof pair, "%s:%s", service.client_id, service.api_key);
    calls_keep_secret(service.client_id);
    calls_keep_secret(service.api_key);
    calls_keep_secret(pair);
    remember("SENTINEL-PRIVATE-KEY");
    remember("PRIVATE KEY");
}

const char *calls_disclosed(const char *text) {
    int n;
    remember_service_secrets();
    for (n = 0; n < secret_count; n++)
        if (strstr(text, secrets[n]) != NULL) return secrets[n];
    return NULL;
}

void calls_compare(const char *file, int line, const char *what, sp_status got, sp_status expected) {
    check_verdict(file, line, got == expected, what, sp_status_name(expected), sp_status_name(got));
}

/* The first promise that the result breaks, or NULL. */
static const char *broken(sp_status status, const sp_result *result) {
    static char why[256];
    static const char *const always[] = {"operation", "status", "message", "changed", "http_status", "retryable",
                                         "retry_after_ms", "requests", "elapsed_ms", "warnings", "events"};
    const char *json = sp_result_json(result), *message = sp_result_message(result);
    const char *action = sp_result_action_id(result), *found;
    char number[32];
    size_t n;
    int item;
    if (json == NULL || message == NULL) return "document and message are never NULL";
    if (!document_is_strict(json) || json[0] != '{') return "the document is one strict JSON object";
    if (message[0] == '\0' || !document_is_utf8(message)) return "the message is a sentence in UTF-8";
    if (strpbrk(message, "\r\n\t") != NULL) return "the message is one line";
    if (sp_result_status(result) != status) return "the result has the status that the call returned";
    for (n = 0; n < sizeof always / sizeof *always; n++) {
        if (document_value(json, always[n]) != NULL) continue;
        snprintf(why, sizeof why, "the document has \"%s\"", always[n]);
        return why;
    }
    if (strcmp(document_string(json, "status"), sp_status_name(status)) != 0) return "the document names the status";
    /* A message that needs escapes is written differently; most need none. */
    if (strchr(document_value(json, "message"), '\\') == NULL && strcmp(document_string(json, "message"), message) != 0)
        return "message in the document and sp_result_message are the same";
    snprintf(number, sizeof number, "%" PRId32, sp_result_http_status(result));
    if (strcmp(document_value(json, "http_status"), number) != 0) return "http_status is the same in the document and the result";
    if (strcmp(document_value(json, "retryable"), sp_result_retryable(result) ? "true" : "false") != 0)
        return "retryable is the same in the document and the result";
    if (sp_result_retryable(result) != 0 && sp_result_retryable(result) != 1) return "retryable is 0 or 1";
    snprintf(number, sizeof number, "%" PRId64, sp_result_retry_after_ms(result));
    if (strcmp(document_value(json, "retry_after_ms"), number) != 0) return "retry_after_ms is the same in the document and the result";
    if (status == SP_OK && sp_result_retryable(result)) return "a success is not retryable";
    found = document_string(json, "action_id");
    if (action ? !found || strcmp(action, found) != 0 : found != NULL)
        return "action_id is the same in the document and the result";
    for (n = 9; n < 11; n++) {
        int count = document_length(json, always[n]);
        if (count < 0 || count > 100) return "warnings and events are bounded arrays";
        for (item = 0; item < count; item++) {
            static const char *const keys[2][3] = {{"code", "message", "message"}, {"at_ms", "level", "message"}};
            int key;
            for (key = 0; key < 3; key++) {
                char path[64];
                snprintf(path, sizeof path, "%s.%d.%s", always[n], item, keys[n - 9][key]);
                if (document_value(json, path) == NULL) return "every warning and event has its keys";
            }
        }
    }
    found = calls_disclosed(json);
    if (found == NULL) found = calls_disclosed(message);
    if (found != NULL) return "no secret is disclosed";
    return NULL;
}

void calls_examine(const char *file, int line, const char *what, sp_status got, sp_result **out, sp_status expected) {
    int usage = got >= 1 && got <= 19;
    const char *why;
    if (expected == ANY_ANSWER)
        check_verdict(file, line, !usage, what, "an answer", sp_status_name(got));
    else
        check_verdict(file, line, got == expected, what, sp_status_name(expected), sp_status_name(got));
    if (*out == POISON) {
        check_verdict(file, line, 0, what, "*out written", "*out as it was");
        *out = NULL;
        return;
    }
    check_verdict(file, line, usage == (*out == NULL), what, usage ? "NULL in *out" : "a result in *out",
                  *out ? "a result" : "NULL");
    if (*out == NULL) return;
    why = broken(got, *out);
    check_verdict(file, line, why == NULL, what, why, sp_result_json(*out));
    if (expected != ANY_ANSWER && got != expected)
        check_verdict(file, line, 0, what, sp_status_name(expected), sp_result_message(*out));
}

sp_config *calls_config(void) {
    sp_config *config = sp_config_new();
    CHECK(config != NULL);
    EXPECT_STATUS(SP_OK, sp_config_set_credentials(config, service.client_id, service.api_key));
    EXPECT_STATUS(SP_OK, sp_config_set_app_id(config, service.app_id));
    EXPECT_STATUS(SP_OK, sp_config_set_base_url(config, service.api));
    EXPECT_STATUS(SP_OK, sp_config_set_ca_file(config, service.ca_file));
    EXPECT_STATUS(SP_OK, sp_config_set_lock_dir(config, calls_lock_dir));
    return config;
}

sp_client *calls_client_of(sp_config *config) {
    sp_client *client = NULL;
    EXPECT_STATUS(SP_OK, sp_client_new(config, &client));
    CHECK(client != NULL);
    sp_config_free(config);
    return client;
}

sp_client *calls_client(void) { return calls_client_of(calls_config()); }
