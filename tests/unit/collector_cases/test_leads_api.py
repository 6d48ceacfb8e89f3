"""Can an office merge, part and undo leads over HTTP, and see the allow-list and how often a finding was wrong?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from casework_data import NOW, Make
from django.test import Client
from office_keys import live_key
from typer.testing import CliRunner

from collector.accounts.models import Office
from collector.cases import casework
from collector.cases.choices import Verdict
from collector.cases.models import Lead
from collector.cases.tables import Case
from collector.cli import app

REASON = {"reason": "查为同一户"}


@pytest.fixture
def client(db: None) -> Client:
    office = Office.objects.create(name="市网信办", division_code="330400")
    _, text = live_key("t", office)
    return Client(headers={"Authorization": f"Bearer {text}"})


@pytest.fixture
def two(lead: Lead, own: Make, detect: Make, place: Callable[[], None]) -> tuple[str, str]:
    """A lead of two sessions and another one, both of the city."""
    own("line-ledger", "203.0.113.77", unit_name="乙公司", division_code="330402")
    detect("203.0.113.9", "2026-11-17 20:00")
    detect("203.0.113.77", "2026-11-17 09:00")
    place()
    return lead.no, Lead.objects.exclude(no=lead.no).get().no


def post(client: Client, path: str, **said: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"/api/v1/leads/{path}", data=said)
    return answer.status_code, answer.json()


def test_merge_undo_and_split(client: Client, two: tuple[str, str]) -> None:
    first, second = two
    status, merged = post(client, f"{second}/merge", into=first, **REASON)
    assert (status, merged["no"], len(merged["sessions"])) == (200, first, 3)
    assert client.get(f"/api/v1/leads/{second}").json()["merged_into"] == first
    status, back = post(client, f"{second}/unmerge", **REASON)
    assert (status, back["no"], back["merged_into"], len(back["sessions"])) == (200, second, None, 1)
    session = client.get(f"/api/v1/leads/{first}").json()["sessions"][0]
    status, new = post(client, f"{first}/split", sessions=[session], **REASON)
    assert (status, new["sessions"], new["no"] not in two) == (200, [session], True)
    assert "203.0.113" not in str(new), "an address is looked up where it is logged"


@pytest.mark.parametrize(
    ("path", "said", "status", "told"),
    [
        ("{}/merge", {"into": "L1999-000001"}, 404, "no lead L1999-000001"),
        ("{}/merge", {"into": "{}"}, 400, "into itself"),
        ("{}/unmerge", {}, 400, "is not merged"),
        ("{}/split", {"sessions": ["none"]}, 400, "of the sessions named"),
        ("L1999-000001/unmerge", {}, 404, "no lead"),
    ],
)
def test_what_cannot_be_done_is_told(client: Client, lead: Lead, path: str, said: Any, status: int, told: str) -> None:
    said = {key: value.format(lead.no) if isinstance(value, str) else value for key, value in said.items()}
    answered, body = post(client, path.format(lead.no), **said, **REASON)
    assert (answered, told in body["error"]) == (status, True), body


def test_a_lead_elsewhere_is_nobody_s_to_merge(lead: Lead) -> None:
    office = Office.objects.create(name="深圳", division_code="440300")
    _, text = live_key("t", office)
    elsewhere = Client(headers={"Authorization": f"Bearer {text}"})
    assert post(elsewhere, f"{lead.no}/unmerge", **REASON)[0] == 404


def test_who_is_allowed_for_now_and_how_often_we_erred(client: Client, case: Case) -> None:
    casework.dispatch(case.no, "li", NOW)
    casework.appeal(case.no, "教学", "unit", NOW)
    for person in ("wang", "zhao"):
        casework.decide_appeal(case.no, Verdict.UPHOLD, person, "属实", NOW, allowed_days=3_000)
    (allowed,) = client.get("/api/v1/allowances").json()["allowances"]
    assert (allowed["case"], allowed["allowed_until"][:4]) == (case.no, "2035")
    span = "since=2026-11-18&until=2026-11-18"
    told = client.get(f"/api/v1/error-share?{span}").json()
    assert (told["closed"], told["causes"], told["false_alarm_share"]) == (1, {"false-alarm": 1}, 1.0)
    before = client.get("/api/v1/error-share?since=2026-11-01&until=2026-11-17").json()
    assert (before["closed"], before["false_alarm_share"]) == (0, None)
    assert client.get("/api/v1/error-share?since=2026-11-18&until=2026-11-17").status_code == 400
    words = ["cases", "outcomes", "--since", "2026-11-18", "--until", "2026-11-18"]
    assert CliRunner().invoke(app, words).output == "closed 1  false-alarm 1  误报率 false alarms 100.00%\n"
    assert case.no in CliRunner().invoke(app, ["cases", "allowances"]).output
