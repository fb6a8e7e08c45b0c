<?php

// Every sentence of the plugin's own that an operator can read, by its stable code: what is wrong, what to do, what
// happens next. Must not escape anything: whoever shows it does.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\State;

final class Messages
{
    /** The prefix of a code of the library's among those that are kept. */
    public const LIBRARY = 'library.';

    /**
     * A message that was kept, in the language of now.
     *
     * @param array<array{code: string, arguments: array<mixed>}> $message
     */
    public static function told(array $message): string
    {
        $texts = [];
        foreach ($message as ['code' => $code, 'arguments' => $arguments]) {
            $isLibrarys = str_starts_with($code, self::LIBRARY);
            $values = array_map('strval', array_filter($arguments, 'is_scalar'));
            $texts[] = match (true) {
                $code === State::TEXT => implode(' ', $values),
                $isLibrarys => LibraryMessages::translated(
                    [['code' => substr($code, strlen(self::LIBRARY)), 'arguments' => $arguments]]
                ) ?? $code,
                default => self::of($code, ...array_values($values)),
            };
        }
        return implode(' ', $texts);
    }

    public static function of(string $code, string ...$values): string
    {
        $text = self::text($code);
        return $values === [] ? $text : vsprintf($text, $values);
    }

    /** What follows from a decision of the operator's; see Sync::decide(). */
    public static function decided(string $decision, string $name): string
    {
        $next = __('The next sync goes by it.', 'ultimate-multisite-serverpilot');
        return match ($decision) {
            'ignore' => self::of('ignored'),
            'adopt' => sprintf(
                /* translators: %s: domain name */
                __('%s is managed here from now on.', 'ultimate-multisite-serverpilot'),
                $name
            ),
            'allow' => __('The removals are allowed.', 'ultimate-multisite-serverpilot') . ' ' . $next,
            default => __('Decided.', 'ultimate-multisite-serverpilot') . ' ' . $next,
        };
    }

    private static function text(string $code): string
    {
        return match ($code) {
            'no_ultimate_multisite' => __(
                'Ultimate Multisite is not active, so there are no domains to sync. Activate it for the network under '
                    . 'Plugins.',
                'ultimate-multisite-serverpilot'
            ),
            'not_enabled' => __(
                'The ServerPilot integration is not enabled. Enable it under Ultimate Multisite → Settings → '
                    . 'Integrations.',
                'ultimate-multisite-serverpilot'
            ),
            'no_credentials' => sprintf(
                /* translators: %s: names of constants */
                __(
                    'ServerPilot\'s credentials are missing: %s. Enter them in Ultimate Multisite\'s ServerPilot '
                        . 'setup, or define them in wp-config.php.',
                    'ultimate-multisite-serverpilot'
                ),
                implode(', ', Connection::missing())
            ),
            'database' => __(
                'Could not read the network\'s domains from the database, so nothing was changed. '
                    . 'Check the database server; the sync is tried again automatically.',
                'ultimate-multisite-serverpilot'
            ),
            'state_unreadable' => self::placed(/* translators: %s: where the plugin's page is */ __(
                'What was remembered of the app\'s domains cannot be read, so nothing is changed. Decide under %s '
                    . 'whether the app\'s domains that are mapped here are this network\'s, or run "wp serverpilot '
                    . 'network moved" (they are) or "wp serverpilot network new".',
                'ultimate-multisite-serverpilot'
            )),
            'overtaken' => __(
                'This sync took so long that another one took over. Nothing is lost: that one does the work.',
                'ultimate-multisite-serverpilot'
            ),
            'busy' => __('Another sync is running; skipped. Try again in a minute.', 'ultimate-multisite-serverpilot'),
            'no_queue' => __(
                'The sync could not be scheduled. Check that Action Scheduler works (Tools → Scheduled Actions); until '
                    . 'then, click Sync now after each change.',
                'ultimate-multisite-serverpilot'
            ),
            'retry_after' => __(
                'ServerPilot asked not to be called for a while. No action needed: the sync runs automatically '
                    . 'afterwards.',
                'ultimate-multisite-serverpilot'
            ),
            'unknown' => __(
                'ServerPilot did not answer, so it is not known whether the list was changed. It is read again before '
                    . 'anything else is written.',
                'ultimate-multisite-serverpilot'
            ),
            'exception' => /* translators: 1: class, 2: file name, 3: line */ __(
                'The sync was interrupted by an error of PHP or of another plugin: %1$s in %2$s, line %3$s. Check '
                    . 'PHP\'s error log.',
                'ultimate-multisite-serverpilot'
            ),
            'telling' => /* translators: 1: class, 2: file name, 3: line */ __(
                'Telling that domains need somebody was interrupted by an error of PHP or of another plugin: %1$s in '
                    . '%2$s, line %3$s. Check PHP\'s error log. The sync itself is done.',
                'ultimate-multisite-serverpilot'
            ),
            'safe_app' => __(
                'Safe mode: the app ID is not the one that this database belongs to, so nothing is changed at '
                    . 'ServerPilot.',
                'ultimate-multisite-serverpilot'
            ) . ' ' . self::decision(),
            'safe_network' => __(
                'Safe mode: the network\'s domain is not the one that this database belongs to, so nothing is changed '
                    . 'at ServerPilot.',
                'ultimate-multisite-serverpilot'
            ) . ' ' . self::decision(),
            'safe_environment' => __(
                'Safe mode: this is not the kind of environment (production, staging, …) that this database belongs '
                    . 'to, so nothing is changed at ServerPilot.',
                'ultimate-multisite-serverpilot'
            ) . ' ' . self::decision(),
            'ignored' => __(
                'This copy of the network is left alone, as you decided: nothing is changed at ServerPilot.',
                'ultimate-multisite-serverpilot'
            ),
            'no_copy' => __(
                'This is no copy: the app is synced with this network. To stop that, disable the ServerPilot '
                    . 'integration in Ultimate Multisite.',
                'ultimate-multisite-serverpilot'
            ),
            'no_decision' => __(
                'There is nothing to decide: this is the network that the app is synced with. Nothing was changed.',
                'ultimate-multisite-serverpilot'
            ),
            'unknown_decision' => __('There is no such decision.', 'ultimate-multisite-serverpilot'),
            'unknown_domain' => __(
                'This is not a domain of this network. It may have been unmapped meanwhile.',
                'ultimate-multisite-serverpilot'
            ),
            'not_foreign' => __(
                'This name is not one that is mapped here and was put into the app by somebody else.',
                'ultimate-multisite-serverpilot'
            ),
            'brake' => self::placed(/* translators: 1: number of domains, 2: where the plugin's page is */ __(
                '%1$s domains would be removed from the app at once, so the removals wait for you; everything else '
                    . 'is done. Check them with Preview changes, then click Allow removals under %2$s, or run "wp '
                    . 'serverpilot allow-removals".',
                'ultimate-multisite-serverpilot'
            ), '%2$s'),
            'eviction_brake' => self::placed(/* translators: %s: where the plugin's page is */ __(
                'The app is full, and making room for new domains would remove many less important names at once (www '
                    . 'names first), so that waits for you. Remove names that are no longer used, or click Allow '
                    . 'removals under %s, or run "wp serverpilot allow-removals".',
                'ultimate-multisite-serverpilot'
            )),
            'no_room' => /* translators: 1: number of domains, 2: list of domain names */ __(
                'Not in the app for want of room: %1$s (%2$s). ServerPilot allows 300 domains per app. Remove names '
                    . 'that are no longer used, or move sites to another app; then they are added automatically.',
                'ultimate-multisite-serverpilot'
            ),
            'no_dns' => /* translators: 1: number of domains, 2: list of domain names */ __(
                'Left out because they have no address in public DNS: %1$s (%2$s). One such name keeps the whole app '
                    . 'from its certificate. They are added again automatically as soon as their DNS is set.',
                'ultimate-multisite-serverpilot'
            ),
            'invalid_domain' => /* translators: 1: number of domains, 2: list of domain names */ __(
                'Not valid domain names: %1$s (%2$s). Correct them under Ultimate Multisite → Domains; the next sync '
                    . 'adds them.',
                'ultimate-multisite-serverpilot'
            ),
            'changed' => /* translators: 1: list of domain names, 2: list of domain names */ __(
                'ServerPilot\'s list was changed: added %1$s; removed %2$s.',
                'ultimate-multisite-serverpilot'
            ),
            'repaired' => __(
                'The daily sync repaired what somebody had changed.',
                'ultimate-multisite-serverpilot'
            ),
            'autossl_enabled' => __('AutoSSL was enabled.', 'ultimate-multisite-serverpilot'),
            'autossl_refused' => /* translators: %s: ServerPilot's reason */ __(
                'AutoSSL could not be enabled: %s Enable it in ServerPilot\'s panel, or fix the cause; the daily sync '
                    . 'tries again.',
                'ultimate-multisite-serverpilot'
            ),
            'autossl_overdue' => __(
                'ServerPilot has had no certificate for more than a week: check the DNS of the names in the app, one '
                    . 'name without DNS keeps all of them from their certificate. Run "wp serverpilot diagnose" with '
                    . 'the name that is not secure.',
                'ultimate-multisite-serverpilot'
            ),
            'certificates_bad' => /* translators: 1: number of domains, 2: list of domain names */ __(
                'Certificates that need your attention: %1$s (%2$s). They expire soon, or are not ServerPilot\'s. Run '
                    . '"wp serverpilot diagnose" with the name; they are checked again once a day.',
                'ultimate-multisite-serverpilot'
            ),
            'queue_stalled' => /* translators: %s: date and time */ __(
                'A sync has been due since %s and did not run: scheduled actions do not run. Check Tools → Scheduled '
                    . 'Actions and WP-Cron, then click Sync now.',
                'ultimate-multisite-serverpilot'
            ),
            'never_synced' => __(
                'The domains of this network were not compared with the app\'s list yet. That is done '
                    . 'automatically within a few minutes; if it is not, check Tools → Scheduled Actions and WP-Cron.',
                'ultimate-multisite-serverpilot'
            ),
            'single_site' => __(
                'This plugin syncs the domains of a WordPress network with ServerPilot, and this site is not a '
                    . 'network. Deactivate it here.',
                'ultimate-multisite-serverpilot'
            ),
            default => $code,
        };
    }

    private static function decision(): string
    {
        return self::placed(/* translators: %s: where the plugin's page is */ __(
            'Decide under %s, or run "wp serverpilot network moved" (this is the same network, it moved), "wp '
                . 'serverpilot network new" (this is a new network) or "wp serverpilot network ignore" (leave this '
                . 'copy alone).',
            'ultimate-multisite-serverpilot'
        ));
    }

    private static function placed(string $text, string $placeholder = '%s'): string
    {
        return str_replace($placeholder, Place::path(), $text);
    }
}
