<?php

// Where operators look: the setup, the notice, the status page, Site Health, the command line; and that
// nothing is left after the plugin is deleted.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class PlacesTest extends NetworkTestCase
{
    public function testTheModuleTakesTheBuiltInsPlace(): void
    {
        $this->demandLine('registry');
        $this->start('cli');
        foreach (['add_domain', 'remove_domain', 'add_subdomain', 'remove_subdomain'] as $name) {
            $this->assertSame(
                ['ServerPilot\UltimateMultisite\DomainMapping'],
                $this->network->step('hooked', ['hook' => "wu_$name"])
            );
        }
    }

    /** @dataProvider exchanged */
    public function testTheBuiltInsHooksAreExchanged(string $line, string $entry): void
    {
        $this->start('ffi', $line);
        $this->network->entry = $entry;
        foreach (['add_domain', 'remove_domain', 'add_subdomain', 'remove_subdomain'] as $name) {
            $hooked = $this->network->step('hooked', ['hook' => "wu_$name"]);
            $this->assertCount(1, $hooked);
            $this->assertStringContainsString('ultimate-multisite-serverpilot', $hooked[0]);
        }
    }

    /** @return array<string, array{string, string}> */
    public function exchanged(): array
    {
        return array_filter(
            ['legacy, admin' => ['legacy', '/wp-admin/admin-ajax.php'], 'legacy, page' => ['legacy', '/'],
                'registry, page' => ['registry', '/']],
            static fn (array $one) => in_array($one[0], self::network()->lines(), true)
        );
    }

    /** @dataProvider everywhere */
    public function testWhereItIsNotEnabledNothingIsDone(string $sapi, string $line): void
    {
        $this->network->configure($line);
        $this->network->sapi = $sapi;
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertSame([], $this->fake->asked());
        $notice = $this->network->step('notice');
        $this->assertSame(1, substr_count($notice, 'class="notice'));
        $this->assertStringContainsString('not enabled', $notice);
        $this->assertSame('', $this->network->step('notice', ['user' => 2]));
    }

    /** @dataProvider everywhere */
    public function testMissingCredentialsAreNamed(string $sapi, string $line): void
    {
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => null]]);
        $this->network->sapi = $sapi;
        $this->network->step('enable');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertSame([], $this->fake->asked());
        $notice = $this->network->step('notice');
        $this->assertStringContainsString('WU_SERVER_PILOT_API_KEY', $notice);
        $this->assertStringNotContainsString('WU_SERVER_PILOT_APP_ID', $notice);
        // Written into wp-config.php, they give no sign: the operator's next visit does.
        $this->network->configure($line);
        $this->network->step('notice');
        $this->runQueue();
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
    }

    /** @dataProvider bothSapis */
    public function testUltimateMultisiteMayBeAbsent(string $sapi, string $line): void
    {
        $this->network->configure($line);
        $this->network->sapi = $sapi;
        $active = $this->network->step('read_option', ['name' => 'active_sitewide_plugins']);
        unset($active['ultimate-multisite/ultimate-multisite.php']);
        $this->network->step('option', ['name' => 'active_sitewide_plugins', 'value' => $active]);
        $notice = $this->network->step('notice');
        $this->assertSame(1, substr_count($notice, 'class="notice'));
        $this->assertStringContainsString('Ultimate Multisite is not active', $notice);
        // Its sunrise.php stays behind and brings a part of its functions.
        $sync = $this->network->step('command', ['name' => 'sync']);
        $this->assertStringContainsString('Ultimate Multisite is not active', $sync[0]);
        [$status, $body] = $this->network->page('/');
        $this->assertSame(200, $status);
        $this->assertStringContainsString('Hello world', $body);
    }

    public function testOnASingleSiteThereIsOneNotice(): void
    {
        $this->network->configure($this->network->lines()[0]);
        $run = $this->network->environment['run'];
        rename("$run/network", "$run/network.away");
        try {
            $notice = $this->network->step('notice', ['activate' => true]);
            $this->assertSame('', $this->network->step('notice', ['activate' => true, 'screen' => 'users']));
        } finally {
            rename("$run/network.away", "$run/network");
        }
        $this->assertSame(1, substr_count($notice, 'class="notice'));
        $this->assertStringContainsString('is not a network', $notice);
    }

    /** @dataProvider bothSapis */
    public function testCredentialsFromTheEncryptedStore(string $sapi, string $line): void
    {
        $this->demandLine('registry');
        $fake = $this->network->environment['fake'];
        $none = array_fill_keys(
            ['WU_SERVER_PILOT_CLIENT_ID', 'WU_SERVER_PILOT_API_KEY', 'WU_SERVER_PILOT_APP_ID'],
            null
        );
        $this->network->configure($line, ['constants' => $none]);
        $this->network->sapi = $sapi;
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->network->step('enable');
        $this->network->step('save_credentials', ['values' => ['WU_SERVER_PILOT_CLIENT_ID' => $fake['client_id'],
            'WU_SERVER_PILOT_API_KEY' => $fake['api_key'], 'WU_SERVER_PILOT_APP_ID' => $fake['app_id']]]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
        $this->assertTrue($this->network->step('test_connection'));
    }

    /** @dataProvider bothSapis */
    public function testTheConnectionTestSaysWhatTheLibrarySays(string $sapi, string $line): void
    {
        $this->demandLine('registry');
        $this->start($sapi, $line);
        $this->assertTrue($this->network->step('test_connection'));
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->assertMatchesRegularExpression('/client ID.*key/i', $this->network->step('test_connection'));
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_APP_ID' => 'Unknown1']]);
        $this->assertStringContainsString('WU_SERVER_PILOT_APP_ID', $this->network->step('test_connection'));
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_APP_ID' => 'my-app']]);
        $this->assertStringContainsString('WU_SERVER_PILOT_APP_ID', $this->network->step('test_connection'));
    }

    /** @dataProvider bothSapis */
    public function testSiteHealth(string $sapi, string $line): void
    {
        $this->network->configure($line);
        $this->network->sapi = $sapi;
        $this->network->step('enable');
        // Nothing was ever synced, so nobody may be told that it is.
        $this->assertSame('recommended', $this->network->step('site_health')[0]['status']);
        $this->runQueue();
        [$setup, $connection, $information] = $this->network->step('site_health');
        $this->assertSame('good', $setup['status'], $setup['description']);
        $this->assertSame('good', $connection['status'], $connection['description']);
        $this->assertNotEmpty($information['serverpilot']['fields']);
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        [, $connection] = $this->network->step('site_health');
        $this->assertSame('critical', $connection['status']);
        $this->assertStringNotContainsString('reached', $connection['label']);
        $this->network->sapi = 'none';
        [$setup] = $this->network->step('site_health');
        $this->assertSame('critical', $setup['status']);
        $this->assertStringContainsString('ffi.enable', $setup['description']);
    }

    public function testSiteHealthIsAskedByTheCronOfTheMainSiteOnly(): void
    {
        $this->start('cli');
        $id = $this->network->step('create_site', ['host' => 'one.network.test']);
        $this->assertContains('serverpilot_connection', $this->network->step('site_health_cron', ['site' => 1]));
        $this->assertNotContains('serverpilot_connection', $this->network->step('site_health_cron', ['site' => $id]));
    }

    public function testCommands(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $plan = $this->network->step('command', ['name' => 'plan']);
        $this->assertContains("add\tshop.com\t", $plan);
        $this->assertDomains(['network.test']);
        $sync = $this->network->step('command', ['name' => 'sync']);
        $this->assertStringStartsWith('Success: ', (string) end($sync));
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
        $status = implode("\n", $this->network->step('command', ['name' => 'status']));
        $this->assertStringContainsString('3 of 300', $status);
        $check = $this->network->step('command', ['name' => 'check', 'args' => ['127.0.0.1']]);
        $this->assertStringStartsWith('Error: ', $check[0]);
        $diagnose = $this->network->step('command', ['name' => 'diagnose', 'args' => ['shop.invalid']]);
        $this->assertGreaterThan(1, count($diagnose));
        $this->assertStringContainsString('Who has to act: The customer', implode("\n", $diagnose));
        $this->assertStringStartsNotWith('Success', (string) end($diagnose));
        $this->fake->listening(false);
        $retry = $this->network->step('command', ['name' => 'retry']);
        $this->assertStringStartsWith('Error: ', $retry[0]);
    }

    public function testDisablingTakesTheWaitingActionsBack(): void
    {
        $this->start('cli');
        $this->assertNotSame([], $this->actions('serverpilot_heartbeat', 'pending'));
        $this->network->step('enable', ['on' => false]);
        foreach (['serverpilot_heartbeat', 'serverpilot_sync'] as $hook) {
            $this->assertSame([], $this->actions($hook, 'pending'));
        }
    }

    /** @dataProvider bothSapis */
    public function testUninstallLeavesNothing(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->network->step('lease', ['seconds' => 60]);
        $this->assertSame([[], [], [], [], []], $this->network->step('uninstall'));
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
        $this->assertSame(['complete'], $this->statuses('wu_add_domain'));
    }

    /** @dataProvider bothSapis */
    public function testUninstallLeavesNothingWhereTheQueueWentBefore(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->assertNotSame([], $this->actions('serverpilot_heartbeat', 'pending'));
        $this->network->step('option', ['name' => 'active_sitewide_plugins', 'value' => []]);
        $this->assertSame([[], [], [], [], []], $this->network->step('uninstall'));
    }

    public function testUninstallLeavesNothingWhereTheSiteIsNoNetworkAnyMore(): void
    {
        $this->start('cli');
        $this->assertNotNull($this->state());
        $run = $this->network->environment['run'];
        rename("$run/network", "$run/network.away");
        try {
            $left = $this->network->step('uninstall');
        } finally {
            rename("$run/network.away", "$run/network");
        }
        $this->assertSame([[], [], [], [], []], $left);
    }

    public function testDeactivatingSaysWhatTakesOverAndOffersToLeaveItOff(): void
    {
        $this->start('ffi');
        $login = $this->network->step('login', ['user' => 'operator', 'nonces' => ['serverpilot_leave_off']]);
        $page = '/wp-admin/network/plugins.php';
        [, $body] = $this->network->page($page, $login['cookies']);
        $this->assertStringContainsString('built-in module changes the app', $body);
        $this->assertStringContainsString('Deactivate and disable the integration', $body);
        $off = "$page?action=serverpilot_leave_off&_wpnonce=";
        [$status] = $this->network->page("{$off}0123456789", $login['cookies']);
        $this->assertSame(403, $status);
        $stranger = $this->network->step('login', ['user' => 'siteadmin', 'nonces' => ['serverpilot_leave_off']]);
        [$status] = $this->network->page($off . $stranger['nonces']['serverpilot_leave_off'], $stranger['cookies']);
        $this->assertNotSame(302, $status);
        $enabled = $this->network->step('read_option', ['name' => 'wu_host_integrations_enabled']);
        $this->assertTrue($enabled['serverpilot']);
        [$status] = $this->network->page($off . $login['nonces']['serverpilot_leave_off'], $login['cookies']);
        $this->assertSame(302, $status);
        $enabled = $this->network->step('read_option', ['name' => 'wu_host_integrations_enabled']);
        $this->assertFalse($enabled['serverpilot']);
        $active = $this->network->step('read_option', ['name' => 'active_sitewide_plugins']);
        $this->assertArrayNotHasKey('ultimate-multisite-serverpilot/ultimate-multisite-serverpilot.php', $active);
        $this->assertSame([], $this->actions('serverpilot_sync', 'pending'));
    }
}
