//! `sp_check_ssl` and `sp_check_ssl_many`: resolve, ask the address policy, look, judge, report.
//! Changes nothing, and needs no credentials; with them it also says what ServerPilot knows of the name.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt as _;
use futures_util::future::{join, join_all};
use futures_util::stream;
use rustls::crypto::CryptoProvider;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::Call;
use crate::api::Fault;
use crate::api::model::{App, SslMode};
use crate::dns::{Addresses, Failure, Resolver};
use crate::document;
use crate::domain::Domain;
use crate::outcome::{Outcome, Problem, Warning, millis};
use crate::probe::address::{Network, may_connect};
use crate::probe::verdict::{self, Ending, Evidence, Reason};
use crate::probe::x509::{Certificate, rfc3339};
use crate::probe::{self, Look};
use crate::status::Status;

const CHECK: &str = "check";
const CHECK_MANY: &str = "check_many";

/// The most certificates of a chain that are shown.
const MOST_SHOWN: usize = 10;
/// The most addresses of one name that are looked at.
const MOST_ADDRESSES: usize = 8;
/// The most names of one call.
const MOST_NAMES: usize = 1000;
const HTTPS: u16 = 443;

/// The options of a check, as JSON. An unknown key or a wrong type is refused.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionsJson {
    /// "ip:port", IPv6 as "[::1]:443". No DNS then, and the address is thereby allowed.
    #[serde(default, deserialize_with = "given")]
    connect_to: Option<SocketAddr>,
    #[serde(default, deserialize_with = "given")]
    port: Option<u16>,
    /// For each name; 0: as `request_ms` of the client's time limits.
    #[serde(default, deserialize_with = "given")]
    timeout_ms: Option<u32>,
    #[serde(default)]
    allow_addresses: Vec<String>,
    #[serde(default, deserialize_with = "given")]
    warn_days: Option<u32>,
    #[serde(default, deserialize_with = "given")]
    pub(super) concurrency: Option<usize>,
    /// Name servers to ask in place of the system's.
    #[serde(default)]
    dns_servers: Vec<SocketAddr>,
    /// Only `sp_diagnose` looks at port 80.
    #[serde(default, deserialize_with = "given")]
    pub(super) http_port: Option<u16>,
}

/// A key that is there has to have a value: null is no number.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl OptionsJson {
    pub(super) fn parse(json: Option<&str>) -> Result<OptionsJson, Status> {
        json.map_or_else(|| Ok(OptionsJson::default()), document::read)
    }
}

/// The options of one check.
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) connect_to: Option<SocketAddr>,
    pub(super) port: u16,
    timeout: Option<Duration>,
    pub(super) allowed: Vec<Network>,
    warn_days: Option<u32>,
    pub(super) dns_servers: Vec<SocketAddr>,
}

impl Options {
    pub fn parse(json: Option<&str>) -> Result<Options, Status> {
        let json = OptionsJson::parse(json)?;
        match (json.concurrency, json.http_port) {
            (None, None) => Options::from_json(json),
            _ => Err(Status::SP_ERR_INVALID_ARGUMENT),
        }
    }

    pub(super) fn from_json(json: OptionsJson) -> Result<Options, Status> {
        const MOST: usize = 256;
        let zero_port = json.port == Some(0)
            || json.connect_to.is_some_and(|address| address.port() == 0)
            || json.dns_servers.iter().any(|address| address.port() == 0);
        if zero_port || json.allow_addresses.len() > MOST || json.dns_servers.len() > MOST {
            return Err(Status::SP_ERR_INVALID_ARGUMENT);
        }
        let allowed: Option<Vec<Network>> = json
            .allow_addresses
            .iter()
            .map(|text| Network::parse(text))
            .collect();
        Ok(Options {
            connect_to: json.connect_to,
            port: json.port.unwrap_or(HTTPS),
            timeout: json
                .timeout_ms
                .filter(|ms| *ms > 0)
                .map(|ms| Duration::from_millis(ms.into())),
            allowed: allowed.ok_or(Status::SP_ERR_INVALID_ARGUMENT)?,
            warn_days: json.warn_days,
            dns_servers: json.dns_servers,
        })
    }
}

/// What `sp_check_ssl_many` is asked for.
#[derive(Clone, Debug)]
pub struct ManyOrder {
    domains: Vec<Domain>,
    options: Options,
    concurrency: usize,
}

impl ManyOrder {
    pub fn parse(domains_json: &str, options_json: Option<&str>) -> Result<ManyOrder, Status> {
        let texts: Vec<String> =
            serde_json::from_str(domains_json).map_err(|_| Status::SP_ERR_INVALID_ARGUMENT)?;
        if texts.len() > MOST_NAMES {
            return Err(Status::SP_ERR_INVALID_ARGUMENT);
        }
        let json = OptionsJson::parse(options_json)?;
        let concurrency = json.concurrency.unwrap_or(50);
        if !(1..=200).contains(&concurrency) || json.http_port.is_some() {
            return Err(Status::SP_ERR_INVALID_ARGUMENT);
        }
        let options = Options::from_json(json)?;
        let domains: Result<Vec<Domain>, _> =
            texts.iter().map(|text| Domain::parse(text)).collect();
        let domains = domains.map_err(|_| Status::SP_ERR_INVALID_DOMAIN)?;
        Ok(ManyOrder {
            domains,
            options,
            concurrency,
        })
    }
}

/// `sp_check_ssl`.
pub async fn check(call: &Call<'_>, domain: &Domain, options: &Options) -> Result<Outcome, Status> {
    let examiner = Examiner::new(call, options)?;
    let (finding, app) = join(examiner.examine(domain), app_of(call)).await;
    if let AppView::Unknown(fault) = &app {
        call.log.warn("serverpilot_unknown", unknown_app(fault));
    }
    for warning in &finding.warnings {
        call.log.warn(warning.code, warning.message.clone());
    }
    let outcome = match finding.reason.status() {
        Status::SP_OK => Outcome::done(CHECK, finding.message.clone()),
        status => Outcome::failed(CHECK, Problem::new(status, finding.message.clone())),
    };
    Ok(outcome.with(finding.document(&app)))
}

/// `sp_check_ssl_many`.
pub async fn check_many(call: &Call<'_>, order: &ManyOrder) -> Result<Outcome, Status> {
    let examiner = Examiner::new(call, &order.options)?;
    let looking = stream::iter(order.domains.iter().enumerate())
        .map(|(at, domain)| {
            let examiner = &examiner;
            async move { (at, examiner.examine(domain).await) }
        })
        .buffer_unordered(order.concurrency)
        .collect::<Vec<_>>();
    let (mut findings, app) = join(looking, app_of(call)).await;
    findings.sort_by_key(|(at, _)| *at);
    if let AppView::Unknown(fault) = &app {
        call.log.warn("serverpilot_unknown", unknown_app(fault));
    }
    let mut valid = 0;
    let mut unknown = 0;
    let mut unlooked = 0;
    let mut results = Vec::with_capacity(findings.len());
    for (_, finding) in &findings {
        match finding.reason.valid() {
            Some(true) => valid += 1,
            Some(false) => {}
            None => unknown += 1,
        }
        unlooked += usize::from(!finding.looked);
        results.push(finding.result(&app));
    }
    let all = findings.len();
    let invalid = all - valid - unknown;
    let counts = json!({ "valid": valid, "not_valid": invalid, "unknown": unknown });
    let message =
        format!("{all} names: {valid} valid, {invalid} not valid, {unknown} could not be asked.");
    let outcome = if unlooked == 0 {
        Outcome::done(CHECK_MANY, message)
    } else {
        let message = format!(
            "{message} The time was over before {unlooked} of them were looked at: ask for fewer names at once, or give the call more time."
        );
        Outcome::failed(CHECK_MANY, Problem::new(Status::SP_ERR_TIMEOUT, message))
    };
    Ok(outcome.with(json!({ "results": results, "counts": counts })))
}

/// The app, as far as the call may and could ask.
pub(super) enum AppView {
    /// No credentials or no app: nothing was asked.
    NotAsked,
    Unknown(Box<Fault>),
    Known(Box<(App, Vec<String>)>),
}

async fn app_of(call: &Call<'_>) -> AppView {
    let (Ok(api), Ok(id)) = (call.api(), call.app_id()) else {
        return AppView::NotAsked;
    };
    match api.app(id).await {
        Ok(known) => AppView::Known(Box::new(known)),
        Err(fault) => AppView::Unknown(Box::new(fault)),
    }
}

fn unknown_app(fault: &Fault) -> String {
    format!(
        "This is the certificate alone: ServerPilot could not be asked about the name. {}",
        fault.problem.message
    )
}

/// Everything the looks of one call have in common.
pub(super) struct Examiner<'a> {
    options: &'a Options,
    provider: Arc<CryptoProvider>,
    roots: &'a rustls::RootCertStore,
    /// None where the operator has said where to connect.
    resolver: Option<Resolver>,
    connect_limit: Duration,
    limit: Duration,
    deadline: Instant,
    now: i64,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(call: &'a Call<'_>, options: &'a Options) -> Result<Examiner<'a>, Status> {
        let resolver = match options.connect_to {
            Some(_) => None,
            None => Some(Resolver::of_this_machine(&options.dns_servers)?),
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Ok(Examiner {
            options,
            provider: crate::crypto::provider(),
            roots: &call.engine.roots,
            resolver,
            connect_limit: call.config.timeouts.connect,
            limit: options.timeout.unwrap_or(call.config.timeouts.request),
            deadline: call.deadline,
            now: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
        })
    }

    /// When a look that begins now has to be over.
    pub(super) fn until(&self) -> Instant {
        self.deadline.min(Instant::now() + self.limit)
    }

    /// Looks at one name from its DNS to the verdict.
    pub(super) async fn examine(&self, domain: &Domain) -> Finding {
        let started = Instant::now();
        let until = self.until();
        if started >= self.deadline {
            let message = format!(
                "{domain} was not looked at: the call's time was over. Ask for fewer names at once."
            );
            return Finding {
                looked: false,
                ..Finding::without_address(domain, Reason::Timeout, message, None)
            };
        }
        let Some(resolver) = &self.resolver else {
            return match self.options.connect_to {
                Some(address) => {
                    self.look_at(domain, vec![(address, true)], None, until)
                        .await
                }
                None => Finding::without_address(
                    domain,
                    Reason::DnsFailure,
                    unresolved(domain, Failure::NoAnswer),
                    None,
                ),
            };
        };
        let addresses = resolver.addresses(domain.as_str(), until).await;
        self.examine_at(domain, &addresses, Some(started.elapsed()), until)
            .await
    }

    /// The same with the addresses already known. They are not looked up again: what was judged
    /// is what is connected to.
    pub(super) async fn examine_at(
        &self,
        domain: &Domain,
        addresses: &Addresses,
        dns: Option<Duration>,
        until: Instant,
    ) -> Finding {
        if let Some(failure) = addresses.failure() {
            return Finding::without_address(
                domain,
                Reason::DnsFailure,
                unresolved(domain, failure),
                dns,
            );
        }
        let judged = |address: IpAddr| {
            (
                SocketAddr::new(address, self.options.port),
                may_connect(address, &self.options.allowed),
            )
        };
        let targets: Vec<_> = addresses
            .in_order()
            .into_iter()
            .take(MOST_ADDRESSES)
            .map(judged)
            .collect();
        self.look_at(domain, targets, dns, until).await
    }

    async fn look_at(
        &self,
        domain: &Domain,
        targets: Vec<(SocketAddr, bool)>,
        dns: Option<Duration>,
        until: Instant,
    ) -> Finding {
        let looking = targets.into_iter().map(async |(address, allowed)| {
            if allowed {
                let look =
                    probe::look(address, domain, &self.provider, self.connect_limit, until).await;
                self.judge(domain, address, look)
            } else {
                Sight::blocked(address)
            }
        });
        let sights = join_all(looking).await;
        Finding::of(domain, sights, dns, self.now, self.options.warn_days)
    }

    fn judge(&self, domain: &Domain, address: SocketAddr, look: Look) -> Sight {
        let certificates: Vec<_> = look
            .chain
            .iter()
            .map(|der| Certificate::read(der))
            .collect();
        let reason = verdict::judge(&Evidence {
            chain: &look.chain,
            certificates: &certificates,
            host: domain.as_str(),
            now: self.now,
            ending: look.ending,
            roots: self.roots,
            algorithms: self.provider.signature_verification_algorithms.all,
        });
        Sight {
            address,
            reason,
            certificates,
            look: Some(look),
        }
    }
}

/// One address, looked at or refused.
struct Sight {
    address: SocketAddr,
    reason: Reason,
    certificates: Vec<Option<Certificate>>,
    /// None where the policy does not let us connect.
    look: Option<Look>,
}

impl Sight {
    fn blocked(address: SocketAddr) -> Sight {
        Sight {
            address,
            reason: Reason::BlockedAddress,
            certificates: Vec::new(),
            look: None,
        }
    }

    fn connected(&self) -> bool {
        self.look
            .as_ref()
            .is_some_and(|look| look.connect.is_some())
    }

    /// This machine has no way to it, which says nothing about others'.
    fn unreachable(&self) -> bool {
        self.look
            .as_ref()
            .is_some_and(|look| look.ending == Ending::Unreachable)
    }

    fn leaf(&self) -> Option<&Certificate> {
        self.certificates.first()?.as_ref()
    }

    fn seen(&self) -> Seen {
        let leaf = self.look.as_ref().and_then(|look| look.chain.first());
        Seen {
            address: self.address.ip(),
            connected: self.connected(),
            unreachable: self.unreachable(),
            blocked: self.look.is_none(),
            sha256: leaf.map(|der| sha256(der)),
        }
    }

    fn document(&self) -> Value {
        let look = self.look.as_ref();
        json!({
            "address": self.address.ip().to_string(),
            "port": self.address.port(),
            "valid": self.reason.valid(),
            "reason": self.reason,
            "connected": self.connected(),
            "tls_version": look.and_then(|look| look.tls_version),
            "sha256": look.and_then(|look| look.chain.first()).map(|der| probe::x509::fingerprint(der)),
            "timings_ms": {
                "connect": look.and_then(|look| look.connect).map(millis),
                "handshake": look.and_then(|look| look.handshake).map(millis),
            },
        })
    }
}

#[derive(Serialize)]
struct CertificateDocument {
    subject: String,
    issuer: String,
    serial: String,
    sha256: String,
    sans: Vec<String>,
    not_before: String,
    not_after: String,
    days_left: i64,
    lifetime_used: f64,
    key: String,
    signature: String,
}

impl CertificateDocument {
    fn of(leaf: &Certificate, now: i64) -> CertificateDocument {
        CertificateDocument {
            subject: leaf.subject.clone(),
            issuer: leaf.issuer.clone(),
            serial: leaf.serial.clone(),
            sha256: leaf.sha256.clone(),
            sans: leaf.shown_names(),
            not_before: rfc3339(leaf.not_before),
            not_after: rfc3339(leaf.not_after),
            days_left: verdict::days_left(leaf, now),
            lifetime_used: verdict::lifetime_used(leaf, now),
            key: leaf.key.name(),
            signature: leaf.signature.name.clone(),
        }
    }
}

/// One certificate of a chain. Of one that cannot be read only the fingerprint is known.
fn link(der: &CertificateDer<'_>, certificate: Option<&Certificate>) -> Value {
    json!({
        "subject": certificate.map(|one| &one.subject),
        "issuer": certificate.map(|one| &one.issuer),
        "serial": certificate.map(|one| &one.serial),
        "sha256": probe::x509::fingerprint(der),
        "not_before": certificate.map(|one| rfc3339(one.not_before)),
        "not_after": certificate.map(|one| rfc3339(one.not_after)),
        "key": certificate.map(|one| one.key.name()),
        "signature": certificate.map(|one| &one.signature.name),
        "is_ca": certificate.map(|one| one.is_ca),
    })
}

/// What was seen at one address, for a comparison with the others.
pub(super) struct Seen {
    pub(super) address: IpAddr,
    pub(super) connected: bool,
    pub(super) unreachable: bool,
    pub(super) blocked: bool,
    /// SHA-256 of the certificate that is served there.
    pub(super) sha256: Option<Vec<u8>>,
}

/// What there is to say about one name.
pub(super) struct Finding {
    domain: Domain,
    pub(super) reason: Reason,
    pub(super) message: String,
    pub(super) warnings: Vec<Warning>,
    /// False where the call's time was over before it could begin.
    looked: bool,
    /// SHA-256 of the certificate that is served.
    sha256: Option<Vec<u8>>,
    /// Every address of the name.
    pub(super) seen: Vec<Seen>,
    details: Map<String, Value>,
}

impl Finding {
    fn without_address(
        domain: &Domain,
        reason: Reason,
        message: String,
        dns: Option<Duration>,
    ) -> Finding {
        Finding::assemble(domain, reason, message, &[], None, dns, 0)
    }

    fn of(
        domain: &Domain,
        sights: Vec<Sight>,
        dns: Option<Duration>,
        now: i64,
        warn_days: Option<u32>,
    ) -> Finding {
        // The one a browser would reach first: it goes on to the next address only where it
        // cannot connect (RFC 8305), not where it does not like what it finds.
        let first = sights.iter().position(Sight::connected);
        let first = first
            .or_else(|| sights.iter().position(|sight| sight.look.is_some()))
            .unwrap_or(0);
        let Some(chosen) = sights.get(first) else {
            return Finding::without_address(
                domain,
                Reason::DnsFailure,
                unresolved(domain, Failure::NoRecord),
                dns,
            );
        };
        let message = explain(domain, chosen, now);
        let mut finding = Finding::assemble(
            domain,
            chosen.reason,
            message,
            &sights,
            Some(chosen),
            dns,
            now,
        );
        if let Some(leaf) = chosen.leaf()
            && chosen.reason == Reason::Ok
            && verdict::expires_soon(leaf, now, warn_days)
        {
            finding.warnings.push(Warning {
                code: "expires_soon",
                message: format!(
                    "The certificate of {domain} expires on {} ({} days left) and should have been renewed by now: look at AutoSSL and at the DNS of all the app's names.",
                    rfc3339(leaf.not_after),
                    verdict::days_left(leaf, now)
                ),
            });
        }
        let others: Vec<String> = sights
            .iter()
            .filter(|sight| sight.reason != chosen.reason && !sight.unreachable())
            .map(|sight| format!("{} ({})", sight.address.ip(), sight.reason.as_str()))
            .collect();
        if !others.is_empty() {
            finding.warnings.push(Warning {
                code: "addresses_differ",
                message: format!(
                    "{domain} has several addresses and they do not answer alike: the verdict is that of {} ({}), but some visitors reach {}. Take the DNS record that does not belong to the server away.",
                    chosen.address.ip(),
                    chosen.reason.as_str(),
                    others.join(", ")
                ),
            });
        }
        finding
    }

    /// The document's own keys, every one of them, known or not.
    fn assemble(
        domain: &Domain,
        reason: Reason,
        message: String,
        sights: &[Sight],
        chosen: Option<&Sight>,
        dns: Option<Duration>,
        now: i64,
    ) -> Finding {
        let look = chosen.and_then(|sight| sight.look.as_ref());
        let connected_to = chosen
            .filter(|sight| sight.connected())
            .map(|sight| sight.address.to_string());
        let chain: Vec<Value> = match (look, chosen) {
            (Some(look), Some(sight)) => {
                let links = look.chain.iter().zip(&sight.certificates);
                links
                    .take(MOST_SHOWN)
                    .map(|(der, one)| link(der, one.as_ref()))
                    .collect()
            }
            _ => Vec::new(),
        };
        let certificate = chosen
            .and_then(Sight::leaf)
            .map(|leaf| CertificateDocument::of(leaf, now));
        let mut details = Map::new();
        let mut put = |key: &str, value: Value| details.insert(key.to_owned(), value);
        put("domain", domain.as_str().into());
        put("valid", reason.valid().into());
        put("reason", reason.as_str().into());
        put("connected_to", connected_to.into());
        put("tls_version", look.and_then(|look| look.tls_version).into());
        put(
            "certificate",
            serde_json::to_value(certificate).unwrap_or_default(),
        );
        put("chain", chain.into());
        put(
            "timings_ms",
            json!({
                "dns": dns.map(millis),
                "connect": look.and_then(|look| look.connect).map(millis),
                "handshake": look.and_then(|look| look.handshake).map(millis),
            }),
        );
        put(
            "addresses",
            sights
                .iter()
                .map(Sight::document)
                .collect::<Vec<_>>()
                .into(),
        );
        Finding {
            domain: domain.clone(),
            reason,
            message,
            warnings: Vec::new(),
            looked: true,
            sha256: look
                .and_then(|look| look.chain.first())
                .map(|der| sha256(der)),
            seen: sights.iter().map(Sight::seen).collect(),
            details,
        }
    }

    fn document(&self, app: &AppView) -> Map<String, Value> {
        let mut document = self.details.clone();
        document.insert("serverpilot".to_owned(), self.serverpilot(app));
        document
    }

    /// The document of one of many: a check's, without what belongs to the call as a whole.
    fn result(&self, app: &AppView) -> Map<String, Value> {
        let status = self.reason.status();
        let mut document = Map::new();
        let mut put = |key: &str, value: Value| document.insert(key.to_owned(), value);
        put("operation", CHECK.into());
        put("status", status.as_str().into());
        put("message", self.message.as_str().into());
        put("retryable", status.retryable().into());
        put(
            "warnings",
            serde_json::to_value(&self.warnings).unwrap_or_default(),
        );
        document.extend(self.document(app));
        document
    }

    /// What ServerPilot knows of the name; null where it was not, or could not be, asked.
    fn serverpilot(&self, app: &AppView) -> Value {
        let AppView::Known(known) = app else {
            return Value::Null;
        };
        let (app, list) = known.as_ref();
        json!({
            "listed": holds(list, &self.domain),
            "in_autossl_certificate": holds(app.autossl_domains(), &self.domain),
            "autossl": match app.ssl_mode() {
                SslMode::Auto => "enabled",
                SslMode::Custom => "custom_certificate",
                SslMode::None if app.autossl_available() == Some(true) => "available",
                SslMode::None => "pending",
            },
            "served_is_serverpilots": self.served_is(app),
        })
    }

    /// Whether the served certificate is the app's; None where one of the two is not known.
    pub(super) fn served_is(&self, app: &App) -> Option<bool> {
        let installed = installed_certificate(app)?;
        Some(sha256(&installed) == *self.sha256.as_ref()?)
    }
}

/// The certificate that ServerPilot has put on the app.
pub(super) fn installed_certificate(app: &App) -> Option<CertificateDer<'static>> {
    let pem = app.ssl.as_ref()?.cert.as_deref()?;
    CertificateDer::from_pem_slice(pem.as_bytes()).ok()
}

/// Whether a list of ServerPilot's holds this very name. A wildcard is another entry: AutoSSL
/// makes no certificate for it.
pub(super) fn holds(list: &[String], domain: &Domain) -> bool {
    list.iter()
        .any(|entry| Domain::parse(entry).as_ref() == Ok(domain))
}

fn sha256(der: &[u8]) -> Vec<u8> {
    crate::crypto::sha256(&[der]).to_vec()
}

fn unresolved(domain: &Domain, failure: Failure) -> String {
    match failure {
        Failure::NoSuchName => format!(
            "{domain} does not exist in DNS: it is misspelt, not registered, or its record is not there yet."
        ),
        Failure::NoRecord => format!(
            "{domain} exists in DNS but has no address: add an A record with the server's address."
        ),
        Failure::NoAnswer => format!(
            "The name servers give no usable answer for {domain}: look at its DNS zone, then at the name servers of this machine."
        ),
        Failure::TimedOut => format!(
            "The name servers did not answer for {domain} in time: try again, then look at the name servers of this machine."
        ),
    }
}

/// One sentence for a person, with the cure where there is one.
fn explain(domain: &Domain, sight: &Sight, now: i64) -> String {
    let port = sight.address.port();
    let ending = sight.look.as_ref().map(|look| look.ending);
    let leaf = sight.leaf();
    let until = leaf.map_or_else(String::new, |leaf| rfc3339(leaf.not_after));
    match sight.reason {
        Reason::Ok => {
            let days = leaf.map_or(0, |leaf| verdict::days_left(leaf, now));
            format!("The certificate of {domain} is valid until {until} ({days} days).")
        }
        Reason::Expired if leaf.is_some_and(|leaf| leaf.not_after >= now) => {
            format!(
                "A certificate above that of {domain} has expired: install the current intermediate certificates."
            )
        }
        Reason::Expired => {
            format!("The certificate of {domain} expired on {until}: it has to be renewed.")
        }
        Reason::NotYetValid => {
            let from = leaf.map_or_else(String::new, |leaf| rfc3339(leaf.not_before));
            format!(
                "The certificate of {domain} is valid only from {from}: wait, or look at the clock of this machine."
            )
        }
        Reason::HostnameMismatch if ending == Some(Ending::NameRefused) => {
            format!(
                "The server says that it has no certificate for {domain}: add the name to the app, or correct its DNS."
            )
        }
        Reason::HostnameMismatch => format!(
            "The certificate that {domain} answers with is not for this name: wait for a new one, or correct the DNS."
        ),
        Reason::SelfSigned => format!(
            "{domain} answers with a certificate that it has signed itself: switch AutoSSL on, or install one of a public CA."
        ),
        Reason::UnknownIssuer => format!(
            "The certificate of {domain} leads to no root that browsers know: switch AutoSSL on, or install one of a public CA."
        ),
        Reason::IncompleteChain => format!(
            "{domain} does not send the intermediate certificate above its own: install the whole chain."
        ),
        Reason::WeakKey => match leaf {
            Some(leaf) if !leaf.key.is_for_browsers() => format!(
                "The key of the certificate of {domain} is {}: make a new one with RSA 2048 or ECDSA P-256.",
                verdict::key_fault(&leaf.key)
            ),
            _ => format!(
                "A certificate above that of {domain} has a key too short for browsers: get one from another CA."
            ),
        },
        Reason::WeakSignature => format!(
            "The certificate of {domain} hangs on a signature with a broken hash (MD5 or SHA-1): get a new one."
        ),
        Reason::OldProtocol => format!(
            "The server of {domain} has no TLS 1.2 or later, or none of its ciphers, in common with browsers: update it."
        ),
        Reason::NotTls => format!(
            "What answers for {domain} on port {port} does not speak TLS: switch HTTPS on there, or look which other service it is."
        ),
        Reason::ClientCertificateRequired => format!(
            "The server of {domain} wants a certificate of the visitor's: switch client certificates off for the public site."
        ),
        Reason::ConnectionRefused if ending == Some(Ending::Unreachable) => {
            format!(
                "There is no way from this machine to {}: look at its network, then at the DNS of {domain}.",
                sight.address.ip()
            )
        }
        Reason::ConnectionRefused => format!(
            "Nothing listens on port {port} of {domain}: switch HTTPS on there, then look at firewalls in between."
        ),
        Reason::ConnectionClosed => format!(
            "The server of {domain} closed the connection during the handshake: look at its log, and at firewalls in between."
        ),
        Reason::Timeout if ending == Some(Ending::ConnectTimedOut) => {
            format!(
                "No connection to port {port} of {domain} in time: a firewall drops it, or the DNS points to a machine that is off."
            )
        }
        Reason::Timeout => format!(
            "The server of {domain} did not finish the handshake in time: it is overloaded, or no TLS server."
        ),
        Reason::BlockedAddress => format!(
            "{domain} leads to an address that is not public and is therefore not connected to: correct its DNS, or allow that address (allow_addresses)."
        ),
        Reason::DnsFailure => unresolved(domain, Failure::NoAnswer),
        Reason::InvalidCertificate => format!(
            "The certificate of {domain} is not one that a browser takes (malformed, made for another purpose, or the server has not its key): get a new one."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_strictly() {
        for json in [
            None,
            Some("{}"),
            Some(
                r#" {"connect_to":"127.0.0.1:443","port":8443,"timeout_ms":5000,"warn_days":14} "#,
            ),
            Some(
                r#"{"connect_to":"[::1]:443","allow_addresses":["127.0.0.1","10.0.0.0/8","::1"]}"#,
            ),
            Some(r#"{"timeout_ms":0,"dns_servers":["127.0.0.1:53"]}"#),
        ] {
            assert!(Options::parse(json).is_ok(), "{json:?}");
        }
        for json in [
            "",
            "null",
            "[]",
            "1",
            "{",
            r#"{"Port":1}"#,
            r#"{"ports":443}"#,
            r#"{"port":"443"}"#,
            r#"{"port":0}"#,
            r#"{"port":65536}"#,
            r#"{"port":-1}"#,
            r#"{"port":443.5}"#,
            r#"{"port":null}"#,
            r#"{"port":443,"port":443}"#,
            r#"{"connect_to":"127.0.0.1"}"#,
            r#"{"connect_to":"127.0.0.1:0"}"#,
            r#"{"connect_to":"example.org:443"}"#,
            r#"{"connect_to":"::1:443"}"#,
            r#"{"connect_to":443}"#,
            r#"{"timeout_ms":-1}"#,
            r#"{"timeout_ms":"5"}"#,
            r#"{"allow_addresses":"127.0.0.1"}"#,
            r#"{"allow_addresses":["localhost"]}"#,
            r#"{"allow_addresses":[1]}"#,
            r#"{"allow_addresses":["10.0.0.0/33"]}"#,
            r#"{"warn_days":-1}"#,
            r#"{"concurrency":5}"#,
            r#"{"http_port":80}"#,
            r#"{"verify":false}"#,
            "{} {}",
        ] {
            assert_eq!(
                Options::parse(Some(json)).err(),
                Some(Status::SP_ERR_INVALID_ARGUMENT),
                "{json}"
            );
        }
    }

    #[test]
    fn many_are_read_strictly() {
        let names =
            |count: usize| serde_json::to_string(&vec!["example.org"; count]).expect("JSON");
        assert!(ManyOrder::parse("[]", None).is_ok());
        assert!(ManyOrder::parse(&names(1000), Some(r#"{"concurrency":200}"#)).is_ok());
        for (domains, options, status) in [
            (names(1001).as_str(), None, Status::SP_ERR_INVALID_ARGUMENT),
            ("", None, Status::SP_ERR_INVALID_ARGUMENT),
            ("{}", None, Status::SP_ERR_INVALID_ARGUMENT),
            (r#""example.org""#, None, Status::SP_ERR_INVALID_ARGUMENT),
            (
                r#"["example.org",1]"#,
                None,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                r#"["example.org",null]"#,
                None,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                r#"["example.org","no name"]"#,
                None,
                Status::SP_ERR_INVALID_DOMAIN,
            ),
            (r#"["127.0.0.1"]"#, None, Status::SP_ERR_INVALID_DOMAIN),
            (
                "[]",
                Some(r#"{"concurrency":0}"#),
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                "[]",
                Some(r#"{"concurrency":201}"#),
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                "[]",
                Some(r#"{"concurrency":"5"}"#),
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
        ] {
            assert_eq!(
                ManyOrder::parse(domains, options).err(),
                Some(status),
                "{options:?}"
            );
        }
    }
}
