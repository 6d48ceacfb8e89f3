//! Do the next bytes of a stream hold an anchor, also one that began in the bytes before?

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind, packed};
use memchr::memmem;

use crate::search::ProgramError;

/// Longest anchor: two of them fit in the room where the seam between two pieces is looked at.
const MAX_ANCHOR_BYTES: usize = 128;
const SEAM_BYTES: usize = 2 * MAX_ANCHOR_BYTES;
/// Literals that one vectorised searcher takes without looking twice at too much.
const SCREEN_LITERALS: usize = 64;
/// In the place of a beginning: the direction began as TLS does, and is not searched.
const OPAQUE: u16 = u16::MAX;
/// How many first bytes of a literal a vectorised searcher looks at.
const FIRST_BYTES: usize = 4;
const QUOTE: u8 = b'"';
/// What shorter bytes are filled up to, for the vectorised searcher: it takes two vectors less one byte at least.
pub const SHORT_BYTES: usize = 32;

/// All anchors. A vectorised screen says "none" to nearly everything; an automaton says which one it is.
pub struct Anchors {
    literals: Vec<Vec<u8>>,
    /// None where the processor has no vectors for it: the automaton looks at everything then.
    screens: Option<Screens>,
    automaton: Option<AhoCorasick>,
    endings: Endings,
    longest: usize,
    shortest: usize,
}

impl Anchors {
    /// Compile the anchors; the first of several at one place wins, in the order given.
    ///
    /// # Errors
    /// [`ProgramError`] where an anchor is empty or too long, or all of them together are.
    pub fn new(literals: &[Vec<u8>]) -> Result<Self, ProgramError> {
        if let Some(bad) = literals.iter().find(|one| !(1..=MAX_ANCHOR_BYTES).contains(&one.len())) {
            let (size, start) = (bad.len(), String::from_utf8_lossy(&bad[..bad.len().min(40)]));
            return Err(ProgramError(format!("anchor {start:?} of {size} bytes: give one of 1 to {MAX_ANCHOR_BYTES}")));
        }
        let automaton = if literals.is_empty() { None } else { Some(automaton(literals)?) };
        Ok(Self {
            literals: literals.to_vec(),
            screens: Screens::new(literals),
            automaton,
            endings: Endings::new(literals)?,
            longest: literals.iter().map(Vec::len).max().unwrap_or(1),
            shortest: literals.iter().map(Vec::len).min().unwrap_or(usize::MAX),
        })
    }

    /// True when nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    /// How many bytes before the next ones may belong to an anchor.
    #[must_use]
    pub fn overlap(&self) -> usize {
        self.longest - 1
    }

    /// The first anchor in `data`.
    #[must_use]
    pub fn find(&self, data: &[u8]) -> Option<&[u8]> {
        if !self.may_have(data) {
            return None;
        }
        let index = self.automaton.as_ref()?.find(data)?.pattern().as_usize();
        self.literals.get(index).map(Vec::as_slice)
    }

    /// What to hand to [`Anchors::search`] with the first bytes of a direction. One that begins with the head of a TLS
    /// record (RFC 8446 §5.1) is encrypted from there on, and no literal stands in it.
    #[inline]
    #[must_use]
    pub fn begin(data: &[u8]) -> u16 {
        if matches!(data, [20..=23, 3, 0..=4, ..]) { OPAQUE } else { 0 }
    }

    /// Look for anchors in the next bytes of a stream. `before` is what the call before answered, at the start what
    /// [`Anchors::begin`] answered. None
    /// when there is an anchor, else what to hand to the next call. `around` begins with `data` and may go on behind it:
    /// short bytes are screened together with what follows them.
    #[inline]
    #[must_use]
    pub fn search(&self, before: u16, data: &[u8], around: &[u8]) -> Option<u16> {
        if before == OPAQUE {
            return Some(OPAQUE);
        }
        if before != 0 {
            return self.search_seam(before, data);
        }
        let screened = if data.len() < SHORT_BYTES { around } else { data };
        if data.len() >= self.shortest && self.may_have(screened) && self.find(data).is_some() {
            None
        } else {
            Some(self.endings.of(data))
        }
    }

    /// What `before`, an answer of `old`, is here.
    #[must_use]
    pub fn renumbered(&self, old: &Self, before: u16) -> u16 {
        if before == OPAQUE { OPAQUE } else { self.endings.of(old.endings.bytes(before)) }
    }

    /// The first anchor in the next bytes of a stream, of which [`Anchors::search`] said that they hold one.
    #[must_use]
    pub fn first(&self, before: u16, data: &[u8]) -> &[u8] {
        let (room, size) = self.seam(before, data);
        self.over_seam(before, &room[..size]).or_else(|| self.find(data)).unwrap_or_default()
    }

    /// As [`Anchors::search`], where an anchor may have begun already.
    fn search_seam(&self, before: u16, data: &[u8]) -> Option<u16> {
        let (room, size) = self.seam(before, data);
        if self.over_seam(before, &room[..size]).is_some() || self.find(data).is_some() {
            return None;
        }
        Some(self.endings.of(if data.len() > self.overlap() { data } else { &room[..size] }))
    }

    /// What may have begun before, and as much of the next bytes as an anchor may reach into.
    fn seam(&self, before: u16, data: &[u8]) -> ([u8; SEAM_BYTES], usize) {
        let mut room = [0; SEAM_BYTES];
        let tail = self.endings.bytes(before);
        let taken = &data[..data.len().min(self.overlap())];
        for (place, byte) in room.iter_mut().zip(tail.iter().chain(taken)) {
            *place = *byte;
        }
        (room, tail.len() + taken.len())
    }

    /// The first anchor that lies across the seam; one that only begins behind it is found there, and then whole.
    fn over_seam(&self, before: u16, seam: &[u8]) -> Option<&[u8]> {
        let found = self.automaton.as_ref()?.find(seam)?;
        let is_across = found.start() < self.endings.bytes(before).len();
        self.literals.get(found.pattern().as_usize()).filter(|_| is_across).map(Vec::as_slice)
    }

    /// False when there is surely no anchor in `data`.
    #[inline]
    fn may_have(&self, data: &[u8]) -> bool {
        if data.len() < self.shortest {
            return false;
        }
        let Some(screens) = &self.screens else { return true };
        if data.len() >= SHORT_BYTES {
            return screens.may_have(data);
        }
        let mut padded = [0; SHORT_BYTES];
        padded[..data.len()].copy_from_slice(data);
        screens.may_have(&padded)
    }
}

/// Vectorised searchers for pieces of all anchors. Anchors with a quotation mark, which are most, are not looked for
/// where there is none.
struct Screens {
    quoted: Vec<packed::Searcher>,
    bare: Vec<packed::Searcher>,
}

impl Screens {
    fn new(literals: &[Vec<u8>]) -> Option<Self> {
        let mut pieces: Vec<&[u8]> = literals.iter().map(|one| rarest(one)).collect();
        pieces.sort_unstable();
        pieces.dedup();
        let holds = |one: &[u8], other: &[u8]| one.len() > other.len() && memmem::find(one, other).is_some();
        let needed = pieces.iter().copied().filter(|one| !pieces.iter().any(|other| holds(one, other)));
        let (quoted, bare): (Vec<_>, Vec<_>) = needed.partition(|one| one.contains(&QUOTE));
        Some(Self { quoted: searchers(&quoted)?, bare: searchers(&bare)? })
    }

    /// False when there is surely no anchor in at least [`SHORT_BYTES`] bytes.
    #[inline]
    fn may_have(&self, data: &[u8]) -> bool {
        let any = |screens: &[packed::Searcher]| screens.iter().any(|screen| screen.find(data).is_some());
        any(&self.bare) || (memchr::memchr(QUOTE, data).is_some() && any(&self.quoted))
    }
}

fn searchers(pieces: &[&[u8]]) -> Option<Vec<packed::Searcher>> {
    let searcher = |part: &[&[u8]]| {
        let mut builder = packed::Config::new().heuristic_pattern_limits(false).builder();
        builder.extend(part).build().filter(|screen| screen.minimum_len() <= SHORT_BYTES)
    };
    pieces.chunks(SCREEN_LITERALS).map(searcher).collect()
}

/// The end of a literal that begins with the four bytes least to be expected: a searcher looks at four bytes first.
fn rarest(literal: &[u8]) -> &[u8] {
    let starts = 0..=literal.len().saturating_sub(FIRST_BYTES);
    let frequency = |at: &usize| literal[*at..].iter().take(FIRST_BYTES).map(|byte| frequency(*byte)).sum::<u32>();
    &literal[starts.min_by_key(frequency).unwrap_or(0)..]
}

/// How often a byte is met in text and binary protocols, roughly.
fn frequency(byte: u8) -> u32 {
    match byte {
        QUOTE | b'[' | b']' | b'{' | b'}' => 1,
        b'_' | 0x80.. => 2,
        b'a' | b'e' | b'h' | b'i' | b'l' | b'n' | b'o' | b'r' | b's' | b't' => 6,
        b' ' | b'-' | b'.' | b'/' | b':' | b'=' | 0 => 5,
        b'0'..=b'9' | b'a'..=b'z' => 4,
        _ => 3,
    }
}

fn automaton(literals: &[Vec<u8>]) -> Result<AhoCorasick, ProgramError> {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(literals)
        .map_err(|error| ProgramError(format!("anchors cannot be compiled: {error}; give fewer or shorter ones")))
}

/// The proper beginnings of all anchors, read backwards: a tree walked from the last byte on.
struct Endings {
    /// By node and byte class: the next node, 0 for none. Node 0 is the root.
    next: Vec<u16>,
    /// By node: the beginning that ends the walk here, where one does.
    whole: Vec<Option<Box<[u8]>>>,
    class_of: Box<[u16; 256]>,
    classes: usize,
}

impl Endings {
    fn new(literals: &[Vec<u8>]) -> Result<Self, ProgramError> {
        let mut class_of = Box::new([0_u16; 256]);
        let mut classes = 1_u16;
        for byte in literals.iter().flatten() {
            let class = &mut class_of[usize::from(*byte)];
            if *class == 0 {
                *class = classes;
                classes += 1;
            }
        }
        let classes = usize::from(classes);
        let mut tree = Self { next: vec![0; classes], whole: vec![None], class_of, classes };
        let mut known = HashMap::new();
        for literal in literals {
            for size in 1..literal.len() {
                tree.add(&literal[..size], &mut known)?;
            }
        }
        Ok(tree)
    }

    fn add(&mut self, beginning: &[u8], known: &mut HashMap<Vec<u8>, u16>) -> Result<(), ProgramError> {
        let mut node = 0_u16;
        for start in (0..beginning.len()).rev() {
            let fresh = u16::try_from(self.whole.len())
                .ok()
                .filter(|fresh| *fresh != OPAQUE)
                .ok_or_else(|| ProgramError("anchors: too many and too long; give fewer or shorter ones".to_owned()))?;
            let child = *known.entry(beginning[start..].to_vec()).or_insert(fresh);
            if child == fresh {
                self.whole.push(None);
                self.next.resize(self.next.len() + self.classes, 0);
            }
            let class = usize::from(self.class_of[usize::from(beginning[start])]);
            self.next[usize::from(node) * self.classes + class] = child;
            node = child;
        }
        self.whole[usize::from(node)] = Some(beginning.into());
        Ok(())
    }

    /// The longest ending of `data` that an anchor begins with, by its node; 0 for none.
    #[inline]
    fn of(&self, data: &[u8]) -> u16 {
        let (mut node, mut longest) = (0_u16, 0);
        for byte in data.iter().rev() {
            let class = usize::from(self.class_of[usize::from(*byte)]);
            if class == 0 {
                break;
            }
            node = self.next[usize::from(node) * self.classes + class];
            if node == 0 {
                break;
            }
            if self.whole[usize::from(node)].is_some() {
                longest = node;
            }
        }
        longest
    }

    fn bytes(&self, node: u16) -> &[u8] {
        self.whole.get(usize::from(node)).and_then(Option::as_deref).unwrap_or_default()
    }
}
