<?php

/**
 * Plugin Name:       ServerPilot for Ultimate Multisite
 * Description:       Keeps the domains and AutoSSL of your ServerPilot app in step with those of your network.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      8.1
 * Network:           true
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       ultimate-multisite-serverpilot
 * Domain Path:       /languages
 */

// Registers hooks and does nothing else: every class is loaded when its hook fires, so that a page
// view that has nothing to do with domains loads this file and the autoloader, asks the database
// nothing and never touches the native library.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

defined('ABSPATH') || exit;

require_once __DIR__ . '/autoload.php';

if (!is_multisite()) {
    add_action('admin_notices', static fn () => Notices::singleSite());
    return;
}

// A visitor's page is shown nothing of ours and asks no module anything: what is for those who operate
// the network is registered only where they are, and costs the page nothing.
$operated = is_admin() || wp_doing_cron() || PHP_SAPI === 'cli';

// Ultimate Multisite with a registry: our module takes the place of the built-in one. On a visitor's page
// only its hooks are exchanged, below.
if ($operated) {
    add_action('wu_register_capabilities', static function (object $registry): void {
        $registry->add_capability('serverpilot', new DomainMapping());
    });
}

// Wherever the built-in module or the older line's built-in provider has hooked the four actions, which
// it does only when it is enabled and set up, its hooks go and ours come.
add_action('plugins_loaded', static function (): void {
    $registry = 'WP_Ultimo\Integrations\Integration_Registry';
    $provider = 'WP_Ultimo\Integrations\Host_Providers\ServerPilot_Host_Provider';
    $builtIn = [];
    if (class_exists($registry, false)) {
        $builtIn[] = $registry::get_instance()->get_capability('serverpilot', 'domain-mapping');
    }
    if (class_exists($provider, false)) {
        $builtIn[] = $provider::get_instance();
    }
    foreach ($builtIn as $module) {
        if ($module === null || $module::class === DomainMapping::class) {
            continue;
        }
        foreach (['add_domain', 'add_subdomain', 'remove_domain', 'remove_subdomain'] as $name) {
            if (remove_action("wu_$name", [$module, "on_$name"])) {
                $gone = str_starts_with($name, 'remove');
                add_action("wu_$name", static fn ($domain = '') => (new Reconciler())->hint($domain, $gone));
            }
        }
    }
}, 20);

// The queue says which of its actions runs: an action that was scheduled before the last look at
// everything needs no look of its own.
add_action('action_scheduler_begin_execute', static fn ($id) => Queue::began((int) $id));
add_action('action_scheduler_after_execute', static fn () => Queue::ended());
add_action('action_scheduler_failed_execution', static fn () => Queue::ended());
// A process that died had nothing to say: the queue notices, at the latest after five minutes.
add_action('action_scheduler_failed_action', static fn ($id) => Reconciler::lost((int) $id));
add_action('action_scheduler_unexpected_shutdown', static fn ($id) => Reconciler::lost((int) $id));
if (PHP_SAPI === 'cli') {
    add_action('action_scheduler_before_process_queue', static fn () => Reconciler::takeUpWhatTheWebCouldNot());
}

// Our own scheduled actions. (Names are written out here: a class constant would load its class.)
add_action(
    'serverpilot_sync',
    static fn ($attempt = 0, ...$released) => (new Reconciler())->again((int) $attempt, $released),
    10,
    3
);
add_action('serverpilot_daily', static fn () => (new Reconciler())->daily());
add_action('serverpilot_follow_up', static fn ($step = 0) => (new FollowUp())->look((int) $step));

// Certificates: a name's DNS is right, a name was given up, and how long it is waited for.
add_action('wu_domain_manager_dns_propagation_finished', static fn () => FollowUp::start());
add_action('wu_transition_domain_stage', static function ($old, $new): void {
    if ($new === 'ssl-failed') {
        FollowUp::start();
    }
}, 10, 2);
add_filter(
    'wu_async_process_domain_stage_max_tries',
    static fn ($tries, $domain = null) => FollowUp::maxTries((int) $tries, $domain),
    10,
    2
);

// The integration or a credential was saved: bring in everything mapped before.
foreach (['add', 'update'] as $verb) {
    foreach (
        ['wu_host_integrations_enabled', 'wu_hosting_credential_WU_SERVER_PILOT_CLIENT_ID',
        'wu_hosting_credential_WU_SERVER_PILOT_API_KEY', 'wu_hosting_credential_WU_SERVER_PILOT_APP_ID'] as $option
    ) {
        add_action("{$verb}_site_option_$option", static fn () => Reconciler::settingsChanged());
    }
}

// Where operators look.
if ($operated) {
    add_action('network_admin_notices', static fn () => Notices::network());
    add_action('network_admin_menu', static fn () => StatusPage::menu());
    add_action('wp_ajax_wu_test_hosting_integration', static fn () => ConnectionTest::answer(), 1);
    add_filter('site_status_tests', static fn ($tests) => SiteHealth::tests((array) $tests));
    add_filter('debug_information', static fn ($info) => SiteHealth::information((array) $info));
    add_action('wp_ajax_health-check-serverpilot-connection', static fn () => SiteHealth::answer());
    add_action('init', static function (): void {
        load_plugin_textdomain(
            'ultimate-multisite-serverpilot',
            false,
            dirname(plugin_basename(__FILE__)) . '/languages'
        );
    });
}

if (defined('WP_CLI') && \WP_CLI) {
    \WP_CLI::add_command('serverpilot', Commands::class);
}

register_activation_hook(__FILE__, static fn () => Reconciler::settingsChanged());
register_deactivation_hook(__FILE__, static fn () => Queue::clear());
