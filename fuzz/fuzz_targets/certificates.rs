//! Certificates as strangers send them: read or not read, told without harm, and believed only
//! where the chain is the one that `fuzz/certificates/root.der` signed.
//!
//! The first byte is a small number that chooses how the handshake ended and when it is; behind
//! it stand certificates in DER, one after the other, the server's own first.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use serverpilot::probe::verdict::{self, Ending, Evidence, Reason};
use serverpilot::probe::x509::{AltName, Certificate, fingerprint, rfc3339};

const HOST: &str = "shop.example.org";
const ROOT: &[u8] = include_bytes!("../certificates/root.der");
const LEAF: &[u8] = include_bytes!("../certificates/leaf.der");
const WILDCARD: &[u8] = include_bytes!("../certificates/wildcard.der");

const ENDINGS: [Ending; 11] = [
    Ending::Completed,
    Ending::Refused,
    Ending::Unreachable,
    Ending::Closed,
    Ending::ConnectTimedOut,
    Ending::HandshakeTimedOut,
    Ending::NotTls,
    Ending::OldProtocol,
    Ending::NameRefused,
    Ending::ClientCertificate,
    Ending::Unproven,
];

static ROOTS: LazyLock<RootCertStore> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ROOT)).expect("a root");
    roots
});

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else {
        return;
    };
    let chain = split(rest);
    let certificates: Vec<Option<Certificate>> =
        chain.iter().map(|der| Certificate::read(der)).collect();
    let now = [1_800_000_000, 0, i64::MAX, -1][usize::from(choice / 64)];
    for (der, certificate) in chain.iter().zip(&certificates) {
        if let Some(certificate) = certificate {
            told(der, certificate, now);
        }
    }
    let ending = ENDINGS[usize::from(*choice) % ENDINGS.len()];
    let provider = serverpilot::crypto::provider();
    let reason = verdict::judge(&Evidence {
        chain: &chain,
        certificates: &certificates,
        host: HOST,
        now,
        ending,
        roots: &ROOTS,
        algorithms: provider.signature_verification_algorithms.all,
    });
    believed(reason, ending, &chain, &certificates, now);
});

/// Certificates by their own lengths; what is left over is one more.
fn split(mut rest: &[u8]) -> Vec<CertificateDer<'static>> {
    let mut chain = Vec::new();
    while !rest.is_empty() && chain.len() < 8 {
        let length = match rest {
            [0x30, 0x81, a, ..] => 3 + usize::from(*a),
            [0x30, 0x82, a, b, ..] => 4 + usize::from(u16::from_be_bytes([*a, *b])),
            [0x30, a, ..] if *a < 0x80 => 2 + usize::from(*a),
            _ => rest.len(),
        };
        let (one, more) = rest.split_at(length.min(rest.len()));
        chain.push(CertificateDer::from(one.to_vec()));
        rest = more;
    }
    chain
}

/// What is told of a certificate is bounded and printable, whatever it says.
fn told(der: &[u8], certificate: &Certificate, now: i64) {
    let mut texts = certificate.printable_names();
    texts.push(certificate.subject.clone());
    texts.push(certificate.issuer.clone());
    for text in &texts {
        assert!(text.chars().count() <= 256 && !text.contains(char::is_control));
    }
    assert!(certificate.names.len() <= 1000);
    assert_eq!(certificate.sha256, fingerprint(der));
    assert_eq!(certificate.sha256.len(), 64);
    assert!(certificate.serial.bytes().all(|b| b.is_ascii_hexdigit()));
    for time in [certificate.not_before, certificate.not_after] {
        assert!(rfc3339(time).ends_with('Z'));
    }
    assert!(verdict::lifetime_used(certificate, now).is_finite());
    let left = verdict::days_left(certificate, now);
    assert!(certificate.not_after >= now || left < 0);
    for days in [None, Some(0), Some(30), Some(u32::MAX)] {
        let _ = verdict::expires_soon(certificate, now, days);
    }
    assert!(!certificate.key.name().is_empty());

    // A name is covered by itself or by the wildcard one label up, and by nothing else.
    let listed = |wanted: &str| {
        let mut names = certificate.names.iter();
        names.any(|name| matches!(name, AltName::Dns(dns) if dns.eq_ignore_ascii_case(wanted)))
    };
    for (host, wildcard) in [
        (HOST, "*.example.org"),
        ("example.org", "*.org"),
        ("a.b.example.org", "*.b.example.org"),
    ] {
        let allowed = listed(host) || (host != "example.org" && listed(wildcard));
        assert_eq!(verdict::covers(certificate, host), allowed, "{host}");
    }
}

/// Only the two certificates that the root signed are ever believed.
fn believed(
    reason: Reason,
    ending: Ending,
    chain: &[CertificateDer<'_>],
    certificates: &[Option<Certificate>],
    now: i64,
) {
    assert_eq!(reason.valid() == Some(true), reason == Reason::Ok);
    if reason == Reason::Ok {
        let (der, leaf) = (&chain[0], certificates[0].as_ref().expect("it was read"));
        assert!(**der == *LEAF || **der == *WILDCARD, "a forged certificate");
        assert_eq!(ending, Ending::Completed);
        assert!(verdict::covers(leaf, HOST));
        assert!((leaf.not_before..=leaf.not_after).contains(&now));
    }
    // "Could not ask" is not "not valid".
    if matches!(
        ending,
        Ending::Refused | Ending::Unreachable | Ending::Closed | Ending::ConnectTimedOut
    ) {
        assert_eq!(reason.valid(), None);
    }
}
