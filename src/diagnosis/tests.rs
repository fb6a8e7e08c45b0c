//! One fault, one cause: tables over the facts, and the promises about the names.

mod weight;

use super::cdn::CLOUDFLARE;
use super::*;
use crate::dns::{Caa, Failure};
use crate::messages;
use crate::probe::address::parse_network;
use crate::status::Status;

const SERVER: &str = "198.51.100.7";
/// Not the server's, and nobody else's that is known.
const OTHER: &str = "203.0.113.9";
const SIX: &str = "2001:db8::7";
const PROXY: &str = "104.16.1.1";
const PROXY_SIX: &str = "2606:4700::1";

fn address(text: &str) -> IpAddr {
    text.parse().expect(text)
}

fn addresses(four: &[&str], six: &[&str]) -> Addresses {
    let of = |texts: &[&str]| match texts {
        [] => Err(Failure::NoRecord),
        texts => Ok(texts.iter().map(|text| address(text)).collect()),
    };
    Addresses {
        four: of(four),
        six: of(six),
        from_hosts: false,
    }
}

fn failed(failure: Failure) -> Addresses {
    Addresses {
        four: Err(failure),
        six: Err(failure),
        from_hosts: false,
    }
}

/// ServerPilot's own certificate, and valid.
fn ours(at: &str) -> Served {
    Served {
        address: address(at),
        reach: Reach::Connected,
        reason: Reason::Ok,
        certificate: Some("installed".to_owned()),
        is_serverpilots: Some(true),
        as_at_server: false,
        message: messages::service_says("what was observed."),
    }
}

/// Another certificate, and valid.
fn valid(at: &str) -> Served {
    Served {
        certificate: Some("another".to_owned()),
        is_serverpilots: Some(false),
        ..ours(at)
    }
}

/// Another certificate, and not valid.
fn invalid(at: &str) -> Served {
    Served {
        reason: Reason::SelfSigned,
        ..valid(at)
    }
}

fn unserved(at: &str, reach: Reach, reason: Reason) -> Served {
    Served {
        reach,
        reason,
        certificate: None,
        is_serverpilots: None,
        ..ours(at)
    }
}

fn refused(at: &str) -> Served {
    unserved(at, Reach::Failed, Reason::ConnectionRefused)
}

fn no_route(at: &str) -> Served {
    unserved(at, Reach::NoRoute, Reason::ConnectionRefused)
}

fn forbidden(at: &str) -> Served {
    unserved(at, Reach::Forbidden, Reason::BlockedAddress)
}

/// Everything as it should be.
fn well() -> Facts {
    Facts {
        domain: Domain::parse("shop.example.org").expect("a name"),
        serverpilot: Ok(AppFacts {
            names: 2,
            certifiable: 2,
            listed: Listed::Exactly,
            www_listed: true,
            mode: SslMode::Auto,
            available: Some(true),
            in_certificate: true,
        }),
        server: Some(address(SERVER)),
        dns: Some(addresses(&[SERVER], &[])),
        hosts: None,
        served: Observations::At(vec![ours(SERVER)]),
        caa: Some(vec![level("shop.example.org", Ok(Vec::new()))]),
        port_80: Port::Open,
        www: Some(addresses(&[SERVER], &[])),
        www_served: Observations::At(vec![ours(SERVER)]),
        others: None,
    }
}

fn level(name: &str, records: Result<Vec<Caa>, Failure>) -> CaaLevel {
    CaaLevel {
        name: name.to_owned(),
        records,
    }
}

fn nobody_may_issue() -> Vec<Caa> {
    vec![Caa {
        critical: false,
        tag: "issue".to_owned(),
        value: ";".to_owned(),
    }]
}

fn with(change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = well();
    change(&mut facts);
    facts
}

/// The name's addresses are those at which something was observed.
fn serving(all: Vec<Served>, change: impl FnOnce(&mut Facts)) -> Facts {
    with(|facts| {
        let of = |is: fn(&IpAddr) -> bool| {
            let found: Vec<IpAddr> = all.iter().map(|one| one.address).filter(is).collect();
            match found.is_empty() {
                true => Err(Failure::NoRecord),
                false => Ok(found),
            }
        };
        facts.dns = Some(Addresses {
            four: of(IpAddr::is_ipv4),
            six: of(IpAddr::is_ipv6),
            from_hosts: false,
        });
        facts.served = Observations::At(all);
        change(facts);
    })
}

/// At the server's own address, ServerPilot's certificate with this verdict.
fn judged(reason: Reason) -> Facts {
    let served = Served {
        reason,
        ..ours(SERVER)
    };
    serving(vec![served], |_| {})
}

fn app(facts: &mut Facts) -> &mut AppFacts {
    facts.serverpilot.as_mut().expect("an app")
}

fn pending(facts: &mut Facts) {
    let app = app(facts);
    (app.mode, app.available, app.in_certificate) = (SslMode::None, Some(false), false);
}

fn custom(facts: &mut Facts) {
    app(facts).mode = SslMode::Custom;
}

type Row = (&'static str, Facts, Cause, WhoseMove);

fn hold(rows: Vec<Row>) {
    for (label, facts, cause, whose) in rows {
        let diagnosis = diagnose(&facts);
        assert_eq!(
            (diagnosis.cause, diagnosis.whose_move),
            (cause, whose),
            "{label}: {:#?}",
            diagnosis.evidence
        );
        let advice = diagnosis.advice.to_string();
        let one_sentence = advice.ends_with('.') && !advice.contains(". ");
        assert!(one_sentence, "{label}: {advice}");
        let nobodys = whose == WhoseMove::Nobody;
        assert_eq!(diagnosis.next_check.is_zero(), nobodys, "{label}");
        assert_eq!(diagnosis.evidence.len(), 17, "{label}");
        let mut evidence = diagnosis.evidence.iter();
        let any_bad = evidence.any(|one| one.outcome == Outcome::Bad);
        assert_eq!(any_bad, !nobodys, "{label}");
    }
}

#[test]
fn one_fault_one_cause() {
    use Cause::*;
    use WhoseMove::*;
    let refused_by_service = |status| {
        with(|facts| facts.serverpilot = Err(Problem::new(status, messages::service_busy())))
    };
    let caa = |levels: Vec<CaaLevel>| with(|facts| facts.caa = Some(levels));
    let custom_with = |reason| {
        let mut facts = judged(reason);
        custom(&mut facts);
        facts
    };
    hold(vec![
        ("well", well(), AllWell, Nobody),
        (
            "401",
            refused_by_service(Status::SP_ERR_AUTH),
            KeyRefused,
            Operator,
        ),
        (
            "402",
            refused_by_service(Status::SP_ERR_PAYMENT_REQUIRED),
            PaymentRequired,
            Operator,
        ),
        (
            "403",
            refused_by_service(Status::SP_ERR_FORBIDDEN),
            PermissionDenied,
            Operator,
        ),
        (
            "404",
            refused_by_service(Status::SP_ERR_NOT_FOUND),
            AppNotFound,
            Operator,
        ),
        (
            "429",
            refused_by_service(Status::SP_ERR_RATE_LIMITED),
            ServerpilotBusy,
            Wait,
        ),
        (
            "500",
            refused_by_service(Status::SP_ERR_SERVER),
            ServerpilotFailing,
            Serverpilot,
        ),
        (
            "no network",
            refused_by_service(Status::SP_ERR_NETWORK),
            ServerpilotUnreachable,
            Operator,
        ),
        (
            "no name",
            with(|f| f.dns = Some(failed(Failure::NoSuchName))),
            NameNotFound,
            Customer,
        ),
        (
            "no record",
            with(|f| f.dns = Some(failed(Failure::NoRecord))),
            NameNotFound,
            Customer,
        ),
        (
            "servfail",
            with(|f| f.dns = Some(failed(Failure::NoAnswer))),
            DnsUnanswered,
            Wait,
        ),
        (
            "silence",
            with(|f| f.dns = Some(failed(Failure::TimedOut))),
            DnsUnanswered,
            Wait,
        ),
        (
            "CAA: nobody",
            caa(vec![level("shop.example.org", Ok(nobody_may_issue()))]),
            CaaForbids,
            Customer,
        ),
        (
            "CAA: above",
            caa(vec![
                level("shop.example.org", Ok(Vec::new())),
                level("example.org", Ok(nobody_may_issue())),
            ]),
            CaaForbids,
            Customer,
        ),
        (
            "CAA: nearest decides",
            caa(vec![
                level(
                    "shop.example.org",
                    Ok(vec![Caa {
                        critical: false,
                        tag: "issue".to_owned(),
                        value: "letsencrypt.org".to_owned(),
                    }]),
                ),
                level("example.org", Ok(nobody_may_issue())),
            ]),
            AllWell,
            Nobody,
        ),
        (
            "CAA: nearest not answered",
            caa(vec![
                level("shop.example.org", Err(Failure::TimedOut)),
                level("example.org", Ok(nobody_may_issue())),
            ]),
            AllWell,
            Nobody,
        ),
        (
            "port 80 closed",
            with(|f| f.port_80 = Port::Closed),
            Port80Closed,
            Operator,
        ),
        (
            "port 80 silent",
            with(|f| f.port_80 = Port::NoAnswer),
            Port80Closed,
            Operator,
        ),
        (
            "port 80 unknown",
            with(|f| f.port_80 = Port::Unknown),
            AllWell,
            Nobody,
        ),
        (
            "not listed",
            with(|f| app(f).listed = Listed::No),
            NotListed,
            Operator,
        ),
        (
            "www missing",
            with(|f| f.www = Some(failed(Failure::NoSuchName))),
            WwwUnresolved,
            Customer,
        ),
        (
            "www missing, not listed",
            with(|f| {
                f.www = Some(failed(Failure::NoSuchName));
                app(f).www_listed = false;
            }),
            AllWell,
            Nobody,
        ),
        (
            "www silent",
            with(|f| f.www = Some(failed(Failure::TimedOut))),
            AllWell,
            Nobody,
        ),
        (
            "100 names",
            with(|f| app(f).certifiable = 100),
            AllWell,
            Nobody,
        ),
        (
            "101 names",
            with(|f| app(f).certifiable = 101),
            TooManyNames,
            Operator,
        ),
        (
            "101 entries, wildcards among them",
            with(|f| app(f).names = 101),
            AllWell,
            Nobody,
        ),
        ("custom, valid", with(custom), AllWell, Nobody),
        (
            "custom, wrong name",
            custom_with(Reason::HostnameMismatch),
            CustomCertificate,
            Operator,
        ),
        (
            "custom, no HTTPS",
            custom_with(Reason::ConnectionRefused),
            HttpsClosed,
            Operator,
        ),
        (
            "custom, silence",
            custom_with(Reason::Timeout),
            HttpsUnanswered,
            Wait,
        ),
        (
            "custom, old protocol",
            custom_with(Reason::OldProtocol),
            OldProtocol,
            Operator,
        ),
        (
            "custom, blocked",
            custom_with(Reason::BlockedAddress),
            AddressBlocked,
            Operator,
        ),
        (
            "pending",
            serving(vec![invalid(SERVER)], pending),
            AutosslPending,
            Wait,
        ),
        (
            "off",
            serving(vec![invalid(SERVER)], |f| app(f).mode = SslMode::None),
            AutosslOff,
            Operator,
        ),
        (
            "not in the certificate",
            {
                let mut facts = judged(Reason::HostnameMismatch);
                app(&mut facts).in_certificate = false;
                facts
            },
            NotInCertificate,
            Wait,
        ),
        (
            "other certificate",
            serving(vec![invalid(SERVER)], |_| {}),
            OtherCertificate,
            Wait,
        ),
        (
            "expired",
            judged(Reason::Expired),
            CertificateExpired,
            Serverpilot,
        ),
        (
            "mismatch",
            judged(Reason::HostnameMismatch),
            CertificateMismatch,
            Serverpilot,
        ),
        (
            "self-signed",
            judged(Reason::SelfSigned),
            CertificateNotTrusted,
            Serverpilot,
        ),
        (
            "old protocol",
            judged(Reason::OldProtocol),
            OldProtocol,
            Serverpilot,
        ),
        (
            "no HTTPS",
            judged(Reason::ConnectionRefused),
            HttpsClosed,
            Operator,
        ),
        ("not TLS", judged(Reason::NotTls), HttpsClosed, Operator),
        ("silence", judged(Reason::Timeout), HttpsUnanswered, Wait),
        (
            "blocked",
            judged(Reason::BlockedAddress),
            AddressBlocked,
            Operator,
        ),
        (
            "client certificate",
            judged(Reason::ClientCertificateRequired),
            ClientCertificateRequired,
            Operator,
        ),
    ]);
}

/// Other names are served with it.
#[test]
fn nobody_is_told_to_delete_a_custom_certificate() {
    for (reason, cure) in [
        (Reason::HostnameMismatch, "the names it holds now"),
        (Reason::Expired, "Renew"),
        (Reason::NotYetValid, "Wait"),
        (Reason::IncompleteChain, "intermediate"),
        (Reason::SelfSigned, "public CA"),
    ] {
        let mut facts = judged(reason);
        custom(&mut facts);
        let diagnosis = diagnose(&facts);
        assert_eq!(diagnosis.cause, Cause::CustomCertificate, "{reason:?}");
        let advice = diagnosis.advice.to_string();
        assert!(
            advice.contains(cure) && !advice.contains("delete"),
            "{advice}"
        );
    }
}

#[test]
fn the_first_cause_is_told() {
    let everything_wrong = serving(vec![refused(OTHER)], |facts| {
        facts.serverpilot = Err(Problem::new(Status::SP_ERR_AUTH, messages::key_refused()));
        facts.dns = Some(failed(Failure::NoSuchName));
        facts.port_80 = Port::Closed;
    });
    assert_eq!(diagnose(&everything_wrong).cause, Cause::KeyRefused);
    let from_dns_on = serving(vec![invalid(SIX), invalid(OTHER)], |facts| {
        facts.port_80 = Port::Closed;
        app(facts).listed = Listed::No;
    });
    assert_eq!(diagnose(&from_dns_on).cause, Cause::WrongAddress);
    let not_asked = with(|facts| {
        (facts.dns, facts.www, facts.caa, facts.port_80) = (None, None, None, Port::Skipped)
    });
    let diagnosis = diagnose(&not_asked);
    assert_eq!(diagnosis.cause, Cause::AllWell);
    let skipped = diagnosis
        .evidence
        .iter()
        .filter(|one| one.outcome == Outcome::Skipped);
    assert_eq!(
        skipped.map(|one| one.check).collect::<Vec<_>>(),
        [
            "dns",
            "ipv4_address",
            "ipv6_address",
            "proxy",
            "caa",
            "port_80",
            "www",
            "other_names",
        ]
    );
}

#[test]
fn another_name_holds_the_certificate_up() {
    let domain = |name: &str| Domain::parse(name).expect(name);
    let waiting = |others: OtherNames| {
        serving(vec![invalid(SERVER)], |facts| {
            pending(facts);
            facts.others = Some(others);
        })
    };
    let evidence = |diagnosis: &Diagnosis| {
        let mut all = diagnosis.evidence.iter();
        let found = all.find(|one| one.check == "other_names").expect("a check");
        (found.outcome, found.detail.to_string())
    };
    let none = diagnose(&waiting(OtherNames::default()));
    assert!(none.awaits_certificate());
    assert_eq!(evidence(&none).0, Outcome::Good);
    let silent = diagnose(&waiting(OtherNames {
        asked: 9,
        unanswered: 2,
        ..OtherNames::default()
    }));
    assert_eq!(silent.cause, Cause::AutosslPending);
    assert_eq!(evidence(&silent).0, Outcome::Unknown);

    let names = [
        "a.example.net",
        "b.example.net",
        "www.c.example.net",
        "d.example.net",
    ];
    let blocked = diagnose(&waiting(OtherNames {
        asked: 9,
        unresolved: names.map(domain).to_vec(),
        unanswered: 2,
    }));
    assert_eq!(
        (blocked.cause, blocked.whose_move),
        (Cause::AnotherNameBlocks, WhoseMove::Operator)
    );
    assert!(!blocked.awaits_certificate());
    let (outcome, detail) = evidence(&blocked);
    assert_eq!(outcome, Outcome::Bad);
    assert!(names.iter().all(|name| detail.contains(name)), "{detail}");
    let named = "www.c.example.net, a.example.net, b.example.net and 1 more.";
    assert!(
        blocked.advice.to_string().ends_with(named),
        "{}",
        blocked.advice
    );
}

#[test]
fn cloudflares_published_ranges() {
    let published = "173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 \
        141.101.64.0/18 108.162.192.0/18 190.93.240.0/20 188.114.96.0/20 197.234.240.0/22 \
        198.41.128.0/17 162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13 131.0.72.0/22 \
        2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 \
        2a06:98c0::/29 2c0f:f248::/32";
    let published: Vec<_> = published.split(' ').filter_map(parse_network).collect();
    assert_eq!(published, CLOUDFLARE);
}

/// The names are part of the ABI: the table at the top of the module is the promise.
#[test]
fn names_are_documented() {
    let table: Vec<&str> = include_str!("mod.rs")
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    let documented = |name: &str| table.iter().any(|line| line.contains(&format!("`{name}`")));
    for evidence in diagnose(&well()).evidence {
        assert!(documented(evidence.check), "{}", evidence.check);
    }
    for cause in [
        Cause::AllWell,
        Cause::KeyRefused,
        Cause::PaymentRequired,
        Cause::PermissionDenied,
        Cause::AppNotFound,
        Cause::ServerpilotUnreachable,
        Cause::ServerpilotFailing,
        Cause::ServerpilotBusy,
        Cause::NameNotFound,
        Cause::DnsUnanswered,
        Cause::WrongAddress,
        Cause::Ipv6Elsewhere,
        Cause::BehindProxy,
        Cause::CaaForbids,
        Cause::Port80Closed,
        Cause::NotListed,
        Cause::WwwUnresolved,
        Cause::WwwElsewhere,
        Cause::AnotherNameBlocks,
        Cause::TooManyNames,
        Cause::CustomCertificate,
        Cause::AutosslPending,
        Cause::AutosslOff,
        Cause::NotInCertificate,
        Cause::OtherCertificate,
        Cause::AddressBlocked,
        Cause::HttpsClosed,
        Cause::HttpsUnanswered,
        Cause::ClientCertificateRequired,
        Cause::CertificateExpired,
        Cause::CertificateMismatch,
        Cause::CertificateNotTrusted,
        Cause::OldProtocol,
    ] {
        let name = serde_json::to_value(cause).expect("JSON");
        let name = name.as_str().expect("a name");
        assert!(documented(name), "{name}");
    }
}
