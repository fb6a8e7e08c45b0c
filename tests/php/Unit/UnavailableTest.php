<?php

/*
 * Every way in which PHP on the command line is not allowed or not able to use FFI, and the fix that it reports.
 * Must not need the library; the cases of php-fpm are in the integration suite.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit;

use PHPUnit\Framework\TestCase;
use ServerPilot\Release;
use ServerPilotTests\Support\PhpProcess;
use ServerPilotTests\Support\TemporaryFolder;

final class UnavailableTest extends TestCase
{
    private TemporaryFolder $folder;

    protected function setUp(): void
    {
        $this->folder = new TemporaryFolder();
    }

    protected function tearDown(): void
    {
        $this->folder->remove();
    }

    /** @return array<string, array{list<string>, string, string, string}> */
    public static function cases(): array
    {
        $notELF = 'install the release for ';
        // With that, PHP 8.4 crashes before it comes to any file, and 8.5 has no such setting.
        $off = [['-d', 'disable_classes=FFI'], '', 'class FFI is switched off', 'take `FFI` out of'];
        return (PHP_VERSION_ID < 80400 ? ['class disabled' => $off] : []) + [
            'no extension' => [['-n'], '', 'extension ffi is not loaded', '`extension=ffi`'],
            'forbidden' => [['-d', 'ffi.enable=false'], '', 'ffi.enable is false', '`php -d ffi.enable=true'],
            'nothing there' => [[], '', 'library was not found', '/lib/' . Release::VERSION . '/libserverpilot.so`'],
            'wrong path' => [[], '/nonexistent.so', 'library was not found: /nonexistent.so', '`install -D'],
            'no library' => [[], '/etc/passwd', 'is no Linux binary', $notELF],
            'another library' => [[], 'libc.so.6', 'is not libserverpilot', 'same release'],
        ];
    }

    /**
     * @dataProvider cases
     *
     * @param list<string> $options
     */
    public function testTheCureIsNamed(array $options, string $library, string $missing, string $cure): void
    {
        $binding = $this->folder->copyBinding();
        if (!is_file("$binding/serverpilot-ffi.h")) {
            self::fail('php-bindings/serverpilot-ffi.h is missing: `make headers` renews it');
        }
        $script = $this->folder->write('try.php', <<<'PHP'
            <?php
            require $argv[1];
            try {
                ServerPilot\Native::load($argv[2] === '' ? null : $argv[2]);
                echo 'loaded';
            } catch (ServerPilot\Exception\FfiUnavailable $unavailable) {
                echo json_encode([$unavailable->getMessage(), $unavailable->cure(), $unavailable->statusName]);
            }
            PHP);
        [$output] = PhpProcess::run([...$options, $script, "$binding/autoload.php", $library]);
        $answer = json_decode($output, true);
        self::assertIsArray($answer, $output);
        self::assertStringContainsString($missing, $answer[0]);
        self::assertStringContainsString($cure, $answer[1]);
        self::assertStringContainsString('Cure: ' . $answer[1], $answer[0]);
        self::assertSame('SP_ERR_STATE', $answer[2]);
    }

    /** As left behind by an installation by root with a strict umask. */
    public function testAnUnreadableLibraryIsReportedAsUnreadable(): void
    {
        $binding = $this->folder->copyBinding();
        $library = $this->folder->write('lib.so', "\x7fELF" . str_repeat("\0", 60), 0);
        $code = 'posix_getuid() === 0 && posix_setuid(65534); require $argv[1];'
            . ' try { ServerPilot\Native::load($argv[2]); } catch (Exception $e) { echo $e->getMessage(); }';
        [$output] = PhpProcess::run(['-r', $code, '--', "$binding/autoload.php", $library]);
        self::assertStringContainsString('cannot be read by this PHP\'s user', $output);
        self::assertStringContainsString("Cure: `chmod 755 $library`", $output);
    }

    public function testAMissingHeaderIsNamed(): void
    {
        $binding = $this->folder->copyBinding();
        @unlink("$binding/serverpilot-ffi.h");
        $code = 'require $argv[1]; try { ServerPilot\Native::load(); } catch (Exception $e) { echo $e->getMessage(); }';
        [$output] = PhpProcess::run(['-r', $code, '--', "$binding/autoload.php"]);
        self::assertStringContainsString('header serverpilot-ffi.h is missing', $output);
    }
}
