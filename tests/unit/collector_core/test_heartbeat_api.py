"""Are heartbeats kept once each, bounded, and shown?"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from core_data import SENSOR_ID
from django.test import Client, override_settings
from typer.testing import CliRunner

from collector.cli import app
from collector.ingest.models import Batch, SensorHealth
from collector.settings.config import CollectorConfig, IngestOptions
from sensor.model.heartbeat import Heartbeat, heartbeat_schema
from sensor.model.wire import digest_id

Beat = Callable[..., Any]
START = datetime(2026, 3, 1, 4, tzinfo=UTC)


def document(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One valid heartbeat; ``number`` is its minute, ``changes`` replaces top-level fields."""
    begin = START + timedelta(minutes=number)
    return {
        "schema": "minewatch.heartbeat/1",
        "heartbeat_id": digest_id("beat", number),
        "sensor": {"id": SENSOR_ID, "site": "机房"},
        "t0": begin.isoformat(),
        "t1": (begin + timedelta(minutes=1)).isoformat(),
        "release": "0.1",
        "engine": "portable",
        "signatures": {"fingerprint": "ab" * 32, "age_s": 3 * 86_400 + 5},
        "packets": 980,
        "bytes": 70_000,
        "kernel_drops": 15,
        "flows": 7,
        "shed": {"heads": 5},
        "covered_networks": ["203.0.113.0/24"],
        "clock_error_ms": 1.25,
        "spool": {"depth": 2, "oldest_s": 0.5},
        "sources": [{"name": "eth0", "state": "reading", "workers": 2, "packets": 980, "kernel_drops": 15}],
        **changes,
    }


def line(number: int = 1, **changes: Any) -> str:
    return json.dumps(document(number, **changes))


@pytest.fixture
def beat(token: str) -> Beat:
    def post(body: str, bearer: str = token) -> Any:
        fields: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {bearer}"}
        return Client().post("/api/v1/heartbeats", data=body, content_type="application/x-ndjson", **fields)

    return post


def test_the_wire_form_is_its_schema() -> None:
    wire = json.loads(Heartbeat.model_validate(document()).to_json())
    jsonschema.Draft202012Validator(heartbeat_schema()).validate(wire)
    assert wire["t0"] == "2026-03-01T04:01:00.000000Z"
    assert Heartbeat.model_validate(wire).to_json() == Heartbeat.model_validate(document()).to_json()


def test_a_heartbeat_is_stored_whole(beat: Beat) -> None:
    answer = beat(line(1))
    assert answer.json() == {"accepted": 1, "duplicates": 0, "rejected": []}
    row = SensorHealth.objects.get()
    assert row.body == json.loads(Heartbeat.model_validate(document()).to_json())
    assert (row.packets, row.kernel_drops, row.shed, row.clock_error_ms) == (980, 15, 5, 1.25)
    assert row.t1 - row.t0 == timedelta(minutes=1)
    assert Batch.objects.count() == 0


@pytest.mark.parametrize(
    ("deliveries", "receipts"),
    [
        pytest.param([[1, 2], [1, 2]], [(2, 0), (0, 2)], id="sent twice"),
        pytest.param([[1, 1, 2]], [(2, 1)], id="repeated inside one body"),
        pytest.param([[1], [1, 2]], [(1, 0), (1, 1)], id="overlapping"),
    ],
)
def test_each_is_kept_once(beat: Beat, deliveries: list[list[int]], receipts: list[tuple[int, int]]) -> None:
    answers = [beat("\n".join(map(line, numbers))).json() for numbers in deliveries]
    assert [(answer["accepted"], answer["duplicates"]) for answer in answers] == receipts
    assert SensorHealth.objects.count() == 2


BAD = [
    pytest.param({"sensor": {"id": "other"}}, "the token belongs to", id="another sensor's"),
    pytest.param({"t1": "2026-03-01T04:01:00Z"}, "t1 does not lie after t0", id="no time passed"),
    pytest.param({"t1": "2999-01-01T00:00:00Z"}, "set the sensor's clock", id="from the future"),
    pytest.param({"packets": -1}, "packets", id="negative"),
    pytest.param({"packets": 2**63}, "larger than", id="more than can be stored"),
    pytest.param({"shed": {"patience": 1}}, "shed", id="unknown kind"),
    pytest.param({"extra": 1}, "extra", id="unknown field"),
    pytest.param({"clock_error_ms": -0.5}, "clock_error_ms", id="negative clock error"),
]


@pytest.mark.parametrize(("changes", "reason"), BAD)
def test_a_bad_row_is_refused_alone(beat: Beat, changes: dict[str, Any], reason: str) -> None:
    answer = beat("\n".join([line(2, **changes), line(1)])).json()
    assert (answer["accepted"], answer["duplicates"]) == (1, 0)
    [refused] = answer["rejected"]
    assert (refused["row"], refused["event_id"]) == (1, digest_id("beat", 2))
    assert reason in refused["reason"]


@pytest.mark.parametrize("text", ["{", "[]", "null", '"x"', "{" * 2000])
def test_rubbish_is_refused(beat: Beat, text: str) -> None:
    answer = beat(f"{text}\n{line(1)}").json()
    assert (answer["accepted"], len(answer["rejected"])) == (1, 1)


def test_a_wrong_token_stores_nothing(beat: Beat) -> None:
    assert beat(line(), "no such token").status_code == 401
    assert SensorHealth.objects.count() == 0


@override_settings(COLLECTOR=CollectorConfig(ingest=IngestOptions(max_heartbeats_per_sensor=3)))
def test_the_oldest_are_forgotten(beat: Beat) -> None:
    for number in (4, 1, 3, 2, 5):
        beat(line(number))
    assert sorted(SensorHealth.objects.values_list("heartbeat_id", flat=True)) == sorted(
        digest_id("beat", number) for number in (3, 4, 5)
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({}, ["20 (2.00%)", "3 d", "± 1.2 ms"], id="drops and a good clock"),
        pytest.param({"clock_error_ms": None, "kernel_drops": 0, "shed": {}}, ["not synchronised"], id="no clock"),
        pytest.param(None, ["never"], id="silent"),
    ],
)
def test_sensors_shows_how_they_are(
    beat: Beat, changes: dict[str, Any] | None, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    if changes is not None:
        beat(line(1))
        beat(line(2, **changes))
    said = CliRunner().invoke(app, ["sensors"]).output
    assert [word for word in [SENSOR_ID, *words] if word not in said] == []


def test_a_sensor_can_ask_whose_token_it_has(token: str) -> None:
    answer = Client().get("/api/v1/sensor", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.json()["sensor_id"] == SENSOR_ID
    told = datetime.fromisoformat(answer.json()["time"])
    assert abs((datetime.now(UTC) - told).total_seconds()) < 5
    assert Client().get("/api/v1/sensor", HTTP_AUTHORIZATION="Bearer x").status_code == 401
