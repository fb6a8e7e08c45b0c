<?php

// What public DNS and web servers say of the network's names, asked for real, in an internet of the test's own.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\Internet;
use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class InternetTest extends NetworkTestCase
{
    private const OWN = ['network.test' => Internet::SITE];
    private const GOOD = ['good.com' => Internet::SITE, 'www.good.com' => Internet::SITE];

    private Internet $internet;

    protected function setUp(): void
    {
        parent::setUp();
        $environment = $this->network->environment;
        $this->internet = new Internet($environment['run'], $environment['fake'], ['soon.com'], ['other.com']);
        $this->network->internet = $this->internet;
        $this->internet->names(self::OWN);
    }

    protected function tearDown(): void
    {
        $this->network->internet = null;
        $this->internet->stop();
        parent::tearDown();
    }

    public function testANameWithoutDnsIsHeldAfterTwoHoursAndComesBack(): void
    {
        $gone = ['gone.com', 'www.gone.com'];
        $this->fake->app(['unresolvable' => $gone]);
        $this->internet->names(self::OWN + self::GOOD);
        $this->begin('good.com', 'gone.com');
        $all = ['network.test', 'good.com', 'www.good.com', ...$gone];
        $this->assertDomains($all);
        $this->passTime(7000);
        $this->assertDomains($all);
        // Two lookups have to say it, at two checks: by then these are an hour apart.
        $this->passTime(2 * 3600);
        $this->assertDomains(['network.test', 'good.com', 'www.good.com']);
        $status = implode("\n", $this->network->step('command', ['name' => 'status']));
        $this->assertMatchesRegularExpression('/^Left out: no DNS record: 2: .*gone\.com/m', $status);
        $told = preg_grep('/^\[warning\].*gone\.com/', explode("
", $this->network->log()));
        $this->assertCount(1, $told, $this->network->log());
        // Everybody else has a certificate now.
        $this->passTime(3 * 3600);
        $this->assertTrue($this->fake->hasAutossl());
        $this->fake->app(['unresolvable' => []]);
        $this->internet->names(self::OWN + self::GOOD + array_fill_keys($gone, Internet::SITE));
        $this->passTime(2 * 3600);
        $this->assertDomains($all);
        $this->assertSame('', $this->network->step('notice'));
    }

    public function testAResolverThatFailsHoldsNobody(): void
    {
        $this->fake->app(['unresolvable' => ['gone.com', 'www.gone.com']]);
        // The network's own name, too, has no address by this name server.
        $this->internet->names(self::GOOD);
        $this->begin('good.com', 'gone.com');
        $this->passTime(6 * 3600);
        $this->assertDomains(['network.test', 'good.com', 'www.good.com', 'gone.com', 'www.gone.com']);
    }

    public function testEveryCertificateIsCheckedDailyAndWhatIsWrongIsToldOnce(): void
    {
        $names = ['soon.com' => Internet::SOON, 'other.com' => Internet::OTHER];
        $this->internet->names(self::OWN + self::GOOD + $names);
        // Without their www, which no server here has a certificate for.
        $this->network->step('setting', ['name' => 'auto_create_www_subdomain', 'value' => 'never']);
        $this->begin('good.com', 'soon.com', 'other.com');
        $this->passTime(7200);
        $this->assertTrue($this->fake->hasAutossl());
        $this->passTime(3 * 86400);
        $status = implode("\n", $this->network->step('command', ['name' => 'status']));
        foreach ([$status, $this->network->step('notice'), $this->network->log()] as $where) {
            $this->assertStringContainsString('soon.com', $where);
            $this->assertStringContainsString('other.com', $where);
        }
        $this->assertStringNotContainsString('good.com', $this->network->step('notice'));
        $told = preg_grep('/^\[warning\].*(soon|other)\.com/', explode("\n", $this->network->log()));
        $this->assertCount(1, $told, $this->network->log());
        // Renewed, and by ServerPilot: nothing is to be said any more.
        $this->internet->names(self::OWN + self::GOOD + array_fill_keys(array_keys($names), Internet::SITE));
        $this->passTime(2 * 86400);
        $this->assertSame('', $this->network->step('notice'));
    }

    public function testACheckOfManyEndsWithWhatNeedsSomebody(): void
    {
        $this->internet->names(self::OWN + ['soon.com' => Internet::SOON, 'other.com' => Internet::OTHER]);
        $this->begin();
        $checks = [
            '0 soon.com,true' => ['soon.com'],
            '1 soon.com,true' => ['soon.com', '--warn-days=20'],
            '3 soon.com,true gone.com,' => ['soon.com', 'gone.com', '--warn-days=20'],
            '2 gone.com, other.com,false' => ['gone.com', 'other.com'],
        ];
        foreach ($checks as $expected => $arguments) {
            $check = $this->network->wp('check', '--fields=domain,valid', '--format=csv', ...$arguments);
            $rows = array_slice(explode("\n", trim($check['out'])), 1);
            $this->assertSame($expected, "$check[code] " . implode(' ', $rows), $check['err']);
        }
    }

    private function begin(string ...$names): void
    {
        $this->start('cli');
        $there = ['internet' => true, 'ca_file' => $this->internet->caFile()];
        $this->network->configure($this->network->lines()[0], $there);
        $this->network->step('map', ['domains' => $names]);
        $this->runQueue();
    }
}
