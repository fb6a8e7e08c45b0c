<?php

// What Ultimate Multisite's own screens say of a domain: its list, the domain's page with its log, the customer's list;
// and its events, of which it makes mails and webhooks.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use RuntimeException;
use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class ScreensTest extends NetworkTestCase
{
    private const SCRIPT = '<script>alert(1)</script>';
    private const NEEDS = 'serverpilot_domain_needs_attention';
    private const OVER = 'serverpilot_domain_recovered';

    /** @dataProvider everywhere */
    public function testTheListAndThePageOfADomainSayHowItStands(string $sapi, string $line): void
    {
        $this->mapped($sapi, $line);
        $this->saw(['valid' => false, 'reason' => 'hostname_mismatch', 'diagnosis' => $this->diagnosis('customer', 'wrong_address')]);
        ['column' => $column, 'box' => $box] = $this->screen();
        $this->assertStringStartsWith('<b>column</b>', $column);
        $this->assertStringContainsString('ServerPilot: DNS points elsewhere', $column);
        $this->assertStringContainsString('/wp-admin/network/admin.php?page=serverpilot&#038;domain=shop.com', $column);
        $facts = ['Who has to act', 'The customer, in their DNS', 'Kind: <bdi>Mapped domain'];
        foreach (['DNS points elsewhere', 'Point it to 192.0.2.1', ...$facts] as $said) {
            $this->assertStringContainsString($said, $box);
        }
        $this->assertStringContainsString('page=serverpilot&#038;domain=shop.com', $box);
        $this->saw(['valid' => true]);
        $this->assertStringContainsString('ServerPilot: Secure', $this->screen()['column']);
    }

    public function testANameIsShownAsPeopleWriteItToo(): void
    {
        $this->start('ffi');
        $this->network->step('map', ['domains' => ['xn--bcher-kva.com']]);
        $this->runQueue();
        $box = $this->network->step('domain_screen', ['domain' => 'xn--bcher-kva.com'])['box'];
        $hasIntl = $this->network->step('has_function', ['name' => 'idn_to_utf8']);
        $this->assertSame($hasIntl, str_contains($box, 'Name: <bdi>bücher.com</bdi>'));
        $this->assertStringContainsString('domain=xn--bcher-kva.com', $box);
    }

    public function testWhatStrangersWroteIsShownAsText(): void
    {
        $this->mapped('ffi', $this->network->lines()[0]);
        $diagnosis = ['advice' => self::SCRIPT, 'evidence' => [['check' => 'dns', 'outcome' => 'bad', 'detail' => self::SCRIPT]]];
        $this->saw(['valid' => false, 'reason' => 'x', 'diagnosis' => $diagnosis + $this->diagnosis('customer', 'wrong_address')]);
        $shown = $this->screen();
        $this->assertSame(2, substr_count($shown['box'], esc(self::SCRIPT)));
        $this->assertStringNotContainsString('<script', implode($shown['row']['serverpilot']) . $shown['box'] . $shown['column']);
    }

    public function testOnlyANetworkAdministratorSeesMoreThanTheCustomersSentence(): void
    {
        $this->mapped('cli', $this->network->lines()[0]);
        foreach ([2, 3] as $user) {
            $shown = $this->screen($user);
            $this->assertSame('<b>column</b>', $shown['column']);
            $this->assertStringNotContainsString('serverpilot', $shown['box']);
        }
    }

    /**
     * @dataProvider customers
     * @param array<string, mixed>|null $check
     */
    public function testTheCustomerIsToldWhatToSetOrToWait(?array $check, ?string $cause, string $sentence): void
    {
        $this->mapped('ffi', $this->network->lines()[0]);
        if ($check !== null) {
            $move = $cause === 'https_closed' ? 'operator' : 'customer';
            $this->saw($check + ($cause === null ? [] : ['diagnosis' => $this->diagnosis($move, $cause)]));
        }
        $row = $this->screen(2)['row'];
        $this->assertSame(['value' => 'Primary'], $row['primary']);
        $this->assertSame($sentence, $row['serverpilot']['value'] ?? '');
    }

    /** @return array<string, array{array<string, mixed>|null, string|null, string}> */
    public function customers(): array
    {
        $wait = 'No action needed: this domain is being set up and becomes secure automatically.';
        $bad = ['valid' => false, 'reason' => 'hostname_mismatch'];
        return [
            'never checked' => [null, null, $wait],
            'a certificate is on its way' => [$bad, null, $wait],
            'secure' => [['valid' => true], null, ''],
            'a wrong address' => [$bad, 'wrong_address', 'Point it to 192.0.2.1.'],
            'a www that leads elsewhere' => [
                $bad,
                'www_elsewhere',
                'At your DNS provider, point www.shop.com to the same address as shop.com.',
            ],
            'no DNS' => [
                ['valid' => null, 'reason' => 'dns_failure', 'dns' => 'no_such_name'],
                null,
                'At your DNS provider, set an A record for shop.com with the address that you were given for it. It is '
                    . 'checked again automatically.',
            ],
            'the operator has to act' => [
                $bad,
                'https_closed',
                'No action needed on your side: the network&#039;s administrator sees to this domain.',
            ],
        ];
    }

    /** @dataProvider everywhere */
    public function testTheLogOfADomainHasALineForEachChange(string $sapi, string $line): void
    {
        $this->mapped($sapi, $line);
        // Ultimate Multisite's own lines are there, too.
        $log = $this->network->domainLog('shop.com');
        $this->assertSame(1, substr_count($log, 'ServerPilot: '), $log);
        $this->saw(['valid' => true]);
        $this->network->step('sync');
        $this->network->step('sync');
        $log = $this->network->domainLog('shop.com');
        $this->assertSame(2, substr_count($log, 'ServerPilot: '), $log);
        $this->assertStringContainsString('ServerPilot: Secure.', $log);
        $this->assertStringNotContainsString('ServerPilot', $this->network->domainLog('www.shop.com'));
    }

    public function testANameThatIsNoNameHasNoLog(): void
    {
        $this->demandThatAnyNameIsMapped();
        $this->start('ffi');
        $this->network->step('map', ['domains' => ['../../shop.com', 'bad name.com', self::SCRIPT]]);
        $this->runQueue();
        $this->assertSame([], glob($this->network->environment['run'] . '/log/um-domain-*'));
        $this->assertStringNotContainsString('<script', (string) json_encode($this->network->events()));
    }

    /** @dataProvider lines */
    public function testTheWizardSaysWhatIsDoneAndShowsSentences(string $line): void
    {
        $this->start('ffi', $line);
        $lines = $this->network->step('explainer');
        $this->assertStringContainsString('Keep the domain list of your ServerPilot app in sync', $lines['will'][0]);
        $this->assertContains('Touch a custom certificate', $lines['will_not']);
        // One module, and it still does the work.
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
        $this->assertNull($this->network->step('read_option', ['name' => 'test_builtin_calls']));
        $cases = [
            'ServerPilot answered' => [],
            'refused the client ID' => ['WU_SERVER_PILOT_API_KEY' => 'wrong'],
            'credentials are missing: WU_SERVER_PILOT_APP_ID' => ['WU_SERVER_PILOT_APP_ID' => null],
        ];
        foreach ($cases as $sentence => $constants) {
            $this->network->configure($line, ['constants' => $constants]);
            $login = $this->network->step('login', ['user' => 'operator', 'nonces' => []]);
            $form = ['action' => 'wu_test_hosting_integration', 'integration' => 'serverpilot'];
            [$status, $body] = $this->network->page('/wp-admin/admin-ajax.php', $login['cookies'], $form);
            $this->assertSame(200, $status);
            // A text is shown as it is; anything else as JSON, and by a 403 nothing.
            $answer = json_decode($body, true);
            $this->assertSame($constants === [], $answer['success']);
            $this->assertIsString($answer['data']);
            $this->assertStringContainsString($sentence, $answer['data']);
        }
    }

    /** @dataProvider everywhere */
    public function testADomainThatNeedsSomebodyIsToldOnceAndItsEndOnce(string $sapi, string $line): void
    {
        $this->mapped($sapi, $line);
        $this->assertSame([], $this->network->events());
        $this->assertContains(self::NEEDS, $this->network->step('event_types'));
        $this->saw(['valid' => false, 'reason' => 'x', 'diagnosis' => $this->diagnosis('operator', 'https_closed')]);
        $this->network->step('sync');
        $this->network->step('sync');
        // Two nodes at once.
        $this->network->steps(2, 'sync');
        $events = $this->network->events();
        $this->assertSame([self::NEEDS], array_column($events, 'slug'));
        $this->assertSame('shop.com', $events[0]['domains']);
        $this->assertSame('Not secure', $events[0]['problem']);
        $this->assertSame('Point it to 192.0.2.1.', $events[0]['advice']);
        $this->assertStringEndsWith('page=serverpilot&domain=shop.com', $events[0]['url']);
        $this->assertGreaterThan(0, $events[0]['object_id']);
        $this->saw(['valid' => true]);
        $this->network->step('sync');
        $this->network->steps(2, 'sync');
        $this->assertSame([self::NEEDS, self::OVER], array_column($this->network->events(), 'slug'));
    }

    public function testWhatDomainsHaveInCommonIsToldInOne(): void
    {
        $this->start('cli');
        $names = ['one.com', 'two.com', 'three.com'];
        $this->network->step('map', ['domains' => $names]);
        $this->runQueue();
        foreach ($names as $name) {
            $this->saw(['valid' => false, 'reason' => 'x', 'diagnosis' => $this->diagnosis('operator', 'https_closed')], $name);
        }
        $this->network->step('sync');
        $events = $this->network->events();
        $this->assertCount(1, $events);
        $this->assertSame(3, $events[0]['count']);
        $this->assertSame('one.com, two.com, three.com', $events[0]['domains']);
    }

    /** Thousands of names that do not fit would be thousands of log files, and an event longer than a mail. */
    public function testOfManyDomainsAsManyAreNamedAsAnAppHolds(): void
    {
        $this->demandThatAnyNameIsMapped();
        $this->start('cli');
        $names = array_map(static fn (int $n): string => "bad_name$n.com", range(1, 310));
        $this->network->step('map', ['domains' => $names]);
        $this->runQueue();
        [$event] = $this->network->events();
        $this->assertSame(310, $event['count']);
        $this->assertSame(array_slice($names, 0, 300), explode(', ', $event['domains']));
    }

    /** @dataProvider bothSapis */
    public function testAListenerThatFailsDoesNotFailTheSync(string $sapi, string $line): void
    {
        $this->mapped($sapi, $line);
        $this->network->configure($line, ['events_fail' => true]);
        $this->saw(['valid' => false, 'reason' => 'x', 'diagnosis' => $this->diagnosis('operator', 'https_closed')]);
        $this->assertSame('', trim((string) $this->network->step('sync')));
        $this->assertNull($this->state()['failure']);
        $this->assertStringContainsString('Telling that domains need somebody was interrupted', $this->network->log());
    }

    public function testAProcessThatDiesWhileItTellsLeavesNothingToTellTwice(): void
    {
        $line = $this->network->lines()[0];
        $this->mapped('cli', $line);
        $this->network->configure($line, ['events_die' => true]);
        $this->saw(['valid' => false, 'reason' => 'x', 'diagnosis' => $this->diagnosis('operator', 'https_closed')]);
        try {
            $this->network->step('sync');
            $this->fail('it lives');
        } catch (RuntimeException) {
            // As it was killed.
        }
        $this->network->configure($line);
        $this->network->step('sync');
        $this->assertSame([self::NEEDS], array_column($this->network->events(), 'slug'));
    }

    public function testACopyTellsNothing(): void
    {
        $line = $this->network->lines()[0];
        $this->mapped('cli', $line);
        $this->saw(['valid' => false, 'reason' => 'x', 'diagnosis' => $this->diagnosis('operator', 'https_closed')]);
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_APP_ID' => 'Another1']]);
        $this->network->step('sync');
        $this->assertSame([], $this->network->events());
    }

    private function mapped(string $sapi, string $line): void
    {
        $this->start($sapi, $line);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
    }

    /** @param array<string, mixed> $check */
    private function saw(array $check, string $domain = 'shop.com'): void
    {
        $this->network->step('remember_check', ['domain' => $domain, 'check' => $check]);
    }

    /** @return array<string, mixed> */
    private function diagnosis(string $move, string $cause): array
    {
        return ['at' => time(), 'cause' => $cause, 'move' => $move, 'advice' => 'Point it to 192.0.2.1.', 'evidence' => []];
    }

    /** @return array{column: string, box: string, row: array<string, mixed>} */
    private function screen(int $user = 1): array
    {
        return $this->network->step('domain_screen', ['domain' => 'shop.com', 'user' => $user]);
    }
}

function esc(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES);
}
