"""How does a self-audit look as the form that a unit prints, fills in and hands in? (自查表)"""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.pagebreak import Break, ColBreak
from openpyxl.worksheet.worksheet import Worksheet

from sensor.audit.run import AuditReport, Finding
from sensor.cli.audit import view
from sensor.cli.audit.annex import fill_annexes
from sensor.cli.audit.cells import BORDER, FILL_IN, FONT, HEADING, height_of, put
from sensor.cli.audit.view import COLUMNS, Column
from sensor.cli.audit.words import CHOICES, NATURES
from sensor.model.bilingual import Lang, Words

TITLE_ROW, UNIT_ROW, PERSON_ROW, NOTE_ROW, HEADING_ROW = 1, 2, 3, 4, 5
REPEATED = 2
"""Running number and machine stand on every printed page; the head of the form begins right of them."""
PRINT_SCALE = 63
SPARE_ROWS = 3
"""Empty rows for machines that were found by other means."""
FIRST = REPEATED + 1
NUMBER = Words("序号", "No.")
CONTINUED = Words("{title}（续）", "{title} (continued)")
NUMBER_WIDTH = 5.0
UNIT, KIND = Words("单位名称", "Unit"), Words("单位性质", "Kind of unit")
_Span = tuple[int, int]
UNIT_FIELDS: tuple[tuple[Words, _Span, _Span], ...] = (
    (UNIT, (3, 3), (4, 5)),
    (Words("统一社会信用代码", "Social credit code"), (6, 6), (7, 7)),
    (KIND, (8, 8), (9, 9)),
)
PERSON_FIELDS: tuple[tuple[Words, _Span, _Span], ...] = (
    (Words("填报人", "Filled in by"), (3, 3), (4, 5)),
    (Words("联系电话", "Phone"), (6, 6), (7, 7)),
    (Words("填报日期", "Date"), (8, 8), (9, 9)),
)
"""Of the head of the form: words, and the columns (from, to) of label and answer."""


def as_workbook(report: AuditReport, lang: Lang, unit: str) -> bytes:
    """The form, coverage, lists of machines, guide and dictionary; every cell is text."""
    book = Workbook()
    sheet = book.create_sheet(Words("自查表", "Self-audit").told(lang), 0)
    del book["Sheet"]
    _top(sheet, report, lang, unit)
    _headings(sheet, lang)
    rows = [[str(number), *_cells(finding, lang)] for number, finding in enumerate(_ordered(report), 1)]
    rows += [[""] * (len(COLUMNS) + 1) for _ in range(SPARE_ROWS)]
    for offset, row in enumerate(rows, HEADING_ROW + 1):
        _row(sheet, offset, row)
    _answers(sheet, len(rows), lang)
    _page(sheet, HEADING_ROW + len(rows), lang)
    fill_annexes(book, report, lang)
    book.properties.creator, book.properties.title = "Minewatch", sheet.title
    book.properties.created = book.properties.modified = report.made_at.replace(tzinfo=None, microsecond=0)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _ordered(report: AuditReport) -> Sequence[Finding]:
    return (*report.claims, *report.leads)


def _cells(finding: Finding, lang: Lang) -> list[str]:
    return [column.cell(finding, lang) for column in COLUMNS]


def _top(sheet: Worksheet, report: AuditReport, lang: Lang, unit: str) -> None:
    title = Words("虚拟货币“挖矿”活动自查表", "Self-audit form: cryptocurrency mining")
    put(sheet.cell(TITLE_ROW, FIRST), title.told(lang)).font = Font(name=FONT, size=16, bold=True)
    sheet.row_dimensions[TITLE_ROW].height = 28
    for row, fields in ((UNIT_ROW, UNIT_FIELDS), (PERSON_ROW, PERSON_FIELDS)):
        for words, label, answer in fields:
            _field(sheet, row, words.told(lang, "\n"), label, answer, unit if words is UNIT else "")
        sheet.row_dimensions[row].height = 32
    nature = _choice([words.told(lang) for words in NATURES], KIND.told(lang), lang)
    nature.add(sheet.cell(UNIT_ROW, 9).coordinate)
    sheet.add_data_validation(nature)
    _note(sheet, report, lang)
    for number in range(1, len(COLUMNS)):
        if COLUMNS[number].page > COLUMNS[number - 1].page:
            more = put(
                sheet.cell(TITLE_ROW, number + 2),
                CONTINUED.put(title=title.told(lang)).told(Lang.EN if lang is Lang.EN else Lang.ZH),
            )
            more.font = Font(name=FONT, size=12, bold=True)


def _note(sheet: Worksheet, report: AuditReport, lang: Lang) -> None:
    """What was found, when the form was made, and from what: one line over the first printed page."""
    last = sum(column.page == 1 for column in COLUMNS) + 1
    sheet.merge_cells(start_row=NOTE_ROW, end_row=NOTE_ROW, start_column=FIRST, end_column=last)
    made = Words("生成时间", "made at").told(lang)
    note = f"{view.conclusion(report).told(lang)}  {made} {view.clock(report.made_at)} (UTC+8)  {_sources(report)}"
    cell = put(sheet.cell(NOTE_ROW, FIRST), note)
    cell.font = Font(name=FONT, size=10, color="FF404040")
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    width = sum(column.width for column in COLUMNS[1 : last - 1])
    sheet.row_dimensions[NOTE_ROW].height = height_of([note], [width])


def _sources(report: AuditReport) -> str:
    more = len(report.sources) - 3
    return ", ".join(report.sources[:3]) + (f" (+{more})" if more > 0 else "")


def _field(sheet: Worksheet, row: int, text: str, label: _Span, answer: _Span, value: str) -> None:
    """A label and the light yellow place beside it."""
    for (first, last), words, fill in ((label, text, HEADING), (answer, value, FILL_IN)):
        if last > first:
            sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=last)
        for number in range(first, last + 1):
            sheet.cell(row, number).border = BORDER
        cell = put(sheet.cell(row, first), words)
        cell.fill, cell.font = fill, Font(name=FONT, size=10, bold=fill is HEADING)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _headings(sheet: Worksheet, lang: Lang) -> None:
    titles = [(NUMBER, NUMBER_WIDTH, HEADING)]
    titles += [(column.words, column.width, FILL_IN if column.is_reply else HEADING) for column in COLUMNS]
    for number, (words, width, fill) in enumerate(titles, 1):
        cell = put(sheet.cell(HEADING_ROW, number), words.told(lang, "\n"))
        cell.font, cell.fill, cell.border = Font(name=FONT, size=10, bold=True), fill, BORDER
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(number)].width = width
    texts = [words.told(lang, "\n") for words, _, _ in titles]
    sheet.row_dimensions[HEADING_ROW].height = height_of(texts, [width for _, width, _ in titles])


def _row(sheet: Worksheet, offset: int, texts: Sequence[str]) -> None:
    replies = [False, *(column.is_reply for column in COLUMNS)]
    for number, (text, is_reply) in enumerate(zip(texts, replies, strict=True), 1):
        cell = put(sheet.cell(offset, number), text)
        cell.font, cell.border, cell.number_format = Font(name=FONT, size=10), BORDER, "@"
        cell.alignment = Alignment(horizontal="center" if number == 1 else "left", vertical="center", wrap_text=True)
        if is_reply:
            cell.fill = FILL_IN
    widths = [NUMBER_WIDTH, *(column.width for column in COLUMNS)]
    sheet.row_dimensions[offset].height = max(height_of(texts, widths), 24)


def _answers(sheet: Worksheet, count: int, lang: Lang) -> None:
    for number, column in enumerate(COLUMNS, 2):
        rule = _rule(column, lang)
        if rule is not None:
            letter = get_column_letter(number)
            rule.add(f"{letter}{HEADING_ROW + 1}:{letter}{HEADING_ROW + count}")
            sheet.add_data_validation(rule)


def _rule(column: Column, lang: Lang) -> DataValidation | None:
    title = column.words.told(lang)
    if column.choices is not None:
        return _choice([words.told(lang) for words in CHOICES[column.choices]], title, lang)
    if column.kind == "count":
        rule = DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
        rule.error = Words("请填写不小于 0 的整数", "Write a whole number of 0 or more").told(lang)
    elif column.kind == "date":
        rule = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
        rule.error = Words("请填写日期，如 2026-11-27", "Write a date like 2026-11-27").told(lang)
    else:
        return None
    rule.errorTitle, rule.showErrorMessage = title[:32], True
    return rule


def _choice(words: Sequence[str], title: str, lang: Lang) -> DataValidation:
    rule = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
    rule.error = Words("请从下拉列表中选择", "Choose from the list").told(lang)
    rule.errorTitle, rule.showErrorMessage = title[:32], True
    return rule


def _page(sheet: Worksheet, last_row: int, lang: Lang) -> None:
    last = get_column_letter(len(COLUMNS) + 1)
    sheet.freeze_panes = f"{get_column_letter(REPEATED + 1)}{HEADING_ROW + 1}"
    sheet.auto_filter.ref = f"A{HEADING_ROW}:{last}{last_row}"
    sheet.print_area = f"A1:{last}{last_row}"
    sheet.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"
    sheet.print_title_cols = f"A:{get_column_letter(REPEATED)}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.scale, sheet.page_setup.pageOrder = PRINT_SCALE, "overThenDown"
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom, margins.header, margins.footer = 0.5, 0.6, 0.3, 0.3
    breaks = [number for number in range(1, len(COLUMNS)) if COLUMNS[number].page > COLUMNS[number - 1].page]
    sheet.col_breaks = ColBreak(brk=tuple(Break(id=number + 1) for number in breaks))
    pages = Words("第 &P 页 共 &N 页", "Page &P of &N").told(Lang.ZH if lang is Lang.BOTH else lang)
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(right=_HeaderFooterPart(text=pages))
