<?php

/*
 * Calls libserverpilot inside this PHP process. The only file of the project that uses FFI: preloaded by
 * opcache.preload it works with ffi.enable left at "preload", which allows FFI in preloaded files only.
 * Must not interpret a result, and must not be split: a call into FFI from any other file would be refused.
 */

declare(strict_types=1);

namespace ServerPilot;

use FFI;
use FFI\CData;
use SensitiveParameter;
use ServerPilot\Exception\FfiUnavailable;

/**
 * Keeps one native client per configuration for its own lifetime, so that later calls reuse the connection of
 * earlier ones.
 *
 * After pcntl_fork() the child may keep using the object; the library detects the new process.
 */
final class Native implements Library
{
    /** The ABI this file is written for; the library's sp_abi_version() must return the same. */
    private const ABI = 1;

    /** Also the FFI_SCOPE of the bare header, for `ffi.preload`. */
    private const SCOPE = 'serverpilot';

    /** The bare header, below the folder of the binding. */
    private const HEADER = '/serverpilot-ffi.h';

    /**
     * By the requested path. Static, because PHP unloads the library with the last reference to its FFI object,
     * and nothing obtained from it may be used after that.
     *
     * @var array<string, FFI>
     */
    private static array $loaded = [];

    private static ?string $digestKey = null;

    /** @var array<string, array{client: CData, process: int}> Native clients by the digest of their settings. */
    private array $clients = [];

    private function __construct(private readonly FFI $ffi)
    {
    }

    /**
     * @param string|null $libraryPath Load this file and no other. Null: what `ffi.preload` has loaded, else
     *     the one of this release (see Release), else what the system's loader finds.
     *
     * @throws FfiUnavailable With the line that fixes it.
     */
    public static function load(?string $libraryPath = null): self
    {
        if (!extension_loaded('ffi')) {
            throw new FfiUnavailable('no_extension', [
                'sapi' => PHP_SAPI,
                'version' => PHP_VERSION,
                'series' => PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION,
            ]);
        }
        // A class named in disable_classes still exists, without its methods.
        if (!method_exists(FFI::class, 'cdef')) {
            throw new FfiUnavailable('class_disabled', ['ini' => php_ini_loaded_file() ?: 'php.ini']);
        }
        $asked = $libraryPath ?? '';
        self::$loaded[$asked] ??= self::open($libraryPath);
        return new self(self::$loaded[$asked]);
    }

    public function call(Configuration $configuration, string $operation, array $arguments): RawResult
    {
        if ($operation === 'version') {
            return new RawResult(0, ['version' => $this->ffi->sp_version()]);
        }
        $client = $this->client($configuration);
        if ($client instanceof RawResult) {
            return $client;
        }
        $domain = $arguments['domain'] ?? '';
        $flags = $arguments['flags'] ?? 0;
        $json = [];
        foreach (['options', 'domains', 'change'] as $name) {
            $value = $arguments[$name] ?? null;
            // An empty PHP array would become a JSON list, where the library expects an object.
            $json[$name] = $value === null ? null : json_encode($name === 'domains' ? $value : (object) $value);
            if ($json[$name] === false) {
                $utf8 = json_last_error() === JSON_ERROR_UTF8;
                return new RawResult($utf8 ? Status::InvalidUtf8->value : Status::InvalidArgument->value, null);
            }
        }
        $ffi = $this->ffi;
        $result = $ffi->new('sp_result *');
        $out = FFI::addr($result);
        $status = match ($operation) {
            'sync_domain' => $ffi->sp_sync_domain($client, $domain, $flags, $out),
            'remove_domain' => $ffi->sp_remove_domain($client, $domain, $flags, $out),
            'enable_autossl' => $ffi->sp_enable_autossl($client, $out),
            'check_ssl' => $ffi->sp_check_ssl($client, $domain, $json['options'], $out),
            'check_ssl_many' => $ffi->sp_check_ssl_many($client, $json['domains'], $json['options'], $out),
            'diagnose' => $ffi->sp_diagnose($client, $domain, $json['options'], $out),
            'apply' => $ffi->sp_apply($client, $json['change'], $out),
            'inspect_app' => $ffi->sp_inspect_app($client, $out),
            'action_status' => $ffi->sp_action_status($client, $arguments['action_id'] ?? '', $out),
            'wait_action' => $ffi->sp_wait_action(
                $client,
                $arguments['action_id'] ?? '',
                $arguments['timeout_ms'] ?? 0,
                $out,
            ),
            default => Status::InvalidArgument->value,
        };
        if (FFI::isNull($result)) {
            return new RawResult($status, null);
        }
        // The string lives as long as the result; PHP copies a `const char *` immediately.
        $document = json_decode((string) $ffi->sp_result_json($result), true);
        $ffi->sp_result_free($result);
        return new RawResult($status, is_array($document) ? $document : null);
    }

    public function __destruct()
    {
        $process = self::process();
        foreach ($this->clients as ['client' => $client, 'process' => $owner]) {
            // Destructors also run in forked children, where this client still belongs to the parent.
            if ($owner === $process) {
                $this->ffi->sp_client_free($client);
            }
        }
        $this->clients = [];
    }

    /**
     * Shows no digest and no handle.
     *
     * @return array<string, mixed>
     */
    public function __debugInfo(): array
    {
        return ['clients' => count($this->clients)];
    }

    /** Two owners of one handle would free it twice. */
    private function __clone()
    {
    }

    /**
     * The native client of this configuration, created at first use and owned by this object.
     *
     * @return CData|RawResult A RawResult if a setting was refused; it names the setting.
     */
    private function client(Configuration $configuration): CData|RawResult
    {
        $settings = $configuration->settings();
        // Keyed with a random value, so that a leaked digest is useless.
        self::$digestKey ??= random_bytes(32);
        $digest = hash_hmac('sha256', serialize($settings), self::$digestKey);
        if (isset($this->clients[$digest])) {
            return $this->clients[$digest]['client'];
        }
        $config = $this->ffi->sp_config_new();
        try {
            foreach ($settings as $name => $value) {
                $status = $this->set($config, $name, $value, $settings);
                if ($status !== 0) {
                    return new RawResult($status, null, $name);
                }
            }
            $client = $this->ffi->new('sp_client *');
            $status = $this->ffi->sp_client_new($config, FFI::addr($client));
            if ($status !== 0) {
                return new RawResult($status, null);
            }
        } finally {
            // The client has its own copy; freeing this one wipes the key in it.
            $this->ffi->sp_config_free($config);
        }
        $this->clients[$digest] = ['client' => $client, 'process' => self::process()];
        return $client;
    }

    /** @param array<string, mixed> $settings */
    private function set(
        ?CData $config,
        string $name,
        #[SensitiveParameter] mixed $value,
        #[SensitiveParameter] array $settings,
    ): int {
        $ffi = $this->ffi;
        return match ($name) {
            'client_id' => $ffi->sp_config_set_credentials($config, $value, $settings['api_key'] ?? null),
            'api_key' => isset($settings['client_id']) ? 0 : $ffi->sp_config_set_credentials($config, null, $value),
            'app_id' => $ffi->sp_config_set_app_id($config, $value),
            'base_url' => $ffi->sp_config_set_base_url($config, $value),
            'ca_file' => $ffi->sp_config_set_ca_file($config, $value),
            'proxy' => $ffi->sp_config_set_proxy($config, $value),
            'user_agent' => $ffi->sp_config_set_user_agent($config, $value),
            'timeouts' => $ffi->sp_config_set_timeouts(
                $config,
                $value['connect_ms'],
                $value['request_ms'],
                $value['total_ms'],
            ),
            'lock_dir' => $ffi->sp_config_set_lock_dir($config, $value),
            'protect' => $this->protect($config, $value),
        };
    }

    /** @param list<string> $domains */
    private function protect(?CData $config, array $domains): int
    {
        foreach ($domains as $domain) {
            $status = $this->ffi->sp_config_protect_domain($config, $domain);
            if ($status !== 0) {
                return $status;
            }
        }
        return 0;
    }

    /** The ID of this process; 0 if disable_functions forbids getmypid(): then only the library's own check is left. */
    private static function process(): int
    {
        return function_exists('getmypid') ? (int) getmypid() : 0;
    }

    private static function open(?string $libraryPath): FFI
    {
        if ($libraryPath === null) {
            try {
                return self::checked(FFI::scope(self::SCOPE), 'ffi.preload');
            } catch (FFI\Exception) {
                // Nothing was preloaded, which is the usual case, or FFI is not allowed, which cdef() reports as well.
            }
        }
        // Silenced: the exception below explains it better, and a warning on every page view helps nobody.
        $header = @file_get_contents(dirname(__DIR__) . self::HEADER);
        if ($header === false) {
            throw new FfiUnavailable('header_missing', ['folder' => dirname(__DIR__)]);
        }
        $tried = [];
        $places = $libraryPath === null ? [Release::path(Release::LIBRARY), Release::SONAME] : [$libraryPath];
        foreach ($places as $path) {
            try {
                return self::checked(FFI::cdef($header, $path), $path);
            } catch (FFI\Exception $refusal) {
                if (str_contains($refusal->getMessage(), 'ffi.enable')) {
                    throw self::restricted($refusal);
                }
                if (!str_starts_with($refusal->getMessage(), 'Failed loading')) {
                    throw self::foreign($path, $refusal);
                }
                $tried[$path] = $refusal;
            }
        }
        throw self::notLoaded($tried);
    }

    /** The version is checked first: until then no other function's signature is certain. */
    private static function checked(FFI $ffi, string $from): FFI
    {
        $abi = $ffi->sp_abi_version();
        if ($abi !== self::ABI) {
            throw new FfiUnavailable('library_abi', ['from' => $from, 'abi' => $abi, 'needed' => self::ABI]);
        }
        $version = $ffi->sp_version();
        if (version_compare($version, Release::OLDEST_LIBRARY, '<')) {
            throw new FfiUnavailable('library_too_old', [
                'from' => $from,
                'version' => $version,
                'needed' => Release::OLDEST_LIBRARY,
            ]);
        }
        return $ffi;
    }

    private static function restricted(FFI\Exception $refusal): FfiUnavailable
    {
        $reason = match (PHP_SAPI) {
            'fpm-fcgi' => 'not_allowed_fpm',
            'apache2handler' => 'not_allowed_apache',
            'cli' => 'not_allowed_cli',
            default => 'not_allowed',
        };
        return new FfiUnavailable($reason, [
            'sapi' => PHP_SAPI,
            'setting' => ini_get('ffi.enable') ?: 'false',
            'ini' => php_ini_loaded_file() ?: 'php.ini',
        ], $refusal);
    }

    /** The file loads, but its functions are not those of the header. */
    private static function foreign(string $path, FFI\Exception $refusal): FfiUnavailable
    {
        try {
            $abi = FFI::cdef('uint32_t sp_abi_version(void);', $path)->sp_abi_version();
        } catch (FFI\Exception) {
            return new FfiUnavailable(
                'other_library',
                ['library' => $path, 'why' => $refusal->getMessage()],
                $refusal,
            );
        }
        return new FfiUnavailable('library_functions', [
            'library' => $path,
            'abi' => $abi,
            'needed' => self::ABI,
            'why' => $refusal->getMessage(),
        ], $refusal);
    }

    /**
     * PHP does not pass on the loader's message, so the usual reasons are checked here.
     *
     * @param array<string, FFI\Exception> $tried At least one, by path.
     */
    private static function notLoaded(array $tried): FfiUnavailable
    {
        // Silenced: with open_basedir, checking a file outside of it raises a warning.
        $there = array_filter(array_keys($tried), static fn (string $path): bool => @is_file($path));
        $path = current($there) ?: (string) array_key_first($tried);
        $refusal = $tried[$path];
        if ($there === []) {
            return self::missing($tried, $refusal);
        }
        if (!is_readable($path)) {
            return new FfiUnavailable('library_unreadable', ['library' => $path], $refusal);
        }
        if (SystemLibc::kind() === 'musl') {
            $series = PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
            return new FfiUnavailable('musl', ['library' => $path, 'series' => $series], $refusal);
        }
        $mismatch = ElfArchitecture::mismatch($path, $refusal);
        if ($mismatch !== null) {
            return $mismatch;
        }
        $mount = Mount::forbidsExecution($path);
        if ($mount !== null) {
            return new FfiUnavailable('noexec', [
                'file' => $path,
                'mount' => $mount,
                'soname' => Release::SONAME,
            ], $refusal);
        }
        $needed = SystemLibc::neededBy($path);
        $has = SystemLibc::version();
        if ($needed !== null && $has !== null && version_compare($needed, $has, '>')) {
            return new FfiUnavailable('glibc_too_old', [
                'library' => $path,
                'needed' => $needed,
                'has' => $has,
            ], $refusal);
        }
        return new FfiUnavailable('not_loaded', ['library' => $path], $refusal);
    }

    /** @param array<string, FFI\Exception> $tried */
    private static function missing(array $tried, FFI\Exception $refusal): FfiUnavailable
    {
        $bundled = Release::path(Release::LIBRARY);
        $others = isset($tried[$bundled]) ? Release::others(Release::LIBRARY) : [];
        return $others === []
            ? new FfiUnavailable('library_missing', [
                'tried' => implode(', ', array_keys($tried)),
                'bundled' => $bundled,
                'soname' => Release::SONAME,
            ], $refusal)
            : new FfiUnavailable('other_release', [
                'file' => Release::LIBRARY,
                'version' => Release::VERSION,
                'found' => implode(', ', $others),
            ], $refusal);
    }
}
