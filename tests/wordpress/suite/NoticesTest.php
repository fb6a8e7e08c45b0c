<?php

// The notice: one at most, where it concerns somebody, with a link to the cure; dismissed by a user, it comes back for
// another cause. And what else is said outside the plugin's own page: the privacy text, the row in Plugins.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class NoticesTest extends NetworkTestCase
{
    private const EDIT = '/wp-admin/network/edit.php?action=serverpilot_dismiss';

    public function testItIsShownWhereItConcernsSomebody(): void
    {
        $this->network->configure($this->network->lines()[0]);
        foreach (
            ['dashboard-network' => 1, 'plugins-network' => 1, 'toplevel_page_wp-ultimo-network' => 1,
            'admin_page_wp-ultimo-edit-domain-network' => 1, 'users-network' => 0, 'themes-network' => 0,
            // The plugin's own page says it itself.
            'ultimate-multisite_page_serverpilot-network' => 0, 'wp-ultimo_page_serverpilot-network' => 0, 'settings_page_serverpilot-network' => 0] as $screen => $count
        ) {
            $notice = $this->network->step('notice', ['screen' => $screen]);
            $this->assertSame($count, substr_count($notice, 'class="notice'), $screen);
        }
    }

    /**
     * @dataProvider problems
     * @param array<string, string|null> $constants
     */
    public function testItLeadsToTheCure(bool $enabled, array $constants, string $url): void
    {
        $line = $this->network->lines()[0];
        $this->start('cli', $line);
        $this->network->configure($line, ['constants' => $constants]);
        if (!$enabled) {
            $this->network->step('enable', ['on' => false]);
        }
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $notice = $this->network->step('notice');
        $this->assertSame(1, substr_count($notice, 'class="notice'), $notice);
        $this->assertStringContainsString($url, $notice);
    }

    /** @return array<string, array{bool, array<string, string|null>, string}> */
    public function problems(): array
    {
        return [
            'not enabled' => [false, [], 'admin.php?page=wp-ultimo-settings&#038;tab=integrations'],
            'no credentials' => [
                true,
                ['WU_SERVER_PILOT_API_KEY' => null],
                'page=wp-ultimo-hosting-integration-wizard&#038;integration=serverpilot',
            ],
            'a refused key' => [true, ['WU_SERVER_PILOT_API_KEY' => 'wrong'], 'admin.php?page=serverpilot'],
        ];
    }

    public function testItCanBeDismissedUntilSomethingElseIsWrong(): void
    {
        $line = $this->network->lines()[0];
        $this->start('ffi', $line);
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $operator = $this->network->step('login', ['user' => 'operator', 'nonces' => ['serverpilot_dismiss']]);
        $dismiss = $this->dismissLink($operator['cookies']);
        [$status] = $this->network->page($dismiss, $operator['cookies']);
        $this->assertSame(302, $status);
        $this->assertNull($this->dismissLink($operator['cookies']));
        // Another user has not read it, and the next try of the same failure is no other cause.
        $this->assertStringContainsString('refused the client ID', $this->network->step('notice', ['user' => 2, 'super' => true]));
        $this->network->step('sync');
        $this->assertNull($this->dismissLink($operator['cookies']));
        // Another cause.
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_APP_ID' => 'Unknown1']]);
        $this->assertNotNull($this->dismissLink($operator['cookies']));
        // The same one, after it was over.
        $this->network->configure($line);
        $this->network->step('sync');
        $this->assertNull($this->dismissLink($operator['cookies']));
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->network->step('sync');
        $this->assertNotNull($this->dismissLink($operator['cookies']));
    }

    public function testTheNextTryOfAFailureIsNoOtherCause(): void
    {
        $this->start('ffi');
        $this->fake->listening(false);
        $this->network->step('sync');
        $operator = $this->network->step('login', ['user' => 'operator', 'nonces' => []]);
        $before = $this->network->step('notice');
        $this->network->page((string) $this->dismissLink($operator['cookies']), $operator['cookies']);
        $this->network->step('sync');
        $this->assertNull($this->dismissLink($operator['cookies']));
        // Its sentence is another one: it says when the next try is.
        $this->assertNotSame($before, $this->network->step('notice', ['user' => 2, 'super' => true]));
    }

    public function testOfManyProblemsOneIsShown(): void
    {
        $this->demandThatAnyNameIsMapped();
        $line = $this->network->lines()[0];
        $this->start('ffi', $line);
        $this->network->step('map', ['domains' => ['bad name']]);
        $this->runQueue();
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->network->step('sync');
        $notice = $this->network->step('notice');
        $this->assertSame(1, substr_count($notice, 'class="notice'));
        $this->assertStringContainsString('refused the client ID', $notice);
        // And the next one once the first was read.
        $operator = $this->network->step('login', ['user' => 'operator', 'nonces' => []]);
        $this->network->page((string) $this->dismissLink($operator['cookies']), $operator['cookies']);
        $this->assertStringContainsString('Not valid domain names', $this->network->step('notice'));
    }

    public function testOnlyAnOperatorWithAFreshNonceDismisses(): void
    {
        $this->network->configure($this->network->lines()[0]);
        $operator = $this->network->step('login', ['user' => 'operator', 'nonces' => ['serverpilot_dismiss']]);
        $dismiss = (string) $this->dismissLink($operator['cookies']);
        $bare = (string) preg_replace('/&_wpnonce=\w+/', '', $dismiss);
        foreach ([$bare, "$bare&_wpnonce=0123456789"] as $without) {
            [$status] = $this->network->page($without, $operator['cookies']);
            $this->assertSame(403, $status);
        }
        foreach (['subscriber', 'siteadmin'] as $user) {
            $stranger = $this->network->step('login', ['user' => $user, 'nonces' => ['serverpilot_dismiss']]);
            $this->network->page("$bare&_wpnonce={$stranger['nonces']['serverpilot_dismiss']}", $stranger['cookies']);
        }
        // What is not the case cannot be dismissed.
        $nonce = $operator['nonces']['serverpilot_dismiss'];
        $this->network->page(self::EDIT . "&cause=made-up&_wpnonce=$nonce", $operator['cookies']);
        $this->network->page(self::EDIT . "&cause[]=x&_wpnonce=$nonce", $operator['cookies']);
        $this->assertSame([], $this->network->step('user_meta', ['key' => 'serverpilot_dismissed']));
        $this->network->page($dismiss, $operator['cookies']);
        $this->assertCount(1, $this->network->step('user_meta', ['key' => 'serverpilot_dismissed']));
        // And the plugin leaves nothing of it.
        $this->assertSame([[], [], [], [], []], $this->network->step('uninstall'));
    }

    public function testItHasRoomForLongNames(): void
    {
        $this->demandThatAnyNameIsMapped();
        $this->start('cli');
        $long = array_map(static fn (int $one) => "bad name $one " . str_repeat('x', 150), range(1, 5));
        $this->network->step('map', ['domains' => $long]);
        $this->runQueue();
        $notice = $this->network->step('notice');
        $this->assertStringContainsString('Not valid domain names: 5 (bad name 1 ', $notice);
        $this->assertStringContainsString('and 4 more', $notice);
        $this->network->step('unmap', ['domains' => $long]);
        $this->network->step('map', ['domains' => ['<script>alert(1)</script>']]);
        $this->runQueue();
        $notice = $this->network->step('notice');
        $this->assertStringContainsString('&lt;script&gt;', $notice);
        $this->assertStringNotContainsString('<script', $notice);
    }

    public function testThePrivacyGuideHasAText(): void
    {
        $this->network->configure($this->network->lines()[0]);
        $text = $this->network->step('privacy');
        $this->assertStringContainsString('are sent to ServerPilot', $text);
        $this->assertStringContainsString('No data of visitors are sent', $text);
    }

    public function testTheRowInPluginsLeadsToThePluginsPage(): void
    {
        $this->start('ffi');
        $login = $this->network->step('login', ['user' => 'operator', 'nonces' => []]);
        [, $body] = $this->network->page('/wp-admin/network/plugins.php', $login['cookies']);
        $this->assertMatchesRegularExpression('#admin\.php\?page=serverpilot">Status and domains</a>#', $body);
    }

    /** @param array<string, string> $cookies */
    private function dismissLink(array $cookies): ?string
    {
        [, $body] = $this->network->page('/wp-admin/network/plugins.php', $cookies);
        return preg_match('#href="[^"]*(/wp-admin/network/edit\.php\?action=serverpilot_dismiss[^"]*)"#', $body, $found) === 1
            ? html_entity_decode($found[1]) : null;
    }
}
