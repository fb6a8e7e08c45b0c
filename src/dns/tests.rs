//! What the resolver makes of files, answers and errors.

use super::*;

#[test]
fn browsers_order() {
    let parse = |texts: &[&str]| -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().expect(text)).collect()
    };
    let addresses = Addresses {
        four: Ok(parse(&["192.0.2.1", "192.0.2.2", "192.0.2.1"])),
        six: Ok(parse(&["2001:db8::1"])),
        from_hosts: false,
    };
    assert_eq!(
        addresses.in_order(),
        parse(&["2001:db8::1", "192.0.2.1", "192.0.2.2"])
    );
    assert_eq!(addresses.failure(), None);
    let none = Addresses {
        four: Err(Failure::NoRecord),
        six: Err(Failure::TimedOut),
        from_hosts: false,
    };
    assert_eq!(
        (none.in_order(), none.failure()),
        (Vec::new(), Some(Failure::TimedOut))
    );
}

fn asked(kind: Rtype) -> Query {
    let name = QueryName::vec_from_str("shop.example").expect("a name");
    query(&name, kind).expect("randomness")
}

const SHOP: &[u8] = b"\x04shop\x07example\0";
const POINTER: &[u8] = &[0xc0, 12];

/// One record: owner, type, data.
fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("short");
    let mut bytes = owner.to_vec();
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 0, 60]);
    bytes.extend(length.to_be_bytes());
    bytes.extend(data);
    bytes
}

/// An answer to `query`: the two octets of flags, how many records of each kind, the records.
fn answer(query: &Query, flags: [u8; 2], counts: [u8; 3], records: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = query.as_slice()[..2].to_vec();
    bytes.extend(flags);
    bytes.extend([0, 1, 0, counts[0], 0, counts[1], 0, counts[2]]);
    bytes.extend(&query.as_slice()[12..]);
    bytes.extend(records.concat());
    bytes
}

const GOOD: [u8; 2] = [0x81, 0x80];

fn four(last: u8) -> Record {
    Record::Address(IpAddr::from([192, 0, 2, last]))
}

fn records(all: Vec<Record>) -> Reply {
    Reply::Found(Found::Records(all))
}

fn nothing(failure: Failure) -> Reply {
    Reply::Found(Found::Nothing(failure))
}

#[test]
fn what_is_no_answer_to_the_question_is_passed_over() {
    let query = asked(Rtype::A);
    let a = record(POINTER, 1, &[192, 0, 2, 1]);
    let good = answer(&query, GOOD, [1, 0, 0], &[a]);
    assert_eq!(understand(&good, &query), records(vec![four(1)]));
    // The same name, as some servers and some networks write it.
    let mut other_case = good.clone();
    other_case[13..17].copy_from_slice(b"SHOP");
    assert_eq!(understand(&other_case, &query), records(vec![four(1)]));
    for (what, at, value) in [
        ("another number", 0, good[0] ^ 1),
        ("a question", 2, 1),
        ("an update", 2, 0xa9),
        ("no question", 5, 0),
        ("two questions", 5, 2),
        ("another name", 13, b'x'),
        ("another kind", 27, 28),
        ("another class", 29, 3),
        ("a circle of a name", 12, 0xc0),
    ] {
        let mut bytes = good.clone();
        assert_ne!(bytes[at], value, "{what}");
        bytes[at] = value;
        assert_eq!(understand(&bytes, &query), Reply::Foreign, "{what}");
    }
    for length in 0..12 {
        assert_eq!(understand(&good[..length], &query), Reply::Foreign);
    }
    for length in 30..good.len() {
        let cut = understand(&good[..length], &query);
        assert_eq!(cut, Reply::Unusable, "{length} octets");
    }
}

#[test]
fn answers_and_what_they_say() {
    let a = |last: u8| record(POINTER, 1, &[192, 0, 2, last]);
    let soa = || record(&[0], 6, &[&[0, 0][..], &[0; 20]].concat());
    let alias = |owner: &[u8], target: &[u8]| record(owner, 5, target);
    let (b, c): (&[u8], &[u8]) = (b"\x01b\0", b"\x01c\0");
    let end = record(c, 1, &[192, 0, 2, 9]);
    let mut chaos = a(1);
    chaos[5] = 3;
    let to_c = || Reply::Found(Found::Alias(QueryName::vec_from_str("c").expect("a name")));
    for (what, flags, counts, all, reply) in [
        (
            "two addresses",
            GOOD,
            [2, 0, 0],
            vec![a(1), a(2)],
            records(vec![four(1), four(2)]),
        ),
        (
            "truncated",
            [0x83, 0x80],
            [1, 0, 0],
            vec![a(1)],
            Reply::Truncated,
        ),
        (
            "format error",
            [0x81, 0x81],
            [0, 0, 0],
            vec![],
            Reply::Unusable,
        ),
        (
            "server failure",
            [0x81, 0x82],
            [1, 0, 0],
            vec![a(1)],
            Reply::Unusable,
        ),
        (
            "no such name",
            [0x81, 0x83],
            [0, 1, 0],
            vec![soa()],
            nothing(Failure::NoSuchName),
        ),
        (
            "not implemented",
            [0x81, 0x84],
            [0, 0, 0],
            vec![],
            Reply::Unusable,
        ),
        ("refused", [0x81, 0x85], [0, 0, 0], vec![], Reply::Unusable),
        (
            "no record",
            GOOD,
            [0, 1, 0],
            vec![soa()],
            nothing(Failure::NoRecord),
        ),
        (
            "no record, said shortly",
            GOOD,
            [0, 0, 0],
            vec![],
            nothing(Failure::NoRecord),
        ),
        (
            "no record, by its own server",
            [0x84, 0],
            [0, 0, 0],
            vec![],
            nothing(Failure::NoRecord),
        ),
        (
            "a referral",
            [0x80, 0],
            [0, 1, 0],
            vec![record(&[0], 2, b)],
            Reply::Unusable,
        ),
        (
            "another's address",
            GOOD,
            [2, 0, 0],
            vec![end.clone(), a(1)],
            records(vec![four(1)]),
        ),
        (
            "only another's address",
            GOOD,
            [1, 0, 0],
            vec![end.clone()],
            nothing(Failure::NoRecord),
        ),
        (
            "another kind",
            GOOD,
            [1, 0, 0],
            vec![record(POINTER, 28, &[0; 16])],
            nothing(Failure::NoRecord),
        ),
        (
            "another class",
            GOOD,
            [1, 0, 0],
            vec![chaos],
            nothing(Failure::NoRecord),
        ),
        (
            "an address among the additional",
            GOOD,
            [0, 0, 1],
            vec![a(1)],
            nothing(Failure::NoRecord),
        ),
        (
            "aliases",
            GOOD,
            [3, 0, 0],
            vec![alias(SHOP, b), alias(b, c), end.clone()],
            records(vec![four(9)]),
        ),
        (
            "aliases from behind",
            GOOD,
            [3, 0, 0],
            vec![end, alias(b, c), alias(POINTER, b)],
            records(vec![four(9)]),
        ),
        (
            "an alias alone",
            GOOD,
            [2, 0, 0],
            vec![alias(b, c), alias(POINTER, b)],
            to_c(),
        ),
        (
            "an alias of nothing",
            GOOD,
            [1, 1, 0],
            vec![alias(POINTER, b), soa()],
            nothing(Failure::NoRecord),
        ),
        (
            "an alias of no name",
            [0x81, 0x83],
            [1, 1, 0],
            vec![alias(POINTER, b), soa()],
            nothing(Failure::NoSuchName),
        ),
        (
            "a circle of aliases",
            GOOD,
            [2, 0, 0],
            vec![alias(POINTER, b), alias(b, SHOP)],
            Reply::Unusable,
        ),
        (
            "a short address",
            GOOD,
            [1, 0, 0],
            vec![record(POINTER, 1, &[1, 2, 3])],
            Reply::Unusable,
        ),
        (
            "a long address",
            GOOD,
            [1, 0, 0],
            vec![record(POINTER, 1, &[1; 5])],
            Reply::Unusable,
        ),
        (
            "fewer than it says",
            GOOD,
            [2, 0, 0],
            vec![a(1)],
            Reply::Unusable,
        ),
        (
            "an owner without end",
            GOOD,
            [1, 0, 0],
            vec![record(&[0xc0, 30], 1, &[1; 4])],
            Reply::Unusable,
        ),
        (
            "an owner outside",
            GOOD,
            [1, 0, 0],
            vec![record(&[0xff, 0xff], 1, &[1; 4])],
            Reply::Unusable,
        ),
        (
            "an owner of no kind",
            GOOD,
            [1, 0, 0],
            vec![record(&[0x80, 1], 1, &[1; 4])],
            Reply::Unusable,
        ),
        (
            "an alias without end",
            GOOD,
            [1, 0, 0],
            vec![record(POINTER, 5, &[0xc0, 42])],
            nothing(Failure::NoRecord),
        ),
    ] {
        let query = asked(Rtype::A);
        let bytes = answer(&query, flags, counts, &all);
        assert_eq!(understand(&bytes, &query), reply, "{what}");
    }
}

#[test]
fn caa_records() {
    let query = asked(Rtype::CAA);
    let caa = |data: &[u8]| {
        let bytes = answer(&query, GOOD, [1, 0, 0], &[record(POINTER, 257, data)]);
        understand(&bytes, &query)
    };
    let read = |critical, tag: &str, value: &str| {
        let (tag, value) = (tag.to_owned(), value.to_owned());
        records(vec![Record::Caa(Caa {
            critical,
            tag,
            value,
        })])
    };
    assert_eq!(
        caa(b"\0\x05issueca.example"),
        read(false, "issue", "ca.example")
    );
    assert_eq!(caa(b"\x80\x03foo"), read(true, "foo", ""));
    assert_eq!(caa(b"\x01\x04a-b_\xff"), read(false, "a-b_", "\u{fffd}"));
    for data in [&b""[..], b"\0", b"\0\x06issue"] {
        assert_eq!(caa(data), Reply::Unusable, "{data:?}");
    }
}

#[test]
fn hosts_file() {
    let hosts = Hosts::parse(
        b"127.0.0.1 localhost\n# 192.0.2.9 no.example\n192.0.2.1\tShop.Example  alias # more\n\
        ::ffff:192.0.2.3 six.example\n2001:db8::1 shop.example\n192.0.2.1 shop.example\n\
        fe80::1%eth0 zone.example\nnothing here\n192.0.2.5\n\xff\xfe\n192.0.2.2 last.example",
    );
    let parse = |texts: &[&str]| -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().expect(text)).collect()
    };
    for (name, addresses) in [
        ("shop.example", Some(parse(&["2001:db8::1", "192.0.2.1"]))),
        ("SHOP.example.", Some(parse(&["2001:db8::1", "192.0.2.1"]))),
        ("alias", Some(parse(&["192.0.2.1"]))),
        ("six.example", Some(parse(&["::ffff:192.0.2.3"]))),
        ("last.example", Some(parse(&["192.0.2.2"]))),
        ("localhost", Some(parse(&["127.0.0.1"]))),
        ("a.localhost", Some(parse(&["::1", "127.0.0.1"]))),
        ("no.example", None),
        ("zone.example", None),
        ("here", None),
        ("more", None),
    ] {
        let found = hosts.addresses(name);
        assert!(found.as_ref().is_none_or(|found| found.from_hosts));
        assert_eq!(found.map(|found| found.in_order()), addresses, "{name}");
    }
}

#[test]
fn resolv_conf() {
    let read = |text: &str| {
        let mut resolver = Resolver::of_the_network(&[]);
        resolver.read_resolv_conf(text.as_bytes());
        resolver
    };
    let known = read(
        "nameserver 192.0.2.1\nnonsense\nnameserver\nnameserver x\nnameserver fe80::1%7\n\
        search a.example b.example\noptions timeout:2 attempts:9 ndots:20 use-vc rotate odd:1\n",
    );
    let parse = |text: &str| text.parse::<SocketAddr>().expect(text);
    assert_eq!(
        known.servers,
        [parse("192.0.2.1:53"), parse("[fe80::1%7]:53")]
    );
    assert_eq!(
        (known.patience, known.attempts),
        (Duration::from_secs(2), 3)
    );
    assert_eq!((known.ndots, known.over_tcp), (15, true));
    assert_eq!(known.search, ["a.example", "b.example"]);
    assert_eq!(known.searched("proxy."), ["proxy."]);
    let proxy = ["proxy.a.example", "proxy.b.example", "proxy"];
    assert_eq!(known.searched("proxy"), proxy);
    let usual = read("search a.example");
    assert_eq!(usual.searched("proxy"), ["proxy.a.example", "proxy"]);
    assert_eq!(usual.searched("api.x"), ["api.x", "api.x.a.example"]);
    for text in ["", "options timeout:30 attempts:0\nsearch .\n"] {
        let default = read(text);
        assert_eq!(default.servers, [parse("127.0.0.1:53")]);
        assert_eq!(default.patience, PATIENCE);
        assert!((1..=ATTEMPTS).contains(&default.attempts));
        assert!(default.search.is_empty() && !default.over_tcp);
    }
}

proptest::proptest! {
    #[test]
    fn no_answer_is_a_panic(
        kind in proptest::sample::select(vec![Rtype::A, Rtype::AAAA, Rtype::CAA]),
        flags in proptest::prelude::any::<[u8; 2]>(),
        counts in proptest::prelude::any::<[u8; 3]>(),
        rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
    ) {
        let query = asked(kind);
        let flags = [flags[0] | 0x80, flags[1]];
        let bytes = answer(&query, flags, counts, &[rest]);
        if let Reply::Found(Found::Records(records)) = understand(&bytes, &query) {
            proptest::prop_assert!(!records.is_empty());
            let caa = |record: &Record| matches!(record, Record::Caa(_));
            proptest::prop_assert!(records.iter().all(|one| caa(one) == (kind == Rtype::CAA)));
        }
    }
}
