"""What is the same, when two engines have read the same packets?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields

from sensor.engine.api import (
    Candidate,
    Counters,
    DnsMessage,
    Engine,
    Event,
    FlowClosed,
    FlowUpdated,
    Frame,
    PacketSource,
    Program,
    QuicHello,
    StreamChunk,
)

OWN_BUSINESS = frozenset({"flows_live", "held_bytes", "shed_heads", "table_bytes"})
"""Counters of how an engine keeps house, not of what it found."""


@dataclass
class Memory:
    """Frames in memory as a packet source."""

    held: list[Frame]
    name: str = "memory"
    damage: str | None = None

    def frames(self) -> Iterator[Frame]:
        return iter(self.held)


@dataclass(frozen=True)
class Account:
    """What an engine said, without the numbers it gave to flows."""

    candidates: list[tuple[object, ...]]
    streams: dict[tuple[object, ...], bytes]
    """By flow and direction; a gap stands as a mark."""
    ends: list[tuple[object, ...]]
    named: list[DnsMessage | QuicHello]
    """What named a listed host without a stream."""
    counters: dict[str, int]
    damage: str | None


def account(engine: Engine, program: Program, source: PacketSource, batch: int = 4096) -> Account:
    """Run an engine to the end of a source."""
    session = engine.open(program, source)
    events: list[Event] = []
    while (found := session.read(batch)) is not None:
        events += found
    return _sorted(events, session.counters, source.damage)


def _sorted(events: list[Event], counters: Counters, damage: str | None) -> Account:
    names: dict[int, tuple[object, ...]] = {}
    streams: dict[tuple[object, ...], list[bytes]] = defaultdict(list)
    candidates, ends, named = [], [], []
    for event in events:
        if isinstance(event, Candidate):
            names[event.flow_id] = (event.five_tuple, event.first_seen_ns)
            facts = (event.at_ns, event.reason, event.detail, event.handshake_seen)
            candidates.append((*names[event.flow_id], *facts))
        elif isinstance(event, StreamChunk):
            mark = [b"\0<gap>\0"] if event.gap else []
            streams[*names[event.flow_id], event.direction].extend([*mark, event.data])
        elif isinstance(event, FlowClosed | FlowUpdated):
            cause = event.cause if isinstance(event, FlowClosed) else None
            ends.append((*names[event.flow_id], event.at_ns, cause, str(event.traffic)))
        elif isinstance(event, DnsMessage | QuicHello):
            named.append(event)
    kept = {one.name: getattr(counters, one.name) for one in fields(counters) if one.name not in OWN_BUSINESS}
    joined = {key: b"".join(parts) for key, parts in streams.items()}
    return Account(sorted(candidates, key=str), joined, sorted(ends, key=str), named, kept, damage)
