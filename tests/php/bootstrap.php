<?php

/*
 * Loads the binding as a program without Composer does, and the classes of this suite.
 * Must not start anything: each test starts what it needs and stops it.
 */

declare(strict_types=1);

require dirname(__DIR__, 2) . '/php-bindings/autoload.php';

spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'ServerPilotTests\\')) {
        require __DIR__ . '/' . strtr(substr($class, 17), '\\', '/') . '.php';
    }
});
