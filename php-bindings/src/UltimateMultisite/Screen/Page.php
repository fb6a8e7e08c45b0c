<?php

// Network Admin → Ultimate Multisite → ServerPilot: where the page is, what is loaded for it, and which of its views
// is shown. Opens with what is known already; must not ask ServerPilot or any other host.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite\Screen;

use ServerPilot\UltimateMultisite\Connection;
use ServerPilot\UltimateMultisite\DomainOverview;
use ServerPilot\UltimateMultisite\Labels;
use ServerPilot\UltimateMultisite\Place;
use ServerPilot\UltimateMultisite\StatusReport;
use ServerPilot\UltimateMultisite\SyncFailed;

final class Page
{
    public const SLUG = 'serverpilot';
    public const CAPABILITY = 'manage_network';

    /** The user's option of how many domains a page has. */
    public const PER_PAGE = 'serverpilot_domains_per_page';

    /** The menu that Ultimate Multisite's pages are in, in both of its lines. */
    private const PARENT = 'wp-ultimo';

    /** What says which view is open, and nothing else. */
    private const VIEW = ['view', 'domain', 'group', 's', 'orderby', 'order', 'paged'];

    private static ?DomainsTable $table = null;
    private static DomainOverview|SyncFailed|null $read = null;

    public static function menu(): void
    {
        if (self::isOldAddress()) {
            wp_safe_redirect(Place::url());
            exit;
        }
        $hook = add_submenu_page(
            self::parent(),
            __('ServerPilot', 'ultimate-multisite-serverpilot'),
            __('ServerPilot', 'ultimate-multisite-serverpilot'),
            self::CAPABILITY,
            self::SLUG,
            [self::class, 'show']
        );
        if ($hook !== false) {
            add_action("load-$hook", [self::class, 'load']);
        }
    }

    /** @return array<string, string> Which view is open. */
    public static function view(): array
    {
        $view = [];
        foreach (self::VIEW as $key) {
            // phpcs:ignore WordPress.Security.NonceVerification -- says what is shown, and changes nothing
            $value = $_GET[$key] ?? '';
            if (is_string($value) && $value !== '') {
                // A name is only ever compared with those that are known, also one that is none.
                $view[$key] = $key === 'domain' ? wp_unslash($value) : sanitize_text_field(wp_unslash($value));
            }
        }
        return $view;
    }

    /** Before the page begins. */
    public static function load(): void
    {
        Actions::handle();
        add_filter('removable_query_args', static fn ($args): array => [...(array) $args, 'result']);
        require_once ABSPATH . 'wp-admin/includes/class-wp-list-table.php';
        $file = dirname(__DIR__, 3) . '/ultimate-multisite-serverpilot.php';
        foreach (['css', 'js'] as $type) {
            $version = (string) filemtime(dirname($file) . "/assets/screen.$type");
            $url = plugins_url("assets/screen.$type", $file);
            $type === 'css' ? wp_enqueue_style('serverpilot-screen', $url, [], $version)
                : wp_enqueue_script('serverpilot-screen', $url, [], $version, true);
        }
        wp_localize_script('serverpilot-screen', 'serverpilotScreen', [
            'ajax' => admin_url('admin-ajax.php'),
            'nonce' => wp_create_nonce(Actions::NONCE),
            'copied' => __('Copied', 'ultimate-multisite-serverpilot'),
            'working' => __('Working. You can go on using this page.', 'ultimate-multisite-serverpilot'),
            'failed' => __('No answer. Reload the page to see how things are.', 'ultimate-multisite-serverpilot'),
        ]);
        try {
            self::$read = DomainOverview::read();
        } catch (SyncFailed $e) {
            self::$read = $e;
            return;
        }
        if (array_diff(array_keys(self::view()), ['group', 's', 'orderby', 'order', 'paged']) === []) {
            add_screen_option('per_page', ['default' => 20, 'option' => self::PER_PAGE]);
            self::$table = new DomainsTable(self::$read);
        }
    }

    public static function show(): void
    {
        if (!current_user_can(self::CAPABILITY)) {
            wp_die(esc_html__('Only a network administrator can see this.', 'ultimate-multisite-serverpilot'), '', 403);
        }
        echo '<div class="wrap" id="serverpilot">';
        printf('<h1 class="wp-heading-inline">%s</h1>', esc_html__('ServerPilot', 'ultimate-multisite-serverpilot'));
        echo '<hr class="wp-header-end">';
        echo '<p id="serverpilot-live" class="screen-reader-text" role="status" aria-live="polite"></p>';
        $view = self::view();
        $isOverview = !isset($view['domain']) && ($view['view'] ?? '') !== 'preview' && Connection::blocked() === null;
        $problems = $isOverview ? StatusReport::problems() : [];
        $hasFailed = Actions::result($problems);
        try {
            match (true) {
                self::$read === null, self::$read instanceof SyncFailed => Panels::unreadable(self::$read),
                ($view['view'] ?? '') === 'preview' => PreviewView::show(),
                isset($view['domain']) => DomainView::show(self::$read, $view['domain']),
                default => self::overview(self::$read, $problems, $hasFailed),
            };
        } catch (SyncFailed $e) {
            Panels::unreadable($e);
        }
        echo '</div>';
    }

    /** @param array<string, string> $problems */
    private static function overview(DomainOverview $read, array $problems, bool $hasFailed): void
    {
        if (Connection::blocked() !== null) {
            Panels::setUp();
            return;
        }
        printf('<p class="serverpilot-summary" dir="auto">%s</p>', esc_html(
            $read->overview->domains === [] ? __('No domains yet', 'ultimate-multisite-serverpilot')
                : Labels::summary($read->overview)
        ));
        Panels::job($read->results);
        Panels::nextStep($read, $problems, $hasFailed);
        Panels::connection($read);
        printf('<h2 id="serverpilot-domains">%s</h2>', esc_html__('Domains', 'ultimate-multisite-serverpilot'));
        self::$table?->page();
    }

    private static function parent(): string
    {
        global $admin_page_hooks;
        return isset($admin_page_hooks[self::PARENT]) ? self::PARENT : 'settings.php';
    }

    /** Where the page was before it moved to Ultimate Multisite's menu. */
    private static function isOldAddress(): bool
    {
        global $pagenow;
        // phpcs:ignore WordPress.Security.NonceVerification -- says what is shown, and changes nothing
        return $pagenow === 'settings.php' && ($_GET['page'] ?? '') === self::SLUG && self::parent() === self::PARENT
            && ($_SERVER['REQUEST_METHOD'] ?? '') === 'GET' && current_user_can(self::CAPABILITY);
    }
}
