"""Which flows get a record, and when is it handed on?"""

import itertools

import pytest
from engine_kit import Source

from sensor.engine.api import BehaviourLimits, Counters, FlowBehaviour, Frame, Program
from sensor.engine.portable import PortableEngine
from sensor.model.flow import Direction, Endpoint
from sensor.simulate.frames import ACK, PSH, SYN, Segment, Wire, render

S = 10**9
SERVER = Endpoint("198.51.100.7", 443)


def flow(client: Endpoint, jobs_at_s: list[float], *, opened: bool = True, server: Endpoint = SERVER) -> list[Frame]:
    """A client that only listens."""
    segments = [Segment(0, Direction.ORIG, 99, 0, SYN)] if opened else []
    segments.append(Segment(1, Direction.ORIG, 100, 0, ACK))
    segments += [
        Segment(round(at_s * S), Direction.RESP, 1000 + 50 * number, 100, ACK | PSH, b"x" * 50)
        for number, at_s in enumerate(jobs_at_s)
    ]
    return [Frame(at_ns, 1, data, len(data)) for at_ns, data in render(segments, Wire(client, server))]


def run(frames: list[Frame], behaviour: BehaviourLimits | None) -> tuple[list[FlowBehaviour], Counters]:
    program = Program("", (), frozenset(), frozenset(), (), behaviour=behaviour)
    session = PortableEngine().open(program, Source(sorted(frames, key=lambda frame: frame.at_ns)))
    told: list[FlowBehaviour] = []
    while (events := session.read()) is not None:
        told += [event for event in events if isinstance(event, FlowBehaviour)]
    return told, session.counters


def client(number: int) -> Endpoint:
    return Endpoint(f"192.0.2.{number}", 50_000)


def every(gap_s: float, end_s: float) -> list[float]:
    return [gap_s * number for number in range(1, round(end_s / gap_s))]


@pytest.mark.parametrize(
    ("limits", "jobs_at_s", "is_told"),
    [
        pytest.param(BehaviourLimits(), every(20, 600), True, id="a job every 20 s"),
        pytest.param(BehaviourLimits(), every(20, 150), False, id="too few messages"),
        pytest.param(BehaviourLimits(), every(2, 29), False, id="too short a life"),
        pytest.param(BehaviourLimits(), every(0.02, 60), False, id="too busy"),
        pytest.param(BehaviourLimits(max_records=0), every(20, 600), False, id="no room"),
        pytest.param(None, every(20, 600), False, id="switched off"),
    ],
)
def test_which_flows_are_told_of(limits: BehaviourLimits | None, jobs_at_s: list[float], is_told: bool) -> None:
    told, counters = run(flow(client(1), jobs_at_s), limits)
    assert bool(told) is is_told
    assert counters.recorded_flows == 0, "what ended holds no record"


def test_what_bounds_cut_is_counted() -> None:
    _, busy = run(flow(client(1), every(0.02, 60)), BehaviourLimits())
    frames = flow(client(1), every(20, 300)) + flow(client(2), every(20, 300))
    _, full = run(frames, BehaviourLimits(max_records=1))
    assert (busy.busy_flows, busy.unrecorded_flows) == (1, 0)
    assert (full.busy_flows, full.unrecorded_flows) == (0, 1)


def test_workers_of_one_server_are_told_of_at_the_same_moment() -> None:
    jobs = every(13, 900)
    frames = [*flow(client(1), jobs), *flow(client(2), [at_s + 0.003 for at_s in jobs])]
    told, _ = run(frames, BehaviourLimits())
    moments = [[event.at_ns for event in told if event.five_tuple.orig == client(number)] for number in (1, 2)]
    assert len(moments[0]) == len(moments[1]) >= 4
    assert all(abs(one - other) == 3_000_000 for one, other in zip(*moments, strict=True))


def test_a_flow_keeps_its_number_and_its_intervals() -> None:
    told, _ = run(flow(client(1), every(5, 1200)), BehaviourLimits(interval_s=100))
    assert len({event.flow_id for event in told}) == 1
    gaps_s = [(after.at_ns - before.at_ns) / S for before, after in itertools.pairwise(told)]
    assert set(gaps_s) == {100.0}


@pytest.mark.parametrize(
    ("opened", "port", "server"),
    [
        (True, 50_000, Direction.RESP),
        (False, 50_000, Direction.RESP),
        (True, 80, Direction.RESP),
        (False, 80, Direction.ORIG),
    ],
)
def test_who_is_taken_for_the_server(opened: bool, port: int, server: Direction) -> None:
    jobs = every(20, 600)
    frames = flow(Endpoint("192.0.2.1", port), jobs, opened=opened)
    told, _ = run(frames, BehaviourLimits())
    assert {event.behaviour.server for event in told} <= {server}
    assert bool(told) is (server is Direction.RESP), "only the server's messages hand a record on"
