"""What is in the files of dated parameters? Policy clauses, tariffs, energy factors, the working calendar."""

from __future__ import annotations

import unicodedata
from decimal import Decimal, InvalidOperation

from collector.registry.choices import ImportKind
from collector.registry.imports import cells
from collector.registry.imports.dated import Table, table_kind
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.table import Column, normalise
from collector.registry.parameters import CalendarDay, EnergyFactor, PolicyClause, Tariff

_DIVISION = Column("division_code", ("区划代码", "行政区划代码", "地区代码", "division", "adcode"))
_MAX_SURCHARGE = Decimal(100)
_MAX_FACTOR = Decimal(10) ** 7
_WORK = {normalise(word): True for word in ("上班", "工作日", "调休上班", "补班", "work", "working", "1", "true", "是")}
_REST = {normalise(word): False for word in ("休息", "放假", "休息日", "节假日", "rest", "holiday", "0", "false", "否")}


def decimal(text: str, most: Decimal, places: int) -> Decimal:
    """A number of at most ``places`` decimals that is neither negative nor above ``most``."""
    try:
        found = Decimal(unicodedata.normalize("NFKC", text).replace(",", "").strip())
    except InvalidOperation:
        raise CellFault(Fault.NO_NUMBER, text) from None
    if not found.is_finite() or not 0 <= found <= most:
        raise CellFault(Fault.NO_NUMBER, text)
    return round(found, places)


def _is_working(text: str) -> bool:
    found = (_WORK | _REST).get(normalise(text))
    if found is None:
        raise CellFault(Fault.UNKNOWN_WORD, text)
    return found


CLAUSES = table_kind(
    ImportKind.POLICY_CLAUSES,
    Table(
        lambda: PolicyClause,
        (
            Column("document", ("文号", "文件", "文件名称", "document"), required=True, max_chars=100),
            Column("article", ("条款", "条", "条目", "article", "clause"), required=True, max_chars=40),
            Column("title", ("标题", "条款名称", "要点", "title")),
            Column("text", ("内容", "正文", "条文", "text"), max_chars=10_000),
        ),
        ("document", "article", "valid_from"),
    ),
)
TARIFFS = table_kind(
    ImportKind.TARIFFS,
    Table(
        lambda: Tariff,
        (
            _DIVISION,
            Column(
                "surcharge_yuan_per_kwh",
                ("加价标准", "加价标准(元/千瓦时)", "加价(元/kWh)", "加价", "surcharge", "surcharge yuan per kwh"),
                required=True,
            ),
        ),
        ("division_code", "valid_from"),
        {
            "division_code": cells.division_code,
            "surcharge_yuan_per_kwh": lambda text: decimal(text, _MAX_SURCHARGE, 4),
        },
    ),
)
FACTORS = table_kind(
    ImportKind.ENERGY_FACTORS,
    Table(
        lambda: EnergyFactor,
        (
            Column("key", ("系数", "系数代码", "代码", "key", "name"), required=True, max_chars=40),
            _DIVISION,
            Column("value", ("数值", "取值", "系数值", "value"), required=True),
            Column("unit", ("单位", "计量单位", "unit"), required=True, max_chars=40),
        ),
        ("key", "division_code", "valid_from"),
        {"division_code": cells.division_code, "value": lambda text: decimal(text, _MAX_FACTOR, 8)},
    ),
)
CALENDAR = table_kind(
    ImportKind.CALENDAR,
    Table(
        lambda: CalendarDay,
        (
            Column("day", ("日期", "日", "date", "day"), required=True),
            Column("is_working", ("是否工作日", "类型", "上班/休息", "working", "type"), required=True),
            Column("name", ("名称", "节日", "说明", "name"), max_chars=60),
        ),
        ("day",),
        {"day": cells.day, "is_working": _is_working},
        is_dated=False,
    ),
)
KINDS = (CLAUSES, TARIFFS, FACTORS, CALENDAR)
