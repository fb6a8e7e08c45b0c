<?php

// The WordPress network as tests see it: executes steps in PHP-FPM or on the command line, any number
// at once, and asks for pages as a browser would.

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress\Support;

use mysqli;
use RuntimeException;

final class Network
{
    private const STEPS = __DIR__ . '/../../site/step.php';

    /** @var array<string, mixed> */
    public readonly array $environment;
    public readonly FakeServerPilot $fake;
    private ?mysqli $database = null;

    /** cli, or one of the pools: ffi, helper, none, preloaded. */
    public string $sapi = 'cli';

    /** Where steps on the command line are executed, if not on this machine's own network. */
    public ?Internet $internet = null;

    /** Where steps come in over HTTP: the queue's own way by default. */
    public string $entry = '/wp-admin/admin-ajax.php';

    public function __construct()
    {
        $run = getenv('SERVERPILOT_WORDPRESS_RUN') ?: '/tmp/serverpilot-wordpress';
        $file = "$run/environment.json";
        if (!is_file($file)) {
            throw new RuntimeException('The environment is not up: tests/wordpress/environment up');
        }
        $this->environment = json_decode((string) file_get_contents($file), true, 16, JSON_THROW_ON_ERROR);
        $this->fake = new FakeServerPilot($this->environment['fake']['control']);
    }

    /** @return list<string> Which lines the Ultimate Multisite that is here can be: registry, legacy, or both. */
    public function lines(): array
    {
        return $this->environment['lines'];
    }

    /** @param array<string, mixed> $changes To the settings a well-kept network has. */
    public function configure(string $line, array $changes = []): void
    {
        $fake = $this->environment['fake'];
        $settings = array_replace_recursive([
            'line' => $line,
            'base_url' => $fake['api'],
            'control' => $fake['control'],
            'ca_file' => $this->environment['run'] . '/ca.pem',
            'constants' => [
                'WU_SERVER_PILOT_CLIENT_ID' => $fake['client_id'],
                'WU_SERVER_PILOT_API_KEY' => $fake['api_key'],
                'WU_SERVER_PILOT_APP_ID' => $fake['app_id'],
            ],
        ], $changes);
        $settings['constants'] = array_filter($settings['constants'], static fn ($value) => $value !== null);
        file_put_contents($this->environment['run'] . '/settings.json', json_encode($settings));
    }

    public function restore(): void
    {
        $run = $this->environment['run'];
        // Rows go and come back, tables stay: making a table anew takes the database longer than all else here.
        $this->database ??= new mysqli('localhost', 'root', '', 'wordpress', 0, "$run/socket/db.sock");
        [$fresh, $now] = array_map(
            fn (string $name) => array_column($this->database->query("SHOW TABLES FROM $name")->fetch_all(), 0),
            ['fresh', 'wordpress']
        );
        foreach (array_diff($now, $fresh) as $table) {
            $this->database->query("DROP TABLE `$table`");
        }
        $this->database->begin_transaction();
        foreach ($fresh as $table) {
            $this->database->query("DELETE FROM `$table`");
            $this->database->query("INSERT INTO `$table` SELECT * FROM fresh.`$table`");
        }
        $this->database->commit();
        // Root writes them from the command line and the web's user from PHP-FPM.
        $php = array_map(static fn (string $pool) => "php-$pool", array_keys($this->environment['ports']));
        array_map('unlink', glob("$run/log/um-domain-*.log") ?: []);
        foreach (['um-integration-serverpilot', 'um-events', 'debug', ...$php] as $log) {
            file_put_contents("$run/log/$log.log", '');
            chmod("$run/log/$log.log", 0666);
        }
    }

    /** @param array<string, mixed> $args */
    public function step(string $step, array $args = []): mixed
    {
        return $this->steps(1, $step, $args)[0];
    }

    /**
     * The same step in several processes at once.
     *
     * @param array<string, mixed> $args
     * @return list<mixed>
     */
    public function steps(int $times, string $step, array $args = []): array
    {
        $json = (string) json_encode((object) $args);
        $answers = $this->sapi === 'cli'
            ? $this->inProcesses($times, $step, $json)
            : $this->overHttp($times, $step, $json);
        return array_map(static function (string $answer) use ($step) {
            $start = strrpos($answer, "\n{\"");
            $decoded = json_decode($start === false ? $answer : substr($answer, $start), true);
            if (!is_array($decoded) || !array_key_exists('ok', $decoded)) {
                $why = $decoded['error'] ?? $answer;
                throw new RuntimeException("$step: $why\n" . ($decoded['trace'] ?? ''));
            }
            return $decoded['ok'];
        }, $answers);
    }

    /**
     * "wp serverpilot …": the real WP-CLI where WP_CLI_PHAR names it, else as much of it as there is here.
     *
     * @return array{code: int, out: string, err: string}
     */
    public function wp(string ...$argv): array
    {
        $phar = (string) getenv('WP_CLI_PHAR');
        if ($phar === '') {
            return $this->step('wp', ['argv' => $argv]);
        }
        $site = $this->environment['site'];
        $command = [PHP_BINARY, $phar, "--path=$site", '--allow-root', '--no-color', 'serverpilot', ...$argv];
        $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['pipe', 'w']], $pipes);
        // Neither is more than a pipe holds.
        [$out, $err] = [(string) stream_get_contents($pipes[1]), (string) stream_get_contents($pipes[2])];
        return ['code' => proc_close($process), 'out' => $out, 'err' => $err];
    }

    /**
     * A page as a browser asks for it.
     *
     * @param array<string, string> $cookies
     * @param array<string, string>|null $form A POST if given.
     * @param string[] $headers
     * @return array{int, string, string} Status, body, and where it redirects to: a path, or nothing.
     */
    public function page(string $path, array $cookies = [], ?array $form = null, array $headers = []): array
    {
        $headers[] = 'Cookie: ' . http_build_query($cookies, '', '; ', PHP_QUERY_RFC3986);
        $body = null;
        if ($form !== null) {
            $headers[] = 'Content-Type: application/x-www-form-urlencoded';
            $body = http_build_query($form);
        }
        return self::answer(self::send($this->environment['ports'][$this->sapi] ?? $this->environment['ports']['ffi'], $path, $headers, $body));
    }

    /**
     * What comes before the page.
     *
     * @param array<string, string> $cookies
     * @param string[] $headers
     */
    public function headers(string $path, array $cookies = [], array $headers = []): string
    {
        $headers[] = 'Cookie: ' . http_build_query($cookies, '', '; ', PHP_QUERY_RFC3986);
        $stream = self::send($this->environment['ports'][$this->sapi] ?? $this->environment['ports']['ffi'], $path, $headers, null);
        $answer = (string) stream_get_contents($stream);
        fclose($stream);
        return explode("\r\n\r\n", $answer, 2)[0] . "\r\n";
    }

    public function log(): string
    {
        return (string) @file_get_contents($this->environment['run'] . '/log/um-integration-serverpilot.log');
    }

    /** @return list<array<string, mixed>> The plugin's events that Ultimate Multisite made mails and webhooks of. */
    public function events(): array
    {
        $log = (string) @file_get_contents($this->environment['run'] . '/log/um-events.log');
        return array_map(static fn (string $line) => json_decode($line, true), array_filter(explode("\n", $log)));
    }

    /** What Ultimate Multisite shows on the page of that domain. */
    public function domainLog(string $domain): string
    {
        return (string) @file_get_contents($this->environment['run'] . "/log/um-domain-$domain.log");
    }

    /** @return list<string> What PHP complained of in the plugin's own files, or could not go on with. */
    public function complaints(): array
    {
        $found = [];
        foreach (glob($this->environment['run'] . '/log/{debug,php-}*', GLOB_BRACE) ?: [] as $log) {
            foreach (file($log) ?: [] as $line) {
                $ours = str_contains($line, 'ultimate-multisite-serverpilot') || str_contains($line, 'ServerPilot\\');
                // What a real Ultimate Multisite makes of odd input itself; where we led to it, its trace names us.
                $theirs = str_contains($line, '/plugins/ultimate-multisite/');
                if ($ours || !$theirs && str_contains($line, 'PHP Fatal')) {
                    $found[] = trim($line);
                }
            }
        }
        return $found;
    }

    /** @return list<string> */
    private function inProcesses(int $times, string $step, string $json): array
    {
        $running = [];
        // Compiled files are kept on disk, or each process would compile the whole of WordPress.
        $compiled = ['-d', 'opcache.enable_cli=1', '-d', 'opcache.file_cache_only=1',
            '-d', "opcache.file_cache={$this->environment['run']}/compiled"];
        for ($i = 0; $i < $times; $i++) {
            $pipes = [];
            $command = [...($this->internet?->enter() ?? []), PHP_BINARY, ...$compiled, self::STEPS, $this->environment['site'], $step, $json];
            $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['file', '/dev/null', 'w']], $pipes);
            $running[] = [$process, $pipes[1]];
        }
        $answers = [];
        foreach ($running as [$process, $pipe]) {
            $answers[] = (string) stream_get_contents($pipe);
            proc_close($process);
        }
        return $answers;
    }

    /** @return list<string> */
    private function overHttp(int $times, string $step, string $json): array
    {
        $running = [];
        for ($i = 0; $i < $times; $i++) {
            $port = $this->environment['ports'][$this->sapi];
            $headers = ["X-Test-Step: $step", 'Content-Type: application/json'];
            $running[] = self::send($port, $this->entry, $headers, $json);
        }
        return array_map(static fn ($stream) => self::answer($stream)[1], $running);
    }

    /**
     * @param string[] $headers
     * @return resource
     */
    private static function send(int $port, string $path, array $headers, ?string $body)
    {
        $stream = stream_socket_client("tcp://127.0.0.1:$port", $code, $message, 5);
        if ($stream === false) {
            throw new RuntimeException($message);
        }
        stream_set_timeout($stream, 120);
        $lines = [($body === null ? 'GET' : 'POST') . " $path HTTP/1.0", 'Host: network.test', ...$headers];
        if ($body !== null) {
            $lines[] = 'Content-Length: ' . strlen($body);
        }
        fwrite($stream, implode("\r\n", $lines) . "\r\n\r\n" . $body);
        return $stream;
    }

    /**
     * @param resource $stream
     * @return array{int, string, string}
     */
    private static function answer($stream): array
    {
        $answer = (string) stream_get_contents($stream);
        fclose($stream);
        [$head, $body] = explode("\r\n\r\n", $answer, 2) + ['', ''];
        $location = preg_match('#^Location: (?:https?://[^/]+)?(\S+)#mi', $head, $found) === 1 ? $found[1] : '';
        return [(int) substr($head, 9, 3), $body, $location];
    }
}
