//! The resolver against name servers on loopback: what it asks, whom, how often, and what it believes.

mod tls_fixtures;

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use serverpilot::dns::{Addresses, Failure, Resolver};
use tls_fixtures::names::NameServer;

const PATIENT: Duration = Duration::from_secs(60);

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

fn resolver(servers: &[SocketAddr]) -> Resolver {
    Resolver::of_the_network(servers)
}

fn addresses(servers: &[SocketAddr], name: &str) -> Addresses {
    run(resolver(servers).addresses(name, Instant::now() + PATIENT))
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// A port where nothing answers, and one where nobody is.
fn silent() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = socket.local_addr().expect("an address");
    (socket, address)
}

#[test]
fn each_answer_is_told_apart() {
    let names = NameServer::start();
    names
        .host("both.example", &["192.0.2.1", "2001:db8::1"])
        .host("four.example", &["192.0.2.2"])
        .alias("www.four.example", "four.example")
        .bare_alias("bare.example", "four.example")
        .empty("empty.example")
        .broken("broken.example");
    let servers = [names.address];
    let both = addresses(&servers, "both.example");
    assert_eq!(both.in_order(), [ip("2001:db8::1"), ip("192.0.2.1")]);
    for name in [
        "four.example",
        "www.four.example",
        "bare.example",
        "FOUR.example.",
    ] {
        let found = addresses(&servers, name);
        assert_eq!(found.four, Ok(vec![ip("192.0.2.2")]), "{name}");
        assert_eq!(found.six, Err(Failure::NoRecord), "{name}");
    }
    for (name, failure) in [
        ("none.example", Failure::NoSuchName),
        ("empty.example", Failure::NoRecord),
        ("broken.example", Failure::NoAnswer),
        ("no..name", Failure::NoSuchName),
    ] {
        assert_eq!(addresses(&servers, name).failure(), Some(failure), "{name}");
    }
}

#[test]
fn every_question_has_its_own_number_and_port() {
    let names = NameServer::start();
    run(async {
        let resolver = resolver(&[names.address]);
        for n in 0..32 {
            let name = format!("n{n}.example");
            resolver.addresses(&name, Instant::now() + PATIENT).await;
        }
    });
    let envelopes = names.envelopes();
    let ids: HashSet<u16> = envelopes.iter().map(|one| one.id).collect();
    let ports: HashSet<u16> = envelopes.iter().map(|one| one.port).collect();
    assert_eq!(envelopes.len(), 64);
    // Equal by chance are a few at most.
    assert!(ids.len() > 56 && ports.len() > 56, "{envelopes:?}");
    let steps: HashSet<i32> = envelopes
        .windows(2)
        .map(|pair| i32::from(pair[1].id) - i32::from(pair[0].id))
        .collect();
    assert!(steps.len() > 48, "{envelopes:?}");
}

#[test]
fn forged_answers_are_passed_over() {
    let names = NameServer::start();
    names
        .host("shop.example", &["192.0.2.1"])
        .forged("shop.example");
    let found = addresses(&[names.address], "shop.example");
    assert_eq!(found.four, Ok(vec![ip("192.0.2.1")]));
}

#[test]
fn what_does_not_fit_is_asked_over_tcp() {
    let names = NameServer::start();
    let many: Vec<String> = (0..2200)
        .map(|n| format!("192.0.{}.{}", n / 256, n % 256))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    names.host("many.example", &many).truncated("many.example");
    let found = addresses(&[names.address], "many.example");
    assert_eq!(found.four.map(|all| all.len()), Ok(2200));
    assert_eq!(found.six, Err(Failure::NoRecord));
    let over_tcp = names.envelopes().iter().filter(|one| one.over_tcp).count();
    assert_eq!((names.envelopes().len(), over_tcp), (4, 2));
}

/// Truncated, and nobody there over TCP: not taken for an answer.
#[test]
fn half_an_answer_is_none() {
    let (server, address) = silent();
    std::thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, from)) = server.recv_from(&mut query) {
            query[2] |= 0x82;
            let _ = server.send_to(&query[..length], from);
        }
    });
    let found = addresses(&[address], "shop.example");
    assert_eq!(found.failure(), Some(Failure::NoAnswer));
}

#[test]
fn the_next_server_is_asked_and_the_silent_one_only_once() {
    let (_socket, dead) = silent();
    let (broken, good) = (NameServer::start(), NameServer::start());
    for name in ["one.example", "two.example", "three.example"] {
        broken.broken(name);
        good.host(name, &["192.0.2.1"]);
    }
    let nobody = {
        let (_closed, address) = silent();
        address
    };
    run(async {
        let resolver = resolver(&[dead, nobody, broken.address, good.address]);
        for name in ["one.example", "two.example", "three.example"] {
            let found = resolver.addresses(name, Instant::now() + PATIENT).await;
            assert_eq!(found.four, Ok(vec![ip("192.0.2.1")]), "{name}");
        }
    });
    // Both kinds of the first name went the whole way; those of the others straight to the good one.
    assert_eq!((broken.asked().len(), good.asked().len()), (2, 6));
}

#[test]
fn the_deadline_ends_every_wait() {
    let (_socket, dead) = silent();
    let names = NameServer::start();
    names.silent("shop.example");
    for servers in [vec![dead], vec![names.address; 200]] {
        let until = Instant::now() + Duration::from_millis(200);
        let found = run(resolver(&servers).addresses("shop.example", until));
        assert_eq!(found.failure(), Some(Failure::TimedOut));
        assert!(Instant::now() >= until);
    }
    assert_eq!(names.asked().len(), 2);
}

#[test]
fn caa_records_on_the_way_up() {
    let names = NameServer::start();
    names
        .host("a.b.example", &["192.0.2.1"])
        .caa("b.example", 0x80, "issue", "ca.example; a=b")
        .broken("example");
    let levels =
        run(resolver(&[names.address]).caa_upwards("a.b.example", Instant::now() + PATIENT));
    let told: Vec<(&str, Option<usize>)> = levels
        .iter()
        .map(|level| {
            (
                level.name.as_str(),
                level.records.as_ref().ok().map(Vec::len),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("a.b.example", Some(0)),
            ("b.example", Some(1)),
            ("example", None)
        ]
    );
    let caa = &levels[1].records.as_ref().expect("records")[0];
    assert_eq!(
        (caa.critical, caa.tag.as_str(), caa.value.as_str()),
        (true, "issue", "ca.example; a=b")
    );
}
