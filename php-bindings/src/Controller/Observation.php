<?php

/*
 * What the app's list was seen to hold of the names that were asked about, before anything is written. It is what
 * tells a name of ours from one that somebody else had put there. Must not be older than the run that uses it.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class Observation
{
    /** @var array<string, true> */
    public readonly array $present;

    /** @var array<string, true> */
    public readonly array $absent;

    /** @var array<string, true> What is no domain name. */
    public readonly array $invalid;

    /**
     * @param list<string> $present
     * @param list<string> $absent
     * @param list<string> $invalid
     * @param bool $isFull Whether some of the absent ones have no room.
     * @param list<string> $wildcards Wildcards in the list; only asked for where it is full.
     * @param string $autossl As ListResult::$autosslState; "available" where AutoSSL could be enabled now.
     */
    public function __construct(
        array $present,
        array $absent,
        array $invalid = [],
        public readonly bool $isFull = false,
        public readonly array $wildcards = [],
        public readonly string $autossl = '',
        public readonly ?int $count = null,
        public readonly ?int $limit = null,
    ) {
        $this->present = array_fill_keys($present, true);
        $this->absent = array_fill_keys($absent, true);
        $this->invalid = array_fill_keys($invalid, true);
    }

    public function knows(string $name): bool
    {
        return isset($this->present[$name]) || isset($this->absent[$name]);
    }

    /** A wildcard stands for exactly one label. */
    public function isCovered(string $host): bool
    {
        $dot = strpos($host, '.');
        return $dot !== false && in_array('*' . substr($host, $dot), $this->wildcards, true);
    }
}
