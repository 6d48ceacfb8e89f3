"""Do the three administrators each do their own part, and leave a record of it?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import console_world
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from office_keys import live_key

from collector.accounts.choices import Role, TokenScope
from collector.accounts.models import ApiToken, Membership, Office
from collector.accounts.services import find_token, issue_token, revoke_token
from collector.audit.models import AuditEntry
from collector.audit.services import verify
from collector.lists.week import CHINA

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
