<?php

/*
 * Calls libserverpilot in a program of its own, for a PHP that is not allowed FFI: one process per call.
 * Must not use a shell, pass an environment, or put a secret anywhere but on the program's standard input.
 */

declare(strict_types=1);

namespace ServerPilot;

use SensitiveParameter;
use ServerPilot\Exception\FfiUnavailable;

/**
 * The protocol: one JSON document on standard input, closed after it; one on standard output, and exit code 0
 * whenever there was an answer, whatever it says.
 */
final class HelperProgram implements Library
{
    private const ABI = 1;

    private const NEEDS = ['proc_open', 'proc_get_status', 'proc_terminate', 'proc_close'];

    /** The order of the protocol's keys. */
    private const ARGUMENTS = ['domain', 'flags', 'options', 'domains', 'change', 'action_id', 'timeout_ms'];

    private const WRITES = ['sync_domain', 'remove_domain', 'apply'];

    /** What documents call those operations that have another name as a function. */
    private const IN_DOCUMENTS = [
        'sync_domain' => 'sync',
        'remove_domain' => 'remove',
        'inspect_app' => 'inspect',
        'check_ssl' => 'check',
        'check_ssl_many' => 'check_many',
    ];

    /** Bytes; a check of some thousand names with their chains is far below. */
    private const LONGEST_ANSWER = 8 * 1024 * 1024;

    /** Milliseconds; the library's own default for a whole call. */
    private const DEFAULT_TOTAL_MS = 20_000;

    /** Milliseconds on top of it for starting and ending a process on a busy machine. */
    private const GRACE_MS = 5_000;

    private const SIGKILL = 9;

    private const NOT_STARTED = 'cannot be started';

    private const TIMEOUT = 'did not end in time';

    private function __construct(private readonly string $path)
    {
    }

    /**
     * @param string|null $helperPath Use this program and no other. Null: the one of this release (see
     *     Release).
     *
     * @throws FfiUnavailable With the line that cures it.
     */
    public static function locate(?string $helperPath = null): self
    {
        // All of them, before the first: one that is missing would be found out with the program running.
        $missing = array_filter(self::NEEDS, static fn (string $function): bool => !function_exists($function));
        if ($missing !== []) {
            throw new FfiUnavailable('functions_disabled', [
                'missing' => implode(', ', $missing),
                'needed' => implode(', ', self::NEEDS),
                'ini' => php_ini_loaded_file() ?: 'php.ini',
            ]);
        }
        $path = $helperPath ?? Release::path(Release::HELPER);
        // Silent: open_basedir makes a question about a file outside of it a warning.
        if (!@is_file($path)) {
            $others = $helperPath === null ? Release::others(Release::HELPER) : [];
            throw $others === []
                ? new FfiUnavailable('helper_missing', ['helper' => $path])
                : new FfiUnavailable('other_release', [
                    'file' => Release::HELPER,
                    'version' => Release::VERSION,
                    'found' => implode(', ', $others),
                ]);
        }
        // The program is started in the root folder, from where a relative path would lead elsewhere.
        $path = realpath($path) ?: $path;
        // Before the executable bit, which no file has there.
        $mount = Mount::forbidsExecution($path);
        if ($mount !== null) {
            throw new FfiUnavailable('noexec', ['file' => $path, 'mount' => $mount, 'soname' => Release::SONAME]);
        }
        // WordPress unpacks a plugin's archive without the executable bit; a file of our own may have it back.
        $mend = $helperPath === null && function_exists('chmod');
        if (!is_executable($path) && !($mend && @chmod($path, 0755))) {
            throw new FfiUnavailable('helper_not_executable', ['helper' => $path]);
        }
        // A script is started by the system itself; a binary for another machine would end up in a shell, which can
        // make nothing of one that may be executed and not read.
        $script = @file_get_contents($path, false, null, 0, 2) === '#!';
        $mismatch = $script || !is_readable($path) ? null : ElfArchitecture::mismatch($path);
        if ($mismatch !== null) {
            throw $mismatch;
        }
        return new self($path);
    }

    public function call(Configuration $configuration, string $operation, array $arguments): RawResult
    {
        // The settings are encoded apart: what a caller's object throws on the way shows all that is encoded with it.
        $settings = [];
        foreach ($operation === 'version' ? [] : $configuration->settings() as $name => $value) {
            if ($name === 'ca_file' && !str_starts_with($value, '/')) {
                // A relative one is meant from here; the program is started in the root folder.
                $value = getcwd() . '/' . $value;
            }
            $text = json_encode($value, JSON_UNESCAPED_SLASHES);
            if ($text === false) {
                return new RawResult(Status::InvalidUtf8->value, null, $name);
            }
            $settings[] = "\"$name\":$text";
        }
        $request = ['operation' => $operation];
        foreach (self::ARGUMENTS as $name) {
            if (isset($arguments[$name])) {
                // An empty PHP array would become a JSON list, where the program expects an object.
                $object = $name === 'options' || $name === 'change';
                $request[$name] = $object ? (object) $arguments[$name] : $arguments[$name];
            }
        }
        $request = json_encode($request, JSON_UNESCAPED_SLASHES);
        if ($request === false) {
            $utf8 = json_last_error() === JSON_ERROR_UTF8;
            return new RawResult($utf8 ? Status::InvalidUtf8->value : Status::InvalidArgument->value, null);
        }
        $input = '{"config":{' . implode(',', $settings) . '},' . substr($request, 1);
        $totalMs = $configuration->totalMs > 0 ? $configuration->totalMs : self::DEFAULT_TOTAL_MS;
        $started = hrtime(true);
        // A host's error handler hears what is silenced with @ as well; where it throws, the trace shows the request.
        set_error_handler(static fn (): bool => false);
        try {
            [$output, $end] = $this->run($input, $started + ($totalMs + self::GRACE_MS) * 1_000_000);
        } finally {
            restore_error_handler();
        }
        if ($end === self::NOT_STARTED) {
            // Thrown here and not where it is found: a trace would show the request as an argument there.
            throw new FfiUnavailable('not_started', [
                'helper' => $this->path,
                'why' => $output === '' ? 'for example because this system cannot run it' : $output,
            ]);
        }
        $answer = json_decode($output, true);
        if ($end === '' && is_array($answer) && is_int($answer['abi'] ?? null) && is_int($answer['status'] ?? null)) {
            if ($answer['abi'] !== self::ABI) {
                throw new FfiUnavailable(
                    'helper_abi',
                    ['abi' => $answer['abi'], 'needed' => self::ABI],
                    applied: self::writes($operation, $arguments) ? 'unknown' : null,
                );
            }
            if (is_string($answer['unavailable'] ?? null)) {
                throw new FfiUnavailable('helper_library', ['why' => $answer['unavailable']]);
            }
            $document = $answer['document'] ?? null;
            $refused = $answer['argument'] ?? null;
            return new RawResult(
                $answer['status'],
                is_array($document) ? $document : null,
                is_string($refused) ? $refused : null,
            );
        }
        return $this->lost(
            $end === '' ? 'gave an answer that is none' : $end,
            $end === self::TIMEOUT ? Status::Timeout : Status::Network,
            $operation,
            $arguments,
            intdiv(hrtime(true) - $started, 1_000_000),
        );
    }

    /**
     * Runs the program once.
     *
     * @param int $deadline In the nanoseconds of hrtime().
     *
     * @return array{string, string} What it wrote, or why PHP could not start it where PHP knows; and how it went
     *     wrong: "" if it did not.
     */
    private function run(#[SensitiveParameter] string $input, int $deadline): array
    {
        $pipes = [];
        $process = @proc_open(
            [$this->path],
            // Not /dev/null by its name: open_basedir forbids it.
            [['pipe', 'r'], ['pipe', 'w'], ['null']],
            $pipes,
            '/',
            [],
        );
        if ($process === false) {
            return [error_get_last()['message'] ?? '', self::NOT_STARTED];
        }
        [$in, $out] = $pipes;
        stream_set_blocking($in, false);
        stream_set_blocking($out, false);
        $output = '';
        $end = '';
        // Both at once: a long request and a long answer would each wait for the other to be read.
        while ($end === '' && !feof($out)) {
            $leftUs = intdiv($deadline - hrtime(true), 1000);
            if ($leftUs <= 0) {
                $end = self::TIMEOUT;
                break;
            }
            $read = [$out];
            $write = $in === null ? [] : [$in];
            $except = [];
            // Silent: a signal to PHP ends the waiting with a warning, and the loop goes on.
            @stream_select($read, $write, $except, intdiv($leftUs, 1_000_000), $leftUs % 1_000_000);
            if ($in !== null && $write !== []) {
                // Silent: a program that ended early is seen by its answer, not by a notice about the pipe.
                $sent = @fwrite($in, $input);
                $input = $sent === false ? '' : substr($input, $sent);
                if ($input === '') {
                    fclose($in);
                    $in = null;
                }
            }
            if ($read !== []) {
                $output .= (string) fread($out, 65536);
            }
            if (strlen($output) > self::LONGEST_ANSWER) {
                $end = 'gave an answer that is too long';
            }
        }
        if ($in !== null) {
            fclose($in);
        }
        fclose($out);
        // Closing the output is not yet the end, and proc_close() would wait for it without limit.
        $status = proc_get_status($process);
        while ($end === '' && $status['running']) {
            if (hrtime(true) >= $deadline) {
                $end = self::TIMEOUT;
                break;
            }
            usleep(500);
            $status = proc_get_status($process);
        }
        if ($status['running']) {
            proc_terminate($process, self::SIGKILL);
        } elseif ($end !== '') {
            // Ended by itself after all, which is not why there is no answer.
        } elseif ($status['signaled']) {
            $end = 'was ended by signal ' . $status['termsig'];
        } elseif ($status['exitcode'] > 0) {
            // −1, where the host collects its children by itself, says nothing.
            $end = 'ended with exit code ' . $status['exitcode'];
        }
        proc_close($process);
        if ($output === '' && !$status['running'] && in_array($status['exitcode'], [126, 127], true)) {
            $end = self::NOT_STARTED;
        }
        return [$output, $end];
    }

    /**
     * The program was started, and what it did is not known: for the caller that is a call that could not ask, and
     * a write that may or may not have happened.
     *
     * @param array<string, mixed> $arguments
     */
    private function lost(string $how, Status $status, string $operation, array $arguments, int $elapsedMs): RawResult
    {
        $writes = self::writes($operation, $arguments);
        return new RawResult($status->value, [
            'operation' => self::IN_DOCUMENTS[$operation] ?? $operation,
            'status' => $status->symbol(),
            'message' => sprintf(
                'The helper program %s%s.',
                $how,
                $writes ? ', so it is not known whether the list was written; the same call is safe' : '',
            ),
            'changed' => false,
            'http_status' => 0,
            'retryable' => true,
            'retry_after_ms' => 0,
            'requests' => 0,
            'elapsed_ms' => $elapsedMs,
            'action_id' => null,
            'warnings' => [],
            'events' => [],
        ] + ($writes ? ['applied' => 'unknown'] : []));
    }

    /** @param array<string, mixed> $arguments */
    private static function writes(string $operation, array $arguments): bool
    {
        return in_array($operation, self::WRITES, true)
            && (($arguments['flags'] ?? 0) & ServerPilot::DRY_RUN) === 0
            && ($arguments['change']['dry_run'] ?? false) !== true;
    }
}
