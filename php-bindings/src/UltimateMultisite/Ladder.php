<?php

// When to look again: after 1, 2, 5, 10, 15 and 30 minutes, then hourly for a day, then daily for a
// week. Pure but for the jitter; knows nothing of what is looked at.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class Ladder
{
    /** A step after the last one. */
    public const END = 1000;

    private const MINUTES = [1, 2, 5, 10, 15, 30];
    private const HOURS = 24;
    private const DAYS = 7;

    /** Seconds to wait before look number $step (from 0); null after the last. Up to a tenth is added by chance. */
    public static function delay(int $step): ?int
    {
        $seconds = self::seconds($step);
        return $seconds === null ? null : $seconds + random_int(0, intdiv($seconds, 10));
    }

    public static function seconds(int $step): ?int
    {
        $step = max(0, $step);
        if ($step < count(self::MINUTES)) {
            return self::MINUTES[$step] * 60;
        }
        $step -= count(self::MINUTES);
        if ($step < self::HOURS) {
            return 3600;
        }
        return $step - self::HOURS < self::DAYS ? 86400 : null;
    }
}
