"""Does every route answer every role, at home and elsewhere, as the table says?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from office_keys import live_key
from route_table import ACTORS, FOREIGN, OWN, PERSONS, RULES, WEEK, Rule, routes

from collector.accounts.choices import OfficeKind, Role
from collector.accounts.models import Membership, Office
from collector.audit.models import AuditEntry
from collector.audit.services import verify
from collector.bulletin.services import take
from collector.cases.casework import open_case
from collector.cases.models import Lead
from collector.ingest.models import Detection, Sensor
from collector.ingest.services import enroll_sensor
from collector.lists.models import Dispatch, ListIssue
from collector.lists.registers import TipOff
from collector.lists.week import parse_week
from collector.power.models import MeterReading
from collector.power.weeks import judge_days
from collector.registry.models import Division, ImportBatch, Organisation, Site
from collector.registry.parameters import Tariff
from collector.selfaudit.models import SelfAudit
from collector.trace.models import TraceItem, TraceRequest

NOW = datetime(2026, 11, 20, tzinfo=UTC)
_AS: dict[str, tuple[Role, OfficeKind]] = {
    "officer": (Role.OFFICER, OfficeKind.CYBERSPACE),
    "manager": (Role.MANAGER, OfficeKind.REFORM),
    "department": (Role.OFFICER, OfficeKind.EDUCATION),
    "viewer": (Role.VIEWER, OfficeKind.CYBERSPACE),
    "assessor": (Role.VIEWER, OfficeKind.ASSESSOR),
    "carrier": (Role.MANAGER, OfficeKind.CARRIER),
    "unit": (Role.OFFICER, OfficeKind.UNIT),
    "system-admin": (Role.SYSTEM_ADMIN, OfficeKind.CYBERSPACE),
    "security-admin": (Role.SECURITY_ADMIN, OfficeKind.CYBERSPACE),
    "audit-admin": (Role.AUDIT_ADMIN, OfficeKind.CYBERSPACE),
    "expired": (Role.OFFICER, OfficeKind.CYBERSPACE),
}
PLACES: dict[str, int] = {}
"""Keys of rows that paths name; the world fills them in."""
_TOKEN_KINDS = {"token-carrier": OfficeKind.CARRIER}


@pytest.fixture(autouse=True)
def _world(db: None) -> None:
    Division.objects.create(code=OWN, name="嘉兴市", level="city", parent="330000")
    Division.objects.create(code=FOREIGN, name="深圳市", level="city", parent="440000")
    seen = {"first_seen": NOW, "last_seen": NOW}
    Lead.objects.create(no="L1", key="k1", ip="203.0.113.9", division_code="330402", **seen)
    open_case("L1", "li", NOW)
    _asked_for()
    take(parse_week(WEEK), OWN, NOW)
    place = {"address": "示例路1号", "division_code": "330402", "contact": "0573-88881234"}
    TipOff.objects.create(pk=900, code="TPFFCDEFGH", channel="web", told_at=NOW, **place)
    unit = Organisation.objects.create(pk=900, name="示例公司", division_code=OWN)
    Site.objects.create(organisation=unit, address="示例路1号", division_code=OWN, meter_no="0573000001")
    MeterReading.objects.create(meter_no="0573000001", start=NOW, minutes=60, kwh=5.0)
    judge_days([("0573000001", NOW)], NOW)
    school = Office.objects.create(name="school", division_code=OWN, kind=OfficeKind.UNIT)
    handed_in = {"file_bytes": 1, "sha256": "0" * 64, "handed_in_at": NOW}
    SelfAudit.objects.create(no="A000900", office=school, file_name="room.pcap", **handed_in)
    holder = Membership.objects.create(user=User.objects.create_user("holder"), office=school, role=Role.VIEWER)
    key, _ = live_key("list reader", school)
    tariff = Tariff.objects.create(
        division_code="330402", surcharge_yuan_per_kwh="0.5", valid_from="2030-01-01", basis="x"
    )
    PLACES.update(holder=holder.user_id, key=key.pk, tariff=tariff.pk)
    ImportBatch.objects.create(no="I000001", kind="divisions", file_name="divisions.csv", sha256="0" * 64)
    issue = ListIssue.objects.create(
        week=WEEK,
        division_code=OWN,
        division_name="嘉兴市",
        version=1,
        number="MW-330400-2026W47-01",
        cutoff=NOW,
        frozen_at=NOW,
        digest="0" * 64,
        row_count=0,
    )
    Dispatch.objects.create(
        issue=issue,
        recipient_code=OWN,
        recipient_name="嘉兴市",
        file_name="list.zip",
        sha256="0" * 64,
        sm3="0" * 64,
        row_count=0,
        sent_at=NOW,
    )


def _asked_for() -> None:
    """A sensor of the division, and a request to the carrier about what it saw."""
    sensor = Sensor.objects.create(pk=900, sensor_id="egress-0", division_code=OWN, operator="carrier")
    seen = {
        "first_seen": NOW,
        "last_seen": NOW,
        "received_at": NOW,
        "miner_ip": "203.0.113.9",
        "miner_ip_key": b"\0" * 16,
    }
    event = Detection.objects.create(
        sensor=sensor, state="closed", miner_port=1, verdict="confirmed", score=90, body={}, **seen
    )
    request = TraceRequest.objects.create(no="T2026-000001", recipient="carrier 330400")
    asked = {"ip": "203.0.113.9", "protocol": "tcp", "t0": NOW, "t1": NOW, "clock_error_ms": 0}
    TraceItem.objects.create(request=request, row_id="r1", detection_id="d1", event=event, **asked)


def _office(actor: str, division: str, kind: OfficeKind) -> Office:
    uscc = "91330402MA2B00003E" if kind is OfficeKind.UNIT else ""
    return Office.objects.create(name=f"{actor} {division}", division_code=division, kind=kind, uscc=uscc)


def _client(actor: str, division: str) -> Client:
    """Whoever asks, with everything a browser or a program of theirs would send."""
    if actor == "stranger":
        return Client()
    if actor == "sensor":
        token = enroll_sensor("egress-1", division, timezone.now(), rotate=False)
        return Client(headers={"Authorization": f"Bearer {token}"})
    if actor.startswith("token"):
        office = _office(actor, division, _TOKEN_KINDS.get(actor, OfficeKind.CYBERSPACE))
        ends = timezone.now() - timedelta(seconds=1) if actor == "token-expired" else None
        _, text = live_key(actor, office, expires_at=ends)
        return Client(headers={"Authorization": f"Bearer {text}"})
    role, kind = _AS[actor]
    user = User.objects.create_user(f"{actor}-{division}")
    ends = timezone.now() - timedelta(seconds=1) if actor == "expired" else None
    Membership.objects.create(user=user, office=_office(actor, division, kind), role=role, valid_until=ends)
    client = Client()
    client.force_login(user)
    return client


def _ask(client: Client, method: str, rule: Rule) -> int:
    send: Callable[..., object] = client.post if method == "POST" else client.get
    path = rule.path.format(**PLACES)
    answer = send(path, data=dict(rule.data)) if rule.data else send(path)
    # To the sign-in page is as good as 404: nothing was shown.
    location = answer.headers.get("Location", "")  # type: ignore[attr-defined]
    return 404 if location.startswith("/login/?next") else answer.status_code  # type: ignore[attr-defined]


def test_no_route_is_left_out() -> None:
    """A new route needs a row in ``route_table.RULES``."""
    assert sorted(set(routes())) == sorted(RULES)


@pytest.mark.parametrize("actor", ACTORS)
def test_at_home(actor: str) -> None:
    client = _client(actor, OWN)
    wrong = {}
    for key, rule in RULES.items():
        # Signing out ends what the next rows need.
        status = _ask(client if key[1] != "console:logout" else Client(), key[0], rule)
        expected = (rule.ok,) if actor in rule.allowed else rule.no
        if status not in expected:
            wrong[key] = (status, expected)
    assert wrong == {}


@pytest.mark.parametrize("actor", [*PERSONS, "token", "token-carrier"])
def test_elsewhere(actor: str) -> None:
    client = _client(actor, FOREIGN)
    answers = {key: (_ask(client, key[0], rule), rule.no) for key, rule in RULES.items() if rule.scoped}
    assert {key: told for key, told in answers.items() if told[0] not in told[1]} == {}


@pytest.mark.parametrize(
    ("actor", "division", "sees"),
    [
        ("officer", OWN, True),
        ("officer", "330000", True),
        ("officer", "330402", True),
        ("officer", "000000", True),
        ("officer", "330481", False),
        ("officer", FOREIGN, False),
        ("assessor", OWN, True),
        ("carrier", OWN, False),
        ("audit-admin", OWN, False),
    ],
)
def test_province_city_and_county(actor: str, division: str, sees: bool) -> None:
    status = _client(actor, division).get("/leads/L1/").status_code
    assert status == (200 if sees else 404)


def test_every_deed_of_the_matrix_is_in_the_log() -> None:
    client = _client("officer", OWN)
    client.get("/leads/L1/")
    client.post("/leads/L1/unmask/", data={"reason": "核查来信 2026-11"})
    _client("officer", FOREIGN).get("/leads/L1/")
    told = list(AuditEntry.objects.values_list("actor", "action", "object_id", "purpose"))
    assert ("officer-330400", "look", "L1", "") in told
    assert ("officer-330400", "unmask", "L1", "核查来信 2026-11") in told
    assert ("officer-440300", "refused", "L1", "") in told
    assert not verify().breaks


def test_no_reason_no_data() -> None:
    assert _client("officer", OWN).post("/leads/L1/unmask/", data={"reason": " x "}).status_code == 400
    assert not AuditEntry.objects.filter(action="unmask").exists()
