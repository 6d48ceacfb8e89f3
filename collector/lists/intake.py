"""What is in the files of an office's registers? Projects, commitments, makers of miners, the province's key list."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from collector.cases.choices import SourceKind
from collector.cases.naming import Named
from collector.cases.sources import Report, report_in
from collector.lists.choices import Basis, Stage
from collector.lists.registers import Commitment, KeyEntry, PlannedProject, Project
from collector.lists.replies import read_count
from collector.lists.tying import speak, tie
from collector.lists.week import week_of
from collector.registry.choices import ImportKind
from collector.registry.imports import cells
from collector.registry.imports.changes import change, note_created
from collector.registry.imports.dated import Table, table_kind
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.parameters import decimal
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

_MAX_KWH = Decimal(10) ** 9
_MAX_HASHRATE = Decimal(10) ** 24
_DAY = timedelta(days=1)
_REFERENCE_CHARS = 100
_TICK = timedelta(milliseconds=1)


def _kwh(text: str) -> float:
    return float(decimal(text, _MAX_KWH, 3))


def _hashrate(text: str) -> float:
    return float(decimal(text, _MAX_HASHRATE, 0))


def _basis(text: str) -> str:
    return cells.choice(text, Basis)


def _stage(text: str) -> str:
    return cells.choice(text, Stage)


_NAME = Column("name", ("项目名称", "项目", "project"), required=True)
_UNIT = (
    Column("unit_name", ("单位名称", "企业名称", "所属企业", "单位", "unit", "company"), required=True),
    Column("uscc", ("统一社会信用代码", "信用代码", "uscc")),
    Column("address", ("详细地址", "地址", "address"), max_chars=500),
    Column("division_code", ("区划代码", "行政区划代码", "division"), required=True),
)
_AS_OF = Column("as_of", ("更新日期", "数据日期", "as of"), required=True)
_BASIS = Column("basis", ("依据", "说明", "basis"), max_chars=300)
_PARSERS = {
    "uscc": cells.uscc,
    "division_code": cells.division_code,
    "as_of": cells.day,
    "ended_on": cells.day,
    "planned_on": cells.day,
    "signed_on": cells.day,
    "valid_to": cells.day,
    "machines": read_count,
    "racks": read_count,
    "kwh_per_day": _kwh,
    "hashrate_hs": _hashrate,
    "hashrate_basis": _basis,
    "kwh_basis": _basis,
    "stage": _stage,
}
_NOTHING = dict.fromkeys(
    ("machines", "racks", "hashrate_hs", "kwh_per_day", "ended_on", "planned_on", "signed_on", "valid_to")
)
PROJECTS = table_kind(
    ImportKind.PROJECTS,
    Table(
        lambda: Project,
        (
            _NAME,
            *_UNIT,
            Column("machines", ("矿机台数", "规模(台)", "台数", "machines")),
            Column("racks", ("机柜数", "规模(机柜)", "racks")),
            Column("meter_no", ("户号", "用电户号", "meter no"), max_chars=40),
            Column("hashrate_hs", ("算力(H/s)", "算力", "hash rate (H/s)")),
            Column("hashrate_basis", ("算力来源", "hash rate basis")),
            Column("kwh_per_day", ("日耗电量(千瓦时)", "日耗电量", "日耗电量(kWh)", "kWh per day")),
            Column("kwh_basis", ("电量来源", "数据来源", "kWh basis")),
            _AS_OF,
            Column("ended_on", ("停运日期", "关停日期", "ended on")),
            _BASIS,
        ),
        ("name", "division_code", "as_of"),
        _PARSERS,
        _NOTHING | {"hashrate_basis": Basis.ESTIMATED.value, "kwh_basis": Basis.ESTIMATED.value},
        is_dated=False,
    ),
)
PLANNED = table_kind(
    ImportKind.PLANNED_PROJECTS,
    Table(
        lambda: PlannedProject,
        (
            _NAME,
            *_UNIT,
            Column("stage", ("阶段", "项目阶段", "stage"), required=True),
            Column("planned_on", ("计划投产时间", "计划投产日期", "planned on")),
            Column("machines", ("规模(台)", "规划台数", "machines")),
            Column("kwh_per_day", ("预计日耗电量(千瓦时)", "预计日耗电量", "kWh per day")),
            Column("review_no", ("节能审查", "节能审查文号", "energy review"), max_chars=100),
            Column("connection_no", ("报装编号", "用电报装", "connection"), max_chars=100),
            _AS_OF,
            _BASIS,
        ),
        ("name", "division_code", "as_of"),
        _PARSERS,
        _NOTHING,
        is_dated=False,
    ),
)
COMMITMENTS = table_kind(
    ImportKind.COMMITMENTS,
    Table(
        lambda: Commitment,
        (
            *_UNIT,
            Column("signed_on", ("签署日期", "承诺日期", "signed on")),
            Column("document_sha256", ("承诺书摘要", "文件摘要", "document digest"), max_chars=64),
            Column("valid_to", ("有效期至", "valid to")),
        ),
        ("unit_name", "division_code"),
        _PARSERS,
        _NOTHING,
        is_dated=False,
    ),
)
KEY_COLUMNS = (
    Column("province_no", ("省编号", "编号", "线索编号", "序号", "no"), required=True, max_chars=60),
    Column("ip", ("IP地址", "IP", "公网IP", "address"), required=True),
    Column("port", ("源端口", "端口", "port")),
    Column("seen_at", ("发现时间", "监测时间", "时间", "日期", "seen", "time"), required=True),
    Column("division_code", ("区划代码", "行政区划代码", "division")),
    Column("unit_name", ("单位名称", "疑似单位", "单位", "unit")),
    Column("due", ("应清零日", "办结期限", "截止日期", "due")),
)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One row of the province's list."""

    province_no: str
    ip: str
    port: int | None
    seen_at: datetime
    seen_to: datetime
    division_code: str
    unit_name: str
    due: date | None


def _read(row: Row, defaults: Defaults) -> KeyRow:
    seen_at = row.need("seen_at", cells.moment)
    end = row.need("seen_at", cells.end_moment)
    if end is None:
        raise CellFault(Fault.NO_TIME, row.text("seen_at"))
    return KeyRow(
        province_no=row.need("province_no", str),
        ip=row.need("ip", cells.address),
        port=row.parse("port", cells.port),
        seen_at=seen_at,
        # A day alone means some time on that day.
        seen_to=max(seen_at, end - _TICK) if end - seen_at == _DAY else seen_at,
        division_code=row.parse("division_code", cells.division_code) or "",
        unit_name=row.text("unit_name"),
        due=row.parse("due", cells.day),
    )


def _store(batch: ImportBatch, rows: Sequence[KeyRow]) -> None:
    known = {
        (entry.province_no, entry.ip, entry.seen_at): entry
        for entry in KeyEntry.objects.filter(province_no__in={row.province_no for row in rows})
    }
    fresh = []
    for row in rows:
        told: dict[str, Any] = {"port": row.port, "seen_to": row.seen_to, "division_code": row.division_code}
        told |= {"unit_name": row.unit_name, "due": row.due}
        entry = known.get((row.province_no, row.ip, row.seen_at))
        if entry is not None:
            change(batch, entry, told)
            continue
        place = {
            "province_no": row.province_no,
            "ip": row.ip,
            "seen_at": row.seen_at,
            "week": str(week_of(row.seen_at)),
        }
        fresh.append(KeyEntry(**place, **told))
    tie(fresh)
    for entry in fresh:
        speak(batch, entry)
    note_created(batch, KeyEntry.objects.bulk_create(fresh))


def _key(row: KeyRow) -> Hashable:
    return row.province_no, row.ip, row.seen_at


KEY_LIST = Kind(ImportKind.KEY_LIST, KEY_COLUMNS, _read, _store, _key)


@dataclass(frozen=True, slots=True)
class Firm:
    """A maker or trader of miners: it has a case of its own, whether or not anything mines there."""

    unit_name: str
    uscc: str
    address: str
    division_code: str
    as_of: datetime


def _read_firm(row: Row, defaults: Defaults) -> Firm:
    code = row.parse("uscc", cells.uscc) or ""
    if code and cells.uscc_is_odd(code):
        row.warn("uscc", Fault.ODD_USCC, code)
    place = row.need("division_code", cells.division_code)
    return Firm(row.need("unit_name", str), code, row.text("address"), place, row.need("as_of", cells.moment))


def _store_firms(batch: ImportBatch, firms: Sequence[Firm]) -> None:
    for firm in firms:
        who = Named(uscc=firm.uscc, unit_name=firm.unit_name, place=firm.division_code)
        reference = firm.uscc or firm.unit_name[:_REFERENCE_CHARS]
        said = Report(SourceKind.EQUIPMENT, reference, firm.as_of, who, firm.division_code, firm.address)
        report_in(batch, said)


EQUIPMENT = Kind(
    ImportKind.EQUIPMENT_FIRMS,
    (*_UNIT, _AS_OF),
    _read_firm,
    _store_firms,
    lambda firm: (firm.uscc or firm.unit_name, firm.division_code),
)
KINDS = (PROJECTS, PLANNED, COMMITMENTS, KEY_LIST, EQUIPMENT)
