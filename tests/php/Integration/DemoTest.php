<?php

/*
 * The demonstration, which people see first, run unchanged.
 * Must not depend on how it works; it reads what it prints and what it asks of the fake.
 */

declare(strict_types=1);

namespace ServerPilotTests\Integration;

use ServerPilotTests\Support\Builds;
use ServerPilotTests\Support\FakeServerPilotTestCase;

final class DemoTest extends FakeServerPilotTestCase
{
    private const DEMO = __DIR__ . '/../demo.php';

    /**
     * @param list<string> $command
     * @param array<string, string> $more
     *
     * @return array{int, string}
     */
    private static function started(array $command, array $more): array
    {
        $ready = self::fake()->ready;
        $environment = $more + [
            'SP_CLIENT_ID' => $ready['client_id'],
            'SP_API_KEY' => $ready['api_key'],
            'SP_APP_ID' => $ready['app_id'],
            'SERVERPILOT_LIB' => Builds::library(),
            'PATH' => (string) getenv('PATH'),
        ];
        $pipes = [];
        $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipes, null, $environment);
        self::assertIsResource($process);
        $output = (string) stream_get_contents($pipes[1]);
        self::assertStringNotContainsString($ready['api_key'], $output);
        self::assertStringNotContainsString($ready['client_id'], $output);
        return [proc_close($process), $output];
    }

    public function testTheDemonstrationComesOutAsItShould(): void
    {
        $ready = self::fake()->ready;
        [$exit, $output] = self::started([PHP_BINARY, self::DEMO], [
            'SP_BASE_URL' => $ready['api'],
            'SP_CA_FILE' => $ready['ca_file'],
            'SP_CONTROL' => $ready['control'],
            'SP_SITE' => $ready['site'],
        ]);
        self::assertSame(0, $exit, $output);
        self::assertStringContainsString('All 9 steps came out as they should.', $output);
        self::assertStringNotContainsString('WRONG', $output);
        self::assertStringNotContainsString("\e[", $output, 'colours are for terminals');
    }

    public function testWithoutAControlPlaneTheDemonstrationReadsOnly(): void
    {
        $ready = self::fake()->ready;
        [$exit, $output] = self::started([PHP_BINARY, self::DEMO, 'plan-example.org'], [
            'SP_BASE_URL' => $ready['api'],
            'SP_CA_FILE' => $ready['ca_file'],
        ]);
        self::assertSame(0, $exit, $output);
        self::assertStringContainsString('nothing is written', $output);
        self::assertStringContainsString('plan-example.org  www.plan-example.org', $output);
        self::assertSame(['GET'], array_values(array_unique(array_column(self::fake()->requests(), 'method'))));
    }

    public function testTheDemonstrationNoticesAWrongOutcome(): void
    {
        $ready = self::fake()->ready;
        self::fake()->set(['domains' => [self::NETWORK, 'shop.example.org']]);
        [$exit, $output] = self::started([PHP_BINARY, self::DEMO], [
            'SP_BASE_URL' => $ready['api'],
            'SP_CA_FILE' => $ready['ca_file'],
            'SP_CONTROL' => $ready['control'],
            'SP_SITE' => $ready['site'],
        ]);
        self::assertSame(1, $exit, $output);
        self::assertStringContainsString('not so: read and written once', $output);
    }
}
