<?php

// What was asked for is not done. Thrown out of a scheduled action, its message is what the operator reads there:
// what happened, what to do, what happens next. Must carry one of the codes that Messages knows.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use RuntimeException;
use Throwable;

final class SyncFailed extends RuntimeException
{
    public function __construct(public readonly string $reason, string $message = '', ?Throwable $previous = null)
    {
        parent::__construct($message !== '' ? $message : Messages::of($reason), 0, $previous);
    }
}
