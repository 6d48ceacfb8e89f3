"""What do the tests of the pool watch have sensors say? Statements with what a row changes of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sensor.model.wire import Detection, digest_id

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POOL, CLOUDFLARE, HOME = "93.184.216.34", "104.16.1.1", "10.1.2.3"
Deliver = Callable[..., None]


def line(number: int, **changes: Any) -> str:
    document: dict[str, Any] = {
        "detection_id": digest_id("session", number),
        "event_id": digest_id("event", number),
        "sensor": {"id": "sensor-a"},
        "state": "opened",
        "first_seen": NOW - timedelta(hours=2),
        "last_seen": NOW - timedelta(hours=1),
        "miner": {"ip": "203.0.113.7", "port": 40_000},
        "pool": pool(),
        "transport": {"l4": "tcp"},
        "dialect": "stratum-v1",
        "coin": "BTC",
        "verdict": "confirmed",
        "score": 95,
        "evidence": [row("stratum_v1_notify", "protocol")],
    }
    return Detection.model_validate(document | changes).to_json()


def pool(ip: str = POOL, port: int = 3333, domain: str | None = "hidden-pool.cn", **changes: Any) -> dict[str, Any]:
    return {"ip": ip, "port": port, "domain": domain, **changes}


def row(signature: str, evidence_class: str) -> dict[str, Any]:
    return {"signature": signature, "revision": 1, "class": evidence_class, "at": NOW, "excerpt": ""}


def miner(number: int) -> dict[str, Any]:
    return {"ip": f"203.0.113.{number}", "port": 40_000}


def seen(**times: datetime) -> dict[str, Any]:
    return {"first_seen": NOW - timedelta(days=100), "last_seen": NOW, **times}
