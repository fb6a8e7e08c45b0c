<?php

// What the doctor has checked, in words: for the command line, for WordPress, in the reader's language.
// Must not check anything. bin/doctor.php, which has no WordPress, defines its own __().

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\DoctorCheck;
use ServerPilot\Exception\FfiUnavailable;
use Throwable;

final class DoctorMessages
{
    /** One or two sentences, not escaped. */
    public static function of(DoctorCheck $check): string
    {
        if (!isset(FfiUnavailable::REASONS[$check->code])) {
            return vsprintf(self::own($check->code), array_values($check->details));
        }
        return self::refusal($check->code, $check->details);
    }

    /**
     * The sentence of a FfiUnavailable; null where it is none of this release's.
     *
     * @param array<mixed> $arguments As FfiUnavailable::SENTENCE has them.
     */
    public static function told(array $arguments): ?string
    {
        ['reason' => $reason, 'details' => $details] = $arguments + ['reason' => null, 'details' => null];
        if (!is_string($reason) || !isset(FfiUnavailable::REASONS[$reason]) || !is_array($details)) {
            return null;
        }
        try {
            return self::refusal($reason, $details);
        } catch (Throwable) {
            // Another release had other details.
            return null;
        }
    }

    /** @param array<mixed> $details Of "neither", the reasons and details of both. */
    private static function refusal(string $reason, array $details): string
    {
        if ($reason === 'neither') {
            [$inside, $cure] = self::words(...$details['inside']);
            [$beside] = self::words(...$details['beside']);
            $details = [$inside, $beside, $cure];
        }
        return vsprintf(
            /* translators: 1: what is missing, a sentence without full stop, 2: what to write or run */
            __('%1$s. Cure: %2$s', 'ultimate-multisite-serverpilot'),
            self::words($reason, $details)
        );
    }

    /**
     * @param array<int|string> $details
     * @return array<string>
     */
    private static function words(string $reason, array $details): array
    {
        return array_map(
            static fn (string $text): string => vsprintf($text, array_values($details)),
            self::unavailable($reason)
        );
    }

    /**
     * How PHP reaches the library here, and what makes it faster or lets it work.
     *
     * @param list<DoctorCheck> $checks Of the doctor.
     */
    public static function way(array $checks): string
    {
        $ways = array_filter($checks, static fn (DoctorCheck $one): bool => str_starts_with($one->code, 'way_'));
        // What is not allowed says less than the line that allows it, which comes as a check of its own.
        $rest = array_filter($checks, static fn (DoctorCheck $one): bool =>
            in_array($one->level, [DoctorCheck::SLOWER, DoctorCheck::BROKEN], true)
            && !str_starts_with($one->code, 'way_') && !str_starts_with($one->code, 'not_allowed'));
        $sentences = array_map(self::of(...), [...$ways, ...$rest]);
        return implode(' ', array_map(static fn (string $one): string => rtrim($one, '.') . '.', $sentences));
    }

    /**
     * The sentences of FfiUnavailable::REASONS.
     *
     * @return array{string, string}
     */
    public static function unavailable(string $reason): array
    {
        return match ($reason) {
            'no_extension' => [
                /* translators: 1: kind of PHP, 2: version of PHP */
                __('The extension ffi is not loaded in this PHP (%1$s, %2$s)', 'ultimate-multisite-serverpilot'),
                /* translators: 3: version of PHP, as in php8.2-common */
                __(
                    '`extension=ffi` in its php.ini (Debian, Ubuntu: `apt-get install php%3$s-common && phpenmod '
                        . 'ffi`)',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'class_disabled' => [
                __('The class FFI is switched off in this PHP', 'ultimate-multisite-serverpilot'),
                /* translators: %1$s: path of php.ini */
                __('take `FFI` out of `disable_classes` in %1$s', 'ultimate-multisite-serverpilot'),
            ],
            'not_allowed_fpm' => [
                /* translators: 1: kind of PHP, 2: value of ffi.enable */
                __('This PHP (%1$s) does not allow FFI here: ffi.enable is %2$s', 'ultimate-multisite-serverpilot'),
                __(
                    '`php_admin_value[ffi.enable] = true` in the file of this one pool, then reload PHP-FPM',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'not_allowed_apache' => [
                /* translators: 1: kind of PHP, 2: value of ffi.enable */
                __('This PHP (%1$s) does not allow FFI here: ffi.enable is %2$s', 'ultimate-multisite-serverpilot'),
                __(
                    '`php_admin_value ffi.enable true` in this one virtual host, then reload Apache',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'not_allowed_cli' => [
                /* translators: 1: kind of PHP, 2: value of ffi.enable */
                __('This PHP (%1$s) does not allow FFI here: ffi.enable is %2$s', 'ultimate-multisite-serverpilot'),
                __(
                    '`php -d ffi.enable=true …`, or `ffi.enable = preload` in the php.ini of the CLI',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'not_allowed' => [
                /* translators: 1: kind of PHP, 2: value of ffi.enable */
                __('This PHP (%1$s) does not allow FFI here: ffi.enable is %2$s', 'ultimate-multisite-serverpilot'),
                /* translators: 3: path of php.ini */
                __('`ffi.enable = true` in %3$s, then restart PHP', 'ultimate-multisite-serverpilot'),
            ],
            'header_missing' => [
                __(
                    'The header serverpilot-ffi.h is missing beside the binding\'s classes or cannot be read',
                    'ultimate-multisite-serverpilot'
                ),
                /* translators: %1$s: path of a folder */
                __(
                    'install php-bindings anew as a whole, and let this PHP\'s user read %1$s',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'library_missing' => [
                /* translators: %1$s: paths of files */
                __('The library was not found: %1$s', 'ultimate-multisite-serverpilot'),
                /* translators: 2: path of a file, 3: name of a file */
                __(
                    '`install -D libserverpilot.so %2$s`, or `install libserverpilot.so /usr/local/lib/%3$s && '
                        . 'ldconfig`',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'helper_missing' => [
                /* translators: %1$s: path of a file */
                __('The helper program is not at %1$s', 'ultimate-multisite-serverpilot'),
                /* translators: %1$s: path of a file */
                __('`install -D -m 755 serverpilot-helper %1$s`', 'ultimate-multisite-serverpilot'),
            ],
            'other_release' => [
                /* translators: 1: name of a file, 2: version, 3: version or versions */
                __(
                    'The PHP files are of version %2$s, and %1$s beside them is of version %3$s',
                    'ultimate-multisite-serverpilot'
                ),
                /* translators: 2: version */
                __(
                    'install version %2$s anew as a whole: delete the folder, then unpack the zip',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'library_unreadable' => [
                /* translators: %1$s: path of a file */
                __('The library %1$s cannot be read by this PHP\'s user', 'ultimate-multisite-serverpilot'),
                /* translators: %1$s: path of a file */
                __('`chmod 755 %1$s`', 'ultimate-multisite-serverpilot'),
            ],
            'helper_not_executable' => [
                /* translators: %1$s: path of a file */
                __('The helper program %1$s is not executable', 'ultimate-multisite-serverpilot'),
                /* translators: %1$s: path of a file */
                __('`chmod 755 %1$s`', 'ultimate-multisite-serverpilot'),
            ],
            'no_binary' => [
                /* translators: %1$s: path of a file */
                __('The file %1$s is no Linux binary', 'ultimate-multisite-serverpilot'),
                /* translators: 2: architecture */
                __('install the release for %2$s', 'ultimate-multisite-serverpilot'),
            ],
            'other_architecture' => [
                /* translators: 1: path of a file, 2: architecture, 3: architecture */
                __('The file %1$s is for %3$s, and this PHP is %2$s', 'ultimate-multisite-serverpilot'),
                /* translators: 2: architecture */
                __('install the release for %2$s', 'ultimate-multisite-serverpilot'),
            ],
            'musl' => [
                /* translators: %1$s: path of a file */
                __(
                    'This PHP is built on musl, which cannot load the glibc library %1$s',
                    'ultimate-multisite-serverpilot'
                ),
                /* translators: 2: version of PHP */
                __(
                    'use a PHP on glibc, for example the image `php:%2$s-fpm` instead of `-fpm-alpine`',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'glibc_too_old' => [
                /* translators: 1: path of a file, 2: version of glibc, 3: version of glibc */
                __('The library %1$s needs glibc %2$s, and this system has %3$s', 'ultimate-multisite-serverpilot'),
                /* translators: 3: version of glibc */
                __('install a release that is built for glibc %3$s or older', 'ultimate-multisite-serverpilot'),
            ],
            'noexec' => [
                /* translators: 1: path of a file, 2: path of a mounted file system */
                __(
                    'Nothing can be run or loaded from %1$s, because %2$s is mounted noexec',
                    'ultimate-multisite-serverpilot'
                ),
                /* translators: 2: path of a mounted file system, 3: name of a file */
                __(
                    '`mount -o remount,exec %2$s`, or allow FFI and `install libserverpilot.so /usr/local/lib/%3$s; '
                        . 'ldconfig`',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'not_loaded' => [
                /* translators: %1$s: path of a file */
                __('The system\'s loader refuses the library %1$s', 'ultimate-multisite-serverpilot'),
                /* translators: %1$s: path of a file */
                __(
                    '`ldd -r %1$s` names the reason; then install a release that fits this system',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'not_started' => [
                /* translators: 1: path of a file, 2: what PHP says */
                __('The helper program %1$s cannot be started (%2$s)', 'ultimate-multisite-serverpilot'),
                /* translators: %1$s: path of a file */
                __('run `%1$s </dev/null` as this PHP\'s user: it names the reason', 'ultimate-multisite-serverpilot'),
            ],
            'functions_disabled' => [
                /* translators: %1$s: names of functions */
                __(
                    'This PHP cannot start the helper program, because %1$s is switched off',
                    'ultimate-multisite-serverpilot'
                ),
                /* translators: 2: names of functions, 3: path of php.ini */
                __('take %2$s out of `disable_functions` in %3$s', 'ultimate-multisite-serverpilot'),
            ],
            'library_too_old' => [
                /* translators: 1: path of a file, 2: version, 3: version */
                __(
                    'The library from %1$s is version %2$s, and this binding needs %3$s or later',
                    'ultimate-multisite-serverpilot'
                ),
                __(
                    'install library and php-bindings from the same release; then reload PHP-FPM',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'library_abi' => [
                /* translators: 1: path of a file, 2: number, 3: number */
                __(
                    'The library from %1$s has ABI version %2$s, and this binding needs %3$s',
                    'ultimate-multisite-serverpilot'
                ),
                __('take library and php-bindings from the same release', 'ultimate-multisite-serverpilot'),
            ],
            'library_functions' => [
                /* translators: 1: path of a file, 2: number, 3: number, 4: what PHP says */
                __(
                    'The library %1$s has ABI version %2$s with other functions than this binding (ABI %3$s): '
                        . '%4$s',
                    'ultimate-multisite-serverpilot'
                ),
                __('take library and php-bindings from the same release', 'ultimate-multisite-serverpilot'),
            ],
            'other_library' => [
                /* translators: 1: path of a file, 2: what PHP says */
                __('The library %1$s is not libserverpilot: %2$s', 'ultimate-multisite-serverpilot'),
                __('take library and php-bindings from the same release', 'ultimate-multisite-serverpilot'),
            ],
            'helper_abi' => [
                /* translators: 1: number, 2: number */
                __('The helper program has ABI %1$s, and this binding needs %2$s', 'ultimate-multisite-serverpilot'),
                __('take helper program and php-bindings from the same release', 'ultimate-multisite-serverpilot'),
            ],
            'helper_library' => [
                '%1$s',
                __(
                    'put helper program and `libserverpilot.so` of the same release into the same folder',
                    'ultimate-multisite-serverpilot'
                ),
            ],
            'neither' => [
                /* translators: 1: sentence without full stop, 2: sentence without full stop */
                __('%1$s; nor can the helper program do it: %2$s', 'ultimate-multisite-serverpilot'),
                '%3$s',
            ],
        };
    }

    private static function own(string $code): string
    {
        return match ($code) {
            /* translators: 1: version of PHP, 2: kind of PHP, 3: architecture, 4: path of php.ini */
            'php' => __('PHP %1$s (%2$s) for %3$s; settings from %4$s.', 'ultimate-multisite-serverpilot'),
            /* translators: %1$s: version */
            'libc_glibc' => __('glibc %1$s.', 'ultimate-multisite-serverpilot'),
            'libc_musl' => __('musl instead of glibc.', 'ultimate-multisite-serverpilot'),
            'libc_unknown' => __(
                'This PHP\'s C library is not known, because /proc cannot be read.',
                'ultimate-multisite-serverpilot'
            ),
            /* translators: 1: value of a setting, 2: path of a file */
            'extension_on' => __(
                'The extension ffi is loaded; ffi.enable is %1$s, opcache.preload is %2$s.',
                'ultimate-multisite-serverpilot'
            ),
            /* translators: %1$s: path of a file */
            'extension_off' => __(
                'The extension ffi is installed in %1$s and not loaded.',
                'ultimate-multisite-serverpilot'
            ),
            'extension_absent' => __(
                'The extension ffi is not installed for this PHP.',
                'ultimate-multisite-serverpilot'
            ),
            /* translators: %1$s: version */
            'library_inside' => __(
                'The library works inside this PHP; it is version %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            /* translators: %1$s: version */
            'library_beside' => __(
                'The helper program works; its library is version %1$s.',
                'ultimate-multisite-serverpilot'
            ),
            'way_inside' => __('This PHP calls the library directly.', 'ultimate-multisite-serverpilot'),
            'way_preloaded' => __(
                'This PHP calls the library directly, by preloaded classes.',
                'ultimate-multisite-serverpilot'
            ),
            'way_beside' => __(
                'This PHP uses the helper program: it does the same, some milliseconds slower a call.',
                'ultimate-multisite-serverpilot'
            ),
            'way_none' => __(
                'This PHP reaches the library in no way, so nothing can be synced from here.',
                'ultimate-multisite-serverpilot'
            ),
            'command_line' => __(
                'This is the PHP of the command line; that of the web has settings of its own.',
                'ultimate-multisite-serverpilot'
            ),
            /* translators: 1: name of a pool, 2: version */
            'pool_allows' => __('Pool %1$s of PHP-FPM %2$s allows FFI.', 'ultimate-multisite-serverpilot'),
            /* translators: 1: name of a pool, 2: version, 3: path of a file, 4: path of a file, 5: command */
            'allow_in_pool' => __(
                'To let pool %1$s of PHP-FPM %2$s call the library directly, write '
                    . '`php_admin_value[ffi.enable] = true` into %3$s (or, for all pools, `ffi.enable = true` into '
                    . '%4$s), then run `%5$s`.',
                'ultimate-multisite-serverpilot'
            ),
            /* translators: %1$s: path of a file */
            'allow_in_pool_somewhere' => __(
                'To let this PHP call the library directly, write `php_admin_value[ffi.enable] = true` into '
                    . 'the file of this PHP-FPM pool (or, for all pools, `ffi.enable = true` into %1$s), then '
                    . 'reload PHP-FPM.',
                'ultimate-multisite-serverpilot'
            ),
            /* translators: %1$s: path of a file */
            'allow_in_ini' => __(
                'To let this PHP call the library directly, write `ffi.enable = true` into %1$s, then restart '
                    . 'it.',
                'ultimate-multisite-serverpilot'
            ),
        };
    }
}
