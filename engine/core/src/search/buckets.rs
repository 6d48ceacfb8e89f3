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
    let costs: Vec<Vec<f64>> = (0..count).map(|start| passing(&sorted[start..])).collect();
    // By number of buckets at the most: what the first windows let pass at the least, and where the last bucket starts.
    let mut rows: Vec<Vec<(f64, usize)>> = vec![vec![(f64::INFINITY, 0); count + 1]];
    rows[0][0].0 = 0.0;
    for at in 0..BUCKETS.min(count) {
        let mut row = rows[at].clone();
        for (start, (before, _)) in rows[at][..count].iter().enumerate().filter(|(_, (cost, _))| cost.is_finite()) {
            for (last, cost) in row[start + 1..].iter_mut().zip(&costs[start]) {
                if before + cost < last.0 {
                    *last = (before + cost, start);
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

/// How many of random windows pass a bucket of the first window, of the first two, and so on.
fn passing(windows: &[Window]) -> Vec<f64> {
    let mut halves = [[0_u16; 2]; WINDOW_BYTES];
    let grown = windows.iter().map(|window| {
        for ([low, high], byte) in halves.iter_mut().zip(window) {
            *low |= 1 << (byte & 15);
            *high |= 1 << (byte >> 4);
        }
        halves.as_flattened().iter().map(|half| f64::from(half.count_ones()) / 16.0).product()
    });
    grown.collect()
}
