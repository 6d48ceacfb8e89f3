"""The wire format: what it takes, what it refuses, and that what is published is what the code says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from sensor.model import schema
from sensor.model.wire import Detection, digest_id, json_schema, timestamp

PUBLISHED = Path(__file__).resolve().parents[3] / "docs" / "wire"

GOOD: dict[str, Any] = {
    "schema": "minewatch.detection/1",
    "detection_id": "0" * 32,
    "event_id": "1" * 32,
    "sensor": {"id": "s"},
    "state": "opened",
    "first_seen": "2025-12-31T23:59:59.000001Z",
    "last_seen": "2026-01-01T08:00:00+08:00",
    "miner": {"ip": "192.0.2.1", "port": 40000},
    "pool": {"ip": "2001:DB8::0:1", "port": 3333},
    "transport": {"l4": "tcp"},
    "dialect": "stratum-v1",
    "verdict": "confirmed",
    "score": 90,
}

RATE = {"value": 9, "low": 1, "high": 2, "unit": "H/s", "method": "m"}

BAD = [
    ("unknown field", {"colour": "red"}, "colour"),
    ("another schema", {"schema": "minewatch.detection/2"}, "schema"),
    ("id of another form", {"event_id": "x"}, "event_id"),
    ("no address", {"miner": {"ip": "300.1.1.1", "port": 1}}, "miner.ip"),
    ("no port", {"miner": {"ip": "192.0.2.1", "port": 70000}}, "miner.port"),
    ("time without zone", {"first_seen": "2026-01-01T00:00:00"}, "first_seen"),
    ("ends before it begins", {"first_seen": "2026-01-02T00:00:00Z"}, ""),
    ("unknown dialect", {"dialect": "stratum-v9"}, "dialect"),
    ("score beyond its scale", {"score": 101}, "score"),
    ("value outside its bounds", {"hashrate": RATE}, "hashrate"),
]


def test_a_row_goes_over_the_wire_unchanged() -> None:
    row = Detection.model_validate(GOOD)
    again = Detection.model_validate_json(row.to_json())
    assert again == row
    assert again.pool.ip == "2001:db8::1"
    assert json.loads(row.to_json())["last_seen"] == "2026-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(("changes", "where"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_row_is_refused(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Detection.model_validate(GOOD | changes)
    assert where in {".".join(map(str, fault["loc"])) for fault in caught.value.errors()}


def test_rows_follow_the_published_schema() -> None:
    row = json.loads(Detection.model_validate(GOOD).to_json())
    jsonschema.validate(row, json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(row | {"colour": "red"}, json_schema())


@pytest.mark.parametrize("name", schema.SCHEMAS)
def test_published_schemas_are_up_to_date(name: str) -> None:
    published = (PUBLISHED / name).read_text(encoding="utf-8")
    assert published == schema.text(name), "run: python -m sensor.model.schema docs/wire"


def test_times_keep_microseconds() -> None:
    assert timestamp(1_767_225_600_123_456_789).isoformat() == "2026-01-01T00:00:00.123456+00:00"


def test_ids_depend_on_every_part_and_its_place() -> None:
    assert len({digest_id("a", "b"), digest_id("b", "a"), digest_id("ab", ""), digest_id("a", "b", "")}) == 4
