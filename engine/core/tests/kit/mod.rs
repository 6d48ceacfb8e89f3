//! How do tests write packets and run the engine over them?
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

pub mod quic;

use std::sync::Arc;

use minewatch_engine::capture::Source;
use minewatch_engine::flow::key::Seed;
use minewatch_engine::{Counters, Event, Limits, Program, Session};

pub const SYN: u8 = 0x02;
pub const RST: u8 = 0x04;
pub const FIN: u8 = 0x01;
pub const ACK: u8 = 0x10;

#[derive(Clone, Copy)]
pub struct Segment<'a> {
    pub at_ms: i64,
    pub up: bool,
    pub client: u16,
    pub seq: u32,
    pub flags: u8,
    pub data: &'a [u8],
}

impl Segment<'_> {
    pub fn frame(&self) -> Vec<u8> {
        let (a, b) = ([192, 0, 2, 10], [198, 51, 100, 20]);
        let (from, to) = if self.up { (a, b) } else { (b, a) };
        let (sport, dport) = if self.up { (self.client, 3333) } else { (3333, self.client) };
        let total = 40 + self.data.len() as u16;
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
        frame.extend(total.to_be_bytes());
        frame.extend([0, 1, 0, 0, 64, 6, 0, 0]);
        frame.extend(from);
        frame.extend(to);
        frame.extend(u16::to_be_bytes(sport));
        frame.extend(u16::to_be_bytes(dport));
        frame.extend(self.seq.to_be_bytes());
        frame.extend([0, 0, 0, 0, 0x50, self.flags, 0, 0, 0, 0, 0, 0]);
        frame.extend(self.data);
        frame
    }
}

pub fn up(at_ms: i64, seq: u32, data: &[u8]) -> Segment<'_> {
    Segment { at_ms, up: true, client: 40_000, seq, flags: 0, data }
}

pub fn program(anchors: &[&str], limits: Limits) -> Arc<Program> {
    let anchors: Vec<Vec<u8>> = anchors.iter().map(|anchor| anchor.as_bytes().to_vec()).collect();
    Arc::new(Program::new(&anchors, &[], &[], &[], limits).unwrap())
}

pub fn run(program: &Arc<Program>, frames: &[(i64, Vec<u8>)], batch: usize) -> (Vec<Event>, Counters) {
    let mut session = Session::new(Arc::clone(program), Source::fed(), Seed::new(&[3; 32]));
    let mut events = Vec::new();
    for part in frames.chunks(batch.max(1)) {
        let fed = session.source_mut().feed().unwrap();
        fed.begin();
        for (at_ns, data) in part {
            fed.push(*at_ns, 1, data, data.len());
        }
        events.extend(session.read(part.len()).unwrap_or_default());
    }
    session.source_mut().end_feed();
    while let Some(found) = session.read(64) {
        events.extend(found);
    }
    (events, session.counters())
}

pub fn segments(rows: &[Segment<'_>]) -> Vec<(i64, Vec<u8>)> {
    rows.iter().map(|row| (row.at_ms * 1_000_000, row.frame())).collect()
}

/// The stream of a direction; a gap shows as `~`.
pub fn stream(events: &[Event]) -> Vec<u8> {
    let mut joined = Vec::new();
    for event in events {
        if let Event::Chunk { data, gap, .. } = event {
            joined.extend(gap.then_some(b'~'));
            joined.extend(data);
        }
    }
    joined
}
