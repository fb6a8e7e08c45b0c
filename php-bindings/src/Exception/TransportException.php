<?php

/*
 * Could not ask: no answer in time, no connection, no trustworthy TLS, or another writer held the app's lock (20–39).
 * May not add anything to its parent: the group is all it says.
 */

declare(strict_types=1);

namespace ServerPilot\Exception;

/** Usually worth a later try; see $retryable, $retryAfterMs and $applied. */
final class TransportException extends ServerPilotException
{
}
