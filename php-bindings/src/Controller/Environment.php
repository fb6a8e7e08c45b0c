<?php

/*
 * All that a run does to the world, one method each. Every one of them may be the last thing a process does.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

interface Environment
{
    /** Seconds since the epoch, by the one clock that all web nodes share. */
    public function now(): int;

    /** Keeps the state; throws where it could not be kept, or where another run has taken over. */
    public function save(State $state): void;

    /**
     * Which of these names the app has. Writes nothing.
     *
     * @param list<string> $names
     * @param string $www "auto", "never" or "always": for which of them the www is told, too.
     */
    public function observe(array $names, string $www): Observation|Result;

    public function apply(Plan $plan): Result;

    /** Enables AutoSSL if a certificate is ready. */
    public function enableAutossl(): Result;

    /**
     * @param list<string> $names
     * @return array<string, string> Name => "found", "no_such_name", "no_address" or "failed".
     */
    public function lookUp(array $names): array;

    /**
     * @param list<string> $names
     * @return array<string, string>|null Name => what is wrong with its certificate; null: could not be checked.
     */
    public function audit(array $names): ?array;

    /**
     * Has the domains verified again that were given up and have a certificate now.
     *
     * @return int How many are still without.
     */
    public function verify(): int;
}
