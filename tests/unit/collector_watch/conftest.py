"""Fixtures of the tests of the pool watch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from watch_world import NOW, Deliver, line

from collector.ingest.services import enroll_sensor
from collector.watch.lives import read_statements


@pytest.fixture
def deliver(db: None) -> Deliver:
    """Deliver statements as a sensor does, and have them read."""
    token = enroll_sensor("sensor-a", "330402", NOW - timedelta(days=200), rotate=False)
    numbers = iter(range(1, 10_000))

    def post(*changes: dict[str, Any]) -> None:
        lines = "\n".join(line(next(numbers), **each) for each in changes)
        fields = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        answer = Client().post("/api/v1/detections", data=lines, content_type="application/x-ndjson", **fields)
        assert answer.json()["accepted"] == len(changes), answer.content
        read_statements()

    return post
