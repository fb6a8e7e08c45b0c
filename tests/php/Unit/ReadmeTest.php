<?php

/*
 * readme.txt and the plugin's header, by the rules of WordPress.org's readme parser and of Plugin Check (their
 * Plugin_Readme_Check and Plugin_Header_Fields_Check), and the setup guide. Must not need WordPress.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit;

use PHPUnit\Framework\TestCase;

final class ReadmeTest extends TestCase
{
    private const PLUGIN = __DIR__ . '/../../../php-bindings/';

    public function testTheHeaderHasWhatPluginCheckWants(): void
    {
        $header = $this->header();
        $this->assertSame([
            'Plugin Name', 'Description', 'Version', 'Requires at least', 'Requires PHP', 'Author', 'Network',
            'License',
            'License URI', 'Text Domain', 'Domain Path', 'Update URI',
        ], array_keys($header));
        $this->assertGreaterThanOrEqual(5, preg_match_all('/[a-z0-9]/i', $header['Plugin Name']));
        $this->assertLessThanOrEqual(140, strlen($header['Description']));
        $this->assertMatchesRegularExpression('/^\d+\.\d+\.\d+$/D', $header['Version']);
        $this->assertMatchesRegularExpression('/^\d+\.\d(\.\d+)?$/D', $header['Requires at least']);
        $this->assertMatchesRegularExpression('/^\d+(\.\d+){1,2}$/D', $header['Requires PHP']);
        $this->assertSame('true', $header['Network']);
        $this->assertSame('GPL-2.0-or-later', $header['License']);
        $this->assertStringStartsWith('https://', $header['License URI']);
        $this->assertSame('ultimate-multisite-serverpilot', $header['Text Domain']);
        $this->assertDirectoryExists(self::PLUGIN . $header['Domain Path']);
        // It is not taken from the directory, so nobody there may replace it by a plugin of the same name.
        $this->assertSame('false', $header['Update URI']);
    }

    public function testTheReadmeSaysTheSameAsTheHeader(): void
    {
        [$fields, $short] = $this->readme();
        $header = $this->header();
        $this->assertSame($header['Plugin Name'], $fields['name']);
        $this->assertSame($header['Version'], $fields['Stable tag']);
        foreach (['Requires at least', 'Requires PHP', 'License', 'License URI'] as $same) {
            $this->assertSame($header[$same], $fields[$same] ?? null, $same);
        }
        $this->assertTrue(version_compare($fields['Tested up to'], $fields['Requires at least'], '>='));
        $this->assertMatchesRegularExpression('/^\d+\.\d$/D', $fields['Tested up to']);
        $tags = explode(', ', $fields['Tags']);
        $this->assertLessThanOrEqual(5, count($tags));
        $this->assertSame([], array_intersect($tags, ['plugin', 'wordpress', 'tag1']));
        $this->assertNotSame('', $short);
        $this->assertLessThanOrEqual(150, mb_strlen($short));
        $composer = json_decode((string) file_get_contents(self::PLUGIN . 'composer.json'), true);
        $this->assertSame('>=' . $header['Requires PHP'], $composer['require']['php']);
        $cargo = (string) file_get_contents(self::PLUGIN . '../Cargo.toml');
        $this->assertStringContainsString("version = \"{$header['Version']}\"", $cargo);
    }

    public function testTheSectionsAreThereAndNoneIsCutOff(): void
    {
        [, , $sections] = $this->readme();
        $this->assertSame([
            'Description', 'External services', 'Installation', 'Frequently Asked Questions', 'Screenshots',
            'Changelog',
        ], array_keys($sections));
        foreach ($sections as $title => $text) {
            // The parser's limits, in words.
            $most = ['Frequently Asked Questions' => 5000, 'Changelog' => 5000][$title] ?? 2500;
            $this->assertLessThanOrEqual($most, str_word_count($text), $title);
            $this->assertNotSame('', trim($text), $title);
        }
        $this->assertLessThanOrEqual(20 * 1024, filesize(self::PLUGIN . 'readme.txt'));
        $this->assertStringContainsString("= {$this->header()['Version']} =", $sections['Changelog']);
        $numbers = preg_replace('/\..*/', '', explode("\n", trim($sections['Screenshots'])));
        $this->assertSame([1, 2, 3, 4], array_map('intval', $numbers));
    }

    public function testWhatIsSentToWhomIsSaid(): void
    {
        [, , $sections] = $this->readme();
        $services = $sections['External services'];
        // Every host that the plugin or its library names as one that it talks to.
        foreach (['api.serverpilot.io', 'Public DNS', 'port 443', 'port 80', 'Terms of service', 'privacy'] as $said) {
            $this->assertStringContainsString($said, $services);
        }
        $hosts = [];
        foreach ($this->sources() as $file) {
            preg_match_all('#https?://([a-z0-9.-]+\.[a-z]{2,})#', (string) file_get_contents($file), $found);
            array_push($hosts, ...$found[1]);
        }
        // Named, and not talked to, but for the API.
        $known = ['api.serverpilot.io', 'serverpilot.io', 'www.gnu.org', 'letsencrypt.org', 'json-schema.org'];
        $this->assertSame([], array_values(array_diff(array_unique($hosts), $known)));
    }

    public function testEveryFilterIsDocumented(): void
    {
        [, , $sections] = $this->readme();
        $filters = [];
        foreach ($this->sources() as $file) {
            preg_match_all("/apply_filters\(\s*'(serverpilot_\w+)'/", (string) file_get_contents($file), $found);
            array_push($filters, ...$found[1]);
        }
        $this->assertNotSame([], $filters);
        foreach (array_unique($filters) as $filter) {
            $this->assertStringContainsString("`$filter`", $sections['Frequently Asked Questions']);
        }
    }

    /** @return list<string> PHP files that are shipped. */
    private function sources(): array
    {
        $files = new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator(self::PLUGIN));
        $php = array_filter(array_keys(iterator_to_array($files)), static fn ($file) => str_ends_with($file, '.php'));
        $this->assertGreaterThan(20, count($php));
        return array_values($php);
    }

    /** @return array<string, string> */
    private function header(): array
    {
        $text = (string) file_get_contents(self::PLUGIN . 'ultimate-multisite-serverpilot.php', length: 8192);
        preg_match('#/\*\*(.*?)\*/#s', $text, $comment);
        preg_match_all('/^ \* ([A-Z][A-Za-z ]+): +(.+)$/m', $comment[1], $found);
        return array_combine($found[1], $found[2]);
    }

    /** @return array{array<string, string>, string, array<string, string>} Fields, short description, sections. */
    private function readme(): array
    {
        $text = (string) file_get_contents(self::PLUGIN . 'readme.txt');
        [$head, $rest] = explode("\n\n", $text, 2);
        preg_match('/^=== (.+) ===$/m', $head, $name);
        preg_match_all('/^([A-Z][A-Za-z ]+): (.+)$/m', $head, $found);
        $parts = preg_split('/^== (.+) ==$/m', $rest, -1, PREG_SPLIT_DELIM_CAPTURE);
        $short = trim((string) array_shift($parts));
        $sections = [];
        for ($at = 0; $at + 1 < count($parts); $at += 2) {
            $sections[$parts[$at]] = $parts[$at + 1];
        }
        return [['name' => $name[1]] + array_combine($found[1], $found[2]), $short, $sections];
    }
}
