//! Every documented rule, broken in the fake: the run is red, and its row says what is wrong.

use std::collections::BTreeSet;

use fake_serverpilot::{FakeServerPilot, Fault, Kind, On, Rule, SslChange, SslMode};

use crate::Setup;

enum Broken {
    By(Rule),
    Otherwise(fn(&FakeServerPilot)),
}

use Broken::{By, Otherwise};

fn limit(fake: &FakeServerPilot, limit: usize) {
    fake.change_settings(|settings| settings.domain_limit = limit);
}

/// What is broken, the row that says so, and what it says.
#[rustfmt::skip]
const BREAKS: &[(Broken, &str, &str)] = &[
    (By(Rule::AppFields), "app-fields", "datecreated is missing"),
    (By(Rule::DomainsArray), "domains-array", "it is no array of strings"),
    (By(Rule::SslFields), "ssl-fields", "force is missing"),
    (By(Rule::SslKey), "ssl-key", "missing in"),
    (By(Rule::AutosslField), "autossl-fields", "autossl is missing"),
    (By(Rule::AutosslNames), "autossl-names", "somebody-elses.example.net not in the app's list"),
    (By(Rule::CompleteList), "complete-list", "serverpilot-verify.example, which was not sent"),
    (By(Rule::ActionId), "action-id", "has no actionid of letters and digits"),
    (By(Rule::ActionStatus), "action-fields", "its status is none of the three"),
    (By(Rule::ErrorBody), "error-body", "has no error.message"),
    (By(Rule::Unauthorized), "error-401", "a wrong key was answered 403"),
    (By(Rule::NotFound), "error-404", "an app that does not exist was answered 400"),
    (By(Rule::BadRequest), "error-400", "lists were refused with 422"),
    (By(Rule::Apex), "entry-apex", "refused: answered 400"),
    (By(Rule::SubDomain), "entry-sub-domain", "refused: answered 400"),
    (By(Rule::Wildcard), "entry-wildcard", "refused: answered 400"),
    (By(Rule::Address), "entry-address", "refused: answered 400"),
    (By(Rule::AutosslUnavailable), "autossl-refused", "answered 200 although it was not available"),
    (By(Rule::AutosslEnable), "autossl-enable", "refused although available: answered 400"),
    (By(Rule::ServerFields), "server-fields", "lastconn is missing"),
    (Otherwise(|fake| limit(fake, 299)), "limit-300", "refused: answered 400"),
    (Otherwise(|fake| limit(fake, 1000)), "limit-301", "301 names were accepted; the app has 301"),
    (Otherwise(|fake| fake.fault(Fault::once(Kind::WrongContentType).on(On::Action).forever())), "json", "were not JSON by content type and body"),
    (Otherwise(|fake| fake.fault(Fault::once(Kind::InvalidJson).on(On::Action).forever())), "json", "were not JSON by content type and body"),
    (Otherwise(|fake| fake.fault(Fault::once(Kind::AnswerOtherList { domains: None }).on(On::List).times(9))), "update-answer", "shows another list than the app has"),
];

#[test]
fn every_documented_rule_that_is_broken_is_told() {
    for (broken, id, text) in BREAKS {
        // No name of the app's own is of the kind that is refused.
        let setup = match broken {
            By(Rule::Apex) => Setup::with(&["www.one.example", "www.two.example"]),
            _ => Setup::with(&["one.example", "two.example"]),
        };
        match broken {
            By(rule) => setup.fake.change_settings(|settings| {
                settings.breaks = BTreeSet::from([*rule]);
            }),
            Otherwise(change) => change(&setup.fake),
        }
        let run = setup.run();
        if matches!(broken, By(Rule::CompleteList)) {
            // Such a service cannot be given its list back, and the operator has to know.
            run.assert_code(2, id);
            assert!(run.progress.contains("is NOT restored"), "{}", run.progress);
            assert!(setup.saved().exists());
        } else {
            run.assert_code(1, id);
            setup.assert_restored(id);
        }
        let (seen, outcome) = run.row(id);
        assert!(seen.contains(text), "{id}: {seen}");
        assert_eq!(outcome, "**did not hold**", "{id}");
    }
}

#[test]
fn an_app_with_autossl_is_observed_as_far_as_it_goes() {
    let setup = Setup::start();
    setup.fake.set_app(fake_serverpilot::AppChange {
        ssl: Some(Some(SslChange::Mode(SslMode::Auto))),
        ..fake_serverpilot::AppChange::default()
    });
    let run = setup.run();
    run.assert_code(0, "AutoSSL on");
    setup.assert_restored("AutoSSL on");
    assert_eq!(run.row("autossl-enable").0, "AutoSSL was on already");
    assert_eq!(run.row("ssl-key").1, "held");
    assert_eq!(run.row("redeploy").1, "observed");
}
