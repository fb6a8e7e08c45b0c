<?php

/*
 * What an operator is shown of each name, by what is remembered and what was last seen. Must not need anything but PHP.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit\Controller;

use PHPUnit\Framework\TestCase;
use ServerPilot\Controller\Check;
use ServerPilot\Controller\DomainStatus;
use ServerPilot\Controller\Facts;
use ServerPilot\Controller\Identity;
use ServerPilot\Controller\Overview;
use ServerPilot\Controller\State;

final class OverviewTest extends TestCase
{
    private const NOW = 1_700_000_000;
    private const DAY = 86400;

    /** @dataProvider states */
    public function testTheStateOfAName(callable $is, ?Check $check, string $expected): void
    {
        $state = new State();
        $state->managed = ['a.com' => true];
        $state->autossl = ['state' => 'on', 'since' => self::NOW - self::DAY, 'at' => self::NOW, 'error' => null];
        $is($state);
        $checks = $check === null ? [] : ['a.com' => $check];
        $one = (new Overview($state, $this->facts(['a.com']), $checks, self::NOW))->domains['a.com'];
        $this->assertSame($expected, "$one->owner: $one->state, $one->move, $one->group");
        $this->assertSame($check, $one->check);
    }

    /** @return array<string, array{callable, Check|null, string}> */
    public function states(): array
    {
        $as = static function (): void {
        };
        $pending = static function (State $state): void {
            $state->autossl = ['state' => 'pending', 'since' => self::NOW - 600, 'at' => self::NOW, 'error' => null];
        };
        $refused = static function (State $state): void {
            $state->autossl = ['state' => 'refused', 'since' => self::NOW - 600, 'at' => self::NOW, 'error' => null];
        };
        $unmanaged = static function (State $state): void {
            $state->managed = [];
        };
        $held = static fn (string $reason): callable => static function (State $state) use ($reason): void {
            $state->managed = [];
            $state->held['a.com'] = ['reason' => $reason, 'since' => self::NOW - 5];
        };
        $foreign = static function (State $state): void {
            $state->managed = [];
            $state->foreign['a.com'] = true;
        };
        $wrong = $this->check(valid: false, reason: 'hostname_mismatch');
        $old = $this->check(valid: false, reason: 'hostname_mismatch', since: self::NOW - 2 * self::DAY);
        $silent = $this->check(valid: null, reason: 'timeout');
        return [
            'secure' => [$as, $this->check(), 'network: secure, nobody, secure'],
            'nineteen days left' => [$as, $this->check(days: 19), 'network: expiring, operator, operator'],
            'expired since it was checked' => [$as, $this->check(days: -1), 'network: not_secure, operator, operator'],
            'twenty days left' => [$as, $this->check(days: 20), 'network: secure, nobody, secure'],
            'never checked' => [$as, null, 'network: not_checked, wait, unknown'],
            'the first certificate is on its way' => [$pending, null, 'network: waiting_certificate, wait, waiting'],
            'a new name while AutoSSL is on' => [$as, $wrong, 'network: waiting_certificate, wait, waiting'],
            'a name that has waited for two days' => [$as, $old, 'network: not_secure, operator, operator'],
            'AutoSSL cannot be enabled' => [$refused, $wrong, 'network: not_secure, operator, operator'],
            'no such name' => [
                $as,
                $this->check(valid: null, reason: 'dns_failure', dns: 'no_such_name'),
                'network: no_dns, customer, customer',
            ],
            'no answer' => [$as, $silent, 'network: unreachable, operator, operator'],
            'no answer, and why' => [
                $as,
                $silent->diagnosed($this->diagnosis('customer')),
                'network: wrong_dns, customer, customer',
            ],
            'ServerPilot is at it' => [
                $as,
                $old->diagnosed($this->diagnosis('serverpilot')),
                'network: waiting_certificate, serverpilot, waiting',
            ],
            'a wait that was said to end, and has not' => [
                $as,
                $old->diagnosed($this->diagnosis('wait')),
                'network: not_secure, operator, operator',
            ],
            'a wait that has just begun' => [
                $as,
                $wrong->diagnosed($this->diagnosis('wait')),
                'network: waiting_certificate, wait, waiting',
            ],
            'the operator has to act' => [
                $as,
                $wrong->diagnosed($this->diagnosis('operator')),
                'network: not_secure, operator, operator',
            ],
            'no room' => [$held('no_room'), null, 'none: held_no_room, operator, operator'],
            'left out for want of DNS' => [$held('no_dns'), $this->check(), 'none: held_no_dns, customer, customer'],
            'no name' => [$held('invalid_domain'), null, 'none: held_invalid_domain, operator, operator'],
            'not in the app yet' => [$unmanaged, $silent, 'none: waiting_sync, wait, waiting'],
            'secure, and in the app that was not synced yet' => [
                $unmanaged,
                $this->check(),
                'none: secure, nobody, secure',
            ],
            'secure elsewhere, not in the app' => [
                $unmanaged,
                $this->check(isListed: false),
                'none: waiting_sync, wait, waiting',
            ],
            'put there by somebody else' => [$foreign, $this->check(), 'other: secure, nobody, secure'],
        ];
    }

    public function testEveryNameIsThereOnceWithItsKind(): void
    {
        $state = new State();
        $state->managed = ['a.com' => true, 'www.a.com' => true, 'gone.com' => true];
        $state->held['b.com'] = ['reason' => 'no_room', 'since' => 1];
        $facts = $this->facts(['a.com', 'b.com'], ['s.net.test', 'b.com']);
        $overview = new Overview($state, $facts, ['net.test' => $this->check()], self::NOW);
        $kinds = array_map(static fn (DomainStatus $one): string => $one->kind, $overview->domains);
        $this->assertSame([
            'net.test' => 'network', 'a.com' => 'mapped', 'b.com' => 'mapped', 's.net.test' => 'subsite',
            'www.a.com' => 'www', 'gone.com' => 'removed',
        ], $kinds);
        $this->assertSame('network', $overview->domains['net.test']->owner);
        $this->assertSame('waiting_removal', $overview->domains['gone.com']->state);
        $this->assertSame(
            ['secure' => 1, 'waiting' => 2, 'customer' => 0, 'operator' => 1, 'overdue' => 0, 'unknown' => 2],
            $overview->counts
        );
        $this->assertSame(count($overview->domains), array_sum($overview->counts));
        $state->brake = ['count' => 9, 'since' => 7];
        $braked = (new Overview($state, $facts, [], self::NOW))->domains['gone.com'];
        $this->assertSame(['removal_braked', 'operator', 7], [$braked->state, $braked->group, $braked->since]);
    }

    /** What the operator is asked about is what is shown: the www goes with its domain. */
    public function testTheWwwOfARemovedDomainIsRemovedToo(): void
    {
        $state = new State();
        $state->managed = ['a.com' => true, 'www.a.com' => true, 'gone.com' => true, 'www.gone.com' => true];
        $state->brake = ['count' => 2, 'since' => 7];
        $overview = new Overview($state, $this->facts(['a.com']), [], self::NOW);
        $braked = array_filter(
            $overview->domains,
            static fn (DomainStatus $one): bool => $one->state === 'removal_braked'
        );
        $this->assertSame(['gone.com', 'www.gone.com'], array_keys($braked));
        $this->assertSame('www', $overview->domains['www.a.com']->kind);
    }

    public function testTheNetworksOwnDomainIsInTheAppAfterASync(): void
    {
        $state = new State();
        $owner = fn (Check ...$checks): string =>
            (new Overview($state, $this->facts([]), $checks, self::NOW))->domains['net.test']->owner;
        $this->assertSame('none', $owner());
        $state->synced = ['at' => self::NOW, 'digest' => ''];
        $this->assertSame('network', $owner());
        $this->assertSame('none', $owner(...['net.test' => $this->check(isListed: false)]));
    }

    public function testWhenItIsCheckedNext(): void
    {
        $state = new State();
        $state->managed = ['a.com' => true, 'b.com' => true];
        $state->checkAt = self::NOW + 60;
        $state->nextAt = self::NOW + 3600;
        $state->autossl = ['state' => 'on', 'since' => 1, 'at' => self::NOW, 'error' => null];
        $state->audit = ['at' => self::NOW - self::DAY + 7200, 'bad' => []];
        $checks = ['b.com' => $this->check()];
        $domains = (new Overview($state, $this->facts(['a.com', 'b.com']), $checks, self::NOW))->domains;
        $this->assertSame(self::NOW + 60, $domains['a.com']->nextCheckAt);
        $this->assertSame(self::NOW + 7200, $domains['b.com']->nextCheckAt);
    }

    /** What was good long ago is not called secure now. */
    public function testAnOldCheckIsNotCountedOn(): void
    {
        $state = new State();
        $state->managed = ['a.com' => true];
        $at = function (int $later, Check $check) use ($state): string {
            $now = self::NOW + $later;
            $overview = new Overview($state, $this->facts(['a.com']), ['a.com' => $check], $now);
            $one = $overview->domains['a.com'];
            $this->assertSame(1, $overview->counts[$one->group]);
            return "$one->state, $one->group, $one->move";
        };
        $check = $this->check();
        $this->assertSame('secure, secure, nobody', $at(3 * self::DAY - 60, $check));
        $this->assertSame('check_overdue, overdue, operator', $at(3 * self::DAY - 59, $check));
        // The certificate's own end goes before the age of the check.
        $this->assertSame('expiring, operator, operator', $at(50 * self::DAY, $check));
        $this->assertSame('not_secure, operator, operator', $at(61 * self::DAY, $check));
        $this->assertSame('not_secure, operator, operator', $at(6, $this->check(days: 0)));
    }

    /** A copy checks nothing, and what is due is due now. */
    public function testNoCheckIsPromisedInSafeModeOrInThePast(): void
    {
        $state = new State();
        $state->managed = ['a.com' => true, 'b.com' => true];
        $state->identity = new Identity('App1', 'net', 'production');
        $state->checkAt = self::NOW - 60;
        $state->nextAt = self::NOW - 3600;
        $state->autossl = ['state' => 'on', 'since' => 1, 'at' => self::NOW, 'error' => null];
        $next = function (Facts $facts) use ($state): array {
            $overview = new Overview($state, $facts, ['b.com' => $this->check()], self::NOW);
            $ofDomains = array_map(static fn (DomainStatus $one): int => $one->nextCheckAt, $overview->domains);
            return [...array_values($ofDomains), $overview->nextSyncAt(), $overview->nextCertificateCheckAt()];
        };
        $this->assertSame(array_fill(0, 5, self::NOW), $next($this->facts(['a.com', 'b.com'])));
        $copy = new Facts(new Identity('App1', 'net', 'staging'), ['net.test'], ['a.com', 'b.com'], []);
        $this->assertSame(array_fill(0, 5, 0), $next($copy));
        $state->failure = ['code' => 'x', 'message' => [], 'at' => 1, 'since' => 1, 'retryable' => true, 'sapi' => ''];
        $state->nextAt = self::NOW + 600;
        $this->assertSame(self::NOW + 600, $next($this->facts(['a.com', 'b.com']))[1]);
    }

    /** Nobody is promised a check that does not come. */
    public function testNoNextCheckIsShownWhereNoneIsPlanned(): void
    {
        $state = new State();
        $state->managed = ['a.com' => true];
        $state->foreign = ['f.com' => true];
        foreach (['no_room', 'invalid_domain', 'no_dns'] as $reason) {
            $state->held["$reason.com"] = ['reason' => $reason, 'since' => 1];
        }
        $state->checkAt = self::NOW + 60;
        $state->nextAt = self::NOW + 3600;
        $state->autossl = ['state' => 'on', 'since' => 1, 'at' => self::NOW, 'error' => null];
        $facts = $this->facts(['a.com', 'f.com', 'no_room.com', 'invalid_domain.com', 'no_dns.com', 'new.com']);
        $next = static fn (): array => array_map(
            static fn (DomainStatus $one): int => $one->nextCheckAt,
            (new Overview($state, $facts, [], self::NOW))->domains
        );
        $this->assertSame([
            'net.test' => self::NOW + 60,
            'a.com' => self::NOW + 60,
            'f.com' => self::NOW + 60,
            'no_room.com' => 0,
            'invalid_domain.com' => 0,
            'no_dns.com' => self::NOW + 60,
            'new.com' => 0,
        ], $next());
        $state->checkAt = 0;
        $this->assertSame(self::NOW + 3600, $next()['a.com']);
        $state->autossl['state'] = 'refused';
        $this->assertSame(0, $next()['a.com']);
    }

    public function testNothingIsCalledRemovedByANetworkThatIsSwitchedOff(): void
    {
        $state = new State();
        $state->managed = ['a.com' => true];
        $identity = new Identity('App1', 'net', 'production');
        $facts = new Facts($identity, ['net.test'], [], [], blocked: 'no_ultimate_multisite');
        $one = (new Overview($state, $facts, ['a.com' => $this->check()], self::NOW))->domains['a.com'];
        $this->assertSame(['secure', 'nobody', 0], [$one->state, $one->move, $one->nextCheckAt]);
    }

    /**
     * @param list<int> $mappedAt
     * @param array{int|null, int|null, int|null, int|null} $days The app's 80 % and its limit, the certificate's, in
     *     days from now.
     * @dataProvider growths
     */
    public function testTheLimitsAhead(?int $count, array $mappedAt, array $days): void
    {
        $state = new State();
        $state->domains = ['count' => $count, 'limit' => 300];
        $limits = (new Overview($state, $this->facts([]), [], self::NOW))->limits($mappedAt);
        $in = static fn (?int $at): ?int => $at === null ? null : intdiv($at - self::NOW, self::DAY);
        ['app' => $app, 'certificate' => $certificate] = $limits;
        $this->assertSame([$count, 300, 100], [$app['count'], $app['limit'], $certificate['limit']]);
        $this->assertSame($days, array_map(
            $in,
            [$app['nearlyAt'], $app['fullAt'], $certificate['nearlyAt'], $certificate['fullAt']]
        ));
    }

    /** @return array<string, array{int|null, list<int>, array{int|null, int|null, int|null, int|null}}> */
    public function growths(): array
    {
        $aDay = array_map(static fn (int $day): int => self::NOW - $day * self::DAY, range(0, 49));
        $import = array_fill(0, 200, self::NOW - 60 * self::DAY);
        $old = array_fill(0, 50, self::NOW - 400 * self::DAY);
        return [
            'nothing known' => [null, [], [null, null, null, null]],
            'no growth' => [50, $old, [null, null, null, null]],
            // 49 mappings in 48 days: the day with the most is left out.
            'one a day' => [50, $aDay, [186, 244, 29, 48]],
            'one a day, each with its www' => [100, $aDay, [68, 97, 0, 0]],
            'full' => [300, $old, [0, 0, 0, 0]],
            'an import, and nothing since' => [250, [...$old, ...$import], [0, null, 0, 0]],
            'an import, and one a day' => [90, [...$aDay, ...$import], [176, 247, 0, 11]],
            'far ahead' => [50, [...$old, self::NOW - self::DAY], [null, null, null, null]],
        ];
    }

    public function testAResultFollowsAnEarlierOne(): void
    {
        $first = $this->check(valid: false, reason: 'expired')->diagnosed($this->diagnosis('operator'));
        $same = new Check(self::NOW, self::NOW, 'found', false, 'expired');
        $this->assertSame($first->since, $same->after($first)->since);
        $this->assertSame('operator', $same->after($first)->diagnosis['move'] ?? '');
        $other = new Check(self::NOW, self::NOW, 'found', true, 'ok');
        $this->assertSame([self::NOW, null], [$other->after($first)->since, $other->after($first)->diagnosis]);
        $this->assertSame($other, $other->after(null));
    }

    public function testAResultIsReadAsItWasWritten(): void
    {
        foreach ([$this->check(), $this->check(valid: null)->diagnosed($this->diagnosis('wait'))] as $check) {
            $read = Check::fromArray(json_decode((string) json_encode($check->toArray()), true));
            $this->assertEquals($check, $read);
        }
        $whole = $this->check()->toArray();
        foreach (
            [null, 'x', [], ['at' => '1'] + $whole, ['valid' => 'yes'] + $whole, ['expires' => 'soon'] + $whole,
            ['diagnosis' => ['at' => 1]] + $whole, array_diff_key($whole, ['dns' => 1])] as $spoilt
        ) {
            $this->assertNull(Check::fromArray($spoilt));
        }
        $this->assertNotNull(Check::fromArray(['later' => 1] + $whole));
    }

    private function check(
        ?bool $valid = true,
        string $reason = 'ok',
        string $dns = 'found',
        int $days = 60,
        int $since = self::NOW - 3600,
        bool $isListed = true,
    ): Check {
        $expires = $valid === null ? 0 : self::NOW + $days * self::DAY + 5;
        return new Check(self::NOW - 60, $since, $dns, $valid, $reason, 'R13', $expires, null, $isListed);
    }

    /** @return array{at: int, cause: string, move: string, advice: string, evidence: list<array<string, mixed>>} */
    private function diagnosis(string $move): array
    {
        return ['at' => self::NOW - 60, 'cause' => 'some', 'move' => $move, 'advice' => 'Wait.', 'evidence' => []];
    }

    /**
     * @param list<string> $mapped
     * @param list<string> $hosts
     */
    private function facts(array $mapped, array $hosts = []): Facts
    {
        return new Facts(new Identity('App1', 'net', 'production'), ['net.test'], $mapped, $hosts);
    }
}
