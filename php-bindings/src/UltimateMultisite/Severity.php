<?php

// How bad a problem is, by its code: for monitoring, Site Health and whoever else has to sort. Must not judge whether
// there is a problem.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\DomainStatus;

final class Severity
{
    public const OK = 'ok';
    /** Something is left to do, and the rest works. */
    public const WARNING = 'warning';
    /** Nothing more reaches ServerPilot until somebody acts, or until it answers again. */
    public const CRITICAL = 'critical';
    /** How things are is not known here. */
    public const UNKNOWN = 'unknown';

    private const WARNINGS = [
        'brake', 'eviction_brake', 'no_room', 'invalid_domain', 'autossl_refused', 'autossl_overdue',
        'certificates_bad', 'never_synced',
    ];

    private const UNKNOWNS = ['database', ...Connection::BLOCKS];

    public static function of(string $code): string
    {
        return match (true) {
            in_array($code, self::WARNINGS, true) => self::WARNING,
            in_array($code, self::UNKNOWNS, true) => self::UNKNOWN,
            default => self::CRITICAL,
        };
    }

    /**
     * Of the problems, and of the domains that nobody but the operator can help.
     *
     * @param array<string, string> $problems Code => sentence.
     * @param DomainOverview|null $read Null where the problems alone matter, or are that it cannot be read.
     */
    public static function overall(array $problems, ?DomainOverview $read): string
    {
        $needsOperator = $read !== null && !$read->isLeftAlone()
            && $read->overview->counts[DomainStatus::OPERATOR] + $read->overview->counts[DomainStatus::OVERDUE] > 0;
        return self::worst([
            ...array_map(static fn (int|string $code): string => self::of((string) $code), array_keys($problems)),
            $needsOperator ? self::WARNING : self::OK,
        ]);
    }

    /**
     * What is known to need somebody goes before what is not known.
     *
     * @param list<string> $severities
     */
    public static function worst(array $severities): string
    {
        foreach ([self::CRITICAL, self::UNKNOWN, self::WARNING] as $severity) {
            if (in_array($severity, $severities, true)) {
                return $severity;
            }
        }
        return self::OK;
    }
}
