"""Do dated parameters come in, hold on the right days in the right places, and go again?"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from collector.cases.routing import DutyMatrix, Matter
from collector.faults import CollectorError
from collector.registry.addresses import network_keys, parse_blocks
from collector.registry.asof import clauses_on, division_on, factor_of, tariff_of
from collector.registry.choices import ImportKind
from collector.registry.imports.changes import undo_import
from collector.registry.imports.faults import Fault
from collector.registry.imports.run import ImportReport, ImportRequest, run_import
from collector.registry.models import (
    Division,
    Organisation,
    OwnershipRecord,
    Park,
    ParkPrefix,
    Site,
)
from collector.registry.parameters import CalendarDay
from collector.registry.seed import seed_divisions
from collector.registry.working_days import Calendar
from collector.settings.config import ImportOptions

Bring = Callable[..., ImportReport]
K = ImportKind
USCC = "91350100M000100Y43"


@pytest.fixture
def bring(db: None, tmp_path: Path) -> Bring:
    def run(kind: ImportKind, text: str, **request: Any) -> ImportReport:
        path = tmp_path / f"{kind.value}.csv"
        path.write_text(text, "utf-8")
        try:
            return run_import(ImportRequest(kind, path, **request), ImportOptions())
        except CollectorError as refused:
            return getattr(refused, "report", ImportReport())

    return run


@pytest.mark.parametrize(
    ("division", "day", "surcharge"),
    [
        ("330400", date(2021, 9, 2), None),
        ("330400", date(2021, 9, 3), "0.30"),
        ("460100", date(2021, 12, 2), "0.30"),
        ("460100", date(2021, 12, 3), "0.80"),
        ("330481", date(2026, 6, 30), "0.50"),
        ("330481", date(2026, 7, 1), "0.60"),
        ("330402", date(2026, 7, 1), "0.50"),
    ],
)
def test_a_tariff_is_that_of_the_place_and_the_day(
    bring: Bring, division: str, day: date, surcharge: str | None
) -> None:
    bring(
        K.TARIFFS, "区划代码,加价标准(元/千瓦时),生效日期,依据\n330000,0.5,2026-01-01,浙\n330481,0.6,2026-07-01,海宁\n"
    )
    found = tariff_of(division, day)
    assert (found and found.surcharge_yuan_per_kwh) == (surcharge and Decimal(surcharge))


def test_a_newer_file_amends_and_undoing_restores(bring: Bring) -> None:
    head = "区划代码,加价标准,生效日期,失效日期\n"
    bring(K.TARIFFS, f"{head}330000,0.5,2026-01-01,\n")
    second = bring(K.TARIFFS, f"{head}330000,0.55,2026-01-01,2026-12-31\n330000,0.7,2027-01-01,\n")
    day = date(2026, 6, 1)
    assert str(getattr(tariff_of("330400", day), "surcharge_yuan_per_kwh", None)) == "0.5500"
    assert str(getattr(tariff_of("330400", date(2027, 1, 1)), "surcharge_yuan_per_kwh", None)) == "0.7000"
    undo_import(second.batch_no, timezone.now())
    assert str(getattr(tariff_of("330400", day), "surcharge_yuan_per_kwh", None)) == "0.5000"


def test_factors_and_clauses_of_the_documents_are_there(db: None) -> None:
    factor = factor_of("mining-energy-multiple", "330400", date(2026, 1, 1))
    assert factor is not None
    assert (factor.value, factor.basis) == (Decimal(2), "发改运行〔2021〕1283号(六)")
    assert [one.title for one in clauses_on(date(2026, 1, 1)) if one.article == "(十三)"] == ["实行差别电价"]
    assert clauses_on(date(2021, 9, 2)) == []


@pytest.mark.parametrize(
    ("kind", "text", "faults"),
    [
        (K.TARIFFS, "加价,生效日期\n-1,2026-01-01\n", [(2, Fault.NO_NUMBER)]),
        (K.TARIFFS, "加价,生效日期\nNaN,2026-01-01\n", [(2, Fault.NO_NUMBER)]),
        (K.TARIFFS, "加价,生效日期\n0.3,\n", [(2, Fault.NO_START)]),
        (K.TARIFFS, "加价,生效日期,失效日期\n0.3,2026-02-01,2026-01-01\n", [(2, Fault.ENDS_BEFORE_START)]),
        (K.TARIFFS, "加价,生效日期\n0.3,2026-02-01\n0.4,2026-02-01\n", [(3, Fault.REPEATED)]),
        (K.ENERGY_FACTORS, "系数,数值,单位,生效日期\nx,1e99,t,2026-01-01\n", [(2, Fault.NO_NUMBER)]),
        (K.POLICY_CLAUSES, "文号,条款,生效日期\n,一,2026-01-01\n", [(2, Fault.EMPTY)]),
        (K.CALENDAR, "日期,类型\n2027-01-01,睡觉\n", [(2, Fault.UNKNOWN_WORD)]),
        (K.PARKS, "园区名称,网段\n甲园,300.1.1.0/24\n", [(2, Fault.NO_NETWORK)]),
        (K.SITES, "单位名称,地址\n无此单位,某路1号\n", [(2, Fault.UNKNOWN_UNIT)]),
        (K.SITES, "单位名称,地址,经度\n甲公司,某路1号,181\n", [(2, Fault.NO_NUMBER)]),
        (K.ORGANISATIONS, "单位名称,行业代码\n甲公司,互联网\n", [(2, Fault.UNKNOWN_WORD)]),
        (K.ORGANISATIONS, "单位名称,设施类别\n甲公司,火箭\n", [(2, Fault.UNKNOWN_WORD)]),
    ],
)  # fmt: skip
def test_a_bad_row_says_where_and_why(
    bring: Bring, kind: ImportKind, text: str, faults: list[tuple[int, Fault]]
) -> None:
    assert [(fault.row_no, fault.fault) for fault in bring(kind, text).faults] == faults


def test_duty_rules_come_in_and_the_most_specific_holds(bring: Bring) -> None:
    head = "区划代码,单位性质,牵头部门,办结天数,生效日期\n"
    report = bring(K.DUTY_RULES, f"{head}330481,网吧,海宁市文旅局,5,2026-01-01\n330481,网吧,x,0,2026-01-01\n")
    assert [(fault.row_no, fault.fault) for fault in report.faults] == [(3, Fault.NO_NUMBER)]
    rule = DutyMatrix(date(2026, 6, 1)).of(Matter("330481", "internet-cafe"))
    assert rule is not None
    assert (rule.department, rule.names["zh"], rule.list_days) == ("culture", "海宁市文旅局", 5)
    undo_import(report.batch_no, timezone.now())
    rule = DutyMatrix(date(2026, 6, 1)).of(Matter("330481", "internet-cafe"))
    assert rule is not None
    assert rule.names["zh"] == "文化广电旅游部门"


def test_parks_hold_their_blocks_and_go_with_the_import(bring: Bring) -> None:
    head = "园区名称,区划代码,IP地址段,生效日期,失效日期\n"
    report = bring(K.PARKS, f"{head}大数据产业园,330402,203.0.113.0-203.0.113.95,2026-01-01,\n")
    low, high = network_keys(parse_blocks("203.0.113.64/27")[0])
    kept = {(one.network, bytes(one.ip_lo) == low, bytes(one.ip_hi) == high) for one in ParkPrefix.objects.all()}
    assert kept == {("203.0.113.0/26", False, False), ("203.0.113.64/27", True, True)}
    undo_import(report.batch_no, timezone.now())
    assert (Park.objects.count(), ParkPrefix.objects.count()) == (0, 0)


def test_sites_belong_to_units_with_their_meters(bring: Bring) -> None:
    bring(K.ORGANISATIONS, f"单位名称,统一社会信用代码,设施类别,行业代码\n甲公司,{USCC},IDC自营,I6450\n")
    assert Organisation.objects.values_list("facility", "industry").get() == ("idc-own", "I6450")
    bring(K.SITES, f"统一社会信用代码,地址,户号,经度,纬度\n{USCC},中山路1号,3300012345,120.75,30.75\n")
    bring(K.SITES, "单位名称,地址,户号\n甲公司,中山路1号,3300099999\n")
    assert Site.objects.values_list("address", "meter_no", "longitude").get() == ("中山路1号", "3300099999", 120.75)


def test_the_calendar_knows_holidays_and_what_an_office_imports(bring: Bring) -> None:
    calendar = Calendar.load()
    assert not calendar.is_working(date(2026, 10, 1))
    assert calendar.add(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert calendar.add(date(2026, 11, 20), 5) == date(2026, 11, 27)
    assert calendar.add(date(2026, 11, 20), 0) == date(2026, 11, 20)
    assert calendar.is_working(date(2031, 1, 1)), "a year that nobody has published yet goes by weekdays"
    bring(K.CALENDAR, "日期,类型,名称\n2031-01-01,放假,元旦\n2031-01-04,调休上班,\n")
    assert CalendarDay.objects.count() == 2
    assert [Calendar.load().is_working(date(2031, 1, day)) for day in (1, 4)] == [False, True]


def test_divisions_are_seeded_once_and_keep_their_years(bring: Bring) -> None:
    bring(K.DIVISIONS, "代码,名称\n330402,南湖区（本地）\n")
    added = seed_divisions()
    assert added > 6_000
    assert seed_divisions() == 0
    assert Division.objects.get(code="330402").name == "南湖区（本地）"
    names = [getattr(division_on("120111", day), "name", None) for day in (date(1990, 1, 1), date(2000, 1, 1))]
    assert names == ["西郊区", "西青区"]


@pytest.mark.parametrize(
    ("code", "name"),
    [("330113", "杭州市330113"), ("330100", "杭州市"), ("339901", None), ("990101", None), ("x", None)],
)
def test_an_unknown_county_is_taken_under_a_known_city(bring: Bring, code: str, name: str | None) -> None:
    bring(K.DIVISIONS, "代码,名称\n330100,杭州市\n")
    found = division_on(code, date(2026, 1, 1))
    assert (found and found.name) == name


def test_migrations_run_forward_on_data(db: None) -> None:
    """The step that fills in block sizes, on rows as an older version left them."""
    low, high = network_keys(parse_blocks("203.0.113.0/26")[0])
    row = OwnershipRecord.objects.create(source="filing", ip_lo=low, ip_hi=high, network="x", valid_from=timezone.now())
    OwnershipRecord.objects.filter(pk=row.pk).update(span_bits=0)
    step = importlib.import_module("collector.registry.migrations.0003_span_of_known_records")
    step.fill(apps, None)
    row.refresh_from_db()
    assert row.span_bits == 6
    assert MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes()) == []
