"""What does the daemon do when a worker dies, a signature set changes, or somebody asks how it is?"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import worker_processes as processes
from daemon_kit import daemon

from sensor.model.errors import CaptureError
from sensor.signature import load
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import compose

SHIPPED = Path(__file__).resolve().parents[3] / "signatures"


@pytest.fixture(autouse=True)
def log() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as entries:
        yield entries


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("captures") / "stratum.pcap"
    write_pcap(path, compose("stratum-v1", 1, duration_s=120.0).rows)
    return path


@pytest.fixture
def source(capture: Path) -> dict[str, Any]:
    """In real time, so that there is somebody to kill."""
    return {"sources": [{"capture": str(capture), "pace": "realtime"}], "workers": {"restart_first_s": 0.05}}


def test_a_killed_worker_is_started_again_and_doubles_nothing(
    source: dict[str, Any], tmp_path: Path, log: list[Any]
) -> None:
    with daemon(tmp_path, log, source) as running:
        running.wait(running.lines, "first statement")
        os.kill(processes.children(os.getpid())[0], signal.SIGKILL)
        died = running.heard("worker.died")
        assert (died["status"], died["restarts"]) == (-signal.SIGKILL, 1)
        label = f'{{source="{source["sources"][0]["capture"]}"}}'
        running.wait(lambda: running.metric(f"minewatch_worker_restarts_total{label}") == 1)
        running.wait(lambda: running.metric(f"minewatch_workers{label}") == 1)
        assert running.metric("minewatch_up") == 1
        running.wait(lambda: len(running.lines()) == 1)
    assert [line["state"] for line in running.lines()] == ["opened", "closed"]
    assert running.fault == []


def test_a_capture_that_kills_every_worker_is_given_up(source: dict[str, Any], tmp_path: Path, log: list[Any]) -> None:
    with daemon(tmp_path, log, source) as running:
        for times in (1, 2, 3):
            pid = running.wait(lambda: processes.children(os.getpid()))[0]
            os.kill(pid, signal.SIGKILL)
            if times < 3:
                running.heard("worker.died", times)
        running.wait(lambda: running.fault)
    [fault] = running.fault
    assert isinstance(fault, CaptureError)
    assert "its worker died 3 times, last with status -9" in str(fault)


def test_a_worker_that_hangs_does_not_hold_up_the_end(source: dict[str, Any], tmp_path: Path, log: list[Any]) -> None:
    source["workers"]["stop_s"] = 0.5
    with daemon(tmp_path, log, source) as running:
        running.wait(running.lines, "first statement")
        os.kill(processes.children(os.getpid())[0], signal.SIGSTOP)
    assert [line["state"] for line in running.lines()] == ["opened", "closed"]
    assert running.events("worker.killed")
    assert processes.children(os.getpid()) == []


def test_health_and_metrics(source: dict[str, Any], tmp_path: Path, log: list[Any]) -> None:
    name = source["sources"][0]["capture"]
    with daemon(tmp_path, log, source) as running:
        running.wait(
            lambda: running.metric('minewatch_detections_total{dialect="stratum-v1",verdict="confirmed"}') == 1
        )
        health = running.get("/health")
        assert (health.status_code, health.json()["status"]) == (200, "ok")
        assert health.json()["sources"] == {name: "reading"}
        running.wait(lambda: running.metric(f'minewatch_packets_total{{source="{name}"}}') > 5)
        assert running.metric(f'minewatch_flow_table_entries{{source="{name}"}}') == 1
        assert running.metric('minewatch_statements_total{state="opened"}') == 1
        assert running.metric(f'minewatch_signature_info{{fingerprint="{load().fingerprint}"}}') == 1
        assert running.metric('minewatch_shed_total{kind="heads"}') == 0
        assert running.get("/").status_code == 404


def test_down_when_no_worker_lives(source: dict[str, Any], tmp_path: Path, log: list[Any]) -> None:
    source["workers"]["restart_first_s"] = 30.0
    with daemon(tmp_path, log, source) as running:
        running.wait(lambda: running.get("/health").status_code == 200)
        os.kill(processes.children(os.getpid())[0], signal.SIGKILL)
        running.wait(lambda: running.get("/health").status_code == 503)
        assert running.metric("minewatch_up") == 0
        assert list(running.get("/health").json()["sources"].values()) == ["restarting"]


def test_an_interface_that_is_not_there_is_waited_for(tmp_path: Path, log: list[Any]) -> None:
    document = {"sources": [{"interface": {"name": "nowhere0"}}], "workers": {"restart_first_s": 0.05}}
    with daemon(tmp_path, log, document) as running:
        running.heard("worker.failed", 2)
        assert "nowhere0: " in running.heard("worker.failed")["reason"]
        assert running.get("/health").status_code == 503
    assert running.fault == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "signatures"
    shutil.copytree(SHIPPED, place)
    return place


def one_less(folder: Path) -> None:
    min((folder / "protocols").rglob("*.yml")).unlink()


def spoilt(folder: Path) -> None:
    (folder / "protocols" / "spoilt.yml").write_text("id: no\n")


def shrunk(folder: Path) -> None:
    for path in list((folder / "protocols").rglob("*.yml"))[8:]:
        path.unlink()


def emptied(folder: Path) -> None:
    for path in [*(folder / "pools").glob("*.yml")]:
        path.unlink()


CHANGES = [
    pytest.param(one_less, "", id="one less"),
    pytest.param(spoilt, "spoilt.yml", id="a file that is none"),
    pytest.param(shrunk, "the old one stays", id="more than half gone"),
    pytest.param(emptied, "the old one stays", id="no indicator left"),
]


@pytest.mark.parametrize("by_signal", [True, False], ids=["SIGHUP", "poll"])
@pytest.mark.parametrize(("change", "refused"), CHANGES)
def test_a_changed_set(
    source: dict[str, Any], tmp_path: Path, log: list[Any], folder: Path, change: Any, refused: str, by_signal: bool
) -> None:
    source |= {"signatures": str(folder), "reload": {"poll_s": 0 if by_signal else 0.1}}
    before = load(folder).fingerprint
    with daemon(tmp_path, log, source) as running:
        running.wait(running.lines, "first statement")
        change(folder)
        if by_signal:
            running.asked.reload.set()
        if refused:
            assert refused in running.heard("signatures.refused")["reason"]
            at_work, result = before, "refused"
        else:
            running.heard("signatures.reloaded")
            at_work, result = load(folder).fingerprint, "ok"
        running.wait(lambda: running.metric(f'minewatch_signature_reloads_total{{result="{result}"}}') == 1)
        assert running.metric(f'minewatch_signature_info{{fingerprint="{at_work}"}}') == 1
        # A worker that comes later reads the set at work, whatever the folder holds by then.
        os.kill(processes.children(os.getpid())[0], signal.SIGKILL)
        running.heard("worker.died")
        running.wait(lambda: running.get("/health").json()["status"] == "ok")
        assert running.get("/health").json()["fingerprint"] == at_work
    assert [line["state"] for line in running.lines()] == ["opened", "closed"]
