"""A daemon under test: started in a thread, watched through its log and its status address."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from sensor.config import parse
from sensor.daemon.plan import prepare
from sensor.daemon.supervisor import Signals, run

PATIENCE_S = 20.0


@dataclass
class Running:
    """A running daemon, and what it said."""

    folder: Path
    log: list[Any]
    asked: Signals = field(default_factory=Signals)
    fault: list[BaseException] = field(default_factory=list)

    def wait(self, holds: Callable[[], Any], what: str = "") -> Any:
        """Until ``holds`` answers something true; that."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not (found := holds()):
            assert time.monotonic() < deadline_s, f"{what}: {self.log[-5:]}"
            time.sleep(0.02)
        return found

    def events(self, name: str) -> list[dict[str, Any]]:
        """Lines of the log so called."""
        return [entry for entry in list(self.log) if entry["event"] == name]

    def heard(self, name: str, times: int = 1) -> dict[str, Any]:
        """The line of the log so called, once it was written so many times."""
        return self.wait(lambda: len(self.events(name)) >= times and self.events(name)[times - 1], name)

    def get(self, path: str) -> httpx.Response:
        """Ask its status address."""
        port = self.heard("status.listening")["port"]
        return httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False)

    def metric(self, line: str) -> float:
        """The value behind ``name{labels}``; -1 where it is not there."""
        rows = [row for row in self.get("/metrics").text.splitlines() if row.startswith(line + " ")]
        return float(rows[0].rsplit(" ", 1)[1]) if rows else -1.0

    def lines(self) -> list[dict[str, Any]]:
        """Every statement in its file of JSON lines."""
        out = self.folder / "out.jsonl"
        return [json.loads(row) for row in out.read_text().splitlines()] if out.exists() else []


@contextmanager
def daemon(
    folder: Path, log: list[Any], document: dict[str, Any], environ: dict[str, str] | None = None
) -> Iterator[Running]:
    """Run one until the block ends; what it raised is in ``fault``."""
    base = {
        "sensor": {"id": "s1"},
        "jsonl": {"path": "out.jsonl"},
        "status": {"port": 0},
        "spool": {"path": "s.sqlite"},
    }
    options = parse(json.dumps({**base, **document}), folder / "sensor.yaml")
    running = Running(folder, log)

    def work() -> None:
        try:
            run(prepare(options, environ or {}), running.asked)
        except BaseException as fault:
            running.fault.append(fault)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield running
    finally:
        running.asked.stop.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
