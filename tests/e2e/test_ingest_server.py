"""Does the real server, as its own process on loopback, take a delivery and stop when told?"""

from __future__ import annotations

import gzip
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sensor.model.wire import Detection, digest_id

START_S = 60.0


@dataclass(frozen=True)
class Running:
    """A server process, where it listens, its database, and a sensor's token."""

    process: subprocess.Popen[bytes]
    url: str
    database: Path
    token: str


def collector(config: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run one ``minewatch collector`` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "sensor.cli.main", "collector", "--config", str(config), *args],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(),
    )


def environment() -> dict[str, str]:
    """The test's own Django settings must not reach the server."""
    return {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "collector.yaml"
    path.write_text(f"data_dir: {tmp_path}/data\n")
    return path


@pytest.fixture
def running(config: Path, tmp_path: Path) -> Iterator[Running]:
    assert collector(config, "migrate").returncode == 0
    assert collector(config, "enroll-sensor", "egress-1", "--token-file", str(tmp_path / "token")).returncode == 0
    port = free_port()
    log = (tmp_path / "server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "sensor.cli.main", "collector", "--config", str(config), "serve", "--port", str(port)],
        stdout=log,
        stderr=log,
        env=environment(),
        start_new_session=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, process)
        yield Running(process, url, tmp_path / "data" / "collector.sqlite3", (tmp_path / "token").read_text().strip())
    finally:
        process.terminate()
        process.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        log.close()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{url}/api/v1/openapi.json")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not start")


def line(number: int) -> str:
    document = {
        "detection_id": digest_id("e2e", number),
        "event_id": digest_id("e2e-event", number),
        "sensor": {"id": "egress-1"},
        "state": "closed",
        "first_seen": "2026-03-01T04:00:00Z",
        "last_seen": "2026-03-01T05:00:00Z",
        "miner": {"ip": "203.0.113.7", "port": 40000},
        "pool": {"ip": "198.51.100.9", "port": 3333},
        "transport": {"l4": "tcp"},
        "dialect": "stratum-v1",
        "verdict": "confirmed",
        "score": 95,
    }
    return Detection.model_validate(document).to_json()


def test_a_delivery_is_on_disk_when_answered(running: Running) -> None:
    headers = {
        "Authorization": f"Bearer {running.token}",
        "Content-Type": "application/x-ndjson",
        "Content-Encoding": "gzip",
    }
    body = gzip.compress("\n".join(map(line, range(100))).encode())
    first = httpx.post(f"{running.url}/api/v1/detections", content=body, headers=headers, timeout=60)
    # No grace: what the sensor was told is stored must be stored although the server dies now.
    os.killpg(running.process.pid, signal.SIGKILL)
    assert first.json() == {"batch": 1, "accepted": 100, "duplicates": 0, "rejected": []}
    with closing(sqlite3.connect(running.database)) as database:
        assert database.execute("select count(*) from ingest_detection").fetchone() == (100,)


def test_the_server_stops_when_told(running: Running) -> None:
    running.process.terminate()
    assert running.process.wait(30) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer mw_wrong"}, 401)],
)
def test_a_stranger_is_turned_away(running: Running, headers: dict[str, str], status: int) -> None:
    answer = httpx.post(f"{running.url}/api/v1/detections", content=b"{}", headers=headers)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "hint"}
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("text", "args", "told"),
    [
        pytest.param("", ["serve"], "minewatch collector migrate", id="not migrated"),
        pytest.param("serve: {prot: 1}", ["migrate"], "collector.yaml: serve.prot: ", id="misspelt key"),
        pytest.param("a: [", ["migrate"], "collector.yaml: is not YAML", id="not YAML"),
        pytest.param("secret_key: short", ["migrate"], "collector.yaml: secret_key: ", id="key too short"),
        pytest.param("database: {engine: oracle}", ["migrate"], "collector.yaml: database: ", id="unknown database"),
        pytest.param("", ["enroll-sensor", "x"], "minewatch collector migrate", id="no tables"),
    ],
)
def test_a_fault_is_one_message_and_exit_2(config: Path, text: str, args: list[str], told: str) -> None:
    config.write_text(text or config.read_text())
    done = collector(config, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("minewatch: error: ")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
