//! How do the bytes of a file, plain, gzip or zstandard, come in in bounded memory?

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

const GZIP: [u8; 2] = [0x1F, 0x8B];
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// Small enough to stay in the processor's cache: what the system copies there is then read for nothing.
const WINDOW_BYTES: usize = 256 << 10;

/// True when a file that starts so is gzip or zstandard.
fn is_packed(magic: &[u8]) -> bool {
    magic.len() == 4 && (magic == ZSTD || magic.starts_with(&GZIP))
}

/// The bytes of a file, unpacked where they are packed: a window that moves forward.
pub(super) struct Stream {
    reader: Box<dyn Read + Send + Sync>,
    raw_position: Arc<AtomicU64>,
    /// The file, where what the window has passed can be read again.
    plain: Option<File>,
    /// What every read may fill; the first `filled` bytes hold something.
    buffer: Vec<u8>,
    filled: usize,
    dropped: u64,
    fault: Option<String>,
    ended: bool,
}

impl Stream {
    /// A file of which the first bytes, at most four, were read.
    pub(super) fn new(file: File, magic: &[u8]) -> io::Result<Self> {
        let raw_position = Arc::new(AtomicU64::new(magic.len() as u64));
        let is_packed = is_packed(magic);
        let plain = if is_packed || !file.metadata()?.is_file() { None } else { Some(file.try_clone()?) };
        let counted = Counted { file, position: Arc::clone(&raw_position) };
        let reader = if is_packed { unpacker(counted, magic)? } else { Box::new(counted) };
        let mut stream = Self::over(reader, raw_position, plain);
        if !is_packed {
            stream.buffer[..magic.len()].copy_from_slice(magic);
            stream.filled = magic.len();
        }
        Ok(stream)
    }

    /// A plain file from `at` on.
    pub(super) fn resumed(file: &File, at: u64) -> io::Result<Self> {
        let (plain, mut file) = (Some(file.try_clone()?), file.try_clone()?);
        file.seek(SeekFrom::Start(at))?;
        let raw_position = Arc::new(AtomicU64::new(at));
        let reader = Box::new(Counted { file, position: Arc::clone(&raw_position) });
        Ok(Self { dropped: at, ..Self::over(reader, raw_position, plain) })
    }

    fn over(reader: Box<dyn Read + Send + Sync>, raw_position: Arc<AtomicU64>, plain: Option<File>) -> Self {
        let buffer = vec![0; WINDOW_BYTES];
        Self { reader, raw_position, plain, buffer, filled: 0, dropped: 0, fault: None, ended: false }
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Bytes before the window.
    #[inline]
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The file, where it is a plain one on a disk.
    #[inline]
    pub(super) fn plain(&self) -> Option<&File> {
        self.plain.as_ref()
    }

    pub(super) fn raw_position(&self) -> u64 {
        self.raw_position.load(Ordering::Relaxed)
    }

    pub(super) fn fault(&self) -> Option<String> {
        self.fault.as_ref().map(|fault| format!("{fault} near byte {} of the file", self.raw_position()))
    }

    /// Forget what lies before `at`, and read on until `need` bytes are held or the end is there; true when there is
    /// more than before. The window then begins with what lay at `at`.
    pub(super) fn fill(&mut self, at: usize, need: usize) -> bool {
        self.buffer.copy_within(at..self.filled, 0);
        self.filled -= at;
        self.dropped += at as u64;
        if self.buffer.len() < need {
            self.buffer.resize(need, 0);
        }
        let before = self.filled;
        while self.filled < need && !self.ended {
            self.read_piece();
        }
        self.filled > before
    }

    fn read_piece(&mut self) {
        match self.reader.read(&mut self.buffer[self.filled..]) {
            Ok(count) => {
                self.filled += count;
                self.ended = count == 0;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let what = if self.plain.is_some() { "reading failed" } else { "packed data is damaged or ends early" };
                self.fault = Some(format!("{what}: {error}"));
                self.ended = true;
            }
        }
    }
}

fn unpacker(counted: Counted, magic: &[u8]) -> io::Result<Box<dyn Read + Send + Sync>> {
    let raw = BufReader::with_capacity(WINDOW_BYTES, Cursor::new(magic.to_vec()).chain(counted));
    Ok(if magic == ZSTD {
        Box::new(zstd::Decoder::with_buffer(raw)?)
    } else {
        Box::new(MultiGzDecoder::new(SkipZeros { raw }))
    })
}

struct Counted {
    file: File,
    position: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.position.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Gzip files may be padded with zeros after their last member (gzip manual, "tapes").
struct SkipZeros<R> {
    raw: R,
}

impl<R: Read> Read for SkipZeros<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.raw.read(buffer)
    }
}

impl<R: BufRead> BufRead for SkipZeros<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.raw.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.raw.consume(amount);
    }
}
