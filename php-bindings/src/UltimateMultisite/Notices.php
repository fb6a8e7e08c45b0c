<?php

// One notice, for whoever can act on it, with the cure in it.
// May not ask ServerPilot anything; shows what is known already.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Notices
{
    public static function singleSite(): void
    {
        if (!current_user_can('activate_plugins')) {
            return;
        }
        self::show(__(
            'This plugin keeps the domains of a WordPress network in step with ServerPilot, and this site is '
                . 'no network. Deactivate it here.',
            'ultimate-multisite-serverpilot'
        ));
    }

    public static function network(): void
    {
        if (!current_user_can('manage_network')) {
            return;
        }
        // Credentials in wp-config.php give no sign when they are written there: the first visit does.
        if (Connection::ready()) {
            $state = State::load();
            $never = $state->confirmed === null && $state->failure === null;
            if ($never || ($state->failure['status'] ?? '') === Reconciler::NOT_SET_UP) {
                Reconciler::settingsChanged();
            }
        }
        $problem = Report::problem();
        if ($problem !== null) {
            self::show($problem);
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
