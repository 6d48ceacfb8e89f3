//! Is a QUIC client's name read as the RFC's own packet says, whole and in pieces, and does nothing make it fall?
#![allow(missing_docs, clippy::unwrap_used)]

mod kit;

use std::sync::Arc;

use kit::quic::{CONNECTION_ID, crypto, frame, protect, rfc_9001_a2};
use kit::run;
use minewatch_engine::{Counters, Event, Limits, Program};
use proptest::prelude::*;

fn asks(name: &str, limits: Limits, datagrams: &[(i64, u16, Vec<u8>)]) -> (Vec<Vec<u8>>, Counters) {
    let program = Arc::new(Program::new(&[], &[], &[name.to_owned()], &[], limits).unwrap());
    let frames: Vec<_> =
        datagrams.iter().map(|(at_ms, client, data)| (at_ms * 1_000_000, frame(*client, data))).collect();
    let (events, counters) = run(&program, &frames, 7);
    let hello = |event| if let Event::Quic { hello, .. } = event { Some(hello) } else { None };
    (events.into_iter().filter_map(hello).collect(), counters)
}

fn told(datagrams: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let rows: Vec<_> = datagrams.iter().map(|data| (0, 50_000, data.clone())).collect();
    asks("example.com", Limits::default(), &rows).0
}

fn hello() -> Vec<u8> {
    told(&[rfc_9001_a2()]).remove(0)
}

#[test]
fn the_packet_of_the_rfc() {
    let hello = hello();
    assert_eq!((hello[0], hello.len()), (1, 241));
    assert!(hello.windows(11).any(|part| part == b"example.com"));
    let other = asks("example.org", Limits::default(), &[(0, 50_000, rfc_9001_a2())]);
    assert_eq!((other.0.len(), other.1.quic_hellos), (0, 1));
}

#[test]
fn every_bit_of_it_counts() {
    let sound = rfc_9001_a2();
    for at in 0..sound.len() {
        let mut altered = sound.clone();
        altered[at] ^= 0x10;
        assert_eq!(told(&[altered]), Vec::<Vec<u8>>::new(), "byte {at}");
    }
}

#[test]
fn a_flood_of_halves_is_bounded_and_a_whole_hello_goes_through() {
    let hello = hello();
    let half = protect(&crypto(0, &hello[..100]), CONNECTION_ID, CONNECTION_ID);
    let mut rows: Vec<_> = (0..500).map(|number| (0, 1000 + number, half.clone())).collect();
    rows.push((0, 50_000, protect(&crypto(0, &hello), CONNECTION_ID, CONNECTION_ID)));
    let limits = Limits { max_quic_hellos: 9, ..Limits::default() };
    let (told, counters) = asks("example.com", limits, &rows);
    assert_eq!(told, [hello]);
    assert_eq!((counters.evicted_quic, counters.expired_quic, counters.quic_bytes), (491, 9, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_pieces_in_any_order(
        cuts in prop::collection::btree_set(1..241_usize, 0..8),
        order in Just((0..9_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let hello = hello();
        let places: Vec<usize> = [0].into_iter().chain(cuts).chain([hello.len()]).collect();
        let pieces: Vec<_> = places.windows(2).map(|span| crypto(span[0], &hello[span[0]..span[1]])).collect();
        // Where an id is the server's own, the first packet has to have told the client's.
        let mut packets = vec![protect(&crypto(0, &hello[..1]), CONNECTION_ID, CONNECTION_ID)];
        let in_order = order.iter().filter_map(|place| pieces.get(*place));
        packets.extend(in_order.map(|piece| protect(piece, b"later", CONNECTION_ID)));
        prop_assert_eq!(told(&packets), [hello]);
    }

    #[test]
    fn no_frames_make_it_fall(parts in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..90), 0..3_u16, 0..9_000_i64), 0..20)) {
        let rows: Vec<_> =
            parts.iter().map(|(frames, client, at_ms)| (*at_ms, *client, protect(frames, CONNECTION_ID, CONNECTION_ID))).collect();
        let counters = asks("example.com", Limits::default(), &rows).1;
        prop_assert_eq!((counters.quic_initials, counters.quic_bytes), (rows.len() as u64, 0));
    }

    #[test]
    fn no_header_makes_it_fall(head in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut datagram = [b"\xc0\0\0\0\x01", &head[..]].concat();
        datagram.resize(1300, 0);
        prop_assert_eq!(told(&[datagram]), Vec::<Vec<u8>>::new());
    }
}
