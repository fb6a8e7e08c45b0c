<?php

/*
 * The promises of the product, through the typed client, against a fake ServerPilot: in this process and in the
 * helper program, with the same outcome. Must not inspect either; it sees only requests and results.
 */

declare(strict_types=1);

namespace ServerPilotTests\Integration;

use Closure;
use ServerPilot\Configuration;
use ServerPilot\Exception\RuleException;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Exception\ServiceException;
use ServerPilot\Exception\TransportException;
use ServerPilot\Exception\UsageException;
use ServerPilot\ServerPilot;
use ServerPilotTests\Support\Builds;
use ServerPilotTests\Support\FakeServerPilotTestCase;

final class BothLibrariesTest extends FakeServerPilotTestCase
{
    /** @dataProvider libraries */
    public function testTheVersionIsTheLibrarys(string $library): void
    {
        self::assertMatchesRegularExpression('/^\d+\.\d+\.\d+/', (string) self::client($library)->version());
        self::assertSame([], self::fake()->requests());
    }

    /** @dataProvider libraries */
    public function testANewNameCostsTwoRequestsOnOneConnection(string $library): void
    {
        $result = self::client($library)->syncDomain('shop.example.org');
        self::assertTrue($result->changed);
        self::assertSame(['shop.example.org'], $result->added);
        self::assertSame(['yes', 2], [$result->applied, $result->requests]);
        self::assertSame([2, 300], [$result->domainCount, $result->domainLimit]);
        self::assertEqualsCanonicalizing([self::NETWORK, 'shop.example.org'], self::fake()->domains());
        $requests = self::fake()->requests();
        self::assertSame(['GET', 'POST'], array_column($requests, 'method'));
        self::assertCount(1, array_unique(array_column($requests, 'connection')));
    }

    /** @dataProvider libraries */
    public function testANameThatIsThereCostsOneRequestAndIsNotWritten(string $library): void
    {
        self::fake()->set(['domains' => [self::NETWORK, 'shop.example.org']]);
        $result = self::client($library)->syncDomain(" SHOP.Example.org.\n");
        self::assertFalse($result->changed);
        self::assertSame([[], ['shop.example.org']], [$result->added, $result->unchanged]);
        self::assertSame(['GET'], array_column(self::fake()->requests(), 'method'));
    }

    /** @dataProvider libraries */
    public function testWwwComesAlongForARegistrableName(string $library): void
    {
        $client = self::client($library);
        self::assertSame(['bakery.co.uk', 'www.bakery.co.uk'], $client->syncDomain('bakery.co.uk')->added);
        self::assertSame(['b.org'], $client->syncDomain('b.org', ServerPilot::WWW_NEVER)->added);
        $always = $client->syncDomain('shop.b.org', ServerPilot::WWW_ALWAYS)->added;
        self::assertSame(['shop.b.org', 'www.shop.b.org'], $always);
        self::assertSame(['xn--bcher-kva.example'], $client->syncDomain('bücher.example', 2)->added);
    }

    /** @dataProvider libraries */
    public function testANameIsRemovedFromTheMiddle(string $library): void
    {
        self::fake()->set(['domains' => [self::NETWORK, 'a.org', 'www.a.org', 'z.org']]);
        $result = self::client($library)->removeDomain('a.org', ServerPilot::WWW_NEVER);
        self::assertSame(['a.org'], $result->removed);
        $write = self::fake()->requests()[1];
        self::assertSame(['domains'], array_keys($write['body']));
        self::assertTrue(array_is_list($write['body']['domains']), 'a JSON array, whatever was removed from it');
        self::assertEqualsCanonicalizing([self::NETWORK, 'www.a.org', 'z.org'], $write['body']['domains']);
        self::assertEqualsCanonicalizing([self::NETWORK, 'www.a.org', 'z.org'], self::fake()->domains());
    }

    /** @dataProvider libraries */
    public function testManyNamesAreOneWrite(string $library): void
    {
        self::fake()->set(['domains' => [self::NETWORK, 'old.org', 'strangers.org']]);
        $desired = array_map(static fn (int $n): string => "site-$n.example.org", range(1, 40));
        $result = self::client($library)->apply(['desired' => $desired, 'owned' => ['old.org'], 'www' => 'never']);
        self::assertCount(40, $result->added);
        self::assertSame(['old.org'], $result->removed);
        self::assertContains('strangers.org', self::fake()->domains());
        self::assertSame(['GET', 'POST'], array_column(self::fake()->requests(), 'method'));
        self::assertNotSame([], $result->document['events']);
    }

    /** @dataProvider libraries */
    public function testAPlanWritesNothing(string $library): void
    {
        $client = self::client($library);
        $result = $client->syncDomain('plan.example.org', ServerPilot::DRY_RUN);
        self::assertTrue($result->dryRun);
        self::assertFalse($result->changed);
        self::assertSame(['plan.example.org'], $result->added);
        $client->apply(['add' => ['plan.example.org'], 'dry_run' => true]);
        self::assertSame([self::NETWORK], self::fake()->domains());
        self::assertSame(['GET', 'GET'], array_column(self::fake()->requests(), 'method'));
    }

    /** @dataProvider libraries */
    public function testAutosslIsPendingAndOnceTheClockHasTurnedItIsOn(string $library): void
    {
        $client = self::client($library);
        self::assertSame('pending', $client->syncDomain('shop.example.org')->autosslState);
        try {
            $client->enableAutossl();
            self::fail('no exception');
        } catch (RuleException $notYet) {
            self::assertSame('SP_ERR_AUTOSSL_UNAVAILABLE', $notYet->statusName);
            self::assertTrue($notYet->retryable);
            self::assertGreaterThan(0, $notYet->retryAfterMs);
        }
        self::fake()->advance(600);
        $now = $client->enableAutossl();
        self::assertSame('enabled', $now->state);
        self::assertContains('shop.example.org', $now->domains);
        self::assertSame('already_enabled', $client->enableAutossl()->state);
    }

    /** @dataProvider libraries */
    public function testACustomCertificateIsNeverTouched(string $library): void
    {
        self::fake()->set(['ssl' => 'custom']);
        $client = self::client($library);
        self::assertSame('custom_certificate', $client->syncDomain('shop.example.org')->autosslState);
        $this->expectException(RuleException::class);
        $this->expectExceptionCode(63);
        $client->enableAutossl();
    }

    /** @dataProvider libraries */
    public function testTheAppAndItsActions(string $library): void
    {
        $client = self::client($library);
        $app = $client->inspectApp();
        self::assertSame(self::fake()->ready['app_id'], $app->id);
        self::assertSame([[self::NETWORK], 'none'], [$app->domains, $app->sslMode]);
        self::assertNotNull($app->serverAddress);
        $actionId = (string) $client->syncDomain('shop.example.org')->actionId;
        self::assertNotSame('', $actionId);
        self::assertSame([$actionId, 'open'], [
            $client->actionStatus($actionId)->id,
            $client->actionStatus($actionId)->state,
        ]);
        try {
            $client->waitAction($actionId, 50);
            self::fail('no exception');
        } catch (TransportException $late) {
            self::assertSame('SP_ERR_TIMEOUT', $late->statusName);
        }
        self::fake()->advance(60);
        self::assertSame('success', $client->waitAction($actionId, 5000)->state);
    }

    /** @dataProvider libraries */
    public function testACertificateIsCheckedWhereTheOperatorSays(string $library): void
    {
        self::fake()->set(['domains' => [self::NETWORK, 'shop.example.org'], 'ssl' => 'auto']);
        $client = self::client($library);
        $site = ['connect_to' => self::fake()->ready['site']];
        $good = $client->checkSsl('shop.example.org', $site);
        self::assertSame([true, 'ok'], [$good->valid, $good->reason]);
        self::assertSame(self::fake()->ready['site'], $good->connectedTo);
        self::assertContains('shop.example.org', $good->sans);
        self::assertGreaterThan(30, $good->daysLeft);
        self::assertTrue($good->listed);
        $other = $client->checkSsl('stranger.example.org', $site);
        self::assertFalse($other->valid);
        self::assertFalse($other->listed);
        // Nobody is there to be asked; what a connection shows is not what DNS says.
        $nobody = $site + ['dns_servers' => ['127.0.0.1:9']];
        $many = $client->checkSslMany(['shop.example.org', 'stranger.example.org', self::NETWORK], $nobody);
        self::assertSame([true, false, true], array_map(static fn ($one): ?bool => $one->valid, $many));
        self::assertSame(['failed', 'failed', 'failed'], array_column($many, 'dns'));
    }

    /** @dataProvider libraries */
    public function testWithoutCredentialsACertificateCanBeChecked(string $library): void
    {
        self::fake()->set(['domains' => ['shop.example.org'], 'ssl' => 'auto']);
        $client = new ServerPilot(
            new Configuration(caFile: self::fake()->ready['ca_file']),
            Builds::open($library),
        );
        $good = $client->checkSsl('shop.example.org', ['connect_to' => self::fake()->ready['site']]);
        self::assertTrue($good->valid);
        self::assertNull($good->listed);
        $this->expectException(UsageException::class);
        $this->expectExceptionMessage('clientId, apiKey or appId is missing');
        $client->inspectApp();
    }

    /** @dataProvider libraries */
    public function testCouldNotAskIsNotInvalid(string $library): void
    {
        $client = self::client($library);
        $closed = stream_socket_server('tcp://127.0.0.1:0');
        self::assertIsResource($closed);
        $address = (string) stream_socket_get_name($closed, false);
        fclose($closed);
        $refused = $client->checkSsl('shop.example.org', ['connect_to' => $address]);
        self::assertSame([null, 'connection_refused'], [$refused->valid, $refused->reason]);
    }

    /** @dataProvider libraries */
    public function testADiagnosisNamesWhoseMoveItIs(string $library): void
    {
        $diagnosis = self::client($library)->diagnose(
            'nowhere.invalid',
            ['connect_to' => self::fake()->ready['site']],
        );
        self::assertNotSame('', $diagnosis->cause);
        self::assertContains($diagnosis->whoseMove, ['customer', 'operator', 'serverpilot', 'wait', 'nobody']);
        self::assertNotSame('', $diagnosis->advice);
        self::assertNotSame([], $diagnosis->evidence);
    }

    /** @dataProvider libraries */
    public function testAWrongKeyNamesTheConstantsToCompare(string $library): void
    {
        try {
            self::client($library, ['apiKey' => 'wrong'])->syncDomain('shop.example.org');
            self::fail('no exception');
        } catch (ServiceException $refused) {
            self::assertSame(['SP_ERR_AUTH', 41], [$refused->statusName, $refused->status]);
            self::assertStringContainsString('WU_SERVER_PILOT_CLIENT_ID', $refused->getMessage());
            self::assertStringContainsString('WU_SERVER_PILOT_API_KEY', $refused->getMessage());
            self::assertFalse($refused->retryable);
            self::assertSame('no', $refused->applied);
        }
        self::assertCount(1, self::fake()->requests());
    }

    /** @dataProvider libraries */
    public function testRulesOfTheList(string $library): void
    {
        $client = self::client($library, ['protect' => [9 => self::NETWORK]]);
        $codes = [];
        $calls = [
            static fn (): mixed => $client->removeDomain(self::NETWORK),
            static fn (): mixed => $client->apply(['add' => array_map(
                static fn (int $n): string => "n$n.example.org",
                range(1, 300),
            )]),
        ];
        foreach ($calls as $call) {
            try {
                $call();
            } catch (RuleException $rule) {
                $codes[] = $rule->statusName;
            }
        }
        self::assertSame(['SP_ERR_PROTECTED', 'SP_ERR_DOMAIN_LIMIT'], $codes);
        self::assertSame([self::NETWORK], self::fake()->domains());
    }

    /** @dataProvider libraries */
    public function testANetworkThatFailsIsATransportException(string $library): void
    {
        self::fake()->fault(['kind' => 'hang', 'times' => null]);
        $started = hrtime(true);
        try {
            self::client($library, ['totalMs' => 700])->syncDomain('shop.example.org');
            self::fail('no exception');
        } catch (TransportException $late) {
            self::assertSame('SP_ERR_TIMEOUT', $late->statusName);
            self::assertTrue($late->retryable);
        }
        self::assertLessThan(3e9, hrtime(true) - $started);
        $closed = ['baseUrl' => 'https://127.0.0.1:1/v1', 'totalMs' => 1500];
        $this->expectException(TransportException::class);
        $this->expectExceptionCode(21);
        self::client($library, $closed)->inspectApp();
    }

    /** @dataProvider libraries */
    public function testAnUnknownAuthorityIsNotTrusted(string $library): void
    {
        $this->expectException(TransportException::class);
        $this->expectExceptionCode(22);
        self::client($library, ['caFile' => null])->inspectApp();
    }

    /** @return array<string, array{string, array<string, mixed>, Closure(ServerPilot): mixed, string}> */
    public static function mistakes(): array
    {
        $sync = static fn (ServerPilot $s): mixed => $s->syncDomain('shop.example.org');
        $mistakes = [
            'domain' => [[], static fn (ServerPilot $s): mixed => $s->syncDomain('shop'), 'INVALID_DOMAIN'],
            'not UTF-8' => [[], static fn (ServerPilot $s): mixed => $s->syncDomain("b\xfccher.org"), 'INVALID_UTF8'],
            'not UTF-8, in a list' => [
                [],
                static fn (ServerPilot $s): mixed => $s->apply(['add' => ["b\xfccher.org"]]),
                'INVALID_UTF8',
            ],
            'NUL' => [[], static fn (ServerPilot $s): mixed => $s->syncDomain("a.org\0.net"), 'INVALID_ARGUMENT'],
            'NUL, in a list' => [
                [],
                static fn (ServerPilot $s): mixed => $s->apply(['add' => ["a.org\0.net"]]),
                'INVALID_',
            ],
            'flag' => [[], static fn (ServerPilot $s): mixed => $s->syncDomain('a.org', 64), 'INVALID_ARGUMENT'],
            'unknown key' => [
                [],
                static fn (ServerPilot $s): mixed => $s->apply(['add' => ['a.org'], 'www_' => 'never']),
                'INVALID_ARGUMENT',
            ],
            'unknown option' => [
                [],
                static fn (ServerPilot $s): mixed => $s->checkSsl('a.org', ['conect_to' => '127.0.0.1:1']),
                'INVALID_ARGUMENT',
            ],
            'action' => [[], static fn (ServerPilot $s): mixed => $s->actionStatus('../apps'), 'INVALID_ARGUMENT'],
            'key not UTF-8' => [['apiKey' => "\xff"], $sync, 'INVALID_UTF8'],
            'no key' => [['apiKey' => ''], $sync, 'INVALID_ARGUMENT'],
            'key missing' => [['apiKey' => null], $sync, 'NULL_ARGUMENT'],
            'client ID missing' => [['clientId' => null], $sync, 'NULL_ARGUMENT'],
            'app ID missing' => [['appId' => null], $sync, 'NOT_CONFIGURED'],
            'plain http' => [['baseUrl' => 'http://api.example.org/v1'], $sync, 'INVALID_ARGUMENT'],
            'CA file' => [['caFile' => '/nonexistent.pem'], $sync, 'INVALID_ARGUMENT'],
            'lock folder' => [['lockDir' => 'relative'], $sync, 'INVALID_ARGUMENT'],
            'protected name' => [['protect' => ['no name']], $sync, 'INVALID_DOMAIN'],
            'protected number' => [['protect' => [5]], $sync, 'INVALID_ARGUMENT'],
            'protected nothing' => [['protect' => [null]], $sync, 'INVALID_ARGUMENT'],
            'user agent' => [['userAgent' => "a\r\nX: y"], $sync, 'INVALID_ARGUMENT'],
        ];
        $all = [];
        foreach ($mistakes as $what => $mistake) {
            $all["$what, in this process"] = ['native', ...$mistake];
            $all["$what, in the helper program"] = ['helper', ...$mistake];
        }
        return $all;
    }

    /**
     * @dataProvider mistakes
     *
     * @param array<string, mixed> $settings
     */
    public function testAMistakeIsRefusedBeforeAnythingIsSent(
        string $library,
        array $settings,
        Closure $call,
        string $status,
    ): void {
        try {
            $call(self::client($library, $settings));
            self::fail('no exception');
        } catch (UsageException $mistake) {
            self::assertStringContainsString($status, $mistake->statusName);
            self::assertStringEndsWith('.', $mistake->getMessage());
        }
        self::assertSame([], self::fake()->requests());
    }

    /** @dataProvider libraries */
    public function testARelativePathMeansTheSameInBoth(string $library): void
    {
        $before = (string) getcwd();
        $caFile = self::fake()->ready['ca_file'];
        chdir(dirname($caFile));
        try {
            $app = self::client($library, ['caFile' => basename($caFile)])->inspectApp();
        } finally {
            chdir($before);
        }
        self::assertSame(self::fake()->ready['app_id'], $app->id);
    }

    /** @return array<string, array{array<string, mixed>, string}> */
    public static function refusedSettings(): array
    {
        return [
            'key' => [['apiKey' => ''], 'clientId and apiKey must be'],
            'key missing' => [['apiKey' => null], 'clientId and apiKey must be'],
            'key not UTF-8' => [['apiKey' => "\xff"], 'clientId and apiKey must be'],
            'app' => [['appId' => 'my app'], 'appId, in WordPress'],
            'address' => [['baseUrl' => 'http://api.example.org'], 'baseUrl must be'],
            'CA file' => [['caFile' => '/nonexistent.pem'], 'caFile must be'],
            'proxy' => [['proxy' => 'socks5://127.0.0.1'], 'proxy must be'],
            'user agent' => [['userAgent' => "a\nb"], 'userAgent must be'],
            'lock folder' => [['lockDir' => 'relative'], 'lockDir must be'],
            'protected name' => [['protect' => ['no name']], 'protect must be'],
        ];
    }

    /**
     * @dataProvider refusedSettings
     *
     * @param array<string, mixed> $settings
     */
    public function testARefusedSettingIsNamedByBothInTheSameSentence(array $settings, string $names): void
    {
        $messages = [];
        foreach (self::libraries() as [$library]) {
            try {
                self::client($library, $settings)->syncDomain('shop.example.org');
                self::fail('no exception');
            } catch (UsageException $mistake) {
                $messages[] = $mistake->getMessage();
            }
        }
        self::assertStringContainsString($names, $messages[0]);
        self::assertCount(1, array_unique($messages), implode("\n", $messages));
    }

    /**
     * Nothing that the client can show contains a secret or the private key, even if the service echoes them.
     *
     * @dataProvider libraries
     */
    public function testNoSecretIsInAnythingThatComesBack(string $library): void
    {
        self::fake()->set(['domains' => [self::NETWORK, 'a.org'], 'ssl' => 'auto']);
        $client = self::client($library);
        $site = ['connect_to' => self::fake()->ready['site']];
        $shown = '';
        $faults = [[], ['kind' => 'echo_secrets', 'times' => null], ['kind' => 'garbage', 'times' => null]];
        foreach ($faults as $fault) {
            if ($fault !== []) {
                self::fake()->fault($fault);
            }
            $calls = [
                static fn (): mixed => $client->syncDomain('a.org'),
                static fn (): mixed => $client->syncDomain('b.org'),
                static fn (): mixed => $client->removeDomain('b.org'),
                static fn (): mixed => $client->apply(['add' => ['c.org']]),
                static fn (): mixed => $client->enableAutossl(),
                static fn (): mixed => $client->inspectApp(),
                static fn (): mixed => $client->checkSsl('a.org', $site),
                static fn (): mixed => $client->checkSslMany(['a.org'], $site),
                static fn (): mixed => $client->diagnose('a.org', $site),
                static fn (): mixed => $client->actionStatus('act1'),
                static fn (): mixed => $client->waitAction('act1', 10),
                static fn (): mixed => $client->syncDomain("\xff"),
            ];
            foreach ($calls as $call) {
                try {
                    $shown .= print_r($call(), true);
                } catch (ServerPilotException $failure) {
                    $shown .= $failure . print_r($failure->document, true);
                    foreach ($failure->getTrace() as $frame) {
                        // This suite's own frames contain the secrets it received from the fake.
                        if (str_starts_with($frame['class'] ?? '', 'ServerPilot\\')) {
                            $shown .= print_r($frame['args'] ?? [], true);
                        }
                    }
                }
            }
        }
        self::assertGreaterThan(10_000, strlen($shown));
        $secrets = [self::fake()->ready['client_id'], self::fake()->ready['api_key'], 'PRIVATE KEY', 'SENTINEL'];
        foreach ($secrets as $secret) {
            self::assertStringNotContainsString($secret, $shown);
        }
    }
}
