<?php

// The state of things in plain sentences, for every place that shows it: notice, page, Site Health, command
// line. Reads what is remembered; must not ask ServerPilot, and escapes nothing.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Backoff;
use ServerPilot\Controller\Controller;
use ServerPilot\Controller\State;
use ServerPilot\Exception\FfiUnavailable;
use ServerPilot\ServerPilot;

final class StatusReport
{
    /** A certificate that has not come after so long will not come by waiting. */
    private const OVERDUE = 8 * Backoff::DAY;

    /** Something that has been due for so long does not run. */
    private const STALLED = 2 * 3600;

    /** So many names are written out; of more, the number. */
    private const NAMES = 5;

    /** And so many characters of them: a name may have 253. */
    private const CHARACTERS = 300;

    /**
     * What keeps it from working, the most important first.
     *
     * @return array<string, string> Code => sentence.
     */
    public static function problems(): array
    {
        $blocked = Connection::blocked();
        if ($blocked !== null) {
            return [$blocked => Messages::of($blocked)];
        }
        try {
            [$state, $now] = Database::state();
            $safe = Controller::safeMode($state, DesiredDomains::facts([]));
        } catch (SyncFailed $e) {
            return [$e->reason => $e->getMessage()];
        }
        if ($safe === 'ignored') {
            return [];
        }
        if ($safe !== null) {
            return [$safe => Messages::of($safe)];
        }
        return self::ofState($state, $now);
    }

    /**
     * Those, and before them that the library cannot be reached from this PHP.
     *
     * @return array<string, string> Code => sentence.
     */
    public static function problemsHere(): array
    {
        return array_filter(['unavailable' => self::unavailable()]) + self::problems();
    }

    /** The most important one; null if there is none. */
    public static function problem(): ?string
    {
        return array_values(self::problems())[0] ?? null;
    }

    /**
     * What happened, and what comes next: automatically, or once somebody acts.
     *
     * @param list<array{code: string, arguments: array<mixed>}> $message
     */
    public static function andNext(array $message, State $state): string
    {
        $failure = $state->failure;
        $message = $message !== [] ? Messages::told($message) : Messages::of($failure['code'] ?? '');
        $next = $failure === null || !$failure['retryable']
            ? sprintf(
                /* translators: %s: where the plugin's page is */
                __(
                    'Fix the problem, then click Sync now under %s, or run "wp serverpilot retry". Without that, the '
                        . 'next try is the daily sync.',
                    'ultimate-multisite-serverpilot'
                ),
                Place::path()
            )
            : sprintf(
                /* translators: %s: date and time */
                __('Next automatic retry: %s.', 'ultimate-multisite-serverpilot'),
                Labels::time($state->nextSyncAt())
            );
        $code = $failure !== null && str_starts_with($failure['code'], 'SP_') ? " ({$failure['code']})" : '';
        return (preg_match('/[.!?]$/', $message) === 1 ? $message : "$message.") . $code . ' ' . $next;
    }

    /** @param array<string> $names */
    public static function held(string $reason, array $names): string
    {
        return Messages::of($reason, (string) count($names), self::listed($names));
    }

    /** Why PHP does not reach the library here, with the curing line; null where it does. */
    public static function unavailable(): ?string
    {
        try {
            ServerPilot::choose();
            return null;
        } catch (FfiUnavailable $e) {
            return LibraryMessages::of($e);
        }
    }

    public static function isOverdue(State $state, int $now): bool
    {
        return ($state->autossl['state'] ?? '') === 'pending' && $now - $state->autossl['since'] >= self::OVERDUE;
    }

    /**
     * @return array<string, string> Label => value, without a secret.
     * @throws SyncFailed
     */
    public static function lines(DomainOverview $read): array
    {
        $state = $read->state;
        $lines = [
            __('Last successful sync', 'ultimate-multisite-serverpilot') => $state->synced === null
                ? __('never', 'ultimate-multisite-serverpilot') : Labels::time($state->synced['at']),
            __('Managed domains', 'ultimate-multisite-serverpilot') => number_format_i18n(count($state->managed)),
        ];
        foreach ($read->limits() as $which => $limit) {
            $forecast = Labels::forecast($which, $limit, $read->now);
            $lines[Labels::limit($which)] =
                $limit['count'] === null ? $forecast : Labels::reached($limit) . '. ' . $forecast;
        }
        $lines[__('AutoSSL', 'ultimate-multisite-serverpilot')] = self::autossl($state, $read->now);
        return $lines + self::exceptions($state) + self::next($read);
    }

    /**
     * What is not as it is for most domains, or was not always.
     *
     * @return array<string, string> Label => value.
     */
    private static function exceptions(State $state): array
    {
        $lines = [];
        if ($state->failure !== null) {
            $lines[__('Last failure', 'ultimate-multisite-serverpilot')] =
                Labels::time($state->failure['at']) . " ({$state->failure['code']})";
        }
        if ($state->foreign !== []) {
            $lines[__('Mapped here, put into the app by somebody else', 'ultimate-multisite-serverpilot')] = sprintf(
                /* translators: %s: list of domain names */
                __('%s: works, and stays in the app when it is unmapped', 'ultimate-multisite-serverpilot'),
                self::listed(array_keys($state->foreign))
            );
        }
        foreach (['no_room', 'invalid_domain', 'no_dns'] as $reason) {
            $names = $state->heldFor($reason);
            if ($names !== []) {
                $lines[Labels::state("held_$reason")] = self::counted($names);
            }
        }
        if ($state->unverified > 0) {
            $lines[__('Domains with status "SSL failed"', 'ultimate-multisite-serverpilot')] =
                number_format_i18n($state->unverified);
        }
        $bad = $state->audit['bad'] ?? [];
        if ($bad !== []) {
            $lines[__('Certificates that need your attention', 'ultimate-multisite-serverpilot')] =
                self::counted(array_keys($bad));
        }
        return $lines + self::repair($state);
    }

    /** @return array<string, string> Label => value. */
    private static function next(DomainOverview $read): array
    {
        [$state, $overview] = [$read->state, $read->overview];
        if ($overview->isSafeMode()) {
            return [__('Next sync', 'ultimate-multisite-serverpilot') =>
                __('none: this copy changes nothing at ServerPilot', 'ultimate-multisite-serverpilot')];
        }
        if ($overview->isStopped() || $state->identity === null || $state->nextAt <= 0) {
            return [];
        }
        $label = $state->failure !== null && $state->failure['retryable']
            ? __('Next automatic retry', 'ultimate-multisite-serverpilot')
            : __('Next daily sync', 'ultimate-multisite-serverpilot');
        // What is due is not promised for a moment that has passed.
        $time = static fn (int $at): string => $at <= $read->now
            ? __('now', 'ultimate-multisite-serverpilot') : Labels::time($at);
        $lines = [$label => $time($overview->nextSyncAt())];
        $check = $overview->nextCertificateCheckAt();
        if ($check > 0) {
            $lines[__('Next certificate check', 'ultimate-multisite-serverpilot')] = $time($check);
        }
        return $lines;
    }

    /** @return array<string, string> Label => value; empty if nothing ever had to be repaired. */
    public static function repair(State $state): array
    {
        return $state->repaired === null ? [] : [__('Last repair', 'ultimate-multisite-serverpilot') => sprintf(
            /* translators: 1: time, 2: list of domain names, 3: list of domain names */
            __('%1$s: re-added %2$s; removed %3$s', 'ultimate-multisite-serverpilot'),
            Labels::ago($state->repaired['at']),
            self::listed($state->repaired['added']),
            self::listed($state->repaired['removed'])
        )];
    }

    /** @param array<int|string> $names */
    private static function counted(array $names): string
    {
        return number_format_i18n(count($names)) . ': ' . self::listed($names);
    }

    /** @param array<int|string> $names */
    public static function listed(array $names): string
    {
        $names = array_map('strval', array_values($names));
        if ($names === []) {
            return __('nothing', 'ultimate-multisite-serverpilot');
        }
        $shown = [];
        foreach (array_slice($names, 0, self::NAMES) as $name) {
            if ($shown !== [] && strlen(implode(', ', [...$shown, $name])) > self::CHARACTERS) {
                break;
            }
            $shown[] = $name;
        }
        $more = count($names) - count($shown);
        $shown = implode(', ', $shown);
        return $more <= 0 ? $shown : sprintf(
            /* translators: 1: list of domain names, 2: number of further ones */
            _n('%1$s and %2$d more', '%1$s and %2$d more', $more, 'ultimate-multisite-serverpilot'),
            $shown,
            $more
        );
    }

    /** @return array<string, string> */
    private static function ofState(State $state, int $now): array
    {
        $problems = [];
        // Before the first sync only the queue knows when it is due.
        $due = $state->revision > 0 ? $state->dueAt() : min([$now, ...array_column(Queue::waiting(), 'due')]);
        if ($due > 0 && $due < $now - self::STALLED) {
            $problems['queue_stalled'] = Messages::of('queue_stalled', Labels::time($due));
        }
        if ($state->failure !== null) {
            $problems[$state->failure['code']] = self::andNext($state->failure['message'], $state);
        }
        if ($state->brake !== null) {
            $problems['brake'] = Messages::of('brake', (string) $state->brake['count']);
        } elseif ($state->isEvictionBraked) {
            $problems['eviction_brake'] = Messages::of('eviction_brake');
        }
        foreach (['no_room', 'invalid_domain'] as $reason) {
            $names = $state->heldFor($reason);
            if ($names !== []) {
                $problems[$reason] = self::held($reason, $names);
            }
        }
        if (($state->autossl['state'] ?? '') === 'refused') {
            $problems['autossl_refused'] = self::refusal($state);
        } elseif (self::isOverdue($state, $now)) {
            $problems['autossl_overdue'] = Messages::of('autossl_overdue');
        }
        $bad = $state->audit['bad'] ?? [];
        if ($bad !== []) {
            $problems['certificates_bad'] =
                Messages::of('certificates_bad', (string) count($bad), self::listed(array_keys($bad)));
        }
        return $problems;
    }

    /** What AutoSSL does, and when that was last seen. */
    public static function autossl(State $state, int $now): string
    {
        if ($state->autossl === null) {
            return __('not known yet', 'ultimate-multisite-serverpilot');
        }
        $text = match ($state->autossl['state']) {
            'on' => __('on', 'ultimate-multisite-serverpilot'),
            'custom' => __('Custom certificate installed; not changed', 'ultimate-multisite-serverpilot'),
            'refused' => self::refusal($state),
            default => self::isOverdue($state, $now) ? Messages::of('autossl_overdue') : __(
                'Pending: AutoSSL is enabled automatically once a certificate is ready',
                'ultimate-multisite-serverpilot'
            ),
        };
        return sprintf(
            /* translators: 1: state of AutoSSL, 2: "2 hours ago" */
            __('%1$s (last checked %2$s)', 'ultimate-multisite-serverpilot'),
            $text,
            Labels::ago($state->autossl['at'])
        );
    }

    private static function refusal(State $state): string
    {
        return Messages::of('autossl_refused', Messages::told($state->autossl['error']['message'] ?? []));
    }
}
