//! What is the least that any engine has to do? Decode, one flow table, a look at the first two payloads, nothing else.
//!
//! `limit CAPTURE [RUNS]` prints one JSON object for each run. The capture is a plain pcap of Ethernet frames with
//! microseconds in the byte order of this machine. The same work is done on the same bytes in three ways: `memory_s` where
//! they were read before the clock starts, `window_s` where they are read through a small window, `mapped_s` where the
//! file is mapped. What is given a file cannot be faster than the better one of the last two. All are processor time of
//! this process, so that other work on the machine counts for none.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Deref;
use std::os::fd::AsRawFd;
use std::ptr::null_mut;
use std::time::Duration;

use memchr::memmem::Finder;
use minewatch_engine::capture::FrameRef;
use minewatch_engine::decode::{Decoder, Segment};
use minewatch_engine::flow::entry::Entry;
use minewatch_engine::flow::key::{Key, Seed};
use minewatch_engine::limits::Limits;
use minewatch_engine::memory::{Slots, look_ahead, prefetch};

const BATCH: usize = 32;
const SLOTS: usize = 1 << 22;
const HEADER_BYTES: usize = 24;
const RECORD_BYTES: usize = 16;
const AHEAD_BYTES: usize = 8192;
const WINDOW_BYTES: usize = 256 << 10;
const LITERALS: [&str; 6] = [
    "mining.",
    "\"login\"",
    "eth_submit",
    "\"method\"",
    "\"job_id\"",
    "getblocktemplate",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, capture, rest @ ..] = arguments.as_slice() else {
        return Err("usage: limit CAPTURE [RUNS]".into());
    };
    let bytes = fs::read(capture)?;
    for _ in 0..rest.first().map_or(Ok(1), |runs| runs.parse::<u32>())? {
        let (memory_s, done) = timed(|| Ok(in_memory(&bytes)))?;
        let (window_s, windowed) = timed(|| through_window(&mut File::open(capture)?))?;
        let (mapped_s, mapped) = timed(|| Ok(in_memory(&Mapping::of(&File::open(capture)?)?)))?;
        if [&windowed, &mapped]
            .iter()
            .any(|other| (other.packets, other.hits) != (done.packets, done.hits))
        {
            return Err("the three ways did not do the same work".into());
        }
        println!(
            "{{\"packets\": {}, \"bytes\": {}, \"flows\": {}, \"hits\": {}, \
             \"memory_s\": {memory_s:.6}, \"window_s\": {window_s:.6}, \"mapped_s\": {mapped_s:.6}}}",
            done.packets, done.bytes, done.flows, done.hits
        );
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> io::Result<Floor>) -> io::Result<(f64, Floor)> {
    let start = processor_time();
    let done = work()?;
    Ok(((processor_time() - start).as_secs_f64(), done))
}

fn in_memory(bytes: &[u8]) -> Floor {
    let mut floor = Floor::default();
    floor.run(bytes, HEADER_BYTES);
    floor
}

fn through_window(file: &mut File) -> io::Result<Floor> {
    let (mut floor, mut window) = (Floor::default(), vec![0; WINDOW_BYTES]);
    let (mut at, mut filled) = (HEADER_BYTES, 0);
    loop {
        let count = file.read(&mut window[filled..])?;
        filled += count;
        at = floor.run(&window[..filled], at);
        if count == 0 {
            return Ok(floor);
        }
        window.copy_within(at..filled, 0);
        (at, filled) = (0, filled - at);
    }
}

/// A file in the address space of this process.
struct Mapping(&'static [u8]);

impl Mapping {
    fn of(file: &File) -> io::Result<Self> {
        let len = usize::try_from(file.metadata()?.len()).unwrap_or_default();
        let kind = libc::MAP_SHARED | libc::MAP_POPULATE;
        // SAFETY: a fresh mapping at an address of the system's choice.
        let start =
            unsafe { libc::mmap(null_mut(), len, libc::PROT_READ, kind, file.as_raw_fd(), 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: that many bytes are mapped until `drop`, and nobody writes to a capture that is measured.
        Ok(Self(unsafe {
            std::slice::from_raw_parts(start.cast(), len)
        }))
    }
}

impl Deref for Mapping {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is owned, and no reference to it outlives self.
        unsafe { libc::munmap(self.0.as_ptr().cast_mut().cast(), self.0.len()) };
    }
}

/// What this process has used of any processor so far.
fn processor_time() -> Duration {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes one value of this type.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut now) };
    Duration::new(
        now.tv_sec.unsigned_abs(),
        u32::try_from(now.tv_nsec).unwrap_or_default(),
    )
}

struct Floor {
    table: Slots<Entry>,
    seed: Seed,
    finders: Vec<Finder<'static>>,
    packets: u64,
    bytes: u64,
    flows: u64,
    hits: u64,
}

impl Default for Floor {
    fn default() -> Self {
        let finders = LITERALS.iter().map(Finder::new).collect();
        let seed = Seed::new(&[7; 32]);
        Self {
            table: Slots::new(SLOTS),
            seed,
            finders,
            packets: 0,
            bytes: 0,
            flows: 0,
            hits: 0,
        }
    }
}

impl Floor {
    /// Work on the records from `at` on; answers where the first one is that is not there as a whole.
    fn run(&mut self, bytes: &[u8], mut at: usize) -> usize {
        let decoder = Decoder::new(&Limits::default());
        let mut ahead = 0;
        let mut batch: Vec<(FrameRef, Segment, Key)> = Vec::with_capacity(BATCH);
        loop {
            batch.clear();
            while batch.len() < BATCH {
                look_ahead(bytes, at, AHEAD_BYTES, &mut ahead);
                let Some(frame) = record(bytes, at) else {
                    break;
                };
                at = frame.start + frame.len;
                self.packets += 1;
                self.bytes += frame.len as u64;
                if let Ok(segment) = decoder.segment(&bytes[frame.start..at], 1, frame.len) {
                    let key = self.key(&segment, &bytes[frame.start..at]);
                    prefetch(&self.table[home(key)]);
                    batch.push((frame, segment, key));
                }
            }
            for (frame, segment, key) in &batch {
                self.count(
                    frame,
                    segment,
                    *key,
                    segment.payload(&bytes[frame.start..frame.start + frame.len]),
                );
            }
            if record(bytes, at).is_none() {
                return at;
            }
        }
    }

    fn key(&self, segment: &Segment, data: &[u8]) -> Key {
        let (source, target) = segment.addresses(data);
        let (from, to) = segment.ports(data);
        let fold = |packed: &[u8]| packed.chunks_exact(4).fold(0, |sum, four| sum ^ word(four));
        let end = |packed: &[u8], port| u64::from(fold(packed)) << 16 | u64::from(port);
        let (one, two) = (end(source, from), end(target, to));
        self.seed.v4(segment.proto, one.min(two), one.max(two))
    }

    #[inline]
    fn count(&mut self, frame: &FrameRef, segment: &Segment, key: Key, payload: &[u8]) {
        let mut slot = home(key);
        while !self.table[slot].is_free() && self.table[slot].key != key {
            slot = (slot + 1) % SLOTS;
        }
        let entry = &mut self.table[slot];
        if entry.is_free() {
            *entry = Entry {
                key,
                first_ns: frame.at_ns,
                ..Entry::default()
            };
            self.flows += 1;
        }
        entry.bytes[0] = entry.bytes[0].wrapping_add(segment.ip_bytes);
        if entry.packets[0] < 2 && matches!(payload.first(), Some(b'{' | b'[' | b' ' | b'"')) {
            let is_hit = self
                .finders
                .iter()
                .any(|finder| finder.find(payload).is_some());
            self.hits += u64::from(is_hit && entry.flags == 0);
            entry.flags |= u16::from(is_hit);
        }
        entry.packets[0] += u16::from(!payload.is_empty() && entry.packets[0] < 2);
    }
}

#[inline]
fn home(key: Key) -> usize {
    (key.high() >> (64 - SLOTS.trailing_zeros())) as usize
}

#[inline]
fn record(bytes: &[u8], at: usize) -> Option<FrameRef> {
    let head = bytes.get(at..at + RECORD_BYTES)?;
    let field =
        |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (start, len) = (at + RECORD_BYTES, field(8) as usize);
    bytes.get(start..start + len)?;
    Some(FrameRef {
        at_ns: i64::from(field(0)),
        start,
        len,
        wire_len: len,
        linktype: 1,
    })
}

#[inline]
fn word(four: &[u8]) -> u32 {
    four.iter()
        .fold(0, |word, byte| word << 8 | u32::from(*byte))
}
