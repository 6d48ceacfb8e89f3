"""Does an office read the detections of its own division, all of them once, and nobody else's?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from core_data import wire_line, wire_row
from django.test import Client
from django.utils import timezone
from office_keys import live_key

from collector.accounts.models import ApiToken, Office
from collector.accounts.services import office_named
from collector.ingest.models import Sensor
from collector.ingest.services import enroll_sensor, receive
from collector.settings.config import IngestOptions

Read = Callable[..., Any]
SITES = {"jiaxing-1": "330402", "jiaxing-2": "330411", "hangzhou-1": "330102", "nowhere-1": ""}


@pytest.fixture(autouse=True)
def _delivered(db: None) -> None:
    """Two detections from a sensor in each of three counties, and one sensor without a place."""
    for number, (sensor_id, division) in enumerate(SITES.items()):
        enroll_sensor(sensor_id, division, timezone.now(), rotate=False)
        lines = [wire_line(number * 10 + row, sensor={"id": sensor_id}) for row in range(2)]
        receive(Sensor.objects.get(sensor_id=sensor_id), "\n".join(lines).encode(), timezone.now(), IngestOptions())


@pytest.fixture
def read() -> Read:
    """GET as an office of a division."""

    def get(office_division: str, **query: str) -> Any:
        office = office_named(f"office {office_division}", office_division)
        _, text = live_key("test", office)
        return Client().get("/api/v1/detections", query, HTTP_AUTHORIZATION=f"Bearer {text}")

    return get


def sensors_in(answer: Any) -> list[str]:
    """Which sensors' detections an answer holds, in order."""
    return [row["sensor"]["id"] for row in answer.json()["detections"]]


@pytest.mark.parametrize(
    ("office", "query", "sensors"),
    [
        pytest.param("330402", {}, ["jiaxing-1"], id="a county"),
        pytest.param("330400", {}, ["jiaxing-1", "jiaxing-2"], id="a city"),
        pytest.param("330000", {}, ["jiaxing-1", "jiaxing-2", "hangzhou-1"], id="a province"),
        pytest.param("000000", {}, list(SITES), id="the country"),
        pytest.param("330000", {"division": "330400"}, ["jiaxing-1", "jiaxing-2"], id="a city asked by its province"),
        pytest.param("310000", {}, [], id="another province"),
        pytest.param("330000", {"since": "2999-01-01T00:00:00Z"}, [], id="nothing so late"),
        pytest.param("330402", {"since": "2020-01-01T00:00:00+08:00"}, ["jiaxing-1"], id="everything since"),
    ],
)
def test_an_office_reads_its_subtree(read: Read, office: str, query: dict[str, str], sensors: list[str]) -> None:
    answer = read(office, **query)
    assert answer.status_code == 200
    assert sensors_in(answer) == [sensor for sensor in sensors for _ in range(2)]


def test_a_record_is_as_it_was_delivered(read: Read) -> None:
    first = read("330402").json()["detections"][0]
    assert first["event_id"] == wire_row(0)["event_id"]
    assert first["miner"]["port"] == 40000


def test_pages_cover_everything_once(read: Read) -> None:
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page = read("330000", limit="4", after=str(after)).json()
        seen += [row["event_id"] for row in page["detections"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 6


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"division": "330102"}, 403),
        ({"division": "330000"}, 403),
        ({"division": "33"}, 422),
        ({"limit": "0"}, 422),
        ({"limit": "1001"}, 422),
        ({"after": str(2**63)}, 422),
        ({"since": "yesterday"}, 422),
        ({"since": "2026-01-01T00:00:00"}, 422),
    ],
)
def test_what_cannot_be_asked(read: Read, query: dict[str, str], status: int) -> None:
    answer = read("330400", **query)
    assert (answer.status_code, set(answer.json())) == (status, {"error", "hint"})


def test_a_sensors_token_reads_nothing() -> None:
    text = enroll_sensor("jiaxing-1", "", timezone.now(), rotate=True)
    assert Client().get("/api/v1/detections", HTTP_AUTHORIZATION=f"Bearer {text}").status_code == 401
    assert Client().get("/api/v1/detections").status_code == 401


def test_an_offices_token_delivers_nothing_and_its_use_is_noted(read: Read) -> None:
    read("330400")
    assert ApiToken.objects.get(office=Office.objects.get()).last_used_at is not None
    _, text = live_key("test", Office.objects.get())
    answer = Client().post(
        "/api/v1/detections", b"{}", content_type="application/x-ndjson", HTTP_AUTHORIZATION=f"Bearer {text}"
    )
    assert answer.status_code == 401
