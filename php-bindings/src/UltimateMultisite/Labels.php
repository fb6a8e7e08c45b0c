<?php

// The words for what Overview says: states, groups, whose move it is, kinds, owners, limits, times. The same ones on
// the screen, the command line and everywhere else. Must not escape anything: whoever shows them does.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Check;
use ServerPilot\Controller\DomainStatus;
use ServerPilot\Controller\Overview;

final class Labels
{
    /** Up to here, a time is a distance from now ("2 hours ago"); further away it is a date. */
    private const NEAR = 7 * 86400;

    /** @param string $state As in DomainStatus. */
    public static function state(string $state): string
    {
        return match ($state) {
            'secure' => __('Secure', 'ultimate-multisite-serverpilot'),
            'expiring' => __('Certificate expires soon', 'ultimate-multisite-serverpilot'),
            'waiting_sync' => __('Waiting for the next sync', 'ultimate-multisite-serverpilot'),
            'waiting_certificate' => __('Waiting for its certificate', 'ultimate-multisite-serverpilot'),
            'waiting_removal' => __('Removed with the next sync', 'ultimate-multisite-serverpilot'),
            'removal_braked' => __('Removal waits for your decision', 'ultimate-multisite-serverpilot'),
            'no_dns' => __('No DNS record', 'ultimate-multisite-serverpilot'),
            'held_no_dns' => __('Left out: no DNS record', 'ultimate-multisite-serverpilot'),
            'held_no_room' => __('Left out: the app is full', 'ultimate-multisite-serverpilot'),
            'held_invalid_domain' => __('Left out: not a valid name', 'ultimate-multisite-serverpilot'),
            'wrong_dns' => __('DNS points elsewhere', 'ultimate-multisite-serverpilot'),
            'unreachable' => __('Certificate could not be checked', 'ultimate-multisite-serverpilot'),
            'not_secure' => __('Not secure', 'ultimate-multisite-serverpilot'),
            'check_overdue' => __('Not checked lately', 'ultimate-multisite-serverpilot'),
            'not_checked' => __('Not checked yet', 'ultimate-multisite-serverpilot'),
            default => $state,
        };
    }

    /** @param string $group As in DomainStatus. */
    public static function group(string $group): string
    {
        return match ($group) {
            DomainStatus::SECURE => __('Secure', 'ultimate-multisite-serverpilot'),
            DomainStatus::WAITING => __('In progress', 'ultimate-multisite-serverpilot'),
            DomainStatus::CUSTOMER => __('Waiting for their DNS', 'ultimate-multisite-serverpilot'),
            DomainStatus::OPERATOR => __('Needs you', 'ultimate-multisite-serverpilot'),
            DomainStatus::OVERDUE => __('Not checked lately', 'ultimate-multisite-serverpilot'),
            DomainStatus::UNKNOWN => __('Not checked yet', 'ultimate-multisite-serverpilot'),
            default => $group,
        };
    }

    /** Who has to act. */
    public static function move(string $move): string
    {
        return match ($move) {
            'nobody' => __('Nobody', 'ultimate-multisite-serverpilot'),
            'wait' => __('No action needed; wait', 'ultimate-multisite-serverpilot'),
            'customer' => __('The customer, in their DNS', 'ultimate-multisite-serverpilot'),
            'operator' => __('You', 'ultimate-multisite-serverpilot'),
            'serverpilot' => __('ServerPilot', 'ultimate-multisite-serverpilot'),
            default => $move,
        };
    }

    public static function kind(string $kind): string
    {
        return match ($kind) {
            'network' => __('The network\'s own', 'ultimate-multisite-serverpilot'),
            'mapped' => __('Mapped domain', 'ultimate-multisite-serverpilot'),
            'subsite' => __('Sub-site', 'ultimate-multisite-serverpilot'),
            'www' => __('www of a mapped domain', 'ultimate-multisite-serverpilot'),
            'removed' => __('Not mapped any more', 'ultimate-multisite-serverpilot'),
            default => $kind,
        };
    }

    /** Whose entry a name is in the app. */
    public static function owner(string $owner): string
    {
        return match ($owner) {
            'network' => __('Managed here', 'ultimate-multisite-serverpilot'),
            'other' => __('By somebody else', 'ultimate-multisite-serverpilot'),
            'none' => __('Not in the app', 'ultimate-multisite-serverpilot'),
            default => $owner,
        };
    }

    /** @param string $dns As in Check. */
    public static function dns(string $dns): string
    {
        return match ($dns) {
            'found' => __('Found', 'ultimate-multisite-serverpilot'),
            'no_such_name' => __('No such name', 'ultimate-multisite-serverpilot'),
            'no_address' => __('No address', 'ultimate-multisite-serverpilot'),
            'failed' => __('Lookup failed', 'ultimate-multisite-serverpilot'),
            default => $dns,
        };
    }

    /** Who issued it, and for how long it is valid. */
    public static function certificate(?Check $check, int $now): string
    {
        $days = $check?->daysLeft($now);
        if ($check === null || $days === null) {
            return '–';
        }
        $left = $days < 0 ? __('expired', 'ultimate-multisite-serverpilot') : sprintf(
            /* translators: %s: number of days */
            _n('%s day left', '%s days left', $days, 'ultimate-multisite-serverpilot'),
            number_format_i18n($days)
        );
        return $check->issuer === '' ? $left : sprintf(
            /* translators: 1: issuer of a certificate, 2: "62 days left" */
            __('%1$s, %2$s', 'ultimate-multisite-serverpilot'),
            self::issuer($check->issuer),
            $left
        );
    }

    /**
     * What is known of one domain, besides what is to be done about it.
     *
     * @return array<string, string> Label => value; a dash where it is not known.
     */
    public static function facts(DomainStatus $status, int $now): array
    {
        $check = $status->check;
        return [
            __('Kind', 'ultimate-multisite-serverpilot') => self::kind($status->kind),
            __('In the app', 'ultimate-multisite-serverpilot') => self::owner($status->owner),
            __('DNS', 'ultimate-multisite-serverpilot') => $check === null ? '–' : self::dns($check->dns),
            __('Certificate', 'ultimate-multisite-serverpilot') => self::certificate($check, $now),
            __('Since', 'ultimate-multisite-serverpilot') => self::time($status->since),
            __('Last check', 'ultimate-multisite-serverpilot') => self::time($check->at ?? 0),
            __('Next check', 'ultimate-multisite-serverpilot') => self::in($status->nextCheckAt),
        ];
    }

    /** What one piece of a diagnosis's evidence is about. */
    public static function evidence(string $check): string
    {
        return match ($check) {
            'serverpilot' => __('ServerPilot', 'ultimate-multisite-serverpilot'),
            'dns' => __('DNS', 'ultimate-multisite-serverpilot'),
            'ipv4_address' => __('IPv4 address (A)', 'ultimate-multisite-serverpilot'),
            'ipv6_address' => __('IPv6 address (AAAA)', 'ultimate-multisite-serverpilot'),
            'proxy' => __('Proxy', 'ultimate-multisite-serverpilot'),
            'caa' => __('CAA record', 'ultimate-multisite-serverpilot'),
            'port_80' => __('Port 80', 'ultimate-multisite-serverpilot'),
            'listed' => __('In the app', 'ultimate-multisite-serverpilot'),
            'www' => __('www', 'ultimate-multisite-serverpilot'),
            'other_names' => __('Other domains in the app', 'ultimate-multisite-serverpilot'),
            'name_count' => __('Number of names', 'ultimate-multisite-serverpilot'),
            'custom_certificate' => __('Custom certificate', 'ultimate-multisite-serverpilot'),
            'autossl_available' => __('AutoSSL certificate ready', 'ultimate-multisite-serverpilot'),
            'autossl_enabled' => __('AutoSSL enabled', 'ultimate-multisite-serverpilot'),
            'autossl_certificate' => __('Name in AutoSSL\'s certificate', 'ultimate-multisite-serverpilot'),
            'served_certificate' => __('Certificate that is served', 'ultimate-multisite-serverpilot'),
            'certificate' => __('Certificate', 'ultimate-multisite-serverpilot'),
            default => $check,
        };
    }

    /** How one check of a diagnosis came out. */
    public static function outcome(string $outcome): string
    {
        return match ($outcome) {
            'good' => __('Good', 'ultimate-multisite-serverpilot'),
            'bad' => __('Wrong', 'ultimate-multisite-serverpilot'),
            'unknown' => __('Not known', 'ultimate-multisite-serverpilot'),
            'skipped' => __('Not needed', 'ultimate-multisite-serverpilot'),
            default => $outcome,
        };
    }

    /** "48 domains: 45 secure, 2 waiting for their DNS, 1 needs you". */
    public static function summary(Overview $overview): string
    {
        $total = count($overview->domains);
        $domains = sprintf(
            /* translators: %s: number of domains */
            _n('%s domain', '%s domains', $total, 'ultimate-multisite-serverpilot'),
            number_format_i18n($total)
        );
        $parts = [];
        foreach (array_filter($overview->counts) as $group => $count) {
            $parts[] = sprintf(self::counted($group, $count), number_format_i18n($count));
        }
        return $parts === [] ? $domains : sprintf(
            /* translators: 1: "48 domains", 2: "45 secure, 2 waiting for their DNS, 1 needs you" */
            __('%1$s: %2$s', 'ultimate-multisite-serverpilot'),
            $domains,
            implode(
                /* translators: between the parts of a list, with the space after it */
                __(', ', 'ultimate-multisite-serverpilot'),
                $parts
            )
        );
    }

    /** Which of the two limits ahead. */
    public static function limit(string $which): string
    {
        return $which === 'app' ? __('Domains in the app', 'ultimate-multisite-serverpilot')
            : __('Names in one certificate', 'ultimate-multisite-serverpilot');
    }

    /** @param array{count: int, limit: int} $limit */
    public static function reached(array $limit): string
    {
        return sprintf(
            /* translators: 1: number of domains, 2: how many there can be */
            __('%1$s of %2$s', 'ultimate-multisite-serverpilot'),
            number_format_i18n($limit['count']),
            number_format_i18n($limit['limit'])
        );
    }

    /**
     * How full it is, and when it will be.
     *
     * @param array{count: int|null, limit: int, nearlyAt: int|null, fullAt: int|null} $limit See Overview::limits().
     */
    public static function forecast(string $which, array $limit, int $now): string
    {
        if ($limit['count'] === null) {
            return sprintf(
                /* translators: %s: number of domains */
                __('At most %s; how many there are is known after the first sync.', 'ultimate-multisite-serverpilot'),
                number_format_i18n($limit['limit'])
            );
        }
        $share = $limit['count'] / max(1, $limit['limit']);
        if ($share >= 1) {
            return $which === 'app'
                ? __('Full: further domains are left out.', 'ultimate-multisite-serverpilot')
                : __(
                    'More names than one certificate can hold: some stay without HTTPS. Move sites to another app.',
                    'ultimate-multisite-serverpilot'
                );
        }
        if ($limit['fullAt'] === null) {
            return $share >= Overview::NEARLY ? __('Nearly full.', 'ultimate-multisite-serverpilot')
                : __('At the present growth there is room for years.', 'ultimate-multisite-serverpilot');
        }
        if ($limit['nearlyAt'] === null || $limit['nearlyAt'] <= $now) {
            return sprintf(
                /* translators: %s: date */
                __('Nearly full. At the present growth it is full on %s.', 'ultimate-multisite-serverpilot'),
                self::date($limit['fullAt'])
            );
        }
        return sprintf(
            /* translators: 1: date, 2: date */
            __('At the present growth 80 %% are reached on %1$s, and all on %2$s.', 'ultimate-multisite-serverpilot'),
            self::date($limit['nearlyAt']),
            self::date($limit['fullAt'])
        );
    }

    /** "2 hours ago", "3 days ago"; further back the date. */
    public static function ago(int $at): string
    {
        $seconds = time() - $at;
        if ($at <= 0 || $seconds > self::NEAR) {
            return self::date($at);
        }
        return $seconds < 60 ? __('just now', 'ultimate-multisite-serverpilot') : sprintf(
            /* translators: %s: "2 hours" */
            __('%s ago', 'ultimate-multisite-serverpilot'),
            human_time_diff($at)
        );
    }

    /** "in 4 minutes", "in 2 days"; further ahead the date. What is due is "now". */
    public static function in(int $at): string
    {
        $seconds = $at - time();
        if ($at <= 0 || $seconds > self::NEAR) {
            return self::date($at);
        }
        return $seconds <= 0 ? __('now', 'ultimate-multisite-serverpilot') : sprintf(
            /* translators: %s: "4 minutes" */
            __('in %s', 'ultimate-multisite-serverpilot'),
            human_time_diff($at)
        );
    }

    /** The date as the site writes it; a dash where the time is not known. */
    public static function date(int $at): string
    {
        return $at <= 0 ? '–' : (string) wp_date((string) get_option('date_format'), $at);
    }

    /** Date and time as the site writes them. */
    public static function time(int $at): string
    {
        $format = get_option('date_format') . ' ' . get_option('time_format');
        return $at <= 0 ? '–' : (string) wp_date($format, $at);
    }

    /** A name as people write it, where that is another form than the one in the app and this PHP knows it. */
    public static function unicode(string $name): ?string
    {
        if (!str_contains($name, 'xn--') || !function_exists('idn_to_utf8')) {
            return null;
        }
        $unicode = idn_to_utf8($name);
        return is_string($unicode) && $unicode !== $name ? $unicode : null;
    }

    /** Whether a search for this text finds the name, in either of its forms. */
    public static function matches(string $name, string $search): bool
    {
        $search = trim($search);
        $search = function_exists('mb_strtolower') ? mb_strtolower($search, 'UTF-8') : strtolower($search);
        return str_contains($name, $search) || str_contains((string) self::unicode($name), $search);
    }

    /** Of a distinguished name, what people know the issuer by. */
    private static function issuer(string $name): string
    {
        return preg_match('/(?:^|,\s*)O=("?)([^,"]+)\1/', $name, $found) === 1 ? $found[2] : $name;
    }

    private static function counted(string $group, int $count): string
    {
        return match ($group) {
            /* translators: %s: number of domains, as in "48 domains: 45 secure, 1 needs you" */
            DomainStatus::SECURE => _n('%s secure', '%s secure', $count, 'ultimate-multisite-serverpilot'),
            /* translators: %s: number of domains, as in "48 domains: 45 secure, 1 needs you" */
            DomainStatus::WAITING => _n('%s in progress', '%s in progress', $count, 'ultimate-multisite-serverpilot'),
            DomainStatus::CUSTOMER => _n(
                /* translators: %s: number of domains, as in "48 domains: 45 secure, 1 needs you" */
                '%s waiting for its DNS',
                '%s waiting for their DNS',
                $count,
                'ultimate-multisite-serverpilot'
            ),
            /* translators: %s: number of domains, as in "48 domains: 45 secure, 1 needs you" */
            DomainStatus::OPERATOR => _n('%s needs you', '%s need you', $count, 'ultimate-multisite-serverpilot'),
            DomainStatus::OVERDUE => _n(
                /* translators: %s: number of domains, as in "48 domains: 45 secure, 1 needs you" */
                '%s not checked lately',
                '%s not checked lately',
                $count,
                'ultimate-multisite-serverpilot'
            ),
            default => _n(
                /* translators: %s: number of domains, as in "48 domains: 45 secure, 1 needs you" */
                '%s not checked yet',
                '%s not checked yet',
                $count,
                'ultimate-multisite-serverpilot'
            ),
        };
    }
}
