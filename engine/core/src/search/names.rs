//! Is this name listed?

use std::collections::HashMap;

/// Longest DNS name (RFC 1035 §2.3.4); a longer one is not looked up.
pub const MAX_NAME_BYTES: usize = 255;

const EXACT: u8 = 1;
const SUFFIX: u8 = 2;

/// Listed names: exact ones, and suffixes that hold on a label boundary.
pub struct NameIndex {
    listed: HashMap<Box<[u8]>, u8>,
}

impl NameIndex {
    /// An index of lower-case names.
    #[must_use]
    pub fn new(suffixes: &[String], names: &[String]) -> Self {
        let mut listed: HashMap<Box<[u8]>, u8> = HashMap::with_capacity(suffixes.len() + names.len());
        for (rows, kind) in [(names, EXACT), (suffixes, SUFFIX)] {
            for name in rows {
                *listed.entry(name.as_bytes().into()).or_default() |= kind;
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

/// A name in lower case, without final dots.
#[must_use]
pub fn fold(name: &[u8]) -> Vec<u8> {
    let end = name.iter().rposition(|byte| *byte != b'.').map_or(0, |last| last + 1);
    name[..end].to_ascii_lowercase()
}
