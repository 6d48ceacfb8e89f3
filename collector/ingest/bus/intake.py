"""What becomes of a delivery from a bus? The same as over HTTP; the receipt goes back as a parcel of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from django.utils import timezone

from collector.faults import ApiError
from collector.ingest.body import gunzip
from collector.ingest.heartbeats import receive_heartbeats
from collector.ingest.models import Sensor
from collector.ingest.services import receive
from collector.settings.config import IngestOptions
from sensor.model.parcel import DETECTIONS, HEARTBEATS, RECEIPT, Parcel, seal

_LOG = logging.getLogger("collector.ingest")
_INTAKES: Mapping[str, Callable[[Sensor, bytes, datetime, IngestOptions], Any]] = {
    DETECTIONS: receive,
    HEARTBEATS: receive_heartbeats,
}


@dataclass(slots=True)
class BusCounters:
    """What the intake did since it was started."""

    taken: int = 0
    refused: int = 0
    """Deliveries that cannot be read as a whole; the sensor is told."""
    foreign: int = 0
    """Messages of nobody known: no parcel, an unknown sensor, a revoked token, a proof that does not hold."""


def take(parcel: Parcel | None, options: IngestOptions, counters: BusCounters) -> Parcel | None:
    """Store a delivery and answer its receipt, once it is committed; None for what no sensor of ours has sent.

    Raises Django's ``DatabaseError`` when the database does not take it: the message must come again.
    """
    sensor, key = _sender(parcel)
    if parcel is None or sensor is None or parcel.kind not in _INTAKES or not parcel.is_genuine(key):
        counters.foreign += 1
        if counters.foreign == 1 or counters.foreign % 1000 == 0:
            _LOG.warning("bus: %s messages of nobody known were passed over", counters.foreign)
        return None
    status, answer = _stored(parcel, sensor, options)
    counters.taken += status == 200
    counters.refused += status != 200
    return seal(key, sensor.sensor_id, RECEIPT, orjson.dumps({"status": status, "answer": answer}), parcel.number)


def _sender(parcel: Parcel | None) -> tuple[Sensor | None, bytes]:
    """The enrolled sensor that a parcel names, and the key its token stands for."""
    live = Sensor.objects.select_related("token").filter(token__revoked_at__isnull=True)
    sensor = live.filter(sensor_id=parcel.sensor, token__isnull=False).first() if parcel else None
    return sensor, bytes.fromhex(sensor.token.sha256) if sensor and sensor.token else b""


def _stored(parcel: Parcel, sensor: Sensor, options: IngestOptions) -> tuple[int, dict[str, Any]]:
    try:
        body = gunzip(parcel.body, options.max_decompressed_bytes)
        receipt = _INTAKES[parcel.kind](sensor, body, timezone.now(), options)
    except ApiError as fault:
        return fault.status, {"error": fault.error, "hint": fault.hint}
    told = asdict(receipt)
    told["rejected"] = [
        {"row": row["row_no"], "event_id": row["event_id"], "reason": row["reason"]} for row in told["rejected"]
    ]
    return 200, told
