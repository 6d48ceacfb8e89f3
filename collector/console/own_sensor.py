"""What did a unit's own sensors tell in some days? Their statements as one file, for the unit's self-audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from django.db.models import QuerySet

from collector.accounts.models import Office
from collector.faults import CollectorError
from collector.ingest.models import Detection, Sensor, SensorHealth
from collector.lists.week import CHINA
from collector.selfaudit.files import Upload
from collector.text import bilingual

MAX_DAYS = 92
USUAL_DAYS = 7
_ROWS_AT_ONCE = 500


def sensors_of(office: Office) -> QuerySet[Sensor]:
    """The unit's own, by name."""
    return Sensor.objects.filter(office=office).order_by("sensor_id")


def statements(office: Office, first: date, last: date) -> Upload:
    """Detections and heartbeats of the unit's sensors from ``first`` to ``last``, that day included.

    Raises ``CollectorError`` without a sensor, or when the days are out of order or too many.
    """
    sensors = list(sensors_of(office))
    if not sensors:
        told = bilingual(
            "没有登记本单位的探针；请主管部门的系统管理员用 enroll-sensor --unit 登记",
            "no sensor of its own is enrolled; ask the office's system administrator: enroll-sensor --unit",
        )
        raise CollectorError(f"{office}: {told}")
    if not 0 <= (last - first).days < MAX_DAYS:
        told = bilingual(f"起止日期须先后有序，至多 {MAX_DAYS} 天", f"give days in order, at most {MAX_DAYS}")
        raise CollectorError(f"{first} – {last}: {told}")
    name = f"{sensors[0].sensor_id[:80]}_{first}_{last}.jsonl"
    start, end = _midnight(first), _midnight(last + timedelta(days=1))
    return Upload(name, 0, lambda: _lines(sensors, start, end))


def _lines(sensors: list[Sensor], start: datetime, end: datetime) -> Iterator[bytes]:
    beats = SensorHealth.objects.filter(sensor__in=sensors, t1__gt=start, t0__lt=end).order_by("pk")
    rows = Detection.objects.filter(sensor__in=sensors, last_seen__gte=start, first_seen__lt=end).order_by("pk")
    for found in (beats, rows):
        bodies: Iterator[Any] = found.values_list("body", flat=True).iterator(chunk_size=_ROWS_AT_ONCE)
        for body in bodies:
            yield orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), CHINA)
