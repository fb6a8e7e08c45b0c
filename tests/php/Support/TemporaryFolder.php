<?php

/*
 * A temporary folder for one test, and the programs that the test writes into it.
 * Must not outlive the test that created it.
 */

declare(strict_types=1);

namespace ServerPilotTests\Support;

use FilesystemIterator;
use PHPUnit\Framework\Assert;
use RecursiveDirectoryIterator;
use RecursiveIteratorIterator;
use ServerPilot\Release;
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

    /**
     * The folder of a plugin as a release ships it, without the executable bits, which WordPress does not unpack.
     *
     * @param string $version Another one than that of the build gets a library that gives itself out for it.
     */
    public function copyRelease(string $name, string $version = Release::VERSION): string
    {
        $from = (string) realpath(dirname(__DIR__, 3) . '/php-bindings');
        $files = new RecursiveIteratorIterator(
            new RecursiveDirectoryIterator($from, FilesystemIterator::SKIP_DOTS),
        );
        foreach ($files as $file) {
            assert($file instanceof SplFileInfo);
            $path = substr($file->getPathname(), strlen($from));
            if (!str_starts_with($path, '/lib/')) {
                $text = (string) file_get_contents($file->getPathname());
                $own = "const VERSION = '" . Release::VERSION . "'";
                $this->write($name . $path, str_replace($own, "const VERSION = '$version'", $text));
            }
        }
        $library = (string) file_get_contents(Builds::library());
        $library = str_replace(Release::VERSION . "\0", $version . "\0", $library, $found);
        Assert::assertGreaterThan(0, $found, 'the library does not say its version');
        $this->write("$name/lib/$version/" . Release::LIBRARY, $library);
        $this->write("$name/lib/$version/" . Release::HELPER, (string) file_get_contents(Builds::helper()));
        return $this->path . '/' . $name;
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
