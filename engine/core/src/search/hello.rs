//! Which server does a TLS client ask for? `ClientHello` (RFC 8446 §4.1.2) and its server name (RFC 6066 §3).

use std::borrow::Cow;

use crate::search::Named;
use crate::search::names::without_dots;

/// Content type of a handshake record, the first byte of a TLS stream.
pub const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const EXT_SERVER_NAME: usize = 0;
const MAX_HELLO_BYTES: usize = 16_384;

/// The server name at the start of a client's stream.
#[must_use]
pub fn server_name(head: &[u8]) -> Named<'_> {
    match head {
        [_, major, ..] if *major != 3 => return Named::Never,
        [_, _, minor, ..] if *minor > 4 => return Named::Never,
        [_, _, _, _, _, kind, ..] if *kind != CLIENT_HELLO && !is_empty_record(head) => return Named::Never,
        [] | [_] | [_, _] => return Named::NotYet,
        _ => {}
    }
    match handshake(head) {
        Cow::Borrowed(message) => named(message),
        Cow::Owned(message) => named(&message).into_owned(),
    }
}

fn named(message: &[u8]) -> Named<'_> {
    match hello(message) {
        Ok(Some(name)) => Named::Host(Cow::Borrowed(name)),
        Ok(None) if message.first() == Some(&CLIENT_HELLO) => Named::Nobody,
        Ok(None) => Named::Never,
        Err(Truncated) => Named::NotYet,
    }
}

/// The server name in a hello with the header of its message, as it is written there but for final dots.
#[must_use]
pub fn name_in(message: &[u8]) -> Option<&[u8]> {
    hello(message).ok().flatten()
}

/// The fields end before the bytes they claim.
struct Truncated;

fn is_empty_record(head: &[u8]) -> bool {
    head.get(3..5) == Some(&[0, 0])
}

/// Handshake bytes of the leading records joined: a hello may span several.
pub(super) fn handshake(head: &[u8]) -> Cow<'_, [u8]> {
    if let [_, _, _, high, low, rest @ ..] = head {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if rest.len() <= length || rest[length] != HANDSHAKE {
            return Cow::Borrowed(&rest[..rest.len().min(length)]);
        }
    }
    let (mut joined, mut at) = (Vec::new(), 0);
    while at + 5 <= head.len() && head[at] == HANDSHAKE && at < MAX_HELLO_BYTES {
        let length = usize::from(u16::from_be_bytes([head[at + 3], head[at + 4]]));
        joined.extend_from_slice(&head[at + 5..head.len().min(at + 5 + length)]);
        at += 5 + length;
    }
    Cow::Owned(joined)
}

fn hello(bytes: &[u8]) -> Result<Option<&[u8]>, Truncated> {
    let mut reader = Reader(bytes);
    if reader.number(1)? != usize::from(CLIENT_HELLO) {
        return Ok(None);
    }
    let mut reader = Reader(reader.block(3)?);
    reader.take(2 + 32)?;
    reader.block(1)?;
    reader.block(2)?;
    reader.block(1)?;
    if reader.0.len() < 2 {
        return Ok(None);
    }
    let mut extensions = Reader(reader.block(2)?);
    let mut name = None;
    while extensions.0.len() >= 4 {
        let kind = extensions.number(2)?;
        let body = extensions.block(2)?;
        if kind == EXT_SERVER_NAME {
            name = host_name(body);
        }
    }
    Ok(name)
}

fn host_name(body: &[u8]) -> Option<&[u8]> {
    let [_, _, 0, high, low, rest @ ..] = body else { return None };
    let size = usize::from(u16::from_be_bytes([*high, *low]));
    let name = without_dots(&rest[..size.min(rest.len())]);
    (!name.is_empty()).then_some(name)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Truncated> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, width: usize) -> Result<usize, Truncated> {
        Ok(self.take(width)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    fn block(&mut self, width: usize) -> Result<&'a [u8], Truncated> {
        let size = self.number(width)?;
        self.take(size)
    }
}
