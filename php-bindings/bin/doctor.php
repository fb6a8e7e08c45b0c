<?php

/*
 * Says what this host lets PHP do, whether the library works, and which line would make it faster:
 *
 *     php bin/doctor.php [--json]
 *
 * Exits with 0 if it works as fast as it can, 1 if it works and could be faster, 2 if it does not work.
 * Needs no WordPress. Must not answer the web: what a host looks like is its operator's business.
 */

declare(strict_types=1);

namespace {
    if (PHP_SAPI !== 'cli') {
        http_response_code(404);
        exit;
    }

    require dirname(__DIR__) . '/autoload.php';

    // DoctorMessages speaks through WordPress's function, which here has nothing to translate.
    function __(string $text, string $domain): string
    {
        return $text;
    }
}

namespace ServerPilot {

    use ServerPilot\UltimateMultisite\DoctorMessages;

    $arguments = array_slice($argv, 1);
    if ($arguments !== [] && $arguments !== ['--json']) {
        fwrite(STDERR, "usage: php doctor.php [--json]\n");
        exit(64);
    }
    $checks = Doctor::examine();
    $exit = Doctor::exitCode($checks);
    if ($arguments === ['--json']) {
        $document = ['release' => Release::VERSION, 'exit' => $exit, 'checks' => $checks];
        echo json_encode($document, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR), "\n";
    } else {
        echo 'ServerPilot for Ultimate Multisite ', Release::VERSION, "\n";
        foreach ($checks as $check) {
            printf("%-7s %s\n", $check->level, DoctorMessages::of($check));
        }
    }
    exit($exit);
}
