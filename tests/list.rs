//! The documented behaviour of the list, AutoSSL, inspection and actions, over TLS against the double.
//! What a call sends is read from the double's log, what came of it from the double's stored list.
//! Nothing here goes wrong but what ServerPilot itself refuses; `faults.rs` does the rest.

mod double;

use std::time::Duration;

use double::{
    APP, APP_ID, FOREIGN, SERVER, SSL, Stage, assert_status, damaged, eventually, forbidden,
    joined, owned, sorted, status_kind, warned, words,
};
use serde_json::{Value, json};
use serverpilot::client::Client;
use serverpilot::flags::Flag;
use serverpilot::outcome::Report;
use serverpilot::status::Status;
use simulator::{
    ActionOutcome, AppChange, Claim, EmptyList, Fault, Kind, On, Order, SslChange, SslMode, Verdict,
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

fn install(stage: &Stage, mode: SslMode) {
    stage.double.set_app(AppChange {
        ssl: Some(Some(SslChange::Mode(mode))),
        ..AppChange::default()
    });
}

fn answer(code: u16, body: &str) -> Fault {
    Fault::once(status_kind(code, &[], body))
}

#[test]
fn an_absent_name_costs_a_read_and_a_write_on_one_connection() {
    let stage = Stage::with(&[NETWORK]);
    let report = sync(&stage.client(), "Shop.Example.ORG.", AUTO);
    assert_ok(&report, "sync");
    assert_eq!(stage.log(), [READ, WRITE]);
    assert_eq!(stage.connections_used(), 1);
    assert_eq!(stage.sorted(), [NETWORK, "shop.example.org"]);

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
    let started = &stage.double.state().app.actions[0].id;
    assert_eq!(report.action_id.as_ref(), Some(started));
    for request in stage.double.requests() {
        assert!(request.authorized);
        if request.method == "POST" {
            assert_eq!(request.content_type.as_deref(), Some("application/json"));
        }
    }
}

#[test]
fn autossl_that_is_ready_costs_one_request_more() {
    let stage = Stage::with(&[NETWORK]);
    stage.certificate_ready();
    let client = stage.client();
    let report = sync(&client, "shop.example.org", AUTO);
    assert_ok(&report, "absent");
    assert_eq!(stage.log(), [READ, WRITE, WRITE_SSL]);
    assert_eq!(stage.connections_used(), 1);
    assert_eq!(report.document["autossl"]["state"], "enabled");
    assert_eq!(report.document["autossl"]["available"], true);
    let ssl = stage.double.state().app.ssl.expect("a certificate");
    assert_eq!(ssl.mode, SslMode::Auto);
    // The newest action is the one to follow.
    let actions = stage.double.state().app.actions;
    assert_eq!(report.action_id, Some(actions[1].id.clone()));

    stage.double.clear_requests();
    let report = sync(&client, "shop.example.org", AUTO);
    assert_ok(&report, "present");
    assert_eq!(report.document["autossl"]["state"], "already_enabled");
    assert_eq!(report.document["changed"], false);
    assert_eq!(stage.log(), [READ]);

    // Present, and only AutoSSL is missing.
    let stage = Stage::with(&[NETWORK, "shop.example.org"]);
    stage.certificate_ready();
    let report = sync(&stage.client(), "shop.example.org", AUTO);
    assert_ok(&report, "only AutoSSL");
    assert_eq!(stage.log(), [READ, WRITE_SSL]);
    assert_eq!(report.document["changed"], true);
    assert_eq!(report.document["added"], json!([]));

    // Nobody asks for what was not asked for; taking a name off is no occasion either.
    let stage = Stage::with(&[NETWORK, "shop.example.org"]);
    stage.certificate_ready();
    let client = stage.client();
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
    assert_eq!(stage.log(), [READ, WRITE, READ, WRITE, READ, WRITE]);
    assert_eq!(stage.double.state().app.ssl, None);
}

#[test]
fn a_present_name_costs_one_request() {
    let stage = Stage::with(&[NETWORK, "SHOP.example.org"]);
    let client = stage.client();
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
    assert_eq!(stage.log(), [READ, READ, READ]);
}

#[test]
fn calls_share_a_connection_for_as_long_as_it_lives() {
    let stage = Stage::with(&[NETWORK]);
    let client = stage.client();
    for name in ["a.example.org", "b.example.org", "c.example.org"] {
        assert_ok(&sync(&client, name, AUTO), name);
    }
    assert_eq!(stage.double.connections(), 1);

    // Closed while nobody used it: found out before anything is sent.
    for round in 0..10 {
        stage.double.clear_requests();
        let name = format!("closed{round}.example.org");
        let report = std::thread::scope(|scope| {
            // The double waits until the client has let go too, which it does when it runs again.
            scope.spawn(|| stage.double.close_connections());
            eventually("closed", || is_closed_by_the_double(&stage));
            sync(&client, &name, AUTO)
        });
        assert_ok(&report, &name);
        assert_eq!(stage.log(), [READ, WRITE], "{name}");
    }
    assert_eq!(stage.double.connections(), 11);

    // Closed at any moment between two requests: whatever the client has noticed by then.
    for (after_ms, on) in [(0, On::Read), (0, On::List), (1, On::Read), (3, On::List)] {
        for round in 0..5 {
            stage
                .double
                .fault(Fault::once(Kind::CloseIdle { after_ms }).on(on));
            let name = format!("idle{round}-{after_ms}-{on:?}.example.org").to_lowercase();
            assert_ok(&sync(&client, &name, AUTO), &name);
            assert_ok(&remove(&client, &name, AUTO), &name);
            stage.double.clear_faults();
        }
    }
    assert_eq!(forbidden(&stage.double.requests()), [""; 0]);
}

/// Whether a connection of this process's is closed at the double's end and still open at ours.
fn is_closed_by_the_double(stage: &Stage) -> bool {
    const CLOSE_WAIT: &str = "08";
    let (_, port) = stage.double.api_address().rsplit_once(':').expect("a port");
    let port = format!(":{:04X}", port.parse::<u16>().expect("a port"));
    let table = std::fs::read_to_string("/proc/self/net/tcp").expect("the connections");
    table.lines().any(|line| {
        let mut fields = line.split_whitespace().skip(2);
        fields.next().is_some_and(|remote| remote.ends_with(&port))
            && fields.next() == Some(CLOSE_WAIT)
    })
}

#[test]
fn www_goes_along_by_the_public_suffix_list() {
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
        let stage = Stage::with(&[NETWORK]);
        let client = stage.client();
        let context = format!("{name} {flags}");
        let report = sync(&client, name, flags);
        assert_ok(&report, &context);
        assert_eq!(words(&report.document["added"]), expected, "{context}");
        assert_eq!(stage.sorted(), joined(&[NETWORK], expected), "{context}");
        // The same flag takes away what it brought.
        let report = remove(&client, name, flags);
        assert_ok(&report, &context);
        assert_eq!(stage.sorted(), [NETWORK], "{context}");
    }
    // A www of its own stays where the caller says so.
    let stage = Stage::with(&[NETWORK, "example.com", "www.example.com"]);
    let client = stage.client();
    assert_ok(&remove(&client, "example.com", NEVER), "never");
    assert_eq!(stage.sorted(), [NETWORK, "www.example.com"]);

    for (flags, name, status) in [
        (ALWAYS | NEVER, NETWORK, Status::SP_ERR_INVALID_ARGUMENT),
        (16, NETWORK, Status::SP_ERR_INVALID_ARGUMENT),
        (AUTO, "*.example.com", Status::SP_ERR_INVALID_DOMAIN),
        (AUTO, "203.0.113.9", Status::SP_ERR_INVALID_DOMAIN),
        (AUTO, "https://example.com", Status::SP_ERR_INVALID_DOMAIN),
    ] {
        stage.double.clear_requests();
        assert_eq!(client.sync_domain(name, flags).err(), Some(status));
        assert_eq!(client.remove_domain(name, flags).err(), Some(status));
        assert_eq!(stage.log(), [""; 0]);
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
        let stage = Stage::with(&FOREIGN);
        stage
            .double
            .change_settings(|settings| settings.order = order);
        let client = stage.client();
        let context = format!("{order:?}");
        for name in ["zebra.example.org", "ant.example.org", "middle.example.org"] {
            assert_ok(&sync(&client, name, AUTO), &context);
        }
        assert_ok(&remove(&client, "ant.example.org", AUTO), &context);
        stage.double.clear_requests();
        assert_ok(&sync(&client, "zebra.example.org", AUTO), &context);
        assert_eq!(stage.log(), [READ], "{context}: nothing to do");
        assert_eq!(
            stage.sorted(),
            joined(&FOREIGN, &["middle.example.org", "zebra.example.org"]),
            "{context}"
        );
    }
}

#[test]
fn entries_of_others_are_sent_back_byte_for_byte() {
    let others = [&FOREIGN as &[&str], &["Bücher.Example", "2001:db8::9"]].concat();
    let stage = Stage::with(&others);
    stage.double.change_settings(|settings| {
        settings.order = Order::AsSent;
        settings.non_ascii = Verdict::Accept;
    });
    let client = stage.client();
    assert_ok(&sync(&client, "shop.example.org", AUTO), "add");
    assert_ok(&remove(&client, "network.example.org", AUTO), "remove");
    let with_new = [&others as &[&str], &["shop.example.org"]].concat();
    assert_eq!(stage.sent()[0], with_new);
    assert_eq!(stage.sent()[1], with_new[1..]);

    // Another spelling of a name that is there is the same name.
    stage.double.clear_requests();
    for name in ["bücher.example", "mixed.example.com", "TWICE.example.org"] {
        assert_ok(&sync(&client, name, NEVER), name);
    }
    assert_eq!(stage.log(), [READ, READ, READ]);
    // Removing one name removes each of its spellings and nothing else.
    assert_ok(&remove(&client, "Twice.example.org", NEVER), "both");
    let rest = stage.double.domains();
    assert!(!rest.contains(&"twice.example.org".to_owned()) && rest.len() == with_new.len() - 3);
}

#[test]
fn a_service_that_tidies_the_list_or_refuses_it() {
    let stage = Stage::with(&FOREIGN);
    stage.double.change_settings(|settings| {
        settings.duplicates = Verdict::Normalise;
        settings.upper_case = Verdict::Normalise;
    });
    let report = sync(&stage.client(), "shop.example.org", AUTO);
    assert_ok(&report, "tidied");
    assert_eq!(report.document["applied"], "yes");

    for change in [
        (|settings| settings.duplicates = Verdict::Refuse) as fn(&mut simulator::Settings),
        |settings| settings.upper_case = Verdict::Refuse,
        |settings| settings.domain_limit = 7,
    ] {
        let stage = Stage::with(&FOREIGN);
        stage.double.change_settings(change);
        let report = sync(&stage.client(), "shop.example.org", AUTO);
        assert_status(&report, Status::SP_ERR_BAD_REQUEST, "refused");
        assert_eq!(report.document["applied"], "no");
        assert_eq!(report.document["added"], json!([]));
        assert!(
            report.message.contains("Invalid value for domains"),
            "{}",
            report.message
        );
        assert_eq!(stage.sorted(), joined(&FOREIGN, &[]));
        assert_eq!(stage.log(), [READ, WRITE]);
    }
}

#[test]
fn a_list_that_is_empty_null_or_missing() {
    for (shape, understood) in [
        (EmptyList::Array, true),
        (EmptyList::Null, true),
        (EmptyList::Missing, false),
    ] {
        let stage = Stage::with(&[]);
        stage
            .double
            .change_settings(|settings| settings.empty_list = shape);
        let client = stage.client();
        let context = format!("{shape:?}");
        let report = sync(&client, "shop.example.org", AUTO);
        if understood {
            assert_ok(&report, &context);
            assert_eq!(stage.double.domains(), ["shop.example.org"], "{context}");
            let report = remove(&client, "shop.example.org", AUTO);
            assert_status(&report, Status::SP_ERR_PROTECTED, &context);
            assert!(report.message.contains("last domain"), "{}", report.message);
            assert_eq!(stage.double.domains(), ["shop.example.org"], "{context}");
        } else {
            // What is not said is not taken for "none".
            assert_status(&report, Status::SP_ERR_PROTOCOL, &context);
            assert_eq!(stage.log(), [READ], "{context}");
        }
    }
}

#[test]
fn three_hundred_names_and_no_more() {
    let names: Vec<String> = (0..299).map(|n| format!("n{n}.example.org")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let stage = Stage::with(&names);
    let client = stage.client();

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
    assert_eq!(stage.log(), [READ]);

    let report = sync(&client, "shop.example.com", AUTO);
    assert_ok(&report, "the last one");
    assert_eq!(stage.double.domains().len(), 300);
    assert!(warned(&report, "certificate_limit"));

    let report = sync(&client, "blog.example.com", AUTO);
    assert_status(&report, Status::SP_ERR_DOMAIN_LIMIT, "one too many");
    // An exchange fits.
    let change = json!({"add": ["blog.example.com"], "remove": ["n7.example.org"]});
    assert_ok(&apply(&client, &change), "exchange");
    assert_eq!(stage.double.domains().len(), 300);
    // More than the limit, from the time when it was 1000: shrinking it within the limit only.
    let many: Vec<String> = (0..310).map(|n| format!("m{n}.example.org")).collect();
    stage.double.set_domains(&many);
    let report = remove(&client, "m1.example.org", AUTO);
    assert_status(&report, Status::SP_ERR_DOMAIN_LIMIT, "still too many");
    assert_eq!(stage.double.domains().len(), 310);
    assert!(stage.sent().iter().all(|list| list.len() <= 300));
}

#[test]
fn names_below_a_hundred_are_no_reason_to_warn() {
    let names: Vec<String> = (0..98).map(|n| format!("n{n}.example.org")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let stage = Stage::with(&names);
    let client = stage.client();
    let report = sync(&client, "a.example.com", AUTO);
    assert!(!warned(&report, "certificate_limit"), "99");
    let report = sync(&client, "b.example.com", AUTO);
    assert!(warned(&report, "certificate_limit"), "100");
}

#[test]
fn protected_names_and_the_last_one_stay() {
    let stage = Stage::with(&[NETWORK, "example.com", "www.example.com"]);
    let client = stage.client_with(|config| {
        for name in ["Network.Example.org", "www.example.com"] {
            config.protect(name).expect("a name");
        }
    });
    for flags in [AUTO, ALWAYS, NEVER] {
        let report = remove(&client, NETWORK, flags);
        assert_status(&report, Status::SP_ERR_PROTECTED, "protected");
        assert!(report.message.contains(NETWORK) && !report.retryable);
    }
    // The name goes, its protected www stays and is named.
    let report = remove(&client, "example.com", AUTO);
    assert_ok(&report, "companion");
    assert_eq!(
        report.document["skipped"],
        json!([{"domain": "www.example.com", "reason": "protected"}])
    );
    assert_eq!(stage.sorted(), [NETWORK, "www.example.com"]);

    let report = apply(
        &client,
        &json!({"desired": [], "owned": [NETWORK, "www.example.com"]}),
    );
    assert_ok(&report, "reconcile leaves them");
    assert_eq!(stage.sorted(), [NETWORK, "www.example.com"]);
    let change = json!({"add": ["a.example.org"], "remove": [NETWORK]});
    let report = apply(&client, &change);
    assert_status(&report, Status::SP_ERR_PROTECTED, "as a whole");
    assert_eq!(stage.sorted(), [NETWORK, "www.example.com"]);

    let stage = Stage::with(&["only.example.org"]);
    let client = stage.client();
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
    assert_eq!(stage.log(), [READ, READ]);
    // An exchange leaves no moment without a name.
    let change = json!({"desired": ["new.example.org"], "owned": ["only.example.org"]});
    assert_ok(&apply(&client, &change), "exchange");
    assert_eq!(stage.double.domains(), ["new.example.org"]);
}

#[test]
fn removing_from_the_middle_sends_an_array() {
    let stage = Stage::with(&["a.example.org", "b.example.org", "c.example.org"]);
    stage
        .double
        .change_settings(|settings| settings.order = Order::AsSent);
    let report = remove(&stage.client(), "b.example.org", AUTO);
    assert_ok(&report, "remove");
    assert_eq!(report.document["operation"], "remove");
    assert_eq!(report.document["removed"], json!(["b.example.org"]));
    let requests = stage.double.requests();
    assert_eq!(
        requests[1].body,
        json!({"domains": ["a.example.org", "c.example.org"]})
    );
}

#[test]
fn apply_takes_commands() {
    let stage = Stage::with(&FOREIGN);
    let client = stage.client();
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
    assert_eq!(stage.log(), [READ, WRITE]);
    assert_eq!(
        stage.sorted(),
        joined(
            &FOREIGN[1..],
            &["example.com", "www.example.com", "shop.example.org"]
        )
    );
    assert_ok(&apply(&client, &change), "again");
    assert_eq!(stage.log(), [READ, WRITE, READ]);
    // An empty order is a success, not an empty list.
    assert_ok(&apply(&client, &json!({"add": []})), "nothing");
    assert_eq!(stage.sent().len(), 1);
}

#[test]
fn apply_takes_a_picture_of_the_world() {
    let stage = Stage::with(
        &[
            &FOREIGN as &[&str],
            &["old.example.org", "keep.example.org"],
        ]
        .concat(),
    );
    let client = stage.client();
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
        stage.sorted(),
        joined(&FOREIGN, &["keep.example.org", "new.example.org"])
    );
    assert_eq!(stage.log(), [READ, WRITE]);
    assert_ok(&apply(&client, &change), "again");
    assert_eq!(stage.log(), [READ, WRITE, READ]);

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
    assert_eq!(stage.log().len(), 3);
}

#[test]
fn a_dry_run_writes_nothing_and_takes_no_lock() {
    let stage = Stage::with(&FOREIGN);
    stage.certificate_ready();
    let client = stage.client();
    let before = stage.double.state().app;
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
    assert_eq!(stage.log(), [READ; 4]);
    assert_eq!(stage.double.state().app, before);
    let locks = std::fs::read_dir(stage.lock_dir.path()).expect("the folder");
    assert_eq!(locks.count(), 0);
    // What the real call would refuse, the dry run refuses.
    let client = stage.client_with(|config| config.protect(NETWORK).expect("a name"));
    let report = remove(&client, NETWORK, DRY_RUN);
    assert_status(&report, Status::SP_ERR_PROTECTED, "dry run");
}

#[test]
fn autossl_waits_for_a_certificate_and_is_enabled_once() {
    let stage = Stage::with(&[NETWORK]);
    let client = stage.client();
    let enable = || client.enable_autossl().expect("a report");

    let report = enable();
    assert_status(&report, Status::SP_ERR_AUTOSSL_UNAVAILABLE, "too early");
    assert!(report.retryable && report.retry_after_ms > 0);
    assert_eq!(report.document["autossl"]["state"], "pending");
    assert_eq!(report.document["autossl"]["available"], false);
    assert_eq!(stage.log(), [READ]);

    stage.double.advance(Duration::from_secs(601));
    stage.double.clear_requests();
    let report = enable();
    assert_ok(&report, "ready");
    assert_eq!(report.document["operation"], "enable_autossl");
    assert_eq!(report.document["changed"], true);
    assert_eq!(report.document["autossl"]["state"], "enabled");
    assert_eq!(report.document["autossl"]["domains"], json!([NETWORK]));
    assert!(report.action_id.is_some());
    assert_eq!(stage.log(), [READ, WRITE_SSL]);

    stage.double.clear_requests();
    let report = enable();
    assert_ok(&report, "already");
    assert_eq!(report.document["changed"], false);
    assert_eq!(report.document["autossl"]["state"], "already_enabled");
    assert_eq!(stage.log(), [READ]);

    // One name that does not resolve keeps the certificate from everybody.
    let stage = Stage::with(&[NETWORK, "gone.example.org"]);
    stage.double.set_app(AppChange {
        unresolvable: Some(["gone.example.org".to_owned()].into()),
        ..AppChange::default()
    });
    stage.double.advance(Duration::from_secs(7200));
    let report = sync(&stage.client(), NETWORK, AUTO);
    assert_ok(&report, "the list is right");
    assert_eq!(report.document["autossl"]["state"], "pending");
}

#[test]
fn a_custom_certificate_is_never_touched() {
    let stage = Stage::with(&[NETWORK]);
    stage.certificate_ready();
    install(&stage, SslMode::Custom);
    let client = stage.client();
    let report = client.enable_autossl().expect("a report");
    assert_status(&report, Status::SP_ERR_CUSTOM_CERTIFICATE, "custom");
    assert!(!report.retryable);
    assert_eq!(report.document["autossl"]["state"], "custom_certificate");
    let report = sync(&client, "shop.example.org", AUTO);
    assert_ok(&report, "the list is right");
    assert_eq!(report.document["autossl"]["state"], "custom_certificate");
    assert_eq!(stage.log(), [READ, READ, WRITE]);
    let ssl = stage.double.state().app.ssl.expect("a certificate");
    assert_eq!(ssl.mode, SslMode::Custom);
}

#[test]
fn a_refused_autossl_spoils_no_list() {
    for (code, status) in [
        (400, Status::SP_ERR_BAD_REQUEST),
        (403, Status::SP_ERR_FORBIDDEN),
        (409, Status::SP_ERR_CONFLICT),
    ] {
        let stage = Stage::with(&[NETWORK]);
        stage.certificate_ready();
        stage
            .double
            .fault(Fault::status(code).on(On::Ssl).forever());
        let client = stage.client();
        let context = format!("{code}");
        let report = client.enable_autossl().expect("a report");
        assert_status(&report, status, &context);
        assert_eq!(report.http_status, code);
        assert_eq!(report.document["autossl"]["state"], "failed");
        // The app is looked at again before the refusal is believed, and asked no second time.
        assert_eq!(stage.log(), [READ, WRITE_SSL, READ]);

        let report = sync(&client, "shop.example.org", AUTO);
        assert_ok(&report, &context);
        assert_eq!(report.document["applied"], "yes");
        assert_eq!(report.document["autossl"]["state"], "failed");
        assert!(warned(&report, "autossl_failed"));
        assert_eq!(stage.sorted(), [NETWORK, "shop.example.org"]);
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
        let stage = Stage::with(&[NETWORK]);
        stage.certificate_ready();
        stage
            .double
            .fault(answer(200, body).on(On::Ssl).apply(applied));
        let report = stage.client().enable_autossl().expect("a report");
        let context = format!("{body} {applied}");
        assert_status(&report, status, &context);
        assert_eq!(report.document["autossl"]["state"], state, "{context}");
        assert_eq!(report.document["changed"], applied, "{context}");
        assert_eq!(stage.double.state().app.ssl.is_some(), applied);
        let asked = stage.log().iter().filter(|line| *line == WRITE_SSL).count();
        assert_eq!(asked, 1, "{context}");
    }
}

#[test]
fn an_answer_with_another_list_is_told() {
    // Not applied, and said so by the answer.
    let stage = Stage::with(&FOREIGN);
    let client = stage.client();
    stage.double.fault(
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
    // What the answer says is looked at once more before it is called "no".
    assert_eq!(stage.log(), [READ, WRITE, READ]);
    let report = sync(&client, "shop.example.org", AUTO);
    assert_ok(&report, "the next call");
    assert_eq!(report.document["changed"], true);

    // Ours is there, and something else too: somebody changed the list at the same moment.
    let strange = [
        &FOREIGN as &[&str],
        &["shop.example.org", "blog.example.org", "theirs.example.net"],
    ]
    .concat();
    stage.double.fault(
        Fault::once(Kind::AnswerOtherList {
            domains: Some(owned(&strange)),
        })
        .on(On::List),
    );
    let report = sync(&client, "blog.example.org", AUTO);
    assert_status(&report, Status::SP_ERR_NOT_APPLIED, "more");
    assert_eq!(report.document["applied"], "yes");
    assert!(report.message.contains("theirs.example.net"));

    // Ours is there, and an entry of others is not.
    let fewer = [
        &FOREIGN[1..],
        &["shop.example.org", "blog.example.org", "wiki.example.org"],
    ]
    .concat();
    stage.double.fault(
        Fault::once(Kind::AnswerOtherList {
            domains: Some(owned(&fewer)),
        })
        .on(On::List),
    );
    let report = sync(&client, "wiki.example.org", AUTO);
    assert_status(&report, Status::SP_ERR_NOT_APPLIED, "fewer");
    assert!(report.message.contains(NETWORK), "{}", report.message);
    for list in stage.sent() {
        assert_eq!(damaged(&list, &FOREIGN), None);
    }
}

#[test]
fn inspecting_shows_the_app_and_no_secret() {
    let stage = Stage::with(&FOREIGN);
    stage.certificate_ready();
    let client = stage.client();
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
    assert_eq!(stage.log(), [READ.to_owned(), format!("GET {SERVER}")]);

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
        stage.double.set_app(AppChange {
            ssl: Some(Some(SslChange::Detail {
                mode,
                names: None,
                variant: simulator::Variant::Good,
                force,
            })),
            ..AppChange::default()
        });
        let report = client.inspect_app().expect("a report");
        assert_ok(&report, "with a certificate");
        assert_eq!(report.document["ssl"], shown);
    }

    stage.double.set_app(AppChange {
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
    stage.double.set_app(AppChange {
        server_missing: Some(true),
        ..AppChange::default()
    });
    let report = client.inspect_app().expect("a report");
    assert_ok(&report, "a server that is gone");
    assert!(warned(&report, "server_unknown"));
    assert_eq!(forbidden(&stage.double.requests()), [""; 0]);
}

#[test]
fn actions_are_followed_to_their_end() {
    for (outcome, status, word) in [
        (ActionOutcome::Success, Status::SP_OK, "success"),
        (ActionOutcome::Error, Status::SP_ERR_ACTION_FAILED, "error"),
    ] {
        let stage = Stage::with(&[NETWORK]);
        stage
            .double
            .change_settings(|settings| settings.action_outcome = outcome);
        let client = stage.client();
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

        // It ends while it is waited for.
        let report = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(400));
                stage.double.advance(Duration::from_secs(6));
            });
            client.wait_action(&id, 0).expect("a report")
        });
        assert_status(&report, status, word);
        assert_eq!(report.document["action"]["status"], word);
        assert!(report.document["requests"].as_u64() > Some(1));

        stage.double.clear_requests();
        for report in [client.action_status(&id), client.wait_action(&id, 0)] {
            let report = report.expect("a report");
            assert_status(&report, status, word);
            assert_eq!(report.action_id.as_ref(), Some(&id));
        }
        assert_eq!(stage.log().len(), 2);
        for report in [
            client.action_status("Unknown0001"),
            client.wait_action("Unknown0001", 0),
        ] {
            let report = report.expect("a report");
            assert_status(&report, Status::SP_ERR_NOT_FOUND, "unknown");
            assert!(report.message.contains("action"));
        }
        stage.double.clear_requests();
        for id in ["", "a/b", "../apps", "a?b", "ä"] {
            let refused = Some(Status::SP_ERR_INVALID_ARGUMENT);
            assert_eq!(client.action_status(id).err(), refused, "{id}");
            assert_eq!(client.wait_action(id, 0).err(), refused, "{id}");
        }
        assert_eq!(stage.log(), [""; 0]);
    }
}

/// What each operation says about the same trouble; none of them may write.
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
    type Trouble = fn(&Stage) -> Client;
    let rows: [(&str, Trouble, Status, u16, &[&str]); 5] = [
        (
            "wrong key",
            |stage| {
                stage.client_with(|config| {
                    config
                        .set_credentials(double::CLIENT_ID, "another-key-SENTINEL")
                        .expect("credentials");
                })
            },
            Status::SP_ERR_AUTH,
            401,
            &["WU_SERVER_PILOT_CLIENT_ID", "WU_SERVER_PILOT_API_KEY"],
        ),
        (
            "renewed key",
            |stage| {
                stage
                    .double
                    .change_settings(|settings| settings.key_revoked = true);
                stage.client()
            },
            Status::SP_ERR_AUTH,
            401,
            &["WU_SERVER_PILOT_CLIENT_ID", "WU_SERVER_PILOT_API_KEY"],
        ),
        (
            "wrong app",
            |stage| stage.client_with(|config| config.set_app_id("Another0001").expect("an id")),
            Status::SP_ERR_NOT_FOUND,
            404,
            &["WU_SERVER_PILOT_APP_ID"],
        ),
        (
            "no card",
            |stage| {
                stage.double.fault(Fault::status(402).forever());
                stage.client()
            },
            Status::SP_ERR_PAYMENT_REQUIRED,
            402,
            &["card on file", "Billing"],
        ),
        (
            "no permission",
            |stage| {
                stage.double.fault(Fault::status(403).forever());
                stage.client()
            },
            Status::SP_ERR_FORBIDDEN,
            403,
            &["permission", "The simulated error 403."],
        ),
    ];
    for (trouble, client, status, http, cures) in rows {
        let stage = Stage::with(&[NETWORK]);
        let client = client(&stage);
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
        let log = stage.log();
        assert!(log.len() == 5 && log.iter().all(|line| line.starts_with("GET ")));
        assert_eq!(stage.double.domains(), [NETWORK]);
    }
}

#[test]
fn without_credentials_or_an_app_nothing_is_asked() {
    let stage = Stage::with(&[NETWORK]);
    for client in [
        stage.client_with(|config| config.credentials = None),
        stage.client_with(|config| config.app_id = None),
    ] {
        let missing = Some(Status::SP_ERR_NOT_CONFIGURED);
        assert_eq!(client.sync_domain(NETWORK, AUTO).err(), missing);
        assert_eq!(client.remove_domain(NETWORK, AUTO).err(), missing);
        assert_eq!(client.apply(r#"{"add":[]}"#).err(), missing);
        assert_eq!(client.enable_autossl().err(), missing);
        assert_eq!(client.inspect_app().err(), missing);
    }
    let client = stage.client_with(|config| config.credentials = None);
    let missing = Some(Status::SP_ERR_NOT_CONFIGURED);
    assert_eq!(client.action_status("DemoAction000001").err(), missing);
    assert_eq!(client.wait_action("DemoAction000001", 0).err(), missing);
    assert_eq!(stage.log(), [""; 0]);
    // The paths this file compares with are the double's own.
    assert!(WRITE.ends_with(APP) && WRITE_SSL.ends_with(SSL));
}
