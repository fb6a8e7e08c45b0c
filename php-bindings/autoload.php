<?php

/*
 * Loads the classes of the namespace ServerPilot when Composer does not: one file per class, found by its name.
 * May not do anything else: it runs on every page view of a WordPress network.
 */

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    if (strncmp($class, 'ServerPilot\\', 12) !== 0) {
        return;
    }
    $file = __DIR__ . '/src/' . strtr(substr($class, 12), '\\', '/') . '.php';
    // A class that is not there is for the next autoloader, and for class_exists() to say.
    if (is_file($file)) {
        require $file;
    }
});
