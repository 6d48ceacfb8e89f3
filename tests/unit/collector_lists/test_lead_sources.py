"""Do a meter, the province's key list and a tip-off stand beside the sensor as sources of one lead?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from core_files import unzip
from jiaxing import WEEK, moment, tell

from collector.accounts.scope import Scope
from collector.cases.casework import open_case
from collector.cases.choices import SourceKind
from collector.cases.models import Lead, LeadSource
from collector.cases.services import update_leads
from collector.cases.sources import agreement
from collector.cases.tables import Case
from collector.cases.watch import watch
from collector.lists.choices import ListKind
from collector.lists.registering import Told, answer, tip_off
from collector.lists.registers import KeyEntry
from collector.lists.render.bundle import bundle
from collector.lists.services import freeze
from collector.lists.week import parse_week
from collector.power.models import MeterReading
from collector.power.telling import tell_suspects
from collector.registry.choices import ImportKind
from collector.registry.imports.changes import undo_import
from collector.registry.imports.run import ImportReport, ImportRequest, run_import
from collector.registry.models import Organisation, Site
from collector.resolve.services import resolve_pending
from collector.settings.config import ImportOptions

NOW = moment("2026-11-23 08:30")
CITY = Scope(("330400",))
CAFE = "92330402MA2B00001X"
KEY_ROWS = """编号,IP地址,发现时间,区划代码
ZJ-1,203.0.113.9,2026-11-16 08:00:00,330402
ZJ-4,203.0.113.77,2026-11-18,330402
"""

pytestmark = pytest.mark.usefixtures("divisions")
Make = Callable[..., Any]


@pytest.fixture
def cafe(own: Make, detect: Make) -> Lead:
    tell(own, detect)
    resolve_pending()
    update_leads(NOW)
    return Lead.objects.get(unit_name="南湖区星云网吧")


def kinds(lead: Lead) -> tuple[str, ...]:
    (found,) = (row.kinds for row in agreement(CITY) if row.lead == lead)
    return found


def take(folder: Path, text: str) -> ImportReport:
    path = folder / "key.csv"
    path.write_text(text, "utf-8")
    return run_import(ImportRequest(ImportKind.KEY_LIST, path), ImportOptions())


def test_every_kind_of_source_meets_at_one_lead(cafe: Lead, tmp_path: Path) -> None:
    unit = Organisation.objects.get(uscc=CAFE)
    Site.objects.create(organisation=unit, address="中山东路100号", division_code="330402", meter_no="3304000001")
    for day in range(14):
        start = moment("2026-11-02") + timedelta(days=day)
        MeterReading.objects.create(meter_no="3304000001", start=start, minutes=1440, kwh=1200)
    days = (date(2026, 11, 2), date(2026, 11, 15))
    assert [lead for _, lead in tell_suspects("330400", *days)] == [cafe]
    assert [lead for _, lead in tell_suspects("330400", *days)] == [cafe], "twice is once"
    take(tmp_path, KEY_ROWS)
    answer(tip_off(Told("中山东路100号", "330402", unit_name="星云网吧"), NOW).code, "accepted", "", cafe.no)
    assert kinds(cafe) == ("electricity", "province-list", "sensor", "tip-off")
    assert [row.score for row in agreement(CITY) if row.lead == cafe] == [0.9748]
    power = LeadSource.objects.get(kind=SourceKind.ELECTRICITY)
    assert (power.first_at, power.last_at) == (moment("2026-11-02"), moment("2026-11-16"))


def test_what_the_province_alone_saw_is_a_lead_with_a_case_to_clear(cafe: Lead, tmp_path: Path) -> None:
    report = take(tmp_path, KEY_ROWS)
    (alone,) = agreement(CITY, SourceKind.PROVINCE_LIST)
    assert (alone.lead.ip, alone.kinds) == ("203.0.113.77", ("province-list",))
    undo_import(report.batch_no, NOW)
    assert (agreement(CITY, SourceKind.PROVINCE_LIST), kinds(cafe)) == ([], ("sensor",))
    take(tmp_path, KEY_ROWS)
    (alone,) = agreement(CITY, SourceKind.PROVINCE_LIST)
    issue = freeze(parse_week(WEEK), "330400", NOW, ListKind.KEY).issue
    assert alone.lead.no in unzip(bundle(issue).data)[f"{issue.number}.ndjson"].decode()


def test_the_province_s_word_and_case_go_to_the_lead_that_is_found_later(
    cafe: Lead, own: Make, detect: Make, tmp_path: Path
) -> None:
    take(tmp_path, KEY_ROWS)
    watch(NOW)
    waiting = KeyEntry.objects.get(province_no="ZJ-4").lead
    assert waiting is not None
    no = Case.objects.get(lead=waiting).no
    own("line-ledger", "203.0.113.77", unit_name="丙公司", division_code="330402")
    detect("203.0.113.77", "2026-11-18 12:00")
    freeze(parse_week(WEEK), "330400", NOW, ListKind.KEY)
    found = Lead.objects.get(unit_name="丙公司")
    assert (KeyEntry.objects.get(province_no="ZJ-4").lead, kinds(found)) == (found, ("province-list", "sensor"))
    assert Case.objects.get(no=no).lead == found


@pytest.mark.parametrize(
    ("unit", "progress", "sources"),
    [("某网吧", "accepted", 1), ("", "accepted", 1), ("", "done", 1), ("某网吧", "open", 0), ("某网吧", "refused", 0)],
)
def test_a_tip_off_speaks_once_it_is_accepted(unit: str, progress: str, sources: int) -> None:
    told = tip_off(Told("南湖区某路1号仓库", "330402", unit_name=unit), NOW)
    assert not LeadSource.objects.exists(), "anybody can send one"
    found = answer(told.code, progress, "")
    assert LeadSource.objects.filter(kind="tip-off", reference=told.code).count() == sources
    assert (found.lead is not None) == bool(sources)
    if found.lead is not None:
        assert (found.lead.address, found.lead.division_code) == ("南湖区某路1号仓库", "330402")
        assert open_case(found.lead.no, "li", NOW).state == "lead"


def test_a_tip_off_that_turns_out_to_be_another_s_moves_or_is_taken_back(cafe: Lead) -> None:
    told = tip_off(Told("某路1号", "330402"), NOW)
    answer(told.code, "accepted", "")
    answer(told.code, "accepted", "", cafe.no)
    assert [source.lead for source in LeadSource.objects.filter(kind="tip-off")] == [cafe]
    answer(told.code, "refused", "不属实")
    assert kinds(cafe) == ("sensor",)
