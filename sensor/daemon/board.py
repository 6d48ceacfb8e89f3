"""How do things stand? One frozen picture of the sensor, for metrics, health, heartbeats and the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sensor.daemon.crew import Phase, Worker
from sensor.model.heartbeat import ShedKind, SourceHealth, SourceState
from sensor.sinks.spool import SpoolCounters
from sensor.sinks.uplink import UplinkCounters

SHED = {
    ShedKind.HEADS: ("shed_heads",),
    ShedKind.FLOWS: ("evicted_flows",),
    ShedKind.CANDIDATES: ("unfollowed_candidates", "given_up_flows"),
    ShedKind.SESSIONS: ("evicted_sessions",),
}
"""Which counters of a worker say what was shed."""
FORGOTTEN = "forgotten_"
"""Counters of a worker that begin so say what a table of followed flows gave up."""


@dataclass(frozen=True, slots=True)
class SourceBoard:
    """One source, summed over its workers, since the daemon was started."""

    name: str
    state: SourceState
    workers: int
    restarts: int
    counters: Mapping[str, int]

    def since(self, before: SourceBoard | None) -> SourceHealth:
        """What a heartbeat says: counts since ``before``."""
        return SourceHealth(
            name=self.name[:512],
            state=self.state,
            workers=self.workers,
            restarts=self.restarts - (before.restarts if before else 0),
            packets=self._since(before, "packets"),
            bytes=self._since(before, "bytes"),
            kernel_drops=self._since(before, "kernel_drops"),
        )

    def _since(self, before: SourceBoard | None, name: str) -> int:
        # A worker that died may have said more in its last words than its successor's sum shows at first.
        return max(0, self.counters.get(name, 0) - (before.counters.get(name, 0) if before else 0))


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """The spool and the uplink that empties it."""

    depth: int
    size_bytes: int
    age_s: float
    spool: SpoolCounters
    uplink: UplinkCounters


@dataclass(frozen=True, slots=True)
class Board:
    """The whole sensor at one moment."""

    at_ns: int
    engine: str
    fingerprint: str
    signature_age_s: int
    clock_error_ms: float | None
    sources: tuple[SourceBoard, ...] = ()
    queue: QueueBoard | None = None
    heartbeats_waiting: int = 0
    sessions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Mining sessions found, by dialect and verdict of their first statement."""
    statements: Mapping[str, int] = field(default_factory=dict)
    """Statements made, by state."""
    reloads: Mapping[str, int] = field(default_factory=dict)
    """Reloads of signatures, by result."""
    max_flows: int = 0

    @property
    def is_up(self) -> bool:
        """True while a worker reads, or every source was read to its end."""
        states = {source.state for source in self.sources}
        return SourceState.READING in states or states == {SourceState.ENDED}

    def total(self, name: str) -> int:
        """A counter over all sources."""
        return sum(source.counters.get(name, 0) for source in self.sources)

    @property
    def shed(self) -> dict[ShedKind, int]:
        """What bounds cut, by kind, since the daemon was started."""
        shed = {kind: sum(map(self.total, names)) for kind, names in SHED.items()}
        return shed | {ShedKind.STATEMENTS: self.queue.spool.spool_dropped if self.queue else 0}


def source_board(name: str, workers: Iterable[Worker]) -> SourceBoard:
    """The source called ``name``, summed over its workers."""
    crew = list(workers)
    counters: dict[str, int] = {}
    for worker in crew:
        for counter, value in worker.counters.items():
            counters[counter] = counters.get(counter, 0) + value
    alive = sum(worker.phase is Phase.READING for worker in crew)
    restarts = sum(worker.restarts for worker in crew)
    return SourceBoard(name, _state([worker.phase for worker in crew], restarts), alive, restarts, counters)


def _state(phases: list[Phase], restarts: int) -> SourceState:
    if all(phase is Phase.ENDED for phase in phases):
        return SourceState.ENDED
    if Phase.READING in phases:
        return SourceState.READING
    return SourceState.RESTARTING if restarts else SourceState.STARTING
