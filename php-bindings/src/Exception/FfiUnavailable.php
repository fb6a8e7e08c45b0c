<?php

/*
 * The library cannot be used in this PHP process: every reason there is, in words, with the line that fixes it.
 * Must not be thrown once a request may have been sent, with one exception: a helper program from another release
 * is recognised only by its answer, and $applied is then "unknown".
 */

declare(strict_types=1);

namespace ServerPilot\Exception;

use ServerPilot\Status;
use Throwable;

final class FfiUnavailable extends ServerPilotException
{
    /**
     * By the code: what is missing, in one sentence without a full stop; and the exact line to write or run, complete
     * in itself. The numbers are those of the details, in their order.
     *
     * @var array<string, array{string, string}>
     */
    public const REASONS = [
        // FFI in this PHP: 1 is the SAPI, 2 what its setting or version is.
        'no_extension' => [
            'The extension ffi is not loaded in this PHP (%1$s, %2$s)',
            '`extension=ffi` in its php.ini (Debian, Ubuntu: `apt-get install php%3$s-common && phpenmod ffi`)',
        ],
        'class_disabled' => [
            'The class FFI is switched off in this PHP',
            'take `FFI` out of `disable_classes` in %1$s',
        ],
        'not_allowed_fpm' => [
            'This PHP (%1$s) does not allow FFI here: ffi.enable is %2$s',
            '`php_admin_value[ffi.enable] = true` in the file of this one pool, then reload PHP-FPM',
        ],
        'not_allowed_apache' => [
            'This PHP (%1$s) does not allow FFI here: ffi.enable is %2$s',
            '`php_admin_value ffi.enable true` in this one virtual host, then reload Apache',
        ],
        'not_allowed_cli' => [
            'This PHP (%1$s) does not allow FFI here: ffi.enable is %2$s',
            '`php -d ffi.enable=true …`, or `ffi.enable = preload` in the php.ini of the CLI',
        ],
        'not_allowed' => [
            'This PHP (%1$s) does not allow FFI here: ffi.enable is %2$s',
            '`ffi.enable = true` in %3$s, then restart PHP',
        ],
        // The files of a release: 1 is the path.
        'header_missing' => [
            'The header serverpilot-ffi.h is missing beside the binding\'s classes or cannot be read',
            'install php-bindings anew as a whole, and let this PHP\'s user read %1$s',
        ],
        'library_missing' => [
            'The library was not found: %1$s',
            '`install -D libserverpilot.so %2$s`, or `install libserverpilot.so /usr/local/lib/%3$s && ldconfig`',
        ],
        'helper_missing' => [
            'The helper program is not at %1$s',
            '`install -D -m 755 serverpilot-helper %1$s`',
        ],
        'other_release' => [
            'The PHP files are of version %2$s, and %1$s beside them is of version %3$s',
            'install version %2$s anew as a whole: delete the folder, then unpack the zip',
        ],
        'library_unreadable' => [
            'The library %1$s cannot be read by this PHP\'s user',
            '`chmod 755 %1$s`',
        ],
        'helper_not_executable' => [
            'The helper program %1$s is not executable',
            '`chmod 755 %1$s`',
        ],
        // What the system makes of a file: 1 is the path.
        'no_binary' => [
            'The file %1$s is no Linux binary',
            'install the release for %2$s',
        ],
        'other_architecture' => [
            'The file %1$s is for %3$s, and this PHP is %2$s',
            'install the release for %2$s',
        ],
        'musl' => [
            'This PHP is built on musl, which cannot load the glibc library %1$s',
            'use a PHP on glibc, for example the image `php:%2$s-fpm` instead of `-fpm-alpine`',
        ],
        'glibc_too_old' => [
            'The library %1$s needs glibc %2$s, and this system has %3$s',
            'install a release that is built for glibc %3$s or older',
        ],
        'noexec' => [
            'Nothing can be run or loaded from %1$s, because %2$s is mounted noexec',
            '`mount -o remount,exec %2$s`, or allow FFI and `install libserverpilot.so /usr/local/lib/%3$s; ldconfig`',
        ],
        'not_loaded' => [
            'The system\'s loader refuses the library %1$s',
            '`ldd -r %1$s` names the reason; then install a release that fits this system',
        ],
        'not_started' => [
            'The helper program %1$s cannot be started (%2$s)',
            'run `%1$s </dev/null` as this PHP\'s user: it names the reason',
        ],
        'functions_disabled' => [
            'This PHP cannot start the helper program, because %1$s is switched off',
            'take %2$s out of `disable_functions` in %3$s',
        ],
        // Another library: 1 is where it is from.
        'library_too_old' => [
            'The library from %1$s is version %2$s, and this binding needs %3$s or later',
            'install library and php-bindings from the same release; then reload PHP-FPM',
        ],
        'library_abi' => [
            'The library from %1$s has ABI version %2$s, and this binding needs %3$s',
            'take library and php-bindings from the same release',
        ],
        'library_functions' => [
            'The library %1$s has ABI version %2$s with other functions than this binding (ABI %3$s): %4$s',
            'take library and php-bindings from the same release',
        ],
        'other_library' => [
            'The library %1$s is not libserverpilot: %2$s',
            'take library and php-bindings from the same release',
        ],
        'helper_abi' => [
            'The helper program has ABI %1$s, and this binding needs %2$s',
            'take helper program and php-bindings from the same release',
        ],
        'helper_library' => [
            '%1$s',
            'put helper program and `libserverpilot.so` of the same release into the same folder',
        ],
        'neither' => [
            '%1$s; nor can the helper program do it: %2$s',
            '%3$s',
        ],
    ];

    /** The code of its sentence; the arguments are "reason" and "details", of "neither" those of both. */
    public const SENTENCE = 'unavailable';

    private readonly string $missing;

    private readonly string $cure;

    /**
     * @param string $reason A code of REASONS.
     * @param array<string, int|string> $details What its two sentences are about, in the order of their numbers.
     * @param string|null $applied "unknown" if the list may have been written nevertheless.
     * @param array<string, array{reason: string, details: array<string, int|string>}> $both What "neither" is made of.
     */
    public function __construct(
        public readonly string $reason,
        public readonly array $details,
        ?Throwable $previous = null,
        ?string $applied = null,
        array $both = [],
    ) {
        $values = array_values($details);
        [$this->missing, $this->cure] = array_map(
            static fn (string $sentence): string => vsprintf($sentence, $values),
            self::REASONS[$reason],
        );
        $message = $this->missing . '. Cure: ' . $this->cure;
        $arguments = ['reason' => $reason, 'details' => $both ?: $details];
        $sentences = [['code' => self::SENTENCE, 'arguments' => $arguments]];
        parent::__construct($message, Status::State->value, null, $previous, $applied, $sentences);
    }

    /** The library cannot be loaded here, for one reason, nor the helper program be started, for another. */
    public static function neither(self $inside, self $beside): self
    {
        return new self('neither', [
            'inside' => $inside->missing,
            'beside' => $beside->missing,
            'cure' => $inside->cure,
        ], $inside, both: [
            'inside' => ['reason' => $inside->reason, 'details' => $inside->details],
            'beside' => ['reason' => $beside->reason, 'details' => $beside->details],
        ]);
    }

    /** What is missing: one sentence without a full stop. */
    public function missing(): string
    {
        return $this->missing;
    }

    /** The line that fixes it, for a notice or a log. */
    public function cure(): string
    {
        return $this->cure;
    }
}
