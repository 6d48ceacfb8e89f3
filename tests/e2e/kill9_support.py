"""A sensor and a collector as real processes that can be killed at any moment and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

PATIENCE_S = 60.0
MINEWATCH = [sys.executable, "-m", "sensor.cli.main"]


def environment() -> dict[str, str]:
    """The test's own Django settings must not reach the processes."""
    return {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}


def minewatch(*args: object) -> None:
    """Run one command to its end; it must succeed."""
    done = subprocess.run(
        [*MINEWATCH, *map(str, args)], capture_output=True, text=True, timeout=PATIENCE_S, env=environment()
    )
    assert done.returncode == 0, done.stderr


@dataclass
class Killable:
    """A process group that starts over after every kill."""

    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    kills: int = 0

    def start(self) -> None:
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env=environment(), start_new_session=True
            )

    def kill(self) -> None:
        """SIGKILL to the whole group: nobody gets a chance to tidy up."""
        if self.process:
            running = self.process.poll() is None
            self.kills += running
            if running:
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE_S)

    def tail(self) -> str:
        """The end of its log, for a message."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Office:
    """A collector with its own data, and the token of the sensor ``s1``."""

    folder: Path
    port: int = field(init=False)
    server: Killable = field(init=False)

    def __post_init__(self) -> None:
        config = self.folder / "collector.yaml"
        config.write_text(f"data_dir: {self.folder}/data\n{self.settings()}")
        minewatch("collector", "--config", config, "migrate")
        minewatch("collector", "--config", config, "enroll-sensor", "s1", "--token-file", self.folder / "token")
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [*MINEWATCH, "collector", "--config", str(config), "serve", "--port", str(self.port)]
        self.server = Killable(command, self.folder / "collector.log")

    def settings(self) -> str:
        """Further lines of its configuration."""
        return ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_it_answers(self) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            try:
                httpx.get(f"{self.url}/api/v1/openapi.json", timeout=5)
                return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.server.tail())

    def rows(self) -> list[dict[str, Any]]:
        """Every detection in the database, as it was stated."""
        return [json.loads(body) for (body,) in self._ask("SELECT body FROM ingest_detection")]

    def count(self, table: str = "ingest_detection") -> int:
        count: int = self._ask(f"SELECT count(*) FROM {table}")[0][0]
        return count

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "data" / "collector.sqlite3")) as database:
            return database.execute(query).fetchall()


def write_sensor_config(path: Path, capture: Path, sink: dict[str, Any], pace: str = "as-fast-as-possible") -> Path:
    document = {
        "sensor": {"id": "s1", "site": "探针一"},
        "sources": [{"capture": str(capture), "pace": pace}],
        "detect": {"update_interval_s": 60},
        "spool": {"path": "spool.sqlite"},
        **sink,
    }
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def events(log: Path, name: str) -> list[dict[str, Any]]:
    """The lines of a sensor's log with this event."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    entries = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
    return [entry for entry in entries if entry["event"] == name]
