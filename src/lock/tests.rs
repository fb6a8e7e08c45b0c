//! Who gets the lock and who does not: own folders, shared places, occupied names.

use super::*;
use std::os::unix::fs::{PermissionsExt as _, symlink};

fn config(dir: &Path) -> Config {
    let mut config = Config::default();
    config
        .set_credentials("cid_SENTINEL", "key_SENTINEL")
        .expect("credentials");
    config.set_app_id("App1").expect("an app");
    config.lock_dir = Some(dir.to_owned());
    config
}

fn take_now(config: &Config) -> Result<Held, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let credentials = config.credentials.as_ref().expect("credentials");
    let app = config.app_id.as_ref().expect("an app");
    runtime.block_on(take(
        config,
        credentials,
        app,
        Instant::now() + Duration::from_millis(60),
    ))
}

fn scratch(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("sp-lock-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    dir
}

#[test]
fn one_holder_at_a_time() {
    let dir = scratch("one");
    let config = config(&dir);
    let held = take_now(&config).expect("the lock");
    assert_eq!(
        take_now(&config).err().map(|p| p.status),
        Some(Status::SP_ERR_LOCK_TIMEOUT)
    );
    drop(held);
    let held = take_now(&config).expect("the lock again");
    // Another app has another lock.
    let mut other = config.clone();
    other.set_app_id("App2").expect("an app");
    assert!(take_now(&other).is_ok());
    drop(held);
    for entry in std::fs::read_dir(&dir).expect("the folder") {
        let name = entry.expect("an entry").file_name();
        assert!(!name.to_string_lossy().contains("SENTINEL"));
    }
    std::fs::remove_dir_all(dir).expect("clean up");
}

#[test]
fn a_removed_lock_file_locks_nobody_out() {
    let dir = scratch("removed");
    let config = config(&dir);
    let held = take_now(&config).expect("the lock");
    for entry in std::fs::read_dir(&dir).expect("the folder") {
        std::fs::remove_file(entry.expect("an entry").path()).expect("removed");
    }
    // The holder's file is gone, so a second writer gets a lock of its own; a third waits for that.
    let second = take_now(&config).expect("a new file");
    assert!(take_now(&config).is_err());
    drop((held, second));
    std::fs::remove_dir_all(dir).expect("clean up");
}

#[test]
fn a_folder_of_others_is_refused() {
    let dir = scratch("open");
    std::fs::create_dir(&dir).expect("a folder");
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).expect("mode");
    let problem = take_now(&config(&dir)).err().expect("a problem");
    assert!(
        problem.message.to_string().contains("0700") && !problem.retryable,
        "{}",
        problem.message
    );

    let link = scratch("link");
    let _ = std::fs::remove_file(&link);
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o700)).expect("mode");
    symlink(&dir, &link).expect("a link");
    assert!(take_now(&config(&link)).is_err());

    let target = dir.join("elsewhere");
    let good = config(&dir);
    let (credentials, app) = (good.credentials.as_ref(), good.app_id.as_ref());
    let lock = Lock::of(
        &good,
        credentials.expect("credentials"),
        app.expect("an app"),
    );
    let Ok(Lock::Own(path)) = lock else {
        panic!("a folder was set");
    };
    symlink(&target, path).expect("a link");
    assert!(take_now(&good).is_err());
    assert!(!target.exists());
    std::fs::remove_file(link).expect("clean up");
    std::fs::remove_dir_all(dir).expect("clean up");
}

/// The files of the lock where no folder is set.
fn shared(config: &Config) -> Vec<Vec<PathBuf>> {
    let (credentials, app) = (config.credentials.as_ref(), config.app_id.as_ref());
    match Lock::of(
        config,
        credentials.expect("credentials"),
        app.expect("an app"),
    ) {
        Ok(Lock::Shared(places)) => places,
        _ => panic!("no folder was set"),
    }
}

fn without_folder(app: &str) -> Config {
    let mut config = config(Path::new("/"));
    config.lock_dir = None;
    let app = format!("{app}{}", std::process::id());
    config.set_app_id(&app).expect("an app");
    config
}

fn remove(places: &[Vec<PathBuf>]) {
    for path in places.iter().flatten() {
        let _ = std::fs::remove_file(path);
    }
}

#[test]
fn the_shared_places_hold_one_lock() {
    let config = without_folder("Shared");
    let places = shared(&config);
    let held = take_now(&config).expect("the lock");
    assert!(take_now(&config).is_err());
    // Whoever has only one of the places in common waits too.
    let one = places.iter().find(|names| names[0].exists());
    let alone = Lock::Shared(vec![one.expect("a place").clone()]);
    assert!(matches!(alone.try_take(), Ok(None)));
    drop(held);
    let other = alone.try_take().ok().flatten().expect("one place");
    assert!(take_now(&config).is_err());
    drop(other);
    assert!(take_now(&config).is_ok());
    let text = format!("{places:?}");
    assert!(
        !text.contains("SENTINEL") && !text.contains("Shared"),
        "{text}"
    );
    remove(&places);
}

#[test]
fn no_name_can_be_foretold_without_the_key() {
    let known = without_folder("Known");
    let mut guessed = known.clone();
    let guess = guessed.set_credentials("cid_SENTINEL", "another key");
    guess.expect("credentials");
    let (known, guessed) = (shared(&known), shared(&guessed));
    // Nor from another of the names, wherever that was seen.
    let all = known.iter().chain(&guessed).flatten();
    let names: std::collections::HashSet<_> = all.map(|path| path.file_name()).collect();
    assert_eq!(names.len(), 2 * PLACES.len() * NAMES);
}

/// A folder that is this user's alone, with so many names in it.
fn place(name: &str) -> (PathBuf, Vec<PathBuf>) {
    let dir = scratch(name);
    std::fs::create_dir(&dir).expect("a folder");
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o700)).expect("mode");
    let names = (0..NAMES).map(|number| dir.join(number.to_string()));
    let names = names.collect();
    (dir, names)
}

/// What is not this user's file, in every way that another user has to make it.
fn occupy(path: &Path, way: usize) {
    match way % 5 {
        0 => std::fs::create_dir(path).expect("a folder"),
        1 => symlink("nowhere", path).expect("a link"),
        2 => {
            std::fs::write(path, "").expect("a file");
            // Open for others, as nothing of ours is.
            let open = std::fs::Permissions::from_mode(0o666);
            std::fs::set_permissions(path, open).expect("mode");
        }
        3 => {
            let made = std::process::Command::new("mkfifo").arg(path).status();
            assert!(made.expect("mkfifo").success());
        }
        _ => drop(std::os::unix::net::UnixListener::bind(path).expect("a socket")),
    }
}

#[test]
fn an_occupied_name_is_done_without() {
    let (dir, names) = place("occupied");
    let lock = Lock::Shared(vec![names.clone()]);
    for number in 0..NAMES - 1 {
        occupy(&names[number], number);
        let held = lock.try_take().ok().flatten();
        let held = held.unwrap_or_else(|| panic!("name {number} stands in the way"));
        assert!(matches!(lock.try_take(), Ok(None)));
        drop(held);
        // The next round finds this one taken as well.
        std::fs::remove_file(&names[number + 1]).expect("ours");
    }
    occupy(&names[NAMES - 1], 0);
    let problem = lock.try_take().err().expect("a problem");
    assert_eq!(problem.status, Status::SP_ERR_LOCK_TIMEOUT);
    assert!(!problem.retryable && problem.message.to_string().contains("Set a lock folder"));
    std::fs::remove_dir_all(dir).expect("clean up");
}

/// One writer came while the first name was occupied, the next after it was given up.
#[test]
fn a_name_that_was_given_up_parts_nobody() {
    let (dir, names) = place("given-up");
    let lock = Lock::Shared(vec![names.clone()]);
    occupy(&names[0], 0);
    let early = lock.try_take().ok().flatten().expect("the second name");
    std::fs::remove_dir(&names[0]).expect("given up");
    assert!(matches!(lock.try_take(), Ok(None)));
    // Also one who made the first name's file before seeing the second.
    open(&names[0], true).ok().expect("the first name");
    assert!(matches!(lock.try_take(), Ok(None)));
    drop(early);
    let late = lock.try_take().ok().flatten().expect("both");
    assert_eq!(late.0.len(), 2);
    drop(late);
    std::fs::remove_dir_all(dir).expect("clean up");
}

#[test]
fn a_place_that_cannot_be_used_is_done_without() {
    let (dir, names) = place("places");
    let open = dir.join("open");
    std::fs::create_dir(&open).expect("a folder");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).expect("mode");
    let bad = vec![
        vec![dir.join("missing").join("lock")],
        vec![open.join("lock")],
    ];
    let problem = Lock::Shared(bad.clone()).try_take();
    let problem = problem.err().expect("a problem");
    assert_eq!(problem.status, Status::SP_ERR_LOCK_TIMEOUT);
    assert!(
        !problem.retryable && problem.message.to_string().contains("Set a lock folder"),
        "{}",
        problem.message
    );
    let lock = Lock::Shared([bad, vec![names.clone()]].concat());
    let held = lock.try_take().ok().flatten().expect("the one place");
    assert!(matches!(Lock::Shared(vec![names]).try_take(), Ok(None)));
    drop(held);
    std::fs::remove_dir_all(dir).expect("clean up");
}

#[test]
fn want_of_descriptors_names_its_cure() {
    let error = std::io::Error::from_raw_os_error(libc::EMFILE);
    let problem = broken(Path::new("/tmp/lock"), &error);
    assert!(problem.retryable && problem.message.to_string().contains("ulimit -n"));
}
