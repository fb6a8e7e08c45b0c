/*
 * Maps one domain on a ServerPilot app: the app's list has it afterwards, and AutoSSL is on as soon as it can be.
 *
 *     cc -std=c99 map_domain.c -lserverpilot -o map_domain                                      (shared library)
 *     cc -std=c99 map_domain.c /usr/local/lib/libserverpilot.a -lm -lpthread -ldl -o map_domain (static library)
 *     SP_CLIENT_ID=… SP_API_KEY=… SP_APP_ID=… ./map_domain shop.example.org
 *
 * Exits with 0 if the domain is mapped, 75 if the same command may succeed later, 1 if somebody has to do something.
 * The key comes from the environment: whatever stands on the command line can be read by every user of the machine.
 */
#include <serverpilot.h>

#include <stdio.h>
#include <stdlib.h>

/* Gives a client, or says what is wrong with the settings and gives NULL. */
static sp_client *connect_client(void) {
    sp_config *config = sp_config_new();
    sp_client *client = NULL;
    sp_status status = sp_config_set_credentials(config, getenv("SP_CLIENT_ID"), getenv("SP_API_KEY"));

    if (status == SP_OK) status = sp_config_set_app_id(config, getenv("SP_APP_ID"));
    /* For a test server; unset, ServerPilot's own address and the system's certificates are used. */
    if (status == SP_OK && getenv("SP_BASE_URL")) status = sp_config_set_base_url(config, getenv("SP_BASE_URL"));
    if (status == SP_OK && getenv("SP_CA_FILE")) status = sp_config_set_ca_file(config, getenv("SP_CA_FILE"));
    if (status == SP_OK) status = sp_client_new(config, &client);
    sp_config_free(config); /* The client has its own copy; this one is wiped. */
    if (status != SP_OK) {
        fprintf(stderr, "%s: set SP_CLIENT_ID, SP_API_KEY and SP_APP_ID\n", sp_status_name(status));
    }
    return client;
}

int main(int argc, char **argv) {
    sp_client *client;
    sp_result *result = NULL;
    sp_status status;
    int end = EXIT_FAILURE;

    if (argc != 2) {
        fprintf(stderr, "usage: %s DOMAIN\n", argv[0]);
        return 64;
    }
    client = connect_client();
    if (client == NULL) return EXIT_FAILURE;

    status = sp_sync_domain(client, argv[1], SP_WWW_AUTO, &result);
    if (status == SP_OK) {
        printf("%s\n", sp_result_message(result));
        end = EXIT_SUCCESS;
    } else if (result == NULL) {
        /* The call itself was wrong, so nothing was sent and there is no result: here, no such domain can exist. */
        fprintf(stderr, "%s: %s\n", sp_status_name(status), argv[1]);
    } else {
        fprintf(stderr, "%s: %s\n", sp_status_name(status), sp_result_message(result));
        if (sp_result_retryable(result)) end = 75;
    }
    sp_result_free(result); /* Its strings end with it; every free takes NULL. */
    sp_client_free(client);
    return end;
}
