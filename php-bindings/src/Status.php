<?php

/*
 * The status numbers of libserverpilot's ABI and their names, as in its header.
 * Must not change a number or a name: both are part of the library's ABI.
 */

declare(strict_types=1);

namespace ServerPilot;

/**
 * The outcome of a call. 0: success; 1–19: the caller's mistake; 20–39: ServerPilot could not be asked; 40–59: it
 * refused; 60–79: a rule about the domain itself. A newer library may return numbers that are not listed here.
 */
enum Status: int
{
    /** Done, or nothing to do. */
    case Ok = 0;

    case NullArgument = 1;
    case InvalidUtf8 = 2;
    /** An unknown flag or key, a value out of range, or an option of the wrong type. */
    case InvalidArgument = 3;
    case InvalidDomain = 4;
    /** This call needs credentials and an app ID, and one of them is missing. */
    case NotConfigured = 5;
    /** This process cannot start the call, for example because it has no file descriptors left or FFI is not allowed. */
    case State = 6;
    /** A bug in the library, caught at its boundary. */
    case Panic = 7;

    case Timeout = 20;
    case Network = 21;
    case Tls = 22;
    case LockTimeout = 23;

    case BadRequest = 40;
    case Auth = 41;
    case PaymentRequired = 42;
    case Forbidden = 43;
    case NotFound = 44;
    case Conflict = 45;
    case RateLimited = 46;
    case Server = 47;
    case Protocol = 48;

    case DomainLimit = 60;
    case Protected = 61;
    /** No certificate is ready yet; the same call may succeed later. */
    case AutosslUnavailable = 62;
    case CustomCertificate = 63;
    case NotApplied = 64;
    /** Checked, and not valid. */
    case Certificate = 65;
    case ActionFailed = 66;
    case BlockedAddress = 67;
    case TooManyRemovals = 68;

    /** The name in the C header and in every document's `status`, for example "SP_ERR_AUTH". */
    public function symbol(): string
    {
        $prefix = $this === self::Ok ? 'SP_' : 'SP_ERR_';
        return $prefix . strtoupper((string) preg_replace('/(?<=[a-z0-9])(?=[A-Z])/', '_', $this->name));
    }

    /** The name of any number, including those that only a newer library knows. */
    public static function symbolOf(int $status): string
    {
        return self::tryFrom($status)?->symbol() ?? 'SP_ERR_' . $status;
    }
}
