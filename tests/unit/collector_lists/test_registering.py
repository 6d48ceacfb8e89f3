"""Do tip-offs get a code that is found again, referrals a clause that is in force, and CSV files the asked charset?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from core_files import unzip
from jiaxing import WEEK, moment, tell

from collector.cases.models import Lead
from collector.faults import CollectorError
from collector.lists.referring import Handed, refer
from collector.lists.registering import Told, answer, follow_up, tip_off
from collector.lists.registers import Referral
from collector.lists.render.bundle import bundle
from collector.lists.services import freeze
from collector.lists.week import parse_week

NOW = moment("2026-11-23 08:30")
CLAUSE = "发改运行〔2021〕1283号 (十二)"

pytestmark = pytest.mark.usefixtures("divisions")


@pytest.fixture
def lead(own: Callable[..., Any], detect: Callable[..., Any]) -> Lead:
    tell(own, detect)
    freeze(parse_week(WEEK), "330400", NOW)
    return Lead.objects.get(unit_name="南湖区星云网吧")


def test_a_tip_off_is_found_by_its_code(lead: Lead) -> None:
    code = tip_off(Told("南湖区中山东路100号二楼", "330402", unit_name="某网吧", electricity="夜间满负荷"), NOW).code
    assert follow_up(f" {code[:5].lower()}-{code[5:]} ").address == "南湖区中山东路100号二楼"
    assert answer(code, "accepted", "已派员核查", lead.no).lead == lead
    assert follow_up(code).answer == "已派员核查"


@pytest.mark.parametrize(("address", "division"), [("", "330402"), ("  ", "330402"), ("路", "33"), ("路", "")])
def test_a_tip_off_without_a_place_is_refused(db: None, address: str, division: str) -> None:
    with pytest.raises(CollectorError, match="needs an address"):
        tip_off(Told(address, division), NOW)


def test_referrals_are_numbered(lead: Lead) -> None:
    numbers = [
        refer(Handed(lead.no, "illegal-supply", "浙江能源监管办", CLAUSE, date(2026, 11, 23))).no for _ in range(2)
    ]
    assert numbers == ["R2026-000001", "R2026-000002"]


@pytest.mark.parametrize(
    ("matter", "clause", "no", "message"),
    [
        ("gift", CLAUSE, "", "needs a department, and a matter"),
        ("fiscal", "某文件 (一)", "", "is not in force"),
        ("fiscal", CLAUSE, "L1999-000001", "there is no such lead"),
    ],
)
def test_a_referral_rests_on_what_is_there(lead: Lead, matter: str, clause: str, no: str, message: str) -> None:
    with pytest.raises(CollectorError, match=message):
        refer(Handed(no or lead.no, matter, "财政局", clause, date(2026, 11, 23)))
    assert not Referral.objects.exists()


def test_a_clause_of_later_is_not_in_force_yet(lead: Lead) -> None:
    with pytest.raises(CollectorError, match="is not in force"):
        refer(Handed(lead.no, "fiscal", "财政局", CLAUSE, date(2020, 1, 1)))


def test_csv_in_the_charset_that_is_asked_for(lead: Lead) -> None:
    issue = freeze(parse_week(WEEK), "330400", NOW).issue
    plain, local = (unzip(bundle(issue, "zh", charset).data)[f"{issue.number}.csv"] for charset in ("utf-8", "gb18030"))
    assert plain.startswith(b"\xef\xbb\xbf")
    assert local.decode("gb18030") == plain.decode("utf-8-sig")
