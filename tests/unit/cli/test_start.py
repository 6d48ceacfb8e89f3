"""Does a scan load only what it uses? Its start is a part of every small capture's time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build

PORTABLE = {"dpkt", "sensor.engine.portable"}
START_NS = 1_767_225_600_000_000_000
SCAN_AND_SHOW = """
import gc, sys
from sensor.cli.main import main
status = main(["scan", *sys.argv[1:]])
print(*sys.modules, file=sys.stderr)
print(status, gc.isenabled(), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("start")
    for scenario in ("electrum", "stratum-v1"):
        write_pcap(folder / f"{scenario}.pcap", build(scenario, 1, START_NS))
    return folder


def _scan(folder: Path, *arguments: str) -> tuple[set[str], str, str]:
    """The modules that are loaded at the end, the output, and the exit status with whether garbage is looked for."""
    command = [sys.executable, "-c", SCAN_AND_SHOW, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    modules, end = done.stderr.splitlines()[-2:]
    return set(modules.split()), done.stdout, end


@pytest.fixture(scope="module")
def mining(folder: Path) -> set[str]:
    """Of a second scan, whose result is JSON."""
    _scan(folder, "stratum-v1.pcap", "--format", "json")
    loaded, output, end = _scan(folder, "stratum-v1.pcap", "--format", "json")
    assert '"dialect":"stratum-v1"' in output
    assert end == "1 True"
    return loaded


@pytest.mark.parametrize(
    "module",
    [
        "Crypto",
        "concurrent.futures.process",
        "cryptography",
        "dpkt",
        "jinja2",
        "multiprocessing",
        "openpyxl",
        "rich",
        "scapy",
        "sensor.behaviour.model",
        "sensor.cli.render.columns",
        "sensor.engine.portable",
        "sensor.model.yamlbuild",
        "yaml",
    ],
)
def test_left_for_its_first_use(module: str, mining: set[str]) -> None:
    if module in PORTABLE and "sensor.engine.native" not in mining:
        pytest.skip("the native engine is not built, and this is what the portable one needs")
    assert module not in mining


def test_nothing_found_is_said_without_a_table(folder: Path) -> None:
    loaded, output, end = _scan(folder, "electrum.pcap")
    assert (output, end) == ("0 条挖矿 · mining sessions: 0, suspected: 0\n", "0 True")
    assert "rich" not in loaded


def test_what_changed_is_parsed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINEWATCH_CACHE", "off")
    assert "sensor.model.yamlbuild" in _scan(folder, "electrum.pcap")[0]
