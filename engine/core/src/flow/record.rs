//! What is known of a flow that matters, or that did not come in order?
//!
//! The twin of `Flow` and `Side` in `sensor/engine/portable/flow.py`.

use crate::event::{CloseCause, Direction, FiveTuple, Traffic};
use crate::flow::half::Half;
use crate::flow::key::Key;

/// How far the search in a recorded flow has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Its head is scanned.
    Search,
    /// It is a candidate; its stream is given out.
    Followed,
    /// It was passed by, and gives its record back as soon as its packet is done with.
    Passed,
}

/// In-order bytes of a head, kept until they are scanned to the end or given out.
#[derive(Clone, Debug)]
pub struct HeadPiece {
    /// Who sent it.
    pub direction: Direction,
    /// When it could be delivered.
    pub at_ns: i64,
    /// The bytes.
    pub data: Vec<u8>,
    /// Bytes lost before them.
    pub lost_bytes: u64,
}

/// One direction: its reassembly, and how much of its head was searched.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// Reassembly.
    pub half: Half,
    /// Head bytes searched.
    pub searched_bytes: usize,
    /// Which beginning of an anchor the searched bytes end with, as [`crate::search::anchors`] numbers it.
    pub tail: u16,
    /// Stream bytes that passed since the head was full; lost if the flow becomes a candidate.
    pub unkept_bytes: u64,
    /// No name will be found any more.
    pub names_done: bool,
    /// Offset in the head of the next DNS message.
    pub dns_at: usize,
    /// How long the head has to be before there is something new to see at `dns_at`.
    pub dns_end: usize,
}

/// One flow.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its name in the table.
    pub key: Key,
    /// Its number in events.
    pub id: u64,
    /// Who talks to whom.
    pub five_tuple: FiveTuple,
    /// Time of the first packet.
    pub first_ns: i64,
    /// Time of the last packet.
    pub last_ns: i64,
    /// When the reader heard last that it is alive.
    pub updated_ns: i64,
    /// True when `orig` opened the connection.
    pub handshake_seen: bool,
    /// How far the search has come.
    pub progress: Progress,
    /// Both directions.
    pub sides: [Side; 2],
    /// Packets and bytes so far.
    pub traffic: Traffic,
    /// The head so far.
    pub head: Vec<HeadPiece>,
    /// Bytes in `head`.
    pub head_bytes: usize,
    /// True when the head could not be kept for want of room.
    pub shed: bool,
    /// Why it ended, while late segments may still come.
    pub closing: Option<CloseCause>,
    /// Since when.
    pub closing_since_ns: i64,
}

impl Record {
    /// The kept head of one direction in one piece.
    #[must_use]
    pub fn head_of(&self, direction: Direction) -> Vec<u8> {
        let mine = self.head.iter().filter(|piece| piece.direction == direction);
        mine.map(|piece| piece.data.as_slice()).collect::<Vec<_>>().concat()
    }

    /// Note that the connection ended; late segments may still come. The first cause holds.
    pub fn begin_closing(&mut self, cause: CloseCause, at_ns: i64) {
        if self.closing.is_none() {
            self.closing = Some(cause);
            self.closing_since_ns = at_ns;
        }
    }

    /// One direction.
    pub fn side(&mut self, direction: Direction) -> &mut Side {
        &mut self.sides[direction.index()]
    }

    /// Bytes held: the head and what came out of order.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.head_bytes + self.sides.iter().map(|side| side.half.held_bytes).sum::<usize>()
    }
}
