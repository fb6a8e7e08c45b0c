<?php

// What a sync would change, to the last name, before it does. Shows what was found when it was asked for; must not ask
// for it itself.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite\Screen;

use ServerPilot\UltimateMultisite\Connection;
use ServerPilot\UltimateMultisite\Labels;
use ServerPilot\UltimateMultisite\Place;

final class PreviewView
{
    public static function show(): void
    {
        $found = Actions::previewed();
        printf('<h2>%s</h2>', esc_html__('Preview of the next sync', 'ultimate-multisite-serverpilot'));
        if ($found === null) {
            printf('<p>%s</p>', esc_html__(
                'There is no preview, or it is older than an hour. Nothing was changed.',
                'ultimate-multisite-serverpilot'
            ));
        } else {
            echo '<div class="serverpilot-panel">';
            self::difference($found);
            echo '</div>';
        }
        Panels::form(static function () use ($found): void {
            if (Connection::enabled()) {
                Panels::button('sync', __('Sync now', 'ultimate-multisite-serverpilot'), $found !== null);
            } else {
                Panels::link(
                    Place::setup(),
                    __('Enable the integration', 'ultimate-multisite-serverpilot'),
                    $found !== null
                );
            }
            Panels::button('plan', __('Preview again', 'ultimate-multisite-serverpilot'), $found === null);
            Panels::link(Place::url(), __('Back', 'ultimate-multisite-serverpilot'));
        });
    }

    /** @param array{added: list<string>, removed: list<string>, adopted: list<string>, held: array<string, string>, at: int} $found */
    private static function difference(array $found): void
    {
        printf('<p>%s</p>', esc_html(sprintf(
            /* translators: %s: time */
            __('Compared with the app %s. Nothing was changed.', 'ultimate-multisite-serverpilot'),
            Labels::ago($found['at'])
        )));
        if ($found['added'] === [] && $found['removed'] === []) {
            printf('<p><strong>%s</strong></p>', esc_html__(
                'A sync now would change nothing: the app is in sync.',
                'ultimate-multisite-serverpilot'
            ));
        }
        Panels::names(__('Would be added', 'ultimate-multisite-serverpilot'), '+', $found['added']);
        Panels::names(__('Would be removed', 'ultimate-multisite-serverpilot'), '−', $found['removed']);
        Panels::names(
            __('In the app already, managed here from now on', 'ultimate-multisite-serverpilot'),
            '=',
            $found['adopted']
        );
        foreach (['no_room', 'no_dns', 'invalid_domain'] as $reason) {
            $names = array_keys($found['held'], $reason, true);
            Panels::names(Labels::state("held_$reason"), '×', $names);
        }
    }
}
