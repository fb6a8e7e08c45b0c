<?php

/*
 * Which domains somebody is to be told about: once when a domain needs somebody, once when that is over. Decided from
 * what was said before, which the caller keeps; must not say anything itself, nor know to whom or how.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class Announcements
{
    /** States that often end without anybody, or that a customer has just begun to work on: not told before a day. */
    private const PATIENT = ['no_dns', 'held_no_dns', 'wrong_dns', 'unreachable'];

    /** What comes back so soon after it was over flaps, and is not told again. */
    private const QUIET = Backoff::DAY;

    /**
     * @var array<string, array{state: string, told: list<string>, over: int}> By name: its last state, for which states
     *     it was told, and when it was told to be over (0: it is not over).
     */
    public readonly array $said;

    /** @var list<DomainStatus> Those whose state is another one than before. */
    public readonly array $changed;

    /** @var array<string, list<DomainStatus>> State => domains that need somebody for it. */
    public readonly array $needs;

    /** @var list<DomainStatus> Domains that needed somebody and are well now. */
    public readonly array $over;

    /**
     * @param array<string, array{state: string, told: list<string>, over: int}> $said
     * @param array<string, DomainStatus> $domains
     */
    public function __construct(array $said, array $domains, int $now)
    {
        $keep = [];
        $changed = [];
        $needs = [];
        $over = [];
        foreach ($domains as $name => $domain) {
            $before = $said[$name] ?? ['state' => '', 'told' => [], 'over' => 0];
            if ($before['over'] > 0 && $now - $before['over'] >= self::QUIET) {
                // What comes now has another cause.
                $before = ['told' => [], 'over' => 0] + $before;
            }
            if ($before['state'] !== $domain->state) {
                $changed[] = $domain;
            }
            $after = ['state' => $domain->state] + $before;
            if (self::needsSomebody($domain)) {
                if (self::isDue($domain, $before, $now)) {
                    $needs[$domain->state][] = $domain;
                    $after['told'] = array_values(array_unique([...$before['told'], $domain->state]));
                    $after['over'] = 0;
                }
            } elseif ($domain->group === DomainStatus::SECURE && $before['told'] !== [] && $before['over'] === 0) {
                $over[] = $domain;
                $after['over'] = $now;
            }
            $keep[$name] = $after;
        }
        // A name that is gone is not told to be well.
        $this->said = $keep;
        $this->changed = $changed;
        $this->needs = $needs;
        $this->over = $over;
    }

    /**
     * What was kept, as far as it is whole: of what is not, nothing was said.
     *
     * @return array<string, array{state: string, told: list<string>, over: int}>
     */
    public static function read(mixed $kept): array
    {
        $isOne = static fn (mixed $one): bool => is_array($one) && is_string($one['state'] ?? null)
            && is_int($one['over'] ?? null) && is_array($one['told'] ?? null)
            && array_filter($one['told'], 'is_string') === $one['told'];
        return is_array($kept) ? array_filter($kept, $isOne) : [];
    }

    private static function needsSomebody(DomainStatus $domain): bool
    {
        return $domain->group === DomainStatus::OPERATOR || $domain->group === DomainStatus::CUSTOMER;
    }

    /** @param array{state: string, told: list<string>, over: int} $before */
    private static function isDue(DomainStatus $domain, array $before, int $now): bool
    {
        return !in_array($domain->state, $before['told'], true)
            && ($now - $domain->since >= self::QUIET || !in_array($domain->state, self::PATIENT, true));
    }
}
