//! How is a client's Initial packet opened? Keys of RFC 9001 §5.2 and RFC 9369 §3.3, AES-128-GCM, header protection.

use std::ops::Range;

use ring::aead::quic::{AES_128, HeaderProtectionKey};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

use super::packet::{Initial, Version};

/// Salt and labels of a version: the `HkdfLabel` of RFC 8446 §7.1 for key, IV and header protection, without context.
struct Kind {
    salt: [u8; 20],
    key: &'static [u8],
    iv: &'static [u8],
    hp: &'static [u8],
}

const KIND_1: Kind = Kind {
    salt: *b"\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a",
    key: b"\x00\x10\x0etls13 quic key\x00",
    iv: b"\x00\x0c\x0dtls13 quic iv\x00",
    hp: b"\x00\x10\x0dtls13 quic hp\x00",
};
const KIND_2: Kind = Kind {
    salt: *b"\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9",
    key: b"\x00\x10\x10tls13 quicv2 key\x00",
    iv: b"\x00\x0c\x0ftls13 quicv2 iv\x00",
    hp: b"\x00\x10\x0ftls13 quicv2 hp\x00",
};
const CLIENT: &[u8] = b"\x00\x20\x0ftls13 client in\x00";
const SAMPLE_BYTES: usize = 16;

/// What protects a client's Initial packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    key: [u8; 16],
    iv: [u8; NONCE_LEN],
    hp: [u8; 16],
}

/// Makes keys. Made once: a part of the work is in the salts.
pub struct KeyMaker {
    salts: [Salt; 2],
}

impl Default for KeyMaker {
    fn default() -> Self {
        Self { salts: [KIND_1, KIND_2].map(|kind| Salt::new(HKDF_SHA256, &kind.salt)) }
    }
}

impl KeyMaker {
    /// The keys that follow from the connection id that a client chose for the server.
    #[must_use]
    pub fn client_keys(&self, version: Version, connection_id: &[u8]) -> Keys {
        let [salt_1, salt_2] = &self.salts;
        let (salt, kind) = match version {
            Version::One => (salt_1, KIND_1),
            Version::Two => (salt_2, KIND_2),
        };
        let secret: [u8; 32] = expanded(&salt.extract(connection_id), CLIENT);
        let secret = Prk::new_less_safe(HKDF_SHA256, &secret);
        Keys { key: expanded(&secret, kind.key), iv: expanded(&secret, kind.iv), hp: expanded(&secret, kind.hp) }
    }
}

/// Decrypt a packet in `scratch`, and answer where in it the payload is. None where it does not open: it was altered, or
/// is another's.
pub fn open(keys: &Keys, packet: &Initial<'_>, scratch: &mut Vec<u8>) -> Option<Range<usize>> {
    let number_at = packet.number_at;
    scratch.clear();
    scratch.extend_from_slice(packet.bytes);
    let sample = scratch.get(number_at + 4..number_at + 4 + SAMPLE_BYTES)?;
    let mask = HeaderProtectionKey::new(&AES_128, &keys.hp).and_then(|key| key.new_mask(sample)).ok()?;
    scratch[0] ^= mask[0] & 0x0f;
    let size = usize::from(scratch[0] & 0b11) + 1;
    let number = &mut scratch[number_at..number_at + size];
    number.iter_mut().zip(&mask[1..]).for_each(|(byte, mask)| *byte ^= mask);
    let mut nonce = keys.iv;
    nonce[NONCE_LEN - size..].iter_mut().zip(&*number).for_each(|(byte, number)| *byte ^= number);
    let (header, sealed) = scratch.split_at_mut(number_at + size);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &keys.key).ok()?);
    let payload = key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(&*header), sealed).ok()?;
    Some(header.len()..header.len() + payload.len())
}

/// HKDF-Expand (RFC 5869 §2.3) of so many bytes.
fn expanded<const SIZE: usize>(secret: &Prk, info: &[u8]) -> [u8; SIZE] {
    let mut out = [0; SIZE];
    let filled = secret.expand(&[info], Size(SIZE)).and_then(|material| material.fill(&mut out));
    debug_assert!(filled.is_ok(), "fails for more than 255 digests only");
    out
}

struct Size(usize);

impl KeyType for Size {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyMaker, Keys};
    use crate::search::quic::packet::Version;

    fn bytes<const SIZE: usize>(digits: &str) -> [u8; SIZE] {
        std::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap_or_default())
    }

    #[test]
    fn keys_of_the_rfcs() {
        let rows = [
            (
                Version::One,
                "1f369613dd76d5467730efcbe3b1a22d",
                "fa044b2f42a3fd3b46fb255c",
                "9f50449e04a0e810283a1e9933adedd2",
            ),
            (
                Version::Two,
                "8b1a0bc121284290a29e0971b5cd045d",
                "91f73e2351d8fa91660e909f",
                "45b95e15235d6f45a6b19cbcb0294ba9",
            ),
        ];
        for (version, key, iv, hp) in rows {
            let expected = Keys { key: bytes(key), iv: bytes(iv), hp: bytes(hp) };
            assert_eq!(KeyMaker::default().client_keys(version, &bytes::<8>("8394c8f03e515708")), expected);
        }
    }
}
