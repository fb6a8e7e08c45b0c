<?php

// The table of the network's domains: WordPress's own list table, with views by group, search, sorting and pages.
// Shows what Overview judged; must not judge, nor read anything for a row of its own.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite\Screen;

use ServerPilot\Controller\DomainStatus;
use ServerPilot\UltimateMultisite\DomainOverview;
use ServerPilot\UltimateMultisite\Labels;
use ServerPilot\UltimateMultisite\Place;
use WP_List_Table;

final class DomainsTable extends WP_List_Table
{
    /** Those where somebody has to act come first. */
    private const ATTENTION = [
        DomainStatus::OPERATOR => 0,
        DomainStatus::CUSTOMER => 1,
        DomainStatus::WAITING => 2,
        DomainStatus::OVERDUE => 3,
        DomainStatus::UNKNOWN => 4,
        DomainStatus::SECURE => 5,
    ];

    private ?Mappings $mappings = null;

    /** @var array<string, string> */
    private array $view;

    public function __construct(private readonly DomainOverview $read)
    {
        parent::__construct(['singular' => 'domain', 'plural' => 'domains', 'ajax' => false]);
        $this->view = Page::view();
    }

    /** The table with what is around it. */
    public function page(): void
    {
        if ($this->read->overview->domains === []) {
            printf('<p>%s</p>', esc_html__(
                'This network has no domain that can be in the app. Map a domain to a site under Ultimate Multisite → '
                    . 'Domains; it is added automatically.',
                'ultimate-multisite-serverpilot'
            ));
            return;
        }
        $this->prepare_items();
        $this->views();
        printf('<form method="get" action="%s">', esc_url(Place::url()));
        printf('<input type="hidden" name="page" value="%s">', esc_attr(Page::SLUG));
        if (isset($this->view['group'])) {
            printf('<input type="hidden" name="group" value="%s">', esc_attr($this->view['group']));
        }
        $this->search_box(__('Search domains', 'ultimate-multisite-serverpilot'), 'serverpilot-search');
        printf('</form><form method="post" action="%s" data-serverpilot-form>', esc_url(Place::url()));
        wp_nonce_field(Actions::NONCE);
        $this->display();
        echo '</form>';
    }

    // phpcs:disable PSR1.Methods.CamelCapsMethodName -- WP_List_Table's names
    /** @return array<string, string> */
    public function get_columns(): array
    {
        return [
            'cb' => '<input type="checkbox">',
            'domain' => __('Domain', 'ultimate-multisite-serverpilot'),
            'state' => __('State', 'ultimate-multisite-serverpilot'),
            'move' => __('Who has to act', 'ultimate-multisite-serverpilot'),
            'app' => __('In the app', 'ultimate-multisite-serverpilot'),
            'dns' => __('DNS', 'ultimate-multisite-serverpilot'),
            'certificate' => __('Certificate', 'ultimate-multisite-serverpilot'),
            'since' => __('Since', 'ultimate-multisite-serverpilot'),
            'next' => __('Next check', 'ultimate-multisite-serverpilot'),
        ];
    }

    public function prepare_items(): void
    {
        $group = $this->view['group'] ?? '';
        $search = $this->view['s'] ?? '';
        $domains = array_filter(
            $this->read->overview->domains,
            static fn (DomainStatus $one): bool => ($group === '' || $one->group === $group)
                && Labels::matches($one->name, $search)
        );
        $domains = $this->sorted(array_values($domains));
        $perPage = $this->get_items_per_page(Page::PER_PAGE, 20);
        $this->set_pagination_args(['total_items' => count($domains), 'per_page' => $perPage]);
        // WordPress gives the number of the last page as a float.
        $this->items = array_slice($domains, ((int) $this->get_pagenum() - 1) * $perPage, $perPage);
        $this->mappings = Mappings::read();
    }

    /** @return list<string> Not "fixed": eight columns of such different texts are as wide as their texts. */
    protected function get_table_classes(): array
    {
        return ['widefat', 'striped', 'domains'];
    }

    public function no_items(): void
    {
        esc_html_e('No domain is like this.', 'ultimate-multisite-serverpilot');
    }

    /** @return array<string, array{string, bool}> */
    protected function get_sortable_columns(): array
    {
        return [
            'domain' => ['domain', false],
            'state' => ['state', false],
            'certificate' => ['certificate', false],
            'since' => ['since', true],
            'next' => ['next', false],
        ];
    }

    protected function get_default_primary_column_name(): string
    {
        return 'domain';
    }

    /** @return array<string, string> */
    protected function get_bulk_actions(): array
    {
        return ['check' => __('Check now', 'ultimate-multisite-serverpilot')];
    }

    /** @return array<string, string> */
    protected function get_views(): array
    {
        $open = $this->view['group'] ?? '';
        $all = count($this->read->overview->domains);
        $views = ['all' => $this->viewLink('', __('All', 'ultimate-multisite-serverpilot'), $all, $open)];
        foreach ($this->read->overview->counts as $group => $count) {
            if ($count > 0 || $group === $open) {
                $views[$group] = $this->viewLink($group, Labels::group($group), $count, $open);
            }
        }
        return $views;
    }

    /**
     * The form has a nonce of its own, so that one name of it is there once.
     *
     * @param string $which
     */
    protected function display_tablenav($which): void
    {
        printf('<div class="tablenav %s">', esc_attr($which));
        if ($this->has_items()) {
            echo '<div class="alignleft actions bulkactions">';
            $this->bulk_actions($which);
            echo '</div>';
            if ($which === 'top') {
                echo '<div class="alignleft actions">';
                Panels::button('check_all', __('Check all now', 'ultimate-multisite-serverpilot'));
                echo '</div>';
            }
        }
        $this->pagination($which);
        echo '<br class="clear"></div>';
    }

    /** @param DomainStatus $item */
    protected function column_cb($item): string
    {
        $id = 'cb-' . md5($item->name);
        return sprintf(
            '<label class="screen-reader-text" for="%1$s">%2$s</label><input type="checkbox" id="%1$s" name="names[]" '
                . 'value="%3$s">',
            esc_attr($id),
            /* translators: %s: domain name */
            esc_html(sprintf(__('Select %s', 'ultimate-multisite-serverpilot'), $item->name)),
            esc_attr($item->name)
        );
    }

    /** @param DomainStatus $item */
    protected function column_domain($item): string
    {
        $unicode = Labels::unicode($item->name);
        $site = $this->mappings?->of($item->name)['site'] ?? 0;
        return sprintf(
            '<strong><a class="row-title" href="%s"><bdi>%s</bdi></a></strong>%s<br>'
                . '<span class="serverpilot-kind">%s%s</span><span class="serverpilot-at-once">%s</span>',
            esc_url(Place::url(['domain' => $item->name])),
            esc_html($item->name),
            $unicode === null ? '' : ' <bdi>' . esc_html($unicode) . '</bdi>',
            esc_html(Labels::kind($item->kind)),
            $site === 0 ? '' : sprintf(
                ' · <a href="%s">%s</a>',
                esc_url(network_admin_url("site-info.php?id=$site")),
                /* translators: %s: number of a site */
                esc_html(sprintf(__('site %s', 'ultimate-multisite-serverpilot'), number_format_i18n($site)))
            ),
            // A phone shows this column alone until the row is opened.
            self::badge($item)
        );
    }

    /**
     * @param DomainStatus $item
     * @param string $column
     */
    protected function column_default($item, $column): string
    {
        return match ($column) {
            'state' => self::badge($item),
            'move' => esc_html(Labels::move($item->move)),
            'app' => esc_html(Labels::owner($item->owner)),
            'dns' => esc_html($item->check === null ? '–' : Labels::dns($item->check->dns)),
            'certificate' => esc_html(Labels::certificate($item->check, $this->read->now)),
            'since' => self::moment($item->since, Labels::ago($item->since)),
            'next' => self::moment($item->nextCheckAt, Labels::in($item->nextCheckAt)),
            default => '',
        };
    }

    /**
     * @param DomainStatus $item
     * @param string $column_name
     * @param string $primary
     */
    protected function handle_row_actions($item, $column_name, $primary): string
    {
        if ($column_name !== $primary) {
            return '';
        }
        $actions = ['details' => sprintf(
            '<a href="%s">%s</a>',
            esc_url(Place::url(['domain' => $item->name])),
            self::labelled(__('Details', 'ultimate-multisite-serverpilot'), $item->name)
        )];
        if ($item->state !== 'held_invalid_domain') {
            $label = __('Check now', 'ultimate-multisite-serverpilot');
            $actions['check'] = self::rowButton('check', $label, $item->name);
        }
        if ($item->owner === 'other') {
            $label = __('Manage here', 'ultimate-multisite-serverpilot');
            $actions['adopt'] = self::rowButton('adopt', $label, $item->name);
        }
        $id = $this->mappings?->of($item->name)['id'] ?? 0;
        if ($id > 0) {
            $actions['edit'] = sprintf(
                '<a href="%s">%s</a>',
                esc_url(Mappings::editUrl($id)),
                self::labelled(__('Edit mapping', 'ultimate-multisite-serverpilot'), $item->name)
            );
        }
        return $this->row_actions($actions);
    }
    // phpcs:enable

    /** The state, with its group's colour; the words say it without. */
    public static function badge(DomainStatus $status): string
    {
        return sprintf(
            '<span class="serverpilot-state is-%s">%s</span>',
            esc_attr($status->group),
            esc_html(Labels::state($status->state))
        );
    }

    /**
     * @param list<DomainStatus> $domains In order of importance, which decides between equal ones.
     * @return list<DomainStatus>
     */
    private function sorted(array $domains): array
    {
        $by = $this->view['orderby'] ?? '';
        $key = static fn (DomainStatus $one): array => match ($by) {
            'domain' => [$one->name],
            'certificate' => [$one->check === null || $one->check->expires === 0 ? PHP_INT_MAX : $one->check->expires],
            'since' => [$one->since],
            'next' => [$one->nextCheckAt],
            default => [self::ATTENTION[$one->group], array_search($one->state, DomainStatus::states(), true)],
        };
        $isDown = $by !== '' && ($this->view['order'] ?? '') === 'desc';
        usort(
            $domains,
            static fn (DomainStatus $a, DomainStatus $b): int => $isDown ? $key($b) <=> $key($a) : $key($a) <=> $key($b)
        );
        return $domains;
    }

    private function viewLink(string $group, string $label, int $count, string $open): string
    {
        return sprintf(
            '<a href="%s"%s>%s <span class="count">(%s)</span></a>',
            esc_url(Place::url($group === '' ? [] : ['group' => $group])),
            $group === $open ? ' class="current" aria-current="page"' : '',
            esc_html($label),
            esc_html(number_format_i18n($count))
        );
    }

    private static function rowButton(string $do, string $label, string $name): string
    {
        return sprintf(
            '<button type="submit" class="button-link" name="do" value="%s">%s</button>',
            esc_attr("$do:$name"),
            self::labelled($label, $name)
        );
    }

    private static function labelled(string $label, string $name): string
    {
        return sprintf('%s<span class="screen-reader-text"> %s</span>', esc_html($label), esc_html($name));
    }

    private static function moment(int $at, string $text): string
    {
        return $at <= 0 ? esc_html($text) : sprintf(
            '<time datetime="%s" title="%s">%s</time>',
            esc_attr(gmdate('c', $at)),
            esc_attr(Labels::time($at)),
            esc_html($text)
        );
    }
}
