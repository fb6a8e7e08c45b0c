<?php

/*
 * A PHP process of its own, for what one process cannot try on itself: other settings, another user, fewer means.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use PHPUnit\Framework\Assert;

final class PhpProcess
{
    /**
     * @param list<string> $arguments
     *
     * @return array{string, int} What it wrote, complaints too, and its exit code.
     */
    public static function run(array $arguments): array
    {
        $process = proc_open([PHP_BINARY, ...$arguments], [1 => ['pipe', 'w'], 2 => ['redirect', 1]], $pipes);
        Assert::assertIsResource($process);
        $output = (string) stream_get_contents($pipes[1]);
        return [$output, proc_close($process)];
    }
}
