"""What stands on the sheets after the form? Coverage, machines never seen, addresses in no row, guide, dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sensor.audit.run import AuditReport
from sensor.cli.audit.cells import BORDER, FONT, HEADING, NOTE, height_of, put
from sensor.cli.audit.coverage import coverage_rows
from sensor.cli.audit.words import DICTIONARY, GUIDE
from sensor.model.bilingual import Lang, Words

NOTE_WORDS = Words("注意", "note")


def fill_annexes(book: Workbook, report: AuditReport, lang: Lang) -> None:
    """Add the sheets in the order in which they are read; lists only where they hold something."""
    _coverage(book, report, lang)
    if report.never_seen:
        _never_seen(book, report, lang)
    if report.unknown:
        _unknown(book, report, lang)
    if report.table is not None and report.table.faults:
        rows = [(f"{each.file}:{each.row}", each.words.told(lang, "\n")) for each in report.table.faults]
        _sheet(
            book,
            Words("资产表问题", "Table faults"),
            Words("位置|问题与处理", "Place|Fault and remedy"),
            (28, 110),
            rows,
            lang,
        )
    guide = [(subject.told(lang, "\n"), text.told(lang, "\n")) for subject, text in GUIDE]
    _sheet(book, Words("填报说明", "Guide"), Words("项目|说明", "Subject|What to know"), (24, 114), guide, lang)
    words = [(subject.told(lang), each.zh, each.en) for subject, group in DICTIONARY for each in group]
    _sheet(book, Words("字典", "Dictionary"), Words("类别|中文|英文", "Set|Chinese|English"), (34, 34, 50), words, lang)


def _coverage(book: Workbook, report: AuditReport, lang: Lang) -> None:
    rows = coverage_rows(report)
    texts = [
        (
            row.item.told(lang, "\n"),
            row.value.told(lang, "\n"),
            NOTE_WORDS.told(lang) if row.is_note else "",
            row.meaning.told(lang, "\n"),
        )
        for row in rows
    ]
    headings = Words("项目|数值|注意|含义", "Item|Value|Note|What it means")
    notes = [row.is_note for row in rows]
    _sheet(book, Words("覆盖情况", "Coverage"), headings, (30, 34, 11, 68), texts, lang, notes)


def _never_seen(book: Workbook, report: AuditReport, lang: Lang) -> None:
    headings = Words("行|设备名称|资产编号|机柜位置|IP 地址|MAC|责任人", "Row|Machine|Number|Rack|IP address|MAC|Owner")
    rows = [
        (str(one.row), one.machine, one.number, one.rack, "\n".join(one.ips), "\n".join(one.macs), one.owner)
        for one in report.never_seen
    ]
    _sheet(book, Words("未出现的设备", "Never seen"), headings, (9, 22, 18, 22, 24, 22, 16), rows, lang)


def _unknown(book: Workbook, report: AuditReport, lang: Lang) -> None:
    rows = [(each.ip, "\n".join(each.macs), "\n".join(each.names)) for each in report.unknown]
    if report.more_unknown:
        rows.append((Words("另有 {n} 个", "{n} more").put(n=report.more_unknown).told(lang), "", ""))
    headings = Words("IP 地址|MAC|自报名称", "IP address|MAC|Name it gives itself")
    _sheet(book, Words("未登记地址", "Not listed"), headings, (42, 32, 44), rows, lang)


def _sheet(
    book: Workbook,
    title: Words,
    headings: Words,
    widths: Sequence[float],
    rows: Iterable[Sequence[str]],
    lang: Lang,
    notes: Sequence[bool] = (),
) -> None:
    """A sheet with one table, ready to print."""
    sheet = book.create_sheet(title.told(lang))
    pairs = zip(headings.zh.split("|"), headings.en.split("|"), strict=True)
    _row(sheet, 1, [Words(zh, en).told(lang, "\n") for zh, en in pairs], widths, is_heading=True)
    for offset, row in enumerate(rows, 2):
        _row(sheet, offset, row, widths, is_note=bool(notes) and notes[offset - 2])
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes, sheet.print_title_rows = "A2", "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4


def _row(
    sheet: Worksheet,
    offset: int,
    texts: Sequence[str],
    widths: Sequence[float],
    *,
    is_heading: bool = False,
    is_note: bool = False,
) -> None:
    for number, text in enumerate(texts, 1):
        cell = put(sheet.cell(offset, number), text)
        cell.font, cell.border, cell.number_format = Font(name=FONT, size=10, bold=is_heading), BORDER, "@"
        cell.alignment = Alignment(horizontal="center" if is_heading else "left", vertical="center", wrap_text=True)
        if is_heading or is_note:
            cell.fill = HEADING if is_heading else NOTE
    sheet.row_dimensions[offset].height = height_of(texts, widths)
