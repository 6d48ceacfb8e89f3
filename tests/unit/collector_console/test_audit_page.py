"""Does the audit log tell in words who did what to what, is it found by person, time and kind, and is it whole?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from collector.audit.choices import Action
from collector.audit.models import AuditEntry
from collector.audit.services import Deed, record
from collector.console.deed_words import DECISIONS, ROUTES, Subject
from collector.console.deeds import about, particulars, what, which, who
from collector.jobs.models import Job, JobState

SignIn = Callable[..., Client]
GET, POST = {"method": "GET"}, {"method": "POST"}


ENTRIES: list[tuple[Deed, str, str, str, str]] = [
    (Deed("li", Action.LOOK, "console:lead", "L1", detail=GET), "li", "查看线索", "a lead", ""),
    (
        Deed("li", Action.LOOK, "console:leads", detail=GET | {"path": "/leads/?q=203.0.113.9"}),
        "li",
        "查看线索列表",
        "the list of leads",
        "“203.0.113.9”",
    ),
    (
        Deed("li", Action.EXPORT, "console:leads", detail=GET | {"path": "/leads/?export=csv"}),
        "li",
        "查看线索列表",
        "the list of leads",
        "CSV",
    ),
    (
        Deed("li", Action.CHANGE, "console:issue", "M", detail=POST),
        "li",
        "导入清单反馈",
        "took in a reply to a list",
        "",
    ),
    (Deed("li", Action.LOOK, "console:issue", "M", detail=GET), "li", "查看清单", "a list", ""),
    (
        Deed("token:mw_12345", Action.LOOK, "api:deliver", office="甲", detail=GET),
        "接口密钥 mw_12345… 甲",
        "接口读取检测",
        "detections",
        "",
    ),
    (
        Deed("command:root", Action.PURGE, "sessions", detail={"rows": "7"}),
        "命令行 root",
        "到期的运营商日志",
        "",
        "条数 7",
    ),
    (
        Deed("w", Action.GRANT, "membership", "x", detail={"what": "granted", "office": "甲", "role": "officer"}),
        "w",
        "授予角色",
        "granted a role",
        "单位 甲；角色 经办人",
    ),
    (
        Deed(
            "h", Action.GRANT, "rule", "grades", detail={"what": "put", "grade": "A", "one_of": "[]", "at_least": "5"}
        ),
        "h",
        "设置规则",
        "set a rule",
        "等级 A；不小于 5",
    ),
    (Deed("li", Action.UNMASK, "lead", "L1", purpose="核查来信"), "li", "线索", "a lead", ""),
    (Deed("li", Action.LOOK, "console:no-such-page", "L1", detail=GET), "li", "console:no-such-page", "", ""),
    (Deed("li", Action.LOGIN), "li", "", "", ""),
]


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("kind", "object_id", "shown"),
    [
        ("rule", "grades", "分级规则"),
        ("console:rule-end", "tariffs,7", "差别电价 7"),
        ("console:lead", "L1", "L1"),
        ("console:unit", "grades", "grades"),
    ],
)
def test_an_object_by_its_number_or_name(kind: str, object_id: str, shown: str) -> None:
    entry = record(Deed("h", Action.CHANGE, kind, object_id), datetime(2026, 11, 20, tzinfo=UTC))
    with translation.override("zh-hans"):
        assert which(entry) == shown


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(("deed", "person", "zh", "en", "more"), ENTRIES)
def test_an_entry_in_words(deed: Deed, person: str, zh: str, en: str, more: str) -> None:
    entry = record(deed, datetime(2026, 11, 20, tzinfo=UTC))
    with translation.override("zh-hans"):
        assert (who(entry), what(entry), particulars(entry)) == (person, zh, more)
    with translation.override("en"):
        assert not en or what(entry) == en


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("", ["look", "export", "grant", "unmask"]),
        ("actor=li", ["look", "export", "unmask"]),
        ("about=leads", ["look", "export", "unmask"]),
        ("about=accounts", ["grant"]),
        ("action=export", ["export"]),
        ("since=2026-11-19", ["grant", "unmask"]),
        ("until=2026-11-18", ["look", "export"]),
        ("since=2026-11-18&until=2026-11-19", ["export", "grant"]),
        ("since=none&until=2026-13-41", ["look", "export", "grant", "unmask"]),
        ("q=核查", ["unmask"]),
    ],
)
def test_entries_are_found_by_person_time_and_kind(sign_in: SignIn, query: str, actions: list[str]) -> None:
    start = datetime(2026, 11, 16, 20, tzinfo=UTC)
    deeds = (
        Deed("li", Action.LOOK, "console:lead", "L1", detail=GET),
        Deed("li", Action.EXPORT, "console:leads", detail=GET),
        Deed("warden", Action.GRANT, "key", "mw_1", detail={"what": "approved"}),
        Deed("li", Action.UNMASK, "lead", "L1", purpose="核查来信"),
    )
    auditor = sign_in("auditor")
    before = AuditEntry.objects.count()
    for number, deed in enumerate(deeds):
        record(deed, start + timedelta(days=number))
    shown = auditor.get(f"/audit/?{query}&col=action&col=seq&sort=seq&export=csv")
    words = {str(action.label): action.value for action in Action}
    with translation.override("zh-hans"):
        words = {str(action.label): action.value for action in Action}
    rows = [line.split(",") for line in _text(shown).lstrip("\ufeff").splitlines()[1:]]
    assert [words[row[1]] for row in rows if before < int(row[0]) <= before + len(deeds)] == actions


def _text(answer: Any) -> str:
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(data.decode("utf-8"))


def test_a_file_that_leaves_is_told_from_a_look(sign_in: SignIn) -> None:
    city = sign_in("city")
    city.get("/leads/")
    _text(city.get("/leads/?export=csv"))
    told = AuditEntry.objects.filter(object_kind="console:leads").order_by("seq").values_list("action", flat=True)
    assert list(told) == ["look", "export"]


def test_the_page_says_where_the_chain_stands(sign_in: SignIn) -> None:
    auditor = sign_in("auditor")
    assert "尚未校验" in auditor.get("/audit/").content.decode()
    job = Job.objects.create(kind="verify", due_at=datetime.now(UTC), state=JobState.DONE, said="audit 3")
    assert "完整" in auditor.get("/audit/").content.decode()
    Job.objects.filter(pk=job.pk).update(state=JobState.WAITING, said="RuntimeError: audit 2: was altered")
    assert "有断点" in auditor.get("/audit/").content.decode()
    assert "未被改动" in auditor.get("/audit/?verify=1").content.decode()
    AuditEntry.objects.filter(seq=2).update(actor="somebody")
    broken = auditor.get("/audit/?verify=1").content.decode()
    assert ("第 2 条：被改动：哈希与内容不符" in broken, "Break(" in broken) == (True, False)
    assert "was altered" in sign_in("auditor", "en").get("/audit/?verify=1").content.decode()


def test_every_kind_can_be_asked_for() -> None:
    used = {phrase.subject for phrase in (*ROUTES.values(), *DECISIONS.values())}
    assert used == set(Subject)
    assert str(about(Subject.IMPORTS)).count("console:import") >= 2
