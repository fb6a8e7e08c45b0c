<?php

// Forty mappings at once, and one, two and three runners: every name right, requests counted.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class BurstTest extends NetworkTestCase
{
    /** @dataProvider runners */
    public function testFortyMappingsAreOneWrite(string $sapi, string $line, int $runners): void
    {
        $this->start($sapi, $line);
        $names = array_map(static fn (int $n) => "shop$n.com", range(1, 40));
        $this->network->step('map', ['domains' => $names]);
        $this->runQueue($runners);
        $this->runQueue();
        $this->assertDomains(['network.test', ...$names, ...array_map(static fn ($name) => "www.$name", $names)]);
        $this->assertSame(array_fill(0, 40, 'complete'), $this->statuses('wu_add_domain'));
        $this->assertAsked(4);
        $this->assertCount(1, $this->writes());
        $this->fake->forget();
        // So many removals wait for the operator.
        $this->network->step('unmap', ['domains' => $names]);
        $this->runQueue($runners);
        $this->runQueue();
        $this->assertSame(array_fill(0, 40, 'complete'), $this->statuses('wu_remove_domain'));
        $this->assertSame([], $this->writes());
        $this->fake->forget();
        $this->network->step('command', ['name' => 'allow_removals']);
        $this->runQueue($runners);
        $this->assertDomains(['network.test']);
        $this->assertAsked(4);
        $this->assertCount(1, $this->writes());
    }

    /** @return array<string, array{string, string, int}> */
    public function runners(): array
    {
        $all = [];
        foreach ($this->everywhere() as $where => [$sapi, $line]) {
            foreach ([1, 2, 3] as $runners) {
                $all["$runners runners, $where"] = [$sapi, $line, $runners];
            }
        }
        return $all;
    }

    /** @dataProvider bothSapis */
    public function testNamesThatComeWhileRunnersWork(string $sapi, string $line): void
    {
        $this->fake->settings(['latency_ms' => 120]);
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => array_map(static fn (int $n) => "a$n.com", range(1, 30))]);
        $expected = ['network.test'];
        // Two runners, and in between somebody who maps more, all at once.
        for ($round = 0; $round < 3; $round++) {
            $this->network->steps(2, 'run_queue');
            $this->network->step('map', ['domains' => ["b$round.com"]]);
            array_push($expected, "b$round.com", "www.b$round.com");
        }
        $this->runQueue();
        foreach (range(1, 30) as $n) {
            array_push($expected, "a$n.com", "www.a$n.com");
        }
        $this->assertDomains($expected);
        $this->assertSame(array_fill(0, 33, 'complete'), $this->statuses('wu_add_domain'));
    }
}
