//! Which TCP segment or UDP datagram is in a frame?
//!
//! The twin of `sensor/engine/portable/decode.py`; sources are named there and in the files below.

mod ip;
mod link;
mod plain;
mod tunnel;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::event::Endpoint;

/// Tags, tunnels and network layers unwrapped in one frame; deeper nesting is given up as broken.
pub const MAX_LAYERS: usize = 16;

/// TCP flags (RFC 9293 §3.1).
pub mod flag {
    /// No more data from the sender.
    pub const FIN: u8 = 0x01;
    /// Synchronise sequence numbers.
    pub const SYN: u8 = 0x02;
    /// Reset.
    pub const RST: u8 = 0x04;
    /// The acknowledgement number holds.
    pub const ACK: u8 = 0x10;
}

/// IP protocol number of TCP.
pub const TCP: u8 = 6;
/// IP protocol number of UDP.
pub const UDP: u8 = 17;

/// A TCP segment or UDP datagram; offsets count from the frame's first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// [`TCP`] or [`UDP`].
    pub proto: u8,
    /// TCP flags.
    pub flags: u8,
    /// True when the addresses are IPv6.
    pub v6: bool,
    /// Where the source address starts; the destination follows it.
    pub addresses_at: u32,
    /// Where the two ports start.
    pub ports_at: u32,
    /// Length of the IP packet on the wire, header included.
    pub ip_bytes: u32,
    /// Where the captured payload starts.
    pub payload_at: u32,
    /// Captured payload bytes.
    pub payload_len: u32,
    /// Payload bytes on the wire.
    pub wire_bytes: u32,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
}

impl Segment {
    /// The captured payload.
    #[must_use]
    #[inline]
    pub fn payload<'a>(&self, frame: &'a [u8]) -> &'a [u8] {
        let start = self.payload_at as usize;
        frame.get(start..start + self.payload_len as usize).unwrap_or_default()
    }

    /// Packed source and destination addresses, 4 or 16 bytes each.
    #[must_use]
    #[inline]
    pub fn addresses<'a>(&self, frame: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let size = if self.v6 { 16 } else { 4 };
        let at = self.addresses_at as usize;
        frame.get(at..at + 2 * size).unwrap_or_default().split_at_checked(size).unwrap_or_default()
    }

    /// Source and destination port.
    #[must_use]
    #[inline]
    pub fn ports(&self, frame: &[u8]) -> (u16, u16) {
        let at = self.ports_at as usize;
        (be16(frame, at).unwrap_or(0), be16(frame, at + 2).unwrap_or(0))
    }

    /// Sender and receiver.
    #[must_use]
    pub fn endpoints(&self, frame: &[u8]) -> (Endpoint, Endpoint) {
        let (source, target) = self.addresses(frame);
        let (from, to) = self.ports(frame);
        ((ip_addr(source), from), (ip_addr(target), to))
    }
}

/// Why a frame gave no segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// Sound as far as it was read, but neither TCP nor UDP over IP.
    Other,
    /// Unknown link type, or a header that is cut or contradicts itself.
    Broken,
    /// A part of a fragmented IP packet.
    Fragment,
}

/// What a layer hands on.
pub(crate) enum Step {
    /// The next layer: its `EtherType`, where it starts, where the packet ends on the wire.
    Inner(u16, usize, usize),
    /// The end of the way.
    Done(Segment),
}

pub(crate) type Layer = Result<Step, Skip>;

/// The segment in a frame of this link type, or why there is none. `wire_len` is the frame's length on the wire.
///
/// # Errors
/// [`Skip`] says why the frame has no segment.
#[inline]
pub fn decode(data: &[u8], linktype: u32, wire_len: usize) -> Result<Segment, Skip> {
    if linktype == link::ETHERNET
        && let Some(segment) = plain::segment(data)
    {
        return Ok(segment);
    }
    layers(data, linktype, wire_len)
}

fn layers(data: &[u8], linktype: u32, wire_len: usize) -> Result<Segment, Skip> {
    let mut step = link::first(data, linktype, wire_len)?;
    for _ in 1..MAX_LAYERS {
        match step {
            Step::Done(segment) => return Ok(segment),
            Step::Inner(ethertype, at, end) => step = layer(data, ethertype, at, end)?,
        }
    }
    if let Step::Done(segment) = step { Ok(segment) } else { Err(Skip::Broken) }
}

#[inline]
fn layer(data: &[u8], ethertype: u16, at: usize, end: usize) -> Layer {
    match ethertype {
        link::IPV4 => ip::v4(data, at, end),
        link::IPV6 => ip::v6(data, at, end),
        _ => link::tag(data, ethertype, at, end),
    }
}

/// Two bytes in network order; broken where they are not there.
#[inline]
pub(crate) fn be16(data: &[u8], at: usize) -> Result<u16, Skip> {
    match data.get(at..at + 2) {
        Some(&[high, low]) => Ok(u16::from_be_bytes([high, low])),
        _ => Err(Skip::Broken),
    }
}

/// Four bytes in network order; broken where they are not there.
#[inline]
pub(crate) fn be32(data: &[u8], at: usize) -> Result<u32, Skip> {
    match data.get(at..at + 4) {
        Some(&[a, b, c, d]) => Ok(u32::from_be_bytes([a, b, c, d])),
        _ => Err(Skip::Broken),
    }
}

/// One byte; broken where it is not there.
#[inline]
pub(crate) fn byte(data: &[u8], at: usize) -> Result<u8, Skip> {
    data.get(at).copied().ok_or(Skip::Broken)
}

fn ip_addr(packed: &[u8]) -> IpAddr {
    if let Ok(four) = <[u8; 4]>::try_from(packed) {
        return IpAddr::V4(Ipv4Addr::from(four));
    }
    IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(packed).unwrap_or_default()))
}
