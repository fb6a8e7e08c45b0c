<?php

/*
 * An invalid call (1–19): the library sent nothing and returns no result, so the message that says how to fix it
 * is written here. Must not quote a value: a caller may have put a secret in the wrong place.
 */

declare(strict_types=1);

namespace ServerPilot\Exception;

use ServerPilot\Status;

final class UsageException extends ServerPilotException
{
    /** The code of its sentence; the arguments are "operation", "problem" and "must_be", keys of the two below. */
    public const SENTENCE = 'usage';

    /** What is wrong, in a sentence without a full stop; %s is what must be. */
    public const PROBLEMS = [
        'missing' => 'A value is missing: %s',
        'not_utf8' => 'A text is not UTF-8; convert it, for example with mb_convert_encoding(): %s',
        'refused' => 'The library refused a value: %s',
        'refused_domain' => 'The library refused a domain name: %s',
        'not_configured' => 'clientId, apiKey or appId is missing or empty in the configuration: without all three '
            . 'only checkSsl() and checkSslMany() work',
        'cannot_start' => 'This process cannot start the call just now, for example because it has no file '
            . 'descriptors left (see `ulimit -n`); nothing was sent',
        'defect' => 'The library met a defect of its own and caught it; nothing is left locked, and the same call '
            . 'reads the list before it writes. Please report it with the library\'s version',
        'refused_call' => 'The library refused the call',
    ];

    /** What each setting and argument must be, by the keys of Configuration::settings() and Library::call(). */
    public const MUST_BE = [
        'client_id' => 'clientId and apiKey must be copied whole from ServerPilot\'s panel, Account → API; in '
            . 'WordPress they are WU_SERVER_PILOT_CLIENT_ID and WU_SERVER_PILOT_API_KEY',
        'app_id' => 'appId, in WordPress WU_SERVER_PILOT_APP_ID, must be the app\'s ID in ServerPilot, not its name: '
            . 'letters and digits only. Open the app in ServerPilot\'s panel, the ID stands in the page\'s address, '
            . 'after apps/ or app/',
        'base_url' => 'baseUrl must be an https:// address without user or query; http:// is for loopback '
            . 'addresses only',
        'ca_file' => 'caFile must be the path of a readable PEM file with certificates in it',
        'proxy' => 'proxy must be the URL of an HTTP proxy',
        'user_agent' => 'userAgent must be printable ASCII, at most 256 characters',
        'timeouts' => 'connectMs, requestMs and totalMs must be milliseconds, or 0 for the default',
        'lock_dir' => 'lockDir must be the absolute path of a folder',
        'protect' => 'protect must be a list of domain names',
        'domain' => 'domain must be a host name with at least two labels, such as "shop.example.com": no scheme, '
            . 'port, path, wildcard or IP address',
        'flags' => 'flags must be a sum of the constants WWW_ALWAYS or WWW_NEVER, NO_AUTOSSL and DRY_RUN',
        'options' => 'options may have the keys connect_to ("ip:port"), port, timeout_ms, allow_addresses, '
            . 'warn_days and dns_servers, for many domains concurrency, for a diagnosis http_port, each with a value '
            . 'of its kind',
        'domains' => 'domains must be a list of at most 1,000 host names',
        'change' => 'change must have add and/or remove, or else desired and owned, each a list of names, and may '
            . 'have www ("auto", "always" or "never"), autossl and dry_run (true or false)',
        'action_id' => 'actionId must be the ID of an action as ServerPilot gave it: letters and digits only',
        'timeout_ms' => 'timeoutMs must be milliseconds',
        'any' => 'every setting and argument must be of the documented kind',
    ];

    /** The operations that write the list of domains. */
    private const WRITES = ['sync_domain', 'remove_domain', 'apply'];

    /**
     * @param int $status 1–19.
     * @param list<string> $arguments Names of the arguments that the call was given.
     * @param string|null $refused The setting of the configuration that was refused, if known.
     */
    public static function because(int $status, string $operation, array $arguments, ?string $refused): self
    {
        $suspect = $refused ?? self::suspect($status, $arguments);
        $mustBe = $suspect === 'api_key' ? 'client_id' : $suspect;
        $mustBe = isset(self::MUST_BE[$mustBe]) ? $mustBe : 'any';
        $problem = match (Status::tryFrom($status)) {
            Status::NullArgument => 'missing',
            Status::InvalidUtf8 => 'not_utf8',
            Status::InvalidArgument => 'refused',
            Status::InvalidDomain => 'refused_domain',
            Status::NotConfigured => 'not_configured',
            Status::State => 'cannot_start',
            Status::Panic => 'defect',
            default => 'refused_call',
        };
        return new self(
            sprintf('%s: %s.', $operation, sprintf(self::PROBLEMS[$problem], self::MUST_BE[$mustBe])),
            $status,
            applied: $status === Status::Panic->value && in_array($operation, self::WRITES, true) ? 'unknown' : null,
            sentences: [['code' => self::SENTENCE, 'arguments' => [
                'operation' => $operation,
                'problem' => $problem,
                'must_be' => $mustBe,
            ]]],
        );
    }

    /** For values that PHP itself must refuse, because C could not detect them: a NUL byte, a number out of range. */
    public static function unusable(string $operation, string $argument, string $why): self
    {
        $mustBe = self::MUST_BE[$argument === 'api_key' ? 'client_id' : $argument] ?? $argument;
        return new self(sprintf('%s: %s: %s.', $operation, $why, $mustBe), Status::InvalidArgument->value);
    }

    /** @param list<string> $arguments */
    private static function suspect(int $status, array $arguments): string
    {
        $order = match (Status::tryFrom($status)) {
            Status::InvalidDomain => ['domain', 'domains', 'change'],
            Status::InvalidUtf8 => ['domain', 'domains', 'change', 'action_id', 'options'],
            default => ['change', 'options', 'flags', 'domains', 'action_id', 'timeout_ms', 'domain'],
        };
        return current(array_intersect($order, $arguments)) ?: '';
    }
}
