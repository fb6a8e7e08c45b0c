<?php

/*
 * The C library of this PHP, and the one that a binary needs: what the system's loader would say, if PHP passed it on.
 * Must not run or load anything.
 */

declare(strict_types=1);

namespace ServerPilot;

final class SystemLibc
{
    /** "glibc" or "musl"; null if /proc does not say. */
    public static function kind(): ?string
    {
        return match (true) {
            str_contains(self::maps(), '/ld-musl-') => 'musl',
            self::path() !== null => 'glibc',
            default => null,
        };
    }

    /** The version of glibc, for example "2.36"; null if it cannot be read, or on musl. */
    public static function version(): ?string
    {
        $path = self::path();
        // The file says it in the text that it prints when it is run as a program.
        $text = $path === null ? '' : (string) @file_get_contents($path);
        return preg_match('/GNU C Library [^\n]* version (\d+\.\d+)/', $text, $found) === 1 ? $found[1] : null;
    }

    /** The glibc that a binary needs, by the versions of its symbols; null if it names none. */
    public static function neededBy(string $path): ?string
    {
        preg_match_all('/\0GLIBC_(\d+\.\d+)/', (string) @file_get_contents($path), $found);
        usort($found[1], 'version_compare');
        return end($found[1]) ?: null;
    }

    private static function path(): ?string
    {
        // Before glibc 2.34 the file had its version in its name.
        return preg_match('~\s(/\S*/libc(?:-2\.\d+)?\.so(?:\.6)?)$~m', self::maps(), $found) === 1 ? $found[1] : null;
    }

    private static function maps(): string
    {
        return (string) @file_get_contents('/proc/self/maps');
    }
}
