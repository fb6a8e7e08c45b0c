<?php

/*
 * What came of a plan, as plain data. Must not be judged here: that is settle()'s.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class Result
{
    /**
     * @param string|null $code Of the failure, stable; null for success.
     * @param list<array{code: string, arguments: array<mixed>}> $message What the operator is told, as codes: it is
     *     said in the language of whoever reads it. Empty where $code says it.
     * @param bool $retryable Whether the same may succeed later although nobody does anything.
     * @param int $retryAfter Seconds ServerPilot wants to be left alone for; 0: not said.
     * @param bool $isRefused Whether of a change that failed nothing was made, for certain.
     * @param list<string> $added
     * @param list<string> $removed
     * @param list<string> $unchanged
     * @param array<string, string> $skipped Name => "no_room", "invalid_domain" or "protected".
     * @param string $autossl As ListResult::$autosslState; "refused" where it can never be enabled as things are.
     * @param array{code: string, message: list<array{code: string, arguments: array<mixed>}>}|null $autosslError
     *     Why AutoSSL could not be enabled.
     * @param array<string, string> $dns Name => "found", "no_such_name", "no_address" or "failed".
     * @param array<string, string>|null $certificates Name => what is wrong with its certificate; null: not checked.
     */
    public function __construct(
        public readonly ?string $code = null,
        public readonly array $message = [],
        public readonly bool $retryable = false,
        public readonly int $retryAfter = 0,
        public readonly bool $isRefused = false,
        public readonly array $added = [],
        public readonly array $removed = [],
        public readonly array $unchanged = [],
        public readonly array $skipped = [],
        public readonly ?int $count = null,
        public readonly ?int $limit = null,
        public readonly string $autossl = '',
        public readonly ?array $autosslError = null,
        public readonly array $dns = [],
        public readonly ?array $certificates = null,
    ) {
    }

    /** @param list<array{code: string, arguments: array<mixed>}> $message */
    public static function failed(
        string $code,
        array $message,
        bool $retryable,
        int $retryAfter = 0,
        bool $isRefused = false,
    ): self {
        return new self($code, $message, $retryable, $retryAfter, $isRefused);
    }

    /** @param array<string, mixed> $changes Constructor arguments by name. */
    public function with(array $changes): self
    {
        return new self(...array_replace(get_object_vars($this), $changes));
    }
}
