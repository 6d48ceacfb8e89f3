//! Where are the Initial packets in a datagram, and which connection do they belong to? Nothing is decrypted here.

use super::frames::Reader;

/// A client pads the datagram of an Initial packet to this (RFC 9000 §14.1).
pub const MIN_DATAGRAM_BYTES: usize = 1200;
/// Longest connection id of versions 1 and 2 (RFC 9000 §17.2).
pub const MAX_CONNECTION_ID_BYTES: usize = 20;
/// A client's first packet bears an id of its own choice that is no shorter (RFC 9000 §7.2).
pub const MIN_FIRST_ID_BYTES: usize = 8;
/// Initial packets of one datagram that are looked at; senders put one there, and may put more (RFC 9000 §12.2).
pub const MAX_COALESCED: usize = 4;
/// Bytes of a packet from its number on: what the sample is taken behind, and the tag at its end.
const MIN_SEALED_BYTES: usize = 4 + 16;

/// Versions of the protocol that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// RFC 9000.
    One,
    /// RFC 9369.
    Two,
}

impl Version {
    /// What a packet is of that begins so, where it is an Initial one.
    #[inline]
    #[must_use]
    pub fn of_initial(start: &[u8]) -> Option<Self> {
        match start {
            [first, 0, 0, 0, 1, ..] if first & 0xf0 == 0xc0 => Some(Self::One),
            [first, 0x6b, 0x33, 0x43, 0xcf, ..] if first & 0xf0 == 0xd0 => Some(Self::Two),
            _ => None,
        }
    }
}

/// An Initial packet, still protected.
#[derive(Clone, Copy, Debug)]
pub struct Initial<'a> {
    /// Its version.
    pub version: Version,
    /// The id of the connection at its receiver.
    pub connection_id: &'a [u8],
    /// All of it.
    pub bytes: &'a [u8],
    /// Where in it the packet number stands; at least 20 bytes follow.
    pub number_at: usize,
}

impl<'a> Initial<'a> {
    /// The packet that `bytes` begin with.
    #[must_use]
    pub fn first_in(bytes: &'a [u8]) -> Option<Self> {
        let version = Version::of_initial(bytes)?;
        let mut reader = Reader(bytes.get(5..)?);
        let connection_id = reader.short_block().filter(|id| id.len() <= MAX_CONNECTION_ID_BYTES)?;
        reader.short_block()?;
        reader.block()?;
        let length = usize::try_from(reader.varint()?).ok().filter(|length| *length >= MIN_SEALED_BYTES)?;
        let number_at = bytes.len() - reader.0.len();
        reader.take(length)?;
        Some(Self { version, connection_id, bytes: &bytes[..number_at + length], number_at })
    }
}

/// True when a datagram begins as a client's first ones do.
#[inline]
#[must_use]
pub fn is_client_initial(datagram: &[u8]) -> bool {
    datagram.len() >= MIN_DATAGRAM_BYTES && Version::of_initial(datagram).is_some()
}

/// The Initial packets that a client's datagram begins with, all of one connection.
pub fn initials(datagram: &[u8]) -> impl Iterator<Item = Initial<'_>> {
    let first = Initial::first_in(datagram).filter(|_| datagram.len() >= MIN_DATAGRAM_BYTES);
    let mut rest = datagram;
    std::iter::successors(first, move |last| {
        rest = &rest[last.bytes.len()..];
        Initial::first_in(rest).filter(|next| next.connection_id == last.connection_id)
    })
    .take(MAX_COALESCED)
}

#[cfg(test)]
mod tests {
    use super::is_client_initial;

    #[test]
    fn version_and_type_go_together() {
        let rows: [(&[u8], bool); 6] = [
            (&[0xc0, 0, 0, 0, 1], true),
            (&[0xcf, 0, 0, 0, 1], true),
            (&[0xd0, 0, 0, 0, 1], false),
            (&[0xd3, 0x6b, 0x33, 0x43, 0xcf], true),
            (&[0xc3, 0x6b, 0x33, 0x43, 0xcf], false),
            (&[0x40, 0, 0, 0, 1], false),
        ];
        for (head, expected) in rows {
            let mut datagram = head.to_vec();
            datagram.resize(1200, 0);
            assert_eq!(is_client_initial(&datagram), expected, "{head:?}");
            assert!(!is_client_initial(&datagram[..1199]), "{head:?}");
        }
    }
}
