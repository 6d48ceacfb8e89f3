"""How does PostgreSQL answer many questions in one statement? One index walk per question and block size.

The inner query is lateral and limited, so the planner cannot turn it into a scan of the whole table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper

from collector.resolve.lookup.probe import Found, Probe, Successor
from collector.resolve.lookup.sql import COLUMNS, NAMED, TABLE, WITH_PORTS, WITHOUT_PORTS

_SHOWN = {"inner_ip": "host(inner_ip)"}
_SELECT = ", ".join(_SHOWN.get(name, name) for name in COLUMNS)
_ASKED = """
WITH q AS MATERIALIZED (
    SELECT number, decode(key, 'hex') AS key, decode(los, 'hex') AS los, decode(port_los, 'hex') AS port_los,
           start_at, end_at, realm, port_lo, port_hi
    FROM json_to_recordset(%s) AS asked(number int, key text, los text, port_los text, start_at timestamptz,
                                        end_at timestamptz, realm text, port_lo int, port_hi int)
)
SELECT q.number, r.* FROM q CROSS JOIN LATERAL ({parts}) r
"""
_PART = """
    SELECT found.* FROM generate_series(1, octet_length(q.{los}), 16) AS step(at)
    CROSS JOIN LATERAL (
        SELECT {columns} FROM {table} o
        WHERE o.ip_lo = substr(q.{los}, step.at, 16) AND o.{kind} AND o.ip_hi >= q.key AND {ports}
          AND o.valid_from <= q.end_at AND (o.valid_to IS NULL OR o.valid_to >= q.start_at)
          AND (q.realm IS NULL OR o.realm = q.realm)
        ORDER BY {order} LIMIT %s
    ) found
"""


def _part(los: str, kind: str, ports: str, order: str) -> str:
    return _PART.format(los=los, columns=_SELECT, table=TABLE, kind=kind, ports=ports, order=order)


_ADDRESSES = _part("los", WITHOUT_PORTS, "TRUE", "o.valid_from DESC")
_PORTS = _part(
    "port_los",
    WITH_PORTS,
    "o.port_lo BETWEEN q.port_lo - %s AND q.port_hi AND o.port_hi >= q.port_lo",
    "o.port_lo, o.valid_from DESC",
)
_RECORDS = _ASKED.format(parts=f"{_ADDRESSES} UNION ALL {_PORTS}")
_WITNESSES = _ASKED.format(parts=_part("port_los", WITH_PORTS, "o.source <> 'trace'", "o.port_lo"))
_SUBSCRIBERS = f"""
SELECT q.number, r.*
FROM json_to_recordset(%s) AS q(number int, subscriber text, start_at timestamptz, end_at timestamptz)
CROSS JOIN LATERAL (
    SELECT {_SELECT} FROM {TABLE}
    WHERE subscriber = q.subscriber AND {NAMED}
      AND valid_from <= q.end_at AND (valid_to IS NULL OR valid_to >= q.start_at)
    ORDER BY valid_from DESC, id DESC LIMIT 1
) r
"""  # noqa: S608  # only constants are put in


_SUCCESSORS = f"""
SELECT q.number, (
    SELECT min(o.valid_from) FROM {TABLE} o
    WHERE o.ip_lo = decode(q.ip_lo, 'hex') AND {{port}} AND o.ip_hi = decode(q.ip_hi, 'hex')
      AND o.source = q.source AND o.realm = q.realm AND o.valid_from > q.after AND o.valid_from <= q.until
)
FROM json_to_recordset(%s) AS q(number int, source text, realm text, ip_lo text, ip_hi text, port_lo int,
                                after timestamptz, until timestamptz)
"""  # noqa: S608  # only constants are put in
_NEXT_ON_ADDRESS = _SUCCESSORS.format(port=f"o.{WITHOUT_PORTS}")
_NEXT_ON_PORT = _SUCCESSORS.format(port="o.port_lo = q.port_lo")


def records(
    connection: BaseDatabaseWrapper, probes: Sequence[Probe], widest: int, limit: int
) -> Iterator[tuple[int, Found]]:
    """Records without ports, and port blocks that meet the probe's range; ``widest`` is the widest block there is."""
    return _ask(connection, _RECORDS, _probes(probes), limit, widest, limit)


def witnesses(connection: BaseDatabaseWrapper, probes: Sequence[Probe]) -> Iterator[tuple[int, Found]]:
    """One port block of each address that has any."""
    return _ask(connection, _WITNESSES, _probes(probes), 1)


def named_subscribers(
    connection: BaseDatabaseWrapper, wanted: Sequence[tuple[int, str, datetime, datetime]]
) -> Iterator[tuple[int, Found]]:
    """The newest record of each account that names its unit and was valid then."""
    names = ("number", "subscriber", "start_at", "end_at")
    return _ask(connection, _SUBSCRIBERS, [dict(zip(names, one, strict=True)) for one in wanted])


def successors(
    connection: BaseDatabaseWrapper, asked: Sequence[Successor], *, with_ports: bool
) -> Iterator[tuple[int, datetime | None]]:
    """When the next session on the same place began, None where none did."""
    rows = [one._asdict() | {"ip_lo": one.ip_lo.hex(), "ip_hi": one.ip_hi.hex()} for one in asked]
    return _rows(connection, _NEXT_ON_PORT if with_ports else _NEXT_ON_ADDRESS, rows)


def _probes(probes: Sequence[Probe]) -> list[dict[str, Any]]:
    return [
        {
            "number": probe.number,
            "key": probe.key.hex(),
            "los": b"".join(probe.los).hex(),
            "port_los": b"".join(probe.port_los).hex(),
            "start_at": probe.start,
            "end_at": probe.end,
            "realm": probe.realm,
            "port_lo": probe.port_lo,
            "port_hi": probe.port_hi,
        }
        for probe in probes
    ]


def _ask(
    connection: BaseDatabaseWrapper, statement: str, asked: list[dict[str, Any]], *rest: int
) -> Iterator[tuple[int, Found]]:
    for row in _rows(connection, statement, asked, *rest):
        yield row[0], Found._make(row[1:])


def _rows(
    connection: BaseDatabaseWrapper, statement: str, asked: list[dict[str, Any]], *rest: int
) -> Iterator[tuple[Any, ...]]:
    # Imported here: psycopg comes with the extra `postgres` alone. Its own cursor, for answers in binary form; the
    # questions go as one JSON text, which is read several times faster than arrays are written.
    from psycopg import Cursor

    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(statement, [orjson.dumps(asked).decode(), *rest], binary=True)
        yield from cursor
