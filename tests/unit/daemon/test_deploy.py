"""Do the files for operators speak of what is really there?"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest

from sensor.daemon.board import Board, QueueBoard, SourceBoard
from sensor.daemon.metrics import registry
from sensor.model.heartbeat import SourceState
from sensor.sinks.spool import SpoolCounters
from sensor.sinks.uplink import UplinkCounters

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
ALERTS, GRAFANA = DEPLOY / "prometheus" / "alerts.yml", DEPLOY / "grafana" / "board.json"
UNITS = {"minewatch-sensor.service": 2.5, "minewatch-collector.service": 1.5}
"""Highest exposure that ``systemd-analyze security`` may find."""
FULL = Board(
    at_ns=0,
    engine="portable",
    fingerprint="ab" * 32,
    signature_age_s=5,
    clock_error_ms=1.0,
    sources=(SourceBoard('et"h\n0', SourceState.READING, 1, 0, {"packets": 3}),),
    queue=QueueBoard(1, 2, 3.0, SpoolCounters(), UplinkCounters()),
    sessions={("stratum-v1", "confirmed"): 1},
    statements={"opened": 1},
)


def told() -> set[str]:
    """The names that a scrape shows."""
    text = generate_latest(registry(lambda: FULL)).decode()
    return {re.split(r"[{ ]", line)[0] for line in text.splitlines() if not line.startswith("#")}


def asked(path: Path) -> set[str]:
    """The names that a file asks for."""
    return set(re.findall(r"minewatch_[a-z0-9_]+", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", [ALERTS, GRAFANA], ids=lambda path: path.name)
def test_every_metric_asked_for_is_there(path: Path) -> None:
    assert asked(path)
    assert asked(path) - told() == set()


def test_every_metric_that_is_there_is_shown() -> None:
    assert told() - asked(GRAFANA) == set()


def test_the_board_is_whole() -> None:
    board = json.loads(GRAFANA.read_text(encoding="utf-8"))
    assert [panel["title"] for panel in board["panels"] if not panel["targets"]] == []
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_every_alert_says_what_it_means() -> None:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 10
    for rule in rules:
        assert re.search(r"[\u4e00-\u9fff]", rule["annotations"]["summary"]), rule["alert"]
        assert rule["labels"]["severity"] in {"warning", "critical"}


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None and os.environ.get("CI") != "true":
        pytest.skip(f"{name} is not installed")
    assert found, f"{name} is not installed"
    return found


def test_prometheus_reads_the_rules() -> None:
    done = subprocess.run([tool("promtool"), "check", "rules", str(ALERTS)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("name", "most"), UNITS.items())
def test_systemd_reads_the_unit(name: str, most: float, tmp_path: Path) -> None:
    analyze = tool("systemd-analyze")
    text = (DEPLOY / "systemd" / name).read_text(encoding="utf-8")
    unit = tmp_path / name
    unit.write_text(text.replace("/opt/minewatch/bin/minewatch", "/bin/true"), encoding="utf-8")
    done = subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True)
    assert [line for line in done.stderr.splitlines() if name in line] == []
    done = subprocess.run([analyze, "security", "--offline=true", str(unit)], capture_output=True, text=True)
    said = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert said, done.stderr
    assert float(said[1]) <= most
    assert f"exposure {said[1]}" in text
