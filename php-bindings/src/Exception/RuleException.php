<?php

/*
 * A rule about the domain itself: the limit of names, a protected name, AutoSSL, a failed action (60–79).
 * Must not add anything to its parent: the class only names the group.
 */

declare(strict_types=1);

namespace ServerPilot\Exception;

/** SP_ERR_AUTOSSL_UNAVAILABLE is retryable: no certificate is ready yet. */
final class RuleException extends ServerPilotException
{
}
