//! The checks of a diagnosis, each a function from the facts to one result, in the order of cause and
//! effect. Pure. Must not blame what was not observed: what could not be asked is unknown, not bad.

use super::addresses::{dns, ipv4_address, ipv6_address, proxy, www};
use super::caa::may_issue;
use super::{AppFacts, Cause, Evidence, Facts, Listed, OtherNames, Outcome, Port};
use crate::api::model::SslMode;
use crate::dns::CaaLevel;
use crate::domain::Domain;
use crate::plan::CERTIFICATE_LIMIT;
use crate::probe::verdict::Reason;
use crate::status::Status;

/// What came of one check, and the cause where it is bad.
pub(super) struct CheckResult {
    pub(super) evidence: Evidence,
    pub(super) cause: Option<Cause>,
}

fn result(check: &'static str, outcome: Outcome, detail: impl Into<String>) -> CheckResult {
    CheckResult {
        evidence: Evidence {
            check,
            outcome,
            detail: detail.into(),
        },
        cause: None,
    }
}

pub(super) fn good(check: &'static str, detail: impl Into<String>) -> CheckResult {
    result(check, Outcome::Good, detail)
}

pub(super) fn unknown(check: &'static str, detail: impl Into<String>) -> CheckResult {
    result(check, Outcome::Unknown, detail)
}

pub(super) fn skipped(check: &'static str, detail: impl Into<String>) -> CheckResult {
    result(check, Outcome::Skipped, detail)
}

pub(super) fn bad(check: &'static str, cause: Cause, detail: impl Into<String>) -> CheckResult {
    CheckResult {
        cause: Some(cause),
        ..result(check, Outcome::Bad, detail)
    }
}

pub(super) const NOT_ASKED: &str = "Not asked: it was said where to connect.";
pub(super) const APP_UNKNOWN: &str = "ServerPilot could not be asked.";
pub(super) const NO_NEED: &str = "Not checked: AutoSSL's certificate is not what serves this name.";

/// Every check, in its order.
pub(super) fn all(facts: &Facts) -> [CheckResult; 17] {
    [
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
    ]
}

fn serverpilot(facts: &Facts) -> CheckResult {
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

fn caa(facts: &Facts) -> CheckResult {
    const CHECK: &str = "caa";
    let Some(levels) = &facts.caa else {
        return skipped(CHECK, NOT_ASKED);
    };
    if !facts.needs_autossl() {
        return skipped(CHECK, NO_NEED);
    }
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

fn port_80(facts: &Facts) -> CheckResult {
    const CHECK: &str = "port_80";
    match facts.port_80 {
        Port::Skipped => skipped(CHECK, "Not checked."),
        _ if !facts.needs_autossl() => skipped(CHECK, NO_NEED),
        Port::Open => good(CHECK, "Something answers for HTTP."),
        Port::Closed | Port::NoAnswer if facts.is_hidden_from_here() => unknown(
            CHECK,
            "From here nothing at the public address can be reached, and /etc/hosts leads elsewhere.",
        ),
        Port::Closed => bad(CHECK, Cause::Port80Closed, "The port for HTTP is closed."),
        Port::NoAnswer => bad(
            CHECK,
            Cause::Port80Closed,
            "The port for HTTP does not answer: a firewall drops what is sent there.",
        ),
        Port::Unknown => unknown(CHECK, "The port for HTTP could not be reached from here."),
    }
}

fn listed(facts: &Facts) -> CheckResult {
    const CHECK: &str = "listed";
    let app = match &facts.serverpilot {
        Err(_) => return unknown(CHECK, APP_UNKNOWN),
        Ok(app) => app,
    };
    let is_served = facts.is_well() && !facts.needs_autossl();
    match app.listed {
        Listed::Exactly => good(CHECK, "The app has the name."),
        Listed::ByAnother if is_served => {
            good(CHECK, "The app answers for the name by another entry.")
        }
        Listed::ByAnother => bad(
            CHECK,
            Cause::NotListed,
            "The app does not have the name itself, only an entry that answers for it; AutoSSL makes no certificate for that.",
        ),
        Listed::No if is_served && facts.serves_serverpilots() => good(
            CHECK,
            "The app does not have the name, and its certificate is served for it all the same.",
        ),
        Listed::No => bad(CHECK, Cause::NotListed, "The app does not have the name."),
    }
}

/// That a www name can hold up everybody's certificate is reported by ServerPilot's users; that any
/// other name can follows from one certificate being made for all of them.
fn other_names(facts: &Facts) -> CheckResult {
    const CHECK: &str = "other_names";
    let Some(others) = &facts.others else {
        return skipped(CHECK, "Asked only where a certificate is waited for.");
    };
    let OtherNames {
        asked,
        unresolved,
        unanswered,
    } = others;
    match unresolved.len() {
        0 if *unanswered > 0 => unknown(
            CHECK,
            format!(
                "For {unanswered} of the app's {asked} other names the name servers do not answer."
            ),
        ),
        0 => good(CHECK, format!("The app's {asked} other names resolve.")),
        count => bad(
            CHECK,
            Cause::AnotherNameBlocks,
            format!(
                "Of the app's {asked} other names {count} do not resolve: {}. One certificate is made for all, and such a www name is known to keep it from being made.",
                first_of(unresolved, 10)
            ),
        ),
    }
}

/// The first of these names, and how many more there are; www names in front.
pub(super) fn first_of(names: &[Domain], most: usize) -> String {
    let (www, plain): (Vec<&Domain>, Vec<&Domain>) = names.iter().partition(|name| name.is_www());
    let named = www.into_iter().chain(plain).take(most);
    let text = named.map(Domain::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

fn name_count(facts: &Facts) -> CheckResult {
    const CHECK: &str = "name_count";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, APP_UNKNOWN),
        Ok(_) if !facts.needs_autossl() => skipped(CHECK, NO_NEED),
        Ok(AppFacts { certifiable, .. }) if *certifiable > CERTIFICATE_LIMIT => bad(
            CHECK,
            Cause::TooManyNames,
            format!(
                "AutoSSL's certificate would have to hold {certifiable} names, and Let's Encrypt puts at most {CERTIFICATE_LIMIT} into one."
            ),
        ),
        Ok(AppFacts { certifiable, .. }) => good(
            CHECK,
            format!("{certifiable} names fit into one certificate."),
        ),
    }
}

fn custom_certificate(facts: &Facts) -> CheckResult {
    const CHECK: &str = "custom_certificate";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, APP_UNKNOWN),
        Ok(app) if app.mode != SslMode::Custom => {
            good(CHECK, "No custom certificate is installed.")
        }
        Ok(_) if facts.is_well() => good(
            CHECK,
            "A custom certificate is installed, and visitors are served a valid one.",
        ),
        // It is to blame for what a certificate is, not for a port that is shut or a server that
        // is old: those have causes of their own.
        Ok(_)
            if matches!(
                facts.reason().and_then(certificate_cause),
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

const CUSTOM: &str = "A custom certificate is installed.";

fn autossl_available(facts: &Facts) -> CheckResult {
    const CHECK: &str = "autossl_available";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, APP_UNKNOWN),
        Ok(app) => match (app.mode, app.available) {
            (SslMode::Custom, _) => skipped(CHECK, CUSTOM),
            (SslMode::Auto, _) => good(CHECK, "AutoSSL has a certificate."),
            (SslMode::None, Some(true)) => good(CHECK, "A certificate is ready."),
            (SslMode::None, Some(false)) if !facts.needs_autossl() => skipped(
                CHECK,
                "No certificate is ready yet; visitors are served another one, which is valid.",
            ),
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

fn autossl_enabled(facts: &Facts) -> CheckResult {
    const CHECK: &str = "autossl_enabled";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, APP_UNKNOWN),
        Ok(app) => match (app.mode, app.available) {
            (SslMode::Custom, _) => skipped(CHECK, CUSTOM),
            (SslMode::Auto, _) => good(CHECK, "AutoSSL is on."),
            (SslMode::None, Some(false)) => skipped(CHECK, "It cannot be switched on yet."),
            (SslMode::None, _) if !facts.needs_autossl() => skipped(
                CHECK,
                "AutoSSL is off; visitors are served another certificate, which is valid.",
            ),
            (SslMode::None, _) => bad(CHECK, Cause::AutosslOff, "AutoSSL is off."),
        },
    }
}

fn autossl_certificate(facts: &Facts) -> CheckResult {
    const CHECK: &str = "autossl_certificate";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, APP_UNKNOWN),
        Ok(app) if app.mode != SslMode::Auto => skipped(CHECK, "AutoSSL is not in use."),
        Ok(app) if app.in_certificate => good(CHECK, "AutoSSL's certificate holds the name."),
        // The list of names comes only with a certificate that is ready; where the served one
        // is right, its absence says nothing.
        Ok(_) if facts.is_well() => unknown(
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

fn served_certificate(facts: &Facts) -> CheckResult {
    const CHECK: &str = "served_certificate";
    if facts.serverpilot.is_err() {
        return unknown(CHECK, APP_UNKNOWN);
    }
    match facts.served.decisive().and_then(|one| one.is_serverpilots) {
        Some(true) => good(CHECK, "What is served is what ServerPilot has installed."),
        None => unknown(CHECK, "There is nothing to compare."),
        Some(false) if facts.is_proxied() => {
            unknown(CHECK, "The proxy serves a certificate of its own.")
        }
        Some(false) if facts.is_well() => unknown(
            CHECK,
            "What is served is not what ServerPilot has installed, and it is valid.",
        ),
        Some(false) => bad(
            CHECK,
            Cause::OtherCertificate,
            "What is served is not what ServerPilot has installed.",
        ),
    }
}

fn certificate(facts: &Facts) -> CheckResult {
    const CHECK: &str = "certificate";
    let Some(served) = facts.served.decisive() else {
        return skipped(CHECK, "There is no address to connect to.");
    };
    match certificate_cause(served.reason) {
        Some(_) if facts.is_well_behind_hosts() => unknown(
            CHECK,
            "From here nothing at the public address can be reached; where /etc/hosts leads, ServerPilot's certificate is served, and it is valid.",
        ),
        Some(cause) => bad(CHECK, cause, served.message.clone()),
        None => good(CHECK, served.message.clone()),
    }
}

/// None where there is nothing wrong with what is served.
fn certificate_cause(reason: Reason) -> Option<Cause> {
    Some(match reason {
        Reason::Ok => return None,
        Reason::DnsFailure => Cause::DnsUnanswered,
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
