<?php

// The state of things in plain sentences, for every place that shows it: notice, status page, Site
// Health, command line. Reads what is remembered; may not ask ServerPilot, and escapes nothing.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Exception\FfiUnavailable;
use ServerPilot\ServerPilot;

final class Report
{
    /** The first thing that keeps it from working and that somebody here can cure; null if there is none. */
    public static function problem(): ?string
    {
        if (!Connection::hasUltimateMultisite()) {
            return __(
                'Ultimate Multisite is not active, so there are no domains to keep in step. Activate it for '
                    . 'the network under Plugins.',
                'ultimate-multisite-serverpilot'
            );
        }
        if (!Connection::enabled()) {
            return __(
                'The ServerPilot integration is not enabled. Enable it under Ultimate Multisite → Settings → '
                    . 'Integrations.',
                'ultimate-multisite-serverpilot'
            );
        }
        $missing = Connection::missing();
        if ($missing !== []) {
            return sprintf(
                /* translators: %s: names of constants */
                __(
                    'ServerPilot\'s credentials are missing: %s. Enter them in Ultimate Multisite\'s '
                        . 'ServerPilot setup, or define them in wp-config.php.',
                    'ultimate-multisite-serverpilot'
                ),
                implode(', ', $missing)
            );
        }
        $state = State::load();
        if ($state->failure !== null) {
            // What waits now: since then, a retry may have died with its process, or been taken back by hand.
            return self::andNext($state->failure['message'], Queue::due(Reconciler::SYNC));
        }
        $skipped = $state->confirmed['skipped'] ?? [];
        if ($skipped !== []) {
            return self::left($skipped);
        }
        return ($state->autossl['ended'] ?? false) ? self::autossl($state) : null;
    }

    /** What happened, and what comes next: by itself, or by whose hand. */
    public static function andNext(string $message, ?int $next): string
    {
        $after = $next === null
            ? __(
                'By itself it is tried again only with the daily look: cure the cause, then press "Bring into step '
                    . 'now" under Network Admin → Settings → ServerPilot, or run "wp serverpilot retry".',
                'ultimate-multisite-serverpilot'
            )
            : sprintf(
                /* translators: %s: date and time */
                __('It is tried again by itself at %s.', 'ultimate-multisite-serverpilot'),
                self::time($next)
            );
        return (preg_match('/[.!?]$/', $message) === 1 ? $message : "$message.") . ' ' . $after;
    }

    /** @param array<string, string> $skipped Names that could not be brought in, with the reason. */
    public static function left(array $skipped): string
    {
        return implode(' ', array_map(
            static fn (string $reason) => sprintf(
                /* translators: 1: list of domain names, 2: reason */
                __('Not in the app: %1$s. %2$s', 'ultimate-multisite-serverpilot'),
                implode(', ', array_keys($skipped, $reason, true)),
                $reason
            ),
            array_values(array_unique($skipped))
        ));
    }

    /** How PHP reaches the library here; the exception carries the curing line. */
    public static function unavailable(): ?FfiUnavailable
    {
        try {
            ServerPilot::choose();
            return null;
        } catch (FfiUnavailable $e) {
            return $e;
        }
    }

    /** @return array<string, string> Label => value, without a secret. */
    public static function lines(): array
    {
        $state = State::load();
        $never = __('never', 'ultimate-multisite-serverpilot');
        $unknown = __('not known yet', 'ultimate-multisite-serverpilot');
        $confirmed = $state->confirmed;
        $lines = [
            __('Last time everything was in step', 'ultimate-multisite-serverpilot') =>
                $confirmed === null ? $never : self::time($confirmed['at']),
            __('Names of this network in the app', 'ultimate-multisite-serverpilot') =>
                (string) count($confirmed['names'] ?? []),
            __('Names in the app altogether', 'ultimate-multisite-serverpilot') => $state->domains['count'] === null
                ? $unknown
                : sprintf('%d / %d', $state->domains['count'], $state->domains['limit'] ?? 300),
            __('AutoSSL', 'ultimate-multisite-serverpilot') => self::autossl($state),
        ];
        if ($state->repaired !== null) {
            $lines[__('Last repair', 'ultimate-multisite-serverpilot')] = sprintf(
                /* translators: 1: date and time, 2: list of domain names, 3: list of domain names */
                __('%1$s: brought back %2$s; removed %3$s', 'ultimate-multisite-serverpilot'),
                self::time($state->repaired['at']),
                self::listed($state->repaired['added']),
                self::listed($state->repaired['removed'])
            );
        }
        foreach (
            [Reconciler::SYNC => __('Next try', 'ultimate-multisite-serverpilot'),
            FollowUp::LOOK => __('Next look at certificates', 'ultimate-multisite-serverpilot'),
            Reconciler::DAILY => __('Next daily look', 'ultimate-multisite-serverpilot')] as $hook => $label
        ) {
            $due = Queue::due($hook);
            if ($due !== null) {
                $lines[$label] = self::time($due);
            }
        }
        return $lines;
    }

    /** @param string[] $names */
    public static function listed(array $names): string
    {
        return $names === [] ? __('nothing', 'ultimate-multisite-serverpilot') : implode(', ', $names);
    }

    private static function autossl(State $state): string
    {
        if ($state->autossl === null) {
            return __('not known yet', 'ultimate-multisite-serverpilot');
        }
        if ($state->autossl['ended']) {
            return __(
                'ServerPilot has had no certificate for more than a week: look at the DNS of the names in '
                    . 'the app, one name without DNS keeps all of them from their certificate.',
                'ultimate-multisite-serverpilot'
            );
        }
        return match ($state->autossl['state']) {
            'enabled', 'already_enabled' => __('on', 'ultimate-multisite-serverpilot'),
            'pending' => __(
                'waiting for ServerPilot\'s certificate; it is switched on by itself',
                'ultimate-multisite-serverpilot'
            ),
            'custom_certificate' => __(
                'off: the app has a certificate of your own, which is left alone',
                'ultimate-multisite-serverpilot'
            ),
            default => $state->autossl['message'] !== '' ? $state->autossl['message'] : $state->autossl['state'],
        };
    }

    private static function time(int $at): string
    {
        return (string) wp_date('Y-m-d H:i:s T', $at);
    }
}
