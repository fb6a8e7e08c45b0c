//! The C ABI: the exported functions, and nothing else is exported. All `unsafe` of this crate
//! is in this folder; what a call does is decided in the rooms below.

#![allow(non_camel_case_types)]

mod boundary;
mod config;
mod result;
mod sigpipe;

use std::ffi::c_char;

use config::sp_config;
use result::sp_result;

use crate::client::Client;
use crate::status::Status;

/// A status number: one of `sp_status_code`, or one that a later version has added.
pub type sp_status = i32;

/// The version of this ABI. Raised only by a change that breaks programs.
const ABI_VERSION: u32 = 1;

/// A client: settings, and the connections of this process. May be used from several threads at
/// once and after `fork()`. Belongs to whoever made it; lives until `sp_client_free`.
pub struct sp_client(Client);

/// The version of this ABI, 1. Check it before anything else.
#[unsafe(no_mangle)]
pub extern "C" fn sp_abi_version() -> u32 {
    ABI_VERSION
}

/// The version of the library, for example "0.1.0". Static.
#[unsafe(no_mangle)]
pub extern "C" fn sp_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The name of a status, for example "SP_ERR_AUTH"; "SP_ERR_UNKNOWN" for a number that has none.
/// Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn sp_status_name(status: sp_status) -> *const c_char {
    Status::from_code(status)
        .map_or(c"SP_ERR_UNKNOWN", Status::name)
        .as_ptr()
}

/// Makes a client from a copy of the settings. No network. Without credentials only the
/// `sp_check_ssl` calls work, the others say `SP_ERR_NOT_CONFIGURED`.
/// `*out` is the client, or NULL when the status is not `SP_OK`.
///
/// # Safety
/// `config` is NULL or live; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_client_new(
    config: *const sp_config,
    out: *mut *mut sp_client,
) -> sp_status {
    // SAFETY: the caller promises that `out` is NULL or writable.
    unsafe { boundary::write(out, std::ptr::null_mut()) };
    boundary::status_of(|| {
        // SAFETY: the caller promises a live config or NULL.
        let config = unsafe { boundary::borrow(config) }?;
        if out.is_null() {
            return Err(Status::SP_ERR_NULL_ARGUMENT);
        }
        let client = Box::into_raw(Box::new(sp_client(Client::new(config.0.clone()))));
        // SAFETY: as above.
        unsafe { boundary::write(out, client) };
        Ok(())
    })
}

/// Closes the connections, wipes the key and frees the client. NULL is allowed. In a forked
/// child the parent's connections are left alone.
///
/// # Safety
/// `client` is NULL or live, no call of it is running, and it is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_client_free(client: *mut sp_client) {
    // SAFETY: clients are made by `Box::into_raw` in `sp_client_new`.
    unsafe { boundary::free(client) };
}

/// Puts a domain on the app's list if it is not there, with `www.` as the flags say, and switches
/// AutoSSL on when it can be. `SP_OK` once the list is right, also where AutoSSL must wait:
/// `autossl.state` in the document says so.
///
/// `domain` as a person writes it: any case, any script, a trailing dot. `flags`: `sp_flag`s,
/// combined with `|`. `out` may be NULL; else `*out` is the result, NULL for statuses 1 to 19.
///
/// # Safety
/// `client` is NULL or live; `domain` is NULL or NUL-terminated; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_sync_domain(
    client: *mut sp_client,
    domain: *const c_char,
    flags: u32,
    out: *mut *mut sp_result,
) -> sp_status {
    // SAFETY: the caller promises live or NULL pointers and a terminated string.
    unsafe {
        result::result_of(out, || {
            boundary::borrow(client)?
                .0
                .sync_domain(boundary::text(domain)?, flags)
        })
    }
}

/// Takes a domain off the app's list, with its `www.` as the flags say: `SP_WWW_NEVER` where that
/// is a mapping of its own. A name that is not there is `SP_OK`. Protected names and the last
/// one stay: `SP_ERR_PROTECTED`. AutoSSL is reported, not changed.
///
/// # Safety
/// `client` is NULL or live; `domain` is NULL or NUL-terminated; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_remove_domain(
    client: *mut sp_client,
    domain: *const c_char,
    flags: u32,
    out: *mut *mut sp_result,
) -> sp_status {
    // SAFETY: the caller promises live or NULL pointers and a terminated string.
    unsafe {
        result::result_of(out, || {
            boundary::borrow(client)?
                .0
                .remove_domain(boundary::text(domain)?, flags)
        })
    }
}

/// Switches AutoSSL on if it is off and a certificate is ready. `SP_ERR_AUTOSSL_UNAVAILABLE`
/// (retryable) where none is ready, `SP_ERR_CUSTOM_CERTIFICATE` where one is installed by hand.
///
/// # Safety
/// `client` is NULL or live; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_enable_autossl(
    client: *mut sp_client,
    out: *mut *mut sp_result,
) -> sp_status {
    // SAFETY: the caller promises live or NULL pointers.
    unsafe { result::result_of(out, || boundary::borrow(client)?.0.enable_autossl()) }
}

/// Looks at the certificate a domain serves and gives a browser's verdict: `SP_OK` for valid,
/// `SP_ERR_CERTIFICATE` for not valid, another status where it could not be asked; `reason` in
/// the document says why. Needs no credentials.
///
/// `options_json` may be NULL, else an object with `connect_to` ("ip:port"), `port`,
/// `timeout_ms`, `allow_addresses` (IP or CIDR), `warn_days`.
///
/// # Safety
/// `client` is NULL or live; strings are NULL or NUL-terminated; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_check_ssl(
    client: *mut sp_client,
    domain: *const c_char,
    options_json: *const c_char,
    out: *mut *mut sp_result,
) -> sp_status {
    // SAFETY: the caller promises live or NULL pointers and terminated strings.
    unsafe {
        result::result_of(out, || {
            let client = &boundary::borrow(client)?.0;
            client.check_ssl(
                boundary::text(domain)?,
                boundary::optional_text(options_json)?,
            )
        })
    }
}

/// The same for many domains at once: `domains_json` is an array of names, `results` in the
/// document holds one check document each, in the order asked. Takes as long as the slowest.
/// `options_json` as for `sp_check_ssl`, and `concurrency`. `SP_OK` when all were looked at,
/// whatever was found.
///
/// # Safety
/// `client` is NULL or live; strings are NULL or NUL-terminated; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_check_ssl_many(
    client: *mut sp_client,
    domains_json: *const c_char,
    options_json: *const c_char,
    out: *mut *mut sp_result,
) -> sp_status {
    // SAFETY: the caller promises live or NULL pointers and terminated strings.
    unsafe {
        result::result_of(out, || {
            let client = &boundary::borrow(client)?.0;
            client.check_ssl_many(
                boundary::text(domains_json)?,
                boundary::optional_text(options_json)?,
            )
        })
    }
}

/// Why is this name not secure, and whose move is it? Looks at DNS, the server, the app and the
/// certificate in this order and names the first cause. `SP_OK` whenever a diagnosis was made.
/// `options_json` may be NULL.
///
/// # Safety
/// `client` is NULL or live; strings are NULL or NUL-terminated; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_diagnose(
    client: *mut sp_client,
    domain: *const c_char,
    options_json: *const c_char,
    out: *mut *mut sp_result,
) -> sp_status {
    // SAFETY: the caller promises live or NULL pointers and terminated strings.
    unsafe {
        result::result_of(out, || {
            let client = &boundary::borrow(client)?.0;
            client.diagnose(
                boundary::text(domain)?,
                boundary::optional_text(options_json)?,
            )
        })
    }
}

/// Many names with one write. `change_json` is an object with `add` and `remove` (arrays of
/// names), or with `desired` and `owned` (everything owned and not desired goes, what is neither
/// stays); beside them `www` ("auto", "always", "never"), `autossl` and `dry_run` (booleans).
/// A name in `add` or `remove` that is none: `SP_ERR_INVALID_DOMAIN`, nothing is done; one in
/// `desired` or `owned` is left out and named in `skipped`.
///
/// # Safety
/// `client` is NULL or live; `change_json` is NULL or NUL-terminated; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_apply(
    client: *mut sp_client,
    change_json: *const c_char,
    out: *mut *mut sp_result,
) -> sp_status {
    // SAFETY: the caller promises live or NULL pointers and a terminated string.
    unsafe {
        result::result_of(out, || {
            boundary::borrow(client)?
                .0
                .apply(boundary::text(change_json)?)
        })
    }
}

/// The connection test: reads the app and its server, changes nothing, shows no secret.
///
/// # Safety
/// `client` is NULL or live; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_inspect_app(
    client: *mut sp_client,
    out: *mut *mut sp_result,
) -> sp_status {
    // SAFETY: the caller promises live or NULL pointers.
    unsafe { result::result_of(out, || boundary::borrow(client)?.0.inspect_app()) }
}

/// What became of an action: `SP_OK` while it is open and when it succeeded (`action.status`),
/// `SP_ERR_ACTION_FAILED` when it ended in an error. Letters and digits only in `action_id`.
///
/// # Safety
/// `client` is NULL or live; `action_id` is NULL or NUL-terminated; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_action_status(
    client: *mut sp_client,
    action_id: *const c_char,
    out: *mut *mut sp_result,
) -> sp_status {
    // SAFETY: the caller promises live or NULL pointers and a terminated string.
    unsafe {
        result::result_of(out, || {
            boundary::borrow(client)?
                .0
                .action_status(boundary::text(action_id)?)
        })
    }
}

/// Waits until an action has ended, at most `timeout_ms` (0: as long as the call has) and never
/// longer than the client's total time. `SP_ERR_TIMEOUT` while it is still open.
///
/// # Safety
/// `client` is NULL or live; `action_id` is NULL or NUL-terminated; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_wait_action(
    client: *mut sp_client,
    action_id: *const c_char,
    timeout_ms: u32,
    out: *mut *mut sp_result,
) -> sp_status {
    // SAFETY: the caller promises live or NULL pointers and a terminated string.
    unsafe {
        result::result_of(out, || {
            boundary::borrow(client)?
                .0
                .wait_action(boundary::text(action_id)?, timeout_ms)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::boundary::injected;
    use super::config::*;
    use super::*;

    /// A panic behind any exported function is a code, and the objects go on working.
    #[test]
    fn a_panic_behind_every_function_is_a_code() {
        let text = c"example.org".as_ptr();
        let mut client = std::ptr::null_mut();
        let mut out = std::ptr::dangling_mut::<sp_result>();
        let config = sp_config_new();
        // SAFETY: a live config, a writable client.
        assert_eq!(unsafe { sp_client_new(config, &mut client) }, 0);
        let out = &raw mut out;
        let mut other = std::ptr::null_mut();
        let other = &raw mut other;

        type Call<'a> = (&'a str, Box<dyn Fn() -> sp_status>);
        // SAFETY, for all of them: live objects, terminated strings, a writable `out`.
        let calls: Vec<Call> = unsafe {
            vec![
                (
                    "credentials",
                    Box::new(move || sp_config_set_credentials(config, text, text)),
                ),
                (
                    "app_id",
                    Box::new(move || sp_config_set_app_id(config, c"a".as_ptr())),
                ),
                (
                    "base_url",
                    Box::new(move || sp_config_set_base_url(config, c"https://a.org".as_ptr())),
                ),
                (
                    "ca_file",
                    Box::new(move || sp_config_set_ca_file(config, text)),
                ),
                (
                    "proxy",
                    Box::new(move || sp_config_set_proxy(config, c"http://a.org".as_ptr())),
                ),
                (
                    "user_agent",
                    Box::new(move || sp_config_set_user_agent(config, text)),
                ),
                (
                    "timeouts",
                    Box::new(move || sp_config_set_timeouts(config, 0, 0, 0)),
                ),
                (
                    "lock_dir",
                    Box::new(move || sp_config_set_lock_dir(config, c"/tmp".as_ptr())),
                ),
                (
                    "protect",
                    Box::new(move || sp_config_protect_domain(config, text)),
                ),
                ("client_new", Box::new(move || sp_client_new(config, other))),
                (
                    "sync",
                    Box::new(move || sp_sync_domain(client, text, 0, out)),
                ),
                (
                    "remove",
                    Box::new(move || sp_remove_domain(client, text, 0, out)),
                ),
                ("autossl", Box::new(move || sp_enable_autossl(client, out))),
                (
                    "check",
                    Box::new(move || sp_check_ssl(client, text, std::ptr::null(), out)),
                ),
                (
                    "many",
                    Box::new(move || {
                        sp_check_ssl_many(client, c"[]".as_ptr(), std::ptr::null(), out)
                    }),
                ),
                (
                    "diagnose",
                    Box::new(move || sp_diagnose(client, text, std::ptr::null(), out)),
                ),
                (
                    "apply",
                    Box::new(move || sp_apply(client, c"{}".as_ptr(), out)),
                ),
                ("inspect", Box::new(move || sp_inspect_app(client, out))),
                (
                    "action",
                    Box::new(move || sp_action_status(client, c"a".as_ptr(), out)),
                ),
                (
                    "wait",
                    Box::new(move || sp_wait_action(client, c"a".as_ptr(), 0, out)),
                ),
            ]
        };
        for (name, call) in &calls {
            injected::arm();
            // SAFETY: `out` is a local variable of the test.
            unsafe { *out = std::ptr::dangling_mut() };
            assert_eq!(call(), Status::SP_ERR_PANIC.code(), "{name}");
            assert!(injected::disarm(), "{name} is not guarded");
        }
        injected::arm();
        assert!(sp_config_new().is_null());
        // SAFETY: `other` and `out` are local, the client and the config live.
        unsafe {
            assert!((*other).is_null());
            // A panic on the way to freeing frees nothing, so the client is still there below.
            injected::arm();
            sp_client_free(client);
            assert!(injected::disarm());
            // Afterwards everything works.
            let mut result = std::ptr::null_mut();
            assert_eq!(sp_client_new(config, other), 0);
            assert_eq!(
                sp_sync_domain(*other, text, 0, &mut result),
                Status::SP_ERR_NOT_CONFIGURED.code()
            );
            assert!(result.is_null());
            sp_client_free(*other);
            sp_client_free(client);
            sp_config_free(config);
        }
    }
}
