<?php

// Ultimate Multisite's logs: the one under the name that its own ServerPilot module uses, and those of domains.
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

    /** The log that Ultimate Multisite shows on the page of this domain (its Domain_Edit_Admin_Page). */
    public static function domain(string $name, string $message): void
    {
        // It is the name of a file there, so nothing but a name may be one.
        if (preg_match('/^[a-z0-9-]+(\.[a-z0-9-]+)+$/D', $name) === 1) {
            self::write($message, 'info', "domain-$name");
        }
    }

    private static function write(string $message, string $level, string $handle = 'integration-serverpilot'): void
    {
        // A deactivated Ultimate Multisite leaves its sunrise.php: with it the function is there, but not its class.
        if (Connection::hasUltimateMultisite() && function_exists('wu_log_add')) {
            wu_log_add($handle, $message, $level);
        }
    }
}
