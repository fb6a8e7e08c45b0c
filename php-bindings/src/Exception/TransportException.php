<?php

/*
 * ServerPilot could not be asked: a timeout, no connection, no trusted TLS, or another writer held the app's lock
 * (20–39). Must not add anything to its parent: the class only names the group.
 */

declare(strict_types=1);

namespace ServerPilot\Exception;

/** Usually worth retrying later; see $retryable, $retryAfterMs and $applied. */
final class TransportException extends ServerPilotException
{
}
