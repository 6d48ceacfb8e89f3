//! How are big tables kept in huge pages, and loaded ahead of their use? With `mapping.rs` the only place with unsafe code.

use std::ops::{Deref, DerefMut};
use std::ptr::{NonNull, null_mut};

use crate::flow::entry::Entry;
use crate::flow::history::Row;
use crate::flow::table::Mark;

const LINE_BYTES: usize = 64;

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

/// Ask for the lines of `bytes` from `at` to `ahead` further on; those before `asked_to`, which moves along, were asked for.
#[inline(always)]
pub fn look_ahead(bytes: &[u8], at: usize, ahead: usize, asked_to: &mut usize) {
    *asked_to = (*asked_to).max(at);
    while *asked_to < at + ahead {
        let Some(line) = bytes.get(*asked_to) else { return };
        prefetch(line);
        *asked_to += LINE_BYTES;
    }
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
// SAFETY: numbers only.
unsafe impl Plain for Mark {}

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
