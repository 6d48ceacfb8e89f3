//! Does a file of any bytes end the reading in good order: pcap, pcapng, gzip, zstandard?
#![no_main]

use std::cell::RefCell;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;

use libfuzzer_sys::fuzz_target;
use minewatch_engine::capture::Source;

thread_local! {
    static SCRATCH: RefCell<File> = RefCell::new(scratch());
}

fuzz_target!(|data: &[u8]| {
    SCRATCH.with_borrow_mut(|file| {
        file.set_len(0).expect("a scratch file can be emptied");
        file.seek(SeekFrom::Start(0)).expect("a scratch file can be rewound");
        file.write_all(data).expect("a scratch file can be written");
        let again = File::open(format!("/proc/self/fd/{}", file.as_raw_fd())).expect("an open file has a path");
        let Ok(mut source) = Source::open(again) else { return };
        let mut batch = Vec::new();
        let mut frames = 0_usize;
        loop {
            source.read(&mut batch, 32);
            if batch.is_empty() {
                break;
            }
            let held = source.held().bytes.len();
            for frame in &batch {
                assert!(frame.start + frame.len <= held, "a frame lies outside of what is held");
                assert!(frame.wire_len >= frame.len);
            }
            frames += batch.len();
        }
        assert!(source.ended());
        // A packed file may hold more frames than bytes, but each frame of a plain one has a header.
        assert!(!source.keeps_all() || frames <= data.len() / 12);
    });
});

fn scratch() -> File {
    let path = std::env::temp_dir().join(format!("minewatch-fuzz-{}", std::process::id()));
    let file = File::options().create(true).truncate(true).read(true).write(true).open(&path);
    let file = file.expect("the folder for temporary files can be written");
    std::fs::remove_file(path).expect("what was made can be removed");
    file
}
