<?php

// Says in the reader's language what the library says: by codes and arguments, not by its English text. That text is
// shown only where a code is not known here, which is a newer library's. Must not escape anything: whoever shows it
// does.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

use ServerPilot\Controller\State;
use ServerPilot\Exception\FfiUnavailable;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\Exception\UsageException;
use ServerPilot\Result\Result;

final class LibraryMessages
{
    /** What a result or a failure says; a sync that failed says it in the language of now already. */
    public static function of(Result|ServerPilotException|SyncFailed $of): string
    {
        $english = $of instanceof Result ? $of->message : $of->getMessage();
        return $of instanceof SyncFailed ? $english : self::translated($of->sentences) ?? $english;
    }

    /**
     * What a part of a document says under this key: "message", "advice" or "detail".
     *
     * @param array<string, mixed> $part
     */
    public static function under(string $key, array $part): string
    {
        $sentences = $part["{$key}_sentences"] ?? null;
        $english = is_string($part[$key] ?? null) ? $part[$key] : '';
        return self::translated(is_array($sentences) ? $sentences : []) ?? $english;
    }

    /**
     * The same to be kept, and said later by Messages::told() in the language of whoever reads it then.
     *
     * @param array<mixed> $sentences As the library gives them.
     *
     * @return list<array{code: string, arguments: array<mixed>}>
     */
    public static function kept(array $sentences, string $english): array
    {
        if (self::translated($sentences) === null) {
            return $english === '' ? [] : [['code' => State::TEXT, 'arguments' => [$english]]];
        }
        return array_values(array_map(static fn (array $one): array => [
            'code' => Messages::LIBRARY . $one['code'],
            'arguments' => $one['arguments'],
        ], $sentences));
    }

    /** @param array<mixed> $sentences Null where one of them is not known here, or there is none. */
    public static function translated(array $sentences): ?string
    {
        $texts = [];
        foreach ($sentences as $sentence) {
            $code = is_array($sentence) ? $sentence['code'] ?? null : null;
            $arguments = is_array($sentence) ? $sentence['arguments'] ?? null : null;
            $text = is_string($code) && is_array($arguments) ? self::sentence($code, $arguments) : null;
            if ($text === null) {
                return null;
            }
            $texts[] = $text;
        }
        return $texts === [] ? null : implode(' ', $texts);
    }

    /** @param array<mixed> $arguments By name. */
    private static function sentence(string $code, array $arguments): ?string
    {
        if ($code === FfiUnavailable::SENTENCE) {
            return DoctorMessages::told($arguments);
        }
        if ($code === UsageException::SENTENCE) {
            return UsageMessages::told($arguments);
        }
        $text = LibrarySentences::text($code);
        $values = [];
        foreach (LibrarySentences::ARGUMENTS[$code] ?? [] as $name) {
            $value = self::value($arguments[$name] ?? null);
            if ($value === null) {
                return null;
            }
            $values[] = $value;
        }
        return $text === null || $values === [] ? $text : vsprintf($text, $values);
    }

    /** Null for what is no argument. */
    private static function value(mixed $value): ?string
    {
        if (is_string($value) || is_int($value)) {
            return (string) $value;
        }
        $items = is_array($value) ? $value['items'] ?? null : null;
        $more = is_array($value) ? $value['more'] ?? null : null;
        if (!is_array($items) || !is_int($more) || array_filter($items, 'is_string') !== $items) {
            return null;
        }
        $listed = implode(', ', $items);
        return match (true) {
            $more > 0 => sprintf(
                /* translators: 1: list of domain names, 2: number of further ones */
                _n('%1$s and %2$d more', '%1$s and %2$d more', $more, 'ultimate-multisite-serverpilot'),
                $listed,
                $more
            ),
            $items === [] => __('none', 'ultimate-multisite-serverpilot'),
            default => $listed,
        };
    }
}
