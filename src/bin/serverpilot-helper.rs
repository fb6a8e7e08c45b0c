//! The library as a program, for hosts that may not load one: one JSON document on standard
//! input, one on standard output. Secrets come in here and nowhere else; it has no options.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use serverpilot::client::Client;
use serverpilot::config::Config;
use serverpilot::document;
use serverpilot::outcome::Report;
use serverpilot::status::Status;

/// The longest request that is read: a thousand names in every list have 512 KiB.
const LONGEST_REQUEST: u64 = 8 * 1024 * 1024;

/// The version of the ABI whose functions and documents this program gives.
const ABI: u32 = 1;

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
type Refused = (Status, Option<&'static str>);

impl Settings {
    fn read(&self) -> Result<Config, Refused> {
        let mut config = Config::default();
        let credentials = match (&self.client_id, &self.api_key) {
            (Some(client_id), Some(api_key)) => config.set_credentials(client_id, api_key),
            (None, None) => Ok(()),
            _ => Err(Status::SP_ERR_NULL_ARGUMENT),
        };
        credentials.map_err(|status| (status, Some("client_id")))?;
        type Setter = fn(&mut Config, &str) -> Result<(), Status>;
        let texts: [(&'static str, &Option<String>, Setter); 6] = [
            ("app_id", &self.app_id, Config::set_app_id),
            ("base_url", &self.base_url, Config::set_base_url),
            ("ca_file", &self.ca_file, Config::set_ca_file),
            ("proxy", &self.proxy, Config::set_proxy),
            ("user_agent", &self.user_agent, Config::set_user_agent),
            ("lock_dir", &self.lock_dir, Config::set_lock_dir),
        ];
        for (name, value, setter) in texts {
            if let Some(value) = value {
                setter(&mut config, value).map_err(|status| (status, Some(name)))?;
            }
        }
        if let Some(limits) = &self.timeouts {
            config.set_timeouts(limits.connect_ms, limits.request_ms, limits.total_ms);
        }
        for domain in &self.protect {
            config
                .protect(domain)
                .map_err(|status| (status, Some("protect")))?;
        }
        Ok(config)
    }
}

impl Request {
    fn carry_out(&self) -> Result<Report, Refused> {
        let client = Client::new(self.config.read()?);
        self.ask(&client).map_err(|status| (status, None))
    }

    fn ask(&self, client: &Client) -> Result<Report, Status> {
        let domain = || self.domain.as_deref().ok_or(Status::SP_ERR_NULL_ARGUMENT);
        let action = || {
            self.action_id
                .as_deref()
                .ok_or(Status::SP_ERR_NULL_ARGUMENT)
        };
        let options = self
            .options
            .as_ref()
            .map(|options| json!(options).to_string());
        let options = options.as_deref();
        match self.operation.as_str() {
            "sync_domain" => client.sync_domain(domain()?, self.flags),
            "remove_domain" => client.remove_domain(domain()?, self.flags),
            "enable_autossl" => client.enable_autossl(),
            "check_ssl" => client.check_ssl(domain()?, options),
            "check_ssl_many" => {
                let domains = self.domains.as_ref().ok_or(Status::SP_ERR_NULL_ARGUMENT)?;
                client.check_ssl_many(&json!(domains).to_string(), options)
            }
            "diagnose" => client.diagnose(domain()?, options),
            "apply" => {
                let change = self.change.as_ref().ok_or(Status::SP_ERR_NULL_ARGUMENT)?;
                client.apply(&json!(change).to_string())
            }
            "inspect_app" => client.inspect_app(),
            "action_status" => client.action_status(action()?),
            "wait_action" => client.wait_action(action()?, self.timeout_ms),
            _ => Err(Status::SP_ERR_INVALID_ARGUMENT),
        }
    }
}

fn answer(input: &[u8]) -> Value {
    let request = std::str::from_utf8(input)
        .map_err(|_| Status::SP_ERR_INVALID_UTF8)
        .and_then(document::read::<Request>);
    if let Ok(Request { operation, .. }) = &request
        && operation == "version"
    {
        let version = json!({ "version": env!("CARGO_PKG_VERSION") });
        return json!({ "abi": ABI, "status": Status::SP_OK.code(), "document": version });
    }
    let request = request.map_err(|status| (status, None));
    match request.and_then(|request| request.carry_out()) {
        Ok(report) => {
            json!({ "abi": ABI, "status": report.status.code(), "document": report.document })
        }
        Err((status, argument)) => {
            json!({ "abi": ABI, "status": status.code(), "document": null, "argument": argument })
        }
    }
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
    let answer = std::panic::catch_unwind(|| answer(&input)).unwrap_or_else(
        |_| json!({ "abi": ABI, "status": Status::SP_ERR_PANIC.code(), "document": null }),
    );
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{answer}").and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("serverpilot-helper: the answer cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_are_none() {
        for (request, status) in [
            (&b""[..], Status::SP_ERR_INVALID_ARGUMENT),
            (b"null", Status::SP_ERR_INVALID_ARGUMENT),
            // What serde would read as the fields in their order.
            (
                br#"[{},"version",null,0,null,null,null,null,0]"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                br#"{"config":{},"operation":"version","typo":1}"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (b"{\"operation\":\"\xff\"}", Status::SP_ERR_INVALID_UTF8),
            (
                br#"{"config":{},"operation":"inspect_app"}"#,
                Status::SP_ERR_NOT_CONFIGURED,
            ),
        ] {
            let answer = answer(request);
            assert_eq!(answer["status"], status.code(), "{answer}");
            assert!(answer["document"].is_null() && answer["argument"].is_null());
        }
        let refused = answer(br#"{"config":{"ca_file":"/nonexistent"},"operation":"inspect_app"}"#);
        assert_eq!(refused["argument"], "ca_file", "{refused}");
        let version = answer(br#"{"config":{},"operation":"version"}"#);
        assert_eq!(version["document"]["version"], env!("CARGO_PKG_VERSION"));
    }
}
