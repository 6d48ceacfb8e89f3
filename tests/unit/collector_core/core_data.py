"""Which detections do the collector's tests speak of? Built by the wire model itself."""

from __future__ import annotations

from typing import Any

from sensor.model.wire import Detection, digest_id

SENSOR_ID = "sensor-a"


def wire_row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One valid wire record as a dict; ``number`` makes its ids, ``changes`` replaces top-level fields."""
    document: dict[str, Any] = {
        "schema": "minewatch.detection/1",
        "detection_id": digest_id("session", number),
        "event_id": digest_id("event", number),
        "sensor": {"id": SENSOR_ID, "site": "room 1"},
        "state": "opened",
        "first_seen": "2026-03-01T04:00:00.000123Z",
        "last_seen": "2026-03-01T05:00:00Z",
        "miner": {"ip": "203.0.113.7", "port": 40000 + number},
        "pool": {"ip": "198.51.100.9", "port": 3333, "domain": "pool.example.org"},
        "transport": {"l4": "tcp"},
        "dialect": "stratum-v1",
        "coin": "BTC",
        "account": "worker.1",
        "shares": {"submitted": 5, "accepted": 4, "rejected": 1},
        "verdict": "confirmed",
        "score": 95,
    }
    return document | changes


def wire_line(number: int = 1, **changes: Any) -> str:
    """One valid row of NDJSON, as a sensor writes it."""
    return Detection.model_validate(wire_row(number, **changes)).to_json()
