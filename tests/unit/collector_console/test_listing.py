"""Does a list narrow, sort and export exactly what is shown, whatever the URL says?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client
from openpyxl import load_workbook

from collector.cases.models import LeadSession
from collector.console import listing

SignIn = Callable[..., Client]
CITYS = {"203.0.113.9", "203.0.113.20", "203.0.113.50", "198.51.100.77"}


def rows_of(client: Client, query: str) -> list[dict[str, str]]:
    text = client.get(f"/leads/?export=csv{query}").getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", CITYS),
        ("&q=203.0.113.0/27", {"203.0.113.9", "203.0.113.20"}),
        ("&q=203.0.113.9", {"203.0.113.9"}),
        ("&q=星云", {"203.0.113.9"}),
        ("&q=92330402MA2B00001X", {"203.0.113.9"}),
        ("&q=0573-88881234", {"198.51.100.77"}),
        ("&q=88881234", set()),
        ("&q=2001:db8::/32", set()),
        ("&division=330481", {"203.0.113.20"}),
        ("&division=330100", set()),
        ("&division=x' OR 1=1", set()),
        ("&status=unknown", {"203.0.113.50"}),
        ("&status=nonsense", CITYS),
        ("&coin=xmr", {"203.0.113.20"}),
        ("&week=nonsense", CITYS),
        ("&week=1999-W01", set()),
        ("&new=2999-01-01", set()),
        ("&new=yesterday", CITYS),
        ("&page=99999999999&sort=nothing", CITYS),
    ],
)
def test_filters(sign_in: SignIn, query: str, found: set[str]) -> None:
    assert {row["IP地址"] for row in rows_of(sign_in("city"), query)} == found
    assert sign_in("city").get(f"/leads/?{query}").status_code == 200


def test_an_export_has_the_columns_that_are_shown(sign_in: SignIn) -> None:
    client = sign_in("city", "en")
    query = "/leads/?col=ip&col=unit&sort=unit&q=203.0.113.0/27"
    sheet = load_workbook(io.BytesIO(client.get(f"{query}&export=xlsx").getvalue())).worksheets[0]
    lines = [tuple(cell.value for cell in row) for row in sheet.iter_rows()]
    assert lines[0] == ("IP address", "Unit")
    assert {line[0] for line in lines[1:]} == {"203.0.113.9", "203.0.113.20"}
    page = client.get(query).content.decode()
    assert "First seen" not in page.partition("<thead>")[2].partition("</thead>")[0]


def test_a_person_is_masked_on_the_page_and_in_the_file(sign_in: SignIn) -> None:
    client = sign_in("city")
    page, file = client.get("/leads/").content, client.get("/leads/?export=csv").getvalue()
    for text in (page.decode(), file.decode("utf-8-sig")):
        assert "张三丰" not in text
        assert "12号3幢" not in text
        assert "张**" in text


def test_a_long_list_is_counted_to_a_bound(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_COUNTED", 2)
    page = sign_in("city", "en").get("/leads/").content.decode()
    assert "more than" in page


def test_htmx_gets_the_rows_alone(sign_in: SignIn) -> None:
    answer = sign_in("city").get("/leads/", headers={"HX-Request": "true", "HX-Target": "results"})
    assert b"<html" not in answer.content
    assert b"203.0.113.20" in answer.content


@pytest.mark.parametrize("field", ["coin", "algorithm"])
def test_what_nobody_knows_is_found_too(sign_in: SignIn, field: str) -> None:
    client = sign_in("city")
    assert rows_of(client, f"&{field}=none") == []
    LeadSession.objects.filter(lead__ip="203.0.113.9").update(**{field: ""})
    assert {row["IP地址"] for row in rows_of(client, f"&{field}=none")} == {"203.0.113.9"}
