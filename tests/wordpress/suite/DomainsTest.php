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
        // What was in sync a moment ago, and is what it was, is not asked about again.
        $this->assertSame([], $this->fake->asked());
        $this->network->step('turn_clock', ['seconds' => 90]);
        $this->fake->app(['domains' => ['network.test', 'shop.com']]);
        $this->network->step('fire', ['hook' => 'wu_add_domain', 'args' => ['shop.com', 1]]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
    }

    /** @dataProvider everywhere */
    public function testASubSiteComesAndGoes(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $before = count($this->actions('serverpilot_sync', 'complete'));
        $id = $this->network->step('create_site', ['host' => 'one.network.test']);
        $this->runQueue();
        $this->assertDomains(['network.test', 'one.network.test']);
        // Two actions of Ultimate Multisite's, and one run.
        $this->assertCount($before + 1, $this->actions('serverpilot_sync', 'complete'));
        $this->assertAsked(3);
        $this->assertCount(1, $this->writes());
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
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
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
        $left = 'Not in the app for want of room: 1 (third.com).';
        $this->assertStringContainsString($left, $this->network->step('notice'));
        $this->assertStringContainsString($left, $this->network->log());
        $sync = $this->network->step('command', ['name' => 'sync']);
        $this->assertStringStartsWith("Error: $left", $sync[0]);
        // As soon as there is room, the name comes in automatically.
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
        $this->assertStringContainsString('300 domains per app', $this->network->step('notice'));
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
        $this->assertStringContainsString('want of room: 2 (www.c.com, www.b.com)', $notice);
        // What the app had is this network's all the same.
        $this->network->step('rename', ['from' => 'a.com', 'to' => 'd.com']);
        $this->runQueue();
        $this->assertDomains(['network.test', ...$others, 'd.com', 'b.com', 'www.c.com']);
    }

    public function testWhatSomebodyPutIntoAFullListIsNotCalledMissing(): void
    {
        $others = array_map(static fn (int $n) => "other$n.example", range(1, 298));
        $this->fake->app(['domains' => ['network.test', ...$others]]);
        $this->start('cli');
        $this->network->step('setting', ['name' => 'auto_create_www_subdomain', 'value' => 'never']);
        $this->network->step('map', ['domains' => ['first.com', 'second.com', 'third.com']]);
        $this->runQueue();
        $this->assertStringContainsString('want of room: 2 (second.com, third.com)', $this->network->step('notice'));
        // The operator makes room, and takes a name of their own choice in.
        array_pop($others);
        $this->fake->app(['domains' => ['network.test', ...$others, 'first.com', 'third.com']]);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertStringContainsString('want of room: 1 (second.com)', $this->network->step('notice'));
        // What somebody chose does not give way to what is wanted here.
        $this->passTime(100000);
        $this->assertDomains(['network.test', ...$others, 'first.com', 'third.com']);
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
        $this->assertStringContainsString('want of room: 1 (third.com)', $this->network->step('notice'));
    }

    /** @dataProvider everywhere */
    public function testTheNetworksOwnDomainIsNeverRemoved(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $action = ['wu_remove_domain', ['domain' => 'network.test', 'site_id' => 1]];
        $this->network->step('enqueue', ['actions' => [$action]]);
        $this->runQueue();
        $this->assertDomains(['network.test']);
        // Nor where a customer has mapped it, and unmaps it.
        $this->network->step('map', ['domains' => ['network.test', 'www.network.test']]);
        $this->runQueue();
        $this->network->step('unmap', ['domains' => ['network.test', 'www.network.test']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'www.network.test']);
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
    public function testWhatTheOperatorPutIntoTheAppStaysWhenItIsUnmapped(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->fake->app(['domains' => ['network.test', 'api.operator.example']]);
        $this->network->step('map', ['domains' => ['api.operator.example', 'shop.com']]);
        $this->runQueue();
        $status = implode("\n", $this->network->step('command', ['name' => 'status']));
        $this->assertStringContainsString('by somebody else: api.operator.example', $status);
        $this->network->step('unmap', ['domains' => ['api.operator.example', 'shop.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'api.operator.example']);
        // Unless they say that it is this network's.
        $this->network->step('map', ['domains' => ['api.operator.example']]);
        $this->runQueue();
        $adopt = $this->network->step('command', ['name' => 'adopt', 'args' => ['api.operator.example']]);
        $this->assertStringStartsWith('Success', $adopt[0]);
        $this->network->step('unmap', ['domains' => ['api.operator.example']]);
        $this->runQueue();
        $this->assertDomains(['network.test']);
        $adopt = $this->network->step('command', ['name' => 'adopt', 'args' => ['shop.com']]);
        $this->assertStringStartsWith('Error', $adopt[0]);
    }

    /** @dataProvider failedWrites */
    public function testWhoseANameIsAfterAWriteThatFailed(string $sapi, array $fault, bool $isOurs): void
    {
        $this->start($sapi);
        $this->fake->fault($fault + ['on' => 'list', 'times' => null]);
        $this->network->step('map', ['domains' => ['api.operator.example']]);
        $this->runQueue();
        $this->assertDomains(['network.test']);
        $this->fake->clearFaults();
        // The operator does by hand what did not come about, and the customer thinks better of it.
        $this->fake->app(['domains' => ['network.test', 'api.operator.example']]);
        $this->network->step('unmap', ['domains' => ['api.operator.example']]);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertDomains(['network.test', ...($isOurs ? [] : ['api.operator.example'])]);
    }

    /** @return array<string, array{string, array<string, mixed>, bool}> */
    public function failedWrites(): array
    {
        $all = [];
        foreach (['cli', 'ffi', 'helper'] as $sapi) {
            $all["refused, $sapi"] = [$sapi, ['kind' => 'status', 'code' => 402], false];
            // It may have arrived, and what is there then is the network's own.
            $all["without an answer, $sapi"] = [$sapi, ['kind' => 'close_after_request'], true];
        }
        return $all;
    }

    /** @dataProvider bothSapis */
    public function testWhatIsMappedAndInTheAppAtTheFirstSyncIsAdopted(string $sapi, string $line): void
    {
        $this->fake->app(['domains' => ['network.test', 'before.com', 'www.before.com', 'other.com']]);
        $this->network->step('map', ['domains' => ['before.com']]);
        $this->start($sapi, $line);
        $this->network->step('unmap', ['domains' => ['before.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'other.com']);
        // What is only called removed, and never was this network's, stays.
        $action = ['wu_remove_domain', ['domain' => 'other.com', 'site_id' => 1]];
        $this->network->step('enqueue', ['actions' => [$action]]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'other.com']);
    }

    public function testAStaleReadBringsNoRemovedNameBackForGood(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['old.com']]);
        $this->runQueue();
        $this->network->step('unmap', ['domains' => ['old.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test']);
        $this->fake->fault(['kind' => 'stale_read', 'on' => 'read', 'times' => 2]);
        $this->network->step('map', ['domains' => ['new.com']]);
        $this->runQueue();
        // A write of before the removal arrives late, as well.
        $this->fake->app(['domains' => ['network.test', 'old.com', 'www.old.com', 'new.com', 'www.new.com']]);
        $this->fake->clearFaults();
        $this->passTime(100000);
        $this->assertDomains(['network.test', 'new.com', 'www.new.com']);
    }

    public function testCustomersComeBeforeTheirWww(): void
    {
        $this->start('cli');
        $names = array_map(static fn (int $n) => "shop$n.com", range(1, 200));
        $this->network->step('map', ['domains' => $names]);
        for ($n = 1; $n <= 60; $n++) {
            $hosts[] = "s$n.network.test";
        }
        $this->network->step('create_sites', ['hosts' => $hosts]);
        $this->runQueue();
        $listed = $this->fake->domains();
        $this->assertCount(300, $listed);
        $this->assertSame([], array_diff([...$names, ...$hosts, 'network.test'], $listed));
        $this->assertSame(array_fill(0, 260, 'complete'), $this->statuses('wu_add_domain'));
        $notice = $this->network->step('notice');
        $this->assertStringContainsString('want of room: 161 (', $notice);
        $this->assertLessThan(1000, strlen($notice));
        // Yet another customer is more important than a www.
        $this->network->step('map', ['domains' => ['late.com']]);
        $this->runQueue();
        $this->assertContains('late.com', $this->fake->domains());
        $this->assertCount(300, $this->fake->domains());
    }

    public function testOnlyRegistrableNamesGetAWww(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.acme.com', 'acme.co.uk']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'shop.acme.com', 'acme.co.uk', 'www.acme.co.uk']);
    }

    public function testADomainThatIsSwitchedOffGoesAndComesBack(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->network->step('active', ['domain' => 'shop.com', 'on' => 0]);
        $this->runQueue();
        $this->assertDomains(['network.test']);
        $this->network->step('active', ['domain' => 'shop.com', 'on' => 1]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
    }

    /** @dataProvider bothSapis */
    public function testWhatIsNoDomainNameHoldsUpNobody(string $sapi, string $line): void
    {
        $this->demandThatAnyNameIsMapped();
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['not a name', 'good.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'good.com', 'www.good.com']);
        $this->assertSame(['complete', 'complete'], $this->statuses('wu_add_domain'));
        $this->assertStringContainsString('Not valid domain names: 1 (not a name)', $this->network->step('notice'));
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
    public function testTheDailySyncRepairsAndSaysWhat(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->passTime(3600);
        $this->fake->app(['domains' => ['network.test', 'panel.example']]);
        $this->network->step('turn_clock', ['seconds' => 100000]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'panel.example', 'shop.com', 'www.shop.com']);
        $this->assertStringContainsString('added shop.com, www.shop.com', $this->network->log());
        $status = implode("\n", $this->network->step('command', ['name' => 'status']));
        $this->assertStringContainsString('re-added shop.com, www.shop.com; removed nothing', $status);
        $this->nextSync();
    }

    /** @dataProvider bothSapis */
    public function testAPreviewChangesNothing(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $before = $this->state();
        foreach ([['name' => 'plan'], ['name' => 'sync', 'options' => ['dry-run' => true]]] as $command) {
            $plan = $this->network->step('command', $command);
            $this->assertSame(["add\tshop.com\t", "add\twww.shop.com\t"], array_slice($plan, 1, 2));
        }
        $this->assertDomains(['network.test']);
        $this->assertSame(['GET', 'GET'], $this->fake->asked());
        $this->assertSame($before, $this->state());
    }

    /** @dataProvider everywhere */
    public function testHooksFiredOutsideOfTheQueueWork(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->entry = '/';
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->network->step('fire', ['hook' => 'wu_add_domain', 'args' => ['shop.com', 1]]);
        $this->runQueue();
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
        $this->runQueue();
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
    }

    public function testAStateThatCannotBeReadIsNotTakenForNone(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $good = $this->state();
        $all = ['network.test', 'shop.com', 'www.shop.com'];
        foreach (['spoilt', '{}', '{"version":1}', json_encode(['managed' => 'spoilt'] + $good)] as $spoilt) {
            $this->network->step('state', ['write' => $spoilt]);
            $this->network->step('unmap', ['domains' => ['shop.com']]);
            $this->runQueue();
            $sync = $this->network->step('command', ['name' => 'sync']);
            $this->assertStringContainsString('cannot be read', $sync[0]);
            $this->assertStringContainsString('cannot be read', $this->network->step('notice'));
            $this->assertDomains($all);
            $this->network->step('map', ['domains' => ['shop.com']]);
        }
        // The operator knows whose names these are.
        $this->network->step('command', ['name' => 'network', 'args' => ['moved']]);
        $this->runQueue();
        $this->assertSame('', $this->network->step('notice'));
        $this->network->step('unmap', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test']);
    }
}
