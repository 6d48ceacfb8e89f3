"""How is a MISP feed laid out? A folder with one event a day, ``manifest.json`` and ``hashes.csv``."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sensor.model.evidence import Verdict
from sensor.model.wire import Detection

_SPACE = uuid.UUID("0f5a2a57-0e36-4b39-93a1-2f7a5dc2f6a4")
_LEVELS = {Verdict.CONFIRMED: "1", Verdict.PROBABLE: "2", Verdict.SUSPECTED: "3"}
_TAGS = [{"name": "tlp:amber", "colour": "#ffc000"}, {"name": 'misp-galaxy:mitre-attack-pattern="T1496"'}]


def misp_feed(rows: Iterable[Detection], org: str) -> Mapping[str, bytes]:
    """Files of the feed by name; the same rows and name give the same bytes."""
    days: dict[date, list[Detection]] = {}
    for row in rows:
        days.setdefault(row.last_seen.date(), []).append(row)
    files: dict[str, bytes] = {}
    manifest: dict[str, Any] = {}
    hashes: list[str] = []
    for day, found in sorted(days.items()):
        event = _event(day, found, org)
        files[f"{event['uuid']}.json"] = _text({"Event": event})
        manifest[event["uuid"]] = {
            key: event[key] for key in ("Orgc", "Tag", "info", "date", "analysis", "threat_level_id", "timestamp")
        }
        values = sorted({attribute["value"] for attribute in event["Attribute"]})
        # The feed's own form asks for MD5: MISP looks values up by it, nothing is protected with it.
        hashes += [
            f"{hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()},{event['uuid']}" for value in values
        ]
    files["manifest.json"] = _text(manifest)
    files["hashes.csv"] = "".join(f"{line}\n" for line in hashes).encode()
    return files


def _event(day: date, rows: list[Detection], org: str) -> dict[str, Any]:
    stamp = str(int(max(row.last_seen for row in rows).timestamp()))
    attributes: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        for kind, value, is_warning in _values(row):
            attributes.setdefault((kind, value), _attribute(kind, value, row, is_warning=is_warning))
    return {
        "uuid": _uuid("event", org, day.isoformat()),
        "info": f"Cryptocurrency mining {day.isoformat()}",
        "date": day.isoformat(),
        "timestamp": stamp,
        "publish_timestamp": stamp,
        "published": True,
        "analysis": "2",
        "threat_level_id": min(_LEVELS[row.verdict] for row in rows),
        "Orgc": {"name": org, "uuid": _uuid("org", org)},
        "Tag": _TAGS,
        "Attribute": list(attributes.values()),
    }


def _values(row: Detection) -> Iterable[tuple[str, str, bool]]:
    """Miners are who is looked for, not what to block; pools are both."""
    yield "ip-src", row.miner.ip, False
    if row.pool.ip is not None and row.pool.port is not None:
        yield "ip-dst|port", f"{row.pool.ip}|{row.pool.port}", row.verdict is Verdict.CONFIRMED
    if row.pool.domain:
        yield "domain", row.pool.domain, row.verdict is Verdict.CONFIRMED


def _attribute(kind: str, value: str, row: Detection, *, is_warning: bool) -> dict[str, Any]:
    return {
        "uuid": _uuid("attribute", row.event_id, kind, value),
        "type": kind,
        "category": "Network activity",
        "value": value,
        "to_ids": is_warning,
        "timestamp": str(int(row.last_seen.timestamp())),
        "first_seen": row.first_seen.isoformat(),
        "last_seen": row.last_seen.isoformat(),
        "comment": f"{row.verdict.value} {row.dialect or ''} {row.coin or ''}".strip(),
    }


def _text(document: Any) -> bytes:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _uuid(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "/".join(parts)))
