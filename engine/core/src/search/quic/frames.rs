//! Which parts of the handshake does an opened packet bear? CRYPTO frames (RFC 9000 §19.6).

const PADDING: u8 = 0;
const PING: u8 = 1;
const ACK: u64 = 2;
const ACK_ECN: u64 = 3;
const CRYPTO: u64 = 6;

/// Where in the handshake some bytes of it stand, and the bytes.
pub type Piece<'a> = (u64, &'a [u8]);

/// Takes fields off a packet; None where it ends before them.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// RFC 9000 §16: the two top bits say how long it is.
    pub fn varint(&mut self) -> Option<u64> {
        let first = *self.take(1)?.first()?;
        let rest = self.take((1 << (first >> 6)) - 1)?;
        Some(rest.iter().fold(u64::from(first & 0x3f), |value, byte| value << 8 | u64::from(*byte)))
    }

    /// Bytes behind one byte that counts them.
    pub fn short_block(&mut self) -> Option<&'a [u8]> {
        let count = *self.take(1)?.first()?;
        self.take(usize::from(count))
    }

    /// Bytes behind a number that counts them.
    pub fn block(&mut self) -> Option<&'a [u8]> {
        let count = usize::try_from(self.varint()?).ok()?;
        self.take(count)
    }

    /// Go on behind padding; false at the end.
    fn pass_quiet(&mut self) -> bool {
        let next = self.0.iter().position(|byte| !matches!(*byte, PADDING | PING));
        self.0 = &self.0[next.unwrap_or(self.0.len())..];
        !self.0.is_empty()
    }

    fn pass_ack(&mut self, is_ecn: bool) -> Option<()> {
        self.varint()?;
        self.varint()?;
        let ranges = self.varint()?;
        let numbers = 1 + 2 * ranges + if is_ecn { 3 } else { 0 };
        // Ends with the packet at the latest, whatever that claims.
        (0..numbers).try_for_each(|_| self.varint().map(drop))
    }
}

/// The piece in each CRYPTO frame; what may stand beside it in an Initial packet is passed over, and what may not
/// ends the reading. None where a frame runs past the end: such a packet says nothing.
#[must_use]
pub fn crypto_frames(payload: &[u8]) -> Option<Vec<Piece<'_>>> {
    let (mut reader, mut found) = (Reader(payload), Vec::new());
    while reader.pass_quiet() {
        match reader.varint()? {
            CRYPTO => {
                let offset = reader.varint()?;
                found.push((offset, reader.block()?));
            }
            kind @ (ACK | ACK_ECN) => reader.pass_ack(kind == ACK_ECN)?,
            _ => break,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::{Piece, Reader, crypto_frames};

    #[test]
    fn numbers_of_the_rfc() {
        let rows: [(&[u8], u64); 5] = [
            (&[0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c], 151_288_809_941_952_652),
            (&[0x9d, 0x7f, 0x3e, 0x7d], 494_878_333),
            (&[0x7b, 0xbd], 15_293),
            (&[0x25], 37),
            (&[0x40, 0x25], 37),
        ];
        for (bytes, expected) in rows {
            assert_eq!(Reader(bytes).varint(), Some(expected));
            assert_eq!(Reader(&bytes[..bytes.len() - 1]).varint(), None);
        }
    }

    #[test]
    fn frames_of_the_handshake_among_others() {
        type Found = Option<Vec<Piece<'static>>>;
        let rows: [(&str, &[u8], Found); 9] = [
            ("nothing", b"", Some(vec![])),
            ("padding", b"\0\0\x01\0", Some(vec![])),
            ("one", b"\x06\0\x02ab", Some(vec![(0, b"ab")])),
            ("two, padded", b"\0\x06\x40\x07\x01a\x01\x06\0\x01b\0", Some(vec![(7, b"a"), (0, b"b")])),
            ("behind an ACK", b"\x02\x05\0\x01\0\0\0\x06\0\x01a", Some(vec![(0, b"a")])),
            ("behind an ACK with counts", b"\x03\x05\0\0\0\x01\x02\x03\x06\0\x01a", Some(vec![(0, b"a")])),
            ("before what does not belong there", b"\x06\0\x01a\x1e\x06\0\x01b", Some(vec![(0, b"a")])),
            ("past the end", b"\x06\0\x01a\x06\0\x05b", None),
            ("an ACK without end", b"\x06\0\x01a\x02\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0", None),
        ];
        for (name, payload, expected) in rows {
            assert_eq!(crypto_frames(payload), expected, "{name}");
        }
    }
}
