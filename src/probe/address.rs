//! May the probe connect to this address? Pure: no I/O.
//! The names are the customers' and so are the addresses behind them; without this policy, a customer
//! could have the operator's server connect to addresses that only the operator's server can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Reads an address or a CIDR; None for anything else. Bits behind the prefix are allowed and count
/// for nothing. Addresses are read by the standard library, which takes no octet with a leading zero.
pub fn parse_network(text: &str) -> Option<IpNet> {
    let Some((address, prefix)) = text.split_once('/') else {
        return Some(IpNet::from(text.parse::<IpAddr>().ok()?));
    };
    // `parse` would take "+8" for a number.
    if !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    IpNet::new(address.parse().ok()?, prefix.parse().ok()?).ok()
}

/// An IPv4 network of a table in the program.
pub(crate) const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix)
}

/// An IPv6 network of a table in the program.
pub(crate) const fn v6(a: u16, b: u16, c: u16, d: u16, prefix: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)), prefix)
}

/// IPv4 that is not the public internet: what the IANA IPv4 Special-Purpose Address Registry (as
/// updated on 2025-10-09) does not call globally reachable, multicast, and one cloud's own host.
const CLOSED_V4: [IpNet; 16] = [
    v4(0, 0, 0, 0, 8),     // "this network", RFC 791
    v4(10, 0, 0, 0, 8),    // private, RFC 1918
    v4(100, 64, 0, 0, 10), // carrier-grade NAT, RFC 6598; 100.100.100.200 is a metadata host
    v4(127, 0, 0, 0, 8),   // loopback, RFC 1122
    // Azure's host services (learn.microsoft.com, "What is IP address 168.63.129.16?")
    v4(168, 63, 129, 16, 32),
    v4(169, 254, 0, 0, 16), // link-local, RFC 3927; 169.254.169.254 is the metadata host
    v4(172, 16, 0, 0, 12),  // private, RFC 1918
    v4(192, 0, 0, 0, 24), // IETF protocol assignments, RFC 6890; two anycasts in it are no web servers
    v4(192, 0, 2, 0, 24), // documentation, RFC 5737
    v4(192, 88, 99, 0, 24), // 6to4 relays, RFC 7526
    v4(192, 168, 0, 0, 16), // private, RFC 1918
    v4(198, 18, 0, 0, 15), // benchmarking, RFC 2544
    v4(198, 51, 100, 0, 24), // documentation, RFC 5737
    v4(203, 0, 113, 0, 24), // documentation, RFC 5737
    v4(224, 0, 0, 0, 4),  // multicast, RFC 5771
    v4(240, 0, 0, 0, 4),  // class E with the broadcast address, RFC 1112 and RFC 919
];

/// All that IANA has given out as global unicast (IPv6 Address Space registry). Loopback, ULA
/// (fd00:ec2::254 is a metadata host), link-local, site-local, multicast, mapped and compatible
/// addresses, 64:ff9b:1::/48, discard, dummy and SRv6 prefixes all lie outside.
const GLOBAL_V6: IpNet = v6(0x2000, 0, 0, 0, 3);
/// The one exception: IPv4 behind NAT64 (RFC 6052), which is what DNS64 gives for every IPv4 site.
const NAT64: IpNet = v6(0x64, 0xff9b, 0, 0, 96);
/// Inside global unicast and closed all the same (IANA IPv6 Special-Purpose Address Registry, as
/// updated on 2025-10-09).
const CLOSED_V6: [IpNet; 3] = [
    // IETF protocol assignments, RFC 2928: benchmarking, ORCHIDs and what nobody has been given.
    // The few parts of it that are globally reachable hold no web servers; Teredo is seen to below.
    v6(0x2001, 0, 0, 0, 23),
    v6(0x2001, 0xdb8, 0, 0, 32), // documentation, RFC 3849
    v6(0x3fff, 0, 0, 0, 20),     // documentation, RFC 9637
];
const SIX_TO_FOUR: IpNet = v6(0x2002, 0, 0, 0, 16); // RFC 3056
const TEREDO: IpNet = v6(0x2001, 0, 0, 0, 32); // RFC 4380

/// Whether the probe may connect to this address. `allowed` is the operator's word.
pub fn may_connect(address: IpAddr, allowed: &[IpNet]) -> bool {
    is_public(address) || allowed.iter().any(|network| network.contains(&address))
}

/// Whether the address belongs to the public internet, also where it only wraps another.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => !CLOSED_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(six) => {
            let inside = |network: &IpNet| network.contains(&address);
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
    if NAT64.contains(&address) {
        [four(0), None]
    } else if SIX_TO_FOUR.contains(&address) {
        [four(80), None]
    } else if TEREDO.contains(&address) {
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
mod tests;
