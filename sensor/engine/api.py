"""The seam between engines and everything after them.

An engine takes a compiled, immutable :class:`Program` and a :class:`PacketSource` and answers with events.
The portable engine is the reference; any other engine gives the same events for the same packets.
What an engine does: decode → flow table → first in-order bytes of each direction → anchors, names, addresses.
It knows nothing of mining: it only finds the flows worth a closer look and streams them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

from sensor.behaviour.record import Behaviour
from sensor.model.flow import Direction, FiveTuple, Traffic


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound of the per-packet path. What a bound cuts is counted in :class:`Counters`."""

    head_bytes: int = 4096
    """First in-order bytes of each direction that are scanned for anchors and names."""
    max_flows: int = 1_000_000
    """Flows in the table; the least recently seen is evicted, flows that are not followed first."""
    idle_timeout_s: float = 900.0
    """A flow without packets for this long is closed."""
    active_timeout_s: float = 3600.0
    """A followed flow that lives longer gives a :class:`FlowUpdated` this often."""
    max_gap_bytes: int = 262_144
    """Out-of-order bytes held per direction before the hole is given up as lost."""
    max_held_bytes: int = 67_108_864
    """Stream heads and out-of-order bytes held over all flows."""
    max_followed: int = 100_000
    """Followed flows; a further candidate is counted and not followed."""
    max_learned: int = 200_000
    """Addresses learned from DNS answers; the one that ends first is forgotten."""
    max_learned_ttl_s: int = 86_400
    """A DNS answer's time to live is cut to this."""
    min_learned_ttl_s: int = 300
    """A DNS answer's time to live is raised to this: clients keep connections and stale caches."""
    max_layers: int = 16
    """Tags, tunnels and network layers unwrapped in one frame; deeper nesting is given up as broken. At least 3."""
    max_partials: int = 4096
    """Fragmented IP packets that are put together at the same time; the oldest is given up for another one."""
    max_partial_spans: int = 128
    """Spans held of one of them with gaps between, where parts came in disorder; with one more it is given up."""
    max_partial_bytes: int = 65_535
    """Bytes, headers included, that one of them may have."""
    max_fragment_bytes: int = 16_777_216
    """Bytes of parts held over all of them, each with 64 bytes for the holding; the oldest packet goes first."""
    fragment_timeout_s: float = 5.0
    """How long the first part waits for the others. They come within milliseconds, while the numbers that tell whose
    parts they are come round within seconds on a fast link (RFC 4963)."""
    max_quic_per_s: int = 20_000
    """Datagrams of QUIC clients looked into in one second of packet time; what is over is counted."""
    max_quic_hellos: int = 4096
    """Hellos of QUIC clients of which a part is awaited at the same time; the oldest is given up for another one."""
    max_quic_bytes: int = 16_777_216
    """Bytes of parts held over all of them, 64 more for each part and 256 for each hello. The oldest goes first."""
    quic_timeout_s: float = 10.0
    """How long the first part waits for the others. They come within one round trip; a server that is silent is asked
    again for some seconds."""
    flow_key_vlan: bool = False
    """Packets in different VLANs are in different flows. Off: mirror ports and packet brokers often tag each direction
    of a link with a VLAN of its own, and such flows must stay together."""
    flow_key_tunnel: bool = True
    """Packets in different VXLAN, Geneve or NVGRE networks, or under different GRE keys, are in different flows."""


@dataclass(frozen=True, slots=True)
class BehaviourLimits:
    """Bounds of the records of how long-lived TCP flows behave."""

    max_records: int = 200_000
    """Flows with a record, 128 bytes each; a further flow is counted and goes without."""
    after_s: float = 30.0
    """A flow gets a record with the first payload after this time: what begins and ends sooner costs nothing."""
    interval_s: int = 150
    """How often a flow's behaviour is handed on."""
    min_messages: int = 8
    """A flow that said less is not handed on yet."""


@dataclass(frozen=True, slots=True)
class AddressEntry:
    """An address indicator: one network, and the ports it holds for (empty: every port)."""

    network: str
    ports: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Program:
    """What an engine looks for. Immutable; ``fingerprint`` names the signature set it came from."""

    fingerprint: str
    anchors: tuple[bytes, ...]
    """Literals of at least 4 bytes; a stream head that holds one makes its flow a candidate."""
    name_suffixes: frozenset[str]
    """Lower-case ASCII names that match themselves and every name below them, on a label boundary."""
    names: frozenset[str]
    """Lower-case ASCII names that match exactly."""
    addresses: tuple[AddressEntry, ...]
    limits: Limits = field(default_factory=Limits)
    shapes: tuple[tuple[int, int], ...] = ()
    """How many stream bytes client and server send before it is the other's turn, in protocols that no literal stands
    in: a stream with just these bytes makes its flow a candidate. A direction of which no packet was seen fits any."""
    behaviour: BehaviourLimits | None = None
    """Whether behaviour is recorded, and within which bounds; None: it is not."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One captured link-layer frame."""

    at_ns: int
    linktype: int
    """LINKTYPE value as registered by the tcpdump group."""
    data: bytes
    wire_len: int
    """Length on the wire; more than ``len(data)`` where a snapshot length cut the frame."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed on a live source. No frame given later is older than ``at_ns``, but for steps of the host's clock.

    A live source gives one whenever nothing waits to be read, and about ten times a second whatever the load;
    a capture file gives none. It ends the batch being read and keeps timeouts running on a silent wire.
    """

    at_ns: int


class PacketSource(Protocol):
    """Where frames come from. Iterating never raises on damage: it ends, and :attr:`damage` says why."""

    @property
    def name(self) -> str:
        """What to call the source in a message: a path, ``-``, or an interface."""

    @property
    def damage(self) -> str | None:
        """What stopped the reading early, or None. Final once the iteration has ended."""

    def frames(self) -> Iterator[Frame | Tick]:
        """The frames in capture order; a live source puts ticks between them and never keeps its reader waiting."""


@dataclass(frozen=True, slots=True)
class BlockTally:
    """What an engine found in a :class:`RingBlock`."""

    frames: int
    outgoing_packets: int
    """Second copies of what the host sent to itself on loopback, left out."""
    merged_frames: int
    """Frames longer than ``max_frame_bytes``."""
    last_ns: int
    """Time of the last frame; 0 where there is none."""


class RingBlock(Protocol):
    """One block of a TPACKET_V3 ring that the kernel has handed over, in the memory shared with it."""

    @property
    def memory(self) -> memoryview:
        """The block from its descriptor on, writable: a VLAN tag that the kernel took out is put back in place."""

    @property
    def linktype(self) -> int:
        """LINKTYPE value of its frames."""

    @property
    def is_loopback(self) -> bool:
        """True where outgoing frames have to be left out, as they come a second time."""

    @property
    def max_frame_bytes(self) -> int:
        """The longest frame the interface's MTU allows."""

    def release(self, tally: BlockTally) -> None:
        """Give the memory back to the kernel; nobody may look into it after this."""


@runtime_checkable
class BlockSource(Protocol):
    """A live source whose ring an engine can read itself, faster than frame by frame."""

    def blocks(self) -> Iterator[RingBlock | Tick] | None:
        """The blocks as they come, with the ticks of ``frames()``; None where there is no ring.

        A block has to be released before the next item is asked for. Use either this or ``frames()``, never both.
        """


class FileReader(Protocol):
    """Who reads a capture file in the place of its source, and how far it has come."""

    @property
    def damage(self) -> str | None:
        """What stopped the reading early, or None."""

    @property
    def position(self) -> int:
        """Stored bytes read so far."""

    @property
    def packets(self) -> int:
        """Frames read so far."""


@runtime_checkable
class StoredSource(Protocol):
    """A source that may be a file an engine can read itself, faster than frame by frame."""

    def hand_over(self, reader: FileReader) -> str | None:
        """The path for ``reader`` to read, which the source then speaks for; None where it has to be read in order."""


class Reason(enum.StrEnum):
    """Why a flow became a candidate."""

    ANCHOR = "anchor"
    NAME = "name"
    SHAPE = "shape"
    ADDRESS = "address"
    LEARNED = "learned"


class CloseCause(enum.StrEnum):
    """Why a flow ended."""

    FIN = "fin"
    RST = "rst"
    IDLE = "idle"
    REUSED = "reused"
    EVICTED = "evicted"
    DROPPED = "dropped"
    END = "end"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A flow is worth a closer look; its stream follows in :class:`StreamChunk` events, heads first."""

    flow_id: int
    five_tuple: FiveTuple
    first_seen_ns: int
    at_ns: int
    reason: Reason
    detail: str
    """The anchor, name, shape (``64/234``) or address that matched, for the log."""
    handshake_seen: bool
    """True when ``orig`` was seen to open the connection (SYN), so it is the client."""


@dataclass(frozen=True, slots=True)
class StreamChunk:
    """In-order payload of one direction of a followed flow."""

    flow_id: int
    direction: Direction
    at_ns: int
    data: bytes
    gap: bool
    """True when bytes before ``data`` were lost: a message may have been cut."""


@dataclass(frozen=True, slots=True)
class FlowUpdated:
    """A followed flow is still alive; sent at every active timeout."""

    flow_id: int
    at_ns: int
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class FlowClosed:
    """A followed flow ended; no event bears its id after this."""

    flow_id: int
    at_ns: int
    """Time of the flow's last packet."""
    cause: CloseCause
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class DnsMessage:
    """A DNS message (over UDP, or one message of a TCP stream without its length prefix) that bears a listed name."""

    five_tuple: FiveTuple
    at_ns: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class QuicHello:
    """The hello of a QUIC client, versions 1 and 2, that names a listed host: in the clear, out of Initial packets."""

    five_tuple: FiveTuple
    """The client as ``orig``."""
    at_ns: int
    """When the hello became whole."""
    hello: bytes
    """The ClientHello with the header of its message (RFC 8446 §4)."""


@dataclass(frozen=True, slots=True)
class FlowBehaviour:
    """How a TCP flow, followed or not, behaved lately; sent once in every :attr:`BehaviourLimits.interval_s`."""

    flow_id: int
    """As in :class:`Candidate` where the flow is one; no other event bears it where it is none."""
    five_tuple: FiveTuple
    first_seen_ns: int
    at_ns: int
    """When the server's message passed that brought this event: to the millisecond the same for all flows that the
    server told the same thing, as intervals begin at one moment for all flows to one server."""
    handshake_seen: bool
    traffic: Traffic
    behaviour: Behaviour


Event: TypeAlias = Candidate | StreamChunk | FlowUpdated | FlowClosed | DnsMessage | QuicHello | FlowBehaviour | Tick
"""What an engine answers. Ticks of the source are handed on, so that what follows knows the time on a silent wire."""


@dataclass(slots=True)
class Counters:
    """What an engine did, and what its bounds cut. All count from the session's start."""

    packets: int = 0
    bytes: int = 0
    undecoded_packets: int = 0
    """Frames of an unknown link type or broken headers; they never stop a run."""
    fragments: int = 0
    """Frames that hold a part of a fragmented IP packet."""
    reassembled_packets: int = 0
    """IP packets put together from their parts."""
    expired_partials: int = 0
    """Fragmented packets given up because a part did not come in time, or before the end."""
    evicted_partials: int = 0
    """Fragmented packets given up because ``max_partials`` or ``max_fragment_bytes`` was reached."""
    overlapped_partials: int = 0
    """Fragmented packets with parts that overlap. In IPv4 the part that came first wins; IPv6 ones are given up."""
    refused_fragments: int = 0
    """Parts that were cut by the snapshot length, out of bounds, one too many, that contradicted others, or whose
    packet was given up already."""
    flows: int = 0
    flows_live: int = 0
    evicted_flows: int = 0
    candidates: int = 0
    unfollowed_candidates: int = 0
    anchors_hit: int = 0
    names_hit: int = 0
    shapes_hit: int = 0
    addresses_hit: int = 0
    quic_initials: int = 0
    """Datagrams looked into because they begin as those of QUIC clients do."""
    shed_quic: int = 0
    """Those that were not, as ``max_quic_per_s`` was reached."""
    quic_hellos: int = 0
    """Hellos of QUIC clients that became whole."""
    expired_quic: int = 0
    """Hellos given up because a part did not come in time, was over the bounds of one hello, or did not come at all."""
    evicted_quic: int = 0
    """Hellos given up because ``max_quic_hellos`` or ``max_quic_bytes`` was reached."""
    quic_bytes: int = 0
    """Bytes of parts of hellos held now."""
    lost_bytes: int = 0
    """Stream bytes of followed flows that were never seen or given up."""
    shed_heads: int = 0
    """Flows whose head could not be kept because ``max_held_bytes`` was reached."""
    held_bytes: int = 0
    fragment_bytes: int = 0
    """Bytes of parts of fragmented packets held now."""
    recorded_flows: int = 0
    """Flows that have a record of their behaviour now."""
    unrecorded_flows: int = 0
    """Flows that went without because ``max_records`` was reached."""
    busy_flows: int = 0
    """Flows whose record was given up: they say too much to be of interest."""
    table_bytes: int = 0
    """Memory of the flow table and what belongs to it; 0 where the engine does not know."""


class EngineSession(Protocol):
    """One run of an engine over one source. Not safe for use from several threads."""

    @property
    def counters(self) -> Counters:
        """Live counters; read them at any time."""

    def read(self, max_packets: int = 4096) -> list[Event] | None:
        """Work on up to ``max_packets`` frames and answer what they gave, in order.

        A :class:`Tick` of the source ends the batch early and is its last event, after what its timeouts closed.
        An empty list means "nothing yet"; None means the source has ended and every flow is closed.
        """

    def use(self, program: Program) -> None:
        """Look for something else from the next :meth:`read` on; the source, flows and counters go on as they are.

        The bounds stay those the session was opened with. What was searched already is not searched again: a head
        half read is searched for the new anchors from there on. Raises :class:`~sensor.model.errors.EngineError` for
        a program that cannot be used, and then goes on with the old one.
        """

    def drop(self, flow_id: int) -> None:
        """Stop following a flow that turned out not to matter. An unknown or closed id is ignored."""


class Engine(Protocol):
    """A way to run programs over packets."""

    @property
    def name(self) -> str:
        """``portable`` or ``native``; shown in ``--version``, the log and a metric."""

    def open(self, program: Program, source: PacketSource) -> EngineSession:
        """Start a session. Raises :class:`~sensor.model.errors.CaptureError` if the source cannot be opened."""
