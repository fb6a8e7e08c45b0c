<?php

// What goes wrong, and that nothing of it is lost or called complete.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use RuntimeException;
use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class FailuresTest extends NetworkTestCase
{
    /** More than a run has. */
    private const QUERIES = 36;
    private const STEPS = 24;

    /** @dataProvider everywhere */
    public function testAWrongKeyIsSaidOnceAndNotHammered(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->network->step('map', ['domains' => ['a.com', 'b.com', 'c.com']]);
        $this->runQueue();
        // The change is noted; that it has not arrived, the sync says.
        $this->assertSame(['complete', 'complete', 'complete'], $this->statuses('wu_add_domain'));
        $this->assertMatchesRegularExpression('/client ID.*key.*SP_ERR_AUTH.*Sync now/i', $this->failure());
        $this->assertSame(['GET'], $this->fake->asked());
        $this->assertGreaterThan(80000, $this->nextSync());
        $this->assertMatchesRegularExpression('/client ID.*key.*Sync now/i', $this->network->step('notice'));
        // Once a day, however many names come meanwhile.
        $this->fake->forget();
        $this->network->step('map', ['domains' => ['d.com']]);
        $this->passTime(4 * 86400);
        $this->assertAsked(4);
        $status = $this->network->step('command', ['name' => 'status']);
        $this->assertSame('Exit: 2', end($status));
        // Cured, everything comes in with the next try.
        $this->network->configure($line);
        $this->network->step('command', ['name' => 'retry']);
        $names = ['a.com', 'b.com', 'c.com', 'd.com'];
        $this->assertDomains(['network.test', ...$names, ...array_map(static fn ($name) => "www.$name", $names)]);
        $this->assertSame('', $this->network->step('notice'));
        $status = $this->network->step('command', ['name' => 'status']);
        $this->assertStringNotContainsString('Exit: ', implode(' ', $status));
    }

    public function testWhatIsPromisedNextIsWhatWaits(): void
    {
        $this->start('cli');
        $this->fake->listening(false);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertStringContainsString('Next automatic retry:', $this->network->step('notice'));
        $this->assertLessThan(70, $this->nextSync());
        $this->fake->listening(true);
        $this->network->configure($this->network->lines()[0], ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertMatchesRegularExpression('/client ID.*the next try is the daily sync/i', $this->network->step('notice'));
        // An earlier one that waits finds nothing due, and leaves the next one waiting.
        $this->passTime(90);
        $this->assertGreaterThan(80000, $this->nextSync());
    }

    /** @dataProvider everywhere */
    public function testADeadNetworkIsRetriedByItself(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->fake->listening(false);
        $this->network->step('map', ['domains' => ['a.com', 'b.com']]);
        $this->network->step('unmap', ['domains' => ['b.com']]);
        $this->runQueue();
        $this->assertStringContainsString('Next automatic retry:', $this->failure());
        $this->assertLessThan(70, $this->nextSync());
        // Still dead: one action waits, later than before.
        $this->passTime(90);
        $this->assertGreaterThan(70, $this->nextSync());
        $this->fake->listening(true);
        $this->passTime(180);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
        $this->assertSame('', $this->network->step('notice'));
    }

    public function testAQueueThatWasClearedIsFilledAgain(): void
    {
        $this->start('cli');
        $this->fake->listening(false);
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $this->fake->listening(true);
        foreach ($this->actions('serverpilot_sync', 'pending') as $action) {
            $this->network->step('cancel', ['id' => (int) $action['id']]);
        }
        $this->passTime(2 * 3700);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
    }

    public function testAQueueThatStandsStillIsSaid(): void
    {
        $this->start('cli');
        $this->passTime(3600);
        $this->assertSame('good', $this->network->step('site_health')[0]['status']);
        $this->network->step('turn_clock', ['seconds' => 20 * 86400]);
        $setup = $this->network->step('site_health')[0];
        $this->assertSame('critical', $setup['status']);
        $this->assertStringContainsString('scheduled actions do not run', $setup['description']);
        $status = $this->network->step('command', ['name' => 'status']);
        $this->assertSame('Exit: 2', end($status));
        $this->runQueue();
        $this->assertSame('good', $this->network->step('site_health')[0]['status']);
    }

    public function testTheBackoffGoesOnDailyAndStaysVisible(): void
    {
        $this->start('cli');
        $this->failFor(4 * 86400);
        $failed = count($this->actions('serverpilot_sync', 'failed'));
        $this->assertGreaterThan(30, $failed);
        $this->assertLessThan(38, $failed);
        $this->assertStringContainsString('Next automatic retry:', $this->network->step('notice'));
        $this->network->configure($this->network->lines()[0]);
        $this->fake->listening(true);
        $this->network->step('turn_clock', ['seconds' => 100000]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
        $this->assertSame('', $this->network->step('notice'));
    }

    public function testAnExceptionOfAnotherPluginLeavesATrace(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->network->step('run_queue', ['throws' => 'secret of somebody else']);
        $this->assertSame('exception', $this->state()['failure']['code']);
        $notice = $this->network->step('notice');
        $this->assertStringContainsString('LogicException', $notice);
        $this->assertStringNotContainsString('secret of somebody else', $notice . $this->network->log());
        $this->passTime(90);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
        $this->assertSame('', $this->network->step('notice'));
    }

    /** @dataProvider bothSapis */
    public function testServerPilotsAdviceWhenToComeBackIsHonoured(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['old.com']]);
        $this->runQueue();
        $this->refuseFor(1200);
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $this->assertGreaterThan(1100, $this->nextSync());
        // What comes meanwhile is not asked about before, and not forgotten; nor does the operator's button ask.
        $this->fake->forget();
        $this->network->step('map', ['domains' => ['b.com']]);
        $this->network->step('unmap', ['domains' => ['old.com']]);
        $this->runQueue();
        $sync = $this->network->step('command', ['name' => 'sync']);
        $this->assertStringContainsString('asked not to be called', $sync[0]);
        $this->assertSame([], $this->fake->asked());
        $this->assertSame(['complete', 'complete', 'complete'], $this->statuses('wu_add_domain'));
        $this->assertGreaterThan(1100, $this->nextSync());
        $this->fake->clearFaults();
        $this->passTime(1400);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com', 'b.com', 'www.b.com']);
    }

    public function testARetryThatWaitsComesNoEarlierThanServerPilotWants(): void
    {
        $this->start('cli');
        $this->fake->listening(false);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertLessThan(100, $this->nextSync());
        $this->fake->listening(true);
        $this->refuseFor(1200);
        $this->network->step('turn_clock', ['seconds' => 90]);
        $this->runQueue();
        $this->assertGreaterThan(1100, $this->nextSync());
    }

    public function testADayIsWaitedWhereServerPilotWantsADay(): void
    {
        $this->start('cli');
        $this->refuseFor(86400);
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $this->fake->clearFaults();
        $this->fake->forget();
        for ($hour = 1; $hour < 24; $hour++) {
            $this->passTime(3600);
            $this->network->step('fire', ['hook' => 'wu_add_domain', 'args' => ['a.com', 1]]);
            $this->runQueue();
        }
        $this->assertSame([], $this->fake->asked());
        $this->passTime(2 * 3600);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
    }

    public function testChecksOfCertificatesWaitForServerPilotToo(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $this->assertLessThan(70, $this->nextSync());
        $this->refuseFor(1200);
        $this->network->step('map', ['domains' => ['b.com']]);
        $this->runQueue();
        $this->fake->clearFaults();
        $this->fake->forget();
        $this->passTime(900);
        $this->assertSame([], $this->fake->asked());
        $this->passTime(1500);
        $this->assertContains('b.com', $this->fake->domains());
        $this->assertTrue($this->fake->hasAutossl());
    }

    /** @dataProvider bothSapis */
    public function testAWriteWhoseAnswerNeverCameIsNotRepeatedBlindly(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->fake->fault(['kind' => 'close_after_request', 'on' => 'list', 'apply' => true]);
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $this->passTime(90);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
        $writes = array_filter($this->fake->asked(), static fn (string $one) => $one === 'POST');
        $this->assertCount(1, $writes);
        $this->assertSame('', $this->network->step('notice'));
    }

    /** @dataProvider bothSapis */
    public function testANameWhoseWriteIsUnknownIsNotForgottenByARename(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->fake->fault(['kind' => 'close_after_request', 'on' => 'list', 'apply' => true]);
        $this->fake->fault(['kind' => 'status', 'code' => 500, 'on' => 'read', 'skip' => 2, 'times' => 9]);
        $this->network->step('map', ['domains' => ['old.com']]);
        $this->runQueue();
        $this->assertStringContainsString('Next automatic retry', $this->failure());
        $this->assertDomains(['network.test', 'old.com', 'www.old.com']);
        $this->fake->clearFaults();
        $this->network->step('rename', ['from' => 'old.com', 'to' => 'new.com']);
        $this->runQueue();
        $this->passTime(90);
        $this->assertDomains(['network.test', 'new.com', 'www.new.com']);
    }

    /** @dataProvider bothSapis */
    public function testAnEventThatCameDuringARunHasARunOfItsOwn(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->network->step('run_queue', ['maps' => 'b.com']);
        $this->runQueue();
        $this->assertDomains(['network.test', 'a.com', 'www.a.com', 'b.com', 'www.b.com']);
        $this->nextSync();
    }

    public function testSavedSettingsDoNotWaitForARetryThatIsFarAway(): void
    {
        $this->demandLine('registry');
        $this->start('cli', 'registry');
        $this->failFor(5 * 1800);
        $this->fake->listening(true);
        $this->network->configure('registry');
        $this->assertGreaterThan(600, $this->nextSync());
        $this->network->step('save_credentials', ['values' => ['WU_SERVER_PILOT_API_KEY' => 'another']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
    }

    /**
     * Each of the run's queries in turn gets no answer, and nothing is taken away, doubled or forgotten.
     *
     * @dataProvider queries
     */
    public function testADatabaseThatDoesNotAnswerTakesNothingAway(int $first): void
    {
        $this->start('cli');
        $this->network->step('create_site', ['host' => 'one.network.test']);
        $this->network->step('map', ['domains' => ['a.com', 'b.com']]);
        $this->runQueue();
        $gone = ['b.com'];
        $all = ['network.test', 'one.network.test', 'a.com', 'www.a.com', 'b.com', 'www.b.com'];
        $this->assertDomains($all);
        for ($nth = $first; $nth < $first + 6; $nth++) {
            // Where giving it back was what got no answer, the lease runs out.
            [, $broken] = $this->play(
                ['unmap', ['domains' => $gone]],
                ['sync', ['broken' => $nth]],
                ['lease', ['seconds' => -1]]
            );
            $listed = $this->fake->domains();
            $kept = array_values(array_diff($all, ['b.com', 'www.b.com']));
            $this->assertSame([], array_diff($kept, $listed), "query $nth: $broken");
            $this->network->step('sync');
            $this->assertDomains($kept);
            $this->play(['map', ['domains' => $gone]], ['sync']);
            $this->assertDomains($all);
        }
        if ($first === self::QUERIES - 5) {
            $this->assertSame('', trim($broken), 'a run has more queries than are tried here');
        }
    }

    /** @return array<string, array{int}> */
    public function queries(): array
    {
        $all = [];
        foreach (range(1, self::QUERIES, 6) as $first) {
            $all["from $first"] = [$first];
        }
        return $all;
    }

    public function testACacheThatKeepsWhatWasTakesNothingAway(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $all = ['network.test', 'a.com', 'www.a.com'];
        $this->assertDomains($all);
        $run = $this->network->environment['run'];
        copy(dirname(__DIR__) . '/site/object-cache.php', "$run/site/wp-content/object-cache.php");
        try {
            // Ultimate Multisite asks while the database does not answer, and its cache keeps "nothing".
            $this->network->step('cache_mappings', ['broken' => true]);
            $this->network->step('command', ['name' => 'sync']);
            $this->assertDomains($all);
            // And now keeps what was: another process maps a name past it.
            $this->network->step('cache_mappings');
            $this->network->step('map_past_the_cache', ['domain' => 'b.com']);
            $this->network->step('command', ['name' => 'sync']);
        } finally {
            unlink("$run/site/wp-content/object-cache.php");
            @unlink("$run/tmp/object-cache.json");
        }
        $this->assertDomains([...$all, 'b.com', 'www.b.com']);
    }

    /** @dataProvider bothSapis */
    public function testALeaseOfAKilledProcessRunsOut(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('lease', ['seconds' => 3]);
        $this->network->step('map', ['domains' => ['a.com']]);
        $started = microtime(true);
        $this->runQueue();
        $this->assertGreaterThan(2, microtime(true) - $started);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
        $this->assertNull($this->network->step('lease'));
    }

    /**
     * A node is killed at each step of a run, and what it left is taken up.
     *
     * @dataProvider steps
     */
    public function testWhatADeadProcessLeftIsTakenUpByItself(int $step): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['old.com']]);
        $this->runQueue();
        $this->network->step('rename', ['from' => 'old.com', 'to' => 'new.com']);
        try {
            $this->network->step('run_queue', ['die_at' => $step]);
            $died = false;
        } catch (RuntimeException) {
            $died = true;
            $this->network->step('lease', ['seconds' => -1]);
        }
        $this->assertFalse($died && $step === self::STEPS, 'a run has more steps than are tried here');
        $this->passTime(2 * 3700);
        $this->assertDomains(['network.test', 'new.com', 'www.new.com']);
        $this->assertSame('', $this->network->step('notice'));
        $this->nextSync();
    }

    /** @return array<string, array{int}> */
    public function steps(): array
    {
        $all = [];
        for ($step = 1; $step <= self::STEPS; $step++) {
            $all["write $step of the database"] = [$step];
        }
        return $all;
    }

    public function testADailySyncThatDiedIsMadeTheSameDay(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $this->fake->app(['domains' => ['network.test']]);
        $this->network->step('turn_clock', ['seconds' => 100000]);
        $this->dieInTheQueue();
        $this->passTime(2 * 3700);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
    }

    public function testALeaseThatIsHeldTooLongMeansLaterNotNever(): void
    {
        $this->start('cli');
        $this->network->step('lease', ['seconds' => 80]);
        $this->network->step('map', ['domains' => ['a.com']]);
        // Who has waited for nothing once does not wait again.
        [, $sync] = $this->play(['run_queue'], ['command', ['name' => 'sync']]);
        $this->assertSame([], $this->fake->asked());
        $this->assertLessThan(70, $this->nextSync());
        $this->assertStringContainsString('Another sync is running', $sync[0]);
        $this->network->step('lease', ['seconds' => -1]);
        $this->passTime(90);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
    }

    /** @dataProvider lines */
    public function testWithoutFfiTheHelperProgramDoesTheSame(string $line): void
    {
        $this->start('helper', $line);
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $this->assertSame(['complete'], $this->statuses('wu_add_domain'));
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
        $this->assertAsked(3);
    }

    /** @dataProvider lines */
    public function testWithNeitherTheIntentIsKeptForTheCommandLine(string $line): void
    {
        $this->network->configure($line);
        $this->network->sapi = 'none';
        $this->network->step('enable');
        $this->network->step('map', ['domains' => ['a.com', 'b.com']]);
        $this->runQueue();
        $this->assertStringContainsString('ffi.enable', $this->failure());
        $notice = $this->network->step('notice');
        $this->assertSame(1, substr_count($notice, 'class="notice'));
        $this->assertStringContainsString('ffi.enable', $notice);
        $this->assertStringContainsString('. Next automatic retry:', $notice);
        $this->assertSame([], $this->fake->asked());
        $this->network->sapi = 'cli';
        $this->runQueue();
        $this->assertDomains(['network.test', 'a.com', 'www.a.com', 'b.com', 'www.b.com']);
        $this->assertSame('', $this->network->step('notice'));
    }

    /** ServerPilot refuses to answer, and says when to come back. */
    private function refuseFor(int $seconds): void
    {
        $this->fake->fault(['kind' => 'status', 'code' => 429, 'on' => 'read', 'times' => 9,
            'headers' => [['Retry-After', (string) $seconds]]]);
    }

    /** A name is mapped, and ServerPilot cannot be reached for so long. */
    private function failFor(int $seconds): void
    {
        $this->fake->listening(false);
        // One call is not what is tested here: let each be short.
        $timeouts = ['connect_ms' => 200, 'request_ms' => 200, 'total_ms' => 200];
        $this->network->configure($this->network->lines()[0], ['timeouts' => $timeouts]);
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $this->passTime($seconds);
    }
}
