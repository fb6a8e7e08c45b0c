<?php

/*
 * AutoSSL is on: the result of enableAutossl().
 * Never represents a refusal: "no certificate yet" and "custom certificate" are exceptions of that call.
 */

declare(strict_types=1);

namespace ServerPilot\Result;

final class AutosslResult extends Result
{
    /** @var string "enabled" (by this call) or "already_enabled". */
    public readonly string $state;

    /** @var bool|null Whether ServerPilot has a certificate ready; null if not known. */
    public readonly ?bool $available;

    /** @var list<string> The names in that certificate. */
    public readonly array $domains;

    /** @var string|null ID of the resulting action on the server, for waitAction(). */
    public readonly ?string $actionId;

    protected function read(JsonReader $read): void
    {
        $this->state = $read->part('autossl')->text('state');
        $this->available = $read->part('autossl')->flagOrNull('available');
        $this->domains = $read->part('autossl')->texts('domains');
        $this->actionId = $read->textOrNull('action_id');
    }
}
