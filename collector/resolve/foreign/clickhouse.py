"""How is a carrier's table in ClickHouse asked? Over its HTTP interface by GET, which the server lets read only.

The account needs to be allowed to set ``max_execution_time`` (profile ``readonly = 2``). Names come from the
configuration, where their form is checked; addresses and times are written by us: nothing else gets into a statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from collector.faults import CollectorError
from collector.settings.attribution import SqlSourceOptions

MAX_ADDRESSES = 200
"""Asked for at once: the statement travels in the address line, for which old servers allow 16 KiB."""
_PORT = 8123
_ALIAS = "minewatch_"
"""ClickHouse takes a name in WHERE for an alias of SELECT first: ours must not be names of columns."""
_MAX_SAID = 300
_MAX_ROW_BYTES = 4_096


def ask(
    options: SqlSourceOptions, addresses: Sequence[str], start: datetime, end: datetime
) -> Sequence[Mapping[str, Any]]:
    """Rows of these addresses that were valid in the span; raises ``CollectorError``."""
    rows: list[Mapping[str, Any]] = []
    with _client(options) as client:
        for at in range(0, len(addresses), MAX_ADDRESSES):
            rows += _rows(client, options, _statement(options, addresses[at : at + MAX_ADDRESSES], start, end))
            if len(rows) > options.row_limit:
                break
    return rows


def _client(options: SqlSourceOptions) -> httpx.Client:
    scheme = "https" if options.tls else "http"
    return httpx.Client(
        base_url=f"{scheme}://{options.host or '127.0.0.1'}:{options.port or _PORT}",
        headers={"X-ClickHouse-User": options.user, "X-ClickHouse-Key": options.password},
        timeout=httpx.Timeout(options.statement_timeout_ms / 1000 + 1, connect=options.connect_timeout_s),
        trust_env=False,
    )


def _rows(client: httpx.Client, options: SqlSourceOptions, statement: str) -> list[Mapping[str, Any]]:
    parameters: dict[str, str | int] = {
        "database": options.database,
        "max_execution_time": max(1, options.statement_timeout_ms // 1000),
        "query": statement,
    }
    try:
        with client.stream("GET", "/", params=parameters) as answer:
            text = _bounded(answer, options)
            failed = answer.status_code != httpx.codes.OK
        found = [] if failed else [_row(orjson.loads(line), options) for line in text.splitlines() if line]
    except (httpx.HTTPError, ValueError) as fault:
        raise CollectorError(f"sql source {options.name}: {fault}; mend it, or take it out") from None
    if failed:
        said = " ".join(text.decode(errors="replace").split())[:_MAX_SAID]
        raise CollectorError(f"sql source {options.name}: {said}; mend it, or take it out")
    return found


def _bounded(answer: httpx.Response, options: SqlSourceOptions) -> bytes:
    most, parts, size = (options.row_limit + 1) * _MAX_ROW_BYTES, [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > most:
            raise ValueError(f"an answer of more than {most} bytes")
        parts.append(part)
    return b"".join(parts)


def _row(row: Any, options: SqlSourceOptions) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise ValueError("an answer that is no row")
    row = {str(name).removeprefix(_ALIAS): value for name, value in row.items()}
    times = {name: int(row[name]) for name in ("valid_from", "valid_to") if row.get(name) is not None}
    if options.time_form != "timestamp":
        return {**row, **times}
    return {**row, **{name: datetime.fromtimestamp(seconds, UTC) for name, seconds in times.items()}}


def _statement(options: SqlSourceOptions, addresses: Sequence[str], start: datetime, end: datetime) -> str:
    columns = {name: column for name, column in options.columns.model_dump().items() if column}
    shown = ", ".join(f"{_shown(options, name, column)} AS {_ALIAS}{name}" for name, column in columns.items())
    wanted = ", ".join(_address(options, address) for address in addresses)
    since, until = columns["valid_from"], columns.get("valid_to")
    ends = f" AND ({until} IS NULL OR {until} >= {_time(options, start)})" if until else ""
    return (
        f"SELECT {shown} FROM {options.table} WHERE {columns['ip']} IN ({wanted}) "  # noqa: S608  # see the head
        f"AND {since} <= {_time(options, end)}{ends} LIMIT {options.row_limit + 1} FORMAT JSONEachRow"
    )


def _shown(options: SqlSourceOptions, name: str, column: str) -> str:
    if name == "ip":
        return f"IPv4NumToString({column})" if options.ip_form == "uint32" else f"toString({column})"
    if name in ("valid_from", "valid_to") and options.time_form == "timestamp":
        return f"toUnixTimestamp({column})"
    return column


def _address(options: SqlSourceOptions, address: str) -> str:
    if options.ip_form == "text":
        return f"'{address}'"
    return f"IPv4StringToNum('{address}')" if ":" not in address else "0"


def _time(options: SqlSourceOptions, moment: datetime) -> str:
    seconds = moment.timestamp()
    if options.time_form == "timestamp":
        return f"toDateTime({int(seconds)})"
    return str(int(seconds * (1000 if options.time_form == "unix_ms" else 1)))
