//! Does any of many literals stand in these bytes?
//!
//! Of each literal four bytes that are seldom met together, its window, are looked for: 32 places at a time where the
//! processor has AVX2, one at a time elsewhere. The vectorised look is that of Teddy (Hyperscan): per byte of a window
//! and per half of that byte a table of which buckets of windows it is in; what is left in the same bucket all four
//! times is compared as a whole.

use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a window: literals have to be that long.
pub const WINDOW_BYTES: usize = 4;
/// Places that one vectorised look covers.
const LANES: usize = 32;
/// Bytes that it reads for them.
pub const LOOK_BYTES: usize = LANES + WINDOW_BYTES - 1;
const BUCKETS: usize = 8;
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
    lanes: Option<lanes::Lanes>,
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
            lanes: lanes::Lanes::new(&places.iter().map(|place| place.window).collect()),
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
            return data.len() >= WINDOW_BYTES && lanes.any(data, around, |at| self.is_at(data, at));
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

/// The vectorised look.
#[cfg(target_arch = "x86_64")]
mod lanes {
    use std::arch::x86_64::{
        __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256,
        _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
    };
    use std::collections::BTreeSet;

    use super::{BUCKETS, LANES, LOOK_BYTES, WINDOW_BYTES};

    /// By byte of a window, then by half of a byte: the buckets that have a window with this half there.
    type Halves = [[u8; 16]; WINDOW_BYTES];

    /// Exists only where the processor has AVX2.
    pub(super) struct Lanes {
        low: Halves,
        high: Halves,
    }

    impl Lanes {
        pub(super) fn new(windows: &BTreeSet<u32>) -> Option<Self> {
            if !std::is_x86_feature_detected!("avx2") {
                return None;
            }
            let mut lanes = Self { low: Halves::default(), high: Halves::default() };
            // Neighbours in order have first bytes in common: that keeps the tables of a bucket sparse.
            let mut sorted: Vec<_> = windows.iter().map(|window| window.to_le_bytes()).collect();
            sorted.sort_unstable();
            for (bucket, part) in sorted.chunks(sorted.len().div_ceil(BUCKETS).max(1)).enumerate() {
                for (at, byte) in part.iter().flat_map(|window| window.iter().enumerate()) {
                    lanes.low[at][usize::from(byte & 15)] |= 1 << bucket;
                    lanes.high[at][usize::from(byte >> 4)] |= 1 << bucket;
                }
            }
            Some(lanes)
        }

        /// True when `is_it` holds at a place of `data` where a window may be; `data` is not shorter than one.
        #[inline]
        pub(super) fn any(&self, data: &[u8], around: &[u8], is_it: impl Fn(usize) -> bool) -> bool {
            // SAFETY: there is no such value without AVX2.
            unsafe { self.look(data, around, is_it) }
        }

        #[target_feature(enable = "avx2")]
        fn look(&self, data: &[u8], around: &[u8], is_it: impl Fn(usize) -> bool) -> bool {
            let found = |at: usize, mut places: u32| {
                while places != 0 {
                    if is_it(at + places.trailing_zeros() as usize) {
                        return true;
                    }
                    places &= places - 1;
                }
                false
            };
            let (low, high) = (tables(&self.low), tables(&self.high));
            let Some(last) = data.len().checked_sub(LOOK_BYTES) else {
                let mut room = [0; LOOK_BYTES];
                let bytes = around.first_chunk().unwrap_or_else(|| {
                    room[..data.len()].copy_from_slice(data);
                    &room
                });
                let places = u32::MAX >> (LOOK_BYTES - data.len());
                return found(0, places & candidates(&low, &high, bytes));
            };
            let mut at = 0;
            while let Some(bytes) = data.get(at..).and_then(<[u8]>::first_chunk) {
                let places = candidates(&low, &high, bytes);
                if places != 0 && found(at, places) {
                    return true;
                }
                at += LANES;
            }
            // What is left is looked at together with what was before.
            at < last + LANES && data.last_chunk().is_some_and(|bytes| found(last, candidates(&low, &high, bytes)))
        }
    }

    #[target_feature(enable = "avx2")]
    fn tables(halves: &Halves) -> [__m256i; WINDOW_BYTES] {
        // SAFETY: sixteen readable bytes; they need not be aligned.
        halves.map(|table| _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) }))
    }

    /// Places of the first [`LANES`] where a window may be, as bits.
    #[target_feature(enable = "avx2")]
    fn candidates(low: &[__m256i; WINDOW_BYTES], high: &[__m256i; WINDOW_BYTES], bytes: &[u8; LOOK_BYTES]) -> u32 {
        let half = _mm256_set1_epi8(15);
        let mut buckets = _mm256_set1_epi8(-1);
        for at in 0..WINDOW_BYTES {
            // SAFETY: `LANES` bytes from each of the first `WINDOW_BYTES` places on lie within `LOOK_BYTES` readable
            // ones; they need not be aligned.
            let these = unsafe { _mm256_loadu_si256(bytes.as_ptr().add(at).cast()) };
            let by_low = _mm256_shuffle_epi8(low[at], _mm256_and_si256(these, half));
            let by_high = _mm256_shuffle_epi8(high[at], _mm256_and_si256(_mm256_srli_epi16::<4>(these), half));
            buckets = _mm256_and_si256(buckets, _mm256_and_si256(by_low, by_high));
        }
        let none = _mm256_cmpeq_epi8(buckets, _mm256_setzero_si256());
        !_mm256_movemask_epi8(none).cast_unsigned()
    }
}
