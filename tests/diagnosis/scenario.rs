//! A healthy network to spoil: an app with AutoSSL on, right DNS and an open port for HTTP.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use fake_serverpilot::{AppChange, Fault, Kind, On, SslChange, SslMode, Variant};
use rustls::SupportedProtocolVersion;
use serde_json::{Value, json};
use serverpilot::client::Client;
use serverpilot::outcome::Report;
use serverpilot::status::Status;

use crate::setup::{Setup, assert_status, status_kind};
use crate::tls_fixtures::names::NameServer;
use crate::tls_fixtures::servers::{self, ClientCertificates, Server, TlsSettings};
use crate::tls_fixtures::{self, Identity, TlsFixtures};

pub const HOST: &str = "shop.example.org";
pub const WWW: &str = "www.shop.example.org";

/// An app with AutoSSL on, right DNS and an open port for HTTP: all well until a test spoils it.
pub struct Scenario {
    pub setup: Setup,
    pub names: NameServer,
    pub client: Client,
    pub http: TcpListener,
    /// What the client trusts besides the fake's own CA.
    pub fixtures: TlsFixtures,
}

impl Scenario {
    pub fn new() -> Scenario {
        Scenario::with_timeouts(0)
    }

    pub fn with_timeouts(total_ms: u32) -> Scenario {
        let scenario = Scenario::before_autossl(total_ms);
        scenario.setup.fake.advance(Duration::from_secs(60));
        let enabled = scenario.client.enable_autossl().expect("a report");
        assert_eq!(enabled.status, Status::SP_OK, "{}", enabled.message);
        scenario.setup.fake.advance(Duration::from_secs(60));
        scenario
    }

    pub fn before_autossl(total_ms: u32) -> Scenario {
        let setup = Setup::with(&[HOST]);
        let fixtures = TlsFixtures::open();
        let trusted = fixtures.path("trusted.pem");
        let fakes_own = std::fs::read_to_string(setup.fake.ca_file()).expect("the fake's CA");
        std::fs::write(&trusted, fakes_own + &fixtures.root.pem()).expect("a file");
        setup
            .fake
            .change_settings(|settings| settings.issue_after_s = 30);
        setup.fake.set_app(AppChange {
            server_address: Some(Some("127.0.0.1".to_owned())),
            ..AppChange::default()
        });
        let names = NameServer::start();
        names.host(HOST, &["127.0.0.1"]);
        let client = setup.client_with(|config| {
            config.set_timeouts(0, 0, total_ms);
            let trusted = trusted.to_str().expect("a path");
            config.set_ca_file(trusted).expect("a CA file");
        });
        Scenario {
            setup,
            names,
            client,
            http: TcpListener::bind("127.0.0.1:0").expect("a free port"),
            fixtures,
        }
    }

    pub fn options(&self) -> Value {
        let site = self.setup.fake.site_address();
        let site: std::net::SocketAddr = site.parse().expect("an address");
        json!({
            "dns_servers": [self.names.address.to_string()],
            "allow_addresses": ["127.0.0.0/8"],
            "port": site.port(),
            "http_port": self.http.local_addr().expect("an address").port(),
        })
    }

    pub fn diagnose(&self, host: &str) -> Report {
        self.diagnose_with(host, &self.options())
    }

    pub fn diagnose_with(&self, host: &str, options: &Value) -> Report {
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

pub fn fault(on: On, times: Option<u32>, kind: Kind) -> Fault {
    Fault {
        on,
        times,
        skip: 0,
        apply: None,
        kind,
    }
}

pub fn found(report: &Report) -> (&str, &str) {
    let text = |key: &str| report.document[key].as_str().expect("a text");
    (text("cause"), text("whose_move"))
}

pub fn outcome<'a>(report: &'a Report, check: &str) -> &'a str {
    let evidence = report.document["evidence"].as_array().expect("evidence");
    let step = evidence
        .iter()
        .find(|step| step["check"] == check)
        .expect(check);
    step["outcome"].as_str().expect("an outcome")
}

/// What is asked, and the servers that have to be there until it is answered.
pub struct Question {
    pub host: &'static str,
    pub options: Value,
    pub servers: Vec<Server>,
}

impl Question {
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Question {
        self.options[key] = value.into();
        self
    }
}

impl Scenario {
    pub fn ask(&self, host: &'static str) -> Question {
        Question {
            host,
            options: self.options(),
            servers: Vec::new(),
        }
    }

    /// The same with this server for HTTPS.
    pub fn ask_at(&self, host: &'static str, server: Server) -> Question {
        let mut question = self.ask(host).with("port", server.address.port());
        question.servers.push(server);
        question
    }

    /// A name that resolves to the server, and is in the app's list from now on.
    pub fn add(&self, host: &'static str) {
        self.names.host(host, &["127.0.0.1"]);
        self.setup.fake.set_domains([HOST, host]);
    }

    pub fn answer_with(&self, code: u16) -> Question {
        let busy = status_kind(code, &[("Retry-After", "600")], "json");
        self.setup.fake.fault(fault(On::Read, None, busy));
        self.ask(HOST)
    }

    pub fn app(&self, change: AppChange) -> Question {
        self.setup.fake.set_app(change);
        self.ask(HOST)
    }

    pub fn install(&self, mode: SslMode, variant: Variant) -> Question {
        let detail = SslChange::Detail {
            mode,
            names: None,
            variant,
            force: false,
        };
        self.app(AppChange {
            ssl: Some(Some(detail)),
            ..AppChange::default()
        })
    }

    pub fn no_certificate_yet(&self) -> Question {
        self.app(AppChange {
            ssl: Some(None),
            autossl_available: Some(Some(false)),
            ..AppChange::default()
        })
    }

    /// What is installed on the app, for a server that is set up in another way than the app's.
    pub fn installed(&self) -> Identity {
        let (chain, key_der) = self.setup.fake.certificate().expect("a certificate");
        Identity { chain, key_der }
    }

    pub fn insisting_on_client_certificates(
        &self,
        versions: &'static [&'static SupportedProtocolVersion],
    ) -> Question {
        let setup = TlsSettings {
            versions,
            clients: ClientCertificates::Required,
            ..TlsSettings::default()
        };
        let root = tls_fixtures::root("Visitors");
        self.ask_at(
            HOST,
            servers::tls_with(&self.installed(), setup, Some(&root)),
        )
    }

    /// The app's own certificate, served by TLS 1.0.
    pub fn of_old(&self) -> Question {
        let (fixtures, installed) = (&self.fixtures, self.installed());
        let (certificate, key) = (
            fixtures.path("installed.pem"),
            fixtures.path("installed.key"),
        );
        std::fs::write(&certificate, tls_fixtures::pem(&installed.chain)).expect("a file");
        std::fs::write(&key, tls_fixtures::key_pem(&installed)).expect("a file");
        let options = ["-tls1", "-cipher", "ALL:@SECLEVEL=0"];
        self.ask_at(
            HOST,
            servers::openssl(fixtures, &certificate, &key, &options),
        )
    }
}

/// Addresses that are not the server's.
impl Scenario {
    fn site(&self) -> SocketAddr {
        let site = self.setup.fake.site_address();
        site.parse().expect("an address")
    }

    /// The same port at another address, which IPv6 is told by its colons.
    fn at(&self, address: &str) -> String {
        let port = self.site().port();
        match address.contains(':') {
            true => format!("[{address}]:{port}"),
            false => format!("{address}:{port}"),
        }
    }

    /// A reserved address: what comes there goes to the server, for HTTP too.
    pub fn reserved(&self, address: &str) -> Vec<Server> {
        let http = self.http.local_addr().expect("an address");
        let http_there = format!("{address}:{}", http.port());
        vec![
            servers::forwarding(&self.at(address), self.site()),
            servers::forwarding(&http_there, http),
        ]
    }

    /// A load balancer, a CDN: another machine with a valid certificate for this name.
    pub fn balancer(&self, address: &str, host: &str) -> Server {
        let settings = TlsSettings {
            address: self.at(address).leak(),
            ..TlsSettings::default()
        };
        servers::tls_with(&self.fixtures.healthy(&[host]), settings, None)
    }

    /// Another machine with nothing but a certificate it has signed itself.
    pub fn stranger(&self, address: &str, host: &str) -> Server {
        let settings = TlsSettings {
            address: self.at(address).leak(),
            ..TlsSettings::default()
        };
        servers::tls_with(&tls_fixtures::wish(&[host]).self_signed(), settings, None)
    }

    /// From now on the name has these addresses and no others.
    pub fn moved(&self, host: &'static str, addresses: &[&str]) {
        self.names.empty(host).host(host, addresses);
    }

    /// The same question, with these servers there.
    pub fn ask_among(&self, host: &'static str, servers: Vec<Server>) -> Question {
        let allowed = json!(["127.0.0.0/8", "::1"]);
        Question {
            servers,
            ..self.ask(host).with("allow_addresses", allowed)
        }
    }
}
