<?php

/*
 * How long to wait before the next try: 1, 2, 5, 10, 15, 30 minutes, hourly for a day, then daily.
 * Must not know what is tried; the jitter is handed in.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class Backoff
{
    public const DAY = 86400;

    private const MINUTES = [1, 2, 5, 10, 15, 30];
    private const HOURS = 24;

    /** Attempts until the pause is a day; further ones change nothing. */
    public const LAST = 30;

    /**
     * Seconds after failure number $attempt, counted from 0.
     *
     * @param float $jitter From 0 to 1: how much of a tenth is added, so that many networks do not come at once.
     */
    public static function seconds(int $attempt, float $jitter = 0.0): int
    {
        $attempt = max(0, $attempt);
        $seconds = match (true) {
            $attempt < count(self::MINUTES) => 60 * self::MINUTES[$attempt],
            $attempt < count(self::MINUTES) + self::HOURS => 3600,
            default => self::DAY,
        };
        return $seconds + (int) (max(0.0, min(1.0, $jitter)) * $seconds / 10);
    }

    /** @return int Seconds until the next regular sync. */
    public static function daily(float $jitter): int
    {
        return self::DAY + (int) (max(0.0, min(1.0, $jitter)) * 3600);
    }
}
