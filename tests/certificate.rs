//! `sp_check_ssl` and `sp_check_ssl_many` on the whole path, against a zoo of servers.
//! No verdict here depends on how fast anything is; the only times are generous upper bounds.

mod zoo;

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serverpilot::client::Client;
use serverpilot::config::Config;
use serverpilot::outcome::Report;
use serverpilot::status::Status;
use zoo::names::NameServer;
use zoo::servers::{self, ClientCertificates, Server, Setup};
use zoo::{DAY, Identity, Zoo, wish, wish_of_kind, wish_rsa};

const HOST: &str = "shop.example.org";

/// Whether openssl, which is no browser, comes to the same.
enum Openssl {
    Same,
    /// It comes to the opposite, and why.
    Differs(&'static str),
    /// It has nothing to verify here.
    NotAsked,
}
use Openssl::{Differs, NotAsked, Same};

struct Animal {
    label: &'static str,
    server: Server,
    host: &'static str,
    reason: &'static str,
    openssl: Openssl,
}

fn client(zoo: &Zoo) -> Client {
    client_with(zoo, |_| {})
}

fn client_with(zoo: &Zoo, change: impl FnOnce(&mut Config)) -> Client {
    let mut config = Config::default();
    config
        .set_ca_file(zoo.ca_file.to_str().expect("a path"))
        .expect("a CA file");
    change(&mut config);
    Client::new(config)
}

fn check(client: &Client, host: &str, options: &Value) -> Report {
    client
        .check_ssl(host, Some(&options.to_string()))
        .expect("a report")
}

fn reason(report: &Report) -> &str {
    report.document["reason"].as_str().expect("a reason")
}

fn warned(report: &Report, code: &str) -> bool {
    let warnings = report.document["warnings"].as_array().expect("warnings");
    warnings.iter().any(|warning| warning["code"] == code)
}

/// The keys and types that every check document has, whatever it says.
fn assert_shape(document: &Value, label: &str) {
    let reason = document["reason"].as_str().expect("a reason");
    let valid = match reason {
        "ok" => Value::Bool(true),
        "connection_refused" | "connection_closed" | "timeout" | "dns_failure"
        | "blocked_address" => Value::Null,
        _ => Value::Bool(false),
    };
    let status = match reason {
        "ok" => "SP_OK",
        "connection_refused" | "connection_closed" | "dns_failure" => "SP_ERR_NETWORK",
        "timeout" => "SP_ERR_TIMEOUT",
        "not_tls" => "SP_ERR_TLS",
        "blocked_address" => "SP_ERR_BLOCKED_ADDRESS",
        _ => "SP_ERR_CERTIFICATE",
    };
    assert_eq!(document["valid"], valid, "{label}");
    assert_eq!(document["status"], status, "{label}");
    assert_eq!(document["operation"], "check", "{label}");
    let keys = document.as_object().expect("an object");
    for key in [
        "domain",
        "message",
        "connected_to",
        "tls_version",
        "chain",
        "certificate",
        "timings_ms",
        "serverpilot",
        "addresses",
        "warnings",
        "retryable",
    ] {
        assert!(keys.contains_key(key), "{label}: {key}");
    }
    for key in ["dns", "connect", "handshake"] {
        let time = document["timings_ms"].get(key).expect(key);
        assert!(time.is_null() || time.is_u64(), "{label}: {key}");
    }
    let chain = document["chain"].as_array().expect("a chain");
    assert!(chain.len() <= 10, "{label}");
    for link in chain {
        for key in [
            "subject",
            "issuer",
            "serial",
            "sha256",
            "not_before",
            "not_after",
            "key",
            "signature",
            "is_ca",
        ] {
            assert!(link.get(key).is_some(), "{label}: {key}");
        }
    }
    if let Some(certificate) = document["certificate"].as_object() {
        for key in [
            "subject",
            "issuer",
            "serial",
            "sha256",
            "sans",
            "not_before",
            "not_after",
            "days_left",
            "lifetime_used",
            "key",
            "signature",
        ] {
            assert!(certificate.contains_key(key), "{label}: {key}");
        }
        assert_eq!(certificate["sha256"], chain[0]["sha256"], "{label}");
    }
    let message = document["message"].as_str().expect("a message");
    assert!(
        message.ends_with('.') && !message.chars().any(char::is_control),
        "{label}: {message}"
    );
}

fn animals(zoo: &Zoo) -> Vec<Animal> {
    let mut all = Vec::new();
    let mut add = |label, server, host, reason, openssl| {
        all.push(Animal {
            label,
            server,
            host,
            reason,
            openssl,
        })
    };
    let tls = |identity: Identity| servers::tls(&identity);
    let issue = |wish| zoo.issue(wish);

    // Keys.
    add("ECDSA P-256", tls(zoo.healthy(&[HOST])), HOST, "ok", Same);
    add(
        "RSA 2048",
        tls(issue(wish_rsa(&[HOST], rcgen::RsaKeySize::_2048))),
        HOST,
        "ok",
        Same,
    );
    add(
        "RSA 3072",
        tls(issue(wish_rsa(&[HOST], rcgen::RsaKeySize::_3072))),
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
        "ECDSA P-521",
        tls(issue(wish_of_kind(&[HOST], &rcgen::PKCS_ECDSA_P521_SHA512))),
        HOST,
        "weak_key",
        Differs("Chrome does not offer P-521, openssl does"),
    );
    add(
        "Ed25519",
        tls(issue(wish_of_kind(&[HOST], &rcgen::PKCS_ED25519))),
        HOST,
        "weak_key",
        Differs("no browser offers Ed25519, openssl does"),
    );
    let root = zoo.root_files();
    let rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    let rsa_1024 = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"];
    let for_host = format!(
        "subjectAltName=DNS:{HOST}\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n"
    );
    let for_host = Some(for_host.as_str());
    let short = zoo.by_openssl(&root, "rsa1024", HOST, &rsa_1024, "-sha256", for_host);
    for (label, version) in [
        ("RSA 1024, TLS 1.3", "-tls1_3"),
        ("RSA 1024, TLS 1.2", "-tls1_2"),
    ] {
        let options = [version, "-cipher", "ALL:@SECLEVEL=0"];
        add(
            label,
            servers::openssl(zoo, &short.0, &short.1, &options),
            HOST,
            "weak_key",
            Same,
        );
    }

    // Signatures.
    let sha1 = zoo.by_openssl(&root, "sha1", HOST, &rsa, "-sha1", for_host);
    add(
        "SHA-1",
        tls(zoo.identity_of(&sha1)),
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
    ] {
        let ca = zoo.by_openssl(&root, &format!("{label} CA"), label, key, above, as_issuer);
        let leaf = zoo.by_openssl(&ca, label, HOST, &rsa, below, for_host);
        let leaf = zoo.identity_of(&leaf).with_chain(&zoo.certificates_of(&ca));
        add(label, tls(leaf), HOST, reason, Same);
    }
    let version_1 = zoo.by_openssl(&root, "version1", HOST, &rsa, "-sha256", None);
    add(
        "X.509 version 1",
        tls(zoo.identity_of(&version_1)),
        HOST,
        "invalid_certificate",
        Differs("openssl still takes version 1 and a common name"),
    );

    // Names.
    let named = |names: &[&str]| tls(zoo.healthy(names));
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
    let empty = zoo::extension(&[2, 5, 29, 17], vec![0x30, 0], false);
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
    let old = zoo::intermediate_with("Old Intermediate", &zoo.root, |params| {
        params.not_after = rcgen::date_time_ymd(2024, 1, 1);
    });
    let below_old = |wish: zoo::Wish| wish.signed_by(&old).with_chain([old.der()]);
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
    let lonely = zoo.healthy(&[HOST]).with_chain([]);
    add(
        "missing intermediate",
        tls(lonely),
        HOST,
        "incomplete_chain",
        Same,
    );
    let stranger = zoo::root("Nobody's Root");
    let wrong_above = zoo.healthy(&[HOST]).with_chain([stranger.der()]);
    add(
        "another's certificate above",
        tls(wrong_above),
        HOST,
        "incomplete_chain",
        Same,
    );
    let lower = zoo::intermediate("Lower Intermediate", &zoo.intermediate);
    let shuffled = wish(&[HOST]).signed_by(&lower);
    let shuffled = shuffled.with_chain([
        zoo.root.der(),
        stranger.der(),
        zoo.intermediate.der(),
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
        tls(wish(&[HOST]).signed_by(&zoo.root)),
        HOST,
        "ok",
        Same,
    );
    let mut tower = vec![zoo::intermediate("Storey 1", &zoo.root)];
    for storey in 2..=9 {
        let next = zoo::intermediate(&format!("Storey {storey}"), tower.last().expect("a storey"));
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
    let between = zoo::intermediate("Nobody's Intermediate", &stranger);
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
    let impostor = zoo::root("Zoo Root");
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
    let strange = zoo::extension(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0], true);
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
        let ca = zoo::intermediate_with(label, &zoo.root, |params| {
            params.name_constraints = zoo::constrained_to(parent)
        });
        add(
            label,
            tls(wish(&[HOST]).signed_by(&ca).with_chain([ca.der()])),
            HOST,
            reason,
            Same,
        );
    }
    let large = zoo::extension(&[1, 3, 6, 1, 4, 1, 99_999, 2], vec![0; 16 * 1024], false);
    add(
        "16 KiB",
        tls(issue(
            wish(&[HOST]).change(|params| params.custom_extensions.push(large)),
        )),
        HOST,
        "ok",
        Same,
    );
    let mut rubbish = zoo.healthy(&[HOST]);
    rubbish.chain = vec![b"no certificate".to_vec().into()];
    add(
        "no certificate at all",
        tls(rubbish),
        HOST,
        "invalid_certificate",
        NotAsked,
    );
    let mut borrowed = zoo.healthy(&[HOST]);
    borrowed.key_der = zoo.healthy(&[HOST]).key_der;
    add(
        "without the certificate's key",
        tls(borrowed),
        HOST,
        "invalid_certificate",
        Same,
    );

    // Protocols.
    let files = {
        let identity = issue(wish_rsa(&[HOST], rcgen::RsaKeySize::_2048));
        let (certificate, key) = (zoo.path("rsa-chain.pem"), zoo.path("rsa-chain.key"));
        std::fs::write(&certificate, zoo::pem(&identity.chain)).expect("a file");
        std::fs::write(&key, zoo::key_pem(&identity)).expect("a file");
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
            vec!["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"],
            "old_protocol",
        ),
        ("TLS 1.2 only", vec!["-tls1_2", "-cert_chain", &chain], "ok"),
        ("TLS 1.3 only", vec!["-tls1_3", "-cert_chain", &chain], "ok"),
    ] {
        let openssl = if reason == "ok" { Same } else { NotAsked };
        add(
            label,
            servers::openssl(zoo, &files.0, &files.1, &options),
            HOST,
            reason,
            openssl,
        );
    }
    for (label, versions) in [
        ("TLS 1.2 by rustls", servers::TLS_1_2),
        ("TLS 1.3 by rustls", servers::TLS_1_3),
    ] {
        let setup = Setup {
            versions,
            ..Setup::default()
        };
        add(
            label,
            servers::tls_with(&zoo.healthy(&[HOST]), setup, None),
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
    for (label, versions) in [("TLS 1.2", servers::TLS_1_2), ("TLS 1.3", servers::TLS_1_3)] {
        for (clients, reason) in [
            (ClientCertificates::Optional, "ok"),
            (ClientCertificates::Required, "client_certificate_required"),
        ] {
            let setup = Setup {
                versions,
                clients,
                ..Setup::default()
            };
            let server = servers::tls_with(&zoo.healthy(&[HOST]), setup, Some(&zoo.root));
            add(label, server, HOST, reason, NotAsked);
        }
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
        servers::openssl(zoo, &files.0, &files.1, &insisting),
        HOST,
        "client_certificate_required",
        NotAsked,
    );
    let setup = Setup {
        clients: ClientCertificates::Required,
        ..Setup::default()
    };
    let expired = issue(wish(&[HOST]).valid(-90 * DAY, -DAY));
    let server = servers::tls_with(&expired, setup, Some(&zoo.root));
    add(
        "client certificate and expired",
        server,
        HOST,
        "expired",
        NotAsked,
    );
    let setup = Setup {
        address: "[::1]:0",
        ..Setup::default()
    };
    add(
        "IPv6",
        servers::tls_with(&zoo.healthy(&[HOST]), setup, None),
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
        servers::cut_off(&zoo.healthy(&[HOST]), 90, servers::hang),
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
        servers::cut_off(&zoo.healthy(&[HOST]), 90, |mut stream| {
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }),
        HOST,
        "connection_closed",
        NotAsked,
    );
    all
}

#[test]
fn every_animal_has_its_verdict() {
    let zoo = Zoo::open();
    let client = client(&zoo);
    let animals = animals(&zoo);
    assert!(animals.len() >= 80, "{}", animals.len());
    let mut wrong = Vec::new();
    for Animal {
        label,
        server,
        host,
        reason: expected,
        openssl,
    } in &animals
    {
        let mut options = json!({ "connect_to": server.address.to_string() });
        if *expected == "timeout" {
            options["timeout_ms"] = json!(400);
        }
        let started = Instant::now();
        let report = check(&client, host, &options);
        assert!(started.elapsed() < Duration::from_secs(15), "{label}");
        assert_shape(&report.document, label);
        if reason(&report) != *expected {
            wrong.push(format!("{label}: {} and not {expected}", report.document));
        }
        let verified = || zoo::openssl_agrees(&zoo.ca_file, server.address, host);
        match openssl {
            Same if verified() != (*expected == "ok") => {
                wrong.push(format!("{label}: openssl differs"))
            }
            Differs(why) if verified() == (*expected == "ok") => {
                wrong.push(format!("{label}: openssl does not differ ({why})"))
            }
            Same | Differs(_) | NotAsked => {}
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        animals.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_a_certificate_says() {
    let zoo = Zoo::open();
    let identity = zoo.healthy(&[HOST, "www.example.org"]);
    let server = servers::tls(&identity);
    let report = check(
        &client(&zoo),
        HOST,
        &json!({ "connect_to": server.address.to_string() }),
    );
    assert_eq!(report.status, Status::SP_OK);
    let document = &report.document;
    assert_eq!(document["connected_to"], server.address.to_string());
    assert_eq!(document["tls_version"], "TLSv1.3");
    assert_eq!(document["requests"], 0);
    assert_eq!(document["serverpilot"], Value::Null);
    assert_eq!(document["timings_ms"]["dns"], Value::Null);
    let certificate = &document["certificate"];
    assert_eq!(certificate["subject"], "CN=shop.example.org");
    assert_eq!(certificate["issuer"], "CN=Zoo Intermediate");
    assert_eq!(certificate["sans"], json!([HOST, "www.example.org"]));
    assert_eq!(certificate["days_left"], 60);
    assert_eq!(certificate["lifetime_used"], 0.333);
    assert_eq!(certificate["key"], "ECDSA P-256");
    assert_eq!(certificate["signature"], "ECDSA SHA-256");
    assert_eq!(document["chain"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["chain"][1]["is_ca"], true);
    assert_eq!(document["chain"][1]["not_after"], "2120-01-01T00:00:00Z");
    assert_eq!(
        document["chain"][1]["subject"],
        document["chain"][0]["issuer"]
    );
    assert!(!warned(&report, "expires_soon"));
}

#[test]
fn it_is_time_to_renew() {
    let zoo = Zoo::open();
    let client = client(&zoo);
    let server = servers::tls(&zoo.issue(wish(&[HOST]).valid(-61 * DAY, 29 * DAY)));
    let address = server.address.to_string();
    assert!(warned(
        &check(&client, HOST, &json!({ "connect_to": address })),
        "expires_soon"
    ));
    assert!(!warned(
        &check(
            &client,
            HOST,
            &json!({ "connect_to": address, "warn_days": 14 })
        ),
        "expires_soon"
    ));
    assert!(warned(
        &check(
            &client,
            HOST,
            &json!({ "connect_to": address, "warn_days": 30 })
        ),
        "expires_soon"
    ));
}

#[test]
fn a_long_chain_is_shown_to_its_tenth() {
    let zoo = Zoo::open();
    let many = std::iter::repeat_n(zoo.intermediate.der(), 20);
    let server = servers::tls(&zoo.healthy(&[HOST]).with_chain(many));
    let report = check(
        &client(&zoo),
        HOST,
        &json!({ "connect_to": server.address.to_string() }),
    );
    assert_eq!(reason(&report), "ok");
    assert_eq!(report.document["chain"].as_array().map(Vec::len), Some(10));
}

#[test]
fn a_refused_address_is_not_connected_to() {
    let zoo = Zoo::open();
    let client = client(&zoo);
    let names = NameServer::start();
    let (sender, connections) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let server = servers::raw(move |_| {
        let _ = sender.lock().expect("the channel").send(());
    });
    let refused = [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.168.1.1",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "fe80::1",
        "fd00:ec2::254",
        "0.0.0.0",
        "224.0.0.1",
    ];
    let mut shapes = Vec::new();
    for (at, address) in refused.iter().enumerate() {
        let host = format!("h{at}.example.org");
        names.host(&host, &[address]);
        let options =
            json!({ "dns_servers": [names.address.to_string()], "port": server.address.port() });
        let report = check(&client, &host, &options);
        assert_shape(&report.document, address);
        assert_eq!(reason(&report), "blocked_address", "{address}");
        assert_eq!(report.document["connected_to"], Value::Null);
        let mut keys: Vec<String> = report
            .document
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        keys.sort();
        shapes.push(keys);
    }
    shapes.dedup();
    assert_eq!(shapes.len(), 1, "every refusal looks the same");
    assert!(connections.try_recv().is_err(), "nobody was connected to");

    let options = json!({
        "dns_servers": [names.address.to_string()], "port": server.address.port(), "allow_addresses": ["127.0.0.2"],
    });
    assert_eq!(
        reason(&check(&client, "h0.example.org", &options)),
        "blocked_address"
    );
    let options = json!({
        "dns_servers": [names.address.to_string()], "port": server.address.port(), "allow_addresses": ["127.0.0.1"],
    });
    assert_eq!(
        reason(&check(&client, "h0.example.org", &options)),
        "connection_closed"
    );
}

#[test]
fn dns_answers_and_silences() {
    let zoo = Zoo::open();
    let client = client(&zoo);
    let names = NameServer::start();
    let server = servers::tls(&zoo.healthy(&[HOST, "alias.example.org"]));
    names
        .host(HOST, &["127.0.0.1"])
        .alias("alias.example.org", HOST);
    names
        .empty("empty.example.org")
        .broken("broken.example.org")
        .silent("silent.example.org");
    let options = |more: Value| {
        let mut all = json!({
            "dns_servers": [names.address.to_string()], "port": server.address.port(), "allow_addresses": ["127.0.0.0/8"],
        });
        all.as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().unwrap_or_default());
        all
    };
    let report = check(&client, HOST, &options(json!({})));
    assert_eq!(reason(&report), "ok");
    assert!(report.document["timings_ms"]["dns"].is_u64());
    assert_eq!(
        reason(&check(&client, "alias.example.org", &options(json!({})))),
        "ok"
    );
    for (host, words) in [
        ("missing.example.org", "does not exist"),
        ("empty.example.org", "no address"),
        ("broken.example.org", "no usable answer"),
        ("silent.example.org", "in time"),
    ] {
        let report = check(&client, host, &options(json!({ "timeout_ms": 700 })));
        assert_shape(&report.document, host);
        assert_eq!(reason(&report), "dns_failure", "{host}");
        assert!(report.message.contains(words), "{host}: {}", report.message);
    }
}

#[test]
fn both_address_families_are_tried_and_reported() {
    let zoo = Zoo::open();
    let client = client(&zoo);
    let names = NameServer::start();
    names
        .host("both.example.org", &["127.0.0.1", "::1"])
        .host("half.example.org", &["127.0.0.1", "::1"]);
    names.host("mixed.example.org", &["127.0.0.1", "10.0.0.1"]);
    // Two servers on one port, one for each family.
    let (four, six) = loop {
        let identity = zoo.healthy(&["both.example.org", "half.example.org", "mixed.example.org"]);
        let four = servers::tls(&identity);
        let address: &'static str = format!("[::1]:{}", four.address.port()).leak();
        if std::net::TcpListener::bind(address).is_ok() {
            let setup = Setup {
                address,
                ..Setup::default()
            };
            let wrong = zoo.healthy(&["half.example.org"]);
            break (four, servers::tls_with(&wrong, setup, None));
        }
    };
    let options = json!({
        "dns_servers": [names.address.to_string()], "port": four.address.port(), "allow_addresses": ["127.0.0.1", "::1"],
    });
    let report = check(&client, "half.example.org", &options);
    assert_eq!(reason(&report), "ok");
    assert_eq!(report.document["connected_to"], six.address.to_string());
    assert_eq!(
        report.document["addresses"].as_array().map(Vec::len),
        Some(2)
    );
    assert!(!warned(&report, "addresses_differ"));

    let report = check(&client, "both.example.org", &options);
    assert_eq!(
        reason(&report),
        "hostname_mismatch",
        "a browser reaches IPv6 first"
    );
    assert!(warned(&report, "addresses_differ"));
    let looks = report.document["addresses"].as_array().expect("addresses");
    assert_eq!(
        (&looks[0]["address"], &looks[0]["reason"]),
        (&json!("::1"), &json!("hostname_mismatch"))
    );
    assert_eq!(
        (&looks[1]["address"], &looks[1]["reason"]),
        (&json!("127.0.0.1"), &json!("ok"))
    );

    let report = check(&client, "mixed.example.org", &options);
    assert_eq!(reason(&report), "ok", "the refused address is left out");
    assert!(warned(&report, "addresses_differ"));

    // A browser goes on where it cannot connect.
    let lonely = servers::tls(&zoo.healthy(&["both.example.org"]));
    let mut options = options.clone();
    options["port"] = json!(lonely.address.port());
    let report = check(&client, "both.example.org", &options);
    assert_eq!(reason(&report), "ok");
    assert_eq!(report.document["connected_to"], lonely.address.to_string());
    assert!(warned(&report, "addresses_differ"));
}

#[test]
fn many_come_back_in_order() {
    let zoo = Zoo::open();
    let client = client(&zoo);
    let server = servers::tls(&zoo.healthy(&["*.example.org"]));
    let domains: Vec<String> = (0..300)
        .map(|n| {
            if n % 10 == 0 {
                format!("n{n}.example.net")
            } else {
                format!("n{n}.example.org")
            }
        })
        .collect();
    let options = json!({ "connect_to": server.address.to_string() });
    let report = client
        .check_ssl_many(&json!(domains).to_string(), Some(&options.to_string()))
        .expect("a report");
    assert_eq!(report.status, Status::SP_OK, "{}", report.message);
    let results = report.document["results"].as_array().expect("results");
    assert_eq!(results.len(), 300);
    for (result, domain) in results.iter().zip(&domains) {
        assert_shape(result, domain);
        assert_eq!(result["domain"], domain.as_str());
        let expected = if domain.ends_with(".net") {
            "hostname_mismatch"
        } else {
            "ok"
        };
        assert_eq!(result["reason"], expected);
    }
    assert_eq!(
        report.document["counts"],
        json!({ "valid": 270, "not_valid": 30, "unknown": 0 })
    );
    let none = client.check_ssl_many("[]", None).expect("a report");
    assert_eq!(
        (none.status, &none.document["results"]),
        (Status::SP_OK, &json!([]))
    );
}

#[test]
fn many_names_go_through_one_name_server() {
    let zoo = Zoo::open();
    let names = NameServer::start();
    let server = servers::tls(&zoo.healthy(&["*.example.org"]));
    let domains: Vec<String> = (0..300).map(|n| format!("n{n}.example.org")).collect();
    for domain in &domains {
        names.host(domain, &["127.0.0.1"]);
    }
    let options = json!({
        "dns_servers": [names.address.to_string()], "port": server.address.port(), "allow_addresses": ["127.0.0.1"],
    });
    let report =
        client(&zoo).check_ssl_many(&json!(domains).to_string(), Some(&options.to_string()));
    let report = report.expect("a report");
    assert_eq!(
        report.document["counts"]["valid"], 300,
        "{}",
        report.message
    );
}

#[test]
fn one_client_on_several_threads() {
    let zoo = Zoo::open();
    let client = client(&zoo);
    let names = NameServer::start();
    names.host(HOST, &["127.0.0.1"]);
    let server = servers::tls(&zoo.healthy(&[HOST]));
    let options = json!({
        "dns_servers": [names.address.to_string()], "port": server.address.port(), "allow_addresses": ["127.0.0.1"],
    });
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert_eq!(reason(&check(&client, HOST, &options)), "ok");
                }
            });
        }
    });
}

#[test]
fn many_wait_side_by_side_and_end_in_time() {
    let zoo = Zoo::open();
    let client = client_with(&zoo, |config| config.set_timeouts(0, 0, 2000));
    let sleeper = servers::sleeper();
    let domains: Vec<String> = (0..40).map(|n| format!("n{n}.example.org")).collect();
    let ask = |more: Value| {
        let mut options = json!({ "connect_to": sleeper.address.to_string() });
        options
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().cloned().unwrap_or_default());
        let started = Instant::now();
        let report = client
            .check_ssl_many(&json!(domains).to_string(), Some(&options.to_string()))
            .expect("a report");
        (report, started.elapsed())
    };
    // One after the other this would be 16 s.
    let (report, took) = ask(json!({ "timeout_ms": 400 }));
    assert_eq!(report.status, Status::SP_OK);
    assert!(took < Duration::from_secs(8), "{took:?}");
    let (report, took) = ask(json!({ "concurrency": 4, "timeout_ms": 1500 }));
    assert_eq!(report.status, Status::SP_ERR_TIMEOUT);
    assert_eq!(
        report.document["results"].as_array().map(Vec::len),
        Some(40)
    );
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn what_serverpilot_knows() {
    let simulator = simulator::Simulator::start(simulator::Options {
        domains: vec![HOST.to_owned()],
        issue_after_s: 1,
        ..simulator::Options::default()
    })
    .expect("a simulator");
    let client = |key: &str| {
        let mut config = Config::default();
        config.set_base_url(simulator.api_url()).expect("a URL");
        config
            .set_ca_file(simulator.ca_file().to_str().expect("a path"))
            .expect("a CA file");
        config
            .set_credentials(&simulator.address().client_id, key)
            .expect("credentials");
        config
            .set_app_id(&simulator.address().app_id)
            .expect("an ID");
        Client::new(config)
    };
    let options = json!({ "connect_to": simulator.site_address() });
    let good = client(&simulator.address().api_key);
    let report = check(&good, HOST, &options);
    assert_eq!(report.document["requests"], 1);
    assert_eq!(report.document["serverpilot"]["listed"], true);

    simulator.advance(Duration::from_secs(5));
    let enabled = good.enable_autossl().expect("a report");
    assert_eq!(enabled.status, Status::SP_OK, "{}", enabled.message);
    simulator.advance(Duration::from_secs(60));
    let report = check(&good, HOST, &options);
    assert_eq!(reason(&report), "ok", "{}", report.document);
    assert_eq!(
        report.document["serverpilot"],
        json!({ "listed": true, "in_autossl_certificate": true, "autossl": "enabled", "served_is_serverpilots": true })
    );
    assert!(
        !report
            .document
            .to_string()
            .contains(simulator::PRIVATE_KEY_SENTINEL)
    );

    let zoo = Zoo::open();
    let elsewhere = servers::tls(&zoo.healthy(&["other.example.org"]));
    let report = check(
        &good,
        "other.example.org",
        &json!({ "connect_to": elsewhere.address.to_string() }),
    );
    assert_eq!(report.document["serverpilot"]["listed"], false);
    assert_eq!(
        report.document["serverpilot"]["in_autossl_certificate"],
        false
    );
    assert_eq!(
        report.document["serverpilot"]["served_is_serverpilots"],
        false
    );

    simulator.clear_requests();
    let many = good.check_ssl_many(
        &json!([HOST, "other.example.org", HOST]).to_string(),
        Some(&options.to_string()),
    );
    let many = many.expect("a report");
    assert_eq!(simulator.requests().len(), 1, "one look at the app for all");
    assert_eq!(
        many.document["results"][2]["serverpilot"]["served_is_serverpilots"],
        true
    );
    assert_eq!(many.document["results"][1]["serverpilot"]["listed"], false);

    let refused = check(&client("wrong-key-0001"), HOST, &options);
    assert_eq!(
        reason(&refused),
        "ok",
        "the certificate is one thing, the key another"
    );
    assert_eq!(refused.document["serverpilot"], Value::Null);
    assert!(warned(&refused, "serverpilot_unknown"));
}
