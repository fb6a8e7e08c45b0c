<?php

/*
 * Whether a binary is for the machine and the word size this PHP runs on, told from its ELF header, see elf(5).
 * May not run or load it: a program for another machine would be handed to a shell by execvp(3).
 */

declare(strict_types=1);

namespace ServerPilot;

final class ElfArchitecture
{
    private const NAMES = [3 => 'i686', 40 => 'armv7l', 62 => 'x86_64', 183 => 'aarch64', 243 => 'riscv64'];

    private const UNKNOWN = 'unknown machine';

    /** What is wrong with the file, as the end of a sentence that begins with its name; null if it fits. */
    public static function mismatch(string $path): ?string
    {
        $is = self::of($path);
        if ($is === null) {
            return 'is no Linux binary';
        }
        $needed = self::name();
        return $is === $needed || $needed === self::UNKNOWN ? null : "is for $is, and this PHP is $needed";
    }

    /** In the words of uname(1). */
    public static function name(): string
    {
        // Hardened hosts switch the question off; then PHP's own binary tells, where PHP may read it.
        return function_exists('php_uname')
            ? php_uname('m') . ', ' . PHP_INT_SIZE * 8 . ' bit'
            : self::of('/proc/self/exe') ?? self::UNKNOWN;
    }

    /** What the binary is for; null if it is none. */
    private static function of(string $path): ?string
    {
        // Silent: the caller says in a sentence of its own what a file is that cannot be read.
        $head = (string) @file_get_contents($path, false, null, 0, 20);
        if (strlen($head) < 20 || !str_starts_with($head, "\x7fELF")) {
            return null;
        }
        $number = ord($head[18]) | ord($head[19]) << 8;
        return (self::NAMES[$number] ?? "machine $number") . ($head[4] === "\x02" ? ', 64 bit' : ', 32 bit');
    }
}
