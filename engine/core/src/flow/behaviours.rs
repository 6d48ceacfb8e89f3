//! Where is the record of a flow's behaviour?

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use crate::event::Traffic;
use crate::flow::behaviour::Record;
use crate::flow::key::Key;

/// Stands for a record's place where a flow gets none any more, and its entry has no room to say so.
pub const UNRECORDED: u32 = u32::MAX;

/// What the 128 bytes of a record do not hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside {
    /// The number that the flow bears in events.
    pub id: u64,
    /// Traffic that no longer fits the counters of the flow's entry.
    pub traffic: Traffic,
}

/// All records, by the names of their flows.
#[derive(Default)]
pub struct Behaviours {
    places: HashMap<(u64, u32), u32, Keyed>,
    records: Vec<Record>,
    /// What belongs to a flow besides, by place.
    besides: Vec<Beside>,
    free: Vec<u32>,
}

impl Behaviours {
    /// Records alive.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len() - self.free.len()
    }

    /// True when no flow is known here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Bytes allocated.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let place = size_of::<((u64, u32), u32)>() + 1;
        self.places.capacity() * place
            + self.records.capacity() * size_of::<Record>()
            + self.besides.capacity() * size_of::<Beside>()
            + self.free.capacity() * size_of::<u32>()
    }

    /// The place of a flow's record, or [`UNRECORDED`].
    #[inline]
    #[must_use]
    pub fn find(&self, key: Key) -> Option<u32> {
        self.places.get(&name(key)).copied()
    }

    /// Ask for the memory of a record ahead of its use.
    #[inline]
    pub fn prefetch(&self, place: u32) {
        if let Some(record) = self.records.get(place as usize) {
            record.prefetch();
        }
    }

    /// The record at a place.
    #[inline]
    pub fn get_mut(&mut self, place: u32) -> Option<&mut Record> {
        self.records.get_mut(place as usize)
    }

    /// What belongs to the flow of a place besides.
    pub fn beside(&mut self, place: u32) -> Option<&mut Beside> {
        self.besides.get_mut(place as usize)
    }

    /// The number that a flow with a record bears in events.
    #[must_use]
    pub fn id_of(&self, key: Key) -> Option<u64> {
        if self.is_empty() { None } else { self.besides.get(self.find(key)? as usize).map(|beside| beside.id) }
    }

    /// Put a record in; answers its place.
    pub fn insert(&mut self, key: Key, id: u64, record: Record) -> u32 {
        let beside = Beside { id, ..Beside::default() };
        let place = if let Some(place) = self.free.pop() {
            self.records[place as usize] = record;
            self.besides[place as usize] = beside;
            place
        } else {
            self.records.push(record);
            self.besides.push(beside);
            (self.records.len() - 1) as u32
        };
        self.places.insert(name(key), place);
        place
    }

    /// Free a flow's record, if it has one.
    #[inline]
    pub fn remove(&mut self, key: Key) {
        if !self.is_empty()
            && let Some(place) = self.places.remove(&name(key))
            && place != UNRECORDED
        {
            self.free.push(place);
        }
    }

    /// Note that a flow gets no record any more.
    pub fn refuse(&mut self, key: Key) {
        self.remove(key);
        self.places.insert(name(key), UNRECORDED);
    }
}

fn name(key: Key) -> (u64, u32) {
    (key.high(), key.low)
}

/// Keys are keyed hashes already: their bits are mixed no further.
#[derive(Clone, Copy, Default)]
struct Keyed;

#[derive(Default)]
struct Taken(u64);

impl BuildHasher for Keyed {
    type Hasher = Taken;

    fn build_hasher(&self) -> Taken {
        Taken::default()
    }
}

impl Hasher for Taken {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |value, byte| value.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 ^= value;
    }

    fn write_u32(&mut self, value: u32) {
        self.0 ^= u64::from(value);
    }
}
