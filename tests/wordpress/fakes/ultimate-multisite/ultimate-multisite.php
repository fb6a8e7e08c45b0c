<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

/**
 * Plugin Name: Ultimate Multisite (fake for tests)
 * Description: The contract that an integration plugin meets: models, functions, hooks, and one of its two lines of host integrations. Not the real thing.
 * Version: 0.1.0
 * Network: true
 */

// The constant ULTIMATE_MULTISITE_LINE chooses the line: registry or legacy.
// May know nothing of the plugin under test.

declare(strict_types=1);

defined('ABSPATH') || exit;

$ultimate_multisite_line = defined('ULTIMATE_MULTISITE_LINE') ? ULTIMATE_MULTISITE_LINE : 'registry';
if (is_multisite()) {
    define('WP_ULTIMO_PLUGIN_DIR', __DIR__ . '/');
    require __DIR__ . '/domains.php';
    require __DIR__ . '/events.php';
    \WP_Ultimo\Managers\Event_Manager::get_instance()->init();
    require __DIR__ . '/' . ($ultimate_multisite_line === 'legacy' ? 'legacy.php' : 'registry.php');
    \WP_Ultimo\Managers\Domain_Manager::get_instance()->init();
    require __DIR__ . '/menu.php';
}
