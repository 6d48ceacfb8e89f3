"""Does the office hear how a sensor is, from real process to real collector?"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from kill9_support import MINEWATCH, PATIENCE_S, Killable, Office, minewatch, write_sensor_config

from sensor.model.heartbeat import Heartbeat
from sensor.signature import load


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    try:
        yield made
    finally:
        made.server.kill()


def beats(office: Office) -> list[Heartbeat]:
    rows = office._ask("SELECT body FROM ingest_sensorhealth ORDER BY t0")
    return [Heartbeat.model_validate_json(body) for (body,) in rows]


def wait_for(office: Office, sensor: Killable, count: int) -> list[Heartbeat]:
    deadline_s = time.monotonic() + PATIENCE_S
    while len(found := beats(office)) < count:
        assert time.monotonic() < deadline_s, sensor.tail()
        assert sensor.is_running, sensor.tail()
        time.sleep(0.05)
    return found


def test_heartbeats_arrive_and_add_up(office: Office, tmp_path: Path) -> None:
    """The collector comes late: what was said while it was away arrives, too, and the sum is the whole capture."""
    capture = tmp_path / "in.pcap"
    minewatch("simulate", "stratum-v1", "-o", capture, "--duration", 8)
    uplink: dict[str, Any] = {
        "uplink": {"url": office.url, "token_file": "token", "retry": {"first_s": 0.05, "max_s": 0.2}},
        "heartbeat": {"interval_s": 1},
        "home_networks": ["192.0.2.0/24"],
    }
    config = write_sensor_config(tmp_path / "sensor.yaml", capture, uplink, pace="realtime")
    sensor = Killable([*MINEWATCH, "sensor", "-c", str(config)], tmp_path / "sensor.log")
    sensor.start()
    try:
        while '"worker.reading"' not in sensor.tail():
            assert sensor.is_running, sensor.tail()
            time.sleep(0.05)
        time.sleep(2.5)
        office.server.start()
        found = wait_for(office, sensor, 4)
        assert sensor.process
        sensor.process.wait(PATIENCE_S)
        found = beats(office)
    finally:
        sensor.kill()
    assert [earlier.t1 for earlier in found[:-1]] == [later.t0 for later in found[1:]]
    assert len({beat.heartbeat_id for beat in found}) == len(found)
    ended = [json.loads(row) for row in sensor.log.read_text().splitlines() if '"source.ended"' in row]
    assert sum(beat.packets for beat in found) == ended[0]["packets"] > 10
    assert sum(beat.flows for beat in found) == ended[0]["flows"]
    assert {beat.signatures.fingerprint for beat in found} == {load().fingerprint}
    assert {tuple(beat.covered_networks) for beat in found} == {("192.0.2.0/24",)}
    assert [source.state for source in found[-1].sources] == ["ended"]
    assert found[0].spool.depth + found[1].spool.depth > 0


def test_a_killed_sensor_leaves_a_gap_and_no_lie(office: Office, tmp_path: Path) -> None:
    capture = tmp_path / "in.pcap"
    minewatch("simulate", "stratum-v1", "-o", capture, "--duration", 300)
    uplink = {"uplink": {"url": office.url, "token_file": "token"}, "heartbeat": {"interval_s": 1}}
    config = write_sensor_config(tmp_path / "sensor.yaml", capture, uplink, pace="realtime")
    sensor = Killable([*MINEWATCH, "sensor", "-c", str(config)], tmp_path / "sensor.log")
    office.server.start()
    office.wait_until_it_answers()
    sensor.start()
    try:
        before = wait_for(office, sensor, 2)
        sensor.kill()
        time.sleep(1.5)
        sensor.start()
        found = wait_for(office, sensor, len(before) + 2)
        assert sensor.process
        sensor.process.send_signal(signal.SIGTERM)
        assert sensor.process.wait(PATIENCE_S) == 0
    finally:
        sensor.kill()
    gaps = [(later.t0 - earlier.t1).total_seconds() for earlier, later in pairwise(found)]
    assert [gap > 1 for gap in gaps].count(True) == 1
    assert min(gaps) == 0
