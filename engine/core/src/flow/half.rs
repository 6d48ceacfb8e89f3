//! In which order, and how completely, did one direction of a TCP connection send its bytes?
//!
//! The twin of `sensor/engine/portable/stream.py`. Positions are sequence numbers (RFC 9293 §3.4) unwrapped to 64 bits.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a held piece is charged beyond its bytes, so that a flood of one-byte segments stays bounded.
pub const PIECE_OVERHEAD_BYTES: usize = 64;

/// In-order bytes, and how many before them were lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The bytes; borrowed where they are the segment's own.
    pub data: Cow<'a, [u8]>,
    /// Bytes lost before them.
    pub lost_bytes: u64,
}

/// Reassembly of one direction. The first copy of a byte wins; what was given up never comes back.
#[derive(Clone, Debug, Default)]
pub struct Half {
    /// True once the first position is known.
    pub begun: bool,
    /// Position of the next in-order byte.
    pub next: i64,
    /// Position of the first byte.
    pub first: i64,
    /// Initial sequence number, where the SYN was seen.
    pub isn: Option<u32>,
    /// True once the sender said that it is done.
    pub fin_seen: bool,
    /// Furthest position the other side has acknowledged, or -1.
    pub acked: i64,
    /// Out-of-order bytes held, overhead included.
    pub held_bytes: usize,
    held: BTreeMap<i64, Vec<u8>>,
    hole_since_ns: i64,
    skipped_bytes: u64,
}

impl Half {
    /// True while bytes are held behind a hole.
    #[must_use]
    pub fn has_hole(&self) -> bool {
        !self.held.is_empty()
    }

    /// True when the receiver has what is missing here: it passed unseen and will not be sent again.
    #[must_use]
    pub fn hole_is_acked(&self) -> bool {
        self.held.keys().next().is_some_and(|position| self.acked >= *position)
    }

    /// True once a byte was delivered or given up.
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.begun && self.next != self.first
    }

    /// Begin at a SYN's sequence number. A direction that has begun in the middle only learns the number.
    pub fn open(&mut self, isn: u32) {
        self.isn = Some(isn);
        if !self.has_data() {
            self.begin(i64::from(isn.wrapping_add(1)));
        }
    }

    /// True when a SYN with this number belongs to this direction's connection, not to the next one.
    #[must_use]
    pub fn is_open_at(&self, isn: u32) -> bool {
        match self.isn {
            Some(own) => isn == own,
            None => !self.begun || self.unwrap_seq(isn.wrapping_add(1)) == self.first,
        }
    }

    /// Note what the other side says it has received.
    pub fn acknowledge(&mut self, ack: u32) {
        if self.begun {
            self.acked = self.acked.max(self.unwrap_seq(ack));
        }
    }

    /// Take a segment in; answer what it makes deliverable. Bytes beyond `data` were cut by the capture.
    pub fn insert<'a>(&mut self, seq: u32, data: &'a [u8], wire_bytes: u32, at_ns: i64) -> Vec<Piece<'a>> {
        if !self.begun {
            // A lone byte in the middle of a connection is a keep-alive probe: a copy of the byte before the next one.
            self.begin(i64::from(seq) + i64::from(wire_bytes == 1));
        }
        let position = self.unwrap_seq(seq);
        if self.held.is_empty() {
            if position <= self.next {
                return self.in_order(position, Cow::Borrowed(data), wire_bytes as usize).into_iter().collect();
            }
            self.hole_since_ns = at_ns;
        }
        self.hold(position, data);
        self.drain(at_ns)
    }

    /// Let a segment pass of which nobody wants the bytes, where it is in order and whole: how many stream bytes went by
    /// with it, lost ones included. None where it has to be inserted.
    pub fn pass(&mut self, seq: u32, bytes: u32, wire_bytes: u32) -> Option<u64> {
        let position = self.unwrap_seq(seq);
        if !self.begun || !self.held.is_empty() || position > self.next || bytes < wire_bytes {
            return None;
        }
        let fresh = (position + i64::from(bytes) - self.next).max(0);
        if fresh == 0 {
            return Some(0);
        }
        self.next += fresh;
        Some(fresh.unsigned_abs() + std::mem::take(&mut self.skipped_bytes))
    }

    /// What of a late segment lies just before the first byte delivered, if it reaches up to it: for a stream that was
    /// joined in the middle and whose first two segments came in the wrong order.
    pub fn prepend<'a>(&mut self, seq: u32, data: &'a [u8]) -> &'a [u8] {
        let position = self.unwrap_seq(seq);
        let end = position + data.len() as i64;
        if self.isn.is_some() || data.len() < 2 || position >= self.first || end < self.first {
            return &[];
        }
        let kept = usize::try_from(self.first - position).unwrap_or(0).min(data.len());
        self.first = position;
        &data[..kept]
    }

    /// How long the first hole has been open at `now_ns`; 0 without a hole.
    #[must_use]
    pub fn hole_age_ns(&self, now_ns: i64) -> i64 {
        if self.held.is_empty() { 0 } else { now_ns.saturating_sub(self.hole_since_ns).saturating_abs() }
    }

    /// Count the first hole as lost and deliver what follows it.
    pub fn give_up_hole<'a>(&mut self, at_ns: i64) -> Vec<Piece<'a>> {
        if let Some(position) = self.held.keys().next().copied() {
            self.skip_to(position);
        }
        self.drain(at_ns)
    }

    /// Free what is held.
    pub fn forget(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
    }

    /// The position nearest to the next byte that has this sequence number.
    #[must_use]
    pub fn unwrap_seq(&self, seq: u32) -> i64 {
        let ahead = seq.wrapping_sub(self.next as u32).cast_signed();
        self.next + i64::from(ahead)
    }

    fn begin(&mut self, position: i64) {
        self.begun = true;
        self.next = position;
        self.first = position;
    }

    fn drain<'a>(&mut self, at_ns: i64) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        while let Some(entry) = self.held.first_entry().filter(|entry| *entry.key() <= self.next) {
            let (position, data) = entry.remove_entry();
            self.held_bytes -= data.len() + PIECE_OVERHEAD_BYTES;
            let size = data.len();
            pieces.extend(self.in_order(position, Cow::Owned(data), size));
            // What is still missing is a younger hole.
            self.hole_since_ns = at_ns;
        }
        pieces
    }

    /// Deliver a segment that starts at or before the next byte.
    fn in_order<'a>(&mut self, position: i64, data: Cow<'a, [u8]>, wire_bytes: usize) -> Option<Piece<'a>> {
        let size = data.len();
        let known = usize::try_from(self.next - position).unwrap_or(0).min(size);
        self.next = self.next.max(position + size as i64);
        let fresh = match data {
            Cow::Borrowed(data) => Cow::Borrowed(&data[known..]),
            Cow::Owned(mut data) => Cow::Owned(data.split_off(known)),
        };
        let piece = (known < size).then(|| Piece { data: fresh, lost_bytes: std::mem::take(&mut self.skipped_bytes) });
        if wire_bytes > size {
            self.skip_to(position + wire_bytes as i64);
        }
        piece
    }

    fn skip_to(&mut self, position: i64) {
        if position > self.next {
            self.skipped_bytes += (position - self.next).unsigned_abs();
            self.next = position;
        }
    }

    /// Keep those parts of a segment that no held piece covers.
    fn hold(&mut self, mut position: i64, mut data: &[u8]) {
        let cut = |data: &mut &[u8], position: &mut i64, to: i64| {
            let known = usize::try_from(to - *position).unwrap_or(0).min(data.len());
            *data = &data[known..];
            *position = (*position).max(to);
        };
        cut(&mut data, &mut position, self.next);
        if let Some((start, held)) = self.held.range(..=position).next_back() {
            cut(&mut data, &mut position, start + held.len() as i64);
        }
        while !data.is_empty() {
            let next = self.held.range(position..).next().map(|(start, held)| (*start, held.len()));
            let room = next.map_or(data.len(), |(start, _)| usize::try_from(start - position).unwrap_or(0));
            let part = &data[..room.min(data.len())];
            if !part.is_empty() {
                self.held_bytes += part.len() + PIECE_OVERHEAD_BYTES;
                self.held.insert(position, part.to_vec());
            }
            let Some((start, len)) = next else { return };
            cut(&mut data, &mut position, start + len as i64);
        }
    }
}
