"""Is a weekly list complete, frozen, and the same bytes each time?"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import openpyxl
import pytest
from jiaxing import WEEK, moment, tell

from collector.cases.models import Lead
from collector.faults import CollectorError
from collector.ingest.models import Detection
from collector.lists.models import ListIssue
from collector.lists.render.bundle import bundle
from collector.lists.render.columns import COLUMNS
from collector.lists.services import freeze
from collector.lists.week import parse_week
from collector.registry.models import OwnershipRecord

Make = Callable[..., Any]

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "lists"
MONDAY_AFTER = moment("2026-11-23 08:30")

pytestmark = pytest.mark.usefixtures("divisions")


@pytest.fixture
def jiaxing(own: Make, detect: Make) -> None:
    tell(own, detect)


def frozen(division: str = "330400", now: datetime = MONDAY_AFTER, week: str = WEEK) -> ListIssue:
    return freeze(parse_week(week), division, now).issue


def unzip(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def snapshot_of(issue: ListIssue, ip: str) -> dict[str, Any]:
    (found,) = (row.snapshot for row in issue.rows.all() if row.snapshot["ip"] == ip)
    return dict(found)


@pytest.mark.parametrize(
    ("lang", "name", "golden"),
    [
        ("zh", "MW-330400-2026W47-01.csv", "jiaxing.zh.csv"),
        ("en", "MW-330400-2026W47-01.en.csv", "jiaxing.en.csv"),
        ("zh", "MW-330400-2026W47-01.ndjson", "jiaxing.ndjson"),
        ("en", "MW-330400-2026W47-01.en.ndjson", "jiaxing.ndjson"),
    ],
)
def test_golden(jiaxing: None, lang: Literal["zh", "en"], name: str, golden: str) -> None:
    assert unzip(bundle(frozen(), lang).data)[name].decode() == (GOLDEN / golden).read_bytes().decode()


@pytest.mark.parametrize(
    ("division", "hosts"),
    [
        ("330402", {"203.0.113.9", "203.0.113.30", "203.0.113.40", "198.18.7.7"}),
        ("330481", {"203.0.113.20"}),
        (
            "330400",
            {"203.0.113.9", "203.0.113.20", "203.0.113.30", "203.0.113.40", "203.0.113.50", "198.18.7.7"}
            | {"2001:db8:5:1::77"},
        ),
        ("330100", {"203.0.113.60"}),
    ],
)
def test_a_list_is_its_division_and_all_below(jiaxing: None, division: str, hosts: set[str]) -> None:
    assert {row.snapshot["ip"] for row in frozen(division).rows.all()} == hosts


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("203.0.113.9", {"category": "stock", "detections": 3, "shares_submitted": 340, "confidence": 0.98}),
        ("203.0.113.9", {"first_seen": "2026-11-10T01:00:00.000Z", "last_seen": "2026-11-22T15:59:59.999Z"}),
        ("203.0.113.9", {"hashrate": [{"unit": "H/s", "low": 1.8e14, "high": 2.6e14}]}),
        ("203.0.113.9", {"energy_kwh": {"low": 16.0, "high": 32.0}}),  # eight of ten hours lie in the week
        ("203.0.113.30", {"energy_kwh": None}),
        ("203.0.113.9", {"ports": [50001, 50002, 50003, 50010]}),
        ("203.0.113.9", {"department": {"zh": "文化广电旅游部门", "en": "Culture and tourism"}, "due": "2026-11-29"}),
        ("203.0.113.20", {"category": "relapse", "verdict": "probable", "coins": [], "algorithms": []}),
        ("203.0.113.40", {"status": "conflict", "rivals": ["甲科技有限公司", "乙贸易有限公司"], "unit_name": ""}),
        ("203.0.113.50", {"status": "unknown", "unit_name": "", "confidence": 0.0, "category": "new"}),
        ("198.18.7.7", {"unit_name": "张**", "address": "浙江省嘉兴市南湖区紫阳街**号*幢***室"}),
        ("198.18.7.7", {"subscriber": "*********1234", "masked": True}),
        ("2001:db8:5:1::77", {"status": "auto", "unit_name": "", "subscriber": "**********8877"}),
    ],
)  # fmt: skip
def test_row(jiaxing: None, ip: str, expected: dict[str, Any]) -> None:
    row = snapshot_of(frozen(), ip)
    assert {key: row[key] for key in expected} == expected


def test_the_same_issue_is_the_same_bytes_later(jiaxing: None) -> None:
    issue = frozen()
    first = bundle(issue).data
    time.sleep(2.1)  # a ZIP's clock ticks every two seconds
    assert bundle(ListIssue.objects.get(pk=issue.pk)).data == first


def test_freezing_again_gives_the_issue_of_before(jiaxing: None) -> None:
    first = freeze(parse_week(WEEK), "330400", MONDAY_AFTER)
    again = freeze(parse_week(WEEK), "330400", MONDAY_AFTER + timedelta(days=2))
    assert (first.is_new, again.is_new, again.issue) == (True, False, first.issue)
    assert ListIssue.objects.count() == 1


def test_an_import_makes_a_new_version_and_leaves_the_old_one(jiaxing: None, own: Make) -> None:
    first = frozen()
    before = bundle(first).data
    own("line-ledger", "203.0.113.50", unit_name="丙公司", division_code="330402")
    second = frozen()
    assert (second.number, second.version) == ("MW-330400-2026W47-02", 2)
    assert snapshot_of(second, "203.0.113.50")["unit_name"] == "丙公司"
    assert bundle(ListIssue.objects.get(pk=first.pk)).data == before


def test_a_statement_after_the_week_changes_nothing(jiaxing: None, detect: Make) -> None:
    first = frozen()
    detect("203.0.113.50", "2026-11-21 01:00", "2026-11-25 02:00", session="203.0.113.502026-11-21 01:00")
    assert frozen() == first


def test_a_lead_is_one_over_weeks(jiaxing: None, detect: Make) -> None:
    frozen()
    detect("203.0.113.9", "2026-11-24 10:00", "2026-11-24 11:00")
    later = frozen(week="2026-W48", now=moment("2026-11-30 09:00"))
    assert snapshot_of(later, "203.0.113.9")["lead"] == snapshot_of(frozen(), "203.0.113.9")["lead"]
    assert snapshot_of(later, "203.0.113.9")["category"] == "stock"
    assert Lead.objects.get(unit_name="南湖区星云网吧").detections == 5


def test_a_located_session_moves_to_the_units_lead(detect: Make, own: Make) -> None:
    detect("203.0.113.9", "2026-11-18 10:00")
    detect("203.0.113.10", "2026-11-18 10:00")
    assert frozen().row_count == 2
    own("line-ledger", "203.0.113.8/29", unit_name="甲公司")
    assert {row.lead.unit_name for row in frozen().rows.all()} == {"甲公司"}
    assert sorted(Lead.objects.values_list("detections", flat=True)) == [0, 0, 2]


def test_the_same_private_address_at_two_sensors_is_two_leads(detect: Make, sensor: Any) -> None:
    detect("10.0.0.5", "2026-11-18 10:00", session="here")
    elsewhere = type(sensor).objects.create(sensor_id="jx-2", division_code="330481")
    there = detect("10.0.0.5", "2026-11-18 10:00", session="there")
    Detection.objects.filter(pk=there.pk).update(sensor=elsewhere)
    assert frozen().row_count == 2


@pytest.mark.parametrize(
    ("week", "division", "message"),
    [
        ("2026-W54", "330400", "2026-W54"),
        ("2026W47", "330400", "write year and week like 2026-W47"),
        ("2025-W53", "330400", "is no ISO week"),
        ("2026-W49", "330400", "has not begun"),
        (WEEK, "3304", "six digits"),
        (WEEK, "990000", "is no division code"),
        (WEEK, "320500", "not in the register"),
        (WEEK, "３３０４００", "six digits"),
    ],
)
def test_refused(week: str, division: str, message: str) -> None:
    with pytest.raises(CollectorError, match=message):
        freeze(parse_week(week), division, MONDAY_AFTER)


def test_accounts_in_conflict_are_masked(detect: Make, own: Make) -> None:
    own("aaa", "203.0.113.9", "2026-11-18 09:00", "2026-11-18 12:30", subscriber="0573111122223333")
    own("aaa", "203.0.113.9", "2026-11-18 12:30", subscriber="0573444455556666")
    detect("203.0.113.9", "2026-11-18 12:00", "2026-11-18 13:00")
    issue = frozen()
    assert snapshot_of(issue, "203.0.113.9")["rivals"] == ["************3333", "************6666"]
    assert b"05731111" not in b"".join(unzip(bundle(issue).data).values())


def test_the_running_week_is_cut_at_now(detect: Make) -> None:
    detect("203.0.113.9", "2026-11-18 10:00")
    detect("203.0.113.10", "2026-11-19 10:00")
    issue = frozen(now=moment("2026-11-18 12:00"))
    assert (issue.row_count, issue.cutoff) == (1, moment("2026-11-18 12:00"))


def test_sessions_without_a_division_are_counted(detect: Make, sensor: Any) -> None:
    type(sensor).objects.update(division_code="")
    detect("203.0.113.9", "2026-11-18 10:00")
    result = freeze(parse_week(WEEK), "330400", MONDAY_AFTER)
    assert (result.issue.row_count, result.unplaced) == (0, 1)


def test_manifest_names_every_file_and_its_digest(jiaxing: None) -> None:
    files = unzip(bundle(frozen()).data)
    manifest = json.loads(files.pop("manifest.json"))
    assert {row["name"]: row["sha256"] for row in manifest["files"]} == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items()
    }
    assert manifest["counts"]["rows"] == sum(manifest["counts"]["status"].values()) == 7
    assert (manifest["week"], manifest["division"]["code"], manifest["version"]) == (WEEK, "330400", 1)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_workbook(jiaxing: None, lang: Literal["zh", "en"]) -> None:
    issue = frozen()
    (data,) = (data for name, data in unzip(bundle(issue, lang).data).items() if name.endswith(".xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    heading = [cell.value for cell in sheet[3]]
    assert heading == [column.title(lang) for column in COLUMNS]
    body = list(sheet.iter_rows(min_row=4))
    assert len(body) == 7
    assert {cell.data_type for row in body for cell in row} <= {"s", "n"}
    assert all(isinstance(cell.value, str | None) and cell.number_format == "@" for row in body for cell in row)
    assert [row[COLUMNS.index(_column("row_id"))].value for row in body] == [row.row_id for row in issue.rows.all()]
    assert {row[COLUMNS.index(_column("digest"))].value for row in body} == {issue.digest}


def test_workbook_is_ready_to_print_and_fill_in(jiaxing: None) -> None:
    (data,) = (data for name, data in unzip(bundle(frozen()).data).items() if name.endswith(".xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["清单", "填报说明", "字典"]
    sheet = book.worksheets[0]
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.print_title_cols) == ("E4", "$1:$3", "$A:$D")
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    hidden = {COLUMNS[index].key for index, width in enumerate(_widths(sheet)) if width is None}
    assert hidden == {"row_id", "issue_id", "digest"}
    rules = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert '"属实,不属实,待核"' in rules.values()
    assert '"主动,被控,误报,无法定位"' in rules.values()
    assert all(area.endswith("10") for area in rules)
    assert b"numberStoredAsText" in unzip(data)["xl/worksheets/sheet1.xml"]


def test_an_empty_list_is_a_list(db: None) -> None:
    files = unzip(bundle(frozen()).data)
    (data,) = (data for name, data in files.items() if name.endswith(".xlsx"))
    assert openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].max_row == 3
    (text,) = (data.decode("utf-8-sig") for name, data in files.items() if name.endswith(".csv"))
    assert len(list(csv.reader(io.StringIO(text)))) == 1


def test_no_cell_begins_like_a_formula(jiaxing: None) -> None:
    OwnershipRecord.objects.filter(unit_name="甲科技有限公司").update(unit_name="+86")
    files = unzip(bundle(frozen()).data)
    (text,) = (data.decode("utf-8-sig") for name, data in files.items() if name.endswith(".csv"))
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert "'=cmd|' /C calc'!A0" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def _column(key: str) -> Any:
    return next(column for column in COLUMNS if column.key == key)


def _widths(sheet: Any) -> list[float | None]:
    """Width per column, None where hidden; grouped columns are spelled out."""
    widths: list[float | None] = [0.0] * len(COLUMNS)
    for dimension in sheet.column_dimensions.values():
        for index in range(dimension.min - 1, min(dimension.max, len(COLUMNS))):
            widths[index] = None if dimension.hidden else dimension.width
    return widths
