"""Is every detection in the collector exactly once, whichever process dies at whatever moment?"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kill9_support import MINEWATCH, PATIENCE_S, Killable, Office, events, minewatch, write_sensor_config

ROUNDS = 6
FAST_RETRY = {"first_s": 0.05, "max_s": 0.2}


@dataclass(frozen=True)
class Undisturbed:
    """What a run without any accident says."""

    capture: Path
    statements: dict[str, Any]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    capture = folder / "day.pcap"
    minewatch("simulate", "egress-day", "-o", capture, "--duration", 14_400)
    config = write_sensor_config(folder / "sensor.yaml", capture, {"jsonl": {"path": "out.jsonl"}})
    minewatch("sensor", "-c", config)
    lines = (folder / "out.jsonl").read_text("utf-8").splitlines()
    statements = {statement["event_id"]: statement for statement in map(json.loads, lines)}
    assert len(statements) == len(lines) > 200
    return Undisturbed(capture, statements)


@dataclass
class Link:
    """A sensor, the collector it delivers to, and what should arrive."""

    office: Office
    sensor: Killable
    expected: dict[str, Any]

    def assert_all_arrived_once(self) -> None:
        rows = self.office.rows()
        assert len(rows) == len(self.expected)
        assert {row["event_id"]: row for row in rows} == self.expected
        assert self.office.count("ingest_rejection") == 0


@pytest.fixture
def link(tmp_path: Path, undisturbed: Undisturbed) -> Iterator[Link]:
    office = Office(tmp_path)
    uplink = {"url": office.url, "token_file": "token", "batch_rows": 5, "retry": FAST_RETRY, "timeout_s": 10}
    config = write_sensor_config(tmp_path / "sensor.yaml", undisturbed.capture, {"uplink": uplink})
    sensor = Killable([*MINEWATCH, "sensor", "-c", str(config)], tmp_path / "sensor.log")
    try:
        yield Link(office, sensor, undisturbed.statements)
    finally:
        sensor.kill()
        office.server.kill()


def sleep_until_started(sensor: Killable) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while len(events(sensor.log, "sensor.started")) < sensor.starts:
        assert time.monotonic() < deadline_s, sensor.tail()
        assert sensor.is_running, sensor.tail()
        time.sleep(0.02)


def wait_for_rows(link: Link, wanted: int) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while (count := link.office.count()) < wanted:
        assert link.sensor.is_running, link.sensor.tail()
        assert link.office.server.is_running, link.office.server.tail()
        assert time.monotonic() < deadline_s, f"{count} of {wanted}\n{link.sensor.tail()}\n{link.office.server.tail()}"
        time.sleep(0.01)


def wait_for_the_end(sensor: Killable) -> None:
    assert sensor.process
    assert sensor.process.wait(PATIENCE_S) == 0, sensor.tail()


@pytest.mark.parametrize("seed", [1])
def test_kill_9_of_either_side(link: Link, seed: int) -> None:
    """Kills are spread over the work by how much has arrived, each with a little chance in it."""
    dice = random.Random(seed)
    sensor, server = link.sensor, link.office.server
    server.start()
    sensor.start()
    arrived = []
    for wanted in sorted(dice.sample(range(len(link.expected) * 9 // 10), ROUNDS)):
        wait_for_rows(link, wanted)
        time.sleep(dice.uniform(0.0, 0.03))
        for victim in dice.choice([[sensor], [server], [sensor, server]]):
            victim.kill()
            victim.start()
        arrived.append(link.office.count())
    wait_for_the_end(sensor)
    assert sensor.kills
    assert server.kills
    assert len({count for count in arrived if 0 < count < len(link.expected)}) >= ROUNDS // 2, arrived
    link.assert_all_arrived_once()


def test_a_collector_that_comes_late_and_a_second_reading(link: Link) -> None:
    """Nothing listens at first; and reading the same capture again brings nothing new."""
    link.sensor.start()
    sleep_until_started(link.sensor)
    link.office.server.start()
    wait_for_the_end(link.sensor)
    link.assert_all_arrived_once()
    link.sensor.start()
    wait_for_the_end(link.sensor)
    link.assert_all_arrived_once()
    ended = events(link.sensor.log, "sensor.ended")[-1]
    assert ended["spool"]["repeated"] == len(link.expected)
    assert ended["uplink"]["requests"] == 0
