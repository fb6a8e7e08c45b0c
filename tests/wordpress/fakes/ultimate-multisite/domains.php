<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// The domain model, its manager and the functions, as both lines have them.

declare(strict_types=1);

namespace WP_Ultimo\Models {

    final class Domain
    {
        private const INACTIVE = ['checking-dns', 'checking-ssl-cert', 'failed', 'ssl-failed'];

        private int $id = 0;
        private int $blog_id = 0;
        private string $domain = '';
        private int $active = 1;
        private int $primary_domain = 0;
        private int $secure = 0;
        private string $stage = 'checking-dns';

        /** @var array<string, mixed> */
        private array $original;

        /** @param array<string, mixed> $data */
        public function __construct(array $data = [])
        {
            foreach ($data as $key => $value) {
                if (property_exists($this, (string) $key)) {
                    $this->$key = is_string($this->$key) ? (string) $value : (int) $value;
                }
            }
            $this->original = get_object_vars($this);
        }

        public static function table(): string
        {
            global $wpdb;
            return $wpdb->base_prefix . 'wu_domain_mappings';
        }

        /** @return self[] */
        public static function query(array $args = []): array
        {
            global $wpdb;
            // Answers are kept where WordPress keeps such things, right or wrong, as the real query class keeps them.
            $key = md5(serialize($args)) . wp_cache_get('last_changed', 'wu_domains');
            $rows = wp_cache_get($key, 'wu_domains');
            if ($rows === false) {
                $where = ['1=1'];
                foreach (['id', 'blog_id', 'domain', 'active', 'stage', 'primary_domain'] as $column) {
                    if (isset($args[$column]) && $args[$column] !== '') {
                        $where[] = $wpdb->prepare("`$column`=%s", (string) (is_bool($args[$column]) ? (int) $args[$column] : $args[$column]));
                    }
                    if (!empty($args[$column . '__in'])) {
                        $in = array_map('strval', (array) $args[$column . '__in']);
                        $where[] = $wpdb->prepare("`$column` IN (" . implode(',', array_fill(0, count($in), '%s')) . ')', $in);
                    }
                }
                $number = absint($args['number'] ?? 100);
                $order = strtoupper((string) ($args['order'] ?? 'DESC')) === 'ASC' ? 'ASC' : 'DESC';
                $rows = $wpdb->get_results('SELECT * FROM ' . self::table() . ' WHERE ' . implode(' AND ', $where)
                    . " ORDER BY id $order" . ($number > 0 ? ' LIMIT ' . absint($args['offset'] ?? 0) . ",$number" : ''), ARRAY_A);
                wp_cache_add($key, $rows, 'wu_domains');
            }
            return array_map(static fn (array $row) => new self($row), $rows);
        }

        public function get_id(): int
        {
            return $this->id;
        }

        public function get_domain(): string
        {
            return $this->domain;
        }

        public function set_domain($domain): void
        {
            $this->domain = strtolower((string) $domain);
        }

        public function get_blog_id(): int
        {
            return $this->blog_id;
        }

        public function get_site_id(): int
        {
            return $this->blog_id;
        }

        public function get_stage(): string
        {
            return $this->stage;
        }

        public function set_stage($stage): void
        {
            $this->stage = (string) $stage;
        }

        public function set_active($active): void
        {
            $this->active = (int) $active;
        }

        public function set_secure($secure): void
        {
            $this->secure = (int) $secure;
        }

        public function is_active(): bool
        {
            return !in_array($this->stage, self::INACTIVE, true) && $this->active === 1;
        }

        public function has_correct_dns(): bool
        {
            return in_array($this->domain, (array) get_network_option(null, 'test_dns_correct', []), true);
        }

        public function has_valid_ssl_certificate(): bool
        {
            return in_array($this->domain, (array) get_network_option(null, 'test_certificates', []), true);
        }

        /** @return bool|\WP_Error */
        public function save()
        {
            global $wpdb;
            $data = ['blog_id' => $this->blog_id, 'domain' => $this->domain, 'active' => $this->active,
                'primary_domain' => $this->primary_domain, 'secure' => $this->secure, 'stage' => $this->stage];
            $old = '';
            $stage = '';
            $isNew = $this->id === 0;
            if ($isNew) {
                if ($wpdb->get_var($wpdb->prepare('SELECT id FROM ' . self::table() . ' WHERE domain=%s', $this->domain))) {
                    return new \WP_Error('domain-exists', 'This domain is mapped already.');
                }
                $wpdb->insert(self::table(), $data + ['date_created' => gmdate('Y-m-d H:i:s')]);
                $this->id = (int) $wpdb->insert_id;
            } else {
                [$old, $stage] = $wpdb->get_row($wpdb->prepare('SELECT domain, stage FROM ' . self::table() . ' WHERE id=%d', $this->id), ARRAY_N);
                $wpdb->update(self::table(), $data, ['id' => $this->id]);
            }
            wp_cache_set('last_changed', microtime(), 'wu_domains');
            if ($old !== $this->domain) {
                do_action('wu_transition_domain_domain', $old, $this->domain, $this->id);
            }
            // There is a wu_transition_domain_active too, but the real one compares the values of all columns at once, and
            // fires it only where no other column had the new one.
            if ($stage !== $this->stage) {
                do_action('wu_transition_domain_stage', $stage, $this->stage, $this->id);
            }
            do_action('wu_domain_post_save', $data, $this, $isNew);
            return true;
        }

        /** @return array<string, mixed> What the attributes were when the object was made. */
        public function _get_original(): array
        {
            return $this->original;
        }

        public function delete(): bool
        {
            global $wpdb;
            $done = (bool) $wpdb->delete(self::table(), ['id' => $this->id]);
            wp_cache_set('last_changed', microtime(), 'wu_domains');
            do_action('wu_domain_post_delete', $done, $this);
            return $done;
        }
    }
}

namespace WP_Ultimo\Managers {

    use WP_Ultimo\Models\Domain;

    final class Domain_Manager
    {
        private static ?self $instance = null;

        public static function get_instance(): self
        {
            return self::$instance ??= new self();
        }

        public function init(): void
        {
            add_action('plugins_loaded', [$this, 'create_table'], 2);
            add_action('plugins_loaded', [$this, 'load_integrations']);
            add_action('wp_ajax_wu_test_hosting_integration', [$this, 'test_integration']);
            add_action('wu_async_process_domain_stage', [$this, 'async_process_domain_stage'], 10, 2);
            add_action('wu_transition_domain_domain', [$this, 'send_domain_to_host'], 10, 3);
            add_action('wu_domain_post_delete', [$this, 'handle_domain_deleted'], 10, 2);
            add_action('wp_insert_site', [$this, 'handle_site_created']);
            add_action('wp_delete_site', [$this, 'handle_site_deleted']);
        }

        public function create_table(): void
        {
            global $wpdb;
            if (get_network_option(null, 'test_domains_table') === '1') {
                return;
            }
            $wpdb->query('CREATE TABLE IF NOT EXISTS ' . Domain::table() . ' (id bigint NOT NULL auto_increment PRIMARY KEY,
                blog_id bigint NOT NULL, domain varchar(191) NOT NULL, active tinyint DEFAULT 1, primary_domain tinyint DEFAULT 0,
                secure tinyint DEFAULT 0, stage varchar(30) NOT NULL, date_created datetime NULL, KEY domain (domain))');
            update_network_option(null, 'test_domains_table', '1');
        }

        public function load_integrations(): void
        {
            if (class_exists(\WP_Ultimo\Integrations\Host_Providers\ServerPilot_Host_Provider::class, false)) {
                \WP_Ultimo\Integrations\Host_Providers\ServerPilot_Host_Provider::get_instance();
            }
            do_action('wp_ultimo_host_providers_load');
        }

        public function get_integrations(): array
        {
            return apply_filters('wu_domain_manager_get_integrations', [], $this);
        }

        public function get_integration_instance($id)
        {
            $class = $this->get_integrations()[$id] ?? null;
            return $class === null ? false : $class::get_instance();
        }

        public function should_create_www_subdomain($domain): bool
        {
            $domain = trim(strtolower((string) $domain));
            if (str_starts_with($domain, 'www.')) {
                return false;
            }
            return match (wu_get_setting('auto_create_www_subdomain', 'always')) {
                'never' => false,
                'main_only' => substr_count($domain, '.') === 1,
                default => true,
            };
        }

        public function handle_site_created($site): void
        {
            global $current_site;
            if (!str_replace($current_site->domain, '', $site->domain)) {
                return;
            }
            wu_enqueue_async_action('wu_add_subdomain', ['subdomain' => $site->domain, 'site_id' => $site->blog_id], 'domain');
            wu_create_domain(['blog_id' => $site->blog_id, 'domain' => $site->domain, 'primary_domain' => true]);
        }

        public function handle_site_deleted($site): void
        {
            global $current_site;
            if (!str_replace($current_site->domain, '', $site->domain)) {
                return;
            }
            wu_enqueue_async_action('wu_remove_subdomain', ['subdomain' => $site->domain, 'site_id' => $site->blog_id], 'domain');
            foreach (wu_get_domains(['blog_id' => $site->blog_id]) as $domain) {
                $domain->delete();
            }
        }

        public function handle_domain_deleted($result, $domain): void
        {
            if ($result) {
                wu_enqueue_async_action('wu_remove_domain', ['domain' => $domain->get_domain(), 'site_id' => $domain->get_site_id()], 'domain');
            }
        }

        public function send_domain_to_host($old, $new, $id): void
        {
            if ($old !== $new) {
                $domain = wu_get_domain($id);
                wu_enqueue_async_action('wu_add_domain', ['domain' => $new, 'site_id' => $domain->get_site_id()], 'domain');
            }
        }

        public function async_process_domain_stage($id, $tries = 0): void
        {
            $domain = wu_get_domain($id);
            if (!$domain) {
                return;
            }
            $max = apply_filters('wu_async_process_domain_stage_max_tries', 5, $domain);
            $tries = (int) $tries + 1;
            $stage = $domain->get_stage();
            $good = match ($stage) {
                'checking-dns' => $domain->has_correct_dns(),
                'checking-ssl-cert' => $domain->has_valid_ssl_certificate(),
                default => null,
            };
            if ($good === null) {
                return;
            }
            if ($good) {
                $domain->set_stage($stage === 'checking-dns' ? 'checking-ssl-cert' : 'done');
                $domain->set_secure($stage !== 'checking-dns');
                $domain->save();
                if ($stage === 'checking-dns') {
                    wu_enqueue_async_action('wu_async_process_domain_stage', ['domain_id' => $id, 'tries' => 0], 'domain');
                    do_action('wu_domain_manager_dns_propagation_finished', $domain);
                }
                return;
            }
            if ($tries > $max) {
                $domain->set_stage($stage === 'checking-dns' ? 'failed' : 'ssl-failed');
                $domain->save();
                return;
            }
            $pause = max(10, min(300, (int) wu_get_setting('dns_check_interval', 300)));
            wu_schedule_single_action(time() + $pause, 'wu_async_process_domain_stage', ['domain_id' => $id, 'tries' => $tries], 'domain');
        }

        public function test_integration(): void
        {
            $id = (string) wu_request('integration', 'none');
            $integration = null;
            if (class_exists(\WP_Ultimo\Integrations\Integration_Registry::class, false)) {
                $integration = \WP_Ultimo\Integrations\Integration_Registry::get_instance()->get($id);
            }
            $integration = $integration ?: $this->get_integration_instance($id);
            if (!$integration || !$integration->is_setup()) {
                wp_send_json_error(['message' => 'The necessary constants were not found.']);
            }
            $result = $integration->test_connection();
            is_wp_error($result) ? wp_send_json_error(['message' => $result->get_error_message()]) : wp_send_json_success(['message' => 'Access Authorized']);
        }
    }
}

namespace {

    function wu_get_domain($id)
    {
        return \WP_Ultimo\Models\Domain::query(['id' => $id, 'number' => 1])[0] ?? false;
    }

    function wu_get_domains($query = [])
    {
        return \WP_Ultimo\Models\Domain::query($query);
    }

    function wu_get_domain_by_domain($domain)
    {
        return \WP_Ultimo\Models\Domain::query(['domain' => $domain, 'number' => 1])[0] ?? false;
    }

    function wu_create_domain($data)
    {
        $domain = new \WP_Ultimo\Models\Domain($data + ['active' => true, 'stage' => 'checking-dns']);
        $saved = $domain->save();
        if (is_wp_error($saved)) {
            return $saved;
        }
        wu_enqueue_async_action('wu_async_process_domain_stage', ['domain_id' => $domain->get_id()], 'domain');
        return $domain;
    }

    function wu_switch_blog_and_run($callback, $site_id = false)
    {
        switch_to_blog($site_id ?: get_main_site_id());
        $result = $callback();
        restore_current_blog();
        return $result;
    }

    function wu_enqueue_async_action($hook, $args = [], $group = '')
    {
        return wu_switch_blog_and_run(static fn () => as_enqueue_async_action($hook, $args, $group));
    }

    function wu_schedule_single_action($timestamp, $hook, $args = [], $group = '')
    {
        return wu_switch_blog_and_run(static fn () => as_schedule_single_action($timestamp, $hook, $args, $group));
    }

    function wu_get_setting($setting, $default = false)
    {
        return ((array) get_network_option(null, 'test_um_settings', []))[$setting] ?? $default;
    }

    function wu_save_setting($setting, $value)
    {
        $settings = (array) get_network_option(null, 'test_um_settings', []);
        return update_network_option(null, 'test_um_settings', [$setting => $value] + $settings);
    }

    function wu_request($key, $default = false)
    {
        return isset($_REQUEST[$key]) ? sanitize_text_field(wp_unslash($_REQUEST[$key])) : $default;
    }

    function wu_log_add(string $handle, $message, string $level = 'info'): void
    {
        do_action('wu_log_add', $handle, $message, $level);
    }
}
