//! Does a run over any frames end, with every flow closed, its events in order, and its counters sane?
#![no_main]

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use minewatch_engine::capture::Source;
use minewatch_engine::flow::key::Seed;
use minewatch_engine::{AddressEntry, Event, Limits, Program, Session};

static PROGRAM: LazyLock<Arc<Program>> = LazyLock::new(|| {
    let anchors = [b"\"mining.".to_vec(), b"ab".to_vec(), b"\"login\"".to_vec()];
    let address = AddressEntry { network: "10.0.0.0/9".to_owned(), ports: vec![] };
    let limits = Limits {
        head_bytes: 64,
        max_flows: 8,
        max_gap_bytes: 256,
        max_held_bytes: 4096,
        max_followed: 3,
        max_learned: 4,
        ..Limits::default()
    };
    let program = Program::new(&anchors, &["a.b".to_owned()], &["c".to_owned()], &[address], limits);
    Arc::new(program.expect("the program is sound"))
});

fuzz_target!(|data: &[u8]| {
    let mut session = Session::new(Arc::clone(&PROGRAM), Source::fed(), Seed::new(&[3; 32]));
    let mut watch = Watch::default();
    let mut at_ns = 0_i64;
    for part in Frames(data) {
        let (step_ms, frame) = part;
        // Clocks go back as well.
        at_ns += (i64::from(step_ms) - 8_000) * 1_000_000;
        let fed = session.source_mut().feed().expect("the source is fed");
        fed.begin();
        fed.push(at_ns, 1, &frame, frame.len());
        watch.take(session.read(1).unwrap_or_default(), &mut session);
    }
    session.source_mut().end_feed();
    while let Some(events) = session.read(64) {
        watch.take(events, &mut session);
    }
    let counters = session.counters();
    assert!(watch.open.is_empty(), "flows that were never closed: {:?}", watch.open);
    assert_eq!((counters.flows_live, counters.held_bytes), (0, 0), "{counters:?}");
});

#[derive(Default)]
struct Watch {
    open: HashMap<u64, u32>,
}

impl Watch {
    fn take(&mut self, events: Vec<Event>, session: &mut Session) {
        for event in events {
            match event {
                Event::Candidate { flow_id, .. } => assert!(self.open.insert(flow_id, 0).is_none()),
                Event::Chunk { flow_id, data, .. } => {
                    assert!(!data.is_empty());
                    let chunks = self.open.get_mut(&flow_id).expect("a chunk of an open flow");
                    *chunks += 1;
                    if *chunks == 5 {
                        session.drop_flow(flow_id);
                    }
                }
                Event::Updated { flow_id, .. } => assert!(self.open.contains_key(&flow_id)),
                Event::Closed { flow_id, .. } => assert!(self.open.remove(&flow_id).is_some()),
                Event::Dns { .. } | Event::Quic { .. } | Event::Behaviour { .. } => {}
            }
        }
        assert!(session.counters().flows_live <= 8);
    }
}

/// Frames out of bytes: mostly sound Ethernet, IPv4 and TCP or UDP between a few ports, sometimes the bytes as they are.
struct Frames<'a>(&'a [u8]);

impl Iterator for Frames<'_> {
    type Item = (u16, Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        let ([kind, flags, seq, ends, step_high, step_low, size], rest) = self.0.split_first_chunk()?;
        let (payload, rest) = rest.split_at(usize::from(*size).min(rest.len()));
        self.0 = rest;
        let step_ms = u16::from_be_bytes([*step_high & 0x3F, *step_low]);
        if *kind > 250 {
            return Some((step_ms, payload.to_vec()));
        }
        let is_tcp = kind & 1 == 0;
        let header = if is_tcp { 20 } else { 8 };
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
        frame.extend((20 + header + payload.len() as u16).to_be_bytes());
        frame.extend([0, 1, 0, 0, 64, if is_tcp { 6 } else { 17 }, 0, 0]);
        frame.extend([10, kind >> 1 & 0x80, 0, ends & 3, 10, 0x80, 0, ends >> 2 & 3]);
        let port = |bits: u8| [53_u16, 443, 3333, 40_000][usize::from(bits & 3)].to_be_bytes();
        frame.extend(port(ends >> 4));
        frame.extend(port(ends >> 6));
        if is_tcp {
            frame.extend((0xFFFF_FFF0_u32.wrapping_add(u32::from(*seq))).to_be_bytes());
            frame.extend(0xFFFF_FFF0_u32.wrapping_add(u32::from(*kind)).to_be_bytes());
            frame.extend([0x50, *flags, 0, 0, 0, 0, 0, 0]);
        } else {
            frame.extend((8 + payload.len() as u16).to_be_bytes());
            frame.extend([0, 0]);
        }
        frame.extend(payload);
        Some((step_ms, frame))
    }
}
