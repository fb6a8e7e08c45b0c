<?php

// Loads the support classes; the environment must be up.

declare(strict_types=1);

require __DIR__ . '/Support/FakeServerPilot.php';
require __DIR__ . '/Support/Internet.php';
require __DIR__ . '/Support/Network.php';
require __DIR__ . '/Support/NetworkTestCase.php';
