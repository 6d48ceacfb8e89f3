//! What did the two sides of a flow say lately, by size, direction and pause? The last 64 messages, in 128 bytes.
//!
//! The twin of `sensor/behaviour/record.py`, which says what a message is.

use crate::event::Direction;
use crate::memory::prefetch;

/// Messages kept.
pub const MESSAGES: usize = 64;
/// Set in a message's code where `resp` sent it.
pub const RESP_BIT: u8 = 0x80;
/// A flow that says 64 messages in less is no low-rate flow.
const BUSY_LAP_MS: u32 = 3_200;
const GAP_BITS: usize = 5;
const GAP_BYTES: usize = MESSAGES * GAP_BITS / 8;
const GAP_MASK: u16 = (1 << GAP_BITS) - 1;
const GAP_UNIT_MS: u32 = 16;
const SIZE_STEPS: u32 = 16;
const MAX_SIZE_BYTES: u32 = 4095;
const HEADER_BYTES: usize = 5;
const MAX_RECORD_BYTES: u16 = 16_384 + 2_048;
const HALF: u32 = 0x8000_0000;

/// Bits of [`Record::flags`]; a pair has `orig` first.
mod bit {
    /// The server is `resp`.
    pub const SERVER_IS_RESP: u8 = 1;
    /// The message under way is `resp`'s.
    pub const OPEN_FROM_RESP: u8 = 1 << 1;
    /// A segment of this direction was seen.
    pub const SEEN: u8 = 1 << 2;
}

/// One segment with payload.
#[derive(Clone, Copy)]
pub struct Sent<'a> {
    /// Who sent it.
    pub sender: Direction,
    /// Sequence number of its first payload byte as the header says it.
    pub seq: u32,
    /// Captured payload.
    pub payload: &'a [u8],
    /// Payload bytes on the wire, at least one.
    pub wire_bytes: u32,
    /// True when it bore PSH.
    pub push: bool,
    /// Milliseconds since the flow's first packet, modulo 2^32.
    pub at_ms: u32,
}

/// The record of one flow.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Record {
    /// Size class and direction by place; the place of message `n` is `n` modulo 64.
    codes: [u8; MESSAGES],
    /// Gap classes by place, five bits each, the lowest bits first.
    gaps: [u8; GAP_BYTES],
    /// The sequence number that follows what was seen, by direction.
    next: [u32; 2],
    last_ms: u32,
    total: u32,
    /// Bytes of the TLS record that began still to come, by direction.
    until: [u16; 2],
    /// Length so far of a message that is not ended.
    open_bytes: u16,
    flags: u8,
    /// Number of the interval in which the record was handed on last, or began; modulo 256.
    pub epoch: u8,
}

const _: () = assert!(size_of::<Record>() == 128);

impl Record {
    /// An empty record.
    #[must_use]
    pub fn new(server: Direction, epoch: u8) -> Self {
        Self {
            codes: [0; MESSAGES],
            gaps: [0; GAP_BYTES],
            next: [0; 2],
            last_ms: 0,
            total: 0,
            until: [0; 2],
            open_bytes: 0,
            flags: if server == Direction::Resp { bit::SERVER_IS_RESP } else { 0 },
            epoch,
        }
    }

    /// Ask for both of its cache lines.
    #[inline]
    pub fn prefetch(&self) {
        prefetch(&self.codes);
        prefetch(&self.gaps);
    }

    /// Who is taken for the server.
    #[must_use]
    pub fn server(&self) -> Direction {
        if self.flags & bit::SERVER_IS_RESP == 0 { Direction::Orig } else { Direction::Resp }
    }

    /// Messages since the record began.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Two bytes a message, oldest first: code and gap class.
    #[must_use]
    pub fn messages(&self) -> Vec<u8> {
        let kept = self.total.min(MESSAGES as u32);
        (self.total - kept..self.total).flat_map(|number| self.message(number as usize % MESSAGES)).collect()
    }

    /// Take a segment with payload in; answers how many messages it ended.
    pub fn segment(&mut self, sent: Sent<'_>) -> u32 {
        let offset = self.fresh_from(&sent);
        if offset >= sent.wire_bytes {
            return 0;
        }
        let before = self.total;
        if self.open_bytes > 0 && self.open_from() != sent.sender {
            self.end(sent.at_ms);
        }
        match sent.sender {
            Direction::Orig => self.flags &= !bit::OPEN_FROM_RESP,
            Direction::Resp => self.flags |= bit::OPEN_FROM_RESP,
        }
        self.split(&sent, offset);
        self.total.wrapping_sub(before)
    }

    /// True when the last 64 messages came too fast; asked after a message that filled the record.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let lap = |place: usize| gap_at_least_ms(self.message(place)[1]);
        self.total > 0
            && self.total.is_multiple_of(MESSAGES as u32)
            && (0..MESSAGES).map(lap).sum::<u32>() < BUSY_LAP_MS
    }

    fn message(&self, place: usize) -> [u8; 2] {
        let (at, shift) = gap_at(place);
        let pair = u16::from_le_bytes([self.gaps[at], self.gaps[at + 1]]);
        [self.codes[place], (pair >> shift & GAP_MASK) as u8]
    }

    fn open_from(&self) -> Direction {
        if self.flags & bit::OPEN_FROM_RESP == 0 { Direction::Orig } else { Direction::Resp }
    }

    /// Where in a segment what was not seen before begins; a hole before it ends what was under way.
    fn fresh_from(&mut self, sent: &Sent<'_>) -> u32 {
        let at = sent.sender.index();
        let end = sent.seq.wrapping_add(sent.wire_bytes);
        let seen = bit::SEEN << at;
        if self.flags & seen == 0 {
            self.flags |= seen;
            self.next[at] = end;
            return 0;
        }
        let behind = self.next[at].wrapping_sub(sent.seq);
        if behind < HALF {
            if behind >= sent.wire_bytes {
                return sent.wire_bytes;
            }
            self.next[at] = end;
            return behind;
        }
        self.next[at] = end;
        self.until[at] = 0;
        if self.open_from() == sent.sender {
            self.open_bytes = 0;
        }
        0
    }

    /// Cut a segment at the ends of TLS records; what is none of them runs on to the next PSH.
    fn split(&mut self, sent: &Sent<'_>, mut at: u32) {
        let sender = sent.sender.index();
        while at < sent.wire_bytes {
            let mut until = self.until[sender];
            if until == 0 && self.open_bytes == 0 {
                until = record_bytes(sent.payload, at as usize);
            }
            if until == 0 {
                self.grow(sent.wire_bytes - at);
                if sent.push {
                    self.end(sent.at_ms);
                }
                return;
            }
            let taken = u32::from(until).min(sent.wire_bytes - at);
            self.grow(taken);
            self.until[sender] = until - taken as u16;
            at += taken;
            if self.until[sender] == 0 {
                self.end(sent.at_ms);
            }
        }
    }

    fn grow(&mut self, bytes: u32) {
        self.open_bytes = self.open_bytes.saturating_add(u16::try_from(bytes).unwrap_or(u16::MAX));
    }

    /// Write the message under way into the record.
    fn end(&mut self, at_ms: u32) {
        let place = self.total as usize % MESSAGES;
        let gap_ms = at_ms.wrapping_sub(self.last_ms);
        // The clock went back where the pause is half of all time.
        let gap = if self.total > 0 && gap_ms < HALF { gap_class(gap_ms) } else { 0 };
        let (at, shift) = gap_at(place);
        let pair = u16::from_le_bytes([self.gaps[at], self.gaps[at + 1]]);
        let pair = pair & !(GAP_MASK << shift) | u16::from(gap) << shift;
        [self.gaps[at], self.gaps[at + 1]] = pair.to_le_bytes();
        let from_resp = if self.open_from() == Direction::Resp { RESP_BIT } else { 0 };
        self.codes[place] = size_class(u32::from(self.open_bytes)) | from_resp;
        self.open_bytes = 0;
        self.last_ms = at_ms;
        self.total = self.total.wrapping_add(1);
    }
}

/// The pair of bytes that a place's gap class is in, and how far up in it.
#[inline]
fn gap_at(place: usize) -> (usize, usize) {
    let at = (place * GAP_BITS / 8).min(GAP_BYTES - 2);
    (at, place * GAP_BITS - at * 8)
}

/// The class of a message of that many bytes: 0 up to 16 bytes, 127 from 3 968 bytes on.
#[must_use]
pub fn size_class(size_bytes: u32) -> u8 {
    let size = size_bytes.clamp(SIZE_STEPS, MAX_SIZE_BYTES);
    let octave = size.ilog2() - 4;
    (octave * SIZE_STEPS + (size >> octave) - SIZE_STEPS) as u8
}

/// The class of a pause: 0 under 16 ms, then two classes in each doubling, 31 from 786 s on.
#[must_use]
pub fn gap_class(gap_ms: u32) -> u8 {
    let units = (gap_ms / GAP_UNIT_MS).min(0xFFFF);
    if units < 2 {
        return units as u8;
    }
    let octave = units.ilog2();
    (octave * 2 + (units >> (octave - 1) & 1)) as u8
}

fn gap_at_least_ms(class: u8) -> u32 {
    let number = u32::from(class);
    if number < 2 { GAP_UNIT_MS * number } else { GAP_UNIT_MS * ((2 + number % 2) << (number / 2 - 1)) }
}

/// The length of the TLS record whose header is at `at`, header included; 0 where there is none.
fn record_bytes(payload: &[u8], at: usize) -> u16 {
    let Some(&[kind, 3, minor, high, low]) = payload.get(at..).and_then(<[u8]>::first_chunk::<HEADER_BYTES>) else {
        return 0;
    };
    let size = u16::from_be_bytes([high, low]);
    if !(20..25).contains(&kind) || minor > 4 || size == 0 || size > MAX_RECORD_BYTES {
        return 0;
    }
    size + HEADER_BYTES as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(record: &mut Record, sender: Direction, seq: u32, payload: &[u8], at_ms: u32) {
        let wire_bytes = payload.len() as u32;
        record.segment(Sent { sender, seq, payload, wire_bytes, push: true, at_ms });
    }

    #[test]
    fn classes_are_those_of_the_reference() {
        let sizes = [0, 16, 31, 32, 3967, 3968, u32::MAX].map(size_class);
        assert_eq!(sizes, [0, 0, 15, 16, 126, 127, 127]);
        let gaps = [0, 15, 16, 32, 48, 64, 22_000, 60_000, 786_432, u32::MAX].map(gap_class);
        assert_eq!(gaps, [0, 0, 1, 2, 3, 4, 20, 23, 31, 31]);
    }

    #[test]
    fn what_is_overwritten_leaves_nothing_behind() {
        let mut record = Record::new(Direction::Resp, 0);
        for number in 0..150_u32 {
            said(&mut record, Direction::Orig, number * 50, &[b'x'; 50], number * 60_000);
        }
        said(&mut record, Direction::Resp, 0, b"x", 150 * 60_000);
        let messages = record.messages();
        assert_eq!((messages.len(), record.total()), (128, 151));
        assert_eq!(messages[..2], [size_class(50), gap_class(60_000)]);
        assert_eq!(messages[126..], [RESP_BIT, gap_class(60_000)]);
    }

    #[test]
    fn a_lap_that_takes_too_little_time_is_busy() {
        for (gap_ms, busy) in [(1, true), (20, true), (64, false), (1000, false)] {
            let mut record = Record::new(Direction::Resp, 0);
            for number in 0..64_u32 {
                said(&mut record, Direction::Orig, number, b"x", number * gap_ms);
            }
            assert_eq!(record.is_busy(), busy, "{gap_ms}");
        }
    }
}
