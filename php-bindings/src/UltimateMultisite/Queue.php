<?php

// The plugin's way to Action Scheduler, always in the main site's tables.
// May not know what an action does; says nothing where there is no Action Scheduler.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Queue
{
    public const GROUP = 'serverpilot';

    /** The group in which Ultimate Multisite schedules what happens to domains. */
    private const DOMAINS = 'domain';

    private static int $current = 0;

    public static function began(int $id): void
    {
        self::$current = $id;
    }

    public static function ended(): void
    {
        self::$current = 0;
    }

    /** The action this process executes now; 0 where a hook was fired outside of the queue. */
    public static function current(): int
    {
        return self::$current;
    }

    public static function exists(): bool
    {
        return function_exists('as_schedule_single_action')
            && (!method_exists('ActionScheduler', 'is_initialized') || \ActionScheduler::is_initialized());
    }

    /**
     * The highest number among the domain actions that wait or run. Numbers are given in order, after
     * the change they tell of was saved: whoever reads the network's domains after asking this has read
     * what every action up to that number wanted to say.
     */
    public static function horizon(): int
    {
        $ids = self::find(['group' => self::DOMAINS, 'status' => ['pending', 'in-progress'], 'per_page' => -1], 'ids');
        return max([0, self::$current, ...array_map('intval', $ids)]);
    }

    /** @return string[] Names that waiting actions call removed. */
    public static function removals(): array
    {
        $names = [];
        foreach (['wu_remove_domain', 'wu_remove_subdomain'] as $hook) {
            $found = self::find(['hook' => $hook, 'status' => ['pending', 'in-progress'], 'per_page' => 300], OBJECT);
            foreach ($found as $action) {
                $name = array_values($action->get_args())[0] ?? null;
                if (is_string($name)) {
                    $names[] = $name;
                }
            }
        }
        return $names;
    }

    /** @return array{string, list<mixed>} Hook and arguments of an action. */
    public static function action(int $id): array
    {
        if (!self::exists()) {
            return ['', []];
        }
        $action = self::onMainSite(static fn () => \ActionScheduler::store()->fetch_action($id));
        return [(string) $action->get_hook(), array_values($action->get_args())];
    }

    /** When the waiting action of this hook is due; null if none waits. One that runs now does not count. */
    public static function due(string $hook): ?int
    {
        $due = null;
        foreach (self::pending($hook) as $action) {
            $date = $action->get_schedule()->get_date();
            $time = $date === null ? time() : (int) $date->format('U');
            $due = $due === null ? $time : min($due, $time);
        }
        return $due;
    }

    /** @return array<int, list<mixed>> Numbers of the waiting actions of this hook, with the arguments of each. */
    public static function waiting(string $hook): array
    {
        return array_map(static fn ($action) => array_values($action->get_args()), self::pending($hook));
    }

    /** @param array<int|string> $ids Actions that are not needed any more. */
    public static function withdraw(array $ids): void
    {
        self::onMainSite(static function () use ($ids): void {
            foreach ($ids as $id) {
                \ActionScheduler::store()->cancel_action($id);
            }
        });
    }

    /** @param array<int|string> $args */
    public static function schedule(string $hook, array $args, int $delay): ?int
    {
        if (!self::exists()) {
            return null;
        }
        $due = time() + $delay;
        self::onMainSite(static fn () => as_schedule_single_action($due, $hook, $args, self::GROUP));
        return $due;
    }

    public static function cancel(string $hook): void
    {
        if (self::exists()) {
            // By the hook alone: with a group, only actions without arguments would be meant.
            self::onMainSite(static fn () => as_unschedule_all_actions($hook));
        }
    }

    /** Nothing of ours waits any more. */
    public static function clear(): void
    {
        foreach ([Reconciler::SYNC, Reconciler::DAILY, FollowUp::LOOK] as $hook) {
            self::cancel($hook);
        }
    }

    /** @return array<int, object> Action Scheduler's objects, by their numbers. */
    private static function pending(string $hook): array
    {
        return self::find(['hook' => $hook, 'status' => 'pending', 'per_page' => -1], OBJECT);
    }

    /**
     * @param array<string, mixed> $query
     * @return array<mixed>
     */
    private static function find(array $query, string $format): array
    {
        if (!self::exists()) {
            return [];
        }
        return self::onMainSite(static fn () => as_get_scheduled_actions($query, $format));
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
