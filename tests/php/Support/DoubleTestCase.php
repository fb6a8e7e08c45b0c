<?php

/*
 * A test against the real library and a running double: one double for each class, reset for each test.
 * May not share anything between tests but that process.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use PHPUnit\Framework\TestCase;
use ServerPilot\ServerPilot;

abstract class DoubleTestCase extends TestCase
{
    protected const NETWORK = 'network.example.org';

    private static ?ServerPilotDouble $double = null;

    public static function tearDownAfterClass(): void
    {
        self::$double?->stop();
        self::$double = null;
    }

    protected function setUp(): void
    {
        self::double()->reset([self::NETWORK]);
    }

    protected static function double(): ServerPilotDouble
    {
        return self::$double ??= new ServerPilotDouble();
    }

    /** @return array<string, array{string}> */
    public static function libraries(): array
    {
        return ['in this process' => ['native'], 'in the helper program' => ['helper']];
    }

    /** @param array<string, mixed> $settings Named arguments of Configuration that differ from the double's. */
    protected static function client(string $library, array $settings = []): ServerPilot
    {
        return new ServerPilot(self::double()->configuration($settings), Parts::open($library));
    }
}
