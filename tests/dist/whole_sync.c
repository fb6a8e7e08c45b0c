/*
 * A whole sync as a host does it: the app is read, a name comes, comes again, is exchanged for another
 * one and goes; its certificate is checked; a wrong key is refused. Also valid as C++. Takes what it
 * needs from the environment, and must not need anything but the library and C's own.
 */
#include <serverpilot.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

static void expect(int holds, const char *what, const char *document) {
    if (holds) return;
    failures++;
    fprintf(stderr, "whole_sync: %s: %.600s\n", what, document ? document : "no document");
}

/* Checks the status and that the document has every one of up to three texts; frees the result. */
static void ended(const char *what, sp_status status, sp_status wanted, sp_result *result, const char *one, const char *two) {
    const char *document = sp_result_json(result);
    expect(status == wanted, what, document ? document : sp_status_name(status));
    expect(document && (one == NULL || strstr(document, one)), what, document);
    expect(document && (two == NULL || strstr(document, two)), what, document);
    sp_result_free(result);
}

static sp_client *connected(const char *api_key) {
    sp_client *client = NULL;
    sp_config *config = sp_config_new();
    sp_config_set_credentials(config, getenv("SP_CLIENT_ID"), api_key);
    sp_config_set_app_id(config, getenv("SP_APP_ID"));
    sp_config_set_base_url(config, getenv("SP_BASE_URL"));
    sp_config_set_ca_file(config, getenv("SP_CA_FILE"));
    expect(sp_client_new(config, &client) == SP_OK, "a client is made", NULL);
    sp_config_free(config);
    return client;
}

int main(void) {
    sp_client *client = connected(getenv("SP_API_KEY")), *stranger = connected("not-the-key");
    sp_result *result = NULL;
    sp_status status;
    char options[128];

    expect(sp_abi_version() == 1, "ABI 1", NULL);
    status = sp_inspect_app(client, &result);
    ended("the app is read", status, SP_OK, result, "\"operation\":\"inspect\"", NULL);
    status = sp_sync_domain(client, "shop.example.org", SP_WWW_NEVER, &result);
    ended("a name comes", status, SP_OK, result, "\"added\":[\"shop.example.org\"]", "\"applied\":\"yes\"");
    status = sp_sync_domain(client, "SHOP.example.org.", SP_WWW_NEVER, &result);
    ended("it is there", status, SP_OK, result, "\"changed\":false", "\"unchanged\":[\"shop.example.org\"]");
    status = sp_apply(client, "{\"add\":[\"blog.example.org\"],\"remove\":[\"shop.example.org\"],\"www\":\"never\"}", &result);
    ended("it is exchanged", status, SP_OK, result, "\"added\":[\"blog.example.org\"]", "\"removed\":[\"shop.example.org\"]");
    snprintf(options, sizeof options, "{\"connect_to\":\"%s\"}", getenv("SP_SITE"));
    status = sp_check_ssl(client, "blog.example.org", options, &result);
    ended("its certificate is checked", status, SP_ERR_CERTIFICATE, result, "\"reason\":\"self_signed\"", "\"tls_version\":\"TLSv1.3\"");
    status = sp_remove_domain(client, "blog.example.org", SP_WWW_NEVER, &result);
    ended("it goes", status, SP_OK, result, "\"removed\":[\"blog.example.org\"]", "\"applied\":\"yes\"");
    status = sp_sync_domain(client, "kept.example.org", SP_WWW_NEVER, &result);
    ended("another one stays", status, SP_OK, result, "\"applied\":\"yes\"", NULL);
    status = sp_sync_domain(stranger, "shop.example.org", SP_WWW_NEVER, &result);
    ended("a wrong key is refused", status, SP_ERR_AUTH, result, "\"applied\":\"no\"", NULL);

    sp_client_free(stranger);
    sp_client_free(client);
    if (failures == 0) printf("whole sync with %s\n", sp_version());
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
