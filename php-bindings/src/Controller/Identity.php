<?php

/*
 * Which app, which network, which kind of machine: what a state belongs to. A copied database brings its state along,
 * and this is how the copy is recognised. Must not hold a credential; the app ID is none.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class Identity
{
    public function __construct(
        public readonly string $app,
        public readonly string $network,
        public readonly string $environment,
    ) {
    }

    /** @return string|null The first of "app", "network", "environment" in which they differ. */
    public function difference(self $other): ?string
    {
        return match (true) {
            $this->app !== $other->app => 'app',
            $this->network !== $other->network => 'network',
            $this->environment !== $other->environment => 'environment',
            default => null,
        };
    }
}
