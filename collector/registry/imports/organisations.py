"""What is in a list of organisations? Units by their social credit code, with nature, address and contact."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from collector.registry.choices import Facility, ImportKind, Nature
from collector.registry.imports import cells
from collector.registry.imports.changes import change, note_created
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.ownership import UNIT_COLUMNS, read_uscc
from collector.registry.imports.table import Column, Row, normalise
from collector.registry.models import ImportBatch, Organisation, OwnershipRecord

COLUMNS = (
    Column(
        "name",
        (
            "单位名称",
            "企业名称",
            "机构名称",
            "单位",
            "名称",
            "unit",
            "unit name",
            "organisation",
            "organization",
            "company",
        ),
        required=True,
    ),
    Column("nature", ("单位性质", "性质", "单位类型", "类型", "type", "kind")),
    Column("facility", ("设施类别", "场所类别", "facility", "facility class")),
    Column("industry", ("行业代码", "行业", "所属行业", "国民经济行业代码", "industry code"), max_chars=10),
    Column("contact_name", ("联系人", "联系人姓名", "负责人", "contact"), max_chars=100),
    Column("contact_phone", ("联系电话", "联系方式", "电话", "手机", "手机号", "phone", "mobile", "tel"), max_chars=40),
    *UNIT_COLUMNS,
)
_WORDS = {
    Nature.STATE_ORGAN: ("机关", "党政机关", "国家机关", "机关单位", "政府机关"),
    Nature.PUBLIC_INSTITUTION: ("事业", "事业单位"),
    Nature.STATE_ENTERPRISE: ("国企", "国有企业", "国有", "央企", "国有控股", "国有独资"),
    Nature.PRIVATE_ENTERPRISE: ("民企", "民营企业", "民营", "私营", "私营企业", "企业", "enterprise", "company"),
    Nature.UNIVERSITY: ("高校", "大学", "高等院校", "高等学校"),
    Nature.SCHOOL: ("中小学", "学校", "中学", "小学"),
    Nature.INTERNET_CAFE: ("网吧", "上网服务营业场所", "互联网上网服务营业场所", "internet cafe"),
    Nature.IDC: ("idc", "数据中心", "data center", "data centre"),
    Nature.SOLE_TRADER: ("个体", "个体户", "个体工商户"),
    Nature.RESIDENT: ("居民", "个人", "家庭", "个人用户"),
    Nature.OTHER: ("其他", "其它"),
}
_NATURES = {normalise(word): nature for nature, words in _WORDS.items() for word in (*words, nature.value)}
_FACILITY_WORDS = {
    Facility.IDC_TENANT: ("IDC托管客户", "托管客户", "idc租户"),
    Facility.IDC_OWN: ("IDC自营", "数据中心", "idc"),
    Facility.MINE: ("矿场", "挖矿场所"),
    Facility.OFFICE: ("企业办公", "办公", "写字楼"),
    Facility.INTERNET_CAFE: ("网吧", "上网服务营业场所"),
    Facility.SCHOOL: ("学校", "校园"),
    Facility.STATE_ORGAN: ("机关", "党政机关"),
    Facility.RESIDENT: ("居民", "住宅"),
    Facility.UNKNOWN: ("未知", "其他"),
}
_FACILITIES = {normalise(word): kind for kind, words in _FACILITY_WORDS.items() for word in (*words, kind.value)}
_INDUSTRY = re.compile(r"[A-T]|[A-T]?\d{2,4}")


@dataclass(frozen=True, slots=True)
class Unit:
    """One row read."""

    uscc: str | None
    name: str
    nature: str
    facility: str
    industry: str
    division_code: str
    address: str
    contact_name: str
    contact_phone: str


def _read(row: Row, defaults: Defaults) -> Unit:
    return Unit(
        uscc=read_uscc(row) or None,
        name=row.need("name", str),
        nature=row.parse("nature", nature) or Nature.OTHER.value,
        facility=row.parse("facility", facility) or Facility.UNKNOWN.value,
        industry=row.parse("industry", industry) or "",
        division_code=row.parse("division_code", cells.division_code) or "",
        address=row.text("address"),
        contact_name=row.text("contact_name"),
        contact_phone=row.text("contact_phone"),
    )


def nature(text: str) -> str:
    """A nature's key from the word an office uses for it."""
    found = _NATURES.get(normalise(text))
    if found is None:
        raise CellFault(Fault.UNKNOWN_WORD, text)
    return found.value


def facility(text: str) -> str:
    """A facility class's key from the word an office uses for it."""
    found = _FACILITIES.get(normalise(text))
    if found is None:
        raise CellFault(Fault.UNKNOWN_WORD, text)
    return found.value


def industry(text: str) -> str:
    """A GB/T 4754 code: a section's letter, or two to four digits, with or without the letter before them."""
    plain = text.upper().removesuffix(".0")
    if not _INDUSTRY.fullmatch(plain):
        raise CellFault(Fault.UNKNOWN_WORD, text)
    return plain


def _store(batch: ImportBatch, units: Sequence[Unit]) -> None:
    by_uscc = {
        row.uscc: row for row in Organisation.objects.filter(uscc__in=[unit.uscc for unit in units if unit.uscc])
    }
    unnamed = [unit for unit in units if not unit.uscc]
    by_name = {
        (row.name, row.division_code): row
        for row in Organisation.objects.filter(uscc__isnull=True, name__in=[unit.name for unit in unnamed])
    }
    fresh = []
    for unit in units:
        known = by_uscc.get(unit.uscc) if unit.uscc else by_name.get((unit.name, unit.division_code))
        if known is None:
            fresh.append(Organisation(**asdict(unit)))
        else:
            change(batch, known, _told(unit))
    created = Organisation.objects.bulk_create(fresh)
    note_created(batch, created)
    _link(created)


def _told(unit: Unit) -> dict[str, Any]:
    """What the row really says: an empty cell does not wipe out what is known."""
    told = {name: value for name, value in asdict(unit).items() if value}
    if unit.nature == Nature.OTHER:
        told.pop("nature")
    if unit.facility == Facility.UNKNOWN:
        told.pop("facility")
    return told


def _link(created: Sequence[Organisation]) -> None:
    for organisation in created:
        if organisation.uscc:
            unlinked = OwnershipRecord.objects.filter(uscc=organisation.uscc, organisation__isnull=True)
            unlinked.update(organisation=organisation)


def _key(unit: Unit) -> Hashable:
    return unit.uscc or (unit.name, unit.division_code)


KIND = Kind(ImportKind.ORGANISATIONS, COLUMNS, _read, _store, _key)
