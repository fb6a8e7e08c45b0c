<?php

/*
 * One code block of a documentation file, fenced or indented, as Markdown and WordPress's readme.txt have them.
 * Must not judge whether it is right: that is the test's job.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

final class CodeBlock
{
    private function __construct(
        public readonly string $file,
        public readonly int $line,
        public readonly string $language,
        public readonly string $code,
    ) {
    }

    /** @return list<self> In the order of the file, which is named as in the repository. */
    public static function all(string $root, string $file): array
    {
        $lines = explode("\n", (string) file_get_contents("$root/$file"));
        $blocks = [];
        for ($n = 0; $n < count($lines); $n++) {
            $begin = $n;
            $code = [];
            if (preg_match('/^ *(```+|~~~+) *(\S*)/', $lines[$n], $fence) === 1) {
                while (++$n < count($lines) && !str_starts_with(ltrim($lines[$n]), $fence[1])) {
                    $code[] = $lines[$n];
                }
                $language = strtolower($fence[2]);
            } elseif (self::isIndented($lines[$n]) && trim($lines[$n - 1] ?? '') === '') {
                for (; $n < count($lines) && (self::isIndented($lines[$n]) || trim($lines[$n]) === ''); $n++) {
                    $code[] = $lines[$n];
                }
                $language = '';
            } else {
                continue;
            }
            $blocks[] = new self($file, $begin + 1, $language, self::outdented($code));
        }
        return $blocks;
    }

    public function place(): string
    {
        return "$this->file:$this->line";
    }

    /** php, c, ini, json, wp-config or shell; what is none of them is returned as it calls itself. */
    public function kind(): string
    {
        return match (true) {
            in_array($this->language, ['sh', 'bash', 'shell'], true) => 'shell',
            $this->language !== '' => $this->language,
            // Indented blocks have no name: the first line says what they are.
            preg_match('/^define\(/', $this->code) === 1 => 'wp-config',
            preg_match('/^(<\?php|\$\w+ = |add_(filter|action)\()/', $this->code) === 1 => 'php',
            preg_match('/^#include /', $this->code) === 1 => 'c',
            preg_match('/^(;|\[\w+\]$|[\w.]+(\[[\w.]+\])? ?= ?)/m', $this->code) === 1 => 'ini',
            preg_match('~^(# |\w+=|[a-z][\w./-]*( |$))~', $this->code) === 1 => 'shell',
            default => '',
        };
    }

    /**
     * @return list<list<string>> The words of each command of a shell block: no comments and no redirections, lines
     *     joined at a backslash.
     */
    public function commands(): array
    {
        $text = (string) preg_replace(['/\\\\\n\s*/', '/(^|\s)#.*$/m', '/\d?[<>]+ *\S+/'], [' ', '', ''], $this->code);
        $commands = [];
        foreach (preg_split('/\n|&&|\|\||;|\|/', $text) ?: [] as $command) {
            $words = preg_split('/\s+/', trim($command), -1, PREG_SPLIT_NO_EMPTY) ?: [];
            while ($words !== [] && preg_match('/^(sudo|\$|\w+=\S*)$/', $words[0]) === 1) {
                array_shift($words);
            }
            if ($words !== []) {
                $commands[] = $words;
            }
        }
        return $commands;
    }

    private static function isIndented(string $line): bool
    {
        return str_starts_with($line, '    ') || str_starts_with($line, "\t");
    }

    /** @param list<string> $lines */
    private static function outdented(array $lines): string
    {
        $text = rtrim(implode("\n", $lines)) . "\n";
        preg_match_all('/^[ \t]*(?=\S)/m', $text, $margins);
        $margin = min(array_map(strlen(...), $margins[0]) ?: [0]);
        return (string) preg_replace("/^[ \t]{{$margin}}/m", '', $text);
    }
}
