//! Where is a flow's entry, and which flow goes when there is no room?
//!
//! Open addressing over 64-byte entries with a keyed hash, never more than half full: a flow that is not at its first
//! place costs one more wait for memory. It grows as flows come, for fresh memory has to be cleared, and a small table
//! stays in the cache. When there are as many flows as may be, a clock hand picks the next one that was not seen again
//! since the hand's last turn: an approximation of "least recently seen" that costs no memory, and under which a flood of
//! one-packet flows replaces itself.

use crate::flow::entry::{Entry, bit};
use crate::flow::key::Key;
use crate::memory::{Slots, prefetch};

const MIN_SLOTS: usize = 1 << 15;
/// Every growth moves all flows, and takes fresh memory from the system: few big steps cost less than many small ones.
const GROWTH: usize = 4;

/// The flow table.
pub struct Table {
    slots: Slots<Entry>,
    mask: usize,
    shift: u32,
    live: usize,
    moves: u64,
    max_live: usize,
    max_slots: usize,
    hand: usize,
    broom: usize,
}

/// What may become of a flow when there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It has ended already, and nobody noticed.
    Over,
    /// It may go.
    MayGo,
    /// It stays.
    Stays,
}

impl Table {
    /// An empty table for at most `max_live` flows (at least one).
    #[must_use]
    pub fn new(max_live: usize) -> Self {
        let max_live = max_live.max(1);
        let max_slots = (2 * max_live).next_power_of_two().max(64);
        let mut table =
            Self { slots: Slots::new(0), mask: 0, shift: 0, live: 0, moves: 0, max_live, max_slots, hand: 0, broom: 0 };
        table.resize(MIN_SLOTS.min(max_slots));
        table
    }

    /// Flows in the table.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live
    }

    /// True when no flow is in the table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// True when a flow has to leave before another one fits.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.live >= self.max_live
    }

    /// Bytes allocated.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.slots.len() * size_of::<Entry>()
    }

    /// How often flows left their slots: what was found still is there, while this stays the same.
    #[inline]
    #[must_use]
    pub fn moves(&self) -> u64 {
        self.moves
    }

    /// Load the place of a key ahead of its use; answers the slot.
    #[inline]
    pub fn prefetch(&self, key: Key) -> usize {
        let home = self.home(key);
        if let Some(entry) = self.slots.get(home) {
            prefetch(entry);
        }
        home
    }

    /// True when a flow is in a slot.
    #[inline]
    #[must_use]
    pub fn is_at(&self, slot: usize, key: Key) -> bool {
        self.slots.get(slot).is_some_and(|entry| entry.key == key)
    }

    /// The slot of a flow.
    #[inline]
    #[must_use]
    pub fn find(&self, key: Key) -> Option<usize> {
        let mut slot = self.home(key);
        loop {
            let entry = self.slots.get(slot)?;
            if entry.key == key {
                return Some(slot);
            }
            if entry.is_free() {
                return None;
            }
            slot = (slot + 1) & self.mask;
        }
    }

    /// The entry in a slot that [`Table::find`] or [`Table::insert`] answered.
    #[inline]
    #[must_use]
    pub fn at(&mut self, slot: usize) -> &mut Entry {
        &mut self.slots[slot & self.mask]
    }

    /// Put a new flow in; there must be room, and no flow of that key. Slots answered before hold no longer.
    #[inline]
    pub fn insert(&mut self, entry: Entry) -> usize {
        if (self.live + 1) * 2 > self.slots.len() {
            self.resize((self.slots.len() * GROWTH).min(self.max_slots).max(self.slots.len() * 2));
        }
        self.live += 1;
        self.place(entry)
    }

    /// Take a flow out. Slots answered before hold no longer.
    pub fn remove(&mut self, key: Key) {
        if let Some(slot) = self.find(key) {
            self.remove_at(slot);
        }
    }

    /// Take the flow in a slot out, which [`Table::find`] or [`Table::surplus`] answered. Slots answered before hold no
    /// longer.
    pub fn remove_at(&mut self, slot: usize) {
        let mut hole = slot & self.mask;
        self.live -= 1;
        self.moves += 1;
        // What was pushed on by the flow that goes moves back, so that no search ends too early.
        let mut next = hole;
        loop {
            next = (next + 1) & self.mask;
            let entry = self.slots[next];
            if entry.is_free() {
                break;
            }
            let home = self.home(entry.key);
            if (next.wrapping_sub(home) & self.mask) >= (next.wrapping_sub(hole) & self.mask) {
                self.slots[hole] = entry;
                hole = next;
            }
        }
        self.slots[hole] = Entry::default();
    }

    /// The flow that should go next: the first under the clock's hand that is over, or that was not seen since its last
    /// turn and may go. None when none may.
    pub fn surplus(&mut self, fate: impl Fn(&Entry) -> Fate) -> Option<usize> {
        for _ in 0..2 * self.slots.len() {
            let slot = self.hand;
            self.hand = (self.hand + 1) & self.mask;
            if let Some(ahead) = self.slots.get((slot + 8) & self.mask) {
                prefetch(ahead);
            }
            let entry = &mut self.slots[slot];
            if entry.is_free() {
                continue;
            }
            match fate(entry) {
                Fate::Over => return Some(slot),
                Fate::MayGo if !entry.has(bit::RECENT) => return Some(slot),
                _ => entry.flags &= !bit::RECENT,
            }
        }
        None
    }

    /// The first flow that is over in the next `count` slots of a hand that sweeps the table on its own.
    pub fn sweep(&mut self, count: usize, is_over: impl Fn(&Entry) -> bool) -> Vec<Key> {
        let from = self.broom;
        self.broom = (from + count) & self.mask;
        let passed = (from..from + count.min(self.slots.len())).map(|slot| &self.slots[slot & self.mask]);
        passed.filter(|entry| !entry.is_free() && is_over(entry)).map(|entry| entry.key).collect()
    }

    /// All slots, free ones too.
    pub fn entries(&mut self) -> &mut [Entry] {
        &mut self.slots
    }

    /// Slots in the table.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    #[inline]
    fn home(&self, key: Key) -> usize {
        // The high bits: the multiplication mixes them best.
        (key.high() >> self.shift) as usize
    }

    #[inline]
    fn place(&mut self, entry: Entry) -> usize {
        let mut slot = self.home(entry.key);
        while !self.slots[slot].is_free() {
            slot = (slot + 1) & self.mask;
        }
        self.slots[slot] = entry;
        slot
    }

    #[cold]
    fn resize(&mut self, slots: usize) {
        let fresh = Slots::new(slots);
        let old = std::mem::replace(&mut self.slots, fresh);
        self.mask = slots - 1;
        self.shift = 64 - slots.trailing_zeros();
        self.hand = 0;
        self.moves += 1;
        for entry in old.iter().filter(|entry| !entry.is_free()) {
            self.place(*entry);
        }
    }
}
