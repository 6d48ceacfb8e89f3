"""Which processes read the sources, and what becomes of one that dies?

A worker that dies is started again after a wait that doubles with every death in a row. One on an interface is started
for ever; one on a capture a few times only, because the same bytes will kill it again.
"""

from __future__ import annotations

import enum
import os
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from sensor.config.options import RetryOptions, SensorOptions, SourceOptions
from sensor.config.secrets import TOKEN_VARIABLE
from sensor.daemon.link import Link, LinkClosedError
from sensor.model.errors import CaptureError
from sensor.sinks.backoff import Backoff

MAX_CAPTURE_DEATHS = 3
"""So often a worker may die over one capture file."""
STEADY_S = 60.0
"""A worker that lived this long starts its waits anew when it dies, in seconds."""
SILENCE_S = 30.0
"""A worker on an interface that says nothing for this long hangs and is ended, in seconds."""
STUCK_S = 5
"""How long a message may take to arrive once it has begun, in seconds."""
GAUGES = frozenset({"flows_live", "held_bytes", "fragment_bytes"})
"""Counters of a worker that are levels: a dead worker has none of it."""
log = structlog.get_logger(__name__)


class Phase(enum.Enum):
    """Where a worker stands."""

    WAITING = enum.auto()
    STARTING = enum.auto()
    READING = enum.auto()
    ENDED = enum.auto()


class Worker:
    """One worker as the daemon sees it, over all its lives."""

    def __init__(
        self, options: SensorOptions, source: SourceOptions, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        """``source`` is one of ``options.sources``."""
        self.source = source
        self.phase = Phase.WAITING
        self.restarts = 0
        self.counters: Counter[str] = Counter()
        """Since the daemon was started, over all lives."""
        self.fault: Exception | None = None
        """Why it will not be started again, if it ended for a fault."""
        self.fingerprint = ""
        self.link: Link | None = None
        self.incarnation = 0
        self._options = options.model_copy(update={"sources": (source,)})
        self._monotonic_s = monotonic_s
        self._process: subprocess.Popen[bytes] | None = None
        settings = options.workers
        retry = RetryOptions(first_s=settings.restart_first_s, max_s=settings.restart_max_s, jitter=False)
        self._backoff = Backoff(retry, lambda low, high: high)
        self._past: Counter[str] = Counter()
        self._due_s = self._started_s = self._heard_s = monotonic_s()
        self._deaths = 0
        self._stopping = False

    @property
    def is_alive(self) -> bool:
        """True while a process runs."""
        return self.link is not None

    @property
    def is_live(self) -> bool:
        """True for a worker on an interface."""
        return self.source.interface is not None

    @property
    def pid(self) -> int | None:
        """The process, while one runs."""
        return self._process.pid if self._process else None

    def start_if_due(self, signatures: Path) -> None:
        """Start a process that reads by the set in ``signatures``, if it is time to."""
        if self.phase is not Phase.WAITING or self._monotonic_s() < self._due_s or self._stopping:
            return
        self.phase, self._started_s = Phase.STARTING, self._monotonic_s()
        self._heard_s = self._started_s
        self.incarnation += 1
        self._process, self.link = _start()
        job = {"kind": "job", "options": self._options.model_dump_json(), "signatures": str(signatures)}
        self._send(job)

    def stop(self) -> None:
        """Ask it to close what is open and to end; one that waits for its next life ends now."""
        self._stopping = True
        if self.phase is Phase.WAITING:
            self.phase = Phase.ENDED
        self._send({"kind": "stop"})

    def reload(self, signatures: Path) -> None:
        """Ask it to go on by another set. One that is not alive gets it when it starts."""
        self._send({"kind": "reload", "signatures": str(signatures)})

    def receive(self) -> dict[str, Any] | None:
        """The next message; None when the process is gone, which is then settled."""
        if self.link is None:
            return None
        try:
            message = self.link.receive()
        except LinkClosedError:
            self._gone()
            return None
        self._heard_s = self._monotonic_s()
        self._take(message)
        return message

    def end_if_silent(self) -> None:
        """Kill one on an interface that hangs; its death is then settled like any other."""
        if self.is_alive and self.is_live and self._monotonic_s() - self._heard_s > SILENCE_S:
            log.error("worker.hangs", source=self.source.name, pid=self.pid, silent_s=SILENCE_S)
            self.kill()

    def kill(self) -> None:
        """End the process at once."""
        if self._process:
            self._process.kill()

    def close(self) -> None:
        """Let go of everything; for the end of the daemon."""
        if self._process:
            self.kill()
            self._reap()

    def _take(self, message: dict[str, Any]) -> None:
        if message["kind"] == "ready":
            self.phase = Phase.READING
        if message["kind"] in {"ready", "reloaded"}:
            self.fingerprint = str(message.get("fingerprint", ""))
        elif message["kind"] == "counted":
            self.counters = self._past.copy()
            self.counters.update({name: int(value) for name, value in message["counters"].items()})
        elif message["kind"] == "ended":
            self.phase = Phase.ENDED
        elif message["kind"] == "failed":
            self._refused(str(message.get("message")))

    def _refused(self, reason: str) -> None:
        """The worker itself said why it cannot go on: for a capture that is final, an interface may come back."""
        if not self.is_live:
            self.phase, self.fault = Phase.ENDED, CaptureError(reason)
        log.error("worker.failed", source=self.source.name, reason=reason)

    def _gone(self) -> None:
        status = self._reap()
        self._past = Counter({name: value for name, value in self.counters.items() if name not in GAUGES})
        self.counters = self._past.copy()
        if self.phase is Phase.ENDED and not (self.is_live and not self._stopping):
            return
        if self._stopping:
            self.phase = Phase.ENDED
            return
        self._die(status)

    def _die(self, status: int) -> None:
        name = self.source.name
        if self._monotonic_s() - self._started_s > STEADY_S:
            self._backoff.succeeded()
            self._deaths = 0
        self._deaths += 1
        if not self.is_live and self._deaths >= MAX_CAPTURE_DEATHS:
            self.phase = Phase.ENDED
            self.fault = CaptureError(
                f"{name}: its worker died {self._deaths} times, last with status {status}; "
                "look at the log before it, and report the capture"
            )
            return
        wait_s = self._backoff.failed()
        self.restarts += 1
        self.phase, self._due_s = Phase.WAITING, self._monotonic_s() + wait_s
        log.error("worker.died", source=name, status=status, restarts=self.restarts, next_try_s=round(wait_s, 1))

    def _reap(self) -> int:
        if self.link:
            self.link.close()
        self.link = None
        process, self._process = self._process, None
        if process is None:
            return 0
        try:
            return process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            # The link is closed but the process is not gone: it hangs on its way out.
            process.kill()
            return process.wait()

    def _send(self, message: dict[str, Any]) -> None:
        if self.link:
            try:
                self.link.send(message)
            except LinkClosedError:
                # Settled when its end is read.
                return


def _start() -> tuple[subprocess.Popen[bytes], Link]:
    ours, theirs = socket.socketpair()
    for bound in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        # A worker stopped in the middle of a message must not stop the daemon: its link then counts as closed.
        ours.setsockopt(socket.SOL_SOCKET, bound, struct.pack("ll", STUCK_S, 0))
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            # -P: what lies in the working directory must not be imported by a process that may run as root.
            [sys.executable, "-P", "-m", "sensor.daemon.member", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=2,
            env={name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE},
        )
    return process, Link(ours.detach())
