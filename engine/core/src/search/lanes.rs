//! Where may one of many windows of four bytes be, many places at a time?
//!
//! The look is that of Teddy (Hyperscan): per byte of a window and per half of that byte a table of which buckets of
//! windows it is in; what is left in the same bucket all four times is compared as a whole.

use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8,
    _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_srli_epi16, _mm512_and_si512, _mm512_broadcast_i32x4, _mm512_maskz_loadu_epi8, _mm512_set1_epi8,
    _mm512_shuffle_epi8, _mm512_srli_epi16, _mm512_test_epi8_mask,
};
use std::collections::BTreeSet;

use crate::search::buckets::buckets;
use crate::search::screen::{LANES, LOOK_BYTES, WINDOW_BYTES};

/// Places of one look with AVX-512.
const WIDE_LANES: usize = 64;

/// By byte of a window, then by half of a byte: the buckets that have a window with this half there.
type Halves = [[u8; 16]; WINDOW_BYTES];

/// The tables. Exist only where the processor has AVX2, or AVX-512 where they are wide.
pub struct Lanes {
    low: Halves,
    high: Halves,
    is_wide: bool,
}

impl Lanes {
    /// Tables for these windows, for as many places at a time as the processor can look at. None where it has no AVX2.
    #[must_use]
    pub fn new(windows: &BTreeSet<u32>) -> Option<Self> {
        Self::each(windows).pop()
    }

    /// Tables for each number of places that the processor can look at, the most last.
    #[must_use]
    pub fn each(windows: &BTreeSet<u32>) -> Vec<Self> {
        let has_wide = std::is_x86_feature_detected!("avx512f") && std::is_x86_feature_detected!("avx512bw");
        let widths = [(std::is_x86_feature_detected!("avx2"), false), (has_wide, true)];
        let (low, high) = halves(windows);
        widths.into_iter().filter(|(has, _)| *has).map(|(_, is_wide)| Self { low, high, is_wide }).collect()
    }

    /// True when `is_it` holds at a place of `data` where a window may be. `around` begins with `data` and may go on
    /// behind it.
    #[inline]
    pub fn any(&self, data: &[u8], around: &[u8], is_it: impl Fn(usize) -> bool) -> bool {
        let found = |at: usize, mut places: u64| {
            while places != 0 {
                if is_it(at + places.trailing_zeros() as usize) {
                    return true;
                }
                places &= places - 1;
            }
            false
        };
        if self.is_wide {
            // SAFETY: there is no such value without AVX-512.
            unsafe { self.look_wide(data, found) }
        } else {
            // SAFETY: there is no such value without AVX2.
            unsafe { self.look(data, around, found) }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    fn look_wide(&self, data: &[u8], found: impl Fn(usize, u64) -> bool) -> bool {
        let (low, high) = (wide_tables(&self.low), wide_tables(&self.high));
        let mut at = 0;
        while data.len() - at >= WINDOW_BYTES {
            let places = wide_candidates(&low, &high, &data[at..]);
            if places != 0 && found(at, places) {
                return true;
            }
            at = data.len().min(at + WIDE_LANES);
        }
        false
    }

    #[target_feature(enable = "avx2")]
    fn look(&self, data: &[u8], around: &[u8], found: impl Fn(usize, u64) -> bool) -> bool {
        if data.len() < WINDOW_BYTES {
            return false;
        }
        let (low, high) = (tables(&self.low), tables(&self.high));
        let Some(last) = data.len().checked_sub(LOOK_BYTES) else {
            let mut room = [0; LOOK_BYTES];
            let bytes = around.first_chunk().unwrap_or_else(|| {
                room[..data.len()].copy_from_slice(data);
                &room
            });
            let places = u32::MAX >> (LOOK_BYTES - data.len());
            return found(0, u64::from(places & candidates(&low, &high, bytes)));
        };
        let mut at = 0;
        while let Some(bytes) = data.get(at..).and_then(<[u8]>::first_chunk) {
            let places = candidates(&low, &high, bytes);
            if places != 0 && found(at, u64::from(places)) {
                return true;
            }
            at += LANES;
        }
        // What is left is looked at together with what was before.
        at < last + LANES
            && data.last_chunk().is_some_and(|bytes| found(last, u64::from(candidates(&low, &high, bytes))))
    }
}

/// Sixteen bytes of a table.
#[target_feature(enable = "sse2")]
fn loaded(table: &[u8; 16]) -> __m128i {
    // SAFETY: sixteen readable bytes; they need not be aligned.
    unsafe { _mm_loadu_si128(table.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
fn wide_tables(halves: &Halves) -> [__m512i; WINDOW_BYTES] {
    halves.each_ref().map(|table| _mm512_broadcast_i32x4(loaded(table)))
}

/// Places of the first [`WIDE_LANES`] where a window may be, as bits. `data` is not shorter than a window.
#[target_feature(enable = "avx512f,avx512bw")]
fn wide_candidates(low: &[__m512i; WINDOW_BYTES], high: &[__m512i; WINDOW_BYTES], data: &[u8]) -> u64 {
    let places = (data.len() + 1).saturating_sub(WINDOW_BYTES).min(WIDE_LANES);
    let mask = u64::MAX.checked_shr((WIDE_LANES - places) as u32).unwrap_or_default();
    let half = _mm512_set1_epi8(15);
    let mut buckets = _mm512_set1_epi8(-1);
    for at in 0..WINDOW_BYTES {
        // SAFETY: `places` bytes from each of the first `WINDOW_BYTES` places on lie within `data`, and no others are
        // read.
        let these = unsafe { _mm512_maskz_loadu_epi8(mask, data.as_ptr().add(at).cast()) };
        let by_low = _mm512_shuffle_epi8(low[at], _mm512_and_si512(these, half));
        let by_high = _mm512_shuffle_epi8(high[at], _mm512_and_si512(_mm512_srli_epi16::<4>(these), half));
        buckets = _mm512_and_si512(buckets, _mm512_and_si512(by_low, by_high));
    }
    _mm512_test_epi8_mask(buckets, buckets) & mask
}

#[target_feature(enable = "avx2")]
fn tables(halves: &Halves) -> [__m256i; WINDOW_BYTES] {
    halves.each_ref().map(|table| _mm256_broadcastsi128_si256(loaded(table)))
}

/// Places of the first [`LANES`] where a window may be, as bits.
#[target_feature(enable = "avx2")]
fn candidates(low: &[__m256i; WINDOW_BYTES], high: &[__m256i; WINDOW_BYTES], bytes: &[u8; LOOK_BYTES]) -> u32 {
    let half = _mm256_set1_epi8(15);
    let mut buckets = _mm256_set1_epi8(-1);
    for at in 0..WINDOW_BYTES {
        // SAFETY: `LANES` bytes from each of the first `WINDOW_BYTES` places on lie within `LOOK_BYTES` readable ones;
        // they need not be aligned.
        let these = unsafe { _mm256_loadu_si256(bytes.as_ptr().add(at).cast()) };
        let by_low = _mm256_shuffle_epi8(low[at], _mm256_and_si256(these, half));
        let by_high = _mm256_shuffle_epi8(high[at], _mm256_and_si256(_mm256_srli_epi16::<4>(these), half));
        buckets = _mm256_and_si256(buckets, _mm256_and_si256(by_low, by_high));
    }
    let none = _mm256_cmpeq_epi8(buckets, _mm256_setzero_si256());
    !_mm256_movemask_epi8(none).cast_unsigned()
}

fn halves(windows: &BTreeSet<u32>) -> (Halves, Halves) {
    let (mut low, mut high) = (Halves::default(), Halves::default());
    let windows: Vec<_> = windows.iter().map(|window| window.to_le_bytes()).collect();
    for (bucket, part) in buckets(&windows).iter().enumerate() {
        for (at, byte) in part.iter().flat_map(|window| window.iter().enumerate()) {
            low[at][usize::from(byte & 15)] |= 1 << bucket;
            high[at][usize::from(byte >> 4)] |= 1 << bucket;
        }
    }
    (low, high)
}
