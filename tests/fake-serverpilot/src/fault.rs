//! What can go wrong, as data, and the queue that decides which request or connection a fault
//! hits. What a fault does to the bytes is in `exchange`, what it does to the state in `service`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::authority::Variant;

/// Which requests a fault is meant for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    #[default]
    Any,
    /// `GET /v1/apps/:id`
    Read,
    /// `POST /v1/apps/:id`
    List,
    /// Anything on `/v1/apps/:id/ssl`
    Ssl,
    /// `GET /v1/servers/:id`
    Server,
    /// `GET /v1/actions/:id`
    Action,
    /// `GET /v1/apps`
    Apps,
}

/// One fault. Without `times` it happens once; `null` means for ever. `skip` lets that many
/// matching requests (or connections) pass first, counted from the moment it was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    #[serde(default)]
    pub on: On,
    #[serde(default = "once")]
    pub times: Option<u32>,
    #[serde(default)]
    pub skip: u32,
    /// Whether a write is carried out although the fault hits it. Unset: depends on the kind (yes
    /// for the kinds that alter the real answer, no for those that replace it).
    #[serde(default)]
    pub apply: Option<bool>,
    #[serde(flatten)]
    pub kind: Kind,
}

fn once() -> Option<u32> {
    Some(1)
}

/// What the answer to a dropped change claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// The actual list, without the change.
    #[default]
    Actual,
    /// The list that was sent, as if it had been applied.
    Sent,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// `body` is `json`, `html`, `empty`, or the text itself.
    Status {
        code: u16,
        #[serde(default)]
        headers: Vec<(String, String)>,
        #[serde(default = "json")]
        body: String,
    },

    // These hit the next connection, whatever it would have requested.
    ResetBeforeRequest {
        #[serde(default)]
        after_handshake: bool,
    },
    CloseBeforeRequest {
        #[serde(default)]
        after_handshake: bool,
    },
    HangHandshake,
    PlainHttp,
    WrongCertificate {
        variant: Variant,
    },

    // These hit a request after it was read completely.
    ResetAfterRequest,
    CloseAfterRequest,
    Hang,
    CloseDuringAnswer,
    ResetDuringAnswer,
    Drip {
        interval_ms: u64,
    },
    Truncated,
    ChunkError,
    TwoLengths,
    Garbage,
    BigBody {
        bytes: usize,
    },
    EndlessBody,
    GzipBomb {
        #[serde(default = "sixty_four_mebibytes")]
        bytes: usize,
    },
    InvalidJson,
    InvalidUtf8,
    WrongContentType,
    CloseIdle {
        /// Real milliseconds between the answer and the end of the connection.
        #[serde(default)]
        after_ms: u64,
    },
    EchoSecrets {
        #[serde(default = "internal_error")]
        code: u16,
    },
    Latency {
        ms: u64,
    },

    // These answer correctly formed, but not what happened.
    StaleRead,
    DropOwnChange {
        #[serde(default)]
        answer: Claim,
    },
    AnswerOtherList {
        /// Unset: the real list, with its last name replaced by a foreign one.
        #[serde(default)]
        domains: Option<Vec<String>>,
    },
    /// Somebody else changes the list: just before a write is carried out, just after a read was
    /// answered. `domains` replaces the list, then `remove` and `add` change it.
    ConcurrentPanelWrite {
        #[serde(default)]
        domains: Option<Vec<String>>,
        #[serde(default)]
        add: Vec<String>,
        #[serde(default)]
        remove: Vec<String>,
    },
}

fn json() -> String {
    "json".to_owned()
}

fn sixty_four_mebibytes() -> usize {
    64 << 20
}

fn internal_error() -> u16 {
    500
}

impl Kind {
    pub fn hits_connections(&self) -> bool {
        matches!(
            self,
            Self::ResetBeforeRequest { .. }
                | Self::CloseBeforeRequest { .. }
                | Self::HangHandshake
                | Self::PlainHttp
                | Self::WrongCertificate { .. }
        )
    }

    /// Whether the kind alters the real answer, which must then exist, instead of replacing it.
    fn alters_real_answer(&self) -> bool {
        matches!(
            self,
            Self::CloseDuringAnswer
                | Self::ResetDuringAnswer
                | Self::Drip { .. }
                | Self::Truncated
                | Self::ChunkError
                | Self::TwoLengths
                | Self::BigBody { .. }
                | Self::WrongContentType
                | Self::CloseIdle { .. }
                | Self::Latency { .. }
                | Self::StaleRead
                | Self::AnswerOtherList { .. }
                | Self::ConcurrentPanelWrite { .. }
        )
    }
}

impl Fault {
    pub fn once(kind: Kind) -> Self {
        Self {
            on: On::Any,
            times: Some(1),
            skip: 0,
            apply: None,
            kind,
        }
    }

    /// An error answer in ServerPilot's own form.
    pub fn status(code: u16) -> Self {
        Self::once(Kind::Status {
            code,
            headers: Vec::new(),
            body: json(),
        })
    }

    pub fn on(mut self, on: On) -> Self {
        self.on = on;
        self
    }

    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    pub fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    pub fn skip(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    pub fn apply(mut self, apply: bool) -> Self {
        self.apply = Some(apply);
        self
    }

    pub fn applies(&self) -> bool {
        self.apply.unwrap_or_else(|| self.kind.alters_real_answer())
    }

    /// Parses one fault and refuses unknown keys: a typo must not make a test pass.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let fault: Self =
            serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
        let known = serde_json::to_value(&fault).map_err(|error| error.to_string())?;
        for key in value.as_object().into_iter().flat_map(|map| map.keys()) {
            if known.get(key).is_none() {
                return Err(format!("this fault has no \"{key}\""));
            }
        }
        Ok(fault)
    }
}

/// The pending faults, in the order they were set. The first one that is due wins.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn pending(&self) -> Vec<Fault> {
        self.0.clone()
    }

    pub fn for_connection(&mut self) -> Option<Fault> {
        self.take(|fault| fault.kind.hits_connections())
    }

    pub fn for_request(&mut self, on: On) -> Option<Fault> {
        self.take(|fault| !fault.kind.hits_connections() && (fault.on == On::Any || fault.on == on))
    }

    fn take(&mut self, matches: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut due = None;
        for fault in self.0.iter_mut().filter(|fault| matches(fault)) {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if due.is_none() {
                if let Some(times) = &mut fault.times {
                    if *times == 0 {
                        continue;
                    }
                    *times -= 1;
                }
                due = Some(fault.clone());
            }
        }
        self.0.retain(|fault| fault.times != Some(0));
        due
    }
}
