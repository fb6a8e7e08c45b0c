<?php

// What Ultimate Multisite's own screens say of one domain: a badge in its list, a box on the domain's page, a sentence
// for the customer whose domain it is. Shows what is known; must not ask anybody, nor show a customer anything else.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\DomainStatus;

final class DomainScreens
{
    private const BOX = 'serverpilot-domain';

    /** Ultimate Multisite's colours for the stages of a domain (its Domain_Stage). */
    private const COLOURS = [
        DomainStatus::SECURE => 'wu-bg-green-200 wu-text-green-700',
        DomainStatus::WAITING => 'wu-bg-blue-200 wu-text-blue-700',
        DomainStatus::CUSTOMER => 'wu-bg-yellow-200 wu-text-yellow-700',
        DomainStatus::OPERATOR => 'wu-bg-red-200 wu-text-red-700',
        DomainStatus::OVERDUE => 'wu-bg-yellow-200 wu-text-yellow-700',
        DomainStatus::UNKNOWN => 'wu-bg-gray-200 wu-text-gray-700',
    ];

    /** @var array<string, DomainStatus>|null Read once for a list of many. */
    private static ?array $domains = null;

    /**
     * A column of the list of domains (wu_domain_list_column_domain, of Ultimate Multisite's Domain_List_Table).
     *
     * @param mixed $html What it shows so far.
     * @param mixed $mapping Ultimate Multisite's domain.
     */
    public static function badge(mixed $html, mixed $mapping): string
    {
        $html = is_string($html) ? $html : '';
        $domain = current_user_can('manage_network') ? self::status($mapping) : null;
        return $domain === null ? $html : $html . sprintf(
            ' <a class="wu-no-underline" href="%1$s"><span class="serverpilot-badge wu-py-1 wu-px-2 wu-rounded-sm '
                . 'wu-text-xs wu-leading-none %2$s">%3$s</span></a>',
            esc_url(Place::url(['domain' => $domain->name])),
            esc_attr(self::COLOURS[$domain->group]),
            esc_html(sprintf(
                /* translators: %s: state of a domain, for example "Secure" */
                __('ServerPilot: %s', 'ultimate-multisite-serverpilot'),
                Labels::state($domain->state)
            ))
        );
    }

    /**
     * The page of one domain (wu_page_wp-ultimo-edit-domain_register_widgets, of its Base_Admin_Page).
     *
     * @param mixed $page Ultimate Multisite's page.
     */
    public static function addBox(mixed $page): void
    {
        $screen = get_current_screen();
        $mapping = is_object($page) && method_exists($page, 'get_object') ? $page->get_object() : null;
        if ($screen === null || !current_user_can('manage_network') || self::name($mapping) === null) {
            return;
        }
        add_meta_box(
            self::BOX,
            __('ServerPilot', 'ultimate-multisite-serverpilot'),
            static fn () => self::box($mapping),
            $screen->id,
            'normal'
        );
    }

    /**
     * A row of the customer's list of domains (wu_domain_mapping_row_info, in its
     * dashboard-widgets/domain-mapping.php).
     *
     * @param mixed $row
     * @param mixed $mapping
     * @return array<string, mixed>
     */
    public static function customersRow(mixed $row, mixed $mapping): array
    {
        $row = is_array($row) ? $row : [];
        if (!is_textdomain_loaded('ultimate-multisite-serverpilot')) {
            // The page of a customer may be one that visitors see, where nothing of ours is loaded.
            $folder = basename(dirname(__DIR__, 2)) . '/languages';
            load_plugin_textdomain('ultimate-multisite-serverpilot', false, $folder);
        }
        $domain = self::status($mapping);
        $sentence = $domain === null ? null : Advice::forCustomer($domain);
        return $sentence === null ? $row : $row + ['serverpilot' => [
            'wrapper_classes' => '',
            'icon' => 'dashicons dashicons-info-outline wu-align-text-bottom wu-mr-1',
            'label' => '',
            'value' => esc_html($sentence),
        ]];
    }

    private static function box(mixed $mapping): void
    {
        try {
            $domain = self::statuses()[(string) self::name($mapping)] ?? null;
        } catch (SyncFailed $e) {
            printf('<p>%s</p>', esc_html($e->getMessage()));
            return;
        }
        if ($domain === null) {
            printf('<p>%s</p>', esc_html__(
                'This domain is not active, so it is not in the ServerPilot app.',
                'ultimate-multisite-serverpilot'
            ));
            return;
        }
        printf(
            '<p><strong>%s</strong> – %s</p>',
            esc_html(Labels::state($domain->state)),
            esc_html(Advice::forOperator($domain))
        );
        echo '<ul>';
        foreach (self::lines($domain) as $label => $value) {
            printf('<li>%s: <bdi>%s</bdi></li>', esc_html($label), esc_html($value));
        }
        echo '</ul>';
        self::evidence($domain);
        printf(
            '<p><a class="button" href="%s">%s</a></p>',
            esc_url(Place::url(['domain' => $domain->name])),
            esc_html__('Details and diagnosis', 'ultimate-multisite-serverpilot')
        );
    }

    /** @return array<string, string> Label => value. */
    private static function lines(DomainStatus $domain): array
    {
        $unicode = Labels::unicode($domain->name);
        $lines = ($unicode === null ? [] : [__('Name', 'ultimate-multisite-serverpilot') => $unicode]) + [
            __('Who has to act', 'ultimate-multisite-serverpilot') => Labels::move($domain->move),
        ] + Labels::facts($domain, time());
        // A box is short: what is not known is left out.
        return array_filter($lines, static fn (string $value): bool => $value !== '–');
    }

    /** What the diagnosis rests on. */
    private static function evidence(DomainStatus $domain): void
    {
        $found = [];
        foreach ($domain->check->diagnosis['evidence'] ?? [] as $one) {
            // What was skipped tells nothing.
            $detail = LibraryMessages::under('detail', $one);
            if ($detail !== '' && ($one['outcome'] ?? '') !== 'skipped') {
                $found[] = sprintf('<li>%s</li>', esc_html($detail));
            }
        }
        if ($found !== []) {
            printf(
                '<details><summary>%s</summary><ul>%s</ul></details>',
                esc_html__('What was found', 'ultimate-multisite-serverpilot'),
                implode('', $found) // phpcs:ignore WordPress.Security.EscapeOutput -- escaped above
            );
        }
    }

    private static function status(mixed $mapping): ?DomainStatus
    {
        $name = self::name($mapping);
        try {
            return $name === null ? null : self::statuses()[$name] ?? null;
        } catch (SyncFailed) {
            // Somebody else's page goes on without it; the plugin's own says what is wrong.
            return null;
        }
    }

    private static function name(mixed $mapping): ?string
    {
        return is_object($mapping) && method_exists($mapping, 'get_domain')
            ? DesiredDomains::normal((string) $mapping->get_domain()) : null;
    }

    /** @return array<string, DomainStatus> */
    private static function statuses(): array
    {
        if (self::$domains === null) {
            self::$domains = Connection::blocked() === null ? DomainOverview::current()->domains : [];
        }
        return self::$domains;
    }
}
