"""What IT staff are told of coverage, place and next steps, word for word. A changed text is a changed file here."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sensor.audit.assets import read_assets
from sensor.audit.run import AuditReport, audit
from sensor.audit.source import Captures
from sensor.cli.audit import view
from sensor.cli.audit.coverage import coverage_rows
from sensor.cli.audit.items import ITEMS, Item
from sensor.engine.select import choose_engine
from sensor.model.bilingual import Lang
from sensor.model.flow import Endpoint
from sensor.signature import load
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build

HERE = Path(__file__).parent
ASSETS = HERE.parents[2] / "configs" / "assets.csv"
START_NS = 1_767_225_600_000_000_000


@pytest.mark.parametrize("lang", [Lang.ZH, Lang.EN])
@pytest.mark.parametrize(("name", "scenario"), [("mining", "cryptonote"), ("nothing", "electrum")])
def test_text(name: str, scenario: str, lang: Lang, tmp_path: Path) -> None:
    capture = tmp_path / "room.pcap"
    write_pcap(capture, build(scenario, 1, START_NS, client=Endpoint("192.0.2.11", 49_152)))
    report = audit(
        Captures([str(capture)]),
        ["room.pcap"],
        read_assets(ASSETS),
        choose_engine(os.environ),
        load(),
        made_at=datetime(2026, 1, 2, tzinfo=UTC),
        home_networks=("192.0.2.0/24",),
    )
    golden = HERE / f"{name}.{lang}.txt"
    assert _told(report, lang) == golden.read_text(encoding="utf-8")


def _told(report: AuditReport, lang: Lang) -> str:
    lines = [view.conclusion(report).told(lang), ""]
    for finding in report.findings:
        for cell in (view.machine, view.verdict, view.located, view.advice):
            lines += [cell(finding, lang), ""]
    lines += [
        f"{'!' if row.is_note else ' '} {row.item.told(lang)} | {row.value.told(lang)} | {row.meaning.told(lang)}"
        for row in coverage_rows(report)
        if row.item is not ITEMS[Item.VERSION].name
    ]
    return "\n".join(lines) + "\n"
