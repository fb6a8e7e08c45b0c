//! The documented behaviour of the list, AutoSSL, inspection and actions, over TLS against the fake.
//! What a call sends is read from the fake's log, its effect from the fake's stored list.
//! The only failures here are ServerPilot's own refusals; `faults.rs` covers the rest.

mod setup;

use std::time::Duration;

use fake_serverpilot::{
    ActionOutcome, AppChange, Claim, EmptyList, Fault, Kind, On, Order, SslChange, SslMode, Verdict,
};
use serde_json::{Value, json};
use serverpilot::client::Client;
use serverpilot::flags::Flag;
use serverpilot::outcome::Report;
use serverpilot::status::Status;
use setup::{
    APP, APP_ID, FOREIGN, SERVER, SSL, Setup, assert_status, damaged, eventually, forbidden,
    joined, owned, sorted, status_kind, warned, words,
};

const AUTO: u32 = Flag::SP_WWW_AUTO as u32;
const ALWAYS: u32 = Flag::SP_WWW_ALWAYS as u32;
const NEVER: u32 = Flag::SP_WWW_NEVER as u32;
const NO_AUTOSSL: u32 = Flag::SP_NO_AUTOSSL as u32;
const DRY_RUN: u32 = Flag::SP_DRY_RUN as u32;

const NETWORK: &str = "network.example.org";
const READ: &str = "GET /v1/apps/DemoApp0001";
const WRITE: &str = "POST /v1/apps/DemoApp0001";
const WRITE_SSL: &str = "POST /v1/apps/DemoApp0001/ssl";

fn sync(client: &Client, name: &str, flags: u32) -> Report {
    client.sync_domain(name, flags).expect("a report")
}

fn remove(client: &Client, name: &str, flags: u32) -> Report {
    client.remove_domain(name, flags).expect("a report")
}

fn apply(client: &Client, change: &Value) -> Report {
    client.apply(&change.to_string()).expect("a report")
}

fn assert_ok(report: &Report, context: &str) {
    assert_status(report, Status::SP_OK, context);
}

fn install(setup: &Setup, mode: SslMode) {
    setup.fake.set_app(AppChange {
        ssl: Some(Some(SslChange::Mode(mode))),
        ..AppChange::default()
    });
}

fn answer(code: u16, body: &str) -> Fault {
    Fault::once(status_kind(code, &[], body))
}

#[test]
fn an_absent_name_costs_a_read_and_a_write_on_one_connection() {
    let setup = Setup::with(&[NETWORK]);
    let report = sync(&setup.client(), "Shop.Example.ORG.", AUTO);
    assert_ok(&report, "sync");
    assert_eq!(setup.log(), [READ, WRITE]);
    assert_eq!(setup.connections_used(), 1);
    assert_eq!(setup.sorted(), [NETWORK, "shop.example.org"]);

    let document = &report.document;
    assert_eq!(document["operation"], "sync");
    assert_eq!(document["requests"], 2);
    assert_eq!(document["changed"], true);
    assert_eq!(document["applied"], "yes");
    assert_eq!(document["added"], json!(["shop.example.org"]));
    assert_eq!(document["removed"], json!([]));
    assert_eq!(document["skipped"], json!([]));
    assert_eq!(document["domains"], json!({"count": 2, "limit": 300}));
    assert_eq!(document["dry_run"], false);
    assert_eq!(document["http_status"], 200);
    assert_eq!(document["autossl"]["state"], "pending");
    let started = &setup.fake.state().app.actions[0].id;
    assert_eq!(report.action_id.as_ref(), Some(started));
    for request in setup.fake.requests() {
        assert!(request.authorized);
        if request.method == "POST" {
            assert_eq!(request.content_type.as_deref(), Some("application/json"));
        }
    }
}

#[test]
fn autossl_that_is_ready_costs_one_request_more() {
    let setup = Setup::with(&[NETWORK]);
    setup.certificate_ready();
    let client = setup.client();
    let report = sync(&client, "shop.example.org", AUTO);
    assert_ok(&report, "absent");
    assert_eq!(setup.log(), [READ, WRITE, WRITE_SSL]);
    assert_eq!(setup.connections_used(), 1);
    assert_eq!(report.document["autossl"]["state"], "enabled");
    assert_eq!(report.document["autossl"]["available"], true);
    let ssl = setup.fake.state().app.ssl.expect("a certificate");
    assert_eq!(ssl.mode, SslMode::Auto);
    // The latest action is the one to follow.
    let actions = setup.fake.state().app.actions;
    assert_eq!(report.action_id, Some(actions[1].id.clone()));

    setup.fake.clear_requests();
    let report = sync(&client, "shop.example.org", AUTO);
    assert_ok(&report, "present");
    assert_eq!(report.document["autossl"]["state"], "already_enabled");
    assert_eq!(report.document["changed"], false);
    assert_eq!(setup.log(), [READ]);

    // The name is present, only AutoSSL is missing.
    let setup = Setup::with(&[NETWORK, "shop.example.org"]);
    setup.certificate_ready();
    let report = sync(&setup.client(), "shop.example.org", AUTO);
    assert_ok(&report, "only AutoSSL");
    assert_eq!(setup.log(), [READ, WRITE_SSL]);
    assert_eq!(report.document["changed"], true);
    assert_eq!(report.document["added"], json!([]));

    // AutoSSL is not requested if the flags exclude it, nor by removing a name.
    let setup = Setup::with(&[NETWORK, "shop.example.org"]);
    setup.certificate_ready();
    let client = setup.client();
    assert_ok(
        &sync(&client, "blog.example.org", NO_AUTOSSL),
        "SP_NO_AUTOSSL",
    );
    assert_ok(&remove(&client, "shop.example.org", AUTO), "remove");
    assert_ok(
        &apply(
            &client,
            &json!({"add": ["wiki.example.org"], "autossl": false}),
        ),
        "apply",
    );
    assert_eq!(setup.log(), [READ, WRITE, READ, WRITE, READ, WRITE]);
    assert_eq!(setup.fake.state().app.ssl, None);
}

#[test]
fn a_present_name_costs_one_request() {
    let setup = Setup::with(&[NETWORK, "SHOP.example.org"]);
    let client = setup.client();
    for name in ["shop.example.org", " Shop.Example.Org.\n"] {
        let report = sync(&client, name, NEVER);
        assert_ok(&report, name);
        assert_eq!(report.document["requests"], 1);
        assert_eq!(report.document["changed"], false);
        assert_eq!(report.document["applied"], "yes");
        assert_eq!(report.document["unchanged"], json!(["shop.example.org"]));
        assert_eq!(report.action_id, None);
    }
    let report = remove(&client, "other.example.org", AUTO);
    assert_ok(&report, "removing what is not there");
    assert_eq!(setup.log(), [READ, READ, READ]);
}

#[test]
fn calls_share_a_connection_for_as_long_as_it_lives() {
    let setup = Setup::with(&[NETWORK]);
    let client = setup.client();
    for name in ["a.example.org", "b.example.org", "c.example.org"] {
        assert_ok(&sync(&client, name, AUTO), name);
    }
    assert_eq!(setup.fake.connections(), 1);

    // Closed while idle: noticed before anything is sent.
    for round in 0..10 {
        setup.fake.clear_requests();
        let name = format!("closed{round}.example.org");
        let report = std::thread::scope(|scope| {
            // The fake waits until the client has closed its end too, which it does when it runs again.
            scope.spawn(|| setup.fake.close_connections());
            eventually("closed", || is_closed_by_the_fake(&setup));
            sync(&client, &name, AUTO)
        });
        assert_ok(&report, &name);
        assert_eq!(setup.log(), [READ, WRITE], "{name}");
    }
    assert_eq!(setup.fake.connections(), 11);

    // Closed at any moment between two requests, whether or not the client has noticed by then.
    for (after_ms, on) in [(0, On::Read), (0, On::List), (1, On::Read), (3, On::List)] {
        for round in 0..5 {
            setup
                .fake
                .fault(Fault::once(Kind::CloseIdle { after_ms }).on(on));
            let name = format!("idle{round}-{after_ms}-{on:?}.example.org").to_lowercase();
            assert_ok(&sync(&client, &name, AUTO), &name);
            assert_ok(&remove(&client, &name, AUTO), &name);
            setup.fake.clear_faults();
        }
    }
    assert_eq!(forbidden(&setup.fake.requests()), [""; 0]);
}

/// Whether one of this process's connections is closed at the fake's end and still open at ours.
fn is_closed_by_the_fake(setup: &Setup) -> bool {
    const CLOSE_WAIT: &str = "08";
    let (_, port) = setup.fake.api_address().rsplit_once(':').expect("a port");
    let port = format!(":{:04X}", port.parse::<u16>().expect("a port"));
    let table = std::fs::read_to_string("/proc/self/net/tcp").expect("the connections");
    table.lines().any(|line| {
        let mut fields = line.split_whitespace().skip(2);
        fields.next().is_some_and(|remote| remote.ends_with(&port))
            && fields.next() == Some(CLOSE_WAIT)
    })
}

#[test]
fn www_is_added_by_the_public_suffix_list() {
    for (name, flags, expected) in [
        (
            "example.com",
            AUTO,
            &["example.com", "www.example.com"] as &[&str],
        ),
        ("example.com", NEVER, &["example.com"]),
        ("example.com", ALWAYS, &["example.com", "www.example.com"]),
        (
            "example.co.uk",
            AUTO,
            &["example.co.uk", "www.example.co.uk"],
        ),
        ("shop.example.com", AUTO, &["shop.example.com"]),
        (
            "shop.example.com",
            ALWAYS,
            &["shop.example.com", "www.shop.example.com"],
        ),
        ("www.example.com", AUTO, &["www.example.com"]),
        ("www.example.com", ALWAYS, &["www.example.com"]),
        (
            "BÜCHER.example",
            AUTO,
            &["xn--bcher-kva.example", "www.xn--bcher-kva.example"],
        ),
    ] {
        let setup = Setup::with(&[NETWORK]);
        let client = setup.client();
        let context = format!("{name} {flags}");
        let report = sync(&client, name, flags);
        assert_ok(&report, &context);
        assert_eq!(words(&report.document["added"]), expected, "{context}");
        assert_eq!(setup.sorted(), joined(&[NETWORK], expected), "{context}");
        // The same flag removes what it added.
        let report = remove(&client, name, flags);
        assert_ok(&report, &context);
        assert_eq!(setup.sorted(), [NETWORK], "{context}");
    }
    // A www that is a mapping of its own stays if the caller says so.
    let setup = Setup::with(&[NETWORK, "example.com", "www.example.com"]);
    let client = setup.client();
    assert_ok(&remove(&client, "example.com", NEVER), "never");
    assert_eq!(setup.sorted(), [NETWORK, "www.example.com"]);

    for (flags, name, status) in [
        (ALWAYS | NEVER, NETWORK, Status::SP_ERR_INVALID_ARGUMENT),
        (16, NETWORK, Status::SP_ERR_INVALID_ARGUMENT),
        (AUTO, "*.example.com", Status::SP_ERR_INVALID_DOMAIN),
        (AUTO, "203.0.113.9", Status::SP_ERR_INVALID_DOMAIN),
        (AUTO, "https://example.com", Status::SP_ERR_INVALID_DOMAIN),
    ] {
        setup.fake.clear_requests();
        assert_eq!(client.sync_domain(name, flags).err(), Some(status));
        assert_eq!(client.remove_domain(name, flags).err(), Some(status));
        assert_eq!(setup.log(), [""; 0]);
    }
}

#[test]
fn the_order_of_answers_never_matters() {
    for order in [
        Order::AsSent,
        Order::Sorted,
        Order::Reversed,
        Order::Shuffled,
    ] {
        let setup = Setup::with(&FOREIGN);
        setup
            .fake
            .change_settings(|settings| settings.order = order);
        let client = setup.client();
        let context = format!("{order:?}");
        for name in ["zebra.example.org", "ant.example.org", "middle.example.org"] {
            assert_ok(&sync(&client, name, AUTO), &context);
        }
        assert_ok(&remove(&client, "ant.example.org", AUTO), &context);
        setup.fake.clear_requests();
        assert_ok(&sync(&client, "zebra.example.org", AUTO), &context);
        assert_eq!(setup.log(), [READ], "{context}: nothing to do");
        assert_eq!(
            setup.sorted(),
            joined(&FOREIGN, &["middle.example.org", "zebra.example.org"]),
            "{context}"
        );
    }
}

#[test]
fn entries_of_others_are_sent_back_byte_for_byte() {
    let others = [&FOREIGN as &[&str], &["Bücher.Example", "2001:db8::9"]].concat();
    let setup = Setup::with(&others);
    setup.fake.change_settings(|settings| {
        settings.order = Order::AsSent;
        settings.non_ascii = Verdict::Accept;
    });
    let client = setup.client();
    assert_ok(&sync(&client, "shop.example.org", AUTO), "add");
    assert_ok(&remove(&client, "network.example.org", AUTO), "remove");
    let with_new = [&others as &[&str], &["shop.example.org"]].concat();
    assert_eq!(setup.sent()[0], with_new);
    assert_eq!(setup.sent()[1], with_new[1..]);

    // A present name in another spelling is the same name.
    setup.fake.clear_requests();
    for name in ["bücher.example", "mixed.example.com", "TWICE.example.org"] {
        assert_ok(&sync(&client, name, NEVER), name);
    }
    assert_eq!(setup.log(), [READ, READ, READ]);
    // Removing one name removes each of its spellings and nothing else.
    assert_ok(&remove(&client, "Twice.example.org", NEVER), "both");
    let rest = setup.fake.domains();
    assert!(!rest.contains(&"twice.example.org".to_owned()) && rest.len() == with_new.len() - 3);
}

#[test]
fn a_service_that_tidies_the_list_or_refuses_it() {
    let setup = Setup::with(&FOREIGN);
    setup.fake.change_settings(|settings| {
        settings.duplicates = Verdict::Normalise;
        settings.upper_case = Verdict::Normalise;
    });
    let report = sync(&setup.client(), "shop.example.org", AUTO);
    assert_ok(&report, "tidied");
    assert_eq!(report.document["applied"], "yes");

    for change in [
        (|settings| settings.duplicates = Verdict::Refuse) as fn(&mut fake_serverpilot::Settings),
        |settings| settings.upper_case = Verdict::Refuse,
        |settings| settings.domain_limit = 7,
    ] {
        let setup = Setup::with(&FOREIGN);
        setup.fake.change_settings(change);
        let report = sync(&setup.client(), "shop.example.org", AUTO);
        assert_status(&report, Status::SP_ERR_BAD_REQUEST, "refused");
        assert_eq!(report.document["applied"], "no");
        assert_eq!(report.document["added"], json!([]));
        assert!(
            report.message.contains("Invalid value for domains"),
            "{}",
            report.message
        );
        assert_eq!(setup.sorted(), joined(&FOREIGN, &[]));
        assert_eq!(setup.log(), [READ, WRITE]);
    }
}

#[test]
fn a_list_that_is_empty_null_or_missing() {
    for (shape, understood) in [
        (EmptyList::Array, true),
        (EmptyList::Null, true),
        (EmptyList::Missing, false),
    ] {
        let setup = Setup::with(&[]);
        setup
            .fake
            .change_settings(|settings| settings.empty_list = shape);
        let client = setup.client();
        let context = format!("{shape:?}");
        let report = sync(&client, "shop.example.org", AUTO);
        if understood {
            assert_ok(&report, &context);
            assert_eq!(setup.fake.domains(), ["shop.example.org"], "{context}");
            let report = remove(&client, "shop.example.org", AUTO);
            assert_status(&report, Status::SP_ERR_PROTECTED, &context);
            assert!(report.message.contains("last domain"), "{}", report.message);
            assert_eq!(setup.fake.domains(), ["shop.example.org"], "{context}");
        } else {
            // A missing value is not taken for "none".
            assert_status(&report, Status::SP_ERR_PROTOCOL, &context);
            assert_eq!(setup.log(), [READ], "{context}");
        }
    }
}

#[test]
fn three_hundred_names_and_no_more() {
    let names: Vec<String> = (0..299).map(|n| format!("n{n}.example.org")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let setup = Setup::with(&names);
    let client = setup.client();

    let report = sync(&client, "example.com", AUTO);
    assert_status(&report, Status::SP_ERR_DOMAIN_LIMIT, "two more");
    for number in ["299", "301", "300"] {
        assert!(report.message.contains(number), "{}", report.message);
    }
    assert!(!report.retryable);
    assert_eq!(report.document["applied"], "no");
    assert_eq!(
        report.document["domains"],
        json!({"count": 299, "limit": 300})
    );
    assert_eq!(setup.log(), [READ]);

    let report = sync(&client, "shop.example.com", AUTO);
    assert_ok(&report, "the last one");
    assert_eq!(setup.fake.domains().len(), 300);
    assert!(warned(&report, "certificate_limit"));

    let report = sync(&client, "blog.example.com", AUTO);
    assert_status(&report, Status::SP_ERR_DOMAIN_LIMIT, "one too many");
    // Replacing one name fits.
    let change = json!({"add": ["blog.example.com"], "remove": ["n7.example.org"]});
    assert_ok(&apply(&client, &change), "exchange");
    assert_eq!(setup.fake.domains().len(), 300);
    assert!(setup.sent().iter().all(|list| list.len() <= 300));
}

/// Such apps date from the time when the limit was 1000.
#[test]
fn a_list_above_the_limit_may_only_get_shorter() {
    let setup = Setup::with(&[NETWORK]);
    let client = setup.client();
    let many: Vec<String> = (0..310).map(|n| format!("m{n}.example.org")).collect();
    setup.fake.set_domains(&many);
    let report = remove(&client, "m1.example.org", AUTO);
    assert_ok(&report, "one fewer");
    assert_eq!(
        report.document["domains"],
        json!({"count": 309, "limit": 300})
    );
    let swap = json!({"add": ["a.example.org"], "remove": ["m2.example.org", "m3.example.org"]});
    assert_ok(&apply(&client, &swap), "still one fewer");
    let even = json!({"add": ["b.example.org"], "remove": ["m4.example.org"]});
    let report = apply(&client, &even);
    assert_status(&report, Status::SP_ERR_DOMAIN_LIMIT, "as many as before");
    assert_eq!(report.document["domains"]["count"], 308);
    let report = sync(&client, "c.example.org", AUTO);
    assert_status(&report, Status::SP_ERR_DOMAIN_LIMIT, "one more");
    assert_eq!(setup.fake.domains().len(), 308);
}

#[test]
fn what_does_not_fit_is_left_out_and_named() {
    let names: Vec<String> = (0..297).map(|n| format!("n{n}.example.org")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let setup = Setup::with(&names);
    let client = setup.client();
    let desired = json!(["first.org", "second.org", "third.org", "fourth.example.net"]);
    let change = json!({"desired": desired, "owned": ["n7.example.org"], "overflow": "fit"});
    let report = apply(&client, &change);
    assert_ok(&report, "fit");
    assert_eq!(
        report.document["added"],
        json!(["first.org", "second.org", "third.org", "fourth.example.net"])
    );
    assert_eq!(report.document["removed"], json!(["n7.example.org"]));
    assert_eq!(
        report.document["skipped"],
        json!([
            {"domain": "www.first.org", "reason": "no_room"},
            {"domain": "www.second.org", "reason": "no_room"},
            {"domain": "www.third.org", "reason": "no_room"},
        ])
    );
    assert!(report.message.contains("3 left out"), "{}", report.message);
    assert!(warned(&report, "no_room"));
    assert_eq!(setup.fake.domains().len(), 300);
    setup.fake.clear_requests();
    assert_ok(&apply(&client, &change), "again");
    assert_eq!(setup.log(), [READ]);
    let mut strict = change;
    strict["overflow"] = json!("refuse");
    let report = apply(&client, &strict);
    assert_status(&report, Status::SP_ERR_DOMAIN_LIMIT, "refuse");
}

#[test]
fn too_many_removals_write_nothing() {
    let setup = Setup::with(&[NETWORK, "a.example.org", "b.example.org", "c.example.org"]);
    let client = setup.client();
    let owned = json!(["a.example.org", "b.example.org", "c.example.org"]);
    let mut change = json!({"desired": ["d.example.org"], "owned": owned, "max_removals": 2});
    for dry_run in [false, true] {
        change["dry_run"] = json!(dry_run);
        let report = apply(&client, &change);
        assert_status(&report, Status::SP_ERR_TOO_MANY_REMOVALS, "three of two");
        assert_eq!(report.document["applied"], "no");
        assert_eq!(report.document["changed"], false);
        assert!(!report.retryable);
    }
    assert_eq!(setup.log(), [READ, READ]);
    change["dry_run"] = json!(false);
    change["max_removals"] = json!(3);
    assert_ok(&apply(&client, &change), "three of three");
    assert_eq!(setup.sorted(), ["d.example.org", NETWORK]);
}

#[test]
fn a_name_that_was_given_outranks_a_companion() {
    let setup = Setup::with(&[NETWORK, "www.example.com"]);
    let client = setup.client();
    let change = json!({"add": ["example.com"], "remove": ["www.example.com"]});
    let report = apply(&client, &change);
    assert_ok(&report, "apart");
    assert_eq!(report.document["added"], json!(["example.com"]));
    assert_eq!(report.document["removed"], json!(["www.example.com"]));
    assert_eq!(setup.sorted(), ["example.com", NETWORK]);
    assert_ok(&apply(&client, &change), "again");
}

#[test]
fn a_wait_for_an_action_has_its_own_limit() {
    let setup = Setup::with(&[NETWORK]);
    let client = setup.client_with(|config| config.set_timeouts(0, 60_000, 120_000));
    let id = sync(&client, "shop.example.org", AUTO)
        .action_id
        .expect("an action");
    // It lasts for its full time …
    let report = client.wait_action(&id, 900).expect("a report");
    assert_status(&report, Status::SP_ERR_TIMEOUT, "open");
    assert!(report.document["elapsed_ms"].as_u64() >= Some(900));
    assert_eq!(report.document["action"]["status"], "open");
    // … and no longer, although its request is never answered.
    setup.fake.fault(Fault::once(Kind::Hang).forever());
    let started = std::time::Instant::now();
    let report = client.wait_action(&id, 200).expect("a report");
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_status(&report, Status::SP_ERR_TIMEOUT, "hanging");
    assert_eq!(report.action_id.as_ref(), Some(&id));
}

#[test]
fn fewer_than_a_hundred_names_give_no_warning() {
    let names: Vec<String> = (0..98).map(|n| format!("n{n}.example.org")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let setup = Setup::with(&names);
    let client = setup.client();
    let report = sync(&client, "a.example.com", AUTO);
    assert!(!warned(&report, "certificate_limit"), "99");
    let report = sync(&client, "b.example.com", AUTO);
    assert!(warned(&report, "certificate_limit"), "100");
}

#[test]
fn protected_names_and_the_last_one_stay() {
    let setup = Setup::with(&[NETWORK, "example.com", "www.example.com"]);
    let client = setup.client_with(|config| {
        for name in ["Network.Example.org", "www.example.com"] {
            config.protect(name).expect("a name");
        }
    });
    for flags in [AUTO, ALWAYS, NEVER] {
        let report = remove(&client, NETWORK, flags);
        assert_status(&report, Status::SP_ERR_PROTECTED, "protected");
        assert!(report.message.contains(NETWORK) && !report.retryable);
    }
    // The name goes; its protected www stays and is reported.
    let report = remove(&client, "example.com", AUTO);
    assert_ok(&report, "companion");
    assert_eq!(
        report.document["skipped"],
        json!([{"domain": "www.example.com", "reason": "protected"}])
    );
    assert_eq!(setup.sorted(), [NETWORK, "www.example.com"]);

    let report = apply(
        &client,
        &json!({"desired": [], "owned": [NETWORK, "www.example.com"]}),
    );
    assert_ok(&report, "reconcile leaves them");
    assert_eq!(setup.sorted(), [NETWORK, "www.example.com"]);
    let change = json!({"add": ["a.example.org"], "remove": [NETWORK]});
    let report = apply(&client, &change);
    assert_status(&report, Status::SP_ERR_PROTECTED, "as a whole");
    assert_eq!(setup.sorted(), [NETWORK, "www.example.com"]);

    let setup = Setup::with(&["only.example.org"]);
    let client = setup.client();
    for report in [
        remove(&client, "only.example.org", AUTO),
        apply(
            &client,
            &json!({"desired": [], "owned": ["only.example.org"]}),
        ),
    ] {
        assert_status(&report, Status::SP_ERR_PROTECTED, "the last one");
        assert_eq!(report.document["applied"], "no");
    }
    assert_eq!(setup.log(), [READ, READ]);
    // Replacing the last name never leaves the app without one.
    let change = json!({"desired": ["new.example.org"], "owned": ["only.example.org"]});
    assert_ok(&apply(&client, &change), "exchange");
    assert_eq!(setup.fake.domains(), ["new.example.org"]);
}

#[test]
fn removing_from_the_middle_sends_an_array() {
    let setup = Setup::with(&["a.example.org", "b.example.org", "c.example.org"]);
    setup
        .fake
        .change_settings(|settings| settings.order = Order::AsSent);
    let report = remove(&setup.client(), "b.example.org", AUTO);
    assert_ok(&report, "remove");
    assert_eq!(report.document["operation"], "remove");
    assert_eq!(report.document["removed"], json!(["b.example.org"]));
    let requests = setup.fake.requests();
    assert_eq!(
        requests[1].body,
        json!({"domains": ["a.example.org", "c.example.org"]})
    );
}

#[test]
fn apply_takes_commands() {
    let setup = Setup::with(&FOREIGN);
    let client = setup.client();
    let change = json!({
        "add": ["example.com", "shop.example.org", "Shop.Example.org"],
        "remove": ["network.example.org", "absent.example.org"],
        "www": "auto",
    });
    let report = apply(&client, &change);
    assert_ok(&report, "commands");
    let document = &report.document;
    assert_eq!(document["operation"], "apply");
    assert_eq!(
        document["added"],
        json!(["example.com", "www.example.com", "shop.example.org"])
    );
    assert_eq!(document["removed"], json!(["network.example.org"]));
    assert_eq!(document["unchanged"], json!(["absent.example.org"]));
    assert_eq!(setup.log(), [READ, WRITE]);
    assert_eq!(
        setup.sorted(),
        joined(
            &FOREIGN[1..],
            &["example.com", "www.example.com", "shop.example.org"]
        )
    );
    assert_ok(&apply(&client, &change), "again");
    assert_eq!(setup.log(), [READ, WRITE, READ]);
    // An empty change is a success, not an empty list.
    assert_ok(&apply(&client, &json!({"add": []})), "nothing");
    assert_eq!(setup.sent().len(), 1);
}

#[test]
fn apply_takes_a_desired_state() {
    let setup = Setup::with(
        &[
            &FOREIGN as &[&str],
            &["old.example.org", "keep.example.org"],
        ]
        .concat(),
    );
    let client = setup.client();
    let change = json!({
        "desired": ["keep.example.org", "new.example.org", "no name", "*.bad.example.org"],
        "owned": ["keep.example.org", "old.example.org", "long-gone.example.org"],
        "www": "never",
    });
    let report = apply(&client, &change);
    assert_ok(&report, "picture");
    let document = &report.document;
    assert_eq!(document["added"], json!(["new.example.org"]));
    assert_eq!(document["removed"], json!(["old.example.org"]));
    assert_eq!(
        document["skipped"],
        json!([
            {"domain": "no name", "reason": "invalid_domain"},
            {"domain": "*.bad.example.org", "reason": "invalid_domain"}
        ])
    );
    assert_eq!(
        setup.sorted(),
        joined(&FOREIGN, &["keep.example.org", "new.example.org"])
    );
    assert_eq!(setup.log(), [READ, WRITE]);
    assert_ok(&apply(&client, &change), "again");
    assert_eq!(setup.log(), [READ, WRITE, READ]);

    for (change, status) in [
        (
            json!({"add": ["a.example.org"], "desired": []}),
            Status::SP_ERR_INVALID_ARGUMENT,
        ),
        (json!({}), Status::SP_ERR_INVALID_ARGUMENT),
        (
            json!({"add": ["a.example.org"], "dryrun": true}),
            Status::SP_ERR_INVALID_ARGUMENT,
        ),
        (json!({"add": ["no name"]}), Status::SP_ERR_INVALID_DOMAIN),
    ] {
        assert_eq!(client.apply(&change.to_string()).err(), Some(status));
    }
    assert_eq!(setup.log().len(), 3);
}

#[test]
fn a_dry_run_writes_nothing_and_takes_no_lock() {
    let setup = Setup::with(&FOREIGN);
    setup.certificate_ready();
    let client = setup.client();
    let before = setup.fake.state().app;
    let reports = [
        sync(&client, "example.com", DRY_RUN),
        remove(&client, "network.example.org", DRY_RUN),
        apply(
            &client,
            &json!({"add": ["a.example.org"], "remove": ["network.example.org"], "dry_run": true}),
        ),
        apply(
            &client,
            &json!({"desired": ["a.example.org"], "owned": ["network.example.org"], "dry_run": true}),
        ),
    ];
    for (report, added, removed) in [
        (
            &reports[0],
            json!(["example.com", "www.example.com"]),
            json!([]),
        ),
        (&reports[1], json!([]), json!(["network.example.org"])),
        (
            &reports[2],
            json!(["a.example.org"]),
            json!(["network.example.org"]),
        ),
        (
            &reports[3],
            json!(["a.example.org"]),
            json!(["network.example.org"]),
        ),
    ] {
        assert_ok(report, "dry run");
        assert_eq!(report.document["dry_run"], true);
        assert_eq!(report.document["changed"], false);
        assert_eq!(report.document["applied"], "no");
        assert_eq!(report.document["added"], added);
        assert_eq!(report.document["removed"], removed);
        assert!(report.message.starts_with("Would"), "{}", report.message);
    }
    assert_eq!(setup.log(), [READ; 4]);
    assert_eq!(setup.fake.state().app, before);
    let locks = std::fs::read_dir(setup.lock_dir.path()).expect("the folder");
    assert_eq!(locks.count(), 0);
    // A dry run refuses what the real call would refuse.
    let client = setup.client_with(|config| config.protect(NETWORK).expect("a name"));
    let report = remove(&client, NETWORK, DRY_RUN);
    assert_status(&report, Status::SP_ERR_PROTECTED, "dry run");
}

#[test]
fn autossl_waits_for_a_certificate_and_is_enabled_once() {
    let setup = Setup::with(&[NETWORK]);
    let client = setup.client();
    let enable = || client.enable_autossl().expect("a report");

    let report = enable();
    assert_status(&report, Status::SP_ERR_AUTOSSL_UNAVAILABLE, "too early");
    assert!(report.retryable && report.retry_after_ms > 0);
    assert_eq!(report.document["autossl"]["state"], "pending");
    assert_eq!(report.document["autossl"]["available"], false);
    assert_eq!(setup.log(), [READ]);

    setup.fake.advance(Duration::from_secs(601));
    setup.fake.clear_requests();
    let report = enable();
    assert_ok(&report, "ready");
    assert_eq!(report.document["operation"], "enable_autossl");
    assert_eq!(report.document["changed"], true);
    assert_eq!(report.document["autossl"]["state"], "enabled");
    assert_eq!(report.document["autossl"]["domains"], json!([NETWORK]));
    assert!(report.action_id.is_some());
    assert_eq!(setup.log(), [READ, WRITE_SSL]);

    setup.fake.clear_requests();
    let report = enable();
    assert_ok(&report, "already");
    assert_eq!(report.document["changed"], false);
    assert_eq!(report.document["autossl"]["state"], "already_enabled");
    assert_eq!(setup.log(), [READ]);

    // One name that does not resolve prevents the certificate for all names.
    let setup = Setup::with(&[NETWORK, "gone.example.org"]);
    setup.fake.set_app(AppChange {
        unresolvable: Some(["gone.example.org".to_owned()].into()),
        ..AppChange::default()
    });
    setup.fake.advance(Duration::from_secs(7200));
    let report = sync(&setup.client(), NETWORK, AUTO);
    assert_ok(&report, "the list is right");
    assert_eq!(report.document["autossl"]["state"], "pending");
}

#[test]
fn a_custom_certificate_is_never_touched() {
    let setup = Setup::with(&[NETWORK]);
    setup.certificate_ready();
    install(&setup, SslMode::Custom);
    let client = setup.client();
    let report = client.enable_autossl().expect("a report");
    assert_status(&report, Status::SP_ERR_CUSTOM_CERTIFICATE, "custom");
    assert!(!report.retryable);
    assert_eq!(report.document["autossl"]["state"], "custom_certificate");
    let report = sync(&client, "shop.example.org", AUTO);
    assert_ok(&report, "the list is right");
    assert_eq!(report.document["autossl"]["state"], "custom_certificate");
    assert_eq!(setup.log(), [READ, READ, WRITE]);
    let ssl = setup.fake.state().app.ssl.expect("a certificate");
    assert_eq!(ssl.mode, SslMode::Custom);
}

#[test]
fn a_refused_autossl_does_not_undo_the_change() {
    for (code, status) in [
        (400, Status::SP_ERR_BAD_REQUEST),
        (403, Status::SP_ERR_FORBIDDEN),
        (409, Status::SP_ERR_CONFLICT),
    ] {
        let setup = Setup::with(&[NETWORK]);
        setup.certificate_ready();
        setup.fake.fault(Fault::status(code).on(On::Ssl).forever());
        let client = setup.client();
        let context = format!("{code}");
        let report = client.enable_autossl().expect("a report");
        assert_status(&report, status, &context);
        assert_eq!(report.http_status, code);
        assert_eq!(report.document["autossl"]["state"], "failed");
        // The app is read again before the refusal is believed, and AutoSSL is not requested again.
        assert_eq!(setup.log(), [READ, WRITE_SSL, READ]);

        let report = sync(&client, "shop.example.org", AUTO);
        assert_ok(&report, &context);
        assert_eq!(report.document["applied"], "yes");
        assert_eq!(report.document["autossl"]["state"], "failed");
        assert!(warned(&report, "autossl_failed"));
        assert_eq!(setup.sorted(), [NETWORK, "shop.example.org"]);
    }
}

#[test]
fn autossl_is_believed_when_the_service_says_that_it_is_on() {
    for (body, applied, state, status) in [
        (r#"{"data":{}}"#, true, "enabled", Status::SP_OK),
        (r#"{"data":null}"#, true, "enabled", Status::SP_OK),
        (r#"{"data":[]}"#, true, "enabled", Status::SP_OK),
        ("{}", true, "enabled", Status::SP_OK),
        ("empty", true, "enabled", Status::SP_OK),
        (
            r#"{"data":{"ssl":{"auto":true}}}"#,
            true,
            "enabled",
            Status::SP_OK,
        ),
        (r#"{"data":{}}"#, false, "failed", Status::SP_ERR_PROTOCOL),
        (r#"{"data":null}"#, false, "failed", Status::SP_ERR_PROTOCOL),
        (
            r#"{"data":{"auto":false}}"#,
            false,
            "failed",
            Status::SP_ERR_NOT_APPLIED,
        ),
    ] {
        let setup = Setup::with(&[NETWORK]);
        setup.certificate_ready();
        setup
            .fake
            .fault(answer(200, body).on(On::Ssl).apply(applied));
        let report = setup.client().enable_autossl().expect("a report");
        let context = format!("{body} {applied}");
        assert_status(&report, status, &context);
        assert_eq!(report.document["autossl"]["state"], state, "{context}");
        assert_eq!(report.document["changed"], applied, "{context}");
        assert_eq!(setup.fake.state().app.ssl.is_some(), applied);
        let asked = setup.log().iter().filter(|line| *line == WRITE_SSL).count();
        assert_eq!(asked, 1, "{context}");
    }
}

#[test]
fn an_answer_with_another_list_is_reported() {
    // Not applied, as the answer shows.
    let setup = Setup::with(&FOREIGN);
    let client = setup.client();
    setup.fake.fault(
        Fault::once(Kind::DropOwnChange {
            answer: Claim::Actual,
        })
        .on(On::List),
    );
    let report = sync(&client, "shop.example.org", AUTO);
    assert_status(&report, Status::SP_ERR_NOT_APPLIED, "dropped");
    assert!(report.retryable);
    assert_eq!(report.document["applied"], "no");
    assert_eq!(report.document["changed"], false);
    assert_eq!(report.document["added"], json!([]));
    assert!(report.message.contains("shop.example.org"));
    // What the answer shows is checked once more before it is reported as "no".
    assert_eq!(setup.log(), [READ, WRITE, READ]);
    let report = sync(&client, "shop.example.org", AUTO);
    assert_ok(&report, "the next call");
    assert_eq!(report.document["changed"], true);

    // Our name is there, and another one: somebody changed the list at the same moment.
    let strange = [
        &FOREIGN as &[&str],
        &["shop.example.org", "blog.example.org", "theirs.example.net"],
    ]
    .concat();
    setup.fake.fault(
        Fault::once(Kind::AnswerOtherList {
            domains: Some(owned(&strange)),
        })
        .on(On::List),
    );
    let report = sync(&client, "blog.example.org", AUTO);
    assert_status(&report, Status::SP_ERR_NOT_APPLIED, "more");
    assert_eq!(report.document["applied"], "yes");
    assert!(report.message.contains("theirs.example.net"));

    // Our name is there, and somebody else's entry is missing.
    let fewer = [
        &FOREIGN[1..],
        &["shop.example.org", "blog.example.org", "wiki.example.org"],
    ]
    .concat();
    setup.fake.fault(
        Fault::once(Kind::AnswerOtherList {
            domains: Some(owned(&fewer)),
        })
        .on(On::List),
    );
    let report = sync(&client, "wiki.example.org", AUTO);
    assert_status(&report, Status::SP_ERR_NOT_APPLIED, "fewer");
    assert!(report.message.contains(NETWORK), "{}", report.message);
    for list in setup.sent() {
        assert_eq!(damaged(&list, &FOREIGN), None);
    }
}

#[test]
fn inspecting_shows_the_app_and_no_secret() {
    let setup = Setup::with(&FOREIGN);
    setup.certificate_ready();
    let client = setup.client();
    let report = client.inspect_app().expect("a report");
    assert_ok(&report, "inspect");
    let document = &report.document;
    assert_eq!(document["operation"], "inspect");
    assert_eq!(document["changed"], false);
    assert_eq!(document["app"]["id"], APP_ID);
    assert_eq!(document["app"]["name"], "network");
    assert_eq!(document["app"]["server_id"], "DemoServer001");
    assert_eq!(document["app"]["runtime"], "php8.3");
    assert_eq!(
        sorted(words(&document["app"]["domains"])),
        joined(&FOREIGN, &[])
    );
    assert_eq!(document["ssl"], json!({"mode": "none", "force": false}));
    assert_eq!(document["autossl"]["available"], true);
    assert!(words(&document["autossl"]["domains"]).contains(&NETWORK.to_owned()));
    assert_eq!(document["server"]["address"], "127.0.0.1");
    assert!(document["server"]["last_seen"].is_i64());
    assert_eq!(setup.log(), [READ.to_owned(), format!("GET {SERVER}")]);

    for (mode, force, shown) in [
        (
            SslMode::Auto,
            false,
            json!({"mode": "auto", "force": false}),
        ),
        (
            SslMode::Custom,
            true,
            json!({"mode": "custom", "force": true}),
        ),
    ] {
        setup.fake.set_app(AppChange {
            ssl: Some(Some(SslChange::Detail {
                mode,
                names: None,
                variant: fake_serverpilot::Variant::Good,
                force,
            })),
            ..AppChange::default()
        });
        let report = client.inspect_app().expect("a report");
        assert_ok(&report, "with a certificate");
        assert_eq!(report.document["ssl"], shown);
    }

    setup.fake.set_app(AppChange {
        server_address: Some(None),
        server_lastconn: Some(None),
        ..AppChange::default()
    });
    let report = client.inspect_app().expect("a report");
    assert_ok(&report, "a server that never came");
    assert_eq!(
        report.document["server"],
        json!({"address": null, "last_seen": null})
    );
    setup.fake.set_app(AppChange {
        server_missing: Some(true),
        ..AppChange::default()
    });
    let report = client.inspect_app().expect("a report");
    assert_ok(&report, "a server that is gone");
    assert!(warned(&report, "server_unknown"));
    assert_eq!(forbidden(&setup.fake.requests()), [""; 0]);
}

#[test]
fn actions_are_followed_to_their_end() {
    for (outcome, status, word) in [
        (ActionOutcome::Success, Status::SP_OK, "success"),
        (ActionOutcome::Error, Status::SP_ERR_ACTION_FAILED, "error"),
    ] {
        let setup = Setup::with(&[NETWORK]);
        setup
            .fake
            .change_settings(|settings| settings.action_outcome = outcome);
        let client = setup.client();
        let id = sync(&client, "shop.example.org", AUTO)
            .action_id
            .expect("an action");
        let report = client.action_status(&id).expect("a report");
        assert_ok(&report, "open");
        assert_eq!(report.document["action"]["status"], "open");
        assert_eq!(report.document["action"]["id"], id.as_str());
        assert_eq!(report.action_id.as_ref(), Some(&id));

        let report = client.wait_action(&id, 300).expect("a report");
        assert_status(&report, Status::SP_ERR_TIMEOUT, "not in that time");
        assert!(report.retryable);
        assert_eq!(report.document["action"]["status"], "open");

        // It ends during the wait.
        let report = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(400));
                setup.fake.advance(Duration::from_secs(6));
            });
            client.wait_action(&id, 0).expect("a report")
        });
        assert_status(&report, status, word);
        assert_eq!(report.document["action"]["status"], word);
        assert!(report.document["requests"].as_u64() > Some(1));

        setup.fake.clear_requests();
        for report in [client.action_status(&id), client.wait_action(&id, 0)] {
            let report = report.expect("a report");
            assert_status(&report, status, word);
            assert_eq!(report.action_id.as_ref(), Some(&id));
        }
        assert_eq!(setup.log().len(), 2);
        for report in [
            client.action_status("Unknown0001"),
            client.wait_action("Unknown0001", 0),
        ] {
            let report = report.expect("a report");
            assert_status(&report, Status::SP_ERR_NOT_FOUND, "unknown");
            assert!(report.message.contains("action"));
        }
        setup.fake.clear_requests();
        for id in ["", "a/b", "../apps", "a?b", "ä"] {
            let refused = Some(Status::SP_ERR_INVALID_ARGUMENT);
            assert_eq!(client.action_status(id).err(), refused, "{id}");
            assert_eq!(client.wait_action(id, 0).err(), refused, "{id}");
        }
        assert_eq!(setup.log(), [""; 0]);
    }
}

/// What each operation reports about the same problem; none of them may write.
fn everything(client: &Client) -> Vec<(&'static str, Report)> {
    let change = json!({"desired": ["shop.example.org"], "owned": [NETWORK]});
    vec![
        ("sync", sync(client, "shop.example.org", AUTO)),
        ("remove", remove(client, NETWORK, AUTO)),
        ("apply", apply(client, &change)),
        ("enable", client.enable_autossl().expect("a report")),
        ("inspect", client.inspect_app().expect("a report")),
    ]
}

#[test]
fn a_refusal_names_its_cure() {
    type Failing = fn(&Setup) -> Client;
    let rows: [(&str, Failing, Status, u16, &[&str]); 5] = [
        (
            "wrong key",
            |setup| {
                setup.client_with(|config| {
                    config
                        .set_credentials(setup::CLIENT_ID, "another-key-SENTINEL")
                        .expect("credentials");
                })
            },
            Status::SP_ERR_AUTH,
            401,
            &["WU_SERVER_PILOT_CLIENT_ID", "WU_SERVER_PILOT_API_KEY"],
        ),
        (
            "renewed key",
            |setup| {
                setup
                    .fake
                    .change_settings(|settings| settings.key_revoked = true);
                setup.client()
            },
            Status::SP_ERR_AUTH,
            401,
            &["WU_SERVER_PILOT_CLIENT_ID", "WU_SERVER_PILOT_API_KEY"],
        ),
        (
            "wrong app",
            |setup| setup.client_with(|config| config.set_app_id("Another0001").expect("an id")),
            Status::SP_ERR_NOT_FOUND,
            404,
            &["WU_SERVER_PILOT_APP_ID"],
        ),
        (
            "no card",
            |setup| {
                setup.fake.fault(Fault::status(402).forever());
                setup.client()
            },
            Status::SP_ERR_PAYMENT_REQUIRED,
            402,
            &["card on file", "Billing"],
        ),
        (
            "no permission",
            |setup| {
                setup.fake.fault(Fault::status(403).forever());
                setup.client()
            },
            Status::SP_ERR_FORBIDDEN,
            403,
            &["permission", "The simulated error 403."],
        ),
    ];
    for (trouble, client, status, http, cures) in rows {
        let setup = Setup::with(&[NETWORK]);
        let client = client(&setup);
        for (operation, report) in everything(&client) {
            let context = format!("{trouble}, {operation}");
            assert_status(&report, status, &context);
            assert_eq!(report.http_status, http, "{context}");
            assert!(!report.retryable, "{context}");
            for cure in cures {
                assert!(
                    report.message.contains(cure),
                    "{context}: {}",
                    report.message
                );
            }
        }
        let log = setup.log();
        assert!(log.len() == 5 && log.iter().all(|line| line.starts_with("GET ")));
        assert_eq!(setup.fake.domains(), [NETWORK]);
    }
}

#[test]
fn without_credentials_or_an_app_nothing_is_asked() {
    let setup = Setup::with(&[NETWORK]);
    for client in [
        setup.client_with(|config| config.credentials = None),
        setup.client_with(|config| config.app_id = None),
    ] {
        let missing = Some(Status::SP_ERR_NOT_CONFIGURED);
        assert_eq!(client.sync_domain(NETWORK, AUTO).err(), missing);
        assert_eq!(client.remove_domain(NETWORK, AUTO).err(), missing);
        assert_eq!(client.apply(r#"{"add":[]}"#).err(), missing);
        assert_eq!(client.enable_autossl().err(), missing);
        assert_eq!(client.inspect_app().err(), missing);
    }
    let client = setup.client_with(|config| config.credentials = None);
    let missing = Some(Status::SP_ERR_NOT_CONFIGURED);
    assert_eq!(client.action_status("DemoAction000001").err(), missing);
    assert_eq!(client.wait_action("DemoAction000001", 0).err(), missing);
    assert_eq!(setup.log(), [""; 0]);
    // The paths that this file compares with are the fake's own.
    assert!(WRITE.ends_with(APP) && WRITE_SSL.ends_with(SSL));
}
