"""What is in a list of addresses that the state or the province hands down? Each row a source of a lead."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.cases.choices import SourceKind
from collector.cases.naming import Named
from collector.cases.sources import Report, report_in
from collector.registry.choices import ImportKind
from collector.registry.imports import cells
from collector.registry.imports.faults import CellFault, Fault, RowFault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

COLUMNS = (
    Column("ip", ("IP", "IP地址", "挖矿IP", "源IP", "地址IP", "公网IP", "ip address"), required=True, max_chars=60),
    Column("seen", ("发现时间", "最近发现时间", "末次发现时间", "监测时间", "时间", "日期", "time", "last seen")),
    Column("unit", ("单位名称", "单位", "企业名称", "使用单位", "用户名称", "unit", "organisation")),
    Column("uscc", ("统一社会信用代码", "信用代码", "uscc"), max_chars=40),
    Column("division", ("区划代码", "行政区划代码", "属地代码", "division"), max_chars=12),
    Column("address", ("详细地址", "物理地址", "住所", "address"), max_chars=500),
    Column("number", ("编号", "省编号", "线索编号", "no", "id"), max_chars=60),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: an address, when it was seen, and who is said to have it."""

    row_no: int
    at: datetime
    who: Named
    division_code: str
    address: str
    number: str


def _read(row: Row, defaults: Defaults) -> Entry:
    ip = row.need("ip", cells.address)
    at = row.parse("seen", cells.moment) or defaults.valid_from
    if at is None:
        raise CellFault(Fault.NO_START)
    code = row.parse("uscc", cells.uscc) or ""
    if code and cells.uscc_is_odd(code):
        row.warn("uscc", Fault.ODD_USCC, code)
    place = row.parse("division", cells.division_code) or ""
    who = Named(uscc=code, unit_name=row.text("unit"), ip=ip, place=place)
    return Entry(row.number, at, who, place, row.text("address"), row.text("number"))


def _key(entry: Entry) -> Hashable:
    return entry.who.ip, entry.at


def _store_as(kind: SourceKind, batch: ImportBatch, entries: Sequence[Entry]) -> Sequence[RowFault] | None:
    for entry in entries:
        reference = entry.number or f"{batch.no}:{entry.row_no}"
        report_in(batch, Report(kind, reference, entry.at, entry.who, entry.division_code, entry.address))
    return None


def _kind(kind: ImportKind, source: SourceKind) -> Kind[Entry]:
    return Kind(kind, COLUMNS, _read, lambda batch, entries: _store_as(source, batch, entries), _key)


KINDS = (
    _kind(ImportKind.STATE_LIST, SourceKind.STATE_LIST),
    _kind(ImportKind.PROVINCE_LIST, SourceKind.PROVINCE_LIST),
)
