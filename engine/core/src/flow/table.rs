//! Where is a flow's entry, and which flow goes when there is no room?
//!
//! Entries lie side by side in the order in which flows came and never move. An index leads to them: open addressing by
//! a keyed hash, never more than half full, eight bytes a mark, so that a line of memory holds eight of them and the
//! whole of it a sixteenth of what entries in hashed places would take. A new flow costs no wait for its entry's memory,
//! nor does the next flow that has to go: when there are as many as may be, a clock hand goes over the entries and picks
//! the first one that was not seen again since its last turn: an approximation of "least recently seen" that costs no
//! memory, and under which a flood of one-packet flows replaces itself.

use crate::flow::entry::{Entry, bit};
use crate::flow::history::NONE;
use crate::flow::key::Key;
use crate::memory::{Slots, prefetch};

const MIN_MARKS: usize = 1 << 15;
/// How many flows before its turn the clock's hand has an entry loaded, and how many before it the way to it.
const ENTRY_AHEAD: usize = 16;
const MARK_AHEAD: usize = 8;

/// Leads to a flow; all zero where it leads nowhere.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(8))]
pub struct Mark {
    /// The high bits of the flow's hash: where the mark belongs, and a first test of whose it is.
    hash: u32,
    /// One more than the flow's slot.
    flow: u32,
}

/// The flow table.
pub struct Table {
    marks: Slots<Mark>,
    mask: usize,
    shift: u32,
    flows: Slots<Entry>,
    /// Slots that ever held a flow; those behind them are untouched memory.
    used: usize,
    /// The slot that was given back last; its entry's `link` is the one before it.
    free: u32,
    live: usize,
    max_live: usize,
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
        let max_live = max_live.clamp(1, 1 << 30);
        let mut table = Self {
            marks: Slots::new(0),
            mask: 0,
            shift: 0,
            flows: Slots::new(max_live),
            used: 0,
            free: NONE,
            live: 0,
            max_live,
            hand: 0,
            broom: 0,
        };
        table.make_index(MIN_MARKS.min((2 * max_live).next_power_of_two()));
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

    /// Bytes in use, by flows that have left too.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.marks.len() * size_of::<Mark>() + self.used * size_of::<Entry>()
    }

    /// Load the way to a flow ahead of its use.
    #[inline]
    pub fn prefetch(&self, key: Key) {
        if let Some(mark) = self.marks.get(self.home(key.hash())) {
            prefetch(mark);
        }
    }

    /// The slot where a flow most likely is, if it is anywhere: its entry is loaded, and not looked at.
    #[inline]
    #[must_use]
    pub fn likely(&self, key: Key) -> Option<usize> {
        let (_, slot) = self.mark_of(key.hash(), |_| true)?;
        prefetch(self.flows.get(slot)?);
        Some(slot)
    }

    /// True when a flow is in a slot.
    #[inline]
    #[must_use]
    pub fn is_at(&self, slot: usize, key: Key) -> bool {
        self.flows.get(slot).is_some_and(|entry| entry.key == key)
    }

    /// The slot of a flow, which is its own until it leaves.
    #[inline]
    #[must_use]
    pub fn find(&self, key: Key) -> Option<usize> {
        self.mark_of(key.hash(), |slot| self.is_at(slot, key)).map(|(_, slot)| slot)
    }

    /// The entry in the slot of a flow.
    #[inline]
    #[must_use]
    pub fn at(&mut self, slot: usize) -> &mut Entry {
        &mut self.flows[slot]
    }

    /// Put a new flow in; there must be room, and no flow of that key.
    #[inline]
    pub fn insert(&mut self, entry: Entry) -> usize {
        if (self.live + 1) * 2 > self.marks.len() {
            self.make_index(self.marks.len() * 2);
        }
        let slot = self.take_slot();
        self.flows[slot] = entry;
        self.live += 1;
        self.mark(Mark { hash: entry.key.hash(), flow: slot as u32 + 1 });
        slot
    }

    /// Take a flow out.
    pub fn remove(&mut self, key: Key) {
        if let Some(slot) = self.find(key) {
            self.remove_at(slot);
        }
    }

    /// Take the flow in a slot out.
    pub fn remove_at(&mut self, slot: usize) {
        let hash = self.flows[slot].key.hash();
        self.flows[slot] = Entry { link: self.free, ..Entry::default() };
        self.free = slot as u32;
        self.live -= 1;
        self.unmark(hash, slot);
    }

    /// The flow that should go next: the first under the clock's hand that is over, or that was not seen since its last
    /// turn and may go. None when none may.
    pub fn surplus(&mut self, fate: impl Fn(&Entry) -> Fate) -> Option<usize> {
        for _ in 0..2 * self.used {
            let slot = self.hand;
            self.hand = self.slot_after(slot, 1);
            prefetch(&self.flows[self.slot_after(slot, ENTRY_AHEAD)]);
            self.prefetch(self.flows[self.slot_after(slot, MARK_AHEAD)].key);
            let entry = &mut self.flows[slot];
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

    /// The flows that are over in the next `count` slots of a hand that sweeps the table on its own.
    pub fn sweep(&mut self, count: usize, is_over: impl Fn(&Entry) -> bool) -> Vec<Key> {
        let from = self.broom;
        let count = count.min(self.used);
        self.broom = self.slot_after(from, count);
        let (before, after) = self.flows[..self.used].split_at(from.min(self.used));
        let passed = after.iter().chain(before).take(count);
        passed.filter(|entry| !entry.is_free() && is_over(entry)).map(|entry| entry.key).collect()
    }

    /// All slots that ever held a flow, free ones too.
    pub fn entries(&mut self) -> &mut [Entry] {
        &mut self.flows[..self.used]
    }

    /// How many slots ever held a flow.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.used
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        (hash >> self.shift) as usize
    }

    /// Where the first mark with this hash is whose slot it is, and that slot.
    #[inline]
    fn mark_of(&self, hash: u32, is_it: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
        let mut at = self.home(hash);
        loop {
            let mark = self.marks.get(at)?;
            if mark.is_free() {
                return None;
            }
            if mark.hash == hash && is_it(mark.slot()) {
                return Some((at, mark.slot()));
            }
            at = (at + 1) & self.mask;
        }
    }

    /// The slot that many further, which are no more than there are.
    #[inline]
    fn slot_after(&self, slot: usize, by: usize) -> usize {
        let after = slot + by;
        if after < self.used { after } else { (after - self.used).min(self.used.saturating_sub(1)) }
    }

    #[inline]
    fn take_slot(&mut self) -> usize {
        if self.free == NONE {
            self.used += 1;
            return self.used - 1;
        }
        let slot = self.free as usize;
        self.free = self.flows[slot].link;
        slot
    }

    #[inline]
    fn mark(&mut self, mark: Mark) {
        let mut at = self.home(mark.hash);
        while !self.marks[at].is_free() {
            at = (at + 1) & self.mask;
        }
        self.marks[at] = mark;
    }

    /// Take the mark of a slot away.
    fn unmark(&mut self, hash: u32, slot: usize) {
        let Some((mut hole, _)) = self.mark_of(hash, |marked| marked == slot) else { return };
        // What was pushed on by the mark that goes moves back, so that no search ends too early.
        let mut next = hole;
        loop {
            next = (next + 1) & self.mask;
            let mark = self.marks[next];
            if mark.is_free() {
                break;
            }
            if (next.wrapping_sub(self.home(mark.hash)) & self.mask) >= (next.wrapping_sub(hole) & self.mask) {
                self.marks[hole] = mark;
                hole = next;
            }
        }
        self.marks[hole] = Mark::default();
    }

    #[cold]
    fn make_index(&mut self, marks: usize) {
        let old = std::mem::replace(&mut self.marks, Slots::new(marks));
        self.mask = marks - 1;
        self.shift = u32::BITS - marks.trailing_zeros();
        for mark in old.iter().filter(|mark| !mark.is_free()) {
            self.mark(*mark);
        }
    }
}

impl Mark {
    #[inline]
    fn is_free(self) -> bool {
        self.flow == 0
    }

    /// The slot of its flow; of no slot where it is free.
    #[inline]
    fn slot(self) -> usize {
        self.flow.wrapping_sub(1) as usize
    }
}
