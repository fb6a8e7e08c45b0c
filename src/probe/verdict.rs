//! What a browser would say of a chain, a name, a moment and the way a handshake ended.
//! Pure: no I/O, no clock. Trust is webpki's judgement; this file asks it and orders the answers.
//!
//! Where several things are wrong, the first of this list is the reason, with "could not ask" in
//! front, because then nobody has proved anything. The order from 3 on is Chromium's, and
//! `tests/browser.rs` holds it against the browser itself:
//!
//! 1. `timeout`, `connection_refused`, `connection_closed`
//! 2. no certificate was presented: `old_protocol`, `not_tls`, `hostname_mismatch` (the server said that it
//!    does not know the name), `client_certificate_required`
//! 3. `self_signed`, `unknown_issuer`, `incomplete_chain`
//! 4. `weak_signature`, `invalid_certificate`, where nothing on the path is out of date
//! 5. `hostname_mismatch`
//! 6. `weak_key`
//! 7. `expired`, `not_yet_valid`
//! 8. `client_certificate_required`, and what else ended the handshake after the certificate
//!
//! Sources, both in Chromium as of 2025: net/cert/cert_status_flags.cc, MapCertStatusToNetError,
//! picks one error out of many; net/cert/cert_verify_proc_builtin.cc,
//! MapPathBuilderErrorsToCertStatus, calls a path invalid only if it has nothing else against it.

use std::time::Duration;

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use serde::Serialize;

use super::x509::{AltName, Certificate};
use crate::status::Status;

/// The one reason of a verdict; the names are part of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A browser takes it.
    Ok,
    /// It, or a certificate above it, has expired.
    Expired,
    /// It, or a certificate above it, is not valid yet.
    NotYetValid,
    /// It is for other names, or the server said that it does not know this one.
    HostnameMismatch,
    /// It is signed with its own key, and is no trusted root.
    SelfSigned,
    /// Its chain leads to no trusted root.
    UnknownIssuer,
    /// The certificate of its issuer was not sent.
    IncompleteChain,
    /// A key on the path is too short, or of a kind that browsers do not take.
    WeakKey,
    /// A signature on the path is made with a broken hash.
    WeakSignature,
    /// No protocol version or cipher in common: the server is older than TLS 1.2.
    OldProtocol,
    /// What answers does not speak TLS.
    NotTls,
    /// The server goes no further without a certificate of the client's.
    ClientCertificateRequired,
    /// Nobody listens, or there is no route from here.
    ConnectionRefused,
    /// The connection was closed or reset during the handshake.
    ConnectionClosed,
    /// No connection, or no complete handshake, in time.
    Timeout,
    /// There is no address to connect to.
    DnsFailure,
    /// The address policy forbids to connect.
    BlockedAddress,
    /// It is malformed, made for another purpose, or its key was not proved.
    InvalidCertificate,
}

impl Reason {
    /// None: could not ask, which is not "not valid".
    pub fn valid(self) -> Option<bool> {
        match self {
            Reason::Ok => Some(true),
            Reason::ConnectionRefused
            | Reason::ConnectionClosed
            | Reason::Timeout
            | Reason::DnsFailure
            | Reason::BlockedAddress => None,
            _ => Some(false),
        }
    }

    /// The status of a check that comes to this reason.
    pub fn status(self) -> Status {
        match self {
            Reason::Ok => Status::SP_OK,
            Reason::ConnectionRefused | Reason::ConnectionClosed | Reason::DnsFailure => {
                Status::SP_ERR_NETWORK
            }
            Reason::Timeout => Status::SP_ERR_TIMEOUT,
            Reason::NotTls => Status::SP_ERR_TLS,
            Reason::BlockedAddress => Status::SP_ERR_BLOCKED_ADDRESS,
            _ => Status::SP_ERR_CERTIFICATE,
        }
    }

    /// The name in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Ok => "ok",
            Reason::Expired => "expired",
            Reason::NotYetValid => "not_yet_valid",
            Reason::HostnameMismatch => "hostname_mismatch",
            Reason::SelfSigned => "self_signed",
            Reason::UnknownIssuer => "unknown_issuer",
            Reason::IncompleteChain => "incomplete_chain",
            Reason::WeakKey => "weak_key",
            Reason::WeakSignature => "weak_signature",
            Reason::OldProtocol => "old_protocol",
            Reason::NotTls => "not_tls",
            Reason::ClientCertificateRequired => "client_certificate_required",
            Reason::ConnectionRefused => "connection_refused",
            Reason::ConnectionClosed => "connection_closed",
            Reason::Timeout => "timeout",
            Reason::DnsFailure => "dns_failure",
            Reason::BlockedAddress => "blocked_address",
            Reason::InvalidCertificate => "invalid_certificate",
        }
    }
}

/// How the probe of one address ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The handshake was completed, and its signatures are right.
    Completed,
    /// Nobody listens.
    Refused,
    /// There is no way from here to there.
    Unreachable,
    /// The peer closed or reset the connection, or gave up with an alert that explains nothing.
    Closed,
    /// No TCP connection in time.
    ConnectTimedOut,
    /// No complete handshake in time.
    HandshakeTimedOut,
    /// What came was no TLS.
    NotTls,
    /// No protocol version or cipher in common: the peer is older than TLS 1.2.
    OldProtocol,
    /// The peer said that it does not know the name (alert `unrecognized_name`, RFC 6066).
    NameRefused,
    /// The peer wanted a certificate of the client's and went no further without it.
    ClientCertificate,
    /// The peer did not prove that it has the certificate's key.
    Unproven,
}

/// Everything a verdict rests on.
pub struct Evidence<'a> {
    /// As it was sent, the server's own certificate first.
    pub chain: &'a [CertificateDer<'static>],
    /// The same, read; None where one could not be.
    pub certificates: &'a [Option<Certificate>],
    /// The name that was asked for, A-labels in lower case.
    pub host: &'a str,
    /// Unix seconds.
    pub now: i64,
    /// How the handshake ended.
    pub ending: Ending,
    /// What is trusted.
    pub roots: &'a RootCertStore,
    /// What signatures can be verified.
    pub algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
}

/// The reason of the verdict.
pub fn judge(evidence: &Evidence<'_>) -> Reason {
    let after_all = match evidence.ending {
        Ending::Refused | Ending::Unreachable => return Reason::ConnectionRefused,
        Ending::Closed => return Reason::ConnectionClosed,
        Ending::ConnectTimedOut | Ending::HandshakeTimedOut => return Reason::Timeout,
        Ending::Completed => Reason::Ok,
        Ending::NotTls => Reason::NotTls,
        Ending::OldProtocol => Reason::OldProtocol,
        Ending::NameRefused => Reason::HostnameMismatch,
        Ending::ClientCertificate => Reason::ClientCertificateRequired,
        Ending::Unproven => Reason::InvalidCertificate,
    };
    match (evidence.chain.first(), evidence.certificates.first()) {
        (None, _) if after_all == Reason::Ok => Reason::InvalidCertificate,
        (None, _) => after_all,
        (Some(_), Some(Some(leaf))) => match certificate(evidence, leaf) {
            Reason::Ok => after_all,
            reason => reason,
        },
        (Some(_), _) => Reason::InvalidCertificate,
    }
}

/// The reason from the certificate alone.
fn certificate(evidence: &Evidence<'_>, leaf: &Certificate) -> Reason {
    let trust = trust(evidence, leaf);
    if let Trust::No(reason) = trust {
        return reason;
    }
    if !covers(leaf, evidence.host) {
        return Reason::HostnameMismatch;
    }
    match trust {
        Trust::Weak(reason) => reason,
        _ if !leaf.key.is_for_browsers() => Reason::WeakKey,
        Trust::Dated(reason) => reason,
        _ => Reason::Ok,
    }
}

/// What there is to be said of the path to a root.
enum Trust {
    Yes,
    /// The path is right, the time is not.
    Dated(Reason),
    /// The path leads to a root, through something too weak to rely on.
    Weak(Reason),
    No(Reason),
}

fn trust(evidence: &Evidence<'_>, leaf: &Certificate) -> Trust {
    let Err(first) = verify(evidence, evidence.now) else {
        return Trust::Yes;
    };
    let Some(date) = date_fault(evidence, leaf, &first) else {
        return fault(evidence, leaf, &first);
    };
    // webpki says only the one thing. Whether the path would be right at another time shows at a
    // moment when everything on it is, or was, valid.
    match common_moment(&path(evidence, leaf).certificates) {
        None => Trust::Dated(date),
        Some(moment) => match verify(evidence, moment) {
            Ok(()) => Trust::Dated(date),
            Err(second) if date_fault(evidence, leaf, &second).is_some() => Trust::Dated(date),
            Err(second) => fault(evidence, leaf, &second),
        },
    }
}

fn verify(evidence: &Evidence<'_>, at: i64) -> Result<(), rustls::Error> {
    let bad = || rustls::Error::InvalidCertificate(CertificateError::BadEncoding);
    let (leaf, others) = evidence.chain.split_first().ok_or_else(bad)?;
    let leaf = ParsedCertificate::try_from(leaf)?;
    let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at).unwrap_or(0)));
    verify_server_cert_signed_by_trust_anchor(
        &leaf,
        evidence.roots,
        others,
        at,
        evidence.algorithms,
    )
}

/// The reason, where the error is one of time. The server's own certificate goes first.
fn date_fault(
    evidence: &Evidence<'_>,
    leaf: &Certificate,
    error: &rustls::Error,
) -> Option<Reason> {
    use CertificateError as E;
    let rustls::Error::InvalidCertificate(error) = error else {
        return None;
    };
    let of_error = match error {
        E::Expired | E::ExpiredContext { .. } => Reason::Expired,
        E::NotValidYet | E::NotValidYetContext { .. } => Reason::NotYetValid,
        _ => return None,
    };
    Some(out_of_date(&[leaf], evidence.now).unwrap_or(of_error))
}

/// What is wrong with the dates of the first of them that is not valid now.
fn out_of_date(certificates: &[&Certificate], now: i64) -> Option<Reason> {
    certificates.iter().find_map(|one| {
        if one.not_after < now {
            Some(Reason::Expired)
        } else if one.not_before > now {
            Some(Reason::NotYetValid)
        } else {
            None
        }
    })
}

/// The reason for an error that is not one of time.
fn fault(evidence: &Evidence<'_>, leaf: &Certificate, error: &rustls::Error) -> Trust {
    use CertificateError as E;
    if leaf.is_self_issued() && !is_root(evidence.roots, &leaf.subject_der) {
        return Trust::No(Reason::SelfSigned);
    }
    let path = path(evidence, leaf);
    match path.end {
        End::Root => {}
        End::Missing if path.certificates.len() == 1 => return Trust::No(Reason::IncompleteChain),
        // A private CA does not send its root either, so two and more links tell of one.
        End::Missing | End::Strange => return Trust::No(Reason::UnknownIssuer),
    }
    #[allow(deprecated)]
    let of_signature = matches!(
        error,
        rustls::Error::InvalidCertificate(
            E::UnknownIssuer
                | E::BadSignature
                | E::UnsupportedSignatureAlgorithm
                | E::UnsupportedSignatureAlgorithmContext { .. }
                | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
        )
    );
    let any = |is: fn(&Certificate) -> bool| path.certificates.iter().any(|link| is(link));
    let reason = if !of_signature {
        Reason::InvalidCertificate
    } else if any(|link| link.signature.weak) {
        Reason::WeakSignature
    } else if any(|link| link.key.is_short()) {
        return Trust::Weak(Reason::WeakKey);
    } else {
        // Another key under a root's name.
        return Trust::No(Reason::UnknownIssuer);
    };
    match out_of_date(&path.certificates, evidence.now) {
        // It says that much first: see 4 at the top.
        Some(date) => Trust::Dated(date),
        None => Trust::No(reason),
    }
}

/// The certificates linked by name from the server's own upwards.
struct Path<'a> {
    certificates: Vec<&'a Certificate>,
    end: End,
}

enum End {
    /// Issued under the name of a trusted root.
    Root,
    /// Issued under its own name, and no trusted root.
    Strange,
    /// The issuer was not sent.
    Missing,
}

fn path<'a>(evidence: &Evidence<'a>, leaf: &'a Certificate) -> Path<'a> {
    let mut certificates = vec![leaf];
    let mut top = leaf;
    // Each certificate is used once, so this ends.
    let mut others: Vec<&Certificate> = evidence.certificates.iter().skip(1).flatten().collect();
    loop {
        if is_root(evidence.roots, &top.issuer_der) {
            return Path {
                certificates,
                end: End::Root,
            };
        }
        if top.is_self_issued() {
            return Path {
                certificates,
                end: End::Strange,
            };
        }
        let Some(at) = others
            .iter()
            .position(|other| other.subject_der == top.issuer_der)
        else {
            return Path {
                certificates,
                end: End::Missing,
            };
        };
        top = others.swap_remove(at);
        certificates.push(top);
    }
}

fn is_root(roots: &RootCertStore, name_der: &[u8]) -> bool {
    roots
        .roots
        .iter()
        .any(|root| root.subject.as_ref() == name_der)
}

/// A moment at which all of them are valid, if there is one.
fn common_moment(certificates: &[&Certificate]) -> Option<i64> {
    let from = certificates.iter().map(|one| one.not_before).max()?;
    let to = certificates.iter().map(|one| one.not_after).min()?;
    (from <= to).then_some(to)
}

/// Whether the certificate is one for this host, by RFC 9525: only subject alternative names of
/// the kind dNSName count, the subject's common name does not.
pub fn covers(certificate: &Certificate, host: &str) -> bool {
    certificate.names.iter().any(|name| match name {
        AltName::Dns(name) => name_matches(name, host),
        AltName::Ip(_) => false,
    })
}

/// A wildcard is the whole left-most label and stands for exactly one label (RFC 9525, section
/// 6.3). Below it there must be two labels more: no browser takes `*.com`.
fn name_matches(presented: &str, host: &str) -> bool {
    match presented.strip_prefix("*.") {
        None => presented.eq_ignore_ascii_case(host),
        Some(parent) => host
            .split_once('.')
            .is_some_and(|(_, rest)| rest.contains('.') && rest.eq_ignore_ascii_case(parent)),
    }
}

/// The share of its lifetime that has passed; above 1 for an expired one.
pub fn lifetime_used(certificate: &Certificate, now: i64) -> f64 {
    let whole = certificate
        .not_after
        .saturating_sub(certificate.not_before)
        .max(1);
    let passed = now.saturating_sub(certificate.not_before);
    let share = passed as f64 / whole as f64;
    (share * 1000.0).round() / 1000.0
}

/// Whole days until it expires, rounded down; negative from the moment it has.
pub fn days_left(certificate: &Certificate, now: i64) -> i64 {
    certificate.not_after.saturating_sub(now).div_euclid(86_400)
}

/// Whether it is time to see to the next one. Without the operator's own number of days the share
/// decides: Let's Encrypt renews at two thirds of the lifetime, whatever the lifetime is
/// (letsencrypt.org, "Decreasing Certificate Lifetimes to 45 Days").
pub fn expires_soon(certificate: &Certificate, now: i64, warn_days: Option<u32>) -> bool {
    match warn_days {
        Some(days) => days_left(certificate, now) < i64::from(days),
        None => {
            let seconds = |from: i64, to: i64| i128::from(to) - i128::from(from);
            let whole = seconds(certificate.not_before, certificate.not_after);
            seconds(now, certificate.not_after) * 3 < whole
        }
    }
}

#[cfg(test)]
mod tests;
