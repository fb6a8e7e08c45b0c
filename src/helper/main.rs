//! The library as a program, for hosts that must not load one: one JSON document on standard
//! input, one on standard output. Loads the library that lies beside it and calls its C ABI.
//! Must take secrets nowhere but here, and has no options.

#[path = "../ffi/loaded.rs"]
mod loaded;
// The rest of these two is the library's.
#[allow(dead_code)]
#[path = "../document.rs"]
mod document;
#[allow(dead_code)]
#[path = "../status.rs"]
mod status;

use std::ffi::{CStr, CString};
use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use loaded::{ABI, Call, Client, Library, Setting};
use status::Status;

/// As the library does: whatever is freed is wiped, for a request has the key in it.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// The longest request that is read: a thousand names in every list have 512 KiB.
const LONGEST_REQUEST: u64 = 8 * 1024 * 1024;

/// What is to be done: an operation of the ABI without its prefix, or `version`, and its arguments.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    config: Settings,
    operation: String,
    domain: Option<String>,
    #[serde(default)]
    flags: u32,
    options: Option<Map<String, Value>>,
    domains: Option<Vec<String>>,
    change: Option<Map<String, Value>>,
    action_id: Option<String>,
    #[serde(default)]
    timeout_ms: u32,
}

/// The setters of `sp_config`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    client_id: Option<String>,
    api_key: Option<String>,
    app_id: Option<String>,
    base_url: Option<String>,
    ca_file: Option<String>,
    proxy: Option<String>,
    user_agent: Option<String>,
    timeouts: Option<Limits>,
    lock_dir: Option<String>,
    #[serde(default)]
    protect: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    #[serde(default)]
    connect_ms: u32,
    #[serde(default)]
    request_ms: u32,
    #[serde(default)]
    total_ms: u32,
}

/// What is wrong, and which setting it is, where it is one: without that nobody knows what to correct.
type Refused = (i32, Option<&'static str>);

/// A text that a C program could not pass either is refused like any other wrong value.
fn c_text(text: &str) -> Result<CString, i32> {
    CString::new(text).map_err(|_| Status::SP_ERR_INVALID_ARGUMENT.code())
}

fn given(text: &Option<String>) -> Result<CString, i32> {
    let text = text.as_deref();
    c_text(text.ok_or(Status::SP_ERR_NULL_ARGUMENT.code())?)
}

fn json_text<T: serde::Serialize>(value: &T) -> Result<CString, i32> {
    c_text(&json!(value).to_string())
}

impl Settings {
    fn client<'a>(&self, library: &'a Library) -> Result<Client<'a>, Refused> {
        let plain = |status| (status, None);
        let mut settings = library.settings().map_err(plain)?;
        let checked = |name, status| match status {
            0 => Ok(()),
            status => Err((status, Some(name))),
        };
        if self.client_id.is_some() || self.api_key.is_some() {
            let of_them = |status| (status, Some("client_id"));
            let client_id = given(&self.client_id).map_err(of_them)?;
            let api_key = given(&self.api_key).map_err(of_them)?;
            checked("client_id", settings.set_credentials(&client_id, &api_key))?;
        }
        let texts = [
            ("app_id", &self.app_id, Setting::AppId),
            ("base_url", &self.base_url, Setting::BaseUrl),
            ("ca_file", &self.ca_file, Setting::CaFile),
            ("proxy", &self.proxy, Setting::Proxy),
            ("user_agent", &self.user_agent, Setting::UserAgent),
            ("lock_dir", &self.lock_dir, Setting::LockDir),
        ];
        let texts = texts
            .into_iter()
            .filter_map(|(name, value, setting)| Some((name, value.as_ref()?, setting)));
        let protected = self.protect.iter();
        let protected = protected.map(|domain| ("protect", domain, Setting::Protect));
        for (name, value, setting) in texts.chain(protected) {
            let value = c_text(value).map_err(|status| (status, Some(name)))?;
            checked(name, settings.set(setting, &value))?;
        }
        if let Some(limits) = &self.timeouts {
            let Limits {
                connect_ms,
                request_ms,
                total_ms,
            } = *limits;
            let status = settings.set_timeouts(connect_ms, request_ms, total_ms);
            checked("timeouts", status)?;
        }
        settings.client().map_err(plain)
    }
}

impl Request {
    fn carry_out(&self, library: &Library) -> Result<(i32, Option<String>), Refused> {
        let client = self.config.client(library)?;
        self.ask(&client).map_err(|status| (status, None))
    }

    fn ask(&self, client: &Client<'_>) -> Result<(i32, Option<String>), i32> {
        let domain = || given(&self.domain);
        let action = || given(&self.action_id);
        let options = self.options.as_ref().map(json_text).transpose()?;
        let options: Option<&CStr> = options.as_deref();
        Ok(match self.operation.as_str() {
            "sync_domain" => client.call(&Call::SyncDomain(&domain()?, self.flags)),
            "remove_domain" => client.call(&Call::RemoveDomain(&domain()?, self.flags)),
            "enable_autossl" => client.call(&Call::EnableAutossl),
            "check_ssl" => client.call(&Call::CheckSsl(&domain()?, options)),
            "check_ssl_many" => {
                let domains = self.domains.as_ref();
                let domains = domains.ok_or(Status::SP_ERR_NULL_ARGUMENT.code())?;
                client.call(&Call::CheckSslMany(&json_text(domains)?, options))
            }
            "diagnose" => client.call(&Call::Diagnose(&domain()?, options)),
            "apply" => {
                let change = self.change.as_ref();
                let change = change.ok_or(Status::SP_ERR_NULL_ARGUMENT.code())?;
                client.call(&Call::Apply(&json_text(change)?))
            }
            "inspect_app" => client.call(&Call::InspectApp),
            "action_status" => client.call(&Call::ActionStatus(&action()?)),
            "wait_action" => client.call(&Call::WaitAction(&action()?, self.timeout_ms)),
            _ => return Err(Status::SP_ERR_INVALID_ARGUMENT.code()),
        })
    }
}

/// The document is the library's own text, put in as it is.
fn answer(library: &Library, input: &[u8]) -> String {
    let request = std::str::from_utf8(input)
        .map_err(|_| Status::SP_ERR_INVALID_UTF8)
        .and_then(document::read::<Request>)
        .map_err(|status| (status.code(), None));
    let carried_out = match request {
        Ok(request) if request.operation == "version" => {
            let version = json!({ "version": library.version() });
            Ok((Status::SP_OK.code(), Some(version.to_string())))
        }
        request => request.and_then(|request| request.carry_out(library)),
    };
    match carried_out {
        Ok((status, document)) => {
            let document = document.as_deref().unwrap_or("null");
            format!(r#"{{"abi":{ABI},"status":{status},"document":{document}}}"#)
        }
        Err((status, argument)) => {
            json!({ "abi": ABI, "status": status, "document": null, "argument": argument })
                .to_string()
        }
    }
}

/// Without the library there is nothing to ask: said in words, since no status is meant for it.
fn unavailable(why: &str) -> String {
    let status = Status::SP_ERR_STATE.code();
    json!({ "abi": ABI, "status": status, "document": null, "unavailable": why }).to_string()
}

/// No core file of this process: its memory holds the key.
fn forbid_core_files() -> nix::Result<()> {
    nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0)?;
    nix::sys::prctl::set_dumpable(false)
}

fn main() -> ExitCode {
    if forbid_core_files().is_err() {
        eprintln!(
            "serverpilot-helper: core files of this process cannot be switched off, so it takes no key."
        );
        return ExitCode::FAILURE;
    }
    // Nothing here panics; if it did, its text would be nobody's to read.
    std::panic::set_hook(Box::new(|_| {}));
    let mut input = Vec::new();
    if let Err(error) = std::io::stdin()
        .lock()
        .take(LONGEST_REQUEST)
        .read_to_end(&mut input)
    {
        eprintln!("serverpilot-helper: the request on standard input cannot be read: {error}");
        return ExitCode::FAILURE;
    }
    let answer = match Library::beside_this_program() {
        Ok(library) => answer(&library, &input),
        Err(why) => unavailable(&why),
    };
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{answer}").and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("serverpilot-helper: the answer cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}
