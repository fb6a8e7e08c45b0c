<?php

/*
 * The base class of all results.
 * Must not call anything: a result is a value, built once from a document.
 */

declare(strict_types=1);

namespace ServerPilot\Result;

abstract class Result
{
    public readonly string $operation;

    /** @var string Name of the status, for example "SP_OK". */
    public readonly string $status;

    /** @var string For people to read, in English. */
    public readonly string $message;

    /**
     * @var list<array{code: string, arguments: array<string, string|int|array{items: list<string>, more: int}>}>
     *     The message, sentence by sentence, to be said in another language: codes and arguments are stable.
     */
    public readonly array $sentences;

    /** @var bool True if the call changed something at ServerPilot. */
    public readonly bool $changed;

    /** @var int HTTP status of ServerPilot's last answer; 0 if there was none. */
    public readonly int $httpStatus;

    /** @var bool True if the same call may succeed later. */
    public readonly bool $retryable;

    /** @var int Milliseconds to wait before a retry; 0: no advice. */
    public readonly int $retryAfterMs;

    /** @var int How many requests the call sent. */
    public readonly int $requests;

    public readonly int $elapsedMs;

    /** @var list<array{code: string, message: string, message_sentences: list<array<string, mixed>>}> */
    public readonly array $warnings;

    /** @var list<array{at_ms: int, level: string, message: string}> What happened, in order; bounded and redacted. */
    public readonly array $events;

    /** @param array<string, mixed> $document The whole document; a newer library may have added keys to it. */
    final public function __construct(public readonly array $document)
    {
        $read = new JsonReader($document);
        $this->operation = $read->text('operation');
        $this->status = $read->text('status');
        $this->message = $read->text('message');
        $this->sentences = $read->parts('message_sentences');
        $this->changed = $read->flag('changed');
        $this->httpStatus = $read->whole('http_status');
        $this->retryable = $read->flag('retryable');
        $this->retryAfterMs = $read->whole('retry_after_ms');
        $this->requests = $read->whole('requests');
        $this->elapsedMs = $read->whole('elapsed_ms');
        $this->warnings = $read->parts('warnings');
        $this->events = $read->parts('events');
        $this->read($read);
    }

    /** Fills the properties of the subclass. */
    abstract protected function read(JsonReader $read): void;
}
