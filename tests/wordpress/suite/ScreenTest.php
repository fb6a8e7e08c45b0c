<?php

// Network Admin → Ultimate Multisite → ServerPilot: what the page shows, what its buttons do, what it costs, and who
// is refused. What a browser adds to it is in tests/screens.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use RuntimeException;
use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class ScreenTest extends NetworkTestCase
{
    private const PAGE = '/wp-admin/network/admin.php?page=serverpilot';
    private const AJAX = '/wp-admin/admin-ajax.php';

    /** @var array{cookies: array<string, string>, nonces: array<string, string>}|null */
    private ?array $login = null;

    public function testThePageIsAmongUltimateMultisitesAndTheOldAddressLeadsThere(): void
    {
        $this->start('ffi');
        $old = '/wp-admin/network/settings.php?page=serverpilot';
        [$status, , $location] = $this->network->page($old, $this->login()['cookies']);
        $this->assertSame([302, self::PAGE], [$status, $location]);
        $body = $this->open();
        $this->assertMatchesRegularExpression('#wp-submenu.*admin\.php\?page=serverpilot#s', $body);
        // A page with the notice of another one.
        $stranger = $this->network->step('login', ['user' => 'siteadmin', 'nonces' => []]);
        [$status] = $this->network->page($old, $stranger['cookies']);
        $this->assertNotSame(302, $status);
    }

    public function testItPreviewsToTheLastNameAndSyncs(): void
    {
        $this->start('ffi');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->mapInvalid('bad_name.com');
        $this->assertStringContainsString('Preview changes', $this->open());
        $preview = $this->act(['do' => 'plan']);
        $this->assertStringContainsString('<code>+ shop.com</code>', $preview);
        // It comes along, and only the library knows.
        $this->assertStringContainsString('<code>+ www.shop.com</code>', $preview);
        $this->assertMatchesRegularExpression('#not a valid name.*<code>× bad_name.com</code>#s', $preview);
        $this->assertDomains(['network.test']);
        $this->assertSame([], $this->writes());
        $done = $this->act(['do' => 'sync']);
        $this->assertDomains(['network.test', 'shop.com', 'www.shop.com']);
        $this->assertStringContainsString('Synced, with 1 domain left out:', $done);
        $this->assertStringContainsString('<code>+ shop.com</code>', $done);
        // Shown once.
        $this->assertStringNotContainsString('Synced', $this->open('&result=1'));
        $this->assertStringContainsString('just now, with 1 domain left out', $this->open());
    }

    public function testAPreviewOfTheFirstSyncComesBeforeTheIntegrationIsEnabled(): void
    {
        $this->fake->app(['domains' => ['network.test', 'shop.com', 'else.com']]);
        $this->network->configure($this->network->lines()[0]);
        $this->network->sapi = 'ffi';
        $this->network->step('map', ['domains' => ['shop.com', 'new.com']]);
        $body = $this->open();
        $this->assertStringContainsString('not set up yet', $body);
        $this->assertStringContainsString('wp-ultimo-hosting-integration-wizard', $body);
        $preview = $this->act(['do' => 'plan']);
        $this->assertStringContainsString('<code>+ new.com</code>', $preview);
        $this->assertStringContainsString('<code>= shop.com</code>', $preview);
        $this->assertStringNotContainsString('else.com', $preview);
        $this->assertStringContainsString('Enable the integration', $preview);
        $this->assertSame([], $this->writes());
        $this->assertSame(0, $this->state()['revision'] ?? 0);
        // And the first sync removes nothing, whatever is in the app.
        $this->network->step('play', ['steps' => [['enable', []], ['run_queue', []]]]);
        $this->assertDomains(['network.test', 'shop.com', 'else.com', 'new.com', 'www.new.com', 'www.shop.com']);
    }

    public function testWithoutCredentialsItSaysWhatIsMissing(): void
    {
        $line = $this->network->lines()[0];
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => null]]);
        $this->network->sapi = 'ffi';
        $body = $this->open();
        $this->assertStringContainsString('WU_SERVER_PILOT_API_KEY', $body);
        $this->assertStringNotContainsString('Preview changes</button>', $body);
        $this->assertStringContainsString('credentials are missing', $this->act(['do' => 'plan']));
        $this->assertSame([], $this->fake->asked());
    }

    public function testAFullAppIsSaidOnceAndASyncOfItIsNoSuccessOfAll(): void
    {
        $others = array_map(static fn (int $n): string => "else$n.com", range(1, 298));
        $this->fake->app(['domains' => ['network.test', ...$others]]);
        $this->start('ffi');
        $this->network->step('map', ['domains' => ['shop.com', 'more.com']]);
        $preview = $this->act(['do' => 'plan']);
        $this->assertMatchesRegularExpression('#the app is full.*<code>× more\.com</code>#s', $preview);
        $done = $this->act(['do' => 'sync']);
        $this->assertMatchesRegularExpression('#Synced, with \d domains left out#', $done);
        $this->assertStringNotContainsString('the app is in sync', $done);
        $this->assertStringContainsString('300 of 300', $done);
        $this->assertSame(1, substr_count($done, 'ServerPilot allows 300 domains per app'), $done);
        $this->assertStringNotContainsString('<strong>ServerPilot:</strong>', $done);
    }

    public function testItSaysHowThingsAreAfterTheButton(): void
    {
        $this->start('ffi');
        $line = $this->network->lines()[0];
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        // Said once, with what to do.
        $body = $this->act(['do' => 'sync']);
        $this->assertSame(1, substr_count($body, 'refused the client ID'), $body);
        $this->assertMatchesRegularExpression('#serverpilot-result" role="alert"[^>]*><p>[^<]*refused the client#', $body);
        // What is no problem of the page's own is said too.
        $this->assertStringContainsString('not one that is mapped here', $this->act(['do' => 'adopt:shop.com']));
        $this->network->configure($line);
        $body = $this->act(['do' => 'sync']);
        $this->assertStringContainsString('Nothing to do', $body);
        $this->assertStringNotContainsString('notice-warning', $body);
    }

    public function testItSaysHowPhpReachesTheLibraryAndWhichLineMakesThatFaster(): void
    {
        $this->start('ffi');
        $said = function (string $pool): string {
            $this->network->sapi = $pool;
            preg_match('~<dt>How PHP reaches the library</dt><dd[^>]*>(.*?)</dd>~', $this->open(), $found);
            return $found[1];
        };
        $this->assertSame('This PHP calls the library directly.', $said('ffi'));
        $this->assertStringContainsString('directly, by preloaded classes.', $said('preloaded'));
        $helper = $said('helper');
        $this->assertStringStartsWith('This PHP uses the helper program', $helper);
        $this->assertStringContainsString('write `php_admin_value[ffi.enable] = true` into the file', $helper);
        $none = $said('none');
        $this->assertMatchesRegularExpression('~proc_close out of `disable_functions` in \S+\.ini\. To let this~', $none);
        $this->assertStringContainsString('`php_admin_value[ffi.enable] = true`', $none);
        $this->assertSame([], $this->fake->asked());
    }

    public function testASyncThatFailedInTheQueueIsShownWithItsMessage(): void
    {
        $this->start('ffi');
        $this->assertStringNotContainsString('Last sync that failed', $this->open());
        $this->fake->listening(false);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $body = $this->open();
        $this->assertMatchesRegularExpression('#Last sync that failed</dt><dd dir="auto">just now: [^<]{20}#', $body);
        $this->assertMatchesRegularExpression('#serverpilot-next"><p>[^<]*Next automatic retry#', $body);
    }

    public function testTimesAndCountsAreWrittenAsPeopleSayThem(): void
    {
        $this->start('cli');
        $minute = 60;
        $hour = 3600;
        $day = 86400;
        $labels = $this->network->step('labels', ['seconds' => [0, 5 * $minute, 2 * $hour, 3 * $day, 30 * $day]]);
        $date = static fn (int $at): string => gmdate('F j, Y', $at);
        $now = $labels['now'];
        // A newer WordPress writes minutes out.
        $ago = str_replace('minutes', 'mins', $labels['ago']);
        $in = str_replace('minutes', 'mins', $labels['in']);
        $this->assertSame(['just now', '5 mins ago', '2 hours ago', '3 days ago', $date($now - 30 * $day)], $ago);
        $this->assertSame(['now', 'in 5 mins', 'in 2 hours', 'in 3 days', $date($now + 30 * $day)], $in);
        $this->assertSame(['–', '–', '–'], $labels['unknown']);
        $this->assertSame('1 domain: 1 in progress', $labels['summary']);
        foreach ($labels['words'] as $code => $word) {
            // Every code has its words.
            $this->assertNotSame(explode(' ', $code)[1], $word, $code);
        }
        $this->assertGreaterThan(25, count($labels['words']));
    }

    public function testTheTableHasViewsSearchSortingAndPages(): void
    {
        $this->start('ffi');
        $names = array_map(static fn (int $n): string => "shop$n.com", range(1, 24));
        $this->network->step('map', ['domains' => $names]);
        $body = $this->open();
        $this->assertStringContainsString('25 domains: 25 in progress', $body);
        $this->assertMatchesRegularExpression('#In progress <span class="count">\(25\)#', $body);
        $this->assertSame(20, substr_count($body, 'class="row-title"'));
        $this->assertSame(5, substr_count($this->open('&paged=2'), 'class="row-title"'));
        $this->assertSame(20, substr_count($this->open('&group=waiting'), 'class="row-title"'));
        $this->assertSame(0, substr_count($this->open('&group=secure'), 'class="row-title"'));
        $this->assertSame(1, substr_count($this->open('&s=SHOP24'), 'class="row-title"'));
        $this->assertStringContainsString('No domain is like this', $this->open('&s=nothing'));
        preg_match_all('#class="row-title"[^>]*><bdi>([^<]+)#', $this->open('&orderby=domain&order=desc'), $found);
        $this->assertSame(['shop9.com', 'shop8.com'], array_slice($found[1], 0, 2));
        // A page's number, typed above the table.
        $this->assertSame(5, substr_count($this->act(['action' => '-1', 'paged' => '2']), 'class="row-title"'));
        $form = ['screenoptionnonce' => $this->login()['nonces']['screen-options-nonce'],
            'wp_screen_options' => ['option' => 'serverpilot_domains_per_page', 'value' => '7']];
        $this->network->page(self::PAGE, $this->login()['cookies'], $form);
        $this->assertSame(7, substr_count($this->open(), 'class="row-title"'));
    }

    /** Domains were unmapped since, or a search finds fewer: the last page is shown. */
    public function testAPageThatIsNotThereAnyMoreIsTheLastOne(): void
    {
        $this->start('ffi');
        $this->network->step('map', ['domains' => array_map(static fn (int $n): string => "a$n.com", range(1, 12))]);
        $this->runQueue();
        $last = $this->open('&paged=2&orderby=domain&order=asc');
        $this->assertStringContainsString('value="www.a9.com"', $last);
        $this->assertStringContainsString('value="www.a9.com"', $this->open('&paged=99&orderby=domain&order=asc'));
        $this->assertStringContainsString('id="wpfooter"', $this->open('&paged=99&s=nothing'));
    }

    public function testADomainOpensToItsDiagnosisAndTheRecordToSet(): void
    {
        $this->start('ffi');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertStringContainsString('Not diagnosed yet', $this->open('&domain=shop.com'));
        $body = $this->act(['do' => 'check', 'name' => 'shop.com', '_wp_http_referer' => self::PAGE . '&domain=shop.com']);
        $this->assertStringContainsString('Who has to act', $body);
        $this->assertStringContainsString('IPv4 address (A)', $body);
        // The address is the one that the fake's server has.
        $this->assertMatchesRegularExpression('#data-serverpilot-copy="shop\.com\. 3600 IN A [0-9.]+"#', $body);
        $this->assertMatchesRegularExpression('#data-serverpilot-copy="www\.shop\.com\. 3600 IN A [0-9.]+"#', $body);
        $this->assertMatchesRegularExpression('#wp-ultimo-edit-domain&\#038;id=\d+#', $body);
        $this->assertStringContainsString('not a domain of this network', $this->open('&domain=else.com'));
        $this->fake->forget();
        $this->assertStringContainsString('not a domain of this network', $this->act(['do' => 'check:else.com']));
        $this->assertSame([], $this->fake->asked());
    }

    public function testADomainOfSomebodyElsesIsTakenOverByOneClick(): void
    {
        $this->start('ffi');
        $this->fake->app(['domains' => ['network.test', 'shop.com', 'www.shop.com']]);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $body = $this->open();
        $this->assertStringContainsString('By somebody else', $body);
        $this->assertStringContainsString('value="adopt:shop.com"', $body);
        $this->assertStringContainsString('managed here from now on', $this->act(['do' => 'adopt:shop.com']));
        $this->runQueue();
        $this->assertArrayHasKey('shop.com', $this->state()['managed']);
        $this->assertStringNotContainsString('value="adopt:shop.com"', $this->open());
    }

    public function testASyncForgetsTheChecksOfNamesThatAreGone(): void
    {
        $this->start('cli');
        $seen = ['at' => time(), 'since' => time(), 'dns' => 'found', 'valid' => true, 'reason' => 'valid'];
        $this->network->step('checks', ['write' => ['version' => 1, 'job' => null, 'app' => null,
            'checks' => ['network.test' => $seen, 'gone.com' => $seen]]]);
        $this->network->step('command', ['name' => 'sync']);
        $this->assertSame(['network.test'], array_keys($this->network->step('checks')['checks']));
    }

    public function testWhatPeopleAndServerPilotNameIsText(): void
    {
        $evil = '"><script>alert(1)</script>';
        $this->start('ffi');
        $this->mapInvalid("x$evil.com");
        $this->runQueue();
        $state = $this->state();
        $failure = ['code' => 'SP_ERR_SERVER', 'message' => [
            ['code' => 'text', 'arguments' => ["ServerPilot said $evil"]],
            ['code' => 'library.service_says', 'arguments' => ['quote' => $evil]],
        ], 'at' => time(), 'since' => time(), 'sapi' => 'cli', 'retryable' => true];
        $this->network->step('state', ['write' => json_encode(['failure' => $failure] + $state)]);
        $seen = ['at' => time(), 'since' => time(), 'dns' => $evil, 'valid' => false, 'reason' => $evil,
            'issuer' => $evil, 'expires' => time() + 9, 'diagnosis' => ['at' => 1, 'cause' => $evil, 'move' => $evil,
            'advice' => $evil, 'evidence' => [['check' => $evil, 'outcome' => $evil, 'detail' => $evil]]]];
        $this->network->step('checks', ['write' => ['version' => 1, 'job' => null,
            'app' => ['id' => $this->network->environment['fake']['app_id'], 'name' => $evil, 'server' => $evil,
                'address' => $evil, 'at' => time()],
            'checks' => ['network.test' => $seen, "x$evil.com" => $seen]]]);
        $views = ['', '&domain=network.test', '&domain=' . rawurlencode("x$evil.com"), '&s=' . rawurlencode($evil),
            '&group=' . rawurlencode($evil), '&orderby=' . rawurlencode($evil), '&view=' . rawurlencode($evil)];
        foreach ($views as $view) {
            $body = $this->open($view);
            $this->assertStringNotContainsString('<script>alert', $body, $view);
            $this->assertStringContainsString('id="serverpilot"', $body);
        }
        // Each of them was there to be seen.
        $this->assertGreaterThan(2, substr_count($this->open(), '&lt;script&gt;alert'));
        $this->assertGreaterThan(4, substr_count($this->open('&domain=network.test'), '&lt;script&gt;alert'));
    }

    public function testOnlyAnOperatorWithAFreshNonceTakesACheckFurther(): void
    {
        $this->start('ffi');
        $this->writeJob(['network.test']);
        foreach (['subscriber', 'siteadmin'] as $user) {
            $login = $this->network->step('login', ['user' => $user, 'nonces' => ['serverpilot_act']]);
            $form = ['action' => 'serverpilot_progress', '_ajax_nonce' => $login['nonces']['serverpilot_act']];
            [$status] = $this->network->page(self::AJAX, $login['cookies'], $form);
            $this->assertSame(403, $status);
        }
        foreach ([[], ['_ajax_nonce' => '0123456789']] as $with) {
            $form = $with + ['action' => 'serverpilot_progress'];
            [$status] = $this->network->page(self::AJAX, $this->login()['cookies'], $form);
            $this->assertSame(403, $status);
        }
        [$status] = $this->network->page(self::AJAX, [], ['action' => 'serverpilot_progress']);
        $this->assertSame(400, $status);
        $this->assertSame(1, count($this->network->step('checks')['job']['left']));
        $this->assertSame([], $this->fake->asked());
    }

    public function testACheckOfAllRunsInTheBackgroundAndSaysHowFarItIs(): void
    {
        $this->start('ffi');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->mapInvalid('bad_name.com');
        $this->runQueue();
        // Before that, nobody knows the app by its name.
        $this->assertStringContainsString('it is asked with the next check', $this->open());
        $body = $this->act(['do' => 'check_all']);
        $this->assertStringContainsString('0 of 3 checked', $body);
        $this->assertStringContainsString('Reload</a>', $body);
        // Whoever starts it a second time joins it.
        $this->act(['action' => 'check', 'names' => ['shop.com']]);
        $this->assertSame(3, $this->network->step('checks')['job']['total']);
        $answer = $this->progress();
        $this->assertSame([true, null], [$answer['success'], $answer['data']['done']]);
        $seen = $this->network->step('checks');
        $this->assertNull($seen['job']);
        $this->assertArrayHasKey('www.shop.com', $seen['checks']);
        $this->assertArrayNotHasKey('bad_name.com', $seen['checks']);
        $this->assertStringNotContainsString('it is asked with the next check', $this->open());
        $this->assertStringContainsString('Select the domains', $this->act(['action' => 'check']));
    }

    public function testTwoProcessesCheckEachNameOnceAndOneThatDiedIsFollowed(): void
    {
        $this->start('ffi');
        $names = array_map(static fn (int $n): string => "shop$n.com", range(1, 60));
        $this->network->step('map', ['domains' => $names]);
        $this->writeJob($names);
        // One is at the first part, the other one leaves it to it.
        $answers = $this->network->steps(2, 'check_next');
        $this->assertContains(['done' => 50, 'total' => 60], $answers);
        $this->assertCount(50, $this->network->step('checks')['checks']);
        // The next one dies in its part, and until it is taken for dead nobody repeats it.
        $this->network->sapi = 'cli';
        try {
            $this->network->step('check_next', ['die' => true]);
            $this->fail('it lives');
        } catch (RuntimeException) {
            $this->assertSame(['done' => 50, 'total' => 60], $this->network->step('check_next'));
        }
        $checks = $this->network->step('checks');
        $checks['job']['at'] -= 121;
        $this->network->step('checks', ['write' => $checks]);
        $this->network->step('clear_queue');
        $this->network->step('play', ['steps' => [['fire', ['hook' => 'serverpilot_heartbeat', 'args' => []]],
            ['run_queue', []]]]);
        $checks = $this->network->step('checks');
        $this->assertNull($checks['job']);
        $this->assertCount(60, $checks['checks']);
    }

    public function testACheckThatServerPilotRefusesIsSaid(): void
    {
        $this->start('ffi');
        $this->writeJob(['network.test']);
        $this->network->configure($this->network->lines()[0], ['constants' => ['WU_SERVER_PILOT_APP_ID' => '../x']]);
        $answer = $this->progress();
        $this->assertFalse($answer['success']);
        $this->assertNotSame('', $answer['data']['message']);
        $this->assertNull($this->network->step('checks')['job']);
    }

    /** @dataProvider numbers */
    public function testItCostsFewQueriesAndAsksNobody(int $number): void
    {
        $this->start('ffi');
        $names = array_map(static fn (int $n): string => "shop$n.com", range(1, $number));
        $this->network->step('map', ['domains' => $names]);
        $this->runQueue();
        $this->fake->forget();
        $this->fake->listening(false);
        $cookies = $this->login()['cookies'];
        $queries = [];
        foreach (['/wp-admin/network/admin.php?page=wp-ultimo-domains', self::PAGE] as $page) {
            [, $body] = $this->network->page($page, $cookies, null, ['X-Probe: 1']);
            $this->assertSame(1, preg_match('#<!--probe (.*)-->#', $body, $found));
            $queries[] = json_decode($found[1], true)['queries'];
        }
        $this->assertLessThanOrEqual(10, $queries[1] - $queries[0], implode(' against ', $queries));
        $this->assertSame([], $this->fake->asked());
        $this->assertStringContainsString('class="row-title"', $body);
    }

    /** @return array<string, array{int}> */
    public function numbers(): array
    {
        return ['one domain' => [1], '300 domains, which is more than fit' => [300]];
    }

    public function testADatabaseThatDoesNotAnswerIsSaid(): void
    {
        $this->start('ffi');
        $this->network->step('state', ['write' => '{"version":1}']);
        $body = $this->open();
        $this->assertStringContainsString('cannot be read', $body);
        $this->assertStringContainsString('This is a new network', $body);
        $this->assertStringNotContainsString('Leave this copy alone', $body);
        $this->act(['do' => 'moved']);
        $this->assertStringNotContainsString('cannot be read', $this->open());
    }

    public function testUninstallTakesAlongWhatTheScreenKept(): void
    {
        $this->start('ffi');
        $this->network->page(self::PAGE, $this->login()['cookies'], ['do' => 'plan'] + $this->nonce());
        $this->network->page(self::PAGE, $this->login()['cookies'], ['do' => 'sync'] + $this->nonce());
        $this->assertNotNull($this->network->step('read_option', ['name' => '_site_transient_serverpilot_result_1']));
        $this->assertSame([[], [], [], [], []], $this->network->step('uninstall'));
    }

    /** @return array{cookies: array<string, string>, nonces: array<string, string>} */
    private function login(): array
    {
        return $this->login ??= $this->network->step(
            'login',
            ['user' => 'operator', 'nonces' => ['serverpilot_act', 'screen-options-nonce']]
        );
    }

    /** @return array{_wpnonce: string} */
    private function nonce(): array
    {
        return ['_wpnonce' => $this->login()['nonces']['serverpilot_act']];
    }

    private function open(string $view = ''): string
    {
        [$status, $body] = $this->network->page(self::PAGE . $view, $this->login()['cookies']);
        $this->assertSame(200, $status, $body);
        return $body;
    }

    /**
     * Presses a button, and gives the page to which that leads.
     *
     * @param array<string, mixed> $form
     */
    private function act(array $form): string
    {
        $cookies = $this->login()['cookies'];
        [$status, $body, $location] = $this->network->page(self::PAGE, $cookies, $form + $this->nonce());
        $this->assertSame(302, $status, $body);
        $this->assertStringStartsWith(self::PAGE, $location);
        [$status, $body] = $this->network->page($location, $cookies);
        $this->assertSame(200, $status);
        return $body;
    }

    /** @return array<string, mixed> */
    private function progress(): array
    {
        $form = ['action' => 'serverpilot_progress', '_ajax_nonce' => $this->login()['nonces']['serverpilot_act']];
        [, $body] = $this->network->page(self::AJAX, $this->login()['cookies'], $form);
        return json_decode($body, true, 16, JSON_THROW_ON_ERROR);
    }

    /** A newer Ultimate Multisite refuses it; what an older one took is still in its table. */
    private function mapInvalid(string $name): void
    {
        $this->network->step('map_past_the_cache', ['domain' => $name]);
        $this->network->step('fire', ['hook' => 'wu_transition_domain_active', 'args' => [0, 1, 0]]);
    }

    /** @param list<string> $names */
    private function writeJob(array $names): void
    {
        $job = ['total' => count($names), 'left' => $names, 'at' => 0];
        $this->network->step('checks', ['write' => ['version' => 1, 'checks' => (object) [], 'job' => $job]]);
    }
}
