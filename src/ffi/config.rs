//! `sp_config`: what a client is told. One thread at a time; a client keeps a copy.

#![allow(non_camel_case_types)]

use std::ffi::c_char;

use super::{boundary, sp_status};
use crate::config::Config;

/// Settings for `sp_client_new`. Belongs to whoever made it; lives until `sp_config_free`.
pub struct sp_config(pub(super) Config);

/// New settings with the defaults: ServerPilot's address, the system's certificates, no proxy,
/// 5 s to connect, 10 s a request, 20 s a call. NULL only if the process has no memory.
#[unsafe(no_mangle)]
pub extern "C" fn sp_config_new() -> *mut sp_config {
    let made = boundary::guarded(|| Box::into_raw(Box::new(sp_config(Config::default()))));
    made.unwrap_or(std::ptr::null_mut())
}

/// Frees settings and wipes the key in them. NULL is allowed. Clients made from them live on.
///
/// # Safety
/// `config` is NULL or live, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_config_free(config: *mut sp_config) {
    // SAFETY: configs are made by `Box::into_raw` in `sp_config_new`.
    unsafe { boundary::free(config) };
}

/// The client ID and the API key of the ServerPilot account (its panel: Account → API).
/// White space around them is dropped. Neither may be empty or hold control characters, and the
/// client ID no colon: `SP_ERR_INVALID_ARGUMENT`.
///
/// # Safety
/// `config` is NULL or live; the strings are NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_config_set_credentials(
    config: *mut sp_config,
    client_id: *const c_char,
    api_key: *const c_char,
) -> sp_status {
    boundary::status_of(|| {
        // SAFETY: the caller promises live or NULL pointers and terminated strings.
        let (config, client_id, api_key) = unsafe {
            (
                boundary::borrow_mut(config)?,
                boundary::text(client_id)?,
                boundary::text(api_key)?,
            )
        };
        config.0.set_credentials(client_id, api_key)
    })
}

/// The app whose list is kept: letters and digits only, else `SP_ERR_INVALID_ARGUMENT`.
///
/// # Safety
/// `config` is NULL or live; the string is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_config_set_app_id(
    config: *mut sp_config,
    app_id: *const c_char,
) -> sp_status {
    // SAFETY: the caller promises what `set` asks for.
    unsafe { set(config, app_id, Config::set_app_id) }
}

/// Where ServerPilot answers, default `https://api.serverpilot.io/v1`. https only; http only for
/// a literal loopback address, and not together with a proxy, which would be handed the key in clear
/// text. No user, query or fragment. Else `SP_ERR_INVALID_ARGUMENT`.
///
/// # Safety
/// `config` is NULL or live; the string is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_config_set_base_url(
    config: *mut sp_config,
    url: *const c_char,
) -> sp_status {
    // SAFETY: the caller promises what `set` asks for.
    unsafe { set(config, url, Config::set_base_url) }
}

/// Certificates in PEM to trust beside the system's, for ServerPilot and for `sp_check_ssl`.
/// Read now: what is missing, empty, no PEM, no plain file or over 4 MiB is `SP_ERR_INVALID_ARGUMENT`.
///
/// # Safety
/// `config` is NULL or live; the string is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_config_set_ca_file(
    config: *mut sp_config,
    pem_path: *const c_char,
) -> sp_status {
    // SAFETY: the caller promises what `set` asks for.
    unsafe { set(config, pem_path, Config::set_ca_file) }
}

/// An http or https proxy for ServerPilot's API. None by default, and the environment is not read.
/// Not together with an http base URL, over which the proxy would be handed the key in clear text:
/// `SP_ERR_INVALID_ARGUMENT`.
///
/// # Safety
/// `config` is NULL or live; the string is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_config_set_proxy(
    config: *mut sp_config,
    url: *const c_char,
) -> sp_status {
    // SAFETY: the caller promises what `set` asks for.
    unsafe { set(config, url, Config::set_proxy) }
}

/// Added to the User-Agent, for example `MyHost/1.2`. Printable ASCII, at most 256 octets.
///
/// # Safety
/// `config` is NULL or live; the string is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_config_set_user_agent(
    config: *mut sp_config,
    suffix: *const c_char,
) -> sp_status {
    // SAFETY: the caller promises what `set` asks for.
    unsafe { set(config, suffix, Config::set_user_agent) }
}

/// Time limits in milliseconds; 0 means the default (5 s to connect, 10 s a request, 20 s a
/// whole call, waiting for the lock and trying again included).
///
/// # Safety
/// `config` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_config_set_timeouts(
    config: *mut sp_config,
    connect_ms: u32,
    request_ms: u32,
    total_ms: u32,
) -> sp_status {
    boundary::status_of(|| {
        // SAFETY: the caller promises a live config or NULL.
        let config = unsafe { boundary::borrow_mut(config) }?;
        config.0.set_timeouts(connect_ms, request_ms, total_ms);
        Ok(())
    })
}

/// The folder of the lock files, an absolute path; made with mode 0700 if it is missing. Every
/// process that changes the same app on this machine must use the same one. Default: one file each
/// in `/run/lock`, `/dev/shm` and `/tmp`, as far as they are there; processes of one user that have
/// any of these in common, also with a private `/tmp`, wait for each other. Containers that share
/// none of them need a folder that they do share.
///
/// # Safety
/// `config` is NULL or live; the string is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_config_set_lock_dir(
    config: *mut sp_config,
    dir: *const c_char,
) -> sp_status {
    // SAFETY: the caller promises what `set` asks for.
    unsafe { set(config, dir, Config::set_lock_dir) }
}

/// A name that is never taken off the app, whoever asks. May be called again for another one.
///
/// # Safety
/// `config` is NULL or live; the string is NULL or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sp_config_protect_domain(
    config: *mut sp_config,
    domain: *const c_char,
) -> sp_status {
    // SAFETY: the caller promises what `set` asks for.
    unsafe { set(config, domain, Config::protect) }
}

/// A setting made from one string.
///
/// # Safety
/// `config` is NULL or live and used by this thread only; `value` is NULL or NUL-terminated.
unsafe fn set(
    config: *mut sp_config,
    value: *const c_char,
    setter: fn(&mut Config, &str) -> Result<(), crate::status::Status>,
) -> sp_status {
    boundary::status_of(|| {
        // SAFETY: the caller promises live or NULL pointers and a terminated string.
        let (config, value) = unsafe { (boundary::borrow_mut(config)?, boundary::text(value)?) };
        setter(&mut config.0, value)
    })
}
