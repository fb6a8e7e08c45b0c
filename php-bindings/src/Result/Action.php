<?php

/*
 * A piece of work on the server that followed from a change: the result of actionStatus() and waitAction().
 * May not be taken for the change itself: the list is written before the action begins.
 */

declare(strict_types=1);

namespace ServerPilot\Result;

final class Action extends Result
{
    public readonly string $id;

    /** @var string "open", "success" or "error", as ServerPilot names them; it gives no reason for an error. */
    public readonly string $state;

    protected function read(JsonReader $read): void
    {
        $this->id = $read->text('action_id');
        $this->state = $read->part('action')->text('status');
    }
}
