<?php

// Certificates take their time: looks again, one chain per app, until nothing is pending, and takes up
// again what Ultimate Multisite has given up meanwhile. May not touch the app's list of names.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Exception\FfiUnavailable;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Status;

final class FollowUp
{
    public const LOOK = 'serverpilot_follow_up';

    /** How long Ultimate Multisite goes on checking a name that ServerPilot still works on. */
    private const PATIENCE = 36 * 3600;

    /** Certificates looked at in one run; the rest has its turn in the next one. */
    private const RESCUES = 20;

    /** Seconds. An action may not hold up the queue. */
    private const RESCUE_TIME = 20;

    /** Begins the chain, or brings its next look forward; a look that is due earlier stays. */
    public static function start(): void
    {
        if (!Connection::ready()) {
            return;
        }
        $due = Queue::due(self::LOOK);
        $delay = (int) Ladder::delay(0);
        // The jitter of another first look is no reason to exchange it: in a burst, each action would do that.
        $latest = intdiv(11 * (int) Ladder::seconds(0), 10);
        if ($due !== null && $due <= time() + $latest) {
            return;
        }
        if ($due !== null) {
            Queue::cancel(self::LOOK);
        }
        Queue::schedule(self::LOOK, [0], $delay);
    }

    /** Whether a state of AutoSSL calls for looks. "failed": it could have been switched on but for an error. */
    public static function neededFor(string $state): bool
    {
        return in_array($state, ['pending', 'failed'], true);
    }

    /** The process of the $step-th look died: the next one comes all the same. */
    public static function lost(int $step): void
    {
        $delay = Ladder::delay($step + 1);
        if ($delay !== null && Queue::due(self::LOOK) === null) {
            Queue::schedule(self::LOOK, [$step + 1], $delay);
        }
    }

    /** One look, the $step-th of its chain. */
    public function look(int $step): void
    {
        if (!Connection::ready()) {
            return;
        }
        // ServerPilot said when to come back; that goes for this question, too.
        $wait = (State::load()->failure['wait'] ?? 0) - time();
        $lease = $wait > 0 ? null : Lease::acquire();
        if ($lease === null) {
            // Or somebody is changing the list: nothing to see before that is done.
            if (Queue::due(self::LOOK) === null) {
                Queue::schedule(self::LOOK, [$step], max($wait, 60));
            }
            return;
        }
        try {
            $failure = $this->switchOn($step);
        } finally {
            $lease->release();
        }
        $left = self::rescue();
        $pending = (State::load()->autossl['state'] ?? '') === 'pending' || $left > 0 || $failure !== null;
        // Whatever else waits is an older branch: the chain is one.
        Queue::cancel(self::LOOK);
        $delay = $pending ? Ladder::delay($step + 1) : null;
        if ($delay !== null) {
            $advice = intdiv(($failure?->retryAfterMs ?? 0) + 999, 1000);
            Queue::schedule(self::LOOK, [$step + 1], max($delay, $advice));
        } elseif ($pending) {
            $this->giveUp($left);
        }
        if ($failure !== null) {
            throw new NotDone($failure->getMessage(), 0, $failure);
        }
    }

    /**
     * Takes up again the names that Ultimate Multisite gave up for want of a certificate and that have one
     * now: it looks itself, and marks them done.
     *
     * @return int How many are still without.
     */
    public static function rescue(): int
    {
        if (!function_exists('wu_get_domains')) {
            return 0;
        }
        $given = wu_get_domains(['active' => 1, 'stage' => 'ssl-failed', 'number' => 500]);
        $given = is_array($given) ? array_values($given) : [];
        $left = count($given);
        // Nobody waits behind the same twenty for ever.
        shuffle($given);
        $until = microtime(true) + self::RESCUE_TIME;
        foreach (array_slice($given, 0, self::RESCUES) as $mapping) {
            if (microtime(true) >= $until) {
                break;
            }
            if (!$mapping->has_valid_ssl_certificate()) {
                continue;
            }
            $mapping->set_stage('checking-ssl-cert');
            $saved = $mapping->save();
            if (is_wp_error($saved)) {
                Journal::error($saved->get_error_message());
                continue;
            }
            wu_enqueue_async_action(
                'wu_async_process_domain_stage',
                ['domain_id' => $mapping->get_id(), 'tries' => 0],
                'domain'
            );
            $left--;
            Journal::info(sprintf(
                /* translators: %s: domain name */
                __('%s has a valid certificate now and is taken up again.', 'ultimate-multisite-serverpilot'),
                $mapping->get_domain()
            ));
        }
        return $left;
    }

    /** Ultimate Multisite asks how often it may check this name before it gives up. */
    public static function maxTries(int $tries, mixed $mapping): int
    {
        if (!is_object($mapping) || !method_exists($mapping, 'get_stage') || !Connection::ready()) {
            return $tries;
        }
        if ($mapping->get_stage() !== 'checking-ssl-cert') {
            return $tries;
        }
        $state = State::load();
        $autossl = $state->autossl ?? ['state' => '', 'ended' => false];
        if ($autossl['ended'] || $autossl['state'] === 'custom_certificate') {
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

    /** @return array{state: string, at: int, message: string, ended: bool} */
    public static function seen(string $state, string $message): array
    {
        return ['state' => $state, 'at' => time(), 'message' => $message, 'ended' => false];
    }

    /** Asks ServerPilot for AutoSSL; gives back why it could not be asked. */
    private function switchOn(int $step): ?ServerPilotException
    {
        $state = State::load();
        $failure = null;
        try {
            $result = Connection::client()->enableAutossl();
            $state->autossl = self::seen($result->state, $result->message);
            if ($result->changed) {
                Journal::info(__('AutoSSL was switched on.', 'ultimate-multisite-serverpilot'));
            }
        } catch (ServerPilotException $e) {
            if ($e->status === Status::AutosslUnavailable->value) {
                $state->autossl = self::seen('pending', $e->getMessage());
            } elseif ($e->status === Status::CustomCertificate->value) {
                $state->autossl = self::seen('custom_certificate', $e->getMessage());
                Journal::warning($e->getMessage());
            } else {
                $state->autossl = self::seen('pending', $e->getMessage());
                $failure = $e;
                Journal::error($e->getMessage());
            }
        }
        $state->save();
        return $failure;
    }

    /** @param int $left Names without a certificate. */
    private function giveUp(int $left): void
    {
        $lease = Lease::acquire();
        $state = State::load();
        $pending = ($state->autossl['state'] ?? '') === 'pending';
        // Who holds the lease may be writing a newer state; then the next daily look begins anew.
        if ($lease !== null && $state->autossl !== null && $pending) {
            $state->autossl['ended'] = true;
            $state->save();
        }
        $lease?->release();
        Journal::error($pending ? __(
            'ServerPilot has had no certificate for more than a week. Run "wp serverpilot diagnose" with the '
                . 'name that is not secure, or look at the DNS of the names in the app: one name without DNS keeps '
                . 'all of them from their certificate.',
            'ultimate-multisite-serverpilot'
        ) : sprintf(
            /* translators: %d: number of domains */
            _n(
                '%d domain that Ultimate Multisite gave up has had no valid certificate for more than a week. It is '
                    . 'looked at once a day. Run "wp serverpilot diagnose" with its name.',
                '%d domains that Ultimate Multisite gave up have had no valid certificate for more than a week. '
                    . 'They are looked at once a day. Run "wp serverpilot diagnose" with their names.',
                $left,
                'ultimate-multisite-serverpilot'
            ),
            $left
        ));
    }
}
