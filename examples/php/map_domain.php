<?php

/*
 * Maps one domain on a ServerPilot app from PHP, without WordPress.
 *
 *     SP_CLIENT_ID=… SP_API_KEY=… SP_APP_ID=… php map_domain.php shop.example.org
 *
 * Exits with 0 if the domain is mapped, 75 if the same command may succeed later, 1 if somebody has to do something.
 */

declare(strict_types=1);

use ServerPilot\Configuration;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\ServerPilot;

require __DIR__ . '/../../php-bindings/autoload.php';

if ($argc !== 2) {
    fwrite(STDERR, "usage: php map_domain.php DOMAIN\n");
    exit(64);
}
try {
    $serverPilot = new ServerPilot(
        new Configuration(
            clientId: getenv('SP_CLIENT_ID') ?: null,
            apiKey: getenv('SP_API_KEY') ?: null,
            appId: getenv('SP_APP_ID') ?: null,
            // For a test server.
            baseUrl: getenv('SP_BASE_URL') ?: null,
            caFile: getenv('SP_CA_FILE') ?: null,
        ),
        // A release has library and helper program with it; these are for those of a build.
        ServerPilot::choose(getenv('SERVERPILOT_LIB') ?: null, getenv('SERVERPILOT_HELPER') ?: null),
    );
    echo $serverPilot->syncDomain($argv[1])->message, "\n";
} catch (ServerPilotException $problem) {
    fwrite(STDERR, "$problem->statusName: {$problem->getMessage()}\n");
    exit($problem->retryable ? 75 : 1);
}
