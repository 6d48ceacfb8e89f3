//! How are files read without copying them, and big tables kept in huge pages? The one place with unsafe code.

use std::fs::File;
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::fd::AsRawFd;
use std::ptr::{NonNull, null_mut};

use crate::flow::entry::Entry;
use crate::flow::history::Row;

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

/// Plain data of which all-zero bytes are a value.
///
/// # Safety
/// Every field is a number, so that any bytes are a value.
unsafe trait Plain: Copy {}
// SAFETY: numbers, and structures of numbers.
unsafe impl Plain for Entry {}
// SAFETY: numbers only.
unsafe impl Plain for Row {}

/// A big table, zero at first, in huge pages; memory is taken from the system when a part is first written.
#[expect(private_bounds, reason = "what may be in a table is decided here")]
pub struct Slots<T: Plain> {
    start: NonNull<T>,
    len: usize,
}

// SAFETY: the memory is owned, and plain data is tied to no thread.
unsafe impl<T: Plain> Send for Slots<T> {}
// SAFETY: as above.
unsafe impl<T: Plain> Sync for Slots<T> {}

#[expect(private_bounds, reason = "as above")]
impl<T: Plain> Slots<T> {
    /// That many zeros. Where the system has no memory the process ends, as with every allocation.
    #[must_use]
    pub fn new(len: usize) -> Self {
        let bytes = len * size_of::<T>();
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a fresh anonymous mapping at an address of the system's choice.
        let start = unsafe { libc::mmap(null_mut(), bytes.max(1), access, kind, -1, 0) };
        let Some(found) = NonNull::new(start).filter(|_| start != libc::MAP_FAILED) else {
            std::alloc::handle_alloc_error(std::alloc::Layout::new::<T>());
        };
        // SAFETY: the range was mapped just now; advice changes no contents, and its failure does no harm.
        unsafe { libc::madvise(start, bytes, libc::MADV_HUGEPAGE) };
        Self { start: found.cast(), len }
    }
}

impl<T: Plain> Deref for Slots<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `len` values are mapped and owned, all bytes are values, and a page aligns to any of them.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T: Plain> DerefMut for Slots<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and self is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl<T: Plain> Drop for Slots<T> {
    fn drop(&mut self) {
        // SAFETY: the mapping is owned, and no reference to it outlives self.
        unsafe { libc::munmap(self.start.as_ptr().cast(), (self.len * size_of::<T>()).max(1)) };
    }
}
