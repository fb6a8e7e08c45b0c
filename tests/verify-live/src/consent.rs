//! Whether the operator wants this, and has named the right app. Refuses in words; writes nothing.

use std::io::BufRead as _;

use crate::restore::{names, some_of};
use crate::screen::Screen;
use crate::service::Answer;
use crate::settings::Settings;

/// An app that serves nobody has few names; and 100 is the most of one certificate.
const MOST_NAMES: usize = 100;

/// Before any request.
pub fn to_writing(settings: &Settings, screen: &Screen) -> Result<(), String> {
    let phrase = settings.consent_phrase();
    screen.say(&format!(
        "This replaces the domain list of app {} some twenty times, and empties it for a moment if ServerPilot allows that. Meanwhile the app's sites fail and its certificates are renewed. AutoSSL is enabled once it is available, and stays on: this program cannot switch it off. In the end the list is restored.",
        settings.app.as_str()
    ));
    let given = match &settings.consent {
        Some(given) => given.clone(),
        None => ask(screen, &format!("To go on, type: {phrase}"))?,
    };
    if given.trim() == phrase {
        Ok(())
    } else {
        Err(format!(
            "There is no consent, so nothing was sent. It is given by VERIFY_LIVE_CONSENT or by typing: {phrase}"
        ))
    }
}

/// Before anything is saved or written: what the app is, and that it is the one that was meant.
pub fn to_this_app(
    settings: &Settings,
    screen: &Screen,
    details: &Answer,
    domains: &[String],
) -> Result<(), String> {
    let (id, name) = (settings.app.as_str(), name_of(details));
    let ssl = &details.data()["ssl"];
    let ssl_in_words = match (ssl.is_null(), ssl["auto"].as_bool()) {
        (true, _) => "no SSL",
        (false, Some(true)) => "AutoSSL on",
        (false, _) => "a custom certificate",
    };
    screen.say(&format!(
        "App {id} is called \"{name}\" and has {} and {ssl_in_words}.",
        names(domains.len())
    ));
    let refused = |why: String| Err(format!("{why} Nothing was written."));
    if ssl_in_words == "a custom certificate" {
        return refused(format!(
            "App {id} has a custom certificate, so it serves somebody. Choose another app."
        ));
    }
    if domains.is_empty() {
        return refused(format!(
            "App {id} has no domains, and an empty list might not be accepted when it is to be restored. Put an expendable name into the app first."
        ));
    }
    if domains.len() > MOST_NAMES {
        return refused(format!(
            "App {id} has {}, more than {MOST_NAMES}. Choose an app that serves nobody.",
            names(domains.len())
        ));
    }
    let changeable: Vec<String> = domains
        .iter()
        .enumerate()
        .filter(|(n, name)| {
            let name = name.as_str();
            name != name.to_ascii_lowercase()
                || !name.is_ascii()
                || domains[..*n].iter().any(|earlier| earlier == name)
        })
        .map(|(_, name)| name.clone())
        .collect();
    if !changeable.is_empty() {
        return refused(format!(
            "App {id} has entries that ServerPilot might not take back as they are: {}. Write every name once, in lower case.",
            some_of(&changeable)
        ));
    }
    let unknown: Vec<String> = domains
        .iter()
        .filter(|name| !settings.expendable.contains(name))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        return refused(format!(
            "App {id} has {} that VERIFY_LIVE_EXPENDABLE does not list: {}. If it is the right app, add them there.",
            names(unknown.len()),
            some_of(&unknown)
        ));
    }
    let given = match &settings.app_name {
        Some(given) => given.clone(),
        None => ask(screen, "To go on, type the app's name")?,
    };
    if given.trim() == name && !name.is_empty() {
        Ok(())
    } else {
        refused(format!(
            "The name that was given is not that of app {id}. Compare VERIFY_LIVE_APP and VERIFY_LIVE_APP_NAME with ServerPilot's panel."
        ))
    }
}

pub fn name_of(details: &Answer) -> &str {
    details.data()["name"].as_str().unwrap_or_default().trim()
}

fn ask(screen: &Screen, what: &str) -> Result<String, String> {
    screen.say(what);
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(_) => Ok(line),
        Err(error) => Err(format!("The answer could not be read: {error}.")),
    }
}
