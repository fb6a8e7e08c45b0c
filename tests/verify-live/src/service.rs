//! The calls that this project may make, sent as they are: also with lists that the library would
//! never send. `Call` is the whole of it; there is no way to name another path, method or field.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use serverpilot::api::retry;
use serverpilot::config::{Config, Credentials, Id};
use serverpilot::process::Engine;
use serverpilot::secret::Redactor;
use tokio::sync::watch;

use crate::document::Document;
use crate::screen::Screen;

#[derive(Clone, Copy)]
pub enum Call<'a> {
    /// `GET /apps/:id`
    App,
    /// `POST /apps/:id` with this as `domains`
    UpdateDomains(&'a Value),
    /// `POST /apps/:id/ssl {"auto": true}`
    EnableAutossl,
    /// `GET /servers/:id`
    Server(&'a Id),
    /// `GET /actions/:id`
    Action(&'a Id),
    /// `GET /apps/:id` of an app that does not exist
    MissingApp,
    /// `GET /apps/:id` with a wrong key
    AppWithWrongKey,
}

/// Longer than ServerPilot's own IDs (16), so that it is nobody's.
const MISSING_APP: &str = "VerifyLiveNoSuchApp1";
const WRONG_KEY: &str = "verify-live-wrong-key";

/// The longest answer that is read, as in the library.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// How often a read is repeated, and any request that was answered 429.
const REPETITIONS: u32 = 3;
/// The longest that a Retry-After is waited for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(120);

/// One answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// None where the body is no JSON.
    pub document: Option<Value>,
    /// Whether the content type is JSON's.
    pub typed_as_json: bool,
    /// The header, made fit to be shown.
    pub retry_after: Option<String>,
    /// What an error says, made fit to be shown.
    pub message: Option<String>,
    pub at: Instant,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// `data`, or null.
    pub fn data(&self) -> &Value {
        let data = self.document.as_ref().and_then(|all| all.get("data"));
        data.unwrap_or(&Value::Null)
    }

    /// The list in an app. None where `domains` is there and no list of strings; null and no `domains`
    /// at all are an empty list.
    pub fn domains(&self) -> Option<Vec<String>> {
        let Value::Object(app) = self.data() else {
            return None;
        };
        match app.get("domains") {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(list) => strings(list),
        }
    }

    /// The top-level `actionid`.
    pub fn action(&self) -> Option<Id> {
        let id = self.document.as_ref()?.get("actionid")?.as_str()?;
        Id::parse(id).ok()
    }

    pub fn autossl_available(&self) -> Option<bool> {
        self.data()["autossl"]["available"].as_bool()
    }

    /// "answered 400 (must not be empty)"
    pub fn in_words(&self) -> String {
        match &self.message {
            Some(message) if !message.is_empty() => format!("answered {} ({message})", self.status),
            _ => format!("answered {}", self.status),
        }
    }
}

/// A JSON array of strings, and nothing else.
pub fn strings(value: &Value) -> Option<Vec<String>> {
    let items = value.as_array()?.iter();
    items.map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Why the checks came to an end before their end.
#[derive(Clone, Debug)]
pub enum Ended {
    Interrupted,
    /// In words.
    Trouble(String),
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ended::Interrupted => f.write_str("the run was interrupted"),
            Ended::Trouble(why) => f.write_str(why),
        }
    }
}

pub struct Service<'a> {
    pub engine: Arc<Engine>,
    pub config: &'a Config,
    pub credentials: &'a Credentials,
    pub redactor: &'a Redactor,
    pub app: &'a Id,
    /// Between two requests.
    pub pause: Duration,
    /// True when the run is to end. None: nothing ends it, as for the restore.
    pub stop: Option<watch::Receiver<bool>>,
    /// Every answer so far.
    pub answers: &'a RefCell<Vec<Answer>>,
    /// A write was sent whose answer never came: it may still be carried out.
    pub unanswered_write: &'a Cell<bool>,
}

impl Service<'_> {
    /// One request, at its pace. A read that gets no answer is repeated, and so is what was answered
    /// 429; a write without an answer is not.
    pub async fn send(&self, call: Call<'_>) -> Result<Answer, Ended> {
        self.wait(self.pause).await?;
        let mut repeated = 0;
        loop {
            let result = self.send_now(call).await;
            let pause = match &result {
                Ok(answer) if answer.status == 429 => self.advice(answer),
                // A gateway's word, not the service's.
                Ok(answer) if (502..=504).contains(&answer.status) && call.only_reads() => {
                    self.backoff(repeated)
                }
                Err(Ended::Trouble(_)) if call.only_reads() => self.backoff(repeated),
                _ => return result,
            };
            repeated += 1;
            if repeated > REPETITIONS {
                return result;
            }
            self.wait(pause).await?;
        }
    }

    /// One request, once and without a pause before it.
    pub async fn send_now(&self, call: Call<'_>) -> Result<Answer, Ended> {
        self.check_stop()?;
        // A request that is on its way is let finish, also when the run is to end: a write that was cut
        // off could arrive after the list was restored.
        let limit = self.config.timeouts.request;
        let answered = match tokio::time::timeout(limit, self.exchange(call)).await {
            Ok(answered) => answered,
            Err(_) => Err(format!("no answer came within {} s", limit.as_secs())),
        };
        match answered {
            Ok(answer) => {
                self.answers.borrow_mut().push(answer.clone());
                Ok(answer)
            }
            Err(why) => {
                if !call.only_reads() {
                    self.unanswered_write.set(true);
                }
                Err(Ended::Trouble(why))
            }
        }
    }

    /// Waits, unless the run is to end.
    pub async fn wait(&self, pause: Duration) -> Result<(), Ended> {
        self.check_stop()?;
        let Some(mut stop) = self.stop.clone() else {
            tokio::time::sleep(pause).await;
            return Ok(());
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(()),
            // An error means that nobody listens for signals any more.
            Ok(_) = stop.wait_for(|stop| *stop) => Err(Ended::Interrupted),
        }
    }

    fn check_stop(&self) -> Result<(), Ended> {
        match &self.stop {
            Some(stop) if *stop.borrow() => Err(Ended::Interrupted),
            _ => Ok(()),
        }
    }

    /// Longer with every repetition.
    pub fn backoff(&self, repeated: u32) -> Duration {
        self.pause.max(Duration::from_millis(20)) * 2_u32.saturating_pow(repeated)
    }

    fn advice(&self, answer: &Answer) -> Duration {
        let header = answer.retry_after.as_deref();
        let advice = header.and_then(|value| retry::retry_after(value, SystemTime::now()));
        advice
            .unwrap_or(self.backoff(REPETITIONS))
            .min(LONGEST_RETRY_AFTER)
    }

    async fn exchange(&self, call: Call<'_>) -> Result<Answer, String> {
        let mut url = self.config.base_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(call.path(self.app));
        }
        let key = match call {
            Call::AppWithWrongKey => WRONG_KEY,
            _ => self.credentials.api_key.reveal(),
        };
        let request = match call.body() {
            Some(body) => self
                .engine
                .http
                .post(url)
                .header("content-type", "application/json")
                .body(body.to_string()),
            None => self.engine.http.get(url),
        };
        let sent = request
            .header("accept", "application/json")
            .basic_auth(self.credentials.client_id.reveal(), Some(key))
            .send()
            .await;
        // The errors' own texts are not used: they name URLs.
        let mut response = sent.map_err(|error| {
            let what = if error.is_connect() {
                "ServerPilot could not be reached"
            } else {
                "the connection broke before an answer came"
            };
            what.to_owned()
        })?;
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.and_then(|value| value.to_str().ok().map(str::to_owned))
        };
        let typed_as_json = header("content-type").is_some_and(|kind| {
            kind.to_ascii_lowercase()
                .trim_start()
                .starts_with("application/json")
        });
        let retry_after = header("retry-after").map(|text| Screen::quote(self.redactor, &text));
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST_ANSWER => {
                    body.extend_from_slice(&chunk);
                }
                Ok(Some(_)) => return Err("an answer was longer than 1 MiB".to_owned()),
                Ok(None) => break,
                Err(_) => return Err("the connection broke in the middle of an answer".to_owned()),
            }
        }
        let document = serde_json::from_slice::<Document>(&body).ok();
        let document = document.map(|Document(value)| value);
        let message = document.as_ref().and_then(|all| {
            let message = all.get("error")?.get("message")?.as_str()?;
            Some(Screen::quote(self.redactor, message))
        });
        Ok(Answer {
            status: response.status().as_u16(),
            document,
            typed_as_json,
            retry_after,
            message,
            at: Instant::now(),
        })
    }
}

impl<'a> Call<'a> {
    pub fn only_reads(self) -> bool {
        self.body().is_none()
    }

    fn path(self, app: &'a Id) -> Vec<&'a str> {
        match self {
            Call::App | Call::UpdateDomains(_) | Call::AppWithWrongKey => {
                vec!["apps", app.as_str()]
            }
            Call::EnableAutossl => vec!["apps", app.as_str(), "ssl"],
            Call::Server(id) => vec!["servers", id.as_str()],
            Call::Action(id) => vec!["actions", id.as_str()],
            Call::MissingApp => vec!["apps", MISSING_APP],
        }
    }

    fn body(self) -> Option<Value> {
        match self {
            Call::UpdateDomains(domains) => Some(json!({ "domains": domains })),
            Call::EnableAutossl => Some(json!({ "auto": true })),
            _ => None,
        }
    }
}
