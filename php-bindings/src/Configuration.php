<?php

/*
 * Which app of which account, and how to reach ServerPilot: an immutable value.
 * Must not reveal its secrets, however a PHP object is printed, and reads neither environment nor constants.
 */

declare(strict_types=1);

namespace ServerPilot;

use LogicException;
use SensitiveParameter;
use WeakMap;

final class Configuration
{
    /**
     * The settings of every live configuration, secrets included. They are kept outside the objects,
     * because var_export() and an (array) cast show private properties, whatever __debugInfo() returns.
     *
     * @var WeakMap<self, array<string, mixed>>|null
     */
    private static ?WeakMap $settings = null;

    /**
     * Nothing is checked here, so that no exception can carry the secrets in its trace; the library refuses
     * unusable settings at the first call.
     *
     * @param string|null $clientId With the API key, from the account's settings in ServerPilot's panel. Secret.
     * @param string|null $apiKey Grants full access to the account. Secret.
     * @param string|null $appId Letters and digits. Without these three only checkSsl() and checkSslMany() work.
     * @param string|null $baseUrl Null: https://api.serverpilot.io/v1. Plain http only for a loopback address.
     * @param string|null $caFile A PEM file with certificates to trust in addition to the system's.
     * @param string|null $proxy URL of an HTTP proxy; the environment is not read. May hold a password. Secret.
     * @param string|null $userAgent Added to the library's own User-Agent, for example "my-network/1.4".
     * @param int $connectMs Milliseconds to connect, 0 for the default of 5,000.
     * @param int $requestMs Milliseconds for one request, 0 for the default of 10,000.
     * @param int $totalMs Milliseconds for a whole call, waits and retries included, 0 for the default of 20,000.
     * @param string|null $lockDir Folder of the lock files. Null: a private folder of this user.
     * @param array<string> $protect Names that are never removed from the app.
     */
    public function __construct(
        #[SensitiveParameter] ?string $clientId = null,
        #[SensitiveParameter] ?string $apiKey = null,
        public readonly ?string $appId = null,
        public readonly ?string $baseUrl = null,
        public readonly ?string $caFile = null,
        #[SensitiveParameter] ?string $proxy = null,
        public readonly ?string $userAgent = null,
        public readonly int $connectMs = 0,
        public readonly int $requestMs = 0,
        public readonly int $totalMs = 0,
        public readonly ?string $lockDir = null,
        public readonly array $protect = [],
    ) {
        $timeouts = ['connect_ms' => $connectMs, 'request_ms' => $requestMs, 'total_ms' => $totalMs];
        self::$settings ??= new WeakMap();
        self::$settings[$this] = array_filter([
            'client_id' => $clientId,
            'api_key' => $apiKey,
            'app_id' => $appId,
            'base_url' => $baseUrl,
            'ca_file' => $caFile,
            'proxy' => $proxy,
            'user_agent' => $userAgent,
            'timeouts' => array_filter($timeouts) === [] ? null : $timeouts,
            'lock_dir' => $lockDir,
            'protect' => $protect === [] ? null : array_values($protect),
        ], static fn (mixed $value): bool => $value !== null);
    }

    /**
     * A copy with some settings changed, for example with(totalMs: 60_000). Takes the constructor's
     * parameters by name, and PHP refuses any other. What is not given stays; null takes a text back to its default.
     *
     * @param array<string>|null $protect Null: they stay.
     */
    public function with(
        #[SensitiveParameter] string|null|false $clientId = false,
        #[SensitiveParameter] string|null|false $apiKey = false,
        string|null|false $appId = false,
        string|null|false $baseUrl = false,
        string|null|false $caFile = false,
        #[SensitiveParameter] string|null|false $proxy = false,
        string|null|false $userAgent = false,
        ?int $connectMs = null,
        ?int $requestMs = null,
        ?int $totalMs = null,
        string|null|false $lockDir = false,
        ?array $protect = null,
    ): self {
        // Each by name, not as one variadic: PHP's traces would show that one's secrets.
        $settings = $this->settings();
        return new self(
            clientId: $clientId === false ? $settings['client_id'] ?? null : $clientId,
            apiKey: $apiKey === false ? $settings['api_key'] ?? null : $apiKey,
            appId: $appId === false ? $this->appId : $appId,
            baseUrl: $baseUrl === false ? $this->baseUrl : $baseUrl,
            caFile: $caFile === false ? $this->caFile : $caFile,
            proxy: $proxy === false ? $settings['proxy'] ?? null : $proxy,
            userAgent: $userAgent === false ? $this->userAgent : $userAgent,
            connectMs: $connectMs ?? $this->connectMs,
            requestMs: $requestMs ?? $this->requestMs,
            totalMs: $totalMs ?? $this->totalMs,
            lockDir: $lockDir === false ? $this->lockDir : $lockDir,
            protect: $protect ?? $this->protect,
        );
    }

    /**
     * Every setting that was given, **secrets included**, in the library's own spelling and order. For the two
     * implementations of Library only: the array must not reach a log, a message or a function that can throw.
     *
     * @return array{client_id?: string, api_key?: string, app_id?: string, base_url?: string, ca_file?: string,
     *     proxy?: string, user_agent?: string, timeouts?: array{connect_ms: int, request_ms: int, total_ms: int},
     *     lock_dir?: string, protect?: list<string>}
     */
    public function settings(): array
    {
        return self::$settings[$this] ?? [];
    }

    /**
     * What var_dump() and print_r() show.
     *
     * @return array<string, mixed>
     */
    public function __debugInfo(): array
    {
        $shown = $this->settings();
        foreach (['client_id', 'api_key', 'proxy'] as $secret) {
            if (isset($shown[$secret])) {
                $shown[$secret] = '(hidden)';
            }
        }
        return $shown;
    }

    /** @return never A serialized configuration would put secrets into a file, a cache or a session. */
    public function __serialize(): array
    {
        throw new LogicException('A ServerPilot configuration holds secrets and cannot be serialized.');
    }

    /** @param array<mixed> $data */
    public function __unserialize(array $data): void
    {
        throw new LogicException('A ServerPilot configuration holds secrets and cannot be unserialized.');
    }

    /** A clone would lack its settings; with() makes a copy that has them. */
    private function __clone()
    {
    }
}
