"""Does the console show an office its own leads and lists, in both languages, under the strict policy?"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from jiaxing import WEEK, moment, tell

from collector.accounts.choices import Role
from collector.accounts.models import Membership
from collector.accounts.services import office_named
from collector.cases.models import Lead
from collector.cases.services import update_leads
from collector.jobs.models import Job, JobState
from collector.lists.models import ListIssue, ListReply
from collector.lists.services import freeze, pending_sessions
from collector.lists.week import parse_week
from collector.registry.models import ImportBatch
from collector.resolve.services import RESOLVE, resolve_pending

pytestmark = pytest.mark.usefixtures("divisions")
Make = Callable[..., Any]

PAGES = (f"/lists/preview/?week={WEEK}", "/lists/preview/?week=nonsense", "/lists/", "/leads/{lead}/")


@pytest.fixture
def issue(own: Callable[..., Any], detect: Callable[..., Any]) -> ListIssue:
    tell(own, detect)
    return freeze(parse_week(WEEK), "330400", moment("2026-11-23 08:30")).issue


def person(division: str, role: Role = Role.OFFICER) -> Client:
    user = User.objects.create_user(f"{division}-{role}")
    Membership.objects.create(user=user, office=office_named(f"office {division}", division), role=role)
    client = Client()
    client.force_login(user)
    return client


def lead_at(ip: str) -> Lead:
    return Lead.objects.get(ip=ip)


@pytest.mark.parametrize("page", [*PAGES, "/lists/MW-330400-2026W47-01.zip"])
def test_nothing_without_signing_in(issue: ListIssue, page: str) -> None:
    answer = Client().get(page.format(lead=lead_at("203.0.113.9").no))
    assert (answer.status_code, answer["Location"].startswith("/login/")) == (302, True)


@pytest.mark.parametrize("page", [*PAGES, "/login/"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_keep_the_policy(issue: ListIssue, page: str, language: str) -> None:
    client = person("330400")
    client.cookies["django_language"] = language
    answer = client.get(page.format(lead=lead_at("203.0.113.9").no))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert not re.search(r"<script(?! src=\"/static/)|<style|\sstyle=|\son\w+=|https?://", html)
    chinese = [word for word in ("退出", "周清单", "登录") if word in html]
    assert bool(chinese) is (language == "zh-hans")


@pytest.mark.parametrize(
    ("ip", "shown", "hidden"),
    [
        ("203.0.113.9", ["南湖区星云网吧", "专线台账", "IP 备案", "采信", "0.98"], []),
        ("203.0.113.9", ["stratum_v1_subscribe", "90–130 TH/s", "cgminer/4.10.0"], []),
        ("203.0.113.40", ["冲突待核", "甲科技有限公司", "乙贸易有限公司", "请人工核实"], ["采信"]),
        ("203.0.113.50", ["未定位", "请向运营商溯源"], ["采信"]),
        ("198.18.7.7", ["张**", "紫阳街**号*幢***室", "*********1234"], ["张三丰", "12号", "88881234"]),
        ("203.0.113.30", ["=cmd|&#x27; /C calc&#x27;!A0"], ["=cmd|' /C"]),
    ],
)  # fmt: skip
def test_a_leads_page(issue: ListIssue, ip: str, shown: list[str], hidden: list[str]) -> None:
    html = person("330400").get(f"/leads/{lead_at(ip).no}/").content.decode()
    assert [word for word in shown if word not in html] == []
    assert [word for word in hidden if word in html] == []


@pytest.mark.parametrize(
    ("division", "role", "ip", "status"),
    [
        ("330400", Role.VIEWER, "203.0.113.20", 200),
        ("330481", Role.OFFICER, "203.0.113.20", 200),
        ("330402", Role.OFFICER, "203.0.113.20", 404),
        ("330100", Role.MANAGER, "203.0.113.20", 404),
        ("330400", Role.SYSTEM_ADMIN, "203.0.113.20", 404),
    ],
)
def test_scope_of_a_lead(issue: ListIssue, division: str, role: Role, ip: str, status: int) -> None:
    client = person(division, role)
    assert client.get(f"/leads/{lead_at(ip).no}/").status_code == status
    assert (ip in client.get(f"/lists/preview/?week={WEEK}").content.decode()) is (status == 200)
    assert (ip in client.get(f"/leads/?week={WEEK}").content.decode()) is (status == 200)


@pytest.mark.parametrize(("division", "status"), [("330400", 200), ("330000", 200), ("330402", 404), ("330100", 404)])
def test_scope_of_a_list(issue: ListIssue, division: str, status: int) -> None:
    client = person(division)
    assert client.get(f"/lists/{issue.number}.zip").status_code == status
    assert (issue.number in client.get("/lists/").content.decode()) is (status == 200)


def test_rows_of_a_list_by_their_replies(issue: ListIssue) -> None:
    batch = ImportBatch.objects.create(no="I000001", kind="list-reply", file_name="x.csv", sha256="0" * 64)
    first, *others = issue.rows.order_by("position")
    ListReply.objects.create(row=first, batch=batch, truth="true")
    client = person("330400")
    for reply, rows in (
        ("", [first, *others]),
        ("answered", [first]),
        ("open", others),
        ("nonsense", [first, *others]),
    ):
        page = client.get(f"/lists/{issue.number}/?reply={reply}").content.decode()
        shown = set(re.findall(r'href="/leads/(L[0-9-]+)/"', page.partition("<table")[2]))
        assert shown == {row.snapshot["lead"] for row in rows}
    page = client.get(f"/lists/{issue.number}/").content.decode()
    for reply, count in (("answered", 1), ("open", len(others))):
        assert f'<a href="?reply={reply}">{count}</a>' in page


@pytest.mark.parametrize(("name", "found"), [("jx-egress-1", True), ("jx-egress-2", False)])
def test_leads_that_a_sensor_found(issue: ListIssue, name: str, found: bool) -> None:
    page = person("330400").get(f"/leads/?sensor={name}").content.decode()
    assert ("203.0.113.9" in page) is found


@pytest.mark.parametrize("resolved_at", ["", "2026-11-18 09:00", "2026-11-18 10:05"], ids=lambda at: at or "never")
def test_what_came_in_since_the_last_resolve_is_told(resolved_at: str, own: Make, detect: Make) -> None:
    """Whatever the last resolve was: it may have begun a few minutes after a delivery that it did not see."""
    tell(own, detect)
    resolve_pending()
    update_leads()
    week = parse_week(WEEK)
    assert pending_sessions(week) == 0
    if resolved_at:
        Job.objects.create(kind=RESOLVE, due_at=moment(resolved_at), state=JobState.DONE)
    detect("203.0.113.9", "2026-11-18 09:30", "2026-11-18 10:00", session="late")
    assert pending_sessions(week) == 1
    assert "数量： 1" in person("330400").get(f"/lists/preview/?week={WEEK}").content.decode()
    resolve_pending()
    update_leads()
    assert pending_sessions(week) == 0


@pytest.mark.parametrize(
    ("role", "division", "status"),
    [(Role.OFFICER, "330400", 302), (Role.VIEWER, "330400", 404), (Role.OFFICER, "330100", 404)],
)
def test_freezing(role: Role, division: str, status: int, own: Callable[..., Any], detect: Callable[..., Any]) -> None:
    tell(own, detect)
    client = person("330400", role)
    answer = client.post("/lists/freeze/", {"week": "2026-W45", "division": division})
    assert answer.status_code == status
    assert ListIssue.objects.count() == (status == 302)
    assert client.get("/lists/freeze/").status_code == 405


def test_a_forged_form_is_refused(issue: ListIssue) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("someone"))
    assert client.post("/lists/freeze/", {"week": WEEK, "division": "330400"}).status_code == 403
