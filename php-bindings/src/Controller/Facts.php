<?php

/*
 * What WordPress says at the moment of a run, and why there is a run. Names are in their normal form: lower case,
 * A-labels, no trailing dot. Must not be kept from one run to the next.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class Facts
{
    /** A hook said that something changed. */
    public const CHANGED = 'changed';
    /** The integration was switched on, or a credential was saved. */
    public const SETTINGS = 'settings';
    /** A name's DNS is right, so its certificate may come soon. */
    public const DNS = 'dns';
    /** Somebody pressed the button or ran the command. */
    public const REQUESTED = 'requested';

    public readonly string $digest;

    /**
     * @param list<string> $own The network's own domain and its main site's.
     * @param list<string> $mapped Mapped domains, oldest first.
     * @param list<string> $hosts Hosts of the sub-sites.
     * @param string $www Which mapped domains get a www: "auto" (registrable ones), "never" or "always".
     * @param list<string> $events Why there is a run: constants of this class.
     * @param string|null $blocked Code of what has to be set up first; null if nothing.
     * @param bool $mayHold Whether names without DNS may be left out.
     * @param int $unverified Domains that Ultimate Multisite gave up for want of a certificate.
     * @param string $sapi Which PHP runs: what the web's PHP is not allowed to, the command line's may be.
     * @param float $jitter From 0 to 1, by chance.
     * @param Observation|null $observed What the app was seen to hold in this run.
     */
    public function __construct(
        public readonly Identity $identity,
        public readonly array $own,
        public readonly array $mapped,
        public readonly array $hosts,
        public readonly string $www = 'auto',
        public readonly array $events = [],
        public readonly ?string $blocked = null,
        public readonly bool $mayHold = true,
        public readonly int $unverified = 0,
        public readonly string $sapi = 'cli',
        public readonly float $jitter = 0.0,
        public readonly ?Observation $observed = null,
    ) {
        $this->digest = md5(implode(' ', [...$own, '|', ...$mapped, '|', ...$hosts, '|', $www]));
    }

    public function observed(Observation $observed): self
    {
        return new self(
            $this->identity,
            $this->own,
            $this->mapped,
            $this->hosts,
            $this->www,
            $this->events,
            $this->blocked,
            $this->mayHold,
            $this->unverified,
            $this->sapi,
            $this->jitter,
            $observed,
        );
    }

    /** @return list<string> Names that are never removed, whoever maps them: the network's own and their www. */
    public function protected(): array
    {
        $names = [];
        foreach ($this->own as $name) {
            // Where the network itself starts with www, WordPress strips that from the names of sub-sites.
            $bare = str_starts_with($name, 'www.') ? substr($name, 4) : $name;
            array_push($names, $name, $bare, "www.$bare");
        }
        return array_values(array_unique($names));
    }

    public function isRequested(): bool
    {
        return in_array(self::REQUESTED, $this->events, true) || in_array(self::SETTINGS, $this->events, true);
    }
}
