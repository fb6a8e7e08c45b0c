<?php

// One notice at most, for whoever can act on it, where they look for it: what is wrong, with a link to what fixes it.
// Must not ask ServerPilot anything; shows what is known already.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Facts;

final class Notices
{
    public const DISMISS = 'serverpilot_dismiss';

    /** A user's own list of the causes that they have read of. */
    public const DISMISSED = 'serverpilot_dismissed';

    public static function singleSite(): void
    {
        if (current_user_can('activate_plugins') && self::isOn(['dashboard', 'plugins'])) {
            printf('<div class="notice notice-warning">%s</div>', self::text(Messages::of('single_site')));
        }
    }

    public static function network(): void
    {
        if (!current_user_can('manage_network')) {
            return;
        }
        $failed = null;
        try {
            self::begin();
        } catch (SyncFailed $e) {
            $failed = [$e->reason => $e->getMessage()];
        }
        if (!self::isOn(['dashboard-network', 'plugins-network', '*wp-ultimo*'])) {
            return;
        }
        $problems = $failed ?? StatusReport::problems();
        $causes = self::causes($problems);
        $dismissed = array_intersect(self::dismissed(), $causes);
        if (count($dismissed) < count(self::dismissed())) {
            // What is over is forgotten, so that it is shown where it comes back.
            update_user_meta(get_current_user_id(), self::DISMISSED, array_values($dismissed));
        }
        foreach ($problems as $code => $sentence) {
            if (!in_array($causes[$code], $dismissed, true)) {
                self::show((string) $code, $sentence, $causes[$code]);
                return;
            }
        }
    }

    /** The user has read of this cause; of another one they are told again. */
    public static function dismiss(): void
    {
        check_admin_referer(self::DISMISS);
        $cause = $_GET['cause'] ?? '';
        $cause = is_string($cause) ? sanitize_text_field(wp_unslash($cause)) : '';
        // Only what is the case can be dismissed, so that nothing gathers there.
        if (current_user_can('manage_network') && in_array($cause, self::causes(StatusReport::problems()), true)) {
            $dismissed = array_values(array_unique([...self::dismissed(), $cause]));
            update_user_meta(get_current_user_id(), self::DISMISSED, $dismissed);
        }
        wp_safe_redirect(wp_get_referer() ?: network_admin_url());
        exit;
    }

    /** Credentials in wp-config.php give no sign when they are written there: the first visit does. */
    private static function begin(): void
    {
        if (Connection::blocked() !== null) {
            return;
        }
        Queue::keepHeartbeat();
        [$state] = Database::state();
        $wasBlocked = in_array($state->failure['code'] ?? '', Connection::BLOCKS, true);
        if ($state->revision === 0 || $wasBlocked) {
            Queue::wake(Facts::SETTINGS);
        }
    }

    /** @param list<string> $screens */
    private static function isOn(array $screens): bool
    {
        $screen = get_current_screen()->id ?? '';
        if (str_ends_with($screen, '_page_serverpilot-network')) {
            // The plugin's own page says it itself.
            return false;
        }
        foreach ($screens as $pattern) {
            if (fnmatch($pattern, $screen)) {
                return true;
            }
        }
        return false;
    }

    /**
     * A failure is the same from its beginning to its end, whatever its sentence says of the next try; anything else is
     * another one when its sentence changes.
     *
     * @param array<string, string> $problems
     * @return array<string, string> Code => cause.
     */
    private static function causes(array $problems): array
    {
        try {
            $failure = Database::state()[0]->failure;
        } catch (SyncFailed) {
            // That is the problem then.
            $failure = null;
        }
        $causes = [];
        foreach ($problems as $code => $sentence) {
            $causes[$code] = $code . '-' . ($code === ($failure['code'] ?? null)
                ? $failure['since'] : substr(md5($sentence), 0, 12));
        }
        return $causes;
    }

    /** @return list<string> */
    private static function dismissed(): array
    {
        $dismissed = get_user_meta(get_current_user_id(), self::DISMISSED, true);
        return is_array($dismissed) ? array_values(array_filter($dismissed, 'is_string')) : [];
    }

    private static function show(string $code, string $sentence, string $cause): void
    {
        [$url, $label] = match ($code) {
            'no_ultimate_multisite' => [
                network_admin_url('plugins.php'),
                __('Open Plugins', 'ultimate-multisite-serverpilot'),
            ],
            'not_enabled' => [Place::integrations(), __('Open Integrations', 'ultimate-multisite-serverpilot')],
            'no_credentials' => [Place::setup(), __('Open the setup', 'ultimate-multisite-serverpilot')],
            'queue_stalled', 'no_queue' => [
                Place::queue(),
                __('Open Scheduled Actions', 'ultimate-multisite-serverpilot'),
            ],
            default => [Place::url(), __('Open ServerPilot', 'ultimate-multisite-serverpilot')],
        };
        $dismiss = add_query_arg('cause', rawurlencode($cause), network_admin_url('edit.php?action=' . self::DISMISS));
        printf(
            '<div class="notice notice-warning">%s<p><a href="%s">%s</a> | <a href="%s">%s</a></p></div>',
            self::text($sentence),
            esc_url($url),
            esc_html($label),
            esc_url(wp_nonce_url($dismiss, self::DISMISS)),
            esc_html__('Dismiss until something else is wrong', 'ultimate-multisite-serverpilot')
        );
    }

    /** Escaped. */
    private static function text(string $sentence): string
    {
        return sprintf(
            '<p><strong>%s</strong> %s</p>',
            esc_html__('ServerPilot:', 'ultimate-multisite-serverpilot'),
            esc_html($sentence)
        );
    }
}
