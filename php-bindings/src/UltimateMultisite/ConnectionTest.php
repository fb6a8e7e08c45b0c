<?php

// Answers "does it work?" in one sentence: for Ultimate Multisite's setup wizard, Site Health and the
// command line. Reads only; must not show more of an answer than that sentence.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Controller;
use ServerPilot\Exception\ServerPilotException;
use WP_Error;

final class ConnectionTest
{
    /** @return true|WP_Error */
    public static function run(): bool|WP_Error
    {
        try {
            [$state, $now] = Database::state();
            if (!Controller::isReached($state->notBefore, $now)) {
                return new WP_Error('serverpilot-retry-after', Messages::of('retry_after'));
            }
            Connection::client()->inspectApp();
            return true;
        } catch (SyncFailed $e) {
            return new WP_Error("serverpilot-{$e->reason}", $e->getMessage());
        } catch (ServerPilotException $e) {
            return new WP_Error('serverpilot-' . strtolower($e->statusName), LibraryMessages::of($e));
        }
    }

    /**
     * Ultimate Multisite's wizard asks here, in both lines; what is not ours is left to Ultimate Multisite.
     * Its form sends no nonce, so the request has to come from the network's own pages.
     */
    public static function answer(): void
    {
        // phpcs:ignore WordPress.Security.NonceVerification -- see above
        $asked = $_REQUEST['integration'] ?? '';
        if (!is_string($asked) || sanitize_key(wp_unslash($asked)) !== 'serverpilot') {
            return;
        }
        if (!current_user_can('manage_network') || (get_http_origin() !== '' && is_allowed_http_origin() === '')) {
            wp_send_json_error(
                self::shown(__('Only a network administrator can test this.', 'ultimate-multisite-serverpilot')),
                403
            );
        }
        $result = Connection::missing() === [] ? self::run()
            : new WP_Error('serverpilot-no-credentials', Messages::of('no_credentials'));
        if (is_wp_error($result)) {
            wp_send_json_error(self::shown($result->get_error_message()));
        }
        wp_send_json_success(self::shown(__(
            'ServerPilot answered: client ID, API key and app ID are right. Nothing was changed.',
            'ultimate-multisite-serverpilot'
        )));
    }

    /** The wizard shows a text as it is, as HTML in a line that does not wrap; and anything else as JSON. */
    private static function shown(string $sentence): string
    {
        return sprintf('<span style="white-space: normal">%s</span>', esc_html($sentence));
    }
}
