<?php

// One domain, opened: its state, whose move it is and why, the record that its customer has to set, and the evidence.
// Shows what was last seen; must not ask anybody for it.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite\Screen;

use ServerPilot\Controller\Check;
use ServerPilot\Controller\DomainStatus;
use ServerPilot\UltimateMultisite\Connection;
use ServerPilot\UltimateMultisite\DomainOverview;
use ServerPilot\UltimateMultisite\Labels;
use ServerPilot\UltimateMultisite\LibraryMessages;
use ServerPilot\UltimateMultisite\Messages;
use ServerPilot\UltimateMultisite\Place;
use ServerPilot\UltimateMultisite\StatusReport;

final class DomainView
{
    public static function show(DomainOverview $read, string $name): void
    {
        $status = $read->overview->domains[$name] ?? null;
        if ($status === null) {
            Panels::box('error', Messages::of('unknown_domain'), static function (): void {
                echo '<p class="serverpilot-buttons">';
                Panels::link(Place::url(), __('All domains', 'ultimate-multisite-serverpilot'));
                echo '</p>';
            });
            return;
        }
        $unicode = Labels::unicode($name);
        printf(
            '<p><a href="%s">%s</a></p><h2 class="serverpilot-name"><bdi>%s</bdi>%s</h2>',
            esc_url(Place::url()),
            esc_html__('All domains', 'ultimate-multisite-serverpilot'),
            esc_html($name),
            $unicode === null ? '' : ' <small><bdi>' . esc_html($unicode) . '</bdi></small>'
        );
        self::state($status, $read);
        self::buttons($status, $read);
        self::record($status, $read);
        self::evidence($status->check);
        self::facts($status, $read);
    }

    private static function state(DomainStatus $status, DomainOverview $read): void
    {
        printf(
            '<p class="serverpilot-verdict">%s %s</p>',
            DomainsTable::badge($status),
            esc_html(sprintf(
                /* translators: %s: who has to act */
                __('Who has to act: %s.', 'ultimate-multisite-serverpilot'),
                Labels::move($status->move)
            ))
        );
        $reason = $read->state->held[$status->name]['reason'] ?? null;
        $advice = $reason !== null ? StatusReport::held($reason, [$status->name])
            : LibraryMessages::under('advice', $status->check->diagnosis ?? []);
        if ($advice !== '') {
            printf('<p class="serverpilot-advice" dir="auto">%s</p>', esc_html($advice));
        }
        if ($status->owner === 'other') {
            printf('<p>%s</p>', esc_html__(
                'Somebody else put this name into the app before it was mapped here. It works, and stays in the app '
                    . 'when it is unmapped. If you manage it here, it is removed then.',
                'ultimate-multisite-serverpilot'
            ));
        }
    }

    private static function buttons(DomainStatus $status, DomainOverview $read): void
    {
        Panels::form(static function () use ($status, $read): void {
            printf('<input type="hidden" name="name" value="%s">', esc_attr($status->name));
            if ($status->state !== 'held_invalid_domain') {
                Panels::button('check', __('Diagnose now', 'ultimate-multisite-serverpilot'), true);
            }
            if ($status->owner === 'other') {
                Panels::button('adopt', __('Manage this domain here', 'ultimate-multisite-serverpilot'));
            }
            $mapping = Mappings::read()->of($status->name);
            if ($mapping !== null && $mapping['id'] > 0) {
                $label = __('Edit the mapping', 'ultimate-multisite-serverpilot');
                Panels::link(Mappings::editUrl($mapping['id']), $label);
            }
        });
    }

    /** What to hand to the customer. */
    private static function record(DomainStatus $status, DomainOverview $read): void
    {
        if ($status->kind === 'removed' || $status->state === 'held_invalid_domain') {
            return;
        }
        printf('<h3>%s</h3>', esc_html__('DNS record to set', 'ultimate-multisite-serverpilot'));
        $app = $read->results->app;
        $address = $app !== null && $app['id'] === Connection::credential(Connection::APP_ID) ? $app['address'] : '';
        if ($address === '') {
            printf('<p>%s</p>', esc_html__(
                'The server\'s address is not known yet. Click Diagnose now to ask ServerPilot for it.',
                'ultimate-multisite-serverpilot'
            ));
            return;
        }
        $names = [$status->name];
        if (isset($read->overview->domains["www.{$status->name}"])) {
            $names[] = "www.{$status->name}";
        }
        printf(
            '<table class="widefat serverpilot-record"><thead><tr><th scope="col">%s</th><th scope="col">%s</th>'
                . '<th scope="col">%s</th><td></td></tr></thead><tbody>',
            esc_html__('Name', 'ultimate-multisite-serverpilot'),
            esc_html__('Type', 'ultimate-multisite-serverpilot'),
            esc_html__('Value', 'ultimate-multisite-serverpilot')
        );
        foreach ($names as $name) {
            $line = "$name. 3600 IN A $address";
            printf(
                '<tr><td><code>%1$s</code></td><td><code>A</code></td><td><code>%2$s</code></td><td>'
                    . '<button type="button" class="button" data-serverpilot-copy="%3$s" hidden>%4$s '
                    . '<span class="screen-reader-text">%1$s</span></button></td></tr>',
                esc_html($name),
                esc_html($address),
                esc_attr($line),
                esc_html__('Copy', 'ultimate-multisite-serverpilot')
            );
        }
        printf('</tbody></table><p class="description">%s</p>', esc_html__(
            'An A record with this value, not a CNAME. Other A records and AAAA records of the same name have to go.',
            'ultimate-multisite-serverpilot'
        ));
    }

    private static function evidence(?Check $check): void
    {
        $diagnosis = $check?->diagnosis;
        printf('<h3>%s</h3>', esc_html__('Diagnosis', 'ultimate-multisite-serverpilot'));
        if ($diagnosis === null) {
            printf('<p>%s</p>', esc_html__(
                'Not diagnosed yet. Click Diagnose now.',
                'ultimate-multisite-serverpilot'
            ));
            return;
        }
        printf(
            '<table class="widefat striped serverpilot-evidence"><caption class="screen-reader-text">%s</caption>'
                . '<thead><tr><th scope="col">%s</th><th scope="col">%s</th><th scope="col">%s</th></tr></thead>'
                . '<tbody>',
            esc_html__('What was found', 'ultimate-multisite-serverpilot'),
            esc_html__('Check', 'ultimate-multisite-serverpilot'),
            esc_html__('Result', 'ultimate-multisite-serverpilot'),
            esc_html__('What was found', 'ultimate-multisite-serverpilot')
        );
        foreach ($diagnosis['evidence'] as $one) {
            $outcome = is_string($one['outcome'] ?? null) ? $one['outcome'] : '';
            printf(
                '<tr><th scope="row">%s</th><td><span class="serverpilot-outcome is-%s">%s</span></td>'
                    . '<td dir="auto">%s</td></tr>',
                esc_html(Labels::evidence(is_string($one['check'] ?? null) ? $one['check'] : '')),
                esc_attr($outcome),
                esc_html(Labels::outcome($outcome)),
                esc_html(LibraryMessages::under('detail', $one))
            );
        }
        printf('</tbody></table><p class="description">%s</p>', esc_html(sprintf(
            /* translators: %s: time */
            __('Diagnosed %s.', 'ultimate-multisite-serverpilot'),
            Labels::ago($diagnosis['at'])
        )));
    }

    private static function facts(DomainStatus $status, DomainOverview $read): void
    {
        printf('<h3>%s</h3><dl class="serverpilot-facts">', esc_html__('Details', 'ultimate-multisite-serverpilot'));
        foreach (Labels::facts($status, $read->now) as $label => $value) {
            printf('<dt>%s</dt><dd dir="auto">%s</dd>', esc_html($label), esc_html($value));
        }
        echo '</dl>';
    }
}
