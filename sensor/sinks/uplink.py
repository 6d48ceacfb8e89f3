"""How do detections and heartbeats get from the spool to the collector, each one, however often either side falls over?

At least once from here, exactly once at the collector: a row leaves the spool only after the collector's receipt, and
the collector knows a row it has by its ``event_id``.
"""

from __future__ import annotations

import enum
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import structlog

from sensor.config.options import UplinkOptions
from sensor.sinks.backoff import Backoff
from sensor.sinks.courier import Courier, HttpCourier
from sensor.sinks.post import DETECTIONS, Answer, Kind, Receipt
from sensor.sinks.spool import Refusal, Spool, SpoolRow

IDLE_S = 0.2
"""How often an empty spool is looked at again, in seconds."""
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class UplinkCounters:
    """What the uplink did since it was started."""

    requests: int = 0
    accepted: int = 0
    duplicates: int = 0
    """Rows the collector had already: the receipt of an earlier try was lost."""
    refused: int = 0
    failures: int = 0
    """Requests without a usable answer; their rows stay in the spool."""


class Phase(enum.Enum):
    """What the uplink is to do when the spool is empty, and for how long."""

    RUNNING = enum.auto()
    """Wait for more."""
    DRAINING = enum.auto()
    """No more will come: end when the spool is empty, however long that takes."""
    STOPPING = enum.auto()
    """End when the spool is empty or the flush time is over."""


class Uplink:
    """The loop that delivers; run it in a thread of its own, steer it with :meth:`drain` and :meth:`stop`."""

    def __init__(
        self,
        options: UplinkOptions,
        spool: Spool,
        token: Callable[[], str | None],
        *,
        path: str = DETECTIONS,
        courier: Courier | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        """``token`` is asked before every request; ``courier`` carries it, HTTP unless another is given.
        ``pause`` waits at most so many seconds, and less after a stop."""
        self.counters = UplinkCounters()
        self._options = options
        self._spool = spool
        self._monotonic_s = monotonic_s
        self._backoff = Backoff(options.retry, uniform)
        self._woken = threading.Event()
        self._pause = pause or self._wait
        self._courier = courier or HttpCourier(options, token, path, monotonic_s)
        self._batch_rows = options.batch_rows
        self._phase = Phase.RUNNING
        self._deadline_s = float("inf")

    def run(self) -> None:
        """Deliver until told otherwise. Raises :class:`~sensor.model.errors.SpoolError` when the spool breaks."""
        with closing(self._courier):
            while not self._finished():
                self._pause(min(self.step(), self._left_s()))

    def drain(self) -> None:
        """Nothing more will be put into the spool: end once all is delivered."""
        if self._phase is Phase.RUNNING:
            self._phase = Phase.DRAINING

    def stop(self) -> None:
        """End soon: deliver what can be delivered within the flush time, leave the rest in the spool."""
        if self._phase is not Phase.STOPPING:
            self._deadline_s = self._monotonic_s() + self._options.flush_s
            self._phase = Phase.STOPPING
            self._woken.set()

    def step(self) -> float:
        """Send one batch, in parts if need be; answer how long to wait before the next one, in seconds."""
        rows = self._spool.oldest(self._batch_rows, self._options.batch_bytes)
        if not rows:
            return IDLE_S
        failed = self._send(rows)
        if failed is None:
            self._backoff.succeeded()
            return 0.0
        wait_s = max(self._backoff.failed(), min(failed.retry_after_s, self._options.retry.max_s))
        log.warning("uplink.failed", reason=failed.reason, waiting=self._spool.depth, next_try_s=round(wait_s, 1))
        return wait_s

    def _send(self, rows: Sequence[SpoolRow]) -> Answer | None:
        """Settle every row, or answer what is in the way."""
        if self._left_s() <= 0:
            return Answer(Kind.LATER, "stopping")
        self.counters.requests += 1
        timeout_s = max(0.1, min(self._options.timeout_s, self._left_s()))
        answer = self._courier.send(rows, timeout_s)
        if answer.kind is Kind.TAKEN and answer.receipt:
            self._settle(rows, answer.receipt)
            return None
        if answer.kind is Kind.LATER:
            self.counters.failures += 1
            return answer
        if answer.kind is Kind.TOO_LARGE:
            self._batch_rows = max(1, len(rows) // 2)
        if len(rows) == 1:
            self._refuse([Refusal(rows[0].event_id, answer.reason)])
            return None
        half = len(rows) // 2
        return self._send(rows[:half]) or self._send(rows[half:])

    def _settle(self, rows: Sequence[SpoolRow], receipt: Receipt) -> None:
        reasons = {rejected.row: rejected.reason for rejected in receipt.rejected}
        taken = [row.event_id for number, row in enumerate(rows, 1) if number not in reasons]
        self._spool.delivered(taken)
        self.counters.accepted += receipt.accepted
        self.counters.duplicates += receipt.duplicates
        if self._batch_rows < self._options.batch_rows:
            self._batch_rows = min(self._options.batch_rows, self._batch_rows + max(1, self._batch_rows // 8))
        log.debug("uplink.delivered", rows=len(taken), batch=receipt.batch, waiting=self._spool.depth)
        if reasons:
            self._refuse([Refusal(rows[number - 1].event_id, reason) for number, reason in reasons.items()])

    def _refuse(self, refusals: Sequence[Refusal]) -> None:
        self._spool.refused(refusals)
        self.counters.refused += len(refusals)
        first = refusals[0]
        log.error("uplink.refused", rows=len(refusals), first_event_id=first.event_id, first_reason=first.reason)

    def _finished(self) -> bool:
        if self._phase is Phase.RUNNING:
            return False
        return self._spool.depth == 0 or self._left_s() <= 0

    def _left_s(self) -> float:
        return max(0.0, self._deadline_s - self._monotonic_s())

    def _wait(self, seconds: float) -> None:
        if self._woken.wait(seconds):
            self._woken.clear()
