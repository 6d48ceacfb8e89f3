"""Does the doctor see what is really wrong, and say how to mend it?"""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from sensor.cli.doctor import examine
from sensor.cli.doctor.delivery import look_at_signatures
from sensor.cli.doctor.finding import Finding, Level
from sensor.cli.doctor.host import judge_clock, tables_bytes
from sensor.cli.doctor.interfaces import look_at_interface, offloads
from sensor.cli.main import main
from sensor.config import SensorOptions, parse
from sensor.config.options import InterfaceSettings
from sensor.daemon.clock import ClockState
from sensor.engine.select import NATIVE_MODULE, VARIABLE
from sensor.sinks.spool import Spool

SHIPPED = Path(__file__).resolve().parents[3] / "signatures"
TOKEN = {"MINEWATCH_UPLINK_TOKEN": "t"}


def options(folder: Path, **changes: Any) -> SensorOptions:
    document = {
        "sensor": {"id": "s1"},
        "sources": [{"capture": "x.pcap"}],
        "spool": {"path": "spool.sqlite", "max_bytes": 1000},
        "jsonl": {},
        **changes,
    }
    return parse(json.dumps(document), folder / "sensor.yaml")


def found(findings: list[Finding], what: str) -> list[Finding]:
    return [finding for finding in findings if finding.what[1] == what]


def test_every_bad_finding_says_how_to_mend_it(tmp_path: Path) -> None:
    chosen = options(tmp_path, sources=[{"interface": {"name": "nowhere0"}}], uplink={"url": "http://127.0.0.1:1"})
    findings = list(examine(chosen))
    assert {finding.what[1] for finding in findings} >= {"engine", "privileges", "memory", "clock", "signatures"}
    assert all(all(finding.mend) for finding in findings if finding.level is not Level.WELL)


def test_a_missing_interface_stops(tmp_path: Path) -> None:
    [finding] = look_at_interface(InterfaceSettings(name="nowhere0"))
    assert finding.level is Level.STOP
    assert "nowhere0: no such interface; there are lo" in finding.found


def test_loopback_is_looked_at_closely() -> None:
    findings = list(look_at_interface(InterfaceSettings(name="lo")))
    assert found(findings, "interface")[0].found.startswith("lo up · MTU 65536")
    [offload] = found(findings, "offloads")
    assert offload.found.startswith("GRO on, LRO")
    [opening] = found(findings, "opening it")
    assert opening.level is (Level.WELL if os.geteuid() == 0 else Level.STOP)


def test_a_short_snaplen_and_merged_frames_do_not_go_together() -> None:
    findings = list(look_at_interface(InterfaceSettings(name="lo", snaplen_bytes=1500)))
    [offload] = found(findings, "offloads")
    assert offload.level is Level.WARNING
    assert "only 1500 bytes" in offload.found


@pytest.mark.skipif(os.geteuid() != 0, reason="a filter is tried on a packet socket, which needs root")
def test_a_filter_that_is_none_stops() -> None:
    findings = list(look_at_interface(InterfaceSettings(name="lo", filter="tcp prot 80")))
    [opening] = found(findings, "opening it")
    assert opening.level is Level.STOP
    assert "prot" in opening.found


def test_offloads_are_asked_from_the_driver() -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        assert offloads(sock, "lo")[0] is True
        assert offloads(sock, "nowhere0") == (None, None)


CLOCKS = [
    (ClockState(True, 12.5, 1.0), Level.WELL, "± 12.5 ms"),
    (ClockState(True, 900.0, 1.0), Level.WARNING, "± 900.0 ms"),
    (ClockState(False, 16_000.0, 1.0), Level.WARNING, "not synchronised"),
]


@pytest.mark.parametrize(("state", "level", "said"), CLOCKS)
def test_clock(state: ClockState, level: Level, said: str) -> None:
    finding = judge_clock(state)
    assert finding.level is level
    assert said in finding.found


RINGS = [(2, 65_536, Level.WELL), (65_536, 67_108_864, Level.STOP)]


@pytest.mark.parametrize(("blocks", "block_bytes", "level"), RINGS)
def test_memory_for_rings(tmp_path: Path, blocks: int, block_bytes: int, level: Level) -> None:
    live = {"name": "lo", "blocks": blocks, "block_bytes": block_bytes}
    chosen = options(tmp_path, sources=[{"interface": live}], limits={"max_flows": 10, "max_held_bytes": 1000})
    assert found(list(examine(chosen)), "memory")[0].level is level


@pytest.mark.parametrize(
    ("engine", "model", "limits", "expected"),
    [
        ("native", None, {"max_flows": 1_000_000, "max_held_bytes": 5}, 80_000_005),
        ("portable", None, {"max_flows": 1_000_000, "max_held_bytes": 5}, 1_280_000_005),
        ("native", "model.json", {"max_flows": 1_000_000, "max_held_bytes": 5}, 80_000_005 + 200_000 * 561),
        ("portable", "model.json", {"max_flows": 1_000_000, "max_held_bytes": 5}, 1_280_000_005 + 200_000 * 850),
        ("native", "model.json", {"max_flows": 1_000, "max_held_bytes": 5}, 80_005 + 1_000 * 561),
    ],
)
def test_memory_of_full_tables(
    tmp_path: Path, engine: str, model: str | None, limits: dict[str, int], expected: int
) -> None:
    chosen = options(tmp_path, limits=limits, behaviour={"model": model} if model else {})
    assert tables_bytes(chosen, engine) == expected


@pytest.mark.parametrize(("engine", "mib"), [("native", 76), ("portable", 1220)])
def test_memory_is_reckoned_for_the_engine_that_works(
    tmp_path: Path, engine: str, mib: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "native":
        pytest.importorskip(NATIVE_MODULE, reason="the native engine is not built")
    monkeypatch.setenv(VARIABLE, engine)
    chosen = options(tmp_path, limits={"max_flows": 1_000_000, "max_held_bytes": 5})
    [finding] = found(list(examine(chosen)), "memory")
    assert f"flow tables at most about {mib} MiB" in finding.found


def test_too_many_workers(tmp_path: Path) -> None:
    chosen = options(tmp_path, sources=[{"interface": {"name": "lo", "workers": 64}}])
    [finding] = found(list(examine(chosen)), "processors")
    expected = Level.WARNING if len(os.sched_getaffinity(0)) < 64 else Level.WELL
    assert (finding.level, finding.found.endswith("for 64 live workers")) == (expected, True)


SPOOLS = [
    pytest.param("spool.sqlite", 1000, Level.WELL, "spool.sqlite", id="fine"),
    pytest.param("spool.sqlite", 10**18, Level.WARNING, "MiB free", id="no room"),
    pytest.param("/proc/nowhere/spool.sqlite", 1000, Level.STOP, "cannot be written", id="cannot be written"),
]


@pytest.mark.parametrize(("path", "max_bytes", "level", "said"), SPOOLS)
def test_spool(tmp_path: Path, path: str, max_bytes: int, level: Level, said: str) -> None:
    spool = {"path": path, "max_bytes": max_bytes}
    findings = list(examine(options(tmp_path, spool=spool, uplink={"url": "http://127.0.0.1:1"})))
    [finding] = found(findings, "spool")
    assert finding.level is level
    assert said in finding.found


def test_a_spool_in_use_is_told(tmp_path: Path) -> None:
    chosen = options(tmp_path, uplink={"url": "http://127.0.0.1:1"})
    with Spool(chosen.spool):
        [finding] = found(list(examine(chosen)), "spool")
    assert finding.found.endswith(f"in use by pid {os.getpid()}")


@contextmanager
def collector(status: int, body: dict[str, str], offset_s: float = 0.0) -> Iterator[str]:
    """A server on loopback that answers every question so, with its clock ``offset_s`` ahead, and asserts that it was
    shown the token."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert (self.path, self.headers["Authorization"]) == ("/api/v1/sensor", "Bearer t")
            content = json.dumps({**body, "time": at(offset_s)}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def at(offset_s: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=offset_s)).isoformat()


COLLECTORS = [
    pytest.param(200, {"sensor_id": "s1"}, 0.0, Level.WELL, "token accepted for s1", id="well"),
    pytest.param(200, {"sensor_id": "s2"}, 0.0, Level.STOP, "belongs to sensor s2", id="another's token"),
    pytest.param(200, {"sensor_id": "s1"}, 90.0, Level.WARNING, "s apart", id="clocks apart"),
    pytest.param(401, {"error": "unknown"}, 0.0, Level.STOP, "token is not accepted", id="unknown token"),
    pytest.param(200, {"hello": "portal"}, 0.0, Level.WARNING, "not as a collector answers", id="captive portal"),
    pytest.param(404, {}, 0.0, Level.WARNING, "HTTP 404", id="something else"),
]


@pytest.mark.parametrize(("status", "body", "offset_s", "level", "said"), COLLECTORS)
def test_collector(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: dict[str, str],
    offset_s: float,
    level: Level,
    said: str,
) -> None:
    monkeypatch.setenv(*next(iter(TOKEN.items())))
    with collector(status, body, offset_s) as url:
        [finding] = found(list(examine(options(tmp_path, uplink={"url": url}))), "collector")
    assert finding.level is level
    assert said in finding.found


def test_a_closed_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*next(iter(TOKEN.items())))
    [finding] = found(list(examine(options(tmp_path, uplink={"url": "http://127.0.0.1:1"}))), "collector")
    assert finding.level is Level.WARNING
    assert "refused" in finding.found


def test_old_and_unlintable_signatures(tmp_path: Path) -> None:
    folder = tmp_path / "signatures"
    shutil.copytree(SHIPPED, folder)
    first = min((folder / "protocols").rglob("*.yml"))
    first.rename(first.with_name("other.yml"))
    later_ns = int((datetime.now(UTC) + timedelta(days=365)).timestamp() * 1e9)
    old, lints = look_at_signatures(folder, later_ns)
    assert (old.level, lints.level) == (Level.WARNING, Level.WARNING)
    assert "other.yml" in lints.found


def test_broken_signatures_stop(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("id: no\n")
    [finding] = look_at_signatures(tmp_path, 0)
    assert finding.level is Level.STOP


@pytest.mark.parametrize(("text", "status"), [(None, {0, 1}), ("sources: [{interface: {name: nowhere0}}]", {2})])
def test_the_command_ends_with_the_worst(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, status: set[int]
) -> None:
    arguments = ["doctor"]
    if text:
        (tmp_path / "sensor.yaml").write_text(f"sensor: {{id: s1}}\njsonl: {{}}\n{text}\n")
        arguments += ["-c", str(tmp_path / "sensor.yaml")]
    assert main(arguments) in status
    assert "探针体检 minewatch doctor" in capsys.readouterr().out
