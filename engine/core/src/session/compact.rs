//! What does a segment do to a flow that lives in its table entry alone? The way that nearly all segments go.
//!
//! Every TCP segment of such a flow comes through [`State::compact`], those of flows that were passed by included: what
//! looks at sizes and times of long flows, TLS ones above all, has its place there, behind `entry.seen`, and under one
//! test of a flag. An entry has no byte left, but in one that was passed by `link`, `tail` and `ahead` mean nothing any
//! more: there is room for the place of something bigger. The table tells of its end in `State::close` and `forget`.

use super::State;
use crate::decode::flag;
use crate::event::Direction;
use crate::flow::entry::{Entry, bit, tick};
use crate::flow::history::{History, NONE, Row};
use crate::search::anchors::{Anchors, OPAQUE, SHORT_BYTES, UNNAMED};
use crate::search::certificate::is_server_flight;
use crate::search::{Named, Program, dns};
use crate::session::packet::View;
use crate::session::search::shown_name;

/// How far a segment comes on the short way.
#[derive(PartialEq, Eq)]
enum Way {
    /// It is done with.
    Done,
    /// Something is out of the ordinary, or found: the flow needs a record, and the segment goes the long way.
    Long,
}

impl Entry {
    /// Count a packet.
    #[inline]
    pub(super) fn seen(&mut self, at_ns: i64, direction: Direction) {
        // A first packet earns no second turn of the clock's hand: a flood of them goes before what talks.
        if self.packets != [0, 0] {
            self.set(bit::RECENT);
        }
        let packets = &mut self.packets[direction.index()];
        *packets = packets.saturating_add(1);
        if !self.has(bit::CLOSING) {
            self.last = tick(at_ns);
        }
    }

    /// Count the IP bytes of a flow that was passed by; they matter where its behaviour is told.
    #[inline]
    pub(super) fn count_passed(&mut self, ip_bytes: u32, direction: Direction) {
        let bytes = &mut self.bytes[direction.index()];
        *bytes = bytes.saturating_add(ip_bytes);
    }

    /// Count IP bytes. False when a counter is nearly full.
    #[inline]
    fn count_bytes(&mut self, ip_bytes: u32, direction: Direction) -> bool {
        let bytes = &mut self.bytes[direction.index()];
        *bytes = bytes.saturating_add(ip_bytes);
        *bytes < u32::MAX - (1 << 17) && self.packets[direction.index()] < u16::MAX - 1
    }

    /// Begin a direction at a SYN's sequence number. One that has begun in the middle only learns the number.
    fn open(&mut self, isn: u32, direction: Direction) {
        if !self.has_data(direction) {
            self.begin(isn.wrapping_add(1), direction);
        }
        self.set_of(bit::SYN_SEEN, direction);
    }

    fn begin(&mut self, seq: u32, direction: Direction) {
        self.first[direction.index()] = seq;
        self.next[direction.index()] = seq;
        self.set_of(bit::BEGUN, direction);
    }

    fn syn(&mut self, packet: View<'_>, direction: Direction) {
        self.open(packet.segment.seq, direction);
        if packet.has(flag::ACK) {
            if !self.has_of(bit::BEGUN, direction.other()) {
                self.open(packet.segment.ack.wrapping_sub(1), direction.other());
            }
        } else if direction == Direction::Orig {
            self.set(bit::HANDSHAKE);
        }
    }

    /// A FIN closes when both sides sent one, or when the other side was never seen; a RST closes at once.
    fn end(&mut self, packet: View<'_>, direction: Direction) {
        let other = direction.other();
        if packet.has(flag::RST) {
            self.begin_closing(bit::RESET, packet.at_ns);
            return;
        }
        self.set_of(bit::FIN_SEEN, direction);
        if self.packets[other.index()] == 0 || self.has_of(bit::FIN_SEEN, other) {
            self.begin_closing(0, packet.at_ns);
        }
    }

    fn begin_closing(&mut self, cause: u16, at_ns: i64) {
        if !self.has(bit::CLOSING) {
            self.set(bit::CLOSING | cause);
            self.last = tick(at_ns);
        }
    }
}

impl Entry {
    /// How many bytes of a segment were seen before; its direction begins with it where it has not begun. None where the
    /// segment leaves a hole, was cut, or goes before what was seen first.
    #[inline]
    fn known_bytes(&mut self, packet: View<'_>, direction: Direction) -> Option<u32> {
        let (segment, seq) = (&packet.segment, packet.stream_seq());
        if !self.has_of(bit::BEGUN, direction) {
            // A lone byte in the middle of a connection is a keep-alive probe: a copy of the byte before the next one.
            self.begin(seq.wrapping_add(u32::from(segment.wire_bytes == 1)), direction);
        }
        let ahead = seq.wrapping_sub(self.next[direction.index()]).cast_signed();
        let is_odd =
            ahead > 0 || segment.payload_len < segment.wire_bytes || ahead < 0 && self.is_before(seq, direction);
        (!is_odd).then_some(ahead.unsigned_abs())
    }

    /// True when a segment starts before the first byte seen of a stream that was joined in the middle.
    fn is_before(&self, seq: u32, direction: Direction) -> bool {
        let before = seq.wrapping_sub(self.first[direction.index()]).cast_signed() < 0;
        before && self.link != NONE && !self.has_of(bit::SYN_SEEN, direction)
    }
}

impl State {
    /// Take a TCP segment of a flow without a record in.
    #[inline]
    pub(super) fn compact(&mut self, slot: usize, packet: View<'_>, direction: Direction) {
        let entry = self.table.at(slot);
        entry.seen(packet.at_ns, direction);
        if packet.has(flag::SYN) {
            entry.syn(packet, direction);
        }
        if entry.has(bit::PASSED) {
            entry.count_passed(packet.segment.ip_bytes, direction);
        } else if self.short_way(slot, packet, direction) == Way::Long {
            return self.long_way(slot, packet, direction);
        }
        if packet.has(flag::FIN | flag::RST) {
            self.table.at(slot).end(packet, direction);
        }
    }

    /// Count a segment of a flow that was passed by, and see it end.
    #[cold]
    pub(super) fn passed(&mut self, slot: usize, packet: View<'_>, direction: Direction) {
        let entry = self.table.at(slot);
        entry.seen(packet.at_ns, direction);
        entry.count_passed(packet.segment.ip_bytes, direction);
        if packet.has(flag::SYN) {
            entry.syn(packet, direction);
        }
        if packet.has(flag::FIN | flag::RST) {
            entry.end(packet, direction);
        }
    }

    #[inline]
    fn short_way(&mut self, slot: usize, packet: View<'_>, direction: Direction) -> Way {
        let segment = &packet.segment;
        let entry = self.table.at(slot);
        let is_room = entry.count_bytes(segment.ip_bytes, direction);
        if !is_room || packet.has(flag::ACK) && !entry.acknowledge(segment.ack, direction.other()) {
            return Way::Long;
        }
        if segment.wire_bytes == 0 {
            return Way::Done;
        }
        match entry.known_bytes(packet, direction) {
            Some(known) if known >= segment.payload_len => Way::Done,
            Some(known) => self.in_order(slot, packet, direction, known),
            None => Way::Long,
        }
    }

    /// Take in what follows the first `known` bytes of a segment that is next in its direction.
    #[inline]
    fn in_order(&mut self, slot: usize, packet: View<'_>, direction: Direction, known: u32) -> Way {
        let entry = self.table.at(slot);
        let head_bytes = self.program.limits.head_bytes;
        let room = head_bytes.saturating_sub(entry.sent(direction) as usize);
        let fresh = packet.segment.payload_len - known;
        if room > 0 {
            self.shed_lapsed();
            let (table, history) = (&mut self.table, &mut self.history);
            let head = Head { entry: table.at(slot), history, program: &self.program, packet, direction };
            if head.take(known as usize, room) == Way::Long {
                return Way::Long;
            }
        }
        let entry = self.table.at(slot);
        entry.advance(fresh, direction);
        if room > 0 && entry.is_searched(&self.program) {
            entry.set(bit::PASSED);
            entry.link = NONE;
        }
        Way::Done
    }

    /// Heads whose first piece has no room any more are shed, where their flows are still searched.
    #[inline]
    fn shed_lapsed(&mut self) {
        while let Some(row) = self.history.lapsed() {
            // First the way to a flow is loaded, then, where that leads to one, its entry.
            let [later, sooner] = self.history.lapse_soon();
            self.table.prefetch(later);
            let _ = self.table.likely(sooner);
            self.shed_head(row);
        }
    }

    #[cold]
    fn shed_head(&mut self, row: Row) {
        if row.before == NONE
            && let Some(slot) = self.table.find(row.owner)
        {
            let entry = self.table.at(slot);
            let is_searched = !entry.has(bit::RECORDED | bit::PASSED) && entry.link != NONE;
            self.counters.shed_heads += u64::from(is_searched);
        }
    }
}

impl Entry {
    /// True when nothing more can be found in either direction: its head is full, or it speaks TLS and its name is known.
    #[inline]
    fn is_searched(&self, program: &Program) -> bool {
        Direction::BOTH.iter().all(|side| {
            self.sent(*side) as usize >= program.limits.head_bytes
                || self.is_settled(self.tail[side.index()], program, *side)
        })
    }

    /// True when a direction with this tail began as TLS does, and its name is not awaited any more.
    #[inline]
    fn is_settled(&self, tail: u16, program: &Program, direction: Direction) -> bool {
        tail == OPAQUE && (self.has_of(bit::NAMES_DONE, direction) || program.names.is_empty())
    }
}

/// In-order bytes that are part of a direction's head.
struct Head<'a> {
    entry: &'a mut Entry,
    history: &'a mut History,
    program: &'a Program,
    packet: View<'a>,
    direction: Direction,
}

impl Head<'_> {
    /// Search what follows the first `known` bytes of the packet, and remember where it is; at most `room` bytes.
    #[inline]
    fn take(mut self, known: usize, room: usize) -> Way {
        let (packet, direction) = (self.packet, self.direction);
        let data = packet.payload().get(known..).unwrap_or_default();
        let part = &data[..data.len().min(room)];
        let start = packet.payload_start() + known;
        let sent = self.entry.sent(direction);
        let before = if sent == 0 { Anchors::begin(part) } else { self.entry.tail[direction.index()] };
        let around = packet.held.bytes.get(start..start + SHORT_BYTES).unwrap_or(part);
        let Some(tail) = self.program.anchors.search(before, part, around) else { return Way::Long };
        if self.names_matter(part) || self.has_shape(part.len()) {
            return Way::Long;
        }
        self.entry.tail[direction.index()] = tail;
        if !self.entry.is_settled(tail, self.program, direction) {
            let (link, key) = (self.entry.link, self.entry.key);
            let position = packet.held.position(start);
            self.entry.link = self.history.push(link, key, direction, packet.at_ns, position, part);
        }
        Way::Done
    }

    /// True when the first bytes of a direction name a listed host, or may be DNS.
    #[inline]
    fn names_matter(&mut self, part: &[u8]) -> bool {
        let (names, direction) = (&self.program.names, self.direction);
        if names.is_empty() {
            return false;
        }
        let is_first = self.entry.sent(direction) == 0;
        if is_first && self.packet.is_dns() && dns::may_begin(part) {
            return true;
        }
        if self.entry.has_of(bit::NAMES_DONE, direction) {
            return false;
        }
        let named = if is_first { self.first_name(part) } else { self.later_name(part) };
        match named {
            Named::NotYet => return false,
            Named::Host(name) if names.has(&name) => return true,
            Named::Nobody => self.await_certificate(),
            Named::Host(_) | Named::Never => {}
        }
        self.entry.set_of(bit::NAMES_DONE, direction);
        false
    }

    /// True when the first lengths of both sides are those of a shape.
    #[inline]
    fn has_shape(&self, new_bytes: usize) -> bool {
        let head_bytes = self.program.limits.head_bytes;
        let sent = |side: Direction| head_bytes.min(self.entry.sent(side) as usize);
        let now = sent(self.direction) + new_bytes;
        if !self.program.shapes.has_length(now) {
            return false;
        }
        let mut both = Direction::BOTH.map(sent);
        both[self.direction.index()] = now;
        self.program.shapes.find(both, self.entry.packets.map(|packets| packets > 0)).is_some()
    }

    /// What the first piece of a direction names. Of a server, only where its client named nobody.
    #[inline]
    fn first_name<'a>(&self, part: &'a [u8]) -> Named<'a> {
        if is_server_flight(part) && self.entry.tail[self.direction.index()] != UNNAMED {
            return Named::Never;
        }
        shown_name(part, &self.program.names)
    }

    /// The client named nobody: its server's certificate may tell.
    #[cold]
    fn await_certificate(&mut self) {
        let other = self.direction.other();
        if self.entry.sent(other) == 0 {
            self.entry.tail[other.index()] = UNNAMED;
        }
    }

    /// What a head names that did not come in one piece.
    #[cold]
    fn later_name(&self, part: &[u8]) -> Named<'static> {
        let (rows, _) = self.history.chain(self.entry.link, self.entry.key);
        let mine = rows.iter().filter(|row| History::direction(row) == self.direction);
        let pieces = mine.filter_map(|row| self.history.data(row, self.packet.held));
        let mut head = pieces.collect::<Vec<_>>().concat();
        head.extend_from_slice(part);
        shown_name(&head, &self.program.names).into_owned()
    }
}
