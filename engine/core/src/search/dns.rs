//! Which names does a DNS message bear, and which addresses does it answer? DNS (RFC 1035), as far as names need it.
//!
//! The twin of `sensor/dissect/dns.py`: the same messages are refused, and records after a broken one are left out.

use std::net::IpAddr;

use crate::search::names::{MAX_NAME_BYTES, NameIndex, fold, without_dots};

/// Bytes of a header; a shorter message is none.
pub const HEADER_BYTES: usize = 12;
const MAX_RECORDS: u16 = 64;
const MAX_LABEL_BYTES: u8 = 63;
const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;
const SVCB: u16 = 64;
const HTTPS: u16 = 65;
/// Parameters of a service binding that name addresses, and their bytes (RFC 9460 §14.3.2).
const HINTS: [(u16, usize); 2] = [(4, 4), (6, 16)];
const MAX_HINTS: usize = 16;
const TRUNCATED_OR_RESERVED: u16 = 0x40;

/// What an answer gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// A or AAAA.
    Address(IpAddr),
    /// HTTPS or SVCB: addresses that clients may begin with.
    Hints(Vec<IpAddr>),
    /// CNAME.
    Alias(Vec<u8>),
    /// Something else.
    Other,
}

/// One resource record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whose it is, folded.
    pub name: Vec<u8>,
    /// Time to live.
    pub ttl_s: u32,
    /// What it says.
    pub data: Data,
}

/// A DNS message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// True for an answer.
    pub is_response: bool,
    /// Names asked for, folded.
    pub queries: Vec<Vec<u8>>,
    /// Answers.
    pub answers: Vec<Answer>,
}

impl Message {
    /// Every name in it, aliases included; some more than once.
    pub fn names(&self) -> impl Iterator<Item = &Vec<u8>> {
        let aliases = self.answers.iter().filter_map(|answer| match &answer.data {
            Data::Alias(name) => Some(name),
            _ => None,
        });
        self.queries.iter().chain(self.answers.iter().map(|answer| &answer.name)).chain(aliases)
    }
}

/// False when a TCP stream that begins so is surely not one of DNS: its first message, behind the two bytes of its length
/// (RFC 1035 §4.2.2), would be none.
#[must_use]
pub fn may_begin(stream: &[u8]) -> bool {
    stream.len() < 2 + HEADER_BYTES || header(&stream[2..]).is_some()
}

/// Flags, number of questions, and number of answers.
fn header(payload: &[u8]) -> Option<(u16, u16, u16)> {
    let (flags, questions, answers) = (be16(payload, 2)?, be16(payload, 4)?, be16(payload, 6)?);
    let is_sound = flags >> 11 & 0xF == 0 && flags & TRUNCATED_OR_RESERVED == 0;
    (is_sound && (1..=MAX_RECORDS).contains(&questions)).then_some((flags, questions, answers))
}

/// False when a message surely bears no listed name: nearly all of them, and nothing is written down for it.
#[must_use]
pub fn may_bear(payload: &[u8], names: &NameIndex) -> bool {
    header(payload).is_some_and(|(_, questions, answers)| {
        let mut walk = Walk { payload, at: HEADER_BYTES, name: Name::default() };
        (0..questions).any(|_| walk.question(names)) || (0..answers.min(MAX_RECORDS)).any(|_| walk.answer(names))
    })
}

/// A way through a message, for listed names; where it breaks off it stays, and finds no more.
struct Walk<'a> {
    payload: &'a [u8],
    at: usize,
    name: Name,
}

impl Walk<'_> {
    fn question(&mut self, names: &NameIndex) -> bool {
        let after = self.name.read(self.payload, self.at);
        self.at = after.map_or(usize::MAX, |after| after + 4);
        after.is_some() && names.has(self.name.as_asked())
    }

    fn answer(&mut self, names: &NameIndex) -> bool {
        let Some(after) = self.name.read(self.payload, self.at) else { return false };
        if names.has(self.name.as_asked()) {
            return true;
        }
        let (Some(kind), Some(length)) = (be16(self.payload, after), be16(self.payload, after + 8)) else {
            self.at = usize::MAX;
            return false;
        };
        self.at = after + 10 + usize::from(length);
        kind == CNAME && self.name.read(self.payload, after + 10).is_some() && names.has(self.name.as_asked())
    }
}

/// Read one message; None when it is not DNS.
#[must_use]
pub fn parse(payload: &[u8]) -> Option<Message> {
    if payload.len() < HEADER_BYTES {
        return None;
    }
    let (flags, questions, answers) = header(payload)?;
    let mut at = HEADER_BYTES;
    let mut queries = Vec::with_capacity(1);
    for _ in 0..questions {
        let (name, after) = name(payload, at)?;
        be16(payload, after + 2)?;
        queries.push(name);
        at = after + 4;
    }
    let answers = (0..answers.min(MAX_RECORDS)).map_while(|_| answer(payload, &mut at)).collect();
    Some(Message { is_response: flags >> 15 == 1, queries, answers })
}

fn answer(payload: &[u8], at: &mut usize) -> Option<Answer> {
    let (name, after) = name(payload, *at)?;
    let kind = be16(payload, after)?;
    let ttl_s = u32::from(be16(payload, after + 4)?) << 16 | u32::from(be16(payload, after + 6)?);
    let length = usize::from(be16(payload, after + 8)?);
    let start = after + 10;
    let data = data(payload, kind, start, length)?;
    *at = start + length;
    Some(Answer { name, ttl_s, data })
}

fn data(payload: &[u8], kind: u16, start: usize, length: usize) -> Option<Data> {
    let body = payload.get(start..start + length);
    match (kind, body) {
        (A, Some(body)) if length == 4 => Some(Data::Address(<[u8; 4]>::try_from(body).ok()?.into())),
        (AAAA, Some(body)) if length == 16 => Some(Data::Address(<[u8; 16]>::try_from(body).ok()?.into())),
        (CNAME, _) => Some(Data::Alias(name(payload, start)?.0)),
        (HTTPS | SVCB, _) => Some(Data::Hints(hints(payload, start, length)?)),
        _ => Some(Data::Other),
    }
}

/// The addresses of a service binding: priority, target, then parameters by key (RFC 9460 §2.2).
fn hints(payload: &[u8], start: usize, length: usize) -> Option<Vec<IpAddr>> {
    let (mut at, end) = (behind_name(payload, start + 2)?, start + length);
    let mut found = Vec::new();
    while at + 4 <= end && end <= payload.len() {
        let (key, size) = (be16(payload, at)?, usize::from(be16(payload, at + 2)?));
        at += 4;
        if let Some((_, step)) = HINTS.iter().find(|(hint, _)| *hint == key)
            && at + size <= end
        {
            let left = MAX_HINTS - found.len();
            found.extend(payload[at..at + size].chunks_exact(*step).filter_map(address).take(left));
        }
        at += size;
    }
    Some(found)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = || Some(IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?));
    four().or_else(|| Some(IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?)))
}

/// Where a name ends that is not compressed, as names inside such records must be.
fn behind_name(payload: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *payload.get(at)? {
            0 => return Some(at + 1),
            length => at += usize::from(length) + 1,
        }
    }
}

/// The name at an offset, folded, and where it ends. See [`Name::read`].
fn name(payload: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let mut name = Name::default();
    let after = name.read(payload, at)?;
    Some((fold(name.joined()), after))
}

/// Labels joined by dots.
struct Name {
    bytes: [u8; MAX_NAME_BYTES],
    size: usize,
}

impl Default for Name {
    fn default() -> Self {
        Self { bytes: [0; MAX_NAME_BYTES], size: 0 }
    }
}

impl Name {
    fn joined(&self) -> &[u8] {
        self.bytes.get(..self.size).unwrap_or_default()
    }

    fn as_asked(&self) -> &[u8] {
        without_dots(self.joined())
    }

    /// Read the name at an offset; answers where it ends. None where it breaks off, is no UTF-8, or has a pointer that
    /// does not lead further back (RFC 1035 §4.1.4), so that it always ends.
    fn read(&mut self, payload: &[u8], at: usize) -> Option<usize> {
        let (mut at, mut part_start) = (at, at);
        let mut after = None;
        self.size = 0;
        loop {
            let length = *payload.get(at)?;
            if length & 0xC0 == 0xC0 {
                let target = usize::from(be16(payload, at)? & 0x3FFF);
                if target >= part_start {
                    return None;
                }
                after.get_or_insert(at + 2);
                (at, part_start) = (target, target);
            } else if length > MAX_LABEL_BYTES {
                return None;
            } else if length == 0 {
                std::str::from_utf8(self.joined()).ok()?;
                return after.or(Some(at + 1));
            } else {
                self.push(payload.get(at + 1..at + 1 + usize::from(length))?)?;
                at += 1 + usize::from(length);
            }
        }
    }

    /// One more label; None where the name is too long for it.
    fn push(&mut self, label: &[u8]) -> Option<()> {
        let start = if self.size > 0 { self.size + 1 } else { 0 };
        // On the wire each label has a byte more, the first one too.
        if start + label.len() + 1 > MAX_NAME_BYTES {
            return None;
        }
        if start > 0 {
            *self.bytes.get_mut(self.size)? = b'.';
        }
        self.size = start + label.len();
        self.bytes.get_mut(start..self.size)?.copy_from_slice(label);
        Some(())
    }
}

fn be16(payload: &[u8], at: usize) -> Option<u16> {
    payload.get(at..at + 2).map(|two| u16::from_be_bytes([two[0], two[1]]))
}
