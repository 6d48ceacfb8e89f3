"""How does a delivery become rows? Validated one by one, stored in one transaction, deduplicated for ever."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max

from collector.accounts.choices import OfficeKind, TokenScope
from collector.accounts.models import ApiToken, Office
from collector.accounts.services import issue_token, revoke_token
from collector.faults import ApiError, CollectorError
from collector.ingest import models
from collector.ingest.body import numbered_rows
from collector.ingest.heartbeats import latest_health
from collector.ingest.rows import Context, Refusal, read_row
from collector.ingest.store import insert_new
from collector.registry.divisions import is_code, subtree_prefix
from collector.settings.config import IngestOptions
from sensor.model.wire import Detection

_INSERT_ROWS = 500
_LOG = logging.getLogger("collector.ingest")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sensor is told; given only after the commit."""

    batch: int
    accepted: int
    duplicates: int
    rejected: tuple[Refusal, ...]


def receive(sensor: models.Sensor, body: bytes, received_at: datetime, options: IngestOptions) -> Receipt:
    """Store a delivery of NDJSON. A row already known by its ``event_id`` counts as duplicate and changes nothing.

    Raises ``ApiError`` 400 or 413 when the body as a whole cannot be read.
    """
    context = Context(sensor.sensor_id, received_at, options)
    read = [read_row(number, line, context) for number, line in numbered_rows(body, options.max_rows)]
    if not read:
        raise ApiError(400, "body holds no rows", "send one detection per line")
    good = [row for row in read if isinstance(row, Detection)]
    refused = tuple(row for row in read if isinstance(row, Refusal))
    with transaction.atomic():
        batch = models.Batch.objects.create(
            sensor=sensor,
            received_at=received_at,
            rows=len(read),
            accepted=0,
            duplicates=0,
            rejected=len(refused),
            sha256=hashlib.sha256(body).hexdigest(),
        )
        batch.accepted = insert_new(batch, good)
        batch.duplicates = len(good) - batch.accepted
        batch.save(update_fields=["accepted", "duplicates"])
        _keep_refused(batch, refused[: options.max_rejections_kept], options.max_rejections_per_sensor)
        ApiToken.objects.filter(sensor=sensor).update(last_used_at=received_at)
    counts = (batch.accepted, batch.duplicates, batch.rejected)
    _LOG.info("batch %s of sensor %s: %s accepted, %s duplicates, %s rejected", batch.pk, sensor.sensor_id, *counts)
    return Receipt(batch.pk, batch.accepted, batch.duplicates, refused)


@transaction.atomic
def enroll_sensor(
    sensor_id: str, division_code: str, now: datetime, *, rotate: bool, operator: str = "", unit: str = ""
) -> str:
    """Register a sensor, or give a known one a new token (``rotate``; the old one ends). Answers the token's text.

    ``operator`` is the carrier whose network it watches: the one that is asked who used an address. ``unit`` is the
    notified unit whose own sensor it is, by the name of its office: it sees the sensor and what that found.
    """
    if division_code and not is_code(division_code):
        raise CollectorError(
            f"sensor {sensor_id}: {division_code!r} is no division code; give six digits, like 330402",
            f"探针 {sensor_id}：{division_code} 不是区划代码；请写六位数字，如 330402",
        )
    sensor = models.Sensor.objects.filter(sensor_id=sensor_id).select_related("token").first()
    if sensor is not None and not rotate:
        raise CollectorError(
            f"sensor {sensor_id}: is already enrolled; give it a new token with --rotate",
            f"探针 {sensor_id}：已登记；换新令牌请加 --rotate",
        )
    owner = _unit_named(sensor_id, unit) if unit else None
    token, text = issue_token(f"sensor {sensor_id}", TokenScope.INGEST)
    if sensor is None:
        place = {"division_code": division_code, "operator": operator, "office": owner}
        models.Sensor.objects.create(sensor_id=sensor_id, token=token, **place)
        return text
    if sensor.token is not None:
        revoke_token(sensor.token, now)
    sensor.token, sensor.division_code = token, division_code or sensor.division_code
    sensor.operator, sensor.office = operator or sensor.operator, owner or sensor.office
    sensor.save(update_fields=["token", "division_code", "operator", "office"])
    return text


def _unit_named(sensor_id: str, name: str) -> Office:
    found = Office.objects.filter(name=name, kind=OfficeKind.UNIT).first()
    if found is None:
        raise CollectorError(
            f"sensor {sensor_id}: there is no notified unit {name}; make it first: collector create-user … --kind unit",
            f"探针 {sensor_id}：没有被通报单位 {name}；请先建立：collector create-user … --kind unit",
        )
    return found


def page_of(division_code: str, since: datetime | None, after: int, limit: int) -> list[models.Detection]:
    """Detections of the sensors in a division's subtree, in the order they were stored, after a row's key."""
    rows = models.Detection.objects.filter(
        sensor__division_code__startswith=subtree_prefix(division_code), pk__gt=after
    )
    if since is not None:
        rows = rows.filter(received_at__gte=since)
    return list(rows.order_by("pk").only("pk", "body")[:limit])


@dataclass(frozen=True, slots=True)
class SensorRow:
    """A sensor in the overview; ``token`` is the shown prefix of a live one."""

    sensor_id: str
    division_code: str
    token: str
    last_delivery: datetime | None
    detections: int
    health: models.SensorHealth | None


def sensor_overview() -> list[SensorRow]:
    """Every sensor by name."""
    rows = models.Sensor.objects.select_related("token").order_by("sensor_id")
    # Two counts in one query would multiply: each is asked for on its own.
    counted = dict(models.Detection.objects.values_list("sensor").annotate(Count("pk")))
    last = dict(models.Batch.objects.values_list("sensor").annotate(Max("received_at")))
    health = latest_health()
    return [
        SensorRow(
            row.sensor_id,
            row.division_code,
            row.token.prefix if row.token and row.token.revoked_at is None else "",
            last.get(row.pk),
            counted.get(row.pk, 0),
            health.get(row.pk),
        )
        for row in rows
    ]


def _keep_refused(batch: models.Batch, refused: Sequence[Refusal], max_per_sensor: int) -> None:
    models.Rejection.objects.bulk_create(
        (
            models.Rejection(
                batch=batch,
                row_no=row.row_no,
                event_id=row.event_id or "",
                reason=row.reason.replace("\0", "\ufffd"),
                raw=row.raw.replace("\0", "\ufffd"),
            )
            for row in refused
        ),
        batch_size=_INSERT_ROWS,
    )
    kept = models.Rejection.objects.filter(batch__sensor=batch.sensor).order_by("-pk")
    for oldest in kept.values_list("pk", flat=True)[max_per_sensor : max_per_sensor + 1] if refused else ():
        models.Rejection.objects.filter(batch__sensor=batch.sensor, pk__lte=oldest).delete()
