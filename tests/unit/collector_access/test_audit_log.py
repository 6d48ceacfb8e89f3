"""Is the audit log a chain that shows every change, and does what is purged leave its mark?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from collector.accounts.factor import confirm, pending_device
from collector.accounts.services import Post, add_user
from collector.audit.choices import Action
from collector.audit.models import AuditEntry, AuditHead
from collector.audit.services import Deed, record, verify
from collector.ingest.models import Batch, Rejection, Sensor
from collector.registry.models import OwnershipRecord
from collector.retention import purge_all
from collector.settings.config import CollectorConfig, LoginOptions, RetentionOptions

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 11, 20, 4, 0, 0, 123456, tzinfo=UTC)
PASSWORD = "a long enough passphrase"


def write(count: int, start: datetime = NOW) -> None:
    for number in range(count):
        deed = Deed("li", Action.LOOK, "lead", f"L{number}", purpose="核查", detail={"path": "/leads/"})
        record(deed, start + timedelta(days=number))


ALTERATIONS: list[tuple[str, Callable[[], object], int]] = [
    ("a reason", lambda: AuditEntry.objects.filter(seq=3).update(purpose="other"), 3),
    ("a name", lambda: AuditEntry.objects.filter(seq=2).update(actor="wang"), 2),
    ("a detail", lambda: AuditEntry.objects.filter(seq=2).update(detail={}), 2),
    ("a time", lambda: AuditEntry.objects.filter(seq=4).update(at=NOW), 4),
    ("a hash", lambda: AuditEntry.objects.filter(seq=4).update(hash="0" * 64), 4),
    ("an algorithm", lambda: AuditEntry.objects.filter(seq=4).update(algorithm="none"), 4),
    ("a row gone", lambda: AuditEntry.objects.filter(seq=3).delete(), 3),
    ("the first gone", lambda: AuditEntry.objects.filter(seq=1).delete(), 1),
    ("the last gone", lambda: AuditEntry.objects.filter(seq=5).delete(), 5),
    ("all gone", lambda: AuditEntry.objects.all().delete(), 1),
    ("the head moved", lambda: AuditHead.objects.update(seq=9), 6),
]


@pytest.mark.parametrize(("alter", "place"), [one[1:] for one in ALTERATIONS], ids=[one[0] for one in ALTERATIONS])
def test_every_alteration_is_found(alter: Callable[[], object], place: int) -> None:
    write(5)
    assert (verify().rows, verify().breaks) == (5, ())
    alter()
    assert place in [one.seq for one in verify().breaks]


def test_what_is_purged_leaves_its_mark_and_the_chain_holds() -> None:
    write(5, NOW - timedelta(days=400))
    sensor = Sensor.objects.create(sensor_id="s", division_code="330402")
    batch = Batch.objects.create(sensor=sensor, received_at=NOW, rows=1, accepted=0, duplicates=0, rejected=1)
    Rejection.objects.create(batch=batch, row_no=1, reason="x")
    Rejection.objects.update(created_at=NOW - timedelta(days=100))
    ends = {"valid_from": NOW - timedelta(days=300), "valid_to": NOW - timedelta(days=200)}
    block = {"network": "203.0.113.9/32", "ip_lo": b"0" * 16, "ip_hi": b"0" * 16, "span_bits": 0}
    for source in ("aaa", "line-ledger"):
        OwnershipRecord.objects.create(source=source, **block, **ends)
    done = {one.name: one.rows for one in purge_all(RetentionOptions(audit_days=180), "cron", NOW)}
    assert done == {"sessions": 1, "rejections": 1, "audit": 5}
    assert [row.source for row in OwnershipRecord.objects.all()] == ["line-ledger"]
    told = [(one.object_kind, one.detail["rows"]) for one in AuditEntry.objects.filter(action="purge")]
    assert told == [("sessions", "1"), ("rejections", "1"), ("audit", "5")]
    assert not verify().breaks
    AuditEntry.objects.order_by("seq")[:1].get().delete()
    assert verify().breaks


@pytest.fixture
def person() -> User:
    return add_user("li", PASSWORD, Post("市办", "330400", "officer"))


def sign_in(code: str = "") -> int:
    status: int = Client().post("/login/", {"username": "li", "password": PASSWORD, "code": code}).status_code
    return status


def code_of(device: TOTPDevice, drift: int = 0) -> str:
    return f"{totp(device.bin_key, drift=drift):06d}"


def test_a_time_code_is_asked_of_whoever_has_one(person: User) -> None:
    assert sign_in() == 302
    device = pending_device(person)
    assert not confirm(device, "000000x")
    # A code of the step before proves the secret, and leaves the present one for signing in.
    TOTPDevice.objects.filter(pk=device.pk).update(throttling_failure_count=0)
    assert confirm(device, code_of(device, -1))
    assert sign_in() == 200
    code = code_of(device)
    assert sign_in(code) == 302
    assert sign_in(code) == 200, "a code is good once"
    assert AuditEntry.objects.filter(action="login-failed", actor="li").count() == 1


@override_settings(COLLECTOR=CollectorConfig(login=LoginOptions(second_factor="required")))
def test_where_it_is_required_nobody_gets_past_the_page_that_sets_it_up(person: User) -> None:
    client = Client()
    client.post("/login/", {"username": "li", "password": PASSWORD})
    assert client.get("/leads/")["Location"] == "/account/second-factor/"
    assert client.get("/account/second-factor/").status_code == 200
    answer = client.post("/account/second-factor/", {"code": code_of(pending_device(person))})
    assert answer.status_code == 302
    assert client.get("/leads/").status_code == 200


@pytest.mark.parametrize("password", ["short", "123456789012", "password1234", "li-li-li-li-"])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Exception, match=r"password|密码"):
        add_user("li-li-li-li", password, Post("市办", "330400", "officer"))
    assert not User.objects.exists()
