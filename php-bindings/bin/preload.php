<?php

/*
 * For `opcache.preload`: makes Native the one class of a PHP-FPM service that may use FFI, while ffi.enable stays
 * at "preload" for all other code. Must load only these two files: preloaded code cannot change without a restart.
 */

declare(strict_types=1);

// The interface comes first: opcache does not preload a class whose interface it does not know.
require_once dirname(__DIR__) . '/src/Library.php';
require_once dirname(__DIR__) . '/src/Native.php';
