//! Reading without changing: the app with its server, and what became of an action.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Call;
use crate::api::Api;
use crate::api::model::{Action, Server};
use crate::config::Id;
use crate::jitter;
use crate::messages;
use crate::outcome::{Outcome, Problem};
use crate::status::Status;

/// `sp_inspect_app`: the connection test, and the state of the app.
pub async fn app(call: &Call<'_>) -> Result<Outcome, Status> {
    const OPERATION: &str = "inspect";
    let (api, id) = (call.api()?, call.app_id()?);
    let (app, list) = match api.app(id).await {
        Ok(found) => found,
        Err(fault) => return Ok(Outcome::failed(OPERATION, fault.problem)),
    };
    let server = match app.serverid.as_deref().map(Id::parse) {
        Some(Ok(server_id)) => match api.server(&server_id).await {
            Ok(server) => Some(server),
            Err(fault) => {
                call.log.warn("server_unknown", fault.problem.message);
                None
            }
        },
        _ => {
            call.log.warn("server_unknown", messages::server_unknown());
            None
        }
    };
    let (address, last_seen) = match server {
        Some(Server {
            lastaddress,
            lastconn,
            ..
        }) => (lastaddress, lastconn),
        None => (None, None),
    };
    let message = messages::connected(
        app.name.as_deref().unwrap_or(id.as_str()),
        list.len(),
        app.ssl_mode().as_str(),
    );
    Ok(Outcome::done(OPERATION, message).with(json!({
        "app": {
            "id": id.as_str(),
            "name": app.name,
            "server_id": app.serverid,
            "runtime": app.runtime,
            "domains": list,
        },
        "ssl": { "mode": app.ssl_mode().as_str(), "force": app.force_ssl() },
        "autossl": { "available": app.autossl_available(), "domains": app.autossl_domains() },
        "server": { "address": address, "last_seen": last_seen },
    })))
}

/// `sp_action_status`.
pub async fn action(call: &Call<'_>, id: &Id) -> Result<Outcome, Status> {
    const OPERATION: &str = "action_status";
    let api = call.api()?;
    Ok(match api.action(id).await {
        Ok(action) => told(OPERATION, id, &action),
        Err(fault) => {
            Outcome::failed(OPERATION, fault.problem).action(Some(id.as_str().to_owned()))
        }
    })
}

/// The longest pause between two checks of an action.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The least time that a further check is begun with.
const SHORTEST_CHECK: Duration = Duration::from_millis(10);

/// `sp_wait_action`: checks until the action has ended or the time is over. Every request in it is
/// bounded by that time too, and the last one is made shortly before the end.
pub async fn wait(call: &Call<'_>, id: &Id, timeout: Duration) -> Result<Outcome, Status> {
    const OPERATION: &str = "wait_action";
    let until = call.deadline.min(Instant::now() + timeout);
    let api = Api {
        deadline: until,
        ..call.api()?
    };
    let mut pause = Duration::from_millis(250);
    let mut last = None;
    loop {
        let asked = Instant::now();
        let action = match api.action(id).await {
            Ok(action) => action,
            // The time of the wait is over, not that of the service: what it said last counts.
            Err(fault) if fault.problem.status == Status::SP_ERR_TIMEOUT && last.is_some() => {
                return Ok(still_open(OPERATION, id, last.as_ref()));
            }
            Err(fault) => {
                return Ok(
                    Outcome::failed(OPERATION, fault.problem).action(Some(id.as_str().to_owned()))
                );
            }
        };
        if action.status != "open" {
            return Ok(told(OPERATION, id, &action));
        }
        let took = asked.elapsed().max(SHORTEST_CHECK);
        last = Some(action);
        // As much as a further check takes is left for it.
        let left = api.remaining().saturating_sub(took * 2);
        if left.is_zero() {
            tokio::time::sleep_until(until.into()).await;
            return Ok(still_open(OPERATION, id, last.as_ref()));
        }
        tokio::time::sleep(pause.mul_f64(0.5 + jitter::fraction() / 2.0).min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn still_open(operation: &'static str, id: &Id, action: Option<&Action>) -> Outcome {
    let problem = Problem::new(Status::SP_ERR_TIMEOUT, messages::action_still_open());
    Outcome::failed(operation, problem)
        .action(Some(id.as_str().to_owned()))
        .with(json!({ "action": action.map(|action| shown(id, action)) }))
}

fn told(operation: &'static str, id: &Id, action: &Action) -> Outcome {
    let outcome = match action.status.as_str() {
        "success" => Outcome::done(operation, messages::action_finished()),
        "open" => Outcome::done(operation, messages::action_open()),
        "error" => Outcome::failed(
            operation,
            Problem::new(Status::SP_ERR_ACTION_FAILED, messages::action_failed()),
        ),
        _ => Outcome::failed(
            operation,
            Problem::new(Status::SP_ERR_PROTOCOL, messages::action_state_unknown()),
        ),
    };
    outcome
        .action(Some(id.as_str().to_owned()))
        .with(json!({ "action": shown(id, action) }))
}

fn shown(id: &Id, action: &Action) -> serde_json::Value {
    json!({
        "id": id.as_str(),
        "status": action.status,
        "server_id": action.serverid,
        "created": action.datecreated,
    })
}
