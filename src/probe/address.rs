//! May the probe connect there? Pure: no I/O.
//! The names are strangers' and so are the addresses behind them; without this, a customer could
//! have the operator's server knock at doors that only the operator's server can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses in CIDR form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Reads an address or a CIDR. Bits behind the prefix are allowed and count for nothing.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            None => (text, None),
            Some((address, prefix)) => (address, Some(prefix)),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            // "+8" and "" are numbers for nobody, the first one for `parse`.
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
        };
        (prefix <= longest).then_some(Network { address, prefix })
    }

    pub(crate) const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u32) -> Network {
        Network {
            address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            prefix,
        }
    }

    pub(crate) const fn v6(a: u16, b: u16, c: u16, d: u16, prefix: u32) -> Network {
        Network {
            address: IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)),
            prefix,
        }
    }

    /// Whether the address lies inside. An IPv4 network holds no IPv6 spelling of its addresses.
    pub fn contains(&self, address: IpAddr) -> bool {
        let same = |a: u128, b: u128, width: u32| {
            self.prefix == 0 || (a ^ b).checked_shr(width.saturating_sub(self.prefix)) == Some(0)
        };
        match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
            (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
            _ => false,
        }
    }
}

/// IPv4 that is not the public internet: what the IANA IPv4 Special-Purpose Address Registry (as
/// updated on 2025-10-09) does not call globally reachable, multicast, and one cloud's own host.
const CLOSED_V4: [Network; 16] = [
    Network::v4(0, 0, 0, 0, 8),     // "this network", RFC 791
    Network::v4(10, 0, 0, 0, 8),    // private, RFC 1918
    Network::v4(100, 64, 0, 0, 10), // carrier-grade NAT, RFC 6598; 100.100.100.200 is a metadata host
    Network::v4(127, 0, 0, 0, 8),   // loopback, RFC 1122
    // Azure's host services (learn.microsoft.com, "What is IP address 168.63.129.16?")
    Network::v4(168, 63, 129, 16, 32),
    Network::v4(169, 254, 0, 0, 16), // link-local, RFC 3927; 169.254.169.254 is the metadata host
    Network::v4(172, 16, 0, 0, 12),  // private, RFC 1918
    Network::v4(192, 0, 0, 0, 24), // IETF protocol assignments, RFC 6890; two anycasts in it are no web servers
    Network::v4(192, 0, 2, 0, 24), // documentation, RFC 5737
    Network::v4(192, 88, 99, 0, 24), // 6to4 relays, RFC 7526
    Network::v4(192, 168, 0, 0, 16), // private, RFC 1918
    Network::v4(198, 18, 0, 0, 15), // benchmarking, RFC 2544
    Network::v4(198, 51, 100, 0, 24), // documentation, RFC 5737
    Network::v4(203, 0, 113, 0, 24), // documentation, RFC 5737
    Network::v4(224, 0, 0, 0, 4),  // multicast, RFC 5771
    Network::v4(240, 0, 0, 0, 4),  // class E with the broadcast address, RFC 1112 and RFC 919
];

/// All that IANA has given out as global unicast (IPv6 Address Space registry). Loopback, ULA
/// (fd00:ec2::254 is a metadata host), link-local, site-local, multicast, mapped and compatible
/// addresses, 64:ff9b:1::/48, discard, dummy and SRv6 prefixes all lie outside.
const GLOBAL_V6: Network = Network::v6(0x2000, 0, 0, 0, 3);
/// The one exception: IPv4 behind NAT64 (RFC 6052), which is what DNS64 gives for every IPv4 site.
const NAT64: Network = Network {
    address: IpAddr::V6(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0)),
    prefix: 96,
};
/// Inside global unicast and closed all the same (IANA IPv6 Special-Purpose Address Registry, as
/// updated on 2025-10-09).
const CLOSED_V6: [Network; 3] = [
    // IETF protocol assignments, RFC 2928: benchmarking, ORCHIDs and what nobody has been given.
    // The few parts of it that are globally reachable hold no web servers; Teredo is seen to below.
    Network::v6(0x2001, 0, 0, 0, 23),
    Network::v6(0x2001, 0xdb8, 0, 0, 32), // documentation, RFC 3849
    Network::v6(0x3fff, 0, 0, 0, 20),     // documentation, RFC 9637
];
const SIX_TO_FOUR: Network = Network::v6(0x2002, 0, 0, 0, 16); // RFC 3056
const TEREDO: Network = Network::v6(0x2001, 0, 0, 0, 32); // RFC 4380

/// Whether the probe may connect to this address. `allowed` is the operator's word.
pub fn may_connect(address: IpAddr, allowed: &[Network]) -> bool {
    is_public(address) || allowed.iter().any(|network| network.contains(address))
}

/// Whether the address belongs to the public internet, also where it only wraps another.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => !CLOSED_V4.iter().any(|network| network.contains(address)),
        IpAddr::V6(six) => {
            let inside = |network: &Network| network.contains(address);
            let closed = CLOSED_V6.iter().any(inside) && !inside(&TEREDO);
            if closed || !(inside(&GLOBAL_V6) || inside(&NAT64)) {
                return false;
            }
            wrapped(six)
                .into_iter()
                .flatten()
                .all(|four| is_public(IpAddr::V4(four)))
        }
    }
}

/// The IPv4 addresses a packet to this address may end up at.
fn wrapped(six: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    let address = IpAddr::V6(six);
    let four = |shift: u32| Some(Ipv4Addr::from_bits((six.to_bits() >> shift) as u32));
    if NAT64.contains(address) {
        [four(0), None]
    } else if SIX_TO_FOUR.contains(address) {
        [four(80), None]
    } else if TEREDO.contains(address) {
        // The server, and the client with its bits turned over (RFC 4380, section 4).
        [
            four(64),
            four(0).map(|client| Ipv4Addr::from_bits(!client.to_bits())),
        ]
    } else {
        [None, None]
    }
}

#[cfg(test)]
mod tests {
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
            let network = Network::parse(block).expect(block);
            let last: IpAddr = match network.address {
                IpAddr::V4(first) => {
                    let rest = u32::MAX.checked_shr(network.prefix).unwrap_or(0);
                    Ipv4Addr::from_bits(first.to_bits() | rest).into()
                }
                IpAddr::V6(first) => {
                    let rest = u128::MAX.checked_shr(network.prefix).unwrap_or(0);
                    Ipv6Addr::from_bits(first.to_bits() | rest).into()
                }
            };
            let open = reachable && !CLOSED_ALL_THE_SAME.contains(&block);
            assert_eq!(
                (is_public(network.address), is_public(last)),
                (open, open),
                "{block}"
            );
        }
    }

    #[test]
    fn only_that_very_address_is_allowed() {
        let may = |address: &str, allowed: &str| {
            let allowed = [Network::parse(allowed).expect(allowed)];
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
            "010.0.0.1",
            "10.0.0.0 /8",
            "::/129",
            "::1%lo",
            "[::1]",
            "example.org",
            "10.0.0.0/99999999999999999999",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
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
            let network = Network::parse(&format!("{address}/{prefix}")).expect("a network");
            prop_assert!(network.contains(address));
            prop_assert!(may_connect(address, &[network]));
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            let _ = Network::parse(&text);
        }
    }
}
