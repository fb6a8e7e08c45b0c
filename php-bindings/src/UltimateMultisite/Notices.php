<?php

// One notice, for whoever can act on it, with the cure in it.
// Must not ask ServerPilot anything; shows what is known already.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Facts;

final class Notices
{
    public static function singleSite(): void
    {
        if (current_user_can('activate_plugins')) {
            self::show(Messages::of('single_site'));
        }
    }

    public static function network(): void
    {
        if (!current_user_can('manage_network')) {
            return;
        }
        try {
            self::begin();
        } catch (SyncFailed $e) {
            self::show($e->getMessage());
            return;
        }
        $screen = function_exists('get_current_screen') ? get_current_screen() : null;
        // That page says it itself, with what to do.
        $isSaid = str_ends_with($screen->id ?? '', '_page_serverpilot-network');
        $problem = $isSaid ? null : StatusReport::problem();
        if ($problem !== null) {
            self::show($problem);
        }
    }

    /** Credentials in wp-config.php give no sign when they are written there: the first visit does. */
    private static function begin(): void
    {
        if (Connection::blocked() !== null) {
            return;
        }
        Queue::keepHeartbeat();
        [$state] = Database::state();
        $wasBlocked = in_array(
            $state->failure['code'] ?? '',
            ['no_ultimate_multisite', 'not_enabled', 'no_credentials'],
            true
        );
        if ($state->revision === 0 || $wasBlocked) {
            Queue::wake(Facts::SETTINGS);
        }
    }

    private static function show(string $message): void
    {
        printf(
            '<div class="notice notice-warning"><p><strong>%s</strong> %s</p></div>',
            esc_html__('ServerPilot:', 'ultimate-multisite-serverpilot'),
            esc_html($message)
        );
    }
}
