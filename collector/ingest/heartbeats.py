"""How do heartbeats become rows, and what is the last that was heard of each sensor?"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from collector.accounts.models import ApiToken
from collector.faults import ApiError
from collector.ingest import models
from collector.ingest.body import numbered_rows
from collector.ingest.rows import Context, Refusal, read_heartbeat
from collector.settings.config import IngestOptions
from sensor.model.heartbeat import Heartbeat

_LOG = logging.getLogger("collector.ingest")
MAX_INVENTORIES = 500
"""Signature sets of which it is known what they hold; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class HeartbeatReceipt:
    """What the sensor is told; given only after the commit."""

    accepted: int
    duplicates: int
    rejected: tuple[Refusal, ...]


def receive_heartbeats(
    sensor: models.Sensor, body: bytes, received_at: datetime, options: IngestOptions
) -> HeartbeatReceipt:
    """Store a delivery of NDJSON. A row already known by its ``heartbeat_id`` counts as duplicate, changes nothing.

    Raises ``ApiError`` 400 or 413 when the body as a whole cannot be read.
    """
    context = Context(sensor.sensor_id, received_at, options)
    read = [read_heartbeat(number, line, context) for number, line in numbered_rows(body, options.max_rows)]
    if not read:
        raise ApiError(400, "body holds no rows", "send one heartbeat per line")
    beats = {row.heartbeat_id: row for row in reversed(read) if isinstance(row, Heartbeat)}
    refused = tuple(row for row in read if isinstance(row, Refusal))
    with transaction.atomic():
        accepted = _store(sensor, list(reversed(beats.values())), received_at)
        _forget_oldest(sensor, options.max_heartbeats_per_sensor)
        _keep_inventories(beats.values())
        ApiToken.objects.filter(sensor=sensor).update(last_used_at=received_at)
    for row in refused[:1]:
        _LOG.warning("sensor %s: %s heartbeats refused: %s", sensor.sensor_id, len(refused), row.reason)
    return HeartbeatReceipt(accepted, len(read) - len(refused) - accepted, refused)


def latest_health() -> dict[int, models.SensorHealth]:
    """The heartbeat of every sensor that reaches furthest, by the sensor's key; a sensor without one is left out."""
    furthest = (
        models.SensorHealth.objects.filter(sensor=sensor).order_by("-t1", "-pk").first()
        for sensor in models.Sensor.objects.only("pk")
    )
    return {row.sensor_id: row for row in furthest if row is not None}


def _store(sensor: models.Sensor, beats: Sequence[Heartbeat], received_at: datetime) -> int:
    """Insert what is new; answers how many rows that was."""
    ids = [beat.heartbeat_id for beat in beats]
    # The sensor's row is the lock: two deliveries of the same rows at once must not both count them as new.
    models.Sensor.objects.select_for_update().get(pk=sensor.pk)
    known = set(models.SensorHealth.objects.filter(heartbeat_id__in=ids).values_list("heartbeat_id", flat=True))
    new = [_row(sensor, beat, received_at) for beat in beats if beat.heartbeat_id not in known]
    models.SensorHealth.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)
    return len(new)


def _row(sensor: models.Sensor, beat: Heartbeat, received_at: datetime) -> models.SensorHealth:
    return models.SensorHealth(
        heartbeat_id=beat.heartbeat_id,
        sensor=sensor,
        t0=beat.t0,
        t1=beat.t1,
        packets=beat.packets,
        bytes=beat.bytes,
        kernel_drops=beat.kernel_drops,
        shed=sum(beat.shed.values()),
        signature_fingerprint=beat.signatures.fingerprint,
        signature_age_s=beat.signatures.age_s,
        clock_error_ms=beat.clock_error_ms,
        spool_depth=beat.spool.depth,
        body=_without_parts(beat),
        received_at=received_at,
    )


def _without_parts(beat: Heartbeat) -> dict[str, Any]:
    """The wire record; what its set holds is kept once for all heartbeats."""
    body: dict[str, Any] = orjson.loads(beat.to_json())
    return body | {"signatures": body["signatures"] | {"parts": []}}


def _keep_inventories(beats: Iterable[Heartbeat]) -> None:
    told = {beat.signatures.fingerprint: beat.signatures.parts for beat in beats if beat.signatures.parts}
    known = models.SignatureInventory.objects.filter(fingerprint__in=told).values_list("fingerprint", flat=True)
    fresh = told.keys() - set(known)
    if not fresh:
        return
    rows = [
        models.SignatureInventory(fingerprint=key, parts=[part.model_dump(mode="json") for part in told[key]])
        for key in sorted(fresh)
    ]
    models.SignatureInventory.objects.bulk_create(rows, ignore_conflicts=True)
    newest = models.SignatureInventory.objects.order_by("-pk")
    for oldest in newest.values_list("pk", flat=True)[MAX_INVENTORIES : MAX_INVENTORIES + 1]:
        models.SignatureInventory.objects.filter(pk__lte=oldest).delete()


def _forget_oldest(sensor: models.Sensor, keep: int) -> None:
    kept = models.SensorHealth.objects.filter(sensor=sensor).order_by("-t1", "-pk")
    for oldest in kept.values_list("t1", flat=True)[keep : keep + 1]:
        models.SensorHealth.objects.filter(sensor=sensor, t1__lte=oldest).delete()
