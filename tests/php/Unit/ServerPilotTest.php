<?php

/*
 * The typed client on a scripted library: what it asks, what it returns as a value, and what it throws as which
 * exception. Must not need the real library.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit;

use Closure;
use PHPUnit\Framework\TestCase;
use ServerPilot\Configuration;
use ServerPilot\Exception\RuleException;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Exception\ServiceException;
use ServerPilot\Exception\TransportException;
use ServerPilot\Exception\UsageException;
use ServerPilot\RawResult;
use ServerPilot\ServerPilot;
use ServerPilot\Status;
use ServerPilotTests\Support\FakeLibrary;

final class ServerPilotTest extends TestCase
{
    private static function client(FakeLibrary $library): ServerPilot
    {
        return new ServerPilot(new Configuration('c', 'k', 'a'), $library);
    }

    /** @return array<string, array{Closure(ServerPilot): mixed, string, array<string, mixed>}> */
    public static function calls(): array
    {
        return [
            'sync' => [
                static fn (ServerPilot $s): mixed => $s->syncDomain('a.example.org', ServerPilot::DRY_RUN),
                'sync_domain',
                ['domain' => 'a.example.org', 'flags' => 8],
            ],
            'remove' => [
                static fn (ServerPilot $s): mixed => $s->removeDomain(
                    'a.example.org',
                    ServerPilot::WWW_NEVER | ServerPilot::NO_AUTOSSL,
                ),
                'remove_domain',
                ['domain' => 'a.example.org', 'flags' => 6],
            ],
            'apply closes the gaps of its lists' => [
                static fn (ServerPilot $s): mixed => $s->apply(['add' => [3 => 'a.example.org'], 'autossl' => false]),
                'apply',
                ['change' => ['add' => ['a.example.org'], 'autossl' => false]],
            ],
            'autossl' => [static fn (ServerPilot $s): mixed => $s->enableAutossl(), 'enable_autossl', []],
            'check' => [
                static fn (ServerPilot $s): mixed => $s->checkSsl('a.example.org', ['allow_addresses' => [1 => '::1']]),
                'check_ssl',
                ['domain' => 'a.example.org', 'options' => ['allow_addresses' => ['::1']]],
            ],
            'check many' => [
                static fn (ServerPilot $s): mixed => $s->checkSslMany([7 => 'a.example.org'], ['concurrency' => 4]),
                'check_ssl_many',
                ['options' => ['concurrency' => 4], 'domains' => ['a.example.org']],
            ],
            'diagnose' => [
                static fn (ServerPilot $s): mixed => $s->diagnose('a.example.org'),
                'diagnose',
                ['domain' => 'a.example.org', 'options' => []],
            ],
            'inspect' => [static fn (ServerPilot $s): mixed => $s->inspectApp(), 'inspect_app', []],
            'action' => [
                static fn (ServerPilot $s): mixed => $s->actionStatus('act1'),
                'action_status',
                ['action_id' => 'act1'],
            ],
            'wait' => [
                static fn (ServerPilot $s): mixed => $s->waitAction('act1', 5000),
                'wait_action',
                ['action_id' => 'act1', 'timeout_ms' => 5000],
            ],
        ];
    }

    /**
     * @dataProvider calls
     *
     * @param array<string, mixed> $arguments
     */
    public function testEachMethodAsksForItsOperation(Closure $call, string $operation, array $arguments): void
    {
        $library = FakeLibrary::succeeding(['valid' => true, 'results' => []]);
        $call(self::client($library));
        self::assertSame([[$operation, $arguments]], $library->calls);
    }

    /** @dataProvider calls */
    public function testEachMethodThrowsByTheGroupOfTheStatus(Closure $call): void
    {
        $groups = [3 => UsageException::class, 20 => TransportException::class, 47 => ServiceException::class];
        foreach ($groups + [60 => RuleException::class, 99 => ServerPilotException::class] as $status => $class) {
            try {
                $call(self::client(FakeLibrary::failing($status)));
                self::fail('no exception');
            } catch (ServerPilotException $failure) {
                self::assertSame($class, $failure::class);
                self::assertSame($status, $failure->status);
                self::assertSame($status, $failure->getCode());
            }
        }
    }

    public function testAListResult(): void
    {
        $result = self::client(FakeLibrary::succeeding([
            'changed' => true,
            'added' => ['a.example.org'],
            'removed' => [],
            'unchanged' => ['b.example.org'],
            'skipped' => [['domain' => 'c.example.org', 'reason' => 'protected']],
            'domains' => ['count' => 2, 'limit' => 300],
            'dry_run' => false,
            'applied' => 'yes',
            'action_id' => 'act1',
            'autossl' => ['state' => 'pending', 'available' => false, 'domains' => []],
            'requests' => 2,
            'elapsed_ms' => 12,
            'http_status' => 200,
            'warnings' => [['code' => 'many', 'message' => 'Many names.']],
            'events' => [['at_ms' => 1, 'level' => 'info', 'message' => 'read']],
            'a_key_of_the_future' => 1,
        ]))->syncDomain('a.example.org');
        self::assertTrue($result->changed);
        self::assertSame('SP_OK', $result->status);
        self::assertSame(['a.example.org'], $result->added);
        self::assertSame([], $result->removed);
        self::assertSame(['b.example.org'], $result->unchanged);
        self::assertSame('protected', $result->skipped[0]['reason']);
        self::assertSame([2, 300], [$result->domainCount, $result->domainLimit]);
        self::assertSame(['yes', 'act1', 'pending'], [$result->applied, $result->actionId, $result->autosslState]);
        self::assertFalse($result->autosslAvailable);
        self::assertSame([2, 12, 200], [$result->requests, $result->elapsedMs, $result->httpStatus]);
        self::assertSame('many', $result->warnings[0]['code']);
        self::assertSame(1, $result->document['a_key_of_the_future']);
    }

    public function testADocumentOfAnotherShapeIsReadAsEmpty(): void
    {
        $result = self::client(FakeLibrary::succeeding([
            'added' => 'a.example.org',
            'domains' => [],
            'autossl' => null,
            'warnings' => 7,
        ]))->syncDomain('a.example.org');
        self::assertSame([[], null, '', [], null], [
            $result->added,
            $result->domainCount,
            $result->autosslState,
            $result->warnings,
            $result->actionId,
        ]);
    }

    /** @return array<string, array{int, ?bool}> */
    public static function verdicts(): array
    {
        return [
            'valid' => [0, true],
            'not valid' => [65, false],
            'no answer' => [20, null],
            'refused' => [21, null],
            'blocked address' => [67, null],
        ];
    }

    /** @dataProvider verdicts */
    public function testAVerdictIsDataAndNeverAnException(int $status, ?bool $valid): void
    {
        $answer = new RawResult($status, [
            'status' => Status::symbolOf($status),
            'message' => 'm',
            'domain' => 'a.example.org',
            'valid' => $valid,
            'reason' => 'expired',
            'dns' => 'found',
            'connected_to' => '192.0.2.1:443',
            'tls_version' => 'TLSv1.3',
            'chain' => [['subject' => 'CN=a']],
            'certificate' => [
                'issuer' => 'CN=R3',
                'sans' => ['a.example.org'],
                'not_before' => '2026-01-01T00:00:00Z',
                'not_after' => '2026-03-01T00:00:00Z',
                'days_left' => 3,
                'lifetime_used' => 0.5,
            ],
            'serverpilot' => ['listed' => true, 'in_autossl_certificate' => false, 'served_is_serverpilots' => null],
        ]);
        $certificate = self::client(new FakeLibrary($answer))->checkSsl('a.example.org');
        self::assertSame($valid, $certificate->valid);
        self::assertSame(['a.example.org', 'expired'], [$certificate->domain, $certificate->reason]);
        self::assertSame('found', $certificate->dns);
        self::assertSame(['192.0.2.1:443', 'TLSv1.3'], [$certificate->connectedTo, $certificate->tlsVersion]);
        self::assertSame(['CN=R3', ['a.example.org']], [$certificate->issuer, $certificate->sans]);
        self::assertSame([3, 0.5], [$certificate->daysLeft, $certificate->lifetimeUsed]);
        self::assertTrue($certificate->listed);
        self::assertFalse($certificate->inAutosslCertificate);
        self::assertNull($certificate->servedIsServerpilots);
        self::assertSame('CN=a', $certificate->chain[0]['subject']);
    }

    public function testManyChecksAreAListOfVerdictsInOrder(): void
    {
        $results = self::client(FakeLibrary::failing(65, ['results' => [
            ['domain' => 'a.example.org', 'valid' => true, 'dns' => 'found'],
            ['domain' => 'b.example.org', 'valid' => false, 'dns' => 'failed'],
            ['domain' => 'c.example.org', 'valid' => null, 'dns' => 'no_such_name'],
        ]]))->checkSslMany(['a.example.org', 'b.example.org', 'c.example.org']);
        self::assertSame([true, false, null], array_map(static fn ($one): ?bool => $one->valid, $results));
        self::assertSame(['found', 'failed', 'no_such_name'], array_column($results, 'dns'));
    }

    public function testADiagnosisAndAnApp(): void
    {
        $diagnosis = self::client(FakeLibrary::succeeding([
            'domain' => 'a.example.org',
            'cause' => 'dns_elsewhere',
            'whose_move' => 'customer',
            'advice' => 'Point it here.',
            'evidence' => [['check' => 'dns', 'outcome' => 'bad', 'detail' => 'd']],
            'next_look_ms' => 60000,
        ]))->diagnose('a.example.org');
        self::assertSame(['dns_elsewhere', 'customer'], [$diagnosis->cause, $diagnosis->whoseMove]);
        self::assertSame([60000, 'bad'], [$diagnosis->nextLookMs, $diagnosis->evidence[0]['outcome']]);
        $app = self::client(FakeLibrary::succeeding([
            'app' => ['id' => 'i', 'name' => 'n', 'server_id' => 's', 'runtime' => 'php8.2', 'domains' => ['*.x.org']],
            'ssl' => ['mode' => 'auto', 'force' => true],
            'autossl' => ['available' => true, 'domains' => ['x.org']],
            'server' => ['address' => null, 'last_seen' => null],
        ]))->inspectApp();
        self::assertSame(['i', 'n', 's', 'php8.2'], [$app->id, $app->name, $app->serverId, $app->runtime]);
        self::assertSame([['*.x.org'], 'auto', true], [$app->domains, $app->sslMode, $app->sslForced]);
        self::assertSame([true, ['x.org']], [$app->autosslAvailable, $app->autosslDomains]);
        self::assertNull($app->serverAddress);
    }

    public function testAnExceptionCarriesWhatTheCallerActsOn(): void
    {
        $library = FakeLibrary::failing(46, [
            'message' => 'Too many requests.',
            'retryable' => true,
            'retry_after_ms' => 1500,
            'applied' => 'unknown',
        ]);
        try {
            self::client($library)->syncDomain('a.example.org');
            self::fail('no exception');
        } catch (ServiceException $failure) {
            self::assertSame('Too many requests.', $failure->getMessage());
            self::assertSame('SP_ERR_RATE_LIMITED', $failure->statusName);
            self::assertTrue($failure->retryable);
            self::assertSame(1500, $failure->retryAfterMs);
            self::assertSame('unknown', $failure->applied);
            self::assertSame('Too many requests.', $failure->document['message'] ?? null);
        }
    }

    /** @return array<string, array{RawResult, string}> */
    public static function callersMistakes(): array
    {
        return [
            'UTF-8' => [new RawResult(2, null), 'not UTF-8'],
            'flags' => [new RawResult(3, null), 'flags must be'],
            'a setting' => [new RawResult(3, null, 'base_url'), 'baseUrl must be an https:// address'],
            'either half of the credentials' => [new RawResult(3, null, 'api_key'), 'clientId and apiKey must be'],
            'domain' => [new RawResult(4, null), 'domain must be a host name'],
            'protected name' => [new RawResult(4, null, 'protect'), 'protect must be'],
            'not configured' => [new RawResult(5, null), 'only checkSsl()'],
            'no descriptors' => [new RawResult(6, null), 'ulimit -n'],
            'defect' => [new RawResult(7, null), 'defect of its own'],
            'of the future' => [new RawResult(19, null), 'The library refused the call'],
        ];
    }

    /** @dataProvider callersMistakes */
    public function testACallersMistakeIsOneSentenceWithTheCure(RawResult $answer, string $part): void
    {
        try {
            self::client(new FakeLibrary($answer))->syncDomain('SENTINEL.example.org');
            self::fail('no exception');
        } catch (UsageException $failure) {
            self::assertStringContainsString($part, $failure->getMessage());
            self::assertStringStartsWith('sync_domain: ', $failure->getMessage());
            self::assertStringEndsWith('.', $failure->getMessage());
            self::assertStringNotContainsString('SENTINEL', $failure->getMessage());
            self::assertNull($failure->document);
            self::assertFalse($failure->retryable);
            // After a panic in the middle of a write, nobody knows what was written.
            self::assertSame($answer->status === 7 ? 'unknown' : null, $failure->applied);
        }
    }

    public function testOptionsThatWereNotGivenAreNotBlamed(): void
    {
        $calls = [
            'domains must be' => static fn (ServerPilot $s): mixed => $s->checkSslMany(['a.org', 5]),
            'options may have' => static fn (ServerPilot $s): mixed => $s->checkSslMany(['a.org'], ['prot' => 5]),
        ];
        foreach ($calls as $part => $call) {
            try {
                $call(self::client(FakeLibrary::failing(3)));
                self::fail('no exception');
            } catch (UsageException $failure) {
                self::assertStringContainsString($part, $failure->getMessage());
            }
        }
    }

    /** @return array<string, array{Configuration, Closure(ServerPilot): mixed, string}> */
    public static function unusable(): array
    {
        $fine = new Configuration('c', 'k', 'a');
        $sync = static fn (ServerPilot $s): mixed => $s->syncDomain('a.example.org');
        return [
            'NUL in the domain' => [$fine, static fn (ServerPilot $s): mixed => $s->syncDomain("a.b\0.c"), 'domain'],
            'NUL in the action' => [$fine, static fn (ServerPilot $s): mixed => $s->actionStatus("a\0"), 'actionId'],
            'flags' => [$fine, static fn (ServerPilot $s): mixed => $s->syncDomain('a.b', 1 << 32), 'flags'],
            'negative flags' => [$fine, static fn (ServerPilot $s): mixed => $s->removeDomain('a.b', -1), 'flags'],
            'time to wait' => [$fine, static fn (ServerPilot $s): mixed => $s->waitAction('a', -1), 'timeoutMs'],
            'NUL in the key' => [new Configuration('c', "k\0", 'a'), $sync, 'apiKey'],
            'NUL in a name' => [new Configuration('c', 'k', 'a', protect: ["a\0"]), $sync, 'protect'],
            'a name that is a number' => [new Configuration('c', 'k', 'a', protect: ['a.org', 5]), $sync, 'protect'],
            'a name that is none' => [new Configuration('c', 'k', 'a', protect: [null]), $sync, 'protect'],
            'a name that is a list' => [new Configuration('c', 'k', 'a', protect: [['a.org']]), $sync, 'protect'],
            'NUL in a path' => [new Configuration('c', 'k', 'a', lockDir: "/a\0"), $sync, 'lockDir'],
            'time limit' => [new Configuration('c', 'k', 'a', totalMs: -5), $sync, 'totalMs'],
        ];
    }

    /** @dataProvider unusable */
    public function testWhatCWouldMisreadNeverReachesIt(Configuration $config, Closure $call, string $names): void
    {
        $library = FakeLibrary::succeeding([]);
        try {
            $call(new ServerPilot($config, $library));
            self::fail('no exception');
        } catch (UsageException $failure) {
            self::assertSame(Status::InvalidArgument->value, $failure->status);
            self::assertStringContainsString($names, $failure->getMessage());
        }
        self::assertSame([], $library->calls);
    }

    public function testTheVersion(): void
    {
        self::assertSame('1.2.3', self::client(FakeLibrary::succeeding(['version' => '1.2.3']))->version());
        self::assertNull(self::client(FakeLibrary::failing(3))->version());
    }
}
