<?php

/*
 * Typed access to a result document.
 * Must not fail: a key that is missing or of another type reads as an empty value, so that a newer or older
 * library never breaks a caller who does not need that key.
 */

declare(strict_types=1);

namespace ServerPilot\Result;

final class JsonReader
{
    /** @param array<mixed> $keys */
    public function __construct(private readonly array $keys)
    {
    }

    public function text(string $key): string
    {
        return $this->textOrNull($key) ?? '';
    }

    public function textOrNull(string $key): ?string
    {
        $value = $this->keys[$key] ?? null;
        return is_string($value) ? $value : null;
    }

    public function flag(string $key): bool
    {
        return ($this->keys[$key] ?? null) === true;
    }

    public function flagOrNull(string $key): ?bool
    {
        $value = $this->keys[$key] ?? null;
        return is_bool($value) ? $value : null;
    }

    public function whole(string $key): int
    {
        return $this->wholeOrNull($key) ?? 0;
    }

    public function wholeOrNull(string $key): ?int
    {
        $value = $this->keys[$key] ?? null;
        return is_int($value) || is_float($value) ? (int) $value : null;
    }

    public function fractionOrNull(string $key): ?float
    {
        $value = $this->keys[$key] ?? null;
        return is_int($value) || is_float($value) ? (float) $value : null;
    }

    /** @return list<string> */
    public function texts(string $key): array
    {
        return array_values(array_filter($this->list($key), 'is_string'));
    }

    /** @return list<array<string, mixed>> */
    public function parts(string $key): array
    {
        return array_values(array_filter($this->list($key), 'is_array'));
    }

    /** The object at a key; an empty one if there is none. */
    public function part(string $key): self
    {
        return new self($this->list($key));
    }

    /** @return array<mixed> */
    private function list(string $key): array
    {
        $value = $this->keys[$key] ?? null;
        return is_array($value) ? $value : [];
    }
}
