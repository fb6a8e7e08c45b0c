<?php

/*
 * Which domains somebody is told about, by histories of what was seen of one name; and that nothing is told twice,
 * whoever keeps the memory. Must not need anything but PHP.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit\Controller;

use PHPUnit\Framework\TestCase;
use ServerPilot\Controller\Announcements;
use ServerPilot\Controller\DomainStatus;

final class AnnouncementsTest extends TestCase
{
    private const NOW = 1_700_000_000;
    private const HOUR = 3600;
    private const DAY = 86400;

    /**
     * @dataProvider histories
     * @param list<array{int, string}> $history Hours and the state that is seen then; "" for a name that is gone.
     * @param list<string> $told What is told, with the hour.
     */
    public function testWhatIsTold(array $history, array $told): void
    {
        $said = [];
        $since = [0, ''];
        $actual = [];
        foreach ($history as [$hour, $state]) {
            $since = $since[1] === $state ? $since : [$hour, $state];
            $at = self::NOW + $hour * self::HOUR;
            $domains = $state === '' ? [] : ['a.com' => $this->domain($state, self::NOW + $since[0] * self::HOUR)];
            $news = new Announcements($said, $domains, $at);
            array_push($actual, ...array_map(static fn ($cause) => "$hour $cause", array_keys($news->needs)));
            array_push($actual, ...array_map(static fn () => "$hour over", $news->over));
            // A process ends, and another one on another node goes on.
            $said = Announcements::read(json_decode((string) json_encode($news->said), true));
            $this->assertSame($news->said, $said);
        }
        $this->assertSame($told, $actual);
    }

    /** @return array<string, array{list<array{int, string}>, list<string>}> */
    public function histories(): array
    {
        return [
            'well' => [[[0, 'waiting_sync'], [1, 'waiting_certificate'], [2, 'secure']], []],
            'not secure: at once, and once' => [
                [[0, 'not_secure'], [0, 'not_secure'], [1, 'not_secure'], [99, 'not_secure']],
                ['0 not_secure'],
            ],
            'and over, once' => [
                [[0, 'not_secure'], [5, 'secure'], [6, 'secure'], [99, 'secure']],
                ['0 not_secure', '5 over'],
            ],
            'not over before it is well' => [
                [[0, 'not_secure'], [1, 'waiting_certificate'], [2, 'not_checked'], [3, 'secure']],
                ['0 not_secure', '3 over'],
            ],
            'a customer has a day' => [[[0, 'wrong_dns'], [23, 'wrong_dns'], [24, 'wrong_dns']], ['24 wrong_dns']],
            'who is done within it is not told about' => [[[0, 'no_dns'], [20, 'no_dns'], [21, 'secure']], []],
            'a server that does not answer once' => [[[0, 'secure'], [1, 'unreachable'], [5, 'secure']], []],
            'another cause is told, and one end' => [
                [[0, 'expiring'], [1, 'not_secure'], [2, 'expiring'], [3, 'secure']],
                ['0 expiring', '1 not_secure', '3 over'],
            ],
            'flapping' => [
                [[0, 'not_secure'], [1, 'secure'], [2, 'not_secure'], [3, 'secure'], [4, 'not_secure'], [5, 'secure']],
                ['0 not_secure', '1 over'],
            ],
            'flapping between causes' => [
                [[0, 'held_no_room'], [1, 'secure'], [2, 'not_secure'], [3, 'secure'], [4, 'held_no_room'],
                    [5, 'secure'], [6, 'not_secure'], [7, 'secure']],
                ['0 held_no_room', '1 over', '2 not_secure', '3 over'],
            ],
            'what came back and stays is told again' => [
                [[0, 'not_secure'], [1, 'secure'], [2, 'not_secure'], [25, 'not_secure'], [26, 'not_secure'],
                    [27, 'not_secure'], [28, 'secure']],
                ['0 not_secure', '1 over', '25 not_secure', '28 over'],
            ],
            'another story, much later' => [
                [[0, 'not_secure'], [1, 'secure'], [900, 'not_secure'], [901, 'secure']],
                ['0 not_secure', '1 over', '900 not_secure', '901 over'],
            ],
            'a name that is unmapped is not told to be well' => [
                [[0, 'not_secure'], [1, ''], [2, 'secure']],
                ['0 not_secure'],
            ],
        ];
    }

    public function testNoHistoryTellsTwice(): void
    {
        mt_srand((int) (getenv('SERVERPILOT_SEED') ?: 7));
        $states = DomainStatus::states();
        for ($history = 0; $history < 500; $history++) {
            $said = [];
            $open = [];
            $last = [];
            $at = self::NOW;
            $since = $at;
            $state = 'secure';
            for ($step = 0; $step < 60; $step++) {
                $at += mt_rand(0, 3) === 0 ? mt_rand(0, 2 * self::DAY) : mt_rand(0, self::HOUR);
                if (mt_rand(0, 2) > 0) {
                    $state = $states[mt_rand(0, count($states) - 1)];
                    $since = $at;
                }
                $news = new Announcements($said, ['a.com' => $this->domain($state, $since)], $at);
                foreach (array_keys($news->needs) as $cause) {
                    $this->assertArrayNotHasKey($cause, $open, 'told while it is told already');
                    $isNew = !isset($last[$cause]) || $at - $last[$cause] >= self::DAY;
                    $this->assertTrue($isNew || $at - $since >= self::DAY);
                    $open[$cause] = true;
                    $last[$cause] = $at;
                }
                if ($news->over !== []) {
                    $this->assertNotSame([], $open, 'over, and nothing was told');
                    $open = [];
                }
                // The same again, as after a restart or from another node that comes right after.
                $again = new Announcements($news->said, ['a.com' => $this->domain($state, $since)], $at);
                $this->assertSame([[], [], []], [$again->needs, $again->over, $again->changed]);
                $said = $news->said;
            }
        }
    }

    public function testDomainsAreTakenTogetherByWhatTheyNeed(): void
    {
        $domains = [];
        $states = ['a.com' => 'not_secure', 'b.com' => 'not_secure', 'c.com' => 'expiring', 'd.com' => 'secure'];
        foreach ($states as $name => $is) {
            $domains[$name] = $this->domain($is, self::NOW, $name);
        }
        $news = new Announcements([], $domains, self::NOW);
        $names = array_map(static fn (array $all) => array_column($all, 'name'), $news->needs);
        $this->assertSame(['not_secure' => ['a.com', 'b.com'], 'expiring' => ['c.com']], $names);
        $this->assertSame(['a.com', 'b.com', 'c.com', 'd.com'], array_column($news->changed, 'name'));
    }

    public function testOfWhatIsSpoiltNothingWasSaid(): void
    {
        $whole = ['state' => 'secure', 'told' => ['expiring'], 'over' => 0];
        $this->assertSame(['a.com' => $whole], Announcements::read([
            'a.com' => $whole,
            'b.com' => 'secure',
            'c.com' => ['told' => 'expiring'] + $whole,
            'd.com' => ['told' => [1]] + $whole,
            'e.com' => ['over' => null] + $whole,
        ]));
        $this->assertSame([], Announcements::read('spoilt'));
    }

    private function domain(string $state, int $since, string $name = 'a.com'): DomainStatus
    {
        return new DomainStatus($name, 'mapped', 'network', $state, 'operator', $since, 0, null);
    }
}
