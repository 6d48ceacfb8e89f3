"""What is in an ISC DHCP leases file? The server's journal: one block of lines per statement about an address.

The newest statement about an address and a start is the one that holds; ``ends`` is when it ran out or was given back.
Times are UTC (dhcpd.leases(5)), or ``epoch``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from collector.registry.choices import ImportKind, Source
from collector.registry.imports.files import numbered_lines
from collector.registry.imports.kind import Defaults, Kind, Parsed
from collector.registry.imports.ownership import REALM_COLUMN, Statement, read_statement, store_statements
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

COLUMNS = (
    Column("network", (), required=True),
    Column("start", (), required=True),
    Column("end", ()),
    Column("subscriber", (), required=True),
    Column("host", ()),
    Column("circuit", ()),
    REALM_COLUMN,
)
_LEASE = re.compile(r"^lease ([0-9.]+) \{")
_STARTS = re.compile(r"^\s+starts (.+);")
_ENDS = re.compile(r"^\s+ends (.+);")
_STATE = re.compile(r"^\s+binding state (\w+);")
_HARDWARE = re.compile(r"^\s+hardware \S+ ([0-9A-Fa-f:]+);")
_HOST = re.compile(r'^\s+client-hostname "(.*)";')
_CIRCUIT = re.compile(r'^\s+option agent\.circuit-id "?(.*?)"?;')
_UTC = re.compile(r"\d (\d{4})/(\d\d)/(\d\d) (\d\d:\d\d:\d\d)")
_EPOCH = re.compile(r"epoch (\d{1,12})")
_FIELDS = {"start": _STARTS, "end": _ENDS, "state": _STATE, "subscriber": _HARDWARE, "host": _HOST, "circuit": _CIRCUIT}
_NEVER_HELD = frozenset({"free", "backup", "abandoned"})


def parse(text: str, name: str) -> Iterator[Parsed]:
    """The last statement about each address and start, in the order of the file."""
    latest: dict[tuple[str, str], tuple[int, Mapping[str, str]]] = {}
    for row_no, lease in _leases(text):
        if lease.get("subscriber"):
            latest[lease["network"], lease.get("start", "")] = (row_no, lease)
    yield from latest.values()


def _leases(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    row_no, lease = 0, {}
    for number, line in numbered_lines(text):
        if opened := _LEASE.match(line):
            row_no, lease = number, {"network": opened[1]}
        elif lease and line.startswith("}"):
            yield row_no, _told(lease)
            lease = {}
        elif lease:
            for name, pattern in _FIELDS.items():
                if found := pattern.match(line):
                    lease.setdefault(name, found[1])


def _told(lease: dict[str, str]) -> dict[str, str]:
    state = lease.pop("state", "active")
    lease["start"] = _time(lease.get("start", ""))
    lease["end"] = _time(lease.get("end", ""))
    if state in _NEVER_HELD and not lease["end"]:
        return {"network": lease["network"]}
    return lease


def _time(text: str) -> str:
    if found := _UTC.fullmatch(text):
        return f"{found[1]}-{found[2]}-{found[3]}T{found[4]}+00:00"
    if found := _EPOCH.match(text):
        return found[1]
    return "" if text == "never" else text


def _read(row: Row, defaults: Defaults) -> Statement:
    return read_statement(row, defaults, network="network", starts="start", ends="end")


def _store(batch: ImportBatch, statements: Sequence[Statement]) -> None:
    store_statements(batch, statements, Source.DHCP)


KIND = Kind(ImportKind.DHCP_LEASES, COLUMNS, _read, _store, parse=parse)
