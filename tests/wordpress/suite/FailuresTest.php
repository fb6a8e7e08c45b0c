<?php

// What goes wrong, and that nothing of it is lost or called complete.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class FailuresTest extends NetworkTestCase
{
    /** @dataProvider everywhere */
    public function testAWrongKeyIsSaidOnceAndNotHammered(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->network->step('map', ['domains' => ['a.com', 'b.com', 'c.com']]);
        $this->runQueue();
        $this->assertSame(['failed', 'failed', 'failed'], $this->statuses('wu_add_domain'));
        foreach ($this->actions('wu_add_domain') as $action) {
            $this->assertMatchesRegularExpression('/client ID.*key/i', $action['message']);
            $this->assertStringContainsString('only with the daily look', $action['message']);
        }
        $this->assertSame(['GET'], $this->fake->asked());
        $this->assertSame([], $this->actions('serverpilot_sync', 'pending'));
        $this->assertMatchesRegularExpression('/client ID.*key.*Bring into step now/i', $this->network->step('notice'));
        // Cured, everything comes in with the next try.
        $this->network->configure($line);
        $this->network->step('command', ['name' => 'retry']);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com', 'b.com', 'www.b.com', 'c.com', 'www.c.com']);
        $this->assertSame('', $this->network->step('notice'));
    }

    public function testARetryThatWaitsIsNotDenied(): void
    {
        $this->start('cli');
        $this->fake->listening(false);
        $this->network->step('command', ['name' => 'sync']);
        $this->fake->listening(true);
        $this->network->configure($this->network->lines()[0], ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertCount(1, $this->actions('serverpilot_sync', 'pending'));
        $this->assertMatchesRegularExpression('/client ID.*tried again by itself at/i', $this->network->step('notice'));
        $this->passTime(90);
        $this->assertSame([], $this->actions('serverpilot_sync', 'pending'));
        $this->assertStringContainsString('only with the daily look', $this->network->step('notice'));
    }

    /** @dataProvider everywhere */
    public function testADeadNetworkIsRetriedByItself(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->fake->listening(false);
        $this->network->step('map', ['domains' => ['a.com', 'b.com']]);
        $this->network->step('unmap', ['domains' => ['b.com']]);
        $this->runQueue();
        $this->assertSame(['failed', 'failed'], $this->statuses('wu_add_domain'));
        $this->assertSame(['failed'], $this->statuses('wu_remove_domain'));
        $this->assertStringContainsString('tried again by itself at', $this->actions('wu_add_domain')[0]['message']);
        $this->assertCount(1, $this->actions('serverpilot_sync', 'pending'));
        // Still dead: one action waits, later than before.
        $this->passTime(90);
        $waiting = $this->actions('serverpilot_sync', 'pending');
        $this->assertCount(1, $waiting);
        $this->assertSame('[2]', $waiting[0]['args']);
        $this->fake->listening(true);
        $this->passTime(180);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
        $this->assertSame([], $this->actions('serverpilot_sync', 'pending'));
        $this->assertSame('', $this->network->step('notice'));
    }

    public function testARetryThatWasTakenBackIsNotPromised(): void
    {
        $this->start('cli');
        $this->fake->listening(false);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertStringContainsString('tried again by itself at', $this->network->step('notice'));
        // By somebody's hand, under Tools → Scheduled Actions.
        $id = (int) $this->actions('serverpilot_sync', 'pending')[0]['id'];
        $this->network->step('cancel', ['id' => $id]);
        $this->assertStringContainsString('only with the daily look', $this->network->step('notice'));
    }

    public function testTheLadderEndsInAVisibleState(): void
    {
        $this->start('cli');
        $this->failFor(12 * 86400);
        $this->assertSame([], $this->actions('serverpilot_sync', 'pending'));
        $this->assertCount(37, $this->actions('serverpilot_sync', 'failed'));
        $this->assertStringContainsString('only with the daily look', $this->network->step('notice'));
        // The daily look goes on all the same.
        $this->network->configure($this->network->lines()[0]);
        $this->fake->listening(true);
        $this->network->step('turn_clock', ['seconds' => 100000]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
        $this->assertSame('', $this->network->step('notice'));
    }

    public function testADailyLookAfterAWrongKeyIsRetriedLikeAnyOther(): void
    {
        $this->start('cli');
        $line = $this->network->lines()[0];
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertSame([], $this->actions('serverpilot_sync', 'pending'));
        $this->network->configure($line);
        $this->fake->listening(false);
        $this->network->step('turn_clock', ['seconds' => 100000]);
        $this->runQueue();
        $daily = $this->actions('serverpilot_daily', 'failed')[0];
        $this->assertStringContainsString('tried again by itself at', $daily['message']);
        $this->assertCount(1, $this->actions('serverpilot_sync', 'pending'));
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
        $waiting = $this->actions('serverpilot_sync', 'pending');
        $this->assertCount(1, $waiting);
        $this->assertGreaterThan(1100, (int) $waiting[0]['due_in']);
        // What comes meanwhile is not asked about before, and not forgotten.
        $this->fake->forget();
        $this->network->step('map', ['domains' => ['b.com']]);
        $this->network->step('unmap', ['domains' => ['old.com']]);
        $this->runQueue();
        $this->assertSame([], $this->fake->asked());
        $this->assertSame(['complete', 'failed', 'failed'], $this->statuses('wu_add_domain'));
        $this->assertStringContainsString('tried again by itself at', $this->actions('wu_add_domain')[2]['message']);
        $this->assertSame(['failed'], $this->statuses('wu_remove_domain'));
        $this->fake->clearFaults();
        $this->passTime(1400);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com', 'b.com', 'www.b.com']);
    }

    public function testARetryThatWaitsComesNoEarlierThanServerPilotWants(): void
    {
        $this->start('cli');
        $this->fake->listening(false);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertLessThan(100, (int) $this->actions('serverpilot_sync', 'pending')[0]['due_in']);
        $this->fake->listening(true);
        $this->refuseFor(1200);
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $waiting = $this->actions('serverpilot_sync', 'pending');
        $this->assertCount(1, $waiting);
        $this->assertGreaterThan(1100, (int) $waiting[0]['due_in']);
    }

    public function testLooksAtCertificatesWaitForServerPilotToo(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $this->assertCount(1, $this->actions('serverpilot_follow_up', 'pending'));
        $this->refuseFor(1200);
        $this->network->step('map', ['domains' => ['b.com']]);
        $this->runQueue();
        $this->fake->clearFaults();
        $this->fake->forget();
        $this->passTime(900);
        $this->assertSame([], $this->fake->asked());
        $this->assertCount(1, $this->actions('serverpilot_follow_up', 'pending'));
        $this->passTime(1500);
        $this->assertContains('b.com', $this->fake->domains());
        $this->assertTrue($this->fake->hasAutossl());
    }

    public function testANewNameWaitsNoLongerThanServerPilotWants(): void
    {
        $this->start('cli');
        $line = $this->network->lines()[0];
        $this->failFor(3 * 3600);
        $this->fake->listening(true);
        $this->network->configure($line);
        $this->refuseFor(120);
        $this->network->step('map', ['domains' => ['b.com']]);
        $this->runQueue();
        $this->fake->clearFaults();
        $this->fake->forget();
        $this->network->step('map', ['domains' => ['c.com']]);
        $this->runQueue();
        $this->assertSame([], $this->fake->asked());
        // The retry may be an hour away, ServerPilot wanted two minutes.
        $this->network->step('turn_clock', ['seconds' => 120]);
        $this->network->step('map', ['domains' => ['d.com']]);
        $this->runQueue();
        $this->assertContains('d.com', $this->fake->domains());
        $this->assertContains('c.com', $this->fake->domains());
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
        $this->fake->fault(['kind' => 'status', 'code' => 500, 'on' => 'read', 'skip' => 1, 'times' => 9]);
        $this->network->step('map', ['domains' => ['old.com']]);
        $this->runQueue();
        $this->assertSame(['failed'], $this->statuses('wu_add_domain'));
        $this->assertDomains(['network.test', 'old.com', 'www.old.com']);
        $this->fake->clearFaults();
        $this->network->step('rename', ['from' => 'old.com', 'to' => 'new.com']);
        $this->runQueue();
        $this->passTime(90);
        $this->assertDomains(['network.test', 'new.com', 'www.new.com']);
    }

    /** @dataProvider bothSapis */
    public function testARetryThatCameDuringACallIsNotTakenBackByItsSuccess(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->fake->app(['domains' => ['network.test', 'before.com']]);
        $this->network->step('map', ['domains' => ['a.com']]);
        // A removal that waited for the lease in vain.
        $this->network->step('run_queue', ['meanwhile' => [['serverpilot_sync', [0, 'before.com'], 60]]]);
        $this->assertDomains(['network.test', 'before.com', 'a.com', 'www.a.com']);
        $this->assertCount(1, $this->actions('serverpilot_sync', 'pending'));
        $this->passTime(90);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
        $this->assertSame([], $this->actions('serverpilot_sync', 'pending'));
    }

    public function testSavedSettingsDoNotWaitForARetryThatIsFarAway(): void
    {
        $this->demandLine('registry');
        $this->start('cli', 'registry');
        $this->failFor(3 * 3600);
        $this->fake->listening(true);
        $this->network->configure('registry');
        $this->assertGreaterThan(0, (int) $this->actions('serverpilot_sync', 'pending')[0]['due_in']);
        $this->network->step('save_credentials', ['values' => ['WU_SERVER_PILOT_API_KEY' => 'another']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
        $this->assertSame([], $this->actions('serverpilot_sync', 'pending'));
    }

    /** @dataProvider unread */
    public function testADatabaseThatDoesNotAnswerTakesNothingAway(string $read): void
    {
        $this->fake->app(['domains' => ['network.test', 'before.com']]);
        $this->start('cli');
        $this->network->step('create_site', ['host' => 'one.network.test']);
        $this->network->step('map', ['domains' => ['a.com', 'b.com']]);
        $this->runQueue();
        $all = ['network.test', 'before.com', 'one.network.test', 'a.com', 'www.a.com', 'b.com', 'www.b.com'];
        $this->assertDomains($all);
        $this->network->step('unmap', ['domains' => ['b.com']]);
        $action = ['wu_remove_domain', ['domain' => 'before.com', 'site_id' => 1]];
        $this->network->step('enqueue', ['actions' => [$action]]);
        $this->network->step('run_queue', ['broken' => $read]);
        $this->assertDomains($all);
        $this->assertSame(['failed', 'failed'], $this->statuses('wu_remove_domain'));
        $this->assertStringContainsString('database', $this->actions('wu_remove_domain')[0]['message']);
        $this->passTime(90);
        $this->assertDomains(['network.test', 'one.network.test', 'a.com', 'www.a.com']);
    }

    public function testACacheThatKeptAFailureOfTheDatabaseTakesNothingAway(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $all = ['network.test', 'a.com', 'www.a.com'];
        $this->assertDomains($all);
        $run = $this->network->environment['run'];
        copy(dirname(__DIR__) . '/site/object-cache.php', "$run/site/wp-content/object-cache.php");
        try {
            $this->network->step('enqueue', ['actions' => [['wu_add_domain', ['domain' => 'b.com', 'site_id' => 1]]]]);
            $this->network->step('run_queue', ['broken' => 'FROM wp_wu_domain_mappings']);
            $this->assertStringContainsString('database', $this->actions('wu_add_domain')[1]['message']);
            $this->network->step('command', ['name' => 'sync']);
        } finally {
            unlink("$run/site/wp-content/object-cache.php");
            @unlink("$run/tmp/object-cache.json");
        }
        $this->assertDomains($all);
    }

    /** @return array<string, array{string}> */
    public function unread(): array
    {
        return [
            'mappings' => ['FROM wp_wu_domain_mappings'],
            'sites' => ['SELECT blog_id FROM wp_blogs'],
            'hosts' => ['SELECT DISTINCT domain FROM wp_blogs'],
        ];
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

    /** @dataProvider dying */
    public function testWhatADeadProcessLeftIsTakenUpByItself(bool $retryToo): void
    {
        $this->start('cli');
        $this->fake->app(['domains' => ['network.test', 'before.com']]);
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->dieInTheQueue();
        $this->assertSame(['failed'], $this->statuses('wu_add_domain'));
        $this->assertCount(1, $this->actions('serverpilot_sync', 'pending'));
        if ($retryToo) {
            $this->network->step('turn_clock', ['seconds' => 90]);
            $this->dieInTheQueue();
            // One step further up the ladder: what dies each time does not die without end.
            $this->assertSame(['[2]'], array_column($this->actions('serverpilot_sync', 'pending'), 'args'));
        }
        $this->passTime(200);
        $this->assertDomains(['network.test', 'before.com', 'a.com', 'www.a.com']);
        $action = ['wu_remove_domain', ['domain' => 'before.com', 'site_id' => 1]];
        $this->network->step('enqueue', ['actions' => [$action]]);
        $this->dieInTheQueue();
        $this->passTime(90);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
        $this->assertSame([], $this->actions('serverpilot_sync', 'pending'));
    }

    public function testADailyLookThatDiedIsMadeTheSameDay(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['a.com']]);
        $this->runQueue();
        $this->network->step('cancel', ['id' => $this->actions('serverpilot_follow_up', 'pending')[0]['id']]);
        $this->fake->app(['domains' => ['network.test']]);
        $this->network->step('turn_clock', ['seconds' => 100000]);
        $this->dieInTheQueue();
        $this->assertSame(['failed', 'pending'], $this->statuses('serverpilot_daily'));
        $this->passTime(90);
        $this->assertDomains(['network.test', 'a.com', 'www.a.com']);
    }

    public function testTheQueueOfASubSiteIsAnother(): void
    {
        $this->fake->app(['domains' => ['network.test', 'before.com']]);
        $this->start('cli');
        $site = $this->network->step('create_site', ['host' => 'one.network.test']);
        $action = ['wu_remove_domain', ['domain' => 'before.com', 'site_id' => 1]];
        $this->network->step('enqueue', ['actions' => [$action]]);
        $this->runQueue();
        // Somebody puts it there again, for a site of their own.
        $this->fake->app(['domains' => ['network.test', 'one.network.test', 'before.com']]);
        $id = (int) $this->actions('wu_remove_domain')[0]['id'];
        foreach (['action_scheduler_failed_action', 'action_scheduler_unexpected_shutdown'] as $hook) {
            $this->network->step('fire', ['hook' => $hook, 'args' => [$id, 300], 'site' => $site]);
        }
        $this->assertSame([], $this->actions('serverpilot_sync', 'pending'));
        $this->network->step('command', ['name' => 'sync']);
        $this->assertDomains(['network.test', 'one.network.test', 'before.com']);
    }

    /** @return array<string, array{bool}> */
    public function dying(): array
    {
        return ['the action' => [false], 'its retry too' => [true]];
    }

    public function testALeaseThatIsHeldTooLongMeansLaterNotNever(): void
    {
        $this->start('cli');
        $this->fake->app(['domains' => ['network.test', 'before.com']]);
        $this->network->step('lease', ['seconds' => 80]);
        $this->network->step('map', ['domains' => ['a.com']]);
        $action = ['wu_remove_domain', ['domain' => 'before.com', 'site_id' => 1]];
        $this->network->step('enqueue', ['actions' => [$action]]);
        $this->runQueue();
        $this->runQueue();
        $this->assertSame(['failed'], $this->statuses('wu_add_domain'));
        $this->assertSame(['failed'], $this->statuses('wu_remove_domain'));
        $this->assertStringContainsString('tried again by itself at', $this->actions('wu_add_domain')[0]['message']);
        $this->assertSame([], $this->fake->asked());
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
        $action = ['wu_remove_domain', ['domain' => 'gone.com', 'site_id' => 1]];
        $this->network->step('enqueue', ['actions' => [$action]]);
        $this->fake->app(['domains' => ['network.test', 'gone.com']]);
        $this->runQueue();
        $this->assertSame(['failed', 'failed'], $this->statuses('wu_add_domain'));
        $this->assertStringContainsString('ffi.enable', $this->actions('wu_add_domain')[0]['message']);
        $notice = $this->network->step('notice');
        $this->assertSame(1, substr_count($notice, 'class="notice'));
        $this->assertStringContainsString('ffi.enable', $notice);
        $this->assertStringContainsString('. It is tried again by itself', $notice);
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
