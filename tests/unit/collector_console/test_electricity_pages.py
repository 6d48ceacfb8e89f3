"""Do meters show why they are suspected, what they drew, and whose lead they speak of?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from collector.cases.models import Lead, LeadSource
from collector.console import meters
from collector.console.curve import Band, Load, load_curve
from collector.power.models import MeterReading
from collector.registry.models import Organisation, Site

SignIn = Callable[..., Client]
START = datetime(2026, 11, 1, 16, tzinfo=UTC)
"""Midnight in China."""
DAYS = "first=2026-11-02&last=2026-11-15"
FLAT, OFFICE, FAR = "3304810001", "3304810002", "3301000001"


@pytest.fixture
def readings(world: datetime) -> None:
    """Two weeks by the hour: machines and an office in Haining, machines in Hangzhou."""
    unit = Organisation.objects.get(division_code="330481")
    far = Organisation.objects.create(name="杭州示例公司", division_code="330100")
    for meter_no, owner, code in ((FLAT, unit, "330481"), (OFFICE, unit, "330481"), (FAR, far, "330100")):
        Site.objects.create(organisation=owner, address=f"示例路 {meter_no}", division_code=code, meter_no=meter_no)
        hours = [(START + timedelta(hours=hour), hour % 24) for hour in range(14 * 24)]
        MeterReading.objects.bulk_create(
            MeterReading(
                meter_no=meter_no,
                start=at,
                minutes=60,
                kwh=(4.0 + 36.0 * (8 <= hour < 18)) if meter_no == OFFICE else 50,
            )
            for at, hour in hours
        )


def test_suspects_with_reasons_and_the_lead(sign_in: SignIn, readings: None) -> None:
    page = sign_in("city").get(f"/electricity/?{DAYS}").content.decode()
    assert FLAT in page
    assert OFFICE not in page and FAR not in page
    assert Lead.objects.get(ip="203.0.113.20").no in page
    assert page.count('class="met"') >= 4


def test_without_days_the_newest_two_weeks_are_looked_at(sign_in: SignIn, readings: None) -> None:
    page = sign_in("city").get("/electricity/?first=&last=yesterday").content.decode()
    assert "2026-11-02" in page and "2026-11-15" in page and FLAT in page


@pytest.mark.parametrize(
    ("meter_no", "name", "status"),
    [
        (FLAT, "city", 200),
        (FLAT, "county", 200),
        (FLAT, "hangzhou", 404),
        (FLAT, "carrier", 404),
        (FAR, "city", 404),
        (FAR, "hangzhou", 200),
        ("nothing", "city", 404),
    ],
)
def test_a_meter_is_its_divisions_alone(sign_in: SignIn, readings: None, meter_no: str, name: str, status: int) -> None:
    assert sign_in(name).get(f"/electricity/{meter_no}/?{DAYS}").status_code == status


@pytest.mark.parametrize(("meter_no", "verdict"), [(FLAT, "可疑"), (OFFICE, "未达到全部规则")])
def test_a_meter_shows_its_load(sign_in: SignIn, readings: None, meter_no: str, verdict: str) -> None:
    page = sign_in("city").get(f"/electricity/{meter_no}/?{DAYS}").content.decode()
    assert verdict in page
    assert len(re.findall(r'<path class="load" d="M', page)) == 1


def test_a_meter_without_readings_says_what_to_do(sign_in: SignIn, readings: None) -> None:
    page = sign_in("city").get(f"/electricity/{FLAT}/?first=2025-01-01&last=2025-01-02").content.decode()
    assert "这些日期没有读数" in page


def test_noting_one_meter_or_all_makes_them_sources(sign_in: SignIn, readings: None) -> None:
    lead, client = Lead.objects.get(ip="203.0.113.20"), sign_in("city")
    days = {"first": "2026-11-02", "last": "2026-11-15"}
    assert client.post("/electricity/tell/", {"division": "330400", **days}).status_code == 302
    noted = LeadSource.objects.filter(kind="electricity")
    assert [(one.lead, one.reference) for one in noted] == [(lead, FLAT)]
    assert client.post(f"/electricity/{OFFICE}/", days).status_code == 302
    assert sorted(noted.values_list("reference", flat=True)) == [FLAT, OFFICE]
    assert sign_in("reader").post(f"/electricity/{FLAT}/", days).status_code == 404
    assert sign_in("reader").post("/electricity/tell/", {"division": "330400", **days}).status_code == 404
    assert client.post("/electricity/tell/", {"division": "330100", **days}).status_code == 404


def test_too_many_readings_are_not_judged_while_a_person_waits(
    sign_in: SignIn, readings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meters, "MAX_READINGS", 100)
    client = sign_in("city", "en")
    assert "minewatch collector power suspects" in client.get(f"/electricity/?{DAYS}").content.decode()
    client.post("/electricity/tell/", {"division": "330400", "first": "2026-11-02", "last": "2026-11-15"})
    assert not LeadSource.objects.filter(kind="electricity").exists()


@pytest.mark.parametrize(
    ("name", "first", "last", "expected"),
    [
        ("within", "2026-11-02", "2026-11-03", ("2026-11-02", "2026-11-03")),
        ("the wrong way round", "2026-11-09", "2026-11-03", ("2026-11-03", "2026-11-03")),
        ("too long", "2020-01-01", "2026-11-03", ("2026-08-04", "2026-11-03")),
        ("no days", "x", "y", ("2026-11-09", "2026-11-22")),
    ],
)
def test_days_asked_for(db: None, name: str, first: str, last: str, expected: tuple[str, str]) -> None:
    days = meters.asked_days(first, last, datetime(2026, 11, 22, tzinfo=UTC).date())
    assert (days.first.isoformat(), days.last.isoformat()) == expected


def test_a_resident_is_masked(sign_in: SignIn, readings: None) -> None:
    home = Organisation.objects.create(name="张三丰", nature="resident", division_code="330481")
    Site.objects.filter(meter_no=FLAT).update(organisation=home, address="海宁市示例路12号3幢")
    page = sign_in("city").get(f"/electricity/?{DAYS}").content.decode()
    assert "张**" in page and "**号" in page
    assert "张三丰" not in page and "12号" not in page


def loads(count: int, peak_at: int = -1) -> list[Load]:
    return [Load(START + timedelta(minutes=15 * one), 15, 90.0 if one == peak_at else 10.0) for one in range(count)]


@pytest.mark.parametrize("count", [1, 2, 450, 451, 8_832])
def test_a_curve_is_bounded_and_keeps_its_peak(count: int) -> None:
    drawn = str(load_curve(loads(count, peak_at=count // 2), "load"))
    assert len(drawn) < 20_000
    assert min(float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)H", drawn)) < 40


def test_a_gap_in_the_readings_is_a_gap_in_the_line() -> None:
    broken = [*loads(4), Load(START + timedelta(hours=9), 15, 10.0)]
    path = re.search(r'class="load" d="([^"]+)"', str(load_curve(broken, "load", Band(5.0, 20.0, "<b>"))))
    assert path is not None and path[1].count("M") == 2
    assert "<b>" not in str(load_curve(broken, "<b>", Band(5.0, 20.0, "<b>")))
    assert str(load_curve([], "load")) == ""
