<?php

// Random histories through WordPress, the database and the fake ServerPilot, with two nodes and killed ones. A failing
// one is told by its seed: SERVERPILOT_SEED=… runs it alone, SERVERPILOT_HISTORIES=… runs so many.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use RuntimeException;
use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class HistoriesTest extends NetworkTestCase
{
    private const HISTORIES = 200;
    private const NAMES = ['a.com', 'b.com', 'shop.c.com', 'www.d.com', 'd.com', '123.org'];

    /** @var array<string, true> */
    private array $mapped = [];

    /** @var array<string, true> Entries that are nobody's but the panel's. */
    private array $foreign = [];

    /** What an operator reads at the end. */
    private string $notice = '';

    public function testAtRestTheListIsWhatItShouldBe(): void
    {
        $only = (int) getenv('SERVERPILOT_SEED');
        $last = $only ?: ((int) getenv('SERVERPILOT_HISTORIES') ?: self::HISTORIES);
        $killed = 0;
        for ($seed = $only ?: 1; $seed <= $last; $seed++) {
            mt_srand($seed);
            $killed += $this->history();
            $expected = ['network.test', ...array_map('strval', array_keys($this->foreign + $this->mapped))];
            foreach (array_map('strval', array_keys($this->mapped)) as $name) {
                if (substr_count($name, '.') === 1) {
                    $expected[] = "www.$name";
                }
            }
            $expected = array_values(array_unique($expected));
            $actual = $this->fake->domains();
            sort($expected);
            sort($actual);
            $this->assertSame($expected, $actual, "SERVERPILOT_SEED=$seed");
            $this->assertSame('', $this->notice, "SERVERPILOT_SEED=$seed");
        }
        $this->assertTrue($only > 0 || $killed > $last / 10, "$killed were killed");
    }

    /** @return int How many runs were killed. */
    private function history(): int
    {
        $this->network->restore();
        $this->fake->listening(true);
        $this->fake->reset();
        $this->mapped = $this->foreign = [];
        $killed = 0;
        $this->start('cli');
        $clock = [];
        for ($round = mt_rand(1, 3); $round > 0; $round--) {
            $this->panel();
            $this->faults();
            $steps = [...$clock, ...$this->changes()];
            if (mt_rand(0, 2) === 0) {
                $killed += $this->kill($steps);
            } else {
                $this->play(...$steps);
                $this->network->steps(2, 'run_queue');
            }
            $clock = mt_rand(0, 2) > 0 ? [] : [['turn_clock', ['seconds' => [90, 4000, 100000][mt_rand(0, 2)]]]];
        }
        $this->fake->clearFaults();
        $this->fake->listening(true);
        // Two days, an hour and a bit: whatever waits for a time has it. More removals than usual are allowed.
        $day = [['turn_clock', ['seconds' => 90000]], ['run_queue']];
        $allow = [['command', ['name' => 'allow_removals']], ['run_queue']];
        $rest = $this->play(['lease', ['seconds' => -1]], ...$day, ...$day, ...$allow, ...[['notice']]);
        $this->notice = (string) end($rest);
        return $killed;
    }

    /** @return list<array{string, array<string, mixed>}> */
    private function changes(): array
    {
        $steps = [];
        for ($changes = mt_rand(1, 4); $changes > 0; $changes--) {
            $name = self::NAMES[mt_rand(0, count(self::NAMES) - 1)];
            $known = array_map('strval', array_keys($this->mapped));
            if (!isset($this->mapped[$name])) {
                $from = $known === [] || mt_rand(0, 2) > 0 ? null : $known[mt_rand(0, count($known) - 1)];
                $steps[] = $from === null ? ['map', ['domains' => [$name]]] : ['rename', ['from' => $from, 'to' => $name]];
                unset($this->mapped[$from ?? '']);
                $this->mapped[$name] = true;
            } else {
                $steps[] = ['unmap', ['domains' => [$name]]];
                unset($this->mapped[$name]);
            }
        }
        return $steps;
    }

    /** Somebody changes the list in ServerPilot's panel. */
    private function panel(): void
    {
        if (mt_rand(0, 2) > 0) {
            return;
        }
        $name = self::NAMES[mt_rand(0, count(self::NAMES) - 1)];
        $list = $this->fake->domains();
        if (in_array($name, $list, true)) {
            $this->fake->app(['domains' => array_values(array_diff($list, [$name]))]);
            unset($this->foreign[$name]);
            return;
        }
        $state = $this->state();
        $this->fake->app(['domains' => [...$list, $name]]);
        if (!isset($state['managed'][$name]) && !isset($state['leaving'][$name])) {
            $this->foreign[$name] = true;
        }
    }

    private function faults(): void
    {
        $this->fake->clearFaults();
        $this->fake->listening(true);
        match (mt_rand(0, 7)) {
            0 => $this->fake->listening(false),
            1 => $this->fake->fault(['kind' => 'status', 'code' => 500, 'on' => 'list', 'times' => 4, 'apply' => true]),
            2 => $this->fake->fault(['kind' => 'close_after_request', 'on' => 'list', 'apply' => mt_rand(0, 1) === 1]),
            3 => $this->fake->fault(['kind' => 'status', 'code' => 429, 'on' => 'read', 'times' => 2,
                'headers' => [['Retry-After', '600']]]),
            4 => $this->fake->fault(['kind' => 'status', 'code' => 401, 'on' => 'read', 'times' => 1]),
            default => null,
        };
    }

    /** @param list<array{0: string, 1?: array<string, mixed>}> $steps What comes before. */
    private function kill(array $steps): int
    {
        try {
            $this->play(...$steps, ...[['run_queue', ['die_at' => mt_rand(1, 40)]]]);
            return 0;
        } catch (RuntimeException) {
            $this->network->step('lease', ['seconds' => -1]);
            return 1;
        }
    }
}
