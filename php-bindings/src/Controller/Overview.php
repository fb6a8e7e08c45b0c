<?php

/*
 * The network's domains as an operator wants to see them: each with its state and whose move it is, their counts, and
 * the two limits ahead. Made from what is remembered and what was last seen; must not ask anything, nor decide what
 * is done.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class Overview
{
    /** Let's Encrypt's limit of names in one certificate (https://letsencrypt.org/docs/rate-limits/). */
    public const CERTIFICATE_LIMIT = 100;

    /** ServerPilot's limit of domains in an app, until it has been seen. */
    private const APP_LIMIT = 300;

    /** From this part of a limit on, it is shown as nearly reached. */
    public const NEARLY = 0.8;

    /** From then on a certificate that was not renewed is shown. */
    public const DAYS = 20;

    /** A certificate for a new name is waited for so long before it is somebody's move. */
    private const PATIENCE = Backoff::DAY;

    /** So old a check says nothing of today: the daily one has been overdue for two days. */
    private const STALE = 3 * Backoff::DAY;

    /** Growth is what was mapped in so many seconds. */
    private const PERIOD = 90 * Backoff::DAY;

    /** Further ahead nobody plans. */
    private const HORIZON = 3 * 365 * Backoff::DAY;

    /** @var array<string, DomainStatus> By name, in order of importance. */
    public readonly array $domains;

    /** @var array<string, int> Group => how many; every group is there. */
    public readonly array $counts;

    /** @param array<string, Check> $checks */
    public function __construct(
        private readonly State $state,
        private readonly Facts $facts,
        private readonly array $checks,
        private readonly int $now,
    ) {
        $kinds = array_fill_keys($facts->own, 'network') + array_fill_keys($facts->mapped, 'mapped')
            + array_fill_keys($facts->hosts, 'subsite');
        $companions = Controller::companions($facts);
        foreach (array_map('strval', array_keys($state->managed + $state->foreign + $state->held)) as $name) {
            $isWww = isset($companions[$name]);
            $kinds[$name] ??= $isWww ? 'www' : 'removed';
        }
        $domains = [];
        foreach ($kinds as $name => $kind) {
            $domains[(string) $name] = $this->status((string) $name, $kind);
        }
        $this->domains = $domains;
        $counts = [];
        foreach (DomainStatus::groups() as $group) {
            $counts[$group] = count(array_filter(
                $domains,
                static fn (DomainStatus $one): bool => $one->group === $group
            ));
        }
        $this->counts = $counts;
    }

    /** @return list<string> What can be checked: one that is no name would keep all others from it. */
    public function checkable(): array
    {
        $isName = static fn (DomainStatus $one): bool => $one->state !== 'held_invalid_domain';
        return array_map('strval', array_keys(array_filter($this->domains, $isName)));
    }

    /**
     * The two limits ahead, by what was mapped lately.
     *
     * @param list<int> $mappedAt When each domain was mapped.
     * @return array<string, array{count: int|null, limit: int, nearlyAt: int|null, fullAt: int|null}> "app" and
     *     "certificate": names now, how many there can be, and when four fifths of them and all are reached at the
     *     present growth: a time in the past where they are reached already, null where that is years ahead.
     */
    public function limits(array $mappedAt): array
    {
        $count = $this->state->domains['count'];
        $lately = array_filter($mappedAt, fn (int $at): bool => $at > $this->now - self::PERIOD && $at <= $this->now);
        // A day on which many were mapped at once, as an import does, is no growth: the day with the most is left out.
        $perDay = array_count_values(array_map(fn (int $at): int => intdiv($this->now - $at, Backoff::DAY), $lately));
        $growth = count($lately) - max([0, ...$perDay]);
        $oldest = $mappedAt === [] ? $this->now : min($mappedAt);
        // A network younger than the period has grown in less time; a week at least, or one day would be a trend.
        $seconds = max(7 * Backoff::DAY, min(self::PERIOD, $this->now - $oldest)) - Backoff::DAY;
        // A mapping brings its www along in so many cases.
        $perMapping = $count === null || $mappedAt === [] ? 1.0 : max(1.0, min(2.0, $count / count($mappedAt)));
        $perSecond = $growth * $perMapping / $seconds;
        return array_map(fn (int $limit): array => [
            'count' => $count,
            'limit' => $limit,
            'nearlyAt' => $this->reachedAt((int) ceil(self::NEARLY * $limit), $count, $perSecond),
            'fullAt' => $this->reachedAt($limit, $count, $perSecond),
        ], [
            'app' => $this->state->domains['limit'] ?? self::APP_LIMIT,
            'certificate' => self::CERTIFICATE_LIMIT,
        ]);
    }

    private function reachedAt(int $limit, ?int $count, float $perSecond): ?int
    {
        if ($count === null) {
            return null;
        }
        if ($count >= $limit) {
            return $this->now;
        }
        if ($perSecond <= 0.0) {
            return null;
        }
        $seconds = ($limit - $count) / $perSecond;
        return $seconds > self::HORIZON ? null : $this->now + (int) $seconds;
    }

    private function status(string $name, string $kind): DomainStatus
    {
        $check = $this->checks[$name] ?? null;
        $state = $this->state;
        $owner = match (true) {
            isset($state->foreign[$name]) => 'other',
            isset($state->managed[$name]) => 'network',
            // Every sync puts it there, and it is nobody's to remove.
            $kind === 'network' && ($check->isListed ?? $state->synced !== null) => 'network',
            default => 'none',
        };
        [$is, $move, $since] = $this->judged($name, $kind, $owner, $check);
        $next = $this->nextCheckAt($name, $is);
        return new DomainStatus($name, $kind, $owner, $is, $move, $since, $next, $check);
    }

    /** Only what is in the app is checked automatically, and what is left out for want of DNS. */
    private function nextCheckAt(string $name, string $is): int
    {
        $state = $this->state;
        $certificate = $this->nextCertificateCheckAt();
        if ($this->isStopped()) {
            return 0;
        }
        if ($is === 'held_no_dns') {
            return $certificate;
        }
        $isInApp = isset($state->managed[$name]) || isset($state->foreign[$name])
            || in_array($name, $this->facts->own, true);
        if (!$isInApp) {
            return 0;
        }
        if ($certificate > 0 && $is !== 'secure') {
            return $certificate;
        }
        $hasCertificate = in_array($state->autossl['state'] ?? '', ['on', 'custom'], true);
        $daily = ($state->audit['at'] ?? -Backoff::DAY) + Backoff::DAY;
        return $hasCertificate && $state->managed !== [] ? max($daily, $this->nextSyncAt()) : 0;
    }

    /** When the next sync is due; 0: none comes, or none was planned yet. */
    public function nextSyncAt(): int
    {
        $at = $this->state->nextSyncAt();
        return $this->isStopped() || $at === 0 ? 0 : max($this->now, $at);
    }

    /** When the certificate that is waited for is checked; 0: not planned. */
    public function nextCertificateCheckAt(): int
    {
        $state = $this->state;
        if ($this->isStopped() || $state->checkAt === 0) {
            return 0;
        }
        // While ServerPilot cannot be asked, it goes with the next sync.
        return max($this->now, $state->checkAt, $state->notBefore, $state->failure === null ? 0 : $state->nextSyncAt());
    }

    /** Whether nothing is done automatically: the plugin cannot work, or a copy waits for the operator's decision. */
    public function isStopped(): bool
    {
        return $this->facts->blocked !== null || $this->isSafeMode();
    }

    public function isSafeMode(): bool
    {
        return Controller::safeMode($this->state, $this->facts) !== null;
    }

    /** @return array{string, string, int} State, whose move, since when. */
    private function judged(string $name, string $kind, string $owner, ?Check $check): array
    {
        $state = $this->state;
        if (isset($state->held[$name])) {
            $held = $state->held[$name];
            return ["held_{$held['reason']}", $held['reason'] === 'no_dns' ? 'customer' : 'operator', $held['since']];
        }
        // Of a network that is switched off, it is not known what is mapped; and it removes nothing.
        if ($kind === 'removed' && $owner === 'network' && $this->facts->blocked === null) {
            return $state->brake === null ? ['waiting_removal', 'wait', 0]
                : ['removal_braked', 'operator', $state->brake['since']];
        }
        // What is secure without having been seen in the app is so by another server.
        $isOutside = $kind !== 'network' && $owner === 'none';
        if ($check !== null && $check->valid === true && (!$isOutside || $check->isListed === true)) {
            $days = (int) $check->daysLeft($this->now);
            if ($days < 0) {
                // It was valid when it was checked.
                return ['not_secure', 'operator', $check->expires];
            }
            if ($this->now - $check->at > self::STALE && $days >= self::DAYS) {
                return ['check_overdue', 'operator', $check->at];
            }
            return $days < self::DAYS ? ['expiring', 'operator', $check->since] : ['secure', 'nobody', $check->since];
        }
        if ($isOutside) {
            return ['waiting_sync', 'wait', 0];
        }
        return $check === null ? $this->unchecked() : $this->notSecure($check);
    }

    /** @return array{string, string, int} */
    private function unchecked(): array
    {
        $autossl = $this->state->autossl;
        return ($autossl['state'] ?? '') === 'pending'
            ? ['waiting_certificate', 'wait', $autossl['since']] : ['not_checked', 'wait', 0];
    }

    /** @return array{string, string, int} */
    private function notSecure(Check $check): array
    {
        if ($check->dns === 'no_such_name' || $check->dns === 'no_address') {
            return ['no_dns', 'customer', $check->since];
        }
        $isYoung = $this->now - $check->since < self::PATIENCE;
        // A diagnosis that says to wait is no reason to wait for ever.
        if ($check->diagnosis !== null && ($isYoung || $check->diagnosis['move'] !== 'wait')) {
            return match ($check->diagnosis['move']) {
                'customer' => ['wrong_dns', 'customer', $check->since],
                'wait', 'serverpilot' => ['waiting_certificate', $check->diagnosis['move'], $check->since],
                'nobody' => ['not_checked', 'wait', $check->since],
                default => [$check->valid === null ? 'unreachable' : 'not_secure', 'operator', $check->since],
            };
        }
        if ($check->valid === null) {
            return ['unreachable', 'operator', $check->since];
        }
        $isAutomatic = in_array($this->state->autossl['state'] ?? '', ['pending', 'on'], true);
        return $isAutomatic && $isYoung
            ? ['waiting_certificate', 'wait', $check->since] : ['not_secure', 'operator', $check->since];
    }
}
