<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// As much of WP-CLI as the commands use; keeps the lines they would print.

declare(strict_types=1);

final class CommandExit extends RuntimeException
{
}

final class CommandHalt extends RuntimeException
{
}

final class WP_CLI
{
    /** @var string[] */
    public static array $lines = [];

    public static function log(string $line): void
    {
        self::$lines[] = $line;
    }

    public static function success(string $line): void
    {
        self::$lines[] = "Success: $line";
    }

    public static function warning(string $line): void
    {
        self::$lines[] = "Warning: $line";
    }

    public static function error(string $line): void
    {
        throw new CommandExit($line);
    }

    public static function halt(int $code): void
    {
        throw new CommandHalt('', $code);
    }

    public static function add_command(string $name, mixed $command): void
    {
    }
}
