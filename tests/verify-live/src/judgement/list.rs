//! Judges what becomes of lists that are sent.

use super::Finding::{DidNotHold, NotObserved, Observed};
use super::app::shown_empty;
use super::{Evidence, Finding, either, held, lower};
use crate::experiments::{
    ADDRESS_ENTRY, APEX, DUPLICATE, EMPTY, FULL, NON_ASCII, NULL, OBJECT, OVER, SUB_DOMAIN,
    UPPER_CASE, WILDCARD,
};
use crate::restore::{names, some_of, sorted};
use crate::service::strings;

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
