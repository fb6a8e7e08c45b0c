//! What protects an operator who is mistaken: no request without consent, no write to another app
//! than the one that was meant, no secret anywhere.

use std::os::unix::fs::PermissionsExt as _;

use fake_serverpilot::{AppChange, Fault, Kind, On, SslChange, SslMode};

use crate::{API_KEY, APP_ID, CLIENT_ID, CONSENT, Setup};

#[test]
fn without_consent_nothing_is_sent() {
    let setup = Setup::start();
    for typed in ["", "yes\n", "replace the domains of app DemoApp0002\n"] {
        let run = setup.run_and_type(typed, |command| {
            command.env_remove("VERIFY_LIVE_CONSENT");
        });
        run.assert_code(2, typed);
        assert!(
            run.progress.contains("There is no consent"),
            "{}",
            run.progress
        );
    }
    let run = setup.run_with(|command| {
        command.env("VERIFY_LIVE_CONSENT", "replace the domains");
    });
    run.assert_code(2, "half a phrase");
    assert!(setup.fake.requests().is_empty());
    assert!(!setup.saved().exists());
}

#[test]
fn consent_and_name_can_be_typed() {
    let setup = Setup::start();
    let run = setup.run_and_type(&format!("{CONSENT}\nnetwork\n"), |command| {
        command
            .env_remove("VERIFY_LIVE_CONSENT")
            .env_remove("VERIFY_LIVE_APP_NAME");
    });
    run.assert_code(0, "typed");
    setup.assert_restored("typed");
}

#[test]
fn settings_that_are_missing_or_wrong_send_nothing() {
    let setup = Setup::start();
    for (name, value, text) in [
        ("VERIFY_LIVE_APP", "", "VERIFY_LIVE_APP is not set."),
        ("VERIFY_LIVE_APP", "a/b", "VERIFY_LIVE_APP is not valid."),
        ("SP_API_KEY", "", "SP_CLIENT_ID and SP_API_KEY are not set."),
        (
            "SP_BASE_URL",
            "http://api.serverpilot.io/v1",
            "SP_BASE_URL is not valid",
        ),
        ("SP_CA_FILE", "/nonexistent", "SP_CA_FILE is not valid."),
        (
            "SP_CREDENTIALS_FILE",
            "/nonexistent",
            "SP_CREDENTIALS_FILE cannot be used",
        ),
        (
            "VERIFY_LIVE_WAIT_S",
            "soon",
            "VERIFY_LIVE_WAIT_S is not a number",
        ),
        (
            "VERIFY_LIVE_ZONE",
            "*.example",
            "VERIFY_LIVE_ZONE is not valid.",
        ),
    ] {
        let run = setup.run_with(|command| {
            command.env(name, value);
        });
        run.assert_code(2, text);
        assert!(run.progress.contains(text), "{}", run.progress);
    }
    let run = setup.run_with(|command| {
        command.arg("--help");
    });
    run.assert_code(2, "an argument");
    assert!(
        run.progress.contains("Arguments are not taken."),
        "{}",
        run.progress
    );
    assert!(setup.fake.requests().is_empty());
}

#[test]
fn another_app_than_was_meant_is_not_written_to() {
    let refused = |setup: &Setup, text: &str| {
        let run = setup.run();
        run.assert_code(2, text);
        assert!(run.progress.contains(text), "{}", run.progress);
        assert_eq!(setup.writes(), 0);
        assert!(!setup.saved().exists() && !setup.restored().exists());
    };
    let setup = Setup::start();
    setup.fake.set_domains(["one.example", "shop.example"]);
    refused(
        &setup,
        "1 name that VERIFY_LIVE_EXPENDABLE does not list: shop.example",
    );

    let setup = Setup::start();
    setup.fake.set_app(AppChange {
        name: Some("shop".to_owned()),
        ..AppChange::default()
    });
    refused(
        &setup,
        "The name that was given is not that of app DemoApp0001",
    );

    let setup = Setup::start();
    setup.fake.set_app(AppChange {
        ssl: Some(Some(SslChange::Mode(SslMode::Custom))),
        ..AppChange::default()
    });
    refused(&setup, "has a custom certificate");

    let setup = Setup::start();
    setup.fake.set_domains::<&str>([]);
    refused(&setup, "has no domains");

    for entry in ["Shop.example", "one.example", "b\u{fc}cher.example"] {
        let setup = Setup::with(&["one.example", entry]);
        let text = format!("might not take back as they are: {entry}.");
        refused(&setup, &text);
    }

    let mut setup = Setup::start();
    setup.names = (0..101).map(|n| format!("n{n}.example")).collect();
    setup.fake.set_domains(&setup.names);
    refused(&setup, "has 101 names, more than 100");

    let setup = Setup::start();
    setup.fake.set_app(AppChange {
        app_missing: Some(true),
        ..AppChange::default()
    });
    refused(&setup, "knows no app with this ID");
}

#[test]
fn a_list_that_changes_while_the_operator_is_asked_is_not_saved() {
    let setup = Setup::start();
    let panel = Kind::ConcurrentPanelWrite {
        domains: None,
        add: vec!["new.example".to_owned()],
        remove: Vec::new(),
    };
    // After the connection test has read the app, and then the program.
    setup.fake.fault(Fault::once(panel).on(On::Read).skip(1));
    let run = setup.run();
    run.assert_code(2, "changed");
    assert!(
        run.progress.contains("Somebody else has changed"),
        "{}",
        run.progress
    );
    assert_eq!(setup.writes(), 0);
    assert!(!setup.saved().exists());
}

#[test]
fn a_wrong_key_is_tried_once_and_writes_nothing() {
    let setup = Setup::start();
    let run = setup.run_with(|command| {
        command.env("SP_API_KEY", "key_SENTINELother");
    });
    run.assert_code(2, "a wrong key");
    assert!(
        run.progress
            .contains("refused the client ID or the API key"),
        "{}",
        run.progress
    );
    assert_eq!((setup.fake.requests().len(), setup.writes()), (1, 0));
}

#[test]
fn a_server_without_a_trusted_certificate_gets_no_request() {
    let setup = Setup::start();
    let run = setup.run_with(|command| {
        command.env_remove("SP_CA_FILE");
    });
    run.assert_code(2, "an unknown CA");
    assert!(
        run.progress.contains("certificate is not trusted"),
        "{}",
        run.progress
    );
    assert!(setup.fake.requests().is_empty());
}

#[test]
fn credentials_may_come_from_a_private_file() {
    let setup = Setup::start();
    let file = setup.dir.path().join("credentials");
    std::fs::write(&file, format!("{CLIENT_ID}\n{API_KEY}\n")).expect("a file");
    let run = || {
        setup.run_with(|command| {
            command
                .env_remove("SP_CLIENT_ID")
                .env_remove("SP_API_KEY")
                .env("SP_CREDENTIALS_FILE", &file);
        })
    };
    let mode = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&file, permissions).expect("a mode");
    };
    mode(0o640);
    let readable = run();
    readable.assert_code(2, "readable for others");
    assert!(
        readable.progress.contains("others may read it"),
        "{}",
        readable.progress
    );
    assert!(setup.fake.requests().is_empty());
    mode(0o600);
    run().assert_code(0, "private");
}

#[test]
fn the_list_is_saved_for_its_owner_alone_before_the_first_write() {
    let setup = Setup::start();
    // The fifth request is the server's, the sixth the first write.
    setup.fake.fault(Fault::once(Kind::Hang).skip(4));
    let child = setup.program().spawn().expect("the program");
    crate::eventually("the saved list", || setup.fake.requests().len() > 4);
    let about = std::fs::metadata(setup.saved()).expect("the saved list");
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
    let folder = setup.saved().parent().expect("a folder").to_owned();
    let about = std::fs::metadata(folder).expect("its folder");
    assert_eq!(about.permissions().mode() & 0o777, 0o700);
    let text = std::fs::read_to_string(setup.saved()).expect("the saved list");
    assert!(text.contains(APP_ID) && setup.names.iter().all(|name| text.contains(name)));
    assert_eq!(setup.writes(), 0);
    let mut child = child;
    child.kill().expect("its end");
    child.wait().expect("its end");
}

#[test]
fn no_answer_makes_a_run_show_a_secret() {
    for code in [400, 403, 500] {
        let setup = Setup::start();
        let echo = Kind::EchoSecrets { code };
        setup.fake.fault(Fault::once(echo.clone()).on(On::Ssl));
        setup
            .fake
            .fault(Fault::once(echo).on(On::List).skip(4).times(3));
        // `finish` searches everything that was shown and saved.
        let run = setup.run();
        assert!(run.table.contains("[withheld]"), "{}", run.table);
        setup.assert_restored("echoed secrets");
    }
}
