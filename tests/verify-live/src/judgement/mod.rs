//! What the observations say about each assumption. Pure: one function for a row of the table.

pub mod answers;
pub mod app;
pub mod autossl;
pub mod list;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::observations::{Observations, Probed};
use crate::service::Answer;

pub enum Finding {
    Held(String),
    DidNotHold(String),
    /// An answer to a question that nobody has answered before.
    Observed(String),
    NotObserved(String),
}

use Finding::{DidNotHold, Held, NotObserved};

pub struct Evidence<'a> {
    pub seen: &'a Observations,
    /// Every answer, in order.
    pub answers: &'a [Answer],
}

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

fn lower(list: &[String]) -> BTreeSet<String> {
    list.iter().map(|name| name.to_lowercase()).collect()
}

// The types that fields may have.
const TEXT: &[&str] = &["string"];
const NUMBER: &[&str] = &["number"];
const BOOLEAN: &[&str] = &["boolean"];
const TEXT_OR_NULL: &[&str] = &["string", "null"];
