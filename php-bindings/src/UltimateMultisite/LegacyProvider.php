<?php

// Ultimate Multisite's own host provider, in the line that has no registry, with what this plugin does in the wizard.
// Must not change anything else of it: its hooks are exchanged in the plugin's main file.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use WP_Ultimo\Integrations\Host_Providers\ServerPilot_Host_Provider;

final class LegacyProvider extends ServerPilot_Host_Provider
{
    /** @return array{will: list<string>, will_not: list<string>} */
    public function get_explainer_lines() // phpcs:ignore PSR1.Methods.CamelCapsMethodName -- Ultimate Multisite's name
    {
        return Explainer::lines();
    }
}
