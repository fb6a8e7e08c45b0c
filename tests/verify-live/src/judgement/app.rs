//! Judges the documents of an app, a server and an action.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Finding::{DidNotHold, NotObserved, Observed};
use super::{
    BOOLEAN, Evidence, Finding, NUMBER, TEXT, TEXT_OR_NULL, duration, either, fields, found, held,
    lower, wrong_fields,
};
use crate::experiments::SAME;
use crate::observations::Probed;
use crate::restore::{names, some_of};
use crate::service::strings;

pub fn app_fields(all: &Evidence<'_>) -> Finding {
    let expected = [
        ("id", TEXT),
        ("name", TEXT),
        ("sysuserid", TEXT),
        ("serverid", TEXT),
        ("runtime", TEXT),
        ("datecreated", NUMBER),
    ];
    fields(all.seen.details.data(), &expected)
}

pub fn domains_array(all: &Evidence<'_>) -> Finding {
    match strings(&all.seen.details.data()["domains"]) {
        Some(list) => held(format!("an array of {}", names(list.len()))),
        None => DidNotHold("it is no array of strings".to_owned()),
    }
}

pub fn empty_list_shown(all: &Evidence<'_>) -> Finding {
    let empty = all
        .seen
        .probes
        .values()
        .find(|probed| probed.after.is_empty());
    let Some(probed) = empty else {
        return NotObserved("the app's list was never empty".to_owned());
    };
    Observed(shown_empty(probed).to_owned())
}

pub fn shown_empty(probed: &Probed) -> &'static str {
    match probed.details.data().get("domains") {
        None => "domains is missing",
        Some(Value::Null) => "domains is null",
        Some(_) => "domains is []",
    }
}

pub fn ssl_fields(all: &Evidence<'_>) -> Finding {
    let expected = [
        ("cert", TEXT),
        ("cacerts", TEXT_OR_NULL),
        ("auto", BOOLEAN),
        ("force", BOOLEAN),
    ];
    let objects = all.ssl_objects();
    let wrong = objects
        .iter()
        .map(|ssl| wrong_fields(ssl, &expected))
        .find(|wrong| !wrong.is_empty());
    match (objects.len(), wrong) {
        (0, _) => NotObserved("ssl was null all the time".to_owned()),
        (_, None) => held("as documented"),
        (_, Some(wrong)) => DidNotHold(wrong.join(", ")),
    }
}

pub fn ssl_key(all: &Evidence<'_>) -> Finding {
    let objects = all.ssl_objects();
    let without = objects.iter().filter(|ssl| ssl.get("key").is_none());
    match (objects.len(), without.count()) {
        (0, _) => NotObserved("ssl was null all the time".to_owned()),
        (count, 0) => held(format!(
            "present in all {count} ssl objects; it was not read"
        )),
        (count, without) => DidNotHold(format!("missing in {without} of {count} ssl objects")),
    }
}

pub fn autossl_fields(all: &Evidence<'_>) -> Finding {
    for app in all.details() {
        let Some(autossl) = app.data().get("autossl") else {
            return DidNotHold("autossl is missing".to_owned());
        };
        match (autossl["available"].as_bool(), autossl.get("domains")) {
            (None, _) => return DidNotHold("available is no boolean".to_owned()),
            (Some(false), Some(list)) if list.as_array().is_some_and(|list| !list.is_empty()) => {
                return DidNotHold("it has domains although it is not available".to_owned());
            }
            (Some(true), list) if list.and_then(strings).is_none() => {
                return DidNotHold("it is available, and domains is no array of names".to_owned());
            }
            _ => {}
        }
    }
    held("as documented")
}

pub fn autossl_in_update(all: &Evidence<'_>) -> Finding {
    let accepted = all.accepted();
    let with = accepted
        .iter()
        .filter(|(_, probed)| probed.answer.data().get("autossl").is_some());
    match (accepted.len(), with.count()) {
        (0, _) => NotObserved("no list was accepted".to_owned()),
        (count, with) => Observed(format!("in {with} of {count} answers")),
    }
}

pub fn autossl_names(all: &Evidence<'_>) -> Finding {
    let mut most = None;
    for app in all.details() {
        let Some(certified) = strings(&app.data()["autossl"]["domains"]) else {
            continue;
        };
        let listed: BTreeSet<String> = lower(&app.domains().unwrap_or_default());
        let foreign: Vec<String> = lower(&certified).difference(&listed).cloned().collect();
        if !foreign.is_empty() {
            return DidNotHold(format!("{} not in the app's list", some_of(&foreign)));
        }
        let pair = (certified.len(), listed.len());
        most = Some(most.map_or(pair, |most: (usize, usize)| most.max(pair)));
    }
    match most {
        Some((certified, listed)) => held(format!("{certified} of the app's {}", names(listed))),
        None => NotObserved("AutoSSL was never available".to_owned()),
    }
}

pub fn server_fields(all: &Evidence<'_>) -> Finding {
    either(found(&all.seen.server).map(|server| {
        if !server.is_success() {
            return DidNotHold(format!("reading the server was {}", server.in_words()));
        }
        let expected = [
            ("name", TEXT),
            ("lastaddress", TEXT_OR_NULL),
            ("lastconn", &["number", "null"] as &[&str]),
            ("deny_unknown_domains", BOOLEAN),
        ];
        fields(server.data(), &expected)
    }))
}

pub fn action_ids(all: &Evidence<'_>) -> Finding {
    let accepted = all.accepted();
    let changes: Vec<_> = accepted
        .iter()
        .filter(|(_, probed)| probed.changed())
        .collect();
    let without = changes
        .iter()
        .find(|(_, probed)| probed.answer.action().is_none());
    match (changes.len(), without) {
        (0, _) => NotObserved("no change of the list was accepted".to_owned()),
        (count, None) => held(format!("all {count} changes")),
        (_, Some((id, _))) => DidNotHold(format!(
            "the answer to the list \"{id}\" has no actionid of letters and digits"
        )),
    }
}

pub fn action_without_work(all: &Evidence<'_>) -> Finding {
    either(all.probe(SAME).map(|probed| {
        match (probed.answer.is_success(), probed.answer.action()) {
            (false, _) => NotObserved(format!("the same list was {}", probed.answer.in_words())),
            (true, Some(_)) => Observed("it has one".to_owned()),
            (true, None) => Observed("it has none".to_owned()),
        }
    }))
}

pub fn action_fields(all: &Evidence<'_>) -> Finding {
    either(found(&all.seen.list_action).map(|watched| {
        let action = watched.last.data();
        if !watched.last.is_success() {
            return DidNotHold(format!("reading an action was {}", watched.last.in_words()));
        }
        let status = action["status"].as_str().unwrap_or_default();
        if !["open", "success", "error"].contains(&status) {
            return DidNotHold("its status is none of the three".to_owned());
        }
        let expected = [("id", TEXT), ("serverid", TEXT), ("datecreated", NUMBER)];
        fields(action, &expected)
    }))
}

pub fn action_time(all: &Evidence<'_>) -> Finding {
    either(found(&all.seen.list_action).map(|watched| {
        let took = duration(watched.took);
        match watched.last.data()["status"].as_str() {
            Some("open") => NotObserved(format!("still open after {took}")),
            Some("success") => Observed(format!("success after {took}")),
            Some("error") => Observed(format!("error after {took}")),
            _ => NotObserved("the action has no documented status".to_owned()),
        }
    }))
}

pub fn action_life(all: &Evidence<'_>) -> Finding {
    either(found(&all.seen.old_action).map(|(age, answer)| {
        let age = duration(*age);
        match answer.is_success() {
            true => Observed(format!("still known after {age}")),
            false => Observed(format!("after {age} it was {}", answer.in_words())),
        }
    }))
}
