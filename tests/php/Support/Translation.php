<?php

/*
 * What a test has for a language.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use Closure;

final class Translation
{
    /** @var (Closure(string): string)|null Null: English. */
    public static ?Closure $by = null;

    public static function of(string $text, string $domain): string
    {
        if ($domain !== 'ultimate-multisite-serverpilot') {
            throw new \LogicException("a text of $domain: $text");
        }
        return self::$by === null ? $text : (self::$by)($text);
    }
}
