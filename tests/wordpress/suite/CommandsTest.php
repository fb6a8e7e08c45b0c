<?php

// wp serverpilot …, as operators and monitoring use it: what is printed in each format, with what it ends, what it
// refuses, and that a dry run is one. Under the real WP-CLI where WP_CLI_PHAR names it.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class CommandsTest extends NetworkTestCase
{
    public function testStatusIsForMonitoring(): void
    {
        $line = $this->network->lines()[0];
        $this->network->configure($line);
        $this->assertSame([3, 'unknown'], $this->severity());
        $this->start('cli', $line);
        $this->assertSame([0, 'ok'], $this->severity());
        // A newer Ultimate Multisite maps no such name; what an older one took is still in its table.
        $this->network->step('map_past_the_cache', ['domain' => 'not a name.com']);
        $this->network->wp('sync');
        $this->assertSame([1, 'warning'], $this->severity());
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $failed = $this->network->wp('sync');
        $this->assertSame(1, $failed['code']);
        $this->assertStringContainsString('refused the client ID', $failed['err']);
        $this->assertSame([2, 'critical'], $this->severity());
        $status = $this->network->wp('status');
        $this->assertSame(2, $status['code']);
        $this->assertStringContainsString('2 domains: ', $status['out']);
        $this->assertMatchesRegularExpression('/^Warning: .*\[SP_ERR_AUTH\]$/m', $status['err']);
    }

    public function testWhatCannotBeReadEndsAlikeInEveryFormat(): void
    {
        $this->start('cli');
        $this->network->step('state', ['write' => '{"version":1}']);
        foreach ([[], ['--format=json'], ['--field=severity']] as $arguments) {
            $status = $this->network->wp('status', ...$arguments);
            $this->assertSame([2, ''], [$status['code'], $status['out']], implode($arguments));
            $this->assertMatchesRegularExpression('/^Warning: .*\[state_unreadable\]$/m', $status['err']);
        }
    }

    public function testStatusIsOneDocument(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $prose = $this->network->wp('status')['out'];
        $this->assertStringContainsString("\nDomains in the app: 3 of 300. At the ", $prose);
        $status = $this->json('status', '--format=json');
        $this->assertSame(3, $status['domains']);
        $this->assertSame(['count' => 3, 'limit' => 300], array_intersect_key(
            $status['limits']['app'],
            ['count' => 1, 'limit' => 1]
        ));
        $this->assertSame([], $status['problems']);
        $this->assertMatchesRegularExpression('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/', $status['last_success']);
        $this->assertSame(['severity' => 'ok'], $this->json('status', '--format=json', '--fields=severity'));
        $this->assertSame("ok\n", $this->network->wp('status', '--field=severity')['out']);
        foreach (['table', 'csv', 'yaml'] as $format) {
            $out = $this->network->wp('status', "--format=$format", '--fields=severity,managed')['out'];
            $this->assertMatchesRegularExpression('/severity\W+ok/', $out, $format);
            $this->assertMatchesRegularExpression('/managed\W+2\b/', $out, $format);
        }
        $this->refused(['status', '--field=nothing'], 'Unknown field: nothing');
        $this->refused(['status', '--format=count'], 'format');
    }

    public function testListShowsEveryDomain(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com', 'cafe.example']]);
        $this->runQueue();
        $this->fake->forget();
        $all = $this->json('list', '--format=json');
        $names = ['network.test', 'shop.com', 'cafe.example', 'www.shop.com', 'www.cafe.example'];
        $this->assertSame($names, array_column($all, 'domain'));
        $this->assertSame(['network', 'mapped', 'mapped', 'www', 'www'], array_column($all, 'kind'));
        $this->assertSame(
            ['domain', 'kind', 'owner', 'group', 'state', 'whose_move', 'since', 'dns', 'valid', 'reason', 'issuer',
                'expires', 'days_left', 'cause', 'advice', 'checked', 'next_check'],
            array_keys($all[1])
        );
        $this->assertSame("5", trim($this->network->wp('list', '--format=count')['out']));
        $this->assertSame("0", trim($this->network->wp('list', '--format=count', '--group=secure')['out']));
        $this->assertSame(
            "shop.com\nwww.shop.com\n",
            $this->network->wp('list', '--search=SHOP', '--field=domain')['out']
        );
        $csv = $this->network->wp('list', '--format=csv', '--fields=domain,kind', '--search=cafe')['out'];
        $this->assertSame("domain,kind\ncafe.example,mapped\nwww.cafe.example,www\n", $csv);
        $this->assertStringContainsString('domain: cafe.example', str_replace(
            '"',
            '',
            $this->network->wp('list', '--format=yaml', '--search=cafe')['out']
        ));
        $this->assertSame([], $this->fake->asked());
        $this->refused(['list', '--group=lost'], 'group');
        $this->refused(['list', '--state=lost'], 'state');
        $this->refused(['list', '--format=count', '--state=nodns'], 'state');
        $this->refused(['list', '--fields=domain,colour'], 'Unknown field: colour');
        $this->refused(['list', '--colour'], 'colour');
        $this->refused(['list', 'shop.com'], '');
    }

    /** While a certificate is waited for, that is looked for more often than the list is compared. */
    public function testTheNextSyncIsTheSameEverywhere(): void
    {
        $this->start('ffi');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        [$sync, $check] = [$this->state()['nextAt'], $this->state()['checkAt']];
        $this->assertGreaterThan(0, $check);
        $this->assertLessThan($sync, $check);
        $status = $this->json('status', '--format=json', '--fields=next_sync,next_certificate_check');
        $this->assertSame($sync, strtotime($status['next_sync']));
        $this->assertSame($sync, strtotime($this->network->step('debug_information')[0]['next_sync']['debug']));
        $login = $this->network->step('login', ['user' => 'operator', 'nonces' => []]);
        [, $page] = $this->network->page('/wp-admin/network/admin.php?page=serverpilot', $login['cookies']);
        $this->assertMatchesRegularExpression('~<dt>Next sync</dt><dd[^>]*>in (1 day|2\d hours)</dd>~', $page);
        $this->assertMatchesRegularExpression('~<dt>Next certificate check</dt><dd[^>]*>in \d+ (sec|min)~', $page);
    }

    public function testADomainThatNeedsTheOperatorIsNotAllWell(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertSame([0, 'ok'], $this->severity());
        $old = ['valid' => false, 'since' => time() - 3 * 86400, 'isListed' => true];
        $this->network->step('remember_check', ['domain' => 'shop.com', 'check' => $old]);
        $this->assertSame([1, 'warning'], $this->severity());
        $this->assertStringContainsString('1 needs you', $this->network->wp('status')['out']);
        $login = $this->network->step('login', ['user' => 'operator', 'nonces' => []]);
        [, $page] = $this->network->page('/wp-admin/network/admin.php?page=serverpilot', $login['cookies']);
        $this->assertMatchesRegularExpression('~class="notice notice-warning[^>]*><p>1 domain needs you~', $page);
    }

    public function testNoDomainIsCalledRemovedWhileNothingIsSynced(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $listed = fn (): array => array_map(
            static fn (array $one): string => "{$one['domain']} {$one['kind']} {$one['state']}",
            $this->json('list', '--format=json')
        );
        $before = $listed();
        $this->assertContains('shop.com mapped waiting_certificate', $before);
        $this->network->configure($this->network->lines()[0], ['constants' => ['WU_SERVER_PILOT_API_KEY' => null]]);
        $this->assertSame($before, $listed());
    }

    public function testADryRunChangesNothing(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $before = $this->state();
        $changes = [
            ['change' => 'add', 'domain' => 'shop.com', 'reason' => ''],
            ['change' => 'add', 'domain' => 'www.shop.com', 'reason' => ''],
        ];
        $this->assertSame($changes, $this->json('plan', '--format=json'));
        $this->assertSame($changes, $this->json('sync', '--dry-run', '--format=json'));
        $this->assertSame('2', trim($this->network->wp('sync', '--format=count', '--dry-run')['out']));
        $shown = $this->network->wp('sync', '--dry-run');
        $this->assertStringContainsString("add\tshop.com", $shown['out']);
        $this->assertStringContainsString('Nothing was changed.', $shown['out']);
        $this->assertSame($before, $this->state());
        $this->assertSame(['GET', 'GET', 'GET', 'GET'], $this->fake->asked());
        $this->assertDomains(['network.test']);
        foreach ([['sync', '--dryrun'], ['sync', '--dry-run', '--force'], ['plan', '--dry-run']] as $typo) {
            $this->refused($typo, 'unknown --');
        }
        $this->assertDomains(['network.test']);
        $this->assertSame($changes, $this->json('sync', '--format=json'));
        $this->assertSame([], $this->json('sync', '--format=json'));
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
        $again = $this->network->wp('sync');
        $this->assertSame("Success: Nothing to do: the app is in sync.\n", $again['out']);
    }

    public function testChecksAreForMonitoring(): void
    {
        $this->start('cli');
        $check = $this->network->wp('check', 'shop.invalid', '--format=json');
        $this->assertSame(3, $check['code'], $check['err']);
        [$one] = json_decode($check['out'], true);
        $this->assertSame(['shop.invalid', null, 'dns_failure'], [$one['domain'], $one['valid'], $one['reason']]);
        // The fake's own certificate is of an authority of its own, so no browser would trust it.
        $port = (string) parse_url($this->network->environment['fake']['api'], PHP_URL_PORT);
        $to = ["--connect-to=127.0.0.1:$port", '--timeout=5'];
        $check = $this->network->wp('check', 'network.test', '--fields=domain,valid', '--format=csv', ...$to);
        $this->assertSame([2, "domain,valid\nnetwork.test,false\n"], [$check['code'], $check['out']], $check['err']);
        $check = $this->network->wp('check', 'localhost.invalid', '127.0.0.1', '--field=reason', "--port=$port");
        $this->assertSame(3, $check['code']);
        $many = $this->network->wp('check', '--all', '--format=count');
        $this->assertSame('1', trim($many['out']));
        $this->assertStringContainsString('--all', $this->network->wp('check')['err']);
        $this->refused(['check', 'shop.com', '--warn-days=soon'], '--warn-days takes a whole number');
        $this->refused(['check', 'shop.com', '--allow-adress=10.0.0.1'], 'allow-adress');
        $wrong = $this->network->wp('check', 'shop.com', '--allow-address=everything');
        $this->assertSame(3, $wrong['code']);
        $this->assertStringContainsString('allow_addresses', $wrong['err']);
    }

    public function testCertificatesAreCheckedWithoutCredentials(): void
    {
        $this->network->configure($this->network->lines()[0], ['constants' => ['WU_SERVER_PILOT_API_KEY' => null]]);
        $check = $this->network->wp('check', 'shop.invalid', '--field=reason');
        $this->assertSame([3, "dns_failure\n"], [$check['code'], $check['out']], $check['err']);
    }

    public function testDiagnoseSaysWhoseMoveItIs(): void
    {
        $this->start('cli');
        $diagnose = $this->network->wp('diagnose', 'shop.invalid');
        $this->assertSame(1, $diagnose['code']);
        $this->assertStringContainsString('Who has to act: The customer, in their DNS.', $diagnose['out']);
        $this->assertSame("customer\n", $this->network->wp('diagnose', 'shop.invalid', '--field=whose_move')['out']);
        $document = json_decode($this->network->wp('diagnose', 'shop.invalid', '--format=json')['out'], true);
        $this->assertNotEmpty($document['evidence']);
        foreach ($document['evidence'] as $evidence) {
            $this->assertNotSame(['', '', ''], [$evidence['check'], $evidence['outcome'], $evidence['detail']]);
        }
        $this->refused(['diagnose'], 'usage');
        $this->fake->listening(false);
        $this->assertSame(3, $this->network->wp('diagnose', '')['code']);
    }

    public function testAutosslSaysWhyItIsNotOn(): void
    {
        $this->fake->settings(['issue_after_s' => 3600]);
        $this->start('cli');
        $pending = $this->network->wp('autossl');
        $this->assertSame(1, $pending['code']);
        $this->assertStringContainsString('Pending', $pending['err']);
        $this->fake->advance(7200);
        $on = $this->network->wp('autossl');
        $this->assertSame(0, $on['code'], $on['err']);
        $this->assertStringStartsWith('Success: on', $on['out']);
    }

    /** The command line of this network may use FFI, so nothing is to be made faster. */
    public function testTheDoctorSaysHowPhpReachesTheLibrary(): void
    {
        $checks = $this->json('doctor', '--format=json');
        $this->assertSame(['code', 'level', 'message', 'details'], array_keys($checks[0]));
        $checks = array_column($checks, null, 'code');
        $this->assertSame(PHP_VERSION, $checks['php']['details']['version']);
        $this->assertSame('good', $checks['library_beside']['level']);
        $this->assertSame('This PHP calls the library directly.', $checks['way_inside']['message']);
        $table = $this->network->wp('doctor')['out'];
        $this->assertMatchesRegularExpression('/good\W+This PHP calls the library directly\./', $table);
        $codes = $this->network->wp('doctor', '--field=code')['out'];
        $this->assertSame(count($checks), substr_count($codes, "\n"));
        $this->assertSame((string) count($checks), trim($this->network->wp('doctor', '--format=count')['out']));
        foreach (['csv', 'yaml'] as $format) {
            $out = $this->network->wp('doctor', "--format=$format", '--fields=code,level')['out'];
            $this->assertMatchesRegularExpression('/way_inside\W+(level\W+)?good/', $out, $format);
        }
        $this->refused(['doctor', '--fields=cure'], 'Unknown field: cure');
        // Without its helper program the release is broken only where PHP needs it.
        $helpers = glob($this->network->environment['site'] . '/wp-content/plugins/*/lib/*/serverpilot-helper');
        $this->assertCount(1, $helpers);
        rename($helpers[0], "$helpers[0].away");
        try {
            $missing = array_column($this->json('doctor', '--format=json'), null, 'code')['helper_missing'];
        } finally {
            rename("$helpers[0].away", $helpers[0]);
        }
        $this->assertSame('note', $missing['level']);
        $this->assertStringContainsString($helpers[0], $missing['message']);
    }

    public function testDecisionsTakeWhatThereIs(): void
    {
        $this->start('cli');
        $this->refused(['network', 'elsewhere'], 'Invalid value');
        $this->refused(['network'], 'usage');
        $this->refused(['adopt', 'shop.com'], 'not one that is mapped here');
        $moved = $this->network->wp('network', 'moved');
        $this->assertSame([0, "Success: Decided. The next sync goes by it.\n"], [$moved['code'], $moved['out']]);
        $this->assertSame(0, $this->network->wp('retry')['code']);
    }

    /** @return array{int, string} What status ends with, and the severity it tells. */
    private function severity(): array
    {
        $status = $this->network->wp('status', '--format=json');
        return [$status['code'], json_decode($status['out'], true)['severity']];
    }

    /** @return array<mixed> */
    private function json(string ...$argv): array
    {
        $ran = $this->network->wp(...$argv);
        $this->assertSame(0, $ran['code'], $ran['err'] . $ran['out']);
        $this->assertStringNotContainsString('SENTINEL', $ran['out'] . $ran['err']);
        return json_decode($ran['out'], true, 16, JSON_THROW_ON_ERROR);
    }

    /** @param list<string> $argv */
    private function refused(array $argv, string $why): void
    {
        $ran = $this->network->wp(...$argv);
        $this->assertSame(1, $ran['code'], implode(' ', $argv) . ": $ran[out]");
        $this->assertStringContainsString($why, $ran['err'] . $ran['out']);
    }
}
