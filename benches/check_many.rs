//! How long `sp_check_ssl_many` takes for as many names as an app can have, over TLS on loopback:
//! `cargo bench --bench check_many`. The servers run in the same process and on the same cores; the
//! library's own cost is the calling thread's CPU time.

#[path = "../tests/tls_fixtures/mod.rs"]
mod tls_fixtures;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serverpilot::client::Client;
use serverpilot::config::Config;
use tls_fixtures::names::NameServer;
use tls_fixtures::{TlsFixtures, servers};

const NAMES: usize = 300;
const RUNS: usize = 7;

fn main() {
    let fixtures = TlsFixtures::open();
    let mut config = Config::default();
    config
        .set_ca_file(fixtures.ca_file.to_str().expect("a path"))
        .expect("a CA file");
    let client = Client::new(config);
    let server = servers::tls(&fixtures.healthy(&["*.example.org"]));
    let names = NameServer::start();
    let domains: Vec<String> = (0..NAMES).map(|n| format!("n{n}.example.org")).collect();
    for domain in &domains {
        names.host(domain, &["127.0.0.1"]);
    }
    let domains = json!(domains).to_string();
    let given = json!({
        "connect_to": server.address.to_string(),
        "dns_servers": [names.address.to_string()],
    });
    let asked = json!({
        "dns_servers": [names.address.to_string()],
        "port": server.address.port(),
        "allow_addresses": ["127.0.0.1"],
    });
    for (label, options) in [("address given", given), ("with DNS", asked)] {
        for concurrency in [Value::Null, json!(1), json!(64)] {
            let mut options = options.clone();
            if !concurrency.is_null() {
                options["concurrency"] = concurrency.clone();
            }
            let options = options.to_string();
            let mut runs: Vec<(Duration, Duration)> = (0..RUNS)
                .map(|_| {
                    let (started, used) = (Instant::now(), cpu());
                    let report = client
                        .check_ssl_many(&domains, Some(&options))
                        .expect("a report");
                    assert_eq!(report.document["counts"]["valid"], NAMES);
                    (started.elapsed(), cpu() - used)
                })
                .collect();
            runs.sort();
            let concurrency = match concurrency {
                Value::Null => "by default".to_owned(),
                number => number.to_string(),
            };
            println!(
                "{NAMES} names, {label}, concurrency {concurrency}: {:?} to {:?}, median {:?} with {:?} of CPU",
                runs[0].0,
                runs[RUNS - 1].0,
                runs[RUNS / 2].0,
                runs[RUNS / 2].1
            );
        }
    }
}

/// The CPU time of this thread (proc(5), schedstat).
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let spent = text.split(' ').next().and_then(|field| field.parse().ok());
    Duration::from_nanos(spent.expect("nanoseconds"))
}
