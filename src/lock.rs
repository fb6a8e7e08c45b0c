//! One writer per account and app on this machine: advisory locks on files, which the kernel
//! releases when their holder ends, however it ends.
//!
//! Without a lock folder of the caller's, the lock lies in each of the places that the processes of a
//! machine share. A service with a `/tmp` or a `/run` of its own still shares another place with the
//! rest, and two writers exclude each other where they have one place in common. In such a place
//! anybody may make files. So a name there cannot be foretold without the API key, and where somebody
//! has made something under it all the same, the next name is taken.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::{Config, Credentials, Id};
use crate::crypto;
use crate::messages::{self, Message};
use crate::outcome::Problem;
use crate::status::Status;

#[cfg(test)]
mod tests;

/// Where everybody may make files and nobody may remove another's. systemd's PrivateTmp takes the
/// last away, ProtectSystem=strict the first; Fedora's first is root's (systemd.exec(5), hier(7)).
const PLACES: [&str; 3] = ["/run/lock", "/dev/shm", "/tmp"];
const STICKY: u32 = 0o1000;
const WRITABLE_FOR_OTHERS: u32 = 0o022;

/// How many names a lock has in a place, for the case that others occupy the first ones: as many as a
/// digest holds whose 64 bits nobody guesses.
const NAMES: usize = 4;

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
                messages::lock_busy(),
            ));
        }
        tokio::time::sleep(pause).await;
    }
}

/// Where the files lie that are locked.
enum Lock {
    /// One file, in a folder of the caller's.
    Own(PathBuf),
    /// In the places that all processes share, the names of each.
    Shared(Vec<Vec<PathBuf>>),
}

/// Why a file cannot be locked.
enum Obstacle {
    /// Somebody else holds it.
    Busy,
    /// There is no such place here, or none for this process.
    NoPlace(std::io::Error),
    /// Others could remove what lies there.
    Unsafe,
    /// What lies there is not this user's.
    Foreign,
    /// Anything else.
    Broken(std::io::Error),
}

impl Lock {
    fn of(config: &Config, credentials: &Credentials, app: &Id) -> Result<Lock, Problem> {
        let account = [
            config.base_url.as_str(),
            credentials.client_id.reveal(),
            app.as_str(),
        ];
        if let Some(dir) = &config.lock_dir {
            let path = dir.join(format!("{}.lock", crypto::hex(&digest(&account)[..16])));
            return match prepare(dir, &path) {
                Ok(()) => Ok(Lock::Own(path)),
                Err(why) => Err(unusable(why)),
            };
        }
        let user = user().to_string();
        let [url, client_id, app] = account;
        let secret = credentials.api_key.reveal();
        let names = |place: &str| {
            let digest = digest(&[secret, place, &user, url, client_id, app]);
            let parts = digest.chunks(digest.len() / NAMES);
            let path = |part| Path::new(place).join(format!(".serverpilot-{}", crypto::hex(part)));
            parts.map(path).collect()
        };
        Ok(Lock::Shared(PLACES.into_iter().map(names).collect()))
    }

    /// One try, in the same order for everybody. None where somebody else holds one of them.
    fn try_take(&self) -> Result<Option<Held>, Problem> {
        match self {
            Lock::Own(path) => match open(path, true).and_then(|file| lock(file, path)) {
                Ok(file) => Ok(Some(Held(vec![file]))),
                Err(Obstacle::Busy) => Ok(None),
                Err(Obstacle::NoPlace(error)) => Err(unusable(of_error(path, &error))),
                Err(Obstacle::Foreign | Obstacle::Unsafe) => {
                    Err(unusable(messages::lock_not_own(shown(path))))
                }
                Err(Obstacle::Broken(error)) => Err(broken(path, &error)),
            },
            Lock::Shared(places) => {
                let mut held = Held(Vec::with_capacity(places.len()));
                let mut missing = messages::lock_no_place();
                for names in places {
                    let place = names.first().and_then(|path| path.parent());
                    let place = place.unwrap_or(Path::new("/"));
                    let why = match take_in(place, names, &mut held) {
                        Ok(()) => continue,
                        Err(Obstacle::Busy) => return Ok(None),
                        Err(Obstacle::NoPlace(error)) => {
                            messages::lock_place_unusable(shown(place), error.to_string())
                        }
                        Err(Obstacle::Unsafe) => messages::lock_place_unsafe(shown(place)),
                        Err(Obstacle::Foreign) => messages::lock_place_occupied(shown(place)),
                        // Not without this one: others may have no other place in common with us.
                        Err(Obstacle::Broken(error)) => return Err(broken(place, &error)),
                    };
                    missing = missing.then(why);
                }
                if held.0.is_empty() {
                    return Err(no_lock(missing.then(messages::lock_set_folder())));
                }
                Ok(Some(held))
            }
        }
    }
}

/// Locks this user's files in one place, all of them.
///
/// Mostly there is one. There are more where somebody occupied a name and gave it up again: then one
/// writer may have made the second file and another the first. Everybody makes or finds a file before
/// reading all names once more, so of two writers the later reader finds the other's, and locks it too.
fn take_in(place: &Path, names: &[PathBuf], held: &mut Held) -> Result<(), Obstacle> {
    shared_place(place)?;
    let (mut own, mut free) = survey(names)?;
    while own.is_empty() {
        let path = free.ok_or(Obstacle::Foreign)?;
        match open(path, true) {
            Ok(_) | Err(Obstacle::Foreign) => {}
            Err(other) => return Err(other),
        }
        (own, free) = survey(names)?;
    }
    for (file, path) in own {
        held.0.push(lock(file, path)?);
    }
    Ok(())
}

/// A name's file, open, and where it lies.
type Named<'a> = (File, &'a PathBuf);

/// This user's files under these names, and the first name that nobody uses.
fn survey(names: &[PathBuf]) -> Result<(Vec<Named<'_>>, Option<&PathBuf>), Obstacle> {
    let (mut own, mut free) = (Vec::new(), None);
    for path in names {
        match open(path, false) {
            Ok(file) => own.push((file, path)),
            Err(Obstacle::Foreign) => {}
            Err(Obstacle::Broken(error)) if error.kind() == ErrorKind::NotFound => {
                free = free.or(Some(path));
            }
            Err(other) => return Err(other),
        }
    }
    Ok((own, free))
}

/// A fault that has nothing to do with where the lock lies.
fn broken(path: &Path, error: &std::io::Error) -> Problem {
    if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)) {
        return Problem::new(
            Status::SP_ERR_LOCK_TIMEOUT,
            messages::lock_no_descriptors(error.to_string()),
        );
    }
    unusable(of_error(path, error))
}

/// A lock that cannot be used, and the rule for those that can.
fn unusable(why: Message) -> Problem {
    no_lock(why.then(messages::lock_folder_rule()))
}

/// A failure that lasts until somebody acts.
fn no_lock(message: Message) -> Problem {
    Problem::new(Status::SP_ERR_LOCK_TIMEOUT, message).retryable(false)
}

fn of_error(path: &Path, error: &std::io::Error) -> Message {
    messages::lock_unusable(shown(path), error.to_string())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Opens a file, which must be this user's alone; makes it first where it may be `made`.
fn open(path: &Path, made: bool) -> Result<File, Obstacle> {
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(made)
        .truncate(false)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK)
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) => return Err(of_opening(path, made, error)),
    };
    let found = file.metadata().map_err(Obstacle::Broken)?;
    if found.is_file() && found.uid() == user() && found.mode() & 0o077 == 0 {
        Ok(file)
    } else {
        Err(Obstacle::Foreign)
    }
}

/// Locks an open file, if it is still the one that others find there.
fn lock(file: File, path: &Path) -> Result<File, Obstacle> {
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Obstacle::Busy),
        Err(TryLockError::Error(error)) => return Err(Obstacle::Broken(error)),
    }
    // Keeps cleaners of old files away from a lock that is in use; one that cannot be touched is
    // locked all the same.
    let _ = file.set_modified(std::time::SystemTime::now());
    // A cleaner of old files may have removed the file between opening and locking it: then the
    // lock is on a file that the next writer will not find.
    let locked = file.metadata().map_err(Obstacle::Broken)?;
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.ino() == locked.ino() && found.dev() == locked.dev() => Ok(file),
        _ => Err(Obstacle::Busy),
    }
}

fn of_opening(path: &Path, made: bool, error: std::io::Error) -> Obstacle {
    match error.kind() {
        ErrorKind::NotADirectory | ErrorKind::ReadOnlyFilesystem => Obstacle::NoPlace(error),
        ErrorKind::NotFound | ErrorKind::StorageFull | ErrorKind::QuotaExceeded if made => {
            Obstacle::NoPlace(error)
        }
        // Refused by what lies there, whatever it is, or by the place itself.
        _ if std::fs::symlink_metadata(path).is_ok() && !is_scarce(&error) => Obstacle::Foreign,
        ErrorKind::PermissionDenied => Obstacle::NoPlace(error),
        _ => Obstacle::Broken(error),
    }
}

/// Whether it is this process or the machine that has no more of something.
fn is_scarce(error: &std::io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::EINTR)
    )
}

/// Whether nobody can take another's file away from this place.
fn shared_place(place: &Path) -> Result<(), Obstacle> {
    let found = match std::fs::metadata(place) {
        Ok(found) => found,
        Err(error) => return Err(Obstacle::NoPlace(error)),
    };
    let safe = found.is_dir()
        && (found.uid() == 0 || found.uid() == user())
        && (found.mode() & STICKY != 0 || found.mode() & WRITABLE_FOR_OTHERS == 0);
    if safe { Ok(()) } else { Err(Obstacle::Unsafe) }
}

/// Makes and checks the caller's folder for this lock.
fn prepare(dir: &Path, lock: &Path) -> Result<(), Message> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(of_error(lock, &error)),
    }
    match std::fs::symlink_metadata(dir) {
        Ok(found) if !found.is_dir() => Err(messages::lock_not_in_folder(shown(lock))),
        Ok(found) if found.uid() != user() => Err(messages::lock_in_foreign_folder(shown(lock))),
        Ok(found) if found.mode() & 0o077 != 0 => Err(messages::lock_in_open_folder(shown(lock))),
        Ok(_) => Ok(()),
        Err(error) => Err(of_error(lock, &error)),
    }
}

fn user() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// Stands for what it is given without telling any of it.
fn digest(parts: &[&str]) -> [u8; 32] {
    let parts: Vec<&[u8]> = parts
        .iter()
        .flat_map(|part| [part.as_bytes(), &[0]])
        .collect();
    crypto::sha256(&parts)
}
