<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// Configuration of the test site. What a test changes (credentials, which line of Ultimate
// Multisite, debugging) it writes into settings.json beside the site, read afresh in every request.

declare(strict_types=1);

$serverpilot_run = dirname(__DIR__);
$serverpilot_settings = json_decode((string) @file_get_contents("$serverpilot_run/settings.json"), true) ?: [];

define('DB_NAME', 'wordpress');
define('DB_USER', 'wordpress');
define('DB_PASSWORD', 'loopback');
define('DB_HOST', "localhost:$serverpilot_run/socket/db.sock");
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');

foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $serverpilot_name) {
    define("{$serverpilot_name}_KEY", "test-$serverpilot_name-key");
    define("{$serverpilot_name}_SALT", "test-$serverpilot_name-salt");
}

define('WP_DEBUG', true);
define('WP_DEBUG_DISPLAY', false);
define('WP_DEBUG_LOG', "$serverpilot_run/log/debug.log");
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEFAULT_THEME', 'plain');

if (file_exists("$serverpilot_run/network")) {
    define('WP_ALLOW_MULTISITE', true);
    define('MULTISITE', true);
    define('SUBDOMAIN_INSTALL', true);
    define('DOMAIN_CURRENT_SITE', $serverpilot_settings['network'] ?? 'network.test');
    define('PATH_CURRENT_SITE', '/');
    define('SITE_ID_CURRENT_SITE', 1);
    define('BLOG_ID_CURRENT_SITE', 1);
}

if (file_exists(__DIR__ . '/wp-content/sunrise.php') && file_exists("$serverpilot_run/network")) {
    define('SUNRISE', true);
}

foreach ($serverpilot_settings['constants'] ?? [] as $serverpilot_name => $serverpilot_value) {
    define($serverpilot_name, $serverpilot_value);
}
define('ULTIMATE_MULTISITE_LINE', $serverpilot_settings['line'] ?? 'registry');

$table_prefix = 'wp_';

defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
