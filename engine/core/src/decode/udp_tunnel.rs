//! What lies inside a tunnel over UDP, and inside L2TP over IP?
//!
//! VXLAN (RFC 7348), Geneve (RFC 8926), GTP-U (3GPP TS 29.281), Teredo (RFC 4380), L2TPv2 (RFC 2661), L2TPv3
//! (RFC 3931). Not handled: CAPWAP.

use super::link::{ETHERNET_BYTES, IPV4, IPV6, TRANSPARENT_ETHERNET, ethernet, ppp, raw_ip};
use super::tenant::Label;
use super::{Layer, Skip, Step, be16, byte};

const GTP_U: u16 = 2152;
const VXLAN: u16 = 4789;
/// What Linux used for VXLAN before the port was registered.
const VXLAN_OLD: u16 = 8472;
const GENEVE: u16 = 6081;
const TEREDO: u16 = 3544;
const L2TP: u16 = 1701;
const MAX_GTP_EXTENSIONS: usize = 8;
const L2TP_CONTROL: u16 = 0x8000;
const L2TP_LENGTH: u16 = 0x4000;
const L2TP_SEQUENCE: u16 = 0x0800;
const L2TP_OFFSET: u16 = 0x0200;
const L2TP_2_RESERVED: u16 = 0x34F0;
const L2TP_VERSION: u16 = 0x000F;
/// Cookie and sublayer of L2TPv3, of which only its control channel tells the size: none or four bytes of the sublayer
/// after a cookie of none, four or eight.
const L2TP_3_SKIPS: [usize; 4] = [0, 4, 8, 12];
const TEREDO_AUTHENTICATION: u16 = 1;
const TEREDO_ORIGIN: u16 = 0;

/// The ports above, each at the one [`place`] where it is looked for; elsewhere stands one that is looked for elsewhere.
const PORTS: [u16; 16] = {
    let mut ports = [TEREDO; 16];
    let all = [GTP_U, VXLAN, VXLAN_OLD, GENEVE, L2TP];
    let mut at = 0;
    while at < all.len() {
        assert!(ports[place(all[at])] == TEREDO && place(all[at]) != place(TEREDO));
        ports[place(all[at])] = all[at];
        at += 1;
    }
    ports
};

#[inline]
const fn place(port: u16) -> usize {
    (port >> 3 & 15) as usize
}

/// True for UDP ports between which a tunnel may be.
#[inline]
pub(super) fn has_ports(from: u16, to: u16) -> bool {
    PORTS[place(to)] == to || from == TEREDO || from == L2TP
}

/// A tunnel by UDP source and destination port: servers of Teredo and L2TP answer from their port to any. None: an
/// ordinary datagram.
#[inline]
pub(super) fn by_ports(data: &[u8], (from, to): (u16, u16), at: usize, end: usize) -> Option<Step> {
    match (from, to) {
        (_, GTP_U) => gtp_u(data, at, end),
        (_, VXLAN | VXLAN_OLD) => vxlan(data, at, end),
        (_, GENEVE) => geneve(data, at, end),
        (_, TEREDO) => teredo(data, at, end),
        (_, L2TP) => l2tp(data, at, end),
        (TEREDO, _) => teredo(data, at, end),
        (L2TP, _) => l2tp(data, at, end),
        _ => None,
    }
}

/// L2TPv3 by IP protocol number (RFC 3931 §4.1.1).
pub(super) fn l2tp_over_ip(data: &[u8], at: usize, end: usize) -> Layer {
    l2tp_3(data, at, end).ok_or(Skip::Other)
}

fn vxlan(data: &[u8], at: usize, end: usize) -> Option<Step> {
    let head = data.get(at..at + 8)?;
    let network = u32::from_be_bytes([0, head[4], head[5], head[6]]);
    (head[0] & 0x08 != 0).then_some(Step::Inner(TRANSPARENT_ETHERNET, at + 8, end, Label::Tunnel(network)))
}

fn geneve(data: &[u8], at: usize, end: usize) -> Option<Step> {
    let head = data.get(at..at + 8)?;
    let options = usize::from(head[0] & 0x3F) << 2;
    let ethertype = u16::from_be_bytes([head[2], head[3]]);
    let network = u32::from_be_bytes([0, head[4], head[5], head[6]]);
    (head[0] >> 6 == 0).then_some(Step::Inner(ethertype, at + 8 + options, end, Label::Tunnel(network)))
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

/// An IPv6 packet behind up to one authentication and one origin header (RFC 4380 §5.1.1), in this order.
fn teredo(data: &[u8], at: usize, end: usize) -> Option<Step> {
    let mut at = at;
    if be16(data, at).ok()? == TEREDO_AUTHENTICATION {
        at += 13 + usize::from(byte(data, at + 2).ok()?) + usize::from(byte(data, at + 3).ok()?);
    }
    if be16(data, at).ok()? == TEREDO_ORIGIN {
        at += 8;
    }
    let fits = byte(data, at).ok()? >> 4 == 6 && at + 40 + usize::from(be16(data, at + 4).ok()?) <= end;
    fits.then_some(Step::Inner(IPV6, at, end, Label::None))
}

fn l2tp(data: &[u8], at: usize, end: usize) -> Option<Step> {
    let flags = be16(data, at).ok()?;
    match flags & L2TP_VERSION {
        2 if flags & (L2TP_CONTROL | L2TP_2_RESERVED) == 0 => l2tp_2(data, flags, at, end),
        3 if flags & L2TP_CONTROL == 0 => l2tp_3(data, at + 4, end),
        _ => None,
    }
}

/// The PPP frame of a data message (RFC 2661 §3.1).
fn l2tp_2(data: &[u8], flags: u16, at: usize, end: usize) -> Option<Step> {
    let mut start = at + 6;
    let mut end = end;
    if flags & L2TP_LENGTH != 0 {
        end = end.min(at + usize::from(be16(data, at + 2).ok()?));
        start += 2;
    }
    if flags & L2TP_SEQUENCE != 0 {
        start += 4;
    }
    if flags & L2TP_OFFSET != 0 {
        start += 2 + usize::from(be16(data, start).ok()?);
    }
    ppp(data, start, end).ok()
}

/// The Ethernet frame of a session: the first place where one with an IP packet inside can be.
fn l2tp_3(data: &[u8], at: usize, end: usize) -> Option<Step> {
    // Session 0 is the control channel.
    if data.get(at..at + 4)? == [0; 4] {
        return None;
    }
    L2TP_3_SKIPS.iter().find_map(|skip| {
        let frame = at + 4 + skip;
        let step = ethernet(data, frame, end).ok()?;
        let Step::Inner(ethertype, inner, ..) = step else { return None };
        let version = byte(data, inner).ok()? >> 4;
        let fits = match ethertype {
            IPV4 => version == 4 && inner + usize::from(be16(data, inner + 2).ok()?) <= end,
            IPV6 => version == 6 && inner + 40 + usize::from(be16(data, inner + 4).ok()?) <= end,
            _ => false,
        };
        (fits && inner == frame + ETHERNET_BYTES).then_some(step)
    })
}
