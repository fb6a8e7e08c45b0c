<?php

// What the plugin remembers from one action to the next: one network option, never autoloaded, read
// afresh past every cache and written only by whoever holds the lease. May not hold a secret.

declare(strict_types=1);

namespace ServerPilot\UltimateMultisite;

final class State
{
    public const OPTION = 'serverpilot_state';

    /** @var string[] Names that WordPress put into the app's list or wants there. */
    public array $owned = [];

    /**
     * The last time everything was as wanted: up to which action, which names were wanted, which were let
     * go, which could not be brought in (name => why), and when.
     *
     * @var array{until: int, names: string[], released: string[], skipped: array<string, string>, at: int}|null
     */
    public ?array $confirmed = null;

    /**
     * Why it is not now: message, name of the status, number of the action it covers, what comes next, and
     * until when ServerPilot wants to be left alone.
     *
     * @var array{message: string, status: string, until: int, at: int, sapi: string, next: int|null,
     * again: bool, wait: int}|null
     */
    public ?array $failure = null;

    /** @var array{state: string, at: int, message: string, ended: bool}|null What AutoSSL was last seen to be. */
    public ?array $autossl = null;

    /** @var array{at: int, added: string[], removed: string[]}|null What the last daily look had to repair. */
    public ?array $repaired = null;

    /** @var array{count: int|null, limit: int|null} */
    public array $domains = ['count' => null, 'limit' => null];

    public static function load(): self
    {
        self::forgetCached();
        $stored = get_network_option(null, self::OPTION);
        $state = new self();
        foreach (is_array($stored) ? $stored : [] as $key => $value) {
            if (is_array($value) && property_exists($state, (string) $key)) {
                $state->$key = $value;
            }
        }
        return $state;
    }

    public function save(): void
    {
        self::forgetCached();
        update_network_option(null, self::OPTION, get_object_vars($this));
    }

    /** Another process may have written since this one last looked, and caches live as long as processes. */
    private static function forgetCached(): void
    {
        $network = get_current_network_id();
        wp_cache_delete("$network:" . self::OPTION, 'site-options');
        $absent = wp_cache_get("$network:notoptions", 'site-options');
        if (is_array($absent) && isset($absent[self::OPTION])) {
            unset($absent[self::OPTION]);
            wp_cache_set("$network:notoptions", $absent, 'site-options');
        }
    }
}
