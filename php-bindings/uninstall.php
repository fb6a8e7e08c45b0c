<?php

// Leaves nothing behind: the network option, the lease, and every action of ours in the queue, past ones too.
// May not touch ServerPilot: what is in the app's list still serves the network.

declare(strict_types=1);

use ServerPilot\UltimateMultisite\Lease;
use ServerPilot\UltimateMultisite\State;

defined('WP_UNINSTALL_PLUGIN') || exit;

require_once __DIR__ . '/autoload.php';

(static function (): void {
    global $wpdb;
    foreach ((array) $wpdb->get_col("SELECT id FROM {$wpdb->site}") as $network) {
        delete_network_option((int) $network, State::OPTION);
    }
    switch_to_blog(get_main_site_id());
    delete_option(Lease::OPTION);
    if (function_exists('as_get_scheduled_actions') && class_exists('ActionScheduler')) {
        foreach (as_get_scheduled_actions(['group' => 'serverpilot', 'per_page' => -1], 'ids') as $id) {
            ActionScheduler::store()->delete_action($id);
        }
    }
    restore_current_blog();
})();
