<?php

/**
 * Plugin Name:       ServerPilot for Ultimate Multisite
 * Description:       Keeps the domains and AutoSSL of your ServerPilot app in sync with those of your network.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      8.1
 * Author:            The maintainers of ServerPilot for Ultimate Multisite
 * Network:           true
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       ultimate-multisite-serverpilot
 * Domain Path:       /languages
 * Update URI:        false
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

// Its name among the plugins, which plugin_basename() would take a hundred times as long to say.
$own = basename(__DIR__) . '/' . basename(__FILE__);

// A visitor's page is shown nothing of ours and asks no module anything: what is for those who operate
// the network is registered only where they are, and costs the page nothing.
$operated = is_admin() || wp_doing_cron() || PHP_SAPI === 'cli';

// Ultimate Multisite with a registry: our module takes the place of the built-in one. On a visitor's page
// only its hooks are exchanged, below.
if ($operated) {
    add_action('wu_register_integrations', static function (object $registry): void {
        if (class_exists('WP_Ultimo\Integrations\Providers\ServerPilot\ServerPilot_Integration')) {
            $registry->register(new Integration());
        }
    });
    add_action('wu_register_capabilities', static function (object $registry): void {
        $registry->add_capability('serverpilot', new DomainMapping());
    });
    // Without a registry: before Ultimate Multisite makes its provider (at 10), of which there is one only.
    add_action('plugins_loaded', static function (): void {
        if (
            !class_exists('WP_Ultimo\Integrations\Integration_Registry')
            && class_exists('WP_Ultimo\Integrations\Host_Providers\ServerPilot_Host_Provider')
        ) {
            LegacyProvider::get_instance();
        }
    }, 9);
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
                // Whatever changed: the sync finds out.
                add_action("wu_$name", static fn () => Queue::wake('changed'));
            }
        }
    }
}, 20);

// Our own scheduled actions. (Names are written out here: a class constant would load its class.)
add_action('serverpilot_sync', static fn ($event = '') => Sync::scheduled(is_string($event) ? $event : ''));
add_action('serverpilot_heartbeat', static fn () => Sync::heartbeat());
add_action('serverpilot_check', static fn () => BackgroundCheck::scheduled());
add_action('action_scheduler_ensure_recurring_actions', static fn () => Queue::keepHeartbeat());
if (PHP_SAPI === 'cli') {
    // A command-line PHP may do what this network's web PHP is not allowed to.
    add_action('action_scheduler_before_process_queue', static fn () => Sync::takeUp());
}

// What else is a reason to compare: a domain that was switched on or off, one whose DNS is right, one that was given
// up. And how long a certificate is waited for.
// (Ultimate Multisite has an action for the first, which it does not fire where another column of the domain had the
// new value already.)
add_action('wu_domain_post_save', static function ($data, $domain = null, $isNew = false): void {
    $was = is_object($domain) && method_exists($domain, '_get_original') ? $domain->_get_original() : null;
    if (!$isNew && is_array($data) && (bool) ($data['active'] ?? true) !== (bool) ($was['active'] ?? true)) {
        Queue::note('changed');
    }
}, 10, 3);
add_action('wu_domain_manager_dns_propagation_finished', static fn () => Queue::note('dns'));
add_action('wu_transition_domain_stage', static function ($old, $new): void {
    if ($new === 'ssl-failed') {
        Queue::note('dns');
    }
}, 10, 2);
add_filter(
    'wu_async_process_domain_stage_max_tries',
    static fn ($tries, $domain = null) => Verification::maxTries((int) $tries, $domain),
    10,
    2
);

// The integration or a credential was saved: bring in everything mapped before.
foreach (['add', 'update'] as $verb) {
    foreach (
        ['wu_host_integrations_enabled', 'wu_hosting_credential_WU_SERVER_PILOT_CLIENT_ID',
        'wu_hosting_credential_WU_SERVER_PILOT_API_KEY', 'wu_hosting_credential_WU_SERVER_PILOT_APP_ID'] as $option
    ) {
        add_action("{$verb}_site_option_$option", static fn () => Sync::settingsChanged());
    }
}

// A customer's list of domains, which may be on a page of theirs or of the main site.
add_filter('wu_domain_mapping_row_info', static fn ($row, $of = null) => DomainScreens::customersRow($row, $of), 10, 2);

// Where operators look.
if ($operated) {
    add_action('wu_register_all_events', static fn () => Announcer::register());
    add_filter(
        'wu_domain_list_column_domain',
        static fn ($html, $of = null) => DomainScreens::badge($html, $of),
        10,
        2
    );
    add_action(
        'wu_page_wp-ultimo-edit-domain_register_widgets',
        static fn ($id, $hook = '', $page = null) => DomainScreens::addBox($page),
        10,
        3
    );
    add_action('network_admin_notices', static fn () => Notices::network());
    add_action('network_admin_edit_serverpilot_dismiss', static fn () => Notices::dismiss());
    add_action('admin_init', static fn () => Privacy::suggest());
    add_action('network_admin_menu', static fn () => Screen\Page::menu(), 20);
    add_action('wp_ajax_serverpilot_progress', static fn () => Screen\Actions::progress());
    add_filter(
        'set_screen_option_serverpilot_domains_per_page',
        static fn ($keep, $option, $value) => max(1, min(300, (int) $value)),
        10,
        3
    );
    add_action('wp_ajax_wu_test_hosting_integration', static fn () => ConnectionTest::answer(), 1);
    add_filter('site_status_tests', static fn ($tests) => SiteHealth::tests((array) $tests));
    add_filter('debug_information', static fn ($info) => SiteHealth::information((array) $info));
    add_action('wp_ajax_health-check-serverpilot-connection', static fn () => SiteHealth::answer());
    add_filter("network_admin_plugin_action_links_$own", static fn ($links) => Deactivation::links((array) $links));
    add_filter(
        'plugin_row_meta',
        static fn ($meta, $file) => Deactivation::meta((array) $meta, (string) $file, $own),
        10,
        2
    );
    add_action('admin_action_serverpilot_leave_off', static fn () => Deactivation::leaveOff($own));
    add_action('init', static function (): void {
        load_plugin_textdomain(
            'ultimate-multisite-serverpilot',
            false,
            basename(__DIR__) . '/languages'
        );
    });
}

// For programs: REST, and abilities where WordPress has them.
if (is_main_site()) {
    add_action('rest_api_init', static fn () => RestRoutes::register());
    add_action('wp_abilities_api_categories_init', static fn () => Abilities::category());
    add_action('wp_abilities_api_init', static fn () => Abilities::register());
}

if (defined('WP_CLI') && \WP_CLI) {
    \WP_CLI::add_command('serverpilot', Commands::class);
}

add_action("activate_$own", static fn () => Sync::settingsChanged());
add_action("deactivate_$own", static fn () => Deactivation::deactivated());
