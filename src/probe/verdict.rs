//! What a browser would say of a chain, a name, a moment and the way a handshake ended.
//! Pure: no I/O, no clock. Trust is webpki's judgement; this file asks it and orders the answers.
//!
//! Where several things are wrong, the first of this list is the reason, with "could not ask" in
//! front, because then nobody has proved anything. The order from 3 on is Chromium's, and
//! `tests/browser.rs` holds it against the browser itself:
//!
//! 1. `timeout`, `connection_refused`, `connection_closed`
//! 2. no certificate was shown: `old_protocol`, `not_tls`, `hostname_mismatch` (the server said that it
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

use super::x509::{AltName, Certificate, Key};
use crate::status::Status;

/// The one reason of a verdict; the names are part of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Ok,
    Expired,
    NotYetValid,
    HostnameMismatch,
    SelfSigned,
    UnknownIssuer,
    IncompleteChain,
    WeakKey,
    WeakSignature,
    OldProtocol,
    NotTls,
    ClientCertificateRequired,
    ConnectionRefused,
    ConnectionClosed,
    Timeout,
    DnsFailure,
    BlockedAddress,
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

/// How a look at one address ended.
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
    pub ending: Ending,
    pub roots: &'a RootCertStore,
    pub algorithms: &'a [&'static dyn SignatureVerificationAlgorithm],
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

/// Why the key is refused, for a person.
pub fn key_fault(key: &Key) -> String {
    match key {
        Key::Rsa { bits } => format!("{bits}-bit RSA, and browsers want 2048 bits at least"),
        other => format!("{}, which not every browser takes", other.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::x509::Signature;
    use proptest::prelude::*;

    const NOW: i64 = 1_800_000_000;

    fn leaf(names: &[&str], not_before: i64, not_after: i64) -> Certificate {
        Certificate {
            subject: "CN=x".to_owned(),
            issuer: "CN=y".to_owned(),
            subject_der: b"x".to_vec(),
            issuer_der: b"y".to_vec(),
            serial: "01".to_owned(),
            sha256: String::new(),
            names: names
                .iter()
                .map(|name| AltName::Dns((*name).to_owned()))
                .collect(),
            not_before,
            not_after,
            key: Key::P256,
            signature: Signature {
                name: "ECDSA SHA-256".to_owned(),
                weak: false,
            },
            is_ca: false,
        }
    }

    #[test]
    fn names() {
        for (presented, host, matches) in [
            ("example.org", "example.org", true),
            ("EXAMPLE.org", "example.org", true),
            ("example.org", "www.example.org", false),
            ("www.example.org", "example.org", false),
            ("*.example.org", "www.example.org", true),
            ("*.EXAMPLE.org", "www.example.org", true),
            ("*.example.org", "example.org", false),
            ("*.example.org", "a.b.example.org", false),
            ("*.example.org", "xn--bcher-kva.example.org", true),
            ("w*.example.org", "www.example.org", false),
            ("*w.example.org", "www.example.org", false),
            ("w*w.example.org", "www.example.org", false),
            ("www.*.org", "www.example.org", false),
            ("*.*.org", "www.example.org", false),
            ("*.org", "example.org", false),
            ("*", "example.org", false),
            ("*.", "example.org", false),
            ("", "example.org", false),
            ("example.org.", "example.org", false),
            ("example.org\0.evil.org", "example.org", false),
            ("bücher.example.org", "xn--bcher-kva.example.org", false),
            (
                "xn--bcher-kva.example.org",
                "xn--bcher-kva.example.org",
                true,
            ),
        ] {
            let certificate = leaf(&["other.example", presented], 0, NOW);
            assert_eq!(covers(&certificate, host), matches, "{presented} {host}");
        }
        assert!(!covers(&leaf(&[], 0, NOW), "example.org"));
        let mut by_address = leaf(&[], 0, NOW);
        by_address.names.push(AltName::Ip([127, 0, 0, 1].into()));
        assert!(!covers(&by_address, "example.org"));
    }

    #[test]
    fn when_to_renew() {
        const DAY: i64 = 86_400;
        for (age, left, warn_days, soon) in [
            (60, 30, None, false),
            (61, 29, None, true),
            (42, 22, None, false),
            (43, 21, None, true),
            (4, 2, None, false),
            (5, 1, None, true),
            (1, 89, Some(30), false),
            (61, 29, Some(30), true),
            (61, 29, Some(0), false),
            (61, 29, Some(14), false),
            (90, -1, Some(0), true),
        ] {
            let certificate = leaf(&[], NOW - age * DAY, NOW + left * DAY);
            assert_eq!(
                expires_soon(&certificate, NOW, warn_days),
                soon,
                "{age} {left} {warn_days:?}"
            );
        }
        let certificate = leaf(&[], NOW - 90 * DAY, NOW - 1);
        assert_eq!(days_left(&certificate, NOW), -1);
        assert!(lifetime_used(&certificate, NOW) >= 1.0);
        assert_eq!(lifetime_used(&leaf(&[], NOW, NOW), NOW), 0.0);
    }

    #[test]
    fn reasons_have_statuses() {
        use Reason::*;
        for (reason, valid, status) in [
            (Ok, Some(true), Status::SP_OK),
            (Expired, Some(false), Status::SP_ERR_CERTIFICATE),
            (OldProtocol, Some(false), Status::SP_ERR_CERTIFICATE),
            (
                ClientCertificateRequired,
                Some(false),
                Status::SP_ERR_CERTIFICATE,
            ),
            (InvalidCertificate, Some(false), Status::SP_ERR_CERTIFICATE),
            (NotTls, Some(false), Status::SP_ERR_TLS),
            (ConnectionRefused, None, Status::SP_ERR_NETWORK),
            (ConnectionClosed, None, Status::SP_ERR_NETWORK),
            (DnsFailure, None, Status::SP_ERR_NETWORK),
            (Timeout, None, Status::SP_ERR_TIMEOUT),
            (BlockedAddress, None, Status::SP_ERR_BLOCKED_ADDRESS),
        ] {
            assert_eq!(
                (reason.valid(), reason.status()),
                (valid, status),
                "{reason:?}"
            );
            assert_eq!(
                serde_json::json!(reason),
                serde_json::json!(reason.as_str())
            );
        }
    }

    fn of(chain: &[CertificateDer<'static>], ending: Ending) -> Reason {
        let certificates: Vec<_> = chain.iter().map(|der| Certificate::read(der)).collect();
        judge(&Evidence {
            chain,
            certificates: &certificates,
            host: "example.org",
            now: NOW,
            ending,
            roots: &RootCertStore::empty(),
            algorithms: crate::crypto::provider()
                .signature_verification_algorithms
                .all,
        })
    }

    #[test]
    fn endings_without_a_certificate() {
        for (ending, reason) in [
            (Ending::Completed, Reason::InvalidCertificate),
            (Ending::Refused, Reason::ConnectionRefused),
            (Ending::Unreachable, Reason::ConnectionRefused),
            (Ending::Closed, Reason::ConnectionClosed),
            (Ending::ConnectTimedOut, Reason::Timeout),
            (Ending::HandshakeTimedOut, Reason::Timeout),
            (Ending::NotTls, Reason::NotTls),
            (Ending::OldProtocol, Reason::OldProtocol),
            (Ending::NameRefused, Reason::HostnameMismatch),
            (Ending::ClientCertificate, Reason::ClientCertificateRequired),
            (Ending::Unproven, Reason::InvalidCertificate),
        ] {
            assert_eq!(of(&[], ending), reason, "{ending:?}");
        }
    }

    proptest! {
        #[test]
        fn rubbish_is_never_valid(chain in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..4)) {
            let chain: Vec<_> = chain.into_iter().map(CertificateDer::from).collect();
            prop_assert_eq!(of(&chain, Ending::Completed), Reason::InvalidCertificate);
            prop_assert_eq!(of(&chain, Ending::Closed), Reason::ConnectionClosed);
        }

        #[test]
        fn numbers_do_not_overflow(from in any::<i64>(), to in any::<i64>(), now in any::<i64>()) {
            let certificate = leaf(&[], from, to);
            let _ = (days_left(&certificate, now), lifetime_used(&certificate, now), expires_soon(&certificate, now, None));
        }

        /// Whatever is changed in a certificate, it is no longer one to be trusted, and nothing breaks.
        #[test]
        fn spoilt_certificates(changes in proptest::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4), cut in any::<prop::sample::Index>()) {
            let (root, leaf) = issued();
            let mut roots = RootCertStore::empty();
            prop_assert!(roots.add(root.clone()).is_ok());
            let judged = |chain: &[CertificateDer<'static>]| {
                let certificates: Vec<_> = chain.iter().map(|der| Certificate::read(der)).collect();
                judge(&Evidence {
                    chain,
                    certificates: &certificates,
                    host: "example.org",
                    now: 1_700_000_000,
                    ending: Ending::Completed,
                    roots: &roots,
                    algorithms: crate::crypto::provider().signature_verification_algorithms.all,
                })
            };
            prop_assert_eq!(judged(&[leaf.clone(), root.clone()]), Reason::Ok);
            let mut spoilt = leaf.to_vec();
            for (at, change) in &changes {
                let at = at.index(spoilt.len());
                spoilt[at] ^= change;
            }
            if spoilt != leaf.to_vec() {
                prop_assert_ne!(judged(&[spoilt.clone().into(), root.clone()]), Reason::Ok);
            }
            spoilt.truncate(cut.index(spoilt.len()));
            prop_assert_eq!(judged(&[spoilt.into(), root.clone()]), Reason::InvalidCertificate);
        }
    }

    /// A root and a certificate of its, made once.
    fn issued() -> &'static (CertificateDer<'static>, CertificateDer<'static>) {
        static ISSUED: std::sync::OnceLock<(CertificateDer<'static>, CertificateDer<'static>)> =
            std::sync::OnceLock::new();
        ISSUED.get_or_init(|| {
            let key = || rcgen::KeyPair::generate().expect("a key");
            let mut params = rcgen::CertificateParams::default();
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            let root = rcgen::CertifiedIssuer::self_signed(params, key()).expect("a root");
            let mut params =
                rcgen::CertificateParams::new(["example.org".to_owned()]).expect("a name");
            params.distinguished_name = rcgen::DistinguishedName::new();
            let leaf = params.signed_by(&key(), &root).expect("a certificate");
            (root.der().clone(), leaf.der().clone())
        })
    }
}
