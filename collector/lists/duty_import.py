"""What is in a file of duty rules (职责分工)? Which department leads for which units, where, by when, since when."""

from __future__ import annotations

from collector.lists.models import DutyRule
from collector.registry.choices import ImportKind
from collector.registry.imports import cells
from collector.registry.imports.dated import Table, table_kind
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.organisations import nature
from collector.registry.imports.table import Column

_MAX_DAYS = 365


def _days(text: str) -> int:
    plain = text.removesuffix(".0")
    if not plain.isascii() or not plain.isdigit() or not 0 < int(plain) <= _MAX_DAYS:
        raise CellFault(Fault.NO_NUMBER, text)
    return int(plain)


KIND = table_kind(
    ImportKind.DUTY_RULES,
    Table(
        lambda: DutyRule,
        (
            Column("division_prefix", ("区划代码", "行政区划代码", "适用地区", "division")),
            Column("nature", ("单位性质", "适用单位", "nature", "unit type")),
            Column("department_zh", ("牵头部门", "责任部门", "部门", "department"), required=True, max_chars=100),
            Column("department_en", ("牵头部门英文", "英文名称", "department en", "department english")),
            Column("deadline_days", ("办结天数", "期限天数", "期限(天)", "deadline", "days")),
        ),
        ("division_prefix", "nature", "valid_from"),
        {"division_prefix": cells.division_code, "nature": nature, "deadline_days": _days},
        {"deadline_days": None},
    ),
)
