<?php

/*
 * One thing that the doctor has checked: a code, how it bears on the plugin, and its details.
 * Must not have words of its own: whoever shows it makes them from code and details.
 */

declare(strict_types=1);

namespace ServerPilot;

use JsonSerializable;

final class DoctorCheck implements JsonSerializable
{
    /** Says something about the host, and judges nothing. */
    public const NOTE = 'note';

    public const GOOD = 'good';

    /** It works, and could work faster. */
    public const SLOWER = 'slower';

    /** It does not work. */
    public const BROKEN = 'broken';

    /**
     * @param string $code Stable; a code of Exception\FfiUnavailable::REASONS, or one of the doctor's own.
     * @param array<string, int|string> $details In the order in which a sentence about them numbers them.
     */
    public function __construct(
        public readonly string $code,
        public readonly string $level,
        public readonly array $details = [],
    ) {
    }

    /** @return array{code: string, level: string, details: object} */
    public function jsonSerialize(): array
    {
        return ['code' => $this->code, 'level' => $this->level, 'details' => (object) $this->details];
    }
}
