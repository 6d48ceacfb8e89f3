"""`minewatch scan --jobs`: the same output as one after the other, in the same order, with the same complaints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build

START_NS = 1_767_225_600_000_000_000
SCENARIOS = ("cryptonote", "electrum", "stratum-v1")


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("captures")
    for scenario in SCENARIOS:
        write_pcap(folder / f"{scenario}.pcap", build(scenario, 1, START_NS))
    (folder / "cut.pcap").write_bytes((folder / "cryptonote.pcap").read_bytes()[:-7])
    (folder / "text.pcap").write_text("this is no capture")
    return folder


def _scan(folder: Path, names: list[str], jobs: int) -> tuple[int, bytes, bytes]:
    command = [sys.executable, "-m", "sensor.cli.main", "scan", "--format", "json", "--jobs", str(jobs), *names]
    stdin = (folder / "stratum-v1.pcap").read_bytes() if "-" in names else b""
    done = subprocess.run(command, check=False, capture_output=True, cwd=folder, input=stdin)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["cryptonote.pcap", "electrum.pcap"], 1),
        (["electrum.pcap", "cryptonote.pcap", "stratum-v1.pcap", "cryptonote.pcap"], 1),
        (["text.pcap", "cryptonote.pcap", "missing.pcap", "cut.pcap"], 2),
        (["electrum.pcap", "-", "cryptonote.pcap"], 1),
    ],
)
def test_jobs_change_nothing_but_the_time(captures: Path, names: list[str], status: int) -> None:
    one = _scan(captures, names, 1)
    assert one[0] == status
    assert one[1]
    assert _scan(captures, names, 3) == one
