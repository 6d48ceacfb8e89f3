//! Where do frames come from: a mapped file, an unpacked stream, or a caller that hands them over?

mod fed;
mod pcap;
mod pcapng;
pub mod ring;
mod stream;

use std::fmt;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read};

pub use fed::FedFrames;
use pcap::Pcap;
use pcapng::Pcapng;
use stream::Stream;

use crate::memory::{Mapping, prefetch};

/// A captured packet longer than this is taken for damage; segmentation offload gives 512 KiB on real interfaces.
pub const MAX_PACKET_BYTES: usize = 1_048_576;

const LINE_BYTES: usize = 64;
const AHEAD_BYTES: usize = 8192;
/// What the system maps around a fault.
const TOUCH_BYTES: usize = 64 << 10;
const TOUCHED_AHEAD_BYTES: usize = 128 << 10;
/// Records shorter than this on average come in order for the processor's own look-ahead.
const AHEAD_FROM_BYTES: usize = 0;

/// Ask for the bytes that come next, `ahead` being how far that was done: the processor's own look-ahead loses its way
/// between long records.
#[inline]
fn look_ahead(bytes: &[u8], at: usize, ahead: &mut usize) {
    *ahead = (*ahead).max(at);
    while *ahead < at + AHEAD_BYTES {
        let Some(line) = bytes.get(*ahead) else { return };
        prefetch(line);
        *ahead += LINE_BYTES;
    }
}

/// One captured frame; its bytes lie in the source's buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameRef {
    /// Capture time, nanoseconds since the epoch.
    pub at_ns: i64,
    /// Where its bytes start in [`Source::bytes`].
    pub start: usize,
    /// Captured bytes.
    pub len: usize,
    /// Bytes on the wire.
    pub wire_len: usize,
    /// LINKTYPE value.
    pub linktype: u32,
}

/// What one look at the bytes of a capture gave.
enum Step {
    /// A frame; the next record starts at the second value.
    Frame(FrameRef, usize),
    /// Something else than a frame; the next record starts here.
    Next(usize),
    /// That many bytes from the record's start are needed, and not there.
    Short(usize, &'static str),
    /// The capture cannot be read further.
    Damage(String),
}

/// A format's reader: state of the file so far, and how to take the next step.
enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

impl Format {
    fn of(magic: [u8; 4]) -> Option<Self> {
        if magic == pcapng::MAGIC {
            return Some(Self::Pcapng(Pcapng::default()));
        }
        Pcap::of(magic).map(Self::Pcap)
    }

    #[inline]
    fn step(&mut self, bytes: &[u8], at: usize) -> Step {
        match self {
            Self::Pcap(state) => state.step(bytes, at),
            Self::Pcapng(state) => state.step(bytes, at),
        }
    }
}

/// Why a capture cannot be read at all.
#[derive(Debug)]
pub enum OpenError {
    /// The medium failed.
    Io(io::Error),
    /// It starts with something else than a capture does.
    NotACapture([u8; 4]),
}

impl fmt::Display for OpenError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(out, "{error}"),
            Self::NotACapture([a, b, c, d]) => {
                write!(out, "not a capture file: starts with {a:02x} {b:02x} {c:02x} {d:02x}")
            }
        }
    }
}

impl std::error::Error for OpenError {}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A source of frames. Reading never fails: it ends, and [`Source::damage`] says why.
pub struct Source {
    kind: Kind,
    format: Option<Format>,
    at: usize,
    packets: u64,
    damage: Option<String>,
    ended: bool,
    /// Up to where bytes were asked for ahead of their use, and whether records are long enough for that to pay.
    ahead: usize,
    looks_ahead: bool,
    /// Up to where pages were touched ahead.
    touched: usize,
}

enum Kind {
    Mapped(Mapping),
    Stream(Box<Stream>),
    Fed(FedFrames),
}

impl Source {
    /// A regular capture file: mapped where it is plain, streamed where it is packed (gzip or zstandard).
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be mapped or is no capture. An empty or cut file opens, and ends with damage.
    pub fn open(mut file: File) -> Result<Self, OpenError> {
        let mut magic = [0; 4];
        let have = read_full(&mut file, &mut magic)?;
        if have == 4 && stream::is_packed(magic) {
            return Self::from_stream(Stream::packed(file, magic)?);
        }
        let mapping = Mapping::of(&file)?;
        Self::with(Kind::Mapped(mapping))
    }

    /// Frames that the caller puts in, batch by batch.
    #[must_use]
    pub fn fed() -> Self {
        Self {
            kind: Kind::Fed(FedFrames::default()),
            format: None,
            at: 0,
            packets: 0,
            damage: None,
            ended: false,
            ahead: 0,
            looks_ahead: false,
            touched: 0,
        }
    }

    fn from_stream(mut stream: Stream) -> Result<Self, OpenError> {
        stream.fill(0, 4);
        Self::with(Kind::Stream(Box::new(stream)))
    }

    fn with(kind: Kind) -> Result<Self, OpenError> {
        let mut source = Self {
            kind,
            format: None,
            at: 0,
            packets: 0,
            damage: None,
            ended: false,
            ahead: 0,
            looks_ahead: false,
            touched: 0,
        };
        let bytes = source.bytes();
        match bytes.first_chunk::<4>() {
            Some(magic) => {
                source.format = Some(Format::of(*magic).ok_or(OpenError::NotACapture(*magic))?);
            }
            None if bytes.is_empty() => source.stop("file is empty".to_owned()),
            None => source.stop(format!("file of {} bytes", bytes.len())),
        }
        Ok(source)
    }

    /// The bytes that the last batch's frames lie in.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        match &self.kind {
            Kind::Mapped(mapping) => mapping.bytes(),
            Kind::Stream(stream) => stream.bytes(),
            Kind::Fed(fed) => fed.bytes(),
        }
    }

    /// True when frames of earlier batches can still be read at their place.
    #[must_use]
    pub fn keeps_all(&self) -> bool {
        matches!(self.kind, Kind::Mapped(_))
    }

    /// What ended the reading early, or None. Final once the source has ended.
    #[must_use]
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// True once no more frames come.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Stored bytes read so far.
    #[must_use]
    pub fn position(&self) -> u64 {
        match &self.kind {
            Kind::Mapped(_) | Kind::Fed(_) => self.at as u64,
            Kind::Stream(stream) => stream.raw_position(),
        }
    }

    /// The caller's side of a source made by [`Source::fed`].
    pub fn feed(&mut self) -> Option<&mut FedFrames> {
        if let Kind::Fed(fed) = &mut self.kind { Some(fed) } else { None }
    }

    /// No more frames will be fed.
    pub fn end_feed(&mut self) {
        if let Kind::Fed(fed) = &mut self.kind {
            fed.end();
        }
    }

    /// Put the next frames, at most `max`, into `batch`. An empty batch means that the source has ended, or, where
    /// frames are fed, that it has to be fed again.
    pub fn read(&mut self, batch: &mut Vec<FrameRef>, max: usize) {
        batch.clear();
        if let Kind::Fed(fed) = &mut self.kind {
            fed.read(batch, max);
            self.ended = fed.ended();
            return;
        }
        let start = self.at;
        self.touch_ahead();
        while batch.len() < max && !self.ended {
            if let (Kind::Mapped(mapping), Some(Format::Pcap(pcap))) = (&self.kind, &self.format) {
                let looks_ahead = self.looks_ahead.then_some(&mut self.ahead);
                self.at = pcap.read(mapping.bytes(), self.at, batch, max, looks_ahead);
                if batch.len() == max {
                    break;
                }
            }
            if self.read_one(batch).is_none() {
                break;
            }
        }
        self.looks_ahead = (self.at.saturating_sub(start)) > batch.len() * AHEAD_FROM_BYTES;
        self.packets += batch.len() as u64;
    }

    /// Have the pages that come next mapped: only of mapped pages can the processor be asked for lines ahead. One touch
    /// maps the pages around it, which costs less than asking the system for a range.
    #[inline]
    fn touch_ahead(&mut self) {
        let Kind::Mapped(mapping) = &self.kind else { return };
        self.touched = self.touched.max(self.at);
        while self.touched < self.at + TOUCHED_AHEAD_BYTES {
            let Some(byte) = mapping.bytes().get(self.touched) else { return };
            black_box(*byte);
            self.touched += TOUCH_BYTES;
        }
    }

    /// One step. None when the batch has to be worked on before the buffer may move.
    #[inline]
    fn read_one(&mut self, batch: &mut Vec<FrameRef>) -> Option<()> {
        let bytes = match &self.kind {
            Kind::Mapped(mapping) => mapping.bytes(),
            Kind::Stream(stream) => stream.bytes(),
            Kind::Fed(_) => return None,
        };
        match self.format.as_mut()?.step(bytes, self.at) {
            Step::Frame(frame, next) => {
                batch.push(frame);
                self.at = next;
            }
            Step::Next(next) => self.at = next,
            Step::Short(need, what) => return self.short(batch, need, what),
            Step::Damage(what) => self.stop_at(batch.len(), &what, 0),
        }
        Some(())
    }

    #[cold]
    fn short(&mut self, batch: &[FrameRef], need: usize, what: &'static str) -> Option<()> {
        if let Kind::Stream(stream) = &mut self.kind {
            if !batch.is_empty() {
                return None;
            }
            let (at, more) = stream.fill(self.at, need);
            self.at = at;
            if more {
                return Some(());
            }
        }
        let have = self.bytes().len().saturating_sub(self.at);
        if let Some(fault) = self.fault() {
            self.stop_at(batch.len(), &fault, have);
        } else if have == 0 {
            self.ended = true;
        } else {
            self.stop_at(batch.len(), &format!("{what} cut after {have} of {need} bytes"), have);
        }
        Some(())
    }

    fn fault(&self) -> Option<String> {
        if let Kind::Stream(stream) = &self.kind { stream.fault() } else { None }
    }

    fn stop_at(&mut self, in_batch: usize, what: &str, passed: usize) {
        let dropped = if let Kind::Stream(stream) = &self.kind { stream.dropped() } else { 0 };
        let position = dropped + (self.at + passed) as u64;
        let packets = self.packets + in_batch as u64;
        self.stop(format!("{what} (byte {position}, after packet {packets})"));
    }

    fn stop(&mut self, what: String) {
        self.damage = Some(what);
        self.ended = true;
    }
}

/// Fill `buffer` as far as the reader goes.
fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while have < buffer.len() {
        match reader.read(&mut buffer[have..]) {
            Ok(0) => break,
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(have)
}
