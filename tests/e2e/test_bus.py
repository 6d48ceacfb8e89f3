"""Does every detection reach the collector over a bus, once, although brokers and collector fall over on the way?"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka import Producer
from kill9_support import MINEWATCH, Killable, Office
from nats_cluster import Cluster, find_server, running_cluster

from sensor.config.options import RetryOptions, SpoolOptions, UplinkOptions
from sensor.model.parcel import RECEIPT_TOPIC, TOPIC
from sensor.model.wire import Detection, digest_id
from sensor.sinks.courier import Courier, open_bus
from sensor.sinks.spool import Spool
from sensor.sinks.uplink import Uplink

ROWS = 120
PATIENCE_S = 120.0


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    server = find_server()
    if server is None:
        told = "no nats-server: install the package nats-server"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    with running_cluster(server, tmp_path) as nodes:
        yield nodes


@pytest.fixture
def kafka() -> Iterator[str]:
    """librdkafka's own brokers, on loopback; they live as long as this client."""
    holder = Producer({"test.mock.num.brokers": 3, "log_level": 0})
    # They have no way to make topics; what is produced to makes them. The message itself is no parcel.
    for topic in (TOPIC, RECEIPT_TOPIC):
        holder.produce(topic, b"made by the tests")
    assert holder.flush(60) == 0
    brokers = holder.list_topics(timeout=30).brokers.values()
    yield "kafka://" + ",".join(f"{one.host}:{one.port}" for one in brokers)
    del holder


@pytest.fixture
def consumer(office: Office) -> Iterator[Callable[[str], Killable]]:
    """Start the collector's consumer of a bus; it is gone afterwards."""
    started: list[Killable] = []

    def start(url: str) -> Killable:
        config = office.folder / "collector.yaml"
        command = [*MINEWATCH, "collector", "--config", str(config), "consume", "--url", url]
        started.append(Killable(command, office.folder / "consume.log"))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.kill()


def detections() -> list[Detection]:
    common = {"sensor": {"id": "s1"}, "state": "closed", "transport": {"l4": "tcp"}, "dialect": "stratum-v1"}
    times = {"first_seen": "2026-03-01T04:00:00Z", "last_seen": "2026-03-01T05:00:00Z"}
    ends = {"miner": {"ip": "203.0.113.7", "port": 40000}, "pool": {"ip": "198.51.100.9", "port": 3333}}
    rest = common | times | ends | {"verdict": "confirmed", "score": 95}
    return [
        Detection.model_validate({"detection_id": digest_id("bus", n), "event_id": digest_id("bus-event", n), **rest})
        for n in range(ROWS)
    ]


def drive(office: Office, url: str, spool: Spool, between: Callable[[int], None]) -> Uplink:
    """Deliver everything in ``spool``, ten rows at a time; ``between`` is called after each try."""
    retry = RetryOptions(first_s=0.2, max_s=1.0, jitter=False)
    options = UplinkOptions(
        url=url, token_file=office.folder / "token", batch_rows=10, timeout_s=8.0, flush_s=1.0, retry=retry
    )
    token = (office.folder / "token").read_text().strip()
    courier = open_bus(options, lambda: token, "s1", "detections")
    assert courier is not None
    with closing(courier):
        uplink = Uplink(options, spool, lambda: token, courier=courier)
        deadline_s = time.monotonic() + PATIENCE_S
        for number in range(10_000):
            if spool.depth == 0 or time.monotonic() > deadline_s:
                break
            time.sleep(uplink.step())
            between(number)
    return uplink


def check(office: Office, spool: Spool, log: Killable) -> None:
    """Nothing lost, nothing doubled, nothing refused; and the spool knows it."""
    assert spool.depth == 0, log.tail()
    assert (spool.counters.delivered, spool.counters.refused) == (ROWS, 0)
    assert sorted(row["event_id"] for row in office.rows()) == sorted(one.event_id for one in detections())


def test_a_killed_node_and_a_killed_collector_lose_nothing(
    office: Office, cluster: Cluster, consumer: Callable[[str], Killable], tmp_path: Path
) -> None:
    reader = consumer(cluster.url)
    killed = []

    def between(_number: int) -> None:
        delivered = spool.counters.delivered
        if delivered >= 30 and not killed:
            cluster.kill(0)
            killed.append("node")
        if delivered >= 70 and len(killed) == 1:
            reader.kill()
            reader.start()
            killed.append("collector")

    with Spool(SpoolOptions(path=tmp_path / "spool.sqlite")) as spool:
        spool.put(detections())
        drive(office, cluster.url, spool, between)
        check(office, spool, reader)
    assert killed == ["node", "collector"]


def test_kafka_delivers_once_although_the_collector_is_killed(
    office: Office, kafka: str, consumer: Callable[[str], Killable], tmp_path: Path
) -> None:
    reader = consumer(kafka)

    def between(_number: int) -> None:
        if spool.counters.delivered >= 50 and reader.kills == 0:
            reader.kill()
            reader.start()

    with Spool(SpoolOptions(path=tmp_path / "spool.sqlite")) as spool:
        spool.put(detections())
        drive(office, kafka, spool, between)
        check(office, spool, reader)
    assert reader.kills == 1


def test_without_a_collector_the_spool_keeps_everything(cluster: Cluster, office: Office, tmp_path: Path) -> None:
    """A broker that takes a message is no receipt."""
    options = UplinkOptions(url=cluster.url, timeout_s=3.0)
    courier: Courier | None = open_bus(options, lambda: "mw_token", "s1", "detections")
    assert courier is not None
    with closing(courier), Spool(SpoolOptions(path=tmp_path / "spool.sqlite")) as spool:
        spool.put(detections()[:3])
        uplink = Uplink(options, spool, lambda: "mw_token", courier=courier)
        assert uplink.step() > 0
        assert (spool.depth, uplink.counters.failures) == (3, 1)
    assert office.rows() == []
