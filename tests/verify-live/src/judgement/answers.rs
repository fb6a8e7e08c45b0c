//! Judges transport and errors: what holds for answers of every call.

use std::collections::BTreeSet;

use super::Finding::{DidNotHold, NotObserved, Observed};
use super::{Evidence, Finding, either, found, held};
use crate::service::Answer;

/// The statuses that ServerPilot documents for errors.
const DOCUMENTED_ERRORS: [u16; 7] = [400, 401, 402, 403, 404, 409, 500];

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
