//! The control plane: plain HTTP on loopback, through which tests in other languages do what Rust
//! tests do with `FakeServerPilot`. Only translates; the work is done in `service`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::fault::Fault;
use crate::http::{Answer, Reader, Request};
use crate::service::{Address, Service};

pub async fn listen(service: Arc<Service>, address: Arc<Address>, listener: TcpListener) {
    loop {
        let Ok((tcp, _)) = listener.accept().await else {
            continue;
        };
        let service = Arc::clone(&service);
        let address = Arc::clone(&address);
        tokio::spawn(async move {
            // An error here means that the caller has disconnected, which it may do.
            let _ = serve(service, address, tcp).await;
        });
    }
}

async fn serve(service: Arc<Service>, address: Arc<Address>, mut tcp: TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let mut reader = Reader::default();
    while let Some(request) = reader.next(&mut tcp).await? {
        let keep_alive = request.keep_alive;
        let service = Arc::clone(&service);
        let address = Arc::clone(&address);
        // Some calls wait for the listener and must not block the runtime.
        let answer =
            tokio::task::spawn_blocking(move || handle(&service, &address, &request)).await?;
        tcp.write_all(&answer.bytes(keep_alive)).await?;
        if !keep_alive {
            break;
        }
    }
    tcp.shutdown().await
}

fn handle(service: &Service, address: &Address, request: &Request) -> Answer {
    match act(service, address, request) {
        Some(Ok(document)) => Answer::json(200, &document),
        Some(Err(message)) => Answer::json(400, &json!({ "error": message })),
        None => Answer::json(404, &json!({ "error": "no such control call" })),
    }
}

fn act(service: &Service, address: &Address, request: &Request) -> Option<Result<Value, String>> {
    let path = request.path.strip_prefix("/control/")?;
    let body = request.json();
    let done = |result: Result<(), String>| Some(result.map(|()| json!({ "ok": true })));
    match (request.method.as_str(), path) {
        ("GET", "address") => Some(document(address)),
        ("GET", "state") => Some(document(&service.state())),
        ("GET", "requests") => Some(document(&service.requests())),
        ("GET", "counters") => Some(document(&service.counters())),
        ("POST", "app") => done(
            serde_json::from_value(body)
                .map(|change| service.set_app(change))
                .map_err(|error| error.to_string()),
        ),
        ("POST", "settings") => done(service.merge_settings(&body)),
        ("POST", "clock") => done(
            body.get("advance_s")
                .and_then(Value::as_u64)
                .map(|seconds| service.advance(Duration::from_secs(seconds)))
                .ok_or_else(|| "advance_s is a whole number of seconds".to_owned()),
        ),
        ("POST", "faults") => done(add_faults(service, &body)),
        ("DELETE", "faults") => {
            service.clear_faults();
            done(Ok(()))
        }
        ("DELETE", "requests") => {
            service.clear_requests();
            done(Ok(()))
        }
        ("POST", "close-connections") => {
            service.close_connections();
            done(Ok(()))
        }
        ("POST", "listening") => done(
            body.get("on")
                .and_then(Value::as_bool)
                .map(|on| service.set_listening(on))
                .ok_or_else(|| "on is true or false".to_owned()),
        ),
        ("POST", "reset") => {
            service.reset();
            done(Ok(()))
        }
        _ => None,
    }
}

/// Adds one fault or a list of them; all or none.
fn add_faults(service: &Service, body: &Value) -> Result<(), String> {
    let faults: Vec<Fault> = match body {
        Value::Array(list) => list
            .iter()
            .map(Fault::from_json)
            .collect::<Result<_, _>>()?,
        one => vec![Fault::from_json(one)?],
    };
    for fault in faults {
        service.add_fault(fault);
    }
    Ok(())
}

fn document(value: &impl serde::Serialize) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|error| error.to_string())
}
