//! The fake's whole state behind one lock, and the one implementation of everything that can be
//! done to it: the API listener, the control plane and the library's handle all call this. Never
//! holds the lock across an `.await`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use crate::Options;
use crate::authority::{Authority, Issued};
use crate::clock::Clock;
use crate::fault::{Claim, Fault, Faults, Kind};
use crate::http::Request;
use crate::request_log::{Counters, Journal, LoggedRequest};
use crate::rest::{self, Reply};
use crate::settings::Settings;
use crate::world::{AppChange, AppState, Moment, World};

/// Everything a test may ask about the fake at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Simulated seconds since 1970.
    pub now: u64,
    /// How much of that was skipped.
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

/// What came of one request: the true answer, and what is to happen to it on its way.
pub struct Exchange {
    pub n: u64,
    pub reply: Reply,
    pub fault: Option<Kind>,
    pub latency: Duration,
}

struct Inner {
    clock: Clock,
    world: World,
    faults: Faults,
    journal: Journal,
}

pub struct Service {
    pub authority: Authority,
    options: Options,
    inner: Mutex<Inner>,
    /// What the API listener should do, and (the other channel) what it does.
    pub wanted: watch::Sender<bool>,
    pub listening: watch::Sender<bool>,
    /// Counts the calls to close the idle connections.
    pub close_idle: watch::Sender<u64>,
}

impl Service {
    pub fn new(options: Options) -> Result<Self, rcgen::Error> {
        let clock = Clock::start();
        let world = World::new(&options, clock.now());
        Ok(Self {
            authority: Authority::new()?,
            options,
            inner: Mutex::new(Inner {
                clock,
                world,
                faults: Faults::default(),
                journal: Journal::default(),
            }),
            wanted: watch::Sender::new(true),
            listening: watch::Sender::new(true),
            close_idle: watch::Sender::new(0),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic in one connection may not silence all the others.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let now = inner.moment();
        inner.world.settle(now, &self.authority);
        inner
    }

    // The control plane's calls -----------------------------------------------------------------

    pub fn state(&self) -> State {
        let inner = self.lock();
        State {
            now: inner.clock.now().as_secs(),
            advanced_s: inner.clock.skipped().as_secs(),
            listening: *self.listening.borrow(),
            app: inner.world.app_state(inner.moment()),
            settings: inner.world.settings.clone(),
            faults: inner.faults.pending(),
            counters: inner.journal.counters,
        }
    }

    pub fn certificate(&self) -> Option<Arc<Issued>> {
        self.lock().world.certificate()
    }

    pub fn set_app(&self, change: AppChange) {
        let mut inner = self.lock();
        let now = inner.moment();
        inner.world.change(change, now, &self.authority);
    }

    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.lock().world.settings);
    }

    /// Changes the settings named in a JSON object, or none of them.
    pub fn merge_settings(&self, change: &Value) -> Result<(), String> {
        let changes = change.as_object().ok_or("settings are a JSON object")?;
        let mut inner = self.lock();
        let mut merged =
            serde_json::to_value(&inner.world.settings).map_err(|error| error.to_string())?;
        if let Some(merged) = merged.as_object_mut() {
            merged.extend(changes.clone());
        }
        inner.world.settings = serde_json::from_value(merged).map_err(|error| error.to_string())?;
        Ok(())
    }

    pub fn advance(&self, by: Duration) {
        self.lock().clock.advance(by);
        // What fell due is done now, so that a change made next does not overtake it.
        drop(self.lock());
    }

    pub fn add_fault(&self, fault: Fault) {
        self.lock().faults.add(fault);
    }

    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.lock().journal.requests.clone()
    }

    pub fn clear_requests(&self) {
        self.lock().journal.requests.clear();
    }

    pub fn counters(&self) -> Counters {
        self.lock().journal.counters
    }

    /// Back to the start options: app, settings, clock, faults, log and counters; listening.
    pub fn reset(&self) {
        let mut inner = self.lock();
        inner.clock = Clock::start();
        inner.world = World::new(&self.options, inner.clock.now());
        inner.faults.clear();
        let idle = inner.journal.counters.idle;
        inner.journal = Journal::default();
        inner.journal.counters.idle = idle;
        drop(inner);
        self.set_listening(true);
    }

    /// Stops or starts the API listener; returns when it has. Blocks the thread it is called on.
    /// Connections that are already open live on.
    pub fn set_listening(&self, on: bool) {
        self.wanted.send_replace(on);
        wait_until(|| *self.listening.borrow() == on);
    }

    /// Closes the API connections that wait for a request; returns when they are gone. Blocks the
    /// thread it is called on.
    pub fn close_connections(&self) {
        self.close_idle.send_modify(|calls| *calls += 1);
        wait_until(|| self.counters().idle == 0);
    }

    // The API listener's calls --------------------------------------------------------------------

    /// Counts a connection; its number, and the fault that hits it.
    pub fn connected(&self) -> (u64, Option<Kind>) {
        let mut inner = self.lock();
        inner.journal.counters.connections += 1;
        let fault = inner.faults.for_connection();
        (
            inner.journal.counters.connections,
            fault.map(|fault| fault.kind),
        )
    }

    pub fn handshaken(&self, resumed: bool) {
        let counters = &mut self.lock().journal.counters;
        if resumed {
            counters.resumed_handshakes += 1;
        } else {
            counters.full_handshakes += 1;
        }
    }

    pub fn idle(&self) -> IdleGuard<'_> {
        self.lock().journal.counters.idle += 1;
        IdleGuard(self)
    }

    pub fn answered(&self, n: u64, status: u16) {
        self.lock().journal.set_status(n, status);
    }

    /// Carries out one request, with what the fault that hits it does to the state.
    pub fn receive(&self, connection: u64, request: &Request) -> Exchange {
        let mut guard = self.lock();
        let inner = &mut *guard;
        let now = inner.moment();
        let authorized = rest::is_authorized(&inner.world, request);
        let fault = inner.faults.for_request(rest::subject(request));
        let applies = fault.as_ref().is_none_or(Fault::applies);
        let kind = fault.map(|fault| fault.kind);
        let reply = self.carry_out(&mut inner.world, request, now, kind.as_ref(), applies);
        let n = inner.journal.record(LoggedRequest {
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
            latency: Duration::from_millis(inner.world.settings.latency_ms),
        }
    }

    fn carry_out(
        &self,
        world: &mut World,
        request: &Request,
        now: Moment,
        fault: Option<&Kind>,
        applies: bool,
    ) -> Reply {
        match fault {
            Some(Kind::DropOwnChange { answer }) if request.is_write() => {
                let mut reply = not_applied(world, request, now);
                if *answer == Claim::Actual {
                    replace_domains(world, &mut reply, world.domains());
                }
                reply
            }
            Some(Kind::StaleRead) => {
                let mut reply = rest::reply(world, request, now);
                replace_domains(world, &mut reply, world.previous_domains());
                reply
            }
            Some(Kind::AnswerOtherList { domains }) => {
                let mut reply = rest::reply(world, request, now);
                let other = domains.clone().unwrap_or_else(|| {
                    let mut list = world.domains().to_vec();
                    list.pop();
                    list.push("somebody-elses.example.net".to_owned());
                    list
                });
                replace_domains(world, &mut reply, &other);
                reply
            }
            Some(Kind::ConcurrentPanelWrite {
                domains,
                add,
                remove,
            }) => {
                let panel = |world: &mut World| {
                    let mut list = domains.clone().unwrap_or_else(|| world.domains().to_vec());
                    list.retain(|entry| !remove.contains(entry));
                    list.extend(add.iter().cloned());
                    let change = AppChange {
                        domains: Some(list),
                        ..AppChange::default()
                    };
                    world.change(change, now, &self.authority);
                };
                if request.is_write() {
                    panel(world);
                    rest::reply(world, request, now)
                } else {
                    let reply = rest::reply(world, request, now);
                    panel(world);
                    reply
                }
            }
            _ if !applies && request.is_write() => not_applied(world, request, now),
            _ => rest::reply(world, request, now),
        }
    }

    // The site's call -------------------------------------------------------------------------------

    pub fn certificate_for(&self, name: &str) -> Option<Arc<Issued>> {
        self.lock().world.certificate_for(name)
    }
}

/// Marks one connection as waiting for a request, for as long as it lives.
pub struct IdleGuard<'a>(&'a Service);

impl Drop for IdleGuard<'_> {
    fn drop(&mut self) {
        let idle = &mut self.0.lock().journal.counters.idle;
        *idle = idle.saturating_sub(1);
    }
}

/// Waits for something the runtime does at once, but not for ever if it cannot.
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

/// The answer a write would get, without the write.
fn not_applied(world: &World, request: &Request, now: Moment) -> Reply {
    let mut reply = rest::reply(&mut world.clone(), request, now);
    reply.applied = false;
    reply
}

fn replace_domains(world: &World, reply: &mut Reply, list: &[String]) {
    if let Some(data) = reply
        .document
        .get_mut("data")
        .and_then(Value::as_object_mut)
        && data.contains_key("runtime")
    {
        world.put_domains(data, list);
    }
}
