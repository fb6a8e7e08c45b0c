<?php

/*
 * The base of every exception of this binding, and the one place that knows which status belongs to which group.
 * May not carry a secret: messages and documents come redacted from the library, and stay as they are.
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

    /** @var bool True if the same call may succeed later although nobody changes anything here. */
    public readonly bool $retryable;

    /** @var int How many milliseconds to wait before that; 0 means no advice. */
    public readonly int $retryAfterMs;

    /**
     * @var string|null "yes", "no" or "unknown": whether ServerPilot's list was written. Null where the call
     *     writes no list. After "unknown" the same call is safe: it reads the list before it writes.
     */
    public readonly ?string $applied;

    /**
     * @param array<string, mixed>|null $document
     * @param string|null $applied Only where there is no document to read it from.
     */
    public function __construct(
        string $message,
        int $status,
        ?array $document = null,
        ?Throwable $previous = null,
        ?string $applied = null,
    ) {
        parent::__construct($message, $status, $previous);
        $this->status = $status;
        $this->document = $document;
        $this->statusName = is_string($document['status'] ?? null) ? $document['status'] : Status::symbolOf($status);
        $this->retryable = ($document['retryable'] ?? false) === true;
        $this->retryAfterMs = is_numeric($document['retry_after_ms'] ?? null) ? (int) $document['retry_after_ms'] : 0;
        $this->applied = is_string($document['applied'] ?? null) ? $document['applied'] : $applied;
    }

    /**
     * The exception of the group a failed answer belongs to.
     *
     * @param string $operation What was asked for, as Library::call() names it.
     * @param array<string, mixed> $arguments Of the call; no value of them is shown.
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
