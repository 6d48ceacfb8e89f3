"""How does a worker process read its share of a source? ``python -m sensor.daemon.member FD``, started by the daemon.

It opens its source, gives up its privileges, and from then on only reads packets and speaks over its link. It holds no
token and no spool: whatever becomes of it, what was said before is safe.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import structlog

from sensor.behaviour.score import Scorer
from sensor.capture import CaptureFile
from sensor.capture.interface import InterfaceSource
from sensor.capture.privileges import drop_privileges, find_identity
from sensor.config.options import SensorOptions
from sensor.daemon.behaviour import limits_of, model_of
from sensor.daemon.link import Link, LinkClosedError
from sensor.daemon.logs import configure_logs
from sensor.daemon.source import count, open_source, packets_of, turns
from sensor.detect.pipeline import DetectOptions, Pipeline, build_program
from sensor.detect.warm import warm_up
from sensor.engine.api import EngineSession, Limits
from sensor.engine.select import choose_engine
from sensor.model.errors import MinewatchError
from sensor.model.garbage import settle
from sensor.model.wire import Detection, SensorRef
from sensor.signature import SignatureSet, load

COUNT_S = 0.5
"""How often a worker tells its counters, in seconds."""
log = structlog.get_logger(__name__)


def main() -> None:
    """Run until the source ends, the daemon says stop, or the daemon is gone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Signals to the whole group are meant for the daemon, which then says what to do.
        signal.signal(number, signal.SIG_IGN)
    link = Link(int(sys.argv[1]))
    try:
        _serve(link)
    except MinewatchError as fault:
        _tell(link, {"kind": "failed", "message": str(fault)})
    except LinkClosedError:
        sys.exit(1)


def _serve(link: Link) -> None:
    job = link.receive()
    options = SensorOptions.model_validate_json(job["options"], strict=True)
    configure_logs(options.log)
    (source,) = options.sources
    signatures = load(Path(job["signatures"]))
    warm_up()
    settle()
    with open_source(source) as packets:
        member = Member(link, options, signatures, packets)
        _lose_privileges(options, live=source.interface is not None)
        member.run()


def _lose_privileges(options: SensorOptions, *, live: bool) -> None:
    """Before any thread starts. A worker of root that may not change to another user keeps on as it is, and says so."""
    user = options.workers.user
    if user is None and os.geteuid() == 0:
        if live:
            log.warning("worker.is_root", advice="set workers.user, so that packets are not parsed by root")
        return
    drop_privileges(find_identity(user) if user else None)


class Member:
    """One worker: its engine session, its pipeline, and what the daemon asks of it."""

    def __init__(
        self, link: Link, options: SensorOptions, signatures: SignatureSet, packets: CaptureFile | InterfaceSource
    ) -> None:
        self._link = link
        self._packets = packets
        (self._source,) = options.sources
        self._limits = Limits(**options.limits.model_dump())
        self._signatures = signatures
        self._stop = threading.Event()
        self._fresh: queue.SimpleQueue[SignatureSet | str] = queue.SimpleQueue()
        engine = choose_engine(os.environ)
        paced = packets_of(self._source, packets, self._stop)
        model = model_of(options.behaviour)
        self._behaviour = limits_of(options.behaviour)
        self._session: EngineSession = engine.open(build_program(signatures, self._limits, self._behaviour), paced)
        self._pipeline = Pipeline(
            signatures,
            sensor=SensorRef(id=options.sensor.id, site=options.sensor.site),
            options=DetectOptions(home_networks=options.home_networks, **options.detect.model_dump()),
            limits=self._limits,
            scorer=Scorer(model, options.behaviour.max_records) if model else None,
        )

    def run(self) -> None:
        """Read to the end. Raises :class:`LinkClosedError` when the daemon is gone."""
        self._link.send({"kind": "ready", "fingerprint": self._signatures.fingerprint})
        threading.Thread(target=self._obey, daemon=True).start()
        next_count_s = time.monotonic() + COUNT_S
        for statements in turns(self._source, self._session, self._pipeline, self._stop):
            self._say(statements)
            if not self._fresh.empty():
                self._adopt(self._fresh.get())
            if time.monotonic() >= next_count_s:
                next_count_s = time.monotonic() + COUNT_S
                self._count()
        self._count()
        self._link.send({"kind": "ended", "damage": self._packets.damage, "stopped": self._stop.is_set()})

    def _say(self, statements: list[Detection]) -> None:
        if statements:
            self._link.send({"kind": "said", "detections": [one.to_json() for one in statements]})

    def _count(self) -> None:
        self._link.send({"kind": "counted", "counters": count(self._session, self._pipeline, self._packets)})

    def _obey(self) -> None:
        """Hear the daemon, in a thread: a signature set is read here while packets go on being read there."""
        try:
            while (command := self._link.receive())["kind"] != "stop":
                if command["kind"] == "reload":
                    self._fresh.put(_loaded(command["signatures"]))
        except LinkClosedError:
            pass
        self._stop.set()
        if isinstance(self._packets, InterfaceSource):
            self._packets.stop()

    def _adopt(self, fresh: SignatureSet | str) -> None:
        """Between two batches: the engine first, which may refuse, then what judges by the same set."""
        if isinstance(fresh, SignatureSet):
            try:
                self._session.use(build_program(fresh, self._limits, self._behaviour))
            except MinewatchError as fault:
                fresh = str(fault)
            else:
                self._pipeline.use(fresh)
                self._signatures = fresh
        reason = fresh if isinstance(fresh, str) else None
        self._link.send({"kind": "reloaded", "fingerprint": self._signatures.fingerprint, "fault": reason})


def _loaded(folder: str) -> SignatureSet | str:
    """The set in a folder, or why it cannot be had."""
    try:
        return load(Path(folder))
    except (MinewatchError, OSError) as fault:
        return str(fault)


def _tell(link: Link, message: dict[str, Any]) -> None:
    try:
        link.send(message)
    except LinkClosedError:
        sys.exit(1)


if __name__ == "__main__":
    main()
