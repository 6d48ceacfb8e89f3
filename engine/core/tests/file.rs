//! Is a capture file read as the same frames handed over are, however it is stored, and whatever becomes of it?
#![allow(missing_docs, clippy::unwrap_used)]

mod kit;

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::iter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use flate2::Compression;
use flate2::read::GzEncoder;
use kit::{program, run, stream, up};
use minewatch_engine::capture::Source;
use minewatch_engine::flow::key::Seed;
use minewatch_engine::{Event, Limits, Session};

/// More than a window of the reader holds, and more than two parts of a mapping.
const FEW_FILLERS: usize = 700;
const MANY_FILLERS: usize = 14_000;
const FILLER: [u8; 1000] = [0; 1000];

/// The two halves of a talk, with so much between them that the first one is gone when the second one comes.
fn frames(fillers: usize) -> Vec<(i64, Vec<u8>)> {
    let mut frames = vec![(1000, up(0, 1000, b"first words, ").frame())];
    frames.extend((0..fillers).map(|at| (2000 + 1000 * at as i64, FILLER.to_vec())));
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

/// What is left of a session.
fn rest(session: &mut Session) -> Vec<Event> {
    std::iter::from_fn(|| session.read(16)).flatten().collect()
}

#[test]
fn a_head_that_left_the_window_comes_whole_however_the_file_is_stored() {
    for fillers in [FEW_FILLERS, MANY_FILLERS] {
        let plain = pcap(&frames(fillers));
        let mut packed = Vec::new();
        GzEncoder::new(plain.as_slice(), Compression::fast()).read_to_end(&mut packed).unwrap();
        let (expected, _) = run(&program(&["\"mining."], Limits::default()), &frames(fillers), 16);
        assert_eq!(stream(&expected), b"first words, \"mining.");
        for (name, bytes) in [("plain", &plain), ("gzip", &packed)] {
            let file = Scratch::new(name, bytes);
            let mut session = session(&file);
            assert_eq!(rest(&mut session), expected, "{name}");
            assert_eq!(session.source().position(), bytes.len() as u64, "{name}");
            assert_eq!(session.source().damage(), None, "{name}");
        }
    }
}

#[test]
fn a_file_that_is_cut_while_it_is_read_costs_the_head_and_nothing_else() {
    let file = Scratch::new("cut", &pcap(&frames(FEW_FILLERS)));
    let mut session = session(&file);
    let mut events = session.read(FEW_FILLERS + 1).unwrap();
    File::options().write(true).open(&file.0).unwrap().set_len(0).unwrap();
    events.extend(rest(&mut session));
    assert!(matches!(events[0], Event::Candidate { .. }), "{events:?}");
    assert_eq!(stream(&events), b"~\"mining.");
    assert_eq!((session.counters().shed_heads, session.counters().lost_bytes), (1, 13));
}

/// Read on until a big file can be opened for writing: whoever does so waits while it is mapped, and that is not for long.
fn opened_for_writing(session: &mut Session, file: &Scratch) -> File {
    let opened = |_| File::options().write(true).custom_flags(libc::O_NONBLOCK).open(&file.0).ok();
    iter::repeat_with(|| session.read(1000).unwrap()).find_map(opened).unwrap()
}

#[test]
fn who_writes_to_a_big_file_that_is_read_changes_nothing_of_what_was_there() {
    let bytes = pcap(&frames(MANY_FILLERS));
    let file = Scratch::new("written", &bytes);
    let mut session = session(&file);
    let mut writer = opened_for_writing(&mut session, &file);
    writer.seek(SeekFrom::End(0)).unwrap();
    writer.write_all(&bytes[24..4000]).unwrap();
    assert_eq!(stream(&rest(&mut session)), b"first words, \"mining.");
}

#[test]
fn a_big_file_that_is_emptied_while_it_is_read_ends_there() {
    let file = Scratch::new("emptied", &pcap(&frames(MANY_FILLERS)));
    let mut session = session(&file);
    opened_for_writing(&mut session, &file).set_len(0).unwrap();
    assert_eq!(rest(&mut session), []);
    assert!(session.counters().packets < MANY_FILLERS as u64);
}
