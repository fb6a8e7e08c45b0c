<?php

// What was last seen of the app and of each name, and how far a check of many has come: one row of the main site's
// options. Several processes may write to it; none needs the lease. Must not ask anybody for anything.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\Check;
use ServerPilot\Result\App;
use ServerPilot\Result\Certificate;
use ServerPilot\Result\Diagnosis;

final class CheckResults
{
    public const OPTION = 'serverpilot_checks';

    private const VERSION = 1;

    /** Diagnoses are long; of more names than that, only the newest are kept. */
    private const MOST_DIAGNOSES = 40;

    /** How often a write is tried that another process was faster than. */
    private const TRIES = 20;

    /**
     * @param array<string, Check> $checks By name.
     * @param array{total: int, left: list<string>, at: int}|null $job A check of many names that is under way: how
     *     many they are, which are left, and when the last of them was begun.
     * @param array{id: string, name: string, server: string, address: string, at: int}|null $app The app as it was
     *     last seen, and its server's address.
     */
    private function __construct(
        public readonly array $checks,
        public readonly ?array $job,
        public readonly ?array $app,
        private string $read,
    ) {
    }

    /** @throws SyncFailed Where the database does not answer. */
    public static function read(): self
    {
        $rows = Database::rows(
            'SELECT option_value AS checks FROM ' . Database::options() . ' WHERE option_name = %s',
            [self::OPTION]
        );
        $read = (string) ($rows[0]['checks'] ?? '');
        $document = json_decode($read, true, 32);
        if (!is_array($document) || ($document['version'] ?? null) !== self::VERSION) {
            // What cannot be read is seen again: nothing is decided by it.
            return new self([], null, null, $read);
        }
        $checks = array_filter(array_map(Check::fromArray(...), (array) ($document['checks'] ?? [])));
        $job = $document['job'] ?? null;
        $isJob = is_array($job) && is_int($job['total'] ?? null) && is_int($job['at'] ?? null)
            && is_array($job['left'] ?? null);
        $job = $isJob ? ['left' => array_values(array_filter($job['left'], 'is_string'))] + $job : null;
        $app = $document['app'] ?? null;
        $isApp = is_array($app) && is_int($app['at'] ?? null);
        foreach (['id', 'name', 'server', 'address'] as $key) {
            $isApp = $isApp && is_string($app[$key] ?? null);
        }
        return new self($checks, $job, $isApp ? $app : null, $read);
    }

    /** @param array<string, Check> $seen */
    public static function remember(array $seen): void
    {
        self::change(static function (self $results) use ($seen): array {
            $checks = $results->checks;
            foreach ($seen as $name => $check) {
                $checks[$name] = $check->after($checks[$name] ?? null);
            }
            return [$checks, $results->job];
        });
    }

    /**
     * Forgets the names that are not the network's any more, so that the row does not grow for ever.
     *
     * @param array<string, mixed> $domains By name: all there are.
     */
    public function keepOnly(array $domains): void
    {
        if (array_diff_key($this->checks, $domains) !== []) {
            self::change(static fn (self $results): array
                => [array_intersect_key($results->checks, $domains), $results->job]);
        }
    }

    /**
     * Changes the row as it is at that moment.
     *
     * @param callable(self): array{0: array<string, Check>, 1: array{total: int, left: list<string>, at: int}|null,
     *     2?: array{id: string, name: string, server: string, address: string, at: int}|null} $change The checks and
     *     the job that come of it, and the app where it was seen; may be called several times.
     */
    public static function change(callable $change): self
    {
        for ($try = 0; $try < self::TRIES; $try++) {
            $results = self::read();
            [$checks, $job, $app] = $change($results) + [2 => $results->app];
            $text = json_encode([
                'version' => self::VERSION,
                'checks' => array_map(static fn (Check $check): array => $check->toArray(), self::bounded($checks)),
                'job' => $job,
                'app' => $app,
            ], JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE);
            if ($text === $results->read || self::replace($results->read, $text)) {
                return new self($checks, $job, $app, $text);
            }
            usleep(random_int(1_000, 20_000));
        }
        throw new SyncFailed('database');
    }

    public static function of(Certificate $seen, int $now): Check
    {
        $expires = $seen->notAfter === null ? false : strtotime($seen->notAfter);
        return new Check(
            at: $now,
            since: $now,
            dns: $seen->dns,
            valid: $seen->valid,
            reason: $seen->reason,
            issuer: substr((string) $seen->issuer, 0, 200),
            expires: $expires === false ? 0 : $expires,
            isServerPilots: $seen->servedIsServerpilots,
            isListed: $seen->listed,
        );
    }

    /** Remembers the app, so that nobody who opens a page waits for it. */
    public static function rememberApp(App $seen, int $now): void
    {
        $app = [
            'id' => $seen->id,
            'name' => $seen->name,
            'server' => $seen->serverId,
            'address' => (string) $seen->serverAddress,
            'at' => $now,
        ];
        self::change(static fn (self $results): array => [$results->checks, $results->job, $app]);
    }

    /** @return array{at: int, cause: string, move: string, advice: string, evidence: list<array<string, mixed>>} */
    public static function diagnosis(Diagnosis $made, int $now): array
    {
        return [
            'at' => $now,
            'cause' => $made->cause,
            'move' => $made->whoseMove,
            'advice' => $made->advice,
            'evidence' => $made->evidence,
        ];
    }

    /**
     * @param array<string, Check> $checks
     * @return array<string, Check>
     */
    private static function bounded(array $checks): array
    {
        $made = array_filter(array_map(static fn (Check $check): ?int => $check->diagnosis['at'] ?? null, $checks));
        arsort($made);
        foreach (array_keys(array_slice($made, self::MOST_DIAGNOSES, null, true)) as $name) {
            $checks[$name] = $checks[$name]->diagnosed(null);
        }
        return $checks;
    }

    private static function replace(string $old, string $new): bool
    {
        if ($old === '') {
            // option_name is unique, so only one process makes the row; an empty one is none.
            $sql = 'INSERT INTO ' . Database::options() . " (option_name, option_value, autoload) VALUES (%s, %s, 'no')
                ON DUPLICATE KEY UPDATE option_value = IF(option_value = '', VALUES(option_value), option_value)";
            return Database::write($sql, [self::OPTION, $new]) > 0;
        }
        $sql = 'UPDATE ' . Database::options()
            . ' SET option_value = %s WHERE option_name = %s AND MD5(option_value) = %s';
        return Database::write($sql, [$new, self::OPTION, md5($old)]) > 0;
    }
}
