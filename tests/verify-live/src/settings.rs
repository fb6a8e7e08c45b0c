//! What the operator sets: all of it from the environment or a file, nothing from the command line,
//! where others could read it.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serverpilot::config::{Config, Credentials, Id};
use serverpilot::domain::Domain;

pub const USAGE: &str = "\
make verify-live checks on one app what is assumed about ServerPilot. It takes no arguments; set:

  SP_CLIENT_ID, SP_API_KEY   the credentials; or SP_CREDENTIALS_FILE, a file that only you can read (mode
                             0600), with the client ID on its first line and the key on its second
  VERIFY_LIVE_APP            the ID of an app that serves nobody
  VERIFY_LIVE_EXPENDABLE     the names on that app's list, separated by commas

and, unless you want to be asked:

  VERIFY_LIVE_CONSENT        replace the domains of app ID (with the app's ID)
  VERIFY_LIVE_APP_NAME       the name of that app, as ServerPilot's panel shows it

These have defaults:

  VERIFY_LIVE_WAIT_S         1200: how many seconds to wait for what takes time (a certificate, an action)
  VERIFY_LIVE_PAUSE_MS       1000: the pause before each request
  VERIFY_LIVE_ZONE           serverpilot-verify.example: the domain whose names are put into the app
  VERIFY_LIVE_DIR            ~/.local/state/serverpilot: where the app's list is saved
  SP_BASE_URL, SP_CA_FILE, SP_LOCK_DIR  as the library's settings of these names";

pub struct Settings {
    pub config: Config,
    pub credentials: Credentials,
    pub app: Id,
    pub consent: Option<String>,
    pub app_name: Option<String>,
    pub expendable: Vec<String>,
    pub zone: String,
    pub wait: Duration,
    pub pause: Duration,
    pub dir: PathBuf,
}

impl Settings {
    /// An error says what is missing or wrong; it contains no value of a secret.
    pub fn from_environment() -> Result<Settings, String> {
        let mut config = Config::default();
        read_credentials(&mut config)?;
        let credentials = config.credentials.clone();
        let credentials = credentials.ok_or("SP_CLIENT_ID and SP_API_KEY are not set.")?;
        let app = variable("VERIFY_LIVE_APP")?.ok_or("VERIFY_LIVE_APP is not set.")?;
        let refused = |what: &'static str| move |_| format!("{what} is not valid.");
        config
            .set_app_id(&app)
            .map_err(refused("VERIFY_LIVE_APP"))?;
        let app = config.app_id.clone();
        let app = app.ok_or("VERIFY_LIVE_APP is not valid.")?;
        if let Some(url) = variable("SP_BASE_URL")? {
            config.set_base_url(&url).map_err(|_| {
                "SP_BASE_URL is not valid: https, or http to a loopback address.".to_owned()
            })?;
        }
        if let Some(file) = variable("SP_CA_FILE")? {
            config.set_ca_file(&file).map_err(refused("SP_CA_FILE"))?;
        }
        if let Some(dir) = variable("SP_LOCK_DIR")? {
            config.set_lock_dir(&dir).map_err(refused("SP_LOCK_DIR"))?;
        }
        config
            .set_user_agent("verify-live")
            .map_err(refused("The user agent"))?;
        let expendable = variable("VERIFY_LIVE_EXPENDABLE")?.unwrap_or_default();
        let expendable = expendable.split(',').map(|name| name.trim().to_owned());
        let zone = variable("VERIFY_LIVE_ZONE")?;
        let zone = zone.unwrap_or_else(|| "serverpilot-verify.example".to_owned());
        let zone = Domain::parse(&zone).map_err(|_| "VERIFY_LIVE_ZONE is not valid.")?;
        Ok(Settings {
            credentials,
            app,
            consent: variable("VERIFY_LIVE_CONSENT")?,
            app_name: variable("VERIFY_LIVE_APP_NAME")?,
            expendable: expendable.filter(|name| !name.is_empty()).collect(),
            zone: zone.to_string(),
            wait: Duration::from_secs(number("VERIFY_LIVE_WAIT_S", 1200)?),
            pause: Duration::from_millis(number("VERIFY_LIVE_PAUSE_MS", 1000)?),
            dir: state_dir()?,
            config,
        })
    }

    /// What the operator has to say before anything is sent.
    pub fn consent_phrase(&self) -> String {
        format!("replace the domains of app {}", self.app.as_str())
    }
}

fn variable(name: &str) -> Result<Option<String>, String> {
    match std::env::var(name) {
        Ok(value) if value.trim().is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8.")),
    }
}

fn number(name: &str, default: u64) -> Result<u64, String> {
    match variable(name)? {
        None => Ok(default),
        Some(text) => match text.trim().parse() {
            Ok(number) if number <= 86_400 => Ok(number),
            _ => Err(format!("{name} is not a number from 0 to 86400.")),
        },
    }
}

fn read_credentials(config: &mut Config) -> Result<(), String> {
    let (what, client_id, api_key) = match variable("SP_CREDENTIALS_FILE")? {
        Some(path) => {
            let text = read_private(Path::new(&path))
                .map_err(|why| format!("SP_CREDENTIALS_FILE cannot be used: {why}."))?;
            let mut lines = text.lines();
            let mut line = || lines.next().unwrap_or_default().to_owned();
            ("The content of SP_CREDENTIALS_FILE", line(), line())
        }
        None => {
            let set = |name| variable(name).map(Option::unwrap_or_default);
            let (client_id, api_key) = (set("SP_CLIENT_ID")?, set("SP_API_KEY")?);
            if client_id.is_empty() || api_key.is_empty() {
                return Err("SP_CLIENT_ID and SP_API_KEY are not set.".to_owned());
            }
            ("SP_CLIENT_ID or SP_API_KEY", client_id, api_key)
        }
    };
    let set = config.set_credentials(&client_id, &api_key);
    set.map_err(|_| format!("{what} is not valid."))
}

fn read_private(path: &Path) -> Result<String, String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let about = file.metadata().map_err(|error| error.to_string())?;
    if !about.is_file() {
        return Err("it is not a file".to_owned());
    }
    if about.mode() & 0o077 != 0 {
        return Err("others may read it; set its mode to 0600".to_owned());
    }
    let mut text = String::new();
    let mut limited = (&mut file).take(4096);
    match limited.read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(error.to_string()),
    }
}

/// Where programs keep what must outlive them (XDG Base Directory Specification).
fn state_dir() -> Result<PathBuf, String> {
    if let Some(dir) = variable("VERIFY_LIVE_DIR")? {
        return Ok(PathBuf::from(dir));
    }
    if let Some(state) = variable("XDG_STATE_HOME")? {
        return Ok(Path::new(&state).join("serverpilot"));
    }
    let home = variable("HOME")?.ok_or("VERIFY_LIVE_DIR is not set, and there is no HOME.")?;
    Ok(Path::new(&home).join(".local/state/serverpilot"))
}
