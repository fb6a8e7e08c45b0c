//! What is done to the app in order to observe the service, step by step. Notes what comes back and
//! judges nothing. Every list but those that test nothingness contains the app's own names.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use serverpilot::config::Id;

use crate::observations::{Enabled, Observations, Probed, Redeployed, Watched};
use crate::restore::sorted;
use crate::screen::Screen;
use crate::service::{Answer, Call, Ended, Service};
use crate::settings::Settings;

/// An address that is nobody's (RFC 5737).
const ADDRESS: &str = "203.0.113.9";

/// ServerPilot's documented limit.
const LIMIT: usize = 300;

/// So many reads without a pause show a rate limit that would matter, and are still polite.
const BURST: usize = 10;

/// The longest that an action is watched.
const LONGEST_ACTION: Duration = Duration::from_secs(120);

/// Where the app stands before a probe.
struct Now<'a> {
    /// The app's own names.
    base: &'a [String],
    list: &'a [String],
    zone: &'a str,
}

impl Now<'_> {
    /// The app's own names and these.
    fn with<const N: usize>(&self, entries: [&str; N]) -> Value {
        let own = self.base.iter().map(String::as_str);
        own.chain(entries).collect::<Vec<_>>().into()
    }

    fn below(&self, label: &str) -> String {
        format!("{label}.{}", self.zone)
    }

    /// The app's own names, and new ones up to this number.
    fn filled(&self, size: usize) -> Value {
        let new = (self.base.len()..size).map(|n| self.below(&format!("n{n}")));
        self.base
            .iter()
            .cloned()
            .chain(new)
            .collect::<Vec<_>>()
            .into()
    }

    fn object(&self) -> Value {
        let new = self.below("object");
        let numbered = self.base.iter().chain([&new]).enumerate();
        let map: Map<String, Value> = numbered
            .map(|(n, entry)| (n.to_string(), json!(entry)))
            .collect();
        map.into()
    }
}

/// A list to send, and what it is.
struct Probe {
    id: &'static str,
    what: &'static str,
    domains: fn(&Now<'_>) -> Value,
}

pub const APEX: &str = "apex";
pub const SUB_DOMAIN: &str = "sub_domain";
pub const SAME: &str = "same";
pub const WILDCARD: &str = "wildcard";
pub const ADDRESS_ENTRY: &str = "address";
pub const DUPLICATE: &str = "duplicate";
pub const UPPER_CASE: &str = "upper_case";
pub const NON_ASCII: &str = "non_ascii";
pub const OBJECT: &str = "object";
pub const NULL: &str = "null";
pub const EMPTY: &str = "empty";
pub const FULL: &str = "full";
pub const OVER: &str = "over";

#[rustfmt::skip]
const PROBES: &[Probe] = &[
    Probe { id: APEX, what: "one name more", domains: |now| now.with([now.zone]) },
    Probe { id: SUB_DOMAIN, what: "another name in its place", domains: |now| now.with([&now.below("sub")]) },
    Probe { id: SAME, what: "the same names in reverse order", domains: |now| {
        now.list.iter().rev().cloned().collect::<Vec<_>>().into()
    } },
    Probe { id: WILDCARD, what: "a wildcard", domains: |now| now.with([&now.below("*")]) },
    Probe { id: ADDRESS_ENTRY, what: "an IP address", domains: |now| now.with([ADDRESS]) },
    Probe { id: DUPLICATE, what: "a name twice", domains: |now| {
        let twice = now.below("twice");
        now.with([&twice, &twice])
    } },
    Probe { id: UPPER_CASE, what: "a name with a capital letter", domains: |now| now.with([&now.below("Upper")]) },
    Probe { id: NON_ASCII, what: "a name with an umlaut", domains: |now| now.with([&now.below("b\u{fc}cher")]) },
    Probe { id: OBJECT, what: "an object instead of an array", domains: |now| now.object() },
    Probe { id: NULL, what: "null instead of an array", domains: |_| Value::Null },
    Probe { id: EMPTY, what: "an empty array", domains: |_| json!([]) },
    Probe { id: FULL, what: "300 names", domains: |now| now.filled(LIMIT) },
    Probe { id: OVER, what: "301 names", domains: |now| now.filled(LIMIT + 1) },
];

/// Whether an entry is one that these probes put into the app, in whatever form it is shown.
pub fn is_ours(entry: &str, zone: &str) -> bool {
    let entry = entry.to_ascii_lowercase();
    let below = entry.strip_suffix(zone);
    entry == ADDRESS || below.is_some_and(|label| label.is_empty() || label.ends_with('.'))
}

/// Everything that can be observed while the list is this program's. Whatever was observed before an
/// error stays in `seen`.
pub async fn run(
    service: &Service<'_>,
    settings: &Settings,
    screen: &Screen,
    seen: &mut Observations,
) -> Result<(), Ended> {
    let mut experiments = Experiments {
        service,
        settings,
        screen,
        base: seen.details.domains().unwrap_or_default(),
        list: seen.details.domains().unwrap_or_default(),
        changed: Instant::now(),
    };
    seen.server = experiments.server(&seen.details).await?;
    for probe in PROBES {
        experiments.probe(probe, seen).await?;
    }
    seen.note_what_no_probe_showed();
    experiments.put_back().await?;
    experiments.autossl(seen).await?;
    experiments.redeploy(seen).await?;
    experiments.reads(seen).await
}

/// Exactly one request with a wrong key, and one to see that the right one still works.
pub async fn wrong_key(service: &Service<'_>, screen: &Screen, seen: &mut Observations) {
    screen.say("Reading the app with a wrong key, once.");
    let answer = service.send_now(Call::AppWithWrongKey).await;
    seen.wrong_key = answer.map_err(|ended| ended.to_string());
    let answer = service.send(Call::App).await;
    seen.right_key = answer.map_err(|ended| ended.to_string());
}

struct Experiments<'a> {
    service: &'a Service<'a>,
    settings: &'a Settings,
    screen: &'a Screen,
    /// The app's own names.
    base: Vec<String>,
    /// The list as it was last read.
    list: Vec<String>,
    /// When it last changed.
    changed: Instant,
}

impl Experiments<'_> {
    async fn server(&self, details: &Answer) -> Result<Result<Answer, String>, Ended> {
        match details.data()["serverid"].as_str().map(Id::parse) {
            Some(Ok(id)) => Ok(Ok(self.service.send(Call::Server(&id)).await?)),
            _ => Ok(Err("the app does not say which server it is on".to_owned())),
        }
    }

    async fn probe(&mut self, probe: &Probe, seen: &mut Observations) -> Result<(), Ended> {
        self.screen.say(&format!("Sending {}.", probe.what));
        let now = Now {
            base: &self.base,
            list: &self.list,
            zone: &self.settings.zone,
        };
        let sent = (probe.domains)(&now);
        let before = self.list.clone();
        let answer = self.service.send(Call::UpdateDomains(&sent)).await?;
        let details = self.details().await?;
        let probed = Probed {
            sent,
            before,
            answer,
            after: self.list.clone(),
            details,
        };
        let changed = probed.changed();
        // Before anything that takes time: what the app says about AutoSSL is soon out of date.
        if changed && seen.unavailable.is_err() {
            seen.unavailable = self.refusal_of_autossl(&probed.details).await?;
        }
        if changed
            && seen.list_action.is_err()
            && let Some(id) = probed.answer.action()
        {
            seen.list_action = Ok(self.watch(&id).await?);
        }
        seen.probes.insert(probe.id, probed);
        if !self.base.iter().all(|name| self.list.contains(name)) {
            self.put_back().await?;
        }
        Ok(())
    }

    /// Reads the app, and notes its list.
    async fn details(&mut self) -> Result<Answer, Ended> {
        let answer = self.service.send(Call::App).await?;
        let list = answer.domains().filter(|_| answer.is_success());
        let list = list
            .ok_or_else(|| Ended::Trouble(format!("reading the app was {}", answer.in_words())))?;
        if sorted(&list) != sorted(&self.list) {
            self.changed = Instant::now();
        }
        self.list = list;
        Ok(answer)
    }

    /// The app's own list, as the restore at the end writes it too.
    async fn put_back(&mut self) -> Result<(), Ended> {
        if sorted(&self.list) == sorted(&self.base) {
            return Ok(());
        }
        let base = json!(self.base);
        let answer = self.service.send(Call::UpdateDomains(&base)).await?;
        self.details().await?;
        if sorted(&self.list) == sorted(&self.base) {
            return Ok(());
        }
        Err(Ended::Trouble(format!(
            "putting the app's own list back was {}, and the app shows another one",
            answer.in_words()
        )))
    }

    /// Tries to enable AutoSSL where the app says that it is not available.
    async fn refusal_of_autossl(&mut self, app: &Answer) -> Result<Result<Answer, String>, Ended> {
        if !app.data()["ssl"].is_null() {
            return Ok(Err("AutoSSL was on already".to_owned()));
        }
        if app.autossl_available() != Some(false) {
            return Ok(Err("AutoSSL was never unavailable".to_owned()));
        }
        self.screen
            .say("Asking for AutoSSL while it is not available.");
        let answer = self.service.send(Call::EnableAutossl).await?;
        if answer.is_success() && self.details().await?.autossl_available() == Some(true) {
            return Ok(Err("AutoSSL became available at that moment".to_owned()));
        }
        Ok(Ok(answer))
    }

    async fn watch(&self, id: &Id) -> Result<Watched, Ended> {
        let begun = Instant::now();
        loop {
            let last = self.service.send(Call::Action(id)).await?;
            let took = begun.elapsed();
            let limit = LONGEST_ACTION.min(self.settings.wait);
            if last.data()["status"] != "open" || took >= limit {
                return Ok(Watched { last, took });
            }
            self.service.wait(self.interval()).await?;
        }
    }

    /// Between two checks of what takes time.
    fn interval(&self) -> Duration {
        let shortest = Duration::from_millis(20);
        (self.settings.wait / 60).clamp(shortest, Duration::from_secs(30))
    }

    /// Reads the app until it shows something, or the time is over.
    async fn until(
        &mut self,
        shown: impl Fn(&Answer) -> bool,
    ) -> Result<Option<(Duration, Answer)>, Ended> {
        loop {
            let details = self.details().await?;
            let took = self.changed.elapsed();
            if shown(&details) {
                return Ok(Some((took, details)));
            }
            if took >= self.settings.wait {
                return Ok(None);
            }
            self.service.wait(self.interval()).await?;
        }
    }

    async fn autossl(&mut self, seen: &mut Observations) -> Result<(), Ended> {
        self.screen.say(&format!(
            "Waiting up to {} s for AutoSSL to become available.",
            self.settings.wait.as_secs()
        ));
        let available = self
            .until(|app| app.autossl_available() == Some(true))
            .await?;
        let Some((took, details)) = available else {
            let why = format!(
                "AutoSSL did not become available within {} s",
                self.settings.wait.as_secs()
            );
            seen.enabled = Err(why.clone());
            seen.available = Err(why);
            return Ok(());
        };
        let is_on = !details.data()["ssl"].is_null();
        seen.available = Ok((took, details));
        if is_on {
            seen.enabled = Err("AutoSSL was on already".to_owned());
            return Ok(());
        }
        self.screen.say("Enabling AutoSSL.");
        let answer = self.service.send(Call::EnableAutossl).await?;
        let action = match answer.action() {
            Some(id) => Ok(self.watch(&id).await?),
            None => Err("the answer had no actionid".to_owned()),
        };
        let details = self.details().await?;
        if details.data()["ssl"]["auto"] == true {
            self.screen
                .say("AutoSSL is on now and stays on; ServerPilot's panel switches it off.");
        }
        seen.enabled = Ok(Enabled {
            answer,
            details,
            action,
        });
        Ok(())
    }

    async fn redeploy(&mut self, seen: &mut Observations) -> Result<(), Ended> {
        let details = self.details().await?;
        let ssl = &details.data()["ssl"];
        let Some((_, rest)) = self.base.split_last().filter(|(_, rest)| !rest.is_empty()) else {
            seen.redeployed = Err("it takes two names whose DNS points to the server".to_owned());
            return Ok(());
        };
        if ssl["auto"] != true || !ssl["cert"].is_string() {
            seen.redeployed = Err("AutoSSL was not on".to_owned());
            return Ok(());
        }
        self.screen.say(&format!(
            "Waiting up to {} s for a new certificate after a change of the list.",
            self.settings.wait.as_secs()
        ));
        let rest = json!(rest);
        let answer = self.service.send(Call::UpdateDomains(&rest)).await?;
        if !answer.is_success() {
            seen.redeployed = Err(format!("removing a name was {}", answer.in_words()));
            return Ok(());
        }
        let right_after = self.details().await?;
        let renewed = self
            .until(|app| {
                let cert = &app.data()["ssl"]["cert"];
                cert.is_string() && *cert != ssl["cert"]
            })
            .await?;
        seen.redeployed = Ok(Redeployed {
            details: right_after,
            after: renewed.map(|(took, _)| took),
        });
        self.put_back().await
    }

    /// What needs no other list.
    async fn reads(&self, seen: &mut Observations) -> Result<(), Ended> {
        self.screen
            .say("Reading an app that does not exist, and an old action.");
        seen.missing_app = Ok(self.service.send(Call::MissingApp).await?);
        let first = match &seen.list_action {
            Ok(watched) => watched.last.data()["id"].as_str().map(Id::parse),
            Err(_) => None,
        };
        seen.old_action = match (first, &seen.list_action) {
            (Some(Ok(id)), Ok(watched)) => {
                let begun = watched.last.at - watched.took;
                let answer = self.service.send(Call::Action(&id)).await?;
                Ok((answer.at - begun, answer))
            }
            _ => Err("no change of the list had an action".to_owned()),
        };
        self.screen
            .say(&format!("Reading the app {BURST} times without a pause."));
        let mut sent = 0;
        while sent < BURST {
            sent += 1;
            if self.service.send_now(Call::App).await?.status == 429 {
                break;
            }
        }
        seen.burst = Ok(sent);
        Ok(())
    }
}
