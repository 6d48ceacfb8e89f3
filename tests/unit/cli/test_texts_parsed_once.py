"""Does every command that a person starts go by what the last start knew of the signatures' texts?"""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor.cli.main import main
from sensor.config.verify import VerifyOptions
from sensor.signature import remembered
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build
from sensor.verify.log import VerifyLog

START_NS = 1_767_225_600_000_000_000
FOUND = 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A capture to look at, and a log to replay."""
    write_pcap(tmp_path / "mining.pcap", build("cryptonote", 1, START_NS))
    with VerifyLog(tmp_path / "verify.jsonl", VerifyOptions(source_address="127.0.0.2")):
        return tmp_path


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--version"], 0),
        (["scan", "{}/mining.pcap"], FOUND),
        (["audit", "{}/mining.pcap", "-o", "{}/report.json"], FOUND),
        (["explain", "{}/mining.pcap", "-o", "{}/told", "--format", "json"], 0),
        (["verify", "--replay", "{}/verify.jsonl"], 0),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_no_text_is_parsed_twice(
    words: list[str], status: int, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MINEWATCH_CACHE", str(folder / "cache"))
    parsed = []
    monkeypatch.setattr(remembered, "parse_yaml", lambda text: parsed.append(text) or parse(text))
    told = [word.format(folder) for word in words]
    assert main(told) == status, capsys.readouterr().err
    assert parsed, "the first start knows no text"
    parsed.clear()
    assert main(told) == status, capsys.readouterr().err
    assert not parsed


parse = remembered.parse_yaml
