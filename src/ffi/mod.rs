//! The C ABI: the exported functions, and nothing else is exported. All `unsafe` of this crate
//! is in this folder; what a call does is decided in the modules below.

#![allow(non_camel_case_types, unsafe_code)]

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
    boundary::contained(|| ABI_VERSION).unwrap_or(0)
}

/// The version of the library, for example "0.1.0". Static.
#[unsafe(no_mangle)]
pub extern "C" fn sp_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    boundary::contained(|| VERSION.as_ptr().cast()).unwrap_or(c"".as_ptr())
}

/// The name of a status, for example "SP_ERR_AUTH"; "SP_ERR_UNKNOWN" for a number that has none.
/// Static, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn sp_status_name(status: sp_status) -> *const c_char {
    let name = boundary::contained(|| Status::from_code(status).map(Status::name));
    name.flatten().unwrap_or(c"SP_ERR_UNKNOWN").as_ptr()
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

/// Puts a domain on the app's list if it is not there, with `www.` as the flags say, and enables
/// AutoSSL when it can be. `SP_OK` once the list is right, also where AutoSSL must wait:
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

/// Removes a domain from the app's list, with its `www.` as the flags say: `SP_WWW_NEVER` where that
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

/// Enables AutoSSL if it is off and a certificate is ready. `SP_ERR_AUTOSSL_UNAVAILABLE`
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

/// Checks the certificate that a domain serves and gives a browser's verdict: `SP_OK` for valid,
/// `SP_ERR_CERTIFICATE` for not valid, another status where it could not be asked; `reason` in
/// the document says why. `dns` says what public DNS has for the name ("found", "no_such_name",
/// "no_address", "failed"), whatever this machine's hosts file says. Needs no credentials.
///
/// `options_json` may be NULL, else an object with `connect_to` ("ip:port", thereby allowed; DNS is
/// then asked on the side and hardly waited for), `port` (443), `timeout_ms` for each name,
/// `allow_addresses` (IPs or CIDRs that may be connected to although they are not public),
/// `warn_days` and `dns_servers` (["ip:port"], asked in place of the system's).
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
/// `options_json` as for `sp_check_ssl`, and `concurrency`. `SP_OK` when all were checked,
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

/// Why is this name not secure, and whose move is it? Asks ServerPilot and public DNS, probes what is
/// served, and names the first cause: what was observed at the server outweighs what DNS says.
/// `SP_OK` whenever a diagnosis was made, whatever it says. `options_json` as for `sp_check_ssl`, and
/// `http_port` (80), where Let's Encrypt's question would be answered.
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
/// stays); beside them `www` ("auto", "always", "never"), `autossl` and `dry_run` (booleans),
/// `max_removals` (a number: a plan that would remove more is `SP_ERR_TOO_MANY_REMOVALS` and nothing
/// is written) and, with `desired`, `overflow`: "refuse", or "fit", where `desired` is in order of
/// importance and what exceeds the limit is left out from its end and named in `skipped`
/// ("no_room"). At most 10,000 names a list. A name that is given outranks a `www.` that would only
/// come along.
/// What is not a name in `add` or `remove`: `SP_ERR_INVALID_DOMAIN`, nothing is done; one in
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
    use super::result::*;
    use super::*;
    use std::ffi::CStr;
    use std::ptr::{null, null_mut};

    /// The exported functions, as they stand in the source.
    fn exported() -> Vec<&'static str> {
        let sources = [
            include_str!("mod.rs"),
            include_str!("config.rs"),
            include_str!("result.rs"),
        ];
        let name = |line: &'static str| {
            let public = line.strip_prefix("pub ")?;
            let named = public.strip_prefix("unsafe ").unwrap_or(public);
            named.strip_prefix("extern \"C\" fn ")?.split('(').next()
        };
        let mut all: Vec<&str> = sources
            .iter()
            .flat_map(|source| source.lines().filter_map(name))
            .collect();
        all.sort_unstable();
        all
    }

    /// A panic behind any exported function is a code (or the answer for "nothing"), and the
    /// objects go on working.
    #[test]
    fn a_panic_behind_every_function_is_a_code() {
        const PANIC: i64 = 7;
        let text = c"example.org".as_ptr();
        let nowhere = c"{\"connect_to\":\"127.0.0.1:1\",\"timeout_ms\":500}".as_ptr();
        let (mut client, mut other, mut result) = (null_mut(), null_mut(), null_mut());
        let mut out = std::ptr::dangling_mut::<sp_result>();
        let config = sp_config_new();
        // SAFETY: a live config, terminated strings, writable pointers.
        unsafe {
            assert_eq!(sp_client_new(config, &mut client), 0);
            assert_ne!(sp_check_ssl(client, text, nowhere, &mut result), 0);
        }
        let (out, other) = (&raw mut out, &raw mut other);

        type Call = (&'static str, i64, Box<dyn Fn() -> i64>);
        /// One call: the function's name, what it gives for a panic, and how that is read.
        macro_rules! call {
            ($panic:expr, $seen:expr, $name:ident($($argument:expr),*)) => {{
                // SAFETY: live objects, terminated strings, writable pointers; what is to be freed
                // stays live because of the panic.
                #[allow(unused_unsafe)]
                let call: Box<dyn Fn() -> i64> = Box::new(move || $seen(unsafe { $name($($argument),*) }));
                (stringify!($name), $panic, call)
            }};
        }
        let address = |pointer: *const c_char| pointer.addr() as i64;
        // SAFETY: both functions say "static, never NULL".
        let letters = |text: *const c_char| unsafe { CStr::from_ptr(text) }.count_bytes() as i64;
        let unknown = c"SP_ERR_UNKNOWN".count_bytes() as i64;
        let nothing = |()| 0;
        let calls: Vec<Call> = vec![
            call!(0, i64::from, sp_abi_version()),
            call!(0, letters, sp_version()),
            call!(unknown, letters, sp_status_name(0)),
            call!(
                0,
                |made: *mut sp_config| made.addr() as i64,
                sp_config_new()
            ),
            call!(0, nothing, sp_config_free(config)),
            call!(
                PANIC,
                i64::from,
                sp_config_set_credentials(config, text, text)
            ),
            call!(
                PANIC,
                i64::from,
                sp_config_set_app_id(config, c"a".as_ptr())
            ),
            call!(
                PANIC,
                i64::from,
                sp_config_set_base_url(config, c"https://a.org".as_ptr())
            ),
            call!(PANIC, i64::from, sp_config_set_ca_file(config, text)),
            call!(
                PANIC,
                i64::from,
                sp_config_set_proxy(config, c"http://a.org".as_ptr())
            ),
            call!(PANIC, i64::from, sp_config_set_user_agent(config, text)),
            call!(PANIC, i64::from, sp_config_set_timeouts(config, 0, 0, 0)),
            call!(
                PANIC,
                i64::from,
                sp_config_set_lock_dir(config, c"/tmp".as_ptr())
            ),
            call!(PANIC, i64::from, sp_config_protect_domain(config, text)),
            call!(PANIC, i64::from, sp_client_new(config, other)),
            call!(0, nothing, sp_client_free(client)),
            call!(PANIC, i64::from, sp_sync_domain(client, text, 0, out)),
            call!(PANIC, i64::from, sp_remove_domain(client, text, 0, out)),
            call!(PANIC, i64::from, sp_enable_autossl(client, out)),
            call!(PANIC, i64::from, sp_check_ssl(client, text, null(), out)),
            call!(
                PANIC,
                i64::from,
                sp_check_ssl_many(client, c"[]".as_ptr(), null(), out)
            ),
            call!(PANIC, i64::from, sp_diagnose(client, text, null(), out)),
            call!(PANIC, i64::from, sp_apply(client, c"{}".as_ptr(), out)),
            call!(PANIC, i64::from, sp_inspect_app(client, out)),
            call!(
                PANIC,
                i64::from,
                sp_action_status(client, c"a".as_ptr(), out)
            ),
            call!(
                PANIC,
                i64::from,
                sp_wait_action(client, c"a".as_ptr(), 0, out)
            ),
            call!(PANIC, i64::from, sp_result_status(result)),
            call!(0, address, sp_result_message(result)),
            call!(0, address, sp_result_json(result)),
            call!(0, address, sp_result_action_id(result)),
            call!(0, i64::from, sp_result_http_status(result)),
            call!(0, i64::from, sp_result_retryable(result)),
            call!(0, i64::from, sp_result_retry_after_ms(result)),
            call!(0, nothing, sp_result_free(result)),
        ];
        let mut names: Vec<&str> = calls.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        assert_eq!(names, exported());

        for (name, panic, call) in &calls {
            injected::arm();
            // SAFETY: local variables of the test.
            unsafe { *out = std::ptr::dangling_mut() };
            let given = call();
            // First: a function without a guard has not met the panic at all.
            assert!(injected::disarm(), "{name} is not guarded");
            assert_eq!(given, *panic, "{name}");
            let writes = !name.starts_with("sp_config") && !name.starts_with("sp_result");
            if writes && *panic == PANIC && *name != "sp_client_new" {
                // SAFETY: as above.
                assert!(unsafe { *out }.is_null(), "{name} has not written out");
            }
        }
        println!("{} functions, each of them met a panic", calls.len());

        // SAFETY: what was to be freed above is live, and freed here once.
        unsafe {
            assert!((*other).is_null());
            assert_ne!(sp_result_status(result), PANIC as sp_status);
            assert!(!sp_result_message(result).is_null() && !sp_result_json(result).is_null());
            assert_eq!(sp_client_new(config, other), 0);
            assert_eq!(
                sp_sync_domain(*other, text, 0, out),
                Status::SP_ERR_NOT_CONFIGURED.code()
            );
            assert!((*out).is_null());
            sp_result_free(result);
            sp_client_free(*other);
            sp_client_free(client);
            sp_config_free(config);
        }
    }
}
