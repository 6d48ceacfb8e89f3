"""Which calls are there? A sensor delivers its detections and heartbeats; an office reads those of its division."""

from __future__ import annotations

from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.security import HttpBearer
from pydantic import AwareDatetime

from collector.accounts.api import OfficeToken, hidden_from, without
from collector.accounts.choices import TokenScope
from collector.accounts.models import Office
from collector.accounts.services import find_token
from collector.faults import ApiError
from collector.ingest.body import read_body
from collector.ingest.heartbeats import receive_heartbeats
from collector.ingest.models import Sensor
from collector.ingest.rows import Refusal
from collector.ingest.services import page_of, receive
from collector.registry.divisions import is_within


class SensorToken(HttpBearer):
    """``Authorization: Bearer <token>`` of an enrolled sensor."""

    def authenticate(self, request: HttpRequest, token: str) -> Sensor:
        row = find_token(token, TokenScope.INGEST, timezone.now())
        sensor = Sensor.objects.filter(token=row).first() if row else None
        if sensor is None:
            raise ApiError(401, "the token is unknown or revoked", "enroll the sensor again: collector enroll-sensor")
        return sensor


class RejectedRow(Schema):
    """A row that was not taken. It will not be taken on a second try either."""

    row: int = Field(description="Line number in the body, from 1")
    event_id: str | None
    reason: str


class ReceiptOut(Schema):
    """What became of the delivery; sent after the commit."""

    batch: int
    accepted: int
    duplicates: int
    rejected: list[RejectedRow]


class HeartbeatReceiptOut(Schema):
    """What became of the heartbeats; sent after the commit."""

    accepted: int
    duplicates: int
    rejected: list[RejectedRow]


class SensorOut(Schema):
    """The sensor that a token belongs to, and the collector's clock."""

    sensor_id: str
    time: AwareDatetime


class FaultOut(Schema):
    """What is wrong, and what to do."""

    error: str
    hint: str


class PageOut(Schema):
    """Wire records in the order they came; ``next`` is the ``after`` of the following page, null on the last one."""

    detections: list[dict[str, Any]]
    next: int | None


class PageQuery(Schema):
    """Which detections; all of the office's division when nothing is said."""

    division: str = Field("", pattern=r"^([0-9]{6})?$", description="Division code within the office's own")
    since: AwareDatetime | None = Field(None, description="Received at or after this time (RFC 3339)")
    after: int = Field(0, ge=0, le=2**63 - 1, description="The `next` of the page before")
    limit: int = Field(500, ge=1, le=1000)


router = Router(tags=["detections"])


@router.post(
    "/detections",
    auth=SensorToken(),
    response={200: ReceiptOut, frozenset({400, 401, 411, 413, 415, 503}): FaultOut},
    summary="Deliver detections (NDJSON, one minewatch.detection/1 per line; gzip allowed)",
)
def deliver(request: HttpRequest) -> ReceiptOut:
    sensor: Sensor = request.auth  # type: ignore[attr-defined]  # set by ninja from SensorToken
    options = settings.COLLECTOR.ingest
    receipt = receive(sensor, read_body(request, options), timezone.now(), options)
    return ReceiptOut(
        batch=receipt.batch,
        accepted=receipt.accepted,
        duplicates=receipt.duplicates,
        rejected=_rejected(receipt.rejected),
    )


@router.post(
    "/heartbeats",
    auth=SensorToken(),
    response={200: HeartbeatReceiptOut, frozenset({400, 401, 411, 413, 415, 503}): FaultOut},
    summary="Deliver heartbeats (NDJSON, one minewatch.heartbeat/1 per line; gzip allowed)",
)
def beat(request: HttpRequest) -> HeartbeatReceiptOut:
    sensor: Sensor = request.auth  # type: ignore[attr-defined]  # set by ninja from SensorToken
    options = settings.COLLECTOR.ingest
    receipt = receive_heartbeats(sensor, read_body(request, options), timezone.now(), options)
    return HeartbeatReceiptOut(
        accepted=receipt.accepted, duplicates=receipt.duplicates, rejected=_rejected(receipt.rejected)
    )


@router.get("/sensor", auth=SensorToken(), response={200: SensorOut, 401: FaultOut}, summary="Whose token is this?")
def whoami(request: HttpRequest) -> SensorOut:
    sensor: Sensor = request.auth  # type: ignore[attr-defined]  # set by ninja from SensorToken
    return SensorOut(sensor_id=sensor.sensor_id, time=timezone.now())


@router.get(
    "/detections",
    auth=OfficeToken(),
    response={200: PageOut, frozenset({401, 403, 422}): FaultOut},
    summary="Read the detections of sensors in the office's division, as they were delivered",
)
def read(request: HttpRequest, asked: Annotated[PageQuery, Query()]) -> PageOut:
    office: Office = request.auth  # type: ignore[attr-defined]  # set by ninja from OfficeToken
    division = asked.division or office.division_code
    if not is_within(division, office.division_code):
        raise ApiError(403, f"division {division} lies outside {office.division_code}", "ask for your own division")
    rows = page_of(division, asked.since, asked.after, asked.limit)
    full = len(rows) == asked.limit
    hidden = hidden_from(request)
    return PageOut(detections=[without(row.body, hidden) for row in rows], next=rows[-1].pk if full else None)


def _rejected(rows: tuple[Refusal, ...]) -> list[RejectedRow]:
    return [RejectedRow(row=row.row_no, event_id=row.event_id, reason=row.reason) for row in rows]
