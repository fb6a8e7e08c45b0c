<?php

// What is to be done about one domain, in one sentence: for the operator, and for the customer whose domain it is.
// Must not escape anything, and must not tell a customer anything of another domain, of the app or of the server.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\DomainStatus;

final class Advice
{
    /** Causes whose advice the library words for whoever runs the domain's DNS. */
    private const CUSTOMERS = ['name_not_found', 'wrong_address', 'ipv6_elsewhere', 'behind_proxy', 'caa_forbids'];

    public static function forOperator(DomainStatus $domain): string
    {
        $diagnosed = ['no_dns', 'wrong_dns', 'unreachable', 'not_secure', 'waiting_certificate'];
        $diagnosis = $domain->check?->diagnosis;
        if ($diagnosis !== null && $diagnosis['advice'] !== '' && in_array($domain->state, $diagnosed, true)) {
            return LibraryMessages::under('advice', $diagnosis);
        }
        return match ($domain->state) {
            'secure' => __('There is nothing to do.', 'ultimate-multisite-serverpilot'),
            'expiring' => __(
                'The certificate was not renewed. Diagnose this domain to see why.',
                'ultimate-multisite-serverpilot'
            ),
            'removal_braked' => sprintf(
                /* translators: %s: where the plugin's page is */
                __('Decide about the removals under %s.', 'ultimate-multisite-serverpilot'),
                Place::path()
            ),
            'no_dns', 'wrong_dns' => __(
                'Ask the customer to set the domain\'s DNS record. It is checked again automatically.',
                'ultimate-multisite-serverpilot'
            ),
            'held_no_dns' => __(
                'Ask the customer to set a DNS record for this domain; then it is added again automatically.',
                'ultimate-multisite-serverpilot'
            ),
            'held_no_room' => __(
                'Remove names that are no longer used, or move sites to another app; then it is added automatically.',
                'ultimate-multisite-serverpilot'
            ),
            'held_invalid_domain' => __(
                'Correct the name under Ultimate Multisite → Domains; the next sync adds it.',
                'ultimate-multisite-serverpilot'
            ),
            'unreachable' => __(
                'Check that the site can be reached from outside. It is checked again automatically.',
                'ultimate-multisite-serverpilot'
            ),
            'not_secure' => __(
                'Browsers warn of its certificate. Diagnose this domain to see why.',
                'ultimate-multisite-serverpilot'
            ),
            'check_overdue' => __(
                'It was secure when it was last checked, days ago. Check it now; if the daily check does not come, see '
                    . 'Tools → Scheduled Actions and WP-Cron.',
                'ultimate-multisite-serverpilot'
            ),
            default => __('No action needed; wait.', 'ultimate-multisite-serverpilot'),
        };
    }

    /** Null where there is nothing to tell. */
    public static function forCustomer(DomainStatus $domain): ?string
    {
        if ($domain->group === DomainStatus::CUSTOMER) {
            return self::atTheirProvider($domain);
        }
        if ($domain->group === DomainStatus::OPERATOR && $domain->state !== 'expiring') {
            return __(
                'No action needed on your side: the network\'s administrator sees to this domain.',
                'ultimate-multisite-serverpilot'
            );
        }
        return $domain->group === DomainStatus::WAITING || $domain->group === DomainStatus::UNKNOWN ? __(
            'No action needed: this domain is being set up and becomes secure automatically.',
            'ultimate-multisite-serverpilot'
        ) : null;
    }

    private static function atTheirProvider(DomainStatus $domain): string
    {
        $diagnosis = $domain->check?->diagnosis;
        $cause = $diagnosis['cause'] ?? '';
        if ($domain->state !== 'held_no_dns' && in_array($cause, self::CUSTOMERS, true)) {
            return LibraryMessages::under('advice', $diagnosis ?? []);
        }
        if ($cause === 'www_unresolved' || $cause === 'www_elsewhere') {
            return sprintf(
                /* translators: %s: domain name */
                __(
                    'At your DNS provider, point www.%1$s to the same address as %1$s.',
                    'ultimate-multisite-serverpilot'
                ),
                $domain->name
            );
        }
        return sprintf(
            /* translators: %s: domain name */
            __(
                'At your DNS provider, set an A record for %s with the address that you were given for it. It is '
                    . 'checked again automatically.',
                'ultimate-multisite-serverpilot'
            ),
            $domain->name
        );
    }
}
