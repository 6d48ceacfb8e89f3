"""Is everything found from the one box, by whom it may be seen? And is an import's effect told before it happens?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import console_world
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from collector.cases.casework import open_case
from collector.cases.models import Lead
from collector.ingest.models import Detection
from collector.lists.services import freeze
from collector.lists.week import week_of
from collector.registry.models import ImportBatch, ImportChange, Organisation
from collector.trace.services import Wanted, request_traces

SignIn = Callable[..., Client]
USCC = console_world.UNITS[0][1]
HEAD = "单位名称,统一社会信用代码,单位性质,区划代码,地址\n"


@pytest.fixture
def numbers(world: datetime) -> dict[str, str]:
    lead = Lead.objects.get(ip="203.0.113.9")
    return {
        "lead": lead.no,
        "case": open_case(lead.no, "city", world).no,
        "issue": freeze(week_of(world), "330400", world).issue.number,
        "trace": request_traces(Wanted(division="330400"))[0].no,
    }


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("203.0.113.9", {"lead", "case", "unit"}),
        ("203.0.113.0/28", {"lead", "case", "unit"}),
        (USCC, {"lead", "case", "unit"}),
        (USCC.lower(), {"lead", "case", "unit"}),
        ("星云网吧", {"lead", "case", "unit"}),
        ("中山东路100号", {"lead", "case", "unit"}),
        ("rig1", set()),
        ("203.0.113.50", {"trace"}),
        ("MW-330400", {"issue"}),
        ("中国电信", {"trace"}),
        ("没有这个词", set()),
    ],
)
def test_a_word_finds(sign_in: SignIn, numbers: dict[str, str], word: str, found: set[str]) -> None:
    page = sign_in("city").get("/search/", {"q": word}).content.decode()
    unit = Organisation.objects.get(uscc=USCC).pk
    links = {kind: f'href="/{kind}s/{no}/"' for kind, no in numbers.items()} | {"unit": f'href="/units/{unit}/"'}
    links["issue"] = f'href="/lists/{numbers["issue"]}/"'
    assert {kind for kind, link in links.items() if link in page} == found


@pytest.mark.parametrize("kind", ["lead", "case"])
def test_a_number_goes_straight_there(sign_in: SignIn, numbers: dict[str, str], kind: str) -> None:
    answer = sign_in("city").get("/search/", {"q": numbers[kind].lower()})
    assert (answer.status_code, answer.headers.get("Location")) == (302, f"/{kind}s/{numbers[kind]}/")


def test_a_wallet_is_found_by_the_whole_of_it_only(sign_in: SignIn, world: datetime) -> None:
    wallet = "bc1q" + "a0b1c2d3" * 5
    Detection.objects.filter(miner_ip="203.0.113.9").update(account=wallet)
    client = sign_in("city")
    pages = [client.get("/search/", {"q": word}).content.decode() for word in (wallet, wallet[:-1], wallet[:24])]
    assert ["203.0.113.9" in re.sub(r"<title>.*|value=.*", "", page) for page in pages] == [True, False, False]


@pytest.mark.parametrize("name", ["hangzhou", "carrier", "cafe", "nobody"])
def test_nobody_finds_what_they_may_not_see(sign_in: SignIn, numbers: dict[str, str], name: str) -> None:
    client = sign_in(name)
    page = client.get("/search/", {"q": "海宁精工"}).content.decode()
    assert "海宁精工模具有限公司" not in page
    assert client.get("/search/", {"q": numbers["case"]}).status_code == (302 if name == "cafe" else 200)


def rehearsal(client: Client, text: str) -> str:
    form = {"kind": "organisations", "file": SimpleUploadedFile("units.csv", (HEAD + text).encode())}
    return str(client.post("/imports/", form, follow=True).content.decode())


@pytest.mark.parametrize(
    ("text", "made", "changed", "shown"),
    [
        ("海盐示例厂,,民营企业,330402,某路1号\n", 1, 0, []),
        (
            f"南湖区星云网吧,{USCC},网吧,330402,新址5号\n",
            0,
            1,
            ["<del>嘉兴市南湖区中山东路100号</del>", "<ins>新址5号</ins>"],
        ),
        (f"南湖区星云网吧,{USCC},网吧,330402,嘉兴市南湖区中山东路100号\n", 0, 0, []),
        (f"甲厂,,民营企业,330402,一\n乙厂,,民营企业,330402,二\n星云,{USCC},网吧,330402,三\n", 2, 1, ["<ins>三</ins>"]),
    ],
)
def test_what_an_import_would_do(sign_in: SignIn, text: str, made: int, changed: int, shown: list[str]) -> None:
    client, before = sign_in("city"), list(Organisation.objects.order_by("pk").values())
    page = rehearsal(client, text)
    assert re.findall(r"将新增</dt><dd>(\d+)</dd>", page) == [str(made)]
    assert re.findall(r"将更改</dt><dd>(\d+)</dd>", page) == [str(changed)]
    assert [word for word in shown if word not in page] == []
    assert list(Organisation.objects.order_by("pk").values()) == before, "a rehearsal changes nothing"
    assert not ImportChange.objects.filter(batch__dry_run=True).exists()


def test_committed_then_undone_is_as_before(sign_in: SignIn) -> None:
    client, before = sign_in("city"), list(Organisation.objects.order_by("pk").values())
    form = {
        "kind": "organisations",
        "file": SimpleUploadedFile(
            "units.csv", f"{HEAD}星云,{USCC},网吧,330402,三\n甲厂,,民营企业,330402,一\n".encode()
        ),
    }
    place = client.post("/imports/", form)["Location"]
    client.post(place, {"commit": "1"})
    batch = ImportBatch.objects.filter(dry_run=False).latest("pk")
    assert list(Organisation.objects.order_by("pk").values()) != before
    assert "已撤销" in client.post(f"/imports/{batch.no}/undo/", follow=True).content.decode()
    assert list(Organisation.objects.order_by("pk").values()) == before
    assert "没有可撤销" in client.post(f"/imports/{batch.no}/undo/", follow=True).content.decode()
