<?php

// phpcs:disable -- names and shape are those of WordPress and of the plugins stood in for, not ours

// Ultimate Multisite's pages in the network's admin: a menu of its own ("wp-ultimo", as in
// inc/admin-pages/class-dashboard-admin-page.php), its pages below it (class-base-admin-page.php, $parent), and those
// without a parent ("none"), as the page of one domain (class-domain-edit-admin-page.php) and the setup of a host.

declare(strict_types=1);

add_action('network_admin_menu', static function (): void {
    $page = static fn (string $title): callable => static function () use ($title): void {
        printf('<div class="wrap"><h1>%s</h1></div>', esc_html($title));
    };
    add_menu_page('Ultimate Multisite', 'Ultimate Multisite', 'manage_network', 'wp-ultimo', $page('Dashboard'), '', 10101010);
    add_submenu_page('wp-ultimo', 'Domains', 'Domains', 'manage_network', 'wp-ultimo-domains', $page('Domains'));
    add_submenu_page('none', 'Edit Domain', 'Edit Domain', 'manage_network', 'wp-ultimo-edit-domain', $page('Edit Domain'));
    add_submenu_page('none', 'Integration Setup', 'Integration Setup', 'manage_network', 'wp-ultimo-hosting-integration-wizard', $page('Integration Setup'));
});
