<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// The newer line: integrations and capability modules in a registry. The built-in module only counts
// how often it was called: the plugin under test has to keep it from being called at all.

declare(strict_types=1);

namespace WP_Ultimo\Integrations\Capabilities {

    interface Domain_Mapping_Capability
    {
        public function on_add_domain(string $domain, int $site_id): void;
        public function on_remove_domain(string $domain, int $site_id): void;
        public function on_add_subdomain(string $subdomain, int $site_id): void;
        public function on_remove_subdomain(string $subdomain, int $site_id): void;
    }
}

namespace WP_Ultimo\Integrations {

    interface Capability_Module
    {
        public function get_capability_id(): string;
        public function get_title(): string;
        public function get_supported_features(): array;
        public function supports(string $feature): bool;
        public function register_hooks(): void;
        public function get_fields(): array;
        public function get_explainer_lines(): array;
        public function set_integration(Integration $integration): void;
        public function get_integration(): Integration;
        public function test_connection();
    }

    abstract class Base_Capability_Module implements Capability_Module
    {
        protected Integration $integration;
        protected array $supported_features = [];

        public function supports(string $feature): bool
        {
            return in_array($feature, $this->supported_features, true);
        }

        public function set_integration(Integration $integration): void
        {
            $this->integration = $integration;
        }

        public function get_integration(): Integration
        {
            return $this->integration;
        }

        public function get_supported_features(): array
        {
            return $this->supported_features;
        }

        public function register_hooks(): void
        {
        }

        public function get_fields(): array
        {
            return [];
        }

        public function get_explainer_lines(): array
        {
            return ['will' => [], 'will_not' => []];
        }

        public function test_connection()
        {
            return true;
        }
    }

    class Integration
    {
        private const CONSTANTS = ['WU_SERVER_PILOT_CLIENT_ID', 'WU_SERVER_PILOT_API_KEY', 'WU_SERVER_PILOT_APP_ID'];

        public function get_id(): string
        {
            return 'serverpilot';
        }

        public function get_title(): string
        {
            return 'ServerPilot';
        }

        public function get_credential(string $name): string
        {
            if (defined($name) && constant($name)) {
                return (string) constant($name);
            }
            $stored = (string) get_network_option(null, 'wu_hosting_credential_' . $name, '');
            return $stored === '' ? '' : (string) base64_decode(strrev($stored), true);
        }

        public function save_credentials(array $values): void
        {
            foreach ($values as $name => $value) {
                update_network_option(null, 'wu_hosting_credential_' . $name, strrev(base64_encode($value)));
            }
        }

        public function get_missing_constants(): array
        {
            return array_values(array_filter(self::CONSTANTS, fn ($name) => $this->get_credential($name) === ''));
        }

        public function is_setup(): bool
        {
            return $this->get_missing_constants() === [];
        }

        public function is_enabled(): bool
        {
            return !empty(((array) get_network_option(null, 'wu_host_integrations_enabled', []))['serverpilot']);
        }

        public function enable(): bool
        {
            return update_network_option(null, 'wu_host_integrations_enabled', ['serverpilot' => true]);
        }

        public function disable(): bool
        {
            return update_network_option(null, 'wu_host_integrations_enabled', ['serverpilot' => false]);
        }

        public function detect(): bool
        {
            return false;
        }

        public function test_connection()
        {
            return new \WP_Error('serverpilot-error', 'Could not connect to ServerPilot.');
        }
    }

    final class Integration_Registry
    {
        private static ?self $instance = null;
        private array $integrations = [];
        private array $capabilities = [];

        public static function get_instance(): self
        {
            return self::$instance ??= new self();
        }

        public function init(): void
        {
            add_action('plugins_loaded', function (): void {
                $this->register(new Providers\ServerPilot\ServerPilot_Integration());
                do_action('wu_register_integrations', $this);
            }, 9);
            add_action('plugins_loaded', function (): void {
                $this->add_capability('serverpilot', new Providers\ServerPilot\ServerPilot_Domain_Mapping());
                do_action('wu_register_capabilities', $this);
                foreach ($this->capabilities as $id => $modules) {
                    $integration = $this->get($id);
                    foreach ($integration === null ? [] : $modules as $module) {
                        $module->set_integration($integration);
                        if ($integration->is_enabled() && $integration->is_setup()) {
                            $module->register_hooks();
                        }
                    }
                }
            }, 12);
        }

        public function register(Integration $integration): void
        {
            $this->integrations[$integration->get_id()] = $integration;
        }

        public function get(string $id): ?Integration
        {
            return $this->integrations[$id] ?? null;
        }

        public function add_capability(string $id, Capability_Module $module): void
        {
            $this->capabilities[$id][$module->get_capability_id()] = $module;
        }

        public function get_capabilities(string $id): array
        {
            return $this->capabilities[$id] ?? [];
        }

        public function get_capability(string $id, string $capability): ?Capability_Module
        {
            return $this->capabilities[$id][$capability] ?? null;
        }
    }

    Integration_Registry::get_instance()->init();
}

namespace WP_Ultimo\Integrations\Providers\ServerPilot {

    use WP_Ultimo\Integrations\Base_Capability_Module;
    use WP_Ultimo\Integrations\Capabilities\Domain_Mapping_Capability;

    class ServerPilot_Integration extends \WP_Ultimo\Integrations\Integration
    {
    }

    class ServerPilot_Domain_Mapping extends Base_Capability_Module implements Domain_Mapping_Capability
    {
        protected array $supported_features = ['autossl'];

        public function get_capability_id(): string
        {
            return 'domain-mapping';
        }

        public function get_title(): string
        {
            return 'Domain Mapping';
        }

        public function register_hooks(): void
        {
            foreach (['add_domain', 'remove_domain', 'add_subdomain', 'remove_subdomain'] as $name) {
                add_action("wu_$name", [$this, "on_$name"], 10, 2);
            }
        }

        public function on_add_domain(string $domain, int $site_id): void
        {
            $this->count();
        }

        public function on_remove_domain(string $domain, int $site_id): void
        {
            $this->count();
        }

        public function on_add_subdomain(string $subdomain, int $site_id): void
        {
            $this->count();
        }

        public function on_remove_subdomain(string $subdomain, int $site_id): void
        {
            $this->count();
        }

        private function count(): void
        {
            update_network_option(null, 'test_builtin_calls', 1 + (int) get_network_option(null, 'test_builtin_calls', 0));
        }
    }
}
