<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// Installs WordPress as a sub-domain network, the way its own screens do, and turns the plugins on.
// Each step is a process of its own, since each changes what WordPress loads in the next one.

declare(strict_types=1);

$run = (string) getenv('SERVERPILOT_WORDPRESS_RUN');
$step = $argv[1] ?? '';

if ($step === '') {
    $plugins = array_filter(
        ['action-scheduler/action-scheduler.php', 'ultimate-multisite/ultimate-multisite.php'],
        static fn (string $plugin) => is_file("$run/site/wp-content/plugins/$plugin")
    );
    $plugins[] = 'ultimate-multisite-serverpilot/ultimate-multisite-serverpilot.php';
    foreach (['single', 'network', 'unpack', ...$plugins, 'people', 'wizard'] as $next) {
        passthru(escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg(__FILE__) . ' ' . $next, $code);
        if ($code !== 0) {
            exit($code);
        }
    }
    exit(0);
}

$_SERVER['HTTP_HOST'] = 'network.test';
$_SERVER['SERVER_NAME'] = 'network.test';
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD'] = 'GET';

if ($step === 'single') {
    define('WP_INSTALLING', true);
} elseif ($step === 'unpack') {
    define('FS_METHOD', 'direct');
}
require "$run/site/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

if ($step === 'single') {
    wp_install('Network', 'operator', 'operator@network.test', true, '', 'operator');
} elseif ($step === 'network') {
    require_once ABSPATH . 'wp-admin/includes/network.php';
    foreach ($wpdb->tables('ms_global') as $table => $name) {
        $wpdb->$table = $name;
    }
    install_network();
    $result = populate_network(1, 'network.test', 'operator@network.test', 'Network', '/', true);
    if (is_wp_error($result) && $result->get_error_code() !== 'no_wildcard_dns') {
        fwrite(STDERR, $result->get_error_message() . "\n");
        exit(1);
    }
    touch("$run/network");
} elseif ($step === 'people') {
    foreach (['siteadmin' => 'administrator', 'subscriber' => 'subscriber'] as $name => $role) {
        wp_insert_user(['user_login' => $name, 'user_pass' => $name, 'user_email' => "$name@network.test", 'role' => $role]);
    }
} elseif ($step === 'unpack') {
    require_once ABSPATH . 'wp-admin/includes/file.php';
    require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
    $upgrader = new Plugin_Upgrader(new Automatic_Upgrader_Skin());
    $result = $upgrader->install("$run/pack/ultimate-multisite-serverpilot.zip", ['overwrite_package' => true]);
    if ($result !== true) {
        fwrite(STDERR, is_wp_error($result) ? $result->get_error_message() . "\n" : 'the zip was refused' . "\n");
        exit(1);
    }
} elseif ($step === 'wizard') {
    // What the setup wizard of a real Ultimate Multisite does.
    if (class_exists('WP_Ultimo\Installers\Core_Installer')) {
        WP_Ultimo\Installers\Core_Installer::get_instance()->_install_database_tables();
        WP_Ultimo\Sunrise::maybe_tap('activating');
        wu_save_setting('enable_domain_mapping', true);
    }
} else {
    // Without it a real Ultimate Multisite shows its setup wizard and loads nothing else.
    update_network_option(null, 'wu_setup_finished', true);
    require_once ABSPATH . 'wp-admin/includes/plugin.php';
    wp_set_current_user(1);
    // One a process: the second one may rely on the first one being loaded.
    $result = activate_plugin($step, '', true);
    if (is_wp_error($result)) {
        fwrite(STDERR, "$step: " . $result->get_error_message() . "\n");
        exit(1);
    }
}
