<?php

/*
 * The base class of every exception of this binding, and the only place that maps statuses to groups.
 * Must not carry a secret: messages and documents arrive redacted from the library and are not extended.
 */

declare(strict_types=1);

namespace ServerPilot\Exception;

use RuntimeException;
use ServerPilot\RawResult;
use ServerPilot\Status;
use Throwable;

class ServerPilotException extends RuntimeException
{
    /** @var int The library's status number; see \ServerPilot\Status. */
    public readonly int $status;

    /** @var string Its name, for example "SP_ERR_AUTH". */
    public readonly string $statusName;

    /** @var array<string, mixed>|null The whole result document; null for a caller's mistake. */
    public readonly ?array $document;

    /**
     * @var list<array{code: string, arguments: array<string, mixed>}> The message, sentence by sentence, to be said in
     *     another language; empty where it has no code.
     */
    public readonly array $sentences;

    /** @var bool True if the same call may succeed later without any change here. */
    public readonly bool $retryable;

    /** @var int How many milliseconds to wait before a retry; 0: no advice. */
    public readonly int $retryAfterMs;

    /**
     * @var string|null "yes", "no" or "unknown": whether ServerPilot's list was written. Null if the call
     *     does not write the list. After "unknown" the same call is safe: it reads the list before it writes.
     */
    public readonly ?string $applied;

    /**
     * @param array<string, mixed>|null $document
     * @param string|null $applied Only used if the document does not say.
     * @param list<array{code: string, arguments: array<string, mixed>}> $sentences The same.
     */
    public function __construct(
        string $message,
        int $status,
        ?array $document = null,
        ?Throwable $previous = null,
        ?string $applied = null,
        array $sentences = [],
    ) {
        parent::__construct($message, $status, $previous);
        $this->status = $status;
        $this->document = $document;
        // Without another class: it would have to be loaded, where files can no longer be opened as well.
        $said = $document['message_sentences'] ?? null;
        $this->sentences = is_array($said) ? array_values(array_filter($said, 'is_array')) : $sentences;
        $this->statusName = is_string($document['status'] ?? null) ? $document['status'] : Status::symbolOf($status);
        $this->retryable = ($document['retryable'] ?? false) === true;
        $this->retryAfterMs = is_numeric($document['retry_after_ms'] ?? null) ? (int) $document['retry_after_ms'] : 0;
        $this->applied = is_string($document['applied'] ?? null) ? $document['applied'] : $applied;
    }

    /**
     * The exception for a failed call, of the class of its status group.
     *
     * @param string $operation The operation, as Library::call() names it.
     * @param array<string, mixed> $arguments Those of the call; their values are never shown.
     */
    public static function from(RawResult $answer, string $operation, array $arguments): self
    {
        if ($answer->status < 20) {
            if (($arguments['options'] ?? null) === []) {
                // Not given, so it cannot be what was refused.
                unset($arguments['options']);
            }
            return UsageException::because($answer->status, $operation, array_keys($arguments), $answer->argument);
        }
        $message = $answer->document['message'] ?? null;
        if (!is_string($message) || $message === '') {
            $message = sprintf('%s failed with %s.', $operation, Status::symbolOf($answer->status));
        }
        $class = match (intdiv($answer->status, 20)) {
            1 => TransportException::class,
            2 => ServiceException::class,
            3 => RuleException::class,
            default => self::class,
        };
        return new $class($message, $answer->status, $answer->document);
    }
}
