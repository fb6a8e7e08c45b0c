<?php

/*
 * Compiles every file of the plugin, without executing it. What PHP says of one on the way, its runner counts.
 * Must not need WordPress: a class whose parent is WordPress's compiles without it.
 */

declare(strict_types=1);

$root = '/project/php-bindings';
$compiled = 0;
$files = new RecursiveIteratorIterator(new RecursiveDirectoryIterator($root, FilesystemIterator::SKIP_DOTS));
foreach ($files as $file) {
    if ($file->getExtension() !== 'php') {
        continue;
    }
    try {
        if (!opcache_compile_file($file->getPathname())) {
            exit("$file: could not be compiled\n");
        }
    } catch (Error $e) {
        exit("$file: {$e->getMessage()} in line {$e->getLine()}\n");
    }
    $compiled++;
}
echo "compiled: $compiled files\n";
