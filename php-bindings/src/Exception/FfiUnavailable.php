<?php

/*
 * The library cannot be used in this PHP process; cure() is the line that fixes it.
 * Must not be thrown once a request may have been sent, with one exception: a helper program from another release
 * is recognised only by its answer, and $applied is then "unknown".
 */

declare(strict_types=1);

namespace ServerPilot\Exception;

use ServerPilot\Status;
use Throwable;

final class FfiUnavailable extends ServerPilotException
{
    /**
     * @param string $missing One sentence, without a full stop: what is missing.
     * @param string $cure The exact line to write or run, complete in itself.
     * @param string|null $applied "unknown" if the list may have been written nevertheless.
     */
    public function __construct(
        string $missing,
        private readonly string $cure,
        ?Throwable $previous = null,
        ?string $applied = null,
    ) {
        parent::__construct($missing . '. Cure: ' . $cure, Status::State->value, null, $previous, $applied);
    }

    /** The line that fixes it, for a notice or a log. */
    public function cure(): string
    {
        return $this->cure;
    }
}
