//! Do the next bytes of a stream hold an anchor, also one that began in the bytes before?

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::search::ProgramError;
use crate::search::hello::HANDSHAKE;
use crate::search::screen::{LOOK_BYTES, Screen};

/// Longest anchor: two of them fit in the room where the seam between two pieces is looked at.
const MAX_ANCHOR_BYTES: usize = 128;
const SEAM_BYTES: usize = 2 * MAX_ANCHOR_BYTES;
/// In the place of a beginning: the direction began as TLS does, and is not searched.
pub const OPAQUE: u16 = u16::MAX;
/// Stands for a direction that has not begun, of a server whom its client did not name.
pub const UNNAMED: u16 = OPAQUE - 1;
/// The first byte of a server's hello, behind the head of its record.
const SERVER_HELLO: u8 = 2;
/// Shorter bytes are best searched together with what follows them.
pub const SHORT_BYTES: usize = LOOK_BYTES;

/// All anchors. A screen says "none" to nearly everything; an automaton says which one it is.
pub struct Anchors {
    literals: Vec<Vec<u8>>,
    /// None where an anchor is too short for it: the automaton looks at everything then.
    screen: Option<Screen>,
    automaton: Option<AhoCorasick>,
    endings: Endings,
    longest: usize,
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
            screen: Screen::new(literals),
            automaton,
            endings: Endings::new(literals)?,
            longest: literals.iter().map(Vec::len).max().unwrap_or(1),
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
        if !self.may_have(data, data) {
            return None;
        }
        let index = self.automaton.as_ref()?.find(data)?.pattern().as_usize();
        self.literals.get(index).map(Vec::as_slice)
    }

    /// What to hand to [`Anchors::search`] with the first bytes of a direction. One that begins with the head of a TLS
    /// record (RFC 8446 §5.1) is encrypted from there on, and no literal stands in it, but for a server's certificate
    /// in TLS 1.2 and older.
    #[inline]
    #[must_use]
    pub fn begin(data: &[u8]) -> u16 {
        if matches!(data, [20..=23, 3, 0..=4, ..]) && !is_clear_flight(data) { OPAQUE } else { 0 }
    }

    /// What `before` is behind a hole: no anchor may be read across it.
    #[must_use]
    pub fn behind_hole(before: u16) -> u16 {
        if before == OPAQUE { OPAQUE } else { 0 }
    }

    /// Look for anchors in the next bytes of a stream. `before` is what the call before answered, at the start what
    /// [`Anchors::begin`] answered. None when there is an anchor, else what to hand to the next call. `around` begins
    /// with `data` and may go on behind it, see [`Screen::has`].
    #[inline]
    #[must_use]
    pub fn search(&self, before: u16, data: &[u8], around: &[u8]) -> Option<u16> {
        if before == OPAQUE {
            return Some(OPAQUE);
        }
        if before != 0 && data.first().is_none_or(|next| self.endings.may_go_on(before, *next)) {
            return self.search_seam(before, data);
        }
        if self.may_have(data, around) && self.find(data).is_some() { None } else { Some(self.endings.of(data)) }
    }

    /// What `before`, an answer of `old`, is here.
    #[must_use]
    pub fn renumbered(&self, old: &Self, before: u16) -> u16 {
        if before >= UNNAMED { before } else { self.endings.of(old.endings.bytes(before)) }
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
        let found = self.automaton.as_ref().filter(|_| self.may_have(seam, seam))?.find(seam)?;
        let is_across = found.start() < self.endings.bytes(before).len();
        self.literals.get(found.pattern().as_usize()).filter(|_| is_across).map(Vec::as_slice)
    }

    /// False when there is surely no anchor in `data`.
    #[inline]
    fn may_have(&self, data: &[u8], around: &[u8]) -> bool {
        self.screen.as_ref().is_none_or(|screen| screen.has(data, around))
    }
}

/// Does a server begin whose certificate follows in the clear, in the same record or the next one? What is behind its
/// hello is no handshake record in TLS 1.3 (RFC 8446 §D.4), nor where a session is taken up again.
fn is_clear_flight(data: &[u8]) -> bool {
    let [HANDSHAKE, _, _, high, low, SERVER_HELLO, ..] = data else { return false };
    let end = 5 + usize::from(u16::from_be_bytes([*high, *low]));
    data.len() < end || data.get(end) == Some(&HANDSHAKE)
}

fn automaton(literals: &[Vec<u8>]) -> Result<AhoCorasick, ProgramError> {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(literals)
        .map_err(|error| ProgramError(format!("anchors cannot be compiled: {error}; give fewer or shorter ones")))
}

/// One bit for each byte.
type ByteSet = [u64; 4];

/// The proper beginnings of all anchors, read backwards: a tree walked from the last byte on.
struct Endings {
    /// By node and byte class: the next node, 0 for none. Node 0 is the root.
    next: Vec<u16>,
    /// By node: the beginning that ends the walk here, where one does.
    whole: Vec<Option<Box<[u8]>>>,
    /// By node: the bytes that carry on a beginning which the walk passes, or ends at.
    going_on: Vec<ByteSet>,
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
        let mut tree = Self { next: vec![0; classes], whole: vec![None], going_on: Vec::new(), class_of, classes };
        let mut known = HashMap::new();
        for literal in literals {
            for size in 1..literal.len() {
                tree.add(&literal[..size], &mut known)?;
            }
        }
        tree.going_on = tree.successors(literals);
        Ok(tree)
    }

    fn add(&mut self, beginning: &[u8], known: &mut HashMap<Vec<u8>, u16>) -> Result<(), ProgramError> {
        let mut node = 0_u16;
        for start in (0..beginning.len()).rev() {
            let fresh = u16::try_from(self.whole.len())
                .ok()
                .filter(|fresh| *fresh < UNNAMED)
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

    fn successors(&self, literals: &[Vec<u8>]) -> Vec<ByteSet> {
        let mut after: HashMap<&[u8], ByteSet> = HashMap::new();
        for literal in literals {
            for size in 1..literal.len() {
                let byte = usize::from(literal[size]);
                after.entry(&literal[..size]).or_default()[byte / 64] |= 1 << (byte % 64);
            }
        }
        let of = |beginning: &[u8]| {
            let endings = (0..beginning.len()).filter_map(|start| after.get(&beginning[start..]));
            endings.fold(ByteSet::default(), |all, one| std::array::from_fn(|at| all[at] | one[at]))
        };
        self.whole.iter().map(|one| one.as_deref().map(of).unwrap_or_default()).collect()
    }

    /// False when no anchor that `node` may be the beginning of has `next` behind it.
    #[inline]
    fn may_go_on(&self, node: u16, next: u8) -> bool {
        self.going_on.get(usize::from(node)).is_some_and(|set| set[usize::from(next) / 64] >> (next % 64) & 1 == 1)
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
