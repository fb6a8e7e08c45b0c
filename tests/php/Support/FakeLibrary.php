<?php

/*
 * A library that returns what the test gives it, and records the calls made to it.
 * Must not behave like ServerPilot: that is the job of the fake ServerPilot.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use ServerPilot\Configuration;
use ServerPilot\Library;
use ServerPilot\RawResult;
use ServerPilot\Status;

final class FakeLibrary implements Library
{
    /** @var list<array{string, array<string, mixed>}> */
    public array $calls = [];

    public function __construct(private readonly RawResult $answer)
    {
    }

    /** @param array<string, mixed> $keys */
    public static function succeeding(array $keys): self
    {
        return new self(new RawResult(0, self::document('SP_OK', $keys)));
    }

    /** @param array<string, mixed> $keys */
    public static function failing(int $status, array $keys = []): self
    {
        $document = $status < 20 ? null : self::document(Status::symbolOf($status), $keys);
        return new self(new RawResult($status, $document));
    }

    public function call(Configuration $configuration, string $operation, array $arguments): RawResult
    {
        $this->calls[] = [$operation, $arguments];
        return $this->answer;
    }

    /**
     * @param array<string, mixed> $keys
     *
     * @return array<string, mixed>
     */
    private static function document(string $status, array $keys): array
    {
        return $keys + [
            'operation' => 'sync',
            'status' => $status,
            'message' => 'One sentence.',
            'changed' => false,
            'http_status' => 0,
            'retryable' => false,
            'retry_after_ms' => 0,
            'requests' => 0,
            'elapsed_ms' => 0,
            'warnings' => [],
            'events' => [],
        ];
    }
}
