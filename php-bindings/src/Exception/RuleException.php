<?php

/*
 * The domain's own rules: the limit of names, a protected name, AutoSSL, a failed action (60–79).
 * May not add anything to its parent: the group is all it says.
 */

declare(strict_types=1);

namespace ServerPilot\Exception;

/** SP_ERR_AUTOSSL_UNAVAILABLE is retryable: no certificate is ready yet. */
final class RuleException extends ServerPilotException
{
}
