<?php

/*
 * An action: the work that a change causes on the server. The result of actionStatus() and waitAction().
 * Must not be mistaken for the change itself: the list is written before the action begins.
 */

declare(strict_types=1);

namespace ServerPilot\Result;

final class Action extends Result
{
    public readonly string $id;

    /** @var string "open", "success" or "error", as ServerPilot names them; ServerPilot gives no reason for an error. */
    public readonly string $state;

    protected function read(JsonReader $read): void
    {
        $this->id = $read->text('action_id');
        $this->state = $read->part('action')->text('status');
    }
}
