"""Do both engines record the same behaviour?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest
from parity_kit import Memory

from sensor.capture import open_capture
from sensor.engine.api import BehaviourLimits, Engine, Event, FlowBehaviour, Frame, PacketSource, Program
from sensor.engine.portable import PortableEngine
from sensor.model.flow import Endpoint
from sensor.simulate.scenario import build
from sensor.simulate.shaping import mid_stream, retransmit, split

SOON = BehaviourLimits(after_s=0.0, interval_s=7, min_messages=1)
"""Everything is recorded from its first payload on, and handed on often."""
ETHERNET = 1


def program(behaviour: BehaviourLimits) -> Program:
    return Program(
        name="",
        anchors=(b'"mining.', b'"jsonrpc"'),
        name_suffixes=frozenset(),
        names=frozenset(),
        addresses=(),
        behaviour=behaviour,
    )


def told(engine: Engine, behaviour: BehaviourLimits, source: PacketSource) -> tuple[list[object], dict[str, int]]:
    """What was handed on, without the numbers of flows, and the counters of behaviour."""
    session = engine.open(program(behaviour), source)
    events: list[Event] = []
    while (found := session.read(4096)) is not None:
        events += found
    handed_on = [astuple(event)[1:] for event in events if isinstance(event, FlowBehaviour)]
    counters = session.counters
    return handed_on, {"busy": counters.busy_flows, "unrecorded": counters.unrecorded_flows}


def rows(name: str, seed: int, **params: object) -> list[Frame]:
    return [Frame(at_ns, ETHERNET, data, len(data)) for at_ns, data in build(name, seed, **params)]


def crowd(rng: random.Random) -> list[Frame]:
    """Many sessions at once, cut, repeated and joined in the middle."""
    shapes = ((), (split(40),), (retransmit(3),), (mid_stream(5),), (split(100), retransmit(4)))
    frames: list[Frame] = []
    for number in range(20):
        name = rng.choice(("stratum-v1", "cryptonote", "kaspa", "getwork", "eth-proxy"))
        client, server = Endpoint(f"192.0.2.{number + 1}", 40_000 + number), Endpoint("198.51.100.7", 3333)
        frames += rows(name, number, client=client, server=server, shapes=rng.choice(shapes), duration_s=200)
    return sorted(frames, key=lambda frame: frame.at_ns)


@pytest.fixture(scope="module")
def native() -> Engine:
    module = pytest.importorskip("sensor.engine.native", reason="the native engine is not built")
    engine: Engine = module.NativeEngine(seed=bytes(32))
    return engine


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(SOON, id="from the first payload"),
        pytest.param(BehaviourLimits(), id="as shipped"),
        pytest.param(BehaviourLimits(max_records=5, after_s=2.0, interval_s=3), id="little room"),
    ],
)
def test_simulated_sessions(native: Engine, behaviour: BehaviourLimits) -> None:
    frames = crowd(random.Random(11))
    expected = told(PortableEngine(), behaviour, Memory(frames))
    assert expected[0], "nothing was handed on: the test would compare nothing"
    assert told(native, behaviour, Memory(frames)) == expected


def test_a_flow_bears_one_number(native: Engine) -> None:
    frames = rows("stratum-v1", 3, duration_s=300)
    session = native.open(program(SOON), Memory(frames))
    events: list[Event] = []
    while (found := session.read(64)) is not None:
        events += found
    numbers = {event.flow_id for event in events if hasattr(event, "flow_id")}
    assert any(isinstance(event, FlowBehaviour) for event in events)
    assert len(numbers) == 1


def captures(shared: Path) -> Iterator[Path]:
    for folder in ("mining", "benign", "malformed"):
        yield from sorted(path for path in (shared / "captures" / folder).iterdir() if ".pcap" in path.name)


def test_real_captures(native: Engine, shared: Path) -> None:
    handed_on = 0
    for path in captures(shared):
        expected = told(PortableEngine(), SOON, open_capture(path))
        assert told(native, SOON, open_capture(path)) == expected, path.name
        handed_on += len(expected[0])
    assert handed_on > 100
