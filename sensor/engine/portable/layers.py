"""What do the layers of a frame hand to each other while it is decoded?"""

from __future__ import annotations

import enum
from typing import NamedTuple, TypeAlias


class Segment(NamedTuple):
    """A TCP segment or UDP datagram. Endpoints are packed: 4 or 16 address bytes, then 2 of the port, big-endian."""

    proto: int
    """IP protocol number: 6 or 17."""
    sender: bytes
    receiver: bytes
    ip_bytes: int
    """Length of the IP packet on the wire, header included."""
    payload: bytes
    """Captured payload, without link-layer padding."""
    wire_bytes: int
    """Payload length on the wire; more than ``len(payload)`` where a snapshot length cut the frame."""
    seq: int = 0
    ack: int = 0
    flags: int = 0
    """TCP flags (RFC 9293); the ACK number holds only with ``TH_ACK``."""
    tenant: int = 0
    """Whose address space it is in, see :mod:`sensor.engine.portable.tenants`."""
    frames: int = 1
    """Frames it came in: more than one where the IP packet was fragmented."""


class Skip(enum.Enum):
    """Why a frame gave no segment."""

    OTHER = "other"
    """Sound as far as it was read, but neither TCP nor UDP over IP."""
    BROKEN = "broken"
    """Unknown link type, or a header that is cut or contradicts itself."""


class Part(NamedTuple):
    """A part of a fragmented IP packet."""

    name: tuple[bytes, int, int, int]
    """What all parts of its packet bear: addresses, IP protocol number (in IPv6 that of the fragment header, as parts
    need not agree on the other one), identification, tenant."""
    header: bytes
    """IP header, and extension headers before the fragment header."""
    next_at: int
    """Where in the header the number of the protocol stands that comes behind it."""
    next: int
    """That number."""
    start: int
    """Where its bytes start in the packet, from the header's end."""
    data: bytes
    """Captured bytes."""
    size: int
    """Bytes on the wire."""
    last: bool
    """True for the packet's last part."""
    ip_bytes: int
    """Length of the part with its header."""

    @property
    def end(self) -> int:
        """Where its bytes end in the packet."""
        return self.start + self.size

    @property
    def v6(self) -> bool:
        """True for IPv6."""
        return self.header[0] >> 4 == 6

    @property
    def is_usable(self) -> bool:
        """False where it is cut, empty, or of a length that no part but the last may have (RFC 791, RFC 8200)."""
        return 0 < len(self.data) == self.size and (self.last or self.size % 8 == 0)


class Label(NamedTuple):
    """A number that a layer gives to the network inside it, see :mod:`sensor.engine.portable.tenants`."""

    kind: int
    number: int


class Inner(NamedTuple):
    """The next layer: its EtherType, where it starts, where the packet ends on the wire (offsets in the frame)."""

    ethertype: int
    offset: int
    end: int
    label: Label | None = None
    """Whose the next layer is, where this one says so."""


Step: TypeAlias = Segment | Skip | Part | Inner
"""What one layer answers: the segment, why there is none, a part of a packet, or the layer inside it."""
