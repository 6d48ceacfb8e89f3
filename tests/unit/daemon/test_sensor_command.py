"""What does ``minewatch sensor`` say, and with which status does it end?"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sensor.behaviour.model import load_model
from sensor.cli.main import main
from sensor.signature.location import shipped_folder
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import compose

MODEL = shipped_folder() / "models" / "behaviour-5.json"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write_pcap(tmp_path / "in.pcap", compose("stratum-v1", 1, duration_s=30.0).rows)
    path = tmp_path / "sensor.yaml"
    path.write_text("sensor: {id: s1}\nsources:\n    - capture: in.pcap\njsonl: {path: out.jsonl}\n")
    return path


def test_check_says_what_it_will_do(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sensor", "-c", str(config), "--check"]) == 0
    said = capsys.readouterr().out
    assert "in.pcap" in said.replace("\n", "")
    assert "configuration is usable" in said
    assert not (config.parent / "out.jsonl").exists()


def test_check_says_which_model_judges(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(config.read_text() + f"behaviour: {{model: {MODEL}}}\n")
    assert main(["sensor", "-c", str(config), "--check"]) == 0
    assert load_model(MODEL).label in capsys.readouterr().out


@pytest.mark.parametrize("extra", [[], ["--check"]])
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("limit: 3", ":5: limit: unknown option; did you mean 'limits'?"),
        ("signatures: nowhere", "nowhere: there is no such folder"),
        ("behaviour: {model: nowhere.json}", "nowhere.json: cannot be read"),
        ("behaviour: {model: in.pcap}", "in.pcap: not JSON"),
    ],
)
def test_faults_end_with_2(
    config: Path, capsys: pytest.CaptureFixture[str], line: str, message: str, extra: list[str]
) -> None:
    config.write_text(config.read_text() + line + "\n")
    assert main(["sensor", "-c", str(config), *extra]) == 2
    said = capsys.readouterr().err
    assert said.startswith("minewatch: error: ")
    assert message in said


def test_no_such_file_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sensor", "-c", str(tmp_path / "nowhere.yaml")]) == 2
    assert "nowhere.yaml: cannot be read" in capsys.readouterr().err


def start(config: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sensor.cli.main", "sensor", "-c", str(config)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_a_process_ends_0_when_all_is_read(config: Path) -> None:
    with start(config) as process:
        assert process.stderr
        entries = [json.loads(line) for line in process.stderr]
    assert process.returncode == 0
    assert [entry["event"] for entry in entries] == [
        "sensor.started",
        "worker.reading",
        "source.ended",
        "sensor.ended",
    ]
    assert len((config.parent / "out.jsonl").read_text().splitlines()) == 2


def test_a_process_that_judges_behaviour_ends_0(config: Path) -> None:
    config.write_text(config.read_text() + f"behaviour: {{model: {MODEL}, after_s: 5, min_messages: 2}}\n")
    with start(config) as process:
        process.communicate()
    assert process.returncode == 0
    assert len((config.parent / "out.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(config: Path, number: signal.Signals) -> None:
    config.write_text(config.read_text().replace("in.pcap", "in.pcap\n      pace: realtime"))
    out = config.parent / "out.jsonl"
    with start(config) as process:
        deadline_s = time.monotonic() + 20
        while time.monotonic() < deadline_s and not (out.exists() and out.read_bytes()):
            time.sleep(0.05)
        process.send_signal(number)
        process.communicate(timeout=10)
    assert process.returncode == 0
    assert [json.loads(line)["state"] for line in out.read_text().splitlines()] == ["opened", "closed"]
