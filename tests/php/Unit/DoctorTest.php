<?php

/*
 * What the doctor says of a host, in PHPs with other settings, and that its words are complete.
 * Must not need WordPress, a running server or the settings of this machine's PHP-FPM.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit;

use PHPUnit\Framework\TestCase;
use ServerPilot\Doctor;
use ServerPilot\DoctorCheck;
use ServerPilot\Exception\FfiUnavailable;
use ServerPilot\FpmPool;
use ServerPilot\Release;
use ServerPilotTests\Support\PhpProcess;
use ServerPilotTests\Support\TemporaryFolder;

final class DoctorTest extends TestCase
{
    private const BINDING = __DIR__ . '/../../../php-bindings';

    private TemporaryFolder $folder;

    protected function setUp(): void
    {
        $this->folder = new TemporaryFolder();
    }

    protected function tearDown(): void
    {
        $this->folder->remove();
    }

    /**
     * @param list<string> $options Of PHP.
     *
     * @return array{array<string, string>, int} The levels by the codes, and the exit code.
     */
    private function levels(string $plugin, array $options): array
    {
        [$output, $exit] = PhpProcess::run([...$options, "$plugin/bin/doctor.php", '--json']);
        $document = json_decode($output, true);
        self::assertIsArray($document, $output);
        self::assertSame([Release::VERSION, $exit], [$document['release'], $document['exit']]);
        return [array_column($document['checks'], 'level', 'code'), $exit];
    }

    public function testItSaysWhichWayPhpReachesTheLibrary(): void
    {
        $plugin = $this->folder->copyRelease('plugin');
        $noHelper = ['-d', 'disable_functions=proc_open'];
        $cases = [
            'FFI' => [[], Doctor::EXIT_GOOD, ['library_inside' => 'good', 'way_inside' => 'good']],
            'FFI alone' => [
                $noHelper,
                Doctor::EXIT_GOOD,
                ['library_inside' => 'good', 'functions_disabled' => 'note', 'way_inside' => 'good'],
            ],
            'forbidden' => [
                ['-d', 'ffi.enable=false'],
                Doctor::EXIT_SLOWER,
                ['not_allowed_cli' => 'slower', 'library_beside' => 'good', 'way_beside' => 'slower',
                    'allow_in_ini' => 'slower'],
            ],
            'no extension' => [
                ['-n'],
                Doctor::EXIT_SLOWER,
                ['extension_off' => 'note', 'no_extension' => 'slower', 'way_beside' => 'slower'],
            ],
            'neither' => [
                ['-d', 'ffi.enable=false', ...$noHelper],
                Doctor::EXIT_BROKEN,
                ['not_allowed_cli' => 'broken', 'functions_disabled' => 'broken', 'way_none' => 'broken'],
            ],
        ];
        foreach ($cases as $what => [$options, $expected, $codes]) {
            [$levels, $exit] = $this->levels($plugin, $options);
            self::assertSame($expected, $exit, $what);
            self::assertSame($codes, array_intersect_key($levels, $codes), $what . ': ' . json_encode($levels));
        }
    }

    public function testWithoutLibraryAndHelperProgramItSaysWhatIsMissing(): void
    {
        $plugin = $this->folder->copyRelease('plugin');
        exec('rm -r ' . escapeshellarg("$plugin/lib"));
        [$levels, $exit] = $this->levels($plugin, []);
        self::assertSame(Doctor::EXIT_BROKEN, $exit);
        self::assertSame(['broken', 'broken'], [$levels['library_missing'], $levels['helper_missing']]);
    }

    /** An upload that ended half-way. */
    public function testFilesOfAnotherReleaseAreNamed(): void
    {
        $plugin = $this->folder->copyRelease('plugin');
        rename("$plugin/lib/" . Release::VERSION, "$plugin/lib/0.0.9");
        [$levels, $exit] = $this->levels($plugin, []);
        self::assertSame([Doctor::EXIT_BROKEN, 'broken'], [$exit, $levels['other_release']]);
        [$output] = PhpProcess::run(["$plugin/bin/doctor.php"]);
        self::assertStringContainsString(
            'The PHP files are of version ' . Release::VERSION . ', and libserverpilot.so beside them is of version '
                . '0.0.9. Cure: install version ' . Release::VERSION . ' anew as a whole',
            $output,
        );
    }

    public function testALibraryThatIsTooOldIsNamedThroughTheHelperProgramToo(): void
    {
        $answer = '{"abi":1,"status":0,"document":{"version":"0.0.9"}}';
        $helper = $this->folder->script('helper', "cat >/dev/null; echo '$answer'");
        $checks = Doctor::examine($this->folder->write('no-library', 'text'), $helper);
        $codes = array_map(static fn (DoctorCheck $check): string => $check->code, $checks);
        self::assertContains('no_binary', $codes);
        self::assertContains('way_none', $codes);
        $tooOld = $checks[(int) array_search('library_too_old', $codes, true)];
        self::assertSame(
            ['from' => Release::HELPER, 'version' => '0.0.9', 'needed' => Release::OLDEST_LIBRARY],
            $tooOld->details,
        );
    }

    public function testItAnswersWhoeverMistypesWithItsUsage(): void
    {
        [$output, $exit] = PhpProcess::run([self::BINDING . '/bin/doctor.php', '--jsn']);
        self::assertSame(["usage: php doctor.php [--json]\n", 64], [$output, $exit]);
    }

    /** @return array<string, array{array<string, string>, list<list<string|bool|null>>}> */
    public static function hosts(): array
    {
        return [
            'Debian and Ubuntu' => [
                [
                    'etc/php/8.2/fpm/pool.d/www.conf' => "; a remark\n[www]\nuser = www-data\n",
                    'etc/php/8.10/fpm/pool.d/shop.conf' => "[shop]\n  php_admin_value[ffi.enable] = true\n[off]\n"
                        . ";php_admin_value[ffi.enable] = true\nphp_admin_flag[ffi.enable] = off\n",
                ],
                [
                    ['shop', '8.10', '/etc/php/8.10/fpm/pool.d/shop.conf', '/etc/php/8.10/fpm/conf.d/99-ffi.ini',
                        'systemctl reload php8.10-fpm', true],
                    ['off', '8.10', '/etc/php/8.10/fpm/pool.d/shop.conf', '/etc/php/8.10/fpm/conf.d/99-ffi.ini',
                        'systemctl reload php8.10-fpm', false],
                    ['www', '8.2', '/etc/php/8.2/fpm/pool.d/www.conf', '/etc/php/8.2/fpm/conf.d/99-ffi.ini',
                        'systemctl reload php8.2-fpm', null],
                ],
            ],
            'ServerPilot' => [
                [
                    'etc/php8.3-sp/fpm-pools.d/shop.conf' => "[shop]\nuser = customer\nenv[KEY] = of-the-pool\n",
                    'etc/php8.3-sp/fpm-pools.d/blog.conf' => "[blog]\nuser = customer\n",
                    'etc/php8.3-sp/fpm-pools.d/blog.d/ffi.conf' => "php_admin_value[ffi.enable] = true\n",
                ],
                [
                    ['blog', '8.3', '/etc/php8.3-sp/fpm-pools.d/blog.d/ffi.conf', '/etc/php8.3-sp/conf.d/ffi.ini',
                        'service php8.3-fpm-sp restart', true],
                    ['shop', '8.3', '/etc/php8.3-sp/fpm-pools.d/shop.d/ffi.conf', '/etc/php8.3-sp/conf.d/ffi.ini',
                        'service php8.3-fpm-sp restart', null],
                ],
            ],
            'the image php' => [
                ['usr/local/etc/php-fpm.d/www.conf' => "[global]\n[www]\nphp_value[ffi.enable] = \"1\"\n"],
                [['www', '', '/usr/local/etc/php-fpm.d/www.conf', '/usr/local/etc/php/conf.d/ffi.ini',
                    'kill -USR2 1', true]],
            ],
            'no PHP-FPM' => [[], []],
        ];
    }

    /**
     * @dataProvider hosts
     *
     * @param array<string, string> $files
     * @param list<list<string|bool|null>> $expected
     */
    public function testThePoolsOfAHostAndTheirLines(array $files, array $expected): void
    {
        foreach ($files as $name => $text) {
            $this->folder->write($name, $text);
        }
        $root = $this->folder->path;
        $pools = array_map(static fn (FpmPool $pool): array => [
            $pool->name,
            $pool->php,
            substr($pool->file, strlen($root)),
            substr($pool->ini, strlen($root)),
            $pool->reload,
            $pool->allows,
        ], FpmPool::all($root));
        self::assertSame($expected, $pools);
        self::assertStringNotContainsString('of-the-pool', print_r(FpmPool::all($root), true));
    }

    public function testEveryReasonIsInWordsThatCanBeTranslated(): void
    {
        $code = 'namespace { require $argv[1]; function __(string $text, string $domain): string { '
            . 'return $domain === "ultimate-multisite-serverpilot" ? $text : "wrong text domain"; } '
            . '$texts = []; foreach (array_keys(ServerPilot\Exception\FfiUnavailable::REASONS) as $reason) { '
            . '$texts[$reason] = ServerPilot\UltimateMultisite\DoctorMessages::unavailable($reason); } '
            . 'echo json_encode($texts); }';
        [$output] = PhpProcess::run(['-r', $code, '--', self::BINDING . '/autoload.php']);
        self::assertSame(FfiUnavailable::REASONS, json_decode($output, true), $output);
    }

    /** A check without a sentence would be an exception on the operator's screen. */
    public function testEveryCheckOfTheDoctorHasASentence(): void
    {
        $source = (string) file_get_contents(self::BINDING . '/src/Doctor.php');
        preg_match_all("/(?:DoctorCheck\(|pool\(|=== true \? |'pool_allows' : )'([a-z_]+)'/", $source, $found);
        $codes = array_values(array_unique($found[1]));
        self::assertGreaterThan(15, count($codes), implode(', ', $codes));
        $code = 'namespace { require $argv[1]; function __(string $text, string $domain): string { return $text; } '
            . 'foreach (array_slice($argv, 2) as $code) { $details = ["a", "b", "c", "d", "e"]; '
            . '$check = new ServerPilot\DoctorCheck($code, "note", $details); '
            . 'echo $code, ": ", ServerPilot\UltimateMultisite\DoctorMessages::of($check), "\n"; } }';
        [$output, $exit] = PhpProcess::run(['-r', $code, '--', self::BINDING . '/autoload.php', ...$codes]);
        self::assertSame(0, $exit, $output);
        self::assertSame(count($codes), substr_count($output, ".\n"), $output);
    }

    public function testTheLevelsAreTheExitCode(): void
    {
        $check = static fn (string $level): DoctorCheck => new DoctorCheck('php', $level);
        $cases = [
            [Doctor::EXIT_GOOD, [DoctorCheck::NOTE, DoctorCheck::GOOD]],
            [Doctor::EXIT_SLOWER, [DoctorCheck::GOOD, DoctorCheck::SLOWER, DoctorCheck::NOTE]],
            [Doctor::EXIT_BROKEN, [DoctorCheck::SLOWER, DoctorCheck::BROKEN, DoctorCheck::GOOD]],
        ];
        foreach ($cases as [$exit, $levels]) {
            self::assertSame($exit, Doctor::exitCode(array_map($check, $levels)));
        }
    }
}
