"""Is nothing lost and nothing doubled when processes of the office, or its database, die in the middle of work?"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kill9_support import MINEWATCH, Killable, Office, environment, minewatch
from postgres_server import USER, Server

from sensor.config.options import RetryOptions, SpoolOptions, UplinkOptions
from sensor.model.wire import Detection, digest_id
from sensor.sinks.courier import HttpCourier
from sensor.sinks.post import DETECTIONS
from sensor.sinks.spool import Spool
from sensor.sinks.uplink import Uplink

ROWS = 600
LEDGER_ROWS = 6_000
PATIENCE_S = 150.0
JOBS = ("judge-meters", "purge", "resolve", "verify", "verify-servers", "watch")


@dataclass
class Base:
    """The database that an office stands on, asked past the office."""

    folder: Path
    settings: str
    server: Server | None = None
    name: str = ""

    def connect(self) -> Any:
        if self.server is None:
            return sqlite3.connect(self.folder / "data" / "collector.sqlite3", timeout=60)
        return psycopg.connect(host=str(self.server.socket_dir), user=USER, dbname=self.name, autocommit=True)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(self.connect()) as database:
            rows: list[tuple[Any, ...]] = database.execute(query).fetchall()
            return rows

    def crash(self) -> None:
        """SIGKILL to one of PostgreSQL's processes: all are thrown out, and it recovers from its log."""
        if self.server is None:
            return
        busy = self.ask(f"SELECT pid FROM pg_stat_activity WHERE datname = '{self.name}' AND pid <> pg_backend_pid()")
        for (pid,) in busy[:1]:
            os.kill(pid, signal.SIGKILL)


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Base]:
    if request.param == "sqlite":
        yield Base(tmp_path, "")
        return
    server: Server = request.getfixturevalue("mortal_postgres")
    name = f"kill9_{os.getpid()}_{request.node.name[:20].replace('[', '_')}"
    admin = psycopg.connect(host=str(server.socket_dir), user=USER, dbname="postgres", autocommit=True)
    with closing(admin):
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}"')
    settings = f"database: {{engine: postgresql, name: {name}, user: {USER}, host: {server.socket_dir}}}\n"
    yield Base(tmp_path, settings, server, name)


class Bureau(Office):
    """An office on the database of the test."""

    def __init__(self, base: Base) -> None:
        self.base = base
        super().__init__(base.folder)

    def settings(self) -> str:
        return self.base.settings


def detections() -> list[Detection]:
    document = {
        "sensor": {"id": "s1"},
        "state": "closed",
        "first_seen": "2026-03-01T04:00:00Z",
        "last_seen": "2026-03-01T05:00:00Z",
        "miner": {"ip": "203.0.113.7", "port": 40000},
        "pool": {"ip": "198.51.100.9", "port": 3333},
        "transport": {"l4": "tcp"},
        "dialect": "stratum-v1",
        "verdict": "confirmed",
        "score": 95,
    }
    ids = [{"detection_id": digest_id("k9", n), "event_id": digest_id("k9-event", n)} for n in range(ROWS)]
    return [Detection.model_validate(document | one) for one in ids]


def test_ingest_survives_every_death(base: Base, tmp_path: Path) -> None:
    bureau = Bureau(base)
    bureau.server.start()
    bureau.wait_until_it_answers()
    token = (tmp_path / "token").read_text().strip()
    retry = RetryOptions(first_s=0.1, max_s=0.5, jitter=False)
    options = UplinkOptions(url=bureau.url, batch_rows=20, timeout_s=20.0, retry=retry)
    died: list[str] = []
    try:
        courier = HttpCourier(options, lambda: token, DETECTIONS, time.monotonic)
        with closing(courier), Spool(SpoolOptions(path=tmp_path / "spool.sqlite")) as spool:
            spool.put(detections())
            uplink = Uplink(options, spool, lambda: token, courier=courier)
            deadline_s = time.monotonic() + PATIENCE_S
            while spool.depth and time.monotonic() < deadline_s:
                time.sleep(uplink.step())
                _let_die(bureau, base, spool.counters.delivered, died)
            assert (spool.depth, spool.counters.refused) == (0, 0), bureau.server.tail()
    finally:
        bureau.server.kill()
    assert died == ["server", "database", "server"]
    told = base.ask("SELECT event_id FROM ingest_detection ORDER BY event_id")
    assert [event_id for (event_id,) in told] == sorted(one.event_id for one in detections())
    assert base.ask("SELECT sum(accepted) FROM ingest_batch") == [(ROWS,)]


def _let_die(bureau: Bureau, base: Base, delivered: int, died: list[str]) -> None:
    """The server, the database, the server: each once, at its share of the work."""
    if delivered >= ROWS * (len(died) + 1) // 4 and len(died) < 3:
        if len(died) == 1:
            base.crash()
        else:
            bureau.server.kill()
            bureau.server.start()
        died.append("database" if len(died) == 1 else "server")


def test_an_import_is_whole_or_not_at_all(base: Base, tmp_path: Path) -> None:
    bureau = Bureau(base)
    ledger = tmp_path / "ledger.csv"
    rows = (f"10.{n // 250}.{n % 250}.0/24,单位{n},2026-01-01" for n in range(LEDGER_ROWS))
    ledger.write_text("IP段,单位名称,启用时间\n" + "\n".join(rows), "utf-8")
    command = [*MINEWATCH, "collector", "--config", str(tmp_path / "collector.yaml"), "import", "line-ledger"]
    importing = Killable([*command, str(ledger)], tmp_path / "import.log")
    for wait_s in (0.8, 1.2, 1.6, 2.0):
        importing.start()
        time.sleep(wait_s)
        importing.kill()
        assert base.ask("SELECT count(*) FROM registry_ownershiprecord")[0][0] in (0, LEDGER_ROWS)
    done = subprocess.run(importing.command, capture_output=True, text=True, timeout=120, env=environment())
    assert done.returncode == 0 or "came in as batch" in done.stderr, done.stderr
    assert base.ask("SELECT count(*), count(DISTINCT network) FROM registry_ownershiprecord") == [
        (LEDGER_ROWS, LEDGER_ROWS)
    ]
    assert base.ask("SELECT count(*) FROM registry_importbatch") == [(1,)]
    bureau.server.kill()


def test_a_backup_comes_back_whole(base: Base, tmp_path: Path) -> None:
    bureau = Bureau(base)
    config = tmp_path / "collector.yaml"
    saved = tmp_path / "saved.backup"
    minewatch("collector", "--config", config, "backup", saved)
    assert saved.stat().st_mode & 0o077 == 0
    other = _empty(base, tmp_path / "other")
    minewatch("collector", "--config", other.folder / "collector.yaml", "restore", saved)
    minewatch("collector", "--config", other.folder / "collector.yaml", "verify")
    query = "SELECT sensor_id FROM ingest_sensor"
    assert other.ask(query) == base.ask(query) == [("s1",)]
    again = [*MINEWATCH, "collector", "--config", str(other.folder / "collector.yaml"), "restore", str(saved)]
    done = subprocess.run(again, capture_output=True, text=True, timeout=60, env=environment())
    assert (done.returncode, "nothing is replaced" in done.stderr) == (2, True)
    bureau.server.kill()


def _empty(base: Base, folder: Path) -> Base:
    """A second, empty database of the same make."""
    folder.mkdir()
    name, settings = f"{base.name}_2", base.settings.replace(f"name: {base.name}", f"name: {base.name}_2")
    if base.server is not None:
        with closing(base.connect()) as database:
            database.execute(f'CREATE DATABASE "{name}"')
    (folder / "collector.yaml").write_text(f"data_dir: {folder}/data\n{settings}")
    return Base(folder, settings, base.server, name)


def test_workers_share_and_do_each_job_once(base: Base, tmp_path: Path) -> None:
    bureau = Bureau(base)
    command = [*MINEWATCH, "collector", "--config", str(tmp_path / "collector.yaml"), "worker", "--once"]
    workers = [subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) for _ in range(3)]
    said = b"".join(one.communicate(timeout=120)[0] for one in workers).decode()
    did = sorted(line.partition(":")[0] for line in said.splitlines())
    assert sorted(set(did)) == sorted(JOBS), said
    # A slot may begin while they work; none has a job twice.
    assert [(kind,) for kind in did] == base.ask("SELECT kind FROM jobs_job ORDER BY kind, slot"), said
    assert base.ask("SELECT DISTINCT state FROM jobs_job") == [("done",)]
    bureau.server.kill()
