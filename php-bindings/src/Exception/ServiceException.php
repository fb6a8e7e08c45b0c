<?php

/*
 * ServerPilot answered, and its answer is a refusal or makes no sense (40–59).
 * Must not add anything to its parent: the class only names the group.
 */

declare(strict_types=1);

namespace ServerPilot\Exception;

/** The message names what to correct: key, card, permission, app ID. */
final class ServiceException extends ServerPilotException
{
}
