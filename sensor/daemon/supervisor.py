"""Who watches over workers and sinks, and ends them in the right order?

Workers → merger → (spool → uplink, jsonl). One thread does all of this: what a worker says is on the disk before the
next message is heard. The end comes when every source has ended and the spool is empty, when the process is told to
stop, or when a part fails for good; in every case what was found so far is first brought to safety.

When more comes than can be done, it is shed in this order, and counted: packets in the kernel's ring; heads of new
flows; flows nobody follows, then the longest quiet; further candidates; sessions; and last the oldest undelivered
statement. A session that is followed keeps counting until nothing else is left to give up.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Any, cast

import structlog

from sensor.daemon.beat import heartbeat
from sensor.daemon.board import Board, source_board
from sensor.daemon.clock import clock_error_ms
from sensor.daemon.crew import Phase, Worker
from sensor.daemon.merge import Merger
from sensor.daemon.notify import Notifier
from sensor.daemon.outbox import Outbox
from sensor.daemon.plan import Plan
from sensor.daemon.reload import Outcome, SignatureKeeper, age_s
from sensor.daemon.status import StatusServer
from sensor.model.wire import Detection, State
from sensor.signature.inventory import inventory

STATUS_S = 60.0
"""How often the log says how things stand, in seconds."""
TURN_S = 0.1
"""Longest time between two looks at what is due, in seconds."""
BOARD_S = 0.5
"""How old the picture for metrics and health may be, in seconds."""
MAX_HEARD = 256
"""Messages of one worker taken in one turn, so that none waits for a talkative one."""
log = structlog.get_logger(__name__)


@dataclass
class Signals:
    """What the process is asked from outside."""

    stop: threading.Event = field(default_factory=threading.Event)
    reload: threading.Event = field(default_factory=threading.Event)


def run(plan: Plan, signals: Signals, *, retry_refused: bool = False) -> None:
    """Run until the sources have ended and all is delivered, or until told to stop.

    ``retry_refused`` first queues once more what the collector had refused, for after its upgrade or repair.
    Raises the first fault of a part: SpoolError, CaptureError, or what a defect threw.
    """
    with ExitStack() as stack:
        _Supervisor(plan, signals, stack, retry_refused=retry_refused).run()


@dataclass(frozen=True, slots=True)
class _Orphan:
    """Sessions of a worker that died: its successor may go on with them until ``due_s``."""

    merger: Merger
    worker: int
    due_s: float


class _Supervisor:
    def __init__(self, plan: Plan, signals: Signals, stack: ExitStack, *, retry_refused: bool) -> None:
        options = plan.options
        self._plan = plan
        self._signals = signals
        self._notifier = Notifier(os.environ)
        self._keeper = stack.enter_context(SignatureKeeper(options.signatures, plan.signatures, options.reload))
        self._outbox = Outbox(
            options, plan.token, stack, lambda: None, account_key=plan.account_key, retry_refused=retry_refused
        )
        self._workers: list[Worker] = []
        self._mergers: dict[str, Merger] = {}
        for source in options.sources:
            self._mergers[source.name] = Merger(options.detect.max_sessions)
            self._workers += [Worker(options, source) for _ in range(source.workers)]
        for worker in self._workers:
            stack.callback(worker.close)
        self._orphans: list[_Orphan] = []
        self._reported: set[str] = set()
        self._sessions: Counter[tuple[str, str]] = Counter()
        self._statements: Counter[str] = Counter()
        self._reloads: Counter[str] = Counter()
        self._ready = False
        self._board = self._look()
        self._last_beat = self._board
        now_s = time.monotonic()
        self._next_board_s = now_s
        self._next_beat_s = now_s + options.heartbeat.interval_s
        self._next_status_s = now_s + STATUS_S
        self._next_watchdog_s = now_s
        if options.status.port is not None:
            server = stack.enter_context(StatusServer(options.status, lambda: self._board))
            log.info("status.listening", port=server.port)

    def run(self) -> None:
        """The whole life: sources end first, then sinks."""
        log.info(
            "sensor.started",
            sensor=self._plan.options.sensor.id,
            engine=self._plan.engine.name,
            sources=len(self._plan.options.sources),
            workers=len(self._workers),
            fingerprint=self._keeper.loaded.signatures.short_fingerprint,
        )
        while not self._signals.stop.is_set() and not self._fault() and not self._all_ended():
            self._turn()
        self._notifier.tell("STOPPING=1")
        self._stop_workers()
        self._beat()
        self._end_outbox()
        log.info("sensor.ended", **self._outbox.facts())
        if fault := self._fault():
            raise fault

    def _turn(self) -> None:
        """One look at everything."""
        folder = self._keeper.loaded.folder
        for worker in self._workers:
            worker.start_if_due(folder)
            worker.end_if_silent()
        self._hear(TURN_S)
        self._close_orphans(time.monotonic())
        self._look_at_signatures()
        self._keep_time()

    def _hear(self, timeout_s: float) -> None:
        """Take in what workers say, and bring it to safety in one go."""
        links = {worker.link.fileno(): worker for worker in self._workers if worker.link}
        if not links:
            time.sleep(timeout_s)
            return
        found: list[Detection] = []
        for link in wait(list(links), timeout_s):
            worker = links[cast("int", link)]
            for _ in range(MAX_HEARD):
                found += self._hear_one(worker)
                if worker.link is None or not worker.link.has_message():
                    break
        self._deliver(found)

    def _hear_one(self, worker: Worker) -> list[Detection]:
        mark = self._mark(worker)
        message = worker.receive()
        if message is None:
            self._orphan(worker, mark)
            return []
        if message["kind"] == "ready":
            log.info("worker.reading", source=worker.source.name, pid=worker.pid)
        elif message["kind"] == "said":
            return self._merged(worker, mark, message["detections"])
        if message["kind"] == "reloaded":
            self._reloaded(worker, message)
        elif message["kind"] == "ended":
            self._report(worker, message)
        return []

    def _merged(self, worker: Worker, mark: int, lines: list[str]) -> list[Detection]:
        merger = self._mergers[worker.source.name]
        # Files bear the times of another clock; nobody knows its error.
        error_ms = self._board.clock_error_ms if worker.is_live else None
        said = [Detection.model_validate_json(line) for line in lines]
        if error_ms is not None:
            said = [one.model_copy(update={"clock_error_ms": error_ms}) for one in said]
        return [merger.take(mark, one) for one in said]

    def _deliver(self, found: list[Detection]) -> None:
        self._outbox.deliver(found)
        for one in found:
            self._statements[one.state.value] += 1
            if one.state is State.OPENED:
                self._sessions[one.dialect.value if one.dialect else "unknown", one.verdict.value] += 1

    def _orphan(self, worker: Worker, mark: int) -> None:
        """A process is gone: close its sessions now if none will follow it, else when none took them up."""
        merger = self._mergers[worker.source.name]
        if worker.phase is Phase.ENDED:
            self._deliver(merger.lost(mark))
        else:
            merger.orphan(mark)
            idle_s = self._plan.options.detect.session_idle_s
            self._orphans.append(_Orphan(merger, mark, time.monotonic() + idle_s))

    def _close_orphans(self, now_s: float) -> None:
        for orphan in [orphan for orphan in self._orphans if orphan.due_s <= now_s]:
            self._orphans.remove(orphan)
            self._deliver(orphan.merger.lost(orphan.worker))

    def _mark(self, worker: Worker) -> int:
        """A number for this life of this worker."""
        return self._workers.index(worker) + worker.incarnation * len(self._workers)

    def _report(self, worker: Worker, message: dict[str, Any]) -> None:
        """A worker has read its share; with the last one the source has ended."""
        name = worker.source.name
        if damage := message.get("damage"):
            log.warning("source.damaged", source=name, damage=damage)
        crew = [each for each in self._workers if each.source is worker.source]
        if name not in self._reported and all(each.phase is Phase.ENDED for each in crew):
            self._reported.add(name)
            board = source_board(name, crew)
            log.info("source.ended", source=name, stopped=bool(message.get("stopped")), **board.counters)

    def _look_at_signatures(self) -> None:
        if self._signals.reload.is_set():
            self._signals.reload.clear()
            self._keeper.ask()
        outcome = self._keeper.step()
        if outcome is not None:
            self._take_up(outcome)

    def _take_up(self, outcome: Outcome) -> None:
        if outcome.loaded is None:
            self._reloads["refused"] += 1
            log.error("signatures.refused", reason=outcome.fault, kept=self._board.fingerprint[:16])
            return
        self._reloads["ok"] += 1
        log.info("signatures.reloading", fingerprint=outcome.loaded.signatures.short_fingerprint)
        for worker in self._workers:
            worker.reload(outcome.loaded.folder)

    def _reloaded(self, worker: Worker, message: dict[str, Any]) -> None:
        if fault := message.get("fault"):
            self._reloads["refused"] += 1
            log.error("signatures.refused", source=worker.source.name, reason=fault, kept=worker.fingerprint[:16])
        else:
            log.info("signatures.reloaded", source=worker.source.name, fingerprint=worker.fingerprint[:16])

    def _keep_time(self) -> None:
        """Whatever is due by the clock."""
        now_s = time.monotonic()
        if now_s >= self._next_board_s:
            self._next_board_s = now_s + BOARD_S
            self._board = self._look()
        if now_s >= self._next_beat_s:
            self._next_beat_s = now_s + self._plan.options.heartbeat.interval_s
            self._beat()
        if now_s >= self._next_status_s:
            self._next_status_s = now_s + STATUS_S
            log.info("sensor.status", **self._outbox.facts(), **self._packet_facts())
        if self._notifier.watchdog_s and now_s >= self._next_watchdog_s:
            self._next_watchdog_s = now_s + self._notifier.watchdog_s
            self._notifier.tell("WATCHDOG=1")
        if not self._ready and all(worker.phase is not Phase.STARTING for worker in self._workers):
            self._ready = True
            self._notifier.tell("READY=1")

    def _packet_facts(self) -> dict[str, int]:
        board = self._board
        shed = {f"shed_{kind.value}": count for kind, count in board.shed.items() if count}
        return {"packets": board.total("packets"), "kernel_drops": board.total("kernel_drops"), **shed}

    def _look(self) -> Board:
        signatures = self._keeper.loaded.signatures
        now_ns = time.time_ns()
        by_name = {source.name: source for source in self._plan.options.sources}
        boards = [source_board(name, [w for w in self._workers if w.source.name == name]) for name in by_name]
        return Board(
            at_ns=now_ns,
            engine=self._plan.engine.name,
            fingerprint=signatures.fingerprint,
            signature_age_s=age_s(signatures, now_ns),
            clock_error_ms=clock_error_ms(),
            sources=tuple(boards),
            queue=self._outbox.board(),
            heartbeats_waiting=self._outbox.heartbeats_waiting,
            sessions=dict(self._sessions),
            statements=dict(self._statements),
            reloads=dict(self._reloads),
            max_flows=self._plan.options.limits.max_flows,
        )

    def _beat(self) -> None:
        """Say how things were since the last heartbeat. A clock that was set back says nothing until it caught up."""
        self._board = self._look()
        if self._board.at_ns // 1000 > self._last_beat.at_ns // 1000:
            networks = self._plan.options.home_networks
            parts = inventory(self._keeper.loaded.signatures)
            self._outbox.beat(heartbeat(self._plan.sensor, networks, self._last_beat, self._board, parts))
            self._last_beat = self._board

    def _stop_workers(self) -> None:
        """Everything that is open is closed and brought to safety, within the time for stopping."""
        for worker in self._workers:
            worker.stop()
        deadline_s = time.monotonic() + self._plan.options.workers.stop_s
        while any(worker.is_alive for worker in self._workers) and time.monotonic() < deadline_s:
            self._hear(TURN_S)
            self._keep_time()
        for worker in self._workers:
            if worker.is_alive:
                log.error("worker.killed", source=worker.source.name, pid=worker.pid, after_s=deadline_s)
                worker.close()
                self._deliver(self._mergers[worker.source.name].lost(self._mark(worker)))
        self._close_orphans(float("inf"))

    def _end_outbox(self) -> None:
        if not self._signals.stop.is_set() and not self._fault():
            self._outbox.drain()
            while not self._outbox.is_drained and not self._signals.stop.is_set() and not self._fault():
                time.sleep(TURN_S)
                self._keep_time()
        self._outbox.stop()

    def _all_ended(self) -> bool:
        return all(worker.phase is Phase.ENDED and not worker.is_alive for worker in self._workers)

    def _fault(self) -> BaseException | None:
        return self._outbox.fault or next((worker.fault for worker in self._workers if worker.fault), None)
