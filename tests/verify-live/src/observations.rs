//! What was observed of the service, as it came. Judges nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::restore::sorted;
use crate::service::Answer;
use crate::settings::Settings;

/// What was observed, or why it was not.
pub type Seen<T> = Result<T, String>;

pub struct Observations {
    pub base_url: String,
    pub app_id: String,
    /// How long was waited for what takes time.
    pub wait: Duration,
    /// The app before the first write.
    pub details: Answer,
    pub server: Seen<Answer>,
    /// By the probe's ID.
    pub probes: BTreeMap<&'static str, Probed>,
    /// The attempt to enable AutoSSL while it is not available.
    pub unavailable: Seen<Answer>,
    /// The first action of a changed list.
    pub list_action: Seen<Watched>,
    /// When AutoSSL became available after the list was put back.
    pub available: Seen<(Duration, Answer)>,
    pub enabled: Seen<Enabled>,
    pub redeployed: Seen<Redeployed>,
    /// So many reads were sent without a pause.
    pub burst: Seen<usize>,
    pub missing_app: Seen<Answer>,
    /// The first action, asked for again at the end, and its age then.
    pub old_action: Seen<(Duration, Answer)>,
    pub wrong_key: Seen<Answer>,
    /// With the right key, after the wrong one.
    pub right_key: Seen<Answer>,
}

/// One unusual list.
pub struct Probed {
    /// The value of `domains`.
    pub sent: Value,
    pub before: Vec<String>,
    pub answer: Answer,
    /// The app, read afterwards, and its list.
    pub details: Answer,
    pub after: Vec<String>,
}

/// An action, watched until it ended or the time was over.
pub struct Watched {
    pub last: Answer,
    pub took: Duration,
}

pub struct Enabled {
    pub answer: Answer,
    /// The app, read afterwards.
    pub details: Answer,
    pub action: Seen<Watched>,
}

/// What became of a change of the list while AutoSSL was on.
pub struct Redeployed {
    /// The app right after the change.
    pub details: Answer,
    /// How long until the app had another certificate. None: not within the wait.
    pub after: Option<Duration>,
}

fn not_yet<T>() -> Seen<T> {
    Err("the run ended before this was checked".to_owned())
}

impl Observations {
    pub fn new(settings: &Settings, details: &Answer) -> Observations {
        Observations {
            base_url: settings.config.base_url.to_string(),
            app_id: settings.app.as_str().to_owned(),
            wait: settings.wait,
            details: details.clone(),
            server: not_yet(),
            probes: BTreeMap::new(),
            unavailable: not_yet(),
            list_action: not_yet(),
            available: not_yet(),
            enabled: not_yet(),
            redeployed: not_yet(),
            burst: not_yet(),
            missing_app: not_yet(),
            old_action: not_yet(),
            wrong_key: not_yet(),
            right_key: not_yet(),
        }
    }

    /// After the last probe: what none of them led to will not come.
    pub fn note_what_no_probe_showed(&mut self) {
        if self.list_action.is_err() {
            self.list_action = Err("no change of the list had an actionid".to_owned());
        }
        if self.probes.values().all(|probed| !probed.changed()) {
            self.unavailable = Err("no change of the list was accepted".to_owned());
        }
    }
}

impl Probed {
    /// Whether the list is another one since.
    pub fn changed(&self) -> bool {
        sorted(&self.before) != sorted(&self.after)
    }
}
