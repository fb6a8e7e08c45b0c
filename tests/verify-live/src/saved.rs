//! The app's list in a file, from before the first write until it is restored. Must hold no secret,
//! and must never be lost: it is complete on the disk, or it is not there.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serverpilot::config::Id;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    pub base_url: String,
    pub app_id: String,
    pub app_name: String,
    /// The domain whose names are being put into the app.
    pub zone: String,
    /// Seconds since 1970.
    pub saved_at: u64,
    pub domains: Vec<String>,
}

/// Where the list of one app is saved.
pub struct Place {
    dir: PathBuf,
    pub file: PathBuf,
    /// The same after it was restored: kept until the next run, in case the operator wants to see it.
    pub restored: PathBuf,
}

impl Place {
    pub fn of(dir: &Path, app: &Id) -> Place {
        let named = |end: &str| dir.join(format!("verify-live-{}.{end}", app.as_str()));
        Place {
            dir: dir.to_owned(),
            file: named("json"),
            restored: named("restored.json"),
        }
    }

    /// What a run that did not come to its end has left.
    pub fn load(&self) -> Result<Option<Saved>, String> {
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let saved = serde_json::from_str(&text);
        saved.map(Some).map_err(|error| error.to_string())
    }

    /// Returns when the file would survive a power cut.
    pub fn save(&self, saved: &Saved) -> std::io::Result<()> {
        match DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
        {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let part = self.file.with_extension("part");
        match std::fs::remove_file(&part) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)?;
        file.write_all(&serde_json::to_vec_pretty(saved)?)?;
        file.sync_all()?;
        std::fs::rename(&part, &self.file)?;
        File::open(&self.dir)?.sync_all()
    }

    /// Notes that the list was restored.
    pub fn set_aside(&self) -> std::io::Result<()> {
        std::fs::rename(&self.file, &self.restored)
    }
}
