<?php

/*
 * The programs that people see first, run unchanged: the demonstration and the README's example.
 * Must not depend on how they work; it reads what they print and what they ask of the fake.
 */

declare(strict_types=1);

namespace ServerPilotTests\Integration;

use ServerPilotTests\Support\Builds;
use ServerPilotTests\Support\FakeServerPilotTestCase;
use ServerPilotTests\Support\TemporaryFolder;

final class DemoTest extends FakeServerPilotTestCase
{
    private const DEMO = __DIR__ . '/../demo.php';

    private const README = __DIR__ . '/../../../php-bindings/README.md';

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

    public function testTheExampleOfTheReadmeRuns(): void
    {
        $readme = (string) file_get_contents(self::README);
        self::assertSame(1, preg_match('/^```php\n(<\?php\n.*?)^```$/ms', $readme, $found), 'no example in README.md');
        $example = $found[1];
        $ready = self::fake()->ready;
        // Only two changes: where the classes are, and that the fake is asked.
        $changes = [
            "require __DIR__ . '/autoload.php';" => "require '" . realpath(dirname(self::README)) . "/autoload.php';",
            "appId: getenv('SP_APP_ID') ?: null," => "appId: getenv('SP_APP_ID') ?: null,"
                . "baseUrl: '{$ready['api']}', caFile: '{$ready['ca_file']}',",
        ];
        foreach ($changes as $from => $to) {
            self::assertSame(1, substr_count($example, $from), "the example has no line $from");
            $example = str_replace($from, $to, $example);
        }
        $folder = new TemporaryFolder();
        // Like an installed library, which the loader finds by name.
        symlink(Builds::library(), $folder->path . '/libserverpilot.so.1');
        $script = $folder->write('example.php', $example);
        [$exit, $output] = self::started([PHP_BINARY, $script], ['LD_LIBRARY_PATH' => $folder->path]);
        $folder->remove();
        self::assertSame(0, $exit, $output);
        self::assertStringContainsString('Added shop.example.org', $output);
        self::assertContains('shop.example.org', self::fake()->domains());
    }
}
