//! Is this name listed?

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Longest DNS name (RFC 1035 §2.3.4); a longer one is not looked up.
pub const MAX_NAME_BYTES: usize = 255;

const EXACT: u8 = 1;
const SUFFIX: u8 = 2;

/// Listed names: exact ones, and suffixes that hold on a label boundary.
pub struct NameIndex {
    listed: HashMap<Box<[u8]>, u8, BuildHasherDefault<NameHasher>>,
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
        Self { listed }
    }

    /// True when no name is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// True when a folded name (see [`fold`]) is listed, or lies below a listed suffix.
    #[must_use]
    pub fn has(&self, name: &[u8]) -> bool {
        if self.listed.is_empty() || name.is_empty() || name.len() > MAX_NAME_BYTES {
            return false;
        }
        let listed = |part: &[u8]| self.listed.get(part).copied().unwrap_or(0);
        if listed(name) != 0 {
            return true;
        }
        let dots = memchr::memchr_iter(b'.', name);
        dots.map(|dot| &name[dot + 1..]).any(|below| !below.is_empty() && listed(below) & SUFFIX != 0)
    }
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
    let end = name.iter().rposition(|byte| *byte != b'.').map_or(0, |last| last + 1);
    name[..end].to_ascii_lowercase()
}
