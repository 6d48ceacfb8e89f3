"""How does a plain table get in: rows that a few columns identify, amended when a newer file says otherwise?"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models

from collector.registry.choices import ImportKind
from collector.registry.imports import cells
from collector.registry.imports.changes import change, note_created
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.table import Column, Row
from collector.registry.models import ImportBatch

Values = Mapping[str, Any]
FROM_COLUMN = Column(
    "valid_from", ("生效日期", "生效时间", "启用日期", "启用时间", "执行日期", "施行日期", "start", "from", "effective")
)
TO_COLUMN = Column("valid_to", ("失效日期", "失效时间", "停用日期", "截止日期", "废止日期", "end", "to", "until"))
BASIS_COLUMN = Column("basis", ("依据", "文件依据", "政策依据", "文号", "basis", "reference"), max_chars=300)


@dataclass(frozen=True, slots=True)
class Table:
    """A table and how its file is read. Columns without a parser are text; ``key`` identifies a row."""

    model: Callable[[], type[models.Model]]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    parsers: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)
    otherwise: Mapping[str, Any] = field(default_factory=dict)
    """What an empty cell means where that is not empty text."""
    is_dated: bool = True


def table_kind(kind: ImportKind, table: Table) -> Kind[Values]:
    """The kind of import that fills this table."""
    columns = (*table.columns, FROM_COLUMN, TO_COLUMN, BASIS_COLUMN) if table.is_dated else table.columns
    return Kind(
        kind,
        columns,
        lambda row, defaults: _read(table, row, defaults),
        lambda batch, drafts: _store(table, batch, drafts),
        lambda values: _key(table, values),
    )


def end_day(text: str) -> date | None:
    """The first day on which something no longer holds; None: it goes on."""
    end = cells.end_moment(text)
    return None if end is None else end.astimezone(cells.SHANGHAI).date()


def _read(table: Table, row: Row, defaults: Defaults) -> Values:
    values = {column.name: _cell(table, row, column) for column in table.columns}
    if not table.is_dated:
        return values
    given = defaults.valid_from
    starts = row.parse("valid_from", cells.day) or (given and given.astimezone(cells.SHANGHAI).date())
    if starts is None:
        raise CellFault(Fault.NO_START)
    ends = row.parse("valid_to", end_day)
    if ends is not None and ends <= starts:
        raise CellFault(Fault.ENDS_BEFORE_START)
    return {**values, "valid_from": starts, "valid_to": ends, "basis": row.text("basis")}


def _cell(table: Table, row: Row, column: Column) -> Any:
    parser = table.parsers.get(column.name, str)
    if column.required:
        return row.need(column.name, parser)
    found = row.parse(column.name, parser)
    return table.otherwise.get(column.name, "") if found is None else found


def _key(table: Table, values: Values) -> Hashable:
    return tuple(values[name] for name in table.key)


def _store(table: Table, batch: ImportBatch, drafts: Sequence[Values]) -> None:
    model: Any = table.model()
    first = table.key[0]
    rows = model._default_manager.filter(**{f"{first}__in": {values[first] for values in drafts}})
    known = {tuple(getattr(row, name) for name in table.key): row for row in rows}
    fresh = []
    for values in drafts:
        row = known.get(tuple(values[name] for name in table.key))
        if row is None:
            fresh.append(model(**values))
        else:
            change(batch, row, dict(values))
    note_created(batch, model._default_manager.bulk_create(fresh))
