<?php

// What the WordPress network says should be in the app, read past every cache. Must not ask ServerPilot anything,
// nor change anything.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Facts;
use ServerPilot\Controller\Identity;
use Throwable;

final class DesiredDomains
{
    /**
     * @param list<string> $events Why somebody wants to know; see Facts.
     * @param bool $asIfEnabled For a preview before the integration is enabled; never for a run.
     */
    public static function facts(array $events, bool $asIfEnabled = false): Facts
    {
        $blocked = Connection::blocked($asIfEnabled);
        /**
         * Filters whether names that have no address in public DNS may be left out of the app while they keep its
         * certificate from coming. They come back as soon as they have one.
         *
         * @param bool $mayHold
         */
        $mayHold = (bool) apply_filters('serverpilot_hold_names_without_dns', true);
        return new Facts(
            identity: self::identity(),
            own: self::own(),
            mapped: $blocked === null ? self::mapped() : [],
            hosts: $blocked === null ? self::hosts() : [],
            www: self::www(),
            events: $events,
            blocked: $blocked,
            mayHold: $mayHold,
            unverified: $blocked === null ? Verification::count() : 0,
            sapi: PHP_SAPI,
            jitter: random_int(0, 1000) / 1000,
        );
    }

    /** Which app, which network and which kind of machine this is now. */
    public static function identity(): Identity
    {
        $environment = wp_get_environment_type();
        if (defined('SERVERPILOT_TREAT_AS_PRODUCTION') && SERVERPILOT_TREAT_AS_PRODUCTION) {
            $environment = 'production';
        }
        // Not as text: whoever copies a database replaces the domain in every row of it, and so in the state.
        $network = hash('sha256', self::networkDomain());
        return new Identity(Connection::credential(Connection::APP_ID), $network, $environment);
    }

    /** The form in which names are compared. Whether it is a name at all is the library's business. */
    public static function normal(string $name): string
    {
        $name = preg_replace('/:\d+$/', '', rtrim(trim($name), '.')) ?? '';
        $name = function_exists('mb_strtolower') ? mb_strtolower($name, 'UTF-8') : strtolower($name);
        if (preg_match('/[^\x00-\x7f]/', $name) !== 1) {
            return $name;
        }
        // WordPress's own, which every PHP has: another one on the command line would see another name.
        foreach (['WpOrg\Requests\IdnaEncoder', 'Requests_IDNAEncoder'] as $encoder) {
            if (class_exists($encoder)) {
                try {
                    return strtolower((string) $encoder::encode($name));
                } catch (Throwable) {
                    return $name;
                }
            }
        }
        return $name;
    }

    /** @return list<string> */
    private static function own(): array
    {
        $main = get_site(get_main_site_id());
        $names = [self::networkDomain(), self::normal($main === null ? '' : (string) $main->domain)];
        return array_values(array_unique(array_filter(
            $names,
            static fn (string $name) => str_contains($name, '.') && filter_var($name, FILTER_VALIDATE_IP) === false
        )));
    }

    private static function networkDomain(): string
    {
        $network = get_network();
        return self::normal($network === null ? '' : (string) $network->domain);
    }

    /**
     * Active as the operator set it, whatever the stage: a name has to be at ServerPilot before its DNS and its
     * certificate can be right. Of a site that is there: where Ultimate Multisite's domain mapping is switched off, it
     * leaves the mappings of a deleted site behind.
     *
     * @return list<string>
     */
    private static function mapped(): array
    {
        global $wpdb;
        return self::names(Database::rows(
            'SELECT m.domain AS name FROM ' . Verification::mappings() . " AS m
            JOIN {$wpdb->blogs} AS b ON b.blog_id = m.blog_id
            WHERE m.active = 1 AND b.site_id = %d ORDER BY m.id",
            [get_current_network_id()]
        ));
    }

    /**
     * By Ultimate Multisite's column, in UTC as WordPress writes it.
     *
     * @return list<int> When each active domain was mapped; of one that does not say, nothing.
     */
    public static function mappedAt(): array
    {
        $times = [];
        $sql = 'SELECT date_created AS created FROM ' . Verification::mappings() . ' WHERE active = %d';
        foreach (Database::rows($sql, [1]) as $row) {
            $times[] = (int) strtotime((string) $row['created'] . ' UTC');
        }
        return array_values(array_filter($times, static fn (int $at): bool => $at > 0));
    }

    /** @return list<string> */
    private static function hosts(): array
    {
        global $wpdb;
        return self::names(Database::rows(
            "SELECT DISTINCT domain AS name FROM {$wpdb->blogs} WHERE site_id = %d AND blog_id <> %d ORDER BY domain",
            [get_current_network_id(), get_main_site_id()]
        ));
    }

    /**
     * @param list<array<string, string|null>> $rows
     * @return list<string>
     */
    private static function names(array $rows): array
    {
        $names = array_map(static fn (array $row) => self::normal((string) $row['name']), $rows);
        return array_values(array_unique(array_filter($names, static fn (string $name) => $name !== '')));
    }

    /**
     * "Always" means registrable names here: the www of anything else hardly ever has DNS, and one name without DNS
     * keeps the whole app from its certificate.
     */
    private static function www(): string
    {
        $manager = 'WP_Ultimo\Managers\Domain_Manager';
        $hasWww = class_exists($manager) && method_exists($manager, 'should_create_www_subdomain')
            && $manager::get_instance()->should_create_www_subdomain('example.com');
        /**
         * Filters which mapped domains bring their www along: "auto" (registrable ones, by the public-suffix list),
         * "never" or "always".
         *
         * @param string $www What Ultimate Multisite's setting comes to.
         */
        $www = apply_filters('serverpilot_www', $hasWww ? 'auto' : 'never');
        return in_array($www, ['auto', 'never', 'always'], true) ? $www : 'auto';
    }
}
