//! The address policy by tables and properties.

use super::*;
use proptest::prelude::*;

fn public(text: &str) -> bool {
    is_public(text.parse().expect(text))
}

#[test]
fn closed_doors() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::2",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::8.8.8.8",
        "64:ff9b:0:0:1::1",
        "100::1",
        "100:0:0:1::1",
        "2001:0:808:808::f5ff:fffe",
        "2001:0:7f00:1::f7f7:f7f7",
        "2001:1::1",
        "2001:2::1",
        "2001:3::1",
        "2001:10::1",
        "2001:20::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:a00:1::1",
        "2002:a9fe:a9fe::1",
        "2002:c0a8:101::",
        "3fff::1",
        "3fff:fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "feff::1",
        "ff02::1",
        "4000::1",
        "1fff::1",
    ] {
        assert!(!public(address), "{address}");
    }
}

#[test]
fn open_doors() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "168.63.129.15",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::1",
        "2001:4860:4860::8888",
        "2001:200::1",
        "2002:808:808::1",
        "64:ff9b::8.8.8.8",
        "2001:0:808:808::f7f7:f7f7",
        "3ffe::1",
        "2620:4f:8000::1",
        "192.31.196.1",
    ] {
        assert!(public(address), "{address}");
    }
}

/// Both IANA Special-Purpose Address Registries as updated on 2025-10-09, in their order, with
/// their "Globally Reachable". Left out: what wraps IPv4 and is judged by that.
#[test]
fn ianas_registries() {
    const NO: bool = false;
    const YES: bool = true;
    // Reachable, and closed here with the block around it.
    const CLOSED_ALL_THE_SAME: [&str; 9] = [
        "192.0.0.9/32",
        "192.0.0.10/32",
        "2001:1::1/128",
        "2001:1::2/128",
        "2001:1::3/128",
        "2001:3::/32",
        "2001:4:112::/48",
        "2001:20::/28",
        "2001:30::/28",
    ];
    for (block, reachable) in [
        ("0.0.0.0/8", NO),
        ("0.0.0.0/32", NO),
        ("10.0.0.0/8", NO),
        ("100.64.0.0/10", NO),
        ("127.0.0.0/8", NO),
        ("169.254.0.0/16", NO),
        ("172.16.0.0/12", NO),
        ("192.0.0.0/24", NO),
        ("192.0.0.0/29", NO),
        ("192.0.0.8/32", NO),
        ("192.0.0.9/32", YES),
        ("192.0.0.10/32", YES),
        ("192.0.0.170/32", NO),
        ("192.0.0.171/32", NO),
        ("192.0.2.0/24", NO),
        ("192.31.196.0/24", YES),
        ("192.52.193.0/24", YES),
        ("192.88.99.0/24", NO), // Deprecated, and nothing said.
        ("192.88.99.2/32", NO),
        ("192.168.0.0/16", NO),
        ("192.175.48.0/24", YES),
        ("198.18.0.0/15", NO),
        ("198.51.100.0/24", NO),
        ("203.0.113.0/24", NO),
        ("240.0.0.0/4", NO),
        ("255.255.255.255/32", NO),
        ("::1/128", NO),
        ("::/128", NO),
        ("::ffff:0:0/96", NO),
        ("64:ff9b:1::/48", NO),
        ("100::/64", NO),
        ("100:0:0:1::/64", NO),
        ("2001:1::1/128", YES),
        ("2001:1::2/128", YES),
        ("2001:1::3/128", YES),
        ("2001:2::/48", NO),
        ("2001:3::/32", YES),
        ("2001:4:112::/48", YES),
        ("2001:10::/28", NO), // Deprecated, and nothing said.
        ("2001:20::/28", YES),
        ("2001:30::/28", YES),
        ("2001:db8::/32", NO),
        ("2620:4f:8000::/48", YES),
        ("3fff::/20", NO),
        ("5f00::/16", NO),
        ("fc00::/7", NO),
        ("fe80::/10", NO),
    ] {
        let network = parse_network(block).expect(block);
        let open = reachable && !CLOSED_ALL_THE_SAME.contains(&block);
        // Of an IPv4 network the last address is its broadcast address.
        let ends = [network.network(), network.broadcast()];
        assert_eq!(ends.map(is_public), [open, open], "{block}");
    }
}

#[test]
fn only_that_very_address_is_allowed() {
    let may = |address: &str, allowed: &str| {
        let allowed = [parse_network(allowed).expect(allowed)];
        may_connect(address.parse().expect(address), &allowed)
    };
    assert!(may("127.0.0.1", "127.0.0.1"));
    assert!(!may("127.0.0.2", "127.0.0.1"));
    assert!(may("10.9.8.7", "10.0.0.0/8"));
    assert!(may("10.9.8.7", "10.1.1.1/8"));
    assert!(!may("11.9.8.7", "127.0.0.0/8") || public("11.9.8.7"));
    assert!(!may("::ffff:127.0.0.1", "127.0.0.1"));
    assert!(!may("127.0.0.1", "::/0"));
    assert!(may("::1", "::1/128"));
    assert!(may("fd00:1::5", "fd00:1::/32"));
    assert!(!may("fd00:2::5", "fd00:1::/32"));
    assert!(may("127.0.0.1", "0.0.0.0/0"));
    assert!(may("8.8.8.8", "127.0.0.1"));
}

#[test]
fn networks_are_read_strictly() {
    for text in [
        "",
        "/",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "10.0.0",
        "localhost",
        "010.0.0.1/8",
        "::1/+8",
        "::1/",
        "010.0.0.1",
        "10.0.0.0 /8",
        "::/129",
        "::1%lo",
        "[::1]",
        "example.org",
        "10.0.0.0/99999999999999999999",
    ] {
        assert_eq!(parse_network(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn a_wrapper_is_as_open_as_what_it_wraps(bits in any::<u32>(), low in any::<u64>()) {
        let four = Ipv4Addr::from_bits(bits);
        let open = is_public(IpAddr::V4(four));
        let bits = u128::from(bits);
        let nat64 = Ipv6Addr::from_bits(0x0064_ff9b << 96 | bits);
        let six_to_four = Ipv6Addr::from_bits(0x2002 << 112 | bits << 80 | u128::from(low));
        prop_assert_eq!(is_public(IpAddr::V6(nat64)), open);
        prop_assert_eq!(is_public(IpAddr::V6(six_to_four)), open);
        prop_assert!(!is_public(IpAddr::V6(four.to_ipv6_mapped())));
        prop_assert!(!is_public(IpAddr::V6(four.to_ipv6_compatible())));
    }

    #[test]
    fn a_network_holds_its_own(bits in any::<u128>(), prefix in 0u32..=128) {
        let address = IpAddr::V6(Ipv6Addr::from_bits(bits));
        let network = parse_network(&format!("{address}/{prefix}")).expect("a network");
        prop_assert!(network.contains(&address));
        prop_assert!(may_connect(address, &[network]));
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,40}") {
        let _ = parse_network(&text);
    }
}
