//! What the observations say about each assumption. Pure: one function for a row of the table.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::experiments::{
    ADDRESS_ENTRY, APEX, DUPLICATE, EMPTY, FULL, NON_ASCII, NULL, OBJECT, OVER, SAME, SUB_DOMAIN,
    UPPER_CASE, WILDCARD,
};
use crate::observations::{Observations, Probed};
use crate::restore::{names, some_of, sorted};
use crate::service::{Answer, strings};

pub enum Finding {
    Held(String),
    DidNotHold(String),
    /// An answer to a question that nobody has answered before.
    Observed(String),
    NotObserved(String),
}

use Finding::{DidNotHold, Held, NotObserved, Observed};

pub struct Evidence<'a> {
    pub seen: &'a Observations,
    /// Every answer, in order.
    pub answers: &'a [Answer],
}

/// The statuses that ServerPilot documents for errors.
const DOCUMENTED_ERRORS: [u16; 7] = [400, 401, 402, 403, 404, 409, 500];

const MISSING: &str = "the run ended before this was checked";

impl Evidence<'_> {
    fn probe(&self, id: &str) -> Result<&Probed, Finding> {
        let probed = self.seen.probes.get(id);
        probed.ok_or_else(|| NotObserved(MISSING.to_owned()))
    }

    /// The lists that were accepted, each with its probe's ID.
    fn accepted(&self) -> Vec<(&str, &Probed)> {
        let all = self.seen.probes.iter().map(|(id, probed)| (*id, probed));
        all.filter(|(_, probed)| probed.answer.is_success())
            .collect()
    }

    /// Every time that the app was read in detail.
    fn details(&self) -> Vec<&Answer> {
        let seen = self.seen;
        let mut all = vec![&seen.details];
        all.extend(seen.probes.values().map(|probed| &probed.details));
        all.extend(seen.available.iter().map(|(_, details)| details));
        all.extend(seen.enabled.iter().map(|enabled| &enabled.details));
        all.extend(seen.redeployed.iter().map(|redeployed| &redeployed.details));
        all
    }

    /// Every `ssl` object, from the app's details and from SSL answers.
    fn ssl_objects(&self) -> Vec<&Value> {
        let in_apps = self.details().into_iter().map(|app| &app.data()["ssl"]);
        let enabled = self.seen.enabled.iter();
        let answers = enabled.filter(|enabled| enabled.answer.is_success());
        let answers = answers.map(|enabled| enabled.answer.data());
        in_apps
            .chain(answers)
            .filter(|ssl| ssl.is_object())
            .collect()
    }
}

/// The reason where there is no observation.
fn found<T>(seen: &Result<T, String>) -> Result<&T, Finding> {
    seen.as_ref().map_err(|why| NotObserved(why.clone()))
}

/// Lets the functions below end with `?` where there is nothing to judge.
fn either(finding: Result<Finding, Finding>) -> Finding {
    finding.unwrap_or_else(|finding| finding)
}

fn held(text: impl Into<String>) -> Finding {
    Held(text.into())
}

fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// The fields that a document lacks or has in another type.
fn wrong_fields(document: &Value, fields: &[(&str, &[&str])]) -> Vec<String> {
    let kind = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let wrong = fields
        .iter()
        .filter_map(|(name, kinds)| match document.get(name) {
            None => Some(format!("{name} is missing")),
            Some(value) if kinds.contains(&kind(value)) => None,
            Some(value) => Some(format!("{name} is of type {}", kind(value))),
        });
    wrong.collect()
}

fn fields(document: &Value, expected: &[(&str, &[&str])]) -> Finding {
    let wrong = wrong_fields(document, expected);
    if wrong.is_empty() {
        held("as documented")
    } else {
        DidNotHold(wrong.join(", "))
    }
}

// Transport and errors ----------------------------------------------------------------------------

pub fn base_url(all: &Evidence<'_>) -> Finding {
    if all.seen.base_url.starts_with("https:") {
        held("TLS with a trusted certificate; nothing was sent without")
    } else {
        NotObserved("the base URL is a loopback address without TLS".to_owned())
    }
}

pub fn basic_auth(all: &Evidence<'_>) -> Finding {
    match all.seen.details.is_success() {
        true => held("accepted"),
        false => DidNotHold(all.seen.details.in_words()),
    }
}

/// What a proxy in front may say is not the service's answer.
fn is_documented(answer: &Answer) -> bool {
    answer.is_success() || DOCUMENTED_ERRORS.contains(&answer.status)
}

pub fn json_answers(all: &Evidence<'_>) -> Finding {
    let of_the_service = all.answers.iter().filter(|answer| is_documented(answer));
    let (json, other): (Vec<_>, Vec<_>) =
        of_the_service.partition(|answer| answer.document.is_some() && answer.typed_as_json);
    match other.first() {
        None => held(format!("all {} answers", json.len())),
        Some(answer) => DidNotHold(format!(
            "{} of {} answers were not JSON by content type and body, the first with status {}",
            other.len(),
            json.len() + other.len(),
            answer.status
        )),
    }
}

pub fn foreign_bodies(all: &Evidence<'_>) -> Finding {
    let foreign = all.answers.iter().filter(|answer| !is_documented(answer));
    let statuses: Vec<u16> = foreign
        .filter(|answer| answer.document.is_none())
        .map(|answer| answer.status)
        .collect();
    match statuses.first() {
        None => NotObserved(format!("not in {} answers", all.answers.len())),
        Some(status) => Observed(format!(
            "{} answers, the first with status {status}",
            statuses.len()
        )),
    }
}

pub fn error_bodies(all: &Evidence<'_>) -> Finding {
    let errors: Vec<&Answer> = all
        .answers
        .iter()
        .filter(|answer| DOCUMENTED_ERRORS.contains(&answer.status))
        .collect();
    let other = errors.iter().find(|answer| answer.message.is_none());
    match (errors.len(), other) {
        (0, _) => NotObserved("there was no error".to_owned()),
        (count, None) => held(format!("all {count} errors")),
        (_, Some(answer)) => DidNotHold(format!(
            "an error with status {} has no error.message",
            answer.status
        )),
    }
}

pub fn refused_lists(all: &Evidence<'_>) -> Finding {
    let probes = all.seen.probes.values();
    let statuses: BTreeSet<u16> = probes
        .filter(|probed| !probed.answer.is_success())
        .map(|probed| probed.answer.status)
        .collect();
    let listed: Vec<String> = statuses.iter().map(u16::to_string).collect();
    match listed.as_slice() {
        [] => NotObserved("no list was refused".to_owned()),
        [only] if only == "400" => held("answered 400"),
        all => DidNotHold(format!("lists were refused with {}", all.join(", "))),
    }
}

pub fn wrong_key(all: &Evidence<'_>) -> Finding {
    either((|| {
        let answer = found(&all.seen.wrong_key)?;
        if answer.status != 401 {
            return Ok(DidNotHold(format!("a wrong key was {}", answer.in_words())));
        }
        Ok(match &all.seen.right_key {
            Ok(right) if right.is_success() => held("answered 401; the right key works after it"),
            Ok(right) => held(format!(
                "answered 401; after it the right key was {}",
                right.in_words()
            )),
            Err(why) => held(format!(
                "answered 401; the right key was not tried after it: {why}"
            )),
        })
    })())
}

pub fn missing_app(all: &Evidence<'_>) -> Finding {
    either((|| {
        let answer = found(&all.seen.missing_app)?;
        Ok(match answer.status {
            404 => held("answered 404"),
            _ => DidNotHold(format!(
                "an app that does not exist was {}",
                answer.in_words()
            )),
        })
    })())
}

pub fn server_errors(all: &Evidence<'_>) -> Finding {
    let failed = all.answers.iter().filter(|answer| answer.status >= 500);
    let statuses: BTreeSet<u16> = failed.map(|answer| answer.status).collect();
    let listed: Vec<String> = statuses.iter().map(u16::to_string).collect();
    match listed.as_slice() {
        [] => NotObserved("the service did not fail".to_owned()),
        some if some.contains(&"500".to_owned()) => held(format!("seen: {}", some.join(", "))),
        some => NotObserved(format!("only {} was seen", some.join(", "))),
    }
}

pub fn rate_limit(all: &Evidence<'_>) -> Finding {
    let sent = all.answers.len();
    let mut busy = all
        .answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| answer.status == 429);
    let Some((before, first)) = busy.next() else {
        return NotObserved(match &all.seen.burst {
            Ok(burst) => format!("no 429 in {sent} requests, {burst} of them without a pause"),
            Err(_) => format!("no 429 in {sent} requests"),
        });
    };
    let advice = match &first.retry_after {
        Some(advice) => format!("Retry-After: {advice}"),
        None => "without Retry-After".to_owned(),
    };
    Observed(format!(
        "429 {} times, first after {before} requests, {advice}",
        1 + busy.count()
    ))
}

// The app -----------------------------------------------------------------------------------------

const TEXT: &[&str] = &["string"];
const NUMBER: &[&str] = &["number"];
const BOOLEAN: &[&str] = &["boolean"];
const TEXT_OR_NULL: &[&str] = &["string", "null"];

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

fn shown_empty(probed: &Probed) -> &'static str {
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

fn lower(list: &[String]) -> BTreeSet<String> {
    list.iter().map(|name| name.to_lowercase()).collect()
}

// The list ----------------------------------------------------------------------------------------

pub fn complete_list(all: &Evidence<'_>) -> Finding {
    let mut gone = 0;
    for (id, probed) in all.accepted() {
        let Some(sent) = strings(&probed.sent) else {
            continue;
        };
        let (sent, after) = (lower(&sent), lower(&probed.after));
        for name in lower(&probed.before).difference(&sent) {
            if after.contains(name) {
                return DidNotHold(format!(
                    "after the list \"{id}\" the app still has {name}, which was not sent"
                ));
            }
            gone += 1;
        }
    }
    match gone {
        0 => NotObserved("no list was accepted that removed a name".to_owned()),
        gone => held(format!("{} that were not sent were gone", names(gone))),
    }
}

pub fn update_answer(all: &Evidence<'_>) -> Finding {
    let accepted = all.accepted();
    for (id, probed) in &accepted {
        let data = probed.answer.data();
        if data["id"] != all.seen.app_id.as_str() {
            return DidNotHold(format!(
                "the answer to the list \"{id}\" does not name the app"
            ));
        }
        let shown = probed.answer.domains();
        if shown.as_deref().map(sorted) != Some(sorted(&probed.after)) {
            return DidNotHold(format!(
                "the answer to the list \"{id}\" shows another list than the app has"
            ));
        }
    }
    match accepted.len() {
        0 => NotObserved("no list was accepted".to_owned()),
        count => held(format!("all {count} answers")),
    }
}

pub fn order(all: &Evidence<'_>) -> Finding {
    let pairs: Vec<(Vec<String>, Vec<String>)> = all
        .accepted()
        .iter()
        // Where nothing changed, the answer may have the order of an earlier list.
        .filter(|(_, probed)| probed.changed())
        .filter_map(|(_, probed)| Some((strings(&probed.sent)?, probed.answer.domains()?)))
        // What was normalised says nothing about the order.
        .filter(|(sent, shown)| sent.len() > 1 && sorted(sent) == sorted(shown))
        .collect();
    let differing = pairs.iter().filter(|(sent, shown)| sent != shown).count();
    match (pairs.len(), differing) {
        (0, _) => NotObserved("no list of two names was accepted as it was sent".to_owned()),
        (count, 0) => NotObserved(format!(
            "all {count} answers had the order sent, which does not show that all have"
        )),
        (count, differing) => held(format!("{differing} of {count} answers had another order")),
    }
}

fn accepts(all: &Evidence<'_>, id: &str) -> Finding {
    either(all.probe(id).map(|probed| {
        let sent = strings(&probed.sent).unwrap_or_default();
        let missing: Vec<String> = sent
            .iter()
            .filter(|entry| !probed.after.contains(entry))
            .cloned()
            .collect();
        match (probed.answer.is_success(), missing.as_slice()) {
            (false, _) => DidNotHold(format!("refused: {}", probed.answer.in_words())),
            (true, []) => held("accepted, and shown as it was sent"),
            (true, missing) => DidNotHold(format!("accepted, and not shown: {}", some_of(missing))),
        }
    }))
}

pub fn apex(all: &Evidence<'_>) -> Finding {
    accepts(all, APEX)
}

pub fn sub_domain(all: &Evidence<'_>) -> Finding {
    accepts(all, SUB_DOMAIN)
}

pub fn wildcard(all: &Evidence<'_>) -> Finding {
    accepts(all, WILDCARD)
}

pub fn address(all: &Evidence<'_>) -> Finding {
    accepts(all, ADDRESS_ENTRY)
}

pub fn three_hundred(all: &Evidence<'_>) -> Finding {
    accepts(all, FULL)
}

pub fn one_too_many(all: &Evidence<'_>) -> Finding {
    either(all.probe(OVER).map(
        |probed| match (probed.answer.is_success(), probed.after.len()) {
            (true, count) => DidNotHold(format!("301 names were accepted; the app has {count}")),
            (false, 301..) => DidNotHold("301 names were refused, and the app has them".to_owned()),
            (false, _) => held(format!("refused: {}", probed.answer.in_words())),
        },
    ))
}

/// What becomes of a list that the documentation says nothing about.
fn unusual(all: &Evidence<'_>, id: &str) -> Finding {
    either((|| {
        let plain = all.probe(SUB_DOMAIN)?;
        let probed = all.probe(id)?;
        if !plain.answer.is_success() {
            return Ok(NotObserved("a plain name was refused already".to_owned()));
        }
        let new: Vec<String> = probed
            .after
            .iter()
            .filter(|entry| {
                !all.seen
                    .details
                    .domains()
                    .unwrap_or_default()
                    .contains(entry)
            })
            .cloned()
            .collect();
        Ok(Observed(
            match (probed.answer.is_success(), probed.changed()) {
                (false, false) => format!("refused, nothing changed: {}", probed.answer.in_words()),
                (false, true) => format!("{}, and yet the list changed", probed.answer.in_words()),
                (true, false) => "accepted, and nothing changed".to_owned(),
                (true, true) if probed.after.is_empty() => {
                    format!(
                        "accepted; the app has no domains then, {}",
                        shown_empty(probed)
                    )
                }
                (true, true) if new.is_empty() => "accepted; nothing of it is shown".to_owned(),
                (true, true) => format!("accepted; shown as {}", some_of(&new)),
            },
        ))
    })())
}

pub fn duplicates(all: &Evidence<'_>) -> Finding {
    unusual(all, DUPLICATE)
}

pub fn upper_case(all: &Evidence<'_>) -> Finding {
    unusual(all, UPPER_CASE)
}

pub fn non_ascii(all: &Evidence<'_>) -> Finding {
    unusual(all, NON_ASCII)
}

pub fn object(all: &Evidence<'_>) -> Finding {
    unusual(all, OBJECT)
}

pub fn null_list(all: &Evidence<'_>) -> Finding {
    unusual(all, NULL)
}

pub fn empty_list(all: &Evidence<'_>) -> Finding {
    unusual(all, EMPTY)
}

// Actions -----------------------------------------------------------------------------------------

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

// AutoSSL -----------------------------------------------------------------------------------------

pub fn autossl_refused(all: &Evidence<'_>) -> Finding {
    either(
        found(&all.seen.unavailable).map(|answer| match answer.is_success() {
            false => held(format!("refused: {}", answer.in_words())),
            true => DidNotHold(format!(
                "answered {} although it was not available",
                answer.status
            )),
        }),
    )
}

pub fn autossl_status(all: &Evidence<'_>) -> Finding {
    either(
        found(&all.seen.unavailable).map(|answer| match answer.is_success() {
            false => Observed(answer.in_words()),
            true => NotObserved("it was not refused".to_owned()),
        }),
    )
}

pub fn autossl_when(all: &Evidence<'_>) -> Finding {
    either(
        found(&all.seen.available)
            .map(|(took, _)| Observed(format!("{} after the list was put back", duration(*took)))),
    )
}

pub fn autossl_enable(all: &Evidence<'_>) -> Finding {
    either(found(&all.seen.enabled).map(|enabled| {
        let is_on = enabled.details.data()["ssl"]["auto"] == true;
        match (enabled.answer.is_success(), is_on) {
            (true, true) => held("enabled, and the app says so"),
            (true, false) => {
                DidNotHold("accepted, and the app does not say that it is on".to_owned())
            }
            (false, _) => DidNotHold(format!(
                "refused although available: {}",
                enabled.answer.in_words()
            )),
        }
    }))
}

pub fn autossl_action_id(all: &Evidence<'_>) -> Finding {
    either(found(&all.seen.enabled).map(|enabled| {
        match (enabled.answer.is_success(), enabled.answer.action()) {
            (false, _) => NotObserved("AutoSSL was refused".to_owned()),
            (true, Some(_)) => Observed("it has one".to_owned()),
            (true, None) => Observed("it has none".to_owned()),
        }
    }))
}

pub fn autossl_action(all: &Evidence<'_>) -> Finding {
    either((|| {
        let enabled = found(&all.seen.enabled)?;
        let watched = found(&enabled.action)?;
        let is_on = enabled.details.data()["ssl"]["auto"] == true;
        let took = duration(watched.took);
        Ok(match (watched.last.data()["status"].as_str(), is_on) {
            (Some("error"), true) => {
                held(format!("it ended in error after {took}, and AutoSSL is on"))
            }
            (Some("error"), false) => Observed(format!(
                "it ended in error after {took}, and AutoSSL is off"
            )),
            (Some("success"), _) => {
                NotObserved(format!("this time it ended in success after {took}"))
            }
            _ => NotObserved(format!("it was still open after {took}")),
        })
    })())
}

pub fn redeploy(all: &Evidence<'_>) -> Finding {
    either(found(&all.seen.redeployed).map(|redeployed| {
        let available = match redeployed.details.autossl_available() {
            Some(true) => "available right after the change",
            Some(false) => "not available right after the change",
            None => "not shown right after the change",
        };
        match redeployed.after {
            Some(took) => Observed(format!(
                "another certificate {} after the change; AutoSSL was {available}",
                duration(took)
            )),
            None => NotObserved(format!(
                "no other certificate within {}; AutoSSL was {available}",
                duration(all.seen.wait)
            )),
        }
    }))
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
