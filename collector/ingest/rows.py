"""Is this row something this sensor may deliver? One line of text becomes a wire record or a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from collector.settings.config import IngestOptions
from sensor.model.heartbeat import Heartbeat
from sensor.model.wire import Detection, WireModel

Record = TypeVar("Record", bound=WireModel)

MINING_BEGAN = datetime(2009, 1, 3, tzinfo=UTC)
"""The first block of the first coin: a record from before it comes from a clock that was not set."""

_EVENT_ID = re.compile(r"[0-9a-f]{32}")
_NUL = "\\u0000"
"""How JSON writes a NUL; a bare one is no JSON."""
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
    """The detection in ``line``, or why it is refused. Never raises on what the line holds."""
    read = _read(row_no, line, context, Detection, "event_id")
    return _refuse(read, _unfit(read, context), line, context, row_no) if isinstance(read, Detection) else read


def read_heartbeat(row_no: int, line: str, context: Context) -> Heartbeat | Refusal:
    """The heartbeat in ``line``, or why it is refused. Never raises on what the line holds."""
    read = _read(row_no, line, context, Heartbeat, "heartbeat_id")
    return _refuse(read, _unfit_beat(read, context), line, context, row_no) if isinstance(read, Heartbeat) else read


def _read(row_no: int, line: str, context: Context, model: type[Record], key: str) -> Record | Refusal:
    claimed: str | None = None
    options = context.options
    if len(line) > options.max_row_chars:
        return Refusal(row_no, None, f"longer than {options.max_row_chars} characters", line[: options.max_raw_chars])
    try:
        document = orjson.loads(line)
        document = _without_nul(document) if _NUL in line else document
        claimed = _claimed_id(document, key)
        return model.model_validate(document)
    except orjson.JSONDecodeError as fault:
        reason = f"not JSON: {fault}"
    except ValidationError as fault:
        reason = _explain(fault)
    return Refusal(row_no, claimed, reason[:_MAX_REASON_CHARS], line[: options.max_raw_chars])


_Known = TypeVar("_Known", Detection, Heartbeat)


def _refuse(record: _Known, reason: str | None, line: str, context: Context, row_no: int) -> _Known | Refusal:
    """The record itself when there is no reason against it."""
    if reason is None:
        return record
    return Refusal(row_no, record.event_id, reason[:_MAX_REASON_CHARS], line[: context.options.max_raw_chars])


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


def _unfit_beat(beat: Heartbeat, context: Context) -> str | None:
    """What the wire format allows and this collector cannot keep."""
    latest = context.received_at + timedelta(seconds=context.options.max_clock_ahead_s)
    if beat.sensor.id != context.sensor_id:
        return f"sensor.id: the token belongs to sensor {context.sensor_id}; deliver with the sensor's own token"
    if beat.t0 < MINING_BEGAN or beat.t1 > latest:
        return "t0, t1: before mining began or in the future; set the sensor's clock"
    counts = (beat.packets, beat.bytes, beat.kernel_drops, beat.flows, beat.spool.depth, beat.signatures.age_s)
    if max(counts) > _MAX_STORED_INT or sum(beat.shed.values()) > _MAX_STORED_INT:
        return "counts: larger than 2^63 - 1"
    return None


def _explain(fault: ValidationError) -> str:
    faults = fault.errors(include_url=False, include_input=False, include_context=False)
    told = [f"{'.'.join(map(str, row['loc'])) or 'row'}: {row['msg']}" for row in faults[:_MAX_FAULTS_TOLD]]
    if len(faults) > _MAX_FAULTS_TOLD:
        told.append(f"and {len(faults) - _MAX_FAULTS_TOLD} more")
    return "; ".join(told)


def _claimed_id(document: Any, key: str) -> str | None:
    claimed = document.get(key) if isinstance(document, dict) else None
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
