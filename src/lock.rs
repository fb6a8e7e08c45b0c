//! One writer per account and app on this machine: advisory locks on files, which the kernel
//! releases when their holder ends, however it ends.
//!
//! Without a lock folder of the caller's, the lock is one file in each of the places that the
//! processes of a machine share. A service with a `/tmp` or a `/run` of its own still shares another
//! place with the rest, and two writers exclude each other where they have one place in common. In
//! such a place anybody may make files, so the name cannot be foretold: nobody can take it first.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::{Config, Credentials, Id};
use crate::crypto;
use crate::outcome::Problem;
use crate::status::Status;

/// Where everybody may make files and nobody may remove another's. systemd's PrivateTmp takes the
/// last away, ProtectSystem=strict the first; Fedora's first is root's (systemd.exec(5), hier(7)).
const PLACES: [&str; 3] = ["/run/lock", "/dev/shm", "/tmp"];
const STICKY: u32 = 0o1000;
const WRITABLE_FOR_OTHERS: u32 = 0o022;

/// Another one at each start of the machine, so that a name that was seen is of no use after it
/// (random(4)).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The lock, held. Released when dropped, in this process and for copies that a fork has made.
pub struct Held(Vec<File>);

impl Drop for Held {
    fn drop(&mut self) {
        for file in &self.0 {
            // An unlock that fails leaves what closing the file does anyway.
            let _ = file.unlock();
        }
    }
}

/// How often a waiting writer tries again: short enough to feel immediate, and different each time
/// so that many waiters do not keep the same pace.
const RETRY_MS: std::ops::Range<u64> = 4..24;

/// Waits for the lock until `deadline`.
pub async fn take(
    config: &Config,
    credentials: &Credentials,
    app: &Id,
    deadline: Instant,
) -> Result<Held, Problem> {
    let lock = Lock::of(config, credentials, app)?;
    loop {
        if let Some(held) = lock.try_take()? {
            return Ok(held);
        }
        let pause = Duration::from_millis(crate::jitter::between(RETRY_MS));
        if Instant::now() + pause >= deadline {
            return Err(Problem::new(
                Status::SP_ERR_LOCK_TIMEOUT,
                "Another change of this app's domains was still running on this machine when the time of this call was over. Nothing was changed; try again.",
            ));
        }
        tokio::time::sleep(pause).await;
    }
}

/// The files that are locked, all of them for each writer.
enum Lock {
    /// In a folder of the caller's.
    Own(PathBuf),
    /// In the places that all processes share.
    Shared(Vec<PathBuf>),
}

/// Why a file cannot be locked.
enum Obstacle {
    /// Somebody else holds it.
    Busy,
    /// There is no such place here, or none for this process.
    NoPlace(String),
    /// Anything else.
    Broken(String),
}

impl Lock {
    fn of(config: &Config, credentials: &Credentials, app: &Id) -> Result<Lock, Problem> {
        let account = [
            config.base_url.as_str(),
            credentials.client_id.reveal(),
            app.as_str(),
        ];
        if let Some(dir) = &config.lock_dir {
            let path = dir.join(format!("{}.lock", hash(&account)));
            return match prepare(dir) {
                Ok(()) => Ok(Lock::Own(path)),
                Err(why) => Err(unusable(&path, &why)),
            };
        }
        let user = nix::unistd::geteuid().to_string();
        let boot = std::fs::read_to_string(BOOT_ID).unwrap_or_default();
        let [url, client_id, app] = account;
        let secret = credentials.api_key.reveal();
        let name = hash(&[secret, &boot, &user, url, client_id, app]);
        let inside = |place: &str| Path::new(place).join(format!(".serverpilot-{name}"));
        Ok(Lock::Shared(PLACES.into_iter().map(inside).collect()))
    }

    /// One try, in the same order for everybody. None where somebody else holds one of them.
    fn try_take(&self) -> Result<Option<Held>, Problem> {
        match self {
            Lock::Own(path) => match try_lock(path) {
                Ok(file) => Ok(Some(Held(vec![file]))),
                Err(Obstacle::Busy) => Ok(None),
                Err(Obstacle::NoPlace(why) | Obstacle::Broken(why)) => Err(unusable(path, &why)),
            },
            Lock::Shared(paths) => {
                let mut held = Held(Vec::with_capacity(paths.len()));
                let mut missing = Vec::new();
                for path in paths {
                    let taken = shared_place(path).and_then(|()| try_lock(path));
                    match taken {
                        Ok(file) => held.0.push(file),
                        Err(Obstacle::Busy) => return Ok(None),
                        Err(Obstacle::NoPlace(why)) => missing.push((path, why)),
                        // Not without this one: others may have no other place in common with us.
                        Err(Obstacle::Broken(why)) => return Err(unusable(path, &why)),
                    }
                }
                if held.0.is_empty() {
                    return Err(no_place(&missing));
                }
                Ok(Some(held))
            }
        }
    }
}

fn unusable(path: &Path, why: &str) -> Problem {
    Problem::new(
        Status::SP_ERR_LOCK_TIMEOUT,
        format!(
            "The lock {} cannot be used: {why}. It must lie in a folder that belongs to the user this program runs as and that nobody else may enter (mode 0700); set another lock folder or remove this one. Nothing was changed.",
            path.display()
        ),
    )
    .retryable(false)
}

fn no_place(missing: &[(&PathBuf, String)]) -> Problem {
    let places: Vec<String> = missing
        .iter()
        .map(|(path, why)| format!("{}: {why}", path.display()))
        .collect();
    Problem::new(
        Status::SP_ERR_LOCK_TIMEOUT,
        format!(
            "There is no place for the lock ({}). Set a lock folder that belongs to the user this program runs as and that all programs share which change this app. Nothing was changed.",
            places.join("; ")
        ),
    )
    .retryable(false)
}

/// Opens and locks one file, which must be this user's alone.
fn try_lock(path: &Path) -> Result<File, Obstacle> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK)
        .open(path)
        .map_err(|error| of_opening(&error))?;
    let broken = |error: std::io::Error| Obstacle::Broken(error.to_string());
    let opened = file.metadata().map_err(broken)?;
    if !opened.is_file() || opened.uid() != user() || opened.mode() & 0o077 != 0 {
        return Err(Obstacle::NoPlace("it is somebody else's".to_owned()));
    }
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Obstacle::Busy),
        Err(TryLockError::Error(error)) => return Err(broken(error)),
    }
    // Keeps cleaners of old files away from a lock that is in use; one that cannot be touched is
    // locked all the same.
    let _ = file.set_modified(std::time::SystemTime::now());
    // A cleaner of old files may have removed the file between opening and locking it: then the
    // lock is on a file that the next writer will not find.
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.ino() == opened.ino() && found.dev() == opened.dev() => Ok(file),
        _ => Err(Obstacle::Busy),
    }
}

fn of_opening(error: &std::io::Error) -> Obstacle {
    let why = error.to_string();
    match error.kind() {
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::StorageFull
        | ErrorKind::QuotaExceeded => Obstacle::NoPlace(why),
        _ if error.raw_os_error() == Some(libc::ELOOP) => {
            Obstacle::NoPlace("it is a symbolic link".to_owned())
        }
        _ => Obstacle::Broken(why),
    }
}

/// Whether nobody can take another's file away from the place that this file is to lie in.
fn shared_place(path: &Path) -> Result<(), Obstacle> {
    let place = path.parent().unwrap_or(path);
    let found = std::fs::metadata(place).map_err(|error| of_opening(&error))?;
    let safe = found.is_dir()
        && (found.uid() == 0 || found.uid() == user())
        && (found.mode() & STICKY != 0 || found.mode() & WRITABLE_FOR_OTHERS == 0);
    if safe {
        Ok(())
    } else {
        let why = "others could remove what lies there";
        Err(Obstacle::NoPlace(why.to_owned()))
    }
}

/// Makes and checks a folder of the caller's.
fn prepare(dir: &Path) -> Result<(), String> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.to_string()),
    }
    match std::fs::symlink_metadata(dir) {
        Ok(found) if !found.is_dir() => Err("it is not a folder".to_owned()),
        Ok(found) if found.uid() != user() => Err("it belongs to another user".to_owned()),
        Ok(found) if found.mode() & 0o077 != 0 => Err("others may enter it".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn user() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// Names what it is given without telling any of it.
fn hash(parts: &[&str]) -> String {
    let parts: Vec<&[u8]> = parts
        .iter()
        .flat_map(|part| [part.as_bytes(), &[0]])
        .collect();
    let digest = crypto::sha256(&parts);
    let bytes = digest.iter().take(16);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
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
            problem.message.contains("0700") && !problem.retryable,
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
    fn shared(config: &Config) -> Vec<PathBuf> {
        let (credentials, app) = (config.credentials.as_ref(), config.app_id.as_ref());
        match Lock::of(
            config,
            credentials.expect("credentials"),
            app.expect("an app"),
        ) {
            Ok(Lock::Shared(paths)) => paths,
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

    fn remove(paths: &[PathBuf]) {
        for path in paths {
            let _ = std::fs::remove_file(path);
        }
    }

    #[test]
    fn the_shared_places_hold_one_lock() {
        let config = without_folder("Shared");
        let paths = shared(&config);
        let held = take_now(&config).expect("the lock");
        assert!(take_now(&config).is_err());
        // Whoever has only one of the places in common waits too.
        let one = paths.iter().find(|path| path.exists()).expect("a place");
        let alone = Lock::Shared(vec![one.clone()]);
        assert!(matches!(alone.try_take(), Ok(None)));
        drop(held);
        let other = alone.try_take().ok().flatten().expect("one place");
        assert!(take_now(&config).is_err());
        drop(other);
        assert!(take_now(&config).is_ok());
        let text = format!("{paths:?}");
        assert!(
            !text.contains("SENTINEL") && !text.contains("Shared"),
            "{text}"
        );
        remove(&paths);
    }

    #[test]
    fn the_name_cannot_be_foretold_without_the_key() {
        let known = without_folder("Known");
        let mut guessed = known.clone();
        let guess = guessed.set_credentials("cid_SENTINEL", "another key");
        guess.expect("credentials");
        assert_ne!(shared(&known), shared(&guessed));
        assert_eq!(shared(&known), shared(&known.clone()));
    }

    #[test]
    fn a_place_that_cannot_be_used_is_done_without() {
        let dir = scratch("places");
        std::fs::create_dir(&dir).expect("a folder");
        std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o700)).expect("mode");
        let (good, taken) = (dir.join("good"), dir.join("taken"));
        // Open for others, as nothing of ours is.
        std::fs::write(&taken, "").expect("a file");
        std::fs::set_permissions(&taken, std::fs::Permissions::from_mode(0o666)).expect("mode");
        symlink(&good, dir.join("link")).expect("a link");
        let open = dir.join("open");
        std::fs::create_dir(&open).expect("a folder");
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).expect("mode");
        let bad = vec![
            dir.join("missing").join("lock"),
            taken,
            dir.join("link"),
            open.join("lock"),
        ];
        let problem = Lock::Shared(bad.clone())
            .try_take()
            .err()
            .expect("a problem");
        assert_eq!(problem.status, Status::SP_ERR_LOCK_TIMEOUT);
        assert!(
            !problem.retryable && problem.message.contains("Set a lock folder"),
            "{}",
            problem.message
        );
        let lock = Lock::Shared([bad, vec![good.clone()]].concat());
        let held = lock.try_take().ok().flatten().expect("the one place");
        assert!(matches!(Lock::Shared(vec![good]).try_take(), Ok(None)));
        drop(held);
        std::fs::remove_dir_all(dir).expect("clean up");
    }
}
