<?php

/*
 * This library from PHP, through FFI, as one client of the comparison: serverpilot.php OPERATION COUNT.
 * Without SP_CLIENT_ID for certificates: with it, a check also asks ServerPilot about the name.
 */

declare(strict_types=1);

use ServerPilot\Configuration;
use ServerPilot\Native;
use ServerPilot\ServerPilot;

require __DIR__ . '/measure.php';
require dirname(__DIR__, 2) . '/php-bindings/autoload.php';

measure(
    static fn (): ServerPilot => new ServerPilot(new Configuration(
        clientId: getenv('SP_CLIENT_ID') ?: null,
        apiKey: getenv('SP_API_KEY') ?: null,
        appId: getenv('SP_APP_ID') ?: null,
        baseUrl: getenv('SP_BASE_URL') ?: null,
        caFile: (string) getenv('SP_CA_FILE'),
    ), Native::load((string) getenv('SERVERPILOT_LIB'))),
    static function (ServerPilot $serverPilot, string $operation, int $count): void {
        $flags = ServerPilot::WWW_NEVER;
        $names = static fn (string $prefix): array => array_map(
            static fn (int $n): string => "$prefix$n.example.org",
            range(0, $count - 1),
        );
        match ($operation) {
            'present' => array_map(
                static fn () => $serverPilot->syncDomain('present.example.org', $flags),
                range(1, $count),
            ),
            'add' => array_map(static fn (string $name) => $serverPilot->syncDomain($name, $flags), $names('name')),
            'remove' => array_map(
                static fn (string $name) => $serverPilot->removeDomain($name, $flags),
                $names('name'),
            ),
            'at-once' => $serverPilot->apply(['add' => $names('name'), 'www' => 'never']),
            'certificates' => array_map(
                static fn ($certificate) => $certificate->valid ?: exit("$certificate->domain: $certificate->reason\n"),
                $serverPilot->checkSslMany($names('n'), json_decode((string) getenv('CHECK_OPTIONS'), true)),
            ),
        };
    },
);
