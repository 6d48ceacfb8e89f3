"""How is the whole database kept elsewhere, and brought back? By the means of the database itself, while it works."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connection

from collector.faults import CollectorError

PATIENCE_S = 6 * 3_600
_PAGES_AT_ONCE = 4_096


def backup(target: Path) -> int:
    """Write a consistent copy to ``target`` (0600), whole or not at all; answers its size in bytes."""
    if target.exists():
        raise CollectorError(f"{target}: is there already; choose another name, a backup replaces nothing")
    partial = target.with_name(target.name + ".partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        (_dump_postgres if connection.vendor == "postgresql" else _copy_sqlite)(partial)
        partial.replace(target)
    except OSError as fault:
        raise CollectorError(f"{target}: cannot be written: {fault.strerror}; choose another place") from None
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size


def restore(source: Path) -> None:
    """Bring a backup back into the configured database, which must be empty of tables; raises ``CollectorError``."""
    if not source.is_file():
        raise CollectorError(f"{source}: is no file; name a backup")
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
    if names:
        raise CollectorError(f"database: holds {len(names)} tables; restore into an empty one, nothing is replaced")
    (_load_postgres if connection.vendor == "postgresql" else _load_sqlite)(source)


def _copy_sqlite(target: Path) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy, pages=_PAGES_AT_ONCE)
        _check(copy, target)


def _load_sqlite(source: Path) -> None:
    # Read only: opening must not make a journal beside somebody's backup.
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as copy:
        _check(copy, source)
        connection.ensure_connection()
        copy.backup(connection.connection, pages=_PAGES_AT_ONCE)


def _check(database: sqlite3.Connection, path: Path) -> None:
    try:
        (said,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as fault:
        said = str(fault)
    if said != "ok":
        raise CollectorError(f"{path}: is no sound SQLite database ({said}); take another backup")


def _dump_postgres(target: Path) -> None:
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])


def _load_postgres(source: Path) -> None:
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    connection.close()
    _run(["pg_restore", *options, f"--dbname={connection.settings_dict['NAME']}", str(source)])


def _run(command: list[str]) -> None:
    """A program of PostgreSQL's; address and password are in its environment, where no list of processes shows them."""
    known: dict[str, Any] = connection.settings_dict
    names = {"PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
    where = {name: str(known[key]) for name, key in names.items() if known.get(key)}
    program = shutil.which(command[0])
    if program is None:
        raise CollectorError(
            f"{command[0]}: is not there; install PostgreSQL's client programs, not older than the server"
        )
    done = subprocess.run(  # noqa: S603  # our own words and the operator's file name
        [program, *command[1:]], env=os.environ | where, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    if done.returncode:
        raise CollectorError(f"{command[0]}: {' '.join(done.stderr.split())[:500]}; mend that and try again")
