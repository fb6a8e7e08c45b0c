<?php

// Which ServerPilot app, by whose credentials, and whether the network's operator has switched it on.
// Must not keep a credential: each client is made from what is configured at that moment.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Configuration;
use ServerPilot\ServerPilot;

final class Connection
{
    public const CLIENT_ID = 'WU_SERVER_PILOT_CLIENT_ID';
    public const API_KEY = 'WU_SERVER_PILOT_API_KEY';
    public const APP_ID = 'WU_SERVER_PILOT_APP_ID';

    /** Codes of what has to be set up first; see blocked(). */
    public const BLOCKS = ['no_ultimate_multisite', 'not_enabled', 'no_credentials'];

    private const REGISTRY = 'WP_Ultimo\Integrations\Integration_Registry';

    /** Whether Ultimate Multisite is there at all. */
    public static function hasUltimateMultisite(): bool
    {
        return function_exists('wu_get_domains');
    }

    public static function enabled(): bool
    {
        $enabled = get_network_option(null, 'wu_host_integrations_enabled', []);
        return is_array($enabled) && !empty($enabled['serverpilot']);
    }

    /** @return string[] The constants that have no value yet. */
    public static function missing(): array
    {
        return array_values(array_filter(
            [self::CLIENT_ID, self::API_KEY, self::APP_ID],
            static fn (string $name) => self::credential($name) === ''
        ));
    }

    /**
     * One of BLOCKS, the first to be seen to; null if nothing has to be set up.
     *
     * @param bool $asIfEnabled For what writes nothing: whether it is enabled does not matter.
     */
    public static function blocked(bool $asIfEnabled = false): ?string
    {
        return match (true) {
            !self::hasUltimateMultisite() => 'no_ultimate_multisite',
            !$asIfEnabled && !self::enabled() => 'not_enabled',
            self::missing() !== [] => 'no_credentials',
            default => null,
        };
    }

    /**
     * Without all of its credentials, it only checks certificates.
     *
     * @param list<string> $protected Names that the library never removes.
     */
    public static function client(array $protected = []): ServerPilot
    {
        $isSetUp = self::missing() === [];
        $configuration = new Configuration(
            clientId: $isSetUp ? self::credential(self::CLIENT_ID) : null,
            apiKey: $isSetUp ? self::credential(self::API_KEY) : null,
            appId: $isSetUp ? self::credential(self::APP_ID) : null,
            userAgent: 'ultimate-multisite-serverpilot',
            protect: $protected,
        );
        /**
         * Filters how ServerPilot is reached, for example to send requests through a proxy.
         *
         * @param Configuration $configuration The configuration made from the credentials.
         */
        $filtered = apply_filters('serverpilot_configuration', $configuration);
        return new ServerPilot($filtered instanceof Configuration ? $filtered : $configuration);
    }

    /** From wp-config.php, else from Ultimate Multisite's encrypted store. */
    public static function credential(string $name): string
    {
        if (defined($name) && is_scalar(constant($name)) && (string) constant($name) !== '') {
            return (string) constant($name);
        }
        if (!class_exists(self::REGISTRY, false)) {
            return '';
        }
        $integration = (self::REGISTRY)::get_instance()->get('serverpilot');
        return $integration === null ? '' : (string) $integration->get_credential($name);
    }
}
