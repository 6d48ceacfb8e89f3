//! Does the head of a recorded flow hold an anchor, or name a listed host?
//!
//! The twin of `sensor/engine/portable/search.py`.

use std::ops::Range;

use super::Hit;
use crate::event::{Direction, FiveTuple, Reason};
use crate::flow::record::{Record, Side};
use crate::search::anchors::{Anchors, UNNAMED};
use crate::search::certificate::{is_server_flight, listed_name};
use crate::search::names::{NameIndex, fold};
use crate::search::{Named, Program, dns, server_name};
use crate::session::packet::is_dns_port;

/// Search in-order bytes that are not in the flow's head yet; the first hit, anchors before names.
pub(super) fn piece(program: &Program, record: &mut Record, direction: Direction, data: &[u8]) -> Option<Hit> {
    let side = record.side(direction);
    let is_awaited = side.tail == UNNAMED;
    if side.searched_bytes == 0 {
        side.tail = Anchors::begin(data);
    }
    let Some(tail) = program.anchors.search(side.tail, data, data) else {
        let detail = program.anchors.first(side.tail, data).to_vec();
        return Some(Hit { reason: Reason::Anchor, detail });
    };
    side.tail = tail;
    name_of(program, record, direction, data, is_awaited).or_else(|| shape_of(program, record, direction, data.len()))
}

/// The listed name of a client's hello, or of the certificate of a server that `is_awaited`: whom its client did not name.
fn name_of(program: &Program, record: &mut Record, direction: Direction, data: &[u8], is_awaited: bool) -> Option<Hit> {
    let side = record.side(direction);
    if side.names_done || program.names.is_empty() {
        return None;
    }
    if side.searched_bytes == 0 {
        let is_other = is_server_flight(data) && !is_awaited;
        let found = if is_other { Named::Never } else { shown_name(data, &program.names) };
        return named(program, record, direction, found);
    }
    let mut head = record.head_of(direction);
    head.extend_from_slice(data);
    named(program, record, direction, shown_name(&head, &program.names))
}

/// What the head of a direction names.
pub(super) fn shown_name<'a>(head: &'a [u8], names: &NameIndex) -> Named<'a> {
    if is_server_flight(head) { listed_name(head, names) } else { server_name(head) }
}

fn shape_of(program: &Program, record: &Record, direction: Direction, new_bytes: usize) -> Option<Hit> {
    let mut sent = [0, 1].map(|at: usize| record.sides[at].searched_bytes);
    sent[direction.index()] += new_bytes;
    let (client, server) = program.shapes.find(sent, record.traffic.packets.map(|packets| packets > 0))?;
    Some(Hit { reason: Reason::Shape, detail: format!("{client}/{server}").into_bytes() })
}

/// Whole DNS messages at the front of a TCP head (RFC 1035 §4.2.2) that were not answered before.
pub(super) fn dns_messages(side: &mut Side, head: &[u8]) -> Vec<Range<usize>> {
    let mut messages = Vec::new();
    side.dns_end = side.dns_at + 2;
    while let Some(prefix) = head.get(side.dns_at..side.dns_at + 2) {
        let size = usize::from(u16::from_be_bytes([prefix[0], prefix[1]]));
        let start = side.dns_at + 2;
        side.dns_end = if size < dns::HEADER_BYTES { usize::MAX } else { start + size };
        if side.dns_end > head.len() {
            break;
        }
        messages.push(start..start + size);
        side.dns_at = start + size;
        side.dns_end = side.dns_at + 2;
    }
    messages
}

impl Record {
    /// True when either port is one of DNS.
    pub(super) fn is_dns(&self) -> bool {
        is_dns_port(self.five_tuple.orig.1) || is_dns_port(self.five_tuple.resp.1)
    }

    /// The five-tuple with the sender of a direction as `orig`.
    pub(super) fn seen_from(&self, direction: Direction) -> FiveTuple {
        let FiveTuple { orig, resp, tcp } = self.five_tuple;
        match direction {
            Direction::Orig => self.five_tuple,
            Direction::Resp => FiveTuple { orig: resp, resp: orig, tcp },
        }
    }
}

fn named(program: &Program, record: &mut Record, direction: Direction, found: Named<'_>) -> Option<Hit> {
    let other = record.side(direction.other());
    if found == Named::Nobody && other.searched_bytes == 0 {
        other.tail = UNNAMED;
    }
    let side = record.side(direction);
    match found {
        Named::NotYet => None,
        Named::Nobody | Named::Never => {
            side.names_done = true;
            None
        }
        Named::Host(name) => {
            side.names_done = true;
            program.names.has(&name).then(|| Hit { reason: Reason::Name, detail: fold(&name) })
        }
    }
}
