"""How does a foreign sensor's log get in? As a delivery of a sensor without a token, each alert once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from collector.exchange.foreign import Unread, detections
from collector.faults import CollectorError
from collector.ingest.models import Batch, Sensor
from collector.ingest.rows import Context, Refusal, read_row
from collector.ingest.store import insert_new
from collector.registry.divisions import is_code
from collector.settings.config import IngestOptions
from sensor.model.wire import Detection

MAX_UNREAD_KEPT = 1_000
MAX_DETECTIONS = 1_000_000
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class LogReceipt:
    """What a log brought; of the unusable lines the first are kept."""

    accepted: int
    duplicates: int
    unread: list[Unread]


def take_log(path: Path, form: str, origin: tuple[str, str], now: datetime, options: IngestOptions) -> LogReceipt:
    """Read a log of ``origin`` (sensor's name, division), all of it or nothing; raises ``CollectorError``."""
    sensor_id, division = origin
    if not is_code(division):
        raise CollectorError(f"--division {division!r}: is no division code; give six digits, like 330400")
    unread: list[Unread] = []
    try:
        with path.open(encoding="utf-8", errors="replace") as file, transaction.atomic():
            batch = _opened(sensor_id, division, path, now)
            for found in _chunks(detections(file, form, sensor_id), Context(sensor_id, now, options), unread):
                batch.rows += len(found)
                batch.accepted += insert_new(batch, found)
            batch.duplicates = batch.rows - batch.accepted
            batch.save(update_fields=["rows", "accepted", "duplicates"])
    except OSError as fault:
        raise CollectorError(f"{path}: cannot be read: {fault.strerror}; check the path") from None
    return LogReceipt(batch.accepted, batch.duplicates, unread)


def _opened(sensor_id: str, division: str, path: Path, now: datetime) -> Batch:
    sensor, _ = Sensor.objects.get_or_create(sensor_id=sensor_id, defaults={"division_code": division})
    if sensor.token_id is not None or sensor.division_code != division:
        raise CollectorError(
            f"sensor {sensor_id}: is enrolled, or stands in {sensor.division_code}; choose another name with --sensor"
        )
    digest = hashlib.sha256(str(path).encode()).hexdigest()
    return Batch.objects.create(
        sensor=sensor, received_at=now, rows=0, accepted=0, duplicates=0, rejected=0, sha256=digest
    )


def _chunks(found: Iterator[Detection | Unread], context: Context, unread: list[Unread]) -> Iterator[list[Detection]]:
    """What ingest would take of a sensor, a thousand at a time."""
    chunk: list[Detection] = []
    for number, one in enumerate(found, 1):
        if number > MAX_DETECTIONS:
            raise CollectorError(f"more than {MAX_DETECTIONS} alerts; split the log")
        judged = one if isinstance(one, Unread) else read_row(number, one.to_json(), context)
        if isinstance(judged, Detection):
            chunk.append(judged)
        elif len(unread) < MAX_UNREAD_KEPT:
            unread.append(Unread(judged.row_no, judged.reason) if isinstance(judged, Refusal) else judged)
        if len(chunk) >= _AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
