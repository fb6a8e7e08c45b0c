<?php

/*
 * What holds only inside the PHP process: one connection for many calls, fork, versions, the file that is loaded.
 * Must not repeat what both libraries do.
 */

declare(strict_types=1);

namespace ServerPilotTests\Integration;

use ServerPilot\Configuration;
use ServerPilot\Exception\FfiUnavailable;
use ServerPilot\Exception\UsageException;
use ServerPilot\Native;
use ServerPilot\Release;
use ServerPilot\ServerPilot;
use ServerPilot\SystemLibc;
use ServerPilotTests\Support\Builds;
use ServerPilotTests\Support\FakeServerPilotTestCase;
use ServerPilotTests\Support\PhpProcess;
use ServerPilotTests\Support\TemporaryFolder;

final class NativeTest extends FakeServerPilotTestCase
{
    private TemporaryFolder $folder;

    protected function setUp(): void
    {
        parent::setUp();
        $this->folder = new TemporaryFolder();
    }

    protected function tearDown(): void
    {
        $this->folder->remove();
    }

    public function testLaterCallsUseTheConnectionOfEarlierOnes(): void
    {
        $library = Native::load(Builds::library());
        // Two clients with equal settings share one native client.
        for ($i = 0; $i < 2; $i++) {
            $client = new ServerPilot(self::fake()->configuration(), $library);
            $client->syncDomain("shop-$i.example.org");
            $client->inspectApp();
        }
        $requests = self::fake()->requests();
        self::assertCount(8, $requests);
        self::assertCount(1, array_unique(array_column($requests, 'connection')));
    }

    public function testTheRefusedSettingIsNamed(): void
    {
        $this->expectException(UsageException::class);
        $this->expectExceptionMessage('lockDir must be');
        self::client('native', ['lockDir' => 'relative'])->inspectApp();
    }

    public function testNothingIsLeftBehindByManyConfigurations(): void
    {
        $library = Native::load(Builds::library());
        $descriptors = count((array) scandir('/proc/self/fd'));
        for ($i = 0; $i < 50; $i++) {
            $other = new Configuration("c$i", 'k', 'a', self::fake()->ready['api'], self::fake()->ready['ca_file']);
            try {
                (new ServerPilot($other, $library))->inspectApp();
            } catch (\ServerPilot\Exception\ServiceException) {
                // Refused keys are expected; what matters is what is left behind.
            }
        }
        unset($library);
        gc_collect_cycles();
        self::assertLessThan($descriptors + 10, count((array) scandir('/proc/self/fd')));
    }

    public function testAForkedChildWorksAndLeavesTheParentAlone(): void
    {
        $script = $this->folder->write('fork.php', <<<'PHP'
            <?php
            require $argv[1];
            $fake = json_decode($argv[3], true);
            $client = new ServerPilot\ServerPilot(
                new ServerPilot\Configuration(
                    $fake['client_id'],
                    $fake['api_key'],
                    $fake['app_id'],
                    $fake['api'],
                    $fake['ca_file'],
                ),
                ServerPilot\Native::load($argv[2]),
            );
            $client->syncDomain('before.example.org');
            $children = [];
            for ($n = 0; $n < 4; $n++) {
                $child = pcntl_fork();
                if ($child === 0) {
                    $client->syncDomain("child-$n.example.org");
                    // An ordinary exit, with all destructors.
                    exit(0);
                }
                $children[] = $child;
            }
            $client->syncDomain('meanwhile.example.org');
            foreach ($children as $child) {
                pcntl_waitpid($child, $status);
                echo pcntl_wexitstatus($status);
            }
            echo $client->syncDomain('after.example.org')->status;
            PHP);
        $autoload = dirname(__DIR__, 3) . '/php-bindings/autoload.php';
        $fake = (string) json_encode(self::fake()->ready);
        [$output, $exit] = PhpProcess::run([$script, $autoload, Builds::library(), $fake]);
        self::assertSame('0000SP_OK', $output);
        self::assertSame(0, $exit);
        $names = ['before', 'meanwhile', 'after', 'child-0', 'child-1', 'child-2', 'child-3'];
        $expected = array_map(static fn (string $name): string => "$name.example.org", $names);
        self::assertEqualsCanonicalizing([self::NETWORK, ...$expected], self::fake()->domains());
        // The parent still uses the connection of its first call.
        $requests = self::fake()->requests();
        self::assertSame(
            $requests[0]['connection'],
            $requests[count($requests) - 1]['connection'],
        );
    }

    public function testALibraryOfAnotherAbiIsRefusedByItsVersion(): void
    {
        $header = (string) file_get_contents(dirname(__DIR__, 3) . '/php-bindings/serverpilot-ffi.h');
        preg_match_all('/\b(sp_\w+)\(/', $header, $functions);
        $every = array_diff(array_unique($functions[1]), ['sp_abi_version']);
        $version = 'unsigned sp_abi_version(void) { return 2; }';
        $empty = implode(' ', array_map(static fn (string $f): string => "void $f(void) {}", $every));
        foreach (['same functions' => "$version $empty", 'other functions' => $version] as $what => $code) {
            $source = $this->folder->write('other.c', $code);
            $library = $this->folder->path . '/' . strtr($what, ' ', '-') . '.so';
            exec("cc -shared -fPIC -o $library $source 2>&1", $output, $failed);
            self::assertSame(0, $failed, implode("\n", $output));
            try {
                Native::load($library);
                self::fail("no exception for $what");
            } catch (FfiUnavailable $unavailable) {
                self::assertStringContainsString('ABI version 2', $unavailable->getMessage());
                self::assertStringContainsString('same release', $unavailable->cure());
            }
        }
    }

    /** A system-wide library that was left behind by an update of the plugin. */
    public function testALibraryThatIsTooOldIsRefusedByItsVersion(): void
    {
        $header = (string) file_get_contents(dirname(__DIR__, 3) . '/php-bindings/serverpilot-ffi.h');
        preg_match_all('/\b(sp_\w+)\(/', $header, $functions);
        $every = array_diff(array_unique($functions[1]), ['sp_abi_version', 'sp_version']);
        $code = 'unsigned sp_abi_version(void) { return 1; } const char *sp_version(void) { return "0.0.9"; } '
            . implode(' ', array_map(static fn (string $f): string => "void $f(void) {}", $every));
        $library = $this->folder->path . '/old.so';
        exec("cc -shared -fPIC -o $library " . $this->folder->write('old.c', $code) . ' 2>&1', $output, $failed);
        self::assertSame(0, $failed, implode("\n", $output));
        $this->expectException(FfiUnavailable::class);
        $this->expectExceptionMessage(
            "The library from $library is version 0.0.9, and this binding needs " . Release::OLDEST_LIBRARY
                . ' or later. Cure: install library and php-bindings from the same release; then reload PHP-FPM',
        );
        Native::load($library);
    }

    public function testALibraryForANewerGlibcSaysWhichItNeeds(): void
    {
        $needed = (string) SystemLibc::neededBy(Builds::library());
        $later = '9' . substr($needed, 1);
        $bytes = str_replace("GLIBC_$needed\0", "GLIBC_$later\0", (string) file_get_contents(Builds::library()));
        $library = $this->folder->write('later.so', $bytes);
        $this->expectException(FfiUnavailable::class);
        $has = SystemLibc::version();
        $this->expectExceptionMessage("The library $library needs glibc $later, and this system has $has. Cure: ");
        Native::load($library);
    }
}
