//! The documented rules, and the settings for what is not documented.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake_serverpilot::{
    ActionOutcome, AppChange, EmptyList, Order, PRIVATE_KEY_SENTINEL, Rule, SslChange, SslMode,
    Variant, Verdict,
};
use serde_json::{Value, json};

use crate::client::{self, APP, SSL, get, post, start};

fn list(names: &[&str]) -> String {
    json!({ "domains": names }).to_string()
}

#[test]
fn asks_for_the_credentials() {
    let fake = start();
    let mut stream = client::to_api(&fake).unwrap();
    let wrong = STANDARD.encode("cid_DemoClient0001:wrong");
    client::send_as(&mut stream, &wrong, "GET", APP, "").unwrap();
    assert_eq!(client::receive(&mut stream).unwrap().status, 401);
    assert!(!fake.requests()[0].authorized);

    assert_eq!(get(&fake, APP).status, 200);
    fake.change_settings(|settings| settings.key_revoked = true);
    assert_eq!(get(&fake, APP).status, 401);
}

#[test]
fn shows_the_app_in_both_its_forms() {
    let fake = start();
    let app = get(&fake, APP).json()["data"].clone();
    for key in [
        "id",
        "name",
        "sysuserid",
        "serverid",
        "runtime",
        "datecreated",
    ] {
        assert!(!app[key].is_null(), "{key}");
    }
    assert_eq!(app["domains"], json!(["network.example.org"]));
    assert_eq!(app["ssl"], Value::Null);
    assert_eq!(app["autossl"], json!({ "available": false }));
    let apps = get(&fake, "/v1/apps").json();
    assert_eq!(apps["data"][0]["id"], "DemoApp0001");
    assert!(apps["data"][0].get("autossl").is_none());
    assert_eq!(get(&fake, "/v1/apps/OtherApp").status, 404);
    assert_eq!(get(&fake, "/v1/nothing").status, 404);
    let server = get(&fake, "/v1/servers/DemoServer001").json();
    assert_eq!(server["data"]["lastaddress"], "127.0.0.1");
}

#[test]
fn takes_the_list_as_the_complete_list() {
    let fake = start();
    let answer = post(&fake, APP, &list(&["a.example", "b.example", "c.example"]));
    assert_eq!(answer.status, 200);
    assert!(answer.json()["actionid"].is_string());
    assert_eq!(answer.domains(), ["a.example", "b.example", "c.example"]);
    assert_eq!(fake.domains(), ["a.example", "b.example", "c.example"]);
    assert!(fake.requests()[0].applied);

    // The same list in another order needs no work on the server.
    let answer = post(&fake, APP, &list(&["c.example", "b.example", "a.example"]));
    assert_eq!(answer.status, 200);
    assert!(answer.json().get("actionid").is_none());
}

#[test]
fn answers_in_the_order_it_likes() {
    let fake = start();
    let names = ["c.example", "a.example", "b.example"];
    post(&fake, APP, &list(&names));
    let shown = || get(&fake, APP).json()["data"]["domains"].clone();
    assert_ne!(shown(), json!(names));
    assert_eq!(shown(), shown());
    fake.change_settings(|settings| settings.order = Order::Sorted);
    assert_eq!(shown(), json!(["a.example", "b.example", "c.example"]));
    fake.change_settings(|settings| settings.order = Order::Reversed);
    assert_eq!(shown(), json!(["b.example", "a.example", "c.example"]));
    fake.change_settings(|settings| settings.order = Order::AsSent);
    assert_eq!(shown(), json!(names));
}

#[test]
fn takes_300_names_and_no_more() {
    let fake = start();
    let names: Vec<String> = (0..301).map(|n| format!("n{n}.example")).collect();
    let body = json!({ "domains": names }).to_string();
    assert_eq!(post(&fake, APP, &body).status, 400);
    assert_eq!(fake.domains(), ["network.example.org"]);
    let body = json!({ "domains": names[..300] }).to_string();
    assert_eq!(post(&fake, APP, &body).status, 200);
    assert_eq!(fake.domains().len(), 300);
}

#[test]
fn checks_what_a_domain_is() {
    let fake = start();
    for good in ["example.com", "*.example.com", "192.0.2.1", "2001:db8::1"] {
        assert_eq!(post(&fake, APP, &list(&[good])).status, 200, "{good}");
    }
    for bad in [
        "",
        "a..example",
        "-a.example",
        "a b",
        "http://a.example",
        "a.example.",
    ] {
        assert_eq!(post(&fake, APP, &list(&[bad])).status, 400, "{bad}");
    }
    for bad in [
        r#"{"domains":[1]}"#,
        r#"{"domains":"a"}"#,
        "{}",
        "[]",
        "no json",
    ] {
        assert_eq!(post(&fake, APP, bad).status, 400, "{bad}");
    }
}

#[test]
fn lets_the_undocumented_be_decided() {
    let fake = start();
    let status = |body: &str| post(&fake, APP, body).status;
    let twice = list(&["a.example", "a.example"]);
    let upper = list(&["B.example"]);
    let umlaut = list(&["bücher.example"]);
    let object = r#"{"domains":{"0":"o.example","2":"p.example"}}"#;
    let empty = list(&[]);

    assert_eq!(status(&twice), 200);
    assert_eq!(fake.domains(), ["a.example", "a.example"]);
    assert_eq!(status(&upper), 200);
    assert_eq!(fake.domains(), ["B.example"]);
    let null = r#"{"domains":null}"#;
    for refused in [umlaut.as_str(), object, empty.as_str(), null] {
        assert_eq!(status(refused), 400, "{refused}");
    }

    fake.change_settings(|settings| {
        settings.duplicates = Verdict::Normalise;
        settings.upper_case = Verdict::Normalise;
        settings.non_ascii = Verdict::Accept;
        settings.object = Verdict::Accept;
        settings.empty = Verdict::Accept;
        settings.null = Verdict::Accept;
    });
    assert_eq!(status(null), 200);
    assert_eq!(fake.domains(), [""; 0]);
    assert_eq!(status(&twice), 200);
    assert_eq!(fake.domains(), ["a.example"]);
    assert_eq!(status(&upper), 200);
    assert_eq!(fake.domains(), ["b.example"]);
    assert_eq!(status(&umlaut), 200);
    assert_eq!(fake.domains(), ["b\u{fc}cher.example"]);
    fake.change_settings(|settings| settings.non_ascii = Verdict::Normalise);
    assert_eq!(status(&umlaut), 200);
    assert_eq!(fake.domains(), ["xn--bcher-kva.example"]);
    assert_eq!(status(object), 200);
    assert_eq!(fake.domains(), ["o.example", "p.example"]);
    assert_eq!(status(&empty), 200);
    let shown = || get(&fake, APP).json()["data"].get("domains").cloned();
    assert_eq!(shown(), Some(json!([])));
    fake.change_settings(|settings| settings.empty_list = EmptyList::Null);
    assert_eq!(shown(), Some(Value::Null));
    fake.change_settings(|settings| settings.empty_list = EmptyList::Missing);
    assert_eq!(shown(), None);

    fake.change_settings(|settings| {
        settings.duplicates = Verdict::Refuse;
        settings.upper_case = Verdict::Refuse;
    });
    assert_eq!(status(&twice), 400);
    assert_eq!(status(&upper), 400);
}

#[test]
fn breaks_a_documented_rule_only_when_told_so() {
    let fake = start();
    let wildcard = list(&["*.example.com"]);
    fake.change_settings(|settings| settings.breaks = BTreeSet::from([Rule::Wildcard]));
    assert_eq!(post(&fake, APP, &wildcard).status, 400);
    fake.merge_settings(&json!({ "breaks": ["error_body", "action_id"] }))
        .unwrap();
    let answer = post(&fake, APP, &wildcard);
    assert_eq!(answer.status, 200);
    assert!(answer.json().get("actionid").is_none());
    let error = get(&fake, "/v1/nothing").json();
    assert!(error["message"].is_string() && error.get("error").is_none());
    fake.reset();
    assert!(post(&fake, APP, &wildcard).json()["actionid"].is_string());
    assert!(get(&fake, "/v1/nothing").json()["error"]["message"].is_string());
}

#[test]
fn issues_a_certificate_when_its_time_has_come() {
    let fake = start();
    let names = [
        "network.example.org",
        "a.example",
        "*.b.example",
        "192.0.2.1",
    ];
    post(&fake, APP, &list(&names));
    let autossl = || get(&fake, APP).json()["data"]["autossl"].clone();
    assert_eq!(autossl(), json!({ "available": false }));
    assert_eq!(post(&fake, SSL, r#"{"auto":true}"#).status, 400);

    fake.advance(Duration::from_secs(590));
    assert_eq!(autossl()["available"], false);
    fake.advance(Duration::from_secs(10));
    assert_eq!(autossl()["available"], true);
    let ready: BTreeSet<String> = serde_json::from_value(autossl()["domains"].clone()).unwrap();
    assert_eq!(
        ready,
        BTreeSet::from(["a.example".to_owned(), "network.example.org".to_owned()])
    );

    let answer = post(&fake, SSL, r#"{"auto":true}"#);
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    assert!(answer["actionid"].is_string());
    assert_eq!(answer["data"]["auto"], true);
    assert_eq!(answer["data"]["force"], false);
    let key = answer["data"]["key"].as_str().unwrap();
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----") && key.contains(PRIVATE_KEY_SENTINEL));
    for pem in ["cert", "cacerts"] {
        let pem = answer["data"][pem].as_str().unwrap();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
    }
    let again = post(&fake, SSL, r#"{"auto":true}"#);
    assert_eq!(again.status, 200);
    assert!(again.json().get("actionid").is_none());

    // A change of the list leads to a new certificate, which is deployed automatically.
    post(&fake, APP, &list(&["network.example.org", "c.example"]));
    let served = || fake.state().app.ssl.unwrap().names;
    assert_eq!(served(), ["a.example", "network.example.org"]);
    fake.advance(Duration::from_secs(600));
    assert_eq!(served(), ["c.example", "network.example.org"]);
}

#[test]
fn issues_nothing_while_a_name_does_not_resolve() {
    let fake = start();
    fake.set_app(AppChange {
        unresolvable: Some(BTreeSet::from(["www.a.example".to_owned()])),
        ..AppChange::default()
    });
    post(&fake, APP, &list(&["a.example", "www.a.example"]));
    fake.advance(Duration::from_secs(3_600));
    assert!(!fake.state().app.autossl_available);
    fake.set_app(AppChange {
        unresolvable: Some(BTreeSet::new()),
        left_out: Some(BTreeSet::from(["www.a.example".to_owned()])),
        ..AppChange::default()
    });
    assert_eq!(fake.state().app.autossl_domains, ["a.example"]);
}

#[test]
fn does_not_redeploy_when_told_so() {
    let fake = start();
    fake.change_settings(|settings| settings.redeploy = false);
    fake.advance(Duration::from_secs(600));
    post(&fake, SSL, r#"{"auto":true}"#);
    post(&fake, APP, &list(&["network.example.org", "c.example"]));
    fake.advance(Duration::from_secs(600));
    assert_eq!(fake.state().app.ssl.unwrap().names, ["network.example.org"]);
    assert!(fake.state().app.autossl_available);
    assert!(post(&fake, SSL, r#"{"auto":true}"#).json()["actionid"].is_string());
    assert_eq!(
        fake.state().app.ssl.unwrap().names,
        ["c.example", "network.example.org"]
    );
}

#[test]
fn keeps_a_custom_certificate() {
    let fake = start();
    fake.set_app(AppChange {
        ssl: Some(Some(SslChange::Mode(SslMode::Custom))),
        autossl_available: Some(Some(true)),
        ..AppChange::default()
    });
    let app = get(&fake, APP).json()["data"].clone();
    assert_eq!(app["ssl"]["auto"], false);
    assert_eq!(app["autossl"]["available"], true);
    assert_eq!(post(&fake, SSL, r#"{"auto":true}"#).status, 409);
    assert_eq!(fake.state().app.ssl.unwrap().mode, SslMode::Custom);
}

#[test]
fn forces_ssl_only_where_there_is_some() {
    let fake = start();
    assert_eq!(post(&fake, SSL, r#"{"force":true}"#).status, 400);
    fake.set_app(AppChange {
        ssl: Some(Some(SslChange::Mode(SslMode::Auto))),
        ..AppChange::default()
    });
    assert_eq!(
        post(&fake, SSL, r#"{"force":true,"auto":true}"#).status,
        400
    );
    let answer = post(&fake, SSL, r#"{"force":true}"#).json();
    assert_eq!(answer["data"]["force"], true);
    let answer = client::call(&fake, "DELETE", SSL, "").unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(fake.state().app.ssl, None);
}

#[test]
fn ends_its_actions() {
    let fake = start();
    let begin = |name: &str| {
        let answer = post(&fake, APP, &list(&[name])).json();
        format!("/v1/actions/{}", answer["actionid"].as_str().unwrap())
    };
    let status = |path: &str| get(&fake, path).json()["data"]["status"].clone();
    let first = begin("a.example");
    assert_eq!(status(&first), "open");
    fake.change_settings(|settings| settings.action_outcome = ActionOutcome::Error);
    let second = begin("b.example");
    fake.advance(Duration::from_secs(5));
    assert_eq!(status(&first), "success");
    assert_eq!(status(&second), "error");
    assert_eq!(get(&fake, "/v1/actions/Nothing1").status, 404);
    fake.change_settings(|settings| settings.action_lifetime_s = Some(5));
    assert_eq!(get(&fake, &first).status, 404);
}

#[test]
fn serves_the_site_by_name() {
    let fake = start();
    fake.set_app(AppChange {
        domains: Some(vec!["a.example".to_owned(), "*.b.example".to_owned()]),
        ssl: Some(Some(SslChange::Mode(SslMode::Custom))),
        ..AppChange::default()
    });
    let config = client::tls_config(fake.ca_file());
    let connect = |name: &str| client::connect(fake.site_address(), name, &config);
    assert!(connect("a.example").is_ok());
    assert!(connect("x.b.example").is_ok());
    assert!(connect("x.y.b.example").is_err());
    assert!(connect("other.example").is_err());

    let mut stream = connect("a.example").unwrap();
    client::send(&mut stream, "GET", "/", "").unwrap();
    assert_eq!(client::receive(&mut stream).unwrap().status, 200);

    for variant in [
        Variant::Expired,
        Variant::NotYetValid,
        Variant::SelfSigned,
        Variant::UnknownCa,
        Variant::IncompleteChain,
    ] {
        fake.set_app(AppChange {
            ssl: Some(Some(SslChange::Detail {
                mode: SslMode::Custom,
                names: None,
                variant,
                force: false,
            })),
            ..AppChange::default()
        });
        assert!(connect("a.example").is_err(), "{variant:?}");
    }
}
