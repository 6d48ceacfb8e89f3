"""Does a batch come in once, amend what it must, and go again to the letter?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone
from ledger_data import AAA, DIV, LINE, ORG, USCC, Import, ledger, line_row

from collector.faults import CollectorError
from collector.registry.imports.changes import undo_import
from collector.registry.imports.faults import Fault
from collector.registry.models import Division, ImportBatch, Organisation, OwnershipRecord
from collector.settings.config import ImportOptions


def test_the_same_content_comes_in_once(bring: Import) -> None:
    first = bring(LINE, ledger(line_row()))
    with pytest.raises(CollectorError, match=first.batch_no):
        bring(LINE, ledger(line_row()))
    bring(LINE, ledger(line_row()), force=True)
    assert OwnershipRecord.objects.count() == 1
    assert ImportBatch.objects.count() == 2


def test_next_months_ledger_amends_and_never_doubles(bring: Import) -> None:
    bring(LINE, ledger(line_row(ip="203.0.113.1"), line_row(ip="203.0.113.2")))
    second = bring(
        LINE,
        ledger(line_row(ip="203.0.113.1", to="2026-02-28"), line_row(ip="203.0.113.2"), line_row(ip="203.0.113.3")),
    )
    ends = {record.network: record.valid_to for record in OwnershipRecord.objects.all()}
    assert ends == {
        "203.0.113.1/32": datetime(2026, 2, 28, 16, tzinfo=UTC),
        "203.0.113.2/32": None,
        "203.0.113.3/32": None,
    }
    undo_import(second.batch_no, timezone.now())
    assert dict(OwnershipRecord.objects.values_list("network", "valid_to")) == {
        "203.0.113.1/32": None,
        "203.0.113.2/32": None,
    }


def test_undo_goes_backwards(bring: Import) -> None:
    first = bring(LINE, ledger(line_row()))
    second = bring(LINE, ledger(line_row(to="2026-02-28")))
    with pytest.raises(CollectorError, match=rf"批次 {second.batch_no} 后来改过相同的行"):
        undo_import(first.batch_no, timezone.now())
    undo_import(second.batch_no, timezone.now())
    undo_import(first.batch_no, timezone.now())
    assert OwnershipRecord.objects.count() == 0
    with pytest.raises(CollectorError, match="没有可撤销的内容"):
        undo_import(first.batch_no, timezone.now())
    bring(LINE, ledger(line_row()))
    assert OwnershipRecord.objects.count() == 1


def test_undo_of_an_unknown_batch_says_so(db: None) -> None:
    with pytest.raises(CollectorError, match="I999999: there is no such batch"):
        undo_import("I999999", timezone.now())


def test_valid_from_fills_in(bring: Import) -> None:
    start = datetime(2025, 6, 1, tzinfo=UTC)
    bring(LINE, ledger(line_row(**{"from": ""})), valid_from=start)
    assert OwnershipRecord.objects.get().valid_from == start


def test_sessions(bring: Import) -> None:
    text = (
        "Framed-IP-Address,User-Name,Acct-Start-Time,Acct-Stop-Time,起始端口,结束端口\n"
        "203.0.113.9,jx0001,2026-03-01 08:00:00,2026-03-01 20:00:00,1024,2047\n"
        "203.0.113.9,jx0002,2026-03-01T12:00:00Z,,,\n"
        "203.0.113.9,jx0003,2026-03-01 08:00:00,,2047,1024\n"
    )
    report = bring(AAA, text)
    first, second = OwnershipRecord.objects.order_by("subscriber")
    assert (first.port_lo, first.port_hi, second.port_lo) == (1024, 2047, None)
    assert (first.valid_from, first.valid_to) == (
        datetime(2026, 3, 1, 0, tzinfo=UTC),
        datetime(2026, 3, 1, 12, tzinfo=UTC),
    )
    assert (second.valid_from, second.valid_to) == (datetime(2026, 3, 1, 12, tzinfo=UTC), None)
    assert [fault.fault for fault in report.faults] == [Fault.PORTS_CROSSED]


def test_organisations_are_made_amended_and_restored(bring: Import) -> None:
    bring(LINE, ledger(line_row()))
    first = bring(ORG, f"单位名称,统一社会信用代码,单位性质,联系电话\n甲公司,{USCC},国企,+86 573 1\n乙中学,,中小学,\n")
    organisation = Organisation.objects.get(uscc=USCC)
    assert (organisation.nature, organisation.contact_phone) == ("state-enterprise", "+86 573 1")
    assert OwnershipRecord.objects.get().organisation == organisation
    second = bring(ORG, f"单位名称,统一社会信用代码,单位性质,联系电话\n甲集团,{USCC},,\n乙中学,,学校,\n")
    organisation.refresh_from_db()
    assert (organisation.name, organisation.nature, organisation.contact_phone) == (
        "甲集团",
        "state-enterprise",
        "+86 573 1",
    )
    assert Organisation.objects.count() == 2
    undo_import(second.batch_no, timezone.now())
    organisation.refresh_from_db()
    assert organisation.name == "甲公司"
    undo_import(first.batch_no, timezone.now())
    assert Organisation.objects.count() == 0
    assert OwnershipRecord.objects.get().organisation is None


@pytest.mark.parametrize(
    ("rows", "fault", "row_no"),
    [
        pytest.param(f"甲,{USCC},机关\n乙,{USCC},机关\n", Fault.REPEATED, 3, id="same code twice"),
        pytest.param("甲,,机关\n甲,,机关\n", Fault.REPEATED, 3, id="same name twice"),
        pytest.param("甲,,外星\n乙,,机关\n", Fault.UNKNOWN_WORD, 2, id="unknown nature"),
    ],
)
def test_bad_organisations(bring: Import, rows: str, fault: Fault, row_no: int) -> None:
    report = bring(ORG, f"单位名称,统一社会信用代码,单位性质\n{rows}")
    assert [(bad.fault, bad.row_no) for bad in report.faults] == [(fault, row_no)]


def test_divisions(bring: Import) -> None:
    rows = ("330000,浙江省,,", "330400,嘉兴市,,", "330402,南湖区,2010-01-12,", "330411,郊区,,1999-06-15")
    text = "\n".join(("代码,名称,启用日期,撤销日期", *rows))
    report = bring(DIV, text)
    kept = {row.code: (row.level, row.parent, str(row.valid_from), str(row.valid_to)) for row in Division.objects.all()}
    assert report.rows_ok == 4
    assert kept == {
        "330000": ("province", "", "1980-01-01", "None"),
        "330400": ("city", "330000", "1980-01-01", "None"),
        "330402": ("county", "330400", "2010-01-12", "None"),
        "330411": ("county", "330400", "1980-01-01", "1999-06-15"),
    }
    undo_import(report.batch_no, timezone.now())
    assert Division.objects.count() == 0


def test_kept_faults_are_bounded(bring: Import) -> None:
    report = bring(LINE, ledger(line_row(), *[line_row(ip="x")] * 5), ImportOptions(max_faults_kept=2))
    assert (report.rows_bad, len(report.faults)) == (5, 2)
