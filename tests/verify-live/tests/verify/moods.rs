//! Whatever the service answers where the documentation is silent: the run is green, and the row says
//! what was answered.

use fake_serverpilot::{ActionOutcome, EmptyList, Fault, Kind, On, Order, Settings, Verdict};

use crate::Setup;

/// A mood, what it changes in the fake, and a row with the text that it leads to.
type Mood = (
    &'static str,
    fn(&mut Settings),
    &'static [(&'static str, &'static str)],
);

#[rustfmt::skip]
const MOODS: &[Mood] = &[
    ("as sent", |s| s.order = Order::AsSent, &[("order", "had the order sent")]),
    ("sorted", |s| s.order = Order::Sorted, &[]),
    ("reversed", |s| s.order = Order::Reversed, &[("order", "answers had another order")]),
    ("shuffled", |s| s.order = Order::Shuffled, &[("order", "answers had another order")]),
    ("duplicates refused", |s| s.duplicates = Verdict::Refuse, &[("duplicates", "refused, nothing changed: answered 400")]),
    ("duplicates accepted", |s| s.duplicates = Verdict::Accept, &[("duplicates", "shown as twice.serverpilot-verify.example, twice.serverpilot-verify.example")]),
    ("duplicates merged", |s| s.duplicates = Verdict::Normalise, &[("duplicates", "accepted; shown as twice.serverpilot-verify.example")]),
    ("upper case refused", |s| s.upper_case = Verdict::Refuse, &[("upper-case", "refused, nothing changed")]),
    ("upper case accepted", |s| s.upper_case = Verdict::Accept, &[("upper-case", "shown as Upper.serverpilot-verify.example")]),
    ("upper case lowered", |s| s.upper_case = Verdict::Normalise, &[("upper-case", "shown as upper.serverpilot-verify.example")]),
    ("umlauts refused", |s| s.non_ascii = Verdict::Refuse, &[("non-ascii", "refused, nothing changed")]),
    ("umlauts accepted", |s| s.non_ascii = Verdict::Accept, &[("non-ascii", "shown as bücher.serverpilot-verify.example")]),
    ("umlauts encoded", |s| s.non_ascii = Verdict::Normalise, &[("non-ascii", "shown as xn--bcher-kva.serverpilot-verify.example")]),
    ("object refused", |s| s.object = Verdict::Refuse, &[("object", "refused, nothing changed")]),
    ("object accepted", |s| s.object = Verdict::Accept, &[("object", "shown as object.serverpilot-verify.example")]),
    ("empty refused", |s| s.empty = Verdict::Refuse, &[("empty-list", "refused, nothing changed"), ("domains-null", "never empty")]),
    ("empty accepted", |s| s.empty = Verdict::Accept, &[("empty-list", "no domains then, domains is []"), ("domains-null", "domains is []")]),
    ("empty as null", |s| { s.empty = Verdict::Accept; s.empty_list = EmptyList::Null; }, &[("domains-null", "domains is null")]),
    ("empty as nothing", |s| { s.empty = Verdict::Accept; s.empty_list = EmptyList::Missing; }, &[("domains-null", "domains is missing")]),
    ("null refused", |s| s.null = Verdict::Refuse, &[("null-list", "refused, nothing changed")]),
    ("null accepted", |s| s.null = Verdict::Accept, &[("null-list", "accepted; the app has no domains then")]),
    ("autossl in no update", |s| s.autossl_in_update = false, &[("autossl-in-update", "in 0 of")]),
    ("autossl in updates", |s| s.autossl_in_update = true, &[("autossl-in-update", "in 8 of 8")]),
    ("no action without work", |s| s.action_without_work = false, &[("action-no-work", "it has none")]),
    ("action without work", |s| s.action_without_work = true, &[("action-no-work", "it has one")]),
    ("autossl refused with 400", |s| s.ssl_refusal_status = 400, &[("autossl-status", "answered 400")]),
    ("autossl refused with 403", |s| s.ssl_refusal_status = 403, &[("autossl-status", "answered 403")]),
    ("autossl refused with 409", |s| s.ssl_refusal_status = 409, &[("autossl-status", "answered 409")]),
    ("autossl at once", |s| s.issue_after_s = 0, &[("autossl-when", "after the list was put back"), ("autossl-enable", "enabled")]),
    ("autossl never", |s| s.issue_after_s = 3600, &[("autossl-when", "did not become available within 1 s"), ("redeploy", "AutoSSL was not on")]),
    ("redeployed", |s| s.redeploy = true, &[("redeploy", "another certificate")]),
    ("not redeployed", |s| s.redeploy = false, &[("redeploy", "no other certificate within 1 s")]),
    ("old certificate kept", |s| { s.keep_old_certificate = true; s.redeploy = false; }, &[("redeploy", "AutoSSL was available right after")]),
    ("actions succeed", |s| s.action_outcome = ActionOutcome::Success, &[("action-time", "success after")]),
    ("actions fail", |s| s.action_outcome = ActionOutcome::Error, &[("action-time", "error after"), ("autossl-action", "and AutoSSL is on")]),
    ("actions stay open", |s| s.action_outcome = ActionOutcome::Open, &[("action-time", "still open after")]),
    ("actions are kept", |s| s.action_lifetime_s = None, &[("action-life", "still known after")]),
    ("actions are forgotten", |s| s.action_lifetime_s = Some(1), &[("action-life", "it was answered 404")]),
    ("content type not needed", |s| s.require_content_type = false, &[]),
];

#[test]
fn every_mood_is_green() {
    for (mood, change, rows) in MOODS {
        let setup = Setup::start();
        setup.fake.change_settings(change);
        if *mood == "actions are forgotten" {
            setup
                .fake
                .change_settings(|settings| settings.redeploy = false);
        }
        let run = setup.run();
        run.assert_code(0, mood);
        setup.assert_restored(mood);
        assert!(run.failed().is_empty(), "{mood}");
        for (id, text) in *rows {
            let (seen, _) = run.row(id);
            assert!(seen.contains(text), "{mood}: {id}: {seen}");
        }
        assert!(setup.emptied_lists_are_put_back_at_once(), "{mood}");
        // The wrong key: it is in the last request but one, and there is no other.
        let requests = setup.fake.requests();
        let strangers: Vec<u64> = requests
            .iter()
            .filter(|r| !r.authorized)
            .map(|r| r.n)
            .collect();
        assert_eq!(strangers.len(), 1, "{mood}");
        assert_eq!(
            requests.len() - requests.iter().position(|r| !r.authorized).unwrap_or(0),
            2
        );
    }
}

fn busy(headers: &[(&str, &str)]) -> Kind {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Kind::Status {
        code: 429,
        headers: headers.collect(),
        body: "html".to_owned(),
    }
}

#[test]
fn a_rate_limit_is_noted_and_obeyed() {
    for (headers, text) in [
        (&[("Retry-After", "1")][..], "Retry-After: 1"),
        (&[][..], "without Retry-After"),
    ] {
        let setup = Setup::start();
        setup
            .fake
            .fault(Fault::once(busy(headers)).on(On::List).skip(2));
        let run = setup.run();
        run.assert_code(0, text);
        setup.assert_restored(text);
        let (seen, outcome) = run.row("rate-limit");
        assert!(
            seen.starts_with("429 1 times") && seen.contains(text),
            "{seen}"
        );
        assert_eq!(outcome, "observed");
        assert_eq!(run.row("html").1, "observed");
        let requests = setup.fake.requests();
        let at = requests
            .iter()
            .position(|request| request.status == Some(429));
        let at = at.expect("the 429");
        let pause = requests[at + 1].at_ms - requests[at].at_ms;
        assert_eq!(requests[at].body, requests[at + 1].body);
        assert!(headers.is_empty() || pause >= 1000, "{pause} ms");
    }
    let setup = Setup::start();
    let (_, outcome) = setup.run().row("rate-limit");
    assert_eq!(outcome, "not observed");
}
