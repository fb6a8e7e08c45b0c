<?php

/*
 * The oracle saw what must never happen.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit\Controller;

use Error;

final class Violation extends Error
{
}
