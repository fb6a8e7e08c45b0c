<?php

/*
 * What a run is to do: at most one question to ServerPilot's list, one change, one certificate check.
 * Must not be carried out in parts in another order: $state is saved before anything is sent.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class Plan
{
    /** Nothing is asked. */
    public const WAIT = 'wait';
    /** Ask which of $names the app has, then decide again. */
    public const OBSERVE = 'observe';
    /** The list is as it should be. */
    public const KEEP = 'keep';
    /** Send the change. */
    public const APPLY = 'apply';

    public string $step = self::WAIT;

    /** @var string|null Code of what somebody has to do before anything is written. */
    public ?string $problem = null;

    /** Whether the list is compared, for whatever reason. */
    public bool $sync = false;

    /** Whether AutoSSL is asked for on its own. */
    public bool $enableAutossl = false;

    /** Whether a certificate check is due, whoever has to be asked for it. */
    public bool $certificate = false;

    /** Whether Ultimate Multisite's failed verifications are restarted. */
    public bool $verify = false;

    /** Whether certificates are checked; see audited(). */
    public bool $audit = false;

    /** @var list<string> Names to ask about, for OBSERVE. */
    public array $names = [];

    /** @var list<string> Names whose DNS is looked up. */
    public array $lookups = [];

    /** @var list<string> In order of importance. */
    public array $desired = [];

    /** @var list<string> Names that may be removed. */
    public array $owned = [];

    public int $maxRemovals = 0;

    /** @var list<string> Names that are wanted and were seen absent. */
    public array $missing = [];

    /** @var list<string> Those of them that were not this network's before. */
    public array $adding = [];

    /** @var list<string> Names that were seen and may be in the app, and that go. */
    public array $removing = [];

    /** @var list<string> Names that would go, if the operator allowed it. */
    public array $waiting = [];

    /** @var list<string> Names that are adopted if this first sync succeeds. */
    public array $adopting = [];

    /** Whether the removals wait for the operator. */
    public bool $isBraked = false;

    /** @var list<string> Names that somebody else must have taken out of the app, or put back. */
    public array $undone = [];

    /** @param State $state To be saved before anything is sent. */
    public function __construct(public State $state)
    {
    }

    /** @return list<string> What is checked once a day: all that the network has in the app, whoever put it there. */
    public function audited(Facts $facts): array
    {
        $foreign = array_map('strval', array_keys($this->state->foreign));
        return array_values(array_unique([...$this->state->managed(), ...$facts->own, ...$foreign]));
    }

    /** @return array<string, mixed> The change document of the library. */
    public function change(bool $dryRun = false): array
    {
        return [
            'desired' => $this->desired,
            'owned' => $this->owned,
            'www' => 'never',
            'autossl' => true,
            'overflow' => 'fit',
            'max_removals' => $this->maxRemovals,
            'dry_run' => $dryRun,
        ];
    }
}
