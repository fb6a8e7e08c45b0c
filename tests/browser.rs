//! The verdicts of `sp_check_ssl` beside a browser's: Debian's Chromium visits every TLS fixture,
//! and what it says is what the library says, or a line here says why not.
//! It is spoken to through a pipe, and waits for its answers have bounds that only a broken one meets.

mod tls_fixtures;

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tls_fixtures::TlsFixtures;
use tls_fixtures::cases::{Case, cases};

/// What the test needs besides openssl, as Debian calls it.
const CURE: &str = "apt-get install --no-install-recommends chromium libnss3-tools";
/// How long the browser may say nothing at all. It gives a handshake 30 s by itself.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);
/// Pages open side by side.
const TABS: usize = 8;

/// Where the browser says something else than the library: what it says, and why that is so.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "ECDSA P-521",
        "ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
        "it is not offered, so no certificate is shown that could be named",
    ),
    (
        "Ed25519",
        "ERR_SSL_PROTOCOL_ERROR",
        "it is not offered, so no certificate is shown that could be named",
    ),
    ("RSA 1024, TLS 1.3", "ok", ONE_THOUSAND),
    ("RSA 1024, TLS 1.2", "ok", ONE_THOUSAND),
    ("RSA 1024 above", "ok", ONE_THOUSAND),
    (
        "X.509 version 1",
        "ERR_CERT_COMMON_NAME_INVALID",
        "it reads version 1, which can have no names; webpki reads none of it",
    ),
    (
        "empty list of names",
        "ERR_CERT_INVALID",
        "a list without a name breaks RFC 5280, section 4.2.1.6",
    ),
    (
        "chain of 10",
        "ok",
        "webpki, and Firefox with it, stops at six intermediates",
    ),
    (
        "a CA as a server",
        "ok",
        "webpki refuses it, and Firefox with it (MOZILLA_PKIX_ERROR_CA_CERT_USED_AS_END_ENTITY)",
    ),
    (
        "no certificate at all",
        "ERR_SSL_PROTOCOL_ERROR",
        "what cannot be read ends its handshake before there is a verdict",
    ),
    (
        "without the certificate's key",
        "ERR_SSL_PROTOCOL_ERROR",
        "a false signature ends its handshake before there is a verdict",
    ),
    (
        "TLS 1.2 with CBC ciphers only",
        "ok",
        "it still takes CBC, which rustls does not have",
    ),
    (
        "alert: internal error",
        "ERR_SSL_PROTOCOL_ERROR",
        "it counts an alert against the server; here nobody has proved anything, so it could not be asked",
    ),
];
const ONE_THOUSAND: &str = "its bound is 1024 bits (net/cert/cert_verify_proc.cc, IsWeakKey); openssl's is 2048, and no public CA may go below (Baseline Requirements 6.1.5)";

/// What Chromium calls each of the library's reasons (net/base/net_error_list.h).
fn in_the_browsers_words(reason: &str) -> &'static [&'static str] {
    match reason {
        "ok" => &["ok"],
        "expired" | "not_yet_valid" => &["ERR_CERT_DATE_INVALID"],
        // The second where the server itself says that it does not know the name.
        "hostname_mismatch" => &[
            "ERR_CERT_COMMON_NAME_INVALID",
            "ERR_SSL_UNRECOGNIZED_NAME_ALERT",
        ],
        "self_signed" | "unknown_issuer" | "incomplete_chain" => &["ERR_CERT_AUTHORITY_INVALID"],
        "weak_key" => &["ERR_CERT_WEAK_KEY"],
        // A broken hash has no word of its own any more.
        "weak_signature" | "invalid_certificate" => &["ERR_CERT_INVALID"],
        "old_protocol" => &["ERR_SSL_VERSION_OR_CIPHER_MISMATCH"],
        "not_tls" => &["ERR_SSL_PROTOCOL_ERROR"],
        // The refusal comes after TLS 1.3's handshake, and may cross with the request.
        "client_certificate_required" => {
            &["ERR_BAD_SSL_CLIENT_AUTH_CERT", "ERR_SOCKET_NOT_CONNECTED"]
        }
        "connection_refused" => &["ERR_CONNECTION_REFUSED"],
        "connection_closed" => &["ERR_CONNECTION_CLOSED", "ERR_CONNECTION_RESET"],
        "timeout" => &["ERR_TIMED_OUT"],
        other => panic!("no word for {other}"),
    }
}

/// A browser with a home of its own, in which the fixtures's root is trusted.
struct Browser {
    child: Child,
    pipe: ChildStdin,
    messages: Receiver<Value>,
    calls: u64,
    home: tempfile::TempDir,
}

impl Browser {
    fn start(fixtures: &TlsFixtures, cases: &[Case]) -> Browser {
        let home = tempfile::Builder::new()
            .prefix("chromium-")
            .tempdir()
            .expect("a folder");
        trust(home.path(), &fixtures.ca_file);
        // Every name leads to loopback, and the port tells the servers apart.
        let mut rules = String::new();
        for Case { host, server, .. } in cases {
            let (ip, port) = (server.address.ip(), server.address.port());
            if ip.is_ipv6() {
                rules += &format!("MAP *:{port} [{ip}], ");
            }
            // From a certificate's www fault Chromium flees to the name without, if it gets there.
            if let Some(parent) = host.strip_prefix("www.") {
                rules += &format!("MAP {parent}:{port} ^NOTFOUND, ");
            }
        }
        let log = std::fs::File::create(home.path().join("log")).expect("a file");
        let mut child = Command::new("sh")
            // DevTools' pipe is file descriptors 3 and 4.
            .args([
                "-c",
                "exec chromium \"$@\" 3<&0 4>&1 0</dev/null 1>&2",
                "sh",
            ])
            .args(["--headless", "--no-sandbox", "--remote-debugging-pipe"])
            .args([
                "--disable-gpu",
                "--disable-quic",
                "--disable-breakpad",
                "--disable-dev-shm-usage",
            ])
            .args(["--no-first-run", "--disable-sync", "--no-proxy-server"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .arg(format!("--host-resolver-rules={rules}MAP * 127.0.0.1"))
            .arg(format!(
                "--user-data-dir={}",
                home.path().join("profile").display()
            ))
            .env("HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path().join("config"))
            .env("XDG_CACHE_HOME", home.path().join("cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            // A group of its own, so that all of its processes can be ended at once.
            .process_group(0)
            .spawn()
            .expect("a shell");
        let pipe = child.stdin.take().expect("a pipe");
        let answers = child.stdout.take().expect("a pipe");
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(answers).split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("JSON");
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Browser {
            child,
            pipe,
            messages,
            calls: 0,
            home,
        }
    }

    /// Sends a command and returns the number its answer will have.
    fn send(&mut self, session: Option<&str>, method: &str, params: &Value) -> u64 {
        self.calls += 1;
        let mut command = json!({ "id": self.calls, "method": method, "params": params });
        if let Some(session) = session {
            command["sessionId"] = json!(session);
        }
        let _ = write!(self.pipe, "{command}\0");
        let _ = self.pipe.flush();
        self.calls
    }

    /// The next message; None when nothing was said for very long.
    fn next(&self) -> Option<Value> {
        match self.messages.recv_timeout(LONGEST_SILENCE) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                let log = std::fs::read_to_string(self.home.path().join("log"));
                panic!("Chromium has ended:\n{}", log.unwrap_or_default())
            }
        }
    }

    fn call(&mut self, session: Option<&str>, method: &str, params: &Value) -> Value {
        let id = self.send(session, method, params);
        loop {
            let message = self.next().expect("an answer");
            if message["id"] == id {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    /// A new tab's session.
    fn tab(&mut self) -> String {
        let made = self.call(
            None,
            "Target.createTarget",
            &json!({ "url": "about:blank" }),
        );
        let attach = json!({ "targetId": made["targetId"], "flatten": true });
        let attached = self.call(None, "Target.attachToTarget", &attach);
        attached["sessionId"]
            .as_str()
            .expect("a session")
            .to_owned()
    }

    /// Visits them all, some at a time, and returns what the browser said of each.
    fn visit(&mut self, urls: &[String]) -> Vec<String> {
        let mut said = vec!["nothing".to_owned(); urls.len()];
        let mut left = urls.iter().enumerate();
        let mut waiting = HashMap::new();
        let mut free: Vec<String> = (0..TABS).map(|_| self.tab()).collect();
        loop {
            while let Some(tab) = free.pop() {
                let Some((at, url)) = left.next() else { break };
                let call = self.send(Some(&tab), "Page.navigate", &json!({ "url": url }));
                waiting.insert(call, (at, tab));
            }
            if waiting.is_empty() {
                return said;
            }
            let Some(message) = self.next() else {
                return said;
            };
            let Some((at, tab)) = message["id"].as_u64().and_then(|id| waiting.remove(&id)) else {
                continue;
            };
            let result = message.get("result").unwrap_or_else(|| panic!("{message}"));
            let error = result["errorText"].as_str().unwrap_or("net::ok");
            said[at] = error.trim_start_matches("net::").to_owned();
            free.push(tab);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let group = Pid::from_raw(i32::try_from(self.child.id()).expect("a process id"));
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// Puts a root into the NSS database where Chromium looks for what this user trusts.
fn trust(home: &Path, root: &Path) {
    let database = home.join(".pki/nssdb");
    std::fs::create_dir_all(&database).expect("a folder");
    let database = format!("sql:{}", database.display());
    let certutil = |arguments: &[&str]| {
        let ran = Command::new("certutil")
            .args(["-d", &database])
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("certutil: {error}; {CURE}"));
        assert!(ran.status.success(), "{ran:?}");
    };
    certutil(&["-N", "--empty-password"]);
    let root = root.to_str().expect("a path");
    certutil(&["-A", "-n", "fixtures", "-t", "C,,", "-i", root]);
}

#[test]
fn a_browser_comes_to_the_same() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|folder| folder.join("chromium").exists());
    assert!(there, "there is no chromium; {CURE}");

    let fixtures = TlsFixtures::open();
    let mut cases = cases(&fixtures);
    // The slowest first, so that nobody waits for them at the end.
    cases.sort_by_key(|case| case.reason != "timeout");
    let urls: Vec<String> = cases
        .iter()
        .map(|case| format!("https://{}:{}/", case.host, case.server.address.port()))
        .collect();
    let mut browser = Browser::start(&fixtures, &cases);
    let said = browser.visit(&urls);

    let mut wrong = Vec::new();
    for (Case { label, reason, .. }, said) in cases.iter().zip(&said) {
        let same = in_the_browsers_words(reason).contains(&said.as_str());
        match DIFFERENCES.iter().find(|(of, ..)| of == label) {
            None if !same => wrong.push(format!("{label}: {reason}, and the browser says {said}")),
            Some(_) if same => wrong.push(format!("{label}: the browser does not differ")),
            Some((_, expected, why)) if expected != said => {
                wrong.push(format!(
                    "{label}: the browser says {said} and not {expected} ({why})"
                ));
            }
            _ => {}
        }
    }
    for (label, ..) in DIFFERENCES {
        let count = cases.iter().filter(|case| case.label == *label).count();
        if count != 1 {
            wrong.push(format!("{label}: {count} cases have this name"));
        }
    }
    println!(
        "figures: {} verdicts compared with Chromium's, {} differ, each for a reason given",
        cases.len(),
        DIFFERENCES.len()
    );
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
