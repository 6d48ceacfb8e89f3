//! Is a client's hello whole yet? Its pieces, in whatever order they come. Bounded.

use super::frames::Piece;
use super::protection::Keys;

/// Bytes of one handshake that are held, and how far from its start they may lie.
pub const MAX_CRYPTO_BYTES: usize = 16_384;
/// Pieces of one handshake that are held; browsers send two kilobytes in a dozen pieces, shuffled.
pub const MAX_PIECES: usize = 64;
/// What holding a handshake costs besides its bytes, and what each piece of it does; the same in the other engine.
const HOLDING_BYTES: usize = 256;
const PIECE_BYTES: usize = 64;
const CLIENT_HELLO: u8 = 1;
const HEADER_BYTES: usize = 4;

/// What the pieces that came so far are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flight {
    /// A client's hello with the header of its message (RFC 8446 §4).
    Hello(Vec<u8>),
    /// The beginning of one, or a part from its middle.
    NotYet,
    /// Something else, or what is longer than is held.
    Never,
}

impl Flight {
    /// The hello, where it is one.
    #[must_use]
    pub fn hello(self) -> Option<Vec<u8>> {
        if let Self::Hello(hello) = self { Some(hello) } else { None }
    }
}

/// A handshake of which a part is awaited.
pub struct Handshake {
    /// The keys of its packets: those of the first one's connection id, also where later ones bear the server's own.
    pub keys: Keys,
    /// Offset and bytes, in order of their offsets.
    pieces: Vec<(usize, Vec<u8>)>,
    data_bytes: usize,
}

impl Handshake {
    /// Nothing there yet.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        Self { keys, pieces: Vec::new(), data_bytes: 0 }
    }

    /// True while nothing came.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What is held, with what holding it costs.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        HOLDING_BYTES + PIECE_BYTES * self.pieces.len() + self.data_bytes
    }

    /// Take pieces in. One that is over the bounds is left out, and the hello then never becomes whole; of two that
    /// begin at one place the longer one stays, or else the first.
    pub fn take(&mut self, pieces: &[Piece<'_>]) {
        pieces.iter().for_each(|(offset, data)| self.add(*offset, data));
    }

    /// What came so far. Where pieces overlap, the one that begins first wins.
    #[must_use]
    pub fn flight(&self) -> Flight {
        let mut joined = Vec::new();
        for (offset, data) in &self.pieces {
            let Some(known) = joined.len().checked_sub(*offset) else { break };
            joined.extend_from_slice(data.get(known..).unwrap_or_default());
        }
        hello_in(joined)
    }

    fn add(&mut self, offset: u64, data: &[u8]) {
        let Some(offset) = usize::try_from(offset).ok().filter(|offset| *offset <= MAX_CRYPTO_BYTES) else { return };
        if data.is_empty() || offset + data.len() > MAX_CRYPTO_BYTES {
            return;
        }
        let place = self.pieces.binary_search_by_key(&offset, |(start, _)| *start);
        let known = place.map_or(0, |place| self.pieces[place].1.len());
        let is_room = known > 0 || self.pieces.len() < MAX_PIECES;
        if !is_room || data.len() <= known || self.data_bytes + data.len() - known > MAX_CRYPTO_BYTES {
            return;
        }
        self.data_bytes += data.len() - known;
        match place {
            Ok(place) => self.pieces[place].1 = data.to_vec(),
            Err(place) => self.pieces.insert(place, (offset, data.to_vec())),
        }
    }
}

fn hello_in(mut joined: Vec<u8>) -> Flight {
    let (kind, size) = match *joined {
        [kind, high, middle, low, ..] => (kind, usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low)),
        [kind, ..] => (kind, 0),
        [] => return Flight::NotYet,
    };
    let whole = HEADER_BYTES + size;
    if kind != CLIENT_HELLO || whole > MAX_CRYPTO_BYTES {
        return Flight::Never;
    }
    if joined.len() < whole {
        return Flight::NotYet;
    }
    joined.truncate(whole);
    Flight::Hello(joined)
}

#[cfg(test)]
mod tests {
    use super::{Flight, Handshake, MAX_CRYPTO_BYTES, MAX_PIECES};
    use crate::search::quic::frames::Piece;
    use crate::search::quic::packet::Version;
    use crate::search::quic::protection::KeyMaker;

    fn with(pieces: &[Piece<'_>]) -> Handshake {
        let mut handshake = Handshake::new(KeyMaker::default().client_keys(Version::One, b""));
        handshake.take(pieces);
        handshake
    }

    #[test]
    fn pieces_in_any_order() {
        let hello = Flight::Hello(b"\x01\0\0\x04abcd".to_vec());
        type Row = (&'static str, &'static [Piece<'static>], Flight);
        let rows: [Row; 12] = [
            ("nothing", &[], Flight::NotYet),
            ("whole", &[(0, b"\x01\0\0\x04abcd")], hello.clone()),
            ("and more", &[(0, b"\x01\0\0\x04abcdef")], hello.clone()),
            ("the later one first", &[(6, b"cd"), (0, b"\x01\0\0\x04ab")], hello.clone()),
            ("overlapping", &[(4, b"abcd"), (0, b"\x01\0\0\x04ab")], hello.clone()),
            ("one inside another", &[(5, b"b"), (0, b"\x01\0\0\x04abcd")], hello.clone()),
            ("the longer one from one place", &[(0, b"\x01"), (0, b"\x01\0\0\x04abcd"), (0, b"\x01\0")], hello.clone()),
            ("an empty one", &[(0, b""), (0, b"\x01\0\0\x04abcd")], hello),
            ("a hole", &[(0, b"\x01\0\0\x04a"), (6, b"cd")], Flight::NotYet),
            ("a middle", &[(4, b"abcd")], Flight::NotYet),
            ("a server's", &[(0, b"\x02")], Flight::Never),
            ("too long", &[(0, b"\x01\0\x3f\xfd")], Flight::Never),
        ];
        for (name, pieces, expected) in rows {
            assert_eq!(with(pieces).flight(), expected, "{name}");
        }
    }

    #[test]
    fn pieces_are_bounded() {
        let mut handshake = with(&[(MAX_CRYPTO_BYTES as u64, b"a"), (u64::MAX, b"a")]);
        assert!(handshake.is_empty());
        (0..5000).for_each(|number| handshake.add(3 * number, b"abc"));
        assert_eq!(handshake.held_bytes(), 256 + MAX_PIECES * (64 + 3));
        let mut handshake = with(&[]);
        (0..9).for_each(|number| handshake.add(number, &[0; 3000]));
        assert_eq!(handshake.held_bytes(), 256 + 5 * (64 + 3000));
    }
}
