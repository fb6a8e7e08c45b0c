<?php

/*
 * What the library says, the plugin says in the reader's language: every sentence of its catalogue, with every
 * argument. library-sentences.json is the library's own rendering of each.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit;

use PHPUnit\Framework\TestCase;
use ServerPilot\Controller\State;
use ServerPilot\Exception\FfiUnavailable;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Exception\UsageException;
use ServerPilot\Result\AutosslResult;
use ServerPilot\Result\Diagnosis;
use ServerPilot\UltimateMultisite\LibraryMessages;
use ServerPilot\UltimateMultisite\LibrarySentences;
use ServerPilot\UltimateMultisite\Messages;
use ServerPilotTests\Support\Translation;

require_once dirname(__DIR__) . '/Support/translate.php';

final class LibraryMessagesTest extends TestCase
{
    private const UNKNOWN = ['code' => 'of_a_newer_library', 'arguments' => []];

    private const BUSY = ['code' => 'service_busy', 'arguments' => []];

    protected function tearDown(): void
    {
        Translation::$by = null;
    }

    /** @return list<array{sentence: array{code: string, arguments: array<string, mixed>}, english: string}> */
    private static function samples(): array
    {
        return json_decode((string) file_get_contents(__DIR__ . '/library-sentences.json'), true, 16, JSON_THROW_ON_ERROR);
    }

    public function testEverySentenceIsSaidAsTheLibrarySaysIt(): void
    {
        foreach (self::samples() as ['sentence' => $sentence, 'english' => $english]) {
            self::assertSame($english, LibraryMessages::translated([$sentence]), $sentence['code']);
        }
    }

    public function testEveryCodeOfTheLibraryHasATextAndNoOtherHas(): void
    {
        $codes = array_unique(array_map(static fn (array $row): string => $row['sentence']['code'], self::samples()));
        self::assertGreaterThan(200, count($codes));
        self::assertSame(array_values($codes), array_keys(LibrarySentences::ARGUMENTS));
        foreach (LibrarySentences::ARGUMENTS as $code => $arguments) {
            preg_match_all('/%(?:(\d+)\$s)?/', (string) LibrarySentences::text($code), $found);
            $numbers = array_map('strval', array_keys($arguments));
            $numbers = array_map(static fn (string $number): string => (string) ($number + 1), $numbers);
            self::assertEqualsCanonicalizing($numbers, array_unique($found[1]), $code);
        }
        self::assertNull(LibrarySentences::text(self::UNKNOWN['code']));
    }

    public function testEverySentenceIsTranslatedWithItsArguments(): void
    {
        Translation::$by = static fn (string $text): string => "<$text>";
        foreach (self::samples() as ['sentence' => $sentence]) {
            $said = (string) LibraryMessages::translated([$sentence]);
            self::assertMatchesRegularExpression('/^<.*>$/', $said, $sentence['code']);
            foreach ($sentence['arguments'] as $value) {
                $words = is_array($value) ? [...$value['items'], $value['items'] === [] ? '<none>' : ''] : [$value];
                foreach (array_filter($words) as $word) {
                    self::assertStringContainsString((string) $word, $said, $sentence['code']);
                }
            }
        }
    }

    public function testTheOrderOfWordsIsTheTranslators(): void
    {
        $no = ['code' => 'no_route', 'arguments' => ['address' => '192.0.2.1', 'domain' => 'a.example.org']];
        $text = LibrarySentences::text('no_route');
        Translation::$by = static fn (string $asked): string => $asked === $text ? '%2$s: %1$s' : 'occupé';
        self::assertSame('a.example.org: 192.0.2.1 occupé', LibraryMessages::translated([$no, self::BUSY]));
    }

    public function testWhatANewerLibrarySaysIsShownInEnglish(): void
    {
        Translation::$by = static fn (string $text): string => 'translated';
        foreach (
            [
                [self::UNKNOWN],
                [self::BUSY, self::UNKNOWN],
                [],
                ['service_busy'],
                [['code' => 'service_busy']],
                [['code' => 'not_tls', 'arguments' => ['domain' => 'a.example.org']]],
                [['code' => 'not_tls', 'arguments' => ['domain' => ['items' => [1], 'more' => 0], 'port' => 443]]],
            ] as $sentences
        ) {
            $part = ['message' => 'In English.', 'message_sentences' => $sentences];
            self::assertSame('In English.', LibraryMessages::under('message', $part));
            self::assertSame('In English.', LibraryMessages::of(new AutosslResult($part)));
            $kept = LibraryMessages::kept($sentences, 'In English.');
            self::assertSame([['code' => State::TEXT, 'arguments' => ['In English.']]], $kept);
            self::assertSame('In English.', Messages::told($kept));
        }
        self::assertSame('', LibraryMessages::under('message', []));
        self::assertSame([], LibraryMessages::kept([], ''));
    }

    public function testResultsAndFailuresCarryTheirSentences(): void
    {
        Translation::$by = static fn (string $text): string => 'occupé';
        $document = ['message' => 'Busy.', 'message_sentences' => [self::BUSY], 'advice' => 'Wait.'];
        $diagnosis = new Diagnosis($document + ['advice_sentences' => [self::BUSY, self::BUSY]]);
        self::assertSame([[self::BUSY], [self::BUSY, self::BUSY]], [$diagnosis->sentences, $diagnosis->adviceSentences]);
        self::assertSame('occupé', LibraryMessages::of($diagnosis));
        self::assertSame('occupé occupé', LibraryMessages::under('advice', $diagnosis->document));
        $failure = new ServerPilotException('Busy.', 46, $document);
        self::assertSame([self::BUSY], $failure->sentences);
        self::assertSame('occupé', LibraryMessages::of($failure));
        $usage = new ServerPilotException('apply: wrong.', 3);
        self::assertSame(['apply: wrong.', []], [LibraryMessages::of($usage), $usage->sentences]);
    }

    public function testThatTheLibraryIsNotReachedIsSaidInTheLanguageOfTheReader(): void
    {
        $of = static fn (string $reason): FfiUnavailable
            => new FfiUnavailable($reason, ['a' => '/a', 'b' => '/b', 'c' => '/c', 'd' => '/d']);
        $inside = $of('not_allowed_fpm');
        $all = array_map($of, array_diff(array_keys(FfiUnavailable::REASONS), ['neither']));
        foreach ([...$all, FfiUnavailable::neither($inside, $of('noexec'))] as $unavailable) {
            Translation::$by = null;
            self::assertSame($unavailable->getMessage(), LibraryMessages::of($unavailable), $unavailable->reason);
            $kept = LibraryMessages::kept($unavailable->sentences, $unavailable->getMessage());
            $kept = json_decode((string) json_encode($kept), true);
            self::assertSame($unavailable->getMessage(), Messages::told($kept), $unavailable->reason);
            Translation::$by = static fn (string $text): string
                => $text === '%1$s. Cure: %2$s' ? '%1$s. À faire : %2$s' : "<$text>";
            $said = Messages::told($kept);
            // What the helper program says of its library comes from another process.
            $missing = $unavailable->reason === 'helper_library' ? '/a' : '<.*>';
            self::assertMatchesRegularExpression("~^$missing\\. À faire : .*$~", $said, $unavailable->reason);
        }
        self::assertSame(2, substr_count($said, '<This') + substr_count($said, '<Nothing'), $said);
        foreach (
            [
                [],
                ['reason' => 'x', 'details' => []],
                ['reason' => 'noexec', 'details' => []],
                ['reason' => 'neither', 'details' => ['a', 'b', 'c']],
            ] as $spoilt
        ) {
            $sentence = ['code' => FfiUnavailable::SENTENCE, 'arguments' => $spoilt];
            self::assertNull(LibraryMessages::translated([$sentence]));
        }
    }

    public function testWhatAMistakeIsIsSaidInTheLanguageOfTheReader(): void
    {
        foreach (range(1, 19) as $status) {
            foreach (array_keys(UsageException::MUST_BE) as $setting) {
                Translation::$by = null;
                $usage = UsageException::because($status, 'apply', [], $setting);
                self::assertSame($usage->getMessage(), LibraryMessages::of($usage));
                Translation::$by = static fn (string $text): string => "<$text>";
                self::assertMatchesRegularExpression('/^apply: <[^<]*(<[^<]*>)?>\.$/', LibraryMessages::of($usage));
            }
        }
        $sentence = ['code' => UsageException::SENTENCE, 'arguments' => ['problem' => 'x', 'must_be' => 'any']];
        self::assertNull(LibraryMessages::translated([$sentence]));
    }

    /** Kept by a scheduled action, read by somebody with another language. */
    public function testWhatIsKeptIsSaidInTheLanguageOfTheReader(): void
    {
        $says = ['code' => 'service_says', 'arguments' => ['quote' => '100%s']];
        $kept = LibraryMessages::kept([self::BUSY, $says], 'English.');
        $state = new State();
        $state->failure = [
            'code' => 'SP_ERR_RATE_LIMITED', 'message' => $kept, 'at' => 1, 'since' => 1, 'sapi' => 'cli',
            'retryable' => true,
        ];
        self::assertStringNotContainsString('fewer requests', $state->toJson());
        $read = State::fromJson($state->toJson())->failure['message'] ?? [];
        $busy = (string) LibrarySentences::text('service_busy');
        self::assertSame("$busy It says: 100%s", Messages::told($read));
        Translation::$by = static fn (string $text): string => $text === $busy ? 'occupé' : 'Il dit : %1$s';
        self::assertSame('occupé Il dit : 100%s', Messages::told($read));
        Translation::$by = static fn (string $text): string => 'Le %1$s : %2$s, %3$s';
        $own = [['code' => 'exception', 'arguments' => ['Error', 'a.php', '7']]];
        self::assertSame('Le Error : a.php, 7', Messages::told($own));
    }
}
