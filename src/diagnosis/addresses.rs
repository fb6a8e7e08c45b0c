//! The checks of a diagnosis that weigh addresses: where each leads, by what was observed at it.
//! Pure. Must not blame an address for being another than the server's, and must not take this
//! machine's hosts file for DNS.

use std::net::IpAddr;

use super::cdn::is_cloudflare;
use super::checks::{APP_UNKNOWN, CheckResult, NO_NEED, NOT_ASKED, bad, good, skipped, unknown};
use super::{Cause, Facts, Observations, Reach, Served, same_set};
use crate::dns::Failure;
use crate::probe::verdict::Reason;

fn listing(addresses: &[IpAddr]) -> String {
    let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    all.join(", ")
}

pub(super) fn dns(facts: &Facts) -> CheckResult {
    const CHECK: &str = "dns";
    let Some(addresses) = &facts.dns else {
        return skipped(CHECK, NOT_ASKED);
    };
    let found = addresses.in_order();
    let hosts = match &facts.hosts {
        Some(hosts) if !same_set(&hosts.addresses, &found) => format!(
            " This machine's own /etc/hosts says {}, which visitors do not see.",
            listing(&hosts.addresses)
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

pub(super) fn ipv4_address(facts: &Facts) -> CheckResult {
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

pub(super) fn ipv6_address(facts: &Facts) -> CheckResult {
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

pub(super) fn proxy(facts: &Facts) -> CheckResult {
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

pub(super) fn www(facts: &Facts) -> CheckResult {
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
