//! Are the frames of a ring's block found where the kernel put them, tags put back, and nothing else believed?
#![allow(missing_docs, clippy::unwrap_used)]

use minewatch_engine::capture::ring::{BlockFrames, Link, Tally};
use proptest::prelude::*;

const LINK: Link = Link { linktype: 1, is_loopback: false, max_frame_bytes: 1514 };
const LOOPBACK: Link = Link { is_loopback: true, ..LINK };
const HEADER: usize = 48;
const VLAN: u32 = 0x10;
const VLAN_TPID: u32 = 0x40;

#[derive(Clone, Debug, Default)]
struct Packet {
    data: Vec<u8>,
    wire_len: u32,
    status: u32,
    tci: u16,
    tpid: u16,
    kind: u8,
}

/// A block as the kernel lays it out.
fn block(packets: &[Packet]) -> Vec<u8> {
    let mut block = vec![0; HEADER];
    block[12..16].copy_from_slice(&(packets.len() as u32).to_ne_bytes());
    block[16..20].copy_from_slice(&(HEADER as u32).to_ne_bytes());
    for (number, packet) in packets.iter().enumerate() {
        let mut frame = vec![0; 82];
        let step = (82 + packet.data.len()).next_multiple_of(8) as u32;
        let step = if number + 1 == packets.len() { 0 } else { step };
        let words = [step, 7, number as u32, packet.data.len() as u32, packet.wire_len, packet.status];
        for (at, word) in words.iter().enumerate() {
            frame[4 * at..4 * at + 4].copy_from_slice(&word.to_ne_bytes());
        }
        frame[24..26].copy_from_slice(&82_u16.to_ne_bytes());
        frame[32..34].copy_from_slice(&packet.tci.to_ne_bytes());
        frame[36..38].copy_from_slice(&packet.tpid.to_ne_bytes());
        frame[58] = packet.kind;
        frame.extend(&packet.data);
        frame.resize(frame.len().next_multiple_of(8), 0xEE);
        block.extend(frame);
    }
    block
}

fn read(packets: &[Packet], link: Link) -> (Tally, Vec<(Vec<u8>, usize)>) {
    let mut bytes = block(packets);
    let mut frames = BlockFrames::default();
    let tally = frames.begin(&mut bytes, link).unwrap();
    let given = frames.next(usize::MAX).iter();
    (tally, given.map(|frame| (bytes[frame.start..frame.start + frame.len].to_vec(), frame.wire_len)).collect())
}

fn packet(data: &[u8]) -> Packet {
    Packet { data: data.to_vec(), wire_len: data.len() as u32, ..Packet::default() }
}

/// The frame as it was on the wire.
fn tagged(data: &[u8], tpid: u16, tci: u16) -> Vec<u8> {
    let (addresses, rest) = data.split_at(data.len().min(12));
    [addresses, &tpid.to_be_bytes(), &tci.to_be_bytes(), rest].concat()
}

#[test]
fn tags_are_put_back() {
    let data: Vec<u8> = (1..=60).collect();
    for (status, tpid, expected) in [(VLAN, 0, 0x8100), (VLAN | VLAN_TPID, 0x88A8, 0x88A8), (VLAN, 0x88A8, 0x8100)] {
        let one = Packet { status, tpid, tci: 0xE007, ..packet(&data) };
        let (tally, frames) = read(&[packet(&data), one, packet(&data)], LINK);
        let whole = tagged(&data, expected, 0xE007);
        assert_eq!(frames, [(data.clone(), 60), (whole, 64), (data.clone(), 60)]);
        assert_eq!(tally, Tally { frames: 3, last_ns: 7_000_000_002, ..Tally::default() });
    }
}

#[test]
fn outgoing_frames_come_twice_on_loopback_only() {
    let sent = Packet { kind: 4, ..packet(b"one") };
    let rows = [packet(b"two"), sent];
    assert_eq!(read(&rows, LINK).1.len(), 2);
    let (tally, frames) = read(&rows, LOOPBACK);
    assert_eq!(frames, [(b"two".to_vec(), 3)]);
    assert_eq!((tally.frames, tally.outgoing, tally.last_ns), (1, 1, 7_000_000_000));
}

#[test]
fn cut_and_merged_frames_keep_their_length_on_the_wire() {
    let rows = [Packet { wire_len: 1514, ..packet(b"cut") }, Packet { wire_len: 1515, ..packet(b"merged") }];
    let (tally, frames) = read(&rows, LINK);
    assert_eq!(frames.iter().map(|frame| frame.1).collect::<Vec<_>>(), [1514, 1515]);
    assert_eq!(tally.merged, 1);
}

#[test]
fn frames_are_given_in_parts() {
    let mut bytes = block(&[packet(b"a"), packet(b"b"), packet(b"c")]);
    let mut frames = BlockFrames::default();
    frames.begin(&mut bytes, LINK).unwrap();
    assert_eq!([frames.next(2).len(), frames.left(), frames.next(2).len(), frames.next(2).len()], [2, 1, 1, 0]);
}

#[test]
fn a_block_that_was_cut_is_refused_whole() {
    let whole = block(&[packet(&[1; 60]), packet(&[2; 60])]);
    for size in 0..HEADER + 2 * 82 + 60 {
        let mut frames = BlockFrames::default();
        assert!(frames.begin(&mut whole[..size].to_vec(), LINK).is_err(), "{size}");
        assert_eq!(frames.left(), 0);
    }
}

proptest! {
    #[test]
    fn any_frames_come_out_as_they_were(
        rows in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..90), any::<bool>(), any::<u16>()), 0..9)
    ) {
        let made: Vec<Packet> = rows
            .iter()
            .map(|(data, is_tagged, tci)| Packet { status: u32::from(*is_tagged) * VLAN, tci: *tci, ..packet(data) })
            .collect();
        let frames: Vec<Vec<u8>> = read(&made, LINK).1.into_iter().map(|(data, _)| data).collect();
        let sent = rows.iter().map(|(data, is_tagged, tci)| if *is_tagged { tagged(data, 0x8100, *tci) } else { data.clone() });
        prop_assert_eq!(frames, sent.collect::<Vec<_>>());
    }

    #[test]
    fn any_bytes_end_well(mut bytes in prop::collection::vec(any::<u8>(), 0..400), count in 0_u32..6, first in 0_u32..80) {
        if bytes.len() > 20 {
            bytes[12..16].copy_from_slice(&count.to_ne_bytes());
            bytes[16..20].copy_from_slice(&first.to_ne_bytes());
        }
        let mut frames = BlockFrames::default();
        let found = frames.begin(&mut bytes, LINK);
        for frame in frames.next(usize::MAX) {
            prop_assert!(frame.start + frame.len <= bytes.len());
        }
        prop_assert_eq!(frames.left() as u64, 0);
        prop_assert!(found.is_err() || found.unwrap().frames <= 6);
    }
}
