<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// The older line: one singleton per host that hooks the four actions itself. The built-in provider
// only counts how often it was called.

declare(strict_types=1);

namespace WP_Ultimo\Integrations\Host_Providers;

abstract class Base_Host_Provider
{
    abstract public function get_id(): string;
    abstract public function on_add_domain($domain, $site_id): void;
    abstract public function on_remove_domain($domain, $site_id): void;
    abstract public function on_add_subdomain($subdomain, $site_id): void;
    abstract public function on_remove_subdomain($subdomain, $site_id): void;

    public function init(): void
    {
        if ($this->is_enabled() && $this->is_setup()) {
            foreach (['add_domain', 'remove_domain', 'add_subdomain', 'remove_subdomain'] as $name) {
                add_action("wu_$name", [$this, "on_$name"], 10, 2);
            }
        }
        add_filter('wu_domain_manager_get_integrations', function ($integrations) {
            $integrations[$this->get_id()] = static::class;
            return $integrations;
        });
    }

    final public function is_enabled(): bool
    {
        return !empty(((array) get_network_option(null, 'wu_host_integrations_enabled', []))[$this->get_id()]);
    }

    public function enable(): bool
    {
        return update_network_option(null, 'wu_host_integrations_enabled', [$this->get_id() => true]);
    }

    public function disable(): bool
    {
        return update_network_option(null, 'wu_host_integrations_enabled', [$this->get_id() => false]);
    }

    public function get_missing_constants(): array
    {
        return array_values(array_filter(
            ['WU_SERVER_PILOT_CLIENT_ID', 'WU_SERVER_PILOT_API_KEY', 'WU_SERVER_PILOT_APP_ID'],
            static fn (string $name) => !defined($name) || !constant($name)
        ));
    }

    public function is_setup(): bool
    {
        return $this->get_missing_constants() === [];
    }
}

class ServerPilot_Host_Provider extends Base_Host_Provider
{
    // As inc/traits/trait-singleton.php has it.
    protected static $instance = null;

    public static function get_instance(): object
    {
        if (!isset(static::$instance) || !static::$instance instanceof static) {
            static::$instance = new static();
            static::$instance->init();
        }
        return static::$instance;
    }

    final private function __construct()
    {
    }

    public function get_explainer_lines()
    {
        return ['will' => ['Send API calls to ServerPilot servers with domain names added to this network'], 'will_not' => []];
    }

    public function get_id(): string
    {
        return 'serverpilot';
    }

    public function test_connection(): void
    {
        wp_send_json_error(['message' => 'Could not connect to ServerPilot.']);
    }

    public function on_add_domain($domain, $site_id): void
    {
        $this->count();
    }

    public function on_remove_domain($domain, $site_id): void
    {
        $this->count();
    }

    public function on_add_subdomain($subdomain, $site_id): void
    {
        $this->count();
    }

    public function on_remove_subdomain($subdomain, $site_id): void
    {
        $this->count();
    }

    private function count(): void
    {
        update_network_option(null, 'test_builtin_calls', 1 + (int) get_network_option(null, 'test_builtin_calls', 0));
    }
}
