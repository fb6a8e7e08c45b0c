<?php

/*
 * A release on a host: unpacked without root and without executable bits, updated under a running PHP-FPM, on a file
 * system from which nothing can be run; and what the doctor says there. Must not change a setting of this machine.
 */

declare(strict_types=1);

namespace ServerPilotTests\Integration;

use ServerPilot\Release;
use ServerPilotTests\Support\Builds;
use ServerPilotTests\Support\PhpFpm;
use ServerPilotTests\Support\PhpFpmTestCase;

final class ReleaseTest extends PhpFpmTestCase
{
    private const NEXT = '0.9.9';

    /** A page that maps a domain as the plugin does, with what is in its folder. */
    private function page(): string
    {
        return $this->folder->write('page.php', <<<'PHP'
            <?php
            require $_GET['plugin'] . '/autoload.php';
            $fake = json_decode($_GET['fake'], true);
            $answer = ['pid' => getmypid(), 'user' => posix_getpwuid(posix_geteuid())['name']];
            try {
                $library = ServerPilot\ServerPilot::choose();
                $client = new ServerPilot\ServerPilot(new ServerPilot\Configuration(
                    $fake['client_id'],
                    $fake['api_key'],
                    $fake['app_id'],
                    $fake['api'],
                    $_GET['ca_file'],
                ), $library);
                $answer['library'] = $library::class;
                $answer['sync'] = $client->syncDomain($_GET['domain'])->status;
                $answer['version'] = $client->version();
            } catch (ServerPilot\Exception\ServerPilotException $failure) {
                $answer['failure'] = $failure->getMessage();
            }
            echo json_encode($answer);
            PHP);
    }

    /** @return array<string, string> */
    private function query(string $plugin, string $domain): array
    {
        $ca = $this->folder->write('ca.pem', (string) file_get_contents(self::fake()->ready['ca_file']));
        $fake = (string) json_encode(self::fake()->ready);
        return ['plugin' => $plugin, 'domain' => $domain, 'ca_file' => $ca, 'fake' => $fake];
    }

    /** @return array<string, mixed> */
    private function answer(string $body): array
    {
        $answer = json_decode($body, true);
        self::assertIsArray($answer, $body . $this->fpm?->log());
        return $answer;
    }

    private function shell(string $command): void
    {
        exec("$command 2>&1", $output, $failed);
        self::assertSame(0, $failed, $command . ': ' . implode("\n", $output));
    }

    /** @return array<string, array{string}> */
    public static function updates(): array
    {
        return [
            'WordPress deletes the folder and unpacks the new one' => ['rm -r %1$s && cp -r %2$s %1$s'],
            // As over FTP: each file is truncated and written again, whoever has it open.
            'an upload overwrites the files' => ['cp -r %2$s/. %1$s'],
        ];
    }

    /** @dataProvider updates */
    public function testAnUpdateUnderARunningPhpFpmIsTakenUpAtOnceAndEndsNoWorker(string $update): void
    {
        $plugin = $this->folder->copyRelease('plugin');
        $next = $this->folder->copyRelease('next', self::NEXT);
        $this->fpm = new PhpFpm($this->folder, ['opcache.revalidate_freq=0'], ['ffi.enable' => 'true']);
        $page = $this->page();
        $before = $this->answer($this->fpm->get($page, $this->query($plugin, 'before.example.org')));
        self::assertSame(['ServerPilot\Native', 'SP_OK', Release::VERSION], [
            $before['library'],
            $before['sync'],
            $before['version'],
        ]);

        self::fake()->fault(['kind' => 'latency', 'on' => 'read', 'ms' => 1500]);
        $during = $this->fpm->begin($page, $this->query($plugin, 'during.example.org'));
        $deadline = hrtime(true) + 10_000_000_000;
        while (count(self::fake()->requests()) < 3) {
            self::assertLessThan($deadline, hrtime(true), 'the second page sent no request');
            usleep(20_000);
        }
        $this->shell(sprintf($update, escapeshellarg($plugin), escapeshellarg($next)));
        $during = $this->answer($during());
        self::assertSame(['SP_OK', Release::VERSION], [$during['sync'], $during['version']]);

        $after = $this->answer($this->fpm->get($page, $this->query($plugin, 'after.example.org')));
        self::assertSame(['SP_OK', self::NEXT], [$after['sync'], $after['version']]);
        self::assertSame([$before['pid'], $before['pid']], [$during['pid'], $after['pid']], $this->fpm->log());
        self::assertStringNotContainsString('exited on signal', $this->fpm->log());
        $expected = array_map(static fn (string $name): string => "$name.example.org", ['before', 'during', 'after']);
        self::assertEqualsCanonicalizing([self::NETWORK, ...$expected], self::fake()->domains());
    }

    /** Preloaded code stays what it was; where the library is, it asks code that is not preloaded. */
    public function testPreloadedCodeFindsTheLibraryOfTheUpdate(): void
    {
        $plugin = $this->folder->copyRelease('plugin');
        $next = $this->folder->copyRelease('next', self::NEXT);
        $options = ['opcache.revalidate_freq=0', "opcache.preload=$plugin/bin/preload.php"];
        $this->fpm = new PhpFpm($this->folder, $options, []);
        $page = $this->page();
        foreach ([Release::VERSION => 'before.example.org', self::NEXT => 'after.example.org'] as $version => $domain) {
            $answer = $this->answer($this->fpm->get($page, $this->query($plugin, $domain)));
            unset($answer['pid'], $answer['user']);
            $expected = ['library' => 'ServerPilot\Native', 'sync' => 'SP_OK', 'version' => $version];
            self::assertSame($expected, $answer);
            $this->shell(sprintf('rm -r %1$s && cp -r %2$s %1$s', escapeshellarg($plugin), escapeshellarg($next)));
        }
    }

    public function testUnpackedFilesOfTheWebsUserAreEnough(): void
    {
        if (posix_geteuid() !== 0) {
            self::fail('needs root, to let PHP-FPM run as another user');
        }
        $plugin = $this->folder->copyRelease('plugin');
        $helper = "$plugin/lib/" . Release::VERSION . '/' . Release::HELPER;
        self::assertSame(0644, fileperms($helper) & 0777);
        $this->shell('chown -R www-data ' . escapeshellarg($plugin));
        $this->fpm = new PhpFpm($this->folder, [], [], 'www-data');
        $answer = $this->answer($this->fpm->get($this->page(), $this->query($plugin, 'shop.example.org')));
        unset($answer['pid']);
        self::assertSame([
            'user' => 'www-data',
            'library' => 'ServerPilot\HelperProgram',
            'sync' => 'SP_OK',
            'version' => Release::VERSION,
        ], $answer);
        self::assertEqualsCanonicalizing([self::NETWORK, 'shop.example.org'], self::fake()->domains());
    }

    public function testFilesOfSomebodyElseWithoutTheExecutableBitAreNamedWithTheCure(): void
    {
        if (posix_geteuid() !== 0) {
            self::fail('needs root, to let PHP-FPM run as another user');
        }
        $plugin = $this->folder->copyRelease('plugin');
        $helper = "$plugin/lib/" . Release::VERSION . '/' . Release::HELPER;
        $this->fpm = new PhpFpm($this->folder, [], [], 'www-data');
        $page = $this->page();
        $answer = $this->answer($this->fpm->get($page, $this->query($plugin, 'shop.example.org')));
        self::assertStringContainsString("The helper program $helper is not executable", $answer['failure']);
        chmod($helper, 0755);
        $answer = $this->answer($this->fpm->get($page, $this->query($plugin, 'shop.example.org')));
        self::assertSame(['ServerPilot\HelperProgram', 'SP_OK'], [$answer['library'], $answer['sync']]);
    }

    public function testOnAFileSystemMountedNoexecTheReasonIsNamedAndASystemWideLibraryIsUsed(): void
    {
        $plugin = $this->folder->copyRelease('plugin');
        $system = $this->folder->path . '/system';
        mkdir($system);
        copy(Builds::library(), "$system/" . Release::SONAME);
        $mount = $this->folder->path . '/mounted here';
        mkdir($mount);
        // In a mount namespace of its own, so that nothing stays mounted.
        $run = function (string $environment) use ($plugin, $mount): array {
            $script = sprintf(
                'mount -t tmpfs -o noexec tmpfs %1$s && cp -r %2$s %1$s && '
                    . '%3$s exec %4$s %1$s/plugin/bin/doctor.php --json',
                escapeshellarg($mount),
                escapeshellarg($plugin),
                $environment,
                escapeshellarg(PHP_BINARY),
            );
            exec('unshare --mount sh -c ' . escapeshellarg($script) . ' 2>&1', $output, $exit);
            $document = json_decode(implode("\n", $output), true);
            self::assertIsArray($document, implode("\n", $output));
            return [$document['checks'], $exit];
        };
        [$checks, $exit] = $run('');
        $noexec = array_values(array_filter($checks, static fn (array $check): bool => $check['code'] === 'noexec'));
        self::assertSame([2, 'broken', 'broken'], [$exit, ...array_column($noexec, 'level')]);
        self::assertSame([$mount, $mount], [$noexec[0]['details']['mount'], $noexec[1]['details']['mount']]);

        [$checks, $exit] = $run('LD_LIBRARY_PATH=' . escapeshellarg($system));
        $levels = array_column($checks, 'level', 'code');
        self::assertSame([0, 'good', 'note'], [$exit, $levels['library_inside'], $levels['noexec']]);
    }

    public function testTheDoctorKnowsThePoolItIsIn(): void
    {
        $plugin = $this->folder->copyRelease('plugin');
        $series = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
        $file = $this->folder->write("etc/php/$series/fpm/pool.d/test.conf", "[other]\n[test]\nuser = somebody\n");
        $script = $this->folder->write('doctor.php', <<<'PHP'
            <?php
            require $_GET['plugin'] . '/autoload.php';
            $pool = ServerPilot\FpmPool::own($_GET['root']);
            $checks = ServerPilot\Doctor::examine();
            echo json_encode(['checks' => $checks, 'file' => $pool?->file, 'pool' => $pool?->name]);
            PHP);
        $query = ['plugin' => $plugin, 'root' => $this->folder->path];
        $expected = [
            ['', ['not_allowed_fpm' => 'slower', 'library_beside' => 'good', 'way_beside' => 'slower',
                'allow_in_pool_somewhere' => 'slower']],
            ['true', ['library_inside' => 'good', 'way_inside' => 'good']],
        ];
        foreach ($expected as [$setting, $levels]) {
            $this->fpm = new PhpFpm($this->folder, [], $setting === '' ? [] : ['ffi.enable' => $setting]);
            $answer = $this->answer($this->fpm->get($script, $query));
            self::assertSame(['test', $file], [$answer['pool'], $answer['file']]);
            $found = array_column($answer['checks'], 'level', 'code');
            self::assertSame($levels, array_intersect_key($found, $levels), (string) json_encode($found));
            // The program of that name is for the command line, and its file is where web servers look.
            self::assertSame('', $this->fpm->get("$plugin/bin/doctor.php", []));
            $this->fpm->stop();
            $this->fpm = null;
        }
    }

    public function testTheDoctorKnowsThatTheLibraryIsPreloaded(): void
    {
        $plugin = $this->folder->copyRelease('plugin');
        $script = $this->folder->write('doctor.php', <<<'PHP'
            <?php
            require $_GET['plugin'] . '/autoload.php';
            echo json_encode(ServerPilot\Doctor::examine());
            PHP);
        $this->fpm = new PhpFpm($this->folder, ["opcache.preload=$plugin/bin/preload.php"], []);
        $levels = array_column($this->answer($this->fpm->get($script, ['plugin' => $plugin])), 'level', 'code');
        self::assertSame('good', $levels['way_preloaded'] ?? null, (string) json_encode($levels));
    }
}
