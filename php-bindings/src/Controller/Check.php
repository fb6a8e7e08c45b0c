<?php

/*
 * What was last seen of one name from outside: its DNS, its certificate and, where somebody asked, why it is not
 * secure. Must hold nothing but what was seen, and must not be decided by: it may be a day old.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class Check
{
    /**
     * @param int $at When.
     * @param int $since Since when every check has said the same of the certificate.
     * @param string $dns "found", "no_such_name", "no_address" or "failed".
     * @param bool|null $valid As a browser would say; null: could not be asked.
     * @param string $reason As Result\Certificate::$reason.
     * @param string $issuer Of the certificate that is served; empty if none was.
     * @param int $expires When it does; 0 if none was served.
     * @param bool|null $isServerPilots Whether it is the one that ServerPilot installed.
     * @param bool|null $isListed Whether the app had the name.
     * @param array{at: int, cause: string, move: string, advice: string, evidence: list<array<string, mixed>>}|null
     *     $diagnosis The last one, if there was one.
     */
    public function __construct(
        public readonly int $at,
        public readonly int $since,
        public readonly string $dns,
        public readonly ?bool $valid,
        public readonly string $reason,
        public readonly string $issuer = '',
        public readonly int $expires = 0,
        public readonly ?bool $isServerPilots = null,
        public readonly ?bool $isListed = null,
        public readonly ?array $diagnosis = null,
    ) {
    }

    /** This one, as it follows an earlier one. */
    public function after(?self $before): self
    {
        if ($before === null) {
            return $this;
        }
        $isSame = $before->valid === $this->valid && $before->reason === $this->reason && $before->dns === $this->dns;
        $values = get_object_vars($this);
        $values['since'] = $isSame ? min($before->since, $this->at) : $this->at;
        // What explained another state of things explains nothing any more.
        $values['diagnosis'] ??= $isSame && $this->valid !== true ? $before->diagnosis : null;
        return new self(...$values);
    }

    /** @param array{at: int, cause: string, move: string, advice: string, evidence: list<array<string, mixed>>}|null $diagnosis */
    public function diagnosed(?array $diagnosis): self
    {
        return new self(...['diagnosis' => $diagnosis] + get_object_vars($this));
    }

    /** Whole days until the certificate expires, negative afterwards; null if none was served. */
    public function daysLeft(int $now): ?int
    {
        return $this->expires === 0 ? null : (int) floor(($this->expires - $now) / 86400);
    }

    /** @return array<string, mixed> */
    public function toArray(): array
    {
        return array_filter(get_object_vars($this), static fn (mixed $value): bool => $value !== null && $value !== '');
    }

    /** @return self|null Null where this is none: it is seen again soon enough. */
    public static function fromArray(mixed $read): ?self
    {
        if (!is_array($read)) {
            return null;
        }
        $isSaid = static fn (mixed $value): bool => $value !== null;
        $known = array_filter(array_intersect_key($read, get_class_vars(self::class)), $isSaid);
        $isWhole = is_int($known['at'] ?? null) && is_int($known['since'] ?? null) && is_string($known['dns'] ?? null)
            && is_string($known['reason'] ?? null) && is_string($known['issuer'] ?? '')
            && is_int($known['expires'] ?? 0) && self::isDiagnosis($known['diagnosis'] ?? null);
        foreach (['valid', 'isServerPilots', 'isListed'] as $flag) {
            $isWhole = $isWhole && is_bool($known[$flag] ?? false);
        }
        return $isWhole ? new self(...$known + ['valid' => null]) : null;
    }

    private static function isDiagnosis(mixed $read): bool
    {
        return $read === null || is_array($read) && is_int($read['at'] ?? null) && is_string($read['cause'] ?? null)
            && is_string($read['move'] ?? null) && is_string($read['advice'] ?? null)
            && is_array($read['evidence'] ?? null);
    }
}
