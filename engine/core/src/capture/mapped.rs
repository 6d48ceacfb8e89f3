//! How does a plain file come in without a copy, where that is the cheaper way?
//!
//! Mapping costs next to nothing where the system's cache holds a file in big pages, as it does most of what was written
//! in big pieces or read from a disk, and more than a copy where it holds it in pages of 4 KiB. What mapping took so far
//! tells: where it was dear, and where somebody wants to write to the file, the rest is read.

use std::fs::File;
use std::io;
use std::time::Duration;

use crate::mapping::Mapping;

/// Bytes mapped at a time, and the fewest that are worth it.
const PART_BYTES: usize = 4 << 20;
/// What mapping a part may take on average: 100 ns for a page of 4 KiB. In a big page it is some 5 ns, by itself 200 and
/// more, and a copy takes 150 to 250.
const PART_TIME: Duration = Duration::from_micros(100);
/// What it may take beside that: of a file read from a disk the first 30 MB lie in small pages, however it goes on.
const START_TIME: Duration = Duration::from_millis(4);

/// A plain file of which more and more is mapped.
pub(super) struct Mapped {
    mapping: Mapping,
    ready: usize,
    passed: usize,
    /// What mapping took, beyond what it may take.
    debt: Duration,
}

impl Mapped {
    /// A file, its first part mapped.
    ///
    /// # Errors
    /// Where the file is better read: it is small, or the system does not let it be mapped safely.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() < PART_BYTES as u64 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut mapped = Self { mapping: Mapping::new(file)?, ready: 0, passed: 0, debt: Duration::ZERO };
        mapped.map_next()?;
        Ok(mapped)
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.mapping.first(self.ready)
    }

    pub(super) fn file(&self) -> &File {
        self.mapping.file()
    }

    /// Map on until `need` bytes from `at` on are there, and let go of what lies before. False where the rest has to be
    /// read: it cannot or should not be mapped, or there is no more.
    pub(super) fn fill(&mut self, at: usize, need: usize) -> bool {
        self.mapping.let_go(&(self.passed..at));
        self.passed = at;
        while self.ready < at + need {
            if self.ready == self.mapping.size() || !self.mapping.is_safe() || self.map_next().is_err() {
                return false;
            }
        }
        true
    }

    fn map_next(&mut self) -> io::Result<()> {
        if self.debt > START_TIME {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let end = self.mapping.size().min(self.ready + PART_BYTES);
        self.debt = (self.debt + self.mapping.fill(&(self.ready..end))?).saturating_sub(PART_TIME);
        self.ready = end;
        Ok(())
    }
}
