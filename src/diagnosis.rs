//! Why is this name not secure, and whose move is it? Pure: facts in, one cause with its evidence out.
//! No I/O, no clock. The order below is the order of cause and effect: what stands further up
//! keeps everything under it from working, so the first thing that is wrong is the cause.
//!
//! | check | bad: cause | whose move |
//! |---|---|---|
//! | `serverpilot` | `key_refused`, `payment_required`, `permission_denied`, `app_not_found`, `serverpilot_unreachable` | operator |
//! | | `serverpilot_failing` | serverpilot |
//! | | `serverpilot_busy` | wait |
//! | `dns` | `name_not_found` (no such name, or no address) | customer |
//! | | `dns_unanswered` | wait |
//! | `ipv4_address` | `wrong_address` (an A record that is not the server's, or none) | customer |
//! | `ipv6_address` | `ipv6_elsewhere` (an AAAA record that leads to something else; Let's Encrypt prefers it) | customer |
//! | `proxy` | `behind_proxy`, where visitors are not served a valid certificate | customer |
//! | `caa` | `caa_forbids` (Let's Encrypt may not issue for the name) | customer |
//! | `port_80` | `port_80_closed` (the HTTP-01 challenge cannot be answered) | operator |
//! | `listed` | `not_listed` (the app does not have the name) | operator |
//! | `www` | `www_unresolved`, `www_elsewhere` (in the app's list, and keeps the certificate of all from being made) | customer |
//! | `other_names` | `another_name_blocks` (others in the app's list do not resolve while a certificate is waited for) | operator |
//! | `name_count` | `too_many_names` (more than Let's Encrypt puts into one certificate) | operator |
//! | `custom_certificate` | `custom_certificate` (installed, and not valid for this name) | operator |
//! | `autossl_available` | `autossl_pending` (no certificate is ready) | wait |
//! | `autossl_enabled` | `autossl_off` (a certificate is ready and not used) | operator |
//! | `autossl_certificate` | `not_in_certificate` (AutoSSL is on, its certificate does not hold this name yet) | wait |
//! | `served_certificate` | `other_certificate` (what is served is not what ServerPilot has installed) | wait |
//! | `certificate` | `address_blocked`, `https_closed`, `client_certificate_required` | operator |
//! | | `certificate_expired`, `certificate_mismatch`, `certificate_not_trusted` | serverpilot |
//! | | `old_protocol` | serverpilot; operator where a custom certificate is installed |
//! | | `https_unanswered` | wait |
//! | | none of it: `all_well`; `behind_proxy` where a proxy answers, and well | nobody |

use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;

use crate::api::model::SslMode;
use crate::dns::{Addresses, Caa, CaaLevel, Failure};
use crate::domain::Domain;
use crate::outcome::Problem;
use crate::plan::CERTIFICATE_LIMIT;
use crate::probe::address::Network;
use crate::probe::verdict::Reason;
use crate::status::Status;

/// The issuer that ServerPilot's AutoSSL uses, as CAA records name it (letsencrypt.org/docs/caa).
const ISSUER: &str = "letsencrypt.org";

/// Cloudflare's own addresses: a name that leads there leads to the proxy, whatever is behind it.
/// From cloudflare.com/ips-v4 and ips-v6, in their order; copies of 2023-10, 2026-02, 2026-07 and
/// 2026-09 are all alike.
const CLOUDFLARE: [Network; 22] = [
    Network::v4(173, 245, 48, 0, 20),
    Network::v4(103, 21, 244, 0, 22),
    Network::v4(103, 22, 200, 0, 22),
    Network::v4(103, 31, 4, 0, 22),
    Network::v4(141, 101, 64, 0, 18),
    Network::v4(108, 162, 192, 0, 18),
    Network::v4(190, 93, 240, 0, 20),
    Network::v4(188, 114, 96, 0, 20),
    Network::v4(197, 234, 240, 0, 22),
    Network::v4(198, 41, 128, 0, 17),
    Network::v4(162, 158, 0, 0, 15),
    Network::v4(104, 16, 0, 0, 13),
    Network::v4(104, 24, 0, 0, 14),
    Network::v4(172, 64, 0, 0, 13),
    Network::v4(131, 0, 72, 0, 22),
    Network::v6(0x2400, 0xcb00, 0, 0, 32),
    Network::v6(0x2606, 0x4700, 0, 0, 32),
    Network::v6(0x2803, 0xf800, 0, 0, 32),
    Network::v6(0x2405, 0xb500, 0, 0, 32),
    Network::v6(0x2405, 0x8100, 0, 0, 32),
    Network::v6(0x2a06, 0x98c0, 0, 0, 29),
    Network::v6(0x2c0f, 0xf248, 0, 0, 32),
];

/// Everything that was found out.
pub struct Facts {
    pub domain: Domain,
    pub serverpilot: Result<AppFacts, Problem>,
    /// The server's address; None where ServerPilot does not say.
    pub server: Option<IpAddr>,
    /// None where the operator has said where to connect: DNS was not asked.
    pub dns: Option<Addresses>,
    pub ipv6: Ipv6,
    /// The CAA records of the name and of each name above it, in this order. None: not asked.
    pub caa: Option<Vec<CaaLevel>>,
    pub port_80: Port,
    /// The addresses of `www.` and this name. None: not asked, or there is no such name.
    pub www: Option<Addresses>,
    /// None: not asked, because no certificate is waited for.
    pub others: Option<OtherNames>,
    pub certificate: CertificateFacts,
}

/// What DNS says of the other names of the app: one certificate is made for all of them.
#[derive(Clone, Debug, Default)]
pub struct OtherNames {
    pub asked: usize,
    /// No such name, or no address.
    pub unresolved: Vec<Domain>,
    /// The name servers did not say.
    pub unanswered: usize,
}

/// What ServerPilot says.
#[derive(Clone, Debug)]
pub struct AppFacts {
    pub names: usize,
    pub listed: bool,
    pub www_listed: bool,
    pub mode: SslMode,
    pub available: Option<bool>,
    pub in_certificate: bool,
}

/// Whether the name's IPv6 addresses lead to the same server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ipv6 {
    None,
    Same,
    Elsewhere,
    /// This machine has no IPv6, or nothing answers that could be compared.
    Unknown,
}

/// A port that was knocked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    Open,
    Closed,
    NoAnswer,
    /// There is no way from here to there, or none that may be taken.
    Unknown,
    Skipped,
}

/// What is served.
#[derive(Clone, Debug)]
pub struct CertificateFacts {
    pub reason: Reason,
    pub message: String,
    /// Whether it is the one that ServerPilot has installed.
    pub is_serverpilots: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    AllWell,
    KeyRefused,
    PaymentRequired,
    PermissionDenied,
    AppNotFound,
    ServerpilotUnreachable,
    ServerpilotFailing,
    ServerpilotBusy,
    NameNotFound,
    DnsUnanswered,
    WrongAddress,
    Ipv6Elsewhere,
    BehindProxy,
    CaaForbids,
    #[serde(rename = "port_80_closed")]
    Port80Closed,
    NotListed,
    WwwUnresolved,
    WwwElsewhere,
    AnotherNameBlocks,
    TooManyNames,
    CustomCertificate,
    AutosslPending,
    AutosslOff,
    NotInCertificate,
    OtherCertificate,
    AddressBlocked,
    HttpsClosed,
    HttpsUnanswered,
    ClientCertificateRequired,
    CertificateExpired,
    CertificateMismatch,
    CertificateNotTrusted,
    OldProtocol,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WhoseMove {
    Customer,
    Operator,
    Serverpilot,
    Wait,
    Nobody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Good,
    Bad,
    Unknown,
    Skipped,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Evidence {
    pub check: &'static str,
    pub outcome: Outcome,
    pub detail: String,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    pub cause: Cause,
    pub whose_move: WhoseMove,
    /// One sentence: what is to be done.
    pub advice: String,
    pub evidence: Vec<Evidence>,
    /// Zero: nothing to look for.
    pub next_look: Duration,
}

impl Diagnosis {
    /// Whether it comes down to waiting for a certificate, so that the app's other names matter.
    pub fn awaits_certificate(&self) -> bool {
        matches!(self.cause, Cause::AutosslPending | Cause::NotInCertificate)
    }
}

/// One check's result: what it says, and the cause where it is bad.
struct Step {
    check: &'static str,
    outcome: Outcome,
    detail: String,
    cause: Option<Cause>,
}

fn good(check: &'static str, detail: impl Into<String>) -> Step {
    Step {
        check,
        outcome: Outcome::Good,
        detail: detail.into(),
        cause: None,
    }
}

fn unknown(check: &'static str, detail: impl Into<String>) -> Step {
    Step {
        outcome: Outcome::Unknown,
        ..good(check, detail)
    }
}

fn skipped(check: &'static str, detail: impl Into<String>) -> Step {
    Step {
        outcome: Outcome::Skipped,
        ..good(check, detail)
    }
}

fn bad(check: &'static str, cause: Cause, detail: impl Into<String>) -> Step {
    Step {
        outcome: Outcome::Bad,
        cause: Some(cause),
        ..good(check, detail)
    }
}

const NOT_ASKED: &str = "Not asked: it was said where to connect.";
const APP_UNKNOWN: &str = "ServerPilot could not be asked.";

/// From facts to cause.
pub fn diagnose(facts: &Facts) -> Diagnosis {
    let steps = [
        serverpilot(facts),
        dns(facts),
        ipv4_address(facts),
        ipv6_address(facts),
        proxy(facts),
        caa(facts),
        port_80(facts),
        listed(facts),
        www(facts),
        other_names(facts),
        name_count(facts),
        custom_certificate(facts),
        autossl_available(facts),
        autossl_enabled(facts),
        autossl_certificate(facts),
        served_certificate(facts),
        certificate(facts),
    ];
    let first = steps.iter().find_map(|step| step.cause);
    let cause = match first {
        Some(cause) => cause,
        None if is_proxied(facts) => Cause::BehindProxy,
        None => Cause::AllWell,
    };
    let whose_move = whose_move(cause, facts);
    Diagnosis {
        cause,
        whose_move,
        advice: advice(cause, facts),
        evidence: steps
            .into_iter()
            .map(|step| Evidence {
                check: step.check,
                outcome: step.outcome,
                detail: step.detail,
            })
            .collect(),
        next_look: next_look(whose_move),
    }
}

fn serverpilot(facts: &Facts) -> Step {
    const CHECK: &str = "serverpilot";
    match &facts.serverpilot {
        Ok(app) => good(CHECK, format!("The app was read: {} names.", app.names)),
        Err(problem) => bad(
            CHECK,
            service_cause(problem.status),
            problem.message.clone(),
        ),
    }
}

fn service_cause(status: Status) -> Cause {
    match status {
        Status::SP_ERR_AUTH => Cause::KeyRefused,
        Status::SP_ERR_PAYMENT_REQUIRED => Cause::PaymentRequired,
        Status::SP_ERR_FORBIDDEN => Cause::PermissionDenied,
        Status::SP_ERR_NOT_FOUND => Cause::AppNotFound,
        Status::SP_ERR_RATE_LIMITED => Cause::ServerpilotBusy,
        Status::SP_ERR_SERVER | Status::SP_ERR_PROTOCOL | Status::SP_ERR_BAD_REQUEST => {
            Cause::ServerpilotFailing
        }
        _ => Cause::ServerpilotUnreachable,
    }
}

fn dns(facts: &Facts) -> Step {
    const CHECK: &str = "dns";
    let Some(addresses) = &facts.dns else {
        return skipped(CHECK, NOT_ASKED);
    };
    match addresses.failure() {
        None => {
            let all: Vec<String> = addresses
                .in_order()
                .iter()
                .map(ToString::to_string)
                .collect();
            let hosts = if addresses.from_hosts {
                " (by /etc/hosts of this machine)"
            } else {
                ""
            };
            good(CHECK, format!("Resolves to {}{hosts}.", all.join(", ")))
        }
        Some(Failure::NoSuchName) => bad(CHECK, Cause::NameNotFound, "The name does not exist."),
        Some(Failure::NoRecord) => bad(
            CHECK,
            Cause::NameNotFound,
            "The name exists and has no address.",
        ),
        Some(Failure::NoAnswer) => bad(
            CHECK,
            Cause::DnsUnanswered,
            "The name servers give no usable answer.",
        ),
        Some(Failure::TimedOut) => bad(
            CHECK,
            Cause::DnsUnanswered,
            "The name servers did not answer in time.",
        ),
    }
}

fn ipv4_address(facts: &Facts) -> Step {
    const CHECK: &str = "ipv4_address";
    let Some(addresses) = &facts.dns else {
        return skipped(CHECK, NOT_ASKED);
    };
    if addresses.failure().is_some() {
        return skipped(CHECK, "There is no address.");
    }
    let four = match &addresses.four {
        Ok(four) => four,
        Err(Failure::TimedOut | Failure::NoAnswer) => {
            return unknown(CHECK, "The A records could not be asked for.");
        }
        Err(_) if facts.certificate.is_serverpilots == Some(true) => {
            return good(
                CHECK,
                "There is no A record; the AAAA record leads to the server.",
            );
        }
        Err(_) => return bad(CHECK, Cause::WrongAddress, "There is no A record."),
    };
    let Some(server) = facts.server else {
        return unknown(
            CHECK,
            "ServerPilot does not say what the server's address is.",
        );
    };
    match four
        .iter()
        .find(|address| **address != server && !is_cloudflare(**address))
    {
        Some(other) => bad(
            CHECK,
            Cause::WrongAddress,
            format!("An A record is {other}, the server is {server}."),
        ),
        None if four.contains(&server) => {
            good(CHECK, format!("The A record is the server's, {server}."))
        }
        None => unknown(CHECK, "The A records are a proxy's."),
    }
}

fn ipv6_address(facts: &Facts) -> Step {
    const CHECK: &str = "ipv6_address";
    match (&facts.dns, facts.ipv6) {
        (None, _) => skipped(CHECK, NOT_ASKED),
        (Some(addresses), Ipv6::None)
            if matches!(addresses.six, Err(Failure::TimedOut | Failure::NoAnswer)) =>
        {
            unknown(CHECK, "The AAAA records could not be asked for.")
        }
        (_, Ipv6::None) => good(CHECK, "There is no AAAA record."),
        (_, Ipv6::Same) => good(CHECK, "The AAAA record leads to the same server."),
        (_, Ipv6::Unknown) => unknown(
            CHECK,
            "Whether the AAAA record leads to the same server cannot be told from here.",
        ),
        (_, Ipv6::Elsewhere) => bad(
            CHECK,
            Cause::Ipv6Elsewhere,
            "The AAAA record does not lead to the same server.",
        ),
    }
}

fn is_cloudflare(address: IpAddr) -> bool {
    CLOUDFLARE.iter().any(|network| network.contains(address))
}

/// Whether visitors reach a proxy that is known as one.
pub fn is_proxied(facts: &Facts) -> bool {
    facts
        .dns
        .as_ref()
        .is_some_and(|addresses| addresses.in_order().into_iter().any(is_cloudflare))
}

fn proxy(facts: &Facts) -> Step {
    const CHECK: &str = "proxy";
    if facts.dns.is_none() {
        return skipped(CHECK, NOT_ASKED);
    }
    if !is_proxied(facts) {
        return good(CHECK, "No known proxy is in between.");
    }
    let detail =
        "Cloudflare's proxy answers for the name, so the certificate seen here is the proxy's.";
    match facts.certificate.reason {
        Reason::Ok => unknown(CHECK, detail),
        _ => bad(CHECK, Cause::BehindProxy, detail),
    }
}

fn caa(facts: &Facts) -> Step {
    const CHECK: &str = "caa";
    let Some(levels) = &facts.caa else {
        return skipped(CHECK, NOT_ASKED);
    };
    // The first name on the way up that has any CAA record decides (RFC 8659, section 3).
    for CaaLevel { name, records } in levels {
        match records {
            Err(_) => {
                return unknown(
                    CHECK,
                    format!("The CAA records of {name} could not be asked for."),
                );
            }
            Ok(records) if records.is_empty() => {}
            Ok(records) if may_issue(records) => {
                return good(
                    CHECK,
                    format!("The CAA records of {name} allow Let's Encrypt."),
                );
            }
            Ok(_) => {
                return bad(
                    CHECK,
                    Cause::CaaForbids,
                    format!("The CAA records of {name} do not allow Let's Encrypt."),
                );
            }
        }
    }
    good(CHECK, "No CAA record restricts who may issue.")
}

/// Whether these CAA records let Let's Encrypt issue for ServerPilot by HTTP-01.
fn may_issue(records: &[Caa]) -> bool {
    let tag = |record: &Caa, tag: &str| record.tag.eq_ignore_ascii_case(tag);
    // A critical property that the issuer does not know forbids everything (RFC 8659, section 4.1).
    const KNOWN: [&str; 6] = [
        "issue",
        "issuewild",
        "iodef",
        "issuemail",
        "contactemail",
        "contactphone",
    ];
    let understood =
        |record: &Caa| !record.critical || KNOWN.iter().any(|known| tag(record, known));
    if !records.iter().all(understood) {
        return false;
    }
    let mut issue = records
        .iter()
        .filter(|record| tag(record, "issue"))
        .peekable();
    issue.peek().is_none() || issue.any(|record| names_issuer(&record.value))
}

/// Reads `issuer; key=value; …`. An account other than ServerPilot's, which nobody but
/// ServerPilot knows, or a method other than HTTP-01 (RFC 8657) shuts AutoSSL out as well.
fn names_issuer(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let issuer = parts.next().unwrap_or_default();
    issuer.eq_ignore_ascii_case(ISSUER)
        && parts.all(|parameter| {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match key.trim().to_ascii_lowercase().as_str() {
                "accounturi" => false,
                "validationmethods" => value.split(',').any(|method| method.trim() == "http-01"),
                _ => true,
            }
        })
}

fn port_80(facts: &Facts) -> Step {
    const CHECK: &str = "port_80";
    match facts.port_80 {
        Port::Open => good(CHECK, "Something answers for HTTP."),
        Port::Closed => bad(CHECK, Cause::Port80Closed, "The port for HTTP is closed."),
        Port::NoAnswer => bad(
            CHECK,
            Cause::Port80Closed,
            "The port for HTTP does not answer: a firewall drops what is sent there.",
        ),
        Port::Unknown => unknown(CHECK, "The port for HTTP could not be looked at from here."),
        Port::Skipped => skipped(CHECK, "Not looked at."),
    }
}

fn listed(facts: &Facts) -> Step {
    const CHECK: &str = "listed";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, APP_UNKNOWN),
        Ok(app) if app.listed => good(CHECK, "The app has the name."),
        Ok(_) => bad(CHECK, Cause::NotListed, "The app does not have the name."),
    }
}

fn www(facts: &Facts) -> Step {
    const CHECK: &str = "www";
    match &facts.serverpilot {
        Err(_) => return unknown(CHECK, APP_UNKNOWN),
        Ok(app) if !app.www_listed => return skipped(CHECK, "The app has no www name for it."),
        Ok(_) => {}
    }
    let Some(addresses) = &facts.www else {
        return skipped(CHECK, NOT_ASKED);
    };
    match addresses.failure() {
        Some(Failure::NoSuchName | Failure::NoRecord) => {
            return bad(
                CHECK,
                Cause::WwwUnresolved,
                "The app has the www name too, and it does not resolve.",
            );
        }
        Some(Failure::NoAnswer | Failure::TimedOut) => {
            return unknown(CHECK, "The name servers do not answer for the www name.");
        }
        None => {}
    }
    let four = addresses.four.as_deref().unwrap_or_default();
    let elsewhere = |server: &IpAddr| {
        four.iter()
            .any(|address| address != server && !is_cloudflare(*address))
    };
    match &facts.server {
        Some(server) if elsewhere(server) => bad(
            CHECK,
            Cause::WwwElsewhere,
            format!(
                "The app has the www name too, and its A record is not the server's, {server}."
            ),
        ),
        _ => good(CHECK, "The www name resolves as well."),
    }
}

/// That a www name can hold up everybody's certificate is reported by ServerPilot's users; that any
/// other name can follows from one certificate being made for all of them.
fn other_names(facts: &Facts) -> Step {
    const CHECK: &str = "other_names";
    let Some(others) = &facts.others else {
        return skipped(CHECK, "Looked up only where a certificate is waited for.");
    };
    let asked = others.asked;
    match others.unresolved.len() {
        0 if others.unanswered > 0 => unknown(
            CHECK,
            format!(
                "For {} of the app's {asked} other names the name servers do not answer.",
                others.unanswered
            ),
        ),
        0 => good(CHECK, format!("The app's {asked} other names resolve.")),
        count => bad(
            CHECK,
            Cause::AnotherNameBlocks,
            format!(
                "Of the app's {asked} other names {count} do not resolve: {}. One certificate is made for all, and such a www name is known to keep it from being made.",
                first_of(&others.unresolved, 10)
            ),
        ),
    }
}

/// The first of these names, and how many more there are; www names in front.
fn first_of(names: &[Domain], most: usize) -> String {
    let (www, plain): (Vec<&Domain>, Vec<&Domain>) = names.iter().partition(|name| name.is_www());
    let named = www.into_iter().chain(plain).take(most);
    let text = named.map(Domain::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

fn name_count(facts: &Facts) -> Step {
    const CHECK: &str = "name_count";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, APP_UNKNOWN),
        Ok(app) if app.names > CERTIFICATE_LIMIT => bad(
            CHECK,
            Cause::TooManyNames,
            format!(
                "The app has {} names, and Let's Encrypt puts at most {CERTIFICATE_LIMIT} into one certificate.",
                app.names
            ),
        ),
        Ok(app) => good(
            CHECK,
            format!("{} names fit into one certificate.", app.names),
        ),
    }
}

fn custom_certificate(facts: &Facts) -> Step {
    const CHECK: &str = "custom_certificate";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, APP_UNKNOWN),
        Ok(app) if app.mode != SslMode::Custom => {
            good(CHECK, "No custom certificate is installed.")
        }
        Ok(_) if facts.certificate.reason == Reason::Ok => good(
            CHECK,
            "A custom certificate is installed, and visitors are served a valid one.",
        ),
        // It is to blame for what a certificate is, not for a port that is shut or a server that
        // is old: those have causes of their own.
        Ok(_)
            if matches!(
                certificate_cause(facts.certificate.reason),
                Some(
                    Cause::CertificateExpired
                        | Cause::CertificateMismatch
                        | Cause::CertificateNotTrusted
                )
            ) =>
        {
            bad(
                CHECK,
                Cause::CustomCertificate,
                "A custom certificate is installed, so AutoSSL is not used, and it does not serve this name.",
            )
        }
        Ok(_) => unknown(
            CHECK,
            "A custom certificate is installed; whether it serves this name could not be seen.",
        ),
    }
}

fn autossl_available(facts: &Facts) -> Step {
    const CHECK: &str = "autossl_available";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, APP_UNKNOWN),
        Ok(app) => match (app.mode, app.available) {
            (SslMode::Custom, _) => skipped(CHECK, "A custom certificate is installed."),
            (SslMode::Auto, _) => good(CHECK, "AutoSSL has a certificate."),
            (SslMode::None, Some(true)) => good(CHECK, "A certificate is ready."),
            (SslMode::None, Some(false)) => {
                bad(CHECK, Cause::AutosslPending, "No certificate is ready yet.")
            }
            (SslMode::None, None) => unknown(
                CHECK,
                "ServerPilot does not say whether a certificate is ready.",
            ),
        },
    }
}

fn autossl_enabled(facts: &Facts) -> Step {
    const CHECK: &str = "autossl_enabled";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, APP_UNKNOWN),
        Ok(app) => match (app.mode, app.available) {
            (SslMode::Custom, _) => skipped(CHECK, "A custom certificate is installed."),
            (SslMode::Auto, _) => good(CHECK, "AutoSSL is on."),
            (SslMode::None, Some(false)) => skipped(CHECK, "It cannot be switched on yet."),
            (SslMode::None, _) => bad(CHECK, Cause::AutosslOff, "AutoSSL is off."),
        },
    }
}

fn autossl_certificate(facts: &Facts) -> Step {
    const CHECK: &str = "autossl_certificate";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, APP_UNKNOWN),
        Ok(app) if app.mode != SslMode::Auto => skipped(CHECK, "AutoSSL is not in use."),
        Ok(app) if app.in_certificate => good(CHECK, "AutoSSL's certificate holds the name."),
        // The list of names comes only with a certificate that is ready; where the served one
        // is right, its absence says nothing.
        Ok(_) if facts.certificate.reason == Reason::Ok => unknown(
            CHECK,
            "ServerPilot does not say that AutoSSL's certificate holds the name; visitors are served one that does.",
        ),
        Ok(_) => bad(
            CHECK,
            Cause::NotInCertificate,
            "AutoSSL's certificate does not hold the name yet.",
        ),
    }
}

fn served_certificate(facts: &Facts) -> Step {
    const CHECK: &str = "served_certificate";
    match (&facts.serverpilot, facts.certificate.is_serverpilots) {
        (Err(_), _) => unknown(CHECK, APP_UNKNOWN),
        (Ok(_), Some(true)) => good(CHECK, "What is served is what ServerPilot has installed."),
        (Ok(_), None) => unknown(CHECK, "There is nothing to compare."),
        (Ok(_), Some(false)) if is_proxied(facts) => {
            unknown(CHECK, "The proxy serves a certificate of its own.")
        }
        (Ok(_), Some(false)) => bad(
            CHECK,
            Cause::OtherCertificate,
            "What is served is not what ServerPilot has installed.",
        ),
    }
}

fn certificate(facts: &Facts) -> Step {
    const CHECK: &str = "certificate";
    let detail = facts.certificate.message.clone();
    match certificate_cause(facts.certificate.reason) {
        Some(cause) => bad(CHECK, cause, detail),
        None if facts.certificate.reason == Reason::Ok => good(CHECK, detail),
        None => skipped(CHECK, "There is no address to look at."),
    }
}

/// None where there is nothing wrong, or nothing to look at.
fn certificate_cause(reason: Reason) -> Option<Cause> {
    Some(match reason {
        Reason::Ok | Reason::DnsFailure => return None,
        Reason::BlockedAddress => Cause::AddressBlocked,
        Reason::Expired | Reason::NotYetValid => Cause::CertificateExpired,
        Reason::HostnameMismatch => Cause::CertificateMismatch,
        Reason::OldProtocol => Cause::OldProtocol,
        Reason::ClientCertificateRequired => Cause::ClientCertificateRequired,
        Reason::NotTls | Reason::ConnectionRefused => Cause::HttpsClosed,
        Reason::ConnectionClosed | Reason::Timeout => Cause::HttpsUnanswered,
        Reason::SelfSigned
        | Reason::UnknownIssuer
        | Reason::IncompleteChain
        | Reason::WeakKey
        | Reason::WeakSignature
        | Reason::InvalidCertificate => Cause::CertificateNotTrusted,
    })
}

fn whose_move(cause: Cause, facts: &Facts) -> WhoseMove {
    match cause {
        Cause::AllWell => WhoseMove::Nobody,
        Cause::BehindProxy if facts.certificate.reason == Reason::Ok => WhoseMove::Nobody,
        Cause::KeyRefused
        | Cause::PaymentRequired
        | Cause::PermissionDenied
        | Cause::AppNotFound
        | Cause::ServerpilotUnreachable
        | Cause::Port80Closed
        | Cause::NotListed
        | Cause::AnotherNameBlocks
        | Cause::TooManyNames
        | Cause::CustomCertificate
        | Cause::AutosslOff
        | Cause::AddressBlocked
        | Cause::HttpsClosed
        | Cause::ClientCertificateRequired => WhoseMove::Operator,
        Cause::NameNotFound
        | Cause::WrongAddress
        | Cause::Ipv6Elsewhere
        | Cause::BehindProxy
        | Cause::CaaForbids
        | Cause::WwwUnresolved
        | Cause::WwwElsewhere => WhoseMove::Customer,
        // Of a custom certificate these say `custom_certificate`.
        Cause::ServerpilotFailing
        | Cause::CertificateExpired
        | Cause::CertificateMismatch
        | Cause::CertificateNotTrusted => WhoseMove::Serverpilot,
        Cause::ServerpilotBusy
        | Cause::DnsUnanswered
        | Cause::AutosslPending
        | Cause::NotInCertificate
        | Cause::OtherCertificate
        | Cause::HttpsUnanswered => WhoseMove::Wait,
        Cause::OldProtocol => match &facts.serverpilot {
            Ok(app) if app.mode == SslMode::Custom => WhoseMove::Operator,
            _ => WhoseMove::Serverpilot,
        },
    }
}

/// What is to be done, in one sentence.
fn advice(cause: Cause, facts: &Facts) -> String {
    let domain = &facts.domain;
    let server = match facts.server {
        Some(address) => format!("the server's address, {address}"),
        None => "the server's address".to_owned(),
    };
    match cause {
        Cause::AllWell => format!("{domain} is secure; there is nothing to do."),
        // What happened is the evidence; these are the cures.
        Cause::KeyRefused => "Compare the client ID and the API key (WU_SERVER_PILOT_CLIENT_ID, WU_SERVER_PILOT_API_KEY) with ServerPilot's panel, Account → API: ServerPilot refuses them (401).".to_owned(),
        Cause::PaymentRequired => "Add a valid card in ServerPilot's panel, Account → Billing: the account has none on file (402).".to_owned(),
        Cause::PermissionDenied => "Use the key (ServerPilot's panel, Account → API) of an account that has the permission for this app, which this one has not (403); the panel shows who owns it.".to_owned(),
        Cause::AppNotFound => "Compare WU_SERVER_PILOT_APP_ID with the address of the app's page in ServerPilot's panel, where the ID stands after apps/ or app/: ServerPilot knows no app with this one (404).".to_owned(),
        Cause::ServerpilotUnreachable if is_status(facts, Status::SP_ERR_TLS) => "Look at the certificates and the clock of this system, and at what may answer in ServerPilot's place (the base URL, a proxy).".to_owned(),
        Cause::ServerpilotUnreachable => "Look at the network, the name servers and the firewall of this server, and at status.serverpilot.io.".to_owned(),
        Cause::ServerpilotFailing if is_status(facts, Status::SP_ERR_SERVER) => "Try again later; status.serverpilot.io tells of known faults.".to_owned(),
        Cause::ServerpilotFailing => "Try again later; if it stays so, look at what may answer in ServerPilot's place (the base URL, a proxy).".to_owned(),
        Cause::ServerpilotBusy => "Wait and look again: ServerPilot asks for fewer requests.".to_owned(),
        Cause::NameNotFound => format!("Set an A record for {domain} with {server}, at whoever runs its DNS."),
        Cause::DnsUnanswered => format!("Wait and look again; if it stays so, look at the DNS zone of {domain} (DNSSEC too) and at the name servers of this machine."),
        Cause::WrongAddress => format!("Make {server}, the only A record of {domain}."),
        Cause::Ipv6Elsewhere => format!("Remove the AAAA record of {domain}, or point it to the same server: Let's Encrypt and most visitors prefer it to the A record."),
        Cause::BehindProxy if facts.certificate.reason == Reason::Ok => {
            format!("Visitors of {domain} are served Cloudflare's certificate, which is valid; what the server itself has cannot be seen from outside.")
        }
        Cause::BehindProxy => format!("Switch Cloudflare's proxy off for {domain} (\"DNS only\") until AutoSSL is on; what is seen now is the proxy's certificate."),
        Cause::CaaForbids => format!("Add a CAA record to the DNS of {domain} that allows Let's Encrypt (0 issue \"{ISSUER}\"), or remove the CAA records."),
        Cause::Port80Closed => format!("Open port 80 of the server for everybody: Let's Encrypt asks there whether {domain} is yours, and nowhere else."),
        Cause::NotListed => format!("Add {domain} to the app's domains (a synchronisation does that)."),
        Cause::WwwUnresolved => format!("Set a DNS record for www.{domain} as well, or take that name out of the app: it keeps the certificate from being made."),
        Cause::WwwElsewhere => format!("Point www.{domain} to {server}, as well, or take that name out of the app: it keeps the certificate from being made."),
        Cause::AnotherNameBlocks => {
            let unresolved = facts.others.as_ref().map_or(&[][..], |others| &others.unresolved);
            format!(
                "Have a DNS record set for each of these or take them out of the app, because a name that does not resolve can keep the certificate of all from being made: {}.",
                first_of(unresolved, 3)
            )
        }
        Cause::TooManyNames => format!("Spread the sites over several apps: this one has more than {CERTIFICATE_LIMIT} names, which is what one certificate of Let's Encrypt's holds."),
        Cause::CustomCertificate => format!("Install a custom certificate that holds {domain}, or delete the present one in ServerPilot's panel (the app, SSL) so that AutoSSL can be switched on."),
        Cause::AutosslPending => "Wait: ServerPilot makes the certificate some minutes after the DNS of all the app's names is right.".to_owned(),
        Cause::AutosslOff => "Switch AutoSSL on: a certificate is ready.".to_owned(),
        Cause::NotInCertificate => format!("Wait: AutoSSL's next certificate, made some minutes after the last change of the list, will hold {domain}."),
        Cause::OtherCertificate => format!("Wait some minutes for the new certificate to be put in place; if it stays so, another app or server answers for {domain}."),
        Cause::HttpsUnanswered => format!("Wait and look again; if it stays so, look at the web server of {domain} (its load, its log) and at the firewalls in between."),
        Cause::AddressBlocked
        | Cause::HttpsClosed
        | Cause::ClientCertificateRequired
        | Cause::CertificateExpired
        | Cause::CertificateMismatch
        | Cause::CertificateNotTrusted
        | Cause::OldProtocol => facts.certificate.message.clone(),
    }
}

/// Whether it is this that came of asking ServerPilot.
fn is_status(facts: &Facts, status: Status) -> bool {
    matches!(&facts.serverpilot, Err(problem) if problem.status == status)
}

fn next_look(whose_move: WhoseMove) -> Duration {
    const MINUTE: Duration = Duration::from_secs(60);
    match whose_move {
        WhoseMove::Nobody => Duration::ZERO,
        // The first step of the ladder.
        WhoseMove::Wait => MINUTE,
        // A DNS record is not seen everywhere at once.
        WhoseMove::Customer => MINUTE * 5,
        WhoseMove::Operator | WhoseMove::Serverpilot => MINUTE * 15,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SERVER: &str = "198.51.100.7";

    fn addresses(four: &[&str], six: &[&str]) -> Addresses {
        let of = |texts: &[&str]| match texts {
            [] => Err(Failure::NoRecord),
            texts => Ok(texts
                .iter()
                .map(|text| text.parse().expect("an address"))
                .collect()),
        };
        Addresses {
            four: of(four),
            six: of(six),
            from_hosts: false,
        }
    }

    fn failed(failure: Failure) -> Addresses {
        Addresses {
            four: Err(failure),
            six: Err(failure),
            from_hosts: false,
        }
    }

    fn record(critical: bool, tag: &str, value: &str) -> Caa {
        Caa {
            critical,
            tag: tag.to_owned(),
            value: value.to_owned(),
        }
    }

    fn level(name: &str, records: Result<Vec<Caa>, Failure>) -> CaaLevel {
        CaaLevel {
            name: name.to_owned(),
            records,
        }
    }

    /// Everything as it should be.
    fn well() -> Facts {
        Facts {
            domain: Domain::parse("shop.example.org").expect("a name"),
            serverpilot: Ok(AppFacts {
                names: 2,
                listed: true,
                www_listed: true,
                mode: SslMode::Auto,
                available: Some(true),
                in_certificate: true,
            }),
            server: SERVER.parse().ok(),
            dns: Some(addresses(&[SERVER], &[])),
            ipv6: Ipv6::None,
            caa: Some(vec![level("shop.example.org", Ok(Vec::new()))]),
            port_80: Port::Open,
            www: Some(addresses(&[SERVER], &[])),
            others: None,
            certificate: CertificateFacts {
                reason: Reason::Ok,
                message: "It is valid.".to_owned(),
                is_serverpilots: Some(true),
            },
        }
    }

    fn with(change: impl FnOnce(&mut Facts)) -> Facts {
        let mut facts = well();
        change(&mut facts);
        facts
    }

    fn app(facts: &mut Facts) -> &mut AppFacts {
        facts.serverpilot.as_mut().expect("an app")
    }

    #[test]
    fn one_fault_one_cause() {
        use Cause::*;
        use WhoseMove::*;
        let refused = |status| with(|facts| facts.serverpilot = Err(Problem::new(status, "No.")));
        let caa = |records: Vec<Caa>| {
            with(|facts| facts.caa = Some(vec![level("example.org", Ok(records))]))
        };
        let served = |reason| with(|facts| facts.certificate.reason = reason);
        let custom = |reason| {
            with(|facts| {
                app(facts).mode = SslMode::Custom;
                facts.certificate.reason = reason;
            })
        };
        for (label, facts, cause, whose) in [
            ("well", well(), AllWell, Nobody),
            ("401", refused(Status::SP_ERR_AUTH), KeyRefused, Operator),
            (
                "402",
                refused(Status::SP_ERR_PAYMENT_REQUIRED),
                PaymentRequired,
                Operator,
            ),
            (
                "403",
                refused(Status::SP_ERR_FORBIDDEN),
                PermissionDenied,
                Operator,
            ),
            (
                "404",
                refused(Status::SP_ERR_NOT_FOUND),
                AppNotFound,
                Operator,
            ),
            (
                "429",
                refused(Status::SP_ERR_RATE_LIMITED),
                ServerpilotBusy,
                Wait,
            ),
            (
                "500",
                refused(Status::SP_ERR_SERVER),
                ServerpilotFailing,
                Serverpilot,
            ),
            (
                "no network",
                refused(Status::SP_ERR_NETWORK),
                ServerpilotUnreachable,
                Operator,
            ),
            (
                "no name",
                with(|f| f.dns = Some(failed(Failure::NoSuchName))),
                NameNotFound,
                Customer,
            ),
            (
                "no record",
                with(|f| f.dns = Some(failed(Failure::NoRecord))),
                NameNotFound,
                Customer,
            ),
            (
                "servfail",
                with(|f| f.dns = Some(failed(Failure::NoAnswer))),
                DnsUnanswered,
                Wait,
            ),
            (
                "silence",
                with(|f| f.dns = Some(failed(Failure::TimedOut))),
                DnsUnanswered,
                Wait,
            ),
            (
                "elsewhere",
                with(|f| f.dns = Some(addresses(&["203.0.113.9"], &[]))),
                WrongAddress,
                Customer,
            ),
            (
                "also elsewhere",
                with(|f| f.dns = Some(addresses(&[SERVER, "203.0.113.9"], &[]))),
                WrongAddress,
                Customer,
            ),
            (
                "IPv6 elsewhere",
                with(|f| f.ipv6 = Ipv6::Elsewhere),
                Ipv6Elsewhere,
                Customer,
            ),
            (
                "IPv6 the same",
                with(|f| f.ipv6 = Ipv6::Same),
                AllWell,
                Nobody,
            ),
            (
                "IPv6 unknown",
                with(|f| f.ipv6 = Ipv6::Unknown),
                AllWell,
                Nobody,
            ),
            (
                "only IPv6, right",
                with(|f| {
                    f.dns = Some(addresses(&[], &["2001:db8::7"]));
                    f.ipv6 = Ipv6::Unknown;
                }),
                AllWell,
                Nobody,
            ),
            (
                "only IPv6, other certificate",
                with(|f| {
                    f.dns = Some(addresses(&[], &["2001:db8::7"]));
                    f.certificate.is_serverpilots = Some(false);
                }),
                WrongAddress,
                Customer,
            ),
            (
                "proxied, valid",
                with(|f| f.dns = Some(addresses(&["104.16.1.1"], &["2606:4700::1"]))),
                BehindProxy,
                Nobody,
            ),
            (
                "proxied, invalid",
                with(|f| {
                    f.dns = Some(addresses(&["172.67.1.1"], &[]));
                    f.certificate.reason = Reason::Timeout;
                }),
                BehindProxy,
                Customer,
            ),
            (
                "proxied, valid, not listed",
                with(|f| {
                    f.dns = Some(addresses(&["104.16.1.1"], &[]));
                    app(f).listed = false;
                }),
                NotListed,
                Operator,
            ),
            (
                "proxied, its own certificate",
                with(|f| {
                    f.dns = Some(addresses(&["104.16.1.1"], &[]));
                    f.certificate.is_serverpilots = Some(false);
                }),
                BehindProxy,
                Nobody,
            ),
            (
                "CAA: another",
                caa(vec![record(false, "issue", "ca.example.net")]),
                CaaForbids,
                Customer,
            ),
            (
                "CAA: nobody",
                caa(vec![record(false, "issue", ";")]),
                CaaForbids,
                Customer,
            ),
            (
                "CAA: empty",
                caa(vec![record(false, "issue", "")]),
                CaaForbids,
                Customer,
            ),
            (
                "CAA: ours",
                caa(vec![record(false, "issue", "letsencrypt.org")]),
                AllWell,
                Nobody,
            ),
            (
                "CAA: ours too",
                caa(vec![
                    record(false, "issue", "ca.example.net"),
                    record(true, "ISSUE", " LetsEncrypt.ORG ; x=y"),
                ]),
                AllWell,
                Nobody,
            ),
            (
                "CAA: only wildcards",
                caa(vec![record(false, "issuewild", ";")]),
                AllWell,
                Nobody,
            ),
            (
                "CAA: only reports",
                caa(vec![record(false, "iodef", "mailto:x@example.org")]),
                AllWell,
                Nobody,
            ),
            (
                "CAA: unknown, critical",
                caa(vec![record(true, "tbs", "x")]),
                CaaForbids,
                Customer,
            ),
            (
                "CAA: unknown",
                caa(vec![record(false, "tbs", "x")]),
                AllWell,
                Nobody,
            ),
            (
                "CAA: by DNS only",
                caa(vec![record(
                    false,
                    "issue",
                    "letsencrypt.org;validationmethods=dns-01",
                )]),
                CaaForbids,
                Customer,
            ),
            (
                "CAA: by HTTP too",
                caa(vec![record(
                    false,
                    "issue",
                    "letsencrypt.org;validationmethods=dns-01,http-01",
                )]),
                AllWell,
                Nobody,
            ),
            (
                "CAA: an account",
                caa(vec![record(
                    false,
                    "issue",
                    "letsencrypt.org;accounturi=https://x/1",
                )]),
                CaaForbids,
                Customer,
            ),
            (
                "CAA: nearest decides",
                with(|f| {
                    f.caa = Some(vec![
                        level(
                            "shop.example.org",
                            Ok(vec![record(false, "issue", "letsencrypt.org")]),
                        ),
                        level("example.org", Ok(vec![record(false, "issue", ";")])),
                    ])
                }),
                AllWell,
                Nobody,
            ),
            (
                "CAA: above",
                with(|f| {
                    f.caa = Some(vec![
                        level("shop.example.org", Ok(Vec::new())),
                        level("example.org", Ok(vec![record(false, "issue", ";")])),
                    ])
                }),
                CaaForbids,
                Customer,
            ),
            (
                "CAA: nearest not answered",
                with(|f| {
                    f.caa = Some(vec![
                        level("shop.example.org", Err(Failure::TimedOut)),
                        level("example.org", Ok(vec![record(false, "issue", ";")])),
                    ])
                }),
                AllWell,
                Nobody,
            ),
            (
                "port 80 closed",
                with(|f| f.port_80 = Port::Closed),
                Port80Closed,
                Operator,
            ),
            (
                "port 80 silent",
                with(|f| f.port_80 = Port::NoAnswer),
                Port80Closed,
                Operator,
            ),
            (
                "port 80 unknown",
                with(|f| f.port_80 = Port::Unknown),
                AllWell,
                Nobody,
            ),
            (
                "not listed",
                with(|f| app(f).listed = false),
                NotListed,
                Operator,
            ),
            (
                "www missing",
                with(|f| f.www = Some(failed(Failure::NoSuchName))),
                WwwUnresolved,
                Customer,
            ),
            (
                "www missing, not listed",
                with(|f| {
                    f.www = Some(failed(Failure::NoSuchName));
                    app(f).www_listed = false;
                }),
                AllWell,
                Nobody,
            ),
            (
                "www silent",
                with(|f| f.www = Some(failed(Failure::TimedOut))),
                AllWell,
                Nobody,
            ),
            (
                "www elsewhere",
                with(|f| f.www = Some(addresses(&["203.0.113.9"], &[]))),
                WwwElsewhere,
                Customer,
            ),
            ("100 names", with(|f| app(f).names = 100), AllWell, Nobody),
            (
                "101 names",
                with(|f| app(f).names = 101),
                TooManyNames,
                Operator,
            ),
            (
                "custom, valid",
                with(|f| app(f).mode = SslMode::Custom),
                AllWell,
                Nobody,
            ),
            (
                "custom, wrong name",
                with(|f| {
                    app(f).mode = SslMode::Custom;
                    f.certificate.reason = Reason::HostnameMismatch;
                }),
                CustomCertificate,
                Operator,
            ),
            (
                "custom, no HTTPS",
                custom(Reason::ConnectionRefused),
                HttpsClosed,
                Operator,
            ),
            (
                "custom, silence",
                custom(Reason::Timeout),
                HttpsUnanswered,
                Wait,
            ),
            (
                "custom, old protocol",
                custom(Reason::OldProtocol),
                OldProtocol,
                Operator,
            ),
            (
                "custom, blocked",
                custom(Reason::BlockedAddress),
                AddressBlocked,
                Operator,
            ),
            (
                "pending",
                with(|f| {
                    app(f).mode = SslMode::None;
                    app(f).available = Some(false);
                }),
                AutosslPending,
                Wait,
            ),
            (
                "off",
                with(|f| app(f).mode = SslMode::None),
                AutosslOff,
                Operator,
            ),
            (
                "not in the certificate",
                with(|f| {
                    app(f).in_certificate = false;
                    f.certificate.reason = Reason::HostnameMismatch;
                }),
                NotInCertificate,
                Wait,
            ),
            (
                "other certificate",
                with(|f| f.certificate.is_serverpilots = Some(false)),
                OtherCertificate,
                Wait,
            ),
            (
                "expired",
                served(Reason::Expired),
                CertificateExpired,
                Serverpilot,
            ),
            (
                "mismatch",
                served(Reason::HostnameMismatch),
                CertificateMismatch,
                Serverpilot,
            ),
            (
                "self-signed",
                served(Reason::SelfSigned),
                CertificateNotTrusted,
                Serverpilot,
            ),
            (
                "old protocol",
                served(Reason::OldProtocol),
                OldProtocol,
                Serverpilot,
            ),
            (
                "no HTTPS",
                served(Reason::ConnectionRefused),
                HttpsClosed,
                Operator,
            ),
            ("not TLS", served(Reason::NotTls), HttpsClosed, Operator),
            ("silence", served(Reason::Timeout), HttpsUnanswered, Wait),
            (
                "blocked",
                served(Reason::BlockedAddress),
                AddressBlocked,
                Operator,
            ),
            (
                "client certificate",
                served(Reason::ClientCertificateRequired),
                ClientCertificateRequired,
                Operator,
            ),
        ] {
            let diagnosis = diagnose(&facts);
            assert_eq!(
                (diagnosis.cause, diagnosis.whose_move),
                (cause, whose),
                "{label}"
            );
            let advice = &diagnosis.advice;
            let one_sentence = advice.ends_with('.') && !advice.contains(". ");
            assert!(one_sentence, "{label}: {advice}");
            assert_eq!(diagnosis.next_look.is_zero(), whose == Nobody, "{label}");
            assert_eq!(diagnosis.evidence.len(), 17, "{label}");
            let any_bad = diagnosis
                .evidence
                .iter()
                .any(|one| one.outcome == Outcome::Bad);
            assert_eq!(any_bad, whose != Nobody, "{label}");
        }
    }

    #[test]
    fn the_first_cause_is_told() {
        let everything_wrong = with(|facts| {
            facts.serverpilot = Err(Problem::new(Status::SP_ERR_AUTH, "No."));
            facts.dns = Some(failed(Failure::NoSuchName));
            facts.port_80 = Port::Closed;
            facts.certificate.reason = Reason::Expired;
        });
        assert_eq!(diagnose(&everything_wrong).cause, Cause::KeyRefused);
        let from_dns_on = with(|facts| {
            facts.dns = Some(addresses(&["203.0.113.9"], &[]));
            facts.ipv6 = Ipv6::Elsewhere;
            facts.port_80 = Port::Closed;
            app(facts).listed = false;
            facts.certificate.reason = Reason::Expired;
        });
        assert_eq!(diagnose(&from_dns_on).cause, Cause::WrongAddress);
        let not_asked = with(|facts| {
            (facts.dns, facts.www, facts.caa, facts.port_80) = (None, None, None, Port::Skipped)
        });
        let diagnosis = diagnose(&not_asked);
        assert_eq!(diagnosis.cause, Cause::AllWell);
        let skipped = diagnosis
            .evidence
            .iter()
            .filter(|one| one.outcome == Outcome::Skipped);
        assert_eq!(
            skipped.map(|one| one.check).collect::<Vec<_>>(),
            [
                "dns",
                "ipv4_address",
                "ipv6_address",
                "proxy",
                "caa",
                "port_80",
                "www",
                "other_names",
            ]
        );
    }

    #[test]
    fn another_name_holds_the_certificate_up() {
        let domain = |name: &str| Domain::parse(name).expect(name);
        let waiting = |others: OtherNames| {
            with(|facts| {
                (app(facts).mode, app(facts).available) = (SslMode::None, Some(false));
                facts.others = Some(others);
            })
        };
        let step = |diagnosis: &Diagnosis| {
            let mut all = diagnosis.evidence.iter();
            let found = all.find(|one| one.check == "other_names").expect("a step");
            (found.outcome, found.detail.clone())
        };
        let none = diagnose(&waiting(OtherNames::default()));
        assert!(none.awaits_certificate());
        assert_eq!(step(&none).0, Outcome::Good);
        let silent = diagnose(&waiting(OtherNames {
            asked: 9,
            unanswered: 2,
            ..OtherNames::default()
        }));
        assert_eq!(silent.cause, Cause::AutosslPending);
        assert_eq!(step(&silent).0, Outcome::Unknown);

        let names = [
            "a.example.net",
            "b.example.net",
            "www.c.example.net",
            "d.example.net",
        ];
        let blocked = diagnose(&waiting(OtherNames {
            asked: 9,
            unresolved: names.map(domain).to_vec(),
            unanswered: 2,
        }));
        assert_eq!(
            (blocked.cause, blocked.whose_move),
            (Cause::AnotherNameBlocks, WhoseMove::Operator)
        );
        assert!(!blocked.awaits_certificate());
        let (outcome, detail) = step(&blocked);
        assert_eq!(outcome, Outcome::Bad);
        assert!(names.iter().all(|name| detail.contains(name)), "{detail}");
        let named = "www.c.example.net, a.example.net, b.example.net and 1 more.";
        assert!(blocked.advice.ends_with(named), "{}", blocked.advice);
    }

    #[test]
    fn cloudflares_published_ranges() {
        let published = "173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 \
            141.101.64.0/18 108.162.192.0/18 190.93.240.0/20 188.114.96.0/20 197.234.240.0/22 \
            198.41.128.0/17 162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13 131.0.72.0/22 \
            2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 \
            2a06:98c0::/29 2c0f:f248::/32";
        let published: Vec<_> = published.split(' ').filter_map(Network::parse).collect();
        assert_eq!(published, CLOUDFLARE);
    }

    /// The names are part of the ABI: the table at the top is the promise.
    #[test]
    fn names_are_documented() {
        let table: Vec<&str> = include_str!("diagnosis.rs")
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        let documented = |name: &str| table.iter().any(|line| line.contains(&format!("`{name}`")));
        for evidence in diagnose(&well()).evidence {
            assert!(documented(evidence.check), "{}", evidence.check);
        }
        for cause in [
            Cause::AllWell,
            Cause::KeyRefused,
            Cause::PaymentRequired,
            Cause::PermissionDenied,
            Cause::AppNotFound,
            Cause::ServerpilotUnreachable,
            Cause::ServerpilotFailing,
            Cause::ServerpilotBusy,
            Cause::NameNotFound,
            Cause::DnsUnanswered,
            Cause::WrongAddress,
            Cause::Ipv6Elsewhere,
            Cause::BehindProxy,
            Cause::CaaForbids,
            Cause::Port80Closed,
            Cause::NotListed,
            Cause::WwwUnresolved,
            Cause::WwwElsewhere,
            Cause::AnotherNameBlocks,
            Cause::TooManyNames,
            Cause::CustomCertificate,
            Cause::AutosslPending,
            Cause::AutosslOff,
            Cause::NotInCertificate,
            Cause::OtherCertificate,
            Cause::AddressBlocked,
            Cause::HttpsClosed,
            Cause::HttpsUnanswered,
            Cause::ClientCertificateRequired,
            Cause::CertificateExpired,
            Cause::CertificateMismatch,
            Cause::CertificateNotTrusted,
            Cause::OldProtocol,
        ] {
            let name = serde_json::to_value(cause).expect("JSON");
            let name = name.as_str().expect("a name");
            assert!(documented(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn caa_values_do_no_harm(tag in "\\PC{0,12}", value in "\\PC{0,60}", critical in any::<bool>()) {
            let _ = may_issue(&[record(critical, &tag, &value)]);
            let other = format!("ca.{value}");
            prop_assert!(!names_issuer(&other));
        }
    }
}
