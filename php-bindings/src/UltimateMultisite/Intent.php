<?php

// What the WordPress network says should be: reads mappings and sites, past every cache.
// May not ask ServerPilot anything, nor change anything.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Intent
{
    private const PAGE = 500;

    /** @return string[] Every name that should be in the app's list, oldest first. */
    public static function desired(): array
    {
        self::forgetCached();
        $names = [];
        $network = self::networkDomain();
        foreach (self::mapped() as $name) {
            $names[] = $name;
            // A sub-site below the network's own domain gets no www: that name hardly ever has DNS, and one
            // name without DNS keeps the whole app from its certificate.
            if (!str_ends_with($name, '.' . $network) && self::wantsWww($name)) {
                $names[] = 'www.' . $name;
            }
        }
        return array_values(array_unique([...$names, ...self::siteHosts()]));
    }

    /** @return string[] Names that are never removed: those without which nobody reaches the network. */
    public static function protected(): array
    {
        $main = get_site(get_main_site_id());
        $names = [self::networkDomain(), self::normal($main === null ? '' : (string) $main->domain)];
        return array_values(array_unique(array_filter(
            $names,
            static fn (string $name) => str_contains($name, '.') && filter_var($name, FILTER_VALIDATE_IP) === false
        )));
    }

    /** Ultimate Multisite's own setting decides. */
    public static function wantsWww(string $name): bool
    {
        $manager = 'WP_Ultimo\Managers\Domain_Manager';
        if (!class_exists($manager) || !method_exists($manager, 'should_create_www_subdomain')) {
            return false;
        }
        return (bool) $manager::get_instance()->should_create_www_subdomain($name);
    }

    /** The form in which names are compared here. What a name may look like is the library's business. */
    public static function normal(string $name): string
    {
        $name = preg_replace('/:\d+$/', '', rtrim(trim($name), '.')) ?? '';
        return function_exists('mb_strtolower') ? mb_strtolower($name, 'UTF-8') : strtolower($name);
    }

    private static function networkDomain(): string
    {
        $network = get_network();
        return self::normal($network === null ? '' : (string) $network->domain);
    }

    /**
     * Active as the operator set it, whatever the stage: a name has to be at ServerPilot before its DNS
     * and its certificate can be right. Of a site that is there: where Ultimate Multisite's domain mapping is
     * switched off, it leaves the mappings of a deleted site behind.
     *
     * @return string[]
     */
    private static function mapped(): array
    {
        if (!function_exists('wu_get_domains')) {
            return [];
        }
        global $wpdb;
        $sites = self::read(static fn () => $wpdb->get_col("SELECT blog_id FROM {$wpdb->blogs}"));
        $sites = array_flip(array_map('intval', $sites));
        $names = [];
        for ($page = 0;; $page++) {
            $found = self::read(static fn () => wu_get_domains([
                'active' => 1,
                'number' => self::PAGE,
                'offset' => $page * self::PAGE,
                'orderby' => 'id',
                'order' => 'ASC',
            ]));
            foreach ($found as $mapping) {
                if (isset($sites[(int) $mapping->get_blog_id()])) {
                    $names[] = self::normal((string) $mapping->get_domain());
                }
            }
            if (count($found) < self::PAGE) {
                return array_filter($names, static fn (string $name) => $name !== '');
            }
        }
    }

    /** @return string[] Hosts of the sub-sites, where the network runs on sub-domains. */
    private static function siteHosts(): array
    {
        global $wpdb;
        $own = self::protected();
        $hosts = self::read(static fn () => $wpdb->get_col($wpdb->prepare(
            "SELECT DISTINCT domain FROM {$wpdb->blogs} WHERE site_id = %d AND blog_id <> %d ORDER BY domain",
            get_current_network_id(),
            get_main_site_id()
        )));
        return array_diff(array_filter(array_map([self::class, 'normal'], $hosts)), $own);
    }

    /**
     * WordPress gives an empty list where the database did not answer. Taken for "nothing is mapped", that would
     * take every name out of the app. Ultimate Multisite's query (BerlinDB's) even adds it to the cache, and where
     * the cache outlives the process, the next look would find it there without an error: nothing is added.
     *
     * @return array<mixed>
     */
    private static function read(callable $do): array
    {
        global $wpdb;
        $wpdb->last_error = '';
        $suspended = wp_suspend_cache_addition();
        wp_suspend_cache_addition(true);
        try {
            $found = $do();
        } finally {
            wp_suspend_cache_addition($suspended);
        }
        if ($wpdb->last_error !== '' || !is_array($found)) {
            throw new NotDone(__(
                'WordPress\'s database did not say which domains this network has, so nothing was changed.',
                'ultimate-multisite-serverpilot'
            ));
        }
        return $found;
    }

    private static function forgetCached(): void
    {
        if (function_exists('wp_cache_supports') && wp_cache_supports('flush_runtime')) {
            wp_cache_flush_runtime();
        } elseif (!wp_using_ext_object_cache()) {
            wp_cache_flush();
        }
    }
}
