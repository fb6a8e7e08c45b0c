<?php

// The test's own internet (tests/wordpress/internet) as tests see it: who has which address, and certificates that a
// web server of it serves. Must be left again by whoever entered it: it ends with its object's stop().

declare(strict_types=1);

namespace ServerPilot\Tests\WordPress\Support;

use RuntimeException;

final class Internet
{
    public const SITE = '5.9.0.1';
    public const SOON = '5.9.0.2';
    public const OTHER = '5.9.0.3';

    private readonly string $folder;

    /** @var resource */
    private $process;

    /**
     * @param array<string, mixed> $fake What the fake ServerPilot announced.
     * @param list<string> $soon Names of a certificate that is valid, by caFile(), and expires in ten days.
     * @param list<string> $other Names of a certificate that nobody trusts.
     */
    public function __construct(string $run, array $fake, array $soon, array $other)
    {
        $this->folder = "$run/internet";
        self::command(['rm', '-rf', $this->folder]);
        mkdir("$this->folder/names.d", 0755, true);
        $this->certificate('soon', $soon, 10);
        $this->certificate('other', $other, 90);
        $trusted = file_get_contents("$run/ca.pem") . file_get_contents("$this->folder/soon.crt");
        file_put_contents($this->caFile(), $trusted);
        $ports = array_map(
            static fn (string $key) => (string) preg_replace('#^.*:(\d+).*$#', '$1', $fake[$key]),
            ['api', 'control', 'site']
        );
        $log = ['file', "$run/log/internet.log", 'a'];
        $command = [dirname(__DIR__, 2) . '/internet', $this->folder, ...$ports];
        $process = proc_open($command, [['file', '/dev/null', 'r'], $log, $log], $pipes);
        $this->process = $process !== false ? $process : throw new RuntimeException('no internet');
        $until = hrtime(true) + 20_000_000_000;
        while (!is_file("$this->folder/pid")) {
            if (hrtime(true) > $until || !proc_get_status($this->process)['running']) {
                $this->stop();
                throw new RuntimeException("the internet did not come up, see $run/log/internet.log");
            }
            usleep(20_000);
        }
    }

    public function stop(): void
    {
        proc_terminate($this->process);
        proc_close($this->process);
    }

    /** Whom to trust there: the fake's authority, and the certificate that expires soon. */
    public function caFile(): string
    {
        return "$this->folder/ca.pem";
    }

    /** @param array<string, string> $addresses Of all names that there are. */
    public function names(array $addresses): void
    {
        $lines = array_map(static fn ($name, $address) => "$address $name\n", array_keys($addresses), $addresses);
        // Whole at once; the name server reads it before its next question.
        file_put_contents("$this->folder/new", implode('', $lines));
        rename("$this->folder/new", "$this->folder/names.d/names");
    }

    /** @return list<string> What stands before a command that is to be executed there. */
    public function enter(): array
    {
        $pid = trim((string) file_get_contents("$this->folder/pid"));
        return ['nsenter', '--target', $pid, '--net', '--mount', '--'];
    }

    /** @param list<string> $names */
    private function certificate(string $file, array $names, int $days): void
    {
        $names = implode(',', array_map(static fn (string $name) => "DNS:$name", $names));
        self::command(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
            '-subj', "/CN=$file", '-addext', "subjectAltName=$names",
            '-addext', 'basicConstraints=critical,CA:FALSE', '-days', (string) $days,
            '-keyout', "$this->folder/$file.key", '-out', "$this->folder/$file.crt"]);
        file_put_contents("$this->folder/$file.pem", array_map(
            fn (string $kind) => file_get_contents("$this->folder/$file.$kind"),
            ['key', 'crt']
        ));
    }

    /** @param list<string> $command */
    private static function command(array $command): void
    {
        $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipes);
        $said = $process === false ? '' : (string) stream_get_contents($pipes[1]);
        if ($process === false || proc_close($process) !== 0) {
            throw new RuntimeException("$command[0]: $said");
        }
    }
}
