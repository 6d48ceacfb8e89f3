//! Was there enough of something in this second of packet time?

use crate::limits::SECOND_NS;

/// Lets so many through in each second.
pub struct Pace {
    max_per_s: usize,
    second: i64,
    given: usize,
}

impl Pace {
    /// Nothing let through yet.
    #[must_use]
    pub fn new(max_per_s: usize) -> Self {
        Self { max_per_s, second: i64::MIN, given: 0 }
    }

    /// True where one more may pass; it is counted then.
    pub fn lets_pass(&mut self, at_ns: i64) -> bool {
        let second = at_ns.div_euclid(SECOND_NS);
        if self.second != second {
            (self.second, self.given) = (second, 0);
        }
        let may_pass = self.given < self.max_per_s;
        self.given += usize::from(may_pass);
        may_pass
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;

    #[test]
    fn each_second_has_its_own() {
        let mut pace = Pace::new(2);
        let passed: Vec<bool> =
            [1, 2, 3, 999_999_999, 1_000_000_000, -1, -2, -3, 4].map(|at_ns| pace.lets_pass(at_ns)).to_vec();
        assert_eq!(passed, [true, true, false, false, true, true, true, false, true]);
        assert!(!Pace::new(0).lets_pass(7));
    }
}
