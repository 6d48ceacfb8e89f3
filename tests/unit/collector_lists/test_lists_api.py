"""Does an office get its lists, and nobody else's?"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from jiaxing import WEEK, moment, tell
from office_keys import live_key

from collector.accounts.choices import TokenScope
from collector.accounts.services import issue_token, office_named, revoke_token
from collector.lists.models import ListIssue
from collector.lists.services import freeze
from collector.lists.week import parse_week

PATH = f"/api/v1/weekly-lists/{WEEK}"

pytestmark = pytest.mark.usefixtures("divisions")


@pytest.fixture
def frozen(own: Callable[..., Any], detect: Callable[..., Any]) -> ListIssue:
    tell(own, detect)
    freeze(parse_week(WEEK), "330402", moment("2026-11-23 08:30"))
    return freeze(parse_week(WEEK), "330400", moment("2026-11-23 08:30")).issue


def client_of(division: str) -> Client:
    office = office_named(f"office of {division}", division)
    _, token = live_key("test", office)
    return Client(headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize(
    ("office", "query", "status", "number"),
    [
        ("330400", "", 200, "MW-330400-2026W47-01"),
        ("330400", "?division=330402", 200, "MW-330402-2026W47-01"),
        ("330000", "?division=330400", 200, "MW-330400-2026W47-01"),
        ("330402", "?division=330400", 403, ""),
        ("330481", "?division=330402", 403, ""),
        ("330100", "?division=330400", 403, ""),
        ("330400", "?division=330481", 404, ""),
        ("330400", "?division=33", 400, ""),
        ("330400", "?format=pdf", 422, ""),
    ],
)
def test_scope(frozen: ListIssue, office: str, query: str, status: int, number: str) -> None:
    answer = client_of(office).get(PATH + query)
    assert answer.status_code == status
    if status == 200:
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert json.loads(archive.read("manifest.json"))["number"] == number
    else:
        assert set(answer.json()) == {"error", "hint"}


def test_ndjson_is_the_frozen_rows(frozen: ListIssue) -> None:
    answer = client_of("330400").get(PATH + "?format=ndjson")
    rows = [json.loads(line) for line in answer.content.splitlines()]
    assert [row["row_id"] for row in rows] == [row.row_id for row in frozen.rows.all()]
    assert answer["Content-Type"] == "application/x-ndjson"


def test_freezing_is_idempotent_and_scoped(
    own: Callable[..., Any], detect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(own, detect)
    monkeypatch.setattr("collector.lists.api.timezone.now", lambda: moment("2026-11-23 08:30"))
    client = client_of("330402")
    first, again = client.post(PATH).json(), client.post(PATH).json()
    assert (first["created"], again["created"]) == (True, False)
    assert (first["number"], first["rows"]) == (again["number"], again["rows"]) == ("MW-330402-2026W47-01", 4)
    assert client.post(f"{PATH}?division=330400").status_code == 403


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer mw_wrong"}, {"Authorization": "Basic eA=="}])
def test_without_a_token_there_is_nothing(frozen: ListIssue, header: dict[str, str]) -> None:
    assert Client(headers=header).get(PATH).status_code == 401


def test_a_sensors_or_revoked_token_opens_nothing(frozen: ListIssue, sensor: Any) -> None:
    office = office_named("office", "330400")
    row, revoked = live_key("old", office)
    revoke_token(row, timezone.now())
    _, ingest = issue_token("sensor", TokenScope.INGEST)
    for token in (revoked, ingest):
        assert Client(headers={"Authorization": f"Bearer {token}"}).get(PATH).status_code == 401


def test_a_bad_week_is_told(db: None) -> None:
    answer = client_of("330400").get("/api/v1/weekly-lists/2026-W60")
    assert (answer.status_code, "2026-W60" in answer.json()["error"]) == (400, True)
