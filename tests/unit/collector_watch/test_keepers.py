"""Who may decide what all sensors list, and whose servers does an office have verified?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from office_keys import live_key
from watch_world import NOW, POOL

from collector.accounts.choices import OfficeKind
from collector.accounts.models import Office
from collector.accounts.scope import Scope
from collector.ingest.services import enroll_sensor
from collector.watch.keepers import keeps_all_sensors
from collector.watch.models import Endpoint, Proposal
from sensor.model.verification import ServerAnswer

pytestmark = pytest.mark.django_db
OTHER = "93.184.216.35"


@pytest.mark.parametrize(
    ("roots", "sensors", "keeps"),
    [
        (("330000",), ("330402", "330100"), True),
        (("330400",), ("330402", "330481"), True),
        (("330400",), ("330402", "330100"), False),
        (("330400", "330100"), ("330402", "330100"), True),
        (("330000",), ("330402", ""), False),
        (("000000",), ("330402", ""), True),
        (("",), ("330402",), False),
        ((), ("330402",), False),
        ((), (), False),
        (("330402",), (), True),
    ],
)
def test_whoever_keeps_every_sensor_decides(roots: tuple[str, ...], sensors: tuple[str, ...], keeps: bool) -> None:
    for number, division in enumerate(sensors):
        enroll_sensor(f"sensor-{number}", division, NOW, rotate=False)
    assert keeps_all_sensors(Scope(roots)) is keeps


@pytest.fixture
def seen() -> Proposal:
    """Two endpoints of two cities, and what is proposed of one."""
    times = {"first_evidence": NOW - timedelta(days=1), "last_evidence": NOW}
    for number, (ip, division) in enumerate(((POOL, "330402"), (OTHER, "330100"))):
        enroll_sensor(f"sensor-{number}", division, NOW, rotate=False)
        Endpoint.objects.create(ip=ip, port=3333, strongest="probable", division_code=division, **times)
    return Proposal.objects.create(kind="address", value=POOL, ports=[3333], evidence={"hosts": 1}, **times)


def _client(division: str) -> Client:
    office = Office.objects.create(name=division, division_code=division, kind=OfficeKind.CYBERSPACE)
    _, token = live_key(division, office)
    return Client(headers={"Authorization": f"Bearer {token}"})


def _post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"/api/v1/watch/{path}", data=body, content_type="application/json")


@pytest.mark.parametrize(
    ("division", "status", "state"),
    [("330000", 200, "accepted"), ("330400", 403, "proposed"), ("330100", 403, "proposed")],
)
def test_a_program_of_who_keeps_them_decides(seen: Proposal, division: str, status: int, state: str) -> None:
    client = _client(division)
    answer = _post(client, f"proposals/{seen.pk}", {"accept": True, "reason": "checked"})
    seen.refresh_from_db()
    assert (answer.status_code, seen.state) == (status, state), answer.content
    if status == 403:
        assert "hint" in answer.json() and _post(client, "updates").status_code == 403


@pytest.mark.parametrize(
    ("division", "own"), [("330000", {POOL, OTHER}), ("330400", {POOL}), ("330100", {OTHER}), ("440300", set())]
)
def test_an_office_has_its_own_servers_verified(
    seen: Proposal, division: str, own: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.watch.api.timezone.now", lambda: NOW)
    client = _client(division)
    asked = [line for line in client.get("/api/v1/watch/requests").content.decode().splitlines() if line]
    assert {ip for ip in (POOL, OTHER) if any(f'"{ip}"' in line for line in asked)} == own
    lines = "\n".join(
        ServerAnswer(ip=ip, port=3333, at=NOW, finding="pool").model_dump_json(by_alias=True) for ip in (POOL, OTHER)
    )
    assert _post(client, "answers", lines).json() == {"noted": len(own)}
    assert set(Endpoint.objects.filter(finding="pool").values_list("ip", flat=True)) == own
