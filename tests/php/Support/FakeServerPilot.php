<?php

/*
 * A running fake ServerPilot, and its control plane (see tests/fake-serverpilot/README.md).
 * Must not outlive the test class that started it.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use RuntimeException;
use ServerPilot\Configuration;

final class FakeServerPilot
{
    /** @var resource */
    private $process;

    /** @var array{api: string, control: string, ca_file: string, site: string, client_id: string, api_key: string,
     *     app_id: string, pid: int} */
    public readonly array $ready;

    public function __construct()
    {
        $spec = [['file', '/dev/null', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']];
        $process = proc_open([Builds::fakeServerPilot()], $spec, $pipes);
        if ($process === false) {
            throw new RuntimeException('cannot start the fake');
        }
        $this->process = $process;
        $line = (string) fgets($pipes[1]);
        $ready = json_decode($line, true);
        if (!is_array($ready)) {
            throw new RuntimeException("the fake is not ready: $line");
        }
        $this->ready = $ready;
    }

    /** @param array<string, mixed> $other Named arguments of Configuration to override. */
    public function configuration(array $other = []): Configuration
    {
        return new Configuration(...$other + [
            'clientId' => $this->ready['client_id'],
            'apiKey' => $this->ready['api_key'],
            'appId' => $this->ready['app_id'],
            'baseUrl' => $this->ready['api'],
            'caFile' => $this->ready['ca_file'],
        ]);
    }

    /** @param list<string> $domains The app's list at the beginning of the test. */
    public function reset(array $domains): void
    {
        $this->control('POST', '/control/reset');
        $this->set(['domains' => $domains]);
        $this->control('DELETE', '/control/requests');
    }

    /** @param array<string, mixed> $change */
    public function set(array $change): void
    {
        $this->control('POST', '/control/app', $change);
    }

    /** @param array<string, mixed> $fault */
    public function fault(array $fault): void
    {
        $this->control('POST', '/control/faults', $fault);
    }

    public function advance(int $seconds): void
    {
        $this->control('POST', '/control/clock', ['advance_s' => $seconds]);
    }

    /** @return list<array<string, mixed>> The requests made to the API since reset(). */
    public function requests(): array
    {
        return $this->control('GET', '/control/requests');
    }

    /** @return list<string> The app's list as the fake stores it. */
    public function domains(): array
    {
        return $this->control('GET', '/control/state')['app']['domains'];
    }

    public function stop(): void
    {
        proc_terminate($this->process, SIGTERM);
        proc_close($this->process);
    }

    /**
     * @param array<string, mixed>|null $body
     *
     * @return array<mixed>
     */
    private function control(string $method, string $path, ?array $body = null): array
    {
        $context = stream_context_create(['http' => [
            'method' => $method,
            'header' => 'Content-Type: application/json',
            'content' => $body === null ? '' : (string) json_encode($body),
            'ignore_errors' => true,
            'timeout' => 10,
        ]]);
        $answer = (string) file_get_contents($this->ready['control'] . $path, false, $context);
        if (!preg_match('~^HTTP/1\.\d 2~', $http_response_header[0] ?? '')) {
            throw new RuntimeException("the fake refuses $method $path: $answer");
        }
        return json_decode($answer, true) ?? [];
    }
}
