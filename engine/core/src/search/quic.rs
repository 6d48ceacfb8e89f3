//! Does a datagram begin as a QUIC client's first ones do? Initial packets of versions 1 and 2 (RFC 9000 §17.2.2, RFC 9369).

/// A client pads the datagram of an Initial packet to this (RFC 9000 §14.1).
pub const MIN_DATAGRAM_BYTES: usize = 1200;

/// True when it may; nothing is decrypted. The twin of `is_client_initial` in `sensor/dissect/quic.py`.
#[inline]
#[must_use]
pub fn is_client_initial(datagram: &[u8]) -> bool {
    if datagram.len() < MIN_DATAGRAM_BYTES {
        return false;
    }
    match datagram {
        [first, 0, 0, 0, 1, ..] => first & 0xf0 == 0xc0,
        [first, 0x6b, 0x33, 0x43, 0xcf, ..] => first & 0xf0 == 0xd0,
        _ => false,
    }
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
