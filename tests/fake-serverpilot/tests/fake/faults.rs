//! Each fault does to the bytes and to the list what its description says.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use fake_serverpilot::{Claim, FakeServerPilot, Fault, Kind, On, PRIVATE_KEY_SENTINEL, Variant};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::client::{self, APP, SSL, call, drain, get, post, receive, send, start, to_api};

const CHANGE: &str = r#"{"domains":["network.example.org","a.example"]}"#;
const BEFORE: [&str; 1] = ["network.example.org"];
const AFTER: [&str; 2] = ["a.example", "network.example.org"];

fn sorted(fake: &FakeServerPilot) -> Vec<String> {
    let mut list = fake.domains();
    list.sort();
    list
}

#[test]
fn status_with_headers_and_bodies() {
    let fake = start();
    fake.fault(Fault::status(503));
    assert_eq!(get(&fake, APP).status, 503);
    assert_eq!(fake.requests()[0].status, Some(503));
    assert_eq!(get(&fake, APP).status, 200);

    for (body, expected) in [("html", "<html>"), ("empty", ""), ("as it is", "as it is")] {
        fake.fault(Fault::once(Kind::Status {
            code: 302,
            headers: vec![(
                "Location".to_owned(),
                "https://elsewhere.example/".to_owned(),
            )],
            body: body.to_owned(),
        }));
        let answer = get(&fake, APP);
        assert_eq!(answer.status, 302);
        assert!(answer.head.contains("location: https://elsewhere.example/"));
        assert!(
            String::from_utf8(answer.body)
                .unwrap()
                .starts_with(expected)
        );
    }
}

#[test]
fn a_failed_write_is_applied_only_when_asked_for() {
    let fake = start();
    fake.fault(Fault::status(500).on(On::List));
    assert_eq!(post(&fake, APP, CHANGE).status, 500);
    assert_eq!(sorted(&fake), BEFORE);
    assert!(!fake.requests()[0].applied);
    fake.fault(Fault::status(500).on(On::List).apply(true));
    assert_eq!(post(&fake, APP, CHANGE).status, 500);
    assert_eq!(sorted(&fake), AFTER);
    assert!(fake.requests()[1].applied);
}

#[test]
fn faults_wait_for_their_turn() {
    let fake = start();
    fake.fault(Fault::status(500).on(On::Ssl).forever());
    fake.fault(Fault::status(502).on(On::Read).skip(1).times(2));
    let seen: Vec<u16> = (0..4).map(|_| get(&fake, APP).status).collect();
    assert_eq!(seen, [200, 502, 502, 200]);
    assert_eq!(post(&fake, SSL, r#"{"auto":true}"#).status, 500);
    assert_eq!(post(&fake, SSL, r#"{"auto":true}"#).status, 500);
    fake.clear_faults();
    assert_eq!(post(&fake, SSL, r#"{"auto":true}"#).status, 400);
}

#[test]
fn connections_that_end_before_the_request() {
    let fake = start();
    for after_handshake in [false, true] {
        fake.fault(Fault::once(Kind::ResetBeforeRequest { after_handshake }));
        let ended = call(&fake, "GET", APP, "").unwrap_err();
        assert!(
            matches!(
                ended.kind(),
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
            ),
            "{ended}"
        );
        fake.fault(Fault::once(Kind::CloseBeforeRequest { after_handshake }));
        let ended = call(&fake, "GET", APP, "").unwrap_err();
        assert_eq!(ended.kind(), ErrorKind::UnexpectedEof, "{ended}");
    }
    assert!(fake.requests().is_empty());
    assert_eq!(fake.connections(), 4);
    assert_eq!(get(&fake, APP).status, 200);
}

#[test]
fn handshakes_that_go_wrong() {
    let fake = start();
    fake.fault(Fault::once(Kind::HangHandshake));
    let mut tcp = TcpStream::connect(fake.api_address()).unwrap();
    tcp.write_all(b"hello").unwrap();
    tcp.set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    assert_eq!(
        tcp.read(&mut [0]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );

    fake.fault(Fault::once(Kind::PlainHttp));
    let mut tcp = TcpStream::connect(fake.api_address()).unwrap();
    tcp.write_all(b"\x16\x03\x01").unwrap();
    let mut text = String::new();
    tcp.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 400"), "{text}");

    for variant in [
        Variant::Expired,
        Variant::SelfSigned,
        Variant::WrongName,
        Variant::UnknownCa,
    ] {
        fake.fault(Fault::once(Kind::WrongCertificate { variant }));
        let refused = call(&fake, "GET", APP, "").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidData, "{variant:?}");
    }
    assert_eq!(get(&fake, APP).status, 200);
}

#[test]
fn answers_that_never_come() {
    let fake = start();
    for (kind, expected) in [
        (Kind::ResetAfterRequest, ErrorKind::ConnectionReset),
        (Kind::CloseAfterRequest, ErrorKind::UnexpectedEof),
        (Kind::Hang, ErrorKind::WouldBlock),
    ] {
        fake.clear_requests();
        fake.set_domains(BEFORE);
        fake.fault(Fault::once(kind).on(On::List).apply(true));
        let mut stream = to_api(&fake).unwrap();
        let patience = Duration::from_millis(300);
        stream.sock.set_read_timeout(Some(patience)).unwrap();
        send(&mut stream, "POST", APP, CHANGE).unwrap();
        assert_eq!(receive(&mut stream).unwrap_err().kind(), expected);
        assert_eq!(sorted(&fake), AFTER);
        let request = &fake.requests()[0];
        assert_eq!((request.status, request.applied), (None, true));
    }
}

#[test]
fn answers_that_break_off() {
    let fake = start();
    for kind in [
        Kind::CloseDuringAnswer,
        Kind::ResetDuringAnswer,
        Kind::Truncated,
    ] {
        fake.set_domains(BEFORE);
        fake.fault(Fault::once(kind.clone()));
        let mut stream = to_api(&fake).unwrap();
        send(&mut stream, "POST", APP, CHANGE).unwrap();
        let (bytes, end) = drain(&mut stream);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK"), "{kind:?}");
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let claimed: usize = head
            .split_once("content-length: ")
            .unwrap()
            .1
            .parse()
            .unwrap();
        assert!(!body.is_empty() && body.len() < claimed, "{kind:?}");
        match kind {
            Kind::Truncated => assert!(end.is_ok()),
            Kind::CloseDuringAnswer => {
                assert_eq!(end.unwrap_err().kind(), ErrorKind::UnexpectedEof);
            }
            _ => assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset),
        }
        assert_eq!(sorted(&fake), AFTER);
    }
}

#[test]
fn answers_that_are_no_http() {
    let fake = start();
    let answered = |kind: Kind| {
        fake.fault(Fault::once(kind));
        let mut stream = to_api(&fake).unwrap();
        send(&mut stream, "GET", APP, "").unwrap();
        String::from_utf8_lossy(&drain(&mut stream).0).into_owned()
    };
    assert!(!answered(Kind::Garbage).starts_with("HTTP"));
    assert!(answered(Kind::ChunkError).contains("\r\nzz-no-size\r\n"));
    let two = answered(Kind::TwoLengths);
    let lengths: Vec<&str> = two
        .lines()
        .filter(|line| line.starts_with("content-length"))
        .collect();
    assert_eq!(lengths.len(), 2);
    assert_ne!(lengths[0], lengths[1]);
}

#[test]
fn bodies_that_are_too_much() {
    let fake = start();
    fake.fault(Fault::once(Kind::BigBody { bytes: 3 << 20 }));
    let answer = get(&fake, APP);
    assert!(answer.body.len() > 3 << 20);
    assert!(answer.json()["data"].is_object());

    fake.fault(Fault::once(Kind::GzipBomb { bytes: 8 << 20 }));
    let answer = get(&fake, APP);
    assert!(answer.head.contains("content-encoding: gzip"));
    assert!(answer.body.len() < 64 << 10);
    let mut out = Vec::new();
    GzDecoder::new(&answer.body[..])
        .read_to_end(&mut out)
        .unwrap();
    assert_eq!(out.len(), 8 << 20);

    fake.fault(Fault::once(Kind::EndlessBody));
    let mut stream = to_api(&fake).unwrap();
    send(&mut stream, "GET", APP, "").unwrap();
    let mut seen = vec![0; 4 << 20];
    stream.read_exact(&mut seen).unwrap();
}

#[test]
fn bodies_that_are_not_what_they_seem() {
    let fake = start();
    fake.fault(Fault::once(Kind::InvalidJson));
    let answer = get(&fake, APP);
    assert!(serde_json::from_slice::<Value>(&answer.body).is_err());
    fake.fault(Fault::once(Kind::InvalidUtf8));
    assert!(String::from_utf8(get(&fake, APP).body).is_err());
    fake.fault(Fault::once(Kind::WrongContentType));
    let answer = get(&fake, APP);
    assert!(answer.head.contains("content-type: text/html"));
    assert_eq!(answer.domains(), BEFORE);
}

#[test]
fn slow_answers() {
    let fake = start();
    fake.fault(Fault::once(Kind::Drip { interval_ms: 1 }));
    let begun = Instant::now();
    assert_eq!(get(&fake, APP).domains(), BEFORE);
    assert!(begun.elapsed() > Duration::from_millis(200));
    fake.fault(Fault::once(Kind::Latency { ms: 150 }));
    let begun = Instant::now();
    assert_eq!(get(&fake, APP).status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(150));
    fake.change_settings(|settings| settings.latency_ms = 100);
    let begun = Instant::now();
    assert_eq!(get(&fake, APP).status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(100));
}

#[test]
fn a_kept_connection_that_is_gone() {
    let fake = start();
    fake.fault(Fault::once(Kind::CloseIdle { after_ms: 0 }));
    let mut stream = to_api(&fake).unwrap();
    send(&mut stream, "GET", APP, "").unwrap();
    let answer = receive(&mut stream).unwrap();
    assert!(!answer.head.contains("connection: close"));
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn echoes_every_secret() {
    let fake = start();
    fake.fault(Fault::once(Kind::EchoSecrets { code: 400 }));
    let answer = get(&fake, APP);
    assert_eq!(answer.status, 400);
    for secret in [
        "Basic Y2lk",
        "cid_DemoClient0001",
        "demo-api-key-SENTINEL-0001",
        PRIVATE_KEY_SENTINEL,
    ] {
        assert!(answer.message().contains(secret), "{secret}");
    }
    let log = serde_json::to_string(&fake.requests()).unwrap();
    assert!(log.contains("authorization") && !log.contains("Basic"));
}

#[test]
fn answers_that_are_not_what_happened() {
    let fake = start();
    fake.fault(Fault::once(Kind::DropOwnChange {
        answer: Claim::Actual,
    }));
    let answer = post(&fake, APP, CHANGE);
    assert_eq!(
        (answer.status, answer.domains()),
        (200, BEFORE.map(str::to_owned).to_vec())
    );
    fake.fault(Fault::once(Kind::DropOwnChange {
        answer: Claim::Sent,
    }));
    assert_eq!(post(&fake, APP, CHANGE).domains(), AFTER);
    assert_eq!(sorted(&fake), BEFORE);

    fake.fault(Fault::once(Kind::AnswerOtherList { domains: None }));
    let other = ["network.example.org", "somebody-elses.example.net"];
    assert_eq!(post(&fake, APP, CHANGE).domains(), other);
    assert_eq!(sorted(&fake), AFTER);

    fake.fault(Fault::once(Kind::StaleRead));
    assert_eq!(get(&fake, APP).domains(), BEFORE);
    assert_eq!(get(&fake, APP).domains(), AFTER);
}

#[test]
fn somebody_else_at_the_panel() {
    let fake = start();
    let panel = || Kind::ConcurrentPanelWrite {
        domains: None,
        add: vec!["panel.example".to_owned()],
        remove: vec!["network.example.org".to_owned()],
    };
    fake.fault(Fault::once(panel()).on(On::Read));
    assert_eq!(get(&fake, APP).domains(), BEFORE);
    assert_eq!(sorted(&fake), ["panel.example"]);
    // The write that follows does not know about it, and wins.
    fake.fault(Fault::once(panel()).on(On::List));
    assert_eq!(post(&fake, APP, CHANGE).domains(), AFTER);
    assert_eq!(
        fake.state().app.previous_domains,
        ["panel.example", "panel.example"]
    );
}

#[test]
fn connections_are_kept_counted_and_closed() {
    let fake = start();
    let config = client::tls_config(fake.ca_file());
    let open = || client::connect(fake.api_address(), "127.0.0.1", &config).unwrap();
    let mut stream = open();
    for _ in 0..3 {
        send(&mut stream, "GET", APP, "").unwrap();
        assert_eq!(receive(&mut stream).unwrap().status, 200);
    }
    assert_eq!(fake.connections(), 1);
    assert_eq!(fake.full_handshakes(), 1);
    let connections: Vec<u64> = fake.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections, [1, 1, 1]);

    fake.close_connections();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);

    let mut stream = open();
    send(&mut stream, "GET", APP, "").unwrap();
    receive(&mut stream).unwrap();
    assert_eq!(fake.counters().resumed_handshakes, 1);
    assert_eq!(fake.full_handshakes(), 1);
}

#[test]
fn refuses_connections_and_comes_back() {
    let fake = start();
    let _kept = to_api(&fake).unwrap();
    for _ in 0..3 {
        fake.set_listening(false);
        assert!(!fake.state().listening);
        let refused = TcpStream::connect(fake.api_address()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        fake.set_listening(true);
        assert_eq!(get(&fake, APP).status, 200);
    }
}

#[test]
fn faults_refuse_what_they_do_not_know() {
    let typo = json!({ "kind": "hang", "time": 1 });
    assert!(Fault::from_json(&typo).is_err());
    assert!(Fault::from_json(&json!({ "kind": "hung" })).is_err());
    let fault = Fault::from_json(&json!({ "kind": "hang", "on": "list", "times": null })).unwrap();
    assert_eq!(fault, Fault::once(Kind::Hang).on(On::List).forever());
}
