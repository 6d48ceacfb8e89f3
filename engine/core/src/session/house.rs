//! When does a flow end: by time, by a new connection on its endpoints, for want of room, or with the source?

use super::State;
use crate::decode::flag;
use crate::event::{CloseCause, Direction, Event};
use crate::flow::behaviours::Behaviours;
use crate::flow::entry::{Entry, bit, tick, ticks_apart, ticks_within};
use crate::flow::half::Half;
use crate::flow::key::Key;
use crate::flow::record::Progress;
use crate::flow::table::{Fate, Table};
use crate::limits::{Limits, SECOND_NS};
use crate::session::packet::View;

/// How long a flow stays after FIN or RST, so that late segments do not look like a new flow.
const LINGER_NS: i64 = 5 * SECOND_NS;

/// Slots looked at for free, over a whole run, when the clock goes back.
const TURNS_SLOTS: u64 = 1 << 25;

impl State {
    /// The slot of a packet's flow, if that is still alive.
    #[inline(always)]
    pub(super) fn current(&mut self, packet: View<'_>) -> Option<usize> {
        let slot = self.where_it_was(packet).or_else(|| self.table.find(packet.key))?;
        let entry = self.table.at(slot);
        if entry.has(bit::RECORDED) {
            let (place, idle_ns) = (entry.link, self.program.limits.idle_timeout_ns);
            let last_ns = self.records.get(place)?.last_ns;
            if packet.at_ns.saturating_sub(last_ns).saturating_abs() > idle_ns {
                self.close(slot, CloseCause::Idle);
                return None;
            }
        } else if is_over(entry, tick(packet.at_ns), tick(self.house_ns), &self.program.limits) {
            self.forget(packet.key);
            return None;
        }
        Some(slot)
    }

    /// True when a SYN opens another connection between the endpoints of a flow that is still in the table.
    #[inline(always)]
    pub(super) fn is_reuse(&mut self, slot: usize, packet: View<'_>) -> bool {
        let entry = self.table.at(slot);
        let own = entry.direction(packet.sender_is_low);
        let record = self.records.get(entry.link).filter(|_| entry.has(bit::RECORDED));
        let closing = record.map_or_else(|| entry.closing(), |record| record.closing);
        if closing.is_some() && packet.is_opening() {
            return true;
        }
        let known = |side: Direction| match record {
            Some(record) => Known::of(&record.sides[side.index()].half, packet.segment.seq),
            None => entry.known(side, packet.segment.seq),
        };
        let (own, other) = (known(own), known(own.other()));
        if packet.has(flag::ACK) && !own.has_data {
            return false;
        }
        if !own.begun && other.has_data && packet.is_opening() {
            return !other.syn_seen;
        }
        !own.at
    }

    /// End the flow in a slot: give out what is still held behind holes, then forget it. A cause it has of its own goes
    /// before `cause`.
    pub(super) fn close(&mut self, slot: usize, cause: CloseCause) {
        let entry = self.table.at(slot);
        let (key, place) = (entry.key, entry.link);
        if entry.has(bit::RECORDED) {
            self.close_record(place, cause);
        }
        self.count_out(key);
        self.behaviours.remove(key);
        self.table.remove_at(slot);
    }

    fn close_record(&mut self, place: u32, cause: CloseCause) {
        self.finish(place);
        let Some(record) = self.records.get(place) else { return };
        if record.progress == Progress::Followed {
            let cause = record.closing.filter(|_| cause != CloseCause::Evicted).unwrap_or(cause);
            let (flow_id, at_ns, traffic) = (record.id, record.last_ns, record.traffic);
            self.events.push(Event::Closed { flow_id, at_ns, cause, traffic });
        }
        self.pass_by(place);
        self.records.remove(place);
    }

    /// Stop following a flow.
    pub(super) fn drop_flow(&mut self, flow_id: u64) {
        let Some(place) = self.records.by_id(flow_id) else { return };
        let Some(record) = self.records.get(place) else { return };
        let (at_ns, traffic) = (record.last_ns, record.traffic);
        self.events.push(Event::Closed { flow_id, at_ns, cause: CloseCause::Dropped, traffic });
        self.pass_by(place);
        self.settle(place);
    }

    /// Packet time entered another second: flows whose time is over end, updates that are due are given.
    #[cold]
    pub(super) fn keep_house(&mut self, now_ns: i64) {
        let before_ns = std::mem::replace(&mut self.house_ns, now_ns);
        self.reassembly.expire(now_ns, &mut self.counters);
        self.hellos.expire(now_ns, &mut self.counters);
        if now_ns < before_ns.saturating_sub(LINGER_NS) {
            self.turn_back(before_ns);
        }
        while let Some(place) = self.records.first_closing() {
            let since_ns = self.records.get(place).map_or(0, |record| record.closing_since_ns);
            if now_ns.saturating_sub(since_ns).saturating_abs() <= LINGER_NS {
                break;
            }
            self.close_at(place, CloseCause::Fin);
        }
        for followed in [false, true] {
            while let Some(place) = self.records.quietest(followed) {
                let last_ns = self.records.get(place).map_or(0, |record| record.last_ns);
                if now_ns.saturating_sub(last_ns).saturating_abs() <= self.program.limits.idle_timeout_ns {
                    break;
                }
                self.close_at(place, CloseCause::Idle);
            }
        }
        while let Some(place) = self.records.next_due(now_ns, self.program.limits.active_timeout_ns) {
            if let Some(record) = self.records.get(place) {
                self.events.push(Event::Updated { flow_id: record.id, at_ns: now_ns, traffic: record.traffic });
            }
        }
    }

    /// The clock went back. Flows without a record end when somebody looks; what had ended by `before_ns`, or has by
    /// now, must not seem alive because of that. Whoever turns the clock back again and again gets no more than
    /// [`TURNS_SLOTS`] looks, and one slot's look for each packet.
    #[cold]
    fn turn_back(&mut self, before_ns: i64) {
        let slots = self.table.slots() as u64;
        let paid = TURNS_SLOTS + self.counters.packets;
        if self.turned_slots + slots > paid {
            return;
        }
        self.turned_slots += slots;
        for now_ns in [before_ns, self.house_ns] {
            let (now, limits) = (tick(now_ns), &self.program.limits);
            let over = self.table.sweep(slots as usize, |e| !e.has(bit::RECORDED) && is_over(e, now, now, limits));
            for key in over {
                self.forget(key);
            }
        }
    }

    /// Let a flow go so that another one fits. False when there is none.
    pub(super) fn make_room(&mut self) -> bool {
        let (now, limits, records) = (tick(self.house_ns), &self.program.limits, &self.records);
        let fate = |entry: &Entry| {
            if entry.has(bit::RECORDED) {
                let is_followed = records.get(entry.link).is_some_and(|record| record.progress == Progress::Followed);
                return if is_followed { Fate::Stays } else { Fate::MayGo };
            }
            if is_over(entry, now, now, limits) { Fate::Over } else { Fate::MayGo }
        };
        let found = self.table.surplus(fate);
        let quietest = || self.table.find(self.records.get(self.records.quietest(true)?)?.key);
        let Some(slot) = found.or_else(quietest) else { return false };
        let entry = *self.table.at(slot);
        if entry.has(bit::RECORDED) || !is_over(&entry, now, now, &self.program.limits) {
            self.counters.evicted_flows += 1;
        }
        self.close(slot, CloseCause::Evicted);
        true
    }

    /// Forget flows that are over among the next slots of the table.
    pub(super) fn sweep(&mut self, slots: usize) {
        let (now, limits) = (tick(self.house_ns), &self.program.limits);
        let over = self.table.sweep(slots, |entry| !entry.has(bit::RECORDED) && is_over(entry, now, now, limits));
        for key in over {
            self.forget(key);
        }
    }

    /// The source has ended.
    pub(super) fn end(&mut self) {
        self.reassembly.end(&mut self.counters);
        self.hellos.end(&mut self.counters);
        for place in self.records.oldest_first() {
            self.close_at(place, CloseCause::End);
        }
        self.table = Table::new(self.program.limits.max_flows);
        self.behaviours = Behaviours::default();
        self.udp_flows = 0;
    }

    fn close_at(&mut self, place: u32, cause: CloseCause) {
        let slot = self.records.get(place).and_then(|record| self.table.find(record.key));
        match slot {
            Some(slot) => self.close(slot, cause),
            // Cannot be; but a record without an entry must not hold the loop that calls this.
            None => drop(self.records.remove(place)),
        }
    }

    fn forget(&mut self, key: Key) {
        self.count_out(key);
        self.behaviours.remove(key);
        self.table.remove(key);
    }

    fn count_out(&mut self, key: Key) {
        if key.is_udp() {
            self.udp_flows -= 1;
        }
    }
}

/// What matters of one direction when a SYN comes.
#[derive(Clone, Copy)]
struct Known {
    begun: bool,
    has_data: bool,
    syn_seen: bool,
    /// True when the SYN's number is this direction's.
    at: bool,
}

impl Known {
    fn of(half: &Half, isn: u32) -> Self {
        Self { begun: half.begun, has_data: half.has_data(), syn_seen: half.isn.is_some(), at: half.is_open_at(isn) }
    }
}

impl Entry {
    fn known(&self, direction: Direction, isn: u32) -> Known {
        let begun = self.has_of(bit::BEGUN, direction);
        let at = !begun || isn.wrapping_add(1) == self.first[direction.index()];
        let syn_seen = self.has_of(bit::SYN_SEEN, direction);
        Known { begun, has_data: self.has_data(direction), syn_seen, at }
    }
}

/// True when a flow without a record has ended: it lingered long enough, or was idle for too long.
#[inline]
fn is_over(entry: &Entry, now: u32, house: u32, limits: &Limits) -> bool {
    if entry.has(bit::CLOSING) && ticks_apart(house, entry.last) > ticks_within(LINGER_NS) {
        return true;
    }
    ticks_apart(now, entry.last) > ticks_within(limits.idle_timeout_ns)
}
