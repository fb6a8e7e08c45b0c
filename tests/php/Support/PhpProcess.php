<?php

/*
 * Runs a separate PHP process, for what a test cannot do in its own: other settings, another user, tighter limits.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use PHPUnit\Framework\Assert;

final class PhpProcess
{
    /**
     * @param list<string> $arguments
     *
     * @return array{string, int} Its output, standard error included, and its exit code.
     */
    public static function run(array $arguments): array
    {
        $process = proc_open([PHP_BINARY, ...$arguments], [1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipes);
        Assert::assertIsResource($process);
        $output = (string) stream_get_contents($pipes[1]);
        return [$output, proc_close($process)];
    }
}
