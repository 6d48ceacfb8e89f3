"""What is in a FreeRADIUS detail file? Accounting records (RFC 2866), put together to sessions.

A record is a line with the time and indented ``Name = value`` lines below it. A stop whose start lies in another file
gets its start from Acct-Session-Time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from collector.registry.choices import ImportKind, Source
from collector.registry.imports import cells
from collector.registry.imports.faults import CellFault, Fault, RowFault
from collector.registry.imports.files import numbered_lines
from collector.registry.imports.kind import Defaults, Kind, Parsed
from collector.registry.imports.ownership import Statement, read_statement, store_statements
from collector.registry.imports.sessions import Session, SessionLog
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

COLUMNS = (
    Column("address_held", (), required=True),
    Column("start", (), required=True),
    Column("end", ()),
    Column("subscriber", (), required=True),
    Column("session_key", ()),
    Column("calling_station", ()),
    Column("nas_port", ()),
)
_ATTRIBUTE = re.compile(r"^[ \t]+([A-Za-z][\w-]*)\s*[:+]?=\s*(.*?)\s*$")
_MAX_ATTRIBUTES = 200
_HELD = ("Framed-IP-Address", "Framed-IPv6-Address", "Framed-IPv6-Prefix", "Delegated-IPv6-Prefix")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEADER_TIME = re.compile(r"^\w{3} (\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d) (\d{4})")
_EVENT_TIME = re.compile(r"^(\w{3}) +(\d{1,2}) (\d{4}) (\d\d:\d\d:\d\d)")

Record = Mapping[str, str]


def parse(text: str, name: str) -> Iterator[Parsed]:
    """Sessions of the file, and the records that could not be read."""
    log = SessionLog()
    for row_no, record in _records(text):
        try:
            _take(log, row_no, record)
        except CellFault as fault:
            yield RowFault(row_no, fault.args[0] if fault.fault is Fault.EMPTY else "", fault.fault, fault.value)
    yield from log.rows()


def _records(text: str) -> Iterator[tuple[int, Record]]:
    row_no = 0
    record: dict[str, str] = {}
    for number, line in numbered_lines(text):
        match = _ATTRIBUTE.match(line)
        if match:
            if len(record) < _MAX_ATTRIBUTES:
                record.setdefault(match[1], match[2].strip('"'))
        elif line.strip():
            if record:
                yield row_no, record
            row_no, record = number, {"": line.strip()}
    if record:
        yield row_no, record


def _take(log: SessionLog, row_no: int, record: Record) -> None:
    status = record.get("Acct-Status-Type", "")
    device = record.get("NAS-IP-Address") or record.get("NAS-IPv6-Address") or record.get("NAS-Identifier", "")
    at = _moment(record)
    if status in ("Accounting-On", "Accounting-Off"):
        log.end_all(f"{device}/", at)
    elif status in ("Start", "Interim-Update", "Alive", "Stop"):
        for held in [record[name] for name in _HELD if record.get(name)] or [""]:
            _take_session(log, row_no, record, f"{device}/{record.get('Acct-Session-Id', '')}", held, at)
    else:
        raise CellFault(Fault.UNKNOWN_WORD, status or "Acct-Status-Type")


def _take_session(log: SessionLog, row_no: int, record: Record, name: str, held: str, at: datetime) -> None:
    key = f"{name} {held}"
    known = log.current(key)
    lasted = record.get("Acct-Session-Time", "")
    began = at - timedelta(seconds=int(lasted)) if lasted.isdecimal() and len(lasted) < 10 else at
    if known is None:
        log.begin(key, Session(row_no, _cells(record, name, held), began))
    if record["Acct-Status-Type"] == "Stop":
        log.end(key, at)


def _cells(record: Record, name: str, held: str) -> Mapping[str, str]:
    return {
        "address_held": held,
        "subscriber": record.get("User-Name", ""),
        "session_key": record.get("Acct-Unique-Session-Id") or name,
        "calling_station": record.get("Calling-Station-Id", ""),
        "nas_port": record.get("NAS-Port-Id", ""),
    }


def _moment(record: Record) -> datetime:
    """When it happened: the server's stamp less the delay, else the device's own time, else the record's head line."""
    delay = record.get("Acct-Delay-Time", "0")
    late = timedelta(seconds=int(delay) if delay.isdecimal() and len(delay) < 10 else 0)
    if stamp := record.get("Timestamp", ""):
        return cells.moment(stamp) - late
    if event := _EVENT_TIME.match(record.get("Event-Timestamp", "")):
        return cells.moment(_day(event[3], event[1], event[2], event[4]))
    if head := _HEADER_TIME.match(record.get("", "")):
        return cells.moment(_day(head[4], head[1], head[2], head[3])) - late
    raise CellFault(Fault.NO_TIME, record.get("", ""))


def _day(year: str, month: str, day: str, clock: str) -> str:
    number = _MONTHS.index(month) + 1 if month in _MONTHS else 0
    return f"{year}-{number:02d}-{int(day):02d} {clock}"


def _read(row: Row, defaults: Defaults) -> Statement:
    row.need("address_held", str)
    row.need("subscriber", str)
    # A session shorter than the clock's second still held its address.
    if row.cells.get("end") == row.cells.get("start"):
        row.cells = {**row.cells, "end": (cells.moment(row.cells["start"]) + timedelta(seconds=1)).isoformat()}
    return read_statement(row, defaults, network="address_held", starts="start", ends="end")


def _store(batch: ImportBatch, statements: Sequence[Statement]) -> None:
    store_statements(batch, statements, Source.AAA)


KIND = Kind(ImportKind.AAA_DETAIL, COLUMNS, _read, _store, parse=parse)
