"""What does a CGN say over syslog? Port blocks given out and taken back, in the forms that devices write.

Junos (``…_NAT_PORT_BLOCK_ALLOC``, its stamp is UTC), draft-ietf-behave-syslog-nat-logging (VPP, Huawei: ``APMADD``,
``SADD`` in RFC 5424 structured data) and Cisco (``[UserbasedA …]``). Other lines are no NAT and are left out. Logs over
UDP get lost: a block given out again ends what was open, a release without a beginning ends what an earlier file began.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from collector.registry.addresses import ip_key
from collector.registry.choices import ImportKind, Source
from collector.registry.imports import cells, cgn
from collector.registry.imports.changes import change
from collector.registry.imports.faults import CellFault, Fault, RowFault
from collector.registry.imports.files import numbered_lines
from collector.registry.imports.kind import Defaults, Kind, Parsed
from collector.registry.imports.ownership import Statement
from collector.registry.imports.sessions import Session, SessionLog
from collector.registry.imports.table import Row
from collector.registry.models import ImportBatch, OwnershipRecord


@dataclass(frozen=True, slots=True)
class _Event:
    """One line's word about one block."""

    begins: bool
    at: datetime
    inner: str
    outer: str
    first: str
    last: str


_JUNOS = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\D.*?_NAT_PORT_BLOCK_(ALLOC|RELEASE): "
    r"([0-9A-Fa-f:.]+) -> ([0-9.]+):(\d{1,5})-(\d{1,5})"
)
_RFC5424 = re.compile(r"^<\d{1,3}>1 (\S+) .*?\b(APMADD|APMDEL|SADD|SDEL)\b")
_PARAMETER = re.compile(r"\b(ISADDR|XSADDR|XSPORT)=\"([^\"]*)\"")
_CISCO = re.compile(
    r"(\d{4} \w{3} +\d{1,2} \d\d:\d\d:\d\d)\D.*?\[(Userbased[AW]) \S+ ([0-9.]+) \S+ \S+ "
    r"([0-9.]+) \S+ (\d{1,5}) (\d{1,5})\b"
)
_MAX_LINE_CHARS = 4096


@dataclass(frozen=True, slots=True)
class Release:
    """The end of a block of which an earlier file told the beginning."""

    row_no: int
    outer: str
    ports: tuple[int, int]
    inner_ip: str
    at: datetime


def parse(text: str, name: str) -> Iterator[Parsed]:
    """Port blocks with both ends where the file has them; a release alone has an end only."""
    log = SessionLog()
    for row_no, line in numbered_lines(text):
        if len(line) > _MAX_LINE_CHARS:
            yield RowFault(row_no, "", Fault.TOO_LONG)
            continue
        try:
            event = _junos(line) or _structured(line) or _cisco(line)
        except CellFault as fault:
            yield RowFault(row_no, "", fault.fault, fault.value)
            continue
        if event is not None:
            _take(log, row_no, event)
    yield from log.rows()


def _junos(line: str) -> _Event | None:
    found = _JUNOS.search(line)
    if found is None:
        return None
    return _Event(found[2] == "ALLOC", _moment(found[1], "%Y-%m-%d %H:%M:%S", UTC), *found.groups()[2:])


def _structured(line: str) -> _Event | None:
    found = _RFC5424.match(line)
    if found is None:
        return None
    told = dict(_PARAMETER.findall(line, found.end()))
    port = told.get("XSPORT", "")
    at = cells.moment(found[1])
    return _Event(found[2] in ("APMADD", "SADD"), at, told.get("ISADDR", ""), told.get("XSADDR", ""), port, port)


def _cisco(line: str) -> _Event | None:
    found = _CISCO.search(line)
    if found is None:
        return None
    at = _moment(" ".join(found[1].split()), "%Y %b %d %H:%M:%S", cells.SHANGHAI)
    return _Event(found[2] == "UserbasedA", at, *found.groups()[2:])


def _moment(text: str, pattern: str, zone: tzinfo) -> datetime:
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=zone)
    except ValueError:
        raise CellFault(Fault.NO_TIME, text) from None


def _take(log: SessionLog, row_no: int, event: _Event) -> None:
    told = {"network": event.outer, "port_lo": event.first, "port_hi": event.last, "inner_ip": event.inner}
    key = " ".join(told.values())
    if event.begins:
        log.begin(key, Session(row_no, told, event.at))
    elif not log.end(key, event.at):
        log.add(Session(row_no, told, None, event.at))


def _read(row: Row, defaults: Defaults) -> Statement | Release:
    if row.text("start"):
        return cgn.read(row, defaults)
    return Release(
        row.number,
        row.need("network", cells.address),
        (row.need("port_lo", cells.port), row.need("port_hi", cells.port)),
        row.need("inner_ip", cells.address),
        row.need("end", cells.moment),
    )


def _store(batch: ImportBatch, drafts: Sequence[Statement | Release]) -> list[RowFault]:
    cgn.store(batch, [draft for draft in drafts if isinstance(draft, Statement)])
    releases = [draft for draft in drafts if isinstance(draft, Release)]
    return [fault for release in releases if (fault := _close(batch, release))]


def _close(batch: ImportBatch, release: Release) -> RowFault | None:
    began = OwnershipRecord.objects.filter(
        source=Source.CGN,
        ip_lo=ip_key(release.outer),
        port_lo=release.ports[0],
        port_hi=release.ports[1],
        inner_ip=release.inner_ip,
        valid_to__isnull=True,
        valid_from__lt=release.at,
    ).order_by("-valid_from")
    known = began.first()
    if known is None:
        return RowFault(release.row_no, "", Fault.NO_BEGINNING)
    change(batch, known, {"valid_to": release.at})
    return None


KIND = Kind(ImportKind.CGN_SYSLOG, cgn.COLUMNS, _read, _store, parse=parse)
