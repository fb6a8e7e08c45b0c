<?php

/*
 * Where php-fpm allows FFI and where it does not, on a real php-fpm: the default, a single pool, and the two hardened
 * setups with preloading. Must not assume anything about the system's own pools.
 */

declare(strict_types=1);

namespace ServerPilotTests\Integration;

use ServerPilotTests\Support\Builds;
use ServerPilotTests\Support\PhpFpm;
use ServerPilotTests\Support\PhpFpmTestCase;

final class PhpFpmTest extends PhpFpmTestCase
{
    private const BINDING = __DIR__ . '/../../../php-bindings';

    /**
     * What a page view reports: whether FFI is open to all code, what Native says, which library was chosen and what
     * it did.
     *
     * @param list<string> $options
     * @param array<string, string> $pool
     *
     * @return list<array{free: bool, native: string, cure: string, chosen: string, sync: string}> Of two page views in
     *     the same worker.
     */
    private function views(array $options, array $pool, string $library): array
    {
        $script = $this->folder->write('view.php', <<<'PHP'
            <?php
            require $_GET['autoload'];
            $path = $_GET['library'] === '' ? null : $_GET['library'];
            try {
                FFI::cdef('int getpid(void);');
                $free = true;
            } catch (FFI\Exception) {
                $free = false;
            }
            $native = 'loaded';
            $cure = '';
            try {
                ServerPilot\Native::load($path);
            } catch (ServerPilot\Exception\FfiUnavailable $unavailable) {
                $native = $unavailable->getMessage();
                $cure = $unavailable->cure();
            }
            $library = ServerPilot\ServerPilot::choose($path, $_GET['helper']);
            $fake = json_decode($_GET['fake'], true);
            $client = new ServerPilot\ServerPilot(
                new ServerPilot\Configuration(
                    $fake['client_id'],
                    $fake['api_key'],
                    $fake['app_id'],
                    $fake['api'],
                    $fake['ca_file'],
                ),
                $library,
            );
            $sync = $client->syncDomain($_GET['domain'])->status;
            echo json_encode(compact('free', 'native', 'cure', 'sync') + ['chosen' => $library::class]);
            PHP);
        $this->fpm = new PhpFpm($this->folder, $options, $pool);
        $views = [];
        foreach (['one.example.org', 'two.example.org'] as $domain) {
            $body = $this->fpm->get($script, [
                'autoload' => (string) realpath(self::BINDING . '/autoload.php'),
                'library' => $library,
                'helper' => Builds::helper(),
                'fake' => (string) json_encode(self::fake()->ready),
                'domain' => $domain,
            ]);
            $view = json_decode($body, true);
            self::assertIsArray($view, $body . $this->fpm->log());
            self::assertSame('SP_OK', $view['sync']);
            $views[] = $view;
        }
        $expected = [self::NETWORK, 'one.example.org', 'two.example.org'];
        self::assertEqualsCanonicalizing($expected, self::fake()->domains());
        return $views;
    }

    public function testByDefaultTheCureIsNamedAndTheHelperProgramDoesTheJob(): void
    {
        foreach ($this->views([], [], Builds::library()) as $view) {
            self::assertFalse($view['free']);
            self::assertStringContainsString('ffi.enable is preload', $view['native']);
            self::assertStringStartsWith('`php_admin_value[ffi.enable] = true`', $view['cure']);
            self::assertSame('ServerPilot\HelperProgram', $view['chosen']);
        }
    }

    public function testInAPoolThatAllowsItTheLibraryIsUsed(): void
    {
        foreach ($this->views([], ['ffi.enable' => 'true'], Builds::library()) as $view) {
            self::assertTrue($view['free']);
            self::assertSame(['loaded', 'ServerPilot\Native'], [$view['native'], $view['chosen']]);
        }
    }

    public function testPreloadedTheBindingMayUseTheLibraryAndOtherCodeMayNot(): void
    {
        $preload = realpath(self::BINDING . '/bin/preload.php');
        foreach ($this->views(["opcache.preload=$preload"], [], Builds::library()) as $view) {
            self::assertFalse($view['free'], 'FFI must stay closed to other code');
            self::assertSame(['loaded', 'ServerPilot\Native'], [$view['native'], $view['chosen']]);
        }
    }

    public function testWithThePreloadedHeaderNoPathIsNeeded(): void
    {
        $header = (string) file_get_contents(self::BINDING . '/serverpilot-ffi.h');
        self::assertStringStartsWith('#define FFI_SCOPE "serverpilot"' . "\n" . '#define FFI_LIB "', $header);
        $here = '#define FFI_LIB "' . Builds::library() . '"';
        $header = (string) preg_replace('/^#define FFI_LIB .*/m', $here, $header);
        $options = [
            'opcache.preload=' . realpath(self::BINDING . '/bin/preload.php'),
            'ffi.preload=' . $this->folder->write('serverpilot-ffi.h', $header),
        ];
        foreach ($this->views($options, [], '') as $view) {
            self::assertFalse($view['free'], 'FFI must stay closed to other code');
            self::assertSame(['loaded', 'ServerPilot\Native'], [$view['native'], $view['chosen']]);
        }
    }
}
