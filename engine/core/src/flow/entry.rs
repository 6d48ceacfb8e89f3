//! What is known of a flow that nothing special happened to, in one cache line?

use crate::event::{CloseCause, Direction};
use crate::flow::history::NONE;
use crate::flow::key::Key;

/// How far the search in a flow has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its head is scanned.
    Search,
    /// Nothing was found, or nobody wants it.
    Passed,
    /// Its state is in a record; `Entry::link` says which.
    Recorded,
}

/// Bits of [`Entry::flags`]; those of a direction come in pairs, `orig` first.
pub mod bit {
    /// Nothing was found.
    pub const PASSED: u16 = 1;
    /// The state is in a record.
    pub const RECORDED: u16 = 1 << 1;
    /// The endpoint that `orig` names is the smaller one.
    pub const ORIG_IS_LOW: u16 = 1 << 2;
    /// The first position is known.
    pub const BEGUN: u16 = 1 << 3;
    /// A SYN told the first position.
    pub const SYN_SEEN: u16 = 1 << 5;
    /// The sender said that it is done.
    pub const FIN_SEEN: u16 = 1 << 7;
    /// No name will be found any more.
    pub const NAMES_DONE: u16 = 1 << 9;
    /// `orig` opened the connection.
    pub const HANDSHAKE: u16 = 1 << 11;
    /// It ended; late segments may still come.
    pub const CLOSING: u16 = 1 << 12;
    /// It ended with a reset.
    pub const RESET: u16 = 1 << 13;
    /// Seen again since the clock's hand was here.
    pub const RECENT: u16 = 1 << 14;
    /// [`super::Entry::ahead`] is of the bytes that `resp` sent.
    pub const RESP_IS_AHEAD: u16 = 1 << 15;
}

/// See [`Entry::link`].
pub const UNRECORDED: u32 = NONE - 1;

/// Nanoseconds of one tick of [`Entry::last`], as a power of two: 0.26 ms.
pub const TICK_SHIFT: u32 = 18;

/// One flow. The invariant of a flow without a record: everything seen so far was in order and without holes, so that
/// `next - first` bytes were delivered.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub struct Entry {
    /// Time of the first packet.
    pub first_ns: i64,
    /// Its name.
    pub key: Key,
    /// IP bytes by direction; a flow that outgrows the counter gets a record before.
    pub bytes: [u32; 2],
    /// Sequence number of the first stream byte by direction.
    pub first: [u32; 2],
    /// Sequence number of the next stream byte by direction.
    pub next: [u32; 2],
    /// Tick of the last packet, or of the first FIN or RST once it is closing.
    pub last: u32,
    /// Last piece of its head in the history, or its record. Once the flow was passed by: the place of the record of its
    /// behaviour, [`NONE`], or [`UNRECORDED`] where it gets none any more.
    pub link: u32,
    /// Packets by direction.
    pub packets: [u16; 2],
    /// See [`bit`].
    pub flags: u16,
    /// By direction: which beginning of an anchor the searched bytes end with, as [`crate::search::anchors`] numbers it.
    pub tail: [u16; 2],
    /// How many bytes beyond `next` were acknowledged, of the one direction of which some were: they passed unseen, or
    /// come late.
    pub ahead: u16,
}

const _: () = assert!(size_of::<Entry>() == 64);

/// The tick of a time.
#[inline]
#[must_use]
pub fn tick(at_ns: i64) -> u32 {
    // Ticks wrap after 13 days, and are compared over less than half of that.
    (at_ns >> TICK_SHIFT) as u32
}

/// The most ticks that two times may be apart which lie no more than `ns` apart.
#[inline]
#[must_use]
pub fn ticks_within(ns: i64) -> u32 {
    u32::try_from((ns >> TICK_SHIFT) + 1).unwrap_or(u32::MAX)
}

/// Distance of two ticks in either direction.
#[inline]
#[must_use]
pub fn ticks_apart(one: u32, two: u32) -> u32 {
    one.wrapping_sub(two).cast_signed().unsigned_abs()
}

impl Entry {
    /// True when no flow lives here.
    #[inline]
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.key.low == 0
    }

    /// How far the search has come.
    #[inline]
    #[must_use]
    pub fn stage(&self) -> Stage {
        if self.has(bit::RECORDED) {
            Stage::Recorded
        } else if self.has(bit::PASSED) {
            Stage::Passed
        } else {
            Stage::Search
        }
    }

    /// True when a flag is set.
    #[inline]
    #[must_use]
    pub fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// Set a flag.
    #[inline]
    pub fn set(&mut self, flag: u16) {
        self.flags |= flag;
    }

    /// True when the flow is known to get no record of its behaviour any more.
    #[inline]
    #[must_use]
    pub fn is_unrecorded(&self) -> bool {
        self.link == UNRECORDED && self.stage() == Stage::Passed
    }

    /// Where the record of its behaviour is, if the entry says so.
    #[inline]
    #[must_use]
    pub fn behaviour(&self) -> Option<u32> {
        (self.link < UNRECORDED && self.stage() == Stage::Passed).then_some(self.link)
    }

    /// True when a flag of a direction is set.
    #[inline]
    #[must_use]
    pub fn has_of(&self, flag: u16, direction: Direction) -> bool {
        self.has(flag << direction.index())
    }

    /// Set a flag of a direction.
    #[inline]
    pub fn set_of(&mut self, flag: u16, direction: Direction) {
        self.set(flag << direction.index());
    }

    /// Who sent a packet whose sender is, or is not, the smaller endpoint.
    #[inline]
    #[must_use]
    pub fn direction(&self, sender_is_low: bool) -> Direction {
        if self.has(bit::ORIG_IS_LOW) == sender_is_low { Direction::Orig } else { Direction::Resp }
    }

    /// Bytes of a direction that passed so far. They do not wrap: a flow with that many has a record.
    #[inline]
    #[must_use]
    pub fn sent(&self, direction: Direction) -> u32 {
        self.next[direction.index()].wrapping_sub(self.first[direction.index()])
    }

    /// Note what was acknowledged of a direction's bytes, of which a FIN counts as one. False where there is no room to
    /// note it.
    #[inline]
    pub fn acknowledge(&mut self, ack: u32, direction: Direction) -> bool {
        let ahead = ack.wrapping_sub(self.next[direction.index()]).cast_signed();
        let is_known = ahead <= i32::from(self.has_of(bit::FIN_SEEN, direction));
        is_known || !self.has_of(bit::BEGUN, direction) || self.note_ahead(ahead.unsigned_abs(), direction)
    }

    #[cold]
    fn note_ahead(&mut self, ahead: u32, direction: Direction) -> bool {
        let Ok(ahead) = u16::try_from(ahead) else { return false };
        if self.ahead_of(direction.other()) > 0 {
            return false;
        }
        self.ahead = self.ahead_of(direction).max(ahead);
        self.flags &= !bit::RESP_IS_AHEAD;
        self.flags |= bit::RESP_IS_AHEAD * u16::from(direction == Direction::Resp);
        true
    }

    /// How many bytes of a direction beyond the next one were acknowledged.
    #[must_use]
    pub fn ahead_of(&self, direction: Direction) -> u16 {
        if self.has(bit::RESP_IS_AHEAD) == (direction == Direction::Resp) { self.ahead } else { 0 }
    }

    /// Let in-order bytes of a direction pass.
    #[inline]
    pub fn advance(&mut self, bytes: u32, direction: Direction) {
        self.next[direction.index()] = self.next[direction.index()].wrapping_add(bytes);
        if self.ahead > 0 && self.ahead_of(direction) > 0 {
            self.ahead = self.ahead.saturating_sub(u16::try_from(bytes).unwrap_or(u16::MAX));
        }
    }

    /// True once a stream byte of a direction was delivered or given up.
    #[inline]
    #[must_use]
    pub fn has_data(&self, direction: Direction) -> bool {
        self.has_of(bit::BEGUN, direction) && self.next[direction.index()] != self.first[direction.index()]
    }

    /// Why the flow is about to end, where it is.
    #[must_use]
    pub fn closing(&self) -> Option<CloseCause> {
        match (self.has(bit::CLOSING), self.has(bit::RESET)) {
            (false, _) => None,
            (true, true) => Some(CloseCause::Rst),
            (true, false) => Some(CloseCause::Fin),
        }
    }
}
