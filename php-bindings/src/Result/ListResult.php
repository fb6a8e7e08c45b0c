<?php

/*
 * What happened to the app's list of domains: the result of sync, remove and apply.
 * Says nothing about whether a certificate exists: AutoSSL has a state of its own.
 */

declare(strict_types=1);

namespace ServerPilot\Result;

final class ListResult extends Result
{
    /** @var list<string> In their normal form (A-labels), as sent to ServerPilot. */
    public readonly array $added;

    /** @var list<string> */
    public readonly array $removed;

    /** @var list<string> Requested names that needed no change. */
    public readonly array $unchanged;

    /** @var list<array{domain: string, reason: string}> */
    public readonly array $skipped;

    /** @var int|null How many names the app has now. */
    public readonly ?int $domainCount;

    /** @var int|null How many it can have: 300, by ServerPilot's documentation of 2024-02. */
    public readonly ?int $domainLimit;

    /** @var bool True for a dry run: nothing was written. */
    public readonly bool $dryRun;

    /** @var string "yes", "no" or "unknown". */
    public readonly string $applied;

    /** @var string|null ID of the resulting action on the server, for waitAction(). */
    public readonly ?string $actionId;

    /** @var string "enabled", "already_enabled", "pending", "custom_certificate", "skipped" or "failed". */
    public readonly string $autosslState;

    /** @var bool|null Whether ServerPilot has a certificate ready; null if not known. */
    public readonly ?bool $autosslAvailable;

    /** @var list<string> The names in that certificate, possibly fewer than the app's. */
    public readonly array $autosslDomains;

    protected function read(JsonReader $read): void
    {
        $this->added = $read->texts('added');
        $this->removed = $read->texts('removed');
        $this->unchanged = $read->texts('unchanged');
        $this->skipped = $read->parts('skipped');
        $this->domainCount = $read->part('domains')->wholeOrNull('count');
        $this->domainLimit = $read->part('domains')->wholeOrNull('limit');
        $this->dryRun = $read->flag('dry_run');
        $this->applied = $read->text('applied');
        $this->actionId = $read->textOrNull('action_id');
        $this->autosslState = $read->part('autossl')->text('state');
        $this->autosslAvailable = $read->part('autossl')->flagOrNull('available');
        $this->autosslDomains = $read->part('autossl')->texts('domains');
    }
}
