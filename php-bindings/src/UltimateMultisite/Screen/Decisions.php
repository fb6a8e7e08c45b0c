<?php

// What an operator can do about each problem: the decisions that only a person can make, with what follows from them,
// and the way to what has to be corrected elsewhere. Offers them; must not carry anything out.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite\Screen;

use ServerPilot\Controller\DomainStatus;
use ServerPilot\UltimateMultisite\DomainOverview;
use ServerPilot\UltimateMultisite\Place;

final class Decisions
{
    /** @param string $code A key of StatusReport::problems(). */
    public static function offer(string $code, DomainOverview $read): void
    {
        match (true) {
            str_starts_with($code, 'safe_') => self::whose(true),
            $code === 'brake', $code === 'eviction_brake' => self::removals($read),
            in_array($code, ['no_room', 'invalid_domain', 'certificates_bad'], true) =>
                self::show(DomainStatus::OPERATOR),
            $code === 'autossl_overdue' => self::show(DomainStatus::CUSTOMER),
            $code === 'queue_stalled', $code === 'no_queue' => self::queue(),
            default => self::again($code),
        };
    }

    /** Whose network this is, after a copy or a move. */
    public static function whose(bool $mayIgnore): void
    {
        Panels::form(static function () use ($mayIgnore): void {
            echo '<span class="serverpilot-choices">';
            self::choice('moved', __('This is the same network, it moved', 'ultimate-multisite-serverpilot'), __(
                'The domains it managed stay its own: they are kept in the app, and those that are not mapped any '
                    . 'more are removed.',
                'ultimate-multisite-serverpilot'
            ));
            self::choice('new', __('This is a new network', 'ultimate-multisite-serverpilot'), __(
                'It manages nothing yet. Its domains are added to the app; nothing that is in the app is removed.',
                'ultimate-multisite-serverpilot'
            ));
            if ($mayIgnore) {
                self::choice('ignore', __('Leave this copy alone', 'ultimate-multisite-serverpilot'), __(
                    'For a test or a backup: this copy changes nothing at ServerPilot.',
                    'ultimate-multisite-serverpilot'
                ));
            }
            echo '</span>';
        });
    }

    private static function removals(DomainOverview $read): void
    {
        $going = array_filter(
            $read->overview->domains,
            static fn (DomainStatus $one): bool => $one->state === 'removal_braked'
        );
        Panels::names(
            __('Domains that would be removed', 'ultimate-multisite-serverpilot'),
            '−',
            array_map('strval', array_keys($going))
        );
        printf('<p>%s</p>', esc_html__(
            'If you allow it, the next sync removes them from the app once; their sites are not reached by these names '
                . 'any more. If this is not what you want, map the domains again.',
            'ultimate-multisite-serverpilot'
        ));
        Panels::form(static function (): void {
            Panels::button('plan', __('Preview changes', 'ultimate-multisite-serverpilot'));
            Panels::button('allow', __('Allow removals', 'ultimate-multisite-serverpilot'), true);
        });
    }

    private static function show(string $group): void
    {
        echo '<p class="serverpilot-buttons">';
        Panels::link(
            Place::url(['group' => $group]) . '#serverpilot-domains',
            __('Show these domains', 'ultimate-multisite-serverpilot'),
            true
        );
        echo '</p>';
    }

    private static function queue(): void
    {
        Panels::form(static function (): void {
            Panels::button('sync', __('Sync now', 'ultimate-multisite-serverpilot'), true);
            Panels::link(Place::queue(), __('Scheduled actions', 'ultimate-multisite-serverpilot'));
        });
    }

    private static function again(string $code): void
    {
        Panels::form(static function () use ($code): void {
            Panels::button('sync', __('Sync now', 'ultimate-multisite-serverpilot'), true);
            if (str_starts_with($code, 'SP_ERR_') && !str_contains($code, 'TIMEOUT')) {
                Panels::link(
                    Place::setup(),
                    __('Open the setup', 'ultimate-multisite-serverpilot')
                );
            }
        });
    }

    private static function choice(string $do, string $label, string $consequence): void
    {
        echo '<span class="serverpilot-choice">';
        Panels::button($do, $label);
        printf('<span>%s</span></span>', esc_html($consequence));
    }
}
