//! Which listed name does a TLS server's certificate hold? It is shown in the clear up to TLS 1.2 (RFC 5246 §7.4.2).
//!
//! The twin of `shown_names` in `sensor/dissect/tls_certificate.py`: the certificate is not parsed, only its DNS names are
//! found (RFC 5280 §4.2.1.6).

use std::borrow::Cow;

use crate::search::Named;
use crate::search::hello::{HANDSHAKE, handshake};
use crate::search::names::{NameIndex, without_dots};

const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const MAX_NAMES: usize = 16;
/// What stands before the names: the object identifier 2.5.29.17.
const SUBJECT_ALTERNATIVE_NAME: [u8; 5] = [6, 3, 0x55, 0x1D, 0x11];
const BOOLEAN: u8 = 1;
const OCTET_STRING: u8 = 4;
const SEQUENCE: u8 = 0x30;
const DNS_NAME: u8 = 0x82;

/// True when a stream begins with a server's hello.
#[inline]
#[must_use]
pub fn is_server_flight(head: &[u8]) -> bool {
    matches!(head, [HANDSHAKE, 3, 0..=4, _, _, SERVER_HELLO, ..])
}

/// The first listed name in the certificate at the start of a server's stream.
#[must_use]
pub fn listed_name(head: &[u8], names: &NameIndex) -> Named<'static> {
    match leaf(&handshake(head)) {
        Ok(leaf) => {
            let found = dns_names(leaf).into_iter().take(MAX_NAMES).find(|name| names.has(name));
            found.map_or(Named::Never, |name| Named::Host(Cow::Owned(name.to_vec())))
        }
        Err(MayCome(true)) if !is_over(head) => Named::NotYet,
        Err(_) => Named::Never,
    }
}

/// There is no certificate; may it come yet?
struct MayCome(bool);

/// The server's own certificate, the first of its list.
fn leaf(handshake: &[u8]) -> Result<&[u8], MayCome> {
    let mut at = 0;
    while let Some([kind, size @ ..]) = handshake.get(at..at + 4) {
        match *kind {
            CERTIFICATE => {
                let start = at + 10;
                let size = handshake.get(at + 7..start).map(number).ok_or(MayCome(true))?;
                return handshake.get(start..start + size).ok_or(MayCome(true));
            }
            SERVER_HELLO => at += 4 + number(size),
            _ => return Err(MayCome(false)),
        }
    }
    Err(MayCome(true))
}

/// True when what follows the leading handshake records is something else.
fn is_over(head: &[u8]) -> bool {
    let mut at = 0;
    while let Some([HANDSHAKE, _, _, size @ ..]) = head.get(at..at + 5) {
        at += 5 + number(size);
    }
    head.get(at).is_some_and(|kind| *kind != HANDSHAKE)
}

fn dns_names(leaf: &[u8]) -> Vec<&[u8]> {
    let width = SUBJECT_ALTERNATIVE_NAME.len();
    let Some(at) = leaf.windows(width).position(|window| window == SUBJECT_ALTERNATIVE_NAME) else { return Vec::new() };
    let mut rest = &leaf[at + width..];
    if rest.first() == Some(&BOOLEAN) {
        rest = rest.get(3..).unwrap_or_default();
    }
    let Some((OCTET_STRING, value, _)) = element(rest) else { return Vec::new() };
    let Some((SEQUENCE, mut entries, _)) = element(value) else { return Vec::new() };
    let mut found = Vec::new();
    while let Some((tag, name, after)) = element(entries) {
        if tag == DNS_NAME && name.is_ascii() {
            found.push(without_dots(name.strip_prefix(b"*.").unwrap_or(name)));
        }
        entries = after;
    }
    found
}

/// Tag, value and what follows of one element (X.690 §8.1), of at most 65535 bytes.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (size, rest) = match rest {
        [size @ ..=0x7F, rest @ ..] => (usize::from(*size), rest),
        [0x81, size, rest @ ..] => (usize::from(*size), rest),
        [0x82, high, low, rest @ ..] => (number(&[*high, *low]), rest),
        _ => return None,
    };
    let (value, after) = rest.split_at_checked(size)?;
    Some((*tag, value, after))
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}
