<?php

/*
 * A real php-fpm with one worker on a Unix socket, started with the settings of one test.
 * Must not read the system's pools, and ends with the test.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use RuntimeException;

final class PhpFpm
{
    /** @var resource */
    private $process;

    private readonly string $socket;

    /**
     * @param list<string> $options For the whole service, in the form that `-d` takes, for example opcache.preload.
     * @param array<string, string> $pool For the pool only, as php_admin_value.
     * @param string|null $user Whom the worker belongs to, for which root is needed; null: who runs the test.
     */
    public function __construct(
        private readonly TemporaryFolder $folder,
        array $options,
        array $pool,
        ?string $user = null,
    ) {
        $this->socket = $folder->path . '/fpm.sock';
        $user ??= posix_getpwuid(posix_geteuid())['name'] ?? '';
        $lines = ['[global]', 'error_log = ' . $folder->path . '/fpm.log', 'daemonize = no', '[test]'];
        array_push($lines, "listen = $this->socket", 'pm = static', 'pm.max_children = 1');
        $lines[] = 'catch_workers_output = yes';
        if (posix_geteuid() === 0) {
            $lines[] = "user = $user";
        }
        foreach ($pool as $name => $value) {
            $lines[] = "php_admin_value[$name] = $value";
        }
        $configuration = $folder->write('fpm.conf', implode("\n", $lines) . "\n");
        $command = [self::program(), '-y', $configuration, '-F'];
        if (posix_geteuid() === 0) {
            $command[] = '-R';
            $options[] = "opcache.preload_user=$user";
        }
        foreach ($options as $option) {
            array_push($command, '-d', $option);
        }
        $log = ['file', $folder->path . '/fpm.out', 'a'];
        $process = proc_open($command, [['file', '/dev/null', 'r'], $log, $log], $pipes);
        if ($process === false) {
            throw new RuntimeException('cannot start php-fpm');
        }
        $this->process = $process;
        $deadline = hrtime(true) + 10_000_000_000;
        // The socket file exists shortly before php-fpm listens on it.
        while (@stream_socket_client("unix://$this->socket", $code, $message, 1) === false) {
            if (hrtime(true) > $deadline || !proc_get_status($process)['running']) {
                throw new RuntimeException('php-fpm did not start: ' . $this->log());
            }
            usleep(10_000);
        }
    }

    /** @param array<string, string> $query */
    public function get(string $script, array $query): string
    {
        return FastCgi::get($this->socket, $script, $query);
    }

    /**
     * Sends a request and lets the test go on.
     *
     * @param array<string, string> $query
     *
     * @return callable(): string Waits for the answer.
     */
    public function begin(string $script, array $query): callable
    {
        $code = 'require $argv[1]; echo ServerPilotTests\Support\FastCgi::get($argv[2], $argv[3], '
            . 'json_decode($argv[4], true));';
        $arguments = [__DIR__ . '/FastCgi.php', $this->socket, $script, (string) json_encode($query)];
        $process = proc_open([PHP_BINARY, '-r', $code, '--', ...$arguments], [1 => ['pipe', 'w']], $pipes);
        if ($process === false) {
            throw new RuntimeException('cannot start the request');
        }
        return static function () use ($process, $pipes): string {
            $answer = (string) stream_get_contents($pipes[1]);
            proc_close($process);
            return $answer;
        };
    }

    public function log(): string
    {
        return $this->folder->read('fpm.out') . $this->folder->read('fpm.log');
    }

    public function stop(): void
    {
        proc_terminate($this->process, SIGTERM);
        proc_close($this->process);
    }

    private static function program(): string
    {
        $name = 'php-fpm' . PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION;
        foreach (["/usr/sbin/$name", '/usr/local/sbin/php-fpm', '/usr/sbin/php-fpm'] as $path) {
            if (is_executable($path)) {
                return $path;
            }
        }
        throw new RuntimeException("php-fpm is not installed: `apt-get install php" . substr($name, 7) . "-fpm`");
    }
}
