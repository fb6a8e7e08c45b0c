//! Puts the saved list back, and believes it only when it was read back. Not ended by signals.

use std::time::Duration;

use serde_json::json;

use crate::experiments;
use crate::saved::{Place, Saved};
use crate::screen::Screen;
use crate::service::{Call, Service};

/// With the default pause they take a minute, which most disturbances do not last.
const ATTEMPTS: u32 = 6;

/// Puts the list back and sets the file aside.
pub async fn restore(
    service: &Service<'_>,
    place: &Place,
    saved: &Saved,
    screen: &Screen,
) -> Result<(), String> {
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            screen.say(&format!("Not restored yet: {last}. Trying again."));
            // Without a stop this cannot fail.
            let _ = service.wait(service.backoff(attempt)).await;
        }
        match put_back(service, &saved.domains).await {
            Ok(()) => {
                place.set_aside().map_err(|error| {
                    format!("the list is restored, but its file could not be renamed: {error}")
                })?;
                screen.say(&format!(
                    "The app's list is restored and was read back: {}. The saved list is now {}.",
                    names(saved.domains.len()),
                    place.restored.display()
                ));
                return Ok(());
            }
            Err(why) => last = why,
        }
    }
    Err(last)
}

async fn put_back(service: &Service<'_>, saved: &[String]) -> Result<(), String> {
    if shown(service).await? != sorted(saved) {
        let answer = service.send(Call::UpdateDomains(&json!(saved))).await;
        let answer = answer.map_err(|ended| ended.to_string())?;
        if !answer.is_success() {
            return Err(format!("writing the list was {}", answer.in_words()));
        }
    }
    if service.unanswered_write.get() {
        // It may still be under way. Nothing tells when it is not, so this waits for as long as a
        // request has.
        let settled = service.pause * 5;
        let _ = service.wait(settled.min(Duration::from_secs(10))).await;
    }
    if shown(service).await? == sorted(saved) {
        service.unanswered_write.set(false);
        Ok(())
    } else {
        Err("the app shows another list than was written".to_owned())
    }
}

async fn shown(service: &Service<'_>) -> Result<Vec<String>, String> {
    let answer = service.send(Call::App).await;
    let answer = answer.map_err(|ended| ended.to_string())?;
    match answer.domains() {
        Some(list) if answer.is_success() => Ok(sorted(&list)),
        _ => Err(format!("reading the app was {}", answer.in_words())),
    }
}

/// For a run that was killed: restores what it saved, unless somebody has changed the list since.
pub async fn after_a_kill(
    service: &Service<'_>,
    place: &Place,
    saved: &Saved,
    screen: &Screen,
) -> Result<(), String> {
    screen.say(&format!(
        "An earlier run did not come to its end: {} holds the list of app {} ({}). Restoring it first.",
        place.file.display(),
        saved.app_id,
        names(saved.domains.len())
    ));
    if saved.base_url != service.config.base_url.as_str() || saved.app_id != service.app.as_str() {
        return Err(format!(
            "it belongs to app {} at {}, and not to this app; run with that one first",
            saved.app_id, saved.base_url
        ));
    }
    let foreign: Vec<String> = shown(service)
        .await?
        .into_iter()
        .filter(|entry| !saved.domains.contains(entry) && !experiments::is_ours(entry, &saved.zone))
        .collect();
    if !foreign.is_empty() {
        return Err(format!(
            "the app now has {} that neither that run nor the saved list knows ({}). If the present list is right, delete the file and run again; if not, put the names in the file into the app in ServerPilot's panel",
            names(foreign.len()),
            some_of(&foreign)
        ));
    }
    restore(service, place, saved, screen).await
}

pub fn names(count: usize) -> String {
    match count {
        1 => "1 name".to_owned(),
        count => format!("{count} names"),
    }
}

/// The first of a list that may be long.
pub fn some_of(list: &[String]) -> String {
    let shown = list.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    match list.len() {
        0..=10 => shown,
        more => format!("{shown} and {} more", more - 10),
    }
}

pub fn sorted(list: &[String]) -> Vec<String> {
    let mut list = list.to_vec();
    list.sort();
    list
}
