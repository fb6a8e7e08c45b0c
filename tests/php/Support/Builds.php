<?php

/*
 * Paths of the built library and programs, taken from the environment and never searched for: whoever starts the
 * suite says which build to test. Must not skip a test: a suite that passes without running the library proves nothing.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use PHPUnit\Framework\Assert;
use ServerPilot\HelperProgram;
use ServerPilot\Library;
use ServerPilot\Native;

final class Builds
{
    public static function library(): string
    {
        return self::path('SERVERPILOT_LIB', 'libserverpilot.so');
    }

    public static function helper(): string
    {
        return self::path('SERVERPILOT_HELPER', 'the helper program');
    }

    public static function fakeServerPilot(): string
    {
        return self::path('FAKE_SERVERPILOT', 'the fake ServerPilot');
    }

    /** @param string $name "native" or "helper". */
    public static function open(string $name): Library
    {
        return $name === 'native' ? Native::load(self::library()) : HelperProgram::locate(self::helper());
    }

    private static function path(string $variable, string $what): string
    {
        $path = (string) getenv($variable);
        if ($path === '') {
            Assert::fail("$variable, the path of $what, is not set: `make test` builds it and sets the variable.");
        }
        if (!is_file($path)) {
            Assert::fail("$variable is $path, and there is no such file: `make test` builds it and sets the variable.");
        }
        return (string) realpath($path);
    }
}
