<?php

/*
 * Shows what the library does, step by step. With SP_CONTROL (the fake's control plane) it goes through the whole
 * life of a mapped domain; without it the app is real, and the demonstration only reads and plans.
 * Must not write to anything but the fake.
 *
 * From the environment: SP_CLIENT_ID, SP_API_KEY, SP_APP_ID; SERVERPILOT_LIB for a library that is not installed;
 * for the fake also SP_BASE_URL, SP_CA_FILE, SP_CONTROL, SP_SITE. The argument is the name to plan for.
 */

declare(strict_types=1);

use ServerPilot\Configuration;
use ServerPilot\Exception\RuleException;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Exception\ServiceException;
use ServerPilot\Native;
use ServerPilot\Result\Result;
use ServerPilot\ServerPilot;
use ServerPilotTests\Support\Demonstration;

require __DIR__ . '/bootstrap.php';

$given = static fn (string $name): ?string => getenv($name) === false ? null : getenv($name);
$show = new Demonstration();

foreach (['SP_CLIENT_ID', 'SP_API_KEY', 'SP_APP_ID'] as $name) {
    if ($given($name) === null) {
        fwrite(STDERR, "$name is not set. `make demo` sets it for the fake; for a real app, export it yourself.\n");
        exit(2);
    }
}
$configured = static fn (?string $apiKey): Configuration => new Configuration(
    clientId: $given('SP_CLIENT_ID'),
    apiKey: $apiKey,
    appId: $given('SP_APP_ID'),
    baseUrl: $given('SP_BASE_URL'),
    caFile: $given('SP_CA_FILE'),
);

$failure = null;
try {
    $library = ServerPilot::choose($given('SERVERPILOT_LIB'));
    $client = new ServerPilot($configured($given('SP_API_KEY')), $library);
    $where = $library instanceof Native ? 'in this process' : 'in the helper program';
    $version = $client->version() === null ? '' : ' ' . $client->version();

    if ($given('SP_CONTROL') === null) {
        $domain = $argv[1] ?? 'dry-run.example.org';
        $show->title('ServerPilot, app ' . $given('SP_APP_ID') . ", libserverpilot$version $where");
        $show->remark('This is a real account: everything below reads and plans, nothing is written.');

        $show->step('Inspect the app');
        $app = $client->inspectApp();
        $show->line('answer', $app->message);
        $show->line('server', $app->serverAddress ?? 'address not known');
        $show->line('AutoSSL', "mode $app->sslMode, certificate ready: " . ($app->autosslAvailable ? 'yes' : 'no'));
        foreach (array_chunk($app->domains, 4) as $n => $some) {
            $show->line($n === 0 ? 'list' : '', implode('  ', $some));
        }
        $show->outcome(['read only' => !$app->changed]);

        $show->step("Preview mapping $domain");
        $plan = $client->syncDomain($domain, ServerPilot::DRY_RUN);
        $show->line('answer', $plan->message);
        $show->line('would add', implode('  ', $plan->added) ?: 'nothing');
        $show->outcome(['a plan' => $plan->dryRun, 'nothing written' => !$plan->changed]);
        exit($show->end());
    }

    $control = static function (string $method, string $path, array $body = []) use ($given): array {
        $context = stream_context_create(['http' => [
            'method' => $method,
            'header' => 'Content-Type: application/json',
            'content' => (string) json_encode($body),
            'timeout' => 10,
        ]]);
        $answer = json_decode((string) @file_get_contents($given('SP_CONTROL') . $path, false, $context), true);
        if (!is_array($answer)) {
            fwrite(STDERR, "The fake does not answer at {$given('SP_CONTROL')}$path.\n");
            exit(2);
        }
        return $answer;
    };
    // Read from the fake itself, not from what the library says about it.
    $list = static fn (): array => $control('GET', '/control/state')['app']['domains'];
    $tell = static function (Result $result) use ($show, $list): void {
        $show->line('answer', $result->message);
        $requests = $result->requests === 1 ? '1 request' : "$result->requests requests";
        $show->line('cost', "$requests, $result->elapsedMs ms");
        $show->line('list', implode('  ', $list()));
    };
    $same = static fn (array $one, array $other): bool => array_diff($one, $other) === array_diff($other, $one);

    $show->title("A fake ServerPilot, app {$given('SP_APP_ID')}, libserverpilot$version $where");
    // The real service answers in any order; here people read the list.
    $control('POST', '/control/settings', ['order' => 'as_sent']);
    $before = $list();
    $show->line('list', implode('  ', $before));

    $show->step('Map shop.example.org');
    $result = $client->syncDomain('shop.example.org');
    $tell($result);
    $show->outcome([
        'the name is in the list' => in_array('shop.example.org', $list(), true),
        'no www for a subdomain' => $result->added === ['shop.example.org'],
        'read and written once' => $result->requests === 2,
    ]);

    $show->step('Map it again');
    $result = $client->syncDomain('shop.example.org');
    $tell($result);
    $show->outcome(['nothing to do' => !$result->changed, 'read only' => $result->requests === 1]);

    $show->step('Map bakery-example.net, a registrable domain');
    $result = $client->syncDomain('bakery-example.net');
    $tell($result);
    $show->outcome([
        'www is included' => $result->added === ['bakery-example.net', 'www.bakery-example.net'],
        'AutoSSL is pending' => $result->autosslState === 'pending',
    ]);

    $show->step('Enable AutoSSL at once');
    try {
        $tell($client->enableAutossl());
        $refusal = null;
    } catch (RuleException $refusal) {
        $show->line('answer', "{$refusal->statusName}: {$refusal->getMessage()}");
        $show->line('list', implode('  ', $list()));
    }
    $show->outcome([
        'no certificate is ready yet' => $refusal?->statusName === 'SP_ERR_AUTOSSL_UNAVAILABLE',
        'worth another try' => $refusal?->retryable === true,
    ]);

    $show->step('Advance the clock by 10 minutes');
    $control('POST', '/control/clock', ['advance_s' => 600]);
    $app = $client->inspectApp();
    $show->line('answer', $app->message);
    $show->line('AutoSSL', 'a certificate is ready for ' . implode(', ', $app->autosslDomains));
    $show->line('list', implode('  ', $list()));
    $show->outcome(['a certificate is ready for all names' => $same($list(), $app->autosslDomains)]);

    $show->step('Enable AutoSSL');
    $result = $client->enableAutossl();
    $tell($result);
    $show->outcome(['it is on' => $result->state === 'enabled']);

    $show->step('Check the certificate served for shop.example.org');
    $certificate = $client->checkSsl('shop.example.org', ['connect_to' => (string) $given('SP_SITE')]);
    $show->line('answer', $certificate->message);
    $show->line('issuer', $certificate->issuer ?? 'not known');
    $show->line('valid', ($certificate->daysLeft ?? 0) . " more days, $certificate->tlsVersion");
    $show->line('list', implode('  ', $list()));
    $show->outcome([
        'a browser would accept it' => $certificate->valid === true,
        'it is the one ServerPilot installed' => $certificate->servedIsServerpilots === true,
    ]);

    $show->step('Remove shop.example.org, from the middle of the list');
    $result = $client->removeDomain('shop.example.org');
    $tell($result);
    $show->outcome([
        'the name is gone' => $result->removed === ['shop.example.org'],
        'all others are still there, in their order'
            => $list() === [...$before, 'bakery-example.net', 'www.bakery-example.net'],
    ]);

    $show->step('Ask with a wrong key');
    $unchanged = $list();
    try {
        $stranger = new ServerPilot($configured('not-the-key'), $library);
        $tell($stranger->syncDomain('shop.example.org'));
        $refusal = null;
    } catch (ServiceException $refusal) {
        $show->line('answer', "{$refusal->statusName}: {$refusal->getMessage()}");
        $show->line('list', implode('  ', $list()));
    }
    $show->outcome([
        'refused by name' => $refusal?->statusName === 'SP_ERR_AUTH',
        'nothing written' => $refusal?->applied === 'no' && $list() === $unchanged,
    ]);
} catch (ServerPilotException $failure) {
    $show->line('failed', "{$failure->statusName}: {$failure->getMessage()}");
    $show->outcome(['no failure here' => false]);
}
exit($show->end());
