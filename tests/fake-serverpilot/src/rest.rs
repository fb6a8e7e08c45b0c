//! The documented calls: turns a request into a change of the account and the answering document.
//! Must not know about faults or sockets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::account::{Account, Moment, Refusal};
use crate::fault::On;
use crate::http::Request;
use crate::settings::Rule;

/// The answer before a fault alters it.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub document: Value,
    /// Whether this was a write that the account accepted.
    pub applied: bool,
}

/// Which part of the API a request addresses.
pub fn subject(request: &Request) -> On {
    match (request.method.as_str(), segments(&request.path).as_slice()) {
        ("GET", ["apps"]) => On::Apps,
        ("GET", ["apps", _]) => On::Read,
        ("POST", ["apps", _]) => On::List,
        (_, ["apps", _, "ssl"]) => On::Ssl,
        ("GET", ["servers", _]) => On::Server,
        ("GET", ["actions", _]) => On::Action,
        _ => On::Any,
    }
}

pub fn is_authorized(account: &Account, request: &Request) -> bool {
    credentials(request).is_some_and(|(id, key)| account.accepts(&id, &key))
}

/// Client ID and key from the request's Authorization header.
pub fn credentials(request: &Request) -> Option<(String, String)> {
    let (scheme, encoded) = request.header("authorization")?.split_once(' ')?;
    let decoded = scheme
        .eq_ignore_ascii_case("basic")
        .then(|| STANDARD.decode(encoded.trim()).ok())??;
    let text = String::from_utf8(decoded).ok()?;
    let (id, key) = text.split_once(':')?;
    Some((id.to_owned(), key.to_owned()))
}

pub fn reply(account: &mut Account, request: &Request, now: Moment) -> Reply {
    if !is_authorized(account, request) {
        let status = if account.settings.breaks(Rule::Unauthorized) {
            403
        } else {
            401
        };
        return refused(
            account,
            Refusal::new(status, "Invalid client ID or API key."),
        );
    }
    match route(account, request, now) {
        Ok((document, applied)) => Reply {
            status: 200,
            document,
            applied,
        },
        Err(refusal) => refused(account, refusal),
    }
}

pub fn error_document(message: &str) -> Value {
    json!({ "error": { "message": message } })
}

fn refused(account: &Account, Refusal(status, message): Refusal) -> Reply {
    let status = match status {
        404 if account.settings.breaks(Rule::NotFound) => 400,
        status => status,
    };
    let mut document = error_document(&message);
    if account.settings.breaks(Rule::ErrorBody) {
        document = document["error"].take();
    }
    Reply {
        status,
        document,
        applied: false,
    }
}

fn route(account: &mut Account, request: &Request, now: Moment) -> Result<(Value, bool), Refusal> {
    let read = |data: Value| Ok((json!({ "data": data }), false));
    let segments = segments(&request.path);
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["apps"]) => read(json!([account.app_document(false)])),
        ("GET", ["servers", id]) => {
            read(account.server_document(id).ok_or_else(Refusal::not_found)?)
        }
        ("GET", ["actions", id]) => read(
            account
                .action_document(id, now)
                .ok_or_else(Refusal::not_found)?,
        ),
        (_, ["apps", id, ..]) if !account.is_app(id) => Err(Refusal::not_found()),
        ("GET", ["apps", _]) => read(account.app_document(true)),
        ("POST", ["apps", _]) => {
            let action = update_app(account, &body(account, request)?, now)?;
            let details = account.settings.autossl_in_update;
            let action = action.filter(|_| !account.settings.breaks(Rule::ActionId));
            Ok(written(account.app_document(details), action))
        }
        ("POST", ["apps", _, "ssl"]) => {
            let action = update_ssl(account, &body(account, request)?, now)?;
            Ok(written(account.ssl_document(), action))
        }
        ("DELETE", ["apps", _, "ssl"]) => {
            let action = account.delete_ssl(now)?;
            Ok(written(json!({}), action))
        }
        _ => Err(Refusal::not_found()),
    }
}

fn written(data: Value, action: Option<String>) -> (Value, bool) {
    let document = match action {
        Some(id) => json!({ "actionid": id, "data": data }),
        None => json!({ "data": data }),
    };
    (document, true)
}

fn update_app(account: &mut Account, body: &Value, now: Moment) -> Result<Option<String>, Refusal> {
    // Applied to a copy first, so that a request is carried out completely or not at all.
    let mut next = account.clone();
    let mut action = None;
    if let Some(runtime) = body.get("runtime") {
        action = next.update_runtime(runtime, now)?;
    }
    match body.get("domains") {
        Some(domains) => action = next.update_domains(domains, now)?.or(action),
        None if body.get("runtime").is_none() => {
            return Err(Refusal::new(400, "Nothing to update."));
        }
        None => {}
    }
    *account = next;
    Ok(action)
}

fn update_ssl(account: &mut Account, body: &Value, now: Moment) -> Result<Option<String>, Refusal> {
    match (body.get("auto"), body.get("force")) {
        (Some(Value::Bool(true)), None) => account.enable_autossl(now),
        (Some(_), None) => Err(Refusal::new(400, "Value of auto must be true.")),
        (None, Some(Value::Bool(force))) => account.set_force(*force, now),
        (Some(_), Some(_)) => Err(Refusal::new(
            400,
            "ForceSSL needs a separate call after AutoSSL is enabled.",
        )),
        _ => Err(Refusal::new(400, "Invalid SSL request.")),
    }
}

fn body(account: &Account, request: &Request) -> Result<Value, Refusal> {
    let is_json = request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/json"));
    if !is_json && account.settings.require_content_type {
        return Err(Refusal::new(400, "Content-Type must be application/json."));
    }
    serde_json::from_slice::<Value>(&request.body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| Refusal::new(400, "The request body is not a JSON object."))
}

fn segments(path: &str) -> Vec<&str> {
    match path.strip_prefix("/v1/") {
        Some(rest) => rest.split('/').collect(),
        None => Vec::new(),
    }
}
