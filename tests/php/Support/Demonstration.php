<?php

/*
 * Prints the demonstration in a terminal, and checks that each step had the expected outcome.
 * Must not talk to ServerPilot: the caller passes in what happened.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

final class Demonstration
{
    private const BOLD = '1';
    private const GREEN = '32';
    private const RED = '31';
    private const GREY = '90';

    /** Width of the text beside the labels, in columns. */
    private const WIDTH = 96;

    private readonly bool $coloured;

    private int $step = 0;

    private int $wrong = 0;

    public function __construct()
    {
        $this->coloured = stream_isatty(STDOUT) && getenv('NO_COLOR') === false;
    }

    public function title(string $text): void
    {
        echo $this->in(self::BOLD, $text), "\n";
    }

    public function remark(string $text): void
    {
        echo $this->in(self::GREY, $text), "\n";
    }

    /** Begins a step; $what says in one line what is done. */
    public function step(string $what): void
    {
        $this->step++;
        echo "\n", $this->in(self::BOLD, sprintf('%2d  %s', $this->step, $what)), "\n";
    }

    public function line(string $label, string $text): void
    {
        $this->write($label, $text, null);
    }

    /**
     * Ends a step: whether it had the expected outcome.
     *
     * @param array<string, bool> $expectations Keyed by the sentence that states each.
     */
    public function outcome(array $expectations): void
    {
        $broken = array_keys(array_filter($expectations, static fn (bool $met): bool => !$met));
        if ($broken === []) {
            $this->write('ok', implode(', ', array_keys($expectations)), self::GREEN);
            return;
        }
        $this->wrong++;
        foreach ($broken as $sentence) {
            $this->write('WRONG', "not so: $sentence", self::RED);
        }
    }

    /** Prints the verdict; returns the exit status of the program. */
    public function end(): int
    {
        $verdict = $this->wrong === 0
            ? $this->in(self::GREEN, "All $this->step steps came out as they should.")
            : $this->in(self::RED, "$this->wrong of $this->step steps went wrong.");
        echo "\n", $verdict, "\n";
        return $this->wrong === 0 ? 0 : 1;
    }

    private function write(string $label, string $text, ?string $style): void
    {
        foreach (explode("\n", wordwrap($text, self::WIDTH)) as $n => $line) {
            $shown = $style === null ? $line : $this->in($style, $line);
            printf("    %s %s\n", $this->in(self::GREY, str_pad($n === 0 ? $label : '', 9)), $shown);
        }
    }

    private function in(string $style, string $text): string
    {
        return $this->coloured ? "\e[{$style}m$text\e[0m" : $text;
    }
}
