//! The checks of a diagnosis that weigh addresses: where each leads, by what was observed at it.
//! Pure. Must not blame an address for being another than the server's, and must not take this
//! machine's hosts file for DNS.

use std::net::IpAddr;

use super::cdn::is_cloudflare;
use super::checks::{CheckResult, bad, good, skipped, unknown};
use super::{Cause, Facts, Observations, Reach, Served, same_set};
use crate::dns::Failure;
use crate::messages::{self, Message};
use crate::probe::verdict::Reason;

pub(super) fn dns(facts: &Facts) -> CheckResult {
    const CHECK: &str = "dns";
    let Some(addresses) = &facts.dns else {
        return skipped(CHECK, messages::evidence_not_asked());
    };
    let found = addresses.in_order();
    let hosts = match &facts.hosts {
        Some(hosts) if !same_set(&hosts.addresses, &found) => {
            messages::evidence_hosts_file(messages::all(&hosts.addresses))
        }
        _ => Message::default(),
    };
    let (cause, detail) = match addresses.failure() {
        None => {
            let resolves = messages::evidence_resolves(messages::all(&found));
            return good(CHECK, resolves.then(hosts));
        }
        Some(Failure::NoSuchName) => (Cause::NameNotFound, messages::evidence_no_such_name()),
        Some(Failure::NoRecord) => (Cause::NameNotFound, messages::evidence_no_address()),
        Some(Failure::NoAnswer) => (Cause::DnsUnanswered, messages::evidence_dns_failed()),
        Some(Failure::TimedOut) => (Cause::DnsUnanswered, messages::evidence_dns_timed_out()),
    };
    bad(CHECK, cause, detail.then(hosts))
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
        return skipped(CHECK, messages::evidence_not_asked());
    };
    if addresses.failure().is_some() {
        return skipped(CHECK, messages::evidence_nowhere());
    }
    let four = match &addresses.four {
        Ok(four) => four,
        Err(Failure::TimedOut | Failure::NoAnswer) => {
            return unknown(CHECK, messages::evidence_ipv4_not_asked());
        }
        Err(_) if facts.serves_serverpilots() => {
            return good(CHECK, messages::evidence_ipv4_none_ipv6_leads());
        }
        Err(_) if facts.is_well() => {
            return unknown(CHECK, messages::evidence_ipv4_none_ipv6_valid());
        }
        Err(_) => return bad(CHECK, Cause::WrongAddress, messages::evidence_ipv4_none()),
    };
    let first = |wanted: Leads| {
        let mut all = four.iter();
        all.find(|address| leads(facts, &facts.served, **address) == wanted)
    };
    let server = match facts.server {
        Some(server) => server,
        // Without the server's address, only what it serves can tell.
        None if first(Leads::ToServer).is_some() => {
            return good(CHECK, messages::evidence_ipv4_leads());
        }
        None => {
            return unknown(CHECK, messages::evidence_server_unknown());
        }
    };
    if let Some(other) = first(Leads::Elsewhere) {
        let detail = match facts.served.at(*other) {
            Some(one) => {
                let reason = one.reason.as_str();
                messages::evidence_ipv4_elsewhere_not_valid(*other, server, reason)
            }
            None => messages::evidence_ipv4_elsewhere(*other, server),
        };
        return bad(CHECK, Cause::WrongAddress, detail);
    }
    if let Some(other) = first(Leads::Unknown) {
        return unknown(CHECK, messages::evidence_ipv4_unseen(*other, server));
    }
    if let Some(other) = first(Leads::ToValid) {
        return unknown(CHECK, messages::evidence_ipv4_valid(*other, server));
    }
    match first(Leads::ToServer) {
        Some(address) if *address == server => {
            good(CHECK, messages::evidence_ipv4_is_server(server))
        }
        Some(address) => good(
            CHECK,
            messages::evidence_ipv4_same_certificate(*address, server),
        ),
        None => unknown(CHECK, messages::evidence_ipv4_is_proxy()),
    }
}

pub(super) fn ipv6_address(facts: &Facts) -> CheckResult {
    const CHECK: &str = "ipv6_address";
    let Some(addresses) = &facts.dns else {
        return skipped(CHECK, messages::evidence_not_asked());
    };
    let six = match &addresses.six {
        Ok(six) => six,
        Err(Failure::TimedOut | Failure::NoAnswer) => {
            return unknown(CHECK, messages::evidence_ipv6_not_asked());
        }
        Err(_) => return good(CHECK, messages::evidence_ipv6_none()),
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
            messages::evidence_ipv6_elsewhere(),
        )
    } else if any(Ipv6::Unknown) {
        unknown(CHECK, messages::evidence_ipv6_unseen())
    } else if any(Ipv6::Valid) {
        good(CHECK, messages::evidence_ipv6_valid())
    } else {
        good(CHECK, messages::evidence_ipv6_leads())
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
        return skipped(CHECK, messages::evidence_not_asked());
    }
    if !facts.is_proxied() {
        return good(CHECK, messages::evidence_no_proxy());
    }
    let detail = messages::evidence_proxy();
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
        Err(_) => return unknown(CHECK, messages::evidence_app_unknown()),
        Ok(app) if !app.www_listed => return skipped(CHECK, messages::evidence_www_not_listed()),
        Ok(_) => {}
    }
    let Some(addresses) = &facts.www else {
        return skipped(CHECK, messages::evidence_not_asked());
    };
    if !facts.needs_autossl() {
        return skipped(CHECK, messages::evidence_autossl_not_needed());
    }
    match addresses.failure() {
        Some(Failure::NoSuchName | Failure::NoRecord) => {
            return bad(
                CHECK,
                Cause::WwwUnresolved,
                messages::evidence_www_unresolved(),
            );
        }
        Some(Failure::NoAnswer | Failure::TimedOut) => {
            return unknown(CHECK, messages::evidence_www_unanswered());
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
            messages::evidence_www_ipv6_elsewhere(*other),
        );
    }
    let Some(server) = facts.server else {
        return good(CHECK, messages::evidence_www_resolves());
    };
    let first = |wanted: Leads| {
        four.iter()
            .find(|address| www_leads(facts, **address) == wanted)
    };
    if let Some(other) = first(Leads::Elsewhere) {
        return bad(
            CHECK,
            Cause::WwwElsewhere,
            messages::evidence_www_ipv4_elsewhere(*other, server),
        );
    }
    if let Some(other) = first(Leads::Unknown) {
        return unknown(CHECK, messages::evidence_www_unseen(*other, server));
    }
    good(CHECK, messages::evidence_www_resolves())
}

/// An address that leads to the server for the name itself does so for its www name, whose
/// certificate may still be to come.
fn www_leads(facts: &Facts, address: IpAddr) -> Leads {
    match leads(facts, &facts.served, address) {
        Leads::ToServer => Leads::ToServer,
        _ => leads(facts, &facts.www_served, address),
    }
}
