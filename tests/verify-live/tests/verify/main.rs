//! Runs the program against the fake: in every mood of the fake, with every documented rule broken,
//! killed at every request, and without the consent or the names that it asks for.

mod breaks;
mod interruptions;
mod moods;
mod protection;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fake_serverpilot::{AppChange, FakeServerPilot, LoggedRequest, Options, PRIVATE_KEY_SENTINEL};
use serde_json::Value;
use tempfile::TempDir;

pub const CLIENT_ID: &str = "cid_SENTINELclient0001";
pub const API_KEY: &str = "key_SENTINELapikey0001";
pub const APP_ID: &str = "DemoApp0001";
pub const APP: &str = "/v1/apps/DemoApp0001";
pub const CONSENT: &str = "replace the domains of app DemoApp0001";
pub const ZONE: &str = "serverpilot-verify.example";

/// A registrable name and one below another: what is left when names of either kind are refused.
pub const NAMES: [&str; 3] = ["one.example", "www.two.example", "*.three.example"];

/// A fake whose certificates are ready at once, except while the program's own names are in the list,
/// which do not resolve.
pub struct Setup {
    pub fake: FakeServerPilot,
    pub dir: TempDir,
    pub names: Vec<String>,
}

/// What a run came to.
pub struct Run {
    pub code: Option<i32>,
    pub table: String,
    pub progress: String,
}

impl Setup {
    pub fn start() -> Setup {
        Setup::with(&NAMES)
    }

    pub fn with(names: &[&str]) -> Setup {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let fake = FakeServerPilot::start(Options {
            client_id: CLIENT_ID.to_owned(),
            api_key: API_KEY.to_owned(),
            app_id: APP_ID.to_owned(),
            domains: names.clone(),
            issue_after_s: 0,
            ..Options::default()
        });
        let fake = fake.expect("a fake");
        fake.change_settings(|settings| settings.action_after_s = 0);
        let labels = [
            "sub.",
            "twice.",
            "upper.",
            "b\u{fc}cher.",
            "xn--bcher-kva.",
            "object.",
            "n299.",
        ];
        let labels = labels.iter().map(|label| format!("{label}{ZONE}"));
        fake.set_app(AppChange {
            unresolvable: Some(labels.chain([ZONE.to_owned()]).collect::<BTreeSet<_>>()),
            ..AppChange::default()
        });
        let dir = tempfile::Builder::new()
            .prefix("verify-live-")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir();
        Setup {
            fake,
            dir: dir.expect("a folder"),
            names,
        }
    }

    /// The program, ready to run as an operator would who has declared everything.
    pub fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_verify-live"));
        command
            .env_clear()
            .env("SP_CLIENT_ID", CLIENT_ID)
            .env("SP_API_KEY", API_KEY)
            .env("SP_BASE_URL", self.fake.api_url())
            .env("SP_CA_FILE", self.fake.ca_file())
            .env("SP_LOCK_DIR", self.dir.path())
            .env("VERIFY_LIVE_APP", APP_ID)
            .env("VERIFY_LIVE_APP_NAME", "network")
            .env("VERIFY_LIVE_CONSENT", CONSENT)
            .env("VERIFY_LIVE_EXPENDABLE", self.names.join(", "))
            .env("VERIFY_LIVE_DIR", self.dir.path().join("state"))
            .env("VERIFY_LIVE_PAUSE_MS", "0")
            .env("VERIFY_LIVE_WAIT_S", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self) -> Run {
        self.finish(self.program().spawn().expect("the program"))
    }

    pub fn run_with(&self, change: impl FnOnce(&mut Command)) -> Run {
        let mut command = self.program();
        change(&mut command);
        self.finish(command.spawn().expect("the program"))
    }

    /// Runs the program with these lines typed.
    pub fn run_and_type(&self, lines: &str, change: impl FnOnce(&mut Command)) -> Run {
        let mut command = self.program();
        command.stdin(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().expect("the program");
        let mut stdin = child.stdin.take().expect("its input");
        // It may have ended before it read them.
        let _ = stdin.write_all(lines.as_bytes());
        drop(stdin);
        self.finish(child)
    }

    /// Waits for the end, and checks that no secret was shown or saved.
    pub fn finish(&self, child: Child) -> Run {
        let output = child.wait_with_output().expect("its end");
        let run = Run {
            code: output.status.code(),
            table: String::from_utf8(output.stdout).expect("text"),
            progress: String::from_utf8(output.stderr).expect("text"),
        };
        assert_silent(&run.table);
        assert_silent(&run.progress);
        for file in [self.saved(), self.restored()] {
            if let Ok(text) = std::fs::read_to_string(file) {
                assert_silent(&text);
            }
        }
        let forbidden = forbidden(&self.fake.requests());
        assert!(forbidden.is_empty(), "{forbidden:?}");
        run
    }

    pub fn saved(&self) -> PathBuf {
        self.dir.path().join("state/verify-live-DemoApp0001.json")
    }

    pub fn restored(&self) -> PathBuf {
        self.dir
            .path()
            .join("state/verify-live-DemoApp0001.restored.json")
    }

    /// The list is as it was, and no file says that it is not.
    pub fn assert_restored(&self, context: &str) {
        let (mut shown, mut names) = (self.fake.domains(), self.names.clone());
        shown.sort();
        names.sort();
        assert_eq!(shown, names, "{context}");
        assert!(!self.saved().exists(), "{context}: a saved list is left");
    }

    /// Whether after each list that emptied the app the app's own one was the next.
    pub fn emptied_lists_are_put_back_at_once(&self) -> bool {
        let requests = self.fake.requests();
        let lists: Vec<&LoggedRequest> = requests
            .iter()
            .filter(|request| request.method == "POST" && request.path == APP)
            .collect();
        lists.windows(2).all(|pair| {
            let empties = |list: &Value| list.is_null() || *list == serde_json::json!([]);
            !pair[0].applied
                || !empties(&pair[0].body["domains"])
                || sorted(&pair[1].body["domains"]) == sorted(&serde_json::json!(self.names))
        })
    }

    pub fn writes(&self) -> usize {
        let requests = self.fake.requests();
        requests
            .iter()
            .filter(|request| request.method != "GET")
            .count()
    }
}

impl Run {
    /// The row of one assumption: what was seen, and the outcome.
    pub fn row(&self, id: &str) -> (String, String) {
        let start = format!("| {id} | ");
        let row = self.table.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("no {id} in {}\n{}", self.table, self.progress));
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 5, "{row}");
        (cells[3].to_owned(), cells[4].to_owned())
    }

    /// The rows that did not hold.
    pub fn failed(&self) -> Vec<String> {
        let rows = self.table.lines();
        let failed = rows.filter(|line| line.ends_with("| **did not hold** |"));
        let ids = failed.filter_map(|line| line.split(" | ").next());
        ids.map(|id| id.trim_start_matches("| ").to_owned())
            .collect()
    }

    pub fn assert_code(&self, code: i32, context: &str) {
        assert_eq!(
            self.code,
            Some(code),
            "{context}: {}\n{}",
            self.progress,
            self.table
        );
    }
}

/// What must not be sent: anything but the five calls with their fields, on this app alone.
fn forbidden(requests: &[LoggedRequest]) -> Vec<String> {
    let has_only = |body: &Value, field: &str| {
        let body = body.as_object();
        body.is_some_and(|body| body.len() == 1 && body.contains_key(field))
    };
    let allowed = |request: &&LoggedRequest| {
        let path = request.path.as_str();
        match request.method.as_str() {
            "GET" => {
                path == APP
                    || path == "/v1/apps/VerifyLiveNoSuchApp1"
                    || path == "/v1/servers/DemoServer001"
                    || path.starts_with("/v1/actions/DemoAction")
            }
            "POST" if path == APP => has_only(&request.body, "domains"),
            "POST" if path == format!("{APP}/ssl") => {
                has_only(&request.body, "auto") && request.body["auto"] == true
            }
            _ => false,
        }
    };
    let all = requests.iter().filter(|request| !allowed(request));
    all.map(|request| format!("{} {}", request.method, request.path))
        .collect()
}

fn assert_silent(text: &str) {
    let pair = STANDARD.encode(format!("{CLIENT_ID}:{API_KEY}"));
    let part = &pair[8..pair.len() - 8];
    for secret in ["SENTINEL", "PRIVATE KEY", PRIVATE_KEY_SENTINEL, part] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

fn sorted(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    let mut texts: Vec<String> = items.map(Value::to_string).collect();
    texts.sort();
    texts
}

/// Waits for something that happens soon, but not for ever.
pub fn eventually(what: &str, done: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < patience, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
