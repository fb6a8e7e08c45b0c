<?php

/*
 * Whether a binary matches the architecture and word size of this PHP, by its ELF header; see elf(5).
 * Must not run or load it: execvp(3) would hand a program for another architecture to a shell.
 */

declare(strict_types=1);

namespace ServerPilot;

use ServerPilot\Exception\FfiUnavailable;
use Throwable;

final class ElfArchitecture
{
    private const NAMES = [3 => 'i686', 40 => 'armv7l', 62 => 'x86_64', 183 => 'aarch64', 243 => 'riscv64'];

    private const UNKNOWN = 'unknown machine';

    /** Why the file cannot be used here; null if it matches. */
    public static function mismatch(string $path, ?Throwable $previous = null): ?FfiUnavailable
    {
        $is = self::of($path);
        $needed = self::name();
        if ($is === null) {
            return new FfiUnavailable('no_binary', ['file' => $path, 'needed' => $needed], $previous);
        }
        return $is === $needed || $needed === self::UNKNOWN ? null : new FfiUnavailable(
            'other_architecture',
            ['file' => $path, 'needed' => $needed, 'is' => $is],
            $previous,
        );
    }

    /** As uname(1) names it. */
    public static function name(): string
    {
        // Hardened hosts disable php_uname(); PHP's own binary then says it, if PHP is allowed to read that.
        return function_exists('php_uname')
            ? php_uname('m') . ', ' . PHP_INT_SIZE * 8 . ' bit'
            : self::of('/proc/self/exe') ?? self::UNKNOWN;
    }

    /** The architecture of the binary; null if it is not an ELF file. */
    private static function of(string $path): ?string
    {
        // Silenced: the caller reports an unreadable file in its own message.
        $head = (string) @file_get_contents($path, false, null, 0, 20);
        if (strlen($head) < 20 || !str_starts_with($head, "\x7fELF")) {
            return null;
        }
        $number = ord($head[18]) | ord($head[19]) << 8;
        return (self::NAMES[$number] ?? "machine $number") . ($head[4] === "\x02" ? ', 64 bit' : ', 32 bit');
    }
}
