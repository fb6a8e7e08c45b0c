<?php

// Leaves nothing behind, of any network here: the state, what was said and read, the lease, and every action of ours in
// the queue, past ones too; also where the site was a network once and is none any more. The queue's tables are Action
// Scheduler's (its ActionScheduler_StoreSchema and ActionScheduler_LoggerSchema); they are written to directly, because
// it may have gone before this plugin does. Must not touch ServerPilot: what is in the app's list still serves the
// network.

declare(strict_types=1);

use ServerPilot\UltimateMultisite\Announcer;
use ServerPilot\UltimateMultisite\CheckResults;
use ServerPilot\UltimateMultisite\Database;
use ServerPilot\UltimateMultisite\Lease;
use ServerPilot\UltimateMultisite\Notices;
use ServerPilot\UltimateMultisite\Queue;

defined('WP_UNINSTALL_PLUGIN') || exit;

require_once __DIR__ . '/autoload.php';

(static function (): void {
    global $wpdb;
    $prefixes = [$wpdb->base_prefix];
    if (is_multisite()) {
        foreach (array_map('intval', $wpdb->get_col("SELECT id FROM {$wpdb->site}")) as $network) {
            $prefixes[] = $wpdb->get_blog_prefix(get_main_site_id($network));
        }
    }
    $wpdb->query($wpdb->prepare("DELETE FROM {$wpdb->usermeta} WHERE meta_key = %s", Notices::DISMISSED));
    if (is_multisite()) {
        // What the screen kept for one view, and how many domains a page of it has.
        $wpdb->query($wpdb->prepare(
            "DELETE FROM {$wpdb->sitemeta} WHERE meta_key LIKE %s OR meta_key LIKE %s",
            $wpdb->esc_like('_site_transient_serverpilot_') . '%',
            $wpdb->esc_like('_site_transient_timeout_serverpilot_') . '%'
        ));
    }
    $wpdb->query($wpdb->prepare("DELETE FROM {$wpdb->usermeta} WHERE meta_key = %s", 'serverpilot_domains_per_page'));
    foreach (array_unique($prefixes) as $prefix) {
        $wpdb->query($wpdb->prepare(
            "DELETE FROM `{$prefix}options` WHERE option_name IN (%s, %s, %s, %s)",
            Database::STATE,
            CheckResults::OPTION,
            Announcer::OPTION,
            Lease::OPTION
        ));
        $queue = $prefix . 'actionscheduler_';
        if ($wpdb->get_var($wpdb->prepare('SHOW TABLES LIKE %s', $wpdb->esc_like("{$queue}groups"))) === null) {
            continue;
        }
        $of = "FROM {$queue}groups AS g LEFT JOIN {$queue}actions AS a ON a.group_id = g.group_id "
            . "LEFT JOIN {$queue}logs AS l ON l.action_id = a.action_id WHERE g.slug = %s";
        $wpdb->query($wpdb->prepare("DELETE g, a, l $of", Queue::GROUP));
    }
})();
