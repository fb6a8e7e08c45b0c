//! The C ABI as a C program sees it, and what must hold after every call.
//! Declared here by hand: using the library's Rust paths would hide a wrong symbol.

#![allow(dead_code)] // each target uses only a part of it

use std::ffi::{CStr, c_char};
use std::ptr::{NonNull, null_mut};

use serde_json::Value;
use serverpilot as _;

/// Credentials that no result may contain.
pub const CLIENT_ID: &CStr = c"cid_SENTINEL0001";
pub const API_KEY: &CStr = c"key-SENTINEL-0001";
/// They, and the two together as HTTP Basic authentication sends them.
const SECRETS: [&str; 3] = [
    "cid_SENTINEL0001",
    "key-SENTINEL-0001",
    "Y2lkX1NFTlRJTkVMMDAwMTprZXktU0VOVElORUwtMDAwMQ",
];

#[repr(C)]
pub struct Config(());
#[repr(C)]
pub struct Client(());
#[repr(C)]
pub struct SpResult(());

pub type Text = *const c_char;
pub type Out = *mut *mut SpResult;

// SAFETY: as include/serverpilot.h declares them.
unsafe extern "C" {
    pub fn sp_abi_version() -> u32;
    pub fn sp_version() -> Text;
    pub fn sp_status_name(status: i32) -> Text;
    pub fn sp_config_new() -> *mut Config;
    pub fn sp_config_free(config: *mut Config);
    pub fn sp_config_set_credentials(config: *mut Config, client_id: Text, api_key: Text) -> i32;
    pub fn sp_config_set_app_id(config: *mut Config, app_id: Text) -> i32;
    pub fn sp_config_set_base_url(config: *mut Config, url: Text) -> i32;
    pub fn sp_config_set_ca_file(config: *mut Config, path: Text) -> i32;
    pub fn sp_config_set_proxy(config: *mut Config, url: Text) -> i32;
    pub fn sp_config_set_user_agent(config: *mut Config, suffix: Text) -> i32;
    pub fn sp_config_set_timeouts(
        config: *mut Config,
        connect: u32,
        request: u32,
        total: u32,
    ) -> i32;
    pub fn sp_config_set_lock_dir(config: *mut Config, dir: Text) -> i32;
    pub fn sp_config_protect_domain(config: *mut Config, domain: Text) -> i32;
    pub fn sp_client_new(config: *const Config, out: *mut *mut Client) -> i32;
    pub fn sp_client_free(client: *mut Client);
    pub fn sp_sync_domain(client: *mut Client, domain: Text, flags: u32, out: Out) -> i32;
    pub fn sp_remove_domain(client: *mut Client, domain: Text, flags: u32, out: Out) -> i32;
    pub fn sp_enable_autossl(client: *mut Client, out: Out) -> i32;
    pub fn sp_check_ssl(client: *mut Client, domain: Text, options: Text, out: Out) -> i32;
    pub fn sp_check_ssl_many(client: *mut Client, domains: Text, options: Text, out: Out) -> i32;
    pub fn sp_diagnose(client: *mut Client, domain: Text, options: Text, out: Out) -> i32;
    pub fn sp_apply(client: *mut Client, change: Text, out: Out) -> i32;
    pub fn sp_inspect_app(client: *mut Client, out: Out) -> i32;
    pub fn sp_action_status(client: *mut Client, action_id: Text, out: Out) -> i32;
    pub fn sp_wait_action(client: *mut Client, action_id: Text, timeout: u32, out: Out) -> i32;
    pub fn sp_result_status(result: *const SpResult) -> i32;
    pub fn sp_result_message(result: *const SpResult) -> Text;
    pub fn sp_result_json(result: *const SpResult) -> Text;
    pub fn sp_result_action_id(result: *const SpResult) -> Text;
    pub fn sp_result_http_status(result: *const SpResult) -> i32;
    pub fn sp_result_retryable(result: *const SpResult) -> i32;
    pub fn sp_result_retry_after_ms(result: *const SpResult) -> i64;
    pub fn sp_result_free(result: *mut SpResult);
}

const PANIC: i32 = 7;

/// Makes a call, checks its result against the contract and frees it. Returns the status, and the
/// result's document if there is one. With `take` false, `out` is NULL.
pub fn called(take: bool, call: impl FnOnce(Out) -> i32) -> (i32, Option<Value>) {
    // Not NULL, to detect a call that does not write `out`.
    let mut out: *mut SpResult = NonNull::dangling().as_ptr();
    let status = call(if take { &raw mut out } else { null_mut() });
    assert_ne!(status, PANIC, "a panic behind the boundary");
    // SAFETY: takes any number.
    let name = text(unsafe { sp_status_name(status) }).expect("never NULL");
    assert_ne!(name, "SP_ERR_UNKNOWN", "{status}");
    if !take {
        return (status, None);
    }
    if (1..=19).contains(&status) {
        assert!(out.is_null(), "{name} with a result");
        return (status, None);
    }
    assert!(!out.is_null(), "{name} without a result");
    // SAFETY: the call has just created this result, and nothing else refers to it.
    let document = unsafe { contents(out, status, name) };
    // SAFETY: as above; what was read from it has been copied.
    unsafe { sp_result_free(out) };
    (status, Some(document))
}

/// # Safety
/// `result` is live.
unsafe fn contents(result: *const SpResult, status: i32, name: &str) -> Value {
    // SAFETY: the caller promises that the result is live; its strings live as long.
    unsafe {
        assert_eq!(sp_result_status(result), status);
        let message = text(sp_result_message(result)).expect("a message");
        let json = text(sp_result_json(result)).expect("a document");
        for shown in [message, json] {
            // Each as a whole: a service may answer with a text that merely resembles one.
            for secret in SECRETS {
                assert!(!shown.contains(secret), "a secret: {shown}");
            }
        }
        let document: Value = serde_json::from_str(json).expect("JSON");
        for key in [
            "operation",
            "status",
            "message",
            "changed",
            "http_status",
            "retryable",
            "retry_after_ms",
            "requests",
            "elapsed_ms",
            "warnings",
            "events",
        ] {
            assert!(document.get(key).is_some(), "no {key} in {json}");
        }
        assert_eq!(document["status"], name);
        assert_eq!(document["message"], message);
        assert_eq!(document["http_status"], sp_result_http_status(result));
        assert_eq!(document["retry_after_ms"], sp_result_retry_after_ms(result));
        assert_eq!(
            document["retryable"],
            match sp_result_retryable(result) {
                0 => false,
                1 => true,
                other => panic!("neither 0 nor 1: {other}"),
            }
        );
        let events = document["events"].as_array().expect("events");
        assert!(events.len() <= 64, "{} events", events.len());
        if let Some(id) = text(sp_result_action_id(result)) {
            assert_eq!(document["action_id"], id);
        }
        document
    }
}

/// One of the library's strings, which is UTF-8 or NULL.
fn text<'a>(text: Text) -> Option<&'a str> {
    (!text.is_null()).then(|| {
        // SAFETY: the library's strings are NUL-terminated, and their owner outlives this use.
        let text = unsafe { CStr::from_ptr(text) };
        text.to_str().expect("UTF-8")
    })
}
