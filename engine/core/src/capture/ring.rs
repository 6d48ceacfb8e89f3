//! Which frames lie in a block of the memory that the kernel shares with a packet socket (`TPACKET_V3`)?
//!
//! Layout: linux/if_packet.h and Documentation/networking/packet_mmap.rst. The twin of `sensor/capture/ring.py`. A VLAN
//! tag that the kernel took out is put back where it was, into the room before the frame: only blocks that the kernel
//! has handed over may be looked into, and each only once.

use std::fmt;

use super::FrameRef;
use crate::limits::SECOND_NS;

const PACKETS_AT: usize = 12;
const FIRST_AT: usize = 16;
/// Bytes of a frame's header: `tpacket3_hdr`, then a `sockaddr_ll`.
const HEADER_BYTES: usize = 68;
const PKTTYPE_AT: usize = 58;
const PACKET_OUTGOING: u8 = 4;
const TCI_AT: usize = 32;
const TPID_AT: usize = 36;
const VLAN_VALID: u32 = 0x10;
const VLAN_TPID_VALID: u32 = 0x40;
const ETH_P_8021Q: u16 = 0x8100;
const TAG_BYTES: usize = 4;
/// Both addresses of an Ethernet frame: what stands before a tag.
const ADDRESSES_BYTES: usize = 12;

/// What the frames of a ring have in common.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// LINKTYPE value.
    pub linktype: u32,
    /// True where the kernel shows every frame twice, once as an outgoing one; that is left out.
    pub is_loopback: bool,
    /// The longest frame on the wire, in bytes; longer ones were merged by offload.
    pub max_frame_bytes: usize,
}

/// What was in a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Frames to work on.
    pub frames: u64,
    /// Second copies of what the host sent to itself, left out.
    pub outgoing: u64,
    /// Frames that offload merged of several packets.
    pub merged: u64,
    /// Time of the last frame to work on, nanoseconds since the epoch; 0 where there is none.
    pub last_ns: i64,
}

/// A block that is not laid out as the kernel lays them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockFault {
    /// Frames before it.
    pub after: u32,
    /// Frames the block says it has.
    pub of: u32,
}

impl fmt::Display for BlockFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "damaged block: frame {} of {} lies outside of it", self.after.saturating_add(1), self.of)
    }
}

impl std::error::Error for BlockFault {}

/// The frames of one block, given out in parts.
#[derive(Default)]
pub struct BlockFrames {
    frames: Vec<FrameRef>,
    given: usize,
}

impl BlockFrames {
    /// Find the frames of the next block; those of the one before are gone.
    ///
    /// # Errors
    /// [`BlockFault`] where a frame would lie outside of the block; then there are none.
    pub fn begin(&mut self, block: &mut [u8], link: Link) -> Result<Tally, BlockFault> {
        self.frames.clear();
        self.given = 0;
        let found = find(block, link, &mut self.frames);
        if found.is_err() {
            self.frames.clear();
        }
        found
    }

    /// The next frames, at most `max`; nothing once all were given.
    pub fn next(&mut self, max: usize) -> &[FrameRef] {
        let from = self.given;
        self.given = self.frames.len().min(from.saturating_add(max));
        &self.frames[from..self.given]
    }

    /// Frames not given yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.frames.len() - self.given
    }
}

fn find(block: &mut [u8], link: Link, frames: &mut Vec<FrameRef>) -> Result<Tally, BlockFault> {
    let mut tally = Tally::default();
    let of = u32_at(block, PACKETS_AT).ok_or(BlockFault { after: 0, of: 0 })?;
    let mut at = u32_at(block, FIRST_AT).unwrap_or(0) as usize;
    for after in 0..of {
        let fault = BlockFault { after, of };
        let header = Header::read(block, at).ok_or(fault)?;
        if link.is_loopback && header.is_outgoing {
            tally.outgoing += 1;
        } else {
            let frame = header.frame(block, at, link.linktype).ok_or(fault)?;
            tally.merged += u64::from(frame.wire_len > link.max_frame_bytes);
            tally.last_ns = frame.at_ns;
            frames.push(frame);
        }
        // The last frame's step is 0; of any other one it would go round in circles.
        if header.step < HEADER_BYTES && after + 1 < of {
            return Err(fault);
        }
        at = at.checked_add(header.step).ok_or(fault)?;
    }
    tally.frames = frames.len() as u64;
    Ok(tally)
}

/// One frame's header.
struct Header {
    step: usize,
    at_ns: i64,
    captured: usize,
    wire_len: usize,
    status: u32,
    offset: usize,
    is_outgoing: bool,
}

impl Header {
    #[inline]
    fn read(block: &[u8], at: usize) -> Option<Self> {
        let header = block.get(at..)?.first_chunk::<HEADER_BYTES>()?;
        let word = |at: usize| u32_at(header, at).unwrap_or(0);
        Some(Self {
            step: word(0) as usize,
            at_ns: i64::from(word(4)) * SECOND_NS + i64::from(word(8)),
            captured: word(12) as usize,
            wire_len: word(16) as usize,
            status: word(20),
            offset: usize::from(u16_at(header, 24).unwrap_or(0)),
            is_outgoing: header[PKTTYPE_AT] == PACKET_OUTGOING,
        })
    }

    /// The frame itself, its tag put back. None where it lies outside of the block or over its header.
    #[inline]
    fn frame(&self, block: &mut [u8], at: usize, linktype: u32) -> Option<FrameRef> {
        let (start, len) = (at.checked_add(self.offset)?, self.captured);
        block.get(start..start.checked_add(len)?)?;
        let mut frame = FrameRef { at_ns: self.at_ns, start, len, wire_len: self.wire_len, linktype };
        if self.status & VLAN_VALID != 0 {
            self.tag(block, at, &mut frame)?;
        }
        frame.wire_len = frame.wire_len.max(frame.len);
        Some(frame)
    }

    /// Put the tag that the kernel took out back in its place.
    fn tag(&self, block: &mut [u8], at: usize, frame: &mut FrameRef) -> Option<()> {
        if self.offset < HEADER_BYTES + TAG_BYTES {
            return None;
        }
        let tci = u16_at(block, at + TCI_AT)?;
        let given = u16_at(block, at + TPID_AT)?;
        let tpid = if self.status & VLAN_TPID_VALID == 0 { ETH_P_8021Q } else { given };
        let (from, before) = (frame.start, frame.len.min(ADDRESSES_BYTES));
        let start = from - TAG_BYTES;
        block.copy_within(from..from + before, start);
        let place = block.get_mut(start + before..start + before + TAG_BYTES)?;
        place[..2].copy_from_slice(&tpid.to_be_bytes());
        place[2..].copy_from_slice(&tci.to_be_bytes());
        frame.start = start;
        frame.len += TAG_BYTES;
        frame.wire_len += TAG_BYTES;
        Some(())
    }
}

/// A number in the order of this host's bytes, as the kernel writes it.
#[inline]
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes)
}

#[inline]
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_ne_bytes)
}
