//! Do packets of QUIC clients, sealed as they are or with any frames in them, stop the engine or burst its bounds?
#![no_main]

#[path = "../../core/tests/kit/quic.rs"]
mod kit;

use std::sync::{Arc, LazyLock};

use kit::{CONNECTION_ID, crypto, frame, protect, rfc_9001_a2};
use libfuzzer_sys::fuzz_target;
use minewatch_engine::capture::Source;
use minewatch_engine::flow::key::Seed;
use minewatch_engine::{Event, Limits, Program, Session};

const MAX_BYTES: usize = 3000;
const IDS: [&[u8]; 4] = [CONNECTION_ID, b"another!", b"short", b""];

static PROGRAM: LazyLock<Arc<Program>> = LazyLock::new(|| {
    let (max_quic_hellos, max_quic_bytes, max_quic_per_s) = (3, MAX_BYTES, 9);
    let limits = Limits { max_flows: 8, max_quic_hellos, max_quic_bytes, max_quic_per_s, ..Limits::default() };
    let names = ["com".to_owned(), "a".to_owned()];
    Arc::new(Program::new(&[], &names, &[], &[], limits).expect("the program is sound"))
});

fuzz_target!(|data: &[u8]| {
    let mut session = Session::new(Arc::clone(&PROGRAM), Source::fed(), Seed::new(&[3; 32]));
    let (mut at_ns, mut rest) = (0_i64, data);
    while let Some(([kind, ends, step, size], more)) = rest.split_first_chunk() {
        let (bytes, more) = more.split_at(usize::from(*size).min(more.len()));
        rest = more;
        // Clocks go back as well.
        at_ns += (i64::from(*step) - 60) * 50_000_000;
        let datagram = datagram(*kind, *ends, bytes);
        let frame = frame(u16::from(*ends & 3), &datagram);
        let fed = session.source_mut().feed().expect("the source is fed");
        fed.begin();
        fed.push(at_ns, 1, &frame, frame.len());
        check(&session.read(1).unwrap_or_default());
        assert!(session.counters().quic_bytes <= MAX_BYTES as u64, "{:?}", session.counters());
    }
    session.source_mut().end_feed();
    while let Some(events) = session.read(64) {
        check(&events);
    }
    assert_eq!(session.counters().quic_bytes, 0);
});

/// The RFC's packet with bytes changed; any frames, sealed; one piece of a handshake, sealed; or bytes behind a version.
fn datagram(kind: u8, ends: u8, bytes: &[u8]) -> Vec<u8> {
    let id = |bits: u8| IDS[usize::from(bits & 3)];
    match kind & 3 {
        0 => {
            let mut packet = rfc_9001_a2();
            let at = usize::from(kind >> 2) * 16 % packet.len();
            packet[at..].iter_mut().zip(bytes).for_each(|(byte, change)| *byte ^= change);
            packet
        }
        1 => protect(bytes, id(ends >> 2), id(ends >> 4)),
        2 => protect(&crypto(usize::from(kind >> 2) * 7, bytes), id(ends >> 2), id(ends >> 4)),
        _ => {
            let mut packet = [b"\xd1\x6b\x33\x43\xcf", bytes].concat();
            packet.resize(1300, kind);
            packet
        }
    }
}

fn check(events: &[Event]) {
    for event in events {
        let Event::Quic { hello, five_tuple, .. } = event else { panic!("{event:?}") };
        assert_eq!((hello[0], five_tuple.tcp), (1, false));
        assert_eq!(u32::from_be_bytes([0, hello[1], hello[2], hello[3]]) as usize + 4, hello.len());
    }
}
