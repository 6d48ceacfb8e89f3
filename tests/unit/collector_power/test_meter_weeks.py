"""Is a meter's week judged when readings, rules, sites or leads change, and does the judgement say by what?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collector.cases.models import Lead
from collector.jobs.models import Job
from collector.power.models import MeterReading, MeterWeek, PowerRule
from collector.power.telling import tell_weeks
from collector.power.weeks import compare_again, judge_days, judge_everything, judge_stale, readings_of, reasons_in
from collector.registry.choices import ImportKind
from collector.registry.imports.changes import undo_import
from collector.registry.imports.run import ImportReport, ImportRequest, run_import
from collector.registry.models import Organisation, Site
from collector.settings.config import ImportOptions
from collector.works import WORKS

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MONDAY = date(2026, 11, 2)
W45, W46, W47 = (MONDAY + timedelta(weeks=number) for number in range(3))


def read(meter_no: str, first: date, days: int, kwh: float = 1200.0) -> None:
    """Sums of days, from midnight in China."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=8)
    rows = [
        MeterReading(meter_no=meter_no, start=start + timedelta(days=day), minutes=1440, kwh=kwh) for day in range(days)
    ]
    MeterReading.objects.bulk_create(rows)
    judge_days([(row.meter_no, row.start) for row in rows], NOW)


def judged(meter_no: str = "A") -> dict[date, bool]:
    return dict(MeterWeek.objects.filter(meter_no=meter_no).values_list("monday", "is_suspect"))


def site(meter_no: str = "A", code: str = "330402", **unit: str) -> Site:
    owner = Organisation.objects.create(**{"name": "嘉兴某公司", "division_code": code} | unit)
    return Site.objects.create(organisation=owner, address="中环南路1号", division_code=code, meter_no=meter_no)


def lead(**fields: object) -> Lead:
    number = Lead.objects.count() + 1
    seen = {"first_seen": NOW, "last_seen": NOW, "division_code": "330402", "unit_name": "嘉兴某公司"}
    return Lead.objects.create(**{"no": f"L{number}", "key": f"k{number}"} | seen | fields)


def take(folder: Path, text: str, kind: ImportKind = ImportKind.METER_READINGS, **how: bool) -> ImportReport:
    path = folder / "file.csv"
    path.write_text(text, "utf-8")
    return run_import(ImportRequest(kind, path, **how), ImportOptions())


def day_rows(first: date, days: int, kwh: float = 1200.0) -> str:
    lines = [f"A,{first + timedelta(days=day)},{kwh}" for day in range(days)]
    return "户号,时间,电量\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("first", "days", "expected"),
    [
        (W45, 14, {W45: True, W46: True}),
        (W45, 7, {W45: True}),
        (W45, 6, {W45: False}),
        (W45 + timedelta(days=3), 7, {W45: False, W46: True}),
        (W46 + timedelta(days=6), 1, {W46: False}),
        (W45, 15, {W45: True, W46: True, W47: True}),
    ],
    ids=["two weeks", "one", "six days", "across", "a Sunday", "and a Monday"],
)
def test_a_week_is_judged_by_itself_and_the_one_before(
    db: None, first: date, days: int, expected: dict[date, bool]
) -> None:
    read("A", first, days)
    assert judged() == expected


def test_a_judgement_says_by_what(db: None) -> None:
    here = site()
    read("A", W45, 14)
    row = MeterWeek.objects.get(monday=W46)
    assert (row.first, row.last, row.kwh, row.mean_kw) == (W45, W46 + timedelta(days=6), 16_800.0, 50.0)
    assert (row.site, row.division_code, row.judged_at) == (here, "330402", NOW)
    told = {one.feature.value: (one.value, one.least, one.most, one.is_met) for one in reasons_in(row)}
    assert told["load-factor"] == (1.0, 0.85, None, True)
    assert told["night-day"] == (None, 0.85, 1.3, None)
    assert len(readings_of(row)) == 14


def test_an_import_judges_what_it_brings_and_undoing_takes_it_back(db: None, tmp_path: Path) -> None:
    take(tmp_path, day_rows(W45, 14), dry_run=True)
    assert judged() == {}
    take(tmp_path, day_rows(W45, 7, 10.0))
    assert judged() == {W45: False}
    amended = take(tmp_path, day_rows(W45, 14))
    assert judged() == {W45: True, W46: True}
    undo_import(amended.batch_no, LATER)
    assert judged() == {W45: False}


def test_new_rules_count_for_what_is_there_once_the_job_has_run(db: None, tmp_path: Path) -> None:
    read("A", W45, 14)
    rules = take(tmp_path, f"指标,下限,生效日期\nmean-kw,60,{W46}\n", ImportKind.POWER_RULES)
    assert judged() == {W45: True, W46: True}
    (job,) = Job.objects.all()
    assert WORKS[job.kind](LATER).startswith("1 judged by new rules")
    assert judged() == {W45: True, W46: False}
    assert MeterWeek.objects.get(monday=W45).judged_at == NOW
    undo_import(rules.batch_no, LATER)
    judge_stale(LATER)
    assert judged() == {W45: True, W46: True}


@pytest.mark.parametrize("change", ["a site", "another site", "another division", "no site"])
def test_a_meter_follows_its_site(db: None, change: str) -> None:
    before = site() if change != "a site" else None
    read("A", W45, 7)
    if change == "another division":
        Site.objects.update(division_code="330481")
    elif change == "no site":
        Site.objects.all().delete()
    else:
        site(code="330482")
    now = Site.objects.order_by("pk").last()
    assert judge_stale(LATER).endswith("0 held against new leads")
    row = MeterWeek.objects.get()
    assert (row.site, row.division_code) == (now, now.division_code if now else "")
    assert before is None or change == "another division" or row.site != before
    assert "0 at another site" in judge_stale(LATER)


@pytest.mark.parametrize(
    ("unit", "fields", "is_there"),
    [
        ({}, {}, True),
        ({}, {"unit_name": "另一公司"}, False),
        ({}, {"uscc": "91330402MA2B00002A"}, False),
        ({"uscc": "91330402MA2B00002A"}, {"uscc": "91330402MA2B00002A", "unit_name": "别名"}, True),
        ({"uscc": "91330402MA2B00002A"}, {}, False),
        ({}, {"division_code": "330481"}, False),
    ],
    ids=["by name", "another name", "a code", "by code", "no code", "elsewhere"],
)
def test_leads_that_come_later_are_held_against_the_meter(
    db: None, unit: dict[str, str], fields: dict[str, str], is_there: bool
) -> None:
    site(**unit)
    read("A", W45, 7)
    there = lead(**fields)
    judge_stale(LATER)
    row = MeterWeek.objects.get()
    assert (row.leads, row.judged_at) == (([there.pk], LATER) if is_there else ([], NOW))


def test_noting_a_suspect_makes_the_lead_that_its_row_then_knows(db: None) -> None:
    site()
    read("A", W45, 7)
    read("nobody's", W45, 7)
    (made,) = tell_weeks(MeterWeek.objects.filter(is_suspect=True), LATER)
    assert MeterWeek.objects.get(meter_no="A").leads == [made.pk]


def test_judging_everything_again_changes_nothing(db: None) -> None:
    site()
    read("A", W45, 14)
    read("B", W45, 3)
    before = list(MeterWeek.objects.order_by("meter_no", "monday").values())
    assert judge_everything(NOW) == 3
    assert list(MeterWeek.objects.order_by("meter_no", "monday").values()) == before


def test_many_meters_are_asked_for_at_once(db: None) -> None:
    def asked(count: int) -> int:
        for number in range(count):
            site(f"M{count}-{number}", name=f"第{number}公司")
            read(f"M{count}-{number}", W45, 7)
        with CaptureQueriesContext(connection) as queries:
            judge_everything(NOW)
            compare_again(MeterWeek.objects.all(), NOW)
        return len(queries)

    assert asked(20) == asked(2)


def test_rules_of_a_later_week_leave_the_former_ones(db: None) -> None:
    read("A", W45, 14)
    PowerRule.objects.create(feature="days", least=30.0, valid_from=W46 + timedelta(days=6))
    judge_stale(LATER)
    assert judged() == {W45: True, W46: False}
