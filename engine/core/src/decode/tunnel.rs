//! What lies inside a tunnel?
//!
//! MPLS (RFC 3032, 4385), PPPoE (RFC 2516), IP in IP (RFC 2003, 4213), GRE (RFC 2784, 2890, 2637) with WCCP and ERSPAN,
//! VXLAN (RFC 7348), Geneve (RFC 8926), GTP-U (3GPP TS 29.281). Not handled: L2TP, CAPWAP, Teredo, GRE source routes.

use super::link::{IPV4, IPV6, TRANSPARENT_ETHERNET, ethernet, ppp, raw_ip};
use super::{Layer, Skip, Step, be16, byte};

const MAX_LABELS: usize = 16;
const MAX_GTP_EXTENSIONS: usize = 8;
const MPLS: u16 = 0x8847;
const MPLS_MULTICAST: u16 = 0x8848;
const PPPOE: u16 = 0x8864;
const PPP: u16 = 0x880B;
const WCCP: u16 = 0x883E;
const ERSPAN_2: u16 = 0x88BE;
const ERSPAN_3: u16 = 0x22EB;
const GRE_CHECKSUM: u16 = 0x8000;
const GRE_ROUTING: u16 = 0x4000;
const GRE_KEY: u16 = 0x2000;
const GRE_SEQUENCE: u16 = 0x1000;
const GRE_ACK: u16 = 0x0080;

/// A tunnel by `EtherType`.
pub(super) fn by_ethertype(data: &[u8], ethertype: u16, at: usize, end: usize) -> Layer {
    match ethertype {
        MPLS | MPLS_MULTICAST => mpls(data, at, end),
        PPPOE => {
            let length = usize::from(be16(data, at + 4)?);
            ppp(data, at + 6, end.min(at + 6 + length))
        }
        PPP => ppp(data, at, end),
        TRANSPARENT_ETHERNET => ethernet(data, at, end),
        _ => Err(Skip::Other),
    }
}

/// A tunnel by IP protocol number.
pub(super) fn by_protocol(data: &[u8], proto: u8, at: usize, end: usize) -> Layer {
    match proto {
        4 => Ok(Step::Inner(IPV4, at, end)),
        41 => Ok(Step::Inner(IPV6, at, end)),
        47 => gre(data, at, end),
        _ => Err(Skip::Other),
    }
}

/// True for a UDP destination port at which a tunnel may end.
#[inline]
pub(super) fn has_port(port: u16) -> bool {
    matches!(port, 2152 | 4789 | 8472 | 6081)
}

/// A tunnel by UDP destination port; 8472 is what Linux used for VXLAN before the port was registered. None: an
/// ordinary datagram.
#[inline]
pub(super) fn by_port(data: &[u8], port: u16, at: usize, end: usize) -> Option<Step> {
    match port {
        2152 => gtp_u(data, at, end),
        4789 | 8472 => vxlan(data, at, end),
        6081 => geneve(data, at, end),
        _ => None,
    }
}

/// A label stack, then an IP packet, or Ethernet behind a pseudowire control word.
fn mpls(data: &[u8], at: usize, end: usize) -> Layer {
    for label in 0..MAX_LABELS {
        let label = at + 4 * label;
        if byte(data, label + 2)? & 1 == 1 {
            // A zero nibble cannot begin an IP packet: that is what the control word is made for (RFC 4928).
            let is_pseudowire = byte(data, label + 4)? >> 4 == 0;
            let inner = label + 4;
            return if is_pseudowire {
                Ok(Step::Inner(TRANSPARENT_ETHERNET, inner + 4, end))
            } else {
                raw_ip(data, inner, end)
            };
        }
    }
    Err(Skip::Broken)
}

fn gre(data: &[u8], at: usize, end: usize) -> Layer {
    let (flags, ethertype) = (be16(data, at)?, be16(data, at + 2)?);
    if flags & GRE_ROUTING != 0 {
        return Err(Skip::Other);
    }
    let has_ack = flags & GRE_ACK != 0 && flags & 7 == 1;
    let words = [flags & GRE_CHECKSUM != 0, flags & GRE_KEY != 0, flags & GRE_SEQUENCE != 0, has_ack];
    let at = at + 4 + 4 * words.iter().filter(|word| **word).count();
    match ethertype {
        // Version 2 puts four bytes before the packet, version 1 none.
        WCCP => raw_ip(data, if byte(data, at)? >> 4 == 4 { at } else { at + 4 }, end),
        // Type I has neither sequence number nor header of its own.
        ERSPAN_2 => Ok(Step::Inner(TRANSPARENT_ETHERNET, if flags & GRE_SEQUENCE == 0 { at } else { at + 8 }, end)),
        ERSPAN_3 => {
            let subheader = usize::from(byte(data, at + 11)? & 1);
            Ok(Step::Inner(TRANSPARENT_ETHERNET, at + 12 + 8 * subheader, end))
        }
        _ => Ok(Step::Inner(ethertype, at, end)),
    }
}

fn vxlan(data: &[u8], at: usize, end: usize) -> Option<Step> {
    let head = data.get(at..at + 8)?;
    (head[0] & 0x08 != 0).then_some(Step::Inner(TRANSPARENT_ETHERNET, at + 8, end))
}

fn geneve(data: &[u8], at: usize, end: usize) -> Option<Step> {
    let head = data.get(at..at + 8)?;
    let options = usize::from(head[0] & 0x3F) << 2;
    (head[0] >> 6 == 0).then_some(Step::Inner(u16::from_be_bytes([head[2], head[3]]), at + 8 + options, end))
}

fn gtp_u(data: &[u8], at: usize, end: usize) -> Option<Step> {
    let head = data.get(at..at + 12)?;
    if head[0] & 0xF0 != 0x30 || head[1] != 255 {
        return None;
    }
    let mut start = at + 8;
    if head[0] & 0x07 != 0 {
        start += 4;
        let mut more = if head[0] & 0x04 == 0 { 0 } else { head[11] };
        for _ in 0..MAX_GTP_EXTENSIONS {
            let Some(units) = data.get(start).copied().filter(|units| more != 0 && *units != 0) else { break };
            start += usize::from(units) << 2;
            more = data.get(start - 1).copied().unwrap_or(0);
        }
    }
    raw_ip(data, start, end).ok()
}
