"""Do the commands lead from imported files to a list, and say what is wrong?"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from collector.cli import app
from collector.faults import CollectorError

LEDGER = "IP地址,开始时间,结束时间,单位名称,地址,区划代码\n"
BEFORE = LEDGER + "203.0.113.9,2026-01-01,,甲公司,中山东路1号,330402\n"
SINCE_10TH = LEDGER + "203.0.113.9,2026-11-10,,乙公司,中山西路2号,330402\n"

pytestmark = pytest.mark.usefixtures("divisions")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def listed(folder: Path) -> list[tuple[str, str]]:
    (path,) = folder.glob("*.zip")
    with zipfile.ZipFile(path) as archive:
        text = archive.read(f"{path.stem}.csv").decode("utf-8-sig")
    return [(row["单位名称"], row["详细地址"]) for row in csv.DictReader(io.StringIO(text))]


@pytest.mark.parametrize(
    ("seen", "week", "unit"),
    [
        ("2026-11-05 12:00", "2026-W45", ("甲公司", "中山东路1号")),
        ("2026-11-18 12:00", "2026-W47", ("乙公司", "中山西路2号")),
        ("2026-11-10 00:00:02", "2026-W46", ("冲突待核：乙公司 / 甲公司", "")),
    ],
    ids=["before", "after", "within the clock's slack"],
)
def test_two_imports_that_overlap(
    seen: str, week: str, unit: tuple[str, str], detect: Callable[..., Any], tmp_path: Path
) -> None:
    for name, text in (("before.csv", BEFORE), ("since.csv", SINCE_10TH)):
        (tmp_path / name).write_text(text, "utf-8")
        assert run("import-line-ledger", tmp_path / name).exit_code == 0
    detect("203.0.113.9", seen)
    result = run("weekly-list", "--week", week, "--division", "330400", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "rows 1" in result.output
    assert listed(tmp_path / "out") == [unit]


def test_an_undone_import_no_longer_names(detect: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "before.csv").write_text(BEFORE, "utf-8")
    imported = run("import-line-ledger", tmp_path / "before.csv")
    detect("203.0.113.9", "2026-11-18 12:00")
    week = ("weekly-list", "--week", "2026-W47", "--division", "330400", "-o")
    run(*week, tmp_path / "first")
    assert run("undo-import", imported.output.split("batch ")[1].split()[0]).exit_code == 0
    assert "MW-330400-2026W47-02" in run(*week, tmp_path / "second").output
    assert listed(tmp_path / "first") == [("甲公司", "中山东路1号")]
    assert listed(tmp_path / "second") == [("未定位", "")]


def test_resolve_tells_what_it_did(detect: Callable[..., Any]) -> None:
    detect("203.0.113.9", "2026-11-18 12:00")
    assert "sessions 1  new or changed answers 1  put with leads 1" in run("resolve").output
    assert "sessions 0  new or changed answers 0  put with leads 0" in run("resolve").output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("weekly-list", "--week", "2026-47", "--division", "330400"), "write year and week like 2026-W47"),
        (("weekly-list", "--week", "2026-W01", "--division", "33"), "six digits"),
        (("weekly-list", "--week", "2999-W01", "--division", "330400"), "has not begun"),
        (("weekly-list", "--week", "2026-W01", "--division", "330400", "-o", "/dev/null/x"), "cannot be written"),
        (("resolve", "--since", "last week"), "is no time"),
    ],
)
def test_a_fault_is_one_line(words: tuple[str, ...], message: str) -> None:
    result = run(*words)
    assert isinstance(result.exception, CollectorError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)
