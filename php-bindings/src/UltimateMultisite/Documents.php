<?php

// What programs are given, on the command line, over REST and as abilities: flat arrays with stable English keys,
// codes instead of sentences where there is a code, times in UTC. Must not ask anything, nor hold a secret.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\DomainStatus;
use ServerPilot\Controller\Plan;
use ServerPilot\Controller\Run;
use ServerPilot\DoctorCheck;
use ServerPilot\Result\Certificate;
use ServerPilot\Result\Diagnosis;

final class Documents
{
    /**
     * @param array<string, string> $problems Code => sentence.
     * @return array<string, mixed>
     */
    public static function status(DomainOverview $read, array $problems): array
    {
        $state = $read->state;
        return [
            'severity' => Severity::overall($problems, $read),
            'problems' => self::listed($problems),
            'domains' => count($read->overview->domains),
            'groups' => $read->overview->counts,
            'managed' => count($state->managed),
            'held' => count($state->held),
            'in_app' => $state->domains['count'],
            'limits' => array_map(static fn (array $limit): array => [
                'count' => $limit['count'],
                'limit' => $limit['limit'],
                'nearly_at' => self::time($limit['nearlyAt'] ?? 0),
                'full_at' => self::time($limit['fullAt'] ?? 0),
            ], $read->limits()),
            'autossl' => $state->autossl['state'] ?? null,
            'autossl_since' => self::time($state->autossl['since'] ?? 0),
            'autossl_checked' => self::time($state->autossl['at'] ?? 0),
            'last_success' => self::time($state->synced['at'] ?? 0),
            'last_failure' => self::time($state->failure['at'] ?? 0),
            'next_sync' => self::time($state->identity === null ? 0 : $read->overview->nextSyncAt()),
            'next_certificate_check' => self::time($read->overview->nextCertificateCheckAt()),
            'check' => BackgroundCheck::progress($read->results),
        ];
    }

    /**
     * @param array<string, string> $problems Code => sentence.
     * @return list<array{code: string, severity: string, message: string}>
     */
    private static function listed(array $problems): array
    {
        $list = [];
        foreach ($problems as $code => $message) {
            $list[] = ['code' => (string) $code, 'severity' => Severity::of((string) $code), 'message' => $message];
        }
        return $list;
    }

    /** @return array<string, mixed> */
    public static function domain(DomainStatus $one, int $now): array
    {
        $check = $one->check;
        return [
            'domain' => $one->name,
            'kind' => $one->kind,
            'owner' => $one->owner,
            'group' => $one->group,
            'state' => $one->state,
            'whose_move' => $one->move,
            'since' => self::time($one->since),
            'dns' => $check?->dns,
            'valid' => $check?->valid,
            'reason' => $check?->reason,
            'issuer' => $check?->issuer === '' ? null : $check?->issuer,
            'expires' => self::time($check->expires ?? 0),
            'days_left' => $check?->daysLeft($now),
            'cause' => $check->diagnosis['cause'] ?? null,
            'advice' => isset($check->diagnosis) ? LibraryMessages::under('advice', $check->diagnosis) : null,
            'checked' => self::time($check->at ?? 0),
            'next_check' => self::time($one->nextCheckAt),
        ];
    }

    /**
     * @param array{group?: string, state?: string, search?: string} $filters
     * @return list<array<string, mixed>>
     */
    public static function domains(DomainOverview $read, array $filters = []): array
    {
        $domains = array_filter($read->overview->domains, static fn (DomainStatus $one): bool =>
            in_array($filters['group'] ?? '', ['', $one->group], true)
            && in_array($filters['state'] ?? '', ['', $one->state], true)
            && Labels::matches($one->name, $filters['search'] ?? ''));
        return array_map(
            static fn (DomainStatus $one): array => self::domain($one, $read->now),
            array_values($domains)
        );
    }

    /**
     * @return array{changed: bool, waiting: list<string>, add: list<string>, remove: list<string>,
     *     held: list<array<string, mixed>>} Waiting are names whose removal the operator has to allow.
     */
    public static function plan(Plan $plan): array
    {
        return ['changed' => false, 'waiting' => $plan->waiting]
            + self::change($plan->missing, $plan->removing, $plan->state->held);
    }

    /**
     * @return array{changed: bool, waiting: list<string>, add: list<string>, remove: list<string>,
     *     held: list<array<string, mixed>>} As plan().
     */
    public static function run(Run $run): array
    {
        [$added, $removed] = [$run->result->added, $run->result->removed];
        return ['changed' => $added !== [] || $removed !== [], 'waiting' => $run->plan->waiting]
            + self::change($added, $removed, $run->state->held);
    }

    /**
     * The same keys as domain() has, as far as a check knows them.
     *
     * @return array<string, mixed>
     */
    public static function check(Certificate $seen): array
    {
        return [
            'domain' => $seen->domain,
            'valid' => $seen->valid,
            'reason' => $seen->reason,
            'dns' => $seen->dns,
            'issuer' => $seen->issuer,
            'expires' => $seen->notAfter,
            'days_left' => $seen->daysLeft,
            'connected_to' => $seen->connectedTo,
            'tls_version' => $seen->tlsVersion,
            'listed' => $seen->listed,
            'is_serverpilots' => $seen->servedIsServerpilots,
            'message' => LibraryMessages::of($seen),
        ];
    }

    /** @return array<string, mixed> */
    public static function diagnosis(Diagnosis $made): array
    {
        return [
            'domain' => $made->domain,
            'cause' => $made->cause,
            'whose_move' => $made->whoseMove,
            'advice' => LibraryMessages::under('advice', $made->document),
            'evidence' => array_map(self::evidence(...), $made->evidence),
            'next_check_seconds' => $made->nextLookMs === null ? null : intdiv($made->nextLookMs + 999, 1000),
        ];
    }

    /**
     * @param array<string, mixed> $one
     * @return array{check: string, outcome: string, detail: string}
     */
    private static function evidence(array $one): array
    {
        return [
            'check' => (string) ($one['check'] ?? ''),
            'outcome' => (string) ($one['outcome'] ?? ''),
            'detail' => LibraryMessages::under('detail', $one),
        ];
    }

    /** @return array<string, mixed> */
    public static function host(DoctorCheck $check): array
    {
        return [
            'code' => $check->code,
            'level' => $check->level,
            'message' => DoctorMessages::of($check),
            'details' => $check->details,
        ];
    }

    /** ISO 8601 in UTC; null where there is no such time. */
    public static function time(int $at): ?string
    {
        return $at <= 0 ? null : gmdate('Y-m-d\TH:i:s\Z', $at);
    }

    /**
     * @param list<string> $add
     * @param list<string> $remove
     * @param array<string, array{reason: string, since: int}> $held
     * @return array{add: list<string>, remove: list<string>, held: list<array<string, mixed>>}
     */
    private static function change(array $add, array $remove, array $held): array
    {
        $left = [];
        foreach ($held as $name => ['reason' => $reason, 'since' => $since]) {
            $left[] = ['domain' => (string) $name, 'reason' => $reason, 'since' => self::time($since)];
        }
        return ['add' => $add, 'remove' => $remove, 'held' => $left];
    }
}
