"""Are rules added, succeeded and ended by form, by whom they are to be, and do they count from their day on?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from collector.audit.models import AuditEntry
from collector.cases.choices import Fact
from collector.cases.grading import grade_of
from collector.cases.tables import GradeRule, RouteRule
from collector.jobs.models import Job
from collector.lists.week import CHINA
from collector.power.intake import JUDGE
from collector.power.models import PowerRule
from collector.registry.parameters import Tariff

SignIn = Callable[..., Client]


def today() -> date:
    return timezone.now().astimezone(CHINA).date()


def granted() -> list[str]:
    return [str(one.detail.get("what", "")) for one in AuditEntry.objects.filter(action="grant").order_by("seq")]


def own_tariffs() -> QuerySet[Tariff]:
    """What was set here; the provinces' come with the migrations."""
    return Tariff.objects.filter(basis=TARIFF["basis"]).order_by("pk")


TARIFF = {"division_code": "330400", "surcharge_yuan_per_kwh": "0.5", "basis": "浙发改价格〔2026〕1号"}


def test_a_tariff_is_added_succeeded_and_ended(sign_in: SignIn) -> None:
    head, day = sign_in("head"), today()
    head.post("/rules/tariffs/put/", {**TARIFF, "valid_from": day.isoformat()})
    later = day + timedelta(days=10)
    page = head.get(f"/rules/tariffs/?from={own_tariffs().get().pk}").content.decode()
    assert ('value="0.5"' in page, "接续规则" in page) == (True, True)
    head.post("/rules/tariffs/put/", {**TARIFF, "surcharge_yuan_per_kwh": "1", "valid_from": later.isoformat()})
    rows = [(str(row.surcharge_yuan_per_kwh), row.valid_from, row.valid_to) for row in own_tariffs()]
    assert rows == [("0.5000", day, later), ("1.0000", later, None)]
    same = {**TARIFF, "surcharge_yuan_per_kwh": "1.0", "valid_from": later.isoformat()}
    assert "未作改动" in head.post("/rules/tariffs/put/", same, follow=True).content.decode()
    newest = own_tariffs().get(valid_from=later).pk
    head.post(f"/rules/tariffs/{newest}/end/", {"day": (later + timedelta(days=5)).isoformat()})
    assert Tariff.objects.get(pk=newest).valid_to == later + timedelta(days=5)
    head.post(f"/rules/tariffs/{newest}/end/", {"day": day.isoformat()})
    assert not Tariff.objects.filter(pk=newest).exists(), "what never came to hold goes"
    assert granted() == ["put", "put", "end", "end"]


@pytest.mark.parametrize(
    ("who", "changes", "told"),
    [
        ("head", {"surcharge_yuan_per_kwh": "much"}, "加价（元/千瓦时）: 填写有误"),
        ("head", {"surcharge_yuan_per_kwh": ""}, "加价（元/千瓦时）: 请填写"),
        ("head", {"surcharge_yuan_per_kwh": "NaN"}, "填写有误"),
        ("head", {"basis": ""}, "依据（文件与条款）: 请填写"),
        ("head", {"valid_from": "2020-01-01"}, "不能早于今天"),
        ("head", {"valid_from": "2020-13-41"}, "自（含当日）: 填写有误"),
        ("head", {"division_code": "330100"}, "只能为本级及下级区划"),
        ("head", {"division_code": ""}, "只能为本级及下级区划"),
        ("head", {"division_code": "33"}, "区划: 填写有误"),
        ("city", {}, "403"),
        ("reader", {}, "403"),
        ("keeper", {}, "403"),
    ],
)
def test_what_is_no_tariff_is_told(sign_in: SignIn, who: str, changes: dict[str, str], told: str) -> None:
    form = {**TARIFF, "valid_from": today().isoformat(), **changes}
    answer = sign_in(who).post("/rules/tariffs/put/", form, follow=True)
    assert told in said_by(answer)
    assert not own_tariffs().exists()


def said_by(answer: Any) -> str:
    """The page of a refused form; the status of any other answer."""
    return str(answer.content.decode() if answer.status_code == 422 else answer.status_code)


def test_what_was_filled_in_is_not_lost(sign_in: SignIn) -> None:
    duty: dict[str, Any] = {"division_code": "999", "nature": "school", "department": "culture"}
    duty |= {
        "basis": "海宁市分工方案",
        "valid_from": today().isoformat(),
        "co_departments": ["publicity", "public-security"],
    }
    page = said_by(sign_in("head").post("/rules/duties/put/", duty))
    for kept in ('value="999" selected', 'value="海宁市分工方案"', f'value="{today().isoformat()}"'):
        assert kept in page
    for chosen in ("school", "culture", "publicity", "public-security"):
        assert f'<option value="{chosen}" selected>' in page


def test_a_duty_of_the_county_is_the_citys_to_set(sign_in: SignIn) -> None:
    before = RouteRule.objects.count()
    duty = {"division_code": "330481", "nature": "internet-cafe", "department": "culture", "basis": "海宁市分工方案"}
    duty |= {"valid_from": today().isoformat(), "co_departments": ["public-security"], "list_days": "5"}
    page = sign_in("head").post("/rules/duties/put/", duty, follow=True).content.decode()
    assert RouteRule.objects.count() == before + 1, page
    made = RouteRule.objects.get(division_code="330481")
    assert (made.department, made.co_departments, made.list_days) == ("culture", ["public-security"], 5)
    assert "海宁市分工方案" in sign_in("county").get("/rules/duties/").content.decode()
    assert "海宁市分工方案" not in sign_in("hangzhou").get("/rules/duties/").content.decode()


GRADE = {"code": "jx-many-shares", "grade": "A", "fact": "shares", "at_least": "5000", "basis": "嘉兴市分级办法"}
LIMIT = {"feature": "load-factor", "least": "0.9", "basis": "嘉兴市用电研判办法"}


def test_a_grade_is_set_and_counts(sign_in: SignIn) -> None:
    head, facts = sign_in("head"), {one.value: 0 for one in Fact} | {"shares": 6_000, "nature": "", "facility": ""}
    assert grade_of(facts, 0, today()).grade == "C"
    head.post("/rules/grades/put/", {**GRADE, "valid_from": today().isoformat()})
    graded = grade_of(facts, 0, today())
    assert (graded.grade, graded.reasons[0]["basis"]) == ("A", GRADE["basis"])
    page = head.get("/rules/grades/").content.decode()
    assert all(word in page for word in ("提交次数", "5000", "jx-many-shares"))
    row = GradeRule.objects.get(code="jx-many-shares")
    head.post(f"/rules/grades/{row.pk}/end/", {"day": today().isoformat()})
    assert grade_of(facts, 0, today()).grade == "C"
    assert granted() == ["put", "end"]


def test_a_grade_of_words_names_its_words(sign_in: SignIn) -> None:
    words = {**GRADE, "fact": "nature", "at_least": "", "one_of": ["university", "school"]}
    page = sign_in("head").post("/rules/grades/put/", {**words, "valid_from": today().isoformat()}, follow=True)
    assert GradeRule.objects.get(code="jx-many-shares").one_of == ["university", "school"], page.content.decode()
    assert "高校、中小学 / 学校" in page.content.decode()


def test_a_limit_of_load_takes_the_place_of_the_one_before_and_is_judged_anew(sign_in: SignIn) -> None:
    before = PowerRule.objects.get(feature="load-factor")
    sign_in("head").post("/rules/limits/put/", {**LIMIT, "valid_from": today().isoformat()})
    before.refresh_from_db()
    made = PowerRule.objects.get(feature="load-factor", valid_to=None)
    assert (before.valid_to, made.least, made.most) == (today(), 0.9, None)
    assert Job.objects.filter(kind=JUDGE).exists()


@pytest.mark.parametrize(
    ("who", "beside", "kind", "changes", "told"),
    [
        ("head", "", "grades", {"at_least": ""}, "各项不相配"),
        ("head", "", "grades", {"one_of": ["school"]}, "各项不相配"),
        ("head", "", "grades", {"fact": "nature"}, "各项不相配"),
        ("head", "", "grades", {"code": "Big Ones"}, "代号: 填写有误"),
        ("head", "", "grades", {"grade": "Z"}, "等级: 填写有误"),
        ("head", "", "grades", {"at_least": "much"}, "不小于: 填写有误"),
        ("head", "", "grades", {"valid_from": "2020-01-01"}, "不能早于今天"),
        ("head", "", "limits", {"least": ""}, "各项不相配"),
        ("head", "", "limits", {"least": "2", "most": "1"}, "各项不相配"),
        ("head", "", "limits", {"least": "nan"}, "不小于: 填写有误"),
        ("head", "", "limits", {"feature": "colour"}, "特征: 填写有误"),
        ("head", "county", "limits", {"feature": "colour"}, "特征: 填写有误"),
        ("head", "hangzhou", "limits", {}, "403"),
        ("head", "hangzhou", "grades", {}, "403"),
        ("city", "", "grades", {}, "403"),
        ("keeper", "", "limits", {}, "403"),
    ],
)
def test_what_holds_everywhere_is_set_from_above_and_checked(
    sign_in: SignIn, who: str, beside: str, kind: str, changes: dict[str, Any], told: str
) -> None:
    if beside:
        sign_in(beside)
    table, form = (GradeRule, GRADE) if kind == "grades" else (PowerRule, LIMIT)
    before = table._default_manager.count()
    answer = sign_in(who).post(
        f"/rules/{kind}/put/", {**form, "valid_from": today().isoformat(), **changes}, follow=True
    )
    assert told in said_by(answer)
    assert table._default_manager.count() == before
