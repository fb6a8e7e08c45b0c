<?php

// Certificates that come late, and names that were given up meanwhile.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class CertificatesTest extends NetworkTestCase
{
    /** @dataProvider late */
    public function testAutosslIsSwitchedOnHoweverLate(string $sapi, string $line, int $seconds): void
    {
        $this->fake->settings(['issue_after_s' => $seconds]);
        $this->network->step('option', ['name' => 'test_dns_correct', 'value' => ['shop.com']]);
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->passTime($seconds - 120);
        $this->assertFalse($this->fake->hasAutossl());
        $this->assertSame('pending', $this->state()['autossl']['state']);
        $this->assertSame('checking-ssl-cert', $this->network->step('stage', ['domain' => 'shop.com']));
        $this->passTime(4200);
        $this->assertTrue($this->fake->hasAutossl());
        $this->assertSame(['on', 0], [$this->state()['autossl']['state'], $this->state()['checkAt']]);
        $this->network->step('option', ['name' => 'test_certificates', 'value' => ['shop.com']]);
        $this->passTime(400);
        $this->assertSame('done', $this->network->step('stage', ['domain' => 'shop.com']));
        $switched = array_filter($this->fake->asked(), static fn (string $one) => $one === 'POST/ssl');
        $this->assertCount(1, $switched);
    }

    /** @return array<string, array{string, string, int}> */
    public function late(): array
    {
        $all = [];
        foreach ($this->everywhere() as $where => [$sapi, $line]) {
            $all["25 minutes, $where"] = [$sapi, $line, 1500];
        }
        foreach ($this->bothSapis() as $where => [$sapi, $line]) {
            $all["a day, $where"] = [$sapi, $line, 86400];
        }
        return $all;
    }

    /** @dataProvider bothSapis */
    public function testAutosslThatCouldNotBeSwitchedOnIsAskedForAgain(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->passTime(3600);
        $this->assertTrue($this->fake->hasAutossl());
        // Somebody switches it off, and ServerPilot fails just when it is to be enabled again.
        $this->fake->app(['ssl' => null]);
        $this->fake->advance(3600);
        $this->fake->fault(['kind' => 'status', 'code' => 500, 'on' => 'ssl', 'times' => 3]);
        $this->network->step('turn_clock', ['seconds' => 90000]);
        $this->runQueue();
        $this->assertFalse($this->fake->hasAutossl());
        $this->assertStringContainsString('Next automatic retry', $this->failure());
        $this->passTime(600);
        $this->assertTrue($this->fake->hasAutossl());
        $this->assertSame('', $this->network->step('notice'));
    }

    public function testAutosslThatIsOnStaysOnWhileServerPilotIsDown(): void
    {
        $this->start('cli');
        $this->passTime(3600);
        $this->assertSame('on', $this->state()['autossl']['state']);
        $this->fake->listening(false);
        $this->network->step('command', ['name' => 'sync']);
        $this->network->step('command', ['name' => 'retry']);
        $status = implode("\n", $this->network->step('command', ['name' => 'status']));
        $this->assertStringContainsString('AutoSSL: on (last checked', $status);
    }

    public function testAutosslThatIsRefusedIsNotCalledPending(): void
    {
        $this->start('cli');
        $this->fake->advance(3600);
        $this->fake->fault(['kind' => 'status', 'code' => 403, 'on' => 'ssl', 'times' => null]);
        $this->passTime(7200);
        $this->assertSame('refused', $this->state()['autossl']['state']);
        $this->assertStringContainsString('AutoSSL could not be enabled', $this->network->step('notice'));
        $tries = array_filter($this->fake->asked(), static fn (string $one) => $one === 'POST/ssl');
        $this->assertLessThan(4, count($tries));
        // The list goes on all the same, and once a day AutoSSL is tried again.
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
        $this->fake->clearFaults();
        $this->fake->advance(3600);
        $this->passTime(100000);
        $this->assertSame('on', $this->state()['autossl']['state']);
        $this->assertSame('', $this->network->step('notice'));
    }

    /** @dataProvider bothSapis */
    public function testOneChainForManyDomains(string $sapi, string $line): void
    {
        $names = array_map(static fn (int $n) => "shop$n.com", range(1, 8));
        $this->network->step('option', ['name' => 'test_dns_correct', 'value' => $names]);
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => $names]);
        $this->runQueue(2);
        $this->runQueue();
        $this->assertLessThan(70, $this->nextSync());
        $this->assertAsked(4);
    }

    /** @dataProvider everywhere */
    public function testANameThatWasGivenUpIsTakenUpAgain(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->network->step('stage', ['domain' => 'shop.com', 'stage' => 'ssl-failed']);
        $this->passTime(700);
        $this->assertSame('ssl-failed', $this->network->step('stage', ['domain' => 'shop.com']));
        $this->network->step('option', ['name' => 'test_certificates', 'value' => ['shop.com']]);
        $this->passTime(3000);
        $this->assertSame('done', $this->network->step('stage', ['domain' => 'shop.com']));
        $this->passTime(8000);
        $this->assertSame(0, $this->state()['checkAt']);
    }

    /** @dataProvider bothSapis */
    public function testANameIsTakenUpAgainWhileServerPilotIsOutOfReach(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->passTime(3 * 86400);
        $this->network->step('stage', ['domain' => 'shop.com', 'stage' => 'ssl-failed']);
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->passTime(3 * 86400);
        $this->assertSame('ssl-failed', $this->network->step('stage', ['domain' => 'shop.com']));
        $this->network->step('option', ['name' => 'test_certificates', 'value' => ['shop.com']]);
        $this->network->step('turn_clock', ['seconds' => 100000]);
        $this->runQueue();
        $this->assertNotSame('ssl-failed', $this->network->step('stage', ['domain' => 'shop.com']));
    }

    public function testANameThatStaysWithoutIsNotSaidOfServerPilot(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->network->step('stage', ['domain' => 'shop.com', 'stage' => 'ssl-failed']);
        $this->passTime(3 * 86400);
        $this->assertTrue($this->fake->hasAutossl());
        $this->assertSame('on', $this->state()['autossl']['state']);
        $this->assertStringNotContainsString('no certificate', $this->network->step('notice'));
        $status = implode("\n", $this->network->step('command', ['name' => 'status']));
        $this->assertStringContainsString('AutoSSL: on', $status);
        $this->assertStringContainsString('Domains with status "SSL failed": 1', $status);
        // Once a day it is checked again, beside the daily sync.
        $before = count($this->actions('serverpilot_sync', 'complete'));
        $this->passTime(2 * 86400);
        $runs = count($this->actions('serverpilot_sync', 'complete')) - $before;
        $this->assertGreaterThan(0, $runs);
        $this->assertLessThanOrEqual(6, $runs);
    }

    public function testACheckWhoseProcessDiedIsFollowedByTheNext(): void
    {
        $this->start('cli');
        $this->assertLessThan(70, $this->nextSync());
        $this->network->step('turn_clock', ['seconds' => 90]);
        $this->dieInTheQueue();
        $this->passTime(8000);
        $this->assertTrue($this->fake->hasAutossl());
    }

    public function testACustomCertificateIsLeftAlone(): void
    {
        $this->fake->app(['ssl' => 'custom']);
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertSame(['complete'], $this->statuses('wu_add_domain'));
        $this->assertSame(0, $this->state()['checkAt']);
        $this->assertNotContains('POST/ssl', $this->fake->asked());
        $status = implode("\n", $this->network->step('command', ['name' => 'status']));
        $this->assertStringContainsString('Custom certificate installed', $status);
    }

    public function testACertificateThatDoesNotComeIsCheckedDailyAndSaid(): void
    {
        $this->fake->app(['unresolvable' => ['shop.com']]);
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->passTime(9 * 86400);
        $this->assertStringContainsString('more than a week', $this->network->step('notice'));
        $this->fake->forget();
        $this->passTime(2 * 86400);
        // A check and a sync a day, each a request or two.
        $this->assertAsked(9);
        $this->assertGreaterThan(3600, $this->nextSync());
    }

    /** Here no name of the network's is in public DNS, so that nothing is shown by a customer's not being there. */
    public function testAResolverThatDoesNotKnowTheNetworkTakesNobodyOut(): void
    {
        $this->fake->app(['unresolvable' => ['shop.invalid']]);
        $this->start('cli');
        $this->network->configure($this->network->lines()[0], ['internet' => true]);
        $this->network->step('map', ['domains' => ['shop.invalid']]);
        $this->runQueue();
        $this->passTime(6 * 3600);
        $this->assertGreaterThan(7, $this->state()['checks']);
        $this->assertDomains(['network.test', 'shop.invalid', 'www.shop.invalid']);
    }
}
