//! Does any of many literals stand in these bytes?
//!
//! Of each literal four bytes that are seldom met together, its window, are looked for: 64 places at a time where the
//! processor has AVX-512, 32 where it has AVX2 ([`super::lanes`]), one at a time elsewhere.

use std::collections::{BTreeMap, BTreeSet};

#[cfg(target_arch = "x86_64")]
use crate::search::lanes::Lanes;

/// Bytes of a window: literals have to be that long.
pub const WINDOW_BYTES: usize = 4;
/// Places of one look with AVX2.
pub const LANES: usize = 32;
/// Bytes that it reads for them.
pub const LOOK_BYTES: usize = LANES + WINDOW_BYTES - 1;
const SLOT_BITS: u32 = 10;
/// No (further) place of a window.
const NONE: u16 = u16::MAX;

/// All literals, by their windows.
pub struct Screen {
    literals: Vec<Box<[u8]>>,
    /// By hash of a window: the first of its places.
    slots: Box<[u16]>,
    places: Vec<Place>,
    #[cfg(target_arch = "x86_64")]
    lanes: Option<Lanes>,
}

/// Where a window stands in a literal.
struct Place {
    window: u32,
    literal: u16,
    offset: u16,
    /// The next place of the same slot.
    next: u16,
}

impl Screen {
    /// A screen for literals. None where one of them is shorter than a window, or there are too many.
    #[must_use]
    pub fn new(literals: &[Vec<u8>]) -> Option<Self> {
        if literals.len() >= usize::from(NONE) || literals.iter().any(|one| one.len() < WINDOW_BYTES) {
            return None;
        }
        let offsets = rarest_windows(literals);
        let mut slots = vec![NONE; 1 << SLOT_BITS].into_boxed_slice();
        let mut places = Vec::with_capacity(literals.len());
        for (at, (literal, offset)) in literals.iter().zip(&offsets).enumerate() {
            let window = window_at(literal, *offset)?;
            let slot = &mut slots[slot_of(window)];
            places.push(Place { window, literal: at as u16, offset: *offset as u16, next: *slot });
            *slot = at as u16;
        }
        Some(Self {
            literals: literals.iter().map(|one| one.as_slice().into()).collect(),
            #[cfg(target_arch = "x86_64")]
            lanes: Lanes::new(&places.iter().map(|place| place.window).collect()),
            slots,
            places,
        })
    }

    /// True when a literal stands in `data`. `around` begins with `data` and may go on behind it: short bytes are
    /// looked at together with what follows them.
    #[inline]
    #[must_use]
    pub fn has(&self, data: &[u8], around: &[u8]) -> bool {
        #[cfg(target_arch = "x86_64")]
        if let Some(lanes) = &self.lanes {
            return lanes.any(data, around, |at| self.is_at(data, at));
        }
        let _ = around;
        self.has_one_by_one(data)
    }

    /// The same on any processor.
    #[must_use]
    pub fn has_one_by_one(&self, data: &[u8]) -> bool {
        (0..data.len()).any(|at| self.is_at(data, at))
    }

    /// True when a literal stands in `data` whose window is at `at`.
    #[inline]
    fn is_at(&self, data: &[u8], at: usize) -> bool {
        let Some(window) = window_at(data, at) else { return false };
        let mut next = self.slots[slot_of(window)];
        while let Some(place) = self.places.get(usize::from(next)) {
            if place.window == window {
                let literal = &self.literals[usize::from(place.literal)];
                let start = at.checked_sub(usize::from(place.offset));
                if start.and_then(|start| data.get(start..)).is_some_and(|rest| rest.starts_with(literal)) {
                    return true;
                }
            }
            next = place.next;
        }
        false
    }
}

#[inline]
fn window_at(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

#[inline]
fn slot_of(window: u32) -> usize {
    (window.wrapping_mul(0x9E37_79B1) >> (u32::BITS - SLOT_BITS)) as usize
}

/// For each literal, where the window starts that is least to be expected in traffic; of equal ones that which most
/// literals have.
fn rarest_windows(literals: &[Vec<u8>]) -> Vec<usize> {
    let mut shared: BTreeMap<&[u8], usize> = BTreeMap::new();
    for window in literals.iter().flat_map(|one| one.windows(WINDOW_BYTES).collect::<BTreeSet<_>>()) {
        *shared.entry(window).or_default() += 1;
    }
    let cost = |window: &[u8]| {
        let frequency: u32 = window.iter().map(|byte| frequency(*byte)).sum();
        (frequency, usize::MAX - shared.get(window).copied().unwrap_or(0))
    };
    let rarest = |one: &Vec<u8>| {
        let starts = 0..=one.len() - WINDOW_BYTES;
        starts.min_by_key(|at| cost(&one[*at..*at + WINDOW_BYTES])).unwrap_or(0)
    };
    literals.iter().map(rarest).collect()
}

/// How often a byte is met in text and binary protocols, roughly.
fn frequency(byte: u8) -> u32 {
    match byte {
        b'"' | b'[' | b']' | b'{' | b'}' => 1,
        b'_' | 0x80.. => 2,
        b'a' | b'e' | b'h' | b'i' | b'l' | b'n' | b'o' | b'r' | b's' | b't' => 6,
        b' ' | b'-' | b'.' | b'/' | b':' | b'=' | 0 => 5,
        b'0'..=b'9' | b'a'..=b'z' => 4,
        _ => 3,
    }
}
