<?php

/*
 * Random histories of a network, its app and everything that can go wrong, against an oracle. A failing one is told
 * by its seed: SERVERPILOT_SEED=… runs it alone, SERVERPILOT_HISTORIES=… runs so many.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit\Controller;

use Error;
use PHPUnit\Framework\TestCase;
use ServerPilot\Controller\Backoff;
use ServerPilot\Controller\Facts;
use ServerPilot\Controller\State;

final class HistoriesTest extends TestCase
{
    private const HISTORIES = 100_000;

    private const NAMES = [
        'a.com', 'b.com', 'c.org', 'www.b.com', 'shop.d.com', 'e.net', '123.com', 'f.net', 'www.g.com', 'g.com',
    ];
    private const HOSTS = ['one.net.test', 'two.net.test', 'a.com'];
    private const FAULTS = ['refused', 'limited', 'silent', 'unknown', 'late'];

    public function testAtRestTheListIsWhatItShouldBe(): void
    {
        $only = (int) getenv('SERVERPILOT_SEED');
        $first = $only ?: 1;
        $last = $only ?: ((int) getenv('SERVERPILOT_HISTORIES') ?: self::HISTORIES);
        $done = [];
        for ($seed = $first; $seed <= $last; $seed++) {
            try {
                $this->history($seed, $done);
            } catch (Violation $e) {
                $this->fail("SERVERPILOT_SEED=$seed: {$e->getMessage()}\n" . $e->getTraceAsString());
            } catch (Error $e) {
                throw new Error("SERVERPILOT_SEED=$seed: {$e->getMessage()}", 0, $e);
            }
        }
        $this->addToAssertionCount($last - $first + 1);
        if ($only === 0) {
            // What never happened in them was not tested.
            $this->assertGreaterThan(0, $done['write'] ?? 0);
            $kinds = [
                'die', 'fault', 'lost', 'refusal', 'clone', 'jump', 'brake', 'held', 'full', 'foreign', 'stale', 'race',
            ];
            foreach ($kinds as $kind) {
                $this->assertGreaterThan($last / 1000, $done[$kind] ?? 0, $kind);
            }
        }
    }

    /** @param array<string, int> $done How often what happened. */
    private function history(int $seed, array &$done): void
    {
        mt_srand($seed);
        $world = new World();
        $world->limit = [300, 300, 7, 5][mt_rand(0, 3)];
        $world->mayHold = mt_rand(0, 4) > 0;
        $world->www = ['auto', 'auto', 'never'][mt_rand(0, 2)];
        for ($i = mt_rand(0, 4); $i > 0; $i--) {
            $world->mapped[self::pick(self::NAMES)] = true;
        }
        for ($i = mt_rand(0, 3); $i > 0; $i--) {
            $name = self::pick(self::NAMES);
            $isRoom = count($world->list) < $world->limit;
            if ($isRoom && !isset($world->list[$name])) {
                $world->list[$name] = true;
                // What is mapped before the first sync is adopted; all else is somebody else's.
                $world->foreign[$name] = true;
            }
        }
        for ($length = mt_rand(3, 12); $length > 0; $length--) {
            $this->happen($world, $done);
        }
        $this->comeToRest($world, $done);
    }

    /** @param array<string, int> $done */
    private function happen(World $world, array &$done): void
    {
        $name = self::pick(self::NAMES);
        switch (mt_rand(0, 19)) {
            case 0:
            case 1:
            case 2:
                $world->mapped[$name] = true;
                break;
            case 3:
            case 4:
                unset($world->mapped[self::pick(self::names($world->mapped) ?: [$name])]);
                break;
            case 5:
                $host = self::pick(self::HOSTS);
                isset($world->hosts[$host]) ? self::forget($world->hosts, $host) : $world->hosts[$host] = true;
                break;
            case 6:
                // A rename: the new name comes where the old one was.
                unset($world->mapped[self::pick(self::names($world->mapped) ?: [$name])]);
                $world->mapped[$name] = true;
                break;
            case 7:
                mt_rand(0, 1) === 0 ? $world->panelAdds($name) : $world->between = $name;
                $this->note($done, 'foreign');
                break;
            case 8:
                $world->panelRemoves(self::pick(self::names($world->list)));
                break;
            case 9:
                // Many names at once come or go, as a site of many mappings does.
                $some = mt_rand(0, 1) === 1;
                for ($i = 1; $i <= 9; $i++) {
                    $some ? $world->mapped["m$i.org"] = true : self::forget($world->mapped, "m$i.org");
                }
                break;
            case 10:
            case 11:
                $world->fault = mt_rand(0, 1) === 1 ? self::pick(self::FAULTS) : null;
                $world->mayRead = mt_rand(0, 1) === 1;
                $world->retryAfter = self::pick([1, 60, 3600, 86400]);
                $this->note($done, 'fault');
                break;
            case 12:
                $world->dies = mt_rand(1, 6);
                $world->diesAfter = mt_rand(0, 1) === 1;
                $this->note($done, 'die');
                break;
            case 13:
                $world->stale = $world->stale === null && mt_rand(0, 2) === 0 ? $world->before : null;
                $this->note($done, $world->stale === null ? 'fresh' : 'stale');
                break;
            case 14:
                $world->isSaving = mt_rand(0, 3) > 0;
                break;
            case 15:
                $this->settleDown($world);
                $world->jump(self::pick([-86400, -600, 600, 90000, 900000]));
                $this->note($done, 'jump');
                break;
            case 16:
                $this->wakeAClone($world);
                $this->note($done, 'clone');
                break;
            case 17:
                isset($world->withoutDns[$name])
                    ? self::forget($world->withoutDns, $name) : $world->withoutDns[$name] = true;
                break;
            case 18:
                $world->unverified = mt_rand(0, 2);
                break;
            default:
                $world->arrive();
        }
        $writes = $world->writes;
        match (mt_rand(0, 7)) {
            0, 1, 2 => $world->run(Facts::CHANGED),
            3 => $world->run(),
            4 => $this->request($world),
            5 => $this->pass($world, mt_rand(30, 7200)),
            6 => $this->passADay($world),
            default => null,
        };
        $this->note($done, 'write', $world->writes - $writes);
        $this->note($done, 'race', $world->races);
        $this->note($done, 'refusal', $world->refusals);
        $this->note($done, 'lost', $world->lost);
        $world->races = $world->refusals = $world->lost = 0;
        $this->note($done, 'brake', $world->stored->brake === null ? 0 : 1);
        $this->note($done, 'held', count($world->stored->heldFor('no_dns')));
        $this->note($done, 'full', count($world->stored->heldFor('no_room')));
    }

    private function request(World $world): void
    {
        $world->run(Facts::REQUESTED);
    }

    private function passADay(World $world): void
    {
        $this->settleDown($world);
        $this->pass($world, Backoff::DAY);
    }

    /** No list is stale for days, and no request arrives after as many. */
    private function settleDown(World $world): void
    {
        $world->stale = null;
        $world->arrive();
    }

    /** Time passes, and the queue runs what is due. */
    private function pass(World $world, int $seconds): void
    {
        $until = $world->now + $seconds;
        for ($runs = 0; $world->now < $until && $runs < 12; $runs++) {
            $due = $world->stored->dueAt();
            $world->now = $due > $world->now && $due < $until ? $due : $until;
            $run = $world->run();
            if ($run !== null && $world->isSaving && $world->stored->dueAt() < $world->now) {
                throw new Violation('a run leaves something due, and would be followed by another at once');
            }
        }
        $world->now = $until;
    }

    /** The database is copied; the copy's queue runs, and its people press buttons. */
    private function wakeAClone(World $world): void
    {
        if ($world->stored->identity === null) {
            return;
        }
        $clone = clone $world;
        $clone->fault = null;
        $clone->late = [];
        $clone->dies = 0;
        match (mt_rand(0, 2)) {
            0 => $clone->network = 'staging.net.test',
            1 => $clone->environment = 'staging',
            // Where nothing was ever written, another app is a mistyped ID that was put right.
            2 => $world->stored->managed + $world->stored->leaving === [] && !$world->stored->isAdopted
                ? $clone->network = 'staging.net.test' : $clone->app = 'App2',
        };
        $clone->mapped['only.in.clone.com'] = true;
        foreach ([[], [Facts::CHANGED], [Facts::REQUESTED], [Facts::SETTINGS], [Facts::DNS]] as $events) {
            $clone->now += 40000;
            $asked = $clone->requests;
            $clone->run(...$events);
            if ($clone->requests !== $asked) {
                throw new Violation('a copied database asked ServerPilot');
            }
            if ($clone->isSaving && $clone->stored->dueAt() <= $clone->now) {
                throw new Violation('a copied database has something due at once, and so without end');
            }
        }
    }

    /** @param array<string, int> $done */
    private function comeToRest(World $world, array &$done): void
    {
        $world->fault = $world->stale = null;
        $world->dies = 0;
        $world->isSaving = true;
        $world->unverified = 0;
        $world->arrive();
        $world->run(Facts::REQUESTED);
        for ($day = 0; $day < 3; $day++) {
            if ($world->stored->brake !== null || $world->stored->isEvictionBraked) {
                $world->allowRemovals();
            }
            $this->pass($world, Backoff::DAY + 3600);
        }
        $state = $world->stored;
        if (mt_rand(0, 9) === 0 && State::fromJson($state->toJson()) != $state) {
            throw new Violation('the state is not what was saved');
        }
        $held = $state->heldFor('no_dns');
        if (array_diff($held, self::names($world->withoutDns)) !== []) {
            throw new Violation('held although it has DNS: ' . implode(' ', $held));
        }
        if ($held !== [] && !$world->mayHold) {
            throw new Violation('held although that is switched off');
        }
        $expected = $world->foreign;
        foreach (array_diff($world->wanted(), $held) as $name) {
            if (count($expected) < $world->limit) {
                $expected[$name] = true;
            }
        }
        ksort($expected);
        $list = $world->list;
        ksort($list);
        if ($list !== $expected) {
            throw new Violation(sprintf(
                "the list is %s\nand should be %s\nstate %s",
                implode(' ', self::names($list)),
                implode(' ', self::names($expected)),
                $state->toJson()
            ));
        }
        if ($state->failure !== null || $state->brake !== null) {
            throw new Violation('at rest and not content: ' . $state->toJson());
        }
    }

    /** @param array<string, int> $done */
    private function note(array &$done, string $kind, int $times = 1): void
    {
        $done[$kind] = ($done[$kind] ?? 0) + $times;
    }

    /**
     * @template T
     * @param list<T> $of
     * @return T
     */
    private static function pick(array $of): mixed
    {
        return $of[mt_rand(0, count($of) - 1)];
    }

    /** @param array<string, true> $map */
    private static function forget(array &$map, string $name): void
    {
        unset($map[$name]);
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
