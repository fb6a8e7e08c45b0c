//! `sp_diagnose` on the whole path: a ServerPilot double, a name server and web servers on loopback.

mod double;
mod zoo;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use double::{API_KEY, CLIENT_ID, Stage, assert_status};
use serde_json::{Value, json};
use serverpilot::client::Client;
use serverpilot::config::Config;
use serverpilot::outcome::Report;
use serverpilot::status::Status;
use simulator::{AppChange, Fault, Kind, On, SslChange, SslMode, Variant};
use zoo::names::NameServer;

const HOST: &str = "shop.example.org";

/// An app with AutoSSL on, right DNS and an open port for HTTP: all well until a test spoils it.
struct Scene {
    stage: Stage,
    names: NameServer,
    client: Client,
    http: TcpListener,
}

impl Scene {
    fn new() -> Scene {
        Scene::with_timeouts(0)
    }

    fn with_timeouts(total_ms: u32) -> Scene {
        let scene = Scene::before_autossl(total_ms);
        scene.stage.double.advance(Duration::from_secs(60));
        let enabled = scene.client.enable_autossl().expect("a report");
        assert_eq!(enabled.status, Status::SP_OK, "{}", enabled.message);
        scene.stage.double.advance(Duration::from_secs(60));
        scene
    }

    fn before_autossl(total_ms: u32) -> Scene {
        let stage = Stage::with(&[HOST]);
        stage
            .double
            .change_settings(|settings| settings.issue_after_s = 30);
        stage.double.set_app(AppChange {
            server_address: Some(Some("127.0.0.1".to_owned())),
            ..AppChange::default()
        });
        let names = NameServer::start();
        names.host(HOST, &["127.0.0.1"]);
        let client = stage.client_with(|config| config.set_timeouts(0, 0, total_ms));
        Scene {
            stage,
            names,
            client,
            http: TcpListener::bind("127.0.0.1:0").expect("a free port"),
        }
    }

    fn options(&self) -> Value {
        let site = self.stage.double.site_address();
        let site: std::net::SocketAddr = site.parse().expect("an address");
        json!({
            "dns_servers": [self.names.address.to_string()],
            "allow_addresses": ["127.0.0.0/8"],
            "port": site.port(),
            "http_port": self.http.local_addr().expect("an address").port(),
        })
    }

    fn diagnose(&self, host: &str) -> Report {
        self.diagnose_with(host, &self.options())
    }

    fn diagnose_with(&self, host: &str, options: &Value) -> Report {
        let report = self
            .client
            .diagnose(host, Some(&options.to_string()))
            .expect("a report");
        assert_status(&report, Status::SP_OK, host);
        let document = &report.document;
        assert_eq!(document["operation"], "diagnose");
        assert_eq!(document["changed"], false);
        for key in [
            "domain",
            "cause",
            "whose_move",
            "advice",
            "evidence",
            "next_look_ms",
        ] {
            assert!(document.get(key).is_some(), "{key}");
        }
        for evidence in document["evidence"].as_array().expect("evidence") {
            let outcome = evidence["outcome"].as_str().expect("an outcome");
            assert!(["good", "bad", "unknown", "skipped"].contains(&outcome));
            assert!(evidence["detail"].is_string() && evidence["check"].is_string());
        }
        report
    }
}

fn fault(on: On, times: Option<u32>, kind: Kind) -> Fault {
    Fault {
        on,
        times,
        skip: 0,
        apply: None,
        kind,
    }
}

fn found(report: &Report) -> (&str, &str) {
    let text = |key: &str| report.document[key].as_str().expect("a text");
    (text("cause"), text("whose_move"))
}

fn outcome<'a>(report: &'a Report, check: &str) -> &'a str {
    let evidence = report.document["evidence"].as_array().expect("evidence");
    let step = evidence
        .iter()
        .find(|step| step["check"] == check)
        .expect(check);
    step["outcome"].as_str().expect("an outcome")
}

#[test]
fn all_well_and_then_one_thing_after_the_other() {
    let scene = Scene::new();
    let report = scene.diagnose(HOST);
    assert_eq!(
        found(&report),
        ("all_well", "nobody"),
        "{}",
        report.document
    );
    assert_eq!(report.document["next_look_ms"], 0);
    assert_eq!(report.document["requests"], 2, "the app and the server");

    assert_eq!(
        found(&scene.diagnose("missing.example.org")),
        ("name_not_found", "customer")
    );

    scene.names.host("far.example.org", &["127.0.0.9"]);
    assert_eq!(
        found(&scene.diagnose("far.example.org")),
        ("wrong_address", "customer")
    );

    scene
        .names
        .host("six.example.org", &["127.0.0.1", "fd00::1"]);
    assert_eq!(
        found(&scene.diagnose("six.example.org")),
        ("ipv6_elsewhere", "customer")
    );

    scene.names.host("caa.example.org", &["127.0.0.1"]).caa(
        "caa.example.org",
        0,
        "issue",
        "ca.example.net",
    );
    assert_eq!(
        found(&scene.diagnose("caa.example.org")),
        ("caa_forbids", "customer")
    );
    scene
        .names
        .host("deep.below.example.net", &["127.0.0.1"])
        .caa("example.net", 0, "issue", ";");
    assert_eq!(
        found(&scene.diagnose("deep.below.example.net")),
        ("caa_forbids", "customer")
    );

    scene.names.host("new.example.org", &["127.0.0.1"]);
    let report = scene.diagnose("new.example.org");
    assert_eq!(found(&report), ("not_listed", "operator"));
    assert_eq!(outcome(&report, "certificate"), "bad");
    assert_eq!(outcome(&report, "caa"), "good");

    scene.stage.double.set_domains([HOST, "new.example.org"]);
    assert_eq!(
        found(&scene.diagnose("new.example.org")),
        ("not_in_certificate", "wait")
    );
    scene
        .stage
        .double
        .set_domains([HOST, "www.shop.example.org"]);
    assert_eq!(found(&scene.diagnose(HOST)), ("www_unresolved", "customer"));
    let hundred: Vec<String> = (0..100)
        .map(|n| format!("n{n}.example.org"))
        .chain([HOST.to_owned()])
        .collect();
    scene.stage.double.set_domains(&hundred);
    assert_eq!(found(&scene.diagnose(HOST)), ("too_many_names", "operator"));
    scene.stage.double.set_domains([HOST]);

    let mut closed = scene.options();
    closed["http_port"] = json!(zoo::servers::nobody().address.port());
    assert_eq!(
        found(&scene.diagnose_with(HOST, &closed)),
        ("port_80_closed", "operator")
    );

    let mut elsewhere = scene.options();
    let zoo = zoo::Zoo::open();
    let other = zoo::servers::tls(&zoo.healthy(&[HOST]));
    elsewhere["port"] = json!(other.address.port());
    scene.stage.double.advance(Duration::from_secs(120));
    assert_eq!(
        found(&scene.diagnose_with(HOST, &elsewhere)),
        ("other_certificate", "wait")
    );
}

#[test]
fn autossl_not_yet_and_not_on() {
    let scene = Scene::before_autossl(0);
    let report = scene.diagnose(HOST);
    assert_eq!(found(&report), ("autossl_pending", "wait"));
    assert_eq!(report.document["next_look_ms"], 60_000);
    scene.stage.double.advance(Duration::from_secs(60));
    assert_eq!(found(&scene.diagnose(HOST)), ("autossl_off", "operator"));
    let install = |variant| {
        scene.stage.double.set_app(AppChange {
            ssl: Some(Some(SslChange::Detail {
                mode: SslMode::Custom,
                names: None,
                variant,
                force: false,
            })),
            ..AppChange::default()
        });
    };
    install(Variant::Good);
    let report = scene.diagnose(HOST);
    assert_eq!(
        found(&report),
        ("all_well", "nobody"),
        "a custom certificate that is valid is no fault"
    );
    assert_eq!(outcome(&report, "autossl_enabled"), "skipped");
    for variant in [Variant::WrongName, Variant::Expired, Variant::UnknownCa] {
        install(variant);
        assert_eq!(
            found(&scene.diagnose(HOST)),
            ("custom_certificate", "operator"),
            "{variant:?}"
        );
    }
}

#[test]
fn another_customers_name_holds_the_certificate_up() {
    const WWW: &str = "www.other.example.net";
    let scene = Scene::before_autossl(0);
    let list = [
        HOST,
        "other.example.net",
        WWW,
        "*.wild.example.net",
        "203.0.113.9",
    ];
    scene.stage.double.set_domains(list);
    scene.names.host("other.example.net", &["127.0.0.9"]);
    let report = scene.diagnose(HOST);
    assert_eq!(found(&report), ("another_name_blocks", "operator"));
    assert_eq!(outcome(&report, "other_names"), "bad");
    assert_eq!(outcome(&report, "autossl_available"), "bad");
    let advice = report.document["advice"].as_str().expect("a text");
    assert!(advice.contains(WWW), "{advice}");
    assert!(
        !advice.contains("wild") && !advice.contains("203.0.113.9"),
        "{advice}"
    );
    let asked = scene.names.asked();
    assert!(
        !asked
            .iter()
            .any(|(name, _)| name.contains("wild") || name.contains("203"))
    );

    // Not known is not unresolved.
    scene.names.broken(WWW);
    let report = scene.diagnose(HOST);
    assert_eq!(found(&report), ("autossl_pending", "wait"));
    assert_eq!(outcome(&report, "other_names"), "unknown");

    let named = scene.diagnose_with(
        HOST,
        &json!({ "connect_to": scene.stage.double.site_address() }),
    );
    assert_eq!(found(&named), ("autossl_pending", "wait"));
    assert_eq!(outcome(&named, "other_names"), "skipped");
}

#[test]
fn other_names_are_looked_up_only_for_a_certificate_to_come() {
    let scene = Scene::new();
    scene.stage.double.set_domains([HOST, "gone.example.net"]);
    let report = scene.diagnose(HOST);
    assert_eq!(found(&report), ("all_well", "nobody"));
    assert_eq!(outcome(&report, "other_names"), "skipped");
    let about_others = |(name, _): &(String, u16)| name == "gone.example.net";
    assert!(!scene.names.asked().iter().any(about_others));

    // The next certificate is waited for as the first one is.
    scene.names.host("new.example.org", &["127.0.0.1"]);
    let list = [HOST, "new.example.org", "gone.example.net"];
    scene.stage.double.set_domains(list);
    let report = scene.diagnose("new.example.org");
    assert_eq!(found(&report), ("another_name_blocks", "operator"));
    scene.names.host("gone.example.net", &["127.0.0.1"]);
    let report = scene.diagnose("new.example.org");
    assert_eq!(found(&report), ("not_in_certificate", "wait"));
    assert_eq!(outcome(&report, "other_names"), "good");
}

#[test]
fn a_certificate_in_use_holds_its_names_while_the_next_one_is_made() {
    let scene = Scene::new();
    scene.stage.double.set_domains([HOST, "new.example.org"]);
    let report = scene.diagnose(HOST);
    assert_eq!(found(&report), ("all_well", "nobody"));
    assert_eq!(outcome(&report, "autossl_certificate"), "good");
    let mut closed = scene.options();
    closed["port"] = json!(zoo::servers::nobody().address.port());
    assert_eq!(
        found(&scene.diagnose_with(HOST, &closed)),
        ("https_closed", "operator"),
        "waiting for a certificate opens no port"
    );
}

#[test]
fn a_full_list_of_silent_names_takes_its_time_and_no_more() {
    let scene = Scene::before_autossl(0);
    let silent: Vec<String> = (0..99).map(|n| format!("s{n}.example.net")).collect();
    for name in &silent {
        scene.names.silent(name);
    }
    scene
        .stage
        .double
        .set_domains(silent.iter().map(String::as_str).chain([HOST]));
    let started = Instant::now();
    let report = scene.diagnose(HOST);
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
fn serverpilot_comes_first() {
    let scene = Scene::new();
    for (code, expected) in [
        (401, ("key_refused", "operator")),
        (402, ("payment_required", "operator")),
        (403, ("permission_denied", "operator")),
        (404, ("app_not_found", "operator")),
        (429, ("serverpilot_busy", "wait")),
        (500, ("serverpilot_failing", "serverpilot")),
    ] {
        scene.stage.double.fault(fault(
            On::Read,
            Some(1),
            Kind::Status {
                code,
                headers: Vec::new(),
                body: "json".to_owned(),
            },
        ));
        let report = scene.diagnose("missing.example.org");
        assert_eq!(found(&report), expected, "{code}");
        assert_eq!(
            outcome(&report, "dns"),
            "bad",
            "what could be found out is there all the same"
        );
        assert_eq!(outcome(&report, "listed"), "unknown");
    }
    scene.stage.double.set_listening(false);
    scene.stage.double.close_connections();
    assert_eq!(
        found(&scene.diagnose(HOST)),
        ("serverpilot_unreachable", "operator")
    );
}

#[test]
fn where_to_connect_was_said() {
    let scene = Scene::new();
    let report = scene.diagnose_with(
        HOST,
        &json!({ "connect_to": scene.stage.double.site_address() }),
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
    assert!(scene.names.asked().is_empty());
}

#[test]
fn a_proxy_is_named() {
    let scene = Scene::with_timeouts(4000);
    scene.names.host("proxied.example.org", &["104.16.1.1"]);
    let mut options = scene.options();
    options["connect_to"] = json!(scene.stage.double.site_address());
    assert_eq!(
        found(&scene.diagnose_with("proxied.example.org", &options)),
        ("behind_proxy", "customer")
    );
}

#[test]
fn everything_silent_ends_in_time() {
    let scene = Scene::with_timeouts(1500);
    scene
        .names
        .silent("silent.example.org")
        .silent("www.silent.example.org");
    scene.stage.double.fault(fault(On::Any, None, Kind::Hang));
    let started = Instant::now();
    let report = scene.diagnose("silent.example.org");
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
    let stage = Stage::with(&[HOST]);
    let bare = Client::new(Config::default());
    assert_eq!(
        bare.diagnose(HOST, None).err(),
        Some(Status::SP_ERR_NOT_CONFIGURED)
    );
    let mut config = Config::default();
    config.set_base_url(stage.double.api_url()).expect("a URL");
    config
        .set_credentials(CLIENT_ID, API_KEY)
        .expect("credentials");
    assert_eq!(
        Client::new(config).diagnose(HOST, None).err(),
        Some(Status::SP_ERR_NOT_CONFIGURED)
    );
    assert_eq!(stage.double.connections(), 0);

    let client = stage.client();
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
    assert_eq!(stage.double.connections(), 0);
}
