/*
 * serverpilot.h - keeps a ServerPilot app's domain list and AutoSSL in sync.
 *
 * Ownership   What a *_new function gives is yours until its *_free. A result is yours until
 *             sp_result_free; strings got from it live as long as it does. Every *_free takes NULL.
 *             Strings you pass in are copied; the library keeps none of your pointers.
 * Results     A call returns its sp_status. `out` may be NULL; if it is not, it is always written:
 *             NULL on your own mistake (statuses 1 to 19), else a result, for failures too.
 * Threads     A client may be used from several threads at once; only writers of one app wait for
 *             each other. Configs and results belong to one thread at a time.
 * fork        A client may be used and freed in the child; the parent's connections stay its own.
 * Signals     No disposition is changed. SIGPIPE is blocked on the calling thread during a call.
 *             The library never starts a thread.
 * Names       /etc/hosts, then the name servers of /etc/resolv.conf, both read anew for every call and
 *             every new connection; not nsswitch.conf. A name that only mDNS, LDAP or another NSS
 *             module knows needs a line in /etc/hosts, or the address in its place.
 * Time        Every call ends within the client's total time (20 s unless set).
 * Errors      Status numbers are never reused. Unknown flags and unknown JSON keys are refused.
 * Languages   Texts are English. Beside each key `message`, `advice` and `detail` of a document stands the
 *             same as `message_sentences`, `advice_sentences` and `detail_sentences`: a list of
 *             {"code", "arguments"}, one for each sentence, which the text joins by spaces. An
 *             argument is a text, a number, or {"items": [texts], "more": number of texts left out}.
 *             Codes and arguments are never renamed. `events` are a log: English alone.
 * Secrets     The client ID, the API key and private keys appear in no result. Keys are wiped when
 *             a config or a client is freed.
 *
 * Made from the Rust source; do not edit.
 */

#ifndef SERVERPILOT_H
#define SERVERPILOT_H

#include <stdint.h>

/**
 * What a call came to. `sp_status` holds one of these numbers.
 */
typedef enum {
  /**
   * Done, or nothing to do.
   */
  SP_OK = 0,
  /**
   * A pointer that must not be NULL is NULL.
   */
  SP_ERR_NULL_ARGUMENT = 1,
  /**
   * A string is not valid UTF-8.
   */
  SP_ERR_INVALID_UTF8 = 2,
  /**
   * An unknown flag or key, a value out of range, or JSON of the wrong shape.
   */
  SP_ERR_INVALID_ARGUMENT = 3,
  /**
   * Not a domain name that can be mapped.
   */
  SP_ERR_INVALID_DOMAIN = 4,
  /**
   * The client has no credentials or no app ID, and this call needs them.
   */
  SP_ERR_NOT_CONFIGURED = 5,
  /**
   * The process cannot start the call, for example for want of file descriptors.
   */
  SP_ERR_STATE = 6,
  /**
   * A defect of this library, caught at its boundary. Nothing is left locked.
   */
  SP_ERR_PANIC = 7,
  /**
   * No answer within the time the call has.
   */
  SP_ERR_TIMEOUT = 20,
  /**
   * The service or the server could not be reached, or the connection broke.
   */
  SP_ERR_NETWORK = 21,
  /**
   * No trustworthy TLS connection.
   */
  SP_ERR_TLS = 22,
  /**
   * Another writer held the app's lock for the whole time, or the lock folder is unusable.
   */
  SP_ERR_LOCK_TIMEOUT = 23,
  /**
   * The service found the request wrong (400 and other 4xx).
   */
  SP_ERR_BAD_REQUEST = 40,
  /**
   * The client ID or the API key was refused (401).
   */
  SP_ERR_AUTH = 41,
  /**
   * No valid card on file (402).
   */
  SP_ERR_PAYMENT_REQUIRED = 42,
  /**
   * The account lacks the permission for this (403).
   */
  SP_ERR_FORBIDDEN = 43,
  /**
   * No such app, server or action in this account (404).
   */
  SP_ERR_NOT_FOUND = 44,
  /**
   * The service says it exists already (409).
   */
  SP_ERR_CONFLICT = 45,
  /**
   * Too many requests (429).
   */
  SP_ERR_RATE_LIMITED = 46,
  /**
   * The service failed (5xx).
   */
  SP_ERR_SERVER = 47,
  /**
   * An answer that is not ServerPilot's: not JSON, not the documented shape, a redirect, too long.
   */
  SP_ERR_PROTOCOL = 48,
  /**
   * The app's list would hold more names than ServerPilot allows (300).
   */
  SP_ERR_DOMAIN_LIMIT = 60,
  /**
   * The name is protected, or is the last one of the app.
   */
  SP_ERR_PROTECTED = 61,
  /**
   * No certificate is ready yet; the same call may succeed later.
   */
  SP_ERR_AUTOSSL_UNAVAILABLE = 62,
  /**
   * A custom certificate is installed, which this library never touches.
   */
  SP_ERR_CUSTOM_CERTIFICATE = 63,
  /**
   * The list in ServerPilot's answer is not the one that was sent.
   */
  SP_ERR_NOT_APPLIED = 64,
  /**
   * The certificate was checked, and is not valid.
   */
  SP_ERR_CERTIFICATE = 65,
  /**
   * ServerPilot reports that the action ended in an error.
   */
  SP_ERR_ACTION_FAILED = 66,
  /**
   * The address is one this library does not connect to.
   */
  SP_ERR_BLOCKED_ADDRESS = 67,
  /**
   * The change would remove more names than its `max_removals`; nothing was written.
   */
  SP_ERR_TOO_MANY_REMOVALS = 68,
} sp_status_code;

/**
 * Options of `sp_sync_domain` and `sp_remove_domain`, to be combined with `|`.
 */
typedef enum {
  /**
   * `www.` goes along with a registrable domain (by the public-suffix list) that does not start with www.
   */
  SP_WWW_AUTO = 0,
  /**
   * `www.` goes along with every domain that does not start with www. Not with `SP_WWW_NEVER`.
   */
  SP_WWW_ALWAYS = 1,
  /**
   * Only the name itself. Not with `SP_WWW_ALWAYS`.
   */
  SP_WWW_NEVER = 2,
  /**
   * AutoSSL is not asked for.
   */
  SP_NO_AUTOSSL = 4,
  /**
   * Says what would be done; nothing is written and no lock is taken.
   */
  SP_DRY_RUN = 8,
} sp_flag;

/**
 * A client: settings, and the connections of this process. May be used from several threads at
 * once and after `fork()`. Belongs to whoever made it; lives until `sp_client_free`.
 */
typedef struct sp_client sp_client;

/**
 * Settings for `sp_client_new`. Belongs to whoever made it; lives until `sp_config_free`.
 */
typedef struct sp_config sp_config;

/**
 * The result of a call. Belongs to whoever called; lives until `sp_result_free`.
 */
typedef struct sp_result sp_result;

/**
 * A status number: one of `sp_status_code`, or one that a later version has added.
 */
typedef int32_t sp_status;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of this ABI, 1. Check it before anything else.
 */
uint32_t sp_abi_version(void);

/**
 * The version of the library, for example "0.1.0". Static.
 */
const char *sp_version(void);

/**
 * The name of a status, for example "SP_ERR_AUTH"; "SP_ERR_UNKNOWN" for a number that has none.
 * Static, never NULL.
 */
const char *sp_status_name(sp_status status);

/**
 * Makes a client from a copy of the settings. No network. Without credentials only the
 * `sp_check_ssl` calls work, the others say `SP_ERR_NOT_CONFIGURED`.
 * `*out` is the client, or NULL when the status is not `SP_OK`.
 *
 * What must hold:
 * `config` is NULL or live; `out` is NULL or writable.
 */
sp_status sp_client_new(const sp_config *config, sp_client **out);

/**
 * Closes the connections, wipes the key and frees the client. NULL is allowed. In a forked
 * child the parent's connections are left alone.
 *
 * What must hold:
 * `client` is NULL or live, no call of it is running, and it is not used again.
 */
void sp_client_free(sp_client *client);

/**
 * Puts a domain on the app's list if it is not there, with `www.` as the flags say, and enables
 * AutoSSL when it can be. `SP_OK` once the list is right, also where AutoSSL must wait:
 * `autossl.state` in the document says so.
 *
 * `domain` as a person writes it: any case, any script, a trailing dot. `flags`: `sp_flag`s,
 * combined with `|`. `out` may be NULL; else `*out` is the result, NULL for statuses 1 to 19.
 *
 * What must hold:
 * `client` is NULL or live; `domain` is NULL or NUL-terminated; `out` is NULL or writable.
 */
sp_status sp_sync_domain(sp_client *client, const char *domain, uint32_t flags, sp_result **out);

/**
 * Removes a domain from the app's list, with its `www.` as the flags say: `SP_WWW_NEVER` where that
 * is a mapping of its own. A name that is not there is `SP_OK`. Protected names and the last
 * one stay: `SP_ERR_PROTECTED`. AutoSSL is reported, not changed.
 *
 * What must hold:
 * `client` is NULL or live; `domain` is NULL or NUL-terminated; `out` is NULL or writable.
 */
sp_status sp_remove_domain(sp_client *client, const char *domain, uint32_t flags, sp_result **out);

/**
 * Enables AutoSSL if it is off and a certificate is ready. `SP_ERR_AUTOSSL_UNAVAILABLE`
 * (retryable) where none is ready, `SP_ERR_CUSTOM_CERTIFICATE` where one is installed by hand.
 *
 * What must hold:
 * `client` is NULL or live; `out` is NULL or writable.
 */
sp_status sp_enable_autossl(sp_client *client, sp_result **out);

/**
 * Checks the certificate that a domain serves and gives a browser's verdict: `SP_OK` for valid,
 * `SP_ERR_CERTIFICATE` for not valid, another status where it could not be asked; `reason` in
 * the document says why. `dns` says what public DNS has for the name ("found", "no_such_name",
 * "no_address", "failed"), whatever this machine's hosts file says. Needs no credentials.
 *
 * `options_json` may be NULL, else an object with `connect_to` ("ip:port", thereby allowed; DNS is
 * then asked on the side and waited for a second at most), `port` (443), `timeout_ms` for each name,
 * `allow_addresses` (IPs or CIDRs that may be connected to although they are not public),
 * `warn_days` and `dns_servers` (["ip:port"], asked in place of the system's).
 *
 * What must hold:
 * `client` is NULL or live; strings are NULL or NUL-terminated; `out` is NULL or writable.
 */
sp_status sp_check_ssl(sp_client *client,
                       const char *domain,
                       const char *options_json,
                       sp_result **out);

/**
 * The same for many domains at once: `domains_json` is an array of names, `results` in the
 * document holds one check document each, in the order asked. Takes as long as the slowest.
 * At most 1,000 names; one that is not a name makes the whole call `SP_ERR_INVALID_DOMAIN`.
 * `options_json` as for `sp_check_ssl`, and `concurrency` (1 to 200, 50 unless set). `SP_OK` when
 * all were checked, whatever was found.
 *
 * What must hold:
 * `client` is NULL or live; strings are NULL or NUL-terminated; `out` is NULL or writable.
 */
sp_status sp_check_ssl_many(sp_client *client,
                            const char *domains_json,
                            const char *options_json,
                            sp_result **out);

/**
 * Why is this name not secure, and whose move is it? Asks ServerPilot and public DNS, probes what is
 * served, and names the first cause: what was observed at the server outweighs what DNS says.
 * `SP_OK` whenever a diagnosis was made, whatever it says. `options_json` as for `sp_check_ssl`, and
 * `http_port` (80), where Let's Encrypt's question would be answered.
 *
 * What must hold:
 * `client` is NULL or live; strings are NULL or NUL-terminated; `out` is NULL or writable.
 */
sp_status sp_diagnose(sp_client *client,
                      const char *domain,
                      const char *options_json,
                      sp_result **out);

/**
 * Many names with one write. `change_json` is an object with `add` and `remove` (arrays of
 * names), or with `desired` and `owned` (everything owned and not desired goes, what is neither
 * stays); beside them `www` ("auto", "always", "never"), `autossl` and `dry_run` (booleans),
 * `max_removals` (a number: a plan that would remove more is `SP_ERR_TOO_MANY_REMOVALS` and nothing
 * is written) and, with `desired`, `overflow`: "refuse", or "fit", where `desired` is in order of
 * importance and what exceeds the limit is left out from its end and named in `skipped`
 * ("no_room"). At most 10,000 names a list. A name that is given outranks a `www.` that would only
 * come along.
 * What is not a name in `add` or `remove`: `SP_ERR_INVALID_DOMAIN`, nothing is done; one in
 * `desired` or `owned` is left out and named in `skipped`.
 *
 * What must hold:
 * `client` is NULL or live; `change_json` is NULL or NUL-terminated; `out` is NULL or writable.
 */
sp_status sp_apply(sp_client *client, const char *change_json, sp_result **out);

/**
 * The connection test: reads the app and its server, changes nothing, shows no secret.
 *
 * What must hold:
 * `client` is NULL or live; `out` is NULL or writable.
 */
sp_status sp_inspect_app(sp_client *client, sp_result **out);

/**
 * What became of an action: `SP_OK` while it is open and when it succeeded (`action.status`),
 * `SP_ERR_ACTION_FAILED` when it ended in an error. Letters and digits only in `action_id`.
 *
 * What must hold:
 * `client` is NULL or live; `action_id` is NULL or NUL-terminated; `out` is NULL or writable.
 */
sp_status sp_action_status(sp_client *client, const char *action_id, sp_result **out);

/**
 * Waits until an action has ended, at most `timeout_ms` (0: as long as the call has) and never
 * longer than the client's total time. `SP_ERR_TIMEOUT` while it is still open.
 *
 * What must hold:
 * `client` is NULL or live; `action_id` is NULL or NUL-terminated; `out` is NULL or writable.
 */
sp_status sp_wait_action(sp_client *client,
                         const char *action_id,
                         uint32_t timeout_ms,
                         sp_result **out);

/**
 * New settings with the defaults: ServerPilot's address, the system's certificates, no proxy,
 * 5 s to connect, 10 s a request, 20 s a call. NULL only if the process has no memory.
 */
sp_config *sp_config_new(void);

/**
 * Frees settings and wipes the key in them. NULL is allowed. Clients made from them live on.
 *
 * What must hold:
 * `config` is NULL or live, and is not used again.
 */
void sp_config_free(sp_config *config);

/**
 * The client ID and the API key of the ServerPilot account (its panel: Account → API).
 * White space around them is dropped. Neither may be empty or hold control characters, and the
 * client ID no colon: `SP_ERR_INVALID_ARGUMENT`.
 *
 * What must hold:
 * `config` is NULL or live; the strings are NULL or NUL-terminated.
 */
sp_status sp_config_set_credentials(sp_config *config, const char *client_id, const char *api_key);

/**
 * The app whose list is kept: letters and digits only, else `SP_ERR_INVALID_ARGUMENT`.
 *
 * What must hold:
 * `config` is NULL or live; the string is NULL or NUL-terminated.
 */
sp_status sp_config_set_app_id(sp_config *config, const char *app_id);

/**
 * Where ServerPilot answers, default `https://api.serverpilot.io/v1`. https only; http only for
 * a literal loopback address, and not together with a proxy, which would be handed the key in clear
 * text. No user, query or fragment. Else `SP_ERR_INVALID_ARGUMENT`.
 *
 * What must hold:
 * `config` is NULL or live; the string is NULL or NUL-terminated.
 */
sp_status sp_config_set_base_url(sp_config *config, const char *url);

/**
 * Certificates in PEM to trust beside the system's, for ServerPilot and for `sp_check_ssl`.
 * Read now: what is missing, empty, no PEM, no plain file or over 4 MiB is `SP_ERR_INVALID_ARGUMENT`.
 *
 * What must hold:
 * `config` is NULL or live; the string is NULL or NUL-terminated.
 */
sp_status sp_config_set_ca_file(sp_config *config,
                                const char *pem_path);

/**
 * An http or https proxy for ServerPilot's API. None by default, and the environment is not read.
 * Not together with an http base URL, over which the proxy would be handed the key in clear text:
 * `SP_ERR_INVALID_ARGUMENT`.
 *
 * What must hold:
 * `config` is NULL or live; the string is NULL or NUL-terminated.
 */
sp_status sp_config_set_proxy(sp_config *config, const char *url);

/**
 * Added to the User-Agent, for example `MyHost/1.2`. Printable ASCII, at most 256 octets.
 *
 * What must hold:
 * `config` is NULL or live; the string is NULL or NUL-terminated.
 */
sp_status sp_config_set_user_agent(sp_config *config, const char *suffix);

/**
 * Time limits in milliseconds; 0 means the default (5 s to connect, 10 s a request, 20 s a
 * whole call, waiting for the lock and trying again included).
 *
 * What must hold:
 * `config` is NULL or live.
 */
sp_status sp_config_set_timeouts(sp_config *config,
                                 uint32_t connect_ms,
                                 uint32_t request_ms,
                                 uint32_t total_ms);

/**
 * The folder of the lock files, an absolute path; made with mode 0700 if it is missing, and it must
 * belong to the user this process runs as. Every process of that user that changes the same app must
 * use the same one. Default: a file in each of `/run/lock`, `/dev/shm` and `/tmp` that can be used;
 * processes of one user that have any of these in common, also with a private `/tmp`, wait for each
 * other. Containers that share none of them need a folder that they do share. Processes of different
 * users do not wait for each other.
 *
 * What must hold:
 * `config` is NULL or live; the string is NULL or NUL-terminated.
 */
sp_status sp_config_set_lock_dir(sp_config *config,
                                 const char *dir);

/**
 * A name that is never taken off the app, whoever asks. May be called again for another one.
 *
 * What must hold:
 * `config` is NULL or live; the string is NULL or NUL-terminated.
 */
sp_status sp_config_protect_domain(sp_config *config, const char *domain);

/**
 * The status the call returned. `SP_ERR_NULL_ARGUMENT` for NULL.
 *
 * What must hold:
 * `result` is NULL or a live result.
 */
sp_status sp_result_status(const sp_result *result);

/**
 * What a person reads, in English, with the cure in it where there is one. The document has the same
 * as `message_sentences`, for other languages. Never holds a secret. UTF-8; lives as long as the
 * result. NULL only for NULL.
 *
 * What must hold:
 * `result` is NULL or a live result.
 */
const char *sp_result_message(const sp_result *result);

/**
 * The whole document, a JSON object. UTF-8; lives as long as the result. NULL only for NULL.
 *
 * What must hold:
 * `result` is NULL or a live result.
 */
const char *sp_result_json(const sp_result *result);

/**
 * The action ServerPilot started for the change, for `sp_action_status` and `sp_wait_action`.
 * NULL if there is none. Lives as long as the result.
 *
 * What must hold:
 * `result` is NULL or a live result.
 */
const char *sp_result_action_id(const sp_result *result);

/**
 * The HTTP status of ServerPilot's answer that decided the result. 0 if there was none.
 *
 * What must hold:
 * `result` is NULL or a live result.
 */
int32_t sp_result_http_status(const sp_result *result);

/**
 * 1 if the same call may succeed later although nobody changes anything here, else 0.
 *
 * What must hold:
 * `result` is NULL or a live result.
 */
int32_t sp_result_retryable(const sp_result *result);

/**
 * How long to wait before the same call, in milliseconds, as ServerPilot or experience advises.
 * 0 for no advice.
 *
 * What must hold:
 * `result` is NULL or a live result.
 */
int64_t sp_result_retry_after_ms(const sp_result *result);

/**
 * Frees a result and the strings got from it. NULL is allowed.
 *
 * What must hold:
 * `result` is NULL or a live result, and is not used again.
 */
void sp_result_free(sp_result *result);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SERVERPILOT_H */
