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


class Skip(enum.Enum):
    """Why a frame gave no segment."""

    OTHER = "other"
    """Sound as far as it was read, but neither TCP nor UDP over IP."""
    BROKEN = "broken"
    """Unknown link type, or a header that is cut or contradicts itself."""
    FRAGMENT = "fragment"
    """A part of a fragmented IP packet."""


class Inner(NamedTuple):
    """The next layer: its EtherType, where it starts, and where the packet ends on the wire (offsets in the frame)."""

    ethertype: int
    offset: int
    end: int


Step: TypeAlias = Segment | Skip | Inner
"""What one layer answers: the segment, why there is none, or the layer inside it."""
