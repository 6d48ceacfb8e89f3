"""What does an office have before its first list? A week of detections that nobody has looked at. Run as a process."""

from __future__ import annotations

import datetime as dt
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "collector.settings.deployed"
os.environ["MINEWATCH_COLLECTOR_CONFIG"] = sys.argv[1]
django.setup()

from collector.ingest.models import Detection, Sensor  # noqa: E402  # after django.setup()
from collector.registry.addresses import ip_key  # noqa: E402

FIRST = dt.datetime(2026, 3, 3, 4, tzinfo=dt.UTC)
LAST = FIRST + dt.timedelta(hours=1)
BODY = {"miner": {}, "dialect": "stratum-v1", "evidence": []}
sensor, _ = Sensor.objects.get_or_create(sensor_id="s1", defaults={"division_code": "330400"})
Sensor.objects.filter(pk=sensor.pk).update(division_code="330400")
Detection.objects.bulk_create(
    Detection(
        event_id=f"{number:032x}",
        detection_id=f"{number:032x}",
        state="closed",
        sensor=sensor,
        first_seen=FIRST,
        last_seen=LAST,
        received_at=LAST,
        miner_ip=f"198.18.{number // 250}.{number % 250}",
        miner_ip_key=ip_key(f"198.18.{number // 250}.{number % 250}"),
        miner_port=50_001,
        verdict="confirmed",
        score=90,
        shares_submitted=1,
        body=BODY,
    )
    for number in range(int(sys.argv[2]))
)
