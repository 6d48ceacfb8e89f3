"""What a reader is told of a verdict and an estimate, word for word. A changed text is a changed file here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sensor.capture import open_capture
from sensor.cli.explain.output import as_text
from sensor.cli.explain.view import sections
from sensor.engine.select import choose_engine
from sensor.explain.pick import flow_of
from sensor.explain.run import explain
from sensor.model.bilingual import Lang
from sensor.signature import load
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build

HERE = Path(__file__).parent
START_NS = 1_767_225_600_000_000_000
SHOWN = {
    Lang.ZH: ("为何如此判定", "评分", "估算的算式"),
    Lang.EN: ("Why this verdict", "Score", "The estimate's arithmetic"),
}


@pytest.mark.parametrize("lang", [Lang.ZH, Lang.EN])
@pytest.mark.parametrize("scenario", ["cryptonote", "stratum-v1"])
def test_text(scenario: str, lang: Lang, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    capture = tmp_path / "capture.pcap"
    write_pcap(capture, build(scenario, 1, START_NS))
    pick = flow_of("192.0.2.10:49152-198.51.100.7:3333")
    with open_capture(capture) as source:
        told = explain(source, pick, choose_engine(os.environ), load(), tmp_path)
    parts = sections(told, lang, max_messages=10, flow_only=True)
    shown = as_text([part for part in parts if part.title in SHOWN[lang]]).decode()
    golden = HERE / f"{scenario}.{lang}.txt"
    assert [line.rstrip() for line in shown.splitlines()] == golden.read_text(encoding="utf-8").splitlines()
