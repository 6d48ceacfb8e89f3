"""Does a scan load only what it uses? Its start is a part of every small capture's time."""

from __future__ import annotations

import subprocess
import sys

import pytest

SHOWN = "import sys, sensor.cli.main, sensor.cli.scan; print(*sys.modules)"


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    return set(subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "Crypto",
        "cryptography",
        "dpkt",
        "jinja2",
        "openpyxl",
        "rich",
        "scapy",
        "sensor.behaviour.model",
        "sensor.engine.portable",
    ],
)
def test_left_for_its_first_use(module: str, loaded: set[str]) -> None:
    assert module not in loaded
