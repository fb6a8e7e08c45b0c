//! The checks of a diagnosis, each a function from the facts to one result, in the order of cause and
//! effect. Pure. Must not blame what was not observed: what could not be asked is unknown, not bad.

use std::net::IpAddr;

use super::caa::may_issue;
use super::cdn::is_cloudflare;
use super::{
    AppFacts, Cause, Evidence, Facts, Listed, Observations, OtherNames, Outcome, Port, Reach,
    Served,
};
use crate::api::model::SslMode;
use crate::dns::{CaaLevel, Failure};
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

fn good(check: &'static str, detail: impl Into<String>) -> CheckResult {
    result(check, Outcome::Good, detail)
}

fn unknown(check: &'static str, detail: impl Into<String>) -> CheckResult {
    result(check, Outcome::Unknown, detail)
}

fn skipped(check: &'static str, detail: impl Into<String>) -> CheckResult {
    result(check, Outcome::Skipped, detail)
}

fn bad(check: &'static str, cause: Cause, detail: impl Into<String>) -> CheckResult {
    CheckResult {
        cause: Some(cause),
        ..result(check, Outcome::Bad, detail)
    }
}

const NOT_ASKED: &str = "Not asked: it was said where to connect.";
const APP_UNKNOWN: &str = "ServerPilot could not be asked.";
const NO_NEED: &str = "Not checked: AutoSSL's certificate is not what serves this name.";

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

fn listing(addresses: &[IpAddr]) -> String {
    let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    all.join(", ")
}

fn dns(facts: &Facts) -> CheckResult {
    const CHECK: &str = "dns";
    let Some(addresses) = &facts.dns else {
        return skipped(CHECK, NOT_ASKED);
    };
    let found = addresses.in_order();
    let hosts = match &facts.hosts {
        Some(hosts) if !same_set(hosts, &found) => format!(
            " This machine's own /etc/hosts says {}, which visitors do not see.",
            listing(hosts)
        ),
        _ => String::new(),
    };
    let (cause, detail) = match addresses.failure() {
        None => {
            let resolves = format!("Resolves to {}.{hosts}", listing(&found));
            return good(CHECK, resolves);
        }
        Some(Failure::NoSuchName) => (Cause::NameNotFound, "The name does not exist."),
        Some(Failure::NoRecord) => (Cause::NameNotFound, "The name exists and has no address."),
        Some(Failure::NoAnswer) => (
            Cause::DnsUnanswered,
            "The name servers give no usable answer.",
        ),
        Some(Failure::TimedOut) => (
            Cause::DnsUnanswered,
            "The name servers did not answer in time.",
        ),
    };
    bad(CHECK, cause, format!("{detail}{hosts}"))
}

fn same_set(some: &[IpAddr], others: &[IpAddr]) -> bool {
    let inside = |all: &[IpAddr], of: &[IpAddr]| all.iter().all(|one| of.contains(one));
    inside(some, others) && inside(others, some)
}

/// Where an address leads, by what was observed at it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leads {
    /// It is the server's address, or serves what only the server can.
    ToServer,
    /// It is a known proxy's.
    ToProxy,
    /// It is none of these and serves a valid certificate: a load balancer, a CDN, another server.
    ToValid,
    /// It is none of these, and nothing can be said from here.
    Unknown,
    /// It is none of these, and something is wrong there.
    Elsewhere,
}

fn leads(facts: &Facts, observations: &Observations, address: IpAddr) -> Leads {
    if Some(address) == facts.server {
        return Leads::ToServer;
    }
    if is_cloudflare(address) {
        return Leads::ToProxy;
    }
    match observations.at(address) {
        None => Leads::Unknown,
        Some(one) if one.is_serverpilots == Some(true) || one.as_at_server => Leads::ToServer,
        Some(one) if one.reason == Reason::Ok => Leads::ToValid,
        // No route from here: that nothing was reached is no evidence, as long as the name is
        // served well at another of its addresses.
        Some(one) if one.reach == Reach::NoRoute && serves_valid(observations) => Leads::Unknown,
        Some(_) => Leads::Elsewhere,
    }
}

/// The A record at which something is wrong, where another one is well that is not the server's:
/// then the cure is not to lead everything to the server.
pub(super) fn odd_one_out(facts: &Facts) -> Option<IpAddr> {
    let four = facts.dns.as_ref()?.four.as_deref().ok()?;
    let leads = |address: &IpAddr| leads(facts, &facts.served, *address);
    let is_well = |address: &IpAddr| match leads(address) {
        Leads::ToValid | Leads::ToProxy => true,
        Leads::ToServer => Some(*address) != facts.server,
        Leads::Unknown | Leads::Elsewhere => false,
    };
    let odd = four.iter().find(|one| leads(one) == Leads::Elsewhere)?;
    four.iter().any(is_well).then_some(*odd)
}

fn serves_valid(observations: &Observations) -> bool {
    let mut all = observations.all().iter();
    all.any(|one| one.reason == Reason::Ok)
}

fn ipv4_address(facts: &Facts) -> CheckResult {
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
        Err(_) if facts.serves_serverpilots() => {
            return good(
                CHECK,
                "There is no A record; the AAAA record leads to the server.",
            );
        }
        Err(_) if facts.is_well() => {
            return unknown(
                CHECK,
                "There is no A record; a valid certificate is served at the AAAA record's address.",
            );
        }
        Err(_) => return bad(CHECK, Cause::WrongAddress, "There is no A record."),
    };
    let first = |wanted: Leads| {
        let mut all = four.iter();
        all.find(|address| leads(facts, &facts.served, **address) == wanted)
    };
    let server = match facts.server {
        Some(server) => server,
        // Without the server's address, only what it serves can tell.
        None if first(Leads::ToServer).is_some() => {
            return good(
                CHECK,
                "The A record leads to the server: ServerPilot's certificate is served there.",
            );
        }
        None => {
            return unknown(
                CHECK,
                "ServerPilot does not say what the server's address is.",
            );
        }
    };
    if let Some(other) = first(Leads::Elsewhere) {
        let why = match facts.served.at(*other) {
            Some(one) => format!(
                ", and at {other} no valid certificate is served ({})",
                one.reason.as_str()
            ),
            None => String::new(),
        };
        return bad(
            CHECK,
            Cause::WrongAddress,
            format!("An A record is {other}, the server is {server}{why}."),
        );
    }
    if let Some(other) = first(Leads::Unknown) {
        return unknown(
            CHECK,
            format!(
                "An A record is {other}, the server is {server}; what is served at {other} could not be seen from here."
            ),
        );
    }
    if let Some(other) = first(Leads::ToValid) {
        return unknown(
            CHECK,
            format!(
                "An A record is {other}, the server is {server}; the certificate that is served at {other} is valid, so it is a load balancer, a CDN or another server."
            ),
        );
    }
    match first(Leads::ToServer) {
        Some(address) if *address == server => {
            good(CHECK, format!("The A record is the server's, {server}."))
        }
        Some(address) => good(
            CHECK,
            format!(
                "The A record is {address} and leads to the server, {server}: the same certificate is served there."
            ),
        ),
        None => unknown(CHECK, "The A records are a proxy's."),
    }
}

fn ipv6_address(facts: &Facts) -> CheckResult {
    const CHECK: &str = "ipv6_address";
    let Some(addresses) = &facts.dns else {
        return skipped(CHECK, NOT_ASKED);
    };
    let six = match &addresses.six {
        Ok(six) => six,
        Err(Failure::TimedOut | Failure::NoAnswer) => {
            return unknown(CHECK, "The AAAA records could not be asked for.");
        }
        Err(_) => return good(CHECK, "There is no AAAA record."),
    };
    let four = addresses.four.as_deref().unwrap_or_default();
    let answers: Vec<Ipv6> = six
        .iter()
        .map(|one| ipv6(facts, &facts.served, *one, four))
        .collect();
    let any = |wanted| answers.contains(&wanted);
    if any(Ipv6::Elsewhere) {
        bad(
            CHECK,
            Cause::Ipv6Elsewhere,
            "The AAAA record does not lead to the same server.",
        )
    } else if any(Ipv6::Unknown) {
        unknown(
            CHECK,
            "Whether the AAAA record leads to the same server cannot be told from here.",
        )
    } else if any(Ipv6::Valid) {
        good(
            CHECK,
            "A valid certificate is served at the AAAA record's address.",
        )
    } else {
        good(CHECK, "The AAAA record leads to the same server.")
    }
}

/// Whether an IPv6 address leads where the IPv4 addresses do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ipv6 {
    Same,
    Valid,
    Unknown,
    Elsewhere,
}

fn ipv6(facts: &Facts, observations: &Observations, six: IpAddr, four: &[IpAddr]) -> Ipv6 {
    let by_four: Vec<&Served> = four
        .iter()
        .filter_map(|address| observations.at(*address))
        .collect();
    match leads(facts, observations, six) {
        Leads::ToServer | Leads::ToProxy => return Ipv6::Same,
        // Let's Encrypt asks there first, so a certificate for the server is never made.
        Leads::ToValid
            if facts.needs_autossl()
                && by_four
                    .iter()
                    .any(|one| one.reason != Reason::Ok && Some(one.address) == facts.server) =>
        {
            return Ipv6::Elsewhere;
        }
        Leads::ToValid => return Ipv6::Valid,
        Leads::Unknown => return Ipv6::Unknown,
        Leads::Elsewhere => {}
    }
    let Some(served) = observations.at(six) else {
        return Ipv6::Unknown;
    };
    let same_certificate = served.certificate.is_some()
        && by_four
            .iter()
            .any(|one| one.certificate == served.certificate);
    let ipv4_answers = by_four.iter().any(|one| one.reach == Reach::Connected);
    match served.reach {
        _ if same_certificate => Ipv6::Same,
        Reach::NoRoute => Ipv6::Unknown,
        // A private address leads nobody to the server.
        Reach::Forbidden => Ipv6::Elsewhere,
        // Another certificate, or silence where IPv4 answers: another machine.
        Reach::Connected | Reach::Failed if ipv4_answers => Ipv6::Elsewhere,
        Reach::Connected | Reach::Failed => Ipv6::Unknown,
    }
}

fn proxy(facts: &Facts) -> CheckResult {
    const CHECK: &str = "proxy";
    if facts.dns.is_none() {
        return skipped(CHECK, NOT_ASKED);
    }
    if !facts.is_proxied() {
        return good(CHECK, "No known proxy is in between.");
    }
    let detail =
        "Cloudflare's proxy answers for the name, so the certificate seen here is the proxy's.";
    let mut served = facts
        .proxied()
        .filter_map(|address| facts.served.at(address));
    if served.any(|one| one.reason != Reason::Ok && one.reach != Reach::NoRoute) {
        bad(CHECK, Cause::BehindProxy, detail)
    } else {
        unknown(CHECK, detail)
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

fn www(facts: &Facts) -> CheckResult {
    const CHECK: &str = "www";
    match &facts.serverpilot {
        Err(_) => return unknown(CHECK, APP_UNKNOWN),
        Ok(app) if !app.www_listed => return skipped(CHECK, "The app has no www name for it."),
        Ok(_) => {}
    }
    let Some(addresses) = &facts.www else {
        return skipped(CHECK, NOT_ASKED);
    };
    if !facts.needs_autossl() {
        return skipped(CHECK, NO_NEED);
    }
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
    let six = addresses.six.as_deref().unwrap_or_default();
    let by_six = |wanted: Ipv6| {
        let mut others = six
            .iter()
            .filter(|one| leads(facts, &facts.served, **one) != Leads::ToServer);
        others.find(|one| ipv6(facts, &facts.www_served, **one, four) == wanted)
    };
    if let Some(other) = by_six(Ipv6::Elsewhere) {
        return bad(
            CHECK,
            Cause::WwwElsewhere,
            format!(
                "The app has the www name too, and its AAAA record, {other}, does not lead to the same server."
            ),
        );
    }
    let Some(server) = facts.server else {
        return good(CHECK, "The www name resolves as well.");
    };
    let first = |wanted: Leads| {
        four.iter()
            .find(|address| www_leads(facts, **address) == wanted)
    };
    if let Some(other) = first(Leads::Elsewhere) {
        return bad(
            CHECK,
            Cause::WwwElsewhere,
            format!(
                "The app has the www name too, and its A record, {other}, is not the server's, {server}, and serves no valid certificate."
            ),
        );
    }
    if let Some(other) = first(Leads::Unknown) {
        return unknown(
            CHECK,
            format!(
                "The A record of the www name, {other}, is not the server's, {server}; what is served there could not be seen from here."
            ),
        );
    }
    good(CHECK, "The www name resolves as well.")
}

/// An address that leads to the server for the name itself does so for its www name, whose
/// certificate may still be to come.
fn www_leads(facts: &Facts, address: IpAddr) -> Leads {
    match leads(facts, &facts.served, address) {
        Leads::ToServer => Leads::ToServer,
        _ => leads(facts, &facts.www_served, address),
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
