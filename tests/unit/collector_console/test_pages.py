"""Who may open which page, in which language, and under how many questions to the database?"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from collector.bulletin.services import take
from collector.cases.casework import open_case
from collector.cases.models import Lead
from collector.ingest.models import Sensor
from collector.lists.registering import Told, tip_off
from collector.lists.services import freeze
from collector.lists.week import week_of
from collector.registry.models import Organisation
from collector.trace.services import Wanted, request_traces

SignIn = Callable[..., Client]
ALL = {
    *("city", "reader", "head", "county", "hangzhou", "carrier", "rival", "cafe"),
    *("auditor", "keeper", "warden", "nobody"),
}
READERS = {"city", "reader", "head", "county", "hangzhou"}
UNITS_TOO = READERS | {"cafe"}
CITY_ALONE = {"city", "reader", "head"}
PAGES: dict[str, set[str]] = {
    "/": UNITS_TOO | {"nobody"},
    "/search/?q=203.0.113.0/24": ALL,
    "/leads/": UNITS_TOO,
    "/leads/{cafe}/": CITY_ALONE | {"cafe"},
    "/leads/{mould}/": CITY_ALONE | {"county"},
    "/leads/{far}/": {"hangzhou"},
    "/cases/": UNITS_TOO,
    "/cases/{case}/": CITY_ALONE | {"cafe"},
    "/cases/{case}/sheet/": CITY_ALONE | {"cafe"},
    "/lists/": READERS,
    "/lists/{issue}/": CITY_ALONE,
    "/lists/preview/": READERS,
    "/bulletins/": READERS,
    "/bulletins/{bulletin}/": CITY_ALONE,
    "/bulletins/{bulletin}.xlsx": CITY_ALONE,
    "/traces/": READERS | {"carrier", "rival"},
    "/traces/{trace}/": CITY_ALONE | {"carrier"},
    "/traces/{trace}/file.xlsx": CITY_ALONE | {"carrier"},
    "/tip-offs/": READERS,
    "/tip-offs/{tip_off}/": CITY_ALONE | {"county"},
    "/units/": UNITS_TOO,
    "/units/{unit}/": CITY_ALONE | {"cafe"},
    "/sensors/": UNITS_TOO,
    "/sensors/{sensor}/": CITY_ALONE,
    "/signatures/": READERS,
    "/pools/": READERS,
    "/imports/": {"city", "head", "county", "hangzhou", "carrier", "rival"},
    "/audit/": {"auditor"},
    "/people/": {"keeper", "warden"},
    "/keys/": {"keeper", "warden"},
    "/rules/": READERS,
    "/self-audits/": UNITS_TOO,
}
BUDGETS = {
    "/": 30,
    "/leads/": 18,
    "/cases/": 17,
    "/bulletins/": 12,
    "/bulletins/{bulletin}/": 18,
    "/traces/": 16,
    "/tip-offs/": 16,
    "/tip-offs/{tip_off}/": 19,
    "/units/": 16,
    "/sensors/": 13,
    "/signatures/": 15,
    "/pools/": 16,
    "/lists/": 17,
    "/rules/": 12,
    "/self-audits/": 15,
    "/imports/": 12,
}
"""Questions to the database, signing in and writing down included; none grows with the number of rows."""


@pytest.fixture
def address(world: Any) -> Callable[[str], str]:
    """The address of a page, with what the world holds filled in."""
    made = request_traces(Wanted(division="330400"))
    case = open_case(Lead.objects.get(ip="203.0.113.9").no, "city", world)
    issue = freeze(week_of(world), "330400", world).issue
    places = {
        "bulletin": take(week_of(world), "330400", world)[0].number,
        "case": case.no,
        "issue": issue.number,
        "cafe": Lead.objects.get(ip="203.0.113.9").no,
        "mould": Lead.objects.get(ip="203.0.113.20").no,
        "far": Lead.objects.get(ip="203.0.113.60").no,
        "trace": made[0].no,
        "tip_off": tip_off(Told("海宁市示例路1号", "330481", unit_name="海宁精工"), world).pk,
        "unit": Organisation.objects.get(division_code="330402").pk,
        "sensor": Sensor.objects.get().pk,
    }
    return lambda page: page.format(**places)


@pytest.mark.parametrize("name", sorted(ALL))
def test_only_what_the_role_may_see(sign_in: SignIn, address: Callable[[str], str], name: str) -> None:
    client = sign_in(name)
    opened = {page for page in PAGES if client.get(address(page)).status_code == 200}
    assert opened == {page for page, people in PAGES.items() if name in people}


@pytest.mark.parametrize("page", sorted(PAGES))
def test_nothing_without_signing_in(address: Callable[[str], str], page: str) -> None:
    answer = Client().get(address(page))
    assert (answer.status_code, answer["Location"].startswith("/login/")) == (302, True)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("page", sorted(page for page in PAGES if not page.endswith(".xlsx")))
def test_every_page_keeps_the_policy(sign_in: SignIn, address: Callable[[str], str], page: str, language: str) -> None:
    client = sign_in(next(name for name in ("city", "hangzhou", "auditor", "keeper") if name in PAGES[page]), language)
    answer = client.get(address(page))
    html = answer.content.decode()
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert not re.search(r"<script(?! src=\"/static/)|<style|\sstyle=|\son\w+=|https?://", html)
    assert ("退出" in html, "Sign out" in html) == (language == "zh-hans", language == "en")


@pytest.mark.parametrize("page", sorted(BUDGETS))
def test_questions_to_the_database(sign_in: SignIn, address: Callable[[str], str], page: str) -> None:
    client, where = sign_in("city"), address(page)
    client.get(where)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(where).status_code == 200
    assert len(asked) <= BUDGETS[page], [one["sql"][:120] for one in asked]


def test_a_menu_shows_only_what_opens(sign_in: SignIn) -> None:
    for name in sorted(ALL):
        client = sign_in(name)
        page = client.get("/search/").content.decode()
        menu = re.search(r'<nav class="menu".*?</nav>', page, re.DOTALL)
        assert menu is not None
        links = re.findall(r'href="([^"]+)" data-key', menu[0])
        assert [link for link in links if client.get(link).status_code != 200] == [], name


@pytest.mark.parametrize(
    "path",
    ["/traces/ask/", "/lists/freeze/", "/cases/open/", "/cases/together/", "/imports/", "/imports/I000001/undo/"],
)
def test_a_forged_form_is_refused(sign_in: SignIn, path: str) -> None:
    trusted = sign_in("city")
    client = Client(enforce_csrf_checks=True)
    client.cookies = trusted.cookies
    assert client.post(path, {}).status_code == 403
