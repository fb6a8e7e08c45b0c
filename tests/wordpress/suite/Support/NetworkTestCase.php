<?php

// What every test starts from: a fresh network, the integration enabled and set up, an app that has the
// network's own domain; and what holds after every test: PHP complained of nothing, no secret was logged.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress\Support;

use PHPUnit\Framework\TestCase;
use RuntimeException;

abstract class NetworkTestCase extends TestCase
{
    private static ?Network $shared = null;

    protected Network $network;
    protected FakeServerPilot $fake;

    protected function setUp(): void
    {
        $this->network = self::network();
        $this->fake = $this->network->fake;
        $this->network->sapi = 'cli';
        $this->network->entry = '/wp-admin/admin-ajax.php';
        $this->network->restore();
        $this->fake->reset();
    }

    protected function tearDown(): void
    {
        $this->fake->listening(true);
        $this->assertSame([], $this->network->complaints());
        $this->assertStringNotContainsString('SENTINEL', $this->network->log());
    }

    /** @return array<string, array{string, string}> */
    public function everywhere(): array
    {
        $all = [];
        foreach (['cli', 'ffi'] as $sapi) {
            foreach (self::network()->lines() as $line) {
                $all["$sapi, $line"] = [$sapi, $line];
            }
        }
        return $all;
    }

    /** @return array<string, array{string, string}> */
    public function bothSapis(): array
    {
        $line = self::network()->lines()[0];
        return ['cli' => ['cli', $line], 'php-fpm' => ['ffi', $line]];
    }

    /** @return array<string, array{string}> */
    public function lines(): array
    {
        $lines = self::network()->lines();
        return array_combine($lines, array_map(static fn (string $line) => [$line], $lines));
    }

    protected static function network(): Network
    {
        return self::$shared ??= new Network();
    }

    /** For what only that line has. */
    protected function demandLine(string $line): void
    {
        if (!in_array($line, self::network()->lines(), true)) {
            $this->markTestSkipped("this Ultimate Multisite is not of the $line line");
        }
    }

    /** For names that are none: newer versions of Ultimate Multisite refuse to map them. */
    protected function demandThatAnyNameIsMapped(): void
    {
        if (!self::network()->environment['fake_ultimate_multisite']) {
            $this->markTestSkipped('this Ultimate Multisite maps no such name');
        }
    }

    /** Enabled, set up, synced once, and the fake has forgotten that. */
    protected function start(string $sapi, ?string $line = null): void
    {
        $this->network->configure($line ?? $this->network->lines()[0]);
        $this->network->sapi = $sapi;
        $this->play(['enable'], ['run_queue']);
        $this->fake->forget();
    }

    /**
     * Several steps in one process.
     *
     * @param array{0: string, 1?: array<string, mixed>} ...$steps
     * @return list<mixed>
     */
    protected function play(array ...$steps): array
    {
        $steps = array_map(static fn (array $step) => [$step[0], $step[1] ?? []], $steps);
        return $this->network->step('play', ['steps' => $steps]);
    }

    protected function runQueue(int $runners = 1): void
    {
        $this->network->steps($runners, 'run_queue');
    }

    /** The process is killed, and its lease runs out. */
    protected function dieInTheQueue(): void
    {
        try {
            $this->network->step('run_queue', ['die' => true]);
            $this->fail('it lives');
        } catch (RuntimeException) {
            $this->network->step('lease', ['seconds' => -1]);
        }
    }

    /** What the last sync that failed says, where the operator reads it: Tools → Scheduled Actions. */
    protected function failure(): string
    {
        $failed = $this->actions('serverpilot_sync', 'failed');
        return $failed === [] ? '' : (string) end($failed)['message'];
    }

    /** In how many seconds the next sync is due; there is always one that waits, and never a second. */
    protected function nextSync(): int
    {
        $waiting = $this->actions('serverpilot_sync', 'pending');
        $this->assertCount(1, $waiting);
        return (int) $waiting[0]['due_in'];
    }

    /** @return array<string, mixed>|null What the plugin remembers. */
    protected function state(): ?array
    {
        return $this->network->step('state');
    }

    /** @return list<string> The writes of the list. */
    protected function writes(): array
    {
        return array_values(array_filter($this->fake->asked(), static fn (string $one) => $one === 'POST'));
    }

    /** Time passes here and at ServerPilot, and the queue runs whenever something is due. */
    protected function passTime(int $seconds): void
    {
        while ($seconds > 0) {
            $left = $this->network->step('pass', ['seconds' => $seconds]);
            $this->assertLessThan($seconds, $left);
            $seconds = $left;
        }
    }

    /**
     * @return list<array<string, mixed>> Actions of a hook, oldest first.
     */
    protected function actions(string $hook, ?string $status = null): array
    {
        return array_values(array_filter(
            $this->network->step('actions', ['hook' => $hook]),
            static fn (array $one) => $status === null || $one['status'] === $status
        ));
    }

    /** @return list<string> */
    protected function statuses(string $hook): array
    {
        return array_column($this->actions($hook), 'status');
    }

    /** @param list<string> $expected */
    protected function assertDomains(array $expected): void
    {
        $actual = $this->fake->domains();
        sort($expected);
        sort($actual);
        $this->assertSame($expected, $actual);
    }

    protected function assertAsked(int $atMost): void
    {
        $asked = $this->fake->asked();
        $this->assertLessThanOrEqual($atMost, count($asked), implode(' ', $asked));
    }
}
