<?php

/*
 * A temporary folder for one test, and the programs that the test writes into it.
 * Must not outlive the test that created it.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use FilesystemIterator;
use RecursiveDirectoryIterator;
use RecursiveIteratorIterator;
use SplFileInfo;

final class TemporaryFolder
{
    public readonly string $path;

    public function __construct()
    {
        $this->path = sys_get_temp_dir() . '/serverpilot-test-' . bin2hex(random_bytes(6));
        mkdir($this->path, 0755);
    }

    public function write(string $name, string $content, int $mode = 0644): string
    {
        $path = $this->path . '/' . $name;
        if (!is_dir(dirname($path))) {
            mkdir(dirname($path), 0755, true);
        }
        file_put_contents($path, $content);
        chmod($path, $mode);
        return $path;
    }

    public function script(string $name, string $commands): string
    {
        return $this->write($name, "#!/bin/sh\n" . $commands . "\n", 0755);
    }

    public function read(string $name): string
    {
        return (string) file_get_contents($this->path . '/' . $name);
    }

    /** Copies the binding alone, like a release without library and helper program. */
    public function copyBinding(): string
    {
        $from = dirname(__DIR__, 3) . '/php-bindings';
        foreach (['autoload.php', 'serverpilot-ffi.h', 'bin/preload.php'] as $file) {
            if (is_file("$from/$file")) {
                $this->write("binding/$file", (string) file_get_contents("$from/$file"));
            }
        }
        $classes = new RecursiveIteratorIterator(
            new RecursiveDirectoryIterator("$from/src", FilesystemIterator::SKIP_DOTS),
        );
        foreach ($classes as $class) {
            assert($class instanceof SplFileInfo);
            $name = substr($class->getPathname(), strlen($from) + 1);
            if (!str_contains($name, 'UltimateMultisite')) {
                $this->write("binding/$name", (string) file_get_contents($class->getPathname()));
            }
        }
        return $this->path . '/binding';
    }

    public function remove(): void
    {
        $entries = new RecursiveIteratorIterator(
            new RecursiveDirectoryIterator($this->path, FilesystemIterator::SKIP_DOTS),
            RecursiveIteratorIterator::CHILD_FIRST,
        );
        foreach ($entries as $entry) {
            assert($entry instanceof SplFileInfo);
            $entry->isDir() && !$entry->isLink() ? rmdir($entry->getPathname()) : unlink($entry->getPathname());
        }
        rmdir($this->path);
    }
}
