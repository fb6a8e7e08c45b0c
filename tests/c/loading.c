/*
 * Loads the library at run time, as a host that does not link it: a thousand times, used in between,
 * leaving nothing behind. It stays mapped with what it has made ready for the process, adds no symbols
 * but sp_* to the process, and works again afterwards. Ends with "N passed, N failed".
 *
 *     loading LIBRARY READY_FILE LOCK_DIR
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <serverpilot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "footprint.h"
#include "service.h"

/* The functions this program uses, looked up by name. */
struct library {
    void *handle;
    uint32_t (*abi_version)(void);
    sp_config *(*config_new)(void);
    void (*config_free)(sp_config *);
    sp_status (*set_credentials)(sp_config *, const char *, const char *);
    sp_status (*set_app_id)(sp_config *, const char *);
    sp_status (*set_base_url)(sp_config *, const char *);
    sp_status (*set_ca_file)(sp_config *, const char *);
    sp_status (*set_lock_dir)(sp_config *, const char *);
    sp_status (*client_new)(const sp_config *, sp_client **);
    void (*client_free)(sp_client *);
    sp_status (*sync_domain)(sp_client *, const char *, uint32_t, sp_result **);
    const char *(*result_json)(const sp_result *);
    void (*result_free)(sp_result *);
};

/* ISO C cannot convert an object pointer to a function pointer; POSIX guarantees that it works. */
static void find(void *handle, const char *name, void *function) {
    void *found = dlsym(handle, name);
    CHECK(found != NULL);
    memcpy(function, &found, sizeof found);
}

static struct library load(const char *path, int mode) {
    struct library library;
    memset(&library, 0, sizeof library);
    library.handle = dlopen(path, mode);
    CHECK_TEXT(library.handle ? NULL : dlerror(), NULL);
    if (library.handle == NULL) exit(check_close());
    find(library.handle, "sp_abi_version", &library.abi_version);
    find(library.handle, "sp_config_new", &library.config_new);
    find(library.handle, "sp_config_free", &library.config_free);
    find(library.handle, "sp_config_set_credentials", &library.set_credentials);
    find(library.handle, "sp_config_set_app_id", &library.set_app_id);
    find(library.handle, "sp_config_set_base_url", &library.set_base_url);
    find(library.handle, "sp_config_set_ca_file", &library.set_ca_file);
    find(library.handle, "sp_config_set_lock_dir", &library.set_lock_dir);
    find(library.handle, "sp_client_new", &library.client_new);
    find(library.handle, "sp_client_free", &library.client_free);
    find(library.handle, "sp_sync_domain", &library.sync_domain);
    find(library.handle, "sp_result_json", &library.result_json);
    find(library.handle, "sp_result_free", &library.result_free);
    return library;
}

static sp_client *client_of(const struct library *library, const char *lock_dir) {
    sp_config *config = library->config_new();
    sp_client *client = NULL;
    CHECK_NUMBER(library->set_credentials(config, service.client_id, service.api_key), SP_OK);
    CHECK_NUMBER(library->set_app_id(config, service.app_id), SP_OK);
    CHECK_NUMBER(library->set_base_url(config, service.api), SP_OK);
    CHECK_NUMBER(library->set_ca_file(config, service.ca_file), SP_OK);
    CHECK_NUMBER(library->set_lock_dir(config, lock_dir), SP_OK);
    CHECK_NUMBER(library->client_new(config, &client), SP_OK);
    library->config_free(config);
    return client;
}

static void use(const struct library *library, sp_client *client) {
    sp_result *result = NULL;
    CHECK_NUMBER(library->sync_domain(client, "loaded.example.org", 0, &result), SP_OK);
    CHECK_HOLDS(library->result_json(result), "\"applied\":\"yes\"");
    library->result_free(result);
}

static int mapped(const char *name) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[1024];
    int count = 0;
    while (maps && fgets(line, sizeof line, maps)) count += strstr(line, name) != NULL;
    if (maps) fclose(maps);
    return count;
}

/* Symbols that the library has inside, or once had; the host may have its own of the same name. */
static void no_foreign_names(void) {
    static const char *const names[] = {
        "SSL_new", "SSL_CTX_new", "OPENSSL_init_ssl", "OPENSSL_init_crypto", "CRYPTO_malloc", "EVP_DigestInit_ex",
        "RAND_bytes", "BIO_new", "X509_free", "SHA256_Init", "ring_core_0_17_8_p256_mul_mont",
        "__rust_alloc", "__rg_alloc", "__rustc_alloc", "rust_eh_personality", "rust_begin_unwind", "rust_panic"};
    size_t n;
    for (n = 0; n < sizeof names / sizeof *names; n++) CHECK_TEXT(dlsym(RTLD_DEFAULT, names[n]) ? names[n] : NULL, NULL);
    CHECK(dlsym(RTLD_DEFAULT, "sp_abi_version") != NULL);
}

static void *loads_in_a_thread(void *path) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle) dlclose(handle);
    return handle;
}

/* Linked with -z nodelete, the library is mapped by the first dlopen and stays where it is: every
 * dlclose leaves it, and every further dlopen finds it. So a thousand of them must cost nothing: no
 * mapping, no descriptor, no thread, and no memory beyond the heap's usual variation. Every tenth time
 * a client is created, used over its own connection, and freed before the dlclose. */
static void a_thousand_times(const char *path, const char *lock_dir) {
    enum { TIMES = 1000, WARM = 100, MAX_GROWTH_KIB = 512 };
    struct footprint start, end;
    int n, used = 0;
    memset(&start, 0, sizeof start);
    for (n = 0; n < WARM + TIMES; n++) {
        struct library library = load(path, n % 2 ? RTLD_LAZY | RTLD_LOCAL : RTLD_NOW | RTLD_LOCAL);
        if (n % 10 == 0) {
            sp_client *client = client_of(&library, lock_dir);
            use(&library, client);
            library.client_free(client);
            used++;
        }
        CHECK_NUMBER(dlclose(library.handle), 0);
        if (n == WARM - 1) start = footprint_now();
    }
    end = footprint_now();
    printf("%d times loaded, %d of them used: %d mappings then %d, %d descriptors then %d, %d threads then %d, %ld KiB then %ld\n",
           n, used, start.mappings, end.mappings, start.descriptors, end.descriptors, start.threads, end.threads,
           start.resident_kib, end.resident_kib);
    CHECK_NUMBER(end.mappings, start.mappings);
    CHECK_NUMBER(end.descriptors, start.descriptors);
    CHECK_NUMBER(end.threads, start.threads);
    CHECK(start.resident_kib > 0 && end.resident_kib - start.resident_kib < MAX_GROWTH_KIB);
}

int main(int argc, char **argv) {
    struct library library;
    sp_client *kept;
    void *malloc_before = dlsym(RTLD_DEFAULT, "malloc"), *again;
    pthread_t thread;
    int files, maps;
    if (argc != 4) {
        fprintf(stderr, "usage: loading LIBRARY READY_FILE LOCK_DIR\n");
        return 2;
    }
    service_find(argv[2]);
    service_reset();
    CHECK(dlsym(RTLD_DEFAULT, "sp_abi_version") == NULL);
    CHECK_NUMBER(mapped("libserverpilot"), 0);

    library = load(argv[1], RTLD_NOW | RTLD_LOCAL);
    CHECK_NUMBER(library.abi_version(), 1);
    CHECK(dlsym(RTLD_DEFAULT, "sp_abi_version") == NULL);
    kept = client_of(&library, argv[3]);
    use(&library, kept);
    files = footprint_now().descriptors;
    maps = mapped("libserverpilot");
    CHECK(maps > 0);
    CHECK_NUMBER(dlclose(library.handle), 0);
    CHECK_NUMBER(mapped("libserverpilot"), maps); /* still there */
    again = dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD);
    CHECK(again != NULL);
    if (again) dlclose(again);
    use(&library, kept); /* and working, although no handle is open */

    a_thousand_times(argv[1], argv[3]);
    CHECK_NUMBER(footprint_now().descriptors, files);
    CHECK_NUMBER(mapped("libserverpilot"), maps);

    library = load(argv[1], RTLD_NOW | RTLD_GLOBAL);
    no_foreign_names();
    CHECK(dlsym(RTLD_DEFAULT, "malloc") == malloc_before);
    use(&library, kept);
    library.client_free(kept);
    CHECK_NUMBER(dlclose(library.handle), 0);

    again = NULL;
    CHECK_NUMBER(pthread_create(&thread, NULL, loads_in_a_thread, argv[1]), 0);
    pthread_join(thread, &again);
    CHECK(again != NULL);
    CHECK_NUMBER(footprint_now().threads, 1);
    return check_close();
}
