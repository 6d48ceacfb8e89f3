"""Does the API do a case's work, name nobody who must not be named, and hide what lies elsewhere?"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casework_data import NOW, Make
from django.test import Client
from office_keys import live_key

from collector.accounts.choices import OfficeKind
from collector.accounts.models import Office
from collector.cases.casework import open_case
from collector.cases.models import Lead
from collector.cases.tables import Case
from collector.cases.watch import watch

Ask = Callable[..., Any]
BASE = "/api/v1"


def client_of(
    name: str, division: str = "330400", kind: str = OfficeKind.CYBERSPACE, hidden: tuple[str, ...] = ()
) -> Client:
    office, _ = Office.objects.get_or_create(name=name, defaults={"division_code": division, "kind": kind})
    row, text = live_key("test", office)
    row.hidden_fields = list(hidden)
    row.save()
    return Client(headers={"Authorization": f"Bearer {text}"})


def acts(client: Client, no: str, *said: dict[str, Any]) -> list[tuple[int, str]]:
    """Status and state (or what was told) after each act."""
    answers = [client.post(f"{BASE}/cases/{no}/acts", data=one) for one in said]
    return [(answer.status_code, answer.json().get("state") or answer.json()["error"]) for answer in answers]


def test_a_county_works_and_two_offices_decide(case: Case) -> None:
    county = client_of("南湖区网信办", "330402")
    way = ({"action": "dispatch"}, {"action": "receive"}, {"action": "check"},
           {"action": "measure", "kind": "power-cut", "quantity": 3, "unit": "台"},
           {"action": "appeal", "reason": "是区块链教学"})  # fmt: skip
    states = [(200, "dispatched"), (200, "received"), (200, "checking"), (200, "checking"), (200, "appealed")]
    assert acts(county, case.no, *way) == states
    vote = {"action": "vote", "verdict": "uphold", "reason": "属实", "allowed_days": 30}
    status, told = acts(county, case.no, vote)[0]
    assert (status, "filed the appeal" in told) == (409, True)
    assert acts(client_of("市网信办"), case.no, vote, vote)[1][0] == 409
    assert acts(client_of("市发改委"), case.no, vote) == [(200, "closed")]
    shown = county.get(f"{BASE}/cases/{case.no}").json()
    assert (shown["cause"], shown["allowed"], shown["measures"][0]["quantity"]) == (
        "false-alarm", ["relapse", "move-lead"], 3,
    )  # fmt: skip
    entries = county.get(f"{BASE}/cases/{case.no}/entries").json()["entries"]
    assert [entry["action"] for entry in entries][:3] == ["open", "locate", "grade"]
    assert entries[-1]["actor"] == "office:市发改委"


@pytest.mark.parametrize(
    ("said", "status", "told"),
    [
        ({"action": "submit"}, 409, "not possible"),
        ({"action": "lose"}, 409, "lacks reason"),
        ({"action": "relapse"}, 400, "nobody does this by hand"),
        ({"action": "escalate"}, 400, "nobody does this by hand"),
        ({"action": "assign", "division_code": "33", "department": "reform", "reason": "r"}, 400, "no division code"),
        ({"action": "measure", "kind": "x"}, 400, "is none of"),
        ({"action": "refer", "department": "x", "reason": "r"}, 400, "is none of"),
        ({"action": "dance"}, 422, "action"),
        ({}, 422, "action"),
        ({"action": "lose", "reason": "x" * 4_001}, 422, "reason"),
    ],
)
def test_what_cannot_be_done_is_told(case: Case, said: dict[str, Any], status: int, told: str) -> None:
    answered, error = acts(client_of("市网信办"), case.no, said)[0]
    assert (answered, told in error) == (status, True), error


@pytest.mark.parametrize(
    ("division", "kind", "status", "seen"),
    [
        ("330400", OfficeKind.CYBERSPACE, 200, 1),
        ("330402", OfficeKind.REFORM, 200, 1),
        ("330481", OfficeKind.CYBERSPACE, 404, 0),
        ("440300", OfficeKind.CYBERSPACE, 404, 0),
        ("330400", OfficeKind.ASSESSOR, 200, 1),
    ],
)
def test_scope(case: Case, division: str, kind: OfficeKind, status: int, seen: int) -> None:
    client = client_of("office", division, kind)
    assert len(client.get(f"{BASE}/cases").json()["cases"]) == seen
    assert len(client.get(f"{BASE}/lead-sources").json()["leads"]) == seen
    for path in ("", "/entries"):
        assert client.get(f"{BASE}/cases/{case.no}{path}").status_code == status
    written = client.post(f"{BASE}/cases/{case.no}/acts", data={"action": "dispatch"}).status_code
    assert written == (403 if kind == OfficeKind.ASSESSOR else status)


def test_a_person_is_never_named(own: Make, detect: Make, place: Callable[[], None]) -> None:
    own("aaa", "198.18.7.7", subscriber="0573-88881234", unit_name="张三丰", division_code="330402",
        address="紫阳街12号")  # fmt: skip
    detect("198.18.7.7", "2026-11-17 08:00")
    place()
    watch(NOW)
    no = Case.objects.get().no
    client = client_of("市网信办")
    pages = [client.get(f"{BASE}/{path}").content.decode() for path in ("cases", f"cases/{no}", f"cases/{no}/entries")]
    assert not any(secret in page for page in pages for secret in ("张三丰", "88881234", "紫阳街"))


def test_a_tokens_hidden_fields_are_hidden(case: Case) -> None:
    client = client_of("市网信办", hidden=("uscc", "unit_name"))
    for path in (f"cases/{case.no}", f"cases/{case.no}/entries"):
        assert "91330402MA2B00001X" not in client.get(f"{BASE}/{path}").content.decode()
    assert "uscc" not in client.get(f"{BASE}/cases").json()["cases"][0]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?state=located", 1),
        ("?grade=C", 3),
        ("?grade=A", 0),
        ("?open=true", 3),
        ("?overdue=true", 0),
        ("?department=reform", 1),
        ("?department=cyberspace", 1),
        ("?department=market", 0),
        ("?limit=2", 2),
        ("?limit=2&after=2", 1),
    ],
)
def test_a_list_is_narrowed(case: Case, detect: Make, place: Callable[[], None], query: str, count: int) -> None:
    detect("203.0.113.50", "2026-11-17 08:00")
    detect("203.0.113.51", "2026-11-17 08:00")
    place()
    watch(NOW)
    client = client_of("市网信办")
    second = Lead.objects.get(no="L2026-000002")
    acts(client, open_case(second.no, "li", NOW).no, {"action": "locate"}, {"action": "dispatch"})
    answer = client.get(f"{BASE}/cases{query}").json()
    assert len(answer["cases"]) == count
    assert answer["next"] == (2 if query == "?limit=2" else None)


def test_evidence_is_sealed(case: Case, evidence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.cases.api.evidence_folder", lambda: evidence)
    client = client_of("市网信办")
    file = io.BytesIO(b"abc")
    file.name = "../../etc/照片.jpg"
    answer = client.post(f"{BASE}/cases/{case.no}/evidence", data={"file": file})
    assert answer.status_code == 200
    (sealed,) = client.get(f"{BASE}/cases/{case.no}").json()["evidence"]
    assert (sealed["name"], sealed["bytes"], sealed["sm3"][:8]) == ("照片.jpg", 3, "66c7f0f4")
    assert client.post(f"{BASE}/cases/{case.no}/evidence").status_code == 400


def test_a_refusal_speaks_both_languages(case: Case) -> None:
    answer = client_of("市网信办").post(f"{BASE}/cases/{case.no}/acts", data={"action": "submit"}).json()
    assert answer == {
        "error": "提请复核：状态“已定位”下不能办理 / submit: not possible in state located",
        "hint": "可办理的见 cases show / see the allowed moves: cases show",
    }
    assert client_of("市网信办").post(f"{BASE}/leads/L2026-000001/unmerge", data={"reason": "r"}).json() == {
        "error": "线索 L2026-000001：并未合并 / lead L2026-000001: is not merged",
        "hint": "可查 cases lead L2026-000001 / see: cases lead L2026-000001",
    }
