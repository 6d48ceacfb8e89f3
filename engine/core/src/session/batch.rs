//! How do the frames of a batch go their ways?
//!
//! First all are decoded, then their flows are found, then the work is done: the table's memory comes while other
//! packets are decoded, and what is not at its first place while other flows are looked for.

use super::State;
use super::packet::{Packet, View};
use crate::capture::{FrameRef, Held};
use crate::decode::{Skip, flag};
use crate::flow::entry::{Entry, bit, tick, ticks_apart, ticks_within};
use crate::limits::SECOND_NS;
use crate::memory::look_ahead;

/// How far ahead of its use memory is asked for: about a batch, for of the next one all headers are read before anything
/// else. What is further ahead would push out what is needed now.
const AHEAD_BYTES: usize = 32 << 10;

/// Flags of a segment that begins or ends something.
const TELLING: u8 = flag::SYN | flag::FIN | flag::RST;

impl State {
    /// Work on at most [`super::BATCH`] frames.
    pub(super) fn batch(&mut self, held: &Held<'_>, frames: &[FrameRef]) {
        let mut room = std::mem::take(&mut self.packets);
        let packets = &mut room[..frames.len()];
        self.decode(packets, held, frames);
        self.find(packets);
        let idle_ticks = ticks_within(self.program.limits.idle_timeout_ns);
        let learned = self.learned.changes();
        for packet in packets.iter() {
            let packet = View::new(packet, held);
            self.pass_time(packet.at_ns);
            let is_dull = packet.is_dull && self.learned.changes() == learned;
            if !is_dull && !self.pass_by_quickly(packet, idle_ticks) {
                self.packet(packet, frames);
            }
        }
        self.packets = room;
    }

    #[inline(always)]
    fn decode(&mut self, packets: &mut [Packet], held: &Held<'_>, frames: &[FrameRef]) {
        let udp_too = self.udp_flows > 0;
        for (packet, frame) in packets.iter_mut().zip(frames) {
            let data = held.bytes.get(frame.start..frame.start + frame.len).unwrap_or_default();
            if held.is_far {
                look_ahead(held.bytes, frame.start, AHEAD_BYTES, &mut self.asked_to);
            }
            packet.read(&self.decoder, frame, data, &self.seed, udp_too);
            self.table.prefetch(packet.key);
            packet.is_dull = !udp_too && packet.is_udp() && self.is_dull(&packet.segment, data);
            self.counters.bytes += frame.wire_len as u64;
        }
        self.counters.packets += frames.len() as u64;
    }

    #[inline(always)]
    fn find(&mut self, packets: &mut [Packet]) {
        for packet in packets.iter_mut() {
            packet.slot = if packet.is_named() { self.table.likely(packet.key) } else { None };
        }
        if self.behaviours.is_empty() {
            return;
        }
        for packet in packets.iter().filter(|packet| packet.segment.wire_bytes > 0) {
            if let Some(slot) = packet.slot
                && let Some(place) = self.table.at(slot).behaviour()
            {
                self.behaviours.prefetch(place);
            }
        }
    }

    #[inline]
    pub(super) fn pass_time(&mut self, now_ns: i64) {
        if !self.second_ns.contains(&now_ns) {
            let start_ns = now_ns.div_euclid(SECOND_NS).saturating_mul(SECOND_NS);
            self.second_ns = start_ns..start_ns.saturating_add(SECOND_NS);
            self.keep_house(now_ns);
        }
    }

    /// Count an ordinary segment of a flow that was passed by, as most packets of long flows are. False where it is no
    /// such segment: then nothing was done.
    #[inline(always)]
    fn pass_by_quickly(&mut self, packet: View<'_>, idle_ticks: u32) -> bool {
        if !packet.is_tcp() || packet.has(TELLING) {
            return false;
        }
        let Some(slot) = self.where_it_was(packet) else { return false };
        let after_ns = self.behaviour_after_ns;
        let entry = self.table.at(slot);
        if !entry.only_counts(packet.at_ns, idle_ticks) || entry.is_of_behaviour(packet, after_ns) {
            return false;
        }
        let direction = entry.direction(packet.sender_is_low);
        entry.seen(packet.at_ns, direction);
        entry.count_passed(packet.segment.ip_bytes, direction);
        true
    }

    /// The slot of the packet's flow, where that was seen to when the batch began.
    #[inline(always)]
    pub(super) fn where_it_was(&self, packet: View<'_>) -> Option<usize> {
        packet.slot.filter(|slot| self.table.is_at(*slot, packet.key))
    }

    #[inline]
    fn packet(&mut self, packet: View<'_>, frames: &[FrameRef]) {
        match packet.skip {
            None if packet.is_tcp() => self.tcp(packet),
            None => self.udp(packet),
            Some(Skip::Broken) => self.counters.undecoded_packets += 1,
            Some(Skip::Fragment) => self.fragment(packet, frames),
            Some(Skip::Other) => {}
        }
    }

    #[inline]
    fn tcp(&mut self, packet: View<'_>) {
        let Some(slot) = self.flow_of(packet) else { return };
        let after_ns = self.behaviour_after_ns;
        let entry = self.table.at(slot);
        let direction = entry.direction(packet.sender_is_low);
        let is_of_behaviour = entry.is_of_behaviour(packet, after_ns);
        let record = entry.behaviour().map(|place| (slot, place));
        if entry.has(bit::RECORDED) {
            let place = entry.link;
            self.recorded(place, packet, direction);
        } else {
            self.compact(slot, packet, direction);
        }
        if is_of_behaviour {
            self.behave(record, packet, direction);
        }
    }
}

impl Entry {
    /// True for a flow that was passed by, goes on, and has not been quiet for too long.
    #[inline(always)]
    fn only_counts(&self, at_ns: i64, idle_ticks: u32) -> bool {
        self.flags & (bit::PASSED | bit::RECORDED | bit::CLOSING) == bit::PASSED
            && ticks_apart(tick(at_ns), self.last) <= idle_ticks
    }
}
