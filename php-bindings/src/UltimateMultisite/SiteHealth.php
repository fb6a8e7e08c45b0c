<?php

// Tools → Site Health: a direct test of what this PHP may do, an asynchronous one of the connection, and
// lines for the information tab. Reads only; may not show a credential.

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
        $unavailable = Report::unavailable();
        if ($unavailable !== null) {
            return self::result(
                'serverpilot_setup',
                'critical',
                __('This PHP cannot talk to ServerPilot', 'ultimate-multisite-serverpilot'),
                $unavailable->getMessage()
            );
        }
        $problem = Report::problem();
        if ($problem === null && State::load()->confirmed === null) {
            $problem = __(
                'The domains of this network were not compared with the app\'s list yet. That is done as soon as '
                    . 'scheduled actions run.',
                'ultimate-multisite-serverpilot'
            );
        }
        return $problem === null
            ? self::result(
                'serverpilot_setup',
                'good',
                __('ServerPilot is in step with this network', 'ultimate-multisite-serverpilot'),
                __('Every domain of this network is in the app\'s list.', 'ultimate-multisite-serverpilot')
            )
            : self::result(
                'serverpilot_setup',
                'recommended',
                __('ServerPilot needs your attention', 'ultimate-multisite-serverpilot'),
                $problem
            );
    }

    /** @return array<string, mixed> */
    public static function connection(): array
    {
        if (!Connection::ready()) {
            return self::result(
                'serverpilot_connection',
                'recommended',
                __('ServerPilot was not asked', 'ultimate-multisite-serverpilot'),
                (string) Report::problem()
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
        foreach (Report::lines() as $label => $value) {
            $fields[sanitize_title($label)] = ['label' => $label, 'value' => $value];
        }
        $information['serverpilot'] = [
            'label' => __('ServerPilot', 'ultimate-multisite-serverpilot'),
            'fields' => $fields,
        ];
        return $information;
    }

    /** @return array<string, mixed> */
    private static function result(string $test, string $status, string $label, string $description): array
    {
        return [
            'label' => $label,
            'status' => $status,
            'badge' => ['label' => __('ServerPilot', 'ultimate-multisite-serverpilot'), 'color' => 'blue'],
            'description' => '<p>' . esc_html($description) . '</p>',
            'actions' => '',
            'test' => $test,
        ];
    }
}
