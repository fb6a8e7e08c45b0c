<?php

/*
 * The catalogue of texts is the source's, and every translation is complete: nothing is missing, nothing is guessed, and
 * what WordPress reads is what translators wrote. Needs gettext.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit;

use PHPUnit\Framework\TestCase;
use ServerPilot\UltimateMultisite\LibraryMessages;
use ServerPilotTests\Support\Translation;

require_once dirname(__DIR__) . '/Support/translate.php';

final class TranslationsTest extends TestCase
{
    private const ROOT = __DIR__ . '/../../..';

    private const FOLDER = self::ROOT . '/php-bindings/languages';

    private const DOMAIN = 'ultimate-multisite-serverpilot';

    /** What may be the same in another language. */
    private const ALIKE = [
        'glibc %1$s.',
        'ServerPilot', 'AutoSSL', 'DNS', 'www', 'Port 80', 'Proxy', 'Type', 'site %s', ', ', '%1$s, %2$s', '%1$s (%2$s)',
    ];

    protected function tearDown(): void
    {
        Translation::$by = null;
    }

    public function testTheCatalogueIsTheSources(): void
    {
        [$made] = self::output(self::ROOT . '/tests/translations', 'pot');
        $found = file_get_contents(self::FOLDER . '/' . self::DOMAIN . '.pot');
        self::assertSame($made, $found, 'run `tests/translations renew`');
        self::assertStringContainsString('#. translators: Description of the plugin', $made);
        self::assertGreaterThan(300, substr_count($made, "\nmsgid "));
    }

    /** @dataProvider languages */
    public function testATranslationIsComplete(string $language): void
    {
        $po = self::FOLDER . '/' . self::DOMAIN . "-$language.po";
        [$compiled, $says] = self::output('msgfmt', '--check', '--statistics', '--output-file=-', $po);
        self::assertMatchesRegularExpression('/^\d+ translated messages\.$/', trim($says), $says);
        $mo = self::FOLDER . '/' . self::DOMAIN . "-$language.mo";
        self::assertSame($compiled, file_get_contents($mo), 'run `tests/translations renew`');
        [$texts] = self::output('msgfmt', '--output-file=-', '--endianness=little', self::asTranslation());
        self::assertEqualsCanonicalizing(array_keys(self::read($texts)), array_keys(self::translations($language)));
    }

    /** @dataProvider languages */
    public function testPlaceholdersAndNamesStay(string $language): void
    {
        foreach (self::translations($language) as $english => $translation) {
            foreach (explode("\0", $translation) as $form) {
                $one = explode("\0", $english)[0];
                self::assertSame(self::fixed($one), self::fixed($form), $form);
                // A command alone is nobody's language.
                $words = trim((string) preg_replace('/`[^`]*`/', '', $one));
                if ($words !== '' && !in_array($one, self::ALIKE, true)) {
                    self::assertNotSame($one, $form);
                }
            }
        }
    }

    public function testFrenchIsSetAsFrenchIs(): void
    {
        foreach (self::translations('fr_FR') as $english => $french) {
            // What stands in a command is not set at all.
            $french = (string) preg_replace('/`[^`]*`/', '', $french);
            $english = (string) preg_replace('/`[^`]*`/', '', (string) $english);
            self::assertSame(preg_match('/\s$/', $english), preg_match('/\s$/', $french), $french);
            self::assertDoesNotMatchRegularExpression('/ [;:!?»]|« |\'|\.\.\./u', $french);
            // A colon of an address, an option or an hour stands without a space.
            self::assertDoesNotMatchRegularExpression('/[^\x{00A0}][;!?»]|[^\x{00A0}]:(?!\/\/)|«[^\x{00A0}]/u', $french);
        }
    }

    /** @dataProvider languages */
    public function testWhatTheLibrarySaysIsSaidInIt(string $language): void
    {
        $texts = self::translations($language);
        Translation::$by = static fn (string $text): string => $texts[$text] ?? explode("\0", $texts["$text\0$text"])[1];
        $samples = json_decode((string) file_get_contents(__DIR__ . '/library-sentences.json'), true);
        self::assertGreaterThan(400, count($samples));
        foreach ($samples as ['sentence' => $sentence, 'english' => $english]) {
            $said = LibraryMessages::translated([$sentence]);
            self::assertNotSame($english, $said);
            foreach (array_filter($sentence['arguments'], 'is_scalar') as $value) {
                self::assertStringContainsString((string) $value, (string) $said);
            }
        }
    }

    /** @return array<string, array{string}> */
    public static function languages(): array
    {
        $languages = [];
        foreach ((array) glob(self::FOLDER . '/' . self::DOMAIN . '-*.po') as $file) {
            $language = substr(basename((string) $file, '.po'), strlen(self::DOMAIN) + 1);
            $languages[$language] = [$language];
        }
        return $languages + ['fr_FR' => ['fr_FR']];
    }

    /**
     * What no translation changes: placeholders, commands, constants, numbers.
     *
     * @return list<string>
     */
    private static function fixed(string $text): array
    {
        preg_match_all('/%(?:\d\$)?[sd]|wp serverpilot [a-z-]+|WU_[A-Z_]+|[a-z]+\.serverpilot\.io|\d{3,}/', $text, $found);
        sort($found[0]);
        return array_values(array_unique($found[0]));
    }

    /** The catalogue as a translation into English, so that msgfmt takes its texts. */
    private static function asTranslation(): string
    {
        $file = (string) tempnam(sys_get_temp_dir(), 'catalogue');
        register_shutdown_function(static fn (): bool => @unlink($file));
        [$english] = self::output('msgen', self::FOLDER . '/' . self::DOMAIN . '.pot');
        file_put_contents($file, $english);
        return $file;
    }

    /** @return array<string, string> */
    private static function translations(string $language): array
    {
        return self::read((string) file_get_contents(self::FOLDER . '/' . self::DOMAIN . "-$language.mo"));
    }

    /**
     * The texts of a compiled translation: forms of a plural are separated by NUL bytes.
     *
     * @return array<string, string>
     */
    private static function read(string $mo): array
    {
        ['magic' => $magic, 'count' => $count, 'from' => $from, 'to' => $to] = (array) unpack(
            'Vmagic/Vrevision/Vcount/Vfrom/Vto',
            $mo
        );
        self::assertSame(0x950412de, $magic);
        $text = static function (int $at) use ($mo): string {
            ['length' => $length, 'at' => $at] = (array) unpack('Vlength/Vat', $mo, $at);
            return substr($mo, $at, $length);
        };
        $texts = [];
        for ($number = 0; $number < $count; $number++) {
            $texts[$text($from + 8 * $number)] = $text($to + 8 * $number);
        }
        unset($texts['']);
        return $texts;
    }

    /** @return array{string, string} Standard output and standard error. */
    private static function output(string ...$command): array
    {
        $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['file', $log = (string) tempnam('', 'log'), 'w']], $pipes);
        self::assertIsResource($process);
        $output = (string) stream_get_contents($pipes[1]);
        $status = proc_close($process);
        $says = (string) file_get_contents($log);
        unlink($log);
        self::assertSame(0, $status, implode(' ', $command) . ": $says");
        return [$output, $says];
    }
}
