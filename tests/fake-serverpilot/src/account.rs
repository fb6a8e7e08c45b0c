//! The account behind the API: one app, its server, its actions, and the documented rules for
//! changing them. Must not know HTTP or sockets; the time is passed in.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use crate::Options;
use crate::authority::{Authority, Issued, Variant, can_be_certified};
use crate::settings::{ActionOutcome, EmptyList, Order, Rule, Settings, Verdict};

/// Sent where the real API sends a private key. A client must never show it.
pub const PRIVATE_KEY_SENTINEL: &str = "SENTINEL-PRIVATE-KEY-0001";

/// The private key in the API's answers: the sentinel in the form of a PEM key.
pub fn private_key_text() -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{PRIVATE_KEY_SENTINEL}\n-----END PRIVATE KEY-----\n")
}

/// The two clocks that a rule may need.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub real: Duration,
    pub simulated: Duration,
}

/// A refusal: the status and the message of the error document.
#[derive(Debug)]
pub struct Refusal(pub u16, pub String);

impl Refusal {
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self(status, message.into())
    }

    pub fn not_found() -> Self {
        Self::new(404, "The requested resource was not found.")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SslMode {
    Auto,
    Custom,
}

/// How to install a certificate on the app without going through the API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SslChange {
    Mode(SslMode),
    Detail {
        mode: SslMode,
        /// None: all the app's names (AutoSSL: all that can be certified).
        #[serde(default)]
        names: Option<Vec<String>>,
        #[serde(default)]
        variant: Variant,
        #[serde(default)]
        force: bool,
    },
}

/// A change made in the panel, or to the account around the app. Unset fields leave things
/// unchanged; `Some(None)` (JSON: null) in the doubly optional ones removes the value.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppChange {
    pub domains: Option<Vec<String>>,
    pub name: Option<String>,
    pub runtime: Option<String>,
    #[serde(deserialize_with = "present")]
    pub ssl: Option<Option<SslChange>>,
    /// Overrides what the clock says; null lets the clock decide again.
    #[serde(deserialize_with = "present")]
    pub autossl_available: Option<Option<bool>>,
    /// Names that do not resolve: while one is in the list, no certificate is issued.
    pub unresolvable: Option<BTreeSet<String>>,
    /// Names that the certificate is issued without.
    pub left_out: Option<BTreeSet<String>>,
    /// Requests for the app are answered 404.
    pub app_missing: Option<bool>,
    #[serde(deserialize_with = "present")]
    pub server_address: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    pub server_lastconn: Option<Option<u64>>,
    pub server_name: Option<String>,
    pub server_missing: Option<bool>,
    pub deny_unknown_domains: Option<bool>,
}

/// Distinguishes a null from a missing key.
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

#[derive(Clone, Debug)]
struct Ssl {
    mode: SslMode,
    force: bool,
    /// The revision of the list that an automatic certificate was issued for.
    revision: u64,
    certificate: Arc<Issued>,
}

#[derive(Clone, Debug)]
struct Ready {
    revision: u64,
    certificate: Arc<Issued>,
}

#[derive(Clone, Debug)]
struct Action {
    id: String,
    begun: Duration,
    over: Duration,
    outcome: ActionOutcome,
}

#[derive(Clone, Debug)]
struct Server {
    id: String,
    name: String,
    address: Option<String>,
    lastconn: Option<u64>,
    deny_unknown_domains: bool,
    missing: bool,
}

#[derive(Clone, Debug)]
pub struct Account {
    pub settings: Settings,
    client_id: String,
    api_key: String,
    created: u64,

    app_id: String,
    name: String,
    runtime: String,
    domains: Vec<String>,
    previous_domains: Vec<String>,
    app_missing: bool,
    ssl: Option<Ssl>,

    /// Counts the changes of the list.
    revision: u64,
    changed: Duration,
    ready: Option<Ready>,
    available_override: Option<bool>,
    unresolvable: BTreeSet<String>,
    left_out: BTreeSet<String>,

    server: Server,
    actions: Vec<Action>,
}

/// The account as a test can inspect it: the list as stored, no certificates, no secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppState {
    pub id: String,
    pub name: String,
    pub runtime: String,
    pub missing: bool,
    pub domains: Vec<String>,
    pub previous_domains: Vec<String>,
    /// How often the list has changed.
    pub revision: u64,
    pub ssl: Option<SslState>,
    pub autossl_available: bool,
    pub autossl_domains: Vec<String>,
    pub unresolvable: BTreeSet<String>,
    pub left_out: BTreeSet<String>,
    pub server_id: String,
    pub server_address: Option<String>,
    pub server_missing: bool,
    pub actions: Vec<ActionState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SslState {
    pub mode: SslMode,
    pub force: bool,
    pub names: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionState {
    pub id: String,
    pub status: String,
}

impl Account {
    pub fn new(options: &Options, now: Duration) -> Self {
        Self {
            settings: Settings {
                issue_after_s: options.issue_after_s,
                ..Settings::default()
            },
            client_id: options.client_id.clone(),
            api_key: options.api_key.clone(),
            created: now.as_secs() - 86_400,
            app_id: options.app_id.clone(),
            name: "network".to_owned(),
            runtime: "php8.3".to_owned(),
            previous_domains: options.domains.clone(),
            domains: options.domains.clone(),
            app_missing: false,
            ssl: None,
            revision: 0,
            changed: now,
            ready: None,
            available_override: None,
            unresolvable: BTreeSet::new(),
            left_out: BTreeSet::new(),
            server: Server {
                id: options.server_id.clone(),
                name: "www1".to_owned(),
                address: Some("127.0.0.1".to_owned()),
                lastconn: Some(now.as_secs()),
                deny_unknown_domains: true,
                missing: false,
            },
            actions: Vec::new(),
        }
    }

    pub fn accepts(&self, client_id: &str, api_key: &str) -> bool {
        !self.settings.key_revoked && client_id == self.client_id && api_key == self.api_key
    }

    pub fn is_app(&self, id: &str) -> bool {
        !self.app_missing && id == self.app_id
    }

    pub fn domains(&self) -> &[String] {
        &self.domains
    }

    /// The certificate that a visitor of this name gets, if there is one for it.
    pub fn certificate_for(&self, name: &str) -> Option<Arc<Issued>> {
        let certificate = &self.ssl.as_ref()?.certificate;
        certificate.covers(name).then(|| Arc::clone(certificate))
    }

    /// The app's certificate, whatever names it is for.
    pub fn certificate(&self) -> Option<Arc<Issued>> {
        Some(Arc::clone(&self.ssl.as_ref()?.certificate))
    }

    // Effects of time -------------------------------------------------------------------------

    /// Applies what is due by now. Called before every access.
    pub fn settle(&mut self, now: Moment, authority: &Authority) {
        let up_to_date = self
            .ready
            .as_ref()
            .is_some_and(|ready| ready.revision == self.revision);
        if !up_to_date && self.certificate_is_due(now) {
            self.ready = self.issue(self.certifiable(), Variant::Good, now, authority);
        }
        if !self.settings.redeploy || !self.is_available() {
            return;
        }
        if let (Some(ssl), Some(ready)) = (&mut self.ssl, &self.ready)
            && ssl.mode == SslMode::Auto
            && ssl.revision != ready.revision
        {
            ssl.revision = ready.revision;
            ssl.certificate = Arc::clone(&ready.certificate);
        }
    }

    fn certificate_is_due(&self, now: Moment) -> bool {
        if let Some(decided) = self.available_override {
            return decided;
        }
        let wait = Duration::from_secs(self.settings.issue_after_s);
        let names = self.certifiable();
        now.simulated >= self.changed + wait
            && !names.iter().any(|name| self.unresolvable.contains(name))
            && self
                .settings
                .certificate_names_limit
                .is_none_or(|limit| names.len() <= limit)
    }

    /// The names that a certificate would be issued for, in the form it would contain them.
    fn certifiable(&self) -> Vec<String> {
        let names: BTreeSet<String> = self
            .domains
            .iter()
            .filter(|entry| can_be_certified(entry))
            .map(|entry| entry.to_ascii_lowercase())
            .filter(|name| !self.left_out.contains(name))
            .collect();
        names.into_iter().collect()
    }

    fn issue(
        &self,
        names: Vec<String>,
        variant: Variant,
        now: Moment,
        authority: &Authority,
    ) -> Option<Ready> {
        if names.is_empty() {
            return None;
        }
        let certificate = authority
            .issue(&names, variant, now.real, now.simulated)
            .ok()?;
        Some(Ready {
            revision: self.revision,
            certificate: Arc::new(certificate),
        })
    }

    fn is_available(&self) -> bool {
        self.available_override != Some(false)
            && self.ready.as_ref().is_some_and(|ready| {
                self.settings.keep_old_certificate || ready.revision == self.revision
            })
    }

    // Changes made through the API ------------------------------------------------------------

    /// Replaces the list. `Some(action ID)` if that needed work on the server.
    pub fn update_domains(&mut self, sent: &Value, now: Moment) -> Result<Option<String>, Refusal> {
        let mut list = self.checked_list(sent)?;
        if self.settings.breaks(Rule::CompleteList) {
            let mut all = self.domains.clone();
            all.extend(
                list.into_iter()
                    .filter(|entry| !self.domains.contains(entry)),
            );
            list = all;
        }
        let needs_work = self.replace_list(list, now) || self.settings.action_without_work;
        Ok(needs_work.then(|| self.begin_action(now)))
    }

    /// Changes the runtime, which the fake only stores.
    pub fn update_runtime(&mut self, sent: &Value, now: Moment) -> Result<Option<String>, Refusal> {
        let runtime = sent
            .as_str()
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Refusal::new(400, "Invalid value for runtime."))?;
        if self.runtime == runtime {
            return Ok(None);
        }
        self.runtime = runtime.to_owned();
        Ok(Some(self.begin_action(now)))
    }

    pub fn enable_autossl(&mut self, now: Moment) -> Result<Option<String>, Refusal> {
        if let Some(ssl) = &self.ssl
            && ssl.mode == SslMode::Custom
        {
            return Err(Refusal::new(
                self.settings.custom_refusal_status,
                "AutoSSL cannot be enabled while a custom SSL certificate is installed.",
            ));
        }
        let ready = self.ready.clone().filter(|_| self.is_available());
        if ready.is_some() && self.settings.breaks(Rule::AutosslEnable) {
            return Err(Refusal::new(400, "AutoSSL is not for this app."));
        }
        match (&mut self.ssl, ready) {
            (Some(ssl), Some(ready)) if ssl.revision != ready.revision => {
                ssl.revision = ready.revision;
                ssl.certificate = ready.certificate;
            }
            (Some(_), _) if self.settings.action_without_work => {}
            (Some(_), _) => return Ok(None),
            (None, None) if self.settings.breaks(Rule::AutosslUnavailable) => {}
            (None, Some(ready)) => {
                self.ssl = Some(Ssl {
                    mode: SslMode::Auto,
                    force: false,
                    revision: ready.revision,
                    certificate: ready.certificate,
                });
            }
            (None, None) => {
                return Err(Refusal::new(
                    self.settings.ssl_refusal_status,
                    "AutoSSL is not available for this app.",
                ));
            }
        }
        Ok(Some(self.begin_action(now)))
    }

    pub fn set_force(&mut self, force: bool, now: Moment) -> Result<Option<String>, Refusal> {
        let ssl = self
            .ssl
            .as_mut()
            .ok_or_else(|| Refusal::new(400, "SSL is not enabled for this app."))?;
        if ssl.force == force {
            return Ok(None);
        }
        ssl.force = force;
        Ok(Some(self.begin_action(now)))
    }

    pub fn delete_ssl(&mut self, now: Moment) -> Result<Option<String>, Refusal> {
        self.ssl.take().ok_or_else(Refusal::not_found)?;
        Ok(Some(self.begin_action(now)))
    }

    fn checked_list(&self, sent: &Value) -> Result<Vec<String>, Refusal> {
        let settings = &self.settings;
        let status = if settings.breaks(Rule::BadRequest) {
            422
        } else {
            400
        };
        let bad = |what: &str| Refusal::new(status, format!("Invalid value for domains: {what}."));
        let entries: Vec<&Value> = match sent {
            Value::Array(entries) => entries.iter().collect(),
            Value::Null if settings.null != Verdict::Refuse => return Ok(Vec::new()),
            Value::Object(map) if settings.object != Verdict::Refuse => map.values().collect(),
            _ => return Err(bad("must be an array")),
        };
        if entries.is_empty() && settings.empty == Verdict::Refuse {
            return Err(bad("must not be empty"));
        }
        // Apps from before the limit was lowered have more names; their lists may become shorter.
        if entries.len() > settings.domain_limit && entries.len() >= self.domains.len() {
            return Err(bad(&format!(
                "an app can have at most {} domains",
                settings.domain_limit
            )));
        }
        let mut list: Vec<String> = Vec::with_capacity(entries.len());
        for entry in entries {
            let text = entry.as_str().ok_or_else(|| bad("must contain strings"))?;
            if !text.is_ascii() && settings.non_ascii == Verdict::Refuse {
                return Err(bad("must be ASCII"));
            }
            let mut entry = text.to_owned();
            if entry.bytes().any(|byte| byte.is_ascii_uppercase()) {
                match settings.upper_case {
                    Verdict::Refuse => return Err(bad("must be lower case")),
                    Verdict::Accept => {}
                    Verdict::Normalise => entry.make_ascii_lowercase(),
                }
            }
            if !entry.is_ascii() && settings.non_ascii == Verdict::Normalise {
                entry = idna::domain_to_ascii(&entry).map_err(|_| bad("not a domain"))?;
            }
            if !is_entry(&entry) || settings.breaks(kind_of(&entry)) {
                return Err(bad("not a domain"));
            }
            if list.iter().any(|other| other.eq_ignore_ascii_case(&entry)) {
                match settings.duplicates {
                    Verdict::Refuse => return Err(bad("contains a duplicate")),
                    Verdict::Accept => {}
                    Verdict::Normalise => continue,
                }
            }
            list.push(entry);
        }
        Ok(list)
    }

    fn replace_list(&mut self, list: Vec<String>, now: Moment) -> bool {
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        if sorted(&list) == sorted(&self.domains) {
            return false;
        }
        self.previous_domains = std::mem::replace(&mut self.domains, list);
        self.revision += 1;
        self.changed = now.simulated;
        true
    }

    fn begin_action(&mut self, now: Moment) -> String {
        let id = format!("DemoAction{:06}", self.actions.len() + 1);
        self.actions.push(Action {
            id: id.clone(),
            begun: now.simulated,
            over: now.simulated + Duration::from_secs(self.settings.action_after_s),
            outcome: self.settings.action_outcome,
        });
        id
    }

    // Changes made by others ------------------------------------------------------------------

    pub fn change(&mut self, change: AppChange, now: Moment, authority: &Authority) {
        self.settle(now, authority);
        if let Some(list) = change.domains {
            self.replace_list(list, now);
        }
        set(&mut self.name, change.name);
        set(&mut self.runtime, change.runtime);
        set(&mut self.app_missing, change.app_missing);
        set(&mut self.server.address, change.server_address);
        set(&mut self.server.lastconn, change.server_lastconn);
        set(&mut self.server.name, change.server_name);
        set(&mut self.server.missing, change.server_missing);
        set(
            &mut self.server.deny_unknown_domains,
            change.deny_unknown_domains,
        );
        if let Some(decided) = change.autossl_available {
            self.available_override = decided;
            // A certificate that was ready by the override need not be ready by the clock.
            self.ready = None;
        }
        set(&mut self.unresolvable, change.unresolvable);
        if let Some(left_out) = change.left_out {
            self.left_out = left_out;
            // The certificate that was ready was for other names.
            self.ready = None;
        }
        if let Some(ssl) = change.ssl {
            self.ssl = ssl.and_then(|ssl| self.installed(ssl, now, authority));
        }
        self.settle(now, authority);
    }

    fn installed(&self, change: SslChange, now: Moment, authority: &Authority) -> Option<Ssl> {
        let (mode, names, variant, force) = match change {
            SslChange::Mode(mode) => (mode, None, Variant::Good, false),
            SslChange::Detail {
                mode,
                names,
                variant,
                force,
            } => (mode, names, variant, force),
        };
        let names = names.unwrap_or_else(|| match mode {
            SslMode::Auto => self.certifiable(),
            SslMode::Custom => self.domains.clone(),
        });
        let made = self.issue(names, variant, now, authority)?;
        Some(Ssl {
            mode,
            force,
            revision: made.revision,
            certificate: made.certificate,
        })
    }

    // The API's documents ---------------------------------------------------------------------

    /// One app's details, or (`details` false) the app as an entry of the list of apps.
    pub fn app_document(&self, details: bool) -> Value {
        let mut app = json!({
            "id": self.app_id,
            "datecreated": self.created,
            "name": self.name,
            "sysuserid": "DemoSysUser001",
            "ssl": self.ssl_document(),
            "serverid": self.server.id,
            "runtime": self.runtime,
        });
        if let Some(map) = app.as_object_mut() {
            self.put_domains(map, &self.domains);
            if self.settings.breaks(Rule::AppFields) {
                map.remove("datecreated");
            }
            if details && !self.settings.breaks(Rule::AutosslField) {
                map.insert("autossl".to_owned(), self.autossl_document());
            }
        }
        app
    }

    /// Puts a list into an app document, in the order and form the settings ask for.
    pub fn put_domains(&self, app: &mut Map<String, Value>, list: &[String]) {
        let shown = match (list.is_empty(), self.settings.empty_list) {
            (true, EmptyList::Missing) => {
                app.remove("domains");
                return;
            }
            (true, EmptyList::Null) => Value::Null,
            _ if self.settings.breaks(Rule::DomainsArray) => {
                let numbered = list.iter().enumerate();
                numbered
                    .map(|(n, entry)| (n.to_string(), json!(entry)))
                    .collect()
            }
            _ => json!(ordered(list, self.settings.order)),
        };
        app.insert("domains".to_owned(), shown);
    }

    /// The list as it was before its last change.
    pub fn previous_domains(&self) -> &[String] {
        &self.previous_domains
    }

    pub fn ssl_document(&self) -> Value {
        let Some(ssl) = &self.ssl else {
            return Value::Null;
        };
        let cacerts = &ssl.certificate.cacerts_pem;
        let mut document = json!({
            "key": private_key_text(),
            "cert": ssl.certificate.cert_pem,
            "cacerts": if cacerts.is_empty() { Value::Null } else { json!(cacerts) },
            "auto": ssl.mode == SslMode::Auto,
            "force": ssl.force,
        });
        for (rule, field) in [(Rule::SslFields, "force"), (Rule::SslKey, "key")] {
            if self.settings.breaks(rule)
                && let Some(map) = document.as_object_mut()
            {
                map.remove(field);
            }
        }
        document
    }

    fn autossl_document(&self) -> Value {
        match &self.ready {
            Some(ready) if self.is_available() => {
                let mut names = ordered(&ready.certificate.names, self.settings.order);
                if self.settings.breaks(Rule::AutosslNames) {
                    names.push("somebody-elses.example.net".to_owned());
                }
                json!({ "available": true, "domains": names })
            }
            _ => json!({ "available": false }),
        }
    }

    pub fn server_document(&self, id: &str) -> Option<Value> {
        let server = &self.server;
        (!server.missing && server.id == id).then(|| {
            let mut document = json!({
                "id": server.id,
                "name": server.name,
                "plan": "economy",
                "autoupdates": true,
                "firewall": true,
                "deny_unknown_domains": server.deny_unknown_domains,
                "available_runtimes": ["php8.2", "php8.3", "php8.4"],
                "lastaddress": server.address,
                "lastconn": server.lastconn,
                "datecreated": self.created,
            });
            if self.settings.breaks(Rule::ServerFields)
                && let Some(map) = document.as_object_mut()
            {
                map.remove("lastconn");
            }
            document
        })
    }

    pub fn action_document(&self, id: &str, now: Moment) -> Option<Value> {
        let action = self.actions.iter().find(|action| action.id == id)?;
        if let Some(lifetime) = self.settings.action_lifetime_s
            && now.simulated >= action.begun + Duration::from_secs(lifetime)
        {
            return None;
        }
        Some(json!({
            "id": action.id,
            "serverid": self.server.id,
            "status": if self.settings.breaks(Rule::ActionStatus) { "done" } else { action.status(now) },
            "datecreated": action.begun.as_secs(),
        }))
    }

    pub fn app_state(&self, now: Moment) -> AppState {
        let ready = self.ready.as_ref().filter(|_| self.is_available());
        AppState {
            id: self.app_id.clone(),
            name: self.name.clone(),
            runtime: self.runtime.clone(),
            missing: self.app_missing,
            domains: self.domains.clone(),
            previous_domains: self.previous_domains.clone(),
            revision: self.revision,
            ssl: self.ssl.as_ref().map(|ssl| SslState {
                mode: ssl.mode,
                force: ssl.force,
                names: ssl.certificate.names.clone(),
            }),
            autossl_available: ready.is_some(),
            autossl_domains: ready
                .map(|ready| ready.certificate.names.clone())
                .unwrap_or_default(),
            unresolvable: self.unresolvable.clone(),
            left_out: self.left_out.clone(),
            server_id: self.server.id.clone(),
            server_address: self.server.address.clone(),
            server_missing: self.server.missing,
            actions: self
                .actions
                .iter()
                .map(|action| ActionState {
                    id: action.id.clone(),
                    status: action.status(now).to_owned(),
                })
                .collect(),
        }
    }
}

impl Action {
    fn status(&self, now: Moment) -> &'static str {
        match self.outcome {
            _ if now.simulated < self.over => "open",
            ActionOutcome::Open => "open",
            ActionOutcome::Success => "success",
            ActionOutcome::Error => "error",
        }
    }
}

fn set<T>(place: &mut T, change: Option<T>) {
    if let Some(value) = change {
        *place = value;
    }
}

fn ordered(list: &[String], order: Order) -> Vec<String> {
    let mut shown = list.to_vec();
    match order {
        Order::AsSent => {}
        Order::Sorted => shown.sort(),
        Order::Reversed => shown.reverse(),
        Order::Shuffled => {
            shown.sort_by_cached_key(|name| {
                let mut hasher = DefaultHasher::new();
                name.hash(&mut hasher);
                hasher.finish()
            });
            if shown == list && shown.len() > 1 {
                shown.rotate_left(1);
            }
        }
    }
    shown
}

/// The rule that documents an entry of this kind as valid.
fn kind_of(entry: &str) -> Rule {
    if entry.parse::<IpAddr>().is_ok() {
        Rule::Address
    } else if entry.starts_with("*.") {
        Rule::Wildcard
    } else if entry.split('.').count() == 2 {
        Rule::Apex
    } else {
        Rule::SubDomain
    }
}

/// Whether a web server could serve this: a host name, a wildcard, or an address.
fn is_entry(entry: &str) -> bool {
    if entry.parse::<IpAddr>().is_ok() {
        return true;
    }
    let name = entry.strip_prefix("*.").unwrap_or(entry);
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .chars()
                    .all(|c| c == '-' || !c.is_ascii() || c.is_ascii_alphanumeric())
        })
}
