"""Who starts sources and sinks, watches over them, and ends them in the right order?

Sources → (spool → uplink, jsonl). The end comes when every source has ended and the spool is empty, when the process
is told to stop, or when a part fails; in every case what was found so far is first brought to safety.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict

import structlog

from sensor.config.options import CaptureSource
from sensor.daemon.plan import Plan
from sensor.daemon.source import read_source
from sensor.daemon.worker import Worker
from sensor.model.wire import Detection
from sensor.sinks.jsonl import JsonlSink
from sensor.sinks.spool import Spool
from sensor.sinks.uplink import Uplink

STATUS_S = 60.0
"""How often the log says how things stand, in seconds."""
GRACE_S = 5.0
"""How much longer than its flush time the uplink may take to end, in seconds."""
log = structlog.get_logger(__name__)


def run(plan: Plan, stop: threading.Event, *, retry_refused: bool = False) -> None:
    """Run until the sources have ended and all is delivered, or until ``stop`` is set by someone else.

    ``retry_refused`` first queues once more what the collector had refused, for after its upgrade or repair.
    Raises the first fault of a part: SpoolError, CaptureError, or what a defect threw.
    """
    with ExitStack() as stack:
        supervisor = _Supervisor(plan, stop, stack, retry_refused)
        supervisor.run()


class _Supervisor:
    def __init__(self, plan: Plan, stop: threading.Event, stack: ExitStack, retry_refused: bool) -> None:
        self._plan = plan
        self._stop = stop
        self._stack = stack
        self._retry_refused = retry_refused
        self._changed = threading.Event()
        self._spool: Spool | None = None
        self._uplink: Uplink | None = None
        self._deliveries: list[Callable[[list[Detection]], object]] = []
        self._next_status_s = time.monotonic() + STATUS_S

    def run(self) -> None:
        """The whole life: sinks first, then sources; sources end first, then sinks."""
        options = self._plan.options
        uplinks = self._start_sinks()
        # Sources stop for a fault as well as for the user; the uplink must be able to tell the two apart.
        halt = threading.Event()
        sources = [self._worker(f"source {one.capture}", self._reader(one, halt)) for one in options.sources]
        log.info("sensor.started", sensor=options.sensor.id, engine=self._plan.engine.name, sources=len(sources))
        self._wait(sources, lambda: self._stop.is_set() or _fault([*sources, *uplinks]) is not None)
        halt.set()
        self._join(sources)
        self._end_uplink(uplinks, in_haste=_fault([*sources, *uplinks]) is not None)
        self._status("sensor.ended")
        if fault := _fault([*sources, *uplinks]):
            raise fault

    def _start_sinks(self) -> list[Worker]:
        options = self._plan.options
        if options.jsonl:
            self._deliveries.append(self._stack.enter_context(JsonlSink(options.jsonl)).write)
        if not options.uplink:
            return []
        self._spool = self._stack.enter_context(Spool(options.spool))
        if self._spool.set_aside:
            log.error("spool.damaged", set_aside=str(self._spool.set_aside), started_fresh=str(options.spool.path))
        if self._retry_refused:
            log.info("spool.retry_refused", rows=self._spool.retry_refused())
        self._deliveries.append(self._spool.put)
        self._uplink = Uplink(options.uplink, self._spool, self._plan.token)
        return [self._worker("uplink", self._uplink.run)]

    def _worker(self, name: str, work: Callable[[], object]) -> Worker:
        worker = Worker(name, work, self._changed.set)
        worker.start()
        return worker

    def _reader(self, source: CaptureSource, halt: threading.Event) -> Callable[[], None]:
        return lambda: read_source(source, self._plan, self._deliver, halt)

    def _deliver(self, detections: list[Detection]) -> None:
        if detections:
            for deliver in self._deliveries:
                deliver(detections)

    def _end_uplink(self, workers: list[Worker], *, in_haste: bool) -> None:
        if self._uplink is None or self._plan.options.uplink is None:
            return
        if not in_haste:
            self._uplink.drain()
            self._wait(workers, self._stop.is_set)
        self._uplink.stop()
        self._join(workers, self._plan.options.uplink.flush_s + GRACE_S)

    def _wait(self, workers: list[Worker], until: Callable[[], bool]) -> None:
        """Until all have ended, or ``until`` holds."""
        while any(worker.is_alive() for worker in workers) and not until():
            self._changed.wait(0.1)
            self._changed.clear()
            if time.monotonic() >= self._next_status_s:
                self._next_status_s += STATUS_S
                self._status("sensor.status")

    @staticmethod
    def _join(workers: list[Worker], timeout_s: float | None = None) -> None:
        for worker in workers:
            worker.join(timeout_s)

    def _status(self, event: str) -> None:
        facts: dict[str, object] = {}
        if self._spool and self._uplink:
            age_s = round(self._spool.age_s, 1)
            facts = {"waiting": self._spool.depth, "waiting_bytes": self._spool.bytes, "oldest_s": age_s}
            facts |= {"spool": asdict(self._spool.counters), "uplink": asdict(self._uplink.counters)}
        log.info(event, **facts)


def _fault(workers: list[Worker]) -> BaseException | None:
    return next((worker.fault for worker in workers if worker.fault), None)
