//! What a call gives back: one document for programs and one sentence for a person.
//! Nothing leaves here that has not been through the redactor.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::messages::Message;
use crate::secret::Redactor;
use crate::status::Status;

/// A failure with everything the caller needs to act on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of failure it is.
    pub status: Status,
    /// What is wrong, with the cure in it where there is one.
    pub message: Message,
    /// The HTTP status that said so, 0 if none did.
    pub http_status: u16,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Advice for the next try; zero for none.
    pub retry_after: Duration,
}

impl Problem {
    /// A failure with the defaults of its status.
    pub fn new(status: Status, message: Message) -> Problem {
        Problem {
            status,
            message,
            http_status: 0,
            retryable: status.retryable(),
            retry_after: Duration::ZERO,
        }
    }

    /// The same, said by this HTTP status.
    pub fn http(mut self, status: u16) -> Problem {
        self.http_status = status;
        self
    }

    /// The same, with another word on trying again.
    pub fn retryable(mut self, retryable: bool) -> Problem {
        self.retryable = retryable;
        self
    }

    /// The same, with advice for the next try.
    pub fn retry_after(mut self, wait: Duration) -> Problem {
        self.retry_after = wait;
        self
    }
}

/// How much an event matters.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For the record.
    Info,
    /// Something went wrong, though perhaps not for good.
    Warning,
}

#[derive(Clone, Debug, Serialize)]
struct Event {
    at_ms: u64,
    level: Level,
    message: String,
}

/// Something the caller should know although the call did what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Stable, for programs and translations.
    pub code: &'static str,
    /// What a person reads.
    #[serde(flatten, serialize_with = "Message::as_message")]
    pub message: Message,
}

/// What happened while a call ran: requests counted, events, warnings. One call, one thread.
pub struct CallLog {
    started: Instant,
    requests: Cell<u32>,
    last_http_status: Cell<u16>,
    events: RefCell<Vec<Event>>,
    warnings: RefCell<Vec<Warning>>,
}

/// A call that goes round in circles must not fill the host's memory or log.
const MOST_EVENTS: usize = 64;

impl CallLog {
    /// An empty log; the call's time starts now.
    pub fn new() -> CallLog {
        CallLog {
            started: Instant::now(),
            requests: Cell::new(0),
            last_http_status: Cell::new(0),
            events: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// Counts a request that was sent.
    pub fn count_request(&self) {
        self.requests.set(self.requests.get() + 1);
    }

    /// Notes what the newest answer's HTTP status was.
    pub fn answered(&self, http_status: u16) {
        self.last_http_status.set(http_status);
    }

    /// How many requests were sent.
    pub fn requests(&self) -> u32 {
        self.requests.get()
    }

    /// Notes an event, unless there are too many already.
    pub fn event(&self, level: Level, message: impl Into<String>) {
        let mut events = self.events.borrow_mut();
        if events.len() < MOST_EVENTS {
            events.push(Event {
                at_ms: millis(self.started.elapsed()),
                level,
                message: message.into(),
            });
        }
    }

    /// Notes a warning, once for each code.
    pub fn warn(&self, code: &'static str, message: Message) {
        self.event(Level::Warning, message.to_string());
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.iter().any(|warning| warning.code == code) {
            warnings.push(Warning { code, message });
        }
    }
}

impl Default for CallLog {
    fn default() -> CallLog {
        CallLog::new()
    }
}

/// The end of a call, before it is turned into a document.
pub struct Outcome {
    /// The `operation` of the document.
    pub operation: &'static str,
    /// What it came to.
    pub status: Status,
    /// What a person reads.
    pub message: Message,
    /// Whether anything was changed at ServerPilot.
    pub changed: bool,
    /// The HTTP status that decided it, 0 if none did.
    pub http_status: u16,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Advice for the next try; zero for none.
    pub retry_after: Duration,
    /// The action that the change started, if any.
    pub action_id: Option<String>,
    /// The keys of this operation's own.
    details: Map<String, Value>,
}

impl Outcome {
    /// A call that did what it was asked.
    pub fn done(operation: &'static str, message: Message) -> Outcome {
        Outcome {
            operation,
            status: Status::SP_OK,
            message,
            changed: false,
            http_status: 0,
            retryable: false,
            retry_after: Duration::ZERO,
            action_id: None,
            details: Map::new(),
        }
    }

    /// A call that did not.
    pub fn failed(operation: &'static str, problem: Problem) -> Outcome {
        Outcome {
            status: problem.status,
            http_status: problem.http_status,
            retryable: problem.retryable,
            retry_after: problem.retry_after,
            ..Outcome::done(operation, problem.message)
        }
    }

    /// The same, having changed something or not.
    pub fn changed(mut self, changed: bool) -> Outcome {
        self.changed = changed;
        self
    }

    /// The same, with the action that it started.
    pub fn action(mut self, action_id: Option<String>) -> Outcome {
        self.action_id = action_id;
        self
    }

    /// Adds the keys of a struct to the document. Anything else adds nothing.
    pub fn with(mut self, details: impl Serialize) -> Outcome {
        if let Ok(Value::Object(map)) = serde_json::to_value(details) {
            self.details.extend(map);
        }
        self
    }

    /// Closes the call: the finished, redacted report.
    pub fn close(self, log: &CallLog, redactor: &Redactor) -> Report {
        // A success is the newest answer's; a failure names the answer that made it one, if any.
        let http_status = match self.status {
            Status::SP_OK if self.http_status == 0 => log.last_http_status.get(),
            _ => self.http_status,
        };
        let mut document = Map::new();
        let mut put = |key: &str, value: Value| document.insert(key.to_owned(), value);
        put("operation", self.operation.into());
        put("status", self.status.as_str().into());
        put("changed", self.changed.into());
        put("http_status", http_status.into());
        put("retryable", self.retryable.into());
        put("retry_after_ms", millis(self.retry_after).into());
        put("requests", log.requests().into());
        put("elapsed_ms", millis(log.started.elapsed()).into());
        put("action_id", self.action_id.clone().into());
        put("warnings", as_value(&*log.warnings.borrow()));
        put("events", as_value(&*log.events.borrow()));
        if let Ok(Value::Object(said)) = self.message.as_message(serde_json::value::Serializer) {
            document.extend(said);
        }
        document.extend(self.details);
        let mut document = Value::Object(document);
        redactor.clean_document(&mut document);
        Report {
            status: self.status,
            message: redactor.clean(&self.message.to_string()),
            http_status,
            retryable: self.retryable,
            retry_after_ms: millis(self.retry_after),
            action_id: self.action_id.map(|id| redactor.clean(&id)),
            document,
        }
    }
}

/// A finished result. Holds no secret and refers to nothing else.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the call came to.
    pub status: Status,
    /// One sentence for a person.
    pub message: String,
    /// 0 if there was none.
    pub http_status: u16,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Advice in milliseconds, 0 if none.
    pub retry_after_ms: u64,
    /// The action that the change started, if any.
    pub action_id: Option<String>,
    /// The whole document.
    pub document: Value,
}

/// Whole milliseconds, saturating.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn as_value(items: impl Serialize) -> Value {
    serde_json::to_value(items).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages;
    use crate::secret::Secret;

    #[test]
    fn a_report_is_redacted_and_bounded() {
        let redactor = Redactor::new(&Secret::new("cid_abcd"), &Secret::new("key_123456"));
        let log = CallLog::new();
        for _ in 0..1000 {
            log.event(Level::Info, "said key_123456");
            log.warn("same", messages::service_says("cid_abcd"));
        }
        let report = Outcome::failed(
            "sync",
            Problem::new(
                Status::SP_ERR_SERVER,
                messages::lock_unusable("/cid_abcd", "broke on key_123456"),
            )
            .http(500),
        )
        .with(serde_json::json!({"added": ["cid_abcd"]}))
        .close(&log, &redactor);
        let text = report.document.to_string();
        assert!(
            !text.contains("key_123456") && !text.contains("cid_abcd"),
            "{text}"
        );
        assert_eq!(
            report.message,
            "The lock /[redacted] cannot be used: broke on [redacted]."
        );
        assert_eq!(report.document["message"], report.message);
        assert_eq!(
            report.document["message_sentences"],
            serde_json::json!([{
                "code": "lock_unusable",
                "arguments": {"path": "/[redacted]", "error": "broke on [redacted]"},
            }])
        );
        assert_eq!(
            report.document["warnings"][0],
            serde_json::json!({
                "code": "same",
                "message": "It says: [redacted]",
                "message_sentences": [
                    {"code": "service_says", "arguments": {"quote": "[redacted]"}},
                ],
            })
        );
        assert_eq!(
            report.document["warnings"].as_array().map(Vec::len),
            Some(1)
        );
        assert_eq!(
            report.document["events"].as_array().map(Vec::len),
            Some(MOST_EVENTS)
        );
        assert!(report.retryable);
    }
}
