"""Does each kind of file get in as it reads, and does every bad row say why?"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation
from ledger_data import AAA, LINE, ORG, USCC, Import, ledger, line_row
from openpyxl import Workbook

from collector.faults import CollectorError
from collector.registry.addresses import covering_los
from collector.registry.imports.faults import Fault
from collector.registry.imports.run import ImportRefusedError
from collector.registry.models import ImportBatch, OwnershipRecord
from collector.settings.config import ImportOptions


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_reads_the_same(bring: Import, encoding: str) -> None:
    report = bring(LINE, ledger(line_row()).encode(encoding))
    record = OwnershipRecord.objects.get()
    assert (report.rows_ok, report.rows_bad, report.encoding) == (1, 0, encoding)
    assert (record.unit_name, record.address, record.division_code) == ("嘉兴某某有限公司", "中山路1号", "330402")
    assert (record.source, record.batch.no if record.batch else "", record.row_no) == (
        "line-ledger",
        report.batch_no,
        2,
    )


@pytest.mark.parametrize(
    ("header", "mapping"),
    [
        pytest.param("IP地址,单位名称,启用时间", {}, id="Chinese"),
        pytest.param("IP Address,Customer Name,Start Date", {}, id="English"),
        pytest.param("ip_address , CUSTOMER-name, valid_from", {}, id="case, space and punctuation"),
        pytest.param("IP地址,单位(名称),启用 时间", {}, id="full width and brackets"),
        pytest.param("甲,乙,丙", {"network": "甲", "unit_name": "乙", "valid_from": "丙"}, id="named by hand"),
    ],
)
def test_headers_are_found(bring: Import, header: str, mapping: Mapping[str, str]) -> None:
    bring(LINE, f"{header}\n203.0.113.5,甲公司,2026-03-01\n", mapping=mapping)
    record = OwnershipRecord.objects.get()
    assert (record.network, record.unit_name) == ("203.0.113.5/32", "甲公司")
    assert record.valid_from == datetime(2026, 2, 28, 16, tzinfo=UTC)


def workbook(*rows: Any) -> bytes:
    """An XLSX file of these rows, made by a real writer."""
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_reads_like_its_csv(bring: Import) -> None:
    header = ["IP地址", "启用时间", "停用时间", "单位名称", "区划代码", "专线号"]
    start, end = datetime(2026, 1, 1), datetime(2026, 3, 1, 12)  # noqa: DTZ001
    report = bring(LINE, workbook(header, ["203.0.113.5", start, end, "甲公司", 330402, 57312345678], [None] * 6))
    record = OwnershipRecord.objects.get()
    assert (report.encoding, report.rows_ok, report.rows_bad) == ("xlsx", 1, 0)
    assert (record.division_code, record.subscriber) == ("330402", "57312345678")
    assert (record.valid_from, record.valid_to) == (
        datetime(2025, 12, 31, 16, tzinfo=UTC),
        datetime(2026, 3, 1, 4, tzinfo=UTC),
    )


def test_a_code_that_excel_cut_is_refused(bring: Import) -> None:
    rows = [["甲公司", 913304021234567890], ["乙公司", USCC]]
    report = bring(ORG, workbook(["单位名称", "统一社会信用代码"], *rows))
    assert [(bad.row_no, bad.fault) for bad in report.faults] == [(2, Fault.EXCEL_NUMBER)]


@pytest.mark.parametrize("damage", range(0, 100, 7))
def test_a_damaged_workbook_is_refused(bring: Import, damage: int) -> None:
    whole = workbook(["IP", "unit", "start"], ["192.0.2.1", "a", "2026-01-01"])
    place = 4 + (len(whole) - 8) * damage // 100
    raw = whole[:place] + bytes(byte ^ 0xFF for byte in whole[place : place + 40]) + whole[place + 40 :]
    try:
        bring(LINE, raw)
    except CollectorError as fault:
        assert str(fault)


def test_a_workbook_that_swells_is_not_opened(bring: Import) -> None:
    rows = [["x" * 30_000 + str(number)] for number in range(40)]
    with pytest.raises(CollectorError, match="unpacks to"):
        bring(LINE, workbook(*rows), ImportOptions(max_file_bytes=20_000))


def test_a_column_is_one_field(bring: Import) -> None:
    bring(AAA, "address,user,start time\n203.0.113.5,jx1,2026-03-01\n")
    record = OwnershipRecord.objects.get()
    assert (record.network, record.address) == ("203.0.113.5/32", "")


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters(bring: Import, delimiter: str) -> None:
    bring(
        LINE,
        "\n".join(delimiter.join(row) for row in (["IP", "单位", "start"], ["192.0.2.1", "甲,乙"[:1], "2026-01-01"])),
    )
    assert OwnershipRecord.objects.get().unit_name == "甲"


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("203.0.113.9", ["203.0.113.9/32"]),
        ("203.0.113.0/24", ["203.0.113.0/24"]),
        ("203.0.113.0-203.0.113.11", ["203.0.113.0/29", "203.0.113.8/30"]),
        ("203.0.113.0～203.0.113.7", ["203.0.113.0/29"]),
        ("2001:db8::/56", ["2001:db8::/56"]),
    ],
)
def test_blocks(bring: Import, text: str, networks: list[str]) -> None:
    bring(LINE, ledger(line_row(ip=text)))
    assert [record.network for record in OwnershipRecord.objects.order_by("ip_lo")] == networks


@pytest.mark.parametrize(
    ("last", "networks"), [("203.0.113.11", ["203.0.113.0/29", "203.0.113.8/30"]), ("", ["203.0.113.0/32"])]
)
def test_first_and_last_in_columns_of_their_own(bring: Import, last: str, networks: list[str]) -> None:
    bring(LINE, f"起始IP,终止IP,使用单位,启用日期\n203.0.113.0,{last},甲,2026-01-01\n")
    assert [record.network for record in OwnershipRecord.objects.order_by("ip_lo")] == networks


@pytest.mark.parametrize(
    ("ip", "found"),
    [("203.0.113.0", True), ("203.0.113.7", True), ("203.0.113.8", False), ("2001:db8::1", False)],
)
def test_a_record_is_found_by_any_address_in_it(bring: Import, ip: str, found: bool) -> None:
    bring(LINE, ledger(line_row(ip="203.0.113.0/29")))
    assert OwnershipRecord.objects.filter(ip_lo__in=covering_los(ip), ip_hi__gte=covering_los(ip)[0]).exists() is found


@pytest.mark.parametrize(
    ("row", "fault", "column"),
    [
        pytest.param(line_row(ip="300.1.1.1"), Fault.NO_NETWORK, "IP地址", id="no address"),
        pytest.param(line_row(ip="203.0.113.1/24"), Fault.HOST_BITS, "IP地址", id="host bits"),
        pytest.param(line_row(ip="0.0.0.0/0"), Fault.RANGE_TOO_WIDE, "IP地址", id="the whole Internet"),
        pytest.param(line_row(ip="203.0.113.9-203.0.113.1"), Fault.NO_NETWORK, "IP地址", id="crossed range"),
        pytest.param(line_row(ip=""), Fault.EMPTY, "IP地址", id="no network"),
        pytest.param(line_row(unit=""), Fault.EMPTY, "单位名称", id="no unit"),
        pytest.param(line_row(**{"from": ""}), Fault.NO_START, "启用时间", id="no start"),
        pytest.param(line_row(**{"from": "soon"}), Fault.NO_TIME, "启用时间", id="no date"),
        pytest.param(line_row(to="2025-12-31"), Fault.ENDS_BEFORE_START, "停用时间", id="ends before start"),
        pytest.param(line_row(uscc="9.135E+17"), Fault.EXCEL_NUMBER, "统一社会信用代码", id="number from Excel"),
        pytest.param(line_row(division="嘉兴"), Fault.NO_DIVISION, "区划代码", id="division by name"),
        pytest.param(line_row(unit="甲" * 201), Fault.TOO_LONG, "单位名称", id="too long"),
        pytest.param(line_row(unit="甲\0乙"), Fault.UNPRINTABLE, "单位名称", id="control character"),
        pytest.param(line_row(address="中山路1号,2楼"), Fault.TOO_MANY_CELLS, "", id="unquoted comma"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_kept(bring: Import, row: str, fault: Fault, column: str) -> None:
    report = bring(LINE, ledger(line_row(ip="198.51.100.1"), row, line_row(ip="198.51.100.2")))
    assert [(bad.row_no, bad.column, bad.fault) for bad in report.faults] == [(3, column, fault)]
    assert (report.rows_ok, report.rows_bad, OwnershipRecord.objects.count()) == (2, 1, 2)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh-hans", "第 2 行, IP地址: x 不是 IP 地址或网段; 请填 IP、CIDR 或 起-止"),
        ("en", "row 2, IP地址: x is no address"),
    ],
)
def test_faults_speak_both_languages(bring: Import, language: str, told: str) -> None:
    with translation.override(language):
        report = bring(LINE, ledger(line_row(ip="x"), line_row()))
        assert str(report.faults[0]).startswith(told)


@pytest.mark.parametrize("value", ['=HYPERLINK("http://x")', "@SUM(A1)"])
def test_formulas_are_text(bring: Import, value: str) -> None:
    quoted = '"' + value.replace('"', '""') + '"'
    report = bring(LINE, ledger(line_row(unit=quoted)))
    assert OwnershipRecord.objects.get().unit_name == value
    assert [warning.fault for warning in report.warnings] == [Fault.FORMULA]


def test_an_odd_uscc_is_kept_with_a_warning(bring: Import) -> None:
    odd = USCC[:-1] + "7"
    report = bring(LINE, ledger(line_row(uscc=odd)))
    assert OwnershipRecord.objects.get().uscc == odd
    assert (report.rows_odd, report.warnings[0].fault) == (1, Fault.ODD_USCC)


def test_strict_keeps_everything_out(bring: Import) -> None:
    with pytest.raises(ImportRefusedError, match=r"line-ledger.csv: 第 3 行, IP地址.*共 1 行有误") as refused:
        bring(LINE, ledger(line_row(), line_row(ip="x")), strict=True)
    assert len(refused.value.report.faults) == 1
    assert OwnershipRecord.objects.count() == ImportBatch.objects.count() == 0


def test_a_dry_run_changes_nothing(bring: Import) -> None:
    report = bring(LINE, ledger(line_row(), line_row(ip="x")), dry_run=True)
    assert (report.rows_ok, report.rows_bad) == (1, 1)
    assert OwnershipRecord.objects.count() == 0
    assert ImportBatch.objects.get().dry_run
    bring(LINE, ledger(line_row(), line_row(ip="x")))
    assert OwnershipRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"\x00\xff\x81\x20", "row 1: is neither UTF-8 nor GB18030", id="no text"),
        pytest.param(b"PK\x03\x04rest", "is no readable XLSX", id="a damaged workbook"),
        pytest.param(b"\xd0\xcf\x11\xe0rest", "old form", id="an old workbook"),
        pytest.param(b"", "row 1: no column for network", id="empty"),
        pytest.param("单位名称\n甲\n".encode(), "row 1: no column for network among: 单位名称", id="no address column"),
        pytest.param(b"IP,unit\n", "row 2: has no rows", id="header alone"),
        pytest.param(b'IP,unit\n"' + b"x" * 200_000, "row 2: field larger", id="endless cell"),
        pytest.param(b"IP,unit,start\n" + b"192.0.2.1,a,2026-01-01\n" * 11, "more than 10 rows", id="too many rows"),
        pytest.param(b"x" * 300_001, "larger than 300000 bytes", id="too many bytes"),
    ],
)
def test_an_unusable_file_is_refused_whole(bring: Import, content: bytes, told: str) -> None:
    with pytest.raises(CollectorError, match=told):
        bring(LINE, content, ImportOptions(max_rows=10, max_file_bytes=300_000))
    assert ImportBatch.objects.count() == 0


@pytest.mark.parametrize(
    ("mapping", "told"),
    [({"colour": "IP地址"}, "no such field"), ({"network": "颜色"}, "has no column 颜色")],
)
def test_a_wrong_mapping_is_refused(bring: Import, mapping: dict[str, str], told: str) -> None:
    with pytest.raises(CollectorError, match=told):
        bring(LINE, ledger(line_row()), mapping=mapping)
