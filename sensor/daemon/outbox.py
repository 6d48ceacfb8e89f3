"""Where does what was found go: which queues and sinks are there, and in which order do they end?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict

import structlog

from sensor.config.options import SensorOptions, SpoolOptions, UplinkOptions
from sensor.daemon.board import QueueBoard
from sensor.daemon.pseudonym import without_accounts
from sensor.daemon.thread import Background
from sensor.model.heartbeat import Heartbeat
from sensor.model.wire import Detection
from sensor.sinks.courier import open_bus
from sensor.sinks.jsonl import JsonlSink
from sensor.sinks.post import DETECTIONS, HEARTBEATS
from sensor.sinks.spool import Spool
from sensor.sinks.uplink import Uplink

GRACE_S = 5.0
"""How much longer than its flush time an uplink may take to end, in seconds."""
log = structlog.get_logger(__name__)


class Outbox:
    """The sinks of one sensor. Opening raises :class:`~sensor.model.errors.SpoolError`."""

    def __init__(
        self,
        options: SensorOptions,
        token: Callable[[], str | None],
        stack: ExitStack,
        on_end: Callable[[], object],
        *,
        account_key: bytes | None = None,
        retry_refused: bool = False,
    ) -> None:
        """Everything opened here is closed by ``stack``; ``on_end`` is called when an uplink's thread ends.
        With ``account_key`` no account gets any further than here."""
        self._options = options
        self._account_key = account_key
        self._deliveries: list[Callable[[list[Detection]], object]] = []
        self._spool: Spool | None = None
        self._heartbeats: Spool | None = None
        self._uplinks: list[tuple[Uplink, Background]] = []
        if options.jsonl:
            self._deliveries.append(stack.enter_context(JsonlSink(options.jsonl)).write)
        if options.uplink:
            self._open_spools(options, stack, retry_refused=retry_refused)
            self._start_uplinks(options.uplink, token, on_end)

    def deliver(self, detections: list[Detection]) -> None:
        """Bring statements to safety. Raises :class:`~sensor.model.errors.SpoolError` when the disk is in the way."""
        if (key := self._account_key) is not None:
            detections = [without_accounts(one, key) for one in detections]
        if detections:
            for deliver in self._deliveries:
                deliver(detections)

    def beat(self, heartbeat: Heartbeat) -> None:
        """Queue a heartbeat, where there is a collector to tell."""
        if self._heartbeats:
            self._heartbeats.put([heartbeat])

    @property
    def fault(self) -> BaseException | None:
        """What an uplink died of, if one did."""
        return next((thread.fault for _, thread in self._uplinks if thread.fault), None)

    @property
    def is_drained(self) -> bool:
        """True when every statement was delivered or refused."""
        return all(not thread.is_alive() for _, thread in self._uplinks[:1])

    @property
    def heartbeats_waiting(self) -> int:
        """Heartbeats not delivered yet."""
        return self._heartbeats.depth if self._heartbeats else 0

    def drain(self) -> None:
        """Nothing more will come: let the uplink end once all statements are delivered, however long that takes."""
        for uplink, _ in self._uplinks[:1]:
            uplink.drain()

    def stop(self) -> None:
        """End within the flush time; what is not delivered stays in the spool."""
        for uplink, _ in self._uplinks:
            uplink.stop()
        for _, thread in self._uplinks:
            thread.join((self._options.uplink.flush_s if self._options.uplink else 0.0) + GRACE_S)

    def board(self) -> QueueBoard | None:
        """How the queue of statements stands; None without an uplink."""
        if self._spool is None:
            return None
        uplink = self._uplinks[0][0].counters
        return QueueBoard(self._spool.depth, self._spool.bytes, self._spool.age_s, self._spool.counters, uplink)

    def facts(self) -> dict[str, object]:
        """The same for a line of the log."""
        queue = self.board()
        if queue is None:
            return {}
        told = {"waiting": queue.depth, "waiting_bytes": queue.size_bytes, "oldest_s": round(queue.age_s, 1)}
        return {**told, "spool": asdict(queue.spool), "uplink": asdict(queue.uplink)}

    def _open_spools(self, options: SensorOptions, stack: ExitStack, *, retry_refused: bool) -> None:
        self._spool = stack.enter_context(Spool(options.spool))
        self._heartbeats = stack.enter_context(Spool(heartbeat_spool(options)))
        for spool, path in ((self._spool, options.spool.path), (self._heartbeats, heartbeat_spool(options).path)):
            if spool.set_aside:
                log.error("spool.damaged", set_aside=str(spool.set_aside), started_fresh=str(path))
        if retry_refused:
            log.info("spool.retry_refused", rows=self._spool.retry_refused())
        self._deliveries.append(self._spool.put)

    def _start_uplinks(
        self, options: UplinkOptions, token: Callable[[], str | None], on_end: Callable[[], object]
    ) -> None:
        for spool, path in ((self._spool, DETECTIONS), (self._heartbeats, HEARTBEATS)):
            if spool:
                kind = path.rpartition("/")[2]
                courier = open_bus(options, token, self._options.sensor.id, kind)
                uplink = Uplink(options, spool, token, path=path, courier=courier)
                thread = Background(f"uplink {path}", uplink.run, on_end)
                self._uplinks.append((uplink, thread))
                thread.start()


def heartbeat_spool(options: SensorOptions) -> SpoolOptions:
    """The queue of heartbeats: beside the spool, and so small that it never takes room from it."""
    path = options.spool.path.with_name(f"{options.spool.path.stem}.heartbeats{options.spool.path.suffix}")
    rows = options.heartbeat.max_rows
    return SpoolOptions(path=path, max_rows=rows, max_delivered_ids=rows, max_refused=rows)
