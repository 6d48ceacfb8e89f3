//! Runs the engine alone over a capture: `scan CAPTURE ANCHORS [RUNS]`, the anchors one on a line. For profiles.

use std::error::Error;
use std::fs::{self, File};
use std::sync::Arc;
use std::time::Instant;

use minewatch_engine::capture::Source;
use minewatch_engine::flow::key::Seed;
use minewatch_engine::{Limits, Program, Session};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, capture, anchors, rest @ ..] = arguments.as_slice() else {
        return Err("usage: scan CAPTURE ANCHORS [RUNS]".into());
    };
    let anchors: Vec<Vec<u8>> =
        fs::read(anchors)?.split(|byte| *byte == b'\n').filter(|a| !a.is_empty()).map(<[u8]>::to_vec).collect();
    let names = ["pool.example.org".to_owned()];
    let program = Arc::new(Program::new(&anchors, &names, &[], &[], Limits::default())?);
    for _ in 0..rest.first().map_or(Ok(1), |runs| runs.parse::<u32>())? {
        let start = Instant::now();
        let mut session = Session::new(Arc::clone(&program), Source::open(File::open(capture)?)?, Seed::new(&[7; 32]));
        let mut events = 0;
        while let Some(found) = session.read(16_384) {
            events += found.len();
        }
        let counters = session.counters();
        println!(
            "{:.1} ns/packet, {events} events, {counters:?}",
            start.elapsed().as_nanos() as f64 / counters.packets as f64
        );
    }
    Ok(())
}
