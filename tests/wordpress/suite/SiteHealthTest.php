<?php

// Tools → Site Health: how bad things are, what should be in the app against what was seen there, and information that
// reads the same in every language.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress;

use ServerPilot\Tests\WordPress\Support\NetworkTestCase;

final class SiteHealthTest extends NetworkTestCase
{
    public function testADomainThatIsNotInTheAppYetIsNotInSync(): void
    {
        $this->start('cli');
        $this->assertSame('good', $this->graded()['status']);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $setup = $this->graded();
        $this->assertSame('recommended', $setup['status']);
        $this->assertStringNotContainsString('in sync', $setup['label']);
        $this->assertStringContainsString('(shop.com)', $setup['description']);
        $this->runQueue();
        $setup = $this->graded();
        $this->assertSame('good', $setup['status'], $setup['description']);
        $this->assertStringContainsString('in sync', $setup['label']);
    }

    /**
     * @dataProvider domains
     * @param array<string, mixed> $check
     */
    public function testDomainsAreGradedByWhoHasToAct(array $check, string $status): void
    {
        $this->start('ffi');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->network->step('remember_check', ['domain' => 'shop.com', 'check' => $check]);
        $setup = $this->graded();
        $this->assertSame($status, $setup['status'], $setup['description']);
        $this->assertSame($status === 'recommended', str_contains($setup['description'], 'Somebody has to see'));
        $this->assertStringContainsString('page=serverpilot', $setup['actions']);
    }

    /** @return array<string, array{array<string, mixed>, string}> */
    public function domains(): array
    {
        $diagnosis = static fn (string $move): array => ['valid' => false, 'reason' => 'x', 'diagnosis' => [
            'at' => time(), 'cause' => 'x', 'move' => $move, 'advice' => 'x', 'evidence' => [],
        ]];
        return [
            'secure' => [['valid' => true], 'good'],
            'the operator' => [$diagnosis('operator'), 'recommended'],
            'the customer' => [$diagnosis('customer'), 'good'],
        ];
    }

    public function testAFailureThatPassesIsNotCriticalBeforeItHasLasted(): void
    {
        $this->start('cli');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->fake->listening(false);
        $this->runQueue();
        $this->assertSame('recommended', $this->graded()['status']);
        $state = $this->state();
        $this->assertTrue($state['failure']['retryable']);
        $state['failure']['since'] -= 7 * 3600;
        $this->network->step('state', ['write' => json_encode($state)]);
        $this->assertSame('critical', $this->graded()['status']);
    }

    public function testARefusedKeyIsCriticalAtOnce(): void
    {
        $line = $this->network->lines()[0];
        $this->start('cli', $line);
        $this->network->configure($line, ['constants' => ['WU_SERVER_PILOT_API_KEY' => 'wrong']]);
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $this->assertSame('critical', $this->graded()['status']);
    }

    public function testAnOverdueQueueIsCriticalBeforeTheFirstSyncToo(): void
    {
        $this->network->configure($this->network->lines()[0]);
        $this->network->step('enable');
        $this->assertSame('recommended', $this->graded()['status']);
        $this->network->step('turn_clock', ['seconds' => 3 * 3600]);
        $setup = $this->graded();
        $this->assertSame('critical', $setup['status'], $setup['description']);
        $this->assertStringContainsString('scheduled actions do not run', $setup['description']);
    }

    public function testTheInformationIsTheSameInEveryLanguage(): void
    {
        $this->start('ffi');
        $this->network->step('map', ['domains' => ['shop.com']]);
        $this->runQueue();
        $state = $this->state();
        $state['held']['left-out.com'] = ['reason' => 'no_room', 'since' => time()];
        $this->network->step('state', ['write' => json_encode($state)]);
        [$english, $other] = $this->network->step('debug_information');
        $this->assertNotSame($english['domains']['label'], $other['domains']['label']);
        $this->assertSame(array_keys($english), array_keys($other));
        $this->assertSame([], preg_grep('/^[a-z_]+$/', array_keys($english), PREG_GREP_INVERT));
        $copied = static fn (array $fields): array => array_column(array_filter(
            $fields,
            static fn (array $field): bool => !($field['private'] ?? false)
        ), 'debug');
        $this->assertSame($copied($english), $copied($other));
        $this->assertStringNotContainsString('left-out.com', (string) json_encode($copied($english)));
        $this->assertStringContainsString('left-out.com', $english['left_out']['value']);
        $this->assertTrue($english['app_id']['private']);
        $this->assertSame('Native', $english['library']['debug']);
        $this->assertStringNotContainsString('SENTINEL', (string) json_encode([$english, $other]));
        $this->assertSame([null, null], $this->network->step('debug_information', ['user' => 2]));
    }

    /** @return array<string, mixed> */
    private function graded(): array
    {
        return $this->network->step('site_health')[0];
    }
}
