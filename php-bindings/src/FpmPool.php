<?php

/*
 * The PHP-FPM pools of this machine: where one is configured, whether it allows FFI, and what to write where.
 * Must not change a file, and must not read anything of a pool but its name and ffi.enable.
 */

declare(strict_types=1);

namespace ServerPilot;

final class FpmPool
{
    /**
     * By the layout: where pools are, where a line of ours goes, where ini files go, and how PHP-FPM takes it up.
     * "%v" is PHP's version, "%p" the pool's name.
     *
     * ServerPilot: conf.d and the service are named in
     * https://serverpilot.io/docs/how-to-install-the-php-memcache-extension/; that an app's pool also reads
     * fpm-pools.d/APP.d/*.conf is not in its documentation, but in its customers' ("How to enable php
     * allow_url_include on ServerPilot", 2019). Debian and Ubuntu: the package php8.2-fpm. The last: Docker's image
     * `php`.
     */
    private const LAYOUTS = [
        [
            'pools' => '/etc/php%v-sp/fpm-pools.d/*.conf',
            'line' => '/etc/php%v-sp/fpm-pools.d/%p.d/ffi.conf',
            'ini' => '/etc/php%v-sp/conf.d/ffi.ini',
            'reload' => 'service php%v-fpm-sp restart',
        ],
        [
            'pools' => '/etc/php/%v/fpm/pool.d/*.conf',
            'line' => null,
            'ini' => '/etc/php/%v/fpm/conf.d/99-ffi.ini',
            'reload' => 'systemctl reload php%v-fpm',
        ],
        [
            'pools' => '/usr/local/etc/php-fpm.d/*.conf',
            'line' => null,
            'ini' => '/usr/local/etc/php/conf.d/ffi.ini',
            'reload' => 'kill -USR2 1',
        ],
    ];

    private function __construct(
        public readonly string $name,
        /** The version of PHP, for example "8.2"; "" where the layout has one PHP alone. */
        public readonly string $php,
        /** Where `php_admin_value[ffi.enable] = true` goes. */
        public readonly string $file,
        /** Where `ffi.enable = true` goes instead, for all pools of this PHP. */
        public readonly string $ini,
        public readonly string $reload,
        /** As its files say; null if they do not, and the php.ini decides. */
        public readonly ?bool $allows,
    ) {
    }

    /**
     * @param string $root For tests: the folder in which /etc and /usr are.
     *
     * @return list<self> Those whose files this PHP's user may read.
     */
    public static function all(string $root = ''): array
    {
        $pools = [];
        foreach (self::LAYOUTS as $layout) {
            $pattern = $root . $layout['pools'];
            // Silenced: with open_basedir, these folders are a warning.
            foreach (@glob(str_replace('%v', '[0-9].[0-9]*', $pattern)) ?: [] as $file) {
                $expression = strtr(preg_quote($pattern, '~'), ['%v' => '(\d\.\d+)', '\*' => '[^/]+']);
                $version = preg_match("~^$expression\$~", $file, $found) === 1 ? $found[1] ?? '' : '';
                foreach (self::sections($file) as $name => $text) {
                    $name = (string) $name;
                    $path = static fn (?string $of): string =>
                        strtr((string) $of, ['%v' => $version, '%p' => $name]);
                    $own = $root . $path($layout['line']);
                    $more = $layout['line'] === null ? [] : (@glob(dirname($own) . '/*.conf') ?: []);
                    $texts = array_map(static fn (string $path): string => (string) @file_get_contents($path), $more);
                    $pools[] = new self(
                        $name,
                        $version,
                        $layout['line'] === null ? $file : $own,
                        $root . $path($layout['ini']),
                        $path($layout['reload']),
                        self::setting(implode("\n", [$text, ...$texts])),
                    );
                }
            }
        }
        return $pools;
    }

    /** The pool that this process belongs to; null outside PHP-FPM, and where nobody knows. */
    public static function own(string $root = ''): ?self
    {
        // As php-fpm names its processes: "php-fpm: pool www".
        $title = (string) @file_get_contents('/proc/self/cmdline');
        if (PHP_SAPI !== 'fpm-fcgi' || preg_match('/^php-fpm: pool ([^\0]+)/', $title, $found) !== 1) {
            return null;
        }
        $series = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
        foreach (self::all($root) as $pool) {
            if ($pool->name === trim($found[1]) && ($pool->php === $series || $pool->php === '')) {
                return $pool;
            }
        }
        return null;
    }

    /** @return array<string, string> What stands in each pool's section, by its name. */
    private static function sections(string $file): array
    {
        $parts = preg_split('/^\s*\[([^\]]+)\]/m', (string) @file_get_contents($file), -1, PREG_SPLIT_DELIM_CAPTURE);
        $sections = [];
        for ($n = 1; $n < count($parts ?: []); $n += 2) {
            if ($parts[$n] !== 'global') {
                $sections[$parts[$n]] = $parts[$n + 1];
            }
        }
        return $sections;
    }

    private static function setting(string $text): ?bool
    {
        $line = '/^\s*php_(?:admin_)?(?:value|flag)\[ffi\.enable\]\s*=\s*"?(\w+)/m';
        if (preg_match_all($line, $text, $found) === 0) {
            return null;
        }
        return in_array(strtolower((string) end($found[1])), ['1', 'true', 'on', 'yes'], true);
    }
}
