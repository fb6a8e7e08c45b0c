<?php

/*
 * A configuration does not reveal its secrets, however it is printed, stored or carried by an exception.
 */

declare(strict_types=1);

namespace ServerPilotTests\Unit;

use Closure;
use Error;
use LogicException;
use PHPUnit\Framework\TestCase;
use ReflectionMethod;
use ServerPilot\Configuration;
use ServerPilot\Exception\ServerPilotException;
use ServerPilot\ServerPilot;
use ServerPilotTests\Support\FakeLibrary;
use Throwable;
use TypeError;

final class ConfigurationTest extends TestCase
{
    private const SENTINEL = 'SENTINEL';

    private static function configuration(string $key = 'key_SENTINEL'): Configuration
    {
        return new Configuration('cid_SENTINEL', $key, 'app1', proxy: 'http://u:SENTINEL@proxy.example.org:3128');
    }

    public function testSettingsHaveTheOrderOfTheProtocolAndNoAbsentKeys(): void
    {
        $all = new Configuration('c', 'k', 'a', 'u', 'f', 'p', 'ua', 1, 0, 3, '/l', [4 => 'x.example.org']);
        self::assertSame(
            '{"client_id":"c","api_key":"k","app_id":"a","base_url":"u","ca_file":"f","proxy":"p","user_agent":"ua",'
            . '"timeouts":{"connect_ms":1,"request_ms":0,"total_ms":3},"lock_dir":"/l","protect":["x.example.org"]}',
            json_encode($all->settings(), JSON_UNESCAPED_SLASHES),
        );
        self::assertSame([], (new Configuration())->settings());
        // Empty is not the same as absent: the library reports what is wrong with an empty value.
        self::assertSame(['client_id' => '', 'api_key' => ''], (new Configuration('', ''))->settings());
    }

    /** @return array<string, mixed> One value for every parameter of the constructor, each unlike its default. */
    private static function everySetting(): array
    {
        $values = [];
        foreach ((new ReflectionMethod(Configuration::class, '__construct'))->getParameters() as $parameter) {
            $values[$parameter->getName()] = match ((string) $parameter->getType()) {
                '?string' => "/{$parameter->getName()}",
                'int' => 1000 + $parameter->getPosition(),
                'array' => ["{$parameter->getName()}.example.org"],
            };
        }
        return $values;
    }

    public function testACopyDiffersInWhatWasChangedAndInNothingElse(): void
    {
        $all = self::everySetting();
        $before = new Configuration(...$all);
        self::assertEquals($before->settings(), $before->with()->settings());
        foreach ($all as $name => $value) {
            $other = match (true) {
                is_string($value) => "$value/other",
                is_int($value) => $value + 1,
                default => ['other.example.org'],
            };
            $expected = new Configuration(...array_replace($all, [$name => $other]));
            $copy = $before->with(...[$name => $other]);
            self::assertSame($expected->settings(), $copy->settings(), $name);
            self::assertNotSame($before->settings(), $copy->settings(), $name);
        }
        self::assertSame((new Configuration(...$all))->settings(), $before->settings(), 'the first one is unchanged');
    }

    public function testNullTakesASettingBackToItsDefault(): void
    {
        $plain = new Configuration('c', 'k', 'a');
        self::assertSame($plain->settings(), $plain->with(proxy: 'http://p:1', baseUrl: 'u')
            ->with(proxy: null, baseUrl: null)->settings());
    }

    /** @return array<string, array{string}> */
    public static function misnamed(): array
    {
        return ['a typing error' => ['apikey'], 'as settings() has it' => ['api_key'], 'nothing like it' => ['x']];
    }

    /** @dataProvider misnamed */
    public function testAnUnknownSettingIsRefusedWithoutShowingIt(string $name): void
    {
        try {
            self::configuration()->with(...['appId' => 'a', $name => 'key_SENTINEL']);
            self::fail('no exception');
        } catch (Error $refused) {
            self::assertStringContainsString('Unknown named parameter', $refused->getMessage());
            self::assertHoldsNoSecret($refused);
        }
    }

    public function testAValueOfTheWrongTypeIsRefusedWithoutShowingIt(): void
    {
        if (PHP_VERSION_ID < 80200) {
            // It does not know which parameters are sensitive.
            $this->expectNotToPerformAssertions();
            return;
        }
        try {
            self::configuration()->with(apiKey: ['key_SENTINEL']);
            self::fail('no exception');
        } catch (TypeError $refused) {
            self::assertHoldsNoSecret($refused);
        }
    }

    /** @return array<string, array{Closure(Configuration): string}> */
    public static function waysOfShowing(): array
    {
        return [
            'var_export' => [static fn (Configuration $c): string => var_export($c, true)],
            'print_r' => [static fn (Configuration $c): string => print_r($c, true)],
            'print_r of a cast' => [static fn (Configuration $c): string => print_r((array) $c, true)],
            'json' => [static fn (Configuration $c): string => (string) json_encode($c)],
            'client, print_r' => [static fn (Configuration $c): string => print_r(self::client($c), true)],
            'client, var_export' => [static fn (Configuration $c): string => var_export(self::client($c), true)],
            'a copy' => [static fn (Configuration $c): string => print_r($c->with(totalMs: 1), true)],
            'var_dump' => [static function (Configuration $c): string {
                ob_start();
                var_dump($c, self::client($c));
                return (string) ob_get_clean();
            }],
        ];
    }

    private static function client(Configuration $configuration): ServerPilot
    {
        return new ServerPilot($configuration, FakeLibrary::succeeding([]));
    }

    /**
     * @dataProvider waysOfShowing
     *
     * @param Closure(Configuration): string $show
     */
    public function testShowsNoSecret(Closure $show): void
    {
        $shown = $show(self::configuration());
        self::assertStringContainsString('app1', $shown);
        self::assertStringNotContainsString(self::SENTINEL, $shown);
    }

    public function testCannotBeSerialized(): void
    {
        $this->expectException(LogicException::class);
        serialize([self::configuration()]);
    }

    public function testCannotBeUnserialized(): void
    {
        $this->expectException(LogicException::class);
        unserialize('O:25:"ServerPilot\Configuration":0:{}');
    }

    public function testTwoConfigurationsDoNotShareAnything(): void
    {
        $one = new Configuration('c1', 'k1', 'a1');
        $two = new Configuration('c2', 'k2', 'a2');
        self::assertSame('k1', $one->settings()['api_key'] ?? null);
        unset($two);
        self::assertSame('k1', $one->settings()['api_key'] ?? null);
    }

    /** @return array<string, array{Configuration, FakeLibrary}> */
    public static function failures(): array
    {
        return [
            'NUL byte in the key' => [self::configuration("key_SENTINEL\0"), FakeLibrary::succeeding([])],
            'refused by the library' => [self::configuration(), FakeLibrary::failing(3)],
            'a protected name that is none' => [
                new Configuration('c', 'key_SENTINEL', 'a', protect: ['x.example.org', static fn (): int => 1]),
                FakeLibrary::succeeding([]),
            ],
            'refused by the service' => [self::configuration(), FakeLibrary::failing(41)],
        ];
    }

    /** @dataProvider failures */
    public function testNoExceptionCarriesASecret(Configuration $configuration, FakeLibrary $library): void
    {
        self::assertSame('0', ini_get('zend.exception_ignore_args'), 'this test needs arguments in traces');
        try {
            (new ServerPilot($configuration, $library))->syncDomain('shop.example.org');
            self::fail('no exception');
        } catch (ServerPilotException $failure) {
            self::assertHoldsNoSecret($failure);
        }
    }

    private static function assertHoldsNoSecret(Throwable $failure): void
    {
        self::assertStringNotContainsString(self::SENTINEL, $failure->getMessage());
        self::assertStringNotContainsString(self::SENTINEL, (string) $failure);
        foreach ($failure->getTrace() as $frame) {
            // Frames of the test framework hold this test's data set, which is made of the secrets.
            if (str_starts_with($frame['class'] ?? '', 'ServerPilot\\')) {
                self::assertStringNotContainsString(self::SENTINEL, print_r($frame['args'] ?? [], true));
            }
        }
    }
}
