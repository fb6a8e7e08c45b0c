//! How the fake answers where the documentation is silent, how fast, and which documented rules it
//! breaks. Only data: `account` and `rest` implement it. Every setting can be changed while the fake
//! runs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// How to treat input that the documentation neither allows nor forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Answered 400, nothing is changed.
    Refuse,
    /// Accepted unchanged.
    Accept,
    /// Accepted and normalised: duplicates merged, letters lower-cased, names turned to their
    /// A-labels. Otherwise like `Accept`.
    Normalise,
}

/// A documented rule that the fake can break, so that a program that checks the documentation can be
/// seen to notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// An app has `datecreated`.
    AppFields,
    /// `domains` is an array. Broken: an object.
    DomainsArray,
    /// `ssl` has `force`.
    SslFields,
    /// `ssl` has `key`.
    SslKey,
    /// The details of an app have `autossl`.
    AutosslField,
    /// The names in `autossl` are the app's. Broken: one is not.
    AutosslNames,
    /// An update replaces the whole list. Broken: it adds to the list.
    CompleteList,
    /// A change has a top-level `actionid`.
    ActionId,
    /// An action is `open`, `success` or `error`. Broken: `done`.
    ActionStatus,
    /// An error is `{"error": {"message": …}}`. Broken: `{"message": …}`.
    ErrorBody,
    /// 401 without the right credentials. Broken: 403.
    Unauthorized,
    /// 404 for what does not exist. Broken: 400.
    NotFound,
    /// 400 for a list that is refused. Broken: 422.
    BadRequest,
    /// A registrable name is accepted. Broken: refused, as are the next three.
    Apex,
    SubDomain,
    Wildcard,
    Address,
    /// AutoSSL is refused while it is not available. Broken: answered 200.
    AutosslUnavailable,
    /// AutoSSL can be enabled when it is available. Broken: refused.
    AutosslEnable,
    /// A server has `lastconn`.
    ServerFields,
}

/// The order of `domains` in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    AsSent,
    Sorted,
    Reversed,
    /// Deterministic for a given list, and never the order that was sent (from two names up).
    Shuffled,
}

/// What `domains` looks like if there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyList {
    Array,
    Null,
    Missing,
}

/// How actions end that begin from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionOutcome {
    Success,
    Error,
    /// They stay open for ever.
    Open,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub order: Order,
    pub empty_list: EmptyList,
    pub duplicates: Verdict,
    pub upper_case: Verdict,
    pub non_ascii: Verdict,
    /// A JSON object instead of an array; if it is not refused, its values are used.
    pub object: Verdict,
    pub empty: Verdict,
    /// `null` instead of an array; if it is not refused, the list becomes empty.
    pub null: Verdict,
    pub domain_limit: usize,
    /// Whether a POST without `Content-Type: application/json` is refused.
    pub require_content_type: bool,
    /// Whether the answer to a list update contains `autossl`, as the app's details do. The
    /// vendor's example does not.
    pub autossl_in_update: bool,

    /// Simulated seconds from the last change of the list until a certificate is ready.
    pub issue_after_s: u64,
    /// Whether a new certificate is deployed automatically while AutoSSL is on.
    pub redeploy: bool,
    /// Whether the certificate for the previous list stays available after a change of the list.
    pub keep_old_certificate: bool,
    /// No certificate is issued for more names than this.
    pub certificate_names_limit: Option<usize>,
    /// The status that refuses AutoSSL if no certificate is available.
    pub ssl_refusal_status: u16,
    /// The status that refuses AutoSSL while a custom certificate is installed.
    pub custom_refusal_status: u16,

    /// Whether a change that needs no work on the server has an action too.
    pub action_without_work: bool,
    /// Simulated seconds until an action ends.
    pub action_after_s: u64,
    pub action_outcome: ActionOutcome,
    /// Simulated seconds after which an action's ID is answered 404.
    pub action_lifetime_s: Option<u64>,

    /// The documented rules that do not hold.
    pub breaks: BTreeSet<Rule>,
    /// Every request is answered 401, as if the key had been replaced.
    pub key_revoked: bool,
    /// Real milliseconds before each answer.
    pub latency_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            order: Order::Shuffled,
            empty_list: EmptyList::Array,
            duplicates: Verdict::Accept,
            upper_case: Verdict::Accept,
            non_ascii: Verdict::Refuse,
            object: Verdict::Refuse,
            empty: Verdict::Refuse,
            null: Verdict::Refuse,
            domain_limit: 300,
            require_content_type: true,
            autossl_in_update: false,
            issue_after_s: 600,
            redeploy: true,
            keep_old_certificate: false,
            certificate_names_limit: None,
            ssl_refusal_status: 400,
            custom_refusal_status: 409,
            action_without_work: false,
            action_after_s: 5,
            action_outcome: ActionOutcome::Success,
            action_lifetime_s: None,
            breaks: BTreeSet::new(),
            key_revoked: false,
            latency_ms: 0,
        }
    }
}

impl Settings {
    pub fn breaks(&self, rule: Rule) -> bool {
        self.breaks.contains(&rule)
    }
}
