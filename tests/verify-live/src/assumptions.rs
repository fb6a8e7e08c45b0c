//! The table of what is assumed about ServerPilot: one row for each, with where it comes from and the
//! function that judges it. Pure.

use std::fmt::Write as _;
use std::time::SystemTime;

use crate::judgement::{Evidence, Finding, answers, app, autossl, list};
use crate::observations::Observations;
use crate::service::Answer;

/// Who says so.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The vendor's documentation.
    Documented,
    /// People who use it.
    Reported,
    /// Nobody: the documentation is silent, and any answer must do.
    Silent,
}

struct Assumption {
    id: &'static str,
    source: Source,
    claim: &'static str,
    check: fn(&Evidence<'_>) -> Finding,
}

use Source::{Documented, Reported, Silent};

const fn row(
    id: &'static str,
    source: Source,
    claim: &'static str,
    check: fn(&Evidence<'_>) -> Finding,
) -> Assumption {
    Assumption {
        id,
        source,
        claim,
        check,
    }
}

/// For what this program could observe only by doing what this project must not do.
macro_rules! unobservable {
    ($why:literal) => {
        |_| Finding::NotObserved($why.to_owned())
    };
}

#[rustfmt::skip]
const ASSUMPTIONS: &[Assumption] = &[
    row("base-url", Documented, "The API answers over HTTPS only, with a trusted certificate", answers::base_url),
    row("basic-auth", Documented, "Client ID and API key are sent by HTTP Basic authentication", answers::basic_auth),
    row("one-key", Documented, "An account has one key; a new one revokes the old one at once", unobservable!("it would revoke the key in use")),
    row("json", Documented, "Answers are JSON, errors too", answers::json_answers),
    row("html", Silent, "Whether a proxy in front answers with HTML", answers::foreign_bodies),
    row("error-body", Documented, "An error is {\"error\": {\"message\": …}}", answers::error_bodies),
    row("error-400", Documented, "A list that is refused is answered 400", answers::refused_lists),
    row("error-401", Documented, "Wrong credentials are answered 401", answers::wrong_key),
    row("error-402", Documented, "402 without a valid card on file", unobservable!("it takes an account without a card")),
    row("error-403", Documented, "403 for a protected resource", unobservable!("it takes a resource of somebody else's")),
    row("error-404", Documented, "What does not exist is answered 404", answers::missing_app),
    row("error-409", Documented, "409 if something exists already", unobservable!("none of the calls in use creates anything")),
    row("error-500", Documented, "500 if the service fails", answers::server_errors),
    row("rate-limit", Silent, "Whether there is a rate limit, 429 and Retry-After", answers::rate_limit),
    row("app-fields", Documented, "An app has id, name, sysuserid, serverid, runtime and datecreated", app::app_fields),
    row("domains-array", Documented, "domains is an array of strings", app::domains_array),
    row("domains-null", Silent, "How domains of an app without any come back", app::empty_list_shown),
    row("ssl-fields", Documented, "ssl is null or has cert, cacerts, auto and force", app::ssl_fields),
    row("ssl-key", Documented, "ssl has key, the private key, in app and SSL answers", app::ssl_key),
    row("autossl-fields", Documented, "The details of an app have autossl: available, and domains only when it is", app::autossl_fields),
    row("autossl-in-list", Documented, "The list of apps has no autossl", unobservable!("listing apps is none of the calls in use")),
    row("autossl-in-update", Silent, "Whether the answer to an update has autossl", app::autossl_in_update),
    row("autossl-names", Documented, "autossl.domains are names of the app, perhaps not all", app::autossl_names),
    row("complete-list", Documented, "An update has the complete list; what is not in it is gone", list::complete_list),
    row("update-answer", Documented, "The answer to an update is the app with the list as it is now", list::update_answer),
    row("order", Documented, "The order of domains in answers is not the order sent", list::order),
    row("action-id", Documented, "A change of the list has a top-level actionid", app::action_ids),
    row("action-no-work", Silent, "Whether a change that needs no work has an actionid", app::action_without_work),
    row("action-fields", Documented, "An action has id, serverid, datecreated and status: open, success or error", app::action_fields),
    row("action-time", Silent, "How long an action takes", app::action_time),
    row("action-life", Silent, "How long an action ID lives", app::action_life),
    row("limit-300", Documented, "An app can have 300 domains", list::three_hundred),
    row("limit-301", Documented, "An app cannot have 301 domains", list::one_too_many),
    row("entry-apex", Documented, "A registrable name is accepted", list::apex),
    row("entry-sub-domain", Documented, "A sub-domain is accepted", list::sub_domain),
    row("entry-wildcard", Documented, "A wildcard is accepted", list::wildcard),
    row("entry-address", Documented, "An IP address is accepted", list::address),
    row("exact-name", Documented, "An exact name beats a wildcard", unobservable!("only visitors of the server see it")),
    row("www-name", Documented, "For example.com the web server listens to www.example.com too", unobservable!("only visitors of the server see it")),
    row("no-domains", Documented, "An app without domains gets no requests", unobservable!("only visitors of the server see it")),
    row("same-name", Documented, "Of two apps with the same name on a server the alphabetically first wins", unobservable!("it takes a second app")),
    row("duplicates", Silent, "What becomes of a name that is sent twice", list::duplicates),
    row("upper-case", Silent, "What becomes of upper case", list::upper_case),
    row("non-ascii", Silent, "What becomes of a name with an umlaut", list::non_ascii),
    row("object", Silent, "What becomes of an object instead of an array", list::object),
    row("null-list", Silent, "What becomes of null instead of an array", list::null_list),
    row("empty-list", Silent, "What becomes of an empty list", list::empty_list),
    row("autossl-refused", Documented, "AutoSSL cannot be enabled while it is not available", autossl::autossl_refused),
    row("autossl-status", Silent, "Which status refuses AutoSSL while it is not available", autossl::autossl_status),
    row("autossl-custom", Documented, "AutoSSL cannot be enabled while a custom certificate is installed", unobservable!("this program must not install one")),
    row("autossl-when", Silent, "When AutoSSL becomes available (Ultimate Multisite: 5 to 15 minutes)", autossl::autossl_when),
    row("autossl-enable", Documented, "AutoSSL can be enabled when it is available, and the app says so", autossl::autossl_enable),
    row("autossl-action-id", Silent, "Whether enabling AutoSSL has a top-level actionid", autossl::autossl_action_id),
    row("autossl-action", Reported, "The action of an SSL change sometimes ends in error although SSL works", autossl::autossl_action),
    row("redeploy", Silent, "Whether a new certificate is deployed after a change while AutoSSL is on", autossl::redeploy),
    row("reload", Reported, "A change of the list reloads PHP-FPM for the app", unobservable!("only the server sees it")),
    row("www-dns", Reported, "A www name without DNS keeps the whole certificate from being issued", unobservable!("it would use up failed validations at Let's Encrypt")),
    row("force", Documented, "ForceSSL is a call of its own", unobservable!("it is none of the calls in use")),
    row("delete-ssl", Documented, "Deleting ssl disables AutoSSL", unobservable!("this program must not delete anything")),
    row("server-fields", Documented, "A server has name, lastaddress, lastconn and deny_unknown_domains", app::server_fields),
];

pub struct Verdict {
    /// Markdown.
    pub table: String,
    /// How many documented assumptions did not hold.
    pub failed: usize,
}

/// `complete`: the run came to its end.
pub fn judge(seen: &Observations, answers: &[Answer], complete: bool) -> Verdict {
    let evidence = Evidence { seen, answers };
    let mut table = format!(
        "Observed at {} on {}, with {} requests.\n\n| assumption | source | claim | seen | outcome |\n|---|---|---|---|---|\n",
        seen.base_url,
        httpdate::fmt_http_date(SystemTime::now()),
        answers.len()
    );
    let mut failed = 0;
    for assumption in ASSUMPTIONS {
        let finding = (assumption.check)(&evidence);
        let source = match assumption.source {
            Documented => "documented",
            Reported => "reported",
            Silent => "silent",
        };
        let (outcome, text) = match &finding {
            Finding::Held(text) => ("held", text),
            Finding::DidNotHold(text) => ("**did not hold**", text),
            Finding::Observed(text) => ("observed", text),
            Finding::NotObserved(text) => ("not observed", text),
        };
        if assumption.source == Documented && matches!(finding, Finding::DidNotHold(_)) {
            failed += 1;
        }
        // Writing to a String does not fail.
        let _ = writeln!(
            table,
            "| {} | {source} | {} | {text} | {outcome} |",
            assumption.id, assumption.claim
        );
    }
    let ending = if complete {
        ""
    } else {
        " The run did not come to its end."
    };
    let _ = writeln!(table, "\n{}{ending}", summary(failed));
    Verdict { table, failed }
}

fn summary(failed: usize) -> String {
    match failed {
        0 => "Everything documented that could be observed held.".to_owned(),
        1 => "1 documented assumption did not hold.".to_owned(),
        more => format!("{more} documented assumptions did not hold."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_ids_of_their_own_and_fit_into_a_table() {
        let mut ids: Vec<&str> = ASSUMPTIONS.iter().map(|row| row.id).collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all);
        for row in ASSUMPTIONS {
            assert!(
                !row.claim.contains('|') && !row.claim.ends_with('.'),
                "{}",
                row.id
            );
        }
    }
}
