"""Which records does the engine make of a flow that is told segment by segment?

Everything that is trained on or tested goes through :class:`~sensor.engine.portable.behaviours.Behaviours`, the code
that runs next to the wire: what is learned here is what will be seen there.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from dpkt.ip import IP_PROTO_TCP
from dpkt.tcp import TH_ACK, TH_PUSH

from sensor.behaviour.features import features
from sensor.engine.api import BehaviourLimits, Counters
from sensor.engine.portable.behaviours import Behaviours
from sensor.engine.portable.flow import Flow
from sensor.engine.portable.layers import Segment
from sensor.model.flow import Direction

MS_NS = 1_000_000
MINUTE_NS = 60 * 10**9
HORIZON_MINUTES = 30.0
"""What comes later is not looked at: detection is asked for within this time."""
START_NS = 1_794_931_200 * 10**9
"""2026-11-17T16:00:00Z: when generated flows begin, but for a random hour."""
_IP_TCP_BYTES = 40


@dataclass(frozen=True, slots=True)
class Sent:
    """A segment with payload, or a whole message where no bytes are at hand (``payload`` empty, ``push`` true)."""

    at_ns: int
    sender: Direction
    size_bytes: int
    payload: bytes = b""
    push: bool = True


@dataclass(frozen=True, slots=True)
class Labelled:
    """A flow for training or test."""

    source: str
    """What it is held out with: a capture, a dialect, a benign protocol."""
    family: str
    """``stratum``, ``http``, ``relay``, ``real-mining``, ``benign`` or ``real-benign``."""
    is_mining: bool
    is_real: bool
    name: str
    sent: list[Sent]
    first_ns: int
    """When its first packet passed, handshake included."""
    server: bytes = field(default=b"\xc6\x33\x64\x07\x01\xbb")
    """Packed endpoint: decides when in an interval the record is handed on."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record as the sensor would score it."""

    minutes: float
    messages: int
    values: tuple[float, ...]


def rows_of(flow: Labelled, limits: BehaviourLimits | None = None) -> list[Row]:
    """The rows that the engine's records of one flow give within :data:`HORIZON_MINUTES`."""
    counters = Counters()
    behaviours = Behaviours(limits or BehaviourLimits(), counters)
    live = Flow(1, IP_PROTO_TCP, b"\xc0\x00\x02\x0a\xc0\x00", flow.server, flow.first_ns)
    live.handshake_seen = True
    end_ns = flow.first_ns + round(HORIZON_MINUTES * MINUTE_NS)
    found = []
    for sent, segment in _segments(flow):
        if sent.at_ns > end_ns or live.is_unrecorded:
            break
        for event in behaviours.segment(live, segment, sent.sender, sent.at_ns):
            minutes = (event.at_ns - flow.first_ns) / MINUTE_NS
            found.append(Row(minutes, event.behaviour.total, features(event.behaviour)))
    return found


def random_server(rng: random.Random) -> bytes:
    """A packed endpoint, so that records of generated flows are handed on at any age."""
    return rng.randbytes(4) + b"\x01\xbb"


def _segments(flow: Labelled) -> Iterable[tuple[Sent, Segment]]:
    position = [0, 0]
    ends = b"\xc0\x00\x02\x0a\xc0\x00", flow.server
    for sent in flow.sent:
        seq = position[sent.sender]
        position[sent.sender] = seq + sent.size_bytes & 0xFFFF_FFFF
        yield (
            sent,
            Segment(
                IP_PROTO_TCP,
                ends[sent.sender],
                ends[sent.sender.other],
                sent.size_bytes + _IP_TCP_BYTES,
                sent.payload,
                sent.size_bytes,
                seq,
                0,
                TH_ACK | (TH_PUSH if sent.push else 0),
            ),
        )
