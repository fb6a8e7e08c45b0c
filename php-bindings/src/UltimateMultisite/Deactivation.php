<?php

// Network Admin → Plugins: leads to the plugin's page, says what takes over when this plugin goes, and offers to
// leave the integration off.
// Must not touch the app: what is in its list still serves the network.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Deactivation
{
    private const ACTION = 'serverpilot_leave_off';

    /**
     * @param array<string, string> $links
     * @return array<string, string>
     */
    public static function links(array $links): array
    {
        if (current_user_can('manage_network')) {
            $links = ['serverpilot' => sprintf(
                '<a href="%s">%s</a>',
                esc_url(Place::url()),
                esc_html__('Status and domains', 'ultimate-multisite-serverpilot')
            )] + $links;
        }
        if (isset($links['deactivate']) && Connection::enabled()) {
            $url = wp_nonce_url(network_admin_url('plugins.php?action=' . self::ACTION), self::ACTION);
            $links[self::ACTION] = sprintf(
                '<a href="%s">%s</a>',
                esc_url($url),
                esc_html__('Deactivate and disable the integration', 'ultimate-multisite-serverpilot')
            );
        }
        return $links;
    }

    /**
     * @param array<string> $meta
     * @return array<string>
     */
    public static function meta(array $meta, string $file, string $own): array
    {
        if ($file === $own && Connection::enabled()) {
            $meta[] = esc_html(self::sentence());
        }
        return $meta;
    }

    /** Switches the integration off, so that nothing takes over, and the plugin with it. */
    public static function leaveOff(string $own): void
    {
        check_admin_referer(self::ACTION);
        if (!current_user_can('manage_network_plugins')) {
            wp_die(esc_html__('Only a network administrator can do this.', 'ultimate-multisite-serverpilot'), '', 403);
        }
        $enabled = (array) get_network_option(null, 'wu_host_integrations_enabled', []);
        update_network_option(null, 'wu_host_integrations_enabled', ['serverpilot' => false] + $enabled);
        deactivate_plugins($own, false, true);
        wp_safe_redirect(network_admin_url('plugins.php?deactivate=true'));
        exit;
    }

    public static function deactivated(): void
    {
        Queue::clear();
        if (Connection::enabled()) {
            Log::warning(self::sentence());
            if (defined('WP_CLI') && \WP_CLI) {
                \WP_CLI::warning(self::sentence());
            }
        }
    }

    private static function sentence(): string
    {
        return __(
            'While the ServerPilot integration is enabled and this plugin is not active, Ultimate Multisite\'s '
                . 'built-in module changes the app\'s domains. Disable the integration if nothing is to change them.',
            'ultimate-multisite-serverpilot'
        );
    }
}
