<?php

/*
 * What the library says of a real answer, the plugin says in the reader's language, whatever ServerPilot answers. Must
 * not check single messages: LibraryMessagesTest has all of them.
 */

declare(strict_types=1);

namespace ServerPilotTests\Integration;

use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Result\Result;
use ServerPilot\ServerPilot;
use ServerPilot\UltimateMultisite\LibraryMessages;
use ServerPilotTests\Support\FakeServerPilotTestCase;
use ServerPilotTests\Support\Translation;

require_once dirname(__DIR__) . '/Support/translate.php';

final class LanguagesTest extends FakeServerPilotTestCase
{
    /** @var list<string> Codes that were met. */
    private array $codes = [];

    protected function tearDown(): void
    {
        Translation::$by = null;
    }

    public function testWhatServerPilotCausesIsSaidInTheReadersLanguage(): void
    {
        $faults = [[]];
        foreach ([301, 400, 401, 402, 403, 404, 409, 418, 429, 500, 503] as $code) {
            $faults[] = ['kind' => 'status', 'code' => $code, 'times' => null];
        }
        foreach (['garbage', 'close_during_answer', 'invalid_json', 'echo_secrets', 'answer_other_list'] as $kind) {
            $faults[] = ['kind' => $kind, 'times' => null];
        }
        $faults[] = ['kind' => 'big_body', 'bytes' => 2_000_000, 'times' => null];
        $faults[] = ['kind' => 'status', 'code' => 500, 'on' => 'ssl', 'times' => null];
        foreach ($faults as $fault) {
            foreach ($this->calls() as $call) {
                self::fake()->reset([self::NETWORK, 'a.org']);
                self::fake()->set(['autossl_available' => true]);
                if ($fault !== []) {
                    self::fake()->fault($fault);
                }
                $this->hold($call(self::client('native')));
            }
        }
        $this->hold(self::attempt(fn () => self::client('native', ['appId' => 'Other'])->inspectApp()));
        $client = self::client('native', ['baseUrl' => 'https://127.0.0.1:1/', 'totalMs' => 1000]);
        $this->hold(self::attempt(fn () => $client->diagnose('a.org', ['connect_to' => '127.0.0.1:1'])));
        $codes = array_unique($this->codes);
        self::assertGreaterThan(40, count($codes), implode(' ', $codes));
    }

    /** @return list<callable(ServerPilot): (Result|ServerPilotException)> */
    private function calls(): array
    {
        $site = ['connect_to' => self::fake()->ready['site']];
        $calls = [
            static fn (ServerPilot $client): Result => $client->apply(['add' => ['b.org'], 'remove' => ['a.org']]),
            static fn (ServerPilot $client): Result => $client->apply(['add' => ['b.org'], 'dry_run' => true]),
            static fn (ServerPilot $client): Result => $client->removeDomain('a.org'),
            static fn (ServerPilot $client): Result => $client->enableAutossl(),
            static fn (ServerPilot $client): Result => $client->inspectApp(),
            static fn (ServerPilot $client): Result => $client->checkSsl('a.org', $site),
            static fn (ServerPilot $client): Result => $client->diagnose('a.org', $site),
            static fn (ServerPilot $client): Result => $client->actionStatus('act1'),
        ];
        return array_map(
            static fn (callable $call): callable => static fn (ServerPilot $client): Result|ServerPilotException
                => self::attempt(static fn (): Result => $call($client)),
            $calls
        );
    }

    private static function attempt(callable $call): Result|ServerPilotException
    {
        try {
            return $call();
        } catch (ServerPilotException $failure) {
            return $failure;
        }
    }

    private function hold(Result|ServerPilotException $said): void
    {
        $english = $said instanceof Result ? $said->message : $said->getMessage();
        Translation::$by = null;
        self::assertSame($english, LibraryMessages::of($said));
        Translation::$by = static fn (string $text): string => "<$text>";
        self::assertStringStartsWith('<', LibraryMessages::of($said), $english);
        $this->part((array) $said->document);
    }

    /** @param array<mixed> $part */
    private function part(array $part): void
    {
        foreach (['message', 'advice', 'detail'] as $key) {
            if (isset($part[$key])) {
                Translation::$by = null;
                self::assertSame($part[$key], LibraryMessages::translated($part["{$key}_sentences"] ?? []));
                array_push($this->codes, ...array_column($part["{$key}_sentences"], 'code'));
            }
        }
        unset($part['events']);
        array_map($this->part(...), array_filter($part, 'is_array'));
    }
}
