//! What does the engine know of a packet before it looks its flow up?

use crate::capture::FrameRef;
use crate::decode::{Segment, flag};
use crate::event::{Endpoint, FiveTuple};
use crate::flow::key::{Key, Seed};

/// A decoded packet.
pub(super) struct Packet<'a> {
    pub segment: Segment,
    pub key: Key,
    pub at_ns: i64,
    /// True when the sender is the smaller endpoint.
    pub sender_is_low: bool,
    /// Where the frame starts in the source.
    start: u64,
    data: &'a [u8],
    /// All bytes of the source that can be read now.
    pub source: &'a [u8],
}

impl<'a> Packet<'a> {
    #[inline]
    pub fn new(segment: Segment, frame: &FrameRef, source: &'a [u8], data: &'a [u8], seed: &Seed) -> Self {
        let (sender_is_low, key) = name(&segment, data, seed);
        Self { segment, key, at_ns: frame.at_ns, sender_is_low, start: frame.start as u64, data, source }
    }

    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        self.segment.payload(self.data)
    }

    /// Where the payload starts in the source.
    #[inline]
    pub fn payload_start(&self) -> u64 {
        self.start + u64::from(self.segment.payload_at)
    }

    #[inline]
    pub fn has(&self, flag: u8) -> bool {
        self.segment.flags & flag != 0
    }

    /// True for the first segment of a connection.
    pub fn is_opening(&self) -> bool {
        self.has(flag::SYN) && !self.has(flag::ACK)
    }

    /// Sequence number of the first payload byte.
    #[inline]
    pub fn stream_seq(&self) -> u32 {
        self.segment.seq.wrapping_add(u32::from(self.has(flag::SYN)))
    }

    /// Sender and receiver.
    pub fn endpoints(&self) -> (Endpoint, Endpoint) {
        self.segment.endpoints(self.data)
    }

    /// Sender as `orig`.
    pub fn five_tuple(&self) -> FiveTuple {
        let (orig, resp) = self.endpoints();
        FiveTuple { orig, resp, tcp: !self.key.is_udp() }
    }

    /// True when either port is one of DNS (53) or mDNS (5353).
    #[inline]
    pub fn is_dns(&self) -> bool {
        let (from, to) = self.segment.ports(self.data);
        is_dns_port(from) || is_dns_port(to)
    }
}

#[inline]
fn name(segment: &Segment, data: &[u8], seed: &Seed) -> (bool, Key) {
    let (source, target) = segment.addresses(data);
    let (from, to) = segment.ports(data);
    if segment.v6 {
        let bits = |packed: &[u8]| u128::from_be_bytes(packed.try_into().unwrap_or_default());
        let (one, two) = ((bits(source), from), (bits(target), to));
        return if one < two {
            (true, seed.v6(segment.proto, one, two))
        } else {
            (false, seed.v6(segment.proto, two, one))
        };
    }
    let bits = |packed: &[u8]| u32::from_be_bytes(packed.try_into().unwrap_or_default());
    let (one, two) = ((bits(source), from), (bits(target), to));
    if one < two { (true, seed.v4(segment.proto, one, two)) } else { (false, seed.v4(segment.proto, two, one)) }
}

/// True for the ports of DNS and of mDNS.
#[inline]
pub(super) fn is_dns_port(port: u16) -> bool {
    port == 53 || port == 5353
}
