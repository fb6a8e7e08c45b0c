<?php

/*
 * Whether a binary is for the machine and the word size this PHP runs on, told from its ELF header, see elf(5).
 * May not run or load it: a program for another machine would be handed to a shell by execvp(3).
 */

declare(strict_types=1);

namespace ServerPilot;

final class Machine
{
    private const NAMES = [3 => 'i686', 40 => 'armv7l', 62 => 'x86_64', 183 => 'aarch64', 243 => 'riscv64'];

    /** What is wrong with the file, as the end of a sentence that begins with its name; null if it fits. */
    public static function mismatch(string $path): ?string
    {
        // Silent: the caller says in a sentence of its own what a file is that cannot be read.
        $head = (string) @file_get_contents($path, false, null, 0, 20);
        if (strlen($head) < 20 || !str_starts_with($head, "\x7fELF")) {
            return 'is no Linux binary';
        }
        $number = ord($head[18]) | ord($head[19]) << 8;
        $is = (self::NAMES[$number] ?? "machine $number") . ($head[4] === "\x02" ? ', 64 bit' : ', 32 bit');
        $needed = self::name();
        return $is === $needed ? null : "is for $is, and this PHP is $needed";
    }

    /** In the words of uname(1). */
    public static function name(): string
    {
        return php_uname('m') . ', ' . PHP_INT_SIZE * 8 . ' bit';
    }
}
