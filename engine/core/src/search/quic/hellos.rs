//! Which hellos of QUIC clients are on their way, and which one does a datagram make whole?
//!
//! The twin of `sensor/engine/portable/hellos.py`. A hello of which a part does not come in time is given up; clients ask
//! a silent server again for some seconds.

use std::ops::Range;

use super::frames::{Piece, crypto_frames};
use super::handshake::{Flight, Handshake};
use super::packet::{Initial, MIN_FIRST_ID_BYTES, initials};
use super::protection::{KeyMaker, Keys, open};
use crate::aged::Aged;
use crate::event::Endpoint;
use crate::limits::{Counters, Limits};
use crate::pace::Pace;

/// Who sends to whom, in which tunnel or VLAN (see [`crate::decode::tenant`]).
pub type Who = (Endpoint, Endpoint, u32);

/// Hellos of which parts are missing.
pub struct Hellos {
    maker: KeyMaker,
    waiting: Aged<Who, Waiting>,
    held_bytes: usize,
    pace: Pace,
    scratch: Vec<u8>,
    max_waiting: usize,
    max_bytes: usize,
    timeout_ns: i64,
}

struct Waiting {
    first_ns: i64,
    handshake: Handshake,
}

impl Hellos {
    /// Nothing heard yet.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            maker: KeyMaker::default(),
            waiting: Aged::default(),
            held_bytes: 0,
            pace: Pace::new(limits.max_quic_per_s),
            scratch: Vec::new(),
            max_waiting: limits.max_quic_hellos,
            max_bytes: limits.max_quic_bytes,
            timeout_ns: limits.quic_timeout_ns,
        }
    }

    /// Bytes of pieces held now, with what holding them costs.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Look into a datagram that begins as a client's first ones do. Answers the hello that it makes whole.
    pub fn hear(&mut self, who: Who, datagram: &[u8], at_ns: i64, counters: &mut Counters) -> Option<Vec<u8>> {
        self.expire(at_ns, counters);
        let mut packets = initials(datagram).peekable();
        // A server's packet, or one behind the server's answer: there is nothing to open it with.
        let first = packets.peek()?;
        if first.connection_id.len() < MIN_FIRST_ID_BYTES && self.waiting.get(&who).is_none() {
            return None;
        }
        if !self.pace.lets_pass(at_ns) {
            counters.shed_quic += 1;
            return None;
        }
        counters.quic_initials += 1;
        let hello = packets.find_map(|packet| self.packet(who, &packet, at_ns, counters));
        counters.quic_hellos += u64::from(hello.is_some());
        hello
    }

    /// Give up what waits for too long. A step of the clock back by more than the timeout counts as one forward.
    pub fn expire(&mut self, now_ns: i64, counters: &mut Counters) {
        while let Some(oldest) = self.waiting.oldest()
            && now_ns.saturating_sub(oldest.first_ns).saturating_abs() > self.timeout_ns
        {
            self.remove_oldest();
            counters.expired_quic += 1;
        }
    }

    /// No more packets come.
    pub fn end(&mut self, counters: &mut Counters) {
        while self.remove_oldest() {
            counters.expired_quic += 1;
        }
    }

    fn packet(&mut self, who: Who, packet: &Initial<'_>, at_ns: i64, counters: &mut Counters) -> Option<Vec<u8>> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let hello = self.opened(who, packet, &mut scratch).and_then(|(payload, keys)| {
            let pieces = crypto_frames(&scratch[payload]).unwrap_or_default();
            match keys {
                Some(keys) => self.begin(who, Handshake::new(keys), &pieces, at_ns, counters),
                None => self.go_on(who, &pieces, counters),
            }
        });
        self.scratch = scratch;
        hello
    }

    /// Where in `scratch` the payload of a packet is. With keys where it begins a handshake: the first one, or another
    /// one between the same ports, as after a Retry (RFC 9001 §5.2).
    fn opened(&self, who: Who, packet: &Initial<'_>, scratch: &mut Vec<u8>) -> Option<(Range<usize>, Option<Keys>)> {
        let known = self.waiting.get(&who).map(|waiting| &waiting.handshake.keys);
        if let Some(payload) = known.and_then(|keys| open(keys, packet, scratch)) {
            return Some((payload, None));
        }
        let own = self.maker.client_keys(packet.version, packet.connection_id);
        if known == Some(&own) {
            return None;
        }
        open(&own, packet, scratch).map(|payload| (payload, Some(own)))
    }

    /// A handshake that may take the place of another.
    fn begin(
        &mut self,
        who: Who,
        mut handshake: Handshake,
        pieces: &[Piece<'_>],
        at_ns: i64,
        counters: &mut Counters,
    ) -> Option<Vec<u8>> {
        handshake.take(pieces);
        if handshake.is_empty() {
            return None;
        }
        self.remove(who);
        let flight = handshake.flight();
        if flight == Flight::NotYet {
            while self.waiting.len() >= self.max_waiting && self.remove_oldest() {
                counters.evicted_quic += 1;
            }
            self.held_bytes += handshake.held_bytes();
            self.waiting.insert(who, Waiting { first_ns: at_ns, handshake });
            self.trim(counters);
        }
        flight.hello()
    }

    /// More of the handshake that is waiting.
    fn go_on(&mut self, who: Who, pieces: &[Piece<'_>], counters: &mut Counters) -> Option<Vec<u8>> {
        let Waiting { handshake, .. } = self.waiting.get_mut(&who)?;
        self.held_bytes -= handshake.held_bytes();
        handshake.take(pieces);
        self.held_bytes += handshake.held_bytes();
        let flight = handshake.flight();
        if flight == Flight::NotYet {
            self.trim(counters);
        } else {
            self.remove(who);
        }
        flight.hello()
    }

    fn trim(&mut self, counters: &mut Counters) {
        while self.held_bytes > self.max_bytes && self.remove_oldest() {
            counters.evicted_quic += 1;
        }
    }

    fn remove_oldest(&mut self) -> bool {
        let oldest = self.waiting.remove_oldest();
        self.held_bytes -= oldest.as_ref().map_or(0, |waiting| waiting.handshake.held_bytes());
        oldest.is_some()
    }

    fn remove(&mut self, who: Who) {
        self.held_bytes -= self.waiting.remove(&who).map_or(0, |waiting| waiting.handshake.held_bytes());
    }
}
