"""Is a list frozen whole or not at all, and once, though its writer, a backend or the whole server is killed?"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kill9_support import MINEWATCH, PATIENCE_S, Killable, environment, minewatch
from postgres_server import USER, Server, binaries, revived

ROWS = 600
LEDGER_ROWS = 20_000
SEED = Path(__file__).parent / "freeze_seed.py"
_BUSY = (
    "SELECT pid FROM pg_stat_activity WHERE datname = 'office' AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
)


@dataclass
class Desk:
    """An office's configuration, and its database asked past the office."""

    config: Path
    server: Server | None

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as database:
            rows: list[tuple[Any, ...]] = database.execute(query).fetchall()
            return rows

    def count(self, table: str) -> int:
        return int(self.ask(f"SELECT count(*) FROM {table}")[0][0])

    def run(self, *words: object) -> None:
        minewatch("collector", "--config", self.config, *words)

    def killable(self, *words: str) -> Killable:
        command = [*MINEWATCH, "collector", "--config", str(self.config), *words]
        return Killable(command, self.config.parent / "killed.log")

    def kill_backend(self) -> None:
        """SIGKILL to a backend in the middle of a transaction: the server throws everybody out and recovers."""
        assert self.server is not None
        for (pid,) in until(lambda: self.ask(_BUSY))[:1]:
            os.kill(pid, signal.SIGKILL)

    def kill_server(self) -> None:
        """SIGKILL to the postmaster; then the server is started again on the same data."""
        folder = binaries()
        assert self.server is not None
        assert folder is not None
        self.server = revived(folder, self.server)

    def _connect(self) -> Any:
        if self.server is None:
            return sqlite3.connect(self.config.parent / "data" / "collector.sqlite3", timeout=60)
        give_up_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                return psycopg.connect(host=str(self.server.socket_dir), user=USER, dbname="office", autocommit=True)
            except psycopg.OperationalError:  # it recovers
                assert time.monotonic() < give_up_s
                time.sleep(0.05)


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """An office of its own; PostgreSQL with a server of its own, which may be killed."""
    config = tmp_path / "collector.yaml"
    settings = f"data_dir: {tmp_path}/data\n"
    if request.param == "sqlite":
        config.write_text(settings)
        yield _ready(Desk(config, None))
        return
    server: Server = request.getfixturevalue("mortal_postgres")
    with closing(psycopg.connect(host=str(server.socket_dir), user=USER, dbname="postgres", autocommit=True)) as one:
        one.execute("CREATE DATABASE office")
    where = f"database: {{engine: postgresql, name: office, user: {USER}, host: {server.socket_dir}}}\n"
    config.write_text(settings + where)
    yield _ready(Desk(config, server))


def _ready(desk: Desk) -> Desk:
    desk.run("migrate")
    return desk


def until(found: Callable[[], Any]) -> Any:
    give_up_s = time.monotonic() + PATIENCE_S
    while not (result := found()):
        assert time.monotonic() < give_up_s
        time.sleep(0.002)
    return result


def _grown(desk: Desk, table: str, rows: int, killed: Killable) -> None:
    """Wait until so many rows stand there; a run that ends by itself ends the wait."""
    until(lambda: desk.count(table) >= rows or not killed.is_running)


def _whole(desk: Desk) -> None:
    """Every list there is has all its rows, and every chain holds."""
    there = "(SELECT count(*) FROM lists_listrow WHERE issue_id = i.id)"
    torn = f"SELECT number FROM lists_listissue i WHERE row_count <> {there}"
    assert desk.ask(torn) == []
    desk.run("verify")


def test_a_list_is_frozen_whole_and_once(desk: Desk, tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SEED), str(desk.config), str(ROWS)], check=True, env=environment(), timeout=120)
    freezing = desk.killable("lists", "freeze", "--week", "2026-W10", "--division", "330400", "-o", str(tmp_path / "o"))
    progress = (("resolve_attribution", 1), ("cases_leadsession", ROWS // 2), ("cases_leadsession", ROWS))
    for table, rows in progress:
        freezing.start()
        _grown(desk, table, rows, freezing)
        freezing.kill()
        _whole(desk)
    if desk.server is not None:
        for die in (desk.kill_backend, desk.kill_server):
            freezing.start()
            until(lambda: desk.ask(_BUSY) or not freezing.is_running)
            if freezing.is_running:
                die()
            assert freezing.process is not None
            freezing.process.wait(PATIENCE_S)
            _whole(desk)
    for _ in range(2):
        desk.run("lists", "freeze", "--week", "2026-W10", "--division", "330400", "-o", tmp_path / "o")
    assert desk.ask("SELECT version, row_count FROM lists_listissue") == [(1, ROWS)]
    assert desk.count("lists_listrow") == desk.count("cases_leadsession") == desk.count("cases_lead") == ROWS
    assert desk.ask("SELECT count(*) FROM resolve_attribution WHERE is_current") == [(ROWS,)]
    _whole(desk)


@pytest.mark.parametrize("desk", ["postgresql"], indirect=True)  # SQLite has no server
def test_an_import_outlives_backend_and_server(desk: Desk, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.csv"
    rows = (f"10.{n // 250}.{n % 250}.0/24,单位{n},2026-01-01" for n in range(LEDGER_ROWS))
    ledger.write_text("IP段,单位名称,启用时间\n" + "\n".join(rows), "utf-8")
    importing = desk.killable("import", "line-ledger", str(ledger))
    for die in (desk.kill_backend, desk.kill_server):
        importing.start()
        until(lambda: desk.ask(_BUSY))
        die()
        assert importing.process is not None
        assert importing.process.wait(PATIENCE_S) == 2, importing.tail()
        assert "Traceback" not in importing.tail()
        assert (desk.count("registry_ownershiprecord"), desk.count("registry_importbatch")) == (0, 0)
    desk.run("import", "line-ledger", ledger)
    assert (desk.count("registry_ownershiprecord"), desk.count("registry_importbatch")) == (LEDGER_ROWS, 1)
    desk.run("verify")
