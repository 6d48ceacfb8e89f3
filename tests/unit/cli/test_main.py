"""`minewatch` itself: its release, its help, and what it says to a word it does not know."""

from __future__ import annotations

import os
import re

import pytest

from sensor.cli.main import main
from sensor.engine.select import choose_engine
from sensor.signature import load

SAID = [
    ([], 2, "Commands:"),
    (["--help"], 0, "scan"),
    (["scan", "--help"], 0, "--format"),
    (["nonsense"], 2, "No such command 'nonsense'"),
    (["scan"], 2, "Missing argument"),
    (["scan", "x.pcap", "--format", "yaml"], 2, "'yaml' is not one of"),
]


@pytest.mark.parametrize(("arguments", "status", "said"), SAID)
def test_usage(arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == status
    out, err = capsys.readouterr()
    assert said in re.sub(r"\s+", " ", out + err)
    assert "Traceback" not in out + err


def test_version_tells_release_engine_and_signatures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    line = capsys.readouterr().out
    assert re.match(r"minewatch \d+\.\d+\.\d+ · engine (native|portable) · signatures [0-9a-f]{16}\n", line)
    assert choose_engine(os.environ).name in line
    assert load().short_fingerprint in line
