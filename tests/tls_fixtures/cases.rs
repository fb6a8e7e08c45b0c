//! The cases: servers with the verdict each deserves, and whether openssl comes to the same.
//! What a browser says of each is in `tests/browser.rs`.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::time::Duration;

use super::servers::{self, ClientCertificates, Server, TlsSettings};
use super::{DAY, Identity, TlsFixtures, wish, wish_of_kind, wish_rsa};

pub const HOST: &str = "shop.example.org";

/// Whether openssl, which is no browser, comes to the same.
pub enum Openssl {
    Same,
    /// It comes to the opposite, and why.
    Differs(&'static str),
    /// It has nothing to verify here.
    NotAsked,
}
use Openssl::{Differs, NotAsked, Same};

pub struct Case {
    pub label: &'static str,
    pub server: Server,
    pub host: &'static str,
    pub reason: &'static str,
    pub openssl: Openssl,
}

pub fn cases(fixtures: &TlsFixtures) -> Vec<Case> {
    let mut all = Vec::new();
    let mut add = |label, server, host, reason, openssl| {
        all.push(Case {
            label,
            server,
            host,
            reason,
            openssl,
        })
    };
    let tls = |identity: Identity| servers::tls(&identity);
    let issue = |wish| fixtures.issue(wish);

    // Keys.
    add(
        "ECDSA P-256",
        tls(fixtures.healthy(&[HOST])),
        HOST,
        "ok",
        Same,
    );
    add(
        "RSA 2048",
        tls(issue(wish_rsa(&[HOST], 2048))),
        HOST,
        "ok",
        Same,
    );
    add(
        "RSA 3072",
        tls(issue(wish_rsa(&[HOST], 3072))),
        HOST,
        "ok",
        Same,
    );
    add(
        "ECDSA P-384",
        tls(issue(wish_of_kind(&[HOST], &rcgen::PKCS_ECDSA_P384_SHA384))),
        HOST,
        "ok",
        Same,
    );
    add(
        "Ed25519",
        tls(issue(wish_of_kind(&[HOST], &rcgen::PKCS_ED25519))),
        HOST,
        "weak_key",
        Differs("no browser offers Ed25519, openssl does"),
    );
    let root = fixtures.root_files();
    let rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    let rsa_1024 = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"];
    let rsa_512 = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:512"];
    let for_host = format!(
        "subjectAltName=DNS:{HOST}\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n"
    );
    let for_host = Some(for_host.as_str());
    let p521 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"];
    let p521 = fixtures.by_openssl(&root, "p521", HOST, &p521, "-sha256", for_host);
    add(
        "ECDSA P-521",
        servers::openssl(fixtures, &p521.0, &p521.1, &["-tls1_3"]),
        HOST,
        "weak_key",
        Differs("Chrome does not offer P-521, openssl does"),
    );
    let short = fixtures.by_openssl(&root, "rsa1024", HOST, &rsa_1024, "-sha256", for_host);
    for (label, version) in [
        ("RSA 1024, TLS 1.3", "-tls1_3"),
        ("RSA 1024, TLS 1.2", "-tls1_2"),
    ] {
        let options = [version, "-cipher", "ALL:@SECLEVEL=0"];
        add(
            label,
            servers::openssl(fixtures, &short.0, &short.1, &options),
            HOST,
            "weak_key",
            Same,
        );
    }

    // Signatures.
    let sha1 = fixtures.by_openssl(&root, "sha1", HOST, &rsa, "-sha1", for_host);
    add(
        "SHA-1",
        tls(fixtures.identity_of(&sha1)),
        HOST,
        "weak_signature",
        Same,
    );
    let as_issuer = Some("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n");
    for (label, key, above, below, reason) in [
        ("MD5", &rsa, "-sha256", "-md5", "weak_signature"),
        ("SHA-1 above", &rsa, "-sha1", "-sha256", "weak_signature"),
        (
            "RSA 1024 above",
            &rsa_1024,
            "-sha256",
            "-sha256",
            "weak_key",
        ),
        ("RSA 512 above", &rsa_512, "-sha256", "-sha256", "weak_key"),
    ] {
        let ca = fixtures.by_openssl(&root, &format!("{label} CA"), label, key, above, as_issuer);
        let leaf = fixtures.by_openssl(&ca, label, HOST, &rsa, below, for_host);
        let leaf = fixtures
            .identity_of(&leaf)
            .with_chain(&fixtures.certificates_of(&ca));
        add(label, tls(leaf), HOST, reason, Same);
    }
    let version_1 = fixtures.by_openssl(&root, "version1", HOST, &rsa, "-sha256", None);
    add(
        "X.509 version 1",
        tls(fixtures.identity_of(&version_1)),
        HOST,
        "invalid_certificate",
        Differs("openssl still takes version 1 and a common name"),
    );

    // Names.
    let named = |names: &[&str]| tls(fixtures.healthy(names));
    add(
        "wildcard, one label",
        named(&["*.example.org"]),
        HOST,
        "ok",
        Same,
    );
    add(
        "wildcard, two labels",
        named(&["*.example.org"]),
        "a.shop.example.org",
        "hostname_mismatch",
        Same,
    );
    add(
        "wildcard, its own parent",
        named(&["*.example.org"]),
        "example.org",
        "hostname_mismatch",
        Same,
    );
    add(
        "wildcard, part of a label",
        named(&["s*.example.org"]),
        HOST,
        "hostname_mismatch",
        Differs("openssl still takes partial wildcards"),
    );
    add(
        "wildcard inside",
        named(&["shop.*.org"]),
        HOST,
        "hostname_mismatch",
        Same,
    );
    add(
        "wildcard of a top-level domain",
        named(&["*.org"]),
        "example.org",
        "hostname_mismatch",
        Same,
    );
    add(
        "wrong name",
        named(&["other.example.org"]),
        HOST,
        "hostname_mismatch",
        Same,
    );
    add(
        "second of two names",
        named(&["other.example.org", HOST]),
        HOST,
        "ok",
        Same,
    );
    add(
        "www is another name",
        named(&["example.org"]),
        "www.example.org",
        "hostname_mismatch",
        Same,
    );
    add("upper case", named(&["SHOP.Example.ORG"]), HOST, "ok", Same);
    add(
        "U-label asked, A-label certified",
        named(&["xn--bcher-kva.example"]),
        "bücher.example",
        "ok",
        NotAsked,
    );
    add(
        "common name only",
        tls(issue(
            wish(&[HOST]).change(|params| params.subject_alt_names.clear()),
        )),
        HOST,
        "hostname_mismatch",
        Differs("openssl falls back to the common name"),
    );
    let empty = super::extension(&[2, 5, 29, 17], vec![0x30, 0], false);
    add(
        "empty list of names",
        tls(issue(
            wish(&[]).change(|params| params.custom_extensions.push(empty)),
        )),
        HOST,
        "hostname_mismatch",
        Same,
    );
    add(
        "NUL in a name",
        named(&["shop.example.org\0.evil.example"]),
        HOST,
        "hostname_mismatch",
        Same,
    );
    add(
        "an address as the only name",
        tls(issue(wish(&[]).change(|params| {
            params
                .subject_alt_names
                .push(rcgen::SanType::IpAddress([127, 0, 0, 1].into()));
        }))),
        HOST,
        "hostname_mismatch",
        Same,
    );
    let hundred: Vec<String> = (0..99)
        .map(|n| format!("n{n}.example.org"))
        .chain([HOST.to_owned()])
        .collect();
    let hundred: Vec<&str> = hundred.iter().map(String::as_str).collect();
    add("100 names", named(&hundred), HOST, "ok", Same);

    // Time.
    add(
        "expired",
        tls(issue(wish(&[HOST]).valid(-90 * DAY, -DAY))),
        HOST,
        "expired",
        Same,
    );
    add(
        "expired a minute ago",
        tls(issue(wish(&[HOST]).valid(-90 * DAY, -60))),
        HOST,
        "expired",
        Same,
    );
    add(
        "not yet valid",
        tls(issue(wish(&[HOST]).valid(DAY, 90 * DAY))),
        HOST,
        "not_yet_valid",
        Same,
    );
    let old = super::intermediate_with("Old Intermediate", &fixtures.root, |params| {
        params.not_after = rcgen::date_time_ymd(2024, 1, 1);
    });
    let below_old = |wish: super::Wish| wish.signed_by(&old).with_chain([old.der()]);
    add(
        "expired intermediate",
        tls(below_old(wish(&[HOST]))),
        HOST,
        "expired",
        Same,
    );
    add(
        "expired and wrong name",
        tls(issue(wish(&["other.example.org"]).valid(-90 * DAY, -DAY))),
        HOST,
        "hostname_mismatch",
        Same,
    );

    // Chains.
    let lonely = fixtures.healthy(&[HOST]).with_chain([]);
    add(
        "missing intermediate",
        tls(lonely),
        HOST,
        "incomplete_chain",
        Same,
    );
    let stranger = super::root("Nobody's Root");
    let wrong_above = fixtures.healthy(&[HOST]).with_chain([stranger.der()]);
    add(
        "another's certificate above",
        tls(wrong_above),
        HOST,
        "incomplete_chain",
        Same,
    );
    let lower = super::intermediate("Lower Intermediate", &fixtures.intermediate);
    let shuffled = wish(&[HOST]).signed_by(&lower);
    let shuffled = shuffled.with_chain([
        fixtures.root.der(),
        stranger.der(),
        fixtures.intermediate.der(),
        lower.der(),
    ]);
    add(
        "shuffled, with root and stranger",
        tls(shuffled),
        HOST,
        "ok",
        Same,
    );
    add(
        "by the root itself",
        tls(wish(&[HOST]).signed_by(&fixtures.root)),
        HOST,
        "ok",
        Same,
    );
    let mut tower = vec![super::intermediate("Storey 1", &fixtures.root)];
    for storey in 2..=9 {
        let next =
            super::intermediate(&format!("Storey {storey}"), tower.last().expect("a storey"));
        tower.push(next);
    }
    let below = |storeys: usize| {
        let used = tower.iter().take(storeys);
        let leaf = wish(&[HOST]).signed_by(used.clone().next_back().expect("a storey"));
        leaf.with_chain(used.rev().map(|ca| ca.der()))
    };
    add("chain of 6", tls(below(5)), HOST, "ok", Same);
    add(
        "chain of 10",
        tls(below(9)),
        HOST,
        "invalid_certificate",
        Differs("webpki, and Firefox with it, stops at six intermediates"),
    );
    add(
        "self-signed",
        tls(wish(&[HOST]).self_signed()),
        HOST,
        "self_signed",
        Same,
    );
    let as_ca = |params: &mut rcgen::CertificateParams| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    };
    add(
        "self-signed as a CA",
        tls(wish(&[HOST]).change(as_ca).self_signed()),
        HOST,
        "self_signed",
        Same,
    );
    let old_self = wish(&[HOST]).valid(-90 * DAY, -DAY).self_signed();
    add(
        "self-signed and expired",
        tls(old_self),
        HOST,
        "self_signed",
        Same,
    );
    let theirs = wish(&[HOST])
        .signed_by(&stranger)
        .with_chain([stranger.der()]);
    add(
        "unknown root, sent",
        tls(theirs),
        HOST,
        "unknown_issuer",
        Same,
    );
    let between = super::intermediate("Nobody's Intermediate", &stranger);
    let theirs = wish(&[HOST])
        .signed_by(&between)
        .with_chain([between.der()]);
    add(
        "unknown root, not sent",
        tls(theirs.clone()),
        HOST,
        "unknown_issuer",
        Same,
    );
    let late = wish(&[HOST])
        .valid(-90 * DAY, -DAY)
        .signed_by(&between)
        .with_chain([between.der()]);
    add(
        "unknown root and expired",
        tls(late),
        HOST,
        "unknown_issuer",
        Same,
    );
    let impostor = super::root("Fixture Root");
    add(
        "another key under the root's name",
        tls(wish(&[HOST]).signed_by(&impostor)),
        HOST,
        "unknown_issuer",
        Same,
    );

    // Purposes and limits.
    let client_only = |params: &mut rcgen::CertificateParams| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    };
    add(
        "for clients only",
        tls(issue(wish(&[HOST]).change(client_only))),
        HOST,
        "invalid_certificate",
        Same,
    );
    let no_usage = |params: &mut rcgen::CertificateParams| params.extended_key_usages.clear();
    add(
        "without a purpose",
        tls(issue(wish(&[HOST]).change(no_usage))),
        HOST,
        "ok",
        Same,
    );
    add(
        "a CA as a server",
        tls(issue(wish(&[HOST]).change(as_ca))),
        HOST,
        "invalid_certificate",
        Differs("openssl lets a CA certificate serve"),
    );
    let strange = super::extension(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0], true);
    add(
        "unknown critical extension",
        tls(issue(
            wish(&[HOST]).change(|params| params.custom_extensions.push(strange)),
        )),
        HOST,
        "invalid_certificate",
        Same,
    );
    for (label, parent, reason) in [
        ("name constraint kept", "example.org", "ok"),
        (
            "name constraint broken",
            "example.net",
            "invalid_certificate",
        ),
    ] {
        let ca = super::intermediate_with(label, &fixtures.root, |params| {
            params.name_constraints = super::constrained_to(parent)
        });
        add(
            label,
            tls(wish(&[HOST]).signed_by(&ca).with_chain([ca.der()])),
            HOST,
            reason,
            Same,
        );
    }
    // Two faults at once: the graver is the reason.
    let other = &["other.example.org"][..];
    let late = |wish: super::Wish| wish.valid(-90 * DAY, -DAY);
    add(
        "self-signed and wrong name",
        tls(wish(other).self_signed()),
        HOST,
        "self_signed",
        Same,
    );
    let theirs = wish(other)
        .signed_by(&stranger)
        .with_chain([stranger.der()]);
    add(
        "unknown root and wrong name",
        tls(theirs),
        HOST,
        "unknown_issuer",
        Same,
    );
    add(
        "missing intermediate and expired",
        tls(issue(late(wish(&[HOST]))).with_chain([])),
        HOST,
        "incomplete_chain",
        Same,
    );
    add(
        "expired intermediate and wrong name",
        tls(below_old(wish(other))),
        HOST,
        "hostname_mismatch",
        Same,
    );
    add(
        "for clients only and wrong name",
        tls(issue(wish(other).change(client_only))),
        HOST,
        "invalid_certificate",
        Same,
    );
    add(
        "for clients only and expired",
        tls(issue(late(wish(&[HOST]).change(client_only)))),
        HOST,
        "expired",
        Same,
    );
    add(
        "for clients only, expired intermediate",
        tls(below_old(wish(&[HOST]).change(client_only))),
        HOST,
        "expired",
        Same,
    );
    let theirs = wish(&[HOST]).change(client_only).signed_by(&stranger);
    add(
        "for clients only, unknown root",
        tls(theirs.with_chain([stranger.der()])),
        HOST,
        "unknown_issuer",
        Same,
    );
    let for_other = Some("subjectAltName=DNS:other.example.org\n");
    let sha1 = fixtures.by_openssl(&root, "sha1-other", HOST, &rsa, "-sha1", for_other);
    add(
        "SHA-1 and wrong name",
        tls(fixtures.identity_of(&sha1)),
        HOST,
        "weak_signature",
        Same,
    );
    let short = fixtures.by_openssl(
        &root,
        "rsa1024-other",
        HOST,
        &rsa_1024,
        "-sha256",
        for_other,
    );
    add(
        "RSA 1024 and wrong name",
        servers::openssl(
            fixtures,
            &short.0,
            &short.1,
            &["-cipher", "ALL:@SECLEVEL=0"],
        ),
        HOST,
        "hostname_mismatch",
        Same,
    );

    let large = super::extension(&[1, 3, 6, 1, 4, 1, 99_999, 2], vec![0; 16 * 1024], false);
    add(
        "16 KiB",
        tls(issue(
            wish(&[HOST]).change(|params| params.custom_extensions.push(large)),
        )),
        HOST,
        "ok",
        Same,
    );
    let mut rubbish = fixtures.healthy(&[HOST]);
    rubbish.chain = vec![b"no certificate".to_vec().into()];
    add(
        "no certificate at all",
        tls(rubbish),
        HOST,
        "invalid_certificate",
        NotAsked,
    );
    let mut borrowed = fixtures.healthy(&[HOST]);
    borrowed.key_der = fixtures.healthy(&[HOST]).key_der;
    add(
        "without the certificate's key",
        tls(borrowed),
        HOST,
        "invalid_certificate",
        Same,
    );

    // Protocols.
    let files = {
        let identity = issue(wish_rsa(&[HOST], 2048));
        let (certificate, key) = (
            fixtures.path("rsa-chain.pem"),
            fixtures.path("rsa-chain.key"),
        );
        std::fs::write(&certificate, super::pem(&identity.chain)).expect("a file");
        std::fs::write(&key, super::key_pem(&identity)).expect("a file");
        (certificate, key)
    };
    let chain = files.0.to_str().expect("a path").to_owned();
    for (label, options, reason) in [
        (
            "TLS 1.0 only",
            vec!["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
            "old_protocol",
        ),
        (
            "TLS 1.1 only",
            vec!["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
            "old_protocol",
        ),
        (
            "TLS 1.2 with CBC ciphers only",
            vec![
                "-tls1_2",
                "-cipher",
                "ECDHE-RSA-AES128-SHA",
                "-cert_chain",
                &chain,
            ],
            "old_protocol",
        ),
        ("TLS 1.2 only", vec!["-tls1_2", "-cert_chain", &chain], "ok"),
        ("TLS 1.3 only", vec!["-tls1_3", "-cert_chain", &chain], "ok"),
    ] {
        let openssl = match label {
            "TLS 1.0 only" | "TLS 1.1 only" => NotAsked,
            "TLS 1.2 with CBC ciphers only" => {
                Differs("openssl still takes CBC, which rustls does not have")
            }
            _ => Same,
        };
        add(
            label,
            servers::openssl(fixtures, &files.0, &files.1, &options),
            HOST,
            reason,
            openssl,
        );
    }
    for (label, versions) in [
        ("TLS 1.2 by rustls", servers::TLS_1_2),
        ("TLS 1.3 by rustls", servers::TLS_1_3),
    ] {
        let setup = TlsSettings {
            versions,
            ..TlsSettings::default()
        };
        add(
            label,
            servers::tls_with(&fixtures.healthy(&[HOST]), setup, None),
            HOST,
            "ok",
            Same,
        );
    }
    for (label, alert, reason) in [
        ("alert: unrecognized name", 112, "hostname_mismatch"),
        ("alert: protocol version", 70, "old_protocol"),
        ("alert: handshake failure", 40, "old_protocol"),
        ("alert: internal error", 80, "connection_closed"),
        (
            "alert: certificate required",
            116,
            "client_certificate_required",
        ),
    ] {
        add(label, servers::alerting(alert), HOST, reason, NotAsked);
    }
    use ClientCertificates::{Optional, Required};
    for (label, versions, clients, reason) in [
        (
            "client certificate welcome, TLS 1.2",
            servers::TLS_1_2,
            Optional,
            "ok",
        ),
        (
            "client certificate welcome, TLS 1.3",
            servers::TLS_1_3,
            Optional,
            "ok",
        ),
        (
            "client certificate required, TLS 1.2",
            servers::TLS_1_2,
            Required,
            "client_certificate_required",
        ),
        (
            "client certificate required, TLS 1.3",
            servers::TLS_1_3,
            Required,
            "client_certificate_required",
        ),
    ] {
        let setup = TlsSettings {
            versions,
            clients,
            ..TlsSettings::default()
        };
        let server = servers::tls_with(&fixtures.healthy(&[HOST]), setup, Some(&fixtures.root));
        add(label, server, HOST, reason, NotAsked);
    }
    let insisting = [
        "-tls1_3",
        "-Verify",
        "1",
        "-verify_return_error",
        "-cert_chain",
        &chain,
    ];
    add(
        "client certificate, openssl",
        servers::openssl(fixtures, &files.0, &files.1, &insisting),
        HOST,
        "client_certificate_required",
        NotAsked,
    );
    let setup = TlsSettings {
        clients: ClientCertificates::Required,
        ..TlsSettings::default()
    };
    let expired = issue(wish(&[HOST]).valid(-90 * DAY, -DAY));
    let server = servers::tls_with(&expired, setup, Some(&fixtures.root));
    add(
        "client certificate and expired",
        server,
        HOST,
        "expired",
        NotAsked,
    );
    let setup = TlsSettings {
        address: "[::1]:0",
        ..TlsSettings::default()
    };
    add(
        "IPv6",
        servers::tls_with(&fixtures.healthy(&[HOST]), setup, None),
        HOST,
        "ok",
        Same,
    );

    // No TLS.
    add(
        "plain HTTP",
        servers::answering(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
        HOST,
        "not_tls",
        NotAsked,
    );
    add(
        "SSH",
        servers::raw(|mut stream| {
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
            servers::hang(stream);
        }),
        HOST,
        "not_tls",
        NotAsked,
    );
    add(
        "rubbish",
        servers::answering(&[0xff; 64]),
        HOST,
        "not_tls",
        NotAsked,
    );
    add(
        "an empty record for ever",
        servers::raw(
            |mut stream| {
                while stream.write_all(&[22, 3, 3, 0, 0]).is_ok() {}
            },
        ),
        HOST,
        "not_tls",
        NotAsked,
    );
    add(
        "a record too long",
        servers::answering(&[22, 3, 3, 0xff, 0xff, 1]),
        HOST,
        "not_tls",
        NotAsked,
    );

    // Silence and its relatives.
    add(
        "nobody listens",
        servers::nobody(),
        HOST,
        "connection_refused",
        NotAsked,
    );
    add(
        "never taken up",
        servers::sleeper(),
        HOST,
        "timeout",
        NotAsked,
    );
    add(
        "hangs after the hello",
        servers::raw(|mut stream| {
            servers::read_hello(&mut stream);
            servers::hang(stream);
        }),
        HOST,
        "timeout",
        NotAsked,
    );
    add(
        "hangs in the handshake",
        servers::cut_off(&fixtures.healthy(&[HOST]), 90, servers::hang),
        HOST,
        "timeout",
        NotAsked,
    );
    add(
        "one octet at a time",
        servers::raw(|mut stream| {
            let _ = stream.write_all(&[22, 3, 3, 0x3f, 0xff]);
            while stream.write_all(&[2]).is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }),
        HOST,
        "timeout",
        NotAsked,
    );
    add(
        "reset",
        servers::raw(servers::reset),
        HOST,
        "connection_closed",
        NotAsked,
    );
    add(
        "closed at once",
        servers::raw(|stream| {
            let _ = stream.shutdown(Shutdown::Both);
        }),
        HOST,
        "connection_closed",
        NotAsked,
    );
    add(
        "closed after the hello",
        servers::answering(b""),
        HOST,
        "connection_closed",
        NotAsked,
    );
    add(
        "closed in the handshake",
        servers::cut_off(&fixtures.healthy(&[HOST]), 90, |mut stream| {
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }),
        HOST,
        "connection_closed",
        NotAsked,
    );
    all
}
