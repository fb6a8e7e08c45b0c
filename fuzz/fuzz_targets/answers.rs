//! Whatever the service answers, it is either a valid document or rejected, and nothing that can
//! be shown contains a private key or a credential.
//!
//! The whole input is one answer. HTTP itself is covered by the target `wire`.

#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serverpilot::api::model::{Action, App, Domains, Envelope, ErrorEnvelope, Server, SslAnswer};
use serverpilot::autossl::decide;
use serverpilot::plan::Difference;
use serverpilot::secret::{Redactor, Secret};

const KEY: &str = "SENTINEL-ssl-key";
const CLIENT_ID: &str = "cid_SENTINEL0001";
const API_KEY: &str = "key-SENTINEL-0001";

fuzz_target!(|bytes: &[u8]| {
    understood(bytes);
    let Ok(mut document) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    redaction(&mut document.clone());
    if !String::from_utf8_lossy(bytes).contains("SENTINEL") {
        plant(&mut document);
        for shown in understood(document.to_string().as_bytes()) {
            assert!(!shown.contains("SENTINEL"), "{shown}");
        }
    }
});

/// Parses the answer as every kind of document; returns the Debug output of those that succeed.
fn understood(bytes: &[u8]) -> Vec<String> {
    fn show<T: Debug>(read: serde_json::Result<T>) -> Option<String> {
        read.ok().map(|document| format!("{document:?}"))
    }
    let app = serde_json::from_slice::<Envelope<App>>(bytes);
    if let Ok(answer) = &app {
        check_app(&answer.data);
    }
    let ssl = serde_json::from_slice::<Envelope<SslAnswer>>(bytes);
    if let Ok(answer) = &ssl {
        let _ = answer.data.auto();
    }
    let all = [
        show(app),
        show(ssl),
        show(serde_json::from_slice::<Envelope<Server>>(bytes)),
        show(serde_json::from_slice::<Envelope<Action>>(bytes)),
        show(serde_json::from_slice::<ErrorEnvelope>(bytes)),
    ];
    all.into_iter().flatten().collect()
}

/// Calls everything that is decided from an app alone.
fn check_app(app: &App) {
    let _ = (app.ssl_mode(), app.force_ssl(), decide(app));
    let _ = (app.autossl_available(), app.autossl_domains());
    if let Domains::List(list) = &app.domains {
        let shuffled: Vec<String> = list.iter().rev().cloned().collect();
        assert!(Difference::between(list, &shuffled).is_none());
    }
}

/// Puts a private key into every object.
fn plant(document: &mut Value) {
    match document {
        Value::Array(items) => items.iter_mut().for_each(plant),
        Value::Object(map) => {
            map.values_mut().for_each(plant);
            map.insert("key".to_owned(), KEY.into());
        }
        _ => {}
    }
}

/// After redaction a document no longer contains the credentials it echoes.
fn redaction(document: &mut Value) {
    let redactor = Redactor::new(&Secret::new(CLIENT_ID), &Secret::new(API_KEY));
    redactor.clean_document(document);
    fn check(document: &Value) {
        match document {
            Value::String(text) => {
                assert!(!text.contains(CLIENT_ID) && !text.contains(API_KEY));
                assert!(!text.contains("PRIVATE KEY"));
            }
            Value::Array(items) => items.iter().for_each(check),
            Value::Object(map) => map.values().for_each(check),
            _ => {}
        }
    }
    check(document);
}
