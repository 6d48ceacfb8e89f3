//! How are files read without copying them, and big tables kept in huge pages? The one place with unsafe code.

use std::fs::File;
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::fd::AsRawFd;
use std::ptr::{NonNull, null_mut};

use crate::flow::entry::Entry;

/// A file mapped for reading. A file that shrinks while it is read ends the process with SIGBUS, as with every mapping.
pub struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the mapping is read-only and owned; nothing in it is tied to a thread.
unsafe impl Send for Mapping {}
// SAFETY: as above; shared references only read.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Map the whole of `file`.
    ///
    /// # Errors
    /// What the system says when the file cannot be mapped.
    pub fn of(file: &File) -> io::Result<Self> {
        let len = usize::try_from(file.metadata()?.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        if len == 0 {
            return Ok(Self { start: NonNull::dangling(), len });
        }
        // SAFETY: a fresh private read-only mapping of an open file at an address of the system's choice.
        let start = unsafe { libc::mmap(null_mut(), len, libc::PROT_READ, libc::MAP_PRIVATE, file.as_raw_fd(), 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the range was mapped just now; advice changes no contents, and its failure does no harm.
        unsafe { libc::madvise(start, len, libc::MADV_SEQUENTIAL) };
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, len })
    }

    /// The file's bytes.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `start` and `len` describe a live mapping (or a dangling pointer with length 0) for as long as self.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    /// Ask for the pages of a range ahead of their use, in as few faults as the system can.
    pub fn populate(&self, from: usize, len: usize) {
        const PAGE: usize = 4096;
        let from = from / PAGE * PAGE;
        let end = (from + len).min(self.len);
        if from < end {
            // SAFETY: the range lies within the mapping and starts on a page; advice changes no contents.
            unsafe { libc::madvise(self.start.as_ptr().add(from).cast(), end - from, libc::MADV_POPULATE_READ) };
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.len > 0 {
            // SAFETY: the mapping is owned, and no reference to it outlives self.
            unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
        }
    }
}

/// Ask the processor to load the cache line of `target` ahead of its use.
#[inline]
pub fn prefetch<T>(target: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing architecturally; SSE is part of x86-64.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(std::ptr::from_ref(target).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = target;
}

/// Entries that are all free at first; memory is taken from the system when an entry is first written.
pub struct Slots {
    start: NonNull<Entry>,
    len: usize,
}

// SAFETY: the memory is owned, and entries are plain data.
unsafe impl Send for Slots {}
// SAFETY: as above.
unsafe impl Sync for Slots {}

impl Slots {
    /// That many free entries. Where the system has no memory the process ends, as with every allocation.
    #[must_use]
    pub fn new(len: usize) -> Self {
        let bytes = len * size_of::<Entry>();
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a fresh anonymous mapping at an address of the system's choice.
        let start = unsafe { libc::mmap(null_mut(), bytes.max(1), access, kind, -1, 0) };
        let Some(found) = NonNull::new(start).filter(|_| start != libc::MAP_FAILED) else {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<Entry>());
        };
        // SAFETY: the range was mapped just now; advice changes no contents, and its failure does no harm.
        unsafe { libc::madvise(start, bytes, libc::MADV_HUGEPAGE) };
        Self { start: found.cast(), len }
    }
}

impl Deref for Slots {
    type Target = [Entry];

    #[inline]
    fn deref(&self) -> &[Entry] {
        // SAFETY: `len` entries are mapped and owned; all-zero bytes are a valid (free) entry; pages align to 64.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl DerefMut for Slots {
    #[inline]
    fn deref_mut(&mut self) -> &mut [Entry] {
        // SAFETY: as in `deref`, and self is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        // SAFETY: the mapping is owned, and no reference to it outlives self.
        unsafe { libc::munmap(self.start.as_ptr().cast(), (self.len * size_of::<Entry>()).max(1)) };
    }
}
