"""What is in a list of divisions? GB/T 2260 codes with the days from and until which each holds."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from collector.registry.choices import DivisionLevel, ImportKind
from collector.registry.divisions import level_of, parent_of
from collector.registry.imports import cells
from collector.registry.imports.changes import change, note_created
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.table import Column, Row
from collector.registry.models import GB2260_FIRST, Division, ImportBatch

COLUMNS = (
    Column(
        "code",
        ("区划代码", "行政区划代码", "代码", "行政代码", "division code", "adcode"),
        required=True,
    ),
    Column(
        "name",
        ("区划名称", "行政区划名称", "行政区划", "名称", "单位名称", "division name", "division"),
        required=True,
        max_chars=100,
    ),
    Column("level", ("级别", "层级", "行政级别", "区划级别")),
    Column("parent", ("上级代码", "上级区划代码", "上级", "父级代码", "parent code")),
    Column("valid_from", ("启用时间", "启用日期", "生效日期", "设立日期", "start", "from", "start date")),
    Column("valid_to", ("停用时间", "停用日期", "撤销日期", "失效日期", "end", "to", "end date")),
)
_LEVELS = {
    **{level.value: level for level in DivisionLevel},
    **dict.fromkeys(("省", "省级", "直辖市", "自治区"), DivisionLevel.PROVINCE),
    **dict.fromkeys(("市", "地级", "地级市", "地市"), DivisionLevel.CITY),
    **dict.fromkeys(("县", "区", "县级", "区县", "县级市"), DivisionLevel.COUNTY),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One row read."""

    code: str
    name: str
    level: str
    parent: str
    valid_from: date
    valid_to: date | None


def _read(row: Row, defaults: Defaults) -> Place:
    code = row.need("code", cells.division_code)
    starts = row.parse("valid_from", cells.day) or GB2260_FIRST
    ends = row.parse("valid_to", _end_day)
    if ends is not None and ends <= starts:
        raise CellFault(Fault.ENDS_BEFORE_START)
    return Place(
        code=code,
        name=row.need("name", str),
        level=(row.parse("level", _level) or level_of(code)).value,
        parent=row.parse("parent", cells.division_code) or parent_of(code),
        valid_from=starts,
        valid_to=ends,
    )


def _level(text: str) -> DivisionLevel:
    found = _LEVELS.get(text.strip().casefold())
    if found is None:
        raise CellFault(Fault.UNKNOWN_WORD, text)
    return found


def _end_day(text: str) -> date | None:
    """The first day on which the code holds no more."""
    return None if cells.end_moment(text) is None else cells.day(text)


def _store(batch: ImportBatch, places: Sequence[Place]) -> None:
    found = Division.objects.filter(code__in=[place.code for place in places])
    known = {(row.code, row.valid_from): row for row in found}
    fresh = []
    for place in places:
        row = known.get((place.code, place.valid_from))
        if row is None:
            fresh.append(Division(**asdict(place)))
        else:
            change(batch, row, asdict(place))
    note_created(batch, Division.objects.bulk_create(fresh))


def _key(place: Place) -> Hashable:
    return place.code, place.valid_from


KIND = Kind(ImportKind.DIVISIONS, COLUMNS, _read, _store, _key)
