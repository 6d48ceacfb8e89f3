//! What does the engine know of a packet before it looks its flow up?

use std::ops::Deref;

use crate::capture::{FrameRef, Held};
use crate::decode::{Decoder, Segment, Skip, TCP, UDP, flag};
use crate::event::{Endpoint, FiveTuple};
use crate::flow::key::{Key, Seed};

/// A frame that was looked into. It refers to nothing, so that a batch of them needs no new memory.
#[derive(Clone, Copy, Default)]
pub(super) struct Packet {
    pub segment: Segment,
    pub key: Key,
    pub at_ns: i64,
    /// True when the sender is the smaller endpoint.
    pub sender_is_low: bool,
    /// Why there is no segment, where there is none.
    pub skip: Option<Skip>,
    /// Where its flow most likely is in the table, if it was there when the batch began.
    pub slot: Option<usize>,
    /// A datagram in which there is nothing to see: nearly all.
    pub is_dull: bool,
    start: usize,
    len: usize,
}

impl Packet {
    /// Look into a frame of these bytes, in the place of what was here. Its key is worked out for TCP, and for UDP if
    /// `udp_too`.
    #[inline(always)]
    pub fn read(&mut self, decoder: &Decoder, frame: &FrameRef, data: &[u8], seed: &Seed, udp_too: bool) {
        (self.at_ns, self.start, self.len, self.skip) = (frame.at_ns, frame.start, frame.len, None);
        match decoder.plain(data, frame.linktype) {
            Some(segment) => self.take(segment, data, seed, udp_too),
            None => self.read_layers(decoder, frame, data, seed, udp_too),
        }
    }

    /// The same for what is not plain.
    #[inline(never)]
    fn read_layers(&mut self, decoder: &Decoder, frame: &FrameRef, data: &[u8], seed: &Seed, udp_too: bool) {
        match decoder.segment(data, frame.linktype, frame.wire_len) {
            Ok(segment) => self.take(segment, data, seed, udp_too),
            Err(skip) => {
                self.take(Segment::default(), data, seed, false);
                self.skip = Some(skip);
            }
        }
    }

    #[inline(always)]
    fn take(&mut self, segment: Segment, data: &[u8], seed: &Seed, udp_too: bool) {
        let is_named = segment.proto == TCP || udp_too;
        (self.sender_is_low, self.key) = if is_named { name(&segment, data, seed) } else { (false, Key::default()) };
        self.segment = segment;
    }

    /// A packet that was put together: `whole` is all of it, the source it has to be looked at with.
    pub fn rebuilt(segment: Segment, whole: &[u8], at_ns: i64, seed: &Seed) -> Self {
        let (sender_is_low, key) = name(&segment, whole, seed);
        Self { segment, key, at_ns, sender_is_low, len: whole.len(), ..Self::default() }
    }

    /// True when its key was worked out.
    #[inline]
    pub fn is_named(&self) -> bool {
        self.key.low != 0
    }

    #[inline]
    pub fn is_tcp(&self) -> bool {
        self.segment.proto == TCP
    }

    #[inline]
    pub fn is_udp(&self) -> bool {
        self.segment.proto == UDP
    }

    #[inline]
    pub fn has(&self, flag: u8) -> bool {
        self.segment.flags & flag != 0
    }

    /// True for the first segment of a connection.
    pub fn is_opening(&self) -> bool {
        self.has(flag::SYN) && !self.has(flag::ACK)
    }

    /// Where the payload starts in the bytes that are held.
    #[inline]
    pub fn payload_start(&self) -> usize {
        self.start + self.segment.payload_at as usize
    }

    /// Sequence number of the first payload byte.
    #[inline]
    pub fn stream_seq(&self) -> u32 {
        self.segment.seq.wrapping_add(u32::from(self.has(flag::SYN)))
    }
}

/// A packet with its bytes.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    packet: &'a Packet,
    /// The bytes of the source that can be read now.
    pub held: &'a Held<'a>,
}

impl Deref for View<'_> {
    type Target = Packet;

    #[inline]
    fn deref(&self) -> &Packet {
        self.packet
    }
}

impl<'a> View<'a> {
    #[inline]
    pub fn new(packet: &'a Packet, held: &'a Held<'a>) -> Self {
        Self { packet, held }
    }

    /// Which of `frames`, of the batch it is in, it was.
    pub fn frame<'f>(&self, frames: &'f [FrameRef]) -> Option<&'f FrameRef> {
        frames.iter().find(|frame| (frame.start, frame.len) == (self.packet.start, self.packet.len))
    }

    /// The captured frame.
    #[inline]
    pub fn data(&self) -> &'a [u8] {
        self.held.bytes.get(self.packet.start..self.packet.start + self.packet.len).unwrap_or_default()
    }

    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        self.packet.segment.payload(self.data())
    }

    /// Sender and receiver.
    pub fn endpoints(&self) -> (Endpoint, Endpoint) {
        self.segment.endpoints(self.data())
    }

    /// Sender's and receiver's address where they are IPv4.
    #[inline]
    pub fn v4_addresses(&self) -> Option<(u32, u32)> {
        let start = self.segment.addresses_at as usize;
        let &[a, b, c, d, e, f, g, h] = self.data().get(start..)?.first_chunk()?;
        (!self.segment.v6).then_some((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h])))
    }

    /// The packet with its key worked out.
    #[inline(never)]
    pub fn with_key(&self, seed: &Seed) -> Packet {
        if self.is_named() {
            return *self.packet;
        }
        let (sender_is_low, key) = name(&self.segment, self.data(), seed);
        Packet { sender_is_low, key, ..*self.packet }
    }

    /// Sender as `orig`.
    pub fn five_tuple(&self) -> FiveTuple {
        let (orig, resp) = self.endpoints();
        FiveTuple { orig, resp, tcp: self.is_tcp() }
    }

    /// True when either port is one of DNS (53) or mDNS (5353).
    #[inline]
    pub fn is_dns(&self) -> bool {
        let (from, to) = self.segment.ports(self.data());
        is_dns_port(from) || is_dns_port(to)
    }
}

/// True for the ports of DNS and of mDNS.
#[inline]
pub(super) fn is_dns_port(port: u16) -> bool {
    port == 53 || port == 5353
}

#[inline(always)]
fn name(segment: &Segment, data: &[u8], seed: &Seed) -> (bool, Key) {
    let (sender_is_low, key) = name_in_any(segment, data, seed);
    (sender_is_low, if segment.tenant == 0 { key } else { seed.in_tenant(key, segment.tenant) })
}

#[inline(always)]
fn name_in_any(segment: &Segment, data: &[u8], seed: &Seed) -> (bool, Key) {
    // Without options the ports follow the addresses: one look for all of them.
    if !segment.v6
        && segment.ports_at == segment.addresses_at + 8
        && let Some(&[a, b, c, d, e, f, g, h, i, j, k, l]) =
            data.get(segment.addresses_at as usize..).and_then(<[u8]>::first_chunk)
    {
        let end = |ip, port| u64::from(u32::from_be_bytes(ip)) << 16 | u64::from(u16::from_be_bytes(port));
        let (one, two) = (end([a, b, c, d], [i, j]), end([e, f, g, h], [k, l]));
        return (one < two, seed.v4(segment.proto, one.min(two), one.max(two)));
    }
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
    let end = |packed: &[u8], port| {
        u64::from(u32::from_be_bytes(packed.try_into().unwrap_or_default())) << 16 | u64::from(port)
    };
    let (one, two) = (end(source, from), end(target, to));
    (one < two, seed.v4(segment.proto, one.min(two), one.max(two)))
}
