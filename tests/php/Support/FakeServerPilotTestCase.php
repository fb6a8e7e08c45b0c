<?php

/*
 * Base class for tests of the real library against a running fake: one fake per class, reset for each test.
 * Must not share anything between tests except that process.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use PHPUnit\Framework\TestCase;
use ServerPilot\ServerPilot;

abstract class FakeServerPilotTestCase extends TestCase
{
    protected const NETWORK = 'network.example.org';

    private static ?FakeServerPilot $fake = null;

    public static function tearDownAfterClass(): void
    {
        self::$fake?->stop();
        self::$fake = null;
    }

    protected function setUp(): void
    {
        self::fake()->reset([self::NETWORK]);
    }

    protected static function fake(): FakeServerPilot
    {
        return self::$fake ??= new FakeServerPilot();
    }

    /** @return array<string, array{string}> */
    public static function libraries(): array
    {
        return ['in this process' => ['native'], 'in the helper program' => ['helper']];
    }

    /** @param array<string, mixed> $settings Named arguments of Configuration that differ from the fake's. */
    protected static function client(string $library, array $settings = []): ServerPilot
    {
        return new ServerPilot(self::fake()->configuration($settings), Builds::open($library));
    }
}
