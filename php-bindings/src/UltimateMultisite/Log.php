<?php

// Ultimate Multisite's log, under the name its own ServerPilot module uses.
// Must not be given more than one redacted sentence at a time: no documents, no credentials.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Log
{
    public static function info(string $message): void
    {
        self::write($message, 'info');
    }

    public static function warning(string $message): void
    {
        self::write($message, 'warning');
    }

    public static function error(string $message): void
    {
        self::write($message, 'error');
    }

    private static function write(string $message, string $level): void
    {
        // A deactivated Ultimate Multisite leaves its sunrise.php: with it the function is there, but not its class.
        if (Connection::hasUltimateMultisite() && function_exists('wu_log_add')) {
            wu_log_add('integration-serverpilot', $message, $level);
        }
    }
}
