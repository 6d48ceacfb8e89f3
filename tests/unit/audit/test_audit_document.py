"""What does an audit tell a program: the document, and how far it is?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import room_kit as kit

from sensor.audit.source import Milestones
from sensor.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("audit-document")
    kit.write_room(made)
    return made


def test_the_document_tells_machine_rack_and_limits(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "report.json"
    status = main(["audit", str(folder / "room.pcap"), "--assets", str(folder / "assets.csv"), "-o", str(out)])
    told = json.loads(out.read_bytes())
    assert status == 1
    by_ip = {one["ip"]: one for one in told["findings"]}
    assert (by_ip["192.0.2.11"]["machine"], by_ip["192.0.2.11"]["rack"]) == ("web-01", "A机房-03柜-12U")
    assert by_ip["192.0.2.12"]["conflicts"]
    assert by_ip["192.0.2.15"]["verdict"] == "suspected"
    assert told["sessions"] + told["leads"] == len(told["findings"])
    assert told["asset_faults"] == 1
    assert any(row["is_note"] for row in told["coverage"])
    assert "progress" not in capsys.readouterr().err


def test_progress_rises_and_is_told_on_request_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["audit", str(folder / "room.pcap"), "-o", str(folder / "again.json"), "--progress"])
    told = [int(text) for text in re.findall(r"^progress (\d+)$", capsys.readouterr().err, re.MULTILINE)]
    assert told == sorted(set(told))
    assert all(0 < percent < 100 for percent in told)


@pytest.mark.parametrize(
    ("shares", "told"),
    [
        ([0.1, 0.1, 0.105, 0.5], [10, 50]),
        ([0.0, 0.0], []),
        ([1.0, 1.0], [99]),
    ],
)
def test_each_percent_is_told_once(shares: list[float], told: list[int]) -> None:
    heard: list[int] = []
    left = iter(shares)
    milestones = Milestones(lambda: next(left), heard.append)
    for _ in range(1000 * len(shares)):
        milestones.look(None)  # type: ignore[arg-type]  # it counts frames, whatever they are
    assert heard == told
