//! Everything that can happen to an answer, wherever a call waits for one: a table of faults × scenarios
//! × once or for ever. No row may end late, misreport what was applied, damage the list, follow a
//! redirect or show a secret, and after each row the next call repairs everything.

mod setup;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use fake_serverpilot::{Claim, Fault, Kind, On, Variant};
use serde_json::json;
use serverpilot::client::Client;
use serverpilot::outcome::Report;
use serverpilot::status::Status;
use setup::{
    APP, FOREIGN, Setup, assert_status, damaged, eventually, forbidden, inconsistent, joined,
    leaked_secret, sent_lists, shown, status_kind, warned, words,
};

const OLD: &str = "old.example.org";
const NEW: &str = "new.example.org";

/// What a fault does to the request it hits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Effect {
    /// The answer is unusual but correct.
    Harmless,
    /// The service refuses; a write is not carried out.
    Refused,
    /// The service reports an error of its own; only the list shows whether a write was carried out.
    Broke,
    /// It is unknown what happened to the request.
    Lost,
    /// The request was never sent.
    NotSent,
}
use Effect::*;

/// Connect, request and total limit, in milliseconds.
type Limits = (u32, u32, u32);

/// For faults that end by themselves: far more than a busy machine needs.
const PATIENT: Limits = (10_000, 15_000, 20_000);
/// For faults that do not.
const SHORT: Limits = (1000, 1100, 3500);
/// For answers that take the fake itself some time.
const HUGE: Limits = (10_000, 50_000, 60_000);
/// In addition to the total: a busy machine may be late, a call that ignores its limits is later still.
const SLACK: Duration = Duration::from_secs(3);

#[derive(Clone, Debug)]
struct Row {
    label: String,
    /// None: connections are refused.
    kind: Option<Kind>,
    apply: Option<bool>,
    effect: Effect,
    /// Whether a call overcomes the fault if it happens once.
    overcome: bool,
    /// The statuses that a call may return if it did not overcome the fault.
    says: &'static [Status],
    /// The HTTP status that a failure reports.
    http: Option<u16>,
    /// `retry_after_ms` of a failure.
    advice: (u64, u64),
    limits: Limits,
    scenarios: &'static [Scenario],
}

/// What is called while the fault is active, and which request the fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scenario {
    InspectRead,
    InspectServer,
    Action,
    SyncRead,
    SyncList,
    RemoveList,
    ApplyList,
    SyncSsl,
    EnableSsl,
}
use Scenario::*;

const ALL: &[Scenario] = &[
    InspectRead,
    InspectServer,
    Action,
    SyncRead,
    SyncList,
    RemoveList,
    ApplyList,
    SyncSsl,
    EnableSsl,
];
const WRITES: &[Scenario] = &[SyncList, RemoveList, ApplyList, SyncSsl, EnableSsl];
const SOME: &[Scenario] = &[InspectRead, SyncRead, SyncList, EnableSsl];
const READS: &[Scenario] = &[InspectRead, SyncRead];

impl Scenario {
    fn hits(self) -> On {
        match self {
            InspectRead | SyncRead => On::Read,
            InspectServer => On::Server,
            Action => On::Action,
            SyncList | RemoveList | ApplyList => On::List,
            SyncSsl | EnableSsl => On::Ssl,
        }
    }

    /// The request before the one that is hit: if a fault hits connections, this request gets a
    /// separate, healthy one.
    fn before(self) -> Option<On> {
        match self {
            InspectRead | SyncRead | Action => None,
            InspectServer | SyncList | RemoveList | ApplyList | EnableSsl => Some(On::Read),
            SyncSsl => Some(On::List),
        }
    }

    /// The list that the scenario asks for.
    fn asks(self) -> Vec<String> {
        match self {
            SyncRead | SyncList | SyncSsl => joined(&FOREIGN, &[OLD, NEW]),
            RemoveList => joined(&FOREIGN, &[]),
            ApplyList => joined(&FOREIGN, &[NEW]),
            InspectRead | InspectServer | Action | EnableSsl => joined(&FOREIGN, &[OLD]),
        }
    }

    fn run(self, client: &Client, action: &str) -> Report {
        let report = match self {
            InspectRead | InspectServer => client.inspect_app(),
            Action => client.action_status(action),
            SyncRead | SyncList | SyncSsl => client.sync_domain(NEW, 0),
            RemoveList => client.remove_domain(OLD, 0),
            ApplyList => client.apply(&json!({"desired": [NEW], "owned": [OLD, NEW]}).to_string()),
            EnableSsl => client.enable_autossl(),
        };
        report.expect("a report, whatever the network does")
    }
}

fn row(
    label: impl Into<String>,
    kind: Kind,
    effect: Effect,
    overcome: bool,
    says: &'static [Status],
) -> Row {
    Row {
        label: label.into(),
        kind: Some(kind),
        apply: None,
        effect,
        overcome,
        says,
        http: None,
        advice: (0, 0),
        limits: PATIENT,
        scenarios: ALL,
    }
}

impl Row {
    fn limits(self, limits: Limits) -> Row {
        Row { limits, ..self }
    }

    fn http(self, status: u16) -> Row {
        Row {
            http: Some(status),
            ..self
        }
    }

    fn scenarios(self, scenarios: &'static [Scenario]) -> Row {
        Row { scenarios, ..self }
    }

    /// The same row with the write carried out, or not, although its answer is altered.
    fn applied(self, apply: bool) -> Row {
        Row {
            label: format!(
                "{}, {}",
                self.label,
                if apply { "applied" } else { "not applied" }
            ),
            apply: Some(apply),
            scenarios: WRITES,
            ..self
        }
    }
}

/// HTTP statuses and what calls make of them.
fn status_rows() -> Vec<Row> {
    const PROTOCOL: &[Status] = &[Status::SP_ERR_PROTOCOL];
    const BAD_REQUEST: &[Status] = &[Status::SP_ERR_BAD_REQUEST];
    const SERVER: &[Status] = &[Status::SP_ERR_SERVER];
    let meanings: [(u16, Effect, &'static [Status]); 24] = [
        (204, Lost, PROTOCOL),
        (301, Lost, PROTOCOL),
        (302, Lost, PROTOCOL),
        (303, Lost, PROTOCOL),
        (304, Lost, PROTOCOL),
        (307, Lost, PROTOCOL),
        (308, Lost, PROTOCOL),
        (400, Refused, BAD_REQUEST),
        (401, Refused, &[Status::SP_ERR_AUTH]),
        (402, Refused, &[Status::SP_ERR_PAYMENT_REQUIRED]),
        (403, Refused, &[Status::SP_ERR_FORBIDDEN]),
        (404, Refused, &[Status::SP_ERR_NOT_FOUND]),
        (405, Refused, BAD_REQUEST),
        (406, Refused, BAD_REQUEST),
        (407, Refused, BAD_REQUEST),
        (408, Refused, BAD_REQUEST),
        (409, Refused, &[Status::SP_ERR_CONFLICT]),
        (418, Refused, BAD_REQUEST),
        (429, Refused, &[Status::SP_ERR_RATE_LIMITED]),
        (500, Broke, SERVER),
        (501, Lost, SERVER),
        (502, Lost, SERVER),
        (503, Lost, SERVER),
        (504, Lost, SERVER),
    ];
    let mut rows = Vec::new();
    for (code, effect, says) in meanings {
        // A client that follows the redirect would return to the fake, whose log would show it.
        let location = [("location", "/v1/apps/Elsewhere0001")];
        let headers: &[(&str, &str)] = if (300..400).contains(&code) {
            &location
        } else {
            &[]
        };
        for body in ["json", "html", "empty"] {
            rows.push(
                row(
                    format!("{code} {body}"),
                    status_kind(code, headers, body),
                    effect,
                    false,
                    says,
                )
                .http(code),
            );
        }
        // Only a 4xx is a refusal; with any other status the request may have been carried out.
        if effect != Refused {
            for body in ["json", "empty"] {
                let kind = status_kind(code, headers, body);
                rows.push(
                    row(format!("{code} {body}"), kind, effect, false, says)
                        .http(code)
                        .applied(true),
                );
            }
        }
    }
    rows
}

/// `Retry-After` in every spelling.
fn retry_after_rows() -> Vec<Row> {
    const RATE_LIMITED: &[Status] = &[Status::SP_ERR_RATE_LIMITED];
    const SERVER: &[Status] = &[Status::SP_ERR_SERVER];
    let date =
        |seconds: u64| httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds));
    let past = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777));
    // A date has no fractions of a second, and time passes until the rows run.
    let values: [(String, bool, (u64, u64)); 10] = [
        ("0".into(), true, (0, 0)),
        ("1".into(), true, (1000, 1000)),
        ("60".into(), false, (60_000, 60_000)),
        ("3600".into(), false, (3_600_000, 3_600_000)),
        (
            "99999999999999999999".into(),
            false,
            (86_400_000, 86_400_000),
        ),
        (date(3600), false, (2_400_000, 3_600_000)),
        (past, false, (0, 0)),
        ("-1".into(), false, (0, 0)),
        ("soon".into(), false, (0, 0)),
        (String::new(), false, (0, 0)),
    ];
    let mut rows = Vec::new();
    for (value, overcome, advice) in values {
        for (code, effect, says) in [(429, Refused, RATE_LIMITED), (503, Lost, SERVER)] {
            let kind = status_kind(code, &[("retry-after", &value)], "json");
            let row = row(
                format!("{code} Retry-After {value:?}"),
                kind,
                effect,
                overcome,
                says,
            )
            .http(code);
            let waits = advice.0 == 1000;
            rows.push(Row {
                advice,
                limits: if waits { (2000, 2000, 2500) } else { PATIENT },
                scenarios: if waits { SOME } else { ALL },
                ..row
            });
        }
    }
    rows
}

/// Connections that fail.
fn connection_rows() -> Vec<Row> {
    const NETWORK: &[Status] = &[Status::SP_ERR_NETWORK];
    const TLS: &[Status] = &[Status::SP_ERR_TLS];
    let mut rows = vec![
        Row {
            kind: None,
            scenarios: READS,
            ..row("refused", Kind::Hang, NotSent, true, NETWORK)
        },
        row(
            "reset before TLS",
            Kind::ResetBeforeRequest {
                after_handshake: false,
            },
            NotSent,
            true,
            NETWORK,
        ),
        row(
            "closed before TLS",
            Kind::CloseBeforeRequest {
                after_handshake: false,
            },
            NotSent,
            true,
            NETWORK,
        ),
        row(
            "reset before the request",
            Kind::ResetBeforeRequest {
                after_handshake: true,
            },
            Lost,
            true,
            NETWORK,
        ),
        row(
            "closed before the request",
            Kind::CloseBeforeRequest {
                after_handshake: true,
            },
            Lost,
            true,
            NETWORK,
        ),
        row(
            "handshake hangs",
            Kind::HangHandshake,
            NotSent,
            false,
            &[Status::SP_ERR_TIMEOUT],
        )
        .limits(SHORT),
        row("plain HTTP", Kind::PlainHttp, NotSent, false, TLS),
    ];
    for variant in [
        Variant::Expired,
        Variant::NotYetValid,
        Variant::SelfSigned,
        Variant::WrongName,
        Variant::UnknownCa,
        Variant::IncompleteChain,
    ] {
        rows.push(row(
            format!("certificate: {variant:?}"),
            Kind::WrongCertificate { variant },
            NotSent,
            false,
            TLS,
        ));
    }
    rows
}

/// Answers that are missing, incomplete or something else.
fn answer_rows() -> Vec<Row> {
    const NETWORK: &[Status] = &[Status::SP_ERR_NETWORK];
    const PROTOCOL: &[Status] = &[Status::SP_ERR_PROTOCOL];
    const TIMEOUT: &[Status] = &[Status::SP_ERR_TIMEOUT];
    let spoilt = [
        row(
            "reset after the request",
            Kind::ResetAfterRequest,
            Lost,
            true,
            NETWORK,
        ),
        row(
            "closed after the request",
            Kind::CloseAfterRequest,
            Lost,
            true,
            NETWORK,
        ),
        row("hang", Kind::Hang, Lost, false, TIMEOUT).limits(SHORT),
        row(
            "closed during the answer",
            Kind::CloseDuringAnswer,
            Lost,
            true,
            NETWORK,
        ),
        row(
            "reset during the answer",
            Kind::ResetDuringAnswer,
            Lost,
            true,
            NETWORK,
        ),
        row("truncated", Kind::Truncated, Lost, true, NETWORK),
        row("chunk error", Kind::ChunkError, Lost, false, PROTOCOL),
        row("two lengths", Kind::TwoLengths, Lost, false, PROTOCOL),
        row("garbage", Kind::Garbage, Lost, false, PROTOCOL),
        row("drip", Kind::Drip { interval_ms: 40 }, Lost, false, TIMEOUT).limits(SHORT),
        row("endless body", Kind::EndlessBody, Lost, false, PROTOCOL),
        row(
            "2 MiB",
            Kind::BigBody { bytes: 2 << 20 },
            Lost,
            false,
            PROTOCOL,
        ),
        row(
            "gzip bomb",
            Kind::GzipBomb { bytes: 2 << 20 },
            Lost,
            false,
            PROTOCOL,
        ),
        row("half the JSON", Kind::InvalidJson, Lost, false, PROTOCOL),
        row("invalid UTF-8", Kind::InvalidUtf8, Lost, false, PROTOCOL),
    ];
    let mut rows = Vec::new();
    for spoilt in spoilt {
        rows.push(spoilt.clone().applied(true));
        rows.push(spoilt.clone().applied(false));
        rows.push(spoilt.scenarios(&[InspectRead, InspectServer, Action, SyncRead]));
    }
    rows.push(
        row(
            "64 MiB",
            Kind::BigBody { bytes: 64 << 20 },
            Lost,
            false,
            PROTOCOL,
        )
        .limits(HUGE)
        .scenarios(&[InspectRead, SyncRead]),
    );
    rows.push(
        row(
            "64 MiB gzip bomb",
            Kind::GzipBomb { bytes: 64 << 20 },
            Lost,
            false,
            PROTOCOL,
        )
        .limits(HUGE)
        .scenarios(READS),
    );
    // The head arrives in time, the rest does not.
    let slow_body = row(
        "drip in the body",
        Kind::Drip { interval_ms: 3 },
        Lost,
        false,
        TIMEOUT,
    );
    rows.push(slow_body.limits(SHORT).scenarios(SOME));
    // A success with an unexpected body.
    for body in [
        "null",
        "[]",
        "{}",
        "7",
        r#""ok""#,
        r#"{"data":null}"#,
        r#"{"data":"ok"}"#,
        r#"{"data":{}}"#,
        r#"{"data":{"domains":{"0":"network.example.org"}}}"#,
        r#"{"data":{"domains":"network.example.org"}}"#,
        r#"{"data":{"domains":["network.example.org",7]}}"#,
        r#"{"error":{"message":"no"}}"#,
        "html",
        "empty",
    ] {
        let strange = row(
            format!("200 {body}"),
            status_kind(200, &[], body),
            Lost,
            false,
            PROTOCOL,
        );
        rows.push(strange.clone().scenarios(READS));
        rows.push(strange.clone().applied(true));
        rows.push(strange.applied(false));
    }
    // The details of another app, which may show exactly the list that was sent.
    for domains in [
        joined(&["theirs.example.net"], &[]),
        joined(&FOREIGN, &[OLD, NEW]),
        joined(&FOREIGN, &[NEW]),
    ] {
        let body = json!({"data": {"id": "Another0001", "domains": domains}}).to_string();
        let other = row(
            format!("another app with {}", domains.len()),
            status_kind(200, &[], &body),
            Lost,
            false,
            PROTOCOL,
        )
        .http(200);
        rows.push(other.clone().scenarios(READS));
        rows.push(other.clone().applied(true));
        rows.push(other.applied(false));
    }
    rows
}

/// Unusual but correct answers.
fn harmless_rows() -> Vec<Row> {
    vec![
        row("as text/html", Kind::WrongContentType, Harmless, true, &[]),
        row(
            "512 KiB",
            Kind::BigBody { bytes: 512 << 10 },
            Harmless,
            true,
            &[],
        ),
        row("slow", Kind::Latency { ms: 60 }, Harmless, true, &[]),
        row(
            "byte by byte",
            Kind::Drip { interval_ms: 0 },
            Harmless,
            true,
            &[],
        ),
        row(
            "closed when idle",
            Kind::CloseIdle { after_ms: 0 },
            Harmless,
            true,
            &[],
        ),
    ]
}

/// A service that echoes every secret in its refusal.
fn echo_rows() -> Vec<Row> {
    [
        (400, Refused, &[Status::SP_ERR_BAD_REQUEST] as &[Status]),
        (401, Refused, &[Status::SP_ERR_AUTH]),
        (403, Refused, &[Status::SP_ERR_FORBIDDEN]),
        (409, Refused, &[Status::SP_ERR_CONFLICT]),
        (429, Refused, &[Status::SP_ERR_RATE_LIMITED]),
        (500, Broke, &[Status::SP_ERR_SERVER]),
    ]
    .into_iter()
    .map(|(code, effect, says)| {
        let kind = Kind::EchoSecrets { code };
        row(format!("secrets in a {code}"), kind, effect, false, says).http(code)
    })
    .collect()
}

/// What went wrong in one row.
struct Failures(Vec<String>);

impl Failures {
    fn unless(&mut self, right: bool, what: impl FnOnce() -> String) {
        if !right {
            self.0.push(what());
        }
    }
}

#[derive(Default)]
struct Figures {
    calls: AtomicUsize,
    requests: AtomicUsize,
    answers: Mutex<BTreeMap<&'static str, usize>>,
}

impl Figures {
    /// Counts one call with its faults, and the one after it that repairs everything.
    fn count(&self, report: &Report) {
        self.calls.fetch_add(2, Ordering::Relaxed);
        let mut answers = self.answers.lock().expect("figures");
        *answers.entry(report.status.as_str()).or_default() += 1;
    }
}

/// Prepares the setup for a scenario: the list, and what the scenario needs to reach the request that
/// the fault hits. Returns the ID of an action.
fn prepare(setup: &Setup, scenario: Scenario) -> String {
    setup.fake.reset();
    if scenario.hits() == On::Ssl {
        setup.certificate_ready();
    }
    let mut action = String::new();
    if scenario == Action {
        let client = setup.client();
        for report in [client.sync_domain(NEW, 2), client.remove_domain(NEW, 2)] {
            action = report.expect("a report").action_id.expect("an action");
        }
        setup.fake.clear_requests();
    }
    action
}

fn arm(setup: &Setup, row: &Row, scenario: Scenario, forever: bool) {
    let Some(kind) = &row.kind else {
        setup.fake.set_listening(false);
        return;
    };
    let mut fault = Fault::once(kind.clone());
    fault.apply = row.apply;
    if kind.hits_connections() {
        if let Some(before) = scenario.before() {
            setup
                .fake
                .fault(Fault::once(Kind::CloseIdle { after_ms: 0 }).on(before));
            fault = fault.skip(1);
        }
    } else {
        fault = fault.on(scenario.hits());
    }
    setup
        .fake
        .fault(if forever { fault.forever() } else { fault });
}

/// Runs one row in one scenario; returns what went wrong.
fn run_row(
    setup: &Setup,
    row: &Row,
    scenario: Scenario,
    forever: bool,
    figures: &Figures,
) -> Vec<String> {
    let mut failures = Failures(Vec::new());
    let action = prepare(setup, scenario);
    let client = setup.client_with(|config| {
        let (connect, request, total) = row.limits;
        config.set_timeouts(connect, request, total);
    });
    let before = setup.sorted();
    arm(setup, row, scenario, forever);

    let started = Instant::now();
    let report = scenario.run(&client, &action);
    let took = started.elapsed();
    figures.count(&report);

    let requests = setup.fake.requests();
    let document = &report.document;
    let total = Duration::from_millis(row.limits.2.into());
    failures.unless(took <= total + SLACK, || format!("took {took:?}"));
    failures.unless(inconsistent(&report).is_none(), || {
        format!("document: {:?}", inconsistent(&report))
    });
    failures.unless(leaked_secret(&shown(&report)).is_none(), || {
        "discloses a secret".into()
    });
    check_status(&mut failures, row, scenario, forever, &report);
    check_document(&mut failures, scenario, &report, &before, setup);
    check_applied(&mut failures, row, scenario, &report, setup);
    check_requests(&mut failures, row, &report, &requests);

    check_recovery(&mut failures, setup, &client, scenario, &action, figures);

    let times = if forever { "for ever" } else { "once" };
    let context = format!("{} / {scenario:?} / {times}", row.label);
    failures
        .0
        .into_iter()
        .map(|failure| format!("{context}: {failure}; {document}"))
        .collect()
}

/// Without the fault the next call repairs everything, and nothing that was sent could do harm.
fn check_recovery(
    failures: &mut Failures,
    setup: &Setup,
    client: &Client,
    scenario: Scenario,
    action: &str,
    figures: &Figures,
) {
    setup.fake.clear_faults();
    setup.fake.set_listening(true);
    let next = scenario.run(client, action);
    failures.unless(next.status == Status::SP_OK, || {
        format!("no recovery: {}", next.document)
    });
    failures.unless(setup.sorted() == scenario.asks(), || {
        format!("the list is {:?} in the end", setup.fake.domains())
    });
    if scenario.hits() == On::Ssl {
        failures.unless(setup.fake.state().app.ssl.is_some(), || {
            "AutoSSL is not on in the end".into()
        });
    }
    let requests = setup.fake.requests();
    figures
        .requests
        .fetch_add(requests.len(), Ordering::Relaxed);
    let calls = forbidden(&requests);
    failures.unless(calls.is_empty(), || format!("forbidden: {calls:?}"));
    for sent in sent_lists(&requests) {
        let damage = damaged(&sent, &FOREIGN);
        failures.unless(damage.is_none(), || format!("sent {damage:?}"));
    }
    let damage = damaged(&setup.fake.domains(), &FOREIGN);
    failures.unless(damage.is_none(), || format!("stored {damage:?}"));
}

/// Whether the write that the fault hits is carried out.
fn carried_out(row: &Row) -> bool {
    let applies = |kind: &Kind| {
        let mut fault = Fault::once(kind.clone());
        fault.apply = row.apply;
        !kind.hits_connections() && fault.applies()
    };
    row.kind.as_ref().is_some_and(applies)
}

/// Whether the request that the fault hits is a write.
fn is_write(scenario: Scenario) -> bool {
    matches!(scenario.hits(), On::List | On::Ssl)
}

/// The client may notice only after sending a write that its previous connection is closed: then that
/// is the fault, and the row's fault comes in addition.
fn is_race(row: &Row, scenario: Scenario) -> bool {
    let connection = row.kind.as_ref().is_some_and(Kind::hits_connections);
    connection && scenario.before().is_some()
}

fn check_status(
    failures: &mut Failures,
    row: &Row,
    scenario: Scenario,
    forever: bool,
    report: &Report,
) {
    let status = report.status;
    let document = &report.document;
    let arrives = is_write(scenario) && row.effect != Refused && carried_out(row);
    let overcome = row.effect == Harmless || arrives || (row.overcome && !forever);
    let race = is_race(row, scenario);
    let permitted = match scenario {
        // The scenario's own subject is right, whatever happens there.
        InspectServer | SyncSsl => status == Status::SP_OK,
        _ if race && forever => row.says.contains(&status) || status == Status::SP_ERR_NETWORK,
        _ if race => {
            row.says.contains(&status) || [Status::SP_ERR_NETWORK, Status::SP_OK].contains(&status)
        }
        _ if overcome => status == Status::SP_OK,
        _ => row.says.contains(&status),
    };
    failures.unless(permitted, || format!("says {}", status.as_str()));
    match scenario {
        InspectServer if !race => {
            failures.unless(
                warned(report, "server_unknown") != overcome
                    && document["server"]["address"].is_null() != overcome,
                || "unclear about the server".into(),
            );
        }
        SyncSsl if !race => {
            let state = if overcome { "enabled" } else { "failed" };
            failures.unless(document["autossl"]["state"] == state, || {
                format!("AutoSSL is not {state}")
            });
            failures.unless(warned(report, "autossl_failed") != overcome, || {
                "unclear about AutoSSL".into()
            });
        }
        _ => {}
    }
    if status == Status::SP_OK {
        failures.unless(!report.retryable && report.retry_after_ms == 0, || {
            "advice with a success".into()
        });
        return;
    }
    let certificate = matches!(row.kind, Some(Kind::WrongCertificate { .. }));
    let passes = status.retryable() || (status == Status::SP_ERR_TLS && !certificate);
    failures.unless(report.retryable == passes, || {
        format!("retryable: {}", report.retryable)
    });
    let (least, most) = row.advice;
    failures.unless((least..=most).contains(&report.retry_after_ms), || {
        format!("retry_after_ms: {}", report.retry_after_ms)
    });
    if let Some(http) = row.http {
        failures.unless(report.http_status == http, || {
            format!("http_status: {}", report.http_status)
        });
    }
}

/// Checks that what the document says about the app is true.
fn check_document(
    failures: &mut Failures,
    scenario: Scenario,
    report: &Report,
    before: &[String],
    setup: &Setup,
) {
    let document = &report.document;
    let list = setup.sorted();
    let done = setup
        .fake
        .requests()
        .iter()
        .any(|request| request.applied && request.method == "POST" && request.path == APP);
    let denied = document.to_string().contains("Nothing was changed");
    failures.unless(!denied || (list == before && !done), || {
        "\"Nothing was changed\" is false".into()
    });
    let on = setup.fake.state().app.ssl.is_some();
    // "failed" although AutoSSL is on is possible only if the app could not be read again.
    let said = document["autossl"]["state"] == "enabled";
    failures.unless(on || !said, || "AutoSSL is not on".into());
    if scenario == EnableSsl {
        let changed = document["changed"] == true;
        failures.unless(changed == said, || "changed is wrong".into());
    }
    if !matches!(
        scenario,
        SyncRead | SyncList | RemoveList | ApplyList | SyncSsl
    ) {
        failures.unless(list == before && !done, || "the list changed".into());
        return;
    }
    let asked = scenario.asks();
    let applied = document["applied"].as_str().unwrap_or_default();
    match applied {
        "yes" => failures.unless(list == asked, || "applied: yes is false".into()),
        "no" => failures.unless(list == before && !done, || "applied: no is false".into()),
        "unknown" => failures.unless(report.status != Status::SP_OK, || {
            "a success with applied: unknown".into()
        }),
        _ => failures.0.push("applied has no valid value".into()),
    }
    failures.unless(
        (report.status == Status::SP_OK) == (applied == "yes"),
        || format!("{} and applied: {applied}", report.status.as_str()),
    );
    failures.unless(document["changed"] == (applied == "yes"), || {
        "changed is wrong".into()
    });
    let news: (&[&str], &[&str]) = match (applied, scenario) {
        ("yes", RemoveList) => (&[], &[OLD]),
        ("yes", ApplyList) => (&[NEW], &[OLD]),
        ("yes", _) => (&[NEW], &[]),
        _ => (&[], &[]),
    };
    failures.unless(
        words(&document["added"]) == news.0 && words(&document["removed"]) == news.1,
        || "added or removed is wrong".into(),
    );
}

/// Checks that `applied` says what can be known after the fault.
fn check_applied(
    failures: &mut Failures,
    row: &Row,
    scenario: Scenario,
    report: &Report,
    setup: &Setup,
) {
    if matches!(scenario, SyncSsl | EnableSsl) {
        let said = report.document["autossl"]["state"] == "enabled";
        let on = setup.fake.state().app.ssl.is_some();
        failures.unless(said == on, || format!("AutoSSL is on: {on}"));
    }
    let Some(applied) = report.document["applied"].as_str() else {
        return;
    };
    let expected: &[&str] = match (report.status, row.effect, scenario.hits()) {
        (Status::SP_OK, ..) => &["yes"],
        // Nothing is sent before the list is read.
        (_, _, On::Read) => &["no"],
        (_, NotSent | Lost, _) if is_race(row, scenario) => &["no", "unknown"],
        (_, Refused | Broke | NotSent, _) => &["no"],
        _ => &["unknown"],
    };
    failures.unless(expected.contains(&applied), || {
        format!("applied: {applied}")
    });
}

fn check_requests(
    failures: &mut Failures,
    row: &Row,
    report: &Report,
    requests: &[fake_serverpilot::LoggedRequest],
) {
    failures.unless(requests.len() <= 12, || {
        format!("{} requests", requests.len())
    });
    // A write on a connection that had just been closed was sent but never received.
    let seen_all = row
        .kind
        .as_ref()
        .is_some_and(|kind| !kind.hits_connections() && !matches!(kind, Kind::CloseIdle { .. }));
    if seen_all {
        failures.unless(report.document["requests"] == requests.len(), || {
            format!("{} requests seen", requests.len())
        });
    }
}

#[test]
fn every_fault_at_every_place() {
    let rows: Vec<Row> = [
        status_rows(),
        retry_after_rows(),
        connection_rows(),
        answer_rows(),
        harmless_rows(),
        echo_rows(),
    ]
    .concat();
    let mut plays: Vec<(&Row, Scenario, bool)> = Vec::new();
    for row in &rows {
        for scenario in row.scenarios {
            // Connections cannot be refused only once.
            for forever in [true, false] {
                if forever || row.kind.is_some() {
                    plays.push((row, *scenario, forever));
                }
            }
        }
    }
    // The long rows first, so that the last of them does not run alone at the end.
    plays.sort_by_key(|(row, ..)| std::cmp::Reverse((row.limits != PATIENT, row.limits.2)));

    let started = Instant::now();
    let figures = Figures::default();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                let setup = setup();
                while let Some((row, scenario, forever)) =
                    plays.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let found = run_row(&setup, row, *scenario, *forever, &figures);
                    failures.lock().expect("failures").extend(found);
                }
            });
        }
    });
    println!(
        "figures: {} faults, {} rows tried, {} calls made, {} requests seen by the fake, {:.1} s",
        rows.len(),
        plays.len(),
        figures.calls.load(Ordering::Relaxed),
        figures.requests.load(Ordering::Relaxed),
        started.elapsed().as_secs_f32()
    );
    println!(
        "figures: the calls said {:?}",
        figures.answers.lock().expect("figures")
    );
    let failures = failures.into_inner().expect("failures");
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// A setup with the list that this file's scenarios need.
fn setup() -> Setup {
    Setup::with(&[&FOREIGN as &[&str], &[OLD]].concat())
}

/// Pseudo-random numbers that are the same in every run (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
        usize::try_from(x % limit as u64).expect("a small number")
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

/// Any fault that ends by itself and whose answer is not false.
fn any_fault(random: &mut Random) -> Fault {
    let codes = [
        204, 301, 303, 400, 401, 403, 404, 408, 409, 429, 500, 500, 502, 503, 503, 504,
    ];
    let code = random.pick(&codes);
    let after_handshake = random.below(2) == 0;
    let kind = match random.below(22) {
        0..=3 => {
            let body = random.pick(&["json", "html", "empty"]);
            let headers: &[(&str, &str)] = match random.below(3) {
                0 => &[],
                1 => &[("retry-after", "0"), ("location", "/v1/apps")],
                _ => &[("retry-after", "nonsense")],
            };
            status_kind(code, headers, body)
        }
        4 => Kind::ResetBeforeRequest { after_handshake },
        5 => Kind::CloseBeforeRequest { after_handshake },
        6 => Kind::PlainHttp,
        7 => Kind::WrongCertificate {
            variant: Variant::UnknownCa,
        },
        8 => Kind::ResetAfterRequest,
        9 => Kind::CloseAfterRequest,
        10 => Kind::CloseDuringAnswer,
        11 => Kind::ResetDuringAnswer,
        12 => Kind::Truncated,
        13 => Kind::ChunkError,
        14 => Kind::TwoLengths,
        15 => Kind::Garbage,
        16 => Kind::BigBody { bytes: 2 << 20 },
        17 => Kind::InvalidJson,
        18 => Kind::InvalidUtf8,
        19 => Kind::WrongContentType,
        20 => Kind::CloseIdle {
            after_ms: random.pick(&[0, 1, 4]),
        },
        _ => Kind::EchoSecrets { code: 500 },
    };
    // The answers of these kinds are true only if the write is carried out, or refused.
    let honest = matches!(
        kind,
        Kind::WrongContentType
            | Kind::CloseIdle { .. }
            | Kind::Status {
                code: 400..=499,
                ..
            }
    );
    let mut fault = Fault::once(kind)
        .on(random.pick(&[On::Any, On::Read, On::List, On::List, On::Ssl]))
        .skip(random.pick(&[0, 0, 0, 1, 2]));
    fault.times = random.pick(&[Some(1), Some(1), Some(2), Some(4), None]);
    fault.apply = match random.below(3) {
        _ if honest => None,
        0 => None,
        1 => Some(true),
        _ => Some(false),
    };
    fault
}

#[test]
fn any_faults_together() {
    const ROUNDS: usize = 1200;
    let figures = Figures::default();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let setup = setup();
                loop {
                    let round = next.fetch_add(1, Ordering::Relaxed);
                    if round >= ROUNDS {
                        return;
                    }
                    let found = run_combination(&setup, round, &figures);
                    failures.lock().expect("failures").extend(found);
                }
            });
        }
    });
    println!(
        "figures: {ROUNDS} combinations of faults tried, {} calls made, {} requests seen by the fake",
        figures.calls.load(Ordering::Relaxed),
        figures.requests.load(Ordering::Relaxed),
    );
    println!(
        "figures: the calls said {:?}",
        figures.answers.lock().expect("figures")
    );
    let failures = failures.into_inner().expect("failures");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn run_combination(setup: &Setup, round: usize, figures: &Figures) -> Vec<String> {
    let mut random = Random(round as u64);
    let scenario = random.pick(&[SyncList, RemoveList, ApplyList, SyncSsl, EnableSsl]);
    let faults: Vec<Fault> = (0..=random.below(4))
        .map(|_| any_fault(&mut random))
        .collect();
    let mut failures = Failures(Vec::new());
    let action = prepare(setup, scenario);
    let client = setup.client_with(|config| {
        config.set_timeouts(PATIENT.0, PATIENT.1, PATIENT.2);
    });
    let before = setup.sorted();
    for fault in &faults {
        setup.fake.fault(fault.clone());
    }
    let started = Instant::now();
    let report = scenario.run(&client, &action);
    let took = started.elapsed();
    figures.count(&report);
    let most = Duration::from_millis(PATIENT.2.into()) + SLACK;
    failures.unless(took <= most, || format!("took {took:?}"));
    failures.unless(inconsistent(&report).is_none(), || {
        format!("document: {:?}", inconsistent(&report))
    });
    failures.unless(leaked_secret(&shown(&report)).is_none(), || {
        "tells a secret".into()
    });
    check_document(&mut failures, scenario, &report, &before, setup);
    check_recovery(&mut failures, setup, &client, scenario, &action, figures);
    failures
        .0
        .into_iter()
        .map(|failure| {
            format!(
                "round {round}, {scenario:?}: {failure}; {faults:?}; {}",
                report.document
            )
        })
        .collect()
}

#[test]
fn the_total_limit_ends_every_wait() {
    const TOTAL: u32 = 800;
    let most = Duration::from_millis(TOTAL.into()) + SLACK;
    let busy = |seconds| status_kind(503, &[("retry-after", seconds)], "json");
    let waits = [
        ("connection hangs", Fault::once(Kind::HangHandshake)),
        ("read hangs", Fault::once(Kind::Hang).on(On::Read)),
        ("write hangs", Fault::once(Kind::Hang).on(On::List)),
        ("AutoSSL hangs", Fault::once(Kind::Hang).on(On::Ssl)),
        ("drip", Fault::once(Kind::Drip { interval_ms: 30 })),
        ("asked to wait", Fault::once(busy("1"))),
        ("asked to come again at once", Fault::once(busy("0"))),
        ("asked to wait for long", Fault::once(busy("5"))),
    ];
    std::thread::scope(|scope| {
        for (what, fault) in &waits {
            scope.spawn(move || {
                for scenario in [SyncSsl, ApplyList, EnableSsl, InspectRead] {
                    let setup = setup();
                    let action = prepare(&setup, SyncSsl);
                    setup.fake.fault(fault.clone().forever());
                    setup
                        .fake
                        .change_settings(|settings| settings.latency_ms = 100);
                    // Only the total limit is short: the others would allow a minute.
                    let client =
                        setup.client_with(|config| config.set_timeouts(60_000, 60_000, TOTAL));
                    let started = Instant::now();
                    let report = scenario.run(&client, &action);
                    let took = started.elapsed();
                    assert!(took <= most, "{what}, {scenario:?}: {took:?}");
                    setup::assert_consistent(&report, what);
                }
            });
        }
    });

    // Another process holds the app's lock. Its file exists after a first call.
    let setup = setup();
    let report = setup.client().sync_domain(OLD, 4).expect("a report");
    assert_status(&report, Status::SP_OK, "a first call");
    let mut entries = std::fs::read_dir(setup.lock_dir.path()).expect("the folder");
    let path = entries.next().expect("a lock").expect("an entry").path();
    let held = std::fs::File::open(path).expect("the lock");
    held.lock().expect("the lock, held");
    setup.fake.clear_requests();
    let client = setup.client_with(|config| config.set_timeouts(60_000, 60_000, TOTAL));
    for scenario in [SyncList, RemoveList, ApplyList, EnableSsl] {
        let started = Instant::now();
        let report = scenario.run(&client, "");
        assert!(started.elapsed() <= most, "{scenario:?}");
        assert_status(&report, Status::SP_ERR_LOCK_TIMEOUT, "held");
        assert!(report.retryable);
    }
    assert_eq!(setup.log(), [""; 0]);
    drop(held);
    let report = client.sync_domain(NEW, 4).expect("a report");
    assert_status(&report, Status::SP_OK, "released");

    // A wait for an action ends at its own limit, or the call's.
    let action = prepare(&setup, Action);
    for fault in [None, Some(Fault::once(Kind::Hang).forever())] {
        if let Some(fault) = fault {
            setup.fake.fault(fault);
        }
        let started = Instant::now();
        let report = client.wait_action(&action, 60_000).expect("a report");
        assert!(started.elapsed() <= most);
        assert_status(&report, Status::SP_ERR_TIMEOUT, "wait");
    }
}

#[test]
fn the_network_goes_away_between_the_read_and_the_write() {
    let setup = setup();
    setup
        .fake
        .change_settings(|settings| settings.latency_ms = 300);
    setup
        .fake
        .fault(Fault::once(Kind::CloseIdle { after_ms: 0 }).on(On::Read));
    let client = setup.client();
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            eventually("the read", || setup.log().len() == 1);
            setup.fake.set_listening(false);
        });
        client.sync_domain(NEW, 0).expect("a report")
    });
    assert_status(&report, Status::SP_ERR_NETWORK, "gone");
    assert!(report.retryable);
    assert_ne!(report.document["applied"], "yes");
    assert_eq!(setup.sorted(), joined(&FOREIGN, &[OLD]));
    setup.fake.set_listening(true);
    let report = client.sync_domain(NEW, 0).expect("a report");
    assert_status(&report, Status::SP_OK, "back");
    assert_eq!(setup.sorted(), joined(&FOREIGN, &[OLD, NEW]));
}

#[test]
fn no_redirect_is_followed_to_another_place() {
    let elsewhere = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    elsewhere.set_nonblocking(true).expect("no waiting");
    let address = elsewhere.local_addr().expect("an address");
    let setup = setup();
    for code in [301, 302, 303, 307, 308] {
        for scheme in ["http", "https"] {
            for scenario in [InspectRead, SyncRead, SyncList, SyncSsl, EnableSsl] {
                let action = prepare(&setup, scenario);
                let to = format!("{scheme}://{address}{APP}");
                let kind = status_kind(code, &[("location", &to)], "html");
                setup
                    .fake
                    .fault(Fault::once(kind).on(scenario.hits()).forever());
                let report = scenario.run(&setup.client(), &action);
                let context = format!("{code} to {scheme}, {scenario:?}");
                setup::assert_consistent(&report, &context);
                assert!(elsewhere.accept().is_err(), "{context}: followed");
                assert!(!report.document.to_string().contains(&to), "{context}");
                assert_eq!(forbidden(&setup.fake.requests()), [""; 0], "{context}");
            }
        }
    }
}

/// The first write is lost, the list read again is unchanged, the second write is refused, and then
/// the first one arrives.
#[test]
fn a_write_that_arrives_late_is_not_denied() {
    for (code, status) in [
        (400, Status::SP_ERR_BAD_REQUEST),
        (401, Status::SP_ERR_AUTH),
        (429, Status::SP_ERR_RATE_LIMITED),
    ] {
        let setup = setup();
        let vanishes = Fault::once(Kind::CloseAfterRequest).on(On::List);
        setup.fake.fault(vanishes.apply(false));
        let refused = Fault::status(code).on(On::List);
        setup.fake.fault(refused.forever().apply(false));
        let arrives = Kind::ConcurrentPanelWrite {
            domains: None,
            add: vec![NEW.to_owned()],
            remove: Vec::new(),
        };
        setup.fake.fault(Fault::once(arrives).on(On::Read).skip(1));
        let client = setup.client();
        let report = client.sync_domain(NEW, 0).expect("a report");
        assert_eq!(setup.sorted(), joined(&FOREIGN, &[OLD, NEW]));
        assert_status(&report, status, "refused");
        let document = &report.document;
        assert_eq!(document["applied"], "unknown", "{code}: {document}");
        setup.fake.clear_faults();
        let report = client.sync_domain(NEW, 0).expect("a report");
        assert_status(&report, Status::SP_OK, "the next call");
        assert_eq!(report.document["changed"], false);
    }
}

/// After a lost answer the list is read again, and the service shows its previous state.
#[test]
fn a_stale_list_after_a_lost_answer_does_no_harm() {
    for kind in [
        Kind::CloseAfterRequest,
        Kind::Truncated,
        Kind::Garbage,
        status_kind(502, &[], "html"),
        status_kind(503, &[("retry-after", "0")], "empty"),
        status_kind(200, &[], "{}"),
        // Here the service itself reports the failure, so the list is checked once more.
        status_kind(500, &[], "json"),
    ] {
        let most = if matches!(kind, Kind::Status { code: 500, .. }) {
            1
        } else {
            5
        };
        for stale in [1, 2, 5].into_iter().filter(|stale| *stale <= most) {
            let setup = setup();
            setup
                .fake
                .fault(Fault::once(kind.clone()).on(On::List).apply(true));
            let stale_reads = Fault::once(Kind::StaleRead).on(On::Read).skip(1);
            setup.fake.fault(stale_reads.times(stale));
            let client = setup.client();
            let change = json!({"desired": [NEW], "owned": [OLD, NEW]}).to_string();
            let report = client.apply(&change).expect("a report");
            let context = format!("{kind:?}, {stale} stale");
            setup::assert_consistent(&report, &context);
            assert_ne!(report.document["applied"], "no", "{context}: a false no");
            assert_eq!(setup.sorted(), joined(&FOREIGN, &[NEW]), "{context}");
            setup.fake.clear_faults();
            let report = client.apply(&change).expect("a report");
            assert_status(&report, Status::SP_OK, &context);
            assert_eq!(setup.sorted(), joined(&FOREIGN, &[NEW]), "{context}");
            for list in setup.sent() {
                assert_eq!(damaged(&list, &FOREIGN), None, "{context}");
            }
        }
    }
}

/// A write is lost, and when the list is read again it is full: others were faster. It is unknown
/// whether the write will still arrive, unless it was refused.
#[test]
fn a_full_list_after_a_lost_answer_is_not_denied() {
    let busy = status_kind(429, &[("retry-after", "0")], "json");
    for (kind, applied) in [
        (Kind::CloseAfterRequest, "unknown"),
        (Kind::Garbage, "unknown"),
        (status_kind(500, &[], "json"), "unknown"),
        (busy, "no"),
    ] {
        let setup = setup();
        let mut full = joined(&FOREIGN, &[OLD]);
        let others = full.len()..300;
        full.extend(others.map(|n| format!("name{n}.example.net")));
        let faster = Kind::ConcurrentPanelWrite {
            domains: Some(full),
            add: Vec::new(),
            remove: Vec::new(),
        };
        setup.fake.fault(Fault::once(faster).on(On::Read));
        setup
            .fake
            .fault(Fault::once(kind.clone()).on(On::List).apply(false));
        let report = setup.client().sync_domain(NEW, 0).expect("a report");
        let context = format!("{kind:?}: {}", report.document);
        assert_status(&report, Status::SP_ERR_DOMAIN_LIMIT, &context);
        assert_eq!(report.document["applied"], applied, "{context}");
        assert_eq!(report.document["domains"]["count"], 300, "{context}");
    }
}

/// The answer to the write shows another list: always reported, and the result describes the list as
/// another check shows it.
#[test]
fn an_answer_with_another_list() {
    let other = |applied| {
        let kind = if applied {
            Kind::AnswerOtherList {
                domains: Some(joined(&FOREIGN, &["theirs.example.net"])),
            }
        } else {
            Kind::DropOwnChange {
                answer: Claim::Actual,
            }
        };
        Fault::once(kind).on(On::List)
    };
    let unreadable = || Fault::once(Kind::Garbage).on(On::Read).skip(1).forever();
    for (faults, applied, stored) in [
        (vec![other(true)], "yes", true),
        (vec![other(false)], "no", false),
        (vec![other(true), unreadable()], "unknown", true),
        (vec![other(false), unreadable()], "unknown", false),
    ] {
        let setup = setup();
        for fault in faults {
            setup.fake.fault(fault);
        }
        let client = setup.client();
        let change = json!({"desired": [NEW], "owned": [OLD, NEW]}).to_string();
        let report = client.apply(&change).expect("a report");
        let context = report.document.to_string();
        assert_status(&report, Status::SP_ERR_NOT_APPLIED, &context);
        assert!(report.retryable, "{context}");
        assert_eq!(report.document["applied"], applied, "{context}");
        assert_eq!(report.document["changed"], applied == "yes", "{context}");
        let names: &[&str] = if stored { &[NEW] } else { &[OLD] };
        assert_eq!(setup.sorted(), joined(&FOREIGN, names), "{context}");
        setup.fake.clear_faults();
        let report = client.apply(&change).expect("a report");
        assert_status(&report, Status::SP_OK, "repaired");
        assert_eq!(setup.sorted(), joined(&FOREIGN, &[NEW]));
    }
}

/// AutoSSL was requested, the answer was lost, and the app cannot be read: the state is unknown.
#[test]
fn a_lost_answer_about_autossl_is_reported_as_unknown() {
    for (kind, unknown) in [
        (Kind::CloseAfterRequest, true),
        (status_kind(500, &[], "json"), true),
        (status_kind(200, &[], "{}"), true),
        (status_kind(409, &[], "json"), false),
    ] {
        let setup = setup();
        prepare(&setup, EnableSsl);
        setup
            .fake
            .fault(Fault::once(kind.clone()).on(On::Ssl).apply(unknown));
        let read = status_kind(500, &[], "json");
        setup
            .fake
            .fault(Fault::once(read).on(On::Read).skip(1).forever());
        let report = setup.client().enable_autossl().expect("a report");
        let context = format!("{kind:?}: {}", report.document);
        assert_ne!(report.status, Status::SP_OK, "{context}");
        assert_eq!(
            report
                .message
                .contains("Whether AutoSSL is on now is not known"),
            unknown,
            "{context}"
        );
        setup.fake.clear_faults();
        let report = setup.client().enable_autossl().expect("a report");
        assert_status(&report, Status::SP_OK, "the next call");
        assert_eq!(report.document["changed"], !unknown, "{context}");
    }
}
