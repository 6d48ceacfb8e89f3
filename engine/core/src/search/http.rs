//! Which host does an HTTP/1.x request name? (RFC 9112)

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

use crate::search::Named;
use crate::search::names::without_dots;

const METHODS: [&[u8]; 9] =
    [b"GET ", b"POST ", b"PUT ", b"HEAD ", b"OPTIONS ", b"DELETE ", b"PATCH ", b"CONNECT ", b"TRACE "];
const MAX_HEADERS: usize = 128;

/// True for the first byte of a method.
#[inline]
#[must_use]
pub fn may_start(byte: u8) -> bool {
    matches!(byte, b'G' | b'P' | b'H' | b'O' | b'D' | b'C' | b'T')
}

/// The host that a request at the start of a stream names, without its port.
#[must_use]
pub fn host(head: &[u8]) -> Named<'_> {
    if !METHODS.iter().any(|method| head.starts_with(method)) {
        let may_become = METHODS.iter().any(|method| method.starts_with(head));
        return if may_become { Named::NotYet } else { Named::Never };
    }
    let Some(end) = end_of_head(head) else { return Named::NotYet };
    let host = lines(&head[..end]).skip(1).take(MAX_HEADERS).find_map(host_field);
    let name = without_dots(without_port(host.unwrap_or_default()));
    if name.is_empty() { Named::Never } else { Named::Host(Cow::Borrowed(name)) }
}

/// Where the empty line after the head begins, its line ends of either kind.
fn end_of_head(head: &[u8]) -> Option<usize> {
    memchr_iter(b'\n', head).find_map(|at| {
        let rest = &head[at + 1..];
        let ends = rest.starts_with(b"\n") || rest.starts_with(b"\r\n");
        ends.then(|| if at > 0 && head[at - 1] == b'\r' { at - 1 } else { at })
    })
}

fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr_iter(b'\n', head).chain([head.len()]).map(move |end| &head[std::mem::replace(&mut start, end + 1)..end])
}

/// The value of a line that says which host is meant.
fn host_field(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr(b':', line)?;
    trim(&line[..colon]).eq_ignore_ascii_case(b"host").then(|| trim(&line[colon + 1..]))
}

/// Without white space at the ends, as Python's `bytes.strip` has it.
fn trim(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0B | 0x0C);
    let start = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

fn without_port(host: &[u8]) -> &[u8] {
    let digits = host.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let colon = host.len() - digits;
    if (1..=5).contains(&digits) && colon > 0 && host[colon - 1] == b':' { &host[..colon - 1] } else { host }
}
