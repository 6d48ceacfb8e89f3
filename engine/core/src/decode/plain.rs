//! Is it the plain case: Ethernet II, IPv4 without options, TCP or UDP, nothing cut or strange?
//!
//! Nearly every frame is. It is read at fixed places, and left to the layers where anything is not as expected.

use super::{Segment, TCP, UDP, udp_tunnel};

const IP_AT: usize = 14;
const L4_AT: usize = 34;
const UDP_END: usize = L4_AT + 8;
const TCP_END: usize = L4_AT + 20;

/// The segment of a plain frame; None leaves the frame to the layers.
#[inline(always)]
pub(super) fn segment(data: &[u8]) -> Option<Segment> {
    let head = data.first_chunk::<UDP_END>()?;
    let half = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let total = usize::from(half(IP_AT + 2));
    let is_whole = half(IP_AT + 6) & 0x3FFF == 0;
    if half(12) != 0x0800 || head[IP_AT] != 0x45 || !is_whole {
        return None;
    }
    let end = IP_AT + total;
    match head[IP_AT + 9] {
        TCP => {
            let head = data.first_chunk::<TCP_END>()?;
            let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
            let start = L4_AT + (usize::from(head[L4_AT + 12] >> 4) << 2);
            let whole = Segment {
                seq: word(L4_AT + 4),
                ack: word(L4_AT + 8),
                flags: head[L4_AT + 13],
                ..span(data, TCP, start, end)
            };
            (start >= TCP_END && start <= end).then_some(whole)
        }
        UDP => {
            let length = usize::from(half(L4_AT + 4));
            let is_tunnel = udp_tunnel::has_ports(half(L4_AT), half(L4_AT + 2));
            let end = if length == 0 { end } else { end.min(L4_AT + length) };
            (!is_tunnel && UDP_END <= end).then(|| Segment { ip_bytes: total as u32, ..span(data, UDP, UDP_END, end) })
        }
        _ => None,
    }
}

#[inline(always)]
fn span(data: &[u8], proto: u8, start: usize, end: usize) -> Segment {
    Segment {
        proto,
        flags: 0,
        v6: false,
        tenant: 0,
        addresses_at: IP_AT as u32 + 12,
        ports_at: L4_AT as u32,
        ip_bytes: (end.wrapping_sub(IP_AT)) as u32,
        payload_at: start as u32,
        payload_len: end.min(data.len()).saturating_sub(start) as u32,
        wire_bytes: end.wrapping_sub(start) as u32,
        seq: 0,
        ack: 0,
    }
}
