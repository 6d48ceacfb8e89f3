//! Which network packet does a link-layer frame carry?
//!
//! Link types: <https://www.tcpdump.org/linktypes.html>. `EtherTypes` stand for network layers throughout.

use super::tenant::Label;
use super::{Layer, Skip, Step, be16, byte, tunnel};

pub(super) const ETHERNET: u32 = 1;
pub(super) const IPV4: u16 = 0x0800;
pub(super) const IPV6: u16 = 0x86DD;
const VLAN: [u16; 4] = [0x8100, 0x88A8, 0x9100, 0x9200];
pub(super) const TRANSPARENT_ETHERNET: u16 = 0x6558;
const MIN_ETHERTYPE: u16 = 0x600;
pub(super) const ETHERNET_BYTES: usize = 14;
const SNAP: &[u8] = b"\xaa\xaa\x03\x00\x00\x00";
const AF_INET: u32 = 2;
/// `AF_INET6` of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS.
const AF_INET6: [u32; 5] = [10, 23, 24, 28, 30];
const PPP_IPV4: u16 = 0x21;
const PPP_IPV6: u16 = 0x57;

/// The link layer itself.
#[inline]
pub(super) fn first(data: &[u8], linktype: u32, end: usize) -> Layer {
    match linktype {
        ETHERNET => ethernet(data, 0, end),
        0 | 108 => loopback(data, end),
        9 | 50 => ppp(data, 0, end),
        12 | 14 | 101 | 228 | 229 => raw_ip(data, 0, end),
        104 => typed(data, end, 2, 4),
        113 => typed(data, end, 14, 16),
        276 => typed(data, end, 0, 20),
        _ => Err(Skip::Broken),
    }
}

/// What lies between the link layer and the network layer.
pub(super) fn tag(data: &[u8], ethertype: u16, at: usize, end: usize) -> Layer {
    if VLAN.contains(&ethertype) {
        return Ok(Step::Inner(be16(data, at + 2)?, at + 4, end, Label::Vlan(be16(data, at)?)));
    }
    tunnel::by_ethertype(data, ethertype, at, end)
}

/// Ethernet II, and IEEE 802.3 with a SNAP header.
#[inline]
pub(super) fn ethernet(data: &[u8], at: usize, end: usize) -> Layer {
    let ethertype = be16(data, at + 12)?;
    let at = at + ETHERNET_BYTES;
    if ethertype >= MIN_ETHERTYPE {
        return Ok(Step::Inner(ethertype, at, end, Label::None));
    }
    if data.get(at..).is_some_and(|rest| rest.starts_with(SNAP)) && at + 8 <= data.len() {
        return Ok(Step::Inner(be16(data, at + 6)?, at + 8, end, Label::None));
    }
    Err(Skip::Other)
}

/// PPP (RFC 1661), with or without the HDLC-like address and control bytes (RFC 1662).
pub(super) fn ppp(data: &[u8], at: usize, end: usize) -> Layer {
    let at = if data.get(at..at + 2) == Some(b"\xff\x03") { at + 2 } else { at };
    let protocol = be16(data, at)?;
    // Protocol-field compression drops the leading zero byte; an odd first byte tells.
    let (protocol, at) = if byte(data, at)? & 1 == 1 { (protocol >> 8, at + 1) } else { (protocol, at + 2) };
    match protocol {
        PPP_IPV4 => Ok(Step::Inner(IPV4, at, end, Label::None)),
        PPP_IPV6 => Ok(Step::Inner(IPV6, at, end, Label::None)),
        _ => Err(Skip::Other),
    }
}

/// A bare IPv4 or IPv6 packet; the version nibble tells which.
pub(super) fn raw_ip(data: &[u8], at: usize, end: usize) -> Layer {
    match data.get(at).map_or(0, |first| first >> 4) {
        4 => Ok(Step::Inner(IPV4, at, end, Label::None)),
        6 => Ok(Step::Inner(IPV6, at, end, Label::None)),
        _ => Err(Skip::Broken),
    }
}

/// BSD loopback: an address family in the byte order of the capturing host.
fn loopback(data: &[u8], end: usize) -> Layer {
    let family = super::be32(data, 0)?;
    let families = [family, family.swap_bytes()];
    if families.contains(&AF_INET) {
        return Ok(Step::Inner(IPV4, 4, end, Label::None));
    }
    if families.iter().any(|one| AF_INET6.contains(one)) {
        Ok(Step::Inner(IPV6, 4, end, Label::None))
    } else {
        Err(Skip::Other)
    }
}

/// A link layer that is nothing but an `EtherType` at a fixed place.
fn typed(data: &[u8], end: usize, type_at: usize, header_bytes: usize) -> Layer {
    if data.len() < header_bytes {
        return Err(Skip::Broken);
    }
    Ok(Step::Inner(be16(data, type_at)?, header_bytes, end, Label::None))
}
