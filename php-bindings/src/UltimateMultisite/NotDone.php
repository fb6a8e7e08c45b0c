<?php

// What was asked for is not done. Thrown out of a scheduled action, its message is what the operator
// reads there: what happened, what cures it, and when it is tried again.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use RuntimeException;

final class NotDone extends RuntimeException
{
}
