//! How is a classic pcap file read, in any of its byte orders and time units?
//!
//! Source: draft-ietf-opsawg-pcap. The variant of A. Kuznetzov (magic 0xa1b2cd34) has eight more bytes per record.

use super::{FrameRef, MAX_PACKET_BYTES, Step};
use crate::limits::SECOND_NS;

const HEADER_BYTES: usize = 24;

/// A pcap file so far.
pub(super) struct Pcap {
    big_endian: bool,
    unit_ns: i64,
    record_bytes: usize,
    /// None until the file header was read. The upper half of its word tells the length of a trailing checksum.
    linktype: Option<u32>,
}

impl Pcap {
    pub(super) fn of(magic: [u8; 4]) -> Option<Self> {
        let (big_endian, unit_ns, record_bytes) = match magic {
            [0xD4, 0xC3, 0xB2, 0xA1] => (false, 1000, 16),
            [0xA1, 0xB2, 0xC3, 0xD4] => (true, 1000, 16),
            [0x4D, 0x3C, 0xB2, 0xA1] => (false, 1, 16),
            [0xA1, 0xB2, 0x3C, 0x4D] => (true, 1, 16),
            [0x34, 0xCD, 0xB2, 0xA1] => (false, 1000, 24),
            [0xA1, 0xB2, 0xCD, 0x34] => (true, 1000, 24),
            _ => return None,
        };
        Some(Self { big_endian, unit_ns, record_bytes, linktype: None })
    }

    #[inline]
    pub(super) fn step(&mut self, bytes: &[u8], at: usize) -> Step {
        let Some(linktype) = self.linktype else { return self.header(bytes, at) };
        let Some(head) = bytes.get(at..at + self.record_bytes) else {
            return Step::Short(self.record_bytes, "record header");
        };
        let [seconds, fraction, size, wire_len] = self.words(head);
        let (size, wire_len) = (size as usize, wire_len as usize);
        if size > MAX_PACKET_BYTES {
            return Step::Damage(format!("record claims {size} bytes, more than {MAX_PACKET_BYTES}"));
        }
        let start = at + self.record_bytes;
        if bytes.len() - start < size {
            return Step::Short(self.record_bytes + size, "packet");
        }
        let at_ns = i64::from(seconds) * SECOND_NS + i64::from(fraction) * self.unit_ns;
        Step::Frame(FrameRef { at_ns, start, len: size, wire_len: wire_len.max(size), linktype }, start + size)
    }

    /// Put frames into `batch` up to `max`, as long as records are whole and sane; where it stopped. What is there
    /// then is for [`Pcap::step`].
    #[inline]
    pub(super) fn read(&self, bytes: &[u8], at: usize, batch: &mut Vec<FrameRef>, max: usize) -> usize {
        match (self.linktype, self.big_endian) {
            (None, _) => at,
            (Some(linktype), false) => self.run(u32::from_le_bytes, linktype, bytes, at, batch, max),
            (Some(linktype), true) => self.run(u32::from_be_bytes, linktype, bytes, at, batch, max),
        }
    }

    #[inline(always)]
    fn run(
        &self,
        word: impl Fn([u8; 4]) -> u32,
        linktype: u32,
        bytes: &[u8],
        mut at: usize,
        batch: &mut Vec<FrameRef>,
        max: usize,
    ) -> usize {
        let mut room = max.saturating_sub(batch.len());
        batch.reserve(room);
        while room > 0 {
            let Some((head, rest)) = bytes.get(at..).and_then(|rest| rest.split_at_checked(self.record_bytes)) else {
                return at;
            };
            let Some(&[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]) = head.first_chunk() else { return at };
            let (seconds, fraction) = (word([a, b, c, d]), word([e, f, g, h]));
            let (size, wire_len) = (word([i, j, k, l]) as usize, word([m, n, o, p]) as usize);
            if size > MAX_PACKET_BYTES.min(rest.len()) {
                return at;
            }
            let start = at + self.record_bytes;
            let at_ns = i64::from(seconds) * SECOND_NS + i64::from(fraction) * self.unit_ns;
            batch.push(FrameRef { at_ns, start, len: size, wire_len: wire_len.max(size), linktype });
            at = start + size;
            room -= 1;
        }
        at
    }

    fn header(&mut self, bytes: &[u8], at: usize) -> Step {
        let Some(head) = bytes.get(at..at + HEADER_BYTES) else {
            return Step::Short(HEADER_BYTES, "file header");
        };
        self.linktype = Some(self.words(&head[8..])[3] & 0xFFFF);
        Step::Next(at + HEADER_BYTES)
    }

    /// The first four words.
    #[inline]
    fn words(&self, head: &[u8]) -> [u32; 4] {
        let word = |at: usize| {
            let raw = head.get(at..at + 4).and_then(|four| four.try_into().ok()).unwrap_or_default();
            if self.big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) }
        };
        [word(0), word(4), word(8), word(12)]
    }
}
