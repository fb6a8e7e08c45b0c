<?php

/*
 * What is remembered from one run to the next, as one document. Must not hold a secret, and must not be built from
 * what was read wrongly: fromJson() refuses it.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

use UnexpectedValueException;

final class State
{
    private const VERSION = 2;

    /** The code of a sentence that has none: its one argument is the text, said as it is. */
    public const TEXT = 'text';

    /** A run that began so long ago and did not end died. */
    public const DEAD_AFTER = 300;

    /** Raised by each write, so that no two writes are the same. */
    public int $revision = 0;

    /** What this state belongs to; null before the first run. */
    public ?Identity $identity = null;

    /** Whether a first sync succeeded. From then on, what was in the app before it was mapped is somebody else's. */
    public bool $isAdopted = false;

    /** The copy that the operator wants to be left alone. */
    public ?Identity $ignored = null;

    /** @var array<string, true> Names this network put into the app, or is about to. */
    public array $managed = [];

    /** @var array<string, int> Names that were removed => when the list was first seen without them, 0: not yet. */
    public array $leaving = [];

    /** @var array<string, true> Names that are mapped here and that somebody else had put into the app. */
    public array $foreign = [];

    /** @var array<string, array{reason: string, since: int}> Names left out: "no_room", "no_dns", "invalid_domain". */
    public array $held = [];

    /** @var array<string, int> Names seen without an address once => when; the second time they are held. */
    public array $suspects = [];

    /** @var array{count: int, since: int}|null Removals that wait for the operator. */
    public ?array $brake = null;

    /** Whether removing names to make room for more important ones waits for the operator. */
    public bool $isEvictionBraked = false;

    /** @var int|null How many removals the operator allowed for the next sync. */
    public ?int $allowed = null;

    /** @var array{at: int, digest: string}|null The last success. */
    public ?array $synced = null;

    /**
     * Its message is codes with arguments, so that everybody reads it in their own language.
     *
     * @var array{code: string, message: list<array{code: string, arguments: array<mixed>}>, at: int, since: int,
     *     sapi: string, retryable: bool}|null
     */
    public ?array $failure = null;

    /** @var array{at: int, added: list<string>, removed: list<string>}|null What a daily sync had to repair. */
    public ?array $repaired = null;

    /** Failed tries in a row. */
    public int $attempt = 0;

    /** When the next sync is due. */
    public int $nextAt = 0;

    /** When the run that is under way began; 0 if none is. */
    public int $startedAt = 0;

    /** Until when ServerPilot wants to be left alone. */
    public int $notBefore = 0;

    /** @var array{count: int|null, limit: int|null} Names in the app. */
    public array $domains = ['count' => null, 'limit' => null];

    /**
     * AutoSSL: "on", "pending", "custom" or "refused", since when, and when that was last seen. A failed check is no
     * state: it changes $error, and nothing else.
     *
     * @var array{state: string, since: int, at: int,
     *     error: array{code: string, message: list<array<string, mixed>>}|null}|null
     */
    public ?array $autossl = null;

    /** Certificate checks in a row that found something pending. */
    public int $checks = 0;

    /** When the next certificate check is due; 0 if nothing is pending. */
    public int $checkAt = 0;

    /** How many domains Ultimate Multisite had given up at the last run. */
    public int $unverified = 0;

    /** @var array{at: int, bad: array<string, string>}|null The last daily check of certificates. */
    public ?array $audit = null;

    /** When the list is compared next; what is due before that is the certificate. */
    public function nextSyncAt(): int
    {
        return max($this->nextAt, $this->notBefore);
    }

    /** When something is due next, so that one action can be scheduled for it; 0: at once. */
    public function dueAt(): int
    {
        $isDead = $this->startedAt > 0 && $this->failure === null;
        $next = $isDead ? min($this->nextAt, $this->startedAt + self::DEAD_AFTER) : $this->nextAt;
        $sync = max($next, $this->notBefore);
        if ($this->checkAt === 0) {
            return $sync;
        }
        // Whether a customer's site has its certificate, the site itself says: that does not wait for ServerPilot.
        $isAsking = $this->unverified === 0;
        $check = $isAsking && $this->failure !== null ? max($this->checkAt, $sync) : $this->checkAt;
        return min($sync, $isAsking ? max($check, $this->notBefore) : $check);
    }

    /** @return list<string> */
    public function managed(): array
    {
        return array_map('strval', array_keys($this->managed));
    }

    /** @return list<string> */
    public function heldFor(string $reason): array
    {
        $held = array_filter($this->held, static fn (array $one): bool => $one['reason'] === $reason);
        return array_map('strval', array_keys($held));
    }

    public function toJson(): string
    {
        return json_encode(['version' => self::VERSION] + get_object_vars($this), JSON_THROW_ON_ERROR);
    }

    /** @throws UnexpectedValueException Where this is not a state, whole. */
    public static function fromJson(string $json): self
    {
        $read = json_decode($json, true, 16);
        $state = new self();
        if (is_array($read) && ($read['version'] ?? null) === 1) {
            $read = self::ofVersion1($read);
        }
        if (!is_array($read) || ($read['version'] ?? null) !== self::VERSION) {
            throw new UnexpectedValueException('no state of this version');
        }
        foreach (get_object_vars($state) as $name => $default) {
            if (!array_key_exists($name, $read)) {
                throw new UnexpectedValueException("no $name");
            }
            $value = $read[$name];
            $isIdentity = in_array($name, ['identity', 'ignored'], true) && $value !== null;
            // A wrong type is a TypeError, but one array is as good as another to PHP.
            if (!self::fits($name, $isIdentity ? (array) $value : $value, $isIdentity ? [] : $default)) {
                throw new UnexpectedValueException("spoilt $name");
            }
            $state->$name = $isIdentity ? self::identity($value) : $value;
        }
        return $state;
    }

    /**
     * Its messages were texts.
     *
     * @param array<string, mixed> $read
     *
     * @return array<string, mixed>
     */
    private static function ofVersion1(array $read): array
    {
        $message = $read['failure']['message'] ?? null;
        if (is_string($message)) {
            $read['failure']['message'] = self::text($message);
        }
        $message = $read['autossl']['error']['message'] ?? null;
        if (is_string($message)) {
            $read['autossl']['error']['message'] = self::text($message);
        }
        return ['version' => self::VERSION] + $read;
    }

    /** @return list<array{code: string, arguments: list<string>}> */
    private static function text(string $message): array
    {
        return $message === '' ? [] : [['code' => self::TEXT, 'arguments' => [$message]]];
    }

    private static function identity(mixed $value): Identity
    {
        foreach (['app', 'network', 'environment'] as $part) {
            if (!is_array($value) || !is_string($value[$part] ?? null)) {
                throw new UnexpectedValueException('spoilt identity');
            }
        }
        return new Identity($value['app'], $value['network'], $value['environment']);
    }

    private static function fits(string $name, mixed $value, mixed $default): bool
    {
        $maps = [
            'managed' => 'is_true', 'foreign' => 'is_true', 'leaving' => 'is_int', 'suspects' => 'is_int',
            'held' => 'is_array',
        ];
        if (isset($maps[$name])) {
            $isEach = $maps[$name] === 'is_true' ? static fn (mixed $one): bool => $one === true : $maps[$name];
            return is_array($value) && array_filter($value, $isEach) === $value;
        }
        $shapes = [
            'brake' => ['count', 'since'], 'synced' => ['at', 'digest'], 'repaired' => ['at', 'added', 'removed'],
            'failure' => ['code', 'message', 'at', 'since', 'sapi', 'retryable'], 'audit' => ['at', 'bad'],
            'autossl' => ['state', 'since', 'at', 'error'], 'domains' => ['count', 'limit'],
        ];
        $said = $name === 'failure' ? $value['message'] ?? [] : $value['error']['message'] ?? [];
        if (in_array($name, ['failure', 'autossl'], true) && !self::isMessage($said)) {
            return false;
        }
        if (isset($shapes[$name])) {
            return $value === null && $default === null
                || is_array($value) && array_diff_key(array_flip($shapes[$name]), $value) === [];
        }
        return match ($name) {
            'identity', 'ignored' => $value === null || is_array($value),
            'allowed' => $value === null || is_int($value),
            default => get_debug_type($value) === get_debug_type($default),
        };
    }

    private static function isMessage(mixed $value): bool
    {
        foreach (is_array($value) ? $value : [null] as $sentence) {
            if (!is_string($sentence['code'] ?? null) || !is_array($sentence['arguments'] ?? null)) {
                return false;
            }
        }
        return true;
    }
}
