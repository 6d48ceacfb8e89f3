"""Does what cannot be shown say so in the reader's words, inside the console, and lose nobody's rows?"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.utils import translation
from django.views.defaults import bad_request, server_error

from collector.cases.tables import Case

SignIn = Callable[..., Client]


@pytest.mark.parametrize(
    ("who", "path", "status", "zh", "en"),
    [
        ("city", "/leads/L2099-999999/", 404, "没有这一页", "No such page"),
        ("city", "/no/such/page", 404, "没有这一页", "No such page"),
        ("carrier", "/leads/", 403, "没有权限", "Not for your role"),
        ("nobody", "/imports/", 403, "没有权限", "Not for your role"),
    ],
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_refused(sign_in: SignIn, who: str, path: str, status: int, zh: str, en: str, language: str) -> None:
    answer = sign_in(who, language).get(path)
    page = answer.content.decode()
    assert answer.status_code == status
    assert (zh in page, en in page) == (language != "en", language == "en")
    assert "style.css" in page


def test_a_stranger_gets_the_page_without_a_menu(client: Client, db: None) -> None:
    page = client.get("/no/such/page").content.decode()
    assert "没有这一页" in page
    assert 'class="menu"' not in page


def test_a_form_of_a_former_session_says_what_to_do(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/report/", {"address": "x"})
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_fault_of_our_own_needs_no_database(language: str) -> None:
    request = RequestFactory().get("/")
    with translation.override(language):
        told = server_error(request).content.decode(), bad_request(request, ValueError()).content.decode()
    expected = (
        ("系统出错", "请求无法处理") if language != "en" else ("Something went wrong", "The request makes no sense")
    )
    assert [word in page for word, page in zip(expected, told, strict=True)] == [True, True]


@pytest.mark.parametrize("path", ["/leads/?coin=BTC", "/self-audits/", "/audit/"])
def test_rows_are_no_place_for_the_sign_in_form(client: Client, db: None, path: str) -> None:
    asked_by_script = client.get(path, headers={"HX-Request": "true", "HX-Target": "results"})
    assert (asked_by_script.content, asked_by_script["HX-Refresh"]) == (b"", "true")
    assert client.get(path)["Location"].startswith("/login/")


@pytest.mark.parametrize(
    ("path", "data", "to"),
    [
        ("/cases/open/", {"query": "coin=BTC&page=2"}, "/leads/?coin=BTC"),
        ("/cases/together/", {"action": "locate", "query": "state=open"}, "/cases/?state=open"),
        ("/cases/together/", {"action": "locate", "query": "next=//evil.example.org"}, "/cases/?"),
    ],
)
def test_nothing_chosen_is_told_where_one_was(sign_in: SignIn, path: str, data: dict[str, str], to: str) -> None:
    client = sign_in("city")
    answer = client.post(path, data)
    assert answer["Location"] == to
    assert "请先勾选要处理的行" in client.get(to).content.decode()
    assert not Case.objects.exists()


def test_who_acts_on_many_comes_back_to_the_same_rows(sign_in: SignIn) -> None:
    client = sign_in("city")
    lead = client.get("/leads/?q=203.0.113.9").content.decode().partition('name="pick" value="')[2][:12]
    assert client.post("/cases/open/", {"pick": lead})["Location"] == "/cases/?sort=-opened"
    number = Case.objects.get().no
    answer = client.post("/cases/together/", {"action": "locate", "pick": number, "query": "grade=A&sort=-due"})
    assert answer["Location"] == "/cases/?grade=A&sort=-due"


def test_a_lead_that_has_a_case_is_told_apart(sign_in: SignIn) -> None:
    client = sign_in("city", "en")
    leads = re.findall(r'name="pick" value="([^"]+)"', client.get("/leads/").content.decode())[:2]
    for picked, told, not_told in (
        (leads[:1], "Cases opened: 1", "Opened before"),
        (leads, "Opened before: 1", "opened: 2"),
    ):
        page = client.post("/cases/open/", {"pick": picked}, follow=True).content.decode()
        assert told in page and not_told not in page
    assert Case.objects.count() == 2


def test_a_refused_act_keeps_what_was_said_with_it(sign_in: SignIn) -> None:
    client = sign_in("city")
    lead = re.findall(r'name="pick" value="([^"]+)"', client.get("/leads/?q=203.0.113.9").content.decode())
    client.post("/cases/open/", {"pick": lead})
    said = {"action": "assign", "division_code": "南湖", "department": "culture", "reason": "按属地分派"}
    answer = client.post(f"/cases/{Case.objects.get().no}/act/", said)
    page = answer.content.decode()
    assert answer.status_code == 422
    folded_out = page.partition('<details name="act" open>')[2].partition("</details>")[0]
    for kept in ('value="南湖"', 'value="按属地分派"', '<option value="culture" selected>'):
        assert kept in folded_out
