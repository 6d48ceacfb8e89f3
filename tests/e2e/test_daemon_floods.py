"""Does a flood leave a session that is followed intact, memory flat, and a count of what was shed?"""

from __future__ import annotations

import itertools
import os
import random
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sensor.detect.pipeline import DetectOptions, Pipeline, build_program
from sensor.engine.api import Counters, Engine, EngineSession, Frame, Limits
from sensor.engine.portable import PortableEngine
from sensor.engine.select import choose_engine
from sensor.model.wire import Detection, SensorRef, State
from sensor.signature import SignatureSet, load
from sensor.simulate.scenario import compose

SMALL = Limits(max_flows=1000, max_followed=60, max_held_bytes=262_144, max_learned=300)
PER_PACKET = 60
"""Frames of the flood before every packet of the session."""
BATCH = 256
GROWTH_BYTES = 400_000
"""What three times the flood may cost more; the flood itself is some megabytes."""
SYN, ACK, PUSH = 2, 16, 8


def ethernet(proto: int, src: int, dst: int, transport: bytes) -> bytes:
    header = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(transport), 0, 0, 64, proto, 0, src, dst)
    return b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + header + transport


def tcp(dice: random.Random, flags: int, payload: bytes = b"") -> bytes:
    """A segment between two addresses that nobody else has."""
    ports = dice.randrange(1024, 65_536), dice.choice([80, 443, 3333, 8080])
    segment = struct.pack("!HHIIBBHHH", *ports, dice.getrandbits(32), 1, 0x50, flags, 9, 0, 0) + payload
    return ethernet(6, 0x0A00_0000 | dice.getrandbits(24), 0xCB00_7100 | dice.getrandbits(8), segment)


def name_of(dice: random.Random, listed: str) -> bytes:
    labels = [f"{dice.getrandbits(64):016x}", *listed.split(".")]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def dns_answer(dice: random.Random, listed: str) -> bytes:
    """An answer that gives one fresh address for one fresh name below a listed one (RFC 1035)."""
    address = 0xC633_0000 | dice.getrandbits(16)
    question = name_of(dice, listed) + struct.pack("!HH", 1, 1)
    record = struct.pack("!HHHIHI", 0xC00C, 1, 1, 60, 4, address)
    message = struct.pack("!HHHHHH", dice.getrandbits(16), 0x8180, 1, 1, 0, 0) + question + record
    datagram = struct.pack("!HHHH", 53, dice.randrange(1024, 65_536), 8 + len(message), 0) + message
    return ethernet(17, 0x0808_0808, 0x0A00_0000 | dice.getrandbits(24), datagram)


Flood = Callable[[random.Random, str], bytes]
FLOODS: dict[str, tuple[Flood, str]] = {
    "SYN": (lambda dice, listed: tcp(dice, SYN), "evicted_flows"),
    "flows of one packet": (lambda dice, listed: tcp(dice, ACK | PUSH, dice.randbytes(40)), "evicted_flows"),
    "brackets": (lambda dice, listed: tcp(dice, ACK | PUSH, b"{" * 400), "evicted_flows"),
    "heads": (lambda dice, listed: tcp(dice, ACK | PUSH, b"{" + dice.randbytes(1400)), "shed_heads"),
    "anchors": (lambda dice, listed: tcp(dice, ACK | PUSH, b'{"method":"mining.'), "unfollowed_candidates"),
    "messages": (
        lambda dice, listed: tcp(dice, ACK | PUSH, b'{"id":1,"method":"login","params":{"login":"me"}}\n'),
        "unfollowed_candidates",
    ),
    "DNS names": (dns_answer, "names_hit"),
}
"""By kind: one frame of it, and the counter that must tell of it."""


@dataclass
class Flooded:
    """The packets of one mining session with a flood between them, all made while they are read."""

    flood: Flood
    listed: str
    per_packet: int
    name: str = "flooded"
    damage: None = None

    def frames(self) -> Iterator[Frame]:
        dice = random.Random(7)
        for number, (at_ns, data) in enumerate(compose("stratum-v1", 1, duration_s=600.0).rows):
            # The session is found first: what is asked is whether it stays.
            for step in range(self.per_packet if number > 12 else 0):
                flood = self.flood(dice, self.listed)
                yield Frame(at_ns - 1000 + step, 1, flood, len(flood))
            yield Frame(at_ns, 1, data, len(data))


@dataclass(frozen=True)
class Seen:
    """What a run found of the session, what it counted, and how much memory it took at its peak."""

    session: Detection
    counters: Counters
    peak_bytes: int
    resident_bytes: int
    """Of the whole process, while the session was still open: what an engine outside Python holds is in it."""


@pytest.fixture(scope="module")
def signatures() -> SignatureSet:
    return load()


@pytest.fixture(params=["portable", "native"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "portable":
        return PortableEngine()
    chosen = choose_engine(os.environ)
    if chosen.name != "native":
        pytest.skip("the native engine is not built here")
    return chosen


def batches(session: EngineSession, pipeline: Pipeline) -> Iterator[list[Detection]]:
    """Read in small turns: events of one turn are memory, too, and would hide what stays."""
    while (events := session.read(BATCH)) is not None:
        yield pipeline.feed(events)
        for flow_id in pipeline.take_drops():
            session.drop(flow_id)
    yield pipeline.finish()


def run(engine: Engine, signatures: SignatureSet, flood: Flood, per_packet: int) -> Seen:
    listed = min(signatures.name_suffixes, key=lambda name: (len(name), name))
    options = DetectOptions(max_sessions=500)
    tracemalloc.start()
    try:
        pipeline = Pipeline(signatures, sensor=SensorRef(id="s"), options=options, limits=SMALL)
        session = engine.open(build_program(signatures, SMALL), Flooded(flood, listed, per_packet))
        said = list(itertools.chain.from_iterable(batches(session, pipeline)))
        peak_bytes = tracemalloc.get_traced_memory()[1]
        resident_bytes = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    finally:
        tracemalloc.stop()
    closed = [one for one in said if one.state is State.CLOSED and one.shares.submitted]
    assert len(closed) == 1
    return Seen(closed[0], session.counters, peak_bytes, resident_bytes)


def shed(seen: Seen, counter: str) -> int:
    """How much the counter tells of. An engine that holds no heads has none to shed: it evicts their flows."""
    holds_none = counter == "shed_heads" and seen.counters.held_bytes == seen.counters.shed_heads == 0
    counted: int = getattr(seen.counters, "evicted_flows" if holds_none else counter)
    return counted


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood(engine: Engine, signatures: SignatureSet, kind: str) -> None:
    flood, counter = FLOODS[kind]
    still = run(engine, signatures, flood, 0)
    little = run(engine, signatures, flood, PER_PACKET // 3)
    much = run(engine, signatures, flood, PER_PACKET)
    for seen in (little, much):
        assert seen.session.shares == still.session.shares
        assert seen.session.traffic == still.session.traffic
        assert seen.session.detection_id == still.session.detection_id
        assert shed(seen, counter) > 1000 > shed(still, counter)
        assert seen.counters.flows_live <= SMALL.max_flows
        assert seen.counters.lost_bytes == 0
    assert still.session.shares.submitted > 10
    assert much.peak_bytes - little.peak_bytes < GROWTH_BYTES
    assert much.resident_bytes - little.resident_bytes < 10 * GROWTH_BYTES
