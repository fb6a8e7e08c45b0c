<?php

// Carries a run out: the lease, the state, the facts, the library, the next action. All policy is in the controller;
// this must not decide anything, and never ends quietly with something not done.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Announcements;
use ServerPilot\Controller\Check;
use ServerPilot\Controller\Controller;
use ServerPilot\Controller\Environment;
use ServerPilot\Controller\Facts;
use ServerPilot\Controller\Observation;
use ServerPilot\Controller\Overview;
use ServerPilot\Controller\Plan;
use ServerPilot\Controller\Result;
use ServerPilot\Controller\Run;
use ServerPilot\Controller\State;
use ServerPilot\Exception\FfiUnavailable;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Result\ListResult;
use ServerPilot\ServerPilot;
use ServerPilot\Status;
use Throwable;

final class Sync implements Environment
{
    /** Seconds until the next try where another sync is running. */
    private const BUSY = 60;

    /** Seconds until an unreadable state is reported once more. */
    private const UNREADABLE = 3600;

    /** Seconds. Also what is due at once leaves the queue time for other actions. */
    private const SOONEST = 10;

    /** Seconds until a certificate that was enabled is served. */
    private const DEPLOYED = 300;

    private ?ServerPilot $client = null;
    private ?Facts $facts = null;

    /** What is to be told once the lease is given back: a mail may take its time. */
    private ?Announcements $news = null;

    private function __construct(private readonly ?Lease $lease)
    {
    }

    /** The action that waits. Fails with the sentence that the operator reads there. */
    public static function scheduled(string $event): void
    {
        if (!Connection::enabled()) {
            return;
        }
        $run = self::run($event === '' ? [] : [$event]);
        if ($run === null) {
            return;
        }
        $problem = $run->plan->problem;
        $isQuiet = $problem === null || $problem === 'ignored' || $problem === 'retry_after';
        if ($run->result->code !== null) {
            throw new SyncFailed($run->result->code, StatusReport::andNext($run->result->message, $run->state));
        }
        if (!$isQuiet) {
            throw new SyncFailed($problem);
        }
    }

    /**
     * Now, whatever waits: the operator asks.
     *
     * @throws SyncFailed
     */
    public static function requested(): Run
    {
        $run = self::run([Facts::REQUESTED]);
        if ($run === null) {
            throw new SyncFailed('busy');
        }
        if ($run->result->code !== null) {
            throw new SyncFailed($run->result->code, StatusReport::andNext($run->result->message, $run->state));
        }
        if ($run->plan->problem !== null) {
            throw new SyncFailed($run->plan->problem);
        }
        return $run;
    }

    /**
     * What requested() would do, whatever keeps it from being done. Writes nothing, here and there.
     *
     * @throws SyncFailed
     */
    public static function preview(): Plan
    {
        return self::previewed()[0];
    }

    /**
     * The difference that requested() would make, to the last name: ServerPilot's list is asked what there is room
     * for. Also before the integration is enabled.
     *
     * @return array{added: list<string>, removed: list<string>, waiting: list<string>, adopted: list<string>,
     *     held: array<string, string>, at: int} Waiting are names whose removal the operator has to allow; held are
     *     names with the reason why they are left out.
     * @throws SyncFailed
     */
    public static function difference(): array
    {
        [$plan, $sync, $now, $seen] = self::previewed();
        $held = array_fill_keys($plan->state->heldFor('no_dns'), 'no_dns')
            + array_fill_keys(array_keys($seen->invalid ?? []), 'invalid_domain');
        $difference = ['added' => [], 'removed' => [], 'waiting' => $plan->waiting, 'adopted' => $plan->adopting,
            'held' => $held, 'at' => $now];
        if ($plan->step !== Plan::APPLY) {
            return $difference;
        }
        $list = $sync->ask(static fn (ServerPilot $client): ListResult => $client->apply($plan->change(dryRun: true)));
        if ($list instanceof Result) {
            throw new SyncFailed((string) $list->code, Messages::told($list->message));
        }
        foreach ($list->skipped as $skipped) {
            $reason = (string) ($skipped['reason'] ?? '');
            if ($reason !== 'protected') {
                $difference['held'][(string) ($skipped['domain'] ?? '')] = $reason;
            }
        }
        return ['added' => $list->added, 'removed' => $list->removed] + $difference;
    }

    /**
     * @return array{Plan, self, int, Observation|null}
     * @throws SyncFailed
     */
    private static function previewed(): array
    {
        $facts = DesiredDomains::facts([Facts::REQUESTED], true);
        [$state, $now] = Database::state();
        $sync = new self(null);
        $sync->facts = $facts;
        $seen = null;
        $plan = Controller::preview($state, $facts, $now);
        if ($plan->step === Plan::OBSERVE) {
            $seen = $sync->observe($plan->names, $facts->www);
            if ($seen instanceof Result) {
                throw new SyncFailed((string) $seen->code, Messages::told($seen->message));
            }
            $plan = Controller::preview($state, $facts->observed($seen), $now);
        }
        return $plan->problem === null ? [$plan, $sync, $now, $seen]
            : throw new SyncFailed($plan->problem);
    }

    /**
     * What only the operator can decide: "moved", "new", "ignore", "allow" or "adopt".
     *
     * @throws SyncFailed
     */
    public static function decide(string $decision, string $name = ''): void
    {
        $lease = Lease::acquire() ?? throw new SyncFailed('busy');
        try {
            $facts = DesiredDomains::facts([]);
            try {
                [$state] = Database::state();
            } catch (SyncFailed $e) {
                if ($e->reason !== 'state_unreadable' || !in_array($decision, ['moved', 'new'], true)) {
                    throw $e;
                }
                // What cannot be read cannot be kept: the operator knows whose network this is.
                $state = new State();
            }
            // Decided by somebody else meanwhile, or never asked: "ignore" would be a promise that nothing keeps, and
            // "new" would forget whose the names are that are synced here.
            $needsQuestion = ['ignore' => 'no_copy'] + ($state->identity === null ? [] : ['new' => 'no_decision']);
            if (isset($needsQuestion[$decision]) && Controller::safeMode($state, $facts) === null) {
                throw new SyncFailed($needsQuestion[$decision]);
            }
            $decided = match ($decision) {
                'moved' => Controller::moved($state, $facts),
                'new' => Controller::startAnew($state, $facts),
                'ignore' => Controller::ignore($state, $facts),
                'allow' => Controller::allowRemovals($state),
                'adopt' => Controller::adopt($state, DesiredDomains::normal($name)),
                default => throw new SyncFailed('unknown_decision'),
            };
            if ($decision === 'adopt' && $decided == $state) {
                throw new SyncFailed('not_foreign');
            }
            Database::save($decided, $lease);
        } finally {
            $lease->release();
        }
        if ($decision !== 'ignore') {
            Queue::wake(Facts::SETTINGS);
        }
    }

    /** The integration was switched on or off, or a credential was saved. */
    public static function settingsChanged(): void
    {
        if (!Connection::enabled()) {
            Queue::clear();
        } elseif (Connection::blocked() === null) {
            Queue::keepHeartbeat();
            Queue::wake(Facts::SETTINGS);
        }
    }

    /** One row is read; what is due and does not wait already, waits now. */
    public static function heartbeat(): void
    {
        if (Connection::blocked() !== null) {
            return;
        }
        [$state, $now] = Database::state();
        if (Controller::isReached($state->dueAt(), $now)) {
            Queue::wake('');
        } else {
            Queue::schedule($state->dueAt() - $now);
        }
        if (CheckResults::read()->job !== null) {
            Queue::check();
        }
    }

    /** Before a queue runs: this PHP may do what that of the last run was not allowed to. */
    public static function takeUp(): void
    {
        try {
            $failure = Connection::blocked() === null ? Database::state()[0]->failure : null;
            if (($failure['code'] ?? '') === Controller::UNAVAILABLE && $failure['sapi'] !== PHP_SAPI) {
                Queue::wake('');
            }
        } catch (SyncFailed $e) {
            // It is everybody's queue, so it is not held up; the sync itself fails with the same sentence.
            Log::error($e->getMessage());
        }
    }

    /**
     * @param list<string> $events
     * @return Run|null Null where another process is at it; then one more is scheduled.
     */
    private static function run(array $events): ?Run
    {
        $lease = Lease::acquire();
        if ($lease === null) {
            Queue::schedule(self::BUSY);
            return null;
        }
        $sync = new self($lease);
        $next = self::BUSY;
        try {
            // What these stand for, this run sees to; one that comes later waits for its own.
            $waiting = Queue::waiting();
            foreach ($waiting as $id => ['event' => $event, 'due' => $due]) {
                if ($event !== '') {
                    $events[] = $event;
                }
            }
            $run = $sync->carryOut(array_values(array_unique($events)));
            $next = max(self::SOONEST, $run->state->dueAt() - $sync->now());
            Queue::withdraw(array_keys($waiting));
            return $run;
        } catch (SyncFailed $e) {
            // Only a person can fix that, and whatever a person decides wakes the queue.
            $next = $e->reason === 'state_unreadable' ? self::UNREADABLE : $next;
            throw $e;
        } finally {
            $lease->release();
            Queue::schedule($next);
            Queue::keepHeartbeat();
            if ($sync->news !== null) {
                Announcer::tell($sync->news);
            }
        }
    }

    /** @param list<string> $events */
    private function carryOut(array $events): Run
    {
        try {
            [$state] = Database::state();
            $this->facts = DesiredDomains::facts($events);
            $run = new Run($this, $state, $this->facts);
        } catch (Throwable $e) {
            $this->interrupted($e);
            throw $e;
        }
        $this->tell($run, $state);
        $this->announce($run);
        return $run;
    }

    private function announce(Run $run): void
    {
        // A copy must not speak for the network that it is a copy of.
        if ($this->facts === null || $this->lease === null || $run->plan->problem !== null) {
            return;
        }
        try {
            $now = $this->now();
            $results = CheckResults::read();
            $overview = new Overview($run->state, $this->facts, $results->checks, $now);
            $results->keepOnly($overview->domains);
            $this->news = Announcer::decide($overview, $now, $this->lease);
        } catch (SyncFailed $e) {
            // The sync itself is done; the next one tells it.
            Log::error($e->getMessage());
        }
    }

    /** Something else than ServerPilot failed, and the status has to show it. */
    private function interrupted(Throwable $e): void
    {
        $code = $e instanceof SyncFailed ? $e->reason : 'exception';
        // Only where, not what: the text of somebody else's exception may hold anything.
        $where = $e instanceof SyncFailed ? [] : [get_class($e), basename($e->getFile()), (string) $e->getLine()];
        $message = [['code' => $code, 'arguments' => $where]];
        Log::error(Messages::told($message));
        if ($code === 'overtaken' || $code === 'state_unreadable') {
            return;
        }
        try {
            [$state, $now] = Database::state();
            $jitter = random_int(0, 1000) / 1000;
            $failed = Controller::failed($state, Result::failed($code, $message, true), PHP_SAPI, $jitter, $now);
            $this->save($failed);
        } catch (SyncFailed) {
            // The database that did not answer before does not answer now; the log has it, and the action.
            return;
        }
    }

    private function tell(Run $run, State $before): void
    {
        $result = $run->result;
        if ($result->code !== null) {
            Log::error(StatusReport::andNext($result->message, $run->state));
        }
        if ($result->added !== [] || $result->removed !== []) {
            $added = StatusReport::listed($result->added);
            $message = Messages::of('changed', $added, StatusReport::listed($result->removed));
            Log::info($message);
            $repaired = $run->state->repaired;
            if ($repaired !== null && $repaired !== $before->repaired) {
                $added = StatusReport::listed($repaired['added']);
                $message = Messages::of('changed', $added, StatusReport::listed($repaired['removed']));
                Log::warning(Messages::of('repaired') . ' ' . $message);
            }
        }
        foreach (['no_room', 'invalid_domain', 'no_dns'] as $reason) {
            $new = array_diff($run->state->heldFor($reason), $before->heldFor($reason));
            if ($new !== []) {
                Log::warning(StatusReport::held($reason, $new));
            }
        }
        if (($run->state->autossl['state'] ?? '') === 'on' && ($before->autossl['state'] ?? 'on') !== 'on') {
            Log::info(Messages::of('autossl_enabled'));
            // By then the web server has it.
            BackgroundCheck::start($run->state->managed(), self::DEPLOYED);
        }
        $bad = array_diff_key($run->state->audit['bad'] ?? [], $before->audit['bad'] ?? []);
        if ($bad !== []) {
            $names = StatusReport::listed(array_keys($bad));
            Log::warning(Messages::of('certificates_bad', (string) count($bad), $names));
        }
        if ($run->state->brake !== null && $before->brake === null) {
            Log::warning(Messages::of('brake', (string) $run->state->brake['count']));
        }
    }

    public function now(): int
    {
        $rows = Database::rows('SELECT UNIX_TIMESTAMP() AS now FROM (SELECT %d AS one) AS row_of_one', [1]);
        return (int) ($rows[0]['now'] ?? throw new SyncFailed('database'));
    }

    public function save(State $state): void
    {
        Database::save($state, $this->lease ?? throw new SyncFailed('overtaken'));
    }

    public function observe(array $names, string $www): Observation|Result
    {
        return $this->ask(function (ServerPilot $client) use ($names, $www): Observation {
            $list = $client->apply([
                'desired' => $names,
                'owned' => [],
                'www' => $www,
                'autossl' => true,
                'overflow' => 'fit',
                'dry_run' => true,
            ]);
            $left = ['no_room' => [], 'invalid_domain' => [], 'protected' => []];
            foreach ($list->skipped as $skipped) {
                $left[$skipped['reason'] ?? ''][] = (string) ($skipped['domain'] ?? '');
            }
            // A www of the network's own comes along with the question, and is not wanted.
            $own = array_map(static fn (string $name): string => "www.$name", $this->facts?->own ?? []);
            $isFull = array_diff($left['no_room'], array_diff($own, $names)) !== [];
            $wildcards = !$isFull ? [] : array_values(array_filter(
                $client->inspectApp()->domains,
                static fn (string $name): bool => str_starts_with($name, '*.')
            ));
            $isReady = $list->autosslState === 'skipped' && $list->autosslAvailable === true;
            return new Observation(
                $list->unchanged,
                [...$list->added, ...$left['no_room']],
                $left['invalid_domain'],
                $isFull,
                $wildcards,
                $isReady ? 'available' : $list->autosslState,
                $list->domainCount,
                $list->domainLimit,
            );
        });
    }

    public function apply(Plan $plan): Result
    {
        return $this->ask(static function (ServerPilot $client) use ($plan): Result {
            $list = $client->apply($plan->change());
            if ($list->applied === 'unknown') {
                return Result::failed('unknown', [['code' => 'unknown', 'arguments' => []]], true);
            }
            $error = null;
            foreach ($list->warnings as $warning) {
                Log::warning(LibraryMessages::under('message', $warning));
                if (($warning['code'] ?? '') === 'autossl_failed') {
                    $message = LibraryMessages::kept($warning['message_sentences'] ?? [], $warning['message'] ?? '');
                    $error = ['code' => 'autossl_failed', 'message' => $message];
                }
            }
            return new Result(
                added: $list->added,
                removed: $list->removed,
                unchanged: $list->unchanged,
                skipped: array_column($list->skipped, 'reason', 'domain'),
                count: $list->domainCount,
                limit: $list->domainLimit,
                autossl: $list->autosslState,
                autosslError: $error,
            );
        });
    }

    public function enableAutossl(): Result
    {
        return $this->ask(static function (ServerPilot $client): Result {
            try {
                return new Result(autossl: $client->enableAutossl()->state);
            } catch (ServerPilotException $e) {
                $message = LibraryMessages::kept($e->sentences, $e->getMessage());
                $error = ['code' => $e->statusName, 'message' => $message];
                $state = $e->document['autossl']['state'] ?? '';
                return match (true) {
                    $e->status === Status::AutosslUnavailable->value => new Result(autossl: 'pending'),
                    $e->status === Status::CustomCertificate->value => new Result(autossl: 'custom_certificate'),
                    // ServerPilot could be asked, and refused just this.
                    $state === 'failed' && !$e->retryable => new Result(autossl: 'refused', autosslError: $error),
                    default => throw $e,
                };
            }
        });
    }

    public function lookUp(array $names): array
    {
        $dns = array_fill_keys($names, 'failed');
        foreach ($this->checked($names) ?? [] as $name => $check) {
            $dns[$name] = $check->dns;
        }
        return $dns;
    }

    public function audit(array $names): ?array
    {
        /**
         * Filters the names whose certificate is checked once a day.
         *
         * @param list<string> $names
         */
        $names = array_values(array_filter((array) apply_filters('serverpilot_audited_names', $names), 'is_string'));
        if ($names === []) {
            return [];
        }
        $checks = $this->checked($names);
        if ($checks === null) {
            return null;
        }
        $bad = [];
        foreach ($checks as $name => $check) {
            $days = $check->daysLeft($check->at);
            if ($days !== null && $days < Overview::DAYS) {
                $bad[$name] = 'expires_soon';
            } elseif ($check->valid === false && $check->isServerPilots === false) {
                // A valid one of somebody else's, as a content delivery network has it, serves as well.
                $bad[$name] = 'not_serverpilots';
            }
        }
        return $bad;
    }

    /**
     * @param list<string> $names
     * @return array<string, Check>|null By name; null where they could not be checked.
     */
    private function checked(array $names): ?array
    {
        try {
            $now = $this->now();
            $checks = [];
            foreach ($this->client()->checkSslMany($names, ['warn_days' => Overview::DAYS]) as $at => $certificate) {
                $checks[$names[$at]] = CheckResults::of($certificate, $now);
            }
            CheckResults::remember($checks);
            return $checks;
        } catch (ServerPilotException $e) {
            Log::warning(LibraryMessages::of($e));
            return null;
        }
    }

    public function verify(): int
    {
        return Verification::restart();
    }

    /**
     * @template T
     * @param callable(ServerPilot): T $do
     * @return T|Result
     */
    private function ask(callable $do): mixed
    {
        try {
            return $do($this->client());
        } catch (FfiUnavailable $e) {
            $message = LibraryMessages::kept([], $e->getMessage());
            return Result::failed(Controller::UNAVAILABLE, $message, true, isRefused: true);
        } catch (ServerPilotException $e) {
            $retryAfter = intdiv($e->retryAfterMs + 999, 1000);
            $message = LibraryMessages::kept($e->sentences, $e->getMessage());
            // An answer with another list than the one sent may have a part of it.
            $isRefused = ($e->applied ?? 'no') === 'no' && $e->status !== Status::NotApplied->value;
            return Result::failed($e->statusName, $message, $e->retryable, $retryAfter, $isRefused);
        }
    }

    private function client(): ServerPilot
    {
        return $this->client ??= Connection::client($this->facts?->protected() ?? []);
    }
}
