//! How do tests write packets as QUIC clients do? Keys are worked out here anew, from the letter of RFC 9001 §5.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use ring::aead::quic::{AES_128, HeaderProtectionKey};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac::{HMAC_SHA256, Key, sign};

pub const CONNECTION_ID: &[u8] = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08";
const SALT: &[u8] = b"\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a";

/// The whole packet of RFC 9001, appendix A.2.
pub fn rfc_9001_a2() -> Vec<u8> {
    let digits: Vec<u8> = include_bytes!("rfc9001_a2.hex").iter().copied().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// An Initial packet of version 1 with these frames, padded. `first_id` is the connection id that its keys follow from.
pub fn protect(frames: &[u8], connection_id: &[u8], first_id: &[u8]) -> Vec<u8> {
    let mut payload = frames.to_vec();
    payload.resize(frames.len().max(1250), 0);
    let secret = expand(&hmac(SALT, first_id), "client in", 32);
    let mut nonce: [u8; 12] = expand(&secret, "quic iv", 12).try_into().unwrap();
    nonce[11] ^= 7;
    let mut packet = vec![0xc1, 0, 0, 0, 1, connection_id.len() as u8];
    packet.extend_from_slice(connection_id);
    packet.extend([0, 0]);
    packet.extend((0x8000_0000 | (payload.len() + 2 + 16) as u32).to_be_bytes());
    let number_at = packet.len();
    packet.extend([0, 7]);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &expand(&secret, "quic key", 16)).unwrap());
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&packet), &mut payload).unwrap();
    packet.extend(payload);
    let hp = HeaderProtectionKey::new(&AES_128, &expand(&secret, "quic hp", 16)).unwrap();
    let mask = hp.new_mask(&packet[number_at + 4..number_at + 20]).unwrap();
    packet[0] ^= mask[0] & 0x0f;
    packet[number_at] ^= mask[1];
    packet[number_at + 1] ^= mask[2];
    packet
}

/// A CRYPTO frame.
pub fn crypto(offset: usize, data: &[u8]) -> Vec<u8> {
    let number = |value: usize| (0x4000 | value as u16).to_be_bytes();
    [&[6], &number(offset)[..], &number(data.len()), data].concat()
}

/// Ethernet, IPv4 and UDP around a datagram of the client with this port.
pub fn frame(client: u16, datagram: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
    frame.extend((28 + datagram.len() as u16).to_be_bytes());
    frame.extend([0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 10, 198, 51, 100, 20]);
    frame.extend(client.to_be_bytes());
    frame.extend(443_u16.to_be_bytes());
    frame.extend((8 + datagram.len() as u16).to_be_bytes());
    frame.extend([0, 0]);
    frame.extend_from_slice(datagram);
    frame
}

fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    sign(&Key::new(HMAC_SHA256, key), data).as_ref().to_vec()
}

fn expand(secret: &[u8], label: &str, size: usize) -> Vec<u8> {
    let mut info = vec![0, size as u8, 6 + label.len() as u8];
    info.extend(b"tls13 ");
    info.extend(label.as_bytes());
    info.extend([0, 1]);
    hmac(secret, &info)[..size].to_vec()
}
