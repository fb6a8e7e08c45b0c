<?php

// wp serverpilot …: what the hooks and screens do, by hand.
// Must not do anything of its own: each command asks the class that does it, and ends with its message.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Exception\ServerPilotException;
use WP_CLI;

/**
 * Keeps the domain list and AutoSSL of a ServerPilot app in sync with this network.
 */
final class Commands
{
    /**
     * Shows the state, and what comes next. Exits with 1 while something needs attention.
     */
    public function status(): void
    {
        foreach (StatusReport::lines() as $label => $value) {
            WP_CLI::log("$label: $value");
        }
        $unavailable = StatusReport::unavailable();
        $problems = $unavailable === null ? [] : ['unavailable' => $unavailable->getMessage()];
        $problems += StatusReport::problems();
        foreach ($problems as $code => $problem) {
            WP_CLI::warning("$problem [$code]");
        }
        if ($problems !== []) {
            WP_CLI::halt(1);
        }
    }

    /**
     * Shows what "wp serverpilot sync" would change. Changes nothing.
     */
    public function plan(): void
    {
        $this->attempt(static function (): void {
            $plan = Sync::preview();
            self::changes($plan->missing, $plan->removing);
            WP_CLI::success($plan->missing === [] && $plan->removing === []
                ? __('Nothing to do: the app is in sync.', 'ultimate-multisite-serverpilot')
                : __('Nothing was changed.', 'ultimate-multisite-serverpilot'));
        });
    }

    /**
     * Syncs the app's list with this network now.
     *
     * ## OPTIONS
     *
     * [--dry-run]
     * : Show what would change, and change nothing.
     *
     * @param string[] $args
     * @param array<string, mixed> $options
     */
    public function sync(array $args = [], array $options = []): void
    {
        if (!empty($options['dry-run'])) {
            $this->plan();
            return;
        }
        $this->attempt(static function (): void {
            $run = Sync::requested();
            self::changes($run->result->added, $run->result->removed);
            $problems = StatusReport::problems();
            if ($problems !== []) {
                // A success with names left out is not "everything".
                WP_CLI::error(implode(' ', $problems));
                return;
            }
            WP_CLI::success($run->result->added === [] && $run->result->removed === []
                ? __('Nothing to do: the app is in sync.', 'ultimate-multisite-serverpilot')
                : __('Synced.', 'ultimate-multisite-serverpilot'));
        });
    }

    /**
     * Tries again now what failed, and restarts the verification of domains with status "SSL failed".
     */
    public function retry(): void
    {
        $this->attempt(static function (): void {
            if (Connection::blocked() === null) {
                Verification::restart();
            }
        });
        $this->sync();
    }

    /**
     * Decides whose network this is, after its database was copied or moved.
     *
     * ## OPTIONS
     *
     * <decision>
     * : "moved": this is the same network, and its managed domains stay its own. "new": this is a new network, which
     * manages nothing yet. "ignore": leave this copy alone.
     *
     * @param string[] $args
     */
    public function network(array $args): void
    {
        $decision = $args[0] ?? '';
        $this->attempt(static function () use ($decision): void {
            if (!in_array($decision, ['moved', 'new', 'ignore'], true)) {
                throw new SyncFailed('unknown_decision');
            }
            Sync::decide($decision);
            WP_CLI::success(__('Done. The next sync goes by it.', 'ultimate-multisite-serverpilot'));
        });
    }

    /**
     * Allows the removals that wait for a decision.
     *
     * @subcommand allow-removals
     */
    public function allow_removals(): void // phpcs:ignore PSR1.Methods.CamelCapsMethodName -- WP-CLI's convention
    {
        $this->attempt(static function (): void {
            Sync::decide('allow');
            WP_CLI::success(__('Done. The next sync goes by it.', 'ultimate-multisite-serverpilot'));
        });
    }

    /**
     * Takes over a domain that is mapped here and was put into the app by somebody else.
     *
     * ## OPTIONS
     *
     * <domain>
     * : The name to manage from now on.
     *
     * @param string[] $args
     */
    public function adopt(array $args): void
    {
        $this->attempt(static function () use ($args): void {
            Sync::decide('adopt', $args[0] ?? '');
            WP_CLI::success(__('Done. The next sync goes by it.', 'ultimate-multisite-serverpilot'));
        });
    }

    /**
     * Checks a name's certificate as a browser would.
     *
     * ## OPTIONS
     *
     * <domain>
     * : The name to check.
     *
     * @param string[] $args
     */
    public function check(array $args): void
    {
        $this->attempt(static function () use ($args): void {
            $certificate = Connection::client()->checkSsl($args[0] ?? '');
            $message = LibraryMessages::of($certificate);
            $certificate->valid ? WP_CLI::success($message) : WP_CLI::error($message);
        });
    }

    /**
     * Says why a name is not secure, and who has to act.
     *
     * ## OPTIONS
     *
     * <domain>
     * : The name to diagnose.
     *
     * @param string[] $args
     */
    public function diagnose(array $args): void
    {
        $this->attempt(static function () use ($args): void {
            self::heldBecause(DesiredDomains::normal($args[0] ?? ''));
            $diagnosis = Connection::client()->diagnose($args[0] ?? '');
            foreach ($diagnosis->evidence as $evidence) {
                $detail = LibraryMessages::under('detail', $evidence);
                WP_CLI::log(sprintf('%s: %s. %s', $evidence['check'], $evidence['outcome'], $detail));
            }
            $who = match ($diagnosis->whoseMove) {
                'customer' => __('the customer, in their DNS', 'ultimate-multisite-serverpilot'),
                'operator' => __('you', 'ultimate-multisite-serverpilot'),
                'serverpilot' => __('ServerPilot', 'ultimate-multisite-serverpilot'),
                'wait' => __('No action needed; wait', 'ultimate-multisite-serverpilot'),
                'nobody' => __('nobody', 'ultimate-multisite-serverpilot'),
                default => $diagnosis->whoseMove,
            };
            WP_CLI::log(sprintf(
                /* translators: 1: name of the cause, 2: who has to act */
                __('Cause: %1$s. Who has to act: %2$s.', 'ultimate-multisite-serverpilot'),
                $diagnosis->cause,
                $who
            ));
            // What is still to be done is no success yet.
            $advice = LibraryMessages::under('advice', $diagnosis->document);
            $diagnosis->whoseMove === 'nobody' ? WP_CLI::success($advice) : WP_CLI::log($advice);
        });
    }

    /** A name that this plugin left out is not in the app for a reason that ServerPilot does not know. */
    private static function heldBecause(string $name): void
    {
        $held = Database::state()[0]->held[$name] ?? null;
        if ($held !== null) {
            WP_CLI::log(StatusReport::held($held['reason'], [$name]));
        }
    }

    /**
     * @param list<string> $coming
     * @param list<string> $going
     */
    private static function changes(array $coming, array $going): void
    {
        foreach ($coming as $name) {
            WP_CLI::log("+ $name");
        }
        foreach ($going as $name) {
            WP_CLI::log("- $name");
        }
    }

    private function attempt(callable $do): void
    {
        try {
            $do();
        } catch (ServerPilotException | SyncFailed $e) {
            WP_CLI::error($e instanceof ServerPilotException ? LibraryMessages::of($e) : $e->getMessage());
        }
    }
}
