//! Which flows have a record of their behaviour, and when is one handed on?
//!
//! The twin of `sensor/engine/portable/behaviours.py`, which says why.

use std::net::IpAddr;

use super::State;
use super::recorded::five_tuple;
use crate::decode::flag;
use crate::event::{Direction, Endpoint, Event, FiveTuple, Traffic};
use crate::flow::behaviour::{Record, Sent};
use crate::flow::behaviours;
use crate::flow::entry::{Entry, Stage, UNRECORDED, bit};
use crate::limits::{BehaviourLimits, SECOND_NS};
use crate::session::packet::View;

const MS_NS: i64 = 1_000_000;
const FNV_OFFSET: u32 = 0x811C_9DC5;
const FNV_PRIME: u32 = 0x0100_0193;

impl State {
    /// Take a TCP segment with payload into the record of its flow; hand that on where it is time. The segment is
    /// counted already. `known`: the flow's slot and the place of its record, where its entry told them.
    #[inline]
    pub(super) fn behave(&mut self, known: Option<(usize, u32)>, packet: View<'_>, sender: Direction) {
        if let Some((slot, place)) = known.or_else(|| self.record_of(packet, sender)) {
            self.said(slot, place, packet, sender);
        }
    }

    /// The record of a flow that is still searched or followed, or the one that it begins now.
    #[cold]
    fn record_of(&mut self, packet: View<'_>, sender: Direction) -> Option<(usize, u32)> {
        let (slot, limits) = (self.table.find(packet.key)?, self.program.limits.behaviour?);
        let entry = *self.table.at(slot);
        let found = self.behaviours.find(packet.key);
        if found == Some(behaviours::UNRECORDED) {
            self.refuse_behaviour(slot);
            return None;
        }
        let place = found.or_else(|| self.begin_behaviour(slot, &entry, packet, sender, &limits))?;
        if entry.stage() == Stage::Passed {
            self.table.at(slot).link = place;
        }
        Some((slot, place))
    }

    #[inline]
    fn said(&mut self, slot: usize, place: u32, packet: View<'_>, sender: Direction) {
        let entry = self.table.at(slot);
        let first_ns = entry.first_ns;
        if is_full(entry) {
            self.roll_up(slot, place);
        }
        let Some(record) = self.behaviours.get_mut(place) else { return };
        let ended = record.segment(Sent {
            sender,
            seq: packet.segment.seq,
            payload: packet.payload(),
            wire_bytes: packet.segment.wire_bytes,
            push: packet.has(flag::PSH),
            at_ms: ((packet.at_ns - first_ns).max(0) / MS_NS) as u32,
        });
        if ended == 0 {
            return;
        }
        if record.is_busy() {
            self.counters.busy_flows += 1;
            self.refuse_behaviour(slot);
        } else if sender == record.server() {
            self.heard_server(slot, place, packet, sender);
        }
    }

    /// The server said something: in a new interval the record is handed on.
    fn heard_server(&mut self, slot: usize, place: u32, packet: View<'_>, sender: Direction) {
        let (Some(limits), Some(record)) = (self.program.limits.behaviour, self.behaviours.get_mut(place)) else {
            return;
        };
        let ends = five_tuple(packet, sender);
        let epoch = epoch(&ends, sender, packet.at_ns, &limits);
        if epoch != std::mem::replace(&mut record.epoch, epoch) && u64::from(record.total()) >= limits.min_messages {
            let entry = *self.table.at(slot);
            self.tell_behaviour(place, &entry, ends, packet.at_ns);
        }
    }

    fn begin_behaviour(
        &mut self,
        slot: usize,
        entry: &Entry,
        packet: View<'_>,
        sender: Direction,
        limits: &BehaviourLimits,
    ) -> Option<u32> {
        if self.behaviours.len() >= limits.max_records {
            self.counters.unrecorded_flows += 1;
            self.refuse_behaviour(slot);
            return None;
        }
        let ends = five_tuple(packet, sender);
        let is_resp = self.handshake_seen(entry) || ends.orig.1 >= ends.resp.1;
        let server = if is_resp { Direction::Resp } else { Direction::Orig };
        let record = Record::new(server, epoch(&ends, server, packet.at_ns, limits));
        let id = self.records.get(entry.link).filter(|_| entry.has(bit::RECORDED)).map(|record| record.id);
        let id = id.unwrap_or_else(|| {
            self.next_id += 1;
            self.next_id - 1
        });
        Some(self.behaviours.insert(packet.key, id, record))
    }

    /// The flow gets no record any more. Its entry says so as soon as it has been passed by.
    fn refuse_behaviour(&mut self, slot: usize) {
        let entry = self.table.at(slot);
        if entry.stage() == Stage::Passed {
            entry.link = UNRECORDED;
            self.behaviours.remove(entry.key);
        } else {
            self.behaviours.refuse(entry.key);
        }
    }

    fn tell_behaviour(&mut self, place: u32, entry: &Entry, five_tuple: FiveTuple, at_ns: i64) {
        let handshake_seen = self.handshake_seen(entry);
        let recorded = self.records.get(entry.link).filter(|_| entry.has(bit::RECORDED));
        let mut traffic = recorded.map_or_else(|| counted(entry), |record| record.traffic);
        let Some(beside) = self.behaviours.beside(place) else { return };
        let flow_id = beside.id;
        add(&mut traffic, &beside.traffic);
        let Some(record) = self.behaviours.get_mut(place) else { return };
        self.events.push(Event::Behaviour {
            flow_id,
            five_tuple,
            first_seen_ns: entry.first_ns,
            at_ns,
            handshake_seen,
            traffic,
            messages: record.messages(),
            total: record.total(),
            server: record.server(),
        });
    }

    /// The counters of a flow that was passed by are small: what they hold goes elsewhere before they are full.
    #[cold]
    fn roll_up(&mut self, slot: usize, place: u32) {
        let entry = self.table.at(slot);
        if entry.stage() == Stage::Passed
            && let Some(beside) = self.behaviours.beside(place)
        {
            add(&mut beside.traffic, &counted(entry));
            (entry.packets, entry.bytes) = ([0; 2], [0; 2]);
        }
    }

    fn handshake_seen(&self, entry: &Entry) -> bool {
        match self.records.get(entry.link).filter(|_| entry.has(bit::RECORDED)) {
            Some(record) => record.handshake_seen,
            None => entry.has(bit::HANDSHAKE),
        }
    }
}

fn is_full(entry: &Entry) -> bool {
    entry.packets.iter().any(|packets| *packets >= 1 << 15) || entry.bytes.iter().any(|bytes| *bytes >= 1 << 31)
}

impl Entry {
    /// True when a segment belongs into the record of its flow's behaviour, or begins it, at that age of the flow.
    #[inline(always)]
    pub(super) fn is_of_behaviour(&self, packet: View<'_>, after_ns: i64) -> bool {
        packet.segment.wire_bytes > 0 && packet.at_ns.saturating_sub(self.first_ns) >= after_ns && !self.is_unrecorded()
    }
}

fn counted(entry: &Entry) -> Traffic {
    Traffic { packets: entry.packets.map(u64::from), bytes: entry.bytes.map(u64::from) }
}

fn add(total: &mut Traffic, more: &Traffic) {
    for at in 0..2 {
        total.packets[at] += more.packets[at];
        total.bytes[at] += more.bytes[at];
    }
}

/// The interval that a moment is in, modulo 256. It begins at one moment for all flows to one server.
fn epoch(ends: &FiveTuple, server: Direction, at_ns: i64, limits: &BehaviourLimits) -> u8 {
    let end = if server == Direction::Resp { ends.resp } else { ends.orig };
    let shifted = at_ns.div_euclid(SECOND_NS) + i64::from(fnv(end));
    shifted.div_euclid(limits.interval_s.max(1)).rem_euclid(256) as u8
}

/// FNV-1a, 32 bits, over the packed address and the port: spreads servers over the interval, no more.
fn fnv((ip, port): Endpoint) -> u32 {
    let fold = |value: u32, byte: &u8| (value ^ u32::from(*byte)).wrapping_mul(FNV_PRIME);
    let value = match ip {
        IpAddr::V4(four) => four.octets().iter().fold(FNV_OFFSET, fold),
        IpAddr::V6(six) => six.octets().iter().fold(FNV_OFFSET, fold),
    };
    port.to_be_bytes().iter().fold(value, fold)
}
