//! The status numbers of the ABI: what a call came to, in one number.
//! Numbers are never reused and names never change; retired ones stay here as comments.

// The variants carry their C names, so that the header, the result documents and this code
// cannot say different things.
/// What a call came to. `sp_status` holds one of these numbers.
#[allow(non_camel_case_types, clippy::upper_case_acronyms)]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Done, or nothing to do.
    SP_OK = 0,

    /// A pointer that must not be NULL is NULL.
    SP_ERR_NULL_ARGUMENT = 1,
    /// A string is not valid UTF-8.
    SP_ERR_INVALID_UTF8 = 2,
    /// An unknown flag or key, a value out of range, or JSON of the wrong shape.
    SP_ERR_INVALID_ARGUMENT = 3,
    /// Not a domain name that can be mapped.
    SP_ERR_INVALID_DOMAIN = 4,
    /// The client has no credentials or no app ID, and this call needs them.
    SP_ERR_NOT_CONFIGURED = 5,
    /// The process cannot start the call, for example for want of file descriptors.
    SP_ERR_STATE = 6,
    /// A defect of this library, caught at its boundary. Nothing is left locked.
    SP_ERR_PANIC = 7,

    /// No answer within the time the call has.
    SP_ERR_TIMEOUT = 20,
    /// The service or the server could not be reached, or the connection broke.
    SP_ERR_NETWORK = 21,
    /// No trustworthy TLS connection.
    SP_ERR_TLS = 22,
    /// Another writer held the app's lock for the whole time, or the lock folder is unusable.
    SP_ERR_LOCK_TIMEOUT = 23,

    /// The service found the request wrong (400 and other 4xx).
    SP_ERR_BAD_REQUEST = 40,
    /// The client ID or the API key was refused (401).
    SP_ERR_AUTH = 41,
    /// No valid card on file (402).
    SP_ERR_PAYMENT_REQUIRED = 42,
    /// The account lacks the permission for this (403).
    SP_ERR_FORBIDDEN = 43,
    /// No such app, server or action in this account (404).
    SP_ERR_NOT_FOUND = 44,
    /// The service says it exists already (409).
    SP_ERR_CONFLICT = 45,
    /// Too many requests (429).
    SP_ERR_RATE_LIMITED = 46,
    /// The service failed (5xx).
    SP_ERR_SERVER = 47,
    /// An answer that is not ServerPilot's: not JSON, not the documented shape, a redirect, too long.
    SP_ERR_PROTOCOL = 48,

    /// The app's list would hold more names than ServerPilot allows (300).
    SP_ERR_DOMAIN_LIMIT = 60,
    /// The name is protected, or is the last one of the app.
    SP_ERR_PROTECTED = 61,
    /// No certificate is ready yet; the same call may succeed later.
    SP_ERR_AUTOSSL_UNAVAILABLE = 62,
    /// A custom certificate is installed, which this library never touches.
    SP_ERR_CUSTOM_CERTIFICATE = 63,
    /// The list in ServerPilot's answer is not the one that was sent.
    SP_ERR_NOT_APPLIED = 64,
    /// The certificate was checked, and is not valid.
    SP_ERR_CERTIFICATE = 65,
    /// ServerPilot reports that the action ended in an error.
    SP_ERR_ACTION_FAILED = 66,
    /// The address is one this library does not connect to.
    SP_ERR_BLOCKED_ADDRESS = 67,
    /// The change would remove more names than its `max_removals`; nothing was written.
    SP_ERR_TOO_MANY_REMOVALS = 68,
}

use Status::*;

impl Status {
    /// Every status, in the order of its number.
    pub const ALL: &[Status] = &[
        SP_OK,
        SP_ERR_NULL_ARGUMENT,
        SP_ERR_INVALID_UTF8,
        SP_ERR_INVALID_ARGUMENT,
        SP_ERR_INVALID_DOMAIN,
        SP_ERR_NOT_CONFIGURED,
        SP_ERR_STATE,
        SP_ERR_PANIC,
        SP_ERR_TIMEOUT,
        SP_ERR_NETWORK,
        SP_ERR_TLS,
        SP_ERR_LOCK_TIMEOUT,
        SP_ERR_BAD_REQUEST,
        SP_ERR_AUTH,
        SP_ERR_PAYMENT_REQUIRED,
        SP_ERR_FORBIDDEN,
        SP_ERR_NOT_FOUND,
        SP_ERR_CONFLICT,
        SP_ERR_RATE_LIMITED,
        SP_ERR_SERVER,
        SP_ERR_PROTOCOL,
        SP_ERR_DOMAIN_LIMIT,
        SP_ERR_PROTECTED,
        SP_ERR_AUTOSSL_UNAVAILABLE,
        SP_ERR_CUSTOM_CERTIFICATE,
        SP_ERR_NOT_APPLIED,
        SP_ERR_CERTIFICATE,
        SP_ERR_ACTION_FAILED,
        SP_ERR_BLOCKED_ADDRESS,
        SP_ERR_TOO_MANY_REMOVALS,
    ];

    /// The number that crosses the ABI.
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// The status with this number, if there is one.
    pub fn from_code(code: i32) -> Option<Status> {
        Status::ALL.iter().copied().find(|s| s.code() == code)
    }

    /// The C name, as in the header and in `status` of every document.
    pub const fn name(self) -> &'static std::ffi::CStr {
        match self {
            SP_OK => c"SP_OK",
            SP_ERR_NULL_ARGUMENT => c"SP_ERR_NULL_ARGUMENT",
            SP_ERR_INVALID_UTF8 => c"SP_ERR_INVALID_UTF8",
            SP_ERR_INVALID_ARGUMENT => c"SP_ERR_INVALID_ARGUMENT",
            SP_ERR_INVALID_DOMAIN => c"SP_ERR_INVALID_DOMAIN",
            SP_ERR_NOT_CONFIGURED => c"SP_ERR_NOT_CONFIGURED",
            SP_ERR_STATE => c"SP_ERR_STATE",
            SP_ERR_PANIC => c"SP_ERR_PANIC",
            SP_ERR_TIMEOUT => c"SP_ERR_TIMEOUT",
            SP_ERR_NETWORK => c"SP_ERR_NETWORK",
            SP_ERR_TLS => c"SP_ERR_TLS",
            SP_ERR_LOCK_TIMEOUT => c"SP_ERR_LOCK_TIMEOUT",
            SP_ERR_BAD_REQUEST => c"SP_ERR_BAD_REQUEST",
            SP_ERR_AUTH => c"SP_ERR_AUTH",
            SP_ERR_PAYMENT_REQUIRED => c"SP_ERR_PAYMENT_REQUIRED",
            SP_ERR_FORBIDDEN => c"SP_ERR_FORBIDDEN",
            SP_ERR_NOT_FOUND => c"SP_ERR_NOT_FOUND",
            SP_ERR_CONFLICT => c"SP_ERR_CONFLICT",
            SP_ERR_RATE_LIMITED => c"SP_ERR_RATE_LIMITED",
            SP_ERR_SERVER => c"SP_ERR_SERVER",
            SP_ERR_PROTOCOL => c"SP_ERR_PROTOCOL",
            SP_ERR_DOMAIN_LIMIT => c"SP_ERR_DOMAIN_LIMIT",
            SP_ERR_PROTECTED => c"SP_ERR_PROTECTED",
            SP_ERR_AUTOSSL_UNAVAILABLE => c"SP_ERR_AUTOSSL_UNAVAILABLE",
            SP_ERR_CUSTOM_CERTIFICATE => c"SP_ERR_CUSTOM_CERTIFICATE",
            SP_ERR_NOT_APPLIED => c"SP_ERR_NOT_APPLIED",
            SP_ERR_CERTIFICATE => c"SP_ERR_CERTIFICATE",
            SP_ERR_ACTION_FAILED => c"SP_ERR_ACTION_FAILED",
            SP_ERR_BLOCKED_ADDRESS => c"SP_ERR_BLOCKED_ADDRESS",
            SP_ERR_TOO_MANY_REMOVALS => c"SP_ERR_TOO_MANY_REMOVALS",
        }
    }

    /// The same name as text; the names are ASCII.
    pub fn as_str(self) -> &'static str {
        self.name().to_str().unwrap_or("SP_ERR_UNKNOWN")
    }

    /// True for the caller's mistakes (1–19), for which a call gives no result.
    pub const fn is_usage(self) -> bool {
        matches!(self.code(), 1..=19)
    }

    /// Whether the same call may succeed later although nobody changes anything here.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            SP_ERR_TIMEOUT
                | SP_ERR_NETWORK
                | SP_ERR_LOCK_TIMEOUT
                | SP_ERR_RATE_LIMITED
                | SP_ERR_SERVER
                | SP_ERR_PROTOCOL
                | SP_ERR_AUTOSSL_UNAVAILABLE
                | SP_ERR_NOT_APPLIED
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers are the ABI: this table is the promise, written a second time.
    #[test]
    fn numbers_never_move() {
        let promised = [
            0, 1, 2, 3, 4, 5, 6, 7, 20, 21, 22, 23, 40, 41, 42, 43, 44, 45, 46, 47, 48, 60, 61, 62,
            63, 64, 65, 66, 67, 68,
        ];
        let actual: Vec<i32> = Status::ALL.iter().map(|s| s.code()).collect();
        assert_eq!(actual, promised);
        for status in Status::ALL {
            assert_eq!(Status::from_code(status.code()), Some(*status));
            assert_eq!(format!("{status:?}"), status.as_str());
        }
        assert_eq!(Status::from_code(8), None);
    }
}
