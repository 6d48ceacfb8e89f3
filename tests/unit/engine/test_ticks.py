"""Does time pass for an engine when the wire of a live source is silent?"""

from __future__ import annotations

import pytest
from engine_kit import ACK, FIN, SECOND_NS, Source, Talk, program, run

from sensor.engine.api import Engine, Event, FlowClosed, FlowUpdated, Frame, Limits, Tick

M = b'"mining.'


def tick(at_s: float) -> Tick:
    return Tick(int(at_s * SECOND_NS))


def reads(
    engine: Engine, items: list[Frame | Tick], limits: Limits | None = None, batch: int = 4096
) -> list[list[Event]]:
    """What every read gave, up to the end of the source."""
    session = engine.open(program(M, limits=limits or Limits()), Source(items))
    found = []
    while (events := session.read(batch)) is not None:
        found.append(events)
    return found


def test_a_tick_ends_the_batch_and_comes_last(engine: Engine) -> None:
    frames = Talk().handshake().up(M).up(b"x", at=9).frames
    first, second = reads(engine, [*frames[:4], tick(1), frames[4]])
    assert first[-1] == tick(1)
    assert len(first) > 1
    assert tick(1) not in second


def test_a_tick_with_nothing_before_it_answers_at_once(engine: Engine) -> None:
    assert reads(engine, [tick(1), tick(2)]) == [[tick(1)], [tick(2)]]


@pytest.mark.parametrize(
    ("talk", "quiet_s", "causes"),
    [
        (Talk().handshake().up(M), 59, []),
        (Talk().handshake().up(M), 62, ["idle"]),
        (Talk().handshake().up(M).up(flags=FIN | ACK, at=9).down(flags=FIN | ACK), 4, []),
        (Talk().handshake().up(M).up(flags=FIN | ACK, at=9).down(flags=FIN | ACK), 7, ["fin"]),
    ],
    ids=["still-alive", "idle", "lingers", "finished"],
)
def test_flows_end_on_a_silent_wire(engine: Engine, talk: Talk, quiet_s: float, causes: list[str]) -> None:
    ticks = [tick(at_s) for at_s in range(1, int(quiet_s) + 1)]
    found = reads(engine, [*talk.frames, *ticks], Limits(idle_timeout_s=60))
    before_the_end = [event for events in found[: len(ticks)] for event in events]
    assert [event.cause for event in before_the_end if isinstance(event, FlowClosed)] == causes


def test_updates_come_on_a_silent_wire(engine: Engine) -> None:
    found = reads(engine, [*Talk().handshake().up(M).frames, tick(100), tick(151)], Limits(active_timeout_s=150))
    assert [type(event) for event in found[1]] == [FlowUpdated, Tick]


def test_ticks_change_nothing_else(engine: Engine) -> None:
    frames = Talk().handshake().up(M).down(b"a").wait(1000).up(b"x", at=9).frames
    items = [item for frame in frames for item in (frame, Tick(frame.at_ns))]
    with_ticks = run(program(M), items, engine=engine)
    assert [event for event in with_ticks.events if not isinstance(event, Tick)] == run(
        program(M), frames, engine=engine
    ).events
    assert with_ticks.counters.packets == len(frames)
