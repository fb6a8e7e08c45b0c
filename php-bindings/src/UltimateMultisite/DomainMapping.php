<?php

// The capability module in Ultimate Multisite's registry, in place of the built-in one.
// Must not do any work: what Ultimate Multisite says is that something changed, and a sync then finds out what.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Facts;
use WP_Error;
use WP_Ultimo\Integrations\Base_Capability_Module;
use WP_Ultimo\Integrations\Capabilities\Domain_Mapping_Capability;

final class DomainMapping extends Base_Capability_Module implements Domain_Mapping_Capability
{
    /** @var array<string> */
    protected array $supported_features = ['autossl'];

    // phpcs:disable PSR1.Methods.CamelCapsMethodName -- the interface's names
    public function get_capability_id(): string
    {
        return 'domain-mapping';
    }

    public function get_title(): string
    {
        return __('Domain Mapping', 'ultimate-multisite-serverpilot');
    }

    /** @return array{will: string[], will_not: string[]} */
    public function get_explainer_lines(): array
    {
        return Explainer::lines();
    }

    public function register_hooks(): void
    {
        add_action('wu_add_domain', [$this, 'on_add_domain'], 10, 2);
        add_action('wu_remove_domain', [$this, 'on_remove_domain'], 10, 2);
        add_action('wu_add_subdomain', [$this, 'on_add_subdomain'], 10, 2);
        add_action('wu_remove_subdomain', [$this, 'on_remove_subdomain'], 10, 2);
    }

    /** @return array<string, mixed> */
    public function get_fields(): array
    {
        return [];
    }

    /**
     * @param mixed $domain A text, unless somebody else fires the hook.
     * @param mixed $site_id The queue hands it over as a number, a text or null.
     */
    public function on_add_domain($domain = '', $site_id = 0): void
    {
        Queue::wake(Facts::CHANGED);
    }

    /**
     * @param mixed $domain
     * @param mixed $site_id
     */
    public function on_remove_domain($domain = '', $site_id = 0): void
    {
        Queue::wake(Facts::CHANGED);
    }

    /**
     * @param mixed $subdomain
     * @param mixed $site_id
     */
    public function on_add_subdomain($subdomain = '', $site_id = 0): void
    {
        Queue::wake(Facts::CHANGED);
    }

    /**
     * @param mixed $subdomain
     * @param mixed $site_id
     */
    public function on_remove_subdomain($subdomain = '', $site_id = 0): void
    {
        Queue::wake(Facts::CHANGED);
    }

    /** @return true|WP_Error */
    public function test_connection()
    {
        return ConnectionTest::run();
    }
    // phpcs:enable
}
