<?php

/*
 * Examines this host: what PHP may do here, whether library and helper program work, which of the two the plugin
 * uses, and what would make it faster. Knows no WordPress, reads no setting of an app and asks no server anything.
 */

declare(strict_types=1);

namespace ServerPilot;

use ServerPilot\Exception\FfiUnavailable;

final class Doctor
{
    /** The program that exits with them is bin/doctor.php. */
    public const EXIT_GOOD = 0;
    public const EXIT_SLOWER = 1;
    public const EXIT_BROKEN = 2;

    private function __construct(private readonly ?string $libraryPath, private readonly ?string $helperPath)
    {
    }

    /**
     * All that was checked, in the order in which it depends on one another; the check with the code "way_…" says how
     * PHP reaches the library here, and its level is the worst that matters.
     *
     * @param string|null $libraryPath The only libserverpilot.so to try; null: the usual places.
     * @param string|null $helperPath The only helper program to try; null: the one of this release.
     *
     * @return list<DoctorCheck>
     */
    public static function examine(?string $libraryPath = null, ?string $helperPath = null): array
    {
        return (new self($libraryPath, $helperPath))->checks();
    }

    /** @param list<DoctorCheck> $checks */
    public static function exitCode(array $checks): int
    {
        $levels = array_map(static fn (DoctorCheck $check): string => $check->level, $checks);
        return match (true) {
            in_array(DoctorCheck::BROKEN, $levels, true) => self::EXIT_BROKEN,
            in_array(DoctorCheck::SLOWER, $levels, true) => self::EXIT_SLOWER,
            default => self::EXIT_GOOD,
        };
    }

    /** @return list<DoctorCheck> */
    private function checks(): array
    {
        $inside = $this->tried(fn (): Library => Native::load($this->libraryPath));
        $beside = $this->tried(fn (): Library => HelperProgram::locate($this->helperPath));
        $insideWorks = is_string($inside);
        $besideWorks = is_string($beside);
        $works = $insideWorks || $besideWorks;
        $checks = [$this->php(), $this->libc(), $this->ffi()];
        // What does not work is as bad as its effect: with the helper program it only costs time, and where the library
        // can be used inside PHP, the helper program is not needed.
        $checks[] = $insideWorks
            ? new DoctorCheck('library_inside', DoctorCheck::GOOD, ['version' => $inside])
            : self::refused($inside, $works ? DoctorCheck::SLOWER : DoctorCheck::BROKEN);
        $checks[] = $besideWorks
            ? new DoctorCheck('library_beside', DoctorCheck::GOOD, ['version' => $beside])
            : self::refused($beside, $works ? DoctorCheck::NOTE : DoctorCheck::BROKEN);
        $checks[] = match (true) {
            $insideWorks && $this->isPreloaded() => new DoctorCheck('way_preloaded', DoctorCheck::GOOD),
            $insideWorks => new DoctorCheck('way_inside', DoctorCheck::GOOD),
            $besideWorks => new DoctorCheck('way_beside', DoctorCheck::SLOWER),
            default => new DoctorCheck('way_none', DoctorCheck::BROKEN),
        };
        if (!$insideWorks && str_starts_with($inside->reason, 'not_allowed')) {
            array_push($checks, ...$this->allowHere());
        }
        if (PHP_SAPI === 'cli') {
            array_push($checks, ...$this->otherPools());
        }
        return $checks;
    }

    /**
     * Asks the library for its version, which takes no network and no credential.
     *
     * @param callable(): Library $load
     */
    private function tried(callable $load): string|FfiUnavailable
    {
        try {
            $answer = $load()->call(new Configuration(), 'version', []);
        } catch (FfiUnavailable $unavailable) {
            return $unavailable;
        }
        $version = $answer->document['version'] ?? null;
        if (!is_string($version)) {
            $why = $answer->document['message'] ?? Status::symbolOf($answer->status);
            return new FfiUnavailable('not_started', ['helper' => Release::path(Release::HELPER), 'why' => $why]);
        }
        return version_compare($version, Release::OLDEST_LIBRARY, '<')
            ? new FfiUnavailable('library_too_old', [
                'from' => Release::HELPER,
                'version' => $version,
                'needed' => Release::OLDEST_LIBRARY,
            ])
            : $version;
    }

    private static function refused(FfiUnavailable $unavailable, string $level): DoctorCheck
    {
        return new DoctorCheck($unavailable->reason, $level, $unavailable->details);
    }

    private function php(): DoctorCheck
    {
        return new DoctorCheck('php', DoctorCheck::NOTE, [
            'version' => PHP_VERSION,
            'sapi' => PHP_SAPI,
            'architecture' => ElfArchitecture::name(),
            'ini' => php_ini_loaded_file() ?: '-',
        ]);
    }

    private function libc(): DoctorCheck
    {
        return match (SystemLibc::kind()) {
            'musl' => new DoctorCheck('libc_musl', DoctorCheck::NOTE),
            'glibc' => new DoctorCheck('libc_glibc', DoctorCheck::NOTE, ['version' => SystemLibc::version() ?? '?']),
            default => new DoctorCheck('libc_unknown', DoctorCheck::NOTE),
        };
    }

    private function ffi(): DoctorCheck
    {
        if (!extension_loaded('ffi')) {
            $file = ini_get('extension_dir') . '/ffi.so';
            return @is_file($file)
                ? new DoctorCheck('extension_off', DoctorCheck::NOTE, ['file' => $file])
                : new DoctorCheck('extension_absent', DoctorCheck::NOTE);
        }
        return new DoctorCheck('extension_on', DoctorCheck::NOTE, [
            'setting' => ini_get('ffi.enable') ?: 'false',
            'preload' => ini_get('opcache.preload') ?: '-',
        ]);
    }

    /** With "preload", only preloaded code and the command line may use FFI. */
    private function isPreloaded(): bool
    {
        return ini_get('ffi.enable') === 'preload' && PHP_SAPI !== 'cli';
    }

    /** @return list<DoctorCheck> What to write where, so that this PHP may use the library inside. */
    private function allowHere(): array
    {
        $ini = php_ini_loaded_file() ?: 'php.ini';
        if (PHP_SAPI !== 'fpm-fcgi') {
            return [new DoctorCheck('allow_in_ini', DoctorCheck::SLOWER, ['ini' => $ini])];
        }
        $pool = FpmPool::own();
        return $pool === null
            ? [new DoctorCheck('allow_in_pool_somewhere', DoctorCheck::SLOWER, ['ini' => $ini])]
            : [self::pool('allow_in_pool', DoctorCheck::SLOWER, $pool)];
    }

    /**
     * The command line's PHP is not the web's: what PHP-FPM may do stands in its own files.
     *
     * @return list<DoctorCheck>
     */
    private function otherPools(): array
    {
        $pools = FpmPool::all();
        // On ServerPilot, whose pools are the apps: /srv/users/USER/apps/APP/.
        if (preg_match('~^/srv/users/[^/]+/apps/([^/]+)/~', __DIR__, $found) === 1) {
            $own = array_filter($pools, static fn (FpmPool $pool): bool => $pool->name === $found[1]);
            $pools = $own ?: $pools;
        }
        $checks = [new DoctorCheck('command_line', DoctorCheck::NOTE)];
        foreach ($pools as $pool) {
            $code = $pool->allows === true ? 'pool_allows' : 'allow_in_pool';
            $checks[] = self::pool($code, DoctorCheck::NOTE, $pool);
        }
        return $checks;
    }

    private static function pool(string $code, string $level, FpmPool $pool): DoctorCheck
    {
        return new DoctorCheck($code, $level, [
            'pool' => $pool->name,
            'php' => $pool->php === '' ? '-' : $pool->php,
            'file' => $pool->file,
            'ini' => $pool->ini,
            'reload' => $pool->reload,
        ]);
    }
}
