//! The fake's whole state behind one lock, and the single implementation of everything that can be
//! done to it: the API listener, the control plane and `FakeServerPilot` all call this. Must not
//! hold the lock across an `.await`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::Options;
use crate::account::{Account, AppChange, AppState, Moment};
use crate::authority::{Authority, Issued};
use crate::clock::Clock;
use crate::fault::{Claim, Fault, Faults, Kind};
use crate::http::Request;
use crate::request_log::{Counters, LoggedRequest, RequestLog};
use crate::rest::{self, Reply};
use crate::settings::Settings;

/// A snapshot of everything that a test can ask about the fake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Simulated seconds since 1970.
    pub now: u64,
    /// How much of that was skipped by tests.
    pub advanced_s: u64,
    pub listening: bool,
    pub app: AppState,
    pub settings: Settings,
    pub faults: Vec<Fault>,
    pub counters: Counters,
}

/// Where the fake can be reached, and with what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Address {
    pub api: String,
    pub control: String,
    pub ca_file: PathBuf,
    pub site: String,
    pub client_id: String,
    pub api_key: String,
    pub app_id: String,
    pub pid: u32,
}

/// The outcome of one request: the real answer, and what is to happen to it before it is sent.
pub struct Exchange {
    pub n: u64,
    pub reply: Reply,
    pub fault: Option<Kind>,
    pub latency: Duration,
}

struct Inner {
    clock: Clock,
    account: Account,
    faults: Faults,
    log: RequestLog,
}

pub struct Service {
    pub authority: Authority,
    options: Options,
    inner: Mutex<Inner>,
    /// Whether the API listener should listen, and (the second channel) whether it does.
    pub wanted: watch::Sender<bool>,
    pub listening: watch::Sender<bool>,
    /// Counts the calls to close the idle connections.
    pub close_idle: watch::Sender<u64>,
}

impl Service {
    pub fn new(options: Options) -> Result<Self, rcgen::Error> {
        let clock = Clock::start();
        let account = Account::new(&options, clock.now());
        Ok(Self {
            authority: Authority::new()?,
            options,
            inner: Mutex::new(Inner {
                clock,
                account,
                faults: Faults::default(),
                log: RequestLog::default(),
            }),
            wanted: watch::Sender::new(true),
            listening: watch::Sender::new(true),
            close_idle: watch::Sender::new(0),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic in one connection must not stop all others.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let now = inner.moment();
        inner.account.settle(now, &self.authority);
        inner
    }

    // The control plane's calls -----------------------------------------------------------------

    pub fn state(&self) -> State {
        let inner = self.lock();
        State {
            now: inner.clock.now().as_secs(),
            advanced_s: inner.clock.skipped().as_secs(),
            listening: *self.listening.borrow(),
            app: inner.account.app_state(inner.moment()),
            settings: inner.account.settings.clone(),
            faults: inner.faults.pending(),
            counters: inner.log.counters,
        }
    }

    pub fn certificate(&self) -> Option<Arc<Issued>> {
        self.lock().account.certificate()
    }

    pub fn set_app(&self, change: AppChange) {
        let mut inner = self.lock();
        let now = inner.moment();
        inner.account.change(change, now, &self.authority);
    }

    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.lock().account.settings);
    }

    /// Changes the settings given in a JSON object, or none of them.
    pub fn merge_settings(&self, change: &Value) -> Result<(), String> {
        let changes = change.as_object().ok_or("settings are a JSON object")?;
        let mut inner = self.lock();
        let mut merged =
            serde_json::to_value(&inner.account.settings).map_err(|error| error.to_string())?;
        if let Some(merged) = merged.as_object_mut() {
            merged.extend(changes.clone());
        }
        inner.account.settings =
            serde_json::from_value(merged).map_err(|error| error.to_string())?;
        Ok(())
    }

    pub fn advance(&self, by: Duration) {
        self.lock().clock.advance(by);
        // Locking applies what is due now, before the next change can overtake it.
        drop(self.lock());
    }

    pub fn add_fault(&self, fault: Fault) {
        self.lock().faults.add(fault);
    }

    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.lock().log.requests.clone()
    }

    pub fn clear_requests(&self) {
        self.lock().log.requests.clear();
    }

    pub fn counters(&self) -> Counters {
        self.lock().log.counters
    }

    /// Resets app, settings, clock, faults, log and counters to the start options, and listens.
    pub fn reset(&self) {
        let mut inner = self.lock();
        inner.clock = Clock::start();
        inner.account = Account::new(&self.options, inner.clock.now());
        inner.faults.clear();
        let idle = inner.log.counters.idle;
        inner.log = RequestLog::default();
        inner.log.counters.idle = idle;
        drop(inner);
        self.set_listening(true);
    }

    /// Stops or starts the API listener; returns once that is done. Blocks the calling thread.
    /// Open connections stay open.
    pub fn set_listening(&self, on: bool) {
        self.wanted.send_replace(on);
        wait_until(|| *self.listening.borrow() == on);
    }

    /// Closes the idle API connections; returns when they are closed. Blocks the calling thread.
    pub fn close_connections(&self) {
        self.close_idle.send_modify(|calls| *calls += 1);
        wait_until(|| self.counters().idle == 0);
    }

    // The API listener's calls --------------------------------------------------------------------

    /// Counts a connection; returns its number and the fault that hits it.
    pub fn connected(&self) -> (u64, Option<Kind>) {
        let mut inner = self.lock();
        inner.log.counters.connections += 1;
        let fault = inner.faults.for_connection();
        (
            inner.log.counters.connections,
            fault.map(|fault| fault.kind),
        )
    }

    pub fn handshaken(&self, resumed: bool) {
        let counters = &mut self.lock().log.counters;
        if resumed {
            counters.resumed_handshakes += 1;
        } else {
            counters.full_handshakes += 1;
        }
    }

    pub fn idle(&self) -> IdleGuard<'_> {
        self.lock().log.counters.idle += 1;
        IdleGuard(self)
    }

    pub fn answered(&self, n: u64, status: u16) {
        self.lock().log.set_status(n, status);
    }

    /// Carries out one request, including what a fault that hits it does to the state.
    pub fn receive(&self, connection: u64, request: &Request) -> Exchange {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let now = inner.moment();
        let authorized = rest::is_authorized(&inner.account, request);
        let fault = inner.faults.for_request(rest::subject(request));
        let applies = fault.as_ref().is_none_or(Fault::applies);
        let kind = fault.map(|fault| fault.kind);
        let reply = self.carry_out(&mut inner.account, request, now, kind.as_ref(), applies);
        let n = inner.log.record(LoggedRequest {
            n: 0,
            connection,
            at_ms: u64::try_from(inner.clock.running_for().as_millis()).unwrap_or(u64::MAX),
            method: request.method.clone(),
            path: request.path.clone(),
            body: request.json(),
            authorized,
            status: None,
            applied: reply.applied,
            content_type: request.header("content-type").map(str::to_owned),
            header_names: request
                .headers
                .iter()
                .map(|(name, _)| name.clone())
                .collect(),
        });
        Exchange {
            n,
            reply,
            fault: kind,
            latency: Duration::from_millis(inner.account.settings.latency_ms),
        }
    }

    fn carry_out(
        &self,
        account: &mut Account,
        request: &Request,
        now: Moment,
        fault: Option<&Kind>,
        applies: bool,
    ) -> Reply {
        match fault {
            Some(Kind::DropOwnChange { answer }) if request.is_write() => {
                let mut reply = not_applied(account, request, now);
                if *answer == Claim::Actual {
                    replace_domains(account, &mut reply, account.domains());
                }
                reply
            }
            Some(Kind::StaleRead) => {
                let mut reply = rest::reply(account, request, now);
                replace_domains(account, &mut reply, account.previous_domains());
                reply
            }
            Some(Kind::AnswerOtherList { domains }) => {
                let mut reply = rest::reply(account, request, now);
                let other = domains.clone().unwrap_or_else(|| {
                    let mut list = account.domains().to_vec();
                    list.pop();
                    list.push("somebody-elses.example.net".to_owned());
                    list
                });
                replace_domains(account, &mut reply, &other);
                reply
            }
            Some(Kind::ConcurrentPanelWrite {
                domains,
                add,
                remove,
            }) => {
                let panel = |account: &mut Account| {
                    let mut list = domains
                        .clone()
                        .unwrap_or_else(|| account.domains().to_vec());
                    list.retain(|entry| !remove.contains(entry));
                    list.extend(add.iter().cloned());
                    let change = AppChange {
                        domains: Some(list),
                        ..AppChange::default()
                    };
                    account.change(change, now, &self.authority);
                };
                if request.is_write() {
                    panel(account);
                    rest::reply(account, request, now)
                } else {
                    let reply = rest::reply(account, request, now);
                    panel(account);
                    reply
                }
            }
            _ if !applies && request.is_write() => not_applied(account, request, now),
            _ => rest::reply(account, request, now),
        }
    }

    // The site's call -------------------------------------------------------------------------------

    pub fn certificate_for(&self, name: &str) -> Option<Arc<Issued>> {
        self.lock().account.certificate_for(name)
    }
}

/// Marks a connection as idle for as long as the guard lives.
pub struct IdleGuard<'a>(&'a Service);

impl Drop for IdleGuard<'_> {
    fn drop(&mut self) {
        let idle = &mut self.0.lock().log.counters.idle;
        *idle = idle.saturating_sub(1);
    }
}

/// Waits for something that the runtime does promptly, but not for ever.
fn wait_until(done: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(2);
    while !done() && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(1));
    }
}

impl Inner {
    fn moment(&self) -> Moment {
        Moment {
            real: self.clock.real_now(),
            simulated: self.clock.now(),
        }
    }
}

/// The answer that a write would get, without carrying it out.
fn not_applied(account: &Account, request: &Request, now: Moment) -> Reply {
    let mut reply = rest::reply(&mut account.clone(), request, now);
    reply.applied = false;
    reply
}

fn replace_domains(account: &Account, reply: &mut Reply, list: &[String]) {
    if let Some(data) = reply
        .document
        .get_mut("data")
        .and_then(Value::as_object_mut)
        && data.contains_key("runtime")
    {
        account.put_domains(data, list);
    }
}
