<?php

/*
 * What operators read beside readme.txt: the setup guide and the French readme. Every picture is one that the screens'
 * suite takes, every command one that there is, every file one that is shipped. Must not need WordPress.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit;

use PHPUnit\Framework\TestCase;
use ReflectionClass;
use ReflectionMethod;
use ServerPilot\UltimateMultisite\Commands;

final class GuideTest extends TestCase
{
    private const PLUGIN = __DIR__ . '/../../../php-bindings/';

    public function testEveryPictureIsOneThatTheSuiteTakes(): void
    {
        preg_match_all('#!\[[^]]+\]\((\S+/([a-z0-9-]+)\.png)\)#', $this->text('SETUP.md'), $found);
        $this->assertCount(4, $found[1]);
        $scripts = glob(self::PLUGIN . '../tests/screens/*.mjs') ?: [];
        if ($scripts === []) {
            $this->markTestSkipped('the suite that takes them is not here');
        }
        $suite = implode(array_map(static fn (string $file): string => (string) file_get_contents($file), $scripts));
        foreach ($found[1] as $at => $path) {
            $this->assertFileExists(self::PLUGIN . $path);
            $this->assertLessThanOrEqual(120_000, filesize(self::PLUGIN . $path));
            $this->assertStringContainsString("'{$found[2][$at]}'", $suite);
        }
    }

    /** @dataProvider texts */
    public function testEveryCommandIsOneThatThereIs(string $file, int $atLeast): void
    {
        preg_match_all('/wp serverpilot ([a-z-]+)/', $this->text($file), $found);
        $this->assertGreaterThanOrEqual($atLeast, count($found[1]));
        $this->assertSame([], array_values(array_diff($found[1], $this->commands())));
    }

    /** @return array<string, array{string, int}> */
    public function texts(): array
    {
        return ['setup guide' => ['SETUP.md', 8], 'French' => ['README.fr.md', 12], 'readme' => ['readme.txt', 2]];
    }

    /** @dataProvider texts */
    public function testEveryFileIsThere(string $file): void
    {
        preg_match_all('/\]\(([^)#:]+)\)/', $this->text($file), $found);
        foreach ($found[1] as $path) {
            $this->assertFileExists(self::PLUGIN . $path);
        }
        foreach (['SETUP.md', 'readme.txt'] as $named) {
            $this->assertFileExists(self::PLUGIN . $named);
        }
    }

    public function testTheFrenchReadmeSaysTheSameConstantsAndRequirements(): void
    {
        $french = $this->text('README.fr.md');
        foreach (['CLIENT_ID', 'API_KEY', 'APP_ID'] as $constant) {
            $this->assertStringContainsString("define('WU_SERVER_PILOT_$constant'", $french);
            $this->assertStringContainsString("define('WU_SERVER_PILOT_$constant'", $this->text('SETUP.md'));
        }
        preg_match('/^Requires at least: (.+)$/m', $this->text('readme.txt'), $wordpress);
        preg_match('/^Requires PHP: (.+)$/m', $this->text('readme.txt'), $php);
        $this->assertStringContainsString("(multisite) $wordpress[1] ou plus récent", $french);
        $this->assertStringContainsString("PHP $php[1] ou plus récent", $french);
    }

    private function text(string $file): string
    {
        return (string) file_get_contents(self::PLUGIN . $file);
    }

    /** @return list<string> */
    private function commands(): array
    {
        $commands = [];
        foreach ((new ReflectionClass(Commands::class))->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
            $named = preg_match('/@subcommand (\S+)/', (string) $method->getDocComment(), $found) === 1;
            $commands[] = $named ? $found[1] : $method->getName();
        }
        return $commands;
    }
}
