<?php

/*
 * The process ends here, as under kill -9. Must not be caught by what is under test.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit\Controller;

use Error;

final class Death extends Error
{
}
