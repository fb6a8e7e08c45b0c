//! Judges what becomes of AutoSSL.

use super::Finding::{DidNotHold, NotObserved, Observed};
use super::{Evidence, Finding, duration, either, found, held};

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
