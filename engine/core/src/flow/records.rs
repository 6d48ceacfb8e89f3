//! Which recorded flows are alive, which went quiet, and which one is due for an update?
//!
//! Numbered places that are used again; lists by last use run through them, so that every step costs the same.

use std::collections::{HashMap, VecDeque};

use crate::flow::record::{Progress, Record};

const NONE: u32 = u32::MAX;

struct Place {
    record: Option<Box<Record>>,
    /// Tells the records that lived here one after the other apart.
    generation: u32,
    before: u32,
    after: u32,
}

#[derive(Clone, Copy)]
struct Ends {
    first: u32,
    last: u32,
}

/// A record's place and generation.
type Handle = (u32, u32);

/// All records.
pub struct Records {
    places: Vec<Place>,
    free: Vec<u32>,
    live: usize,
    lists: [Ends; 2],
    by_id: HashMap<u64, u32>,
    due: VecDeque<Handle>,
    closing: VecDeque<Handle>,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            live: 0,
            lists: [Ends { first: NONE, last: NONE }; 2],
            by_id: HashMap::new(),
            due: VecDeque::new(),
            closing: VecDeque::new(),
        }
    }
}

impl Records {
    /// Records alive.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live
    }

    /// True when no record is alive.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Followed flows.
    #[must_use]
    pub fn followed(&self) -> usize {
        self.by_id.len()
    }

    /// Bytes allocated, the records' own buffers apart.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<Place>() + self.live * size_of::<Record>()
    }

    /// Put a record in; answers its place.
    pub fn insert(&mut self, record: Record) -> u32 {
        self.live += 1;
        let list = list_of(&record);
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place { record: None, generation: 0, before: NONE, after: NONE });
            (self.places.len() - 1) as u32
        });
        self.places[place as usize].record = Some(Box::new(record));
        self.append(list, place);
        place
    }

    /// The record at a place.
    #[must_use]
    pub fn get(&self, place: u32) -> Option<&Record> {
        self.places.get(place as usize)?.record.as_deref()
    }

    /// The record at a place.
    pub fn get_mut(&mut self, place: u32) -> Option<&mut Record> {
        self.places.get_mut(place as usize)?.record.as_deref_mut()
    }

    /// Take a record out.
    pub fn remove(&mut self, place: u32) -> Option<Record> {
        self.unlink(place);
        let slot = self.places.get_mut(place as usize)?;
        let record = slot.record.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.by_id.remove(&record.id);
        self.free.push(place);
        self.live -= 1;
        Some(*record)
    }

    /// Make a record the most recently used of its list.
    pub fn touch(&mut self, place: u32) {
        let Some(list) = self.get(place).map(list_of) else { return };
        if self.lists[list].last != place {
            self.unlink(place);
            self.append(list, place);
        }
    }

    /// A searched flow becomes a followed one.
    pub fn follow(&mut self, place: u32, now_ns: i64) {
        self.unlink(place);
        let Some(record) = self.get_mut(place) else { return };
        record.progress = Progress::Followed;
        record.updated_ns = now_ns;
        let id = record.id;
        self.by_id.insert(id, place);
        self.append(1, place);
        self.due.push_back((place, self.places[place as usize].generation));
        if self.due.len() > 2 * self.live + 1024 {
            let places = &self.places;
            self.due.retain(|(at, generation)| places[*at as usize].generation == *generation);
        }
    }

    /// Nobody wants this flow any more.
    pub fn pass_by(&mut self, place: u32) {
        self.unlink(place);
        let Some(record) = self.get_mut(place) else { return };
        record.progress = Progress::Passed;
        let id = record.id;
        self.by_id.remove(&id);
        self.append(0, place);
    }

    /// The place of a followed flow.
    #[must_use]
    pub fn by_id(&self, id: u64) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    /// Let a closing flow go after its linger time.
    pub fn linger(&mut self, place: u32) {
        if let Some(slot) = self.places.get(place as usize) {
            self.closing.push_back((place, slot.generation));
        }
        if self.closing.len() > 2 * self.live + 1024 {
            let places = &self.places;
            self.closing.retain(|(at, generation)| places[*at as usize].generation == *generation);
        }
    }

    /// The closing flow that lingers longest.
    pub fn first_closing(&mut self) -> Option<u32> {
        while let Some((place, generation)) = self.closing.front().copied() {
            if self.is_alive(place, generation) {
                return Some(place);
            }
            self.closing.pop_front();
        }
        None
    }

    /// The flow without packets for longest: of the searched ones, or of the followed ones.
    #[must_use]
    pub fn quietest(&self, followed: bool) -> Option<u32> {
        let first = self.lists[usize::from(followed)].first;
        (first != NONE).then_some(first)
    }

    /// The followed flow whose update is due first, if it is due at `now_ns`; it is then next due one period later.
    pub fn next_due(&mut self, now_ns: i64, period_ns: i64) -> Option<u32> {
        while let Some((place, generation)) = self.due.front().copied() {
            let alive = self.is_alive(place, generation);
            match self.get_mut(place).filter(|record| alive && record.progress == Progress::Followed) {
                None => {
                    self.due.pop_front();
                }
                Some(record) if now_ns.saturating_sub(record.updated_ns) >= period_ns => {
                    record.updated_ns = now_ns;
                    self.due.rotate_left(1);
                    return Some(place);
                }
                Some(_) => return None,
            }
        }
        None
    }

    /// Every place with a record, oldest flow first.
    #[must_use]
    pub fn oldest_first(&self) -> Vec<u32> {
        let mut all: Vec<_> = (0..self.places.len() as u32).filter_map(|at| Some((self.get(at)?, at))).collect();
        all.sort_by_key(|(record, _)| (record.first_ns, record.id));
        all.into_iter().map(|(_, at)| at).collect()
    }

    fn is_alive(&self, place: u32, generation: u32) -> bool {
        self.places.get(place as usize).is_some_and(|slot| slot.generation == generation && slot.record.is_some())
    }

    fn append(&mut self, list: usize, place: u32) {
        let last = self.lists[list].last;
        self.places[place as usize].before = last;
        self.places[place as usize].after = NONE;
        match self.places.get_mut(last as usize) {
            Some(slot) => slot.after = place,
            None => self.lists[list].first = place,
        }
        self.lists[list].last = place;
    }

    fn unlink(&mut self, place: u32) {
        let Some(list) = self.get(place).map(list_of) else { return };
        let Place { before, after, .. } = self.places[place as usize];
        match self.places.get_mut(before as usize) {
            Some(slot) => slot.after = after,
            None => self.lists[list].first = after,
        }
        match self.places.get_mut(after as usize) {
            Some(slot) => slot.before = before,
            None => self.lists[list].last = before,
        }
    }
}

fn list_of(record: &Record) -> usize {
    usize::from(record.progress == Progress::Followed)
}
