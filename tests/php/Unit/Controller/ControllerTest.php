<?php

/*
 * The rules one by one; HistoriesTest has them all at once. Must not need anything but PHP.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit\Controller;

use PHPUnit\Framework\TestCase;
use ServerPilot\Controller\Backoff;
use ServerPilot\Controller\Controller;
use ServerPilot\Controller\Facts;
use ServerPilot\Controller\Identity;
use ServerPilot\Controller\Observation;
use ServerPilot\Controller\Plan;
use ServerPilot\Controller\Result;
use ServerPilot\Controller\State;
use UnexpectedValueException;

final class ControllerTest extends TestCase
{
    private const NOW = 1_700_000_000;

    public function testTheBackoff(): void
    {
        $minutes = array_map(static fn (int $attempt): int => intdiv(Backoff::seconds($attempt), 60), range(0, 31));
        $this->assertSame([1, 2, 5, 10, 15, 30, ...array_fill(0, 24, 60), 1440, 1440], $minutes);
        $this->assertSame([60, 66], [Backoff::seconds(-1, -5.0), Backoff::seconds(0, 7.0)]);
    }

    /**
     * @param list<string> $names In order of importance.
     * @dataProvider networks
     */
    public function testImportance(Facts $facts, Observation $seen, array $names): void
    {
        $plan = Controller::decide(new State(), $facts->observed($seen), self::NOW);
        $this->assertSame(Plan::APPLY, $plan->step);
        $this->assertSame($names, $plan->desired);
    }

    /** @return array<string, array{Facts, Observation, list<string>}> */
    public function networks(): array
    {
        $all = ['net.test', 'b.com', 'a.com', 'two.net.test', 'www.b.com', 'www.a.com', 'deep.one.org'];
        return [
            'own, mapped, hosts, www' => [
                $this->facts(mapped: ['b.com', 'a.com'], hosts: ['two.net.test']),
                new Observation([], $all),
                ['net.test', 'b.com', 'a.com', 'two.net.test', 'www.b.com', 'www.a.com'],
            ],
            'what a wildcard covers comes last' => [
                $this->facts(mapped: ['b.com'], hosts: ['two.net.test', 'deep.one.org']),
                new Observation([], $all, isFull: true, wildcards: ['*.net.test']),
                ['net.test', 'b.com', 'deep.one.org', 'www.b.com', 'two.net.test'],
            ],
            'a www that the library did not tell of is none' => [
                $this->facts(mapped: ['shop.acme.com']),
                new Observation([], ['net.test', 'shop.acme.com']),
                ['net.test', 'shop.acme.com'],
            ],
            'what is no name is not sent' => [
                $this->facts(mapped: ['not a name', 'a.com']),
                new Observation([], $all, ['not a name']),
                ['net.test', 'a.com', 'www.a.com'],
            ],
        ];
    }

    /** @dataProvider identities */
    public function testSafeMode(?Identity $home, Identity $now, ?string $problem): void
    {
        $state = new State();
        $state->identity = $home;
        $state->isAdopted = true;
        foreach ([[], [Facts::CHANGED], [Facts::REQUESTED], [Facts::SETTINGS]] as $events) {
            $facts = new Facts($now, ['net.test'], ['a.com'], [], events: $events);
            $plan = Controller::decide($state, $facts, self::NOW);
            $this->assertSame($problem, $plan->problem);
            $this->assertSame($problem === null ? Plan::OBSERVE : Plan::WAIT, $plan->step);
        }
    }

    /** @return array<string, array{Identity|null, Identity, string|null}> */
    public function identities(): array
    {
        $home = new Identity('App1', 'net.test', 'production');
        return [
            'at home' => [$home, $home, null],
            'the first time' => [null, $home, null],
            'the first time, in staging' => [null, new Identity('App1', 'net.test', 'staging'), 'safe_environment'],
            'another app' => [$home, new Identity('App2', 'net.test', 'production'), 'safe_app'],
            'another network' => [$home, new Identity('App1', 'copy.test', 'production'), 'safe_network'],
            'staging' => [$home, new Identity('App1', 'net.test', 'staging'), 'safe_environment'],
            'bound to staging' => [
                new Identity('App1', 'net.test', 'staging'),
                new Identity('App1', 'net.test', 'staging'),
                null,
            ],
        ];
    }

    public function testACopyOfANetworkThatNeverSyncedIsKnownForOne(): void
    {
        $facts = $this->facts(mapped: ['a.com'], www: 'never');
        $state = Controller::decide(new State(), $facts, self::NOW)->state;
        $this->assertEquals($facts->identity, $state->identity, 'before anything is asked');
        $copy = new Facts(new Identity('App1', 'copy.test', 'production'), ['copy.test'], ['a.com'], []);
        $this->assertSame('safe_network', Controller::decide($state, $copy, self::NOW)->problem);
        // A mistyped app ID may be put right, as long as nothing was written.
        $right = new Facts(new Identity('App2', 'net.test', 'production'), ['net.test'], ['a.com'], []);
        $plan = Controller::decide($state, $right, self::NOW);
        $this->assertSame([null, 'App2'], [$plan->problem, $plan->state->identity?->app]);
        $both = new Facts(new Identity('App2', 'copy.test', 'production'), ['copy.test'], ['a.com'], []);
        $this->assertSame('safe_network', Controller::decide($state, $both, self::NOW)->problem);
        $written = Controller::decide($state, $facts->observed(new Observation([], ['net.test', 'a.com'])), self::NOW);
        $this->assertSame('safe_app', Controller::decide($written->state, $right, self::NOW)->problem);
    }

    /** @dataProvider writes */
    public function testWhoseANameIsAfterAWriteThatFailed(string $was, bool $isRefused, bool $isManaged): void
    {
        $state = $this->synced($was === 'managed' ? ['a.com'] : []);
        $state->leaving = $was === 'leaving' ? ['a.com' => self::NOW] : [];
        $facts = $this->facts(mapped: ['a.com'], www: 'never', events: [Facts::REQUESTED]);
        $facts = $facts->observed(new Observation(['net.test'], ['a.com']));
        $plan = Controller::decide($state, $facts, self::NOW);
        $this->assertSame(Plan::APPLY, $plan->step);
        $this->assertArrayHasKey('a.com', $plan->state->managed, 'kept before anything is sent');
        $failure = Result::failed('SP_ERR_FORBIDDEN', [], false, isRefused: $isRefused);
        $settled = Controller::settle($plan, $facts, $failure, self::NOW);
        $this->assertSame($isManaged, isset($settled->managed['a.com']));
        // Somebody puts it into the app, and the customer unmaps it.
        $facts = $this->facts(www: 'never', events: [Facts::REQUESTED]);
        $facts = $facts->observed(new Observation(['net.test', 'a.com'], []));
        $this->assertSame($isManaged ? ['a.com'] : [], Controller::decide($settled, $facts, self::NOW)->removing);
    }

    /** @return array<string, array{string, bool, bool}> */
    public function writes(): array
    {
        return [
            'refused' => ['new', true, false],
            'with an end that is not known' => ['new', false, true],
            'refused, and it was managed before' => ['managed', true, true],
            'refused, and it was removed before' => ['leaving', true, true],
        ];
    }

    public function testAutosslThatFailsOverAndOverIsAskedForLessAndLess(): void
    {
        $facts = $this->facts(www: 'never')->observed(new Observation(['net.test'], [], autossl: 'available'));
        $state = $this->synced([]);
        $waits = [];
        for ($now = self::NOW, $n = 0; $n < 4; $n++) {
            $state->nextAt = $now;
            $plan = Controller::decide($state, $facts, $now);
            $this->assertSame([Plan::KEEP, true], [$plan->step, $plan->enableAutossl]);
            $check = new Plan(Controller::settle($plan, $facts, new Result(autossl: 'available'), $now));
            $check->enableAutossl = true;
            $state = Controller::settle($check, $facts, Result::failed('SP_ERR_TIMEOUT', [], true), $now);
            $waits[] = $state->nextAt - $now;
            $now = $state->nextAt;
        }
        $this->assertSame([60, 120, 300, 600], $waits);
        $this->assertSame(self::NOW, $state->failure['since'] ?? null);
        $state = Controller::settle($check, $facts, new Result(autossl: 'enabled'), $now);
        $this->assertSame([0, null], [$state->attempt, $state->failure]);
    }

    /** @dataProvider removals */
    public function testTheBrake(int $managed, int $going, ?int $allowed, bool $isBraked): void
    {
        $names = array_map(static fn (int $n): string => "n$n.org", range(1, $managed));
        $state = $this->synced($names);
        $state->allowed = $allowed;
        $facts = $this->facts(mapped: array_slice($names, $going), www: 'never');
        $plan = Controller::decide($state, $facts->observed(new Observation(['net.test', ...$names], [])), self::NOW);
        $this->assertSame($isBraked, $plan->isBraked);
        $this->assertSame($isBraked ? [] : array_slice($names, 0, $going), $plan->removing);
        $this->assertSame($isBraked ? $managed : $managed - $going, count($plan->state->managed));
        $this->assertSame($isBraked ? ['count' => $going, 'since' => self::NOW] : null, $plan->state->brake);
    }

    /** @return array<string, array{int, int, int|null, bool}> */
    public function removals(): array
    {
        return [
            'five of six' => [6, 5, null, false],
            'six of seven' => [7, 6, null, true],
            'a fifth' => [100, 20, null, false],
            'more than a fifth' => [100, 21, null, true],
            'allowed' => [100, 21, 21, false],
            'more than allowed' => [100, 22, 21, true],
        ];
    }

    public function testOnlyWhatTheScreenShowedIsAllowed(): void
    {
        $state = $this->synced(array_map(static fn (int $n): string => "n$n.org", range(1, 200)));
        $state->isEvictionBraked = true;
        $state->brake = ['count' => 50, 'since' => self::NOW];
        $this->assertSame(50, Controller::allowRemovals($state)->allowed);
        $state->brake = null;
        $this->assertSame(200, Controller::allowRemovals($state)->allowed);
    }

    public function testARefusedEvictionIsTriedOnceWithoutAndThenWaits(): void
    {
        $state = $this->synced(['a.com']);
        $state->allowed = 7;
        $refused = Result::failed('SP_ERR_TOO_MANY_REMOVALS', [], false);
        $state = Controller::failed($state, $refused, 'cli', 0.0, self::NOW);
        $this->assertSame([true, null, self::NOW], [$state->isEvictionBraked, $state->allowed, $state->nextAt]);
        $waits = [];
        for ($n = 0; $n < 4; $n++) {
            // The operator allows it each time, and ServerPilot's list is as full as before.
            $state->allowed = 7;
            $state = Controller::failed($state, $refused, 'cli', 0.0, self::NOW);
            $waits[] = $state->nextAt - self::NOW;
        }
        $this->assertSame([60, 120, 300, 600], $waits);
    }

    public function testNamesThatDnsTakesOutAndPutsBackBeginNoNewBackoff(): void
    {
        foreach ([['a.com', 'a.com', 7], ['a.com', 'b.com', 0]] as [$before, $after, $checks]) {
            $state = $this->synced([$before]);
            $state->autossl = ['state' => 'pending', 'since' => self::NOW, 'at' => self::NOW, 'error' => null];
            $state->checks = 7;
            $facts = $this->facts(mapped: [$after], www: 'never');
            $facts = $facts->observed(new Observation(['net.test'], [$after]));
            $state->nextAt = self::NOW;
            $plan = Controller::decide($state, $facts, self::NOW);
            $this->assertSame(Plan::APPLY, $plan->step);
            $result = new Result(added: [$after], count: 2, limit: 300, autossl: 'pending');
            $settled = Controller::settle($plan, $facts, $result, self::NOW);
            $this->assertGreaterThanOrEqual(self::NOW + ($checks === 7 ? 3600 : 60), $settled->checkAt, $after);
            $this->assertSame($checks === 7, $settled->checkAt >= self::NOW + 3600, $after);
        }
    }

    public function testANameWithoutAddressIsHeldAtTheSecondLookupAndComesBack(): void
    {
        $state = $this->synced(['a.com', 'b.com']);
        $state->autossl = ['state' => 'pending', 'since' => self::NOW - 7199, 'at' => self::NOW, 'error' => null];
        $state->checkAt = self::NOW;
        $facts = $this->facts(mapped: ['a.com', 'b.com'], www: 'never');
        $this->assertSame([], Controller::decide($state, $facts, self::NOW)->lookups, 'not before two hours');

        $state->autossl['since']--;
        $plan = Controller::decide($state, $facts, self::NOW);
        $this->assertSame(['net.test', 'a.com', 'b.com'], $plan->lookups);
        $answers = ['net.test' => 'found', 'a.com' => 'no_such_name', 'b.com' => 'failed'];
        $blind = new Result(autossl: 'pending', dns: ['net.test' => 'no_such_name'] + $answers);
        $settled = Controller::settle($plan, $facts, $blind, self::NOW);
        $this->assertSame([], $settled->suspects, 'a resolver that knows nothing');
        $state = Controller::settle($plan, $facts, new Result(autossl: 'pending', dns: $answers), self::NOW);
        $this->assertSame([[], ['a.com']], [$state->held, array_keys($state->suspects)]);

        $later = $state->checkAt;
        $plan = Controller::decide($state, $facts, $later);
        $state = Controller::settle($plan, $facts, new Result(autossl: 'pending', dns: $answers), $later);
        $this->assertSame(['a.com'], $state->heldFor('no_dns'));
        $this->assertSame($later, $state->dueAt(), 'it is taken out at once');

        $seen = new Observation(['net.test', 'a.com', 'b.com'], []);
        $plan = Controller::decide($state, $facts->observed($seen), $later);
        $this->assertSame(['a.com'], $plan->removing);
        $this->assertSame(['net.test', 'b.com'], $plan->desired);

        $plan = Controller::decide($state, $facts, $state->checkAt);
        $this->assertContains('a.com', $plan->lookups);
        $back = Controller::settle($plan, $facts, new Result(dns: ['a.com' => 'found']), $state->checkAt);
        $this->assertSame([], $back->held);
        // And where the operator does not want it, nothing stays out.
        $facts = $this->facts(mapped: ['a.com', 'b.com'], www: 'never', mayHold: false);
        $plan = Controller::decide($state, $facts->observed($seen), $later);
        $this->assertSame(['net.test', 'a.com', 'b.com'], $plan->desired);
    }

    /** @dataProvider repairs */
    public function testWhatSomebodyChangedIsRepairedAndSaid(Observation $seen, Result $result, ?array $repaired): void
    {
        $state = $this->synced(['a.com', 'held.com']);
        $state->managed = ['a.com' => true, 'held.com' => true];
        $state->held = ['held.com' => ['reason' => 'no_dns', 'since' => self::NOW]];
        $state->leaving = ['old.com' => self::NOW];
        $state->nextAt = self::NOW;
        $facts = $this->facts(mapped: ['a.com', 'held.com'], www: 'never')->observed($seen);
        $plan = Controller::decide($state, $facts, self::NOW);
        $settled = Controller::settle($plan, $facts, $result, self::NOW);
        $this->assertSame($repaired, $settled->repaired === null ? null
            : [$settled->repaired['added'], $settled->repaired['removed']]);
        // The same, when the operator has just asked for it, is nothing to be told.
        $facts = $this->facts(['a.com', 'held.com'], [], 'never', [Facts::REQUESTED])->observed($seen);
        $plan = Controller::decide($state, $facts, self::NOW);
        $this->assertNull(Controller::settle($plan, $facts, $result, self::NOW)->repaired);
    }

    /** @return array<string, array{Observation, Result, array{list<string>, list<string>}|null}> */
    public function repairs(): array
    {
        return [
            'a name was taken out' => [
                new Observation(['net.test', 'held.com'], ['a.com', 'old.com']),
                new Result(added: ['a.com'], removed: ['held.com']),
                [['a.com'], []],
            ],
            'a removed one was put back' => [
                new Observation(['net.test', 'a.com', 'old.com'], ['held.com']),
                new Result(removed: ['old.com']),
                [[], ['old.com']],
            ],
            'a name is left out for want of DNS' => [
                new Observation(['net.test', 'a.com', 'held.com'], ['old.com']),
                new Result(removed: ['held.com']),
                null,
            ],
        ];
    }

    public function testNoMoreNamesAreHeldAtOnceThanTheBrakeAllowsAndNeverTheOwn(): void
    {
        $names = array_map(static fn (int $n): string => "n$n.org", range(1, 20));
        $state = $this->synced(['www.net.test', ...$names]);
        $state->autossl = ['state' => 'pending', 'since' => 1, 'at' => 1, 'error' => null];
        $state->suspects = array_fill_keys(['www.net.test', ...$names], 1);
        $state->checkAt = self::NOW;
        $facts = $this->facts(mapped: $names, www: 'never');
        $plan = Controller::decide($state, $facts, self::NOW);
        $dns = ['net.test' => 'found'] + array_fill_keys(['www.net.test', ...$names], 'no_address');
        $state = Controller::settle($plan, $facts, new Result(dns: $dns), self::NOW);
        $this->assertSame(array_slice($names, 0, 5), $state->heldFor('no_dns'));
    }

    /** @dataProvider failures */
    public function testWhenItIsTriedAgain(Result $failure, int $attempt, int $seconds): void
    {
        $state = $this->synced([]);
        $state->attempt = $attempt;
        $failed = Controller::failed($state, $failure, 'cli', 0.0, self::NOW);
        $this->assertSame($seconds, $failed->dueAt() - self::NOW);
    }

    /** @return array<string, array{Result, int, int}> */
    public function failures(): array
    {
        return [
            'no answer' => [Result::failed('SP_ERR_TIMEOUT', [], true), 0, 60],
            'again' => [Result::failed('SP_ERR_TIMEOUT', [], true), 6, 3600],
            'for long' => [Result::failed('SP_ERR_TIMEOUT', [], true), 30, 86400],
            'a refused key' => [Result::failed('SP_ERR_AUTH', [], false), 0, 86400],
            'a refused key, whatever is said of it' => [Result::failed('SP_ERR_AUTH', [], true), 0, 86400],
            'leave me alone' => [Result::failed('SP_ERR_RATE_LIMITED', [], true, 7200), 0, 7200],
            'for a day' => [Result::failed('SP_ERR_RATE_LIMITED', [], true, 86400), 0, 86400],
            'for a year' => [Result::failed('SP_ERR_RATE_LIMITED', [], true, 365 * 86400), 0, 2 * 86400],
        ];
    }

    public function testARemovedNameIsRememberedForTwoDaysAfterTheListWasSeenWithoutIt(): void
    {
        $facts = $this->facts(www: 'never', events: [Facts::REQUESTED]);
        $without = $facts->observed(new Observation(['net.test'], ['old.com']));
        $with = $facts->observed(new Observation(['net.test', 'old.com'], []));
        $state = Controller::decide($this->synced(['old.com']), $with, self::NOW)->state;
        $this->assertSame([[], ['old.com' => 0]], [$state->managed, $state->leaving]);
        $state = Controller::decide($state, $without, self::NOW)->state;
        $this->assertSame(['old.com' => self::NOW], $state->leaving);
        $day = self::NOW + 86400;
        // A late write has brought it back: it goes again, and the two days begin anew.
        $plan = Controller::decide($state, $with, $day);
        $this->assertSame([['old.com'], ['old.com' => 0]], [$plan->removing, $plan->state->leaving]);
        $state = Controller::decide($plan->state, $without, $day)->state;
        $this->assertSame(['old.com' => $day], Controller::decide($state, $without, $day + 172799)->state->leaving);
        $this->assertSame([], Controller::decide($state, $without, $day + 172800)->state->leaving);
    }

    public function testARunThatDidNotEndIsMadeUpFor(): void
    {
        $state = $this->synced([]);
        $state->startedAt = self::NOW;
        $facts = $this->facts(www: 'never');
        $this->assertSame(self::NOW + 300, $state->dueAt());
        $this->assertSame(Plan::WAIT, Controller::decide($state, $facts, self::NOW + 299)->step);
        $this->assertSame(Plan::OBSERVE, Controller::decide($state, $facts, self::NOW + 300)->step);
    }

    public function testAClockThatWasWrongStopsNothing(): void
    {
        $facts = $this->facts(mapped: ['a.com'], www: 'never');
        foreach (['nextAt', 'notBefore'] as $at) {
            $state = $this->synced(['a.com']);
            $state->synced = ['at' => self::NOW, 'digest' => $facts->digest];
            $state->nextAt = 0;
            $state->$at = self::NOW + 30 * 86400;
            $this->assertSame(Plan::OBSERVE, Controller::decide($state, $facts, self::NOW)->step, $at);
        }
    }

    /** @dataProvider observations */
    public function testWhatIsRememberedOfAutossl(string $was, Result $result, string $is): void
    {
        $state = $this->synced([]);
        $state->autossl = ['state' => $was, 'since' => 1, 'at' => 1, 'error' => null];
        $settled = Controller::settle(new Plan($state), $this->facts(), $result, self::NOW);
        $this->assertSame($is, $settled->autossl['state']);
        $this->assertSame($was === $is ? 1 : self::NOW, $settled->autossl['since']);
    }

    /** @return array<string, array{string, Result, string}> */
    public function observations(): array
    {
        return [
            'a failure is no state' => ['on', Result::failed('SP_ERR_TIMEOUT', [], true), 'on'],
            'nor is it for one that waits' => ['pending', Result::failed('SP_ERR_AUTH', [], false), 'pending'],
            'enabled' => ['pending', new Result(autossl: 'enabled'), 'on'],
            'still on' => ['on', new Result(autossl: 'already_enabled'), 'on'],
            'switched off by somebody' => ['on', new Result(autossl: 'pending'), 'pending'],
            'refused' => ['pending', new Result(autossl: 'refused'), 'refused'],
            'custom' => ['on', new Result(autossl: 'custom_certificate'), 'custom'],
            'not told' => ['on', new Result(autossl: 'skipped'), 'on'],
        ];
    }

    public function testEveryCertificateIsCheckedOnceADay(): void
    {
        $state = $this->synced(['a.com']);
        $facts = $this->facts(mapped: ['a.com'], events: [Facts::REQUESTED]);
        $this->assertFalse(Controller::decide($state, $facts, self::NOW)->audit, 'there is none yet');
        $state->autossl = ['state' => 'on', 'since' => 1, 'at' => 1, 'error' => null];
        $this->assertTrue(Controller::decide($state, $facts, self::NOW)->audit);
        $state->audit = ['at' => self::NOW - 80000, 'bad' => []];
        $this->assertFalse(Controller::decide($state, $facts, self::NOW)->audit);
    }

    /** What nobody checks again would be called secure for as long as its certificate was once valid. */
    public function testTheDailyCheckIsOfAllThatIsShownFromTheApp(): void
    {
        $world = new World();
        $world->isAutosslOn = true;
        $world->list = [World::OWN => true, 'foreign.com' => true];
        $world->mapped = ['a.com' => true];
        $world->run(Facts::REQUESTED);
        $world->mapped['foreign.com'] = true;
        $world->now += 2 * Backoff::DAY;
        $world->run(Facts::REQUESTED);
        $world->now += 2 * Backoff::DAY;
        $world->run(Facts::REQUESTED);
        $this->assertContains('a.com', $world->audited);
        $this->assertContains(World::OWN, $world->audited);
        $this->assertContains('foreign.com', $world->audited);
    }

    public function testANameThatWasJustAddedHasNoCertificateYet(): void
    {
        $world = new World();
        $world->isAutosslOn = true;
        $world->mapped = ['a.com' => true];
        $world->run(Facts::CHANGED);
        $world->mapped['b.com'] = true;
        $world->now += 86401;
        $world->run(Facts::CHANGED);
        $this->assertArrayHasKey('b.com', $world->list);
        $this->assertContains('a.com', $world->audited);
        $this->assertNotContains('b.com', $world->audited);
    }

    public function testAStateIsWhole(): void
    {
        $state = $this->synced(['a.com', '123.com']);
        $state->held = ['b.com' => ['reason' => 'no_room', 'since' => 5]];
        $state->ignored = new Identity('App2', 'net.test', 'staging');
        $this->assertEquals($state, State::fromJson($state->toJson()));
        $whole = json_decode($state->toJson(), true);
        $refused = 0;
        foreach (array_keys($whole) as $key) {
            foreach ([array_diff_key($whole, [$key => 0]), [$key => 'spoilt'] + $whole] as $spoilt) {
                try {
                    State::fromJson((string) json_encode($spoilt));
                    $this->fail("$key may be spoilt");
                } catch (UnexpectedValueException) {
                    $refused++;
                }
            }
        }
        $this->assertGreaterThan(30, $refused);
    }

    public function testMessagesOfAStateAreWhole(): void
    {
        $state = $this->synced(['a.com']);
        $sentence = ['code' => 'library.service_busy', 'arguments' => ['a' => 1]];
        $failure = Result::failed('SP_ERR_RATE_LIMITED', [$sentence], true);
        $state = Controller::failed($state, $failure, 'cli', 0.0, self::NOW);
        $state->autossl = ['state' => 'refused', 'since' => 1, 'at' => 1, 'error' => $this->error([$sentence])];
        $this->assertEquals($state, State::fromJson($state->toJson()));
        foreach (['text', [['code' => 'x']], [['code' => 1, 'arguments' => []]], ['x'], [null]] as $spoilt) {
            foreach ([['failure', 'message'], ['autossl', 'error', 'message']] as $path) {
                $whole = json_decode($state->toJson(), true);
                if (count($path) === 2) {
                    $whole['failure']['message'] = $spoilt;
                } else {
                    $whole['autossl']['error']['message'] = $spoilt;
                }
                try {
                    State::fromJson((string) json_encode($whole));
                    $this->fail(json_encode($spoilt) . ' is no message');
                } catch (UnexpectedValueException) {
                    continue;
                }
            }
        }
    }

    /** Its messages were texts, and are shown as they are until the next sync. */
    public function testAStateOfTheFirstVersionIsRead(): void
    {
        $state = $this->synced(['a.com']);
        $state = Controller::failed($state, Result::failed('SP_ERR_AUTH', [], false), 'cli', 0.0, self::NOW);
        $state->autossl = ['state' => 'refused', 'since' => 1, 'at' => 1, 'error' => $this->error([])];
        $first = ['version' => 1] + json_decode($state->toJson(), true);
        $first['failure']['message'] = 'The key was refused.';
        $first['autossl']['error']['message'] = '';
        $state->failure['message'] = [['code' => State::TEXT, 'arguments' => ['The key was refused.']]];
        $this->assertEquals($state, State::fromJson((string) json_encode($first)));
        foreach ([0, 3, '1', null] as $version) {
            try {
                State::fromJson((string) json_encode(['version' => $version] + $first));
                $this->fail('a state of another version');
            } catch (UnexpectedValueException) {
                continue;
            }
        }
    }

    /**
     * @param list<array<string, mixed>> $message
     *
     * @return array<string, mixed>
     */
    private function error(array $message): array
    {
        return ['code' => 'SP_ERR_FORBIDDEN', 'message' => $message];
    }

    /**
     * @param list<string> $mapped
     * @param list<string> $hosts
     * @param list<string> $events
     */
    private function facts(
        array $mapped = [],
        array $hosts = [],
        string $www = 'auto',
        array $events = [],
        bool $mayHold = true,
    ): Facts {
        $identity = new Identity('App1', 'net.test', 'production');
        return new Facts($identity, ['net.test'], $mapped, $hosts, $www, $events, mayHold: $mayHold);
    }

    /** @param list<string> $managed */
    private function synced(array $managed): State
    {
        $state = new State();
        $state->identity = new Identity('App1', 'net.test', 'production');
        $state->isAdopted = true;
        $state->managed = array_fill_keys($managed, true);
        $state->synced = ['at' => self::NOW, 'digest' => $this->facts($managed, www: 'never')->digest];
        $state->nextAt = self::NOW + 3600;
        return $state;
    }
}
