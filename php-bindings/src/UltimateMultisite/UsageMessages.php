<?php

// What Exception\UsageException says of a call that was refused as made, in the reader's language: the credentials,
// settings and names that operators give. Must not quote a value.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class UsageMessages
{
    /**
     * Null where it is none of this release's.
     *
     * @param array<mixed> $arguments As UsageException::SENTENCE has them.
     */
    public static function told(array $arguments): ?string
    {
        ['operation' => $operation, 'problem' => $problem, 'must_be' => $mustBe]
            = array_filter($arguments, 'is_string')
            + ['operation' => '', 'problem' => '', 'must_be' => ''];
        [$problem, $mustBe] = [self::problem($problem), self::mustBe($mustBe)];
        return $problem === null || $mustBe === null ? null
            : sprintf('%s: %s.', $operation, sprintf($problem, $mustBe));
    }

    /** UsageException::PROBLEMS. */
    private static function problem(string $code): ?string
    {
        return match ($code) {
            /* translators: %s: what the value must be */
            'missing' => __('A value is missing: %s', 'ultimate-multisite-serverpilot'),
            /* translators: %s: what the value must be */
            'not_utf8' => __(
                'A text is not UTF-8; convert it, for example with mb_convert_encoding(): %s',
                'ultimate-multisite-serverpilot'
            ),
            /* translators: %s: what the value must be */
            'refused' => __('The library refused a value: %s', 'ultimate-multisite-serverpilot'),
            /* translators: %s: what the value must be */
            'refused_domain' => __('The library refused a domain name: %s', 'ultimate-multisite-serverpilot'),
            'not_configured' => __(
                'clientId, apiKey or appId is missing or empty in the configuration: without all three '
                    . 'only checkSsl() and checkSslMany() work',
                'ultimate-multisite-serverpilot'
            ),
            'cannot_start' => __(
                'This process cannot start the call just now, for example because it has no file '
                    . 'descriptors left (see `ulimit -n`); nothing was sent',
                'ultimate-multisite-serverpilot'
            ),
            'defect' => __(
                'The library met a defect of its own and caught it; nothing is left locked, and the same '
                    . 'call reads the list before it writes. Please report it with the library\'s version',
                'ultimate-multisite-serverpilot'
            ),
            'refused_call' => __('The library refused the call', 'ultimate-multisite-serverpilot'),
            default => null,
        };
    }

    /** UsageException::MUST_BE. */
    private static function mustBe(string $key): ?string
    {
        return match ($key) {
            'client_id' => __(
                'clientId and apiKey must be copied whole from ServerPilot\'s panel, Account → API; in '
                    . 'WordPress they are WU_SERVER_PILOT_CLIENT_ID and WU_SERVER_PILOT_API_KEY',
                'ultimate-multisite-serverpilot'
            ),
            'app_id' => __(
                'appId, in WordPress WU_SERVER_PILOT_APP_ID, must be the app\'s ID in ServerPilot, not '
                    . 'its name: letters and digits only. Open the app in ServerPilot\'s panel, the ID stands '
                    . 'in the page\'s address, after apps/ or app/',
                'ultimate-multisite-serverpilot'
            ),
            'base_url' => __(
                'baseUrl must be an https:// address without user or query; http:// is for loopback '
                    . 'addresses only',
                'ultimate-multisite-serverpilot'
            ),
            'ca_file' => __(
                'caFile must be the path of a readable PEM file with certificates in it',
                'ultimate-multisite-serverpilot'
            ),
            'proxy' => __('proxy must be the URL of an HTTP proxy', 'ultimate-multisite-serverpilot'),
            'user_agent' => __(
                'userAgent must be printable ASCII, at most 256 characters',
                'ultimate-multisite-serverpilot'
            ),
            'timeouts' => __(
                'connectMs, requestMs and totalMs must be milliseconds, or 0 for the default',
                'ultimate-multisite-serverpilot'
            ),
            'lock_dir' => __('lockDir must be the absolute path of a folder', 'ultimate-multisite-serverpilot'),
            'protect' => __('protect must be a list of domain names', 'ultimate-multisite-serverpilot'),
            'domain' => __(
                'domain must be a host name with at least two labels, such as "shop.example.com": no '
                    . 'scheme, port, path, wildcard or IP address',
                'ultimate-multisite-serverpilot'
            ),
            'flags' => __(
                'flags must be a sum of the constants WWW_ALWAYS or WWW_NEVER, NO_AUTOSSL and DRY_RUN',
                'ultimate-multisite-serverpilot'
            ),
            'options' => __(
                'options may have the keys connect_to ("ip:port"), port, timeout_ms, allow_addresses, '
                    . 'warn_days and dns_servers, for many domains concurrency, for a diagnosis http_port, each '
                    . 'with a value of its kind',
                'ultimate-multisite-serverpilot'
            ),
            'domains' => __('domains must be a list of at most 1,000 host names', 'ultimate-multisite-serverpilot'),
            'change' => __(
                'change must have add and/or remove, or else desired and owned, each a list of names, and '
                    . 'may have www ("auto", "always" or "never"), autossl and dry_run (true or false)',
                'ultimate-multisite-serverpilot'
            ),
            'action_id' => __(
                'actionId must be the ID of an action as ServerPilot gave it: letters and digits only',
                'ultimate-multisite-serverpilot'
            ),
            'timeout_ms' => __('timeoutMs must be milliseconds', 'ultimate-multisite-serverpilot'),
            'any' => __('every setting and argument must be of the documented kind', 'ultimate-multisite-serverpilot'),
            default => null,
        };
    }
}
