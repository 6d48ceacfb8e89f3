"""What is in a Kea legal log (the ``legal_log`` hook)? Leases assigned, renewed and released, one line each.

An assignment begins a holding, every renewal moves its end to the end of the lease, a release ends it at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone

from collector.registry.choices import ImportKind, Source
from collector.registry.imports.dhcp_leases import COLUMNS
from collector.registry.imports.faults import Fault, RowFault
from collector.registry.imports.files import numbered_lines
from collector.registry.imports.kind import Defaults, Kind, Parsed
from collector.registry.imports.ownership import Statement, read_statement, store_statements
from collector.registry.imports.sessions import Session, SessionLog
from collector.registry.imports.table import Row
from collector.registry.models import ImportBatch

_LINE = re.compile(
    r"^(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? (?P<zone>[A-Z]{1,5}|[+-]\d\d:?\d\d) "
    r"Address: ?(?P<ip>[0-9A-Fa-f:.]+) has been (?P<event>assigned|renewed|released)(?P<rest>.*)$"
)
_LASTS = re.compile(r" for ((?:\d{1,6} (?:days?|hrs?|mins?|secs?) ?)+)")
_PART = re.compile(r"(\d+) (day|hr|min|sec)")
_DEVICE = re.compile(r"(?:hardware address: (?:hwtype=\d+ )?|DUID: ?)([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})+)")
_CIRCUIT = re.compile(r"circuit-id: ([0-9A-Fa-f:]+)")
_SECONDS = {"day": 86_400, "hr": 3_600, "min": 60, "sec": 1}
_ZONES = {"UTC": 0, "GMT": 0, "CST": 8, "HKT": 8, "CET": 1, "CEST": 2, "JST": 9}
"""Hours east of Greenwich. CST is China's: an office here meets no other. ``Z`` and +0800 are read as they are."""


def parse(text: str, name: str) -> Iterator[Parsed]:
    """Holdings of the file; a line that is no lease event is left out, a zone nobody knows is a fault."""
    log = SessionLog()
    for row_no, line in numbered_lines(text):
        match = _LINE.match(line)
        if match is None:
            continue
        at = _moment(match)
        if at is None:
            yield RowFault(row_no, "", Fault.NO_TIME, f"{match['at']} {match['zone']}")
            continue
        _take(log, row_no, match, at)
    yield from log.rows()


def _take(log: SessionLog, row_no: int, match: re.Match[str], at: datetime) -> None:
    device = _DEVICE.search(match["rest"])
    circuit = _CIRCUIT.search(match["rest"])
    key = f"{match['ip']} {device[1] if device else ''}"
    if match["event"] == "released":
        log.end(key, at)
        return
    known = log.current(key)
    end = at + _lasts(match["rest"]) if _LASTS.search(match["rest"]) else None
    if known is not None and (known.end is None or at <= known.end):
        known.end = end
        return
    cells = {
        "network": match["ip"],
        "subscriber": device[1].lower() if device else "",
        "circuit": circuit[1] if circuit else "",
    }
    if known is not None:
        log.end(key, known.end)
    log.begin(key, Session(row_no, cells, at, end))


def _lasts(text: str) -> timedelta:
    found = _LASTS.search(text)
    parts = _PART.findall(found[1]) if found else []
    return timedelta(seconds=sum(int(count) * _SECONDS[unit] for count, unit in parts))


def _moment(match: re.Match[str]) -> datetime | None:
    zone = match["zone"]
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        offset = timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    elif zone in _ZONES or zone == "Z":
        offset = timedelta(hours=_ZONES.get(zone, 0))
    else:
        return None
    try:
        return datetime.fromisoformat(match["at"]).replace(tzinfo=timezone(offset))
    except ValueError:
        return None


def _read(row: Row, defaults: Defaults) -> Statement:
    row.need("subscriber", str)
    return read_statement(row, defaults, network="network", starts="start", ends="end")


def _store(batch: ImportBatch, statements: Sequence[Statement]) -> None:
    store_statements(batch, statements, Source.DHCP)


KIND = Kind(ImportKind.KEA_LEGAL, COLUMNS, _read, _store, parse=parse)
