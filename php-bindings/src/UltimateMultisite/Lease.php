<?php

// One writer per network across all web nodes: a row of the main site's options that one process
// holds until it gives it back or its time runs out. The clock is the database's, which all nodes share.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Lease
{
    public const OPTION = 'serverpilot_lease';

    /** Longer than a run can last, so that only a holder that was killed is ever overtaken. */
    private const SECONDS = 180;

    private const WAIT_SECONDS = 25.0;

    /** What this process may still wait: one that has waited for nothing does not hold up the queue with each action. */
    private static float $patience = self::WAIT_SECONDS;

    private function __construct(public readonly string $token)
    {
    }

    /** Null where another process kept it for as long as an action may wait. */
    public static function acquire(): ?self
    {
        $lease = new self(bin2hex(random_bytes(12)));
        $until = microtime(true) + self::$patience;
        while (!$lease->isTaken()) {
            if (microtime(true) >= $until) {
                self::$patience = 0.0;
                return null;
            }
            usleep(random_int(30_000, 120_000));
        }
        self::$patience = self::WAIT_SECONDS;
        return $lease;
    }

    public function release(): void
    {
        global $wpdb;
        $wpdb->query($wpdb->prepare(
            'DELETE FROM ' . Database::options() . ' WHERE option_name = %s AND option_value LIKE %s',
            self::OPTION,
            '% ' . $wpdb->esc_like($this->token)
        ));
    }

    private function isTaken(): bool
    {
        try {
            return $this->take();
        } catch (SyncFailed $e) {
            // The database may have taken it and not said so.
            $this->release();
            throw $e;
        }
    }

    /** option_name is unique, so this one statement is the whole race. */
    private function take(): bool
    {
        Database::write(
            'INSERT INTO ' . Database::options() . " (option_name, option_value, autoload)
            VALUES (%s, CONCAT(UNIX_TIMESTAMP() + %d, ' ', %s), 'no')
            ON DUPLICATE KEY UPDATE option_value =
            IF(CAST(SUBSTRING_INDEX(option_value, ' ', 1) AS UNSIGNED) < UNIX_TIMESTAMP(),
            VALUES(option_value), option_value)",
            [self::OPTION, self::SECONDS, $this->token]
        );
        $held = Database::rows(
            'SELECT option_value FROM ' . Database::options() . ' WHERE option_name = %s',
            [self::OPTION]
        );
        return str_ends_with((string) ($held[0]['option_value'] ?? ''), ' ' . $this->token);
    }
}
