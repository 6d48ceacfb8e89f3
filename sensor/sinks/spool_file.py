"""How is the spool's file opened, locked, checked, and set aside when it is damaged?"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sensor.model.errors import SpoolError

APPLICATION_ID = 0x4D577370
"""``MWsp`` in the file header: tells a spool from any other SQLite database."""
SCHEMA_VERSION = 1
SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE waiting (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE, queued_at_ns INTEGER NOT NULL,
    line TEXT NOT NULL);
CREATE TABLE delivered (seq INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE);
CREATE TABLE refused (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE, reason TEXT NOT NULL,
    refused_at_ns INTEGER NOT NULL, line TEXT NOT NULL);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""
TABLES = {"waiting", "delivered", "refused", "counters"}
WAL_BYTES = 67_108_864
"""The write-ahead log is cut back to this after a checkpoint."""


class _DamagedError(Exception):
    """The file is a spool no more; it goes aside."""


@dataclass(slots=True)
class SpoolFile:
    """An open, locked, sound spool file."""

    path: Path
    db: sqlite3.Connection
    lock: IO[str]
    set_aside: Path | None = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything or nothing; on the disk when it ends."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the database, then let go of the lock."""
        self.db.close()
        self.lock.close()


def open_spool_file(path: Path, now_ns: Callable[[], int]) -> SpoolFile:
    """Lock and open the spool at ``path``, creating it and its folder if need be.

    Raises :class:`SpoolError` when it is locked, cannot be used, or belongs to something else.
    """
    lock = _locked(path)
    set_aside = None
    try:
        try:
            return SpoolFile(path, _opened(path), lock)
        except _DamagedError:
            set_aside = _move_aside(path, now_ns())
            return SpoolFile(path, _opened(path), lock, set_aside)
    except (sqlite3.Error, OSError, _DamagedError) as error:
        lock.close()
        raise SpoolError(f"{path}: the spool cannot be opened ({error}); mend its folder or spool.path") from error
    except SpoolError:
        lock.close()
        raise


def _locked(path: Path) -> IO[str]:
    """The lock file, held until it is closed or the process dies, however it dies."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = lock_path.open("a+", encoding="ascii")
    except OSError as error:
        advice = "create the folder for the sensor's user or mend spool.path"
        raise SpoolError(f"{lock_path}: cannot be written ({error.strerror}); {advice}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read(20).strip() or "unknown"
        lock.close()
        advice = "stop it, or give this sensor its own spool.path"
        raise SpoolError(f"{path}: is in use by another process (pid {holder}); {advice}") from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _opened(path: Path) -> sqlite3.Connection:
    # Who mines where is nobody else's to read; SQLite gives the files beside it the same permissions.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
    try:
        _identified(path, db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        if _header(db, "user_version") == 0:
            db.executescript(SCHEMA)
        _check_sound(db)
    except BaseException as error:
        db.close()
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            raise _DamagedError(str(error)) from error
        raise
    return db


def _identified(path: Path, db: sqlite3.Connection) -> None:
    """Ours, or new and empty; anything else is left untouched."""
    application, version = _header(db, "application_id"), _header(db, "user_version")
    if application != APPLICATION_ID and db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise SpoolError(f"{path}: is a database, but no Minewatch spool; give another spool.path")
    if version > SCHEMA_VERSION:
        raise SpoolError(
            f"{path}: was written by a newer release (schema {version}); upgrade, or give another spool.path"
        )


def _check_sound(db: sqlite3.Connection) -> None:
    names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not names >= TABLES:
        raise _DamagedError(f"without {', '.join(sorted(TABLES - names))}")
    if (verdict := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise _DamagedError(verdict)


def _header(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _move_aside(path: Path, now_ns: int) -> Path:
    stamp = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    return aside
