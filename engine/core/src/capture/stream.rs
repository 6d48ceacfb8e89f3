//! How do the bytes of a gzip or zstandard file come out in bounded memory?

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

const GZIP: [u8; 2] = [0x1F, 0x8B];
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
const PIECE_BYTES: usize = 1 << 20;

/// True when a file that starts so is gzip or zstandard.
pub(super) fn is_packed(magic: [u8; 4]) -> bool {
    magic == ZSTD || magic[..2] == GZIP
}

/// Unpacked bytes: a window that moves forward.
pub(super) struct Stream {
    unpacker: Box<dyn Read + Send + Sync>,
    raw_position: Arc<AtomicU64>,
    buffer: Vec<u8>,
    dropped: u64,
    fault: Option<String>,
    ended: bool,
}

impl Stream {
    /// A packed file of which the first four bytes were read.
    pub(super) fn packed(file: File, magic: [u8; 4]) -> io::Result<Self> {
        let raw_position = Arc::new(AtomicU64::new(4));
        let counted = Counted { file, position: Arc::clone(&raw_position) };
        let raw: Raw = BufReader::with_capacity(PIECE_BYTES / 4, Cursor::new(magic).chain(counted));
        let unpacker: Box<dyn Read + Send + Sync> = if magic == ZSTD {
            Box::new(zstd::Decoder::with_buffer(raw)?)
        } else {
            Box::new(MultiGzDecoder::new(SkipZeros { raw }))
        };
        Ok(Self { unpacker, raw_position, buffer: Vec::new(), dropped: 0, fault: None, ended: false })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Bytes before the window.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn raw_position(&self) -> u64 {
        self.raw_position.load(Ordering::Relaxed)
    }

    pub(super) fn fault(&self) -> Option<String> {
        self.fault.as_ref().map(|fault| format!("{fault} near byte {} of the file", self.raw_position()))
    }

    /// Forget what lies before `at` and read on until `need` bytes from there are held; where `at` is now, and
    /// whether there is more than before.
    pub(super) fn fill(&mut self, at: usize, need: usize) -> (usize, bool) {
        self.buffer.drain(..at);
        self.dropped += at as u64;
        let target = need.max(PIECE_BYTES);
        let before = self.buffer.len();
        while self.buffer.len() < target && !self.ended {
            self.read_piece(target);
        }
        (0, self.buffer.len() > before)
    }

    fn read_piece(&mut self, target: usize) {
        let have = self.buffer.len();
        self.buffer.resize(target, 0);
        match self.unpacker.read(&mut self.buffer[have..]) {
            Ok(count) => {
                self.buffer.truncate(have + count);
                self.ended = count == 0;
            }
            Err(error) => {
                self.buffer.truncate(have);
                if error.kind() != io::ErrorKind::Interrupted {
                    self.fault = Some(format!("packed data is damaged or ends early: {error}"));
                    self.ended = true;
                }
            }
        }
    }
}

type Raw = BufReader<Chain<Cursor<[u8; 4]>, Counted>>;

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
