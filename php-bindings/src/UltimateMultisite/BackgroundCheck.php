<?php

// Checks many names without anybody waiting: a part of them in each action, until all are done. Must not change
// anything at ServerPilot, and must not hold up the sync: it takes no lease.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Check;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\ServerPilot;

final class BackgroundCheck
{
    /** Names in one part: a few seconds of work, whatever the servers do. */
    private const PART = 50;

    /** Names that are not secure and are diagnosed in one part; each is a question of its own to ServerPilot. */
    private const DIAGNOSES = 5;

    /** Seconds after which no further diagnosis is begun in a part: one alone may take half a minute. */
    private const TIME = 20;

    /** A part that began so long ago and is not done died. */
    private const DEAD_AFTER = 120;

    /**
     * What is under way is joined.
     *
     * @param list<string> $names
     * @param int $delay Seconds until the queue may begin with it.
     */
    public static function start(array $names, int $delay = 0): void
    {
        if ($names === []) {
            return;
        }
        CheckResults::change(static function (CheckResults $results) use ($names): array {
            $left = array_values(array_unique([...$results->job['left'] ?? [], ...$names]));
            $done = $results->job === null ? 0 : $results->job['total'] - count($results->job['left']);
            return [$results->checks, ['total' => $done + count($left), 'left' => $left, 'at' => 0]];
        });
        Queue::check($delay);
    }

    /** An action of the queue. */
    public static function scheduled(): void
    {
        if (Connection::blocked() === null) {
            self::next();
        }
    }

    /**
     * The next part, and an action for the one after it.
     *
     * @return array{done: int, total: int}|null What is done of it; null if there is nothing to do.
     */
    public static function next(): ?array
    {
        $now = Database::state()[1];
        $part = [];
        $results = CheckResults::change(static function (CheckResults $results) use (&$part, $now): array {
            $part = [];
            $job = $results->job;
            if ($job !== null && ($job['left'] === [] || $now - $job['at'] < self::DEAD_AFTER && $job['at'] <= $now)) {
                // Another process is at it, or it is done.
                return [$results->checks, $job['left'] === [] ? null : $job];
            }
            $part = array_slice($job['left'] ?? [], 0, self::PART);
            return [$results->checks, $job === null ? null : ['at' => $now] + $job];
        });
        if ($part === []) {
            return self::progress($results);
        }
        try {
            $seen = self::checked($part, $now);
        } catch (ServerPilotException $e) {
            // Nothing of it can be checked now, nor soon: the next daily check does it.
            CheckResults::change(static fn (CheckResults $results): array => [$results->checks, null]);
            throw new SyncFailed($e->statusName, $e->getMessage());
        }
        $results = CheckResults::change(static function (CheckResults $results) use ($seen, $part): array {
            $checks = $results->checks;
            foreach ($seen as $name => $check) {
                $checks[$name] = $check->after($checks[$name] ?? null);
            }
            $job = $results->job;
            $left = array_values(array_diff($job['left'] ?? [], $part));
            return [$checks, $job === null || $left === [] ? null : ['left' => $left, 'at' => 0] + $job];
        });
        if ($results->job !== null) {
            Queue::check();
        }
        return self::progress($results);
    }

    /** @return array{done: int, total: int}|null Null if nothing is under way. */
    public static function progress(CheckResults $results): ?array
    {
        return $results->job === null ? null : [
            'done' => $results->job['total'] - count($results->job['left']),
            'total' => $results->job['total'],
        ];
    }

    /**
     * One name, now, with its diagnosis.
     *
     * @throws ServerPilotException
     */
    public static function one(string $name): Check
    {
        $now = Database::state()[1];
        $client = Connection::client();
        $check = CheckResults::of($client->checkSsl($name), $now)
            ->diagnosed(CheckResults::diagnosis($client->diagnose($name), $now));
        CheckResults::remember([$name => $check]);
        self::seeApp($client, $now);
        return $check;
    }

    /**
     * @param list<string> $names
     * @return array<string, Check>
     */
    private static function checked(array $names, int $now): array
    {
        $client = Connection::client();
        self::seeApp($client, $now);
        $seen = [];
        $diagnoses = 0;
        $until = microtime(true) + self::TIME;
        foreach ($client->checkSslMany($names) as $at => $certificate) {
            $check = CheckResults::of($certificate, $now);
            if ($check->valid !== true && $diagnoses < self::DIAGNOSES && microtime(true) < $until) {
                $diagnoses++;
                $check = $check->diagnosed(self::diagnosis($client, $names[$at], $now));
            }
            $seen[$names[$at]] = $check;
        }
        return $seen;
    }

    /** Whose address a customer's DNS has to have is asked along with the question whether it has it. */
    private static function seeApp(ServerPilot $client, int $now): void
    {
        try {
            CheckResults::rememberApp($client->inspectApp(), $now);
        } catch (ServerPilotException $e) {
            // The names can be checked all the same.
            Log::warning($e->getMessage());
        }
    }

    /** @return array{at: int, cause: string, move: string, advice: string, evidence: list<array<string, mixed>>}|null */
    private static function diagnosis(ServerPilot $client, string $name, int $now): ?array
    {
        try {
            return CheckResults::diagnosis($client->diagnose($name), $now);
        } catch (ServerPilotException $e) {
            // The certificate was checked all the same.
            Log::warning($e->getMessage());
            return null;
        }
    }
}
