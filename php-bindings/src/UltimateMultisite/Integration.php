<?php

// Ultimate Multisite's own integration, in the line that has a registry, with a connection test that says what
// ServerPilot said. Must not change anything else of it.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use WP_Error;
use WP_Ultimo\Integrations\Providers\ServerPilot\ServerPilot_Integration;

final class Integration extends ServerPilot_Integration
{
    /** @return true|WP_Error */
    public function test_connection() // phpcs:ignore PSR1.Methods.CamelCapsMethodName -- Ultimate Multisite's name
    {
        return ConnectionTest::run();
    }
}
