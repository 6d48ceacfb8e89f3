//! Does the engine find what is there, whatever way it comes in?
#![allow(missing_docs, clippy::unwrap_used)]

mod kit;

use kit::{Segment, program, run, segments, stream, up};
use minewatch_engine::{Event, Limits};
use proptest::prelude::*;

const TALK: &[u8] = b"hello \"mining.subscribe\" and more";

fn candidates(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Candidate { .. })).count()
}

#[test]
fn an_anchor_is_found_wherever_the_stream_is_cut() {
    let program = program(&["\"mining.", "scribe\""], Limits::default());
    // A stream that begins with a lone byte begins behind it: that is what a keep-alive probe looks like.
    for cut in 2..TALK.len() {
        let rows = [up(0, 1000, &TALK[..cut]), up(1, 1000 + cut as u32, &TALK[cut..])];
        let (events, _) = run(&program, &segments(&rows), 64);
        assert_eq!((candidates(&events), stream(&events)), (1, TALK.to_vec()), "cut at {cut}");
    }
}

#[test]
fn byte_by_byte_in_batches_of_one_the_head_comes_whole() {
    let program = program(&["\"mining.", "more"], Limits::default());
    let rows: Vec<Segment<'_>> =
        (0..TALK.len()).map(|at| up(at as i64, 900 + at as u32, &TALK[at..=at])).skip(1).collect();
    let (events, counters) = run(&program, &segments(&rows), 1);
    assert_eq!(stream(&events), TALK[2..]);
    assert_eq!((counters.candidates, counters.packets), (1, TALK.len() as u64 - 1));
}

#[test]
fn a_hole_is_said_and_nothing_is_read_across_it() {
    let program = program(&["\"mining.", "and more"], Limits::default());
    let rows = [up(0, 1000, b"\"min"), up(1, 1010, b"ing."), up(2, 1014, b" and more")];
    let (events, counters) = run(&program, &segments(&rows), 64);
    assert_eq!(stream(&events), b"\"min~ing. and more");
    assert_eq!(counters.lost_bytes, 6);
}

#[test]
fn the_clock_hand_takes_one_packet_flows_before_a_talking_one() {
    let limits = Limits { max_flows: 64, ..Limits::default() };
    let program = program(&["\"mining."], limits);
    let mut rows = Vec::new();
    for n in 0..100_u16 {
        rows.push(up(i64::from(n), 1000 + 2 * u32::from(n), b"ta"));
        rows.extend((0..4).map(|m| Segment { client: 50_000 + 4 * n + m, ..up(i64::from(n), 1, b"") }));
    }
    rows.push(up(900, 1200, b"\"mining."));
    let (events, counters) = run(&program, &segments(&rows), 16);
    assert_eq!(stream(&events), [b"ta".repeat(100), b"\"mining.".to_vec()].concat());
    assert!(counters.evicted_flows >= 330, "{counters:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_of_any_pieces_gives_the_same_stream(order in Just((0..11usize).collect::<Vec<_>>()).prop_shuffle()) {
        let program = program(&["hello \"min"], Limits::default());
        let first = up(0, 1000, &TALK[..10]);
        let pieces: Vec<Segment<'_>> = (0..11).map(|n| up(1, 1010 + 2 * n as u32, &TALK[10 + 2 * n..12 + 2 * n])).collect();
        let mut rows = vec![first];
        rows.extend(order.iter().map(|n| pieces[*n]));
        let (events, _) = run(&program, &segments(&rows), 64);
        prop_assert_eq!(stream(&events), &TALK[..32]);
    }

    #[test]
    fn no_bytes_make_it_fall(frames in prop::collection::vec((any::<i64>(), prop::collection::vec(any::<u8>(), 0..90)), 0..40)) {
        let program = program(&["\"mining."], Limits { max_flows: 4, max_held_bytes: 200, ..Limits::default() });
        let (_, counters) = run(&program, &frames, 7);
        prop_assert_eq!(counters.packets, frames.len() as u64);
    }

    #[test]
    fn no_header_bytes_make_it_fall(frames in prop::collection::vec((0..5_000_000_000_i64, any::<[u8; 40]>()), 0..60)) {
        let frames: Vec<(i64, Vec<u8>)> = frames
            .into_iter()
            .map(|(at_ns, noise)| {
                let mut frame = up(0, u32::from(noise[0]), &noise[20..]).frame();
                frame[34 + usize::from(noise[1] % 20)] ^= noise[2];
                frame[14 + usize::from(noise[3] % 20)] ^= noise[4] & noise[5] & noise[6];
                frame.truncate(frame.len() - usize::from(noise[7] % 16));
                (at_ns, frame)
            })
            .collect();
        let program = program(&["\"mining."], Limits { max_flows: 4, max_gap_bytes: 300, max_held_bytes: 900, ..Limits::default() });
        let (_, counters) = run(&program, &frames, 7);
        prop_assert_eq!(counters.packets, frames.len() as u64);
        prop_assert_eq!(counters.held_bytes, 0);
    }
}
