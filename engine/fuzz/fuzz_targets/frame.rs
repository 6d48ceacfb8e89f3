//! Does a frame of any bytes, under any link type, decode to a segment that lies inside of it, or to none?
#![no_main]

use libfuzzer_sys::fuzz_target;
use minewatch_engine::Limits;
use minewatch_engine::decode::Decoder;

/// Null, Ethernet, PPP, raw IP, SLL, PPPoE, Frame Relay (unknown here), SLL2.
const LINKTYPES: [u32; 8] = [0, 1, 9, 101, 113, 51, 107, 276];

fuzz_target!(|data: &[u8]| {
    let [choice, frame @ ..] = data else { return };
    let wire_len = frame.len() + usize::from(choice >> 3) * 16;
    let linktype = LINKTYPES[usize::from(choice & 7)];
    if let Ok(segment) = Decoder::new(&Limits::default()).segment(frame, linktype, wire_len) {
        assert_eq!(segment.payload(frame).len(), segment.payload_len as usize, "a payload outside of its frame");
        assert!(segment.payload_len <= segment.wire_bytes);
        let (source, target) = segment.addresses(frame);
        assert_eq!(source.len(), target.len());
        let _ = segment.endpoints(frame);
    }
});
