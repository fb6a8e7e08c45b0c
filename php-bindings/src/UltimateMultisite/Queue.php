<?php

// The plugin's way to Action Scheduler, always in the main site's tables: one sync that waits, one hourly heartbeat,
// one part of a check of many names.
// Must not know what an action does; says nothing where there is no Action Scheduler.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use InvalidArgumentException;

final class Queue
{
    public const GROUP = 'serverpilot';
    public const SYNC = 'serverpilot_sync';
    public const HEARTBEAT = 'serverpilot_heartbeat';
    public const CHECK = 'serverpilot_check';

    private const HOUR = 3600;

    public static function exists(): bool
    {
        return function_exists('as_schedule_single_action')
            && (!method_exists('ActionScheduler', 'is_initialized') || \ActionScheduler::is_initialized());
    }

    /**
     * Makes sure that a sync waits for now. This is all that a hook does, so a burst of them is one run.
     *
     * @param string $event Why; see Facts.
     * @throws SyncFailed Where that could not be noted.
     */
    public static function wake(string $event): void
    {
        if (!self::exists()) {
            throw new SyncFailed('no_queue');
        }
        foreach (self::waiting() as ['event' => $why, 'due' => $due]) {
            if ($why === $event && $due <= time()) {
                return;
            }
        }
        self::add($event, 0);
    }

    /** The same in somebody's own request, which must not fail for it: the daily sync finds what could not be noted. */
    public static function note(string $event): void
    {
        try {
            if (Connection::enabled()) {
                self::wake($event);
            }
        } catch (SyncFailed $e) {
            Log::error($e->getMessage());
        }
    }

    /** One sync is due in so many seconds, or sooner. */
    public static function schedule(int $delay): void
    {
        if (!self::exists()) {
            return;
        }
        $due = time() + max(0, $delay);
        foreach (self::waiting() as ['due' => $waits]) {
            if ($waits <= $due) {
                return;
            }
        }
        self::add('', max(0, $delay));
    }

    /**
     * The syncs that wait.
     *
     * @return array<int, array{event: string, due: int}> By their numbers.
     */
    public static function waiting(): array
    {
        $waiting = [];
        foreach (self::find(['hook' => self::SYNC, 'status' => 'pending', 'per_page' => -1]) as $id => $action) {
            $event = array_values($action->get_args())[0] ?? '';
            $date = $action->get_schedule()->get_date();
            $waiting[(int) $id] = [
                'event' => is_string($event) ? $event : '',
                'due' => $date === null ? time() : (int) $date->format('U'),
            ];
        }
        return $waiting;
    }

    /**
     * The last sync that failed, or did not come to its end, while it is kept there.
     *
     * @return array{at: int, message: string}|null
     */
    public static function lastFailed(): ?array
    {
        $query = ['hook' => self::SYNC, 'status' => 'failed', 'per_page' => 1, 'orderby' => 'date', 'order' => 'DESC'];
        foreach (self::find($query) as $id => $action) {
            $date = $action->get_schedule()->get_date();
            $logs = self::onMainSite(static fn () => \ActionScheduler::logger()->get_logs($id));
            $last = end($logs);
            $message = $last === false ? '' : (string) $last->get_message();
            return ['at' => $date === null ? 0 : (int) $date->format('U'), 'message' => $message];
        }
        return null;
    }

    /**
     * @param array<int> $ids Actions that are not needed any more.
     * @throws SyncFailed
     */
    public static function withdraw(array $ids): void
    {
        if ($ids !== [] && self::exists()) {
            self::onMainSite(static function () use ($ids): void {
                try {
                    foreach ($ids as $id) {
                        \ActionScheduler::store()->cancel_action($id);
                    }
                } catch (InvalidArgumentException $e) {
                    // So it says that the database did not answer.
                    throw new SyncFailed('database', '', $e);
                }
            });
        }
    }

    /** What recovers from a process that died, a queue that was cleared, a node that vanished. */
    public static function keepHeartbeat(): void
    {
        if (self::exists() && self::find(['hook' => self::HEARTBEAT, 'status' => 'pending', 'per_page' => 1]) === []) {
            self::onMainSite(static fn () => as_schedule_recurring_action(
                time() + self::HOUR,
                self::HOUR,
                self::HEARTBEAT,
                [],
                self::GROUP
            ));
        }
    }

    /** The next part of a check of many names waits, from so many seconds on. */
    public static function check(int $delay = 0): void
    {
        if (self::exists() && self::find(['hook' => self::CHECK, 'status' => 'pending', 'per_page' => 1]) === []) {
            self::onMainSite(static fn () => as_schedule_single_action(
                time() + $delay,
                self::CHECK,
                [],
                self::GROUP
            ));
        }
    }

    /** Nothing of ours waits any more. */
    public static function clear(): void
    {
        if (self::exists()) {
            self::onMainSite(static function (): void {
                foreach ([self::SYNC, self::HEARTBEAT, self::CHECK] as $hook) {
                    // By the hook alone: with a group, only actions without arguments would be meant.
                    as_unschedule_all_actions($hook);
                }
            });
        }
    }

    private static function add(string $event, int $delay): void
    {
        $args = $event === '' ? [] : [$event];
        $due = time() + $delay;
        $id = self::onMainSite(static fn () => as_schedule_single_action($due, self::SYNC, $args, self::GROUP));
        if ((int) $id === 0) {
            throw new SyncFailed('no_queue');
        }
    }

    /**
     * @param array<string, mixed> $query
     * @return array<int, object> Action Scheduler's objects, by their numbers.
     */
    private static function find(array $query): array
    {
        return self::exists() ? self::onMainSite(static fn () => as_get_scheduled_actions($query, OBJECT)) : [];
    }

    private static function onMainSite(callable $do): mixed
    {
        $main = get_main_site_id();
        if ($main === get_current_blog_id()) {
            return $do();
        }
        switch_to_blog($main);
        try {
            return $do();
        } finally {
            restore_current_blog();
        }
    }
}
