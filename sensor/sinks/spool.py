"""How do detections survive a crash, a full disk quota and a collector that is away?

A queue in one SQLite file: write-ahead log, every commit on the disk before it counts. What was put and not yet
delivered is there after ``kill -9``. Bounded: when it is full the oldest waiting rows make room, and are counted.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sensor.config.options import SpoolOptions
from sensor.model.closing import Closing
from sensor.model.errors import SpoolError
from sensor.sinks.spool_file import SpoolFile, open_spool_file


class Record(Protocol):
    """What can be queued: a detection or a heartbeat."""

    @property
    def event_id(self) -> str:
        """The key under which the collector knows it."""

    def to_json(self) -> str:
        """The line that goes over the wire."""


@dataclass(frozen=True, slots=True)
class SpoolRow:
    """A waiting detection: its place in the queue, its id, and the line that goes over the wire."""

    seq: int
    event_id: str
    line: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A detection the collector will never take, and why."""

    event_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused detection as it is kept: with the line as it was sent."""

    event_id: str
    reason: str
    line: str


@dataclass(frozen=True, slots=True)
class SpoolCounters:
    """What happened since the spool file was started; all survive a restart, like the rows themselves."""

    queued: int = 0
    repeated: int = 0
    """Put again although they wait, were delivered or were refused: a replay, not a fault."""
    delivered: int = 0
    refused: int = 0
    retried: int = 0
    """Refused rows that were queued once more."""
    spool_dropped: int = 0
    """Oldest waiting rows that made room in a full spool. Anything but 0 is lost work: look at the uplink."""
    refused_forgotten: int = 0


class Spool(Closing):
    """The queue. Safe for use from several threads of one process; a second process is turned away.

    Every method that writes raises :class:`SpoolError` when the disk does not take it; nothing is then half done.
    """

    def __init__(self, options: SpoolOptions, now_ns: Callable[[], int] = time.time_ns) -> None:
        """Open or create the spool at ``options.path``.

        A damaged file is moved aside (see :attr:`set_aside`) and a fresh one started; :class:`SpoolError` says when
        the file is in use, cannot be written, or is something else than a spool.
        """
        self._limits = options
        self._now_ns = now_ns
        self._lock = threading.RLock()
        self._file: SpoolFile = open_spool_file(options.path, now_ns)
        row = self._file.db.execute(
            "SELECT count(*), coalesce(sum(length(CAST(line AS BLOB))), 0) FROM waiting"
        ).fetchone()
        self._depth, self._bytes = int(row[0]), int(row[1])

    @property
    def set_aside(self) -> Path | None:
        """Where the damaged predecessor of this spool was moved, or None when there was none."""
        return self._file.set_aside

    @property
    def depth(self) -> int:
        """Waiting detections."""
        return self._depth

    @property
    def bytes(self) -> int:
        """JSON text of the waiting detections, in bytes."""
        return self._bytes

    @property
    def age_s(self) -> float:
        """How long the oldest waiting detection has waited, in seconds; 0 when none waits."""
        with self._reading() as db:
            row = db.execute("SELECT queued_at_ns FROM waiting ORDER BY seq LIMIT 1").fetchone()
        return max(0.0, (self._now_ns() - int(row[0])) / 1e9) if row else 0.0

    @property
    def counters(self) -> SpoolCounters:
        """The totals since the file was started."""
        with self._reading() as db:
            return SpoolCounters(**dict(db.execute("SELECT name, value FROM counters")))

    def put(self, records: Iterable[Record]) -> int:
        """Queue detections or heartbeats in one transaction; answer how many were new. They are on the disk then."""
        rows = [(d.event_id, d.to_json()) for d in records]
        if not rows:
            return 0
        with self._writing() as db:
            new = [row for row in rows if self._insert(db, *row)]
            self._grow(len(new), sum(len(line.encode()) for _, line in new))
            self._count(db, queued=len(new), repeated=len(rows) - len(new))
            self._make_room(db)
        return len(new)

    def oldest(self, limit_rows: int, limit_bytes: int) -> list[SpoolRow]:
        """The oldest waiting rows within both limits, in the order they were put; one row at least, if one waits."""
        rows: list[SpoolRow] = []
        size_bytes = 0
        with self._reading() as db:
            for row in db.execute("SELECT seq, event_id, line FROM waiting ORDER BY seq LIMIT ?", (limit_rows,)):
                size_bytes += len(row[2].encode()) + 1
                if rows and size_bytes > limit_bytes:
                    break
                rows.append(SpoolRow(*row))
        return rows

    def delivered(self, event_ids: Sequence[str]) -> None:
        """The collector has these: they leave the queue, and their ids are remembered."""
        with self._writing() as db:
            gone = sum(self._remove(db, event_id) is not None for event_id in event_ids)
            db.executemany("INSERT OR IGNORE INTO delivered (event_id) VALUES (?)", [(i,) for i in event_ids])
            self._trim(db, "delivered", self._limits.max_delivered_ids)
            self._count(db, delivered=gone)

    def refused(self, refusals: Sequence[Refusal]) -> None:
        """The collector will never take these: they leave the queue and are kept apart for a person."""
        with self._writing() as db:
            for refusal in refusals:
                line = self._remove(db, refusal.event_id)
                if line is not None:
                    row = (refusal.event_id, refusal.reason, self._now_ns(), line)
                    db.execute(
                        "INSERT OR REPLACE INTO refused (event_id, reason, refused_at_ns, line) VALUES (?, ?, ?, ?)",
                        row,
                    )
                    self._count(db, refused=1)
            self._count(db, refused_forgotten=self._trim(db, "refused", self._limits.max_refused))

    def refused_rows(self, limit_rows: int = 1000) -> list[RefusedRow]:
        """The latest refused rows, newest first."""
        with self._reading() as db:
            query = "SELECT event_id, reason, line FROM refused ORDER BY seq DESC LIMIT ?"
            return [RefusedRow(*row) for row in db.execute(query, (limit_rows,))]

    def retry_refused(self) -> int:
        """Queue all refused rows once more, the oldest first; answer how many. For after the collector was mended."""
        with self._writing() as db:
            rows = db.execute("SELECT event_id, line FROM refused ORDER BY seq").fetchall()
            db.execute("DELETE FROM refused")
            new = [row for row in rows if self._insert(db, *row)]
            self._grow(len(new), sum(len(line.encode()) for _, line in new))
            self._count(db, retried=len(rows), delivered=len(rows) - len(new))
            self._make_room(db)
        return len(rows)

    def close(self) -> None:
        """Close the file and let the next process have it."""
        with self._lock:
            self._file.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._file.db
            except sqlite3.Error as error:
                raise SpoolError(_advice(self._file.path, error)) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading():
            before = self._depth, self._bytes
            try:
                with self._file.transaction() as db:
                    yield db
            except BaseException:
                # The sizes are kept beside the file; a transaction that was undone must undo them too.
                self._depth, self._bytes = before
                raise

    def _insert(self, db: sqlite3.Connection, event_id: str, line: str) -> bool:
        query = (
            "INSERT INTO waiting (event_id, queued_at_ns, line) SELECT :id, :at, :line"
            " WHERE NOT EXISTS (SELECT 1 FROM delivered WHERE event_id = :id)"
            " AND NOT EXISTS (SELECT 1 FROM refused WHERE event_id = :id)"
            " ON CONFLICT DO NOTHING"
        )
        return db.execute(query, {"id": event_id, "at": self._now_ns(), "line": line}).rowcount == 1

    def _remove(self, db: sqlite3.Connection, event_id: str) -> str | None:
        """Take one row out of the queue; its line, or None when it does not wait (any more)."""
        row = db.execute("SELECT seq, line FROM waiting WHERE event_id = ?", (event_id,)).fetchone()
        if row is None:
            return None
        db.execute("DELETE FROM waiting WHERE seq = ?", (row[0],))
        self._grow(-1, -len(row[1].encode()))
        return str(row[1])

    def _make_room(self, db: sqlite3.Connection) -> None:
        over_rows, over_bytes = self._depth - self._limits.max_rows, self._bytes - self._limits.max_bytes
        if over_rows <= 0 and over_bytes <= 0:
            return
        cut = rows = size_bytes = 0
        for seq, line in db.execute("SELECT seq, line FROM waiting ORDER BY seq"):
            if rows >= over_rows and size_bytes >= over_bytes:
                break
            cut, rows, size_bytes = seq, rows + 1, size_bytes + len(line.encode())
        db.execute("DELETE FROM waiting WHERE seq <= ?", (cut,))
        self._grow(-rows, -size_bytes)
        self._count(db, spool_dropped=rows)

    def _grow(self, rows: int, size_bytes: int) -> None:
        self._depth += rows
        self._bytes += size_bytes

    @staticmethod
    def _trim(db: sqlite3.Connection, table: str, keep: int) -> int:
        query = f"DELETE FROM {table} WHERE seq <= (SELECT max(seq) FROM {table}) - ?"  # noqa: S608 - our own words
        return db.execute(query, (keep,)).rowcount

    @staticmethod
    def _count(db: sqlite3.Connection, **more: int) -> None:
        query = "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
        db.executemany(query, [(name, value) for name, value in more.items() if value])


def _advice(path: Path, error: sqlite3.Error) -> str:
    return f"{path}: the spool cannot be used ({error}); free disk space or mend its folder, then start again"
