//! What to do about AutoSSL, from what the app says. Pure: no I/O, no clock.
//! A custom certificate is never touched, and nothing is enabled before it can be.

use serde::Serialize;

use crate::api::model::{App, SslMode};

/// The state of AutoSSL in a document (`autossl.state`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// This call enabled it.
    Enabled,
    AlreadyEnabled,
    /// No certificate is ready yet: check again later.
    Pending,
    CustomCertificate,
    /// The caller did not ask for it.
    Skipped,
    /// It could be enabled, and the try failed.
    Failed,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Enable,
    Leave(State),
}

/// Decides from the app alone.
pub fn decide(app: &App) -> Decision {
    match app.ssl_mode() {
        SslMode::Auto => Decision::Leave(State::AlreadyEnabled),
        SslMode::Custom => Decision::Leave(State::CustomCertificate),
        SslMode::None if app.autossl_available() == Some(true) => Decision::Enable,
        SslMode::None => Decision::Leave(State::Pending),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_a_decision() {
        use Decision::*;
        for (ssl, autossl, decision) in [
            ("null", "null", Leave(State::Pending)),
            ("null", r#"{"available":false}"#, Leave(State::Pending)),
            ("null", r#"{"available":true,"domains":["a.org"]}"#, Enable),
            (
                r#"{"auto":true}"#,
                r#"{"available":true}"#,
                Leave(State::AlreadyEnabled),
            ),
            (r#"{"auto":true}"#, "null", Leave(State::AlreadyEnabled)),
            (
                r#"{"auto":false}"#,
                r#"{"available":true}"#,
                Leave(State::CustomCertificate),
            ),
            (
                r#"{"key":"k","cert":"c"}"#,
                "null",
                Leave(State::CustomCertificate),
            ),
            (
                r#"{"auto":null}"#,
                r#"{"available":true}"#,
                Leave(State::CustomCertificate),
            ),
        ] {
            let json = format!(r#"{{"domains":[],"ssl":{ssl},"autossl":{autossl}}}"#);
            let app: App = serde_json::from_str(&json).expect(&json);
            assert_eq!(decide(&app), decision, "{json}");
        }
    }
}
