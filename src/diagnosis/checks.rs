//! The checks of a diagnosis, each a function from the facts to one result, in the order of cause and
//! effect. Pure. Must not blame what was not observed: what could not be asked is unknown, not bad.

use super::addresses::{dns, ipv4_address, ipv6_address, proxy, www};
use super::caa::may_issue;
use super::{AppFacts, Cause, Evidence, Facts, Listed, OtherNames, Outcome, Port};
use crate::api::model::SslMode;
use crate::dns::CaaLevel;
use crate::domain::Domain;
use crate::messages::{self, Argument, Message};
use crate::plan::CERTIFICATE_LIMIT;
use crate::probe::verdict::Reason;
use crate::status::Status;

/// What came of one check, and the cause where it is bad.
pub(super) struct CheckResult {
    pub(super) evidence: Evidence,
    pub(super) cause: Option<Cause>,
}

fn result(check: &'static str, outcome: Outcome, detail: Message) -> CheckResult {
    CheckResult {
        evidence: Evidence {
            check,
            outcome,
            detail,
        },
        cause: None,
    }
}

pub(super) fn good(check: &'static str, detail: Message) -> CheckResult {
    result(check, Outcome::Good, detail)
}

pub(super) fn unknown(check: &'static str, detail: Message) -> CheckResult {
    result(check, Outcome::Unknown, detail)
}

pub(super) fn skipped(check: &'static str, detail: Message) -> CheckResult {
    result(check, Outcome::Skipped, detail)
}

pub(super) fn bad(check: &'static str, cause: Cause, detail: Message) -> CheckResult {
    CheckResult {
        cause: Some(cause),
        ..result(check, Outcome::Bad, detail)
    }
}

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
        Ok(app) => good(CHECK, messages::evidence_app_read(app.names)),
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
        return skipped(CHECK, messages::evidence_not_asked());
    };
    if !facts.needs_autossl() {
        return skipped(CHECK, messages::evidence_autossl_not_needed());
    }
    // The first name on the way up that has any CAA record decides (RFC 8659, section 3).
    for CaaLevel { name, records } in levels {
        match records {
            Err(_) => {
                return unknown(CHECK, messages::evidence_caa_unanswered(name.as_str()));
            }
            Ok(records) if records.is_empty() => {}
            Ok(records) if may_issue(records) => {
                return good(CHECK, messages::evidence_caa_allows(name.as_str()));
            }
            Ok(_) => {
                return bad(
                    CHECK,
                    Cause::CaaForbids,
                    messages::evidence_caa_forbids(name.as_str()),
                );
            }
        }
    }
    good(CHECK, messages::evidence_caa_none())
}

fn port_80(facts: &Facts) -> CheckResult {
    const CHECK: &str = "port_80";
    match facts.port_80 {
        Port::Skipped => skipped(CHECK, messages::evidence_port_80_not_checked()),
        _ if !facts.needs_autossl() => skipped(CHECK, messages::evidence_autossl_not_needed()),
        Port::Open => good(CHECK, messages::evidence_port_80_open()),
        Port::Closed | Port::NoAnswer if facts.is_hidden_from_here() => {
            unknown(CHECK, messages::evidence_port_80_hidden())
        }
        Port::Closed => bad(
            CHECK,
            Cause::Port80Closed,
            messages::evidence_port_80_closed(),
        ),
        Port::NoAnswer => bad(
            CHECK,
            Cause::Port80Closed,
            messages::evidence_port_80_dropped(),
        ),
        Port::Unknown => unknown(CHECK, messages::evidence_port_80_unreachable()),
    }
}

fn listed(facts: &Facts) -> CheckResult {
    const CHECK: &str = "listed";
    let app = match &facts.serverpilot {
        Err(_) => return unknown(CHECK, messages::evidence_app_unknown()),
        Ok(app) => app,
    };
    let is_served = facts.is_well() && !facts.needs_autossl();
    match app.listed {
        Listed::Exactly => good(CHECK, messages::evidence_listed()),
        Listed::ByAnother if is_served => good(CHECK, messages::evidence_listed_by_another()),
        Listed::ByAnother => bad(
            CHECK,
            Cause::NotListed,
            messages::evidence_listed_without_certificate(),
        ),
        Listed::No if is_served && facts.serves_serverpilots() => {
            good(CHECK, messages::evidence_not_listed_but_served())
        }
        Listed::No => bad(CHECK, Cause::NotListed, messages::evidence_not_listed()),
    }
}

/// That a www name can hold up everybody's certificate is reported by ServerPilot's users; that any
/// other name can follows from one certificate being made for all of them.
fn other_names(facts: &Facts) -> CheckResult {
    const CHECK: &str = "other_names";
    let Some(others) = &facts.others else {
        return skipped(CHECK, messages::evidence_others_not_asked());
    };
    let OtherNames {
        asked,
        unresolved,
        unanswered,
    } = others;
    match unresolved.len() {
        0 if *unanswered > 0 => unknown(
            CHECK,
            messages::evidence_others_unanswered(*unanswered, *asked),
        ),
        0 => good(CHECK, messages::evidence_others_resolve(*asked)),
        count => bad(
            CHECK,
            Cause::AnotherNameBlocks,
            messages::evidence_others_unresolved(*asked, count, first_of(unresolved, 10)),
        ),
    }
}

/// The first of these names, and how many more there are; www names in front.
pub(super) fn first_of(names: &[Domain], most: usize) -> Argument {
    let (www, plain): (Vec<&Domain>, Vec<&Domain>) = names.iter().partition(|name| name.is_www());
    messages::list(www.into_iter().chain(plain), most)
}

fn name_count(facts: &Facts) -> CheckResult {
    const CHECK: &str = "name_count";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, messages::evidence_app_unknown()),
        Ok(_) if !facts.needs_autossl() => skipped(CHECK, messages::evidence_autossl_not_needed()),
        Ok(AppFacts { certifiable, .. }) if *certifiable > CERTIFICATE_LIMIT => bad(
            CHECK,
            Cause::TooManyNames,
            messages::evidence_too_many_names(*certifiable, CERTIFICATE_LIMIT),
        ),
        Ok(AppFacts { certifiable, .. }) => good(CHECK, messages::evidence_names_fit(*certifiable)),
    }
}

fn custom_certificate(facts: &Facts) -> CheckResult {
    const CHECK: &str = "custom_certificate";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, messages::evidence_app_unknown()),
        Ok(app) if app.mode != SslMode::Custom => {
            good(CHECK, messages::evidence_no_custom_certificate())
        }
        Ok(_) if facts.is_well() => good(CHECK, messages::evidence_custom_certificate_valid()),
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
                messages::evidence_custom_certificate_not_valid(),
            )
        }
        Ok(_) => unknown(CHECK, messages::evidence_custom_certificate_unseen()),
    }
}

fn autossl_available(facts: &Facts) -> CheckResult {
    const CHECK: &str = "autossl_available";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, messages::evidence_app_unknown()),
        Ok(app) => match (app.mode, app.available) {
            (SslMode::Custom, _) => skipped(CHECK, messages::evidence_custom_certificate()),
            (SslMode::Auto, _) => good(CHECK, messages::evidence_autossl_has_certificate()),
            (SslMode::None, Some(true)) => good(CHECK, messages::evidence_certificate_ready()),
            (SslMode::None, Some(false)) if !facts.needs_autossl() => skipped(
                CHECK,
                messages::evidence_certificate_not_ready_other_valid(),
            ),
            (SslMode::None, Some(false)) => bad(
                CHECK,
                Cause::AutosslPending,
                messages::evidence_certificate_not_ready(),
            ),
            (SslMode::None, None) => unknown(CHECK, messages::evidence_certificate_not_told()),
        },
    }
}

fn autossl_enabled(facts: &Facts) -> CheckResult {
    const CHECK: &str = "autossl_enabled";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, messages::evidence_app_unknown()),
        Ok(app) => match (app.mode, app.available) {
            (SslMode::Custom, _) => skipped(CHECK, messages::evidence_custom_certificate()),
            (SslMode::Auto, _) => good(CHECK, messages::evidence_autossl_on()),
            (SslMode::None, Some(false)) => skipped(CHECK, messages::evidence_autossl_not_yet()),
            (SslMode::None, _) if !facts.needs_autossl() => {
                skipped(CHECK, messages::evidence_autossl_off_other_valid())
            }
            (SslMode::None, _) => bad(CHECK, Cause::AutosslOff, messages::evidence_autossl_off()),
        },
    }
}

fn autossl_certificate(facts: &Facts) -> CheckResult {
    const CHECK: &str = "autossl_certificate";
    match &facts.serverpilot {
        Err(_) => unknown(CHECK, messages::evidence_app_unknown()),
        Ok(app) if app.mode != SslMode::Auto => {
            skipped(CHECK, messages::evidence_autossl_not_used())
        }
        Ok(app) if app.in_certificate => good(CHECK, messages::evidence_in_certificate()),
        // The list of names comes only with a certificate that is ready; where the served one
        // is right, its absence says nothing.
        Ok(_) if facts.is_well() => unknown(CHECK, messages::evidence_in_certificate_not_told()),
        Ok(_) => bad(
            CHECK,
            Cause::NotInCertificate,
            messages::evidence_not_in_certificate(),
        ),
    }
}

fn served_certificate(facts: &Facts) -> CheckResult {
    const CHECK: &str = "served_certificate";
    if facts.serverpilot.is_err() {
        return unknown(CHECK, messages::evidence_app_unknown());
    }
    match facts.served.decisive().and_then(|one| one.is_serverpilots) {
        Some(true) => good(CHECK, messages::evidence_served_installed()),
        None => unknown(CHECK, messages::evidence_served_nothing()),
        Some(false) if facts.is_proxied() => unknown(CHECK, messages::evidence_served_proxys()),
        Some(false) if facts.is_well() => unknown(CHECK, messages::evidence_served_other_valid()),
        Some(false) => bad(
            CHECK,
            Cause::OtherCertificate,
            messages::evidence_served_other(),
        ),
    }
}

fn certificate(facts: &Facts) -> CheckResult {
    const CHECK: &str = "certificate";
    let Some(served) = facts.served.decisive() else {
        return skipped(CHECK, messages::evidence_nowhere_to_connect());
    };
    match certificate_cause(served.reason) {
        Some(_) if facts.is_well_behind_hosts() => {
            unknown(CHECK, messages::evidence_hidden_but_well())
        }
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
