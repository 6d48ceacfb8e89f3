"""Does a case's page tell its appeal, its place, its messages, its arithmetic and its sources?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import console_world
import pytest
from django.contrib.auth.models import User
from django.test import Client

from collector.accounts.choices import OfficeKind, Role
from collector.accounts.models import Membership, Office
from collector.cases.acts import Said, Who, perform
from collector.cases.casework import open_case
from collector.cases.choices import Action
from collector.cases.models import Lead
from collector.cases.tables import Case
from collector.console.appeals import appeal_of
from collector.console.casefile import messages_of
from collector.console.dossier import Dossier, SessionView
from collector.ingest.models import Detection
from collector.lists.registering import Told, answer, tip_off
from collector.settings.cases import CasesOptions

SignIn = Callable[..., Client]
AT = datetime(2026, 11, 20, 4, tzinfo=UTC)


def do(case: Case, action: Action, who: str, **said: Any) -> Case:
    return perform(case.no, action, Said(**said), Who(who, AT), CasesOptions())


@pytest.fixture
def case(world: datetime) -> Case:
    """The café's case, being checked."""
    manager = console_world.Person("manager", "嘉兴市发展改革委", console_world.CITY, Role.MANAGER, OfficeKind.REFORM)
    console_world.sign_up(manager)
    made = open_case(Lead.objects.get(ip="203.0.113.9").no, "li", AT)
    do(made, Action.ASSIGN, "li", division_code="330402", department="culture", reason="net bar")
    for action in (Action.DISPATCH, Action.RECEIVE, Action.CHECK):
        made = do(made, action, "li")
    return made


@pytest.fixture
def unit(case: Case) -> Client:
    """Somebody of the unit that the case is about."""
    office = Office.objects.create(name="星云网吧", division_code="330402", kind=OfficeKind.UNIT, uscc=case.uscc)
    user = User.objects.create_user("cafe", password=console_world.PASSWORD)
    Membership.objects.create(user=user, office=office, role=Role.OFFICER)
    client = Client()
    client.force_login(user)
    return client


def test_two_others_decide_on_an_appeal(sign_in: SignIn, case: Case, unit: Client) -> None:
    where = f"/cases/{case.no}/"
    assert 'value="appeal"' in unit.get(where).content.decode()
    assert unit.post(f"{where}act/", {"action": "appeal", "reason": "公共出口<b>"}).status_code == 302
    page = unit.get(where).content.decode()
    assert "公共出口&lt;b&gt;" in page and "您提出了申诉" in page and 'value="vote"' not in page
    assert unit.post(f"{where}act/", {"action": "vote", "verdict": "uphold", "reason": "x"}).status_code == 404

    first, second = sign_in("city"), sign_in("manager")
    said = {"action": "vote", "verdict": "uphold", "reason": "出口属实"}
    first.post(f"{where}act/", said)
    assert "您已表决" in first.get(where).content.decode()
    assert Case.objects.get(no=case.no).state == "appealed"
    second.post(f"{where}act/", said)
    after = Case.objects.get(no=case.no)
    assert (after.state, after.cause) == ("closed", "false-alarm")
    assert after.folded["allowed_until"] in second.get(where).content.decode()


@pytest.mark.parametrize("action", ["confirm", "measure", "lose", "assign"])
def test_a_unit_does_nothing_but_appeal(case: Case, unit: Client, action: str) -> None:
    page = unit.get(f"/cases/{case.no}/").content.decode()
    assert f'name="action" value="{action}"' not in page
    assert unit.post(f"/cases/{case.no}/act/", {"action": action, "reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("name", "status"), [("city", 302), ("manager", 302), ("reader", 404), ("hangzhou", 404), ("carrier", 404)]
)
def test_who_may_appeal(sign_in: SignIn, case: Case, name: str, status: int) -> None:
    answered = sign_in(name).post(f"/cases/{case.no}/act/", {"action": "appeal", "reason": "x"})
    assert answered.status_code == status


@pytest.mark.parametrize(
    ("votes", "decided", "actor", "bar"),
    [
        ([], "", "wang", False),
        ([], "", "zhang", True),
        ([("li", "deny")], "", "li", True),
        ([("li", "deny")], "", "wang", False),
        ([("li", "deny"), ("wang", "deny")], "deny", "zhao", True),
    ],
)
def test_the_bar(votes: list[tuple[str, str]], decided: str, actor: str, bar: bool) -> None:
    at = AT.isoformat()
    told = [{"by": by, "at": at, "verdict": verdict, "reason": "r"} for by, verdict in votes]
    filed = {"ground": "g", "by": "zhang", "at": at, "from": "checking", "votes": told, "decided": decided}
    found = appeal_of({"appeal": filed, "allowed_until": ""}, actor)
    assert found is not None and bool(found.bar) is bar
    assert appeal_of({"appeal": None}, actor) is None


def test_place_messages_and_arithmetic(sign_in: SignIn, case: Case) -> None:
    page = sign_in("city").get(f"/cases/{case.no}/").content.decode()
    here = re.search(r'<a href="([^"]+)" aria-label="南湖区 1" aria-current="true"', page)
    assert here is not None and "division=330402" in here[1] and "state=open" in here[1]
    assert "海宁市 0" in page
    assert page.count("stratum_v1_subscribe") >= 2
    assert "20.0–40.0" in page
    assert "专线台账" in page


def test_every_source_leads_to_where_it_can_be_looked_at(sign_in: SignIn, case: Case, unit: Client) -> None:
    told = tip_off(Told("中山东路100号", "330402", unit_name="星云网吧"), AT)
    answer(told.code, "accepted", "", case.lead.no)
    assert f'<a href="/tip-offs/{told.pk}/">' in sign_in("city").get(f"/cases/{case.no}/").content.decode()
    page = unit.get(f"/cases/{case.no}/").content.decode()
    assert told.code not in page and "/tip-offs/" not in page


def test_a_unit_brings_proof(case: Case, unit: Client, tmp_path: Any) -> None:
    proof = tmp_path / "proof.txt"
    proof.write_text("出口分配表")
    with proof.open("rb") as file:
        assert unit.post(f"/cases/{case.no}/evidence/", {"file": file}).status_code == 302
    assert [one["name"] for one in Case.objects.get(no=case.no).folded["evidence"]] == ["proof.txt"]


@pytest.mark.parametrize(
    ("at", "is_shown"),
    [
        ("2026-11-20T01:02:03.000000Z", True),
        ("2026-11-20T01:02:03", True),
        ("2026-11-20T01:02:03+08:00", True),
        ("yesterday", False),
        ("", False),
        (None, False),
    ],
)
def test_a_message_without_a_time_is_left_out(at: str | None, is_shown: bool) -> None:
    said = {"signature": "s", "class": "protocol", "at": at}
    fine = {"signature": "s", "class": "protocol", "at": "2026-11-19T00:00:00Z"}
    session = SessionView(Detection(body={}), [], [], [], [said, fine])
    found = messages_of(Dossier(Lead(), {}, [], [], [session], 0))
    assert len(found) == 1 + is_shown
    assert found[-1].evidence is fine
