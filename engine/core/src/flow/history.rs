//! Where are the head bytes that a flow sent before it became a candidate?
//!
//! One ring for all flows, written forward only, so that remembering a piece costs no cache miss. Where the source
//! keeps its frames (a plain file) a row says where the frame is; else the piece itself is copied. The rows of a flow
//! are a chain from its last piece back to its first. What the ring has overwritten is gone, and counted as shed.

use std::borrow::Cow;

use crate::capture::Held;
use crate::event::Direction;
use crate::flow::key::Key;
use crate::memory::Slots;

/// A flow without pieces.
pub const NONE: u32 = u32::MAX;

/// One piece of a head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The piece before it, or [`NONE`].
    pub before: u32,
    /// The flow, so that a row that was overwritten is not taken for its own.
    pub owner: Key,
    /// When it came.
    pub at_ns: i64,
    /// Where its bytes start, in the source or in the ring (47 bits), the direction (1), and how many they are (16).
    place: u64,
}

/// The ring.
pub struct History {
    rows: Slots<Row>,
    bytes: Vec<u8>,
    max_rows: usize,
    max_bytes: usize,
    written_rows: u32,
    oldest_row: u32,
    written_bytes: u64,
    refer: bool,
}

/// How many pieces ahead [`History::lapse_soon`] looks.
const SOON: usize = 16;
const SIZE_BITS: u32 = 16;
const SIZE_MASK: u64 = (1 << SIZE_BITS) - 1;
const START_SHIFT: u32 = SIZE_BITS + 1;

impl Row {
    fn start(&self) -> u64 {
        self.place >> START_SHIFT
    }
}

impl History {
    /// A ring of at most `max_bytes`. `refer`: the source keeps its frames.
    #[must_use]
    pub fn new(max_bytes: usize, refer: bool) -> Self {
        let share = if refer { max_bytes } else { max_bytes / 8 };
        let max_rows = (share / size_of::<Row>()).clamp(16, 1 << 24);
        Self {
            rows: Slots::new(1 << max_rows.ilog2()),
            bytes: Vec::new(),
            max_rows: 1 << max_rows.ilog2(),
            max_bytes: if refer { 0 } else { max_bytes - share },
            written_rows: 0,
            oldest_row: 0,
            written_bytes: 0,
            refer,
        }
    }

    /// Remember a piece; `before` is the flow's last one. Answers its place.
    #[inline]
    pub fn push(&mut self, before: u32, owner: Key, direction: Direction, at_ns: i64, start: u64, data: &[u8]) -> u32 {
        let start = if self.refer { start } else { self.copy(data) };
        // Heads are at most 65 535 bytes, and files shorter than 128 TiB.
        let place = start << START_SHIFT | (direction.index() as u64) << SIZE_BITS | data.len() as u64;
        // A piece longer than the ring is not kept: its row belongs to nobody.
        let owner = if self.refer || data.len() <= self.max_bytes { owner } else { Key::default() };
        let row = Row { before, owner, at_ns, place };
        let place = self.written_rows;
        let slot = place as usize & (self.max_rows - 1);
        self.rows[slot] = row;
        self.written_rows = after(place);
        place
    }

    /// The next piece that has no room any more, oldest first. To be asked for before each [`History::push`].
    #[inline]
    pub fn lapsed(&mut self) -> Option<Row> {
        let held_rows = self.written_rows.wrapping_sub(self.oldest_row) as usize;
        let is_full = held_rows >= self.max_rows;
        if !is_full && (self.refer || held_rows == 0) {
            return None;
        }
        let row = self.rows[self.oldest_row as usize & (self.max_rows - 1)];
        if !is_full && self.written_bytes - row.start() <= self.max_bytes as u64 {
            return None;
        }
        self.oldest_row = after(self.oldest_row);
        Some(row)
    }

    /// Whose piece has no room any more after some others, and whose after half as many.
    #[inline]
    #[must_use]
    pub fn lapse_soon(&self) -> [Key; 2] {
        [SOON, SOON / 2].map(|ahead| self.rows[(self.oldest_row as usize + ahead) & (self.max_rows - 1)].owner)
    }

    /// The pieces of a flow, oldest first, and whether all of them are still there.
    #[must_use]
    pub fn chain(&self, last: u32, owner: Key) -> (Vec<Row>, bool) {
        let mut rows = Vec::new();
        let mut place = last;
        while place != NONE {
            match self.row(place, owner) {
                Some(row) if rows.len() < self.max_rows => {
                    place = row.before;
                    rows.push(*row);
                }
                _ => {
                    rows.reverse();
                    return (rows, false);
                }
            }
        }
        rows.reverse();
        (rows, true)
    }

    /// The bytes of a piece; None where the source cannot give them again.
    #[must_use]
    pub fn data<'a>(&'a self, row: &Row, held: &Held<'a>) -> Option<Cow<'a, [u8]>> {
        let size = (row.place & SIZE_MASK) as usize;
        if self.refer {
            return held.again(row.start(), size);
        }
        let start = (row.start() % self.max_bytes as u64) as usize;
        self.bytes.get(start..start + size).map(Cow::Borrowed)
    }

    /// Who sent a piece.
    #[must_use]
    pub fn direction(row: &Row) -> Direction {
        if row.place >> SIZE_BITS & 1 == 0 { Direction::Orig } else { Direction::Resp }
    }

    /// Bytes allocated.
    #[must_use]
    pub fn allocated(&self) -> usize {
        self.rows.len() * size_of::<Row>() + self.bytes.capacity()
    }

    #[inline]
    fn row(&self, place: u32, owner: Key) -> Option<&Row> {
        let age = self.written_rows.wrapping_sub(place);
        let row = self.rows.get(place as usize & (self.max_rows - 1))?;
        let held = self.refer || self.written_bytes - row.start() <= self.max_bytes as u64;
        (age as usize <= self.max_rows && row.owner == owner && held).then_some(row)
    }

    fn copy(&mut self, data: &[u8]) -> u64 {
        if self.bytes.is_empty() {
            self.bytes = vec![0; self.max_bytes];
        }
        let mut at = (self.written_bytes % self.max_bytes.max(1) as u64) as usize;
        if at + data.len() > self.max_bytes {
            // A piece lies in one part; what is left at the ring's end is passed over.
            self.written_bytes += (self.max_bytes - at) as u64;
            at = 0;
        }
        let start = self.written_bytes;
        if let Some(room) = self.bytes.get_mut(at..at + data.len()) {
            room.copy_from_slice(data);
        }
        self.written_bytes += data.len() as u64;
        start
    }
}

/// The place after a place: the ring's size divides 2^32, so that places may wrap; [`NONE`] is never given.
#[inline]
fn after(place: u32) -> u32 {
    if place + 1 == NONE { 0 } else { place + 1 }
}
