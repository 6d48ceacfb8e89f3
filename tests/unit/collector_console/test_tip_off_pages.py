"""Can anybody tell of mining without a name, ask what became of it, and can nobody flood the office by it?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from collector.audit.models import AuditEntry
from collector.cases.models import Lead, LeadSource
from collector.console.choices import Knocking
from collector.console.knocks import is_open_to, note
from collector.console.models import Knock
from collector.lists.registers import TipOff
from collector.settings.config import TipOffOptions

SignIn = Callable[..., Client]
TOLD = {"division": "330481", "address": "海宁市海昌路8号2楼", "unit_name": "海宁精工", "contact": "13800001111"}


def code_of(client: Client) -> str:
    page = client.get("/report/status/").content.decode()
    found = re.search(r'data-copy="([0-9A-Z]{10})"', page)
    return found[1] if found else ""


@pytest.fixture
def open_to(sign_in: SignIn, settings: Any) -> Callable[..., Client]:
    """A stranger's browser, in a world with an office; bounds of the form as given."""
    sign_in("city")

    def enter(**bounds: Any) -> Client:
        options = TipOffOptions(**bounds)
        settings.COLLECTOR = settings.COLLECTOR.model_copy(update={"tip_offs": options})
        return Client(headers={"Accept-Language": "zh-hans"})

    return enter


def test_told_and_asked_for(open_to: Callable[..., Client], sign_in: SignIn) -> None:
    public = open_to()
    assert public.post("/report/", TOLD).status_code == 302
    code = code_of(public)
    told = TipOff.objects.get()
    assert (told.code, told.channel, told.division_code, told.progress) == (code, "web", "330481", "open")
    assert "未办结" in public.post("/report/status/", {"code": f" {code[:5]}-{code[5:].lower()}"}).content.decode()

    office = sign_in("city")
    mould = Lead.objects.get(ip="203.0.113.20")
    page = office.get(f"/tip-offs/{told.pk}/").content.decode()
    assert mould.no in page
    assert TOLD["contact"] not in page
    answered = {"progress": "accepted", "answer": "已派人核查", "lead": mould.no}
    assert office.post(f"/tip-offs/{told.pk}/", answered).status_code == 302
    assert LeadSource.objects.get(lead=mould, kind="tip-off").reference == code
    assert "已派人核查" in public.post("/report/status/", {"code": code}).content.decode()


def test_the_code_is_shown_until_it_is_forgotten(open_to: Callable[..., Client]) -> None:
    public = open_to()
    public.post("/report/", TOLD)
    assert code_of(public) == code_of(public) != ""
    public.post("/report/status/", {"forget": "1"})
    assert code_of(public) == ""


@pytest.mark.parametrize(
    ("changed", "status", "kept"),
    [
        ({}, 302, 1),
        ({"address": ""}, 422, 0),
        ({"address": "x" * 501}, 422, 0),
        ({"division": "440300"}, 422, 0),
        ({"division": "nowhere"}, 422, 0),
        ({"text": "a\0b"}, 422, 0),
        ({"unit_name": "", "contact": ""}, 302, 1),
        ({"homepage": "https://spam.example"}, 302, 0),
    ],
)
def test_what_is_taken(open_to: Callable[..., Client], changed: dict[str, str], status: int, kept: int) -> None:
    public = open_to()
    assert public.post("/report/", TOLD | changed).status_code == status
    assert TipOff.objects.count() == kept


def test_a_faulty_form_keeps_what_was_written_and_says_what_is_wrong(open_to: Callable[..., Client]) -> None:
    page = open_to().post("/report/", TOLD | {"address": "", "electricity": "夜间<b>满载"}).content.decode()
    assert "夜间&lt;b&gt;满载" in page
    assert 'class="fault"' in page


def test_one_sender_cannot_flood_and_another_still_gets_through(open_to: Callable[..., Client]) -> None:
    public = open_to(max_per_sender=2)
    told = [public.post("/report/", TOLD, REMOTE_ADDR="192.0.2.1").status_code for _ in range(4)]
    assert told == [302, 302, 429, 429]
    assert public.post("/report/", TOLD, REMOTE_ADDR="192.0.2.2").status_code == 302
    assert Knock.objects.count() == 3
    assert not Knock.objects.filter(sender__contains="192").exists()


def test_wrong_codes_are_bounded_and_right_ones_are_not_counted(open_to: Callable[..., Client]) -> None:
    public = open_to(max_wrong_codes=2)
    public.post("/report/", TOLD)
    right = TipOff.objects.get().code
    asked = [
        public.post("/report/status/", {"code": code}).status_code for code in (right, right, "X", "Y", "Z", right)
    ]
    assert asked == [200, 200, 404, 404, 429, 429]


@pytest.mark.parametrize(
    ("former", "sender", "is_open"),
    [
        (["192.0.2.1"], "192.0.2.1", False),
        (["192.0.2.1"], "192.0.2.9", True),
        (["2001:db8::1"], "2001:db8::ffff", False),
        (["2001:db8:0:1::1"], "2001:db8::1", True),
        ([None], None, False),
        (["192.0.2.1", "192.0.2.2", "192.0.2.3"], "192.0.2.4", False),
    ],
)
def test_the_bounds(db: None, former: list[str | None], sender: str | None, is_open: bool) -> None:
    now, options = datetime.now(UTC), TipOffOptions(max_per_sender=1, max_in_all=3)
    for address in former:
        note(Knocking.TELL, address, now)
    assert is_open_to(Knocking.TELL, sender, options, now) is is_open
    assert is_open_to(Knocking.TELL, sender, options, now + timedelta(hours=2))
    assert not Knock.objects.exists()


def test_a_closed_form_is_not_there(open_to: Callable[..., Client]) -> None:
    public = open_to(is_open=False)
    assert [public.get(path).status_code for path in ("/report/", "/report/status/")] == [404, 404]


@pytest.mark.parametrize("lead", ["L2026-999999", "far"])
def test_a_lead_of_another_division_is_not_linked(open_to: Callable[..., Client], sign_in: SignIn, lead: str) -> None:
    open_to().post("/report/", TOLD)
    number = Lead.objects.get(ip="203.0.113.60").no if lead == "far" else lead
    office, told = sign_in("city"), TipOff.objects.get()
    page = office.post(f"/tip-offs/{told.pk}/", {"progress": "accepted", "lead": number}, follow=True)
    assert number in page.content.decode()
    assert TipOff.objects.get().progress == "open"


def test_accepting_without_a_lead_makes_one_that_the_list_shows(
    open_to: Callable[..., Client], sign_in: SignIn
) -> None:
    open_to().post("/report/", TOLD | {"unit_name": "某示例数据公司"})
    office, told = sign_in("city"), TipOff.objects.get()
    office.post(f"/tip-offs/{told.pk}/", {"progress": "accepted"})
    lead = TipOff.objects.get().lead
    assert lead is not None
    assert lead.no in office.get("/leads/?q=某示例数据公司&export=csv").getvalue().decode("utf-8-sig")
    assert office.get(f"/leads/{lead.no}/").status_code == 200


@pytest.mark.parametrize(
    ("reason", "status", "is_shown"), [("短", 400, False), ("核实举报内容，需要电话联系", 200, True)]
)
def test_the_contact_is_shown_for_a_reason(
    open_to: Callable[..., Client], sign_in: SignIn, reason: str, status: int, is_shown: bool
) -> None:
    open_to().post("/report/", TOLD)
    told = TipOff.objects.get()
    answer = sign_in("city").post(f"/tip-offs/{told.pk}/unmask/", {"reason": reason})
    assert answer.status_code == status
    assert (TOLD["contact"] in answer.content.decode()) is is_shown
    written = AuditEntry.objects.filter(action="unmask", object_kind="tip-off", object_id=str(told.pk))
    assert [entry.purpose for entry in written] == [reason] * is_shown


def test_the_reported_unit_and_readers_cannot_see_the_contact(open_to: Callable[..., Client], sign_in: SignIn) -> None:
    open_to().post("/report/", TOLD)
    told = TipOff.objects.get()
    reader = sign_in("reader")
    assert reader.get(f"/tip-offs/{told.pk}/").status_code == 200
    assert reader.post(f"/tip-offs/{told.pk}/unmask/", {"reason": "核实举报内容"}).status_code == 404
    assert TOLD["contact"] not in reader.get("/tip-offs/?export=csv").getvalue().decode("utf-8-sig")


def test_a_person_who_is_reported_is_masked(open_to: Callable[..., Client], sign_in: SignIn) -> None:
    open_to().post("/report/", TOLD | {"unit_name": "张三丰", "address": "海宁市示例路12号"})
    told, office = TipOff.objects.get(), sign_in("city")
    pages = [
        office.get(f"/tip-offs/{told.pk}/").content.decode(),
        office.get("/tip-offs/?export=csv").getvalue().decode("utf-8-sig"),
    ]
    assert ["张三丰" in page or "12号" in page for page in pages] == [False, False]
    assert all("张**" in page and "**号" in page for page in pages)
    clear = office.post(f"/tip-offs/{told.pk}/unmask/", {"reason": "核实举报内容，需要上门"}).content.decode()
    assert "张三丰" in clear and "示例路12号" in clear
