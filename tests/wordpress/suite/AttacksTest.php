<?php

// Every action of the plugin, asked for by whom it is not for, without a nonce and with a stale one:
// nothing is asked of ServerPilot and nothing is shown.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class AttacksTest extends NetworkTestCase
{
    private const NONCES = ['serverpilot_act', 'health-check-site-status'];

    private const ACTIONS = ['plan', 'sync', 'check', 'check_all', 'moved', 'new', 'ignore', 'allow', 'adopt'];

    private const PAGE = '/wp-admin/network/admin.php?page=serverpilot';
    private const AJAX = '/wp-admin/admin-ajax.php';

    /** @dataProvider strangers */
    public function testStrangersGetNothing(string $user): void
    {
        $this->start('ffi');
        $login = $user === '' ? ['cookies' => [], 'nonces' => array_fill_keys(self::NONCES, 'x')]
            : $this->network->step('login', ['user' => $user, 'nonces' => self::NONCES]);
        foreach (self::ACTIONS as $do) {
            [$status, $body] = $this->network->page(
                self::PAGE,
                $login['cookies'],
                ['_wpnonce' => $login['nonces']['serverpilot_act'], 'do' => $do]
            );
            $this->assertNotSame(200, $status);
            $this->assertStringNotContainsString('AutoSSL', $body);
        }
        foreach (
            [['action' => 'health-check-serverpilot-connection',
                '_wpnonce' => $login['nonces']['health-check-site-status']],
            ['action' => 'wu_test_hosting_integration', 'integration' => 'serverpilot']] as $form
        ) {
            [$status, $body] = $this->network->page(self::AJAX, $login['cookies'], $form);
            $this->assertNotSame(200, $status, $body);
        }
        $this->assertSame([], $this->fake->asked());
    }

    /** @return array<string, array{string}> */
    public function strangers(): array
    {
        return ['nobody' => [''], 'subscriber' => ['subscriber'], 'site administrator' => ['siteadmin']];
    }

    /** @dataProvider badNonces */
    public function testAnOperatorWithoutAFreshNonceGetsNothing(?string $nonce): void
    {
        $this->start('ffi');
        $login = $this->network->step('login', ['user' => 'operator', 'nonces' => self::NONCES]);
        $with = $nonce === null ? [] : ['_wpnonce' => $nonce];
        foreach (self::ACTIONS as $do) {
            [$status] = $this->network->page(self::PAGE, $login['cookies'], $with + ['do' => $do]);
            $this->assertSame(403, $status);
        }
        $form = $with + ['action' => 'health-check-serverpilot-connection'];
        [$status] = $this->network->page(self::AJAX, $login['cookies'], $form);
        $this->assertSame(403, $status);
        $this->assertSame([], $this->fake->asked());
    }

    /** @return array<string, array{string|null}> */
    public function badNonces(): array
    {
        // The stale one is what WordPress gave out for this action two days ago, to somebody else.
        return ['none' => [null], 'made up' => ['0123456789'], 'stale' => ['5f2b1c9d7e']];
    }

    public function testANonceOfYesterdayIsStale(): void
    {
        $this->start('ffi');
        $login = $this->network->step('login', ['user' => 'operator', 'nonces' => self::NONCES, 'days_ago' => 2]);
        $form = ['_wpnonce' => $login['nonces']['serverpilot_act'], 'do' => 'sync'];
        [$status] = $this->network->page(self::PAGE, $login['cookies'], $form);
        $this->assertSame(403, $status);
        $this->assertSame([], $this->fake->asked());
    }

    public function testAnotherSitesPageCannotAskInAnOperatorsName(): void
    {
        $this->start('ffi');
        $login = $this->network->step('login', ['user' => 'operator', 'nonces' => self::NONCES]);
        $form = ['action' => 'wu_test_hosting_integration', 'integration' => 'serverpilot'];
        [$status] = $this->network->page(self::AJAX, $login['cookies'], $form, ['Origin: https://evil.example']);
        $this->assertSame(403, $status);
        $this->assertSame([], $this->fake->asked());
        [$status, $body] = $this->network->page(self::AJAX, $login['cookies'], $form, ['Origin: http://network.test']);
        $this->assertSame(200, $status);
        $this->assertTrue(json_decode($body, true)['success'] ?? null, $body);
    }

    /** PHP would complain of a list that is read as a text, in a file that any subscriber may fill so. */
    public function testOddInputLeavesNoNotice(): void
    {
        $this->start('ffi');
        $subscriber = $this->network->step('login', ['user' => 'subscriber', 'nonces' => []]);
        $form = ['action' => 'wu_test_hosting_integration', 'integration[]' => 'serverpilot'];
        $this->network->page(self::AJAX, $subscriber['cookies'], $form);
        $operator = $this->network->step('login', ['user' => 'operator', 'nonces' => self::NONCES]);
        $form = ['_wpnonce' => $operator['nonces']['serverpilot_act'], 'do[]' => 'sync'];
        [$status] = $this->network->page(self::PAGE, $operator['cookies'], $form + ['name[]' => 'x', 'names' => 'x']);
        $this->assertSame(302, $status);
        $view = '&domain[]=x&group[]=x&s[]=x&paged[]=x&orderby[]=x&view[]=x';
        [$status] = $this->network->page(self::PAGE . $view, $operator['cookies']);
        $this->assertSame(200, $status);
        $this->assertSame([], $this->network->complaints());
    }

    /** @dataProvider lines */
    public function testTheWizardsTestShowsTheLibrarysMessageAndNoSecret(string $line): void
    {
        $this->start('ffi', $line);
        $this->fake->fault(['kind' => 'echo_secrets', 'on' => 'read', 'times' => 9]);
        $login = $this->network->step('login', ['user' => 'operator', 'nonces' => self::NONCES]);
        $form = ['action' => 'wu_test_hosting_integration', 'integration' => 'serverpilot'];
        [, $body] = $this->network->page(self::AJAX, $login['cookies'], $form);
        $this->assertStringNotContainsString('SENTINEL', $body);
        $this->assertStringNotContainsString('Could not connect', $body);
        $this->assertFalse(json_decode($body, true)['success'] ?? null, $body);
    }
}
