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
        $this->assertCount(1, $this->actions('serverpilot_follow_up', 'pending'));
        $this->assertSame('checking-ssl-cert', $this->network->step('stage', ['domain' => 'shop.com']));
        $this->passTime(4200);
        $this->assertTrue($this->fake->hasAutossl());
        $this->assertSame([], $this->actions('serverpilot_follow_up', 'pending'));
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
        $this->assertSame([], $this->actions('serverpilot_follow_up', 'pending'));
        // Somebody switches it off, and ServerPilot fails just when it is to be switched on again.
        $this->fake->app(['ssl' => null]);
        $this->fake->advance(3600);
        $this->fake->fault(['kind' => 'status', 'code' => 500, 'on' => 'ssl', 'times' => 3]);
        $this->network->step('fire', ['hook' => 'serverpilot_daily', 'args' => []]);
        $this->assertFalse($this->fake->hasAutossl());
        $this->assertCount(1, $this->actions('serverpilot_follow_up', 'pending'));
        $this->passTime(600);
        $this->assertTrue($this->fake->hasAutossl());
        $this->assertSame([], $this->actions('serverpilot_follow_up', 'pending'));
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
        $this->assertCount(1, $this->actions('serverpilot_follow_up', 'pending'));
        // The first look that was scheduled is the one that waits: none was exchanged for the next domain's.
        $this->assertSame([], $this->actions('serverpilot_follow_up', 'canceled'));
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
        $this->assertSame([], $this->actions('serverpilot_follow_up', 'pending'));
    }

    /** @dataProvider bothSapis */
    public function testANameIsTakenUpAgainWhileServerPilotIsOutOfReach(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->passTime(12 * 86400);
        $this->network->step('stage', ['domain' => 'shop.com', 'stage' => 'ssl-failed']);
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->passTime(12 * 86400);
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
        $this->passTime(12 * 86400);
        $this->assertTrue($this->fake->hasAutossl());
        $this->assertSame([], $this->actions('serverpilot_follow_up', 'pending'));
        $this->assertStringNotContainsString('no certificate', $this->network->step('notice'));
        $this->assertStringContainsString('1 domain that Ultimate Multisite gave up', $this->network->log());
        $status = implode("\n", $this->network->step('command', ['name' => 'status']));
        $this->assertStringContainsString('AutoSSL: on', $status);
    }

    public function testALookWhoseProcessDiedIsFollowedByTheNext(): void
    {
        $this->start('cli');
        $this->assertCount(1, $this->actions('serverpilot_follow_up', 'pending'));
        $this->network->step('turn_clock', ['seconds' => 90]);
        $this->dieInTheQueue();
        $this->assertSame(['[1]'], array_column($this->actions('serverpilot_follow_up', 'pending'), 'args'));
        $this->passTime(3600);
        $this->assertTrue($this->fake->hasAutossl());
    }

    public function testACustomCertificateIsLeftAlone(): void
    {
        $this->fake->app(['ssl' => 'custom']);
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertSame(['complete'], $this->statuses('wu_add_domain'));
        $this->assertSame([], $this->actions('serverpilot_follow_up', 'pending'));
        $this->assertNotContains('POST/ssl', $this->fake->asked());
        $status = implode("\n", $this->network->step('command', ['name' => 'status']));
        $this->assertStringContainsString('certificate of your own', $status);
    }

    public function testTheChainEndsAndSaysSo(): void
    {
        $this->fake->app(['unresolvable' => ['shop.com']]);
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->passTime(12 * 86400);
        $this->assertSame([], $this->actions('serverpilot_follow_up', 'pending'));
        $this->assertCount(37, $this->actions('serverpilot_follow_up', 'complete'));
        $this->assertStringContainsString('more than a week', $this->network->step('notice'));
    }
}
