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
from sensor.engine.limits import BehaviourLimits as BehaviourLimits
from sensor.engine.limits import Counters as Counters
from sensor.engine.limits import Limits as Limits
from sensor.model.flow import Direction, FiveTuple, Traffic


@dataclass(frozen=True, slots=True)
class AddressEntry:
    """An address indicator: one network, and the ports it holds for (empty: every port)."""

    network: str
    ports: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Program:
    """What an engine looks for. Immutable; ``name`` is what messages call it."""

    name: str
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
