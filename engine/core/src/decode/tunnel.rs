//! What lies inside a tunnel?
//!
//! MPLS (RFC 3032, 4385), PPPoE (RFC 2516), IP in IP (RFC 2003, 4213), GRE (RFC 2784, 2890, 2637) with WCCP, ERSPAN and
//! NVGRE (RFC 7637), and over UDP what `udp_tunnel` has. Not handled: GRE source routes.

use super::link::{IPV4, IPV6, TRANSPARENT_ETHERNET, ethernet, ppp, raw_ip};
use super::tenant::Label;
use super::{Layer, Skip, Step, be16, be32, byte, udp_tunnel};

const MAX_LABELS: usize = 16;
const MPLS: u16 = 0x8847;
const MPLS_MULTICAST: u16 = 0x8848;
const PPPOE: u16 = 0x8864;
const PPP: u16 = 0x880B;
const WCCP: u16 = 0x883E;
const ERSPAN_2: u16 = 0x88BE;
const ERSPAN_3: u16 = 0x22EB;
/// Frame type of ERSPAN III: an IP packet without Ethernet.
const ERSPAN_IP: u8 = 2;
const GRE_CHECKSUM: u16 = 0x8000;
const GRE_ROUTING: u16 = 0x4000;
const GRE_KEY: u16 = 0x2000;
const GRE_SEQUENCE: u16 = 0x1000;
const GRE_ACK: u16 = 0x0080;
const GRE_VERSION: u16 = 0x0007;
const PPTP: u16 = 1;

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
        4 => Ok(Step::Inner(IPV4, at, end, Label::None)),
        41 => Ok(Step::Inner(IPV6, at, end, Label::None)),
        47 => gre(data, at, end),
        115 => udp_tunnel::l2tp_over_ip(data, at, end),
        _ => Err(Skip::Other),
    }
}

/// A label stack, then an IP packet, or the Ethernet of a pseudowire with or without its control word.
fn mpls(data: &[u8], at: usize, end: usize) -> Layer {
    for label in 0..MAX_LABELS {
        let label = at + 4 * label;
        if byte(data, label + 2)? & 1 == 1 {
            let inner = label + 4;
            // What begins an IP packet begins no pseudowire that may meet one: its control word is zero (RFC 4928).
            return match byte(data, inner)? >> 4 {
                4 | 6 => raw_ip(data, inner, end),
                0 => Ok(Step::Inner(TRANSPARENT_ETHERNET, inner + 4, end, Label::None)),
                // The channel that goes with a pseudowire (RFC 5586).
                1 => Err(Skip::Other),
                _ => Ok(Step::Inner(TRANSPARENT_ETHERNET, inner, end, Label::None)),
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
    let is_pptp = flags & GRE_VERSION == PPTP;
    let has_ack = flags & GRE_ACK != 0 && is_pptp;
    let words = [flags & GRE_CHECKSUM != 0, flags & GRE_KEY != 0, flags & GRE_SEQUENCE != 0, has_ack];
    let key = if words[1] && !is_pptp { Some(be32(data, at + 4 + 4 * usize::from(words[0]))?) } else { None };
    let at = at + 4 + 4 * words.iter().filter(|word| **word).count();
    match ethertype {
        // Version 2 puts four bytes before the packet, version 1 none.
        WCCP => raw_ip(data, if byte(data, at)? >> 4 == 4 { at } else { at + 4 }, end),
        ERSPAN_2 | ERSPAN_3 => erspan(data, ethertype, flags, at, end),
        // The lowest byte tells flows of a virtual subnet apart, and each direction may have its own.
        TRANSPARENT_ETHERNET => Ok(Step::Inner(ethertype, at, end, Label::tunnel(key.map(|key| key >> 8)))),
        _ => Ok(Step::Inner(ethertype, at, end, Label::tunnel(key))),
    }
}

fn erspan(data: &[u8], ethertype: u16, flags: u16, at: usize, end: usize) -> Layer {
    if ethertype == ERSPAN_2 {
        // Type I has neither sequence number nor header of its own.
        let at = if flags & GRE_SEQUENCE == 0 { at } else { at + 8 };
        return Ok(Step::Inner(TRANSPARENT_ETHERNET, at, end, Label::None));
    }
    let (frame_type, subheader) = (byte(data, at + 10)? >> 2 & 0x1F, usize::from(byte(data, at + 11)? & 1));
    let at = at + 12 + 8 * subheader;
    if frame_type == ERSPAN_IP {
        raw_ip(data, at, end)
    } else {
        Ok(Step::Inner(TRANSPARENT_ETHERNET, at, end, Label::None))
    }
}
