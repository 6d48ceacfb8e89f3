"""How is one source read, from its first packet to its last statement?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import structlog

from sensor.capture import open_capture
from sensor.config.options import CaptureSource, Pace
from sensor.daemon.plan import Plan
from sensor.detect.pipeline import Pipeline
from sensor.engine.api import EngineSession, Frame, PacketSource, Tick
from sensor.model.wire import Detection

FAST_PACKETS = 4096
"""Packets per turn when a capture is read as fast as possible."""
log = structlog.get_logger(__name__)


class PacedSource:
    """A packet source that gives every frame at its own distance from the first one; ends early on ``stop``."""

    def __init__(
        self,
        source: PacketSource,
        stop: threading.Event,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """``wait`` waits that many seconds at most and answers whether to stop."""
        self._source = source
        self._monotonic_ns = monotonic_ns
        self._wait = wait or stop.wait

    @property
    def name(self) -> str:
        """The source's own name."""
        return self._source.name

    @property
    def damage(self) -> str | None:
        """The source's own damage."""
        return self._source.damage

    def frames(self) -> Iterator[Frame | Tick]:
        """The frames, each when it is due. Time that runs backwards in the capture is not waited for."""
        offset_ns: int | None = None
        for frame in self._source.frames():
            if offset_ns is None:
                offset_ns = self._monotonic_ns() - frame.at_ns
            early_ns = frame.at_ns + offset_ns - self._monotonic_ns()
            if self._wait(max(0, early_ns) / 1e9):
                return
            yield frame


def read_source(
    source: CaptureSource, plan: Plan, deliver: Callable[[list[Detection]], object], stop: threading.Event
) -> None:
    """Read a source to its end, or until ``stop``; every statement goes to ``deliver`` as it becomes due.

    Raises :class:`~sensor.model.errors.CaptureError` when the source cannot be opened, and what ``deliver`` raises.
    """
    with open_capture(source.capture) as capture:
        paced = source.pace is Pace.REALTIME
        packets = PacedSource(capture, stop) if paced else capture
        session = plan.engine.open(plan.program, packets)
        pipeline = Pipeline(plan.signatures, sensor=plan.sensor, options=plan.detect, limits=plan.limits)
        said = 0
        # One packet a turn when paced: a statement must not wait until a slow link has filled a large turn.
        for statements in _turns(session, pipeline, 1 if paced else FAST_PACKETS, stop):
            said += len(statements)
            deliver(statements)
        _report(capture.name, session, pipeline, said, packets.damage, stop.is_set())


def _turns(
    session: EngineSession, pipeline: Pipeline, max_packets: int, stop: threading.Event
) -> Iterator[list[Detection]]:
    while not stop.is_set() and (events := session.read(max_packets)) is not None:
        yield pipeline.feed(events)
        for flow_id in pipeline.take_drops():
            session.drop(flow_id)
    yield pipeline.finish()


def _report(
    name: str, session: EngineSession, pipeline: Pipeline, said: int, damage: str | None, stopped: bool
) -> None:
    counters = session.counters
    log.info(
        "source.ended",
        source=name,
        stopped=stopped,
        statements=said,
        packets=counters.packets,
        undecoded_packets=counters.undecoded_packets,
        flows=counters.flows,
        candidates=counters.candidates,
        evicted_flows=counters.evicted_flows,
        unfollowed_candidates=counters.unfollowed_candidates,
        lost_bytes=counters.lost_bytes,
        shed_heads=counters.shed_heads,
        evicted_sessions=pipeline.evicted_sessions,
    )
    if damage:
        log.warning("source.damaged", source=name, damage=damage)
