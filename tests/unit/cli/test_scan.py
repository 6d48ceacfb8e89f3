"""`minewatch scan`: formats, exit statuses, damage, and what it says when something cannot be read."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import openpyxl
import pytest
from backports import zstd

from sensor.cli.main import main
from sensor.model.wire import json_schema
from sensor.simulate.pcap import write_pcap
from sensor.simulate.scenario import build

START_NS = 1_767_225_600_000_000_000


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mining capture, a benign one, and damaged, compressed and broken forms of them."""
    folder = tmp_path_factory.mktemp("captures")
    for scenario in ("cryptonote", "electrum"):
        write_pcap(folder / f"{scenario}.pcap", build(scenario, 1, START_NS))
    whole = (folder / "cryptonote.pcap").read_bytes()
    (folder / "cut.pcap").write_bytes(whole[:-7])
    (folder / "packed.pcap").write_bytes(gzip.compress(whole))
    (folder / "packed-too").write_bytes(zstd.compress(whole))
    (folder / "text.pcap").write_text("this is no capture")
    (folder / "bad-signatures").mkdir()
    (folder / "bad-signatures" / "broken.yml").write_text("id: 1\nname: [\n")
    return folder


def _json(capsysbinary: pytest.CaptureFixture[bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


EXITS = [
    (["cryptonote.pcap"], 1),
    (["electrum.pcap"], 0),
    (["electrum.pcap", "cryptonote.pcap"], 1),
    (["cut.pcap"], 1),
    (["missing.pcap"], 2),
    (["text.pcap"], 2),
    (["missing.pcap", "cryptonote.pcap"], 2),
]


@pytest.mark.parametrize(("names", "status"), EXITS)
def test_exit_status(names: list[str], status: int, captures: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["scan", *(str(captures / name) for name in names), "--format", "json"]) == status
    out, err = capsysbinary.readouterr()
    assert b"Traceback" not in err
    if "cryptonote.pcap" in names:
        assert b'"dialect":"cryptonote"' in out, "one broken capture does not hide what is in the others"


@pytest.mark.parametrize("name", ["cryptonote.pcap", "packed.pcap", "packed-too"])
def test_json_lines_follow_the_schema(name: str, captures: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    main(["scan", str(captures / name), "--format", "json"])
    (line,) = _json(capsysbinary)
    assert line.pop("capture") == str(captures / name)
    jsonschema.validate(line, json_schema())
    assert line["coin"] == "XMR"
    assert line["verdict"] == "confirmed"


def test_damage_is_said_and_what_came_before_is_read(
    captures: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["scan", str(captures / "cut.pcap"), "--format", "json"]) == 1
    out, err = capsysbinary.readouterr()
    assert b"cryptonote" in out
    assert b"warning" in err
    assert b"cut.pcap" in err


FAULTS = [
    (["missing.pcap"], ["missing.pcap", "No such file"]),
    (["text.pcap"], ["text.pcap"]),
    (["cryptonote.pcap", "--home-net", "300.1.1.0/24"], ["--home-net 300.1.1.0/24", "192.0.2.0/24"]),
    (["cryptonote.pcap", "--format", "xlsx"], ["-o FILE.xlsx"]),
    (["cryptonote.pcap", "-o", "no/such/folder/x.json"], ["no/such/folder", "choose another file"]),
    (["cryptonote.pcap", "--signatures", "bad-signatures"], ["broken.yml:"]),
]


@pytest.mark.parametrize(("arguments", "said"), FAULTS)
def test_faults_say_what_and_where(
    arguments: list[str],
    said: list[str],
    captures: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(captures)
    assert main(["scan", *arguments]) == 2
    err = capsys.readouterr().err
    assert all(text in err for text in said), err


@pytest.mark.parametrize(("network", "status"), [("10.0.0.0/8", 0), ("0.0.0.0/0", 1)])
def test_home_net(network: str, status: int, captures: Path) -> None:
    assert main(["scan", str(captures / "cryptonote.pcap"), "--home-net", network]) == status


def test_csv_opens_in_a_spreadsheet(captures: Path, tmp_path: Path) -> None:
    main(["scan", str(captures / "cryptonote.pcap"), "--format", "csv", "-o", str(tmp_path / "out.csv")])
    data = (tmp_path / "out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    heading, row = csv.reader(data.decode("utf-8-sig").splitlines())
    assert dict(zip(heading, row, strict=True))["币种 coin"] == "XMR"


def test_workbook_holds_text_only(captures: Path, tmp_path: Path) -> None:
    main(["scan", str(captures / "cryptonote.pcap"), "--format", "xlsx", "-o", str(tmp_path / "out.xlsx")])
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    cells = list(sheet.iter_rows())
    assert len(cells) == 2
    assert all(isinstance(cell.value, str | None) for row in cells for cell in row)
    assert sheet.freeze_panes == "A2"


def test_page_needs_nothing_from_elsewhere(captures: Path, tmp_path: Path) -> None:
    main(["scan", str(captures / "cryptonote.pcap"), "--format", "html", "-o", str(tmp_path / "out.html")])
    page = (tmp_path / "out.html").read_text()
    assert "确认 confirmed" in page
    assert "http" not in page.replace("http-equiv", "")


def test_stdin_and_a_hundred_captures_in_one_call(captures: Path) -> None:
    one = str(captures / "cryptonote.pcap")
    run = subprocess.run(
        [sys.executable, "-m", "sensor.cli.main", "scan", "-", *[one] * 99, "--format", "json"],
        input=Path(one).read_bytes(),
        capture_output=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (1, b"")
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(lines) == 100
    assert lines[0]["capture"] == "-"
    assert len({line["detection_id"] for line in lines}) == 1
