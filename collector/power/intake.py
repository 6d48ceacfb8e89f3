"""What is in a meter file? One interval to a row: 户号, time, kWh; its length is told or seen from the time."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice

from django.utils import timezone

from collector.jobs.queue import ask
from collector.power.choices import Feature
from collector.power.models import MeterReading, PowerRule
from collector.power.weeks import judge_days
from collector.registry.choices import ImportKind
from collector.registry.imports import cells
from collector.registry.imports.changes import Afterwards, change, note_created
from collector.registry.imports.dated import Table, table_kind
from collector.registry.imports.faults import CellFault, Fault
from collector.registry.imports.kind import Defaults, Kind
from collector.registry.imports.parameters import decimal
from collector.registry.imports.table import Column, Row, normalise
from collector.registry.models import ImportBatch

JUDGE = "judge-meters"
"""The kind of job that judges anew."""
_DAY_MIN = 24 * 60
_QUARTER_MIN = 15
_LENGTHS = frozenset({15, 30, 60, _DAY_MIN})
_MAX_KWH = Decimal(10) ** 7
_ROWS = 500
_FEATURES = {normalise(str(feature.value)): feature for feature in Feature}
COLUMNS = (
    Column("meter_no", ("户号", "用电户号", "电力户号", "表号", "meter", "meter no", "account no"), True, 40),
    Column("start", ("时间", "起始时间", "数据时间", "日期", "start", "time", "date"), required=True),
    Column("kwh", ("电量", "用电量", "电量(kWh)", "电量(千瓦时)", "kwh", "energy"), required=True),
    Column("minutes", ("间隔(分钟)", "间隔", "minutes", "interval")),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One row read."""

    meter_no: str
    start: datetime
    minutes: int
    kwh: float


def _read(row: Row, defaults: Defaults) -> Reading:
    text = row.need("start", str)
    minutes = row.parse("minutes", _minutes)
    return Reading(
        meter_no=row.need("meter_no", _meter_no),
        start=row.need("start", cells.moment),
        minutes=minutes or (_QUARTER_MIN if ":" in text or "时" in text else _DAY_MIN),
        kwh=row.need("kwh", lambda cell: float(decimal(cell, _MAX_KWH, 4))),
    )


def _meter_no(text: str) -> str:
    """Excel writes long numbers as powers of ten; such a number has lost its digits."""
    plain = text.removesuffix(".0")
    if "E+" in plain.upper() and plain[:1].isdigit():
        raise CellFault(Fault.EXCEL_NUMBER, text)
    return plain


def _minutes(text: str) -> int:
    if not text.isdigit() or int(text) not in _LENGTHS:
        raise CellFault(Fault.NO_NUMBER, text)
    return int(text)


def _store(batch: ImportBatch, readings: Sequence[Reading]) -> None:
    """A reading that is there already is amended: carriers of meters send corrected days again."""
    starts = [reading.start for reading in readings]
    stored = MeterReading.objects.filter(
        meter_no__in={reading.meter_no for reading in readings}, start__gte=min(starts), start__lte=max(starts)
    )
    known = {(row.meter_no, row.start, row.minutes): row for row in stored}
    fresh = []
    for reading in readings:
        row = known.get((reading.meter_no, reading.start, reading.minutes))
        if row is None:
            place = {"meter_no": reading.meter_no, "start": reading.start, "minutes": reading.minutes}
            fresh.append(MeterReading(batch=batch, kwh=reading.kwh, **place))
        else:
            change(batch, row, {"kwh": reading.kwh})
    note_created(batch, MeterReading.objects.bulk_create(fresh, batch_size=_ROWS))


def _key(reading: Reading) -> Hashable:
    return reading.meter_no, reading.start, reading.minutes


def _judge(batch: ImportBatch, keys: Collection[Hashable], _defaults: Defaults) -> None:
    """What the file brought is judged with it; a rehearsal leaves nothing to judge."""
    if not batch.dry_run:
        judge_days(((key[0], key[1]) for key in keys if isinstance(key, tuple)), timezone.now())


def judge_when_undone(batch: ImportBatch) -> Afterwards:
    """What a batch made and changed, to be judged anew once it is taken back."""
    touched = set(_touched(batch))
    return lambda: judge_days(touched, timezone.now())


def _touched(batch: ImportBatch) -> Iterator[tuple[str, datetime]]:
    table = MeterReading._meta.label
    rows = batch.changes.filter(table=table).order_by("row_id").values_list("row_id", flat=True).iterator()
    while part := list(islice(rows, _ROWS)):
        yield from MeterReading.objects.filter(pk__in=part).values_list("meter_no", "start")


def _ask_for_judgement(batch: ImportBatch, _keys: Collection[Hashable], _defaults: Defaults) -> None:
    """Other rules count for what is there already: that is more than an import should wait for."""
    if not batch.dry_run:
        ask(JUDGE, timezone.now())


def ask_when_undone(_batch: ImportBatch) -> Afterwards:
    """The rules before them count again."""
    return lambda: ask(JUDGE, timezone.now())


def _feature(text: str) -> str:
    found = _FEATURES.get(normalise(text))
    if found is None:
        raise CellFault(Fault.UNKNOWN_WORD, text)
    return found.value


def _bound(text: str) -> float:
    return float(decimal(text, _MAX_KWH, 4))


READINGS = Kind(ImportKind.METER_READINGS, COLUMNS, _read, _store, _key, finish=_judge)
RULES = replace(
    table_kind(
        ImportKind.POWER_RULES,
        Table(
            lambda: PowerRule,
            (
                Column("feature", ("指标", "特征", "feature"), required=True),
                Column("least", ("下限", "least", "min")),
                Column("most", ("上限", "most", "max")),
            ),
            ("feature", "valid_from"),
            {"feature": _feature, "least": _bound, "most": _bound},
            {"least": None, "most": None},
        ),
    ),
    finish=_ask_for_judgement,
)
KINDS = (READINGS, RULES)
ON_UNDO = {ImportKind.METER_READINGS: judge_when_undone, ImportKind.POWER_RULES: ask_when_undone}
