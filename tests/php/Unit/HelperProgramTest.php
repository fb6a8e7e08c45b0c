<?php

/*
 * The PHP side of the helper program's protocol, with programs that behave, misbehave, hang and die.
 * Must not need the real helper program, which the integration suite tests.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit;

use ErrorException;
use JsonSerializable;
use LogicException;
use PHPUnit\Framework\TestCase;
use ServerPilot\Configuration;
use ServerPilot\ElfArchitecture;
use ServerPilot\Exception\FfiUnavailable;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Exception\TransportException;
use ServerPilot\HelperProgram;
use ServerPilot\Release;
use ServerPilot\ServerPilot;
use ServerPilot\Status;
use ServerPilotTests\Support\PhpProcess;
use ServerPilotTests\Support\TemporaryFolder;
use Throwable;

final class HelperProgramTest extends TestCase
{
    private const GOOD = 'echo \'{"abi":1,"status":0,"document":{"operation":"sync","status":"SP_OK"}}\'';

    private TemporaryFolder $folder;

    protected function setUp(): void
    {
        $this->folder = new TemporaryFolder();
    }

    protected function tearDown(): void
    {
        $this->folder->remove();
    }

    private function client(string $commands, ?Configuration $configuration = null): ServerPilot
    {
        $helper = $this->folder->script('helper', "cd {$this->folder->path}\n$commands");
        return new ServerPilot(
            $configuration ?? new Configuration('cid_SENTINEL', 'key_SENTINEL', 'app1', totalMs: 1),
            HelperProgram::locate($helper),
        );
    }

    public function testOneDocumentGoesInAndNothingElse(): void
    {
        $record = 'tr "\0" "\n" </proc/$$/environ >environ; tr "\0" " " </proc/$$/cmdline >cmdline; cat >stdin; ';
        $client = $this->client($record . self::GOOD, new Configuration('c', 'k/ü', 'a', totalMs: 7));
        $client->syncDomain('shop.example.org', ServerPilot::DRY_RUN);
        self::assertSame(
            '{"config":{"client_id":"c","api_key":"k/\u00fc","app_id":"a",'
            . '"timeouts":{"connect_ms":0,"request_ms":0,"total_ms":7}},'
            . '"operation":"sync_domain","domain":"shop.example.org","flags":8}',
            $this->folder->read('stdin'),
        );
        self::assertSame('', $this->folder->read('environ'), 'the environment must be empty');
        self::assertSame("/bin/sh {$this->folder->path}/helper ", $this->folder->read('cmdline'));
    }

    public function testEmptyObjectsStayObjects(): void
    {
        $client = $this->client(
            'cat >stdin; echo \'{"abi":1,"status":0,"document":{"results":[],"valid":true}}\'',
            new Configuration(),
        );
        $client->checkSsl('shop.example.org');
        self::assertSame(
            '{"config":{},"operation":"check_ssl","domain":"shop.example.org","options":{}}',
            $this->folder->read('stdin'),
        );
        $client->checkSslMany(['b.example.org'], ['port' => 444]);
        self::assertSame(
            '{"config":{},"operation":"check_ssl_many","options":{"port":444},"domains":["b.example.org"]}',
            $this->folder->read('stdin'),
        );
    }

    public function testALongRequestAndALongAnswerDoNotWaitForEachOther(): void
    {
        $names = array_map(static fn (int $n): string => "site-$n.example.org", range(1, 20_000));
        // Writes a megabyte before reading anything.
        $client = $this->client(
            'printf %s \'{"abi":1,"status":0,"document":{"results":[{"reason":"\''
            . '; head -c 1000000 /dev/zero | tr "\0" x; cat >stdin; echo \'"}]}}\'',
        );
        $results = $client->checkSslMany($names);
        self::assertSame(1_000_000, strlen($results[0]->reason));
        self::assertStringEndsWith('"site-20000.example.org"]}', $this->folder->read('stdin'));
    }

    public function testAProgramThatNeverReadsStillAnswers(): void
    {
        $names = array_map(static fn (int $n): string => "site-$n.example.org", range(1, 20_000));
        $client = $this->client('echo \'{"abi":1,"status":3,"document":null}\'');
        $this->expectExceptionCode(Status::InvalidArgument->value);
        $client->checkSslMany($names);
    }

    /** @return array<string, array{string, string}> */
    public static function crashes(): array
    {
        return [
            'killed' => ['kill -9 $$', 'was ended by signal 9'],
            'exit code' => ['exit 3', 'ended with exit code 3'],
            'an answer and an exit code' => [self::GOOD . '; exit 1', 'ended with exit code 1'],
            'nothing' => ['', 'gave an answer that is none'],
            'no JSON' => ['echo hello', 'gave an answer that is none'],
            'other JSON' => ['echo "[1]"', 'gave an answer that is none'],
            'status as a text' => ['echo \'{"abi":1,"status":"0"}\'', 'gave an answer that is none'],
            'half an answer' => ['echo \'{"abi":1,"status":0,"docu\'', 'gave an answer that is none'],
            'endless' => ['exec yes 0123456789', 'gave an answer that is too long'],
        ];
    }

    /** @dataProvider crashes */
    public function testACrashIsATransportFailure(string $commands, string $message): void
    {
        try {
            $this->client($commands)->syncDomain('shop.example.org');
            self::fail('no exception');
        } catch (TransportException $failure) {
            self::assertStringContainsString($message, $failure->getMessage());
            self::assertSame('SP_ERR_NETWORK', $failure->statusName);
            self::assertTrue($failure->retryable);
            self::assertSame('unknown', $failure->applied);
        }
    }

    public function testAfterACrashInADryRunNothingIsUnknown(): void
    {
        foreach (
            [
                static fn (ServerPilot $s): mixed => $s->syncDomain('a.example.org', ServerPilot::DRY_RUN),
                static fn (ServerPilot $s): mixed => $s->apply(['add' => ['a.example.org'], 'dry_run' => true]),
                static fn (ServerPilot $s): mixed => $s->inspectApp(),
            ] as $call
        ) {
            try {
                $call($this->client('exit 3'));
                self::fail('no exception');
            } catch (TransportException $failure) {
                self::assertNull($failure->applied);
            }
        }
    }

    /** @return array<string, array{string}> */
    public static function hangs(): array
    {
        return [
            'reads and then sleeps' => ['echo $$ >pid; cat >stdin; exec sleep 60'],
            'closes its output and sleeps' => ['echo $$ >pid; exec >&-; exec sleep 60'],
        ];
    }

    /** @dataProvider hangs */
    public function testAProgramThatHangsIsKilledInTime(string $commands): void
    {
        $client = $this->client($commands);
        $started = hrtime(true);
        try {
            $client->syncDomain('shop.example.org');
            self::fail('no exception');
        } catch (TransportException $failure) {
            self::assertSame('SP_ERR_TIMEOUT', $failure->statusName);
            self::assertSame('unknown', $failure->applied);
        }
        $seconds = (hrtime(true) - $started) / 1e9;
        self::assertGreaterThan(5, $seconds);
        self::assertLessThan(7, $seconds);
        self::assertFalse(posix_kill((int) $this->folder->read('pid'), 0), 'the program is still there');
    }

    public function testAnotherAbiIsRefused(): void
    {
        $client = $this->client('echo \'{"abi":2,"status":0,"document":{}}\'');
        $calls = [
            'unknown' => static fn (): mixed => $client->syncDomain('shop.example.org'),
            '' => static fn (): mixed => $client->inspectApp(),
        ];
        foreach ($calls as $applied => $call) {
            try {
                $call();
                self::fail('no exception');
            } catch (FfiUnavailable $unavailable) {
                $message = $unavailable->getMessage();
                self::assertStringContainsString('The helper program has ABI 2, and this binding needs 1', $message);
                self::assertSame($applied, (string) $unavailable->applied);
            }
        }
    }

    public function testARelativePathIsTakenFromWhereItWasGiven(): void
    {
        $this->folder->script('helper', self::GOOD);
        $before = (string) getcwd();
        chdir($this->folder->path);
        try {
            $client = new ServerPilot(new Configuration(), HelperProgram::locate('./helper'));
            self::assertSame('SP_OK', $client->syncDomain('shop.example.org')->status);
        } finally {
            chdir($before);
        }
    }

    public function testAProgramThatCannotBeStartedIsUnavailable(): void
    {
        $client = $this->client('exit 127');
        $this->expectException(FfiUnavailable::class);
        $this->expectExceptionMessage('cannot be started');
        $client->syncDomain('shop.example.org');
    }

    public function testTextsThatAreNotUtf8AreRefusedBeforeTheProgramIsStarted(): void
    {
        $client = $this->client('touch started; ' . self::GOOD);
        $configurations = [new Configuration('c', "\xff", 'a'), new Configuration('c', 'k', 'a')];
        foreach ($configurations as $n => $configuration) {
            try {
                $library = HelperProgram::locate($this->folder->path . '/helper');
                $domain = $n === 0 ? 'a.example.org' : "\xff.example.org";
                (new ServerPilot($configuration, $library))->syncDomain($domain);
                self::fail('no exception');
            } catch (ServerPilotException $failure) {
                self::assertSame('SP_ERR_INVALID_UTF8', $failure->statusName);
            }
        }
        self::assertFileDoesNotExist($this->folder->path . '/started');
        $client->syncDomain('a.example.org');
        self::assertFileExists($this->folder->path . '/started');
    }

    public function testNoExceptionCarriesASecret(): void
    {
        $crashes = ['exit 3', 'kill -9 $$', 'exit 127', 'echo \'{"abi":2,"status":0}\'', 'cat >&2; echo x'];
        foreach ($crashes as $how) {
            try {
                $this->client($how)->syncDomain('shop.example.org');
                self::fail('no exception');
            } catch (ServerPilotException $failure) {
                self::assertStringNotContainsString('SENTINEL', (string) $failure);
                self::assertStringNotContainsString('SENTINEL', print_r($failure->document, true));
                self::assertTraceHoldsNoSecret($failure);
            }
        }
    }

    private static function assertTraceHoldsNoSecret(Throwable $failure): void
    {
        foreach ($failure->getTrace() as $frame) {
            // The test framework's own frames hold the data sets of every test.
            if (str_starts_with($frame['class'] ?? '', 'ServerPilot\\')) {
                self::assertStringNotContainsString('SENTINEL', print_r($frame['args'] ?? [], true));
            }
        }
    }

    /** A host may turn every warning into an exception, even silenced ones, whose trace then shows the arguments. */
    public function testAnErrorHandlerThatThrowsIsNotCalled(): void
    {
        $names = array_map(static fn (int $n): string => "site-$n.example.org", range(1, 20_000));
        $client = $this->client('exec <&-; sleep 0.1; exit 3');
        set_error_handler(static fn (int $level, string $message): bool => throw new ErrorException($message));
        try {
            $client->checkSslMany($names);
            self::fail('no exception');
        } catch (TransportException $failure) {
            self::assertStringContainsString('ended with exit code 3', $failure->getMessage());
        } finally {
            restore_error_handler();
        }
    }

    public function testWhatThrowsWhileItIsEncodedCarriesNoSecret(): void
    {
        $throws = new class implements JsonSerializable {
            public function jsonSerialize(): never
            {
                throw new LogicException('not this');
            }
        };
        try {
            $this->client(self::GOOD)->checkSsl('shop.example.org', ['connect_to' => $throws]);
            self::fail('no exception');
        } catch (LogicException $failure) {
            self::assertTraceHoldsNoSecret($failure);
        }
    }

    public function testTheVersionTakesNoSecret(): void
    {
        $client = $this->client('cat >stdin; echo \'{"abi":1,"status":0,"document":{"version":"1.2.3"}}\'');
        self::assertSame('1.2.3', $client->version());
        self::assertSame('{"config":{},"operation":"version"}', $this->folder->read('stdin'));
    }

    public function testWhereItHasNoLibraryTheCureSaysSo(): void
    {
        $client = $this->client(
            'cat >stdin; echo \'{"abi":1,"status":6,"document":null,"unavailable":"The library is not there"}\'',
        );
        try {
            $client->syncDomain('shop.example.org');
            self::fail('no exception');
        } catch (FfiUnavailable $failure) {
            self::assertStringStartsWith('The library is not there. Cure: put ', $failure->getMessage());
            self::assertNull($failure->applied);
        }
    }

    public function testWhereThereIsNoProgramTheCureSaysSo(): void
    {
        $cases = [
            '/nonexistent/helper' => '`install -D -m 755 serverpilot-helper /nonexistent/helper`',
            $this->folder->write('plain', 'x') => "`chmod 755 {$this->folder->path}/plain`",
            $this->folder->write('text', 'just a text, long enough', 0755) => 'install the release for ',
            $this->folder->write('sparc', "\x7fELF\x02\x01" . str_repeat("\0", 12) . "\x2b\0", 0755)
                => 'install the release for ',
        ];
        foreach ($cases as $path => $cure) {
            try {
                HelperProgram::locate($path);
                self::fail("no exception for $path");
            } catch (FfiUnavailable $unavailable) {
                self::assertStringStartsWith($cure, $unavailable->cure());
                self::assertStringContainsString($unavailable->cure(), $unavailable->getMessage());
                self::assertStringContainsString($path, $unavailable->getMessage());
            }
        }
    }

    /**
     * The outcome, in a PHP with other settings, of a call to the program beside the classes.
     *
     * @param list<string> $options
     */
    private function elsewhere(array $options, int $mode = 0755): string
    {
        $binding = $this->folder->copyBinding();
        $helper = 'binding/lib/' . Release::VERSION . '/serverpilot-helper';
        $this->folder->write($helper, "#!/bin/sh\n" . self::GOOD . "\n", $mode);
        $code = <<<'PHP'
            require $argv[1];
            try {
                $client = new ServerPilot\ServerPilot(new ServerPilot\Configuration());
                echo $client->syncDomain("a.example.org")->status;
            } catch (ServerPilot\Exception\FfiUnavailable $unavailable) {
                echo $unavailable->getMessage();
            }
            PHP;
        return PhpProcess::run(['-d', 'ffi.enable=false', ...$options, '-r', $code, '--', "$binding/autoload.php"])[0];
    }

    /** WordPress unpacks a plugin without the executable bit. */
    public function testTheProgramBesideTheClassesGetsItsExecutableBitBack(): void
    {
        self::assertSame('SP_OK', $this->elsewhere([], 0644));
    }

    public function testOpenBasedirDoesNotPreventTheHelperProgram(): void
    {
        self::assertSame('SP_OK', $this->elsewhere(['-d', "open_basedir={$this->folder->path}"]));
    }

    /** Hosts disable functions one by one; a missing one must not be discovered in the middle of a call. */
    public function testEachFunctionThatIsSwitchedOffIsNamed(): void
    {
        foreach (['proc_open', 'proc_get_status', 'proc_terminate', 'proc_close'] as $function) {
            $output = $this->elsewhere(['-d', "disable_functions=$function"]);
            self::assertStringContainsString("because $function is switched off", $output);
        }
        $output = $this->elsewhere(['-d', 'disable_functions=proc_get_status,exec,proc_close']);
        self::assertStringContainsString('because proc_get_status, proc_close is switched off', $output);
    }

    public function testTheArchitectureIsKnownWithoutPhpUname(): void
    {
        self::assertSame('SP_OK', $this->elsewhere(['-d', 'disable_functions=php_uname']));
        $hidden = ['-d', 'disable_functions=php_uname,chmod'];
        self::assertStringContainsString('is not executable', $this->elsewhere($hidden, 0644));
        $code = 'require $argv[1]; echo ServerPilot\ElfArchitecture::mismatch($argv[2])?->missing(), ".", '
            . 'ServerPilot\ElfArchitecture::name();';
        $foreign = $this->folder->write('sparc', "\x7fELF\x02\x01" . str_repeat("\0", 12) . "\x2b\0", 0755);
        $autoload = $this->folder->copyBinding() . '/autoload.php';
        $known = ElfArchitecture::name();
        $ways = [
            "The file $foreign is for machine 43, 64 bit, and this PHP is $known.$known" => [
                '-d',
                'disable_functions=php_uname',
            ],
            // Then nothing is left to detect the architecture with.
            '.unknown machine' => [
                '-d',
                'disable_functions=php_uname',
                '-d',
                "open_basedir={$this->folder->path}",
            ],
        ];
        foreach ($ways as $expected => $options) {
            [$output] = PhpProcess::run([...$options, '-r', $code, '--', $autoload, $foreign]);
            self::assertSame($expected, $output);
        }
    }

    public function testAProgramThatCanBeExecutedButNotReadIsUsed(): void
    {
        // It prints nothing; what matters is that it is started.
        $helper = $this->folder->write('helper', (string) file_get_contents('/bin/true'), 0111);
        $code = 'posix_getuid() === 0 && posix_setuid(65534); require $argv[1];'
            . ' $library = ServerPilot\HelperProgram::locate($argv[2]);'
            . ' echo $library->call(new ServerPilot\Configuration(), "inspect_app", [])->document["message"];';
        $autoload = $this->folder->copyBinding() . '/autoload.php';
        [$output] = PhpProcess::run(['-r', $code, '--', $autoload, $helper]);
        self::assertSame('The helper program gave an answer that is none.', $output);
    }

    public function testALimitOfTheProcessIsNotBlamedOnTheProgram(): void
    {
        $helper = $this->folder->script('helper', self::GOOD);
        $code = 'require $argv[1]; $library = ServerPilot\HelperProgram::locate($argv[2]);'
            . ' class_exists(ServerPilot\Exception\FfiUnavailable::class); class_exists(ServerPilot\Status::class);'
            . ' $configuration = new ServerPilot\Configuration(); posix_setrlimit(POSIX_RLIMIT_NOFILE, 3, 3);'
            . ' try { $library->call($configuration, "inspect_app", []); }'
            . ' catch (Exception $e) { echo $e->getMessage(); }';
        $autoload = $this->folder->copyBinding() . '/autoload.php';
        [$output] = PhpProcess::run(['-r', $code, '--', $autoload, $helper]);
        self::assertStringContainsString("$helper cannot be started (proc_open(): ", $output);
        self::assertStringContainsString('Too many open files', $output);
    }
}
