<?php

/*
 * A release has one version, wherever it is written.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit;

use PHPUnit\Framework\TestCase;
use ServerPilot\Release;

final class VersionTest extends TestCase
{
    /** @return array<string, array{string, string}> */
    public static function places(): array
    {
        return [
            'the library' => ['Cargo.toml', '/^\[package\][^\[]*^version = "([^"]+)"$/m'],
            'the plugin' => ['php-bindings/ultimate-multisite-serverpilot.php', '/^ \* Version: +(\S+)$/m'],
            'the plugin\'s readme' => ['php-bindings/readme.txt', '/^Stable tag: (\S+)$/m'],
        ];
    }

    /** @dataProvider places */
    public function testEveryPlaceSaysTheSame(string $file, string $pattern): void
    {
        preg_match($pattern, (string) file_get_contents(dirname(__DIR__, 3) . "/$file"), $found);
        self::assertSame(Release::VERSION, $found[1] ?? '', $file);
        self::assertLessThanOrEqual(0, version_compare(Release::OLDEST_LIBRARY, Release::VERSION));
    }
}
