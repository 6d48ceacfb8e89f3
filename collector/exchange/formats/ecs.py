"""How does a detection read in the names of the Elastic Common Schema (8.x)?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from sensor.model.wire import Detection


def ecs_lines(rows: Iterable[Detection]) -> Iterator[bytes]:
    """One JSON object to a line."""
    return (orjson.dumps(ecs(row)) + b"\n" for row in rows)


def ecs(row: Detection) -> dict[str, Any]:
    """Fields that ECS has, under its names; all others under ``minewatch``."""
    destination = {"ip": row.pool.ip, "port": row.pool.port, "domain": row.pool.domain}
    mining = {"coin": row.coin, "dialect": row.dialect, "verdict": row.verdict, "shares": row.shares.model_dump()}
    return {
        "@timestamp": row.last_seen.isoformat(),
        "ecs": {"version": "8.17.0"},
        "event": {
            "id": row.event_id,
            "kind": "alert",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "start": row.first_seen.isoformat(),
            "end": row.last_seen.isoformat(),
            "risk_score": row.score,
            "dataset": "minewatch.detection",
        },
        "threat": {"framework": "MITRE ATT&CK", "technique": {"id": ["T1496.001"], "name": ["Compute Hijacking"]}},
        "observer": {"name": row.sensor.id, "type": "ids", "vendor": "Minewatch"},
        "network": {"transport": row.transport.l4, "direction": "outbound"},
        "source": {"ip": row.miner.ip, "port": row.miner.port, "packets": row.traffic.packets_up},
        "destination": {key: value for key, value in destination.items() if value is not None},
        "rule": {"name": [one.signature for one in row.evidence]},
        "minewatch": {"session": row.detection_id, **mining},
    }
