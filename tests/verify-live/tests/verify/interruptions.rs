//! Whatever ends a run, the list is restored: by the run itself where it can, else by the next one.

use std::process::Child;

use fake_serverpilot::{Fault, Kind, On};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::{Setup, eventually};

fn send(signal: Signal, child: &Child) {
    let pid = i32::try_from(child.id()).expect("a pid");
    kill(Pid::from_raw(pid), signal).expect("a signal");
}

/// How many requests a run makes.
fn requests_of_a_run() -> u32 {
    let setup = Setup::start();
    setup.run().assert_code(0, "undisturbed");
    u32::try_from(setup.fake.requests().len()).expect("a number")
}

#[test]
fn after_a_kill_at_every_request_the_next_run_restores_the_list() {
    let requests = requests_of_a_run();
    assert!(requests > 45, "{requests}");
    let mut left = 0;
    for n in 0..requests {
        let context = format!("killed at request {n}");
        let setup = Setup::start();
        // What is asked for is carried out, and nobody hears of it.
        setup
            .fake
            .fault(Fault::once(Kind::Hang).skip(n).apply(true));
        let mut child = setup.program().spawn().expect("the program");
        eventually(&context, || setup.fake.requests().len() > n as usize);
        send(Signal::SIGKILL, &child);
        child.wait().expect("its end");
        setup.fake.clear_faults();
        if setup.saved().exists() {
            left += 1;
        } else {
            setup.assert_restored(&context);
        }
        // Asked for another app's name, it restores the list and then does nothing more.
        let run = setup.run_with(|command| {
            command.env("VERIFY_LIVE_APP_NAME", "another");
        });
        run.assert_code(2, &context);
        assert!(
            run.progress.contains("is not that of app"),
            "{}",
            run.progress
        );
        setup.assert_restored(&context);
        assert!(n < 4 || setup.restored().exists(), "{context}");
    }
    // All but the first four and what comes after the restore.
    assert!(left > requests - 8, "{left} of {requests}");
}

#[test]
fn a_second_run_at_the_same_time_is_refused() {
    let setup = Setup::start();
    setup.fake.fault(Fault::once(Kind::Hang).skip(10));
    let mut child = setup.program().spawn().expect("the program");
    eventually("request 10", || setup.fake.requests().len() > 10);
    let saved = std::fs::read(setup.saved()).expect("the saved list");
    let run = setup.run();
    run.assert_code(2, "a second run");
    assert!(
        run.progress
            .contains("Another change of this app's domains"),
        "{}",
        run.progress
    );
    assert_eq!(setup.fake.requests().len(), 11);
    assert_eq!(std::fs::read(setup.saved()).expect("the saved list"), saved);
    child.kill().expect("its end");
    child.wait().expect("its end");
}

#[test]
fn what_was_changed_since_a_kill_is_left_alone() {
    let setup = Setup::start();
    setup
        .fake
        .fault(Fault::once(Kind::Hang).skip(10).apply(true));
    let mut child = setup.program().spawn().expect("the program");
    eventually("request 10", || setup.fake.requests().len() > 10);
    send(Signal::SIGKILL, &child);
    child.wait().expect("its end");
    setup.fake.set_domains(["one.example", "new.example"]);
    let run = setup.run();
    run.assert_code(2, "changed since");
    assert!(run.progress.contains("(new.example)"), "{}", run.progress);
    assert_eq!(setup.fake.domains(), ["one.example", "new.example"]);
    assert!(setup.saved().exists());
}

#[test]
fn a_saved_list_that_cannot_be_read_is_not_written_over() {
    let setup = Setup::start();
    let file = setup.saved();
    std::fs::create_dir(file.parent().expect("a folder")).expect("a folder");
    std::fs::write(&file, "half of it").expect("a file");
    let run = setup.run();
    run.assert_code(2, "unreadable");
    assert!(run.progress.contains("cannot be read"), "{}", run.progress);
    assert!(setup.fake.requests().is_empty());
    assert_eq!(
        std::fs::read_to_string(file).expect("the file"),
        "half of it"
    );
}

#[test]
fn a_signal_restores_the_list_at_once() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let setup = Setup::start();
        setup
            .fake
            .change_settings(|settings| settings.issue_after_s = 36_000);
        let mut command = setup.program();
        command.env("VERIFY_LIVE_WAIT_S", "60");
        let child = command.spawn().expect("the program");
        // Every list, AutoSSL's refusal, and the app's own list.
        let last_list = || setup.writes() == 15 && setup.fake.domains().len() == 3;
        eventually("the wait for AutoSSL", last_list);
        send(signal, &child);
        let run = setup.finish(child);
        run.assert_code(2, signal.as_str());
        assert!(run.progress.contains("interrupted"), "{}", run.progress);
        assert!(run.table.ends_with("The run did not come to its end.\n"));
        assert_eq!(run.row("limit-301").1, "held");
        // The wait for it was not waited out.
        assert_eq!(
            run.row("autossl-when").0,
            "the run ended before this was checked"
        );
        setup.assert_restored(signal.as_str());
    }
}

#[test]
fn a_signal_during_a_write_lets_it_finish_and_restores_the_list() {
    let setup = Setup::start();
    let slow = Kind::Latency { ms: 1000 };
    setup.fake.fault(Fault::once(slow).on(On::List).skip(3));
    let child = setup.program().spawn().expect("the program");
    eventually("the slow write", || setup.writes() > 4);
    send(Signal::SIGINT, &child);
    send(Signal::SIGINT, &child);
    let run = setup.finish(child);
    run.assert_code(2, "interrupted");
    setup.assert_restored("interrupted");
    // The slow one, and the one that restores the list.
    assert_eq!(setup.writes(), 6);
}

#[test]
fn a_disturbed_restore_is_tried_again() {
    for kind in [
        Kind::ResetAfterRequest,
        Kind::CloseDuringAnswer,
        Kind::DropOwnChange {
            answer: fake_serverpilot::Claim::Sent,
        },
        Kind::StaleRead,
        Kind::EchoSecrets { code: 500 },
    ] {
        let context = format!("{kind:?}");
        let setup = Setup::start();
        setup
            .fake
            .change_settings(|settings| settings.issue_after_s = 36_000);
        let mut command = setup.program();
        command.env("VERIFY_LIVE_WAIT_S", "60");
        let child = command.spawn().expect("the program");
        eventually("300 names", || setup.fake.domains().len() == 300);
        send(Signal::SIGTERM, &child);
        setup.fake.fault(Fault::once(kind).times(2));
        let run = setup.finish(child);
        run.assert_code(2, &context);
        setup.assert_restored(&context);
    }
}

#[test]
fn a_service_that_stays_away_leaves_the_list_saved() {
    let setup = Setup::start();
    setup.fake.fault(Fault::status(503).skip(12).forever());
    let run = setup.run();
    run.assert_code(2, "503");
    assert!(run.progress.contains("is NOT restored"), "{}", run.progress);
    assert!(run.progress.contains("one.example, www.two.example"));
    assert!(setup.saved().exists());
    setup.fake.clear_faults();
    setup.run().assert_code(0, "the next run");
    setup.assert_restored("the next run");
}

#[test]
fn nobody_has_to_read_what_is_said() {
    let setup = Setup::start();
    let mut child = setup.program().spawn().expect("the program");
    drop((child.stdout.take(), child.stderr.take()));
    let code = child.wait().expect("its end").code();
    assert_eq!(code, Some(0));
    setup.assert_restored("unread");
}
