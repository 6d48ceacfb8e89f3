//! What does the engine say? The events of `sensor/engine/api.py`.

use std::net::IpAddr;

/// Which side of a flow sent the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The side that sent the first packet seen.
    Orig = 0,
    /// The other side.
    Resp = 1,
}

impl Direction {
    /// Both directions, in the order of their numbers.
    pub const BOTH: [Self; 2] = [Self::Orig, Self::Resp];

    /// The opposite direction.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Orig => Self::Resp,
            Self::Resp => Self::Orig,
        }
    }

    /// Its number, for arrays of two.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// An address and a port.
pub type Endpoint = (IpAddr, u16);

/// A flow's identity; `orig` sent the first packet seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiveTuple {
    /// Who sent the first packet seen.
    pub orig: Endpoint,
    /// The other end.
    pub resp: Endpoint,
    /// True for TCP, false for UDP.
    pub tcp: bool,
}

/// Packets and IP bytes of a flow by direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Packets, by direction.
    pub packets: [u64; 2],
    /// IP bytes, by direction.
    pub bytes: [u64; 2],
}

/// Why a flow became a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A literal in its head.
    Anchor,
    /// A listed TLS or HTTP server name.
    Name,
    /// The first lengths of both sides.
    Shape,
    /// A listed network.
    Address,
    /// An address that DNS answered for a listed name.
    Learned,
}

/// Why a flow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCause {
    /// Both sides said they are done.
    Fin,
    /// A reset.
    Rst,
    /// No packets for the idle timeout.
    Idle,
    /// Another connection took its endpoints.
    Reused,
    /// No room in the table.
    Evicted,
    /// The reader was not interested.
    Dropped,
    /// The source ended.
    End,
}

/// One thing the engine says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A flow is worth a closer look.
    Candidate {
        /// The flow's number in all of its events.
        flow_id: u64,
        /// Who talks to whom.
        five_tuple: FiveTuple,
        /// Time of the flow's first packet.
        first_seen_ns: i64,
        /// Time of the packet that made it a candidate.
        at_ns: i64,
        /// Why.
        reason: Reason,
        /// The anchor, name or network that matched.
        detail: Vec<u8>,
        /// True when `orig` was seen to open the connection.
        handshake_seen: bool,
    },
    /// In-order payload of a followed flow.
    Chunk {
        /// The flow.
        flow_id: u64,
        /// Who sent it.
        direction: Direction,
        /// When it could be delivered.
        at_ns: i64,
        /// The bytes.
        data: Vec<u8>,
        /// True when bytes before `data` were lost.
        gap: bool,
    },
    /// A followed flow is still alive.
    Updated {
        /// The flow.
        flow_id: u64,
        /// When.
        at_ns: i64,
        /// Traffic so far.
        traffic: Traffic,
    },
    /// A followed flow ended.
    Closed {
        /// The flow.
        flow_id: u64,
        /// Time of its last packet.
        at_ns: i64,
        /// Why.
        cause: CloseCause,
        /// All its traffic.
        traffic: Traffic,
    },
    /// A QUIC client asks for a listed name.
    Quic {
        /// The client (`orig`) and the server.
        five_tuple: FiveTuple,
        /// When its hello became whole.
        at_ns: i64,
        /// The hello, with the header of its message.
        hello: Vec<u8>,
    },
    /// A DNS message that bears a listed name.
    Dns {
        /// Its sender (`orig`) and receiver.
        five_tuple: FiveTuple,
        /// When.
        at_ns: i64,
        /// The message.
        payload: Vec<u8>,
    },
    /// How a flow behaved lately.
    Behaviour {
        /// The flow's number in all of its events.
        flow_id: u64,
        /// Who talks to whom.
        five_tuple: FiveTuple,
        /// Time of the flow's first packet.
        first_seen_ns: i64,
        /// When the server's message passed that brought this event.
        at_ns: i64,
        /// True when `orig` was seen to open the connection.
        handshake_seen: bool,
        /// Traffic so far; what an unfollowed flow sent beyond the counters of its entry before it had a record is lost.
        traffic: Traffic,
        /// Two bytes a message, see [`crate::flow::behaviour::Record::messages`].
        messages: Vec<u8>,
        /// Messages since the record began.
        total: u32,
        /// Who is taken for the server.
        server: Direction,
    },
}
