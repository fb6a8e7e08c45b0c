<?php

// Tools → Site Health: a direct test of what this PHP may do, an asynchronous one of the connection, and
// lines for the information tab. Reads only; must not show a credential.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\DomainStatus;
use ServerPilot\Controller\Overview;
use ServerPilot\ServerPilot;

final class SiteHealth
{
    /** Seconds. Shorter failures of ServerPilot pass without anybody. */
    private const TRANSIENT = 6 * 3600;

    /**
     * @param array<string, mixed> $tests
     * @return array<string, mixed>
     */
    public static function tests(array $tests): array
    {
        // The weekly cron is that of each site, and who keeps a sub-site can do nothing about the network's app.
        if (!current_user_can('manage_network') && !(wp_doing_cron() && is_main_site())) {
            return $tests;
        }
        $tests['direct']['serverpilot_setup'] = [
            'label' => __('ServerPilot setup', 'ultimate-multisite-serverpilot'),
            'test' => [self::class, 'setup'],
        ];
        $tests['async']['serverpilot_connection'] = [
            'label' => __('ServerPilot connection', 'ultimate-multisite-serverpilot'),
            'test' => 'serverpilot_connection',
            'async_direct_test' => [self::class, 'connection'],
        ];
        return $tests;
    }

    /** @return array<string, mixed> */
    public static function setup(): array
    {
        $unavailable = StatusReport::unavailable();
        if ($unavailable !== null) {
            return self::result(
                'serverpilot_setup',
                'critical',
                __('This PHP cannot talk to ServerPilot', 'ultimate-multisite-serverpilot'),
                $unavailable
            );
        }
        $problems = StatusReport::problems();
        try {
            $read = Connection::blocked() === null ? DomainOverview::read() : null;
        } catch (SyncFailed $e) {
            // One of the problems, in the same words.
            $problems += [$e->reason => $e->getMessage()];
            $read = null;
        }
        // A copy that is left alone has nothing to sync.
        $isAlone = $read?->isLeftAlone() === true;
        if ($problems === [] && $read?->state->synced === null && !$isAlone) {
            $problems = ['never_synced' => Messages::of('never_synced')];
        }
        if ($problems !== []) {
            return self::result(
                'serverpilot_setup',
                self::isCritical($problems, $read) ? 'critical' : 'recommended',
                __('ServerPilot needs your attention', 'ultimate-multisite-serverpilot'),
                ...array_values($problems),
                ...$read === null ? [] : [Labels::summary($read->overview)]
            );
        }
        return $isAlone || $read === null ? self::result(
            'serverpilot_setup',
            'good',
            __('ServerPilot is left alone by this copy', 'ultimate-multisite-serverpilot'),
            Messages::of('ignored')
        ) : self::domains($read->overview);
    }

    /**
     * What should be in the app, against what was seen there.
     *
     * @return array<string, mixed>
     */
    private static function domains(Overview $overview): array
    {
        $missing = self::named($overview, static fn (DomainStatus $one): bool => $one->state === 'waiting_sync');
        $isForOperator = static fn (DomainStatus $one): bool => $one->group === DomainStatus::OPERATOR
            || $one->group === DomainStatus::OVERDUE;
        $needing = self::named($overview, $isForOperator);
        $sentences = [Labels::summary($overview)];
        if ($missing !== []) {
            $sentences[] = sprintf(
                /* translators: 1: number of domains, 2: list of domain names */
                _n(
                    '%1$s domain is not in the app\'s list yet (%2$s). The next sync adds it.',
                    '%1$s domains are not in the app\'s list yet (%2$s). The next sync adds them.',
                    count($missing),
                    'ultimate-multisite-serverpilot'
                ),
                number_format_i18n(count($missing)),
                StatusReport::listed($missing)
            );
        }
        if ($needing !== []) {
            $sentences[] = sprintf(
                /* translators: 1: list of domain names, 2: where the plugin's page is */
                __('Somebody has to see to these: %1$s. What to do is under %2$s.', 'ultimate-multisite-serverpilot'),
                StatusReport::listed($needing),
                Place::path()
            );
        }
        if ($missing === [] && $needing === []) {
            $sentences[] = __(
                'Every domain of this network that can be is in the app\'s list.',
                'ultimate-multisite-serverpilot'
            );
        }
        return self::result(
            'serverpilot_setup',
            $missing === [] && $needing === [] ? 'good' : 'recommended',
            match (true) {
                $missing !== [] => __('ServerPilot does not have every domain yet', 'ultimate-multisite-serverpilot'),
                $needing !== [] => __('Domains need your attention', 'ultimate-multisite-serverpilot'),
                default => __('ServerPilot is in sync with this network', 'ultimate-multisite-serverpilot'),
            },
            ...$sentences
        );
    }

    /**
     * @param callable(DomainStatus): bool $is
     * @return list<string>
     */
    private static function named(Overview $overview, callable $is): array
    {
        return array_map('strval', array_keys(array_filter($overview->domains, $is)));
    }

    /**
     * A failure that is retried automatically is not one for a while.
     *
     * @param array<string, string> $problems
     */
    private static function isCritical(array $problems, ?DomainOverview $read): bool
    {
        $failure = $read?->state->failure;
        if ($failure !== null && $failure['retryable'] && $read->now - $failure['since'] < self::TRANSIENT) {
            unset($problems[$failure['code']]);
        }
        return Severity::overall($problems, null) === Severity::CRITICAL;
    }

    /** @return array<string, mixed> */
    public static function connection(): array
    {
        if (Connection::blocked() !== null) {
            return self::result(
                'serverpilot_connection',
                'recommended',
                __('ServerPilot was not asked', 'ultimate-multisite-serverpilot'),
                (string) StatusReport::problem()
            );
        }
        $tested = ConnectionTest::run();
        return is_wp_error($tested)
            ? self::result(
                'serverpilot_connection',
                'critical',
                __('The test of the connection to ServerPilot failed', 'ultimate-multisite-serverpilot'),
                $tested->get_error_message()
            )
            : self::result(
                'serverpilot_connection',
                'good',
                __('ServerPilot can be reached', 'ultimate-multisite-serverpilot'),
                __('Client ID, API key and app ID are right.', 'ultimate-multisite-serverpilot')
            );
    }

    /** What the Site Health screen asks for after it was shown. */
    public static function answer(): void
    {
        check_ajax_referer('health-check-site-status');
        if (!current_user_can('manage_network')) {
            wp_send_json_error(null, 403);
        }
        wp_send_json_success(self::connection());
    }

    /**
     * @param array<string, mixed> $information
     * @return array<string, mixed>
     */
    public static function information(array $information): array
    {
        if (!current_user_can('manage_network')) {
            return $information;
        }
        $information['serverpilot'] = [
            'label' => __('ServerPilot', 'ultimate-multisite-serverpilot'),
            'fields' => self::fields(),
        ];
        return $information;
    }

    /**
     * What is copied for somebody who helps is the same in every language ("debug"), and names nobody ("private").
     *
     * @return array<string, array<string, mixed>>
     */
    private static function fields(): array
    {
        $unavailable = StatusReport::unavailable();
        $way = $unavailable === null ? substr((string) strrchr(ServerPilot::choose()::class, '\\'), 1) : 'none';
        $problems = array_keys(StatusReport::problems());
        $fields = [
            'library' => self::field(__('How PHP reaches the library', 'ultimate-multisite-serverpilot'), $way),
            'problems' => self::field(
                __('Problems', 'ultimate-multisite-serverpilot'),
                $problems === [] ? __('none', 'ultimate-multisite-serverpilot') : implode(', ', $problems),
                $problems === [] ? 'none' : implode(', ', $problems)
            ),
            'app_id' => self::field(
                __('App ID', 'ultimate-multisite-serverpilot'),
                Connection::credential(Connection::APP_ID)
            ) + ['private' => true],
        ];
        try {
            $read = DomainOverview::read();
        } catch (SyncFailed $e) {
            return $fields + ['state' => self::field(
                __('Problem', 'ultimate-multisite-serverpilot'),
                $e->getMessage(),
                $e->reason
            )];
        }
        return $fields + self::ofState($read);
    }

    /**
     * What is remembered of the app and the network's domains.
     *
     * @return array<string, array<string, mixed>>
     */
    private static function ofState(DomainOverview $read): array
    {
        $state = $read->state;
        $counts = array_map(
            static fn (string $group, int $count): string => "$group: $count",
            array_keys($read->overview->counts),
            $read->overview->counts
        );
        $inApp = $state->domains['count'] === null ? '' : "{$state->domains['count']} / {$state->domains['limit']}";
        $failure = $state->failure === null ? 'none' : "{$state->failure['code']}, {$state->failure['sapi']}, "
            . Documents::time($state->failure['at']);
        return [
            'last_sync' => self::time(
                __('Last successful sync', 'ultimate-multisite-serverpilot'),
                $state->synced['at'] ?? 0
            ),
            'next_sync' => self::time(__('Next sync', 'ultimate-multisite-serverpilot'), $read->overview->nextSyncAt()),
            'last_failure' => self::field(
                __('Last failure', 'ultimate-multisite-serverpilot'),
                $state->failure === null ? __('none', 'ultimate-multisite-serverpilot') : $failure,
                $failure
            ),
            'domains' => self::field(
                __('Domains', 'ultimate-multisite-serverpilot'),
                Labels::summary($read->overview),
                implode(', ', $counts)
            ),
            'managed_domains' => self::field(
                __('Managed domains', 'ultimate-multisite-serverpilot'),
                (string) count($state->managed)
            ),
            'domains_in_app' => self::field(__('Domains in app', 'ultimate-multisite-serverpilot'), $inApp),
            'autossl' => self::field(
                __('AutoSSL', 'ultimate-multisite-serverpilot'),
                StatusReport::autossl($state, $read->now),
                $state->autossl['state'] ?? 'unknown'
            ),
            'left_out' => self::field(
                __('Domains that are left out', 'ultimate-multisite-serverpilot'),
                StatusReport::listed(array_keys($state->held))
            ) + ['private' => true],
        ];
    }

    /** @return array<string, string> */
    private static function field(string $label, string $value, ?string $debug = null): array
    {
        return ['label' => $label, 'value' => $value, 'debug' => $debug ?? $value];
    }

    /** @return array<string, string> */
    private static function time(string $label, int $at): array
    {
        return self::field($label, Labels::time($at), Documents::time($at) ?? 'never');
    }

    /** @return array<string, mixed> */
    private static function result(string $test, string $status, string $label, string ...$sentences): array
    {
        return [
            'label' => $label,
            'status' => $status,
            'badge' => ['label' => __('ServerPilot', 'ultimate-multisite-serverpilot'), 'color' => 'blue'],
            'description' => '<p>' . implode('</p><p>', array_map('esc_html', $sentences)) . '</p>',
            'actions' => sprintf(
                '<p><a href="%s">%s</a></p>',
                esc_url(Place::url()),
                esc_html__('Open ServerPilot', 'ultimate-multisite-serverpilot')
            ),
            'test' => $test,
        ];
    }
}
