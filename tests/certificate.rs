//! `sp_check_ssl` and `sp_check_ssl_many` on the whole path, against the TLS fixtures.
//! No verdict here depends on how fast anything is; the only times are generous upper bounds.

mod setup;
mod tls_fixtures;

use std::net::TcpListener;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serverpilot::client::Client;
use serverpilot::config::Config;
use serverpilot::outcome::Report;
use serverpilot::status::Status;
use setup::{CLIENT_ID, Setup, assert_silent, shown, warned};
use tls_fixtures::cases::Openssl::{Differs, NotAsked, Same};
use tls_fixtures::cases::{Case, HOST, cases};
use tls_fixtures::names::{A, AAAA, NameServer};
use tls_fixtures::servers::{self, TlsSettings};
use tls_fixtures::{DAY, TlsFixtures, wish};

fn client(fixtures: &TlsFixtures) -> Client {
    client_with(fixtures, |_| {})
}

fn client_with(fixtures: &TlsFixtures, change: impl FnOnce(&mut Config)) -> Client {
    let mut config = Config::default();
    config
        .set_ca_file(fixtures.ca_file.to_str().expect("a path"))
        .expect("a CA file");
    change(&mut config);
    Client::new(config)
}

fn check(client: &Client, host: &str, options: &Value) -> Report {
    client
        .check_ssl(host, Some(&on_loopback(options)))
        .expect("a report")
}

fn check_many(client: &Client, hosts: &Value, options: &Value) -> Report {
    client
        .check_ssl_many(&hosts.to_string(), Some(&on_loopback(options)))
        .expect("a report")
}

/// No test asks the machine's own name servers: one that knows no name stands in for them.
fn on_loopback(options: &Value) -> String {
    static NAMELESS: LazyLock<NameServer> = LazyLock::new(NameServer::start);
    let mut options = options.clone();
    let map = options.as_object_mut().expect("an object");
    map.entry("dns_servers")
        .or_insert_with(|| json!([NAMELESS.address.to_string()]));
    options.to_string()
}

fn reason(report: &Report) -> &str {
    report.document["reason"].as_str().expect("a reason")
}

/// The keys and types that every check document has, whatever it says.
fn assert_shape(document: &Value, label: &str) {
    let reason = document["reason"].as_str().expect("a reason");
    let valid = match reason {
        "ok" => Value::Bool(true),
        "connection_refused" | "connection_closed" | "timeout" | "dns_failure"
        | "blocked_address" => Value::Null,
        _ => Value::Bool(false),
    };
    let status = match reason {
        "ok" => "SP_OK",
        "connection_refused" | "connection_closed" | "dns_failure" => "SP_ERR_NETWORK",
        "timeout" => "SP_ERR_TIMEOUT",
        "not_tls" => "SP_ERR_TLS",
        "blocked_address" => "SP_ERR_BLOCKED_ADDRESS",
        _ => "SP_ERR_CERTIFICATE",
    };
    assert_eq!(document["valid"], valid, "{label}");
    assert_eq!(document["status"], status, "{label}");
    assert_eq!(document["operation"], "check", "{label}");
    let dns = document["dns"].as_str().expect("what DNS says");
    assert!(
        ["found", "no_such_name", "no_address", "failed"].contains(&dns),
        "{label}: {dns}"
    );
    let keys = document.as_object().expect("an object");
    for key in [
        "domain",
        "message",
        "connected_to",
        "tls_version",
        "chain",
        "certificate",
        "timings_ms",
        "serverpilot",
        "addresses",
        "warnings",
        "retryable",
    ] {
        assert!(keys.contains_key(key), "{label}: {key}");
    }
    for key in ["dns", "connect", "handshake"] {
        let time = document["timings_ms"].get(key).expect(key);
        assert!(time.is_null() || time.is_u64(), "{label}: {key}");
    }
    let chain = document["chain"].as_array().expect("a chain");
    assert!(chain.len() <= 10, "{label}");
    for link in chain {
        for key in [
            "subject",
            "issuer",
            "serial",
            "sha256",
            "not_before",
            "not_after",
            "key",
            "signature",
            "is_ca",
        ] {
            assert!(link.get(key).is_some(), "{label}: {key}");
        }
    }
    if let Some(certificate) = document["certificate"].as_object() {
        for key in [
            "subject",
            "issuer",
            "serial",
            "sha256",
            "sans",
            "not_before",
            "not_after",
            "days_left",
            "lifetime_used",
            "key",
            "signature",
        ] {
            assert!(certificate.contains_key(key), "{label}: {key}");
        }
        assert_eq!(certificate["sha256"], chain[0]["sha256"], "{label}");
    }
    let message = document["message"].as_str().expect("a message");
    assert!(
        message.ends_with('.') && !message.chars().any(char::is_control),
        "{label}: {message}"
    );
}

#[test]
fn every_tls_case_has_its_verdict() {
    let fixtures = TlsFixtures::open();
    let client = client(&fixtures);
    let cases = cases(&fixtures);
    assert!(cases.len() >= 80, "{}", cases.len());
    let mut wrong = Vec::new();
    for Case {
        label,
        server,
        host,
        reason: expected,
        openssl,
    } in &cases
    {
        let mut options = json!({ "connect_to": server.address.to_string() });
        if *expected == "timeout" {
            options["timeout_ms"] = json!(400);
        }
        let started = Instant::now();
        let report = check(&client, host, &options);
        assert!(started.elapsed() < Duration::from_secs(15), "{label}");
        assert_shape(&report.document, label);
        if reason(&report) != *expected {
            wrong.push(format!("{label}: {} and not {expected}", report.document));
        }
        let verified = || tls_fixtures::openssl_agrees(&fixtures.ca_file, server.address, host);
        match openssl {
            Same if verified() != (*expected == "ok") => {
                wrong.push(format!("{label}: openssl differs"))
            }
            Differs(why) if verified() == (*expected == "ok") => {
                wrong.push(format!("{label}: openssl does not differ ({why})"))
            }
            Same | Differs(_) | NotAsked => {}
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_a_certificate_says() {
    let fixtures = TlsFixtures::open();
    let identity = fixtures.healthy(&[HOST, "www.example.org"]);
    let server = servers::tls(&identity);
    let report = check(
        &client(&fixtures),
        HOST,
        &json!({ "connect_to": server.address.to_string() }),
    );
    assert_eq!(report.status, Status::SP_OK);
    let document = &report.document;
    assert_eq!(document["connected_to"], server.address.to_string());
    assert_eq!(document["tls_version"], "TLSv1.3");
    assert_eq!(document["requests"], 0);
    assert_eq!(document["serverpilot"], Value::Null);
    assert_eq!(document["timings_ms"]["dns"], Value::Null);
    let certificate = &document["certificate"];
    assert_eq!(certificate["subject"], "CN=shop.example.org");
    assert_eq!(certificate["issuer"], "CN=Fixture Intermediate");
    assert_eq!(certificate["sans"], json!([HOST, "www.example.org"]));
    assert_eq!(certificate["days_left"], 60);
    assert_eq!(certificate["lifetime_used"], 0.333);
    assert_eq!(certificate["key"], "ECDSA P-256");
    assert_eq!(certificate["signature"], "ECDSA SHA-256");
    assert_eq!(document["chain"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["chain"][1]["is_ca"], true);
    assert_eq!(document["chain"][1]["not_after"], "2120-01-01T00:00:00Z");
    assert_eq!(
        document["chain"][1]["subject"],
        document["chain"][0]["issuer"]
    );
    assert!(!warned(&report, "expires_soon"));
}

#[test]
fn it_is_time_to_renew() {
    let fixtures = TlsFixtures::open();
    let client = client(&fixtures);
    let server = servers::tls(&fixtures.issue(wish(&[HOST]).valid(-61 * DAY, 29 * DAY)));
    let address = server.address.to_string();
    assert!(warned(
        &check(&client, HOST, &json!({ "connect_to": address })),
        "expires_soon"
    ));
    assert!(!warned(
        &check(
            &client,
            HOST,
            &json!({ "connect_to": address, "warn_days": 14 })
        ),
        "expires_soon"
    ));
    assert!(warned(
        &check(
            &client,
            HOST,
            &json!({ "connect_to": address, "warn_days": 30 })
        ),
        "expires_soon"
    ));
}

#[test]
fn a_long_chain_is_shown_to_its_tenth() {
    let fixtures = TlsFixtures::open();
    let many = std::iter::repeat_n(fixtures.intermediate.der(), 20);
    let server = servers::tls(&fixtures.healthy(&[HOST]).with_chain(many));
    let report = check(
        &client(&fixtures),
        HOST,
        &json!({ "connect_to": server.address.to_string() }),
    );
    assert_eq!(reason(&report), "ok");
    assert_eq!(report.document["chain"].as_array().map(Vec::len), Some(10));
}

#[test]
fn a_refused_address_is_not_connected_to() {
    let fixtures = TlsFixtures::open();
    let client = client(&fixtures);
    let names = NameServer::start();
    let (sender, connections) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let server = servers::raw(move |_| {
        let _ = sender.lock().expect("the channel").send(());
    });
    let refused = [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.168.1.1",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "fe80::1",
        "fd00:ec2::254",
        "0.0.0.0",
        "224.0.0.1",
    ];
    for (at, address) in refused.iter().enumerate() {
        let host = format!("h{at}.example.org");
        names.host(&host, &[address]);
        let options =
            json!({ "dns_servers": [names.address.to_string()], "port": server.address.port() });
        let report = check(&client, &host, &options);
        assert_shape(&report.document, address);
        assert_eq!(reason(&report), "blocked_address", "{address}");
        assert_eq!(report.document["connected_to"], Value::Null);
    }
    assert!(connections.try_recv().is_err(), "nobody was connected to");

    let options = json!({
        "dns_servers": [names.address.to_string()], "port": server.address.port(), "allow_addresses": ["127.0.0.2"],
    });
    assert_eq!(
        reason(&check(&client, "h0.example.org", &options)),
        "blocked_address"
    );
    let options = json!({
        "dns_servers": [names.address.to_string()], "port": server.address.port(), "allow_addresses": ["127.0.0.1"],
    });
    assert_eq!(
        reason(&check(&client, "h0.example.org", &options)),
        "connection_closed"
    );
}

/// Whoever maps a name must not learn from the answer what is inside the network: it is the same
/// with a listener, with a closed port and with nothing at all behind the address.
#[test]
fn a_refusal_tells_nothing_of_what_is_there() {
    let fixtures = TlsFixtures::open();
    let client = client(&fixtures);
    let names = NameServer::start();
    let four = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let six = TcpListener::bind("[::1]:0").expect("a free port");
    let port = |listener: &TcpListener| listener.local_addr().expect("an address").port();
    let closed = servers::nobody().address.port();
    let mut answers: Vec<(String, Value)> = Vec::new();
    for (address, port) in [
        ("127.0.0.1", port(&four)),
        ("127.0.0.1", closed),
        ("::1", port(&six)),
        ("::1", closed),
        // Another spelling of the listener's address, and one that a tunnel would lead there.
        ("::ffff:127.0.0.1", port(&four)),
        ("64:ff9b::7f00:1", port(&four)),
        // Nothing is there, or nobody knows.
        ("10.255.255.1", port(&four)),
        ("192.168.255.254", closed),
        ("169.254.169.254", 80),
        ("fd00:ec2::254", 80),
    ] {
        let label = format!("{address} {port}");
        let host = format!("h{}.example.org", answers.len());
        names.host(&host, &[address]);
        let options = json!({ "dns_servers": [names.address.to_string()], "port": port });
        let mut document = check(&client, &host, &options).document;
        assert_shape(&document, &label);
        // How long the name server took is its own; a connection there was none.
        let of_connection =
            |timings: &Value| [&timings["connect"], &timings["handshake"]] == [&Value::Null; 2];
        assert!(of_connection(&document["timings_ms"]), "{label}");
        assert!(
            of_connection(&document["addresses"][0]["timings_ms"]),
            "{label}"
        );
        document["timings_ms"] = Value::Null;
        document["elapsed_ms"] = Value::Null;
        // What was asked with, and what DNS says to everybody.
        assert_eq!(document["addresses"][0]["port"], port, "{label}");
        document["addresses"][0]["address"] = Value::Null;
        document["addresses"][0]["port"] = Value::Null;
        let text = document.to_string().replace(&host, "its.example.org");
        answers.push((label, serde_json::from_str(&text).expect("JSON")));
    }
    for (label, answer) in &answers {
        assert_eq!(answer, &answers[0].1, "{label}");
    }
    for listener in [&four, &six] {
        listener.set_nonblocking(true).expect("a socket");
        let nobody = listener.accept().expect_err("nobody");
        assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[test]
fn dns_answers_and_silences() {
    let fixtures = TlsFixtures::open();
    let client = client(&fixtures);
    let names = NameServer::start();
    let server = servers::tls(&fixtures.healthy(&[HOST, "alias.example.org"]));
    names
        .host(HOST, &["127.0.0.1"])
        .alias("alias.example.org", HOST);
    names
        .empty("empty.example.org")
        .broken("broken.example.org")
        .silent("silent.example.org");
    let options = |more: Value| {
        let mut all = json!({
            "dns_servers": [names.address.to_string()], "port": server.address.port(), "allow_addresses": ["127.0.0.0/8"],
        });
        all.as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().unwrap_or_default());
        all
    };
    let report = check(&client, HOST, &options(json!({})));
    assert_eq!(reason(&report), "ok");
    assert!(report.document["timings_ms"]["dns"].is_u64());
    assert_eq!(report.document["dns"], "found");
    // One look-up serves the connection and the document.
    let mut asked = names.asked();
    asked.sort();
    assert_eq!(asked, [(HOST.to_owned(), A), (HOST.to_owned(), AAAA)]);
    assert_eq!(
        reason(&check(&client, "alias.example.org", &options(json!({})))),
        "ok"
    );
    for (host, dns, words) in [
        ("missing.example.org", "no_such_name", "does not exist"),
        ("empty.example.org", "no_address", "no address"),
        ("broken.example.org", "failed", "no usable answer"),
        ("silent.example.org", "failed", "in time"),
    ] {
        let report = check(&client, host, &options(json!({ "timeout_ms": 700 })));
        assert_shape(&report.document, host);
        assert_eq!(reason(&report), "dns_failure", "{host}");
        assert_eq!(report.document["dns"], dns, "{host}");
        assert!(report.message.contains(words), "{host}: {}", report.message);
    }
}

/// A name is taken out of the app on the word "no_such_name" or "no_address", so one family's
/// silence must not come to either.
#[test]
fn one_familys_silence_is_not_the_other_ones_answer() {
    let fixtures = TlsFixtures::open();
    let client = client(&fixtures);
    let names = NameServer::start();
    let server = servers::tls(&fixtures.healthy(&["four.example.org"]));
    names
        .empty("slow6.example.org")
        .silent_about("slow6.example.org", AAAA);
    names
        .empty("slow4.example.org")
        .silent_about("slow4.example.org", A);
    names
        .empty("bad6.example.org")
        .broken_about("bad6.example.org", AAAA);
    names
        .empty("bad4.example.org")
        .broken_about("bad4.example.org", A);
    names
        .host("four.example.org", &["127.0.0.1"])
        .silent_about("four.example.org", AAAA);
    names
        .host("six.example.org", &["fd00::1"])
        .broken_about("six.example.org", A);
    for (host, dns, verdict) in [
        ("slow6.example.org", "failed", "dns_failure"),
        ("slow4.example.org", "failed", "dns_failure"),
        ("bad6.example.org", "failed", "dns_failure"),
        ("bad4.example.org", "failed", "dns_failure"),
        ("four.example.org", "found", "ok"),
        ("six.example.org", "found", "blocked_address"),
    ] {
        let options = json!({
            "dns_servers": [names.address.to_string()], "port": server.address.port(),
            "allow_addresses": ["127.0.0.0/8"], "timeout_ms": 3000,
        });
        let report = check(&client, host, &options);
        assert_eq!(report.document["dns"], dns, "{host}");
        assert_eq!(reason(&report), verdict, "{host}");
    }
}

#[test]
fn dns_is_asked_beside_a_connection_that_was_told_where_to_go() {
    let fixtures = TlsFixtures::open();
    let client = client(&fixtures);
    let names = NameServer::start();
    let hosts = [
        "found.example.org",
        "missing.example.org",
        "empty.example.org",
        "broken.example.org",
        "silent.example.org",
    ];
    let server = servers::tls(&fixtures.healthy(&hosts));
    names
        // Not where it was said to connect, and not an address that could be connected to.
        .host("found.example.org", &["10.0.0.1"])
        .empty("empty.example.org")
        .broken("broken.example.org")
        .silent("silent.example.org");
    let options = json!({
        "connect_to": server.address.to_string(), "dns_servers": [names.address.to_string()],
    });
    let states = ["found", "no_such_name", "no_address", "failed", "failed"];
    for (host, dns) in hosts.iter().zip(states) {
        let started = Instant::now();
        let report = check(&client, host, &options);
        // The name server is given 10 s where a connection waits for it.
        assert!(started.elapsed() < Duration::from_secs(5), "{host}");
        assert_shape(&report.document, host);
        assert_eq!(reason(&report), "ok", "{host}");
        assert_eq!(report.document["dns"], dns, "{host}");
        assert_eq!(
            report.document["connected_to"],
            server.address.to_string(),
            "{host}"
        );
        assert_eq!(report.document["timings_ms"]["dns"], Value::Null, "{host}");
    }
    let many = check_many(&client, &json!(hosts), &options);
    let results = many.document["results"].as_array().expect("results");
    let said: Vec<&Value> = results.iter().map(|one| &one["dns"]).collect();
    assert_eq!(said, states);
    // What belongs to the whole call stands once, at the top.
    for key in ["requests", "elapsed_ms", "events", "changed", "http_status"] {
        assert!(many.document.get(key).is_some(), "{key}");
        assert!(results.iter().all(|one| one.get(key).is_none()), "{key}");
    }
}

#[test]
fn both_address_families_are_tried_and_reported() {
    let fixtures = TlsFixtures::open();
    let client = client(&fixtures);
    let names = NameServer::start();
    names
        .host("both.example.org", &["127.0.0.1", "::1"])
        .host("half.example.org", &["127.0.0.1", "::1"]);
    names.host("mixed.example.org", &["127.0.0.1", "10.0.0.1"]);
    // Two servers on one port, one for each family.
    let (four, six) = loop {
        let identity =
            fixtures.healthy(&["both.example.org", "half.example.org", "mixed.example.org"]);
        let four = servers::tls(&identity);
        let address: &'static str = format!("[::1]:{}", four.address.port()).leak();
        if std::net::TcpListener::bind(address).is_ok() {
            let setup = TlsSettings {
                address,
                ..TlsSettings::default()
            };
            let wrong = fixtures.healthy(&["half.example.org"]);
            break (four, servers::tls_with(&wrong, setup, None));
        }
    };
    let options = json!({
        "dns_servers": [names.address.to_string()], "port": four.address.port(), "allow_addresses": ["127.0.0.1", "::1"],
    });
    let report = check(&client, "half.example.org", &options);
    assert_eq!(reason(&report), "ok");
    assert_eq!(report.document["connected_to"], six.address.to_string());
    assert_eq!(
        report.document["addresses"].as_array().map(Vec::len),
        Some(2)
    );
    assert!(!warned(&report, "addresses_differ"));

    let report = check(&client, "both.example.org", &options);
    assert_eq!(
        reason(&report),
        "hostname_mismatch",
        "a browser reaches IPv6 first"
    );
    assert!(warned(&report, "addresses_differ"));
    let probed = report.document["addresses"].as_array().expect("addresses");
    assert_eq!(
        (&probed[0]["address"], &probed[0]["reason"]),
        (&json!("::1"), &json!("hostname_mismatch"))
    );
    assert_eq!(
        (&probed[1]["address"], &probed[1]["reason"]),
        (&json!("127.0.0.1"), &json!("ok"))
    );

    let report = check(&client, "mixed.example.org", &options);
    assert_eq!(reason(&report), "ok", "the refused address is left out");
    assert!(warned(&report, "addresses_differ"));

    // A browser goes on where it cannot connect.
    let lonely = servers::tls(&fixtures.healthy(&["both.example.org"]));
    let mut options = options.clone();
    options["port"] = json!(lonely.address.port());
    let report = check(&client, "both.example.org", &options);
    assert_eq!(reason(&report), "ok");
    assert_eq!(report.document["connected_to"], lonely.address.to_string());
    assert!(warned(&report, "addresses_differ"));
}

#[test]
fn many_come_back_in_order() {
    let fixtures = TlsFixtures::open();
    let client = client(&fixtures);
    let server = servers::tls(&fixtures.healthy(&["*.example.org"]));
    let domains: Vec<String> = (0..300)
        .map(|n| {
            if n % 10 == 0 {
                format!("n{n}.example.net")
            } else {
                format!("n{n}.example.org")
            }
        })
        .collect();
    let options = json!({ "connect_to": server.address.to_string() });
    let report = check_many(&client, &json!(domains), &options);
    assert_eq!(report.status, Status::SP_OK, "{}", report.message);
    let results = report.document["results"].as_array().expect("results");
    assert_eq!(results.len(), 300);
    for (result, domain) in results.iter().zip(&domains) {
        assert_shape(result, domain);
        assert_eq!(result["domain"], domain.as_str());
        let expected = if domain.ends_with(".net") {
            "hostname_mismatch"
        } else {
            "ok"
        };
        assert_eq!(result["reason"], expected);
    }
    assert_eq!(
        report.document["counts"],
        json!({ "valid": 270, "not_valid": 30, "unknown": 0 })
    );
    let none = client.check_ssl_many("[]", None).expect("a report");
    assert_eq!(
        (none.status, &none.document["results"]),
        (Status::SP_OK, &json!([]))
    );
}

#[test]
fn many_names_go_through_one_name_server() {
    let fixtures = TlsFixtures::open();
    let names = NameServer::start();
    let server = servers::tls(&fixtures.healthy(&["*.example.org"]));
    let domains: Vec<String> = (0..300).map(|n| format!("n{n}.example.org")).collect();
    for domain in &domains {
        names.host(domain, &["127.0.0.1"]);
    }
    let options = json!({
        "dns_servers": [names.address.to_string()], "port": server.address.port(), "allow_addresses": ["127.0.0.1"],
    });
    let report = check_many(&client(&fixtures), &json!(domains), &options);
    assert_eq!(
        report.document["counts"]["valid"], 300,
        "{}",
        report.message
    );
}

#[test]
fn one_client_on_several_threads() {
    let fixtures = TlsFixtures::open();
    let client = client(&fixtures);
    let names = NameServer::start();
    names.host(HOST, &["127.0.0.1"]);
    let server = servers::tls(&fixtures.healthy(&[HOST]));
    let options = json!({
        "dns_servers": [names.address.to_string()], "port": server.address.port(), "allow_addresses": ["127.0.0.1"],
    });
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert_eq!(reason(&check(&client, HOST, &options)), "ok");
                }
            });
        }
    });
}

#[test]
fn many_wait_side_by_side_and_end_in_time() {
    let fixtures = TlsFixtures::open();
    let client = client_with(&fixtures, |config| config.set_timeouts(0, 0, 2000));
    let sleeper = servers::sleeper();
    let domains: Vec<String> = (0..40).map(|n| format!("n{n}.example.org")).collect();
    let ask = |more: Value| {
        let mut options = json!({ "connect_to": sleeper.address.to_string() });
        options
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().unwrap_or_default());
        let started = Instant::now();
        let report = check_many(&client, &json!(domains), &options);
        (report, started.elapsed())
    };
    // One after the other this would be 16 s.
    let (report, took) = ask(json!({ "timeout_ms": 400 }));
    assert_eq!(report.status, Status::SP_OK);
    assert!(took < Duration::from_secs(8), "{took:?}");
    let (report, took) = ask(json!({ "concurrency": 4, "timeout_ms": 1500 }));
    assert_eq!(report.status, Status::SP_ERR_TIMEOUT);
    assert_eq!(
        report.document["results"].as_array().map(Vec::len),
        Some(40)
    );
    assert!(took < Duration::from_secs(8), "{took:?}");
}

/// The first connection is held until every other name has had its turn.
#[test]
fn one_slow_name_keeps_nobody_waiting() {
    const NAMES: usize = 20;
    let fixtures = TlsFixtures::open();
    let arrived = (std::sync::Mutex::new(0), std::sync::Condvar::new());
    let server = servers::raw(move |stream| {
        let (count, changed) = &arrived;
        let mut count = count.lock().expect("the count");
        *count += 1;
        changed.notify_all();
        if *count == 1 {
            drop(changed.wait_while(count, |count| *count < NAMES));
        } else {
            drop(count);
        }
        servers::reset(stream);
    });
    let names: Vec<String> = (0..NAMES).map(|n| format!("n{n}.example.org")).collect();
    let options = json!({ "connect_to": server.address.to_string(), "concurrency": 2 });
    let report = check_many(&client(&fixtures), &json!(names), &options);
    let results = report.document["results"].as_array().expect("results");
    for (result, name) in results.iter().zip(&names) {
        assert_eq!(result["domain"], name.as_str());
        assert_eq!(result["reason"], "connection_closed", "{name}");
    }
}

#[test]
fn what_serverpilot_knows() {
    let setup = Setup::with(&[HOST]);
    let fake = &setup.fake;
    fake.change_settings(|settings| settings.issue_after_s = 1);
    let options = json!({ "connect_to": fake.site_address() });
    let good = setup.client();
    let report = check(&good, HOST, &options);
    assert_eq!(report.document["requests"], 1);
    assert_eq!(report.document["serverpilot"]["listed"], true);

    fake.advance(Duration::from_secs(5));
    let enabled = good.enable_autossl().expect("a report");
    assert_eq!(enabled.status, Status::SP_OK, "{}", enabled.message);
    fake.advance(Duration::from_secs(60));
    let report = check(&good, HOST, &options);
    assert_eq!(reason(&report), "ok", "{}", report.document);
    assert_eq!(
        report.document["serverpilot"],
        json!({ "listed": true, "in_autossl_certificate": true, "autossl": "enabled", "served_is_serverpilots": true })
    );
    assert_silent(&shown(&report), "a check");

    let fixtures = TlsFixtures::open();
    let elsewhere = servers::tls(&fixtures.healthy(&["other.example.org"]));
    let report = check(
        &good,
        "other.example.org",
        &json!({ "connect_to": elsewhere.address.to_string() }),
    );
    assert_eq!(report.document["serverpilot"]["listed"], false);
    assert_eq!(
        report.document["serverpilot"]["in_autossl_certificate"],
        false
    );
    assert_eq!(
        report.document["serverpilot"]["served_is_serverpilots"],
        false
    );

    fake.clear_requests();
    let many = check_many(&good, &json!([HOST, "other.example.org", HOST]), &options);
    assert_eq!(
        fake.requests().len(),
        1,
        "one request about the app for all"
    );
    assert_eq!(
        many.document["results"][2]["serverpilot"]["served_is_serverpilots"],
        true
    );
    assert_eq!(many.document["results"][1]["serverpilot"]["listed"], false);

    let stranger = setup.client_with(|config| {
        config
            .set_credentials(CLIENT_ID, "wrong-key-0001")
            .expect("credentials");
    });
    let refused = check(&stranger, HOST, &options);
    assert_eq!(
        reason(&refused),
        "ok",
        "the certificate is one thing, the key another"
    );
    assert_eq!(refused.document["serverpilot"], Value::Null);
    assert!(warned(&refused, "serverpilot_unknown"));
}
