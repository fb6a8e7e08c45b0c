/*
 * Searches the process's own writable memory: the API key and the client ID, in plain and as sent, must
 * be gone once config and client are freed, and so must the private key that came with every answer.
 * This program keeps none of them itself: they are passed in as hexadecimal digits and assembled for
 * one call, and the search pattern is kept with every octet masked. Ends with "N passed, N failed".
 *
 *     wiping CONTROL API_URL CA_FILE APP_ID LOCK_DIR CLIENT_ID API_KEY PRIVATE_KEY_MARK
 */
#define _POSIX_C_SOURCE 200809L
#include <serverpilot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "service.h"

enum { MASK = 0x5a, MAX_LENGTH = 128 };

static const char *api, *ca_file, *app_id, *lock_dir;

/* Not memset, which a compiler omits if nothing reads the memory afterwards. */
static void wipe(void *memory, size_t size) {
    volatile unsigned char *octet = memory;
    while (size--) *octet++ = 0;
}

static unsigned nibble(char digit) { return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10); }

static unsigned octet_of(const char *hex, size_t n) { return nibble(hex[2 * n]) << 4 | nibble(hex[2 * n + 1]); }

/* A search pattern, masked. */
struct needle {
    const char *name;
    unsigned char masked[MAX_LENGTH];
    size_t length;
};

static struct needle plain(const char *name, const char *hex) {
    struct needle needle;
    size_t n;
    needle.name = name;
    needle.length = strlen(hex) / 2;
    if (needle.length > MAX_LENGTH) exit(2);
    for (n = 0; n < needle.length; n++) needle.masked[n] = (unsigned char)(octet_of(hex, n) ^ MASK);
    return needle;
}

/* One octet of "client ID:key". */
static unsigned octet_of_pair(const char *id, const char *key, size_t n) {
    size_t ids = strlen(id) / 2;
    return n < ids ? octet_of(id, n) : n == ids ? ':' : octet_of(key, n - ids - 1);
}

/* The pair in base64 (RFC 4648), masked while it is encoded; without the group that has padding. */
static struct needle as_sent(const char *id, const char *key) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct needle needle;
    size_t length = strlen(id) / 2 + 1 + strlen(key) / 2, n;
    needle.name = "client ID and key in base64";
    needle.length = 0;
    for (n = 0; n + 3 <= length && needle.length + 4 <= MAX_LENGTH; n += 3) {
        unsigned long three = (unsigned long)octet_of_pair(id, key, n) << 16 |
                              (unsigned long)octet_of_pair(id, key, n + 1) << 8 | octet_of_pair(id, key, n + 2);
        int shift;
        for (shift = 18; shift >= 0; shift -= 6)
            needle.masked[needle.length++] = (unsigned char)(alphabet[three >> shift & 63] ^ MASK);
    }
    return needle;
}

/* The allocator may have overwritten the first octets of a freed block, so any piece of this length
 * counts as found. */
enum { PIECE = 12 };

static long count_in(const volatile unsigned char *from, const volatile unsigned char *to, const struct needle *needle) {
    long found = 0;
    size_t piece;
    for (; from + PIECE <= to; from++) {
        for (piece = 0; piece + PIECE <= needle->length; piece++) {
            size_t n = 0;
            while (n < PIECE && (*(from + n) ^ MASK) == needle->masked[piece + n]) n++;
            if (n == PIECE) found++;
        }
    }
    return found;
}

/* Counts pieces of the needle in all writable memory of this process. Reads it in place: a copy would
 * be found as well. */
static long search(const struct needle *needle) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512], rights[8];
    unsigned long from, to;
    long found = 0, regions = 0;
    while (maps && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3) continue;
        if (rights[0] != 'r' || rights[1] != 'w' || strstr(line, "[v")) continue;
        regions++;
        found += count_in((const volatile unsigned char *)from, (const volatile unsigned char *)to, needle);
    }
    if (maps) fclose(maps);
    CHECK(regions > 3);
    return found;
}

static void expect_gone(const struct needle *needle, const char *when) {
    char what[128];
    snprintf(what, sizeof what, "%s, %s", needle->name, when);
    check_number(__FILE__, __LINE__, search(needle), 0, what);
}

static sp_config *config_with(const char *id_hex, const char *key_hex) {
    sp_config *config = sp_config_new();
    char id[MAX_LENGTH + 1], key[MAX_LENGTH + 1];
    size_t n;
    for (n = 0; n < strlen(id_hex) / 2; n++) id[n] = (char)octet_of(id_hex, n);
    id[n] = '\0';
    for (n = 0; n < strlen(key_hex) / 2; n++) key[n] = (char)octet_of(key_hex, n);
    key[n] = '\0';
    CHECK_NUMBER(sp_config_set_credentials(config, id, key), SP_OK);
    wipe(id, sizeof id);
    wipe(key, sizeof key);
    CHECK_NUMBER(sp_config_set_app_id(config, app_id), SP_OK);
    CHECK_NUMBER(sp_config_set_base_url(config, api), SP_OK);
    CHECK_NUMBER(sp_config_set_ca_file(config, ca_file), SP_OK);
    CHECK_NUMBER(sp_config_set_lock_dir(config, lock_dir), SP_OK);
    return config;
}

int main(int argc, char **argv) {
    struct needle id, key, pair, private_key;
    const char *id_hex, *key_hex;
    sp_config *config;
    sp_client *client = NULL, *second = NULL;
    char *wrong;
    unsigned char *copy;
    int n;
    if (argc != 9) {
        fprintf(stderr, "usage: wiping CONTROL API_URL CA_FILE APP_ID LOCK_DIR CLIENT_ID API_KEY PRIVATE_KEY_MARK\n");
        return 2;
    }
    /* Not from the ready line, which contains the key. */
    snprintf(service.control, sizeof service.control, "%s", argv[1]);
    service_reset();
    service_post("app", "{\"ssl\":\"custom\"}");
    api = argv[2], ca_file = argv[3], app_id = argv[4], lock_dir = argv[5], id_hex = argv[6], key_hex = argv[7];
    id = plain("the client ID", id_hex);
    key = plain("the key", key_hex);
    private_key = plain("the private key", argv[8]);
    pair = as_sent(id_hex, key_hex);
    expect_gone(&key, "before anything");
    expect_gone(&id, "before anything");
    expect_gone(&private_key, "before anything");
    copy = malloc(private_key.length);
    if (copy == NULL) return 2;
    for (n = 0; n < (int)private_key.length; n++) ((volatile unsigned char *)copy)[n] = private_key.masked[n] ^ MASK;
    CHECK(search(&private_key) > 0); /* proves that the search works */
    wipe(copy, private_key.length);
    free(copy);

    config = config_with(id_hex, key_hex);
    CHECK(search(&key) > 0);
    CHECK(search(&id) > 0);
    sp_config_free(config);
    expect_gone(&key, "after the config was freed");
    expect_gone(&id, "after the config was freed");

    /* Replacing a setting wipes the old value. */
    wrong = calloc(1, strlen(key_hex) + 1);
    if (wrong == NULL) return 2;
    memset(wrong, '6', strlen(key_hex));
    config = config_with(id_hex, key_hex);
    CHECK_NUMBER(sp_config_set_credentials(config, "someone", "else"), SP_OK);
    expect_gone(&key, "after it was replaced");
    sp_config_free(config);

    config = config_with(id_hex, key_hex);
    CHECK_NUMBER(sp_client_new(config, &client), SP_OK);
    sp_config_free(config);
    config = config_with(id_hex, wrong); /* a refused key takes the same paths */
    CHECK_NUMBER(sp_client_new(config, &second), SP_OK);
    sp_config_free(config);
    CHECK(search(&key) > 0);
    CHECK(search(&pair) > 0);
    for (n = 0; n < 3; n++) {
        sp_result *result = NULL;
        CHECK_NUMBER(sp_inspect_app(client, &result), SP_OK);
        CHECK_HOLDS(sp_result_json(result), "\"mode\":\"custom\"");
        sp_result_free(result);
        CHECK_NUMBER(sp_sync_domain(client, n == 1 ? "other.example.org" : "wiped.example.org", 0, NULL), SP_OK);
        CHECK_NUMBER(sp_remove_domain(client, "wiped.example.org", 0, NULL), SP_OK);
        CHECK_NUMBER(sp_enable_autossl(client, NULL), SP_ERR_CUSTOM_CERTIFICATE);
        CHECK_NUMBER(sp_action_status(client, "NoSuchAction", NULL), SP_ERR_NOT_FOUND);
        CHECK_NUMBER(sp_inspect_app(second, NULL), SP_ERR_AUTH);
    }
    sp_client_free(second);
    sp_client_free(client);
    expect_gone(&key, "after the client was freed");
    expect_gone(&pair, "after the client was freed");
    expect_gone(&id, "after the client was freed");
    expect_gone(&private_key, "after the client was freed");
    free(wrong);
    return check_close();
}
