"""Is this row a detection this sensor may deliver? One line of text becomes a wire record or a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from pydantic import ValidationError

from collector.settings.config import IngestOptions
from sensor.model.wire import Detection

MINING_BEGAN = datetime(2009, 1, 3, tzinfo=UTC)
"""The first block of the first coin: a record from before it comes from a clock that was not set."""

_EVENT_ID = re.compile(r"[0-9a-f]{32}")
_MAX_STORED_INT = 2**63 - 1
_MAX_FAULTS_TOLD = 3
_MAX_REASON_CHARS = 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row was not taken; ``event_id`` where it could be read."""

    row_no: int
    event_id: str | None
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Context:
    """Who delivers, when it arrived, and within which bounds."""

    sensor_id: str
    received_at: datetime
    options: IngestOptions


def read_row(row_no: int, line: str, context: Context) -> Detection | Refusal:
    """The wire record in ``line``, or why it is refused. Never raises on what the line holds."""
    event_id: str | None = None
    options = context.options
    if len(line) > options.max_row_chars:
        return Refusal(row_no, None, f"longer than {options.max_row_chars} characters", line[: options.max_raw_chars])
    try:
        document = _without_nul(orjson.loads(line))
        event_id = _event_id(document)
        detection = Detection.model_validate(document)
    except orjson.JSONDecodeError as fault:
        reason = f"not JSON: {fault}"
    except ValidationError as fault:
        reason = _explain(fault)
    else:
        unfit = _unfit(detection, context)
        if unfit is None:
            return detection
        reason = unfit
    return Refusal(row_no, event_id, reason[:_MAX_REASON_CHARS], line[: options.max_raw_chars])


def _unfit(detection: Detection, context: Context) -> str | None:
    """What the wire format allows and this collector cannot keep."""
    latest = context.received_at + timedelta(seconds=context.options.max_clock_ahead_s)
    shares = detection.shares
    if detection.sensor.id != context.sensor_id:
        return f"sensor.id: the token belongs to sensor {context.sensor_id}; deliver with the sensor's own token"
    if detection.first_seen < MINING_BEGAN:
        return "first_seen: lies before mining began; set the sensor's clock"
    if detection.last_seen > latest:
        return "last_seen: lies in the future; set the sensor's clock"
    if "%" in detection.miner.ip or "%" in (detection.pool.ip or ""):
        return "miner.ip, pool.ip: an address with a zone cannot be attributed"
    if max(shares.submitted, shares.accepted, shares.rejected) > _MAX_STORED_INT:
        return "shares: larger than 2^63 - 1"
    return None


def _explain(fault: ValidationError) -> str:
    faults = fault.errors(include_url=False, include_input=False, include_context=False)
    told = [f"{'.'.join(map(str, row['loc'])) or 'row'}: {row['msg']}" for row in faults[:_MAX_FAULTS_TOLD]]
    if len(faults) > _MAX_FAULTS_TOLD:
        told.append(f"and {len(faults) - _MAX_FAULTS_TOLD} more")
    return "; ".join(told)


def _event_id(document: Any) -> str | None:
    claimed = document.get("event_id") if isinstance(document, dict) else None
    return claimed if isinstance(claimed, str) and _EVENT_ID.fullmatch(claimed) else None


def _without_nul(value: Any) -> Any:
    """NUL is legal in JSON and in no PostgreSQL text; the replacement character shows where it stood."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value
