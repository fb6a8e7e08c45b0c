<?php

// How the commands print: a table for people, every field for programs, and a sentence where only people read. Must
// not know which command it prints for, nor read anything.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use WP_CLI;
use WP_CLI\Formatter;

final class CommandOutput
{
    /**
     * @param array{waiting: list<string>, add: list<string>, remove: list<string>,
     *     held: list<array<string, mixed>>} $change
     * @return list<array{change: string, domain: string, reason: string}>
     */
    public static function changes(array $change): array
    {
        $rows = [];
        foreach (['add', 'remove'] as $verb) {
            foreach ($change[$verb] as $name) {
                $rows[] = ['change' => $verb, 'domain' => $name, 'reason' => ''];
            }
        }
        foreach ($change['waiting'] as $name) {
            $rows[] = ['change' => 'hold', 'domain' => $name, 'reason' => 'brake'];
        }
        foreach ($change['held'] as $held) {
            $rows[] = ['change' => 'hold', 'domain' => $held['domain'], 'reason' => $held['reason']];
        }
        return $rows;
    }

    /**
     * @param array<string, mixed> $options
     * @param list<array<string, string>> $rows
     */
    public static function printChanges(array $options, array $rows): void
    {
        if ($rows !== [] || self::isForPrograms($options)) {
            self::printAll($options, $rows, ['change', 'domain', 'reason']);
        }
    }

    /**
     * A sentence for people, where the output is for people.
     *
     * @param array<string, mixed> $options
     */
    public static function tell(array $options, string $sentence): void
    {
        if (!self::isForPrograms($options)) {
            WP_CLI::success($sentence);
        }
    }

    /**
     * Whether people read it, as nothing was said of how it is printed.
     *
     * @param array<string, mixed> $options
     */
    public static function isProse(array $options): bool
    {
        return array_intersect_key($options, ['format' => 1, 'field' => 1, 'fields' => 1]) === [];
    }

    /** @param array<string, mixed> $options */
    private static function isForPrograms(array $options): bool
    {
        return ($options['format'] ?? 'table') !== 'table';
    }

    /**
     * @param array<string, mixed> $options
     * @param array<string, mixed> $item
     * @param list<string> $fields
     */
    public static function print(array $options, array $item, array $fields): void
    {
        self::refuseUnknown($options, array_keys($item));
        (new Formatter($options, self::isForPrograms($options) ? array_keys($item) : $fields))->display_item($item);
    }

    /**
     * @param array<string, mixed> $options
     * @param list<array<string, mixed>> $items
     * @param list<string> $fields For a table; programs get them all.
     */
    public static function printAll(array $options, array $items, array $fields): void
    {
        $all = array_keys($items[0] ?? array_flip($fields));
        self::refuseUnknown($options, $items === [] ? null : $all);
        (new Formatter($options, self::isForPrograms($options) ? $all : $fields))->display_items($items);
    }

    /**
     * WP-CLI prints nothing for a field that is not there.
     *
     * @param array<string, mixed> $options
     * @param list<string>|null $known Null: not known, because there is no item.
     */
    private static function refuseUnknown(array $options, ?array $known): void
    {
        $asked = explode(',', (string) ($options['fields'] ?? $options['field'] ?? ''));
        $unknown = array_diff(array_filter(array_map('trim', $asked)), $known ?? $asked);
        if ($unknown !== []) {
            WP_CLI::error(sprintf(
                /* translators: 1: names of fields, 2: names of fields */
                __('Unknown field: %1$s. There are: %2$s.', 'ultimate-multisite-serverpilot'),
                implode(', ', $unknown),
                implode(', ', $known ?? [])
            ));
        }
    }
}
