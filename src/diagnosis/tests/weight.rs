//! The weight of evidence: addresses that differ, proxies, hosts files and what visitors get.

use super::*;

fn hosts(addresses: &[&str], served: Vec<Served>) -> Hosts {
    Hosts {
        addresses: addresses.iter().map(|text| address(text)).collect(),
        served,
    }
}

/// Nothing can be connected to where public DNS leads, and the hosts file leads to this.
fn behind_hosts(public: &str, by_hosts: Served) -> Facts {
    let silent = unserved(public, Reach::Failed, Reason::Timeout);
    serving(vec![silent], |facts| {
        let local = by_hosts.address.to_string();
        facts.hosts = Some(hosts(&[&local], vec![by_hosts]));
        facts.port_80 = Port::NoAnswer;
    })
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
            with(|f| f.hosts = Some(hosts(&[OTHER], Vec::new()))),
            AllWell,
            Nobody,
        ),
        (
            "the server's own public address, which it cannot reach itself",
            behind_hosts(SERVER, ours("127.0.0.1")),
            AllWell,
            Nobody,
        ),
        (
            "the same with AutoSSL's certificate expired",
            behind_hosts(
                SERVER,
                Served {
                    reason: Reason::Expired,
                    ..ours("127.0.0.1")
                },
            ),
            HttpsUnanswered,
            Wait,
        ),
        (
            "the same with another's certificate",
            behind_hosts(SERVER, valid("127.0.0.1")),
            HttpsUnanswered,
            Wait,
        ),
        (
            "the hosts file right, and nothing answers where public DNS leads",
            behind_hosts(OTHER, ours("127.0.0.1")),
            WrongAddress,
            Customer,
        ),
        (
            "the hosts file right, public DNS without the name",
            with(|f| {
                f.hosts = Some(hosts(&[SERVER], Vec::new()));
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
    let advice = |all: Vec<Served>| diagnose(&serving(all, |_| {})).advice.to_string();
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
    let detail = |facts: &Facts| diagnose(facts).evidence[1].detail.to_string();
    let elsewhere = with(|f| f.hosts = Some(hosts(&[OTHER], Vec::new())));
    assert!(detail(&elsewhere).contains("/etc/hosts"));
    assert!(detail(&elsewhere).contains(OTHER));
    let alike = with(|f| f.hosts = Some(hosts(&[SERVER], Vec::new())));
    assert!(!detail(&alike).contains("/etc/hosts"));
}
