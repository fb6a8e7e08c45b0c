<?php

/*
 * What one call of the library returned, uninterpreted: a status and the decoded document.
 * Must not decide which results are exceptions; the typed client does that.
 */

declare(strict_types=1);

namespace ServerPilot;

final class RawResult
{
    /**
     * @param int $status The library's status number, 0 for success; see Status.
     * @param array<string, mixed>|null $document The decoded result document. Null for a caller's mistake
     *     (status 1–19), where the library gives no result.
     * @param string|null $argument For a caller's mistake: the setting that was refused, in the spelling of
     *     Configuration::settings(), where the executor knows it. Never the value.
     */
    public function __construct(
        public readonly int $status,
        public readonly ?array $document,
        public readonly ?string $argument = null,
    ) {
    }
}
