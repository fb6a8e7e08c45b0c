<?php

// Everything that the places which show domains need, read once: what is remembered, what WordPress says and what was
// last seen of each name. Must not ask ServerPilot or any other host, and judges nothing: Overview does.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Controller;
use ServerPilot\Controller\Facts;
use ServerPilot\Controller\Overview;
use ServerPilot\Controller\State;

final class DomainOverview
{
    private function __construct(
        public readonly State $state,
        public readonly Facts $facts,
        public readonly CheckResults $results,
        public readonly int $now,
        public readonly Overview $overview,
    ) {
    }

    /** @throws SyncFailed Where the database does not answer, or what was remembered cannot be read. */
    public static function read(): self
    {
        [$state, $now] = Database::state();
        $facts = DesiredDomains::facts([]);
        $results = CheckResults::read();
        return new self($state, $facts, $results, $now, new Overview($state, $facts, $results->checks, $now));
    }

    /** Whether this is a copy of another network that the operator wants to be left alone. */
    public function isLeftAlone(): bool
    {
        return Controller::safeMode($this->state, $this->facts) === 'ignored';
    }

    /** @throws SyncFailed */
    public static function current(): Overview
    {
        return self::read()->overview;
    }

    /**
     * The two limits ahead; see Overview::limits().
     *
     * @return array<string, array{count: int|null, limit: int, nearlyAt: int|null, fullAt: int|null}>
     * @throws SyncFailed
     */
    public function limits(): array
    {
        // Without Ultimate Multisite there is no table to read.
        return $this->overview->limits(Connection::hasUltimateMultisite() ? DesiredDomains::mappedAt() : []);
    }
}
