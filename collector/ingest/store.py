"""How do many detections become rows fast, each of them once? One statement per delivery; the unique key decides.

Django's own bulk insert spends most of its time on fields and parameters; a delivery here is copied (PostgreSQL) or
executed in one go (SQLite), and what the key already knows is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from collector.ingest.models import Batch, Detection
from collector.registry.addresses import ip_key
from sensor.model.wire import Detection as Wire

_COLUMNS = (
    "created_at",
    "event_id",
    "detection_id",
    "state",
    "sensor_id",
    "batch_id",
    "first_seen",
    "last_seen",
    "miner_ip",
    "miner_ip_key",
    "miner_port",
    "pool_ip",
    "pool_port",
    "pool_domain",
    "dialect",
    "coin",
    "account",
    "verdict",
    "score",
    "shares_submitted",
    "shares_accepted",
    "shares_rejected",
    "body",
    "received_at",
)
_NAMES = ", ".join(_COLUMNS)
_TABLE = Detection._meta.db_table
_INCOMING = "incoming_detection"


def insert_new(batch: Batch, detections: Sequence[Wire]) -> int:
    """Insert what is not there yet, in the caller's transaction; answers how many that was."""
    if not detections:
        return 0
    rows = (_row(batch, wire) for wire in detections)
    return _copy(rows) if connection.vendor == "postgresql" else _execute(rows)


def _copy(rows: Iterator[tuple[Any, ...]]) -> int:
    """Through a table of this connection, made once: one made for each delivery would leave rows in the catalogue.

    Sorted: two deliveries of the same rows must not wait for each other.
    """
    with connection.cursor() as cursor:
        like = f"SELECT {_NAMES} FROM {_TABLE} WITH NO DATA"  # noqa: S608  # our own words
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {_INCOMING} ON COMMIT DELETE ROWS AS {like}")
        with cursor.cursor.copy(f"COPY {_INCOMING} ({_NAMES}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        select = f"SELECT {_NAMES} FROM {_INCOMING} ORDER BY event_id"  # noqa: S608
        cursor.execute(f"INSERT INTO {_TABLE} ({_NAMES}) {select} ON CONFLICT (event_id) DO NOTHING")
        inserted: int = cursor.rowcount
        cursor.execute(f"DELETE FROM {_INCOMING}")  # noqa: S608  # a caller may deliver twice before its commit
    return inserted


def _execute(rows: Iterator[tuple[Any, ...]]) -> int:
    marks = ", ".join("?" * len(_COLUMNS))
    insert = f"INSERT INTO {_TABLE} ({_NAMES}) VALUES ({marks}) ON CONFLICT (event_id) DO NOTHING"  # noqa: S608
    connection.ensure_connection()
    # Past Django's cursor, which would rewrite every parameter; still in its transaction.
    done = connection.connection.executemany(insert, ([_for_sqlite(cell) for cell in row] for row in rows))
    inserted: int = done.rowcount
    return inserted


def _for_sqlite(cell: Any) -> Any:
    """Times as Django writes them there: UTC, without zone."""
    return str(cell.astimezone(UTC).replace(tzinfo=None)) if isinstance(cell, datetime) else cell


def _row(batch: Batch, wire: Wire) -> tuple[Any, ...]:
    return (
        batch.received_at,
        wire.event_id,
        wire.detection_id,
        wire.state.value,
        batch.sensor_id,
        batch.pk,
        wire.first_seen,
        wire.last_seen,
        wire.miner.ip,
        ip_key(wire.miner.ip),
        wire.miner.port,
        wire.pool.ip,
        wire.pool.port,
        wire.pool.domain or "",
        wire.dialect.value if wire.dialect else "",
        wire.coin or "",
        wire.account or "",
        wire.verdict.value,
        wire.score,
        wire.shares.submitted,
        wire.shares.accepted,
        wire.shares.rejected,
        wire.to_json(),
        batch.received_at,
    )
