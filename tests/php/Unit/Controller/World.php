<?php

/*
 * A network and a ServerPilot app in memory, with faults, deaths and a clock to turn, and an oracle that watches
 * every request. It plans as the library does. Must not read the state under test but to know what a rule names.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit\Controller;

use ServerPilot\Controller\Backoff;
use ServerPilot\Controller\Controller;
use ServerPilot\Controller\Environment;
use ServerPilot\Controller\Facts;
use ServerPilot\Controller\Identity;
use ServerPilot\Controller\Observation;
use ServerPilot\Controller\Plan;
use ServerPilot\Controller\Result;
use ServerPilot\Controller\Run;
use ServerPilot\Controller\State;

final class World implements Environment
{
    public const OWN = 'net.test';

    public int $now = 1_700_000_000;

    /** What the database holds. */
    public State $stored;

    /** @var array<string, true> The app's list. */
    public array $list = [self::OWN => true];

    /** @var array<string, true> Entries that are nobody's but the panel's. */
    public array $foreign = [];

    /** @var array<string, true> */
    public array $mapped = [];

    /** @var array<string, true> */
    public array $hosts = [];

    /** @var array<string, true> Names without an address. */
    public array $withoutDns = [];

    public string $www = 'auto';
    public string $app = 'App1';
    public string $network = self::OWN;
    public string $environment = 'production';
    public int $limit = 300;
    public bool $isAutosslOn = false;
    public int $changedAt = 0;
    public int $unverified = 0;
    public bool $mayHold = true;

    /** @var string|null What becomes of the next requests; see ask(). */
    public ?string $fault = null;

    /** Whether the fault strikes what writes, and nothing else. */
    public bool $mayRead = false;
    public int $retryAfter = 0;

    /** The process dies at the so-many-th step; 0: it lives. */
    public int $dies = 0;
    public bool $diesAfter = false;
    public bool $isSaving = true;

    /** @var array<string, true>|null The list as it was, where reads are stale. */
    public ?array $stale = null;

    /** @var array<string, true> The list before its last change. */
    public array $before = [self::OWN => true];

    /** @var list<Plan> Changes of processes that were overtaken, or whose request is late. */
    public array $late = [];

    /** @var string|null What somebody puts into the list between this run's question and its write. */
    public ?string $between = null;

    /** @var list<string> The names whose certificates were checked last. */
    public array $audited = [];

    public int $requests = 0;
    public int $writes = 0;
    public int $races = 0;
    public int $refusals = 0;
    public int $lost = 0;
    public int $asks = 0;

    /** @var array{State, Plan, Result|null}|null The state before the last write, and what came of that. */
    private ?array $write = null;

    /** The state as the run found it. */
    private State $began;

    private int $failures = 0;
    private int $notBefore = 0;
    private int $mayAskAt = 0;
    private Facts $facts;

    public function __construct()
    {
        $this->stored = new State();
    }

    /** @param list<string> $events */
    public function facts(array $events, float $jitter = 0.0): Facts
    {
        return new Facts(
            identity: new Identity($this->app, $this->network, $this->environment),
            own: [self::OWN],
            mapped: self::names($this->mapped),
            hosts: self::names($this->hosts),
            www: $this->www,
            events: $events,
            mayHold: $this->mayHold,
            unverified: $this->unverified,
            jitter: $jitter,
        );
    }

    /**
     * @param string ...$events
     * @return Run|null Null where the process died or could not save.
     */
    public function run(string ...$events): ?Run
    {
        $this->facts = $this->facts($events);
        $this->asks = 0;
        $this->write = null;
        $this->began = clone $this->stored;
        $isRequested = $this->facts->isRequested();
        $mayAskAt = $this->mayAskAt;
        $wasAdopted = $this->stored->isAdopted;
        $run = null;
        try {
            $run = new Run($this, clone $this->stored, $this->facts);
        } catch (Death) {
            // What it had not saved is gone.
            if ($this->stored->failure === null) {
                $this->failures = $this->mayAskAt = $this->notBefore = 0;
            }
        }
        if (!$wasAdopted && $this->stored->isAdopted) {
            $this->foreign = array_diff_key($this->foreign, array_fill_keys($this->wanted(), true));
        }
        if ($this->asks > 0) {
            if ($this->now < $this->notBefore) {
                throw new Violation('asked although ServerPilot wants to be left alone');
            }
            if (!$isRequested && $this->now < $mayAskAt) {
                throw new Violation('asked before the backoff was over');
            }
            if ($run !== null) {
                $this->expect($run);
            }
        }
        if ($this->asks > 0 && $this->stored->identity === null) {
            throw new Violation('asked, and a copy of this database would not be known for one');
        }
        if ($run !== null && $this->write !== null) {
            $this->attribute(...$this->write);
        }
        if ($this->stale !== null) {
            // Read as absent, and perhaps written: that somebody else had put it there, nobody can tell any more.
            $this->foreign = array_diff_key($this->foreign, $this->stored->managed);
        }
        $this->dies = 0;
        if (getenv('SERVERPILOT_SEED')) {
            // What led to a failure, for whoever replays it.
            fprintf(
                STDERR,
                "%d %s %s: list %s, foreign %s, wanted %s\n  %s\n",
                $this->now,
                implode(',', $events) ?: 'due',
                $run === null ? 'died' : $run->plan->step . ' ' . ($run->result->code ?? 'ok'),
                implode(' ', self::names($this->list)),
                implode(' ', self::names($this->foreign)),
                implode(' ', $this->wanted()),
                $this->stored->toJson()
            );
        }
        return $run;
    }

    /** A name that was not written is nobody's; one that may have been written is this network's. */
    private function attribute(State $before, Plan $plan, ?Result $result): void
    {
        if ($result === null || $result->code === null) {
            return;
        }
        $managed = $this->stored->managed;
        if (!$result->isRefused && array_diff($plan->adding, self::names($managed)) !== []) {
            throw new Violation('a write may have arrived, and its names are not managed');
        }
        if ($result->isRefused && array_diff_key($managed, $before->managed, $before->leaving) !== []) {
            throw new Violation('a write was refused, and its names are managed');
        }
        $this->refusals += $result->isRefused && $plan->adding !== [] ? 1 : 0;
    }

    /** When this network may ask again without being told to. */
    private function expect(Run $run): void
    {
        if ($run->result->code === null) {
            $this->failures = $this->mayAskAt = $this->notBefore = 0;
            return;
        }
        if ($run->result->code === 'SP_ERR_TOO_MANY_REMOVALS') {
            return;
        }
        $this->mayAskAt = $this->now + ($run->result->retryable ? Backoff::seconds($this->failures++) : Backoff::DAY);
        if ($run->result->retryAfter > 0) {
            $this->notBefore = $this->now + $run->result->retryAfter;
        }
    }

    /** Clocks are set; what was promised by the old time is not measured by the new one. */
    public function jump(int $seconds): void
    {
        $this->now += $seconds;
        $this->notBefore = $this->mayAskAt = 0;
        $this->changedAt = min($this->changedAt, $this->now);
    }

    public function panelAdds(string $name): void
    {
        if (isset($this->list[$name]) || count($this->list) >= $this->limit) {
            return;
        }
        $this->change([$name => true] + $this->list);
        $this->come($name);
    }

    /** A name comes into the list, and not by a plan: whose is it, by the rules? */
    private function come(string $name): void
    {
        $isOurs = isset($this->stored->managed[$name]) || isset($this->stored->leaving[$name]);
        if (!$isOurs) {
            $this->foreign[$name] = true;
        }
    }

    public function panelRemoves(string $name): void
    {
        if (count($this->list) > 1) {
            $this->change(array_diff_key($this->list, [$name => true]));
            unset($this->foreign[$name]);
        }
    }

    /** The operator presses the button, and so asks for a sync now. */
    public function allowRemovals(): void
    {
        $this->stored = Controller::allowRemovals($this->stored);
        $this->mayAskAt = 0;
    }

    /** A request of a process that everybody had given up arrives. */
    public function arrive(): void
    {
        foreach ($this->late as $plan) {
            $this->execute($plan, true);
        }
        $this->late = [];
    }

    /** @return list<string> In order of importance, whether there is room or not. */
    public function wanted(): array
    {
        $www = [];
        foreach (self::names($this->mapped) as $name) {
            $isRegistrable = substr_count($name, '.') === 1;
            if ($this->www === 'auto' && $isRegistrable && !isset($this->hosts[$name])) {
                $www[] = "www.$name";
            }
        }
        $names = [self::OWN, ...self::names($this->mapped), ...self::names($this->hosts), ...$www];
        return array_values(array_unique($names));
    }

    public function now(): int
    {
        return $this->now;
    }

    public function save(State $state): void
    {
        $this->await();
        if (!$this->isSaving) {
            throw new Death('the database did not answer');
        }
        $state->revision++;
        $this->stored = clone $state;
        $this->awaited();
    }

    public function observe(array $names, string $www): Observation|Result
    {
        $this->await();
        $failure = $this->ask(isRead: true);
        if ($failure !== null) {
            return $failure;
        }
        $list = $this->stale ?? $this->list;
        if ($www === 'auto') {
            foreach ($names as $name) {
                if (substr_count($name, '.') === 1 && !in_array("www.$name", $names, true)) {
                    $names[] = "www.$name";
                }
            }
        }
        $present = array_values(array_filter($names, static fn (string $name): bool => isset($list[$name])));
        $absent = array_values(array_diff($names, $present));
        $this->awaited();
        return new Observation(
            $present,
            $absent,
            isFull: count($list) + count($absent) > $this->limit,
            autossl: $this->autossl(),
            count: count($list),
            limit: $this->limit,
        );
    }

    public function apply(Plan $plan): Result
    {
        $this->await();
        $this->guard();
        $this->race($plan);
        $failure = $this->ask();
        $this->write = [$this->began, $plan, $failure];
        $this->lost += in_array($this->fault, ['late', 'unknown'], true) ? 1 : 0;
        if ($this->fault === 'late') {
            $this->late[] = $plan;
        } elseif ($this->fault === 'unknown') {
            $this->execute($plan);
        }
        if ($failure !== null) {
            $this->awaited();
            return $failure;
        }
        $result = $this->execute($plan);
        $this->write[2] = $result;
        $this->awaited();
        return $result;
    }

    /** Where the answer of the write is lost, nobody can tell whose the name is; so it comes to be known here. */
    private function race(Plan $plan): void
    {
        $isKnown = $this->fault === null && $this->dies === 0 && $this->isSaving && $this->stale === null;
        $name = $isKnown ? $this->between : null;
        if ($name !== null && !isset($this->list[$name]) && count($this->list) < $this->limit) {
            $this->panelAdds($name);
            if (in_array($name, $plan->adding, true)) {
                $this->foreign[$name] = true;
                $this->races++;
            }
            $this->between = null;
        }
    }

    public function enableAutossl(): Result
    {
        $this->await();
        $this->guard();
        $failure = $this->ask();
        if ($failure !== null) {
            return $failure;
        }
        if ($this->autossl() === 'available') {
            $this->isAutosslOn = true;
        }
        $this->awaited();
        return new Result(autossl: $this->isAutosslOn ? 'enabled' : 'pending');
    }

    public function lookUp(array $names): array
    {
        $this->await();
        $dns = [];
        foreach ($names as $name) {
            $dns[$name] = isset($this->withoutDns[$name]) ? 'no_such_name' : 'found';
        }
        return $dns;
    }

    public function audit(array $names): ?array
    {
        $this->await();
        $this->audited = $names;
        return [];
    }

    public function verify(): int
    {
        $this->await();
        return $this->unverified;
    }

    private function autossl(): string
    {
        if ($this->isAutosslOn) {
            return 'already_enabled';
        }
        $isReady = $this->now - $this->changedAt >= 600 && array_intersect_key($this->list, $this->withoutDns) === [];
        return $isReady ? 'available' : 'pending';
    }

    /** As the library plans and ServerPilot answers. */
    private function execute(Plan $plan, bool $isLate = false): Result
    {
        $list = $this->stale ?? $this->list;
        $owned = array_diff($plan->owned, $this->facts->protected());
        $desired = $plan->desired;
        $remove = array_values(array_filter(
            array_diff($owned, $desired),
            static fn (string $name): bool => isset($list[$name])
        ));
        $skipped = [];
        $movable = array_filter(
            array_intersect($desired, $owned),
            static fn (string $name): bool => isset($list[$name])
        );
        $room = $this->limit - (count($list) - count($remove) - count($movable));
        foreach ($desired as $name) {
            $takes = !isset($list[$name]) || in_array($name, $movable, true) ? 1 : 0;
            if ($takes > $room) {
                $skipped[$name] = 'no_room';
                if (isset($list[$name])) {
                    $remove[] = $name;
                }
                continue;
            }
            $room -= $takes;
        }
        if (count($remove) > $plan->maxRemovals) {
            return Result::failed('SP_ERR_TOO_MANY_REMOVALS', [], false, isRefused: true);
        }
        $desired = array_values(array_filter($desired, static fn (string $name): bool => !isset($skipped[$name])));
        $added = array_values(array_filter($desired, static fn (string $name): bool => !isset($list[$name])));
        $new = array_diff_key($list, array_fill_keys($remove, true)) + array_fill_keys($added, true);
        if ($new === []) {
            return Result::failed('SP_ERR_PROTECTED', [], false, isRefused: true);
        }
        if (count($new) > $this->limit) {
            throw new Violation('more than fit');
        }
        if ($remove !== [] || $added !== []) {
            $this->judge($remove, $skipped, $plan, $isLate);
            $this->requests++;
            $this->writes++;
            // Written over a list that was read wrongly: what somebody changed meanwhile is undone, whoever asks.
            foreach (self::names(array_diff_key($list, $this->list, array_fill_keys($remove, true))) as $name) {
                $this->come($name);
            }
            $this->foreign = array_intersect_key($this->foreign, $new);
            // What a late write brings back was there when it was planned, and is whose it was then.
            $back = array_diff($added, $plan->missing);
            $this->foreign = array_diff_key($this->foreign, array_fill_keys(array_diff($added, $back), true));
            $this->change($new);
            array_map($this->come(...), $back);
        }
        return new Result(
            added: $added,
            removed: $remove,
            unchanged: array_values(array_diff($desired, $added)),
            skipped: $skipped,
            count: count($this->list),
            limit: $this->limit,
            autossl: $this->isAutosslOn ? 'already_enabled' : 'pending',
        );
    }

    /**
     * @param list<string> $removed
     * @param array<string, string> $skipped
     */
    private function judge(array $removed, array $skipped, Plan $plan, bool $isLate): void
    {
        foreach ($removed as $name) {
            if (isset($this->foreign[$name])) {
                throw new Violation("removed $name, which is somebody else's");
            }
            $isHeld = isset($this->stored->held[$name]) && isset($this->withoutDns[$name]);
            if (!$isLate && !isset($skipped[$name]) && !$isHeld && in_array($name, $this->wanted(), true)) {
                throw new Violation("removed $name, which is wanted");
            }
        }
        $managed = count($this->stored->managed) + count($this->stored->leaving);
        if (!$isLate && count($removed) > max(5, intdiv($managed, 5), $plan->state->allowed ?? 0)) {
            throw new Violation('removed ' . count($removed) . ' of ' . $managed . ' without being allowed to');
        }
    }

    /** @param array<string, true> $list */
    private function change(array $list): void
    {
        $this->before = $this->list;
        $this->list = $list;
        $this->changedAt = $this->now;
    }

    private function guard(): void
    {
        if (Controller::safeMode($this->stored, $this->facts) !== null) {
            throw new Violation('a write in safe mode');
        }
    }

    private function ask(bool $isRead = false): ?Result
    {
        $this->requests++;
        $this->asks++;
        return match ($isRead && $this->mayRead ? null : $this->fault) {
            null => null,
            'refused' => Result::failed('SP_ERR_AUTH', [], false, isRefused: true),
            'limited' => Result::failed('SP_ERR_RATE_LIMITED', [], true, $this->retryAfter, true),
            default => Result::failed('SP_ERR_TIMEOUT', [], true),
        };
    }

    private function await(): void
    {
        if ($this->dies > 0 && !$this->diesAfter && --$this->dies === 0) {
            throw new Death();
        }
    }

    private function awaited(): void
    {
        if ($this->dies > 0 && $this->diesAfter && --$this->dies === 0) {
            throw new Death();
        }
    }

    /**
     * @param array<string, true> $map
     * @return list<string>
     */
    private static function names(array $map): array
    {
        return array_map('strval', array_keys($map));
    }
}
