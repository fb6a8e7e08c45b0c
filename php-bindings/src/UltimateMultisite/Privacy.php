<?php

// What an operator may take over into a privacy policy: which data leave the network, to whom and why.
// Must not say more than is done; readme.txt says the same under "External services".

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Privacy
{
    public static function suggest(): void
    {
        $sentences = [
            __(
                'The domain names of this network and of the sites on it are sent to ServerPilot (ServerPilot, Inc., '
                    . 'USA), which hosts the network, so that it serves them and has certificates made for them.',
                'ultimate-multisite-serverpilot'
            ),
            __(
                'To see whether a domain is set up, this network asks public name servers for it and opens a '
                    . 'connection to it. No data of visitors are sent, and none are stored.',
                'ultimate-multisite-serverpilot'
            ),
            __(
                'Certificates are public: each domain name that has one stands in public logs of certificates.',
                'ultimate-multisite-serverpilot'
            ),
        ];
        wp_add_privacy_policy_content(
            __('ServerPilot for Ultimate Multisite', 'ultimate-multisite-serverpilot'),
            '<p>' . implode('</p><p>', array_map('esc_html', $sentences)) . '</p>'
        );
    }
}
