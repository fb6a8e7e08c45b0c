<?php

// What programs are given: the routes of REST and, where this WordPress has them, the abilities. For the network's
// administrators, with a fresh nonce; for nobody else, and nothing is asked of ServerPilot on a stranger's behalf.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class ProgramsTest extends NetworkTestCase
{
    private const READS = ['/status', '/domains', '/domains/shop.com', '/plan', '/check'];
    private const WRITES = ['/sync', '/check', '/domains/shop.com/diagnose', '/decisions'];

    /** @var array<string, string> */
    private array $cookies = [];
    private string $nonce = '';

    public function testStatusAndDomains(): void
    {
        $this->begin();
        [$status, $document] = $this->ask('GET', '/status');
        $this->assertSame([200, 'ok', 3], [$status, $document['severity'], $document['domains']]);
        [$status, $all] = $this->ask('GET', '/domains');
        $this->assertSame([200, 3], [$status, count($all)]);
        $this->assertSame(['network.test', 'shop.com', 'www.shop.com'], array_column($all, 'domain'));
        [, $page] = $this->ask('GET', '/domains', ['per_page' => '2', 'page' => '2']);
        $this->assertSame(['www.shop.com'], array_column($page, 'domain'));
        [, $found] = $this->ask('GET', '/domains', ['search' => 'www', 'group' => $all[2]['group']]);
        $this->assertSame(['www.shop.com'], array_column($found, 'domain'));
        [$status, $one] = $this->ask('GET', '/domains/shop.com');
        $this->assertSame([200, $all[1]], [$status, $one]);
        [$status, $error] = $this->ask('GET', '/domains/stranger.example');
        $this->assertSame([404, 'serverpilot_unknown_domain'], [$status, $error['code']]);
        [$status, $error] = $this->ask('GET', '/domains', ['group' => 'lost']);
        $this->assertSame([400, 'rest_invalid_param'], [$status, $error['code']]);
        [$status] = $this->ask('GET', '/domains', ['per_page' => '1000']);
        $this->assertSame(400, $status);
        $this->assertSame([], $this->fake->asked());
    }

    public function testTheCollectionSaysHowManyThereAre(): void
    {
        $this->begin();
        $headers = $this->network->headers('/index.php?rest_route=/serverpilot/v1/domains&per_page=2', $this->cookies, [
            "X-WP-Nonce: $this->nonce",
        ]);
        $this->assertStringContainsStringIgnoringCase("X-WP-Total: 3\r\n", $headers);
        $this->assertStringContainsStringIgnoringCase("X-WP-TotalPages: 2\r\n", $headers);
        $this->assertStringContainsStringIgnoringCase('Cache-Control: no-cache', $headers);
    }

    public function testPlanAndSync(): void
    {
        $this->begin();
        $this->network->step('map', ['domains' => ['new.com']]);
        [$status, $plan] = $this->ask('GET', '/plan');
        $this->assertSame([200, false, ['new.com', 'www.new.com']], [$status, $plan['changed'], $plan['add']]);
        $this->assertSame(['GET'], $this->fake->asked());
        [$status, $done] = $this->ask('POST', '/sync');
        $this->assertSame([200, true, ['new.com', 'www.new.com']], [$status, $done['changed'], $done['add']]);
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com', 'new.com', 'www.new.com']);
        $this->fake->listening(false);
        [$status, $error] = $this->ask('POST', '/sync');
        $this->assertSame([502, 'serverpilot_sp_err_network'], [$status, $error['code']]);
    }

    public function testChecksRunInTheBackground(): void
    {
        $this->begin();
        [$status, $progress] = $this->ask('POST', '/check', ['domains' => ['shop.com']]);
        $this->assertSame([200, ['running' => true, 'done' => 0, 'total' => 1]], [$status, $progress]);
        $this->assertSame($progress, $this->ask('GET', '/check')[1]);
        $this->runQueue();
        $this->assertFalse($this->ask('GET', '/check')[1]['running']);
        $this->assertNotNull($this->ask('GET', '/domains/shop.com')[1]['checked']);
        $this->assertNull($this->ask('GET', '/domains/www.shop.com')[1]['checked']);
        [$status] = $this->ask('POST', '/check', ['domains' => ['stranger.example']]);
        $this->assertSame(404, $status);
        $this->assertFalse($this->ask('GET', '/check')[1]['running']);
        $this->assertSame(3, $this->ask('POST', '/check')[1]['total']);
    }

    /** One mapping that is no name must not keep all the others from being checked. */
    public function testWhatIsNoNameIsLeftOutOfACheckOfAll(): void
    {
        $this->begin();
        $state = $this->state();
        $state['held'] = ['-no-name-.com' => ['reason' => 'invalid_domain', 'since' => time()]];
        $this->network->step('state', ['write' => json_encode($state)]);
        $this->assertSame(3, $this->ask('POST', '/check')[1]['total']);
        $this->runQueue();
        $this->assertNotNull($this->ask('GET', '/domains/shop.com')[1]['checked']);
        $many = $this->network->wp('check', '--all', '--format=count');
        $this->assertSame('3', trim($many['out']), $many['err']);
    }

    public function testASearchTakesANameAsPeopleWriteIt(): void
    {
        $this->begin();
        $this->network->step('map', ['domains' => ['xn--bcher-kva.example']]);
        foreach (['xn--BCHER', 'bücher', 'BÜCHER'] as $written) {
            $found = $this->ask('GET', '/domains', ['search' => $written])[1];
            $this->assertSame(['xn--bcher-kva.example'], array_column($found, 'domain'), $written);
            $login = $this->cookies;
            [, $page] = $this->network->page(
                '/wp-admin/network/admin.php?page=serverpilot&s=' . rawurlencode($written),
                $login
            );
            $this->assertStringContainsString('value="xn--bcher-kva.example"', $page, $written);
            $this->assertStringNotContainsString('value="shop.com"', $page);
        }
    }

    public function testADiagnosisIsOnlyOfTheNetworksOwn(): void
    {
        $this->begin();
        [$status, $one] = $this->ask('POST', '/domains/shop.com/diagnose');
        $this->assertSame(200, $status);
        $this->assertNotNull($one['cause']);
        $this->assertNotSame('', $one['advice']);
        $this->fake->forget();
        foreach (['stranger.example', '169.254.169.254', '..%2f..'] as $name) {
            [$status] = $this->ask('POST', "/domains/$name/diagnose");
            $this->assertSame(404, $status, $name);
        }
        $this->assertSame([], $this->fake->asked());
    }

    public function testDecisions(): void
    {
        $this->begin();
        [$status, $done] = $this->ask('POST', '/decisions', ['decision' => 'moved']);
        $this->assertSame([200, ['decision' => 'moved']], [$status, $done]);
        [$status, $error] = $this->ask('POST', '/decisions', ['decision' => 'adopt', 'domain' => 'shop.com']);
        $this->assertSame([409, 'serverpilot_not_foreign'], [$status, $error['code']]);
        // Nobody is to change by a slip whose list the app's is.
        [$status, $error] = $this->ask('POST', '/decisions', ['decision' => 'new']);
        $this->assertSame([409, 'serverpilot_no_decision'], [$status, $error['code']]);
        [$status] = $this->ask('POST', '/decisions', ['decision' => 'drop']);
        $this->assertSame(400, $status);
        [$status] = $this->ask('POST', '/decisions');
        $this->assertSame(400, $status);
    }

    public function testTheStatusSaysThatTheLibraryCannotBeReached(): void
    {
        $this->begin();
        $this->network->sapi = 'none';
        [$status, $document] = $this->ask('GET', '/status');
        $this->assertSame([200, 'critical'], [$status, $document['severity'] ?? $document]);
        $this->assertSame('unavailable', $document['problems'][0]['code']);
    }

    /** @dataProvider strangers */
    public function testStrangersGetNothing(string $user, bool $hasNonce): void
    {
        $this->begin($user);
        $this->nonce = $hasNonce ? $this->nonce : '';
        foreach ([['GET', self::READS], ['POST', self::WRITES]] as [$method, $routes]) {
            foreach ($routes as $route) {
                [$status, $body] = $this->ask($method, $route, ['decision' => 'moved']);
                $this->assertContains($status, [401, 403], $route);
                $this->assertStringNotContainsString('shop.com', (string) json_encode($body));
            }
        }
        $this->assertSame([], $this->fake->asked());
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
    }

    /** @return array<string, array{string, bool}> */
    public function strangers(): array
    {
        return [
            'nobody' => ['', false],
            'subscriber' => ['subscriber', true],
            'site administrator' => ['siteadmin', true],
            // As another site's form would send it.
            'operator without a nonce' => ['operator', false],
        ];
    }

    public function testAStaleNonceIsRefused(): void
    {
        $this->begin();
        $this->nonce = '0123456789';
        [$status, $error] = $this->ask('POST', '/sync');
        $this->assertSame([403, 'rest_cookie_invalid_nonce'], [$status, $error['code']]);
        $this->assertSame([], $this->fake->asked());
    }

    public function testAbilitiesAreTheSame(): void
    {
        $this->begin();
        $abilities = $this->network->step('abilities');
        if ($abilities === null) {
            // An older WordPress: the routes of REST are there all the same.
            $this->assertContains('/serverpilot/v1/sync', $this->network->step('registered'));
            return;
        }
        $this->assertSame(
            ['get-status', 'list-domains', 'get-domain', 'preview-sync', 'sync', 'check-domains', 'get-check-progress',
                'diagnose-domain', 'decide'],
            $abilities
        );
        // What a check has seen is remembered; what is removed from the app is gone.
        foreach (['get-status' => [true, false], 'preview-sync' => [true, false], 'check-domains' => [false, false],
            'diagnose-domain' => [false, false], 'sync' => [false, true]] as $name => $expected) {
            $annotations = $this->network->step('annotations', ['name' => $name]);
            $this->assertSame($expected, [$annotations['readonly'], $annotations['destructive']], $name);
        }
        $ability = fn (string $name, mixed $input = null, string $user = 'operator'): mixed
            => $this->network->step('ability', ['name' => $name, 'input' => $input, 'user' => $user]);
        $this->assertSame('ok', $ability('get-status')['severity']);
        $this->assertSame(1, $ability('list-domains', ['search' => 'www'])['total']);
        $this->assertSame('shop.com', $ability('get-domain', ['domain' => 'shop.com'])['domain']);
        $this->assertFalse($ability('preview-sync')['changed']);
        $this->assertSame('ability_invalid_input', $ability('get-domain', ['colour' => 'red'])['error']);
        $this->assertSame('serverpilot_unknown_domain', $ability('get-domain', ['domain' => 'x.example'])['error']);
        $this->assertSame('ability_invalid_permissions', $ability('sync', null, 'siteadmin')['error']);
        $this->assertFalse($ability('sync')['changed']);
    }

    private function begin(string $user = 'operator'): void
    {
        $this->start('ffi');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->fake->forget();
        $login = $user === '' ? ['cookies' => [], 'nonces' => ['wp_rest' => '']]
            : $this->network->step('login', ['user' => $user, 'nonces' => ['wp_rest']]);
        $this->cookies = $login['cookies'];
        $this->nonce = $login['nonces']['wp_rest'];
    }

    /**
     * @param array<string, mixed> $input
     * @return array{int, mixed} Status and document.
     */
    private function ask(string $method, string $route, array $input = []): array
    {
        $headers = $this->nonce === '' ? [] : ["X-WP-Nonce: $this->nonce"];
        $path = "/index.php?rest_route=/serverpilot/v1$route";
        $query = $method === 'GET' && $input !== [] ? '&' . http_build_query($input) : '';
        [$status, $body] = $this->network->page($path . $query, $this->cookies, $method === 'POST' ? $input : null, $headers);
        $this->assertStringNotContainsString('SENTINEL', $body);
        return [$status, json_decode($body, true)];
    }
}
