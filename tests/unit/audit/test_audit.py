"""`minewatch audit` over a small machine room: who mines, where conflicts lie, and what was not seen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
import room_kit as kit

from sensor.audit.advice import Cause
from sensor.audit.assets import read_assets
from sensor.audit.run import AuditReport, Finding, audit
from sensor.audit.source import Captures
from sensor.cli.audit.coverage import coverage_rows
from sensor.cli.audit.items import ITEMS, Item
from sensor.cli.audit.view import COLUMNS
from sensor.cli.audit.words import CHOICES
from sensor.cli.main import main
from sensor.engine.portable import PortableEngine
from sensor.engine.select import choose_engine
from sensor.model.bilingual import Lang, Words
from sensor.signature import load
from sensor.simulate.pcap import write_pcap

MADE_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOME = ("192.0.2.0/24",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("audit")
    kit.write_room(made)
    write_pcap(made / "quiet.pcap", [kit.arp(1, "192.0.2.11", kit.SERVER)])
    write_pcap(made / "nothing.pcap", [])
    return made


@pytest.fixture(scope="module")
def report(folder: Path) -> AuditReport:
    return _audit(folder, ["room.pcap"])


def _audit(folder: Path, names: list[str], *, with_table: bool = True, engine: object = None) -> AuditReport:
    table = read_assets(folder / "assets.csv") if with_table else None
    paths = [str(folder / name) for name in names]
    chosen = engine or choose_engine(os.environ)
    return audit(Captures(paths), paths, table, chosen, load(), made_at=MADE_AT, home_networks=HOME)  # type: ignore[arg-type]


def _by_ip(report: AuditReport) -> dict[str, Finding]:
    return {finding.place.ip: finding for finding in report.findings}


MACHINES = [
    ("192.0.2.11", "web-01", "A机房-03柜-12U", "row 2", False, Cause.CPU),
    ("192.0.2.12", "gpu-07", "B机房-01柜-20U", "(ARP, sender of its frames)", True, Cause.GPU),
    ("192.0.2.150", "lab-pc-3", "实验楼-302", "(DHCP, sender of its frames)", False, Cause.ASIC),
    ("192.0.2.15", "reader-pc", "行政楼-501", "row 7", False, Cause.SUSPICION),
]


@pytest.mark.parametrize(("ip", "machine", "rack", "basis", "conflict", "cause"), MACHINES)
def test_a_machine_of_the_table_is_found(
    ip: str, machine: str, rack: str, basis: str, conflict: bool, cause: Cause, report: AuditReport
) -> None:
    finding = _by_ip(report)[ip]
    asset = finding.place.asset
    assert asset is not None
    assert (asset.machine, asset.rack) == (machine, rack)
    assert basis in " ".join(words.en for words in finding.place.basis)
    assert bool(finding.place.conflicts) is conflict
    assert finding.cause is cause
    assert finding.advice


STRANGERS = [
    ("192.0.2.77", (kit.STRANGER,), ("alice-nuc",), "look its MAC address up"),
    ("192.0.2.201", (), (), "came through a router"),
]


@pytest.mark.parametrize(("ip", "macs", "names", "basis"), STRANGERS)
def test_a_machine_that_no_row_leads_to(
    ip: str, macs: tuple[str, ...], names: tuple[str, ...], basis: str, report: AuditReport
) -> None:
    finding = _by_ip(report)[ip]
    assert finding.place.asset is None
    assert (finding.place.macs, finding.place.names) == (macs, names)
    assert basis in finding.place.basis[0].en
    assert "No asset row leads to this machine" in finding.advice[0].en
    assert ip in {each.ip for each in report.unknown}


def test_an_address_that_is_not_ours_asks_for_our_networks(folder: Path) -> None:
    paths, table = [str(folder / "room.pcap")], read_assets(folder / "assets.csv")
    report = audit(Captures(paths), paths, table, PortableEngine(), load(), made_at=MADE_AT)
    assert "--home-net" in _by_ip(report)["192.0.2.77"].place.basis[0].en
    assert _by_ip(report)["192.0.2.11"].place.asset is not None, "an address of the table is ours"


def test_a_conflict_follows_the_link_and_says_so(report: AuditReport) -> None:
    (conflict,) = _by_ip(report)["192.0.2.12"].place.conflicts
    assert "打印服务器" in conflict.zh
    assert "gpu-07" in conflict.en
    assert "on the spot" in _by_ip(report)["192.0.2.12"].advice[0].en


def test_what_was_not_seen(report: AuditReport) -> None:
    assert [asset.machine for asset in report.never_seen] == ["打印服务器", "db-02"]
    assert report.machines == 5
    assert len(report.leads) == 1
    assert report.flows.encrypted == 1
    assert report.table is not None
    assert [fault.row for fault in report.table.faults] == [8]


def test_both_engines_report_the_same(folder: Path, report: AuditReport) -> None:
    other = _audit(folder, ["room.pcap"], engine=PortableEngine())
    assert [each.detection for each in other.findings] == [each.detection for each in report.findings]
    assert [each.place for each in other.findings] == [each.place for each in report.findings]


def test_captures_that_follow_each_other_are_one_look(folder: Path, report: AuditReport, tmp_path: Path) -> None:
    rows = kit.room()
    write_pcap(tmp_path / "2.pcap", rows[len(rows) // 2 :])
    write_pcap(tmp_path / "1.pcap", rows[: len(rows) // 2])
    (tmp_path / "assets.csv").write_text(kit.TABLE, encoding="utf-8")
    joined = _audit(tmp_path, ["2.pcap", "1.pcap"])
    assert [each.detection for each in joined.findings] == [each.detection for each in report.findings]


NOTES = [
    (["room.pcap"], True, {Item.SPAN, Item.ENCRYPTED, Item.NEVER_SEEN, Item.UNLISTED, Item.FAULTS}),
    (["quiet.pcap"], False, {Item.SPAN, Item.NO_TABLE}),
    (["nothing.pcap"], False, {Item.NOTHING, Item.NO_TABLE}),
]


@pytest.mark.parametrize(("names", "with_table", "notes"), NOTES)
def test_coverage_marks_what_the_conclusion_leaves_out(
    names: list[str], with_table: bool, notes: set[Item], folder: Path
) -> None:
    rows = coverage_rows(_audit(folder, names, with_table=with_table))
    assert {row.item for row in rows if row.is_note} == {ITEMS[item].name for item in notes}
    assert all("{" not in row.meaning.zh + row.meaning.en for row in rows)


EXITS = [
    (["room.pcap"], [], 1),
    (["quiet.pcap"], [], 0),
    (["nothing.pcap"], [], 0),
    (["missing.pcap"], [], 2),
    (["assets.csv"], [], 2),
    (["quiet.pcap"], ["-i", "lo"], 2),
    ([], [], 2),
    (["quiet.pcap"], ["-o", "report.pdf"], 2),
    (["quiet.pcap"], ["-o", "no-such-folder/report.html"], 2),
    (["quiet.pcap"], ["--assets", "missing.csv"], 2),
    (["quiet.pcap"], ["--home-net", "x"], 2),
]


@pytest.mark.parametrize(("captures", "options", "status"), EXITS)
def test_exit_status(
    captures: list[str],
    options: list[str],
    status: int,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    assert main(["audit", *captures, *options, "-o", "out.html"]) == status
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert status < 2 or "minewatch: error: " in err


@pytest.fixture(scope="module", params=list(Lang))
def written(request: pytest.FixtureRequest, folder: Path) -> tuple[Lang, Path]:
    """Both reports of the room in one language, written by the command itself."""
    lang: Lang = request.param
    made = folder / lang.value
    made.mkdir()
    words = [
        "audit",
        folder / "room.pcap",
        "--assets",
        folder / "assets.csv",
        "--home-net",
        HOME[0],
        "--lang",
        lang.value,
    ]
    words += ["-o", made / "r.html", "-o", made / "r.xlsx", "--unit", '=HYPERLINK("x")某校']
    done = subprocess.run([sys.executable, "-m", "sensor.cli.main", *map(str, words)], check=False, capture_output=True)
    assert done.returncode == 1, done.stderr
    return lang, made


def test_the_page_stands_alone(written: tuple[Lang, Path]) -> None:
    lang, made = written
    page = (made / "r.html").read_text(encoding="utf-8")
    assert not re.findall(r"<script|<link|<img|src=|url\(|https?://", page)
    assert ("At a glance" in page) is (lang is not Lang.ZH)
    assert ("一览" in page) is (lang is not Lang.EN)
    for word in ("web-01", "alice-nuc", "gpu-07", "@page { size: A4"):
        assert word in page


def test_the_form_is_that_of_the_self_audit(written: tuple[Lang, Path]) -> None:
    lang, made = written
    book = openpyxl.load_workbook(made / "r.xlsx")
    form = book.worksheets[0]
    first, last = (("自查表", "Self-audit"), ("覆盖情况", "Coverage")), (("填报说明", "Guide"), ("字典", "Dictionary"))
    assert book.sheetnames[:2] == [Words(*pair).told(lang) for pair in first]
    assert book.sheetnames[-2:] == [Words(*pair).told(lang) for pair in last]
    assert form.freeze_panes == "C6"
    assert form.page_setup.orientation == "landscape"
    assert form.page_setup.paperSize == 9
    lists = [rule.formula1 for rule in form.data_validations.dataValidation if rule.type == "list"]
    assert len(lists) == len(CHOICES) + 1
    assert all(len(formula) <= 257 for formula in lists), "a spreadsheet refuses longer lists"
    assert form.max_row == 5 + 6 + 3
    assert form.max_column == len(COLUMNS) + 1


def test_every_cell_is_text_and_none_is_a_formula(written: tuple[Lang, Path]) -> None:
    book = openpyxl.load_workbook(written[1] / "r.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not [cell.value for cell in cells if str(cell.value).startswith(("=", "+", "-", "@"))]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)


def test_rows_are_high_enough_for_their_text(written: tuple[Lang, Path]) -> None:
    form = openpyxl.load_workbook(written[1] / "r.xlsx").worksheets[0]
    for number, row in enumerate(form.iter_rows(min_row=6, max_row=11, values_only=True), 6):
        lines = max(str(text or "").count("\n") + 1 for text in row)
        assert (form.row_dimensions[number].height or 0) >= 13 * lines


def test_words_off_the_wire_stay_words(folder: Path, tmp_path: Path) -> None:
    data = (folder / "room.pcap").read_bytes()
    assert data.count(b"alice-nuc")
    (tmp_path / "p.pcap").write_bytes(data.replace(b"alice-nuc", b"<b>&x</b>"))
    main(["audit", str(tmp_path / "p.pcap"), "--home-net", HOME[0], "-o", str(tmp_path / "r.html")])
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;x&lt;/b&gt;" in page
