//! `sp_diagnose` on the whole path: a fake ServerPilot, a name server and web servers on loopback.
//! Each case is one thing that is wrong, or that only looks so, on an otherwise healthy network.

#[path = "diagnosis/hosts.rs"]
mod hosts;
#[path = "diagnosis/scenario.rs"]
mod scenario;
mod setup;
mod tls_fixtures;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use fake_serverpilot::{AppChange, Kind, On, SslMode, Variant};
use scenario::{HOST, Question, Scenario, WWW, fault, found, outcome};
use serde_json::{Value, json};
use serverpilot::client::Client;
use serverpilot::config::Config;
use serverpilot::diagnosis::Cause;
use serverpilot::status::Status;
use setup::{API_KEY, CLIENT_ID, Setup};
use tls_fixtures::names::AAAA;
use tls_fixtures::servers;

/// One thing that is wrong on an otherwise healthy network, and what has to be told of it.
struct Case {
    cause: Cause,
    whose_move: &'static str,
    /// The first check that is bad, and words of what it says. Empty: none is.
    bad: (&'static str, &'static str),
    /// The checks before it that cannot see what they ask about.
    unknown: &'static [&'static str],
    /// Words of the advice.
    cure: &'static str,
    spoil: fn(&Scenario) -> Question,
}

/// A cause without a case does not compile: nothing must be told that no test has seen come from
/// real sockets.
macro_rules! cases {
    ($(($cause:ident, $whose:expr, $bad:expr, $unknown:expr, $cure:expr, $spoil:expr)),* $(,)?) => {
        const CASES: &[Case] = &[$(Case {
            cause: Cause::$cause,
            whose_move: $whose,
            bad: $bad,
            unknown: &$unknown,
            cure: $cure,
            spoil: $spoil,
        }),*];

        #[allow(unreachable_patterns)] // Some causes have several cases.
        const fn has_a_case(cause: Cause) {
            match cause {
                $(Cause::$cause => (),)*
            }
        }
        const _: () = has_a_case(Cause::AllWell);
    };
}

const NEW: &str = "new.example.org";

cases![
    (
        AllWell,
        "nobody",
        ("", ""),
        [],
        "nothing to do",
        |scenario| { scenario.ask(HOST) }
    ),
    // What only looks wrong: an address that differs, and a valid certificate at it.
    (
        AllWell,
        "nobody",
        ("", ""),
        [],
        "nothing to do",
        |scenario| {
            scenario.moved(HOST, &["127.0.0.9"]);
            scenario.ask_among(HOST, scenario.reserved("127.0.0.9"))
        }
    ),
    (
        AllWell,
        "nobody",
        ("", ""),
        ["ipv4_address", "served_certificate"],
        "not ServerPilot's",
        |scenario| {
            scenario.moved(HOST, &["127.0.0.9"]);
            scenario.ask_among(HOST, vec![scenario.balancer("127.0.0.9", HOST)])
        }
    ),
    (
        AllWell,
        "nobody",
        ("", ""),
        ["ipv4_address", "served_certificate"],
        "not ServerPilot's",
        |scenario| {
            scenario.moved(HOST, &["127.0.0.8", "127.0.0.9"]);
            let both = ["127.0.0.8", "127.0.0.9"].map(|at| scenario.balancer(at, HOST));
            scenario.ask_among(HOST, both.into())
        }
    ),
    // Nothing that would keep AutoSSL's certificate from being made is a fault where it is not needed.
    (
        AllWell,
        "nobody",
        ("", ""),
        ["ipv4_address", "served_certificate"],
        "not ServerPilot's",
        |scenario| {
            scenario.no_certificate_yet();
            scenario.names.caa(HOST, 0, "issue", ";");
            scenario.setup.fake.set_domains([HOST, WWW]);
            scenario.moved(HOST, &["127.0.0.9"]);
            scenario
                .ask_among(HOST, vec![scenario.balancer("127.0.0.9", HOST)])
                .with("http_port", servers::nobody().address.port())
        }
    ),
    (
        AllWell,
        "nobody",
        ("", ""),
        ["served_certificate"],
        "nothing to do",
        |scenario| {
            scenario.moved(HOST, &["127.0.0.1", "::1"]);
            scenario.ask_among(HOST, vec![scenario.balancer("::1", HOST)])
        }
    ),
    (
        AllWell,
        "nobody",
        ("", ""),
        [],
        "nothing to do",
        |scenario| {
            scenario.setup.fake.set_domains([HOST, WWW]);
            scenario.names.host(WWW, &["127.0.0.9"]);
            scenario.ask_among(HOST, vec![scenario.balancer("127.0.0.9", WWW)])
        }
    ),
    (
        AllWell,
        "nobody",
        ("", ""),
        [],
        "nothing to do",
        |scenario| {
            let others = (0..150).map(|n| format!("n{n}.example.org"));
            scenario
                .setup
                .fake
                .set_domains(others.chain([HOST.to_owned()]));
            scenario.install(SslMode::Custom, Variant::Good)
        }
    ),
    // A wildcard entry with a custom certificate for it, as a network with sub-domains has them.
    (
        AllWell,
        "nobody",
        ("", ""),
        [],
        "nothing to do",
        |scenario| {
            scenario.names.host(NEW, &["127.0.0.1"]);
            scenario.setup.fake.set_domains([HOST, "*.example.org"]);
            scenario.install(SslMode::Custom, Variant::Good);
            scenario.ask(NEW)
        }
    ),
    // Wildcards and addresses are in no certificate of AutoSSL's.
    (
        AllWell,
        "nobody",
        ("", ""),
        [],
        "nothing to do",
        |scenario| {
            let plain = (0..99).map(|n| format!("n{n}.example.org"));
            let wild = (0..9).map(|n| format!("*.w{n}.example.org"));
            let all = plain.chain(wild).chain([HOST.to_owned()]);
            scenario.setup.fake.set_domains(all);
            scenario.ask(HOST)
        }
    ),
    // A name server that says nothing of IPv6 takes no time from IPv4.
    (
        AllWell,
        "nobody",
        ("", ""),
        ["ipv6_address"],
        "nothing to do",
        |scenario| {
            scenario.names.silent_about(HOST, AAAA);
            scenario.ask(HOST).with("timeout_ms", 3000)
        }
    ),
    (
        WwwElsewhere,
        "customer",
        ("www", "AAAA record, ::1"),
        [],
        "Point www.shop.example.org",
        |scenario| {
            scenario.setup.fake.set_domains([HOST, WWW]);
            scenario.names.host(WWW, &["127.0.0.1", "::1"]);
            scenario.ask_among(HOST, vec![scenario.stranger("::1", WWW)])
        }
    ),
    // A reserved address before there is a certificate: it answers as the server's own does.
    (
        AutosslPending,
        "wait",
        ("autossl_available", "No certificate"),
        [],
        "Wait",
        |scenario| {
            scenario.no_certificate_yet();
            scenario.moved(HOST, &["127.0.0.9"]);
            scenario.ask_among(HOST, scenario.reserved("127.0.0.9"))
        }
    ),
    (
        WrongAddress,
        "customer",
        ("ipv4_address", "self_signed"),
        [],
        "127.0.0.1, the only A record",
        |scenario| {
            scenario.no_certificate_yet();
            scenario.moved(HOST, &["127.0.0.9"]);
            scenario.ask_among(HOST, vec![scenario.stranger("127.0.0.9", HOST)])
        }
    ),
    // Some visitors reach the address that is well, others the one that is not.
    (
        WrongAddress,
        "customer",
        ("ipv4_address", "connection_refused"),
        [],
        "Remove the A record 127.0.0.9",
        |scenario| {
            scenario.moved(HOST, &["127.0.0.8", "127.0.0.9"]);
            scenario.ask_among(HOST, vec![scenario.balancer("127.0.0.8", HOST)])
        }
    ),
    (
        Ipv6Elsewhere,
        "customer",
        ("ipv6_address", "not lead to the same"),
        [],
        "Remove the AAAA record",
        |scenario| {
            scenario.moved(HOST, &["127.0.0.1", "::1"]);
            scenario.ask_among(HOST, vec![scenario.stranger("::1", HOST)])
        }
    ),
    // Let's Encrypt asks by IPv6, so the certificate that is waited for is never made.
    (
        Ipv6Elsewhere,
        "customer",
        ("ipv6_address", "not lead to the same"),
        [],
        "Remove the AAAA record",
        |scenario| {
            scenario.no_certificate_yet();
            scenario.moved(HOST, &["127.0.0.1", "::1"]);
            scenario.ask_among(HOST, vec![scenario.balancer("::1", HOST)])
        }
    ),
    // A browser goes to IPv6 first and is served well; who has none is not.
    (
        HttpsClosed,
        "operator",
        ("certificate", "Nothing listens"),
        ["custom_certificate", "served_certificate"],
        "switch HTTPS on",
        |scenario| {
            scenario.install(SslMode::Custom, Variant::Good);
            scenario.moved(HOST, &["127.0.0.1", "::1"]);
            let mut question = scenario.ask_among(HOST, Vec::new());
            let settings = servers::TlsSettings {
                address: "[::1]:0",
                ..servers::TlsSettings::default()
            };
            let six = servers::tls_with(&scenario.fixtures.healthy(&[HOST]), settings, None);
            question.options["port"] = json!(six.address.port());
            question.servers.push(six);
            question
        }
    ),
    // ServerPilot.
    (
        KeyRefused,
        "operator",
        ("serverpilot", "401"),
        [],
        "WU_SERVER_PILOT_API_KEY",
        |scenario| {
            scenario
                .setup
                .fake
                .change_settings(|settings| settings.key_revoked = true);
            scenario.ask(HOST)
        }
    ),
    (
        PaymentRequired,
        "operator",
        ("serverpilot", "402"),
        [],
        "Billing",
        |scenario| scenario.answer_with(402)
    ),
    (
        PermissionDenied,
        "operator",
        ("serverpilot", "403"),
        [],
        "Account → API",
        |scenario| scenario.answer_with(403)
    ),
    (
        AppNotFound,
        "operator",
        ("serverpilot", "404"),
        [],
        "WU_SERVER_PILOT_APP_ID",
        |scenario| {
            scenario.app(AppChange {
                app_missing: Some(true),
                ..AppChange::default()
            })
        }
    ),
    (
        ServerpilotUnreachable,
        "operator",
        ("serverpilot", "not be reached"),
        [],
        "firewall",
        |scenario| {
            scenario.setup.fake.set_listening(false);
            scenario.setup.fake.close_connections();
            scenario.ask(HOST)
        }
    ),
    (
        ServerpilotUnreachable,
        "operator",
        ("serverpilot", "not trusted"),
        [],
        "clock",
        |scenario| {
            let stranger = Kind::WrongCertificate {
                variant: Variant::UnknownCa,
            };
            scenario.setup.fake.fault(fault(On::Any, None, stranger));
            scenario.setup.fake.close_connections();
            scenario.ask(HOST)
        }
    ),
    (
        ServerpilotFailing,
        "serverpilot",
        ("serverpilot", "500"),
        [],
        "status.serverpilot.io",
        |scenario| scenario.answer_with(500)
    ),
    (
        ServerpilotFailing,
        "serverpilot",
        ("serverpilot", "JSON"),
        [],
        "a proxy",
        |scenario| {
            scenario
                .setup
                .fake
                .fault(fault(On::Read, None, Kind::InvalidJson));
            scenario.ask(HOST)
        }
    ),
    (
        ServerpilotBusy,
        "wait",
        ("serverpilot", "429"),
        [],
        "fewer requests",
        |scenario| scenario.answer_with(429)
    ),
    // DNS.
    (
        NameNotFound,
        "customer",
        ("dns", "does not exist"),
        [],
        "Set an A record",
        |scenario| scenario.ask("missing.example.org")
    ),
    (
        NameNotFound,
        "customer",
        ("dns", "no address"),
        [],
        "Set an A record",
        |scenario| {
            scenario.names.empty(HOST);
            scenario.ask(HOST)
        }
    ),
    (
        DnsUnanswered,
        "wait",
        ("dns", "no usable answer"),
        [],
        "DNS zone",
        |scenario| {
            scenario.names.broken(HOST);
            scenario.ask(HOST)
        }
    ),
    (
        DnsUnanswered,
        "wait",
        ("dns", "in time"),
        [],
        "DNS zone",
        |scenario| {
            scenario.names.silent(HOST);
            scenario.ask(HOST).with("timeout_ms", 700)
        }
    ),
    (
        WrongAddress,
        "customer",
        ("ipv4_address", "127.0.0.9"),
        [],
        "127.0.0.1, the only A record",
        |scenario| {
            scenario.names.host(HOST, &["127.0.0.9"]);
            scenario.ask(HOST)
        }
    ),
    (
        Ipv6Elsewhere,
        "customer",
        ("ipv6_address", "not lead to the same"),
        [],
        "Remove the AAAA record",
        |scenario| {
            scenario.names.host(HOST, &["fd00::1"]);
            scenario.ask(HOST)
        }
    ),
    // No test may leave this machine, so what Cloudflare would answer comes from here.
    (
        BehindProxy,
        "nobody",
        ("", ""),
        ["ipv4_address", "proxy"],
        "is valid",
        |scenario| {
            scenario.names.empty(HOST).host(HOST, &["104.16.1.1"]);
            scenario
                .ask(HOST)
                .with("connect_to", scenario.setup.fake.site_address())
        }
    ),
    (
        BehindProxy,
        "customer",
        ("proxy", "Cloudflare"),
        ["ipv4_address"],
        "Switch Cloudflare's proxy off",
        |scenario| {
            scenario.names.empty(HOST).host(HOST, &["104.16.1.1"]);
            let nobody = servers::nobody();
            scenario
                .ask(HOST)
                .with("connect_to", nobody.address.to_string())
        }
    ),
    (
        CaaForbids,
        "customer",
        ("caa", HOST),
        [],
        "0 issue",
        |scenario| {
            scenario.names.caa(HOST, 0, "issue", "ca.example.net");
            scenario.ask(HOST)
        }
    ),
    (
        CaaForbids,
        "customer",
        ("caa", "of example.org"),
        [],
        "0 issue",
        |scenario| {
            scenario.names.caa("example.org", 0, "issue", ";");
            scenario.ask(HOST)
        }
    ),
    (
        Port80Closed,
        "operator",
        ("port_80", "closed"),
        [],
        "Open port 80",
        |scenario| {
            scenario
                .ask(HOST)
                .with("http_port", servers::nobody().address.port())
        }
    ),
    // The list.
    (
        NotListed,
        "operator",
        ("listed", "does not have"),
        [],
        "Add new.example.org",
        |scenario| {
            scenario.names.host(NEW, &["127.0.0.1"]);
            scenario.ask(NEW)
        }
    ),
    (
        WwwUnresolved,
        "customer",
        ("www", "does not resolve"),
        [],
        "Set a DNS record for www.",
        |scenario| {
            scenario.setup.fake.set_domains([HOST, WWW]);
            scenario.ask(HOST)
        }
    ),
    (
        WwwElsewhere,
        "customer",
        ("www", "not the server's"),
        [],
        "Point www.shop.example.org",
        |scenario| {
            scenario.setup.fake.set_domains([HOST, WWW]);
            scenario.names.host(WWW, &["127.0.0.9"]);
            scenario.ask(HOST)
        }
    ),
    (
        AnotherNameBlocks,
        "operator",
        ("other_names", "gone.example.net"),
        [],
        "take them out",
        |scenario| {
            scenario.setup.fake.set_domains([HOST, "gone.example.net"]);
            scenario.no_certificate_yet()
        }
    ),
    (
        TooManyNames,
        "operator",
        ("name_count", "101"),
        [],
        "several apps",
        |scenario| {
            let others = (0..100).map(|n| format!("n{n}.example.org"));
            scenario
                .setup
                .fake
                .set_domains(others.chain([HOST.to_owned()]));
            scenario.ask(HOST)
        }
    ),
    // What ServerPilot has put on the app.
    (
        CustomCertificate,
        "operator",
        ("custom_certificate", "does not serve this name"),
        [],
        "Install a custom certificate",
        |scenario| { scenario.install(SslMode::Custom, Variant::WrongName) }
    ),
    (
        CustomCertificate,
        "operator",
        ("custom_certificate", "does not serve this name"),
        [],
        "Install a custom certificate",
        |scenario| { scenario.install(SslMode::Custom, Variant::Expired) }
    ),
    (
        CustomCertificate,
        "operator",
        ("custom_certificate", "does not serve this name"),
        [],
        "Install a custom certificate",
        |scenario| { scenario.install(SslMode::Custom, Variant::UnknownCa) }
    ),
    (
        AutosslPending,
        "wait",
        ("autossl_available", "No certificate"),
        [],
        "Wait",
        Scenario::no_certificate_yet
    ),
    (
        AutosslOff,
        "operator",
        ("autossl_enabled", "off"),
        [],
        "Switch AutoSSL on",
        |scenario| {
            scenario.app(AppChange {
                ssl: Some(None),
                ..AppChange::default()
            })
        }
    ),
    (
        NotInCertificate,
        "wait",
        ("autossl_certificate", "does not hold"),
        [],
        "Wait",
        |scenario| {
            scenario.add(NEW);
            scenario.ask(NEW)
        }
    ),
    (
        OtherCertificate,
        "wait",
        ("served_certificate", "not what ServerPilot"),
        [],
        "Wait some minutes",
        |scenario| {
            scenario.ask_at(
                HOST,
                servers::tls(&tls_fixtures::TlsFixtures::open().healthy(&[HOST])),
            )
        }
    ),
    // What is served.
    (
        AddressBlocked,
        "operator",
        ("certificate", "not public"),
        ["port_80", "served_certificate"],
        "allow_addresses",
        |scenario| { scenario.ask(HOST).with("allow_addresses", json!([])) }
    ),
    (
        HttpsClosed,
        "operator",
        ("certificate", "Nothing listens"),
        ["served_certificate"],
        "switch HTTPS on",
        |scenario| { scenario.ask_at(HOST, servers::nobody()) }
    ),
    (
        HttpsClosed,
        "operator",
        ("certificate", "does not speak TLS"),
        ["served_certificate"],
        "switch HTTPS on",
        |scenario| {
            scenario.ask_at(
                HOST,
                servers::answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            )
        }
    ),
    (
        HttpsClosed,
        "operator",
        ("certificate", "Nothing listens"),
        ["custom_certificate", "served_certificate"],
        "switch HTTPS on",
        |scenario| {
            scenario.install(SslMode::Custom, Variant::Good);
            scenario.ask_at(HOST, servers::nobody())
        }
    ),
    (
        HttpsUnanswered,
        "wait",
        ("certificate", "closed the connection"),
        ["served_certificate"],
        "firewalls",
        |scenario| { scenario.ask_at(HOST, servers::raw(servers::reset)) }
    ),
    (
        HttpsUnanswered,
        "wait",
        ("certificate", "did not finish"),
        ["served_certificate"],
        "firewalls",
        |scenario| {
            scenario
                .ask_at(HOST, servers::sleeper())
                .with("timeout_ms", 2000)
        }
    ),
    (
        ClientCertificateRequired,
        "operator",
        ("certificate", "of the visitor's"),
        [],
        "switch client certificates off",
        |scenario| { scenario.insisting_on_client_certificates(servers::TLS_1_2) }
    ),
    (
        ClientCertificateRequired,
        "operator",
        ("certificate", "of the visitor's"),
        [],
        "switch client certificates off",
        |scenario| { scenario.insisting_on_client_certificates(servers::TLS_1_3) }
    ),
    (
        CertificateExpired,
        "serverpilot",
        ("certificate", "expired on"),
        [],
        "renewed",
        |scenario| { scenario.install(SslMode::Auto, Variant::Expired) }
    ),
    (
        CertificateExpired,
        "serverpilot",
        ("certificate", "only from"),
        [],
        "clock",
        |scenario| { scenario.install(SslMode::Auto, Variant::NotYetValid) }
    ),
    // The new certificate is ready, and the old one still in use.
    (
        CertificateMismatch,
        "serverpilot",
        ("certificate", "not for this name"),
        [],
        "wait for a new one",
        |scenario| {
            scenario
                .setup
                .fake
                .change_settings(|settings| settings.redeploy = false);
            scenario.add(NEW);
            scenario.setup.fake.advance(Duration::from_secs(60));
            scenario.ask_at(NEW, servers::tls(&scenario.installed()))
        }
    ),
    (
        CertificateNotTrusted,
        "serverpilot",
        ("certificate", "no root"),
        [],
        "public CA",
        |scenario| { scenario.install(SslMode::Auto, Variant::UnknownCa) }
    ),
    (
        CertificateNotTrusted,
        "serverpilot",
        ("certificate", "signed itself"),
        [],
        "public CA",
        |scenario| { scenario.install(SslMode::Auto, Variant::SelfSigned) }
    ),
    (
        CertificateNotTrusted,
        "serverpilot",
        ("certificate", "intermediate"),
        [],
        "whole chain",
        |scenario| { scenario.install(SslMode::Auto, Variant::IncompleteChain) }
    ),
    (
        OldProtocol,
        "serverpilot",
        ("certificate", "no TLS 1.2"),
        ["served_certificate"],
        "update it",
        Scenario::of_old
    ),
    (
        OldProtocol,
        "operator",
        ("certificate", "no TLS 1.2"),
        ["custom_certificate", "served_certificate"],
        "update it",
        |scenario| {
            scenario.install(SslMode::Custom, Variant::Good);
            scenario.of_old()
        }
    ),
];

#[test]
fn every_cause_is_told_by_what_is_really_there() {
    for (at, case) in CASES.iter().enumerate() {
        let scenario = Scenario::new();
        let question = (case.spoil)(&scenario);
        let report = scenario.diagnose_with(question.host, &question.options);
        drop(question.servers);
        let label = format!("{at}: {:?}: {:#}", case.cause, report.document);
        let cause = serde_json::to_value(case.cause).expect("JSON");
        assert_eq!(report.document["cause"], cause, "{label}");
        assert_eq!(report.document["whose_move"], case.whose_move, "{label}");
        let again = report.document["next_look_ms"] != 0;
        assert_eq!(again, case.whose_move != "nobody", "{label}");
        let advice = report.document["advice"].as_str().expect("a text");
        assert!(advice.contains(case.cure), "{label}");
        let one_sentence = advice.ends_with('.') && !advice.contains(". ");
        assert!(one_sentence && !advice.contains('\n'), "{label}");

        let evidence = report.document["evidence"].as_array().expect("evidence");
        let bad = evidence.iter().position(|step| step["outcome"] == "bad");
        let (before, found) = match bad {
            Some(at) => (&evidence[..at], &evidence[at]),
            None => (&evidence[..], &json!({ "check": "", "detail": "" })),
        };
        assert_eq!(found["check"], case.bad.0, "{label}");
        let detail = found["detail"].as_str().expect("a text");
        assert!(detail.contains(case.bad.1), "{label}");
        let unknown = before.iter().filter(|step| step["outcome"] == "unknown");
        let unknown: Vec<&Value> = unknown.map(|step| &step["check"]).collect();
        assert_eq!(unknown, case.unknown, "{label}");
    }
}

#[test]
fn a_healthy_name_costs_two_requests() {
    let report = Scenario::new().diagnose(HOST);
    assert_eq!(found(&report), ("all_well", "nobody"));
    assert_eq!(report.document["requests"], 2, "the app and the server");
}

#[test]
fn a_refused_address_is_not_knocked_at() {
    let scenario = Scenario::new();
    let https = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let question = scenario
        .ask(HOST)
        .with("allow_addresses", json!(["127.0.0.2"]))
        .with("port", https.local_addr().expect("an address").port());
    let report = scenario.diagnose_with(question.host, &question.options);
    assert_eq!(found(&report), ("address_blocked", "operator"));
    for listener in [&https, &scenario.http] {
        listener.set_nonblocking(true).expect("a socket");
        let visitor = listener.accept().map(|(_, from)| from);
        let nobody = visitor.expect_err("nobody");
        assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[test]
fn a_custom_certificate_that_is_valid_is_no_fault() {
    let scenario = Scenario::new();
    scenario.install(SslMode::Custom, Variant::Good);
    let report = scenario.diagnose(HOST);
    assert_eq!(found(&report), ("all_well", "nobody"));
    assert_eq!(outcome(&report, "autossl_enabled"), "skipped");
}

#[test]
fn another_customers_name_holds_the_certificate_up() {
    const WWW: &str = "www.other.example.net";
    let scenario = Scenario::before_autossl(0);
    let list = [
        HOST,
        "other.example.net",
        WWW,
        "*.wild.example.net",
        "203.0.113.9",
    ];
    scenario.setup.fake.set_domains(list);
    scenario.names.host("other.example.net", &["127.0.0.9"]);
    let report = scenario.diagnose(HOST);
    assert_eq!(found(&report), ("another_name_blocks", "operator"));
    assert_eq!(outcome(&report, "other_names"), "bad");
    assert_eq!(outcome(&report, "autossl_available"), "bad");
    let advice = report.document["advice"].as_str().expect("a text");
    assert!(advice.contains(WWW), "{advice}");
    assert!(
        !advice.contains("wild") && !advice.contains("203.0.113.9"),
        "{advice}"
    );
    let asked = scenario.names.asked();
    assert!(
        !asked
            .iter()
            .any(|(name, _)| name.contains("wild") || name.contains("203"))
    );

    // Not known is not unresolved.
    scenario.names.broken(WWW);
    let report = scenario.diagnose(HOST);
    assert_eq!(found(&report), ("autossl_pending", "wait"));
    assert_eq!(outcome(&report, "other_names"), "unknown");

    let named = scenario.diagnose_with(
        HOST,
        &json!({ "connect_to": scenario.setup.fake.site_address() }),
    );
    assert_eq!(found(&named), ("autossl_pending", "wait"));
    assert_eq!(outcome(&named, "other_names"), "skipped");
}

#[test]
fn other_names_are_looked_up_only_for_a_certificate_to_come() {
    let scenario = Scenario::new();
    scenario.setup.fake.set_domains([HOST, "gone.example.net"]);
    let report = scenario.diagnose(HOST);
    assert_eq!(found(&report), ("all_well", "nobody"));
    assert_eq!(outcome(&report, "other_names"), "skipped");
    let about_others = |(name, _): &(String, u16)| name == "gone.example.net";
    assert!(!scenario.names.asked().iter().any(about_others));

    // The next certificate is waited for as the first one is.
    scenario.names.host("new.example.org", &["127.0.0.1"]);
    let list = [HOST, "new.example.org", "gone.example.net"];
    scenario.setup.fake.set_domains(list);
    let report = scenario.diagnose("new.example.org");
    assert_eq!(found(&report), ("another_name_blocks", "operator"));
    scenario.names.host("gone.example.net", &["127.0.0.1"]);
    let report = scenario.diagnose("new.example.org");
    assert_eq!(found(&report), ("not_in_certificate", "wait"));
    assert_eq!(outcome(&report, "other_names"), "good");
}

#[test]
fn a_certificate_in_use_holds_its_names_while_the_next_one_is_made() {
    let scenario = Scenario::new();
    scenario.setup.fake.set_domains([HOST, "new.example.org"]);
    let report = scenario.diagnose(HOST);
    assert_eq!(found(&report), ("all_well", "nobody"));
    assert_eq!(outcome(&report, "autossl_certificate"), "good");
    let mut closed = scenario.options();
    closed["port"] = json!(servers::nobody().address.port());
    assert_eq!(
        found(&scenario.diagnose_with(HOST, &closed)),
        ("https_closed", "operator"),
        "waiting for a certificate opens no port"
    );
}

#[test]
fn a_full_list_of_silent_names_takes_its_time_and_no_more() {
    let scenario = Scenario::before_autossl(0);
    let silent: Vec<String> = (0..99).map(|n| format!("s{n}.example.net")).collect();
    for name in &silent {
        scenario.names.silent(name);
    }
    scenario
        .setup
        .fake
        .set_domains(silent.iter().map(String::as_str).chain([HOST]));
    let started = Instant::now();
    let report = scenario.diagnose(HOST);
    // One after the other this would be five minutes.
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(found(&report), ("autossl_pending", "wait"));
    assert_eq!(outcome(&report, "other_names"), "unknown");
}

#[test]
fn what_could_be_found_out_without_serverpilot_is_there() {
    let scenario = Scenario::new();
    scenario.answer_with(401);
    let report = scenario.diagnose("missing.example.org");
    assert_eq!(found(&report), ("key_refused", "operator"));
    assert_eq!(outcome(&report, "dns"), "bad");
    assert_eq!(outcome(&report, "listed"), "unknown");
}

#[test]
fn where_to_connect_was_said() {
    let scenario = Scenario::new();
    let report = scenario.diagnose_with(
        HOST,
        &json!({ "connect_to": scenario.setup.fake.site_address() }),
    );
    assert_eq!(found(&report), ("all_well", "nobody"));
    for check in [
        "dns",
        "ipv4_address",
        "ipv6_address",
        "proxy",
        "caa",
        "port_80",
    ] {
        assert_eq!(outcome(&report, check), "skipped", "{check}");
    }
    assert!(scenario.names.asked().is_empty());
}

#[test]
fn everything_silent_ends_in_time() {
    let scenario = Scenario::with_timeouts(1500);
    scenario
        .names
        .silent("silent.example.org")
        .silent("www.silent.example.org");
    scenario.setup.fake.fault(fault(On::Any, None, Kind::Hang));
    let started = Instant::now();
    let report = scenario.diagnose("silent.example.org");
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
    assert_ne!(found(&report).0, "all_well");
    assert_eq!(outcome(&report, "dns"), "bad");
}

#[test]
fn what_has_to_be_set_up_and_how_to_ask() {
    let setup = Setup::with(&[HOST]);
    let bare = Client::new(Config::default());
    assert_eq!(
        bare.diagnose(HOST, None).err(),
        Some(Status::SP_ERR_NOT_CONFIGURED)
    );
    let mut config = Config::default();
    config.set_base_url(setup.fake.api_url()).expect("a URL");
    config
        .set_credentials(CLIENT_ID, API_KEY)
        .expect("credentials");
    assert_eq!(
        Client::new(config).diagnose(HOST, None).err(),
        Some(Status::SP_ERR_NOT_CONFIGURED)
    );
    assert_eq!(setup.fake.connections(), 0);

    let client = setup.client();
    for options in [
        "[]",
        r#"{"httpport":80}"#,
        r#"{"http_port":0}"#,
        r#"{"concurrency":5}"#,
        r#"{"dns_servers":"127.0.0.1:53"}"#,
    ] {
        assert_eq!(
            client.diagnose(HOST, Some(options)).err(),
            Some(Status::SP_ERR_INVALID_ARGUMENT),
            "{options}"
        );
    }
    assert_eq!(
        client.diagnose("no name", None).err(),
        Some(Status::SP_ERR_INVALID_DOMAIN)
    );
    assert_eq!(setup.fake.connections(), 0);
}
