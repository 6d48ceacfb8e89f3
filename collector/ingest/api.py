"""Which calls may a sensor make? ``POST /detections`` with its own token."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema
from ninja.security import HttpBearer

from collector.accounts.choices import TokenScope
from collector.accounts.services import find_token
from collector.faults import ApiError
from collector.ingest.body import read_body
from collector.ingest.models import Sensor
from collector.ingest.services import receive


class SensorToken(HttpBearer):
    """``Authorization: Bearer <token>`` of an enrolled sensor."""

    def authenticate(self, request: HttpRequest, token: str) -> Sensor:
        row = find_token(token, TokenScope.INGEST)
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


class FaultOut(Schema):
    """What is wrong, and what to do."""

    error: str
    hint: str


router = Router(auth=SensorToken(), tags=["ingest"])


@router.post(
    "/detections",
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
        rejected=[RejectedRow(row=row.row_no, event_id=row.event_id, reason=row.reason) for row in receipt.rejected],
    )
