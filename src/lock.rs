//! One writer per account and app on this machine: an advisory lock on a file in a folder that
//! only its owner can enter. The kernel releases it when its holder ends, however it ends.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::{Config, Credentials, Id};
use crate::crypto;
use crate::outcome::Problem;
use crate::status::Status;

/// The lock, held. Released when dropped, in this process and for copies that a fork has made.
pub struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // An unlock that fails leaves what closing the file does anyway.
        let _ = self.0.unlock();
    }
}

/// How often a waiting writer looks again: short enough to feel immediate, and different for
/// each look so that many waiters do not march in step.
const LOOK_AGAIN_MS: std::ops::Range<u64> = 4..24;

/// Waits for the lock until `deadline`.
pub async fn take(
    config: &Config,
    credentials: &Credentials,
    app: &Id,
    deadline: Instant,
) -> Result<Held, Problem> {
    let path = prepare(config, credentials, app).map_err(|(path, why)| unusable(&path, &why))?;
    loop {
        match try_take(&path) {
            Ok(Some(held)) => return Ok(held),
            Ok(None) => {}
            Err(why) => return Err(unusable(&path, &why.to_string())),
        }
        let pause = Duration::from_millis(crate::jitter::between(LOOK_AGAIN_MS));
        if Instant::now() + pause >= deadline {
            return Err(Problem::new(
                Status::SP_ERR_LOCK_TIMEOUT,
                "Another change of this app's domains was still running on this machine when the time of this call was over. Nothing was changed; try again.",
            ));
        }
        tokio::time::sleep(pause).await;
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

/// One try. None where somebody else holds the lock.
fn try_take(path: &Path) -> std::io::Result<Option<Held>> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // Keeps cleaners of old files away from a lock that is in use; one that cannot be touched is
    // locked all the same.
    let _ = file.set_modified(std::time::SystemTime::now());
    // A cleaner of old files may have removed the file between opening and locking it: then the
    // lock is on a file that the next writer will not find.
    let (locked, found) = (file.metadata()?, std::fs::symlink_metadata(path));
    match found {
        Ok(found) if found.ino() == locked.ino() && found.dev() == locked.dev() => {
            Ok(Some(Held(file)))
        }
        _ => Ok(None),
    }
}

/// The path of the lock, its folder made and checked.
fn prepare(
    config: &Config,
    credentials: &Credentials,
    app: &Id,
) -> Result<PathBuf, (PathBuf, String)> {
    let user = nix::unistd::geteuid().as_raw();
    let dir = match &config.lock_dir {
        Some(dir) => dir.clone(),
        // Not the session's runtime folder: a queue runner that cron starts has none, and would
        // lock another file than the web server's worker of the same user.
        None => PathBuf::from(format!("/tmp/.serverpilot-{user}")),
    };
    let fail = |why: &str| Err((dir.clone(), why.to_owned()));
    match DirBuilder::new().mode(0o700).create(&dir) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return fail(&error.to_string()),
    }
    match std::fs::symlink_metadata(&dir) {
        Ok(found) if !found.is_dir() => return fail("it is no folder"),
        Ok(found) if found.uid() != user => return fail("it belongs to another user"),
        Ok(found) if found.mode() & 0o077 != 0 => return fail("others may enter it"),
        Ok(_) => {}
        Err(error) => return fail(&error.to_string()),
    }
    Ok(dir.join(file_name(config, credentials, app)))
}

/// Names the account and the app without telling either.
fn file_name(config: &Config, credentials: &Credentials, app: &Id) -> String {
    let digest = crypto::sha256(&[
        config.base_url.as_str().as_bytes(),
        &[0],
        credentials.client_id.reveal().as_bytes(),
        &[0],
        app.as_str().as_bytes(),
        &[0],
    ]);
    let hex: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{hex}.lock")
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
    fn a_removed_lock_file_locks_nobody_out_of_step() {
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
        let name = file_name(
            &good,
            good.credentials.as_ref().expect("c"),
            good.app_id.as_ref().expect("a"),
        );
        symlink(&target, dir.join(name)).expect("a link");
        assert!(take_now(&good).is_err());
        assert!(!target.exists());
        std::fs::remove_file(link).expect("clean up");
        std::fs::remove_dir_all(dir).expect("clean up");
    }
}
