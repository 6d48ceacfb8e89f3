//! Which TCP segment or UDP datagram is in a frame?
//!
//! The twin of `sensor/engine/portable/decode.py`; sources are named there and in the files below.

mod ip;
mod link;
pub mod part;
pub mod partial;
mod plain;
pub mod reassembly;
mod segment;
pub mod tenant;
mod tunnel;
mod udp_tunnel;

use crate::limits::Limits;
use part::Part;
use partial::Whole;
pub use segment::Segment;
use tenant::Label;

/// TCP flags (RFC 9293 §3.1).
pub mod flag {
    /// No more data from the sender.
    pub const FIN: u8 = 0x01;
    /// Synchronise sequence numbers.
    pub const SYN: u8 = 0x02;
    /// Reset.
    pub const RST: u8 = 0x04;
    /// The sender has no more to send for now.
    pub const PSH: u8 = 0x08;
    /// The acknowledgement number holds.
    pub const ACK: u8 = 0x10;
}

/// IP protocol number of TCP.
pub const TCP: u8 = 6;
/// IP protocol number of UDP.
pub const UDP: u8 = 17;

/// Why a frame gave no segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// Sound as far as it was read, but neither TCP nor UDP over IP.
    Other,
    /// Unknown link type, or a header that is cut or contradicts itself.
    Broken,
    /// A part of a fragmented IP packet; [`Decoder::part`] says which.
    Fragment,
}

/// What a layer hands on.
pub(crate) enum Step {
    /// The next layer: its `EtherType`, where it starts, where the packet ends on the wire, and whose it is.
    Inner(u16, usize, usize, Label),
    /// The end of the way.
    Done(Segment),
}

pub(crate) type Layer = Result<Step, Skip>;

/// How frames are looked into.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    /// Tags, tunnels and network layers unwrapped in one frame; deeper nesting is given up as broken.
    max_layers: usize,
    /// Which labels tell tenants apart.
    labels: tenant::Kinds,
}

impl Decoder {
    /// What the limits say about decoding.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let labels = tenant::Kinds { vlan: limits.flow_key_vlan, tunnel: limits.flow_key_tunnel };
        Self { max_layers: limits.max_layers, labels }
    }

    /// The segment in a frame in the plain case that nearly all frames are; None says nothing about it.
    #[inline(always)]
    #[must_use]
    pub fn plain(&self, data: &[u8], linktype: u32) -> Option<Segment> {
        if linktype == link::ETHERNET { plain::segment(data) } else { None }
    }

    /// The segment in a frame of this link type, or why there is none. `wire_len` is the frame's length on the wire.
    ///
    /// # Errors
    /// [`Skip`] says why the frame has no segment.
    #[inline]
    pub fn segment(&self, data: &[u8], linktype: u32, wire_len: usize) -> Result<Segment, Skip> {
        if let Some(segment) = self.plain(data, linktype) {
            return Ok(segment);
        }
        self.layers(data, link::first(data, linktype, wire_len)?, 0)
    }

    /// The segment in a packet that was put together.
    ///
    /// # Errors
    /// [`Skip`] says why the packet has no segment.
    pub fn segment_of(&self, whole: &Whole) -> Result<Segment, Skip> {
        self.layers(&whole.bytes, link::raw_ip(&whole.bytes, 0, whole.bytes.len())?, whole.tenant)
    }

    /// The part of a fragmented packet that is in a frame which was skipped as a [`Skip::Fragment`]. None where it
    /// cannot be used: cut, empty, or of a length that no part but the last may have.
    #[must_use]
    pub fn part<'a>(&self, data: &'a [u8], linktype: u32, wire_len: usize) -> Option<Part<'a>> {
        self.find_part(data, link::first(data, linktype, wire_len).ok()?, 0)
    }

    /// The same for a packet that was put together.
    #[must_use]
    pub fn part_of<'a>(&self, whole: &'a Whole) -> Option<Part<'a>> {
        self.find_part(&whole.bytes, link::raw_ip(&whole.bytes, 0, whole.bytes.len()).ok()?, whole.tenant)
    }

    fn layers(&self, data: &[u8], first: Step, mut tenant: u32) -> Result<Segment, Skip> {
        let mut step = first;
        for _ in 1..self.max_layers {
            match step {
                Step::Done(segment) => return Ok(Segment { tenant, ..segment }),
                Step::Inner(ethertype, at, end, label) => {
                    tenant = self.labels.narrow(tenant, label);
                    step = layer(data, ethertype, at, end)?;
                }
            }
        }
        if let Step::Done(segment) = step { Ok(Segment { tenant, ..segment }) } else { Err(Skip::Broken) }
    }

    fn find_part<'a>(&self, data: &'a [u8], first: Step, mut tenant: u32) -> Option<Part<'a>> {
        let mut step = first;
        for _ in 1..self.max_layers {
            let Step::Inner(ethertype, at, end, label) = step else { return None };
            tenant = self.labels.narrow(tenant, label);
            step = match layer(data, ethertype, at, end) {
                Ok(inner) => inner,
                Err(Skip::Fragment) => return part::read(data, at, end, tenant),
                Err(_) => return None,
            };
        }
        None
    }
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
