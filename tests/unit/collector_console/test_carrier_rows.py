"""Does a carrier's branch see and answer its own questions of a request, and no other branch's?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime

import console_world
import pytest
from console_world import Person, Sighting
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from collector.accounts.choices import OfficeKind, Role
from collector.ingest.models import Sensor
from collector.ingest.services import enroll_sensor
from collector.resolve.services import resolve_pending
from collector.trace.models import TraceItem, TraceRequest
from collector.trace.services import Wanted, request_traces

SignIn = Callable[..., Client]
BRANCH = Person("branch", "中国电信杭州分公司", "330100", Role.OFFICER, OfficeKind.CARRIER)
PROVINCE = Person("province", "中国电信浙江公司", "330000", Role.OFFICER, OfficeKind.CARRIER)
AT = {"carrier": "203.0.113.50", "branch": "203.0.113.99"}
"""Who is asked about which address, beside those that the cities share."""


@pytest.fixture
def asked(world: datetime) -> TraceRequest:
    """One request of the province to the carrier, about sessions in two cities."""
    enroll_sensor("hz-egress-1", "330100", world, rotate=False, operator=console_world.CARRIER)
    seen = [Sighting(AT["branch"], 20, wire={"detection_id": "d" * 32, "event_id": "e" * 32})]
    console_world.deliver(Sensor.objects.get(sensor_id="hz-egress-1"), seen, world)
    resolve_pending()
    (made,) = request_traces(Wanted(division="330000"))
    return made


@pytest.fixture
def enter(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> SignIn:
    for one in (BRANCH, PROVINCE):
        monkeypatch.setitem(console_world.PEOPLE, one.name, one)
    return sign_in


def rows_of(client: Client, asked: TraceRequest) -> list[dict[str, str]]:
    text = client.get(f"/traces/{asked.no}/file.csv").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def reply(client: Client, asked: TraceRequest, rows: list[dict[str, str]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(row | {"用户类型": "单位用户", "单位名称": "某公司", "装机地址": "某路1号"} for row in rows)
    upload = SimpleUploadedFile("reply.csv", file.getvalue().encode())
    return str(client.post(f"/traces/{asked.no}/", {"file": upload}).content.decode())


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("carrier", {"carrier"}),
        ("branch", {"branch"}),
        ("province", {"carrier", "branch"}),
        ("city", {"carrier"}),
        ("hangzhou", {"branch"}),
    ],
)
def test_a_request_shows_and_hands_out_ones_own_rows(
    enter: SignIn, asked: TraceRequest, name: str, sees: set[str]
) -> None:
    client = enter(name)
    page, file = client.get(f"/traces/{asked.no}/").content.decode(), rows_of(client, asked)
    assert {who for who, ip in AT.items() if ip in page} == sees
    assert {who for who, ip in AT.items() if ip in {row["IP"] for row in file}} == sees
    places = {"carrier": ["330400"], "branch": ["330100"]}
    codes = [code for who in sees for code in places[who]]
    own = TraceItem.objects.filter(event__sensor__division_code__in=codes).count()
    assert len(file) == own
    assert f"<dd>{own}</dd>" in page


@pytest.mark.parametrize("name", ["rival", "nobody", "auditor"])
def test_others_do_not_find_it(enter: SignIn, asked: TraceRequest, name: str) -> None:
    client = enter(name)
    assert [client.get(f"/traces/{asked.no}/{end}").status_code for end in ("", "file.csv")] == [404, 404]


def test_an_answer_to_another_branchs_question_is_refused(enter: SignIn, asked: TraceRequest) -> None:
    everything = rows_of(enter("province"), asked)
    branch = enter("branch")
    told = reply(branch, asked, everything)
    answered = TraceItem.objects.exclude(user_type="")
    assert {item.ip for item in answered} == {AT["branch"]}
    assert "找不到" in told or "行标识" in told
    reply(enter("province"), asked, [row for row in everything if row["IP"] != AT["branch"]])
    assert TraceItem.objects.filter(user_type="").count() == 0


def test_a_sensor_that_moved_takes_its_questions_along(enter: SignIn, asked: TraceRequest) -> None:
    Sensor.objects.filter(sensor_id="hz-egress-1").update(division_code="330400")
    assert AT["branch"] in enter("carrier").get(f"/traces/{asked.no}/").content.decode()
    assert enter("branch").get(f"/traces/{asked.no}/").status_code == 404
