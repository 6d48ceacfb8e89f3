"""What is known of one flow while it lives?"""

from __future__ import annotations

import enum
import ipaddress
from typing import NamedTuple

from dpkt.ip import IP_PROTO_TCP

from sensor.behaviour.record import Recorder
from sensor.engine.api import CloseCause
from sensor.engine.portable.stream import HalfStream
from sensor.model.flow import Direction, Endpoint, FiveTuple, Traffic

Key = tuple[int, bytes, bytes, int]
"""Protocol, the two packed endpoints, the smaller one first, and the tenant."""


class Stage(enum.Enum):
    """How far the search in a flow has come."""

    SEARCH = "search"
    """Its head is scanned."""
    FOLLOWED = "followed"
    """It is a candidate; its stream is given out."""
    PASSED = "passed"
    """Nothing was found, or nobody wants it: it is only counted."""


class HeadPiece(NamedTuple):
    """In-order bytes of a head, kept until they are scanned to the end or given out."""

    direction: Direction
    at_ns: int
    data: bytes
    lost_bytes: int


class Side:
    """One direction of a flow: its reassembly, and how much of its head was searched."""

    __slots__ = (
        "bytes",
        "dns_at",
        "half",
        "is_awaited",
        "is_tls",
        "names_done",
        "packets",
        "searched_bytes",
        "tail",
        "unkept_bytes",
    )

    def __init__(self) -> None:
        self.half = HalfStream()
        self.packets = 0
        self.bytes = 0
        self.searched_bytes = 0
        self.tail = b""
        """Last searched bytes: an anchor may begin in them."""
        self.is_tls = False
        """True once it began as TLS does: it is not searched for anchors."""
        self.unkept_bytes = 0
        """Stream bytes that passed since the head was full; lost if the flow becomes a candidate."""
        self.names_done = False
        self.is_awaited = False
        """True for a server whom its client did not name, before it said anything."""
        self.dns_at = 0
        """Offset in the head of the next DNS message over TCP."""


EMPTY_HEAD: list[HeadPiece] = []
"""Stands for "nothing is kept"; never changed. A flood of flows without payload costs no list each."""


class Flow:
    """One connection (TCP) or pair of endpoints (UDP). ``orig`` sent the first packet seen."""

    __slots__ = (
        "closing",
        "closing_since_ns",
        "first_ns",
        "handshake_seen",
        "head",
        "head_bytes",
        "id",
        "is_unrecorded",
        "last_ns",
        "orig",
        "proto",
        "recorder",
        "resp",
        "shed",
        "sides",
        "stage",
        "tenant",
        "updated_ns",
    )

    def __init__(self, flow_id: int, proto: int, orig: bytes, resp: bytes, at_ns: int, tenant: int = 0) -> None:
        self.id = flow_id
        self.proto = proto
        self.orig = orig
        self.resp = resp
        self.tenant = tenant
        self.first_ns = self.last_ns = self.updated_ns = at_ns
        self.handshake_seen = False
        self.stage = Stage.SEARCH
        self.sides = Side(), Side()
        self.head = EMPTY_HEAD
        self.head_bytes = 0
        self.shed = False
        """True when the head could not be kept for want of room."""
        self.recorder: Recorder | None = None
        """Its behaviour, once it has lived long enough."""
        self.is_unrecorded = False
        """True when it gets no record of its behaviour any more."""
        self.closing: CloseCause | None = None
        self.closing_since_ns = 0

    @property
    def key(self) -> Key:
        """The flow's key in the table; the same for both directions."""
        return flow_key(self.proto, self.orig, self.resp, self.tenant)

    @property
    def five_tuple(self) -> FiveTuple:
        """The flow's identity as the events bear it."""
        return five_tuple(self.proto, self.orig, self.resp)

    @property
    def traffic(self) -> Traffic:
        """Packets and IP bytes so far; the caller owns the object."""
        orig, resp = self.sides
        return Traffic(orig.packets, resp.packets, orig.bytes, resp.bytes)

    def head_of(self, direction: Direction) -> bytes:
        """The kept head of one direction in one piece."""
        return b"".join(piece.data for piece in self.head if piece.direction is direction)

    def begin_closing(self, cause: CloseCause, at_ns: int) -> None:
        """Note that the connection ended; late segments may still come. The first cause holds."""
        if self.closing is None:
            self.closing, self.closing_since_ns = cause, at_ns


def flow_key(proto: int, sender: bytes, receiver: bytes, tenant: int = 0) -> Key:
    """The key of the flow that a packet belongs to."""
    return (proto, sender, receiver, tenant) if sender < receiver else (proto, receiver, sender, tenant)


def five_tuple(proto: int, sender: bytes, receiver: bytes) -> FiveTuple:
    """Packed endpoints as text."""
    return FiveTuple(_endpoint(sender), _endpoint(receiver), "tcp" if proto == IP_PROTO_TCP else "udp")


def _endpoint(packed: bytes) -> Endpoint:
    return Endpoint(str(ipaddress.ip_address(packed[:-2])), int.from_bytes(packed[-2:], "big"))
