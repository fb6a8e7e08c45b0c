<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// The fake's classes and the functions plugins call.

declare(strict_types=1);

final class ActionScheduler
{
    private static bool $initialized = false;

    public static function init(): void
    {
        global $wpdb;
        self::$initialized = true;
        foreach (['actionscheduler_actions', 'actionscheduler_claims', 'actionscheduler_groups', 'actionscheduler_logs'] as $table) {
            $wpdb->tables[] = $table;
            $wpdb->$table = $wpdb->prefix . $table;
        }
        if (get_option('fake_action_scheduler_schema') === '1') {
            return;
        }
        $wpdb->query("CREATE TABLE IF NOT EXISTS {$wpdb->actionscheduler_actions} (
            action_id bigint unsigned NOT NULL auto_increment PRIMARY KEY, hook varchar(191) NOT NULL,
            status varchar(20) NOT NULL, scheduled_date_gmt datetime NULL, args varchar(8000) NOT NULL,
            async tinyint NOT NULL DEFAULT 0, recurs int NOT NULL DEFAULT 0, group_id bigint unsigned NOT NULL DEFAULT 0,
            claim_id bigint unsigned NOT NULL DEFAULT 0, last_attempt_gmt datetime NULL,
            KEY claimable (claim_id, status, scheduled_date_gmt), KEY hook (hook, status))");
        $wpdb->query("CREATE TABLE IF NOT EXISTS {$wpdb->actionscheduler_claims} (
            claim_id bigint unsigned NOT NULL auto_increment PRIMARY KEY, date_created_gmt datetime NULL)");
        $wpdb->query("CREATE TABLE IF NOT EXISTS {$wpdb->actionscheduler_groups} (
            group_id bigint unsigned NOT NULL auto_increment PRIMARY KEY, slug varchar(191) NOT NULL, UNIQUE KEY slug (slug))");
        $wpdb->query("CREATE TABLE IF NOT EXISTS {$wpdb->actionscheduler_logs} (
            log_id bigint unsigned NOT NULL auto_increment PRIMARY KEY, action_id bigint unsigned NOT NULL,
            message text NOT NULL, log_date_gmt datetime NULL, KEY action_id (action_id))");
        update_option('fake_action_scheduler_schema', '1');
    }

    public static function is_initialized($function = null): bool
    {
        return self::$initialized;
    }

    public static function store(): object
    {
        return new class {
            public function fetch_action($id): ActionScheduler_Action
            {
                global $wpdb;
                $row = $wpdb->get_row($wpdb->prepare("SELECT * FROM $wpdb->actionscheduler_actions WHERE action_id=%d", $id));
                return new ActionScheduler_Action((string) ($row->hook ?? ''), (array) json_decode($row->args ?? '[]', true), null);
            }

            public function cancel_action($id): void
            {
                global $wpdb;
                if ($wpdb->update($wpdb->actionscheduler_actions, ['status' => 'canceled'], ['action_id' => $id]) === false) {
                    throw new InvalidArgumentException("Unidentified action $id: we were unable to cancel this action.");
                }
            }
        };
    }

    public static function logger(): object
    {
        return new class {
            /** @return object[] As ActionScheduler_DBLogger::get_logs() gives entries, oldest first. */
            public function get_logs($id): array
            {
                global $wpdb;
                $messages = $wpdb->get_col($wpdb->prepare("SELECT message FROM $wpdb->actionscheduler_logs WHERE action_id=%d ORDER BY log_id", $id));
                return array_map(static fn (string $message) => new class ($message) {
                    public function __construct(private string $message)
                    {
                    }

                    public function get_message(): string
                    {
                        return $this->message;
                    }
                }, $messages);
            }
        };
    }

    public static function runner(): ActionScheduler_QueueRunner
    {
        return ActionScheduler_QueueRunner::instance();
    }
}

final class ActionScheduler_Action
{
    /** @param array<mixed> $args */
    public function __construct(private string $hook, private array $args, private ?int $due)
    {
    }

    public function get_hook(): string
    {
        return $this->hook;
    }

    /** @return array<mixed> */
    public function get_args(): array
    {
        return $this->args;
    }

    public function get_schedule(): object
    {
        return new class ($this->due) {
            public function __construct(private ?int $due)
            {
            }

            public function get_date(): ?DateTime
            {
                return $this->due === null ? null : new DateTime('@' . $this->due);
            }
        };
    }
}

final class ActionScheduler_QueueRunner
{
    private const BATCH = 25;
    private const SECONDS = 30;
    private const DEAD = 300;

    private static ?self $instance = null;

    public static function instance(): self
    {
        return self::$instance ??= new self();
    }

    public function run(string $context = 'WP Cron'): int
    {
        do_action('action_scheduler_before_process_queue');
        $this->markDead();
        $this->unclaim();
        $began = microtime(true);
        $processed = 0;
        do {
            $batch = $this->batch($context, $began);
            $processed += $batch;
        } while ($batch > 0 && microtime(true) - $began < self::SECONDS);
        do_action('action_scheduler_after_process_queue');
        return $processed;
    }

    /** What has run for five minutes runs no more: its process died. */
    private function markDead(): void
    {
        global $wpdb;
        $table = $wpdb->actionscheduler_actions;
        $ids = $wpdb->get_col($wpdb->prepare(
            "SELECT action_id FROM $table WHERE status='in-progress' AND last_attempt_gmt<=%s",
            gmdate('Y-m-d H:i:s', time() - self::DEAD)
        ));
        foreach ($ids as $id) {
            $wpdb->update($table, ['status' => 'failed'], ['action_id' => $id]);
            $this->log((int) $id, 'action marked as failed after ' . self::DEAD . ' seconds');
            do_action('action_scheduler_failed_action', (int) $id, self::DEAD);
        }
    }

    private function unclaim(): void
    {
        global $wpdb;
        $wpdb->query($wpdb->prepare(
            "UPDATE $wpdb->actionscheduler_actions SET claim_id=0 WHERE status='pending' AND claim_id>0 AND last_attempt_gmt<=%s",
            gmdate('Y-m-d H:i:s', time() - self::DEAD)
        ));
    }

    private function batch(string $context, float $began): int
    {
        global $wpdb;
        $table = $wpdb->actionscheduler_actions;
        $now = gmdate('Y-m-d H:i:s');
        $wpdb->insert($wpdb->actionscheduler_claims, ['date_created_gmt' => $now]);
        $claim = (int) $wpdb->insert_id;
        $wpdb->query($wpdb->prepare(
            "UPDATE $table SET claim_id=%d, last_attempt_gmt=%s WHERE claim_id=0 AND status='pending'
             AND scheduled_date_gmt<=%s ORDER BY scheduled_date_gmt, action_id LIMIT %d",
            $claim,
            $now,
            $now,
            self::BATCH
        ));
        $ids = array_map('intval', $wpdb->get_col($wpdb->prepare(
            "SELECT action_id FROM $table WHERE claim_id=%d ORDER BY scheduled_date_gmt, action_id",
            $claim
        )));
        $processed = 0;
        foreach ($ids as $id) {
            $this->process($id, $context);
            $processed++;
            if (microtime(true) - $began >= self::SECONDS) {
                break;
            }
        }
        $wpdb->query($wpdb->prepare("UPDATE $table SET claim_id=0 WHERE claim_id=%d AND status='pending'", $claim));
        $wpdb->delete($wpdb->actionscheduler_claims, ['claim_id' => $claim]);
        wp_cache_flush();
        return $processed;
    }

    private function process(int $id, string $context): void
    {
        global $wpdb;
        $table = $wpdb->actionscheduler_actions;
        do_action('action_scheduler_before_execute', $id, $context);
        $row = $wpdb->get_row($wpdb->prepare("SELECT * FROM $table WHERE action_id=%d", $id));
        if ($row === null || $row->status !== 'pending') {
            do_action('action_scheduler_execution_ignored', $id, $context);
            return;
        }
        try {
            do_action('action_scheduler_begin_execute', $id, $context);
            $wpdb->update($table, ['status' => 'in-progress'], ['action_id' => $id]);
            do_action_ref_array($row->hook, array_values((array) json_decode($row->args, true)));
            do_action('action_scheduler_after_execute', $id, null, $context);
            $wpdb->update($table, ['status' => 'complete'], ['action_id' => $id]);
            $this->log($id, 'action complete via ' . $context);
            $this->again($row);
        } catch (Throwable $e) {
            $wpdb->update($table, ['status' => 'failed'], ['action_id' => $id]);
            $this->log($id, 'action failed via ' . $context . ': ' . $e->getMessage());
            do_action('action_scheduler_failed_execution', $id, $e, $context);
            $this->again($row);
        }
    }

    /** One whose process died is not followed by another, as in the real queue. */
    private function again(object $row): void
    {
        global $wpdb;
        if ((int) $row->recurs > 0) {
            $wpdb->insert($wpdb->actionscheduler_actions, [
                'hook' => $row->hook, 'status' => 'pending', 'args' => $row->args, 'async' => 0, 'group_id' => $row->group_id,
                'recurs' => $row->recurs, 'scheduled_date_gmt' => gmdate('Y-m-d H:i:s', time() + (int) $row->recurs),
            ]);
        }
    }

    private function log(int $id, string $message): void
    {
        global $wpdb;
        $wpdb->insert($wpdb->actionscheduler_logs, [
            'action_id' => $id, 'message' => $message, 'log_date_gmt' => gmdate('Y-m-d H:i:s'),
        ]);
    }
}

function fake_action_scheduler_group(string $slug, bool $create): int
{
    global $wpdb;
    if ($create) {
        $wpdb->query($wpdb->prepare("INSERT IGNORE INTO {$wpdb->actionscheduler_groups} (slug) VALUES (%s)", $slug));
    }
    return (int) $wpdb->get_var($wpdb->prepare("SELECT group_id FROM {$wpdb->actionscheduler_groups} WHERE slug=%s", $slug));
}

function fake_action_scheduler_store(int $due, bool $async, string $hook, array $args, string $group, bool $unique): int
{
    global $wpdb;
    if ($unique && as_has_scheduled_action($hook, null, $group)) {
        return 0;
    }
    $wpdb->insert($wpdb->actionscheduler_actions, [
        'hook' => $hook, 'status' => 'pending', 'scheduled_date_gmt' => gmdate('Y-m-d H:i:s', $due),
        'args' => wp_json_encode($args), 'async' => (int) $async, 'group_id' => fake_action_scheduler_group($group, true),
    ]);
    $id = (int) $wpdb->insert_id;
    do_action('action_scheduler_stored_action', $id);
    return $id;
}

function as_enqueue_async_action($hook, $args = [], $group = '', $unique = false, $priority = 10)
{
    return fake_action_scheduler_store(time(), true, (string) $hook, (array) $args, (string) $group, (bool) $unique);
}

function as_schedule_single_action($timestamp, $hook, $args = [], $group = '', $unique = false, $priority = 10)
{
    return fake_action_scheduler_store((int) $timestamp, false, (string) $hook, (array) $args, (string) $group, (bool) $unique);
}

function as_schedule_recurring_action($timestamp, $interval_in_seconds, $hook, $args = [], $group = '', $unique = false, $priority = 10)
{
    global $wpdb;
    $id = fake_action_scheduler_store((int) $timestamp, false, (string) $hook, (array) $args, (string) $group, (bool) $unique);
    $wpdb->update($wpdb->actionscheduler_actions, ['recurs' => (int) $interval_in_seconds], ['action_id' => $id]);
    return $id;
}

/** @return array<int, object>|int[] */
function as_get_scheduled_actions($args = [], $return_format = OBJECT)
{
    global $wpdb;
    $table = $wpdb->actionscheduler_actions;
    $where = ['1=1'];
    if (!empty($args['hook'])) {
        $where[] = $wpdb->prepare('hook=%s', $args['hook']);
    }
    if (!empty($args['status'])) {
        $status = (array) $args['status'];
        $where[] = $wpdb->prepare('status IN (' . implode(',', array_fill(0, count($status), '%s')) . ')', $status);
    }
    if (!empty($args['group'])) {
        $where[] = $wpdb->prepare('group_id=%d', fake_action_scheduler_group((string) $args['group'], false));
    }
    if (isset($args['args']) && is_array($args['args'])) {
        $where[] = $wpdb->prepare('args=%s', wp_json_encode($args['args']));
    }
    $per_page = (int) ($args['per_page'] ?? 5);
    $order = strtoupper((string) ($args['order'] ?? 'ASC')) === 'DESC' ? 'DESC' : 'ASC';
    $sql = "SELECT * FROM $table WHERE " . implode(' AND ', $where) . " ORDER BY scheduled_date_gmt $order, action_id $order"
        . ($per_page > 0 ? ' LIMIT ' . $per_page : '');
    $rows = $wpdb->get_results($sql);
    if ($return_format === 'ids' || $return_format === 'int') {
        return array_map(static fn ($row) => (int) $row->action_id, $rows);
    }
    $actions = [];
    foreach ($rows as $row) {
        $actions[(int) $row->action_id] = new ActionScheduler_Action(
            $row->hook,
            (array) json_decode($row->args, true),
            $row->async ? null : (int) strtotime($row->scheduled_date_gmt . ' UTC')
        );
    }
    return $actions;
}

function as_has_scheduled_action($hook, $args = null, $group = '')
{
    $query = ['hook' => $hook, 'status' => ['pending', 'in-progress'], 'group' => $group, 'per_page' => 1];
    return as_get_scheduled_actions($args === null ? $query : $query + ['args' => $args], 'ids') !== [];
}

function as_next_scheduled_action($hook, $args = null, $group = '')
{
    $query = ['hook' => $hook, 'group' => $group, 'per_page' => 1] + ($args === null ? [] : ['args' => $args]);
    if (as_get_scheduled_actions($query + ['status' => 'in-progress'], 'ids') !== []) {
        return true;
    }
    foreach (as_get_scheduled_actions($query + ['status' => 'pending']) as $action) {
        $date = $action->get_schedule()->get_date();
        return $date === null ? true : (int) $date->format('U');
    }
    return false;
}

function as_unschedule_all_actions($hook, $args = [], $group = '')
{
    global $wpdb;
    foreach (
        as_get_scheduled_actions(
            // As in the real queue: an empty list of arguments means "any" only where no group is named.
            ['hook' => $hook, 'group' => $group, 'status' => 'pending', 'per_page' => -1]
                + (empty($args) && empty($group) ? [] : ['args' => $args]),
            'ids'
        ) as $id
    ) {
        $wpdb->update($wpdb->actionscheduler_actions, ['status' => 'canceled'], ['action_id' => $id]);
    }
}
