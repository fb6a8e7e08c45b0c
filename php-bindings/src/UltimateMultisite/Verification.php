<?php

// Ultimate Multisite's own check of a domain's certificate: how long it goes on, and what it gave up too early.
// Must not touch the app's list.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Verification
{
    /** How long Ultimate Multisite goes on checking a name that ServerPilot still works on. */
    private const PATIENCE = 36 * 3600;

    /** Certificates checked in one run; the rest has its turn in the next one. */
    private const MOST = 20;

    /** Seconds. An action must not hold up the queue. */
    private const TIME = 20;

    /** Ultimate Multisite's table of mappings. */
    public static function mappings(): string
    {
        global $wpdb;
        return "`{$wpdb->base_prefix}wu_domain_mappings`";
    }

    /** @return int Domains that Ultimate Multisite gave up for want of a certificate. */
    public static function count(): int
    {
        return count(self::givenUp());
    }

    /**
     * Has those verified again that have a certificate now: Ultimate Multisite checks itself, and marks them done.
     *
     * @return int How many are still without.
     */
    public static function restart(): int
    {
        $given = self::givenUp();
        $left = count($given);
        // Nobody waits behind the same twenty for ever.
        shuffle($given);
        $until = microtime(true) + self::TIME;
        foreach (array_slice($given, 0, self::MOST) as ['id' => $id, 'domain' => $name]) {
            if (microtime(true) >= $until) {
                break;
            }
            $mapping = wu_get_domain((int) $id);
            // A persistent cache may hold what the mapping was, and saving that would write it back.
            if (!$mapping || $mapping->get_domain() !== $name || $mapping->get_stage() !== 'ssl-failed') {
                continue;
            }
            if (!$mapping->has_valid_ssl_certificate()) {
                continue;
            }
            $mapping->set_stage('checking-ssl-cert');
            $saved = $mapping->save();
            if (is_wp_error($saved)) {
                Log::error($saved->get_error_message());
                continue;
            }
            wu_enqueue_async_action(
                'wu_async_process_domain_stage',
                ['domain_id' => $mapping->get_id(), 'tries' => 0],
                'domain'
            );
            $left--;
            Log::info(sprintf(
                /* translators: %s: domain name */
                __('%s has a valid certificate now; its verification restarted.', 'ultimate-multisite-serverpilot'),
                $name
            ));
        }
        return $left;
    }

    /** Ultimate Multisite asks how often it may check this name before it gives up. */
    public static function maxTries(int $tries, mixed $mapping): int
    {
        if (!is_object($mapping) || !method_exists($mapping, 'get_stage') || Connection::blocked() !== null) {
            return $tries;
        }
        if ($mapping->get_stage() !== 'checking-ssl-cert') {
            return $tries;
        }
        try {
            [$state, $now] = Database::state();
        } catch (SyncFailed) {
            // Of no state nothing is known, so ServerPilot may still be working on it.
            [$state, $now] = [null, 0];
        }
        $isFinal = in_array($state->autossl['state'] ?? '', ['custom', 'refused'], true);
        if ($isFinal || $state !== null && StatusReport::isOverdue($state, $now)) {
            return $tries;
        }
        $pause = function_exists('wu_get_setting') ? (int) wu_get_setting('dns_check_interval', 300) : 300;
        $pause = max(10, min(300, $pause));
        /**
         * Filters how often Ultimate Multisite checks a certificate that ServerPilot still works on.
         *
         * @param int    $tries   Enough for a day and a half at the pause that is set.
         * @param object $mapping Ultimate Multisite's domain.
         */
        $raised = (int) apply_filters('serverpilot_ssl_max_tries', intdiv(self::PATIENCE, $pause), $mapping);
        return max($tries, $raised);
    }

    /** @return list<array<string, string|null>> */
    private static function givenUp(): array
    {
        return Database::rows(
            'SELECT id, domain FROM ' . self::mappings() . ' WHERE active = 1 AND stage = %s ORDER BY id',
            ['ssl-failed']
        );
    }
}
