"""What do the tests of attribution and lists build on? Sensors, detections and ownership records in a real database."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from jiaxing import moment

from collector.ingest.models import Detection, Sensor
from collector.registry.addresses import ip_key, network_keys
from collector.registry.models import Division, ImportBatch, OwnershipRecord


@pytest.fixture
def sensor(db: None) -> Sensor:
    return Sensor.objects.create(sensor_id="jx-egress-1", division_code="330400", operator="中国电信")


@pytest.fixture
def divisions(db: None) -> None:
    rows = (
        ("330000", "浙江省", "province", ""),
        ("330100", "杭州市", "city", "330000"),
        ("330400", "嘉兴市", "city", "330000"),
        ("330402", "南湖区", "county", "330400"),
        ("330481", "海宁市", "county", "330400"),
    )
    for code, name, level, parent in rows:
        Division.objects.create(code=code, name=name, level=level, parent=parent)


@pytest.fixture
def detect(sensor: Sensor) -> Callable[..., Detection]:
    """Make a detection; times in China, ``session`` names the session, other fields go to the wire record."""

    def make(
        ip: str, first: str, last: str = "", *, session: str = "", verdict: str = "confirmed", **wire: Any
    ) -> Detection:
        port = wire.pop("port", 50001)
        submitted = wire.pop("submitted", 10)
        end = moment(last or first)
        detection_id = hashlib.sha256((session or f"{ip}{first}").encode()).hexdigest()[:32]
        body = {
            "miner": {"ip": ip, "port": port, "ports_seen": wire.pop("ports_seen", [port])},
            "pool": {"ip": "198.51.100.7", "port": 3333, "domain": "pool.example.org", "operator": None},
            "dialect": "stratum-v1",
            "coin": "BTC",
            "algorithm": "sha256d",
            "workers": ["rig1"],
            "agents": ["cgminer/4.10.0"],
            "evidence": [{"signature": "stratum_v1_subscribe", "class": "protocol", "excerpt": "mining.subscribe"}],
            **wire,
        }
        return Detection.objects.create(
            event_id=hashlib.sha256(f"{detection_id}{end}".encode()).hexdigest()[:32],
            detection_id=detection_id,
            state="closed",
            sensor=sensor,
            first_seen=moment(first),
            last_seen=end,
            miner_ip=ip,
            miner_ip_key=ip_key(ip),
            miner_port=port,
            pool_ip=body["pool"]["ip"],
            pool_port=body["pool"]["port"],
            pool_domain=body["pool"]["domain"] or "",
            dialect=body["dialect"],
            coin=body["coin"] or "",
            verdict=verdict,
            score=90,
            shares_submitted=submitted,
            body=body,
            received_at=end,
        )

    return make


@pytest.fixture
def own(db: None) -> Callable[..., OwnershipRecord]:
    """Make an ownership record; ``since``/``until`` in China, ``imported`` the time of its import."""

    def make(source: str, network: str, since: str = "2026-01-01", until: str = "", **fields: Any) -> OwnershipRecord:
        block = ipaddress.ip_network(network)
        low, high = network_keys(block)
        imported = moment(fields.pop("imported", "2026-11-01"))
        batch, fresh = ImportBatch.objects.get_or_create(
            no=f"B{imported:%Y%m%d}", defaults={"kind": "line-ledger", "file_name": "ledger.csv", "sha256": "0" * 64}
        )
        if fresh:
            ImportBatch.objects.filter(pk=batch.pk).update(created_at=imported)
            batch.refresh_from_db()
        return OwnershipRecord.objects.create(
            source=source,
            batch=batch,
            row_no=OwnershipRecord.objects.count() + 2,
            network=str(block),
            ip_lo=low,
            ip_hi=high,
            valid_from=moment(since),
            valid_to=moment(until) if until else None,
            **fields,
        )

    return make
