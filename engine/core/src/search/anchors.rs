//! Do the next bytes of a stream hold an anchor, also one that began in the bytes before?

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind, packed};

use crate::search::ProgramError;

const MIN_ANCHOR_BYTES: usize = 1;
const MAX_ANCHOR_BYTES: usize = 255;

/// All anchors: a vectorised searcher where they are few, an automaton else, and the endings that may begin one.
pub struct Anchors {
    literals: Vec<Vec<u8>>,
    vector: Option<packed::Searcher>,
    automaton: Option<AhoCorasick>,
    endings: Endings,
    overlap: usize,
    shortest: usize,
}

/// Bytes that shorter ones are padded to, for the vectorised searcher.
const SHORT: usize = 64;

impl Anchors {
    /// Compile the anchors; the first of several at one place wins, in the order given.
    ///
    /// # Errors
    /// [`ProgramError`] where an anchor is empty or too long, or all of them together are.
    pub fn new(literals: &[Vec<u8>]) -> Result<Self, ProgramError> {
        if let Some(bad) = literals.iter().find(|one| !(MIN_ANCHOR_BYTES..=MAX_ANCHOR_BYTES).contains(&one.len())) {
            let (size, start) = (bad.len(), String::from_utf8_lossy(&bad[..bad.len().min(40)]));
            return Err(ProgramError(format!("anchor {start:?} of {size} bytes: give one of 1 to 255 bytes")));
        }
        let overlap = literals.iter().map(Vec::len).max().map_or(0, |longest| longest - 1);
        let shortest = literals.iter().map(Vec::len).min().unwrap_or(0);
        let automaton = match literals {
            [] => None,
            _ => Some(automaton(literals)?),
        };
        let mut builder = packed::Config::new().match_kind(packed::MatchKind::LeftmostFirst).builder();
        let vector = builder.extend(literals).build();
        Ok(Self { literals: literals.to_vec(), vector, automaton, endings: Endings::new(literals), overlap, shortest })
    }

    /// True when nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    /// How many bytes before the next ones may belong to an anchor.
    #[must_use]
    pub fn overlap(&self) -> usize {
        self.overlap
    }

    /// The first anchor in `data`.
    #[inline]
    #[must_use]
    pub fn find(&self, data: &[u8]) -> Option<&[u8]> {
        let index = match &self.vector {
            Some(vector) if data.len() >= vector.minimum_len() => vector.find(data)?.pattern().as_usize(),
            Some(_) if data.len() < self.shortest => return None,
            Some(vector) if vector.minimum_len() <= SHORT => {
                let mut padded = [0; SHORT];
                padded.get_mut(..data.len())?.copy_from_slice(data);
                let found = vector.find(&padded)?;
                // What is found in the padding is left to the automaton, which does not see that.
                if found.end() > data.len() { self.slow(data)? } else { found.pattern().as_usize() }
            }
            _ => self.slow(data)?,
        };
        self.literals.get(index).map(Vec::as_slice)
    }

    #[cold]
    fn slow(&self, data: &[u8]) -> Option<usize> {
        Some(self.automaton.as_ref()?.find(data)?.pattern().as_usize())
    }

    /// How many of the last bytes an anchor may begin with that the next bytes go on with: the longest such ending.
    #[inline]
    #[must_use]
    pub fn ending(&self, data: &[u8]) -> u8 {
        self.endings.longest(data)
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
    /// By node: the length of the beginning that ends the walk here, 0 for none.
    whole: Vec<u8>,
    class_of: Box<[u8; 256]>,
    classes: usize,
}

impl Endings {
    fn new(literals: &[Vec<u8>]) -> Self {
        let mut class_of = Box::new([0_u8; 256]);
        let mut classes = 1_usize;
        for byte in literals.iter().flatten() {
            let class = &mut class_of[usize::from(*byte)];
            if *class == 0 {
                *class = u8::try_from(classes).unwrap_or(u8::MAX);
                classes += 1;
            }
        }
        let mut tree = Self { next: vec![0; classes], whole: vec![0], class_of, classes };
        let mut known = HashMap::new();
        for literal in literals {
            for size in 1..literal.len() {
                tree.add(&literal[..size], &mut known);
            }
        }
        tree
    }

    fn add(&mut self, beginning: &[u8], known: &mut HashMap<Vec<u8>, u16>) {
        let mut node = 0_u16;
        for depth in 1..=beginning.len() {
            let suffix = beginning[beginning.len() - depth..].to_vec();
            let fresh = self.whole.len();
            let child = *known.entry(suffix).or_insert_with(|| u16::try_from(fresh).unwrap_or(0));
            if usize::from(child) == fresh {
                self.whole.push(0);
                self.next.resize(self.next.len() + self.classes, 0);
            }
            let class = usize::from(self.class_of[usize::from(beginning[beginning.len() - depth])]);
            self.next[usize::from(node) * self.classes + class] = child;
            node = child;
        }
        self.whole[usize::from(node)] = u8::try_from(beginning.len()).unwrap_or(u8::MAX);
    }

    #[inline]
    fn longest(&self, data: &[u8]) -> u8 {
        let mut node = 0_usize;
        let mut longest = 0;
        for byte in data.iter().rev() {
            let class = usize::from(self.class_of[usize::from(*byte)]);
            if class == 0 {
                break;
            }
            node = usize::from(self.next[node * self.classes + class]);
            if node == 0 {
                break;
            }
            longest = longest.max(self.whole[node]);
        }
        longest
    }
}
