"""Is a division called by the name its reader knows, and asked for once a page?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from collector.accounts.scope import Capability, Scope
from collector.console import lead_filters
from collector.console.lead_filters import divisions_in
from collector.console.places import Places, places_for
from collector.console.scope import Viewer
from collector.registry.divisions import level_of, parent_of
from collector.registry.models import Division

SignIn = Callable[..., Client]
NAMES = {
    "110000": "北京市",
    "110100": "市辖区",
    "110105": "朝阳区",
    "429000": "省直辖县级行政区划",
    "420000": "湖北省",
    "429004": "仙桃市",
    "330000": "浙江省",
    "330100": "杭州市",
    "330400": "嘉兴市",
    "330402": "南湖区",
    "330481": "海宁市",
}


@pytest.fixture
def register(db: None) -> None:
    Division.objects.all().delete()
    Division.objects.bulk_create(
        Division(code=code, name=name, level=level_of(code), parent=parent_of(code)) for code, name in NAMES.items()
    )


def reader_of(*roots: str) -> Viewer:
    scopes = dict.fromkeys(Capability, Scope()) | {Capability.READ: Scope(roots)}
    return Viewer("somebody", scopes)


@pytest.mark.parametrize(
    ("roots", "code", "name"),
    [
        (("330400",), "330402", "南湖区"),
        (("330400",), "330400", "嘉兴市"),
        (("330400",), "330402001", "330402001"),
        (("330402",), "330402", "南湖区"),
        (("330000",), "330402", "嘉兴市南湖区"),
        (("330000",), "330400", "嘉兴市"),
        (("330000",), "110105", "北京市朝阳区"),
        (("330400", "330100"), "330402", "嘉兴市南湖区"),
        (("330402", "330481"), "330402", "南湖区"),
        (("330000", "110000"), "330402", "浙江省嘉兴市南湖区"),
        (("330400", "000000"), "330402", "浙江省嘉兴市南湖区"),
        ((), "330402", "浙江省嘉兴市南湖区"),
        ((), "110100", "北京市市辖区"),
        ((), "429004", "湖北省仙桃市"),
        ((), "330499", "330499"),
        ((), "990000", "990000"),
        ((), "x' OR 1=1", "x' OR 1=1"),
        ((), "", ""),
    ],
)
def test_name(register: None, roots: tuple[str, ...], code: str, name: str) -> None:
    places = places_for(reader_of(*roots))
    places.learn([code])
    assert places.name(code) == name


def test_the_country_has_a_name_in_both_languages(register: None) -> None:
    assert Places().name("000000") == "全国"
    with translation.override("en"):
        assert Places().name("000000") == "The whole country"


def test_the_newest_name_counts_and_an_abolished_place_keeps_its(register: None) -> None:
    over = {"level": "county", "parent": "330100", "valid_to": date(2021, 4, 1)}
    Division.objects.create(code="330103", name="下城区", **over)
    Division.objects.create(code="330402", name="秀城区", valid_from=date(1900, 1, 1), **over)
    Division.objects.create(code="330481", name="未来市", level="county", parent="330400", valid_from=date(2999, 1, 1))
    places = Places()
    places.learn(["330103", "330402", "330481"])
    assert [places.full(code) for code in ("330103", "330402", "330481")] == [
        "浙江省杭州市下城区",
        "浙江省嘉兴市南湖区",
        "浙江省嘉兴市海宁市",
    ]


def test_one_question_for_all_and_none_again(register: None) -> None:
    places = Places()
    with CaptureQueriesContext(connection) as asked:
        places.learn(["330402", "330481", "110105", "330499"])
        places.learn(["330402", "330499", "330000"])
        places.learn([])
    assert len(asked) == 1


def test_a_choice_is_in_the_order_of_codes_and_holds_everything(
    register: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    everywhere = reader_of("000000")
    assert [code for code, _ in divisions_in(everywhere.reads, everywhere)] == sorted(NAMES)
    monkeypatch.setattr(lead_filters, "_MOST_OFFERED", 7)
    fewer = divisions_in(everywhere.reads, everywhere)
    assert [code for code, _ in fewer] == ["110000", "110100", "330000", "330100", "330400", "420000", "429000"]
    assert divisions_in(Scope(), everywhere) == []


@pytest.mark.parametrize("address", ["/leads/", "/cases/", "/units/", "/sensors/", "/tip-offs/", "/electricity/"])
def test_no_list_has_a_code_for_a_name(sign_in: SignIn, address: str) -> None:
    page = sign_in("city").get(address).content.decode()
    assert '<td class="mono">3304' not in page
    assert "区划代码" not in page


def test_a_list_names_its_places(sign_in: SignIn) -> None:
    page = sign_in("city").get("/leads/").content.decode()
    assert '<span title="浙江省嘉兴市南湖区">南湖区</span> <small class="mono">330402</small>' in page
    assert '<option value="330402">南湖区</option>' in page


@pytest.mark.parametrize(
    ("who", "address", "offered"),
    [
        ("keeper", "/people/", '<option value="330402">南湖区</option>'),
        ("head", "/rules/tariffs/", '<option value="330481">海宁市</option>'),
    ],
)
def test_forms_offer_names(sign_in: SignIn, who: str, address: str, offered: str) -> None:
    assert offered in sign_in(who).get(address).content.decode()


def test_who_has_no_division_is_asked_for_none(sign_in: SignIn) -> None:
    assert 'name="division"' not in sign_in("cafe").get("/leads/").content.decode()
