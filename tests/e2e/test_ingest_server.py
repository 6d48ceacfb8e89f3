"""Does the real server, as its own process on loopback, take a delivery and stop when told?"""

from __future__ import annotations

import gzip
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sensor.model.wire import Detection, digest_id

START_S = 60.0
KEY = "secret_key: 0123456789abcdef0123456789abcdef0123456789"
COMMAND = (sys.executable, "-m", "sensor.cli.main", "collector")


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
        [*COMMAND, "--config", str(config), *args],
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
    with serving(config, tmp_path) as (process, port):
        collector(config, "enroll-sensor", "egress-1", "--token-file", str(tmp_path / "token")).check_returncode()
        url = f"http://127.0.0.1:{port}"
        wait_for(url, process)
        yield Running(process, url, tmp_path / "data" / "collector.sqlite3", (tmp_path / "token").read_text().strip())


@contextmanager
def serving(config: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server on a free port of loopback; it and its workers are gone afterwards."""
    collector(config, "migrate").check_returncode()
    port = free_port()
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*COMMAND, "--config", str(config), "serve", "--port", str(port)],
            stdout=log,
            stderr=log,
            env=environment(),
            start_new_session=True,
        )
        try:
            yield process, port
        finally:
            process.terminate()
            process.wait(30)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes], trust: ssl.SSLContext | bool = True) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{url}/api/v1/openapi.json", verify=trust)
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


def test_the_same_rows_from_many_sides_at_once_are_kept_once(running: Running) -> None:
    headers = {"Authorization": f"Bearer {running.token}", "Content-Type": "application/x-ndjson"}

    def deliver(start: int) -> dict[str, int]:
        body = "\n".join(line(number % 200) for number in range(start, start + 100))
        answer = httpx.post(f"{running.url}/api/v1/detections", content=body, headers=headers, timeout=120)
        receipt: dict[str, int] = answer.raise_for_status().json()
        return receipt

    with ThreadPoolExecutor(8) as senders:
        receipts = list(senders.map(deliver, range(0, 400, 25)))
    assert sum(receipt["accepted"] for receipt in receipts) == 200
    assert sum(receipt["duplicates"] for receipt in receipts) == 16 * 100 - 200
    with closing(sqlite3.connect(running.database)) as database:
        assert database.execute("select count(*) from ingest_detection").fetchone() == (200,)
        assert database.execute("pragma journal_mode").fetchone() == ("wal",)


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


def test_tls_ends_at_the_server(config: Path, tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    config.write_text(config.read_text() + f"serve: {{tls_certificate: {certificate}, tls_key: {key}}}\n")
    trust = ssl.create_default_context(cafile=str(certificate))
    with serving(config, tmp_path) as (process, port):
        url = f"https://localhost:{port}"
        wait_for(url, process, trust)
        answer = httpx.get(f"{url}/api/v1/openapi.json", verify=trust)
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["strict-transport-security"]


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, private


@pytest.mark.parametrize(
    ("text", "args", "told"),
    [
        pytest.param(
            "", ["serve", "--host", "192.0.2.1"], "192.0.2.1:8443: cannot be listened on", id="not our address"
        ),
        pytest.param(
            "serve: {tls_certificate: none.pem, tls_key: none.key}",
            ["serve"],
            "serve.tls_certificate",
            id="no certificate",
        ),
    ],
)
def test_a_server_that_cannot_listen_says_why(config: Path, text: str, args: list[str], told: str) -> None:
    config.write_text(config.read_text() + text)
    assert collector(config, "migrate").returncode == 0
    done = collector(config, *args)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert told in done.stderr


@pytest.mark.parametrize(
    ("text", "args", "told"),
    [
        pytest.param("", ["serve"], "minewatch collector migrate", id="not migrated"),
        pytest.param("serve: {prot: 1}", ["migrate"], "collector.yaml:1: serve.prot: ", id="misspelt key"),
        pytest.param("a: [", ["migrate"], "collector.yaml:1: this is not YAML", id="not YAML"),
        pytest.param("secret_key: short", ["migrate"], "collector.yaml:1: secret_key: ", id="key too short"),
        pytest.param(
            f"{KEY}\ndatabase: {{engine: sqlite, path: /proc/none/x}}",
            ["migrate"],
            "/proc/none: cannot be made",
            id="no such place",
        ),
        pytest.param("database: {engine: oracle}", ["migrate"], "collector.yaml:1: database: ", id="unknown database"),
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
