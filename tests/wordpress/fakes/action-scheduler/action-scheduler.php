<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

/**
 * Plugin Name: Action Scheduler (fake for tests)
 * Description: The queue's contract as the tests need it: stored in the database, claimed in batches of 25, run by any number of runners. Not the real thing.
 * Version: 0.1.0
 * Network: true
 */

// Written from the queue's documented behaviour: tables of the main site, statuses, hooks around each
// action, a failed action never retried. May know nothing of the plugin under test.

declare(strict_types=1);

defined('ABSPATH') || exit;

if (!class_exists('ActionScheduler', false)) {
    require __DIR__ . '/queue.php';
    add_action('plugins_loaded', ['ActionScheduler', 'init'], 1);
}
