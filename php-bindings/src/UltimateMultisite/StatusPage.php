<?php

// Network Admin → Settings → ServerPilot: the state, what a sync would change, a button to sync now, and the
// decisions that only the operator can make. Has no settings. Nothing happens without the capability and a fresh nonce.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class StatusPage
{
    private const SLUG = 'serverpilot';
    private const NONCE = 'serverpilot_act';
    private const CAPABILITY = 'manage_network';

    private static ?string $failure = null;
    private static ?string $success = null;

    /** @var array{list<string>, list<string>} Names that come and names that go. */
    private static array $changes = [[], []];

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
            $name = $_POST['name'] ?? '';
            self::act(
                is_string($do) ? sanitize_key(wp_unslash($do)) : '',
                is_string($name) ? sanitize_text_field(wp_unslash($name)) : ''
            );
        }
    }

    public static function show(): void
    {
        if (!current_user_can(self::CAPABILITY)) {
            wp_die(esc_html__('Only a network administrator can see this.', 'ultimate-multisite-serverpilot'), '', 403);
        }
        echo '<div class="wrap"><h1>' . esc_html__('ServerPilot', 'ultimate-multisite-serverpilot') . '</h1>';
        self::outcome();
        echo '<table class="widefat striped"><tbody>';
        // Each value in its own direction: from the right to the left, "1 / 300" would read as 300 of one.
        foreach (StatusReport::lines() as $label => $value) {
            printf('<tr><th scope="row">%s</th><td dir="auto">%s</td></tr>', esc_html($label), esc_html($value));
        }
        echo '</tbody></table>';
        printf('<form method="post" action="%s"><p>', esc_url(network_admin_url('settings.php?page=' . self::SLUG)));
        wp_nonce_field(self::NONCE);
        self::button('plan', __('Preview changes', 'ultimate-multisite-serverpilot'));
        self::button('sync', __('Sync now', 'ultimate-multisite-serverpilot'), true);
        self::decisions();
        echo '</p></form></div>';
    }

    /** What only the operator can decide, where there is something to decide. */
    private static function decisions(): void
    {
        $problems = StatusReport::problems();
        $codes = array_keys($problems);
        $isUndecided = static fn ($code) => str_starts_with($code, 'safe_') || $code === 'state_unreadable';
        if (array_filter($codes, $isUndecided) !== []) {
            self::button('moved', __('This is the same network, it moved', 'ultimate-multisite-serverpilot'));
            self::button('new', __('This is a new network', 'ultimate-multisite-serverpilot'));
            self::button('ignore', __('Leave this copy alone', 'ultimate-multisite-serverpilot'));
        }
        if (isset($problems['brake']) || isset($problems['eviction_brake'])) {
            self::button('allow', __('Allow removals', 'ultimate-multisite-serverpilot'));
        }
        try {
            $foreign = array_map('strval', array_keys(Database::state()[0]->foreign));
        } catch (SyncFailed) {
            // The table above says it already.
            return;
        }
        if ($foreign !== []) {
            echo '</p><p><select name="name">';
            foreach ($foreign as $name) {
                printf('<option value="%1$s">%1$s</option>', esc_attr($name));
            }
            echo '</select> ';
            self::button('adopt', __('Manage this domain here', 'ultimate-multisite-serverpilot'));
        }
    }

    private static function button(string $do, string $label, bool $isPrimary = false): void
    {
        printf(
            '<button class="button%s" name="do" value="%s">%s</button> ',
            $isPrimary ? ' button-primary' : '',
            esc_attr($do),
            esc_html($label)
        );
    }

    private static function act(string $do, string $name): void
    {
        try {
            switch ($do) {
                case 'plan':
                    $plan = Sync::preview();
                    self::$changes = [$plan->missing, $plan->removing];
                    self::$success = __('A sync now would change this:', 'ultimate-multisite-serverpilot');
                    break;
                case 'sync':
                    $result = Sync::requested()->result;
                    self::$changes = [$result->added, $result->removed];
                    self::$success = $result->added === [] && $result->removed === []
                        ? __('Nothing to do: the app is in sync.', 'ultimate-multisite-serverpilot')
                        : __('Synced:', 'ultimate-multisite-serverpilot');
                    break;
                case 'moved':
                case 'new':
                case 'ignore':
                case 'allow':
                case 'adopt':
                    Sync::decide($do, $name);
                    self::$success = __('Done. The next sync goes by it.', 'ultimate-multisite-serverpilot');
            }
        } catch (SyncFailed $e) {
            self::$failure = $e->getMessage();
        }
    }

    private static function outcome(): void
    {
        $problem = StatusReport::problem();
        if ($problem !== null) {
            printf('<div class="notice notice-warning"><p>%s</p></div>', esc_html($problem));
        }
        if (self::$failure !== null && !in_array(self::$failure, StatusReport::problems(), true)) {
            printf('<div class="notice notice-error"><p>%s</p></div>', esc_html(self::$failure));
        }
        if (self::$success === null) {
            return;
        }
        printf('<div class="notice notice-success"><p>%s</p><ul>', esc_html(self::$success));
        foreach (['+', '−'] as $at => $sign) {
            foreach (self::$changes[$at] as $name) {
                printf('<li><code>%s %s</code></li>', esc_html($sign), esc_html($name));
            }
        }
        echo '</ul></div>';
    }
}
