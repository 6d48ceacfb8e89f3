"""Do the lists beside the weekly one say what their registers, replies and sessions say?"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from core_files import unzip
from jiaxing import WEEK, moment, tell

from collector.cases import casework
from collector.cases.choices import Action, Verdict
from collector.cases.models import Lead
from collector.lists.choices import ListKind
from collector.lists.dispatching import dispatch, receive, recipients, waiting
from collector.lists.models import Dispatch, ListIssue, ListReply
from collector.lists.registers import Commitment, KeyEntry, Project, Referral
from collector.lists.render.bundle import bundle
from collector.lists.services import freeze
from collector.lists.signing import check, load_signer
from collector.lists.standing import closed_before
from collector.lists.week import parse_week
from collector.power.models import MeterReading
from collector.registry.choices import ImportKind
from collector.registry.imports.run import ImportReport, ImportRequest, run_import
from collector.registry.models import ImportBatch, Organisation, Tariff
from collector.settings.config import ImportOptions

Make = Callable[..., Any]
AFTER = moment("2026-11-23 08:30")

pytestmark = pytest.mark.usefixtures("divisions")


@pytest.fixture
def jiaxing(own: Make, detect: Make) -> None:
    tell(own, detect)


def frozen(kind: ListKind, week: str = WEEK, division: str = "330400", now: Any = AFTER) -> ListIssue:
    return freeze(parse_week(week), division, now, kind).issue


def rows(issue: ListIssue) -> list[dict[str, Any]]:
    return [row.snapshot for row in issue.rows.order_by("position")]


def take(kind: ImportKind, path: Path, **how: Any) -> ImportReport:
    return run_import(ImportRequest(kind, path, **how), ImportOptions())


def filled(issue: ListIssue, folder: Path, answers: dict[str, dict[str, str]], name: str = "reply.xlsx") -> Path:
    """The issue's workbook as an office hands it back: cells by heading for some addresses."""
    files = unzip(bundle(issue).data)
    book = openpyxl.load_workbook(io.BytesIO(files[f"{issue.number}.xlsx"]))
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[3]}
    for line in range(4, sheet.max_row + 1):
        for heading, text in answers.get(str(sheet.cell(line, heads["IP地址"]).value), {}).items():
            sheet.cell(line, heads[heading]).value = text
    book.save(folder / name)
    return folder / name


DONE = {
    "是否属实": "属实",
    "原因": "主动",
    "处置措施": "拆除",
    "设备数量": "12",
    "完成时间": "2026-11-22",
    "核查人": "王",
}
NOT_SO = {"是否属实": "不属实", "原因": "误报"}


def test_a_reply_finds_its_rows_and_the_same_again_changes_nothing(jiaxing: None, tmp_path: Path) -> None:
    issue = frozen(ListKind.WEEKLY)
    report = take(ImportKind.LIST_REPLY, filled(issue, tmp_path, {"203.0.113.9": DONE, "203.0.113.20": NOT_SO}))
    assert (report.rows_ok, report.rows_bad, report.rows_odd) == (issue.row_count, 0, issue.row_count - 2)
    again = filled(issue, tmp_path, {"203.0.113.9": DONE, "203.0.113.20": NOT_SO}, "again.xlsx")
    before = list(ListReply.objects.order_by("pk").values())
    take(ImportKind.LIST_REPLY, again, force=True)
    assert list(ListReply.objects.order_by("pk").values()) == before
    told = ListReply.objects.get(row__snapshot__ip="203.0.113.9")
    assert (told.truth, told.cause, told.measure, told.devices) == ("true", "deliberate", "dismantled", 12)


@pytest.mark.parametrize(
    ("answer", "column", "what"),
    [
        ({"是否属实": "maybe"}, "是否属实", "maybe"),
        ({"原因": "主动"}, "是否属实", ""),
        ({"是否属实": "属实", "设备数量": "十二"}, "设备数量", "十二"),
        ({"是否属实": "属实", "完成时间": "上周"}, "完成时间", "上周"),
        ({"行标识": "0000000000000000"}, "row_id", "0000000000000000"),
        ({"IP地址": "203.0.113.99", "是否属实": "属实"}, "ip", "203.0.113.99"),
    ],
    ids=["unknown word", "cause without truth", "no number", "no date", "foreign row", "shifted column"],
)
def test_a_wrong_cell_is_told_with_its_row(
    jiaxing: None, tmp_path: Path, answer: dict[str, str], column: str, what: str
) -> None:
    issue = frozen(ListKind.WEEKLY)
    report = take(ImportKind.LIST_REPLY, filled(issue, tmp_path, {"203.0.113.9": answer, "203.0.113.30": NOT_SO}))
    (fault,) = report.faults
    assert (fault.column, fault.value) == (column, what)
    assert fault.row_no == 3 + issue.rows.get(snapshot__ip="203.0.113.9").position
    assert ListReply.objects.count() == 1


def test_each_county_gets_its_own_file(jiaxing: None, tmp_path: Path) -> None:
    issue = frozen(ListKind.WEEKLY)
    signer = load_signer(tmp_path)
    sent = {one.dispatch.recipient_code: one for one in dispatch(issue, AFTER, signer)}
    assert list(sent) == recipients(issue) == ["330400", "330402", "330481"]
    assert {code: one.dispatch.row_count for code, one in sent.items()} == {"330400": 2, "330402": 4, "330481": 1}
    files = unzip(sent["330402"].file.data)
    assert check(files["manifest.json"], files["manifest.json.sig"], signer.public_pem())
    assert not check(files["manifest.json"] + b" ", files["manifest.json.sig"], signer.public_pem())
    assert b"330481" not in files[f"{issue.number}-330402.ndjson"]
    again = {one.dispatch.recipient_code: one.file.data for one in dispatch(issue, AFTER + timedelta(days=1), signer)}
    assert again == {code: one.file.data for code, one in sent.items()}
    assert Dispatch.objects.count() == 3


def test_a_receipt_is_kept_and_a_reply_ends_the_wait(jiaxing: None, tmp_path: Path) -> None:
    issue = frozen(ListKind.WEEKLY)
    list(dispatch(issue, AFTER))
    receive(issue, "330402", "李四", AFTER)
    assert receive(issue, "330402", "王五", AFTER + timedelta(days=1)).received_by == "李四"
    take(ImportKind.LIST_REPLY, filled(issue, tmp_path, {"203.0.113.9": DONE}))
    assert [one.recipient_code for one in waiting(issue)] == ["330400", "330481"]


def test_what_changed_since_last_week(jiaxing: None, detect: Make, tmp_path: Path) -> None:
    first = frozen(ListKind.WEEKLY)
    take(ImportKind.LIST_REPLY, filled(first, tmp_path, {"203.0.113.30": DONE}))
    detect("203.0.113.9", "2026-11-24 10:00", session="cafe-9")
    detect("203.0.113.70", "2026-11-25 10:00")
    later = moment("2026-11-30 08:00")
    ImportBatch.objects.update(created_at=AFTER)
    second = frozen(ListKind.WEEKLY, "2026-W48", now=later)
    files = unzip(bundle(second).data)
    book = openpyxl.load_workbook(io.BytesIO(files[f"{second.number}.xlsx"]))
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[3]}
    told = {sheet.cell(line, heads["IP地址"]).value: sheet.cell(line, heads["较上周"]).value for line in (4, 5, 6)}
    assert told == {"203.0.113.9": "延续", "203.0.113.52": "新增", "203.0.113.70": "新增"}
    gone = {row[1].value: row[4].value for row in book["较上周"].iter_rows(min_row=2)}
    assert gone["203.0.113.30"] == "销号"
    assert gone["203.0.113.20"] == "本周未见"


def test_a_case_has_the_last_word(jiaxing: None, tmp_path: Path) -> None:
    first = frozen(ListKind.WEEKLY)
    take(ImportKind.LIST_REPLY, filled(first, tmp_path, {"203.0.113.9": DONE, "203.0.113.20": DONE}))
    ImportBatch.objects.update(created_at=AFTER)
    cafe, mould = (Lead.objects.get(unit_name=name) for name in ("南湖区星云网吧", "海宁精工模具有限公司"))
    later = AFTER + timedelta(hours=1)
    no = casework.open_case(cafe.no, "li", AFTER).no
    assert closed_before([cafe.pk, mould.pk], later) == {mould.pk}
    casework.dispatch(no, "li", AFTER)
    for action in (Action.RECEIVE, Action.CHECK):
        casework.move(no, action, "li", AFTER)
    casework.appeal(no, "教学", "unit", AFTER)
    for person in ("wang", "zhao"):
        casework.decide_appeal(no, Verdict.UPHOLD, person, "属实", AFTER)
    assert closed_before([cafe.pk, mould.pk], later) == {cafe.pk, mould.pk}
    assert closed_before([cafe.pk, mould.pk], AFTER) == frozenset()


KEY_FILE = (
    "编号,IP地址,源端口,发现时间,区划代码,应清零日\r\n"
    "ZJ-1,203.0.113.9,,2026-11-16 08:00:00,330402,2026-11-20\r\n"
    "ZJ-2,203.0.113.20,,2026-11-18,330481,2026-11-27\r\n"
    "ZJ-3,203.0.113.20,,2026-11-19,330481,2026-11-27\r\n"
    "ZJ-4,198.51.100.1,,2026-11-18,330100,\r\n"
)


def test_the_provinces_list_is_tied_by_address_and_time(jiaxing: None, tmp_path: Path) -> None:
    (tmp_path / "key.csv").write_bytes(KEY_FILE.encode("gb18030"))
    take(ImportKind.KEY_LIST, tmp_path / "key.csv")
    issue = frozen(ListKind.KEY)
    mould = Lead.objects.get(unit_name="海宁精工模具有限公司").no
    cafe = Lead.objects.get(unit_name="南湖区星云网吧").no
    alone = Lead.objects.get(key="ip:203.0.113.20").no
    assert {row["province_no"]: row["lead"] for row in rows(issue)} == {"ZJ-1": cafe, "ZJ-2": mould, "ZJ-3": alone}
    assert [row["province_no"] for row in rows(issue) if row["overdue"]] == ["ZJ-1"]
    assert (issue.summary["listed"], issue.summary["cleared_percent"]) == (3, 0.0)
    assert KeyEntry.objects.count() == 4


def test_stock_rises_and_the_alarm_tells_why(jiaxing: None, detect: Make, own: Make) -> None:
    base = frozen(ListKind.STOCK).row_count
    for number, week in ((71, "2026-W48"), (72, "2026-W49")):
        own("line-ledger", f"203.0.113.{number}", unit_name=f"第{number}公司", division_code="330402")
        detect(f"203.0.113.{number}", f"{parse_week(week).monday} 10:00", session=f"new-{week}")
        issue = frozen(ListKind.STOCK, week, now=parse_week(week).end + timedelta(hours=8))
        assert issue.summary["alarm"] is (number == 72)
    assert issue.row_count == base + 3
    assert (issue.summary["former"], issue.summary["rises"], issue.summary["entered"]) == (base + 2, 2, {"new": 1})


def test_what_is_cleared_leaves_the_stock_until_it_is_seen_again(jiaxing: None, detect: Make, tmp_path: Path) -> None:
    first = frozen(ListKind.WEEKLY)
    take(ImportKind.LIST_REPLY, filled(first, tmp_path, {"203.0.113.30": DONE}))
    ImportBatch.objects.update(created_at=AFTER)
    frozen(ListKind.STOCK)
    after = {row["ip"] for row in rows(frozen(ListKind.STOCK, "2026-W48", now=moment("2026-11-30 08:00")))}
    detect("203.0.113.30", "2026-12-01 10:00")
    again = frozen(ListKind.STOCK, "2026-W49", now=moment("2026-12-07 08:00"))
    assert "203.0.113.30" not in after
    assert next(row["category"] for row in rows(again) if row["ip"] == "203.0.113.30") == "relapse"
    assert again.summary["entered"] == {"relapsed": 1}


def test_a_promise_broken_is_seen(jiaxing: None) -> None:
    frozen(ListKind.WEEKLY)
    Commitment.objects.create(
        unit_name="南湖区星云网吧", uscc="92330402MA2B00001X", division_code="330402", signed_on=date(2026, 11, 12)
    )
    Commitment.objects.create(unit_name="某数据中心", division_code="330402")
    issue = frozen(ListKind.CREDIT)
    assert issue.summary == {"units": 2, "signed": 1, "broken": 1}


def test_what_is_owed_says_where_its_kwh_come_from(db: None) -> None:
    common = {"unit_name": "甲公司", "division_code": "330402", "as_of": date(2026, 11, 20)}
    Project.objects.create(name="metered", meter_no="3304000001", kwh_per_day=9_999, **common)
    Project.objects.create(name="gap", meter_no="3304000002", kwh_per_day=100, kwh_basis="measured", **common)
    Project.objects.create(name="estimated", kwh_per_day=240.5, **common)
    Project.objects.create(name="unknown", **common)
    Project.objects.create(name="ended", kwh_per_day=5, ended_on=date(2026, 11, 22), **common)
    for day in range(7):
        for meter in ("3304000001", "3304000002"):
            if meter.endswith("1") or day != 3:
                start = parse_week(WEEK).start + timedelta(days=day)
                MeterReading.objects.create(meter_no=meter, start=start, minutes=1440, kwh=1000)
    Tariff.objects.create(division_code="330000", surcharge_yuan_per_kwh="0.5", valid_from=date(2026, 11, 1))
    told = {row["name"]: (row["kwh"], row["kwh_basis"], row["amount"]) for row in rows(frozen(ListKind.PRICE))}
    assert told == {
        "metered": (7000.0, "meter", "3500.00"),
        "gap": (700.0, "measured", "350.00"),
        "estimated": (1683.5, "estimated", "841.75"),
        "unknown": (None, "", None),
    }
    counted = {row["name"]: row.get("counted_kwh") for row in rows(frozen(ListKind.ENERGY))}
    assert counted == {"metered": "14000", "gap": "1400", "estimated": "3367", "unknown": None}


def test_stale_projects_are_marked(db: None) -> None:
    for name, day in (("fresh", date(2026, 11, 20)), ("stale", date(2026, 11, 10))):
        Project.objects.create(name=name, unit_name="甲公司", division_code="330402", as_of=day)
    assert {row["name"]: row["stale"] for row in rows(frozen(ListKind.PROJECTS))} == {"fresh": False, "stale": True}


@pytest.mark.parametrize("kind", [kind for kind in ListKind if kind != ListKind.WEEKLY])
def test_every_kind_makes_the_same_bytes_twice(jiaxing: None, kind: ListKind) -> None:
    frozen(ListKind.WEEKLY)
    Project.objects.create(name="甲", unit_name="甲公司", division_code="330402", as_of=date(2026, 11, 20))
    Organisation.objects.create(name="市某局", nature="state-organ", division_code="330402")
    Referral.objects.create(no="R2026-000001", matter="fiscal", lead=Lead.objects.filter(division_code="330402")[0],
                            department="财政局", clause="(十五)", sent_on=date(2026, 11, 20))  # fmt: skip
    issue = frozen(kind)
    assert bundle(issue).data == bundle(ListIssue.objects.get(pk=issue.pk)).data
    assert not freeze(parse_week(WEEK), "330400", AFTER, kind).is_new
    book = openpyxl.load_workbook(io.BytesIO(unzip(bundle(issue, "en").data)[f"{issue.number}.en.xlsx"]))
    sheet = book.worksheets[0]
    assert sheet.freeze_panes
    assert sheet.page_setup.orientation == "landscape"
    assert [cell.data_type for row in sheet.iter_rows(min_row=4) for cell in row if cell.value] == ["s"] * sum(
        cell.value is not None for row in sheet.iter_rows(min_row=4) for cell in row
    )
