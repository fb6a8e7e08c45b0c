<?php

/*
 * Loads the classes of the namespace ServerPilot where Composer does not: one file per class, named after it.
 * Must not do anything else: it runs on every page view of a WordPress network.
 */

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    if (strncmp($class, 'ServerPilot\\', 12) !== 0) {
        return;
    }
    $file = __DIR__ . '/src/' . strtr(substr($class, 12), '\\', '/') . '.php';
    // A missing class is left to the next autoloader, and class_exists() must be able to return false.
    if (is_file($file)) {
        require $file;
    }
});
