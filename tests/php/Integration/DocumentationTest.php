<?php

/*
 * Every code block of the documentation does what it says: programs are compiled and run against the fake, settings
 * are read by who reads them, and of commands that install something or need root every target and file is looked up.
 * Must not pass over a block that it does not know: that is a failure, and a new kind is added here.
 */

declare(strict_types=1);

namespace ServerPilotTests\Integration;

use ServerPilotTests\Support\Builds;
use ServerPilotTests\Support\CodeBlock;
use ServerPilotTests\Support\FakeServerPilotTestCase;
use ServerPilotTests\Support\TemporaryFolder;

final class DocumentationTest extends FakeServerPilotTestCase
{
    private const ROOT = __DIR__ . '/../../..';

    private const FILES = ['README.md', 'php-bindings/README.md', 'php-bindings/readme.txt'];

    /** Paths in this repository, as it is checked out. */
    private const OURS = '~^(\./)?(benches|include|php-bindings|src|tests)/[\w./-]+$~';

    /** Programs that are the system's to explain; of their arguments, what is in this repository is looked up. */
    private const SYSTEM = [
        'cd', 'cp', 'curl', 'composer', 'docker', 'dpkg', 'export', 'git', 'install', 'ldconfig', 'ln', 'mkdir', 'php',
        'pkg-config', 'python3', 'sha256sum', 'systemctl', 'tar', 'unzip',
    ];

    private TemporaryFolder $folder;

    protected function setUp(): void
    {
        parent::setUp();
        $this->folder = new TemporaryFolder();
        // Like an installed library, which the loader and the linker find by name.
        symlink(Builds::library(), $this->folder->path . '/libserverpilot.so.1');
        symlink('libserverpilot.so.1', $this->folder->path . '/libserverpilot.so');
        // What the examples require, seen from their own folder.
        symlink(realpath(self::ROOT) . '/php-bindings', $this->folder->path . '/php-bindings');
        symlink('php-bindings/autoload.php', $this->folder->path . '/autoload.php');
    }

    protected function tearDown(): void
    {
        $this->folder->remove();
    }

    /** @return array<string, array{CodeBlock}> */
    public static function blocks(): array
    {
        $cases = [];
        foreach (self::FILES as $file) {
            foreach (CodeBlock::all(self::ROOT, $file) as $block) {
                $cases[$block->place()] = [$block];
            }
        }
        return $cases;
    }

    public function testEveryFileHasItsExamples(): void
    {
        foreach (self::FILES as $file) {
            $blocks = CodeBlock::all(self::ROOT, $file);
            $kinds[$file] = array_map(static fn (CodeBlock $block) => $block->kind(), $blocks);
        }
        self::assertSame([], array_diff(['shell', 'wp-config', 'php', 'c'], $kinds['README.md']));
        self::assertContains('php', $kinds['php-bindings/README.md']);
        self::assertContains('php', $kinds['php-bindings/readme.txt']);
    }

    /** @dataProvider blocks */
    public function testABlockDoesWhatItSays(CodeBlock $block): void
    {
        match ($block->kind()) {
            'c' => $this->runsAsC($block),
            'php' => $this->runsAsPhp($block),
            'wp-config' => $this->isReadByPhp($block),
            'shell' => array_map(
                fn (array $command) => $this->isThere($command, "{$block->place()}: " . implode(' ', $command)),
                $block->commands(),
            ),
            'ini' => self::assertNotFalse(parse_ini_string($block->code, true, INI_SCANNER_RAW), $block->place()),
            'json' => self::assertNotNull(json_decode($block->code, flags: JSON_THROW_ON_ERROR), $block->place()),
            default => self::fail("{$block->place()}: no test knows this kind of block:\n$block->code"),
        };
    }

    private function runsAsC(CodeBlock $block): void
    {
        $source = $this->folder->write('program.c', $block->code);
        [$exit, $output] = $this->started([
            'gcc', '-std=c99', '-Wall', '-Wextra', '-pedantic', '-Werror', '-I' . self::ROOT . '/include', $source,
            '-o', "{$this->folder->path}/program", "-L{$this->folder->path}", '-lserverpilot', '-pthread',
        ]);
        self::assertSame([0, ''], [$exit, $output], $block->place());
        $this->asksTheFake($block, ["{$this->folder->path}/program"]);
    }

    private function runsAsPhp(CodeBlock $block): void
    {
        $code = preg_replace('/^<\?php\s/', '', $block->code);
        $ready = self::fake()->ready;
        // The one change to the text: the fake is asked, not ServerPilot.
        $fake = "baseUrl: '{$ready['api']}', caFile: '{$ready['ca_file']}'";
        $code = (string) preg_replace('/\bnew (\\\\?ServerPilot\\\\)?Configuration\(/', "$0$fake, ", (string) $code);
        $script = $this->folder->write('block.php', "<?php\n$code");
        $command = [PHP_BINARY, '-d', 'error_reporting=-1', '-d', 'display_errors=1'];
        if (preg_match('/\badd_(filter|action)\(/', $code) === 1) {
            $this->filtersWhatThePluginOffers($block, [...$command, $this->withFilters($script)]);
        } elseif (preg_match('/->(syncDomain|removeDomain|apply|enableAutossl|inspectApp|diagnose)\(/', $code) === 1) {
            // As in wp-config.php, where the block says that these are.
            $constants = '';
            foreach (['CLIENT_ID' => 'client_id', 'API_KEY' => 'api_key', 'APP_ID' => 'app_id'] as $name => $key) {
                $constants .= sprintf("define('WU_SERVER_PILOT_%s', %s);\n", $name, var_export($ready[$key], true));
            }
            $config = $this->folder->write('wp-config.php', "<?php\n$constants");
            $this->asksTheFake($block, [...$command, '-d', "auto_prepend_file=$config", $script]);
        } else {
            self::assertSame([0, ''], $this->started([...$command, $script]), $block->place());
        }
    }

    /** @param list<string> $command */
    private function asksTheFake(CodeBlock $block, array $command): void
    {
        $before = count(self::fake()->requests());
        [$exit, $output] = $this->started($command);
        self::assertSame(0, $exit, "{$block->place()}: $output");
        self::assertDoesNotMatchRegularExpression('/\b(Warning|Notice|Deprecated|Fatal error)\b: /', $output);
        self::assertGreaterThan($before, count(self::fake()->requests()), "{$block->place()}: nothing was asked");
        preg_match_all('/["\']([a-z]+\.example\.(?:org|com))["\']/', $block->code, $named);
        foreach (array_unique($named[1]) as $domain) {
            self::assertStringContainsString($domain, $output, $block->place());
            self::assertContains($domain, self::fake()->domains(), $block->place());
        }
    }

    /** A program that loads WordPress's own hooks and then the block, and says what the block makes of a configuration. */
    private function withFilters(string $script): string
    {
        return $this->folder->write('plugin.php', <<<'PHP'
            <?php
            define('ABSPATH', '/usr/share/wordpress/');
            require ABSPATH . 'wp-includes/plugin.php';
            require __DIR__ . '/autoload.php';
            require __DIR__ . '/block.php';
            $before = new ServerPilot\Configuration('client', 'key', 'app');
            $after = apply_filters('serverpilot_configuration', $before);
            echo json_encode([
                'hooks' => array_keys($GLOBALS['wp_filter']),
                'kept' => array_intersect_assoc($before->settings(), $after->settings()) === $before->settings(),
                'changed' => array_values(array_diff_assoc($after->settings(), $before->settings())),
            ], JSON_THROW_ON_ERROR);
            PHP);
    }

    /** @param list<string> $command */
    private function filtersWhatThePluginOffers(CodeBlock $block, array $command): void
    {
        [$exit, $output] = $this->started($command);
        self::assertSame(0, $exit, "{$block->place()}: $output");
        $said = json_decode($output, true);
        self::assertIsArray($said, "{$block->place()}: $output");
        foreach ($said['hooks'] as $hook) {
            $offered = shell_exec('grep -rl ' . escapeshellarg("apply_filters('$hook'") . ' '
                . escapeshellarg(self::ROOT . '/php-bindings/src'));
            self::assertNotEmpty($offered, "{$block->place()}: the plugin has no filter $hook");
        }
        if (in_array('serverpilot_configuration', $said['hooks'], true)) {
            self::assertTrue($said['kept'], "{$block->place()}: the filter loses the credentials");
            self::assertNotSame([], $said['changed'], "{$block->place()}: the filter changes nothing");
            foreach ($said['changed'] as $value) {
                self::assertStringContainsString("'$value'", $block->code, $block->place());
            }
        }
    }

    /** The constants are those that the plugin reads. */
    private function isReadByPhp(CodeBlock $block): void
    {
        $script = $this->folder->write('wp-config.php', "<?php\n$block->code"
            . "echo json_encode(array_keys(get_defined_constants(true)['user']));");
        [$exit, $output] = $this->started([PHP_BINARY, '-d', 'display_errors=1', $script]);
        self::assertSame(0, $exit, "{$block->place()}: $output");
        foreach (json_decode($output, true, flags: JSON_THROW_ON_ERROR) as $constant) {
            $read = shell_exec('grep -rl ' . escapeshellarg("'$constant'") . ' '
                . escapeshellarg(self::ROOT . '/php-bindings/src'));
            self::assertNotEmpty($read, "{$block->place()}: nobody reads $constant");
        }
    }

    /**
     * What a command of a shell block names is there. None is run: they install, build or need root, and what they
     * do has its own suite.
     *
     * @param list<string> $command
     */
    private function isThere(array $command, string $place): void
    {
        $program = array_shift($command);
        $given = array_values(array_filter($command, static fn ($word) => preg_match('/^-|=/', $word) !== 1));
        switch ($program) {
            case 'make':
                self::assertNotSame([], $given, $place);
                foreach ($given as $target) {
                    self::assertContains($target, self::makeTargets(), $place);
                }
                break;
            case 'cargo':
                self::assertSame(0, $this->started(['cargo', (string) $given[0], '--help'])[0], $place);
                foreach (array_slice($given, 1) as $name) {
                    // A test, a benchmark or a program, or a package of the workspace.
                    $found = glob(self::ROOT . "/{{tests,benches}/$name.rs,tests/$name/Cargo.toml}", GLOB_BRACE);
                    self::assertNotEmpty($found, "$place: no $name");
                }
                break;
            case 'apt-get':
            case 'apt':
                self::assertContains($given[0] ?? '', ['install', 'update'], $place);
                foreach (array_slice($given, 1) as $package) {
                    $known = escapeshellarg($package);
                    // Where no index is kept, an installed package is known all the same.
                    $found = shell_exec("dpkg-query -W $known 2> /dev/null || apt-cache show $known 2> /dev/null");
                    self::assertTrue(str_starts_with($package, './') || $found !== null, "$place: no $package");
                }
                break;
            case 'wp':
                self::assertSame('serverpilot', $given[0] ?? '', $place);
                $file = self::ROOT . '/php-bindings/src/UltimateMultisite/Commands.php';
                $commands = (string) file_get_contents($file);
                $method = lcfirst(strtr(ucwords($given[1] ?? '', '-'), ['-' => '']));
                $pattern = "/function $method\(|@subcommand {$given[1]}\b/";
                self::assertMatchesRegularExpression($pattern, $commands, $place);
                break;
            case 'cc':
            case 'gcc':
                // The options, with a program of the name that is given.
                $name = (string) current(preg_grep('/\.c$/', $given) ?: []);
                self::assertNotSame('', $name, $place);
                $this->folder->write($name, "#include <serverpilot.h>\n"
                    . "int main(void) { return sp_abi_version() == 1 ? 0 : 1; }\n");
                [$exit, $output] = $this->started([
                    $program, ...$command, '-I' . realpath(self::ROOT) . '/include', "-L{$this->folder->path}",
                ]);
                self::assertSame(0, $exit, "$place: $output");
                break;
            default:
                $isOurs = preg_match(self::OURS, $program) === 1;
                $isKnown = $isOurs || in_array($program, self::SYSTEM, true);
                self::assertTrue($isKnown, "$place: no test knows this command");
                self::assertTrue(!$isOurs || is_executable(self::ROOT . "/$program"), "$place: no such program");
                foreach (preg_grep(self::OURS, $given) ?: [] as $file) {
                    self::assertFileExists(self::ROOT . "/$file", $place);
                }
        }
    }

    /** Commands and files in running text are there, too. */
    public function testWhatTheTextMentionsIsThere(): void
    {
        $mentioned = 0;
        foreach ([...self::FILES, 'CONTRIBUTING.md'] as $file) {
            preg_match_all('/`([^`\n]+)`/', (string) file_get_contents(self::ROOT . "/$file"), $quoted);
            foreach ($quoted[1] as $text) {
                $words = explode(' ', $text);
                if (preg_match('/^(make|cargo|cc|wp serverpilot) \w|^(cc) -/', $text) === 1) {
                    $this->isThere($words, "$file: $text");
                } elseif (preg_match('~^(benches|data|fuzz|include|src|tests)/~', $text) === 1) {
                    // Some name what is in php-bindings from there.
                    $found = array_filter(
                        [$words[0], "php-bindings/$words[0]"],
                        static fn (string $path): bool => file_exists(self::ROOT . "/$path"),
                    );
                    self::assertNotSame([], $found, "$file: there is no $text");
                } else {
                    continue;
                }
                $mentioned++;
            }
        }
        self::assertGreaterThan(100, $mentioned);
    }

    /** @return list<string> */
    private static function makeTargets(): array
    {
        preg_match_all('/^([a-z][a-z ._-]*):(?!=)/m', (string) file_get_contents(self::ROOT . '/Makefile'), $found);
        return preg_split('/ /', implode(' ', $found[1]), -1, PREG_SPLIT_NO_EMPTY) ?: [];
    }

    /**
     * @param list<string> $command
     *
     * @return array{int, string}
     */
    private function started(array $command): array
    {
        $ready = self::fake()->ready;
        $pipes = [];
        $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipes, $this->folder->path, [
            'SP_CLIENT_ID' => $ready['client_id'],
            'SP_API_KEY' => $ready['api_key'],
            'SP_APP_ID' => $ready['app_id'],
            'SP_BASE_URL' => $ready['api'],
            'SP_CA_FILE' => $ready['ca_file'],
            'LD_LIBRARY_PATH' => $this->folder->path,
            'PATH' => (string) getenv('PATH'),
            'HOME' => (string) getenv('HOME'),
        ]);
        self::assertIsResource($process);
        $output = (string) stream_get_contents($pipes[1]);
        self::assertStringNotContainsString($ready['api_key'], $output);
        self::assertStringNotContainsString($ready['client_id'], $output);
        return [proc_close($process), $output];
    }
}
