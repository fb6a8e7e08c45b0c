//! What a check says to a person: what is wrong, then what to do. Pure text: must decide nothing, and
//! must not repeat anything a server has said.

use super::checker::AddressCheck;
use super::document::Counts;
use crate::dns::Failure;
use crate::domain::Domain;
use crate::probe::verdict::{self, Ending, Reason};
use crate::probe::x509::{Certificate, rfc3339};

/// How many of many names are what.
pub(super) fn counted(counts: &Counts, unchecked: usize) -> String {
    let Counts {
        valid,
        not_valid,
        unknown,
    } = counts;
    let all = valid + not_valid + unknown;
    let sum =
        format!("{all} names: {valid} valid, {not_valid} not valid, {unknown} could not be asked.");
    match unchecked {
        0 => sum,
        _ => format!(
            "{sum} The time was over before {unchecked} of them could be checked: check fewer names at once, or give the call more time."
        ),
    }
}

pub(super) fn out_of_time(domain: &Domain) -> String {
    format!(
        "{domain} was not checked, because the call's time was over: check fewer names at once, or give the call more time."
    )
}

/// Of a check that could not ask ServerPilot, and why not.
pub(super) fn unknown_app(why: &str) -> String {
    format!("Only the certificate was checked, because ServerPilot could not be asked: {why}")
}

pub(super) fn expires_soon(domain: &Domain, leaf: &Certificate, now: i64) -> String {
    format!(
        "The certificate of {domain} expires on {} ({} days left) and should have been renewed by now: check AutoSSL, and the DNS of all the app's names.",
        rfc3339(leaf.not_after),
        verdict::days_left(leaf, now)
    )
}

pub(super) fn addresses_differ(
    domain: &Domain,
    decisive: &AddressCheck,
    others: &[&AddressCheck],
) -> String {
    let others: Vec<String> = others
        .iter()
        .map(|one| format!("{} ({})", one.address.ip(), one.reason.as_str()))
        .collect();
    format!(
        "{domain} has several addresses, and they do not answer alike: the verdict is that of {} ({}), but some visitors reach {}. Remove the DNS records that do not lead to the site.",
        decisive.address.ip(),
        decisive.reason.as_str(),
        others.join(", ")
    )
}

/// Why there is no address to connect to.
pub(super) fn unresolved(domain: &Domain, failure: Failure) -> String {
    match failure {
        Failure::NoSuchName => format!(
            "{domain} does not exist in DNS: check the spelling, then register the name or add its DNS record."
        ),
        Failure::NoRecord => format!(
            "{domain} exists in DNS but has no address: add an A record with the server's address."
        ),
        Failure::NoAnswer => format!(
            "The name servers give no usable answer for {domain}: check its DNS zone, then the name servers of this machine."
        ),
        Failure::TimedOut => format!(
            "The name servers did not answer for {domain} in time: try again, then check the name servers of this machine."
        ),
    }
}

/// One sentence on one address, with the cure where there is one.
pub(in crate::operations) fn explain(domain: &Domain, address: &AddressCheck, now: i64) -> String {
    let port = address.address.port();
    let ending = address.observation.as_ref().map(|observed| observed.ending);
    let leaf = address.leaf();
    let until = leaf.map_or_else(String::new, |leaf| rfc3339(leaf.not_after));
    match address.reason {
        Reason::Ok => {
            let days = leaf.map_or(0, |leaf| verdict::days_left(leaf, now));
            format!("The certificate of {domain} is valid until {until} ({days} days).")
        }
        Reason::Expired if leaf.is_some_and(|leaf| leaf.not_after >= now) => format!(
            "An intermediate certificate of {domain} has expired: install the current chain."
        ),
        Reason::Expired => {
            format!("The certificate of {domain} expired on {until}: it has to be renewed.")
        }
        Reason::NotYetValid => {
            let from = leaf.map_or_else(String::new, |leaf| rfc3339(leaf.not_before));
            format!(
                "The certificate of {domain} is valid only from {from}: wait, or correct the clock of this machine."
            )
        }
        Reason::HostnameMismatch if ending == Some(Ending::NameRefused) => format!(
            "The server says that it has no certificate for {domain}: add the name to the app, or correct its DNS."
        ),
        Reason::HostnameMismatch => format!(
            "The certificate that is served for {domain} is not for this name: wait for a new one, or correct the DNS."
        ),
        Reason::SelfSigned => format!(
            "The server of {domain} presents a certificate that it has signed itself: switch AutoSSL on, or install one of a public CA."
        ),
        Reason::UnknownIssuer => format!(
            "The certificate of {domain} leads to no root that browsers trust: switch AutoSSL on, or install one of a public CA."
        ),
        Reason::IncompleteChain => format!(
            "The server of {domain} does not send the intermediate certificate: install the whole chain."
        ),
        Reason::WeakKey => match leaf {
            Some(leaf) if !leaf.key.is_for_browsers() => format!(
                "The key of the certificate of {domain} is {}: make a new one with RSA 2048 or ECDSA P-256.",
                verdict::key_fault(&leaf.key)
            ),
            _ => format!(
                "An intermediate certificate of {domain} has a key that is too short for browsers: get a certificate from another CA."
            ),
        },
        Reason::WeakSignature => format!(
            "A certificate in the chain of {domain} is signed with a broken hash (MD5 or SHA-1): get a new one."
        ),
        Reason::OldProtocol => format!(
            "The server of {domain} has no TLS 1.2 or later, or no cipher, in common with browsers: update it."
        ),
        Reason::NotTls => format!(
            "What answers for {domain} on port {port} does not speak TLS: switch HTTPS on there, or find out which other service it is."
        ),
        Reason::ClientCertificateRequired => format!(
            "The server of {domain} wants a certificate of the visitor's: switch client certificates off for the public site."
        ),
        Reason::ConnectionRefused if ending == Some(Ending::Unreachable) => format!(
            "This machine has no route to {}: check its network, then the DNS of {domain}.",
            address.address.ip()
        ),
        Reason::ConnectionRefused => format!(
            "Nothing listens on port {port} of {domain}: switch HTTPS on there, then check the firewalls in between."
        ),
        Reason::ConnectionClosed => format!(
            "The server of {domain} closed the connection during the handshake: check its log and the firewalls in between."
        ),
        Reason::Timeout if ending == Some(Ending::ConnectTimedOut) => format!(
            "No connection to port {port} of {domain} in time: a firewall drops it, or the DNS points to a machine that is off."
        ),
        Reason::Timeout => format!(
            "The server of {domain} did not finish the handshake in time: it is overloaded, or it is no TLS server."
        ),
        Reason::BlockedAddress => format!(
            "{domain} leads to an address that is not public, so no connection was made: correct its DNS, or allow that address (allow_addresses)."
        ),
        Reason::DnsFailure => unresolved(domain, Failure::NoAnswer),
        Reason::InvalidCertificate => format!(
            "The certificate of {domain} is not one that browsers accept (malformed, made for another purpose, or the server does not have its key): get a new one."
        ),
    }
}
