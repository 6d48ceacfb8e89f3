//! Do both sides of a stream begin with as many bytes as they do in a protocol that no literal stands in?
//!
//! The twin of `fitting_shape` in `sensor/engine/portable/search.py`.

use crate::event::Direction;

/// How many stream bytes client and server send before it is the other's turn.
pub type Shape = (u16, u16);

/// All shapes; there are a handful at the most.
#[derive(Clone, Debug, Default)]
pub struct Shapes(Vec<Shape>);

impl Shapes {
    /// Compile shapes.
    #[must_use]
    pub fn new(shapes: &[Shape]) -> Self {
        Self(shapes.to_vec())
    }

    /// True when a side of a shape has this length: nearly always false, and then nothing else need be looked at.
    #[inline]
    #[must_use]
    pub fn has_length(&self, sent: usize) -> bool {
        self.0.iter().any(|&(client, server)| sent == usize::from(client) || sent == usize::from(server))
    }

    /// The shape that a stream has at this moment, by the bytes that each direction has sent. A direction of which
    /// no packet was `seen` fits any. Either side may be the client: who sent the first packet seen need not be.
    #[inline]
    #[must_use]
    pub fn find(&self, sent: [usize; 2], seen: [bool; 2]) -> Option<Shape> {
        let fits = |want: [u16; 2]| {
            Direction::BOTH.map(Direction::index).iter().all(|&at| !seen[at] || sent[at] == usize::from(want[at]))
        };
        self.0.iter().copied().find(|&(client, server)| fits([client, server]) || fits([server, client]))
    }
}
