<?php

/*
 * Why a name is not secure, and who has to act: the result of diagnose().
 * Must not name more than one cause: somebody has to act on the first one before the others matter.
 */

declare(strict_types=1);

namespace ServerPilot\Result;

final class Diagnosis extends Result
{
    public readonly string $domain;

    /** @var string "all_well" or the first cause. */
    public readonly string $cause;

    /** @var string "customer", "operator", "serverpilot", "wait" or "nobody". */
    public readonly string $whoseMove;

    /** @var string What to do, in English. */
    public readonly string $advice;

    /** @var list<array{code: string, arguments: array<string, mixed>}> The advice, as $sentences is the message. */
    public readonly array $adviceSentences;

    /** @var list<array{check: string, outcome: string, detail: string, detail_sentences: list<array<string, mixed>>}>
     *     In the order checked; the outcome is "good", "bad", "unknown" or "skipped". */
    public readonly array $evidence;

    /** @var int|null Milliseconds until another check is worthwhile. */
    public readonly ?int $nextLookMs;

    protected function read(JsonReader $read): void
    {
        $this->domain = $read->text('domain');
        $this->cause = $read->text('cause');
        $this->whoseMove = $read->text('whose_move');
        $this->advice = $read->text('advice');
        $this->adviceSentences = $read->parts('advice_sentences');
        $this->evidence = $read->parts('evidence');
        $this->nextLookMs = $read->wholeOrNull('next_look_ms');
    }
}
