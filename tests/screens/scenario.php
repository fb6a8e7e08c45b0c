<?php

// Brings the test network into one of the situations that the page shows, and prints what a browser needs to see it:
// scenario.php <name> [number] [settings]. What is remembered is written as a run would have written it; must not run in any
// other network than that of tests/wordpress/environment.

declare(strict_types=1);

use ServerPilot\Tests\WordPress\Support\Network;

require __DIR__ . '/../wordpress/suite/Support/FakeServerPilot.php';
require __DIR__ . '/../wordpress/suite/Support/Network.php';

const DAY = 86400;
const ADDRESS = '203.0.113.5';

$name = $argv[1] ?? '';
$number = (int) ($argv[2] ?? 40);
$settings = json_decode($argv[3] ?? '{}', true, 8, JSON_THROW_ON_ERROR);
$network = new Network();
$network->sapi = 'ffi';
$network->restore();
$network->fake->reset();
$network->configure($network->lines()[0], $settings);
$now = time();

/** @param array<string, mixed> $seen */
$check = static fn (array $seen = []): array => $seen + [
    'at' => $now - 3600, 'since' => $now - 12 * DAY, 'dns' => 'found', 'valid' => true, 'reason' => 'ok',
    'issuer' => 'CN=R11, O=Let\'s Encrypt, C=US', 'expires' => $now + 62 * DAY, 'isServerPilots' => true,
    'isListed' => true,
];
$bad = ['valid' => false, 'reason' => 'hostname_mismatch', 'issuer' => '', 'expires' => 0, 'isServerPilots' => false];
$diagnosed = static fn (string $cause, string $move, string $advice, string $detail): array => ['diagnosis' => [
    'at' => $now - 3600, 'cause' => $cause, 'move' => $move, 'advice' => $advice, 'evidence' => [
        ['check' => 'serverpilot', 'outcome' => 'good', 'detail' => 'ServerPilot answered.'],
        ['check' => 'dns', 'outcome' => 'good', 'detail' => 'Public DNS has addresses for the name.'],
        ['check' => 'ipv4_address', 'outcome' => 'bad', 'detail' => $detail],
        ['check' => 'caa', 'outcome' => 'unknown', 'detail' => 'The CAA records could not be read.'],
        ['check' => 'certificate', 'outcome' => 'skipped', 'detail' => 'Not checked: an earlier check has to be good first.'],
    ],
]];
$elsewhere = $diagnosed(
    'wrong_address',
    'customer',
    'Set the A record to the server\'s address, ' . ADDRESS . '; it is 198.51.100.7 now.',
    'The A record is 198.51.100.7, and leads elsewhere.'
);

/** @var array<string, array<string, mixed>|null> $domains Name => what was seen of it; null: nothing. */
$domains = [];
$change = [];
if ($name === 'states') {
    $domains = [
        'secure.example' => $check(),
        'expiring.example' => $check(['expires' => $now + 9 * DAY]),
        'new.example' => null,
        'young.example' => $check($bad + ['since' => $now - 3600]),
        'nodns.example' => $check(['dns' => 'no_such_name', 'valid' => null, 'reason' => 'dns_failure'] + $bad),
        'held-nodns.example' => $check(['dns' => 'no_address', 'valid' => null, 'reason' => 'dns_failure'] + $bad),
        'noroom.example' => null,
        'bad_name.example' => null,
        'elsewhere.example' => $check($bad + $elsewhere),
        'closed.example' => $check(['valid' => null, 'reason' => 'timeout'] + $bad),
        'expired.example' => $check(['reason' => 'expired', 'expires' => $now - 3 * DAY] + $bad),
        'unseen.example' => null,
        'elses.example' => $check(),
        'xn--bcher-kva.example' => $check(),
        'waits-for-serverpilot.example' => $check($bad + $diagnosed('serverpilot_failing', 'serverpilot', 'Wait.', 'x')),
    ];
    $change = [
        'held' => [
            'held-nodns.example' => ['reason' => 'no_dns', 'since' => $now - 2 * DAY],
            'noroom.example' => ['reason' => 'no_room', 'since' => $now - DAY],
            'bad_name.example' => ['reason' => 'invalid_domain', 'since' => $now - 40 * DAY],
        ],
        'foreign' => ['elses.example' => true],
        'without' => ['new.example', 'elses.example', 'held-nodns.example', 'noroom.example', 'bad_name.example'],
        'also' => ['www.secure.example', 'gone.example'],
    ];
} elseif (in_array($name, ['many', 'brake', 'safe', 'full', 'job', 'customer'], true)) {
    for ($i = 1; $i <= $number; $i++) {
        $domains["shop$i.example"] = $check($name === 'customer' && $i === 1 ? $bad + $elsewhere : []);
    }
    $gone = array_map(static fn (int $i): string => "gone$i.example", range(1, 30));
    $change = match ($name) {
        'brake' => ['brake' => ['count' => 30, 'since' => $now - 3600], 'also' => $gone],
        'full' => [
            'domains' => ['count' => 300, 'limit' => 300],
            'held' => array_fill_keys(['shop1.example', 'shop2.example'], ['reason' => 'no_room', 'since' => $now - DAY]),
            'without' => ['shop1.example', 'shop2.example'],
        ],
        default => [],
    };
}

if ($name === 'setup' || $name === 'nothing') {
    $network->step('map', ['domains' => ['shop.example']]);
    $missing = ['constants' => ['WU_SERVER_PILOT_API_KEY' => null]];
    $network->configure($network->lines()[0], $settings + ($name === 'nothing' ? $missing : []));
} elseif ($name === 'fresh' || $name === 'foreign') {
    // Nothing of it written: the network as it is, and the app as the fake has it.
    $network->step('play', ['steps' => [['enable', []], ['run_queue', []]]]);
    $names = array_map(static fn (int $i): string => "shop$i.example", range(1, max(1, $number)));
    if ($name === 'foreign') {
        $network->fake->app(['domains' => ['network.test', ...$names]]);
    }
    $network->step('map', ['domains' => $names]);
    $name === 'foreign' ? $network->step('run_queue') : $network->step('clear_queue');
} else {
    $network->step('play', ['steps' => [['enable', []], ['run_queue', []]]]);
    if ($domains !== []) {
        $network->step('map', ['domains' => array_keys($domains)]);
    }
    // What waits in the queue would change what the page is to show.
    $network->step('clear_queue');
    $state = $network->step('state');
    $managed = array_diff([...array_keys($domains), ...$change['also'] ?? []], $change['without'] ?? []);
    $state = array_intersect_key($change, $state) + [
        'managed' => $managed === [] ? (object) [] : array_fill_keys(array_values($managed), true),
        'domains' => ['count' => count($managed) + 1, 'limit' => 300],
        'autossl' => ['state' => 'on', 'since' => $now - 30 * DAY, 'at' => $now - 3600, 'error' => null],
        'audit' => ['at' => $now - 3600, 'bad' => []],
        'synced' => ['at' => $now - 7200] + $state['synced'],
        'nextAt' => $now + 15 * 3600, 'checkAt' => 0, 'checks' => 0, 'startedAt' => 0,
    ] + $state;
    $network->step('state', ['write' => json_encode($state)]);
    $network->step('checks', ['write' => [
        'version' => 1,
        'checks' => (object) array_filter($domains + ['network.test' => $check()]),
        'job' => $name !== 'job' ? null
            : ['total' => count($domains), 'left' => array_slice(array_keys($domains), 2), 'at' => 0],
        'app' => ['id' => $network->environment['fake']['app_id'], 'name' => 'wordpress', 'server' => 'srv1',
            'address' => ADDRESS, 'at' => $now - 3600],
    ]]);
}
if ($name === 'safe') {
    $network->configure($network->lines()[0], $settings + ['constants' => ['WP_ENVIRONMENT_TYPE' => 'staging']]);
}
$login = $network->step('login', ['user' => 'operator', 'nonces' => []]);
echo json_encode(['cookies' => $login['cookies'], 'port' => $network->environment['ports']['ffi']]);
