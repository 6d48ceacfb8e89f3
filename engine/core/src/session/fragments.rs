//! What becomes of a fragmented IP packet? Put together, it goes the way of any other, at the time of its last part.
//!
//! Its bytes lie outside of the source, and history refers to the source only: a flow that is searched gets a record
//! first, which keeps bytes of its own.

use super::State;
use super::packet::{Packet, View};
use crate::capture::{FrameRef, Held};
use crate::decode::partial::Whole;
use crate::decode::{Segment, Skip};
use crate::flow::entry::{Stage, bit};

impl State {
    /// Take a part of a fragmented packet in. `frames` are those of the batch.
    #[cold]
    #[inline(never)]
    pub(super) fn fragment(&mut self, packet: View<'_>, frames: &[FrameRef]) {
        self.counters.fragments += 1;
        let mut whole: Whole;
        let frame = packet.frame(frames);
        let mut part = frame.and_then(|frame| self.decoder.part(packet.data(), frame.linktype, frame.wire_len));
        // What is put together may be a part itself, where a tunnel's packets are cut too. Each turn frees what it took.
        loop {
            let Some(found) = part else {
                self.counters.refused_fragments += 1;
                return;
            };
            let Some(joined) = self.reassembly.add(&found, packet.at_ns, &mut self.counters) else { return };
            whole = joined;
            match self.decoder.segment_of(&whole) {
                Ok(segment) => return self.rebuilt(&whole, segment, packet),
                Err(Skip::Fragment) => part = self.decoder.part_of(&whole),
                Err(Skip::Broken) => return self.counters.undecoded_packets += 1,
                Err(Skip::Other) => return,
            }
        }
    }

    /// The segment in a packet that was put together. `last` is the frame with its last part.
    fn rebuilt(&mut self, whole: &Whole, segment: Segment, last: View<'_>) {
        let is_own = segment.ip_bytes as usize == whole.bytes.len();
        let segment = Segment { ip_bytes: if is_own { whole.ip_bytes } else { segment.ip_bytes }, ..segment };
        let packet = Packet::rebuilt(segment, &whole.bytes, last.at_ns, &self.seed);
        let held = Held::for_now(&whole.bytes);
        let view = View::new(&packet, &held);
        if view.is_tcp() {
            self.rebuilt_tcp(view, last.held);
        } else {
            self.udp(view);
        }
        if is_own {
            self.count_more(view, whole.frames - 1);
        }
    }

    fn rebuilt_tcp(&mut self, packet: View<'_>, held: &Held<'_>) {
        let Some(slot) = self.flow_of(packet) else { return };
        let after_ns = self.behaviour_after_ns;
        let entry = self.table.at(slot);
        let (direction, place) = (entry.direction(packet.sender_is_low), entry.link);
        let is_of_behaviour = entry.is_of_behaviour(packet, after_ns);
        match entry.stage() {
            Stage::Recorded => self.recorded(place, packet, direction),
            Stage::Passed => self.passed(slot, packet, direction),
            Stage::Search => {
                self.make_room_for_record();
                let place = self.make_record_from(slot, packet, direction, held);
                self.recorded(place, packet, direction);
            }
        }
        if is_of_behaviour {
            self.behave(None, packet, direction);
        }
    }

    /// Flows count frames: a packet that came in parts was that many.
    fn count_more(&mut self, packet: View<'_>, frames: u32) {
        let Some(slot) = self.table.find(packet.key) else { return };
        let entry = self.table.at(slot);
        let direction = entry.direction(packet.sender_is_low).index();
        if entry.has(bit::RECORDED) {
            let place = entry.link;
            if let Some(record) = self.records.get_mut(place) {
                record.traffic.packets[direction] += u64::from(frames);
            }
        } else {
            let more = u16::try_from(frames).unwrap_or(u16::MAX);
            entry.packets[direction] = entry.packets[direction].saturating_add(more);
        }
    }
}
