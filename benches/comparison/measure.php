<?php

/*
 * What every PHP client of the comparison does around its operation: waits for the word to start, and says
 * what the operation took. Must not do anything between the two that a program without it would not do.
 */

declare(strict_types=1);

/**
 * @param Closure(): mixed $connect Makes what the operations need; before the start if WARM is set.
 * @param Closure(mixed, string, int): void $operate
 */
function measure(Closure $connect, Closure $operate): void
{
    [, $operation, $count] = $GLOBALS['argv'];
    // Compiled code and the output buffers are there before, in a web server's worker too.
    $memory = static function (string $key): int {
        preg_match("/^$key:\s+(\d+)/m", (string) file_get_contents('/proc/self/status'), $found);
        return (int) $found[1];
    };
    $cpu = static function (): float {
        // Nanoseconds that the process has run: getrusage() is as exact only in the sum.
        return (int) explode(' ', (string) file_get_contents('/proc/self/schedstat'))[0] / 1e6;
    };
    $client = null;
    if (getenv('WARM') !== false) {
        $client = $connect();
        $operate($client, 'present', 1);
    }
    $cpu();
    file_put_contents('/proc/self/clear_refs', '5');
    $before = $memory('VmRSS');
    echo "ready\n";
    fgets(STDIN);
    $cpuBefore = $cpu();
    $wallBefore = hrtime(true);
    $client ??= $connect();
    $operate($client, $operation, (int) $count);
    $wall = (hrtime(true) - $wallBefore) / 1e6;
    $used = $cpu() - $cpuBefore;
    printf(
        "{\"wall_ms\":%.3f,\"cpu_ms\":%.3f,\"memory_kib\":%d}\n",
        $wall,
        $used,
        $memory('VmHWM') - $before,
    );
}
