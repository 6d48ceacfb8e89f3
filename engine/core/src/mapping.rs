//! How is a file mapped so that nothing that becomes of it can end the process?
//!
//! A read of a mapping behind the end of its file raises SIGBUS. So a file is mapped only under a read lease
//! (`fcntl(2)`, "Leases"): who would open it for writing or cut it waits until the lease is given back, and
//! [`Mapping::is_safe`] tells that somebody does. The system waits for 45 s (`/proc/sys/fs/lease-break-time`).

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::ptr::{NonNull, null_mut};
use std::time::Duration;

const PAGE_BYTES: usize = 4096;
/// Where a part of a big page is let go, all of it is.
const BIG_PAGE_BYTES: usize = 2 << 20;
/// `F_SETSIG` of `fcntl.h`, which the `libc` crate leaves out.
const SET_SIGNAL: libc::c_int = 10;

/// A mapped file, and the lease on it.
pub struct Mapping {
    lease: Lease,
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the memory is owned, only read, and tied to no thread.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// All of a file as long as it is now.
    ///
    /// # Errors
    /// The system's, where it grants no lease: the file is open for writing, of somebody else, or its file system knows
    /// none; or where it cannot be mapped.
    pub fn new(file: File) -> io::Result<Self> {
        let lease = Lease::of(file)?;
        let len = usize::try_from(lease.0.metadata()?.len()).map_err(io::Error::other)?;
        let (access, kind) = (libc::PROT_READ, libc::MAP_SHARED);
        // SAFETY: a fresh mapping at an address of the system's choice.
        let start = unsafe { libc::mmap(null_mut(), len, access, kind, lease.0.as_raw_fd(), 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or_else(io::Error::last_os_error)?;
        Ok(Self { lease, start, len })
    }

    /// The file, which can be read as well.
    #[inline]
    #[must_use]
    pub fn file(&self) -> &File {
        &self.lease.0
    }

    /// Bytes mapped.
    #[must_use]
    pub fn size(&self) -> usize {
        self.len
    }

    /// The first bytes. They were there when the file was mapped, and are as long as [`Mapping::is_safe`].
    #[inline]
    #[must_use]
    pub fn first(&self, bytes: usize) -> &[u8] {
        // SAFETY: that many bytes are mapped until `drop`; the lease keeps others from changing them.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), bytes.min(self.len)) }
    }

    /// False once somebody waits for the lease: the mapping should go soon.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        // SAFETY: the call takes a descriptor that is open, and no pointer.
        unsafe { libc::fcntl(self.file().as_raw_fd(), libc::F_GETLEASE) == libc::F_RDLCK }
    }

    /// Have the system map a part of it now; answers what that took of the processor.
    ///
    /// # Errors
    /// The system's: it is too old for this, or cannot read the part.
    pub fn fill(&self, part: &Range<usize>) -> io::Result<Duration> {
        let before = processor_time();
        self.advise(part.start / PAGE_BYTES * PAGE_BYTES, part.end.min(self.len), libc::MADV_POPULATE_READ)?;
        Ok(processor_time() - before)
    }

    /// Let the big pages go that begin in a part of it, but for the last one; they are mapped again should anybody look.
    pub fn let_go(&self, part: &Range<usize>) {
        let [start, end] = [part.start, part.end.min(self.len)].map(|at| at / BIG_PAGE_BYTES * BIG_PAGE_BYTES);
        // Where the system refuses it keeps the pages mapped, which does no harm.
        let _ = self.advise(start, end, libc::MADV_DONTNEED);
    }

    fn advise(&self, start: usize, end: usize, advice: libc::c_int) -> io::Result<()> {
        if start >= end {
            return Ok(());
        }
        // SAFETY: the range lies in the mapping. It is only read and belongs to a file: no advice changes its contents.
        let done = unsafe { libc::madvise(self.start.add(start).as_ptr().cast(), end - start, advice) };
        if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is owned, and no reference to it outlives self.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// A file under a read lease, which is given back with it: the file may be open elsewhere in this process.
struct Lease(File);

impl Lease {
    fn of(file: File) -> io::Result<Self> {
        // The signal that tells of who waits is one that nobody minds: the default one ends a process.
        for (command, value) in [(SET_SIGNAL, libc::SIGURG), (libc::F_SETLEASE, libc::F_RDLCK)] {
            // SAFETY: the call takes a descriptor that is open and a number.
            if unsafe { libc::fcntl(file.as_raw_fd(), command, value) } == -1 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(Self(file))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // SAFETY: the call takes a descriptor that is open and a number.
        unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_SETLEASE, libc::F_UNLCK) };
    }
}

/// What this thread has used of the processor so far.
fn processor_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one value of this type.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) };
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}
