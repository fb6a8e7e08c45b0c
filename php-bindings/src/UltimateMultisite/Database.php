<?php

// The plugin's own SQL, past every cache: an answer, or SyncFailed. WordPress gives an empty list where the database
// did not answer, and taken for "nothing is mapped" that would empty the app. Must not know what is asked for.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\State;
use UnexpectedValueException;

final class Database
{
    public const STATE = 'serverpilot_state';

    /**
     * The state, and the time by the clock that all nodes share.
     *
     * @return array{State, int}
     * @throws SyncFailed Where it could not be read ("database"), or is none ("state_unreadable").
     */
    public static function state(): array
    {
        // One row in any case, so that "there is none yet" is not the same as "no answer".
        $rows = self::rows(
            'SELECT o.option_value AS state, UNIX_TIMESTAMP() AS now FROM (SELECT 1 AS one) AS row_of_one LEFT JOIN '
                . self::options() . ' AS o ON o.option_name = %s',
            [self::STATE]
        );
        if (count($rows) !== 1 || !is_numeric($rows[0]['now'] ?? null)) {
            throw new SyncFailed('database');
        }
        try {
            $state = $rows[0]['state'] === null ? new State() : State::fromJson((string) $rows[0]['state']);
        } catch (UnexpectedValueException $e) {
            throw new SyncFailed('state_unreadable', '', $e);
        }
        return [$state, (int) $rows[0]['now']];
    }

    /** Keeps the state, if this process still holds the lease: in one statement, so that no other can come between. */
    public static function save(State $state, Lease $lease): void
    {
        $state->revision++;
        self::keep(self::STATE, $state->toJson(), $lease);
    }

    /** The same with another row, which has to be another text than before. */
    public static function keep(string $option, string $text, Lease $lease): void
    {
        global $wpdb;
        $saved = self::write(
            'INSERT INTO ' . self::options() . " (option_name, option_value, autoload)
            SELECT %s, %s, 'no' FROM " . self::options() . ' AS l WHERE l.option_name = %s AND l.option_value LIKE %s
            ON DUPLICATE KEY UPDATE option_value = VALUES(option_value)',
            [$option, $text, Lease::OPTION, '% ' . $wpdb->esc_like($lease->token)]
        );
        if ($saved < 1) {
            throw new SyncFailed('overtaken');
        }
    }

    /**
     * @param list<int|string> $values For the placeholders.
     * @return list<array<string, string|null>>
     */
    public static function rows(string $sql, array $values): array
    {
        global $wpdb;
        $wpdb->last_error = '';
        $rows = $wpdb->get_results($wpdb->prepare($sql, $values), ARRAY_A);
        if ($wpdb->last_error !== '' || !is_array($rows)) {
            throw new SyncFailed('database');
        }
        return $rows;
    }

    /**
     * @param list<int|string> $values
     * @return int Rows affected.
     */
    public static function write(string $sql, array $values): int
    {
        global $wpdb;
        $wpdb->last_error = '';
        $affected = $wpdb->query($wpdb->prepare($sql, $values));
        if ($wpdb->last_error !== '' || $affected === false) {
            throw new SyncFailed('database');
        }
        return (int) $affected;
    }

    /** The main site's options, the same for all sites of the network. */
    public static function options(): string
    {
        global $wpdb;
        return '`' . $wpdb->get_blog_prefix(get_main_site_id()) . 'options`';
    }
}
