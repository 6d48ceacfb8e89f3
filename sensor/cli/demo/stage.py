"""How do the real programs run on one machine? A collector on loopback, a sensor that replays the day."""

from __future__ import annotations

import csv
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sensor.cli.demo.registry import CITY, SCHOOL
from sensor.model.errors import MinewatchError

SENSOR_ID = "demo-egress-01"
_OFFICE, _OPERATOR = "嘉兴市整治办（演示）", "演示电信"
PEOPLE = {
    "demo": (_OFFICE, "officer", "cyberspace", ""),
    "demo-manager": (_OFFICE, "manager", "cyberspace", ""),
    "demo-viewer": (_OFFICE, "viewer", "cyberspace", ""),
    "demo-carrier": (f"{_OPERATOR}嘉兴分公司", "officer", "carrier", ""),
    "demo-unit": (SCHOOL.name, "officer", "unit", SCHOOL.uscc),
    "demo-audit": (_OFFICE, "audit-admin", "cyberspace", ""),
    "demo-security": (_OFFICE, "security-admin", "cyberspace", ""),
    "demo-system": (_OFFICE, "system-admin", "cyberspace", ""),
}
"""One person per role: office, role, kind of office, code of a unit. They share one password, new in every demo."""
_START_TIMEOUT_S, _STOP_TIMEOUT_S, _STEP_TIMEOUT_S = 90, 20, 240
_LOG_TAIL_CHARS = 1500
_USUAL_PORT = 8000


class DemoError(MinewatchError):
    """A step of the demo failed; the message says which, and where its log is."""


class Stage:
    """The demo's folder and the programs in it. Every program is the real command line in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.capture = folder / "day.pcap"
        self.collector_config = folder / "collector.yaml"
        self.login = folder / "login.txt"
        self._sensor_config = folder / "sensor.yaml"
        self._token = folder / "sensor.token"

    def write_configs(self, port: int) -> None:
        """Configurations of both programs; everything they keep lies below the demo's folder."""
        data = self.folder / "collector-data"
        self.collector_config.write_text(
            f"data_dir: {data.resolve()}\nserve:\n    host: 127.0.0.1\n    port: {port}\n", encoding="utf-8"
        )
        self._sensor_config.write_text(
            f"sensor:\n    id: {SENSOR_ID}\n    site: demo egress 演示出口\n"
            f"sources:\n    - capture: {self.capture.name}\n"
            "spool:\n    path: spool.sqlite\n"
            f"uplink:\n    url: http://127.0.0.1:{port}\n    token_file: {self._token.name}\n"
            "    retry:\n        first_s: 0.2\n        max_s: 2\n",
            encoding="utf-8",
        )

    def prepare_collector(self, registry: Path) -> None:
        """A database with the registry's files, the sensor's token and one person who may log in."""
        self.collector("migrate")
        self.collector("import-divisions", str(registry / "divisions.csv"))
        self.collector("import-organisations", str(registry / "organisations.csv"))
        self.collector("import-line-ledger", str(registry / "line-ledger.csv"))
        self.collector("import-aaa", str(registry / "aaa.csv"))
        place = ("--division", CITY, "--operator", _OPERATOR)
        self.collector("enroll-sensor", SENSOR_ID, *place, "--token-file", str(self._token))
        password = secrets.token_urlsafe(12)
        self.collector("create-users", str(_write_people(registry)), "--password-stdin", stdin=password + "\n")
        self.login.touch(mode=0o600)
        lines = (f"{name} {role} {password}\n" for name, (_, role, _, _) in PEOPLE.items())
        self.login.write_text("".join(lines), encoding="utf-8")

    @contextmanager
    def serving(self, port: int) -> Iterator[None]:
        """The collector, from when it listens until it has stopped."""
        with (self.folder / "collector.log").open("ab") as log:
            own = ("collector", "--config", str(self.collector_config))
            command = _minewatch(*own, "serve", "--port", str(port))
            process = subprocess.Popen(command, stdout=log, stderr=log, env=_environment())  # noqa: S603 - own command
            # A demo that is told to end takes its collector along.
            former = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
            try:
                self._wait_until_listening(process, port)
                yield
            finally:
                signal.signal(signal.SIGTERM, former)
                _stop(process)

    def run_sensor(self) -> None:
        """The sensor, until it has replayed the day and delivered what it found."""
        self._run("sensor", ["sensor", "-c", str(self._sensor_config)])

    def scan(self, output: Path) -> None:
        """The same capture read offline, one detection per line."""
        self._run("scan", ["scan", str(self.capture), "--format", "json", "-o", str(output)], good=(0, 1))

    def collector(self, *arguments: str, stdin: str = "") -> None:
        """One command of the collector."""
        self._run("collector", ["collector", "--config", str(self.collector_config), *arguments], stdin=stdin)

    def serve_forever(self, port: int) -> None:
        """The collector with its worker, until one is told to end; what they say goes to the terminal."""
        own = ("collector", "--config", str(self.collector_config))
        commands = (_minewatch(*own, "serve", "--port", str(port)), _minewatch(*own, "worker"))
        former = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        running = [subprocess.Popen(command, env=_environment()) for command in commands]  # noqa: S603 - own commands
        try:
            running[0].wait()
        except KeyboardInterrupt:
            pass
        finally:
            signal.signal(signal.SIGTERM, former)
            for process in running:
                _stop(process)

    def _run(self, log_name: str, arguments: list[str], *, stdin: str = "", good: Sequence[int] = (0,)) -> None:
        said = f"minewatch {' '.join(arguments)}"
        path = self.folder / f"{log_name}.log"
        with path.open("a", encoding="utf-8") as log, tempfile.TemporaryFile("w+", encoding="utf-8") as told:
            log.write(f"$ {said}\n")
            status = _wait_for(_minewatch(*arguments), stdin, told)
            told.seek(0)
            text = told.read()
            log.write(text)
        if status not in good:
            ended = f"ended with {status}" if status is not None else f"was not done within {_STEP_TIMEOUT_S} s"
            raise DemoError(f"{said} {ended}; its log {path} ends so:\n{text.strip()[-_LOG_TAIL_CHARS:]}")

    def _wait_until_listening(self, process: subprocess.Popen[bytes], port: int) -> None:
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline_s:
            if process.poll() is not None:
                break
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        log = self.folder / "collector.log"
        told = log.read_text("utf-8", "replace")[-_LOG_TAIL_CHARS:]
        raise DemoError(f"the collector does not listen on port {port}; its log {log} ends so:\n{told}")


def _write_people(folder: Path) -> Path:
    """The demo's people as the collector's command takes them."""
    path = folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "office", "division", "role", "kind", "uscc"))
        for name, (office, role, kind, uscc) in PEOPLE.items():
            writer.writerow((name, office, SCHOOL.division if kind == "unit" else CITY, role, kind, uscc))
    return path


def free_port() -> int:
    """A TCP port on loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serving_port() -> int:
    """The usual port of a development server, or any free one when that is taken."""
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", _USUAL_PORT)) == 0
    return free_port() if taken else _USUAL_PORT


def _wait_for(command: list[str], stdin: str, output: IO[str]) -> int | None:
    """The exit status of ``command``, or None when it had to be ended."""
    try:
        ended = subprocess.run(  # noqa: S603 - own command
            command,
            input=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_STEP_TIMEOUT_S,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return ended.returncode


def _minewatch(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sensor.cli.main", *arguments]


def _environment() -> dict[str, str]:
    # Settings of the person's own installation must not leak into the demo.
    foreign = ("MINEWATCH_UPLINK", "MINEWATCH_COLLECTOR", "DJANGO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
