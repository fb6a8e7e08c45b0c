//! Client ID, API key and the app's private key appear nowhere: not in what a call returns, whatever
//! ServerPilot answers, not in Debug output or panic messages, not in the lock folder, not in what other
//! processes can read of this one, and not in memory once the client is dropped.

mod setup;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use fake_serverpilot::{AppChange, Fault, Kind, PRIVATE_KEY_SENTINEL, SslChange, SslMode, Variant};
use serde_json::{Value, json};
use serverpilot::client::Client;
use serverpilot::config::Config;
use serverpilot::outcome::Report;
use serverpilot::secret::Secret;
use serverpilot::status::Status;
use setup::{
    API_KEY, APP, CLIENT_ID, FOREIGN, Settings, Setup, assert_silent, assert_status, forbidden,
    inconsistent, leaked_secret, shown, status_kind,
};

/// Every operation, writing ones also as a dry run.
fn everything(setup: &Setup, client: &Client, action: &str) -> Vec<(&'static str, Report)> {
    let site = json!({ "connect_to": setup.fake.site_address(), "timeout_ms": 2000 }).to_string();
    let commands = json!({"add": ["a.example.org"], "remove": ["b.example.org"]}).to_string();
    let picture = json!({"desired": ["b.example.org"], "owned": ["a.example.org"]}).to_string();
    let names = json!(["network.example.org", "other.example.org"]).to_string();
    let reports = [
        ("sync", client.sync_domain("new.example.org", 0)),
        ("sync, dry run", client.sync_domain("dry.example.org", 8)),
        ("remove", client.remove_domain("new.example.org", 0)),
        ("apply commands", client.apply(&commands)),
        ("apply a picture", client.apply(&picture)),
        ("enable", client.enable_autossl()),
        ("inspect", client.inspect_app()),
        ("action", client.action_status(action)),
        ("wait", client.wait_action(action, 300)),
        (
            "check",
            client.check_ssl("network.example.org", Some(&site)),
        ),
        ("check many", client.check_ssl_many(&names, Some(&site))),
        (
            "diagnose",
            client.diagnose("network.example.org", Some(&site)),
        ),
    ];
    reports
        .into_iter()
        .map(|(what, report)| (what, report.expect("a report")))
        .collect()
}

/// A setup whose answers contain every secret: a certificate is installed.
fn setup() -> Setup {
    let setup = Setup::with(&FOREIGN);
    setup.fake.set_app(AppChange {
        ssl: Some(Some(SslChange::Mode(SslMode::Auto))),
        ..AppChange::default()
    });
    setup
}

fn an_action(setup: &Setup) -> String {
    let report = setup.client().sync_domain("b.example.org", 4);
    report.expect("a report").action_id.expect("an action")
}

/// The secrets, in every form in which a careless service might echo them.
fn leaks() -> Vec<String> {
    let pair = setup::secrets()[2].1.clone();
    vec![
        CLIENT_ID.to_owned(),
        API_KEY.to_owned(),
        pair.clone(),
        format!("{pair}=="),
        format!("{CLIENT_ID}:{API_KEY}"),
        format!("xx{API_KEY}{CLIENT_ID}{API_KEY}xx"),
        PRIVATE_KEY.to_owned(),
    ]
}

/// As in `ssl.key`, on one line of JSON.
const PRIVATE_KEY: &str =
    r"-----BEGIN PRIVATE KEY-----\nSENTINEL-PRIVATE-KEY-0001\n-----END PRIVATE KEY-----";

#[test]
fn no_answer_makes_a_call_disclose_a_secret() {
    let everywhere = leaks().join(" ");
    let status = |code: u16, body: &str| {
        let headers = [
            ("retry-after", everywhere.as_str()),
            ("location", &format!("/v1/apps/{API_KEY}")),
            ("x-echo", &everywhere),
            ("set-cookie", &format!("key={API_KEY}")),
        ];
        status_kind(code, &headers, body)
    };
    let error = json!({"error": {"message": everywhere}}).to_string();
    let mut faults: Vec<(String, Option<Kind>)> = vec![("success".to_owned(), None)];
    for code in [
        301, 307, 400, 401, 402, 403, 404, 405, 409, 418, 422, 429, 500, 502, 503, 504,
    ] {
        faults.push((format!("echo {code}"), Some(Kind::EchoSecrets { code })));
        faults.push((format!("error {code}"), Some(status(code, &error))));
        faults.push((format!("text {code}"), Some(status(code, &everywhere))));
    }
    faults.push(("text 200".to_owned(), Some(status(200, &everywhere))));
    faults.push(("error 200".to_owned(), Some(status(200, &error))));
    // Placed where a message is truncated: all but the last letter of each secret would remain.
    for leak in leaks() {
        let text: String = serde_json::from_str(&format!("\"{leak}\"")).expect("a text");
        for left in [text.len() - 1, text.len() / 2 + 8] {
            let padding = "x".repeat(200 - left);
            let body = json!({"error": {"message": format!("{padding}{text}")}}).to_string();
            let name = format!("cut after {left} letters of {leak}");
            faults.push((name, Some(status(409, &body))));
        }
    }
    for leak in leaks() {
        // Each secret alone, in every field that a document repeats.
        let leak: Value = serde_json::from_str(&format!("\"{leak}\"")).expect("a text");
        let body = json!({
            "actionid": leak,
            "data": {
                "id": setup::APP_ID, "name": leak, "serverid": "DemoServer001", "runtime": leak,
                "domains": ["network.example.org", leak],
                "ssl": {"key": format!("{PRIVATE_KEY} {leak}"), "cert": leak, "cacerts": leak, "auto": true, "force": false},
                "autossl": {"available": true, "domains": [leak]},
                "lastaddress": leak, "lastconn": 1, "status": leak, "datecreated": 1,
            },
        });
        faults.push((
            format!("fields {leak}"),
            Some(status(200, &body.to_string())),
        ));
    }
    for (name, kind) in [
        ("garbage", Kind::Garbage),
        ("half the JSON", Kind::InvalidJson),
        ("invalid UTF-8", Kind::InvalidUtf8),
        ("closed", Kind::CloseAfterRequest),
        ("half", Kind::CloseDuringAnswer),
        ("reset", Kind::ResetDuringAnswer),
        ("truncated", Kind::Truncated),
        ("chunk error", Kind::ChunkError),
        ("two lengths", Kind::TwoLengths),
        ("2 MiB", Kind::BigBody { bytes: 2 << 20 }),
        ("plain HTTP", Kind::PlainHttp),
        ("another list", Kind::AnswerOtherList { domains: None }),
        (
            "reset at once",
            Kind::ResetBeforeRequest {
                after_handshake: true,
            },
        ),
        (
            "certificate",
            Kind::WrongCertificate {
                variant: Variant::SelfSigned,
            },
        ),
        ("hang", Kind::Hang),
        ("handshake hangs", Kind::HangHandshake),
    ] {
        faults.push((name.to_owned(), Some(kind)));
    }

    let setup = setup();
    let action = an_action(&setup);
    let (mut looked_at, mut failed) = (0, BTreeSet::new());
    for (name, kind) in &faults {
        setup.fake.clear_faults();
        let hangs = matches!(kind, Some(Kind::Hang | Kind::HangHandshake));
        if let Some(kind) = kind {
            setup.fake.fault(Fault::once(kind.clone()).forever());
        }
        let client = setup.client_with(|config| match hangs {
            true => config.set_timeouts(200, 200, 400),
            false => config.set_timeouts(3000, 4000, 8000),
        });
        for (operation, report) in everything(&setup, &client, &action) {
            let context = format!("{name}, {operation}");
            assert_silent(&shown(&report), &context);
            assert_eq!(
                inconsistent(&report),
                None,
                "{context}: {}",
                report.document
            );
            looked_at += 1;
            failed.insert(report.status.as_str());
        }
        assert_silent(&format!("{client:?} {client:#?}"), name);
    }
    // The test would be of little use if it met only a few statuses.
    for status in [
        "SP_OK",
        "SP_ERR_TIMEOUT",
        "SP_ERR_NETWORK",
        "SP_ERR_TLS",
        "SP_ERR_BAD_REQUEST",
        "SP_ERR_AUTH",
        "SP_ERR_PAYMENT_REQUIRED",
        "SP_ERR_FORBIDDEN",
        "SP_ERR_NOT_FOUND",
        "SP_ERR_CONFLICT",
        "SP_ERR_RATE_LIMITED",
        "SP_ERR_SERVER",
        "SP_ERR_PROTOCOL",
        "SP_ERR_NOT_APPLIED",
    ] {
        assert!(failed.contains(status), "{status} was never seen");
    }
    assert_eq!(forbidden(&setup.fake.requests()), [""; 0]);
    println!(
        "figures: {} answers, {looked_at} reports checked, with the statuses {failed:?}",
        faults.len()
    );
}

/// The service's reason for a refusal is worth repeating if it contains no secret.
#[test]
fn an_innocent_refusal_is_repeated() {
    let setup = setup();
    let body = json!({"error": {"message": "The app\nis   locked\u{0}."}}).to_string();
    setup.fake.fault(Fault::once(status_kind(403, &[], &body)));
    let report = setup.client().inspect_app().expect("a report");
    assert_status(&report, Status::SP_ERR_FORBIDDEN, "refused");
    assert!(
        report.message.contains("It says: The app is locked ."),
        "{}",
        report.message
    );
}

/// Keys of any spelling: also the forms in which JSON or Debug writes them are redacted.
#[test]
fn keys_of_every_spelling_are_cut_out() {
    for key in [
        r#"key"with\quotes&<SENTINEL>"#,
        "schlüssel-SENTINEL-ß",
        "key with blanks SENTINEL",
        "key:with:colons:SENTINEL",
        "k3y/SENTINEL+==",
        "SENTINEL",
    ] {
        let setup = setup();
        let client = setup.client_with(|config| {
            config.set_credentials("cid_other0001", key).expect("a key");
        });
        // A wrong key here, which the fake refuses and these faults echo.
        let report = client.inspect_app().expect("a report");
        assert_status(&report, Status::SP_ERR_AUTH, key);
        let name =
            json!({"data": {"id": setup::APP_ID, "name": format!("<{key}>"), "domains": [key]}});
        for (code, body) in [
            (200, name.to_string()),
            (
                409,
                json!({"error": {"message": format!("not {key}")}}).to_string(),
            ),
        ] {
            setup.fake.fault(Fault::once(status_kind(code, &[], &body)));
            let report = client.inspect_app().expect("a report");
            let text = shown(&report);
            assert!(!text.contains("SENTINEL"), "{key} {code}: {text}");
        }
    }
}

/// A key too short to be redacted everywhere: a message that contains it is not repeated at all.
#[test]
fn a_short_key_is_not_repeated() {
    let setup = setup();
    let client = setup.client_with(|config| {
        config.set_credentials("id7", "key7").expect("a key");
    });
    for said in ["not key7", "who is id7?", "key7", "xkey7x"] {
        let body = json!({"error": {"message": said}}).to_string();
        setup.fake.fault(Fault::once(status_kind(409, &[], &body)));
        let report = client.inspect_app().expect("a report");
        assert_eq!(report.status, Status::SP_ERR_CONFLICT);
        let text = shown(&report);
        assert!(!text.contains("key7") && !text.contains("id7"), "{text}");
    }
}

#[test]
fn a_proxy_sees_no_secret_and_its_refusal_is_not_repeated() {
    let refusing = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = refusing.local_addr().expect("an address");
    let served = std::thread::spawn(move || {
        // Refuses in its own words, which include the credentials it was given.
        let (mut peer, _) = refusing.accept().expect("a client");
        let mut request = Vec::new();
        let mut buffer = [0; 1024];
        while !request.ends_with(b"\r\n\r\n") {
            let read = peer.read(&mut buffer).expect("a request");
            assert!(read > 0, "a request");
            request.extend_from_slice(&buffer[..read]);
        }
        let request = String::from_utf8(request).expect("a request");
        let body = format!(
            "{{\"error\":{{\"message\":\"{}\"}}}}",
            request.replace("\r\n", " ")
        );
        let answer = format!(
            "HTTP/1.1 407 {API_KEY}\r\ncontent-length: {}\r\nx-echo: {CLIENT_ID}\r\n\r\n{body}",
            body.len()
        );
        peer.write_all(answer.as_bytes()).expect("answered");
        request
    });
    let setup = setup();
    let client = setup.client_with(|config| {
        let proxy = format!("http://proxyuser:proxy-SENTINEL-password@{address}/");
        config.set_proxy(&proxy).expect("a proxy");
    });
    assert_silent(&format!("{client:?} {client:#?}"), "Debug");
    let report = client.inspect_app().expect("a report");
    assert_ne!(report.status, Status::SP_OK);
    assert_silent(&shown(&report), "refused by the proxy");
    assert!(!shown(&report).contains("proxyuser"));
    // A connection through a proxy stays TLS: the proxy sees its target, not its contents.
    let seen = served.join().expect("a request");
    assert!(seen.starts_with("CONNECT "), "{seen}");
    for secret in [CLIENT_ID, API_KEY, APP] {
        assert!(!seen.contains(secret), "{seen}");
    }
    assert_eq!(setup.log(), [""; 0], "the way round the proxy");

    let report = client.inspect_app().expect("a report");
    assert_status(&report, Status::SP_ERR_NETWORK, "no proxy there");
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
        })
        .expect("a text")
}

#[test]
fn debug_output_and_panic_texts_show_no_secret() {
    let setup = setup();
    let mut config = setup.config();
    let proxy = "http://user:proxy-SENTINEL-password@127.0.0.1:9/";
    config.set_proxy(proxy).expect("a proxy");
    let credentials = config.credentials.clone().expect("credentials");
    let redactor = config.redactor();
    let client = Client::new(config.clone());
    let report = setup.client().inspect_app().expect("a report");
    let shown = [
        format!("{config:?} {config:#?}"),
        format!("{credentials:?} {credentials:#?}"),
        format!("{:?} {:#?}", credentials.api_key, credentials.client_id),
        format!("{redactor:?} {redactor:#?}"),
        format!("{client:?} {client:#?}"),
        format!("{report:?} {report:#?}"),
    ];
    for text in &shown {
        assert_silent(text, "Debug");
    }

    // A host's own bug that prints one of these.
    fn fail(what: impl std::fmt::Debug) {
        panic!("a mistake of the host's: {what:?}");
    }
    let panics: [&dyn Fn(); 6] = [
        &|| fail(&config),
        &|| fail(&client),
        &|| fail(&credentials),
        &|| fail(&redactor),
        &|| fail(&report),
        &|| fail(Secret::new(API_KEY)),
    ];
    for panic in panics {
        let payload = catch_unwind(AssertUnwindSafe(panic)).expect_err("a panic");
        let text = panic_text(&*payload);
        assert!(text.contains("a mistake of the host's"));
        assert_silent(&text, "panic");
    }
    // Refused settings are not repeated either: an error is a number.
    let mut config = Config::default();
    for refused in [
        config.set_credentials(&format!("{CLIENT_ID}:x"), API_KEY),
        config.set_base_url(&format!("https://{CLIENT_ID}:{API_KEY}@api.example.org/")),
        config.set_proxy(&format!("socks5://{API_KEY}@127.0.0.1")),
        config.set_ca_file(API_KEY),
        config.set_app_id(&format!("{API_KEY}/")),
    ] {
        assert_silent(&format!("{:?}", refused.expect_err("refused")), "refused");
    }
}

#[test]
fn the_lock_folder_identifies_nobody() {
    let setup = setup();
    let action = an_action(&setup);
    everything(&setup, &setup.client(), &action);
    let mut files = 0;
    for entry in std::fs::read_dir(setup.lock_dir.path()).expect("the folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("ASCII");
        assert!(
            leaked_secret(&name).is_none() && !name.contains(setup::APP_ID),
            "{name}"
        );
        let digest = name.strip_suffix(".lock").expect("a lock");
        assert!(digest.len() == 32 && digest.bytes().all(|digit| digit.is_ascii_hexdigit()));
        assert_eq!(std::fs::read(entry.path()).expect("the lock"), b"");
        assert_eq!(entry.metadata().expect("the lock").mode() & 0o7777, 0o600);
        files += 1;
    }
    assert_eq!(files, 1, "one app, one lock");
    // Another key of the same account means the same app; another account does not.
    let other_key = setup.client_with(|config| {
        config
            .set_credentials(CLIENT_ID, "another key")
            .expect("a key");
    });
    let other_account = setup.client_with(|config| {
        config
            .set_credentials("another id", API_KEY)
            .expect("an id");
    });
    for (client, locks) in [(other_key, 1), (other_account, 2)] {
        let report = client.sync_domain("new.example.org", 0).expect("a report");
        assert_eq!(report.status, Status::SP_ERR_AUTH);
        let entries = std::fs::read_dir(setup.lock_dir.path()).expect("the folder");
        assert_eq!(entries.count(), locks);
    }
}

/// What other processes, of the same user and partly of others, can read of this one.
fn visible() -> Vec<(&'static str, Vec<u8>)> {
    let read = |path| std::fs::read(path).expect(path);
    let variables: String = std::env::vars()
        .map(|(key, value)| format!("{key}={value}\n"))
        .collect();
    let place = std::env::current_dir().expect("a place");
    vec![
        ("environment at the start", read("/proc/self/environ")),
        ("environment", variables.into_bytes()),
        ("command line", read("/proc/self/cmdline")),
        ("name", read("/proc/self/comm")),
        (
            "working directory",
            place.display().to_string().into_bytes(),
        ),
        ("umask", umask().into_bytes()),
    ]
}

fn umask() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("the status");
    let line = status.lines().find(|line| line.starts_with("Umask:"));
    line.expect("a umask").to_owned()
}

#[test]
fn environment_and_command_line_do_not_change() {
    let before = visible();
    let setup = setup();
    let action = an_action(&setup);
    let client = setup.client();
    everything(&setup, &client, &action);
    setup
        .fake
        .fault(Fault::once(Kind::EchoSecrets { code: 400 }).forever());
    everything(&setup, &client, &action);
    for ((what, before), (_, after)) in before.iter().zip(visible()) {
        assert!(*before == after, "the {what} changed");
        assert_silent(&String::from_utf8_lossy(&after), what);
    }
    // Thread names are visible as well.
    for task in std::fs::read_dir("/proc/self/task").expect("the threads") {
        let path = task.expect("a thread").path().join("comm");
        // A thread may have ended in the meantime.
        let name = std::fs::read_to_string(path).unwrap_or_default();
        assert_silent(&name, "a thread's name");
    }
}

#[test]
fn requests_carry_what_they_need_and_no_more() {
    let setup = setup();
    let action = an_action(&setup);
    let client = setup.client_with(|config| {
        config.set_user_agent("WordPress/6.9").expect("a suffix");
    });
    // A service that sets cookies.
    let kind = status_kind(500, &[("set-cookie", "session=1; Path=/")], "json");
    setup.fake.fault(Fault::once(kind));
    everything(&setup, &client, &action);
    everything(&setup, &client, &action);
    let requests = setup.fake.requests();
    assert!(requests.len() > 20);
    for request in &requests {
        let names: Vec<&str> = request.header_names.iter().map(String::as_str).collect();
        let names: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        let mut expected = vec!["accept", "authorization", "host", "user-agent"];
        if request.method == "POST" {
            expected.extend(["content-length", "content-type"]);
        }
        let expected: BTreeSet<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(names, expected, "{} {}", request.method, request.path);
        assert_eq!(request.header_names.len(), names.len(), "one of each");
        assert!(request.authorized);
        let line = serde_json::to_string(request).expect("JSON");
        assert_silent(&line, "the log");
    }
    assert_eq!(forbidden(&requests), [""; 0]);
}

/// A text that this program's own memory never contains: it is stored with all bits inverted.
struct Needle(Vec<u8>);

impl Needle {
    fn new(text: &str) -> Needle {
        Needle(text.bytes().map(|byte| !byte).collect())
    }

    fn count_in(&self, bytes: &[u8]) -> usize {
        let first = !self.0[0];
        bytes
            .windows(self.0.len())
            .filter(|window| {
                window[0] == first && window.iter().zip(&self.0).all(|(a, b)| *a == !b)
            })
            .count()
    }
}

/// How often each needle occurs in this process's writable memory, except its stacks.
fn count_in_memory(needles: &[(&'static str, Needle)]) -> Vec<usize> {
    const PIECE: usize = 1 << 16;
    let maps = std::fs::read_to_string("/proc/self/maps").expect("the map");
    let memory = std::fs::File::open("/proc/self/mem").expect("the memory");
    let mut found = vec![0; needles.len()];
    let mut piece = vec![0; PIECE + 256];
    for line in maps.lines().filter(|line| line.contains(" rw-p ")) {
        if line.ends_with("[stack]") {
            continue;
        }
        let (from, to) = line
            .split_once(' ')
            .and_then(|(range, _)| range.split_once('-'))
            .expect("a range");
        let number = |text| u64::from_str_radix(text, 16).expect("an address");
        let (mut at, end) = (number(from), number(to));
        while at < end {
            let wanted =
                usize::try_from(end - at).map_or(piece.len(), |left| left.min(piece.len()));
            // A guard page, or one that is unmapped by now, contains nothing.
            let read = memory.read_at(&mut piece[..wanted], at).unwrap_or(0);
            for (count, (_, needle)) in found.iter_mut().zip(needles) {
                *count += needle.count_in(&piece[..read]);
            }
            // Wiped, so that later pieces do not contain what was only copied here.
            piece[..read].fill(0);
            at += PIECE as u64;
        }
    }
    found
}

#[test]
#[ignore = "a part of another test"]
fn memory_of_another_process() {
    let Some(settings) = Settings::from_environment() else {
        return;
    };
    let needles = [
        ("API key", Needle::new(API_KEY)),
        ("client id", Needle::new(CLIENT_ID)),
        (
            "pair",
            Needle::new(&std::env::var("PAIR").map_or_else(
                |_| String::from("never"),
                |turned| turned.chars().rev().collect(),
            )),
        ),
        ("private key", Needle::new(PRIVATE_KEY_SENTINEL)),
    ];
    let config = settings.config();
    let client = Client::new(config);
    for report in [
        client.sync_domain("new.example.org", 0),
        client.inspect_app(),
        client.remove_domain("new.example.org", 0),
        client.enable_autossl(),
    ] {
        assert_eq!(report.expect("a report").status, Status::SP_OK);
    }
    let alive = count_in_memory(&needles);
    drop(client);
    let after = count_in_memory(&needles);
    let names = needles.map(|(name, _)| name);
    println!("\ncounted {names:?}: with the client {alive:?}, without it {after:?}");
    assert!(alive[0] > 0 && alive[1] > 0, "the counting finds nothing");
    assert_eq!(after, [0; 4], "{names:?}");
}

/// In another process, because the fake's own copies are in this process's memory.
#[test]
fn keys_are_wiped_with_the_client() {
    let setup = setup();
    let pair = setup::secrets()[2].1.clone();
    let output = setup
        .another_process("memory_of_another_process")
        .env("PAIR", pair.chars().rev().collect::<String>())
        .output()
        .expect("another process");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    let counted = said.lines().find(|line| line.starts_with("counted"));
    println!(
        "figures: secrets in memory, {}",
        counted.expect("the figures")
    );
}
