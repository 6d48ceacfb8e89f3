//! What does a segment do to a flow that lives in its table entry alone? The way that nearly all segments go.

use super::State;
use crate::decode::flag;
use crate::event::Direction;
use crate::flow::entry::{Entry, bit, tick};
use crate::flow::history::{History, NONE};
use crate::search::anchors::{Anchors, SHORT_BYTES};
use crate::search::{Named, hello, http, server_name};
use crate::session::packet::View;

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

    /// True when the other side has received more than was seen here. Its answer to a FIN counts the FIN as one byte.
    #[inline]
    fn is_ahead(&self, ack: u32, direction: Direction) -> bool {
        if !self.has_of(bit::BEGUN, direction) {
            return false;
        }
        let ahead = ack.wrapping_sub(self.next[direction.index()]).cast_signed();
        ahead > i32::from(self.has_of(bit::FIN_SEEN, direction))
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
        if !entry.has(bit::PASSED) && self.short_way(slot, packet, direction) == Way::Long {
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
        if packet.has(flag::SYN) {
            entry.syn(packet, direction);
        }
        if packet.has(flag::FIN | flag::RST) {
            entry.end(packet, direction);
        }
    }

    #[inline]
    fn short_way(&mut self, slot: usize, packet: View<'_>, direction: Direction) -> Way {
        let entry = self.table.at(slot);
        let segment = &packet.segment;
        let is_room = entry.count_bytes(segment.ip_bytes, direction);
        if !is_room || packet.has(flag::ACK) && entry.is_ahead(segment.ack, direction.other()) {
            return Way::Long;
        }
        if segment.wire_bytes == 0 {
            return Way::Done;
        }
        let seq = packet.stream_seq();
        if !entry.has_of(bit::BEGUN, direction) {
            // A lone byte in the middle of a connection is a keep-alive probe: a copy of the byte before the next one.
            entry.begin(seq.wrapping_add(u32::from(segment.wire_bytes == 1)), direction);
        }
        let ahead = seq.wrapping_sub(entry.next[direction.index()]).cast_signed();
        if ahead > 0 || segment.payload_len < segment.wire_bytes || ahead < 0 && entry.is_before(seq, direction) {
            return Way::Long;
        }
        let known = ahead.unsigned_abs();
        if known >= segment.payload_len {
            return Way::Done;
        }
        self.fresh(slot, packet, direction, known)
    }

    /// In-order bytes from `known` on: searched, as far as the head goes.
    #[inline]
    fn fresh(&mut self, slot: usize, packet: View<'_>, direction: Direction, known: u32) -> Way {
        let program = &*self.program;
        let head_bytes = program.limits.head_bytes;
        let entry = self.table.at(slot);
        let side = direction.index();
        let room = head_bytes.saturating_sub(entry.sent(direction) as usize);
        let data = packet.payload().get(known as usize..).unwrap_or_default();
        if room > 0 {
            let part = &data[..data.len().min(room)];
            let start = packet.payload_start() + known as usize;
            let around = packet.held.bytes.get(start..start + SHORT_BYTES).unwrap_or(part);
            let before = if entry.sent(direction) == 0 { Anchors::begin(part) } else { entry.tail[side] };
            let Some(tail) = program.anchors.search(before, part, around) else { return Way::Long };
            if self.names_matter(slot, packet, direction, part) || self.has_shape(slot, direction, part.len()) {
                return Way::Long;
            }
            self.shed_lapsed();
            let entry = self.table.at(slot);
            entry.tail[side] = tail;
            let position = packet.held.position(start);
            entry.link = self.history.push(entry.link, entry.key, direction, packet.at_ns, position, part);
        }
        let entry = self.table.at(slot);
        entry.next[side] = entry.next[side].wrapping_add(data.len() as u32);
        if room > 0 && Direction::BOTH.iter().all(|side| entry.sent(*side) as usize >= head_bytes) {
            entry.set(bit::PASSED);
            entry.link = NONE;
        }
        Way::Done
    }
}

impl State {
    /// Heads whose first piece has no room any more are shed, where their flows are still searched.
    #[inline]
    fn shed_lapsed(&mut self) {
        while let Some(row) = self.history.lapsed() {
            if row.before == NONE
                && let Some(slot) = self.table.find(row.owner)
            {
                let entry = self.table.at(slot);
                let is_searched = !entry.has(bit::RECORDED | bit::PASSED) && entry.link != NONE;
                self.counters.shed_heads += u64::from(is_searched);
            }
        }
    }

    /// True when the first bytes of a direction name a listed host, or may be DNS.
    #[inline]
    fn names_matter(&mut self, slot: usize, packet: View<'_>, direction: Direction, part: &[u8]) -> bool {
        if self.program.names.is_empty() {
            return false;
        }
        let entry = self.table.at(slot);
        let is_first = entry.sent(direction) == 0;
        if is_first && packet.is_dns() {
            return true;
        }
        if entry.has_of(bit::NAMES_DONE, direction) {
            return false;
        }
        let named = if is_first { first_name(part) } else { self.later_name(slot, packet, direction, part) };
        match named {
            Named::NotYet => return false,
            Named::Host(name) if self.program.names.has(&name) => return true,
            Named::Host(_) | Named::Never => {}
        }
        self.table.at(slot).set_of(bit::NAMES_DONE, direction);
        false
    }

    /// True when the first lengths of both sides are those of a shape.
    #[inline]
    fn has_shape(&mut self, slot: usize, direction: Direction, new_bytes: usize) -> bool {
        let head_bytes = self.program.limits.head_bytes;
        let entry = self.table.at(slot);
        let mut sent = Direction::BOTH.map(|side| head_bytes.min(entry.sent(side) as usize));
        sent[direction.index()] += new_bytes;
        let seen = entry.packets.map(|packets| packets > 0);
        self.program.shapes.find(sent, seen).is_some()
    }

    /// What a head names that did not come in one piece.
    #[cold]
    fn later_name(&mut self, slot: usize, packet: View<'_>, direction: Direction, part: &[u8]) -> Named {
        let entry = *self.table.at(slot);
        let (rows, _) = self.history.chain(entry.link, entry.key);
        let mine = rows.iter().filter(|row| History::direction(row) == direction);
        let mut head = mine.filter_map(|row| self.history.data(row, packet.held)).collect::<Vec<_>>().concat();
        head.extend_from_slice(part);
        server_name(&head)
    }
}

fn first_name(head: &[u8]) -> Named {
    let may_start = head.first().is_some_and(|first| *first == hello::HANDSHAKE || http::may_start(*first));
    if may_start { server_name(head) } else { Named::Never }
}
