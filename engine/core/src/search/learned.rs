//! Which addresses did DNS answers give for listed names, and until when?

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::IpAddr;

use crate::limits::{Limits, SECOND_NS};
use crate::search::dns::{Answer, Data, Message};
use crate::search::names::NameIndex;

const FILTER_BITS: u32 = 1 << 18;

/// Learned addresses; at most `max_learned`: the one that ends first is forgotten.
pub struct Learned {
    known: HashMap<IpAddr, (i64, Vec<u8>)>,
    ends: BinaryHeap<Reverse<(i64, IpAddr)>>,
    /// A bit for each address learned so far: most other addresses are turned away by it.
    filter: Vec<u64>,
    changes: u64,
    max: usize,
    ttl_s: (i64, i64),
}

impl Learned {
    /// Nothing learned yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            known: HashMap::new(),
            ends: BinaryHeap::new(),
            filter: vec![0; FILTER_BITS as usize / 64],
            changes: 0,
            max: limits.max_learned,
            ttl_s: (limits.min_learned_ttl_s, limits.max_learned_ttl_s),
        }
    }

    /// True when nothing is known.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// How often something was learned: what was not known still is not, while this stays the same.
    #[inline]
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// False when an IPv4 address was surely not learned.
    #[inline]
    #[must_use]
    pub fn may_have_v4(&self, address: u32) -> bool {
        !self.known.is_empty() && self.filtered(filter_bit_of(u64::from(address)))
    }

    #[inline]
    fn filtered(&self, bit: u32) -> bool {
        self.filter[(bit >> 6) as usize] >> (bit & 63) & 1 == 1
    }

    /// The name that was asked for when the address was answered, if that still holds at `now_ns`.
    #[must_use]
    pub fn find(&self, address: IpAddr, now_ns: i64) -> Option<&[u8]> {
        if !self.filtered(filter_bit(address)) {
            return None;
        }
        self.known.get(&address).filter(|(ends_ns, _)| now_ns < *ends_ns).map(|(_, name)| name.as_slice())
    }

    /// Take in the addresses of listed names; true when the message bears a listed name at all.
    pub fn learn(&mut self, message: &Message, names: &NameIndex, now_ns: i64) -> bool {
        let listed = listed_names(message, names);
        if listed.is_empty() || !message.is_response {
            return !listed.is_empty();
        }
        for answer in &message.answers {
            let told = match &answer.data {
                Data::Address(address) => std::slice::from_ref(address),
                Data::Hints(hints) => hints,
                _ => &[],
            };
            if let Some(name) = listed.get(&answer.name) {
                told.iter().for_each(|address| self.put(*address, i64::from(answer.ttl_s), name, now_ns));
            }
        }
        true
    }

    fn put(&mut self, address: IpAddr, ttl_s: i64, name: &[u8], now_ns: i64) {
        let ttl_s = ttl_s.max(self.ttl_s.0).min(self.ttl_s.1);
        let ends_ns = now_ns.saturating_add(ttl_s.saturating_mul(SECOND_NS));
        if self.known.get(&address).is_some_and(|(known_ns, _)| *known_ns >= ends_ns) {
            return;
        }
        self.changes += 1;
        self.known.insert(address, (ends_ns, name.to_vec()));
        let bit = filter_bit(address);
        self.filter[(bit >> 6) as usize] |= 1 << (bit & 63);
        self.ends.push(Reverse((ends_ns, address)));
        while self.known.len() > self.max {
            self.forget_first();
        }
        // Every refresh leaves a stale row in the heap: rebuild before those outnumber the addresses.
        if self.ends.len() > 2 * self.known.len() + 16 {
            self.rebuild();
        }
    }

    fn forget_first(&mut self) {
        let Some(Reverse((ends_ns, address))) = self.ends.pop() else { return };
        if self.known.get(&address).is_some_and(|(known_ns, _)| *known_ns == ends_ns) {
            self.known.remove(&address);
        }
    }

    fn rebuild(&mut self) {
        self.ends = self.known.iter().map(|(address, (ends_ns, _))| Reverse((*ends_ns, *address))).collect();
        self.filter.fill(0);
        for address in self.known.keys() {
            let bit = filter_bit(*address);
            self.filter[(bit >> 6) as usize] |= 1 << (bit & 63);
        }
    }
}

/// Every name of the message that is listed or that an alias chain leads to from a listed one, with that one.
fn listed_names(message: &Message, names: &NameIndex) -> HashMap<Vec<u8>, Vec<u8>> {
    let mut listed: HashMap<Vec<u8>, Vec<u8>> =
        message.names().filter(|name| names.has(name)).map(|name| (name.clone(), name.clone())).collect();
    if listed.is_empty() {
        return listed;
    }
    let aliases: Vec<(&Vec<u8>, &Vec<u8>)> = message.answers.iter().filter_map(alias).collect();
    // A chain is as long as its number of aliases at most, in whatever order they stand.
    for _ in 0..aliases.len() {
        let grown: Vec<_> = aliases
            .iter()
            .filter(|(_, target)| !listed.contains_key(*target))
            .filter_map(|(name, target)| Some(((*target).clone(), listed.get(*name)?.clone())))
            .collect();
        if grown.is_empty() {
            break;
        }
        listed.extend(grown);
    }
    listed
}

fn alias(answer: &Answer) -> Option<(&Vec<u8>, &Vec<u8>)> {
    if let Data::Alias(target) = &answer.data { Some((&answer.name, target)) } else { None }
}

fn filter_bit(address: IpAddr) -> u32 {
    let folded = match address {
        IpAddr::V4(four) => u64::from(u32::from(four)),
        IpAddr::V6(six) => {
            let bits = u128::from(six);
            (bits >> 64) as u64 ^ bits as u64
        }
    };
    filter_bit_of(folded)
}

#[inline]
fn filter_bit_of(folded: u64) -> u32 {
    (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 46) as u32
}
