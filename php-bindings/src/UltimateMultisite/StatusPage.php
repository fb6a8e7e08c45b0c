<?php

// Network Admin → Settings → ServerPilot: the state, what a run would change, and a button to run now.
// Has no settings. Nothing happens without the capability and a fresh nonce.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Result\ListResult;

final class StatusPage
{
    private const SLUG = 'serverpilot';
    private const NONCE = 'serverpilot_act';
    private const CAPABILITY = 'manage_network';

    private static ListResult|ServerPilotException|NotDone|null $outcome = null;

    public static function menu(): void
    {
        $hook = add_submenu_page(
            'settings.php',
            __('ServerPilot', 'ultimate-multisite-serverpilot'),
            __('ServerPilot', 'ultimate-multisite-serverpilot'),
            self::CAPABILITY,
            self::SLUG,
            [self::class, 'show']
        );
        if ($hook !== false) {
            add_action("load-$hook", [self::class, 'handle']);
        }
    }

    /**
     * Before the page begins, so that a refusal is one for the browser too, and what the notice above the page
     * says is how things are after the button was pressed.
     */
    public static function handle(): void
    {
        if (($_SERVER['REQUEST_METHOD'] ?? '') === 'POST' && current_user_can(self::CAPABILITY)) {
            check_admin_referer(self::NONCE);
            $do = $_POST['do'] ?? '';
            self::act(is_string($do) ? sanitize_key(wp_unslash($do)) : '');
        }
    }

    public static function show(): void
    {
        if (!current_user_can(self::CAPABILITY)) {
            wp_die(esc_html__('Only a network administrator can see this.', 'ultimate-multisite-serverpilot'), '', 403);
        }
        echo '<div class="wrap"><h1>' . esc_html__('ServerPilot', 'ultimate-multisite-serverpilot') . '</h1>';
        if (self::$outcome instanceof ListResult) {
            self::result(self::$outcome);
        } elseif (self::$outcome !== null && self::$outcome->getMessage() !== Report::problem()) {
            // Else the notice above the page says it already.
            printf('<div class="notice notice-error"><p>%s</p></div>', esc_html(self::$outcome->getMessage()));
        }
        echo '<table class="widefat striped"><tbody>';
        // Each value in its own direction: from the right to the left, "1 / 300" would read as 300 of one.
        foreach (Report::lines() as $label => $value) {
            printf('<tr><th scope="row">%s</th><td dir="auto">%s</td></tr>', esc_html($label), esc_html($value));
        }
        echo '</tbody></table>';
        printf('<form method="post" action="%s"><p>', esc_url(network_admin_url('settings.php?page=' . self::SLUG)));
        wp_nonce_field(self::NONCE);
        printf(
            '<button class="button" name="do" value="plan">%s</button> '
                . '<button class="button button-primary" name="do" value="sync">%s</button></p></form></div>',
            esc_html__('Show what would change', 'ultimate-multisite-serverpilot'),
            esc_html__('Bring into step now', 'ultimate-multisite-serverpilot')
        );
    }

    private static function act(string $do): void
    {
        try {
            self::$outcome = match ($do) {
                'plan' => (new Reconciler())->plan(),
                'sync' => (new Reconciler())->now(),
                default => null,
            };
        } catch (ServerPilotException | NotDone $e) {
            self::$outcome = $e;
        }
    }

    private static function result(ListResult $result): void
    {
        printf('<div class="notice notice-success"><p>%s</p><ul>', esc_html($result->message));
        foreach ([['+', $result->added], ['−', $result->removed]] as [$sign, $names]) {
            foreach ($names as $name) {
                printf('<li><code>%s %s</code></li>', esc_html($sign), esc_html($name));
            }
        }
        echo '</ul></div>';
    }
}
