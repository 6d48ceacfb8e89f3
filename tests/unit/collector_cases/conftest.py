"""What do the tests of casework build on? A sensor and its heartbeats, sessions, and whom they lead to."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casework_data import NOW, Make, at

from collector.cases.casework import open_case
from collector.cases.models import Lead
from collector.cases.services import update_leads
from collector.cases.tables import Case
from collector.ingest.models import Detection, Sensor, SensorHealth
from collector.registry.addresses import ip_key, network_keys
from collector.registry.models import OwnershipRecord
from collector.resolve.services import resolve_pending


@pytest.fixture
def sensor(db: None) -> Sensor:
    return Sensor.objects.create(sensor_id="jx-egress-1", division_code="330400", operator="中国电信")


@pytest.fixture
def detect(sensor: Sensor) -> Make:
    """A session of half an hour that began at a time in China; other columns by name."""

    def make(ip: str, when: str, session: str = "", port: int = 50_001, **columns: Any) -> Detection:
        first = at(when)
        last = first + dt.timedelta(minutes=30)
        detection_id = hashlib.sha256((session or f"{ip}{when}{port}").encode()).hexdigest()[:32]
        values = {"verdict": "confirmed", "shares_submitted": 10, "sensor": sensor, "body": {}} | columns
        return Detection.objects.create(
            event_id=hashlib.sha256(f"{detection_id}{last}".encode()).hexdigest()[:32], detection_id=detection_id,
            state="closed", first_seen=first, last_seen=last, miner_ip=ip, miner_ip_key=ip_key(ip), miner_port=port,
            score=90, received_at=last, **values,
        )  # fmt: skip

    return make


@pytest.fixture
def own(db: None) -> Make:
    """A record of ownership; times in China."""

    def make(source: str, network: str, since: str = "2026-01-01", until: str = "", **columns: Any) -> OwnershipRecord:
        block = ipaddress.ip_network(network)
        low, high = network_keys(block)
        return OwnershipRecord.objects.create(
            source=source, network=str(block), ip_lo=low, ip_hi=high, valid_from=at(since),
            valid_to=at(until) if until else None, **columns,
        )  # fmt: skip

    return make


@pytest.fixture
def beats(sensor: Sensor) -> Make:
    """Hourly heartbeats of the sensor from ``since`` until ``until``; ``change(number, columns)`` spoils one."""

    def make(
        since: dt.datetime, until: dt.datetime, change: Callable[[int, dict[str, Any]], Any] | None = None
    ) -> None:
        hours = int((until - since).total_seconds() // 3600)
        rows = []
        for number in range(hours):
            t0 = since + dt.timedelta(hours=number)
            columns: dict[str, Any] = {
                "t0": t0, "t1": t0 + dt.timedelta(hours=1), "packets": 1_000_000, "kernel_drops": 0, "shed": 0,
                "signature_age_s": 86_400,
                "body": {"covered_networks": [], "sources": [{"name": "eth0", "state": "reading"}]},
            }  # fmt: skip
            if change is not None and change(number, columns) is False:
                continue
            row = SensorHealth(
                heartbeat_id=f"{number:032x}", sensor=sensor, bytes=1, signature_fingerprint="0" * 64,
                clock_error_ms=1.0, spool_depth=0, received_at=t0, **columns,
            )  # fmt: skip
            rows.append(row)
        SensorHealth.objects.bulk_create(rows)

    return make


@pytest.fixture
def place() -> Callable[[], None]:
    """Attribute everything and put it with its leads."""

    def run() -> None:
        resolve_pending()
        update_leads(NOW)

    return run


@pytest.fixture
def lead(detect: Make, own: Make, place: Callable[[], None]) -> Lead:
    """A located company that was seen once."""
    own("line-ledger", "203.0.113.9", unit_name="甲公司", uscc="91330402MA2B00001X", address="中山东路1号",
        division_code="330402")  # fmt: skip
    detect("203.0.113.9", "2026-11-17 08:00")
    place()
    return Lead.objects.get()


@pytest.fixture
def case(lead: Lead) -> Case:
    """Its case."""
    return open_case(lead.no, "li", NOW)


@pytest.fixture
def evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where evidence lies in this test."""
    folder = tmp_path / "evidence"
    monkeypatch.setattr("collector.cases.verify.evidence_folder", lambda: folder)
    return folder
