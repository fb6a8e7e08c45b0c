<?php

// Where the plugin's own page is, and Ultimate Multisite's pages that lead on from it: one path in words and one
// address each, for every sentence and link. Must not know what is shown there.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Place
{
    /** In words, as a person clicks through the menus. */
    public static function path(): string
    {
        return Connection::hasUltimateMultisite()
            ? __('Network Admin → Ultimate Multisite → ServerPilot', 'ultimate-multisite-serverpilot')
            : __('Network Admin → Settings → ServerPilot', 'ultimate-multisite-serverpilot');
    }

    /** @param array<string, string> $view What is shown of it, for example the "domain". */
    public static function url(array $view = []): string
    {
        // Ultimate Multisite's menu is the parent of its pages; without it there is none.
        $file = Connection::hasUltimateMultisite() ? 'admin.php' : 'settings.php';
        return add_query_arg(array_map('rawurlencode', $view), network_admin_url("$file?page=serverpilot"));
    }

    /** Ultimate Multisite's list of integrations (in both lines: its Base_Host_Provider and its settings). */
    public static function integrations(): string
    {
        return network_admin_url('admin.php?page=wp-ultimo-settings&tab=integrations');
    }

    /** Ultimate Multisite's setup of this integration. */
    public static function setup(): string
    {
        return network_admin_url('admin.php?page=wp-ultimo-hosting-integration-wizard&integration=serverpilot');
    }

    /** The queue, which is the main site's. */
    public static function queue(): string
    {
        return get_admin_url(get_main_site_id(), 'tools.php?page=action-scheduler');
    }
}
