<?php

/*
 * All policy of the plugin: what is to be done (decide), and what is to be remembered of it (settle). Plain PHP:
 * must not know WordPress, the database, the library or the clock; the time and chance are handed in.
 */

declare(strict_types=1);

namespace ServerPilot\Controller;

final class Controller
{
    /** A hook that comes so soon after a success, and changes nothing that is known, asks nothing. */
    private const FRESH = 60;

    /** A removed name is remembered for so long after the list was seen without it. */
    private const REMEMBERED = 2 * Backoff::DAY;

    /** Longer than that, ServerPilot is not waited for, and a time further ahead was set by a clock that was wrong. */
    private const LONGEST_WAIT = 2 * Backoff::DAY;

    /** A certificate is given so long before names without DNS are looked for. */
    private const PATIENCE = 7200;

    /** A name is held only when a second lookup, at least so much later, says the same. */
    private const SECOND_LOOKUP = 60;

    /** So many names may always be removed in one run; more only up to a fifth of the managed ones. */
    private const FREE_REMOVALS = 5;

    /** More names than could ever fit are not asked about. */
    private const MOST_NAMES = 4000;

    /** Failures that only a person can fix: asked again once a day, whatever the library says of a retry. */
    private const NEEDS_A_PERSON = [
        'SP_ERR_AUTH', 'SP_ERR_PAYMENT_REQUIRED', 'SP_ERR_FORBIDDEN', 'SP_ERR_NOT_FOUND', 'SP_ERR_NOT_CONFIGURED',
    ];

    public const UNAVAILABLE = 'unavailable';

    public static function decide(State $state, Facts $facts, int $now): Plan
    {
        $plan = new Plan(clone $state);
        $plan->problem = $facts->blocked ?? self::safeMode($state, $facts);
        if ($plan->problem !== null) {
            return $plan;
        }
        // From the first run on, before anything is asked: a copy of the database is one of a network, too, that never
        // synced.
        $plan->state->identity = $facts->identity;
        self::takeNote($plan->state, $facts, $now);
        $plan->certificate = self::isReached($plan->state->checkAt, $now) && $plan->state->checkAt > 0;
        $plan->verify = $facts->unverified > 0 && ($plan->certificate || self::isReached($state->nextAt, $now));
        if (!self::isReached($state->notBefore, $now)) {
            $plan->problem = 'retry_after';
            return $plan;
        }
        $plan->sync = self::isSyncDue($state, $facts, $now);
        // While the first certificate is waited for, there is nothing to check.
        $hasCertificate = in_array($state->autossl['state'] ?? '', ['on', 'custom'], true);
        $plan->audit = $plan->sync && $hasCertificate && $state->managed !== []
            && self::isReached(($state->audit['at'] ?? 0) + Backoff::DAY, $now);
        $mayAsk = $plan->sync || $plan->certificate && $state->failure === null;
        if ($mayAsk && $plan->certificate && $facts->mayHold) {
            $plan->lookups = self::lookups($state, $facts, $now);
        }
        if ($plan->sync) {
            return self::compare($plan, $facts, $now);
        }
        $plan->enableAutossl = $mayAsk && ($state->autossl['state'] ?? '') === 'pending';
        return $plan;
    }

    /** What a sync would do now, whatever keeps it from being done. Nothing of it may be written. */
    public static function preview(State $state, Facts $facts, int $now): Plan
    {
        $plan = new Plan(clone $state);
        $plan->problem = $facts->blocked ?? (self::isReached($state->notBefore, $now) ? null : 'retry_after');
        return $plan->problem === null ? self::compare($plan, $facts, $now) : $plan;
    }

    public static function settle(Plan $plan, Facts $facts, Result $result, int $now): State
    {
        $state = clone $plan->state;
        $state->startedAt = 0;
        if ($result->code !== null) {
            if ($result->isRefused) {
                // Whoever puts them into the app now, it is not this network.
                $state->managed = array_diff_key($state->managed, array_fill_keys($plan->adding, true));
            }
            $state = self::failed($state, $result, $facts->sapi, $facts->jitter, $now);
            if ($plan->problem === null) {
                self::nextCheck($state, $plan, $facts, $now);
            } elseif ($state->checkAt !== 0) {
                $state->checkAt = $state->nextAt;
            }
            return $state;
        }
        if ($plan->step === Plan::KEEP || $plan->step === Plan::APPLY) {
            self::synced($state, $plan, $facts, $result, $now);
        }
        if ($plan->enableAutossl === ($plan->step === Plan::WAIT)) {
            // Where AutoSSL is still to be asked for, its failure goes on with the backoff, or there would be none.
            $state->failure = null;
            $state->attempt = $state->notBefore = 0;
        }
        if ($plan->problem !== null && $plan->problem !== 'retry_after') {
            // Until somebody decides, or a day later, should the difference be gone.
            $state->nextAt = $now + Backoff::daily($facts->jitter);
            $state->checkAt = $state->checkAt === 0 ? 0 : $state->nextAt;
            return $state;
        }
        self::seen($state, $plan, $result, $now);
        // A resolver that does not know the network itself knows nothing of its customers.
        $isTrusted = ($result->dns[$facts->own[0] ?? ''] ?? '') === 'found';
        foreach ($result->dns as $name => $dns) {
            if ($isTrusted || $dns === 'found') {
                self::lookedUp($state, $facts, (string) $name, $dns, $now);
            }
        }
        if ($result->certificates !== null) {
            $state->audit = ['at' => $now, 'bad' => $result->certificates];
        }
        self::nextCheck($state, $plan, $facts, $now);
        return $state;
    }

    /**
     * Why nothing may be written before the operator has decided: the state, and so the database, is of another app,
     * another network or another kind of machine.
     */
    public static function safeMode(State $state, Facts $facts): ?string
    {
        $home = $state->identity ?? new Identity($facts->identity->app, $facts->identity->network, 'production');
        $difference = $home->difference($facts->identity);
        $isUnused = !$state->isAdopted && $state->managed === [] && $state->leaving === [];
        if ($difference === 'app' && $isUnused) {
            // Nothing was ever written: the ID was mistyped, and is put right.
            $home = new Identity($facts->identity->app, $home->network, $home->environment);
            $difference = $home->difference($facts->identity);
        }
        if ($difference === null) {
            return null;
        }
        return $state->ignored?->difference($facts->identity) === null && $state->ignored !== null
            ? 'ignored' : "safe_$difference";
    }

    /** "This is the same network, it moved": the managed names stay ours. */
    public static function moved(State $state, Facts $facts): State
    {
        $state = clone $state;
        if ($state->identity !== null && $state->identity->app !== $facts->identity->app) {
            // What was taken out of another app is nobody's business here.
            $state->leaving = $state->foreign = [];
        }
        $state->identity = $facts->identity;
        $state->ignored = $state->failure = null;
        $state->nextAt = $state->notBefore = $state->attempt = 0;
        return $state;
    }

    /** "This is a new network": it starts empty, and what is in the app is somebody else's. */
    public static function startAnew(State $state, Facts $facts): State
    {
        $new = new State();
        $new->revision = $state->revision;
        $new->identity = $facts->identity;
        $new->isAdopted = true;
        return $new;
    }

    /** "Leave it alone": nothing is written, and nobody is reminded of it. */
    public static function ignore(State $state, Facts $facts): State
    {
        $state = clone $state;
        $state->ignored = $facts->identity;
        return $state;
    }

    /** The operator has seen the removals that wait, and wants them. */
    public static function allowRemovals(State $state): State
    {
        $state = clone $state;
        // What the screen showed, and no more.
        $state->allowed = $state->brake['count'] ?? ($state->isEvictionBraked ? count($state->managed) : null);
        $state->nextAt = 0;
        return $state;
    }

    /** A name that somebody else put into the app becomes this network's. */
    public static function adopt(State $state, string $name): State
    {
        $state = clone $state;
        if (isset($state->foreign[$name])) {
            unset($state->foreign[$name]);
            $state->managed[$name] = true;
        }
        return $state;
    }

    /** What this run is told, and what time has made of what is remembered. */
    private static function takeNote(State $state, Facts $facts, int $now): void
    {
        $news = in_array(Facts::DNS, $facts->events, true) || $facts->unverified > $state->unverified;
        $state->unverified = $facts->unverified;
        if ($facts->isRequested() || $news) {
            $state->checks = 0;
            $soon = $now + Backoff::seconds(0, $facts->jitter);
            if (self::isPending($state)) {
                $state->checkAt = $state->checkAt === 0 ? $soon : min($state->checkAt, $soon);
            }
        }
    }

    private static function isSyncDue(State $state, Facts $facts, int $now): bool
    {
        if ($facts->isRequested() || self::isReached($state->nextAt, $now)) {
            return true;
        }
        if ($state->failure !== null) {
            // More hooks are no reason to ask sooner. Another PHP may be allowed what that one was not.
            return $state->failure['code'] === self::UNAVAILABLE && $state->failure['sapi'] !== $facts->sapi;
        }
        if (($state->synced['digest'] ?? '') !== $facts->digest) {
            return true;
        }
        if ($state->startedAt > 0 && self::isReached($state->startedAt + State::DEAD_AFTER, $now)) {
            return true;
        }
        $age = $now - ($state->synced['at'] ?? 0);
        return in_array(Facts::CHANGED, $facts->events, true) && ($age < 0 || $age >= self::FRESH);
    }

    /** A time so far ahead that only a wrong clock can have set it is due as well. */
    public static function isReached(int $at, int $now): bool
    {
        return $at <= $now || $at > $now + self::LONGEST_WAIT + 7200;
    }

    /** @return list<string> */
    private static function lookups(State $state, Facts $facts, int $now): array
    {
        $isLate = ($state->autossl['state'] ?? '') === 'pending' && $now - $state->autossl['since'] >= self::PATIENCE;
        $names = $isLate ? array_diff($state->managed(), $facts->protected()) : [];
        $names = self::unique([...$state->heldFor('no_dns'), ...$names]);
        return $names === [] ? [] : [...array_slice($facts->own, 0, 1), ...$names];
    }

    private static function compare(Plan $plan, Facts $facts, int $now): Plan
    {
        $state = $plan->state;
        $plan->sync = true;
        $wanted = self::unique([...$facts->own, ...$facts->mapped, ...$facts->hosts]);
        if ($facts->observed === null) {
            $plan->step = Plan::OBSERVE;
            $known = [...$state->managed(), ...self::names($state->leaving), ...$state->heldFor('no_dns')];
            // A www that only comes along is not asked about: where it is in the answer, the name is registrable.
            $companions = self::companions($facts);
            $known = array_filter($known, static fn (string $name): bool => !isset($companions[$name]));
            $plan->names = array_slice(self::unique([...$known, ...$wanted]), 0, self::MOST_NAMES);
            return $plan;
        }
        $seen = $facts->observed;
        $held = $facts->mayHold ? array_fill_keys($state->heldFor('no_dns'), true) : [];
        $plan->desired = array_values(array_filter(
            self::byImportance($facts, $seen),
            static fn (string $name): bool => !isset($held[$name]) && $seen->knows($name)
        ));
        $protected = array_fill_keys($facts->protected(), true);
        if ($facts->events === [] && $state->failure === null && ($state->synced['digest'] ?? '') === $facts->digest) {
            // Nobody asked, and nothing is new here.
            $undone = array_intersect_key($state->managed, $seen->absent)
                + array_intersect_key($state->leaving, $seen->present);
            $plan->undone = self::names($undone);
        }
        self::ageLeaving($state, $seen, $now);
        $ours = array_diff_key($state->managed + $state->leaving, $protected);

        $desired = array_fill_keys($plan->desired, true);
        $removing = self::names(array_diff_key($ours, $desired, $seen->absent));
        $limit = max(self::FREE_REMOVALS, intdiv(count(array_diff_key($state->managed, $seen->absent)), 5));
        $plan->maxRemovals = max($limit, $state->allowed ?? 0);
        $plan->isBraked = count($removing) > $plan->maxRemovals;
        $state->brake = $plan->isBraked
            ? ['count' => count($removing), 'since' => $state->brake['since'] ?? $now] : null;
        $plan->waiting = $plan->isBraked ? $removing : [];

        self::assign($plan, $facts, $seen, $ours);
        $state->foreign = array_intersect_key($state->foreign, $desired, $seen->present);
        if (!$plan->isBraked) {
            $plan->removing = $removing;
            // With the desired ones among them, the least important give way where the list is full.
            $isEvicting = !$state->isEvictionBraked || $state->allowed !== null;
            $plan->owned = self::names($isEvicting ? $ours : array_diff_key($ours, $desired));
            foreach (self::names(array_diff_key($ours, $desired)) as $name) {
                unset($state->managed[$name]);
                $state->leaving[$name] ??= isset($seen->absent[$name]) ? $now : 0;
            }
            $state->managed = array_diff_key($state->managed, array_diff_key($protected, $desired));
        }
        $plan->missing = self::names(array_intersect_key($desired, $seen->absent));
        $isChange = $plan->missing !== [] || $plan->removing !== [] || $seen->isFull;
        $plan->step = $isChange ? Plan::APPLY : Plan::KEEP;
        $plan->enableAutossl = !$isChange && $seen->autossl === 'available';
        return $plan;
    }

    /**
     * Whose entry each desired name is, or will be.
     *
     * @param array<string, mixed> $ours
     */
    private static function assign(Plan $plan, Facts $facts, Observation $seen, array $ours): void
    {
        $state = $plan->state;
        foreach ($plan->desired as $name) {
            $isOurs = isset($ours[$name]);
            unset($state->leaving[$name], $state->foreign[$name]);
            if ($isOurs) {
                $state->managed[$name] = true;
            } elseif (in_array($name, $facts->own, true)) {
                continue;
            } elseif (isset($seen->absent[$name])) {
                $plan->adding[] = $name;
                $state->managed[$name] = true;
            } elseif (!$state->isAdopted) {
                $plan->adopting[] = $name;
            } elseif (isset($seen->present[$name])) {
                $state->foreign[$name] = true;
            }
        }
    }

    /**
     * The network's own, mapped domains, sub-sites, their www. Hosts that a wildcard covers come last: they work
     * without an entry, but a certificate of ServerPilot's needs one.
     *
     * @return list<string>
     */
    private static function byImportance(Facts $facts, Observation $seen): array
    {
        $covered = array_filter($facts->hosts, static fn (string $host): bool => $seen->isCovered($host));
        $www = array_filter(
            self::names(self::companions($facts)),
            static fn (string $name): bool => $seen->knows($name)
        );
        return self::unique(
            [...$facts->own, ...$facts->mapped, ...array_diff($facts->hosts, $covered), ...$www, ...$covered]
        );
    }

    /**
     * The www names that may come along with a mapped domain and that nobody mapped.
     *
     * @return array<string, true>
     */
    public static function companions(Facts $facts): array
    {
        if ($facts->www === 'never') {
            return [];
        }
        $names = [];
        // A mapped domain that is the host of a sub-site as well has no www of its own.
        foreach (array_diff($facts->mapped, $facts->hosts, $facts->own) as $name) {
            if (!str_starts_with($name, 'www.')) {
                $names["www.$name"] = true;
            }
        }
        return array_diff_key($names, array_fill_keys([...$facts->mapped, ...$facts->hosts, ...$facts->own], true));
    }

    private static function ageLeaving(State $state, Observation $seen, int $now): void
    {
        foreach ($state->leaving as $name => $since) {
            if (isset($seen->present[$name])) {
                $state->leaving[$name] = 0;
            } elseif (isset($seen->absent[$name])) {
                $since = $since === 0 || $since > $now ? $now : $since;
                $state->leaving[$name] = $since;
                if ($now - $since >= self::REMEMBERED) {
                    unset($state->leaving[$name]);
                }
            }
        }
    }

    private static function synced(State $state, Plan $plan, Facts $facts, Result $result, int $now): void
    {
        $unchanged = array_fill_keys($result->unchanged, true);
        foreach ($plan->adding as $name) {
            if (isset($unchanged[$name]) && $state->isAdopted) {
                // It was absent a moment ago: somebody else was faster.
                unset($state->managed[$name]);
                $state->foreign[$name] = true;
            }
        }
        if (!$state->isAdopted) {
            $state->managed += array_fill_keys($plan->adopting, true);
        }
        $gone = array_fill_keys($result->removed, true);
        $adding = array_fill_keys($plan->adding, true);
        $reasons = array_filter($result->skipped, static fn (string $reason): bool => $reason !== 'protected');
        foreach ($reasons as $name => $reason) {
            if ($reason === 'no_room' && isset($state->managed[$name]) && !isset($adding[$name])) {
                // It was in the list, or in a write whose end is not known and that may still arrive.
                $gone[$name] = true;
            }
            unset($state->managed[$name], $state->foreign[$name]);
        }
        foreach (self::names($gone) as $name) {
            $state->leaving[$name] = $now;
        }
        foreach (self::names($state->leaving) as $name) {
            // The list was just seen, or written, without it; a name nobody knew of before is seen here.
            if ($plan->step === Plan::APPLY && !$plan->isBraked && $state->leaving[$name] === 0) {
                $state->leaving[$name] = $now;
            }
        }
        $state->held = self::heldNames($state, $facts, $reasons, $now);
        $state->suspects = array_intersect_key($state->suspects, $state->managed);
        $added = array_values(array_intersect($result->added, $plan->undone));
        $removed = array_values(array_intersect($result->removed, $plan->undone));
        if ($added !== [] || $removed !== []) {
            $state->repaired = ['at' => $now, 'added' => $added, 'removed' => $removed];
        }
        if (!$plan->isBraked) {
            $isWaiting = $state->isEvictionBraked && $state->allowed === null;
            $state->isEvictionBraked = $isWaiting && $state->heldFor('no_room') !== [];
            $state->allowed = null;
        }
        $state->isAdopted = true;
        $isNews = ($state->synced['digest'] ?? '') !== $facts->digest;
        $state->synced = ['at' => $now, 'digest' => $facts->digest];
        $state->domains = ['count' => $result->count, 'limit' => $result->limit];
        $state->nextAt = $now + Backoff::daily($facts->jitter);
        if ($result->added !== [] || $result->removed !== []) {
            // Another list is another certificate.
            // (Names that DNS alone takes out and puts back begin no new backoff.)
            $state->checks = $isNews ? 0 : $state->checks;
            $state->checkAt = 0;
        }
    }

    /**
     * Every name that is left out, each with its reason and since when.
     *
     * @param array<string, string> $reasons What the library left out.
     * @return array<string, array{reason: string, since: int}>
     */
    private static function heldNames(State $state, Facts $facts, array $reasons, int $now): array
    {
        $seen = $facts->observed ?? new Observation([], []);
        foreach ([...$facts->mapped, ...$facts->hosts] as $name) {
            if (!$seen->knows($name)) {
                // More names than are asked about fit even less.
                $reasons[$name] ??= isset($seen->invalid[$name]) ? 'invalid_domain' : 'no_room';
            }
        }
        $left = $facts->mayHold ? array_fill_keys($state->heldFor('no_dns'), 'no_dns') : [];
        $left = array_intersect_key($left, array_fill_keys(self::everything($facts), true));
        $held = [];
        foreach ($reasons + $left as $name => $reason) {
            $known = ($state->held[$name]['reason'] ?? '') === $reason;
            $held[$name] = ['reason' => $reason, 'since' => $known ? $state->held[$name]['since'] : $now];
        }
        return $held;
    }

    /** What is remembered of a run that could not do its work, for whatever reason. */
    public static function failed(State $state, Result $result, string $sapi, float $jitter, int $now): State
    {
        $state = clone $state;
        $state->startedAt = 0;
        $isRetryable = $result->retryable && !in_array($result->code, self::NEEDS_A_PERSON, true);
        $state->failure = [
            'code' => (string) $result->code,
            'message' => $result->message,
            'at' => $now,
            'since' => $state->failure['since'] ?? $now,
            'sapi' => $sapi,
            'retryable' => $isRetryable,
        ];
        if ($result->retryAfter > 0) {
            $state->notBefore = $now + min(self::LONGEST_WAIT, $result->retryAfter);
        }
        if ($result->code === 'SP_ERR_TOO_MANY_REMOVALS') {
            // More names would give way than may without being asked for: the next run lets none.
            // What was allowed was fewer: the operator is asked anew. Refused once more, it waits as a failure does.
            $isFirst = !$state->isEvictionBraked;
            $state->isEvictionBraked = true;
            $state->allowed = null;
            if ($isFirst) {
                $state->nextAt = $now;
                return $state;
            }
            $isRetryable = $state->failure['retryable'] = true;
        }
        $delay = $isRetryable ? Backoff::seconds($state->attempt, $jitter) : Backoff::daily($jitter);
        $state->attempt = min(Backoff::LAST, $state->attempt + ($isRetryable ? 1 : 0));
        $state->nextAt = $now + $delay;
        return $state;
    }

    /** What was seen of AutoSSL. What could not be seen is as it was. */
    private static function seen(State $state, Plan $plan, Result $result, int $now): void
    {
        $autossl = $result->autossl;
        $is = match ($autossl) {
            'enabled', 'already_enabled' => 'on',
            'pending', 'available', 'failed' => 'pending',
            'custom_certificate' => 'custom',
            'refused' => 'refused',
            default => null,
        };
        if ($is === null) {
            return;
        }
        $was = $state->autossl;
        if ($autossl === 'available' && ($was['state'] ?? '') === 'refused' && !$plan->enableAutossl) {
            return;
        }
        $isSame = $was !== null && $was['state'] === $is;
        $state->autossl = [
            'state' => $is,
            'since' => $isSame ? $was['since'] : $now,
            'at' => $now,
            'error' => $result->autosslError,
        ];
        if (!$isSame) {
            $state->checks = $state->checkAt = 0;
        }
    }

    private static function lookedUp(State $state, Facts $facts, string $name, string $dns, int $now): void
    {
        $isHeld = ($state->held[$name]['reason'] ?? '') === 'no_dns';
        if ($dns === 'found') {
            unset($state->suspects[$name]);
            if ($isHeld) {
                unset($state->held[$name]);
                $state->nextAt = $now;
            }
            return;
        }
        $isWithout = $dns === 'no_such_name' || $dns === 'no_address';
        if (!$isWithout || $isHeld || !isset($state->managed[$name]) || in_array($name, $facts->protected(), true)) {
            return;
        }
        $first = $state->suspects[$name] ?? $now;
        if ($now - $first < self::SECOND_LOOKUP) {
            $state->suspects[$name] = min($first, $now);
            return;
        }
        $new = array_filter(
            $state->held,
            static fn (array $one): bool => $one['reason'] === 'no_dns' && $one['since'] === $now
        );
        if (count($new) < max(self::FREE_REMOVALS, intdiv(count($state->managed), 5))) {
            unset($state->suspects[$name]);
            $state->held[$name] = ['reason' => 'no_dns', 'since' => $now];
            $state->nextAt = $now;
        }
    }

    private static function isPending(State $state): bool
    {
        return ($state->autossl['state'] ?? '') === 'pending' || $state->unverified > 0
            || $state->heldFor('no_dns') !== [];
    }

    private static function nextCheck(State $state, Plan $plan, Facts $facts, int $now): void
    {
        if (!self::isPending($state)) {
            $state->checks = $state->checkAt = 0;
            return;
        }
        if ($plan->certificate && $state->checkAt !== 0) {
            $state->checks = min(Backoff::LAST, $state->checks + 1);
            $state->checkAt = 0;
        }
        if ($state->checkAt === 0) {
            $state->checkAt = $now + Backoff::seconds($state->checks, $facts->jitter);
        }
    }

    /** @return list<string> */
    private static function everything(Facts $facts): array
    {
        return [...$facts->mapped, ...$facts->hosts, ...self::names(self::companions($facts))];
    }

    /**
     * @param array<string> $names
     * @return list<string>
     */
    private static function unique(array $names): array
    {
        return array_values(array_unique($names));
    }

    /**
     * PHP turns keys that look like numbers into numbers.
     *
     * @param array<string, mixed> $map
     * @return list<string>
     */
    private static function names(array $map): array
    {
        return array_map('strval', array_keys($map));
    }
}
