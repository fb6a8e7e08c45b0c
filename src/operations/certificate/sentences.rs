//! Which sentence a check says to a person. Must decide nothing else, and must not repeat anything a
//! server has said.

use super::checker::AddressCheck;
use super::document::Counts;
use crate::dns::Failure;
use crate::domain::Domain;
use crate::messages::{self, Message};
use crate::probe::verdict::{self, Ending, Reason};
use crate::probe::x509::{Certificate, Key, rfc3339};

/// How many of many names are what.
pub(super) fn counted(counts: &Counts, unchecked: usize) -> Message {
    let Counts {
        valid,
        not_valid,
        unknown,
    } = *counts;
    let all = valid + not_valid + unknown;
    let sum = messages::checked_many(all, valid, not_valid, unknown);
    match unchecked {
        0 => sum,
        _ => sum.then(messages::checked_too_many(unchecked)),
    }
}

pub(super) fn expires_soon(domain: &Domain, leaf: &Certificate, now: i64) -> Message {
    let days = verdict::days_left(leaf, now);
    messages::certificate_expires_soon(domain, rfc3339(leaf.not_after), days)
}

pub(super) fn addresses_differ(
    domain: &Domain,
    decisive: &AddressCheck,
    others: &[&AddressCheck],
) -> Message {
    let others = others
        .iter()
        .map(|one| format!("{} ({})", one.address.ip(), one.reason.as_str()));
    messages::addresses_differ(
        domain,
        decisive.address.ip(),
        decisive.reason.as_str(),
        messages::all(others),
    )
}

/// Why there is no address to connect to.
pub(super) fn unresolved(domain: &Domain, failure: Failure) -> Message {
    match failure {
        Failure::NoSuchName => messages::dns_no_such_name(domain),
        Failure::NoRecord => messages::dns_no_address(domain),
        Failure::NoAnswer => messages::dns_failed(domain),
        Failure::TimedOut => messages::dns_timed_out(domain),
    }
}

/// What was found at one address, with the cure where there is one.
pub(in crate::operations) fn explain(domain: &Domain, address: &AddressCheck, now: i64) -> Message {
    let port = address.address.port();
    let ending = address.observation.as_ref().map(|observed| observed.ending);
    let leaf = address.leaf();
    let until = leaf.map_or_else(String::new, |leaf| rfc3339(leaf.not_after));
    match address.reason {
        Reason::Ok => {
            let days = leaf.map_or(0, |leaf| verdict::days_left(leaf, now));
            messages::certificate_valid(domain, until, days)
        }
        Reason::Expired if leaf.is_some_and(|leaf| leaf.not_after >= now) => {
            messages::certificate_intermediate_expired(domain)
        }
        Reason::Expired => messages::certificate_expired(domain, until),
        Reason::NotYetValid => {
            let from = leaf.map_or_else(String::new, |leaf| rfc3339(leaf.not_before));
            messages::certificate_not_yet_valid(domain, from)
        }
        Reason::HostnameMismatch if ending == Some(Ending::NameRefused) => {
            messages::certificate_missing(domain)
        }
        Reason::HostnameMismatch => messages::certificate_of_other_name(domain),
        Reason::SelfSigned => messages::certificate_self_signed(domain),
        Reason::UnknownIssuer => messages::certificate_unknown_issuer(domain),
        Reason::IncompleteChain => messages::certificate_incomplete_chain(domain),
        Reason::WeakKey => match leaf.map(|leaf| &leaf.key) {
            Some(Key::Rsa { bits }) if *bits < 2048 => {
                messages::certificate_short_key(domain, *bits)
            }
            Some(key) if !key.is_for_browsers() => {
                messages::certificate_unusual_key(domain, key.name())
            }
            _ => messages::certificate_intermediate_short_key(domain),
        },
        Reason::WeakSignature => messages::certificate_weak_signature(domain),
        Reason::OldProtocol => messages::old_protocol(domain),
        Reason::NotTls => messages::not_tls(domain, port),
        Reason::ClientCertificateRequired => messages::client_certificate_required(domain),
        Reason::ConnectionRefused if ending == Some(Ending::Unreachable) => {
            messages::no_route(address.address.ip(), domain)
        }
        Reason::ConnectionRefused => messages::connection_refused(port, domain),
        Reason::ConnectionClosed => messages::connection_closed(domain),
        Reason::Timeout if ending == Some(Ending::ConnectTimedOut) => {
            messages::connection_timed_out(port, domain)
        }
        Reason::Timeout => messages::handshake_timed_out(domain),
        Reason::BlockedAddress => messages::address_blocked(domain),
        Reason::DnsFailure => unresolved(domain, Failure::NoAnswer),
        Reason::InvalidCertificate => messages::certificate_not_accepted(domain),
    }
}
