//! How do frames become events in the native engine?
//!
//! House-keeping (timeouts) runs when packet time enters another second. A flow begins with any TCP packet but a RST; a
//! UDP flow is kept only when one of its addresses is listed or learned.

mod batch;
mod behave;
mod compact;
mod datagram;
mod flows;
mod fragments;
mod house;
mod packet;
mod quic;
mod recorded;
mod search;
mod streams;

use std::ops::Range;
use std::sync::Arc;

use crate::capture::{FrameRef, Held, Source};
use crate::decode::Decoder;
use crate::decode::reassembly::Reassembly;
use crate::event::{Event, Reason};
use crate::flow::behaviours::Behaviours;
use crate::flow::history::History;
use crate::flow::key::Seed;
use crate::flow::records::Records;
use crate::flow::table::Table;
use crate::limits::Counters;
use crate::pace::Pace;
use crate::search::Program;
use crate::search::learned::Learned;
use crate::search::quic::hellos::Hellos;
use packet::Packet;

/// Packets whose table entries are loaded together, to wait for memory once and not once each.
const BATCH: usize = 32;
/// Slots swept for flows that are over, with each call.
const SWEPT_SLOTS: usize = 512;

/// Why a flow became a candidate.
struct Hit {
    reason: Reason,
    detail: Vec<u8>,
}

/// One run over one source.
pub struct Session {
    source: Source,
    state: State,
    frames: Vec<FrameRef>,
    over: bool,
}

/// Everything but the source, so that packets can be borrowed from that while this changes.
struct State {
    program: Arc<Program>,
    seed: Seed,
    decoder: Decoder,
    reassembly: Reassembly,
    table: Table,
    records: Records,
    behaviours: Behaviours,
    /// Age from which on a flow has a record of its behaviour; never reached where there are none.
    behaviour_after_ns: i64,
    history: History,
    learned: Learned,
    hellos: Hellos,
    quic_pace: Pace,
    counters: Counters,
    events: Vec<Event>,
    /// The second that packet time is in.
    second_ns: Range<i64>,
    /// Packet time of the last house-keeping.
    house_ns: i64,
    /// Slots looked at because the clock went back.
    turned_slots: u64,
    /// UDP flows in the table.
    udp_flows: usize,
    next_id: u64,
    /// Up to where bytes that are far were asked for.
    asked_to: usize,
    /// Room for the packets of a batch.
    packets: Vec<Packet>,
}

impl Session {
    /// A run of `program` over `source`. `seed` keeps outsiders from choosing where flows lie in the table.
    #[must_use]
    pub fn new(program: Arc<Program>, source: Source, seed: Seed) -> Self {
        let limits = &program.limits;
        let state = State {
            seed,
            decoder: Decoder::new(limits),
            reassembly: Reassembly::new(limits),
            table: Table::new(limits.max_flows),
            records: Records::default(),
            behaviours: Behaviours::default(),
            behaviour_after_ns: limits.behaviour.map_or(i64::MAX, |behaviour| behaviour.after_ns),
            history: History::new(limits.max_held_bytes, source.keeps_all()),
            learned: Learned::new(limits),
            hellos: Hellos::new(limits),
            quic_pace: Pace::new(limits.max_quic_named_per_s),
            counters: Counters::default(),
            events: Vec::new(),
            second_ns: 0..0,
            packets: vec![Packet::default(); BATCH],
            house_ns: i64::MIN,
            turned_slots: 0,
            udp_flows: 0,
            next_id: 1,
            asked_to: 0,
            program,
        };
        Self { source, state, frames: Vec::with_capacity(BATCH), over: false }
    }

    /// Where the frames come from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Where the frames come from.
    pub fn source_mut(&mut self) -> &mut Source {
        &mut self.source
    }

    /// What was done so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let state = &self.state;
        let bytes = state.table.bytes() + state.records.bytes() + state.history.allocated() + state.behaviours.bytes();
        Counters {
            flows_live: state.table.len() as u64,
            recorded_flows: state.behaviours.len() as u64,
            fragment_bytes: state.reassembly.held_bytes() as u64,
            quic_bytes: state.hellos.held_bytes() as u64,
            table_bytes: bytes as u64,
            ..state.counters
        }
    }

    /// Work on up to `max_packets` frames and answer what they gave, in order. None once the source has ended and every
    /// flow is closed. Where frames are fed, it stops early when there are none left.
    pub fn read(&mut self, max_packets: usize) -> Option<Vec<Event>> {
        let mut left = max_packets;
        while left > 0 && !self.over {
            self.source.read(&mut self.frames, left.min(BATCH));
            if self.frames.is_empty() {
                self.over = self.source.ended();
                if self.over {
                    self.state.end();
                }
                break;
            }
            left -= self.frames.len();
            self.state.batch(&self.source.held(), &self.frames);
        }
        self.state.sweep(SWEPT_SLOTS);
        let events = std::mem::take(&mut self.state.events);
        if self.over && events.is_empty() { None } else { Some(events) }
    }

    /// Work on frames that lie in `block`, in the place of frames of the source, and answer what they gave, in order.
    pub fn read_block(&mut self, block: &[u8], frames: &[FrameRef]) -> Vec<Event> {
        for part in frames.chunks(BATCH) {
            self.state.batch(&Held::for_now(block), part);
        }
        self.state.sweep(SWEPT_SLOTS);
        std::mem::take(&mut self.state.events)
    }

    /// Time passed without a packet: run timeouts.
    pub fn pass_time(&mut self, now_ns: i64) {
        self.state.pass_time(now_ns);
    }

    /// Look for something else from here on; flows and counters go on as they are. The history and the table keep the
    /// sizes they were made with, so the new program should have the old one's limits.
    pub fn use_program(&mut self, program: Arc<Program>) {
        let old = std::mem::replace(&mut self.state.program, program);
        let new = &self.state.program.anchors;
        let renumbered = |tail: u16| new.renumbered(&old.anchors, tail);
        for entry in self.state.table.entries().iter_mut().filter(|entry| !entry.is_free()) {
            entry.tail = entry.tail.map(renumbered);
        }
        for place in self.state.records.oldest_first() {
            if let Some(record) = self.state.records.get_mut(place) {
                record.sides.iter_mut().for_each(|side| side.tail = renumbered(side.tail));
            }
        }
    }

    /// Stop following a flow; its close event comes with the next batch. An unknown or closed number is ignored.
    pub fn drop_flow(&mut self, flow_id: u64) {
        self.state.drop_flow(flow_id);
    }
}
