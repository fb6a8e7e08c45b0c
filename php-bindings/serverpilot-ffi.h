#define FFI_SCOPE "serverpilot"
#define FFI_LIB "/usr/local/lib/libserverpilot.so.1"
/* For PHP's FFI, which takes no conditions and no attributes. Made from the Rust source; do not edit. */

typedef enum {
  SP_OK = 0,
  SP_ERR_NULL_ARGUMENT = 1,
  SP_ERR_INVALID_UTF8 = 2,
  SP_ERR_INVALID_ARGUMENT = 3,
  SP_ERR_INVALID_DOMAIN = 4,
  SP_ERR_NOT_CONFIGURED = 5,
  SP_ERR_STATE = 6,
  SP_ERR_PANIC = 7,
  SP_ERR_TIMEOUT = 20,
  SP_ERR_NETWORK = 21,
  SP_ERR_TLS = 22,
  SP_ERR_LOCK_TIMEOUT = 23,
  SP_ERR_BAD_REQUEST = 40,
  SP_ERR_AUTH = 41,
  SP_ERR_PAYMENT_REQUIRED = 42,
  SP_ERR_FORBIDDEN = 43,
  SP_ERR_NOT_FOUND = 44,
  SP_ERR_CONFLICT = 45,
  SP_ERR_RATE_LIMITED = 46,
  SP_ERR_SERVER = 47,
  SP_ERR_PROTOCOL = 48,
  SP_ERR_DOMAIN_LIMIT = 60,
  SP_ERR_PROTECTED = 61,
  SP_ERR_AUTOSSL_UNAVAILABLE = 62,
  SP_ERR_CUSTOM_CERTIFICATE = 63,
  SP_ERR_NOT_APPLIED = 64,
  SP_ERR_CERTIFICATE = 65,
  SP_ERR_ACTION_FAILED = 66,
  SP_ERR_BLOCKED_ADDRESS = 67,
  SP_ERR_TOO_MANY_REMOVALS = 68,
} sp_status_code;

typedef enum {
  SP_WWW_AUTO = 0,
  SP_WWW_ALWAYS = 1,
  SP_WWW_NEVER = 2,
  SP_NO_AUTOSSL = 4,
  SP_DRY_RUN = 8,
} sp_flag;

typedef struct sp_client sp_client;

typedef struct sp_config sp_config;

typedef struct sp_result sp_result;

typedef int32_t sp_status;

uint32_t sp_abi_version(void);

const char *sp_version(void);

const char *sp_status_name(sp_status status);

sp_status sp_client_new(const sp_config *config, sp_client **out);

void sp_client_free(sp_client *client);

sp_status sp_sync_domain(sp_client *client, const char *domain, uint32_t flags, sp_result **out);

sp_status sp_remove_domain(sp_client *client, const char *domain, uint32_t flags, sp_result **out);

sp_status sp_enable_autossl(sp_client *client, sp_result **out);

sp_status sp_check_ssl(sp_client *client,
                       const char *domain,
                       const char *options_json,
                       sp_result **out);

sp_status sp_check_ssl_many(sp_client *client,
                            const char *domains_json,
                            const char *options_json,
                            sp_result **out);

sp_status sp_diagnose(sp_client *client,
                      const char *domain,
                      const char *options_json,
                      sp_result **out);

sp_status sp_apply(sp_client *client, const char *change_json, sp_result **out);

sp_status sp_inspect_app(sp_client *client, sp_result **out);

sp_status sp_action_status(sp_client *client, const char *action_id, sp_result **out);

sp_status sp_wait_action(sp_client *client,
                         const char *action_id,
                         uint32_t timeout_ms,
                         sp_result **out);

sp_config *sp_config_new(void);

void sp_config_free(sp_config *config);

sp_status sp_config_set_credentials(sp_config *config, const char *client_id, const char *api_key);

sp_status sp_config_set_app_id(sp_config *config, const char *app_id);

sp_status sp_config_set_base_url(sp_config *config, const char *url);

sp_status sp_config_set_ca_file(sp_config *config, const char *pem_path);

sp_status sp_config_set_proxy(sp_config *config, const char *url);

sp_status sp_config_set_user_agent(sp_config *config, const char *suffix);

sp_status sp_config_set_timeouts(sp_config *config,
                                 uint32_t connect_ms,
                                 uint32_t request_ms,
                                 uint32_t total_ms);

sp_status sp_config_set_lock_dir(sp_config *config, const char *dir);

sp_status sp_config_protect_domain(sp_config *config, const char *domain);

sp_status sp_result_status(const sp_result *result);

const char *sp_result_message(const sp_result *result);

const char *sp_result_json(const sp_result *result);

const char *sp_result_action_id(const sp_result *result);

int32_t sp_result_http_status(const sp_result *result);

int32_t sp_result_retryable(const sp_result *result);

int64_t sp_result_retry_after_ms(const sp_result *result);

void sp_result_free(sp_result *result);
