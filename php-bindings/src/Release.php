<?php

/*
 * Which release this binding is, and where the files of the same release are.
 * Must not be preloaded: a preloaded Native has to find the library of the release that is installed now.
 */

declare(strict_types=1);

namespace ServerPilot;

final class Release
{
    public const VERSION = '0.1.0';

    /** The oldest library that has everything this binding asks it for. */
    public const OLDEST_LIBRARY = '0.1.0';

    public const LIBRARY = 'libserverpilot.so';

    /** The name that the system's loader is asked for where that file is missing. */
    public const SONAME = 'libserverpilot.so.1';

    public const HELPER = 'serverpilot-helper';

    /**
     * Where a release ships library and helper program.
     *
     * A folder for each version: whatever way an update is copied over the old files, it then writes to no library
     * that a PHP worker has mapped, and that worker uses the new one from the next request on. (For the same path the
     * system's loader would return the library it has already.)
     */
    public static function path(string $file): string
    {
        return self::folder() . '/' . self::VERSION . '/' . $file;
    }

    /** @return list<string> The versions whose file is here, while the one of this release is missing. */
    public static function others(string $file): array
    {
        // Silenced: a folder outside open_basedir has no other files either.
        $found = @glob(self::folder() . '/*/' . $file);
        return array_map(static fn (string $path): string => basename(dirname($path)), $found ?: []);
    }

    private static function folder(): string
    {
        return dirname(__DIR__) . '/lib';
    }
}
