//! One fault, one cause: tables over the facts, and the promises about the names.

use super::cdn::CLOUDFLARE;
use super::*;
use crate::dns::{Caa, Failure};
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
        message: "What was observed.".to_owned(),
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
        let advice = &diagnosis.advice;
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
    let refused_by_service =
        |status| with(|facts| facts.serverpilot = Err(Problem::new(status, "No.")));
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

/// An address that differs is no evidence against a name unless something wrong is observed at it.
#[test]
fn evidence_has_weight() {
    use Cause::*;
    use WhoseMove::*;
    let as_at_server = |served: Served| Served {
        as_at_server: true,
        ..served
    };
    let told = |served: Served, four: &str| {
        with(|f| {
            f.dns = Some(addresses(&[four], &[]));
            f.served = Observations::InTheirPlace(Box::new(served));
            f.www_served = f.served.clone();
        })
    };
    let www_at = |served: Served| {
        with(|f| {
            f.www = Some(Addresses {
                four: Ok(vec![served.address]),
                six: Err(Failure::NoRecord),
                from_hosts: false,
            });
            f.www_served = Observations::At(vec![served]);
        })
    };
    hold(vec![
        (
            "a reserved address, ServerPilot's certificate",
            serving(vec![ours(OTHER)], |_| {}),
            AllWell,
            Nobody,
        ),
        (
            "a reserved address, no certificate yet, known by what the server's own answers",
            serving(vec![as_at_server(invalid(OTHER))], pending),
            AutosslPending,
            Wait,
        ),
        (
            "a reserved address with ServerPilot's certificate, which has expired",
            serving(
                vec![Served {
                    reason: Reason::Expired,
                    ..ours(OTHER)
                }],
                |_| {},
            ),
            CertificateExpired,
            Serverpilot,
        ),
        (
            "a load balancer with another valid certificate",
            serving(vec![valid(OTHER)], |_| {}),
            AllWell,
            Nobody,
        ),
        (
            "the same while AutoSSL's is not ready",
            serving(vec![valid(OTHER)], pending),
            AllWell,
            Nobody,
        ),
        (
            "the same while AutoSSL is off",
            serving(vec![valid(OTHER)], |f| app(f).mode = SslMode::None),
            AllWell,
            Nobody,
        ),
        (
            "the same with all that would keep AutoSSL's from being made",
            serving(vec![valid(OTHER)], |f| {
                f.caa = Some(vec![level("example.org", Ok(nobody_may_issue()))]);
                f.port_80 = Port::Closed;
                f.www = Some(failed(Failure::NoSuchName));
                app(f).certifiable = 300;
            }),
            AllWell,
            Nobody,
        ),
        (
            "another valid certificate at the server's own address",
            serving(vec![valid(SERVER)], |_| {}),
            AllWell,
            Nobody,
        ),
        (
            "a valid certificate, and the app does not have the name",
            serving(vec![valid(OTHER)], |f| app(f).listed = Listed::No),
            NotListed,
            Operator,
        ),
        (
            "a name that the app answers for by its wildcard, with a custom certificate",
            with(|f| {
                app(f).listed = Listed::ByAnother;
                custom(f);
            }),
            AllWell,
            Nobody,
        ),
        (
            "the same with AutoSSL, which makes no certificate for it",
            serving(vec![invalid(SERVER)], |f| {
                app(f).listed = Listed::ByAnother;
            }),
            NotListed,
            Operator,
        ),
        (
            "elsewhere, and self-signed",
            serving(vec![invalid(OTHER)], |_| {}),
            WrongAddress,
            Customer,
        ),
        (
            "elsewhere, and refused",
            serving(vec![refused(OTHER)], |_| {}),
            WrongAddress,
            Customer,
        ),
        (
            "elsewhere, and not public",
            serving(vec![forbidden("10.0.0.1")], |_| {}),
            WrongAddress,
            Customer,
        ),
        (
            "also elsewhere, where nothing answers",
            serving(vec![ours(SERVER), refused(OTHER)], |_| {}),
            WrongAddress,
            Customer,
        ),
        (
            "also elsewhere, valid there too",
            serving(vec![ours(SERVER), valid(OTHER)], |_| {}),
            AllWell,
            Nobody,
        ),
        (
            "elsewhere without a route from here, and well by IPv6",
            serving(vec![ours(SIX), no_route(OTHER)], |_| {}),
            AllWell,
            Nobody,
        ),
        (
            "elsewhere, and ServerPilot does not say what the server's address is",
            serving(vec![invalid(OTHER)], |f| f.server = None),
            OtherCertificate,
            Wait,
        ),
        (
            "IPv6 elsewhere, and self-signed",
            serving(vec![invalid(SIX), ours(SERVER)], |_| {}),
            Ipv6Elsewhere,
            Customer,
        ),
        (
            "IPv6 elsewhere, and refused",
            serving(vec![refused(SIX), ours(SERVER)], |_| {}),
            Ipv6Elsewhere,
            Customer,
        ),
        (
            "IPv6 elsewhere, and not public",
            serving(vec![forbidden("fd00::1"), ours(SERVER)], |_| {}),
            Ipv6Elsewhere,
            Customer,
        ),
        (
            "IPv6 elsewhere, and valid",
            serving(vec![valid(SIX), ours(SERVER)], |_| {}),
            AllWell,
            Nobody,
        ),
        (
            "IPv6 elsewhere and valid, where Let's Encrypt asks for a certificate of the server",
            serving(vec![valid(SIX), invalid(SERVER)], pending),
            Ipv6Elsewhere,
            Customer,
        ),
        (
            "IPv6 with the same certificate",
            serving(vec![ours(SIX), ours(SERVER)], |_| {}),
            AllWell,
            Nobody,
        ),
        (
            "IPv6 with the same certificate, not valid yet for anybody",
            serving(vec![invalid(SIX), invalid(SERVER)], pending),
            AutosslPending,
            Wait,
        ),
        (
            "IPv6 without a route from here",
            serving(vec![no_route(SIX), ours(SERVER)], |_| {}),
            AllWell,
            Nobody,
        ),
        (
            "IPv6 well, IPv4 at the server refused: some visitors get there",
            serving(vec![valid(SIX), refused(SERVER)], custom),
            HttpsClosed,
            Operator,
        ),
        (
            "only IPv6, right",
            serving(vec![ours(SIX)], |_| {}),
            AllWell,
            Nobody,
        ),
        (
            "only IPv6, valid",
            serving(vec![valid(SIX)], |_| {}),
            AllWell,
            Nobody,
        ),
        (
            "only IPv6, other certificate",
            serving(vec![invalid(SIX)], |_| {}),
            WrongAddress,
            Customer,
        ),
        (
            "proxied, valid",
            serving(vec![valid(PROXY_SIX), valid(PROXY)], |_| {}),
            BehindProxy,
            Nobody,
        ),
        (
            "proxied, valid, AutoSSL pending",
            serving(vec![valid(PROXY)], pending),
            BehindProxy,
            Nobody,
        ),
        (
            "proxied, not answering",
            serving(
                vec![unserved("172.67.1.1", Reach::Failed, Reason::Timeout)],
                |_| {},
            ),
            BehindProxy,
            Customer,
        ),
        (
            "proxied, valid, not listed",
            serving(vec![valid(PROXY)], |f| app(f).listed = Listed::No),
            NotListed,
            Operator,
        ),
        (
            "told where to connect, valid there",
            told(ours(SERVER), OTHER),
            AllWell,
            Nobody,
        ),
        (
            "told where to connect, not valid there",
            told(invalid(SERVER), OTHER),
            WrongAddress,
            Customer,
        ),
        (
            "www elsewhere, and refused",
            www_at(refused(OTHER)),
            WwwElsewhere,
            Customer,
        ),
        (
            "www elsewhere, and self-signed",
            www_at(invalid(OTHER)),
            WwwElsewhere,
            Customer,
        ),
        (
            "www elsewhere, ServerPilot's certificate",
            www_at(ours(OTHER)),
            AllWell,
            Nobody,
        ),
        (
            "www elsewhere, valid",
            www_at(valid(OTHER)),
            AllWell,
            Nobody,
        ),
        (
            "www elsewhere, known by what the server's own answers",
            www_at(as_at_server(invalid(OTHER))),
            AllWell,
            Nobody,
        ),
        (
            "www with an IPv6 address elsewhere, where Let's Encrypt asks first",
            with(|f| {
                f.www = Some(addresses(&[SERVER], &[SIX]));
                f.www_served = Observations::At(vec![invalid(SIX), ours(SERVER)]);
            }),
            WwwElsewhere,
            Customer,
        ),
        (
            "www with an IPv6 address elsewhere, and valid",
            with(|f| {
                f.www = Some(addresses(&[SERVER], &[SIX]));
                f.www_served = Observations::At(vec![valid(SIX), ours(SERVER)]);
            }),
            AllWell,
            Nobody,
        ),
        (
            "www with an IPv6 address without a route from here",
            with(|f| {
                f.www = Some(addresses(&[SERVER], &[SIX]));
                f.www_served = Observations::At(vec![no_route(SIX), ours(SERVER)]);
            }),
            AllWell,
            Nobody,
        ),
        (
            "www with the name's own reserved address, and not yet in the certificate",
            serving(vec![ours(OTHER)], |f| {
                f.www = Some(addresses(&[OTHER], &[]));
                f.www_served = Observations::At(vec![invalid(OTHER)]);
            }),
            AllWell,
            Nobody,
        ),
        (
            "300 names and a custom certificate that is valid",
            with(|f| {
                custom(f);
                app(f).certifiable = 300;
            }),
            AllWell,
            Nobody,
        ),
        (
            "300 names and a custom certificate that is not",
            {
                let mut facts = judged(Reason::Expired);
                custom(&mut facts);
                app(&mut facts).certifiable = 300;
                facts
            },
            CustomCertificate,
            Operator,
        ),
        (
            "the hosts file elsewhere",
            with(|f| f.hosts = Some(vec![address(OTHER)])),
            AllWell,
            Nobody,
        ),
        (
            "the hosts file right, public DNS without the name",
            with(|f| {
                f.hosts = Some(vec![address(SERVER)]);
                f.dns = Some(failed(Failure::NoSuchName));
                f.served = Observations::At(Vec::new());
            }),
            NameNotFound,
            Customer,
        ),
    ]);
}

/// Who serves visitors well from other addresses is not told to leave them for the server's.
#[test]
fn the_cure_does_not_break_what_is_well() {
    let advice = |all: Vec<Served>| diagnose(&serving(all, |_| {})).advice;
    let only_server = "the only A record";
    for (all, words) in [
        (vec![refused(OTHER)], only_server),
        (vec![ours(SERVER), refused(OTHER)], only_server),
        (
            vec![valid("192.0.2.1"), refused(OTHER)],
            "Remove the A record 203.0.113.9",
        ),
        (
            vec![ours("192.0.2.1"), invalid(OTHER)],
            "Remove the A record 203.0.113.9",
        ),
        (
            vec![valid(PROXY), refused(OTHER)],
            "Remove the A record 203.0.113.9",
        ),
    ] {
        let advice = advice(all);
        assert!(advice.contains(words), "{advice}");
    }
}

/// Whatever is observed and wherever: a name whose every address serves a valid certificate is
/// nobody's move, and one with an address that serves none is somebody's.
#[test]
fn what_visitors_get_decides() {
    let kinds: [fn(&str) -> Served; 5] = [ours, valid, invalid, refused, forbidden];
    let places = [SERVER, OTHER, SIX, PROXY];
    let modes: [fn(&mut Facts); 3] = [|_| {}, pending, custom];
    for at in 0..places.len() {
        for also in 0..places.len() {
            for (first, second) in (0..25).map(|n| (n / 5, n % 5)) {
                for mode in modes {
                    let mut all = vec![kinds[first](places[at])];
                    if also != at {
                        all.push(kinds[second](places[also]));
                    }
                    let is_well = all.iter().all(|one| one.reason == Reason::Ok);
                    let facts = serving(all.clone(), mode);
                    let is_pending = facts
                        .serverpilot
                        .as_ref()
                        .is_ok_and(|app| app.mode == SslMode::None);
                    // A certificate that ServerPilot has installed is not pending.
                    if is_pending && facts.serves_serverpilots() {
                        continue;
                    }
                    let diagnosis = diagnose(&facts);
                    let label = format!("{all:?}: {:?}", diagnosis.cause);
                    let nobodys = diagnosis.whose_move == WhoseMove::Nobody;
                    assert_eq!(nobodys, is_well, "{label}");
                }
            }
        }
    }
}

#[test]
fn the_hosts_file_is_told_of() {
    let detail = |facts: &Facts| diagnose(facts).evidence[1].detail.clone();
    let elsewhere = with(|f| f.hosts = Some(vec![address(OTHER)]));
    assert!(detail(&elsewhere).contains("/etc/hosts"));
    assert!(detail(&elsewhere).contains(OTHER));
    let alike = with(|f| f.hosts = Some(vec![address(SERVER)]));
    assert!(!detail(&alike).contains("/etc/hosts"));
}

#[test]
fn the_first_cause_is_told() {
    let everything_wrong = serving(vec![refused(OTHER)], |facts| {
        facts.serverpilot = Err(Problem::new(Status::SP_ERR_AUTH, "No."));
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
        (found.outcome, found.detail.clone())
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
    assert!(blocked.advice.ends_with(named), "{}", blocked.advice);
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
