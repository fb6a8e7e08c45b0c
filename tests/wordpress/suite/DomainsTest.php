<?php

// What happens to domains and sub-sites, in both lines of Ultimate Multisite, on the command line and in
// PHP-FPM: every name right, no request too many.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class DomainsTest extends NetworkTestCase
{
    /** @dataProvider everywhere */
    public function testMappingADomainBringsItsNamesIn(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
        $this->assertSame(['complete'], $this->statuses('wu_add_domain'));
        $this->assertAsked(3);
        $this->assertNull($this->network->step('read_option', ['name' => 'test_builtin_calls']));
    }

    /** @dataProvider everywhere */
    public function testMappingAgainChangesNothing(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->fake->forget();
        $this->network->step('enqueue', ['actions' => [
            ['wu_add_domain', ['domain' => 'shop.com', 'site_id' => '5']],
            ['wu_add_domain', ['domain' => 'shop.com', 'site_id' => null]],
        ]]);
        $this->runQueue();
        $this->assertSame(['complete', 'complete', 'complete'], $this->statuses('wu_add_domain'));
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
        $this->assertSame(['GET'], $this->fake->asked());
    }

    /** @dataProvider everywhere */
    public function testASubSiteComesAndGoes(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $id = $this->network->step('create_site', ['host' => 'one.network.test']);
        $this->runQueue();
        $this->assertDomains(['network.test', 'one.network.test']);
        $this->assertAsked(3);
        $this->assertSame(['complete'], $this->statuses('wu_add_subdomain'));
        $this->assertSame(['complete'], $this->statuses('wu_add_domain'));
        $this->fake->forget();
        $this->network->step('delete_site', ['id' => $id]);
        $this->runQueue();
        $this->assertDomains(['network.test']);
        $this->assertSame(['complete'], $this->statuses('wu_remove_subdomain'));
        $this->assertAsked(3);
    }

    /** @dataProvider bothSapis */
    public function testAMappingWhoseSiteIsGoneIsNotWanted(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $id = $this->network->step('create_site', ['host' => 'one.network.test']);
        $this->network->step('map', ['domains' => ['shop.com'], 'site' => $id]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'one.network.test', 'shop.com', 'www.shop.com']);
        // As Ultimate Multisite does it where its domain mapping is switched off: the mappings stay behind.
        $this->network->step('delete_site', ['id' => $id, 'mappings_stay' => true]);
        $this->runQueue();
        $this->assertSame(['complete'], $this->statuses('wu_remove_subdomain'));
        $this->assertDomains(['network.test']);
    }

    /** @dataProvider everywhere */
    public function testARenameLeavesNothingOfTheOldName(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['old.com']]);
        $this->runQueue();
        $this->fake->forget();
        $this->network->step('rename', ['from' => 'old.com', 'to' => 'new.com']);
        $this->runQueue();
        $this->assertDomains(['network.test', 'new.com', 'www.new.com']);
        $this->assertAsked(3);
    }

    /** @dataProvider everywhere */
    public function testRemovalFromTheMiddle(string $sapi, string $line): void
    {
        $this->fake->app(['domains' => ['aaa.example', 'network.test', '*.wild.example', 'zzz.example']]);
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['a.com', 'b.com', 'c.com']]);
        $this->runQueue();
        $this->fake->forget();
        $this->network->step('unmap', ['domains' => ['b.com']]);
        $this->runQueue();
        $this->assertSame(['complete'], $this->statuses('wu_remove_domain'));
        $this->assertDomains(
            ['aaa.example', 'network.test', '*.wild.example', 'zzz.example', 'a.com', 'www.a.com', 'c.com', 'www.c.com']
        );
        foreach ($this->fake->requests() as $request) {
            $this->assertTrue($request['method'] === 'GET' || array_is_list($request['body']['domains'] ?? []));
        }
    }

    /** @dataProvider everywhere */
    public function testAWwwThatIsMappedItselfStays(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com', 'www.shop.com']]);
        $this->runQueue();
        $this->network->step('unmap', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'www.shop.com']);
    }

    /** @dataProvider everywhere */
    public function testTheFirstDomainOfAnEmptyApp(string $sapi, string $line): void
    {
        $this->fake->app(['domains' => []]);
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertDomains(['shop.com', 'www.shop.com']);
        $this->assertSame(['complete'], $this->statuses('wu_add_domain'));
    }

    /** @dataProvider everywhere */
    public function testANameThatDoesNotFitIsSaidAndTheOthersAreDone(string $sapi, string $line): void
    {
        $others = array_map(static fn (int $n) => "other$n.example", range(1, 297));
        $this->fake->app(['domains' => ['network.test', ...$others]]);
        $this->start($sapi, $line);
        $this->network->step('setting', ['name' => 'auto_create_www_subdomain', 'value' => 'never']);
        $this->network->step('map', ['domains' => ['first.com', 'second.com', 'third.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test', ...$others, 'first.com', 'second.com']);
        $this->assertSame(['complete', 'complete', 'failed'], $this->statuses('wu_add_domain'));
        $this->assertStringContainsString('300 domains per app', $this->actions('wu_add_domain')[2]['message']);
        $this->assertStringNotContainsString('Nothing was changed', $this->network->step('notice'));
        $this->assertStringContainsString('third.com', $this->network->step('notice'));
        $this->assertStringContainsString('Not in the app: third.com.', $this->network->log());
        $sync = $this->network->step('command', ['name' => 'sync']);
        $this->assertStringStartsWith('Error: Not in the app: third.com.', (string) end($sync));
        // As soon as there is room, the name comes in by itself.
        $this->network->step('unmap', ['domains' => ['first.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test', ...$others, 'second.com', 'third.com']);
        $this->assertSame(['complete'], $this->statuses('wu_remove_domain'));
    }

    public function testAFullListIsFilledByWhatIsReallyInIt(): void
    {
        $others = array_map(static fn (int $n) => "other$n.example", range(1, 297));
        $this->fake->app(['domains' => ['network.test', ...$others]]);
        $this->start('cli');
        $this->network->step('map', ['domains' => ['first.com']]);
        $this->runQueue();
        // Somebody takes a name of ours out of the list and puts one of theirs in.
        $full = ['network.test', ...$others, 'first.com', 'panel.example'];
        $this->fake->app(['domains' => $full]);
        $this->network->step('map', ['domains' => ['second.com', 'third.com']]);
        $this->runQueue();
        $this->assertDomains($full);
        $this->assertStringContainsString('300 domains per app', $this->actions('wu_add_domain')[2]['message']);
        $this->network->step('unmap', ['domains' => ['first.com']]);
        $this->runQueue();
        $this->assertSame(['complete'], $this->statuses('wu_remove_domain'));
        $this->assertDomains(['network.test', ...$others, 'panel.example', 'second.com']);
    }

    public function testAFullAppThatHasTheNamesAlready(): void
    {
        $others = array_map(static fn (int $n) => "other$n.example", range(1, 296));
        $full = ['network.test', ...$others, 'a.com', 'www.a.com', 'b.com'];
        $this->fake->app(['domains' => $full]);
        $this->network->configure($this->network->lines()[0]);
        $this->network->step('map', ['domains' => ['a.com', 'b.com']]);
        $this->network->step('map', ['domains' => ['www.c.com']]);
        $this->network->step('enable');
        $this->runQueue();
        $this->assertDomains($full);
        $notice = $this->network->step('notice');
        $this->assertStringContainsString('Not in the app: www.b.com, www.c.com.', $notice);
        // What the app had is this network's all the same.
        $this->network->step('rename', ['from' => 'a.com', 'to' => 'd.com']);
        $this->runQueue();
        $this->assertDomains(['network.test', ...$others, 'd.com', 'www.d.com', 'b.com']);
    }

    public function testWhatSomebodyPutIntoAFullListIsNotCalledMissing(): void
    {
        $others = array_map(static fn (int $n) => "other$n.example", range(1, 298));
        $this->fake->app(['domains' => ['network.test', ...$others]]);
        $this->start('cli');
        $this->network->step('setting', ['name' => 'auto_create_www_subdomain', 'value' => 'never']);
        $this->network->step('map', ['domains' => ['first.com', 'second.com', 'third.com']]);
        $this->runQueue();
        $this->assertStringContainsString('Not in the app: second.com, third.com.', $this->network->step('notice'));
        // The operator makes room, and takes a name of their own choice in.
        array_pop($others);
        $this->fake->app(['domains' => ['network.test', ...$others, 'first.com', 'third.com']]);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertStringContainsString('Not in the app: second.com.', $this->network->step('notice'));
        // What the app has is this network's all the same.
        $this->network->step('rename', ['from' => 'third.com', 'to' => 'fourth.com']);
        $this->runQueue();
        $this->assertDomains(['network.test', ...$others, 'first.com', 'second.com']);
    }

    public function testAFullListTakesWhatFitsBesideWhatIsInItAlready(): void
    {
        $others = array_map(static fn (int $n) => "other$n.example", range(1, 297));
        $this->fake->app(['domains' => ['network.test', ...$others, 'first.com']]);
        $this->start('cli');
        $this->network->step('setting', ['name' => 'auto_create_www_subdomain', 'value' => 'never']);
        $this->network->step('map', ['domains' => ['first.com', 'second.com', 'third.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test', ...$others, 'first.com', 'second.com']);
        $this->assertSame(['complete', 'complete', 'failed'], $this->statuses('wu_add_domain'));
    }

    /** @dataProvider everywhere */
    public function testTheNetworksOwnDomainIsNeverRemoved(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $action = ['wu_remove_domain', ['domain' => 'network.test', 'site_id' => 1]];
        $this->network->step('enqueue', ['actions' => [$action]]);
        $this->runQueue();
        $this->assertDomains(['network.test']);
        $this->assertSame(['failed'], $this->statuses('wu_remove_domain'));
        $this->assertStringContainsString('own domain', $this->actions('wu_remove_domain')[0]['message']);
    }

    /** @dataProvider bothSapis */
    public function testWhatIsRefusedToTheNetworksOwnDomainIsNotDoneToItsWww(string $sapi, string $line): void
    {
        $this->fake->app(['domains' => ['network.test', 'www.network.test']]);
        $this->start($sapi, $line);
        $action = ['wu_remove_domain', ['domain' => 'network.test', 'site_id' => 1]];
        $this->network->step('enqueue', ['actions' => [$action]]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'www.network.test']);
    }

    /** @dataProvider bothSapis */
    public function testARemovedNameThatThePluginNeverAddedGoesToo(string $sapi, string $line): void
    {
        $this->fake->app(['domains' => ['network.test', 'before.com', 'www.before.com', 'other.com']]);
        $this->start($sapi, $line);
        $action = ['wu_remove_domain', ['domain' => 'before.com', 'site_id' => 1]];
        $this->network->step('enqueue', ['actions' => [$action]]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'other.com']);
    }

    /** @dataProvider bothSapis */
    public function testWhatIsNoDomainNameHoldsUpNobody(string $sapi, string $line): void
    {
        if (!$this->network->environment['fake_ultimate_multisite']) {
            $this->markTestSkipped('this Ultimate Multisite maps no such name');
        }
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['not a name', 'good.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'good.com', 'www.good.com']);
        $this->assertSame(['failed', 'complete'], $this->statuses('wu_add_domain'));
        $this->assertStringContainsString('not a valid domain name', $this->actions('wu_add_domain')[0]['message']);
        $this->network->step('unmap', ['domains' => ['not a name']]);
        $this->runQueue();
        $this->assertSame(['complete'], $this->statuses('wu_remove_domain'));
        $this->assertSame('', $this->network->step('notice'));
    }

    /** @dataProvider bothSapis */
    public function testInternationalNames(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        // A real Ultimate Multisite takes such a name in its ASCII form only.
        $name = $this->network->environment['fake_ultimate_multisite'] ? 'bücher.example' : 'xn--bcher-kva.example';
        $this->network->step('map', ['domains' => [$name]]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'xn--bcher-kva.example', 'www.xn--bcher-kva.example']);
        $this->assertSame(['complete'], $this->statuses('wu_add_domain'));
        $this->network->step('unmap', ['domains' => [$name]]);
        $this->runQueue();
        $this->assertDomains(['network.test']);
        $this->assertSame(['complete'], $this->statuses('wu_remove_domain'));
    }

    /** @dataProvider everywhere */
    public function testEnablingBringsInEverythingMappedBefore(string $sapi, string $line): void
    {
        $this->network->configure($line);
        $this->network->sapi = $sapi;
        $this->network->step('map', ['domains' => ['one.com', 'two.com']]);
        $this->network->step('create_site', ['host' => 'sub.network.test']);
        $this->runQueue();
        $this->assertDomains(['network.test']);
        $this->assertSame([], $this->fake->asked());
        $this->network->step('enable');
        $this->runQueue();
        $this->assertDomains(['network.test', 'one.com', 'www.one.com', 'two.com', 'www.two.com', 'sub.network.test']);
        $this->assertAsked(3);
    }

    /** @dataProvider bothSapis */
    public function testTheDailyLookRepairsAndSaysWhat(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->fake->app(['domains' => ['network.test', 'panel.example']]);
        $this->network->step('fire', ['hook' => 'serverpilot_daily', 'args' => []]);
        $this->assertDomains(['network.test', 'panel.example', 'shop.com', 'www.shop.com']);
        $this->assertStringContainsString('brought back shop.com, www.shop.com', $this->network->log());
        $status = implode("\n", $this->network->step('command', ['name' => 'status']));
        $this->assertStringContainsString('brought back shop.com, www.shop.com; removed nothing', $status);
        $this->assertCount(1, $this->actions('serverpilot_daily', 'pending'));
    }

    /** @dataProvider bothSapis */
    public function testAPlanChangesNothing(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $plan = $this->network->step('plan');
        $this->assertSame(['shop.com', 'www.shop.com'], $plan['added']);
        $this->assertTrue($plan['dry_run']);
        $this->assertDomains(['network.test']);
        $this->assertSame(['GET'], $this->fake->asked());
    }

    /** @dataProvider everywhere */
    public function testHooksFiredOutsideOfTheQueueWork(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->entry = '/';
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->network->step('fire', ['hook' => 'wu_add_domain', 'args' => ['shop.com', 1]]);
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
        $this->assertNull($this->network->step('read_option', ['name' => 'test_builtin_calls']));
    }

    /** @dataProvider everywhere */
    public function testAHookWithoutANameIsAHintAllTheSame(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        foreach ([[], [null, null], [['list']], [5, 'five']] as $args) {
            $this->network->step('fire', ['hook' => 'wu_add_domain', 'args' => $args]);
            $this->network->step('fire', ['hook' => 'wu_remove_subdomain', 'args' => $args]);
        }
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
    }

    public function testWhatIsRememberedMayBeSpoilt(): void
    {
        $this->start('cli');
        $spoilt = array_fill_keys(['owned', 'confirmed', 'failure', 'autossl', 'repaired', 'domains'], 'spoilt');
        foreach (['spoilt', $spoilt] as $value) {
            $this->network->step('option', ['name' => 'serverpilot_state', 'value' => $value]);
            $this->network->step('command', ['name' => 'sync']);
            $this->assertIsArray($this->network->step('read_option', ['name' => 'serverpilot_state'])['confirmed']);
        }
    }
}
