"""Does the daemon on a real interface find every session once, whatever is reloaded or dies meanwhile?"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from live_kit import Wire

from sensor.model.flow import Endpoint
from sensor.simulate.scenario import compose
from sensor.simulate.traffic import Traffic, merge

PATIENCE_S = 30.0
SHIPPED = Path(__file__).resolve().parents[3] / "signatures"
POOL = Endpoint("198.51.100.7", 3333)


@dataclass
class Sensor:
    """A sensor as a process of its own in the near namespace."""

    folder: Path
    process: subprocess.Popen[bytes]

    def wait(self, holds: Callable[[], Any]) -> Any:
        deadline_s = time.monotonic() + PATIENCE_S
        while not (found := holds()):
            assert time.monotonic() < deadline_s, self.log()[-3000:]
            assert self.process.poll() is None, self.log()[-3000:]
            time.sleep(0.05)
        return found

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def events(self, name: str) -> list[dict[str, Any]]:
        rows = (json.loads(row) for row in self.log().splitlines() if row.startswith("{") and row.endswith("}"))
        return [row for row in rows if row["event"] == name]

    def lines(self) -> list[dict[str, Any]]:
        out = self.folder / "out.jsonl"
        return [json.loads(row) for row in out.read_text().splitlines()] if out.exists() else []

    def closed(self) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["state"] == "closed"]

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children]

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(PATIENCE_S) == 0, self.log()[-3000:]


@contextmanager
def sensor(wire: Wire, folder: Path, crew: int, **changes: Any) -> Iterator[Sensor]:
    """One that reads the near end of the wire; ready when every ring is open."""
    document = {
        "sensor": {"id": "s1"},
        "sources": [{"interface": {"name": wire.near, "workers": crew, "promiscuous": True, "blocks": 8}}],
        "jsonl": {"path": "out.jsonl"},
        "workers": {"restart_first_s": 0.05},
        "log": {"level": "debug"},
        **changes,
    }
    (folder / "sensor.yaml").write_text(json.dumps(document))
    command = [sys.executable, "-m", "sensor.cli.main", "sensor", "-c", str(folder / "sensor.yaml")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["ip", "netns", "exec", wire.here, *command], stderr=log, start_new_session=True)
    running = Sensor(folder, process)
    try:
        running.wait(lambda: len(running.events("worker.reading")) >= crew)
        yield running
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def reconnects(times: int, miners: int = 1) -> Traffic:
    """Miners that connect again and again from other ports; each connection is a session of half a minute."""
    return merge(
        compose(
            "stratum-v1",
            seed=miner * 100 + number,
            duration_s=30.0,
            client=Endpoint(f"192.0.2.{10 + miner}", 40_000 + 17 * number),
            server=POOL,
            host=None,
        )
        for miner, number in itertools.product(range(miners), range(times))
    )


def play(wire: Wire, traffic: Traffic, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Send the frames within ``seconds``, in twenty parts, with something done after the sixth."""
    frames = [data for _, data in traffic.rows]
    size = -(-len(frames) // 20)
    for part in range(20):
        assert wire.send(frames[part * size : (part + 1) * size]) == len(frames[part * size : (part + 1) * size])
        if part == 6:
            meanwhile()
        time.sleep(seconds / 20)


def shares_of(traffic: Traffic) -> int:
    return sum(planted.shares_submitted for planted in traffic.sessions)


def test_workers_of_one_interface_are_one_sensor(wire: Wire, tmp_path: Path) -> None:
    traffic = reconnects(times=12)
    with sensor(wire, tmp_path, crew=2) as running:
        play(wire, traffic, 1.0)
        running.wait(lambda: len(running.lines()) >= 2)
        time.sleep(1.0)
        running.stop()
    [ended] = running.events("source.ended")
    assert ended["kernel_drops"] == 0
    assert len({line["detection_id"] for line in running.lines()}) == 1
    assert [line["state"] for line in running.lines()].count("opened") == 1
    [closed] = running.closed()
    assert closed["shares"]["submitted"] == shares_of(traffic)
    assert len(closed["miner"]["ports_seen"]) == 12


def test_a_reload_under_load_loses_and_doubles_nothing(wire: Wire, tmp_path: Path) -> None:
    folder = tmp_path / "signatures"
    shutil.copytree(SHIPPED, folder)
    traffic = reconnects(times=3, miners=8)
    with sensor(wire, tmp_path, crew=2, signatures=str(folder), reload={"poll_s": 0}) as running:

        def reload() -> None:
            (folder / "protocols" / "spoilt.yml").write_text("id: no\n")
            running.process.send_signal(signal.SIGHUP)
            running.wait(lambda: running.events("signatures.refused"))
            (folder / "protocols" / "spoilt.yml").unlink()
            running.process.send_signal(signal.SIGHUP)

        play(wire, traffic, 3.0, reload)
        running.wait(lambda: len(running.events("signatures.reloaded")) == 2)
        time.sleep(1.0)
        running.stop()
    [ended] = running.events("source.ended")
    assert (ended["kernel_drops"], ended["lost_bytes"]) == (0, 0)
    assert ended["packets"] == len(traffic.rows)
    closed = {line["miner"]["ip"]: line for line in running.closed()}
    assert len(closed) == len(running.closed()) == 8
    assert sum(line["shares"]["submitted"] for line in closed.values()) == shares_of(traffic)


def test_a_worker_that_dies_is_followed_by_another(wire: Wire, tmp_path: Path) -> None:
    traffic = reconnects(times=8)
    with sensor(wire, tmp_path, crew=1) as running:

        def kill() -> None:
            running.wait(running.lines)
            os.kill(running.workers()[0], signal.SIGKILL)
            running.wait(lambda: len(running.events("worker.reading")) == 2)

        play(wire, traffic, 2.0, kill)
        time.sleep(1.0)
        running.stop()
    assert len(running.events("worker.died")) == 1
    assert len({line["detection_id"] for line in running.lines()}) == 1
    assert [line["state"] for line in running.closed()] == ["closed"]
    states = [line["state"] for line in running.lines()]
    assert (states[0], states[-1], len(states)) == ("opened", "closed", 3)


def test_a_silent_wire_still_closes_sessions(wire: Wire, tmp_path: Path) -> None:
    quick = {"limits": {"idle_timeout_s": 1.0}, "detect": {"session_idle_s": 1.0}}
    rows = compose("stratum-v1", 1, duration_s=60.0).rows
    with sensor(wire, tmp_path, crew=1, **quick) as running:
        # Without its end: the miner is unplugged.
        wire.send(data for _, data in rows[: len(rows) // 2])
        running.wait(running.closed)
        assert running.process.poll() is None
        running.stop()
    assert len(running.closed()) == 1


def status(pid: int) -> dict[str, str]:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(row.split(":\t", 1) for row in rows if ":\t" in row)


def test_workers_are_nobody_once_their_ring_is_open(wire: Wire, tmp_path: Path) -> None:
    folder = tmp_path / "signatures"
    shutil.copytree(SHIPPED, folder)
    changes: dict[str, Any] = {"workers": {"user": "nobody"}, "signatures": str(folder)}
    with sensor(wire, tmp_path, crew=2, **changes) as running:
        told = [status(pid) for pid in running.workers()]
        # A set that only root may read is read by nobody all the same: from the daemon's copy.
        min((folder / "protocols").rglob("*.yml")).unlink()
        folder.chmod(0o700)
        running.process.send_signal(signal.SIGHUP)
        running.wait(lambda: len(running.events("signatures.reloaded")) == 2)
        wire.send(data for _, data in reconnects(times=1).rows)
        running.wait(running.lines)
        running.stop()
    assert [row["Uid"].split() for row in told] == [["65534"] * 4] * 2
    assert [(int(row["CapEff"], 16), int(row["CapPrm"], 16), row["NoNewPrivs"]) for row in told] == [(0, 0, "1")] * 2
    assert running.events("worker.died") == []
    assert len(running.closed()) == 1
