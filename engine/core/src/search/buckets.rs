//! Which windows go into which bucket, so that few bytes are taken for one that are none?

use crate::search::screen::WINDOW_BYTES;

pub const BUCKETS: usize = 8;
/// More windows than these are dealt out evenly: weighing takes the square of their number.
const MAX_WEIGHED: usize = 512;

pub type Window = [u8; WINDOW_BYTES];

/// The windows of each bucket. A bucket takes every mixture of its windows' half bytes for one of them, so neighbours in
/// order, which have most in common, are put together, and the order is cut where random bytes would pass least often.
#[must_use]
pub fn buckets(windows: &[Window]) -> Vec<Vec<Window>> {
    let mut sorted = windows.to_vec();
    sorted.sort_unstable();
    if sorted.len() > MAX_WEIGHED {
        return sorted.chunks(sorted.len().div_ceil(BUCKETS)).map(<[_]>::to_vec).collect();
    }
    let ends = cuts(&sorted);
    let starts = [0].into_iter().chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, end)| sorted[start..*end].to_vec()).collect()
}

/// Where the buckets of sorted windows end: the cheapest of all ways to cut them.
fn cuts(sorted: &[Window]) -> Vec<usize> {
    let count = sorted.len();
    // By number of buckets at the most: what the first windows let pass at the least, and where the last bucket starts.
    let mut rows: Vec<Vec<(f64, usize)>> = vec![vec![(f64::INFINITY, 0); count + 1]];
    rows[0][0].0 = 0.0;
    for at in 0..BUCKETS.min(count) {
        let mut row = rows[at].clone();
        for (start, (before, _)) in rows[at][..count].iter().enumerate().filter(|(_, (cost, _))| cost.is_finite()) {
            let mut bucket = Bucket::default();
            for (end, window) in sorted.iter().enumerate().skip(start) {
                bucket.add(window);
                let cost = before + bucket.passing();
                if cost < row[end + 1].0 {
                    row[end + 1] = (cost, start);
                }
            }
        }
        rows.push(row);
    }
    let mut ends = Vec::new();
    let mut end = count;
    for row in rows[1..].iter().rev() {
        if end > 0 {
            ends.push(end);
            end = row[end].1;
        }
    }
    ends.reverse();
    ends
}

/// The half bytes of a bucket's windows: by place, the low ones and the high ones.
#[derive(Default)]
struct Bucket([[u16; 2]; WINDOW_BYTES]);

impl Bucket {
    fn add(&mut self, window: &Window) {
        for (halves, byte) in self.0.iter_mut().zip(window) {
            halves[0] |= 1 << (byte & 15);
            halves[1] |= 1 << (byte >> 4);
        }
    }

    /// How many of random windows pass.
    fn passing(&self) -> f64 {
        self.0.as_flattened().iter().map(|half| f64::from(half.count_ones()) / 16.0).product()
    }
}
