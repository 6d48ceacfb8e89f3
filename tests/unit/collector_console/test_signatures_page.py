"""Does the page of signatures tell which set is where, how old it is, and what was found with it?"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from collector.ingest.heartbeats import receive_heartbeats
from collector.ingest.models import Sensor, SensorHealth, SignatureInventory
from collector.ingest.services import enroll_sensor
from collector.settings.config import IngestOptions
from collector.watch.models import Proposal
from sensor.model.wire import digest_id
from sensor.signature import load
from sensor.signature.inventory import inventory

SignIn = Callable[..., Client]
OLD = "ab" * 32


def beat(sensor: Sensor, now: datetime, fingerprint: str, age_days: int, parts: list[Any]) -> None:
    document = {
        "schema": "minewatch.heartbeat/1",
        "heartbeat_id": digest_id(sensor.sensor_id, now.isoformat()),
        "sensor": {"id": sensor.sensor_id},
        "t0": (now - timedelta(minutes=1)).isoformat(),
        "t1": now.isoformat(),
        "release": "1",
        "engine": "portable",
        "signatures": {"fingerprint": fingerprint, "age_s": age_days * 86_400, "parts": parts},
    }
    receipt = receive_heartbeats(sensor, json.dumps(document).encode(), now, IngestOptions())
    assert receipt.accepted == 1, receipt


@pytest.fixture
def shipped(world: datetime) -> str:
    """One sensor with the shipped set, one with an old one of which nothing is told; the shipped fingerprint."""
    signatures = load(None)
    parts = [one.model_dump(mode="json") for one in inventory(signatures)]
    for minute in (2, 1):
        beat(Sensor.objects.get(), world - timedelta(minutes=minute), signatures.fingerprint, 3, parts)
    enroll_sensor("jx-egress-2", "330402", world, rotate=False)
    beat(Sensor.objects.get(sensor_id="jx-egress-2"), world - timedelta(minutes=1), OLD, 40, [])
    return signatures.fingerprint


@pytest.mark.parametrize(
    ("query", "language", "shown", "hidden"),
    [
        ("", "zh-hans", ["jx-egress-1", "jx-egress-2", "最新", "已过期", "矿池域名与地址", "stratum-v1"], []),
        ("", "en", ["Newest", "Old", "Pool names and addresses", "At each load"], ["矿池"]),
        ("?set=abababab", "zh-hans", ["未上报特征集内容"], ["矿池域名与地址"]),
        ("?set=nonsense", "zh-hans", ["已过期"], ["矿池域名与地址"]),
    ],
)
def test_the_sets_at_work(
    sign_in: SignIn, shipped: str, query: str, language: str, shown: list[str], hidden: list[str]
) -> None:
    page = sign_in("city", language).get(f"/signatures/{query}").content.decode()
    assert [word for word in shown if word not in page] == []
    assert [word for word in hidden if word in page] == []


def test_hits_lead_to_their_leads(sign_in: SignIn, shipped: str) -> None:
    client = sign_in("city")
    assert '<a href="/leads/?dialect=cryptonote">1</a>' in client.get("/signatures/").content.decode()
    page = client.get("/leads/?dialect=cryptonote").content.decode()
    assert ("203.0.113.20" in page, "203.0.113.9" in page) == (True, False)


def test_another_division_sees_neither_sensors_nor_hits(sign_in: SignIn, shipped: str) -> None:
    page = sign_in("hangzhou").get("/signatures/").content.decode()
    assert "还没有探针上报心跳" in page
    assert shipped[:16] not in page


def test_what_a_set_holds_is_kept_once(shipped: str) -> None:
    assert SignatureInventory.objects.get().fingerprint == shipped
    assert {len(row.body["signatures"]["parts"]) for row in SensorHealth.objects.all()} == {0}


@pytest.mark.parametrize(("language", "told"), [("zh-hans", "待审的条目： 1"), ("en", "wait for review: 1")])
def test_what_waits_for_a_decision_is_told(sign_in: SignIn, world: datetime, language: str, told: str) -> None:
    seen = {"evidence": {}, "first_evidence": world, "last_evidence": world}
    for number, state in enumerate(("proposed", "accepted", "declined", "stale")):
        Proposal.objects.create(kind="name", value=f"pool-{number}.example.net", state=state, **seen)
    page = sign_in("city", language).get("/signatures/").content.decode()
    assert told in page and '<a href="/pools/">' in page


def test_without_proposals_nothing_is_said_of_them(sign_in: SignIn, shipped: str) -> None:
    assert 'class="message"' not in sign_in("city").get("/signatures/").content.decode()
