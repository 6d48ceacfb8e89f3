//! Is a capture file read as the same frames handed over are, however it is stored, and whatever becomes of it?
#![allow(missing_docs, clippy::unwrap_used)]

mod kit;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;

use flate2::Compression;
use flate2::read::GzEncoder;
use kit::{program, run, stream, up};
use minewatch_engine::capture::Source;
use minewatch_engine::flow::key::Seed;
use minewatch_engine::{Event, Limits, Session};

/// More than a window of the reader holds.
const FILLER_FRAMES: usize = 700;
const FILLER: [u8; 1000] = [0; 1000];

/// The two halves of a talk, with so much between them that the first one is gone when the second one comes.
fn frames() -> Vec<(i64, Vec<u8>)> {
    let mut frames = vec![(1000, up(0, 1000, b"first words, ").frame())];
    frames.extend((0..FILLER_FRAMES).map(|at| (2000 + 1000 * at as i64, FILLER.to_vec())));
    frames.push((1_000_000_000, up(0, 1013, b"\"mining.").frame()));
    frames
}

fn pcap(frames: &[(i64, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    for (at_ns, frame) in frames {
        let (seconds, micros) = (at_ns / 1_000_000_000, at_ns / 1000 % 1_000_000);
        for word in [seconds as u32, micros as u32, frame.len() as u32, frame.len() as u32] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(frame);
    }
    bytes
}

/// A file in the folder for temporary files, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("minewatch-{}-{name}", std::process::id()));
        File::create(&path).unwrap().write_all(bytes).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

fn session(file: &Scratch) -> Session {
    let source = Source::open(File::open(&file.0).unwrap()).unwrap();
    Session::new(program(&["\"mining."], Limits::default()), source, Seed::new(&[3; 32]))
}

#[test]
fn a_head_that_left_the_window_comes_whole_however_the_file_is_stored() {
    let plain = pcap(&frames());
    let mut packed = Vec::new();
    GzEncoder::new(plain.as_slice(), Compression::fast()).read_to_end(&mut packed).unwrap();
    let (expected, _) = run(&program(&["\"mining."], Limits::default()), &frames(), 16);
    assert_eq!(stream(&expected), b"first words, \"mining.");
    for (name, bytes) in [("plain", &plain), ("gzip", &packed)] {
        let file = Scratch::new(name, bytes);
        let mut session = session(&file);
        let mut events = Vec::new();
        while let Some(found) = session.read(16) {
            events.extend(found);
        }
        assert_eq!(events, expected, "{name}");
        assert_eq!(session.source().position(), bytes.len() as u64, "{name}");
    }
}

#[test]
fn a_file_that_is_cut_while_it_is_read_costs_the_head_and_nothing_else() {
    let file = Scratch::new("cut", &pcap(&frames()));
    let mut session = session(&file);
    let mut events = session.read(FILLER_FRAMES + 1).unwrap();
    File::options().write(true).open(&file.0).unwrap().set_len(0).unwrap();
    while let Some(found) = session.read(16) {
        events.extend(found);
    }
    assert!(matches!(events[0], Event::Candidate { .. }), "{events:?}");
    assert_eq!(stream(&events), b"~\"mining.");
    assert_eq!((session.counters().shed_heads, session.counters().lost_bytes), (1, 13));
}
