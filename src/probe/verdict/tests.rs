//! The verdict by tables and properties.

use super::*;
use crate::probe::x509::Key;
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
        let mut params = rcgen::CertificateParams::new(["example.org".to_owned()]).expect("a name");
        params.distinguished_name = rcgen::DistinguishedName::new();
        let leaf = params.signed_by(&key(), &root).expect("a certificate");
        (root.der().clone(), leaf.der().clone())
    })
}
