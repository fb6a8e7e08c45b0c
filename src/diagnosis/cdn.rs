//! The addresses of the CDN whose proxy is known by them. Pure. An address that is not here proves
//! nothing: there are more CDNs and load balancers than any list has.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::probe::address::{v4, v6};

/// Cloudflare's own addresses: a name that leads there leads to the proxy, whatever is behind it.
/// From cloudflare.com/ips-v4 and ips-v6, in their order; copies of 2023-10, 2026-02, 2026-07 and
/// 2026-09 are all alike.
pub(super) const CLOUDFLARE: [IpNet; 22] = [
    v4(173, 245, 48, 0, 20),
    v4(103, 21, 244, 0, 22),
    v4(103, 22, 200, 0, 22),
    v4(103, 31, 4, 0, 22),
    v4(141, 101, 64, 0, 18),
    v4(108, 162, 192, 0, 18),
    v4(190, 93, 240, 0, 20),
    v4(188, 114, 96, 0, 20),
    v4(197, 234, 240, 0, 22),
    v4(198, 41, 128, 0, 17),
    v4(162, 158, 0, 0, 15),
    v4(104, 16, 0, 0, 13),
    v4(104, 24, 0, 0, 14),
    v4(172, 64, 0, 0, 13),
    v4(131, 0, 72, 0, 22),
    v6(0x2400, 0xcb00, 0, 0, 32),
    v6(0x2606, 0x4700, 0, 0, 32),
    v6(0x2803, 0xf800, 0, 0, 32),
    v6(0x2405, 0xb500, 0, 0, 32),
    v6(0x2405, 0x8100, 0, 0, 32),
    v6(0x2a06, 0x98c0, 0, 0, 29),
    v6(0x2c0f, 0xf248, 0, 0, 32),
];

/// Whether the address is known to be the proxy's.
pub(super) fn is_cloudflare(address: IpAddr) -> bool {
    CLOUDFLARE.iter().any(|network| network.contains(&address))
}
