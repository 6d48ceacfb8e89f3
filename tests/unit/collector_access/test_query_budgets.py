"""How many questions does each page put to the database? No more than its budget, however many rows there are."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import province
import province_desk
from console_views import ASKS, ELSEWHERE, PEOPLE, Ask, names_of
from console_world import sign_up
from django.contrib.auth.models import User
from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext
from route_table import RULES

BUDGETS = json.loads((Path(__file__).resolve().parents[3] / "bench" / "budgets.json").read_text("utf-8"))["console"]
FEW, MANY = 200, 400
FIRST_ROWS = 3
"""Questions more where a page has rows now and had none: what belongs to rows is asked for all of them at once."""
Counted = dict[tuple[Ask, str], int]


def test_every_page_has_questions_and_a_budget() -> None:
    pages = {name.removeprefix("console:") for method, name in RULES if method == "GET" and name.startswith("console:")}
    assert pages - ELSEWHERE == {ask.view for ask in ASKS} == set(BUDGETS["queries"])


def test_no_page_asks_more_than_its_budget_nor_more_where_there_is_more(db: None) -> None:
    now = datetime.now(UTC)
    province.found(now)
    clients = {"stranger": Client()} | {who: _client(who) for who in PEOPLE}
    _grow(FEW, now)
    names = {name: quote(text) for name, text in names_of(now).items()}
    few = _counted(clients, names)
    _grow(MANY, now)
    many = _counted(clients, names)
    grown = {
        f"{ask.path} as {who}": (few[ask, who], count)
        for (ask, who), count in many.items()
        if count > few[ask, who] + FIRST_ROWS
    }
    assert not grown
    most: dict[str, int] = defaultdict(int)
    for (ask, _), count in many.items():
        most[ask.view] = max(most[ask.view], count)
    assert {view: count for view, count in most.items() if count > BUDGETS["queries"][view]} == {}


def _grow(leads: int, now: datetime) -> None:
    province.add(leads, now)
    province_desk.pile(leads, now)
    province_desk.work(now)


def _client(who: str) -> Client:
    client = Client()
    client.force_login(User.objects.filter(username=who).first() or sign_up(PEOPLE[who]))
    return client


def _counted(clients: dict[str, Client], names: dict[str, str]) -> Counted:
    counted = {}
    for ask in ASKS:
        for who in ask.people:
            reset_queries()  # the log is bounded
            with CaptureQueriesContext(connection) as asked:
                answer = clients[who].get(ask.path.format(**names))
            assert answer.status_code in (200, 302), (ask, who)
            counted[ask, who] = len(asked)
    return counted
