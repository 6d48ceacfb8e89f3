"""What is in a file of duty rules (职责分工)? Which department leads for which units, where, by when, since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from collector.cases.choices import Cause, Department, SourceKind
from collector.cases.tables import RouteRule
from collector.registry.choices import ImportKind
from collector.registry.imports import cells
from collector.registry.imports.dated import Table, table_kind
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.kind import Defaults
from collector.registry.imports.organisations import facility, nature
from collector.registry.imports.table import Column, Row

_MAX_DAYS = 365
WORDS: Mapping[Department, tuple[str, ...]] = {
    Department.EDUCATION: ("教育", "education"),
    Department.CULTURE: ("文旅", "文化", "旅游", "文广", "culture"),
    Department.PUBLIC_SECURITY: ("公安", "public security", "police"),
    Department.CYBERSPACE: ("网信", "网络安全和信息化", "cyberspace"),
    Department.INDUSTRY: ("经信", "工信", "工业", "信息化", "industry"),
    Department.MARKET: ("市场监管", "市场监督", "market"),
    Department.PUBLICITY: ("宣传", "publicity"),
    Department.DISCIPLINE: ("纪检", "纪委", "监察", "监委", "discipline"),
    Department.FINANCE: ("财政", "税务", "国资", "finance", "tax"),
    Department.BANKING: ("金融", "人行", "人民银行", "银保监", "banking"),
    Department.CARRIER: ("电信", "移动", "联通", "通信管理", "carrier"),
    Department.REFORM: ("发展改革", "发展和改革", "发改", "reform"),
}
"""By what a department's own name tells whose duty it is; the first that fits."""


def department_named(text: str) -> Department:
    """Whose duty an office's own name stands for (海宁市文旅局: culture); ``other`` where nobody can tell."""
    plain = text.casefold()
    return next((one for one, words in WORDS.items() if any(word in plain for word in words)), Department.OTHER)


def _days(text: str) -> int:
    plain = text.removesuffix(".0")
    if not plain.isascii() or not plain.isdigit() or not 0 < int(plain) <= _MAX_DAYS:
        raise CellFault(Fault.NO_NUMBER, text)
    return int(plain)


def _cause(text: str) -> str:
    return cells.choice(text, Cause)


def _source(text: str) -> str:
    return cells.choice(text, SourceKind)


_PARSERS = {
    "division_code": cells.division_code,
    "nature": nature,
    "facility": facility,
    "cause": _cause,
    "source": _source,
    "list_days": _days,
}
_PLAIN = table_kind(
    ImportKind.DUTY_RULES,
    Table(
        lambda: RouteRule,
        (
            Column("division_code", ("区划代码", "行政区划代码", "适用地区", "division")),
            Column("nature", ("单位性质", "适用单位", "nature", "unit type")),
            Column("facility", ("设施类别", "facility")),
            Column("cause", ("原因", "成因", "cause")),
            Column("source", ("线索来源", "名单", "source")),
            Column("name_zh", ("牵头部门", "责任部门", "部门", "department"), required=True, max_chars=100),
            Column("name_en", ("牵头部门英文", "英文名称", "department en", "department english")),
            Column("list_days", ("办结天数", "期限天数", "期限(天)", "deadline", "days")),
        ),
        ("division_code", "nature", "facility", "cause", "source", "valid_from"),
        {
            "division_code": cells.division_code,
            "nature": nature,
            "facility": facility,
            "cause": _cause,
            "list_days": _days,
        },
        {"list_days": None},
    ),
)


def _read(row: Row, defaults: Defaults) -> Mapping[str, Any]:
    values = _PLAIN.read(row, defaults)
    return {**values, "department": department_named(values["name_zh"]).value}


KIND = replace(_PLAIN, read=_read)
