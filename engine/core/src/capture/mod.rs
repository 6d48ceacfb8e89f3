//! Where do frames come from: a file, or a caller that hands them over?

mod fed;
mod mapped;
mod pcap;
mod pcapng;
pub mod ring;
mod stream;

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

pub use fed::FedFrames;
use mapped::Mapped;
use pcap::Pcap;
use pcapng::Pcapng;
use stream::Stream;

/// A captured packet longer than this is taken for damage; segmentation offload gives 512 KiB on real interfaces.
pub const MAX_PACKET_BYTES: usize = 1_048_576;

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
}

enum Kind {
    Mapped(Mapped),
    Stream(Box<Stream>),
    Fed(FedFrames),
}

impl Kind {
    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Mapped(mapped) => mapped.bytes(),
            Self::Stream(stream) => stream.bytes(),
            Self::Fed(fed) => fed.bytes(),
        }
    }
}

/// The bytes that the frames of a batch lie in, and the way back to what came before them.
#[derive(Clone, Copy)]
pub struct Held<'a> {
    /// What [`FrameRef::start`] counts in.
    pub bytes: &'a [u8],
    /// They lie in memory, and not in the processor's cache.
    pub is_far: bool,
    /// Where they start in the source.
    start: u64,
    file: Option<&'a File>,
}

impl<'a> Held<'a> {
    /// Bytes that are gone after their batch.
    #[must_use]
    pub fn for_now(bytes: &'a [u8]) -> Self {
        Self { bytes, is_far: false, start: 0, file: None }
    }

    /// The place in the source of a place in `bytes`.
    #[inline]
    #[must_use]
    pub fn position(&self, at: usize) -> u64 {
        self.start + at as u64
    }

    /// Bytes of this batch or of one before it; None where they cannot be read again.
    #[must_use]
    pub fn again(&self, position: u64, size: usize) -> Option<Cow<'a, [u8]>> {
        if let Some(at) = position.checked_sub(self.start) {
            let at = usize::try_from(at).ok()?;
            return self.bytes.get(at..at.checked_add(size)?).map(Cow::Borrowed);
        }
        let mut data = vec![0; size];
        self.file?.read_exact_at(&mut data, position).ok()?;
        Some(Cow::Owned(data))
    }
}

impl Source {
    /// A capture file, or a pipe: plain, or packed (gzip or zstandard).
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be read or is no capture. An empty or cut file opens, and ends with damage.
    pub fn open(mut file: File) -> Result<Self, OpenError> {
        let mut magic = [0; 4];
        let have = read_full(&mut file, &mut magic)?;
        if let Some(format) = Format::of(magic)
            && let Ok(mapped) = Mapped::new(file.try_clone()?)
        {
            return Ok(Self { format: Some(format), ..Self::of(Kind::Mapped(mapped)) });
        }
        let mut stream = Stream::new(file, &magic[..have])?;
        stream.fill(0, 4);
        let mut source = Self::of(Kind::Stream(Box::new(stream)));
        let bytes = source.held().bytes;
        match bytes.first_chunk::<4>() {
            Some(magic) => {
                source.format = Some(Format::of(*magic).ok_or(OpenError::NotACapture(*magic))?);
            }
            None if bytes.is_empty() => source.stop("file is empty".to_owned()),
            None => source.stop(format!("file of {} bytes", bytes.len())),
        }
        Ok(source)
    }

    /// Frames that the caller puts in, batch by batch.
    #[must_use]
    pub fn fed() -> Self {
        Self::of(Kind::Fed(FedFrames::default()))
    }

    fn of(kind: Kind) -> Self {
        Self { kind, format: None, at: 0, packets: 0, damage: None, ended: false }
    }

    /// What the last batch's frames lie in.
    #[must_use]
    #[inline]
    pub fn held(&self) -> Held<'_> {
        match &self.kind {
            Kind::Mapped(mapped) => Held { bytes: mapped.bytes(), is_far: true, start: 0, file: Some(mapped.file()) },
            Kind::Stream(stream) => {
                Held { bytes: stream.bytes(), is_far: false, start: stream.dropped(), file: stream.plain() }
            }
            Kind::Fed(fed) => Held::for_now(fed.bytes()),
        }
    }

    /// True when what was read once can be read again.
    #[must_use]
    pub fn keeps_all(&self) -> bool {
        match &self.kind {
            Kind::Mapped(_) => true,
            Kind::Stream(stream) => stream.plain().is_some(),
            Kind::Fed(_) => false,
        }
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
            Kind::Fed(_) => 0,
            Kind::Mapped(mapped) => mapped.bytes().len() as u64,
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
        while batch.len() < max && !self.ended {
            if let Some(Format::Pcap(pcap)) = &self.format {
                self.at = pcap.read(self.kind.bytes(), self.at, batch, max);
                if batch.len() == max {
                    break;
                }
            }
            if self.read_one(batch).is_none() {
                break;
            }
        }
        self.packets += batch.len() as u64;
    }

    /// One step. None when the batch has to be worked on before the buffer may move.
    #[inline]
    fn read_one(&mut self, batch: &mut Vec<FrameRef>) -> Option<()> {
        match self.format.as_mut()?.step(self.kind.bytes(), self.at) {
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
        if !batch.is_empty() {
            return None;
        }
        if let Kind::Mapped(mapped) = &mut self.kind {
            if mapped.fill(self.at, need) {
                return Some(());
            }
            match Stream::resumed(mapped.file(), self.at as u64) {
                Ok(stream) => self.kind = Kind::Stream(Box::new(stream)),
                Err(error) => {
                    self.stop_at(0, &format!("reading failed: {error}"), 0);
                    return Some(());
                }
            }
            self.at = 0;
        }
        if let Kind::Stream(stream) = &mut self.kind {
            let more = stream.fill(self.at, need);
            self.at = 0;
            if more {
                return Some(());
            }
        }
        let have = self.held().bytes.len().saturating_sub(self.at);
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
