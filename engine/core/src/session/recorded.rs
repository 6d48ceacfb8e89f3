//! What does a segment do to a flow with a record? And how does a flow get one, and give it back?

use super::State;
use crate::capture::Held;
use crate::decode::flag;
use crate::event::{CloseCause, Direction, FiveTuple, Traffic};
use crate::flow::entry::{Entry, bit, tick};
use crate::flow::half::Half;
use crate::flow::history::{History, NONE};
use crate::flow::record::{HeadPiece, Progress, Record, Side};
use crate::session::packet::View;

/// Flows with a record that are not followed; for one more the quietest of them is passed by.
const MAX_SEARCHED_RECORDS: usize = 131_072;

impl State {
    /// Take a TCP segment of a recorded flow in.
    pub(super) fn recorded(&mut self, place: u32, packet: View<'_>, direction: Direction) {
        self.count(place, packet, direction);
        let Some(record) = self.records.get_mut(place) else { return };
        if packet.has(flag::SYN) {
            record.syn(packet, direction);
        }
        self.segment(place, packet, direction);
        self.end_of_segment(place, packet, direction);
    }

    /// A segment that is out of the ordinary, of a flow that had no record so far. It is counted already.
    #[cold]
    pub(super) fn long_way(&mut self, slot: usize, packet: View<'_>, direction: Direction) {
        self.make_room_for_record();
        let place = self.make_record(slot, packet, direction);
        self.segment(place, packet, direction);
        self.end_of_segment(place, packet, direction);
    }

    /// One more record of a flow that is not followed is about to be made.
    pub(super) fn make_room_for_record(&mut self) {
        if self.records.len() - self.records.followed() >= MAX_SEARCHED_RECORDS
            && let Some(quietest) = self.records.quietest(false)
        {
            self.counters.shed_heads += 1;
            self.pass_by(quietest);
            self.settle(quietest);
        }
    }

    fn end_of_segment(&mut self, place: u32, packet: View<'_>, direction: Direction) {
        if packet.has(flag::FIN | flag::RST)
            && let Some(record) = self.records.get_mut(place)
        {
            let was_closing = record.closing.is_some();
            record.end(packet, direction);
            if record.closing.is_some() && !was_closing {
                self.records.linger(place);
            }
        }
        self.settle(place);
    }

    /// Count a packet of a recorded flow.
    pub(super) fn count(&mut self, place: u32, packet: View<'_>, direction: Direction) {
        let Some(record) = self.records.get_mut(place) else { return };
        record.traffic.packets[direction.index()] += 1;
        record.traffic.bytes[direction.index()] += u64::from(packet.segment.ip_bytes);
        // House-keeping looks once in a second: the order within a second does not matter.
        let is_touched = record.last_ns >= self.second_ns.start;
        record.last_ns = packet.at_ns;
        if !is_touched {
            self.records.touch(place);
        }
    }

    /// Give the flow in a slot a record that says what its entry and the history say.
    pub(super) fn make_record(&mut self, slot: usize, packet: View<'_>, direction: Direction) -> u32 {
        self.make_record_from(slot, packet, direction, packet.held)
    }

    /// The same, where the flow's head lies in another source than the packet.
    pub(super) fn make_record_from(
        &mut self,
        slot: usize,
        packet: View<'_>,
        direction: Direction,
        held: &Held<'_>,
    ) -> u32 {
        let entry = *self.table.at(slot);
        let (head, whole) = self.head_of(&entry, held);
        let mut record = Record::of(
            &entry,
            self.behaviours.id_of(packet.key).unwrap_or(self.next_id),
            five_tuple(packet, direction),
            packet.at_ns,
            self.program.limits.head_bytes,
        );
        self.next_id += 1;
        let size = head.iter().map(|piece| piece.data.len()).sum();
        if record.is_dns() {
            // Where it may be DNS a flow gets its record with its first bytes.
            record.sides.iter_mut().filter(|side| side.searched_bytes > 0).for_each(|side| {
                side.dns_at = self.program.limits.head_bytes;
            });
        }
        if whole && self.counters.held_bytes as usize + size <= self.program.limits.max_held_bytes {
            for piece in &head {
                record.side(piece.direction).unkept_bytes -= piece.data.len() as u64;
            }
            record.head = head;
            record.head_bytes = size;
            self.counters.held_bytes += size as u64;
        } else {
            // A head that the history lost, or the file does not give again, is counted there.
            self.counters.shed_heads += u64::from(whole);
            record.shed = true;
        }
        let place = self.records.insert(record);
        let entry = self.table.at(slot);
        entry.set(bit::RECORDED);
        entry.link = place;
        if entry.has(bit::CLOSING) {
            self.records.linger(place);
        }
        place
    }

    /// A flow that was passed by gives its record back.
    pub(super) fn settle(&mut self, place: u32) {
        if self.records.get(place).is_none_or(|record| record.progress != Progress::Passed) {
            return;
        }
        if let Some(record) = self.records.remove(place)
            && let Some(slot) = self.table.find(record.key)
        {
            record.write_back(self.table.at(slot));
        }
    }

    /// The pieces of a head, and whether it is whole.
    fn head_of(&mut self, entry: &Entry, held: &Held<'_>) -> (Vec<HeadPiece>, bool) {
        let (rows, whole) = self.history.chain(entry.link, entry.key);
        let piece = |row| {
            Some(HeadPiece {
                direction: History::direction(row),
                at_ns: row.at_ns,
                data: self.history.data(row, held)?.into_owned(),
                lost_bytes: 0,
            })
        };
        let pieces: Vec<_> = rows.iter().map_while(piece).collect();
        let is_read = pieces.len() == rows.len();
        self.counters.shed_heads += u64::from(whole && !is_read);
        (pieces, whole && is_read)
    }
}

impl Record {
    fn of(entry: &Entry, id: u64, five_tuple: FiveTuple, at_ns: i64, head_bytes: usize) -> Self {
        let closing_since_ns = if entry.has(bit::CLOSING) { entry.closing_since_ns(at_ns) } else { 0 };
        Self {
            key: entry.key,
            id,
            five_tuple,
            first_ns: entry.first_ns,
            last_ns: at_ns,
            updated_ns: entry.first_ns,
            handshake_seen: entry.has(bit::HANDSHAKE),
            progress: Progress::Search,
            sides: Direction::BOTH.map(|direction| entry.side(direction, head_bytes)),
            traffic: Traffic { packets: entry.packets.map(u64::from), bytes: entry.bytes.map(u64::from) },
            head: Vec::new(),
            head_bytes: 0,
            shed: false,
            closing: entry.closing(),
            closing_since_ns,
        }
    }

    fn syn(&mut self, packet: View<'_>, direction: Direction) {
        self.side(direction).half.open(packet.segment.seq);
        if packet.has(flag::ACK) {
            let asked = &mut self.side(direction.other()).half;
            if !asked.begun {
                asked.open(packet.segment.ack.wrapping_sub(1));
            }
        } else if direction == Direction::Orig {
            self.handshake_seen = true;
        }
    }

    /// A FIN closes when both sides sent one, or when the other side was never seen; a RST closes at once.
    fn end(&mut self, packet: View<'_>, direction: Direction) {
        if packet.has(flag::RST) {
            self.begin_closing(CloseCause::Rst, packet.at_ns);
            return;
        }
        self.side(direction).half.fin_seen = true;
        let other = direction.other().index();
        if self.traffic.packets[other] == 0 || self.sides[other].half.fin_seen {
            self.begin_closing(CloseCause::Fin, packet.at_ns);
        }
    }

    /// What is left to say of a flow that nobody wants: enough to know its end, and the next flow of its endpoints.
    fn write_back(&self, entry: &mut Entry) {
        entry.flags &= !(bit::RECORDED | bit::CLOSING | bit::RESET);
        entry.set(bit::PASSED);
        entry.link = NONE;
        entry.ahead = 0;
        if self.handshake_seen {
            entry.set(bit::HANDSHAKE);
        }
        entry.last = tick(self.last_ns);
        if let Some(cause) = self.closing {
            entry.set(bit::CLOSING | if cause == CloseCause::Rst { bit::RESET } else { 0 });
            entry.last = tick(self.closing_since_ns);
        }
        for direction in Direction::BOTH {
            let half = &self.sides[direction.index()].half;
            // Positions count modulo 2^32 here; a stream never looks empty only because it is that long.
            let sent = half.next - half.first;
            entry.first[direction.index()] = half.first as u32;
            entry.next[direction.index()] = (half.first + sent.min(1 << 30)) as u32;
            entry.packets[direction.index()] = self.traffic.packets[direction.index()].min(0xFFFF) as u16;
            entry.bytes[direction.index()] = self.traffic.bytes[direction.index()].min(0xFFFF_FFFF) as u32;
            for (is_set, flag) in
                [(half.begun, bit::BEGUN), (half.isn.is_some(), bit::SYN_SEEN), (half.fin_seen, bit::FIN_SEEN)]
            {
                if is_set {
                    entry.set_of(flag, direction);
                }
            }
        }
    }
}

impl Entry {
    fn side(&self, direction: Direction, head_bytes: usize) -> Side {
        let at = direction.index();
        let sent = self.sent(direction);
        let searched_bytes = head_bytes.min(sent as usize);
        let mut half = Half::default();
        half.begun = self.has_of(bit::BEGUN, direction);
        half.first = i64::from(self.first[at]);
        half.next = half.first + i64::from(sent);
        half.isn = self.has_of(bit::SYN_SEEN, direction).then(|| self.first[at].wrapping_sub(1));
        half.fin_seen = self.has_of(bit::FIN_SEEN, direction);
        half.acked = half.next + i64::from(self.ahead_of(direction));
        Side {
            half,
            searched_bytes,
            unkept_bytes: u64::from(sent),
            tail: self.tail[at],
            names_done: self.has_of(bit::NAMES_DONE, direction),
            ..Side::default()
        }
    }

    /// The time of the first FIN or RST, to the tick; `now_ns` tells which turn of the ticks it was in.
    fn closing_since_ns(&self, now_ns: i64) -> i64 {
        let ago = i64::from(tick(now_ns).wrapping_sub(self.last).cast_signed());
        now_ns - (ago << crate::flow::entry::TICK_SHIFT)
    }
}

pub(super) fn five_tuple(packet: View<'_>, direction: Direction) -> FiveTuple {
    let seen = packet.five_tuple();
    match direction {
        Direction::Orig => seen,
        Direction::Resp => FiveTuple { orig: seen.resp, resp: seen.orig, tcp: seen.tcp },
    }
}
