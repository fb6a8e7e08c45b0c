<?php

/*
 * The file system that a file is on; see proc_pid_mountinfo(5).
 * Must not try to run anything from it.
 */

declare(strict_types=1);

namespace ServerPilot;

final class Mount
{
    /** Where the file system is mounted, if nothing on it can be run or loaded; null if it can, or nobody knows. */
    public static function forbidsExecution(string $path): ?string
    {
        $path = realpath($path) ?: $path;
        $longest = '';
        $options = '';
        // Silenced: hosts with open_basedir hide /proc.
        foreach (@file('/proc/self/mountinfo') ?: [] as $line) {
            $fields = explode(' ', $line);
            $point = stripcslashes($fields[4] ?? '');
            $prefix = rtrim($point, '/') . '/';
            // Of two mounts at one place the later one counts.
            if (str_starts_with($path, $prefix) && strlen($point) >= strlen($longest)) {
                $longest = $point;
                $options = $fields[5] ?? '';
            }
        }
        return in_array('noexec', explode(',', $options), true) ? $longest : null;
    }
}
