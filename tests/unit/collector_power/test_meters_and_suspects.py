"""Are meters read, judged by dated rules, joined to leads and held against the hash rate?"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector.cli import app
from collector.power.choices import Feature
from collector.power.features import Interval, curve_of
from collector.power.models import MeterReading, PowerRule
from collector.power.reasons import Reason
from collector.power.report import row_of, told
from collector.power.suspects import judge, kwh_of, suspects
from collector.registry.choices import ImportKind
from collector.registry.imports.run import ImportReport, ImportRequest, run_import
from collector.registry.models import Organisation, Site
from collector.settings.config import ImportOptions

MONDAY = date(2026, 11, 2)
START = datetime(2026, 11, 1, 16, tzinfo=UTC)
"""Midnight of the Monday in China."""
DAYS = 14


def flat(hour: int, day: int) -> float:
    """Machines round the clock: 50 kW, hardly a ripple."""
    return 50 + 0.5 * math.sin(hour + day)


def office(hour: int, day: int) -> float:
    """People by day, Monday to Friday."""
    return (40 if 8 <= hour < 18 else 4) * (1 if day % 7 < 5 else 0.2)


def fridge(hour: int, day: int) -> float:
    """As flat as machines, but small."""
    return 0.4


def quarters(shape: object, minutes: int = 15) -> list[Interval]:
    """Two weeks of readings."""
    per_day = 24 * 60 // minutes
    return [
        Interval(
            START + timedelta(minutes=minutes * (day * per_day + part)),
            minutes,
            shape((part * minutes // 60), day) * minutes / 60,  # type: ignore[operator]
        )
        for day in range(DAYS)
        for part in range(per_day)
    ]


def daily(shape: object) -> list[Interval]:
    """The same as sums of days."""
    return [
        Interval(START + timedelta(days=day), 1440, sum(shape(hour, day) for hour in range(24)))  # type: ignore[operator]
        for day in range(DAYS)
    ]


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        (quarters(flat), {"days": 14, "mean-kw": 50.0, "load-factor": 0.99, "night-day": 1.0, "variation": 0.0}),
        (daily(flat), {"days": 14, "mean-kw": 50.0, "load-factor": 1.0, "variation": 0.0}),
        (quarters(office), {"days": 14, "mean-kw": 14.66, "load-factor": 0.37, "night-day": 0.12, "variation": 0.468}),
        (quarters(flat, 60)[:30], {"days": 1, "mean-kw": 50.0, "load-factor": 0.99, "night-day": 1.0}),
    ],
    ids=["flat", "sums of days", "office", "a day and a bit"],
)
def test_features(readings: list[Interval], expected: dict[str, float]) -> None:
    curve = curve_of("1", readings)
    assert curve is not None
    assert set(curve.features) == set(expected)
    for name, value in expected.items():
        assert curve.features[Feature(name)] == pytest.approx(value, abs=0.015)


def test_no_readings_no_curve() -> None:
    assert curve_of("1", []) is None


def test_both_granularities_of_a_day_count_once() -> None:
    both = curve_of("1", [*daily(flat), *quarters(flat)])
    assert both is not None
    assert both.kwh == pytest.approx(sum(reading.kwh for reading in quarters(flat)))


def stored(meter_no: str, readings: list[Interval]) -> None:
    MeterReading.objects.bulk_create(
        MeterReading(meter_no=meter_no, start=one.start, minutes=one.minutes, kwh=one.kwh) for one in readings
    )


def test_only_what_meets_every_rule_is_a_suspect(db: None) -> None:
    for meter_no, readings in (
        ("A", quarters(flat)),
        ("B", quarters(office)),
        ("C", quarters(fridge)),
        ("D", daily(flat)),
    ):
        stored(meter_no, readings)
    last = MONDAY + timedelta(days=DAYS - 1)
    assert [one.curve.meter_no for one in suspects("000000", MONDAY, last)] == ["D", "A"]
    reasons = {one.curve.meter_no: one.reasons for one in judge("000000", MONDAY, last)}
    assert {reason.feature for reason in reasons["C"] if reason.is_met is False} == {Feature.MEAN_KW}
    assert {reason.feature for reason in reasons["D"] if reason.is_met is None} == {Feature.NIGHT_DAY}
    assert kwh_of("A", MONDAY, MONDAY) == (pytest.approx(1200, abs=3), 1)
    assert kwh_of("A", MONDAY - timedelta(days=9), MONDAY - timedelta(days=1)) is None


def test_a_rule_holds_from_its_day(db: None) -> None:
    stored("C", quarters(fridge))
    last = MONDAY + timedelta(days=DAYS - 1)
    PowerRule.objects.create(feature="mean-kw", least=0.1, valid_from=last)
    assert [one.curve.meter_no for one in suspects("000000", MONDAY, last)] == ["C"]
    assert suspects("000000", MONDAY, last - timedelta(days=1)) == []


def test_a_meter_is_its_sites_and_a_home_is_not_named(db: None) -> None:
    unit = Organisation.objects.create(name="嘉兴某公司", division_code="330402")
    home = Organisation.objects.create(name="张三", nature="resident", division_code="330402")
    for meter_no, owner in (("A", unit), ("R", home)):
        Site.objects.create(organisation=owner, address="中环南路1号", division_code="330402", meter_no=meter_no)
        stored(meter_no, quarters(flat))
    stored("nobody", quarters(flat))
    last = MONDAY + timedelta(days=DAYS - 1)
    rows = {one.curve.meter_no: row_of(one) for one in suspects("330400", MONDAY, last)}
    assert {meter: (row["unit"], row["address"]) for meter, row in rows.items()} == {
        "A": ("嘉兴某公司", "中环南路1号"),
        "R": ("", ""),
    }
    assert suspects("330100", MONDAY, last) == []


def taken(folder: Path, text: str, kind: ImportKind = ImportKind.METER_READINGS) -> ImportReport:
    path = folder / "file.csv"
    path.write_bytes(text.encode("gb18030"))
    return run_import(ImportRequest(kind, path), ImportOptions())


HEADER = "户号,时间,电量(千瓦时)\n"


@pytest.mark.parametrize(
    ("row", "minutes", "kwh"),
    [
        ("3304000001,2026-11-02 00:15,12.5", 15, 12.5),
        ("3304000001,2026-11-02,1200", 1440, 1200.0),
        ('3304000001,2026年11月2日,"1,200.5"', 1440, 1200.5),
    ],
)
def test_rows_are_read(db: None, tmp_path: Path, row: str, minutes: int, kwh: float) -> None:
    assert taken(tmp_path, HEADER + row + "\n").rows_ok == 1
    reading = MeterReading.objects.get()
    assert (reading.meter_no, reading.minutes, reading.kwh) == ("3304000001", minutes, kwh)


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("3.304E+09,2026-11-02,5", "户号", "3.304E+09"),
        ("1,yesterday,5", "时间", "yesterday"),
        ("1,2026-11-02,-5", "电量(千瓦时)", "-5"),
        ("1,2026-11-02,nan", "电量(千瓦时)", "nan"),
        ("1,2026-11-02,1e99", "电量(千瓦时)", "1e99"),
        (",2026-11-02,5", "户号", ""),
    ],
)
def test_a_wrong_row_is_told(db: None, tmp_path: Path, row: str, column: str, value: str) -> None:
    report = taken(tmp_path, f"{HEADER}1,2026-11-01,5\n{row}\n")
    (fault,) = report.faults
    assert (fault.row_no, fault.column, fault.value) == (3, column, value)
    assert MeterReading.objects.count() == 1


def test_a_corrected_day_amends(db: None, tmp_path: Path) -> None:
    taken(tmp_path, HEADER + "1,2026-11-02,5\n")
    taken(tmp_path, HEADER + "1,2026-11-02,7\n")
    assert MeterReading.objects.get().kwh == 7


def test_rules_come_from_a_file(db: None, tmp_path: Path) -> None:
    text = "指标,下限,上限,生效日期,依据\nload-factor,0.9,,2026-01-01,地方文件\n"
    assert taken(tmp_path, text, ImportKind.POWER_RULES).rows_ok == 1
    assert PowerRule.objects.get(valid_from=date(2026, 1, 1)).least == 0.9


def test_a_reason_is_a_sentence() -> None:
    reason = Reason(Feature.LOAD_FACTOR, 0.987, 0.85, None)
    assert told(reason) in ("负荷率 0.987（规则 ≥ 0.850）：符合", "Load factor 0.987 (rule ≥ 0.850): met")


def test_the_command(db: None, tmp_path: Path) -> None:
    lines = [f"A,{MONDAY + timedelta(days=day)},1200" for day in range(DAYS)]
    (tmp_path / "meters.csv").write_text(HEADER + "\n".join(lines) + "\n", "utf-8")
    runner = CliRunner()
    assert runner.invoke(app, ["power", "import", str(tmp_path / "meters.csv")]).exit_code == 0
    result = runner.invoke(app, ["power", "suspects", "--first", "2026-11-02", "--last", "2026-11-15"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("A ")
