"""What do other sensors say? Alerts of Suricata (EVE) and notices of Zeek as detections, with bounds on their verdict.

Neither follows a mining protocol through both directions. A rule that matched a message of it is one-sided protocol
evidence at most: probable. A name or an address is an indicator alone: suspected. Confirmed is never said from here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from sensor.model.evidence import EvidenceClass, Verdict
from sensor.model.wire import Detection, digest_id

MAX_LINE_CHARS = 1_048_576
_MINING = re.compile(r"stratum|crypto.?min|coin.?min|\bminer|mining\.(subscribe|authorize|submit)|monero|xmrig", re.I)
_BY_NAME = re.compile(r"\bdns\b|\bsni\b|domain|observed", re.I)
_SCORES = {Verdict.PROBABLE: 60, Verdict.SUSPECTED: 30}


@dataclass(frozen=True, slots=True)
class Alert:
    """What both formats say, in one shape."""

    at: datetime
    miner: tuple[str, int]
    pool: tuple[str, int]
    l4: str
    rule: str
    revision: int
    is_message: bool
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that is about mining and cannot be used."""

    line_no: int
    reason: str


def eve_alert(document: Mapping[str, Any]) -> Alert | None:
    """The mining alert in an EVE record (``event_type: alert``); None for everything else."""
    alert = document.get("alert")
    if document.get("event_type") != "alert" or not isinstance(alert, dict):
        return None
    text = f"{alert.get('signature', '')} {alert.get('category', '')}"
    if not _MINING.search(text):
        return None
    miner = (str(document["src_ip"]), int(document["src_port"]))
    pool = (str(document["dest_ip"]), int(document["dest_port"]))
    if document.get("direction") == "to_client":
        miner, pool = pool, miner
    name = (document.get("tls") or {}).get("sni") or ((document.get("dns") or {}).get("query") or [{}])[0].get("rrname")
    rule = f"suricata:{int(alert.get('gid', 1))}:{int(alert['signature_id'])}"
    is_message = not _BY_NAME.search(text)
    at = datetime.fromisoformat(str(document["timestamp"]))
    return Alert(at, miner, pool, _l4(document.get("proto")), rule, int(alert.get("rev", 0)), is_message, name)


def zeek_alert(document: Mapping[str, Any]) -> Alert | None:
    """The mining notice in a record of Zeek's ``notice.log`` (JSON); None for everything else."""
    text = f"{document.get('note', '')} {document.get('msg', '')} {document.get('sub', '')}"
    if "note" not in document or not _MINING.search(text):
        return None
    miner = (str(document["id.orig_h"]), int(document["id.orig_p"]))
    pool = (str(document["id.resp_h"]), int(document["id.resp_p"]))
    stamp = document["ts"]
    is_number = isinstance(stamp, int | float)
    at = datetime.fromtimestamp(stamp, UTC) if is_number else datetime.fromisoformat(str(stamp))
    rule = f"zeek:{document['note']}"
    return Alert(at, miner, pool, _l4(document.get("proto")), rule, 0, not _BY_NAME.search(text))


READERS: Mapping[str, Callable[[Mapping[str, Any]], Alert | None]] = {"eve": eve_alert, "zeek": zeek_alert}


def detections(lines: Iterator[str], form: str, sensor_id: str) -> Iterator[Detection | Unread]:
    """Detections in the lines of a log; lines that are about something else are passed over."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            if len(line) > MAX_LINE_CHARS:
                raise ValueError(f"longer than {MAX_LINE_CHARS} characters")
            document = orjson.loads(line)
            alert = READERS[form](document) if isinstance(document, dict) else None
            if alert is not None:
                yield _detection(alert, sensor_id)
        except ValidationError as fault:
            yield Unread(number, "; ".join(str(one["msg"]) for one in fault.errors()[:3]))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, OSError) as fault:
            yield Unread(number, f"{type(fault).__name__}: {fault}"[:200])


def _detection(alert: Alert, sensor_id: str) -> Detection:
    verdict = Verdict.PROBABLE if alert.is_message else Verdict.SUSPECTED
    kind = EvidenceClass.PROTOCOL if alert.is_message else EvidenceClass.INDICATOR
    if alert.at.tzinfo is None:
        raise ValueError("the time has no zone")
    at = alert.at.astimezone(UTC)
    session = digest_id("foreign", sensor_id, *alert.miner, *alert.pool, alert.l4)
    excerpt = alert.name or alert.rule
    return Detection.model_validate(
        {
            "detection_id": session,
            "event_id": digest_id("foreign-event", session, at.isoformat(), alert.rule),
            "sensor": {"id": sensor_id},
            "state": "updated",
            "first_seen": at,
            "last_seen": at,
            "miner": {"ip": alert.miner[0], "port": alert.miner[1]},
            "pool": {"ip": alert.pool[0], "port": alert.pool[1], "domain": alert.name},
            "transport": {"l4": alert.l4, "sni": alert.name},
            "dialect": None,
            "verdict": verdict,
            "score": _SCORES[verdict],
            "evidence": [
                {"signature": alert.rule, "revision": alert.revision, "class": kind, "at": at, "excerpt": excerpt}
            ],
        }
    )


def _l4(text: object) -> str:
    return "udp" if str(text).lower() == "udp" else "tcp"
