<?php

// What the buttons of the page do. Each is a POST with the capability and a fresh nonce, ends in a redirect, and
// leaves what came of it for one view. Must not decide anything: the classes that it calls do.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite\Screen;

use ServerPilot\Exception\ServerPilotException;
use ServerPilot\UltimateMultisite\BackgroundCheck;
use ServerPilot\UltimateMultisite\Database;
use ServerPilot\UltimateMultisite\DesiredDomains;
use ServerPilot\UltimateMultisite\DomainOverview;
use ServerPilot\UltimateMultisite\Labels;
use ServerPilot\UltimateMultisite\LibraryMessages;
use ServerPilot\UltimateMultisite\Messages;
use ServerPilot\UltimateMultisite\Place;
use ServerPilot\UltimateMultisite\Sync;
use ServerPilot\UltimateMultisite\SyncFailed;

final class Actions
{
    public const NONCE = 'serverpilot_act';

    /** What a preview found is shown for so long. */
    private const PREVIEW_SECONDS = 3600;

    /** A result waits for the view that shows it, and no longer. */
    private const RESULT_SECONDS = 600;

    /**
     * @return array{added: list<string>, removed: list<string>, waiting: list<string>, adopted: list<string>,
     *     held: array<string, string>, at: int}|null
     */
    public static function previewed(): ?array
    {
        $kept = get_site_transient(self::key('preview'));
        $parts = ['added', 'removed', 'waiting', 'adopted', 'held', 'at'];
        // One that an earlier version kept has other parts, and is made again.
        return is_array($kept) && array_diff($parts, array_keys($kept)) === [] ? $kept : null;
    }

    /** Does what was asked for by a POST, and redirects; returns where none was. */
    public static function handle(): void
    {
        if (($_SERVER['REQUEST_METHOD'] ?? '') !== 'POST') {
            return;
        }
        if (!current_user_can(Page::CAPABILITY)) {
            wp_die(esc_html__('Only a network administrator can do this.', 'ultimate-multisite-serverpilot'), '', 403);
        }
        check_admin_referer(self::NONCE);
        // A button of one row brings its name along: "check:shop.com".
        [$do, $name] = explode(':', self::posted('do'), 2) + ['', ''];
        $name = $name !== '' ? $name : self::posted('name');
        if ($do === '') {
            // WordPress's own choice above the table, and that below it.
            $do = self::posted(self::posted('action') === '-1' ? 'action2' : 'action');
        }
        $view = self::openView();
        if ($do === '' || $do === '-1') {
            // No button: somebody typed the number of a page above the table.
            $view = array_filter(['paged' => self::posted('paged')]) + $view;
        }
        try {
            $view = self::act($do, $name, $view);
        } catch (SyncFailed | ServerPilotException $e) {
            self::keep('error', LibraryMessages::of($e));
            $view += ['result' => '1'];
        }
        $location = Place::url($view);
        // The script sends the same form in the background, and goes where it is told.
        if (str_contains((string) ($_SERVER['HTTP_ACCEPT'] ?? ''), 'application/json')) {
            wp_send_json(['location' => $location]);
        }
        wp_safe_redirect($location);
        exit;
    }

    /**
     * Shows what came of the last action, once.
     *
     * @param array<string, string> $problems What the page says anyway: that is not said twice.
     * @return bool Whether the action failed with one of them.
     */
    public static function result(array $problems): bool
    {
        // phpcs:ignore WordPress.Security.NonceVerification -- says what is shown, and changes nothing
        if (!isset($_GET['result'])) {
            return false;
        }
        $result = get_site_transient(self::key('result'));
        delete_site_transient(self::key('result'));
        if (!is_array($result)) {
            return false;
        }
        if (in_array($result['message'], $problems, true)) {
            return true;
        }
        printf(
            '<div class="notice notice-%1$s inline serverpilot-result" role="%2$s" tabindex="-1"><p>%3$s</p>',
            esc_attr($result['type']),
            $result['type'] === 'error' ? 'alert' : 'status',
            esc_html($result['message'])
        );
        Panels::changes($result['added'], $result['removed']);
        echo '</div>';
        return false;
    }

    /** What the script asks for while a check of many names is under way: does the next part of it. */
    public static function progress(): void
    {
        check_ajax_referer(self::NONCE);
        if (!current_user_can(Page::CAPABILITY)) {
            wp_send_json_error(null, 403);
        }
        try {
            $progress = BackgroundCheck::next();
        } catch (SyncFailed $e) {
            wp_send_json_error(['message' => $e->getMessage()]);
        }
        wp_send_json_success([
            'done' => $progress['done'] ?? null,
            'total' => $progress['total'] ?? null,
            'text' => $progress === null
                ? __('All checked. The page shows the results.', 'ultimate-multisite-serverpilot')
                : Panels::progressText($progress),
        ]);
    }

    /**
     * @param array<string, string> $view
     * @return array<string, string> The view that shows what came of it.
     */
    private static function act(string $do, string $name, array $view): array
    {
        switch ($do) {
            case 'plan':
                set_site_transient(self::key('preview'), Sync::difference(), self::PREVIEW_SECONDS);
                return ['view' => 'preview'];
            case 'sync':
                self::sync();
                return ['result' => '1'];
            case 'check':
                return $name !== '' ? self::checkOne($name, $view) : self::checkMany(self::names(), $view);
            case 'check_all':
                return self::checkMany(DomainOverview::current()->checkable(), $view);
            case 'moved':
            case 'new':
            case 'ignore':
            case 'allow':
            case 'adopt':
                Sync::decide($do, $name);
                self::keep('success', Messages::decided($do, $name));
                return $view + ['result' => '1'];
        }
        return $view;
    }

    private static function sync(): void
    {
        $result = Sync::requested()->result;
        delete_site_transient(self::key('preview'));
        $state = Database::state()[0];
        if ($state->brake !== null && $result->added === [] && $result->removed === []) {
            self::keep('warning', Messages::of('brake', (string) $state->brake['count']));
            return;
        }
        $left = count($state->held);
        $isSame = $result->added === [] && $result->removed === [];
        $message = $isSame ? __('Nothing to do: the app is in sync.', 'ultimate-multisite-serverpilot')
            : __('Synced:', 'ultimate-multisite-serverpilot');
        if ($left > 0) {
            $message = sprintf(
                $isSame
                    /* translators: %s: number of domains */
                    ? _n(
                        'Nothing to change; %s domain is still left out.',
                        'Nothing to change; %s domains are still left out.',
                        $left,
                        'ultimate-multisite-serverpilot'
                    )
                    /* translators: %s: number of domains */
                    : _n(
                        'Synced, with %s domain left out:',
                        'Synced, with %s domains left out:',
                        $left,
                        'ultimate-multisite-serverpilot'
                    ),
                number_format_i18n($left)
            );
        }
        self::keep($left > 0 ? 'warning' : 'success', $message, $result->added, $result->removed);
    }

    /**
     * @param array<string, string> $view
     * @return array<string, string>
     */
    private static function checkOne(string $name, array $view): array
    {
        $name = DesiredDomains::normal($name);
        if (!isset(DomainOverview::current()->domains[$name])) {
            throw new SyncFailed('unknown_domain');
        }
        BackgroundCheck::one($name);
        $status = DomainOverview::current()->domains[$name] ?? throw new SyncFailed('unknown_domain');
        self::keep($status->group === 'secure' ? 'success' : 'info', sprintf(
            /* translators: 1: domain name, 2: its state */
            __('%1$s: %2$s', 'ultimate-multisite-serverpilot'),
            $name,
            Labels::state($status->state)
        ));
        return $view + ['result' => '1'];
    }

    /**
     * @param list<string> $names
     * @param array<string, string> $view
     * @return array<string, string>
     */
    private static function checkMany(array $names, array $view): array
    {
        $names = array_values(array_intersect($names, DomainOverview::current()->checkable()));
        if ($names === []) {
            self::keep('error', __(
                'Select the domains that are to be checked.',
                'ultimate-multisite-serverpilot'
            ));
            return $view + ['result' => '1'];
        }
        BackgroundCheck::start($names);
        return $view;
    }

    /**
     * @param list<string> $added
     * @param list<string> $removed
     */
    private static function keep(string $type, string $message, array $added = [], array $removed = []): void
    {
        $result = ['type' => $type, 'message' => $message, 'added' => $added, 'removed' => $removed];
        set_site_transient(self::key('result'), $result, self::RESULT_SECONDS);
    }

    private static function key(string $what): string
    {
        return "serverpilot_{$what}_" . get_current_user_id();
    }

    private static function posted(string $key): string
    {
        // phpcs:ignore WordPress.Security.NonceVerification -- handle() has checked it
        $value = $_POST[$key] ?? '';
        return is_string($value) ? sanitize_text_field(wp_unslash($value)) : '';
    }

    /** @return list<string> */
    private static function names(): array
    {
        // phpcs:ignore WordPress.Security.NonceVerification -- handle() has checked it
        $names = $_POST['names'] ?? [];
        return array_map(
            static fn (string $name): string => sanitize_text_field(wp_unslash($name)),
            array_values(array_filter((array) $names, 'is_string'))
        );
    }

    /** @return array<string, string> The view that the button was on, by the form's own word; nothing else of it. */
    private static function openView(): array
    {
        // Not cleaned as a text, which would take the percent signs out of it: only known keys are taken.
        // phpcs:ignore WordPress.Security.NonceVerification -- handle() has checked it
        $referer = $_POST['_wp_http_referer'] ?? '';
        $referer = is_string($referer) ? (string) wp_unslash($referer) : '';
        parse_str((string) wp_parse_url($referer, PHP_URL_QUERY), $query);
        $view = [];
        foreach (['domain', 'group', 's', 'orderby', 'order', 'paged'] as $key) {
            if (is_string($query[$key] ?? null) && $query[$key] !== '') {
                $view[$key] = $query[$key];
            }
        }
        return $view;
    }
}
