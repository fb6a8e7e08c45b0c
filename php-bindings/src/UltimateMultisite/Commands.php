<?php

// wp serverpilot …: what the hooks and screens do, by hand.
// May not do anything of its own: each command asks the class that does it, and ends with its message.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Result\ListResult;
use WP_CLI;

/**
 * Keeps the domain list and AutoSSL of a ServerPilot app in step with this network.
 */
final class Commands
{
    /**
     * Shows the state, and what comes next by itself.
     */
    public function status(): void
    {
        foreach (Report::lines() as $label => $value) {
            WP_CLI::log("$label: $value");
        }
        $problem = Report::unavailable()?->getMessage() ?? Report::problem();
        if ($problem !== null) {
            WP_CLI::warning($problem);
        }
    }

    /**
     * Shows what "wp serverpilot sync" would change. Changes nothing.
     */
    public function plan(): void
    {
        $this->tell(static fn () => (new Reconciler())->plan());
    }

    /**
     * Brings the app's list into step with this network now.
     */
    public function sync(): void
    {
        $this->tell(static fn () => (new Reconciler())->now());
        $this->demandAll();
    }

    /**
     * Tries again now what failed, and starts looking after certificates anew.
     */
    public function retry(): void
    {
        $this->tell(static fn () => (new Reconciler())->now());
        FollowUp::rescue();
        if (FollowUp::neededFor(State::load()->autossl['state'] ?? '')) {
            FollowUp::start();
        }
        $this->demandAll();
    }

    /**
     * Looks at a name's certificate as a browser would.
     *
     * ## OPTIONS
     *
     * <domain>
     * : The name to look at.
     *
     * @param string[] $args
     */
    public function check(array $args): void
    {
        try {
            $certificate = Connection::client()->checkSsl($args[0] ?? '');
        } catch (ServerPilotException $e) {
            WP_CLI::error($e->getMessage());
            return;
        }
        if ($certificate->valid) {
            WP_CLI::success($certificate->message);
            return;
        }
        WP_CLI::error($certificate->message);
    }

    /**
     * Says why a name is not secure, and whose move it is.
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
        try {
            $diagnosis = Connection::client()->diagnose($args[0] ?? '');
        } catch (ServerPilotException $e) {
            WP_CLI::error($e->getMessage());
            return;
        }
        foreach ($diagnosis->evidence as $evidence) {
            WP_CLI::log(sprintf('%s: %s. %s', $evidence['check'], $evidence['outcome'], $evidence['detail']));
        }
        WP_CLI::log(sprintf(
            /* translators: 1: name of the cause, 2: whose move it is */
            __('Cause: %1$s. Whose move it is: %2$s.', 'ultimate-multisite-serverpilot'),
            $diagnosis->cause,
            match ($diagnosis->whoseMove) {
                'customer' => __('the customer\'s, in their DNS', 'ultimate-multisite-serverpilot'),
                'operator' => __('yours', 'ultimate-multisite-serverpilot'),
                'serverpilot' => __('ServerPilot\'s', 'ultimate-multisite-serverpilot'),
                'wait' => __('nobody\'s, it only takes time', 'ultimate-multisite-serverpilot'),
                'nobody' => __('nobody\'s', 'ultimate-multisite-serverpilot'),
                default => $diagnosis->whoseMove,
            }
        ));
        // What is still to be done is no success yet.
        $diagnosis->whoseMove === 'nobody' ? WP_CLI::success($diagnosis->advice) : WP_CLI::log($diagnosis->advice);
    }

    /** Names that could not be brought in are a failure, although the others were. */
    private function demandAll(): void
    {
        $left = State::load()->confirmed['skipped'] ?? [];
        if ($left !== []) {
            WP_CLI::error(Report::left($left));
        }
    }

    /** @param callable(): ListResult $do */
    private function tell(callable $do): void
    {
        try {
            $result = $do();
        } catch (ServerPilotException | NotDone $e) {
            WP_CLI::error($e->getMessage());
            return;
        }
        foreach ([['+', $result->added], ['-', $result->removed]] as [$sign, $names]) {
            foreach ($names as $name) {
                WP_CLI::log("$sign $name");
            }
        }
        foreach ($result->skipped as $skipped) {
            WP_CLI::log(sprintf('  %s (%s)', $skipped['domain'] ?? '', $skipped['reason'] ?? ''));
        }
        WP_CLI::success($result->message);
    }
}
