"""Does every number of the overview, and of a list before it is frozen, lead to just so many rows?"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from console_world import Sighting, deliver
from django.test import Client

from collector.bulletin.services import take
from collector.cases.acts import Said, Who, perform
from collector.cases.casework import open_case
from collector.cases.choices import Action
from collector.cases.models import Case, Lead
from collector.cases.services import update_leads
from collector.ingest.models import Sensor
from collector.lists.registering import Told, tip_off
from collector.lists.week import week_of
from collector.resolve.services import resolve_pending
from collector.settings.cases import CasesOptions

SignIn = Callable[..., Client]
LINK = re.compile(r'<a href="(/(?:leads|cases)/\?[^"]*)"(?: aria-label="[^"]*?[ :](\d+)(?: leads,[^"]*)?"|>(\d+)<)')


@pytest.fixture
def casework(world: datetime) -> None:
    """Cases of every sort the overview counts."""
    for ip, act in (("203.0.113.9", ""), ("203.0.113.20", Action.APPEAL), ("198.51.100.77", "overdue")):
        made = open_case(Lead.objects.get(ip=ip).no, "li", world)
        who = Who("li", world)
        perform(
            made.no,
            Action.ASSIGN,
            Said(division_code=made.division_code, department="culture", reason="x"),
            who,
            CasesOptions(),
        )
        if act == Action.APPEAL:
            perform(made.no, Action.DISPATCH, Said(), who, CasesOptions())
            perform(made.no, Action.APPEAL, Said(reason="x"), who, CasesOptions())
        if act == "overdue":
            Case.objects.filter(no=made.no).update(due_at=world - timedelta(hours=1))
        if not act:
            Case.objects.filter(no=made.no).update(due_at=world + timedelta(days=2))


def rows_behind(client: Client, href: str) -> int:
    text = client.get(f"{href}&export=csv").getvalue().decode("utf-8-sig")
    return len(list(csv.DictReader(io.StringIO(text))))


def test_the_week_s_hash_rate_is_that_of_its_leads(sign_in: SignIn, world: datetime) -> None:
    week, rate = week_of(world - timedelta(hours=25)), {"unit": "H/s", "method": "shares"}
    for number, (ip, low, high) in enumerate((("203.0.113.9", 1e12, 2e12), ("203.0.113.60", 5e15, 6e15))):
        wire = {"hashrate": rate | {"low": low, "value": low, "high": high}}
        said = {"detection_id": f"{900 + number:032x}", "event_id": f"{900 + number:032x}"}
        deliver(Sensor.objects.get(), [Sighting(ip, 25, wire=wire | said)], world)
    resolve_pending()
    update_leads()
    page = sign_in("city", "en").get(f"/?week={week}").content.decode()
    assert "1–2 TH/s" in page and "PH/s" not in page
    assert "5–6 PH/s" in sign_in("hangzhou", "en").get(f"/?week={week}").content.decode()


@pytest.mark.parametrize(
    ("view", "numbers"), [("/?week={}", 14), ("/?week={}&map=clearance", 14), ("/lists/preview/?week={}", 6)]
)
def test_numbers_lead_to_their_rows(sign_in: SignIn, casework: None, world: datetime, view: str, numbers: int) -> None:
    client = sign_in("city", "en")
    week = week_of(world - timedelta(hours=25))
    page = client.get(view.format(week)).content.decode().partition("<main")[2]
    found = [(unescape(href), int(one or other)) for href, one, other in LINK.findall(page)]
    assert len(found) >= numbers
    wrong = [(href, told, rows_behind(client, href)) for href, told in found if rows_behind(client, href) != told]
    assert wrong == []


def test_casework_and_tip_offs_are_what_needs_the_office(sign_in: SignIn, casework: None, world: datetime) -> None:
    tip_off(Told("海宁市示例路1号", "330481"), world)
    page = sign_in("city", "en").get("/").content.decode()
    for told in ("Cases that are overdue (1)", "Appeals that two persons must decide (1)", "has answered (1)"):
        assert told in page


def test_hash_rate_is_that_of_the_weeks_bulletin(sign_in: SignIn, world: datetime) -> None:
    client, week = sign_in("city", "en"), week_of(world)
    assert "/bulletins/MW" not in client.get("/").content.decode()
    number = take(week, "330400", world)[0].number
    assert f'href="/bulletins/{number}/"' in client.get(f"/?week={week}").content.decode()
    assert f'href="/bulletins/{number}/"' not in sign_in("hangzhou").get(f"/?week={week}").content.decode()


@pytest.mark.parametrize(
    ("who", "said", "unsaid"), [("cafe", "单位自查", "区划分布"), ("city", "区划分布", "本单位的挖矿活动")]
)
def test_a_quiet_week_says_what_to_do_next(sign_in: SignIn, who: str, said: str, unsaid: str) -> None:
    page = sign_in(who).get("/?week=2020-W10").content.decode().partition("<main")[2]
    assert said in page
    assert unsaid not in page
