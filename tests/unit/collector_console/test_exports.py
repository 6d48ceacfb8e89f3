"""Is a file exactly what its list shows, sent part by part with few rows in memory, and on the record?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from openpyxl import load_workbook

from collector.audit.models import AuditEntry
from collector.cases.models import Lead
from collector.console import exports, listing
from collector.console.exports import FORMS, ROWS_AT_ONCE, file_of
from collector.console.pages import leads, units
from collector.console.places import Places
from collector.console.tables import learn, texts, titles
from collector.registry.models import Organisation

SignIn = Callable[..., Client]
NOW = datetime(2026, 11, 20, tzinfo=UTC)
FORMULA = "=HYPERLINK(1)"


def make(count: int) -> None:
    Lead.objects.bulk_create(
        Lead(
            no=f"L2026-{number:06d}",
            key=f"k{number}",
            ip="203.0.113.9",
            unit_name=FORMULA if number == 0 else f"第{number}公司",
            status="auto",
            first_seen=NOW,
            last_seen=NOW - timedelta(minutes=number),
        )
        for number in range(count)
    )


def test_few_rows_wait_in_memory(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    make(3 * ROWS_AT_ONCE + 7)
    fetched = 0

    def counted(*asked: Any) -> Iterator[Any]:
        nonlocal fetched
        for row in plain(*asked):
            fetched += 1
            yield row

    plain = exports.plain_rows
    monkeypatch.setattr(exports, "plain_rows", counted)
    answer = file_of(leads.LISTING, leads.LISTING.columns, Lead.objects.order_by("-last_seen"), "csv")
    assert fetched == 0, "nothing is fetched before it is sent"
    sent, waiting = -1, []
    for part in answer:
        sent += part.count(b"\r\n")
        waiting.append(fetched - max(sent, 0))
    assert sent == fetched == 3 * ROWS_AT_ONCE + 7
    assert max(waiting) == 0, "each part leaves before the next is fetched"
    assert len(waiting) == 1 + 1 + 4


@pytest.mark.parametrize("chosen", ["shown", "all"])
def test_a_part_of_the_rows_is_a_question_or_two(db: None, chosen: str) -> None:
    columns = [one for one in leads.LISTING.columns if one.shown or chosen == "all"]
    make(2 * ROWS_AT_ONCE)
    with CaptureQueriesContext(connection) as asked:
        b"".join(file_of(leads.LISTING, columns, Lead.objects.order_by("pk"), "csv"))
    per_part = 1 if chosen == "shown" else 2
    assert len([one for one in asked if "leadsession" in one["sql"]]) == 2 * per_part
    assert len(asked) <= 2 * per_part + 2


@pytest.mark.parametrize("one", [leads.LISTING, units.LISTING], ids=lambda one: one.name)
def test_mere_values_say_what_the_rows_would(world: datetime, one: Any) -> None:
    model = {"leads": Lead, "units": Organisation}[one.name]
    rows = list(model.objects.order_by("pk"))
    one.prepare(rows)
    text = b"".join(file_of(one, one.columns, model.objects.order_by("pk"), "csv")).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    places = Places()
    learn(places, rows, one.columns)
    assert lines[0] == titles(one.columns)
    assert lines[1:] == [texts(row, one.columns, places) for row in rows]
    assert len(rows) > 1


@pytest.mark.parametrize(
    ("language", "head"),
    [("zh-hans", ["IP地址", "区划", "区划代码"]), ("en", ["IP address", "Division", "Division code"])],
)
def test_a_file_has_a_places_whole_name_and_its_code(sign_in: SignIn, language: str, head: list[str]) -> None:
    answer = sign_in("city", language).get("/leads/?col=ip&col=division&sort=division&export=csv")
    lines = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert lines[0] == head
    assert ["203.0.113.9", "浙江省嘉兴市南湖区", "330402"] in lines
    assert ["203.0.113.20", "浙江省嘉兴市海宁市", "330481"] in lines


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_formula_stays_text(db: None, form: str) -> None:
    make(2)
    unit = [column for column in leads.LISTING.columns if column.key == "unit"]
    with closing(file_of(leads.LISTING, unit, Lead.objects.order_by("pk"), form)) as answer:
        data = b"".join(answer)
    if form == "csv":
        cells = [(line[0], "s") for line in csv.reader(io.StringIO(data.decode("utf-8-sig")))]
    else:
        sheet = load_workbook(io.BytesIO(data)).worksheets[0]
        cells = [(row[0].value, row[0].data_type) for row in sheet.iter_rows()]
    assert cells[1:] == [(f"'{FORMULA}", "s"), ("第1公司", "s")]


def test_a_file_is_in_the_language_it_was_asked_for_in(db: None) -> None:
    make(2)
    with translation.override("zh-hans"):
        answer = file_of(leads.LISTING, leads.LISTING.columns, Lead.objects.order_by("pk"), "csv")
        parts = iter(answer)
        next(parts)
    with translation.override("en"):
        text = b"".join(parts).decode()
    assert "已定位" in text and "末次发现" in text and "Located" not in text


def test_a_file_that_would_leave_rows_out_is_not_made(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(listing.FORMS, "xlsx", replace(FORMS["xlsx"], max_rows=2))
    client = sign_in("city", "en")
    answer = client.get("/leads/?sort=no&export=xlsx")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/leads/?sort=no")
    assert "More than 2 rows" in client.get("/leads/?sort=no").content.decode()
    assert client.get("/leads/?sort=no&q=203.0.113.9&export=xlsx").getvalue().startswith(b"PK")


def test_who_took_a_file_is_on_the_record(sign_in: SignIn) -> None:
    answer = sign_in("city").get("/leads/?coin=BTC&export=csv")
    (entry,) = AuditEntry.objects.filter(actor="city", object_kind="console:leads")
    assert entry.detail["path"] == "/leads/?coin=BTC&export=csv", "written before the first byte leaves"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.getvalue()
