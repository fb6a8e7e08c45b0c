//! The requests to the API, and counters. Keeps header names, never header values: a test that
//! prints the log must not print a key.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoggedRequest {
    /// Counts from 1, and continues when the log is cleared.
    pub n: u64,
    /// Which accepted connection it came on, from 1.
    pub connection: u64,
    /// Real milliseconds since the fake was started or reset.
    pub at_ms: u64,
    pub method: String,
    pub path: String,
    /// Null without a body; a string if it is not JSON.
    pub body: Value,
    pub authorized: bool,
    /// Null if no status line was sent.
    pub status: Option<u16>,
    /// Whether this was a write that was carried out.
    pub applied: bool,
    pub content_type: Option<String>,
    pub header_names: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// TCP connections that the API listener has accepted.
    pub connections: u64,
    pub full_handshakes: u64,
    pub resumed_handshakes: u64,
    pub requests: u64,
    /// API connections that are open and waiting for a request.
    pub idle: u64,
}

#[derive(Debug, Default)]
pub struct RequestLog {
    pub requests: Vec<LoggedRequest>,
    pub counters: Counters,
}

impl RequestLog {
    pub fn record(&mut self, mut request: LoggedRequest) -> u64 {
        self.counters.requests += 1;
        request.n = self.counters.requests;
        self.requests.push(request);
        self.counters.requests
    }

    pub fn set_status(&mut self, n: u64, status: u16) {
        // The log may have been cleared since.
        if let Some(request) = self
            .requests
            .iter_mut()
            .rev()
            .find(|request| request.n == n)
        {
            request.status = Some(status);
        }
    }
}
