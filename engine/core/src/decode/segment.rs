//! What does a frame say about the TCP segment or UDP datagram in it?

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::be16;
use crate::event::Endpoint;

/// A TCP segment or UDP datagram; offsets count from the frame's first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// [`super::TCP`] or [`super::UDP`].
    pub proto: u8,
    /// TCP flags.
    pub flags: u8,
    /// True when the addresses are IPv6.
    pub v6: bool,
    /// Whose address space it is in, see [`super::tenant`].
    pub tenant: u32,
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

fn ip_addr(packed: &[u8]) -> IpAddr {
    if let Ok(four) = <[u8; 4]>::try_from(packed) {
        return IpAddr::V4(Ipv4Addr::from(four));
    }
    IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(packed).unwrap_or_default()))
}
