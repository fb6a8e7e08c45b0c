//! The control plane does what `FakeServerPilot` does.

use std::io::Write;
use std::net::TcpStream;

use fake_serverpilot::FakeServerPilot;
use serde_json::{Value, json};

use crate::client::{APP, get, receive, start};

fn control(fake: &FakeServerPilot, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let address = fake.control_url().trim_start_matches("http://");
    let mut tcp = TcpStream::connect(address).unwrap();
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    write!(
        tcp,
        "{method} /control/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let answer = receive(&mut tcp).unwrap();
    (answer.status, answer.json())
}

#[test]
fn steers_everything() {
    let fake = start();
    let ok = |path: &str, body: Value| {
        let (status, answer) = control(&fake, "POST", path, &body);
        assert_eq!(status, 200, "{path}: {answer}");
    };
    let show = |path: &str| control(&fake, "GET", path, &Value::Null).1;

    ok(
        "app",
        json!({ "domains": ["a.example"], "ssl": "custom", "server_address": null,
                "autossl_available": true, "unresolvable": ["b.example"] }),
    );
    let state = show("state");
    assert_eq!(state["app"]["domains"], json!(["a.example"]));
    assert_eq!(state["app"]["ssl"]["mode"], "custom");
    assert_eq!(state["app"]["server_address"], Value::Null);
    assert_eq!(state["app"]["autossl_available"], true);
    ok(
        "app",
        json!({ "ssl": { "mode": "auto", "variant": "expired" } }),
    );
    assert_eq!(show("state")["app"]["ssl"]["mode"], "auto");
    ok("app", json!({ "ssl": null, "autossl_available": null }));
    assert_eq!(show("state")["app"]["ssl"], Value::Null);
    assert_eq!(show("state")["app"]["autossl_available"], false);

    ok(
        "settings",
        json!({ "order": "sorted", "issue_after_s": 30 }),
    );
    assert_eq!(show("state")["settings"]["order"], "sorted");
    ok("app", json!({ "unresolvable": [] }));
    ok("clock", json!({ "advance_s": 30 }));
    assert_eq!(show("state")["app"]["autossl_available"], true);
    assert_eq!(show("state")["advanced_s"], 30);

    ok(
        "faults",
        json!([{ "kind": "status", "code": 429, "headers": [["Retry-After", "1"]] },
               { "kind": "hang", "on": "list" }]),
    );
    assert_eq!(show("state")["faults"].as_array().unwrap().len(), 2);
    let answer = get(&fake, APP);
    assert_eq!(answer.status, 429);
    assert!(answer.head.contains("retry-after: 1"));
    control(&fake, "DELETE", "faults", &Value::Null);
    assert_eq!(show("state")["faults"], json!([]));

    assert_eq!(show("requests")[0]["status"], 429);
    assert_eq!(show("counters")["requests"], 1);
    control(&fake, "DELETE", "requests", &Value::Null);
    assert_eq!(show("requests"), json!([]));

    ok("close-connections", json!({}));
    ok("listening", json!({ "on": false }));
    assert!(TcpStream::connect(fake.api_address()).is_err());
    ok("reset", Value::Null);
    assert_eq!(get(&fake, APP).domains(), ["network.example.org"]);
    assert_eq!(show("counters")["requests"], 1);
    assert_eq!(show("address")["app_id"], "DemoApp0001");
}

#[test]
fn refuses_what_it_does_not_know() {
    let fake = start();
    for (path, body) in [
        ("app", json!({ "domain": [] })),
        ("settings", json!({ "ordre": "sorted" })),
        ("settings", json!({ "order": "random" })),
        ("clock", json!({ "advance_s": -1 })),
        (
            "faults",
            json!({ "kind": "hang", "times": 1, "typo": true }),
        ),
        ("faults", json!([{ "kind": "hang" }, { "kind": "hung" }])),
        ("listening", json!({})),
    ] {
        assert_eq!(control(&fake, "POST", path, &body).0, 400, "{path} {body}");
    }
    assert_eq!(control(&fake, "GET", "nothing", &Value::Null).0, 404);
    assert!(fake.state().faults.is_empty());
}
