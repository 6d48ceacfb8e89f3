"""Does a sensor read its sources, keep its promises to the sinks, and end when it should?"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from sensor.config import SensorOptions, parse
from sensor.daemon import supervisor as supervisor_module
from sensor.daemon.plan import Plan, describe, prepare
from sensor.daemon.source import TICK_S, PacedSource
from sensor.daemon.supervisor import Signals, run
from sensor.engine.api import Frame
from sensor.model.errors import ConfigError, SpoolError
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import compose
from sensor.sinks.spool import Refusal, Spool

AWAY = "http://127.0.0.1:1"
"""Nothing listens there."""


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("captures") / "stratum.pcap"
    write_pcap(path, compose("stratum-v1", 1, duration_s=30.0).rows)
    return path


@pytest.fixture
def options(tmp_path: Path, capture: Path) -> Callable[..., SensorOptions]:
    def make(**changes: Any) -> SensorOptions:
        document = {
            "sensor": {"id": "s1"},
            "sources": [{"capture": str(capture)}],
            "jsonl": {"path": "out.jsonl"},
            "spool": {"path": "spool.sqlite"},
            **changes,
        }
        return parse(json.dumps(document), tmp_path / "sensor.yaml")

    return make


@pytest.fixture(autouse=True)
def log() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as entries:
        yield entries


def states(path: Path) -> list[str]:
    return [json.loads(line)["state"] for line in path.read_text().splitlines()]


def test_a_capture_becomes_lines(options: Callable[..., SensorOptions], tmp_path: Path, log: list[Any]) -> None:
    run(prepare(options(), {}), Signals())
    assert states(tmp_path / "out.jsonl") == ["opened", "closed"]
    ended = next(entry for entry in log if entry["event"] == "source.ended")
    assert (ended["packets"] > 20, ended["stopped"]) == (True, False)


def test_a_second_run_adds_nothing(options: Callable[..., SensorOptions], tmp_path: Path) -> None:
    run(prepare(options(), {}), Signals())
    first = (tmp_path / "out.jsonl").read_bytes()
    run(prepare(options(), {}), Signals())
    assert (tmp_path / "out.jsonl").read_bytes() == first


def run_until_read(plan: Plan, log: list[Any], **settings: bool) -> None:
    """The collector is away, so draining would go on for ever; stop once every source has ended."""
    asked = Signals()
    before, deadline_s = len(log), time.monotonic() + 10
    thread = threading.Thread(target=run, args=(plan, asked), kwargs=settings)
    thread.start()
    while time.monotonic() < deadline_s and not any(entry["event"] == "source.ended" for entry in log[before:]):
        time.sleep(0.02)
    assert thread.is_alive()
    asked.stop.set()
    thread.join(5.0)
    assert not thread.is_alive()


def test_told_to_stop_it_keeps_what_waits(options: Callable[..., SensorOptions], log: list[Any]) -> None:
    chosen = options(uplink={"url": AWAY, "flush_s": 0.2})
    run_until_read(prepare(chosen, {"MINEWATCH_UPLINK_TOKEN": "t"}), log)
    with Spool(chosen.spool) as spool:
        assert spool.depth == 2


def run_realtime_until_first_statement(options: Callable[..., SensorOptions], capture: Path, folder: Path) -> None:
    """In real time the session would last half a minute; the sensor is stopped as soon as it has said something."""
    chosen = options(sources=[{"capture": str(capture), "pace": "realtime"}])
    asked = Signals()
    thread = threading.Thread(target=run, args=(prepare(chosen, {}), asked))
    thread.start()
    out = folder / "out.jsonl"
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s and not (out.exists() and out.read_bytes()):
        time.sleep(0.02)
    asked.stop.set()
    thread.join(5.0)
    assert not thread.is_alive()


def test_told_to_stop_it_closes_what_is_open(
    options: Callable[..., SensorOptions], capture: Path, tmp_path: Path
) -> None:
    run_realtime_until_first_statement(options, capture, tmp_path)
    assert states(tmp_path / "out.jsonl") == ["opened", "closed"]


def test_refused_rows_are_tried_again_on_request(options: Callable[..., SensorOptions], log: list[Any]) -> None:
    chosen = options(uplink={"url": AWAY, "flush_s": 0.0})
    plan = prepare(chosen, {"MINEWATCH_UPLINK_TOKEN": "t"})
    run_until_read(plan, log)
    with Spool(chosen.spool) as spool:
        waiting = spool.oldest(100, 10**6)
        spool.refused([Refusal(row.event_id, "unknown dialect") for row in waiting])
        assert (spool.depth, len(waiting)) == (0, 2)
    run_until_read(plan, log)
    run_until_read(plan, log, retry_refused=True)
    with Spool(chosen.spool) as spool:
        assert [row.line for row in spool.oldest(100, 10**6)] == [row.line for row in waiting]


def test_an_early_close_does_not_hide_the_real_one(
    options: Callable[..., SensorOptions], capture: Path, tmp_path: Path
) -> None:
    """Stopped in the middle a sensor closes what is open; reading the capture again must still tell how it ended."""
    run_realtime_until_first_statement(options, capture, tmp_path)
    run(prepare(options(), {}), Signals())
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["state"] for line in lines] == ["opened", "closed", "closed"]
    assert lines[1]["last_seen"] < lines[2]["last_seen"]
    assert len({line["detection_id"] for line in lines}) == 1


def test_a_broken_sink_stops_the_sensor(
    options: Callable[..., SensorOptions], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(self: Spool, detections: object) -> int:
        raise SpoolError("disk full")

    monkeypatch.setattr(Spool, "put", put)
    chosen = options(uplink={"url": AWAY, "flush_s": 0.1})
    with pytest.raises(SpoolError, match="disk full"):
        run(prepare(chosen, {"MINEWATCH_UPLINK_TOKEN": "t"}), Signals())


def test_a_busy_spool_stops_the_start(options: Callable[..., SensorOptions]) -> None:
    chosen = options(uplink={"url": AWAY})
    plan = prepare(chosen, {"MINEWATCH_UPLINK_TOKEN": "t"})
    with Spool(chosen.spool), pytest.raises(SpoolError, match="in use by another process"):
        run(plan, Signals())


def test_a_damaged_capture_is_read_as_far_as_it_goes(
    options: Callable[..., SensorOptions], capture: Path, tmp_path: Path, log: list[Any]
) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(capture.read_bytes()[:-5])
    run(prepare(options(sources=[{"capture": str(cut)}]), {}), Signals())
    assert states(tmp_path / "out.jsonl") == ["opened", "closed"]
    assert [entry["source"] for entry in log if entry["event"] == "source.damaged"] == [str(cut)]


def test_status_is_logged_as_time_goes_by(
    options: Callable[..., SensorOptions], monkeypatch: pytest.MonkeyPatch, log: list[Any]
) -> None:
    monkeypatch.setattr(supervisor_module, "STATUS_S", 0.2)
    asked, deadline_s = Signals(), time.monotonic() + 60

    def is_told(entry: dict[str, Any]) -> bool:
        return entry["event"] == "sensor.status" and entry["waiting"] == 2 and entry["uplink"]["failures"] > 0

    chosen = options(uplink={"url": AWAY, "flush_s": 0.0})
    thread = threading.Thread(target=run, args=(prepare(chosen, {"MINEWATCH_UPLINK_TOKEN": "t"}), asked))
    thread.start()
    while time.monotonic() < deadline_s and not any(map(is_told, list(log))):
        time.sleep(0.02)
    asked.stop.set()
    thread.join()
    status = [entry for entry in log if entry["event"] == "sensor.status"]
    assert status
    assert status[-1]["waiting"] == 2
    assert status[-1]["spool"]["queued"] == 2
    assert status[-1]["uplink"]["failures"] > 0


FAULTS = [
    # options that differ, environment, what every line of the message says
    ("no capture", {"sources": [{"capture": "nowhere"}]}, {}, ["nowhere: cannot open the capture"]),
    (
        "two captures",
        {"sources": [{"capture": "a"}, {"capture": "b"}]},
        {},
        ["a: cannot open the capture", "b: cannot open the capture"],
    ),
    ("no signatures", {"signatures": "nowhere"}, {}, ["there is no such folder"]),
    ("unknown engine", {}, {"MINEWATCH_ENGINE": "steam"}, ["steam"]),
    ("no token", {"uplink": {"url": AWAY}}, {}, ["neither a token nor a client certificate"]),
    ("no token file", {"uplink": {"url": AWAY, "token_file": "tok"}}, {}, ["the token cannot be read"]),
    (
        "no authority",
        {"uplink": {"url": "https://x", "ca_file": "ca.pem"}},
        {"MINEWATCH_UPLINK_TOKEN": "t"},
        ["cannot be used as uplink.ca_file"],
    ),
    (
        "spool below a file",
        {"uplink": {"url": AWAY}, "spool": {"path": "sensor.yaml/x"}},
        {},
        ["neither", "spool.path"],
    ),
    ("lines below a file", {"jsonl": {"path": "sensor.yaml/x"}}, {}, ["jsonl.path"]),
    (
        "all at once",
        {"sources": [{"capture": "a"}], "signatures": "nowhere", "jsonl": {"path": "sensor.yaml/x"}},
        {},
        ["no such folder", "a: cannot open", "jsonl.path"],
    ),
]


@pytest.mark.parametrize(("changes", "environ", "said"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_faults_are_found_before_the_start(
    options: Callable[..., SensorOptions],
    tmp_path: Path,
    changes: dict[str, Any],
    environ: dict[str, str],
    said: list[str],
) -> None:
    (tmp_path / "sensor.yaml").write_text("")
    with pytest.raises(ConfigError) as caught:
        prepare(options(**changes), environ)
    lines = str(caught.value).splitlines()
    assert len(lines) == len(said)
    assert all(part in line for part, line in zip(said, lines, strict=True))
    assert not (tmp_path / "spool.sqlite").exists()


@pytest.mark.parametrize(
    ("changes", "warnings"),
    [
        ({}, 1),
        ({"home_networks": ["10.0.0.0/8"]}, 0),
        ({"uplink": {"url": "http://127.0.0.1:8000"}}, 1),
        ({"uplink": {"url": "http://localhost"}}, 1),
        ({"uplink": {"url": "http://192.0.2.1"}}, 2),
        ({"uplink": {"url": "http://collector.example.org"}}, 2),
        ({"uplink": {"url": "https://collector.example.org"}}, 1),
    ],
)
def test_plan_in_words(options: Callable[..., SensorOptions], changes: dict[str, Any], warnings: int) -> None:
    plan = prepare(options(limits={"max_flows": 7}, **changes), {"MINEWATCH_UPLINK_TOKEN": "secret"})
    rows = describe(plan)
    assert len(plan.warnings) == sum("warning" in what for what, _ in rows) == warnings
    assert ("上限 limits", "max_flows=7") in rows
    assert not any("secret" in how for _, how in rows)


class Frames:
    name = "frames"
    damage = None

    def __init__(self, *times_ns: int) -> None:
        self.times_ns = times_ns

    def frames(self) -> Iterator[Frame]:
        return (Frame(at_ns, 1, b"", 0) for at_ns in self.times_ns)


@pytest.mark.parametrize(
    ("times_s", "waits_s"),
    [((), []), ((7,), [0]), ((7, 9, 12), [0, 2, 3]), ((7, 5, 8), [0, 0, 1]), ((7, 7), [0, 0])],
)
def test_pace(times_s: tuple[int, ...], waits_s: list[int]) -> None:
    """Waits are as long as the gaps, in steps that each end with a tick that no later frame is older than."""
    now_ns = 100
    waited: list[float] = [0.0]

    def wait(seconds: float) -> bool:
        nonlocal now_ns
        assert seconds <= TICK_S
        waited[-1] += seconds
        now_ns += round(seconds * 1e9)
        return False

    source = PacedSource(Frames(*(t * 10**9 for t in times_s)), threading.Event(), lambda: now_ns, wait)
    seen: list[Frame] = []
    for item in source.frames():
        if isinstance(item, Frame):
            seen.append(item)
            waited.append(0.0)
        else:
            assert item.at_ns <= 10**9 * times_s[len(seen)]
    assert len(seen) == len(times_s)
    assert [round(seconds, 6) for seconds in waited[:-1]] == waits_s


def test_pace_ends_on_stop() -> None:
    stop = threading.Event()
    stop.set()
    assert list(PacedSource(Frames(1, 2), stop).frames()) == []
