"""Does a view bring back just what was shown, to its owner alone?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import QueryDict
from django.test import Client

from collector.console import saved
from collector.console.models import SavedView
from collector.console.pages import cases, leads
from collector.console.saved import cleaned

SignIn = Callable[..., Client]


@pytest.mark.parametrize(
    ("page", "asked", "kept"),
    [
        ("leads", "", ""),
        ("leads", "q=&division=", ""),
        ("leads", "coin=BTC&page=7&export=csv", "coin=BTC"),
        ("leads", "sort=-last&week=2026-W47&unknown=1", "week=2026-W47&sort=-last"),
        ("leads", "col=ip&col=no&col=nonsense", "col=no&col=ip"),
        ("leads", "col=" + "&col=".join(one.key for one in leads.LISTING.columns if one.shown), ""),
        ("leads", "q=" + "x" * 500, "q=" + "x" * 200),
        ("leads", "q=%3Cscript%3E", "q=%3Cscript%3E"),
        ("cases", "state=open&coin=BTC", "state=open"),
    ],
)
def test_what_of_a_url_is_kept(page: str, asked: str, kept: str) -> None:
    assert cleaned({"leads": leads.LISTING, "cases": cases.LISTING}[page], QueryDict(asked)) == kept


def test_saved_shown_and_dropped(sign_in: SignIn) -> None:
    client = sign_in("city")
    told = client.post("/views/leads/save/", {"name": "  海宁 的 ", "query": "division=330481&page=2"})
    assert told["Location"] == "/leads/?division=330481"
    page = client.get("/leads/?division=330481").content.decode()
    assert '<a href="/leads/?division=330481" aria-current="true">海宁 的</a>' in page
    assert "海宁 的" not in client.get("/cases/").content.decode()
    client.post(f"/views/{SavedView.objects.get().pk}/drop/")
    assert "/drop/" not in client.get("/leads/").content.decode()
    assert not SavedView.objects.exists()


def test_the_same_name_is_one_view(sign_in: SignIn) -> None:
    client = sign_in("city")
    for coin in ("BTC", "XMR"):
        client.post("/views/leads/save/", {"name": "一", "query": f"coin={coin}"})
    assert list(SavedView.objects.values_list("query", flat=True)) == ["coin=XMR"]


@pytest.mark.parametrize(
    ("name", "query"), [("", "coin=BTC"), (" ", "coin=BTC"), ("一", ""), ("一", "page=3"), ("一", "nothing=known")]
)
def test_what_is_no_view(sign_in: SignIn, name: str, query: str) -> None:
    page = sign_in("city").post("/views/leads/save/", {"name": name, "query": query}, follow=True)
    assert 'class="message error"' in page.content.decode()
    assert not SavedView.objects.exists()


def test_views_are_bounded(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MAX_VIEWS", 2)
    client = sign_in("city")
    for name in "abca":
        client.post("/views/leads/save/", {"name": name, "query": f"q={name}"})
    assert sorted(SavedView.objects.values_list("name", flat=True)) == ["a", "b"]


def test_a_view_is_its_owners_alone(sign_in: SignIn) -> None:
    sign_in("city").post("/views/leads/save/", {"name": "city's own", "query": "coin=BTC"})
    reader = sign_in("reader")
    assert "city&#x27;s own" not in reader.get("/leads/").content.decode()
    assert reader.post(f"/views/{SavedView.objects.get().pk}/drop/").status_code == 404
    assert reader.post("/views/people/save/", {"name": "x", "query": "q=1"}).status_code == 404
    assert SavedView.objects.count() == 1
