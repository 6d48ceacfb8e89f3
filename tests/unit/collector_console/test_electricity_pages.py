"""Do meters show why they are suspected, what they drew, and whose lead they speak of?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from collector.cases.models import Lead, LeadSource
from collector.console.curve import Band, Load, load_curve
from collector.power.models import MeterReading, MeterWeek, PowerRule
from collector.power.weeks import judge_days, judge_stale
from collector.registry.models import Organisation, Site

SignIn = Callable[..., Client]
START = datetime(2026, 11, 1, 16, tzinfo=UTC)
"""Midnight in China."""
WEEK = "2026-W46"
"""The two weeks up to its Sunday, the fifteenth, have readings."""
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
    judge_days(MeterReading.objects.values_list("meter_no", "start"), world)


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("", {FLAT}, {OFFICE, FAR}),
        ("week=&state=suspect", {FLAT}, {OFFICE, FAR}),
        (f"week={WEEK}", {FLAT}, {OFFICE, FAR}),
        ("week=nonsense", {FLAT}, {OFFICE, FAR}),
        (f"week={WEEK}&state=", {FLAT, OFFICE}, {FAR}),
        ("week=2026-W40&state=", set(), {FLAT, OFFICE, FAR}),
        ("state=&division=330481", {FLAT, OFFICE}, {FAR}),
        ("state=&division=330100", set(), {FLAT, OFFICE, FAR}),
        ("state=&division=x' OR 1=1", set(), {FLAT, OFFICE, FAR}),
        (f"state=&q={OFFICE}", {OFFICE}, {FLAT, FAR}),
        ("state=&q=海宁精工", {FLAT, OFFICE}, {FAR}),
        ("fits=unknown&sort=load", {FLAT}, {OFFICE, FAR}),
        ("fits=exceeds", set(), {FLAT, OFFICE, FAR}),
    ],
)
def test_a_page_is_of_a_week(sign_in: SignIn, readings: None, query: str, shown: set[str], hidden: set[str]) -> None:
    page = sign_in("city").get(f"/electricity/?{query}").content.decode()
    table = page.partition("<tbody>")[2] if "<table" in page else ""
    assert {no for no in (FLAT, OFFICE, FAR) if no in table.partition('class="list"')[2]} == shown
    assert [no for no in hidden if f"/electricity/{no}/" in page] == []


def test_suspects_with_their_values_the_rules_and_the_lead(sign_in: SignIn, readings: None) -> None:
    page = sign_in("city", "en").get("/electricity/").content.decode()
    assert Lead.objects.get(ip="203.0.113.20").no in page
    for told in ("Load factor ≥ 0.850", "Mean power (kW) ≥ 3.0", "50.0", "1.000", "Readings until 2026-11-15"):
        assert told in page


def test_the_file_has_what_the_page_shows(sign_in: SignIn, readings: None) -> None:
    answer = sign_in("city").get("/electricity/?export=csv&col=meter&col=mean&col=leads")
    lead = Lead.objects.get(ip="203.0.113.20").no
    assert answer.getvalue().decode("utf-8-sig").splitlines() == ["户号,平均功率(kW),线索", f"{FLAT},50.0,{lead}"]


def test_rules_that_have_changed_are_told_until_the_job_has_run(sign_in: SignIn, readings: None) -> None:
    client = sign_in("city", "en")
    PowerRule.objects.create(feature="mean-kw", least=60.0, valid_from=START.date())
    page = client.get("/electricity/").content.decode()
    assert FLAT in page and "meters not judged by them yet: 2" in page
    assert judge_stale(datetime.now(UTC)).startswith("6 judged by new rules")
    page = client.get("/electricity/").content.decode()
    assert FLAT not in page and "not judged by them" not in page


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
    assert sign_in(name).get(f"/electricity/{meter_no}/?week={WEEK}").status_code == status


@pytest.mark.parametrize(("meter_no", "verdict"), [(FLAT, "可疑"), (OFFICE, "未达到全部规则")])
def test_a_meter_shows_its_load(sign_in: SignIn, readings: None, meter_no: str, verdict: str) -> None:
    page = sign_in("city").get(f"/electricity/{meter_no}/?week={WEEK}").content.decode()
    assert verdict in page
    assert len(re.findall(r'<path class="load" d="M', page)) == 1


def test_a_meter_without_readings_says_what_to_do(sign_in: SignIn, readings: None) -> None:
    client = sign_in("city")
    assert "这一周没有判定结果" in client.get(f"/electricity/{FLAT}/?week=2025-W01").content.decode()
    MeterWeek.objects.all().delete()
    assert "还没有判定结果" in client.get(f"/electricity/{FLAT}/").content.decode()
    assert "还没有电表读数" not in client.get("/electricity/").content.decode()
    MeterReading.objects.all().delete()
    assert "还没有电表读数" in client.get("/electricity/").content.decode()


def test_noting_one_meter_or_all_makes_them_sources(sign_in: SignIn, readings: None) -> None:
    lead, client, week = Lead.objects.get(ip="203.0.113.20"), sign_in("city"), {"week": WEEK}
    assert client.post("/electricity/tell/", {"division": "330400", **week}).status_code == 302
    noted = LeadSource.objects.filter(kind="electricity")
    assert [(one.lead, one.reference) for one in noted] == [(lead, FLAT)]
    assert client.post(f"/electricity/{OFFICE}/", week).status_code == 302
    assert sorted(noted.values_list("reference", flat=True)) == [FLAT, OFFICE]
    assert sign_in("reader").post(f"/electricity/{FLAT}/", week).status_code == 404
    assert sign_in("reader").post("/electricity/tell/", {"division": "330400", **week}).status_code == 404
    assert client.post("/electricity/tell/", {"division": "330100", **week}).status_code == 404
    assert client.post("/electricity/tell/", {"division": "330400"}).status_code == 404


def test_a_meter_alone_makes_a_lead_that_its_page_shows(sign_in: SignIn, readings: None) -> None:
    client = sign_in("hangzhou")
    assert client.post("/electricity/tell/", {"week": WEEK}).status_code == 302
    lead = LeadSource.objects.get(reference=FAR).lead
    assert f"/leads/{lead.no}/" in client.get(f"/electricity/{FAR}/").content.decode()


def test_the_lead_tells_what_was_judged_of_its_meter(sign_in: SignIn, readings: None) -> None:
    client, lead = sign_in("city"), Lead.objects.get(ip="203.0.113.20")
    client.post("/electricity/tell/", {"week": WEEK})
    page = client.get(f"/leads/{lead.no}/").content.decode()
    assert "平均功率 50.0 千瓦" in page and f"{WEEK}" in page


def test_a_resident_is_masked(sign_in: SignIn, readings: None) -> None:
    home = Organisation.objects.create(name="张三丰", nature="resident", division_code="330481")
    Site.objects.filter(meter_no=FLAT).update(organisation=home, address="海宁市示例路12号3幢")
    page = sign_in("city").get(f"/electricity/?week={WEEK}").content.decode()
    assert "张**" in page and "**号" in page
    assert "张三丰" not in page and "12号" not in page


def loads(count: int, peak_at: int = -1) -> list[Load]:
    return [Load(START + timedelta(minutes=15 * one), 15, 90.0 if one == peak_at else 10.0) for one in range(count)]


@pytest.mark.parametrize("count", [1, 2, 450, 451, 8_832])
def test_a_curve_is_bounded_and_keeps_its_peak(count: int) -> None:
    drawn = str(load_curve(loads(count, peak_at=count // 2), "load"))
    assert len(drawn) < 20_000
    assert min(float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)H", drawn)) < 50


def test_a_gap_in_the_readings_is_a_gap_in_the_line() -> None:
    broken = [*loads(4), Load(START + timedelta(hours=9), 15, 10.0)]
    path = re.search(r'class="load" d="([^"]+)"', str(load_curve(broken, "load", Band(5.0, 20.0, "<b>"))))
    assert path is not None and path[1].count("M") == 2
    assert "<b>" not in str(load_curve(broken, "<b>", Band(5.0, 20.0, "<b>")))
    assert str(load_curve([], "load")) == ""
