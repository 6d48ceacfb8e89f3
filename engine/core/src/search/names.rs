//! Is this name listed?
//!
//! Nearly no name is. A name is read once, from its end: at every label a bit says that nothing listed ends so.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Longest DNS name (RFC 1035 §2.3.4); a longer one is not looked up.
pub const MAX_NAME_BYTES: usize = 255;

const EXACT: u8 = 1;
const SUFFIX: u8 = 2;
/// Bits of the filter for each listed name, at least: one look in sixteen is in vain.
const BITS_PER_NAME: usize = 16;
const MIN_BITS: usize = 1 << 12;

/// Listed names: exact ones, and suffixes that hold on a label boundary.
pub struct NameIndex {
    listed: HashMap<Box<[u8]>, u8, BuildHasherDefault<NameHasher>>,
    /// A bit for each listed name; their number is a power of two.
    filter: Box<[u64]>,
}

impl NameIndex {
    /// An index of lower-case names.
    #[must_use]
    pub fn new(suffixes: &[String], names: &[String]) -> Self {
        let mut listed = HashMap::with_capacity_and_hasher(suffixes.len() + names.len(), BuildHasherDefault::default());
        for (rows, kind) in [(names, EXACT), (suffixes, SUFFIX)] {
            for name in rows {
                *listed.entry(Box::from(name.as_bytes())).or_default() |= kind;
            }
        }
        let bits = (listed.len() * BITS_PER_NAME).next_power_of_two().max(MIN_BITS);
        let mut index = Self { listed, filter: vec![0; bits / 64].into_boxed_slice() };
        for name in index.listed.keys() {
            let (word, bit) = place(sum(name), index.filter.len());
            index.filter[word] |= bit;
        }
        index
    }

    /// True when no name is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// True when a name, in whatever case and without final dots, is listed or lies below a listed suffix.
    #[must_use]
    pub fn has(&self, name: &[u8]) -> bool {
        if self.listed.is_empty() || name.is_empty() || name.len() > MAX_NAME_BYTES {
            return false;
        }
        let mut below = 0;
        for (at, byte) in name.iter().enumerate().rev() {
            if *byte == b'.' && at + 1 < name.len() && self.kind_of(&name[at + 1..], below) & SUFFIX != 0 {
                return true;
            }
            below = with(below, byte.to_ascii_lowercase());
        }
        self.kind_of(name, below) != 0
    }

    /// How a name is listed, whose sum is known.
    #[inline(always)]
    fn kind_of(&self, name: &[u8], sum: u64) -> u8 {
        let (word, bit) = place(sum, self.filter.len());
        if self.filter[word] & bit == 0 { 0 } else { self.kind_in_full(name) }
    }

    fn kind_in_full(&self, name: &[u8]) -> u8 {
        let mut room = [0; MAX_NAME_BYTES];
        let Some(folded) = room.get_mut(..name.len()) else { return 0 };
        folded.copy_from_slice(name);
        folded.make_ascii_lowercase();
        self.listed.get(&*folded).copied().unwrap_or(0)
    }
}

/// A sum over the bytes of a name, taken from the end, so that those of its suffixes are met on the way.
fn sum(name: &[u8]) -> u64 {
    name.iter().rev().fold(0, |sum, byte| with(sum, *byte))
}

#[inline]
fn with(sum: u64, byte: u8) -> u64 {
    (sum << 5).wrapping_sub(sum).wrapping_add(u64::from(byte))
}

/// Where the bit of a sum is in a filter of so many words, a power of two.
#[inline]
fn place(sum: u64, words: usize) -> (usize, u64) {
    let mixed = sum.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed >> 38) as usize & (words - 1), 1 << (mixed >> 32 & 63))
}

/// Faster than a keyed hash, and as good here: whoever sends names cannot put any into the index.
#[derive(Default)]
struct NameHasher(u64);

impl Hasher for NameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    #[inline]
    fn write_usize(&mut self, length: usize) {
        self.write_u64(length as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// A name in lower case, without final dots.
#[must_use]
pub fn fold(name: &[u8]) -> Vec<u8> {
    without_dots(name).to_ascii_lowercase()
}

/// A name without final dots.
#[must_use]
pub fn without_dots(name: &[u8]) -> &[u8] {
    let end = name.iter().rposition(|byte| *byte != b'.').map_or(0, |last| last + 1);
    &name[..end]
}
