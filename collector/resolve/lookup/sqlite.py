"""How does SQLite answer many questions? One prepared statement per question: the database is in this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from django.db.backends.base.base import BaseDatabaseWrapper

from collector.resolve.lookup.probe import MAX_PORT, Found, Probe, Successor
from collector.resolve.lookup.sql import COLUMNS, NAMED, TABLE, WITH_PORTS, WITHOUT_PORTS

_Asked: TypeAlias = tuple[int, str, tuple[Any, ...]]
"""Number of the question, statement, parameters."""
_TIMES = ("valid_from", "valid_to", "created_at")
# A cast keeps Django's converter away: the text is read here, several times faster.
_SELECT = ", ".join(f"CAST({name} AS TEXT)" if name in _TIMES else name for name in COLUMNS)
_ASK = (
    "SELECT {columns} FROM {table} WHERE ip_lo IN ({los}) AND {kind} AND ip_hi >= ? AND {ports} AND valid_from <= ? "
    "AND (valid_to IS NULL OR valid_to >= ?) AND (? IS NULL OR realm = ?) ORDER BY valid_from DESC LIMIT ?"
)
_SUCCESSOR = (
    "SELECT CAST(min(valid_from) AS TEXT) FROM {table} WHERE ip_lo = ? AND {port} AND ip_hi = ? "
    "AND source = ? AND realm = ? AND valid_from > ? AND valid_from <= ?"
)
_SUBSCRIBER = (
    f"SELECT {_SELECT} FROM {TABLE} WHERE subscriber = ? AND {NAMED} AND valid_from <= ? "  # noqa: S608  # constants
    "AND (valid_to IS NULL OR valid_to >= ?) ORDER BY valid_from DESC, id DESC LIMIT 1"
)


def records(
    connection: BaseDatabaseWrapper, probes: Sequence[Probe], widest: int, limit: int
) -> Iterator[tuple[int, Found]]:
    """Records without ports, and port blocks that meet the probe's range; ``widest`` is the widest block there is."""
    yield from _ask(connection, (_addresses(probe, limit) for probe in probes if probe.los))
    yield from _ask(connection, (_ports(probe, widest, limit) for probe in probes if probe.port_los))


def witnesses(connection: BaseDatabaseWrapper, probes: Sequence[Probe]) -> Iterator[tuple[int, Found]]:
    """One port block of each address that has any."""
    anywhere = (replace(probe, port_lo=0, port_hi=MAX_PORT) for probe in probes if probe.port_los)
    return _ask(connection, (_ports(probe, 0, 1, " AND source <> 'trace'") for probe in anywhere))


def named_subscribers(
    connection: BaseDatabaseWrapper, wanted: Sequence[tuple[int, str, datetime, datetime]]
) -> Iterator[tuple[int, Found]]:
    """The newest record of each account that names its unit and was valid then."""
    asked = ((number, _SUBSCRIBER, (subscriber, _text(end), _text(start))) for number, subscriber, start, end in wanted)
    return _ask(connection, asked)


def successors(
    connection: BaseDatabaseWrapper, asked: Sequence[Successor], *, with_ports: bool
) -> Iterator[tuple[int, datetime | None]]:
    """When the next session on the same place began, None where none did."""
    statement = _SUCCESSOR.format(table=TABLE, port="port_lo = ?" if with_ports else WITHOUT_PORTS)
    connection.ensure_connection()
    with connection.wrap_database_errors:
        for one in asked:
            port = (one.port_lo,) if with_ports else ()
            rest = (one.ip_hi, one.source, one.realm, _text(one.after), _text(one.until))
            (begins,) = connection.connection.execute(statement, (one.ip_lo, *port, *rest)).fetchone()
            yield one.number, _moment(begins)


def _addresses(probe: Probe, limit: int) -> _Asked:
    statement = _statement(WITHOUT_PORTS, "TRUE", len(probe.los))
    return probe.number, statement, (*probe.los, probe.key, *_rest(probe), limit)


def _ports(probe: Probe, widest: int, limit: int, also: str = "") -> _Asked:
    statement = _statement(WITH_PORTS, f"port_lo BETWEEN ? AND ? AND port_hi >= ?{also}", len(probe.port_los))
    span = (probe.port_lo - widest, probe.port_hi, probe.port_lo)
    return probe.number, statement, (*probe.port_los, probe.key, *span, *_rest(probe), limit)


@lru_cache(maxsize=512)
def _statement(kind: str, meets: str, count: int) -> str:
    return _ASK.format(columns=_SELECT, table=TABLE, los=",".join("?" * count), kind=kind, ports=meets)


def _rest(probe: Probe) -> tuple[Any, ...]:
    return _text(probe.end), _text(probe.start), probe.realm, probe.realm


def _ask(connection: BaseDatabaseWrapper, asked: Iterable[_Asked]) -> Iterator[tuple[int, Found]]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        execute = connection.connection.execute
        for number, statement, parameters in asked:
            for row in execute(statement, parameters).fetchall():
                times = (_moment(row[7]), _moment(row[8]))
                yield number, Found._make((*row[:7], *times, *row[9:-1], _moment(row[-1])))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(f"{text}+00:00") if text else None


def _text(moment: datetime) -> str:
    """As Django writes a moment: naive UTC, microseconds where there are any."""
    naive = moment.replace(tzinfo=None) if moment.tzinfo is UTC else moment.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(" ")
