<?php

// What the options of the commands mean. Must not know which command they were given to.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use WP_CLI;

final class CommandOptions
{
    /**
     * What a check or diagnosis is asked with, as the library takes it.
     *
     * @param array<string, string|bool> $options
     * @return array<string, mixed>
     */
    public static function forChecks(array $options): array
    {
        $timeout = self::number($options, 'timeout');
        $addresses = explode(',', (string) ($options['allow-address'] ?? ''));
        return array_filter([
            'allow_addresses' => array_values(array_filter(array_map('trim', $addresses))),
            'connect_to' => $options['connect-to'] ?? null,
            'port' => self::number($options, 'port'),
            'timeout_ms' => $timeout === null ? null : $timeout * 1000,
            'warn_days' => self::number($options, 'warn-days'),
        ], static fn (mixed $value): bool => $value !== null && $value !== []);
    }

    /** @param array<string, string|bool> $options */
    public static function number(array $options, string $name): ?int
    {
        $value = $options[$name] ?? null;
        if ($value === null || is_string($value) && preg_match('/^\d{1,9}$/', $value) === 1) {
            return $value === null ? null : (int) $value;
        }
        WP_CLI::error(sprintf(
            /* translators: %s: name of an option */
            __('%s takes a whole number.', 'ultimate-multisite-serverpilot'),
            "--$name"
        ));
        return null;
    }
}
