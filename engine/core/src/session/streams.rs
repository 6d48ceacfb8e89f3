//! What becomes of the bytes of a recorded flow: searched, kept, or given out?
//!
//! The twin of `sensor/engine/portable/streams.py`.

use super::{Hit, State};
use crate::decode::flag;
use crate::event::{Direction, Event, Reason};
use crate::flow::half::Piece;
use crate::flow::record::{HeadPiece, Progress, Record, Side};
use crate::limits::SECOND_NS;
use crate::search::anchors::{Anchors, OPAQUE};
use crate::search::{Program, dns};
use crate::session::packet::View;

/// A hole older than this is given up: a sender repeats what was lost within seconds, a tap never does.
const MAX_HOLE_NS: i64 = 5 * SECOND_NS;

impl State {
    /// Take a TCP segment of a recorded flow in.
    pub(super) fn segment(&mut self, place: u32, packet: View<'_>, direction: Direction) {
        let at_ns = packet.at_ns;
        let Some(record) = self.wanted(place) else { return };
        if packet.has(flag::ACK) {
            let other = &mut record.side(direction.other()).half;
            other.acknowledge(packet.segment.ack);
            if other.has_hole() {
                self.mend(place, direction.other(), at_ns, false);
            }
        }
        if packet.segment.wire_bytes == 0
            || self.prepend(place, packet, direction)
            || self.passes(place, packet, direction)
        {
            return;
        }
        let pieces = self.reassemble(place, direction, |record| {
            let half = &mut record.side(direction).half;
            half.insert(packet.stream_seq(), packet.payload(), packet.segment.wire_bytes, at_ns)
        });
        for piece in pieces {
            self.deliver(place, direction, at_ns, piece);
        }
        // Only here, after the sender had its chance to fill it, may age speak against a hole.
        let is_old =
            self.wanted(place).is_some_and(|record| record.side(direction).half.hole_age_ns(at_ns) > MAX_HOLE_NS);
        self.mend(place, direction, at_ns, is_old);
    }

    /// Behind the head nobody wants the bytes of a searched flow: true when a segment could go by without a copy.
    fn passes(&mut self, place: u32, packet: View<'_>, direction: Direction) -> bool {
        let head_bytes = self.program.limits.head_bytes;
        let Some(record) = self.wanted(place) else { return true };
        let is_searched = record.progress == Progress::Search;
        let side = record.side(direction);
        if !is_searched || side.searched_bytes < head_bytes {
            return false;
        }
        let (bytes, wire_bytes) = (packet.segment.payload_len, packet.segment.wire_bytes);
        let passed = side.half.pass(packet.stream_seq(), bytes, wire_bytes);
        side.unkept_bytes += passed.unwrap_or(0);
        passed.is_some()
    }

    /// Follow a flow and give its head out; false when no more flows may be followed.
    pub(super) fn candidate(&mut self, place: u32, hit: Hit, at_ns: i64) -> bool {
        let counters = &mut self.counters;
        counters.candidates += 1;
        match hit.reason {
            Reason::Anchor => counters.anchors_hit += 1,
            Reason::Name => counters.names_hit += 1,
            Reason::Shape => counters.shapes_hit += 1,
            Reason::Address | Reason::Learned => counters.addresses_hit += 1,
        }
        if self.records.followed() >= self.program.limits.max_followed {
            counters.unfollowed_candidates += 1;
            self.pass_by(place);
            return false;
        }
        self.records.follow(place, at_ns);
        let Some(record) = self.records.get_mut(place) else { return false };
        let head = record.take_head();
        self.counters.held_bytes -= head.iter().map(|piece| piece.data.len() as u64).sum::<u64>();
        self.events.push(record.candidate(hit, at_ns));
        let flow_id = record.id;
        for HeadPiece { direction, at_ns, data, lost_bytes } in head {
            self.counters.lost_bytes += lost_bytes;
            self.events.push(Event::Chunk { flow_id, direction, at_ns, data, gap: lost_bytes > 0 });
        }
        true
    }

    /// Give out or search what is still held behind holes.
    pub(super) fn finish(&mut self, place: u32) {
        let Some(last_ns) = self.wanted(place).map(|record| record.last_ns) else { return };
        for direction in Direction::BOTH {
            self.mend(place, direction, last_ns, true);
        }
    }

    /// Stop looking at a flow's stream and free what is held of it.
    pub(super) fn pass_by(&mut self, place: u32) {
        let Some(record) = self.records.get_mut(place) else { return };
        self.counters.held_bytes -= record.held_bytes() as u64;
        record.take_head();
        for side in &mut record.sides {
            side.half.forget();
            side.tail = 0;
        }
        self.records.pass_by(place);
    }

    /// The record of a flow that is searched or followed.
    fn wanted(&mut self, place: u32) -> Option<&mut Record> {
        self.records.get_mut(place).filter(|record| record.progress != Progress::Passed)
    }

    /// Let a direction's reassembly do something, and count what it holds after that.
    fn reassemble<'a>(
        &mut self,
        place: u32,
        direction: Direction,
        work: impl FnOnce(&mut Record) -> Vec<Piece<'a>>,
    ) -> Vec<Piece<'a>> {
        let Some(record) = self.records.get_mut(place) else { return Vec::new() };
        let before = record.side(direction).half.held_bytes as u64;
        let pieces = work(record);
        let after = record.side(direction).half.held_bytes as u64;
        self.counters.held_bytes = self.counters.held_bytes + after - before;
        pieces
    }

    /// Give up the holes of one direction that cannot be filled any more, or that cost too much.
    fn mend(&mut self, place: u32, direction: Direction, at_ns: i64, all_holes: bool) {
        let limits = &self.program.limits;
        let (max_gap_bytes, max_held_bytes) = (limits.max_gap_bytes, limits.max_held_bytes as u64);
        loop {
            let is_full = self.counters.held_bytes > max_held_bytes;
            let Some(record) = self.records.get_mut(place) else { return };
            let half = &record.side(direction).half;
            if !half.has_hole() || !(all_holes || half.hole_is_acked() || half.held_bytes > max_gap_bytes || is_full) {
                return;
            }
            let pieces = self.reassemble(place, direction, |record| record.side(direction).half.give_up_hole(at_ns));
            for piece in pieces {
                self.deliver(place, direction, at_ns, piece);
            }
        }
    }

    /// Put a segment before the only one seen, where a stream was joined in the middle and in the wrong order.
    fn prepend(&mut self, place: u32, packet: View<'_>, direction: Direction) -> bool {
        let Some(record) = self.records.get_mut(place) else { return false };
        if record.progress != Progress::Search || record.head.len() != 1 || record.head[0].direction != direction {
            return false;
        }
        let before = record.side(direction).half.prepend(packet.stream_seq(), packet.payload());
        if before.is_empty() {
            return false;
        }
        let first = record.take_head().remove(0);
        let side = record.side(direction);
        side.searched_bytes = 0;
        side.tail = 0;
        side.names_done = false;
        self.counters.held_bytes -= first.data.len() as u64;
        let data = [before, &first.data].concat();
        self.deliver(place, direction, packet.at_ns, Piece { data: data.into(), lost_bytes: first.lost_bytes });
        true
    }

    /// In-order bytes: out to the reader when the flow is followed, else into the search.
    fn deliver(&mut self, place: u32, direction: Direction, at_ns: i64, piece: Piece<'_>) {
        let Some(record) = self.records.get_mut(place) else { return };
        match record.progress {
            Progress::Followed => {
                let lost = piece.lost_bytes + std::mem::take(&mut record.side(direction).unkept_bytes);
                let flow_id = record.id;
                self.counters.lost_bytes += lost;
                self.events.push(Event::Chunk {
                    flow_id,
                    direction,
                    at_ns,
                    data: piece.data.into_owned(),
                    gap: lost > 0,
                });
            }
            Progress::Search => self.seek(place, direction, at_ns, piece),
            Progress::Passed => {}
        }
    }

    fn seek(&mut self, place: u32, direction: Direction, at_ns: i64, piece: Piece<'_>) {
        let program = self.program.clone();
        let head_bytes = program.limits.head_bytes;
        let Some(record) = self.records.get_mut(place) else { return };
        let is_dns = record.is_dns();
        let side = record.side(direction);
        if side.searched_bytes == 0 && is_dns {
            side.dns_at = if dns::may_begin(&piece.data) { 0 } else { head_bytes };
        }
        if piece.lost_bytes > 0 {
            // Neither an anchor nor a name may be read across a hole.
            side.tail = Anchors::behind_hole(side.tail);
            side.names_done = true;
            side.dns_at = head_bytes;
        }
        let size = piece.data.len().min(head_bytes.saturating_sub(side.searched_bytes));
        if size == 0 {
            side.unkept_bytes += piece.data.len() as u64 + piece.lost_bytes;
            return;
        }
        if let Some(hit) = super::search::piece(&program, record, direction, &piece.data[..size]) {
            if self.candidate(place, hit, at_ns) {
                self.deliver(place, direction, at_ns, piece);
            }
            return;
        }
        let side = record.side(direction);
        side.searched_bytes += size;
        if side.is_settled(&program) {
            side.unkept_bytes += piece.data.len() as u64 + piece.lost_bytes;
        } else {
            let rest = (piece.data.len() - size) as u64;
            let data = piece.data[..size].to_vec();
            self.keep(place, HeadPiece { direction, at_ns, data, lost_bytes: piece.lost_bytes });
            let Some(record) = self.records.get_mut(place) else { return };
            record.side(direction).unkept_bytes += rest;
        }
        let Some(record) = self.records.get(place) else { return };
        if !program.names.is_empty() && record.is_dns() {
            self.dns_over_tcp(place, direction, at_ns);
        }
        let is_searched = |side: &Side| side.searched_bytes >= head_bytes || side.is_settled(&program);
        if self.records.get(place).is_some_and(|record| record.sides.iter().all(is_searched)) {
            self.pass_by(place);
        }
    }

    fn dns_over_tcp(&mut self, place: u32, direction: Direction, at_ns: i64) {
        let Some(record) = self.records.get_mut(place) else { return };
        let side = record.side(direction);
        if side.searched_bytes < side.dns_end {
            return;
        }
        let five_tuple = record.seen_from(direction);
        let head = record.head_of(direction);
        let messages = super::search::dns_messages(record.side(direction), &head);
        for message in messages {
            self.dns_message(five_tuple, at_ns, &head[message]);
        }
    }

    fn keep(&mut self, place: u32, piece: HeadPiece) {
        let Some(record) = self.records.get_mut(place) else { return };
        let size = piece.data.len();
        let held = self.counters.held_bytes as usize;
        if !record.shed && held + size > self.program.limits.max_held_bytes {
            record.shed = true;
            self.counters.shed_heads += 1;
            self.counters.held_bytes -= record.head_bytes as u64;
            for kept in record.take_head() {
                record.side(kept.direction).unkept_bytes += kept.data.len() as u64 + kept.lost_bytes;
            }
        }
        if record.shed {
            record.side(piece.direction).unkept_bytes += size as u64 + piece.lost_bytes;
            return;
        }
        record.head.push(piece);
        record.head_bytes += size;
        self.counters.held_bytes += size as u64;
    }
}

impl Side {
    /// True when it began as TLS does, and its name is not awaited any more: what follows says nothing, and is not kept.
    fn is_settled(&self, program: &Program) -> bool {
        self.tail == OPAQUE && (self.names_done || program.names.is_empty())
    }
}

impl Record {
    fn take_head(&mut self) -> Vec<HeadPiece> {
        self.head_bytes = 0;
        std::mem::take(&mut self.head)
    }

    fn candidate(&self, hit: Hit, at_ns: i64) -> Event {
        Event::Candidate {
            flow_id: self.id,
            five_tuple: self.five_tuple,
            first_seen_ns: self.first_ns,
            at_ns,
            reason: hit.reason,
            detail: hit.detail,
            handshake_seen: self.handshake_seen,
        }
    }
}
