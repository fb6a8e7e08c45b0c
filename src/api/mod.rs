//! ServerPilot over HTTP: the five calls this project may make, and no other.
//! Turns every answer into a document or a fault; decides nothing about names.

pub mod model;
pub mod retry;

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime};

use reqwest::Method;
use reqwest::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;

use crate::config::{Config, Credentials, Id};
use crate::dns;
use crate::jitter;
use crate::messages::{self, Message};
use crate::outcome::{CallLog, Level, Problem};
use crate::secret::Redactor;
use crate::status::Status;
use model::{Action, App, Domains, Envelope, ErrorEnvelope, Server, SslAnswer};
use retry::Failure;

/// The longest answer that is read. ServerPilot's longest, an app with 300 names and a
/// certificate, has some 40 KiB.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// The longest part of a message of the service's that is repeated.
const LONGEST_QUOTE: usize = 200;

/// How far a request got that did not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The service has not seen it.
    No,
    /// It may have been carried out, or may be still.
    Perhaps,
    /// The service says itself that it failed (500): not carried out, if what it shows agrees.
    Failed,
    /// It was answered, and refused.
    Refused,
}

/// A request that did not end well.
#[derive(Clone, Debug)]
pub struct Fault {
    pub reached: Reached,
    pub failure: Failure,
    pub problem: Problem,
}

impl Fault {
    /// A fault that trying again within the same call would not help.
    pub fn last(reached: Reached, problem: Problem) -> Fault {
        Fault {
            reached,
            failure: Failure::Final,
            problem,
        }
    }
}

/// What a request was about, for the message of a 404.
#[derive(Clone, Copy)]
enum Subject {
    App,
    Server,
    Action,
}

/// ServerPilot for the length of one call.
pub struct Api<'a> {
    pub http: &'a reqwest::Client,
    pub config: &'a Config,
    pub credentials: &'a Credentials,
    pub redactor: &'a Redactor,
    pub log: &'a CallLog,
    /// When the call has to be over.
    pub deadline: Instant,
    /// A kept connection has broken in this call: the service may be closing all of them as soon as
    /// they are idle, so from then on every request has a connection of its own.
    pub distrusts_kept: Cell<bool>,
}

/// A successful answer, not yet understood.
struct Answer {
    status: u16,
    body: Vec<u8>,
}

impl Api<'_> {
    /// `GET /apps/:id`, and the list in it. An answer about another app is none.
    pub async fn app(&self, id: &Id) -> Result<(App, Vec<String>), Fault> {
        let answer = self.read(&["apps", id.as_str()], Subject::App).await?;
        let app: App = understand::<Envelope<App>>(&answer)?.data;
        of_this_app(&answer, id, app.id.as_deref())?;
        let list = match &app.domains {
            Domains::List(list) => list.clone(),
            Domains::Null => Vec::new(),
            Domains::Missing => {
                return Err(not_serverpilot(
                    &answer,
                    messages::service_answer_no_domains(),
                ));
            }
        };
        Ok((app, list))
    }

    /// `POST /apps/:id` with the complete list: the answer, and the list in it. An answer that does
    /// not show the app's list leaves open what became of the write.
    pub async fn set_domains(
        &self,
        id: &Id,
        list: &[String],
    ) -> Result<(Envelope<App>, Vec<String>), Fault> {
        let body = serde_json::json!({ "domains": list });
        let answer = self
            .send(
                Method::POST,
                &["apps", id.as_str()],
                Some(&body),
                Subject::App,
            )
            .await?;
        let envelope = understand::<Envelope<App>>(&answer)?;
        of_this_app(&answer, id, envelope.data.id.as_deref())?;
        let Domains::List(shown) = &envelope.data.domains else {
            return Err(not_serverpilot(&answer, messages::service_answer_no_list()));
        };
        let shown = shown.clone();
        Ok((envelope, shown))
    }

    /// `POST /apps/:id/ssl {"auto": true}`: the action, and whether the answer says that AutoSSL is
    /// on now.
    pub async fn enable_autossl(&self, id: &Id) -> Result<(Option<String>, bool), Fault> {
        let body = serde_json::json!({ "auto": true });
        let answer = self
            .send(
                Method::POST,
                &["apps", id.as_str(), "ssl"],
                Some(&body),
                Subject::App,
            )
            .await?;
        let envelope = understand::<Envelope<SslAnswer>>(&answer)?;
        let Some(on) = envelope.data.auto() else {
            return Err(not_serverpilot(
                &answer,
                messages::service_answer_no_autossl(),
            ));
        };
        Ok((envelope.actionid, on))
    }

    /// `GET /servers/:id`.
    pub async fn server(&self, id: &Id) -> Result<Server, Fault> {
        let answer = self
            .read(&["servers", id.as_str()], Subject::Server)
            .await?;
        Ok(understand::<Envelope<Server>>(&answer)?.data)
    }

    /// `GET /actions/:id`.
    pub async fn action(&self, id: &Id) -> Result<Action, Fault> {
        let answer = self
            .read(&["actions", id.as_str()], Subject::Action)
            .await?;
        Ok(understand::<Envelope<Action>>(&answer)?.data)
    }

    /// Time left in this call.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Waits as `retry` allows before another try. False where there is to be none.
    pub async fn wait_before_retry(&self, fault: &Fault, done: u32) -> bool {
        let Some(pause) = retry::pause(fault.failure, done, self.remaining(), jitter::fraction())
        else {
            return false;
        };
        self.distrusts_kept
            .set(self.distrusts_kept.get() || fault.failure == Failure::Lost);
        self.log.event(
            Level::Warning,
            format!(
                "{} Trying again in {} ms.",
                fault.problem.message,
                pause.as_millis()
            ),
        );
        tokio::time::sleep(pause).await;
        true
    }

    /// Waits, unless the call would be over by then.
    pub async fn wait(&self, pause: Duration) -> bool {
        let there_is_time = pause < self.remaining();
        if there_is_time {
            tokio::time::sleep(pause).await;
        }
        there_is_time
    }

    /// A request that changes nothing: may be repeated as it is.
    async fn read(&self, path: &[&str], subject: Subject) -> Result<Answer, Fault> {
        let mut done = 0;
        loop {
            match self.send(Method::GET, path, None, subject).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => {
                    if !self.wait_before_retry(&fault, done).await {
                        return Err(fault);
                    }
                    done += 1;
                }
            }
        }
    }

    /// One request, once.
    async fn send(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&serde_json::Value>,
        subject: Subject,
    ) -> Result<Answer, Fault> {
        // Lets the driver see that the service has closed a kept connection since the last call.
        tokio::task::yield_now().await;
        let limit = self.config.timeouts.request.min(self.remaining());
        if limit.is_zero() {
            return Err(Fault::last(Reached::No, timed_out()));
        }
        let counted = self.log.requests();
        match tokio::time::timeout(limit, self.exchange(method, path, body, subject)).await {
            Ok(result) => result,
            Err(_) => {
                // Without an answer it was sent all the same.
                if self.log.requests() == counted {
                    self.log.count_request();
                }
                Err(Fault::last(Reached::Perhaps, timed_out()))
            }
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&serde_json::Value>,
        subject: Subject,
    ) -> Result<Answer, Fault> {
        let mut url = self.config.base_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let mut request = self
            .http
            .request(method, url)
            .header(ACCEPT, "application/json")
            .basic_auth(
                self.credentials.client_id.reveal(),
                Some(self.credentials.api_key.reveal()),
            );
        if self.distrusts_kept.get() {
            request = request.header(CONNECTION, "close");
        }
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                let fault = broken(&error);
                if fault.reached != Reached::No {
                    self.log.count_request();
                }
                return Err(fault);
            }
        };
        self.log.count_request();
        let status = response.status().as_u16();
        self.log.answered(status);
        let headers = std::mem::take(response.headers_mut());
        let body = match read_bounded(&mut response).await {
            Ok(body) => body,
            // The refusal is what matters; its text is not worth a second failure.
            Err(_) if !response.status().is_success() => Vec::new(),
            Err(mut fault) => {
                fault.problem.http_status = status;
                return Err(fault);
            }
        };
        if response.status().is_success() {
            Ok(Answer { status, body })
        } else {
            Err(self.refused(status, &headers, &body, subject))
        }
    }

    /// An answer outside 2xx as a fault, with the cure in its message.
    fn refused(&self, status: u16, headers: &HeaderMap, body: &[u8], subject: Subject) -> Fault {
        let advice = headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| retry::retry_after(value, SystemTime::now()));
        let code = status_of(status);
        let said = self.quote(body);
        let problem = Problem::new(code, explain(status, code, subject, &said))
            .http(status)
            .retry_after(advice.unwrap_or_default());
        // A gateway that gave up waiting does not know what became of a write, and what is no
        // documented answer says nothing about it.
        let (reached, failure) = match status {
            429 => (
                Reached::Refused,
                Failure::Busy {
                    retry_after: advice,
                },
            ),
            502..=504 => (
                Reached::Perhaps,
                Failure::Busy {
                    retry_after: advice,
                },
            ),
            400..=499 => (Reached::Refused, Failure::Final),
            500 => (Reached::Failed, Failure::Final),
            _ => (Reached::Perhaps, Failure::Final),
        };
        Fault {
            reached,
            failure,
            problem,
        }
    }

    /// What the service says of its own refusal, made fit to be repeated. Searched before it
    /// is cut, so that no half of a secret is left.
    fn quote(&self, body: &[u8]) -> String {
        let Ok(envelope) = serde_json::from_slice::<ErrorEnvelope>(body) else {
            return String::new();
        };
        let said = envelope.error.message;
        if self.redactor.tells(&said) {
            return String::new();
        }
        let visible: String = said
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let words: Vec<&str> = visible.split_whitespace().collect();
        words.join(" ").chars().take(LONGEST_QUOTE).collect()
    }
}

async fn read_bounded(response: &mut reqwest::Response) -> Result<Vec<u8>, Fault> {
    let announced = response.content_length().unwrap_or(0);
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0).min(LONGEST_ANSWER));
    loop {
        if announced > LONGEST_ANSWER as u64 || body.len() > LONGEST_ANSWER {
            return Err(Fault::last(
                Reached::Perhaps,
                Problem::new(Status::SP_ERR_PROTOCOL, messages::service_answer_too_long()),
            ));
        }
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(broken(&error)),
        }
    }
}

fn timed_out() -> Problem {
    Problem::new(Status::SP_ERR_TIMEOUT, messages::service_timed_out())
}

/// A request that ended without an answer, or in the middle of one.
fn broken(error: &reqwest::Error) -> Fault {
    let causes = Causes::of(error);
    let connecting = error.is_connect();
    let reached = if connecting {
        Reached::No
    } else {
        Reached::Perhaps
    };
    if error.is_timeout() {
        return Fault::last(reached, timed_out());
    }
    if let Some(tls) = causes.tls {
        return Fault::last(reached, tls_problem(&tls));
    }
    if causes.unreadable {
        return Fault::last(
            Reached::Perhaps,
            Problem::new(Status::SP_ERR_PROTOCOL, messages::service_answer_not_http()),
        );
    }
    let (failure, message) = if connecting {
        let unreachable = match (causes.names, causes.io) {
            (Some(dns::Failure::NoSuchName), _) => messages::service_unreachable_no_such_name(),
            (Some(dns::Failure::NoRecord), _) => messages::service_unreachable_no_address(),
            (Some(dns::Failure::NoAnswer), _) => messages::service_unreachable_dns_failed(),
            (Some(dns::Failure::TimedOut), _) => messages::service_unreachable_dns_timed_out(),
            (None, Some(error)) => messages::service_unreachable_because(error),
            (None, None) => messages::service_unreachable(),
        };
        (
            Failure::NotSent,
            unreachable.then(messages::check_own_network()),
        )
    } else {
        (Failure::Lost, messages::service_connection_broke())
    };
    Fault {
        reached,
        failure,
        problem: Problem::new(Status::SP_ERR_NETWORK, message),
    }
}

/// What lies below an error of the HTTP library's. Its texts are not used: they name URLs.
#[derive(Default)]
struct Causes {
    tls: Option<rustls::Error>,
    io: Option<String>,
    names: Option<dns::Failure>,
    unreadable: bool,
}

impl Causes {
    fn of(error: &reqwest::Error) -> Causes {
        let mut causes = Causes::default();
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = next {
            next = error.source();
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                causes.tls = Some(tls.clone());
            }
            if let Some(io) = error.downcast_ref::<std::io::Error>() {
                causes.io = Some(in_words(io));
                causes.unreadable |= matches!(io.kind(), std::io::ErrorKind::InvalidInput);
                // What an I/O error wraps is not its source but itself in another coat.
                next = io.get_ref().map(|inner| inner as _);
            }
            if let Some(names) = error.downcast_ref::<dns::Failure>() {
                causes.names = Some(*names);
            }
            if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
                causes.unreadable |= hyper.is_parse();
            }
        }
        causes
    }
}

/// What the system says of an error; only its own words, which name no address.
fn in_words(error: &std::io::Error) -> String {
    match error.raw_os_error() {
        Some(code) => {
            let text = std::io::Error::from_raw_os_error(code).to_string();
            let words = text.split(" (os error").next().unwrap_or_default();
            words.to_lowercase()
        }
        None => error.kind().to_string(),
    }
}

fn tls_problem(error: &rustls::Error) -> Problem {
    // A certificate that is refused will be refused again until somebody acts; a garbled
    // handshake may be a passing fault.
    let (message, retryable) = match error {
        rustls::Error::InvalidCertificate(why) => (
            messages::service_certificate_not_trusted(why.to_string()),
            false,
        ),
        _ => (messages::service_no_tls(error.to_string()), true),
    };
    Problem::new(Status::SP_ERR_TLS, message).retryable(retryable)
}

fn understand<T: DeserializeOwned>(answer: &Answer) -> Result<T, Fault> {
    serde_json::from_slice(&answer.body)
        .map_err(|_| not_serverpilot(answer, messages::service_answer_not_json()))
}

/// An answer that names another app is no answer; one that names none is taken for what it is.
fn of_this_app(answer: &Answer, id: &Id, named: Option<&str>) -> Result<(), Fault> {
    match named {
        Some(other) if other != id.as_str() => Err(not_serverpilot(
            answer,
            messages::service_answer_other_app(),
        )),
        _ => Ok(()),
    }
}

fn not_serverpilot(answer: &Answer, why: Message) -> Fault {
    Fault::last(
        Reached::Perhaps,
        Problem::new(Status::SP_ERR_PROTOCOL, why).http(answer.status),
    )
}

/// The status for an HTTP status outside 2xx.
fn status_of(http: u16) -> Status {
    match http {
        401 => Status::SP_ERR_AUTH,
        402 => Status::SP_ERR_PAYMENT_REQUIRED,
        403 => Status::SP_ERR_FORBIDDEN,
        404 => Status::SP_ERR_NOT_FOUND,
        409 => Status::SP_ERR_CONFLICT,
        429 => Status::SP_ERR_RATE_LIMITED,
        400..=499 => Status::SP_ERR_BAD_REQUEST,
        500..=599 => Status::SP_ERR_SERVER,
        _ => Status::SP_ERR_PROTOCOL,
    }
}

/// What went wrong and what cures it, for a person.
fn explain(http: u16, status: Status, subject: Subject, said: &str) -> Message {
    let message = match (status, subject) {
        (Status::SP_ERR_AUTH, _) => return messages::key_refused(),
        (Status::SP_ERR_PAYMENT_REQUIRED, _) => return messages::payment_required(),
        (Status::SP_ERR_NOT_FOUND, Subject::App) => return messages::app_not_found(),
        (Status::SP_ERR_NOT_FOUND, Subject::Server) => return messages::server_not_found(),
        (Status::SP_ERR_NOT_FOUND, Subject::Action) => return messages::action_not_found(),
        (Status::SP_ERR_RATE_LIMITED, _) => return messages::service_busy(),
        (Status::SP_ERR_SERVER, _) => return messages::service_failed(http),
        (Status::SP_ERR_PROTOCOL, _) if (300..400).contains(&http) => {
            return messages::service_redirects(http);
        }
        (Status::SP_ERR_PROTOCOL, _) => return messages::service_unknown_status(http),
        (Status::SP_ERR_FORBIDDEN, _) => messages::permission_denied(),
        _ => messages::service_refused(http),
    };
    // Only these two leave open what ServerPilot did not like.
    if said.is_empty() {
        message
    } else {
        message.then(messages::service_says(said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_statuses() {
        for (http, status) in [
            (301, Status::SP_ERR_PROTOCOL),
            (304, Status::SP_ERR_PROTOCOL),
            (400, Status::SP_ERR_BAD_REQUEST),
            (401, Status::SP_ERR_AUTH),
            (402, Status::SP_ERR_PAYMENT_REQUIRED),
            (403, Status::SP_ERR_FORBIDDEN),
            (404, Status::SP_ERR_NOT_FOUND),
            (405, Status::SP_ERR_BAD_REQUEST),
            (409, Status::SP_ERR_CONFLICT),
            (418, Status::SP_ERR_BAD_REQUEST),
            (429, Status::SP_ERR_RATE_LIMITED),
            (500, Status::SP_ERR_SERVER),
            (504, Status::SP_ERR_SERVER),
            (600, Status::SP_ERR_PROTOCOL),
        ] {
            assert_eq!(status_of(http), status, "{http}");
        }
    }

    #[test]
    fn messages_name_the_cure() {
        let text = |http| explain(http, status_of(http), Subject::App, "").to_string();
        assert!(
            text(401).contains("WU_SERVER_PILOT_CLIENT_ID")
                && text(401).contains("WU_SERVER_PILOT_API_KEY")
        );
        assert!(text(402).contains("card on file"));
        assert!(text(403).contains("permission"));
        assert!(text(404).contains("WU_SERVER_PILOT_APP_ID"));
    }
}
