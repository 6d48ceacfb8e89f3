"""How does a field-check form (L4) look? One upright A4 page per case: what is known, room for what is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.pagebreak import Break, RowBreak
from openpyxl.worksheet.properties import PageSetupProperties

from collector.lists.choices import Cause, Measure, Truth
from collector.lists.models import ListIssue
from collector.lists.render import words
from collector.lists.render.guard import harmless
from collector.lists.render.layout import Cell, Row, plain
from collector.lists.render.style import A4, BORDER, FONT, HEADING_FILL, REPLY_FILL
from collector.lists.snapshot import local_text
from collector.text import Lang, labels
from sensor.model.sheet import wrapped_lines

MAX_FORMS = 2_000
"""Pages in one workbook; what is more is on the console's sheet of each case."""
_LABEL_WIDTH, _VALUE_WIDTH = 18.0, 74.0
_LINE_PT = 15.0
_PHOTO_PT = 110.0
_SIGN_PT = 30.0


def _span(row: Row, _: Lang) -> str:
    return f"{local_text(row['first_seen'])} — {local_text(row['last_seen'])}"


def _counts(row: Row, lang: Lang) -> str:
    seen, shares = row.get("detections", 0), row.get("shares_submitted", 0)
    return f"发现 {seen} 次，提交 {shares} 次" if lang == "zh" else f"seen {seen} times, {shares} shares submitted"


def _place(row: Row, _: Lang) -> str:
    return f"{row['province']}{row['city']}{row['county']}（{row['division_code']}）"


def _located(row: Row, lang: Lang) -> str:
    return " ".join(filter(None, (words.method(row, lang), words.confidence(row, lang))))


KNOWN: tuple[tuple[str, str, Cell], ...] = (
    ("线索编号", "Lead", plain("lead")),
    ("IP地址", "IP address", plain("ip")),
    ("源端口（段）", "Source ports", words.ports),
    ("发现时间", "Seen (UTC+8)", _span),
    ("发现与提交次数", "Counts", _counts),
    ("币种/算法", "Coin / algorithm", words.coin),
    ("矿池", "Pool", words.pool),
    ("协议判据", "Protocol evidence", words.basis),
    ("估算算力、电量", "Estimated hash rate, energy", words.hash_rate),
    ("估算设备数量", "Machines, estimated", words.machines),
    ("运营商", "Operator", plain("operator")),
    ("单位名称", "Unit", words.unit),
    ("统一社会信用代码", "Unified social credit code", plain("uscc")),
    ("单位性质", "Kind of unit", words.nature),
    ("属地", "Division", _place),
    ("详细地址", "Address", plain("address")),
    ("定位方式、置信度", "Located by, confidence", _located),
    ("牵头部门", "Lead department", words.department),
    ("办结期限", "Due", plain("due")),
)
"""What the weekly list said of the case when it was frozen."""


def add_forms(book: Workbook, issue: ListIssue, rows: Iterable[Row], lang: Lang) -> None:
    """A sheet with one page per row of a field-check list."""
    sheet: Any = book.create_sheet("核查单（逐案一页）" if lang == "zh" else "Forms, a page each")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = _LABEL_WIDTH, _VALUE_WIDTH
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "portrait", A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = margins.bottom = 0.5
    sheet.HeaderFooter.oddFooter.left.text = issue.number
    sheet.HeaderFooter.oddFooter.right.text = "&P / &N"
    forms = [list(_form(issue, row, lang)) for row in islice(rows, MAX_FORMS)]
    ends, last = [], 0
    for form in forms:
        last += len(form)
        ends.append(last)
    # A write-only sheet hands these over before its first row.
    sheet.row_breaks = RowBreak(brk=tuple(Break(id=end) for end in ends[:-1]))
    offset = 0
    for form in forms:
        for label, value, height, is_reply in form:
            offset += 1
            sheet.row_dimensions[offset].height = height
            sheet.append(_line(sheet, label, value, is_reply))


_Line = tuple[str, str, float, bool]


def _form(issue: ListIssue, row: Row, lang: Lang) -> Iterator[_Line]:
    """Label, value, height in points, and whether somebody fills it in."""
    zh = lang == "zh"
    title = "虚拟货币“挖矿”线索现场核查单" if zh else "Field check of a mining lead"
    yield "", title, 34, False
    yield ("期号" if zh else "Issue"), f"{issue.number}  #{row['position']}", _LINE_PT + 4, False
    for label_zh, label_en, cell in KNOWN:
        value = harmless(cell(row, lang))
        lines = sum(wrapped_lines(line, _VALUE_WIDTH) for line in value.split("\n"))
        yield (label_zh if zh else label_en), value, _LINE_PT * lines + 4, False
    yield from _results(lang)


def _results(lang: Lang) -> Iterator[_Line]:
    zh = lang == "zh"
    tick: Callable[[Any], str] = lambda choices: "    ".join(f"□ {word}" for _, word in labels(choices, lang))  # noqa: E731
    yield ("是否属实" if zh else "Is it so?"), tick(Truth), _LINE_PT + 6, True
    yield ("原因" if zh else "Cause"), tick(Cause), _LINE_PT + 6, True
    yield ("设备数量、型号" if zh else "Machines, models"), "", _LINE_PT + 10, True
    yield ("处置措施" if zh else "Measures"), tick(Measure), 2 * _LINE_PT + 6, True
    yield ("完成时间" if zh else "Done on"), "", _LINE_PT + 8, True
    yield ("现场情况及照片" if zh else "Findings and photographs"), "", _PHOTO_PT, True
    yield ("核查人员（两人）" if zh else "Checked by (two)"), "", _SIGN_PT, True
    yield ("单位负责人签字" if zh else "Signed for the unit"), "", _SIGN_PT, True
    yield ("备注" if zh else "Remarks"), "", _SIGN_PT, True


def _line(sheet: Any, label: str, value: str, is_reply: bool) -> list[Any]:
    if not label:
        title = [WriteOnlyCell(sheet, value), WriteOnlyCell(sheet, "")]
        for cell in title:
            cell.font = Font(name=FONT, size=16, bold=True)
            # Over both columns, and without a merged cell, which would not survive every reader.
            cell.alignment = Alignment(horizontal="centerContinuous", vertical="center")
        return title
    cells = [WriteOnlyCell(sheet, label), WriteOnlyCell(sheet, value)]
    for cell in cells:
        cell.number_format, cell.data_type = "@", "s"
        cell.border = BORDER
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    cells[0].font, cells[0].fill = Font(name=FONT, size=10, bold=True), HEADING_FILL
    cells[1].font = Font(name=FONT, size=10)
    if is_reply:
        cells[1].fill = REPLY_FILL
    return cells
