<?php

// Closes the difference between what WordPress says should be and what ServerPilot says is, in one
// write, whoever asks: a hook, a retry, the daily look, a command. Hooks are only hints that something
// changed. The only place that writes the app's list; never ends quietly with something not done.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Exception\FfiUnavailable;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Result\ListResult;
use ServerPilot\Status;

final class Reconciler
{
    public const SYNC = 'serverpilot_sync';
    public const DAILY = 'serverpilot_daily';

    /** Status of a failure that is none of the library's: this PHP cannot load it, or nothing is set up yet. */
    private const UNAVAILABLE = 'unavailable';
    public const NOT_SET_UP = 'not set up';

    private const DAY = 86400;

    /** Ultimate Multisite says that this name came or went. What is no name says that something changed, no more. */
    public function hint(mixed $name, bool $gone): void
    {
        $name = is_scalar($name) ? Intent::normal((string) $name) : '';
        $action = Queue::current();
        if ($this->answered(State::load(), $name, $gone, $action)) {
            return;
        }
        $this->alone(function () use ($name, $gone, $action): void {
            $state = State::load();
            // While this action waited for the lease, another one may have done its work.
            if ($this->answered($state, $name, $gone, $action)) {
                return;
            }
            $released = $gone ? self::withWww($name) : [];
            if (($state->failure['wait'] ?? 0) > time() && (Queue::due(self::SYNC) ?? 0) > time()) {
                // ServerPilot said when to come back. The retry that waits for then brings in this name, too.
                $this->remember($state, $released);
                throw new NotDone(Report::andNext($state->failure['message'], $state->failure['next']));
            }
            $this->close($state, $released, 0);
            $this->answered($state, $name, $gone, PHP_INT_MIN);
        }, $gone && $name !== '' ? [$name] : []);
    }

    /**
     * A retry, or the first run after the settings were saved.
     *
     * @param string[] $released Removed names that nobody could take note of before.
     */
    public function again(int $attempt, array $released = []): void
    {
        if (!Connection::enabled()) {
            return;
        }
        $released = array_merge(...array_map([self::class, 'withWww'], $released));
        $this->alone(fn () => $this->close(State::load(), $released, $attempt), $released);
    }

    /** Repairs what others changed at ServerPilot, and says what. */
    public function daily(): void
    {
        if (!Connection::enabled()) {
            return;
        }
        $this->keepDaily();
        try {
            $this->alone(function (): void {
                $state = State::load();
                $before = $state->confirmed;
                // Where the retries have come to their end, a day more does not begin them anew. What nobody
                // retried, because it needed somebody's hand, had none.
                $ended = ($state->failure['again'] ?? false) && $state->failure['next'] === null;
                $result = $this->close($state, [], $ended ? Ladder::END : 0);
                if ($before !== null && ($result->added !== [] || $result->removed !== [])) {
                    $state->repaired = ['at' => time(), 'added' => $result->added, 'removed' => $result->removed];
                    $state->save();
                    Journal::warning(sprintf(
                        /* translators: 1: list of domain names, 2: list of domain names */
                        __(
                            'The daily look repaired the app\'s list: brought back %1$s; removed %2$s.',
                            'ultimate-multisite-serverpilot'
                        ),
                        Report::listed($result->added),
                        Report::listed($result->removed)
                    ));
                }
            });
        } finally {
            // Whether a name is secure, the name itself says.
            FollowUp::rescue();
        }
    }

    /** For the operator's own hand: now, whatever waits. */
    public function now(): ListResult
    {
        return $this->alone(function (): ListResult {
            $state = State::load();
            // Whoever asks by hand has done something about it.
            if ($state->autossl !== null) {
                $state->autossl['ended'] = false;
            }
            return $this->close($state, [], 0);
        });
    }

    /** What now() would do. Reads only. */
    public function plan(): ListResult
    {
        self::demandReady();
        return Connection::client()->apply(['dry_run' => true] + $this->change(State::load(), Intent::desired()));
    }

    /** The integration was switched on or off, or a credential was saved. */
    public static function settingsChanged(): void
    {
        if (!Connection::enabled()) {
            Queue::clear();
            return;
        }
        if (Connection::ready()) {
            self::soon();
        }
    }

    /** A command-line PHP may do what this network's web PHP is not allowed to. */
    public static function takeUpWhatTheWebCouldNot(): void
    {
        if (!Connection::ready()) {
            return;
        }
        $failure = State::load()->failure;
        if ($failure !== null && $failure['status'] === self::UNAVAILABLE && $failure['sapi'] !== PHP_SAPI) {
            self::soon();
        }
    }

    /** The process that executed this action died. A retry does what it was to do, on the ladder of failures. */
    public static function lost(int $id): void
    {
        // The queue of a sub-site counts its own actions from one.
        if (!is_main_site() || !Connection::ready()) {
            return;
        }
        [$hook, $args] = Queue::action($id);
        if ($hook === FollowUp::LOOK) {
            FollowUp::lost((int) ($args[0] ?? 0));
            return;
        }
        // As the arguments of a retry: on which step of the ladder, and the names that were removed.
        $retry = match ($hook) {
            self::SYNC => $args,
            'wu_remove_domain', 'wu_remove_subdomain' => [0, ...array_slice($args, 0, 1)],
            self::DAILY, 'wu_add_domain', 'wu_add_subdomain' => [0],
            default => null,
        };
        if ($retry === null) {
            return;
        }
        $attempt = self::step($retry);
        $released = self::names($retry);
        $delay = Ladder::delay($attempt);
        if ($delay !== null && ($released !== [] || Queue::due(self::SYNC) === null)) {
            Queue::schedule(self::SYNC, [$attempt + 1, ...$released], $delay);
        }
    }

    /** @param list<mixed> $retry Its arguments. */
    private static function step(array $retry): int
    {
        return (int) ($retry[0] ?? 0);
    }

    /**
     * @param list<mixed> $retry Its arguments.
     * @return string[] Removed names that are in its keeping.
     */
    private static function names(array $retry): array
    {
        return array_values(array_filter(array_slice($retry, 1), 'is_string'));
    }

    /** A retry that waits for later stays until this one has done its work: it may hold removed names. */
    private static function soon(): void
    {
        if ((Queue::due(self::SYNC) ?? PHP_INT_MAX) > time()) {
            Queue::schedule(self::SYNC, [0], 0);
        }
    }

    /**
     * Whether a look that began after this action was scheduled has settled it. If that look could not, its
     * reason is this action's reason too, and asking again at once would only ask the same question.
     */
    private function answered(State $state, string $name, bool $gone, int $action): bool
    {
        $certain = $action === PHP_INT_MIN;
        if (!$certain && $action === 0) {
            return false;
        }
        $failure = $state->failure;
        $elsewhere = $failure !== null && $failure['status'] === self::UNAVAILABLE && $failure['sapi'] !== PHP_SAPI;
        if (!$certain && $failure !== null && $failure['until'] >= $action && !$elsewhere) {
            throw new NotDone(Report::andNext($failure['message'], $failure['next']));
        }
        $confirmed = $state->confirmed;
        if ($confirmed === null || !$certain && $confirmed['until'] < $action) {
            return false;
        }
        if ($gone && in_array($name, Intent::protected(), true)) {
            throw new NotDone(sprintf(
                /* translators: %s: domain name */
                __(
                    '%s is the network\'s own domain. It stays in the app, because without it nobody reaches '
                        . 'the network.',
                    'ultimate-multisite-serverpilot'
                ),
                $name
            ));
        }
        if (!$gone && isset($confirmed['skipped'][$name])) {
            throw new NotDone($confirmed['skipped'][$name]);
        }
        return in_array($name, $confirmed['names'], true) || in_array($name, $confirmed['released'], true);
    }

    /** @param string[] $released Names a hook calls removed; with what this plugin brought in they may go. */
    private function close(State $state, array $released, int $attempt): ListResult
    {
        $began = time();
        $until = Queue::horizon();
        $retries = Queue::waiting(self::SYNC);
        try {
            self::demandReady();
            // Removals that could not even begin left their names with the retry.
            $gone = array_merge(Queue::removals(), ...array_map([self::class, 'names'], array_values($retries)));
            foreach ($gone as $name) {
                $released = [...$released, ...self::withWww(Intent::normal($name))];
            }
            // What the hook says is said only once, and the database may have no answer.
            $this->remember($state, $released);
            $desired = Intent::desired();
            // Remembered before anything is sent: if this process dies, or the answer never comes, the next one
            // still knows what may be in the list because of this network.
            $this->remember($state, $desired);
            [$result, $left] = $this->send($state, $desired);
            if ($result->applied === 'unknown') {
                throw new NotDone(__(
                    'ServerPilot did not answer, so it is not known whether the list was changed.',
                    'ultimate-multisite-serverpilot'
                ));
            }
        } catch (ServerPilotException | NotDone $e) {
            throw $this->failed($state, $e, $until, $attempt, $retries);
        }
        $this->succeeded($state, $result, $desired, $left, $until, $began);
        // Only these: one that came meanwhile tells of what this look has not seen.
        Queue::withdraw(array_keys($retries));
        return $result;
    }

    /**
     * @param string[] $desired
     * @return array{ListResult, array<string, string>} And the names that did not fit, with the reason.
     */
    private function send(State $state, array $desired): array
    {
        $client = Connection::client();
        try {
            return [$client->apply($this->change($state, $desired)), []];
        } catch (ServerPilotException $e) {
            if ($e->status !== Status::DomainLimit->value) {
                throw $e;
            }
            // The list is full. What fits is done all the same: removals, and the oldest of the new names. Which of
            // them are new, only the list says: others may have put them there, or taken ours out.
            $limit = (int) ($e->document['domains']['limit'] ?? 300);
            $listed = $client->inspectApp()->domains;
            $present = array_map([Intent::class, 'normal'], $listed);
            $going = array_intersect(array_diff($state->owned, $desired, Intent::protected()), $present);
            $room = $limit - count($listed) + count($going);
            $late = array_slice(array_values(array_diff($desired, $present)), max(0, $room));
            $change = $this->change($state, array_values(array_diff($desired, $late)));
            // Not brought in is not taken out.
            $change['owned'] = array_values(array_diff($change['owned'], $late));
            // The library's own sentence is about a change that was not made; this one was, but for these names.
            return [$client->apply($change), array_fill_keys($late, sprintf(
                /* translators: %d: number of domain names */
                __(
                    'ServerPilot allows %d domains per app, and the app\'s list is full. Remove names that are no '
                        . 'longer used, or move sites to another app; what is missing then comes in with the next '
                        . 'daily look, or at once with "Bring into step now" under Network Admin → Settings → '
                        . 'ServerPilot.',
                    'ultimate-multisite-serverpilot'
                ),
                $limit
            ))];
        }
    }

    /**
     * @param string[] $desired
     * @return array<string, mixed>
     */
    private function change(State $state, array $desired): array
    {
        return ['desired' => $desired, 'owned' => $state->owned, 'www' => 'never', 'autossl' => true];
    }

    /** @param string[] $names */
    private function remember(State $state, array $names): void
    {
        $owned = array_values(array_unique([...$state->owned, ...$names]));
        if ($owned !== $state->owned) {
            $state->owned = $owned;
            $state->save();
        }
    }

    /**
     * @param string[] $desired
     * @param array<string, string> $left
     */
    private function succeeded(
        State $state,
        ListResult $result,
        array $desired,
        array $left,
        int $until,
        int $began
    ): void {
        foreach ($result->skipped as $skipped) {
            $wanted = in_array($skipped['domain'] ?? '', $desired, true);
            if ($wanted && ($skipped['reason'] ?? '') === 'invalid_domain') {
                $left[(string) $skipped['domain']] = sprintf(
                    /* translators: %s: what was entered as a domain name */
                    __(
                        '"%s" is not a valid domain name. Correct it under Ultimate Multisite → Domains.',
                        'ultimate-multisite-serverpilot'
                    ),
                    $skipped['domain']
                );
            }
        }
        $names = array_values(array_diff($desired, array_keys($left)));
        $state->confirmed = [
            'until' => $until,
            'names' => $names,
            'released' => array_values(array_diff($state->owned, $names)),
            'skipped' => $left,
            'at' => $began,
        ];
        $state->owned = $names;
        $state->failure = null;
        $state->domains = ['count' => $result->domainCount, 'limit' => $result->domainLimit];
        $changed = $result->added !== [] || $result->removed !== [];
        // With nothing new to wait for, the looks at certificates go on as they were, or have come to their end.
        $known = !$changed && ($state->autossl['state'] ?? '') === $result->autosslState;
        $ended = $known && $state->autossl['ended'];
        $state->autossl = ['ended' => $ended] + FollowUp::seen($result->autosslState, '');
        $state->save();
        $this->keepDaily();
        if (FollowUp::neededFor($result->autosslState) && !$ended && (!$known || Queue::due(FollowUp::LOOK) === null)) {
            FollowUp::start();
        }
        if ($changed) {
            Journal::info(sprintf(
                /* translators: 1: list of domain names, 2: list of domain names */
                __('ServerPilot\'s list was changed: added %1$s; removed %2$s.', 'ultimate-multisite-serverpilot'),
                Report::listed($result->added),
                Report::listed($result->removed)
            ));
        }
        foreach ($result->warnings as $warning) {
            Journal::warning((string) ($warning['message'] ?? ''));
        }
        if ($left !== []) {
            Journal::error(Report::left($left));
        }
    }

    /**
     * Records the failure, schedules what comes next, and gives what the action has to throw.
     *
     * @param array<int, list<mixed>> $retries Those that waited when this look began, with their arguments.
     */
    private function failed(
        State $state,
        ServerPilotException|NotDone $e,
        int $until,
        int $attempt,
        array $retries
    ): NotDone {
        $unavailable = $e instanceof FfiUnavailable;
        $again = $e instanceof NotDone ? $e->getCode() === 0 : $unavailable || $e->retryable;
        $advice = $again && $e instanceof ServerPilotException ? intdiv($e->retryAfterMs + 999, 1000) : 0;
        $wait = $advice > 0 ? time() + $advice : 0;
        $next = Queue::due(self::SYNC);
        $delay = Ladder::delay($attempt);
        if ($delay !== null && $next !== null && $next < $wait) {
            // Too early for ServerPilot. The names these hold are remembered, and the ladder goes on where it was.
            Queue::withdraw(array_keys($retries));
            $steps = array_map([self::class, 'step'], array_values($retries));
            $attempt = max($attempt, max([0, ...$steps]) - 1);
            $delay = Ladder::delay($attempt);
            $next = Queue::due(self::SYNC);
        }
        if ($again && $next === null && $delay !== null) {
            $next = Queue::schedule(self::SYNC, [$attempt + 1], max($delay, $advice));
        }
        $state->failure = [
            'message' => $e->getMessage(),
            'status' => match (true) {
                $unavailable => self::UNAVAILABLE,
                $e instanceof NotDone => $again ? '' : self::NOT_SET_UP,
                default => $e->statusName,
            },
            'until' => $until,
            'at' => time(),
            'sapi' => PHP_SAPI,
            // Also where it needs somebody's hand, a retry that waits already is made.
            'next' => $next,
            'again' => $again,
            // Not until the retry: high up the ladder, that one is far later.
            'wait' => $wait,
        ];
        $state->save();
        $this->keepDaily();
        $message = Report::andNext($e->getMessage(), $state->failure['next']);
        Journal::error($message);
        return new NotDone($message, 0, $e);
    }

    /**
     * Runs with the network's lease held.
     *
     * @template T
     * @param callable(): T $do
     * @param string[] $released Names that must not be forgotten where it cannot be had.
     * @return T
     */
    private function alone(callable $do, array $released = []): mixed
    {
        $lease = Lease::acquire();
        if ($lease === null) {
            $next = $released === [] ? Queue::due(self::SYNC) : null;
            $next ??= Queue::schedule(self::SYNC, [0, ...$released], (int) Ladder::delay(0));
            throw new NotDone(Report::andNext(__(
                'Another process is still changing ServerPilot\'s list, so this one changed nothing.',
                'ultimate-multisite-serverpilot'
            ), $next));
        }
        try {
            return $do();
        } finally {
            $lease->release();
        }
    }

    private static function demandReady(): void
    {
        if (!Connection::hasUltimateMultisite()) {
            throw new NotDone(__(
                'Ultimate Multisite is not active. Activate it under Network Admin → Plugins.',
                'ultimate-multisite-serverpilot'
            ), 1);
        }
        if (!Connection::enabled()) {
            throw new NotDone(__(
                'The ServerPilot integration is not enabled. Enable it under Ultimate Multisite → Settings → '
                    . 'Integrations.',
                'ultimate-multisite-serverpilot'
            ), 1);
        }
        $missing = Connection::missing();
        if ($missing !== []) {
            throw new NotDone(sprintf(
                /* translators: %s: names of constants */
                __(
                    'ServerPilot\'s credentials are missing: %s. Enter them in Ultimate Multisite\'s '
                        . 'ServerPilot setup, or define them in wp-config.php.',
                    'ultimate-multisite-serverpilot'
                ),
                implode(', ', $missing)
            ), 1);
        }
    }

    private function keepDaily(): void
    {
        if (Queue::due(self::DAILY) === null) {
            Queue::schedule(self::DAILY, [], self::DAY + random_int(0, 3600));
        }
    }

    /**
     * A removed name takes its www along, where that is no mapping of its own: then it is desired, and stays.
     * One that may not go takes nothing along.
     *
     * @return string[]
     */
    private static function withWww(string $name): array
    {
        if ($name === '' || in_array($name, Intent::protected(), true)) {
            return [];
        }
        return Intent::wantsWww($name) ? [$name, 'www.' . $name] : [$name];
    }
}
