//! This machine's hosts file is not the customer's DNS. Each case runs in a process with an
//! /etc/hosts and an /etc/resolv.conf of its own, bound over the machine's in a mount namespace,
//! which takes root; where that cannot be had, the tests say so and show nothing.

use std::io::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

use fake_serverpilot::AppChange;
use serde_json::{Value, json};
use serverpilot::client::Client;

use crate::scenario::{HOST, Scenario};
use crate::setup::Settings;
use crate::tls_fixtures::names::NameServer;

const CALL: &str = "DIAGNOSIS_CALL";
const NAME: &str = "DIAGNOSIS_NAME";
const OPTIONS: &str = "DIAGNOSIS_OPTIONS";
/// What stands before the document on the other process's output.
const MARK: &str = "DOCUMENT ";

/// The other process begins here. Without a call there is nothing to do.
#[test]
#[ignore = "a part of the other tests"]
fn with_other_hosts() {
    let Some(settings) = Settings::from_environment() else {
        return;
    };
    let told = |key| std::env::var(key).expect(key);
    let client = Client::new(settings.config());
    let (name, options) = (told(NAME), told(OPTIONS));
    let report = match told(CALL).as_str() {
        "diagnose" => client.diagnose(&name, Some(&options)),
        "check" => client.check_ssl(&name, Some(&options)),
        "check_many" => client.check_ssl_many(&name, Some(&options)),
        call => panic!("no such call: {call}"),
    };
    println!("\n{MARK}{}", report.expect("a report").document);
}

/// A network whose name server is the system's, in a process with this hosts file.
struct OtherHosts {
    scenario: Scenario,
    names: NameServer,
    hosts: &'static str,
}

impl OtherHosts {
    /// None where there can be no such process.
    fn new(scenario: Scenario, hosts: &'static str) -> Option<OtherHosts> {
        let namespace = Command::new("unshare").args(["-m", "true"]).status();
        if !namespace.is_ok_and(|status| status.success()) {
            // Past the test harness, which keeps what a passing test prints.
            let said = b"nothing is shown of /etc/hosts: a mount namespace takes root\n";
            let _ = std::io::stderr().write_all(said);
            return None;
        }
        // Name servers of the system's have port 53, so each has an address of its own.
        static NEXT: AtomicU8 = AtomicU8::new(54);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let [_, _, high, low] = std::process::id().to_be_bytes();
        let names = NameServer::start_at(&format!("127.{next}.{high}.{low}:53"));
        Some(OtherHosts {
            scenario,
            names,
            hosts,
        })
    }

    fn call(&self, call: &str, name: &str) -> Value {
        let mut options = self.scenario.options();
        let map = options.as_object_mut().expect("an object");
        map.remove("dns_servers");
        if call != "diagnose" {
            map.remove("http_port");
        }
        let file = |name: &str, text: String| {
            let path = self.scenario.fixtures.path(name);
            std::fs::write(&path, text).expect("a file");
            path
        };
        let hosts = file("hosts", self.hosts.to_owned());
        let server = format!("nameserver {}\n", self.names.address.ip());
        let resolver = file("resolv.conf", server);
        let script = "mount --bind \"$1\" /etc/hosts && mount --bind \"$2\" /etc/resolv.conf \
            && shift 2 && exec \"$@\"";
        let own = self
            .scenario
            .setup
            .another_process("hosts::with_other_hosts");
        let output = Command::new("unshare")
            .args(["-m", "sh", "-c", script, "sh"])
            .args([hosts, resolver])
            .arg(own.get_program())
            .args(own.get_args())
            .envs(
                own.get_envs()
                    .filter_map(|(key, value)| Some((key, value?))),
            )
            .env(CALL, call)
            .env(NAME, name)
            .env(OPTIONS, options.to_string())
            .output()
            .expect("another process");
        let said = String::from_utf8_lossy(&output.stdout);
        let document = said.lines().find_map(|line| line.strip_prefix(MARK));
        let document = document.unwrap_or_else(|| panic!("{said}{output:?}"));
        serde_json::from_str(document).expect("JSON")
    }

    fn diagnose(&self, name: &str) -> (Value, String) {
        let document = self.call("diagnose", name);
        let evidence = document["evidence"].as_array().expect("evidence");
        let dns = evidence.iter().find(|one| one["check"] == "dns");
        let detail = dns.expect("the check")["detail"].as_str().expect("a text");
        let detail = detail.to_owned();
        (document, detail)
    }
}

const LOCAL: &str = "127.0.0.1 localhost\n127.0.0.1 shop.example.org\n";

#[test]
fn a_hosts_file_is_no_customers_dns() {
    let Some(network) = OtherHosts::new(Scenario::new(), LOCAL) else {
        return;
    };
    // Nothing at all in public DNS.
    let (document, detail) = network.diagnose(HOST);
    assert_eq!(document["cause"], "name_not_found", "{document:#}");
    assert_eq!(document["whose_move"], "customer");
    assert!(detail.contains("/etc/hosts") && detail.contains("127.0.0.1"));

    // Something else in public DNS, where nothing is served.
    network.names.host(HOST, &["127.0.0.9"]);
    let (document, detail) = network.diagnose(HOST);
    assert_eq!(document["cause"], "wrong_address", "{document:#}");
    assert!(detail.contains("127.0.0.9") && detail.contains("/etc/hosts"));

    // The same as in public DNS.
    network.names.empty(HOST).host(HOST, &["127.0.0.1"]);
    let (document, detail) = network.diagnose(HOST);
    assert_eq!(document["cause"], "all_well", "{document:#}");
    assert!(!detail.contains("/etc/hosts"), "{detail}");

    // Nobody knows what visitors get.
    network.names.broken(HOST);
    let (document, _) = network.diagnose(HOST);
    assert_eq!(document["cause"], "dns_unanswered", "{document:#}");
    assert_eq!(document["whose_move"], "wait");
}

#[test]
fn a_wrong_hosts_file_is_not_the_customers_fault() {
    const ELSEWHERE: &str = "127.0.0.1 localhost\n127.0.0.9 shop.example.org\n";
    let Some(network) = OtherHosts::new(Scenario::new(), ELSEWHERE) else {
        return;
    };
    network.names.host(HOST, &["127.0.0.1"]);
    let (document, detail) = network.diagnose(HOST);
    assert_eq!(document["cause"], "all_well", "{document:#}");
    assert!(detail.contains("/etc/hosts says 127.0.0.9"), "{detail}");
}

/// A server that cannot reach its own public address has its names in its hosts file.
#[test]
fn a_server_behind_its_own_public_address_is_well() {
    let Some(network) = OtherHosts::new(Scenario::new(), LOCAL) else {
        return;
    };
    network.scenario.setup.fake.set_app(AppChange {
        server_address: Some(Some("127.0.0.9".to_owned())),
        ..AppChange::default()
    });
    network.names.host(HOST, &["127.0.0.9"]);
    let (document, detail) = network.diagnose(HOST);
    assert_eq!(document["cause"], "all_well", "{document:#}");
    assert!(detail.contains("/etc/hosts says 127.0.0.1"), "{detail}");
    let advice = document["advice"].as_str().expect("a text");
    assert!(advice.contains("from outside"), "{advice}");
}

#[test]
fn another_name_in_the_hosts_file_holds_the_certificate_up() {
    const OTHER: &str = "127.0.0.1 localhost\n127.0.0.1 gone.example.net\n";
    let scenario = Scenario::before_autossl(0);
    scenario.setup.fake.set_domains([HOST, "gone.example.net"]);
    let Some(network) = OtherHosts::new(scenario, OTHER) else {
        return;
    };
    network.names.host(HOST, &["127.0.0.1"]);
    let (document, _) = network.diagnose(HOST);
    assert_eq!(document["cause"], "another_name_blocks", "{document:#}");
}

#[test]
fn a_check_connects_as_this_machine_does_and_says_what_public_dns_says() {
    let Some(network) = OtherHosts::new(Scenario::new(), LOCAL) else {
        return;
    };
    let site = network.scenario.setup.fake.site_address().to_owned();
    for (dns, spoil) in [
        ("no_such_name", None),
        ("no_address", Some("empty")),
        ("failed", Some("broken")),
        ("found", Some("host")),
    ] {
        match spoil {
            Some("empty") => drop(network.names.empty(HOST)),
            Some("broken") => drop(network.names.broken(HOST)),
            Some(_) => drop(network.names.empty(HOST).host(HOST, &["127.0.0.9"])),
            None => {}
        }
        let document = network.call("check", HOST);
        assert_eq!(document["dns"], dns, "{document:#}");
        assert_eq!(document["reason"], "ok");
        assert_eq!(document["connected_to"], site);
    }

    let names = json!([HOST, "plain.example.org"]).to_string();
    network.names.host("plain.example.org", &["127.0.0.1"]);
    let before = network.names.asked().len();
    let document = network.call("check_many", &names);
    let results = &document["results"];
    assert_eq!(results[0]["connected_to"], site);
    assert_eq!(results[0]["dns"], "found");
    assert_eq!(results[1]["dns"], "found");
    // Once for each family, whether the hosts file has the name or not.
    let mut asked = network.names.asked().split_off(before);
    asked.sort();
    let once = |name: &str| [(name.to_owned(), 1), (name.to_owned(), 28)];
    assert_eq!(asked, [once("plain.example.org"), once(HOST)].concat());
}
