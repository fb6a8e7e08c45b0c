<?php

// A copied or moved database, and removals that nobody may have meant: nothing is written before the operator decides.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class CopiesTest extends NetworkTestCase
{
    private const PRODUCTION = ['network.test', 'shop.com', 'www.shop.com'];

    /**
     * @param array<string, mixed> $settings What is different where the copy wakes up.
     * @dataProvider copies
     */
    public function testACopyOfTheDatabaseChangesNothing(string $sapi, array $settings, string $word): void
    {
        $this->copy($sapi, $settings);
        $before = $this->state();
        $this->passTime(3 * 86400);
        $this->runQueue();
        foreach (['sync', 'retry'] as $name) {
            $command = $this->network->step('command', ['name' => $name]);
            $this->assertStringContainsString('Safe mode', $command[0]);
        }
        $this->network->step('sync');
        $this->assertSame([], $this->fake->asked());
        $this->assertDomains(self::PRODUCTION);
        $notice = $this->network->step('notice');
        $this->assertStringContainsString('Safe mode', $notice);
        $this->assertStringContainsString($word, $notice);
        $status = $this->network->step('command', ['name' => 'status']);
        $this->assertSame('Exit: 2', end($status));
        $this->assertSame($before['managed'], $this->state()['managed']);
    }

    /** @return array<string, array{string, array<string, mixed>, string}> */
    public function copies(): array
    {
        $all = [];
        foreach (['cli', 'ffi'] as $sapi) {
            $all["staging, $sapi"] = [$sapi, ['constants' => ['WP_ENVIRONMENT_TYPE' => 'staging']], 'environment'];
            $all["another domain, $sapi"] = [$sapi, ['network' => 'copy.test'], 'domain is not'];
            $all["another app, $sapi"] = [$sapi, ['constants' => ['WU_SERVER_PILOT_APP_ID' => 'Other1']], 'app ID'];
        }
        return $all;
    }

    /** Who copies a database replaces the domain in every row of it, the plugin's own among them. */
    public function testASearchAndReplaceDoesNotMakeTheCopyTheNetwork(): void
    {
        $this->copy('cli', ['network' => 'copy.test']);
        $json = json_encode($this->state(), JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
        $this->network->step('state', ['write' => str_replace('network.test', 'copy.test', $json)]);
        $this->passTime(3 * 86400);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertSame([], $this->fake->asked());
        $this->assertDomains(self::PRODUCTION);
        $this->assertStringContainsString('Safe mode', $this->network->step('notice'));
    }

    public function testACopyShowsWhatItWouldDo(): void
    {
        $this->copy('cli', ['constants' => ['WP_ENVIRONMENT_TYPE' => 'staging']]);
        $plan = $this->network->step('command', ['name' => 'sync', 'options' => ['dry-run' => true]]);
        $rows = ["add\tcopy.com\t", "add\twww.copy.com\t", "remove\tshop.com\t", "remove\twww.shop.com\t"];
        $this->assertSame($rows, array_slice($plan, 1, 4));
        $this->assertSame(['GET'], $this->fake->asked());
        $lines = implode("\n", $this->network->step('command', ['name' => 'status']));
        $this->assertStringContainsString('none: this copy changes nothing at ServerPilot', $lines);
        $this->assertStringNotContainsString('Next daily sync', $lines);
    }

    public function testTheSameNetworkThatMovedKeepsItsNames(): void
    {
        $this->copy('cli', ['constants' => ['WP_ENVIRONMENT_TYPE' => 'staging']]);
        $this->network->step('command', ['name' => 'network', 'args' => ['moved']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'copy.com', 'www.copy.com']);
        $this->assertSame('', $this->network->step('notice'));
    }

    public function testANewNetworkAdoptsNothing(): void
    {
        $this->copy('cli', ['constants' => ['WP_ENVIRONMENT_TYPE' => 'staging']]);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->network->step('command', ['name' => 'network', 'args' => ['new']]);
        $this->runQueue();
        $this->network->step('unmap', ['domains' => ['shop.com', 'copy.com']]);
        $this->runQueue();
        $this->assertDomains(self::PRODUCTION);
        $this->assertSame('', $this->network->step('notice'));
    }

    public function testACopyThatIsLeftAloneIsQuiet(): void
    {
        $this->copy('ffi', ['constants' => ['WP_ENVIRONMENT_TYPE' => 'staging']]);
        $login = $this->network->step('login', ['user' => 'operator', 'nonces' => ['serverpilot_act']]);
        $page = '/wp-admin/network/admin.php?page=serverpilot';
        [, $body] = $this->network->page($page, $login['cookies']);
        $this->assertStringContainsString('Leave this copy alone', $body);
        $form = ['_wpnonce' => $login['nonces']['serverpilot_act'], 'do' => 'ignore'];
        $this->network->page($page, $login['cookies'], $form);
        $this->assertSame('', $this->network->step('notice'));
        $this->network->step('map', ['domains' => ['more.com']]);
        $this->passTime(2 * 86400);
        $this->runQueue();
        $this->assertSame([], $this->fake->asked());
        $this->assertSame([], $this->actions('serverpilot_sync', 'failed'));
        $this->assertStringContainsString('left alone', $this->network->step('site_health')[0]['label']);
        // The page says it for as long as it is so, and who thinks better of it finds the way back there.
        [, $body] = $this->network->page($page, $login['cookies']);
        $this->assertStringContainsString('is left alone, as you decided', $body);
        $this->assertStringContainsString('This is the same network, it moved', $body);
        // For this copy only.
        $settings = ['constants' => ['WP_ENVIRONMENT_TYPE' => 'development']];
        $this->network->configure($this->network->lines()[0], $settings);
        $this->assertStringContainsString('Safe mode', $this->network->step('notice'));
    }

    /** A database that comes back from a copy brings the decision of the copy along. */
    public function testWhatIsSyncedIsNeverSaidToBeLeftAlone(): void
    {
        $this->start('cli');
        $refused = $this->network->wp('network', 'ignore');
        $this->assertSame(1, $refused['code'], $refused['out']);
        $this->assertStringContainsString('This is no copy', $refused['err']);
        $this->assertNull($this->state()['ignored'] ?? null);
        $this->network->configure($this->network->lines()[0], ['constants' => ['WP_ENVIRONMENT_TYPE' => 'staging']]);
        $ignored = $this->network->wp('network', 'ignore');
        $this->assertSame(0, $ignored['code']);
        $this->assertStringStartsWith('Success: This copy of the network is left alone', $ignored['out']);
        $this->network->configure($this->network->lines()[0]);
        $this->assertNotNull($this->state()['ignored']);
        $setup = $this->network->step('site_health')[0];
        $this->assertStringNotContainsString('left alone', $setup['label'] . $setup['description']);
    }

    /** Of two operators, one has decided while the other still has the page with the question open. */
    public function testADecisionThatCameTooLateForgetsNothing(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $refused = $this->network->wp('network', 'new');
        $this->assertSame(1, $refused['code'], $refused['out']);
        $this->assertStringContainsString('There is nothing to decide', $refused['err']);
        $this->network->step('unmap', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test']);
    }

    public function testWhatIsNoProductionIsAskedAboutAtTheFirstSyncToo(): void
    {
        $staging = ['constants' => ['WP_ENVIRONMENT_TYPE' => 'staging']];
        $this->network->configure($this->network->lines()[0], $staging);
        $this->network->step('enable');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertSame([], $this->fake->asked());
        $this->assertStringContainsString('Safe mode', $this->network->step('notice'));
        // The operator may say otherwise once and for all.
        $staging['constants']['SERVERPILOT_TREAT_AS_PRODUCTION'] = true;
        $this->network->configure($this->network->lines()[0], $staging);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertDomains(self::PRODUCTION);
    }

    public function testManyRemovalsWaitForTheOperator(): void
    {
        $this->start('ffi');
        $names = array_map(static fn (int $n) => "shop$n.com", range(1, 10));
        $this->network->step('map', ['domains' => $names]);
        $this->runQueue();
        $this->network->step('unmap', ['domains' => array_slice($names, 0, 6)]);
        $this->network->step('map', ['domains' => ['new.com']]);
        $this->runQueue();
        // All else is done.
        $all = ['new.com', ...$names];
        $this->assertDomains(['network.test', ...$all, ...array_map(static fn ($name) => "www.$name", $all)]);
        $this->assertStringContainsString('12 domains would be removed', $this->network->step('notice'));
        $login = $this->network->step('login', ['user' => 'operator', 'nonces' => ['serverpilot_act']]);
        $page = '/wp-admin/network/admin.php?page=serverpilot';
        // Whoever is to allow it is shown every name, wherever they look.
        $going = array_slice($names, 0, 6);
        $going = [...$going, ...array_map(static fn ($name) => "www.$name", $going)];
        $found = $this->network->wp('plan', '--format=json')['out'];
        $waiting = array_filter(json_decode($found, true), static fn ($one) => $one['reason'] === 'brake');
        $this->assertEqualsCanonicalizing($going, array_column($waiting, 'domain'));
        $this->network->page($page, $login['cookies'], [
            '_wpnonce' => $login['nonces']['serverpilot_act'], 'do' => 'plan',
        ]);
        foreach ([$page, "$page&view=preview"] as $shown) {
            [, $body] = $this->network->page($shown, $login['cookies']);
            $this->assertStringNotContainsString('in sync', $body);
            foreach ($going as $name) {
                $this->assertStringContainsString("<code>− $name</code>", $body, $shown);
            }
        }
        // Nor does a sync that left them say that there was nothing to do.
        $this->network->page($page, $login['cookies'], [
            '_wpnonce' => $login['nonces']['serverpilot_act'], 'do' => 'sync',
        ]);
        [, $body] = $this->network->page("$page&result=1", $login['cookies']);
        $this->assertStringNotContainsString('in sync', $body);
        $form = ['_wpnonce' => $login['nonces']['serverpilot_act'], 'do' => 'allow'];
        [, $body] = $this->network->page($page, $login['cookies'], $form);
        $this->runQueue();
        $all = ['new.com', ...array_slice($names, 6)];
        $this->assertDomains(['network.test', ...$all, ...array_map(static fn ($name) => "www.$name", $all)]);
        $this->assertSame('', $this->network->step('notice'));
        // Allowed once is not allowed for ever.
        $this->network->step('unmap', ['domains' => $all]);
        $this->runQueue();
        $this->assertStringContainsString('would be removed', $this->network->step('notice'));
    }

    /** @param array<string, mixed> $settings */
    private function copy(string $sapi, array $settings): void
    {
        $this->start($sapi);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertDomains(self::PRODUCTION);
        $this->network->configure($this->network->lines()[0], $settings);
        // The copy's own life.
        $this->network->step('unmap', ['domains' => ['shop.com']]);
        $this->network->step('map', ['domains' => ['copy.com']]);
        $this->fake->forget();
    }
}
