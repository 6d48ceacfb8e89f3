"""How does a frozen list look as a workbook that an office prints, fills in and hands back?"""

from __future__ import annotations

import io
from collections.abc import Sequence
from copy import copy
from datetime import UTC, datetime
from typing import Any, TypeAlias

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.pagebreak import Break, ColBreak
from openpyxl.worksheet.worksheet import Worksheet

from collector.lists.choices import ListKind
from collector.lists.models import ListIssue
from collector.lists.render.annex import fill_dictionary, fill_guide
from collector.lists.render.columns import COLUMNS, REPEATED, Column, cells
from collector.lists.render.repack import fixed_bytes
from collector.lists.render.style import A4, BORDER, DOUBT_FILL, FONT, HEADING_FILL, REPLY_FILL
from collector.lists.render.words import Lang, label, labels
from collector.lists.week import CHINA
from sensor.model.sheet import wrapped_lines

TITLE_ROW, NOTE_ROW, HEADING_ROW = 1, 2, 3
_MAX_REPLY_ROWS = 1_048_576
_PRINT_SCALE = 60
_LEFT = frozenset({"ports", "coin", "pool", "basis", "unit_name", "address", "method", "department", "reply_note"})


Styles: TypeAlias = dict[tuple[str, bool], Any]
"""The looks made so far, by column and doubt."""


def workbook_bytes(issue: ListIssue, rows: Sequence[dict[str, Any]], lang: Lang) -> bytes:
    """The same issue gives the same bytes."""
    book = Workbook()
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has no sheet")
    sheet.title = "清单" if lang == "zh" else "List"
    _fill_list(sheet, issue, rows, lang)
    fill_guide(book.create_sheet("填报说明" if lang == "zh" else "Guide"), lang)
    fill_dictionary(book.create_sheet("字典" if lang == "zh" else "Dictionary"), lang)
    moment = issue.frozen_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    book.properties.title, book.properties.creator = issue.number, "Minewatch"
    book.properties.created = book.properties.modified = moment
    raw = io.BytesIO()
    book.save(raw)
    return fixed_bytes(raw.getvalue(), book.properties, moment)


def _fill_list(sheet: Worksheet, issue: ListIssue, rows: Sequence[dict[str, Any]], lang: Lang) -> None:
    _title(sheet, issue, lang)
    for number, column in enumerate(COLUMNS, 1):
        _heading(sheet, number, column, lang)
    styles: Styles = {}
    for offset, row in enumerate(rows, HEADING_ROW + 1):
        _row(sheet, offset, row, lang, styles)
    _validations(sheet, max(len(rows), 1), lang)
    _page(sheet, len(rows), issue, lang)


def _title(sheet: Worksheet, issue: ListIssue, lang: Lang) -> None:
    kind = label(ListKind, issue.kind, lang)
    title = f"{issue.division_name}{kind}" if lang == "zh" else f"{kind}: {issue.division_name}"
    cell = sheet.cell(TITLE_ROW, 1)
    cell.value = title
    cell.font = Font(name=FONT, size=15, bold=True)
    sheet.row_dimensions[TITLE_ROW].height = 26
    note = sheet.cell(NOTE_ROW, 1, _note(issue, lang))
    note.font = Font(name=FONT, size=10, color="FF595959")
    sheet.row_dimensions[NOTE_ROW].height = 18


def _note(issue: ListIssue, lang: Lang) -> str:
    cutoff, frozen = (_local(moment) for moment in (issue.cutoff, issue.frozen_at))
    if lang == "zh":
        return (
            f"期号 {issue.number}  周次 {issue.week}  截止 {cutoff}  生成 {frozen}  共 {issue.row_count} 条  "
            f"摘要 {issue.digest[:16]}"
        )
    return (
        f"Issue {issue.number}   week {issue.week}   cut-off {cutoff}   frozen {frozen} (UTC+8)   "
        f"{issue.row_count} rows   digest {issue.digest[:16]}"
    )


def _heading(sheet: Worksheet, number: int, column: Column, lang: Lang) -> None:
    cell = sheet.cell(HEADING_ROW, number, column.title(lang))
    cell.font = Font(name=FONT, size=10, bold=True)
    cell.fill = REPLY_FILL if column.is_reply else HEADING_FILL
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    cell.border = BORDER
    letter = get_column_letter(number)
    sheet.column_dimensions[letter].width = column.width
    sheet.column_dimensions[letter].hidden = column.is_hidden
    sheet.row_dimensions[HEADING_ROW].height = 32


def _row(sheet: Worksheet, offset: int, row: dict[str, Any], lang: Lang, styles: Styles) -> None:
    is_doubtful = row["status"] in ("conflict", "unknown")
    texts = cells(row, lang)
    for number, (column, text) in enumerate(zip(COLUMNS, texts, strict=True), 1):
        cell = sheet.cell(offset, number)
        if text:
            cell.value = text
            # Words that begin like a formula stay words.
            cell.data_type = "s"
        _dress(cell, column, is_doubtful, styles)
    sheet.row_dimensions[offset].height = 14.0 * _lines(texts) + 4


def _dress(cell: Any, column: Column, is_doubtful: bool, styles: Styles) -> None:
    """Give a cell its looks. Each look is made once: making it per cell would take longer than all the rest."""
    key = (column.key, is_doubtful)
    if key not in styles:
        cell.number_format = "@"
        cell.font = Font(name=FONT, size=10)
        cell.border = BORDER
        horizontal = "left" if column.key in _LEFT else "center"
        cell.alignment = Alignment(horizontal=horizontal, vertical="center", wrap_text=True)
        if column.is_reply:
            cell.fill = REPLY_FILL
        elif is_doubtful and column.key in ("status", "unit_name"):
            cell.fill = DOUBT_FILL
        styles[key] = copy(cell._style)
    cell._style = copy(styles[key])


def _lines(texts: Sequence[str]) -> int:
    """Lines that the fullest visible cell needs; a wide character takes two."""
    shown = [(text, column.width) for column, text in zip(COLUMNS, texts, strict=True) if not column.is_hidden]
    return max(sum(wrapped_lines(line, width) for line in text.split("\n")) for text, width in shown)


def _validations(sheet: Worksheet, count: int, lang: Lang) -> None:
    first, last = HEADING_ROW + 1, min(HEADING_ROW + count, _MAX_REPLY_ROWS)
    for number, column in enumerate(COLUMNS, 1):
        rule = _validation(column, lang)
        if rule is not None:
            letter = get_column_letter(number)
            rule.add(f"{letter}{first}:{letter}{last}")
            sheet.add_data_validation(rule)


def _validation(column: Column, lang: Lang) -> DataValidation | None:
    if column.choices is not None:
        words = ",".join(text for _, text in labels(column.choices, lang))
        rule = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
        rule.error = "请从下拉列表中选择" if lang == "zh" else "Choose from the list"
    elif column.kind == "count":
        rule = DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
        rule.error = "请填写不小于 0 的整数" if lang == "zh" else "Write a whole number of 0 or more"
    elif column.kind == "date":
        rule = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
        rule.error = "请填写日期，如 2026-11-27" if lang == "zh" else "Write a date like 2026-11-27"
    else:
        return None
    rule.errorTitle, rule.showErrorMessage = column.title(lang), True
    return rule


def _page(sheet: Worksheet, count: int, issue: ListIssue, lang: Lang) -> None:
    last = get_column_letter(sum(not column.is_hidden for column in COLUMNS))
    end = HEADING_ROW + count
    sheet.freeze_panes = f"{get_column_letter(REPEATED + 1)}{HEADING_ROW + 1}"
    sheet.auto_filter.ref = f"A{HEADING_ROW}:{last}{end}"
    sheet.print_area = f"A1:{last}{end}"
    sheet.print_title_rows = f"{TITLE_ROW}:{HEADING_ROW}"
    sheet.print_title_cols = f"A:{get_column_letter(REPEATED)}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.page_setup.scale = _PRINT_SCALE
    sheet.page_setup.pageOrder = "overThenDown"
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom, margins.header, margins.footer = 0.5, 0.6, 0.3, 0.3
    breaks = [number for number in range(1, len(COLUMNS)) if COLUMNS[number].page > COLUMNS[number - 1].page]
    sheet.col_breaks = ColBreak(brk=tuple(Break(id=number) for number in breaks))
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(
        left=_HeaderFooterPart(text=issue.number),
        right=_HeaderFooterPart(text="第 &P 页 共 &N 页" if lang == "zh" else "Page &P of &N"),
    )


def _local(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
