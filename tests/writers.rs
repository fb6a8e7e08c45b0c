//! Many writers of one app: processes, threads, writers that are killed, and somebody in the panel.
//! However they interleave, in the end every name is where it should be, and nobody is blocked.
//! A writer in a separate process is this program again, instructed by its environment. The tests
//! that create mount namespaces and change users need root, and say so if they do not have it.

mod setup;

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use fake_serverpilot::{Claim, Fault, Kind, On};
use serde_json::json;
use serverpilot::client::Client;
use serverpilot::flags::Flag;
use serverpilot::status::Status;
use setup::{
    FOREIGN, Settings, Setup, assert_status, damaged, forbidden, joined, sorted, warned, words,
};
use tempfile::TempDir;

const LIST_ONLY: u32 = Flag::SP_WWW_NEVER as u32 | Flag::SP_NO_AUTOSSL as u32;

/// Enough time for two dozen writers to wait for each other on a busy machine.
const PATIENCE_MS: u32 = 120_000;

// The environment variables that instruct a writer in another process.
const JOB: &str = "WRITERS_TEST_JOB";
const NAME: &str = "WRITERS_TEST_NAME";

/// The names that a writer leaves in the list.
fn names_of(writer: &str) -> Vec<String> {
    vec![
        format!("{writer}-a.example.org"),
        format!("{writer}-b.example.org"),
    ]
}

/// Adds three names and removes one again, each in a separate call.
fn add_and_remove(client: &Client, writer: &str) -> usize {
    let name = |letter| format!("{writer}-{letter}.example.org");
    for (add, name) in [
        (true, name('a')),
        (true, name('c')),
        (false, name('c')),
        (true, name('b')),
    ] {
        let report = if add {
            client.sync_domain(&name, LIST_ONLY)
        } else {
            client.remove_domain(&name, LIST_ONLY)
        };
        let report = report.expect("a report");
        assert_status(&report, Status::SP_OK, &name);
        assert_eq!(report.document["applied"], "yes", "{name}");
        assert_eq!(report.document["changed"], true, "{name}");
    }
    4
}

/// Adds and removes the same name until it is killed; prints when it has begun.
fn write_for_ever(client: &Client, writer: &str) -> ! {
    println!("\nbegun");
    std::io::stdout().flush().expect("a reader");
    let name = format!("{writer}.example.org");
    loop {
        for report in [
            client.sync_domain(&name, LIST_ONLY),
            client.remove_domain(&name, LIST_ONLY),
        ] {
            assert_status(&report.expect("a report"), Status::SP_OK, &name);
        }
    }
}

/// The entry point of the other processes. Without a job there is nothing to do.
#[test]
#[ignore = "a part of the other tests"]
fn another_process() {
    let Some(settings) = Settings::from_environment() else {
        return;
    };
    let variable = |key| std::env::var(key).expect(key);
    let mut config = settings.config();
    config.set_timeouts(0, 0, PATIENCE_MS);
    let client = Client::new(config);
    match variable(JOB).as_str() {
        "add and remove" => {
            add_and_remove(&client, &variable(NAME));
        }
        "write for ever" => write_for_ever(&client, &variable(NAME)),
        job => panic!("no such job: {job}"),
    }
}

fn spawn(setup: &Setup, job: &str, name: &str) -> Child {
    setup
        .another_process("another_process")
        .env(JOB, job)
        .env(NAME, name)
        .spawn()
        .expect("another process")
}

/// A setup that answers slowly, like the real service.
fn slow_setup() -> Setup {
    let setup = Setup::with(&FOREIGN);
    setup
        .fake
        .change_settings(|settings| settings.latency_ms = 20);
    setup
}

fn patient(setup: &Setup) -> Client {
    setup.client_with(|config| config.set_timeouts(0, 0, PATIENCE_MS))
}

/// Checks that every name is where it should be, and that nothing harmful was sent.
fn assert_all_there(setup: &Setup, writers: &[String]) {
    let mut expected = joined(&FOREIGN, &[]);
    expected.extend(writers.iter().flat_map(|writer| names_of(writer)));
    assert_eq!(setup.sorted(), sorted(expected));
    assert_harmless(setup);
}

fn assert_harmless(setup: &Setup) {
    for list in setup.sent() {
        assert_eq!(damaged(&list, &FOREIGN), None);
    }
    assert_eq!(forbidden(&setup.fake.requests()), [""; 0]);
}

/// Checks that each call is a read directly followed by its write: no other writer came in between.
fn assert_no_interleaving(setup: &Setup, calls: usize) {
    let log = setup.log();
    assert_eq!(log.len(), 2 * calls);
    for pair in log.chunks(2) {
        assert!(pair[0].starts_with("GET") && pair[1].starts_with("POST"));
    }
}

#[test]
fn many_processes() {
    for writers in [2, 8, 24] {
        let setup = slow_setup();
        let started = Instant::now();
        let names: Vec<String> = (0..writers).map(|n| format!("process{n}")).collect();
        let children: Vec<Child> = names
            .iter()
            .map(|name| spawn(&setup, "add and remove", name))
            .collect();
        for (child, name) in children.into_iter().zip(&names) {
            let output = child.wait_with_output().expect("its end");
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{name}: {said}");
            assert!(said.contains("1 passed"), "{name}: {said}");
        }
        assert_all_there(&setup, &names);
        assert_no_interleaving(&setup, 4 * writers);
        println!(
            "figures: {writers} processes: {} calls, {} requests, {:.1} s",
            4 * writers,
            setup.log().len(),
            started.elapsed().as_secs_f32()
        );
    }
}

#[test]
fn many_threads() {
    const THREADS: usize = 16;
    // One client for all, and a client each.
    for shared in [true, false] {
        let setup = slow_setup();
        let names: Vec<String> = (0..THREADS).map(|n| format!("thread{n}")).collect();
        let client = patient(&setup);
        let calls = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for name in &names {
                let (setup, client, calls) = (&setup, &client, &calls);
                scope.spawn(move || {
                    let own = patient(setup);
                    let client = if shared { client } else { &own };
                    calls.fetch_add(add_and_remove(client, name), Ordering::Relaxed);
                });
            }
        });
        assert_all_there(&setup, &names);
        assert_no_interleaving(&setup, calls.load(Ordering::Relaxed));
        println!(
            "figures: {THREADS} threads, shared client: {shared}: {} calls, {} connections",
            calls.load(Ordering::Relaxed),
            setup.fake.connections()
        );
    }
}

/// Whether this process can create mount namespaces and become another user.
fn is_root() -> bool {
    let root = std::fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0);
    if !root {
        println!("figures: not run: it needs root");
    }
    root
}

/// Copies of this program and the fake's CA file that every user can read, outside of /tmp.
struct SharedProgram {
    dir: TempDir,
    program: PathBuf,
    ca_file: PathBuf,
}

impl SharedProgram {
    fn new(setup: &Setup) -> SharedProgram {
        let dir = tempfile::Builder::new()
            .prefix("serverpilot-")
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in("/var/tmp")
            .expect("a folder");
        let copy = |from: &Path, name: &str| {
            let to = dir.path().join(name);
            std::fs::copy(from, &to).expect("a copy");
            to
        };
        let program = copy(&std::env::current_exe().expect("this program"), "writers");
        let ca_file = copy(setup.fake.ca_file(), "ca.pem");
        SharedProgram {
            program,
            ca_file,
            dir,
        }
    }

    /// Starts a writer as that user, without a configured lock folder. `private` is the shell command
    /// that hides folders from it.
    fn writer(&self, setup: &Setup, user: &str, private: &str, name: &str) -> Child {
        let become_user = match user {
            "root" => String::new(),
            user => format!("setpriv --reuid={user} --regid={user} --clear-groups"),
        };
        let script = format!("set -e; {private} exec {become_user} \"$@\"");
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &script, "sh"]);
        command.arg(&self.program);
        command.args(["--exact", "another_process", "--ignored", "--nocapture"]);
        let settings = Settings {
            base_url: setup.fake.api_url().to_owned(),
            ca_file: self.ca_file.display().to_string(),
            lock_dir: None,
        };
        settings.pass_to(&mut command);
        command
            .env(JOB, "add and remove")
            .env(NAME, name)
            .current_dir(self.dir.path())
            .spawn()
            .expect("unshare")
    }
}

/// systemd's PrivateTmp gives a service its own /tmp, for example Debian's Apache; the queue that cron
/// runs does not have it. ProtectSystem=strict and a private /run take other places away.
#[test]
fn writers_with_a_private_tmp_wait_for_the_others() {
    const PRIVATE_TMP: &str = "mount -t tmpfs tmpfs /tmp;";
    const STRICT: &str = "mount -o bind,ro /run /run;";
    if !is_root() {
        return;
    }
    let _watched = SharedLocks::watch();
    for user in ["root", "www-data"] {
        let setup = slow_setup();
        let everywhere = SharedProgram::new(&setup);
        let kinds = ["", PRIVATE_TMP, STRICT, PRIVATE_TMP, "", STRICT];
        let writers: Vec<(String, Child)> = (0..)
            .zip(kinds)
            .map(|(n, private)| {
                let name = format!("{user}{n}");
                let child = everywhere.writer(&setup, user, private, &name);
                (name, child)
            })
            .collect();
        let mut names = Vec::new();
        for (name, child) in writers {
            let output = child.wait_with_output().expect("its end");
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && said.contains("1 passed"),
                "{name}: {said}"
            );
            names.push(name);
        }
        assert_all_there(&setup, &names);
        assert_no_interleaving(&setup, 4 * names.len());
    }
}

/// The locks that a test leaves in the places that all users share; removed on drop. Serialises the
/// tests, so that each finds only its own.
struct SharedLocks {
    before: BTreeSet<PathBuf>,
    _alone: MutexGuard<'static, ()>,
}

impl SharedLocks {
    fn watch() -> SharedLocks {
        static ONE: Mutex<()> = Mutex::new(());
        let alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        SharedLocks {
            before: shared_locks(),
            _alone: alone,
        }
    }

    fn left_behind(&self) -> Vec<PathBuf> {
        shared_locks().difference(&self.before).cloned().collect()
    }
}

impl Drop for SharedLocks {
    fn drop(&mut self) {
        for lock in self.left_behind() {
            let _ = std::fs::remove_file(lock);
        }
    }
}

fn shared_locks() -> BTreeSet<PathBuf> {
    let entries = ["/run/lock", "/dev/shm", "/tmp"]
        .into_iter()
        .filter_map(|place| std::fs::read_dir(place).ok())
        .flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(".serverpilot-") && path.is_file()
        })
        .collect()
}

#[test]
fn no_other_user_can_take_or_delete_the_lock() {
    if !is_root() {
        return;
    }
    let as_another = |script: &str, path: &Path| {
        let status = Command::new("setpriv")
            .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"])
            .args(["sh", "-c", script, "sh"])
            .arg(path)
            .stderr(Stdio::null())
            .status();
        status.expect("setpriv").success()
    };
    let watched = SharedLocks::watch();
    // An attack that worked once: creating a folder with a predictable name first.
    let predictable = Path::new("/tmp/.serverpilot-0");
    let taken = as_another("mkdir \"$1\"", predictable);
    let setup = Setup::with(&FOREIGN);
    let config = Settings {
        base_url: setup.fake.api_url().to_owned(),
        ca_file: setup.fake.ca_file().display().to_string(),
        lock_dir: None,
    };
    let client = Client::new(config.config());
    let report = client.sync_domain("one.example.org", LIST_ONLY);
    assert_status(
        &report.expect("a report"),
        Status::SP_OK,
        "a folder is taken",
    );
    let locks = watched.left_behind();
    assert!(!locks.is_empty());
    for lock in &locks {
        for script in [
            "rm -f \"$1\" && [ ! -e \"$1\" ]",
            "mv \"$1\" \"$1.gone\"",
            "flock --nonblock \"$1\" true",
            "flock --shared --nonblock \"$1\" true",
        ] {
            assert!(!as_another(script, lock), "{script} {}", lock.display());
        }
    }
    let report = client.sync_domain("two.example.org", LIST_ONLY);
    assert_status(&report.expect("a report"), Status::SP_OK, "afterwards");
    if taken {
        std::fs::remove_dir(predictable).expect("clean up");
    }
}

/// Only writers wait for each other: readers continue while the lock is held.
#[test]
fn readers_do_not_wait() {
    let setup = Setup::with(&FOREIGN);
    let client = setup.client();
    let report = client.sync_domain(FOREIGN[0], LIST_ONLY).expect("a report");
    assert_status(&report, Status::SP_OK, "a first call");
    let held = std::fs::File::open(lock_file(&setup)).expect("the lock");
    held.lock().expect("the lock, held");
    let dry_run = LIST_ONLY | Flag::SP_DRY_RUN as u32;
    for report in [
        client.inspect_app(),
        client.sync_domain("new.example.org", dry_run),
        client.remove_domain(FOREIGN[0], dry_run),
    ] {
        assert_status(&report.expect("a report"), Status::SP_OK, "a reader");
    }
    // Another app of the same account has another lock.
    let other = setup.client_with(|config| {
        config.set_app_id("OtherApp0001").expect("an id");
    });
    let report = other.sync_domain("new.example.org", LIST_ONLY);
    assert_status(
        &report.expect("a report"),
        Status::SP_ERR_NOT_FOUND,
        "another app",
    );
}

fn lock_file(setup: &Setup) -> PathBuf {
    let mut entries = std::fs::read_dir(setup.lock_dir.path()).expect("the folder");
    entries.next().expect("a lock").expect("an entry").path()
}

/// Whether a process holds the lock right now.
fn is_held(setup: &Setup) -> bool {
    let file = std::fs::File::open(lock_file(setup)).expect("the lock");
    matches!(
        file.try_lock_shared(),
        Err(std::fs::TryLockError::WouldBlock)
    )
}

#[test]
fn killed_writers_leave_nothing_behind() {
    const ROUNDS: usize = 52;
    const WRITERS: usize = 4;
    let setup = slow_setup();
    let client = patient(&setup);
    let started = Instant::now();
    let (mut kills, mut holders, mut longest, mut repaired) = (0, 0, Duration::ZERO, 0);
    for round in 0..ROUNDS {
        let names: Vec<String> = (0..WRITERS).map(|n| format!("killed{round}-{n}")).collect();
        let mut children: Vec<Child> = names
            .iter()
            .map(|name| spawn(&setup, "write for ever", name))
            .collect();
        for child in &mut children {
            let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
            let begun = lines.any(|line| line.is_ok_and(|line| line == "begun"));
            assert!(begun, "a writer that did not begin");
        }
        std::thread::sleep(Duration::from_micros(random_delay_us()));
        holders += usize::from(round > 0 && is_held(&setup));
        for child in &mut children {
            child.kill().expect("killed");
        }
        for child in &mut children {
            let status = child.wait().expect("its end");
            assert!(!status.success());
            kills += 1;
        }

        // The next call does not wait for killed writers, whatever they were doing. The bound is far
        // above what the call takes and far below what its limits would allow.
        let survivor = format!("survivor{round}.example.org");
        let call = Instant::now();
        let report = client.sync_domain(&survivor, LIST_ONLY).expect("a report");
        longest = longest.max(call.elapsed());
        assert!(call.elapsed() < Duration::from_secs(10));
        assert_status(&report, Status::SP_OK, &survivor);
        // Their last request may still be in flight; nobody can recall it. The next call repairs
        // what it undid.
        std::thread::sleep(Duration::from_millis(5));
        let mut owned: Vec<String> = names
            .iter()
            .map(|name| format!("{name}.example.org"))
            .collect();
        owned.push(survivor.clone());
        let change =
            json!({"desired": [survivor], "owned": owned, "www": "never", "autossl": false});
        let report = client.apply(&change.to_string()).expect("a report");
        assert_status(&report, Status::SP_OK, &survivor);
        repaired += usize::from(!words(&report.document["added"]).is_empty());
    }
    let survivors: Vec<String> = (0..ROUNDS)
        .map(|round| format!("survivor{round}.example.org"))
        .collect();
    let mut expected = joined(&FOREIGN, &[]);
    expected.extend(survivors);
    assert_eq!(setup.sorted(), sorted(expected));
    assert_harmless(&setup);
    assert!(
        kills >= 200 && holders > ROUNDS / 4,
        "{holders} held the lock"
    );
    println!(
        "figures: {kills} writers killed, in {holders} of {ROUNDS} rounds while one held the lock; the next call took {longest:?} at most; {repaired} late writes repaired; {:.1} s",
        started.elapsed().as_secs_f32()
    );
}

/// A random delay within the duration of about two calls.
fn random_delay_us() -> u64 {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a clock after 1970");
    u64::from(now.subsec_nanos()) / 1000 % 90_000
}

/// A killed writer's lock file stays; its age and its mode do not matter.
#[test]
fn an_old_lock_file_is_not_a_lock() {
    let setup = Setup::with(&FOREIGN);
    let client = setup.client();
    let call = |name: &str| {
        let report = client.sync_domain(name, LIST_ONLY).expect("a report");
        assert_status(&report, Status::SP_OK, name);
    };
    call("first.example.org");
    let path = lock_file(&setup);
    let old = std::fs::File::options()
        .write(true)
        .open(&path)
        .expect("the lock");
    old.set_modified(SystemTime::UNIX_EPOCH)
        .expect("an old file");
    drop(old);
    call("second.example.org");
    std::fs::write(&path, "12345\n").expect("another program's pid file");
    call("third.example.org");
    std::fs::remove_file(&path).expect("removed");
    call("fourth.example.org");
    assert!(path.exists());
}

fn reconcile(client: &Client, desired: &[&str], owned: &[&str]) -> serverpilot::outcome::Report {
    let change = json!({"desired": desired, "owned": owned, "www": "never", "autossl": false});
    client.apply(&change.to_string()).expect("a report")
}

/// Somebody in the panel, or another machine: our lock does not keep them out.
#[test]
fn a_writer_outside_our_control_is_noticed_and_repaired() {
    let ours = ["one.example.org", "two.example.org"];
    let theirs = "theirs.example.net";
    let panel = |add: &[&str], remove: &[&str]| Kind::ConcurrentPanelWrite {
        domains: None,
        add: setup::owned(add),
        remove: setup::owned(remove),
    };

    // They change the list between two calls: the next call restores ours and keeps theirs.
    let setup = Setup::with(&FOREIGN);
    let client = setup.client();
    assert_status(&reconcile(&client, &ours, &ours), Status::SP_OK, "first");
    setup
        .fake
        .set_domains([&FOREIGN as &[&str], &[theirs, "two.example.org"]].concat());
    let report = reconcile(&client, &ours, &ours);
    assert_status(&report, Status::SP_OK, "next");
    assert_eq!(words(&report.document["added"]), ["one.example.org"]);
    assert_eq!(
        setup.sorted(),
        joined(&FOREIGN, &["one.example.org", "two.example.org", theirs])
    );

    // They write just after our read: our write is based on the old list. Theirs is undone, which
    // no client of this service can detect; ours is right.
    let setup = Setup::with(&FOREIGN);
    let client = setup.client();
    setup
        .fake
        .fault(Fault::once(panel(&[], &["network.example.org"])).on(On::Read));
    let report = reconcile(&client, &ours, &ours);
    assert_status(&report, Status::SP_OK, "after our read");
    assert_eq!(setup.sorted(), joined(&FOREIGN, &ours));

    // They write just after our write, and the answer shows it: this is reported.
    let setup = Setup::with(&FOREIGN);
    let client = setup.client();
    setup.fake.fault(
        Fault::once(Kind::DropOwnChange {
            answer: Claim::Actual,
        })
        .on(On::List),
    );
    let report = reconcile(&client, &ours, &ours);
    assert_status(&report, Status::SP_ERR_NOT_APPLIED, "reported");
    assert!(report.retryable);
    assert_eq!(report.document["applied"], "no");
    assert_eq!(setup.sorted(), joined(&FOREIGN, &[]));
    let report = reconcile(&client, &ours, &ours);
    assert_status(&report, Status::SP_OK, "repaired");
    assert_eq!(setup.sorted(), joined(&FOREIGN, &ours));

    // They remove ours again while the answer to our write is lost: detected by reading again.
    for (fault, tried_again) in [(Kind::CloseAfterRequest, true), (Kind::Garbage, false)] {
        let setup = Setup::with(&FOREIGN);
        let client = setup.client();
        setup
            .fake
            .fault(Fault::once(fault).on(On::List).apply(true));
        // After the lost write and before the list is read again.
        let taken = std::thread::scope(|scope| {
            setup
                .fake
                .change_settings(|settings| settings.latency_ms = 150);
            let fake = &setup.fake;
            scope.spawn(move || {
                setup::eventually("the write", || {
                    fake.requests().iter().any(|request| request.applied)
                });
                fake.set_domains([&FOREIGN as &[&str], &["two.example.org", theirs]].concat());
            });
            reconcile(&client, &ours, &ours)
        });
        let wanted = joined(&FOREIGN, &["one.example.org", "two.example.org", theirs]);
        if tried_again {
            // One retry was allowed, based on the current list.
            assert_status(&taken, Status::SP_OK, "tried again");
            assert_eq!(setup.sorted(), wanted);
        } else {
            assert_status(&taken, Status::SP_ERR_PROTOCOL, "not tried again");
            assert_eq!(taken.document["applied"], "unknown");
            assert!(!warned(&taken, "answer_lost"));
        }
        let report = reconcile(&client, &ours, &ours);
        assert_status(&report, Status::SP_OK, "repaired");
        assert_eq!(setup.sorted(), wanted);
        assert_harmless(&setup);
    }
}
