//! The whole C ABI, driven by a small program of calls with arbitrary strings, numbers and NULLs:
//! no panic, no leak, and `out` is what the header promises.
//!
//! Each line is a call: a letter for the function, `!` for a NULL `out`, then the arguments,
//! separated by `|`; `~` is NULL. Bytes need not be UTF-8, and a NUL ends a string. Nothing leaves
//! the machine: the calls go to a loopback port on which nothing listens. `n` creates a new client
//! from the settings so far; without it the calls share one that is created once.

#![no_main]

mod abi;

use std::ffi::{CString, c_char};
use std::path::PathBuf;
use std::ptr::{null, null_mut};
use std::sync::LazyLock;

use abi::*;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// More calls find nothing new and slow the run down.
const MAX_CALLS: usize = 10;
/// Port 1 (tcpmux) has had no server for decades.
const NOBODY: &str = "127.0.0.1:1";

static FOLDER: LazyLock<tempfile::TempDir> =
    LazyLock::new(|| tempfile::tempdir().expect("a folder"));

/// Shared, because starting a client's engine takes longer than most calls.
static SHARED: LazyLock<usize> = LazyLock::new(|| {
    let mut client = null_mut();
    let config = good_config();
    // SAFETY: the config is live, and freed once.
    unsafe {
        assert_eq!(sp_client_new(config, &mut client), 0);
        sp_config_free(config);
    }
    client.expose_provenance()
});

fuzz_target!(|bytes: &[u8]| {
    let mut host = Host::new();
    for line in bytes.split(|b| *b == b'\n').take(MAX_CALLS) {
        if let Some((letter, rest)) = line.split_first() {
            let (take, rest) = match rest.split_first() {
                Some((b'!', rest)) => (false, rest),
                _ => (true, rest),
            };
            host.step(*letter, take, &Arguments::of(rest));
        }
    }
});

/// What a program holds: a config to experiment with, and a client that can do no harm.
struct Host {
    scratch: *mut Config,
    config: *mut Config,
    /// NULL until it asks for one.
    own: *mut Client,
}

/// Settings with which every call fails to connect, quickly.
fn good_config() -> *mut Config {
    let lock_dir = string(FOLDER.path().join("locks"));
    let url = string(PathBuf::from(format!("http://{NOBODY}/v1")));
    // SAFETY: the config is live, and so are the strings until the end of this function.
    unsafe {
        let config = sp_config_new();
        let id_and_key = (CLIENT_ID.as_ptr(), API_KEY.as_ptr());
        assert_eq!(
            sp_config_set_credentials(config, id_and_key.0, id_and_key.1),
            0
        );
        assert_eq!(sp_config_set_app_id(config, c"App1".as_ptr()), 0);
        assert_eq!(sp_config_set_base_url(config, url.as_ptr()), 0);
        assert_eq!(sp_config_set_lock_dir(config, lock_dir.as_ptr()), 0);
        assert_eq!(sp_config_set_timeouts(config, 1, 1, 1), 0);
        config
    }
}

impl Host {
    fn new() -> Host {
        Host {
            // SAFETY: takes no arguments.
            scratch: unsafe { sp_config_new() },
            config: good_config(),
            own: null_mut(),
        }
    }

    fn renew_client(&mut self) {
        // SAFETY: `own` is NULL or live, and is replaced immediately; the config is live.
        unsafe {
            sp_client_free(self.own);
            assert_eq!(sp_client_new(self.config, &mut self.own), 0);
        }
    }

    fn client(&self) -> *mut Client {
        if self.own.is_null() {
            std::ptr::with_exposed_provenance_mut(*SHARED)
        } else {
            self.own
        }
    }

    fn step(&mut self, letter: u8, take: bool, given: &Arguments) {
        let (first, second) = (given.text(0), given.text(1));
        let client = self.client();
        let scratch = self.scratch;
        // SAFETY: the handles are live until `self` is dropped; each string is NULL or NUL-terminated
        // and lives until the end of its call; what is created here is freed here.
        unsafe {
            match letter {
                // Settings. Those that could reach the network or leave files go to the scratch config.
                b'K' => setting(sp_config_set_credentials(scratch, first, second)),
                b'A' => setting(sp_config_set_app_id(scratch, first)),
                b'U' => setting(sp_config_set_base_url(scratch, first)),
                b'P' => setting(sp_config_set_proxy(scratch, first)),
                b'G' => setting(sp_config_set_user_agent(self.config, first)),
                b'L' => setting(sp_config_set_lock_dir(scratch, first)),
                b'T' => setting(sp_config_set_timeouts(
                    scratch,
                    given.number(0),
                    given.number(1),
                    given.number(2),
                )),
                b'D' => setting(sp_config_protect_domain(self.config, first)),
                b'F' => {
                    // The arguments are the contents of the file.
                    let path = FOLDER.path().join("ca.pem");
                    std::fs::write(&path, given.whole).expect("a file");
                    setting(sp_config_set_ca_file(scratch, string(path).as_ptr()));
                }
                b'n' => self.renew_client(),
                b'N' => {
                    // A client with any settings at all can be created and freed.
                    let mut other = null_mut();
                    setting(sp_client_new(scratch, &mut other));
                    sp_client_free(other);
                }
                b'x' => {
                    let bare = sp_config_new();
                    let mut other = null_mut();
                    assert_eq!(sp_client_new(bare, &mut other), 0);
                    sp_config_free(bare);
                    let (status, _) = called(take, |out| sp_inspect_app(other, out));
                    assert_eq!(status, 5, "without credentials");
                    sp_client_free(other);
                }
                b'0' => every_null(),
                // Calls.
                b's' => drop(called(take, |out| {
                    sp_sync_domain(client, first, given.number(1), out)
                })),
                b'r' => drop(called(take, |out| {
                    sp_remove_domain(client, first, given.number(1), out)
                })),
                b'e' => drop(called(take, |out| sp_enable_autossl(client, out))),
                b'i' => drop(called(take, |out| sp_inspect_app(client, out))),
                b'a' => drop(called(take, |out| sp_apply(client, first, out))),
                b'q' => drop(called(take, |out| sp_action_status(client, first, out))),
                b'w' => drop(called(take, |out| {
                    sp_wait_action(client, first, given.number(1), out)
                })),
                b'c' => {
                    let options = harmless(given.bytes(1));
                    called(take, |out| {
                        sp_check_ssl(client, first, options.as_ptr(), out)
                    });
                }
                b'm' => {
                    let options = harmless(given.bytes(1));
                    called(take, |out| {
                        sp_check_ssl_many(client, first, options.as_ptr(), out)
                    });
                }
                b'd' => {
                    let options = harmless(given.bytes(1));
                    called(take, |out| {
                        sp_diagnose(client, first, options.as_ptr(), out)
                    });
                }
                b'z' => assert!(!sp_status_name(given.number(0) as i32).is_null()),
                _ => {}
            }
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // SAFETY: each is NULL or live, and is not used after this.
        unsafe {
            // Settings first: a client keeps a copy.
            sp_config_free(self.config);
            sp_config_free(self.scratch);
            sp_client_free(self.own);
        }
    }
}

/// A setting is accepted, or refused as a caller's mistake.
fn setting(status: i32) {
    assert!(matches!(status, 0..=4), "{status}");
}

/// Every function with NULL for every pointer.
fn every_null() {
    const NULL_ARGUMENT: i32 = 1;
    let (config, client, nothing) = (null_mut(), null_mut(), null());
    // SAFETY: every function takes NULL.
    let settings = unsafe {
        [
            sp_config_set_credentials(config, nothing, nothing),
            sp_config_set_app_id(config, nothing),
            sp_config_set_base_url(config, nothing),
            sp_config_set_ca_file(config, nothing),
            sp_config_set_proxy(config, nothing),
            sp_config_set_user_agent(config, nothing),
            sp_config_set_timeouts(config, 0, 0, 0),
            sp_config_set_lock_dir(config, nothing),
            sp_config_protect_domain(config, nothing),
            sp_client_new(config, null_mut()),
            sp_result_status(null()),
        ]
    };
    assert!(settings.iter().all(|status| *status == NULL_ARGUMENT));
    // SAFETY: as above; `out` is NULL or points to a place for a pointer.
    let calls: [&dyn Fn(Out) -> i32; 10] = unsafe {
        [
            &|out| sp_sync_domain(client, nothing, 0, out),
            &|out| sp_remove_domain(client, nothing, 0, out),
            &|out| sp_enable_autossl(client, out),
            &|out| sp_check_ssl(client, nothing, nothing, out),
            &|out| sp_check_ssl_many(client, nothing, nothing, out),
            &|out| sp_diagnose(client, nothing, nothing, out),
            &|out| sp_apply(client, nothing, out),
            &|out| sp_inspect_app(client, out),
            &|out| sp_action_status(client, nothing, out),
            &|out| sp_wait_action(client, nothing, 0, out),
        ]
    };
    for call in calls {
        assert_eq!(called(true, call).0, NULL_ARGUMENT);
        assert_eq!(called(false, call).0, NULL_ARGUMENT);
    }
    // SAFETY: every function takes NULL.
    unsafe {
        assert!(sp_result_message(null()).is_null() && sp_result_json(null()).is_null());
        assert!(sp_result_action_id(null()).is_null());
        assert_eq!(
            (sp_result_http_status(null()), sp_result_retryable(null())),
            (0, 0)
        );
        assert_eq!(sp_result_retry_after_ms(null()), 0);
        sp_result_free(null_mut());
        sp_client_free(null_mut());
        sp_config_free(null_mut());
    }
}

/// Options with all addresses replaced by one on which nothing listens. Anything but an object is
/// refused anyway and passed on unchanged.
fn harmless(options: Option<&[u8]>) -> CString {
    let document = match options {
        None => Ok(json!({})),
        Some(bytes) => serde_json::from_slice::<Value>(bytes),
    };
    match document {
        Ok(Value::Object(mut map)) => {
            map.insert("connect_to".to_owned(), NOBODY.into());
            map.insert("dns_servers".to_owned(), json!([NOBODY]));
            c_string(Value::Object(map).to_string().as_bytes())
        }
        _ => c_string(options.unwrap_or_default()),
    }
}

/// The arguments of one call.
struct Arguments<'a> {
    whole: &'a [u8],
    parts: Vec<Option<CString>>,
}

impl Arguments<'_> {
    fn of(whole: &[u8]) -> Arguments<'_> {
        let parts = whole
            .split(|b| *b == b'|')
            .map(|part| (part != b"~").then(|| c_string(part)))
            .collect();
        Arguments { whole, parts }
    }

    fn bytes(&self, at: usize) -> Option<&[u8]> {
        self.parts.get(at)?.as_deref().map(|text| text.to_bytes())
    }

    fn text(&self, at: usize) -> *const c_char {
        let text = self.parts.get(at).and_then(|part| part.as_deref());
        text.map_or(null(), |text| text.as_ptr())
    }

    fn number(&self, at: usize) -> u32 {
        let text = self
            .bytes(at)
            .and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

/// As C reads it: up to the first NUL.
fn c_string(bytes: &[u8]) -> CString {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).expect("no NUL before its end")
}

fn string(path: PathBuf) -> CString {
    CString::new(path.into_os_string().into_encoded_bytes()).expect("no NUL in a path")
}
