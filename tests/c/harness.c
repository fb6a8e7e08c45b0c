/*
 * Tours the C ABI against a ServerPilot server of the tests' own: every function, every NULL, bad
 * UTF-8, wrong use, fork, threads, SIGPIPE, and what must not be left behind. Needs no library but
 * libserverpilot and pthreads. Closes with "N passed, N failed".
 *
 * harness API_URL CA_FILE CONTROL_ADDRESS SITE_ADDRESS LOCK_DIR ROUNDS
 */
#define _GNU_SOURCE
#include <serverpilot.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <locale.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENT_ID "cid_DemoClient0001"
#define APP_ID "DemoApp0001"
/* In two halves, so that the scan of the process's memory does not find the program text. */
#define KEY_HEAD "demo-api-key-"
#define KEY_TAIL "SENTINEL-0001"

static int passed, failed;
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

static void check(int good, const char *what, int line) {
    pthread_mutex_lock(&counting);
    if (good) passed++; else { failed++; fprintf(stderr, "harness.c:%d: failed: %s\n", line, what); }
    pthread_mutex_unlock(&counting);
}
#define CHECK(condition) check((condition) != 0, #condition, __LINE__)

static void check_status(sp_status got, sp_status expected, const char *what, int line) {
    if (got != expected) fprintf(stderr, "harness.c:%d: got %s, expected %s\n", line, sp_status_name(got), sp_status_name(expected));
    check(got == expected, what, line);
}
#define STATUS(expected, call) check_status((call), (expected), #call, __LINE__)

static const char *api_url, *ca_file, *site, *lock_dir;
static struct sockaddr_in control;

/* One request to the server's control plane; gives its answer, valid until the next call. */
static const char *tell(const char *method, const char *path, const char *body) {
    static char answer[1 << 18];
    char request[16384];
    size_t length = 0;
    ssize_t got;
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    int size = snprintf(request, sizeof request, "%s /control/%s HTTP/1.1\r\nHost: control\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", method, path, strlen(body), body);
    if (connection < 0 || connect(connection, (struct sockaddr *)&control, sizeof control) != 0 || write(connection, request, (size_t)size) != size) {
        perror("control plane");
        exit(2);
    }
    while ((got = read(connection, answer + length, sizeof answer - 1 - length)) > 0) length += (size_t)got;
    answer[length] = '\0';
    close(connection);
    if (strncmp(answer, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "control plane: %s %s %s: %s\n", method, path, body, answer);
        exit(2);
    }
    return answer;
}

static int count_of(const char *text, const char *needle) {
    int count = 0;
    for (text = strstr(text, needle); text != NULL; text = strstr(text + 1, needle)) count++;
    return count;
}

static int requests(void) { return count_of(tell("GET", "requests", ""), "\"method\":"); }
static void forget_requests(void) { tell("DELETE", "requests", ""); }
static int listed(const char *name) {
    /* Only the app's current list counts: the state holds the previous one too. */
    char quoted[300];
    const char *list = strstr(tell("GET", "state", ""), "\"domains\":["), *end, *found;
    snprintf(quoted, sizeof quoted, "\"%s\"", name);
    end = list ? strchr(list, ']') : NULL;
    found = list ? strstr(list, quoted) : NULL;
    return found != NULL && end != NULL && found < end;
}

static sp_config *new_config(void) {
    sp_config *config = sp_config_new();
    char key[] = KEY_HEAD "\0" KEY_TAIL;
    memmove(key + strlen(KEY_HEAD), KEY_TAIL, sizeof KEY_TAIL);
    STATUS(SP_OK, sp_config_set_credentials(config, CLIENT_ID, key));
    explicit_bzero(key, sizeof key);
    STATUS(SP_OK, sp_config_set_app_id(config, APP_ID));
    STATUS(SP_OK, sp_config_set_base_url(config, api_url));
    STATUS(SP_OK, sp_config_set_ca_file(config, ca_file));
    STATUS(SP_OK, sp_config_set_lock_dir(config, lock_dir));
    STATUS(SP_OK, sp_config_set_user_agent(config, "harness/1"));
    STATUS(SP_OK, sp_config_set_timeouts(config, 0, 0, 0));
    return config;
}

static sp_client *client_of(const sp_config *config) {
    sp_client *client = NULL;
    STATUS(SP_OK, sp_client_new(config, &client));
    CHECK(client != NULL);
    return client;
}

static sp_client *new_client(void) {
    sp_config *config = new_config();
    sp_client *client = client_of(config);
    sp_config_free(config);
    return client;
}

/* What holds for every result, whatever it says. Takes the result. */
static void examine(sp_status status, sp_result *result, int line) {
    const char *json = sp_result_json(result), *message = sp_result_message(result);
    static const char *secrets[] = {CLIENT_ID, KEY_HEAD KEY_TAIL, "PRIVATE", "Y2lkX0RlbW9DbGllbnQwMDAx"};
    char status_key[64];
    size_t n;
    if (status >= 1 && status <= 19) {
        check(result == NULL, "no result for the caller's mistake", line);
        return;
    }
    check(result != NULL && json != NULL && message != NULL, "a result for everything else", line);
    if (result == NULL || json == NULL || message == NULL) return;
    check(sp_result_status(result) == status, "the result has the status the call gave", line);
    check(json[0] == '{' && json[strlen(json) - 1] == '}' && message[0] != '\0', "a document and a sentence", line);
    snprintf(status_key, sizeof status_key, "\"status\":\"%s\"", sp_status_name(status));
    check(strstr(json, status_key) != NULL, "the document names the status", line);
    for (n = 0; n < sizeof secrets / sizeof *secrets; n++)
        check(strstr(json, secrets[n]) == NULL && strstr(message, secrets[n]) == NULL, "no secret", line);
    sp_result_free(result);
}

static sp_result *const POISON = (sp_result *)(uintptr_t)0x5a5a5a50;
#define CALL(expected, call) do { sp_result *out_ = POISON, **out = &out_; sp_status got_ = (call); \
    check_status(got_, (expected), #call, __LINE__); check(out_ != POISON, "out is always written", __LINE__); \
    examine(got_, out_ == POISON ? NULL : out_, __LINE__); } while (0)

/* The same, and the document has to hold a text. */
#define DOCUMENT(expected, text, call) do { sp_result *out_ = POISON, **out = &out_; sp_status got_ = (call); \
    check_status(got_, (expected), #call, __LINE__); \
    if (out_ != POISON && out_ != NULL && strstr(sp_result_json(out_), (text)) == NULL) { \
        fprintf(stderr, "harness.c:%d: no %s in %s\n", __LINE__, (text), sp_result_json(out_)); check(0, #text, __LINE__); } \
    else check(out_ != POISON && out_ != NULL, #text, __LINE__); \
    examine(got_, out_ == POISON ? NULL : out_, __LINE__); } while (0)

static void numbers_and_names(void) {
    static const struct { sp_status number; const char *name; } table[] = {
        {0, "SP_OK"}, {1, "SP_ERR_NULL_ARGUMENT"}, {2, "SP_ERR_INVALID_UTF8"}, {3, "SP_ERR_INVALID_ARGUMENT"},
        {4, "SP_ERR_INVALID_DOMAIN"}, {5, "SP_ERR_NOT_CONFIGURED"}, {6, "SP_ERR_STATE"}, {7, "SP_ERR_PANIC"},
        {20, "SP_ERR_TIMEOUT"}, {21, "SP_ERR_NETWORK"}, {22, "SP_ERR_TLS"}, {23, "SP_ERR_LOCK_TIMEOUT"},
        {40, "SP_ERR_BAD_REQUEST"}, {41, "SP_ERR_AUTH"}, {42, "SP_ERR_PAYMENT_REQUIRED"}, {43, "SP_ERR_FORBIDDEN"},
        {44, "SP_ERR_NOT_FOUND"}, {45, "SP_ERR_CONFLICT"}, {46, "SP_ERR_RATE_LIMITED"}, {47, "SP_ERR_SERVER"},
        {48, "SP_ERR_PROTOCOL"}, {60, "SP_ERR_DOMAIN_LIMIT"}, {61, "SP_ERR_PROTECTED"},
        {62, "SP_ERR_AUTOSSL_UNAVAILABLE"}, {63, "SP_ERR_CUSTOM_CERTIFICATE"}, {64, "SP_ERR_NOT_APPLIED"},
        {65, "SP_ERR_CERTIFICATE"}, {66, "SP_ERR_ACTION_FAILED"}, {67, "SP_ERR_BLOCKED_ADDRESS"}};
    size_t n;
    for (n = 0; n < sizeof table / sizeof *table; n++) CHECK(strcmp(sp_status_name(table[n].number), table[n].name) == 0);
    CHECK(sp_status_name(-1) != NULL && sp_status_name(8) != NULL && sp_status_name(INT32_MAX) != NULL);
    CHECK(sp_abi_version() == 1 && strlen(sp_version()) >= 5);
    CHECK(SP_WWW_AUTO == 0 && SP_WWW_ALWAYS == 1 && SP_WWW_NEVER == 2 && SP_NO_AUTOSSL == 4 && SP_DRY_RUN == 8);
}

static void settings(void) {
    static const char *bad = "\xff\xfe";
    sp_config *config = sp_config_new();
    size_t n;
    sp_status (*const one_string[])(sp_config *, const char *) = {sp_config_set_app_id, sp_config_set_base_url,
        sp_config_set_ca_file, sp_config_set_proxy, sp_config_set_user_agent, sp_config_set_lock_dir, sp_config_protect_domain};
    for (n = 0; n < sizeof one_string / sizeof *one_string; n++) {
        STATUS(SP_ERR_NULL_ARGUMENT, one_string[n](NULL, "a"));
        STATUS(SP_ERR_NULL_ARGUMENT, one_string[n](config, NULL));
        STATUS(SP_ERR_INVALID_UTF8, one_string[n](config, bad));
    }
    STATUS(SP_ERR_NULL_ARGUMENT, sp_config_set_credentials(NULL, "a", "b"));
    STATUS(SP_ERR_NULL_ARGUMENT, sp_config_set_credentials(config, NULL, "b"));
    STATUS(SP_ERR_NULL_ARGUMENT, sp_config_set_credentials(config, "a", NULL));
    STATUS(SP_ERR_INVALID_UTF8, sp_config_set_credentials(config, bad, "b"));
    STATUS(SP_ERR_INVALID_UTF8, sp_config_set_credentials(config, "a", bad));
    STATUS(SP_ERR_INVALID_ARGUMENT, sp_config_set_credentials(config, "", "b"));
    STATUS(SP_ERR_INVALID_ARGUMENT, sp_config_set_credentials(config, "a", " "));
    STATUS(SP_ERR_INVALID_ARGUMENT, sp_config_set_app_id(config, "../servers/1"));
    STATUS(SP_ERR_INVALID_ARGUMENT, sp_config_set_base_url(config, "http://api.serverpilot.io/v1"));
    STATUS(SP_OK, sp_config_set_base_url(config, "http://127.0.0.1:1/v1"));
    STATUS(SP_ERR_INVALID_ARGUMENT, sp_config_set_ca_file(config, "/nonexistent"));
    STATUS(SP_ERR_INVALID_ARGUMENT, sp_config_set_proxy(config, "socks5://127.0.0.1:1"));
    STATUS(SP_ERR_INVALID_ARGUMENT, sp_config_set_user_agent(config, "a\r\nb"));
    STATUS(SP_ERR_INVALID_ARGUMENT, sp_config_set_lock_dir(config, "relative"));
    STATUS(SP_ERR_INVALID_DOMAIN, sp_config_protect_domain(config, "*.example.org"));
    STATUS(SP_ERR_NULL_ARGUMENT, sp_config_set_timeouts(NULL, 1, 1, 1));
    sp_config_free(config);
    sp_config_free(NULL);
    sp_client_free(NULL);
    sp_result_free(NULL);
    CHECK(sp_result_json(NULL) == NULL && sp_result_message(NULL) == NULL && sp_result_action_id(NULL) == NULL);
    CHECK(sp_result_http_status(NULL) == 0 && sp_result_retryable(NULL) == 0 && sp_result_retry_after_ms(NULL) == 0);
    CHECK(sp_result_status(NULL) == SP_ERR_NULL_ARGUMENT);
}

static void wrong_use(void) {
    static const char *bad = "a\xc3(.org";
    sp_client *client = new_client(), *bare, *poisoned = (sp_client *)(uintptr_t)0x5a5a5a50;
    sp_config *config = sp_config_new();
    STATUS(SP_ERR_NULL_ARGUMENT, sp_client_new(NULL, &poisoned));
    CHECK(poisoned == NULL);
    STATUS(SP_ERR_NULL_ARGUMENT, sp_client_new(config, NULL));
    bare = client_of(config);

    CALL(SP_ERR_NULL_ARGUMENT, sp_sync_domain(NULL, "a.org", 0, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_sync_domain(client, NULL, 0, out));
    CALL(SP_ERR_INVALID_UTF8, sp_sync_domain(client, bad, 0, out));
    CALL(SP_ERR_INVALID_DOMAIN, sp_sync_domain(client, "127.0.0.1", 0, out));
    CALL(SP_ERR_INVALID_ARGUMENT, sp_sync_domain(client, "a.org", 16, out));
    CALL(SP_ERR_INVALID_ARGUMENT, sp_sync_domain(client, "a.org", SP_WWW_ALWAYS | SP_WWW_NEVER, out));
    CALL(SP_ERR_NOT_CONFIGURED, sp_sync_domain(bare, "a.org", 0, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_remove_domain(NULL, "a.org", 0, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_remove_domain(client, NULL, 0, out));
    CALL(SP_ERR_INVALID_UTF8, sp_remove_domain(client, bad, 0, out));
    CALL(SP_ERR_INVALID_DOMAIN, sp_remove_domain(client, "*.a.org", 0, out));
    CALL(SP_ERR_INVALID_ARGUMENT, sp_remove_domain(client, "a.org", 0x80000000u, out));
    CALL(SP_ERR_NOT_CONFIGURED, sp_remove_domain(bare, "a.org", 0, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_enable_autossl(NULL, out));
    CALL(SP_ERR_NOT_CONFIGURED, sp_enable_autossl(bare, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_check_ssl(NULL, "a.org", NULL, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_check_ssl(client, NULL, NULL, out));
    CALL(SP_ERR_INVALID_UTF8, sp_check_ssl(client, bad, NULL, out));
    CALL(SP_ERR_INVALID_UTF8, sp_check_ssl(client, "a.org", bad, out));
    CALL(SP_ERR_INVALID_ARGUMENT, sp_check_ssl(client, "a.org", "{\"typo\":1}", out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_check_ssl_many(NULL, "[]", NULL, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_check_ssl_many(client, NULL, NULL, out));
    CALL(SP_ERR_INVALID_UTF8, sp_check_ssl_many(client, bad, NULL, out));
    CALL(SP_ERR_INVALID_ARGUMENT, sp_check_ssl_many(client, "{}", NULL, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_diagnose(NULL, "a.org", NULL, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_diagnose(client, NULL, NULL, out));
    CALL(SP_ERR_INVALID_UTF8, sp_diagnose(client, bad, NULL, out));
    CALL(SP_ERR_INVALID_ARGUMENT, sp_diagnose(client, "a.org", "[1]", out));
    CALL(SP_ERR_NOT_CONFIGURED, sp_diagnose(bare, "a.org", NULL, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_apply(NULL, "{}", out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_apply(client, NULL, out));
    CALL(SP_ERR_INVALID_UTF8, sp_apply(client, bad, out));
    CALL(SP_ERR_INVALID_ARGUMENT, sp_apply(client, "{\"add\":[\"a.org\"],\"typo\":1}", out));
    CALL(SP_ERR_INVALID_DOMAIN, sp_apply(client, "{\"add\":[\"no name\"]}", out));
    CALL(SP_ERR_NOT_CONFIGURED, sp_apply(bare, "{\"add\":[]}", out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_inspect_app(NULL, out));
    CALL(SP_ERR_NOT_CONFIGURED, sp_inspect_app(bare, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_action_status(NULL, "a", out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_action_status(client, NULL, out));
    CALL(SP_ERR_INVALID_UTF8, sp_action_status(client, bad, out));
    CALL(SP_ERR_INVALID_ARGUMENT, sp_action_status(client, "a/b", out));
    CALL(SP_ERR_NOT_CONFIGURED, sp_action_status(bare, "a", out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_wait_action(NULL, "a", 1, out));
    CALL(SP_ERR_NULL_ARGUMENT, sp_wait_action(client, NULL, 1, out));
    CALL(SP_ERR_INVALID_ARGUMENT, sp_wait_action(client, "", 1, out));
    /* The same without anybody to give a result to. */
    STATUS(SP_ERR_NULL_ARGUMENT, sp_sync_domain(NULL, NULL, 0, NULL));
    STATUS(SP_OK, sp_inspect_app(client, NULL));
    CHECK(requests() == 2);
    sp_client_free(bare);
    sp_client_free(client);
    sp_config_free(config);
}

static void main_job(void) {
    sp_config *config = new_config();
    sp_client *client;
    sp_result *result = NULL;
    char action[80] = "", options[128], many[32 * 310] = "{\"add\":[";
    int n;
    tell("POST", "reset", "");
    STATUS(SP_OK, sp_config_protect_domain(config, "network.example.org"));
    client = client_of(config);
    sp_config_free(config);

    tell("POST", "app", "{\"domains\":[\"network.example.org\",\"*.example.com\",\"203.0.113.9\",\"Mixed.Example.NET\"]}");
    DOCUMENT(SP_OK, "\"added\":[\"shop.example.org\"]", sp_sync_domain(client, "  Shop.Example.org. ", 0, out));
    CHECK(requests() == 2 && listed("shop.example.org") && listed("Mixed.Example.NET"));
    CHECK(strstr(tell("GET", "counters", ""), "\"connections\":1,") != NULL);
    forget_requests();
    DOCUMENT(SP_OK, "\"changed\":false", sp_sync_domain(client, "shop.example.org", 0, out));
    DOCUMENT(SP_OK, "\"changed\":false", sp_sync_domain(client, "mixed.example.net", SP_WWW_NEVER, out));
    CHECK(requests() == 2);
    tell("POST", "close-connections", "");
    DOCUMENT(SP_OK, "\"changed\":false", sp_sync_domain(client, "shop.example.org", 0, out));
    DOCUMENT(SP_OK, "\"dry_run\":true", sp_sync_domain(client, "dry.example.org", SP_DRY_RUN, out));
    CHECK(!listed("dry.example.org"));
    DOCUMENT(SP_OK, "\"added\":[\"bakery-example.net\",\"www.bakery-example.net\"]", sp_sync_domain(client, "bakery-example.net", 0, out));
    DOCUMENT(SP_OK, "\"added\":[\"xn--bcher-kva.example\"]", sp_sync_domain(client, "B\xc3\x9c" "CHER.example", SP_WWW_NEVER | SP_NO_AUTOSSL, out));
    DOCUMENT(SP_OK, "\"removed\":[\"bakery-example.net\"]", sp_remove_domain(client, "bakery-example.net", SP_WWW_NEVER, out));
    CHECK(listed("www.bakery-example.net") && listed("*.example.com") && listed("203.0.113.9"));
    DOCUMENT(SP_OK, "\"changed\":false", sp_remove_domain(client, "never.example.org", 0, out));
    CALL(SP_ERR_PROTECTED, sp_remove_domain(client, "network.example.org", 0, out));
    CHECK(listed("network.example.org"));

    STATUS(SP_OK, sp_apply(client, "{\"add\":[\"one.example.org\"],\"remove\":[\"shop.example.org\"],\"www\":\"never\"}", &result));
    CHECK(listed("one.example.org") && !listed("shop.example.org"));
    CHECK(sp_result_http_status(result) == 200 && sp_result_retryable(result) == 0);
    if (sp_result_action_id(result)) snprintf(action, sizeof action, "%s", sp_result_action_id(result));
    CHECK(action[0] != '\0');
    sp_result_free(result);
    DOCUMENT(SP_OK, "\"skipped\":[{", sp_apply(client, "{\"desired\":[\"two.example.org\",\"no name\"],\"owned\":[\"one.example.org\"],\"www\":\"never\"}", out));
    CHECK(listed("two.example.org") && !listed("one.example.org") && listed("www.bakery-example.net"));
    for (n = 0; n < 300; n++) sprintf(many + strlen(many), "%s\"n%d.example.org\"", n ? "," : "", n);
    strcat(many, "],\"www\":\"never\"}");
    CALL(SP_ERR_DOMAIN_LIMIT, sp_apply(client, many, out));
    CHECK(!listed("n0.example.org"));

    DOCUMENT(SP_OK, "\"status\":\"open\"", sp_action_status(client, action, out));
    CALL(SP_ERR_TIMEOUT, sp_wait_action(client, action, 1, out));
    tell("POST", "clock", "{\"advance_s\":60}");
    DOCUMENT(SP_OK, "\"status\":\"success\"", sp_wait_action(client, action, 2000, out));
    CALL(SP_ERR_NOT_FOUND, sp_action_status(client, "nosuch", out));

    STATUS(SP_ERR_AUTOSSL_UNAVAILABLE, sp_enable_autossl(client, &result));
    CHECK(sp_result_retryable(result) == 1 && sp_result_retry_after_ms(result) > 0);
    examine(SP_ERR_AUTOSSL_UNAVAILABLE, result, __LINE__);
    tell("POST", "clock", "{\"advance_s\":600}");
    DOCUMENT(SP_OK, "\"state\":\"enabled\"", sp_enable_autossl(client, out));
    DOCUMENT(SP_OK, "\"state\":\"already_enabled\"", sp_enable_autossl(client, out));
    DOCUMENT(SP_OK, "\"mode\":\"auto\"", sp_inspect_app(client, out));
    snprintf(options, sizeof options, "{\"connect_to\":\"%s\"}", site);
    DOCUMENT(SP_OK, "\"reason\":\"ok\"", sp_check_ssl(client, "two.example.org", options, out));
    DOCUMENT(SP_ERR_CERTIFICATE, "\"reason\":\"self_signed\"", sp_check_ssl(client, "other.example.org", options, out));
    DOCUMENT(SP_OK, "\"results\":[{", sp_check_ssl_many(client, "[\"two.example.org\",\"other.example.org\"]", options, out));
    DOCUMENT(SP_OK, "\"cause\":\"", sp_diagnose(client, "two.example.org", "{\"dns_servers\":[\"127.0.0.1:9\"],\"timeout_ms\":500}", out));
    tell("POST", "app", "{\"ssl\":\"custom\"}");
    CALL(SP_ERR_CUSTOM_CERTIFICATE, sp_enable_autossl(client, out));
    DOCUMENT(SP_OK, "\"state\":\"custom_certificate\"", sp_sync_domain(client, "three.example.org", 0, out));
    sp_client_free(client);
}

static void refusals(void) {
    sp_config *config = new_config();
    sp_client *client;
    sp_result *result = NULL;
    STATUS(SP_OK, sp_config_set_credentials(config, CLIENT_ID, "wrong"));
    client = client_of(config);
    STATUS(SP_ERR_AUTH, sp_sync_domain(client, "shop.example.org", 0, &result));
    CHECK(strstr(sp_result_message(result), "WU_SERVER_PILOT_CLIENT_ID") && strstr(sp_result_message(result), "WU_SERVER_PILOT_API_KEY"));
    CHECK(sp_result_http_status(result) == 401 && sp_result_retryable(result) == 0);
    examine(SP_ERR_AUTH, result, __LINE__);
    sp_client_free(client);
    STATUS(SP_OK, sp_config_set_app_id(config, "NoSuchApp"));
    sp_config_free(config);
    client = new_client();
    tell("POST", "faults", "{\"kind\":\"echo_secrets\",\"code\":400,\"on\":\"any\"}");
    CALL(SP_ERR_BAD_REQUEST, sp_inspect_app(client, out));
    tell("POST", "faults", "{\"kind\":\"status\",\"code\":302,\"on\":\"any\"}");
    CALL(SP_ERR_PROTOCOL, sp_inspect_app(client, out));
    tell("POST", "faults", "{\"kind\":\"close_after_request\",\"on\":\"list\",\"apply\":true}");
    DOCUMENT(SP_OK, "\"applied\":\"yes\"", sp_sync_domain(client, "lost.example.org", 0, out));
    CHECK(listed("lost.example.org"));
    tell("DELETE", "faults", "");
    sp_client_free(client);
}

/* A peer that resets must not end the host: SIGPIPE has its default disposition here. */
static void signals_and_surroundings(void) {
    sp_client *client = new_client();
    struct sigaction before, after;
    sigset_t mask_before, mask_after;
    char here[4096], there[4096];
    int n;
    sigaction(SIGPIPE, NULL, &before);
    CHECK(before.sa_handler == SIG_DFL);
    pthread_sigmask(SIG_BLOCK, NULL, &mask_before);
    CHECK(getcwd(here, sizeof here) != NULL);
    for (n = 0; n < 6; n++) {
        tell("POST", "faults", "[{\"kind\":\"reset_after_request\",\"on\":\"any\"},{\"kind\":\"reset_before_request\"}]");
        sp_sync_domain(client, "pipe.example.org", 0, NULL);
    }
    tell("DELETE", "faults", "");
    CALL(SP_OK, sp_sync_domain(client, "pipe.example.org", 0, out));
    sigaction(SIGPIPE, NULL, &after);
    pthread_sigmask(SIG_BLOCK, NULL, &mask_after);
    CHECK(after.sa_handler == SIG_DFL && memcmp(&mask_before, &mask_after, sizeof mask_before / 16) == 0);
    CHECK(getcwd(there, sizeof there) != NULL && strcmp(here, there) == 0 && strcmp(setlocale(LC_ALL, NULL), "C") == 0);
    sp_client_free(client);
}

static int in_child(sp_client *client, int use, int release) {
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        int good = 1;
        sp_result *result = NULL;
        if (use) good = sp_sync_domain(client, "child.example.org", 0, &result) == SP_OK && result != NULL;
        sp_result_free(result);
        if (release) sp_client_free(client);
        _exit(good ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void forks(int rounds) {
    sp_client *client = new_client();
    int n;
    CHECK(in_child(client, 1, 1)); /* before the first use */
    CALL(SP_OK, sp_sync_domain(client, "parent.example.org", 0, out));
    for (n = 0; n < rounds; n++) {
        CHECK(in_child(client, 1, 1));
        CHECK(in_child(client, 0, 1));
        CHECK(in_child(client, 1, 0));
        forget_requests();
        CALL(SP_OK, sp_sync_domain(client, "parent.example.org", 0, out));
        CHECK(requests() == 1);
    }
    sp_client_free(client);
}

struct work { sp_client *shared; int number, rounds; };

static void *work(void *argument) {
    struct work *work = argument;
    sp_client *client = work->shared ? work->shared : new_client();
    char name[64];
    int n;
    snprintf(name, sizeof name, "thread%d%s.example.org", work->number, work->shared ? "s" : "o");
    for (n = 0; n < work->rounds; n++) {
        CALL(SP_OK, sp_sync_domain(client, name, SP_NO_AUTOSSL, out));
        CALL(SP_OK, sp_inspect_app(client, out));
    }
    if (!work->shared) sp_client_free(client);
    return NULL;
}

static void threads(int shared, int rounds) {
    enum { MANY = 16 };
    pthread_t thread[MANY];
    struct work todo[MANY];
    sp_client *client = shared ? new_client() : NULL;
    char name[64];
    int n;
    for (n = 0; n < MANY; n++) {
        todo[n].shared = client;
        todo[n].number = n;
        todo[n].rounds = rounds;
        CHECK(pthread_create(&thread[n], NULL, work, &todo[n]) == 0);
    }
    for (n = 0; n < MANY; n++) pthread_join(thread[n], NULL);
    for (n = 0; n < MANY; n++) {
        snprintf(name, sizeof name, "thread%d%s.example.org", n, shared ? "s" : "o");
        CHECK(listed(name)); /* 16 writers at once, and nobody's name is lost */
    }
    sp_client_free(client);
}

static int entries(const char *path) {
    DIR *dir = opendir(path);
    int count = 0;
    while (dir && readdir(dir)) count++;
    if (dir) closedir(dir);
    return count;
}

static void nothing_left(int rounds) {
    int files, n, threads = 0;
    sp_client *client = new_client();
    CALL(SP_OK, sp_sync_domain(client, "flat.example.org", 0, out));
    sp_client_free(client);
    files = entries("/proc/self/fd");
    for (n = 0; n < rounds * 20; n++) {
        client = new_client();
        CALL(SP_OK, sp_sync_domain(client, "flat.example.org", 0, out));
        sp_client_free(client);
    }
    CHECK(entries("/proc/self/fd") == files);
    for (n = 0; n < 100; n++) {
        const struct timespec pause = {0, 20000000};
        threads = entries("/proc/self/task") - 2;
        if (threads == 1) break;
        nanosleep(&pause, NULL);
    }
    CHECK(threads == 1);
}

/* How often head immediately followed by tail stands in this process's writable memory. */
static long in_memory(const char *head, const char *tail) {
    FILE *maps = fopen("/proc/self/maps", "r"), *memory = fopen("/proc/self/mem", "rb");
    char line[512], rights[8];
    unsigned long from, to;
    size_t heads = strlen(head), tails = strlen(tail), n, got;
    long found = 0;
    while (maps && memory && fgets(line, sizeof line, maps)) {
        char *copy;
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[0] != 'r' || rights[1] != 'w' || strstr(line, "[v")) continue;
        copy = malloc(to - from);
        if (!copy || fseek(memory, (long)from, SEEK_SET) != 0) { free(copy); continue; }
        got = fread(copy, 1, to - from, memory);
        for (n = 0; n + heads + tails <= got; n++)
            if (memcmp(copy + n, head, heads) == 0 && memcmp(copy + n + heads, tail, tails) == 0) found++;
        explicit_bzero(copy, to - from);
        free(copy);
    }
    if (maps) fclose(maps);
    if (memory) fclose(memory);
    return found;
}

static void wiped(int look) {
    sp_client *client = new_client();
    CALL(SP_OK, sp_inspect_app(client, out));
    if (look) CHECK(in_memory(KEY_HEAD, KEY_TAIL) > 0); /* the scan can see it while it is there */
    CALL(SP_OK, sp_sync_domain(client, "wiped.example.org", 0, out));
    sp_client_free(client);
    if (!look) return;
    CHECK(in_memory(KEY_HEAD, KEY_TAIL) == 0);
    CHECK(in_memory("Y2lkX0RlbW9DbGll", "bnQwMDAxOmRlbW8t") == 0); /* as it is sent, in base64 */
    CHECK(in_memory("SENTINEL-PRI", "VATE-KEY-0001") == 0);         /* came with every answer */
}

int main(int argc, char **argv) {
    char *colon;
    int rounds, printed[2], kept[2], size;
    char said[256];
    if (argc != 7) return fprintf(stderr, "usage: harness API_URL CA_FILE CONTROL SITE LOCK_DIR ROUNDS\n"), 2;
    api_url = argv[1];
    ca_file = argv[2];
    site = argv[4];
    lock_dir = argv[5];
    rounds = atoi(argv[6]);
    colon = strrchr(argv[3], ':');
    control.sin_family = AF_INET;
    control.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    control.sin_port = htons((uint16_t)(colon ? atoi(colon + 1) : 0));
    tell("POST", "reset", "");

    /* What the library would print ends up in a pipe that has to stay empty. */
    numbers_and_names();
    settings();
    fflush(stdout);
    if (pipe(printed) != 0) return 2;
    kept[0] = dup(1);
    dup2(printed[1], 1);
    wrong_use();
    main_job();
    refusals();
    signals_and_surroundings();
    dup2(kept[0], 1);
    close(printed[1]);
    close(kept[0]);
    size = (int)read(printed[0], said, sizeof said);
    CHECK(size == 0);
    close(printed[0]);

    tell("POST", "reset", "");
    forks(rounds);
    threads(1, rounds);
    threads(0, rounds);
    nothing_left(rounds);
    wiped(rounds > 1); /* an instrumented process keeps freed memory, so there it is not looked at */
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
