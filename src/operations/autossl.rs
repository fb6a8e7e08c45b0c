//! Enabling AutoSSL: asked for once, when it can be had, and believed only when the service
//! says that it is on. Never touches a custom certificate, never disables anything.

use std::time::Duration;

use serde::Serialize;

use super::Call;
use crate::api::model::App;
use crate::api::{Api, Fault, Reached};
use crate::autossl::{Decision, State, decide};
use crate::config::Id;
use crate::lock;
use crate::messages;
use crate::outcome::{Level, Outcome, Problem};
use crate::status::Status;

/// When to check again for a certificate that is not ready: the first delay of a patient caller's
/// backoff.
const NEXT_CHECK: Duration = Duration::from_secs(60);

/// `autossl` of a document.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub state: State,
    /// Whether a certificate is ready; null where ServerPilot did not say.
    pub available: Option<bool>,
    /// The names in the certificate that is ready.
    pub domains: Vec<String>,
}

impl Report {
    /// Nobody asked ServerPilot.
    pub fn unknown() -> Report {
        Report {
            state: State::Skipped,
            available: None,
            domains: Vec::new(),
        }
    }

    pub fn of(app: &App, state: State) -> Report {
        Report {
            state,
            available: app.autossl_available(),
            domains: app.autossl_domains().to_vec(),
        }
    }

    /// What the app says, where nothing is to be enabled.
    pub fn as_found(app: &App) -> Report {
        Report::of(
            app,
            match decide(app) {
                Decision::Leave(state) => state,
                Decision::Enable => State::Skipped,
            },
        )
    }
}

/// What came of it.
pub struct Switched {
    pub report: Report,
    pub action_id: Option<String>,
    /// Why `report.state` is `failed`.
    pub problem: Option<Problem>,
}

/// Enables AutoSSL if `app` says that it can be. The caller holds the app's lock.
pub async fn switch_on(api: &Api<'_>, id: &Id, mut app: App) -> Switched {
    let mut asked: Option<Fault> = None;
    let mut done = 0;
    loop {
        let end = |state, problem| Switched {
            report: Report::of(&app, state),
            action_id: None,
            problem,
        };
        match (decide(&app), &asked) {
            // It is on now, so an earlier try that seemed lost has arrived.
            (Decision::Leave(State::AlreadyEnabled), Some(_)) => return end(State::Enabled, None),
            (Decision::Leave(state), _) => return end(state, None),
            (Decision::Enable, Some(fault)) if !api.wait_before_retry(fault, done).await => {
                return end(State::Failed, Some(fault.problem.clone()));
            }
            (Decision::Enable, Some(_)) => done += 1,
            (Decision::Enable, None) => {}
        }
        match api.enable_autossl(id).await {
            Ok((action_id, true)) => {
                return Switched {
                    action_id,
                    ..end(State::Enabled, None)
                };
            }
            Ok((_, false)) => return end(State::Failed, Some(not_on())),
            Err(fault) if fault.problem.status == Status::SP_ERR_AUTH => {
                return end(State::Failed, Some(fault.problem));
            }
            Err(fault) => asked = Some(fault),
        }
        // Whether it was lost, refused or only unclear: what counts is what the app says now.
        app = match api.app(id).await {
            Ok((app, _)) => app,
            Err(second) => {
                return end(State::Failed, Some(asked.map_or(second.problem, not_seen)));
            }
        };
    }
}

fn not_on() -> Problem {
    Problem::new(Status::SP_ERR_NOT_APPLIED, messages::autossl_not_on())
}

/// The app could not be read after a try: only where that was refused is it known to be off.
fn not_seen(asked: Fault) -> Problem {
    let mut problem = asked.problem;
    if matches!(asked.reached, Reached::Perhaps | Reached::Failed) {
        problem.message = problem.message.then(messages::autossl_state_unknown());
    }
    problem
}

/// `sp_enable_autossl`.
pub async fn enable(call: &Call<'_>) -> Result<Outcome, Status> {
    const OPERATION: &str = "enable_autossl";
    let (api, id) = (call.api()?, call.app_id()?);
    let held = lock::take(call.config, api.credentials, id, call.deadline).await;
    let app = match held {
        Ok(ref _held) => api.app(id).await.map_err(|fault| fault.problem),
        Err(ref problem) => Err(problem.clone()),
    };
    let app = match app {
        Ok((app, _)) => app,
        Err(problem) => {
            let details = serde_json::json!({ "autossl": Report::unknown() });
            return Ok(Outcome::failed(OPERATION, problem).with(details));
        }
    };
    let Switched {
        report,
        action_id,
        problem,
    } = switch_on(&api, id, app).await;
    let changed = report.state == State::Enabled;
    let outcome = match (report.state, problem) {
        (_, Some(problem)) => Outcome::failed(OPERATION, problem),
        (State::Enabled, None) => {
            call.log.event(Level::Info, "AutoSSL enabled.");
            Outcome::done(OPERATION, messages::autossl_enabled(report.domains.len()))
        }
        (State::AlreadyEnabled, None) => {
            Outcome::done(OPERATION, messages::autossl_already_enabled())
        }
        (State::CustomCertificate, None) => Outcome::failed(
            OPERATION,
            Problem::new(
                Status::SP_ERR_CUSTOM_CERTIFICATE,
                messages::autossl_custom_certificate(),
            ),
        ),
        _ => Outcome::failed(
            OPERATION,
            Problem::new(
                Status::SP_ERR_AUTOSSL_UNAVAILABLE,
                messages::autossl_unavailable(),
            )
            .retry_after(NEXT_CHECK),
        ),
    };
    Ok(outcome
        .changed(changed)
        .action(action_id)
        .with(serde_json::json!({ "autossl": report })))
}
