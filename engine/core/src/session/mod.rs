//! How do frames become events in the native engine?
//!
//! House-keeping (timeouts) runs when packet time enters another second. A flow begins with any TCP packet but a RST; a
//! UDP flow is kept only when one of its addresses is listed or learned.

mod behave;
mod compact;
mod fragments;
mod house;
mod packet;
mod quic;
mod recorded;
mod search;
mod streams;

use std::sync::Arc;

use crate::capture::{FrameRef, Held, Source};
use crate::decode::reassembly::Reassembly;
use crate::decode::{Decoder, Skip, flag};
use crate::event::{CloseCause, Direction, Event, FiveTuple, Reason};
use crate::flow::behaviours::Behaviours;
use crate::flow::entry::{Entry, bit, tick};
use crate::flow::history::{History, NONE};
use crate::flow::key::Seed;
use crate::flow::records::Records;
use crate::flow::table::Table;
use crate::limits::{Counters, SECOND_NS};
use crate::search::Program;
use crate::search::dns;
use crate::search::learned::Learned;
use crate::search::quic::hellos::Hellos;
use crate::search::quic::is_client_initial;
use packet::{Packet, View};

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
    counters: Counters,
    events: Vec<Event>,
    /// The second that packet time is in, by its start.
    second_ns: i64,
    /// Packet time of the last house-keeping.
    house_ns: i64,
    /// Slots looked at because the clock went back.
    turned_slots: u64,
    /// UDP flows in the table.
    udp_flows: usize,
    next_id: u64,
    /// The batch that is worked on.
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
            counters: Counters::default(),
            events: Vec::new(),
            second_ns: i64::MIN,
            packets: Vec::with_capacity(BATCH),
            house_ns: i64::MIN,
            turned_slots: 0,
            udp_flows: 0,
            next_id: 1,
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

impl State {
    /// First decode, then find the flows, then work: the table's memory comes while other packets are decoded, and what
    /// is not at its first place while other flows are looked for.
    fn batch(&mut self, held: &Held<'_>, frames: &[FrameRef]) {
        let mut packets = std::mem::take(&mut self.packets);
        packets.clear();
        let udp_too = self.udp_flows > 0;
        let mut bytes = 0;
        packets.extend(frames.iter().map(|frame| {
            let packet = Packet::new(&self.decoder, frame, held.bytes, &self.seed, udp_too);
            bytes += frame.wire_len as u64;
            if packet.is_tcp() || udp_too {
                self.table.prefetch(packet.key);
            }
            packet
        }));
        self.counters.bytes += bytes;
        self.counters.packets += frames.len() as u64;
        for packet in packets.iter_mut().filter(|packet| packet.is_tcp()) {
            let Some(slot) = self.table.find(packet.key) else { continue };
            packet.slot = slot;
            if packet.segment.wire_bytes > 0
                && let Some(place) = self.table.at(slot).behaviour()
            {
                self.behaviours.prefetch(place);
            }
        }
        for packet in &packets {
            self.packet(View::new(packet, held), frames);
        }
        self.packets = packets;
    }

    #[inline]
    fn pass_time(&mut self, now_ns: i64) {
        if now_ns < self.second_ns || now_ns >= self.second_ns.saturating_add(SECOND_NS) {
            self.second_ns = now_ns.div_euclid(SECOND_NS).saturating_mul(SECOND_NS);
            self.keep_house(now_ns);
        }
    }

    #[inline]
    fn packet(&mut self, packet: View<'_>, frames: &[FrameRef]) {
        self.pass_time(packet.at_ns);
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
        let entry = self.table.at(slot);
        let direction = entry.direction(packet.sender_is_low);
        let entry = *entry;
        let is_of_behaviour = self.is_of_behaviour(&entry, packet);
        if entry.has(bit::RECORDED) {
            self.recorded(entry.link, packet, direction);
        } else {
            self.compact(slot, packet, direction);
        }
        if is_of_behaviour {
            self.behave(entry.behaviour().map(|place| (slot, place)), packet, direction);
        }
    }

    #[inline(always)]
    fn udp(&mut self, packet: View<'_>) {
        if self.udp_flows > 0 {
            let keyed = packet.with_key(&self.seed);
            let keyed = View::new(&keyed, packet.held);
            match self.current(keyed) {
                Some(slot) => self.count_datagram(slot, keyed),
                None => self.new_udp_flow(packet),
            }
        } else {
            self.new_udp_flow(packet);
        }
        if packet.is_dns() {
            self.dns_message(packet.five_tuple(), packet.at_ns, packet.payload());
        } else if is_client_initial(packet.payload()) {
            self.quic_initial(packet);
        }
    }

    /// A UDP flow is kept only when an endpoint of it is listed.
    #[inline]
    fn new_udp_flow(&mut self, packet: View<'_>) {
        let Some(hit) = self.listed(packet) else { return };
        let keyed = packet.with_key(&self.seed);
        let keyed = View::new(&keyed, packet.held);
        let slot = self.add(keyed);
        let place = self.make_record(slot, keyed, Direction::Orig);
        self.candidate(place, hit, packet.at_ns);
        self.settle(place);
        if let Some(slot) = self.table.find(keyed.key) {
            self.count_datagram(slot, keyed);
        }
    }

    fn count_datagram(&mut self, slot: usize, packet: View<'_>) {
        let entry = self.table.at(slot);
        let direction = entry.direction(packet.sender_is_low);
        if entry.has(bit::RECORDED) {
            let place = entry.link;
            self.count(place, packet, direction);
        } else {
            entry.seen(packet.at_ns, direction);
        }
    }

    /// Look at a UDP payload, or one message of a TCP stream: names and addresses, if it is DNS.
    fn dns_message(&mut self, five_tuple: FiveTuple, at_ns: i64, payload: &[u8]) {
        if self.program.names.is_empty() {
            return;
        }
        let Some(message) = dns::parse(payload) else { return };
        if self.learned.learn(&message, &self.program.names, at_ns) {
            self.counters.names_hit += 1;
            self.events.push(Event::Dns { five_tuple, at_ns, payload: payload.to_vec() });
        }
    }

    /// The flow of a TCP segment; a new one where there is none, or where a SYN takes the endpoints over.
    #[inline(always)]
    fn flow_of(&mut self, packet: View<'_>) -> Option<usize> {
        let mut slot = self.current(packet);
        if let Some(found) = slot
            && packet.has(flag::SYN)
            && self.is_reuse(found, packet)
        {
            self.close(found, CloseCause::Reused);
            slot = None;
        }
        if slot.is_none() && !packet.has(flag::RST) {
            slot = Some(self.add(packet));
            if let Some(hit) = self.listed(packet) {
                slot = self.follow_listed(packet, hit);
            }
        }
        slot
    }

    fn follow_listed(&mut self, packet: View<'_>, hit: Hit) -> Option<usize> {
        let slot = self.table.find(packet.key)?;
        if packet.is_opening() {
            self.table.at(slot).set(bit::HANDSHAKE);
        }
        let direction = self.table.at(slot).direction(packet.sender_is_low);
        let place = self.make_record(slot, packet, direction);
        self.candidate(place, hit, packet.at_ns);
        self.settle(place);
        self.table.find(packet.key)
    }

    /// Whether an endpoint is listed or learned, the receiver first.
    #[inline]
    fn listed(&self, packet: View<'_>) -> Option<Hit> {
        let is_worth_it = match packet.v4_addresses() {
            Some((sender, receiver)) => self.may_be_listed(sender) || self.may_be_listed(receiver),
            None => !self.program.addresses.is_empty() || !self.learned.is_empty(),
        };
        if is_worth_it { self.look_up(packet) } else { None }
    }

    #[inline]
    fn may_be_listed(&self, address: u32) -> bool {
        self.program.addresses.may_have_v4(address) || self.learned.may_have_v4(address)
    }

    fn look_up(&self, packet: View<'_>) -> Option<Hit> {
        let (sender, receiver) = packet.endpoints();
        let addresses = &self.program.addresses;
        if let Some(network) = addresses.find(receiver).or_else(|| addresses.find(sender)) {
            return Some(Hit { reason: Reason::Address, detail: network.as_bytes().to_vec() });
        }
        let (learned, now_ns) = (&self.learned, packet.at_ns);
        let name = learned.find(receiver.0, now_ns).or_else(|| learned.find(sender.0, now_ns))?;
        Some(Hit { reason: Reason::Learned, detail: name.to_vec() })
    }

    fn add(&mut self, packet: View<'_>) -> usize {
        while self.table.is_full() && self.make_room() {}
        self.counters.flows += 1;
        if packet.key.is_udp() {
            self.udp_flows += 1;
        }
        let flags = if packet.sender_is_low { bit::ORIG_IS_LOW } else { 0 };
        let entry = Entry {
            key: packet.key,
            first_ns: packet.at_ns,
            last: tick(packet.at_ns),
            link: NONE,
            flags,
            ..Entry::default()
        };
        self.table.insert(entry)
    }
}
