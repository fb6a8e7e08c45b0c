<?php

// Tools → Site Health: a direct test of what this PHP may do, an asynchronous one of the connection, and
// lines for the information tab. Reads only; must not show a credential.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class SiteHealth
{
    /**
     * @param array<string, mixed> $tests
     * @return array<string, mixed>
     */
    public static function tests(array $tests): array
    {
        // The weekly cron is that of each site, and who keeps a sub-site can do nothing about the network's app.
        if (!current_user_can('manage_network') && !(wp_doing_cron() && is_main_site())) {
            return $tests;
        }
        $tests['direct']['serverpilot_setup'] = [
            'label' => __('ServerPilot setup', 'ultimate-multisite-serverpilot'),
            'test' => [self::class, 'setup'],
        ];
        $tests['async']['serverpilot_connection'] = [
            'label' => __('ServerPilot connection', 'ultimate-multisite-serverpilot'),
            'test' => 'serverpilot_connection',
            'async_direct_test' => [self::class, 'connection'],
        ];
        return $tests;
    }

    /** @return array<string, mixed> */
    public static function setup(): array
    {
        $unavailable = StatusReport::unavailable();
        if ($unavailable !== null) {
            return self::result(
                'serverpilot_setup',
                'critical',
                __('This PHP cannot talk to ServerPilot', 'ultimate-multisite-serverpilot'),
                $unavailable->getMessage()
            );
        }
        $problems = StatusReport::problems();
        if ($problems === [] && !self::wasSynced()) {
            $problems = ['never_synced' => Messages::of('never_synced')];
        }
        if ($problems === []) {
            return self::result(
                'serverpilot_setup',
                'good',
                __('ServerPilot is in sync with this network', 'ultimate-multisite-serverpilot'),
                __('Every domain of this network is in the app\'s list.', 'ultimate-multisite-serverpilot')
            );
        }
        return self::result(
            'serverpilot_setup',
            isset($problems['queue_stalled']) ? 'critical' : 'recommended',
            __('ServerPilot needs your attention', 'ultimate-multisite-serverpilot'),
            ...array_values($problems)
        );
    }

    private static function wasSynced(): bool
    {
        try {
            [$state] = Database::state();
            // A copy that is left alone has nothing to sync.
            return $state->synced !== null || $state->ignored !== null;
        } catch (SyncFailed) {
            return false;
        }
    }

    /** @return array<string, mixed> */
    public static function connection(): array
    {
        if (Connection::blocked() !== null) {
            return self::result(
                'serverpilot_connection',
                'recommended',
                __('ServerPilot was not asked', 'ultimate-multisite-serverpilot'),
                (string) StatusReport::problem()
            );
        }
        $tested = ConnectionTest::run();
        return is_wp_error($tested)
            ? self::result(
                'serverpilot_connection',
                'critical',
                __('The test of the connection to ServerPilot failed', 'ultimate-multisite-serverpilot'),
                $tested->get_error_message()
            )
            : self::result(
                'serverpilot_connection',
                'good',
                __('ServerPilot can be reached', 'ultimate-multisite-serverpilot'),
                __('Client ID, API key and app ID are right.', 'ultimate-multisite-serverpilot')
            );
    }

    /** What the Site Health screen asks for after it was shown. */
    public static function answer(): void
    {
        check_ajax_referer('health-check-site-status');
        if (!current_user_can('manage_network')) {
            wp_send_json_error(null, 403);
        }
        wp_send_json_success(self::connection());
    }

    /**
     * @param array<string, mixed> $information
     * @return array<string, mixed>
     */
    public static function information(array $information): array
    {
        if (!current_user_can('manage_network')) {
            return $information;
        }
        $fields = [];
        foreach (StatusReport::lines() as $label => $value) {
            $fields[sanitize_title($label)] = ['label' => $label, 'value' => $value];
        }
        $information['serverpilot'] = [
            'label' => __('ServerPilot', 'ultimate-multisite-serverpilot'),
            'fields' => $fields,
        ];
        return $information;
    }

    /** @return array<string, mixed> */
    private static function result(string $test, string $status, string $label, string ...$sentences): array
    {
        return [
            'label' => $label,
            'status' => $status,
            'badge' => ['label' => __('ServerPilot', 'ultimate-multisite-serverpilot'), 'color' => 'blue'],
            'description' => '<p>' . implode('</p><p>', array_map('esc_html', $sentences)) . '</p>',
            'actions' => '',
            'test' => $test,
        ];
    }
}
