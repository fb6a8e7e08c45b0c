<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// Must-use plugin of the test site: sends the plugin's requests to the fake, executes the named steps
// that tests ask for, and tells what a page view cost. Only ever installed into the test site.

declare(strict_types=1);

// Beside the file itself: WordPress sees it by a link.
require_once dirname((string) realpath(__FILE__)) . '/test-mu-plugin-outside.php';

function test_mu_plugin_settings(): array
{
    return json_decode((string) @file_get_contents(dirname(ABSPATH) . '/settings.json'), true) ?: [];
}

add_filter('serverpilot_configuration', static function ($configuration) {
    $test = test_mu_plugin_settings();
    $timeouts = $test['timeouts'] ?? ['connect_ms' => 1500, 'request_ms' => 4000, 'total_ms' => 8000];
    return $configuration->with(
        baseUrl: $test['base_url'] ?? null,
        caFile: ($test['ca_file'] ?? '') ?: null,
        connectMs: $timeouts['connect_ms'],
        requestMs: $timeouts['request_ms'],
        totalMs: $timeouts['total_ms'],
    );
});

// The names of tests are nobody's: the internet is asked about them only where a test says so.
add_filter('serverpilot_audited_names', static fn ($names) => test_mu_plugin_settings()['internet'] ?? false ? $names : []);
add_filter('serverpilot_hold_names_without_dns', static fn ($hold) => test_mu_plugin_settings()['internet'] ?? false);

// As WordPress's own testers of right-to-left scripts do it; and another language than English.
add_action('init', static function (): void {
    if (isset(test_mu_plugin_settings()['text_direction'])) {
        $GLOBALS['wp_locale']->text_direction = test_mu_plugin_settings()['text_direction'];
    }
}, 0);
add_filter('determine_locale', static fn ($locale) => test_mu_plugin_settings()['locale'] ?? $locale);

if (!function_exists('wp_mail')) {
    function wp_mail(...$ignored): bool
    {
        return true;
    }
}

// A view without the plugin, whatever is active: mu-plugins come before those of the network.
if (isset($_SERVER['HTTP_X_WITHOUT'])) {
    add_filter('site_option_active_sitewide_plugins', static fn ($active) => array_diff_key(
        (array) $active,
        ['ultimate-multisite-serverpilot/ultimate-multisite-serverpilot.php' => 0]
    ));
}

// Ultimate Multisite's log, wherever it keeps it.
add_action('wu_log_add', static function ($handle, $message, $level): void {
    $text = is_wp_error($message) ? $message->get_error_message() : (string) $message;
    file_put_contents(dirname(ABSPATH) . "/log/um-$handle.log", "[$level] $text\n", FILE_APPEND);
}, 10, 3);

// Ultimate Multisite's events, from which it makes mails and webhooks.
add_action('wu_event', static function ($slug, $payload): void {
    if (str_starts_with((string) $slug, 'serverpilot')) {
        if (test_mu_plugin_settings()['events_fail'] ?? false) {
            throw new LogicException('SENTINEL of a listener');
        }
        file_put_contents(dirname(ABSPATH) . '/log/um-events.log', json_encode(['slug' => $slug] + $payload) . "\n", FILE_APPEND);
        if (test_mu_plugin_settings()['events_die'] ?? false) {
            posix_kill(getmypid(), 9);
        }
    }
}, 10, 2);

add_action('wp_loaded', static function (): void {
    $step = $_SERVER['HTTP_X_TEST_STEP'] ?? '';
    if ($step === '' || PHP_SAPI === 'cli') {
        return;
    }
    require_once dirname((string) realpath(__FILE__)) . '/test-mu-plugin-steps.php';
    header('Content-Type: application/json');
    echo test_mu_plugin_execute($step, (string) file_get_contents('php://input'));
    exit;
}, 999);

add_action('shutdown', static function (): void {
    if (!isset($_SERVER['HTTP_X_PROBE'])) {
        return;
    }
    global $wpdb;
    $plugin = (string) realpath(WP_PLUGIN_DIR . '/ultimate-multisite-serverpilot');
    echo "\n<!--probe " . json_encode([
        'queries' => $wpdb->num_queries,
        'files' => array_values(array_filter(get_included_files(), static fn ($file) => str_starts_with($file, $plugin))),
        'ffi' => class_exists('ServerPilot\Native', false) || class_exists('ServerPilot\HelperProgram', false),
        'memory' => memory_get_peak_usage(),
    ]) . '-->';
}, 1000);
