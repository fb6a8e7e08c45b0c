<?php

// A page view that has nothing to do with domains: no native library, no query and no file but two.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class PageViewTest extends NetworkTestCase
{
    /** @dataProvider lines */
    public function testItCostsNothing(string $line): void
    {
        $this->start('ffi', $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $with = $this->probe();
        $this->assertFalse($with['ffi']);
        $this->assertSame(
            ['ultimate-multisite-serverpilot.php', 'autoload.php'],
            array_map('basename', $with['files'])
        );
        $active = $this->network->step('read_option', ['name' => 'active_sitewide_plugins']);
        $without = $active;
        unset($without['ultimate-multisite-serverpilot/ultimate-multisite-serverpilot.php']);
        $this->network->step('option', ['name' => 'active_sitewide_plugins', 'value' => $without]);
        $probe = $this->probe();
        $this->assertSame([], $probe['files']);
        $this->assertSame($probe['queries'], $with['queries']);
    }

    /** @dataProvider lines */
    public function testAPreloadedPluginUsesTheLibraryWhereOtherCodeMayNot(string $line): void
    {
        $this->start('preloaded', $line);
        $this->assertSame(['ServerPilot\Native', false], $this->network->step('ffi'));
        [$status, $body] = $this->network->page('/');
        $this->assertSame(200, $status);
        $this->assertStringContainsString('Hello world', $body);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertSame(['complete'], $this->statuses('wu_add_domain'));
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
        $this->assertAsked(3);
    }

    /** @return array<string, mixed> */
    private function probe(): array
    {
        // Twice: the first view after a change fills caches of WordPress's own.
        $this->network->page('/', [], null, ['X-Probe: 1']);
        [, $body] = $this->network->page('/', [], null, ['X-Probe: 1']);
        $this->assertSame(1, preg_match('/<!--probe (.*?)-->/', $body, $found), $body);
        return json_decode($found[1], true);
    }
}
