<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// The steps: what a person or a cron would do to the network, and what a test wants to know of it.

declare(strict_types=1);

function test_mu_plugin_execute(string $step, string $json): string
{
    try {
        $args = json_decode($json === '' ? '{}' : $json, true, 64, JSON_THROW_ON_ERROR);
        return (string) json_encode(['ok' => test_mu_plugin_step($step, $args)], JSON_THROW_ON_ERROR);
    } catch (Throwable $e) {
        return (string) json_encode(['error' => get_class($e) . ': ' . $e->getMessage(), 'trace' => $e->getTraceAsString()]);
    }
}

function test_mu_plugin_step(string $step, array $args): mixed
{
    global $wpdb;
    $actions = $wpdb->base_prefix . 'actionscheduler_actions';
    $logs = $wpdb->base_prefix . 'actionscheduler_logs';
    switch ($step) {
        case 'enable':
            return update_network_option(null, 'wu_host_integrations_enabled', ['serverpilot' => (bool) ($args['on'] ?? true)]);
        case 'save_credentials':
            WP_Ultimo\Integrations\Integration_Registry::get_instance()->get('serverpilot')->save_credentials($args['values']);
            return true;
        case 'option':
            return update_network_option(null, $args['name'], $args['value']);
        case 'setting':
            return wu_save_setting($args['name'], $args['value']);
        case 'read_option':
            return get_network_option(null, $args['name'], null);
        case 'create_site':
            $id = wp_insert_site(['domain' => $args['host'], 'path' => '/', 'network_id' => 1, 'user_id' => 1, 'title' => $args['host']]);
            return is_wp_error($id) ? throw new RuntimeException($id->get_error_message()) : $id;
        case 'create_sites':
            foreach ($args['hosts'] as $host) {
                test_mu_plugin_step('create_site', ['host' => $host]);
            }
            return true;
        case 'delete_site':
            require_once ABSPATH . 'wp-admin/includes/ms.php';
            $mappings = wu_get_domains(['blog_id' => (int) $args['id']]);
            wp_delete_site((int) $args['id']);
            if (!empty($args['mappings_stay'])) {
                foreach ($mappings as $mapping) {
                    $wpdb->replace($wpdb->base_prefix . 'wu_domain_mappings', ['id' => $mapping->get_id(), 'active' => 1,
                        'blog_id' => (int) $args['id'], 'domain' => $mapping->get_domain(), 'stage' => $mapping->get_stage()]);
                }
                $wpdb->query("DELETE FROM $actions WHERE hook='wu_remove_domain'");
            }
            return true;
        case 'map':
            $ids = [];
            foreach ((array) $args['domains'] as $domain) {
                $made = wu_create_domain(['blog_id' => $args['site'] ?? 1, 'domain' => $domain, 'active' => true, 'stage' => $args['stage'] ?? 'checking-dns']);
                $ids[] = is_wp_error($made) ? throw new RuntimeException($made->get_error_message()) : $made->get_id();
            }
            return $ids;
        case 'unmap':
            foreach ((array) $args['domains'] as $domain) {
                wu_get_domain_by_domain($domain)->delete();
            }
            return true;
        case 'rename':
            $domain = wu_get_domain_by_domain($args['from']);
            $domain->set_domain($args['to']);
            return $domain->save();
        case 'stage':
            if (isset($args['stage'])) {
                $domain = wu_get_domain_by_domain($args['domain']);
                $domain->set_stage($args['stage']);
                $domain->save();
            }
            return wu_get_domain_by_domain($args['domain'])->get_stage();
        case 'enqueue':
            return array_map(static fn ($one) => wu_enqueue_async_action($one[0], $one[1], 'domain'), $args['actions']);
        case 'run_queue':
            if (!empty($args['die'])) {
                // As a memory limit of the machine or an impatient php-fpm does it, just before ServerPilot is asked.
                add_filter('serverpilot_configuration', static fn () => posix_kill(getmypid(), 9));
            }
            if (isset($args['die_at'])) {
                // At the n-th thing this process writes into the database for the plugin, or about its actions.
                add_filter('query', static function ($sql) use (&$args) {
                    $isOurs = preg_match('/^\s*(INSERT|UPDATE|DELETE)/i', $sql) === 1
                        && preg_match('/serverpilot|actionscheduler_actions/', $sql) === 1;
                    if ($isOurs && --$args['die_at'] === 0) {
                        posix_kill(getmypid(), 9);
                    }
                    return $sql;
                });
            }
            if (isset($args['throws'])) {
                add_filter('serverpilot_configuration', static fn () => throw new LogicException($args['throws']));
            }
            if (isset($args['maps'])) {
                // What another process does while this one asks ServerPilot.
                add_filter('serverpilot_configuration', static function ($configuration) use (&$args) {
                    if ($args['maps'] !== '') {
                        wu_create_domain(['blog_id' => 1, 'domain' => $args['maps']]);
                        $args['maps'] = '';
                    }
                    return $configuration;
                });
            }
            try {
                return ActionScheduler::runner()->run($args['context'] ?? 'WP Cron');
            } catch (InvalidArgumentException $e) {
                // Of two runners that clean up after a dead one the real queue ends the second like this.
                return str_contains($e->getMessage(), 'mark this action as having failed') ? 0 : throw $e;
            }
        case 'sync':
            // One run, as its action makes it. The n-th query of it gets no answer.
            $broken = '';
            if (isset($args['broken'])) {
                $wpdb->suppress_errors();
                add_filter('query', static function ($sql) use (&$args, &$broken) {
                    if (--$args['broken'] !== 0) {
                        return $sql;
                    }
                    $broken = $sql;
                    return "BROKEN $sql";
                });
            }
            try {
                ServerPilot\UltimateMultisite\Sync::scheduled('settings');
            } catch (ServerPilot\UltimateMultisite\SyncFailed $e) {
                $broken .= ' ' . $e->getMessage();
            }
            return $broken;
        case 'cache_mappings':
            if (!empty($args['broken'])) {
                $wpdb->suppress_errors();
                add_filter('query', static fn ($sql) => str_contains($sql, 'FROM wp_wu_domain_mappings') ? "BROKEN $sql" : $sql);
            }
            return count(wu_get_domains(['active' => 1, 'number' => 500, 'offset' => 0, 'orderby' => 'id', 'order' => 'ASC']));
        case 'map_past_the_cache':
            return $wpdb->insert($wpdb->base_prefix . 'wu_domain_mappings', ['blog_id' => 1, 'domain' => $args['domain'],
                'active' => 1, 'stage' => 'checking-dns']);
        case 'fire':
            switch_to_blog((int) ($args['site'] ?? get_current_blog_id()));
            do_action_ref_array($args['hook'], $args['args']);
            restore_current_blog();
            return true;
        case 'clear_queue':
            $wpdb->query("DELETE FROM $actions");
            $wpdb->query("DELETE FROM $logs");
            return true;
        case 'cancel':
            ActionScheduler::store()->cancel_action((int) $args['id']);
            return true;
        case 'actions':
            $where = isset($args['hook']) ? $wpdb->prepare('WHERE a.hook=%s', $args['hook']) : '';
            return $wpdb->get_results("SELECT a.action_id id, a.hook, a.status, a.args,
                TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), a.scheduled_date_gmt) due_in,
                (SELECT l.message FROM $logs l WHERE l.action_id=a.action_id ORDER BY l.log_id DESC LIMIT 1) message
                FROM $actions a $where ORDER BY a.action_id", ARRAY_A);
        case 'turn_clock':
            // Everything that waits comes nearer: the same as if the time had passed. What is to be run as soon
            // as possible has no time; and the real queue keeps an action's time in a second place too.
            $real = method_exists('ActionScheduler', 'factory');
            foreach ($wpdb->get_results("SELECT * FROM $actions WHERE status='pending' AND scheduled_date_gmt > '1971-01-01'") as $row) {
                $due = strtotime("$row->scheduled_date_gmt UTC") - (int) $args['seconds'];
                $wpdb->update($actions, ['scheduled_date_gmt' => gmdate('Y-m-d H:i:s', $due)] + (!$real ? [] : [
                    'schedule' => serialize(new ActionScheduler_SimpleSchedule(new DateTime("@$due"))),
                ]), ['action_id' => $row->action_id]);
            }
            $state = test_mu_plugin_step('state', []);
            if (is_array($state)) {
                array_walk_recursive($state, static function (&$value) use ($args): void {
                    // What is a point in time.
                    $value = is_int($value) && $value > 1_000_000_000 ? $value - (int) $args['seconds'] : $value;
                });
                test_mu_plugin_step('state', ['write' => json_encode($state)]);
            }
            $wpdb->query($wpdb->prepare("UPDATE $actions SET last_attempt_gmt = last_attempt_gmt - INTERVAL %d SECOND
                WHERE status='in-progress' OR claim_id > 0", $args['seconds']));
            return true;
        case 'pass':
            // From one due action to the next, here and at ServerPilot; a process runs the queue a few times.
            $left = (int) $args['seconds'];
            for ($turn = 0; $left > 0 && $turn < 12; $turn++) {
                $go = min($left, max(1, test_mu_plugin_step('next_due', []) ?? $left));
                file_get_contents(test_mu_plugin_settings()['control'] . '/control/clock', false, stream_context_create(['http' => [
                    'method' => 'POST', 'header' => 'Content-Type: application/json', 'content' => json_encode(['advance_s' => $go]),
                ]]));
                test_mu_plugin_step('turn_clock', ['seconds' => $go]);
                test_mu_plugin_step('run_queue', []);
                $left -= $go;
            }
            return $left;
        case 'next_due':
            // Of what belongs to domains: a real Ultimate Multisite has work of its own in the queue.
            $due = $wpdb->get_var("SELECT MIN(IF(scheduled_date_gmt < '1971-01-01', 0,
                TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), scheduled_date_gmt))) FROM $actions WHERE status='pending'
                AND (hook IN ('serverpilot_sync', 'wu_async_process_domain_stage')
                OR hook LIKE 'wu\_add\_%domain' OR hook LIKE 'wu\_remove\_%domain')");
            return $due === null ? null : (int) $due;
        case 'ffi':
            // What talks to ServerPilot here, and whether any code may use FFI.
            try {
                FFI::cdef('int getpid(void);');
                $free = true;
            } catch (Throwable) {
                $free = false;
            }
            return [ServerPilot\ServerPilot::choose()::class, $free];
        case 'state':
            if (isset($args['write'])) {
                $wpdb->query($wpdb->prepare("REPLACE INTO {$wpdb->base_prefix}options (option_name, option_value, autoload)
                    VALUES ('serverpilot_state', %s, 'no')", $args['write']));
            }
            return json_decode((string) $wpdb->get_var("SELECT option_value FROM {$wpdb->base_prefix}options WHERE option_name='serverpilot_state'"), true);
        case 'labels':
            // The words for times, counts and codes.
            $label = 'ServerPilot\UltimateMultisite\Labels';
            $words = [];
            foreach (['state' => ServerPilot\Controller\DomainStatus::states(), 'group' => ServerPilot\Controller\DomainStatus::groups(),
                'move' => ['nobody', 'wait', 'customer', 'operator'], 'kind' => ['network', 'mapped', 'subsite', 'www', 'removed'],
                'owner' => ['network', 'other', 'none'], 'dns' => ['found', 'no_such_name', 'no_address', 'failed']] as $what => $codes) {
                foreach ($codes as $code) {
                    $words["$what $code"] = $label::$what($code);
                }
            }
            $now = time();
            return [
                'now' => $now,
                'ago' => array_map(static fn ($s) => $label::ago($now - $s), $args['seconds']),
                'in' => array_map(static fn ($s) => $label::in($now + $s + ($s > 0 ? 5 : 0)), $args['seconds']),
                'unknown' => [$label::ago(0), $label::in(0), $label::time(0)],
                'summary' => $label::summary(ServerPilot\UltimateMultisite\DomainOverview::current()),
                'words' => $words,
            ];
        case 'check_next':
            // The next part of a check of many names.
            if (!empty($args['die'])) {
                add_filter('serverpilot_configuration', static fn () => posix_kill(getmypid(), 9));
            }
            return ServerPilot\UltimateMultisite\BackgroundCheck::next();
        case 'checks':
            // What was last seen of each name, and a check that is under way.
            if (isset($args['write'])) {
                $wpdb->query($wpdb->prepare("REPLACE INTO {$wpdb->base_prefix}options (option_name, option_value, autoload)
                    VALUES ('serverpilot_checks', %s, 'no')", json_encode($args['write'])));
            }
            return json_decode((string) $wpdb->get_var("SELECT option_value FROM {$wpdb->base_prefix}options WHERE option_name='serverpilot_checks'"), true);
        case 'active':
            $domain = wu_get_domain_by_domain($args['domain']);
            $domain->set_active($args['on']);
            return $domain->save();
        case 'play':
            // Several of these, one after the other in one process.
            return array_map(static fn ($one) => test_mu_plugin_step($one[0], $one[1]), $args['steps']);
        case 'command':
            // What it prints, line by line, as WP-CLI would to a terminal.
            require_once __DIR__ . '/test-mu-plugin-wp-cli.php';
            $argv = [str_replace('_', '-', $args['name']), ...$args['args'] ?? []];
            foreach ($args['options'] ?? [] as $name => $value) {
                $argv[] = $value === true ? "--$name" : "--$name=$value";
            }
            $ran = WP_CLI::run(ServerPilot\UltimateMultisite\Commands::class, $argv);
            $lines = array_filter(explode("\n", $ran['err'] . $ran['out']), static fn (string $line): bool => $line !== '');
            return $ran['code'] === 0 ? array_values($lines) : [...$lines, "Exit: {$ran['code']}"];
        case 'wp':
            require_once __DIR__ . '/test-mu-plugin-wp-cli.php';
            return WP_CLI::run(ServerPilot\UltimateMultisite\Commands::class, $args['argv']);
        case 'abilities':
            // Null where this WordPress has none.
            return !function_exists('wp_get_abilities') ? null : array_values(array_map(
                static fn ($ability) => substr($ability->get_name(), strlen('serverpilot/')),
                array_filter(wp_get_abilities(), static fn ($ability) => str_starts_with($ability->get_name(), 'serverpilot/'))
            ));
        case 'annotations':
            return wp_get_ability("serverpilot/$args[name]")->get_meta_item('annotations');
        case 'registered':
            return array_keys(rest_get_server()->get_routes());
        case 'ability':
            wp_set_current_user(get_user_by('login', $args['user'])->ID);
            $done = wp_get_ability("serverpilot/$args[name]")->execute($args['input']);
            return is_wp_error($done) ? ['error' => $done->get_error_code()] : $done;
        case 'test_connection':
            $module = WP_Ultimo\Integrations\Integration_Registry::get_instance()->get_capability('serverpilot', 'domain-mapping');
            $result = $module->test_connection();
            return is_wp_error($result) ? $result->get_error_message() : $result;
        case 'site_health':
            wp_set_current_user(1);
            $tests = apply_filters('site_status_tests', ['direct' => [], 'async' => []]);
            return [call_user_func($tests['direct']['serverpilot_setup']['test']),
                call_user_func($tests['async']['serverpilot_connection']['async_direct_test']),
                apply_filters('debug_information', [])];
        case 'debug_information':
            // In English and in a language in which every sentence of ours is another one.
            wp_set_current_user((int) ($args['user'] ?? 1));
            $english = apply_filters('debug_information', []);
            add_filter('gettext_ultimate-multisite-serverpilot', static fn ($text) => "Übersetzt: $text");
            return [$english['serverpilot']['fields'] ?? null, apply_filters('debug_information', [])['serverpilot']['fields'] ?? null];
        case 'site_health_cron':
            // What WordPress asks once a week, by the cron of each of the network's sites.
            add_filter('wp_doing_cron', '__return_true');
            switch_to_blog((int) $args['site']);
            $tests = apply_filters('site_status_tests', ['direct' => [], 'async' => []]);
            restore_current_blog();
            return [...array_keys($tests['direct']), ...array_keys($tests['async'])];
        case 'notice':
            if (!empty($args['activate'])) {
                include_once WP_PLUGIN_DIR . '/ultimate-multisite-serverpilot/ultimate-multisite-serverpilot.php';
            }
            wp_set_current_user((int) ($args['user'] ?? 1));
            require_once ABSPATH . 'wp-admin/includes/admin.php';
            if (!empty($args['super'])) {
                require_once ABSPATH . 'wp-admin/includes/ms.php';
                grant_super_admin((int) $args['user']);
            }
            set_current_screen($args['screen'] ?? (is_multisite() ? 'dashboard-network' : 'dashboard'));
            ob_start();
            do_action(is_multisite() ? 'network_admin_notices' : 'admin_notices');
            // A real Ultimate Multisite has notices of its own.
            preg_match_all('#<div class="notice(?:(?!<div).)*<strong>ServerPilot:.*?</div>#s', (string) ob_get_clean(), $found);
            return implode('', $found[0]);
        case 'domain_screen':
            // What Ultimate Multisite's list, page of one domain and customer's list show: wu_domain_list_column_domain
            // in class-domain-list-table.php, wu_page_wp-ultimo-edit-domain_register_widgets in class-base-admin-page.php,
            // wu_domain_mapping_row_info in views/dashboard-widgets/domain-mapping.php.
            require_once ABSPATH . 'wp-admin/includes/admin.php';
            wp_set_current_user((int) ($args['user'] ?? 1));
            $mapping = wu_get_domain_by_domain($args['domain']);
            set_current_screen('admin_page_wp-ultimo-edit-domain-network');
            $page = new class ($mapping) {
                public function __construct(private readonly object $mapping)
                {
                }

                public function get_object(): object
                {
                    return $this->mapping;
                }
            };
            do_action('wu_page_wp-ultimo-edit-domain_register_widgets', 'wp-ultimo-edit-domain', 'hook', $page);
            ob_start();
            do_meta_boxes(get_current_screen(), 'normal', null);
            $box = (string) ob_get_clean();
            return [
                'column' => apply_filters('wu_domain_list_column_domain', '<b>column</b>', $mapping),
                'box' => $box,
                'row' => apply_filters('wu_domain_mapping_row_info', ['primary' => ['value' => 'Primary']], $mapping),
            ];
        case 'remember_check':
            // What a check saw of a name, without asking the internet.
            $now = time();
            $check = ServerPilot\Controller\Check::fromArray($args['check'] + ['at' => $now, 'since' => $now, 'dns' => 'found',
                'reason' => 'ok', 'issuer' => 'CN=R11', 'expires' => $now + 80 * 86400]);
            ServerPilot\UltimateMultisite\CheckResults::change(static fn ($results) => [
                [$args['domain'] => $check] + $results->checks, $results->job,
            ]);
            return true;
        case 'explainer':
            // As the wizard finds the integration (class-hosting-integration-wizard-admin-page.php).
            $registry = 'WP_Ultimo\Integrations\Integration_Registry';
            return class_exists($registry)
                ? $registry::get_instance()->get_capability('serverpilot', 'domain-mapping')->get_explainer_lines()
                : WP_Ultimo\Managers\Domain_Manager::get_instance()->get_integration_instance('serverpilot')->get_explainer_lines();
        case 'privacy':
            // As its page has it: Settings → Privacy → Policy guide.
            require_once ABSPATH . 'wp-admin/includes/admin.php';
            require_once ABSPATH . 'wp-admin/includes/class-wp-privacy-policy-content.php';
            wp_set_current_user(1);
            set_current_screen('dashboard');
            do_action('admin_init');
            return implode(array_column(WP_Privacy_Policy_Content::get_suggested_policy_text(), 'policy_text', 'plugin_name'));
        case 'user_meta':
            return $wpdb->get_col($wpdb->prepare("SELECT meta_value FROM {$wpdb->usermeta} WHERE meta_key = %s", $args['key']));
        case 'has_function':
            return function_exists($args['name']);
        case 'event_types':
            return array_keys(wu_get_event_types());
        case 'hooked':
            $names = [];
            foreach ($GLOBALS['wp_filter'][$args['hook']]->callbacks ?? [] as $callbacks) {
                foreach ($callbacks as $callback) {
                    $function = $callback['function'];
                    $names[] = is_array($function) ? (is_object($function[0]) ? get_class($function[0]) : $function[0])
                        : ($function instanceof Closure ? (new ReflectionFunction($function))->getFileName() : (string) $function);
                }
            }
            return $names;
        case 'login':
            $user = get_user_by('login', $args['user']);
            $expires = time() + 3600;
            $token = WP_Session_Tokens::get_instance($user->ID)->create($expires);
            wp_set_current_user($user->ID);
            if (isset($args['days_ago'])) {
                // A nonce is a matter of "ticks", and a tick is half of nonce_life.
                $ago = (int) $args['days_ago'] * 2;
                add_filter('nonce_life', static fn () => 86400 * time() / max(1, time() - $ago * 43200));
            }
            $_COOKIE[LOGGED_IN_COOKIE] = wp_generate_auth_cookie($user->ID, $expires, 'logged_in', $token);
            return [
                'cookies' => [
                    AUTH_COOKIE => wp_generate_auth_cookie($user->ID, $expires, 'auth', $token),
                    LOGGED_IN_COOKIE => $_COOKIE[LOGGED_IN_COOKIE],
                ],
                'nonces' => array_combine($args['nonces'], array_map('wp_create_nonce', $args['nonces'])),
            ];
        case 'uninstall':
            define('WP_UNINSTALL_PLUGIN', 'ultimate-multisite-serverpilot/ultimate-multisite-serverpilot.php');
            include WP_PLUGIN_DIR . '/ultimate-multisite-serverpilot/uninstall.php';
            return [
                [...$wpdb->get_col("SELECT meta_key FROM {$wpdb->sitemeta} WHERE meta_key LIKE '%serverpilot%'"),
                    ...$wpdb->get_col("SELECT meta_key FROM {$wpdb->usermeta} WHERE meta_key LIKE '%serverpilot%'")],
                $wpdb->get_col("SELECT option_name FROM {$wpdb->base_prefix}options WHERE option_name LIKE '%serverpilot%'"),
                $wpdb->get_col("SELECT hook FROM $actions WHERE hook LIKE 'serverpilot%'"),
                $wpdb->get_col("SELECT slug FROM {$wpdb->base_prefix}actionscheduler_groups WHERE slug LIKE '%serverpilot%'"),
                $wpdb->get_col("SELECT message FROM $logs WHERE action_id NOT IN (SELECT action_id FROM $actions)"),
            ];
        case 'lease':
            if (isset($args['seconds'])) {
                // As a killed process would have left it.
                $wpdb->query($wpdb->prepare("REPLACE INTO {$wpdb->base_prefix}options (option_name, option_value, autoload)
                    VALUES ('serverpilot_lease', CONCAT(UNIX_TIMESTAMP() + %d, ' dead'), 'no')", $args['seconds']));
            }
            return $wpdb->get_var("SELECT option_value FROM {$wpdb->base_prefix}options WHERE option_name='serverpilot_lease'");
    }
    throw new RuntimeException("no such step: $step");
}
