"""Do the three administrators each do their own part, and leave a record of it? And who sets tariffs and duties?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import console_world
import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from office_keys import live_key

from collector.accounts.choices import Role, TokenScope
from collector.accounts.models import ApiToken, Membership, Office
from collector.accounts.services import find_token, issue_token, revoke_token
from collector.audit.models import AuditEntry
from collector.audit.services import verify
from collector.cases.choices import Fact
from collector.cases.grading import grade_of
from collector.cases.tables import GradeRule, RouteRule
from collector.jobs.models import Job
from collector.lists.week import CHINA
from collector.power.intake import JUDGE
from collector.power.models import PowerRule
from collector.registry.parameters import Tariff

SignIn = Callable[..., Client]
PASSWORD = "weir-otter-lamp-7"
REASON = {"reason": "任命文件 12 号"}


def today() -> date:
    return timezone.now().astimezone(CHINA).date()


def decide(client: Client, name: str, deed: str, **fields: Any) -> str:
    answer = client.post(f"/people/{User.objects.get(username=name).pk}/decide/", {"deed": deed, **fields}, follow=True)
    return str(answer.content.decode()) if answer.status_code == 200 else str(answer.status_code)


def row_of(name: str) -> int:
    return Membership.objects.get(user__username=name).pk


def granted() -> list[str]:
    return [str(one.detail.get("what", "")) for one in AuditEntry.objects.filter(action="grant").order_by("seq")]


def test_an_account_from_its_making_to_its_end(sign_in: SignIn) -> None:
    keeper, warden = sign_in("keeper"), sign_in("warden")
    office = Office.objects.get(name="嘉兴市网信办")
    page = keeper.post("/people/open/", {"name": "newcomer", "office": office.pk}).content.decode()
    link = re.search(r"http://testserver(/account/welcome/[^\"<]+)", page)
    assert link is not None

    guest = Client()
    form = guest.get(link[1], follow=True)
    words = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    assert guest.post(form.redirect_chain[-1][0], words).status_code == 302
    assert "链接无效" in Client().get(link[1], follow=True).content.decode(), "a link is good once"
    assert guest.login(username="newcomer", password=PASSWORD)
    assert guest.get("/leads/").status_code == 403, "no role, no right"

    until = (today() + timedelta(days=30)).isoformat()
    grant = {"row": row_of("newcomer"), "role": "officer", "until": until, **REASON}
    assert "已完成" in decide(warden, "newcomer", "grant", **grant)
    assert guest.get("/leads/").status_code == 200
    held = Membership.objects.get(user__username="newcomer")
    assert held.valid_until is not None
    assert held.valid_until.astimezone(CHINA).date() == today() + timedelta(days=31), "the day itself is included"

    decide(warden, "newcomer", "end", row=row_of("newcomer"), **REASON)
    assert guest.get("/leads/").status_code == 403
    decide(keeper, "newcomer", "account")
    assert guest.get("/").status_code == 302, "a closed account is out at once"
    assert granted() == ["opened", "joined", "sign-in link", "granted", "ended", "closed"]
    assert not verify().breaks


@pytest.mark.parametrize(
    ("who", "deed", "fields", "told"),
    [
        ("keeper", "grant", {"role": "manager", **REASON}, "403"),
        ("keeper", "factor", REASON, "403"),
        ("warden", "account", {}, "403"),
        ("warden", "link", {}, "403"),
        ("auditor", "grant", {"role": "manager", **REASON}, "403"),
        ("head", "account", {}, "403"),
        ("warden", "grant", {"role": "manager", "reason": "x"}, "请写明理由"),
        ("warden", "grant", {"role": "king", **REASON}, "没有这个角色"),
        ("warden", "grant", {"role": "viewer", "until": "2020-01-01", **REASON}, "有效期须晚于现在"),
        ("warden", "grant", {"role": "viewer", "until": "soon", **REASON}, "不是日期"),
        ("warden", "nonsense", {}, "404"),
    ],
)
def test_each_administrator_does_its_own_part(
    sign_in: SignIn, who: str, deed: str, fields: dict[str, str], told: str
) -> None:
    sign_in("city")
    assert told in decide(sign_in(who), "city", deed, row=row_of("city"), **fields)
    assert (Membership.objects.get(user__username="city").role, granted()) == ("officer", [])


@pytest.mark.parametrize("deed", ["grant", "end", "factor"])
def test_nobody_decides_about_themselves(sign_in: SignIn, deed: str) -> None:
    warden = sign_in("warden")
    assert "不能处理自己的账号" in decide(warden, "warden", deed, row=row_of("warden"), role="manager", **REASON)
    assert Membership.objects.get(user__username="warden").role == Role.SECURITY_ADMIN


@pytest.mark.parametrize(
    ("held", "asked", "is_allowed"),
    [
        ("system-admin", "audit-admin", False),
        ("system-admin", "officer", False),
        ("officer", "security-admin", False),
        ("officer", "viewer", True),
        ("system-admin", "system-admin", True),
    ],
)
def test_an_administrator_wears_one_hat(sign_in: SignIn, held: str, asked: str, is_allowed: bool) -> None:
    warden = sign_in("warden")
    user = User.objects.create_user("two-hats")
    Membership.objects.create(user=user, office=Office.objects.get(name="嘉兴市网信办"), role=held)
    other = Office.objects.create(name="嘉兴市教育局", division_code="330400", kind="education")
    row = Membership.objects.create(user=user, office=other, role=Role.PENDING)
    decide(warden, "two-hats", "grant", row=row.pk, role=asked, **REASON)
    row.refresh_from_db()
    assert (row.role == asked) is is_allowed


def test_a_new_link_suspends_the_roles_until_they_are_granted_anew(sign_in: SignIn) -> None:
    """The system administrator sees the link, and must not become the security administrator by it."""
    sign_in("warden")
    assert "登录链接" in decide(sign_in("keeper"), "warden", "link")
    held = Membership.objects.get(user__username="warden")
    assert held.role == Role.PENDING
    assert granted() == ["roles wait", "sign-in link"]
    told = AuditEntry.objects.filter(action="grant").order_by("seq")[0].detail
    assert told["were"] == "嘉兴市网信办: security-admin"


@pytest.mark.parametrize("deed", ["account", "link"])
def test_a_county_does_not_get_hold_of_a_citys_account(sign_in: SignIn, deed: str) -> None:
    sign_in("city")
    sign_in("county")
    county = Office.objects.get(name="海宁市网信办")
    Membership.objects.create(user=User.objects.get(username="city"), office=county, role="viewer")
    user = User.objects.create_user("county-keeper")
    Membership.objects.create(user=user, office=county, role="system-admin")
    keeper = Client()
    keeper.force_login(user)
    assert "请由上级管理员处理" in decide(keeper, "city", deed)
    assert User.objects.get(username="city").is_active
    assert granted() == []


def test_administrators_reach_their_own_offices_only(sign_in: SignIn) -> None:
    """A carrier's administrator keeps the carrier's people, though its office lies in the city's division."""
    for name in ("city", "carrier", "hangzhou"):
        sign_in(name)
    user = User.objects.create_user("carrier-keeper")
    Membership.objects.create(user=user, office=Office.objects.get(name="中国电信嘉兴分公司"), role="system-admin")
    keeper = Client()
    keeper.force_login(user)
    page = keeper.get("/people/").content.decode()
    assert ("中国电信嘉兴分公司" in page, "嘉兴市网信办" in page, "杭州市网信办" in page) == (True, False, False)
    assert decide(keeper, "city", "account") == "404"
    assert decide(sign_in("keeper"), "hangzhou", "account") == "404"
    assert User.objects.get(username="city").is_active


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "海盐县网信办", "division": "330424", "kind": "cyberspace"}, "已建立单位"),
        ({"name": "嘉兴市网信办", "division": "330400", "kind": "cyberspace"}, "单位已存在"),
        ({"name": "深圳市网信办", "division": "440300", "kind": "cyberspace"}, "不在您的管理范围内"),
        ({"name": "某中学", "division": "330402", "kind": "unit"}, "须填统一社会信用代码"),
        ({"name": "某局", "division": "3304", "kind": "cyberspace"}, "不在您的管理范围内"),
        ({"name": "", "division": "330402", "kind": "cyberspace"}, "请填写单位名称"),
    ],
)
def test_offices(sign_in: SignIn, fields: dict[str, str], told: str) -> None:
    keeper = sign_in("keeper")
    assert told in keeper.post("/people/offices/open/", fields, follow=True).content.decode()


@pytest.mark.parametrize("name", ["city", "<b>x</b>", "", "two words"])
def test_names_that_no_account_gets(sign_in: SignIn, name: str) -> None:
    sign_in("city")
    keeper, before = sign_in("keeper"), User.objects.count()
    answer = keeper.post("/people/open/", {"name": name, "office": Office.objects.first().pk}, follow=True)  # type: ignore[union-attr]
    assert User.objects.count() == before
    assert "message error" in answer.content.decode()


def test_a_key_works_from_its_approval_to_its_revocation(sign_in: SignIn) -> None:
    keeper, warden = sign_in("keeper"), sign_in("warden")
    office = Office.objects.get(name="嘉兴市网信办")
    form = {"office": office.pk, "name": "态势平台", "days": "90", "hidden": "subscriber, address"}
    page = keeper.post("/keys/issue/", form).content.decode()
    text = re.search(r"mw_[\w-]{20,}", page)
    assert text is not None
    assert text[0] not in keeper.get("/keys/").content.decode()
    api = Client(headers={"Authorization": f"Bearer {text[0]}"})
    assert api.get("/api/v1/detections").status_code == 401, "one administrator alone reads nothing"
    row = ApiToken.objects.get(scope="office")
    assert keeper.post(f"/keys/{row.pk}/approve/", REASON).status_code == 403
    assert "请写明理由" in warden.post(f"/keys/{row.pk}/approve/", {"reason": "x"}, follow=True).content.decode()
    assert api.get("/api/v1/detections").status_code == 401
    assert "即刻可用" in warden.post(f"/keys/{row.pk}/approve/", REASON, follow=True).content.decode()
    assert api.get("/api/v1/detections").status_code == 200
    found = find_token(text[0], TokenScope.OFFICE, timezone.now())
    assert found is not None
    assert (found.office, found.hidden_fields) == (office, ["address", "subscriber"])
    assert (found.issued_by, found.approved_by) == ("keeper", "warden")
    keeper.post(f"/keys/{row.pk}/revoke/")
    assert find_token(text[0], TokenScope.OFFICE, timezone.now()) is None
    assert granted() == ["issued", "approved", "revoked"]
    assert "请填写名称和有效天数" in keeper.post("/keys/issue/", {**form, "days": "0"}, follow=True).content.decode()
    assert ApiToken.objects.filter(scope="office").count() == 1


def test_nobody_approves_a_key_of_their_own(sign_in: SignIn) -> None:
    warden = sign_in("warden")
    office = Office.objects.get(name="嘉兴市网信办")
    row, _ = issue_token("态势平台", TokenScope.OFFICE, office, issued_by="warden")
    told = warden.post(f"/keys/{row.pk}/approve/", REASON, follow=True).content.decode()
    assert "不能批准自己签发的密钥" in told
    row.refresh_from_db()
    assert row.approved_at is None


@pytest.mark.parametrize(
    ("state", "names"),
    [("waiting", {"w"}), ("live", {"l"}), ("expired", {"e"}), ("revoked", {"r"}), ("else", {*"wler"})],
)
def test_keys_are_found_by_their_state(sign_in: SignIn, state: str, names: set[str]) -> None:
    warden = sign_in("warden")
    office, now = Office.objects.get(name="嘉兴市网信办"), timezone.now()
    issue_token("w", TokenScope.OFFICE, office)
    live_key("l", office)
    live_key("e", office, expires_at=now - timedelta(days=1))
    revoke_token(live_key("r", office)[0], now)
    shown = warden.get(f"/keys/?state={state}&export=csv").getvalue().decode("utf-8-sig").splitlines()[1:]
    assert {line.split(",")[0] for line in shown} == names


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
        ("head", {"division_code": "33"}, "区划代码: 填写有误"),
        ("city", {}, "403"),
        ("reader", {}, "403"),
        ("keeper", {}, "403"),
    ],
)
def test_what_is_no_tariff_is_told(sign_in: SignIn, who: str, changes: dict[str, str], told: str) -> None:
    form = {**TARIFF, "valid_from": today().isoformat(), **changes}
    answer = sign_in(who).post("/rules/tariffs/put/", form, follow=True)
    assert told in (answer.content.decode() if answer.status_code == 200 else str(answer.status_code))
    assert not own_tariffs().exists()


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
    assert told in (answer.content.decode() if answer.status_code == 200 else str(answer.status_code))
    assert table._default_manager.count() == before


def test_a_carriers_auditor_reads_its_own_people_only(sign_in: SignIn) -> None:
    sign_in("carrier").get("/traces/")
    sign_in("city").get("/leads/")
    user = User.objects.create_user("carrier-auditor")
    Membership.objects.create(user=user, office=Office.objects.get(name="中国电信嘉兴分公司"), role="audit-admin")
    own = Client()
    own.force_login(user)
    page = own.get("/audit/").content.decode()
    assert ("查看溯源请求列表" in page, "查看线索列表" in page) == (True, False)
    assert "查看线索列表" in sign_in("auditor").get("/audit/").content.decode()


def test_a_password_is_changed_by_proving_the_present_one(sign_in: SignIn) -> None:
    client = sign_in("city")
    words = {"old_password": "wrong", "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert "message error" in client.post("/account/password/", words).content.decode()
    words["old_password"] = console_world.PASSWORD
    assert client.post("/account/password/", words).status_code == 302
    assert Client().login(username="city", password=PASSWORD)
