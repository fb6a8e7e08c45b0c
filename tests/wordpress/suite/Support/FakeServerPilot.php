<?php

// The fake ServerPilot as tests see it: its state, its request log, its faults and its clock.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress\Support;

use RuntimeException;

final class FakeServerPilot
{
    public function __construct(private readonly string $control)
    {
    }

    public function reset(): void
    {
        $this->call('POST', '/control/reset', []);
        $this->app(['domains' => ['network.test']]);
        $this->forget();
    }

    /** @param array<string, mixed> $app */
    public function app(array $app): void
    {
        $this->call('POST', '/control/app', $app);
    }

    /** @param array<string, mixed> $settings */
    public function settings(array $settings): void
    {
        $this->call('POST', '/control/settings', $settings);
    }

    /** @param array<string, mixed> $fault */
    public function fault(array $fault): void
    {
        $this->call('POST', '/control/faults', $fault);
    }

    public function clearFaults(): void
    {
        $this->call('DELETE', '/control/faults');
    }

    public function advance(int $seconds): void
    {
        $this->call('POST', '/control/clock', ['advance_s' => $seconds]);
    }

    public function listening(bool $on): void
    {
        $this->call('POST', '/control/listening', ['on' => $on]);
    }

    /** @return list<string> */
    public function domains(): array
    {
        return $this->call('GET', '/control/state')['app']['domains'];
    }

    public function hasAutossl(): bool
    {
        $ssl = $this->call('GET', '/control/state')['app']['ssl'];
        return $ssl === 'auto' || ($ssl['auto'] ?? $ssl['mode'] ?? false) === true || ($ssl['mode'] ?? '') === 'auto';
    }

    /** @return list<array<string, mixed>> */
    public function requests(): array
    {
        $log = $this->call('GET', '/control/requests');
        return $log['requests'] ?? $log;
    }

    /** @return list<string> "GET" and "POST" with the part after the app, in the order asked. */
    public function asked(): array
    {
        return array_map(
            static fn (array $one) => $one['method'] . (string) preg_replace('#^/v1/apps/[^/]+#', '', $one['path']),
            $this->requests()
        );
    }

    public function forget(): void
    {
        $this->call('DELETE', '/control/requests');
    }

    /** @return array<mixed> */
    private function call(string $method, string $path, ?array $body = null): array
    {
        $answer = file_get_contents($this->control . $path, false, stream_context_create(['http' => [
            'method' => $method,
            'header' => 'Content-Type: application/json',
            'content' => $body === null ? '' : json_encode((object) $body),
            'ignore_errors' => true,
        ]]));
        $document = json_decode((string) $answer, true);
        if (!is_array($document) || isset($document['error'])) {
            throw new RuntimeException("$method $path: " . var_export($answer, true));
        }
        return $document;
    }
}
