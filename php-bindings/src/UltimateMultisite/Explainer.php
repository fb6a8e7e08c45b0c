<?php

// What the integration does and does not do, as Ultimate Multisite's wizard lists it before it is enabled. The same
// lines in both of its lines of integrations; must not promise anything else than what is done.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Explainer
{
    /** @return array{will: list<string>, will_not: list<string>} */
    public static function lines(): array
    {
        return [
            'will' => [
                __(
                    'Keep the domain list of your ServerPilot app in sync with the domains and sub-sites of '
                        . 'this network',
                    'ultimate-multisite-serverpilot'
                ),
                __(
                    'Enable AutoSSL as soon as ServerPilot has a certificate ready, however long that takes',
                    'ultimate-multisite-serverpilot'
                ),
                __('Try again automatically when ServerPilot cannot be reached', 'ultimate-multisite-serverpilot'),
                sprintf(
                    /* translators: %s: where the plugin's page is */
                    __('Show how each domain stands under %s', 'ultimate-multisite-serverpilot'),
                    Place::path()
                ),
            ],
            'will_not' => [
                __(
                    'Remove names that you put into the app yourself, or the network\'s own domain',
                    'ultimate-multisite-serverpilot'
                ),
                __('Touch a custom certificate', 'ultimate-multisite-serverpilot'),
            ],
        ];
    }
}
