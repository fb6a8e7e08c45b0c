<?php

// What a program may ask of the plugin, once: each with its schema, what it does and whether it changes anything. The
// REST routes and the abilities are made from it. Must not know who asks: whoever offers one checks the capability.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\DomainStatus;
use ServerPilot\Exception\ServerPilotException;
use WP_Error;

final class Operations
{
    /** Whoever may do one of them. */
    public const CAPABILITY = 'manage_network';

    private const NAME = ['type' => 'string', 'minLength' => 1, 'maxLength' => 253];
    private const NAMES = ['type' => 'array', 'items' => ['type' => 'string']];
    private const TIME = ['type' => ['string', 'null'], 'format' => 'date-time'];

    /**
     * By name. "effect" is "reads" (also from ServerPilot), "records" (remembers here what was seen) or "changes".
     *
     * @return array<string, array{label: string, description: string, method: string, route: string, effect: string,
     *     input: array<string, mixed>, output: array<string, mixed>, do: callable(array<string, mixed>): mixed}>
     */
    public static function all(): array
    {
        $domain = self::domainSchema();
        $change = self::object(['changed' => ['type' => 'boolean'], 'add' => self::NAMES, 'remove' => self::NAMES,
            'waiting' => self::NAMES,
            'held' => ['type' => 'array', 'items' => self::object(['domain' => self::NAME,
                'reason' => ['type' => 'string'], 'since' => self::TIME])]]);
        $progress = self::object([
            'running' => ['type' => 'boolean'],
            'done' => ['type' => 'integer'],
            'total' => ['type' => 'integer'],
        ]);
        return [
            'get-status' => [
                'label' => __('Get the ServerPilot status', 'ultimate-multisite-serverpilot'),
                'description' => __(
                    'Tells how the network\'s domains stand as a whole: problems, counts, limits, AutoSSL, and when '
                        . 'what was and will be done.',
                    'ultimate-multisite-serverpilot'
                ),
                'method' => 'GET',
                'route' => '/status',
                'effect' => 'reads',
                'input' => [],
                'output' => self::object(['severity' => ['type' => 'string'], 'problems' => ['type' => 'array']]),
                'do' => static fn (): array => Documents::status(
                    DomainOverview::read(),
                    StatusReport::problemsHere()
                ),
            ],
            'list-domains' => [
                'label' => __('List the network\'s domains', 'ultimate-multisite-serverpilot'),
                'description' => __(
                    'Lists every domain of the network with its state, its certificate and whose move it is.',
                    'ultimate-multisite-serverpilot'
                ),
                'method' => 'GET',
                'route' => '/domains',
                'effect' => 'reads',
                'input' => [
                    'group' => ['type' => 'string', 'enum' => DomainStatus::groups()],
                    'state' => ['type' => 'string', 'enum' => DomainStatus::states()],
                    'search' => ['type' => 'string'],
                    'page' => ['type' => 'integer', 'minimum' => 1, 'default' => 1],
                    'per_page' => ['type' => 'integer', 'minimum' => 1, 'maximum' => 100, 'default' => 20],
                ],
                'output' => self::object(['total' => ['type' => 'integer'], 'domains' => ['type' => 'array',
                    'items' => $domain]]),
                'do' => self::domains(...),
            ],
            'get-domain' => [
                'label' => __('Get one domain', 'ultimate-multisite-serverpilot'),
                'description' => __('Tells how one domain stands.', 'ultimate-multisite-serverpilot'),
                'method' => 'GET',
                'route' => '/domains/(?P<domain>[^/]+)',
                'effect' => 'reads',
                'input' => ['domain' => self::NAME + ['required' => true]],
                'output' => $domain,
                'do' => static fn (array $input): array|WP_Error => self::of($input['domain']),
            ],
            'preview-sync' => [
                'label' => __('Preview changes', 'ultimate-multisite-serverpilot'),
                'description' => __(
                    'Tells what a sync would change in the app\'s list of domains. Changes nothing.',
                    'ultimate-multisite-serverpilot'
                ),
                'method' => 'GET',
                'route' => '/plan',
                'effect' => 'reads',
                'input' => [],
                'output' => $change,
                'do' => static fn (): array => Documents::plan(Sync::preview()),
            ],
            'sync' => [
                'label' => __('Sync now', 'ultimate-multisite-serverpilot'),
                'description' => __(
                    'Syncs the app\'s list of domains with this network now.',
                    'ultimate-multisite-serverpilot'
                ),
                'method' => 'POST',
                'route' => '/sync',
                'effect' => 'changes',
                'input' => [],
                'output' => $change,
                'do' => static fn (): array => Documents::run(Sync::requested()),
            ],
            'check-domains' => [
                'label' => __('Check domains', 'ultimate-multisite-serverpilot'),
                'description' => __(
                    'Begins a check of the DNS and the certificates of these domains, or of all, in the background.',
                    'ultimate-multisite-serverpilot'
                ),
                'method' => 'POST',
                'route' => '/check',
                'effect' => 'records',
                'input' => ['domains' => self::NAMES + ['maxItems' => 1000]],
                'output' => $progress,
                'do' => self::check(...),
            ],
            'get-check-progress' => [
                'label' => __('Get the progress of a check', 'ultimate-multisite-serverpilot'),
                'description' => __(
                    'Tells how far the check in the background has come.',
                    'ultimate-multisite-serverpilot'
                ),
                'method' => 'GET',
                'route' => '/check',
                'effect' => 'reads',
                'input' => [],
                'output' => $progress,
                'do' => static fn (): array => self::progress(),
            ],
            'diagnose-domain' => [
                'label' => __('Diagnose one domain', 'ultimate-multisite-serverpilot'),
                'description' => __(
                    'Finds out now why a domain is not secure, and whose move it is.',
                    'ultimate-multisite-serverpilot'
                ),
                'method' => 'POST',
                'route' => '/domains/(?P<domain>[^/]+)/diagnose',
                'effect' => 'records',
                'input' => ['domain' => self::NAME + ['required' => true]],
                'output' => $domain,
                'do' => self::diagnose(...),
            ],
            'decide' => [
                'label' => __('Decide', 'ultimate-multisite-serverpilot'),
                'description' => __(
                    'Makes a decision that only the operator can make: "moved" (this is the same network, it moved), '
                        . '"new" (this is a new network), "ignore" (leave this copy alone), "allow" (allow the '
                        . 'removals that wait) or "adopt" (manage a domain here that somebody else put into the app).',
                    'ultimate-multisite-serverpilot'
                ),
                'method' => 'POST',
                'route' => '/decisions',
                'effect' => 'changes',
                'input' => [
                    'decision' => ['type' => 'string', 'required' => true,
                        'enum' => ['moved', 'new', 'ignore', 'allow', 'adopt']],
                    'domain' => ['type' => 'string', 'maxLength' => 253, 'default' => ''],
                ],
                'output' => self::object(['decision' => ['type' => 'string']]),
                'do' => static function (array $input): array {
                    Sync::decide($input['decision'], $input['domain'] ?? '');
                    return ['decision' => $input['decision']];
                },
            ],
        ];
    }

    /**
     * Does one of them.
     *
     * @param array{do: callable(array<string, mixed>): mixed} $operation
     * @param array<string, mixed> $input Checked against its schema.
     */
    public static function perform(array $operation, array $input): mixed
    {
        try {
            return ($operation['do'])($input);
        } catch (SyncFailed $e) {
            return self::error($e->reason, $e->getMessage());
        } catch (ServerPilotException $e) {
            return self::error($e->statusName, LibraryMessages::of($e));
        }
    }

    /**
     * @param array<string, mixed> $input
     * @return array{total: int, domains: list<array<string, mixed>>}
     */
    private static function domains(array $input): array
    {
        $all = Documents::domains(DomainOverview::read(), $input);
        $size = $input['per_page'] ?? 20;
        return [
            'total' => count($all),
            'domains' => array_slice($all, (($input['page'] ?? 1) - 1) * $size, $size),
        ];
    }

    /** @return array<string, mixed>|WP_Error */
    private static function of(string $name): array|WP_Error
    {
        $read = DomainOverview::read();
        $one = $read->overview->domains[DesiredDomains::normal($name)] ?? null;
        return $one === null ? self::error('unknown_domain', Messages::of('unknown_domain'))
            : Documents::domain($one, $read->now);
    }

    /**
     * @param array<string, mixed> $input
     * @return array<string, mixed>|WP_Error
     */
    private static function diagnose(array $input): array|WP_Error
    {
        // Only what is the network's: nobody is to be asked about at a stranger's wish.
        $one = self::of($input['domain']);
        if (is_array($one)) {
            BackgroundCheck::one($one['domain']);
            $one = self::of($one['domain']);
        }
        return $one;
    }

    /**
     * @param array<string, mixed> $input
     * @return array{running: bool, done: int, total: int}|WP_Error
     */
    private static function check(array $input): array|WP_Error
    {
        $overview = DomainOverview::current();
        $names = array_map(DesiredDomains::normal(...), $input['domains'] ?? $overview->checkable());
        if (array_diff($names, array_map('strval', array_keys($overview->domains))) !== []) {
            return self::error('unknown_domain', Messages::of('unknown_domain'));
        }
        BackgroundCheck::start(array_values(array_intersect($names, $overview->checkable())));
        return self::progress();
    }

    /** @return array{running: bool, done: int, total: int} */
    private static function progress(): array
    {
        $progress = BackgroundCheck::progress(CheckResults::read());
        return ['running' => $progress !== null] + ($progress ?? ['done' => 0, 'total' => 0]);
    }

    private static function error(string $code, string $message): WP_Error
    {
        $status = match ($code) {
            'unknown_domain' => 404,
            'busy', 'overtaken', 'not_foreign', 'unknown_decision' => 409,
            'retry_after', 'database', 'no_queue' => 503,
            default => str_starts_with($code, 'SP_') ? 502 : 409,
        };
        return new WP_Error('serverpilot_' . strtolower($code), $message, ['status' => $status]);
    }

    /** @return array<string, mixed> */
    private static function domainSchema(): array
    {
        $text = ['type' => ['string', 'null']];
        return self::object([
            'domain' => self::NAME,
            'kind' => ['type' => 'string', 'enum' => ['network', 'mapped', 'subsite', 'www', 'removed']],
            'owner' => ['type' => 'string', 'enum' => ['network', 'other', 'none']],
            'group' => ['type' => 'string', 'enum' => DomainStatus::groups()],
            'state' => ['type' => 'string', 'enum' => DomainStatus::states()],
            'whose_move' => ['type' => 'string',
                'enum' => ['nobody', 'wait', 'customer', 'operator', 'serverpilot']],
            'since' => self::TIME,
            'dns' => $text,
            'valid' => ['type' => ['boolean', 'null']],
            'reason' => $text,
            'issuer' => $text,
            'expires' => self::TIME,
            'days_left' => ['type' => ['integer', 'null']],
            'cause' => $text,
            'advice' => $text,
            'checked' => self::TIME,
            'next_check' => self::TIME,
        ]);
    }

    /**
     * @param array<string, mixed> $properties
     * @return array<string, mixed>
     */
    private static function object(array $properties): array
    {
        return ['type' => 'object', 'properties' => $properties];
    }
}
