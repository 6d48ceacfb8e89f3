"""Is a park called watched only where and while a healthy sensor watched it?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from office_keys import live_key
from typer.testing import CliRunner

from collector.accounts.models import Office
from collector.cli import app
from collector.ingest.models import Detection, Sensor, SensorHealth
from collector.registry.addresses import ip_key, network_keys, parse_blocks
from collector.registry.models import Park, ParkPrefix
from collector.resolve.coverage import park_coverage

Beat = Callable[..., SensorHealth]
START = datetime(2026, 11, 16, tzinfo=UTC)
END = START + timedelta(hours=10)


@pytest.fixture
def park(db: None) -> Park:
    park = Park.objects.create(name="大数据产业园")
    for network in ("203.0.113.0/25", "203.0.113.128/25"):
        low, high = network_keys(parse_blocks(network)[0])
        ParkPrefix.objects.create(park=park, network=network, ip_lo=low, ip_hi=high)
    low, high = network_keys(parse_blocks("198.51.100.0/24")[0])
    gone = START.date() - timedelta(days=1)
    ParkPrefix.objects.create(park=park, network="198.51.100.0/24", ip_lo=low, ip_hi=high, valid_to=gone)
    return park


@pytest.fixture
def beat(db: None) -> Callable[..., SensorHealth]:
    sensor = Sensor.objects.create(sensor_id="s")

    def make(first_h: float, last_h: float, networks: list[str], drops: int = 0) -> SensorHealth:
        counts = {"packets": 1, "bytes": 1, "shed": 0, "signature_age_s": 0, "spool_depth": 0}
        return SensorHealth.objects.create(
            heartbeat_id=f"{SensorHealth.objects.count():032x}",
            sensor=sensor,
            t0=START + timedelta(hours=first_h),
            t1=START + timedelta(hours=last_h),
            kernel_drops=drops,
            signature_fingerprint="0" * 64,
            received_at=END,
            body={"covered_networks": networks},
            **counts,
        )

    return make


@pytest.mark.parametrize(
    ("beats", "hours"),
    [
        pytest.param([], [0, 0], id="nobody watched"),
        pytest.param([(0, 10, ["203.0.113.0/24"])], [10, 10], id="a wider network, all the time"),
        pytest.param([(0, 10, ["203.0.113.0/25"])], [10, 0], id="one half of the park"),
        pytest.param([(0, 10, ["203.0.113.0/26"])], [0, 0], id="a part of a block is not the block"),
        pytest.param([(0, 4, ["203.0.113.0/24"]), (3, 5, ["0.0.0.0/0"])], [5, 5], id="overlaps count once"),
        pytest.param([(-5, 1, ["203.0.113.0/24"]), (9, 20, ["203.0.113.0/24"])], [2, 2], id="cut at the span"),
        pytest.param([(0, 10, ["203.0.113.0/24"], 7)], [0, 0], id="a sensor that dropped packets"),
        pytest.param([(0, 10, ["nonsense", "203.0.113.0/24"])], [10, 10], id="a word that is no network"),
    ],
)
def test_watched_time(
    park: Park, beat: Callable[..., SensorHealth], beats: list[tuple[object]], hours: list[int]
) -> None:
    for one in beats:
        beat(*one)
    found = park_coverage(park, START, END)
    assert [one.network for one in found] == ["203.0.113.0/25", "203.0.113.128/25"]
    assert [round(one.share * 10, 6) for one in found] == hours


def test_hits_are_addresses_and_suspicions_do_not_count(park: Park, beat: Callable[..., SensorHealth]) -> None:
    sensor = Sensor.objects.get()
    for number, (ip, verdict) in enumerate(
        [("203.0.113.9", "confirmed"), ("203.0.113.9", "probable"), ("203.0.113.10", "suspected"),
         ("203.0.113.200", "confirmed"), ("192.0.2.1", "confirmed")]
    ):  # fmt: skip
        Detection.objects.create(
            event_id=f"{number:032x}", detection_id=f"{number:032x}", state="closed", sensor=sensor, first_seen=START,
            last_seen=START, miner_ip=ip, miner_ip_key=ip_key(ip), miner_port=1, verdict=verdict, score=90, body={},
            received_at=START,
        )  # fmt: skip
    assert [one.hits for one in park_coverage(park, START, END)] == [1, 1]


def test_every_park_of_an_office_is_told_even_what_nobody_watched(park: Park, beat: Beat) -> None:
    Park.objects.filter(pk=park.pk).update(division_code="330402")
    for hour in range(24):
        beat(hour - 8, hour - 7, ["203.0.113.0/25"])
    words = ["park-coverage", "--division", "330400", "--first", "2026-11-16", "--last", "2026-11-16"]
    said = CliRunner().invoke(app, words).output
    assert said == (
        "大数据产业园  203.0.113.0/25  watched 100.0%  hits 0\n"
        "大数据产业园  203.0.113.128/25  watched 未覆盖 not covered  hits 0\n"
    )
    office = Office.objects.create(name="市发改委", division_code="330400")
    _, text = live_key("t", office)
    client = Client(headers={"Authorization": f"Bearer {text}"})
    asked = "/api/v1/parks?first=2026-11-16&last=2026-11-1"
    blocks = client.get(f"{asked}6").json()["blocks"]
    assert [(one["network"], one["watched_share"], one["hits"]) for one in blocks] == [
        ("203.0.113.0/25", 1.0, 0), ("203.0.113.128/25", 0.0, 0),
    ]  # fmt: skip
    assert client.get(f"{asked}5").status_code == 400
