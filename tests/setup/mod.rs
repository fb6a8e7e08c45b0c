//! A fake ServerPilot with a client for it, and the checks that every suite applies to the fake's
//! log. Each setup has its own lock folder, so that no test waits for another.
#![allow(dead_code)] // Each test program uses only a part of it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

mod sentences;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fake_serverpilot::{
    AppChange, FakeServerPilot, Kind, LoggedRequest, Options, PRIVATE_KEY_SENTINEL,
};
use serde_json::{Value, json};
use serverpilot::client::Client;
use serverpilot::config::Config;
use serverpilot::outcome::Report;
use serverpilot::status::Status;
use tempfile::TempDir;

pub const CLIENT_ID: &str = "cid_SENTINELclient0001";
pub const API_KEY: &str = "key_SENTINELapikey0001";
pub const APP_ID: &str = "DemoApp0001";
pub const APP: &str = "/v1/apps/DemoApp0001";
pub const SSL: &str = "/v1/apps/DemoApp0001/ssl";
pub const SERVER: &str = "/v1/servers/DemoServer001";

/// Entries that no test asks to change: plain, wildcard, address, mixed case, duplicate, IDN.
pub const FOREIGN: [&str; 7] = [
    "network.example.org",
    "*.wild.example.net",
    "203.0.113.9",
    "Mixed.Example.COM",
    "twice.example.org",
    "twice.example.org",
    "xn--bcher-kva.example",
];

/// A fake, and the folder for its clients' locks.
pub struct Setup {
    pub fake: FakeServerPilot,
    pub lock_dir: TempDir,
}

impl Setup {
    /// A setup whose app has these names.
    pub fn with(domains: &[&str]) -> Setup {
        let fake = FakeServerPilot::start(Options {
            client_id: CLIENT_ID.to_owned(),
            api_key: API_KEY.to_owned(),
            app_id: APP_ID.to_owned(),
            domains: owned(domains),
            ..Options::default()
        });
        Setup {
            fake: fake.expect("a fake"),
            lock_dir: private_folder(),
        }
    }

    pub fn config(&self) -> Config {
        self.settings().config()
    }

    fn settings(&self) -> Settings {
        Settings {
            base_url: self.fake.api_url().to_owned(),
            ca_file: self.fake.ca_file().display().to_string(),
            lock_dir: Some(self.lock_dir.path().display().to_string()),
        }
    }

    /// This program again, in a separate process, running one of its ignored tests, which finds this
    /// setup through `Settings::from_environment`.
    pub fn another_process(&self, test: &str) -> Command {
        let settings = self.settings();
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", test, "--ignored", "--nocapture"]);
        settings.pass_to(&mut command);
        command
    }

    /// Makes a certificate ready for good, and answers to changes show it too.
    pub fn certificate_ready(&self) {
        self.fake.change_settings(|settings| {
            settings.autossl_in_update = true;
            settings.keep_old_certificate = true;
        });
        self.fake.set_app(AppChange {
            autossl_available: Some(Some(true)),
            ..AppChange::default()
        });
    }

    /// The default time limits.
    pub fn client(&self) -> Client {
        Client::new(self.config())
    }

    pub fn client_with(&self, change: impl FnOnce(&mut Config)) -> Client {
        let mut config = self.config();
        change(&mut config);
        Client::new(config)
    }

    /// The stored list, sorted.
    pub fn sorted(&self) -> Vec<String> {
        sorted(self.fake.domains())
    }

    /// `METHOD path` of every request so far.
    pub fn log(&self) -> Vec<String> {
        let requests = self.fake.requests();
        requests
            .iter()
            .map(|request| format!("{} {}", request.method, request.path))
            .collect()
    }

    /// The lists that were sent.
    pub fn sent(&self) -> Vec<Vec<String>> {
        sent_lists(&self.fake.requests())
    }

    /// The number of connections that the requests in the log used.
    pub fn connections_used(&self) -> usize {
        let mut numbers: Vec<u64> = self
            .fake
            .requests()
            .iter()
            .map(|request| request.connection)
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len()
    }
}

/// A fault that answers with this status, whatever is requested.
pub fn status_kind(code: u16, headers: &[(&str, &str)], body: &str) -> Kind {
    Kind::Status {
        code,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}

/// What a client in another process needs to know; the credentials are constants of the tests.
#[derive(Clone, Debug)]
pub struct Settings {
    pub base_url: String,
    pub ca_file: String,
    /// None: where the library puts its locks by default.
    pub lock_dir: Option<String>,
}

const BASE_URL: &str = "FAKE_BASE_URL";
const CA_FILE: &str = "FAKE_CA_FILE";
const LOCK_DIR: &str = "FAKE_LOCK_DIR";

impl Settings {
    /// The settings this process was started with. None if there are none: then the test that asks has
    /// nothing to do.
    pub fn from_environment() -> Option<Settings> {
        Some(Settings {
            base_url: std::env::var(BASE_URL).ok()?,
            ca_file: std::env::var(CA_FILE).ok()?,
            lock_dir: std::env::var(LOCK_DIR).ok(),
        })
    }

    /// Puts these settings into the environment of a command, for `from_environment`.
    pub fn pass_to(&self, command: &mut Command) {
        command
            .env(BASE_URL, &self.base_url)
            .env(CA_FILE, &self.ca_file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if let Some(dir) = &self.lock_dir {
            command.env(LOCK_DIR, dir);
        }
    }

    pub fn config(&self) -> Config {
        let mut config = Config::default();
        config
            .set_credentials(CLIENT_ID, API_KEY)
            .expect("credentials");
        config.set_app_id(APP_ID).expect("an app");
        config.set_base_url(&self.base_url).expect("a base URL");
        config.set_ca_file(&self.ca_file).expect("a CA file");
        if let Some(dir) = &self.lock_dir {
            config.set_lock_dir(dir).expect("a lock folder");
        }
        config
    }
}

/// A folder as the lock requires it: accessible only to its owner.
pub fn private_folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("serverpilot-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir()
        .expect("a folder")
}

pub fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|entry| (*entry).to_owned()).collect()
}

pub fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

/// Both lists together, sorted.
pub fn joined(one: &[&str], other: &[&str]) -> Vec<String> {
    sorted(owned(&[one, other].concat()))
}

pub fn words(value: &Value) -> Vec<String> {
    let items = value.as_array().cloned().unwrap_or_default();
    items
        .iter()
        .map(|item| item.as_str().unwrap_or_default().to_owned())
        .collect()
}

pub fn warned(report: &Report, code: &str) -> bool {
    let warnings = report.document["warnings"].as_array().expect("warnings");
    warnings.iter().any(|warning| warning["code"] == code)
}

pub fn sent_lists(requests: &[LoggedRequest]) -> Vec<Vec<String>> {
    requests
        .iter()
        .filter(|request| request.method == "POST" && request.path == APP)
        .map(|request| words(&request.body["domains"]))
        .collect()
}

/// What is wrong with these requests: a call that must not be made, or a body of another shape.
/// A followed redirect would show up here as an unknown path.
pub fn forbidden(requests: &[LoggedRequest]) -> Vec<String> {
    let id = |path: &str, before: &str| {
        path.strip_prefix(before).is_some_and(|id| {
            !id.is_empty() && id.bytes().all(|letter| letter.is_ascii_alphanumeric())
        })
    };
    let allowed = |request: &LoggedRequest| match (request.method.as_str(), request.path.as_str()) {
        ("GET", path) => {
            request.body.is_null() && (path == APP || path == SERVER || id(path, "/v1/actions/"))
        }
        ("POST", APP) => {
            let body = request.body.as_object();
            body.is_some_and(|body| {
                body.len() == 1
                    && body["domains"]
                        .as_array()
                        .is_some_and(|list| list.iter().all(Value::is_string))
            })
        }
        ("POST", SSL) => request.body == json!({"auto": true}),
        _ => false,
    };
    requests
        .iter()
        .filter(|request| !allowed(request))
        .map(|request| format!("{} {} {}", request.method, request.path, request.body))
        .collect()
}

/// What is wrong with a list: a foreign entry is missing, or it is empty or too long.
pub fn damaged(list: &[String], foreign: &[&str]) -> Option<String> {
    let mut rest = list.to_vec();
    for entry in foreign {
        match rest.iter().position(|other| other == entry) {
            Some(at) => {
                rest.remove(at);
            }
            None => return Some(format!("without {entry}: {list:?}")),
        }
    }
    if list.is_empty() || list.len() > 300 {
        return Some(format!("{} entries", list.len()));
    }
    None
}

/// Every text that must not be shown, and what it is.
pub fn secrets() -> Vec<(&'static str, String)> {
    let pair = STANDARD.encode(format!("{CLIENT_ID}:{API_KEY}"));
    vec![
        ("client id", CLIENT_ID.to_owned()),
        ("API key", API_KEY.to_owned()),
        ("pair", pair.trim_end_matches('=').to_owned()),
        // The pair's middle: a text truncated at either end would still contain it.
        ("part of the pair", pair[8..pair.len() - 8].to_owned()),
        ("part of a secret", "SENTINEL".to_owned()),
        ("private key", PRIVATE_KEY_SENTINEL.to_owned()),
        ("private key", "PRIVATE KEY".to_owned()),
    ]
}

/// The secret that a text contains, if any.
pub fn leaked_secret(text: &str) -> Option<&'static str> {
    let found = secrets()
        .into_iter()
        .find(|(_, secret)| text.contains(secret));
    found.map(|(what, _)| what)
}

/// A report in every form in which it can be shown.
pub fn shown(report: &Report) -> String {
    format!(
        "{}\n{:#}\n{}\n{:?}\n{report:?}\n{report:#?}",
        report.document, report.document, report.message, report.action_id
    )
}

pub fn assert_silent(text: &str, context: &str) {
    if let Some(what) = leaked_secret(text) {
        panic!("{context}: the {what} is in {text}");
    }
}

/// Checks that a report has this status, that its document agrees with its fields, and that it
/// discloses no secret.
pub fn assert_status(report: &Report, status: Status, context: &str) {
    assert_eq!(report.status, status, "{context}: {}", report.document);
    assert_consistent(report, context);
}

pub fn assert_consistent(report: &Report, context: &str) {
    if let Some(difference) = inconsistent(report) {
        panic!("{context}: {difference} in {}", report.document);
    }
    assert_silent(&shown(report), context);
}

/// How a report's document contradicts its fields or lacks a key that every document has.
pub fn inconsistent(report: &Report) -> Option<String> {
    let document = &report.document;
    for (key, value) in [
        ("status", json!(report.status.as_str())),
        ("message", json!(report.message)),
        ("http_status", json!(report.http_status)),
        ("retryable", json!(report.retryable)),
        ("retry_after_ms", json!(report.retry_after_ms)),
        ("action_id", json!(report.action_id)),
    ] {
        if document[key] != value {
            return Some(format!("{key} is not {value}"));
        }
    }
    for (key, right) in [
        ("operation", document["operation"].is_string()),
        ("changed", document["changed"].is_boolean()),
        ("requests", document["requests"].is_u64()),
        ("elapsed_ms", document["elapsed_ms"].is_u64()),
        ("warnings", document["warnings"].is_array()),
        ("events", document["events"].is_array()),
    ] {
        if !right {
            return Some(format!("{key} is missing or of another type"));
        }
    }
    if report.message.is_empty() || report.message.contains('\n') {
        return Some("the message is not one line".to_owned());
    }
    sentences::untranslatable(document)
}

/// Waits for something that the fake or a child does soon, but not for ever.
pub fn eventually(what: &str, done: impl Fn() -> bool) {
    let patience = std::time::Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(std::time::Instant::now() < patience, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
