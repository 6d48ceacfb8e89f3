//! Which transport segment does an IP packet carry? IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293), UDP (RFC 768).

use super::{Layer, Segment, Skip, Step, TCP, UDP, be16, be32, byte, tunnel, udp_tunnel};

const MAX_EXTENSION_HEADERS: usize = 8;
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HIP: u8 = 139;
const SHIM6: u8 = 140;
pub(super) const FRAGMENT: u8 = 44;

/// Where an IP packet's parts are.
struct Packet {
    v6: bool,
    addresses_at: usize,
    end: usize,
    ip_bytes: usize,
}

#[inline]
pub(super) fn v4(data: &[u8], at: usize, end: usize) -> Layer {
    let head: &[u8; 20] = data.get(at..at + 20).and_then(|head| head.try_into().ok()).ok_or(Skip::Broken)?;
    let header = usize::from(head[0] & 0x0F) << 2;
    let total = usize::from(u16::from_be_bytes([head[2], head[3]]));
    // Segmentation offload hands frames over before the length is filled in: the frame's own end holds then.
    let size = if total == 0 { end.saturating_sub(at) } else { total };
    if head[0] >> 4 != 4 || header < 20 || size < header {
        return Err(Skip::Broken);
    }
    if u16::from_be_bytes([head[6], head[7]]) & 0x3FFF != 0 {
        return Err(Skip::Fragment);
    }
    transport(data, head[9], at + header, &Packet { v6: false, addresses_at: at + 12, end: at + size, ip_bytes: size })
}

pub(super) fn v6(data: &[u8], at: usize, end: usize) -> Layer {
    let first = byte(data, at)?;
    let length = usize::from(be16(data, at + 4)?);
    let mut proto = byte(data, at + 6)?;
    if first >> 4 != 6 {
        return Err(Skip::Broken);
    }
    // Zero is segmentation offload or a jumbogram (RFC 2675): the frame's own end holds.
    let size = if length == 0 { end.saturating_sub(at) } else { length + 40 };
    let mut offset = at + 40;
    for _ in 0..MAX_EXTENSION_HEADERS {
        match proto {
            HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | HIP | SHIM6 => {
                let units = usize::from(byte(data, offset + 1)?) + 1;
                proto = byte(data, offset)?;
                offset += units << 3;
            }
            FRAGMENT => {
                byte(data, offset + 7)?;
                if be16(data, offset + 2)? & 0xFFF9 != 0 {
                    return Err(Skip::Fragment);
                }
                proto = byte(data, offset)?;
                offset += 8;
            }
            _ => break,
        }
    }
    transport(data, proto, offset, &Packet { v6: true, addresses_at: at + 8, end: at + size, ip_bytes: size })
}

/// Where the fragment header of the IPv6 packet at `at` is, and where the number stands that announces it.
pub(super) fn fragment_header(data: &[u8], at: usize) -> Option<(usize, usize)> {
    let (mut next_at, mut offset) = (at + 6, at + 40);
    for _ in 0..MAX_EXTENSION_HEADERS {
        match byte(data, next_at).ok()? {
            FRAGMENT if be16(data, offset + 2).ok()? & 0xFFF9 != 0 => return Some((next_at, offset)),
            // The only part of its packet.
            FRAGMENT => {
                next_at = offset;
                offset += 8;
            }
            HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | HIP | SHIM6 => {
                next_at = offset;
                offset += (usize::from(byte(data, offset + 1).ok()?) + 1) << 3;
            }
            _ => return None,
        }
    }
    None
}

#[inline]
fn transport(data: &[u8], proto: u8, at: usize, packet: &Packet) -> Layer {
    match proto {
        TCP => tcp(data, at, packet),
        UDP => udp(data, at, packet),
        AUTHENTICATION => {
            let next = byte(data, at)?;
            let units = usize::from(byte(data, at + 1)?) + 2;
            if next == AUTHENTICATION {
                return Err(Skip::Broken);
            }
            transport(data, next, at + (units << 2), packet)
        }
        _ => tunnel::by_protocol(data, proto, at, packet.end),
    }
}

#[inline]
fn tcp(data: &[u8], at: usize, packet: &Packet) -> Layer {
    let head: &[u8; 20] = data.get(at..at + 20).and_then(|head| head.try_into().ok()).ok_or(Skip::Broken)?;
    let start = at + (usize::from(head[12] >> 4) << 2);
    if head[12] < 0x50 || start > packet.end {
        return Err(Skip::Broken);
    }
    let mut segment = span(data, TCP, at, start, packet.end, packet);
    segment.seq = be32(head, 4)?;
    segment.ack = be32(head, 8)?;
    segment.flags = head[13];
    Ok(Step::Done(segment))
}

#[inline]
fn udp(data: &[u8], at: usize, packet: &Packet) -> Layer {
    let length = usize::from(be16(data, at + 4)?);
    let end = if length == 0 { packet.end } else { packet.end.min(at + length) };
    let start = at + 8;
    if start > end || start > data.len() {
        return Err(Skip::Broken);
    }
    if let Some(inner) = udp_tunnel::by_ports(data, (be16(data, at)?, be16(data, at + 2)?), start, end) {
        return Ok(inner);
    }
    Ok(Step::Done(span(data, UDP, at, start, end, packet)))
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "frames are far shorter than 4 GiB: the reader bounds them")]
fn span(data: &[u8], proto: u8, at: usize, start: usize, end: usize, packet: &Packet) -> Segment {
    let captured = end.min(data.len()).saturating_sub(start);
    Segment {
        proto,
        flags: 0,
        v6: packet.v6,
        tenant: 0,
        addresses_at: packet.addresses_at as u32,
        ports_at: at as u32,
        ip_bytes: packet.ip_bytes as u32,
        payload_at: start as u32,
        payload_len: captured as u32,
        wire_bytes: (end - start) as u32,
        seq: 0,
        ack: 0,
    }
}
