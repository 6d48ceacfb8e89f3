//! What was a fragmented IP packet before it was cut?
//!
//! The twin of `sensor/engine/portable/fragments.py`. Where parts overlap, the first that came wins; an IPv6 packet with
//! such parts is dropped, and all of it that comes later (RFC 5722, RFC 8200 §4.5). A copy of what is there already is
//! no overlap: mirror ports show packets twice. A packet of which a part is missing is given up as a whole: TCP sends
//! the segment again, and what never comes again is a hole like any other. Packets are put together in `partial`; here
//! is which of them are held, and for how long.

use super::part::{Name, Part};
use super::partial::{Partial, Put, Whole};
use crate::aged::Aged;
use crate::limits::{Counters, Limits};

/// Packets of which parts are missing.
pub struct Reassembly {
    partials: Aged<Name, Partial>,
    held_bytes: usize,
    max_partials: usize,
    max_spans: usize,
    max_packet_bytes: usize,
    max_bytes: usize,
    timeout_ns: i64,
}

impl Reassembly {
    /// Nothing held yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            partials: Aged::default(),
            held_bytes: 0,
            max_partials: limits.max_partials,
            max_spans: limits.max_partial_spans,
            max_packet_bytes: limits.max_partial_bytes,
            max_bytes: limits.max_fragment_bytes,
            timeout_ns: limits.fragment_timeout_ns,
        }
    }

    /// Bytes of parts held now, with what holding them costs.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Take a part in. Answers the packet once that is whole.
    pub fn add(&mut self, part: &Part<'_>, at_ns: i64, counters: &mut Counters) -> Option<Whole> {
        self.expire(at_ns, counters);
        if part.header.len() + part.end() > self.max_packet_bytes {
            counters.refused_fragments += 1;
            return None;
        }
        if self.partials.get(&part.name).is_none() {
            while self.partials.len() >= self.max_partials && self.remove_oldest() {
                counters.evicted_partials += 1;
            }
            self.partials.insert(part.name, Partial::new(at_ns));
        }
        let partial = self.partials.get_mut(&part.name)?;
        let before = partial.held_bytes();
        match partial.put(part, self.max_spans) {
            Put::Taken => {}
            Put::Overlaps => counters.overlapped_partials += 1,
            Put::Refused => counters.refused_fragments += 1,
        }
        let (held_bytes, is_whole) = (partial.held_bytes(), partial.is_whole());
        self.held_bytes = self.held_bytes + held_bytes - before;
        if is_whole {
            let whole = self.remove(&part.name).and_then(|partial| partial.join(part, self.max_packet_bytes));
            counters.reassembled_packets += u64::from(whole.is_some());
            counters.refused_fragments += u64::from(whole.is_none());
            return whole;
        }
        while self.held_bytes > self.max_bytes && self.remove_oldest() {
            counters.evicted_partials += 1;
        }
        None
    }

    /// Give up what waits for too long. A step of the clock back by more than the timeout counts as one forward.
    pub fn expire(&mut self, now_ns: i64, counters: &mut Counters) {
        while let Some(oldest) = self.partials.oldest()
            && now_ns.saturating_sub(oldest.first_ns).saturating_abs() > self.timeout_ns
        {
            self.remove_oldest();
            counters.expired_partials += 1;
        }
    }

    /// No more parts come.
    pub fn end(&mut self, counters: &mut Counters) {
        while self.remove_oldest() {
            counters.expired_partials += 1;
        }
    }

    fn remove_oldest(&mut self) -> bool {
        let oldest = self.partials.remove_oldest();
        self.held_bytes -= oldest.as_ref().map_or(0, Partial::held_bytes);
        oldest.is_some()
    }

    fn remove(&mut self, name: &Name) -> Option<Partial> {
        let partial = self.partials.remove(name)?;
        self.held_bytes -= partial.held_bytes();
        Some(partial)
    }
}
