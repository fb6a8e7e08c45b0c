//! The option documents of the certificate check and the diagnosis, and the address policy they
//! can loosen: read strictly, and no further open than they say.
//!
//! The first line is the array of names for many checks, the rest the options.

#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serverpilot::operations::{certificate, diagnose};
use serverpilot::probe::address::{is_public, may_connect, parse_network};

/// Every key that one of the three calls knows.
const KEYS: [&str; 8] = [
    "connect_to",
    "port",
    "timeout_ms",
    "allow_addresses",
    "warn_days",
    "concurrency",
    "dns_servers",
    "http_port",
];

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (names, options) = text.split_once('\n').unwrap_or(("[]", &text));
    let taken = [
        certificate::Options::parse(Some(options)).is_ok(),
        certificate::ManyRequest::parse(names, Some(options)).is_ok(),
        certificate::ManyRequest::parse("[]", Some(options)).is_ok(),
        diagnose::Options::parse(Some(options)).is_ok(),
    ];
    if taken.contains(&true) {
        strictly(options);
    }
    policy(options);
});

/// What was taken is an object of known keys, and one key more is refused.
fn strictly(options: &str) {
    let document: Value = serde_json::from_str(options).expect("JSON was taken");
    let Value::Object(mut map) = document else {
        panic!("options come by name");
    };
    for (key, value) in &map {
        assert!(KEYS.contains(&key.as_str()), "{key} is no option");
        assert!(!value.is_null(), "{key} without a value");
    }
    map.insert("no_such_option".to_owned(), Value::Bool(true));
    let more = Value::Object(map).to_string();
    assert!(certificate::Options::parse(Some(&more)).is_err());
    assert!(certificate::ManyRequest::parse("[]", Some(&more)).is_err());
    assert!(diagnose::Options::parse(Some(&more)).is_err());
}

/// Every allowed address opens itself and nothing outside its own network.
fn policy(options: &str) {
    let Ok(document) = serde_json::from_str::<Value>(options) else {
        return;
    };
    let Some(texts) = document["allow_addresses"].as_array() else {
        return;
    };
    for text in texts.iter().filter_map(Value::as_str) {
        let Some(network) = parse_network(text) else {
            continue;
        };
        let address = text.split('/').next().unwrap_or_default();
        let address: IpAddr = address.parse().expect("an address before the prefix");
        assert!(network.contains(&address) && may_connect(address, &[network]));
        assert_eq!(may_connect(address, &[]), is_public(address));
        if let IpAddr::V4(four) = address {
            // The other spellings of the same address stay closed.
            let mapped = IpAddr::V6(four.to_ipv6_mapped());
            assert!(!network.contains(&mapped) && !is_public(mapped));
        }
    }
}
